// SPDX-License-Identifier: Apache-2.0
// Signals as a handle that becomes readable, for a reactor to wait on. Every subscription has its
// own handle and its own pending set; a signal reaches all that asked for it.
#ifndef TRT_OS_SIGNAL_H
#define TRT_OS_SIGNAL_H

#include "rt/os/poller.h"

/// Signals that can be watched, as bits.
enum {
    TRT_SIGNAL_TERM = 1u << 0,
    TRT_SIGNAL_INT = 1u << 1,
    TRT_SIGNAL_HUP = 1u << 2,
    TRT_SIGNAL_QUIT = 1u << 3,
    TRT_SIGNAL_USR1 = 1u << 4,
    TRT_SIGNAL_USR2 = 1u << 5,
};

/// TRT_SIGNAL_MAX_SUBSCRIPTIONS at the same time in a process.
enum { TRT_SIGNAL_MAX_SUBSCRIPTIONS = 16 };

/// trt_signal is one subscription; all-zero is closed.
typedef struct trt_signal {
    trt_handle handle; ///< readable when a signal is pending
    uint32_t slot;     ///< 1 and up
} trt_signal;

/// trt_signal_ignore_broken_pipes lets a write to a pipe that nobody reads any more (a log's) fail
/// instead of ending the process, unless the program has handled that signal itself.   Thread: any.
void trt_signal_ignore_broken_pipes(void);
/// trt_signal_open subscribes to the signals of `mask`; from now on they no longer have their
/// default effect.
/// Errors:  FULL - too many subscriptions; MFILE, OS. Nothing is changed then.   Thread: any.
tmlrt_status trt_signal_open(trt_signal* out, uint32_t mask);
/// trt_signal_take returns the signals that arrived since the last call, 0 when there are none.
/// Thread: owner.
uint32_t trt_signal_take(trt_signal* subscription);
/// trt_signal_close ends the subscription; a signal nobody is subscribed to has its former effect
/// again. A closed one is left alone.   Thread: any.
void trt_signal_close(trt_signal* subscription);

#endif
