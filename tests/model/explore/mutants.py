# SPDX-License-Identifier: Apache-2.0
"""Mistakes seeded on purpose, and the weakened orders that change nothing.

A mutant is a piece of text of one product file and what it becomes; the text must be in the file exactly once, so a
change of the product that touches it makes the run fail until this table is brought up to date. Weakened orders are
not listed here: explore.py weakens every order that it reaches, but for those in EQUIVALENT.
"""
import collections

Mutant = collections.namedtuple("Mutant", "name file old new structures")

STATE, TASK, HANDLE = "rt/exec/task_state.c", "rt/exec/task.c", "rt/exec/handle.c"
RUNQ, DEQUE_H, DEQUE = "rt/exec/runq.c", "rt/exec/deque.h", "rt/exec/deque.c"
PARK, SCHEDULE, DRIVER = "rt/exec/park.c", "rt/exec/schedule.c", "rt/time/driver.c"
REACTOR = "rt/reactor/reactor.c"
SLOT, POLLER, FUTEX = "rt/reactor/slot.c", "rt/os/linux/poller.c", "rt/os/linux/futex.c"
BLOCK_ON, BLOCKING = "rt/exec/block_on.c", "rt/exec/blocking.c"
SEMAPHORE_H, READY_H = "rt/sync/semaphore.h", "rt/reactor/ready.h"
ONESHOT, SEMAPHORE, NOTIFY, MPSC = (f"rt/sync/{name}.c" for name in ("oneshot", "semaphore", "notify", "mpsc"))
CANCEL, JOIN_SET, SCOPE = "rt/sync/cancel.c", "rt/exec/join_set.c", "rt/exec/scope.c"
BARRIER, BROADCAST, WATCH, CELLS = (f"rt/sync/{name}.c" for name in ("barrier", "broadcast", "watch", "cells"))
FUTURE_SET, OFFLOAD, BUDGET = "rt/fut/future_set.c", "rt/io/offload.c", "std/http/server/budget.c"

MUTANTS = [
    # The task.
    Mutant("a wake of a queued task writes nothing", STATE,
           "        uint64_t next = (seen | TRT_TASK_NOTIFIED) + (push ? TRT_TASK_REF : 0);",
           "        if (seen & TRT_TASK_NOTIFIED) {\n            return false;\n        }\n"
           "        uint64_t next = (seen | TRT_TASK_NOTIFIED) + (push ? TRT_TASK_REF : 0);", ["task_state"]),
    Mutant("suspend forgets a wake that came in the poll", STATE,
           "bool again = (seen & TRT_TASK_NOTIFIED) != 0;", "bool again = false;", ["task_state"]),
    Mutant("suspend forgets an abort that came in the poll", STATE,
           "trt_suspend trt_state_suspend(trt_task_state* state) {\n    uint64_t seen = trt_state_load(state);\n"
           "    for (;;) {\n        TRT_ASSERT((seen & TRT_TASK_RUNNING) != 0);\n        if (seen & TRT_TASK_CANCELLED) {",
           "trt_suspend trt_state_suspend(trt_task_state* state) {\n    uint64_t seen = trt_state_load(state);\n"
           "    for (;;) {\n        TRT_ASSERT((seen & TRT_TASK_RUNNING) != 0);\n        if (false) {", ["task_state"]),
    Mutant("abort counts a queue entry that nobody makes", STATE,
           "        if (push) {\n            next = (next | TRT_TASK_NOTIFIED)",
           "        if (true) {\n            next = (next | TRT_TASK_NOTIFIED)", ["task_state"]),
    Mutant("start leaves NOTIFIED", STATE, "trt_atomic_sub(state, TRT_TASK_NOTIFIED - TRT_TASK_RUNNING, TRT_ACQ_REL)",
           "trt_atomic_or(state, TRT_TASK_RUNNING, TRT_ACQ_REL)", ["task_state"]),
    Mutant("join_arm without a look at COMPLETE", STATE,
           "(seen & TRT_TASK_JOIN_WAKER) == 0);\n        if (seen & TRT_TASK_COMPLETE) {",
           "(seen & TRT_TASK_JOIN_WAKER) == 0);\n        if (false) {", ["task_state"]),
    Mutant("join_disarm without a look at COMPLETE", STATE,
           "bool trt_state_join_disarm(trt_task_state* state) {\n    uint64_t seen = trt_state_load(state);\n    do {\n"
           "        if (seen & TRT_TASK_COMPLETE) {",
           "bool trt_state_join_disarm(trt_task_state* state) {\n    uint64_t seen = trt_state_load(state);\n    do {\n"
           "        if (false) {", ["task_state"]),
    Mutant("wake_owned gives its reference back although it pushes", STATE, "next -= push ? 0 : TRT_TASK_REF;",
           "next -= TRT_TASK_REF;", ["task_state"]),
    Mutant("a waker gives its reference back before the push", TASK,
           "        waker_wake_by_ref(task);\n        trt_task_unref(task, 1);",
           "        trt_task_unref(task, 1);\n        waker_wake_by_ref(task);", ["task_state"]),
    Mutant("COMPLETE is published before the status", TASK,
           "    task->status = status;\n    uint64_t word = trt_state_complete(&task->state);",
           "    uint64_t word = trt_state_complete(&task->state);\n    task->status = status;", ["task_state"]),
    Mutant("the handle drops the waker that is the runner's", HANDLE,
           "if (!complete || (word & TRT_TASK_JOIN_WAKER) == 0) {", "if (true) {", ["task_state"]),
    Mutant("the handle drops an output that was taken", HANDLE,
           "if (complete && !output_taken && task->status == TMLRT_OK) {",
           "if (complete && task->status == TMLRT_OK) {", ["task_state"]),
    Mutant("the join waker is replaced without taking it back", HANDLE,
           "if (!trt_state_join_disarm(&task->state)) {", "if (false) {", ["task_state"]),
    # The join set.
    Mutant("a completion does not look who waits", JOIN_SET,
           "if ((word & WAITING) != 0 && (word & TAKING) == taking) {", "if (false) {", ["join_set"]),
    Mutant("two completions take a waker at once", JOIN_SET, "(word & TAKING) == taking)", "true)", ["join_set"]),
    Mutant("who takes a waker leaves its place to the owner", JOIN_SET, "(word ^ (WAITING | SLOT)) | TAKING;",
           "(word ^ WAITING) | TAKING;", ["join_set"]),
    Mutant("a completion reads the waker after its push", JOIN_SET, "                waker = *slot_of(set, word);\n",
           "", ["join_set"]),
    Mutant("the owner waits over what has ended", JOIN_SET,
           "        if (newest_of(word) != NULL) {\n            trt_waker_drop(slot);",
           "        if (false) {\n            trt_waker_drop(slot);", ["join_set"]),
    Mutant("a completion pushes into a set that was left", JOIN_SET, "    while ((word & CLOSED) == 0) {",
           "    while (true) {", ["join_set"]),
    Mutant("late completions are not waited for", JOIN_SET, "            num_late++; // its runner",
           "            ; // its runner", ["join_set"]),
    Mutant("who leaves does not settle", JOIN_SET, "    if (settle(set, num_late)) {", "    if (num_late == 0) {", ["join_set"]),
    Mutant("an ended task that is added is not linked", JOIN_SET, "    if (trt_join_set_insert(set, task)) {",
           "    if (trt_join_set_insert(set, task) && false) {", ["join_set"]),
    Mutant("a task that has ended is detached", JOIN_SET,
           "        if (!trt_state_join_disarm(&task->state)) {\n            continue;",
           "        if (!trt_state_join_disarm(&task->state) && false) {\n            continue;", ["join_set"]),
    # The scope.
    Mutant("a child is added to a scope that is over", SCOPE,
           "    bool ended = !closed && trt_join_set_insert(&scope->set, task);",
           "    bool ended = trt_join_set_insert(&scope->set, task);", ["scope"]),
    Mutant("who adds a child gives back a reference that it has not taken", SCOPE,
           "    trt_state_ref(&task->state); // it may end, and be taken, before the second half\n", "", ["scope"]),
    Mutant("a child that is added to a cancelled scope is not aborted", SCOPE, "    if (closed || cancelled) {",
           "    if (closed || (cancelled && false)) {", ["scope"]),
    Mutant("a scope ends without its lock", SCOPE,
           "    trt_join_set_seal(&scope->set, &members);\n    trt_mutex_unlock(&scope->lock);",
           "    trt_mutex_unlock(&scope->lock);\n    trt_join_set_seal(&scope->set, &members);", ["scope"]),
    Mutant("a failure is seen before the others are told", JOIN_SET,
           "    if (TRT_UNLIKELY(set->hooks != NULL)) {\n        set->hooks->ended(set, task);\n    }\n", "", ["scope"]),
    Mutant("a scope that loses its owner is not held meanwhile", SCOPE,
           "            trt_scope_ref(scope); // its holder strikes it before it lets go\n", "", ["scope"]),
    Mutant("a scope that ends stays with its owner", SCOPE, "    if (trt_list_linked(&scope->registered)) {",
           "    if (false) {", ["scope"]),
    # Queues.
    Mutant("a push is counted after the lock", RUNQ,
           "    trt_runq_push(&inbox->queue, task);\n    count(inbox, 1);\n    trt_mutex_unlock(&inbox->lock);",
           "    trt_runq_push(&inbox->queue, task);\n    trt_mutex_unlock(&inbox->lock);\n    count(inbox, 1);", ["inbox"]),
    Mutant("take leaves the count", RUNQ, "    trt_atomic_store(&inbox->len, 0, TRT_SEQ_CST);\n", "", ["inbox"]),
    Mutant("the ring takes one item too many", DEQUE_H, ">= TRT_DEQUE_CAP) { // S", "> TRT_DEQUE_CAP) { // S", ["deque"]),
    Mutant("pop moves head without a comparison", DEQUE_H,
           "if (trt_atomic_cas(&deque->head, &head, head + 1, TRT_RELAXED, TRT_RELAXED)) {",
           "if ((trt_atomic_store(&deque->head, head + 1, TRT_RELAXED), true)) {", ["deque"]),
    Mutant("tail is published before the slot", DEQUE_H,
           "    if (!trt_deque_reserve(deque, tail, item)) {\n        return false;\n    }\n"
           "    trt_atomic_store(&deque->tail, tail + 1, TRT_RELEASE_ORDER); // P\n    return true;",
           "    trt_atomic_store(&deque->tail, tail + 1, TRT_RELEASE_ORDER);\n"
           "    return trt_deque_reserve(deque, tail, item);", ["deque"]),
    Mutant("a thief reads the slot after it has moved head", DEQUE, "        return oldest;",
           "        oldest = trt_atomic_load(trt_deque_slot(from, head), TRT_RELAXED);\n        return oldest;", ["deque"]),
    Mutant("overflow takes half without a comparison", DEQUE,
           "    return trt_atomic_cas(&deque->head, &head, head + TRT_DEQUE_HALF, TRT_RELAXED, TRT_RELAXED);",
           "    trt_atomic_store(&deque->head, head + TRT_DEQUE_HALF, TRT_RELAXED);\n    return true;", ["deque"]),
    # Parking and scheduling.
    Mutant("no second look at the own queues and the injector", PARK, "bool work = local_work(worker) || (look_further",
           "bool work = (look_further", ["park"]),
    Mutant("no second look at the others' deques", PARK, "(look_further && trt_shared_work(worker->core));",
           "(look_further && false);", ["park"]),
    Mutant("no second look at the stop condition", PARK, "bool stop = !work && trt_worker_should_stop(worker);",
           "bool stop = false;", ["park"]),
    Mutant("a search is given up before IDLE is set", PARK,
           "    trt_atomic_or(worker->idle_word, worker->idle_bit, TRT_SEQ_CST);\n"
           "    bool look_further = !worker->is_alone && search_give_up(worker) == 0;",
           "    bool look_further = !worker->is_alone && search_give_up(worker) == 0;\n"
           "    trt_atomic_or(worker->idle_word, worker->idle_bit, TRT_SEQ_CST);", ["park"]),
    Mutant("a search given up at parking is not taken up again", PARK,
           "            trt_search_begin(worker);\n        }\n        return !stop;", "        }\n        return !stop;", ["park"]),
    Mutant("the last searcher does not look again", PARK,
           "if (search_give_up(worker) == 0 && trt_shared_work(worker->core)) {",
           "if (search_give_up(worker) == 99) {", ["park"]),
    Mutant("notify does not look again when nobody slept", PARK,
           "        trt_atomic_sub(num, 1, TRT_SEQ_CST);\n    }",
           "        trt_atomic_sub(num, 1, TRT_SEQ_CST);\n        return;\n    }", ["park"]),
    Mutant("a granted search is not taken", PARK,
           "    worker->is_searching = (before & bit << GRANT_SHIFT) != 0;",
           "    worker->is_searching = false && before;", ["park"]),
    Mutant("GRANT stays", PARK, "both = bit | bit << GRANT_SHIFT;", "both = bit;", ["park"]),
    Mutant("unpark clears the bit and wakes nobody", PARK,
           "    trt_reactor_wake(worker->reactor);\n    return true;", "    return true;", ["park"]),
    Mutant("a home task wakes nobody", SCHEDULE, "        trt_unpark(home);\n", "", ["park"]),
    Mutant("an injected task wakes nobody", SCHEDULE,
           "        trt_inbox_push(&core->injector, task);\n        trt_notify(core);",
           "        trt_inbox_push(&core->injector, task);", ["park"]),
    Mutant("a glance does not tell of the task that it puts back", SCHEDULE,
           "bool came = beat || home || one.head != NULL;", "bool came = beat || (home && one.head != NULL);", ["park"]),
    Mutant("a worker that slept does not look at its timers", PARK,
           "    unregister(worker);\n    trt_timer_driver_advance(&worker->timers);\n    return true;",
           "    unregister(worker);\n    return true;", ["worker"]),
    Mutant("a turn of the reactor delivers nothing", REACTOR,
           "woken += trt_slot_deliver(slot, events[i].token, events[i].bits);", "woken += slot == NULL;", ["worker"]),
    # Timers.
    Mutant("an earlier deadline wakes nobody", DRIVER,
           "    trt_atomic_store(&driver->sleeping_until_ns, 0, TRT_RELAXED);\n    return true;",
           "    trt_atomic_store(&driver->sleeping_until_ns, 0, TRT_RELAXED);\n    return false;", ["park"]),
    Mutant("the owner does not note until when it sleeps", DRIVER,
           "    trt_atomic_store(&driver->sleeping_until_ns, next_ns, TRT_RELAXED);\n", "", ["park"]),
    Mutant("cancel does not look again under the lock", DRIVER,
           "        armed = trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_ARMED;", "        armed = true;", ["timers"]),
    Mutant("cancel leaves the waker", DRIVER, "    if (armed) {\n        timer->waker.vtable->drop(timer->waker.data);",
           "    if (false) {\n        timer->waker.vtable->drop(timer->waker.data);", ["timers"]),
    Mutant("a move does not look again under the lock", DRIVER,
           "        moved = trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_ARMED;", "        moved = true;",
           ["timers"]),
    Mutant("a poll does not look again under the lock", DRIVER,
           "    bool fired = trt_atomic_load(&timer->state, TRT_RELAXED) == TRT_TIMER_FIRED;", "    bool fired = false;",
           ["timers"]),
    Mutant("FIRED is published before the waker is copied", DRIVER, "        out[num++] = timer->waker;\n",
           "        trt_atomic_store(&timer->state, TRT_TIMER_FIRED, TRT_RELEASE_ORDER);\n        out[num++] = timer->waker;\n",
           ["timers"]),
    # Slots.
    Mutant("deliver without the generation test", SLOT,
           "if (TRT_LIKELY(slot->generation == (uint32_t)(token >> 32))) {", "if (token != 99) {", ["slots"]),
    Mutant("give_back keeps the generation", SLOT, "    slot->generation++;\n", "", ["slots"]),
    Mutant("clear without the tick compare", READY_H,
           "if (trt_ready_tick(word, direction) != tick || (word & unless)) {",
           "if (tick == UINT32_MAX || (word & unless)) {", ["slots"]),
    Mutant("deliver leaves the tick", SLOT,
           "        wanted = flags & READ_READY ? next_tick(wanted, TRT_DIR_READ) : wanted;\n", "", ["slots"]),
    Mutant("no second look at readiness under the lock", SLOT,
           "    bool ready = trt_ready_look(slot, direction, out_tick);", "    bool ready = false;", ["slots"]),
    Mutant("no second look for a hangup under the lock", SLOT, "    bool gone = trt_io_hung_up(slot);",
           "    bool gone = false;", ["slots"]),
    Mutant("a chunk is published before it is made", SLOT,
           "    for (uint32_t i = TRT_SLOT_CHUNK; i-- > 0;) {\n        uint32_t index",
           "    trt_atomic_store(&table->chunks[at], chunk, TRT_RELEASE_ORDER);\n"
           "    for (uint32_t i = TRT_SLOT_CHUNK; i-- > 0;) {\n        uint32_t index", ["slots"]),
    # The operating system's: poller, lock, parker.
    Mutant("the poller waits although it was notified", POLLER,
           "        return timeout_ns;\n    }\n    return 0;\n}", "        return timeout_ns;\n    }\n    return timeout_ns;\n}",
           ["poller_wake"]),
    Mutant("a wake of a waiting poller does not write", POLLER, "(before == WAKE_WAITING) {", "(before == 99) {",
           ["poller_wake"]),
    Mutant("a wake of a poller on the futex wakes nobody", POLLER, "(before == WAKE_SLEEPING) {", "(before == 99) {",
           ["poller_wake"]),
    Mutant("the poller sleeps on the futex although it was notified", POLLER,
           "    if (trt_atomic_cas(&poller->wake_state, &expected, WAKE_SLEEPING, TRT_SEQ_CST, TRT_RELAXED) &&",
           "    expected = trt_atomic_xchg(&poller->wake_state, WAKE_SLEEPING, TRT_SEQ_CST);\n    if (expected < 99 &&",
           ["poller_wake"]),
    Mutant("no second look for a handle before the sleep on the futex", POLLER,
           "        trt_atomic_load(&poller->num_watched, TRT_SEQ_CST) == 0) {", "        true) {", ["poller_wake"]),
    Mutant("the first handle does not wake the owner", POLLER,
           "if (TRT_UNLIKELY(trt_atomic_load(&poller->wake_state, TRT_SEQ_CST) == WAKE_SLEEPING)) {", "if (false) {",
           ["poller_wake"]),
    Mutant("the lock's slow path forgets that others sleep", FUTEX,
           "trt_atomic_xchg(&mutex->state, TRT_MUTEX_CONTENDED, TRT_ACQUIRE_ORDER)",
           "trt_atomic_xchg(&mutex->state, TRT_MUTEX_HELD, TRT_ACQUIRE_ORDER)", ["futex"]),
    Mutant("a token that comes with the timeout is lost", FUTEX,
           "return trt_atomic_xchg(&parker->token, PARKER_EMPTY, TRT_ACQUIRE_ORDER) == PARKER_TOKEN;",
           "trt_atomic_xchg(&parker->token, PARKER_EMPTY, TRT_ACQUIRE_ORDER);\n            return false;", ["futex"]),
    Mutant("unpark wakes nobody", FUTEX, "== PARKER_PARKED) {", "== 99) {", ["futex"]),
    # block_on and the blocking pool.
    Mutant("a clone of a thread's waker is not counted", BLOCK_ON,
           "    trt_atomic_add(&self->refs, 1, TRT_RELAXED);\n    *out_waker", "    (void)self;\n    *out_waker",
           ["block_on"]),
    Mutant("a thread's waker is given back before the wake", BLOCK_ON,
           "    parker_wake_by_ref(data);\n    parker_unref(data);", "    parker_unref(data);\n    parker_wake_by_ref(data);",
           ["block_on"]),
    Mutant("a job is queued after the shutdown", BLOCKING, "    if (pool->closed) {\n        return TMLRT_E_SHUTDOWN;",
           "    if (false) {\n        return TMLRT_E_SHUTDOWN;", ["blocking"]),
    Mutant("room in the queue is told to nobody", BLOCKING, "                release_one(&pool->callers);\n", "", ["blocking"]),
    # Channels and locks.
    Mutant("a waker is registered over a value that is there", ONESHOT, "if (set_unless(self, bit, over) & over) {",
           "if (set_unless(self, bit, 0) & 0) {", ["oneshot"]),
    Mutant("the sender forgets the wakers", ONESHOT, "if ((word & (RX_WAKER | TX_WAKER)) == 0) {", "if (true) {",
           ["oneshot"]),
    Mutant("a send into a closed channel answers OK", ONESHOT, "if (with_value && (word & CLOSED) == 0) {",
           "if (with_value) {", ["oneshot"]),
    Mutant("the receiver leaves without a second look for the value", ONESHOT,
           "        word = load(owned_receiver);\n    }", "    }", ["oneshot"]),
    Mutant("a release overtakes those who wait", SEMAPHORE_H,
           "    while (TRT_LIKELY((word & TRT_SEMAPHORE_WAITERS) == 0)) {", "    while (true) {", ["semaphore"]),
    Mutant("a cancelled acquire keeps what it was given", SEMAPHORE,
           "uint64_t back = state == TRT_WAITER_IDLE ? 0 : waiter->got;", "uint64_t back = state == 99;", ["semaphore"]),
    Mutant("no second look at the permits under the lock", SEMAPHORE,
           "take = word >> SHIFT < num ? word >> SHIFT : num;", "take = 0;", ["semaphore"]),
    Mutant("no second look for a waiter under the lock", NOTIFY,
           "    if (!store(notify)) { // the last waiter may have left meanwhile", "    if (true) {", ["notify"]),
    Mutant("a cancelled wait keeps its permit", NOTIFY, "    if (state == BY_ONE) {", "    if (state == 99) {", ["notify"]),
    Mutant("a poll does not compare the round", NOTIFY, "    while (*word >> SHIFT == waiter->round) {",
           "    while (true) {", ["notify"]),
    # Cancellation tokens.
    Mutant("no second look at the reason under the lock, before it is written", CANCEL,
           "    trt_mutex_lock(lock);\n    if (is_cancelled(token)) {", "    trt_mutex_lock(lock);\n    if (false) {", ["cancel"]),
    Mutant("who waits looks at the reason only before the lock", CANCEL,
           "    bool ready = is_cancelled(token);", "    bool ready = waiter->queued && is_cancelled(token);", ["cancel"]),
    Mutant("a cancel ends at the token itself", CANCEL, "at = next_below(token, at, is_new);", "at = next_below(token, at, false);", ["cancel"]),
    Mutant("a token below does not hold the one above", CANCEL, "            trt_cancel_ref(parent);\n", "", ["cancel"]),
    Mutant("a token is made below without the lock", CANCEL,
           "            trt_list_push_back(&parent->children, &token->sibling);\n        }\n"
           "        trt_mutex_unlock(&parent->root->lock);\n",
           "        }\n        trt_mutex_unlock(&parent->root->lock);\n        if (reason == TMLRT_CANCEL_NONE) {\n"
           "            trt_list_push_back(&parent->children, &token->sibling);\n        }\n", ["cancel"]),
    Mutant("a token leaves its parent without the lock", CANCEL,
           "            trt_mutex_lock(lock);\n            trt_list_remove(&token->sibling);\n        }",
           "            trt_list_remove(&token->sibling);\n            trt_mutex_lock(lock);\n        }", ["cancel"]),
    Mutant("ready is published before the slot", MPSC,
           "        move(self, slot(self, self->tail, self->tail_len++), value);\n"
           "        // Release pairs with the acquire of head_ready.\n"
           "        trt_atomic_store(&self->tail->ready, self->tail_len, TRT_RELEASE_ORDER);",
           "        trt_atomic_store(&self->tail->ready, self->tail_len + 1, TRT_RELEASE_ORDER);\n"
           "        move(self, slot(self, self->tail, self->tail_len++), value);", ["mpsc"]),
    Mutant("no second look for values under the lock", MPSC,
           ": mpsc->tail == at ? mpsc->tail_len != mpsc->index", ": mpsc->tail == at ? false", ["mpsc"]),
    Mutant("the last sender wakes nobody", MPSC, "    tmlrt_waker waker = take_waker(owned_sender);",
           "    tmlrt_waker waker = {NULL, NULL};", ["mpsc"]),
    Mutant("a value goes in after the receiver has left", MPSC,
           "    if (self->rx_gone || (self->closed && !bounded(self))) {", "    if (self->closed && !bounded(self)) {",
           ["mpsc"]),
    Mutant("room that comes back after the close is told to nobody", MPSC,
           "    if (trt_semaphore_closed(&mpsc->room)) {\n        wake_receiver(mpsc);\n    }",
           "    if (false) {\n        wake_receiver(mpsc);\n    }", ["mpsc"]),
    Mutant("the barrier keeps its count after a round", BARRIER, "        barrier->there = 0;\n", "", ["barrier"]),
    Mutant("a cancelled waiter has arrived all the same", BARRIER, "        barrier->there--;\n", "", ["barrier"]),
    Mutant("a copy is not pinned", BROADCAST, "next = word - ONE_UNSEEN + PIN;", "next = word - ONE_UNSEEN;",
           ["broadcast"]),
    Mutant("a value is destroyed while it is copied", BROADCAST, "    return (word & PINS) == 0 ? old : NULL;",
           "    return old;", ["broadcast"]),
    Mutant("a receiver takes a value that was overwritten", BROADCAST,
           "(receiver->next & UINT32_MAX) || (word & DEAD) != 0) {", "(receiver->next & UINT32_MAX)) {", ["broadcast"]),
    Mutant("a receiver does not look at the value's number", BROADCAST,
           "word >> SHIFT_NUMBER != (receiver->next & UINT32_MAX) ||", "", ["broadcast"]),
    Mutant("a receiver that goes leaves what only it had not seen", BROADCAST,
           "    return (next & UNSEEN) == 0 && (word & PINS) == 0;", "    return (word & PINS) == PINS;", ["broadcast"]),
    Mutant("a receiver that goes destroys without a pin", BROADCAST, "            next += PIN;", "            next += 0;",
           ["broadcast"]),
    Mutant("what a twin has not seen is not counted", BROADCAST,
           "        trt_atomic_add(&cell_at(self, i)->word, ONE_UNSEEN, TRT_ACQ_REL);", "", ["broadcast"]),
    Mutant("the last copy leaves a value that nobody is to see", BROADCAST,
           "((word & UNSEEN) == 0 || (word & DEAD) != 0)) {", "(word & UNSEEN) == 0) {", ["broadcast"]),
    Mutant("no second look for a broadcast value under the lock", BROADCAST,
           "    tmlrt_status status = look(receiver, out_missed);\n    if (waiter->state",
           "    tmlrt_status status = TMLRT_E_AGAIN;\n    if (waiter->state", ["broadcast"]),
    Mutant("the last sender of a broadcast wakes nobody", BROADCAST, "    if (--owned_sender->senders == 0) {",
           "    if (--owned_sender->senders == 99) {", ["broadcast"]),
    Mutant("a copy of the watched value is not pinned", CELLS, "    if (cell->pins == 0) {", "    if (true) {", ["watch"]),
    Mutant("the last pin of a replaced value leaves it", CELLS, "if (--cell->pins == 0 && cell->retired) {",
           "if (--cell->pins == 99) {", ["watch"]),
    Mutant("no second look for a change under the lock", WATCH,
           "    tmlrt_status status = changed_locked(receiver);\n    if (waiter->state",
           "    tmlrt_status status = TMLRT_E_AGAIN;\n    if (waiter->state", ["watch"]),
    Mutant("the last sender of a watch wakes nobody", WATCH, "    if (--owned_sender->senders == 0) {",
           "    if (--owned_sender->senders == 99) {", ["watch"]),
    Mutant("a cancelled wait has seen the change", WATCH,
           "    trt_waiter_unlink(waiter, &old);\n    trt_mutex_unlock(&receiver->channel->lock);",
           "    trt_waiter_unlink(waiter, &old);\n    receiver->seen = trt_atomic_load(&receiver->channel->version, TRT_RELAXED);\n"
           "    trt_mutex_unlock(&receiver->channel->lock);", ["watch"]),
    # Sets of futures.
    Mutant("who waits for a set is stored after the look at the bits", FUTURE_SET,
           "    set_owner(self->set, cx->waker);\n    int64_t ended = pass(self->set, cx);",
           "    int64_t ended = pass(self->set, cx);\n    set_owner(self->set, cx->waker);", ["future_set"]),
    Mutant("a set is woken before the member is marked", FUTURE_SET,
           "    if (mark(self->set, self->index)) { // else somebody has woken, or is about to\n        wake_owner(self->set);\n    }",
           "    wake_owner(self->set);\n    mark(self->set, self->index);", ["future_set"]),
    Mutant("a clone of a member's waker is not counted", FUTURE_SET,
           "    trt_atomic_add(&((node*)waker->data)->set->refs, 1, TRT_RELAXED);\n", "", ["future_set"]),
    Mutant("members that were not reached are forgotten", FUTURE_SET,
           "        trt_atomic_or(&set->ready[word], bits, TRT_RELAXED);", "", ["future_set"]),
    # Blocking calls of leaves, and the server's budget.
    Mutant("a refused call is never given back", OFFLOAD,
           "        self->head.state = TMLRT_FRAME_DONE;\n        job_ends(self->op);\n    }",
           "        self->head.state = TMLRT_FRAME_DONE;\n    }", ["offload"]),
    Mutant("a call that was started is the leaf's alone", OFFLOAD, "trt_atomic_store(&op->refs, 2, TRT_RELAXED);",
           "trt_atomic_store(&op->refs, 1, TRT_RELAXED);", ["offload"]),
    Mutant("a giver looks for waiters before it gives", BUDGET,
           "    trt_atomic_sub(&budget->held, bytes, TRT_SEQ_CST);\n    wake_fitting(budget);",
           "    wake_fitting(budget);\n    trt_atomic_sub(&budget->held, bytes, TRT_SEQ_CST);", ["budget"]),
    Mutant("who is woken and leaves wakes nobody", BUDGET, "    trt_waker_drop(&former);\n    wake_fitting(budget);",
           "    trt_waker_drop(&former);", ["budget"]),
    # The spin lock.
    Mutant("the spin lock's slow path takes what is held", FUTEX,
           "            trt_atomic_xchg(&spin->held, 1, TRT_ACQUIRE_ORDER) == 0) {",
           "            trt_atomic_xchg(&spin->held, 1, TRT_ACQUIRE_ORDER) != 2) {", ["spin"]),
]

COVERED = "the tail, stored after it and loaded before it, covers a value that is there; "
NEWEST = "a read-modify-write reads the newest value whatever its order; "
# (file, function, access, how): why nothing can be seen of it.
EQUIVALENT = {
    (STATE, "swap", "cas(state)", "fail-relaxed"):
        "who learns of COMPLETE by a round that fails loads the word again before he looks at the output",
    (STATE, "trt_state_start", "sub(state)", "no-release"):
        "passes on what was released before, and has nothing to add: it takes the frame",
    (DEQUE_H, "trt_deque_empty", "load(&deque->head)", "no-seq_cst"):
        "a head that is too old only makes the queue look longer; the tail is what announces",
    (PARK, "trt_unpark", "and(worker->idle_word)", "no-seq_cst"):
        NEWEST + "the load before it is the one that parking needs in the total order",
    (PARK, "unregister", "and(worker->idle_word)", "no-seq_cst"):
        NEWEST + "a pusher that sees the bits for too long finds out by its own compare-and-swap",
    (PARK, "grant", "load(&core->idle.bits[i])", "no-seq_cst"):
        "only a hint for the compare-and-swap; that nobody sleeps is decided by any_idle, which trt_notify asks again",
    (PARK, "grant", "cas(&core->idle.bits[i])", "no-seq_cst"): NEWEST + "the sleeper takes GRANT by one as well",
    (PARK, "grant", "cas(&core->idle.bits[i])", "fail-no-seq_cst"): "as the load before it",
    (PARK, "trt_notify", "cas(num)", "no-seq_cst"):
        NEWEST + "who relies on a searcher is ordered by that one's end, not by its beginning",
    (PARK, "trt_notify", "cas(num)", "fail-no-seq_cst"): "what it read is not looked at",
    (PARK, "trt_notify", "sub(num)", "no-seq_cst"):
        "the load of the loop's next round reads it in the total order: nobody who asks later reads an older one",
    (PARK, "trt_search_begin", "load(&core->idle.num_searching)", "no-seq_cst"):
        "a refusal by an old value leads to trt_park, which asks again in the total order",
    (PARK, "trt_search_begin", "cas(&core->idle.num_searching)", "no-seq_cst"):
        NEWEST + "who relies on a searcher is ordered by that one's end, not by its beginning",
    (PARK, "trt_search_begin", "cas(&core->idle.num_searching)", "fail-no-seq_cst"): "as the load before it",
    (RUNQ, "trt_inbox_take", "store(&inbox->len)", "no-seq_cst"):
        "a length that is too old costs a look under the lock; only one that grows has to be seen",
    (NOTIFY, "trt_notify_all", "add(&notify->word)", "no-acquire"):
        "reads nothing that others wrote; as a read-modify-write it passes on what was released before",
    (NOTIFY, "rest", "and(&notify->word)", "no-acquire"): "under the lock; tells nobody anything",
    (NOTIFY, "rest", "and(&notify->word)", "no-release"): "passes on what was released before, and has nothing to add",
    (NOTIFY, "take", "cas(&notify->word)", "no-release"): "passes on what was released before, and has nothing to add",
    (NOTIFY, "take_or_queue", "cas(&notify->word)", "no-acquire"): "under the lock; take looked before with acquire",
    (NOTIFY, "take_or_queue", "cas(&notify->word)", "no-release"):
        "passes on what was released before; the waiter itself is under the lock",
    (BROADCAST, "cell_in", "load(&self->ring[place])", "relaxed"):
        COVERED + "a cell that is newer than that is refused by its number, by a compare-and-swap that reads the newest",
    (BROADCAST, "fill", "store(&chosen->word)", "relaxed"): COVERED + "the word comes before it",
    (BROADCAST, "fill", "store(&self->ring[self->place])", "relaxed"): COVERED + "the place comes before it",
    (BROADCAST, "trt_broadcast_take", "cas(&at->word)", "relaxed"):
        COVERED + "who moves the value out acquires the others' copies by his unpin",
    (BROADCAST, "unpin_last", "sub(&of->word)", "no-acquire"):
        "whoever comes here has the value to himself by an acquire of the same word before",
    (BROADCAST, "unpin", "cas(&of->word)", "no-acquire"):
        "nothing is read after it; its failure acquires, and no success may be weaker than it",
    (BROADCAST, "bury", "or(&old->word)", "no-release"): "passes on what was released before, and has nothing to add",
    (BROADCAST, "skip", "cas(&of->word)", "no-release"): "passes on what was released before, and has nothing to add",
    (BROADCAST, "add_receiver", "add(&cell_at(self, i)->word)", "no-acquire"): "the value is not looked at",
    (BROADCAST, "add_receiver", "add(&cell_at(self, i)->word)", "no-release"):
        "passes on what was released before, and has nothing to add",
    (BUDGET, "trt_budget_take", "cas(&budget->held)", "no-seq_cst"): NEWEST + "who succeeds waits for nobody",
    (BUDGET, "trt_budget_take", "cas(&budget->held)", "fail-no-seq_cst"):
        "the load before it is in the total order: who gives after that sees that somebody waits",
    (BUDGET, "take_fitting", "load(&budget->held)", "no-seq_cst"):
        "a giver sees what it gave itself and all that was given before; who was woken sees what woke it",
    (ONESHOT, "finish", "cas(&self->word)", "fail-relaxed"): "the round that succeeds acquires",
    (ONESHOT, "clear_unless", "cas(&self->word)", "no-acquire"):
        "a slot that is taken back was read by nobody else; its failure acquires, and no success may be weaker than it",
    (ONESHOT, "clear_unless", "cas(&self->word)", "no-release"): "the slot is written before the bit is set again",
}
