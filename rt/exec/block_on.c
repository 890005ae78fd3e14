// SPDX-License-Identifier: Apache-2.0
// block_on: polling one future on a thread that is no worker, parking on a futex in between.
//
// The thread's waker is a counted parker, made when somebody first clones it: the clone may outlive
// the thread. While no clone exists there is none, so a block_on that is ready at once, or that
// only wakes itself, allocates nothing. A block_on inside the poll of another (same thread, same
// parker) may take the outer one's token, so it leaves one behind when it ends. Timers and I/O of
// the future are driven by the default runtime's workers. A panic ends the process: nobody could be
// handed the error.
#include <tmlrt/task.h>
#include <tmlrt/time.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/block_on.h"
#include "rt/exec/worker.h"
#include "rt/os/clock.h"
#include "rt/os/thread.h"

typedef struct thread_parker {
    trt_parker parker;
    trt_atomic_u32 refs;
} thread_parker;

static __thread thread_parker* tl_parker; ///< owns one reference
static __thread bool tl_token;            ///< for the next parker of this thread

enum { NUM_RESERVED = 64 };
static thread_parker s_reserve[NUM_RESERVED]; ///< free while refs is 0

static bool is_reserved(const thread_parker* self) {
    return self >= s_reserve && self < s_reserve + NUM_RESERVED;
}

static void parker_unref(void* data) {
    thread_parker* self = data;
    bool reserved = is_reserved(self); // after the last reference a reserved one is somebody else's
    if (trt_atomic_sub(&self->refs, 1, TRT_ACQ_REL) == 1 && !reserved) {
        trt_free(self, sizeof(*self));
    }
}

static thread_parker* parker_new(void) {
    thread_parker* fresh = trt_alloc_zero(sizeof(*fresh));
    if (fresh != NULL) {
        trt_atomic_init(&fresh->refs, 1);
        return fresh;
    }
    for (int i = 0; i < NUM_RESERVED; i++) {
        uint32_t unused = 0;
        if (trt_atomic_cas(&s_reserve[i].refs, &unused, 1, TRT_ACQ_REL, TRT_RELAXED)) {
            return &s_reserve[i];
        }
    }
    tmlrt_oom_abort(sizeof(*fresh));
}

void trt_block_on_forget(void) {
    tl_token = false;
    if (tl_parker != NULL) {
        parker_unref(tl_parker);
        tl_parker = NULL;
    }
}

static thread_parker* current_parker(void) {
    if (tl_parker == NULL) {
        tl_parker = parker_new();
        if (tl_token) {
            tl_token = false;
            trt_parker_unpark(&tl_parker->parker);
        }
        trt_thread_at_exit(trt_block_on_forget);
    }
    return tl_parker;
}

// ---- the parker's waker: what clones are --------------------------------------------------------

static void parker_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    thread_parker* self = waker->data;
    trt_atomic_add(&self->refs, 1, TRT_RELAXED);
    *out_waker = *waker;
}

static void parker_wake_by_ref(void* data) {
    trt_parker_unpark(&((thread_parker*)data)->parker);
}

static void parker_wake(void* data) {
    parker_wake_by_ref(data);
    parker_unref(data);
}

static const tmlrt_waker_vtable s_parker_vtable = {
    .clone = parker_clone,
    .wake = parker_wake,
    .wake_by_ref = parker_wake_by_ref,
    .drop = parker_unref,
};

// ---- the borrowed waker of the first poll: "this thread" ----------------------------------------

static void thread_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    (void)waker;
    const tmlrt_waker own = {&s_parker_vtable, current_parker()};
    parker_clone(&own, out_waker);
}

static void thread_wake(void* data) {
    (void)data;
    trt_parker_unpark(&current_parker()->parker);
}

static void thread_drop(void* data) {
    (void)data;
}

static const tmlrt_waker_vtable s_thread_vtable = {
    .clone = thread_clone,
    .wake = thread_wake,
    .wake_by_ref = thread_wake,
    .drop = thread_drop,
};

const tmlrt_waker tmlrt_block_on_waker = {&s_thread_vtable, NULL};

// ---- block_on -----------------------------------------------------------------------------------

// A block_on in whose first poll this one ran (compiled code makes that poll without telling us)
// may have left clones or a token with this thread's parker: the parker stays while there are
// clones, and a token stays in any case. It costs the next block_on that suspends one poll too
// many.
static void leave(thread_parker* parker) {
    // Relaxed: only clones bound to this thread's poll could raise it, and a fall that is not seen
    // yet costs a token.
    if (trt_atomic_load(&parker->refs, TRT_RELAXED) > 1) {
        trt_parker_unpark(&parker->parker);
        return;
    }
    tl_token = true;
    tl_parker = NULL;
    parker_unref(parker);
}

void tmlrt_block_on(const tmlrt_future_desc* desc, void* frame, tmlrt_context* cx, void* out) {
    thread_parker* parker = current_parker();
    const tmlrt_waker waker = {&s_parker_vtable, parker};
    const tmlrt_waker* callers = cx->waker;
    cx->waker = &waker;
    // This reference tells the leave of a nested block_on that the parker is in use.
    trt_atomic_add(&parker->refs, 1, TRT_RELAXED);
    do {
        trt_parker_park(&parker->parker, UINT64_MAX);
        cx->budget = TMLRT_BUDGET;
    } while (desc->poll(frame, cx, out) != TMLRT_READY);
    cx->waker = callers;
    parker_unref(parker);
    leave(parker);
}

tmlrt_status tmlrt_block_on_future(const tmlrt_future_desc* desc, void* frame, void* out) {
    if (trt_current_worker() != NULL) {
        desc->drop(frame);
        return TMLRT_E_NESTED;
    }
    tmlrt_arena arena = {NULL, NULL, NULL, NULL, NULL};
    tmlrt_context cx = {
        .arena = &arena,
        .waker = &tmlrt_block_on_waker,
        .task = NULL,
        .budget = TMLRT_BUDGET,
    };
    if (desc->poll(frame, &cx, out) != TMLRT_READY) {
        tmlrt_block_on(desc, frame, &cx, out);
    }
    tmlrt_arena_fini(&arena);
    return TMLRT_OK;
}

uint64_t tmlrt_now_ns(void) {
    const trt_worker* worker = trt_current_worker();
    return worker == NULL ? trt_os_now_ns() : worker->timers.now_ns(worker->timers.clock);
}
