// SPDX-License-Identifier: Apache-2.0
// Skewed loads on real threads: everything is queued by one worker, the others must take their
// part. Told by counts; every wait has a bound in tries, which only a lost task reaches.
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/waker.h"
#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <sched.h>

enum { NUM_CHILDREN = 64, MAX_TRIES = 20 * 1000 * 1000 };

typedef struct load {
    trt_atomic_u64 workers; ///< a bit for every worker that polled a child
    trt_atomic_u32 ended, given_up;
    tmlrt_task* children[NUM_CHILDREN];
    test_step step;
    test_probe probe;
} load;

static load s_load;

static uint32_t num_workers(void) {
    return (uint32_t)__builtin_popcountll(trt_atomic_load(&s_load.workers, TRT_ACQUIRE_ORDER));
}

static void note_worker(void) {
    trt_atomic_or(&s_load.workers, 1ull << trt_current_worker()->index, TRT_ACQ_REL);
}

static tmlrt_poll finish(int64_t* out) {
    trt_atomic_add(&s_load.ended, 1, TRT_ACQ_REL);
    *out = 0;
    return TMLRT_READY;
}

// Yields until two workers have polled children.
static tmlrt_poll step_until_two(test_future* self, tmlrt_context* cx, int64_t* out) {
    note_worker();
    if (num_workers() >= 2) {
        return finish(out);
    }
    if (++self->left > MAX_TRIES / NUM_CHILDREN) {
        trt_atomic_add(&s_load.given_up, 1, TRT_RELAXED);
        return finish(out);
    }
    trt_waker_wake_ref(cx->waker);
    return TMLRT_PENDING;
}

// The first child holds its worker until all the others are over.
static tmlrt_poll step_hold_first(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    note_worker();
    bool holds = self->left == 0;
    for (int tries = 0; holds; tries++) {
        if (trt_atomic_load(&s_load.ended, TRT_ACQUIRE_ORDER) == NUM_CHILDREN - 1) {
            break;
        }
        if (tries > MAX_TRIES) {
            trt_atomic_add(&s_load.given_up, 1, TRT_RELAXED);
            break;
        }
        sched_yield();
    }
    return finish(out);
}

// Queues all children in one poll; the handles are joined by the case.
static tmlrt_poll step_queue_all(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx;
    for (int i = 0; i < NUM_CHILDREN; i++) {
        test_future child = {.step = s_load.step, .probe = &s_load.probe, .left = i};
        if (s_load.step == step_until_two) {
            child.left = 0;
        }
        s_load.children[i] = tmlrt_spawn(&test_plain_desc, &child, sizeof(child));
    }
    *out = 0;
    return TMLRT_READY;
}

static void check(uint32_t workers, test_step step) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = workers};
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    s_load = (load){.step = step};
    test_probe probe = {0};
    test_future frame = {.step = step_queue_all, .probe = &probe};
    int64_t out = 0;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    for (int i = 0; i < NUM_CHILDREN; i++) {
        EXPECT_EQ(tmlrt_task_join(s_load.children[i], &out), TMLRT_OK);
    }
    EXPECT_EQ(trt_atomic_load(&s_load.ended, TRT_RELAXED), NUM_CHILDREN);
    EXPECT_EQ(trt_atomic_load(&s_load.given_up, TRT_RELAXED), 0);
    EXPECT(num_workers() >= 2);
    tmlrt_runtime_free(runtime);
}

TEST(steal__children_of_one_task_yield__run_on_more_than_one_worker) {
    for (int round = 0; round < 10; round++) {
        check(2, step_until_two);
        check(8, step_until_two);
    }
}

TEST(steal__one_child_holds_its_worker__the_others_run_elsewhere) {
    for (int round = 0; round < 10; round++) {
        check(2, step_hold_first);
        check(8, step_hold_first);
    }
}
