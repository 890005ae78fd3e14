// SPDX-License-Identifier: Apache-2.0
// Before a pipeline begins: the controller and the stages that are made per request.
//
// They are made in the order of the pipeline's tables: middleware and interceptors, guards,
// filters, pipes, the controller. What was made is in the exchange's scope, so a poll after PENDING
// goes through the list again and finds the first ones there. Only requests of routes that need it
// come here: whether one does is known at start. A failure is the answer: the stages cannot run.
//
// Who calls: call.c, on the worker of the exchange.
#include "std/http/framework/call/call.h"

#include <stdalign.h>

static const trt_pipeline* pipeline_of(const trt_handlers* handlers, const trt_handler* handler) {
    return handler != NULL ? handler->pipeline : handlers->pipelines.fallback;
}

/// The stages around a handler by a running number, NULL behind the last; the controller is not
/// among them.
static const trt_stage* stage_at(const trt_pipeline* pipeline, const trt_handler* handler,
                                 uint32_t index) {
    uint32_t num_pipes = handler != NULL ? handler->num_pipes : 0;
    if (pipeline != NULL) {
        if (index < pipeline->num_wraps) {
            return pipeline->wraps[index].stage;
        }
        index -= pipeline->num_wraps;
        if (index < pipeline->num_guards) {
            return pipeline->guards[index];
        }
        index -= pipeline->num_guards;
        if (index < pipeline->num_filters) {
            return pipeline->filters[index];
        }
        index -= pipeline->num_filters;
    }
    return index < num_pipes ? handler->pipes[index].stage : NULL;
}

bool trt_call_is_scoped(const trt_handlers* handlers, const trt_handler* handler) {
    const trt_pipeline* pipeline = pipeline_of(handlers, handler);
    const trt_stage* stage;
    if (handler != NULL && handler->object == NULL) {
        return true;
    }
    for (uint32_t i = 0; (stage = stage_at(pipeline, handler, i)) != NULL; i++) {
        if (stage->object == NULL) {
            return true;
        }
    }
    return false;
}

tmlrt_status trt_scoped_start(const trt_handler* handler, const trt_no_handler* no_handler,
                              trt_exchange* exchange) {
    trt_scoped* scoped =
        trt_arena_alloc(exchange->request.arena, sizeof *scoped, alignof(trt_scoped));
    if (scoped == NULL) {
        return TMLRT_E_NOMEM;
    }
    *scoped = (trt_scoped){.head = {.state = TRT_CALL_SCOPED}, .handler = handler};
    if (no_handler != NULL) {
        scoped->no_handler = *no_handler;
    }
    exchange->call = scoped;
    return TMLRT_OK;
}

tmlrt_status trt_scoped_poll(const trt_handlers* handlers, trt_exchange* exchange,
                             tmlrt_context* cx) {
    const trt_handler* handler = ((const trt_scoped*)exchange->call)->handler;
    const trt_pipeline* pipeline = pipeline_of(handlers, handler);
    trt_di_scope* scope = trt_di_scope_get(handlers->di, exchange);
    const trt_stage* stage;
    void* object;
    if (scope == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; (stage = stage_at(pipeline, handler, i)) != NULL; i++) {
        tmlrt_status status = TMLRT_READY;
        if (stage->object == NULL) {
            status = trt_di_scope_poll(scope, stage->node, cx, &object);
        }
        if (status != TMLRT_READY) {
            return status;
        }
    }
    return handler == NULL || handler->object != NULL
               ? TMLRT_READY
               : trt_di_scope_poll(scope, handler->node, cx, &object);
}
