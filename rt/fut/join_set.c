// SPDX-License-Identifier: Apache-2.0
// Join sets for compiled code: the exported functions and the leaves next and shutdown.
//
// Both leaves borrow the set. One that is dropped loses nothing: a result is taken in the poll that
// answers READY.
#include "rt/exec/group/join_set.h"

#include <tmlrt/task.h>

#include "rt/exec/handle.h"
#include "rt/fut/sync_leaf.h"

#include <stdalign.h>

tmlrt_join_set* tmlrt_join_set_new(uint64_t max_out_size) {
    return trt_join_set_new(max_out_size);
}

void tmlrt_join_set_add(tmlrt_join_set* set, tmlrt_task* owned_task) {
    trt_join_set_add(set, owned_task);
}

uint64_t tmlrt_join_set_len(tmlrt_join_set* set) {
    return trt_join_set_len(set);
}

void tmlrt_join_set_abort_all(tmlrt_join_set* set) {
    trt_join_set_abort_all(set);
}

void tmlrt_join_set_detach_all(tmlrt_join_set* set) {
    trt_join_set_detach_all(set);
}

void tmlrt_join_set_free(tmlrt_join_set* owned_set) {
    tmlrt_status failure = owned_set == NULL ? TMLRT_OK : trt_join_set_close(owned_set);
    if (failure != TMLRT_OK) {
        trt_guard_fail(failure); // the panic goes on in whoever freed the set
    }
}

// ---- results ------------------------------------------------------------------------------------

// Takes the next result if there is one. An output's destructor may panic: nothing of the set is
// touched behind trt_handle_take.
static bool take(tmlrt_join_set* set, void* out_value, tmlrt_joined* out) {
    tmlrt_task* task = trt_join_set_pop(set);
    if (task != NULL) {
        out->id = task->id;
        out->status = trt_handle_take(task, out_value);
        return true;
    }
    if (set->num_refused != 0) {
        set->num_refused--;
        *out = (tmlrt_joined){.status = set->refused, .id = UINT64_MAX};
        return true;
    }
    return false;
}

int32_t tmlrt_join_set_try_next(tmlrt_join_set* set, void* out_value, tmlrt_joined* out) {
    if (take(set, out_value, out)) {
        return TMLRT_OK;
    }
    return trt_join_set_len(set) == 0 ? TMLRT_E_NOTFOUND : TMLRT_E_AGAIN;
}

typedef struct join_set_leaf {
    trt_sync_leaf base;
    tmlrt_join_set* set;
    void* out_value;
} join_set_leaf;
typedef join_set_leaf join_set_next_leaf;
typedef join_set_leaf join_set_shutdown_leaf;

void tmlrt_join_set_next_init(void* leaf, tmlrt_join_set* set, void* out_value) {
    join_set_leaf* self = leaf;
    trt_sync_init(&self->base);
    self->set = set;
    self->out_value = out_value;
}

static void join_set_unlink(trt_leaf* leaf) {
    trt_join_set_forget(TRT_CONTAINER_OF(leaf, join_set_leaf, base.leaf)->set);
}

// READY: take finds something, or the set is empty.
static tmlrt_poll wait_for_one(tmlrt_join_set* set, const tmlrt_waker* waker) {
    if (set->num_ended != 0 || set->num_refused != 0 || set->num_members == 0) {
        return TMLRT_READY;
    }
    return trt_join_set_wait(set, waker);
}

// The wait is over: a waker that an earlier poll left is taken back.
static void end(join_set_leaf* self, tmlrt_context* cx) {
    if (self->base.head.state == TRT_SYNC_WAITING) {
        trt_join_set_forget(self->set);
    }
    trt_sync_end(&self->base, cx, TMLRT_READY, join_set_unlink);
}

static tmlrt_poll join_set_next_poll(void* frame, tmlrt_context* cx, void* out) {
    join_set_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_join_set_next_desc, cx)) {
        return TMLRT_PENDING;
    }
    if (wait_for_one(self->set, cx->waker) == TMLRT_PENDING) {
        return trt_sync_end(&self->base, cx, TMLRT_PENDING, join_set_unlink);
    }
    end(self, cx);
    tmlrt_joined* joined = out;
    if (!take(self->set, self->out_value, joined)) {
        *joined = (tmlrt_joined){.status = TMLRT_OK, .id = 0};
    }
    return TMLRT_READY;
}

static void join_set_next_drop(void* frame) {
    trt_sync_drop(frame, join_set_unlink);
}

TRT_SYNC_DESC(join_set_next, tmlrt_joined);

// ---- shutdown -----------------------------------------------------------------------------------

void tmlrt_join_set_shutdown_init(void* leaf, tmlrt_join_set* set) {
    tmlrt_join_set_next_init(leaf, set, NULL);
}

static tmlrt_poll join_set_shutdown_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    join_set_leaf* self = frame;
    if (!trt_sync_begin(&self->base, &tmlrt_join_set_shutdown_desc, cx)) {
        return TMLRT_PENDING;
    }
    if (self->base.head.state == TMLRT_FRAME_UNSTARTED) {
        trt_join_set_abort_all(self->set);
    }
    for (tmlrt_joined ignored; trt_join_set_len(self->set) != 0;) {
        if (wait_for_one(self->set, cx->waker) == TMLRT_PENDING) {
            return trt_sync_end(&self->base, cx, TMLRT_PENDING, join_set_unlink);
        }
        self->base.head.state = TRT_SYNC_WAITING;
        (void)take(self->set, NULL, &ignored);
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
    }
    end(self, cx);
    return TMLRT_READY;
}

static void join_set_shutdown_drop(void* frame) {
    trt_sync_drop(frame, join_set_unlink);
}

TRT_SYNC_DESC_VOID(join_set_shutdown);
