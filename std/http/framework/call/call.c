// SPDX-License-Identifier: Apache-2.0
// The service of the framework: start, poll and drop of one exchange.
//
// start: canonical path -> route -> query -> one piece of the request's arena for call, args, frame
// and output -> bind -> first poll of the handler. A handler that is READY at once has cost no
// allocation but that piece. PENDING keeps the call in exchange->call; poll goes on with it.
//
// A handler with stages around it is run by pipeline_run.c, which begins here too. Every poll, drop
// and output destructor runs inside the call's own guard: a panic there is a 500 (or nothing, after
// the answer), and the connection's task goes on. The handlers are shared by all workers and
// immutable.
#include "std/http/framework/call/call.h"

#include "rt/base/assert.h"
#include "rt/exec/landing.h"
#include "std/http/framework/bind/bind.h"
#include "std/http/framework/call/answer.h"
#include "std/http/framework/call/events.h"
#include "std/http/framework/call/ffi_call.h"
#include "std/http/framework/call/pipeline_run.h"

#include <stdalign.h>
#include <string.h>

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

/// Puts the parameters of the match, NUL-terminated, where the handler can ask for them: copies,
/// but for one that ends where the path does, which has its NUL there.
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
        bool is_rest = match->has_wildcard && i + 1 == match->num_params; // its `%2F` is kept
        tmlrt_slice value =
            is_rest ? trt_path_rest(path, match->at[i]) : trt_path_segment(path, match->at[i]);
        bool is_last = path->is_plain && match->at[i] + 1u == path->num_segments;
        const char* text = is_rest || is_last ? request->path.data + (request->path.len - value.len)
                                              : trt_arena_dup(arena, value.data, (size_t)value.len);
        if (text == NULL) {
            return TMLRT_E_NOMEM;
        }
        params[i] = (trt_path_param){match->names[i], {text, value.len}};
    }
    request->params = params;
    request->num_params = match->num_params;
    return TMLRT_OK;
}

static inline __attribute__((always_inline)) trt_call*
new_call(trt_exchange* exchange, const trt_handler* handler, const void* object) {
    char* block = trt_arena_alloc(exchange->request.arena, handler->size, handler->align);
    trt_call* call = (trt_call*)(void*)block;
    if (call != NULL) {
        trt_call_init(call, handler, block, object);
    }
    return call;
}

static void run_ffi(void* arg) {
    trt_call* call = arg;
    trt_ffi_run(call->handler->ffi, call->args, call->out);
}

void trt_arena_mark_unwind(const trt_arena_mark* mark, tmlrt_context* cx) {
    tmlrt_arena* arena = mark->arena;
    cx->arena = arena;
    if (arena == NULL) {
        return;
    }
    if (mark->end == NULL) {
        tmlrt_arena_fini(arena);
    } else if (arena->end == mark->end) {
        arena->cur = mark->cur;
    } else if (mark->cur < mark->end) { // a slab that was full cannot be named by a frame
        tmlrt_arena_pop(arena, mark->cur);
    }
}

/// The handler panicked, or had no memory for a frame; that was reported where it happened.
static __attribute__((noinline)) tmlrt_poll failed(trt_call* call, tmlrt_status failure,
                                                   trt_exchange* exchange, tmlrt_context* cx) {
    call->state = TRT_CALL_DONE;
    trt_call_count_panic(exchange, failure);
    trt_guard_unlink_all(&call->guard);
    trt_arena_mark_unwind(&call->mark, cx);
    return problem(exchange, failure == TMLRT_E_NOMEM ? 503 : 500, NULL);
}

/// Answers with the output that is there.
static inline tmlrt_poll answer(const trt_handlers* handlers, trt_call* call,
                                trt_exchange* exchange) {
    call->state = TRT_CALL_READY;
    tmlrt_response* response =
        trt_answer_value(exchange->request.arena, &handlers->keys, call->handler, call->out);
    const trt_rules* rules = call->handler->rules;
    if (TRT_UNLIKELY(rules != NULL)) {
        bool own = call->handler->route->ret->kind == TMLRT_TYPE_RESPONSE;
        response = trt_events_answer(exchange, trt_rules_answer(rules, response, own));
    }
    return answered(exchange, response);
}

/// Polls once more and answers when there is something to answer.
static tmlrt_poll advance(const trt_handlers* handlers, trt_call* call, trt_exchange* exchange,
                          tmlrt_context* cx) {
    const tmlrt_future_desc* thunk = call->handler->route->thunk;
    tmlrt_status status =
        thunk != NULL ? trt_guard_poll(&call->guard, NULL, 0, thunk, call->frame, cx, call->out)
                      : trt_guard_call(&call->guard, NULL, 0, run_ffi, call);
    if (status == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    return status == TMLRT_READY ? answer(handlers, call, exchange)
                                 : failed(call, status, exchange, cx);
}

/// What a landing calls for a thunk whose output does not go in a register.
static tmlrt_started poll_armed(void* frame, tmlrt_context* cx, void* at) {
    const trt_call* call = at;
    return (tmlrt_started){call->handler->route->thunk->poll(frame, cx, call->out), 0};
}

/// The first poll of a handler that has a thunk.
static inline __attribute__((always_inline)) tmlrt_poll begin(const trt_handlers* handlers,
                                                              trt_call* call,
                                                              trt_exchange* exchange,
                                                              tmlrt_context* cx) {
    trt_landing_fn start = call->handler->start;
    bool in_register = start != NULL;
    if (!in_register) {
        trt_frame_arm(call->frame, call->args);
        start = poll_armed;
    }
    trt_guard_scope scope;
    trt_landing_open(&scope, &call->guard);
    trt_landed landed =
        trt_landing_call(call->frame, cx, in_register ? (void*)call->args : call, start);
    trt_guard_close(&scope);
    tmlrt_status status = trt_landed_status(landed);
    if (TRT_UNLIKELY(status != TMLRT_READY)) {
        return status == TMLRT_PENDING ? TMLRT_PENDING : failed(call, status, exchange, cx);
    }
    if (in_register) {
        uint64_t value = trt_landed_value(landed);
        memcpy(call->out, &value, sizeof value);
    }
    return answer(handlers, call, exchange);
}

/// Binds parameters of any kind. False: they cannot be, and that is answered.
static __attribute__((noinline)) bool bind_any(const trt_handlers* handlers, trt_call* call,
                                               trt_exchange* exchange, const trt_query* query) {
    const trt_handler* handler = call->handler;
    tmlrt_request* request = &exchange->request;
    trt_bind_input input = {request, query, handler->path_index, &handlers->keys,
                            &handlers->limits};
    trt_bind_errors errors;
    tmlrt_status status = trt_bind_args(handler->route, call->args, &input, &errors);
    if (status == TMLRT_E_BIND) {
        answered(exchange, trt_answer_bind_errors(request->arena, &errors));
    } else if (status != TMLRT_OK) {
        no_memory(exchange);
    }
    return status == TMLRT_OK;
}

/// Inline where most requests pass, and again where the others do.
static inline __attribute__((always_inline)) tmlrt_poll start_handler(const trt_handlers* handlers,
                                                                      const trt_handler* handler,
                                                                      const void* object,
                                                                      trt_exchange* exchange,
                                                                      tmlrt_context* cx) {
    tmlrt_request* request = &exchange->request;
    trt_query query;
    const char* reason = NULL;
    tmlrt_status status = TMLRT_OK;
    query.num = 0;
    if (request->query.len != 0) {
        status =
            trt_query_parse(&query, request->arena, request->query, &handlers->limits, &reason);
    }
    if (status == TMLRT_E_HTTP_PARSE || status == TMLRT_E_HTTP_LIMIT) {
        return problem(exchange, 400, reason);
    }
    trt_call* call = status == TMLRT_OK ? new_call(exchange, handler, object) : NULL;
    if (call == NULL) {
        return no_memory(exchange);
    }
    if (!trt_bind_numbers(handler->route, call->args, request, handler->path_index) &&
        !bind_any(handlers, call, exchange, &query)) {
        return TMLRT_READY;
    }
    trt_arena_mark_take(&call->mark, cx);
    exchange->call = call;
    return TRT_LIKELY(handler->route->thunk != NULL) ? begin(handlers, call, exchange, cx)
                                                     : advance(handlers, call, exchange, cx);
}

static tmlrt_poll no_handler(const trt_handlers* handlers, trt_exchange* exchange,
                             tmlrt_context* cx, const trt_no_handler* no);

/// Makes what is of this request alone, then runs it. What cannot be made may be a stage of the
/// handler: that error is brought to what is global, as one of a middleware is.
static __attribute__((noinline)) tmlrt_poll run_scoped(const trt_handlers* handlers,
                                                       trt_exchange* exchange, tmlrt_context* cx) {
    const trt_scoped* scoped = exchange->call;
    tmlrt_status status = trt_scoped_poll(handlers, exchange, cx);
    if (status == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    exchange->call = NULL;
    const trt_handler* handler = scoped->handler;
    if (status != TMLRT_READY) {
        trt_call_count_panic(exchange, status);
        trt_no_handler no = {status == TMLRT_E_NOMEM ? 503 : 500, 0, NULL};
        return handler != NULL ? no_handler(handlers, exchange, cx, &no) // else it was that
                               : problem(exchange, no.status, NULL);
    }
    if (handler == NULL) {
        return trt_run_start_unrouted(handlers, &scoped->no_handler, exchange, cx);
    }
    if (handler->pipeline != NULL) {
        return trt_run_start(handlers, handler, exchange, cx);
    }
    tmlrt_response* response;
    if (!trt_events_begin(handlers, handler, exchange, cx, &response)) {
        return answered(exchange, response);
    }
    return start_handler(handlers, handler, trt_di_ready(exchange->scope, handler->node), exchange,
                         cx);
}

static __attribute__((noinline)) tmlrt_poll start_scoped(const trt_handlers* handlers,
                                                         const trt_handler* handler,
                                                         const trt_no_handler* no,
                                                         trt_exchange* exchange,
                                                         tmlrt_context* cx) {
    if (trt_scoped_start(handler, no, exchange) != TMLRT_OK) {
        return no_memory(exchange);
    }
    return run_scoped(handlers, exchange, cx);
}

static __attribute__((noinline)) tmlrt_poll start_ruled(const trt_handlers* handlers,
                                                        const trt_handler* handler,
                                                        trt_exchange* exchange, tmlrt_context* cx) {
    tmlrt_response* response;
    if (!trt_events_begin(handlers, handler, exchange, cx, &response)) {
        return answered(exchange, response);
    }
    return start_handler(handlers, handler, handler->object, exchange, cx);
}

/// A handler with rules, stages, or something of request scope.
static __attribute__((noinline)) tmlrt_poll start_special(const trt_handlers* handlers,
                                                          const trt_handler* handler,
                                                          trt_exchange* exchange,
                                                          tmlrt_context* cx) {
    if (handler->rules != NULL) {
        exchange->timeout_ns = handler->rules->timeout_ns;
    }
    if (handler->is_scoped) {
        return start_scoped(handlers, handler, NULL, exchange, cx);
    }
    return handler->pipeline != NULL ? trt_run_start(handlers, handler, exchange, cx)
                                     : start_ruled(handlers, handler, exchange, cx);
}

/// Answers in the place of a handler, inside of what is global.
static tmlrt_poll no_handler(const trt_handlers* handlers, trt_exchange* exchange,
                             tmlrt_context* cx, const trt_no_handler* no) {
    trt_arena* arena = exchange->request.arena;
    if (TRT_UNLIKELY(handlers->fallback_is_scoped)) {
        return start_scoped(handlers, NULL, no, exchange, cx);
    }
    if (handlers->pipelines.fallback != NULL) {
        return trt_run_start_unrouted(handlers, no, exchange, cx);
    }
    return no->allow != 0 ? answered(exchange, trt_answer_allow(arena, no->status, no->allow))
                          : problem(exchange, no->status, no->detail);
}

/// OPTIONS is answered for every path that has a route; another method gets 405.
static tmlrt_poll no_route(const trt_handlers* handlers, trt_exchange* exchange, tmlrt_context* cx,
                           uint32_t allow) {
    bool asks = exchange->request.method == TRT_METHOD_OPTIONS;
    trt_no_handler no = {allow == 0 ? 404 : asks ? 204 : 405, allow, NULL};
    return no_handler(handlers, exchange, cx, &no);
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
    const char* reason = NULL;
    exchange->call = NULL;
    if (asks_about_server(request)) {
        trt_no_handler no = {204, UINT32_MAX, NULL};
        return no_handler(handlers, exchange, cx, &no);
    }
    tmlrt_status status = trt_path_parse(&path, request->arena, request->path, &reason);
    if (status == TMLRT_E_HTTP_PARSE || status == TMLRT_E_HTTP_LIMIT) {
        trt_no_handler no = {request->path.len > TRT_PATH_MAX_BYTES ? 414 : 400, 0, reason};
        return no_handler(handlers, exchange, cx, &no);
    }
    if (status == TMLRT_OK) {
        status = keep_path(request, &path);
    }
    if (status != TMLRT_OK) {
        return no_memory(exchange);
    }
    trt_router_find(&handlers->router, &match, &path, request->method);
    if (match.route == TRT_ROUTE_NONE) {
        return no_route(handlers, exchange, cx, match.allow);
    }
    if (fill_params(request, &path, &match) != TMLRT_OK) {
        return no_memory(exchange);
    }
    const trt_handler* handler = &handlers->items[match.route];
    request->handler = handler;
    trt_exchange_does(cx, handler->route);
    if (TRT_UNLIKELY(handler->is_special)) {
        return handler->is_piped ? trt_run_start(handlers, handler, exchange, cx)
                                 : start_special(handlers, handler, exchange, cx);
    }
    return start_handler(handlers, handler, handler->object, exchange, cx);
}

static tmlrt_poll poll(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    trt_call* call = exchange->call;
    TRT_CHECK(call != NULL);
    if (call->state == TRT_CALL_PIPED) {
        return trt_run_poll((trt_run*)call, cx);
    }
    if (call->state == TRT_CALL_SCOPED) {
        return run_scoped(self, exchange, cx);
    }
    TRT_CHECK(call->state == TRT_CALL_RUNNING);
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

void trt_call_drop(trt_call* call) {
    uint32_t state = call->state;
    call->state = TRT_CALL_DONE;
    if (call->handler->route->thunk == NULL) {
        if (state == TRT_CALL_RUNNING) {
            trt_ffi_drop_args(call->handler->ffi, call->args);
        } else if (state == TRT_CALL_READY) {
            trt_ffi_drop_output(call->handler->ffi, call->out);
        }
        return;
    }
    if (state == TRT_CALL_RUNNING) {
        (void)!trt_guard_call(&call->guard, NULL, 0, drop_frame, call);
    } else if (state == TRT_CALL_READY && call->handler->route->thunk->drop_output != NULL) {
        (void)!trt_guard_call(NULL, NULL, 0, drop_output, call);
    }
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self;
    trt_call* call = exchange->call;
    exchange->call = NULL;
    if (call != NULL && call->state == TRT_CALL_PIPED) {
        trt_run_drop((trt_run*)call);
    } else if (call != NULL && call->state != TRT_CALL_SCOPED) {
        const tmlrt_future_desc* thunk = call->handler->route->thunk;
        bool nothing = call->state == TRT_CALL_READY && thunk != NULL && thunk->drop_output == NULL;
        if (!nothing) {
            trt_call_drop(call);
        }
    }
    trt_di_exchange_end(exchange); // what the handler and the stages were given
}

/// Routed once for what is asked ahead of the body, and again to be answered. What is kept of it is
/// an index: a head may be set aside, and its arena with it, while its body is slow. Without memory
/// nothing is found, and nothing is kept: who asks next looks again.
static uint32_t routed(const trt_handlers* handlers, tmlrt_request* request) {
    trt_path path;
    trt_route_match match;
    const char* reason;
    if (request->routed != 0) {
        return request->routed - 2;
    }
    match.route = TRT_ROUTE_NONE;
    tmlrt_status status = trt_path_parse(&path, request->arena, request->path, &reason);
    if (status == TMLRT_E_NOMEM) {
        return TRT_ROUTE_NONE;
    }
    if (status == TMLRT_OK) {
        trt_router_find(&handlers->router, &match, &path, request->method);
    }
    request->routed = match.route + 2; // that of none is 1
    return match.route;
}

/// NULL: no route, or none with rules.
static const trt_rules* rules_of(const trt_handlers* handlers, tmlrt_request* request) {
    uint32_t route = routed(handlers, request);
    return route != TRT_ROUTE_NONE ? handlers->items[route].rules : NULL;
}

static uint64_t body_limit(void* self, tmlrt_request* request) {
    const trt_rules* rules = rules_of(self, request);
    return rules != NULL ? rules->body_bytes : 0;
}

static bool streams_body(void* self, tmlrt_request* request) {
    const trt_rules* rules = rules_of(self, request);
    return rules != NULL && rules->streams_body;
}

/// No route takes it, for sure: 404, 405 or 400, unless a global stage answers, which may read the
/// body as a stream.
static bool needs_no_body(void* self, tmlrt_request* request) {
    return routed(self, request) == TRT_ROUTE_NONE && request->routed != 0;
}

static uint32_t route_of(void* self, const tmlrt_request* request) {
    const trt_handlers* handlers = self;
    const trt_handler* handler = request->handler;
    return handler != NULL ? (uint32_t)(handler - handlers->items) : handlers->num;
}

static size_t route_name(void* self, uint32_t index, char* out, size_t cap,
                         tmlrt_slice* out_method) {
    const trt_handlers* handlers = self;
    trt_route_spec spec = trt_handler_spec(&handlers->items[index]);
    size_t len = trt_router_pattern(out, cap, &spec);
    *out_method = (tmlrt_slice){spec.method, strlen(spec.method)};
    return len < cap ? len : cap - 1;
}

static const tmlrt_meta_route* record_of(void* self, const tmlrt_request* request) {
    const trt_handler* handler = request->handler;
    (void)self;
    return handler != NULL ? handler->route : NULL;
}

void trt_call_service(trt_service* out, const trt_handlers* handlers) {
    *out = (trt_service){.self = (void*)(uintptr_t)handlers,
                         .start = start,
                         .poll = poll,
                         .drop = drop,
                         .body_limit = handlers->has_body_limits ? body_limit : NULL,
                         .streams_body = handlers->has_streams ? streams_body : NULL,
                         .needs_no_body = needs_no_body,
                         .num_routes = handlers->num,
                         .route_of = route_of,
                         .route_name = route_name,
                         .record_of = record_of};
}
