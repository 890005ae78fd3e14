// SPDX-License-Identifier: Apache-2.0
// rig.h: queue and runners of the models of tasks, and what task.c and handle.c call of the worker
// and of the panic boundary.
#include "tests/model/explore/rig.h"

#include "rt/exec/group/local_set.h"
#include "rt/exec/guard_scope.h"
#include "rt/exec/schedule.h"

#include <string.h>

enum { QUEUE_LEN = 16 };

static struct {
    tmlrt_task* queue[QUEUE_LEN];
    unsigned head, tail, completed;
} s_rig;
enum { NUM_WORKERS = MODEL_MAX_THREADS };
static union {
    tmlrt_runtime core;
    char bytes[sizeof(tmlrt_runtime) + NUM_WORKERS * sizeof(trt_worker)];
} s_runtime;
static trt_guard_scope s_boundaries[NUM_WORKERS];

void* tmlrt_tls_worker;
__thread trt_guard_scope* trt_tls_guard;

static trt_worker* worker(unsigned index) {
    return &s_runtime.core.workers[index];
}

trt_worker* rig_worker(void) {
    return worker(0);
}

void rig_reset(void) {
    memset(&s_rig, 0, sizeof(s_rig));
    memset(&s_runtime, 0, sizeof(s_runtime));
    s_runtime.core.num_workers = NUM_WORKERS;
    for (unsigned i = 0; i < NUM_WORKERS; i++) {
        worker(i)->core = &s_runtime.core;
        worker(i)->index = i;
        worker(i)->boundary = &s_boundaries[i];
        trt_list_init(&worker(i)->owned);
    }
}

static void push(tmlrt_task* task) {
    model_post();
    if (s_rig.tail == QUEUE_LEN) {
        model_fail("the queue of the rig is full");
    }
    for (unsigned i = s_rig.head; i < s_rig.tail; i++) {
        if (s_rig.queue[i] == task) {
            model_fail("E4: a task was pushed that is queued already");
        }
    }
    s_rig.queue[s_rig.tail++] = task;
}

void trt_schedule(tmlrt_task* task) {
    push(task);
}

void trt_local_set_push(tmlrt_local_set* set, tmlrt_task* task) {
    (void)set, (void)task;
    model_fail("the rig has no local set");
}

void trt_requeue(trt_worker* worker, tmlrt_task* task) {
    (void)worker;
    push(task);
}

bool trt_glance_in_vain(trt_worker* worker) {
    (void)worker;
    return true; // nothing comes from outside of the rig
}

void trt_worker_release(trt_worker* shard) {
    (void)shard;
}

void trt_worker_retain(trt_worker* shard) {
    (void)shard;
}

void trt_schedule_shared(trt_worker* me, tmlrt_task* task) {
    (void)me;
    push(task);
}

void trt_unpark_all(tmlrt_runtime* core) {
    (void)core;
}

void rig_ended(void) {
    s_rig.completed++;
}

unsigned rig_completed(void) {
    return s_rig.completed;
}

static tmlrt_task* make(const tmlrt_future_desc* desc, const void* frame, uint64_t frame_len,
                        bool listed) {
    tmlrt_task* task =
        trt_task_new(desc, frame, frame_len, desc->out_size, desc->out_align, 3 + TRT_TASK_SPARE);
    task->shard = rig_worker();
    task->is_owned = listed;
    task->home = NUM_WORKERS; // of none of the rig's workers: every wake goes through trt_schedule
    if (listed) {
        trt_list_push_back(&rig_worker()->owned, &task->owned);
    }
    model_name(task, sizeof(*task), "task");
    push(task);
    return task;
}

tmlrt_task* rig_spawn(const tmlrt_future_desc* desc, const void* frame, uint64_t frame_len) {
    return make(desc, frame, frame_len, true);
}

tmlrt_task* rig_spawn_unlisted(const tmlrt_future_desc* desc, const void* frame,
                               uint64_t frame_len) {
    return make(desc, frame, frame_len, false);
}

static bool has_work(void* num_tasks) {
    return s_rig.head < s_rig.tail || s_rig.completed >= *(unsigned*)num_tasks;
}

static bool run_next(void) {
    if (s_rig.head == s_rig.tail) {
        return false;
    }
    // Each thread is a worker of its own.
    trt_task_run(worker(model_thread() % NUM_WORKERS), s_rig.queue[s_rig.head++]);
    return true;
}

void rig_become_worker(void) {
    tmlrt_tls_worker = worker(model_thread() % NUM_WORKERS);
}

void rig_run(unsigned num_tasks, bool as_worker) {
    if (as_worker) {
        rig_become_worker();
    }
    do {
        model_await(has_work, &num_tasks);
    } while (run_next());
    tmlrt_tls_worker = NULL;
}

void rig_drain(void) {
    while (run_next()) {
    }
    for (unsigned i = 0; i < NUM_WORKERS; i++) {
        trt_task_cache_clear(worker(i));
    }
}

// ---- the panic boundary: nothing panics here --------------------------------------------------

tmlrt_status trt_guard_poll(trt_guard* guard, const char* kind, uint64_t id,
                            const tmlrt_future_desc* desc, void* frame, tmlrt_context* cx,
                            void* out) {
    (void)guard, (void)kind, (void)id;
    return (tmlrt_status)desc->poll(frame, cx, out);
}

tmlrt_status trt_guard_call(trt_guard* guard, const char* kind, uint64_t id, void (*fn)(void*),
                            void* arg) {
    (void)guard, (void)kind, (void)id;
    fn(arg);
    return TMLRT_OK;
}

tmlrt_status trt_guard_failed(void) {
    model_fail("a boundary was left by a jump");
}

void trt_guard_fail(tmlrt_status failure) {
    model_fail("a boundary was left with %d", failure);
}

void tmlrt_arena_fini(tmlrt_arena* arena) {
    (void)arena;
}
