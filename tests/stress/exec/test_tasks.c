// SPDX-License-Identifier: Apache-2.0
// Races of wake, abort, complete, drop and shutdown on 2 and 8 workers; meant for TSan too. Every
// loop is bounded, every case ends by itself: a lost wake-up hangs and the test's time limit tells.
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/runtime.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static tmlrt_runtime* make(uint32_t workers) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = workers, .flags = TMLRT_RUNTIME_BACKGROUND};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

static void on_each(void (*check)(tmlrt_runtime* runtime)) {
    static const uint32_t workers[] = {1, 2, 8};
    for (size_t i = 0; i < TRT_ARRAY_LEN(workers); i++) {
        tmlrt_runtime* runtime = make(workers[i]);
        check(runtime);
        tmlrt_runtime_free(runtime);
    }
}

static uint32_t read32(trt_atomic_u32* word) {
    return trt_atomic_load(word, TRT_ACQUIRE_ORDER);
}

// ---- wake against abort against the handle ------------------------------------------------------

typedef struct race {
    test_slot slot;
    tmlrt_task* task;
    trt_atomic_u32 go;
} race;

static void racer_wake(void* arg) {
    race* self = arg;
    while (read32(&self->go) == 0) {
    }
    tmlrt_waker clone = test_slot_take(&self->slot); // by value, and a late one after the flag
    trt_waker_wake(&clone);
    test_slot_wake(&self->slot);
}

static void racer_abort(void* arg) {
    race* self = arg;
    while (read32(&self->go) == 0) {
    }
    tmlrt_task_abort(self->task);
}

static void check_races(tmlrt_runtime* runtime) {
    uint32_t finished = 0, cancelled = 0;
    for (int i = 0; i < 150; i++) {
        race r = {0};
        test_probe probe = {0};
        uint32_t outputs = read32(&test_counted_probe.outputs_dropped);
        test_future frame = {.step = test_step_park, .probe = &probe, .user = &r.slot};
        r.task = tmlrt_runtime_spawn(runtime, &test_future_desc, &frame, sizeof(frame));
        trt_thread threads[2];
        EXPECT_EQ(trt_thread_start(&threads[0], "wake", 0, racer_wake, &r), TMLRT_OK);
        EXPECT_EQ(trt_thread_start(&threads[1], "abort", 0, racer_abort, &r), TMLRT_OK);
        if (i % 2 == 0) {
            test_slot_wait_armed(&r.slot);
        }
        trt_atomic_store(&r.go, 1, TRT_RELEASE_ORDER);
        int64_t out = 0;
        trt_thread_join(&threads[0]);
        trt_thread_join(&threads[1]);
        tmlrt_status status = tmlrt_task_join(r.task, &out);
        EXPECT(status == TMLRT_OK || status == TMLRT_E_CANCELLED);
        EXPECT_EQ(read32(&probe.drops), status == TMLRT_E_CANCELLED);
        EXPECT_EQ(out, status == TMLRT_OK ? 3 : 0);
        EXPECT_EQ(read32(&probe.overlaps), 0);
        EXPECT_EQ(read32(&test_counted_probe.outputs_dropped), outputs);
        *(status == TMLRT_OK ? &finished : &cancelled) += 1;
        tmlrt_waker left = test_slot_take(&r.slot);
        trt_waker_drop(&left);
    }
    EXPECT(finished + cancelled == 150);
}

TEST(tasks__wake_races_abort__one_terminal_state) {
    on_each(check_races);
}

// ---- ping-pong ----------------------------------------------------------------------------------

typedef struct ball {
    trt_atomic_u32 turn; ///< whose turn it is, counted up
    test_slot slots[2];
    uint32_t rounds;
} ball;

// Player `left` (0 or 1) moves when turn is of its parity; keeps its waker in its slot.
static tmlrt_poll step_player(test_future* self, tmlrt_context* cx, int64_t* out) {
    ball* b = self->user;
    uint32_t me = (uint32_t)self->left;
    for (;;) {
        uint32_t turn = read32(&b->turn);
        if (turn >= b->rounds) {
            trt_atomic_add(&b->turn, 1, TRT_ACQ_REL);
            test_slot_wake(&b->slots[1 - me]);
            *out = turn;
            return TMLRT_READY;
        }
        if (turn % 2 == me) {
            trt_atomic_add(&b->turn, 1, TRT_ACQ_REL);
            test_slot_wake(&b->slots[1 - me]);
            continue;
        }
        test_slot* slot = &b->slots[me];
        trt_atomic_store(&slot->flag, 0, TRT_RELAXED);
        int64_t ignored;
        test_future view = {.user = slot};
        // READY: the other player's wake of an earlier turn came late and found no waker, so none
        // is armed and this turn's wake would find none either.
        if (test_step_park(&view, cx, &ignored) == TMLRT_PENDING && read32(&b->turn) == turn) {
            return TMLRT_PENDING;
        }
    }
}

static void check_ping_pong(tmlrt_runtime* runtime) {
    ball b = {.rounds = 4000};
    test_probe probes[2] = {0};
    tmlrt_task* tasks[2];
    for (int i = 0; i < 2; i++) {
        test_future frame = {.step = step_player, .probe = &probes[i], .user = &b, .left = i};
        tasks[i] = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    }
    for (int i = 0; i < 2; i++) {
        int64_t out = 0;
        EXPECT_EQ(tmlrt_task_join(tasks[i], &out), TMLRT_OK);
        EXPECT(out >= b.rounds);
        EXPECT_EQ(read32(&probes[i].overlaps), 0);
    }
    for (int i = 0; i < 2; i++) {
        tmlrt_waker left = test_slot_take(&b.slots[i]);
        trt_waker_drop(&left);
    }
}

TEST(tasks__ping_pong__no_wake_up_lost) {
    on_each(check_ping_pong);
}

// ---- home tasks, trees of tasks, timers ---------------------------------------------------------

typedef struct home {
    trt_atomic_u64 thread;
    trt_atomic_u32 moved;
} home;

static void note_thread(home* h) {
    uint64_t me = trt_thread_id(), seen = 0;
    if (!trt_atomic_cas(&h->thread, &seen, me, TRT_ACQ_REL, TRT_ACQUIRE_ORDER) && seen != me) {
        trt_atomic_add(&h->moved, 1, TRT_RELAXED);
    }
}

static tmlrt_poll step_at_home(test_future* self, tmlrt_context* cx, int64_t* out) {
    note_thread(self->user);
    return test_step_park(&(test_future){.user = &((test_slot*)(uintptr_t)self->left)[0]}, cx, out);
}

static void drop_at_home(test_future* self) {
    note_thread(self->user);
}

static void check_home(tmlrt_runtime* runtime) {
    enum { NUM = 64 };
    static home homes[NUM];
    static test_slot slots[NUM];
    test_probe probe = {0};
    tmlrt_task* tasks[NUM];
    for (uint32_t i = 0; i < NUM; i++) {
        homes[i] = (home){0};
        slots[i] = (test_slot){0};
        test_future frame = {.step = step_at_home,
                             .probe = &probe,
                             .user = &homes[i],
                             .left = (int64_t)(uintptr_t)&slots[i],
                             .on_drop = drop_at_home};
        tasks[i] = trt_spawn_on(runtime, i % trt_runtime_num_workers(runtime), &test_plain_desc,
                                &frame, sizeof(frame));
    }
    for (uint32_t i = 0; i < NUM; i++) {
        test_slot_wait_armed(&slots[i]);
        if (i % 2 == 0) {
            test_slot_wake(&slots[i]);
        } else {
            tmlrt_task_abort(tasks[i]); // E8: dropped on its own thread, not on this one
        }
    }
    for (uint32_t i = 0; i < NUM; i++) {
        int64_t out;
        EXPECT_EQ(tmlrt_task_join(tasks[i], &out), i % 2 == 0 ? TMLRT_OK : TMLRT_E_CANCELLED);
        EXPECT_EQ(read32(&homes[i].moved), 0);
        EXPECT(trt_atomic_load(&homes[i].thread, TRT_RELAXED) != trt_thread_id());
        tmlrt_waker left = test_slot_take(&slots[i]);
        trt_waker_drop(&left);
    }
}

TEST(tasks__bound_to_a_worker__polled_and_dropped_there) {
    on_each(check_home);
}

// Spawns and awaits one child after the other, `left` levels deep; the lowest sleeps.
static tmlrt_poll step_tree(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->left == 0) {
        self->left = 100000 + (int64_t)(trt_task_next_id() % 7) * 300000;
        self->step = test_step_sleep;
        return test_step_sleep(self, cx, out);
    }
    while (self->user != (void*)3) {
        tmlrt_status status = TMLRT_OK;
        if (self->leaf_desc == NULL) {
            test_future child = {.step = step_tree, .probe = self->probe, .left = self->left - 1};
            tmlrt_task* task = self->user == NULL
                                   ? tmlrt_spawn_local(&test_plain_desc, &child, sizeof(child))
                                   : tmlrt_spawn(&test_plain_desc, &child, sizeof(child));
            tmlrt_join_init(self->leaf, task, out);
            self->leaf_desc = &tmlrt_join_desc;
        }
        if (tmlrt_join_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->leaf_desc = NULL;
        EXPECT_EQ(status, TMLRT_OK);
        self->user = (void*)((uintptr_t)self->user + 1);
    }
    return TMLRT_READY;
}

static void check_trees(tmlrt_runtime* runtime) {
    enum { NUM = 8 };
    test_probe probe = {
        0}; // counts overlaps of different tasks too, so only the sums are looked at
    tmlrt_task* tasks[NUM];
    for (int i = 0; i < NUM; i++) {
        test_future frame = {.step = step_tree, .probe = &probe, .left = 4};
        tasks[i] = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    }
    for (int i = 0; i < NUM; i++) {
        int64_t out = 0;
        EXPECT_EQ(tmlrt_task_join(tasks[i], &out), TMLRT_OK);
        EXPECT_EQ(out, 7);
    }
    EXPECT_EQ(read32(&probe.drops), 0);
}

TEST(tasks__trees_of_children_that_sleep__all_end) {
    on_each(check_trees);
}

// ---- block_on from many threads, blocking jobs --------------------------------------------------

static void bump(void* arg) {
    ++*(uint64_t*)arg;
}

static void outside_user(void* arg) {
    tmlrt_runtime* runtime = arg;
    for (int i = 0; i < 30; i++) {
        test_probe probe = {0};
        int64_t out = 0;
        test_future frame = {.step = i % 3 == 0 ? test_step_sleep : test_step_yield,
                             .probe = &probe,
                             .left = i % 3 == 0 ? 50000 : i};
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out),
                  TMLRT_OK);
        uint64_t value = (uint64_t)i;
        tmlrt_task* job = trt_blocking_submit(runtime->blocking, bump, &value, sizeof(value));
        EXPECT_EQ(tmlrt_task_join(job, &value), TMLRT_OK);
        EXPECT_EQ(value, (uint64_t)i + 1);
    }
}

static void check_outside_users(tmlrt_runtime* runtime) {
    trt_thread threads[4];
    for (int i = 0; i < 4; i++) {
        EXPECT_EQ(trt_thread_start(&threads[i], "user", 0, outside_user, runtime), TMLRT_OK);
    }
    for (int i = 0; i < 4; i++) {
        trt_thread_join(&threads[i]);
    }
}

TEST(runtime__used_by_four_plain_threads__every_run_ends) {
    on_each(check_outside_users);
}

// ---- shutdown under load ------------------------------------------------------------------------

static tmlrt_poll step_spawner(test_future* self, tmlrt_context* cx, int64_t* out) {
    test_future child = {.step = test_step_yield, .probe = self->user, .left = 3};
    tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
    if (self->left-- == 0) {
        *out = 0;
        return TMLRT_READY;
    }
    trt_waker_wake_ref(cx->waker);
    return TMLRT_PENDING;
}

TEST(shutdown__at_any_point_under_load__ends_and_leaves_nothing) {
    for (int round = 0; round < 120; round++) {
        enum { NUM = 12 };
        tmlrt_runtime* runtime = make(1 + (uint32_t)round % 4);
        test_probe probes[NUM] = {0}, children = {0};
        test_slot slots[NUM] = {0};
        tmlrt_task* tasks[NUM];
        for (int i = 0; i < NUM; i++) {
            static const test_step steps[] = {step_spawner, test_step_park, test_step_sleep};
            test_future frame = {.step = steps[i % 3],
                                 .probe = &probes[i],
                                 .left = 1 << (i % 8),
                                 .user = i % 3 == 0 ? (void*)&children : (void*)&slots[i]};
            tasks[i] = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
        }
        for (int spin = 0; spin < round * 40; spin++) {
            (void)read32(&children.polls);
        }
        EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 10000), TMLRT_OK);
        for (int i = 0; i < NUM; i++) {
            test_slot_wake(&slots[i]);
            EXPECT(tmlrt_task_is_finished(tasks[i]));
            int64_t out;
            tmlrt_status status = tmlrt_task_join(tasks[i], &out);
            EXPECT(status == TMLRT_OK || status == TMLRT_E_CANCELLED);
            EXPECT_EQ(read32(&probes[i].drops), status == TMLRT_E_CANCELLED);
        }
        tmlrt_runtime_free(runtime);
    }
}
