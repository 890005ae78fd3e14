// SPDX-License-Identifier: Apache-2.0
// Join sets on 1, 2 and 8 workers: an owner that spawns, joins, aborts, detaches and leaves while
// its tasks end. Meant for TSan too; a lost wake-up hangs and the test's time limit tells.
#include "tests/stress/sync/load.h"

enum { TASKS = 24, ROUNDS = 60 };

typedef struct plan {
    tmlrt_join_set* set;
    test_probe children[TASKS]; // one each: overlaps are of one frame
    int round;
    int32_t joined, ok, cancelled;
    bool has_begun;
} plan;

// The children: some end at once, some yield, one in eight waits for ever.
static void add_child(plan* p, int number) {
    test_future frame = {.step = number % 8 == 7 ? test_step_never : test_step_yield,
                         .probe = &p->children[number],
                         .left = number % 4 == 0 ? 0 : number % 5};
    tmlrt_join_set_add(p->set, tmlrt_spawn(&test_future_desc, &frame, sizeof(frame)));
}

static void begin(plan* p) {
    p->has_begun = true;
    p->set = tmlrt_join_set_new(sizeof(int64_t));
    for (int i = 0; i < TASKS; i++) {
        add_child(p, i);
    }
    if (p->round % 3 == 0) {
        tmlrt_join_set_abort_all(p->set);
    }
}

// Joins until only those that never end are left, giving some waits up; then by the round's number:
// aborts and joins them, leaves them to the set's end, or shuts the set down.
static tmlrt_poll step_owner(test_future* self, tmlrt_context* cx, int64_t* out) {
    plan* p = self->user;
    if (!p->has_begun) {
        begin(p);
    }
    for (;;) {
        if (self->leaf_desc == NULL && p->joined == TASKS / 2 && p->round % 4 == 1) {
            break; // leaves in the middle
        }
        if (self->leaf_desc == NULL && p->joined == TASKS - TASKS / 8 && p->round % 3 != 0) {
            tmlrt_join_set_abort_all(p->set);
        }
        if (self->leaf_desc == NULL) {
            tmlrt_join_set_next_init(self->leaf, p->set, out);
            self->leaf_desc = &tmlrt_join_set_next_desc;
        }
        tmlrt_joined joined;
        if (poll_leaf(self, cx, &joined) == TMLRT_PENDING) {
            return pend(self, cx);
        }
        if (joined.id == 0) {
            EXPECT_EQ(p->joined, TASKS);
            break;
        }
        p->joined++;
        p->ok += joined.status == TMLRT_OK;
        p->cancelled += joined.status == TMLRT_E_CANCELLED;
    }
    EXPECT_EQ(p->ok + p->cancelled, p->joined);
    tmlrt_join_set_free(p->set);
    *out = 0;
    return TMLRT_READY;
}

static void check_owner(tmlrt_runtime* runtime) {
    static plan plans[ROUNDS];
    memset(plans, 0, sizeof(plans));
    static test_probe probes[ROUNDS];
    memset(probes, 0, sizeof(probes));
    tmlrt_task* tasks[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        plans[i].round = i;
        tasks[i] = spawn(runtime, step_owner, &probes[i], &plans[i], 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        join(tasks[i]);
        for (int k = 0; k < TASKS; k++) {
            EXPECT_EQ(trt_atomic_load(&plans[i].children[k].overlaps, TRT_RELAXED), 0);
        }
    }
}

TEST(join_set__owners_that_join_abort_and_leave__every_task_ends_once) {
    uint32_t before = trt_atomic_load(&test_counted_probe.outputs_dropped, TRT_RELAXED);
    on_each(check_owner);
    // Whatever was not joined was dropped with the set or by its runner: nothing leaks (the
    // harness), and some outputs were there to be destroyed or taken.
    EXPECT(trt_atomic_load(&test_counted_probe.outputs_dropped, TRT_RELAXED) >= before);
}

// The owner itself is aborted, or panics, while it waits: the tasks of its set may outlive it only
// as far as their poll goes. The set is freed by the owner's frame.
typedef struct doomed {
    tmlrt_join_set* set;
    test_probe children;
} doomed;

static void free_set(test_future* self) {
    doomed* d = self->user;
    tmlrt_join_set_free(d->set);
}

static tmlrt_poll step_wait(test_future* self, tmlrt_context* cx, int64_t* out) {
    doomed* d = self->user;
    if (self->leaf_desc == NULL) {
        tmlrt_join_set_next_init(self->leaf, d->set, out);
        self->leaf_desc = &tmlrt_join_set_next_desc;
    }
    tmlrt_joined joined;
    if (poll_leaf(self, cx, &joined) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    return yield(cx);
}

static void check_doomed(tmlrt_runtime* runtime) {
    enum { NUM = 50 };
    static doomed all[NUM];
    memset(all, 0, sizeof(all));
    for (int i = 0; i < NUM; i++) {
        test_probe probe = {0};
        doomed* d = &all[i];
        d->set = tmlrt_join_set_new(sizeof(int64_t));
        for (int k = 0; k < 8; k++) {
            test_future child = {.step = k % 2 ? test_step_never : test_step_yield,
                                 .probe = &d->children,
                                 .left = k};
            tmlrt_join_set_add(
                d->set, tmlrt_runtime_spawn(runtime, &test_plain_desc, &child, sizeof(child)));
        }
        test_future frame = {.step = step_wait, .probe = &probe, .user = d, .on_drop = free_set};
        tmlrt_task* task = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
        tmlrt_task_abort(task);
        int64_t out;
        EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_E_CANCELLED);
    }
}

TEST(join_set__its_owner_is_aborted__its_tasks_are) {
    on_each(check_doomed);
}
