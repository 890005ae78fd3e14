// SPDX-License-Identifier: Apache-2.0
// Workspaces: pooled per shard, last in first out, so that connections served one after the other
// work on the same warm memory. A pooled one keeps the first chunk of its arena: after warm-up a
// request allocates nothing. Thread: the shard's worker.
//
// Where input lies: [at, in_end) is not consumed. While a head is incomplete it begins at `at` and
// may move. From HEAD on the request's slices point into `in`, so nothing before body_start moves
// until the message ends, and it is looked at only where TRT_WS_RESERVE bytes come behind it; body
// bytes stay behind it in one piece (chunks are pushed together over
// their framing), or go to `body`, which the budget knows.
#include "std/http/server/shard.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <string.h>

enum {
    ARENA_FIRST = 12 * 1024,
    BODY_FIRST = 32 * 1024,
    HELD_BYTES = sizeof(trt_workspace) + ARENA_FIRST, ///< by one
};

void trt_workspace_crowd(trt_http_shard* shard) {
    size_t held = shard->num_workspaces * (size_t)HELD_BYTES + shard->parked_bytes;
    shard->is_crowded = held > shard->crowd_bytes;
}

trt_workspace* trt_workspace_new(trt_http_shard* shard) {
    trt_workspace* ws = trt_alloc(sizeof(trt_workspace));
    if (ws == NULL) {
        return NULL;
    }
    memset(ws, 0, offsetof(trt_workspace, headers));
    ws->exchange.budget = &shard->server->budget;
    ws->in = ws->in_inline;
    ws->in_cap = sizeof ws->in_inline;
    trt_arena_init(&ws->arena, (size_t)shard->server->limits.request_arena_bytes);
    if (trt_arena_alloc(&ws->arena, ARENA_FIRST, 1) == NULL) { // the chunk that a reset keeps
        trt_free(ws, sizeof(trt_workspace));
        return NULL;
    }
    trt_arena_reset(&ws->arena);
    shard->num_workspaces++;
    trt_workspace_crowd(shard);
    return ws;
}

static void free_large_input(trt_workspace* ws, trt_http_server* server) {
    if (ws->in != ws->in_inline) {
        trt_budget_give(&server->budget, ws->in_cap);
        trt_free(ws->in, ws->in_cap);
        ws->in = ws->in_inline;
        ws->in_cap = sizeof ws->in_inline;
    }
}

static void workspace_free(trt_http_shard* shard, trt_workspace* ws) {
    trt_arena_fini(&ws->arena);
    trt_free(ws, sizeof(trt_workspace));
    shard->num_workspaces--;
    trt_workspace_crowd(shard);
}

void trt_workspace_give_slowly(trt_http_shard* shard, trt_workspace* ws) {
    free_large_input(ws, shard->server);
    if (shard->num_pooled >= TRT_WS_POOLED_MAX) {
        workspace_free(shard, ws);
    } else {
        trt_workspace_give(shard, ws);
    }
}

void trt_workspace_pool_fini(trt_http_shard* shard) {
    while (shard->pool != NULL) {
        trt_workspace* ws = shard->pool;
        shard->pool = ws->next;
        workspace_free(shard, ws);
    }
    shard->num_pooled = 0;
}

tmlrt_status trt_workspace_make_room(trt_workspace* ws, trt_http_server* server) {
    uint64_t limit = server->limits.input_bytes;
    uint32_t held = ws->in_end - ws->at;
    if (ws->at != 0) {
        memmove(ws->in, ws->in + ws->at, held);
        ws->at = 0;
        ws->in_end = held;
    }
    if (held < ws->in_cap - TRT_WS_RESERVE) {
        return TMLRT_OK;
    }
    uint64_t cap = (uint64_t)ws->in_cap * 2;
    cap = cap < limit + TRT_WS_RESERVE ? cap : limit + TRT_WS_RESERVE;
    if (cap <= ws->in_cap) {
        return TMLRT_E_FULL;
    }
    TRT_TRY(trt_budget_take(&server->budget, cap));
    char* grown = trt_alloc((size_t)cap);
    if (grown == NULL) {
        trt_budget_give(&server->budget, cap);
        return TMLRT_E_NOMEM;
    }
    memcpy(grown, ws->in, held);
    free_large_input(ws, server);
    ws->in = grown;
    ws->in_cap = (uint32_t)cap;
    return TMLRT_OK;
}

// *out_wanted: what FULL was about.
static tmlrt_status reserve_body(trt_workspace* ws, trt_http_server* server, uint64_t len,
                                 uint64_t* out_wanted) {
    if (len <= ws->body_cap) {
        return TMLRT_OK;
    }
    uint64_t cap = ws->body_cap == 0 ? BODY_FIRST : ws->body_cap * 2;
    while (cap < len) {
        cap *= 2;
    }
    *out_wanted = cap - ws->body_cap;
    TRT_TRY(trt_budget_take(&server->budget, cap - ws->body_cap));
    char* grown = trt_realloc(ws->body, (size_t)ws->body_cap, (size_t)cap);
    if (grown == NULL) {
        trt_budget_give(&server->budget, cap - ws->body_cap);
        return TMLRT_E_NOMEM;
    }
    ws->body = grown;
    ws->body_cap = cap;
    return TMLRT_OK;
}

void trt_workspace_add_body(trt_workspace* ws, tmlrt_slice piece) {
    tmlrt_slice* body = &ws->exchange.request.body;
    if (ws->body != NULL) {
        TRT_ASSERT(body->len + piece.len <= ws->body_cap);
        memcpy(ws->body + body->len, piece.data, (size_t)piece.len);
    } else if (body->len == 0) {
        body->data = piece.data;
    } else if (body->data + body->len != piece.data) {
        // Over the framing of a chunk, which has been read.
        memmove((char*)body->data + body->len, piece.data, (size_t)piece.len);
    }
    body->len += piece.len;
}

tmlrt_status trt_workspace_body_room(trt_workspace* ws, trt_http_server* server, uint64_t left,
                                     uint64_t* out_wanted) {
    TRT_ASSERT(ws->at == ws->in_end);
    tmlrt_slice* body = &ws->exchange.request.body;
    if (ws->body == NULL) {
        if (ws->in_end < ws->in_cap) {
            return TMLRT_OK;
        }
        uint32_t end =
            body->len == 0 ? ws->body_start : (uint32_t)(body->data + body->len - ws->in);
        if (ws->in_cap - end >= TRT_WS_RESERVE) { // most of what was read was framing
            ws->at = ws->in_end = end;
            return TMLRT_OK;
        }
    }
    uint64_t room = ws->in_cap - ws->body_start;
    bool inside = ws->body == NULL;
    TRT_TRY(reserve_body(ws, server, body->len + (left < room ? left : room), out_wanted));
    if (inside && body->len != 0) {
        TRT_ASSERT(ws->body != NULL);
        memcpy(ws->body, body->data, (size_t)body->len);
    }
    body->data = ws->body;
    ws->at = ws->in_end = ws->body_start;
    return TMLRT_OK;
}

void trt_workspace_charge(trt_workspace* ws, trt_http_server* server) {
    uint64_t tail = ws->tail[0].len + ws->tail[1].len;
    if (ws->charged == 0 && tail != 0) {
        ws->charged = tail > ws->arena.held_bytes ? tail : ws->arena.held_bytes;
        trt_budget_charge(&server->budget, ws->charged);
    }
}

// Field by field: for a block of this size compilers choose an instruction that takes longer than
// the rest of the function.
static void clear_exchange(trt_exchange* exchange) {
    const tmlrt_slice none = {NULL, 0};
    tmlrt_request* request = &exchange->request;
    exchange->response = NULL;
    exchange->call = NULL;
    exchange->timeout_ns = 0;
    exchange->scope = NULL;
    exchange->owner_id = 0;
    request->method = TRT_METHOD_OTHER;
    request->method_text = none;
    request->path = none;
    request->query = none;
    request->authority = none;
    request->num_headers = 0;
    request->body = none;
    request->body_at = 0;
    request->params = NULL;
    request->num_params = 0;
    request->handler = NULL;
    request->routed = 0;
    request->values = NULL;
    request->token = NULL;
    request->scope = NULL;
    request->cancelled = TMLRT_CANCEL_NONE;
    request->flags = 0;
}

void trt_workspace_end_message(trt_workspace* ws, trt_http_server* server) {
    if (ws->body != NULL) {
        trt_free(ws->body, (size_t)ws->body_cap);
        trt_budget_give(&server->budget, ws->body_cap);
        ws->body = NULL;
        ws->body_cap = 0;
    }
    if (ws->charged != 0) {
        trt_budget_give(&server->budget, ws->charged);
        ws->charged = 0;
    }
    clear_exchange(&ws->exchange);
    trt_arena_reset(&ws->arena);
    if (ws->at == ws->in_end) {
        ws->at = ws->in_end = 0;
    }
}
