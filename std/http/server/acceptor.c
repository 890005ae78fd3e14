// SPDX-License-Identifier: Apache-2.0
// The accept task of a shard: takes connections, holds them to the limits on their number, and is
// the supervisor's hand on this worker (it wakes connections when the phase changes, closes idle
// ones and gives pooled memory back when memory is short, and ends when the last one is gone).
//
// When num_conns are open, or handles have run out, the connection that was idle for longest makes
// room: of this worker, else of one that has any; that worker's acceptor does it. Only one that was
// idle when room was asked for: by the time the ask is heard, a peer that has just come is no room.
// Thread: the shard's worker, but for num_idle, num_to_shed and asked_ns.
#include "std/http/server/shard.h"

#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/base/waker.h"
#include "rt/exec/runtime.h"

#include <stdalign.h>

typedef struct acceptor {
    tmlrt_frame head;
    trt_http_shard* shard;
    uint32_t seen_phase; ///< the connections have been told about this one
    uint64_t seen_shed;  ///< refusals of the listener that made room already
    trt_timer timer;     ///< of the next sample
    uint64_t sample_ns;  ///< when it is due, or was put behind the queue; 0: none
    uint64_t seen_begun; ///< exchanges that had begun at the last one
    bool is_queued;      ///< this task is behind the queue, and its wait is the sample
} acceptor;

static uint64_t clock_of(const trt_http_shard* shard) {
    return shard->timers->now_ns(shard->timers->clock);
}

// The connection that was idle for longest ends, if it was already at `asked_ns`. False: there is
// none on this worker.
static bool shed_here(trt_http_shard* shard, uint64_t asked_ns) {
    if (trt_list_empty(&shard->idle)) {
        return false;
    }
    trt_http_link* link = TRT_CONTAINER_OF(shard->idle.head.next, trt_http_link, idle_node);
    if (link->idle_began_ns > asked_ns) {
        return false;
    }
    trt_http_note_idle(link, false);
    link->shed = true;
    trt_waker_wake_ref(&link->waker);
    return true;
}

// One idle connection makes room. False: nobody has one.
static bool shed_one(trt_http_shard* shard) {
    trt_http_server* server = shard->server;
    uint64_t now_ns = clock_of(shard);
    bool found = shed_here(shard, now_ns);
    for (uint32_t i = 0; i < server->num_shards && !found; i++) {
        trt_http_shard* other = &server->shards[i];
        if (trt_atomic_load(&other->num_idle, TRT_RELAXED) != 0) {
            // Asks of several workers may store out of order by as much as their clocks were read
            // apart: what counts is that it is not the time when the ask is heard.
            trt_atomic_store(&other->asked_ns, now_ns, TRT_RELAXED);
            trt_atomic_add(&other->num_to_shed, 1, TRT_ACQ_REL);
            trt_http_wake_acceptor(other);
            found = true;
        }
    }
    if (found) {
        trt_http_count(server, TRT_HTTP_COUNT_shed);
    }
    return found;
}

static bool is_offender(trt_http_shard* shard, trt_source_key source) {
    trt_http_server* server = shard->server;
    if (server->offenders == NULL || source.family == 0) {
        return false;
    }
    trt_mutex_lock(&server->offenders_lock);
    bool refused =
        trt_offenders_refused(server->offenders, source.family, source.bits, clock_of(shard));
    trt_mutex_unlock(&server->offenders_lock);
    if (refused) {
        trt_http_count(server, TRT_HTTP_COUNT_offender);
    }
    return refused;
}

static bool admitted(trt_http_shard* shard, trt_source_key source) {
    trt_http_server* server = shard->server;
    const trt_http_limits* limits = &server->limits;
    if (is_offender(shard, source)) {
        return false;
    }
    // Peers of a Unix socket have no address, and are of this machine: num_conns is their limit.
    uint64_t per_source = source.family != 0 ? limits->conns_per_source : UINT64_MAX;
    tmlrt_status status = trt_sources_enter(&server->sources, source, per_source);
    if (status != TMLRT_OK) {
        trt_http_count(server, status == TMLRT_E_FULL ? TRT_HTTP_COUNT_source_full
                                                      : TRT_HTTP_COUNT_no_memory);
        return false;
    }
    // A count that several workers may overshoot by one each. Its order is for keep_beating.
    uint64_t num = trt_atomic_add(&server->num_conns, 1, TRT_SEQ_CST);
    if (num >= limits->num_conns && !shed_one(shard)) {
        trt_atomic_sub(&server->num_conns, 1, TRT_RELAXED);
        trt_sources_leave(&server->sources, source);
        trt_http_count(server, TRT_HTTP_COUNT_conns_full);
        return false;
    }
    return true;
}

static void open_conn(trt_http_shard* shard, const trt_http_spoken* spoken, trt_tcp tcp,
                      const trt_addr* peer) {
    if (!admitted(shard, trt_source_key_of(peer))) {
        trt_tcp_close(&tcp, true);
        return;
    }
    trt_http_link link;
    trt_http_link_open(&link, shard, spoken, &tcp, peer);
    trt_atomic_add(&shard->server->refs, 1, TRT_RELAXED);
    shard->num_conns++;
    uint64_t accepted = trt_atomic_load(&shard->num_accepted, TRT_RELAXED);
    trt_atomic_store(&shard->num_accepted, accepted + 1, TRT_RELAXED); // nobody else writes it
    trt_http_keep_beating(shard->server);
    trt_http_greet(&link);
}

// The listener has refused connections for want of handles or memory: the next ones find room.
static void make_room(acceptor* self) {
    trt_http_shard* shard = self->shard;
    uint64_t refused = 0;
    for (uint32_t i = 0; i < shard->server->places.num; i++) {
        refused += shard->listeners[i].num_shed;
    }
    uint64_t num = refused - self->seen_shed;
    self->seen_shed = refused;
    while (num-- != 0 && shed_one(shard)) {
    }
}

static void accept_from(trt_http_shard* shard, trt_tcp_listener* listener,
                        const trt_http_spoken* spoken, tmlrt_context* cx) {
    trt_tcp tcp;
    trt_addr peer;
    tmlrt_status status;
    while (trt_tcp_poll_accept(listener, cx, &tcp, &peer, &status) == TMLRT_READY) {
        if (status != TMLRT_OK) {
            trt_log(TMLRT_LOG_ERROR, "http", "this listener is broken and closed: %s",
                    tmlrt_status_text(status));
            trt_tcp_listener_close(listener);
            return;
        }
        open_conn(shard, spoken, tcp, &peer);
    }
}

// Each time another one is asked first: one that is flooded uses up the budget of this poll.
static void accept_all(trt_http_shard* shard, tmlrt_context* cx) {
    uint32_t num = shard->server->places.num;
    shard->next_listener = (shard->next_listener + 1) % num;
    for (uint32_t i = 0; i < num; i++) {
        uint32_t at = (shard->next_listener + i) % num;
        trt_tcp_listener* listener = &shard->listeners[at];
        if (listener->socket.slot != NULL) {
            accept_from(shard, listener, &shard->server->places.items[at].spoken, cx);
        }
    }
}

// What the others asked for, and what the state of the memory asks for.
static void give_back(trt_http_shard* shard) {
    enum trt_memory_level level = trt_budget_level(&shard->server->budget);
    uint32_t num = trt_atomic_xchg(&shard->num_to_shed, 0, TRT_ACQ_REL);
    uint64_t asked_ns = trt_atomic_load(&shard->asked_ns, TRT_RELAXED);
    while (num-- != 0 && shed_here(shard, asked_ns)) {
    }
    if (level >= TRT_MEMORY_SOFT) {
        trt_workspace_pool_fini(shard);
    }
    while (level == TRT_MEMORY_HARD && shed_here(shard, UINT64_MAX)) {
    }
}

// Idle ones end when draining begins, all of them when aborting.
static void tell_conns(trt_http_shard* shard) {
    for (trt_list_node* node = shard->conns.head.next; node != &shard->conns.head;
         node = node->next) {
        trt_waker_wake_ref(&TRT_CONTAINER_OF(node, trt_http_link, node)->waker);
    }
}

// How far behind is this worker? While requests come, this task puts itself behind all others every
// now and then, and sees how long it waited. Polls for other reasons in between do no harm: the
// task is in the queue only once, where it was put. The first request after a pause begins it
// (trt_http_turn_away), a period without any ends it.
static void begin_sample(acceptor* self, tmlrt_context* cx, uint64_t now_ns) {
    trt_http_shard* shard = self->shard;
    const trt_http_limits* limits = &shard->server->limits;
    uint64_t begun = trt_atomic_load(&shard->num_begun, TRT_RELAXED);
    bool active = begun != self->seen_begun || trt_http_num_running(shard) != 0;
    self->seen_begun = begun;
    shard->is_sampling = active;
    if (!active) {
        shard->lag = (trt_lag){0};
        shard->fine_below = 0;
        return;
    }
    shard->fine_below = shard->lag.is_behind ? 0 : limits->num_requests / shard->server->num_shards;
    self->sample_ns = now_ns + trt_lag_period(&shard->lag, limits);
    trt_timer_arm(&self->timer, shard->timers, self->sample_ns, cx->waker);
}

static void sample(acceptor* self, tmlrt_context* cx) {
    trt_http_shard* shard = self->shard;
    uint64_t now_ns = clock_of(shard);
    if (self->is_queued) {
        self->is_queued = false;
        (void)trt_lag_sample(&shard->lag, &shard->server->limits, now_ns - self->sample_ns, now_ns);
        self->sample_ns = 0;
    } else if (self->sample_ns != 0 && now_ns >= self->sample_ns) {
        self->is_queued = true;
        self->sample_ns = now_ns;
        trt_waker_wake_ref(cx->waker);
    }
    if (shard->is_sampling && self->sample_ns == 0) {
        begin_sample(self, cx, now_ns);
    }
}

static void set_waker(trt_http_shard* shard, const tmlrt_waker* waker) {
    tmlrt_waker former = {NULL, NULL}, fresh = {NULL, NULL};
    if (waker != NULL) {
        trt_waker_clone(waker, &fresh);
    }
    trt_mutex_lock(&shard->server->lock);
    former = shard->acceptor;
    shard->acceptor = fresh;
    trt_mutex_unlock(&shard->server->lock);
    trt_waker_drop(&former);
}

static void finish(acceptor* self) {
    trt_http_server* server = self->shard->server;
    if (self->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    self->head.state = TMLRT_FRAME_DONE;
    trt_timer_cancel(&self->timer);
    trt_http_places_close_worker(&server->places, self->shard->index);
    set_waker(self->shard, NULL);
    // Release: the supervisor sees the listener closed once it has counted to zero.
    trt_atomic_sub(&server->num_acceptors, 1, TRT_ACQ_REL);
    trt_http_wake_supervisor(server);
    trt_http_server_unref(server);
}

static tmlrt_poll acceptor_poll(void* frame, tmlrt_context* cx, void* out) {
    acceptor* self = frame;
    trt_http_shard* shard = self->shard;
    (void)out;
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        self->head.state = 1;
        set_waker(shard, cx->waker); // before the phase is read: no stop is missed
    }
    uint32_t phase = trt_http_server_phase(shard->server);
    bool taking = trt_budget_level(&shard->server->budget) != TRT_MEMORY_HARD;
    give_back(shard);
    if (phase <= TRT_HTTP_DRAINING && taking) {
        accept_all(shard, cx); // when draining: those that the kernel has accepted already
        make_room(self);
    }
    if (phase >= TRT_HTTP_DRAINING) {
        trt_http_places_close_worker(&shard->server->places, shard->index);
    }
    if (phase != self->seen_phase) {
        self->seen_phase = phase;
        tell_conns(shard);
    }
    if (phase >= TRT_HTTP_DRAINING && shard->num_conns == 0) {
        finish(self);
        return TMLRT_READY;
    }
    sample(self, cx);
    return TMLRT_PENDING;
}

static void acceptor_drop(void* frame) {
    finish(frame);
}

static const tmlrt_future_desc s_acceptor_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = acceptor_poll,
    .drop = acceptor_drop,
    .frame_size = sizeof(acceptor),
    .frame_align = alignof(acceptor),
    .out_align = 1,
    .name = "http_acceptor",
    .num_states = 2,
};

tmlrt_status trt_http_acceptor_start(trt_http_shard* shard) {
    acceptor frame = {.shard = shard};
    trt_http_server* server = shard->server;
    trt_atomic_add(&server->refs, 1, TRT_RELAXED);
    trt_atomic_add(&server->num_acceptors, 1, TRT_RELAXED);
    tmlrt_task* task =
        trt_spawn_on(server->runtime, shard->index, &s_acceptor_desc, &frame, sizeof frame);
    bool failed = task->shard == NULL;
    tmlrt_task_detach(task);
    return failed ? TMLRT_E_NOMEM : TMLRT_OK;
}
