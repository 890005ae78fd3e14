// SPDX-License-Identifier: Apache-2.0
// Mpsc (rt/sync/mpsc.c over the real semaphore), blocks of two slots: C2, values arrive once, in
// the order of each sender; the receiver is told CLOSED when no value can come any more, and not
// before; a value that is left is destroyed once.
#include "rt/sync/mpsc.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM_SENDERS = 2, MAX_VALUES = 4 };

static trt_mpsc* s_mpsc;
static rig_waker s_receiver, s_other, s_senders[NUM_SENDERS];
static unsigned s_sent[NUM_SENDERS]; ///< by each sender: values that were taken in
static unsigned s_received, s_destroyed;
static unsigned s_next[NUM_SENDERS]; ///< the receiver's: the next value expected of a sender

static void drop_value(void* value) {
    (void)value;
    s_destroyed++;
}

static void begin(uint64_t capacity, unsigned num_senders) {
    s_receiver = s_other = (rig_waker){0, 0};
    s_received = s_destroyed = 0;
    for (unsigned i = 0; i < NUM_SENDERS; i++) {
        s_senders[i] = (rig_waker){0, 0};
        s_sent[i] = s_next[i] = 0;
    }
    MODEL_CHECK(trt_mpsc_new(&s_mpsc, sizeof(uint64_t), capacity, drop_value) == TMLRT_OK);
    for (unsigned i = 1; i < num_senders; i++) {
        trt_mpsc_ref_sender(s_mpsc);
    }
    model_name(s_mpsc, 512, "mpsc");
}
static void setup_unbounded_one(void) {
    begin(TRT_MPSC_UNBOUNDED, 1);
}
static void setup_unbounded(void) {
    begin(TRT_MPSC_UNBOUNDED, 2);
}
static void setup_bounded_one(void) {
    begin(1, 1);
}
static void setup_bounded(void) {
    begin(1, 2);
}
static void setup_two_rooms_one(void) {
    begin(2, 1);
}
static void setup_two_rooms(void) {
    begin(2, 2);
}

// ---- senders ----------------------------------------------------------------------------------

static uint64_t value_of(unsigned sender, unsigned number) {
    return (uint64_t)sender << 32 | number;
}
static bool send(unsigned sender) {
    static trt_semaphore_waiter s_waiters[NUM_SENDERS];
    const tmlrt_waker waker = rig_waker_of(&s_senders[sender]);
    uint64_t value = value_of(sender, s_sent[sender]);
    tmlrt_status status;
    s_waiters[sender] = (trt_semaphore_waiter){.got = 0};
    while (trt_mpsc_poll_reserve(s_mpsc, &s_waiters[sender], &waker, &status) == TMLRT_PENDING) {
        rig_wait(&s_senders[sender]);
    }
    if (status == TMLRT_OK) {
        status = trt_mpsc_send_reserved(s_mpsc, &value);
    }
    MODEL_CHECK(status == TMLRT_OK || status == TMLRT_E_CLOSED);
    s_sent[sender] += status == TMLRT_OK;
    return status == TMLRT_OK;
}
static void send_num(unsigned sender, unsigned num) {
    while (num-- > 0 && send(sender)) {
    }
    trt_mpsc_unref_sender(s_mpsc);
}
static void send_one_0(void) {
    send_num(0, 1);
}
static void send_one_1(void) {
    send_num(1, 1);
}
static void send_two_0(void) {
    send_num(0, 2);
}
// The sender stays.
static void send_one_of_more_0(void) {
    (void)send(0);
}
static void send_two_1(void) {
    send_num(1, 2);
}
static void send_three_0(void) {
    send_num(0, 3);
}
static void try_send(unsigned sender) {
    uint64_t value = value_of(sender, s_sent[sender]);
    s_sent[sender] += trt_mpsc_try_send(s_mpsc, &value) == TMLRT_OK;
    trt_mpsc_unref_sender(s_mpsc);
}
static void try_send_0(void) {
    try_send(0);
}
static void try_send_1(void) {
    try_send(1);
}
// Waits for room that may never come, and gives up.
static void reserve_and_cancel_1(void) {
    static trt_semaphore_waiter s_waiter;
    const tmlrt_waker waker = rig_waker_of(&s_senders[1]);
    tmlrt_status status;
    s_waiter = (trt_semaphore_waiter){.got = 0};
    if (trt_mpsc_poll_reserve(s_mpsc, &s_waiter, &waker, &status) == TMLRT_PENDING) {
        trt_mpsc_cancel_reserve(s_mpsc, &s_waiter);
    } else if (status == TMLRT_OK) {
        trt_mpsc_unreserve(s_mpsc);
    }
    trt_mpsc_unref_sender(s_mpsc);
}

// Room comes back after the receiver closed, and the sender stays: the receiver has to be told.
static void reserve_and_unreserve(void) {
    static trt_semaphore_waiter s_waiter;
    const tmlrt_waker waker = rig_waker_of(&s_senders[1]);
    tmlrt_status status;
    s_waiter = (trt_semaphore_waiter){.got = 0};
    if (trt_mpsc_poll_reserve(s_mpsc, &s_waiter, &waker, &status) == TMLRT_READY &&
        status == TMLRT_OK) {
        trt_mpsc_unreserve(s_mpsc);
    }
}

// ---- the receiver -----------------------------------------------------------------------------

static void note(uint64_t value) {
    unsigned sender = (unsigned)(value >> 32);
    MODEL_CHECK(sender < NUM_SENDERS && (uint32_t)value == s_next[sender] && "C2: in order, once");
    s_next[sender]++;
    s_received++;
}
static tmlrt_poll poll_as(rig_waker* which, tmlrt_status* out_status) {
    const tmlrt_waker waker = rig_waker_of(which);
    uint64_t value = 0;
    if (trt_mpsc_poll_recv(s_mpsc, &waker, &value, out_status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    if (*out_status == TMLRT_OK) {
        note(value);
    }
    return TMLRT_READY;
}
static void receive_to_the_end(void) {
    tmlrt_status status = TMLRT_OK;
    while (status == TMLRT_OK) {
        if (poll_as(&s_receiver, &status) == TMLRT_PENDING) {
            rig_wait(&s_receiver);
        }
    }
    trt_mpsc_drop_receiver(s_mpsc);
}
static void receive_all(void) {
    receive_to_the_end();
}
// Goes away to something else: no later receive tells anybody about the room it owes.
static void receive_and_stop(int num) {
    tmlrt_status status = TMLRT_OK;
    for (int i = 0; i < num; i++) {
        while (poll_as(&s_receiver, &status) == TMLRT_PENDING) {
            rig_wait(&s_receiver);
        }
        MODEL_CHECK(status == TMLRT_OK);
    }
}
static void receive_one_and_stop(void) {
    receive_and_stop(1);
}
static void receive_two_and_stop(void) {
    receive_and_stop(2);
}
static void receive_after_change(void) {
    tmlrt_status status = TMLRT_OK;
    (void)poll_as(&s_other, &status);
    receive_to_the_end();
}
static void forget_and_receive(void) {
    tmlrt_status status = TMLRT_OK;
    if (poll_as(&s_receiver, &status) == TMLRT_PENDING) {
        trt_mpsc_forget_waker(s_mpsc);
    }
    receive_to_the_end();
}
static void receive_one_and_drop(void) {
    tmlrt_status status = TMLRT_OK;
    (void)poll_as(&s_receiver, &status);
    trt_mpsc_drop_receiver(s_mpsc);
}
static void close_and_receive(void) {
    trt_mpsc_close(s_mpsc);
    receive_to_the_end();
}
static void try_receive_and_drop(void) {
    uint64_t value;
    for (int i = 0; i < 2; i++) {
        tmlrt_status status = trt_mpsc_try_recv(s_mpsc, &value);
        if (status == TMLRT_OK) {
            note(value);
        } else if (status == TMLRT_E_CLOSED) {
            break;
        }
    }
    trt_mpsc_drop_receiver(s_mpsc);
}

static void finish(void) {
    MODEL_CHECK(s_received + s_destroyed == s_sent[0] + s_sent[1] && "C2: each value once");
    MODEL_CHECK(s_receiver.live == 0 && s_other.live == 0 && s_senders[0].live == 0 &&
                s_senders[1].live == 0 && "wakers are given back");
}
static void finish_all(void) {
    MODEL_CHECK(s_destroyed == 0 && "C2: CLOSED comes behind the values");
    finish();
}

static void finish_with_receiver(void) {
    trt_mpsc_drop_receiver(s_mpsc);
    finish();
}
static void finish_with_sender(void) {
    trt_mpsc_unref_sender(s_mpsc);
    finish_all();
}

static const model_case s_cases[] = {
    {"unbounded",
     "C2",
     setup_unbounded,
     {receive_all, send_one_0, send_one_1},
     finish_all,
     0,
     false},
    {"blocks", "C2", setup_unbounded_one, {receive_all, send_three_0}, finish_all, 0, false},
    {"bounded_one", "C2", setup_bounded_one, {receive_all, send_two_0}, finish_all, 0, false},
    {"bounded", "C2", setup_bounded, {receive_all, send_one_0, send_one_1}, finish_all, 0, false},
    // Room that is only owed is waited for.
    {"owed",
     "C2",
     setup_two_rooms_one,
     {receive_one_and_stop, send_three_0},
     finish_with_receiver,
     0,
     false},
    {"owed_two",
     "C2",
     setup_two_rooms,
     {receive_two_and_stop, send_two_0, send_two_1},
     finish_with_receiver,
     0,
     false},
    {"waker_change",
     "C2",
     setup_unbounded_one,
     {receive_after_change, send_two_0},
     finish_all,
     0,
     false},
    {"forget", "C2", setup_unbounded_one, {forget_and_receive, send_one_0}, finish_all, 0, false},
    {"drop",
     "C2",
     setup_unbounded,
     {receive_one_and_drop, send_one_0, send_one_1},
     finish,
     0,
     false},
    {"drop_bounded",
     "C2",
     setup_bounded,
     {receive_one_and_drop, send_one_0, send_one_1},
     finish,
     0,
     false},
    {"close", "C2", setup_unbounded_one, {close_and_receive, send_two_0}, finish_all, 0, false},
    {"close_bounded",
     "C2",
     setup_bounded,
     {close_and_receive, send_one_0, reserve_and_cancel_1},
     finish_all,
     0,
     false},
    {"close_reserved",
     "C2",
     setup_bounded_one,
     {close_and_receive, reserve_and_unreserve},
     finish_with_sender,
     0,
     false},
    {"close_owed",
     "C2",
     setup_two_rooms_one,
     {close_and_receive, send_one_of_more_0},
     finish_with_sender,
     0,
     false},
    {"try", "C2", setup_bounded, {try_receive_and_drop, try_send_0, try_send_1}, finish, 0, false},
};
MODEL_STRUCTURE("mpsc", s_cases);
