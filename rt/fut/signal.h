// SPDX-License-Identifier: Apache-2.0
// Waiting for a signal: the leaf over a subscription (rt/os/signal.h).
#ifndef TRT_FUT_SIGNAL_H
#define TRT_FUT_SIGNAL_H

#include <tmlrt/abi/future.h>

#include "rt/os/signal.h"

/// trt_signal_wait_init prepares `leaf` (TMLRT_LEAF_SIZE) to wait for a signal of an open
/// subscription: output {i32 status}; when 0, the TRT_SIGNAL_* bits that arrived are at `out_bits`.
/// Errors:  NOMEM, MFILE, OS - the handle could not be watched.
/// Owns:    the subscription stays the caller's and must outlive the leaf; one waiter at a time.
void trt_signal_wait_init(void* leaf, trt_signal* subscription, uint32_t* out_bits);
extern const tmlrt_future_desc trt_signal_wait_desc;

#endif
