// SPDX-License-Identifier: Apache-2.0
#include "tests/support/future.h"

#include "rt/base/waker.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

test_probe test_counted_probe;

static void enter(test_probe* probe) {
    if (trt_atomic_add(&probe->running, 1, TRT_ACQ_REL) != 0) {
        trt_atomic_add(&probe->overlaps, 1, TRT_RELAXED);
    }
}

static tmlrt_poll future_poll(void* frame, tmlrt_context* cx, void* out) {
    test_future* self = frame;
    test_probe* probe = self->probe;
    if (self->head.state == TMLRT_FRAME_DONE || self->head.state == TMLRT_FRAME_POISONED) {
        tmlrt_poll_after_done(&test_future_desc, frame);
    }
    enter(probe);
    trt_atomic_add(&probe->polls, 1, TRT_RELAXED);
    uint32_t state = self->head.state;
    self->head.state = TMLRT_FRAME_POISONED;
    tmlrt_poll answer = self->step(self, cx, out);
    if (answer == TMLRT_READY) {
        self->head.state = TMLRT_FRAME_DONE;
    } else if (self->head.state == TMLRT_FRAME_POISONED) {
        self->head.state = state + 1;
    }
    trt_atomic_sub(&probe->running, 1, TRT_ACQ_REL);
    return answer;
}

static void future_drop(void* frame) {
    test_future* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE || self->head.state == TMLRT_FRAME_POISONED) {
        return;
    }
    enter(self->probe);
    if (self->leaf_desc != NULL) {
        self->leaf_desc->drop(self->leaf);
    }
    trt_atomic_add(&self->probe->drops, 1, TRT_RELAXED);
    self->head.state = TMLRT_FRAME_DONE;
    trt_atomic_sub(&self->probe->running, 1, TRT_ACQ_REL);
    if (self->on_drop != NULL) {
        self->on_drop(self);
    }
}

static void output_drop(void* out) {
    (void)out;
    trt_atomic_add(&test_counted_probe.outputs_dropped, 1, TRT_RELAXED);
}

#define TEST_DESC(...)                                                                             \
    {.abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,                                               \
     .poll = future_poll,                                                                          \
     .drop = future_drop,                                                                          \
     .frame_size = sizeof(test_future),                                                            \
     .frame_align = _Alignof(test_future),                                                         \
     .out_size = sizeof(int64_t),                                                                  \
     .out_align = _Alignof(int64_t),                                                               \
     .name = "test",                                                                               \
     .line = 1,                                                                                    \
     .num_states = 2,                                                                              \
     __VA_ARGS__}
const tmlrt_future_desc test_future_desc = TEST_DESC(.drop_output = output_drop);
const tmlrt_future_desc test_plain_desc = TEST_DESC(.drop_output = NULL);

// ---- steps --------------------------------------------------------------------------------------

tmlrt_poll test_step_ready(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    *out = self->left;
    return TMLRT_READY;
}

tmlrt_poll test_step_never(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx, (void)out;
    return TMLRT_PENDING;
}

tmlrt_poll test_step_yield(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->left-- > 0) {
        trt_waker_wake_ref(cx->waker);
        return TMLRT_PENDING;
    }
    *out = 1;
    return TMLRT_READY;
}

tmlrt_poll test_step_panic(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx, (void)out;
    trt_atomic_sub(&self->probe->running, 1, TRT_ACQ_REL);
    tmlrt_panic("scripted");
}

tmlrt_poll test_step_sleep(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        tmlrt_sleep_init(self->leaf, (uint64_t)self->left);
        self->leaf_desc = &tmlrt_sleep_desc;
    }
    if (tmlrt_sleep_desc.poll(self->leaf, cx, NULL) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    *out = 7;
    return TMLRT_READY;
}

static void lock(test_slot* slot) {
    while (trt_atomic_xchg(&slot->lock, 1, TRT_ACQUIRE_ORDER) != 0) {
        sched_yield();
    }
}

static void unlock(test_slot* slot) {
    trt_atomic_store(&slot->lock, 0, TRT_RELEASE_ORDER);
}

tmlrt_poll test_step_park(test_future* self, tmlrt_context* cx, int64_t* out) {
    test_slot* slot = self->user;
    tmlrt_waker fresh, old = {NULL, NULL};
    trt_waker_clone(cx->waker, &fresh);
    lock(slot);
    bool done = trt_atomic_load(&slot->flag, TRT_RELAXED) != 0;
    if (!done) {
        old = slot->waker;
        slot->waker = fresh;
        trt_atomic_store(&slot->armed, 1, TRT_RELEASE_ORDER);
    }
    unlock(slot);
    trt_waker_drop(done ? &fresh : &old);
    if (done) {
        *out = 3;
    }
    return done ? TMLRT_READY : TMLRT_PENDING;
}

tmlrt_waker test_slot_take(test_slot* slot) {
    lock(slot);
    tmlrt_waker waker = slot->waker;
    slot->waker = (tmlrt_waker){NULL, NULL};
    trt_atomic_store(&slot->armed, 0, TRT_RELAXED);
    unlock(slot);
    return waker;
}

void test_slot_wake(test_slot* slot) {
    lock(slot);
    trt_atomic_store(&slot->flag, 1, TRT_RELAXED);
    tmlrt_waker waker = slot->waker;
    slot->waker = (tmlrt_waker){NULL, NULL};
    unlock(slot);
    trt_waker_wake(&waker);
}

void test_slot_wait_armed(test_slot* slot) {
    while (trt_atomic_load(&slot->armed, TRT_ACQUIRE_ORDER) == 0) {
        sched_yield();
    }
}

int test_child(void (*fn)(void), char* out_text, unsigned long cap) {
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        fn();
        _exit(0);
    }
    close(ends[1]);
    unsigned long len = 0;
    ssize_t got;
    while (len + 1 < cap && (got = read(ends[0], out_text + len, cap - len - 1)) > 0) {
        len += (unsigned long)got;
    }
    out_text[len] = 0;
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

tmlrt_task* test_spawn_on(tmlrt_runtime* runtime, test_step step, test_probe* probe, void* user,
                          int64_t left) {
    test_future frame = {.step = step, .probe = probe, .user = user, .left = left};
    return tmlrt_runtime_spawn(runtime, &test_plain_desc, &frame, sizeof(frame));
}
