// SPDX-License-Identifier: Apache-2.0
// The wheel against a sorted oracle, over virtual time from 0 to 2^40 ms.
#include "rt/time/wheel.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"

#include <stdlib.h>

#define MS TRT_TICK_NS

typedef struct probe {
    trt_timer_entry entry;
    uint64_t deadline_ns, fired_ns; // fired_ns: 0 while armed
    bool cancelled;
} probe;

static uint64_t s_seed;

static uint64_t next_random(void) {
    s_seed += 0x9E3779B97F4A7C15ull;
    uint64_t z = s_seed;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

// Advances and marks what fired; checks T1: not early, once.
static uint32_t advance(trt_wheel* wheel, uint64_t now_ns) {
    trt_list due;
    uint32_t num = 0;
    trt_list_init(&due);
    trt_wheel_advance(wheel, now_ns, &due);
    for (trt_list_node* node; (node = trt_list_pop_front(&due)) != NULL; num++) {
        probe* p = TRT_CONTAINER_OF(node, probe, entry.node);
        EXPECT(p->fired_ns == 0 && !p->cancelled);
        EXPECT(p->deadline_ns <= now_ns);
        p->fired_ns = now_ns == 0 ? 1 : now_ns;
    }
    return num;
}

static void arm(trt_wheel* wheel, probe* p, uint64_t deadline_ns) {
    p->deadline_ns = deadline_ns;
    p->fired_ns = 0;
    p->cancelled = false;
    trt_wheel_insert(wheel, &p->entry, deadline_ns);
}

TEST(wheel_advance__entry_on_every_slot_boundary__fires_once_at_its_tick) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 0);
    for (unsigned bit = 0; bit < 44; bit++) {
        for (int off = -1; off <= 1; off++) {
            uint64_t tick = (1ull << bit) + (uint64_t)off;
            if (tick <= wheel.now_tick || tick * MS / MS != tick) {
                continue;
            }
            probe p = {0};
            arm(&wheel, &p, tick * MS);
            trt_wheel_validate(&wheel);
            EXPECT_EQ(advance(&wheel, tick * MS - 1), 0);
            trt_wheel_validate(&wheel);
            EXPECT_EQ(advance(&wheel, tick * MS), 1);
            EXPECT_EQ(wheel.num_entries, 0);
        }
    }
}

TEST(wheel_insert__deadline_now_past_and_between_ticks__next_advance_or_rounded_up) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 1000 * MS + 7);
    probe now = {0}, past = {0}, between = {0};
    arm(&wheel, &now, 1000 * MS + 7);
    arm(&wheel, &past, 3);
    arm(&wheel, &between, 1000 * MS + 8);
    EXPECT(trt_wheel_next_ns(&wheel) <= 1000 * MS + 7);
    EXPECT_EQ(advance(&wheel, 1000 * MS + 7), 1); // the past one
    EXPECT(past.fired_ns != 0);
    EXPECT_EQ(trt_wheel_next_ns(&wheel), 1001 * MS);
    EXPECT_EQ(advance(&wheel, 1001 * MS - 1), 0);
    EXPECT_EQ(advance(&wheel, 1001 * MS), 2);
    EXPECT_EQ(trt_wheel_next_ns(&wheel), UINT64_MAX);
}

TEST(wheel_insert__never__never_fires) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 0);
    probe never = {0}, last = {0};
    arm(&wheel, &never, UINT64_MAX);
    arm(&wheel, &last, UINT64_MAX - 1);
    EXPECT_EQ(advance(&wheel, UINT64_MAX), 0); // rounded up, the last tick is beyond the clock
    trt_wheel_validate(&wheel);
    trt_wheel_remove(&wheel, &never.entry);
    trt_wheel_remove(&wheel, &last.entry);
    trt_wheel_remove(&wheel, &last.entry); // idle: left alone
    EXPECT_EQ(wheel.num_entries, 0);
    EXPECT_EQ(trt_wheel_next_ns(&wheel), UINT64_MAX);
}

TEST(wheel_next__one_long_timer__is_waited_for_directly) {
    static trt_wheel wheel;
    trt_wheel_init(&wheel, 12345 * MS);
    uint64_t deadlines[] = {12346, 12400, 20000, 3000000, 200000000};
    for (size_t i = 0; i < TRT_ARRAY_LEN(deadlines); i++) {
        probe p = {0};
        arm(&wheel, &p, deadlines[i] * MS);
        EXPECT_EQ(trt_wheel_next_ns(&wheel), deadlines[i] * MS);
        trt_wheel_remove(&wheel, &p.entry);
    }
}

TEST(wheel_advance__clock_jumps_over_everything__all_fire_in_slot_order) {
    static trt_wheel wheel;
    static probe probes[3000];
    s_seed = 7;
    trt_wheel_init(&wheel, 0);
    for (size_t i = 0; i < TRT_ARRAY_LEN(probes); i++) {
        arm(&wheel, &probes[i], (next_random() >> (next_random() % 44) >> 4) / MS * MS);
    }
    trt_list due;
    trt_list_init(&due);
    trt_wheel_advance(&wheel, UINT64_MAX >> 4, &due);
    uint64_t last = 0, num = 0;
    for (trt_list_node* node; (node = trt_list_pop_front(&due)) != NULL; num++) {
        uint64_t deadline = TRT_CONTAINER_OF(node, probe, entry.node)->deadline_ns;
        EXPECT(deadline >= last);
        last = deadline;
    }
    EXPECT_EQ(num, TRT_ARRAY_LEN(probes));
    trt_wheel_validate(&wheel);
}

TEST(wheel_advance__clock_steps_back__nothing_fires_and_time_stays) {
    static trt_wheel wheel;
    probe p = {0};
    trt_wheel_init(&wheel, 100 * MS);
    arm(&wheel, &p, 150 * MS);
    EXPECT_EQ(advance(&wheel, 120 * MS), 0);
    EXPECT_EQ(advance(&wheel, 50 * MS), 0);
    EXPECT_EQ(wheel.now_tick, 120);
    EXPECT_EQ(advance(&wheel, 150 * MS), 1);
}

// A deadline from `now`, of a random magnitude up to 2^40 ms.
static uint64_t random_deadline(uint64_t now_ns) {
    uint64_t span_ms = next_random() & ((1ull << (next_random() % 41)) - 1);
    return now_ns + span_ms * MS + next_random() % MS;
}

// The oracle: a binary heap of probes by deadline.
typedef struct oracle {
    probe** at;
    size_t num;
} oracle;

static void oracle_push(oracle* o, probe* p) {
    size_t i = o->num++;
    for (; i > 0 && o->at[(i - 1) / 2]->deadline_ns > p->deadline_ns; i = (i - 1) / 2) {
        o->at[i] = o->at[(i - 1) / 2];
    }
    o->at[i] = p;
}

static void oracle_pop(oracle* o) {
    probe* last = o->at[--o->num];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < o->num) {
        child += child + 1 < o->num && o->at[child + 1]->deadline_ns < o->at[child]->deadline_ns;
        if (o->at[child]->deadline_ns >= last->deadline_ns) {
            break;
        }
        o->at[i] = o->at[child];
        i = child;
    }
    o->at[i] = last;
}

static uint64_t tick_above(uint64_t ns) {
    return (ns + MS - 1) / MS;
}

// After an advance to `now_ns` exactly the probes whose tick is over have fired: none of them is
// missing (here), and none fired early (in advance).
static void check_oracle(oracle* o, uint64_t now_ns) {
    while (o->num != 0 && tick_above(o->at[0]->deadline_ns) <= now_ns / MS) {
        EXPECT(o->at[0]->fired_ns != 0 || o->at[0]->cancelled);
        oracle_pop(o);
    }
}

// The next time to advance to: mostly what the wheel asks for, else somewhere before it, a little
// or (when nothing is to be armed any more) much after it.
static uint64_t choose_time(const trt_wheel* wheel, uint64_t now_ns, bool all_armed) {
    uint64_t next_ns = trt_wheel_next_ns(wheel), choice = next_random() % 8;
    EXPECT(next_ns == UINT64_MAX || next_ns / MS >= now_ns / MS);
    if (choice == 0 || next_ns == UINT64_MAX) {
        return now_ns + next_random() % (100 * MS);
    }
    if (choice == 1 && next_ns > now_ns) {
        return now_ns + next_random() % (next_ns - now_ns);
    }
    if (choice == 2 && all_armed && next_random() % 64 == 0) {
        return now_ns + (next_random() >> 20); // a suspend: up to 5 hours
    }
    return next_ns > now_ns ? next_ns : now_ns;
}

// Runs `num` timers: half is armed at the start, the rest while time passes; some are cancelled.
static void run_against_oracle(size_t num, uint64_t seed) {
    static trt_wheel wheel;
    probe* probes = calloc(num, sizeof(*probes));
    oracle o = {calloc(num, sizeof(probe*)), 0};
    uint64_t now_ns = 0, fired = 0, cancelled = 0;
    REQUIRE(probes != NULL && o.at != NULL);
    s_seed = seed;
    trt_wheel_init(&wheel, 0);
    for (size_t armed = 0; armed < num || wheel.num_entries != 0;) {
        for (size_t until = armed == 0 ? num / 2 : armed + 4; armed < until && armed < num;
             armed++) {
            arm(&wheel, &probes[armed], random_deadline(now_ns));
            oracle_push(&o, &probes[armed]);
        }
        if (next_random() % 4 == 0) {
            probe* p = &probes[next_random() % armed];
            if (p->fired_ns == 0 && !p->cancelled) {
                trt_wheel_remove(&wheel, &p->entry);
                p->cancelled = true;
                cancelled++;
            }
        }
        now_ns = choose_time(&wheel, now_ns, armed == num);
        fired += advance(&wheel, now_ns);
        check_oracle(&o, now_ns);
    }
    trt_wheel_validate(&wheel);
    EXPECT_EQ(fired + cancelled, num);
    check_oracle(&o, UINT64_MAX); // what is left was cancelled
    EXPECT_EQ(o.num, 0);
    free(o.at);
    free(probes);
}

TEST(wheel_advance__a_million_random_timers__as_the_sorted_oracle) {
    run_against_oracle(1000000, 1);
}

TEST(wheel_advance__many_small_random_runs__as_the_sorted_oracle) {
    for (uint64_t seed = 2; seed < 200; seed++) {
        run_against_oracle(300, seed);
    }
}

TEST(wheel_remove__random_inserts_and_removes__stays_valid) {
    static trt_wheel wheel;
    static probe probes[200];
    s_seed = 99;
    uint64_t now_ns = 0;
    trt_wheel_init(&wheel, 0);
    memset(probes, 0, sizeof(probes));
    for (int i = 0; i < 20000; i++) {
        probe* p = &probes[next_random() % TRT_ARRAY_LEN(probes)];
        if (trt_list_linked(&p->entry.node)) {
            trt_wheel_remove(&wheel, &p->entry);
        } else {
            arm(&wheel, p, random_deadline(now_ns));
        }
        if (i % 16 == 0) {
            now_ns += next_random() >> (next_random() % 40 + 16);
            advance(&wheel, now_ns);
        }
        if (i % 8 == 0) {
            trt_wheel_validate(&wheel);
        }
    }
}
