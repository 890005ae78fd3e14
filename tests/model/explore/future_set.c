// SPDX-License-Identifier: Apache-2.0
// A set of futures (rt/fut/future_set.c): S1, S2, S4. A wake-up of a member reaches whoever waits
// for the set, what was written before it is seen by the member's poll, wakers outlive the set.
// A member is ready when its flag (relaxed) is set, so a lost wake-up is a deadlock.
#include <tmlrt/abi/functions.h>

#include "rt/base/alloc.h"
#include "rt/base/waker.h"
#include "rt/exec/guard_scope.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 2, OUTPUT = 70 };

typedef struct frame {
    tmlrt_frame head;
    unsigned index;
    bool was_polled, in_use;
} frame;

typedef union leaf {
    char bytes[TMLRT_LEAF_SIZE];
    uint64_t words[TMLRT_LEAF_SIZE / 8];
} leaf;

__thread trt_guard_scope* trt_tls_guard;

static tmlrt_future_set* s_set;
static leaf s_leaf;
static tmlrt_waker s_wakers[NUM];
static rig_waker s_owner, s_other;
static trt_atomic_u32 s_flags[NUM];
static unsigned s_data[NUM], s_got[NUM], s_dropped, s_outputs_dropped;
static bool s_wakes_itself;

// ---- what future_set.c calls ------------------------------------------------------------------

void tmlrt_frame_free(void* at, uint64_t size, uint64_t align) {
    trt_free_aligned(at, (size_t)size, (size_t)align);
}
void tmlrt_arena_fini(tmlrt_arena* arena) {
    (void)arena;
}
void tmlrt_coop_yield(tmlrt_context* cx) {
    trt_waker_wake_ref(cx->waker);
}
void tmlrt_poll_after_done(const tmlrt_future_desc* desc, void* at) {
    model_fail("%s is polled after it was done (%p)", desc->name, at);
}

// ---- the members ------------------------------------------------------------------------------

static tmlrt_poll poll_member(void* at, tmlrt_context* cx, void* out) {
    frame* self = at;
    MODEL_CHECK(!self->in_use && self->head.state != TMLRT_FRAME_DONE && "polled by its owner");
    self->in_use = true;
    if (!self->was_polled) {
        self->was_polled = true;
        trt_waker_clone(cx->waker, &s_wakers[self->index]);
        if (s_wakes_itself) {
            trt_waker_wake_ref(cx->waker);
        }
    }
    bool ready = trt_atomic_load(&s_flags[self->index], TRT_RELAXED) != 0;
    self->in_use = false;
    if (!ready) {
        return TMLRT_PENDING;
    }
    self->head.state = TMLRT_FRAME_DONE;
    *(uint64_t*)out = OUTPUT + self->index;
    return TMLRT_READY;
}
static void drop_member(void* at) {
    frame* self = at;
    MODEL_CHECK(!self->in_use);
    self->head.state = TMLRT_FRAME_DONE;
    s_dropped++;
}
static void drop_output(void* out) {
    MODEL_CHECK(*(uint64_t*)out >= OUTPUT);
    s_outputs_dropped++;
}

static const tmlrt_future_desc s_desc = {
    .poll = poll_member,
    .drop = drop_member,
    .drop_output = drop_output,
    .frame_size = sizeof(frame),
    .frame_align = 8,
    .out_size = 8,
    .out_align = 8,
    .name = "member",
};

// ---- the owner --------------------------------------------------------------------------------

static tmlrt_poll poll_next(rig_waker* as, int64_t* out) {
    const tmlrt_waker waker = rig_waker_of(as);
    tmlrt_context cx = {.waker = &waker, .budget = 128};
    return tmlrt_future_set_next_desc.poll(&s_leaf, &cx, out);
}
static void begin_next(void) {
    tmlrt_future_set_next_init(&s_leaf, s_set);
}

static void add(unsigned index) {
    frame* made = trt_alloc_aligned(sizeof(frame), 8);
    *made = (frame){.index = index};
    MODEL_CHECK(tmlrt_future_set_add(s_set, made, &s_desc) == TMLRT_OK);
}
// Both members have been polled once and have their wakers out.
static void begin(bool wakes_itself) {
    int64_t ended;
    s_owner = s_other = (rig_waker){0, 0};
    s_dropped = s_outputs_dropped = 0;
    s_wakes_itself = wakes_itself;
    s_set = tmlrt_future_set_new(NUM, 8);
    model_name(s_set, 8, "refs");
    model_name(s_flags, sizeof(s_flags), "flags");
    for (unsigned i = 0; i < NUM; i++) {
        trt_atomic_init(&s_flags[i], 0);
        s_data[i] = s_got[i] = 0;
        add(i);
    }
    begin_next();
    MODEL_CHECK(poll_next(&s_owner, &ended) == TMLRT_PENDING);
    s_owner.woken = 0;
}
static void setup(void) {
    begin(false);
}
static void setup_self_wake(void) {
    begin(true);
}

// Takes `num` outputs, waiting as `as`.
static void take(rig_waker* as, unsigned num) {
    for (unsigned i = 0; i < num; i++) {
        int64_t ended;
        while (poll_next(as, &ended) == TMLRT_PENDING) {
            rig_wait(as);
        }
        MODEL_CHECK(ended >= 0);
        // A member that is polled without having been woken may see its flag early.
        MODEL_CHECK((s_wakes_itself || s_data[ended] == 1) && "what came before the wake is seen");
        MODEL_CHECK(*(uint64_t*)tmlrt_future_set_take(s_set, (uint64_t)ended) ==
                    OUTPUT + (uint64_t)ended);
        s_got[ended]++;
        begin_next();
    }
}
static void take_both(void) {
    take(&s_owner, 2);
    int64_t ended;
    MODEL_CHECK(poll_next(&s_owner, &ended) == TMLRT_READY && ended == -1);
    tmlrt_future_set_free(s_set);
}
static void take_one_and_free(void) {
    take(&s_owner, 1);
    tmlrt_future_set_free(s_set);
}
// The task that waits is another one from here on.
static void change_and_take(void) {
    take(&s_other, 2);
    tmlrt_future_set_free(s_set);
}
static void poll_as_other(void) {
    int64_t ended;
    if (poll_next(&s_other, &ended) == TMLRT_READY) {
        s_got[ended]++;
        begin_next();
    } else {
        tmlrt_future_set_next_desc.drop(&s_leaf);
    }
    tmlrt_future_set_free(s_set);
}

// ---- who wakes --------------------------------------------------------------------------------

static void set(unsigned index) {
    s_data[index] = 1;
    trt_atomic_store(&s_flags[index], 1, TRT_RELAXED);
}
static void wake_0(void) {
    set(0);
    trt_waker_wake(&s_wakers[0]);
}
static void wake_1(void) {
    set(1);
    trt_waker_wake(&s_wakers[1]);
}
static void wake_0_twice(void) {
    trt_waker_wake_ref(&s_wakers[0]);
    wake_0();
}
static void clone_and_wake_0(void) {
    tmlrt_waker mine;
    trt_waker_clone(&s_wakers[0], &mine);
    trt_waker_drop(&s_wakers[0]);
    set(0);
    trt_waker_wake(&mine);
}
static void wake_both(void) {
    wake_0();
    wake_1();
}

static void finish(void) {
    MODEL_CHECK(s_dropped == NUM && "S4: every member is dropped once");
    MODEL_CHECK(s_owner.live == 0 && s_other.live == 0 && "the owner's waker is given back");
}
static void finish_both(void) {
    MODEL_CHECK(s_got[0] == 1 && s_got[1] == 1 && s_outputs_dropped == 0);
    finish();
}

static const model_case s_cases[] = {
    {"two", "set:S1,S2", setup, {take_both, wake_0, wake_1}, finish_both, 0, false},
    {"self_wake",
     "set:S1,S3",
     setup_self_wake,
     {take_both, wake_0_twice, wake_1},
     finish_both,
     0,
     false},
    {"clones", "set:S1", setup, {take_both, clone_and_wake_0, wake_1}, finish_both, 0, false},
    {"free", "set:S4", setup, {take_one_and_free, wake_0, wake_1}, finish, 0, false},
    {"change", "set:S1", setup, {change_and_take, wake_both}, finish_both, 0, false},
    {"leave", "set:S1,S4", setup, {poll_as_other, wake_0, wake_1}, finish, 0, false},
};
MODEL_STRUCTURE("future_set", s_cases);
