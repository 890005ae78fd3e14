// SPDX-License-Identifier: Apache-2.0
// The default runtime and the async entry.
//
// The default runtime starts with its first user, under a lock; a failed start is reported once on
// stderr and tried again by the next user. It is never freed by the product: other threads may
// still hold its drivers when main has ended.
#include <tmlrt/log.h>

#include "rt/base/assert.h"
#include "rt/exec/observe/running.h"
#include "rt/exec/runtime.h"
#include "rt/os/overflow.h"

#include <stdio.h>

static trt_mutex s_lock;
static trt_atomic_ptr s_default;

// ---- the default runtime ------------------------------------------------------------------------

static tmlrt_status tell(tmlrt_status status) {
    if (status != TMLRT_OK) {
        fprintf(stderr, "tmlrt: the runtime could not start: %s\n",
                status == TMLRT_E_AGAIN ? "no more threads may be started; raise `ulimit -u`, or "
                                          "set TMLRT_THREADS to fewer"
                                        : tmlrt_status_text(status));
    }
    return status;
}

static tmlrt_status start_default(const tmlrt_runtime_options* options, bool late) {
    tmlrt_runtime* fresh = NULL;
    TRT_TRY(
        tell(late ? trt_runtime_new_late(&fresh, options) : tmlrt_runtime_new(&fresh, options)));
    trt_atomic_store(&s_default, fresh, TRT_RELEASE_ORDER);
    return TMLRT_OK;
}

static tmlrt_runtime* get_default(uint32_t flags, bool late, tmlrt_status* out_status) {
    const tmlrt_runtime_options options = {.flags = flags};
    tmlrt_runtime* runtime = trt_atomic_load(&s_default, TRT_ACQUIRE_ORDER);
    *out_status = TMLRT_OK;
    if (TRT_LIKELY(runtime != NULL)) {
        return runtime;
    }
    trt_mutex_lock(&s_lock);
    if (trt_atomic_load(&s_default, TRT_ACQUIRE_ORDER) == NULL) {
        *out_status = start_default(&options, late);
    }
    runtime = trt_atomic_load(&s_default, TRT_ACQUIRE_ORDER);
    trt_mutex_unlock(&s_lock);
    return runtime;
}

tmlrt_runtime* trt_runtime_get_default_late(tmlrt_status* out_status) {
    return get_default(TMLRT_RUNTIME_BACKGROUND, true, out_status);
}

// Who uses it and is no worker relies on somebody to drive it.
tmlrt_runtime* trt_runtime_get_default(tmlrt_status* out_status) {
    tmlrt_runtime* runtime = get_default(TMLRT_RUNTIME_BACKGROUND, false, out_status);
    if (runtime != NULL && TRT_UNLIKELY(runtime->config.starts_late)) {
        *out_status = tell(trt_runtime_start_late(runtime));
        runtime = *out_status == TMLRT_OK ? runtime : NULL;
    }
    return runtime;
}

tmlrt_runtime* tmlrt_runtime_default(void) {
    tmlrt_status status;
    return trt_runtime_get_default(&status);
}

tmlrt_status trt_runtime_install_default(tmlrt_runtime* runtime) {
    trt_mutex_lock(&s_lock);
    bool taken = trt_atomic_load(&s_default, TRT_ACQUIRE_ORDER) != NULL;
    if (!taken) {
        trt_atomic_store(&s_default, runtime, TRT_RELEASE_ORDER);
    }
    trt_mutex_unlock(&s_lock);
    return taken ? TMLRT_E_EXISTS : TMLRT_OK;
}

void trt_runtime_reset_default(void) {
    trt_mutex_lock(&s_lock);
    tmlrt_runtime* runtime = trt_atomic_xchg(&s_default, NULL, TRT_ACQ_REL);
    trt_mutex_unlock(&s_lock);
    tmlrt_runtime_free(runtime);
}

// ---- async main ---------------------------------------------------------------------------------

int32_t tmlrt_main(int32_t argc, char** argv, const tmlrt_future_desc* desc) {
    (void)argc, (void)argv;
    tmlrt_status status;
    trt_overflow_watch(trt_tell_running);
    tmlrt_runtime* runtime = get_default(0, false, &status);
    if (runtime == NULL) {
        return 1;
    }
    tmlrt_frame frame = {TMLRT_FRAME_UNSTARTED, 0}; // main has no arguments: the head is all of it
    int32_t code = 0;
    TRT_CHECK(desc->frame_size >= sizeof(frame));
    TRT_CHECK(desc->out_size == 0 || desc->out_size == sizeof(code));
    status = tmlrt_runtime_run(runtime, desc, &frame, sizeof(frame), &code);
    if (status != TMLRT_OK && status != TMLRT_E_PANIC) {
        fprintf(stderr, "tmlrt: main ended early: %s\n", tmlrt_status_text(status));
    }
    (void)tmlrt_runtime_shutdown(runtime, runtime->config.shutdown_ms);
    return status == TMLRT_OK ? code : 1;
}
