// SPDX-License-Identifier: Apache-2.0
// Random timers through the driver, against a sorted oracle, over virtual time from 0 to 2^40 ms
// and beyond. Counted: early (fired before its deadline), lost (not fired when its tick was over),
// late (fired more than one tick after its deadline although the driver was advanced at every time
// it asked for), woken after a cancel that said it would not be. TMLRT_TEST_TIMERS is how many
// timers the long case arms (1,000,000; `./dev bench timers` takes 10,000,000).
#include "rt/time/driver.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

#define MS TRT_TICK_NS

enum { MAX_LIVE = 1 << 20 };

// One timer that is used again and again; `round` tells its uses apart.
typedef struct probe {
    trt_timer timer;
    uint64_t deadline_ns, latest_ns; // it may fire from the one to the other (plus a tick)
    uint32_t round;
    bool live;
} probe;

// What must have happened by `tick`.
typedef struct expectation {
    uint64_t tick;
    uint32_t index, round;
} expectation;

typedef struct world {
    trt_timer_driver driver;
    uint64_t now_ns, jumped_from_ns;
    uint64_t seed;
    probe* probes;
    uint32_t num_probes;
    expectation* heap;
    size_t heap_len, heap_cap;
    uint64_t armed, moved, fired, cancelled, early, lost, late, after_cancel;
} world;

static world s_world;

static uint64_t next_random(void) {
    s_world.seed += 0x9E3779B97F4A7C15ull;
    uint64_t z = s_world.seed;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

static uint64_t world_now(void* clock) {
    return ((world*)clock)->now_ns;
}
static void world_unpark(void* owner) {
    (void)owner;
}

// ---- the oracle: a binary heap by tick ----------------------------------------------------------

static bool oracle_push(expectation item) {
    world* w = &s_world;
    if (w->heap_len == w->heap_cap) {
        size_t cap = w->heap_cap * 2 + 1024;
        expectation* grown = realloc(w->heap, cap * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        w->heap = grown;
        w->heap_cap = cap;
    }
    size_t i = w->heap_len++;
    for (; i > 0 && w->heap[(i - 1) / 2].tick > item.tick; i = (i - 1) / 2) {
        w->heap[i] = w->heap[(i - 1) / 2];
    }
    w->heap[i] = item;
    return true;
}

static expectation oracle_pop(void) {
    world* w = &s_world;
    expectation top = w->heap[0], last = w->heap[--w->heap_len];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < w->heap_len) {
        child += child + 1 < w->heap_len && w->heap[child + 1].tick < w->heap[child].tick;
        if (w->heap[child].tick >= last.tick) {
            break;
        }
        w->heap[i] = w->heap[child];
        i = child;
    }
    w->heap[i] = last;
    return top;
}

// ---- wakers: one per probe ----------------------------------------------------------------------

static void waker_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    *out = *waker;
}
static void waker_wake(void* data) {
    world* w = &s_world;
    probe* p = data;
    if (!p->live) {
        w->after_cancel++;
        return;
    }
    p->live = false;
    w->fired++;
    w->early += w->now_ns < p->deadline_ns;
    // Within a jump of the clock nobody could be on time.
    bool on_time = w->now_ns - MS <= p->latest_ns || w->now_ns <= MS ||
                   p->latest_ns + MS >= w->jumped_from_ns; // its tick was not over
    w->late += !on_time;
}
static void waker_drop(void* data) {
    (void)data;
}
static const tmlrt_waker_vtable s_vtable = {waker_clone, waker_wake, waker_wake, waker_drop};

// ---- one run ------------------------------------------------------------------------------------

// Arms (or, when it is live, moves) a probe: a deadline from now on, of a random magnitude up to
// 2^40 ms; every fourth one coarse.
static bool arm(uint32_t index) {
    world* w = &s_world;
    probe* p = &w->probes[index];
    tmlrt_waker waker = {&s_vtable, p};
    uint64_t span_ms = next_random() & ((1ull << (next_random() % 41)) - 1);
    uint64_t slack_ns = next_random() % 4 == 0 ? next_random() >> (24 + next_random() % 40) : 0;
    uint64_t back_ns = next_random() % 16 == 0 ? w->now_ns / 2 : 0; // long past
    p->deadline_ns = w->now_ns - back_ns + span_ms * MS + next_random() % MS;
    p->latest_ns = p->deadline_ns + slack_ns;
    if (p->deadline_ns < w->now_ns) {
        p->latest_ns = w->now_ns + slack_ns; // it cannot fire before now
    }
    p->live = true;
    p->round++;
    if (slack_ns == 0) {
        trt_timer_arm(&p->timer, &w->driver, p->deadline_ns, &waker);
    } else {
        trt_timer_arm_coarse(&p->timer, &w->driver, p->deadline_ns, slack_ns, &waker);
    }
    uint64_t tick = trt_wheel_tick(p->deadline_ns), latest = (p->deadline_ns + slack_ns) / MS;
    return oracle_push((expectation){latest > tick ? latest : tick, index, p->round});
}

static void cancel(uint32_t index) {
    world* w = &s_world;
    probe* p = &w->probes[index];
    bool was_live = p->live;
    bool cancelled = trt_timer_cancel(&p->timer);
    EXPECT(cancelled == was_live); // nothing fires between two advances
    w->cancelled += cancelled;
    p->live = false;
    p->round++;
}

// Most times exactly what the driver asks for, else something before, or (a suspend) much after.
static void let_time_pass(void) {
    world* w = &s_world;
    uint64_t next_ns = trt_timer_driver_prepare_sleep(&w->driver), choice = next_random() % 16;
    uint64_t step_ns = next_ns <= w->now_ns ? 0 : next_ns - w->now_ns;
    w->jumped_from_ns = UINT64_MAX;
    if (next_ns == UINT64_MAX) {
        step_ns = next_random() % (100 * MS);
    } else if (choice == 0 && step_ns != 0) {
        step_ns = next_random() % step_ns;
    } else if (choice == 1 && next_random() % 1024 == 0) {
        w->jumped_from_ns = w->now_ns;
        step_ns += next_random() >> (20 + next_random() % 40); // up to 5 hours
    }
    w->now_ns += step_ns;
    trt_timer_driver_advance(&w->driver);
    while (w->heap_len != 0 && w->heap[0].tick <= w->now_ns / MS) {
        expectation e = oracle_pop();
        const probe* p = &w->probes[e.index];
        w->lost += p->live && p->round == e.round;
    }
}

static void run_against_oracle(uint64_t num, uint32_t num_probes, uint64_t seed) {
    world* w = &s_world;
    *w = (world){.seed = seed, .num_probes = num_probes};
    w->probes = calloc(num_probes, sizeof(probe));
    REQUIRE(w->probes != NULL);
    trt_timer_driver_init(&w->driver, world_unpark, w, world_now, w);
    bool room = true;
    while (room && w->armed < num) {
        uint32_t burst = w->armed == 0 ? num_probes / 2 : 4;
        for (uint32_t i = 0; room && i < burst && w->armed < num; i++) {
            uint32_t index = (uint32_t)(next_random() % num_probes);
            bool live = w->probes[index].live;
            if (live && next_random() % 4 == 0) {
                cancel(index);
                continue;
            }
            w->armed++;
            w->moved += live;
            room = arm(index);
        }
        let_time_pass();
    }
    while (w->driver.wheel.num_entries != 0) {
        let_time_pass();
    }
    EXPECT(room);
    EXPECT_EQ(w->fired + w->cancelled + w->moved, w->armed);
    EXPECT_EQ(w->early, 0);
    EXPECT_EQ(w->lost, 0);
    EXPECT_EQ(w->late, 0);
    EXPECT_EQ(w->after_cancel, 0);
    trt_wheel_validate(&w->driver.wheel);
    trt_timer_driver_fini(&w->driver);
    free(w->heap);
    free(w->probes);
}

TEST(timers__a_million_random_ones__as_the_sorted_oracle) {
    const char* text = getenv("TMLRT_TEST_TIMERS");
    uint64_t num = text == NULL ? 1000000 : strtoull(text, NULL, 10);
    run_against_oracle(num, num < MAX_LIVE ? (uint32_t)num / 2 + 1 : MAX_LIVE, 1);
    const world* w = &s_world;
    printf("timers %" PRIu64 ": fired %" PRIu64 ", moved %" PRIu64 ", cancelled %" PRIu64
           "; early %" PRIu64 ", lost %" PRIu64 ", later than 1 tick %" PRIu64
           ", woken after cancel %" PRIu64 "; virtual time 0..%" PRIu64 " ms\n",
           w->armed, w->fired, w->moved, w->cancelled, w->early, w->lost, w->late, w->after_cancel,
           (uint64_t)(w->now_ns / MS));
}

TEST(timers__many_small_random_runs__as_the_sorted_oracle) {
    for (uint64_t seed = 2; seed < 400; seed++) {
        run_against_oracle(300, 60, seed);
    }
}
