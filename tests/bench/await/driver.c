// SPDX-License-Identifier: Apache-2.0
// Runs the chain N times: `driver N` prints its value and the nanoseconds per operation. With
// LOWERED the chain is one future, polled by the smallest executor there is; else it is a plain
// function.
#include <tmlrt/abi/future.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef LOWERED
extern const tmlrt_future_desc bench_future __asm__("bench.future");

// Never reached: no frame of this program is dynamic, none is polled after its end.
void tmlrt_poll_after_done(const tmlrt_future_desc* desc, void* frame);
void* tmlrt_arena_grow(tmlrt_arena* arena, uint64_t size, uint64_t align);
void tmlrt_arena_pop(tmlrt_arena* arena, void* frame);

void tmlrt_poll_after_done(const tmlrt_future_desc* desc, void* frame) {
    (void)desc, (void)frame;
    abort();
}

void* tmlrt_arena_grow(tmlrt_arena* arena, uint64_t size, uint64_t align) {
    (void)arena, (void)size, (void)align;
    abort();
}

void tmlrt_arena_pop(tmlrt_arena* arena, void* frame) {
    (void)arena, (void)frame;
    abort();
}

static int64_t run(int64_t n) {
    tmlrt_arena arena = {0};
    tmlrt_waker waker = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &waker, .budget = TMLRT_BUDGET};
    char* frame = aligned_alloc(64, (bench_future.frame_size + 63) / 64 * 64);
    int64_t value = 0;
    if (frame == NULL) {
        abort();
    }
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_UNSTARTED;
    *(int64_t*)(frame + 8) = n;
    tmlrt_poll (*poll)(void*, tmlrt_context*, void*) = bench_future.poll;
    while (poll(frame, &cx, &value) == TMLRT_PENDING) {
    }
    free(frame);
    return value;
}
#else
int64_t bench(int64_t n);

static int64_t run(int64_t n) {
    return bench(n);
}
#endif

int main(int argc, char** argv) {
    int64_t n = argc > 1 ? atoll(argv[1]) : 1000;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    int64_t value = run(n);
    clock_gettime(CLOCK_MONOTONIC, &b);
    double ns = (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
    printf("%" PRId64 " %.4f\n", value, ns / (double)n);
    return 0;
}
