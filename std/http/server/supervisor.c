// SPDX-License-Identifier: Apache-2.0
// The end of a server: phases, in order, never back.
//
//   RUNNING --stop--> LAME_DUCK --lame_duck_ns--> DRAINING --drain_ns-->
//   ABORTING; SIGINT, a stop "now" and one without open connections skip the lame duck, a second
//   signal jumps to ABORTING.
//
// The phase is one atomic that only grows. Whoever raises it wakes the supervisor, which wakes
// every acceptor, which tells the connections of its worker. An acceptor ends when its last
// connection is gone, the supervisor when the last acceptor has. Wakers are kept under server->lock
// and called without it.
//
// While connections are open the supervisor also reads, every memory_beat_ns, how much memory the
// process has, and tells the workers when that is another level. Without a connection it sleeps:
// `beating` is cleared before num_conns is looked at, an acceptor counts a connection before it
// looks at `beating` (all sequentially consistent), so one of the two sees the other. While all
// connections are idle it reads IDLE_BEATS times as seldom and `beating` stays clear, so that the
// first that goes on wakes it; should that one read an older `beating`, the next slow beat sees it.
// Woken so it only goes back to the usual beat, counted from the last one: connections that go on
// and rest many times a second wake it, and have it read, once per beat.
//
// A service manager is told READY=1 at the first poll (the listeners are open by then), STOPPING=1
// when a stop begins, and WATCHDOG=1 twice in the time that it waits for that.
#include "std/http/server/shard.h"

#include "rt/base/log.h"
#include "rt/base/waker.h"
#include "rt/exec/runtime.h"
#include "rt/fut/signal.h"
#include "rt/os/clock.h"
#include "rt/os/memory.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#define TRIM_EVERY_NS TRT_S
#define IDLE_BEATS    UINT64_C(10)

typedef struct supervisor {
    tmlrt_frame head;
    trt_http_server* server;
    trt_signal* signals; ///< NULL: none are watched
    trt_timer timer;
    trt_timer beat;
    trt_timer watchdog;
    uint64_t watchdog_ns; ///< when the manager is told again that this process lives
    uint64_t beat_ns;     ///< when the memory is read again; UINT64_MAX: nobody is connected
    uint64_t read_ns;     ///< when it was read last
    bool is_slow;         ///< at the last beat all connections were idle
    uint64_t trimmed_ns;  ///< when the heap was last trimmed
    uint64_t deadline_ns; ///< of the phase
    uint32_t seen_phase;
    uint32_t bits;
    bool listening; ///< the leaf is waiting
    alignas(TMLRT_LEAF_ALIGN) char leaf[TMLRT_LEAF_SIZE];
} supervisor;

// Takes a counted copy of one waker under the lock.
static tmlrt_waker copy_waker(trt_http_server* server, const tmlrt_waker* from) {
    tmlrt_waker copy = {NULL, NULL};
    trt_mutex_lock(&server->lock);
    trt_waker_clone(from, &copy);
    trt_mutex_unlock(&server->lock);
    return copy;
}

void trt_http_wake_supervisor(trt_http_server* server) {
    tmlrt_waker waker = copy_waker(server, &server->supervisor);
    trt_waker_wake(&waker);
}

// Raises the phase to at least `phase`. True when that changed something.
static bool raise_phase(trt_http_server* server, uint32_t phase) {
    uint32_t seen = trt_atomic_load(&server->phase, TRT_RELAXED);
    while (seen < phase) {
        // Pairs with the acquire in trt_http_server_phase.
        if (trt_atomic_cas(&server->phase, &seen, phase, TRT_ACQ_REL, TRT_RELAXED)) {
            return true;
        }
    }
    return false;
}

void trt_http_server_stop(trt_http_server* server, enum trt_http_stop how) {
    bool nobody = trt_http_server_num_conns(server) == 0;
    uint32_t phase = how == TRT_HTTP_STOP_ABORT           ? TRT_HTTP_ABORTING
                     : how == TRT_HTTP_STOP_NOW || nobody ? TRT_HTTP_DRAINING
                                                          : TRT_HTTP_LAME_DUCK;
    if (raise_phase(server, phase)) {
        trt_http_wake_supervisor(server);
    }
}

static void tell(const trt_http_server* server, const char* text) {
    if (server->manager != NULL) {
        trt_manager_tell(server->manager, text);
    }
}

// On the blocking pool: files are read. What is wrong with them is logged, and the certificates of
// before stay.
typedef struct tls_reload {
    tmlrt_frame head;
    trt_http_server* server; ///< counted
} tls_reload;

static void tls_reload_drop(void* frame) {
    tls_reload* self = frame;
    if (self->head.state != TMLRT_FRAME_DONE) {
        self->head.state = TMLRT_FRAME_DONE;
        trt_http_server_unref(self->server);
    }
}

// Several places may have the same certificates.
static bool is_first_holder(const trt_http_places* places, uint32_t at) {
    const tmlrt_tls_holder* holder = places->items[at].spoken.tls;
    for (uint32_t i = 0; i < at; i++) {
        if (places->items[i].spoken.tls == holder) {
            return false;
        }
    }
    return holder != NULL;
}

static tmlrt_poll tls_reload_poll(void* frame, tmlrt_context* cx, void* out) {
    tls_reload* self = frame;
    (void)cx, (void)out;
    const trt_http_places* places = &self->server->places;
    for (uint32_t i = 0; i < places->num; i++) {
        if (is_first_holder(places, i)) {
            (void)!tmlrt_tls_holder_reload(places->items[i].spoken.tls, NULL, 0);
        }
    }
    tls_reload_drop(self);
    return TMLRT_READY;
}

static const tmlrt_future_desc s_tls_reload_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = tls_reload_poll,
    .drop = tls_reload_drop,
    .frame_size = sizeof(tls_reload),
    .frame_align = alignof(tls_reload),
    .out_align = 1,
    .name = "http_tls_reload",
    .num_states = 2,
};

static void reload_tls(trt_http_server* server) {
    if (server->offenders != NULL) { // a place speaks something that may be over TLS
        tls_reload frame = {.server = server};
        trt_atomic_add(&server->refs, 1, TRT_RELAXED);
        tmlrt_task_detach(trt_blocking_submit_future(server->runtime->blocking, &s_tls_reload_desc,
                                                     &frame, sizeof frame));
    }
}

// What a reload is: the log is opened anew, certificates are read again. Its end is told at once;
// the files are opened elsewhere.
static void reload(trt_http_server* server) {
    char text[64];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu",
             (unsigned long long)(trt_os_now_ns() / 1000));
    tell(server, text);
    trt_http_server_reopen_log(server);
    reload_tls(server);
    tell(server, "READY=1");
}

// That this task is polled shows that a worker lives and does not hang.
static void keep_alive(supervisor* self, tmlrt_context* cx) {
    trt_http_server* server = self->server;
    trt_timer_driver* timers = server->shards[0].timers;
    if (server->manager == NULL || server->manager->watchdog_ns == 0) {
        return;
    }
    uint64_t now_ns = timers->now_ns(timers->clock);
    if (now_ns >= self->watchdog_ns) {
        tell(server, "WATCHDOG=1");
        self->watchdog_ns = now_ns + server->manager->watchdog_ns / 2;
        trt_timer_arm(&self->watchdog, timers, self->watchdog_ns, cx->waker);
    }
}

static void take_signal(supervisor* self) {
    trt_http_server* server = self->server;
    if ((self->bits & TRT_SIGNAL_HUP) != 0) {
        reload(server);
    }
    if ((self->bits & (TRT_SIGNAL_TERM | TRT_SIGNAL_INT)) == 0) {
        return;
    }
    if (trt_http_server_phase(server) != TRT_HTTP_RUNNING) {
        trt_log(TMLRT_LOG_WARN, "http", "second signal: stopping at once");
        trt_http_server_stop(server, TRT_HTTP_STOP_ABORT);
    } else {
        bool interactive = (self->bits & TRT_SIGNAL_INT) != 0;
        trt_http_server_stop(server, interactive ? TRT_HTTP_STOP_NOW : TRT_HTTP_STOP_GRACEFUL);
    }
}

static void watch_signals(supervisor* self, tmlrt_context* cx) {
    while (self->signals != NULL) {
        tmlrt_status status;
        if (!self->listening) {
            trt_signal_wait_init(self->leaf, self->signals, &self->bits);
            self->listening = true;
        }
        if (trt_signal_wait_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
            return;
        }
        self->listening = false;
        if (status != TMLRT_OK) {
            trt_log(TMLRT_LOG_ERROR, "http", "signals cannot be watched: %s",
                    tmlrt_status_text(status));
            self->signals = NULL;
            return;
        }
        take_signal(self);
    }
}

void trt_http_wake_acceptor(trt_http_shard* shard) {
    tmlrt_waker waker = copy_waker(shard->server, &shard->acceptor);
    trt_waker_wake(&waker);
}

void trt_http_wake_acceptors(trt_http_server* server) {
    for (uint32_t i = 0; i < server->num_shards; i++) {
        trt_http_wake_acceptor(&server->shards[i]);
    }
}

void trt_http_keep_beating(trt_http_server* server) {
    if (trt_atomic_load(&server->beating, TRT_SEQ_CST) == 0 &&
        trt_atomic_xchg(&server->beating, 1, TRT_SEQ_CST) == 0) {
        trt_http_wake_supervisor(server);
    }
}

static void read_memory(supervisor* self, uint64_t now_ns) {
    static const char* const what[] = {"requests are taken again",
                                       "new requests are answered with 503",
                                       "nothing is accepted, idle connections are closed"};
    trt_http_server* server = self->server;
    uint64_t used = server->memory_used != NULL ? server->memory_used(server->memory_context)
                                                : trt_memory_probe_read(server->memory_probe);
    bool changed = trt_budget_note(&server->budget, used);
    enum trt_memory_level level = trt_budget_level(&server->budget);
    if (changed) {
        trt_log(TMLRT_LOG_WARN, "http", "memory: %llu of %llu MiB: %s",
                (unsigned long long)used >> 20,
                (unsigned long long)server->limits.memory_bytes >> 20, what[level]);
        trt_http_wake_acceptors(server);
    }
    if (level != TRT_MEMORY_OK && now_ns - self->trimmed_ns >= TRIM_EVERY_NS) {
        self->trimmed_ns = now_ns;
        trt_os_memory_trim();
    }
}

// Whether some connection is inside a message, by counts that may be a moment old.
static bool is_busy(trt_http_server* server, uint64_t num_conns) {
    uint64_t num_idle = 0;
    for (uint32_t i = 0; i < server->num_shards; i++) {
        num_idle += trt_atomic_load(&server->shards[i].num_idle, TRT_RELAXED);
    }
    return num_idle != num_conns || trt_budget_level(&server->budget) != TRT_MEMORY_OK;
}

static bool is_time_to_beat(const supervisor* self, uint64_t now_ns) {
    bool asked = trt_atomic_load(&self->server->beating, TRT_SEQ_CST) != 0;
    if (self->beat_ns == UINT64_MAX || (self->is_slow && asked)) {
        return asked;
    }
    return now_ns >= self->beat_ns;
}

static void keep_beat(supervisor* self, tmlrt_context* cx) {
    trt_http_server* server = self->server;
    trt_timer_driver* timers = server->shards[0].timers;
    uint64_t now_ns = timers->now_ns(timers->clock);
    if (!is_time_to_beat(self, now_ns)) {
        return;
    }
    uint64_t usual_ns = self->read_ns + server->limits.memory_beat_ns;
    if (self->is_slow && now_ns < usual_ns) { // `beating` stays set: nobody else wakes it for this
        self->is_slow = false;
        self->beat_ns = usual_ns;
        trt_timer_arm(&self->beat, timers, usual_ns, cx->waker);
        return;
    }
    self->read_ns = now_ns;
    read_memory(self, now_ns);
    trt_atomic_store(&server->beating, 0, TRT_SEQ_CST);
    uint64_t num_conns = trt_atomic_load(&server->num_conns, TRT_SEQ_CST);
    bool busy = is_busy(server, num_conns);
    self->is_slow = !busy;
    self->beat_ns = UINT64_MAX;
    if (busy) {
        trt_atomic_store(&server->beating, 1, TRT_SEQ_CST);
    }
    if (busy || num_conns != 0) {
        self->beat_ns = now_ns + server->limits.memory_beat_ns * (busy ? 1 : IDLE_BEATS);
        trt_timer_arm(&self->beat, timers, self->beat_ns, cx->waker);
    } else {
        trt_timer_cancel(&self->beat);
    }
}

/// How much of the dump has been told.
typedef struct last_words {
    uint32_t num_lines;
} last_words;

enum { MAX_LAST_LINES = 100 };

static void tell_lines(void* arg, const char* text, uint64_t len) {
    last_words* words = arg;
    const char* end = text + len;
    while (text < end) {
        const char* newline = memchr(text, '\n', (size_t)(end - text));
        const char* stop = newline != NULL ? newline : end;
        if (words->num_lines++ < MAX_LAST_LINES) {
            trt_log(TMLRT_LOG_WARN, "http", "%.*s", (int)(stop - text), text);
        }
        text = newline != NULL ? newline + 1 : end;
    }
}

// What the drain waited for in vain: every task of the runtime and where it stands.
static void tell_what_is_left(trt_http_server* server) {
    last_words words = {0};
    trt_log(TMLRT_LOG_WARN, "http", "%llu connections did not end in time: aborted",
            (unsigned long long)trt_http_server_num_conns(server));
    if (TMLRT_LOG_WARN > trt_log_level()) {
        return;
    }
    tmlrt_status status = tmlrt_runtime_dump(server->runtime, tell_lines, &words);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_WARN, "http", "no dump of the tasks: %s", tmlrt_status_text(status));
    } else if (words.num_lines > MAX_LAST_LINES) {
        trt_log(TMLRT_LOG_WARN, "http", "and %u more", words.num_lines - MAX_LAST_LINES);
    }
}

// What is to be done when the phase is new, and when its time is up.
static void advance_phase(supervisor* self, tmlrt_context* cx) {
    trt_http_server* server = self->server;
    trt_timer_driver* timers = server->shards[0].timers;
    for (;;) {
        uint32_t phase = trt_http_server_phase(server);
        uint64_t now_ns = timers->now_ns(timers->clock);
        if (phase != self->seen_phase) {
            if (self->seen_phase == TRT_HTTP_RUNNING) {
                tell(server, "STOPPING=1");
            }
            self->seen_phase = phase;
            if (phase >= TRT_HTTP_DRAINING) { // before the acceptors, which are woken below, close
                trt_http_places_unlink(&server->places);
            }
            uint64_t span = phase == TRT_HTTP_LAME_DUCK  ? server->limits.lame_duck_ns
                            : phase == TRT_HTTP_DRAINING ? server->limits.drain_ns
                                                         : UINT64_MAX - now_ns;
            self->deadline_ns = now_ns + span;
            trt_http_wake_acceptors(server);
            if (phase < TRT_HTTP_ABORTING) {
                trt_timer_arm(&self->timer, timers, self->deadline_ns, cx->waker);
            }
        }
        bool time_is_up = now_ns >= self->deadline_ns;
        if (phase == TRT_HTTP_RUNNING || phase == TRT_HTTP_ABORTING || !time_is_up) {
            return;
        }
        if (phase == TRT_HTTP_DRAINING) {
            tell_what_is_left(server);
        }
        (void)raise_phase(server, phase + 1);
    }
}

static void set_waker(trt_http_server* server, const tmlrt_waker* waker) {
    tmlrt_waker former, fresh = {NULL, NULL};
    if (waker != NULL) {
        trt_waker_clone(waker, &fresh);
    }
    trt_mutex_lock(&server->lock);
    former = server->supervisor;
    server->supervisor = fresh;
    trt_mutex_unlock(&server->lock);
    trt_waker_drop(&former);
}

static void finish(supervisor* self) {
    if (self->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    self->head.state = TMLRT_FRAME_DONE;
    if (self->listening) {
        trt_signal_wait_desc.drop(self->leaf);
    }
    trt_timer_cancel(&self->timer);
    trt_timer_cancel(&self->beat);
    trt_timer_cancel(&self->watchdog);
    trt_http_counts_log(&self->server->counts);
    set_waker(self->server, NULL);
    trt_http_server_unref(self->server);
}

static tmlrt_poll supervisor_poll(void* frame, tmlrt_context* cx, void* out) {
    supervisor* self = frame;
    (void)out;
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        self->head.state = 1;
        set_waker(self->server, cx->waker);
        tell(self->server, "READY=1");
    }
    watch_signals(self, cx);
    advance_phase(self, cx);
    keep_beat(self, cx);
    keep_alive(self, cx);
    // Pairs with the release in the acceptor's end.
    if (trt_atomic_load(&self->server->num_acceptors, TRT_ACQUIRE_ORDER) == 0) {
        finish(self);
        return TMLRT_READY;
    }
    return TMLRT_PENDING;
}

static void supervisor_drop(void* frame) {
    finish(frame);
}

static const tmlrt_future_desc s_supervisor_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = supervisor_poll,
    .drop = supervisor_drop,
    .frame_size = sizeof(supervisor),
    .frame_align = alignof(supervisor),
    .out_align = 1,
    .name = "http_supervisor",
    .num_states = 2,
};

tmlrt_status trt_http_server_wait(trt_http_server* server) {
    trt_signal* signals = server->signals.slot != 0 ? &server->signals : NULL;
    supervisor frame = {.server = server, .signals = signals, .beat_ns = UINT64_MAX};
    trt_atomic_add(&server->refs, 1, TRT_RELAXED);
    tmlrt_status status =
        tmlrt_runtime_run(server->runtime, &s_supervisor_desc, &frame, sizeof frame, NULL);
    trt_signal_close(&server->signals);
    if (server->log != NULL) {
        trt_access_log_stop(server->log); // every connection is gone: nobody writes any more
    }
    return status;
}
