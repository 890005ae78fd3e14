// SPDX-License-Identifier: Apache-2.0
// Local sets: on a plain thread, in runtimes of one and many workers; wakes, aborts and wakers of
// other threads; their end. E8: every poll and drop is on the set's thread.
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/group/local_set.h"
#include "rt/exec/runtime.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <signal.h>
#include <stdlib.h>

static uint32_t read32(trt_atomic_u32* word) {
    return trt_atomic_load(word, TRT_ACQUIRE_ORDER);
}

static tmlrt_task* spawn(tmlrt_local_set* set, test_step step, test_probe* probe, void* user,
                         int64_t left) {
    test_future frame = {.step = step, .probe = probe, .user = user, .left = left};
    return tmlrt_local_set_spawn(set, &test_plain_desc, &frame, sizeof(frame));
}

static tmlrt_status block_on(tmlrt_local_set* set, test_step step, void* user, int64_t left,
                             int64_t* out) {
    test_probe probe = {0};
    test_future frame = {.step = step, .probe = &probe, .user = user, .left = left};
    return tmlrt_local_set_block_on(set, &test_plain_desc, &frame, out);
}

static void wait_all(tmlrt_local_set* set) {
    test_leaf leaf;
    tmlrt_local_set_wait_init(&leaf, set);
    EXPECT_EQ(test_leaf_wait(&tmlrt_local_set_wait_desc, &leaf, NULL), TMLRT_OK);
    EXPECT_EQ(tmlrt_local_set_len(set), 0);
}

// Children first: they fork before this process has started threads.

static tmlrt_local_set* s_set;

static void free_elsewhere(void* arg) {
    tmlrt_local_set_free(arg);
}

static void free_on_another_thread(void) {
    trt_thread thread;
    s_set = tmlrt_local_set_new();
    (void)!trt_thread_start(&thread, "other", 0, free_elsewhere, s_set);
    trt_thread_join(&thread);
}

static tmlrt_poll step_free(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx, (void)out;
    tmlrt_local_set_free(self->user);
    return TMLRT_READY;
}

static void free_by_its_own_task(void) {
    static test_probe s_probe;
    s_set = tmlrt_local_set_new();
    tmlrt_task_detach(spawn(s_set, step_free, &s_probe, s_set, 0));
    wait_all(s_set);
}

TEST(local_set_free__where_its_tasks_cannot_be_dropped__ends_the_process_and_says_why) {
    char text[512];
    EXPECT_EQ(test_child(free_on_another_thread, text, sizeof(text)), 1000 + SIGABRT);
    EXPECT(strstr(text, "a local set is freed on another thread") != NULL);
    EXPECT_EQ(test_child(free_by_its_own_task, text, sizeof(text)), 1000 + SIGABRT);
    EXPECT(strstr(text, "a local set is freed by one of its own tasks") != NULL);
}

// ---- on a plain thread --------------------------------------------------------------------------

TEST(local_set__yielding_and_sleeping_tasks__run_until_all_have_ended) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    test_probe probe = {0};
    tmlrt_task* tasks[6];
    for (int i = 0; i < 6; i++) {
        tasks[i] = i % 2 == 0 ? spawn(set, test_step_yield, &probe, NULL, 100ll * i)
                              : spawn(set, test_step_sleep, &probe, NULL, 500000ll * i);
    }
    EXPECT_EQ(tmlrt_local_set_len(set), 6);
    wait_all(set);
    for (int i = 0; i < 6; i++) {
        int64_t out = 0;
        EXPECT_EQ(tmlrt_task_join(tasks[i], &out), TMLRT_OK);
        EXPECT_EQ(out, i % 2 == 0 ? 1 : 7);
    }
    EXPECT_EQ(read32(&probe.overlaps), 0);
    wait_all(set); // nothing to wait for
    tmlrt_local_set_free(set);
    tmlrt_local_set_free(NULL);
    trt_runtime_reset_default();
}

// Spawns children with spawn_local and awaits them; `user`: their probe.
static tmlrt_poll step_parent(test_future* self, tmlrt_context* cx, int64_t* out) {
    while (self->left > 0) {
        tmlrt_status status = TMLRT_OK;
        if (self->leaf_desc == NULL) {
            test_future child = {
                .step = test_step_yield, .probe = self->user, .left = self->left % 4};
            tmlrt_join_init(self->leaf, tmlrt_spawn_local(&test_plain_desc, &child, sizeof(child)),
                            out);
            self->leaf_desc = &tmlrt_join_desc;
        }
        if (tmlrt_join_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->leaf_desc = NULL;
        EXPECT_EQ(status, TMLRT_OK);
        self->left--;
    }
    *out = 5;
    return TMLRT_READY;
}

TEST(local_set_run__spawn_local_inside__a_task_of_the_set) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    test_probe probe = {0}, left = {0};
    int64_t out = 0;
    tmlrt_task* never = spawn(set, test_step_never, &left, NULL, 0);
    tmlrt_task* nested = spawn(set, step_parent, &left, &probe, 20);
    EXPECT_EQ(block_on(set, step_parent, &probe, 20, &out), TMLRT_OK);
    EXPECT_EQ(out, 5);
    EXPECT_EQ(block_on(set, test_step_yield, NULL, 2000, &out), TMLRT_OK);
    EXPECT_EQ(out, 1);
    EXPECT_EQ(tmlrt_task_join(nested, &out), TMLRT_OK);
    EXPECT_EQ(tmlrt_local_set_len(set), 1); // the one that waits stays, and starved nobody
    EXPECT(trt_tls_local_set == NULL);
    tmlrt_local_set_free(set);
    EXPECT_EQ(read32(&left.drops), 1);
    EXPECT_EQ(tmlrt_task_join(never, NULL), TMLRT_E_CANCELLED);
    EXPECT_EQ(read32(&probe.overlaps), 0);
}

// Two tasks that wake themselves for good do not keep the future, or each other, from running.
static tmlrt_poll step_forever(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)out;
    tmlrt_coop_yield(cx);
    return TMLRT_PENDING;
}

TEST(local_set_run__tasks_never_stop__future_and_tasks_take_turns) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    test_probe probes[2] = {0};
    for (int i = 0; i < 2; i++) {
        tmlrt_task_detach(spawn(set, step_forever, &probes[i], NULL, 0));
    }
    int64_t out = 0;
    EXPECT_EQ(block_on(set, test_step_yield, NULL, 50, &out), TMLRT_OK);
    uint32_t first = read32(&probes[0].polls), second = read32(&probes[1].polls);
    EXPECT(first >= 50 && first <= 50 * 61);
    EXPECT(first - second + 1 <= 2);
    tmlrt_local_set_free(set);
}

// ---- other threads ------------------------------------------------------------------------------

/// What tasks note of the threads they are on.
typedef struct bound {
    test_slot slot;
    uint64_t thread;
    trt_atomic_u32 elsewhere;
} bound;

static void note_thread(bound* self) {
    if (self->thread != trt_thread_id()) {
        trt_atomic_add(&self->elsewhere, 1, TRT_RELAXED);
    }
}

static tmlrt_poll step_bound(test_future* self, tmlrt_context* cx, int64_t* out) {
    bound* b = self->user;
    note_thread(b);
    return test_step_park(&(test_future){.user = &b->slot}, cx, out);
}

static void drop_bound(test_future* self) {
    note_thread(self->user);
}

enum { NUM_BOUND = 60 };

typedef struct other {
    bound* bounds;
    tmlrt_task** tasks;
    int first;
} other;

// Wakes, wakes late by a clone, or aborts every second one.
static void other_main(void* arg) {
    other* self = arg;
    for (int i = self->first; i < NUM_BOUND; i += 2) {
        test_slot* slot = &self->bounds[i].slot;
        if (i % 3 == 0) {
            tmlrt_task_abort(self->tasks[i]);
        }
        tmlrt_waker clone = test_slot_take(slot);
        test_slot_wake(slot);
        trt_waker_wake(&clone);
    }
}

static void spawn_bound(tmlrt_local_set* set, bound* bounds, tmlrt_task** tasks,
                        test_probe* probe) {
    for (int i = 0; i < NUM_BOUND; i++) {
        bounds[i] = (bound){.thread = trt_thread_id()};
        test_future frame = {
            .step = step_bound, .probe = probe, .user = &bounds[i], .on_drop = drop_bound};
        tasks[i] = tmlrt_local_set_spawn(set, &test_plain_desc, &frame, sizeof(frame));
    }
}

static void check_bound(bound* bounds, tmlrt_task** tasks, test_probe* probe) {
    uint32_t dropped = 0;
    for (int i = 0; i < NUM_BOUND; i++) {
        int64_t out;
        tmlrt_status status = tmlrt_task_join(tasks[i], &out);
        EXPECT(status == TMLRT_OK || status == TMLRT_E_CANCELLED);
        dropped += status == TMLRT_E_CANCELLED;
        EXPECT_EQ(read32(&bounds[i].elsewhere), 0);
        tmlrt_waker left = test_slot_take(&bounds[i].slot);
        trt_waker_wake(&left);
    }
    EXPECT_EQ(read32(&probe->drops), dropped);
    EXPECT_EQ(read32(&probe->overlaps), 0);
}

TEST(local_set__woken_and_aborted_by_other_threads__polled_and_dropped_on_its_own) {
    for (int round = 0; round < 30; round++) {
        tmlrt_local_set* set = tmlrt_local_set_new();
        static bound s_bounds[NUM_BOUND];
        tmlrt_task* tasks[NUM_BOUND];
        test_probe probe = {0};
        spawn_bound(set, s_bounds, tasks, &probe);
        trt_thread threads[2];
        other others[2] = {{s_bounds, tasks, 0}, {s_bounds, tasks, 1}};
        for (int i = 0; i < 2; i++) {
            EXPECT_EQ(trt_thread_start(&threads[i], "other", 0, other_main, &others[i]), TMLRT_OK);
        }
        if (round % 2 == 0) {
            wait_all(set);
        } else { // freed in the middle of it
            int64_t out;
            EXPECT_EQ(block_on(set, test_step_yield, NULL, round, &out), TMLRT_OK);
            tmlrt_local_set_free(set);
        }
        for (int i = 0; i < 2; i++) {
            trt_thread_join(&threads[i]);
        }
        check_bound(s_bounds, tasks, &probe);
        if (round % 2 == 0) {
            tmlrt_local_set_free(set);
        }
    }
}

TEST(local_set_free__tasks_in_every_state__each_dropped_once_and_wakers_outlive_it) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    test_probe probe = {0};
    test_slot slot = {0};
    int64_t out;
    tmlrt_task* waiting = spawn(set, test_step_park, &probe, &slot, 0);
    tmlrt_task* aborted = spawn(set, test_step_never, &probe, NULL, 0);
    EXPECT_EQ(block_on(set, test_step_yield, NULL, 2, &out), TMLRT_OK);
    tmlrt_task_abort(aborted);
    tmlrt_task* fresh = spawn(set, test_step_never, &probe, NULL, 0);
    tmlrt_local_set_free(set);
    EXPECT_EQ(read32(&probe.drops), 3);
    test_slot_wake(&slot); // E9
    EXPECT_EQ(tmlrt_task_join(waiting, &out), TMLRT_E_CANCELLED);
    EXPECT_EQ(tmlrt_task_join(aborted, &out), TMLRT_E_CANCELLED);
    EXPECT_EQ(tmlrt_task_join(fresh, &out), TMLRT_E_CANCELLED);
}

// A destructor that spawns, wakes and aborts while the set is freed.
static tmlrt_task* s_refused;

static void drop_loud(test_future* self) {
    static test_probe s_probe;
    test_future child = {.step = test_step_ready, .probe = &s_probe};
    s_refused = tmlrt_spawn_local(&test_plain_desc, &child, sizeof(child));
    test_slot_wake(self->user);
}

TEST(local_set_free__destructor_spawns_and_wakes__refused_and_dropped) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    test_probe probe = {0};
    test_slot slot = {0};
    int64_t out;
    test_future frame = {
        .step = test_step_never, .probe = &probe, .user = &slot, .on_drop = drop_loud};
    tmlrt_task_detach(tmlrt_local_set_spawn(set, &test_plain_desc, &frame, sizeof(frame)));
    tmlrt_task_detach(spawn(set, test_step_park, &probe, &slot, 0));
    EXPECT_EQ(block_on(set, test_step_yield, NULL, 2, &out), TMLRT_OK);
    tmlrt_local_set_free(set);
    EXPECT_EQ(read32(&probe.drops), 2);
    EXPECT_EQ(tmlrt_task_join(s_refused, &out), TMLRT_E_SHUTDOWN);
}

static void spawn_elsewhere(void* arg) {
    test_probe probe = {0};
    tmlrt_task* task = spawn(arg, test_step_ready, &probe, NULL, 0);
    EXPECT_EQ(read32(&probe.drops), 1);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_INVAL);
}

TEST(local_set_spawn__on_another_thread__inval_and_arguments_dropped) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    trt_thread thread;
    REQUIRE(trt_thread_start(&thread, "other", 0, spawn_elsewhere, set) == TMLRT_OK);
    trt_thread_join(&thread);
    EXPECT_EQ(tmlrt_local_set_len(set), 0);
    tmlrt_local_set_free(set);
}

TEST(local_set__each_allocation_fails__no_memory_and_nothing_left) {
    test_probe probe = {0};
    test_allocator_fail_at(1);
    EXPECT(tmlrt_local_set_new() == NULL);
    test_allocator_fail_at(0);
    tmlrt_local_set* set = tmlrt_local_set_new();
    test_allocator_fail_at(1);
    tmlrt_task* task = spawn(set, test_step_ready, &probe, NULL, 0);
    test_allocator_fail_at(0);
    EXPECT_EQ(tmlrt_task_join(task, NULL), TMLRT_E_NOMEM);
    EXPECT_EQ(read32(&probe.drops), 1);
    wait_all(set);
    tmlrt_local_set_free(set);
}

// ---- in a runtime -------------------------------------------------------------------------------

/// A task that makes a set, runs it until `until` is READY, and frees it when it ends or is
/// dropped.
typedef struct owner {
    test_future inner;
    tmlrt_local_set* set;
    test_step until;
    int64_t out;
    tmlrt_task* child;
    test_probe probe, children;
    bound bound;
} owner;

static void free_set(test_future* self) {
    owner* o = self->user;
    tmlrt_local_set_free(o->set);
}

static tmlrt_poll step_owner(test_future* self, tmlrt_context* cx, int64_t* out) {
    owner* o = self->user;
    if (o->set == NULL) {
        o->set = tmlrt_local_set_new();
        o->bound.thread = trt_thread_id();
        test_future child = {
            .step = step_bound, .probe = &o->children, .user = &o->bound, .on_drop = drop_bound};
        o->child = tmlrt_local_set_spawn(o->set, &test_plain_desc, &child, sizeof(child));
        o->inner =
            (test_future){.step = o->until, .probe = &o->probe, .user = &o->children, .left = 30};
        tmlrt_local_set_run_init(self->leaf, o->set, &o->inner, &test_plain_desc, &o->out);
        self->leaf_desc = &tmlrt_local_set_run_desc;
    }
    if (tmlrt_local_set_run_desc.poll(self->leaf, cx, NULL) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    free_set(self);
    *out = o->out;
    return TMLRT_READY;
}

static tmlrt_runtime* make(uint32_t workers) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {
        .workers = workers, .max_blocking_threads = 1, .flags = TMLRT_RUNTIME_BACKGROUND};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

static tmlrt_task* spawn_owner(tmlrt_runtime* runtime, uint32_t home, owner* o, test_probe* probe) {
    test_future frame = {.step = step_owner, .probe = probe, .user = o, .on_drop = free_set};
    return trt_spawn_on(runtime, home, &test_plain_desc, &frame, sizeof(frame));
}

TEST(local_set__in_tasks_bound_to_workers__run_beside_each_other) {
    for (uint32_t workers = 1; workers <= 8; workers += 7) {
        enum { NUM = 16 };
        tmlrt_runtime* runtime = make(workers);
        static owner s_owners[NUM];
        tmlrt_task* tasks[NUM];
        test_probe probe = {0};
        for (uint32_t i = 0; i < NUM; i++) {
            s_owners[i] = (owner){.until = i % 2 == 0 ? step_parent : test_step_yield};
            tasks[i] = spawn_owner(runtime, i % workers, &s_owners[i], &probe);
        }
        for (int i = 0; i < NUM; i++) {
            int64_t out = 0;
            EXPECT_EQ(tmlrt_task_join(tasks[i], &out), TMLRT_OK);
            EXPECT_EQ(out, i % 2 == 0 ? 5 : 1);
            EXPECT_EQ(tmlrt_task_join(s_owners[i].child, &out), TMLRT_E_CANCELLED);
            EXPECT_EQ(read32(&s_owners[i].bound.elsewhere), 0);
            tmlrt_waker left = test_slot_take(&s_owners[i].bound.slot);
            trt_waker_drop(&left);
        }
        tmlrt_runtime_free(runtime);
    }
}

TEST(local_set__its_task_is_woken_from_outside__the_run_is_polled) {
    tmlrt_runtime* runtime = make(2);
    static owner s_owner;
    s_owner = (owner){.until = test_step_never};
    test_probe probe = {0};
    tmlrt_task* task = spawn_owner(runtime, 1, &s_owner, &probe);
    test_slot_wait_armed(&s_owner.bound.slot);
    test_slot_wake(&s_owner.bound.slot);
    int64_t out = 0;
    EXPECT_EQ(tmlrt_task_join(s_owner.child, &out), TMLRT_OK);
    EXPECT_EQ(out, 3);
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 10000), TMLRT_OK);
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_E_CANCELLED);
    EXPECT_EQ(read32(&s_owner.bound.elsewhere), 0);
    tmlrt_runtime_free(runtime);
}

TEST(local_set__its_runtime_is_shut_down__tasks_dropped_on_their_worker) {
    for (uint32_t workers = 1; workers <= 3; workers++) {
        tmlrt_runtime* runtime = make(workers);
        static owner s_owner;
        s_owner = (owner){.until = test_step_never};
        test_probe probe = {0};
        tmlrt_task* task = spawn_owner(runtime, workers - 1, &s_owner, &probe);
        test_slot_wait_armed(&s_owner.bound.slot);
        EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 10000), TMLRT_OK);
        EXPECT_EQ(read32(&s_owner.children.drops), 1);
        EXPECT_EQ(read32(&s_owner.bound.elsewhere), 0);
        int64_t out;
        EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_E_CANCELLED);
        EXPECT_EQ(tmlrt_task_join(s_owner.child, &out), TMLRT_E_CANCELLED);
        test_slot_wake(&s_owner.bound.slot);
        tmlrt_runtime_free(runtime);
    }
}

// ---- panics -------------------------------------------------------------------------------------

TEST(local_set__a_task_panics__its_handle_says_so_and_the_others_go_on) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    test_probe probe = {0};
    tmlrt_task* bad = spawn(set, test_step_panic, &probe, NULL, 0);
    tmlrt_task* good = spawn(set, test_step_yield, &probe, NULL, 5);
    int64_t out = 0;
    wait_all(set);
    EXPECT_EQ(tmlrt_task_join(bad, &out), TMLRT_E_PANIC);
    EXPECT_EQ(tmlrt_task_join(good, &out), TMLRT_OK);
    tmlrt_local_set_free(set);
}

// The owner's frame is not dropped after the panic of what it awaits: its set is left to the test.
typedef struct survivor {
    owner owner;
    bool was_left;
} survivor;

static tmlrt_poll step_after_panic(test_future* self, tmlrt_context* cx, int64_t* out) {
    survivor* s = self->user;
    (void)cx;
    s->was_left = trt_tls_local_set == NULL;
    tmlrt_local_set_free(s->owner.set); // nobody runs it any more
    *out = 0;
    return TMLRT_READY;
}

TEST(local_set_run__its_future_panics__the_set_is_left_and_can_be_freed) {
    tmlrt_runtime* runtime = make(1);
    static survivor s_survivor;
    s_survivor = (survivor){.owner = {.until = test_step_panic}};
    test_probe probe = {0};
    int64_t out;
    EXPECT_EQ(tmlrt_task_join(spawn_owner(runtime, 0, &s_survivor.owner, &probe), &out),
              TMLRT_E_PANIC);
    test_probe after = {0};
    test_future frame = {.step = step_after_panic, .probe = &after, .user = &s_survivor};
    EXPECT_EQ(
        tmlrt_task_join(trt_spawn_on(runtime, 0, &test_plain_desc, &frame, sizeof(frame)), &out),
        TMLRT_OK);
    EXPECT(s_survivor.was_left);
    EXPECT_EQ(tmlrt_task_join(s_survivor.owner.child, &out), TMLRT_E_CANCELLED);
    tmlrt_runtime_free(runtime);
}

// Awaits a run of the set at `user`.
static tmlrt_poll step_run_it(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        tmlrt_local_set_wait_init(self->leaf, self->user);
        self->leaf_desc = &tmlrt_local_set_wait_desc;
    }
    *out = 0;
    return tmlrt_local_set_wait_desc.poll(self->leaf, cx, NULL);
}

TEST(local_set_wait__on_another_thread_or_inside_of_itself__a_panic) {
    tmlrt_local_set* set = tmlrt_local_set_new();
    tmlrt_runtime* runtime = make(1);
    test_probe probe = {0};
    int64_t out;
    test_future frame = {.step = step_run_it, .probe = &probe, .user = set};
    tmlrt_task* task = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_E_PANIC);
    task = spawn(set, step_run_it, &probe, set, 0);
    wait_all(set);
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_E_PANIC);
    tmlrt_local_set_free(set);
    tmlrt_runtime_free(runtime);
}
