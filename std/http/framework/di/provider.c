// SPDX-License-Identifier: Apache-2.0
// Provider[T].get: the leaf future behind an injected Provider (functions.def, docs/abi/metadata.md
// section 11).
//
// What is there already (a singleton, this request's object) is READY at the first poll. Else the
// leaf begins a job in the scope of the request that polls it; while the program starts, when a
// make gets a singleton that is not made yet, in the root scope. The job lies in the scope's arena:
// after a panic the leaf's frame is gone, and the scope ends the job.
#include <tmlrt/abi/functions.h>

#include "std/http/framework/di/graph.h"
#include "std/http/framework/di/scope.h"

#include <stdalign.h>
#include <stdio.h>

typedef struct provider_leaf {
    tmlrt_frame head;
    const tmlrt_provider* handle;
    trt_di_job* job; ///< NULL: not begun
} provider_leaf;

_Static_assert(sizeof(provider_leaf) <= TMLRT_LEAF_SIZE, "provider fits a leaf");

enum { WAITING = 1 };

void tmlrt_provider_get_init(void* leaf, tmlrt_provider* handle) {
    *(provider_leaf*)leaf = (provider_leaf){.handle = handle};
}

/// The scope in which the object is made; ends the caller when there is none.
static trt_di_scope* scope_for(const provider_leaf* self, const tmlrt_context* cx) {
    const trt_di* di = self->handle->di;
    char message[256];
    if ((cx->flags & TMLRT_CX_EXCHANGE) != 0) {
        trt_di_scope* scope =
            trt_di_scope_get(di, ((const trt_exchange_context*)(const void*)cx)->exchange);
        if (scope == NULL) {
            trt_guard_fail(TMLRT_E_NOMEM);
        }
        return scope;
    }
    if (!trt_di_is_scoped(di, self->handle->node)) {
        return di->root; // while the program starts
    }
    snprintf(message, sizeof message,
             "Provider[%s].get outside of a request: it is made per request; get it before the "
             "spawn, or make it a singleton",
             trt_di_name(di, self->handle->node));
    tmlrt_panic(message);
}

static void begin(provider_leaf* self, const tmlrt_context* cx) {
    if (self->handle == NULL) {
        tmlrt_panic("get of an @Optional Provider that nothing provides");
    }
    self->head.state = WAITING;
    trt_di_scope* scope = scope_for(self, cx);
    self->job = trt_di_job_new(scope, self->handle->node);
    if (self->job == NULL) {
        trt_guard_fail(TMLRT_E_NOMEM);
    }
}

static void fail(provider_leaf* self, tmlrt_status status) {
    char message[256];
    if (status == TMLRT_E_PANIC || status == TMLRT_E_NOMEM) {
        trt_guard_fail(status); // the panic was reported where it happened
    }
    trt_di_job_failure(self->job, status, message, sizeof message);
    tmlrt_panic(message);
}

static tmlrt_poll provider_poll(void* frame, tmlrt_context* cx, void* out) {
    provider_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(&tmlrt_provider_get_desc, frame);
    }
    if (self->head.state == TMLRT_FRAME_UNSTARTED && self->handle != NULL) {
        void* object = trt_di_object(self->handle->di, self->handle->node);
        if (object != NULL) {
            self->head.state = TMLRT_FRAME_DONE;
            *(void**)out = object;
            return TMLRT_READY;
        }
    }
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        begin(self, cx);
    }
    tmlrt_status status = trt_di_job_poll(self->job, cx);
    if (status == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->head.state = TMLRT_FRAME_DONE;
    if (status != TMLRT_READY) {
        fail(self, status);
    }
    *(void**)out = self->job->object;
    return TMLRT_READY;
}

static void provider_drop(void* frame) {
    provider_leaf* self = frame;
    if (self->head.state == WAITING && self->job != NULL) {
        trt_di_job_cancel(self->job);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

const tmlrt_future_desc tmlrt_provider_get_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = provider_poll,
    .drop = provider_drop,
    .frame_size = sizeof(provider_leaf),
    .frame_align = alignof(provider_leaf),
    .out_size = sizeof(void*),
    .out_align = alignof(void*),
    .name = "Provider.get",
    .num_states = 2,
};
