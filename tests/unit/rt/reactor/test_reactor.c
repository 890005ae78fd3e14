// SPDX-License-Identifier: Apache-2.0
#include "rt/reactor/reactor.h"

#include "rt/base/assert.h"
#include "rt/os/thread.h"
#include "rt/reactor/slot.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct fixture {
    trt_reactor* reactor;
    trt_io_slot* slot;
    int pair[2]; // [0] is registered
    uint32_t tick;
} fixture;

static bool open_pair(int* pair) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0;
}

static bool setup(fixture* f) {
    memset(f, 0, sizeof(*f));
    bool ok = trt_reactor_new(&f->reactor) == TMLRT_OK && open_pair(f->pair) &&
              trt_reactor_register(f->reactor, f->pair[0], &f->slot) == TMLRT_OK;
    EXPECT(ok);
    return ok;
}

static void teardown(fixture* f) {
    if (f->slot != NULL) {
        trt_reactor_deregister(f->reactor, f->slot);
    }
    close(f->pair[0]);
    close(f->pair[1]);
    trt_reactor_free(f->reactor);
}

static uint32_t turn(trt_reactor* reactor, uint64_t timeout_ns) {
    uint32_t woken = 0;
    EXPECT_EQ(trt_reactor_turn(reactor, timeout_ns, &woken), TMLRT_OK);
    return woken;
}

// Uses up the initial readiness of both directions.
static void clear_both(fixture* f, test_waker* w) {
    turn(f->reactor, 0); // the event of the registration
    for (int direction = 0; direction < 2; direction++) {
        EXPECT_EQ(trt_io_poll_ready(f->slot, direction, test_waker_context(w), &f->tick),
                  TMLRT_READY);
        trt_io_clear_ready(f->slot, direction, f->tick);
    }
}

TEST(reactor__read_waits__woken_by_data_and_ready) {
    fixture f;
    test_waker w = {0};
    REQUIRE(setup(&f));
    clear_both(&f, &w);
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&w), 1);
    EXPECT_EQ(turn(f.reactor, 0), 0);
    EXPECT_EQ(write(f.pair[1], "x", 1), 1);
    EXPECT_EQ(turn(f.reactor, UINT64_MAX), 1);
    EXPECT_EQ(test_waker_wakes(&w), 1);
    EXPECT_EQ(test_waker_refs(&w), 0);
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_READY);
    teardown(&f);
}

TEST(io_clear_ready__an_edge_came_in_between__stays_ready) {
    fixture f;
    test_waker w = {0};
    REQUIRE(setup(&f));
    clear_both(&f, &w);
    EXPECT_EQ(write(f.pair[1], "x", 1), 1);
    turn(f.reactor, UINT64_MAX);
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_READY);
    EXPECT_EQ(write(f.pair[1], "y", 1), 1); // after "the failed read", before the clear
    turn(f.reactor, UINT64_MAX);
    trt_io_clear_ready(f.slot, TRT_DIR_READ, f.tick);
    uint32_t tick = f.tick;
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_READY);
    EXPECT(f.tick != tick);
    trt_io_clear_ready(f.slot, TRT_DIR_READ, f.tick);
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_PENDING);
    teardown(&f);
}

TEST(io_drained__after_the_peer_finished__stays_ready_until_again) {
    fixture f;
    test_waker w = {0};
    REQUIRE(setup(&f));
    clear_both(&f, &w);
    shutdown(f.pair[1], SHUT_WR);
    turn(f.reactor, UINT64_MAX);
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_READY);
    EXPECT(!trt_io_hung_up(f.slot));
    trt_io_drained(f.slot, TRT_DIR_READ, f.tick); // a short read: the end is still to come
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_READY);
    trt_io_clear_ready(f.slot, TRT_DIR_READ, f.tick);
    EXPECT_EQ(trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick),
              TMLRT_PENDING);
    teardown(&f);
}

TEST(reactor__peer_closes__wakes_both_directions_once) {
    fixture f;
    test_waker reader = {0}, writer = {0};
    REQUIRE(setup(&f));
    clear_both(&f, &reader);
    trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&reader), &f.tick);
    trt_io_poll_ready(f.slot, TRT_DIR_WRITE, test_waker_context(&writer), &f.tick);
    close(f.pair[1]);
    EXPECT_EQ(turn(f.reactor, UINT64_MAX), 2);
    EXPECT_EQ(turn(f.reactor, 0), 0);
    EXPECT(trt_io_hung_up(f.slot));
    EXPECT_EQ(test_waker_wakes(&reader), 1);
    EXPECT_EQ(test_waker_wakes(&writer), 1);
    f.pair[1] = -1;
    teardown(&f);
}

TEST(io_poll_ready__another_waker__the_last_one_is_woken) {
    fixture f;
    test_waker first = {0}, second = {0};
    REQUIRE(setup(&f));
    clear_both(&f, &first);
    trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&first), &f.tick);
    trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&second), &f.tick);
    EXPECT_EQ(test_waker_refs(&first), 0);
    EXPECT_EQ(write(f.pair[1], "x", 1), 1);
    EXPECT_EQ(turn(f.reactor, UINT64_MAX), 1);
    EXPECT_EQ(test_waker_wakes(&first), 0);
    EXPECT_EQ(test_waker_wakes(&second), 1);
    teardown(&f);
}

TEST(io_cancel_and_deregister__a_waker_waits__dropped_and_not_called) {
    fixture f;
    test_waker w = {0};
    REQUIRE(setup(&f));
    clear_both(&f, &w);
    trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick);
    trt_io_cancel(f.slot, TRT_DIR_READ);
    EXPECT_EQ(test_waker_refs(&w), 0);
    trt_io_poll_ready(f.slot, TRT_DIR_READ, test_waker_context(&w), &f.tick);
    trt_io_poll_ready(f.slot, TRT_DIR_WRITE, test_waker_context(&w), &f.tick);
    EXPECT_EQ(test_waker_refs(&w), 2);
    EXPECT_EQ(write(f.pair[1], "x", 1), 1);
    trt_reactor_deregister(f.reactor, f.slot);
    f.slot = NULL;
    EXPECT_EQ(test_waker_refs(&w), 0);
    EXPECT_EQ(turn(f.reactor, 0), 0);
    EXPECT_EQ(test_waker_wakes(&w), 0);
    teardown(&f);
}

// As the reactor's turn does it.
static uint32_t deliver(trt_io_slot* slot, uint64_t token, uint32_t bits) {
    tmlrt_waker wakers[2];
    uint32_t num = trt_slot_deliver(slot, token, bits, wakers);
    trt_wakers_call(wakers, num);
    return num;
}

TEST(slot_deliver__token_of_an_earlier_owner__dropped) {
    static trt_slot_table table;
    trt_io_slot *first, *second;
    test_waker w = {0};
    uint32_t tick;
    REQUIRE(trt_slot_table_take(&table, 3, &first) == TMLRT_OK);
    uint64_t stale = trt_slot_token(first);
    trt_slot_table_give_back(&table, first);
    REQUIRE(trt_slot_table_take(&table, 3, &second) == TMLRT_OK);
    EXPECT(second == first); // the same storage, another generation
    trt_io_clear_ready(second, TRT_DIR_READ, 0);
    EXPECT_EQ(trt_io_poll_ready(second, TRT_DIR_READ, test_waker_context(&w), &tick),
              TMLRT_PENDING);
    EXPECT_EQ(deliver(trt_slot_table_at(&table, stale), stale, TRT_EV_READ), 0);
    EXPECT_EQ(deliver(second, stale, TRT_EV_HUP), 0);
    EXPECT(!trt_io_hung_up(second));
    EXPECT_EQ(deliver(second, trt_slot_token(second), TRT_EV_READ), 1);
    trt_slot_table_give_back(&table, second);
    trt_slot_table_fini(&table);
}

TEST(slot_deliver__hangup_or_error_alone__both_directions_ready) {
    static const uint32_t bits[] = {TRT_EV_HUP, TRT_EV_ERR};
    static trt_slot_table table;
    for (size_t i = 0; i < TRT_ARRAY_LEN(bits); i++) {
        trt_io_slot* slot;
        test_waker reader = {0}, writer = {0};
        uint32_t tick;
        REQUIRE(trt_slot_table_take(&table, 3, &slot) == TMLRT_OK);
        trt_io_clear_ready(slot, TRT_DIR_READ, 0);
        trt_io_clear_ready(slot, TRT_DIR_WRITE, 0);
        trt_io_poll_ready(slot, TRT_DIR_READ, test_waker_context(&reader), &tick);
        trt_io_poll_ready(slot, TRT_DIR_WRITE, test_waker_context(&writer), &tick);
        EXPECT_EQ(deliver(slot, trt_slot_token(slot), bits[i]), 2);
        EXPECT_EQ(test_waker_wakes(&reader) + test_waker_wakes(&writer), 2);
        EXPECT(trt_io_hung_up(slot));
        trt_slot_table_give_back(&table, slot);
    }
    trt_slot_table_fini(&table);
}

// A waker whose clone lets an event come: exactly between the look at the readiness word and the
// slot's lock.
typedef struct late_event {
    trt_io_slot* slot;
    uint32_t bits;
} late_event;

static void late_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    late_event* late = waker->data;
    deliver(late->slot, trt_slot_token(late->slot), late->bits);
    *out = *waker;
}
static void late_ignore(void* data) {
    (void)data;
}
static const tmlrt_waker_vtable s_late = {late_clone, late_ignore, late_ignore, late_ignore};

TEST(io_poll__event_comes_before_the_waker_is_left__ready) {
    static trt_slot_table table;
    late_event late = {.bits = TRT_EV_READ};
    tmlrt_waker waker = {&s_late, &late};
    tmlrt_context cx = {.waker = &waker, .budget = TMLRT_BUDGET};
    uint32_t tick = 99;
    REQUIRE(trt_slot_table_take(&table, 3, &late.slot) == TMLRT_OK);
    trt_io_clear_ready(late.slot, TRT_DIR_READ, 0);
    EXPECT_EQ(trt_io_poll_ready(late.slot, TRT_DIR_READ, &cx, &tick), TMLRT_READY);
    EXPECT_EQ(tick, 1);
    late.bits = TRT_EV_HUP;
    EXPECT_EQ(trt_io_poll_hangup(late.slot, &cx), TMLRT_READY);
    trt_slot_table_give_back(&table, late.slot);
    trt_slot_table_fini(&table);
}

TEST(slot_table__thousands_of_slots__addresses_stay_and_are_reused) {
    static trt_slot_table table;
    static trt_io_slot* slots[3000];
    for (size_t i = 0; i < TRT_ARRAY_LEN(slots); i++) {
        REQUIRE(trt_slot_table_take(&table, (trt_handle)i, &slots[i]) == TMLRT_OK);
        EXPECT((uintptr_t)slots[i] % 64 == 0);
    }
    for (size_t i = 0; i < TRT_ARRAY_LEN(slots); i++) {
        EXPECT(trt_slot_table_at(&table, trt_slot_token(slots[i])) == slots[i]);
        trt_slot_table_give_back(&table, slots[i]);
    }
    uint64_t calls = test_allocator_calls();
    for (size_t i = 0; i < TRT_ARRAY_LEN(slots); i++) {
        REQUIRE(trt_slot_table_take(&table, (trt_handle)i, &slots[i]) == TMLRT_OK);
    }
    EXPECT_EQ(test_allocator_calls(), calls);
    for (size_t i = 0; i < TRT_ARRAY_LEN(slots); i++) {
        trt_slot_table_give_back(&table, slots[i]);
    }
    trt_slot_table_fini(&table);
}

TEST(reactor_wake__from_another_place__ends_the_turn) {
    fixture f;
    REQUIRE(setup(&f));
    turn(f.reactor, 0);
    trt_reactor_wake(f.reactor);
    EXPECT_EQ(turn(f.reactor, UINT64_MAX), 0);
    teardown(&f);
}

TEST(reactor__allocation_fails_at_each_step__nomem_and_no_leak) {
    for (uint64_t nth = 1;; nth++) {
        trt_reactor* reactor = NULL;
        trt_io_slot* slot = NULL;
        int pair[2];
        REQUIRE(open_pair(pair));
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_reactor_new(&reactor);
        if (status == TMLRT_OK) {
            status = trt_reactor_register(reactor, pair[0], &slot);
        }
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        if (slot != NULL) {
            trt_reactor_deregister(reactor, slot);
        }
        trt_reactor_free(reactor);
        close(pair[0]);
        close(pair[1]);
        if (!hit) {
            EXPECT(nth > 3);
            return;
        }
    }
}

// Register/deregister storm: threads open, register, wait, write to the other end, close, all with
// descriptor numbers that are reused at once, while the owner turns. Every waiter must be woken by
// its own data (else it hangs) and by nothing else: an untouched socket must not become readable.
enum { STORM_ROUNDS = 3000 };

typedef struct storm {
    trt_reactor* reactor;
    trt_atomic_u32 running, wrong;
} storm;

static bool storm_round(storm* s) {
    int loud[2], quiet[2];
    trt_io_slot *loud_slot, *quiet_slot;
    test_waker loud_waker = {0}, quiet_waker = {0};
    uint32_t tick;
    if (!open_pair(loud) || !open_pair(quiet) ||
        trt_reactor_register(s->reactor, loud[0], &loud_slot) != TMLRT_OK ||
        trt_reactor_register(s->reactor, quiet[0], &quiet_slot) != TMLRT_OK) {
        return false;
    }
    char byte;
    bool wrong = false;
    while (trt_io_poll_ready(quiet_slot, TRT_DIR_READ, test_waker_context(&quiet_waker), &tick) ==
           TMLRT_READY) {
        trt_io_clear_ready(quiet_slot, TRT_DIR_READ, tick);
    }
    wrong |= write(loud[1], "x", 1) != 1;
    for (;;) {
        if (trt_io_poll_ready(loud_slot, TRT_DIR_READ, test_waker_context(&loud_waker), &tick) ==
            TMLRT_PENDING) {
            continue;
        }
        if (read(loud[0], &byte, 1) == 1) {
            break;
        }
        trt_io_clear_ready(loud_slot, TRT_DIR_READ, tick);
    }
    wrong |= test_waker_wakes(&quiet_waker) != 0 || trt_io_hung_up(quiet_slot);
    trt_reactor_deregister(s->reactor, quiet_slot);
    trt_reactor_forget(s->reactor, loud_slot); // until the close below its events are stale
    while (test_waker_refs(&loud_waker) != 0 || test_waker_refs(&quiet_waker) != 0) {
    }
    for (int i = 0; i < 2; i++) {
        close(loud[i]);
        close(quiet[i]);
    }
    return !wrong;
}

static void storm_thread(void* arg) {
    storm* s = arg;
    for (int i = 0; i < STORM_ROUNDS; i++) {
        if (!storm_round(s)) {
            trt_atomic_add(&s->wrong, 1, TRT_RELAXED);
        }
    }
    trt_atomic_sub(&s->running, 1, TRT_ACQ_REL);
    trt_reactor_wake(s->reactor);
}

TEST(reactor__register_deregister_storm__no_event_to_the_wrong_owner) {
    storm s = {.running = {3}};
    trt_thread threads[3];
    REQUIRE(trt_reactor_new(&s.reactor) == TMLRT_OK);
    for (int i = 0; i < 3; i++) {
        REQUIRE(trt_thread_start(&threads[i], "storm", 0, storm_thread, &s) == TMLRT_OK);
    }
    while (trt_atomic_load(&s.running, TRT_ACQUIRE_ORDER) != 0) {
        turn(s.reactor, UINT64_MAX);
    }
    for (int i = 0; i < 3; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT_EQ(trt_atomic_load(&s.wrong, TRT_RELAXED), 0);
    trt_reactor_free(s.reactor);
}
