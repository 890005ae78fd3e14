// SPDX-License-Identifier: Apache-2.0
// Handlers: the routes of the registry, made ready to be called.
#ifndef TRT_HTTP_FRAMEWORK_CALL_HANDLER_H
#define TRT_HTTP_FRAMEWORK_CALL_HANDLER_H

#include "std/http/framework/bind/bind.h"
#include "std/http/framework/di/di.h"
#include "std/http/framework/pipeline/pipeline.h"
#include "std/http/framework/pipeline/rules.h"
#include "std/http/framework/route/router.h"
#include "std/http/framework/value/json_keys.h"

typedef struct trt_ffi_call trt_ffi_call;

/// trt_handler is one route, at the index of its record in the registry's list.
typedef struct trt_handler {
    const tmlrt_meta_route* route;
    const char* prefix;            ///< of the controller's paths, may be NULL
    const tmlrt_meta_class* class; ///< of the controller; NULL when it has no record
    void* object;                  ///< the controller; set by trt_handlers_bind_objects; NULL:
                                   ///< made per request
    uint32_t node;                 ///< of the controller in the graph
    const uint8_t* path_index;     ///< per parameter: its place among the path's, 255: none
    trt_ffi_call* ffi;             ///< NULL with a thunk
    /// Of the thunk, when its output goes in a register; else NULL.
    tmlrt_started (*start)(void* frame, tmlrt_context* cx, void* args);
    bool may_fail;   ///< it returns an Outcome or a Maybe
    bool passes;     ///< it returns a Response, which nothing changes
    bool broken;     ///< the router refused it; reported
    bool is_scoped;  ///< its controller or a stage around it is made per request
    bool is_special; ///< it is, or has stages or rules around it
    bool is_piped;   ///< that is because of stages around it, and of nothing else
    int16_t success; ///< status of an answer that is not a Response
    uint16_t num_pipes;
    const trt_rules* rules;       ///< NULL: none
    const trt_pipeline* pipeline; ///< NULL: nothing is around it
    trt_pipe_step* pipes;         ///< in the order of parameters
    // One piece of the request's arena holds call, args, frame and output, at these offsets; with
    // stages around it the run and their places come first.
    uint32_t args_offset, frame_offset, out_offset, size, align;
} trt_handler;

typedef struct trt_handlers {
    trt_router router;
    const trt_di* di; ///< for what is made per request
    bool fallback_is_scoped, has_body_limits, has_streams;
    trt_json_keys keys;     ///< of every schema
    trt_bind_limits limits; ///< of what a request binds; set before serving, 0: the defaults
    trt_pipelines pipelines;
    trt_handler* items;
    uint8_t* path_indices;
    uint32_t num, num_path_indices;
    size_t block_bytes; ///< of the one allocation behind the two arrays, which begins at `items`
} trt_handlers;

/// trt_handlers_init builds the router and checks every route against the whole program: patterns,
/// ambiguity, path names, types that can be bound and answered.
/// Errors:  NOMEM - `out` is all-zero. Everything else is added to `diags`.
TMLRT_NODISCARD tmlrt_status trt_handlers_init(trt_handlers* out, const trt_registry* registry,
                                               const trt_di* di, trt_diags* diags);
/// trt_handler_spec returns the route as the router was given it.
static inline trt_route_spec trt_handler_spec(const trt_handler* handler) {
    return (trt_route_spec){handler->prefix, handler->route->path, handler->route->method};
}
/// trt_handlers_bind_objects stores the controllers, which were made after the checks.
void trt_handlers_bind_objects(trt_handlers* handlers, const trt_di* di);
/// trt_handlers_fini frees; all-zero is fine.
void trt_handlers_fini(trt_handlers* handlers);

#endif
