// SPDX-License-Identifier: Apache-2.0
// Join sets and their leaves (rt/fut/join_set.c), on one worker that the tests drive.
#include "rt/exec/group/join_set.h"

#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <signal.h>

static tmlrt_runtime* make(void) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

// Runs what is queued: a task that yields for so many beats, in each of which one task that was
// spawned from outside is taken.
static void settle_for(tmlrt_runtime* runtime, int64_t beats) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_yield, .probe = &probe, .left = beats * TRT_BEAT};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
}

static void settle(tmlrt_runtime* runtime) {
    settle_for(runtime, 40);
}

static tmlrt_task* spawn(tmlrt_runtime* runtime, test_probe* probe, test_step step, int64_t left) {
    test_future frame = {.step = step, .probe = probe, .left = left};
    return tmlrt_runtime_spawn(runtime, &test_future_desc, &frame, sizeof(frame));
}

static uint32_t dropped_outputs(void) {
    return trt_atomic_load(&test_counted_probe.outputs_dropped, TRT_RELAXED);
}
static uint32_t drops(test_probe* probe) {
    return trt_atomic_load(&probe->drops, TRT_RELAXED);
}

static void expect_next(tmlrt_join_set* set, uint64_t id, tmlrt_status status, int64_t value) {
    tmlrt_joined joined = {0};
    int64_t out = -1;
    EXPECT_EQ(tmlrt_join_set_try_next(set, &out, &joined), TMLRT_OK);
    EXPECT_EQ(joined.id, id);
    EXPECT_EQ(joined.status, status);
    EXPECT_EQ(out, status == TMLRT_OK ? value : -1);
}

TEST(join_set__tasks_that_end_out_of_order__results_in_the_order_of_their_ends) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    static const int64_t yields[] = {900, 400, 0, 150};
    uint64_t ids[4];
    for (int i = 0; i < 4; i++) {
        tmlrt_task* task = spawn(runtime, &probe, test_step_yield, yields[i]);
        ids[i] = tmlrt_task_id(task);
        tmlrt_join_set_add(set, task);
    }
    tmlrt_joined joined;
    EXPECT_EQ(tmlrt_join_set_try_next(set, NULL, &joined), TMLRT_E_AGAIN);
    EXPECT_EQ(tmlrt_join_set_len(set), 4);
    settle(runtime);
    EXPECT_EQ(tmlrt_join_set_len(set), 4);
    static const int order[] = {2, 3, 1, 0};
    for (int i = 0; i < 4; i++) {
        tmlrt_joined next = {0};
        int64_t out = 0;
        EXPECT_EQ(tmlrt_join_set_try_next(set, &out, &next), TMLRT_OK);
        EXPECT_EQ(next.id, ids[order[i]]);
        EXPECT_EQ(next.status, TMLRT_OK);
    }
    EXPECT_EQ(tmlrt_join_set_try_next(set, NULL, &joined), TMLRT_E_NOTFOUND);
    tmlrt_join_set_free(set);
    tmlrt_runtime_free(runtime);
}

TEST(join_set__each_outcome__as_a_join_handle_tells_it) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    tmlrt_task* tasks[] = {spawn(runtime, &probe, test_step_ready, 7),
                           spawn(runtime, &probe, test_step_panic, 0),
                           spawn(runtime, &probe, test_step_never, 0)};
    uint64_t ids[3];
    for (int i = 0; i < 3; i++) {
        ids[i] = tmlrt_task_id(tasks[i]);
        tmlrt_join_set_add(set, tasks[i]);
    }
    settle(runtime);
    tmlrt_join_set_abort_all(set);
    EXPECT_EQ(drops(&probe), 0); // never by the caller
    settle(runtime);
    expect_next(set, ids[0], TMLRT_OK, 7);
    expect_next(set, ids[1], TMLRT_E_PANIC, 0);
    expect_next(set, ids[2], TMLRT_E_CANCELLED, 0);
    tmlrt_join_set_free(set);
    tmlrt_runtime_free(runtime);
}

TEST(join_set_add__ended_already_or_never_started__a_result_like_the_others) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    tmlrt_task* first = spawn(runtime, &probe, test_step_ready, 1);
    uint64_t id = tmlrt_task_id(first);
    tmlrt_join_set_add(set, first);
    tmlrt_task* ended = spawn(runtime, &probe, test_step_ready, 2);
    uint64_t ended_id = tmlrt_task_id(ended);
    settle(runtime);
    tmlrt_join_set_add(set, ended);
    test_allocator_fail_at(1);
    tmlrt_task* refused = spawn(runtime, &probe, test_step_ready, 3);
    test_allocator_fail_at(0);
    tmlrt_join_set_add(set, refused);
    EXPECT_EQ(tmlrt_join_set_len(set), 3);
    expect_next(set, id, TMLRT_OK, 1);
    expect_next(set, ended_id, TMLRT_OK, 2);
    expect_next(set, UINT64_MAX, TMLRT_E_NOMEM, 0);
    EXPECT_EQ(tmlrt_join_set_len(set), 0);
    tmlrt_join_set_free(set);
    tmlrt_runtime_free(runtime);
}

TEST(join_set_free__results_and_tasks_left__destroyed_and_aborted) {
    tmlrt_runtime* runtime = make();
    test_probe ready = {0}, waiting = {0}, unpolled = {0};
    uint32_t before = dropped_outputs();
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    tmlrt_join_set_add(set, spawn(runtime, &ready, test_step_ready, 1));
    tmlrt_join_set_add(set, spawn(runtime, &waiting, test_step_never, 0));
    settle(runtime);
    tmlrt_join_set_add(set, spawn(runtime, &unpolled, test_step_never, 0));
    tmlrt_join_set_free(set);
    EXPECT_EQ(dropped_outputs(), before + 1);
    settle(runtime);
    EXPECT_EQ(drops(&waiting), 1);
    EXPECT_EQ(drops(&unpolled), 1);
    EXPECT_EQ(trt_atomic_load(&unpolled.polls, TRT_RELAXED), 0);
    tmlrt_join_set_free(NULL);
    tmlrt_runtime_free(runtime);
}

TEST(join_set_detach_all__some_ended_some_not__results_stay_the_others_run_on) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    tmlrt_task* first = spawn(runtime, &probe, test_step_ready, 4);
    uint64_t id = tmlrt_task_id(first);
    tmlrt_join_set_add(set, first);
    settle(runtime);
    uint32_t before = dropped_outputs();
    tmlrt_join_set_add(set, spawn(runtime, &probe, test_step_yield, 3));
    tmlrt_join_set_detach_all(set);
    EXPECT_EQ(tmlrt_join_set_len(set), 1);
    expect_next(set, id, TMLRT_OK, 4);
    tmlrt_join_set_free(set);
    settle(runtime);
    EXPECT_EQ(drops(&probe), 0);
    EXPECT_EQ(dropped_outputs(), before + 1); // it ran to its end, nobody took what it gave
    tmlrt_runtime_free(runtime);
}

typedef union leaf_room {
    _Alignas(TMLRT_LEAF_ALIGN) char leaf[TMLRT_LEAF_SIZE];
} leaf_room;

TEST(join_set_next__waits__woken_once_by_the_first_end) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_waker first = {0}, second = {0};
    leaf_room room;
    tmlrt_joined joined = {.id = 5};
    int64_t out = 0;
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    tmlrt_join_set_next_init(room.leaf, set, &out);
    const tmlrt_future_desc* desc = &tmlrt_join_set_next_desc;
    EXPECT_EQ(desc->poll(room.leaf, test_waker_context(&first), &joined), TMLRT_READY); // empty
    EXPECT_EQ(joined.id, 0);
    tmlrt_join_set_add(set, spawn(runtime, &probe, test_step_yield, 1));
    tmlrt_join_set_add(set, spawn(runtime, &probe, test_step_yield, 1));
    uint64_t calls = test_allocator_calls();
    tmlrt_join_set_next_init(room.leaf, set, &out);
    EXPECT_EQ(desc->poll(room.leaf, test_waker_context(&first), &joined), TMLRT_PENDING);
    EXPECT_EQ(desc->poll(room.leaf, test_waker_context(&first), &joined), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&first), 1);
    EXPECT_EQ(desc->poll(room.leaf, test_waker_context(&second), &joined), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&first), 0);
    EXPECT_EQ(test_allocator_calls(), calls);
    settle(runtime);
    EXPECT_EQ(test_waker_wakes(&first), 0);
    EXPECT_EQ(test_waker_wakes(&second), 1);
    EXPECT_EQ(test_waker_refs(&second), 0);
    EXPECT_EQ(desc->poll(room.leaf, test_waker_context(&second), &joined), TMLRT_READY);
    EXPECT(joined.id != 0 && joined.status == TMLRT_OK);
    desc->drop(room.leaf);
    EXPECT_EQ(tmlrt_join_set_len(set), 1);
    tmlrt_join_set_free(set);
    tmlrt_runtime_free(runtime);
}

TEST(join_set_next__given_up__nothing_lost) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_waker waker = {0};
    leaf_room room;
    tmlrt_joined joined;
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    for (int polls = 0; polls < 2; polls++) {
        for (int ended = 0; ended < 2; ended++) {
            tmlrt_task* task = spawn(runtime, &probe, test_step_ready, 9);
            uint64_t id = tmlrt_task_id(task);
            tmlrt_join_set_add(set, task);
            tmlrt_join_set_next_init(room.leaf, set, NULL);
            if (polls != 0) {
                EXPECT_EQ(
                    tmlrt_join_set_next_desc.poll(room.leaf, test_waker_context(&waker), &joined),
                    TMLRT_PENDING);
            }
            if (ended != 0) {
                settle(runtime);
            }
            tmlrt_join_set_next_desc.drop(room.leaf);
            EXPECT_EQ(test_waker_refs(&waker), 0);
            settle(runtime);
            expect_next(set, id, TMLRT_OK, 9);
        }
    }
    tmlrt_join_set_free(set);
    tmlrt_runtime_free(runtime);
}

TEST(join_set_shutdown__more_tasks_than_a_budget__all_gone) {
    enum { NUM = 3 * TMLRT_BUDGET };
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_waker waker = {0};
    leaf_room room;
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    for (int i = 0; i < NUM; i++) {
        tmlrt_join_set_add(set, spawn(runtime, &probe, test_step_never, 0));
    }
    settle_for(runtime, 2 * NUM);
    tmlrt_join_set_shutdown_init(room.leaf, set);
    int polls = 0;
    tmlrt_poll answer;
    do {
        tmlrt_context* cx = test_waker_context(&waker);
        cx->budget = TMLRT_BUDGET;
        answer = tmlrt_join_set_shutdown_desc.poll(room.leaf, cx, NULL);
        settle_for(runtime, 2 * NUM);
    } while (answer == TMLRT_PENDING && ++polls < 10);
    EXPECT_EQ(answer, TMLRT_READY);
    EXPECT(polls >= 3); // it gave way
    EXPECT_EQ(drops(&probe), NUM);
    EXPECT_EQ(tmlrt_join_set_len(set), 0);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_join_set_free(set);
    tmlrt_runtime_free(runtime);
}

TEST(join_set_new__no_memory__null_and_a_steady_flow_allocates_no_more) {
    test_allocator_fail_at(1);
    EXPECT(tmlrt_join_set_new(8) == NULL);
    test_allocator_fail_at(0);
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_join_set* set = tmlrt_join_set_new(sizeof(int64_t));
    for (int i = 0; i < 10; i++) {
        tmlrt_task* task = spawn(runtime, &probe, test_step_ready, i);
        uint64_t id = tmlrt_task_id(task), calls = test_allocator_calls();
        tmlrt_join_set_add(set, task);
        EXPECT_EQ(test_allocator_calls(), calls);
        settle(runtime);
        calls = test_allocator_calls();
        expect_next(set, id, TMLRT_OK, i);
        EXPECT_EQ(test_allocator_calls(), calls);
    }
    tmlrt_join_set_free(set);
    tmlrt_runtime_free(runtime);
}

static void add_too_large(void) {
    test_probe probe = {0};
    tmlrt_join_set_add(tmlrt_join_set_new(4), spawn(make(), &probe, test_step_ready, 1));
}
TEST(join_set_add__output_larger_than_the_sets__said_and_the_process_ends) {
    char text[512];
    EXPECT_EQ(test_child(add_too_large, text, sizeof(text)), 1000 + SIGABRT);
    EXPECT(strstr(text, "its join set takes 4") != NULL);
}
