// SPDX-License-Identifier: Apache-2.0
// Poller over epoll, edge-triggered, with an eventfd as the wake-up channel; while no handle is
// watched the owner waits on a futex instead, which is woken for half the price.
//
// One owner waits; any thread adds, removes and wakes. Nothing here allocates after _new.
//
// Wake protocol. `wake_state` is AWAKE, NOTIFIED, WAITING (in epoll) or SLEEPING (on the futex,
// which is this word).
//   owner, before a blocking wait   CAS AWAKE -> WAITING or SLEEPING; if it was NOTIFIED, no wait
//   owner, after it                 xchg AWAKE (acquire): takes a wake that came meanwhile
//   waker                           xchg NOTIFIED (release); only if it was WAITING, write eventfd;
//                                   if it was SLEEPING, wake the futex
// Each is one read-modify-write of one word, so their order is total whatever their memory order;
// that is for what the waker wrote before, and the xchg after the wait takes it in every case.
// So a wake of a running owner costs one exchange and no system call, and of N wakes of a waiting
// owner one writes. None is lost: a waker's exchange comes before the owner's CAS (the owner then
// does not block), or between CAS and xchg (the write makes epoll return, or it has returned
// already and the xchg takes the notification), or after the xchg (NOTIFIED stays for the next
// wait). In the middle case the write may be late and end the next wait early: harmless. So may the
// futex wake, which reads nothing; the kernel lets nobody sleep whose word is not SLEEPING. The
// eventfd is edge-triggered and never read: each write is a new edge, and 2^64 writes do not
// happen. The exchanges pair: what a thread wrote before trt_poller_wake is seen by the owner after
// the wait that the wake ended. Model: tests/model/poller_wake.pml.
//
// `num_watched` counts handles. The first one may be added while the owner sleeps on the futex,
// where it would not hear of it:
//   owner   CAS AWAKE -> SLEEPING, load num_watched: not 0, no sleep       (both seq_cst)
//   add     num_watched + 1, load wake_state: SLEEPING, wake the owner     (both seq_cst)
// One of the two sees the other. The wait returns without events and the owner's next one is in
// epoll, which reports what is ready by then.
//
// Others than the owner may look into epoll, without waiting and without a word to wake_state. What
// they take of the owner's is the edge of the eventfd, if the owner began to wait meanwhile and was
// woken: whoever finds it writes anew.
//
// Timeouts are nanoseconds through epoll_pwait2; where the kernel or a seccomp filter refuses that,
// milliseconds rounded up through epoll_pwait (late by less than 1 ms, never early).
#include "rt/os/poller.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/atomic.h"
#include "rt/base/sanitize.h"
#include "rt/os/linux/futex.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WAKE_AWAKE = 0, WAKE_NOTIFIED = 1, WAKE_WAITING = 2, WAKE_SLEEPING = 3 };
enum { MAX_EVENTS = 256 };

struct trt_poller {
    trt_atomic_u32 wake_state;
    trt_atomic_u32 num_watched; ///< handles that epoll knows
    int epoll_fd;
    int wake_fd;
    bool coarse; ///< owner: epoll_pwait2 is not to be had
};

tmlrt_status trt_poller_new(trt_poller** out) {
    trt_poller* poller = trt_alloc_zero(sizeof(*poller));
    if (poller == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = TMLRT_OK;
    poller->wake_fd = -1;
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->epoll_fd < 0) {
        status = trt_status_of_errno(errno);
        goto done;
    }
    poller->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (poller->wake_fd < 0) {
        status = trt_status_of_errno(errno);
        goto done;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = TRT_TOKEN_NONE};
    if (epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, poller->wake_fd, &event) != 0) {
        status = trt_status_of_errno(errno);
        goto done;
    }
    *out = poller;
done:
    if (status != TMLRT_OK) {
        trt_poller_free(poller);
    }
    return status;
}

void trt_poller_free(trt_poller* poller) {
    if (poller == NULL) {
        return;
    }
    if (poller->wake_fd >= 0) {
        close(poller->wake_fd);
    }
    if (poller->epoll_fd >= 0) {
        close(poller->epoll_fd);
    }
    trt_free(poller, sizeof(*poller));
}

tmlrt_status trt_poller_add(trt_poller* poller, trt_handle handle, uint64_t token) {
    TRT_ASSERT(token != TRT_TOKEN_NONE);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.u64 = token};
    if (epoll_ctl(poller->epoll_fd, EPOLL_CTL_ADD, (int)handle, &event) != 0) {
        return trt_status_of_errno(errno);
    }
    trt_atomic_add(&poller->num_watched, 1, TRT_SEQ_CST);
    if (TRT_UNLIKELY(trt_atomic_load(&poller->wake_state, TRT_SEQ_CST) == WAKE_SLEEPING)) {
        trt_poller_wake(poller);
    }
    return TMLRT_OK;
}

void trt_poller_remove(trt_poller* poller, trt_handle handle) {
    struct epoll_event unused = {0};
    epoll_ctl(poller->epoll_fd, EPOLL_CTL_DEL, (int)handle, &unused);
    trt_poller_forget(poller);
}

void trt_poller_forget(trt_poller* poller) {
    trt_atomic_sub(&poller->num_watched, 1, TRT_RELAXED);
}

static uint32_t bits_of(uint32_t events) {
    uint32_t bits = 0;
    bits |= events & EPOLLIN ? TRT_EV_READ : 0;
    bits |= events & EPOLLOUT ? TRT_EV_WRITE : 0;
    bits |= events & EPOLLRDHUP ? TRT_EV_RDHUP : 0;
    bits |= events & EPOLLHUP ? TRT_EV_HUP : 0;
    bits |= events & EPOLLERR ? TRT_EV_ERR : 0;
    return bits;
}

static int coarse_timeout(uint64_t timeout_ns) {
    if (timeout_ns == UINT64_MAX) {
        return -1;
    }
    uint64_t timeout_ms = timeout_ns / 1000000 + (timeout_ns % 1000000 != 0);
    return timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
}

// Returns the number of events or -1 with errno.
static int epoll_wait_ns(trt_poller* poller, struct epoll_event* events, int cap,
                         uint64_t timeout_ns) {
#ifdef SYS_epoll_pwait2
    if (timeout_ns != 0 && timeout_ns != UINT64_MAX && !poller->coarse) {
        struct {
            int64_t tv_sec, tv_nsec; // the kernel's timespec64, whatever the C library's is
        } timeout = {(int64_t)(timeout_ns / 1000000000ull), (int64_t)(timeout_ns % 1000000000ull)};
        long got =
            syscall(SYS_epoll_pwait2, poller->epoll_fd, events, cap, &timeout, NULL, (size_t)0);
        if (got >= 0 || (errno != ENOSYS && errno != EPERM)) {
            return (int)got;
        }
        poller->coarse = true;
    }
#endif
#if defined(SYS_epoll_pwait) && !TRT_SANITIZED
    // Not a cancellation point, as in rt/os/posix/socket.c.
    return (int)syscall(SYS_epoll_pwait, poller->epoll_fd, events, cap, coarse_timeout(timeout_ns),
                        NULL, (size_t)0);
#else
    return epoll_wait(poller->epoll_fd, events, cap, coarse_timeout(timeout_ns));
#endif
}

// Announces a blocking wait, or learns that there is a wake to take: then it must not block.
static uint64_t begin_wait(trt_poller* poller, uint64_t timeout_ns) {
    if (timeout_ns == 0) {
        return 0;
    }
    uint32_t expected = WAKE_AWAKE;
    if (trt_atomic_cas(&poller->wake_state, &expected, WAKE_WAITING, TRT_RELAXED, TRT_RELAXED)) {
        return timeout_ns;
    }
    return 0;
}

// Waits for a wake only: nothing is watched.
static void sleep_on_futex(trt_poller* poller, uint64_t timeout_ns) {
    uint32_t expected = WAKE_AWAKE;
    if (trt_atomic_cas(&poller->wake_state, &expected, WAKE_SLEEPING, TRT_SEQ_CST, TRT_RELAXED) &&
        trt_atomic_load(&poller->num_watched, TRT_SEQ_CST) == 0) {
        uint64_t deadline_ns = trt_futex_deadline_ns(timeout_ns);
        (void)trt_futex_wait(&poller->wake_state, WAKE_SLEEPING, deadline_ns);
    }
    // Acquire pairs with the release exchange of trt_poller_wake.
    trt_atomic_xchg(&poller->wake_state, WAKE_AWAKE, TRT_ACQUIRE_ORDER);
}

static void write_edge(trt_poller* poller) {
    uint64_t one = 1;
    // Cannot fail: the counter is 64 bits wide and the descriptor is ours.
    ssize_t written = write(poller->wake_fd, &one, sizeof(one));
    TRT_CHECK(written == (ssize_t)sizeof(one));
}

// Returns how many events of handles there were; *out_edge: the eventfd's was among them.
static uint32_t take_events(trt_event* out, const struct epoll_event* events, int num,
                            bool* out_edge) {
    uint32_t taken = 0;
    *out_edge = false;
    for (int i = 0; i < num; i++) {
        if (events[i].data.u64 == TRT_TOKEN_NONE) {
            *out_edge = true;
        } else {
            out[taken++] =
                (trt_event){.token = events[i].data.u64, .bits = bits_of(events[i].events)};
        }
    }
    return taken;
}

tmlrt_status trt_poller_wait(trt_poller* poller, trt_event* out_events, uint32_t cap,
                             uint64_t timeout_ns, uint32_t* out_num) {
    if (trt_atomic_load(&poller->num_watched, TRT_RELAXED) == 0) {
        if (timeout_ns != 0) {
            sleep_on_futex(poller, timeout_ns);
        }
        *out_num = 0;
        return TMLRT_OK;
    }
    struct epoll_event events[MAX_EVENTS];
    int wanted = cap > MAX_EVENTS ? MAX_EVENTS : (int)cap;
    timeout_ns = begin_wait(poller, timeout_ns);
    int got = epoll_wait_ns(poller, events, wanted, timeout_ns);
    tmlrt_status status = got < 0 && errno != EINTR ? trt_status_of_errno(errno) : TMLRT_OK;
    // Acquire pairs with the release exchange of trt_poller_wake.
    trt_atomic_xchg(&poller->wake_state, WAKE_AWAKE, TRT_ACQUIRE_ORDER);
    if (status != TMLRT_OK) {
        return status;
    }
    bool woken;
    *out_num = take_events(out_events, events, got, &woken);
    return TMLRT_OK;
}

tmlrt_status trt_poller_help(trt_poller* poller, trt_event* out_events, uint32_t cap,
                             uint32_t* out_num) {
    *out_num = 0;
    if (trt_atomic_load(&poller->num_watched, TRT_RELAXED) == 0 ||
        trt_atomic_load(&poller->wake_state, TRT_RELAXED) == WAKE_WAITING) {
        return TMLRT_OK;
    }
    struct epoll_event events[MAX_EVENTS];
    int wanted = cap > MAX_EVENTS ? MAX_EVENTS : (int)cap;
    int got = epoll_wait_ns(poller, events, wanted, 0);
    if (got < 0) {
        return errno == EINTR ? TMLRT_OK : trt_status_of_errno(errno);
    }
    bool owners_edge;
    *out_num = take_events(out_events, events, got, &owners_edge);
    if (TRT_UNLIKELY(owners_edge)) {
        write_edge(poller);
    }
    return TMLRT_OK;
}

void trt_poller_wake(trt_poller* poller) {
    uint32_t before = trt_atomic_xchg(&poller->wake_state, WAKE_NOTIFIED, TRT_RELEASE_ORDER);
    if (before == WAKE_SLEEPING) {
        trt_futex_wake_one(&poller->wake_state);
    } else if (before == WAKE_WAITING) {
        write_edge(poller);
    }
}
