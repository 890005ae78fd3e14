// SPDX-License-Identifier: Apache-2.0
// One thread that waits for the signals and for its end, in a poller of its own: no worker has to
// be alive for it. It never wakes up by itself. Made and ended with its runtime (observe.c).
#include "rt/exec/observe/dump_signal.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/os/poller.h"
#include "rt/os/signal.h"
#include "rt/os/thread.h"

#include <stdio.h>

struct trt_dump_signal {
    tmlrt_runtime* core;
    trt_signal signal;
    trt_poller* poller;
    trt_thread thread;
    trt_atomic_u32 ends;
    trt_atomic_u64 num_dumps;
};

static void write_stderr(void* arg, const char* text, uint64_t len) {
    (void)arg;
    (void)!fwrite(text, 1, len, stderr);
}

static void dump(trt_dump_signal* self) {
    tmlrt_status status = tmlrt_runtime_dump(self->core, write_stderr, NULL);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "dump", "no dump: %s", tmlrt_status_text(status));
    }
    trt_atomic_add(&self->num_dumps, 1, TRT_RELAXED);
}

static void thread_main(void* arg) {
    trt_dump_signal* self = arg;
    while (trt_atomic_load(&self->ends, TRT_ACQUIRE_ORDER) == 0) {
        trt_event event;
        uint32_t num;
        // An error (a kernel without memory) is met by another wait.
        (void)!trt_poller_wait(self->poller, &event, 1, UINT64_MAX, &num);
        while (trt_signal_take(&self->signal) != 0) {
            dump(self);
        }
    }
}

static void free_parts(trt_dump_signal* self) {
    trt_poller_free(self->poller);
    trt_signal_close(&self->signal);
    trt_free(self, sizeof(*self));
}

static tmlrt_status start(trt_dump_signal* self, uint32_t mask) {
    TRT_TRY(trt_signal_open(&self->signal, mask));
    TRT_TRY(trt_poller_new(&self->poller));
    TRT_TRY(trt_poller_add(self->poller, self->signal.handle, 0));
    return trt_thread_start(&self->thread, "tmlrt-dump", 0, thread_main, self);
}

tmlrt_status trt_dump_signal_start(trt_dump_signal** out, tmlrt_runtime* core, uint32_t mask) {
    trt_dump_signal* self = trt_alloc_zero(sizeof(*self));
    if (self == NULL) {
        return TMLRT_E_NOMEM;
    }
    self->core = core;
    tmlrt_status status = start(self, mask);
    if (status != TMLRT_OK) {
        free_parts(self);
        return status;
    }
    *out = self;
    return TMLRT_OK;
}

void trt_dump_signal_stop(trt_dump_signal* self) {
    if (self == NULL) {
        return;
    }
    trt_atomic_store(&self->ends, 1, TRT_RELEASE_ORDER);
    trt_poller_wake(self->poller);
    trt_thread_join(&self->thread);
    free_parts(self);
}

uint64_t trt_dump_signal_count(const trt_dump_signal* self) {
    return trt_atomic_load(&self->num_dumps, TRT_RELAXED);
}
