// SPDX-License-Identifier: Apache-2.0
// From a wake to the run: `wake ROW COUNT`. A plain thread notifies a waiting task and sees it run;
// prints the median in ns.
//   wake_busy     until the task runs; the worker is busy with one that yields, the thread spins
//   wake_parked   until the thread is back: the worker is parked, the thread parks until the task
//                 unparks it
//   futex         the floor of wake_parked: two plain threads that park and unpark each other
#include "async.h"

#include "rt/os/thread.h"

static trt_atomic_u64 s_seen;   ///< rounds that the task has run
static trt_atomic_u64 s_ran_ns; ///< when it ran last, where it is busy
static trt_atomic_u32 s_stop;
static trt_parker s_main, s_other;

typedef struct busy {
    tmlrt_frame head;
    LEAF;
} busy;

static tmlrt_poll busy_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    busy* self = frame;
    BEGIN(self);
    while (trt_atomic_load(&s_stop, TRT_RELAXED) == 0) {
        tmlrt_yield_init(self->leaf);
        AWAIT(self, tmlrt_yield_desc, NULL);
    }
    END(self);
}
FUTURE(busy, uint64_t)

typedef struct waiter {
    tmlrt_frame head;
    tmlrt_notify* notify;
    uint64_t n;
    bool is_busy;
    uint64_t i;
    LEAF;
} waiter;

static tmlrt_poll waiter_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    waiter* self = frame;
    BEGIN(self);
    if (self->is_busy) {
        tmlrt_task_detach(SPAWN(busy, .head = {0}));
    }
    for (self->i = 1; self->i <= self->n; self->i++) {
        tmlrt_notify_notified_init(self->leaf, self->notify);
        AWAIT(self, tmlrt_notify_notified_desc, NULL);
        if (self->is_busy) {
            trt_atomic_store(&s_ran_ns, now_ns(), TRT_RELAXED);
        }
        trt_atomic_store(&s_seen, self->i, TRT_RELEASE_ORDER);
        if (!self->is_busy) {
            trt_parker_unpark(&s_main);
        }
    }
    trt_atomic_store(&s_stop, 1, TRT_RELAXED);
    END(self);
}
FUTURE(waiter, uint64_t)

typedef struct driver {
    tmlrt_runtime* runtime;
    waiter frame;
} driver;

static void drive(void* arg) {
    driver* self = arg;
    uint64_t out;
    CHECK(tmlrt_runtime_run(self->runtime, &waiter_desc, &self->frame, sizeof(waiter), &out) ==
          TMLRT_OK);
}

static void answer(void* arg) {
    uint64_t n = *(uint64_t*)arg;
    for (uint64_t i = 1; i <= n; i++) {
        trt_parker_park(&s_other, UINT64_MAX);
        trt_atomic_store(&s_seen, i, TRT_RELEASE_ORDER);
        trt_parker_unpark(&s_main);
    }
}

static int by_value(const void* a, const void* b) {
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

int main(int argc, char** argv) {
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    const char* row = argc > 1 ? argv[1] : "";
    bool is_busy = strcmp(row, "wake_busy") == 0, futex = strcmp(row, "futex") == 0;
    CHECK(is_busy || futex || strcmp(row, "wake_parked") == 0);
    trt_thread thread;
    tmlrt_runtime* runtime = NULL;
    tmlrt_notify* notify = tmlrt_notify_new();
    CHECK(tmlrt_runtime_new(&runtime, NULL) == TMLRT_OK && notify != NULL);
    driver self = {runtime, {.notify = notify, .n = n, .is_busy = is_busy}};
    CHECK(trt_thread_start(&thread, "driver", 0, futex ? answer : drive,
                           futex ? (void*)&n : &self) == TMLRT_OK);
    struct timespec settle = {0, 50000000};
    nanosleep(&settle, NULL);
    double* samples = calloc(n, sizeof(double));
    for (uint64_t i = 1; i <= n; i++) {
        uint64_t from = now_ns();
        if (futex) {
            trt_parker_unpark(&s_other);
        } else {
            tmlrt_notify_one(notify);
        }
        while (trt_atomic_load(&s_seen, TRT_ACQUIRE_ORDER) != i) {
            if (!is_busy) {
                trt_parker_park(&s_main, UINT64_MAX);
            }
        }
        uint64_t to = is_busy ? trt_atomic_load(&s_ran_ns, TRT_RELAXED) : now_ns();
        samples[i - 1] = (double)(to - from);
    }
    trt_thread_join(&thread);
    qsort(samples, n, sizeof(double), by_value);
    printf("%" PRIu64 " %.1f\n", n, samples[n / 2]);
    free(samples);
    tmlrt_runtime_free(runtime);
    tmlrt_notify_free(notify);
    return 0;
}
