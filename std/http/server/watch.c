// SPDX-License-Identifier: Apache-2.0
// An exchange that is over becomes counts and a line of the log. Everything is read from the
// exchange: no codec has to know what is noted. Called once per exchange by its worker, before the
// service drops it; a figure is written by that worker only.
#include "std/http/server/watch.h"

#include "rt/base/alloc.h"
#include "rt/os/clock.h"
#include "std/http/core/status.h"
#include "std/http/server/body.h"

#include <string.h>

enum { CACHE_LINE = 128, PATTERN_MAX = 512 };

static const uint64_t s_bounds[] = {
#define BOUND(ns, text) ns,
    TRT_WATCH_BOUND_MAP(BOUND)
#undef BOUND
};

// ---- names --------------------------------------------------------------------------------------

tmlrt_status trt_route_names_init(trt_route_names* out, const trt_service* service) {
    char text[PATTERN_MAX];
    tmlrt_slice method;
    size_t bytes = service->num_routes * sizeof(trt_route_name);
    for (uint32_t i = 0; i < service->num_routes; i++) {
        bytes += service->route_name(service->self, i, text, sizeof text, &method);
    }
    *out = (trt_route_names){0};
    if (service->num_routes == 0) {
        return TMLRT_OK;
    }
    trt_route_name* items = trt_alloc(bytes);
    if (items == NULL) {
        return TMLRT_E_NOMEM;
    }
    char* at = (char*)(items + service->num_routes);
    for (uint32_t i = 0; i < service->num_routes; i++) {
        size_t len = service->route_name(service->self, i, text, sizeof text, &items[i].method);
        memcpy(at, text, len);
        items[i].pattern = (tmlrt_slice){at, len};
        at += len;
    }
    *out = (trt_route_names){items, service->num_routes, bytes};
    return TMLRT_OK;
}

void trt_route_names_fini(trt_route_names* names) {
    trt_free(names->items, names->bytes);
    *names = (trt_route_names){0};
}

static size_t size_of(const trt_route_names* names) {
    return sizeof(trt_http_watch) + (names->num + 1) * sizeof(trt_route_figures);
}

trt_http_watch* trt_http_watch_new(const trt_service* service, const trt_route_names* names,
                                   trt_access_log* log, uint32_t worker) {
    trt_http_watch* watch = trt_alloc_aligned(size_of(names), CACHE_LINE);
    if (watch != NULL) {
        memset(watch, 0, size_of(names));
        watch->service = service;
        watch->names = names;
        watch->log = log;
        watch->worker = worker;
    }
    return watch;
}

void trt_http_watch_free(trt_http_watch* watch) {
    if (watch != NULL) {
        trt_free_aligned(watch, size_of(watch->names), CACHE_LINE);
    }
}

// ---- one exchange -------------------------------------------------------------------------------

/// Adds to a figure that nobody else writes.
static void add(trt_atomic_u64* figure, uint64_t value) {
    trt_atomic_store(figure, trt_atomic_load(figure, TRT_RELAXED) + value, TRT_RELAXED);
}

static const tmlrt_response* answer_of(const trt_exchange* exchange) {
    if (exchange->own_status != 0) {
        return NULL;
    }
    return exchange->wire ? exchange->committed : exchange->response;
}

static uint32_t status_of(const trt_exchange* exchange) {
    const tmlrt_response* answer = answer_of(exchange);
    return answer != NULL ? (uint32_t)answer->status : exchange->own_status;
}

/// The answer's head went out and its end did not; one that has no body is its head.
static bool is_cut(const trt_exchange* exchange) {
    uint32_t status = status_of(exchange);
    bool has_body = exchange->request.method != TRT_METHOD_HEAD && status != 205 &&
                    trt_status_has_body((int)status);
    return has_body && exchange->wire && exchange->sent == TRT_SENT_HEAD &&
           exchange->own_status == 0;
}

static uint64_t bytes_out_of(const trt_exchange* exchange) {
    const tmlrt_response* answer = answer_of(exchange);
    if (exchange->request.method == TRT_METHOD_HEAD) {
        return 0;
    }
    if (answer == NULL) {
        return exchange->own_len;
    }
    return answer->stream != NULL ? trt_body_sent(answer->stream) : answer->body.len;
}

static uint32_t protocol_of(const tmlrt_request* request) {
    switch (request->version_major) {
    case 1:
        return request->version_minor == 0 ? TRT_WATCH_HTTP10 : TRT_WATCH_HTTP11;
    case 2:
        return TRT_WATCH_HTTP2;
    case 3:
        return TRT_WATCH_HTTP3;
    default:
        return TRT_WATCH_OTHER;
    }
}

static void count(trt_http_watch* watch, const trt_exchange* exchange, uint32_t route,
                  const trt_access_entry* entry) {
    trt_route_figures* figures = &watch->routes[route];
    uint32_t class = entry->status / 100, bucket = 0;
    while (bucket < TRT_WATCH_NUM_BOUNDS && entry->duration_ns > s_bounds[bucket]) {
        bucket++;
    }
    add(&figures->classes[class < TRT_WATCH_NUM_CLASSES ? class : 0], 1);
    add(&figures->buckets[bucket], 1);
    add(&figures->sum_ns, entry->duration_ns);
    add(&figures->panics, exchange->num_panics);
    add(&watch->protocols[protocol_of(&exchange->request)], 1);
    add(&watch->bytes_in, entry->bytes_in);
    add(&watch->bytes_out, entry->bytes_out);
}

/// Whether a field has this name; `wanted` is in lower case.
static bool is_field(const trt_header* field, const char* wanted, size_t len) {
    if (field->name.len != len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = field->name.data[i];
        if ((c >= 'A' && c <= 'Z' ? c | 32 : c) != wanted[i]) {
            return false;
        }
    }
    return true;
}

#define IS_FIELD(field, literal) is_field((field), (literal), sizeof(literal) - 1)

/// The fields that are logged, and no others: what is secret is not even looked at.
static void fill_fields(trt_access_entry* entry, const trt_exchange* exchange) {
    const tmlrt_request* request = &exchange->request;
    for (uint32_t i = 0; i < request->num_headers; i++) {
        const trt_header* field = &request->headers[i];
        if (IS_FIELD(field, "user-agent")) {
            entry->user_agent = field->value;
        } else if (IS_FIELD(field, "referer")) {
            entry->referer = field->value;
        } else if (IS_FIELD(field, "x-request-id")) {
            entry->request_id = field->value;
        }
    }
    const tmlrt_response* answer = answer_of(exchange); // the program's own number wins
    for (uint32_t i = 0; answer != NULL && i < answer->num_headers; i++) {
        if (IS_FIELD(&answer->headers[i], "x-request-id")) {
            entry->request_id = answer->headers[i].value;
        }
    }
}

static void fill_request(trt_access_entry* entry, const trt_exchange* exchange,
                         const trt_route_name* route) {
    const tmlrt_request* request = &exchange->request;
    entry->method = request->method_text;
    entry->path = request->path;
    entry->query = request->query;
    entry->version_major = request->version_major;
    entry->version_minor = request->version_minor;
    entry->tls = (request->flags & TRT_REQUEST_SECURE) != 0;
    entry->route = route != NULL ? route->pattern : (tmlrt_slice){NULL, 0};
    fill_fields(entry, exchange);
}

void trt_http_watch_end(trt_http_watch* watch, const trt_exchange* exchange, tmlrt_slice peer,
                        uint64_t now_ns) {
    const trt_service* service = watch->service;
    const tmlrt_request* request = &exchange->request;
    bool began = exchange->began_ns != 0;
    uint32_t num = watch->names->num, route = num;
    if (!began && exchange->own_status == 0) {
        return; // there was no request
    }
    if (began && num != 0) {
        route = service->route_of(service->self, request);
        route = route < num ? route : num;
    }
    trt_access_entry entry = {.peer = peer,
                              .status = status_of(exchange),
                              .cut = is_cut(exchange),
                              .bytes_out = bytes_out_of(exchange)};
    if (began) {
        entry.duration_ns = now_ns > exchange->began_ns ? now_ns - exchange->began_ns : 0;
        entry.bytes_in =
            request->stream != NULL ? trt_body_put_bytes(request->stream) : request->body.len;
    }
    count(watch, exchange, route, &entry);
    if (watch->log != NULL) {
        if (began) { // the texts of a head that was refused are not all there
            fill_request(&entry, exchange, route < num ? &watch->names->items[route] : NULL);
        }
        entry.wall_ms = trt_os_wall_ms();
        trt_access_log_put(watch->log, watch->worker, &entry);
    }
}
