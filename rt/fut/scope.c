// SPDX-License-Identifier: Apache-2.0
// Scopes for compiled code: the exported functions and the leaf next.
#include "rt/exec/group/scope.h"

#include <tmlrt/task.h>

#include "rt/exec/handle.h"
#include "rt/fut/sync_leaf.h"

#include <stdalign.h>

tmlrt_scope* tmlrt_scope_new(uint64_t max_out_size, tmlrt_cancel_token* token, uint32_t flags,
                             int32_t (*failed)(const void*)) {
    return trt_scope_new(max_out_size, token, flags, failed);
}

int32_t tmlrt_scope_add(tmlrt_scope* scope, tmlrt_task* owned_task) {
    return trt_scope_add(scope, owned_task);
}

int32_t tmlrt_scope_cancel(tmlrt_scope* scope, int32_t reason) {
    if (reason < TMLRT_CANCEL_CLIENT_GONE || reason > TMLRT_CANCEL_ABORT) {
        return TMLRT_E_INVAL;
    }
    trt_scope_cancel(scope, (tmlrt_cancel_reason)reason);
    return TMLRT_OK;
}

tmlrt_cancel_token* tmlrt_scope_token(tmlrt_scope* scope) {
    return trt_scope_token(scope);
}

uint64_t tmlrt_scope_len(tmlrt_scope* scope) {
    return trt_scope_len(scope);
}

void tmlrt_scope_detach(tmlrt_scope* scope) {
    trt_scope_detach(scope);
}

void tmlrt_scope_ref(tmlrt_scope* scope) {
    trt_scope_ref(scope);
}

void tmlrt_scope_unref(tmlrt_scope* scope) {
    trt_scope_unref(scope);
}

void tmlrt_scope_free(tmlrt_scope* owned_scope) {
    tmlrt_status failure = owned_scope == NULL ? TMLRT_OK : trt_scope_end(owned_scope);
    if (failure != TMLRT_OK) {
        trt_guard_fail(failure); // the panic goes on in whoever freed the scope
    }
}

// ---- next ---------------------------------------------------------------------------------------

typedef struct scope_next_leaf {
    trt_sync_leaf base;
    tmlrt_scope* scope;
    void* out_value;
} scope_next_leaf;

void tmlrt_scope_next_init(void* leaf, tmlrt_scope* scope, void* out_value) {
    scope_next_leaf* self = leaf;
    trt_sync_init(&self->base);
    self->scope = scope;
    self->out_value = out_value;
}

static void scope_unlink(trt_leaf* leaf) {
    trt_scope_forget(TRT_CONTAINER_OF(leaf, scope_next_leaf, base.leaf)->scope);
}

static tmlrt_poll scope_next_poll(void* frame, tmlrt_context* cx, void* out) {
    scope_next_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_scope_next_desc, cx)) {
        return TMLRT_PENDING;
    }
    tmlrt_task* task;
    if (trt_scope_next(self->scope, cx->waker, &task) == TMLRT_PENDING) {
        return trt_sync_end(&self->base, cx, TMLRT_PENDING, scope_unlink);
    }
    if (self->base.head.state == TRT_SYNC_WAITING) {
        trt_scope_forget(self->scope); // a waker that an earlier poll left
    }
    trt_sync_end(&self->base, cx, TMLRT_READY, scope_unlink);
    tmlrt_joined* joined = out;
    *joined = (tmlrt_joined){.status = TMLRT_OK, .id = 0};
    if (task != NULL) {
        // An output's destructor may panic: nothing is touched behind it.
        joined->id = task->id;
        joined->status = trt_handle_take(task, self->out_value);
    }
    return TMLRT_READY;
}

static void scope_next_drop(void* frame) {
    trt_sync_drop(frame, scope_unlink);
}

TRT_SYNC_DESC(scope_next, tmlrt_joined);
