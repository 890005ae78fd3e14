// SPDX-License-Identifier: Apache-2.0
// Who looks into a reactor while its owner is busy, and whose task runs where then. Where new
// connections go: rt/net/test_tcp_spread.
#include "rt/exec/drivers.h"

#include <tmlrt/log.h>
#include <tmlrt/task.h>

#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/os/clock.h"
#include "rt/os/pipe.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <sched.h>

/// A task that reads one byte of a pipe, and one that keeps the lender, worker 0, until then.
typedef struct scene {
    tmlrt_runtime* runtime;
    trt_handle pipe[2]; ///< from, to
    trt_reactor* reactor;
    trt_io_slot* slot;
    trt_atomic_u32 waits, holds;
    trt_atomic_u32 read_on; ///< index + 1 of the worker that the reader ran on
    test_step hold;         ///< of the holder; NULL: step_hold
    tmlrt_task *reader, *holder;
} scene;

static void await(trt_atomic_u32* flag) {
    while (trt_atomic_load(flag, TRT_ACQUIRE_ORDER) == 0) {
        sched_yield();
    }
}

static tmlrt_poll step_read(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    uint32_t tick;
    char byte;
    size_t len;
    if (s->slot == NULL) {
        s->reactor = self->left == 0 ? trt_reactor_to_share() : trt_current_reactor();
        EXPECT_EQ(trt_reactor_register(s->reactor, s->pipe[0], &s->slot), TMLRT_OK);
    }
    while (trt_io_poll_ready(s->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        tmlrt_status status = trt_pipe_read(s->pipe[0], &byte, 1, &len);
        if (status == TMLRT_OK) {
            trt_reactor_deregister(s->reactor, s->slot);
            trt_atomic_store(&s->read_on, trt_current_worker()->index + 1, TRT_RELEASE_ORDER);
            return test_step_ready(self, cx, out);
        }
        EXPECT_EQ(status, TMLRT_E_AGAIN);
        trt_io_clear_ready(s->slot, TRT_DIR_READ, tick);
    }
    trt_atomic_store(&s->waits, 1, TRT_RELEASE_ORDER);
    return TMLRT_PENDING;
}

// `left` 0: until the reader has read; else until it is queued for this worker.
static tmlrt_poll step_hold(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    trt_atomic_store(&s->holds, 1, TRT_RELEASE_ORDER);
    if (self->left == 0) {
        await(&s->read_on);
    }
    while (self->left != 0 && trt_inbox_empty(&trt_current_worker()->inbox)) {
        sched_yield();
    }
    return test_step_ready(self, cx, out);
}

static tmlrt_task* spawn_on(scene* s, uint32_t home, test_step step, int64_t left) {
    static test_probe s_probe;
    test_future frame = {.step = step, .probe = &s_probe, .user = s, .left = left};
    return trt_spawn_on(s->runtime, home, &test_plain_desc, &frame, sizeof(frame));
}

// The reader waits, and worker 0 is held.
static void begin(scene* s, uint32_t watchdog_ms, bool at_home) {
    const tmlrt_runtime_options options = {.workers = 2, .watchdog_ms = watchdog_ms};
    tmlrt_log_set_level(TMLRT_LOG_ERROR); // that a poll is long is not news
    REQUIRE(tmlrt_runtime_new(&s->runtime, &options) == TMLRT_OK);
    REQUIRE(trt_pipe_open(&s->pipe[0], &s->pipe[1]) == TMLRT_OK);
    s->reader = spawn_on(s, at_home ? 0 : TRT_HOME_NONE, step_read, at_home);
    await(&s->waits);
    s->holder = spawn_on(s, 0, s->hold != NULL ? s->hold : step_hold, at_home);
    await(&s->holds);
}

static void write_byte(scene* s) {
    const tmlrt_slice byte = {"x", 1};
    size_t len = 0;
    EXPECT_EQ(trt_pipe_writev(s->pipe[1], &byte, 1, &len), TMLRT_OK);
}

static void join(tmlrt_task* task) {
    int64_t out;
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_OK);
}

// Has worker 1, which sleeps or is about to, look for tasks until one has been read.
static void nudge_until(scene* s, bool (*done)(scene* s)) {
    while (!done(s)) {
        join(spawn_on(s, TRT_HOME_NONE, test_step_ready, 0));
    }
}

static void end(scene* s) {
    join(s->holder);
    join(s->reader);
    trt_handle_close(s->pipe[0]);
    trt_handle_close(s->pipe[1]);
    tmlrt_runtime_free(s->runtime);
    tmlrt_log_set_level(TMLRT_LOG_WARN);
}

static bool has_read(scene* s) {
    return trt_atomic_load(&s->read_on, TRT_ACQUIRE_ORDER) != 0;
}

TEST(drivers_help__lender_is_busy__who_is_awake_runs_what_its_reactor_wakes) {
    scene s = {0};
    begin(&s, TMLRT_WATCHDOG_OFF, false);
    write_byte(&s);
    EXPECT(s.reactor == s.runtime->workers[0].reactor);
    EXPECT(trt_drivers_lends(&s.runtime->workers[0]));
    EXPECT(!trt_drivers_lends(&s.runtime->workers[1]));
    nudge_until(&s, has_read);
    EXPECT_EQ(trt_atomic_load(&s.read_on, TRT_RELAXED), 2);
    end(&s);
}

TEST(drivers_help__lender_is_held_and_all_others_sleep__the_watchdog_has_one_look) {
    scene s = {0};
    begin(&s, TRT_WATCHDOG_LEAST_MS, false);
    write_byte(&s);
    await(&s.read_on);
    EXPECT_EQ(trt_atomic_load(&s.read_on, TRT_RELAXED), 2);
    end(&s);
}

static bool is_queued_at_home(scene* s) {
    return !trt_inbox_empty(&s->runtime->workers[0].inbox) || has_read(s);
}

TEST(drivers_help__task_with_a_home_is_woken__it_runs_there) {
    scene s = {0};
    begin(&s, TMLRT_WATCHDOG_OFF, true);
    write_byte(&s);
    EXPECT(!trt_drivers_lends(&s.runtime->workers[0]));
    trt_atomic_store(&s.runtime->workers[0].lends, 1, TRT_RELAXED); // for another handle
    nudge_until(&s, is_queued_at_home);
    await(&s.read_on);
    EXPECT_EQ(trt_atomic_load(&s.read_on, TRT_RELAXED), 1);
    end(&s);
}

TEST(drivers_keep__after_something_was_lent__only_the_owner_turns) {
    scene s = {0};
    begin(&s, TMLRT_WATCHDOG_OFF, false);
    trt_drivers_keep(s.runtime);
    EXPECT(!trt_drivers_lends(&s.runtime->workers[0]));
    while (trt_atomic_load(&s.runtime->workers[1].figures.parked_since_ns, TRT_ACQUIRE_ORDER) ==
           0) {
        sched_yield(); // it may be helping
    }
    write_byte(&s);
    for (int i = 0; i < 50; i++) {
        join(spawn_on(&s, TRT_HOME_NONE, test_step_ready, 0));
    }
    EXPECT(!has_read(&s));
    trt_atomic_store(&s.read_on, 1, TRT_RELEASE_ORDER); // lets the holder go
    end(&s);
}

// ---- the beat -----------------------------------------------------------------------------------

static trt_atomic_u32 s_polls;

// Polls of a millisecond, until the reader has read.
static tmlrt_poll step_compute(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    uint64_t end_ns = trt_os_now_ns() + 1000000;
    while (trt_os_now_ns() < end_ns) {
    }
    trt_atomic_add(&s_polls, 1, TRT_RELEASE_ORDER);
    trt_atomic_store(&s->holds, 1, TRT_RELEASE_ORDER);
    if (trt_atomic_load(&s->read_on, TRT_ACQUIRE_ORDER) != 0) {
        return test_step_ready(self, cx, out);
    }
    cx->waker->vtable->wake_by_ref(cx->waker->data);
    return TMLRT_PENDING;
}

TEST(beat__long_polls_in_a_row__io_does_not_wait_for_sixty_of_them) {
    scene s = {0};
    s.hold = step_compute;
    begin(&s, TMLRT_WATCHDOG_OFF, true);
    while (trt_atomic_load(&s_polls, TRT_ACQUIRE_ORDER) < 2 * TRT_BEAT) { // it knows by then
        sched_yield();
    }
    write_byte(&s);
    uint32_t before = trt_atomic_load(&s_polls, TRT_ACQUIRE_ORDER);
    await(&s.read_on);
    EXPECT(trt_atomic_load(&s_polls, TRT_ACQUIRE_ORDER) - before < TRT_BEAT / 3);
    end(&s);
}
