// SPDX-License-Identifier: Apache-2.0
// Async functions in C, in the form that the compiler gives them: a frame with a state and room for
// the leaf it awaits. A local that lives across an await is a member of the frame.
//
//     typedef struct add { tmlrt_frame head; uint64_t n, i; LEAF; } add;
//     static tmlrt_poll add_poll(void* frame, tmlrt_context* cx, void* out) {
//         add* self = frame;
//         BEGIN(self);
//         for (...) { tmlrt_yield_init(self->leaf); AWAIT(self, tmlrt_yield_desc, NULL); }
//         END(self);
//     }
//     FUTURE(add, uint64_t)
#ifndef TESTS_BENCH_RUNTIME_ASYNC_H
#define TESTS_BENCH_RUNTIME_ASYNC_H

#include <tmlrt/abi/functions.h>
#include <tmlrt/runtime.h>

#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAF alignas(TMLRT_LEAF_ALIGN) char leaf[TMLRT_LEAF_SIZE]

#define BEGIN(self)                                                                                \
    switch ((self)->head.state) {                                                                  \
    case TMLRT_FRAME_UNSTARTED:

#define AWAIT(self, desc, out)                                                                     \
    case __LINE__:                                                                                 \
        if ((desc).poll((self)->leaf, cx, (out)) == TMLRT_PENDING) {                               \
            (self)->head.state = __LINE__;                                                         \
            return TMLRT_PENDING;                                                                  \
        }

#define END(self)                                                                                  \
    }                                                                                              \
    (self)->head.state = TMLRT_FRAME_DONE;                                                         \
    return TMLRT_READY

// Only what waits for nothing is dropped in these programs.
static inline void drop_nothing(void* frame) {
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_DONE;
}

#define FUTURE(type, output)                                                                       \
    static const tmlrt_future_desc type##_desc = {                                                 \
        .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,                                            \
        .poll = type##_poll,                                                                       \
        .drop = drop_nothing,                                                                      \
        .frame_size = sizeof(type),                                                                \
        .frame_align = alignof(type),                                                              \
        .out_size = sizeof(output),                                                                \
        .out_align = alignof(output),                                                              \
        .name = #type,                                                                             \
        .num_states = 2,                                                                           \
    };

/// SPAWN starts a task: the members before the leaf's room are copied, nothing behind them, as for
/// compiled code's arguments.
#define SPAWN(type, ...) tmlrt_spawn(&type##_desc, &(type){__VA_ARGS__}, offsetof(type, leaf))

static inline uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// CHECK is for what cannot fail here.
#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s is false\n", __FILE__, __LINE__, #cond);                    \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/// run_row runs a row as a task of a runtime with TMLRT_THREADS workers and prints its sum and the
/// nanoseconds of one operation.
static inline void run_row(const tmlrt_future_desc* desc, void* frame, uint64_t n) {
    tmlrt_runtime* runtime;
    uint64_t sum = 0;
    CHECK(tmlrt_runtime_new(&runtime, NULL) == TMLRT_OK);
    uint64_t from = now_ns();
    CHECK(tmlrt_runtime_run(runtime, desc, frame, desc->frame_size, &sum) == TMLRT_OK);
    printf("%" PRIu64 " %.3f\n", sum, (double)(now_ns() - from) / (double)n);
    tmlrt_runtime_free(runtime);
}

#endif
