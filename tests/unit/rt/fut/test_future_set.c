// SPDX-License-Identifier: Apache-2.0
#include <tmlrt/task.h>

#include "rt/base/waker.h"
#include "rt/exec/guard.h"
#include "rt/os/thread.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

enum { MS = 1000000 };

// Adds a boxed copy of a future.
static void add(tmlrt_future_set* set, const tmlrt_future_desc* desc, test_future future) {
    test_future* box = tmlrt_frame_alloc(desc->frame_size, desc->frame_align);
    *box = future;
    EXPECT_EQ(tmlrt_future_set_add(set, box, desc), TMLRT_OK);
}

// One poll of a wait for the next; a wait that is over begins again.
typedef struct waiter {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char leaf[TMLRT_LEAF_SIZE];
    tmlrt_future_set* set;
    int64_t index;
} waiter;

static void begin(waiter* self, tmlrt_future_set* set) {
    self->set = set;
    tmlrt_future_set_next_init(self->leaf, set);
}

static tmlrt_poll next(waiter* self, tmlrt_context* cx) {
    tmlrt_poll answer = tmlrt_future_set_next_desc.poll(self->leaf, cx, &self->index);
    if (answer == TMLRT_READY) {
        begin(self, self->set);
    }
    return answer;
}

TEST(future_set__empty__minus_one_at_once) {
    test_waker waker = {0};
    waiter wait;
    tmlrt_future_set* set = tmlrt_future_set_new(0, 8);
    REQUIRE(set != NULL);
    begin(&wait, set);
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_READY);
    EXPECT_EQ(wait.index, -1);
    tmlrt_future_set_free(set);
    tmlrt_future_set_free(NULL);
}

TEST(future_set_add__full_or_output_too_large__refused_and_not_taken) {
    test_probe probe = {0};
    test_future future = {.step = test_step_ready, .probe = &probe};
    tmlrt_future_set* set = tmlrt_future_set_new(1, 8);
    tmlrt_future_set* small = tmlrt_future_set_new(1, 0);
    REQUIRE(set != NULL && small != NULL);
    add(set, &test_plain_desc, future);
    EXPECT_EQ(tmlrt_future_set_add(set, &future, &test_plain_desc), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_future_set_add(small, &future, &test_plain_desc), TMLRT_E_INVAL);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 0);
    tmlrt_future_set_free(set);
    tmlrt_future_set_free(small);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT(tmlrt_future_set_new(UINT64_MAX / 2, 8) == NULL);
    EXPECT(tmlrt_future_set_new(8, UINT64_MAX - 3) == NULL);
}

TEST(future_set__all_ready__each_output_once) {
    enum { NUM = 150 };
    test_probe probe = {0};
    test_waker waker = {0};
    bool seen[NUM] = {false};
    waiter wait;
    tmlrt_future_set* set = tmlrt_future_set_new(NUM, 8);
    REQUIRE(set != NULL);
    for (int i = 0; i < NUM; i++) {
        add(set, &test_plain_desc,
            (test_future){.step = test_step_ready, .probe = &probe, .left = i * 3});
    }
    begin(&wait, set);
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_READY);
        REQUIRE(wait.index >= 0 && wait.index < NUM && !seen[wait.index]);
        seen[wait.index] = true;
        EXPECT_EQ(*(int64_t*)tmlrt_future_set_output(set, (uint64_t)wait.index), wait.index * 3);
        EXPECT_EQ(*(int64_t*)tmlrt_future_set_take(set, (uint64_t)wait.index), wait.index * 3);
    }
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_READY);
    EXPECT_EQ(wait.index, -1);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), NUM);
    tmlrt_future_set_free(set);
}

TEST(future_set__one_is_woken__only_that_one_is_polled) {
    enum { NUM = 100 };
    test_probe probe = {0}, woken = {0};
    test_waker waker = {0};
    test_slot slot = {0};
    waiter wait;
    tmlrt_future_set* set = tmlrt_future_set_new(NUM, 8);
    REQUIRE(set != NULL);
    for (int i = 0; i < NUM; i++) {
        add(set, &test_plain_desc,
            i == 77 ? (test_future){.step = test_step_park, .probe = &woken, .user = &slot}
                    : (test_future){.step = test_step_never, .probe = &probe});
    }
    begin(&wait, set);
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_PENDING);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), NUM - 1);
    EXPECT_EQ(test_waker_wakes(&waker), 0);
    test_slot_wake(&slot);
    EXPECT_EQ(test_waker_wakes(&waker), 1);
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_READY);
    EXPECT_EQ(wait.index, 77);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), NUM - 1);
    EXPECT_EQ(trt_atomic_load(&woken.polls, TRT_RELAXED), 2);
    tmlrt_future_set_free(set);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), NUM - 1);
    EXPECT_EQ(test_waker_refs(&waker), 0);
}

TEST(future_set__freed__outputs_destroyed_and_late_wakers_harmless) {
    test_probe probe = {0};
    test_waker waker = {0};
    test_slot slot = {0};
    waiter wait;
    tmlrt_future_set* set = tmlrt_future_set_new(3, 8);
    REQUIRE(set != NULL);
    uint32_t before = trt_atomic_load(&test_counted_probe.outputs_dropped, TRT_RELAXED);
    add(set, &test_future_desc, (test_future){.step = test_step_ready, .probe = &probe});
    add(set, &test_future_desc, (test_future){.step = test_step_ready, .probe = &probe});
    add(set, &test_future_desc,
        (test_future){.step = test_step_park, .probe = &probe, .user = &slot});
    begin(&wait, set);
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_READY);
    tmlrt_future_set_take(set, (uint64_t)wait.index);
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_READY);
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_PENDING);
    tmlrt_future_set_next_desc.drop(wait.leaf);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_waker late;
    tmlrt_waker kept = test_slot_take(&slot);
    trt_waker_clone(&kept, &late);
    tmlrt_future_set_free(set);
    EXPECT_EQ(trt_atomic_load(&test_counted_probe.outputs_dropped, TRT_RELAXED), before + 1);
    trt_waker_wake_ref(&kept);
    trt_waker_wake(&kept);
    trt_waker_drop(&late);
    EXPECT_EQ(test_waker_wakes(&waker), 0);
}

TEST(future_set__ones_that_wake_themselves_or_spend_the_budget__others_have_their_turn) {
    test_probe busy = {0}, probe = {0};
    test_waker waker = {0};
    waiter wait;
    tmlrt_future_set* set = tmlrt_future_set_new(2, 8);
    REQUIRE(set != NULL);
    add(set, &test_plain_desc,
        (test_future){.step = test_step_yield, .probe = &busy, .left = INT64_MAX});
    add(set, &test_plain_desc, (test_future){.step = test_step_yield, .probe = &probe, .left = 3});
    begin(&wait, set);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_PENDING);
        EXPECT_EQ(trt_atomic_load(&busy.polls, TRT_RELAXED), i + 1);
        EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), i + 1);
    }
    tmlrt_context* cx = test_waker_context(&waker);
    cx->budget = 0; // spent by somebody else: woken again, nobody polled
    uint32_t wakes = test_waker_wakes(&waker);
    EXPECT_EQ(next(&wait, cx), TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&waker), wakes + 1);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), 3);
    EXPECT_EQ(next(&wait, test_waker_context(&waker)), TMLRT_READY);
    EXPECT_EQ(wait.index, 1);
    tmlrt_future_set_free(set);
}

static void new_and_fail(void) {
    test_allocator_fail_at(1);
    EXPECT(tmlrt_future_set_new(10, 8) == NULL);
    EXPECT(test_allocator_hit());
    test_allocator_fail_at(0);
}

TEST(future_set_new__no_memory__null) {
    new_and_fail();
}

// ---- in tasks, wakers on other threads ----------------------------------------------------------

typedef struct load {
    tmlrt_future_set* set;
    waiter wait;
    bool is_begun;
    int64_t sum;
} load;

static tmlrt_poll step_sum(test_future* self, tmlrt_context* cx, int64_t* out) {
    load* l = self->user;
    if (!l->is_begun) {
        l->is_begun = true;
        begin(&l->wait, l->set);
    }
    while (next(&l->wait, cx) == TMLRT_READY) {
        if (l->wait.index < 0) {
            *out = l->sum;
            return TMLRT_READY;
        }
        l->sum += *(int64_t*)tmlrt_future_set_take(l->set, (uint64_t)l->wait.index);
    }
    return TMLRT_PENDING;
}

static tmlrt_poll step_join(test_future* self, tmlrt_context* cx, int64_t* out) {
    tmlrt_status status = TMLRT_OK;
    if (self->leaf_desc == NULL) {
        test_future task = {.step = test_step_yield, .probe = self->probe, .left = self->left};
        tmlrt_task* handle = tmlrt_spawn(&test_plain_desc, &task, sizeof(task));
        tmlrt_join_init(self->leaf, handle, out);
        self->leaf_desc = &tmlrt_join_desc;
    }
    if (self->leaf_desc->poll(self->leaf, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    EXPECT_EQ(status, TMLRT_OK);
    return TMLRT_READY;
}

TEST(future_set__tasks_on_other_workers_wake_it__all_outputs_arrive) {
    enum { NUM = 200, ROUNDS = 20 };
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 4};
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    test_probe probes[NUM + 1] = {0}, own = {0};
    for (int round = 0; round < ROUNDS; round++) {
        load l = {.set = tmlrt_future_set_new(NUM, 8)};
        REQUIRE(l.set != NULL);
        for (int i = 0; i < NUM; i++) {
            add(l.set, &test_plain_desc,
                (test_future){.step = step_join, .probe = &probes[i], .left = i % 5});
        }
        int64_t sum = 0;
        test_future frame = {.step = step_sum, .probe = &own, .user = &l};
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &sum),
                  TMLRT_OK);
        EXPECT_EQ(sum, NUM);
        tmlrt_future_set_free(l.set);
    }
    tmlrt_runtime_free(runtime);
}

static tmlrt_poll step_panic_after(test_future* self, tmlrt_context* cx, int64_t* out) {
    load* l = self->user;
    if (!l->is_begun) {
        l->is_begun = true;
        begin(&l->wait, l->set);
    }
    EXPECT_EQ(next(&l->wait, cx), TMLRT_PENDING);
    return test_step_panic(self, cx, out);
}

TEST(future_set__panic_while_one_waits__its_task_is_forgotten) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    test_slot slot = {0};
    load l = {.set = tmlrt_future_set_new(1, 8)};
    REQUIRE(runtime != NULL && l.set != NULL);
    add(l.set, &test_plain_desc,
        (test_future){.step = test_step_park, .probe = &probe, .user = &slot});
    test_future frame = {.step = step_panic_after, .probe = &probe, .user = &l};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out),
              TMLRT_E_PANIC);
    test_slot_wake(&slot); // nobody is woken, nothing is touched
    tmlrt_runtime_free(runtime);
    tmlrt_future_set_free(l.set);
}

// Two sets inside each other, the inner one's wait older than the outer one's: a panic inside both
// gives the context the waker that it began with.
static tmlrt_poll step_inner(test_future* self, tmlrt_context* cx, int64_t* out) {
    load* l = self->user;
    if (!l->is_begun) {
        l->is_begun = true;
        begin(&l->wait, l->set);
    }
    tmlrt_poll answer = next(&l->wait, cx);
    *out = 0;
    return answer;
}

static tmlrt_poll step_panic_when_told(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (*(bool*)self->user) {
        return test_step_panic(self, cx, out);
    }
    trt_waker_wake_ref(cx->waker);
    return TMLRT_PENDING;
}

TEST(future_set__panic_in_a_future__context_has_its_waker) {
    test_probe probe = {0}, inner_probe = {0};
    test_waker waker = {0};
    bool panics = false;
    load inner = {.set = tmlrt_future_set_new(1, 8)};
    load outer = {.set = tmlrt_future_set_new(2, 8)};
    REQUIRE(inner.set != NULL && outer.set != NULL);
    add(inner.set, &test_plain_desc,
        (test_future){.step = step_panic_when_told, .probe = &inner_probe, .user = &panics});
    add(outer.set, &test_plain_desc,
        (test_future){.step = step_inner, .probe = &probe, .user = &inner});
    add(outer.set, &test_plain_desc, (test_future){.step = test_step_ready, .probe = &probe});
    trt_guard guard = {0};
    test_probe own = {0};
    test_future frame = {.step = step_inner, .probe = &own, .user = &outer};
    tmlrt_context* cx = test_waker_context(&waker);
    const tmlrt_waker* before = cx->waker;
    int64_t out;
    // The outer wait ends with its second future, while the inner one goes on.
    EXPECT_EQ(trt_guard_poll(&guard, "test", 0, &test_plain_desc, &frame, cx, &out), TMLRT_READY);
    frame.head.state = TMLRT_FRAME_UNSTARTED;
    panics = true;
    EXPECT_EQ(trt_guard_poll(&guard, "test", 0, &test_plain_desc, &frame, cx, &out), TMLRT_E_PANIC);
    EXPECT(cx->waker == before);
    tmlrt_future_set_free(outer.set);
    tmlrt_future_set_free(inner.set);
    EXPECT_EQ(test_waker_refs(&waker), 0);
}
