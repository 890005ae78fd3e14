// SPDX-License-Identifier: Apache-2.0
#include "rt/sync/broadcast.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

// Values are counted: `s_live` of them exist.
static int s_live, s_clones;
static void (*s_while_cloning)(void);

static void clone_value(void* to, const void* from) {
    s_live++;
    s_clones++;
    void (*meddle)(void) = s_while_cloning;
    s_while_cloning = NULL;
    if (meddle != NULL) {
        meddle();
    }
    *(int*)to = *(const int*)from;
}
static void drop_value(void* value) {
    (void)value;
    s_live--;
}
static trt_broadcast* make(uint64_t capacity) {
    trt_broadcast* b = NULL;
    s_live = s_clones = 0;
    EXPECT_EQ(trt_broadcast_new(&b, sizeof(int), capacity, clone_value, drop_value), TMLRT_OK);
    return b;
}
static tmlrt_status send(trt_broadcast* b, int value) {
    uint64_t receivers;
    s_live++;
    tmlrt_status status = trt_broadcast_send(b, &value, &receivers);
    if (status != TMLRT_OK) {
        s_live--;
    }
    return status;
}
// The value, or the status; *missed when LAGGED.
static int recv(trt_broadcast_rx* rx, uint64_t* missed) {
    int out = 0;
    tmlrt_status status = trt_broadcast_try_recv(rx, &out, missed);
    if (status == TMLRT_OK) {
        drop_value(&out);
    }
    return status == TMLRT_OK ? out : status;
}

TEST(broadcast__two_receivers__each_sees_every_value_the_last_one_by_move) {
    trt_broadcast* b = make(4);
    uint64_t missed = 0, receivers = 0;
    EXPECT_EQ(send(b, 1), TMLRT_E_CLOSED); // nobody receives
    trt_broadcast_rx *x = trt_broadcast_subscribe(b), *y = trt_broadcast_subscribe(b);
    int value = 1;
    s_live++;
    EXPECT_EQ(trt_broadcast_send(b, &value, &receivers), TMLRT_OK);
    EXPECT_EQ(receivers, 2);
    EXPECT_EQ(trt_broadcast_receivers(b), 2);
    EXPECT_EQ(send(b, 2), TMLRT_OK);
    trt_broadcast_rx* late = trt_broadcast_subscribe(b);
    EXPECT_EQ(recv(late, &missed), TMLRT_E_AGAIN);
    EXPECT_EQ(recv(x, &missed), 1);
    EXPECT_EQ(s_clones, 1);
    EXPECT_EQ(recv(y, &missed), 1);
    EXPECT_EQ(s_clones, 1);
    EXPECT_EQ(recv(y, &missed), 2);
    EXPECT_EQ(recv(x, &missed), 2);
    EXPECT_EQ(s_live, 0);
    EXPECT_EQ(recv(x, &missed), TMLRT_E_AGAIN);
    trt_broadcast_unref(b);
    EXPECT_EQ(recv(x, &missed), TMLRT_E_CLOSED);
    trt_broadcast_rx_free(x);
    trt_broadcast_rx_free(y);
    trt_broadcast_rx_free(late);
}

TEST(broadcast_recv__fell_behind__told_how_many_then_the_oldest) {
    trt_broadcast* b = make(3);
    uint64_t missed = 0;
    trt_broadcast_rx *slow = trt_broadcast_subscribe(b), *fast = trt_broadcast_subscribe(b);
    for (int i = 1; i <= 8; i++) {
        EXPECT_EQ(send(b, i), TMLRT_OK);
        EXPECT_EQ(recv(fast, &missed), i);
    }
    EXPECT_EQ(s_live, 3); // what the slow one is still to see
    EXPECT_EQ(recv(slow, &missed), TMLRT_E_LAGGED);
    EXPECT_EQ(missed, 5);
    for (int i = 6; i <= 8; i++) {
        EXPECT_EQ(recv(slow, &missed), i);
    }
    EXPECT_EQ(recv(slow, &missed), TMLRT_E_AGAIN);
    EXPECT_EQ(s_live, 0);
    trt_broadcast_rx_free(slow);
    trt_broadcast_rx_free(fast);
    trt_broadcast_unref(b);
}

TEST(broadcast_rx_free__values_unseen__destroyed_unless_another_is_to_see_them) {
    trt_broadcast* b = make(4);
    uint64_t missed = 0;
    trt_broadcast_rx *x = trt_broadcast_subscribe(b), *y = trt_broadcast_subscribe(b);
    for (int i = 1; i <= 3; i++) {
        send(b, i);
    }
    EXPECT_EQ(recv(y, &missed), 1);
    trt_broadcast_rx* dup = trt_broadcast_rx_dup(y);
    trt_broadcast_rx_free(x); // 1 was for x only
    EXPECT_EQ(s_live, 2);
    trt_broadcast_rx_free(y);
    EXPECT_EQ(s_live, 2);
    EXPECT_EQ(recv(dup, &missed), 2);
    trt_broadcast_unref(b);
    EXPECT_EQ(recv(dup, &missed), 3); // what was sent before the end arrives
    EXPECT_EQ(recv(dup, &missed), TMLRT_E_CLOSED);
    trt_broadcast_rx_free(dup);
    EXPECT_EQ(s_live, 0);
}

typedef struct wait {
    trt_waiter waiter;
    test_waker waker;
    int out;
    uint64_t missed;
    tmlrt_status status;
} wait;

static tmlrt_poll poll(trt_broadcast_rx* rx, wait* w) {
    return trt_broadcast_poll_recv(rx, &w->waiter, test_waker_context(&w->waker)->waker, &w->out,
                                   &w->missed, &w->status);
}

TEST(broadcast_poll__waiting__woken_by_a_send_and_by_the_last_sender) {
    trt_broadcast* b = make(2);
    trt_broadcast_rx *x = trt_broadcast_subscribe(b), *y = trt_broadcast_subscribe(b);
    wait v = {0}, w = {0};
    EXPECT_EQ(poll(x, &v), TMLRT_PENDING);
    EXPECT_EQ(poll(y, &w), TMLRT_PENDING);
    EXPECT_EQ(poll(y, &w), TMLRT_PENDING);
    EXPECT_EQ(send(b, 5), TMLRT_OK);
    EXPECT_EQ(test_waker_wakes(&v.waker) + test_waker_wakes(&w.waker), 2);
    EXPECT_EQ(poll(x, &v), TMLRT_READY);
    EXPECT_EQ(v.out, 5);
    trt_broadcast_cancel(y, &w.waiter); // woken and not polled: the value stays for the next poll
    EXPECT_EQ(poll(y, &w), TMLRT_READY);
    EXPECT_EQ(w.out, 5);
    EXPECT_EQ(poll(x, &v), TMLRT_PENDING);
    EXPECT_EQ(poll(y, &w), TMLRT_PENDING);
    trt_broadcast_cancel(y, &w.waiter);
    EXPECT_EQ(test_waker_refs(&w.waker), 0);
    trt_broadcast_ref(b);
    trt_broadcast_unref(b);
    EXPECT_EQ(test_waker_wakes(&v.waker), 1);
    trt_broadcast_unref(b);
    EXPECT_EQ(test_waker_wakes(&v.waker), 2);
    EXPECT_EQ(poll(x, &v), TMLRT_READY);
    EXPECT_EQ(v.status, TMLRT_E_CLOSED);
    EXPECT_EQ(test_waker_refs(&v.waker), 0);
    trt_broadcast_rx_free(x);
    trt_broadcast_rx_free(y);
}

TEST(broadcast_send__steady_flow__allocates_no_more) {
    trt_broadcast* b = make(4);
    trt_broadcast_rx *x = trt_broadcast_subscribe(b), *y = trt_broadcast_subscribe(b);
    uint64_t missed, calls = 0;
    for (int i = 0; i < 100; i++) {
        if (i == 50) {
            calls = test_allocator_calls();
        }
        EXPECT_EQ(send(b, i), TMLRT_OK);
        EXPECT_EQ(recv(x, &missed), i); // y falls behind
    }
    EXPECT_EQ(test_allocator_calls(), calls);
    EXPECT_EQ(s_live, 4);
    trt_broadcast_rx_free(x);
    trt_broadcast_rx_free(y);
    EXPECT_EQ(s_live, 0);
    trt_broadcast_unref(b);
}

// While one receiver copies a value, the others and the sender go on with the channel.
static trt_broadcast* s_channel;
static trt_broadcast_rx* s_other;

static void overwrite(void) {
    EXPECT_EQ(send(s_channel, 71), TMLRT_OK);
    EXPECT_EQ(send(s_channel, 72), TMLRT_OK);
}
static void see_last(void) {
    uint64_t missed;
    EXPECT_EQ(recv(s_other, &missed), 70);
}
static void free_other(void) {
    trt_broadcast_rx_free(s_other);
}

TEST(broadcast__value_overwritten_seen_or_given_up_during_a_copy__copied_whole) {
    static void (*const meddlers[])(void) = {overwrite, see_last, free_other};
    for (int i = 0; i < 3; i++) {
        trt_broadcast* b = make(1);
        uint64_t missed;
        trt_broadcast_rx* x = trt_broadcast_subscribe(b);
        s_channel = b;
        s_other = trt_broadcast_subscribe(b);
        EXPECT_EQ(send(b, 70), TMLRT_OK);
        s_while_cloning = meddlers[i];
        EXPECT_EQ(recv(x, &missed), 70);
        EXPECT_EQ(s_live, i == 0 ? 1 : 0);
        trt_broadcast_rx_free(x);
        if (i != 2) {
            trt_broadcast_rx_free(s_other);
        }
        EXPECT_EQ(s_live, 0);
        trt_broadcast_unref(b);
    }
}

TEST(broadcast__impossible_shapes_and_no_memory__refused) {
    trt_broadcast* b = NULL;
    uint64_t receivers;
    int value = 3;
    EXPECT_EQ(trt_broadcast_new(&b, 4, 0, NULL, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(trt_broadcast_new(&b, 4, TRT_BROADCAST_MAX + 1, NULL, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(trt_broadcast_new(&b, UINT64_MAX, 4, NULL, NULL), TMLRT_E_OVERFLOW);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_broadcast_new(&b, 4, 4, NULL, NULL), TMLRT_E_NOMEM);
    EXPECT_EQ(trt_broadcast_new(&b, 4, 4, NULL, NULL), TMLRT_OK);
    test_allocator_fail_at(1);
    EXPECT(trt_broadcast_subscribe(b) == NULL);
    trt_broadcast_rx* x = trt_broadcast_subscribe(b);
    test_allocator_fail_at(1);
    EXPECT(trt_broadcast_rx_dup(x) == NULL);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_broadcast_send(b, &value, &receivers), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    EXPECT_EQ(trt_broadcast_send(b, &value, &receivers), TMLRT_OK);
    int out = 0;
    EXPECT_EQ(trt_broadcast_try_recv(x, &out, &receivers), TMLRT_OK);
    EXPECT_EQ(out, 3);
    trt_broadcast_rx_free(x);
    trt_broadcast_unref(b);
}

// A random walk against a model: every receiver sees, in order, what was sent after it came, or is
// told how much it missed; no value is lost or destroyed twice.
TEST(broadcast__random_operations__as_the_model) {
    enum { NUM = 6, CAPACITY = 5 };
    trt_broadcast* b = make(CAPACITY);
    trt_broadcast_rx* rx[NUM] = {NULL};
    int next[NUM] = {0}, tail = 0;
    uint32_t seed = 7;
    for (int step = 0; step < 30000; step++) {
        seed = seed * 1664525u + 1013904223u;
        int i = (int)(seed >> 8) % NUM, j = (int)(seed >> 12) % NUM;
        uint32_t what = (seed >> 24) % 16;
        bool any = false;
        for (int k = 0; k < NUM; k++) {
            any = any || rx[k] != NULL;
        }
        if (what < 5) {
            EXPECT_EQ(send(b, tail + 1), any ? TMLRT_OK : TMLRT_E_CLOSED);
            tail += any;
        } else if (rx[i] == NULL && rx[j] != NULL && what % 2 == 0) {
            rx[i] = trt_broadcast_rx_dup(rx[j]);
            next[i] = next[j];
        } else if (rx[i] == NULL) {
            rx[i] = trt_broadcast_subscribe(b);
            next[i] = tail;
        } else if (what == 5) {
            trt_broadcast_rx_free(rx[i]);
            rx[i] = NULL;
        } else {
            uint64_t missed = 0;
            int got = recv(rx[i], &missed), behind = tail - next[i];
            if (behind > CAPACITY) {
                EXPECT_EQ(got, TMLRT_E_LAGGED);
                EXPECT_EQ(missed, behind - CAPACITY);
                next[i] += behind - CAPACITY;
            } else {
                EXPECT_EQ(got, behind == 0 ? TMLRT_E_AGAIN : next[i] + 1);
                next[i] += behind != 0;
            }
        }
        int oldest = tail;
        for (int k = 0; k < NUM; k++) {
            oldest = rx[k] != NULL && next[k] < oldest ? next[k] : oldest;
        }
        EXPECT_EQ(s_live, tail - oldest > CAPACITY ? CAPACITY : tail - oldest);
    }
    for (int k = 0; k < NUM; k++) {
        if (rx[k] != NULL) {
            trt_broadcast_rx_free(rx[k]);
        }
    }
    EXPECT_EQ(s_live, 0);
    trt_broadcast_unref(b);
}

TEST(broadcast_subscribe__as_many_as_there_can_be__refused) {
    static trt_broadcast_rx* rx[TRT_BROADCAST_RECEIVERS];
    trt_broadcast* b = make(2);
    uint64_t missed;
    for (int i = 0; i < TRT_BROADCAST_RECEIVERS; i++) {
        rx[i] = trt_broadcast_subscribe(b);
    }
    EXPECT(trt_broadcast_subscribe(b) == NULL);
    EXPECT(trt_broadcast_rx_dup(rx[0]) == NULL);
    EXPECT_EQ(send(b, 3), TMLRT_OK);
    for (int i = 0; i < TRT_BROADCAST_RECEIVERS; i++) {
        EXPECT_EQ(recv(rx[i], &missed), 3);
        trt_broadcast_rx_free(rx[i]);
    }
    EXPECT_EQ(s_live, 0);
    trt_broadcast_unref(b);
}
