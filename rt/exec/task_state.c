// SPDX-License-Identifier: Apache-2.0
// Transitions of a task's state word. All of them are one successful compare-and-swap (or one
// read-modify-write), so every transition sees every earlier one. Looks that write nothing (start,
// yield, is_sole) may see an older word: start then leaves NOTIFIED or CANCELLED to suspend, which
// gives the claim up by compare-and-swap only, so the task is polled or dropped after all.
//
// Pairing. A transition that gives something away releases, one that takes something acquires:
//   wake (release)            -> start, suspend (acquire): what the waker wrote before the wake is
//                                seen by the poll that follows. A wake that finds NOTIFIED set
//                                writes the word all the same: its release joins the sequence that
//                                is read then, so not even a wake that changes no bit can be missed
//                                (E1). One that claims the task hands its view on with the push.
//   suspend (release)         -> wake, abort (acquire), whose push orders the next poll after it:
//                                the frame travels from worker to worker (E2). Requeued tasks
//                                travel by the queue alone.
//   complete (release)        -> join_leave, load (acquire): output and status reach the handle.
//   join_arm (release)        -> complete (acquire): the completer reads the waker that was
//   written. join_woken, join_disarm   -> the waker's field returns to the handle (E7). unref
//   (release, acquire), is_sole (acquire) -> the last holder frees after every other use (E5).
//
// Life of the bits (K claimed, N notified, C complete, X cancelled):
//   idle  --wake, abort-->  K, KX (pushed by the caller)      K  --wake-->  KN
//   KN    --start-->  K                                       K  --suspend-->  idle
//   K, KN, KX  --complete-->  C
// COMPLETE excludes CLAIMED and NOTIFIED, and is never cleared (E3).
#include "rt/exec/task_state.h"

#include "rt/base/assert.h"

static void check_refs(uint64_t word) {
    if (TRT_UNLIKELY(trt_state_refs(word) >= TRT_TASK_REF_MAX)) {
        trt_check_failed("a task has too many wakers", __FILE__, __LINE__);
    }
}

static bool swap(trt_task_state* state, uint64_t* seen, uint64_t next) {
    return trt_atomic_cas_weak(state, seen, next, TRT_ACQ_REL, TRT_ACQUIRE_ORDER);
}

void trt_state_init(trt_task_state* state, uint64_t refs) {
    trt_atomic_init(state, TRT_TASK_CLAIMED | TRT_TASK_JOIN_INTEREST | refs * TRT_TASK_REF);
}

bool trt_state_wake(trt_task_state* state) {
    uint64_t seen = trt_state_load(state);
    for (;;) {
        if (seen & TRT_TASK_COMPLETE) {
            return false;
        }
        bool push = (seen & TRT_TASK_CLAIMED) == 0;
        uint64_t next = push ? seen + TRT_TASK_CLAIM : seen | TRT_TASK_NOTIFIED;
        if (swap(state, &seen, next)) {
            check_refs(next);
            return push;
        }
    }
}

bool trt_state_wake_owned(trt_task_state* state, bool* out_last) {
    uint64_t seen = trt_state_load(state);
    for (;;) {
        bool push = (seen & (TRT_TASK_CLAIMED | TRT_TASK_COMPLETE)) == 0;
        uint64_t next = push ? seen + TRT_TASK_CLAIM
                             : seen | (seen & TRT_TASK_COMPLETE ? 0 : TRT_TASK_NOTIFIED);
        next -= TRT_TASK_REF;
        if (swap(state, &seen, next)) {
            *out_last = trt_state_refs(next) == 0;
            return push;
        }
    }
}

// A queued task is CLAIMED (E4) and stays so: whoever pops it sees at least the word that the push
// came after.
trt_start trt_state_take_note(trt_task_state* state) {
    uint64_t seen = trt_state_load(state);
    TRT_CHECK((seen & (TRT_TASK_CLAIMED | TRT_TASK_COMPLETE)) == TRT_TASK_CLAIMED);
    if (seen & TRT_TASK_NOTIFIED) {
        seen = trt_atomic_and(state, ~TRT_TASK_NOTIFIED, TRT_ACQ_REL);
    }
    return seen & TRT_TASK_CANCELLED ? TRT_START_CANCEL : TRT_START_POLL;
}

trt_suspend trt_state_suspend(trt_task_state* state, uint64_t spare) {
    uint64_t seen = trt_state_load(state), claim = TRT_TASK_CLAIMED + (1 + spare) * TRT_TASK_REF;
    for (;;) {
        TRT_ASSERT((seen & TRT_TASK_CLAIMED) != 0);
        if (seen & TRT_TASK_CANCELLED) {
            return TRT_SUSPEND_CANCEL;
        }
        if (seen & TRT_TASK_NOTIFIED) {
            return TRT_SUSPEND_REQUEUE;
        }
        if (swap(state, &seen, seen - claim)) {
            TRT_ASSERT(trt_state_refs(seen - claim) > 0);
            return TRT_SUSPEND_IDLE;
        }
    }
}

uint64_t trt_state_complete(trt_task_state* state, uint64_t owned_refs) {
    uint64_t seen = trt_state_load(state), next;
    do {
        TRT_ASSERT((seen & TRT_TASK_CLAIMED) != 0 && (seen & TRT_TASK_COMPLETE) == 0);
        next = (seen & ~(TRT_TASK_CLAIMED | TRT_TASK_NOTIFIED)) | TRT_TASK_COMPLETE;
        next -= trt_state_nobody_waits(seen) ? owned_refs * TRT_TASK_REF : 0;
    } while (!swap(state, &seen, next));
    return next;
}

bool trt_state_abort(trt_task_state* state) {
    uint64_t seen = trt_state_load(state);
    for (;;) {
        if (seen & (TRT_TASK_COMPLETE | TRT_TASK_CANCELLED)) {
            return false;
        }
        bool push = (seen & TRT_TASK_CLAIMED) == 0;
        uint64_t next = (seen | TRT_TASK_CANCELLED) + (push ? TRT_TASK_CLAIM : 0);
        if (swap(state, &seen, next)) {
            return push;
        }
    }
}

bool trt_state_join_arm(trt_task_state* state) {
    uint64_t seen = trt_state_load(state);
    do {
        TRT_ASSERT((seen & TRT_TASK_JOIN_INTEREST) != 0 && (seen & TRT_TASK_JOIN_WAKER) == 0);
        if (seen & TRT_TASK_COMPLETE) {
            return false;
        }
    } while (!swap(state, &seen, seen | TRT_TASK_JOIN_WAKER));
    return true;
}

bool trt_state_join_disarm(trt_task_state* state) {
    uint64_t seen = trt_state_load(state);
    do {
        if (seen & TRT_TASK_COMPLETE) {
            return false;
        }
    } while (!swap(state, &seen, seen & ~TRT_TASK_JOIN_WAKER));
    return true;
}

uint64_t trt_state_join_leave(trt_task_state* state) {
    uint64_t seen = trt_state_load(state), next;
    do {
        TRT_ASSERT((seen & TRT_TASK_JOIN_INTEREST) != 0);
        next = seen & ~TRT_TASK_JOIN_INTEREST;
        if ((seen & TRT_TASK_COMPLETE) == 0) {
            next &= ~TRT_TASK_JOIN_WAKER;
        }
    } while (!swap(state, &seen, next));
    return seen;
}

bool trt_state_detach(trt_task_state* state) {
    uint64_t seen = trt_state_load(state);
    do {
        TRT_ASSERT((seen & TRT_TASK_JOIN_INTEREST) != 0);
        if (seen & (TRT_TASK_COMPLETE | TRT_TASK_JOIN_WAKER)) {
            return false;
        }
    } while (!swap(state, &seen, seen - TRT_TASK_JOIN_INTEREST - TRT_TASK_REF));
    return true;
}

bool trt_state_join_end(trt_task_state* state) {
    if (trt_state_is_sole(state, 1)) {
        return true;
    }
    // COMPLETE: nobody else writes these bits any more, so subtracting them cannot borrow.
    uint64_t before = trt_atomic_sub(state, TRT_TASK_JOIN_INTEREST + TRT_TASK_REF, TRT_ACQ_REL);
    TRT_ASSERT((before & TRT_TASK_COMPLETE) != 0 && (before & TRT_TASK_JOIN_INTEREST) != 0);
    return trt_state_refs(before) == 1;
}

void trt_state_ref(trt_task_state* state) {
    check_refs(trt_atomic_add(state, TRT_TASK_REF, TRT_RELAXED));
}

bool trt_state_unref(trt_task_state* state, uint64_t num) {
    if (trt_state_is_sole(state, num)) {
        return true;
    }
    uint64_t before = trt_atomic_sub(state, num * TRT_TASK_REF, TRT_ACQ_REL);
    TRT_ASSERT(trt_state_refs(before) >= num);
    return trt_state_refs(before) == num;
}
