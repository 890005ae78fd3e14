// SPDX-License-Identifier: Apache-2.0
// The program: registry, graph and handlers in one, from records to a running server.
#ifndef TRT_HTTP_FRAMEWORK_APP_APP_H
#define TRT_HTTP_FRAMEWORK_APP_APP_H

#include "std/http/framework/call/handler.h"
#include "std/http/framework/registry/text.h"

/// trt_app is a checked program. `objects_made` tells whether hooks and objects are live.
typedef struct trt_app {
    trt_registry registry;
    trt_di di;
    trt_handlers handlers;
    bool objects_made;
} trt_app;

/// trt_app_init reads and checks the whole program without running any of its code.
/// Errors:  NOMEM. META_MALFORMED - `diags` has every error. `out` is all-zero then.
TMLRT_NODISCARD tmlrt_status trt_app_init(trt_app* out, const tmlrt_image* images,
                                          trt_diags* diags);
/// trt_app_start makes the objects and runs the hooks `init` and `bootstrap`.
/// Errors:  NOMEM, META_MISSING, INVAL - in `diags`; fini.   Thread: one that is not a worker.
TMLRT_NODISCARD tmlrt_status trt_app_start(trt_app* app, trt_diags* diags);
/// trt_app_fini runs the hooks of the end, destroys the objects and frees everything.
void trt_app_fini(trt_app* app);

/// trt_app_print_routes writes the route table: method, path, handler, file:line, aligned; the
/// first `max` of them, then how many more there are. `stages`: under every route the stages that a
/// request goes through, in order, with where each was attached.
void trt_app_print_routes(const trt_app* app, uint32_t max, bool stages, trt_text* out);

#endif
