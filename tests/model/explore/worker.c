// SPDX-License-Identifier: Apache-2.0
// A worker with everything that it sleeps in: parking, queues, timer driver, reactor, slots and
// poller as they are, over a model of epoll and eventfd. A task that is pushed, an event of a
// handle and an earlier timer each end the sleep, whichever comes beside the others: one that does
// not is a deadlock. The parts have structures of their own (park, slots, timers, poller_wake);
// this shows that they fit together.
#include "rt/base/log.h"
#include "rt/exec/drivers.h"
#include "rt/exec/park.h"
#include "rt/exec/runtime.h"
#include "rt/exec/schedule.h"
#include "rt/os/linux/futex.h"
#include "rt/reactor/slot.h"
#include "tests/model/explore/beside.h"
#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/types.h>

enum { MAX_WORKERS = 2, FIRST_FD = 3, MAX_FDS = 16, SOCKET_FD = 15, MAX_TASKS = 2 };

static union {
    tmlrt_runtime core;
    char bytes[sizeof(tmlrt_runtime) + MAX_WORKERS * sizeof(trt_worker)];
} s_space;
static tmlrt_task s_tasks[MAX_TASKS];
static trt_mutex s_owned_lock;
static unsigned s_owned;
static bool s_closed;
static uint64_t s_now_ns;
void* tmlrt_tls_worker __attribute__((section("model_tls")));

static trt_timer s_timer;
static rig_waker s_alarm;
static trt_io_slot* s_slot;

// ---- the kernel -------------------------------------------------------------------------------

// What is in which epoll, with the edge that its next wait takes.
static struct {
    int epoll;
    uint64_t token;
    uint32_t edge;
} s_fds[MAX_FDS];
static int s_next_fd;

int epoll_create1(int flags) {
    (void)flags;
    return s_next_fd++;
}
int eventfd(unsigned count, int flags) {
    (void)count, (void)flags;
    return s_next_fd++;
}
MODEL_UNSEEN int epoll_ctl(int epoll, int op, int fd, struct epoll_event* event) {
    s_fds[fd].epoll = op == EPOLL_CTL_ADD ? epoll : 0;
    s_fds[fd].token = event->data.u64;
    return 0;
}
int model_close(int fd);
int model_close(int fd) {
    (void)fd;
    return 0;
}
ssize_t model_write(int fd, const void* bytes, size_t len);
MODEL_UNSEEN ssize_t model_write(int fd, const void* bytes, size_t len) {
    (void)bytes;
    model_kernel_step();
    s_fds[fd].edge |= EPOLLIN;
    return (ssize_t)len;
}

// timeout: 0 is a look; a wait for some time ends by it when the time has passed (let_time_pass).
typedef struct wait_for {
    int epoll, timeout;
} wait_for;

static MODEL_UNSEEN bool has_edge(void* arg) {
    const wait_for* self = arg;
    bool found = self->timeout == 0 || (self->timeout > 0 && s_now_ns != 0);
    for (int i = 0; i < MAX_FDS; i++) {
        found = found || (s_fds[i].epoll == self->epoll && s_fds[i].edge != 0);
    }
    return found;
}

static MODEL_UNSEEN long take_edges(int epoll, struct epoll_event* events) {
    long num = 0;
    for (int i = 0; i < MAX_FDS; i++) {
        if (s_fds[i].epoll == epoll && s_fds[i].edge != 0) {
            events[num].events = s_fds[i].edge;
            events[num++].data.u64 = s_fds[i].token;
            s_fds[i].edge = 0;
        }
    }
    return num;
}

long model_syscall(long number, ...);
long model_syscall(long number, ...) {
    va_list args;
    va_start(args, number);
    int epoll = va_arg(args, int);
    struct epoll_event* events = va_arg(args, struct epoll_event*);
    (void)va_arg(args, int);
    int timeout = number == SYS_epoll_pwait ? va_arg(args, int) : 1;
    va_end(args);
    wait_for self = {epoll, timeout};
    model_kernel_wait(has_edge, &self);
    return take_edges(epoll, events);
}

// The futex, whose waits end by their deadline as those above do.
typedef struct sleeper {
    const trt_atomic_u32* word;
    bool woken, timed;
} sleeper;
static sleeper s_sleepers[MAX_WORKERS];

static MODEL_UNSEEN bool may_wake(void* arg) {
    const sleeper* self = arg;
    return self->woken || (self->timed && s_now_ns != 0);
}
MODEL_UNSEEN bool trt_futex_wait(trt_atomic_u32* word, uint32_t expected, uint64_t deadline_ns) {
    model_kernel_step();
    if (*(const volatile uint32_t*)word != expected) { // the kernel's look: the newest value
        return true;
    }
    sleeper* self = &s_sleepers[s_sleepers[0].word == NULL ? 0 : 1];
    *self = (sleeper){word, false, deadline_ns != UINT64_MAX};
    model_kernel_wait(may_wake, self);
    self->word = NULL;
    return self->woken;
}
MODEL_UNSEEN void trt_futex_wake_one(trt_atomic_u32* word) {
    model_kernel_step();
    for (int i = 0; i < MAX_WORKERS; i++) {
        if (s_sleepers[i].word == word) {
            s_sleepers[i].woken = true;
        }
    }
}
uint64_t trt_futex_deadline_ns(uint64_t timeout_ns) {
    return timeout_ns;
}

tmlrt_status trt_status_of_errno(int error) {
    model_fail("the kernel answered %d", error);
}
int32_t trt_log_level(void) {
    return TMLRT_LOG_OFF;
}
void trt_log_write(int32_t level, const char* area, const char* format, ...) {
    (void)level;
    model_fail("%s: %s", area, format);
}

// ---- what park.c calls ------------------------------------------------------------------------

static trt_worker* worker(unsigned index) {
    return &s_space.core.workers[index];
}

tmlrt_runtime* trt_runtime_get_default(tmlrt_status* out_status) {
    (void)out_status;
    model_fail("there is a worker on this thread");
}
void trt_guard_fail(tmlrt_status status) {
    model_fail("the chain fails: %d", status);
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

static uint64_t now(void* clock) {
    return *(uint64_t*)clock;
}
static void unpark_owner(void* owner) {
    trt_unpark(owner);
}

// ---- set-up -----------------------------------------------------------------------------------

static void begin(unsigned num_workers, unsigned num_tasks) {
    for (int i = 0; i < MAX_FDS; i++) {
        s_fds[i].epoll = 0;
        s_fds[i].edge = 0;
    }
    s_next_fd = FIRST_FD;
    s_now_ns = 0;
    s_space.core = (tmlrt_runtime){.num_workers = num_workers, .clock = {now, NULL, &s_now_ns}};
    for (unsigned i = 0; i < num_workers; i++) {
        // No beat: what is not found at a sleep is not found.
        *worker(i) = (trt_worker){.core = &s_space.core,
                                  .index = i,
                                  .seed = i + 1,
                                  .beat = UINT32_MAX,
                                  .beat_at = UINT64_MAX,
                                  .glance_at = TRT_GLANCE,
                                  .is_alone = num_workers == 1};
        trt_park_init(worker(i));
        trt_timer_driver_init(&worker(i)->timers, unpark_owner, worker(i), now, &s_now_ns);
        MODEL_CHECK(trt_reactor_new(&worker(i)->reactor) == TMLRT_OK);
    }
    for (unsigned i = 0; i < MAX_TASKS; i++) {
        s_tasks[i] = (tmlrt_task){.home = TRT_HOME_NONE, .shard = worker(0)};
    }
    s_timer = (trt_timer){.driver = NULL};
    s_alarm = (rig_waker){0, 0};
    s_slot = NULL;
    s_sleepers[0] = s_sleepers[1] = (sleeper){NULL, false, false};
    s_owned_lock = (trt_mutex){{0}};
    s_owned = num_tasks;
    s_closed = false;
    model_name(&s_space.core.idle, sizeof(s_space.core.idle), "idle");
    model_name(&s_space.core.injector, sizeof(s_space.core.injector), "injector");
}
static void setup_push(void) {
    begin(1, 2);
}
static void setup_two(void) {
    begin(2, 1);
}

// The waker of the first task: its wake queues it, as a real one does.
static void clone_task(const tmlrt_waker* waker, tmlrt_waker* out) {
    *out = *waker;
}
static void wake_task(void* task) {
    trt_schedule(task);
}
static void drop_task(void* task) {
    (void)task;
}
static const tmlrt_waker_vtable s_task_vtable = {clone_task, wake_task, wake_task, drop_task};
static const tmlrt_waker s_task_waker = {&s_task_vtable, &s_tasks[0]};

// The first task waits for its handle to be readable.
static void watch_socket(void) {
    const tmlrt_context cx = {.waker = &s_task_waker};
    uint32_t tick;
    MODEL_CHECK(trt_reactor_register(worker(0)->reactor, SOCKET_FD, &s_slot) == TMLRT_OK);
    if (trt_io_poll_ready(s_slot, TRT_DIR_READ, &cx, &tick) == TMLRT_READY) { // not tried yet
        trt_io_clear_ready(s_slot, TRT_DIR_READ, tick);
        MODEL_CHECK(trt_io_poll_ready(s_slot, TRT_DIR_READ, &cx, &tick) == TMLRT_PENDING);
    }
}
static void setup_io(void) {
    begin(1, 2);
    watch_socket();
}

// The same in the reactor of the first of two, which lends it.
static void setup_lent(void) {
    begin(2, 1);
    trt_atomic_init(&worker(0)->lends, 1);
    watch_socket();
}

// ---- threads ----------------------------------------------------------------------------------

static void run(tmlrt_task* task) {
    MODEL_CHECK(!task->awaited && "E4: taken once");
    task->awaited = 1;
    trt_mutex_lock(&s_owned_lock);
    bool drained = --s_owned == 0 && s_closed;
    trt_mutex_unlock(&s_owned_lock);
    if (drained) {
        trt_unpark_all(&s_space.core);
    }
}
static void work(unsigned index) {
    trt_worker* self = worker(index);
    tmlrt_tls_worker = self;
    for (;;) {
        tmlrt_task* task = trt_next(self);
        if (task != NULL) {
            run(task);
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
static void stop_when_done(void) {
    model_await(all_ran, NULL);
    trt_atomic_store(&s_space.core.phase, TRT_PHASE_ABORTING, TRT_SEQ_CST);
    trt_mutex_lock(&s_owned_lock);
    s_closed = true;
    trt_mutex_unlock(&s_owned_lock);
    trt_unpark_all(&s_space.core);
}
static void push_0_then_stop(void) {
    trt_schedule(&s_tasks[0]);
    stop_when_done();
}
static void push_1(void) {
    trt_schedule(&s_tasks[1]);
}
static void push_1_then_stop(void) {
    push_1();
    stop_when_done();
}
// Bytes arrive: an edge, which is nobody's step but the kernel's.
static void peer_writes(void) {
    (void)model_write(SOCKET_FD, NULL, 1);
}
static void peer_writes_then_stop(void) {
    peer_writes();
    stop_when_done();
}
// Another thread arms a timer of the worker whose waker queues the first task; then its time comes.
static MODEL_UNSEEN void let_time_pass(void) {
    s_now_ns = 10000000;
}
static void arm_then_pass(void) {
    trt_timer_arm(&s_timer, &worker(0)->timers, 5000000, &s_task_waker);
    model_kernel_step();
    let_time_pass();
}

static void end_of(void) {
    MODEL_CHECK(s_owned == 0 && "S1: nobody stops beside a task");
    MODEL_CHECK(trt_atomic_load(&s_space.core.idle.bits[0], TRT_RELAXED) == 0);
    if (s_slot != NULL) {
        trt_reactor_deregister(worker(0)->reactor, s_slot);
    }
    for (unsigned i = 0; i < s_space.core.num_workers; i++) {
        trt_timer_driver_fini(&worker(i)->timers);
        trt_reactor_free(worker(i)->reactor);
    }
}

static const model_case s_cases[] = {
    {"push", "E1,P1,P3", setup_push, {work_0, push_0_then_stop, push_1}, end_of, 0, false},
    {"two_workers", "P1,P3", setup_two, {work_0, work_1, push_0_then_stop}, end_of, 0, false},
    {"event", "P3,R4", setup_io, {work_0, peer_writes, push_1_then_stop}, end_of, 0, false},
    {"lent", "P3,P6,P7", setup_lent, {work_0, work_1, peer_writes_then_stop}, end_of, 0, false},
    {"timer", "P3,T3", setup_push, {work_0, arm_then_pass, push_1_then_stop}, end_of, 0, false},
};
MODEL_STRUCTURE("worker", s_cases);
