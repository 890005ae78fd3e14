// SPDX-License-Identifier: Apache-2.0
// Scopes and their leaf (rt/fut/scope.c), on one worker that the tests drive.
#include "rt/exec/group/scope.h"

#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/handle.h"
#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

static tmlrt_runtime* make(void) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

// Runs what is queued: a task that yields for so many beats that each task that was spawned from
// outside is taken.
static void settle(tmlrt_runtime* runtime) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_yield, .probe = &probe, .left = 40 * TRT_BEAT};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
}

static tmlrt_task* spawn(tmlrt_runtime* runtime, test_probe* probe, test_step step, int64_t left) {
    test_future frame = {.step = step, .probe = probe, .left = left};
    return tmlrt_runtime_spawn(runtime, &test_future_desc, &frame, sizeof(frame));
}

static uint32_t drops(test_probe* probe) {
    return trt_atomic_load(&probe->drops, TRT_RELAXED);
}
static tmlrt_cancel_reason reason_of(tmlrt_scope* scope) {
    return trt_cancel_reason_of(trt_scope_token(scope));
}

typedef union leaf_room {
    _Alignas(TMLRT_LEAF_ALIGN) char leaf[TMLRT_LEAF_SIZE];
} leaf_room;

// The next result, which is there.
static tmlrt_joined next(tmlrt_scope* scope, int64_t* out) {
    leaf_room room;
    test_waker waker = {0};
    tmlrt_joined joined = {0};
    tmlrt_scope_next_init(room.leaf, scope, out);
    EXPECT_EQ(tmlrt_scope_next_desc.poll(room.leaf, test_waker_context(&waker), &joined),
              TMLRT_READY);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    return joined;
}

static int32_t odd_is_failure(const void* output) {
    return *(const int64_t*)output % 2 != 0;
}

// What a child of each kind does to the one that waits.
TEST(scope__a_child_ends_in_each_way__failures_abort_the_others_unless_it_collects) {
    static const struct {
        test_step step;
        int64_t left;
        tmlrt_status status;
        bool fails;
    } cases[] = {
        {test_step_ready, 2, TMLRT_OK, false},
        {test_step_ready, 3, TMLRT_OK, true},
        {test_step_panic, 0, TMLRT_E_PANIC, true},
    };
    tmlrt_runtime* runtime = make();
    for (size_t i = 0; i < 2 * TRT_ARRAY_LEN(cases); i++) {
        bool collects = i % 2 != 0, aborts = cases[i / 2].fails && !collects;
        test_probe waiting = {0}, probe = {0};
        tmlrt_scope* scope = tmlrt_scope_new(sizeof(int64_t), NULL,
                                             collects ? TMLRT_SCOPE_COLLECTS : 0, odd_is_failure);
        EXPECT_EQ(tmlrt_scope_add(scope, spawn(runtime, &waiting, test_step_never, 0)), TMLRT_OK);
        settle(runtime);
        tmlrt_task* child = spawn(runtime, &probe, cases[i / 2].step, cases[i / 2].left);
        uint64_t id = tmlrt_task_id(child);
        EXPECT_EQ(tmlrt_scope_add(scope, child), TMLRT_OK);
        settle(runtime);
        EXPECT_EQ(reason_of(scope), aborts ? TMLRT_CANCEL_ABORT : TMLRT_CANCEL_NONE);
        EXPECT_EQ(drops(&waiting), aborts);
        EXPECT_EQ(tmlrt_scope_len(scope), 2);
        int64_t out = 0;
        tmlrt_joined joined = next(scope, &out);
        EXPECT_EQ(joined.id, id);
        EXPECT_EQ(joined.status, cases[i / 2].status);
        EXPECT_EQ(out, joined.status == TMLRT_OK ? cases[i / 2].left : 0);
        tmlrt_scope_free(scope);
        settle(runtime);
        EXPECT_EQ(drops(&waiting), 1);
    }
    tmlrt_runtime_free(runtime);
}

TEST(scope_add__it_could_not_be_started__a_failure_like_any) {
    tmlrt_runtime* runtime = make();
    test_probe waiting = {0}, probe = {0};
    tmlrt_scope* scope = tmlrt_scope_new(sizeof(int64_t), NULL, 0, NULL);
    tmlrt_scope_add(scope, spawn(runtime, &waiting, test_step_never, 0));
    test_allocator_fail_at(1);
    tmlrt_task* refused = spawn(runtime, &probe, test_step_ready, 1);
    test_allocator_fail_at(0);
    EXPECT_EQ(tmlrt_scope_add(scope, refused), TMLRT_OK);
    EXPECT_EQ(tmlrt_scope_len(scope), 2);
    tmlrt_joined joined = next(scope, NULL);
    EXPECT_EQ(joined.status, TMLRT_E_NOMEM);
    settle(runtime);
    EXPECT_EQ(next(scope, NULL).status, TMLRT_E_CANCELLED);
    EXPECT_EQ(next(scope, NULL).id, 0);
    tmlrt_scope_free(scope);
    tmlrt_runtime_free(runtime);
}

TEST(scope_cancel__children_there_and_later_ones__aborted_with_the_reason) {
    tmlrt_runtime* runtime = make();
    test_probe before = {0}, after = {0};
    tmlrt_cancel_token* above = tmlrt_cancel_token_new(NULL);
    tmlrt_scope* scope = tmlrt_scope_new(sizeof(int64_t), above, 0, NULL);
    tmlrt_scope_add(scope, spawn(runtime, &before, test_step_never, 0));
    EXPECT_EQ(tmlrt_scope_cancel(scope, 0), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_scope_cancel(scope, TMLRT_CANCEL_SHUTDOWN), TMLRT_OK);
    EXPECT_EQ(tmlrt_scope_add(scope, spawn(runtime, &after, test_step_never, 0)), TMLRT_OK);
    settle(runtime);
    EXPECT_EQ(drops(&before) + drops(&after), 2);
    EXPECT_EQ(tmlrt_cancel_token_reason(tmlrt_scope_token(scope)), TMLRT_CANCEL_SHUTDOWN);
    EXPECT_EQ(tmlrt_cancel_token_reason(above), TMLRT_CANCEL_NONE);
    tmlrt_scope_free(scope);
    scope = tmlrt_scope_new(sizeof(int64_t), above, 0, NULL);
    tmlrt_cancel_token_cancel(above, TMLRT_CANCEL_DEADLINE);
    EXPECT_EQ(reason_of(scope), TMLRT_CANCEL_DEADLINE);
    tmlrt_cancel_token_free(above);
    tmlrt_scope_free(scope);
    tmlrt_runtime_free(runtime);
}

TEST(scope_add__the_scope_is_over__closed_and_aborted) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_scope* scope = tmlrt_scope_new(sizeof(int64_t), NULL, 0, NULL);
    tmlrt_scope_ref(scope);
    EXPECT_EQ(next(scope, NULL).id, 0); // nothing was left
    EXPECT_EQ(tmlrt_scope_add(scope, spawn(runtime, &probe, test_step_never, 0)), TMLRT_E_CLOSED);
    EXPECT_EQ(tmlrt_scope_add(scope, trt_task_failed(TMLRT_E_NOMEM)), TMLRT_E_CLOSED);
    tmlrt_scope_free(scope);
    EXPECT_EQ(tmlrt_scope_add(scope, spawn(runtime, &probe, test_step_never, 0)), TMLRT_E_CLOSED);
    EXPECT_EQ(tmlrt_scope_cancel(scope, TMLRT_CANCEL_ABORT), TMLRT_OK);
    settle(runtime);
    EXPECT_EQ(drops(&probe), 2);
    tmlrt_scope_unref(scope);
    tmlrt_scope_free(NULL);
    tmlrt_runtime_free(runtime);
}

TEST(scope_next__waits_and_is_given_up__nothing_lost) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    test_waker waker = {0};
    leaf_room room;
    tmlrt_joined joined;
    tmlrt_scope* scope = tmlrt_scope_new(sizeof(int64_t), NULL, 0, NULL);
    tmlrt_scope_add(scope, spawn(runtime, &probe, test_step_ready, 4));
    for (int i = 0; i < 2; i++) {
        uint64_t calls = test_allocator_calls();
        tmlrt_scope_next_init(room.leaf, scope, NULL);
        EXPECT_EQ(tmlrt_scope_next_desc.poll(room.leaf, test_waker_context(&waker), &joined),
                  TMLRT_PENDING);
        EXPECT_EQ(test_waker_refs(&waker), 1);
        EXPECT_EQ(test_allocator_calls(), calls);
        if (i != 0) {
            settle(runtime);
            EXPECT_EQ(test_waker_wakes(&waker), 1);
        }
        tmlrt_scope_next_desc.drop(room.leaf);
        EXPECT_EQ(test_waker_refs(&waker), 0);
    }
    int64_t out = 0;
    EXPECT_EQ(next(scope, &out).status, TMLRT_OK);
    EXPECT_EQ(out, 4);
    tmlrt_scope_free(scope);
    tmlrt_runtime_free(runtime);
}

TEST(scope_detach__children_run_on) {
    tmlrt_runtime* runtime = make();
    test_probe probe = {0};
    tmlrt_scope* scope = tmlrt_scope_new(sizeof(int64_t), NULL, 0, NULL);
    tmlrt_scope_add(scope, spawn(runtime, &probe, test_step_yield, 20));
    tmlrt_scope_detach(scope);
    EXPECT_EQ(tmlrt_scope_len(scope), 0);
    tmlrt_scope_free(scope);
    settle(runtime);
    EXPECT_EQ(drops(&probe), 0);
    EXPECT_EQ(trt_atomic_load(&probe.polls, TRT_RELAXED), 21);
    tmlrt_runtime_free(runtime);
}

TEST(scope_new__each_allocation_fails__null_and_nothing_kept) {
    for (uint64_t n = 1;; n++) {
        uint64_t live = test_allocator_live();
        test_allocator_fail_at(n);
        tmlrt_scope* scope = tmlrt_scope_new(8, NULL, 0, NULL);
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(scope == NULL, hit);
        tmlrt_scope_free(scope);
        EXPECT_EQ(test_allocator_live(), live);
        if (!hit) {
            EXPECT_EQ(n, 3); // the scope and its token
            return;
        }
    }
}

// ---- the owner's end ----------------------------------------------------------------------------

typedef struct owner {
    tmlrt_scope* scope;
    tmlrt_local_set* set; // NULL: the child is a task of the runtime
    test_probe child;
    bool panics;
} owner;

// Makes a scope with a child that never ends, lets it run, and ends without giving the scope up.
static tmlrt_poll step_own(test_future* self, tmlrt_context* cx, int64_t* out) {
    owner* o = self->user;
    if (self->left++ == 0) {
        o->scope = tmlrt_scope_new(sizeof(int64_t), NULL, 0, NULL);
        test_future child = {.step = test_step_never, .probe = &o->child};
        tmlrt_task* task =
            o->set != NULL ? tmlrt_local_set_spawn(o->set, &test_plain_desc, &child, sizeof(child))
                           : tmlrt_spawn(&test_plain_desc, &child, sizeof(child));
        EXPECT_EQ(tmlrt_scope_add(o->scope, task), TMLRT_OK);
        trt_waker_wake_ref(cx->waker);
        return TMLRT_PENDING;
    }
    *out = 0;
    return o->panics ? test_step_panic(self, cx, out) : TMLRT_READY;
}

TEST(scope__its_task_ends_or_panics__children_aborted_whoever_holds_it) {
    tmlrt_runtime* runtime = make();
    for (int panics = 0; panics < 2; panics++) {
        owner o = {.panics = panics != 0};
        test_probe probe = {0};
        test_future frame = {.step = step_own, .probe = &probe, .user = &o};
        int64_t out;
        tmlrt_status status =
            tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out);
        EXPECT_EQ(status, panics != 0 ? TMLRT_E_PANIC : TMLRT_OK);
        EXPECT_EQ(reason_of(o.scope), TMLRT_CANCEL_ABORT); // before the task's end was told
        EXPECT_EQ(tmlrt_scope_add(o.scope, spawn(runtime, &probe, test_step_never, 0)),
                  TMLRT_E_CLOSED);
        settle(runtime);
        EXPECT_EQ(drops(&o.child), 1);
        EXPECT_EQ(next(o.scope, NULL).status, TMLRT_E_CANCELLED);
        EXPECT_EQ(next(o.scope, NULL).id, 0);
        tmlrt_scope_free(o.scope);
    }
    tmlrt_runtime_free(runtime);
}

// A task of a local set, which no worker polls.
TEST(scope__its_task_of_a_local_set_ends_or_panics__children_aborted) {
    for (int panics = 0; panics < 2; panics++) {
        owner o = {.panics = panics != 0, .set = tmlrt_local_set_new()};
        test_probe probe = {0};
        test_future frame = {.step = step_own, .probe = &probe, .user = &o};
        tmlrt_task* task = tmlrt_local_set_spawn(o.set, &test_plain_desc, &frame, sizeof(frame));
        leaf_room room;
        tmlrt_local_set_wait_init(room.leaf, o.set); // ends because the child does
        EXPECT_EQ(tmlrt_block_on_future(&tmlrt_local_set_wait_desc, room.leaf, NULL), TMLRT_OK);
        EXPECT_EQ(tmlrt_task_join(task, NULL), panics != 0 ? TMLRT_E_PANIC : TMLRT_OK);
        EXPECT_EQ(reason_of(o.scope), TMLRT_CANCEL_ABORT);
        EXPECT_EQ(drops(&o.child), 1);
        tmlrt_scope_free(o.scope);
        tmlrt_local_set_free(o.set);
    }
}
