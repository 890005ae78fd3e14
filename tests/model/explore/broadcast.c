// SPDX-License-Identifier: Apache-2.0
// Broadcast (rt/sync/broadcast.c): B1 to B5, every receiver gets each value that it was there for,
// in order, or is told how many it missed; a value is moved out or destroyed once, after the last
// copy of it was made.
#include "rt/sync/broadcast.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM = 2, NUM_VALUES = 4 };

typedef struct value {
    uint32_t number;
    uint32_t is_copy;
} value;

// What a receiver has: how many values it got and missed, of those sent after it came.
typedef struct receiver {
    trt_broadcast_rx* rx;
    trt_waiter waiter;
    rig_waker waker;
    uint64_t got, missed;
    uint32_t last;
} receiver;

static trt_broadcast* s_channel;
static receiver s_receivers[NUM];
static unsigned s_payload[NUM_VALUES]; ///< what a value owns: read by copies, written at its end
static unsigned s_ended[NUM_VALUES], s_sent[NUM_VALUES];
static bool s_in_order; ///< one sender: the numbers only grow

static MODEL_UNSEEN void count_end(uint32_t number) {
    s_ended[number]++;
}
static void end_value(const value* self) {
    if (self->is_copy == 0) {
        MODEL_CHECK(s_payload[self->number] == 1 && "B3: ended once");
        s_payload[self->number] = 0;
        count_end(self->number);
    }
}
static void clone_value(void* to, const void* from) {
    const value* original = from;
    MODEL_CHECK(original->is_copy == 0 && s_payload[original->number] == 1 && "B3: it is there");
    *(value*)to = (value){original->number, 1};
}
static void drop_value(void* at) {
    end_value(at);
}

static void begin(uint64_t capacity) {
    MODEL_CHECK(trt_broadcast_new(&s_channel, sizeof(value), capacity, clone_value, drop_value) ==
                TMLRT_OK);
    model_name(s_channel, sizeof(void*), "channel");
    s_in_order = true;
    for (unsigned i = 0; i < NUM_VALUES; i++) {
        s_payload[i] = 1;
        s_ended[i] = s_sent[i] = 0;
    }
    for (unsigned i = 0; i < NUM; i++) {
        s_receivers[i] = (receiver){.rx = trt_broadcast_subscribe(s_channel)};
        trt_waiter_init(&s_receivers[i].waiter);
    }
}
static void setup_one(void) {
    begin(1);
}
static void setup_two(void) {
    begin(2);
}
static void send(uint32_t number) {
    const value fresh = {number, 0};
    uint64_t num;
    s_sent[number] = trt_broadcast_send(s_channel, &fresh, &num) == TMLRT_OK;
}
// A value is there already.
static void setup_sent(void) {
    begin(1);
    send(0);
}
static void setup_two_senders(void) {
    begin(2);
    trt_broadcast_ref(s_channel);
    s_in_order = false;
}

static void send_1(void) {
    send(1);
}
static void send_1_2(void) {
    send(1);
    send(2);
}
static void send_1_and_leave(void) {
    send(1);
    trt_broadcast_unref(s_channel);
}
static void send_1_2_and_leave(void) {
    send_1_2();
    trt_broadcast_unref(s_channel);
}
static void send_2_and_leave(void) {
    send(2);
    trt_broadcast_unref(s_channel);
}
static void leave(void) {
    trt_broadcast_unref(s_channel);
}

// ---- receivers --------------------------------------------------------------------------------

static void note(receiver* self, const value* got) {
    MODEL_CHECK((!s_in_order || self->got == 0 || got->number > self->last) && "B4: in order");
    self->last = got->number;
    self->got++;
    end_value(got);
}
static tmlrt_status receive(receiver* self) {
    const tmlrt_waker waker = rig_waker_of(&self->waker);
    tmlrt_status status;
    uint64_t missed = 0;
    value got;
    while (trt_broadcast_poll_recv(self->rx, &self->waiter, &waker, &got, &missed, &status) ==
           TMLRT_PENDING) {
        rig_wait(&self->waker);
    }
    if (status == TMLRT_OK) {
        note(self, &got);
    }
    self->missed += status == TMLRT_E_LAGGED ? missed : 0;
    return status;
}
static void until_closed(receiver* self) {
    while (receive(self) != TMLRT_E_CLOSED) {
    }
}
static void until_closed_0(void) {
    until_closed(&s_receivers[0]);
}
static void until_closed_1(void) {
    until_closed(&s_receivers[1]);
}
static void receive_0(void) {
    MODEL_CHECK(receive(&s_receivers[0]) == TMLRT_OK);
}
static void receive_1(void) {
    MODEL_CHECK(receive(&s_receivers[1]) == TMLRT_OK);
}
static void take(receiver* self) {
    value got;
    if (trt_broadcast_take(self->rx, &got)) {
        note(self, &got);
    }
}
static void take_0(void) {
    take(&s_receivers[0]);
}
static void take_1(void) {
    take(&s_receivers[1]);
}
static void free_receiver(receiver* self) {
    if (self->rx != NULL) {
        trt_broadcast_rx_free(self->rx);
        self->rx = NULL;
    }
}
static void free_0(void) {
    free_receiver(&s_receivers[0]);
}
static void free_1(void) {
    free_receiver(&s_receivers[1]);
}
static void take_and_free_1(void) {
    take_1();
    free_1();
}
// Its twin is to see what it has not seen.
static void dup_and_take_both(void) {
    receiver* self = &s_receivers[0];
    receiver twin = {.rx = trt_broadcast_rx_dup(self->rx), .last = self->last};
    take(self);
    take(&twin);
    free_receiver(&twin);
}
static void poll_and_cancel_0(void) {
    receiver* self = &s_receivers[0];
    const tmlrt_waker waker = rig_waker_of(&self->waker);
    tmlrt_status status;
    uint64_t missed = 0;
    value got;
    if (trt_broadcast_poll_recv(self->rx, &self->waiter, &waker, &got, &missed, &status) ==
        TMLRT_PENDING) {
        trt_broadcast_cancel(self->rx, &self->waiter);
    } else if (status == TMLRT_OK) {
        note(self, &got);
    }
}

// ---- the end ----------------------------------------------------------------------------------

static void end_of(bool sender_is_left) {
    for (unsigned i = 0; i < NUM; i++) {
        free_receiver(&s_receivers[i]);
        MODEL_CHECK(s_receivers[i].waker.live == 0 && "W1: wakers are given back");
    }
    if (!sender_is_left) {
        trt_broadcast_unref(s_channel);
    }
    for (unsigned i = 0; i < NUM_VALUES; i++) {
        MODEL_CHECK(s_ended[i] == s_sent[i] && "B3: every value is moved out or destroyed, once");
    }
}
static void finish(void) {
    end_of(false);
}
static void finish_left(void) {
    end_of(true);
}
// Nothing of what was sent is unaccounted for.
static void finish_all(void) {
    uint64_t sent = s_sent[1] + s_sent[2];
    for (unsigned i = 0; i < NUM; i++) {
        MODEL_CHECK(s_receivers[i].got + s_receivers[i].missed == sent && "B4: got or told of");
    }
    end_of(true);
}
static void finish_0_got_all(void) {
    MODEL_CHECK(s_receivers[0].got == (uint64_t)s_sent[1] + s_sent[2] && "B2: it was to see them");
    end_of(true);
}
// A wait that was cancelled loses no value.
static void finish_cancel(void) {
    if (s_receivers[0].got == 0) {
        take_0();
    }
    MODEL_CHECK(s_receivers[0].got == 1 && "B4: the next value");
    end_of(false);
}

static const model_case s_cases[] = {
    {"all_see", "B2,B3", setup_two, {receive_0, receive_1, send_1}, finish, 0, false},
    {"first", "B1,B2", setup_two, {take_0, take_1, send_1}, finish, 0, false},
    {"lag",
     "B1,B3,B4",
     setup_one,
     {until_closed_0, until_closed_1, send_1_2_and_leave},
     finish_all,
     2,
     false},
    {"overwrite", "B1,B3", setup_sent, {take_0, take_1, send_1_2}, finish, 0, false},
    {"go", "B3", setup_sent, {take_0, take_and_free_1, send_1}, finish, 0, false},
    {"go_both", "B3", setup_sent, {free_0, take_and_free_1, send_1}, finish, 0, false},
    {"dup", "B2,B3", setup_sent, {dup_and_take_both, take_1, send_1}, finish, 0, false},
    {"senders",
     "B1,B5",
     setup_two_senders,
     {until_closed_0, send_1_and_leave, send_2_and_leave},
     finish_0_got_all,
     2,
     false},
    {"close", "B5", setup_two, {until_closed_0, send_1_and_leave, free_1}, finish_left, 0, false},
    {"last", "B5", setup_sent, {free_0, free_1, leave}, finish_left, 0, false},
    {"cancel", "B4", setup_two, {poll_and_cancel_0, send_1, free_1}, finish_cancel, 0, false},
};
MODEL_STRUCTURE("broadcast", s_cases);
