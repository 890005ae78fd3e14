// SPDX-License-Identifier: Apache-2.0
// Drives @root (i64 -> i64) by its descriptor alone: to the end, and dropped at every suspension.
#include <tmlrt/abi/functions.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

extern const tmlrt_future_desc root_future __asm__("root.future");

void note(int64_t value);
void note(int64_t value) {
    printf(" note %" PRId64, value);
}

// Polls until READY, or drops at the `drop_at`th PENDING; returns the number of PENDINGs.
static int drive(int64_t argument, int drop_at) {
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker, .budget = 1};
    char* frame = aligned_alloc(64, (root_future.frame_size + 63) / 64 * 64);
    int64_t value = -1;
    int pending = 0;
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_UNSTARTED;
    *(int64_t*)(frame + 8) = argument;
    printf("%s:", drop_at < 0 ? "run" : "drop");
    if (drop_at != 0) {
        while (root_future.poll(frame, &cx, &value) == TMLRT_PENDING && ++pending != drop_at) {
            cx.budget = 1;
        }
    }
    if (((tmlrt_frame*)frame)->state == TMLRT_FRAME_DONE) {
        printf(" = %" PRId64, value);
    }
    root_future.drop(frame);
    root_future.drop(frame); // a second drop does nothing
    printf(", %d pending\n", pending);
    tmlrt_arena_fini(&arena);
    free(frame);
    return pending;
}

int main(void) {
    int pending = drive(5, -1);
    for (int k = 0; k <= pending; k++) {
        drive(5, k);
    }
    return 0;
}
