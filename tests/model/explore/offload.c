// SPDX-License-Identifier: Apache-2.0
// Blocking calls of leaves (rt/io/offload.c): the block of a call is released once, after the job
// and the leaf are both done with it, in whatever order the leaf is dropped and the job runs or is
// refused. The pool and the handle are stand-ins (blocking, task_state).
#include "rt/io/offload.h"

#include "rt/base/alloc.h"
#include "rt/exec/coop.h"
#include "rt/exec/handle.h"
#include "rt/exec/runtime.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

#include <string.h>

enum { ANSWER = 42 };

typedef struct call {
    trt_offload base;
    unsigned answer;
} call;

static call* s_call;
static rig_waker s_leaf;
static const tmlrt_future_desc* s_desc;
static union {
    char bytes[64];
    uint64_t words[8];
} s_frame;
static bool s_submitted, s_over;
static unsigned s_ran, s_finis, s_ended;

void* tmlrt_tls_worker;

// ---- what offload.c calls ---------------------------------------------------------------------

tmlrt_runtime* trt_runtime_get_default(tmlrt_status* out_status) {
    *out_status = TMLRT_E_SHUTDOWN;
    return NULL;
}
tmlrt_task* trt_task_failed(tmlrt_status status) {
    model_fail("refused with %d", status);
}
void tmlrt_coop_yield(tmlrt_context* cx) {
    (void)cx;
}

static MODEL_UNSEEN void note_submitted(void) {
    s_submitted = true;
}
static MODEL_UNSEEN void note_over(void) {
    s_over = true;
}
static MODEL_UNSEEN bool is_submitted(void* unused) {
    (void)unused;
    return s_submitted;
}
static MODEL_UNSEEN bool is_over(void* unused) {
    (void)unused;
    return s_over;
}

tmlrt_task* trt_blocking_submit_future(trt_blocking* pool, const tmlrt_future_desc* desc,
                                       void* frame, uint64_t frame_len) {
    (void)pool;
    s_desc = desc;
    MODEL_CHECK(frame_len <= sizeof(s_frame));
    memcpy(&s_frame, frame, frame_len);
    model_post();
    note_submitted();
    return (tmlrt_task*)&s_frame;
}
tmlrt_poll trt_handle_poll(tmlrt_task* task, const tmlrt_waker* waker) {
    (void)task, (void)waker;
    model_await(is_over, NULL);
    return TMLRT_READY;
}
tmlrt_status trt_handle_take(tmlrt_task* task, void* out) {
    (void)task, (void)out;
    return s_ran != 0 ? TMLRT_OK : TMLRT_E_SHUTDOWN;
}
void tmlrt_task_abort(tmlrt_task* task) {
    (void)task;
}
tmlrt_status trt_handle_abandon(tmlrt_task* task) {
    (void)task;
    return TMLRT_OK;
}

// ---- the call ---------------------------------------------------------------------------------

static void run(trt_offload* op) {
    ((call*)op)->answer = ANSWER;
    s_ran++;
}
static MODEL_UNSEEN void count_fini(void) {
    s_finis++;
}
static void fini(trt_offload* op) {
    count_fini();
    trt_free(op, sizeof(call));
}
static void ended(trt_offload* op) {
    (void)op;
    s_ended++;
}

static void setup(void) {
    s_submitted = s_over = false;
    s_ran = s_finis = s_ended = 0;
    s_leaf = (rig_waker){0, 0};
    s_call = trt_alloc_zero(sizeof(call));
    s_call->base = (trt_offload){.run = run, .fini = fini, .ended = ended};
    model_name(&s_call->base.refs, 4, "refs");
}

// The leaf waits, reads the answer and goes.
static void wait_and_leave(void) {
    const tmlrt_waker waker = rig_waker_of(&s_leaf);
    tmlrt_context cx = {.waker = &waker, .budget = 128};
    tmlrt_status status;
    trt_offload_start_on(&s_call->base, NULL);
    MODEL_CHECK(trt_offload_poll(&s_call->base, &cx, &status) == TMLRT_READY);
    MODEL_CHECK(status != TMLRT_OK || s_call->answer == ANSWER);
    trt_offload_leave(&s_call->base);
}
// It is dropped while the job is on its way.
static void start_and_leave(void) {
    trt_offload_start_on(&s_call->base, NULL);
    trt_offload_leave(&s_call->base);
}
static void leave_at_once(void) {
    trt_offload_leave(&s_call->base);
}

// The pool makes the call, or refuses it.
static void work(void) {
    model_await(is_submitted, NULL);
    if (model_choose(2) == 0) {
        char out[16];
        MODEL_CHECK(s_desc->poll(&s_frame, NULL, out) == TMLRT_READY);
    }
    s_desc->drop(&s_frame);
    model_post();
    note_over();
}

static void finish(void) {
    MODEL_CHECK(s_finis == 1 && s_ended == 1 && s_ran <= 1 && "released once");
}
static void finish_unstarted(void) {
    MODEL_CHECK(s_finis == 1 && s_ended == 0 && s_ran == 0 && "released once");
}

static const model_case s_cases[] = {
    {"wait", "S2", setup, {wait_and_leave, work}, finish, 0, false},
    {"leave", "S2", setup, {start_and_leave, work}, finish, 0, false},
    {"unstarted", "S2", setup, {leave_at_once}, finish_unstarted, 0, false},
};
MODEL_STRUCTURE("offload", s_cases);
