// SPDX-License-Identifier: Apache-2.0
// The service of the framework: start, poll and drop of one exchange.
//
// start: canonical path -> route -> query -> one piece of the request's arena for call, args, frame
// and output -> bind -> first poll of the handler. A handler that is READY at once has cost no
// allocation but that piece. PENDING keeps the call in exchange->call; poll goes on with it.
//
// States of a call: RUNNING (the frame is live), READY (the output is live until drop), DONE (a
// panic: the frame must not be touched again). Every poll, drop and output destructor runs inside
// the call's own guard: a panic there is a 500 (or nothing, after the answer), and the connection's
// task goes on. The handlers are shared by all workers and immutable.
#include "std/http/framework/call.h"

#include "rt/base/assert.h"
#include "std/http/framework/answer.h"
#include "std/http/framework/bind.h"
#include "std/http/framework/ffi_call.h"

#include <stdalign.h>
#include <string.h>

enum { CALL_RUNNING, CALL_READY, CALL_DONE };

static tmlrt_poll answered(trt_exchange* exchange, tmlrt_response* response) {
    exchange->response = response; // NULL: the server's own 500
    return TMLRT_READY;
}

static tmlrt_poll problem(trt_exchange* exchange, int32_t status, const char* detail) {
    return answered(exchange, trt_answer_problem(exchange->request.arena, status, detail));
}

/// No memory for this request: 503, since another may fit.
static tmlrt_poll no_memory(trt_exchange* exchange) {
    return problem(exchange, 503, NULL);
}

/// Copies the parameters of the match, NUL-terminated, where the handler can ask for them.
static tmlrt_status fill_params(tmlrt_request* request, const trt_path* path,
                                const trt_route_match* match) {
    trt_arena* arena = request->arena;
    if (match->num_params == 0) {
        return TMLRT_OK;
    }
    trt_path_param* params =
        trt_arena_alloc(arena, match->num_params * sizeof *params, alignof(trt_path_param));
    if (params == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < match->num_params; i++) {
        tmlrt_slice value = path->segments[match->at[i]];
        if (match->has_wildcard && i + 1 == match->num_params) {
            // The rest of the canonical text: its `%2F` still is no separator.
            const char* at = path->text.data;
            for (uint32_t slashes = 0; slashes <= match->at[i]; at++) {
                slashes += *at == '/';
            }
            value = (tmlrt_slice){at, path->text.len - (uint64_t)(at - path->text.data)};
        }
        const char* copy = trt_arena_dup(arena, value.data, (size_t)value.len);
        if (copy == NULL) {
            return TMLRT_E_NOMEM;
        }
        params[i] = (trt_path_param){match->names[i], {copy, value.len}};
    }
    request->params = params;
    request->num_params = match->num_params;
    return TMLRT_OK;
}

static void* new_call(trt_exchange* exchange, const trt_handler* handler) {
    char* block = trt_arena_alloc(exchange->request.arena, handler->size, handler->align);
    if (block == NULL) {
        return NULL;
    }
    trt_call* call = (trt_call*)(void*)block;
    *call = (trt_call){.handler = handler,
                       .args = block + handler->args_offset,
                       .frame = block + handler->frame_offset,
                       .out = block + handler->out_offset};
    memset(call->args, 0, handler->route->args_size);
    memcpy(call->args, &handler->object, sizeof handler->object);
    return call;
}

static void run_ffi(void* arg) {
    trt_call* call = arg;
    trt_ffi_run(call->handler->ffi, call->args, call->out);
}

/// Notes where the chain's arena of child frames ends before the handler runs.
static void mark_arena(trt_call* call, const tmlrt_context* cx) {
    call->arena_used = cx->arena != NULL && cx->arena->slabs != NULL;
    if (call->arena_used) {
        call->arena_cur = cx->arena->cur;
        call->arena_end = cx->arena->end;
    }
}

/// After a panic no destructor of compiled code ran: its child frames are popped here.
static void unwind_arena(const trt_call* call, tmlrt_context* cx) {
    tmlrt_arena* arena = cx->arena;
    if (arena == NULL) {
        return;
    }
    if (!call->arena_used) {
        tmlrt_arena_fini(arena);
    } else if (arena->end == call->arena_end) {
        arena->cur = call->arena_cur;
    } else if (call->arena_cur <
               call->arena_end) { // a slab that was full cannot be named by a frame
        tmlrt_arena_pop(arena, call->arena_cur);
    }
}

/// Polls once and answers when there is something to answer.
static tmlrt_poll advance(const trt_handlers* handlers, trt_call* call, trt_exchange* exchange,
                          tmlrt_context* cx) {
    const tmlrt_future_desc* thunk = call->handler->route->thunk;
    tmlrt_status status =
        thunk != NULL ? trt_guard_poll(&call->guard, NULL, 0, thunk, call->frame, cx, call->out)
                      : trt_guard_call(&call->guard, NULL, 0, run_ffi, call);
    if (status == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    if (status != TMLRT_READY) { // the panic was reported where it happened
        call->state = CALL_DONE;
        unwind_arena(call, cx);
        return problem(exchange, status == TMLRT_E_NOMEM ? 503 : 500, NULL);
    }
    call->state = CALL_READY;
    return answered(exchange, trt_answer_value(exchange->request.arena, &handlers->keys,
                                               call->handler, call->out));
}

static tmlrt_poll start_handler(const trt_handlers* handlers, const trt_handler* handler,
                                trt_exchange* exchange, const trt_query* query, tmlrt_context* cx) {
    trt_call* call = new_call(exchange, handler);
    if (call == NULL) {
        return no_memory(exchange);
    }
    trt_bind_input input = {&exchange->request, query, handler->path_index, &handlers->keys};
    trt_bind_errors errors;
    tmlrt_status status = trt_bind_args(handler->route, call->args, &input, &errors);
    if (status == TMLRT_E_BIND) {
        return answered(exchange, trt_answer_bind_errors(exchange->request.arena, &errors));
    }
    if (status != TMLRT_OK) {
        return no_memory(exchange);
    }
    if (handler->route->thunk != NULL) {
        memset(call->frame, 0, sizeof(tmlrt_frame));
        memcpy(call->frame + sizeof(tmlrt_frame), &call->args, sizeof call->args);
    }
    mark_arena(call, cx);
    exchange->call = call;
    return advance(handlers, call, exchange, cx);
}

/// OPTIONS is answered for every path that has a route; another method gets 405.
static tmlrt_poll no_route(trt_exchange* exchange, uint32_t allow) {
    trt_arena* arena = exchange->request.arena;
    if (allow == 0) {
        return problem(exchange, 404, NULL);
    }
    int32_t status = exchange->request.method == TRT_METHOD_OPTIONS ? 204 : 405;
    return answered(exchange, trt_answer_allow(arena, status, allow));
}

static bool asks_about_server(const tmlrt_request* request) {
    return request->method == TRT_METHOD_OPTIONS && request->path.len == 1 &&
           request->path.data[0] == '*';
}

/// The canonical path replaces the raw one, so that handlers see what was routed.
static tmlrt_status keep_path(tmlrt_request* request, const trt_path* path) {
    if (path->text.data == request->path.data && path->text.len == request->path.len) {
        return TMLRT_OK;
    }
    const char* copy = trt_arena_dup(request->arena, path->text.data, (size_t)path->text.len);
    if (copy == NULL) {
        return TMLRT_E_NOMEM;
    }
    request->path = (tmlrt_slice){copy, path->text.len};
    return TMLRT_OK;
}

static tmlrt_poll start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    const trt_handlers* handlers = self;
    tmlrt_request* request = &exchange->request;
    trt_path path;
    trt_route_match match;
    trt_query query;
    const char* reason = NULL;
    exchange->call = NULL;
    if (asks_about_server(request)) {
        return answered(exchange, trt_answer_allow(request->arena, 204, UINT32_MAX));
    }
    tmlrt_status status = trt_path_parse(&path, request->arena, request->path, &reason);
    query.num = 0;
    if (status == TMLRT_OK && request->query.len != 0) {
        status = trt_query_parse(&query, request->arena, request->query, &reason);
    }
    if (status == TMLRT_E_HTTP_PARSE || status == TMLRT_E_HTTP_LIMIT) {
        return problem(exchange, 400, reason);
    }
    if (status == TMLRT_OK) {
        status = keep_path(request, &path);
    }
    if (status != TMLRT_OK) {
        return no_memory(exchange);
    }
    trt_router_find(&handlers->router, &match, &path, request->method);
    if (match.route == TRT_ROUTE_NONE) {
        return no_route(exchange, match.allow);
    }
    if (fill_params(request, &path, &match) != TMLRT_OK) {
        return no_memory(exchange);
    }
    return start_handler(handlers, &handlers->items[match.route], exchange, &query, cx);
}

static tmlrt_poll poll(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    trt_call* call = exchange->call;
    TRT_CHECK(call != NULL && call->state == CALL_RUNNING);
    return advance(self, call, exchange, cx);
}

static void drop_frame(void* arg) {
    trt_call* call = arg;
    call->handler->route->thunk->drop(call->frame);
}

static void drop_output(void* arg) {
    trt_call* call = arg;
    call->handler->route->thunk->drop_output(call->out);
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self;
    trt_call* call = exchange->call;
    exchange->call = NULL;
    if (call == NULL || call->handler->route->thunk == NULL) {
        return;
    }
    uint32_t state = call->state;
    call->state = CALL_DONE;
    // A panic in a destructor was reported by the guard; what it left behind stays behind.
    if (state == CALL_RUNNING) {
        (void)!trt_guard_call(&call->guard, NULL, 0, drop_frame, call);
    } else if (state == CALL_READY && call->handler->route->thunk->drop_output != NULL) {
        (void)!trt_guard_call(NULL, NULL, 0, drop_output, call);
    }
}

void trt_call_service(trt_service* out, const trt_handlers* handlers) {
    *out = (trt_service){(void*)(uintptr_t)handlers, start, poll, drop};
}
