// SPDX-License-Identifier: Apache-2.0
// Service: the seam between a server (connections, codecs) and what answers requests (the
// framework). Neither side sees more of the other than this.
#ifndef TRT_HTTP_SERVER_SERVICE_H
#define TRT_HTTP_SERVER_SERVICE_H

#include <tmlrt/abi/cancel.h>
#include <tmlrt/abi/meta.h>

#include <stdbool.h>

#include "rt/base/atomic.h"
#include "std/http/core/message.h"

/// One request being answered. Made by the server in its connection; `call` is the service's own
/// state, allocated from the request's arena.
typedef struct trt_exchange {
    tmlrt_request request;
    tmlrt_response* response; ///< set by the service before READY; NULL is answered with 500
    void* call;
    void* scope;         ///< the service's too: what it made for this request alone
    uint64_t owner_id;   ///< of the scopes that are made while it is polled
    uint64_t timeout_ns; ///< set by start: how long the answer may take from then on; 0: handler_ns

    // Of an exchange that is more than one request and one answer; see the codec's side below.
    bool wire;    ///< it has a stream or interim answers: trt_exchange_next says what is sent
    bool done;    ///< the service has answered READY
    uint8_t sent; ///< enum trt_sent
    tmlrt_response* streamed;  ///< the answer that was given a stream last
    tmlrt_response* committed; ///< the answer whose head is out; NULL: none, or the server's own
    tmlrt_body* bodies;        ///< streams of answers, the last one first
    trt_interim* interims;     ///< waiting, the next one first
    trt_promise* promises;     ///< the same
    tmlrt_response* events;    ///< a stream of events, whose head goes out at once; NULL: none
    bool events_taken;         ///< the handler has its writer
    tmlrt_response* switched;  ///< the answer that takes `protocol`; NULL: none does
    tmlrt_slice protocol;      ///< one of request.protocols
    tmlrt_body* offered; ///< what the peer has sent of it already; NULL: nothing can have come
    struct trt_budget* budget; ///< set by the codec once: counts what waits; NULL: nobody does

    // What is noted when it is over; see watch_call.h.
    uint64_t began_ns;   ///< when its head was complete; 0: it was not
    uint16_t own_status; ///< set by a codec that answers in the service's place; 0: it did not
    uint16_t own_len;    ///< bytes of that answer's body
    uint16_t num_panics; ///< of handler and stages
    uint16_t reserved;
} trt_exchange;

/// trt_exchange_context is the context handed to poll and by it to compiled handlers: base.flags
/// has TMLRT_CX_EXCHANGE, so that tmlrt_response_new finds the arena.
typedef struct trt_exchange_context {
    tmlrt_context base;
    trt_exchange* exchange;
    /// Where start says which route it is, a tmlrt_meta_route in constant memory, before any of its
    /// code runs: for dumps and messages. Only start has it.
    trt_atomic_ptr* doing;
} trt_exchange_context;

enum { TMLRT_CX_EXCHANGE = 1u << 0 };

/// trt_exchange_does is for start: whose code runs from now on.
static inline void trt_exchange_does(tmlrt_context* cx, const tmlrt_meta_route* route) {
    trt_atomic_store(((trt_exchange_context*)cx)->doing, (void*)(uintptr_t)route, TRT_RELAXED);
}

/// trt_service is a vtable plus the service's own pointer.
typedef struct trt_service {
    void* self;
    /// start routes and binds; READY with a response when no handler has to run (404, 400 ...).
    /// `cx` is a trt_exchange_context.
    tmlrt_poll (*start)(void* self, trt_exchange* exchange, tmlrt_context* cx);
    /// poll runs the handler on; called after PENDING.
    tmlrt_poll (*poll)(void* self, trt_exchange* exchange, tmlrt_context* cx);
    /// drop ends the exchange in any state: after the answer was encoded (drops handler outputs),
    /// or before it is there (client gone, deadline: drops the handler's frame).
    void (*drop)(void* self, trt_exchange* exchange);
    /// body_limit is asked when the head of a request that has a body is there, before any of it is
    /// read: how many bytes it may have; 0, or a NULL here: body_bytes. Allocates from the
    /// request's arena only, which may be reset before start.
    uint64_t (*body_limit)(void* self, tmlrt_request* request);
    /// streams_body is asked when the head of a request that has a body is there: true starts it at
    /// once, its body a stream; false, or a NULL here, when the body is whole. As body_limit.
    bool (*streams_body)(void* self, tmlrt_request* request);
    /// needs_no_body is asked instead where the peer waits for 100 before it sends a body that is
    /// no stream: true starts the request at once, as streams_body does, since no handler takes its
    /// body, so that the peer need not send it (RFC 9110 10.1.1). What runs all the same (global
    /// stages) finds a stream, and 100 goes out when that is read. NULL: never.
    bool (*needs_no_body)(void* self, tmlrt_request* request);
    /// For the access log and the metrics, the patterns that the service tells apart; 0: none, and
    /// the next two are not called.
    uint32_t num_routes;
    /// route_of tells which one an exchange that was started was routed to; num_routes: none.
    uint32_t (*route_of)(void* self, const tmlrt_request* request);
    /// route_name writes a pattern to `out`, cut at `cap`, and returns its length; *out_method:
    /// constant memory.
    size_t (*route_name)(void* self, uint32_t index, char* out, size_t cap,
                         tmlrt_slice* out_method);
    /// record_of tells what start has said of an exchange; NULL, also here: it has no route.
    const tmlrt_meta_route* (*record_of)(void* self, const tmlrt_request* request);
} trt_service;

// ---- the codec's side ---------------------------------------------------------------------------
// A codec polls the service, puts body bytes into request.stream as long as trt_body_wants says so,
// and sends what trt_exchange_next answers, in that order. Every rule of HTTP that is not about
// bytes on the wire is in there (docs/design/service.md).

struct trt_budget;

enum trt_sent {
    TRT_SENT_NOTHING,
    TRT_SENT_HEAD, ///< the final head; what is left is its stream
    TRT_SENT_ALL,
};

/// What comes next on the wire.
enum trt_wire_kind {
    TRT_WIRE_NOTHING, ///< for now: the waker was kept
    TRT_WIRE_INTERIM, ///< a head with a 1xx status
    TRT_WIRE_WHOLE,  ///< a head and its body, which is the message's end; response may be NULL: 500
    TRT_WIRE_HEAD,   ///< a head; its body comes in pieces
    TRT_WIRE_SWITCH, ///< a head that takes `protocol`: what the peer sends from now on belongs into
                     ///< request.stream, what follows here is DATA and END, of that protocol
    TRT_WIRE_DATA,   ///< `len` bytes were written to `out`
    TRT_WIRE_END,    ///< of the body, with trailers
    TRT_WIRE_ABORT,  ///< the answer cannot be completed: the peer must not take it for whole
};

typedef struct trt_wire {
    enum trt_wire_kind kind;
    uint32_t num_trailers;          ///< END
    const trt_header* trailers;     ///< END; valid until trt_exchange_release
    const tmlrt_response* response; ///< INTERIM, WHOLE, HEAD, SWITCH
    tmlrt_slice protocol;           ///< SWITCH: as the peer spelled it
    uint64_t length;                ///< HEAD: of its body, UINT64_MAX when it is not known
    size_t len;                     ///< DATA
    bool no_body; ///< HEAD: the message has none (HEAD, 204, 205, 304), END follows
} trt_wire;

/// trt_exchange_stream_body makes request.stream, before start.
/// Shape:   length: of the body, UINT64_MAX when it is not known.
/// Errors:  NOMEM.
TMLRT_NODISCARD tmlrt_status trt_exchange_stream_body(trt_exchange* exchange, uint64_t length);
/// trt_exchange_asks notes that a request without content asks for other protocols, before start:
/// Upgrade of HTTP/1.1, or an extended CONNECT, whose flag is set then.
/// Shape:   protocols: as in request.protocols, with a NUL behind; early: bytes of the protocol may
///          come before it was taken, and are put into exchange->offered until request.stream is
///          there.
/// Errors:  NOMEM, with early only - nothing is noted.
TMLRT_NODISCARD tmlrt_status trt_exchange_asks(trt_exchange* exchange, tmlrt_slice protocols,
                                               bool early);
/// trt_exchange_begin_events makes the answer a stream of events (text/event-stream) that goes out
/// at once and has a comment in it whenever it was quiet for `heartbeat_ns`, until the exchange
/// ends. Its client is gone when it has closed its side, and a server that stops ends the stream.
/// Errors:  NOMEM.   Thread: the exchange's, a worker.
TMLRT_NODISCARD tmlrt_status trt_exchange_begin_events(trt_exchange* exchange, tmlrt_context* cx,
                                                       uint64_t heartbeat_ns);
/// trt_exchange_end_events ends that stream, unless it has ended.   Thread: the exchange's.
void trt_exchange_end_events(trt_exchange* exchange);
/// trt_exchange_next tells what to send next, of an exchange whose `wire` is set.
/// Shape:   `out` has `cap` bytes, at least 1, for DATA.   Owns: nothing moves.
/// Thread:  the exchange's. Streams may be written by other threads meanwhile.
void trt_exchange_next(trt_exchange* exchange, const tmlrt_waker* waker, char* out, size_t cap,
                       trt_wire* wire);
/// trt_exchange_lend is trt_exchange_next of an exchange whose head was sent, for a codec that
/// sends bytes as they are: DATA is not copied, its wire.len bytes are in the two slices until the
/// codec says what became of them, by trt_body_return of committed->stream.
void trt_exchange_lend(trt_exchange* exchange, const tmlrt_waker* waker, tmlrt_slice out[2],
                       trt_wire* wire);
/// trt_exchange_next_promise takes the next request that the handler has promised, NULL: there is
/// none. A codec that can push asks before each piece of the answer, since the peer is to know
/// before it reads of it; others never do.
const trt_promise* trt_exchange_next_promise(trt_exchange* exchange);
/// trt_exchange_add_fields gives the answer, which is about to be sent, the fields that stages have
/// kept for it (core/answer_fields.h). Without memory for them a whole one becomes a 503 without
/// fields or body. Returns false where that cannot be, since it has a stream: it is to be cut off.
bool trt_exchange_add_fields(trt_exchange* exchange, tmlrt_response* response);
/// trt_exchange_own_answer makes an answer of the codec's own in place of the service's, with the
/// fields that stages have kept, and notes it in own_status and own_len.
/// Shape:   status: 400..599; why: the detail, may be NULL.   Returns NULL without memory: the
/// codec's last resort is then an answer without these fields, or none.
tmlrt_response* trt_exchange_own_answer(trt_exchange* exchange, uint32_t status, const char* why);
/// trt_exchange_flushed says that everything taken so far was given to the transport.
void trt_exchange_flushed(trt_exchange* exchange);
/// trt_exchange_cut fails the streams of an exchange that ends early, but for shutdown, which lets
/// it finish. Part of trt_exchange_cancel (lease.h).
void trt_exchange_cut(trt_exchange* exchange, tmlrt_cancel_reason reason);
/// trt_exchange_release gives the streams up, behind drop.
void trt_exchange_release(trt_exchange* exchange);

#endif
