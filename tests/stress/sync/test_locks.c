// SPDX-License-Identifier: Apache-2.0
// Locks and signals under load.
#include "tests/stress/sync/load.h"

// ---- mutex: a counter that only the lock protects -----------------------------------------------

typedef struct shared {
    tmlrt_mutex* mutex;
    tmlrt_rwlock* rwlock;
    tmlrt_semaphore* semaphore;
    uint64_t counter;      // plain: TSan and the sum tell
    trt_atomic_u64 inside; // permits in use
} shared;

static tmlrt_poll step_mutex(test_future* self, tmlrt_context* cx, int64_t* out) {
    shared* s = self->user;
    for (; self->left != 0; self->left--) {
        if (!held(self)) {
            if (self->leaf_desc == NULL) {
                tmlrt_mutex_lock_init(self->leaf, s->mutex);
                self->leaf_desc = &tmlrt_mutex_lock_desc;
            }
            if (poll_leaf(self, cx, NULL) == TMLRT_PENDING) {
                return pend(self, cx);
            }
            s->counter++;
            if (hold(self)) {
                return yield(cx);
            }
        }
        trt_atomic_add(&s->inside, 1, TRT_RELAXED);
        tmlrt_mutex_unlock(s->mutex);
    }
    *out = 0;
    return TMLRT_READY;
}

static void check_mutex(tmlrt_runtime* runtime) {
    enum { TASKS = 8, ROUNDS = 600 };
    shared s = {.mutex = tmlrt_mutex_new()};
    test_probe probes[TASKS] = {0};
    tmlrt_task* tasks[TASKS];
    for (int i = 0; i < TASKS; i++) {
        tasks[i] = spawn(runtime, step_mutex, &probes[i], &s, ROUNDS);
    }
    for (int i = 0; i < TASKS; i++) {
        join(tasks[i]);
    }
    EXPECT_EQ(s.counter, trt_atomic_load(&s.inside, TRT_RELAXED));
    EXPECT_EQ(s.counter, TASKS * ROUNDS);
    EXPECT_EQ(tmlrt_mutex_try_lock(s.mutex), TMLRT_OK); // nobody took it along
    tmlrt_mutex_unlock(s.mutex);
    tmlrt_mutex_free(s.mutex);
}

TEST(mutex__contended_with_waits_given_up__exclusive_and_never_lost) {
    on_each(check_mutex);
}

// ---- rwlock -------------------------------------------------------------------------------------

static void unlock(shared* s, bool write, int64_t left) {
    if (!write) {
        EXPECT(s->counter % 2 == 0);
        tmlrt_rwlock_unlock_read(s->rwlock);
        return;
    }
    s->counter++;
    if (left % 8 == 4) {
        tmlrt_rwlock_downgrade(s->rwlock);
        EXPECT(s->counter % 2 == 0);
        tmlrt_rwlock_unlock_read(s->rwlock);
    } else {
        tmlrt_rwlock_unlock_write(s->rwlock);
    }
}

static tmlrt_poll step_rwlock(test_future* self, tmlrt_context* cx, int64_t* out) {
    shared* s = self->user;
    for (; self->left != 0; self->left--) {
        bool write = self->left % 4 == 0;
        if (!held(self)) {
            if (self->leaf_desc == NULL) {
                (write ? tmlrt_rwlock_write_init : tmlrt_rwlock_read_init)(self->leaf, s->rwlock);
                self->leaf_desc = write ? &tmlrt_rwlock_write_desc : &tmlrt_rwlock_read_desc;
            }
            if (poll_leaf(self, cx, NULL) == TMLRT_PENDING) {
                return pend(self, cx);
            }
            if (write) {
                s->counter++;
            }
            if (hold(self)) {
                return yield(cx);
            }
        }
        unlock(s, write, self->left);
    }
    *out = 0;
    return TMLRT_READY;
}

static void check_rwlock(tmlrt_runtime* runtime) {
    enum { TASKS = 8, ROUNDS = 600 };
    shared s = {.rwlock = tmlrt_rwlock_new()};
    test_probe probes[TASKS] = {0};
    tmlrt_task* tasks[TASKS];
    for (int i = 0; i < TASKS; i++) {
        tasks[i] = spawn(runtime, step_rwlock, &probes[i], &s, ROUNDS);
    }
    for (int i = 0; i < TASKS; i++) {
        join(tasks[i]);
    }
    EXPECT_EQ(s.counter, 2 * TASKS * (ROUNDS / 4));
    EXPECT_EQ(tmlrt_rwlock_try_write(s.rwlock), TMLRT_OK);
    tmlrt_rwlock_unlock_write(s.rwlock);
    tmlrt_rwlock_free(s.rwlock);
}

TEST(rwlock__readers_and_writers__writers_alone) {
    on_each(check_rwlock);
}

// ---- semaphore ----------------------------------------------------------------------------------

enum { PERMITS = 5 };

static tmlrt_poll step_semaphore(test_future* self, tmlrt_context* cx, int64_t* out) {
    shared* s = self->user;
    for (; self->left != 0; self->left--) {
        uint64_t num = 1 + (uint64_t)self->left % PERMITS;
        tmlrt_status status = TMLRT_OK;
        if (!held(self)) {
            if (self->leaf_desc == NULL) {
                tmlrt_semaphore_acquire_init(self->leaf, s->semaphore, num);
                self->leaf_desc = &tmlrt_semaphore_acquire_desc;
            }
            if (poll_leaf(self, cx, &status) == TMLRT_PENDING) {
                return pend(self, cx);
            }
            EXPECT_EQ(status, TMLRT_OK);
            EXPECT(trt_atomic_add(&s->inside, num, TRT_ACQ_REL) + num <= PERMITS);
            if (hold(self)) {
                return yield(cx);
            }
        }
        trt_atomic_sub(&s->inside, num, TRT_ACQ_REL);
        EXPECT_EQ(tmlrt_semaphore_release(s->semaphore, num), TMLRT_OK);
    }
    *out = 0;
    return TMLRT_READY;
}

static void check_semaphore(tmlrt_runtime* runtime) {
    enum { TASKS = 8, ROUNDS = 600 };
    shared s = {.semaphore = tmlrt_semaphore_new(PERMITS)};
    test_probe probes[TASKS] = {0};
    tmlrt_task* tasks[TASKS];
    for (int i = 0; i < TASKS; i++) {
        tasks[i] = spawn(runtime, step_semaphore, &probes[i], &s, ROUNDS);
    }
    for (int i = 0; i < TASKS; i++) {
        join(tasks[i]);
    }
    EXPECT_EQ(tmlrt_semaphore_available(s.semaphore), PERMITS);
    tmlrt_semaphore_free(s.semaphore);
}

TEST(semaphore__many_permits_and_waits_given_up__conserved) {
    on_each(check_semaphore);
}

// ---- notify: as many tokens as notify_one calls, each taken once --------------------------------

typedef struct tokens {
    tmlrt_notify* notify;
    trt_atomic_u64 made, taken;
    uint64_t total;
} tokens;

static bool take_token(tokens* t) {
    uint64_t taken = trt_atomic_load(&t->taken, TRT_ACQUIRE_ORDER);
    while (taken < trt_atomic_load(&t->made, TRT_ACQUIRE_ORDER)) {
        if (trt_atomic_cas(&t->taken, &taken, taken + 1, TRT_ACQ_REL, TRT_ACQUIRE_ORDER)) {
            return true;
        }
    }
    return false;
}

static tmlrt_poll step_token_user(test_future* self, tmlrt_context* cx, int64_t* out) {
    tokens* t = self->user;
    for (;;) {
        while (take_token(t)) {
        }
        if (trt_atomic_load(&t->taken, TRT_ACQUIRE_ORDER) == t->total) {
            tmlrt_notify_waiters(t->notify);
            *out = 0;
            return TMLRT_READY;
        }
        if (self->leaf_desc == NULL) {
            tmlrt_notify_notified_init(self->leaf, t->notify);
            self->leaf_desc = &tmlrt_notify_notified_desc;
            if (trt_atomic_load(&t->taken, TRT_ACQUIRE_ORDER) == t->total) {
                continue; // the end was told before this wait began
            }
        }
        if (poll_leaf(self, cx, NULL) == TMLRT_PENDING) {
            return pend(self, cx);
        }
    }
}

static tmlrt_poll step_token_maker(test_future* self, tmlrt_context* cx, int64_t* out) {
    tokens* t = self->user;
    for (int i = 0; i < 7 && self->left != 0; i++, self->left--) {
        trt_atomic_add(&t->made, 1, TRT_ACQ_REL);
        tmlrt_notify_one(t->notify);
    }
    if (self->left != 0) {
        return yield(cx);
    }
    *out = 0;
    return TMLRT_READY;
}

static void check_notify(tmlrt_runtime* runtime) {
    enum { USERS = 4, MAKERS = 3, EACH = 2000 };
    tokens t = {.notify = tmlrt_notify_new(), .total = MAKERS * EACH};
    test_probe probes[USERS + MAKERS] = {0};
    tmlrt_task* tasks[USERS + MAKERS];
    for (int i = 0; i < USERS + MAKERS; i++) {
        tasks[i] = spawn(runtime, i < USERS ? step_token_user : step_token_maker, &probes[i], &t,
                         i < USERS ? 1 : EACH);
    }
    for (int i = 0; i < USERS + MAKERS; i++) {
        join(tasks[i]);
    }
    EXPECT_EQ(trt_atomic_load(&t.taken, TRT_RELAXED), t.total);
    tmlrt_notify_free(t.notify);
}

TEST(notify__tokens_with_waits_given_up__all_taken_and_everybody_told) {
    on_each(check_notify);
}

// ---- barrier and once ---------------------------------------------------------------------------

typedef struct meeting {
    tmlrt_barrier* barrier;
    tmlrt_once* once;
    trt_atomic_u64 arrived, leaders;
    uint64_t made, value; // plain: written by whose turn it is
} meeting;

enum { MEMBERS = 5, MEETINGS = 300 };

static tmlrt_poll step_meet(test_future* self, tmlrt_context* cx, int64_t* out) {
    meeting* m = self->user;
    int32_t leader = 0;
    while (self->left < MEETINGS) {
        if (self->leaf_desc == NULL) {
            trt_atomic_add(&m->arrived, 1, TRT_ACQ_REL);
            tmlrt_barrier_wait_init(self->leaf, m->barrier);
            self->leaf_desc = &tmlrt_barrier_wait_desc;
        }
        if (poll_leaf(self, cx, &leader) == TMLRT_PENDING) { // not given up: its round may be over
            return self->left % 2 == 0 ? yield(cx) : TMLRT_PENDING;
        }
        self->left++;
        EXPECT(trt_atomic_load(&m->arrived, TRT_ACQUIRE_ORDER) >= MEMBERS * (uint64_t)self->left);
        trt_atomic_add(&m->leaders, (uint64_t)leader, TRT_RELAXED);
    }
    *out = 0;
    return TMLRT_READY;
}

static tmlrt_poll step_make_once(test_future* self, tmlrt_context* cx, int64_t* out) {
    meeting* m = self->user;
    int32_t turn = 0;
    for (;;) {
        if (self->leaf_desc == NULL) {
            tmlrt_once_begin_init(self->leaf, m->once);
            self->leaf_desc = &tmlrt_once_begin_desc;
        }
        if (poll_leaf(self, cx, &turn) == TMLRT_PENDING) {
            return pend(self, cx);
        }
        if (turn == 0) {
            EXPECT_EQ(m->value, 77);
            *out = 0;
            return TMLRT_READY;
        }
        if (self->left-- > 0) { // could not make it: the turn passes on
            tmlrt_once_abandon(m->once);
            return yield(cx);
        }
        m->made++;
        m->value = 77;
        tmlrt_once_set(m->once);
    }
}

static void check_meetings(tmlrt_runtime* runtime) {
    meeting m = {.barrier = tmlrt_barrier_new(MEMBERS), .once = tmlrt_once_new()};
    test_probe probes[2 * MEMBERS] = {0};
    tmlrt_task* tasks[2 * MEMBERS];
    for (int i = 0; i < 2 * MEMBERS; i++) {
        tasks[i] = spawn(runtime, i < MEMBERS ? step_meet : step_make_once, &probes[i], &m,
                         i < MEMBERS ? 0 : 5);
    }
    for (int i = 0; i < 2 * MEMBERS; i++) {
        join(tasks[i]);
    }
    EXPECT_EQ(trt_atomic_load(&m.leaders, TRT_RELAXED), MEETINGS);
    EXPECT_EQ(m.made, 1);
    tmlrt_barrier_free(m.barrier);
    tmlrt_once_free(m.once);
}

TEST(barrier_and_once__many_tasks__one_leader_a_round_one_maker) {
    on_each(check_meetings);
}
