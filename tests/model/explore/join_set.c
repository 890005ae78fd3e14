// SPDX-License-Identifier: Apache-2.0
// Join sets (rt/exec/group/join_set.c) over real tasks: completions against the owner who takes
// results, waits with one waker and another, aborts, detaches and leaves.
#include "rt/exec/group/join_set.h"

#include "rt/base/waker.h"
#include "rt/exec/handle.h"
#include "rt/exec/worker.h"
#include "tests/model/explore/rig.h"

#include <tmlrt/task.h>

enum { NUM = 2, OUTPUT = 70 };

typedef struct frame {
    tmlrt_frame head;
    unsigned number;
    bool never;
} frame;

static trt_join_set* s_set;
static rig_waker s_first, s_second, s_third;
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
    *(uint64_t*)out = OUTPUT + self->number;
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
    count(&s_output_drops);
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

static void begin(unsigned num, bool never) {
    rig_reset();
    s_first = s_second = s_third = (rig_waker){0, 0};
    s_outputs = s_output_drops = s_taken = s_cancelled = s_frame_drops = 0;
    s_num = num;
    s_set = trt_join_set_new(8);
    model_name(&s_set->word, 8, "word");
    model_name(&s_set->late, 8, "late");
    for (unsigned i = 0; i < num; i++) {
        const frame fresh = {.number = i, .never = never};
        trt_join_set_add(s_set, rig_spawn(&s_desc, &fresh, sizeof(fresh)));
    }
}
static void setup_one(void) {
    begin(1, false);
}
static void setup_two(void) {
    begin(NUM, false);
}
static void setup_two_waiting(void) {
    setup_two();
    const tmlrt_waker second = rig_waker_of(&s_second);
    MODEL_CHECK(trt_join_set_wait(s_set, &second) == TMLRT_PENDING);
}
static void setup_never(void) {
    begin(1, true);
}
static void setup_empty(void) {
    begin(0, false);
    s_num = 1;
}

static void run_one(void) {
    rig_run(1, false);
}
static void run_two(void) {
    rig_run(2, true);
}

// ---- the owner --------------------------------------------------------------------------------

static void take(tmlrt_task* task) {
    uint64_t out = 0;
    tmlrt_status status = trt_handle_take(task, &out);
    MODEL_CHECK(status == TMLRT_OK ? out >= OUTPUT : status == TMLRT_E_CANCELLED);
    s_taken += status == TMLRT_OK;
    s_cancelled += status != TMLRT_OK;
}
static void take_next(rig_waker* which) {
    const tmlrt_waker waker = rig_waker_of(which);
    for (;;) {
        tmlrt_task* task = trt_join_set_pop(s_set);
        if (task != NULL) {
            take(task);
            return;
        }
        if (trt_join_set_wait(s_set, &waker) == TMLRT_PENDING) {
            rig_wait(which);
        }
    }
}
static void leave(void) {
    trt_join_set_forget(s_set);
    (void)!trt_join_set_close(s_set);
}
static void take_all_and_leave(void) {
    while (trt_join_set_len(s_set) != 0) {
        take_next(&s_first);
    }
    leave();
}
static void change_waker_and_leave(void) {
    const tmlrt_waker other = rig_waker_of(&s_second);
    (void)trt_join_set_wait(s_set, &other);
    take_next(&s_first);
    leave();
}
static void change_twice_and_leave(void) {
    const tmlrt_waker second = rig_waker_of(&s_second), third = rig_waker_of(&s_third);
    (void)trt_join_set_wait(s_set, &second);
    (void)trt_join_set_wait(s_set, &third);
    take_next(&s_first);
    leave();
}
static void change_again_and_leave(void) {
    const tmlrt_waker third = rig_waker_of(&s_third);
    (void)trt_join_set_wait(s_set, &third);
    take_next(&s_first);
    leave();
}
static void forget_and_take(void) {
    const tmlrt_waker other = rig_waker_of(&s_second);
    (void)trt_join_set_wait(s_set, &other);
    trt_join_set_forget(s_set);
    take_next(&s_first);
    leave();
}
static void wait_and_leave(void) {
    const tmlrt_waker waker = rig_waker_of(&s_first);
    (void)trt_join_set_wait(s_set, &waker);
    leave();
}
static void take_one_and_leave(void) {
    take_next(&s_first);
    leave();
}
static void abort_all_and_take(void) {
    trt_join_set_abort_all(s_set);
    take_all_and_leave();
}
static void detach_and_leave(void) {
    trt_join_set_detach_all(s_set);
    take_all_and_leave();
}
static void add_and_take(void) {
    const frame fresh = {.number = 0};
    trt_join_set_add(s_set, rig_spawn(&s_desc, &fresh, sizeof(fresh)));
    take_all_and_leave();
}

// ---- the end ----------------------------------------------------------------------------------

static void finish(void) {
    rig_drain();
    MODEL_CHECK(rig_completed() == s_num && "every task ended");
    MODEL_CHECK(s_outputs + s_frame_drops == s_num && "E6: a frame ends once");
    MODEL_CHECK(s_output_drops + s_taken == s_outputs && "an output is taken xor destroyed, once");
    MODEL_CHECK(s_first.live == 0 && s_second.live == 0 && s_third.live == 0 &&
                "wakers are given back");
}
static void finish_all_taken(void) {
    finish();
    MODEL_CHECK(s_taken + s_cancelled == s_num && "J1: each task has a result");
}

static const model_case s_cases[] = {
    {"one", "J3,J4", setup_one, {run_one, take_all_and_leave}, finish_all_taken, 3, false},
    {"two", "J1,J3", setup_two, {run_one, run_two, take_all_and_leave}, finish_all_taken, 0, false},
    {"two_by_one", "J1,J3", setup_two, {run_two, take_all_and_leave}, finish_all_taken, 3, false},
    {"add", "J1,J3", setup_empty, {run_one, add_and_take}, finish_all_taken, 3, false},
    {"waker_change",
     "J3",
     setup_one,
     {run_one, change_waker_and_leave},
     finish_all_taken,
     3,
     false},
    {"waker_change_two",
     "J3,J4",
     setup_two,
     {run_one, run_two, change_waker_and_leave},
     finish,
     0,
     false},
    {"waker_changes_twice",
     "J3,J4",
     setup_one,
     {run_one, change_twice_and_leave},
     finish,
     MODEL_NO_BOUND,
     false},
    {"waker_changes_twice_two",
     "J3,J4",
     setup_two_waiting,
     {run_one, run_two, change_again_and_leave},
     finish,
     0,
     false},
    {"forget", "J3", setup_one, {run_one, forget_and_take}, finish_all_taken, 3, false},
    {"leave", "J4", setup_one, {run_one, wait_and_leave}, finish, 3, false},
    {"leave_two", "J4", setup_two, {run_one, run_two, take_one_and_leave}, finish, 0, false},
    {"leave_both", "J4", setup_two, {run_one, run_two, wait_and_leave}, finish, 0, false},
    {"abort", "J1", setup_one, {run_one, abort_all_and_take}, finish_all_taken, 3, false},
    {"abort_waiting", "J1", setup_never, {run_one, abort_all_and_take}, finish_all_taken, 3, false},
    {"detach", "J1,J4", setup_one, {run_one, detach_and_leave}, finish, 3, false},
};
MODEL_STRUCTURE("join_set", s_cases);
