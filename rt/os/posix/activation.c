// SPDX-License-Identifier: Apache-2.0
// Handles from 3 on, when LISTEN_PID is this process, without the manager's library. Called once,
// at start, by the thread that makes the server.
#include "rt/os/activation.h"

#include "rt/os/posix/manager_env.h"

#include "rt/os/posix/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_HANDLE = 3 };

/// Makes sure that a handle is a listening stream socket, as every socket here is.
static tmlrt_status adopt(trt_activated* out, int fd) {
    int listens = 0, type = 0;
    socklen_t len = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || listens == 0) {
        return TMLRT_E_NOTCONN;
    }
    len = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_STREAM) {
        return TMLRT_E_NOTCONN;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        return trt_status_of_errno(errno);
    }
    out->handle = fd;
    return trt_socket_local(fd, &out->bound);
}

/// The next of the names, which are separated by colons; NULL behind the last.
static const char* take_name(trt_activated* out, const char* names) {
    out->name[0] = '\0';
    if (names == NULL) {
        return NULL;
    }
    size_t len = strcspn(names, ":");
    size_t kept = len < sizeof out->name - 1 ? len : sizeof out->name - 1;
    memcpy(out->name, names, kept);
    out->name[kept] = '\0';
    return names[len] == ':' ? names + len + 1 : NULL;
}

tmlrt_status trt_activation_take(trt_activated* out, uint32_t* out_num,
                                 const trt_activation_env* env) {
    const char* names = env->names;
    uint64_t num = 0;
    *out_num = 0;
    if (!trt_env_is_set(env->fds) || !trt_env_is_set(env->pid) || !trt_env_is_for_us(env->pid)) {
        return TMLRT_OK;
    }
    if (!trt_env_number(env->fds, &num) || num > TRT_ACTIVATED_MAX) {
        return TMLRT_E_INVAL;
    }
    for (uint32_t i = 0; i < num; i++) {
        tmlrt_status status = adopt(&out[i], FIRST_HANDLE + (int)i);
        names = take_name(&out[i], names);
        if (status != TMLRT_OK) {
            *out_num = i;
            return status;
        }
    }
    *out_num = (uint32_t)num;
    return TMLRT_OK;
}
