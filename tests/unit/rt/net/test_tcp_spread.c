// SPDX-License-Identifier: Apache-2.0
// Whose reactor a connection gets that a task accepts: that of a lender, in turn; where reactors
// are kept each worker's in turn; or the one's that the task is bound to.
#include <tmlrt/net.h>
#include <tmlrt/runtime.h>

#include "rt/exec/drivers.h"
#include "rt/exec/runtime.h"
#include "rt/os/socket.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

enum { GUESTS = 8, MAX_WORKERS = 6 };

typedef struct house {
    tmlrt_tcp_listener* listener;
    tmlrt_tcp_stream* streams[GUESTS];
    trt_handle guests[GUESTS];
    int num;
    uint32_t watched[MAX_WORKERS]; ///< by worker, with all guests in
    tmlrt_tcp_opened opened;
} house;

static void open_house(test_future* self, house* h) {
    trt_addr addr;
    EXPECT_EQ(tmlrt_tcp_listen(&h->listener, "127.0.0.1", 0), TMLRT_OK);
    EXPECT_EQ(tmlrt_tcp_listener_addr(h->listener, &addr), TMLRT_OK);
    for (int i = 0; i < GUESTS; i++) {
        EXPECT_EQ(trt_socket_connect(&h->guests[i], &addr), TMLRT_OK);
    }
    tmlrt_tcp_accept_init(self->leaf, h->listener);
    self->leaf_desc = &tmlrt_tcp_accept_desc;
}

static tmlrt_poll step_house(test_future* self, tmlrt_context* cx, int64_t* out) {
    house* h = self->user;
    if (h->listener == NULL) {
        open_house(self, h);
    }
    while (h->num < GUESTS) {
        if (self->leaf_desc->poll(self->leaf, cx, &h->opened) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        EXPECT_EQ(h->opened.status, TMLRT_OK);
        h->streams[h->num++] = h->opened.stream;
        tmlrt_tcp_accept_init(self->leaf, h->listener);
        self->leaf_desc = h->num < GUESTS ? &tmlrt_tcp_accept_desc : NULL;
    }
    tmlrt_tcp_listener_free(h->listener);
    tmlrt_runtime* core = trt_current_worker()->core;
    for (uint32_t i = 0; i < core->num_workers; i++) {
        h->watched[i] = trt_reactor_num_handles(core->workers[i].reactor);
    }
    for (int i = 0; i < GUESTS; i++) {
        tmlrt_tcp_stream_free(h->streams[i]);
        trt_socket_close(h->guests[i], false);
    }
    *out = 0;
    return TMLRT_READY;
}

static house run_house(uint32_t workers, uint32_t home, bool keeps) {
    house h = {0};
    test_probe probe = {0};
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = workers};
    test_future frame = {.step = step_house, .probe = &probe, .user = &h};
    int64_t value = -1;
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    if (keeps) {
        trt_drivers_keep(runtime);
    }
    tmlrt_task* task = trt_spawn_on(runtime, home, &test_plain_desc, &frame, sizeof(frame));
    EXPECT_EQ(tmlrt_task_join(task, &value), TMLRT_OK);
    EXPECT_EQ(value, 0);
    tmlrt_runtime_free(runtime);
    return h;
}

TEST(tcp_futures__one_task_accepts__connections_are_in_one_reactor) {
    house h = run_house(2, TRT_HOME_NONE, false);
    EXPECT_EQ(h.watched[0], GUESTS);
    EXPECT_EQ(h.watched[1], 0);
}

TEST(tcp_futures__one_task_accepts_on_many_workers__lenders_share_the_connections) {
    house h = run_house(6, TRT_HOME_NONE, false);
    EXPECT_EQ(h.watched[0] + h.watched[TRT_LENDERS], GUESTS);
    EXPECT(h.watched[0] >= 3 && h.watched[TRT_LENDERS] >= 3); // the task may change its worker
}

TEST(tcp_futures__reactors_are_kept__connections_are_spread_over_the_workers) {
    house h = run_house(2, TRT_HOME_NONE, true);
    EXPECT_EQ(h.watched[0], GUESTS / 2);
    EXPECT_EQ(h.watched[1], GUESTS / 2);
}

TEST(tcp_futures__a_task_bound_to_a_worker_accepts__connections_stay_with_it) {
    house h = run_house(2, 1, false);
    EXPECT_EQ(h.watched[0], 0);
    EXPECT_EQ(h.watched[1], GUESTS);
}
