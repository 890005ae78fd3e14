// SPDX-License-Identifier: Apache-2.0
// Reactors and timers of workers: which one is the current one, which one watches what is shared,
// and helping a lender (drivers.h).
#include "rt/exec/drivers.h"

#include "rt/exec/runtime.h"

static trt_worker* current_or_default(void) {
    trt_worker* worker = trt_current_worker();
    if (worker == NULL) {
        tmlrt_status status;
        tmlrt_runtime* runtime = trt_runtime_get_default(&status);
        if (runtime == NULL) {
            trt_guard_fail(status);
        }
        worker = &runtime->workers[0];
    }
    return worker;
}

trt_reactor* trt_current_reactor(void) {
    return current_or_default()->reactor;
}

trt_timer_driver* trt_current_timers(void) {
    return &current_or_default()->timers;
}

// ---- lending ------------------------------------------------------------------------------------

static bool runs_home_task(const trt_worker* worker) {
    const tmlrt_task* task = trt_atomic_load(&worker->running, TRT_RELAXED);
    return task != NULL && task->home != TRT_HOME_NONE;
}

static bool keeps(const tmlrt_runtime* core) {
    return core->config.per_core ||
           trt_atomic_load(&((tmlrt_runtime*)core)->keeps, TRT_RELAXED) != 0;
}

trt_reactor* trt_reactor_to_share(void) {
    trt_worker* me = current_or_default();
    tmlrt_runtime* core = me->core;
    if (me->is_alone || (me == trt_current_worker() && runs_home_task(me))) {
        return me->reactor;
    }
    bool lend = !keeps(core);
    uint32_t step = lend ? TRT_LENDERS : 1, num = (core->num_workers + step - 1) / step;
    uint32_t turn = trt_atomic_add(&core->next_handle, 1, TRT_RELAXED) % num;
    trt_worker* other = &core->workers[(size_t)turn * step];
    trt_worker* mine = &core->workers[me->index - me->index % step];
    if (trt_reactor_num_handles(other->reactor) < trt_reactor_num_handles(mine->reactor)) {
        mine = other;
    }
    if (lend && trt_atomic_load(&mine->lends, TRT_RELAXED) == 0) {
        trt_atomic_store(&mine->lends, 1, TRT_RELAXED);
        trt_watchdog_note(&core->observe.watchdog); // nobody may have slept and woken yet
    }
    return mine->reactor;
}

void trt_drivers_keep(tmlrt_runtime* core) {
    trt_atomic_store(&core->keeps, 1, TRT_RELAXED);
}

bool trt_drivers_lends(const trt_worker* worker) {
    // Relaxed: a hint. Who reads an older value lets the owner come.
    return trt_atomic_load(&((trt_worker*)worker)->lends, TRT_RELAXED) != 0 && !keeps(worker->core);
}

// ---- helping ------------------------------------------------------------------------------------

static tmlrt_task* take(trt_worker* me) {
    tmlrt_task* task = trt_deque_pop(&me->deque);
    if (task == NULL) {
        task = me->lifo;
        me->lifo = NULL;
    }
    return task != NULL ? task : trt_runq_pop(&me->local);
}

static tmlrt_task* help(trt_worker* me, trt_worker* lender) {
    uint32_t woken = 0;
    me->collects = true;
    (void)!trt_reactor_help(lender->reactor, &woken);
    me->collects = false;
    return woken == 0 ? NULL : take(me);
}

tmlrt_task* trt_drivers_help(trt_worker* me) {
    tmlrt_runtime* core = me->core;
    tmlrt_task* task = NULL;
    uint32_t num = (core->num_workers + TRT_LENDERS - 1) / TRT_LENDERS;
    for (uint32_t i = 0; task == NULL && i < num; i++) {
        // From one that differs from time to time, as a thief does: none is passed over for ever.
        trt_worker* lender = &core->workers[(size_t)((me->seed / 65536 + i) % num) * TRT_LENDERS];
        if (lender != me && trt_drivers_lends(lender)) {
            task = help(me, lender);
        }
    }
    return task;
}
