// SPDX-License-Identifier: Apache-2.0
// Channels under load.
#include "tests/stress/sync/load.h"

// ---- oneshot: send, close, drop and receive at the same time ------------------------------------

static trt_atomic_u64 s_destroyed, s_received, s_returned;

static void destroy(void* value) {
    (void)value;
    trt_atomic_add(&s_destroyed, 1, TRT_RELAXED);
}

static tmlrt_poll step_oneshot_send(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    int64_t value = self->left;
    if (tmlrt_oneshot_send(self->user, &value) != TMLRT_OK) {
        trt_atomic_add(&s_returned, 1, TRT_RELAXED);
    }
    *out = 0;
    return TMLRT_READY;
}

static tmlrt_poll step_oneshot_recv(test_future* self, tmlrt_context* cx, int64_t* out) {
    tmlrt_status status = TMLRT_OK;
    if (self->leaf_desc == NULL) {
        tmlrt_oneshot_recv_init(self->leaf, self->user, out);
        self->leaf_desc = &tmlrt_oneshot_recv_desc;
    }
    if (poll_leaf(self, cx, &status) == TMLRT_PENDING) {
        if (self->left % 3 == 0) {
            self->leaf_desc->drop(self->leaf);
            self->leaf_desc = NULL;
            tmlrt_oneshot_receiver_free(self->user);
            *out = -1;
            return TMLRT_READY;
        }
        return self->left % 3 == 1 ? yield(cx) : TMLRT_PENDING;
    }
    EXPECT_EQ(status, TMLRT_OK);
    trt_atomic_add(&s_received, 1, TRT_RELAXED);
    tmlrt_oneshot_receiver_free(self->user);
    return TMLRT_READY;
}

static void check_oneshot(tmlrt_runtime* runtime) {
    enum { ROUNDS = 1500 };
    trt_atomic_store(&s_destroyed, 0, TRT_RELAXED);
    trt_atomic_store(&s_received, 0, TRT_RELAXED);
    trt_atomic_store(&s_returned, 0, TRT_RELAXED);
    for (int i = 0; i < ROUNDS; i++) {
        test_probe probes[2] = {0};
        tmlrt_oneshot* o = tmlrt_oneshot_new(sizeof(int64_t), destroy);
        tmlrt_task* rx = spawn(runtime, step_oneshot_recv, &probes[0], o, i);
        tmlrt_task* tx = spawn(runtime, step_oneshot_send, &probes[1], o, i);
        int64_t got = 0;
        join(tx);
        EXPECT_EQ(tmlrt_task_join(rx, &got), TMLRT_OK);
        EXPECT(got == i || got == -1);
    }
    EXPECT_EQ(trt_atomic_load(&s_received, TRT_RELAXED) +
                  trt_atomic_load(&s_destroyed, TRT_RELAXED) +
                  trt_atomic_load(&s_returned, TRT_RELAXED),
              ROUNDS);
}

TEST(oneshot__receiver_races_sender__received_xor_destroyed_xor_returned) {
    on_each(check_oneshot);
}

// ---- mpsc ---------------------------------------------------------------------------------------

enum { PRODUCERS = 6, EACH = 2000 };

typedef struct item {
    uint64_t producer, number;
} item;
typedef struct flow {
    tmlrt_mpsc* channel;
    item received;        // where recv writes
    uint64_t close_after; // values, UINT64_MAX: never
    uint64_t next[PRODUCERS];
    uint64_t got;
} flow;
typedef struct producer {
    flow* flow;
    item item;
    trt_atomic_u64 sent;
} producer;

static tmlrt_poll step_produce(test_future* self, tmlrt_context* cx, int64_t* out) {
    producer* p = self->user;
    tmlrt_status status = TMLRT_OK;
    while (p->item.number < EACH) {
        if (self->leaf_desc == NULL) {
            tmlrt_mpsc_send_init(self->leaf, p->flow->channel, &p->item);
            self->leaf_desc = &tmlrt_mpsc_send_desc;
        }
        if (poll_leaf(self, cx, &status) == TMLRT_PENDING) {
            return pend(self, cx);
        }
        if (status != TMLRT_OK) {
            EXPECT_EQ(status, TMLRT_E_CLOSED);
            break;
        }
        p->item.number++;
    }
    tmlrt_mpsc_sender_free(p->flow->channel);
    trt_atomic_store(&p->sent, p->item.number, TRT_RELEASE_ORDER);
    *out = 0;
    return TMLRT_READY;
}

static tmlrt_poll step_consume(test_future* self, tmlrt_context* cx, int64_t* out) {
    flow* f = self->user;
    item* got = &f->received;
    tmlrt_status status = TMLRT_OK;
    for (;;) {
        if (self->leaf_desc == NULL) {
            tmlrt_mpsc_recv_init(self->leaf, f->channel, got);
            self->leaf_desc = &tmlrt_mpsc_recv_desc;
        }
        if (poll_leaf(self, cx, &status) == TMLRT_PENDING) {
            return pend(self, cx);
        }
        if (status == TMLRT_E_CLOSED) {
            tmlrt_mpsc_receiver_free(f->channel);
            *out = 0;
            return TMLRT_READY;
        }
        EXPECT_EQ(status, TMLRT_OK);
        EXPECT(got->producer < PRODUCERS);
        EXPECT_EQ(got->number, f->next[got->producer]); // FIFO per producer, nothing lost
        f->next[got->producer] = got->number + 1;
        if (++f->got == f->close_after) {
            tmlrt_mpsc_close(f->channel);
        }
    }
}

static void run_flow(tmlrt_runtime* runtime, uint64_t capacity, uint64_t close_after) {
    flow f = {.close_after = close_after};
    producer producers[PRODUCERS] = {0};
    test_probe probes[PRODUCERS + 1] = {0};
    tmlrt_task* tasks[PRODUCERS + 1];
    REQUIRE(tmlrt_mpsc_new(&f.channel, sizeof(item), capacity, NULL) == TMLRT_OK);
    for (uint64_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (producer){.flow = &f, .item = {.producer = i}};
        if (i != 0) {
            tmlrt_mpsc_sender_ref(f.channel);
        }
    }
    for (uint64_t i = 0; i < PRODUCERS; i++) {
        tasks[i] = spawn(runtime, step_produce, &probes[i], &producers[i], 0);
    }
    tasks[PRODUCERS] = spawn(runtime, step_consume, &probes[PRODUCERS], &f, 0);
    for (int i = 0; i <= PRODUCERS; i++) {
        join(tasks[i]);
    }
    for (int i = 0; i < PRODUCERS; i++) { // what a send answered 0 for has arrived
        EXPECT_EQ(f.next[i], trt_atomic_load(&producers[i].sent, TRT_ACQUIRE_ORDER));
        EXPECT(close_after != UINT64_MAX || f.next[i] == EACH);
    }
}

static void check_mpsc(tmlrt_runtime* runtime) {
    run_flow(runtime, 1, UINT64_MAX);
    run_flow(runtime, 16, UINT64_MAX);
    run_flow(runtime, TMLRT_MPSC_UNBOUNDED, UINT64_MAX);
    run_flow(runtime, 3, 2500);
    run_flow(runtime, TMLRT_MPSC_UNBOUNDED, 2500);
}

TEST(mpsc__many_producers_with_waits_given_up__fifo_and_nothing_lost) {
    on_each(check_mpsc);
}

// ---- broadcast: every value a text of its own, copied and destroyed -----------------------------

enum { LISTENERS = 4, NEWS = 3000, RING = 8 };

typedef struct news {
    uint64_t number;
    uint64_t* owned; // == number; freed by drop
} news;

static trt_atomic_u64 s_news_live;

static uint64_t* own(uint64_t number) {
    uint64_t* owned = malloc(sizeof(*owned));
    *owned = number;
    trt_atomic_add(&s_news_live, 1, TRT_RELAXED);
    return owned;
}
static void news_clone(void* to, const void* from) {
    const news* old = from;
    EXPECT_EQ(*old->owned, old->number);
    *(news*)to = (news){old->number, own(old->number)};
}
static void news_drop(void* value) {
    news* n = value;
    EXPECT_EQ(*n->owned, n->number);
    free(n->owned);
    trt_atomic_sub(&s_news_live, 1, TRT_RELAXED);
}

typedef struct listener {
    tmlrt_broadcast_receiver* rx;
    news received;
    uint64_t next, got, missed;
} listener;

static tmlrt_poll step_listen(test_future* self, tmlrt_context* cx, int64_t* out) {
    listener* l = self->user;
    struct {
        tmlrt_status status;
        uint64_t missed;
    } answer;
    for (;;) {
        if (self->leaf_desc == NULL) {
            tmlrt_broadcast_recv_init(self->leaf, l->rx, &l->received);
            self->leaf_desc = &tmlrt_broadcast_recv_desc;
        }
        if (poll_leaf(self, cx, &answer) == TMLRT_PENDING) {
            return pend(self, cx);
        }
        if (answer.status == TMLRT_E_CLOSED) {
            tmlrt_broadcast_receiver_free(l->rx);
            *out = 0;
            return TMLRT_READY;
        }
        if (answer.status == TMLRT_E_LAGGED) {
            EXPECT(answer.missed > 0);
            l->missed += answer.missed;
            l->next += answer.missed;
            continue;
        }
        EXPECT_EQ(l->received.number, l->next);
        l->next++;
        l->got++;
        news_drop(&l->received);
    }
}

static tmlrt_poll step_tell(test_future* self, tmlrt_context* cx, int64_t* out) {
    tmlrt_broadcast* b = self->user;
    for (int i = 0; i < RING / 2 + 1; i++) {
        if (self->left == NEWS) {
            tmlrt_broadcast_sender_free(b);
            *out = 0;
            return TMLRT_READY;
        }
        news n = {(uint64_t)self->left, own((uint64_t)self->left)};
        EXPECT_EQ(tmlrt_broadcast_send(b, &n), TMLRT_OK);
        self->left++;
    }
    return yield(cx);
}

static void check_broadcast(tmlrt_runtime* runtime) {
    tmlrt_broadcast* b = NULL;
    listener listeners[LISTENERS] = {0};
    test_probe probes[LISTENERS + 1] = {0};
    tmlrt_task* tasks[LISTENERS + 1];
    REQUIRE(tmlrt_broadcast_new(&b, sizeof(news), RING, news_clone, news_drop) == TMLRT_OK);
    for (int i = 0; i < LISTENERS; i++) {
        listeners[i].rx = tmlrt_broadcast_subscribe(b);
    }
    for (int i = 0; i < LISTENERS; i++) {
        tasks[i] = spawn(runtime, step_listen, &probes[i], &listeners[i], 0);
    }
    tasks[LISTENERS] = spawn(runtime, step_tell, &probes[LISTENERS], b, 0);
    for (int i = 0; i <= LISTENERS; i++) {
        join(tasks[i]);
    }
    for (int i = 0; i < LISTENERS; i++) {
        EXPECT_EQ(listeners[i].got + listeners[i].missed, NEWS);
    }
    EXPECT_EQ(trt_atomic_load(&s_news_live, TRT_RELAXED), 0);
}

TEST(broadcast__listeners_that_fall_behind__seen_plus_missed_is_all) {
    on_each(check_broadcast);
}

// Plain threads are in the middle of each other's copies more often than tasks.
typedef struct plain_listener {
    tmlrt_broadcast_receiver* rx;
    uint64_t next, got, missed;
    bool leaves; // with values unseen
} plain_listener;

static void listen_plainly(void* arg) {
    plain_listener* l = arg;
    for (tmlrt_status status = TMLRT_OK; status != TMLRT_E_CLOSED;) {
        news received;
        uint64_t missed = 0;
        status = tmlrt_broadcast_try_recv(l->rx, &received, &missed);
        if (status == TMLRT_E_LAGGED) {
            l->next += missed;
            l->missed += missed;
        } else if (status == TMLRT_OK) {
            EXPECT_EQ(received.number, l->next);
            l->next++;
            l->got++;
            news_drop(&received);
            if (l->leaves && l->got == 50) {
                break;
            }
        }
    }
    tmlrt_broadcast_receiver_free(l->rx);
}

TEST(broadcast__plain_threads__seen_plus_missed_is_all) {
    for (int round = 0; round < 6; round++) {
        tmlrt_broadcast* b = NULL;
        plain_listener listeners[LISTENERS] = {0};
        trt_thread threads[LISTENERS];
        REQUIRE(tmlrt_broadcast_new(&b, sizeof(news), 1 + (uint64_t)round, news_clone, news_drop) ==
                TMLRT_OK);
        for (int i = 0; i < LISTENERS; i++) {
            listeners[i].rx = tmlrt_broadcast_subscribe(b);
            listeners[i].leaves = i == 3;
        }
        for (int i = 0; i < LISTENERS; i++) {
            EXPECT_EQ(trt_thread_start(&threads[i], "listen", 0, listen_plainly, &listeners[i]),
                      TMLRT_OK);
        }
        for (uint64_t i = 0; i < NEWS; i++) {
            news n = {i, own(i)};
            EXPECT_EQ(tmlrt_broadcast_send(b, &n), TMLRT_OK);
        }
        tmlrt_broadcast_sender_free(b);
        for (int i = 0; i < LISTENERS; i++) {
            trt_thread_join(&threads[i]);
            EXPECT(listeners[i].leaves || listeners[i].got + listeners[i].missed == NEWS);
        }
        EXPECT_EQ(trt_atomic_load(&s_news_live, TRT_RELAXED), 0);
    }
}

// ---- watch --------------------------------------------------------------------------------------

typedef struct watcher {
    tmlrt_watch_receiver* rx;
    uint64_t last;
} watcher;

static tmlrt_poll step_watch(test_future* self, tmlrt_context* cx, int64_t* out) {
    watcher* w = self->user;
    tmlrt_status status;
    for (;;) {
        if (self->leaf_desc == NULL) {
            tmlrt_watch_changed_init(self->leaf, w->rx);
            self->leaf_desc = &tmlrt_watch_changed_desc;
        }
        if (poll_leaf(self, cx, &status) == TMLRT_PENDING) {
            return pend(self, cx);
        }
        if (status == TMLRT_E_CLOSED) {
            tmlrt_watch_receiver_free(w->rx);
            *out = 0;
            return TMLRT_READY;
        }
        news n;
        tmlrt_watch_get(w->rx, &n);
        EXPECT(n.number >= w->last);
        w->last = n.number;
        news_drop(&n);
    }
}

static tmlrt_poll step_change(test_future* self, tmlrt_context* cx, int64_t* out) {
    for (int i = 0; i < 3; i++) {
        if (self->left == NEWS) {
            tmlrt_watch_sender_free(self->user);
            *out = 0;
            return TMLRT_READY;
        }
        self->left++;
        news n = {(uint64_t)self->left, own((uint64_t)self->left)};
        EXPECT_EQ(tmlrt_watch_send(self->user, &n), TMLRT_OK);
    }
    return yield(cx);
}

static void check_watch(tmlrt_runtime* runtime) {
    tmlrt_watch* w = NULL;
    news first = {0, own(0)};
    watcher watchers[LISTENERS] = {0};
    test_probe probes[LISTENERS + 1] = {0};
    tmlrt_task* tasks[LISTENERS + 1];
    REQUIRE(tmlrt_watch_new(&w, sizeof(news), &first, news_clone, news_drop) == TMLRT_OK);
    for (int i = 0; i < LISTENERS; i++) {
        watchers[i].rx = tmlrt_watch_subscribe(w);
    }
    for (int i = 0; i < LISTENERS; i++) {
        tasks[i] = spawn(runtime, step_watch, &probes[i], &watchers[i], 0);
    }
    tasks[LISTENERS] = spawn(runtime, step_change, &probes[LISTENERS], w, 0);
    for (int i = 0; i <= LISTENERS; i++) {
        join(tasks[i]);
    }
    for (int i = 0; i < LISTENERS; i++) {
        EXPECT_EQ(watchers[i].last, NEWS); // everybody saw the last one
    }
    EXPECT_EQ(trt_atomic_load(&s_news_live, TRT_RELAXED), 0);
}

TEST(watch__many_changes__everybody_ends_with_the_last_one) {
    on_each(check_watch);
}
