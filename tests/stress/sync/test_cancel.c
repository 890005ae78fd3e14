// SPDX-License-Identifier: Apache-2.0
// Cancellation tokens on 1, 2 and 8 workers: tasks that make tokens below one that is cancelled
// meanwhile, wait for them, give some waits up and let go of them in any order.
#include "tests/stress/sync/load.h"

enum { ROUNDS = 60, TASKS = 12 };

typedef struct tree {
    tmlrt_cancel_token* top;
    trt_atomic_u32 ready; ///< tasks that wait
    uint32_t seen;        ///< written before the cancel
} tree;

// Waits for a token of its own below the top one, through a token that nobody else holds; left
// counts the waits that it gave up.
static tmlrt_poll step_wait(test_future* self, tmlrt_context* cx, int64_t* out) {
    tree* t = self->user;
    if (self->leaf_desc == NULL && self->left == 0) {
        tmlrt_cancel_token* between = tmlrt_cancel_token_new(t->top);
        trt_atomic_store(&self->probe->value, (uint64_t)(uintptr_t)tmlrt_cancel_token_new(between),
                         TRT_RELAXED);
        tmlrt_cancel_token_free(between);
        trt_atomic_add(&t->ready, 1, TRT_ACQ_REL);
    }
    tmlrt_cancel_token* mine =
        (tmlrt_cancel_token*)(uintptr_t)trt_atomic_load(&self->probe->value, TRT_RELAXED);
    if (self->leaf_desc == NULL) {
        tmlrt_cancel_token_cancelled_init(self->leaf, mine);
        self->leaf_desc = &tmlrt_cancel_token_cancelled_desc;
        self->left++;
    }
    int32_t reason = 0;
    if (poll_leaf(self, cx, &reason) == TMLRT_PENDING) {
        return pend(self, cx);
    }
    EXPECT_EQ(reason, TMLRT_CANCEL_SHUTDOWN);
    EXPECT_EQ(tmlrt_cancel_token_reason(mine), TMLRT_CANCEL_SHUTDOWN);
    EXPECT_EQ(t->seen, 1);
    tmlrt_cancel_token_free(mine);
    *out = self->left;
    return TMLRT_READY;
}

static void check_tree(tmlrt_runtime* runtime) {
    for (int round = 0; round < ROUNDS; round++) {
        tree t = {.top = tmlrt_cancel_token_new(NULL)};
        test_probe probes[TASKS] = {0};
        tmlrt_task* tasks[TASKS];
        for (int i = 0; i < TASKS; i++) {
            tasks[i] = spawn(runtime, step_wait, &probes[i], &t, 0);
        }
        // Some rounds cancel while tokens are still being made.
        while (trt_atomic_load(&t.ready, TRT_ACQUIRE_ORDER) < (uint32_t)(round % (TASKS + 1))) {
        }
        t.seen = 1;
        EXPECT_EQ(tmlrt_cancel_token_cancel(t.top, TMLRT_CANCEL_SHUTDOWN), TMLRT_OK);
        EXPECT_EQ(tmlrt_cancel_token_cancel(t.top, TMLRT_CANCEL_ABORT), TMLRT_E_EXISTS);
        for (int i = 0; i < TASKS; i++) {
            join(tasks[i]);
        }
        tmlrt_cancel_token_free(t.top);
    }
}

TEST(cancel__tokens_made_while_the_tree_is_cancelled__every_wait_ends) {
    on_each(check_tree);
}

// Several cancel one tree at once, from both ends: each token has one reason, and those below a
// token that won have its reason or an earlier one of their own.
typedef struct contest {
    tmlrt_cancel_token *top, *below;
    trt_atomic_u32 go, won;
} contest;

static void fire(contest* c, tmlrt_cancel_token* token, int32_t reason) {
    while (trt_atomic_load(&c->go, TRT_ACQUIRE_ORDER) == 0) {
    }
    if (tmlrt_cancel_token_cancel(token, reason) == TMLRT_OK) {
        trt_atomic_or(&c->won, 1u << reason, TRT_ACQ_REL);
    }
}
static void fire_top(void* arg) {
    contest* c = arg;
    fire(c, c->top, TMLRT_CANCEL_DEADLINE);
}
static void fire_below(void* arg) {
    contest* c = arg;
    fire(c, c->below, TMLRT_CANCEL_CLIENT_GONE);
}

TEST(cancel__cancelled_from_two_ends__one_reason_each) {
    for (int i = 0; i < 200; i++) {
        contest c = {.top = tmlrt_cancel_token_new(NULL)};
        c.below = tmlrt_cancel_token_new(c.top);
        trt_thread threads[3];
        void (*const fns[])(void*) = {fire_top, fire_below, fire_top};
        for (int k = 0; k < 3; k++) {
            EXPECT_EQ(trt_thread_start(&threads[k], "fire", 0, fns[k], &c), TMLRT_OK);
        }
        trt_atomic_store(&c.go, 1, TRT_RELEASE_ORDER);
        for (int k = 0; k < 3; k++) {
            trt_thread_join(&threads[k]);
        }
        bool below_won =
            (trt_atomic_load(&c.won, TRT_RELAXED) & 1u << TMLRT_CANCEL_CLIENT_GONE) != 0;
        EXPECT(trt_atomic_load(&c.won, TRT_RELAXED) & 1u << TMLRT_CANCEL_DEADLINE);
        EXPECT_EQ(tmlrt_cancel_token_reason(c.top), TMLRT_CANCEL_DEADLINE);
        EXPECT_EQ(tmlrt_cancel_token_reason(c.below),
                  below_won ? TMLRT_CANCEL_CLIENT_GONE : TMLRT_CANCEL_DEADLINE);
        tmlrt_cancel_token_free(c.below);
        tmlrt_cancel_token_free(c.top);
    }
}
