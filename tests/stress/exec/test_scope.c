// SPDX-License-Identifier: Apache-2.0
// Scopes on 1, 2 and 8 workers: children that add others, fail, are cancelled from outside and
// lose their scope. Meant for TSan too; a lost wake-up hangs and the test's time limit tells.
#include "rt/exec/group/scope.h"
#include "tests/stress/sync/load.h"

enum { ROUNDS = 60 };

typedef struct tree {
    tmlrt_scope* scope;
    trt_atomic_u32 live, begun; ///< children that hold a reference
    int round;
    bool has_begun;
    uint64_t results;
} tree;

static void add_child(tree* t, int64_t depth);

static void child_ends(test_future* self) {
    tree* t = self->user;
    tmlrt_scope_unref(t->scope);
    trt_atomic_sub(&t->live, 1, TRT_ACQ_REL);
}

// A child of depth n yields, adds two of depth n - 1 and ends; of some rounds one of depth 0 gives
// an odd number, which is a failure, or waits for ever.
static tmlrt_poll step_child(test_future* self, tmlrt_context* cx, int64_t* out) {
    tree* t = self->user;
    if (trt_atomic_load(&self->probe->polls, TRT_RELAXED) % 3 != 0) {
        return yield(cx);
    }
    if (self->left > 0) {
        add_child(t, self->left - 1);
        add_child(t, self->left - 1);
    } else if (t->round % 4 == 1 && trt_atomic_load(&t->begun, TRT_RELAXED) > 6) {
        return TMLRT_PENDING; // until it is aborted
    }
    *out = t->round % 4 == 2 && self->left == 0;
    child_ends(self);
    return TMLRT_READY;
}

static int32_t is_failure(const void* output) {
    return *(const int64_t*)output != 0;
}

static void add_child(tree* t, int64_t depth) {
    static test_probe probe; // polls only, shared by all
    tmlrt_scope_ref(t->scope);
    trt_atomic_add(&t->live, 1, TRT_RELAXED);
    trt_atomic_add(&t->begun, 1, TRT_RELAXED);
    test_future frame = {
        .step = step_child, .probe = &probe, .user = t, .left = depth, .on_drop = child_ends};
    tmlrt_status status =
        tmlrt_scope_add(t->scope, tmlrt_spawn(&test_plain_desc, &frame, sizeof(frame)));
    EXPECT(status == TMLRT_OK || status == TMLRT_E_CLOSED);
}

static tmlrt_poll step_owner(test_future* self, tmlrt_context* cx, int64_t* out) {
    tree* t = self->user;
    if (!t->has_begun) {
        t->has_begun = true;
        t->scope = tmlrt_scope_new(sizeof(int64_t), NULL, 0, is_failure);
        tmlrt_scope_ref(t->scope); // the test's
        add_child(t, 4);
    }
    for (;;) {
        if (self->leaf_desc == NULL) {
            tmlrt_scope_next_init(self->leaf, t->scope, out);
            self->leaf_desc = &tmlrt_scope_next_desc;
        }
        tmlrt_joined joined;
        if (poll_leaf(self, cx, &joined) == TMLRT_PENDING) {
            if (t->round % 4 == 1 && t->results > 8) {
                EXPECT_EQ(tmlrt_scope_cancel(t->scope, TMLRT_CANCEL_DEADLINE), TMLRT_OK);
            }
            return pend(self, cx);
        }
        t->results += joined.id != 0;
        if (joined.id == 0 || (t->round % 4 == 3 && t->results == 5)) {
            break; // rounds of the last kind leave in the middle
        }
    }
    tmlrt_scope_free(t->scope);
    *out = 0;
    return TMLRT_READY;
}

static void check_tree(tmlrt_runtime* runtime) {
    static tree trees[ROUNDS];
    static test_probe probes[ROUNDS];
    memset(trees, 0, sizeof(trees));
    memset(probes, 0, sizeof(probes));
    tmlrt_task* tasks[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        trees[i].round = i;
        tasks[i] = spawn(runtime, step_owner, &probes[i], &trees[i], 0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        join(tasks[i]);
        if (i % 4 == 0) {
            EXPECT_EQ(trees[i].results, 31);
        }
    }
    // What was aborted is dropped soon, and never polled again: every child lets go of its scope.
    for (int i = 0; i < ROUNDS; i++) {
        while (trt_atomic_load(&trees[i].live, TRT_ACQUIRE_ORDER) != 0) {
        }
        tmlrt_scope_unref(trees[i].scope);
    }
}

TEST(scope__children_that_add_fail_and_lose_their_scope__none_is_left) {
    on_each(check_tree);
}
