// SPDX-License-Identifier: Apache-2.0
// A service of four pages, served by a second server of one worker. Its limits are its own, so that
// the operator is heard when the first server takes nobody any more; it has no supervisor before
// its end, so neither memory nor the first server's phase stop it. Nothing here writes to the first
// server.
#include "std/http/server/admin.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "std/http/core/response.h"
#include "std/http/server/metrics.h"
#include "std/http/server/shard.h"

#include <string.h>

enum { RUNTIME_TEXT = 4096 };

struct trt_http_admin {
    const trt_http_server* watched;
    trt_http_server* http;
    trt_service service;
    size_t config_len;
    char config[];
};

static const trt_http_limits s_limits = {
    .num_conns = 64,
    .body_bytes = 1,
    .handler_ns = 10 * TRT_S,
    .lame_duck_ns = 1,
    .drain_ns = 2 * TRT_S,
};

// ---- pages --------------------------------------------------------------------------------------

static tmlrt_response* answer(trt_exchange* exchange, int32_t status, const char* type,
                              const char* text, size_t len) {
    trt_arena* arena = exchange->request.arena;
    tmlrt_response* response =
        trt_response_new_typed(arena, status, (tmlrt_slice){type, strlen(type)});
    char* copy = trt_arena_dup(arena, text, len);
    if (response == NULL || copy == NULL ||
        trt_response_add_static(response, TRT_SLICE("Cache-Control"), TRT_SLICE("no-store")) !=
            TMLRT_OK) {
        return NULL; // the server's own 500
    }
    response->body = (tmlrt_slice){copy, len};
    return response;
}

static tmlrt_response* answer_text(trt_exchange* exchange, int32_t status, const char* text) {
    return answer(exchange, status, "text/plain; charset=utf-8", text, strlen(text));
}

static tmlrt_response* answer_page(trt_exchange* exchange, trt_page* page, const char* type) {
    tmlrt_response* response = page->failed ? answer_text(exchange, 503, "out of memory\n")
                                            : answer(exchange, 200, type, page->data, page->len);
    trt_page_fini(page);
    return response;
}

static tmlrt_response* livez(const trt_http_admin* admin, trt_exchange* exchange) {
    (void)admin;
    return answer_text(exchange, 200, "alive\n");
}

static tmlrt_response* readyz(const trt_http_admin* admin, trt_exchange* exchange) {
    if (trt_http_server_phase(admin->watched) != TRT_HTTP_RUNNING) {
        return answer_text(exchange, 503, "shutting down\n");
    }
    if (trt_budget_level(&admin->watched->budget) == TRT_MEMORY_HARD) {
        return answer_text(exchange, 503, "short of memory\n");
    }
    return answer_text(exchange, 200, "ready\n");
}

static tmlrt_response* metrics(const trt_http_admin* admin, trt_exchange* exchange) {
    trt_page page = {0};
    trt_http_metrics_write(admin->watched, &page);
    return answer_page(exchange, &page, TRT_METRICS_TYPE);
}

static tmlrt_response* config(const trt_http_admin* admin, trt_exchange* exchange) {
    char runtime[RUNTIME_TEXT];
    trt_page page = {0};
    trt_page_add(&page, admin->config, admin->config_len);
    trt_page_puts(&page, "# runtime\n");
    uint64_t len = tmlrt_runtime_describe(admin->watched->runtime, runtime, sizeof runtime);
    trt_page_add(&page, runtime, len < sizeof runtime ? (size_t)len : sizeof runtime - 1);
    trt_page_puts(&page, "\n");
    return answer_page(exchange, &page, "text/plain; charset=utf-8");
}

static const struct {
    const char* path;
    tmlrt_response* (*page)(const trt_http_admin* admin, trt_exchange* exchange);
} s_pages[] = {
    {"/livez", livez},
    {"/readyz", readyz},
    {"/metrics", metrics},
    {"/debug/config", config},
};

// ---- the service --------------------------------------------------------------------------------

static tmlrt_response* no_method(trt_exchange* exchange) {
    tmlrt_response* response = answer_text(exchange, 405, "only GET and HEAD\n");
    bool fine = response != NULL && trt_response_add_static(response, TRT_SLICE("Allow"),
                                                            TRT_SLICE("GET, HEAD")) == TMLRT_OK;
    return fine ? response : NULL;
}

static tmlrt_poll start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    const trt_http_admin* admin = self;
    const tmlrt_request* request = &exchange->request;
    (void)cx;
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_pages); i++) {
        if (request->path.len == strlen(s_pages[i].path) &&
            memcmp(request->path.data, s_pages[i].path, (size_t)request->path.len) == 0) {
            bool reads = request->method == TRT_METHOD_GET || request->method == TRT_METHOD_HEAD;
            exchange->response = reads ? s_pages[i].page(admin, exchange) : no_method(exchange);
            return TMLRT_READY;
        }
    }
    exchange->response = answer_text(exchange, 404, "/livez /readyz /metrics /debug/config\n");
    return TMLRT_READY;
}

static tmlrt_poll poll(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    (void)self, (void)exchange, (void)cx;
    return TMLRT_READY; // start has answered: not called
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange; // all of an answer lies in the request's arena
}

static size_t size_of(size_t config_len) {
    return sizeof(trt_http_admin) + config_len;
}

tmlrt_status trt_http_admin_start(trt_http_admin** out, const trt_http_server* server,
                                  const trt_http_listener* place, const char* text) {
    size_t len = text != NULL ? strlen(text) : 0;
    trt_http_admin* admin = trt_alloc_zero(size_of(len));
    if (admin == NULL) {
        return TMLRT_E_NOMEM;
    }
    admin->watched = server;
    admin->service = (trt_service){.self = admin, .start = start, .poll = poll, .drop = drop};
    admin->config_len = len;
    memcpy(admin->config, text != NULL ? text : "", len);
    trt_http_options options = {.listeners = place,
                                .num_listeners = 1,
                                .limits = s_limits,
                                .max_workers = 1,
                                .plain_answers = server->security[false].num == 0};
    tmlrt_status status =
        trt_http_server_start(&admin->http, server->runtime, &options, &admin->service);
    if (status != TMLRT_OK) {
        trt_free(admin, size_of(len));
        return status;
    }
    *out = admin;
    return TMLRT_OK;
}

trt_addr trt_http_admin_bound(const trt_http_admin* admin) {
    return trt_http_server_bound(admin->http);
}

void trt_http_admin_end(trt_http_admin* admin) {
    if (admin == NULL) {
        return;
    }
    trt_http_server_stop(admin->http, TRT_HTTP_STOP_NOW);
    tmlrt_status status = trt_http_server_wait(admin->http);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_WARN, "http", "the admin listener did not end in order: %s",
                tmlrt_status_text(status));
    }
    trt_http_server_free(admin->http);
    trt_free(admin, size_of(admin->config_len));
}
