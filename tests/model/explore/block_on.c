// SPDX-License-Identifier: Apache-2.0
// block_on (rt/exec/block_on.c): a plain thread polls one future and parks; its parker is counted,
// because clones of its waker outlive the thread.
#include "rt/exec/block_on.h"

#include "rt/base/alloc.h"
#include "rt/base/waker.h"
#include "rt/exec/worker.h"
#include "rt/os/clock.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

#include <tmlrt/task.h>
#include <tmlrt/time.h>

enum { OUTPUT = 5 };

static trt_atomic_u32 s_flags[2];
static trt_mutex s_lock;
static tmlrt_waker s_wakers[2]; ///< under s_lock: where the future leaves clones
static unsigned s_needed;
static unsigned s_outputs;

void* tmlrt_tls_worker;

// ---- what block_on.c calls --------------------------------------------------------------------

void trt_thread_at_exit(void (*fn)(void)) {
    (void)fn; // the threads of this model call trt_block_on_forget themselves
}
uint64_t trt_os_now_ns(void) {
    return 0;
}
void tmlrt_oom_abort(size_t size) {
    model_fail("no memory for %zu bytes", size);
}
void tmlrt_arena_fini(tmlrt_arena* arena) {
    (void)arena;
}

// ---- a future that leaves its waker and looks again ---------------------------------------------

static bool is_set(unsigned number) {
    return trt_atomic_load(&s_flags[number], TRT_RELAXED) != 0;
}

static tmlrt_poll poll(void* frame, tmlrt_context* cx, void* out) {
    (void)frame;
    for (unsigned i = 0; i < s_needed; i++) {
        if (is_set(i)) {
            continue;
        }
        tmlrt_waker fresh;
        trt_waker_clone(cx->waker, &fresh);
        trt_mutex_lock(&s_lock);
        bool set = is_set(i);
        tmlrt_waker old = set ? fresh : s_wakers[i];
        if (!set) {
            s_wakers[i] = fresh;
        }
        trt_mutex_unlock(&s_lock);
        trt_waker_drop(&old);
        if (!set) {
            return TMLRT_PENDING;
        }
    }
    *(unsigned*)out = OUTPUT;
    return TMLRT_READY;
}
static tmlrt_poll poll_self_wake(void* frame, tmlrt_context* cx, void* out) {
    if ((*(unsigned*)frame)++ == 0) {
        trt_waker_wake_ref(cx->waker);
        return TMLRT_PENDING;
    }
    return poll(frame, cx, out);
}
static void drop(void* frame) {
    (void)frame;
}
static const tmlrt_future_desc s_desc = {.poll = poll, .drop = drop, .name = "model"};
static const tmlrt_future_desc s_self_wake_desc = {
    .poll = poll_self_wake, .drop = drop, .name = "model"};

// ---- threads ----------------------------------------------------------------------------------

static void begin(unsigned needed) {
    s_needed = needed;
    s_lock = (trt_mutex){{0}};
    s_outputs = 0;
    for (unsigned i = 0; i < 2; i++) {
        trt_atomic_init(&s_flags[i], 0);
        s_wakers[i] = (tmlrt_waker){NULL, NULL};
    }
    model_name(s_flags, sizeof(s_flags), "flags");
}
static void setup_one(void) {
    begin(1);
}
static void setup_two(void) {
    begin(2);
}

static void block(const tmlrt_future_desc* desc) {
    unsigned frame = 0, out = 0;
    MODEL_CHECK(tmlrt_block_on_future(desc, &frame, &out) == TMLRT_OK && out == OUTPUT);
    s_outputs++;
}
static void block_once(void) {
    block(&s_desc);
    trt_block_on_forget();
}
static void block_twice(void) {
    block(&s_desc);
    block(&s_self_wake_desc);
    trt_block_on_forget();
}
static void block_self_wake(void) {
    block(&s_self_wake_desc);
    trt_block_on_forget();
}
static void set_and_wake(unsigned number) {
    trt_mutex_lock(&s_lock);
    trt_atomic_store(&s_flags[number], 1, TRT_RELAXED);
    tmlrt_waker waker = s_wakers[number];
    s_wakers[number] = (tmlrt_waker){NULL, NULL};
    trt_mutex_unlock(&s_lock);
    trt_waker_wake(&waker);
}
static void wake_0(void) {
    set_and_wake(0);
}
static void wake_1(void) {
    set_and_wake(1);
}
// Wakes without a lock around the flag: only the parker's token orders the flag.
static void wake_by_ref_0(void) {
    tmlrt_waker mine = {NULL, NULL};
    trt_mutex_lock(&s_lock);
    trt_waker_clone(&s_wakers[0], &mine);
    trt_mutex_unlock(&s_lock);
    trt_waker_wake_ref(&mine);
    trt_waker_drop(&mine);
    set_and_wake(0);
}

static void finish(void) {
    for (unsigned i = 0; i < 2; i++) {
        trt_waker_drop(&s_wakers[i]);
    }
    MODEL_CHECK(s_outputs >= 1);
}

static const model_case s_cases[] = {
    {"wake", "E1,E5", setup_one, {block_once, wake_0}, finish, 0, false},
    {"two_wakers", "E1,E5", setup_two, {block_once, wake_0, wake_1}, finish, 0, false},
    {"late_clone", "E5", setup_one, {block_once, wake_by_ref_0}, finish, 0, false},
    {"self_wake", "E9", setup_one, {block_self_wake, wake_0}, finish, 0, false},
    {"twice", "E1,E9", setup_two, {block_twice, wake_0, wake_1}, finish, 0, false},
};
MODEL_STRUCTURE("block_on", s_cases);
