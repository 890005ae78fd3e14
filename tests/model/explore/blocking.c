// SPDX-License-Identifier: Apache-2.0
// The blocking pool (rt/exec/blocking.c with the real tasks and queues): S2, a queued job runs or
// is dropped, once; a shutdown beside submits ends, and nobody waits for ever.
#include "rt/exec/blocking.h"

#include "rt/exec/handle.h"
#include "rt/exec/observe/running.h"
#include "rt/os/clock.h"
#include "rt/os/overflow.h"
#include "tests/model/explore/rig.h"

#include <tmlrt/task.h>

static trt_blocking* s_pool;
enum { NUM_JOBS = 3 };
static trt_atomic_u32 s_runs[NUM_JOBS];
static trt_atomic_u32 s_down; ///< a shutdown has returned
static bool s_may_start;

uint64_t trt_os_now_ns(void) {
    return 1;
}
tmlrt_status trt_thread_start(trt_thread* out, const char* name, size_t stack_len,
                              void (*fn)(void*), void* arg) {
    (void)out, (void)name, (void)stack_len;
    return s_may_start && model_start(fn, arg) ? TMLRT_OK : TMLRT_E_AGAIN;
}
void trt_thread_detach(trt_thread* thread) {
    (void)thread;
}
void trt_overflow_watch(size_t (*tell)(char* out, size_t cap)) {
    (void)tell;
}
size_t trt_tell_running(char* out, size_t cap) {
    (void)out, (void)cap;
    return 0;
}

static void begin(uint32_t max_threads, uint32_t max_len) {
    rig_reset();
    const trt_blocking_config config = {
        .max_threads = max_threads, .max_len = max_len, .keep_alive_ms = 10};
    s_pool = trt_blocking_new(&config);
    s_may_start = true;
    trt_atomic_init(&s_down, 0);
    for (unsigned i = 0; i < NUM_JOBS; i++) {
        trt_atomic_init(&s_runs[i], 0);
    }
    model_name(s_pool, 64, "pool");
}
static void setup(void) {
    begin(1, 8);
}
static void setup_timeouts(void) {
    begin(1, 8);
    model_may_time_out(true);
}
static void setup_full(void) {
    begin(1, 1);
}
static void setup_no_thread(void) {
    begin(1, 8);
    s_may_start = false;
}

static void work(void* arg) {
    MODEL_CHECK(trt_atomic_load(&s_down, TRT_RELAXED) == 0 && "S2: no job after the shutdown");
    trt_atomic_add(&s_runs[*(unsigned*)arg], 1, TRT_RELAXED);
}
static tmlrt_task* submit(unsigned number) {
    return trt_blocking_submit(s_pool, work, &number, sizeof(number));
}
// Submits and joins: READY comes in any case; OK exactly when the job ran.
static void submit_and_join(unsigned number) {
    rig_waker woken = {0, 0};
    tmlrt_waker waker = rig_waker_of(&woken);
    tmlrt_task* task = submit(number);
    while (trt_handle_poll(task, &waker) == TMLRT_PENDING) {
        rig_wait(&woken);
    }
    tmlrt_status status = trt_handle_take(task, NULL);
    uint32_t runs = trt_atomic_load(&s_runs[number], TRT_RELAXED);
    MODEL_CHECK(status == TMLRT_OK ? runs == 1 : runs == 0 && "S2: run or refused");
}
static void submit_0(void) {
    submit_and_join(0);
}
static void submit_1(void) {
    submit_and_join(1);
}
static void submit_two(void) {
    tmlrt_task_detach(submit(0));
    tmlrt_task_detach(submit(1));
}
static void shutdown(void) {
    MODEL_CHECK(trt_blocking_shutdown(s_pool, NULL, UINT64_MAX) == TMLRT_OK);
    trt_atomic_store(&s_down, 1, TRT_RELAXED);
}
static void submit_and_shutdown(void) {
    tmlrt_task_detach(submit(2));
    shutdown();
}
static void finish(void) {
    trt_blocking_stats stats;
    shutdown();
    trt_blocking_get_stats(s_pool, &stats);
    MODEL_CHECK(stats.num_threads == 0 && stats.num_queued == 0);
    trt_blocking_free(s_pool);
    for (unsigned i = 0; i < NUM_JOBS; i++) {
        MODEL_CHECK(trt_atomic_load(&s_runs[i], TRT_RELAXED) <= 1 && "S2: once");
    }
}

static const model_case s_cases[] = {
    {"submit_shutdown", "S2", setup, {submit_0, shutdown}, finish, 0, false},
    {"two_submits", "S2", setup_timeouts, {submit_0, submit_and_shutdown}, finish, 0, false},
    {"keep_alive", "S2", setup_timeouts, {submit_two, shutdown}, finish, 0, false},
    {"full", "S2", setup_full, {submit_two, submit_and_shutdown}, finish, 0, false},
    {"no_thread", "S2", setup_no_thread, {submit_0, submit_1, shutdown}, finish, 0, false},
};
MODEL_STRUCTURE("blocking", s_cases);
