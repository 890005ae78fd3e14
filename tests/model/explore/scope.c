// SPDX-License-Identifier: Apache-2.0
// Scopes (rt/exec/group/scope.c) over real tasks: children that are added while the scope ends,
// fails, is cancelled, or loses its owner.
#include "rt/exec/group/scope.h"

#include "rt/base/waker.h"
#include "rt/exec/handle.h"
#include "rt/exec/worker.h"
#include "tests/model/explore/rig.h"

#include <tmlrt/task.h>

enum { OUTPUT = 70, FAILURE = 80 };

typedef struct frame {
    tmlrt_frame head;
    unsigned number;
    bool never, fails;
} frame;

void model_forget_scopes(void); // structures.py puts it into scope.c
static trt_scope* s_scope;
static rig_waker s_holder;
static uint64_t s_owner_id;
static unsigned s_outputs, s_output_drops, s_taken, s_cancelled, s_frame_drops, s_num;

static MODEL_UNSEEN void count(unsigned* counter) {
    (*counter)++;
}

static tmlrt_poll poll_frame(void* at, tmlrt_context* cx, void* out) {
    (void)cx;
    frame* self = at;
    if (self->never) {
        return TMLRT_PENDING;
    }
    self->head.state = TMLRT_FRAME_DONE;
    *(uint64_t*)out = (self->fails ? FAILURE : OUTPUT) + self->number;
    count(&s_outputs);
    rig_ended();
    return TMLRT_READY;
}
static void drop_frame(void* at) {
    frame* self = at;
    MODEL_CHECK(self->head.state != TMLRT_FRAME_DONE && "E6: dropped once, not after the end");
    self->head.state = TMLRT_FRAME_DONE;
    count(&s_frame_drops);
    rig_ended();
}
static void drop_output(void* out) {
    MODEL_CHECK(*(uint64_t*)out >= OUTPUT && "the output is there");
    *(uint64_t*)out = 0;
    count(&s_output_drops);
}
static int32_t is_failure(const void* out) {
    MODEL_CHECK(*(const uint64_t*)out >= OUTPUT && "the output is there");
    return *(const uint64_t*)out >= FAILURE;
}

static const tmlrt_future_desc s_desc = {
    .poll = poll_frame,
    .drop = drop_frame,
    .drop_output = drop_output,
    .frame_size = sizeof(frame),
    .frame_align = 8,
    .out_size = 8,
    .out_align = 8,
    .name = "model",
};

static tmlrt_task* spawn(unsigned number, bool never, bool fails) {
    const frame fresh = {.number = number, .never = never, .fails = fails};
    return rig_spawn(&s_desc, &fresh, sizeof(fresh));
}

// An owner that is no task: it is known by its number.
static void begin(unsigned num_tasks) {
    rig_reset();
    model_forget_scopes();
    s_holder = (rig_waker){0, 0};
    s_owner_id = 0;
    s_outputs = s_output_drops = s_taken = s_cancelled = s_frame_drops = 0;
    s_num = num_tasks;
    static tmlrt_task running;
    tmlrt_tls_worker = rig_worker();
    trt_atomic_init(&rig_worker()->running, &running);
    rig_worker()->owner_id = &s_owner_id;
    s_scope = trt_scope_new(8, NULL, 0, is_failure);
    trt_atomic_init(&rig_worker()->running, NULL);
    rig_worker()->owner_id = NULL;
    tmlrt_tls_worker = NULL;
    trt_scope_ref(s_scope); // of the thread that is not the holder
}
static void setup_one(void) {
    begin(1);
}
static void setup_none(void) {
    begin(0);
}
static void setup_waiting(void) {
    begin(2);
    (void)trt_scope_add(s_scope, spawn(0, true, false));
}
static void setup_two(void) {
    begin(2);
    (void)trt_scope_add(s_scope, spawn(0, true, false));
    (void)trt_scope_add(s_scope, spawn(1, false, true));
}

static void run_one(void) {
    rig_run(1, false);
}
static void run_two(void) {
    rig_run(2, false);
}

// ---- the other thread ---------------------------------------------------------------------------

static void add_and_leave(void) {
    tmlrt_status status = trt_scope_add(s_scope, spawn(1, false, false));
    MODEL_CHECK(status == TMLRT_OK || status == TMLRT_E_CLOSED);
    trt_scope_unref(s_scope);
}
static void add_failure_and_leave(void) {
    (void)trt_scope_add(s_scope, spawn(1, false, true));
    trt_scope_unref(s_scope);
}
static void cancel_and_leave(void) {
    trt_scope_cancel(s_scope, TMLRT_CANCEL_DEADLINE);
    trt_scope_unref(s_scope);
}
// A child that never ends by itself, added to a scope that is cancelled already.
static void cancel_add_and_leave(void) {
    trt_scope_cancel(s_scope, TMLRT_CANCEL_DEADLINE);
    (void)trt_scope_add(s_scope, spawn(1, true, false));
    trt_scope_unref(s_scope);
}
static void end_owner(void) {
    trt_scopes_cancel_of(s_owner_id, TMLRT_CANCEL_ABORT);
    trt_scope_unref(s_scope);
}
static void leave(void) {
    trt_scope_unref(s_scope);
}

// ---- the holder ---------------------------------------------------------------------------------

static void end(void) {
    (void)!trt_scope_end(s_scope);
}
static void join_and_end(void) {
    const tmlrt_waker waker = rig_waker_of(&s_holder);
    for (;;) {
        tmlrt_task* task;
        if (trt_scope_next(s_scope, &waker, &task) == TMLRT_PENDING) {
            rig_wait(&s_holder);
            continue;
        }
        if (task == NULL) {
            break;
        }
        uint64_t out = 0;
        tmlrt_status status = trt_handle_take(task, &out);
        MODEL_CHECK(status == TMLRT_OK ? out >= OUTPUT : status == TMLRT_E_CANCELLED);
        s_taken += status == TMLRT_OK;
        s_cancelled += status != TMLRT_OK;
        MODEL_CHECK((out < FAILURE ||
                     trt_cancel_reason_of(trt_scope_token(s_scope)) != TMLRT_CANCEL_NONE) &&
                    "G2: the token is cancelled before a failure is seen");
    }
    trt_scope_forget(s_scope);
    end();
}

static void finish(void) {
    rig_drain();
    trt_scopes_cancel_of(s_owner_id, TMLRT_CANCEL_ABORT); // finds no scope that has ended
    MODEL_CHECK(rig_completed() == s_num && "G1: every child has ended");
    MODEL_CHECK(s_outputs + s_frame_drops == s_num && "E6: a frame ends once");
    MODEL_CHECK(s_output_drops + s_taken == s_outputs && "an output is taken xor destroyed, once");
    MODEL_CHECK(s_holder.live == 0 && "wakers are given back");
}
static void finish_joined(void) {
    finish();
    MODEL_CHECK(s_taken + s_cancelled == s_num && "G1: each child has a result");
}

static const model_case s_cases[] = {
    {"add_end", "G1,G4", setup_one, {run_one, add_and_leave, end}, finish, 0, false},
    {"add_failure_end",
     "G1,G2,G4",
     setup_one,
     {run_one, add_failure_and_leave, end},
     finish,
     1,
     false},
    {"add_join", "G1", setup_one, {run_one, add_and_leave, join_and_end}, finish, 0, false},
    {"failure", "G1,G2", setup_two, {run_two, leave, join_and_end}, finish_joined, 1, false},
    {"failure_end", "G1,G2,G4", setup_two, {run_two, leave, end}, finish, 1, false},
    {"add_failure",
     "G1,G2",
     setup_waiting,
     {run_two, add_failure_and_leave, join_and_end},
     finish,
     1,
     false},
    {"cancel_end", "G1,G4", setup_two, {run_two, cancel_and_leave, end}, finish, 1, false},
    {"cancel_join",
     "G1",
     setup_two,
     {run_two, cancel_and_leave, join_and_end},
     finish_joined,
     1,
     false},
    {"cancel_add",
     "G1",
     setup_waiting,
     {run_two, cancel_add_and_leave, join_and_end},
     finish,
     1,
     false},
    {"owner_end", "G3,G4", setup_none, {end_owner, end}, finish, 3, false},
    {"owner_join", "G1,G3", setup_two, {run_two, end_owner, join_and_end}, finish_joined, 1, false},
};
MODEL_STRUCTURE("scope", s_cases);
