// SPDX-License-Identifier: Apache-2.0
// Parking (rt/exec/park.c) with the real queues and timer drivers. A reactor is a token here
// (poller_wake shows that the real one may be taken for that). A wake-up that is lost leaves a
// parked worker with a task in its queue: a deadlock.
#include "rt/exec/park.h"

#include "rt/exec/runq.h"
#include "rt/exec/runtime.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM_WORKERS = 2, MAX_TASKS = 3 };

static union {
    tmlrt_runtime core;
    char bytes[sizeof(tmlrt_runtime) + NUM_WORKERS * sizeof(trt_worker)];
} s_space;
static trt_parker s_tokens[NUM_WORKERS];
static tmlrt_task s_tasks[MAX_TASKS];
static trt_atomic_u32 s_runs;
static trt_mutex s_owned_lock;
static unsigned s_owned; ///< under s_owned_lock, as closed
static bool s_closed;
static uint64_t s_now_ns;
static trt_timer s_timer;
static rig_waker s_alarm;

struct trt_reactor {
    int unused;
};

static trt_worker* worker(unsigned index) {
    return &s_space.core.workers[index];
}

// ---- what park.c calls ------------------------------------------------------------------------

static unsigned index_of_reactor(const trt_reactor* reactor) {
    return reactor == worker(0)->reactor ? 0 : 1;
}

tmlrt_status trt_reactor_turn(trt_reactor* reactor, uint64_t timeout_ns, uint32_t* out_woken) {
    *out_woken = 0;
    if (timeout_ns != 0 && !trt_parker_park(&s_tokens[index_of_reactor(reactor)], timeout_ns)) {
        s_now_ns += timeout_ns;
    }
    return TMLRT_OK;
}

void trt_reactor_wake(trt_reactor* reactor) {
    trt_parker_unpark(&s_tokens[index_of_reactor(reactor)]);
}

// As worker.c: stopping, and the list of owned tasks is closed and empty.
bool trt_worker_should_stop(trt_worker* self) {
    if (trt_atomic_load(&self->core->phase, TRT_SEQ_CST) == TRT_PHASE_RUNNING) {
        return false;
    }
    trt_mutex_lock(&s_owned_lock);
    bool drained = s_closed && s_owned == 0;
    trt_mutex_unlock(&s_owned_lock);
    return drained;
}

static void disown(void) {
    trt_mutex_lock(&s_owned_lock);
    bool drained = --s_owned == 0 && s_closed;
    trt_mutex_unlock(&s_owned_lock);
    if (drained) {
        trt_unpark_all(&s_space.core);
    }
}

static uint64_t now(void* clock) {
    return *(uint64_t*)clock;
}

static void unpark_owner(void* owner) {
    trt_unpark(owner);
}

// ---- set-up -----------------------------------------------------------------------------------

static trt_reactor s_reactors[NUM_WORKERS];

static void setup(void) {
    s_space.core = (tmlrt_runtime){.num_workers = NUM_WORKERS, .clock = {now, NULL, &s_now_ns}};
    s_now_ns = 0;
    for (unsigned i = 0; i < NUM_WORKERS; i++) {
        *worker(i) = (trt_worker){.core = &s_space.core, .index = i, .reactor = &s_reactors[i]};
        trt_timer_driver_init(&worker(i)->timers, unpark_owner, worker(i), now, &s_now_ns);
        s_tokens[i] = (trt_parker){{0}};
    }
    for (unsigned i = 0; i < MAX_TASKS; i++) {
        s_tasks[i] = (tmlrt_task){.home = TRT_HOME_NONE};
    }
    s_timer = (trt_timer){.driver = NULL};
    s_alarm = (rig_waker){0, 0};
    trt_atomic_init(&s_runs, 0);
    s_owned_lock = (trt_mutex){{0}};
    s_owned = 0;
    s_closed = false;
    model_name(&s_space.core.idle, sizeof(s_space.core.idle), "idle");
    model_name(&s_space.core.injector, sizeof(s_space.core.injector), "injector");
    model_name(&s_space.core.phase, sizeof(s_space.core.phase), "phase");
    model_name(&worker(1)->inbox, sizeof(worker(1)->inbox), "inbox of 1");
}

// ---- threads ----------------------------------------------------------------------------------

// The worker's loop without a task to run in it: counts what it finds, parks, stops.
static void work(unsigned index) {
    for (;;) {
        tmlrt_task* task = trt_runq_next(worker(index));
        task = task != NULL ? task : trt_inbox_pop(&s_space.core.injector);
        if (task != NULL) {
            trt_atomic_add(&s_runs, 1, TRT_RELAXED);
            disown();
        } else if (trt_worker_should_stop(worker(index))) {
            return;
        } else {
            trt_park(worker(index));
        }
    }
}
static void work_0(void) {
    work(0);
}
static void work_1(void) {
    work(1);
}

// Runs one task and ends: with one task and one worker that is all there is.
static void work_until_one(void) {
    while (trt_atomic_load(&s_runs, TRT_RELAXED) == 0) {
        tmlrt_task* task = trt_runq_next(worker(1));
        task = task != NULL ? task : trt_inbox_pop(&s_space.core.injector);
        if (task != NULL) {
            trt_atomic_add(&s_runs, 1, TRT_RELAXED);
        } else {
            trt_park(worker(1));
        }
    }
}

static void push(unsigned number) {
    trt_inbox_push(&s_space.core.injector, &s_tasks[number]);
    trt_unpark_one(&s_space.core);
}
static void push_home(void) {
    trt_inbox_push(&worker(1)->inbox, &s_tasks[0]);
    trt_unpark(worker(1));
}
static void push_0(void) {
    push(0);
}
static void push_1(void) {
    push(1);
}
static void stop(void) {
    trt_atomic_store(&s_space.core.phase, TRT_PHASE_STOPPING, TRT_SEQ_CST);
    trt_mutex_lock(&s_owned_lock);
    s_closed = true;
    trt_mutex_unlock(&s_owned_lock);
    trt_unpark_all(&s_space.core);
}
static void push_and_stop(void) {
    push(0);
    stop();
}
// Both tasks must be run by one worker each or by one: waits until they were.
static void work_until_two(unsigned index) {
    while (trt_atomic_load(&s_runs, TRT_RELAXED) < 2) {
        tmlrt_task* task = trt_inbox_pop(&s_space.core.injector);
        if (task != NULL) {
            trt_atomic_add(&s_runs, 1, TRT_RELAXED);
        } else {
            trt_park(worker(index));
        }
    }
}
static void work_1_until_two(void) {
    work_until_two(1);
}

// ---- timers -----------------------------------------------------------------------------------

static void sleep_until_alarm(void) {
    while (!rig_waker_woken(&s_alarm)) {
        trt_park(worker(1));
    }
}
static void arm_alarm(void) {
    const tmlrt_waker waker = rig_waker_of(&s_alarm);
    trt_timer_arm(&s_timer, &worker(1)->timers, 5000000, &waker);
}
static void setup_owned(void) {
    setup();
    s_owned = 1;
}
static void setup_timer(void) {
    setup();
    model_may_time_out(true);
}
static void setup_later_timer(void) {
    static trt_timer s_later;
    static rig_waker s_unused;
    setup_timer();
    s_later = (trt_timer){.driver = NULL};
    s_unused = (rig_waker){0, 0};
    const tmlrt_waker waker = rig_waker_of(&s_unused);
    trt_timer_arm(&s_later, &worker(1)->timers, 1ull << 60, &waker);
    model_may_time_out(false); // the far deadline never comes: only the alarm's unpark ends the wait
}
static void sleep_until_unparked(void) {
    uint64_t next_ns = 0;
    while (next_ns != 5000000) { // until the owner plans to sleep no longer than the alarm
        trt_timer_driver_advance(&worker(1)->timers);
        next_ns = trt_timer_driver_prepare_sleep(&worker(1)->timers);
        if (next_ns != 5000000) {
            trt_parker_park(&s_tokens[1], UINT64_MAX);
        }
    }
}
static void arm_alarm_raw(void) {
    const tmlrt_waker waker = rig_waker_of(&s_alarm);
    trt_timer_arm(&s_timer, &worker(1)->timers, 5000000, &waker);
}
static void raw_unpark(void* owner) {
    (void)owner;
    trt_parker_unpark(&s_tokens[1]);
}
static void setup_raw_timer(void) {
    setup_later_timer();
    worker(1)->timers.unpark = raw_unpark;
}

// ---- ends -------------------------------------------------------------------------------------

static void finish_idle(void) {
    MODEL_CHECK(trt_atomic_load(&s_space.core.idle.bits[0], TRT_RELAXED) == 0 && "P2: nobody idles");
}
static void finish_queues(unsigned num_runs) {
    finish_idle();
    MODEL_CHECK(trt_atomic_load(&s_runs, TRT_RELAXED) == num_runs);
}
static void finish_one(void) {
    finish_queues(1);
}
static void finish_two(void) {
    finish_queues(2);
}
static void finish_stop(void) {
    finish_idle();
    MODEL_CHECK(trt_inbox_empty(&s_space.core.injector) && "P1: nobody stops beside a task");
}
static void finish_alarm(void) {
    finish_idle();
    MODEL_CHECK(s_alarm.live == 0 && "T1: woken once");
}

static const model_case s_cases[] = {
    {"push", "P1", setup, {work_until_one, push_0}, finish_one, 0, false},
    {"push_home", "P1,P3", setup, {work_until_one, push_home}, finish_one, 0, false},
    {"two_pushers", "P1", setup, {work_1_until_two, push_0, push_1}, finish_two, 0, false},
    {"two_workers", "P1,P2,S1", setup_owned, {work_0, work_1, push_and_stop}, finish_stop, 0, false},
    {"stop", "P2,S1", setup, {work_0, work_1, stop}, finish_stop, 0, false},
    {"alarm", "P3,T3", setup_timer, {sleep_until_alarm, arm_alarm}, finish_alarm, 0, false},
    {"earlier_alarm", "T3", setup_raw_timer, {sleep_until_unparked, arm_alarm_raw}, NULL, 0, false},
};
MODEL_STRUCTURE("park", s_cases);
