// SPDX-License-Identifier: Apache-2.0
// Making and freeing a server (listeners.c has where it listens). The server is counted by its
// tasks: it is freed with the last of them, on whatever thread that ends.
#include "std/http/server/h2_conn.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/base/waker.h"
#include "rt/exec/drivers.h"
#include "rt/exec/runtime.h"
#include "rt/os/memory.h"
#include "rt/os/random.h"

#include <string.h>

void trt_http_server_unref(trt_http_server* server) {
    // Release what this holder did, acquire what the others did, before the last one frees.
    if (trt_atomic_sub(&server->refs, 1, TRT_ACQ_REL) != 1) {
        return;
    }
    for (uint32_t i = 0; i < server->num_shards; i++) {
        trt_workspace_pool_fini(&server->shards[i]);
        trt_http2_pool_fini(&server->shards[i]);
        trt_http_watch_free(server->shards[i].watch);
    }
    trt_access_log_free(server->log); // of a server that was waited for: stopped already
    trt_route_names_fini(&server->names);
    trt_http_places_unlink(&server->places); // of a server nobody waited for
    trt_http_places_fini(&server->places);
    trt_sources_fini(&server->sources);
    trt_free(server->offenders, sizeof(trt_offenders));
    trt_signal_close(&server->signals); // of a server nobody waited for
    trt_memory_probe_close(server->memory_probe);
    trt_free(server, sizeof(*server) + server->num_shards * sizeof(trt_http_shard));
}

void trt_http_server_free(trt_http_server* server) {
    if (server != NULL) {
        trt_http_server_unref(server);
    }
}

trt_addr trt_http_server_bound(const trt_http_server* server) {
    return trt_http_server_bound_at(server, 0);
}

trt_addr trt_http_server_bound_at(const trt_http_server* server, uint32_t index) {
    return server->places.items[index].bound;
}

uint64_t trt_http_server_num_conns(const trt_http_server* server) {
    return trt_atomic_load(&((trt_http_server*)server)->num_conns, TRT_RELAXED);
}

uint64_t trt_http_server_count(const trt_http_server* server, enum trt_http_count which) {
    return trt_atomic_load(&((trt_http_server*)server)->counts.values[which], TRT_RELAXED);
}

void trt_http_server_reopen_log(trt_http_server* server) {
    if (server->log != NULL) {
        trt_access_log_reopen(server->log);
    }
}

void trt_http_count(trt_http_server* server, enum trt_http_count which) {
    trt_timer_driver* timers = server->shards[0].timers;
    trt_http_counts_add(&server->counts, which, timers->now_ns(timers->clock));
}

bool trt_http_turn_away(trt_http_shard* shard) {
    trt_http_server* server = shard->server;
    uint64_t running = 0;
    if (!shard->is_sampling) { // the first request after a pause
        shard->is_sampling = true;
        shard->fine_below = server->limits.num_requests / server->num_shards;
        trt_waker_wake_ref(&shard->acceptor);
    }
    if (shard->lag.is_behind) {
        trt_http_count(server, TRT_HTTP_COUNT_lagging);
        return true;
    }
    for (uint32_t i = 0; i < server->num_shards; i++) {
        // What the others count may be a moment old: the limit may be missed by a few.
        running += trt_http_num_running(&server->shards[i]);
    }
    if (running > server->limits.num_requests) {
        trt_http_count(server, TRT_HTTP_COUNT_requests_full);
        return true;
    }
    return false;
}

void trt_http_server_limits(trt_http_limits* limits) {
    trt_http_limits_resolve(limits);
    trt_http_limits_resolve_system(limits, trt_handle_limit(), trt_os_memory_cap());
}

static tmlrt_status open_listeners(trt_http_server* server, const trt_http_options* options) {
    const trt_http_listener one = {.addr = options->addr, .spoken = options->spoken};
    bool several = options->num_listeners != 0;
    TRT_TRY(trt_http_places_open(&server->places, server->runtime,
                                 several ? options->listeners : &one,
                                 several ? options->num_listeners : 1, server->num_shards));
    trt_drivers_keep(server->runtime); // its connections stay where they are
    for (uint32_t i = 0; i < server->num_shards; i++) {
        server->shards[i].listeners = trt_http_places_of(&server->places, i);
    }
    return TMLRT_OK;
}

static void init_shards(trt_http_server* server) {
    trt_os_random(&server->sources.seed, sizeof server->sources.seed);
    for (uint32_t i = 0; i < server->num_shards; i++) {
        trt_http_shard* shard = &server->shards[i];
        shard->server = server;
        shard->index = i;
        shard->crowd_bytes = TRT_WS_CROWD_BYTES;
        shard->timers = &server->runtime->workers[i].timers;
        shard->seed = (uint32_t)(server->sources.seed >> 32) + i;
        trt_list_init(&shard->conns);
        trt_list_init(&shard->idle);
    }
}

// A system without /proc does not tell how much memory a process has: served all the same.
static tmlrt_status open_probe(trt_http_server* server) {
    tmlrt_status status = trt_memory_probe_open(&server->memory_probe);
    if (status == TMLRT_OK || status == TMLRT_E_MFILE || status == TMLRT_E_NOMEM) {
        return status;
    }
    trt_log(TMLRT_LOG_WARN, "http",
            "the memory of this process cannot be read (%s): memory_bytes is not watched; mount "
            "/proc",
            tmlrt_status_text(status));
    return TMLRT_OK;
}

// Whatever may speak HTTP/2 has a ledger, and addresses that are known for it.
static tmlrt_status open_offenders(trt_http_server* server, const trt_http_options* options) {
    bool needed = options->spoken.tls != NULL || options->spoken.h2c;
    for (uint32_t i = 0; i < options->num_listeners; i++) {
        needed |= options->listeners[i].spoken.tls != NULL || options->listeners[i].spoken.h2c;
    }
    if (!needed) {
        return TMLRT_OK;
    }
    server->offenders = trt_alloc_zero(sizeof(trt_offenders));
    if (server->offenders == NULL) {
        return TMLRT_E_NOMEM;
    }
    trt_os_random(&server->offenders->key, sizeof server->offenders->key);
    return TMLRT_OK;
}

static tmlrt_status open_log(trt_http_server* server, const trt_access_options* options,
                             bool* out_failed) {
    tmlrt_status status = trt_access_log_open(&server->log, options, server->num_shards);
    if (out_failed != NULL) {
        *out_failed = status != TMLRT_OK;
    } else if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http", "the access log %s cannot be opened: %s", options->path,
                tmlrt_status_text(status));
    }
    return status;
}

static tmlrt_status open_watches(trt_http_server* server, const trt_http_options* options) {
    if (options->access.path != NULL) {
        TRT_TRY(open_log(server, &options->access, options->out_log_failed));
    } else if (!options->metrics) {
        return TMLRT_OK;
    }
    TRT_TRY(trt_route_names_init(&server->names, server->service));
    for (uint32_t i = 0; i < server->num_shards; i++) {
        trt_http_watch* watch = trt_http_watch_new(server->service, &server->names, server->log, i);
        if (watch == NULL) {
            return TMLRT_E_NOMEM;
        }
        server->shards[i].watch = watch;
    }
    return TMLRT_OK;
}

static bool has_tls(const trt_http_options* options) {
    bool has = options->spoken.tls != NULL;
    for (uint32_t i = 0; i < options->num_listeners; i++) {
        has |= options->listeners[i].spoken.tls != NULL;
    }
    return has;
}

static tmlrt_status init_security(trt_http_server* server, const trt_http_options* options) {
    if (options->hsts.len != 0 && !trt_security_hsts_valid(options->hsts)) {
        return TMLRT_E_INVAL;
    }
    if (!options->plain_answers) {
        trt_security_init(&server->security[false], (tmlrt_slice){NULL, 0});
        trt_security_init(&server->security[true], options->hsts);
    }
    return TMLRT_OK;
}

static tmlrt_status start(trt_http_server* server, const trt_http_options* options) {
    // Signals first: whoever learns that the port is open may send one at once.
    tmlrt_status status = init_security(server, options);
    if (status == TMLRT_OK && options->signals) {
        bool reloads = options->access.path != NULL || options->manager != NULL || has_tls(options);
        status = trt_signal_open(&server->signals,
                                 TRT_SIGNAL_TERM | TRT_SIGNAL_INT | (reloads ? TRT_SIGNAL_HUP : 0));
    }
    if (status == TMLRT_OK) {
        status = open_watches(server, options);
    }
    if (status == TMLRT_OK && server->memory_used == NULL) {
        status = open_probe(server);
    }
    if (status == TMLRT_OK) {
        status = open_offenders(server, options);
    }
    if (status == TMLRT_OK) {
        status = open_listeners(server, options);
    }
    uint32_t started = 0;
    while (status == TMLRT_OK && started < server->num_shards) {
        status = trt_http_acceptor_start(&server->shards[started]);
        started += status == TMLRT_OK;
    }
    if (status == TMLRT_OK) {
        return TMLRT_OK;
    }
    // An acceptor that runs closes its own listener; one that could not be made has done so.
    for (uint32_t i = started; i < server->num_shards && server->places.num != 0; i++) {
        trt_http_places_close_worker(&server->places, i);
    }
    trt_http_server_stop(server, TRT_HTTP_STOP_ABORT);
    trt_http_wake_acceptors(server);
    return status;
}

tmlrt_status trt_http_server_start(trt_http_server** out, tmlrt_runtime* runtime,
                                   const trt_http_options* options, const trt_service* service) {
    uint32_t num = trt_runtime_num_workers(runtime);
    num = options->max_workers != 0 && options->max_workers < num ? options->max_workers : num;
    trt_http_server* server = trt_alloc_zero(sizeof(*server) + num * sizeof(trt_http_shard));
    if (server == NULL) {
        return TMLRT_E_NOMEM;
    }
    server->limits = options->limits;
    trt_http_server_limits(&server->limits);
    trt_budget_init(&server->budget, &server->limits);
    server->memory_used = options->memory_used;
    server->memory_context = options->memory_context;
    server->manager = options->manager;
    server->memory_probe = TRT_HANDLE_NONE;
    server->service = service;
    server->runtime = runtime;
    server->num_shards = num;
    trt_atomic_init(&server->refs, 1);
    init_shards(server);
    tmlrt_status status = start(server, options);
    if (status != TMLRT_OK) {
        trt_http_server_free(server);
        return status;
    }
    *out = server;
    return TMLRT_OK;
}

tmlrt_status trt_http_server_run(const trt_http_options* options, const trt_service* service) {
    tmlrt_status status = TMLRT_OK;
    tmlrt_runtime* runtime = trt_runtime_get_default_late(&status);
    if (runtime == NULL) {
        return status;
    }
    trt_http_server* server;
    trt_http_options with_signals = *options;
    with_signals.signals = true;
    TRT_TRY(trt_http_server_start(&server, runtime, &with_signals, service));
    if (options->on_listening != NULL) {
        trt_addr bound = trt_http_server_bound(server);
        options->on_listening(options->context, &bound);
    }
    status = trt_http_server_wait(server);
    trt_http_server_free(server);
    return status;
}
