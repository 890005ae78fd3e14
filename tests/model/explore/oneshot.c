// SPDX-License-Identifier: Apache-2.0
// Oneshot (rt/sync/oneshot.c): C1, a value is received xor destroyed xor returned, once; wakers
// that change while the other side acts are not lost.
#include "rt/sync/oneshot.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { VALUE = 0x1234 };

static trt_oneshot* s_oneshot;
static rig_waker s_receiver, s_other, s_sender;
static unsigned s_data; ///< the receiver's, written before it closes
static unsigned s_received, s_destroyed, s_returned, s_sent;

static void drop_value(void* value) {
    MODEL_CHECK(*(uint64_t*)value == VALUE && "C1: the value is whole");
    s_destroyed++;
}

static void setup(void) {
    s_receiver = s_other = s_sender = (rig_waker){0, 0};
    s_data = 0;
    s_received = s_destroyed = s_returned = s_sent = 0;
    s_oneshot = trt_oneshot_new(8, drop_value);
    model_name(s_oneshot, 4, "word");
}

// ---- the sender -------------------------------------------------------------------------------

static void send(void) {
    uint64_t value = VALUE;
    s_sent++;
    s_returned += trt_oneshot_send(s_oneshot, &value) == TMLRT_E_CLOSED;
}
static void give_up(void) {
    trt_oneshot_drop_sender(s_oneshot);
}
static void look_and_send(void) {
    const tmlrt_waker waker = rig_waker_of(&s_sender);
    (void)trt_oneshot_poll_closed(s_oneshot, &waker);
    send();
}
static void look_twice_and_send(void) {
    const tmlrt_waker waker = rig_waker_of(&s_sender), other = rig_waker_of(&s_other);
    if (trt_oneshot_poll_closed(s_oneshot, &waker) == TMLRT_PENDING) {
        (void)trt_oneshot_poll_closed(s_oneshot, &other);
    }
    send();
}
static void wait_closed_and_give_up(void) {
    const tmlrt_waker waker = rig_waker_of(&s_sender);
    while (trt_oneshot_poll_closed(s_oneshot, &waker) == TMLRT_PENDING) {
        rig_wait(&s_sender);
    }
    MODEL_CHECK(trt_oneshot_closed(s_oneshot) && s_data == 1 && "what came before close is seen");
    give_up();
}
static void look_with_another_and_send(void) {
    const tmlrt_waker waker = rig_waker_of(&s_sender), other = rig_waker_of(&s_other);
    if (trt_oneshot_poll_closed(s_oneshot, &waker) == TMLRT_READY ||
        trt_oneshot_poll_closed(s_oneshot, &other) == TMLRT_READY) {
        MODEL_CHECK(s_data == 1 && "what came before close is seen");
    }
    send();
}
static void look_forget_and_send(void) {
    const tmlrt_waker waker = rig_waker_of(&s_sender);
    if (trt_oneshot_poll_closed(s_oneshot, &waker) == TMLRT_PENDING) {
        trt_oneshot_forget_sender_waker(s_oneshot);
    }
    send();
}

// ---- the receiver -----------------------------------------------------------------------------

static bool poll_once(rig_waker* which, tmlrt_status* out_status) {
    const tmlrt_waker waker = rig_waker_of(which);
    uint64_t value = 0;
    if (trt_oneshot_poll(s_oneshot, &waker, &value, out_status) == TMLRT_PENDING) {
        return false;
    }
    if (*out_status == TMLRT_OK) {
        MODEL_CHECK(value == VALUE && "C1: the value is whole");
        s_received++;
    }
    return true;
}
static void receive_with(rig_waker* which) {
    tmlrt_status status;
    while (!poll_once(which, &status)) {
        rig_wait(which);
    }
    trt_oneshot_drop_receiver(s_oneshot);
}
static void receive(void) {
    receive_with(&s_receiver);
}
static void receive_after_change(void) {
    tmlrt_status status;
    if (poll_once(&s_other, &status)) {
        trt_oneshot_drop_receiver(s_oneshot);
        return;
    }
    receive_with(&s_receiver);
}
static void poll_and_drop(void) {
    tmlrt_status status;
    (void)poll_once(&s_receiver, &status);
    trt_oneshot_drop_receiver(s_oneshot);
}
static void drop_receiver(void) {
    trt_oneshot_drop_receiver(s_oneshot);
}
static void poll_forget_receive(void) {
    tmlrt_status status;
    if (!poll_once(&s_other, &status)) {
        trt_oneshot_forget_receiver_waker(s_oneshot);
        receive();
    } else {
        trt_oneshot_drop_receiver(s_oneshot);
    }
}
static void close_and_receive(void) {
    uint64_t value = 0;
    s_data = 1;
    trt_oneshot_close(s_oneshot);
    tmlrt_status status = trt_oneshot_try_recv(s_oneshot, &value);
    MODEL_CHECK((status == TMLRT_OK && value == VALUE) || status == TMLRT_E_CLOSED);
    s_received += status == TMLRT_OK;
    trt_oneshot_drop_receiver(s_oneshot);
}

static void finish(void) {
    MODEL_CHECK(s_received + s_destroyed + s_returned == s_sent && "C1: once");
    MODEL_CHECK(s_receiver.live == 0 && s_other.live == 0 && s_sender.live == 0 &&
                "O2: wakers are given back");
}

static const model_case s_cases[] = {
    {"send", "C1", setup, {receive, send}, finish, 0, false},
    {"sender_gone", "C1", setup, {receive, give_up}, finish, 0, false},
    {"waker_change", "C1", setup, {receive_after_change, send}, finish, 0, false},
    {"forget", "C1", setup, {poll_forget_receive, send}, finish, 0, false},
    {"drop", "C1", setup, {poll_and_drop, send}, finish, 0, false},
    {"drop_unpolled", "C1", setup, {drop_receiver, look_and_send}, finish, 0, false},
    {"close", "C1", setup, {close_and_receive, look_twice_and_send}, finish, 0, false},
    {"wait_closed", "C1", setup, {close_and_receive, wait_closed_and_give_up}, finish, 0, false},
    {"closed_change",
     "C1",
     setup,
     {close_and_receive, look_with_another_and_send},
     finish,
     0,
     false},
    {"both_wakers", "C1", setup, {poll_and_drop, look_and_send}, finish, 0, false},
    {"sender_forgets", "C1", setup, {drop_receiver, look_forget_and_send}, finish, 0, false},
};
MODEL_STRUCTURE("oneshot", s_cases);
