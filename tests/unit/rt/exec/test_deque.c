// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/deque.h"

#include "tests/support/harness.h"

// Item number n as a pointer that is not NULL.
static void* item(uint64_t n) {
    return (void*)(uintptr_t)(n + 1);
}

static uint64_t number(void* item) {
    return (uint64_t)(uintptr_t)item - 1;
}

// A queue that has pushed and popped `start` items already.
static void begin_at(trt_deque* deque, uint64_t start) {
    *deque = (trt_deque){0};
    trt_atomic_init(&deque->head, start);
    trt_atomic_init(&deque->tail, start);
}

static void fill(trt_deque* deque, uint64_t first, uint64_t num) {
    for (uint64_t i = 0; i < num; i++) {
        EXPECT(i % 2 == 0 ? trt_deque_push(deque, item(first + i))
                          : trt_deque_push_announced(deque, item(first + i)));
    }
}

static void expect_pops(trt_deque* deque, uint64_t first, uint64_t num) {
    for (uint64_t i = 0; i < num; i++) {
        void* got = trt_deque_pop(deque);
        EXPECT(got != NULL);
        EXPECT_EQ(number(got), first + i);
    }
}

// Around the ring's edge, around 32 bits, and around the end of the counters themselves.
static const uint64_t s_starts[] = {
    0,
    1,
    TRT_DEQUE_CAP - 1,
    TRT_DEQUE_CAP,
    (1ull << 32) - 3,
    (1ull << 32) - TRT_DEQUE_CAP,
    UINT64_MAX - 1,
    UINT64_MAX - TRT_DEQUE_CAP + 1,
};
#define FOR_EACH_START(name)                                                                       \
    for (const uint64_t* name = s_starts; name < s_starts + sizeof(s_starts) / sizeof(*s_starts);  \
         name++)

TEST(deque_push__until_full__refuses_the_next_and_pops_in_order) {
    static trt_deque deque;
    FOR_EACH_START(start) {
        begin_at(&deque, *start);
        EXPECT(trt_deque_empty(&deque));
        EXPECT(trt_deque_pop(&deque) == NULL);
        fill(&deque, 0, TRT_DEQUE_CAP);
        EXPECT_EQ(trt_deque_len(&deque), TRT_DEQUE_CAP);
        EXPECT(!trt_deque_push(&deque, item(999)));
        EXPECT(!trt_deque_push_announced(&deque, item(999)));
        expect_pops(&deque, 0, 3);
        fill(&deque, TRT_DEQUE_CAP, 3); // the ring is entered again
        EXPECT(!trt_deque_push(&deque, item(999)));
        EXPECT(!trt_deque_empty(&deque));
        expect_pops(&deque, 3, TRT_DEQUE_CAP);
        EXPECT(trt_deque_pop(&deque) == NULL);
        EXPECT(trt_deque_empty(&deque));
    }
}

TEST(deque_take_half__full_or_not__older_half_or_nothing) {
    static trt_deque deque;
    void* half[TRT_DEQUE_HALF];
    FOR_EACH_START(start) {
        begin_at(&deque, *start);
        fill(&deque, 0, TRT_DEQUE_CAP - 1);
        EXPECT(!trt_deque_take_half(&deque, half));
        EXPECT_EQ(trt_deque_len(&deque), TRT_DEQUE_CAP - 1);
        fill(&deque, TRT_DEQUE_CAP - 1, 1);
        EXPECT(trt_deque_take_half(&deque, half));
        for (uint64_t i = 0; i < TRT_DEQUE_HALF; i++) {
            EXPECT_EQ(number(half[i]), i);
        }
        expect_pops(&deque, TRT_DEQUE_HALF, TRT_DEQUE_CAP - TRT_DEQUE_HALF);
        EXPECT(trt_deque_empty(&deque));
    }
}

TEST(deque_steal__each_length__older_half_rounded_up_in_order) {
    static trt_deque from, own;
    FOR_EACH_START(start) {
        for (uint64_t len = 0; len <= TRT_DEQUE_CAP; len++) {
            begin_at(&from, *start);
            begin_at(&own, *start + len); // other phases of the thief's ring
            fill(&from, 0, len);
            void* oldest = trt_deque_steal(&from, &own);
            uint64_t num = len - len / 2;
            EXPECT_EQ(oldest != NULL, len != 0);
            if (len != 0) {
                EXPECT_EQ(number(oldest), 0);
                EXPECT_EQ(trt_deque_len(&own), num - 1);
                expect_pops(&own, 1, num - 1);
            }
            EXPECT(trt_deque_empty(&own));
            EXPECT_EQ(trt_deque_len(&from), len - num);
            expect_pops(&from, num, len - num);
        }
    }
}

TEST(deque_steal__thief_has_items__appended_behind_them) {
    static trt_deque from, own;
    begin_at(&from, 7);
    begin_at(&own, TRT_DEQUE_CAP - 2);
    fill(&from, 100, TRT_DEQUE_CAP);
    fill(&own, 0, TRT_DEQUE_HALF);
    EXPECT_EQ(number(trt_deque_steal(&from, &own)), 100);
    expect_pops(&own, 0, TRT_DEQUE_HALF);
    expect_pops(&own, 101, TRT_DEQUE_HALF - 1);
    EXPECT(trt_deque_pop(&own) == NULL);
}

TEST(deque__random_operations__every_item_comes_out_once_in_order) {
    static trt_deque from, own;
    begin_at(&from, UINT64_MAX - 5000);
    begin_at(&own, (1ull << 32) - 5000);
    uint64_t pushed = 0, taken = 0, seed = 88172645463325252ull;
    while (pushed < 20000) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        if (seed % 8 < 5 && trt_deque_push(&from, item(pushed))) {
            pushed++;
        } else if (seed % 8 == 7) {
            void* got = trt_deque_steal(&from, &own);
            if (got != NULL) {
                EXPECT_EQ(number(got), taken++);
            }
            while ((got = trt_deque_pop(&own)) != NULL) {
                EXPECT_EQ(number(got), taken++);
            }
        } else {
            void* got = trt_deque_pop(&from);
            if (got != NULL) {
                EXPECT_EQ(number(got), taken++);
            }
        }
    }
    expect_pops(&from, taken, pushed - taken);
    EXPECT(trt_deque_empty(&from));
}
