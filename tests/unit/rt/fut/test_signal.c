// SPDX-License-Identifier: Apache-2.0
#include "rt/fut/signal.h"

#include <tmlrt/task.h>

#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <signal.h>

typedef struct waiting {
    trt_signal subscription;
    uint32_t bits;
} waiting;

static tmlrt_poll step_signal(test_future* self, tmlrt_context* cx, int64_t* out) {
    waiting* w = self->user;
    tmlrt_status status = TMLRT_OK;
    if (self->leaf_desc == NULL) {
        trt_signal_wait_init(self->leaf, &w->subscription, &w->bits);
        self->leaf_desc = &trt_signal_wait_desc;
        EXPECT_EQ(trt_signal_wait_desc.poll(self->leaf, cx, &status), TMLRT_PENDING);
        raise(SIGTERM); // while it waits, on this thread: ThreadSanitizer holds back the others
        return TMLRT_PENDING;
    }
    if (trt_signal_wait_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    *out = status;
    return TMLRT_READY;
}

static void check_delivery(uint32_t workers) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = workers};
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    waiting w = {.bits = 0};
    EXPECT_EQ(trt_signal_open(&w.subscription, TRT_SIGNAL_TERM | TRT_SIGNAL_INT), TMLRT_OK);
    for (int i = 0; i < 5; i++) {
        test_probe probe = {0};
        test_future frame = {.step = step_signal, .probe = &probe, .user = &w};
        int64_t out = 1;
        w.bits = 0;
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), 0);
        EXPECT_EQ(out, TMLRT_OK);
        EXPECT_EQ(w.bits, TRT_SIGNAL_TERM);
    }
    trt_signal_close(&w.subscription);
    tmlrt_runtime_free(runtime);
}

TEST(signal_wait__term_while_waiting__delivered_as_a_bit) {
    check_delivery(1);
    check_delivery(2);
}
