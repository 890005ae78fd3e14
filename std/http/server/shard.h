// SPDX-License-Identifier: Apache-2.0
// The server's inside: what a worker owns of it (shard), what a busy connection borrows
// (workspace), and the connection. Everything of a shard is touched by its worker's thread alone,
// but for `control`. Private to std/http/server.
#ifndef TRT_HTTP_SERVER_SHARD_H
#define TRT_HTTP_SERVER_SHARD_H

#include "rt/base/assert.h"
#include "rt/base/list.h"
#include "rt/exec/observe/serving.h"
#include "rt/net/tcp.h"
#include "rt/os/signal.h"
#include "std/http/core/offenders.h"
#include "std/http/h1/conn.h"
#include "std/http/h1/encode.h"
#include "std/http/h2/conn.h"
#include "std/http/server/budget.h"
#include "std/http/server/gather.h"
#include "std/http/server/lag.h"
#include "std/http/server/link.h"
#include "std/http/server/listeners.h"
#include "std/http/server/server.h"
#include "std/http/server/stall.h"
#include "std/http/server/watch.h"

enum trt_http_phase {
    TRT_HTTP_RUNNING,
    TRT_HTTP_LAME_DUCK, ///< still accepting, every answer closes
    TRT_HTTP_DRAINING,  ///< not accepting, idle connections closed
    TRT_HTTP_ABORTING,  ///< handlers dropped, connections reset
};

enum {
    TRT_WS_IN_CAP = 16384,      ///< one read
    TRT_WS_RESERVE = 4096,      ///< behind a head, for body bytes
    TRT_WS_OUT_CAP = 16384,     ///< answers that go out together
    TRT_WS_SLOW_BATCH = 2048,   ///< of a peer that leaves much unread; what is read of it at once
    TRT_WS_SLOW_UNSENT = 32768, ///< so much
    TRT_WS_POOLED_MAX = 128,    ///< kept for reuse, per shard
    TRT_WS_CROWD_BYTES = 10 * 1024 * 1024, ///< workspaces and what is parked: from here on crowded
};

/// trt_workspace is what a connection holds from the first byte of a message until its answer is
/// out: input, output, the exchange and its arena. Idle connections have none.
typedef struct trt_workspace {
    struct trt_workspace* next; ///< in the pool
    trt_exchange exchange;
    trt_arena arena;
    char* in; ///< in_inline, or a larger one for a long head
    uint32_t in_cap;
    uint32_t at;     ///< first byte of `in` that is not consumed
    uint32_t in_end; ///< end of the bytes received
    uint32_t body_start;
    uint32_t out_at, out_end;
    tmlrt_slice tail[2]; ///< after `out`: a long head, a long body
    char* body;          ///< a body that `in` has no room for; NULL: it is there
    uint64_t body_cap;
    uint64_t charged; ///< bytes of an answer that waits, as the budget knows them
    trt_budget_waiter waiter;
    trt_header headers[100];
    char out[TRT_WS_OUT_CAP + TRT_H1_ERROR_CAP]; ///< a last answer always fits
    char in_inline[TRT_WS_IN_CAP + TRT_WS_RESERVE];
} trt_workspace;

struct trt_http_shard {
    trt_http_server* server;
    uint32_t index;
    trt_timer_driver* timers;
    trt_tcp_listener* listeners; ///< the server's places, as this worker has them
    uint32_t next_listener;      ///< whose turn it is to be asked first
    trt_workspace* pool;
    uint32_t num_pooled;
    uint32_t num_workspaces; ///< pooled and lent
    size_t parked_bytes;     ///< of all trt_parked, but for what the budget knows of them
    size_t crowd_bytes;      ///< TRT_WS_CROWD_BYTES
    struct trt_http2_exchange* h2_pool;
    uint32_t num_h2_pooled;
    trt_h2_spare h2_spare;
    uint32_t seed;               ///< of the next connection's age
    uint64_t num_conns;          ///< open, those whose task has not run yet included
    trt_list conns;              ///< those whose task has run
    trt_list idle;               ///< those between two messages, longest first
    trt_http_watch* watch;       ///< NULL: neither log nor metrics are wanted
    trt_atomic_u64 num_begun;    ///< exchanges that have begun, ever; by this worker
    trt_atomic_u64 num_over;     ///< and those of them that are over
    trt_atomic_u64 num_accepted; ///< connections, ever; by this worker
    uint64_t fine_below;         ///< so many may run without a closer look; 0: each is looked at
    bool is_crowded;             ///< crowd_bytes are held: who waits for a turn is packed
    bool is_sampling;            ///< the acceptor looks how far behind the worker is
    trt_lag lag;
    trt_atomic_u32 num_idle;    ///< length of `idle`; read by other workers
    trt_atomic_u32 num_to_shed; ///< idle ones that other workers want closed
    trt_atomic_u64 asked_ns;    ///< when the last of them asked; nobody newer is meant
    uint64_t date_until_ns;
    char date[TRT_HTTP_DATE_LEN];
    char scratch[32768];  ///< for bytes that are thrown away
    tmlrt_waker acceptor; ///< under server->lock: how the supervisor reaches this worker
};

struct trt_http_server {
    trt_http_limits limits;
    trt_security security[2]; ///< of answers in the clear, and over TLS
    trt_mutex offenders_lock;
    trt_offenders* offenders; ///< under its lock; NULL: nothing is spoken that has a ledger
    const trt_service* service;
    tmlrt_runtime* runtime;
    trt_http_places places;
    trt_atomic_u64 refs; ///< the caller, and every task
    trt_atomic_u64 num_conns;
    trt_atomic_u32 phase; ///< enum trt_http_phase, never decreases
    trt_atomic_u32 num_acceptors;
    trt_atomic_u32 num_half_open; ///< TLS handshakes that go on
    trt_http_told handshakes[2];  ///< that failed; [1]: the peer left in the middle
    trt_atomic_u32 beating;       ///< the supervisor reads the memory now and then
    trt_budget budget;
    trt_http_counts counts;
    uint64_t (*memory_used)(void* context); ///< NULL: the probe is read
    void* memory_context;
    trt_handle memory_probe;    ///< TRT_HANDLE_NONE: not known
    trt_access_log* log;        ///< NULL: none
    trt_route_names names;      ///< of the service, when something is noted
    const trt_manager* manager; ///< NULL: nobody wants to know
    trt_mutex lock;
    tmlrt_waker supervisor; ///< under lock
    trt_signal signals;     ///< open before the first listener is; closed when not asked for
    trt_sources sources;
    uint32_t num_shards;
    trt_http_shard shards[];
};

/// What a connection is doing.
enum trt_conn_phase {
    TRT_CONN_READ,   ///< waiting for bytes, or parsing them
    TRT_CONN_HANDLE, ///< the service has the exchange
    TRT_CONN_STREAM, ///< the service has it, and bodies come and go in pieces
    TRT_CONN_HOLD,   ///< nothing is read: the process holds as many bytes as it may
    TRT_CONN_WRITE,  ///< output waits for the peer
    TRT_CONN_LINGER, ///< answered for the last time; reads and throws away
};

/// trt_parked is what a workspace held of a message that is not complete, or of answers that wait.
typedef struct trt_parked trt_parked;

/// trt_http_conn is the frame of a connection's task.
typedef struct trt_http_conn {
    tmlrt_frame head;
    trt_serving serving; ///< the exchange, once its handler has waited
    trt_http_link link;
    trt_timer timer;
    uint64_t armed_ns; ///< when the timer fires; at or before the deadline, UINT64_MAX: not armed
    uint64_t deadline_ns; ///< of HANDLE, STREAM, HOLD and LINGER; READ: see h1, WRITE: see stall
    trt_stall stall;
    trt_gather gather; ///< bodies read straight
    union {
        uint64_t linger_left;   ///< LINGER
        uint64_t hold_began_ns; ///< HOLD
        uint64_t paused_ns;     ///< STREAM: since when the socket is not read; 0: it is
        uint64_t blocked_ns;    ///< WRITE: since when the peer takes nothing, if it does not
    };
    uint64_t handler_until_ns; ///< STREAM: when the handler's time is up; UINT64_MAX: not counted
    trt_h1_conn h1;
    trt_workspace* ws;  ///< NULL while idle or parked
    trt_parked* parked; ///< READ, inside a message, or WRITE: instead of a workspace
    uint16_t batch;     ///< with so many bytes of answers no further request is begun
    uint8_t phase;      ///< enum trt_conn_phase
    uint8_t after;      ///< WRITE: the phase that follows
    bool answering;     ///< WRITE: the answer did not fit yet, encode it afterwards
    bool ending;        ///< WRITE: the exchange ends when its long body is out
    bool started;       ///< the service has seen the exchange and must drop it
    bool late;          ///< the handler was given up: 503 in place of its answer
    bool turned_away;   ///< the service is not asked: 503 in place of its answer
    bool woken;         ///< this poll has not tried to read yet: it most likely may
    bool gone;          ///< the peer is, an unsafe handler finishes all the same
    bool polled;        ///< STREAM: the service was polled in this step already
    bool shut;          ///< STREAM, another protocol: our side has ended
    uint8_t framing;    ///< STREAM: enum trt_h1_framing of the answer that is being sent
} trt_http_conn;

extern const tmlrt_future_desc trt_http_conn_desc;

/// trt_http_conn_open makes the frame of a connection that speaks HTTP/1.1, not started.
/// Owns:    moves the link in.
void trt_http_conn_open(trt_http_conn* conn, trt_http_link* link);
/// trt_http_conn_close ends everything the connection holds; a second call does nothing.
void trt_http_conn_close(trt_http_conn* conn, bool abortive);

/// trt_http_park packs a message that is not complete and gives the workspace back, if that can be
/// done; the caller waits for more bytes either way.   Cost: an allocation, a copy of what came.
void trt_http_park(trt_http_conn* conn);
/// trt_http_park_output packs answers that the peer does not take, if no exchange is running, and
/// gives the workspace back; as trt_http_park.
void trt_http_park_output(trt_http_conn* conn);
/// trt_http_parked_output lends what is to be sent of what is parked; trt_http_parked_sent says how
/// much of it was, and forgets what has nothing left.
tmlrt_slice trt_http_parked_output(const trt_http_conn* conn);
void trt_http_parked_sent(trt_http_conn* conn, size_t len);
/// trt_http_parked_waits tells whether more has to come before what is parked is looked at.
bool trt_http_parked_waits(const trt_http_conn* conn);
/// trt_http_unpark takes a workspace again, when nothing is to be sent; false without memory.
bool trt_http_unpark(trt_http_conn* conn);
/// trt_http_drop_parked forgets what is parked; nothing is fine.
void trt_http_drop_parked(trt_http_conn* conn);

/// trt_http_park_turn packs what a connection in phase READ has when it waits for nothing but its
/// next turn, and gives the workspace back; as trt_http_park. With answers the phase is WRITE then.
void trt_http_park_turn(trt_http_conn* conn);
/// trt_http_park_early parks bytes that were read before the connection has begun. False without
/// memory.
bool trt_http_park_early(trt_http_conn* conn, const char* data, uint32_t len);

/// trt_workspace_crowd notes how much is held, whenever a workspace was made or freed, or something
/// parked or not any more.
void trt_workspace_crowd(trt_http_shard* shard);
/// trt_workspace_new makes one, NULL without memory.
trt_workspace* trt_workspace_new(trt_http_shard* shard);
/// trt_workspace_take lends a workspace, NULL without memory.   Cost: none when one is pooled.
static inline trt_workspace* trt_workspace_take(trt_http_shard* shard) {
    trt_workspace* ws = shard->pool;
    if (TRT_UNLIKELY(ws == NULL)) {
        return trt_workspace_new(shard);
    }
    shard->pool = ws->next;
    shard->num_pooled--;
    return ws;
}
/// trt_workspace_give_slowly is trt_workspace_give of one that has a large input, or that the pool
/// has no room for.
void trt_workspace_give_slowly(trt_http_shard* shard, trt_workspace* ws);
/// trt_workspace_give takes it back, empty; the exchange must be over.
static inline void trt_workspace_give(trt_http_shard* shard, trt_workspace* ws) {
    TRT_ASSERT(ws->body == NULL && ws->charged == 0);
    if (TRT_UNLIKELY(ws->in != ws->in_inline || shard->num_pooled >= TRT_WS_POOLED_MAX)) {
        trt_workspace_give_slowly(shard, ws);
        return;
    }
    ws->at = ws->in_end = ws->out_at = ws->out_end = 0;
    ws->tail[0] = ws->tail[1] = (tmlrt_slice){NULL, 0};
    ws->next = shard->pool;
    shard->pool = ws;
    shard->num_pooled++;
}
/// trt_workspace_pool_fini frees the pooled ones.
void trt_workspace_pool_fini(trt_http_shard* shard);
/// trt_workspace_make_room makes room for a read behind in_end: moves a head that is not complete
/// to the front, enlarges `in` up to limits.input_bytes. Not while a request is complete.
/// Errors:  NOMEM; FULL - the process holds as many bytes as it may.
TMLRT_NODISCARD tmlrt_status trt_workspace_make_room(trt_workspace* ws, trt_http_server* server);
/// trt_workspace_add_body appends a piece that lies in `in`, where trt_workspace_body_room made
/// sure that there is room.
void trt_workspace_add_body(trt_workspace* ws, tmlrt_slice piece);
/// trt_workspace_body_room makes room for a read of body bytes: behind what `in` has, or by moving
/// the body out of it. `left`: how many can come at most.
/// Errors:  NOMEM; FULL - the process holds as many bytes as it may; *out_wanted: how many more
/// this needs.
TMLRT_NODISCARD tmlrt_status trt_workspace_body_room(trt_workspace* ws, trt_http_server* server,
                                                     uint64_t left, uint64_t* out_wanted);
/// trt_workspace_charge tells the budget what waits to be sent; until the end of the message.
void trt_workspace_charge(trt_workspace* ws, trt_http_server* server);
/// trt_workspace_end_message forgets request, answer and body.
void trt_workspace_end_message(trt_workspace* ws, trt_http_server* server);

/// trt_http_answer encodes the answer to the exchange behind the pending output: the service's, or
/// 500 when there is none, 503 when it is late. Returns  false when there is no room: flush, then
/// call again.
bool trt_http_answer(trt_http_conn* conn, uint64_t now_ns);
/// trt_http_put_stream_head encodes the head of an answer whose body is a stream behind the pending
/// output. False: it could not be, a 500 without keep-alive is there in its place.
bool trt_http_put_stream_head(trt_http_conn* conn, const tmlrt_response* response,
                              enum trt_h1_framing framing, uint64_t length, uint64_t now_ns);
/// trt_http_put_interim encodes a 1xx answer behind the pending output; one that cannot be encoded
/// is left out and logged.
void trt_http_put_interim(trt_http_conn* conn, const tmlrt_response* response);
/// trt_http_refuse writes an answer of the server's own, the connection's last, behind the pending
/// output.
void trt_http_refuse(trt_http_conn* conn, uint64_t now_ns, uint32_t status, const char* why);
/// trt_http_end_exchange lets the service drop the exchange and forgets the message.
void trt_http_end_exchange(trt_http_conn* conn);
/// trt_http_output_pending tells whether bytes wait to be sent.
static inline bool trt_http_output_pending(const trt_workspace* ws) {
    return ws->out_at != ws->out_end || ws->tail[0].len != 0 || ws->tail[1].len != 0;
}

/// trt_http_turn_away decides about a request that has begun, when fine_below does not.
bool trt_http_turn_away(trt_http_shard* shard);
/// trt_http_num_running returns how many exchanges of a worker have begun and are not over.
/// Thread:  any; off by what happens meanwhile.
static inline uint64_t trt_http_num_running(const trt_http_shard* shard) {
    trt_http_shard* all = (trt_http_shard*)(uintptr_t)shard;
    uint64_t over = trt_atomic_load(&all->num_over, TRT_RELAXED);
    uint64_t begun = trt_atomic_load(&all->num_begun, TRT_RELAXED);
    return begun > over ? begun - over : 0;
}
/// trt_http_count counts a breach.
void trt_http_count(trt_http_server* server, enum trt_http_count which);
/// trt_http_greet begins a connection: finds out what it speaks, and spawns the task for that.
/// Without memory it is closed.   Owns: moves the link in.
void trt_http_greet(trt_http_link* link);
/// trt_http_date returns the date for an answer, TRT_HTTP_DATE_LEN bytes, good until the next call.
const char* trt_http_date(trt_http_shard* shard, uint64_t now_ns);
/// trt_http_acceptor_start spawns the accept task of a shard.   Errors: NOMEM, SHUTDOWN.
tmlrt_status trt_http_acceptor_start(trt_http_shard* shard);
/// trt_http_server_unref gives a reference back; the last one frees.   Thread: any.
void trt_http_server_unref(trt_http_server* server);
/// trt_http_wake_supervisor makes it look at the phase and the counts again.   Thread: any.
void trt_http_wake_supervisor(trt_http_server* server);
/// trt_http_wake_acceptors makes every worker look at the phase and the memory.   Thread: any.
void trt_http_wake_acceptors(trt_http_server* server);
/// trt_http_wake_acceptor makes one worker look.   Thread: any.
void trt_http_wake_acceptor(trt_http_shard* shard);
/// trt_http_keep_beating makes sure that the supervisor reads the memory while connections are
/// open.   Thread: any.   Cost: a load, when it does.
void trt_http_keep_beating(trt_http_server* server);

/// trt_http_note_idle puts a connection in the list of idle ones, or takes it out.
static inline void trt_http_note_idle(trt_http_link* link, bool idle) {
    trt_http_shard* shard = link->shard;
    if (idle == trt_list_linked(&link->idle_node)) {
        return;
    }
    // Relaxed, and written by this worker alone: others take it for a hint.
    uint32_t num = trt_atomic_load(&shard->num_idle, TRT_RELAXED);
    trt_atomic_store(&shard->num_idle, idle ? num + 1 : num - 1, TRT_RELAXED);
    if (idle) {
        trt_list_push_back(&shard->idle, &link->idle_node);
    } else {
        trt_list_remove(&link->idle_node);
        trt_http_keep_beating(shard->server);
    }
}

/// trt_http_may_begin tells whether a new request is taken.   Cost: two loads.
static inline bool trt_http_may_begin(const trt_http_server* server) {
    return trt_budget_level(&server->budget) == TRT_MEMORY_OK && !trt_budget_full(&server->budget);
}

/// trt_http_link_security returns the fields that answers on this connection get.
static inline const trt_security* trt_http_link_security(const trt_http_link* link) {
    return &link->shard->server->security[link->tls != NULL];
}

static inline uint64_t trt_shard_now_ns(const trt_http_shard* shard) {
    return shard->timers->now_ns(shard->timers->clock);
}
static inline enum trt_http_phase trt_http_server_phase(const trt_http_server* server) {
    // Pairs with the release in trt_http_server_stop: whoever is woken by it sees the new phase.
    return (enum trt_http_phase)trt_atomic_load(&((trt_http_server*)server)->phase,
                                                TRT_ACQUIRE_ORDER);
}

#endif
