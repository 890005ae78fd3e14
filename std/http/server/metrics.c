// SPDX-License-Identifier: Apache-2.0
// The exposition: sums over the workers of what each counted alone. Figures are of about the same
// moment. Called by the admin listener; reads relaxed what workers write meanwhile.
//
// Names follow OpenTelemetry's where it has one (http_server_request_duration_seconds,
// http_server_active_requests, labels http_request_method and http_route), else begin with tmlrt_.
#include "std/http/server/metrics.h"

#include "rt/os/memory.h"
#include "std/http/server/shard.h"

#include <inttypes.h>

static const char* const s_classes[TRT_WATCH_NUM_CLASSES] = {"none", "1xx", "2xx",
                                                             "3xx",  "4xx", "5xx"};
static const char* const s_protocols[TRT_WATCH_NUM_PROTOCOLS] = {"other", "1.0", "1.1", "2", "3"};
static const char* const s_bounds[] = {
#define BOUND(ns, text) text,
    TRT_WATCH_BOUND_MAP(BOUND)
#undef BOUND
        "+Inf"};
static const char* const s_counts[] = {
#define NAME(name, level, text) #name,
    TRT_HTTP_COUNT_MAP(NAME)
#undef NAME
};

static void head(trt_page* page, const char* name, const char* type, const char* help) {
    trt_page_printf(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void figure(trt_page* page, const char* name, const char* type, const char* help,
                   uint64_t value) {
    head(page, name, type, help);
    trt_page_printf(page, "%s %" PRIu64 "\n", name, value);
}

static uint64_t load(const trt_atomic_u64* figure) {
    return trt_atomic_load((trt_atomic_u64*)(uintptr_t)figure, TRT_RELAXED);
}

// ---- routes -------------------------------------------------------------------------------------

/// One route's figures, summed over the workers.
typedef struct route_sum {
    uint64_t classes[TRT_WATCH_NUM_CLASSES];
    uint64_t buckets[TRT_WATCH_NUM_BOUNDS + 1];
    uint64_t num, sum_ns, panics;
} route_sum;

static route_sum sum_of(const trt_http_server* server, uint32_t route) {
    route_sum sum = {0};
    for (uint32_t i = 0; i < server->num_shards; i++) {
        const trt_route_figures* figures = &server->shards[i].watch->routes[route];
        for (int k = 0; k < TRT_WATCH_NUM_CLASSES; k++) {
            sum.classes[k] += load(&figures->classes[k]);
        }
        for (int k = 0; k <= TRT_WATCH_NUM_BOUNDS; k++) {
            uint64_t num = load(&figures->buckets[k]);
            sum.buckets[k] += num;
            sum.num += num;
        }
        sum.sum_ns += load(&figures->sum_ns);
        sum.panics += load(&figures->panics);
    }
    return sum;
}

/// A label's value: quotes, backslashes and newlines are escaped.
static void put_value(trt_page* page, tmlrt_slice text) {
    for (uint64_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '"' || c == '\\' || c == '\n') {
            trt_page_add(page, c == '\n' ? "\\n" : c == '"' ? "\\\"" : "\\\\", 2);
        } else {
            trt_page_add(page, &text.data[i], 1);
        }
    }
}

static void put_route(trt_page* page, const trt_http_server* server, const char* name,
                      uint32_t route) {
    tmlrt_slice none = {"", 0}, other = {"_OTHER", 6};
    bool known = route < server->names.num;
    trt_page_puts(page, name);
    trt_page_puts(page, "{http_request_method=\"");
    put_value(page, known ? server->names.items[route].method : other);
    trt_page_puts(page, "\",http_route=\"");
    put_value(page, known ? server->names.items[route].pattern : none);
    trt_page_puts(page, "\"");
}

static void put_seconds(trt_page* page, uint64_t ns) {
    trt_page_printf(page, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

static void put_histogram(trt_page* page, const trt_http_server* server, uint32_t route,
                          const route_sum* sum) {
    uint64_t so_far = 0;
    for (int k = 0; k <= TRT_WATCH_NUM_BOUNDS; k++) {
        so_far += sum->buckets[k];
        put_route(page, server, "http_server_request_duration_seconds_bucket", route);
        trt_page_printf(page, ",le=\"%s\"} %" PRIu64 "\n", s_bounds[k], so_far);
    }
    put_route(page, server, "http_server_request_duration_seconds_sum", route);
    trt_page_puts(page, "} ");
    put_seconds(page, sum->sum_ns);
    put_route(page, server, "http_server_request_duration_seconds_count", route);
    trt_page_printf(page, "} %" PRIu64 "\n", so_far);
}

static void put_routes(trt_page* page, const trt_http_server* server) {
    static const char requests[] = "tmlrt_http_requests_total";
    static const char panics[] = "tmlrt_http_panics_total";
    head(page, requests, "counter",
         "Requests that are over, by route and class of status; none: no answer went out.");
    for (uint32_t i = 0; i <= server->names.num; i++) {
        route_sum sum = sum_of(server, i);
        for (int k = 0; k < TRT_WATCH_NUM_CLASSES; k++) {
            if (sum.classes[k] != 0) {
                put_route(page, server, requests, i);
                trt_page_printf(page, ",status=\"%s\"} %" PRIu64 "\n", s_classes[k],
                                sum.classes[k]);
            }
        }
    }
    head(page, panics, "counter",
         "Panics of handlers and their stages, by route; most are answered with 500.");
    for (uint32_t i = 0; i <= server->names.num; i++) {
        route_sum sum = sum_of(server, i);
        if (sum.panics != 0) {
            put_route(page, server, panics, i);
            trt_page_printf(page, "} %" PRIu64 "\n", sum.panics);
        }
    }
    head(page, "http_server_request_duration_seconds", "histogram",
         "From the complete head of a request to the end of its exchange.");
    for (uint32_t i = 0; i <= server->names.num; i++) {
        route_sum sum = sum_of(server, i);
        if (sum.num != 0) {
            put_histogram(page, server, i, &sum);
        }
    }
}

static void put_spoken(trt_page* page, const trt_http_server* server) {
    static const char name[] = "tmlrt_http_connections_by_protocol_total";
    head(page, name, "counter", "Connections that came to speak this version of HTTP.");
    for (int k = 0; k < 4; k++) {
        bool h2 = k >= 2, tls = k % 2 != 0;
        uint64_t sum = 0;
        for (uint32_t i = 0; i < server->num_shards; i++) {
            const trt_http_watch* watch = server->shards[i].watch;
            sum += load(h2 ? &watch->h2_conns[tls] : &watch->h1_conns[tls]);
        }
        trt_page_printf(page, "%s{network_protocol_version=\"%s\",tls=\"%s\"} %" PRIu64 "\n", name,
                        h2 ? "2" : "1.1", tls ? "true" : "false", sum);
    }
}

static void put_traffic(trt_page* page, const trt_http_server* server) {
    uint64_t protocols[TRT_WATCH_NUM_PROTOCOLS] = {0}, in = 0, out = 0;
    for (uint32_t i = 0; i < server->num_shards; i++) {
        const trt_http_watch* watch = server->shards[i].watch;
        for (int k = 0; k < TRT_WATCH_NUM_PROTOCOLS; k++) {
            protocols[k] += load(&watch->protocols[k]);
        }
        in += load(&watch->bytes_in);
        out += load(&watch->bytes_out);
    }
    head(page, "tmlrt_http_requests_by_protocol_total", "counter",
         "Requests that are over, by version of HTTP.");
    for (int k = 0; k < TRT_WATCH_NUM_PROTOCOLS; k++) {
        trt_page_printf(page,
                        "tmlrt_http_requests_by_protocol_total{network_protocol_version=\"%s\"} "
                        "%" PRIu64 "\n",
                        s_protocols[k], protocols[k]);
    }
    figure(page, "tmlrt_http_request_body_bytes_total", "counter", "Bytes of request bodies.", in);
    figure(page, "tmlrt_http_response_body_bytes_total", "counter", "Bytes of answers' bodies.",
           out);
}

// ---- the server ---------------------------------------------------------------------------------

static void put_connections(trt_page* page, const trt_http_server* server) {
    uint64_t running = 0, accepted = 0, idle = 0;
    for (uint32_t i = 0; i < server->num_shards; i++) {
        const trt_http_shard* shard = &server->shards[i];
        running += trt_http_num_running(shard);
        accepted += load(&shard->num_accepted);
        idle += trt_atomic_load((trt_atomic_u32*)(uintptr_t)&shard->num_idle, TRT_RELAXED);
    }
    figure(page, "http_server_active_requests", "gauge",
           "Requests whose head is complete and that are not over.", running);
    figure(page, "tmlrt_http_connections_accepted_total", "counter",
           "Connections taken; refused ones are counted as limit breaches.", accepted);
    figure(page, "tmlrt_http_connections_open", "gauge", "Connections that are open.",
           trt_http_server_num_conns(server));
    figure(page, "tmlrt_http_connections_idle", "gauge", "Connections between two requests.", idle);
}

static void put_limits(trt_page* page, const trt_http_server* server) {
    static const char breaches[] = "tmlrt_http_limit_breaches_total";
    head(page, breaches, "counter", "How often a limit was reached.");
    for (uint32_t i = 0; i < TRT_HTTP_NUM_COUNTS; i++) {
        trt_page_printf(page, "%s{limit=\"%s\"} %" PRIu64 "\n", breaches, s_counts[i],
                        trt_http_server_count(server, i));
    }
    figure(page, "tmlrt_http_held_bytes", "gauge",
           "Bytes of bodies and answers that wait (limit held_bytes).", load(&server->budget.held));
    figure(page, "tmlrt_http_phase", "gauge", "0 serving, 1 lame duck, 2 draining, 3 aborting.",
           trt_http_server_phase(server));
    figure(page, "tmlrt_http_memory_level", "gauge", "0 fine, 1 soft limit, 2 hard limit reached.",
           trt_budget_level(&server->budget));
    if (server->log != NULL) {
        figure(page, "tmlrt_access_log_dropped_total", "counter",
               "Lines of the access log that were dropped.", trt_access_log_dropped(server->log));
    }
}

// ---- the runtime and the process ----------------------------------------------------------------

static void put_runtime(trt_page* page, const trt_http_server* server) {
    tmlrt_metrics m;
    if (tmlrt_runtime_metrics(server->runtime, TMLRT_METRICS_TOTAL, &m, sizeof m) != TMLRT_OK) {
        return;
    }
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } rows[] = {
        {"tmlrt_workers", "gauge", "Workers of the runtime.",
         tmlrt_runtime_num_workers(server->runtime)},
        {"tmlrt_tasks_alive", "gauge", "Tasks that have not ended.", m.alive},
        {"tmlrt_tasks_spawned_total", "counter", "Tasks that were spawned.", m.spawned},
        {"tmlrt_tasks_panicked_total", "counter", "Tasks that ended by a panic.", m.panicked},
        {"tmlrt_polls_total", "counter", "Runs of tasks.", m.polls},
        {"tmlrt_tasks_queued", "gauge", "Tasks that wait for a worker.",
         m.local_len + m.deque_len + m.inbox_len + m.injector_len},
        {"tmlrt_tasks_stolen_total", "counter", "Tasks taken from other workers.", m.stolen},
        {"tmlrt_parks_total", "counter", "Times that a worker went to sleep.", m.parks},
        {"tmlrt_forced_yields_total", "counter", "Polls that used up their budget.",
         m.forced_yields},
        {"tmlrt_timers_armed", "gauge", "Timers that will fire.", m.timers_armed},
        {"tmlrt_timers_fired_total", "counter", "Timers that fired.", m.timers_fired},
        {"tmlrt_io_handles", "gauge", "Handles registered with the workers' pollers.",
         m.io_handles},
        {"tmlrt_blocking_threads", "gauge", "Threads of the blocking pool.", m.blocking_threads},
        {"tmlrt_blocking_queued", "gauge", "Jobs that wait for the blocking pool.", m.blocking_len},
        {"tmlrt_slow_polls_total", "counter", "Polls over a tenth of the watchdog's limit.",
         m.slow_polls},
        {"tmlrt_long_polls_total", "counter", "Polls over the watchdog's limit.", m.long_polls},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        figure(page, rows[i].name, rows[i].type, rows[i].help, rows[i].value);
    }
    head(page, "tmlrt_worker_seconds_total", "counter",
         "Time of all workers, asleep or busy; busy / all is how busy they are.");
    trt_page_puts(page, "tmlrt_worker_seconds_total{state=\"asleep\"} ");
    put_seconds(page, m.parked_ns);
    trt_page_puts(page, "tmlrt_worker_seconds_total{state=\"busy\"} ");
    put_seconds(page, m.up_ns > m.parked_ns ? m.up_ns - m.parked_ns : 0);
}

static void put_process(trt_page* page) {
    trt_handle probe;
    if (trt_memory_probe_open(&probe) == TMLRT_OK) {
        uint64_t bytes = trt_memory_probe_read(probe);
        trt_memory_probe_close(probe);
        if (bytes != 0) {
            figure(page, "process_resident_memory_bytes", "gauge", "Resident memory.", bytes);
        }
    }
}

void trt_http_metrics_write(const trt_http_server* server, trt_page* page) {
    if (server->shards[0].watch != NULL) {
        put_routes(page, server);
        put_traffic(page, server);
        put_spoken(page, server);
    }
    put_connections(page, server);
    put_limits(page, server);
    put_runtime(page, server);
    put_process(page);
}
