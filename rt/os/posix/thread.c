// SPDX-License-Identifier: Apache-2.0
// Threads over pthreads. The start record is handed to the new thread, which frees it unless it is
// the caller's; a failed start leaves nothing behind. Called by the executor and the blocking pool.
// Any thread.
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

static void* thread_main(void* arg) {
    trt_thread_record record = *(trt_thread_record*)arg;
    if (record.is_heap) {
        trt_free(arg, sizeof(record));
    }
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

static tmlrt_status start(trt_thread* out, size_t stack_len, trt_thread_record* record) {
    pthread_attr_t attr;
    pthread_t thread;
    int error = pthread_attr_init(&attr);
    if (error == 0) {
        set_stack(&attr, stack_len);
        error = pthread_create(&thread, &attr, thread_main, record);
        pthread_attr_destroy(&attr);
    }
    if (error != 0) {
        return error == ENOMEM ? TMLRT_E_NOMEM : TMLRT_E_AGAIN;
    }
    out->handle = (uintptr_t)thread;
    return TMLRT_OK;
}

tmlrt_status trt_thread_start_in(trt_thread* out, trt_thread_record* record, const char* name,
                                 size_t stack_len, void (*fn)(void*), void* arg) {
    *record = (trt_thread_record){.fn = fn, .arg = arg};
    snprintf(record->name, sizeof(record->name), "%s", name);
    return start(out, stack_len, record);
}

tmlrt_status trt_thread_start(trt_thread* out, const char* name, size_t stack_len,
                              void (*fn)(void*), void* arg) {
    trt_thread_record* record = trt_alloc(sizeof(*record));
    if (record == NULL) {
        return TMLRT_E_NOMEM;
    }
    *record = (trt_thread_record){.fn = fn, .arg = arg, .is_heap = true};
    snprintf(record->name, sizeof(record->name), "%s", name);
    tmlrt_status status = start(out, stack_len, record);
    if (status != TMLRT_OK) {
        trt_free(record, sizeof(*record));
    }
    return status;
}

void trt_thread_join(trt_thread* thread) {
    int error = pthread_join((pthread_t)thread->handle, NULL);
    TRT_CHECK(error == 0);
    thread->handle = 0;
}

void trt_thread_detach(trt_thread* thread) {
    int error = pthread_detach((pthread_t)thread->handle);
    TRT_CHECK(error == 0);
    thread->handle = 0;
}

// The functions to call are in a thread-local array; the key only makes the C library call us,
// which it does while other thread-locals are still there.
enum { MAX_AT_EXIT = 4 };
static __thread void (*tl_at_exit[MAX_AT_EXIT])(void);
static pthread_key_t s_at_exit_key;
static pthread_once_t s_at_exit_once = PTHREAD_ONCE_INIT;

static void call_at_exit(void* unused) {
    (void)unused;
    for (int i = 0; i < MAX_AT_EXIT && tl_at_exit[i] != NULL; i++) {
        void (*fn)(void) = tl_at_exit[i];
        tl_at_exit[i] = NULL;
        fn();
    }
}

static void make_at_exit_key(void) {
    TRT_CHECK(pthread_key_create(&s_at_exit_key, call_at_exit) == 0);
}

void trt_thread_at_exit(void (*fn)(void)) {
    pthread_once(&s_at_exit_once, make_at_exit_key);
    int i = 0;
    while (i < MAX_AT_EXIT && tl_at_exit[i] != NULL && tl_at_exit[i] != fn) {
        i++;
    }
    TRT_CHECK(i < MAX_AT_EXIT);
    tl_at_exit[i] = fn;
    (void)pthread_setspecific(s_at_exit_key, tl_at_exit);
}

uint64_t trt_thread_id(void) {
    static trt_atomic_u64 s_last;
    static __thread uint64_t tl_id;
    if (TRT_UNLIKELY(tl_id == 0)) {
        tl_id = trt_atomic_add(&s_last, 1, TRT_RELAXED) + 1;
    }
    return tl_id;
}
