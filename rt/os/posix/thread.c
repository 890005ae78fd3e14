// SPDX-License-Identifier: Apache-2.0
// Threads over pthreads. The start record is handed to the new thread, which frees it; a failed
// start leaves nothing behind. Called by the executor and the blocking pool. Any thread.
#include "rt/os/thread.h"

#include <tmlrt/abi/base.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

typedef struct start_record {
    void (*fn)(void*);
    void* arg;
    char name[16];
} start_record;

static void* thread_main(void* arg) {
    start_record record = *(start_record*)arg;
    trt_free(arg, sizeof(record));
    pthread_setname_np(pthread_self(), record.name);
    record.fn(record.arg);
    return NULL;
}

// Gives the attribute a stack of at least the platform's minimum, in whole pages.
static void set_stack(pthread_attr_t* attr, size_t stack_len) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t least = (size_t)PTHREAD_STACK_MIN;
    if (stack_len == 0) {
        return;
    }
    if (stack_len < least) {
        stack_len = least;
    }
    pthread_attr_setstacksize(attr, (stack_len + page - 1) / page * page);
}

tmlrt_status trt_thread_start(trt_thread* out, const char* name, size_t stack_len,
                              void (*fn)(void*), void* arg) {
    start_record* record = trt_alloc(sizeof(*record));
    if (record == NULL) {
        return TMLRT_E_NOMEM;
    }
    record->fn = fn;
    record->arg = arg;
    snprintf(record->name, sizeof(record->name), "%s", name);
    pthread_attr_t attr;
    pthread_t thread;
    int error = pthread_attr_init(&attr);
    if (error == 0) {
        set_stack(&attr, stack_len);
        error = pthread_create(&thread, &attr, thread_main, record);
        pthread_attr_destroy(&attr);
    }
    if (error != 0) {
        trt_free(record, sizeof(*record));
        return error == ENOMEM ? TMLRT_E_NOMEM : TMLRT_E_AGAIN;
    }
    out->handle = (uintptr_t)thread;
    return TMLRT_OK;
}

void trt_thread_join(trt_thread* thread) {
    int error = pthread_join((pthread_t)thread->handle, NULL);
    TRT_CHECK(error == 0);
    thread->handle = 0;
}

uint64_t trt_thread_id(void) {
    static trt_atomic_u64 s_last;
    static __thread uint64_t tl_id;
    if (TRT_UNLIKELY(tl_id == 0)) {
        tl_id = trt_atomic_add(&s_last, 1, TRT_RELAXED) + 1;
    }
    return tl_id;
}
