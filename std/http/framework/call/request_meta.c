// SPDX-License-Identifier: Apache-2.0
// What a stage may ask about the handler that a request was routed to (functions.def): its names
// and the decorators of it and of its class. Read from the records, as text; the handler's own
// decorator hides the class's of the same name. Called by compiled code on the worker.
#include "std/http/core/message.h"
#include "std/http/core/number.h"
#include "std/http/framework/call/handler.h"

#include <string.h>

const char* tmlrt_request_handler(const tmlrt_request* request) {
    const trt_handler* handler = request->handler;
    return handler != NULL ? handler->route->name : NULL;
}

const char* tmlrt_request_controller(const tmlrt_request* request) {
    const trt_handler* handler = request->handler;
    return handler != NULL ? handler->route->cls : NULL;
}

/// A walk over the arguments of every decorator of one name, lists item by item.
typedef struct walk {
    int32_t wanted, num; ///< the index looked for, and how many there were
    const tmlrt_meta_value* found;
} walk;

static void visit(walk* w, const tmlrt_meta_value* value) {
    if (value->kind == TMLRT_VALUE_LIST) {
        for (uint32_t i = 0; i < value->len; i++) {
            visit(w, (const tmlrt_meta_value*)value->p + i);
        }
        return;
    }
    if (w->num++ == w->wanted) {
        w->found = value;
    }
}

/// Returns whether there is a decorator of that name at all.
static bool walk_decos(walk* w, const tmlrt_meta_table* decos, const char* name) {
    bool any = false;
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        if (strcmp(deco->name, name) != 0) {
            continue;
        }
        any = true;
        for (uint32_t k = 0; k < deco->args.count; k++) {
            visit(w, trt_meta_at(&deco->args, k));
        }
    }
    return any;
}

static bool walk_request(walk* w, const tmlrt_request* request, const char* name) {
    const trt_handler* handler = request->handler;
    if (handler == NULL) {
        return false;
    }
    return walk_decos(w, &handler->route->decos, name) ||
           (handler->class != NULL && walk_decos(w, &handler->class->decos, name));
}

int32_t tmlrt_request_metadata_count(const tmlrt_request* request, const char* decorator) {
    walk w = {.wanted = -1};
    return walk_request(&w, request, decorator) ? w.num : -1;
}

const char* tmlrt_request_metadata(const tmlrt_request* request, const char* decorator,
                                   int32_t index) {
    walk w = {.wanted = index};
    char text[TRT_NUMBER_TEXT];
    size_t len = 0;
    double number;
    if (index < 0 || !walk_request(&w, request, decorator) || w.found == NULL) {
        return NULL;
    }
    switch (w.found->kind) {
    case TMLRT_VALUE_BOOL:
        return w.found->i != 0 ? "true" : "false";
    case TMLRT_VALUE_STR:
    case TMLRT_VALUE_SYM:
        return w.found->p;
    case TMLRT_VALUE_INT:
        len = trt_format_i64(text, w.found->i);
        break;
    case TMLRT_VALUE_F64:
        memcpy(&number, &w.found->i, sizeof number);
        len = trt_format_f64(text, number);
        break;
    default:
        return NULL;
    }
    return trt_arena_dup(request->arena, text, len);
}
