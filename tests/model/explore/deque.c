// SPDX-License-Identifier: Apache-2.0
// The deque that work is stolen from (rt/exec/deque.*), with four slots. Items are pointers to
// plain memory that the owner writes before the push and whoever takes it reads: D1 and D2.
#include "rt/exec/deque.h"

#include "tests/model/explore/model.h"

enum { MAX_ITEMS = 7, NUM_TAKERS = 3 };

static trt_deque s_deque, s_own[NUM_TAKERS];
static unsigned s_items[MAX_ITEMS];
static unsigned s_taken[NUM_TAKERS][MAX_ITEMS]; ///< by taker and item
static unsigned s_last[NUM_TAKERS];             ///< item + 1, of the single-item takes of a thief
static unsigned s_pushed;                       ///< the owner's

static void begin(uint64_t start, unsigned num_before) {
    s_deque = (trt_deque){.head = {start}, .tail = {start}};
    for (unsigned i = 0; i < NUM_TAKERS; i++) {
        s_own[i] = (trt_deque){.head = {start + 1}, .tail = {start + 1}};
        s_last[i] = 0;
        for (unsigned j = 0; j < MAX_ITEMS; j++) {
            s_taken[i][j] = 0;
        }
    }
    for (unsigned i = 0; i < MAX_ITEMS; i++) {
        s_items[i] = 0;
    }
    model_watch(s_deque.slots, sizeof(s_deque.slots));
    model_name(&s_deque, sizeof(s_deque), "deque");
    model_name(s_own, sizeof(s_own), "own deques");
    for (s_pushed = 0; s_pushed < num_before; s_pushed++) {
        s_items[s_pushed] = s_pushed + 1;
        MODEL_CHECK(trt_deque_push(&s_deque, &s_items[s_pushed]));
    }
}
static void setup(void) {
    begin(0, 0);
}
static void setup_two(void) {
    begin(3, 2);
}
static void setup_wrap_of_ring(void) {
    begin(3, 3);
}
static void setup_wrap_of_32(void) {
    begin((1ull << 32) - 2, 2);
}
static void setup_wrap_of_64(void) {
    begin(UINT64_MAX - 1, 2);
}
static void setup_full(void) {
    begin(2, 4);
}

// Thief 1 has a full ring of his own, so that what he steals goes over what is stolen from him.
static void setup_full_thief(void) {
    begin(0, 3);
    for (; s_pushed < MAX_ITEMS; s_pushed++) {
        s_items[s_pushed] = s_pushed + 1;
        MODEL_CHECK(trt_deque_push(&s_own[1], &s_items[s_pushed]));
    }
    model_watch(s_own[1].slots, sizeof(s_own[1].slots));
}

// ---- taking -----------------------------------------------------------------------------------

static void take(unsigned taker, void* item) {
    if (item == NULL) {
        return;
    }
    unsigned* at = item;
    MODEL_CHECK(at >= s_items && at < s_items + MAX_ITEMS && "D1: what was pushed");
    MODEL_CHECK(*at == (unsigned)(at - s_items) + 1 && "D1: written before it is read");
    s_taken[taker][at - s_items]++;
}

static void push(void) {
    s_items[s_pushed] = s_pushed + 1;
    if (trt_deque_push(&s_deque, &s_items[s_pushed])) {
        s_pushed++;
    }
}
static void pop(void) {
    take(0, trt_deque_pop(&s_deque));
}

// What a thief has read is used if it got something: no order of the accesses may let a slot's next
// item be what it read (S).
static void* steal_into(unsigned own) {
    void* item = trt_deque_steal(&s_deque, &s_own[own]);
    model_used(item != NULL);
    return item;
}

static void steal(unsigned taker) {
    unsigned* item = steal_into(taker);
    take(taker, item);
    for (void* other; (other = trt_deque_pop(&s_own[taker])) != NULL;) {
        MODEL_CHECK((unsigned*)other > item && "oldest first");
        take(taker, other);
    }
}

static void own_one(void) {
    push();
    push();
    pop();
    push();
    pop();
    pop();
}
static void own_ring(void) {
    push(); // writes over a slot that a thief may have read
    push();
    pop();
}
static void pop_two(void) {
    pop();
    pop();
}
static void push_pop(void) {
    push();
    pop();
}
static void thief_1(void) {
    steal(1);
}
static void thief_1_twice(void) {
    steal(1);
    steal(1);
}
static void thief_2(void) {
    steal(2);
}
// Steals from the thief's own ring, while the thief fills it: the second generation of an item.
static void thief_of_thief(void) {
    unsigned* item = trt_deque_steal(&s_own[1], &s_own[2]);
    take(2, item);
}
static void thief_keeps(void) {
    take(1, steal_into(1));
}
static void thief_keeps_and_refills(void) {
    take(1, steal_into(1));
    take(1, trt_deque_pop(&s_own[1]));
    take(1, steal_into(1));
}
static void steal_when_half_full(void) {
    while (trt_deque_len(&s_own[1]) > TRT_DEQUE_HALF) {
        take(1, trt_deque_pop(&s_own[1]));
    }
    take(1, steal_into(1));
}
static void steal_from_thief(void) {
    unsigned* item = trt_deque_steal(&s_own[1], &s_own[2]);
    model_used(item != NULL);
    take(2, item);
}
static void overflow(void) {
    void* half[TRT_DEQUE_HALF];
    while (!trt_deque_push(&s_deque, &s_items[s_pushed])) {
        if (trt_deque_take_half(&s_deque, half)) {
            for (unsigned i = 0; i < TRT_DEQUE_HALF; i++) {
                take(0, half[i]);
            }
        }
    }
    s_pushed++;
}
static void push_overflow(void) {
    s_items[s_pushed] = s_pushed + 1;
    overflow();
}

static void finish(void) {
    for (unsigned i = 0; i < NUM_TAKERS; i++) {
        for (void* item; (item = trt_deque_pop(&s_own[i])) != NULL;) {
            take(i, item);
        }
    }
    while (trt_deque_len(&s_deque) != 0) {
        take(0, trt_deque_pop(&s_deque));
    }
    MODEL_CHECK(trt_deque_empty(&s_deque));
    for (unsigned i = 0; i < MAX_ITEMS; i++) {
        unsigned times = s_taken[0][i] + s_taken[1][i] + s_taken[2][i];
        MODEL_CHECK(times == (i < s_pushed) && "D1: each item once");
    }
}

// ---- announcing: a Dekker with a flag, as parking uses it ---------------------------------------

static trt_atomic_u32 s_sleeps;
static bool s_saw_item, s_saw_sleeper;

static void setup_announce(void) {
    begin(0, 0);
    trt_atomic_init(&s_sleeps, 0);
    s_saw_item = s_saw_sleeper = false;
}
static void announce(void) {
    s_items[0] = 1;
    s_pushed = 1;
    MODEL_CHECK(trt_deque_push_announced(&s_deque, &s_items[0]));
    s_saw_sleeper = trt_atomic_load(&s_sleeps, TRT_SEQ_CST) != 0;
}
static void register_and_look(void) {
    trt_atomic_store(&s_sleeps, 1, TRT_SEQ_CST);
    s_saw_item = !trt_deque_empty(&s_deque);
}
static void finish_announce(void) {
    MODEL_CHECK((s_saw_item || s_saw_sleeper) && "P1: one sees the other");
    finish();
}
static void setup_announce_taken(void) {
    setup_announce();
    begin(0, 1);
}
static void announce_second(void) {
    s_items[1] = 2;
    s_pushed = 2;
    MODEL_CHECK(trt_deque_push_announced(&s_deque, &s_items[1]));
    s_saw_sleeper = trt_atomic_load(&s_sleeps, TRT_SEQ_CST) != 0;
}

static void finish_announce_taken(void) {
    bool taken = s_taken[1][1] != 0;
    MODEL_CHECK((s_saw_item || s_saw_sleeper || taken) && "P1: one sees the other");
    finish();
}

// A task that yields goes behind one that everybody knows of, without a word (Q): whoever looks
// sees the one or the other.
static void setup_quiet(void) {
    begin(0, 1);
}
static void look(void) {
    MODEL_CHECK(!trt_deque_empty(&s_deque) && "P1: there was something at any time");
}

static const model_case s_cases[] = {
    {"one_thief", "D1,D2", setup, {own_one, thief_1_twice}, finish, 0, false},
    {"two_thieves", "D1,D2", setup_two, {push_pop, thief_1, thief_2}, finish, 0, false},
    {"pops", "D1", setup_two, {pop_two, thief_1, thief_2}, finish, 0, false},
    {"ring", "D1,D2", setup_wrap_of_ring, {own_ring, thief_1, thief_2}, finish, 0, false},
    {"from_2^32", "D2", setup_wrap_of_32, {push_pop, thief_1, thief_2}, finish, 0, false},
    {"from_2^64", "D2", setup_wrap_of_64, {push_pop, thief_1, thief_2}, finish, 0, false},
    {"overflow", "D2", setup_full, {push_overflow, thief_1}, finish, 0, false},
    {"chain", "D1,D2", setup_full, {pop, thief_keeps, thief_of_thief}, finish, 0, false},
    {"chain_refill",
     "D1,D2",
     setup_full,
     {push, thief_keeps_and_refills, thief_of_thief},
     finish,
     0,
     false},
    {"thiefs_ring",
     "D1,D2",
     setup_full_thief,
     {pop, steal_when_half_full, steal_from_thief},
     finish,
     0,
     false},
    {"announce", "P1", setup_announce, {announce, register_and_look}, finish_announce, 0, false},
    {"announce_steal",
     "P1",
     setup_announce_taken,
     {announce_second, register_and_look, thief_1},
     finish_announce_taken,
     0,
     false},
    {"quiet", "P1", setup_quiet, {push_pop, look}, finish, 0, false},
};
MODEL_STRUCTURE("deque", s_cases);
