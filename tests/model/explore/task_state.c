// SPDX-License-Identifier: Apache-2.0
// The task: state word, task.c and handle.c as they are, a queue and runners from the rig.
//
// The future is ready when every flag of `need` is set. Wakers set their flag (relaxed) before they
// wake, so a poll that does not see it although the wake came first is E1 broken, and the deadlock
// that follows shows it. Frames are plain memory: two threads in one (E2) are a race. Freed tasks
// are never reused: an access after the last reference (E5) is found.
#include "rt/base/waker.h"
#include "rt/exec/handle.h"
#include "rt/exec/worker.h"
#include "tests/model/explore/rig.h"

#include <tmlrt/task.h>

enum { OUTPUT = 77 };

typedef struct frame {
    tmlrt_frame head;
    unsigned polls, need;
    bool wakes_itself, clones, in_use;
} frame;

static tmlrt_task* s_task;
static tmlrt_waker s_wakers[2];
static rig_waker s_first, s_second;
static trt_atomic_u32 s_flags[2];
static unsigned s_completions, s_drops, s_output_drops, s_outputs_taken;

static bool s_cloned; ///< s_wakers[0] is there

static MODEL_UNSEEN bool is_cloned(void* unused) {
    (void)unused;
    return s_cloned;
}
static MODEL_UNSEEN void set_cloned(void) {
    s_cloned = true;
}

static tmlrt_poll poll_flags(void* at, tmlrt_context* cx, void* out) {
    frame* self = at;
    MODEL_CHECK(!self->in_use && "E2: one thread in the frame");
    MODEL_CHECK(self->head.state != TMLRT_FRAME_DONE && "E3: never polled after the end");
    self->in_use = true;
    if (self->polls++ == 0 && self->wakes_itself) {
        trt_waker_wake_ref(cx->waker);
    }
    if (self->clones && self->polls == 1) {
        tmlrt_waker another;
        trt_waker_clone(cx->waker, &s_wakers[0]);
        trt_waker_clone(cx->waker, &another);
        trt_waker_drop(&another);
        model_post();
        set_cloned();
    }
    bool ready = true;
    for (unsigned i = 0; i < self->need; i++) {
        ready = trt_atomic_load(&s_flags[i], TRT_RELAXED) != 0 && ready;
    }
    self->in_use = false;
    if (!ready || (self->wakes_itself && self->polls < 2)) {
        return TMLRT_PENDING;
    }
    self->head.state = TMLRT_FRAME_DONE;
    *(uint64_t*)out = OUTPUT;
    s_completions++;
    rig_ended();
    return TMLRT_READY;
}

static void drop_frame(void* at) {
    frame* self = at;
    MODEL_CHECK(!self->in_use && "E2: one thread in the frame");
    MODEL_CHECK(self->head.state != TMLRT_FRAME_DONE && "E6: dropped once, not after the end");
    self->head.state = TMLRT_FRAME_DONE;
    s_drops++;
    rig_ended();
    if (self->wakes_itself) {
        const tmlrt_waker own = {&trt_task_waker_vtable, s_task};
        trt_waker_wake_ref(&own);
    }
}

static void drop_output(void* out) {
    MODEL_CHECK(*(uint64_t*)out == OUTPUT && "E6: the output is there");
    s_output_drops++;
}

static const tmlrt_future_desc s_desc = {
    .poll = poll_flags,
    .drop = drop_frame,
    .drop_output = drop_output,
    .frame_size = sizeof(frame),
    .frame_align = 8,
    .out_size = 8,
    .out_align = 8,
    .name = "model",
};

static bool s_clones; ///< the poll clones the waker, not the set-up
static tmlrt_task* (*s_spawn)(const tmlrt_future_desc*, const void*, uint64_t) = rig_spawn;

static void begin(unsigned need, bool wakes_itself) {
    rig_reset();
    s_cloned = false;
    s_first = s_second = (rig_waker){0, 0};
    s_completions = s_drops = s_output_drops = s_outputs_taken = 0;
    trt_atomic_init(&s_flags[0], 0);
    trt_atomic_init(&s_flags[1], 0);
    model_name(s_flags, sizeof(s_flags), "flags");
    const frame fresh = {.need = need, .wakes_itself = wakes_itself, .clones = s_clones};
    s_task = s_spawn(&s_desc, &fresh, sizeof(fresh));
    const tmlrt_waker own = {&trt_task_waker_vtable, s_task};
    for (unsigned i = 0; i < need && !s_clones; i++) {
        trt_waker_clone(&own, &s_wakers[i]);
    }
}

// What holds at the end of every case; a block that is left is told by the explorer.
static void finish(void) {
    rig_drain();
    MODEL_CHECK(rig_completed() == 1 && "E8: one end");
    MODEL_CHECK(s_completions + s_drops == 1 && "E6: the frame ended once");
    MODEL_CHECK(s_output_drops + s_outputs_taken == s_completions && "E6: the output moved once");
    MODEL_CHECK(s_first.live == 0 && s_second.live == 0 && "E7: join wakers are given back");
}

static void run(void) {
    rig_run(1, false);
}
static void run_as_worker(void) {
    rig_run(1, true);
}
static void set_and_wake(unsigned number) {
    trt_atomic_store(&s_flags[number], 1, TRT_RELAXED);
    trt_waker_wake(&s_wakers[number]);
}
static void wake_0(void) {
    set_and_wake(0);
}
static void wake_1(void) {
    set_and_wake(1);
}
static void wake_0_as_worker(void) {
    rig_become_worker();
    set_and_wake(0);
}
static void wake_twice(void) {
    trt_waker_wake_ref(&s_wakers[0]);
    set_and_wake(0);
}

// ---- wakes ------------------------------------------------------------------------------------

static void setup_two_wakers(void) {
    begin(2, false);
    tmlrt_task_detach(s_task);
}
static void setup_one_waker(void) {
    begin(1, false);
    tmlrt_task_detach(s_task);
}
static void setup_self_wake(void) {
    begin(1, true);
    tmlrt_task_detach(s_task);
}

// ---- aborts -----------------------------------------------------------------------------------

static void setup_handle(void) {
    begin(1, false);
}
static void setup_handle_self_wake(void) {
    begin(1, true);
}
static void abort_and_detach(void) {
    tmlrt_task_abort(s_task);
    tmlrt_task_detach(s_task);
}
static void abort_and_take(void) {
    tmlrt_task_abort(s_task);
    tmlrt_waker waker = rig_waker_of(&s_first);
    while (trt_handle_poll(s_task, &waker) == TMLRT_PENDING) {
        rig_wait(&s_first);
    }
    uint64_t out = 0;
    tmlrt_status status = trt_handle_take(s_task, &out);
    MODEL_CHECK(status == TMLRT_OK ? out == OUTPUT : status == TMLRT_E_CANCELLED);
    s_outputs_taken += status == TMLRT_OK;
}

// Nobody else wakes it: the abort alone has to reach the frame.
static void drop_waker_and_finish(void) {
    rig_drain();
    trt_waker_drop(&s_wakers[0]);
    finish();
}

// ---- joins ------------------------------------------------------------------------------------

static void take(rig_waker* which) {
    tmlrt_waker waker = rig_waker_of(which);
    while (trt_handle_poll(s_task, &waker) == TMLRT_PENDING) {
        rig_wait(which);
    }
    uint64_t out = 0;
    MODEL_CHECK(trt_handle_take(s_task, &out) == TMLRT_OK && out == OUTPUT && "E6: output");
    s_outputs_taken++;
}
static void join(void) {
    take(&s_first);
}
static void join_after_change(void) {
    tmlrt_waker waker = rig_waker_of(&s_first);
    (void)trt_handle_poll(s_task, &waker);
    take(&s_second);
}
static void join_and_leave(void) {
    tmlrt_waker waker = rig_waker_of(&s_first);
    (void)trt_handle_poll(s_task, &waker);
    tmlrt_task_detach(s_task);
}
static void detach(void) {
    tmlrt_task_detach(s_task);
}

// ---- tasks that are in no list yet ------------------------------------------------------------

static void setup_unlisted(void) {
    s_spawn = rig_spawn_unlisted;
    begin(0, false); // ready at the first poll
    s_spawn = rig_spawn;
}
static void setup_unlisted_waker(void) {
    s_spawn = rig_spawn_unlisted;
    begin(1, false);
    s_spawn = rig_spawn;
}

// ---- clones in the poll -----------------------------------------------------------------------

static void setup_clones(void) {
    s_clones = true;
    begin(1, false);
    s_clones = false;
}
static void setup_clones_detached(void) {
    setup_clones();
    tmlrt_task_detach(s_task);
}
static void wake_cloned(void) {
    model_await(is_cloned, NULL);
    set_and_wake(0);
}

// ---- references -------------------------------------------------------------------------------

static void clone_and_drop(void) {
    tmlrt_waker mine;
    trt_waker_clone(&s_wakers[0], &mine);
    trt_waker_drop(&mine);
    set_and_wake(0);
}
static void drop_1(void) {
    trt_atomic_store(&s_flags[1], 1, TRT_RELAXED);
    trt_waker_wake_ref(&s_wakers[1]);
    trt_waker_drop(&s_wakers[1]);
}

static const model_case s_cases[] = {
    {"two_wakers", "E1,E4,E5", setup_two_wakers, {run, wake_0, wake_1}, finish, 0, false},
    {"two_runners",
     "E1,E2,E4",
     setup_one_waker,
     {run, run_as_worker, wake_twice},
     finish,
     0,
     false},
    {"wake_in_poll", "E1,E9", setup_self_wake, {run_as_worker, wake_0_as_worker}, finish, 0, false},
    {"abort", "E8", setup_handle, {run, abort_and_detach}, drop_waker_and_finish, 0, false},
    {"abort_wake", "E3,E6,E8", setup_handle, {run, abort_and_detach, wake_0}, finish, 0, false},
    {"abort_take",
     "E3,E6,E8",
     setup_handle,
     {run, abort_and_take, wake_0_as_worker},
     finish,
     0,
     false},
    {"abort_self_wake",
     "E8,E9",
     setup_handle_self_wake,
     {run, abort_and_detach, wake_0},
     finish,
     0,
     false},
    {"join", "E6,E7", setup_handle, {run, join, wake_0}, finish, 0, false},
    {"join_change", "E7", setup_handle, {run, join_after_change, wake_0}, finish, 0, false},
    {"join_leave", "E5,E6,E7", setup_handle, {run, join_and_leave, wake_0}, finish, 0, false},
    {"detach", "E5,E6", setup_handle, {run_as_worker, detach, wake_0}, finish, 0, false},
    {"clones", "E1,E5", setup_clones_detached, {run_as_worker, wake_cloned}, finish, 0, false},
    {"clones_join", "E5,E6", setup_clones, {run_as_worker, wake_cloned, join}, finish, 0, false},
    {"unlisted_join", "E5,E6,E7", setup_unlisted, {run, join}, finish, 0, false},
    {"unlisted_change", "E5,E7", setup_unlisted, {run, join_after_change}, finish, 0, false},
    {"unlisted_leave", "E5,E6", setup_unlisted, {run, join_and_leave}, finish, 0, false},
    {"unlisted_detach", "E5,E6", setup_unlisted, {run, detach}, finish, 0, false},
    {"unlisted_abort", "E5,E8", setup_unlisted, {run, abort_and_take}, finish, 0, false},
    {"unlisted_wake", "E5,E6", setup_unlisted_waker, {run, detach, wake_0}, finish, 0, false},
    {"references", "E5", setup_two_wakers, {run, clone_and_drop, drop_1}, finish, 0, false},
};
MODEL_STRUCTURE("task_state", s_cases);
