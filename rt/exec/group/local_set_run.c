// SPDX-License-Identifier: Apache-2.0
// Running a local set: the leaf futures behind tmlrt_local_set_run and tmlrt_local_set_wait.
//
// A poll polls the future that is to be awaited first, then up to MAX_TURN queued tasks of the set;
// with more of them it comes again at once, so that neither starves the other nor the rest of the
// thread. The leaf owns the future from init on, not its storage, and borrows the set. It is
// panic-safe: a panic of the future leaves the set through `unlink`; those of tasks end in their
// own guards. Runs on the set's thread.
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/exec/group/local_set.h"
#include "rt/exec/leaf.h"

#include <stdalign.h>

enum { MAX_TURN = 61, WAITING = 1 };

typedef struct run_leaf {
    tmlrt_frame head;
    tmlrt_local_set* set;
    void* inner;
    const tmlrt_future_desc* desc; ///< NULL: until the set has no task
    void* out_value;
    trt_leaf leaf;
} run_leaf;

_Static_assert(sizeof(run_leaf) <= TMLRT_LEAF_SIZE, "run fits a leaf");
_Static_assert(alignof(run_leaf) <= TMLRT_LEAF_ALIGN, "run fits a leaf");

void tmlrt_local_set_run_init(void* leaf, tmlrt_local_set* set, void* frame,
                              const tmlrt_future_desc* desc, void* out_value) {
    *(run_leaf*)leaf = (run_leaf){.set = set, .inner = frame, .desc = desc, .out_value = out_value};
}

void tmlrt_local_set_wait_init(void* leaf, tmlrt_local_set* set) {
    *(run_leaf*)leaf = (run_leaf){.set = set};
}

static void run_unlink(trt_leaf* leaf) {
    trt_local_set_leave(TRT_CONTAINER_OF(leaf, run_leaf, leaf)->set, true);
}

static bool is_done(run_leaf* self, tmlrt_context* cx) {
    if (self->desc == NULL) {
        return tmlrt_local_set_len(self->set) == 0;
    }
    return self->desc->poll(self->inner, cx, self->out_value) == TMLRT_READY;
}

static tmlrt_poll run_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    run_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(
            self->desc == NULL ? &tmlrt_local_set_wait_desc : &tmlrt_local_set_run_desc, frame);
    }
    trt_local_set_enter(self->set, self, cx->waker);
    trt_leaf_unregister(&self->leaf);
    trt_leaf_register(&self->leaf, run_unlink); // before compiled code runs
    self->head.state = WAITING;
    bool done = is_done(self, cx), more = false;
    if (!done) {
        more = trt_local_set_turn(self->set, MAX_TURN);
        done = self->desc == NULL && tmlrt_local_set_len(self->set) == 0;
    }
    trt_local_set_leave(self->set, done);
    if (done) {
        trt_leaf_unregister(&self->leaf);
        self->head.state = TMLRT_FRAME_DONE;
        return TMLRT_READY;
    }
    if (more) {
        tmlrt_coop_yield(cx);
    }
    return TMLRT_PENDING;
}

static void run_drop(void* frame) {
    run_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    if (self->head.state == WAITING) {
        trt_leaf_unregister(&self->leaf);
        trt_local_set_leave(self->set, true);
    }
    self->head.state = TMLRT_FRAME_DONE;
    if (self->desc != NULL) {
        self->desc->drop(self->inner);
    }
}

const tmlrt_future_desc tmlrt_local_set_run_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = run_poll,
    .drop = run_drop,
    .frame_size = sizeof(run_leaf),
    .frame_align = alignof(run_leaf),
    .out_align = 1,
    .name = "local_set_run",
    .num_states = 2,
};

const tmlrt_future_desc tmlrt_local_set_wait_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = run_poll,
    .drop = run_drop,
    .frame_size = sizeof(run_leaf),
    .frame_align = alignof(run_leaf),
    .out_align = 1,
    .name = "local_set_wait",
    .num_states = 2,
};

tmlrt_status tmlrt_local_set_block_on(tmlrt_local_set* set, const tmlrt_future_desc* desc,
                                      void* frame, void* out) {
    run_leaf leaf;
    tmlrt_local_set_run_init(&leaf, set, frame, desc, out);
    return tmlrt_block_on_future(&tmlrt_local_set_run_desc, &leaf, NULL);
}
