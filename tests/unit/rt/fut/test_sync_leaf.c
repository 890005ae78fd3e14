// SPDX-License-Identifier: Apache-2.0
// What all leaves over rt/sync have in common: budget, registration, drop, no allocation per wait.
#include "rt/fut/sync_leaf.h"

#include <tmlrt/runtime.h>
#include <tmlrt/sync.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

// One primitive with its wait: `give` makes one wait READY.
typedef struct world {
    tmlrt_mutex* mutex;
    tmlrt_rwlock *read, *write;
    tmlrt_semaphore* semaphore;
    tmlrt_notify* notify;
    tmlrt_oneshot *value, *closed;
    tmlrt_mpsc *full, *room, *empty;
    tmlrt_broadcast* broadcast;
    tmlrt_broadcast_receiver* listener;
    tmlrt_watch* watch;
    tmlrt_watch_receiver* watcher;
    tmlrt_once* once;
    tmlrt_cancel_token* token;
    int64_t in, out;
    bool closed_gone, value_gone;
} world;

typedef struct wait {
    const tmlrt_future_desc* desc;
    void (*init)(void* leaf, world* w);
    void (*give)(world* w);
    tmlrt_status out; // of the READY
} wait;

static void init_mutex(void* leaf, world* w) {
    tmlrt_mutex_lock_init(leaf, w->mutex);
}
static void give_mutex(world* w) {
    tmlrt_mutex_unlock(w->mutex);
}
static void init_read(void* leaf, world* w) {
    tmlrt_rwlock_read_init(leaf, w->read);
}
static void give_read(world* w) {
    tmlrt_rwlock_unlock_write(w->read);
}
static void init_write(void* leaf, world* w) {
    tmlrt_rwlock_write_init(leaf, w->write);
}
static void give_write(world* w) {
    tmlrt_rwlock_unlock_read(w->write);
}
static void init_semaphore(void* leaf, world* w) {
    tmlrt_semaphore_acquire_init(leaf, w->semaphore, 2);
}
static void give_semaphore(world* w) {
    (void)!tmlrt_semaphore_release(w->semaphore, 2);
}
static void init_notify(void* leaf, world* w) {
    tmlrt_notify_notified_init(leaf, w->notify);
}
static void give_notify(world* w) {
    tmlrt_notify_one(w->notify);
}
static void init_value(void* leaf, world* w) {
    tmlrt_oneshot_recv_init(leaf, w->value, &w->out);
}
static void give_value(world* w) {
    EXPECT_EQ(tmlrt_oneshot_send(w->value, &w->in), TMLRT_OK);
    w->value_gone = true;
}
static void init_closed(void* leaf, world* w) {
    tmlrt_oneshot_closed_init(leaf, w->closed);
}
static void give_closed(world* w) {
    tmlrt_oneshot_receiver_free(w->closed);
    w->closed_gone = true;
}
static void init_send(void* leaf, world* w) {
    tmlrt_mpsc_send_init(leaf, w->full, &w->in);
}
static void give_send(world* w) {
    EXPECT_EQ(tmlrt_mpsc_try_recv(w->full, &w->out), TMLRT_OK);
}
static void init_reserve(void* leaf, world* w) {
    tmlrt_mpsc_reserve_init(leaf, w->room);
}
static void give_reserve(world* w) {
    tmlrt_mpsc_unreserve(w->room);
}
static void init_recv(void* leaf, world* w) {
    tmlrt_mpsc_recv_init(leaf, w->empty, &w->out);
}
static void give_recv(world* w) {
    EXPECT_EQ(tmlrt_mpsc_try_send(w->empty, &w->in), TMLRT_OK);
}
static void init_broadcast(void* leaf, world* w) {
    tmlrt_broadcast_recv_init(leaf, w->listener, &w->out);
}
static void give_broadcast(world* w) {
    EXPECT_EQ(tmlrt_broadcast_send(w->broadcast, &w->in), TMLRT_OK);
}
static void init_watch(void* leaf, world* w) {
    tmlrt_watch_changed_init(leaf, w->watcher);
}
static void give_watch(world* w) {
    EXPECT_EQ(tmlrt_watch_send(w->watch, &w->in), TMLRT_OK);
}
static void init_once(void* leaf, world* w) {
    tmlrt_once_begin_init(leaf, w->once);
}
static void give_once(world* w) {
    tmlrt_once_abandon(w->once);
}
static void give_once_set(world* w) {
    tmlrt_once_set(w->once);
}

static void init_cancelled(void* leaf, world* w) {
    tmlrt_cancel_token_cancelled_init(leaf, w->token);
}
static void give_cancelled(world* w) {
    (void)!tmlrt_cancel_token_cancel(w->token, TMLRT_CANCEL_DEADLINE);
}

static const wait s_waits[] = {
    {&tmlrt_mutex_lock_desc, init_mutex, give_mutex, TMLRT_OK},
    {&tmlrt_rwlock_read_desc, init_read, give_read, TMLRT_OK},
    {&tmlrt_rwlock_write_desc, init_write, give_write, TMLRT_OK},
    {&tmlrt_semaphore_acquire_desc, init_semaphore, give_semaphore, TMLRT_OK},
    {&tmlrt_notify_notified_desc, init_notify, give_notify, TMLRT_OK},
    {&tmlrt_oneshot_recv_desc, init_value, give_value, TMLRT_OK},
    {&tmlrt_oneshot_closed_desc, init_closed, give_closed, TMLRT_OK},
    {&tmlrt_mpsc_send_desc, init_send, give_send, TMLRT_OK},
    {&tmlrt_mpsc_reserve_desc, init_reserve, give_reserve, TMLRT_OK},
    {&tmlrt_mpsc_recv_desc, init_recv, give_recv, TMLRT_OK},
    {&tmlrt_broadcast_recv_desc, init_broadcast, give_broadcast, TMLRT_OK},
    {&tmlrt_watch_changed_desc, init_watch, give_watch, TMLRT_OK},
    {&tmlrt_once_begin_desc, init_once, give_once, 1},
    {&tmlrt_once_begin_desc, init_once, give_once_set, 0},
    {&tmlrt_cancel_token_cancelled_desc, init_cancelled, give_cancelled, TMLRT_CANCEL_DEADLINE},
};

// Room for every output; the status comes first.
typedef union output {
    tmlrt_status status;
    uint64_t room[2];
} output;

// Everything taken, so that every wait waits.
static void open_world(world* w) {
    *w = (world){.mutex = tmlrt_mutex_new(),
                 .read = tmlrt_rwlock_new(),
                 .write = tmlrt_rwlock_new(),
                 .semaphore = tmlrt_semaphore_new(0),
                 .notify = tmlrt_notify_new(),
                 .value = tmlrt_oneshot_new(sizeof(int64_t), NULL),
                 .closed = tmlrt_oneshot_new(sizeof(int64_t), NULL),
                 .once = tmlrt_once_new(),
                 .token = tmlrt_cancel_token_new(NULL),
                 .in = 6};
    EXPECT_EQ(tmlrt_broadcast_new(&w->broadcast, sizeof(int64_t), 2, NULL, NULL), TMLRT_OK);
    w->listener = tmlrt_broadcast_subscribe(w->broadcast);
    for (int i = 0; i < 2; i++) { // its two cells
        uint64_t missed;
        EXPECT_EQ(tmlrt_broadcast_send(w->broadcast, &w->in), TMLRT_OK);
        EXPECT_EQ(tmlrt_broadcast_try_recv(w->listener, &w->out, &missed), TMLRT_OK);
    }
    EXPECT_EQ(tmlrt_watch_new(&w->watch, sizeof(int64_t), &w->in, NULL, NULL), TMLRT_OK);
    w->watcher = tmlrt_watch_subscribe(w->watch);
    EXPECT_EQ(tmlrt_watch_send(w->watch, &w->in), TMLRT_OK);
    tmlrt_watch_get(w->watcher, &w->out);
    EXPECT_EQ(tmlrt_once_try_begin(w->once), TMLRT_OK);
    EXPECT_EQ(tmlrt_mpsc_new(&w->full, sizeof(int64_t), 1, NULL), TMLRT_OK);
    EXPECT_EQ(tmlrt_mpsc_new(&w->room, sizeof(int64_t), 1, NULL), TMLRT_OK);
    EXPECT_EQ(tmlrt_mpsc_new(&w->empty, sizeof(int64_t), 1, NULL), TMLRT_OK);
    EXPECT_EQ(tmlrt_mutex_try_lock(w->mutex), TMLRT_OK);
    EXPECT_EQ(tmlrt_rwlock_try_write(w->read), TMLRT_OK);
    EXPECT_EQ(tmlrt_rwlock_try_read(w->write), TMLRT_OK);
    EXPECT_EQ(tmlrt_mpsc_try_send(w->full, &w->in), TMLRT_OK);
    EXPECT_EQ(tmlrt_mpsc_try_send(w->room, &w->in), TMLRT_OK);
    EXPECT_EQ(tmlrt_mpsc_try_recv(w->room, &w->out), TMLRT_OK);
    uint64_t calls = test_allocator_calls();
    EXPECT_EQ(tmlrt_mpsc_try_send(w->empty, &w->in), TMLRT_OK);
    EXPECT_EQ(tmlrt_mpsc_try_recv(w->empty, &w->out), TMLRT_OK);
    EXPECT_EQ(test_allocator_calls() - calls, 1); // its first block
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    test_waker waker = {0};
    tmlrt_status status = 1;
    tmlrt_mpsc_reserve_init(leaf, w->room); // the room that `give` gives back
    EXPECT_EQ(tmlrt_mpsc_reserve_desc.poll(leaf, test_waker_context(&waker), &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
}

static void close_world(world* w) {
    tmlrt_broadcast_receiver_free(w->listener);
    tmlrt_broadcast_sender_free(w->broadcast);
    tmlrt_watch_receiver_free(w->watcher);
    tmlrt_watch_sender_free(w->watch);
    tmlrt_once_free(w->once);
    tmlrt_cancel_token_free(w->token);
    tmlrt_mutex_free(w->mutex);
    tmlrt_rwlock_free(w->read);
    tmlrt_rwlock_free(w->write);
    tmlrt_semaphore_free(w->semaphore);
    tmlrt_notify_free(w->notify);
    if (!w->value_gone) {
        tmlrt_oneshot_sender_free(w->value);
    }
    tmlrt_oneshot_receiver_free(w->value);
    tmlrt_oneshot_sender_free(w->closed);
    if (!w->closed_gone) {
        tmlrt_oneshot_receiver_free(w->closed);
    }
    tmlrt_mpsc* channels[] = {w->full, w->room, w->empty};
    for (size_t i = 0; i < TRT_ARRAY_LEN(channels); i++) {
        tmlrt_mpsc_sender_free(channels[i]);
        tmlrt_mpsc_receiver_free(channels[i]);
    }
}

typedef union leaf_room {
    _Alignas(TMLRT_LEAF_ALIGN) char leaf[TMLRT_LEAF_SIZE];
} leaf_room;

TEST(sync_leaf__waits_then_is_given__ready_once_budget_spent_once_no_allocation) {
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_waits); i++) {
        world w;
        open_world(&w);
        leaf_room room;
        test_waker waker = {0};
        output out = {.status = 9};
        tmlrt_context* cx = test_waker_context(&waker);
        cx->budget = 5;
        uint64_t calls = test_allocator_calls();
        s_waits[i].init(room.leaf, &w);
        EXPECT_EQ(s_waits[i].desc->poll(room.leaf, cx, &out), TMLRT_PENDING);
        EXPECT_EQ(s_waits[i].desc->poll(room.leaf, cx, &out), TMLRT_PENDING);
        EXPECT_EQ(cx->budget, 5);
        EXPECT_EQ(test_waker_refs(&waker), 1);
        s_waits[i].give(&w);
        EXPECT_EQ(test_waker_wakes(&waker), 1);
        EXPECT_EQ(s_waits[i].desc->poll(room.leaf, cx, &out), TMLRT_READY);
        EXPECT_EQ(out.status, s_waits[i].desc->out_size == 0 ? 9 : s_waits[i].out);
        EXPECT_EQ(cx->budget, 4);
        EXPECT_EQ(test_allocator_calls(), calls);
        EXPECT_EQ(test_waker_refs(&waker), 0);
        s_waits[i].desc->drop(room.leaf); // after the end: nothing
        close_world(&w);
    }
}

TEST(sync_leaf__budget_spent__yields_without_touching_anything) {
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_waits); i++) {
        world w;
        open_world(&w);
        leaf_room room;
        test_waker waker = {0};
        output out = {.status = 9};
        tmlrt_context* cx = test_waker_context(&waker);
        cx->budget = 0;
        s_waits[i].init(room.leaf, &w);
        s_waits[i].give(&w);
        EXPECT_EQ(s_waits[i].desc->poll(room.leaf, cx, &out), TMLRT_PENDING);
        EXPECT_EQ(test_waker_wakes(&waker), 1);
        EXPECT_EQ(test_waker_refs(&waker), 0);
        s_waits[i].desc->drop(room.leaf);
        s_waits[i].init(room.leaf, &w);
        cx->budget = 1;
        EXPECT_EQ(s_waits[i].desc->poll(room.leaf, cx, &out), TMLRT_READY);
        EXPECT_EQ(cx->budget, 0);
        close_world(&w);
    }
}

// Dropped before and after it was given: the next wait gets it either way.
TEST(sync_leaf__dropped_before_or_after_it_was_given__the_next_one_is_served) {
    for (size_t i = 0; i < 2 * TRT_ARRAY_LEN(s_waits); i++) {
        const wait* kind = &s_waits[i / 2];
        world w;
        open_world(&w);
        leaf_room first, second;
        test_waker waker = {0};
        output out = {.status = 9};
        tmlrt_context* cx = test_waker_context(&waker);
        kind->init(first.leaf, &w);
        kind->desc->drop(first.leaf); // unstarted
        kind->init(first.leaf, &w);
        EXPECT_EQ(kind->desc->poll(first.leaf, cx, &out), TMLRT_PENDING);
        if (i % 2 == 0) {
            kind->give(&w);
        }
        kind->desc->drop(first.leaf);
        kind->desc->drop(first.leaf);
        EXPECT_EQ(test_waker_refs(&waker), 0);
        if (i % 2 != 0) {
            kind->give(&w);
        }
        kind->init(second.leaf, &w);
        EXPECT_EQ(kind->desc->poll(second.leaf, cx, &out), TMLRT_READY);
        close_world(&w);
    }
}

// ---- a panic while it waits ---------------------------------------------------------------------

typedef struct panicking {
    world w;
    const wait* kind;
    bool given; // before the panic
} panicking;

static tmlrt_poll step_wait_then_panic(test_future* self, tmlrt_context* cx, int64_t* out) {
    panicking* p = self->user;
    output status;
    if (self->leaf_desc == NULL) {
        self->leaf_desc = p->kind->desc;
        p->kind->init(self->leaf, &p->w);
        EXPECT_EQ(self->leaf_desc->poll(self->leaf, cx, &status), TMLRT_PENDING);
        if (p->given) {
            p->kind->give(&p->w);
        } else {
            trt_waker_wake_ref(cx->waker);
        }
        return TMLRT_PENDING;
    }
    return test_step_panic(self, cx, out);
}

TEST(sync_leaf__the_task_panics_while_it_waits__unlinked_and_passed_on) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    for (size_t i = 0; i < 2 * TRT_ARRAY_LEN(s_waits); i++) {
        panicking p = {.kind = &s_waits[i / 2], .given = i % 2 != 0};
        open_world(&p.w);
        test_probe probe = {0};
        test_future frame = {.step = step_wait_then_panic, .probe = &probe, .user = &p};
        int64_t ignored = 0;
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &ignored),
                  TMLRT_E_PANIC);
        if (!p.given) {
            p.kind->give(&p.w);
        }
        leaf_room next;
        test_waker waker = {0};
        output out;
        p.kind->init(next.leaf, &p.w);
        EXPECT_EQ(p.kind->desc->poll(next.leaf, test_waker_context(&waker), &out), TMLRT_READY);
        close_world(&p.w);
    }
    tmlrt_runtime_free(runtime);
}

// ---- what only one of them does -----------------------------------------------------------------

TEST(mpsc_send_leaf__no_memory__the_room_is_given_back) {
    tmlrt_mpsc* c = NULL;
    leaf_room room;
    test_waker waker = {0};
    tmlrt_status out = 1;
    int64_t value = 5;
    EXPECT_EQ(tmlrt_mpsc_new(&c, sizeof(value), 1, NULL), TMLRT_OK);
    for (int fail = 1; fail >= 0; fail--) {
        tmlrt_mpsc_send_init(room.leaf, c, &value);
        test_allocator_fail_at((uint64_t)fail);
        EXPECT_EQ(tmlrt_mpsc_send_desc.poll(room.leaf, test_waker_context(&waker), &out),
                  TMLRT_READY);
        EXPECT_EQ(out, fail ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    tmlrt_mpsc_sender_free(c);
    tmlrt_mpsc_receiver_free(c);
}

TEST(barrier_leaf__dropped__has_not_arrived) {
    tmlrt_barrier* b = tmlrt_barrier_new(2);
    leaf_room x, y;
    test_waker waker = {0};
    int32_t leader = 9;
    tmlrt_context* cx = test_waker_context(&waker);
    tmlrt_barrier_wait_init(x.leaf, b);
    tmlrt_barrier_wait_init(y.leaf, b);
    uint64_t calls = test_allocator_calls();
    EXPECT_EQ(tmlrt_barrier_wait_desc.poll(x.leaf, cx, &leader), TMLRT_PENDING);
    tmlrt_barrier_wait_desc.drop(x.leaf);
    EXPECT_EQ(tmlrt_barrier_wait_desc.poll(y.leaf, cx, &leader), TMLRT_PENDING);
    tmlrt_barrier_wait_init(x.leaf, b);
    EXPECT_EQ(tmlrt_barrier_wait_desc.poll(x.leaf, cx, &leader), TMLRT_READY);
    EXPECT_EQ(leader, 1);
    EXPECT_EQ(tmlrt_barrier_wait_desc.poll(y.leaf, cx, &leader), TMLRT_READY);
    EXPECT_EQ(leader, 0);
    EXPECT_EQ(test_allocator_calls(), calls);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_barrier_free(b);
}

TEST(once__set__later_begins_answer_that_it_is_there) {
    tmlrt_once* once = tmlrt_once_new();
    leaf_room x;
    test_waker waker = {0};
    int32_t turn = 9;
    EXPECT_EQ(tmlrt_once_is_set(once), 0);
    tmlrt_once_begin_init(x.leaf, once);
    EXPECT_EQ(tmlrt_once_begin_desc.poll(x.leaf, test_waker_context(&waker), &turn), TMLRT_READY);
    EXPECT_EQ(turn, 1);
    EXPECT_EQ(tmlrt_once_try_begin(once), TMLRT_E_AGAIN);
    tmlrt_once_set(once);
    EXPECT_EQ(tmlrt_once_is_set(once), 1);
    EXPECT_EQ(tmlrt_once_try_begin(once), TMLRT_E_CLOSED);
    tmlrt_once_begin_init(x.leaf, once);
    EXPECT_EQ(tmlrt_once_begin_desc.poll(x.leaf, test_waker_context(&waker), &turn), TMLRT_READY);
    EXPECT_EQ(turn, 0);
    tmlrt_once_free(once);
}

TEST(locks__no_memory__null_and_free_takes_it) {
    test_allocator_fail_at(1);
    EXPECT(tmlrt_mutex_new() == NULL);
    test_allocator_fail_at(1);
    EXPECT(tmlrt_rwlock_new() == NULL);
    test_allocator_fail_at(1);
    EXPECT(tmlrt_semaphore_new(1) == NULL);
    test_allocator_fail_at(1);
    EXPECT(tmlrt_notify_new() == NULL);
    test_allocator_fail_at(1);
    EXPECT(tmlrt_barrier_new(2) == NULL);
    test_allocator_fail_at(1);
    EXPECT(tmlrt_once_new() == NULL);
    test_allocator_fail_at(0);
    EXPECT(tmlrt_semaphore_new(UINT64_MAX) == NULL);
    tmlrt_mutex_free(NULL);
    tmlrt_rwlock_free(NULL);
    tmlrt_semaphore_free(NULL);
    tmlrt_notify_free(NULL);
    tmlrt_oneshot_sender_free(NULL);
    tmlrt_oneshot_receiver_free(NULL);
    tmlrt_mpsc_sender_free(NULL);
    tmlrt_mpsc_receiver_free(NULL);
    tmlrt_broadcast_sender_free(NULL);
    tmlrt_broadcast_receiver_free(NULL);
    tmlrt_watch_sender_free(NULL);
    tmlrt_watch_receiver_free(NULL);
    tmlrt_barrier_free(NULL);
    tmlrt_once_free(NULL);
}

static void unlock_unlocked(void) {
    tmlrt_mutex_unlock(tmlrt_mutex_new());
}
static void unlock_unread(void) {
    tmlrt_rwlock_unlock_read(tmlrt_rwlock_new());
}

TEST(locks__unlocked_without_being_locked__abort_says_so) {
    char text[512];
    EXPECT(test_child(unlock_unlocked, text, sizeof(text)) > 1000);
    EXPECT(strstr(text, "semaphore.c") != NULL);
    EXPECT(test_child(unlock_unread, text, sizeof(text)) > 1000);
}

TEST(rwlock__a_writer_waits__later_readers_wait_behind_it) {
    tmlrt_rwlock* lock = tmlrt_rwlock_new();
    leaf_room writer, reader;
    test_waker a = {0}, b = {0};
    EXPECT_EQ(tmlrt_rwlock_try_read(lock), TMLRT_OK);
    EXPECT_EQ(tmlrt_rwlock_try_read(lock), TMLRT_OK);
    EXPECT_EQ(tmlrt_rwlock_try_write(lock), TMLRT_E_AGAIN);
    tmlrt_rwlock_write_init(writer.leaf, lock);
    tmlrt_rwlock_read_init(reader.leaf, lock);
    EXPECT_EQ(tmlrt_rwlock_write_desc.poll(writer.leaf, test_waker_context(&a), NULL),
              TMLRT_PENDING);
    EXPECT_EQ(tmlrt_rwlock_try_read(lock), TMLRT_E_AGAIN);
    EXPECT_EQ(tmlrt_rwlock_read_desc.poll(reader.leaf, test_waker_context(&b), NULL),
              TMLRT_PENDING);
    tmlrt_rwlock_unlock_read(lock);
    EXPECT_EQ(test_waker_wakes(&a), 0);
    tmlrt_rwlock_unlock_read(lock);
    EXPECT_EQ(test_waker_wakes(&a), 1);
    EXPECT_EQ(tmlrt_rwlock_write_desc.poll(writer.leaf, test_waker_context(&a), NULL), TMLRT_READY);
    EXPECT_EQ(test_waker_wakes(&b), 0);
    tmlrt_rwlock_downgrade(lock);
    EXPECT_EQ(test_waker_wakes(&b), 1);
    EXPECT_EQ(tmlrt_rwlock_read_desc.poll(reader.leaf, test_waker_context(&b), NULL), TMLRT_READY);
    tmlrt_rwlock_unlock_read(lock);
    tmlrt_rwlock_unlock_read(lock);
    EXPECT_EQ(tmlrt_rwlock_try_write(lock), TMLRT_OK);
    tmlrt_rwlock_unlock_write(lock);
    tmlrt_rwlock_free(lock);
}
