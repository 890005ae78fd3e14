// SPDX-License-Identifier: Apache-2.0
// A C program on the runtime: futures written by hand, public headers only. `lines` sleeps between
// its steps, `gather` spawns two of them, awaits both under a timeout and adds their results up.
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>
#include <tmlrt/time.h>

#include "tests/support/harness.h"

#include <stdalign.h>

#define MS 1000000ull

// ---- lines: counts `left` sleeps, output int64 --------------------------------------------------

typedef struct lines {
    tmlrt_frame head;
    int64_t left, done;
    bool sleeping;
    alignas(TMLRT_LEAF_ALIGN) unsigned char leaf[TMLRT_LEAF_SIZE];
} lines;

static tmlrt_poll lines_poll(void* frame, tmlrt_context* cx, void* out) {
    lines* self = frame;
    self->head.state = 1;
    while (self->done < self->left) {
        if (!self->sleeping) {
            tmlrt_sleep_init(self->leaf, MS);
            self->sleeping = true;
        }
        if (tmlrt_sleep_desc.poll(self->leaf, cx, NULL) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->sleeping = false;
        self->done++;
    }
    self->head.state = TMLRT_FRAME_DONE;
    *(int64_t*)out = self->done;
    return TMLRT_READY;
}

static void lines_drop(void* frame) {
    lines* self = frame;
    if (self->head.state == 1 && self->sleeping) {
        tmlrt_sleep_desc.drop(self->leaf);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

static const tmlrt_future_desc s_lines = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .poll = lines_poll,
    .drop = lines_drop,
    .frame_size = sizeof(lines),
    .frame_align = alignof(lines),
    .out_size = sizeof(int64_t),
    .out_align = alignof(int64_t),
    .name = "lines",
    .num_states = 2,
};

// ---- gather: two tasks, joined one after the other, each at most a second -----------------------

typedef struct gather {
    tmlrt_frame head;
    tmlrt_task* tasks[2];
    int64_t sum, value;
    tmlrt_status joined;
    alignas(TMLRT_LEAF_ALIGN) unsigned char join[TMLRT_LEAF_SIZE];
    alignas(TMLRT_LEAF_ALIGN) unsigned char timeout[TMLRT_LEAF_SIZE];
} gather;

static void gather_await(gather* self, int which) {
    tmlrt_join_init(self->join, self->tasks[which], &self->value);
    tmlrt_timeout_init(self->timeout, self->join, &tmlrt_join_desc, &self->joined, 1000 * MS);
    self->tasks[which] = NULL;
}

static tmlrt_poll gather_poll(void* frame, tmlrt_context* cx, void* out) {
    gather* self = frame;
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        for (int i = 0; i < 2; i++) {
            lines child = {.left = 3 + i};
            self->tasks[i] = tmlrt_spawn(&s_lines, &child, sizeof(child));
        }
        gather_await(self, 0);
        self->head.state = 1;
    }
    for (;;) {
        tmlrt_status timed = TMLRT_OK;
        if (tmlrt_timeout_desc.poll(self->timeout, cx, &timed) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->sum += timed == TMLRT_OK && self->joined == TMLRT_OK ? self->value : -1000;
        if (self->head.state == 2) {
            break;
        }
        gather_await(self, 1);
        self->head.state = 2;
    }
    self->head.state = TMLRT_FRAME_DONE;
    *(int64_t*)out = self->sum;
    return TMLRT_READY;
}

static void gather_drop(void* frame) {
    gather* self = frame;
    if (self->head.state == 1 || self->head.state == 2) {
        tmlrt_timeout_desc.drop(self->timeout);
        tmlrt_task_detach(self->tasks[1]);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

static const tmlrt_future_desc s_gather = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .poll = gather_poll,
    .drop = gather_drop,
    .frame_size = sizeof(gather),
    .frame_align = alignof(gather),
    .out_size = sizeof(int64_t),
    .out_align = alignof(int64_t),
    .name = "gather",
    .num_states = 3,
};

TEST(c_program__gathers_two_tasks__on_1_2_and_8_workers) {
    static const uint32_t workers[] = {1, 2, 8};
    for (int i = 0; i < 3; i++) {
        const tmlrt_runtime_options options = {.workers = workers[i], .thread_name = "example"};
        tmlrt_runtime* runtime = NULL;
        REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
        gather frame = {.sum = 0};
        int64_t sum = 0;
        uint64_t from = tmlrt_now_ns();
        EXPECT_EQ(tmlrt_runtime_run(runtime, &s_gather, &frame, sizeof(frame), &sum), TMLRT_OK);
        EXPECT_EQ(sum, 7);
        EXPECT(tmlrt_now_ns() - from >= 4 * MS);
        tmlrt_runtime_free(runtime);
    }
}

TEST(c_program__dropped_while_it_waits__children_end_with_the_runtime) {
    const tmlrt_runtime_options options = {.workers = 2};
    tmlrt_status status = TMLRT_OK;
    // On a busy machine this thread may come to the abort when the milliseconds are over: once
    // more.
    for (int i = 0; i < 50 && status == TMLRT_OK; i++) {
        tmlrt_runtime* runtime = NULL;
        REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
        gather frame = {.sum = 0};
        int64_t sum;
        tmlrt_task* task = tmlrt_runtime_spawn(runtime, &s_gather, &frame, sizeof(frame));
        tmlrt_task_abort(task);
        tmlrt_runtime_free(runtime);
        status = tmlrt_task_join(task, &sum);
    }
    EXPECT_EQ(status, TMLRT_E_CANCELLED);
}
