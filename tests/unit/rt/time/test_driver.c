// SPDX-License-Identifier: Apache-2.0
#include "rt/time/driver.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <stdlib.h>

#define MS TRT_TICK_NS

// A virtual clock and a count of unparks.
typedef struct world {
    trt_timer_driver driver;
    trt_atomic_u64 now_ns;
    trt_atomic_u32 unparks;
} world;

static uint64_t world_now(void* clock) {
    return trt_atomic_load(&((world*)clock)->now_ns, TRT_ACQUIRE_ORDER);
}
static void world_unpark(void* owner) {
    trt_atomic_add(&((world*)owner)->unparks, 1, TRT_ACQ_REL);
}
static void world_init(world* w) {
    memset(w, 0, sizeof(*w));
    trt_timer_driver_init(&w->driver, world_unpark, w, world_now, w);
}
static uint32_t advance_to(world* w, uint64_t now_ns) {
    trt_atomic_store(&w->now_ns, now_ns, TRT_RELEASE_ORDER);
    return trt_timer_driver_advance(&w->driver);
}

TEST(timer__fires__wakes_once_and_polls_ready) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer timer = {0};
    world_init(&w);
    trt_timer_arm(&timer, &w.driver, 5 * MS, waker);
    EXPECT_EQ(test_waker_refs(&c), 1);
    EXPECT_EQ(trt_timer_poll(&timer, waker), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&c), 1);
    EXPECT_EQ(advance_to(&w, 5 * MS - 1), 0);
    EXPECT_EQ(advance_to(&w, 5 * MS), 1);
    EXPECT_EQ(test_waker_wakes(&c), 1);
    EXPECT_EQ(test_waker_refs(&c), 0);
    EXPECT_EQ(trt_timer_poll(&timer, waker), TMLRT_READY);
    EXPECT_EQ(test_waker_refs(&c), 0);
    EXPECT(!trt_timer_cancel(&timer));
    EXPECT(!trt_timer_cancel(&timer));
    trt_timer_driver_fini(&w.driver);
}

TEST(timer_cancel__while_armed__true_and_never_woken) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer timer = {0};
    world_init(&w);
    trt_timer_arm(&timer, &w.driver, 5 * MS, waker);
    EXPECT(trt_timer_cancel(&timer));
    EXPECT_EQ(test_waker_refs(&c), 0);
    EXPECT_EQ(advance_to(&w, 10 * MS), 0);
    EXPECT_EQ(test_waker_wakes(&c), 0);
    trt_timer_driver_fini(&w.driver);
}

TEST(timer_poll__with_another_waker__only_the_last_is_woken) {
    static world w;
    test_waker first = {0}, second = {0};
    const tmlrt_waker *a = test_waker_context(&first)->waker,
                      *b = test_waker_context(&second)->waker;
    trt_timer timer = {0};
    world_init(&w);
    trt_timer_arm(&timer, &w.driver, MS, a);
    EXPECT_EQ(trt_timer_poll(&timer, b), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&first), 0);
    EXPECT_EQ(advance_to(&w, MS), 1);
    EXPECT_EQ(test_waker_wakes(&first), 0);
    EXPECT_EQ(test_waker_wakes(&second), 1);
    trt_timer_driver_fini(&w.driver);
}

TEST(timer_arm__again_and_on_another_driver__only_the_last_deadline_counts) {
    static world w, other;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer timer = {0};
    world_init(&w);
    world_init(&other);
    trt_timer_arm(&timer, &w.driver, MS, waker);
    trt_timer_arm(&timer, &w.driver, 3 * MS, waker);
    EXPECT_EQ(advance_to(&w, 2 * MS), 0);
    trt_timer_arm(&timer, &other.driver, 2 * MS, waker);
    EXPECT_EQ(advance_to(&w, 9 * MS), 0);
    EXPECT_EQ(advance_to(&other, 2 * MS), 1);
    EXPECT_EQ(trt_timer_poll(&timer, waker), TMLRT_READY);
    trt_timer_arm(&timer, &other.driver, 4 * MS, waker); // a fired timer is armed anew
    EXPECT_EQ(trt_timer_poll(&timer, waker), TMLRT_PENDING);
    EXPECT(trt_timer_cancel(&timer));
    EXPECT_EQ(test_waker_refs(&c), 0);
    trt_timer_driver_fini(&w.driver);
    trt_timer_driver_fini(&other.driver);
}

TEST(timer_arm__earlier_than_the_sleep__unparks_once) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer timers[4] = {0};
    world_init(&w);
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), UINT64_MAX);
    trt_timer_arm(&timers[0], &w.driver, 50 * MS, waker);
    EXPECT_EQ(trt_atomic_load(&w.unparks, TRT_RELAXED), 1);
    trt_timer_arm(&timers[1], &w.driver, 40 * MS, waker); // already being woken
    EXPECT_EQ(trt_atomic_load(&w.unparks, TRT_RELAXED), 1);
    EXPECT_EQ(advance_to(&w, MS), 0);
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), 40 * MS);
    trt_timer_arm(&timers[2], &w.driver, 45 * MS, waker); // later than the sleep
    EXPECT_EQ(trt_atomic_load(&w.unparks, TRT_RELAXED), 1);
    trt_timer_arm(&timers[3], &w.driver, 30 * MS, waker);
    EXPECT_EQ(trt_atomic_load(&w.unparks, TRT_RELAXED), 2);
    for (size_t i = 0; i < TRT_ARRAY_LEN(timers); i++) {
        EXPECT(trt_timer_cancel(&timers[i]));
    }
    trt_timer_driver_prepare_sleep(&w.driver);
    EXPECT_EQ(advance_to(&w, 2 * MS), 0);
    trt_timer_arm(&timers[0], &w.driver, 3 * MS, waker); // the owner is awake
    EXPECT_EQ(trt_atomic_load(&w.unparks, TRT_RELAXED), 2);
    EXPECT(trt_timer_cancel(&timers[0]));
    trt_timer_driver_fini(&w.driver);
}

// What was looked up for one sleep is used for the next one only while it holds.
TEST(timer_driver_prepare_sleep__timers_come_and_go_between_two__the_first_that_is_left) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer first = {0}, second = {0};
    world_init(&w);
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), UINT64_MAX);
    EXPECT_EQ(advance_to(&w, 0), 0);
    trt_timer_arm(&second, &w.driver, 50 * MS, waker);
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), 50 * MS);
    EXPECT_EQ(advance_to(&w, 0), 0);
    trt_timer_arm(&first, &w.driver, 20 * MS - 1, waker);
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), 20 * MS); // its tick, not the bare time
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), 20 * MS);
    EXPECT_EQ(advance_to(&w, 0), 0);
    trt_timer_arm(&first, &w.driver, 60 * MS, waker);
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), 50 * MS);
    EXPECT_EQ(advance_to(&w, 0), 0);
    EXPECT(trt_timer_cancel(&second));
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), 60 * MS);
    EXPECT_EQ(advance_to(&w, 60 * MS), 1);
    EXPECT_EQ(trt_timer_driver_prepare_sleep(&w.driver), UINT64_MAX);
    trt_timer_driver_fini(&w.driver);
}

TEST(timer_arm__never__does_not_unpark_or_fire) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer timer = {0};
    world_init(&w);
    trt_timer_driver_prepare_sleep(&w.driver);
    trt_timer_arm(&timer, &w.driver, UINT64_MAX, waker);
    EXPECT_EQ(trt_atomic_load(&w.unparks, TRT_RELAXED), 0);
    EXPECT_EQ(advance_to(&w, UINT64_MAX), 0);
    EXPECT(trt_timer_cancel(&timer));
    trt_timer_driver_fini(&w.driver);
}

TEST(timer_poll__before_and_after_it_fired__takes_no_lock_and_no_reference) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer timer = {0};
    world_init(&w);
    trt_timer_arm(&timer, &w.driver, MS, waker);
    trt_spin_lock(&w.driver.lock);
    EXPECT_EQ(trt_timer_poll(&timer, waker), TMLRT_PENDING);
    trt_spin_unlock(&w.driver.lock);
    EXPECT_EQ(advance_to(&w, MS), 1);
    trt_spin_lock(&w.driver.lock);
    EXPECT_EQ(trt_timer_poll(&timer, waker), TMLRT_READY);
    EXPECT(!trt_timer_cancel(&timer));
    trt_spin_unlock(&w.driver.lock);
    EXPECT_EQ(test_waker_refs(&c), 0);
    trt_timer_driver_fini(&w.driver);
}

TEST(timer_arm_coarse__moved_on_within_its_slack__stays_and_fires_inside_it) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    trt_timer timer = {0};
    world_init(&w);
    uint64_t moves = 0, last_tick = 0;
    for (uint64_t now_ms = 0; now_ms < 10000; now_ms++) {
        EXPECT_EQ(advance_to(&w, now_ms * MS), 0);
        uint64_t deadline_ns = (now_ms + 3000) * MS + 1;
        trt_timer_arm_coarse(&timer, &w.driver, deadline_ns, 1000 * MS, waker);
        moves += timer.entry.deadline_tick != last_tick;
        last_tick = timer.entry.deadline_tick;
        EXPECT(last_tick * MS >= deadline_ns && last_tick * MS <= deadline_ns + 1000 * MS);
    }
    EXPECT(moves <= 14);
    EXPECT_EQ(test_waker_refs(&c), 1);
    EXPECT_EQ(advance_to(&w, last_tick * MS - 1), 0);
    EXPECT_EQ(advance_to(&w, last_tick * MS), 1);
    EXPECT_EQ(trt_timer_poll(&timer, waker), TMLRT_READY);
    trt_timer_driver_fini(&w.driver);
}

TEST(timer_arm_coarse__extreme_deadlines_and_slacks__within_bounds) {
    static world w;
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    const uint64_t values[] = {0,
                               1,
                               MS - 1,
                               MS,
                               MS + 1,
                               12345678901,
                               UINT64_MAX / 2,
                               UINT64_MAX - MS,
                               UINT64_MAX - 1,
                               UINT64_MAX};
    for (size_t i = 0; i < TRT_ARRAY_LEN(values); i++) {
        for (size_t j = 0; j < TRT_ARRAY_LEN(values); j++) {
            trt_timer timer = {0};
            world_init(&w);
            trt_timer_arm_coarse(&timer, &w.driver, values[i], values[j], waker);
            uint64_t exact = trt_wheel_tick(values[i]), tick = timer.entry.deadline_tick;
            uint64_t latest;
            if (__builtin_add_overflow(values[i], values[j], &latest)) {
                latest = UINT64_MAX;
            }
            EXPECT(tick == exact || (tick > exact && tick <= latest / MS));
            trt_wheel_validate(&w.driver.wheel);
            EXPECT(trt_timer_cancel(&timer));
            trt_timer_driver_fini(&w.driver);
        }
    }
}

TEST(timer_driver_advance__more_in_one_slot_than_one_hold_deals_out__all_fire_on_time) {
    static world w;
    static trt_timer timers[5000];
    test_waker c = {0};
    const tmlrt_waker* waker = test_waker_context(&c)->waker;
    world_init(&w);
    memset(timers, 0, sizeof(timers));
    for (uint64_t i = 0; i < TRT_ARRAY_LEN(timers); i++) {
        trt_timer_arm(&timers[i], &w.driver, (1ull << 30) + i % 100 * MS, waker);
    }
    uint32_t fired = 0;
    for (;;) {
        uint64_t next_ns = trt_timer_driver_prepare_sleep(&w.driver);
        if (next_ns == UINT64_MAX) {
            break;
        }
        fired += advance_to(&w, next_ns);
        trt_wheel_validate(&w.driver.wheel);
    }
    EXPECT_EQ(fired, TRT_ARRAY_LEN(timers));
    EXPECT_EQ(test_waker_wakes(&c), TRT_ARRAY_LEN(timers));
    trt_timer_driver_fini(&w.driver);
}

// A waker that cancels and frees other due timers while the driver is between two batches.
typedef struct victims {
    trt_timer* timers[200];
    uint32_t wakes, cancelled;
} victims;

static void victims_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    *out = *waker;
}
static void victims_wake(void* data) {
    victims* v = data;
    if (v->wakes++ == 0) {
        for (size_t i = 0; i < TRT_ARRAY_LEN(v->timers); i++) {
            v->cancelled += trt_timer_cancel(v->timers[i]);
            free(v->timers[i]);
        }
    }
}
static void victims_drop(void* data) {
    (void)data;
}

TEST(timer_driver_advance__a_waker_frees_the_other_due_timers__they_are_not_touched) {
    static const tmlrt_waker_vtable vtable = {victims_clone, victims_wake, victims_wake,
                                              victims_drop};
    static world w;
    victims v = {.wakes = 0};
    tmlrt_waker waker = {&vtable, &v};
    world_init(&w);
    for (size_t i = 0; i < TRT_ARRAY_LEN(v.timers); i++) {
        v.timers[i] = calloc(1, sizeof(trt_timer));
        REQUIRE(v.timers[i] != NULL);
        trt_timer_arm(v.timers[i], &w.driver, MS + i % 3, &waker);
    }
    EXPECT_EQ(advance_to(&w, 5 * MS), 32); // the first batch had been taken out
    EXPECT_EQ(v.wakes, 32);
    EXPECT_EQ(v.cancelled, TRT_ARRAY_LEN(v.timers) - 32); // T2: all that were not taken out yet
    trt_timer_driver_fini(&w.driver);
}

// A waker that arms a timer whose deadline is past, each time it is called.
typedef struct again {
    world w;
    trt_timer timers[100];
    uint32_t wakes;
} again;

static void again_wake(void* data);
static const tmlrt_waker_vtable s_again = {victims_clone, again_wake, again_wake, victims_drop};

static void again_wake(void* data) {
    again* a = data;
    tmlrt_waker waker = {&s_again, a};
    if (++a->wakes < TRT_ARRAY_LEN(a->timers)) {
        trt_timer_arm(&a->timers[a->wakes], &a->w.driver, 0, &waker);
    }
}

TEST(timer_driver_advance__a_waker_arms_a_past_deadline__advance_ends) {
    static again a;
    tmlrt_waker waker = {&s_again, &a};
    world_init(&a.w);
    trt_timer_arm(&a.timers[0], &a.w.driver, MS, &waker);
    for (uint32_t i = 0; i < TRT_ARRAY_LEN(a.timers); i++) {
        EXPECT_EQ(advance_to(&a.w, (5 + i) * MS), 1);
        EXPECT(trt_timer_driver_prepare_sleep(&a.w.driver) <= (5 + i) * MS ||
               i + 1 == TRT_ARRAY_LEN(a.timers));
    }
    trt_timer_driver_fini(&a.w.driver);
}

// Cancel against fire: one thread advances, others arm, poll, cancel and free at once.
enum { STORM_ROUNDS = 4000 };

typedef struct storm {
    world* w;
    trt_atomic_u32* running;
    uint32_t seed;
} storm;

static void storm_thread(void* arg) {
    storm* s = arg;
    for (int i = 0; i < STORM_ROUNDS; i++) {
        test_waker* c = calloc(1, sizeof(*c));
        trt_timer* timer = calloc(1, sizeof(*timer));
        const tmlrt_waker* waker = test_waker_context(c)->waker;
        uint64_t now_ns = world_now(s->w);
        s->seed = s->seed * 1664525 + 1013904223;
        trt_timer_arm(timer, &s->w->driver, now_ns + (s->seed >> 16) % (3 * MS), waker);
        for (uint32_t j = 0; j < (s->seed >> 8) % 64; j++) {
            if (trt_timer_poll(timer, waker) == TMLRT_READY) {
                break;
            }
        }
        bool cancelled = trt_timer_cancel(timer);
        free(timer);
        EXPECT(!cancelled || test_waker_wakes(c) == 0);
        // A waker in flight keeps its reference; it is dropped when the wake is done.
        while (test_waker_refs(c) != 0) {
        }
        EXPECT(test_waker_wakes(c) <= 1 && !(cancelled && test_waker_wakes(c) != 0));
        free(c);
    }
    trt_atomic_sub(s->running, 1, TRT_ACQ_REL);
}

TEST(timer_cancel__races_with_fire__one_outcome_and_no_use_after_free) {
    static world w;
    trt_atomic_u32 running = {2};
    trt_thread threads[2];
    storm storms[2] = {{&w, &running, 1}, {&w, &running, 2}};
    world_init(&w);
    for (int i = 0; i < 2; i++) {
        REQUIRE(trt_thread_start(&threads[i], "storm", 0, storm_thread, &storms[i]) == TMLRT_OK);
    }
    uint64_t now_ns = 0;
    while (trt_atomic_load(&running, TRT_ACQUIRE_ORDER) != 0) {
        advance_to(&w, now_ns += MS / 8);
        trt_timer_driver_prepare_sleep(&w.driver);
    }
    for (int i = 0; i < 2; i++) {
        trt_thread_join(&threads[i]);
    }
    advance_to(&w, now_ns);
    trt_timer_driver_fini(&w.driver);
}
