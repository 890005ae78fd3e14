// SPDX-License-Identifier: Apache-2.0
// Broadcast: every receiver gets a copy of every value that was sent after it subscribed. The last
// `capacity` values are kept; a receiver that falls behind them is told how many it missed.
#ifndef TRT_SYNC_BROADCAST_H
#define TRT_SYNC_BROADCAST_H

#include <tmlrt/abi/poll.h>
#include <tmlrt/abi/status.h>

#include "rt/sync/waiters.h"

/// trt_broadcast is a sender, counted; trt_broadcast_rx is one receiver, used by one task at a
/// time.
typedef struct tmlrt_broadcast trt_broadcast;
typedef struct tmlrt_broadcast_receiver trt_broadcast_rx;

/// TRT_BROADCAST_MAX is the largest capacity.
#define TRT_BROADCAST_MAX (UINT64_C(1) << 24)
/// TRT_BROADCAST_RECEIVERS is how many receivers a channel can have.
#define TRT_BROADCAST_RECEIVERS 32767

/// trt_broadcast_new makes a channel with one sender and no receiver.
/// Shape:   value_len: bytes of a value, aligned to at most 16. capacity: 1 .. TRT_BROADCAST_MAX.
/// clone: copies a value for one receiver, NULL copies its bytes; drop_value: destroys one, NULL
/// does nothing. Both are called without a lock.
/// Errors:  INVAL - capacity. OVERFLOW - value_len. NOMEM.
tmlrt_status trt_broadcast_new(trt_broadcast** out, uint64_t value_len, uint64_t capacity,
                               void (*clone)(void* to, const void* from),
                               void (*drop_value)(void*));
/// trt_broadcast_ref makes one more sender out of a sender.   Thread: any.
void trt_broadcast_ref(trt_broadcast* broadcast);
/// trt_broadcast_unref gives a sender up; behind the last one receivers are told CLOSED.
void trt_broadcast_unref(trt_broadcast* owned_sender);
/// trt_broadcast_send moves a value in and wakes who waits. *out_receivers: how many will see it.
/// Errors:  CLOSED - there is no receiver. NOMEM. The value stays the caller's.   Thread: any.
/// Cost:    allocates until `capacity` + 1 values have been in it, then no more.
tmlrt_status trt_broadcast_send(trt_broadcast* broadcast, const void* value,
                                uint64_t* out_receivers);
/// trt_broadcast_subscribe makes a receiver of what is sent from now on; NULL without memory
/// or with TRT_BROADCAST_RECEIVERS.
trt_broadcast_rx* trt_broadcast_subscribe(trt_broadcast* broadcast);
/// trt_broadcast_receivers returns how many receivers there are.   Thread: any.
uint64_t trt_broadcast_receivers(trt_broadcast* broadcast);

/// trt_broadcast_rx_dup makes a receiver that is where this one is; NULL as for
/// trt_broadcast_subscribe.
trt_broadcast_rx* trt_broadcast_rx_dup(trt_broadcast_rx* receiver);
/// trt_broadcast_rx_free destroys what only it had not seen; nothing may wait on it.
void trt_broadcast_rx_free(trt_broadcast_rx* owned_receiver);
/// trt_broadcast_take copies the next value to `out`, or moves it when this is the last receiver to
/// see it. False: there is none, or it was overwritten; the others tell.   Thread: the receiver's.
/// Cost: two atomic operations, no lock.
bool trt_broadcast_take(trt_broadcast_rx* receiver, void* out);
/// trt_broadcast_try_recv is trt_broadcast_take that tells why.
/// Errors:  AGAIN - none yet. CLOSED - without senders, and none is left. LAGGED - the next
/// *out_missed values are gone; the oldest that is kept comes next.   Thread: the receiver's.
tmlrt_status trt_broadcast_try_recv(trt_broadcast_rx* receiver, void* out, uint64_t* out_missed);
/// trt_broadcast_poll_recv is try_recv that waits: READY writes *out_status, never AGAIN.
tmlrt_poll trt_broadcast_poll_recv(trt_broadcast_rx* receiver, trt_waiter* waiter,
                                   const tmlrt_waker* waker, void* out, uint64_t* out_missed,
                                   tmlrt_status* out_status);
/// trt_broadcast_cancel takes a waiter out; no value is lost by it.   Thread: any.
void trt_broadcast_cancel(trt_broadcast_rx* receiver, trt_waiter* waiter);

#endif
