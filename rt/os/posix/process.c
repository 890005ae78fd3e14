// SPDX-License-Identifier: Apache-2.0
// Child processes over posix_spawn, which does not copy the address space, and pidfds where the
// system has them. The child begins with no signal blocked and SIGPIPE as programs expect it,
// whatever this process has. Called by rt/io. Any thread.
#include "rt/os/process.h"

#include "rt/os/posix/status.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

const char* const* trt_process_env(void) {
    return (const char* const*)environ;
}

// 0, or errno.
static int set_attributes(posix_spawnattr_t* attributes) {
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    error = error != 0 ? error : posix_spawnattr_setsigdefault(attributes, &usual);
    return error != 0 ? error
                      : posix_spawnattr_setflags(attributes,
                                                 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int set_actions(posix_spawn_file_actions_t* actions, const char* dir,
                       const trt_handle* stdio) {
    int error = 0;
    for (int i = 0; i < 3 && error == 0; i++) {
        if (stdio[i] != TRT_HANDLE_NONE) { // close-on-exec, but not under its new number
            error = posix_spawn_file_actions_adddup2(actions, (int)stdio[i], i);
        }
    }
    if (error == 0 && dir != NULL) {
#if defined(__GLIBC__) || defined(__APPLE__) || defined(__FreeBSD__)
        error = posix_spawn_file_actions_addchdir_np(actions, dir);
#else
        error = EOPNOTSUPP;
#endif
    }
    return error;
}

static tmlrt_status start_status(int error) {
    switch (error) {
    case EAGAIN:
        return TMLRT_E_AGAIN;
    case ENOEXEC:
        return TMLRT_E_INVAL;
    case E2BIG:
        return TMLRT_E_OVERFLOW;
    default:
        return trt_status_of_errno(error);
    }
}

tmlrt_status trt_process_start(int64_t* out_id, const char* const* argv, const char* const* env,
                               const char* dir, const trt_handle* stdio) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    int error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        return trt_status_of_errno(error);
    }
    error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        posix_spawnattr_destroy(&attributes);
        return trt_status_of_errno(error);
    }
    error = set_attributes(&attributes);
    error = error != 0 ? error : set_actions(&actions, dir, stdio);
    if (error == 0) {
        error = posix_spawnp(&pid, argv[0], &actions, &attributes, (char* const*)argv,
                             env != NULL ? (char* const*)env : environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        return start_status(error);
    }
    *out_id = pid;
    return TMLRT_OK;
}

tmlrt_status trt_process_watch(trt_handle* out, int64_t id) {
#ifdef SYS_pidfd_open
    long fd = syscall(SYS_pidfd_open, (pid_t)id, 0); // close-on-exec by itself
    if (fd >= 0) {
        *out = fd;
        return TMLRT_OK;
    }
    // A sandbox refuses what it does not know.
    return errno == ENOSYS || errno == EPERM ? TMLRT_E_UNSUPPORTED : trt_status_of_errno(errno);
#else
    (void)out;
    (void)id;
    return TMLRT_E_UNSUPPORTED;
#endif
}

tmlrt_status trt_process_take(int64_t id, tmlrt_process_end* out) {
    int how = 0;
    pid_t got;
    do {
        got = waitpid((pid_t)id, &how, WNOHANG);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        return TMLRT_E_AGAIN;
    }
    if (got < 0) { // ECHILD: taken elsewhere, or the program ignores SIGCHLD
        return TMLRT_E_NOTFOUND;
    }
    bool by_signal = WIFSIGNALED(how);
    *out = (tmlrt_process_end){.code = by_signal ? -1 : WEXITSTATUS(how),
                               .signal = by_signal ? WTERMSIG(how) : 0};
    return TMLRT_OK;
}

tmlrt_status trt_process_kill(int64_t id, int32_t signal) {
    return kill((pid_t)id, signal) != 0 ? trt_status_of_errno(errno) : TMLRT_OK;
}
