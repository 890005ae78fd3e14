// SPDX-License-Identifier: Apache-2.0
// Ending a runtime: the drain, what is aborted and told, what does not come back in time.
#include <tmlrt/log.h>
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/exec/block_on.h"
#include "rt/exec/runtime.h"
#include "rt/os/thread.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdio.h>

enum { HOUR_MS = 3600000 };
#define HOUR_NS 3600000000000ll

static tmlrt_runtime* make(uint32_t workers) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {
        .workers = workers, .max_blocking_threads = 1, .flags = TMLRT_RUNTIME_BACKGROUND};
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

static uint32_t read32(trt_atomic_u32* word) {
    return trt_atomic_load(word, TRT_ACQUIRE_ORDER);
}

static void pause_a_moment(void) {
    trt_parker parker = {{0}};
    (void)trt_parker_park(&parker, 1000000);
}

static void wait_for(trt_atomic_u32* word) {
    for (int i = 0; i < 20000 && read32(word) == 0; i++) {
        pause_a_moment();
    }
    EXPECT(read32(word) != 0);
}

// ---- what was logged ----------------------------------------------------------------------------

static char s_log[2048];

static void keep_log(void* arg, int32_t level, const char* module, const char* message) {
    (void)arg, (void)level, (void)module;
    size_t len = strlen(s_log);
    snprintf(s_log + len, sizeof(s_log) - len, "%s\n", message);
}

static void begin_log(void) {
    s_log[0] = 0;
    tmlrt_log_set(keep_log, NULL);
}

static void expect_log(const char* text) {
    tmlrt_log_set(NULL, NULL);
    if (strstr(s_log, text) == NULL) {
        test_fail(__FILE__, __LINE__, "\"%s\" is not in \"%s\"", text, s_log);
    }
}

// ---- the drain ----------------------------------------------------------------------------------

TEST(shutdown_within__some_end_in_the_drain__others_are_aborted_and_counted_by_kind) {
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    tmlrt_task* tasks[4];
    for (int i = 0; i < 4; i++) {
        tasks[i] =
            test_spawn_on(runtime, test_step_sleep, &probe, NULL, i == 0 ? 1000000 : 9 * HOUR_NS);
    }
    begin_log();
    tmlrt_shutdown_report report;
    EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, &report, HOUR_MS, 2ull * HOUR_MS), TMLRT_OK);
    expect_log("3 of `test` (?:1) had not ended in the time for it: aborted");
    EXPECT_EQ(report.tasks_aborted, 3);
    EXPECT_EQ(report.workers_stuck, 0);
    EXPECT_EQ(report.num_kinds, 1);
    EXPECT_STR(report.kinds[0].name, "test");
    EXPECT_EQ(report.kinds[0].num, 3);
    EXPECT_EQ(report.kinds[0].worker, TMLRT_NO_WORKER);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 3);
    for (int i = 0; i < 4; i++) {
        int64_t out = 0;
        EXPECT_EQ(tmlrt_task_join(tasks[i], &out), i == 0 ? TMLRT_OK : TMLRT_E_CANCELLED);
        EXPECT_EQ(out, i == 0 ? 7 : 0);
    }
    tmlrt_runtime_free(runtime);
}

TEST(shutdown_within__all_end_in_the_drain__nobody_aborted_and_no_time_wasted) {
    for (uint32_t workers = 1; workers <= 2; workers++) {
        tmlrt_runtime* runtime = make(workers);
        test_probe probe = {0};
        tmlrt_task* tasks[8];
        for (int i = 0; i < 8; i++) {
            tasks[i] = test_spawn_on(runtime, i % 2 == 0 ? test_step_sleep : test_step_yield,
                                     &probe, NULL, i % 2 == 0 ? 1000000ll * i : 50ll * i);
        }
        tmlrt_shutdown_report report;
        // Without a limit: it ends only because the workers leave when nothing is left.
        EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, &report, UINT32_MAX, UINT64_MAX),
                  TMLRT_OK);
        EXPECT_EQ(report.tasks_aborted, 0);
        EXPECT_EQ(report.num_kinds, 0);
        for (int i = 0; i < 8; i++) {
            int64_t out = 0;
            EXPECT_EQ(tmlrt_task_join(tasks[i], &out), TMLRT_OK);
        }
        tmlrt_runtime_free(runtime);
    }
}

// Spawns a child and a blocking job in every poll, until both were refused, or the job ran.
typedef struct late {
    trt_atomic_u32 begun, go, jobs;
} late;

typedef struct stuck {
    trt_atomic_u32 inside, open;
} stuck;

typedef struct job_arg {
    late* late;
    stuck* stuck;
} job_arg;

static void count_job(void* arg) {
    trt_atomic_add(&((const job_arg*)arg)->late->jobs, 1, TRT_ACQ_REL);
}

static tmlrt_poll step_late(test_future* self, tmlrt_context* cx, int64_t* out) {
    static test_probe s_child;
    late* l = self->user;
    trt_atomic_store(&l->begun, 1, TRT_RELEASE_ORDER);
    if (read32(&l->go) == 0) {
        test_future child = {.step = test_step_ready, .probe = &s_child};
        tmlrt_task* task = tmlrt_spawn(&test_plain_desc, &child, sizeof(child));
        bool refused = tmlrt_task_is_finished(task) && tmlrt_task_id(task) == UINT64_MAX;
        tmlrt_task_detach(task);
        trt_atomic_store(&l->go, refused, TRT_RELEASE_ORDER);
        tmlrt_coop_yield(cx);
        return TMLRT_PENDING;
    }
    if (self->leaf_desc == NULL) {
        const job_arg arg = {.late = l};
        tmlrt_join_init(self->leaf, tmlrt_spawn_blocking(count_job, &arg, sizeof(arg)), NULL);
        self->leaf_desc = &tmlrt_join_desc;
    }
    tmlrt_status status;
    if (tmlrt_join_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    *out = status;
    return TMLRT_READY;
}

TEST(shutdown_within__in_the_drain__tasks_are_refused_and_jobs_run) {
    for (uint32_t workers = 1; workers <= 2; workers++) {
        tmlrt_runtime* runtime = make(workers);
        late l = {0};
        test_probe probe = {0};
        tmlrt_task* task = test_spawn_on(runtime, step_late, &probe, &l, 0);
        wait_for(&l.begun);
        EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, NULL, UINT32_MAX, UINT64_MAX), TMLRT_OK);
        int64_t out = -1;
        EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_OK);
        EXPECT_EQ(out, TMLRT_OK);
        EXPECT_EQ(read32(&l.jobs), 1);
        tmlrt_runtime_free(runtime);
    }
}

// The driver of a current-thread runtime leaves with its main task; who ends it drains the rest.
static void drive_a_moment(void* arg) {
    test_probe probe = {0};
    test_future frame = {.step = test_step_yield, .probe = &probe, .left = 3};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(arg, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
}

TEST(shutdown_within__current_thread_that_nobody_drives__drained_by_the_caller) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1, .max_blocking_threads = 1};
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    test_probe probe = {0};
    tmlrt_task* task = test_spawn_on(runtime, test_step_sleep, &probe, NULL, 2000000);
    trt_thread thread;
    REQUIRE(trt_thread_start(&thread, "driver", 0, drive_a_moment, runtime) == TMLRT_OK);
    trt_thread_join(&thread);
    EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, NULL, UINT32_MAX, UINT64_MAX), TMLRT_OK);
    int64_t out = 0;
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_OK);
    EXPECT_EQ(out, 7);
    tmlrt_runtime_free(runtime);
}

// More kinds than a report has room for.
TEST(shutdown_within__more_kinds_than_room__the_rest_is_counted) {
    enum { NUM = TMLRT_SHUTDOWN_KINDS + 3 };
    static tmlrt_future_desc s_descs[NUM];
    static const uint32_t lines[] = {10, 20};
    test_clock clock;
    tmlrt_runtime* runtime = test_clock_runtime(&clock);
    test_probe probe = {0};
    for (uint32_t i = 0; i < NUM; i++) {
        test_future frame = {.step = test_step_never, .probe = &probe};
        s_descs[i] = test_plain_desc;
        s_descs[i].line = i;
        s_descs[i].state_lines = i == 1 ? lines : NULL; // it waits in its state 1
        tmlrt_task_detach(tmlrt_runtime_spawn(runtime, &s_descs[i], &frame, sizeof(frame)));
    }
    int64_t out;
    test_future frame = {.step = test_step_sleep, .probe = &probe, .left = 1000};
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    tmlrt_shutdown_report report;
    EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, &report, 0, 1000), TMLRT_OK);
    EXPECT_EQ(report.num_kinds, TMLRT_SHUTDOWN_KINDS);
    EXPECT_EQ(report.num_others, 3);
    EXPECT_EQ(report.tasks_aborted, NUM);
    EXPECT_EQ(report.kinds[0].line, 0);
    EXPECT_EQ(report.kinds[1].line, 20);
    tmlrt_runtime_free(runtime);
}

// ---- what does not come back --------------------------------------------------------------------

static void hold(stuck* self) {
    trt_atomic_store(&self->inside, 1, TRT_RELEASE_ORDER);
    while (read32(&self->open) == 0) {
        pause_a_moment();
    }
}

static tmlrt_poll step_stuck(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx, (void)out;
    hold(self->user);
    return TMLRT_PENDING;
}

static void drop_stuck(test_future* self) {
    hold(self->user);
}

// The runtime's memory is freed by the thread that was given up, when it is back.
static void expect_freed(uint64_t live) {
    for (int i = 0; i < 20000 && test_allocator_live() != live; i++) {
        pause_a_moment();
    }
    EXPECT_EQ(test_allocator_live(), live);
}

static void check_stuck(uint32_t workers, bool in_drop) {
    uint64_t live = test_allocator_live();
    tmlrt_runtime* runtime = make(workers);
    stuck s = {0};
    test_probe probe = {0}, others = {0};
    test_future frame = {.step = in_drop ? test_step_never : step_stuck,
                         .probe = &probe,
                         .user = &s,
                         .on_drop = in_drop ? drop_stuck : NULL};
    tmlrt_task* task = tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
    if (!in_drop) {
        wait_for(&s.inside);
    }
    tmlrt_task* home = NULL;
    test_future other = {.step = test_step_never, .probe = &others};
    home = trt_spawn_on(runtime, 0, &test_plain_desc, &other, sizeof(other));
    begin_log();
    tmlrt_shutdown_report report;
    EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, &report, 0, 5), TMLRT_E_TIMEDOUT);
    char text[96];
    uint64_t id = tmlrt_task_id(task);
    snprintf(text, sizeof(text), "not come back from a poll or drop of task %llu `test` (?:1)",
             (unsigned long long)id);
    expect_log(text);
    EXPECT(strstr(s_log, "worker tmlrt-") != NULL);
    EXPECT_EQ(report.workers_stuck, 1);
    EXPECT(report.num_kinds >= 1);
    EXPECT(report.kinds[report.num_kinds - 1].worker < workers);
    EXPECT_EQ(report.kinds[report.num_kinds - 1].task_id, id);
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 5), TMLRT_E_TIMEDOUT); // nothing more to do
    tmlrt_runtime_free(runtime);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), in_drop);
    trt_atomic_store(&s.open, 1, TRT_RELEASE_ORDER);
    int64_t out;
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_E_CANCELLED);
    EXPECT_EQ(tmlrt_task_join(home, &out), TMLRT_E_CANCELLED);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
    EXPECT_EQ(trt_atomic_load(&others.drops, TRT_RELAXED), 1);
    trt_block_on_forget();
    expect_freed(live);
}

TEST(shutdown__a_poll_does_not_return__worker_named_and_freed_when_it_does) {
    for (uint32_t workers = 1; workers <= 3; workers++) {
        check_stuck(workers, false);
    }
}

TEST(shutdown__a_destructor_does_not_return__worker_named_and_freed_when_it_does) {
    check_stuck(1, true);
    check_stuck(2, true);
}

// A task that a worker spawned is in no list in its first poll: it has a name only.
static tmlrt_poll step_spawn_stuck(test_future* self, tmlrt_context* cx, int64_t* out) {
    static test_probe s_child;
    (void)cx;
    s_child = (test_probe){0};
    test_future child = {.step = step_stuck, .probe = &s_child, .user = self->user};
    tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
    *out = 0;
    return TMLRT_READY;
}

TEST(shutdown__the_first_poll_of_a_workers_own_task_does_not_return__named_without_its_number) {
    uint64_t live = test_allocator_live();
    tmlrt_runtime* runtime = make(2);
    stuck s = {0};
    test_probe probe = {0};
    tmlrt_task_detach(test_spawn_on(runtime, step_spawn_stuck, &probe, &s, 0));
    wait_for(&s.inside);
    begin_log();
    tmlrt_shutdown_report report;
    EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, &report, 0, 5), TMLRT_E_TIMEDOUT);
    tmlrt_runtime_free(runtime);
    expect_log("not come back from a poll or drop of `test` (?:1)");
    EXPECT_EQ(report.kinds[report.num_kinds - 1].task_id, 0);
    trt_atomic_store(&s.open, 1, TRT_RELEASE_ORDER);
    expect_freed(live);
}

typedef struct driven {
    tmlrt_runtime* runtime;
    stuck stuck;
    test_probe probe;
} driven;

static void drive_stuck(void* arg) {
    driven* d = arg;
    test_future frame = {.step = step_stuck, .probe = &d->probe, .user = &d->stuck};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(d->runtime, &test_plain_desc, &frame, sizeof(frame), &out),
              TMLRT_E_CANCELLED);
}

TEST(shutdown__the_driver_is_in_a_poll__given_up_and_ends_the_runtime_later) {
    uint64_t live = test_allocator_live();
    driven d = {0};
    const tmlrt_runtime_options options = {.workers = 1, .max_blocking_threads = 1};
    REQUIRE(tmlrt_runtime_new(&d.runtime, &options) == TMLRT_OK);
    trt_thread thread;
    REQUIRE(trt_thread_start(&thread, "driver", 0, drive_stuck, &d) == TMLRT_OK);
    wait_for(&d.stuck.inside);
    begin_log();
    tmlrt_shutdown_report report;
    EXPECT_EQ(tmlrt_runtime_shutdown_within(d.runtime, &report, 1, 5), TMLRT_E_TIMEDOUT);
    expect_log("the thread that drives the runtime has not come back");
    EXPECT_EQ(report.workers_stuck, 1);
    tmlrt_runtime_free(d.runtime);
    trt_atomic_store(&d.stuck.open, 1, TRT_RELEASE_ORDER);
    trt_thread_join(&thread);
    EXPECT_EQ(trt_atomic_load(&d.probe.drops, TRT_RELAXED), 1);
    expect_freed(live);
}

static void job_stuck(void* arg) {
    hold(((const job_arg*)arg)->stuck);
}

TEST(shutdown__jobs_run_and_wait__counted_and_told) {
    tmlrt_runtime* runtime = make(1);
    stuck s = {0};
    job_arg arg = {.stuck = &s};
    tmlrt_task* running = trt_blocking_submit(runtime->blocking, job_stuck, &arg, sizeof(arg));
    wait_for(&s.inside);
    tmlrt_task* queued[3];
    for (int i = 0; i < 3; i++) {
        queued[i] = trt_blocking_submit(runtime->blocking, job_stuck, &arg, sizeof(arg));
    }
    begin_log();
    tmlrt_shutdown_report report;
    EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, &report, 0, 5), TMLRT_E_TIMEDOUT);
    expect_log("1 blocking jobs still run");
    EXPECT_EQ(report.jobs_running, 1);
    EXPECT_EQ(report.jobs_refused, 3);
    EXPECT_EQ(report.workers_stuck, 0);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(tmlrt_task_join(queued[i], NULL), TMLRT_E_SHUTDOWN);
    }
    trt_atomic_store(&s.open, 1, TRT_RELEASE_ORDER);
    EXPECT_EQ(tmlrt_task_join(running, &arg), TMLRT_OK);
    tmlrt_runtime_free(runtime);
}

static void count_call(void* user) {
    trt_atomic_add((trt_atomic_u32*)user, 1, TRT_ACQ_REL);
}

TEST(shutdown__threads_are_given_up__their_hooks_are_not_called_any_more) {
    uint64_t live = test_allocator_live();
    trt_atomic_u32 calls = {0};
    const tmlrt_runtime_options options = {
        .workers = 2,
        .max_blocking_threads = 1,
        .hooks = {NULL, count_call, count_call, count_call, &calls},
    };
    tmlrt_runtime* runtime = NULL;
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    stuck in_task = {0}, in_job = {0};
    test_probe probe = {0};
    job_arg arg = {.stuck = &in_job};
    tmlrt_task* task = test_spawn_on(runtime, step_stuck, &probe, &in_task, 0);
    tmlrt_task* job = trt_blocking_submit(runtime->blocking, job_stuck, &arg, sizeof(arg));
    wait_for(&in_task.inside);
    wait_for(&in_job.inside);
    begin_log();
    EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 5), TMLRT_E_TIMEDOUT);
    tmlrt_runtime_free(runtime);
    expect_log("it is given up");
    uint32_t before = read32(&calls);
    EXPECT(before >= 1); // the other worker's
    trt_atomic_store(&in_task.open, 1, TRT_RELEASE_ORDER);
    trt_atomic_store(&in_job.open, 1, TRT_RELEASE_ORDER);
    int64_t out;
    EXPECT_EQ(tmlrt_task_join(task, &out), TMLRT_E_CANCELLED);
    EXPECT_EQ(tmlrt_task_join(job, NULL), TMLRT_OK);
    trt_block_on_forget();
    expect_freed(live);
    EXPECT_EQ(read32(&calls), before);
}

TEST(shutdown_within__nothing_to_do__no_time_needed) {
    for (uint32_t workers = 1; workers <= 3; workers++) {
        tmlrt_runtime* runtime = make(workers);
        tmlrt_shutdown_report report;
        // Idle workers are in no poll: they are waited for although there is no time.
        EXPECT_EQ(tmlrt_runtime_shutdown_within(runtime, &report, 0, 0), TMLRT_OK);
        EXPECT_EQ(report.workers_stuck + report.tasks_aborted + report.num_kinds, 0);
        tmlrt_runtime_free(runtime);
    }
}
