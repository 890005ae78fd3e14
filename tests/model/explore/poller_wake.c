// SPDX-License-Identifier: Apache-2.0
// The poller's wake protocol (rt/os/linux/poller.c) over a model of epoll, eventfd and the futex: a
// write is an edge, a wait takes the edges. The kernel gives no happens-before here, so what a
// waker wrote must come to the owner through the wake state. Without a watched handle the owner
// sleeps on the futex, with one in epoll; the first handle may come while it sleeps.
#include "rt/os/poller.h"

#include "rt/base/atomic.h"
#include "rt/os/clock.h"
#include "tests/model/explore/model.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/types.h>

enum { HANDLE = 5, TOKEN = 7 };

static trt_poller* s_poller;
static trt_atomic_u32 s_flags[2];
static unsigned s_data[2], s_edges, s_ready; ///< of the eventfd, of the handle

// ---- the kernel -------------------------------------------------------------------------------

long model_syscall(long number, ...);
ssize_t model_write(int fd, const void* bytes, size_t len);
int model_close(int fd);

static MODEL_UNSEEN bool has_edge(void* may_time_out) {
    return s_edges != 0 || s_ready != 0 || *(bool*)may_time_out;
}

static MODEL_UNSEEN long take_edges(struct epoll_event* events) {
    long num = 0;
    if (s_edges != 0) {
        s_edges = 0;
        events[num].events = EPOLLIN;
        events[num++].data.u64 = TRT_TOKEN_NONE;
    }
    if (s_ready != 0) {
        s_ready = 0;
        events[num].events = EPOLLIN;
        events[num++].data.u64 = TOKEN;
    }
    return num;
}

// timeout: -1 for ever, 0 none, else it may run out at any time.
static MODEL_UNSEEN long wait_for_edge(struct epoll_event* events, int timeout) {
    bool may_time_out = timeout >= 0;
    model_kernel_wait(has_edge, &may_time_out);
    return take_edges(events);
}

static long futex(va_list args) {
    uint32_t* word = va_arg(args, uint32_t*);
    int op = va_arg(args, int) & FUTEX_CMD_MASK;
    uint32_t value = va_arg(args, uint32_t);
    if (op != FUTEX_WAIT_BITSET) {
        model_futex_wake(word);
        return 0;
    }
    errno = model_futex_wait(word, value, va_arg(args, void*) != NULL);
    return errno == 0 ? 0 : -1;
}

long model_syscall(long number, ...) {
    va_list args;
    va_start(args, number);
    if (number == SYS_futex) {
        long got = futex(args);
        va_end(args);
        return got;
    }
    (void)va_arg(args, int);
    struct epoll_event* events = va_arg(args, struct epoll_event*);
    (void)va_arg(args, int);
    int timeout = number == SYS_epoll_pwait ? va_arg(args, int) : 1;
    va_end(args);
    return wait_for_edge(events, timeout);
}

MODEL_UNSEEN ssize_t model_write(int fd, const void* bytes, size_t len) {
    (void)fd, (void)bytes;
    model_kernel_step();
    s_edges++;
    return (ssize_t)len;
}

int epoll_create1(int flags) {
    (void)flags;
    return 3;
}
int eventfd(unsigned count, int flags) {
    (void)count, (void)flags;
    return 4;
}
// The handle is ready from the start, and reported when it is added.
MODEL_UNSEEN int epoll_ctl(int fd, int op, int of, struct epoll_event* event) {
    (void)fd, (void)event;
    if (of == HANDLE) {
        model_kernel_step();
        s_ready = op == EPOLL_CTL_ADD;
    }
    return 0;
}
uint64_t trt_os_now_ns(void) {
    return 1;
}
int model_close(int fd) {
    (void)fd;
    return 0;
}

tmlrt_status trt_status_of_errno(int error) {
    model_fail("the kernel answered %d", error);
}

// ---- threads ----------------------------------------------------------------------------------

static void setup(void) {
    s_edges = s_ready = 0;
    if (trt_poller_new(&s_poller) != TMLRT_OK) {
        model_fail("no poller");
    }
    model_name(s_poller, 16, "poller");
    for (unsigned i = 0; i < 2; i++) {
        trt_atomic_init(&s_flags[i], 0);
        s_data[i] = 0;
    }
    model_name(s_flags, sizeof(s_flags), "flags");
}

// In epoll: a handle is watched, and was reported.
static void setup_watched(void) {
    setup();
    MODEL_CHECK(trt_poller_add(s_poller, HANDLE, TOKEN) == TMLRT_OK);
    s_ready = 0;
}

static unsigned wait_once(uint64_t timeout_ns) {
    trt_event events[2];
    uint32_t num = 0;
    MODEL_CHECK(trt_poller_wait(s_poller, events, 2, timeout_ns, &num) == TMLRT_OK && num <= 1);
    MODEL_CHECK(num == 0 || events[0].token == TOKEN);
    return num;
}

// What the waker did before its wake is seen after the wait that it ended: else the owner waits on.
static void wait_for(unsigned num_flags) {
    for (unsigned i = 0; i < num_flags; i++) {
        while (trt_atomic_load(&s_flags[i], TRT_RELAXED) == 0) {
            wait_once(UINT64_MAX);
        }
    }
}
static void wait_for_one(void) {
    wait_for(1);
}
static void wait_for_two(void) {
    wait_for(2);
}
static void poll_then_wait(void) {
    wait_once(0); // takes a notification: what it was for must be looked at before the next wait
    wait_for(1);
}
static void timeout_then_wait(void) {
    wait_once(7);
    wait_for(1);
}
static void wake(unsigned number) {
    trt_atomic_store(&s_flags[number], 1, TRT_RELAXED);
    trt_poller_wake(s_poller);
}
static void wake_0(void) {
    wake(0);
}
static void wake_1(void) {
    wake(1);
}
static void wake_0_twice(void) {
    trt_poller_wake(s_poller);
    wake(0);
}
// The first handle is added on another thread; what it is ready for must be reported.
static void wait_for_handle(void) {
    while (wait_once(UINT64_MAX) == 0) {
    }
}
static void wait_for_handle_then_one(void) {
    wait_for_handle();
    wait_for(1);
}
static void add_handle(void) {
    MODEL_CHECK(trt_poller_add(s_poller, HANDLE, TOKEN) == TMLRT_OK);
}
// The last handle goes: the next wait is on the futex, or was in epoll already.
static void remove_handle_then_wake_0(void) {
    trt_poller_remove(s_poller, HANDLE);
    wake(0);
}
// Another worker looks: what it takes of the owner's wake goes back.
static void help(void) {
    trt_event events[2];
    uint32_t num = 0;
    MODEL_CHECK(trt_poller_help(s_poller, events, 2, &num) == TMLRT_OK && num == 0);
}
static void finish(void) {
    trt_poller_free(s_poller);
}

static const model_case s_cases[] = {
    {"wait", "P3", setup, {wait_for_one, wake_0}, finish, 0, false},
    {"two_wakers", "P3", setup, {wait_for_two, wake_0, wake_1}, finish, 0, false},
    {"wake_twice", "P3", setup, {wait_for_two, wake_0_twice, wake_1}, finish, 0, false},
    {"poll_then_wait", "P3", setup, {poll_then_wait, wake_0}, finish, 0, false},
    {"timeout_then_wait", "P3", setup, {timeout_then_wait, wake_0, wake_1}, finish, 0, false},
    {"epoll", "P3", setup_watched, {wait_for_one, wake_0}, finish, 0, false},
    {"epoll_two_wakers", "P3", setup_watched, {wait_for_two, wake_0, wake_1}, finish, 0, false},
    {"epoll_wake_twice",
     "P3",
     setup_watched,
     {wait_for_two, wake_0_twice, wake_1},
     finish,
     0,
     false},
    {"epoll_poll", "P3", setup_watched, {poll_then_wait, wake_0}, finish, 0, false},
    {"epoll_timeout", "P3", setup_watched, {timeout_then_wait, wake_0, wake_1}, finish, 0, false},
    {"epoll_help", "P3,P6", setup_watched, {wait_for_one, wake_0, help}, finish, 0, false},
    {"epoll_help_wake_twice",
     "P3,P6",
     setup_watched,
     {wait_for_one, wake_0_twice, help},
     finish,
     0,
     false},
    {"first_handle", "P3", setup, {wait_for_handle, add_handle}, finish, 0, false},
    {"first_handle_and_wake",
     "P3",
     setup,
     {wait_for_handle_then_one, add_handle, wake_0},
     finish,
     0,
     false},
    {"last_handle",
     "P3",
     setup_watched,
     {wait_for_one, remove_handle_then_wake_0},
     finish,
     0,
     false},
};
MODEL_STRUCTURE("poller_wake", s_cases);
