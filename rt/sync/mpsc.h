// SPDX-License-Identifier: Apache-2.0
// Mpsc: a queue of values from many senders to one receiver, bounded (senders wait for room) or
// not. Values are moved as bytes, in the order of their sends.
#ifndef TRT_SYNC_MPSC_H
#define TRT_SYNC_MPSC_H

#include "rt/sync/semaphore.h"

/// trt_mpsc is owned by its senders, counted, and its one receiver.
typedef struct tmlrt_mpsc trt_mpsc;

/// TRT_MPSC_UNBOUNDED is the capacity of a channel whose senders never wait.
#define TRT_MPSC_UNBOUNDED UINT64_MAX

/// trt_mpsc_new makes a channel with one sender and a receiver.
/// Shape:   value_len: bytes of a value, aligned to at most 16. capacity: values that may be in it,
/// 1 .. TRT_SEMAPHORE_MAX, or TRT_MPSC_UNBOUNDED. drop_value: destroys a value that nobody
/// received, NULL when there is nothing to do; called without a lock.
/// Errors:  INVAL - capacity. OVERFLOW - value_len. NOMEM.
tmlrt_status trt_mpsc_new(trt_mpsc** out, uint64_t value_len, uint64_t capacity,
                          void (*drop_value)(void*));

/// trt_mpsc_ref_sender makes one more sender out of a sender.   Thread: any.
void trt_mpsc_ref_sender(trt_mpsc* mpsc);
/// trt_mpsc_unref_sender gives a sender up; with the last one the receiver is told CLOSED, behind
/// the values that are left.   Thread: any.
void trt_mpsc_unref_sender(trt_mpsc* owned_sender);
/// trt_mpsc_try_send moves a value in.
/// Errors:  AGAIN - full. CLOSED. NOMEM. The value stays the caller's.   Thread: any.   Cost: one
/// allocation per block of values, none while blocks come back.
tmlrt_status trt_mpsc_try_send(trt_mpsc* mpsc, const void* value);
/// trt_mpsc_poll_reserve takes room for one value, or waits for it (first come, first served).
/// READY writes *out_status: 0 - trt_mpsc_send_reserved or trt_mpsc_unreserve must follow. CLOSED.
tmlrt_poll trt_mpsc_poll_reserve(trt_mpsc* mpsc, trt_semaphore_waiter* waiter,
                                 const tmlrt_waker* waker, tmlrt_status* out_status);
/// trt_mpsc_cancel_reserve takes a waiting reserve out; room that it was given passes on.
void trt_mpsc_cancel_reserve(trt_mpsc* mpsc, trt_semaphore_waiter* waiter);
/// trt_mpsc_send_reserved moves a value into reserved room, also after close.
/// Errors:  CLOSED - the receiver is gone; the room is given back. NOMEM - the room stays reserved.
/// The value stays the caller's then.   Thread: any.
tmlrt_status trt_mpsc_send_reserved(trt_mpsc* mpsc, const void* value);
/// trt_mpsc_unreserve gives reserved room back.   Thread: any.
void trt_mpsc_unreserve(trt_mpsc* mpsc);
/// trt_mpsc_closed tells whether the receiver closed or is gone.   Thread: any.
bool trt_mpsc_closed(const trt_mpsc* mpsc);

/// trt_mpsc_poll_recv moves the oldest value out; READY writes *out_status: 0, or CLOSED - closed
/// by the receiver or by the end of the last sender, and no value is left or can still come.
/// PENDING keeps a clone of `waker`, in place of the one before.   Thread: the receiver's.
tmlrt_poll trt_mpsc_poll_recv(trt_mpsc* mpsc, const tmlrt_waker* waker, void* out,
                              tmlrt_status* out_status);
/// trt_mpsc_try_recv is poll_recv without waiting.   Errors: AGAIN - empty. CLOSED.
tmlrt_status trt_mpsc_try_recv(trt_mpsc* mpsc, void* out);
/// trt_mpsc_forget_waker drops the waker that poll_recv kept; values stay.   Thread: the
/// receiver's.
void trt_mpsc_forget_waker(trt_mpsc* mpsc);
/// trt_mpsc_close refuses later sends and wakes every waiting one; values that are in, and room
/// that is reserved, still arrive.   Thread: the receiver's.
void trt_mpsc_close(trt_mpsc* mpsc);
/// trt_mpsc_drop_receiver closes, destroys what is left and gives the receiver up.
void trt_mpsc_drop_receiver(trt_mpsc* owned_receiver);

#endif
