// SPDX-License-Identifier: Apache-2.0
// Spawning: from an unstarted frame to a queued task with a handle, in one allocation.
//
// A spawn that fails consumes the frame all the same (its arguments are dropped by desc->drop on
// the frame it was given) and returns a static handle that is finished with the status: callers
// have one path. Any thread; outside of a worker the default runtime takes the task.
#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/group/local_set.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/exec/worker.h"

/// Of a new task: that of its life, the claim's, the handle's.
enum { REFS = 3 + TRT_TASK_SPARE };

static tmlrt_task* refuse(const tmlrt_future_desc* desc, void* frame, tmlrt_status status) {
    desc->drop(frame);
    return trt_task_failed(status);
}

static tmlrt_task* spawn_into(trt_worker* shard, uint32_t home, const tmlrt_future_desc* desc,
                              void* frame, uint64_t frame_len) {
    tmlrt_task* task = trt_task_new(desc, frame, frame_len, desc->out_size, desc->out_align, REFS);
    if (task == NULL) {
        return refuse(desc, frame, TMLRT_E_NOMEM);
    }
    task->home = home;
    if (!trt_worker_own(shard, task)) {
        trt_task_free(task);
        return refuse(desc, frame, TMLRT_E_SHUTDOWN);
    }
    trt_metrics_spawned(shard->core);
    trt_schedule(task);
    return task;
}

// The same on a worker for a task that may run there: no lock, no list.
static inline tmlrt_task* spawn_here(trt_worker* me, uint32_t home, const tmlrt_future_desc* desc,
                                     void* frame, uint64_t frame_len) {
    if (TRT_UNLIKELY(trt_worker_is_closed(me))) {
        return refuse(desc, frame, TMLRT_E_SHUTDOWN);
    }
    tmlrt_task* task = trt_task_new(desc, frame, frame_len, desc->out_size, desc->out_align, REFS);
    if (TRT_UNLIKELY(task == NULL)) {
        return refuse(desc, frame, TMLRT_E_NOMEM);
    }
    task->home = home;
    me->counts.spawned++;
    trt_worker_attach(me, task);
    trt_schedule_here(me, task);
    return task;
}

tmlrt_task* trt_spawn_on(tmlrt_runtime* runtime, uint32_t index, const tmlrt_future_desc* desc,
                         void* frame, uint64_t frame_len) {
    if (index != TRT_HOME_NONE) {
        TRT_CHECK(index < runtime->num_workers);
        return spawn_into(&runtime->workers[index], index, desc, frame, frame_len);
    }
    trt_worker* me = trt_current_worker();
    if (me != NULL && me->core == runtime) {
        return spawn_into(me, me->spawn_home, desc, frame, frame_len);
    }
    uint32_t turn = 0;
    if (runtime->config.per_core) {
        turn = trt_atomic_add(&runtime->next_home, 1, TRT_RELAXED) % runtime->num_workers;
    }
    trt_worker* shard = &runtime->workers[turn];
    return spawn_into(shard, shard->spawn_home, desc, frame, frame_len);
}

tmlrt_task* tmlrt_runtime_spawn(tmlrt_runtime* runtime, const tmlrt_future_desc* desc, void* frame,
                                uint64_t frame_len) {
    return trt_spawn_on(runtime, TRT_HOME_NONE, desc, frame, frame_len);
}

tmlrt_task* tmlrt_spawn(const tmlrt_future_desc* desc, void* frame, uint64_t frame_len) {
    trt_worker* me = trt_current_worker();
    if (TRT_LIKELY(me != NULL)) {
        return spawn_here(me, me->spawn_home, desc, frame, frame_len);
    }
    tmlrt_status status;
    tmlrt_runtime* runtime = trt_runtime_get_default(&status);
    return runtime == NULL ? refuse(desc, frame, status)
                           : trt_spawn_on(runtime, TRT_HOME_NONE, desc, frame, frame_len);
}

tmlrt_task* tmlrt_spawn_local(const tmlrt_future_desc* desc, void* frame, uint64_t frame_len) {
    if (TRT_UNLIKELY(trt_tls_local_set != NULL)) {
        return tmlrt_local_set_spawn(trt_tls_local_set, desc, frame, frame_len);
    }
    trt_worker* me = trt_current_worker();
    if (TRT_LIKELY(me != NULL)) {
        return spawn_here(me, me->index, desc, frame, frame_len);
    }
    tmlrt_status status;
    tmlrt_runtime* runtime = trt_runtime_get_default(&status);
    return runtime == NULL ? refuse(desc, frame, status)
                           : trt_spawn_on(runtime, 0, desc, frame, frame_len);
}

tmlrt_task* tmlrt_spawn_blocking(void (*fn)(void*), const void* arg, uint64_t arg_len) {
    trt_worker* me = trt_current_worker();
    tmlrt_status status = TMLRT_OK;
    tmlrt_runtime* runtime = me != NULL ? me->core : trt_runtime_get_default(&status);
    return runtime == NULL ? trt_task_failed(status)
                           : trt_blocking_submit(runtime->blocking, fn, arg, arg_len);
}

void tmlrt_coop_yield(tmlrt_context* cx) {
    trt_worker* me = trt_current_worker();
    if (me != NULL) {
        trt_count(&me->figures.forced_yields, 1);
    }
    trt_waker_wake_ref(cx->waker);
}
