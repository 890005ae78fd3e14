// SPDX-License-Identifier: Apache-2.0
// Body: the body of one message on its way, between a codec and a handler. One side puts bytes in,
// the other takes them out; at most TRT_BODY_CAP wait in between. What holds for streamed bodies
// holds here, so that codecs only move bytes (docs/design/service.md).
#ifndef TRT_HTTP_SERVER_BODY_H
#define TRT_HTTP_SERVER_BODY_H

#include <tmlrt/abi/poll.h>
#include <tmlrt/abi/waker.h>

#include "rt/os/thread.h"
#include "std/http/core/message.h"
#include "std/http/core/sse.h"
#include "std/http/server/budget.h"

enum { TRT_BODY_CAP = 65536 }; ///< bytes that wait at most, then the putting side does
#define TRT_BODY_UNKNOWN UINT64_MAX

enum trt_body_state {
    TRT_BODY_OPEN,
    TRT_BODY_ENDED,  ///< whole; bytes may still wait to be taken
    TRT_BODY_FAILED, ///< cut off: nothing is taken any more, `why` says it to both sides
};

/// tmlrt_body is one body. Counted: a request's belongs to its exchange; an answer's to its
/// exchange and to whoever writes it. Fields are under the lock but for the constant ones.
struct tmlrt_body {
    trt_mutex lock;
    uint32_t refs;
    uint8_t state;     ///< enum trt_body_state
    bool begun;        ///< something was put, flushed or ended: the head may go out
    bool asked;        ///< the taking side has asked for bytes
    bool discards;     ///< what is put is counted and thrown away (HEAD, 204, 304)
    bool bare;         ///< bytes of another protocol, which has no trailers; constant
    tmlrt_status why;  ///< FAILED
    uint64_t declared; ///< how long it will be, constant; TRT_BODY_UNKNOWN: not known
    uint64_t put;      ///< bytes, in all
    uint64_t sent;     ///< of them, those that the codec is done with
    bool lent;         ///< somebody has pieces of the ring: it stays where it is
    char* ring;        ///< NULL: nothing was put yet
    char* left;        ///< a ring that was to be freed while it was lent, `left_cap` bytes
    uint32_t cap_max;  ///< how many bytes wait at most, a power of two; TRT_BODY_CAP unless a codec
                       ///< has granted its peer more
    uint32_t cap, at, len, left_cap;
    trt_header* trailers; ///< one block with their texts; NULL: none
    uint32_t num_trailers;
    size_t trailer_bytes;
    tmlrt_waker writer, reader;
    trt_budget* budget; ///< constant; NULL: nobody counts. Not touched after trt_body_detach
    bool detached;
    struct trt_beat* beat;   ///< of an event stream (beat.h), constant once it is made; NULL: none
    struct tmlrt_body* next; ///< of the exchange
};

/// trt_body_new makes an open body with one reference; NULL without memory.
/// Shape:   declared: its length, TRT_BODY_UNKNOWN; budget: counts what waits, may be NULL.
tmlrt_body* trt_body_new(uint64_t declared, struct trt_budget* budget);
/// trt_body_ref adds a reference.   Thread: any, as are all of these.
void trt_body_ref(tmlrt_body* body);
/// trt_body_unref gives one back; takes NULL.
void trt_body_unref(tmlrt_body* body);
/// trt_body_detach is for the exchange's end: the body fails with CLOSED unless it has ended, gives
/// its bytes back to the budget and will not touch that again. Whoever writes is told CLOSED.
void trt_body_detach(tmlrt_body* body);

// ---- the side that puts -------------------------------------------------------------------------

/// trt_body_room returns how many bytes trt_body_put would take now.
size_t trt_body_room(tmlrt_body* body);
/// trt_body_wants tells whether the taking side has asked and there is room.
bool trt_body_wants(tmlrt_body* body);
/// trt_body_watch_taken keeps `waker` for the next time that the taking side takes something, asks
/// for the first time, or gives up. Returns  how many bytes it has taken so far.
uint64_t trt_body_watch_taken(tmlrt_body* body, const tmlrt_waker* waker);
/// trt_body_put takes as much as there is room for: *out_taken, which may be 0.
/// Errors:  CLOSED - it has ended; `why` of a failed one; OVERFLOW - more than declared, and NOMEM:
///          the body has failed with it.
TMLRT_NODISCARD tmlrt_status trt_body_put(tmlrt_body* body, const char* data, size_t len,
                                          size_t* out_taken);
/// trt_body_lend_room is for a codec that reads right into the ring, up to `wanted` bytes: the
/// longest piece that is free, for this thread, until trt_body_commit, which has to follow if it is
/// not empty. Empty: there is no room, or what is put is thrown away: trt_body_put, then.
tmlrt_slice trt_body_lend_room(tmlrt_body* body, size_t wanted);
/// trt_body_commit ends that: `len` bytes were put there.   Errors: as trt_body_put.
TMLRT_NODISCARD tmlrt_status trt_body_commit(tmlrt_body* body, size_t len);
/// trt_body_poll_put is trt_body_put that waits for room; *out_status: its error.
tmlrt_poll trt_body_poll_put(tmlrt_body* body, const tmlrt_waker* waker, const char* data,
                             size_t len, size_t* out_taken, tmlrt_status* out_status);
/// trt_body_put_event puts one event, all of it or nothing, so that no other comes between its
/// parts and none is cut by a writer that goes. *out_waits: there is no room for now. Errors:
/// OVERFLOW - longer than TRT_BODY_CAP, nothing else is changed; as trt_body_put.
TMLRT_NODISCARD tmlrt_status trt_body_put_event(tmlrt_body* body, const trt_sse_event* event,
                                                bool* out_waits);
/// trt_body_poll_put_event is trt_body_put_event that waits for room.
tmlrt_poll trt_body_poll_put_event(tmlrt_body* body, const tmlrt_waker* waker,
                                   const trt_sse_event* event, tmlrt_status* out_status);
/// trt_body_poll_flush waits until the codec has given everything that was put to the transport.
tmlrt_poll trt_body_poll_flush(tmlrt_body* body, const tmlrt_waker* waker,
                               tmlrt_status* out_status);
/// trt_body_trailer adds a trailer field, copied.
/// Errors:  HTTP_HEADER - a forbidden byte, or a field that decides about framing, routing or who
///          is asking (RFC 9110 6.5.1); UNSUPPORTED - the length was declared: no version of HTTP
///          has room for trailers then; or it is another protocol's; FULL - more than 16; CLOSED;
///          NOMEM. Nothing is added.
TMLRT_NODISCARD tmlrt_status trt_body_trailer(tmlrt_body* body, tmlrt_slice name,
                                              tmlrt_slice value);
/// trt_body_end says that this was all.
/// Errors:  EOF - less than declared, the body has failed with it; CLOSED; `why`.
TMLRT_NODISCARD tmlrt_status trt_body_end(tmlrt_body* body);
/// trt_body_fail cuts a body off that has not ended, or whose end was not taken yet; either side.
void trt_body_fail(tmlrt_body* body, tmlrt_status why);

/// trt_body_give_up is for a writer that goes: a body that has not ended fails with CANCELLED.
void trt_body_give_up(tmlrt_body* body);

// ---- the side that takes ------------------------------------------------------------------------

/// trt_body_poll_take takes up to `cap` bytes. READY: *out_status OK with *out_len bytes, 0 of them
/// only at the end (trailers are there then); or why there is no more.
/// PENDING: `waker` is kept, the putting side knows that it was asked.
tmlrt_poll trt_body_poll_take(tmlrt_body* body, const tmlrt_waker* waker, char* out, size_t cap,
                              size_t* out_len, tmlrt_status* out_status);
/// trt_body_poll_lend is trt_body_poll_take without the copy. READY with *out_len bytes: they are
/// in the two slices, for this thread, until trt_body_return, which has to follow.
tmlrt_poll trt_body_poll_lend(tmlrt_body* body, const tmlrt_waker* waker, tmlrt_slice out[2],
                              size_t* out_len, tmlrt_status* out_status);
/// trt_body_return ends that: the first `taken` bytes were taken, the others come again.
void trt_body_return(tmlrt_body* body, size_t taken);
/// trt_body_begin lets the head of the answer go out.
void trt_body_begin(tmlrt_body* body);
/// trt_body_mark_sent says that everything taken so far was given to the transport.
void trt_body_mark_sent(tmlrt_body* body);
/// trt_body_discard throws away what waits and what will be put.
void trt_body_discard(tmlrt_body* body);
/// trt_body_watch keeps `waker` for the next change on the putting side. Returns whether it has
/// begun.
bool trt_body_watch(tmlrt_body* body, const tmlrt_waker* waker);
/// trt_body_length returns the length to announce: as declared, or what it turned out to be when
/// it has ended without trailers; else TRT_BODY_UNKNOWN.
uint64_t trt_body_length(tmlrt_body* body);

/// trt_body_put_bytes returns how many bytes were put; trt_body_sent how many of them were given
/// to the transport, none of a body that is thrown away.
uint64_t trt_body_put_bytes(tmlrt_body* body);
uint64_t trt_body_sent(tmlrt_body* body);

#endif
