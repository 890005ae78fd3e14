// SPDX-License-Identifier: Apache-2.0
// What the stress tests of channels and locks have in common: tasks of test_future on 1, 2 and 8
// workers that await one leaf after the other and give some of the waits up. Meant for TSan too.
// Every loop is bounded, every case ends by itself: a lost wake-up hangs and the test's time limit
// tells.
#ifndef TESTS_STRESS_SYNC_LOAD_H
#define TESTS_STRESS_SYNC_LOAD_H

#include <tmlrt/runtime.h>
#include <tmlrt/sync.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/atomic.h"
#include "rt/base/waker.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static inline void on_each(void (*check)(tmlrt_runtime* runtime)) {
    static const uint32_t workers[] = {1, 2, 8};
    for (size_t i = 0; i < TRT_ARRAY_LEN(workers); i++) {
        tmlrt_runtime* runtime = NULL;
        const tmlrt_runtime_options options = {.workers = workers[i],
                                               .flags = TMLRT_RUNTIME_BACKGROUND};
        REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
        check(runtime);
        tmlrt_runtime_free(runtime);
    }
}

static inline tmlrt_task* spawn(tmlrt_runtime* runtime, test_step step, test_probe* probe,
                                void* user, int64_t left) {
    test_future frame = {.step = step, .probe = probe, .user = user, .left = left};
    return tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
}

static inline void join(tmlrt_task* task) {
    int64_t out = 0;
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_OK);
}

// Polls the leaf, made by the caller when leaf_desc is NULL; forgets it when it is READY.
static inline tmlrt_poll poll_leaf(test_future* self, tmlrt_context* cx, void* out) {
    tmlrt_poll answer = self->leaf_desc->poll(self->leaf, cx, out);
    if (answer == TMLRT_READY) {
        self->leaf_desc = NULL;
    }
    return answer;
}

static inline tmlrt_poll yield(tmlrt_context* cx) {
    trt_waker_wake_ref(cx->waker);
    return TMLRT_PENDING;
}

// Every other thing that was acquired is held until the next poll: hold says so once, and held that
// this poll is that one.
static inline bool hold(test_future* self) {
    bool holds = self->left % 2 == 0;
    trt_atomic_store(&self->probe->value, holds, TRT_RELAXED);
    return holds;
}
static inline bool held(test_future* self) {
    return trt_atomic_xchg(&self->probe->value, 0, TRT_RELAXED) != 0;
}

// What to do with a wait that is PENDING: most wait; a fourth is given up, so that what it is given
// meanwhile must pass on, and begins again; a fourth is polled again though nobody woke it.
static inline tmlrt_poll pend(test_future* self, tmlrt_context* cx) {
    uint32_t polls = trt_atomic_load(&self->probe->polls, TRT_RELAXED);
    if (polls % 4 == 0) {
        self->leaf_desc->drop(self->leaf);
        self->leaf_desc = NULL;
    }
    return polls % 4 < 2 ? yield(cx) : TMLRT_PENDING;
}

#endif
