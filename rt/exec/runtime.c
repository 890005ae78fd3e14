// SPDX-License-Identifier: Apache-2.0
// Making, running and ending a runtime.
//
// Shutdown, as numbered steps:
//   1. phase = STOPPING.
//   2. Every worker's owned list is closed (spawn answers SHUTDOWN from here on) and each task in
//      it is aborted: marked and queued on a worker that may run it. A task that is in no list yet
//      is in a queue: the worker that pops it drops it.
//   3. Every worker is woken. Workers run on until their queues are empty and no list has a task:
//      every frame is dropped by a worker, on the home worker of those that have one. The
//      current-thread flavour does this on the thread that drives it, else on the caller's.
//   4. Worker threads end and are joined.
//   5. The blocking pool refuses jobs, ends queued ones with SHUTDOWN and waits for running ones
//   until
//      the deadline. Threads that run longer keep the pool and end by themselves.
//   6. free gives the references back; reactors, timers and the core go with the last task.
// A wake after step 3 finds its task COMPLETE and touches no scheduler (E9). S1: every step ends: a
// task is polled at most once more before it is dropped, and nothing can be added.
// Thread: any that is not a worker, one at a time per runtime.
#include "rt/exec/runtime.h"

#include <tmlrt/task.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/handle.h"
#include "rt/exec/park.h"
#include "rt/os/copies.h"
#include "rt/os/socket.h"

#include <stdio.h>
#include <string.h>

// ---- making -------------------------------------------------------------------------------------

static void free_core(tmlrt_runtime* core) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker_fini(&core->workers[i]);
    }
    trt_blocking_free(core->blocking);
    trt_free_aligned(core, sizeof(*core) + core->num_workers * sizeof(trt_worker),
                     _Alignof(tmlrt_runtime));
}

void trt_runtime_unref(tmlrt_runtime* core) {
    if (trt_atomic_sub(&core->refs, 1, TRT_ACQ_REL) == 1) {
        free_core(core);
    }
}

static void worker_main(void* arg) {
    trt_worker* worker = arg;
    const tmlrt_thread_hooks hooks = worker->core->config.hooks;
    if (hooks.on_start != NULL) {
        hooks.on_start(hooks.user);
    }
    trt_worker_run(worker, NULL);
    if (hooks.on_stop != NULL) {
        hooks.on_stop(hooks.user);
    }
}

static tmlrt_status start_threads(tmlrt_runtime* core) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker* worker = &core->workers[i];
        char name[16];
        snprintf(name, sizeof(name), "%s-%u", core->config.thread_name, i % 10000);
        TRT_TRY(
            trt_thread_start(&worker->thread, name, core->config.stack_bytes, worker_main, worker));
        worker->has_thread = true;
    }
    return TMLRT_OK;
}

static tmlrt_status build(tmlrt_runtime* core) {
    trt_blocking_config pool = {
        .max_threads = core->config.max_blocking_threads,
        .max_len = core->config.max_blocking_len,
        .keep_alive_ms = core->config.keep_alive_ms,
        .stack_bytes = core->config.stack_bytes,
        .hooks = core->config.hooks,
    };
    snprintf(pool.thread_name, sizeof(pool.thread_name), "%s-block", core->config.thread_name);
    core->blocking = trt_blocking_new(&pool);
    if (core->blocking == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < core->config.num_workers; i++) {
        core->num_workers = i + 1;
        TRT_TRY(trt_worker_init(&core->workers[i], core, i));
    }
    return core->config.has_threads ? start_threads(core) : TMLRT_OK;
}

// Said here, where the file is known; callers have the status.
static tmlrt_status claim_process(void) {
    char other[256];
    tmlrt_status status = trt_os_claim_process(other, sizeof(other));
    if (status != TMLRT_OK) {
        fprintf(stderr,
                "tmlrt: another copy of the runtime runs in this process, that of %s: link one of "
                "them, best the shared library, everywhere\n",
                other);
    }
    return status;
}

static void log_config(const trt_runtime_config* config) {
    if (trt_log_level() >= TMLRT_LOG_INFO) {
        char text[TRT_LOG_MAX];
        (void)trt_runtime_config_print(config, "; ", text, sizeof(text));
        trt_log(TMLRT_LOG_INFO, "runtime", "started: %s", text);
    }
}

tmlrt_status trt_runtime_new(tmlrt_runtime** out, const trt_runtime_config* config) {
    TRT_TRY(claim_process());
    trt_os_hold_stdio();
    size_t size = sizeof(tmlrt_runtime) + config->num_workers * sizeof(trt_worker);
    tmlrt_runtime* core = trt_alloc_aligned(size, _Alignof(tmlrt_runtime));
    if (core == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(core, 0, size);
    core->config = *config;
    core->clock = config->clock;
    trt_atomic_init(&core->refs, config->num_workers + 1);
    tmlrt_status status = build(core);
    if (status != TMLRT_OK) {
        (void)tmlrt_runtime_shutdown(core, 0);
        core->num_workers = config->num_workers; // workers that were not made are all-zero
        free_core(core);
        return status;
    }
    log_config(&core->config);
    *out = core;
    return TMLRT_OK;
}

tmlrt_status tmlrt_runtime_new(tmlrt_runtime** out, const tmlrt_runtime_options* options) {
    trt_runtime_config config;
    TRT_TRY(trt_runtime_configure(&config, options));
    return trt_runtime_new(out, &config);
}

uint32_t tmlrt_runtime_num_workers(const tmlrt_runtime* runtime) {
    return runtime->num_workers;
}

// ---- running ------------------------------------------------------------------------------------

static bool enter(tmlrt_runtime* core) {
    uint32_t idle = 0;
    return trt_atomic_cas(&core->driving, &idle, 1, TRT_ACQUIRE_ORDER, TRT_RELAXED);
}

static void leave(tmlrt_runtime* core) {
    trt_atomic_store(&core->driving, 0, TRT_RELEASE_ORDER);
}

// The driver of a current-thread runtime that is being shut down drops every task before it leaves,
// so the main task is COMPLETE in any case.
static tmlrt_status drive(tmlrt_runtime* core, tmlrt_task* task, void* out) {
    trt_worker_run(&core->workers[0], task);
    leave(core);
    return trt_handle_take(task, out);
}

tmlrt_status tmlrt_runtime_run(tmlrt_runtime* core, const tmlrt_future_desc* desc, void* frame,
                               uint64_t frame_len, void* out) {
    tmlrt_status status = TMLRT_OK;
    if (trt_current_worker() != NULL) {
        status = TMLRT_E_NESTED;
    } else if (!core->config.has_threads && !enter(core)) {
        // Whoever ends the runtime drives it meanwhile.
        bool stops = trt_atomic_load(&core->phase, TRT_SEQ_CST) != TRT_PHASE_RUNNING;
        status = stops ? TMLRT_E_SHUTDOWN : TMLRT_E_EXISTS;
    }
    if (status != TMLRT_OK) {
        desc->drop(frame);
        return status;
    }
    uint32_t home = core->config.has_threads ? TRT_HOME_NONE : 0;
    tmlrt_task* task = trt_spawn_on(core, home, desc, frame, frame_len);
    return core->config.has_threads ? tmlrt_task_join(task, out) : drive(core, task, out);
}

// ---- ending -------------------------------------------------------------------------------------

// Step 3 for the current-thread flavour: drive it here, or wait until its driver has drained it.
static void drain_current_thread(tmlrt_runtime* core) {
    while (!enter(core)) {
        trt_unpark(&core->workers[0]);
        trt_parker pause = {0};
        (void)trt_parker_park(&pause, 1000000);
    }
    trt_worker_run(&core->workers[0], NULL);
    leave(core);
}

static void stop_workers(tmlrt_runtime* core) {
    trt_atomic_store(&core->phase, TRT_PHASE_STOPPING, TRT_SEQ_CST);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker_close(&core->workers[i]);
    }
    trt_unpark_all(core);
    if (!core->config.has_threads && core->num_workers != 0) {
        drain_current_thread(core);
    }
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker* worker = &core->workers[i];
        if (worker->has_thread) {
            trt_thread_join(&worker->thread);
            worker->has_thread = false;
        }
    }
}

tmlrt_status tmlrt_runtime_shutdown(tmlrt_runtime* core, uint64_t timeout_ms) {
    const trt_worker* me = trt_current_worker();
    if (me != NULL && me->core == core) {
        return TMLRT_E_NESTED;
    }
    if (trt_atomic_load(&core->phase, TRT_SEQ_CST) == TRT_PHASE_RUNNING) {
        stop_workers(core);
    }
    if (core->blocking == NULL) {
        return TMLRT_OK;
    }
    uint64_t timeout_ns = timeout_ms > UINT64_MAX / 1000000 ? UINT64_MAX : timeout_ms * 1000000;
    return trt_blocking_shutdown(core->blocking, timeout_ns);
}

void tmlrt_runtime_free(tmlrt_runtime* core) {
    if (core == NULL) {
        return;
    }
    tmlrt_status status = tmlrt_runtime_shutdown(core, core->config.shutdown_ms);
    TRT_CHECK(status != TMLRT_E_NESTED);
    for (uint32_t i = 0; i < core->num_workers; i++) {
        trt_worker_unref(&core->workers[i]);
    }
    trt_runtime_unref(core);
}
