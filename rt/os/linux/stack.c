// SPDX-License-Identifier: Apache-2.0
// Unwinding in a handler. What runs in the interrupted thread is async-signal-safe in practice: the
// unwinder of libgcc reads the tables that the loader has mapped (since glibc 2.35 without a lock),
// allocates nothing for code that was loaded in the ordinary way, and is linked, not loaded at its
// first use. SIGURG, because nothing happens to a process that does not expect it.
//
// States: IDLE -ask-> ASKED -handler-> WRITING -handler-> WRITTEN -asker-> IDLE
//         ASKED -asker, time out-> IDLE: a handler that comes too late finds nothing to do
#include "rt/os/stack.h"

#include "rt/base/sanitize.h"
#include "rt/os/thread.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#if !TRT_SANITIZED

enum { IDLE, ASKED, WRITING, WRITTEN };
enum { OWN_FRAMES = 2 }; ///< the handler's, and the kernel's return from it
enum { PATIENCE_NS = 200000000 };

static trt_mutex s_lock; ///< one asker
static trt_atomic_u32 s_state;
static trt_parker s_asker;
static uintptr_t* s_out; ///< the asker's until ASKED, then the handler's until WRITTEN; as the next
static uint32_t s_cap, s_num, s_skip;

static _Unwind_Reason_Code note(struct _Unwind_Context* context, void* unused) {
    (void)unused;
    uintptr_t code = _Unwind_GetIP(context);
    if (s_skip > 0) {
        s_skip--;
        return _URC_NO_REASON;
    }
    if (s_num == s_cap || code == 0) {
        return _URC_END_OF_STACK;
    }
    s_out[s_num++] = code;
    return _URC_NO_REASON;
}

static void on_signal(int signal, siginfo_t* info, void* context) {
    (void)signal, (void)info, (void)context;
    int saved = errno;
    uint32_t asked = ASKED;
    // Acquire pairs with the store of ASKED, release of WRITTEN with the asker's load.
    if (trt_atomic_cas(&s_state, &asked, WRITING, TRT_ACQUIRE_ORDER, TRT_RELAXED)) {
        s_num = 0;
        s_skip = OWN_FRAMES;
        _Unwind_Backtrace(note, NULL);
        trt_atomic_store(&s_state, WRITTEN, TRT_RELEASE_ORDER);
        trt_parker_unpark(&s_asker);
    }
    errno = saved;
}

// Waits for the answer; returns the number of addresses.
static uint32_t receive(void) {
    uint32_t asked = ASKED;
    if (!trt_parker_park(&s_asker, PATIENCE_NS) &&
        trt_atomic_cas(&s_state, &asked, IDLE, TRT_ACQ_REL, TRT_RELAXED)) {
        return 0;
    }
    while (trt_atomic_load(&s_state, TRT_ACQUIRE_ORDER) != WRITTEN) {
        (void)trt_parker_park(&s_asker, UINT64_MAX);
    }
    trt_atomic_store(&s_state, IDLE, TRT_RELAXED);
    return s_num;
}

static uint32_t ask(uint64_t os_id, uintptr_t* out, uint32_t cap) {
    s_asker = (trt_parker){{0}};
    s_out = out;
    s_cap = cap;
    trt_atomic_store(&s_state, ASKED, TRT_RELEASE_ORDER);
    if (syscall(SYS_tgkill, getpid(), (pid_t)os_id, SIGURG) != 0) {
        trt_atomic_store(&s_state, IDLE, TRT_RELAXED);
        return 0;
    }
    return receive();
}

uint32_t trt_os_stack(uint64_t os_id, uintptr_t* out, uint32_t cap) {
    uint32_t num = 0;
    struct sigaction ours, before;
    memset(&ours, 0, sizeof(ours));
    ours.sa_sigaction = on_signal;
    ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    trt_mutex_lock(&s_lock);
    if (sigaction(SIGURG, NULL, &before) == 0 && (before.sa_flags & SA_SIGINFO) == 0 &&
        before.sa_handler == SIG_DFL && sigaction(SIGURG, &ours, NULL) == 0) {
        num = ask(os_id, out, cap);
        sigaction(SIGURG, &before, NULL);
    }
    trt_mutex_unlock(&s_lock);
    return num;
}

#else

uint32_t trt_os_stack(uint64_t os_id, uintptr_t* out, uint32_t cap) {
    (void)os_id, (void)out, (void)cap;
    return 0;
}

#endif

void trt_os_code_name(uintptr_t code, char* out, size_t cap) {
    Dl_info info;
    // Of a return address the call is meant, which ends one byte before it.
    if (dladdr((void*)(code - 1), &info) == 0 || info.dli_fname == NULL) {
        snprintf(out, cap, "0x%llx", (unsigned long long)code);
        return;
    }
    const char* slash = strrchr(info.dli_fname, '/');
    const char* file = slash != NULL ? slash + 1 : info.dli_fname;
    if (info.dli_sname != NULL) {
        snprintf(out, cap, "%s+0x%llx (%s)", info.dli_sname,
                 (unsigned long long)(code - (uintptr_t)info.dli_saddr), file);
    } else {
        snprintf(out, cap, "%s+0x%llx", file,
                 (unsigned long long)(code - (uintptr_t)info.dli_fbase));
    }
}
