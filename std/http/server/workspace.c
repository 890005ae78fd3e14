// SPDX-License-Identifier: Apache-2.0
// Workspaces: pooled per shard, last in first out, so that connections served one after the other
// work on the same warm memory. A pooled one keeps the first chunk of its arena: after warm-up a
// request allocates nothing. Thread: the shard's worker.
//
// Where input lies: [at, in_end) is not consumed. While a head is incomplete it begins at `at` and
// may move. From HEAD on the request's slices point into `in`, so nothing before body_start moves
// until the message ends; body bytes stay behind it in one piece, or go to `body`.
#include "std/http/server/shard.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <string.h>

enum { ARENA_FIRST = 12 * 1024, BODY_FIRST = 32 * 1024 };

trt_workspace* trt_workspace_take(trt_http_shard* shard) {
    trt_workspace* ws = shard->pool;
    if (ws != NULL) {
        shard->pool = ws->next;
        shard->num_pooled--;
        return ws;
    }
    ws = trt_alloc(sizeof(trt_workspace));
    if (ws == NULL) {
        return NULL;
    }
    memset(ws, 0, offsetof(trt_workspace, headers));
    ws->in = ws->in_inline;
    ws->in_cap = sizeof ws->in_inline;
    trt_arena_init(&ws->arena, (size_t)shard->server->limits.request_arena_bytes);
    if (trt_arena_alloc(&ws->arena, ARENA_FIRST, 1) == NULL) { // the chunk that a reset keeps
        trt_free(ws, sizeof(trt_workspace));
        return NULL;
    }
    trt_arena_reset(&ws->arena);
    return ws;
}

static void free_large_input(trt_workspace* ws) {
    if (ws->in != ws->in_inline) {
        trt_free(ws->in, ws->in_cap);
        ws->in = ws->in_inline;
        ws->in_cap = sizeof ws->in_inline;
    }
}

static void workspace_free(trt_workspace* ws) {
    trt_arena_fini(&ws->arena);
    trt_free(ws, sizeof(trt_workspace));
}

void trt_workspace_give(trt_http_shard* shard, trt_workspace* ws) {
    TRT_ASSERT(ws->body == NULL);
    free_large_input(ws);
    ws->at = ws->in_end = ws->out_at = ws->out_end = 0;
    ws->tail[0] = ws->tail[1] = (tmlrt_slice){NULL, 0};
    if (shard->num_pooled >= TRT_WS_POOLED_MAX) {
        workspace_free(ws);
        return;
    }
    ws->next = shard->pool;
    shard->pool = ws;
    shard->num_pooled++;
}

void trt_workspace_pool_fini(trt_http_shard* shard) {
    while (shard->pool != NULL) {
        trt_workspace* ws = shard->pool;
        shard->pool = ws->next;
        workspace_free(ws);
    }
    shard->num_pooled = 0;
}

bool trt_workspace_make_room(trt_workspace* ws, uint64_t limit) {
    uint32_t held = ws->in_end - ws->at;
    if (ws->at != 0) {
        memmove(ws->in, ws->in + ws->at, held);
        ws->at = 0;
        ws->in_end = held;
    }
    if (held < ws->in_cap - TRT_WS_RESERVE) {
        return true;
    }
    uint64_t cap = (uint64_t)ws->in_cap * 2;
    cap = cap < limit + TRT_WS_RESERVE ? cap : limit + TRT_WS_RESERVE;
    char* grown = cap > ws->in_cap ? trt_alloc((size_t)cap) : NULL;
    if (grown == NULL) {
        return false;
    }
    memcpy(grown, ws->in, held);
    free_large_input(ws);
    ws->in = grown;
    ws->in_cap = (uint32_t)cap;
    return true;
}

static tmlrt_status reserve_body(trt_workspace* ws, trt_http_server* server, uint64_t len) {
    if (len <= ws->body_cap) {
        return TMLRT_OK;
    }
    uint64_t cap = ws->body_cap == 0 ? BODY_FIRST : ws->body_cap * 2;
    while (cap < len) {
        cap *= 2;
    }
    // Relaxed: a sum that decides nothing but whether to go on.
    uint64_t held = trt_atomic_add(&server->body_bytes, cap - ws->body_cap, TRT_RELAXED);
    char* grown = NULL;
    tmlrt_status status = TMLRT_E_FULL;
    if (held + cap - ws->body_cap <= server->limits.held_body_bytes) {
        grown = trt_realloc(ws->body, (size_t)ws->body_cap, (size_t)cap);
        status = TMLRT_E_NOMEM;
    }
    if (grown == NULL) {
        trt_atomic_sub(&server->body_bytes, cap - ws->body_cap, TRT_RELAXED);
        return status;
    }
    ws->body = grown;
    ws->body_cap = cap;
    return TMLRT_OK;
}

// From now on the body is in `body`.
static tmlrt_status move_body(trt_workspace* ws, trt_http_server* server, uint64_t more) {
    tmlrt_slice* body = &ws->exchange.request.body;
    bool inside = ws->body == NULL;
    TRT_TRY(reserve_body(ws, server, body->len + more));
    if (inside && body->len != 0) {
        memcpy(ws->body, body->data, (size_t)body->len);
    }
    body->data = ws->body;
    return TMLRT_OK;
}

tmlrt_status trt_workspace_add_body(trt_workspace* ws, trt_http_server* server, tmlrt_slice piece) {
    tmlrt_slice* body = &ws->exchange.request.body;
    if (body->len == 0 && ws->body == NULL) {
        *body = piece;
        return TMLRT_OK;
    }
    if (ws->body == NULL && body->data + body->len == piece.data) {
        body->len += piece.len;
        return TMLRT_OK;
    }
    TRT_TRY(move_body(ws, server, piece.len));
    memcpy(ws->body + body->len, piece.data, (size_t)piece.len);
    body->len += piece.len;
    return TMLRT_OK;
}

tmlrt_status trt_workspace_body_room(trt_workspace* ws, trt_http_server* server) {
    TRT_ASSERT(ws->at == ws->in_end);
    if (ws->in_end < ws->in_cap && ws->body == NULL) {
        return TMLRT_OK;
    }
    TRT_TRY(move_body(ws, server, 1));
    ws->at = ws->in_end = ws->body_start;
    return TMLRT_OK;
}

// Field by field: for a block of this size compilers choose an instruction that takes longer than
// the rest of the function.
static void clear_exchange(trt_exchange* exchange) {
    const tmlrt_slice none = {NULL, 0};
    tmlrt_request* request = &exchange->request;
    exchange->response = NULL;
    exchange->call = NULL;
    request->method = TRT_METHOD_OTHER;
    request->method_text = none;
    request->path = none;
    request->query = none;
    request->authority = none;
    request->num_headers = 0;
    request->body = none;
    request->params = NULL;
    request->num_params = 0;
}

void trt_workspace_end_message(trt_workspace* ws, trt_http_server* server) {
    if (ws->body != NULL) {
        trt_free(ws->body, (size_t)ws->body_cap);
        trt_atomic_sub(&server->body_bytes, ws->body_cap, TRT_RELAXED);
        ws->body = NULL;
        ws->body_cap = 0;
    }
    clear_exchange(&ws->exchange);
    trt_arena_reset(&ws->arena);
    if (ws->at == ws->in_end) {
        ws->at = ws->in_end = 0;
    }
}
