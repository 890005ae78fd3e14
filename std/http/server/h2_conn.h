// SPDX-License-Identifier: Apache-2.0
// An HTTP/2 connection's task and its exchanges. Private to greeting.c and h2_*.c.
#ifndef TRT_HTTP_SERVER_H2_CONN_H
#define TRT_HTTP_SERVER_H2_CONN_H

#include "std/http/h2/conn.h"
#include "std/http/server/shard.h"
#include "std/http/server/wake_hub.h"

typedef struct trt_http2_conn trt_http2_conn;

/// trt_http2_exchange is one stream's: the exchange, its memory, and how far it is.
typedef struct trt_http2_exchange {
    trt_wake_port port;              ///< first
    struct trt_http2_exchange* next; ///< in the pool, or of those that are to be run
    trt_list_node node;              ///< in conn->exchanges
    trt_exchange exchange;
    trt_arena arena;       ///< request and answer
    tmlrt_arena frames;    ///< of the handler
    trt_http2_conn* conn;  ///< its connection
    trt_h2_stream* stream; ///< NULL: the connection is gone
    char* body;            ///< a request that is collected; NULL: none came
    uint64_t body_len, body_cap, body_limit;
    uint64_t credited;         ///< bytes of the request that the peer's window has back
    uint64_t charged;          ///< bytes of an answer, as the budget knows them
    uint64_t body_until_ns;    ///< while the peer is to send; these three: UINT64_MAX: no limit
    uint64_t handler_until_ns; ///< while the handler's time runs
    uint64_t send_until_ns;    ///< while the peer is to take the answer
    uint64_t unsent;           ///< a mark of what was sent, at the last look
    uint64_t num_pulled;       ///< bytes of a streamed answer
    trt_budget_waiter waiter;
    bool started;   ///< the service has seen it and must drop it
    bool to_run;    ///< in conn->to_run
    bool answered;  ///< the codec has an answer, or its head
    bool given_up;  ///< the service is not polled any more
    bool closed;    ///< nothing more goes either way
    bool gone;      ///< closed before the answer was sent
    bool pulled;    ///< the codec took body bytes that are not with the transport yet
    bool held;      ///< the peer is not credited: the process holds as many bytes as it may
    bool own_limit; ///< body_limit is the route's
    bool switched;  ///< the answer has taken another protocol (trt_http2_tend_switched)
    bool body_in_arena;
    bool waited; ///< its handler has, which conn->serving counts
    trt_header headers[TRT_H2_FIRST_FIELDS];
} trt_http2_exchange;

/// trt_http2_waiting is what is left of an exchange that is over but for the rest of its answer,
/// which waits for the peer's window. Its stream counts as before.
typedef struct trt_http2_waiting {
    trt_list_node node; ///< in conn->waiting
    trt_http2_conn* conn;
    trt_h2_stream* stream;
    uint64_t until_ns; ///< as send_until_ns
    uint64_t unsent;   ///< of the body, at the last look
    size_t size;       ///< of this block; the budget knows it
    char bytes[];
} trt_http2_waiting;

/// trt_http2_conn is the frame of the task.
struct trt_http2_conn {
    tmlrt_frame head;
    trt_serving serving; ///< exchanges whose handlers have waited
    trt_http_link link;
    trt_timer timer;
    uint64_t armed_ns; ///< when the timer fires; UINT64_MAX: not armed
    uint64_t until_ns; ///< of the phase: first request, idle, lingering; UINT64_MAX: none
    uint64_t age_until_ns;
    uint64_t now_ns; ///< of the poll that is running
    uint64_t linger_left;
    trt_stall stall;
    trt_h2_conn* h2; ///< NULL: the peer is gone, handlers that may not be dropped finish
    trt_wake_hub* hub;
    trt_list exchanges;
    trt_list waiting; ///< trt_http2_waiting
    trt_http2_exchange *to_run, *last_to_run;
    uint32_t num_exchanges;                  ///< those that wait included
    uint32_t num_waited;                     ///< handlers that have waited, as `serving` says
    const trt_http2_exchange* oldest_waited; ///< the one that `serving` names; NULL: none
    bool any_pulled;
    bool drained;   ///< GOAWAY was asked for
    bool stop_told; ///< to the exchanges
    bool lingering; ///< our last bytes are out
    bool had_one;   ///< a request came
    uint8_t early_len;
    char early[TRT_H2_PREFACE_LEN]; ///< what the greeting has read
};

extern const tmlrt_future_desc trt_http2_conn_desc;

/// trt_http2_conn_open makes the frame, not started.   Owns: moves the link in.
void trt_http2_conn_open(trt_http2_conn* conn, trt_http_link* link, const char* early,
                         size_t early_len);

static inline trt_http_server* trt_http2_server_of(const trt_http2_exchange* ex) {
    return ex->conn->link.shard->server;
}
/// trt_http2_waker lends the exchange's waker.
static inline tmlrt_waker trt_http2_waker(trt_http2_exchange* ex) {
    return trt_wake_port_waker(&ex->port);
}
/// trt_http2_is_over tells whether the service is not polled any more.
static inline bool trt_http2_is_over(const trt_http2_exchange* ex) {
    return ex->exchange.done || ex->given_up;
}

// ---- h2_request.c -------------------------------------------------------------------------------

/// trt_http2_handler is the codec's view of a connection.
trt_h2_handler trt_http2_handler(trt_http2_conn* conn);
/// trt_http2_refuse ends an exchange whose request cannot be completed, with an answer if there was
/// none.
void trt_http2_refuse(trt_http2_exchange* ex, tmlrt_cancel_reason reason, uint32_t status,
                      const char* why);
/// trt_http2_credit gives the peer's window back as far as the request was taken.
void trt_http2_credit(trt_http2_exchange* ex);
/// trt_http2_no_memory is a refusal for want of memory, counted.
void trt_http2_no_memory(trt_http2_exchange* ex);
/// trt_http2_room_for_window returns the bytes that a body has to have room for which the peer
/// sends before any of it is read.
uint32_t trt_http2_room_for_window(const trt_http2_exchange* ex);

// ---- h2_answer.c --------------------------------------------------------------------------------

/// trt_http2_put_output gives the codec what the exchange has to send, up to its head.
void trt_http2_put_output(trt_http2_exchange* ex);
/// trt_http2_answer_own answers in place of the service, which is not polled any more.
void trt_http2_answer_own(trt_http2_exchange* ex, uint32_t status, const char* why);
/// trt_http2_abort_answer ends an answer that cannot be completed.
void trt_http2_abort_answer(trt_http2_exchange* ex);
/// trt_http2_begin_send notes that the codec has an answer or its head.
void trt_http2_begin_send(trt_http2_exchange* ex, const tmlrt_response* response);
/// trt_http2_interim sends a 1xx head; one that cannot be encoded is left out and logged.
void trt_http2_interim(trt_http2_exchange* ex, const tmlrt_response* response);
/// trt_http2_pull is the codec's: bytes of a streamed answer.
void trt_http2_pull(void* self, trt_h2_stream* stream, char* out, size_t cap,
                    trt_h2_pulled* pulled);

// ---- h2_switch.c --------------------------------------------------------------------------------

/// trt_http2_begin_protocol begins an extended CONNECT whose head is there.
/// Shape:   ended: the peer's side, with the head.
void trt_http2_begin_protocol(trt_http2_exchange* ex, bool ended);
/// trt_http2_answer_switch gives the codec the head that takes the protocol.
void trt_http2_answer_switch(trt_http2_exchange* ex, const trt_wire* wire);
/// trt_http2_tend_switched sets the deadlines behind that head, and ends the peer's side once ours
/// and the handler have ended.
void trt_http2_tend_switched(trt_http2_exchange* ex);
/// trt_http2_switched_moved notes that bytes of the protocol went either way.
void trt_http2_switched_moved(trt_http2_exchange* ex);

// ---- h2_waiting.c -------------------------------------------------------------------------------

/// trt_http2_set_aside ends the exchanges of which only a short rest of the answer is left that
/// waits for the peer's window: what is kept is that. Without memory they stay as they are.
void trt_http2_set_aside(trt_http2_conn* conn);
/// trt_http2_waiting_end frees one whose stream is closed.
void trt_http2_waiting_end(trt_http2_waiting* waiting);
/// trt_http2_waiting_expire resets the streams whose peer has taken nothing for too long.
void trt_http2_waiting_expire(trt_http2_conn* conn);
/// trt_http2_waiting_deadline returns when trt_http2_waiting_expire has something to do.
uint64_t trt_http2_waiting_deadline(const trt_http2_conn* conn);

// ---- h2_exchange.c ------------------------------------------------------------------------------

/// trt_http2_take makes an exchange of the connection, not in its list; NULL without memory.
trt_http2_exchange* trt_http2_take(trt_http2_conn* conn);
/// trt_http2_run polls one exchange that was woken, begins it, or ends it.
void trt_http2_run(trt_http2_exchange* ex, tmlrt_context* cx, uint64_t now_ns);
/// trt_http2_finish ends an exchange whose stream is closed and whose service is not polled any
/// more, or never was.   Thread: the connection's worker, inside the codec's `closed` too.
void trt_http2_finish(trt_http2_exchange* ex);
/// trt_http2_expire does what the exchange's deadline, which has passed, asks for.
void trt_http2_expire(trt_http2_exchange* ex, uint64_t now_ns);
/// trt_http2_deadline returns when trt_http2_expire has something to do.
uint64_t trt_http2_deadline(const trt_http2_exchange* ex);
/// trt_http2_flushed tells every exchange that what was pulled is with the transport.
void trt_http2_flushed(trt_http2_conn* conn);
/// trt_http2_lose_streams forgets the codec's streams, which are gone with it.
void trt_http2_lose_streams(trt_http2_conn* conn);
/// trt_http2_drop_all ends every exchange, whatever it does; the codec is gone.
void trt_http2_drop_all(trt_http2_conn* conn, tmlrt_cancel_reason reason);
/// trt_http2_pool_fini frees the pooled ones.
void trt_http2_pool_fini(trt_http_shard* shard);
/// trt_http2_queue puts an exchange behind those that are to be run; again is fine.
void trt_http2_queue(trt_http2_exchange* ex);

#endif
