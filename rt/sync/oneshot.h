// SPDX-License-Identifier: Apache-2.0
// Oneshot: one value, from one sender to one receiver; one allocation in all.
#ifndef TRT_SYNC_ONESHOT_H
#define TRT_SYNC_ONESHOT_H

#include <tmlrt/abi/poll.h>
#include <tmlrt/abi/status.h>

#include "rt/base/atomic.h"
#include "rt/base/waker.h"

/// trt_oneshot is the block that both ends own together; each end is given up exactly once.
typedef struct tmlrt_oneshot trt_oneshot;

/// trt_oneshot_new makes the block for values of `value_len` bytes (aligned to at most 16), owned
/// by a sender and a receiver; NULL without memory.
/// Shape:   drop_value: destroys a value that nobody received; NULL when there is nothing to do.
trt_oneshot* trt_oneshot_new(uint64_t value_len, void (*drop_value)(void*));

/// trt_oneshot_send moves the value in and wakes the receiver.
/// Errors:  CLOSED - the receiver closed or is gone; the value stays the caller's.
/// Owns:    gives the sender up, either way.   Thread: the sender's.
tmlrt_status trt_oneshot_send(trt_oneshot* owned_sender, const void* value);
/// trt_oneshot_drop_sender gives the sender up without a value: the receiver is told CLOSED.
void trt_oneshot_drop_sender(trt_oneshot* owned_sender);
/// trt_oneshot_poll_closed answers READY once the receiver closed or is gone; else keeps a clone
/// of `waker`, in place of the one before.   Thread: the sender's.
tmlrt_poll trt_oneshot_poll_closed(trt_oneshot* oneshot, const tmlrt_waker* waker);
/// trt_oneshot_forget_sender_waker drops the waker that poll_closed kept.   Thread: the sender's.
void trt_oneshot_forget_sender_waker(trt_oneshot* oneshot);
/// trt_oneshot_closed tells whether a send would answer CLOSED now.   Thread: the sender's.
bool trt_oneshot_closed(const trt_oneshot* oneshot);

/// trt_oneshot_poll moves the value out; READY writes *out_status: 0, or CLOSED when there will be
/// none (any more). PENDING keeps a clone of `waker`, in place of the one before. `out` is written
/// with status 0 only.   Thread: the receiver's.
tmlrt_poll trt_oneshot_poll(trt_oneshot* oneshot, const tmlrt_waker* waker, void* out,
                            tmlrt_status* out_status);
/// trt_oneshot_forget_receiver_waker drops the waker that poll kept; a value that came meanwhile
/// stays for the next poll.   Thread: the receiver's.
void trt_oneshot_forget_receiver_waker(trt_oneshot* oneshot);
/// trt_oneshot_try_recv is poll without waiting.   Errors: AGAIN - not sent yet. CLOSED.
tmlrt_status trt_oneshot_try_recv(trt_oneshot* oneshot, void* out);
/// trt_oneshot_close makes later sends answer CLOSED; a value that was sent can still be received.
void trt_oneshot_close(trt_oneshot* oneshot);
/// trt_oneshot_drop_receiver closes, destroys a value that was not received, gives the receiver up.
void trt_oneshot_drop_receiver(trt_oneshot* owned_receiver);

#endif
