// SPDX-License-Identifier: Apache-2.0
// Reactor: a poller plus slots. A slot keeps the readiness of one handle and the wakers that wait
// for it.
//
// A token is {slot index, generation}: an event of an earlier owner is dropped (invariant R1).
// Readiness is cleared only when its tick is unchanged since the failed read (R2). HUP and ERR wake
// both directions (R4).
#ifndef TRT_REACTOR_REACTOR_H
#define TRT_REACTOR_REACTOR_H

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>

#include "rt/reactor/ready.h"

typedef struct trt_reactor trt_reactor;

/// trt_reactor_new makes a reactor with a poller of its own.   Errors: NOMEM, MFILE, OS.
tmlrt_status trt_reactor_new(trt_reactor** out);
/// trt_reactor_free takes NULL. Every slot should be deregistered; with one that is not (a handle
/// that a panicked task never closed) the reactor is left as it is, since its owner may come back,
/// and a message says so.
void trt_reactor_free(trt_reactor* reactor);
/// trt_reactor_set_batch limits the events of a turn (256 are taken otherwise, and at most): what
/// is ready beyond them stays in the kernel's list, in its order, for the next turn.   Thread:
/// owner.
void trt_reactor_set_batch(trt_reactor* reactor, uint32_t events);
/// trt_reactor_turn waits for events (timeout_ns as in trt_poller_wait), updates slots, and calls
/// the collected wakers with no lock held. *out_woken: how many.   Thread: owner.
tmlrt_status trt_reactor_turn(trt_reactor* reactor, uint64_t timeout_ns, uint32_t* out_woken);
/// trt_reactor_help is a turn without waiting for an owner that is busy; none while it waits
/// itself. Thread:  any.
tmlrt_status trt_reactor_help(trt_reactor* reactor, uint32_t* out_woken);
/// trt_reactor_wake ends the current or next turn early.   Thread: any.
void trt_reactor_wake(trt_reactor* reactor);

/// trt_reactor_num_handles returns how many handles are registered.   Thread: any.
uint32_t trt_reactor_num_handles(trt_reactor* reactor);

/// trt_reactor_register watches `handle`; initial readiness is "both", so the first operation is
/// tried. Errors:  NOMEM, MFILE, OS.   Owns: the handle stays the caller's.   Thread: any.
tmlrt_status trt_reactor_register(trt_reactor* reactor, trt_handle handle, trt_io_slot** out);
/// trt_reactor_deregister stops watching and drops the wakers; the slot must not be used again.
/// Nothing of this handle is delivered afterwards; a waker that a turn had taken already may still
/// be called. Call it before the handle is closed.   Thread: any.   Cost: allocates nothing.
void trt_reactor_deregister(trt_reactor* reactor, trt_io_slot* slot);
/// trt_reactor_forget is deregister for a handle that the caller closes next and that has no
/// duplicate: closing it ends the watch, which saves the system call. Events until then are of an
/// earlier generation.   Thread: any.   Cost: no system call.
void trt_reactor_forget(trt_reactor* reactor, trt_io_slot* slot);

/// trt_io_poll_ready answers READY with the readiness tick, or keeps a clone of the waker and
/// answers PENDING.   Thread: any; one waiter per direction.
static inline tmlrt_poll trt_io_poll_ready(trt_io_slot* slot, int direction,
                                           const tmlrt_context* cx, uint32_t* out_tick);
/// trt_io_poll_hangup answers READY when HUP or ERR was seen; else keeps a clone of the waker as
/// the reader's, whether or not the slot is ready, and answers PENDING.   Thread: any; one reader.
tmlrt_poll trt_io_poll_hangup(trt_io_slot* slot, const tmlrt_context* cx);
/// trt_io_clear_ready forgets readiness after an operation answered AGAIN, unless the tick has
/// moved.
static inline void trt_io_clear_ready(trt_io_slot* slot, int direction, uint32_t tick);
/// trt_io_drained forgets readiness after a stream operation moved fewer bytes than asked, which
/// spares the call that would answer AGAIN; not when RDHUP, HUP or ERR was seen (the end of the
/// stream is still to be read and no edge will tell of it again) or the tick has moved.
static inline void trt_io_drained(trt_io_slot* slot, int direction, uint32_t tick);
/// trt_io_cancel forgets the waker of one direction. One that a turn had taken already may still be
/// called.   Thread: any.
void trt_io_cancel(trt_io_slot* slot, int direction);
/// trt_io_hung_up tells whether the peer is gone (HUP or ERR was seen); RDHUP alone is not.
bool trt_io_hung_up(const trt_io_slot* slot);

#endif
