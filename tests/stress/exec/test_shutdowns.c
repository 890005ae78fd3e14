// SPDX-License-Identifier: Apache-2.0
// Runtimes that are ended at a random point of a random load (S1, S2): every frame has ended once,
// every output once, and no descriptor, thread or byte is left. Meant for ASan and TSan too.
// TMLRT_TEST_SHUTDOWNS says how many (1,000; `./dev bench shutdowns` runs 100,000), TMLRT_TEST_SEED
// the seed of the first; number n has seed + n.
#include <tmlrt/log.h>
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "rt/exec/block_on.h"
#include "rt/exec/runtime.h"
#include "rt/os/clock.h"
#include "rt/os/thread.h"
#include "tests/support/harness.h"
#include "tests/support/load.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

// ---- what is left -------------------------------------------------------------------------------

static uint32_t num_entries(const char* folder) {
    uint32_t num = 0;
    DIR* dir = opendir(folder);
    while (dir != NULL && readdir(dir) != NULL) {
        num++;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return num;
}

typedef struct balance {
    int64_t fds, threads, bytes;
} balance;

static balance take_balance(void) {
    return (balance){num_entries("/proc/self/fd"), num_entries("/proc/self/task"),
                     (int64_t)test_allocator_bytes()};
}

// A thread that was joined, or that said it ends, is listed until the kernel is through with it.
static balance what_is_left(const balance* before) {
    balance left = {0};
    for (int i = 0; i < 5000; i++) {
        balance now = take_balance();
        left = (balance){now.fds - before->fds, now.threads - before->threads,
                         now.bytes - before->bytes};
        if (left.threads <= 0) {
            break;
        }
        trt_parker pause = {0};
        (void)trt_parker_park(&pause, 20000);
    }
    return left;
}

// ---- plain threads that use the runtime meanwhile -----------------------------------------------

/// A thread that wakes, spawns, aborts and drives while the runtime is ended; it stays for all.
typedef struct helper {
    trt_thread thread;
    trt_parker start, done;
    test_load* load; ///< NULL: end
    bool drives;
    uint64_t seed;
} helper;

static tmlrt_poll step_until_shutdown(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx, (void)out;
    return TMLRT_PENDING;
}

static void drive(test_load* load) {
    test_probe probe = {0};
    test_future frame = {.step = step_until_shutdown, .probe = &probe};
    int64_t out;
    tmlrt_status status =
        tmlrt_runtime_run(load->runtime, &test_plain_desc, &frame, sizeof(frame), &out);
    EXPECT(status == TMLRT_E_CANCELLED || status == TMLRT_E_SHUTDOWN);
    EXPECT_EQ(trt_atomic_load(&probe.drops, TRT_RELAXED), 1);
}

static void act(helper* self, tmlrt_waker* kept) {
    test_load* load = self->load;
    uint64_t random = test_random(&self->seed);
    test_slot* slot = &load->slots[random / 8 % TEST_LOAD_SLOTS];
    switch (random % 6) {
    case 0:
        test_slot_wake(slot);
        break;
    case 1:
        trt_waker_wake(kept);
        *kept = test_slot_take(slot);
        break;
    case 2:
        tmlrt_task_detach(test_load_spawn(load, random));
        break;
    case 3: {
        tmlrt_task* task =
            trt_atomic_load(&load->held[random / 8 % TEST_LOAD_HELD], TRT_ACQUIRE_ORDER);
        if (task != NULL) {
            tmlrt_task_abort(task);
        }
        break;
    }
    default:
        sched_yield();
    }
}

static void helper_main(void* arg) {
    helper* self = arg;
    trt_parker_unpark(&self->done); // its start record is freed
    for (;;) {
        trt_parker_park(&self->start, UINT64_MAX);
        if (self->load == NULL) {
            return;
        }
        if (self->drives) {
            drive(self->load);
        }
        tmlrt_waker kept = {NULL, NULL};
        for (uint64_t i = test_random(&self->seed) % 64; i != 0; i--) {
            act(self, &kept);
        }
        trt_waker_wake(&kept);
        trt_block_on_forget();
        trt_parker_unpark(&self->done);
    }
}

enum { NUM_HELPERS = 2 };
static helper s_helpers[NUM_HELPERS];

static void start_helper(helper* self, test_load* load, uint64_t seed, bool drives) {
    self->load = load;
    self->seed = seed;
    self->drives = drives;
    trt_parker_unpark(&self->start);
}

// ---- one shutdown -------------------------------------------------------------------------------

/// How one of them goes, from its seed.
typedef struct plan {
    uint64_t seed;
    uint32_t workers;
    bool per_core;   ///< tasks stay where they were spawned
    bool background; ///< the runtime has threads
    bool drives;     ///< a helper drives the current-thread runtime, else this thread does
    bool late;       ///< the same, and afterwards a thread of its own does
    uint32_t num_helpers;
    uint64_t num_polls; ///< of the load, before it is shut down
    uint32_t drain_ms;  ///< for tasks to end by themselves, mostly none
    bool early_handles; ///< given up before the runtime is freed, else after it
} plan;

static plan make_plan(uint64_t seed) {
    static const uint32_t workers[] = {1, 2, 8};
    plan p = {.seed = seed};
    uint64_t random = test_random(&p.seed);
    p.workers = workers[random % 3];
    p.background = p.workers > 1 || random / 3 % 2 == 0;
    p.drives = !p.background && random / 6 % 2 == 0;
    p.num_helpers = (uint32_t)(random / 12 % 3);
    p.num_helpers = p.drives && p.num_helpers == 0 ? 1 : p.num_helpers;
    p.per_core = test_random(&p.seed) % 4 == 0;
    p.late = !p.background && test_random(&p.seed) % 2 == 0;
    p.early_handles = random / 36 % 2 == 0;
    p.drain_ms = random / 72 % 3 == 0 ? (uint32_t)(random / 216 % 4) : 0;
    p.num_polls = test_random(&p.seed) % (1ull << test_random(&p.seed) % 12);
    return p;
}

/// A task that yields until the load has been polled often enough; `left` is how often it may.
static tmlrt_poll step_until_point(test_future* self, tmlrt_context* cx, int64_t* out) {
    test_load* load = self->user;
    if (trt_atomic_load(&load->polls, TRT_RELAXED) >= load->enough || self->left-- <= 0) {
        *out = 0;
        return TMLRT_READY;
    }
    trt_waker_wake_ref(cx->waker);
    return TMLRT_PENDING;
}

static void run_to_the_point(test_load* load, const plan* p) {
    if (!p->background && !p->drives) {
        test_probe probe = {0};
        test_future frame = {.step = step_until_point, .probe = &probe, .user = load, .left = 1000};
        int64_t out;
        EXPECT_EQ(tmlrt_runtime_run(load->runtime, &test_plain_desc, &frame, sizeof(frame), &out),
                  TMLRT_OK);
        return;
    }
    for (int i = 0; i < 1000 && trt_atomic_load(&load->polls, TRT_RELAXED) < p->num_polls; i++) {
        sched_yield();
    }
}

// Returns the time from the last poll's return (or the begin) to the end of the shutdown.
static uint64_t shut_down(test_load* load, const plan* p) {
    uint64_t begin_ns = trt_os_now_ns();
    tmlrt_shutdown_report report;
    trt_atomic_store(&load->ending, 1, TRT_RELAXED);
    EXPECT_EQ(tmlrt_runtime_shutdown_within(load->runtime, &report, p->drain_ms, 60000), TMLRT_OK);
    EXPECT_EQ(report.workers_stuck + report.jobs_running, 0);
    uint64_t end_ns = trt_os_now_ns(), last_ns = trt_atomic_load(&load->last_end_ns, TRT_RELAXED);
    return end_ns - (last_ns > begin_ns ? last_ns : begin_ns);
}

static void give_up_handles(test_load* load, uint64_t seed) {
    for (int i = 0; i < TEST_LOAD_HELD; i++) {
        test_load_end(load, trt_atomic_xchg(&load->held[i], NULL, TRT_ACQ_REL), test_random(&seed));
    }
    for (int i = 0; i < TEST_LOAD_SLOTS; i++) {
        tmlrt_waker waker = test_slot_take(&load->slots[i]);
        trt_waker_wake(&waker); // E9: nobody is there any more
    }
}

static void spawn_roots(test_load* load, plan* p) {
    for (uint64_t i = test_random(&p->seed) % 12; i != 0; i--) {
        tmlrt_task* task = test_load_spawn(load, test_random(&p->seed));
        if (i % 2 == 0) {
            tmlrt_task_detach(task);
        } else if (task != NULL) {
            uint32_t place = trt_atomic_add(&load->num_held, 1, TRT_RELAXED);
            trt_atomic_store(&load->held[place], task, TRT_RELEASE_ORDER);
        }
    }
}

static uint64_t one_shutdown(test_load* load, plan* p) {
    const tmlrt_runtime_options options = {
        .workers = p->workers,
        .max_blocking_threads = 2,
        .flags = (p->background ? TMLRT_RUNTIME_BACKGROUND : 0) |
                 (p->per_core ? TMLRT_RUNTIME_PER_CORE : 0),
    };
    EXPECT_EQ((p->late ? trt_runtime_new_late : tmlrt_runtime_new)(&load->runtime, &options),
              TMLRT_OK);
    trt_atomic_init(&load->num_left, 1 + (uint32_t)(test_random(&p->seed) % 100));
    spawn_roots(load, p);
    for (uint32_t i = 0; i < p->num_helpers; i++) {
        start_helper(&s_helpers[i], load, test_random(&p->seed), p->drives && i == 0);
    }
    run_to_the_point(load, p);
    uint64_t took_ns = shut_down(load, p);
    for (uint32_t i = 0; i < p->num_helpers; i++) {
        trt_parker_park(&s_helpers[i].done, UINT64_MAX);
    }
    if (p->early_handles) {
        give_up_handles(load, p->seed);
    }
    tmlrt_runtime_free(load->runtime);
    give_up_handles(load, p->seed);
    trt_block_on_forget();
    return took_ns;
}

// ---- all of them --------------------------------------------------------------------------------

typedef struct totals {
    uint64_t num_clean, slowest_ns, slowest_seed, made, completed, dropped;
    balance left; ///< sums
} totals;

static uint64_t read64(trt_atomic_u64* word) {
    return trt_atomic_load(word, TRT_ACQUIRE_ORDER);
}

static bool check_one(totals* sum, uint64_t seed) {
    static const test_load s_none;
    static test_load s_load;
    s_load = s_none;
    plan p = make_plan(seed);
    s_load.enough = p.num_polls;
    s_load.has_sets = !p.drives;
    balance before = take_balance();
    uint64_t took_ns = one_shutdown(&s_load, &p);
    balance left = what_is_left(&before);
    uint64_t made = read64(&s_load.made), completed = read64(&s_load.completed);
    uint64_t dropped = read64(&s_load.dropped);
    uint64_t outputs = read64(&s_load.outputs_taken) + read64(&s_load.outputs_dropped);
    bool clean = left.fds == 0 && left.threads == 0 && left.bytes == 0 &&
                 made == completed + dropped && read64(&s_load.outputs) == outputs;
    if (!clean) {
        test_fail(__FILE__, __LINE__,
                  "TMLRT_TEST_SEED=%" PRIu64 ": made %" PRIu64 ", completed %" PRIu64
                  ", dropped %" PRIu64 ", outputs %" PRIu64 " of %" PRIu64 " ended, %" PRId64
                  " fds, %" PRId64 " threads, %" PRId64 " bytes left",
                  seed, made, completed, dropped, outputs, read64(&s_load.outputs), left.fds,
                  left.threads, left.bytes);
    }
    sum->num_clean += clean;
    if (took_ns > sum->slowest_ns) {
        sum->slowest_ns = took_ns;
        sum->slowest_seed = seed;
    }
    sum->made += made;
    sum->completed += completed;
    sum->dropped += dropped;
    sum->left.fds += left.fds;
    sum->left.threads += left.threads;
    sum->left.bytes += left.bytes;
    return clean;
}

static uint64_t from_environment(const char* name, uint64_t otherwise) {
    const char* text = getenv(name);
    return text == NULL || *text == 0 ? otherwise : strtoull(text, NULL, 10);
}

TEST(shutdowns__at_random_points_of_a_random_load__nothing_left) {
    uint64_t num = from_environment("TMLRT_TEST_SHUTDOWNS", 1000);
    uint64_t seed = from_environment("TMLRT_TEST_SEED", 1), failed = 0;
    totals sum = {0};
    tmlrt_log_set_level(TMLRT_LOG_ERROR); // a drain that ends early says so
    for (int i = 0; i < NUM_HELPERS; i++) {
        REQUIRE(trt_thread_start(&s_helpers[i].thread, "helper", 0, helper_main, &s_helpers[i]) ==
                TMLRT_OK);
        trt_parker_park(&s_helpers[i].done, UINT64_MAX);
    }
    for (uint64_t i = 0; i < num && failed < 5; i++) {
        failed += !check_one(&sum, seed + i);
    }
    for (int i = 0; i < NUM_HELPERS; i++) {
        start_helper(&s_helpers[i], NULL, 0, false);
        trt_thread_join(&s_helpers[i].thread);
    }
    printf("shutdowns %" PRIu64 "/%" PRIu64 " from seed %" PRIu64 ", slowest %.3f ms (seed %" PRIu64
           "), spawned %" PRIu64 " = completed %" PRIu64 " + dropped %" PRIu64 ", fds %" PRId64
           ", threads %" PRId64 ", bytes %" PRId64 "\n",
           sum.num_clean, num, seed, (double)sum.slowest_ns / 1e6, sum.slowest_seed, sum.made,
           sum.completed, sum.dropped, sum.left.fds, sum.left.threads, sum.left.bytes);
}
