// SPDX-License-Identifier: Apache-2.0
// Join sets: the handles of many tasks in one place. A task in a set has a join waker of its own
// kind: when it completes, its runner links the task itself into the set. Nothing is allocated per
// task, and nothing is looked through: a completion is one compare-and-swap, a result one more for
// all that came since the last look.
//
// Invariants:
//   J1  a task is in `members` until the owner has seen its end, then in first..last until it is
//       taken; its handle is the set's all the time
//   J2  results come in the order of the completions' compare-and-swap (a task that had ended when
//       it was added counts from then)
//   J3  no wake-up is lost: WAITING is set in the word that says "nobody has ended"; a push over it
//       takes the waker, unless somebody is TAKING, who will push and look again
//   J4  a set is freed once, after the last completion that may touch it
// The word: address of the task that ended last (its chain by queue_next, which no queue uses any
// more) and flags. Who may write what:
//   WAITING  the owner sets it over a waker that it has written to wakers[SLOT]; the owner, or the
//            completer that takes the waker, clears it
//   SLOT     which place is the owner's to write; who takes a waker turns it round, so that the
//            owner may wait anew while the old waker is being read
//   TAKING   one completer has taken a waker, which it reads before its own push; that push clears
//            TAKING, and takes what waits by then as well. Its task is not accounted for until
//            then, so the set cannot be freed. Others push and leave the waking to it
//   CLOSED   the owner has left: completions push no more; each destroys its task's output and
//            settles `late`
// `late` is a balance: every completion that meets CLOSED takes 1 off, the owner adds their number.
// Whoever brings it to zero after that frees the set; before the owner has added it is not above
// zero, so it passes zero once.
// Threads: completed by any runner; everything else by the owner, one at a time.
#include "rt/exec/group/join_set.h"

#include <tmlrt/task.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/handle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAITING = 1, TAKING = 2, CLOSED = 4, SLOT = 8, FLAGS = 15 };
_Static_assert(_Alignof(tmlrt_task) > FLAGS, "addresses of tasks leave room for the flags");

static tmlrt_task* newest_of(uint64_t word) {
    return (tmlrt_task*)(uintptr_t)(word & ~(uint64_t)FLAGS);
}

static tmlrt_waker* slot_of(trt_join_set* set, uint64_t word) {
    return &set->wakers[(word & SLOT) != 0];
}

static bool swap(trt_join_set* set, uint64_t* seen, uint64_t next) {
    // Acquire: what completions wrote before their push, and the waker when it changes hands.
    // Release: the task and the waker that the word hands over.
    return trt_atomic_cas_weak(&set->word, seen, next, TRT_ACQ_REL, TRT_ACQUIRE_ORDER);
}

// ---- the mark of a member -----------------------------------------------------------------------

static void mark_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    *out_waker = *waker;
}
static void mark_nothing(void* data) {
    (void)data;
}
const tmlrt_waker_vtable trt_join_set_vtable = {
    .clone = mark_clone,
    .wake = mark_nothing,
    .wake_by_ref = mark_nothing,
    .drop = mark_nothing,
};

// ---- completion ---------------------------------------------------------------------------------

static void free_set(trt_join_set* set) {
    if (set->hooks != NULL) {
        set->hooks->gone(set);
    } else {
        trt_free(set, sizeof(*set));
    }
}

// Settles `num`; true: the balance is zero with the owner gone.
static bool settle(trt_join_set* set, uint64_t num) {
    // Acquire and release: who frees comes after every other use.
    return trt_atomic_add(&set->late, num, TRT_ACQ_REL) + num == 0;
}

void trt_join_set_completed(trt_join_set* set, tmlrt_task* task) {
    if (TRT_UNLIKELY(set->hooks != NULL)) {
        set->hooks->ended(set, task);
    }
    // Relaxed: nothing is looked at before a compare-and-swap has acquired it.
    uint64_t word = trt_atomic_load(&set->word, TRT_RELAXED);
    uint64_t taking = 0; // TAKING, once it is this one's
    tmlrt_waker waker = {NULL, NULL};
    while ((word & CLOSED) == 0) {
        if ((word & WAITING) != 0 && (word & TAKING) == taking) {
            uint64_t next = (word ^ (WAITING | SLOT)) | TAKING;
            if (swap(set, &word, next)) {
                trt_waker_drop(&waker); // who waits has come again with another one
                waker = *slot_of(set, word);
                word = next;
                taking = TAKING;
            }
            continue;
        }
        task->queue_next = newest_of(word);
        if (swap(set, &word, (uintptr_t)task | ((word & FLAGS) & ~taking))) {
            trt_waker_wake(&waker);
            return;
        }
    }
    trt_waker_drop(&waker);
    if (task->status == TMLRT_OK) {
        (void)!trt_task_drop_output(task); // a panic was reported, and ends here
    }
    if (settle(set, UINT64_MAX)) {
        free_set(set);
    }
}

// ---- looking ------------------------------------------------------------------------------------

// Moves what has ended since the last look behind what was seen before.
static void collect(trt_join_set* set) {
    if (newest_of(trt_atomic_load(&set->word, TRT_RELAXED)) == NULL) {
        return;
    }
    // Acquire pairs with the release of the completions' pushes.
    uint64_t word = trt_atomic_and(&set->word, FLAGS, TRT_ACQUIRE_ORDER);
    tmlrt_task* oldest = NULL;
    tmlrt_task* newest = newest_of(word);
    for (tmlrt_task *task = newest, *next; task != NULL; task = next) {
        next = task->queue_next;
        task->queue_next = oldest;
        oldest = task;
        trt_list_remove(&task->sibling);
        set->num_members--;
        set->num_ended++;
    }
    if (set->last != NULL) {
        set->last->queue_next = oldest;
    } else {
        set->first = oldest;
    }
    set->last = newest;
}

tmlrt_task* trt_join_set_pop(trt_join_set* set) {
    if (set->first == NULL) {
        collect(set);
        if (set->first == NULL) {
            return NULL;
        }
    }
    tmlrt_task* task = set->first;
    set->first = task->queue_next;
    if (set->first == NULL) {
        set->last = NULL;
    }
    set->num_ended--;
    return task;
}

// Takes the waker back that wait left, if nobody else has taken it. Returns the word.
static uint64_t take_back(trt_join_set* set, uint64_t word) {
    while ((word & WAITING) != 0) {
        if (swap(set, &word, word & ~(uint64_t)WAITING)) {
            trt_waker_drop(slot_of(set, word));
            return word & ~(uint64_t)WAITING;
        }
    }
    return word;
}

tmlrt_poll trt_join_set_wait(trt_join_set* set, const tmlrt_waker* waker) {
    // Acquire pairs with the release of completed's take: the place that it gave back was read.
    uint64_t word = trt_atomic_load(&set->word, TRT_ACQUIRE_ORDER);
    if ((word & WAITING) != 0) {
        if (trt_waker_same(slot_of(set, word), waker)) {
            return TMLRT_PENDING;
        }
        word = take_back(set, word);
    }
    if (newest_of(word) != NULL) {
        return TMLRT_READY;
    }
    // SLOT is turned round by who takes a waker, and there is none to take.
    tmlrt_waker fresh, *slot = slot_of(set, word);
    trt_waker_clone(waker, &fresh);
    *slot = fresh;
    do {
        if (newest_of(word) != NULL) {
            trt_waker_drop(slot);
            return TMLRT_READY;
        }
    } while (!swap(set, &word, word | WAITING));
    return TMLRT_PENDING;
}

void trt_join_set_forget(trt_join_set* set) {
    // Relaxed: what is taken back is acquired by the compare-and-swap.
    (void)take_back(set, trt_atomic_load(&set->word, TRT_RELAXED));
}

// ---- members ------------------------------------------------------------------------------------

void trt_join_set_init(trt_join_set* set, uint64_t max_out_size, const trt_join_set_hooks* hooks) {
    *set = (trt_join_set){.max_out_size = max_out_size, .hooks = hooks};
    trt_atomic_init(&set->word, 0);
    trt_atomic_init(&set->late, 0);
    trt_list_init(&set->members);
}

trt_join_set* trt_join_set_new(uint64_t max_out_size) {
    trt_join_set* set = trt_alloc(sizeof(*set));
    if (set != NULL) {
        trt_join_set_init(set, max_out_size, NULL);
    }
    return set;
}

static void check_handle(const trt_join_set* set, tmlrt_task* task) {
    if (TRT_UNLIKELY(task->awaited++ != 0)) {
        fprintf(stderr, "tmlrt: the handle of task %" PRIu64 " is awaited twice\n", task->id);
        abort();
    }
    if (TRT_UNLIKELY(task->out_size > set->max_out_size)) {
        fprintf(stderr,
                "tmlrt: task %" PRIu64 " has an output of %" PRIu64
                " bytes, its join set takes %" PRIu64 "; give tmlrt_join_set_new the largest\n",
                task->id, task->out_size, set->max_out_size);
        abort();
    }
}

bool trt_join_set_insert(trt_join_set* set, tmlrt_task* task) {
    if (TRT_UNLIKELY((trt_atomic_load(&task->state, TRT_RELAXED) & TRT_TASK_STATIC) != 0)) {
        set->refused = task->status;
        set->num_refused++;
        return false;
    }
    check_handle(set, task);
    TRT_ASSERT(task->join_waker.vtable == NULL);
    trt_list_push_back(&set->members, &task->sibling);
    set->num_members++;
    task->join_waker = (tmlrt_waker){&trt_join_set_vtable, set};
    return TRT_UNLIKELY(!trt_state_join_arm(&task->state));
}

void trt_join_set_add(trt_join_set* set, tmlrt_task* task) {
    if (trt_join_set_insert(set, task)) {
        trt_join_set_completed(set, task); // nobody else will
    }
}

static tmlrt_task* member_of(trt_list_node* node) {
    return TRT_CONTAINER_OF(node, tmlrt_task, sibling);
}

void trt_join_set_abort_all(trt_join_set* set) {
    for (trt_list_node* node = set->members.head.next; node != &set->members.head;
         node = node->next) {
        tmlrt_task_abort(member_of(node));
    }
}

void trt_join_set_disarm_all(trt_join_set* set, trt_list* out) {
    trt_list_init(out);
    for (trt_list_node *node = set->members.head.next, *next; node != &set->members.head;
         node = next) {
        tmlrt_task* task = member_of(node);
        next = node->next;
        if (!trt_state_join_disarm(&task->state)) {
            continue; // it has ended: its runner links it, if it has not yet
        }
        trt_list_remove(&task->sibling);
        set->num_members--;
        task->join_waker = (tmlrt_waker){NULL, NULL};
        trt_list_push_back(out, &task->sibling);
    }
}

void trt_join_set_detach_list(trt_list* list) {
    for (trt_list_node* node; (node = trt_list_pop_front(list)) != NULL;) {
        // A destructor that panics was reported, and ends there.
        (void)!trt_handle_abandon(member_of(node));
    }
}

// ---- the end ------------------------------------------------------------------------------------

static void note(tmlrt_status* failure, tmlrt_status status) {
    if (*failure == TMLRT_OK) {
        *failure = status;
    }
}

void trt_join_set_seal(trt_join_set* set, trt_list* out_members) {
    // From here on completions do not push. What they pushed since the last look is collected.
    // Relaxed: collect acquires, and `late` orders the end.
    uint64_t word = trt_atomic_or(&set->word, CLOSED, TRT_RELAXED);
    TRT_CHECK((word & WAITING) == 0); // freed while a task waits for it
    collect(set);
    trt_list_init(out_members);
    trt_list_splice(out_members, &set->members);
    set->num_members = 0;
}

tmlrt_status trt_join_set_release(trt_join_set* set, trt_list* members) {
    tmlrt_status failure = TMLRT_OK;
    uint64_t num_late = 0;
    for (tmlrt_task* task; (task = trt_join_set_pop(set)) != NULL;) {
        note(&failure, trt_handle_abandon(task));
    }
    for (trt_list_node* node; (node = trt_list_pop_front(members)) != NULL;) {
        tmlrt_task* task = member_of(node);
        tmlrt_task_abort(task);
        if ((trt_state_join_leave(&task->state) & TRT_TASK_COMPLETE) != 0) {
            num_late++; // its runner is on its way to this set, and has its output
        }
        trt_task_unref(task, 1);
    }
    if (settle(set, num_late)) {
        free_set(set);
    }
    return failure;
}
