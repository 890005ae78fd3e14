// SPDX-License-Identifier: Apache-2.0
// Watch: one value, of which receivers see the latest; they are told when it changed, not how
// often.
#ifndef TRT_SYNC_WATCH_H
#define TRT_SYNC_WATCH_H

#include <tmlrt/abi/poll.h>
#include <tmlrt/abi/status.h>

#include "rt/sync/waiters.h"

/// trt_watch is a sender, counted; trt_watch_rx is one receiver, used by one task at a time.
typedef struct tmlrt_watch trt_watch;
typedef struct tmlrt_watch_receiver trt_watch_rx;

/// trt_watch_new makes a channel with one sender and no receiver, and moves the first value in.
/// Shape:   value_len: bytes, aligned to at most 16. clone: copies the value for one receiver, NULL
/// copies its bytes; drop_value: destroys one, NULL does nothing. Called without a lock.
/// Errors:  OVERFLOW - value_len. NOMEM. The value stays the caller's.
tmlrt_status trt_watch_new(trt_watch** out, uint64_t value_len, const void* value,
                           void (*clone)(void* to, const void* from), void (*drop_value)(void*));
/// trt_watch_ref makes one more sender out of a sender.   Thread: any.
void trt_watch_ref(trt_watch* watch);
/// trt_watch_unref gives a sender up; behind the last one receivers are told CLOSED.
void trt_watch_unref(trt_watch* owned_sender);
/// trt_watch_send replaces the value and wakes who waits; the old one is destroyed.
/// Errors:  NOMEM - the value stays the caller's.   Thread: any.   Cost: a second cell is allocated
/// once, more only while copies of old values are being made.
tmlrt_status trt_watch_send(trt_watch* watch, const void* value);
/// trt_watch_peek copies the latest value, for a sender.   Thread: any.
void trt_watch_peek(trt_watch* watch, void* out);
/// trt_watch_receivers returns how many receivers there are.   Thread: any.
uint64_t trt_watch_receivers(trt_watch* watch);
/// trt_watch_subscribe makes a receiver that has seen the value there is; NULL without memory.
trt_watch_rx* trt_watch_subscribe(trt_watch* watch);

/// trt_watch_rx_dup makes a receiver that has seen what this one has; NULL without memory.
trt_watch_rx* trt_watch_rx_dup(trt_watch_rx* receiver);
/// trt_watch_rx_free gives a receiver up; nothing may wait on it.
void trt_watch_rx_free(trt_watch_rx* owned_receiver);
/// trt_watch_get copies the latest value, which counts as seen.   Thread: the receiver's.
void trt_watch_get(trt_watch_rx* receiver, void* out);
/// trt_watch_changed tells whether there is a value that was not seen.
/// Errors:  AGAIN - no. CLOSED - no, and there are no senders.   Thread: the receiver's.
tmlrt_status trt_watch_changed(trt_watch_rx* receiver);
/// trt_watch_poll_changed waits for such a value, which then counts as seen. READY writes
/// *out_status: 0 or CLOSED.   Thread: the receiver's.
tmlrt_poll trt_watch_poll_changed(trt_watch_rx* receiver, trt_waiter* waiter,
                                  const tmlrt_waker* waker, tmlrt_status* out_status);
/// trt_watch_cancel takes a waiter out; a change that it did not see stays unseen.   Thread: any.
void trt_watch_cancel(trt_watch_rx* receiver, trt_waiter* waiter);

#endif
