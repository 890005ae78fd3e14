// SPDX-License-Identifier: Apache-2.0
// The rules of schedule.h on a runtime of two workers without threads: one thread drives one worker
// and then, where stealing is meant, the other. Every order below is determined.
#include "rt/exec/schedule.h"

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

static tmlrt_runtime* make(uint32_t workers) {
    trt_runtime_config config;
    const tmlrt_runtime_options options = {.workers = workers};
    tmlrt_runtime* runtime = NULL;
    EXPECT_EQ(trt_runtime_configure(&config, &options), TMLRT_OK);
    config.has_threads = false;
    EXPECT_EQ(trt_runtime_new(&runtime, &config), TMLRT_OK);
    return runtime;
}

// What every task of a case writes to: the order of polls, by the letter of the task.
typedef struct journal {
    char polls[4096];
    uint32_t num;
    uint32_t stolen; // polls on worker 1
    tmlrt_waker wakers[26];
    tmlrt_task* tasks[700];
} journal;

static journal s_journal;
static test_probe s_probe;

static void note(char letter) {
    journal* j = &s_journal;
    if (j->num < sizeof(j->polls)) {
        j->polls[j->num++] = letter;
    }
    j->stolen += trt_current_worker()->index;
}

static test_future letter(char name, test_step step, int64_t left) {
    return (test_future){
        .step = step, .probe = &s_probe, .user = (void*)(uintptr_t)name, .left = left};
}

static char name_of(const test_future* self) {
    return (char)(uintptr_t)self->user;
}

static tmlrt_poll step_once(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    note(name_of(self));
    *out = 0;
    return TMLRT_READY;
}

static tmlrt_poll step_yielding(test_future* self, tmlrt_context* cx, int64_t* out) {
    note(name_of(self));
    *out = 0;
    if (self->left-- == 0) {
        return TMLRT_READY;
    }
    trt_waker_wake_ref(cx->waker);
    return TMLRT_PENDING;
}

static tmlrt_task* spawn(tmlrt_runtime* runtime, const test_future* frame) {
    test_future copy = *frame;
    return tmlrt_runtime_spawn(runtime, &test_plain_desc, &copy, sizeof(copy));
}

// Drives worker `index` until `task` is over, then gives the handle up.
static void drive(tmlrt_runtime* runtime, uint32_t index, tmlrt_task* task) {
    trt_worker_run(&runtime->workers[index], task);
    tmlrt_task_detach(task);
}

static void begin(void) {
    s_journal = (journal){0};
}

// ---- the LIFO slot ------------------------------------------------------------------------------

// Two tasks that wake each other, `left` times in all.
static tmlrt_poll step_ping(test_future* self, tmlrt_context* cx, int64_t* out) {
    char me = name_of(self), other = me == 'p' ? 'q' : 'p';
    note(me);
    *out = 0;
    tmlrt_waker* mine = &s_journal.wakers[me - 'a'];
    trt_waker_drop(mine);
    bool last = self->left-- == 0;
    if (!last) {
        trt_waker_clone(cx->waker, mine);
    }
    trt_waker_wake(&s_journal.wakers[other - 'a']);
    return last ? TMLRT_READY : TMLRT_PENDING;
}

static tmlrt_poll step_spawn_pair(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    note(name_of(self));
    for (const char* name = "wxpq"; *name != 0; name++) {
        test_future child =
            *name < 'w' ? letter(*name, step_ping, 20) : letter(*name, step_once, 0);
        tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
    }
    *out = 0;
    return TMLRT_READY;
}

TEST(schedule__two_wake_each_other__others_wait_for_three_slot_runs_each) {
    begin();
    tmlrt_runtime* runtime = make(2);
    test_future main = letter('m', step_spawn_pair, 0);
    drive(runtime, 0, spawn(runtime, &main));
    test_future idle = letter('i', step_yielding, 100);
    drive(runtime, 0, spawn(runtime, &idle));
    // q was spawned last: it is in the slot. w, x and p were displaced in that order. q runs and
    // has nobody to wake yet; w, x, then p, whose partner comes next.
    EXPECT(strncmp(s_journal.polls, "mqwxpqpqp", 9) == 0);
    tmlrt_runtime_free(runtime);
    EXPECT_EQ(s_journal.stolen, 0);
}

static tmlrt_poll step_spawn_waiting(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    note(name_of(self));
    for (const char* name = "pqqw"; *name != 0; name++) {
        test_future child =
            *name < 'w' ? letter(*name, step_ping, 30) : letter(*name, step_yielding, 10);
        if (name[1] != name[0]) {
            tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
        }
    }
    *out = 0;
    return TMLRT_READY;
}

TEST(schedule__slot_never_empty__a_queued_task_waits_for_three) {
    begin();
    tmlrt_runtime* runtime = make(2);
    test_future main = letter('m', step_spawn_waiting, 0);
    drive(runtime, 0, spawn(runtime, &main));
    test_future idle = letter('i', step_yielding, 200);
    drive(runtime, 0, spawn(runtime, &idle));
    uint32_t row = 0, longest = 0, last_w = 0;
    for (uint32_t i = 0; i < s_journal.num; i++) {
        last_w = s_journal.polls[i] == 'w' ? i : last_w;
    }
    // From the second w on: before it p and q come out of the deque one after the other.
    for (uint32_t i = 7; i < last_w; i++) {
        row = s_journal.polls[i] == 'p' || s_journal.polls[i] == 'q' ? row + 1 : 0;
        longest = row > longest ? row : longest;
    }
    EXPECT(strncmp(s_journal.polls, "mwpqpqpw", 8) == 0);
    EXPECT_EQ(longest, TRT_LIFO_MAX + 1); // and one that was in the deque itself
    tmlrt_runtime_free(runtime);
}

// ---- overflow, stealing -------------------------------------------------------------------------

enum { NUM_CHILDREN = 600 };

static tmlrt_poll step_spawn_many(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx;
    for (int i = 0; i < NUM_CHILDREN; i++) {
        test_future child = letter('c', step_once, 0);
        s_journal.tasks[i] = tmlrt_spawn(&test_plain_desc, &child, sizeof(child));
    }
    *out = 0;
    return TMLRT_READY;
}

static uint32_t num_finished(void) {
    uint32_t num = 0;
    for (int i = 0; i < NUM_CHILDREN; i++) {
        num += tmlrt_task_is_finished(s_journal.tasks[i]) != 0;
    }
    return num;
}

static void detach_all(void) {
    for (int i = 0; i < NUM_CHILDREN; i++) {
        tmlrt_task_detach(s_journal.tasks[i]);
    }
}

TEST(schedule__more_than_a_deque__older_halves_go_to_the_injector) {
    begin();
    tmlrt_runtime* runtime = make(2);
    test_future main = letter('m', step_spawn_many, 0);
    drive(runtime, 0, spawn(runtime, &main));
    // One is in the slot. Each overflow takes half a deque and the one that did not fit.
    uint64_t injected = trt_atomic_load(&runtime->injector.len, TRT_RELAXED);
    uint64_t queued = trt_deque_len(&runtime->workers[0].deque);
    EXPECT_EQ(injected % (TRT_DEQUE_HALF + 1), 0);
    EXPECT_EQ(injected + queued + 1, NUM_CHILDREN);
    EXPECT(injected >= NUM_CHILDREN - 1 - TRT_DEQUE_CAP);
    test_future idle = letter('i', step_yielding, 5000);
    drive(runtime, 0, spawn(runtime, &idle));
    EXPECT_EQ(num_finished(), NUM_CHILDREN);
    detach_all();
    tmlrt_runtime_free(runtime);
}

TEST(schedule__other_worker_has_nothing__takes_half_of_the_deque) {
    begin();
    tmlrt_runtime* runtime = make(2);
    test_future main = letter('m', step_spawn_many, 0);
    drive(runtime, 0, spawn(runtime, &main));
    trt_runq rest = {NULL, NULL, 0}; // what overflowed is put aside
    uint64_t injected = trt_atomic_load(&runtime->injector.len, TRT_RELAXED);
    trt_inbox_take(&runtime->injector, &rest);
    uint64_t queued = trt_deque_len(&runtime->workers[0].deque), half = queued - queued / 2;
    trt_deque* deque = &runtime->workers[0].deque;
    uint64_t first = trt_atomic_load(&deque->head, TRT_RELAXED);
    tmlrt_task* oldest = trt_atomic_load(trt_deque_slot(deque, first), TRT_RELAXED);
    tmlrt_task* newest = trt_atomic_load(trt_deque_slot(deque, first + queued - 1), TRT_RELAXED);
    trt_worker_run(&runtime->workers[1], oldest); // it is the first that worker 1 gets hold of
    EXPECT_EQ(s_journal.stolen, 1);
    EXPECT_EQ(trt_deque_len(&runtime->workers[0].deque), queued - half);
    EXPECT_EQ(trt_deque_len(&runtime->workers[1].deque), half - 1);
    EXPECT(runtime->workers[0].lifo == s_journal.tasks[NUM_CHILDREN - 1]); // not stolen
    EXPECT_EQ(trt_atomic_load(&runtime->idle.num_searching, TRT_RELAXED), 0);
    trt_worker_run(&runtime->workers[1], newest);
    EXPECT_EQ(s_journal.stolen, queued);
    EXPECT_EQ(num_finished(), queued);
    trt_inbox_append(&runtime->injector, &rest, injected);
    test_future idle = letter('i', step_yielding, 5000);
    drive(runtime, 0, spawn(runtime, &idle));
    EXPECT_EQ(num_finished(), NUM_CHILDREN);
    detach_all();
    tmlrt_runtime_free(runtime);
}

// ---- fairness -----------------------------------------------------------------------------------

static uint32_t polls_until(char wanted) {
    for (uint32_t i = 0; i < s_journal.num; i++) {
        if (s_journal.polls[i] == wanted) {
            return i;
        }
    }
    return UINT32_MAX;
}

static tmlrt_poll step_busy(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx;
    for (int i = 0; i < 10; i++) {
        test_future child = letter('y', step_yielding, 200);
        tmlrt_task_detach(i % 2 == 0 ? tmlrt_spawn(&test_plain_desc, &child, sizeof(child))
                                     : tmlrt_spawn_local(&test_plain_desc, &child, sizeof(child)));
    }
    *out = 0;
    return TMLRT_READY;
}

static void check_injected(uint32_t workers) {
    begin();
    tmlrt_runtime* runtime = make(workers);
    test_future main = letter('m', step_busy, 0);
    drive(runtime, 0, spawn(runtime, &main));
    test_future injected = letter('f', step_once, 0);
    drive(runtime, 0, spawn(runtime, &injected)); // from this thread, that is from outside
    EXPECT(polls_until('f') <= TRT_GLANCE);
    test_future at_home = letter('h', step_once, 0);
    s_journal.num = 0;
    drive(runtime, 0, trt_spawn_on(runtime, 0, &test_plain_desc, &at_home, sizeof(at_home)));
    EXPECT(polls_until('h') <= TRT_GLANCE + 2 * 11); // the inbox is emptied on it, then F1
    tmlrt_runtime_free(runtime);
}

TEST(schedule__queued_from_outside_of_a_busy_worker__runs_within_a_glance) {
    check_injected(1);
    check_injected(2);
}

TEST(schedule__home_and_others_yield_on_one_worker__both_get_their_turns) {
    begin();
    tmlrt_runtime* runtime = make(2);
    test_future local = letter('l', step_yielding, 100), any = letter('a', step_yielding, 100);
    tmlrt_task* at_home = trt_spawn_on(runtime, 0, &test_plain_desc, &local, sizeof(local));
    tmlrt_task* task = spawn(runtime, &any);
    drive(runtime, 0, at_home);
    drive(runtime, 0, task);
    uint32_t num_local = 0, num_any = 0;
    for (uint32_t i = 0; i < s_journal.num; i++) {
        num_local += s_journal.polls[i] == 'l';
        num_any += s_journal.polls[i] == 'a';
        uint32_t ahead = num_local > num_any ? num_local - num_any : num_any - num_local;
        EXPECT(i < TRT_BEAT || num_local > 100 || num_any > 100 || ahead <= TRT_BEAT);
    }
    EXPECT_EQ(num_local, 101);
    EXPECT_EQ(num_any, 101);
    tmlrt_runtime_free(runtime);
}

// ---- what I/O and timers wake ------------------------------------------------------------------

static bool sleeper_is_told(tmlrt_runtime* runtime) {
    trt_worker* sleeper = &runtime->workers[1];
    uint64_t bits = trt_atomic_load(sleeper->idle_word, TRT_RELAXED);
    trt_atomic_store(sleeper->idle_word, sleeper->idle_bit, TRT_RELAXED);
    trt_atomic_store(&runtime->idle.num_searching, 0, TRT_RELAXED);
    return (bits & sleeper->idle_bit) == 0;
}

// Spawns three while events are collected, whose polls would take `poll_ns` each.
static bool told_of_three(trt_worker* me, uint64_t poll_ns) {
    me->pace.poll_ns = poll_ns;
    me->collects = true;
    for (int i = 0; i < 4; i++) { // one of them stays in the slot
        test_future child = letter('y', step_once, 0);
        tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
    }
    me->collects = false;
    EXPECT(!sleeper_is_told(me->core)); // whatever they take: not one by one
    trt_share(me);
    return sleeper_is_told(me->core);
}

static tmlrt_poll step_collect(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    trt_worker* me = trt_current_worker();
    (void)sleeper_is_told(me->core); // worker 1 sleeps, says the idle set
    bool is_long = (bool)self->left;
    *out = told_of_three(me, is_long ? TRT_SHARE_NS / 3 + 1 : TRT_SHARE_NS / 100);
    return TMLRT_READY;
}

static int64_t collect(bool is_long) {
    begin();
    tmlrt_runtime* runtime = make(2);
    test_future main = letter('m', step_collect, is_long);
    tmlrt_task* task = spawn(runtime, &main);
    int64_t told = -1;
    trt_worker_run(&runtime->workers[0], task);
    EXPECT_EQ(tmlrt_task_join(task, &told), TMLRT_OK);
    trt_atomic_store(runtime->workers[1].idle_word, 0, TRT_RELAXED);
    tmlrt_runtime_free(runtime);
    return told;
}

TEST(schedule__io_wakes_tasks_with_short_polls__nobody_else_is_woken_for_them) {
    EXPECT_EQ(collect(false), 0);
}

TEST(schedule__io_wakes_tasks_with_long_polls__a_sleeper_is_woken_once) {
    EXPECT_EQ(collect(true), 1);
}

TEST(pace__polls_get_longer_and_shorter__taken_up_at_once_down_slowly) {
    trt_pace pace = {.poll_ns = 100};
    trt_pace_begin(&pace, 1000, 10);
    trt_pace_note(&pace, 1000, 10); // no look: nothing is known
    EXPECT_EQ(pace.poll_ns, 100);
    trt_pace_note(&pace, 9000, 20);
    EXPECT_EQ(pace.poll_ns, 800);
    trt_pace_note(&pace, 9000, 120);
    EXPECT_EQ(pace.poll_ns, 600);
    trt_pace_note(&pace, 9600, 121);
    EXPECT_EQ(pace.poll_ns, 600);
}
