// SPDX-License-Identifier: Apache-2.0
// One owner against thieves on real threads: every item comes out exactly once, with what was
// written to it before the push. Bounded by the number of items.
#include "rt/exec/deque.h"

#include "rt/os/thread.h"
#include "tests/support/harness.h"

enum { NUM_ITEMS = 200000, MAX_THIEVES = 7 };

typedef struct entry {
    uint64_t content; ///< plain: the queue's orders must carry it
    trt_atomic_u32 taken;
} entry;

typedef struct game {
    trt_deque deques[1 + MAX_THIEVES];
    trt_atomic_u64 taken; ///< how many came out, anywhere
    trt_atomic_u32 wrong, ready;
} game;

typedef struct thief {
    game* game;
    uint32_t index, num_deques;
} thief;

static game s_game;
static entry s_entries[NUM_ITEMS];

static void consume(game* g, void* item) {
    entry* e = item;
    if (e->content != (uint64_t)(e - s_entries) + 17 || trt_atomic_add(&e->taken, 1, TRT_RELAXED)) {
        trt_atomic_add(&g->wrong, 1, TRT_RELAXED);
    }
    trt_atomic_add(&g->taken, 1, TRT_RELEASE_ORDER);
}

static bool all_taken(game* g) {
    return trt_atomic_load(&g->taken, TRT_ACQUIRE_ORDER) == NUM_ITEMS;
}

// Steals from the owner and from the other thieves in turn, and pops what it stole.
static void run_thief(void* arg) {
    const thief* self = arg;
    game* g = self->game;
    trt_deque* own = &g->deques[self->index];
    trt_atomic_add(&g->ready, 1, TRT_RELEASE_ORDER);
    for (uint32_t turn = 0; !all_taken(g); turn++) {
        uint32_t from = turn % self->num_deques;
        if (from == self->index) {
            continue;
        }
        void* item = trt_deque_steal(&g->deques[from], own);
        while (item != NULL) {
            consume(g, item);
            item = trt_deque_pop(own);
        }
    }
}

// Full: the older half goes where an injector would be, here it is consumed at once.
static void push(game* g, entry* e) {
    trt_deque* own = &g->deques[0];
    while (!trt_deque_push(own, e)) {
        void* half[TRT_DEQUE_HALF];
        if (trt_deque_take_half(own, half)) {
            for (uint32_t i = 0; i < TRT_DEQUE_HALF; i++) {
                consume(g, half[i]);
            }
        }
    }
}

static void check(uint32_t num_thieves, uint64_t start, uint32_t burst) {
    game* g = &s_game;
    *g = (game){0};
    memset(s_entries, 0, sizeof(s_entries));
    for (uint32_t i = 0; i <= num_thieves; i++) {
        trt_atomic_init(&g->deques[i].head, start);
        trt_atomic_init(&g->deques[i].tail, start);
    }
    trt_thread threads[MAX_THIEVES];
    thief thieves[MAX_THIEVES];
    for (uint32_t i = 0; i < num_thieves; i++) {
        thieves[i] = (thief){g, i + 1, num_thieves + 1};
        EXPECT_EQ(trt_thread_start(&threads[i], "thief", 0, run_thief, &thieves[i]), TMLRT_OK);
    }
    while (trt_atomic_load(&g->ready, TRT_ACQUIRE_ORDER) != num_thieves) {
    }
    for (uint32_t i = 0; i < NUM_ITEMS; i++) {
        s_entries[i].content = i + 17;
        push(g, &s_entries[i]);
        if (i % burst == burst - 1) {
            void* item = trt_deque_pop(&g->deques[0]);
            if (item != NULL) {
                consume(g, item);
            }
        }
    }
    for (void* item; (item = trt_deque_pop(&g->deques[0])) != NULL;) {
        consume(g, item);
    }
    for (uint32_t i = 0; i < num_thieves; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT_EQ(trt_atomic_load(&g->taken, TRT_RELAXED), NUM_ITEMS);
    EXPECT_EQ(trt_atomic_load(&g->wrong, TRT_RELAXED), 0);
}

TEST(deque__one_thief__every_item_once) {
    check(1, 0, 3);
    check(1, UINT64_MAX - 1000, 1);
}

TEST(deque__seven_thieves__every_item_once) {
    check(MAX_THIEVES, (1ull << 32) - 1000, 2);
    check(MAX_THIEVES, 5, 400);
}
