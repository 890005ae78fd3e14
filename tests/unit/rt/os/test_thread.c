// SPDX-License-Identifier: Apache-2.0
#include "rt/os/thread.h"

#include "rt/base/sanitize.h"
#include "rt/os/clock.h"
#include "tests/support/harness.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

enum { NUM_THREADS = 4, ROUNDS = 20000 };

static trt_mutex s_mutex;
static uint64_t s_counter; // under s_mutex

static void count_up(void* arg) {
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        trt_mutex_lock(&s_mutex);
        s_counter++;
        trt_mutex_unlock(&s_mutex);
    }
}

TEST(mutex_lock__four_threads__counts_every_round) {
    trt_thread threads[NUM_THREADS];
    s_counter = 0;
    for (int i = 0; i < NUM_THREADS; i++) {
        REQUIRE(trt_thread_start(&threads[i], "count", 0, count_up, NULL) == TMLRT_OK);
    }
    for (int i = 0; i < NUM_THREADS; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT_EQ(s_counter, NUM_THREADS * ROUNDS);
    EXPECT(trt_mutex_try_lock(&s_mutex));
    EXPECT(!trt_mutex_try_lock(&s_mutex));
    trt_mutex_unlock(&s_mutex);
}

// With the lock held across a yield the others give up spinning and sleep.
static void hold_long(void* arg) {
    (void)arg;
    for (int i = 0; i < ROUNDS / 20; i++) {
        trt_mutex_lock(&s_mutex);
        s_counter++;
        sched_yield();
        trt_mutex_unlock(&s_mutex);
    }
}

TEST(mutex_lock__holders_take_long__every_sleeper_is_woken) {
    trt_thread threads[NUM_THREADS];
    s_counter = 0;
    for (int i = 0; i < NUM_THREADS; i++) {
        REQUIRE(trt_thread_start(&threads[i], "hold", 0, hold_long, NULL) == TMLRT_OK);
    }
    for (int i = 0; i < NUM_THREADS; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT_EQ(s_counter, NUM_THREADS * (ROUNDS / 20));
}

// Now and then the lock is held across a yield: the others nap.
static trt_spin s_spin;

static void count_up_spinning(void* arg) {
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        trt_spin_lock(&s_spin);
        s_counter++;
        if (i % 1000 == 0) {
            sched_yield();
        }
        trt_spin_unlock(&s_spin);
    }
}

TEST(spin_lock__four_threads_and_slow_holders__counts_every_round) {
    trt_thread threads[NUM_THREADS];
    s_counter = 0;
    for (int i = 0; i < NUM_THREADS; i++) {
        REQUIRE(trt_thread_start(&threads[i], "spin", 0, count_up_spinning, NULL) == TMLRT_OK);
    }
    for (int i = 0; i < NUM_THREADS; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT_EQ(s_counter, NUM_THREADS * ROUNDS);
}

// Two threads hand a plain counter to each other: lost tokens hang, missing order is a TSan report.
typedef struct pair {
    trt_parker parkers[2];
    uint64_t value;
} pair;

static void pong(void* arg) {
    pair* p = arg;
    for (int i = 0; i < ROUNDS; i++) {
        while (!trt_parker_park(&p->parkers[1], UINT64_MAX)) {
        }
        p->value++;
        trt_parker_unpark(&p->parkers[0]);
    }
}

TEST(parker__ping_pong__no_token_lost_and_writes_seen) {
    pair p = {0};
    trt_thread thread;
    REQUIRE(trt_thread_start(&thread, "pong", 0, pong, &p) == TMLRT_OK);
    for (int i = 0; i < ROUNDS; i++) {
        EXPECT_EQ(p.value, i);
        trt_parker_unpark(&p.parkers[1]);
        EXPECT(trt_parker_park(&p.parkers[0], UINT64_MAX));
    }
    trt_thread_join(&thread);
    EXPECT_EQ(p.value, ROUNDS);
}

TEST(parker_park__token_given_before__returns_at_once_and_takes_it) {
    trt_parker parker = {0};
    trt_parker_unpark(&parker);
    trt_parker_unpark(&parker);
    EXPECT(trt_parker_park(&parker, UINT64_MAX));
    EXPECT(!trt_parker_park(&parker, 0));
    EXPECT(!trt_parker_park(&parker, 1000000));
    trt_parker_unpark(&parker);
    EXPECT(trt_parker_park(&parker, 0));
}

TEST(parker_park__timeout__never_early) {
    trt_parker parker = {0};
    uint64_t before_ns = trt_os_now_ns();
    EXPECT(!trt_parker_park(&parker, 3000000));
    EXPECT(trt_os_now_ns() - before_ns >= 3000000);
}

// Producers unpark while the owner parks with tiny timeouts: every unpark must be seen by a true
// return after it, so the sum that the owner saw ends complete.
typedef struct storm {
    trt_parker parker;
    trt_atomic_u64 posted;
} storm;

static void post(void* arg) {
    storm* s = arg;
    for (int i = 0; i < ROUNDS; i++) {
        trt_atomic_add(&s->posted, 1, TRT_RELAXED);
        trt_parker_unpark(&s->parker);
    }
}

TEST(parker_park__unparks_race_with_timeouts__last_token_is_seen) {
    storm s = {0};
    trt_thread threads[2];
    for (int i = 0; i < 2; i++) {
        REQUIRE(trt_thread_start(&threads[i], "post", 0, post, &s) == TMLRT_OK);
    }
    uint64_t seen = 0, timeout_ns = 0;
    while (seen < 2 * ROUNDS) {
        // Without a timeout now and then: a lost token would hang here.
        timeout_ns = (timeout_ns + 777) % 20000;
        if (trt_parker_park(&s.parker, timeout_ns < 4000 ? UINT64_MAX : timeout_ns)) {
            seen = trt_atomic_load(&s.posted, TRT_RELAXED);
        }
    }
    for (int i = 0; i < 2; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT_EQ(seen, 2 * ROUNDS);
}

// Each token is posted when the one before was taken, while the owner's waits time out at once and
// all the time: a token that comes together with a timeout and is lost hangs the test.
static void post_when_taken(void* arg) {
    pair* p = arg;
    for (int i = 0; i < 10 * ROUNDS; i++) {
        trt_parker_unpark(&p->parkers[0]);
        trt_parker_park(&p->parkers[1], UINT64_MAX);
    }
}

TEST(parker_park__token_comes_with_the_timeout__taken) {
    pair p = {0};
    trt_thread thread;
    REQUIRE(trt_thread_start(&thread, "post", 0, post_when_taken, &p) == TMLRT_OK);
    for (int i = 0; i < 10 * ROUNDS; i++) {
        while (!trt_parker_park(&p.parkers[0], 0)) {
        }
        trt_parker_unpark(&p.parkers[1]);
    }
    trt_thread_join(&thread);
}

static void note_id(void* arg) {
    *(uint64_t*)arg = trt_thread_id();
}

TEST(thread_id__two_threads__differ_and_stay) {
    uint64_t other = 0;
    trt_thread thread;
    REQUIRE(trt_thread_start(&thread, "a-name-longer-than-fifteen", 65536, note_id, &other) ==
            TMLRT_OK);
    trt_thread_join(&thread);
    EXPECT(other != 0 && other != trt_thread_id());
    EXPECT_EQ(trt_thread_id(), trt_thread_id());
}

TEST(thread_start__no_memory__nomem_and_nothing_started) {
    uint64_t other = 0;
    trt_thread thread;
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_thread_start(&thread, "t", 0, note_id, &other), TMLRT_E_NOMEM);
    EXPECT(test_allocator_hit());
    EXPECT_EQ(other, 0);
    trt_thread_record record;
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_thread_start_in(&thread, &record, "t", 0, note_id, &other), TMLRT_OK);
    trt_thread_join(&thread);
    EXPECT(other != 0);
    EXPECT(!test_allocator_hit());
    test_allocator_fail_at(0);
}

typedef struct sleeper {
    trt_atomic_u64 os_id;
    trt_parker parker;
} sleeper;

static void sleep_main(void* arg) {
    sleeper* self = arg;
    trt_atomic_store(&self->os_id, trt_thread_os_id(), TRT_RELEASE_ORDER);
    (void)trt_parker_park(&self->parker, UINT64_MAX);
}

TEST(thread_cpu_ns__own_blocked_and_ended_thread__as_the_system_says) {
    uint64_t mine = trt_thread_os_id(), other;
    EXPECT_EQ(trt_thread_os_id(), mine);
    EXPECT(trt_thread_cpu_ns(mine) > 0);
    EXPECT(trt_thread_wants_cpu(mine));
    sleeper sleeping = {0};
    trt_thread thread;
    REQUIRE(trt_thread_start(&thread, "t", 0, sleep_main, &sleeping) == TMLRT_OK);
    while ((other = trt_atomic_load(&sleeping.os_id, TRT_ACQUIRE_ORDER)) == 0) {
        sched_yield();
    }
    EXPECT(other != mine);
    EXPECT(trt_thread_cpu_ns(other) > 0);
    while (trt_thread_wants_cpu(other)) {
        sched_yield();
    }
    trt_parker_unpark(&sleeping.parker);
    trt_thread_join(&thread);
    EXPECT_EQ(trt_thread_cpu_ns(0), 0);
    EXPECT(!trt_thread_wants_cpu(0));
}

// A pipe that only the leaving thread could still hold open, and a word for what it saw.
typedef struct leaver {
    int ends[2];
    trt_parker left, may_end;
    bool has_end, has_stderr;
} leaver;

static void leave(void* arg) {
    leaver* self = arg;
    trt_thread_leave_handles();
    self->has_end = fcntl(self->ends[1], F_GETFD) >= 0;
    self->has_stderr = fcntl(STDERR_FILENO, F_GETFD) >= 0;
    trt_parker_unpark(&self->left);
    trt_parker_park(&self->may_end, UINT64_MAX);
}

TEST(leave_handles__pipe_open_meanwhile__stays_the_process_own_alone) {
    leaver self = {0};
    trt_thread thread;
    char byte;
    REQUIRE(pipe(self.ends) == 0);
    REQUIRE(trt_thread_start(&thread, "leaver", 0, leave, &self) == TMLRT_OK);
    EXPECT(trt_parker_park(&self.left, UINT64_MAX));
    EXPECT(self.has_stderr);
    EXPECT(fcntl(self.ends[1], F_GETFD) >= 0); // here nothing was closed
    close(self.ends[1]);
    EXPECT_EQ(read(self.ends[0], &byte, 1), 0); // the end: nobody else has the other side
    trt_parker_unpark(&self.may_end);
    trt_thread_join(&thread);
    close(self.ends[0]);
    if (!TRT_SANITIZED && self.has_end) {
        test_skip("this system has no close_range with CLOSE_RANGE_UNSHARE");
    }
}

TEST(os_num_cpus__here__at_least_one) {
    EXPECT(trt_os_num_cpus() >= 1 && trt_os_num_cpus() < 100000);
}

TEST(os_num_cpus__bound_to_one_cpu__one) {
    cpu_set_t all, one;
    REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, &all)) {
            CPU_SET(cpu, &one);
        }
    }
    REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
    EXPECT_EQ(trt_os_num_cpus(), 1);
    EXPECT_EQ(sched_setaffinity(0, sizeof(all), &all), 0);
}

TEST(os_clock__read_twice__does_not_decrease) {
    uint64_t first = trt_os_now_ns();
    EXPECT(trt_os_now_ns() >= first);
    EXPECT(trt_os_wall_s() > 1600000000);
}
