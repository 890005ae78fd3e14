// SPDX-License-Identifier: Apache-2.0
// Signals over a self-pipe per subscription. The handler only ORs a bit and writes one byte: both
// are async-signal-safe; a full pipe loses nothing, since the bits are what counts.
//
// A handler may run on any thread while another closes a subscription: close first takes the slot
// out, then waits until no handler is running, then closes the pipe. Handlers count themselves.
// Order of the words: `mask` is written last when opening and first when closing.
#include "rt/os/signal.h"

#include "rt/base/atomic.h"
#include "rt/os/posix/status.h"
#include "rt/os/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef struct slot {
    trt_atomic_u32 mask; ///< 0: free
    trt_atomic_u32 pending;
    int read_end, write_end;
} slot;

static const int s_numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
enum { NUM_SIGNALS = sizeof(s_numbers) / sizeof(s_numbers[0]) };

static slot s_slots[TRT_SIGNAL_MAX_SUBSCRIPTIONS];
static trt_atomic_u32 s_handlers_running;
static trt_mutex s_lock;
static uint32_t s_num_watchers[NUM_SIGNALS];   ///< under lock
static struct sigaction s_former[NUM_SIGNALS]; ///< under lock

static void deliver(uint32_t bit) {
    for (uint32_t i = 0; i < TRT_SIGNAL_MAX_SUBSCRIPTIONS; i++) {
        if (trt_atomic_load(&s_slots[i].mask, TRT_SEQ_CST) & bit) {
            trt_atomic_or(&s_slots[i].pending, bit, TRT_ACQ_REL);
            ssize_t written = write(s_slots[i].write_end, "", 1);
            (void)written;
        }
    }
}

static void on_signal(int number) {
    int saved = errno;
    trt_atomic_add(&s_handlers_running, 1, TRT_SEQ_CST);
    for (uint32_t i = 0; i < NUM_SIGNALS; i++) {
        if (s_numbers[i] == number) {
            deliver(1u << i);
        }
    }
    trt_atomic_sub(&s_handlers_running, 1, TRT_SEQ_CST);
    errno = saved;
}

// Under the lock.
static void install(uint32_t mask) {
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    for (uint32_t i = 0; i < NUM_SIGNALS; i++) {
        if ((mask & (1u << i)) != 0 && s_num_watchers[i]++ == 0) {
            (void)sigaction(s_numbers[i], &action, &s_former[i]);
        }
    }
}

// Under the lock.
static void restore(uint32_t mask) {
    for (uint32_t i = 0; i < NUM_SIGNALS; i++) {
        if ((mask & (1u << i)) != 0 && --s_num_watchers[i] == 0) {
            (void)sigaction(s_numbers[i], &s_former[i], NULL);
        }
    }
}

static tmlrt_status open_slot(slot* free_slot, uint32_t mask) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return trt_status_of_errno(errno);
    }
    free_slot->read_end = ends[0];
    free_slot->write_end = ends[1];
    trt_atomic_store(&free_slot->pending, 0, TRT_RELAXED);
    trt_atomic_store(&free_slot->mask, mask, TRT_SEQ_CST);
    install(mask);
    return TMLRT_OK;
}

tmlrt_status trt_signal_open(trt_signal* out, uint32_t mask) {
    if (mask == 0 || mask >= 1u << NUM_SIGNALS) {
        return TMLRT_E_INVAL;
    }
    tmlrt_status status = TMLRT_E_FULL;
    trt_mutex_lock(&s_lock);
    for (uint32_t i = 0; i < TRT_SIGNAL_MAX_SUBSCRIPTIONS; i++) {
        if (trt_atomic_load(&s_slots[i].mask, TRT_RELAXED) == 0) {
            status = open_slot(&s_slots[i], mask);
            if (status == TMLRT_OK) {
                *out = (trt_signal){.handle = s_slots[i].read_end, .slot = i + 1};
            }
            break;
        }
    }
    trt_mutex_unlock(&s_lock);
    return status;
}

void trt_signal_ignore_broken_pipes(void) {
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action = (struct sigaction){.sa_handler = SIG_IGN};
        sigaction(SIGPIPE, &action, NULL);
    }
}

uint32_t trt_signal_take(trt_signal* subscription) {
    char bytes[64];
    slot* self = &s_slots[subscription->slot - 1];
    while (read(self->read_end, bytes, sizeof(bytes)) > 0) {
    }
    return trt_atomic_xchg(&self->pending, 0, TRT_ACQ_REL);
}

void trt_signal_close(trt_signal* subscription) {
    if (subscription->slot == 0) {
        return;
    }
    slot* self = &s_slots[subscription->slot - 1];
    trt_mutex_lock(&s_lock);
    int read_end = self->read_end, write_end = self->write_end;
    restore(trt_atomic_load(&self->mask, TRT_RELAXED));
    trt_atomic_store(&self->mask, 0, TRT_SEQ_CST);
    while (trt_atomic_load(&s_handlers_running, TRT_SEQ_CST) != 0) {
        sched_yield();
    }
    trt_mutex_unlock(&s_lock);
    close(read_end);
    close(write_end);
    *subscription = (trt_signal){.handle = TRT_HANDLE_NONE, .slot = 0};
}
