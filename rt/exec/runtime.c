// SPDX-License-Identifier: Apache-2.0
// Making and running a runtime; shutdown.c ends it.
//
// A runtime is one allocation of its core and its workers. The core is counted: by its owner and by
// each worker, which is counted by its tasks, so that a waker or handle that outlives the runtime
// keeps what it may still look at.
// Thread: any that is not a worker.
#include "rt/exec/runtime.h"

#include <tmlrt/task.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/handle.h"
#include "rt/exec/observe/running.h"
#include "rt/exec/park.h"
#include "rt/os/copies.h"
#include "rt/os/overflow.h"
#include "rt/os/socket.h"

#include <stdio.h>
#include <string.h>

enum { SEEDED_START_NS = 1000000000 };

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
    trt_overflow_watch(trt_tell_running);
    if (hooks.on_start != NULL) {
        hooks.on_start(hooks.user);
    }
    trt_worker_run(worker, NULL);
    // Who ends the runtime joins this thread, so the hook is over before that one goes on.
    if (trt_worker_leave(worker) && hooks.on_stop != NULL) {
        hooks.on_stop(hooks.user);
    }
}

tmlrt_status trt_runtime_start_threads(tmlrt_runtime* core) {
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
    TRT_TRY(trt_observe_begin(core));
    return trt_runtime_has_threads(core) ? trt_runtime_start_threads(core) : TMLRT_OK;
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
    if (config->seed.is_set && config->clock.advance_to == NULL) {
        trt_atomic_init(&core->seeded_now_ns, SEEDED_START_NS);
        core->clock = (trt_clock){trt_seeded_now_ns, trt_seeded_advance_to, core};
    }
    trt_atomic_init(&core->refs, config->num_workers + 1);
    bool starts_now = config->has_threads && !config->starts_late;
    trt_atomic_init(&core->driving, starts_now ? TRT_DRIVER_THREAD : TRT_DRIVER_NONE);
    tmlrt_status status = build(core);
    if (status != TMLRT_OK) {
        trt_runtime_undo(core);
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

// The driver of a current-thread runtime that is being shut down drops every task before it leaves,
// so the main task is COMPLETE in any case.
static tmlrt_status drive(tmlrt_runtime* core, tmlrt_task* task, void* out) {
    if (core->config.starts_late) {
        trt_runtime_drive_late(core, task);
    } else {
        trt_worker_run(&core->workers[0], task);
        (void)trt_runtime_leave(core, TRT_DRIVER_NONE);
    }
    return trt_handle_take(task, out);
}

tmlrt_status tmlrt_runtime_run(tmlrt_runtime* core, const tmlrt_future_desc* desc, void* frame,
                               uint64_t frame_len, void* out) {
    tmlrt_status status = TMLRT_OK;
    bool drives = false;
    if (trt_current_worker() != NULL) {
        status = TMLRT_E_NESTED;
    } else {
        drives = core->config.starts_late ? trt_runtime_enter_late(core) : trt_runtime_enter(core);
    }
    if (status == TMLRT_OK && !drives && !core->config.has_threads) {
        // Whoever ends the runtime drives it meanwhile.
        bool stops = trt_atomic_load(&core->phase, TRT_SEQ_CST) != TRT_PHASE_RUNNING;
        status = stops ? TMLRT_E_SHUTDOWN : TMLRT_E_EXISTS;
    }
    if (status != TMLRT_OK) {
        desc->drop(frame);
        return status;
    }
    tmlrt_task* task = trt_spawn_on(core, drives ? 0 : TRT_HOME_NONE, desc, frame, frame_len);
    return drives ? drive(core, task, out) : tmlrt_task_join(task, out);
}
