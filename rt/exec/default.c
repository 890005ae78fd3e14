// SPDX-License-Identifier: Apache-2.0
// The default runtime, its configuration from options and environment, and the async entry.
//
// The default runtime starts with its first user, under a lock; a failed start is reported once on
// stderr and tried again by the next user. It is never freed by the product: other threads may
// still hold its drivers when main has ended.
#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/os/clock.h"

#include <stdio.h>
#include <stdlib.h>

static trt_mutex s_lock;
static trt_atomic_ptr s_default;

// ---- configuration ------------------------------------------------------------------------------

static uint64_t os_now_ns(void* self) {
    (void)self;
    return trt_os_now_ns();
}

static tmlrt_status workers_from_environment(uint32_t* out, uint32_t num_cpus) {
    const char* text = getenv("TMLRT_THREADS");
    if (text == NULL || *text == 0) {
        *out = num_cpus > TMLRT_MAX_WORKERS ? TMLRT_MAX_WORKERS : num_cpus;
        return TMLRT_OK;
    }
    char* end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || value == 0 || value > TMLRT_MAX_WORKERS) {
        fprintf(stderr, "tmlrt: TMLRT_THREADS is '%s': set a number from 1 to %d, or unset it\n",
                text, TMLRT_MAX_WORKERS);
        return TMLRT_E_INVAL;
    }
    *out = (uint32_t)value;
    return TMLRT_OK;
}

static uint32_t or_default(uint32_t value, uint32_t otherwise) {
    return value != 0 ? value : otherwise;
}

tmlrt_status trt_runtime_configure(trt_runtime_config* out, const tmlrt_runtime_options* options) {
    static const tmlrt_runtime_options s_defaults;
    if (options == NULL) {
        options = &s_defaults;
    }
    trt_runtime_config config = {
        .num_workers = options->workers,
        .shutdown_ms = or_default(options->shutdown_ms, 10000),
        .keep_alive_ms = 10000,
        .max_blocking_len = 16384,
        .stack_bytes = options->stack_bytes,
        .clock = {.now_ns = os_now_ns},
    };
    uint32_t num_cpus = 0; // asked once: it reads a dozen small files
    if (options->workers == 0 || options->max_blocking_threads == 0) {
        num_cpus = trt_os_num_cpus();
    }
    if (config.num_workers == 0) {
        TRT_TRY(workers_from_environment(&config.num_workers, num_cpus));
    }
    if (config.num_workers > TMLRT_MAX_WORKERS) {
        return TMLRT_E_INVAL;
    }
    uint32_t threads = or_default(options->max_blocking_threads, 4 * num_cpus);
    config.max_blocking_threads = threads > 512 ? 512 : threads;
    config.has_threads = config.num_workers > 1 || (options->flags & TMLRT_RUNTIME_BACKGROUND) != 0;
    snprintf(config.thread_name, sizeof(config.thread_name), "%s",
             options->thread_name == NULL ? "tmlrt" : options->thread_name);
    *out = config;
    return TMLRT_OK;
}

// ---- the default runtime ------------------------------------------------------------------------

static const char* status_text(tmlrt_status status) {
    switch (status) {
#define STATUS_CASE(name, value, text)                                                             \
    case value:                                                                                    \
        return text;
        TMLRT_STATUS_MAP(STATUS_CASE)
#undef STATUS_CASE
    default:
        return "unknown status";
    }
}

static tmlrt_status start_default(uint32_t flags) {
    const tmlrt_runtime_options options = {.flags = flags};
    tmlrt_runtime* fresh = NULL;
    tmlrt_status status = tmlrt_runtime_new(&fresh, &options);
    if (status != TMLRT_OK) {
        fprintf(stderr, "tmlrt: the runtime could not start: %s\n",
                status == TMLRT_E_AGAIN ? "no more threads may be started; raise `ulimit -u`, or "
                                          "set TMLRT_THREADS to fewer"
                                        : status_text(status));
        return status;
    }
    trt_atomic_store(&s_default, fresh, TRT_RELEASE_ORDER);
    return TMLRT_OK;
}

static tmlrt_runtime* get_default(uint32_t flags, tmlrt_status* out_status) {
    tmlrt_runtime* runtime = trt_atomic_load(&s_default, TRT_ACQUIRE_ORDER);
    *out_status = TMLRT_OK;
    if (TRT_LIKELY(runtime != NULL)) {
        return runtime;
    }
    trt_mutex_lock(&s_lock);
    if (trt_atomic_load(&s_default, TRT_ACQUIRE_ORDER) == NULL) {
        *out_status = start_default(flags);
    }
    runtime = trt_atomic_load(&s_default, TRT_ACQUIRE_ORDER);
    trt_mutex_unlock(&s_lock);
    return runtime;
}

tmlrt_runtime* trt_runtime_get_default(tmlrt_status* out_status) {
    return get_default(TMLRT_RUNTIME_BACKGROUND, out_status);
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
    tmlrt_runtime* runtime = get_default(0, &status);
    if (runtime == NULL) {
        return 1;
    }
    tmlrt_frame frame = {TMLRT_FRAME_UNSTARTED, 0}; // main has no arguments: the head is all of it
    int32_t code = 0;
    TRT_CHECK(desc->frame_size >= sizeof(frame));
    TRT_CHECK(desc->out_size == 0 || desc->out_size == sizeof(code));
    status = tmlrt_runtime_run(runtime, desc, &frame, sizeof(frame), &code);
    if (status != TMLRT_OK && status != TMLRT_E_PANIC) {
        fprintf(stderr, "tmlrt: main ended early: %s\n", status_text(status));
    }
    (void)tmlrt_runtime_shutdown(runtime, runtime->config.shutdown_ms);
    return status == TMLRT_OK ? code : 1;
}
