// SPDX-License-Identifier: Apache-2.0
// Stack overflow by SIGSEGV: the handler runs on a second stack of the thread, compares the address
// with the end of the first one, writes a line and lets the fault happen again, now with the
// default action: so core dumps and exit codes are what they would be without it. A fault elsewhere
// only does the latter.
//
// Invariants: the handler is installed once, over the default action only. What it reads was
// written by its own thread before the second stack was announced. Everything it calls is
// async-signal-safe. The second stack is the system's memory, not the allocator's: it is there
// while the thread is, and a program without memory runs without it.
#include "rt/os/overflow.h"

#include "rt/base/sanitize.h"
#include "rt/os/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#if !TRT_SANITIZED

enum { OWN = 8 * 1024 }; ///< bytes of the second stack beside what the kernel saves there
/// A frame may be so large that its first access is that far below the end.
enum { BELOW = 1024 * 1024 };

static __thread struct {
    uintptr_t low; ///< the last address of the stack; 0: not watched
    size_t len;
    void* second;
    size_t second_len;
    size_t (*tell)(char* out, size_t cap);
} tl_stack __attribute__((tls_model("initial-exec")));

static pthread_once_t s_once = PTHREAD_ONCE_INIT;
static bool s_installed;

typedef struct line {
    char text[512];
    size_t len;
} line;

static void put(line* out, const char* text) {
    while (*text != '\0' && out->len < sizeof(out->text)) {
        out->text[out->len++] = *text++;
    }
}

static void put_number(line* out, size_t number) {
    char digits[24] = "", *at = digits + sizeof(digits) - 1;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(out, at);
}

static void tell_overflow(void) {
    line out = {.len = 0};
    char name[17] = "";
    (void)prctl(PR_GET_NAME, name); // not pthread_getname_np, which may open a file
    put(&out, "tmlrt: the stack of thread ");
    put(&out, name);
    put(&out, " ran over (");
    put_number(&out, tl_stack.len / 1024);
    put(&out, " KiB)");
    if (tl_stack.tell != NULL && out.len < sizeof(out.text)) {
        char what[256];
        size_t len = tl_stack.tell(what, sizeof(what) - 1);
        what[len] = '\0';
        put(&out, len == 0 ? "" : " in ");
        put(&out, what);
    }
    put(&out, ": is there a recursion that does not end? else give threads a larger stack "
              "(stack_bytes of the runtime, ulimit -s for the main thread)\n");
    (void)!write(STDERR_FILENO, out.text, out.len);
}

static void on_fault(int signal_number, siginfo_t* info, void* context) {
    (void)context;
    uintptr_t at = (uintptr_t)info->si_addr;
    if (tl_stack.low != 0 && at < tl_stack.low + (size_t)sysconf(_SC_PAGESIZE) &&
        at >= tl_stack.low - BELOW) {
        tell_overflow();
    }
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    (void)sigaction(signal_number, &fallback, NULL); // and the access is tried again
}

static bool install(int signal_number) {
    struct sigaction before, action = {.sa_sigaction = on_fault};
    if (sigaction(signal_number, NULL, &before) != 0 || (before.sa_flags & SA_SIGINFO) != 0 ||
        before.sa_handler != SIG_DFL) {
        return false;
    }
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(signal_number, &action, NULL) == 0;
}

static void install_once(void) {
    s_installed = install(SIGSEGV);
    (void)install(SIGBUS);
}

static void unwatch(void) {
    stack_t off = {.ss_flags = SS_DISABLE};
    tl_stack.low = 0;
    (void)sigaltstack(&off, NULL);
    (void)munmap(tl_stack.second, tl_stack.second_len);
    tl_stack.second = NULL;
}

// Where the calling thread's stack ends.
static bool find_stack(void) {
    pthread_attr_t attr;
    void* low = NULL;
    if (pthread_getattr_np(pthread_self(), &attr) != 0) {
        return false;
    }
    bool found = pthread_attr_getstack(&attr, &low, &tl_stack.len) == 0;
    pthread_attr_destroy(&attr);
    tl_stack.low = found ? (uintptr_t)low : 0;
    return found;
}

void trt_overflow_watch(size_t (*tell)(char* out, size_t cap)) {
    stack_t before, second = {.ss_size = OWN + (size_t)sysconf(_SC_MINSIGSTKSZ)};
    pthread_once(&s_once, install_once);
    if (!s_installed || tl_stack.second != NULL || sigaltstack(NULL, &before) != 0 ||
        (before.ss_flags & SS_DISABLE) == 0) {
        return;
    }
    second.ss_sp =
        mmap(NULL, second.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (second.ss_sp == MAP_FAILED) {
        return;
    }
    tl_stack.tell = tell;
    if (!find_stack() || sigaltstack(&second, NULL) != 0) {
        tl_stack.low = 0;
        (void)munmap(second.ss_sp, second.ss_size);
        return;
    }
    tl_stack.second = second.ss_sp;
    tl_stack.second_len = second.ss_size;
    trt_thread_at_exit(unwatch);
}

#else

void trt_overflow_watch(size_t (*tell)(char* out, size_t cap)) {
    (void)tell;
}

#endif
