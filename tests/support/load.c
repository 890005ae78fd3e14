// SPDX-License-Identifier: Apache-2.0
#include "tests/support/load.h"

#include <tmlrt/net.h>
#include <tmlrt/sync.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/drivers.h"
#include "rt/exec/runtime.h"
#include "rt/os/clock.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct load_task load_task;

/// A kind of task: `step` is one poll, `fini` gives back what it holds, at its end or in its drop.
typedef struct load_kind {
    tmlrt_poll (*step)(load_task* self, tmlrt_context* cx);
    void (*fini)(load_task* self); ///< NULL: nothing
    bool bound;                    ///< it stays on one thread
} load_kind;

struct load_task {
    tmlrt_frame head;
    const load_kind* kind;
    test_load* load;
    uint64_t seed;
    uint32_t left, stage;               ///< for the step's use
    void* resource;                     ///< NULL: nothing for fini
    const tmlrt_future_desc* leaf_desc; ///< of the leaf that is there, dropped with the frame
    uint64_t value[6];                  ///< where leaves write
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char leaf[TMLRT_LEAF_SIZE];
};

uint64_t test_random(uint64_t* seed) {
    uint64_t x = *seed += 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

uint64_t test_random_below(uint64_t* seed, uint64_t end) {
    return test_random(seed) % end;
}

static uint32_t pick(load_task* self, uint32_t num) {
    return (uint32_t)(test_random(&self->seed) % num);
}

static void count(trt_atomic_u64* counter) {
    trt_atomic_add(counter, 1, TRT_RELAXED);
}

// Of a poll or drop on a worker; what is refused elsewhere is not waited for.
static void note_end(test_load* load) {
    if (trt_atomic_load(&load->ending, TRT_RELAXED) == 0 || tmlrt_tls_worker == NULL) {
        return;
    }
    uint64_t now_ns = trt_os_now_ns(), seen = trt_atomic_load(&load->last_end_ns, TRT_RELAXED);
    while (seen < now_ns &&
           !trt_atomic_cas_weak(&load->last_end_ns, &seen, now_ns, TRT_RELAXED, TRT_RELAXED)) {
    }
}

// ---- the future ---------------------------------------------------------------------------------

static void drop_leaf(load_task* self) {
    const tmlrt_future_desc* desc = self->leaf_desc;
    self->leaf_desc = NULL;
    if (desc != NULL) {
        desc->drop(self->leaf);
    }
}

static void fini(load_task* self) {
    drop_leaf(self);
    if (self->kind->fini != NULL) {
        self->kind->fini(self);
    }
}

static tmlrt_poll load_poll(void* frame, tmlrt_context* cx, void* out) {
    load_task* self = frame;
    TRT_CHECK(self->head.state != TMLRT_FRAME_DONE);
    test_load* load = self->load;
    count(&load->polls);
    self->head.state = 1;
    tmlrt_poll answer = self->kind->step(self, cx);
    if (answer == TMLRT_READY) {
        fini(self);
        self->head.state = TMLRT_FRAME_DONE;
        count(&load->completed);
        count(&load->outputs);
        *(test_load**)out = load;
    }
    note_end(load);
    return answer;
}

static void load_drop(void* frame) {
    load_task* self = frame;
    if (self->head.state == TMLRT_FRAME_DONE) {
        return;
    }
    self->head.state = TMLRT_FRAME_DONE;
    fini(self);
    count(&self->load->dropped);
    note_end(self->load);
}

static void output_drop(void* out) {
    count(&(*(test_load**)out)->outputs_dropped);
}

static const tmlrt_future_desc s_load_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .poll = load_poll,
    .drop = load_drop,
    .drop_output = output_drop,
    .frame_size = sizeof(load_task),
    .frame_align = _Alignof(load_task),
    .out_size = sizeof(test_load*),
    .out_align = _Alignof(test_load*),
    .name = "load",
    .num_states = 2,
};

// Polls the leaf and forgets it when it is READY.
static tmlrt_poll poll_leaf(load_task* self, tmlrt_context* cx) {
    tmlrt_poll answer = self->leaf_desc->poll(self->leaf, cx, self->value);
    if (answer == TMLRT_READY) {
        self->leaf_desc = NULL;
    }
    return answer;
}

static tmlrt_poll yield(tmlrt_context* cx) {
    trt_waker_wake_ref(cx->waker);
    return TMLRT_PENDING;
}

// ---- spawning from tasks ------------------------------------------------------------------------

static bool may_spawn(test_load* load) {
    uint32_t left = trt_atomic_load(&load->num_left, TRT_RELAXED);
    while (left != 0 &&
           !trt_atomic_cas_weak(&load->num_left, &left, left - 1, TRT_RELAXED, TRT_RELAXED)) {
    }
    return left != 0;
}

static load_task make(test_load* load, const load_kind* kind, uint64_t seed, void* resource) {
    count(&load->made);
    return (load_task){.kind = kind, .load = load, .seed = seed, .resource = resource};
}

static tmlrt_task* spawn_child(load_task* self, const load_kind* kind, void* resource) {
    load_task child = make(self->load, kind, test_random(&self->seed), resource);
    if (trt_current_worker() == NULL) {
        tmlrt_runtime* runtime = self->load->runtime;
        uint32_t home = kind->bound ? pick(self, runtime->num_workers) : TRT_HOME_NONE;
        return trt_spawn_on(runtime, home, &s_load_desc, &child, sizeof(child));
    }
    return kind->bound || pick(self, 4) == 0
               ? tmlrt_spawn_local(&s_load_desc, &child, sizeof(child))
               : tmlrt_spawn(&s_load_desc, &child, sizeof(child));
}

// Gives the handle to the test if there is room, else up.
static void hold(test_load* load, tmlrt_task* task) {
    uint32_t place = trt_atomic_add(&load->num_held, 1, TRT_RELAXED);
    if (place < TEST_LOAD_HELD) {
        trt_atomic_store(&load->held[place], task, TRT_RELEASE_ORDER);
    } else {
        tmlrt_task_detach(task);
    }
}

static void take_output(load_task* self, tmlrt_status status) {
    if (status == TMLRT_OK) {
        count(&self->load->outputs_taken);
    }
}

// ---- kinds: by themselves -----------------------------------------------------------------------

static tmlrt_poll step_yield(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        self->left = pick(self, 40);
    }
    return self->left-- == 0 ? TMLRT_READY : yield(cx);
}

static tmlrt_poll step_never(load_task* self, tmlrt_context* cx) {
    (void)self, (void)cx;
    return TMLRT_PENDING;
}

static tmlrt_poll step_sleep(load_task* self, tmlrt_context* cx) {
    for (; self->stage < 4; self->stage++) {
        if (self->leaf_desc == NULL) {
            tmlrt_sleep_init(self->leaf,
                             pick(self, 8) == 0 ? 3600000000000ull : pick(self, 200000));
            self->leaf_desc = &tmlrt_sleep_desc;
        }
        if (poll_leaf(self, cx) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    }
    return TMLRT_READY;
}

// Waits for a plain thread, which may never come.
static tmlrt_poll step_waker(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        self->left = pick(self, TEST_LOAD_SLOTS);
    }
    test_future view = {.user = &self->load->slots[self->left]};
    int64_t ignored;
    return test_step_park(&view, cx, &ignored);
}

// ---- kinds: with children -----------------------------------------------------------------------

static tmlrt_poll await_child(load_task* self, tmlrt_context* cx) {
    if (poll_leaf(self, cx) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    take_output(self, *(tmlrt_status*)self->value);
    return TMLRT_READY;
}

static tmlrt_poll step_spawn(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        self->left = 1 + pick(self, 6);
    }
    if (self->leaf_desc != NULL && await_child(self, cx) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    while (self->left-- != 0) {
        tmlrt_task* task = test_load_spawn(self->load, test_random(&self->seed));
        uint32_t what = pick(self, 5);
        if (task == NULL) {
            return TMLRT_READY;
        }
        if (what == 0) {
            tmlrt_join_init(self->leaf, task, &self->value[1]);
            self->leaf_desc = &tmlrt_join_desc;
            if (await_child(self, cx) == TMLRT_PENDING) {
                return TMLRT_PENDING;
            }
        } else if (what == 1) {
            hold(self->load, task);
        } else {
            if (what == 2) {
                tmlrt_task_abort(task);
            }
            tmlrt_task_detach(task);
        }
        if (pick(self, 3) == 0) {
            return yield(cx);
        }
    }
    return TMLRT_READY;
}

// Its end, in order or not, spawns, wakes and aborts.
static void fini_loud(load_task* self) {
    tmlrt_task* task = test_load_spawn(self->load, test_random(&self->seed));
    if (task != NULL) {
        tmlrt_task_abort(task);
        tmlrt_task_detach(task);
    }
    test_slot_wake(&self->load->slots[pick(self, TEST_LOAD_SLOTS)]);
}

// ---- kinds: channels ----------------------------------------------------------------------------

static void fini_sender(load_task* self) {
    tmlrt_oneshot_sender_free(self->resource);
}

static tmlrt_poll step_sender(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        self->left = pick(self, 6);
    }
    if (self->left-- != 0) {
        return yield(cx);
    }
    uint64_t value = 1;
    if (self->resource != NULL && pick(self, 4) != 0) {
        (void)!tmlrt_oneshot_send(self->resource, &value);
        self->resource = NULL;
    }
    return TMLRT_READY;
}

static const load_kind s_sender = {step_sender, fini_sender, false};

static void fini_oneshot(load_task* self) {
    tmlrt_oneshot_receiver_free(self->resource);
}

static tmlrt_poll step_oneshot(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        self->resource = tmlrt_oneshot_new(sizeof(uint64_t), NULL);
        if (!may_spawn(self->load)) {
            tmlrt_oneshot_sender_free(self->resource);
        } else {
            tmlrt_task_detach(spawn_child(self, &s_sender, self->resource));
        }
        tmlrt_oneshot_recv_init(self->leaf, self->resource, &self->value[1]);
        self->leaf_desc = &tmlrt_oneshot_recv_desc;
    }
    return poll_leaf(self, cx);
}

static void fini_producer(load_task* self) {
    tmlrt_mpsc_sender_free(self->resource);
}

static tmlrt_poll step_producer(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        self->left = pick(self, 12);
    }
    while (self->left != 0) {
        if (self->leaf_desc == NULL) {
            tmlrt_mpsc_send_init(self->leaf, self->resource, &self->value[1]);
            self->leaf_desc = &tmlrt_mpsc_send_desc;
        }
        if (poll_leaf(self, cx) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->left--;
    }
    return TMLRT_READY;
}

static const load_kind s_producer = {step_producer, fini_producer, false};

static void fini_consumer(load_task* self) {
    tmlrt_mpsc_receiver_free(self->resource);
}

static void start_producers(load_task* self) {
    tmlrt_mpsc* channel = NULL;
    TRT_CHECK(tmlrt_mpsc_new(&channel, 1 + pick(self, 3), sizeof(uint64_t), NULL) == TMLRT_OK);
    self->resource = channel;
    for (uint32_t i = pick(self, 3); i != 0 && may_spawn(self->load); i--) {
        tmlrt_mpsc_sender_ref(channel);
        tmlrt_task_detach(spawn_child(self, &s_producer, channel));
    }
    tmlrt_mpsc_sender_free(channel);
}

static tmlrt_poll step_consumer(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        start_producers(self);
    }
    do {
        if (self->leaf_desc == NULL) {
            tmlrt_mpsc_recv_init(self->leaf, self->resource, &self->value[1]);
            self->leaf_desc = &tmlrt_mpsc_recv_desc;
        }
        if (poll_leaf(self, cx) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
    } while (*(tmlrt_status*)self->value == TMLRT_OK);
    return TMLRT_READY;
}

// ---- kinds: sockets and pipes -------------------------------------------------------------------

static void fini_udp(load_task* self) {
    tmlrt_udp_free(self->resource);
}

// A socket that sends to itself, and at the end waits for what nobody sends.
static tmlrt_poll step_udp(load_task* self, tmlrt_context* cx) {
    if (self->resource == NULL) {
        tmlrt_udp* udp = NULL;
        tmlrt_addr me;
        TRT_CHECK(tmlrt_udp_bind(&udp, "127.0.0.1", 0, NULL) == TMLRT_OK);
        tmlrt_udp_local_addr(udp, &me);
        TRT_CHECK(tmlrt_udp_connect(udp, &me) == TMLRT_OK);
        self->resource = udp;
        self->left = 1 + 2 * pick(self, 4);
    }
    for (;;) {
        if (self->leaf_desc == NULL) {
            bool sends = self->left % 2 == 1;
            self->left -= self->left != 0;
            if (sends) {
                tmlrt_udp_send_init(self->leaf, self->resource, &self->seed, 4, NULL);
            } else {
                tmlrt_udp_recv_init(self->leaf, self->resource, &self->stage, 4);
            }
            self->leaf_desc = sends ? &tmlrt_udp_send_desc : &tmlrt_udp_recv_desc;
        }
        if (self->leaf_desc->poll(self->leaf, cx, self->value) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        self->leaf_desc = NULL;
    }
}

typedef struct pipe_ends {
    int fds[2];
    trt_reactor* reactor;
    trt_io_slot* slot;
} pipe_ends;

static void fini_pipe(load_task* self) {
    pipe_ends* ends = self->resource;
    if (ends != NULL) {
        trt_reactor_deregister(ends->reactor, ends->slot);
        close(ends->fds[0]);
        close(ends->fds[1]);
        free(ends);
    }
}

// The reading end of a pipe in the reactor; whether a byte is written is up to chance.
static tmlrt_poll step_pipe(load_task* self, tmlrt_context* cx) {
    if (self->resource == NULL) {
        pipe_ends* ends = malloc(sizeof(*ends));
        TRT_CHECK(ends != NULL && pipe2(ends->fds, O_NONBLOCK | O_CLOEXEC) == 0);
        ends->reactor = trt_current_reactor();
        TRT_CHECK(trt_reactor_register(ends->reactor, ends->fds[0], &ends->slot) == TMLRT_OK);
        self->resource = ends;
    }
    pipe_ends* ends = self->resource;
    uint32_t tick;
    char byte = 0;
    while (trt_io_poll_ready(ends->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (read(ends->fds[0], &byte, 1) == 1) {
            return TMLRT_READY;
        }
        trt_io_clear_ready(ends->slot, TRT_DIR_READ, tick);
        if (self->stage++ == 0 && pick(self, 2) == 0) {
            TRT_CHECK(write(ends->fds[1], &byte, 1) == 1);
        }
    }
    return TMLRT_PENDING;
}

// ---- kinds: blocking jobs -----------------------------------------------------------------------

typedef struct job {
    tmlrt_frame head;
    test_load* load;
    uint64_t pause_ns;
} job;

static tmlrt_poll job_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)cx, (void)out;
    const job* self = frame;
    struct timespec pause = {0, (long)self->pause_ns};
    if (self->pause_ns != 0) {
        nanosleep(&pause, NULL);
    }
    count(&self->load->completed);
    return TMLRT_READY;
}

static void job_drop(void* frame) {
    count(&((job*)frame)->load->dropped);
}

static const tmlrt_future_desc s_job_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = job_poll,
    .drop = job_drop,
    .frame_size = sizeof(job),
    .frame_align = _Alignof(job),
    .out_align = 1,
    .name = "load's job",
    .num_states = 1,
};

static tmlrt_poll step_job(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        test_load* load = self->load;
        job frame = {.load = load, .pause_ns = pick(self, 2) * (uint64_t)pick(self, 300000)};
        count(&load->made);
        tmlrt_task* task =
            trt_blocking_submit_future(load->runtime->blocking, &s_job_desc, &frame, sizeof(frame));
        uint32_t what = pick(self, 4);
        if (what == 0) {
            tmlrt_task_detach(task);
            return TMLRT_READY;
        }
        if (what == 1) {
            tmlrt_task_abort(task);
        }
        tmlrt_join_init(self->leaf, task, NULL);
        self->leaf_desc = &tmlrt_join_desc;
    }
    return poll_leaf(self, cx);
}

// ---- kinds: local sets --------------------------------------------------------------------------

static void fini_set(load_task* self) {
    tmlrt_local_set_free(self->resource);
}

static void start_set(load_task* self);

// Runs a set of a few tasks until they have ended, which some never do.
static tmlrt_poll step_set(load_task* self, tmlrt_context* cx) {
    if (self->stage++ == 0) {
        start_set(self);
        tmlrt_local_set_wait_init(self->leaf, self->resource);
        self->leaf_desc = &tmlrt_local_set_wait_desc;
    }
    return poll_leaf(self, cx);
}

// ---- the kinds ----------------------------------------------------------------------------------

static const load_kind s_kinds[] = {
    {step_yield, NULL, false},
    {step_never, NULL, false},
    {step_sleep, NULL, false},
    {step_waker, NULL, false},
    {step_spawn, NULL, false},
    {step_spawn, NULL, false},
    {step_spawn, fini_loud, false},
    {step_never, fini_loud, false},
    {step_oneshot, fini_oneshot, false},
    {step_udp, fini_udp, false},
    {step_consumer, fini_consumer, false},
    {step_pipe, fini_pipe, false},
    {step_job, NULL, false},
    {step_set, fini_set, true},
};

static const load_kind* any_kind(load_task* self) {
    const load_kind* kind = &s_kinds[pick(self, TRT_ARRAY_LEN(s_kinds))];
    return kind->bound && !self->load->has_sets ? &s_kinds[0] : kind;
}

static void start_set(load_task* self) {
    self->resource = tmlrt_local_set_new();
    for (uint32_t i = 1 + pick(self, 4); i != 0 && may_spawn(self->load); i--) {
        const load_kind* kind = any_kind(self);
        load_task child = make(self->load, kind, test_random(&self->seed), NULL);
        tmlrt_task* task =
            tmlrt_local_set_spawn(self->resource, &s_load_desc, &child, sizeof(child));
        if (pick(self, 2) == 0) {
            hold(self->load, task);
        } else {
            tmlrt_task_detach(task);
        }
    }
}

tmlrt_task* test_load_spawn(test_load* load, uint64_t random) {
    if (!may_spawn(load)) {
        return NULL;
    }
    load_task self = {.load = load, .seed = random};
    return spawn_child(&self, any_kind(&self), NULL);
}

void test_load_end(test_load* load, tmlrt_task* task, uint64_t random) {
    if (task == NULL) {
        return;
    }
    EXPECT(tmlrt_task_is_finished(task));
    if (random % 2 == 0) {
        tmlrt_task_detach(task);
        return;
    }
    test_load* out = NULL;
    tmlrt_status status = tmlrt_task_join(task, &out);
    if (status == TMLRT_OK) {
        count(&load->outputs_taken);
        EXPECT(out == load);
    }
    EXPECT(status == TMLRT_OK || status == TMLRT_E_CANCELLED || status == TMLRT_E_SHUTDOWN);
}
