// SPDX-License-Identifier: Apache-2.0
// Late runtimes: threads, one worker, and the worker's thread starts when it is needed.
//
// Who makes one and goes on to wait in it (a server's main) drives the worker himself meanwhile, so
// that the process has one thread less. Whoever else comes first by the default runtime has its
// thread started (default.c). `driving` says who is there:
//
//   NONE --run--> INSIDE --the task has ended--> STARTING --> THREAD
//   NONE --another user--> STARTING; STARTING --no thread, or a shutdown--> NONE
//
// and INSIDE to GIVEN_UP by a shutdown (shutdown.c), which takes NONE for itself, waits for the end
// of INSIDE and STARTING, and ends a THREAD as that of any runtime. What a driver wrote is seen by
// the next one: leaving releases, entering acquires, starting a thread does both.
//
// Thread: any that is not a worker.
#include "rt/base/log.h"
#include "rt/exec/observe/running.h"
#include "rt/exec/runtime.h"
#include "rt/os/overflow.h"

enum { HAND_OVER_TRIES = 100, HAND_OVER_PAUSE_NS = 10000000, STARTING_PAUSE_NS = 1000000 };

tmlrt_status trt_runtime_new_late(tmlrt_runtime** out, const tmlrt_runtime_options* options) {
    trt_runtime_config config;
    TRT_TRY(trt_runtime_configure(&config, options));
    config.has_threads = true;
    config.starts_late = config.num_workers == 1;
    return trt_runtime_new(out, &config);
}

// A runtime that is being shut down meanwhile is left to whoever does that.
static tmlrt_status start_starting(tmlrt_runtime* core) {
    tmlrt_status status = TMLRT_OK;
    uint32_t next = TRT_DRIVER_NONE;
    if (trt_atomic_load(&core->phase, TRT_SEQ_CST) == TRT_PHASE_RUNNING) {
        status = trt_runtime_start_threads(core);
        next = status == TMLRT_OK ? TRT_DRIVER_THREAD : TRT_DRIVER_NONE;
    }
    // Release what this thread did as the driver, and has_thread.
    trt_atomic_store(&core->driving, next, TRT_RELEASE_ORDER);
    return status;
}

static void pause_for(uint64_t ns) {
    trt_parker pause = {{0}};
    (void)trt_parker_park(&pause, ns);
}

// Whether `driving` went from NONE to `next`. Who finds it STARTING waits for what comes of that: a
// thread that could not be had leaves NONE, and then it is his turn.
static bool take(tmlrt_runtime* core, uint32_t next) {
    uint32_t seen = TRT_DRIVER_NONE;
    while (!trt_atomic_cas(&core->driving, &seen, next, TRT_ACQUIRE_ORDER, TRT_RELAXED)) {
        if (seen != TRT_DRIVER_STARTING) {
            return false;
        }
        pause_for(STARTING_PAUSE_NS);
        seen = TRT_DRIVER_NONE;
    }
    return true;
}

tmlrt_status trt_runtime_start_late(tmlrt_runtime* core) {
    bool starts = core->config.starts_late && take(core, TRT_DRIVER_STARTING);
    return starts ? start_starting(core) : TMLRT_OK;
}

bool trt_runtime_enter_late(tmlrt_runtime* core) {
    return take(core, TRT_DRIVER_INSIDE);
}

// Somebody may wait for what the worker still has to do: without a thread for it that would be for
// ever, so one is asked for again for a while, and then by the next user of the default runtime.
static void hand_over(tmlrt_runtime* core) {
    tmlrt_status status = start_starting(core);
    for (int i = 0; i < HAND_OVER_TRIES && status != TMLRT_OK; i++) {
        pause_for(HAND_OVER_PAUSE_NS);
        status = trt_runtime_start_late(core);
    }
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "runtime",
                "no thread for the worker, tasks that are left do not run: %s; raise `ulimit -u`",
                tmlrt_status_text(status));
    }
}

void trt_runtime_drive_late(tmlrt_runtime* core, const tmlrt_task* until) {
    trt_atomic_add(&core->refs, 1, TRT_RELAXED); // who ends the runtime may free it meanwhile
    trt_overflow_watch(trt_tell_running);
    trt_worker_run(&core->workers[0], until);
    if (trt_runtime_leave(core, TRT_DRIVER_STARTING)) {
        hand_over(core);
    }
    trt_runtime_unref(core);
}
