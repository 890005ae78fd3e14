// SPDX-License-Identifier: Apache-2.0
// A C program over the installed runtime: an async main written by hand, as a future of one state,
// that sleeps for a millisecond and says so. Includes installed headers only.
#include <tmlrt/abi/functions.h>

#include <stdalign.h>
#include <stdio.h>

typedef struct main_frame {
    tmlrt_frame head;
    alignas(16) unsigned char sleep[TMLRT_LEAF_SIZE];
} main_frame;

enum { SLEEPING = 1 };

static tmlrt_poll main_poll(void* frame, tmlrt_context* cx, void* out) {
    main_frame* self = frame;
    if (self->head.state == TMLRT_FRAME_UNSTARTED) {
        tmlrt_sleep_init(self->sleep, 1000000);
        self->head.state = SLEEPING;
    }
    if (tmlrt_sleep_desc.poll(self->sleep, cx, NULL) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->head.state = TMLRT_FRAME_DONE;
    puts("slept");
    *(int32_t*)out = 0;
    return TMLRT_READY;
}

static void main_drop(void* frame) {
    main_frame* self = frame;
    if (self->head.state == SLEEPING) {
        tmlrt_sleep_desc.drop(self->sleep);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

static const tmlrt_future_desc s_main = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = main_poll,
    .drop = main_drop,
    .frame_size = sizeof(main_frame),
    .frame_align = alignof(main_frame),
    .out_size = sizeof(int32_t),
    .out_align = alignof(int32_t),
    .name = "main",
    .num_states = 2,
};

int main(int argc, char** argv) {
    return tmlrt_main(argc, argv, &s_main);
}
