// SPDX-License-Identifier: Apache-2.0
// Parking and scheduling (rt/exec/park.c, schedule.c) with the real queues, deques of two items and
// timer drivers. A reactor is a token here
// (poller_wake shows that the real one may be taken for that). A wake-up that is lost leaves a
// parked worker with a task in its queue: a deadlock.
#include "rt/exec/park.h"
#include "rt/exec/drivers.h"

#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "tests/model/explore/beside.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

enum { NUM_WORKERS = 2, MAX_TASKS = 3 };

static union {
    tmlrt_runtime core;
    char bytes[sizeof(tmlrt_runtime) + NUM_WORKERS * sizeof(trt_worker)];
} s_space;
static trt_parker s_tokens[NUM_WORKERS];
static tmlrt_task s_tasks[MAX_TASKS];
static trt_mutex s_owned_lock;
static unsigned s_owned; ///< tasks that have not run; under s_owned_lock, as closed
static unsigned s_num_children;
static bool s_waits, s_stolen;
static bool s_closed;
static uint64_t s_now_ns;
void* tmlrt_tls_worker __attribute__((section("model_tls")));
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
// No reactors here (worker.c has them).
tmlrt_task* trt_drivers_help(trt_worker* self) {
    (void)self;
    return NULL;
}
bool trt_worker_should_stop(trt_worker* self) {
    if (trt_atomic_load(&self->core->phase, TRT_SEQ_CST) == TRT_PHASE_RUNNING) {
        return false;
    }
    trt_mutex_lock(&s_owned_lock);
    bool drained = s_closed && s_owned == 0;
    trt_mutex_unlock(&s_owned_lock);
    return drained;
}

static void disown(trt_worker* self) {
    (void)self;
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
        *worker(i) = (trt_worker){.core = &s_space.core,
                                  .index = i,
                                  .seed = i + 1,
                                  .beat = TRT_BEAT,
                                  .beat_at = TRT_BEAT,
                                  .glance_at = TRT_GLANCE,
                                  .reactor = &s_reactors[i]};
        trt_park_init(worker(i));
        trt_timer_driver_init(&worker(i)->timers, unpark_owner, worker(i), now, &s_now_ns);
        s_tokens[i] = (trt_parker){{0}};
    }
    for (unsigned i = 0; i < MAX_TASKS; i++) {
        s_tasks[i] = (tmlrt_task){.home = TRT_HOME_NONE, .shard = worker(0)};
    }
    s_timer = (trt_timer){.driver = NULL};
    s_alarm = (rig_waker){0, 0};
    s_owned_lock = (trt_mutex){{0}};
    s_owned = s_num_children = 0;
    s_closed = s_waits = s_stolen = false;
    model_name(&s_space.core.idle, sizeof(s_space.core.idle), "idle");
    model_name(&s_space.core.injector, sizeof(s_space.core.injector), "injector");
    model_name(&s_space.core.phase, sizeof(s_space.core.phase), "phase");
    model_name(worker(0), sizeof(trt_worker), "worker 0");
    model_name(worker(1), sizeof(trt_worker), "worker 1");
}

static void setup_one(void) {
    setup();
    s_owned = 1;
}
static void setup_two(void) {
    setup();
    s_owned = 2;
}
static void setup_two_alone(void) {
    setup_two();
    s_space.core.num_workers = 1;
    worker(0)->is_alone = true;
}
static void setup_children(void) {
    setup();
    s_owned = 3;
    s_num_children = 2;
}

static void setup_stolen(void) {
    setup_children();
    s_waits = true;
}

// The other worker sleeps, and is unparked for another reason while somebody grants it a search.
static void setup_relied(void) {
    setup_stolen();
    trt_atomic_init(&s_space.core.idle.bits[0], 2);
}
static void setup_searching(void) {
    setup_stolen();
    worker(0)->is_searching = true;
    trt_atomic_init(&s_space.core.idle.num_searching, 1);
}
// Another task is pushed while the searcher has one, which keeps its worker until that one has run.
static void setup_recheck(void) {
    setup_two();
    s_waits = true;
}
static void setup_handover(void) {
    setup_searching();
    s_owned = 2;
    s_num_children = 0;
}
// The other worker sleeps. A task of this one has yielded, with nobody before it, and one that may
// run nowhere else has come from outside: on the glance the first has to wait for the second.
static void setup_glance(void) {
    setup_two();
    s_waits = true;
    trt_atomic_init(&s_space.core.idle.bits[0], 2);
    s_tasks[0].home = 0;
    trt_inbox_push(&worker(0)->inbox, &s_tasks[0]);
    trt_deque_push(&worker(0)->deque, &s_tasks[1]);
    trt_atomic_init(&worker(0)->looks, TRT_GLANCE - 1);
}
// The worker sleeps, and is unparked for another reason while somebody grants it a search.
static void setup_phantom(void) {
    setup_one();
    trt_atomic_init(&s_space.core.idle.bits[0], 1);
}

// ---- threads ----------------------------------------------------------------------------------

// The first task may keep its worker until its first child, which is in the worker's deque, has
// run: somebody else has to steal it, although the pusher itself never sleeps.
static MODEL_UNSEEN bool is_stolen(void* unused) {
    (void)unused;
    return s_stolen;
}
static MODEL_UNSEEN void set_stolen(void) {
    s_stolen = true;
}

// The worker's loop (worker.c): take the next task, park, stop. A run counts, and the first run of
// s_tasks[0] queues others if the case says so.
static void run(trt_worker* self, tmlrt_task* task) {
    MODEL_CHECK(!task->awaited && "E4: taken once");
    task->awaited = 1;
    if (task == &s_tasks[0]) {
        for (unsigned i = 1; i <= s_num_children; i++) {
            trt_schedule(&s_tasks[i]);
        }
        if (s_waits) {
            model_await(is_stolen, NULL);
        }
    }
    if (task == &s_tasks[1]) {
        model_post();
        set_stolen();
    }
    MODEL_CHECK(trt_atomic_load(&s_space.core.idle.num_searching, TRT_RELAXED) <= 1 &&
                "P2: searching <= ceil(N/2)");
    disown(self);
}
static void work(unsigned index) {
    trt_worker* self = worker(index);
    tmlrt_tls_worker = self;
    for (;;) {
        tmlrt_task* task = trt_next(self);
        if (task != NULL) {
            run(self, task);
        } else if (!trt_park(self)) {
            break;
        }
    }
    tmlrt_tls_worker = NULL;
}
static void work_0(void) {
    work(0);
}
static void work_1(void) {
    work(1);
}

static MODEL_UNSEEN bool all_ran(void* unused) {
    (void)unused;
    return s_owned == 0;
}
static void stop(void) {
    trt_atomic_store(&s_space.core.phase, TRT_PHASE_ABORTING, TRT_SEQ_CST);
    trt_mutex_lock(&s_owned_lock);
    s_closed = true;
    trt_mutex_unlock(&s_owned_lock);
    trt_unpark_all(&s_space.core);
}
// Stops only when everything has run: a task that lies while all sleep is a deadlock (P1).
static void stop_when_done(void) {
    model_await(all_ran, NULL);
    stop();
}
static void push_then_stop(void) {
    trt_schedule(&s_tasks[0]);
    stop_when_done();
}
// A searcher that has just found the first task: as trt_next leaves it, and on to its end.
static void found_one(void) {
    tmlrt_tls_worker = worker(0);
    trt_search_end(worker(0));
    run(worker(0), &s_tasks[0]);
    stop();
    tmlrt_tls_worker = NULL;
    work(0);
}
// A worker that runs the first task.
static void busy_0(void) {
    tmlrt_tls_worker = worker(0);
    run(worker(0), &s_tasks[0]);
    stop();
    tmlrt_tls_worker = NULL;
    work(0);
}
static void unpark_and_work_1(void) {
    trt_unpark(worker(1));
    trt_park(worker(1)); // as in unpark_and_work_0
    work_1();
}
static void unpark_and_work_0(void) {
    trt_unpark(worker(0));
    trt_park(worker(0)); // a wake is there: returns, as the sleep that it ended does
    work_0();
}
static void asleep_1(void) {
    trt_parker_park(&s_tokens[1], UINT64_MAX);
    trt_parker_unpark(&s_tokens[1]);
    trt_park(worker(1)); // as in unpark_and_work_0
    work_1();
}
static void notify(void) {
    trt_notify(&s_space.core);
}
static void push_two_then_stop(void) {
    trt_schedule(&s_tasks[0]);
    trt_schedule(&s_tasks[1]);
    stop_when_done();
}
static void push_and_stop(void) {
    trt_schedule(&s_tasks[0]);
    stop();
}
static void push_1(void) {
    trt_schedule(&s_tasks[1]);
}
static void push_home_then_stop(void) {
    s_tasks[0].home = 1;
    trt_schedule(&s_tasks[0]);
    stop_when_done();
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
    model_may_time_out(
        false); // the far deadline never comes: only the alarm's unpark ends the wait
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
    MODEL_CHECK(trt_atomic_load(&s_space.core.idle.bits[0], TRT_RELAXED) == 0 &&
                "P2: nobody idles");
    unsigned num_searching = worker(0)->is_searching + worker(1)->is_searching;
    MODEL_CHECK(trt_atomic_load(&s_space.core.idle.num_searching, TRT_RELAXED) == num_searching &&
                "P2: every searcher is counted");
}
static void finish(void) {
    finish_idle();
    MODEL_CHECK(s_owned == 0 && "S1: nobody stops beside a task");
}
static void finish_alarm(void) {
    finish_idle();
    MODEL_CHECK(s_alarm.live == 0 && "T1: woken once");
}

static const model_case s_cases[] = {
    {"push", "P1,P2", setup_one, {work_0, work_1, push_then_stop}, finish, 0, false},
    {"two_pushers", "P1", setup_two_alone, {work_0, push_then_stop, push_1}, finish, 0, false},
    {"stolen", "P1,P2", setup_searching, {found_one, work_1}, finish, 3, false},
    {"recheck", "P1,P2", setup_recheck, {work_0, work_1, push_two_then_stop}, finish, 0, false},
    {"handover", "P1,P2", setup_handover, {found_one, work_1, push_1}, finish, 0, false},
    {"phantom",
     "P1,P2",
     setup_phantom,
     {unpark_and_work_0, notify, push_then_stop},
     finish,
     3,
     false},
    // Somebody relies on a search that was never granted, while the other worker falls asleep.
    {"relied", "P1,P2", setup_relied, {notify, busy_0, unpark_and_work_1}, finish, 0, false},
    {"glance", "P1", setup_glance, {work_0, asleep_1, stop_when_done}, finish, 0, false},
    {"home", "P1,P3", setup_one, {work_0, work_1, push_home_then_stop}, finish, 0, false},
    {"push_stop", "P2,S1", setup_one, {work_0, work_1, push_and_stop}, finish, 0, false},
    {"stop", "P2,S1", setup, {work_0, work_1, stop}, finish, 0, false},
    {"alarm", "P3,T3", setup_timer, {sleep_until_alarm, arm_alarm}, finish_alarm, 0, false},
    {"earlier_alarm", "T3", setup_raw_timer, {sleep_until_unparked, arm_alarm}, NULL, 0, false},
};
MODEL_STRUCTURE("park", s_cases);
