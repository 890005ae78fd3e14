// SPDX-License-Identifier: Apache-2.0
// A set of futures: any number of boxed futures, polled as they are woken, that give their outputs
// one by one. join_all and its like are loops over it.
//
// One block holds everything: a bit per future that is to be polled, a node per future (what its
// wakers point to), and the outputs. It is counted, because wakers outlive the set. A wake-up sets
// the future's bit, then takes the waker of whoever waits for the set, and wakes that. So a set of
// n futures polls those that were woken, not all n.
//
// Invariants. S1: who waits stores its waker before it looks at the bits, and a wake-up sets its
// bit before it takes the waker: one of the two sees the other. S2: no lock is held while a waker
// or a future is called. S3: a pass polls each future at most once and begins behind the one where
// the last pass ended: neither one that wakes itself nor one that spends the budget starves others.
// S4: a future that has ended is dropped and its box freed at once; its output stays until it is
// taken, or is destroyed with the set.
//
// Threads: wakers any; the rest is the owner's.
#include <tmlrt/abi/functions.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/atomic.h"
#include "rt/base/waker.h"
#include "rt/exec/coop.h"
#include "rt/exec/leaf.h"
#include "rt/os/thread.h"

#include <stdalign.h>
#include <string.h>

enum { OUT_ALIGN = 16, WORD_BITS = 64, NODE_FREE = 0, NODE_LIVE, NODE_ENDED, NODE_TAKEN };

typedef struct node {
    tmlrt_future_set* set;
    uint64_t index;
    uint32_t state; ///< NODE_*; the owner's
    void* frame;
    const tmlrt_future_desc* desc;
    tmlrt_arena arena;
} node;

struct tmlrt_future_set {
    trt_atomic_u64 refs; ///< one of the owner, one per waker
    trt_mutex lock;
    tmlrt_waker waker; ///< under the lock: who waits for the set; empty when it was woken
    uint64_t capacity, count, num_live, out_size;
    uint64_t cursor; ///< the future that the next pass begins with
    size_t bytes;
    node* nodes;
    char* outs;
    trt_atomic_u64 ready[]; ///< a bit per future
};

static uint64_t num_words(const tmlrt_future_set* set) {
    return (set->capacity + WORD_BITS - 1) / WORD_BITS;
}

tmlrt_future_set* tmlrt_future_set_new(uint64_t capacity, uint64_t out_size) {
    uint64_t words = capacity / WORD_BITS + 1;
    uint64_t stride = (out_size + OUT_ALIGN - 1) / OUT_ALIGN * OUT_ALIGN, outs, nodes, bytes;
    uint64_t head = sizeof(tmlrt_future_set) + words * sizeof(trt_atomic_u64) + alignof(node);
    if (out_size > SIZE_MAX / 4 || capacity > SIZE_MAX / 4 ||
        __builtin_mul_overflow(capacity, stride, &outs) ||
        __builtin_mul_overflow(capacity, sizeof(node), &nodes) ||
        __builtin_add_overflow(outs, nodes, &bytes) ||
        __builtin_add_overflow(bytes, head + OUT_ALIGN, &bytes) || bytes > SIZE_MAX / 2) {
        return NULL;
    }
    tmlrt_future_set* set = trt_alloc_zero(bytes);
    if (set == NULL) {
        return NULL;
    }
    trt_atomic_init(&set->refs, 1);
    set->capacity = capacity;
    set->out_size = stride;
    set->bytes = bytes;
    uintptr_t at = (uintptr_t)(set->ready + words);
    set->nodes = (node*)((at + alignof(node) - 1) / alignof(node) * alignof(node));
    at = (uintptr_t)(set->nodes + capacity);
    set->outs = (char*)((at + OUT_ALIGN - 1) / OUT_ALIGN * OUT_ALIGN);
    return set;
}

static void unref(tmlrt_future_set* set) {
    // Release pairs with the acquire of the last one: what others did to the block is over.
    if (trt_atomic_sub(&set->refs, 1, TRT_ACQ_REL) == 1) {
        trt_free(set, set->bytes);
    }
}

// ---- wakers ------------------------------------------------------------------------------------

static bool mark(tmlrt_future_set* set, uint64_t index) {
    uint64_t bit = UINT64_C(1) << (index % WORD_BITS);
    // Release pairs with the acquire of take_word: what the future waits for is visible to its
    // poll.
    return (trt_atomic_or(&set->ready[index / WORD_BITS], bit, TRT_RELEASE_ORDER) & bit) == 0;
}

static void wake_owner(tmlrt_future_set* set) {
    trt_mutex_lock(&set->lock);
    tmlrt_waker waker = set->waker;
    set->waker = (tmlrt_waker){NULL, NULL};
    trt_mutex_unlock(&set->lock);
    trt_waker_wake(&waker);
}

static void node_wake_by_ref(void* data) {
    const node* self = data;
    if (mark(self->set, self->index)) { // else somebody has woken, or is about to
        wake_owner(self->set);
    }
}

static void node_drop(void* data) {
    unref(((node*)data)->set);
}

static void node_wake(void* data) {
    node_wake_by_ref(data);
    node_drop(data);
}

static void node_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    trt_atomic_add(&((node*)waker->data)->set->refs, 1, TRT_RELAXED);
    *out_waker = *waker;
}

static const tmlrt_waker_vtable s_node_vtable = {node_clone, node_wake, node_wake_by_ref,
                                                 node_drop};

// set_owner lets wake-ups from here on wake `waker`.
static void set_owner(tmlrt_future_set* set, const tmlrt_waker* waker) {
    trt_mutex_lock(&set->lock);
    bool is_same = trt_waker_same(&set->waker, waker);
    trt_mutex_unlock(&set->lock);
    if (is_same) { // only a wake-up can take it away, and that one wakes
        return;
    }
    tmlrt_waker fresh;
    trt_waker_clone(waker, &fresh);
    trt_mutex_lock(&set->lock);
    tmlrt_waker old = set->waker;
    set->waker = fresh;
    trt_mutex_unlock(&set->lock);
    trt_waker_drop(&old);
}

static void forget_owner(tmlrt_future_set* set) {
    trt_mutex_lock(&set->lock);
    tmlrt_waker old = set->waker;
    set->waker = (tmlrt_waker){NULL, NULL};
    trt_mutex_unlock(&set->lock);
    trt_waker_drop(&old);
}

// ---- the set -----------------------------------------------------------------------------------

int32_t tmlrt_future_set_add(tmlrt_future_set* set, void* frame, const tmlrt_future_desc* desc) {
    if (set->count == set->capacity || desc->out_size > set->out_size ||
        desc->out_align > OUT_ALIGN) {
        return TMLRT_E_INVAL;
    }
    node* one = &set->nodes[set->count];
    *one = (node){.set = set, .index = set->count, .state = NODE_LIVE};
    one->frame = frame;
    one->desc = desc;
    set->count++;
    set->num_live++;
    mark(set, one->index);
    return TMLRT_OK;
}

void* tmlrt_future_set_output(tmlrt_future_set* set, uint64_t index) {
    TRT_CHECK(index < set->count && set->nodes[index].state >= NODE_ENDED);
    return set->outs + index * set->out_size;
}

void* tmlrt_future_set_take(tmlrt_future_set* set, uint64_t index) {
    void* out = tmlrt_future_set_output(set, index);
    TRT_CHECK(set->nodes[index].state == NODE_ENDED);
    set->nodes[index].state = NODE_TAKEN;
    return out;
}

// end frees what a future that is READY or unwanted had.
static void end(tmlrt_future_set* set, node* one, uint32_t state) {
    one->state = state;
    set->num_live--;
    one->desc->drop(one->frame);
    tmlrt_frame_free(one->frame, one->desc->frame_size, one->desc->frame_align);
    tmlrt_arena_fini(&one->arena);
}

void tmlrt_future_set_free(tmlrt_future_set* set) {
    if (set == NULL) {
        return;
    }
    for (uint64_t i = 0; i < set->count; i++) {
        node* one = &set->nodes[i];
        if (one->state == NODE_LIVE) {
            end(set, one, NODE_TAKEN);
        } else if (one->state == NODE_ENDED && one->desc->drop_output != NULL) {
            one->state = NODE_TAKEN;
            one->desc->drop_output(set->outs + i * set->out_size);
        }
    }
    forget_owner(set);
    unref(set);
}

// poll_one polls a future with its own waker and arena.
static tmlrt_poll poll_one(tmlrt_future_set* set, node* one, tmlrt_context* cx) {
    const tmlrt_waker waker = {&s_node_vtable, one}, *outer_waker = cx->waker;
    tmlrt_arena* outer_arena = cx->arena;
    cx->waker = &waker;
    cx->arena = &one->arena;
    tmlrt_poll answer = one->desc->poll(one->frame, cx, set->outs + one->index * set->out_size);
    cx->waker = outer_waker;
    cx->arena = outer_arena;
    return answer;
}

// poll_word polls the marked futures of a word that `mask` names, in order, until one has ended or
// the budget is spent; those that were not reached are marked again. Returns the one that ended.
static int64_t poll_word(tmlrt_future_set* set, uint64_t word, uint64_t mask, tmlrt_context* cx) {
    // Acquire pairs with the release of mark.
    uint64_t bits = trt_atomic_and(&set->ready[word], ~mask, TRT_ACQUIRE_ORDER) & mask;
    int64_t ended = -1;
    while (bits != 0 && ended < 0 && cx->budget != 0) {
        uint64_t index = word * WORD_BITS + (uint64_t)__builtin_ctzll(bits);
        node* one = &set->nodes[index];
        bits &= bits - 1;
        set->cursor = index + 1 < set->count ? index + 1 : 0;
        if (one->state == NODE_LIVE && poll_one(set, one, cx) == TMLRT_READY) {
            end(set, one, NODE_ENDED);
            ended = (int64_t)index;
        }
    }
    if (bits != 0) { // relaxed: what was acquired with them is this thread's already
        trt_atomic_or(&set->ready[word], bits, TRT_RELAXED);
    }
    return ended;
}

// pass polls what is marked, once around from the cursor. Returns the future that ended, -1: none.
static int64_t pass(tmlrt_future_set* set, tmlrt_context* cx) {
    uint64_t words = num_words(set), first = set->cursor / WORD_BITS;
    uint64_t behind = UINT64_MAX << (set->cursor % WORD_BITS);
    for (uint64_t i = 0; i <= words && cx->budget != 0; i++) {
        uint64_t mask = i == 0 ? behind : i == words ? ~behind : UINT64_MAX;
        int64_t ended = poll_word(set, (first + i) % words, mask, cx);
        if (ended >= 0) {
            return ended;
        }
    }
    return -1;
}

// ---- the next output ---------------------------------------------------------------------------

typedef struct next_leaf {
    tmlrt_frame head;
    tmlrt_future_set* set;
    tmlrt_context* cx;        ///< while futures are polled, else NULL
    const tmlrt_waker* waker; ///< that cx had then
    trt_leaf leaf;
} next_leaf;

_Static_assert(sizeof(next_leaf) <= TMLRT_LEAF_SIZE, "next fits a leaf");
_Static_assert(alignof(next_leaf) <= TMLRT_LEAF_ALIGN, "next fits a leaf");

enum { WAITING = 1 };

void tmlrt_future_set_next_init(void* leaf, tmlrt_future_set* set) {
    *(next_leaf*)leaf = (next_leaf){.set = set};
}

// After a panic of a future the boundary may go on with the context: it has its waker back. Sets
// inside each other are unlinked from the inside out, since each registers anew at every poll.
static void next_unlink(trt_leaf* leaf) {
    next_leaf* self = TRT_CONTAINER_OF(leaf, next_leaf, leaf);
    if (self->cx != NULL) {
        self->cx->waker = self->waker;
    }
    forget_owner(self->set);
}

static int64_t poll_futures(next_leaf* self, tmlrt_context* cx) {
    trt_leaf_unregister(&self->leaf);
    trt_leaf_register(&self->leaf, next_unlink); // before compiled code runs
    self->cx = cx;
    self->waker = cx->waker;
    set_owner(self->set, cx->waker);
    int64_t ended = pass(self->set, cx);
    self->cx = NULL;
    return ended;
}

static tmlrt_poll next_poll(void* frame, tmlrt_context* cx, void* out) {
    next_leaf* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        tmlrt_poll_after_done(&tmlrt_future_set_next_desc, frame);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    int64_t ended = -1;
    if (self->set->num_live != 0) {
        self->head.state = WAITING;
        ended = poll_futures(self, cx);
        if (ended < 0) {
            if (cx->budget == 0) {
                tmlrt_coop_yield(cx); // some may not have had their turn
            } else {
                trt_coop_refund(cx);
            }
            return TMLRT_PENDING;
        }
    }
    trt_leaf_unregister(&self->leaf);
    self->head.state = TMLRT_FRAME_DONE;
    *(int64_t*)out = ended;
    return TMLRT_READY;
}

static void next_drop(void* frame) {
    next_leaf* self = frame;
    if (self->head.state == WAITING) {
        trt_leaf_unregister(&self->leaf);
        forget_owner(self->set);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

const tmlrt_future_desc tmlrt_future_set_next_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = next_poll,
    .drop = next_drop,
    .frame_size = sizeof(next_leaf),
    .frame_align = alignof(next_leaf),
    .out_size = sizeof(int64_t),
    .out_align = alignof(int64_t),
    .name = "future_set_next",
    .num_states = 2,
};
