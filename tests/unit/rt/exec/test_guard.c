// SPDX-License-Identifier: Apache-2.0
// Panic outcomes: one for every place a panic can happen in (docs/design/panics.md).
#include "rt/exec/guard.h"

#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/leaf.h"
#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static tmlrt_runtime* make(void) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

static tmlrt_status run(tmlrt_runtime* runtime, test_future* frame) {
    int64_t out = 0;
    return tmlrt_runtime_run(runtime, &test_plain_desc, frame, sizeof(*frame), &out);
}

// ---- in a poll ----------------------------------------------------------------------------------

static tmlrt_poll step_sleep_then_panic(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        self->leaf_desc = &tmlrt_sleep_desc;
        tmlrt_sleep_init(self->leaf, 3600ull * 1000000000ull);
        EXPECT_EQ(self->leaf_desc->poll(self->leaf, cx, NULL), TMLRT_PENDING);
        trt_waker_wake_ref(cx->waker);
        return TMLRT_PENDING;
    }
    return test_step_panic(self, cx, out);
}

TEST(panic__while_a_leaf_waits__unlinked_and_nothing_dropped) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_future frame = {.step = step_sleep_then_panic, .probe = &probe};
    EXPECT_EQ(run(runtime, &frame), TMLRT_E_PANIC);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 0);
    EXPECT_EQ(runtime->workers[0].timers.wheel.num_entries, 0);
    test_future next = {.step = test_step_ready, .probe = &probe};
    EXPECT_EQ(run(runtime, &next), TMLRT_OK); // the worker goes on
    tmlrt_runtime_free(runtime);
}

static tmlrt_poll step_panic_in_branch(test_future* self, tmlrt_context* cx, int64_t* out) {
    cx->arena = self->user; // as a branch of a join has it
    return test_step_panic(self, cx, out);
}

TEST(panic__with_an_arena_of_a_branch__context_as_it_was) {
    test_probe probe = {0};
    tmlrt_arena own = {0}, branch = {0};
    tmlrt_context cx = {.arena = &own, .waker = &tmlrt_block_on_waker, .budget = TMLRT_BUDGET};
    test_future frame = {.step = step_panic_in_branch, .probe = &probe, .user = &branch};
    trt_guard guard = {0};
    int64_t out = 0;
    EXPECT_EQ(trt_guard_poll(&guard, "test", 0, &test_plain_desc, &frame, &cx, &out),
              TMLRT_E_PANIC);
    EXPECT(cx.arena == &own);
}

static tmlrt_poll step_child_then_panic(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        test_future child = {.step = test_step_never, .probe = self->user};
        self->leaf_desc = &tmlrt_join_desc;
        tmlrt_join_init(self->leaf, tmlrt_spawn(&test_plain_desc, &child, sizeof(child)), NULL);
        tmlrt_status status;
        EXPECT_EQ(self->leaf_desc->poll(self->leaf, cx, &status), TMLRT_PENDING);
    }
    return test_step_panic(self, cx, out);
}

TEST(panic__while_awaiting_a_child__handle_given_up) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0}, child = {0};
    test_future frame = {.step = step_child_then_panic, .probe = &probe, .user = &child};
    EXPECT_EQ(run(runtime, &frame), TMLRT_E_PANIC);
    tmlrt_runtime_free(runtime); // the child is detached: dropped here
    EXPECT_EQ(trt_atomic_load(&child.drops, TRT_RELAXED), 1);
}

static tmlrt_poll step_nested(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx, (void)out;
    trt_atomic_sub(&self->probe->running, 1, TRT_ACQ_REL);
    tmlrt_block_on_nested("f");
}

static tmlrt_poll step_block_on_in_worker(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    test_future inner = {.step = test_step_never, .probe = self->user};
    *out = tmlrt_block_on_future(&test_plain_desc, &inner, NULL);
    return TMLRT_READY;
}

TEST(block_on__inside_a_worker__fails_the_task_with_nested) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0}, inner = {0};
    test_future frame = {.step = step_nested, .probe = &probe};
    EXPECT_EQ(run(runtime, &frame), TMLRT_E_NESTED);
    test_future second = {.step = step_block_on_in_worker, .probe = &probe, .user = &inner};
    int64_t out = 0;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &second, sizeof(second), &out), 0);
    EXPECT_EQ(out, TMLRT_E_NESTED);
    EXPECT_EQ(trt_atomic_load(&inner.drops, TRT_RELAXED), 1);
    tmlrt_runtime_free(runtime);
}

static tmlrt_poll step_nomem(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)out;
    trt_atomic_sub(&self->probe->running, 1, TRT_ACQ_REL);
    tmlrt_arena_grow(cx->arena, UINT64_MAX - 100, 16);
    return TMLRT_PENDING;
}

TEST(arena_grow__without_memory_in_a_task__join_error_nomem) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_future frame = {.step = step_nomem, .probe = &probe};
    EXPECT_EQ(run(runtime, &frame), TMLRT_E_NOMEM);
    tmlrt_runtime_free(runtime);
}

// ---- in a destructor ----------------------------------------------------------------------------

static void panic_in_drop(test_future* self) {
    (void)self;
    tmlrt_panic("in drop");
}

TEST(panic__in_the_drop_of_an_aborted_frame__join_error_panic) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_future frame = {.step = test_step_never, .probe = &probe, .on_drop = panic_in_drop};
    tmlrt_task* task = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    tmlrt_task_abort(task);
    tmlrt_runtime_free(runtime);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_PANIC);
}

static void panic_output(void* out) {
    (void)out;
    tmlrt_panic("in an output");
}

TEST(panic__in_the_destructor_of_a_detached_output__reported_and_over) {
    tmlrt_runtime* runtime = make();
    tmlrt_future_desc desc = test_plain_desc;
    desc.drop_output = panic_output;
    test_probe probe = {0};
    test_future frame = {.step = test_step_ready, .probe = &probe};
    tmlrt_task_detach(tmlrt_runtime_spawn(runtime, &desc, &frame, sizeof(frame)));
    test_future next = {.step = test_step_yield, .probe = &probe, .left = 200};
    EXPECT_EQ(run(runtime, &next), TMLRT_OK);
    tmlrt_runtime_free(runtime);
}

// ---- in a blocking job --------------------------------------------------------------------------

static void panic_job(void* arg) {
    (void)arg;
    tmlrt_panic("in a job");
}

TEST(panic__in_a_blocking_job__join_error_and_the_pool_goes_on) {
    tmlrt_runtime* runtime = make();
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(tmlrt_task_join(trt_blocking_submit(runtime->blocking, panic_job, NULL, 0), NULL),
                  TMLRT_E_PANIC);
    }
    tmlrt_runtime_free(runtime);
}

// ---- outside of a task --------------------------------------------------------------------------

static void panic_plain(void) {
    tmlrt_panic("plain");
}

static void panic_in_block_on(void) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_panic, .probe = &probe};
    (void)!tmlrt_block_on_future(&test_plain_desc, &frame, NULL);
}

static tmlrt_poll main_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx, (void)out;
    tmlrt_panic("in main");
}

static void main_drop(void* frame) {
    (void)frame;
}

static void panic_in_main(void) {
    const tmlrt_future_desc desc = {.abi = TMLRT_ABI_MAJOR << 16,
                                    .poll = main_poll,
                                    .drop = main_drop,
                                    .frame_size = 8,
                                    .frame_align = 8,
                                    .out_align = 1,
                                    .name = "main",
                                    .num_states = 1};
    exit(tmlrt_main(0, NULL, &desc));
}

TEST(panic__outside_of_a_task__exit_code_1_and_a_message) {
    static void (*const children[])(void) = {panic_plain, panic_in_block_on, panic_in_main};
    static const char* const texts[] = {"plain", "scripted", "in main"};
    for (int i = 0; i < 3; i++) {
        char text[512];
        EXPECT_EQ(test_child(children[i], text, sizeof(text)), 1);
        EXPECT(strstr(text, "panicked") != NULL && strstr(text, texts[i]) != NULL);
    }
}

// ---- boundaries inside boundaries ---------------------------------------------------------------

typedef struct counted_leaf {
    trt_leaf leaf;
    int unlinked;
} counted_leaf;

static void count_unlink(trt_leaf* leaf) {
    TRT_CONTAINER_OF(leaf, counted_leaf, leaf)->unlinked++;
}

typedef struct nest {
    counted_leaf outer, inner;
    trt_guard guard;
    tmlrt_status inner_status;
} nest;

static void inner_call(void* arg) {
    nest* self = arg;
    trt_leaf_register(&self->inner.leaf, count_unlink);
    tmlrt_panic("inner");
}

static void outer_call(void* arg) {
    nest* self = arg;
    trt_leaf_register(&self->outer.leaf, count_unlink);
    self->inner_status = trt_guard_call(&self->guard, "handler", 0, inner_call, self);
    trt_leaf_unregister(&self->outer.leaf);
}

static void child_panics_in_two_lines(void) {
    tmlrt_panic("first\r\ntmlrt: second\x1b[2J\x7f");
}

TEST(guard__message_with_control_characters__one_line_of_text) {
    char text[200];
    EXPECT_EQ(test_child(child_panics_in_two_lines, text, sizeof(text)), 1);
    EXPECT_STR(text, "tmlrt: panicked: first??tmlrt: second?[2J?\n");
}

TEST(guard__panic_in_the_inner_one__outer_keeps_its_leaves) {
    nest self = {0};
    trt_guard outer = {0};
    EXPECT_EQ(trt_guard_call(&outer, "task", 5, outer_call, &self), TMLRT_OK);
    EXPECT_EQ(self.inner_status, TMLRT_E_PANIC);
    EXPECT_EQ(self.inner.unlinked, 1);
    EXPECT_EQ(self.outer.unlinked, 0);
    EXPECT(trt_tls_guard == NULL);
    EXPECT(outer.leaves == NULL);
}
