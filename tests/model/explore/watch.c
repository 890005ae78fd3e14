// SPDX-License-Identifier: Apache-2.0
// Watch (rt/sync/watch.c over cells.c): H1 to H3, the latest value is not missed, what its sender
// wrote before is seen, and every value is destroyed once, after the last copy of it was made.
#include "rt/sync/watch.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 2, NUM_VALUES = 4 };

typedef struct value {
    uint32_t number;
    uint32_t is_copy;
} value;

static trt_watch* s_watch;
static trt_watch_rx* s_receivers[NUM];
static trt_waiter s_waiters[NUM];
static rig_waker s_wakers[NUM];
static unsigned s_payload[NUM_VALUES], s_destroyed[NUM_VALUES], s_sent;
static unsigned s_data; ///< of a sender, written before it sends 1
static bool s_cancelled;

static MODEL_UNSEEN void count_destroyed(uint32_t number) {
    s_destroyed[number]++;
}
static void clone_value(void* to, const void* from) {
    const value* original = from;
    MODEL_CHECK(s_payload[original->number] == 1 && "H2: it is there while it is copied");
    *(value*)to = (value){original->number, 1};
}
static void drop_value(void* at) {
    const value* self = at;
    if (self->is_copy == 0) {
        s_payload[self->number] = 0;
        count_destroyed(self->number);
    }
}

static void setup(void) {
    const value first = {0, 0};
    s_data = 0;
    s_cancelled = false;
    s_sent = 1;
    for (unsigned i = 0; i < NUM_VALUES; i++) {
        s_payload[i] = 1;
        s_destroyed[i] = 0;
    }
    MODEL_CHECK(trt_watch_new(&s_watch, sizeof(value), &first, clone_value, drop_value) ==
                TMLRT_OK);
    for (unsigned i = 0; i < NUM; i++) {
        s_receivers[i] = trt_watch_subscribe(s_watch);
        trt_waiter_init(&s_waiters[i]);
        s_wakers[i] = (rig_waker){0, 0};
    }
}
// The second cell is there already: a send takes the spare.
static void setup_spare(void) {
    const value second = {1, 0};
    setup();
    MODEL_CHECK(trt_watch_send(s_watch, &second) == TMLRT_OK);
    s_sent = 2;
}
static void setup_two_senders(void) {
    setup();
    trt_watch_ref(s_watch);
}

static void send(uint32_t number) {
    const value fresh = {number, 0};
    MODEL_CHECK(trt_watch_send(s_watch, &fresh) == TMLRT_OK);
}
static void send_1(void) {
    s_data = 1;
    send(1);
}
static void send_1_and_leave(void) {
    send_1();
    trt_watch_unref(s_watch);
}
static void send_2_and_leave(void) {
    send(2);
    trt_watch_unref(s_watch);
}
static void send_2_3(void) {
    send(2);
    send(3);
}
static void leave(void) {
    s_data = 1;
    trt_watch_unref(s_watch);
}

static tmlrt_status wait_changed(unsigned number) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[number]);
    tmlrt_status status;
    while (trt_watch_poll_changed(s_receivers[number], &s_waiters[number], &waker, &status) ==
           TMLRT_PENDING) {
        rig_wait(&s_wakers[number]);
    }
    return status;
}
static uint32_t get(unsigned number) {
    value got;
    trt_watch_get(s_receivers[number], &got);
    return got.number;
}

static void await_1_of(unsigned number) {
    MODEL_CHECK(wait_changed(number) == TMLRT_OK && s_data == 1 && "what came before is seen");
    MODEL_CHECK(get(number) == 1 && "H1: the value that was told of");
}
static void await_1_as_0(void) {
    await_1_of(0);
}
static void await_1_as_1(void) {
    await_1_of(1);
}
static void look(void) {
    if (trt_watch_changed(s_receivers[0]) == TMLRT_OK) {
        MODEL_CHECK(s_data == 1 && "what came before is seen");
    }
}
static void get_0(void) {
    (void)get(0);
}
static void get_1(void) {
    (void)get(1);
}
static void peek_and_get(void) {
    value got;
    trt_watch_peek(s_watch, &got);
    (void)get(1);
}
static void until_closed(void) {
    while (wait_changed(0) == TMLRT_OK) {
    }
    MODEL_CHECK(get(0) != 0 && "H1: the last value was told of");
}
static void await_closed(void) {
    MODEL_CHECK(wait_changed(0) == TMLRT_E_CLOSED && s_data == 1 && "what came before is seen");
}
static void poll_and_cancel(void) {
    const tmlrt_waker waker = rig_waker_of(&s_wakers[0]);
    tmlrt_status status;
    if (trt_watch_poll_changed(s_receivers[0], &s_waiters[0], &waker, &status) == TMLRT_PENDING) {
        trt_watch_cancel(s_receivers[0], &s_waiters[0]);
        s_cancelled = true;
    } else {
        MODEL_CHECK(s_data == 1);
    }
}
static void free_receiver_1(void) {
    trt_watch_rx_free(s_receivers[1]);
    s_receivers[1] = NULL;
}
static void free_receiver_0(void) {
    trt_watch_rx_free(s_receivers[0]);
    s_receivers[0] = NULL;
}
static void dup_and_free(void) {
    trt_watch_rx* twin = trt_watch_rx_dup(s_receivers[0]);
    trt_watch_rx_free(s_receivers[0]);
    s_receivers[0] = twin;
}

static void end_of(bool senders_left) {
    for (unsigned i = 0; i < NUM; i++) {
        MODEL_CHECK(s_wakers[i].live == 0 && "W1: wakers are given back");
        if (s_receivers[i] != NULL) {
            trt_watch_rx_free(s_receivers[i]);
        }
    }
    if (!senders_left) {
        trt_watch_unref(s_watch);
    }
    unsigned destroyed = 0;
    for (unsigned i = 0; i < NUM_VALUES; i++) {
        MODEL_CHECK(s_destroyed[i] <= 1 && "H2: destroyed once");
        destroyed += s_destroyed[i];
    }
    MODEL_CHECK(destroyed == s_sent && "H2: every value is destroyed");
}
static void finish(void) {
    s_sent++;
    end_of(false);
}
static void finish_two(void) {
    s_sent += 2;
    end_of(false);
}
static void finish_two_left(void) {
    s_sent += 2;
    end_of(true);
}
static void finish_left(void) {
    end_of(true);
}
static void finish_one_left(void) {
    s_sent++;
    end_of(true);
}
static void finish_cancel(void) {
    MODEL_CHECK((!s_cancelled || trt_watch_changed(s_receivers[0]) == TMLRT_OK) &&
                "H1: a change that a cancelled wait did not see stays unseen");
    finish();
}

static const model_case s_cases[] = {
    {"changed", "H1", setup, {await_1_as_0, await_1_as_1, send_1}, finish, 0, false},
    {"look", "H1", setup, {look, send_1}, finish, 0, false},
    {"copies", "H2", setup_spare, {get_0, peek_and_get, send_2_3}, finish_two, 0, false},
    {"two_senders",
     "H1,H3",
     setup_two_senders,
     {until_closed, send_1_and_leave, send_2_and_leave},
     finish_two_left,
     0,
     false},
    {"close", "H1,H3", setup, {await_closed, leave, free_receiver_1}, finish_left, 0, false},
    {"last", "H2,H3", setup, {free_receiver_0, free_receiver_1, leave}, finish_left, 0, false},
    {"cancel", "H1", setup, {poll_and_cancel, send_1, get_1}, finish_cancel, 0, false},
    {"dup",
     "H3",
     setup,
     {dup_and_free, free_receiver_1, send_1_and_leave},
     finish_one_left,
     0,
     false},
};
MODEL_STRUCTURE("watch", s_cases);
