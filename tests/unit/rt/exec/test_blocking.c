// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/blocking.h"

#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/sanitize.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>
#include <sys/resource.h>

typedef struct gate {
    trt_atomic_u32 started, open, ran;
} gate;

static trt_blocking* make(uint32_t max_threads, uint32_t max_len, uint32_t keep_alive_ms) {
    const trt_blocking_config config = {
        .max_threads = max_threads, .max_len = max_len, .keep_alive_ms = keep_alive_ms};
    return trt_blocking_new(&config);
}

static void finish(trt_blocking* pool) {
    EXPECT_EQ(trt_blocking_shutdown(pool, NULL, UINT64_MAX), TMLRT_OK);
    trt_blocking_free(pool);
}

static void wait_a_moment(void) {
    trt_parker parker = {{0}};
    (void)trt_parker_park(&parker, 1000000);
}

static void wait_until(trt_atomic_u32* word, uint32_t value) {
    for (int i = 0; i < 20000 && trt_atomic_load(word, TRT_ACQUIRE_ORDER) < value; i++) {
        wait_a_moment();
    }
    EXPECT_EQ(trt_atomic_load(word, TRT_ACQUIRE_ORDER), value);
}

static void add_one(void* arg) {
    (*(uint64_t*)arg)++;
}

/// The argument of a job.
typedef struct gate_ref {
    gate* gate;
} gate_ref;

static void pass_gate(void* arg) {
    gate* self = ((const gate_ref*)arg)->gate;
    trt_atomic_add(&self->started, 1, TRT_ACQ_REL);
    while (trt_atomic_load(&self->open, TRT_ACQUIRE_ORDER) == 0) {
        wait_a_moment();
    }
    trt_atomic_add(&self->ran, 1, TRT_ACQ_REL);
}

static tmlrt_task* submit_gate(trt_blocking* pool, gate* self) {
    const gate_ref arg = {self};
    return trt_blocking_submit(pool, pass_gate, &arg, sizeof(arg));
}

// ---- no thread can be started -------------------------------------------------------------------

// Child first: it forks before this process has started threads. Its address space has no room for
// another stack, so the kernel refuses.
static void submit_without_room(void) {
    trt_blocking* pool = make(2, 100, 10000);
    struct rlimit before = {0};
    uint64_t value = 0;
    bool ok = pool != NULL && getrlimit(RLIMIT_AS, &before) == 0;
    struct rlimit none = before;
    none.rlim_cur = 1 << 20; // below what is mapped already
    ok = ok && setrlimit(RLIMIT_AS, &none) == 0;
    tmlrt_task* refused = trt_blocking_submit(pool, add_one, &value, sizeof(value));
    ok = ok && setrlimit(RLIMIT_AS, &before) == 0;
    ok = ok && tmlrt_task_join(refused, &value) == TMLRT_E_AGAIN && value == 0;
    tmlrt_task* later = trt_blocking_submit(pool, add_one, &value, sizeof(value));
    ok = ok && tmlrt_task_join(later, &value) == TMLRT_OK && value == 1;
    finish(pool);
    exit(ok ? 0 : 1);
}

TEST(blocking_submit__the_kernel_refuses_the_first_thread__again_and_a_later_job_runs) {
    if (TRT_SANITIZED) {
        test_skip("a sanitizer needs its address space");
        return;
    }
    char text[256];
    EXPECT_EQ(test_child(submit_without_room, text, sizeof(text)), 0);
    EXPECT_STR(text, "");
}

TEST(blocking_submit__a_second_thread_cannot_be_started__the_first_one_runs_the_job) {
    trt_blocking* pool = make(4, 100, 10000);
    gate g = {0};
    uint64_t value = 0;
    tmlrt_task* running = submit_gate(pool, &g);
    wait_until(&g.started, 1);
    test_allocator_fail_at(2); // the job's own is the first
    tmlrt_task* queued = trt_blocking_submit(pool, add_one, &value, sizeof(value));
    EXPECT(test_allocator_hit());
    test_allocator_fail_at(0);
    trt_blocking_stats stats;
    trt_blocking_get_stats(pool, &stats);
    EXPECT_EQ(stats.num_threads, 1);
    EXPECT_EQ(stats.num_queued, 1);
    trt_atomic_store(&g.open, 1, TRT_RELEASE_ORDER);
    EXPECT_EQ(tmlrt_task_join(queued, &value), TMLRT_OK);
    EXPECT_EQ(value, 1);
    EXPECT_EQ(tmlrt_task_join(running, &(gate_ref){NULL}), TMLRT_OK);
    finish(pool);
}

// ---- jobs ---------------------------------------------------------------------------------------

TEST(blocking__many_jobs__each_output_comes_back) {
    enum { NUM = 500 };
    trt_blocking* pool = make(4, 10000, 10000);
    tmlrt_task* tasks[NUM];
    for (uint64_t i = 0; i < NUM; i++) {
        tasks[i] = trt_blocking_submit(pool, add_one, &i, sizeof(i));
    }
    for (uint64_t i = 0; i < NUM; i++) {
        uint64_t out = 0;
        EXPECT_EQ(tmlrt_task_join(tasks[i], &out), TMLRT_OK);
        EXPECT_EQ(out, i + 1);
    }
    trt_blocking_stats stats;
    trt_blocking_get_stats(pool, &stats);
    EXPECT(stats.num_threads >= 1 && stats.num_threads <= 4);
    finish(pool);
}

TEST(blocking__idle_threads__end_after_keep_alive) {
    trt_blocking* pool = make(4, 100, 1);
    uint64_t value = 0;
    EXPECT_EQ(tmlrt_task_join(trt_blocking_submit(pool, add_one, &value, 8), &value), TMLRT_OK);
    trt_blocking_stats stats = {.num_threads = 1};
    for (int i = 0; i < 20000 && stats.num_threads != 0; i++) {
        wait_a_moment();
        trt_blocking_get_stats(pool, &stats);
    }
    EXPECT_EQ(stats.num_threads, 0);
    EXPECT_EQ(stats.num_idle, 0);
    EXPECT_EQ(tmlrt_task_join(trt_blocking_submit(pool, add_one, &value, 8), &value), TMLRT_OK);
    EXPECT_EQ(value, 2);
    finish(pool);
}

TEST(blocking_abort__queued_job__never_runs) {
    trt_blocking* pool = make(1, 100, 10000);
    gate first = {0}, second = {0};
    tmlrt_task* running = submit_gate(pool, &first);
    wait_until(&first.started, 1);
    tmlrt_task* queued = submit_gate(pool, &second);
    tmlrt_task_abort(queued);
    tmlrt_task_abort(running); // no effect: it runs to its end
    trt_atomic_store(&first.open, 1, TRT_RELEASE_ORDER);
    EXPECT_EQ(tmlrt_task_join(running, &(gate_ref){NULL}), TMLRT_OK);
    EXPECT_EQ(tmlrt_task_join(queued, NULL), TMLRT_E_CANCELLED);
    EXPECT_EQ(trt_atomic_load(&second.started, TRT_RELAXED), 0);
    finish(pool);
}

typedef struct submitter {
    trt_blocking* pool;
    gate* gate;
    trt_atomic_u32 done;
    tmlrt_task* task;
} submitter;

static void submit_and_tell(void* arg) {
    submitter* self = arg;
    self->task = submit_gate(self->pool, self->gate);
    trt_atomic_store(&self->done, 1, TRT_RELEASE_ORDER);
}

TEST(blocking_submit__queue_full__caller_waits_for_room) {
    trt_blocking* pool = make(1, 1, 10000);
    gate g = {0};
    tmlrt_task* running = submit_gate(pool, &g);
    wait_until(&g.started, 1);
    tmlrt_task* queued = submit_gate(pool, &g);
    submitter self = {.pool = pool, .gate = &g};
    trt_thread thread;
    EXPECT_EQ(trt_thread_start(&thread, "submitter", 0, submit_and_tell, &self), TMLRT_OK);
    for (int i = 0; i < 5; i++) {
        wait_a_moment();
        EXPECT_EQ(trt_atomic_load(&self.done, TRT_ACQUIRE_ORDER), 0);
    }
    trt_atomic_store(&g.open, 1, TRT_RELEASE_ORDER);
    trt_thread_join(&thread);
    EXPECT_EQ(tmlrt_task_join(running, &(gate_ref){NULL}), TMLRT_OK);
    EXPECT_EQ(tmlrt_task_join(queued, &(gate_ref){NULL}), TMLRT_OK);
    EXPECT_EQ(tmlrt_task_join(self.task, &(gate_ref){NULL}), TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&g.ran, TRT_RELAXED), 3);
    finish(pool);
}

typedef struct recursion {
    trt_blocking* pool;
    uint32_t left;
} recursion;

// A job that queues more than the bound from a pool thread: must not wait for itself.
static void submit_more(void* arg) {
    recursion self = *(recursion*)arg;
    for (uint32_t i = 0; i < self.left; i++) {
        const recursion next = {self.pool, 0};
        tmlrt_task_detach(trt_blocking_submit(self.pool, submit_more, &next, sizeof(next)));
    }
}

TEST(blocking_submit__from_a_pool_thread_with_a_full_queue__does_not_wait) {
    trt_blocking* pool = make(1, 1, 10000);
    const recursion first = {pool, 50};
    recursion out;
    EXPECT_EQ(tmlrt_task_join(trt_blocking_submit(pool, submit_more, &first, sizeof(first)), &out),
              TMLRT_OK);
    finish(pool);
}

TEST(blocking_shutdown__job_still_running__timed_out_and_pool_freed_by_its_thread) {
    trt_blocking* pool = make(1, 100, 10000);
    gate running = {0}, queued = {0};
    tmlrt_task* first = submit_gate(pool, &running);
    wait_until(&running.started, 1);
    tmlrt_task* second = submit_gate(pool, &queued);
    EXPECT_EQ(trt_blocking_shutdown(pool, NULL, 1000000), TMLRT_E_TIMEDOUT);
    EXPECT_EQ(tmlrt_task_join(second, NULL), TMLRT_E_SHUTDOWN);
    EXPECT_EQ(trt_atomic_load(&queued.started, TRT_RELAXED), 0);
    uint64_t value = 0;
    EXPECT_EQ(tmlrt_task_join(trt_blocking_submit(pool, add_one, &value, 8), &value),
              TMLRT_E_SHUTDOWN);
    trt_atomic_store(&running.open, 1, TRT_RELEASE_ORDER);
    EXPECT_EQ(tmlrt_task_join(first, &(gate_ref){NULL}), TMLRT_OK);
    finish(pool);
}

TEST(blocking__each_allocation_fails__nomem_or_a_job_that_ran) {
    for (uint64_t n = 1; n <= 4; n++) {
        test_allocator_fail_at(n);
        trt_blocking* pool = make(1, 100, 10000);
        uint64_t value = 0;
        if (pool != NULL) {
            tmlrt_task* task = trt_blocking_submit(pool, add_one, &value, sizeof(value));
            tmlrt_status status = tmlrt_task_join(task, &value);
            // AGAIN: the thread's start record could not be allocated, and there is no other.
            EXPECT(status == TMLRT_OK || status == TMLRT_E_NOMEM || status == TMLRT_E_AGAIN);
            EXPECT_EQ(value, status == TMLRT_OK);
            test_allocator_fail_at(0);
            finish(pool);
        }
        EXPECT(pool != NULL || n == 1);
        test_allocator_fail_at(0);
    }
}

// A future of the pool's: counts how often it was polled and dropped.
typedef struct counted {
    tmlrt_frame head;
    gate* polled;
    trt_atomic_u32* dropped;
} counted;

static tmlrt_poll counted_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)cx, (void)out;
    trt_atomic_add(&((counted*)frame)->polled->ran, 1, TRT_ACQ_REL);
    return TMLRT_READY;
}
static void counted_drop(void* frame) {
    trt_atomic_add(((counted*)frame)->dropped, 1, TRT_ACQ_REL);
}
static const tmlrt_future_desc s_counted = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = counted_poll,
    .drop = counted_drop,
    .frame_size = sizeof(counted),
    .frame_align = _Alignof(counted),
    .out_align = 1,
    .name = "counted",
    .num_states = 1,
};

TEST(blocking_submit_future__run_aborted_refused_or_no_memory__polled_or_dropped_once) {
    gate held = {0}, polled = {0};
    trt_atomic_u32 dropped = {0};
    trt_blocking* pool = make(1, 100, 10000);
    counted frame = {.polled = &polled, .dropped = &dropped};
    EXPECT_EQ(
        tmlrt_task_join(trt_blocking_submit_future(pool, &s_counted, &frame, sizeof(frame)), NULL),
        TMLRT_OK);
    EXPECT_EQ(trt_atomic_load(&polled.ran, TRT_ACQUIRE_ORDER), 1);
    tmlrt_task* holder = submit_gate(pool, &held);
    wait_until(&held.started, 1);
    tmlrt_task* queued = trt_blocking_submit_future(pool, &s_counted, &frame, sizeof(frame));
    tmlrt_task_abort(queued);
    trt_atomic_store(&held.open, 1, TRT_RELEASE_ORDER);
    EXPECT_EQ(tmlrt_task_join(queued, NULL), TMLRT_E_CANCELLED);
    EXPECT_EQ(trt_atomic_load(&dropped, TRT_ACQUIRE_ORDER), 1);
    EXPECT_EQ(tmlrt_task_join(holder, NULL), TMLRT_OK);
    test_allocator_fail_at(1);
    tmlrt_task* failed = trt_blocking_submit_future(pool, &s_counted, &frame, sizeof(frame));
    test_allocator_fail_at(0);
    EXPECT_EQ(tmlrt_task_join(failed, NULL), TMLRT_E_NOMEM);
    EXPECT_EQ(trt_atomic_load(&dropped, TRT_ACQUIRE_ORDER), 2);
    EXPECT_EQ(trt_blocking_shutdown(pool, NULL, UINT64_MAX), TMLRT_OK);
    failed = trt_blocking_submit_future(pool, &s_counted, &frame, sizeof(frame));
    EXPECT_EQ(tmlrt_task_join(failed, NULL), TMLRT_E_SHUTDOWN);
    EXPECT_EQ(trt_atomic_load(&dropped, TRT_ACQUIRE_ORDER), 3);
    EXPECT_EQ(trt_atomic_load(&polled.ran, TRT_ACQUIRE_ORDER), 1);
    trt_blocking_free(pool);
}
