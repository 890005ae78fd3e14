// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/seeded.h"

#include <tmlrt/task.h>
#include <tmlrt/time.h>

#include "rt/exec/runtime.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

static test_probe s_probe;

static tmlrt_runtime* seeded(uint64_t seed) {
    const tmlrt_runtime_options options = {.flags = TMLRT_RUNTIME_SEEDED, .seed = seed};
    tmlrt_runtime* runtime = NULL;
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    return runtime;
}

static int64_t run(tmlrt_runtime* runtime, test_step step, void* user, int64_t left) {
    test_future frame = {.step = step, .probe = &s_probe, .user = user, .left = left};
    int64_t out = -1;
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out), TMLRT_OK);
    return out;
}

// ---- order --------------------------------------------------------------------------------------

enum { TASKS = 6, POLLS = 4, MANY = 200 };

typedef struct history {
    char order[TASKS * POLLS + 1];
    uint32_t len;
    tmlrt_task* tasks[MANY];
} history;

typedef struct writer {
    history* to;
    char name;
} writer;

static writer s_writers[TASKS];

static tmlrt_poll step_write(test_future* self, tmlrt_context* cx, int64_t* out) {
    const writer* me = self->user;
    me->to->order[me->to->len++] = me->name;
    return test_step_yield(self, cx, out);
}

static tmlrt_poll step_spawn_all(test_future* self, tmlrt_context* cx, int64_t* out) {
    history* to = self->user;
    if (to->tasks[0] == NULL) {
        for (int i = 0; i < TASKS; i++) {
            static test_probe s_child;
            s_writers[i] = (writer){to, (char)('a' + i)};
            test_future child = {
                .step = step_write, .probe = &s_child, .user = &s_writers[i], .left = POLLS - 1};
            to->tasks[i] = tmlrt_spawn(&test_plain_desc, &child, sizeof(child));
        }
    }
    if (to->len < TASKS * POLLS) {
        self->left = 1;
    }
    return test_step_yield(self, cx, out);
}

static void record(uint64_t seed, history* out) {
    memset(out, 0, sizeof(*out));
    tmlrt_runtime* runtime = seeded(seed);
    REQUIRE(runtime != NULL);
    run(runtime, step_spawn_all, out, 1);
    for (int i = 0; i < TASKS; i++) {
        tmlrt_task_detach(out->tasks[i]);
    }
    tmlrt_runtime_free(runtime);
}

TEST(seeded__same_seed__same_order_and_another_seed_another) {
    static history s_first, s_again, s_other;
    uint32_t num_different = 0;
    record(0, &s_other);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        record(seed, &s_first);
        record(seed, &s_again);
        EXPECT_EQ(s_first.len, TASKS * POLLS);
        EXPECT_STR(s_first.order, s_again.order);
        num_different += strcmp(s_first.order, s_other.order) != 0;
    }
    EXPECT_EQ(num_different, 20);
}

// The last of two that are queued one after the other may be first, or the first: which a FIFO
// never tells.
TEST(seeded__two_tasks__each_is_first_under_some_seed) {
    static history s_history;
    bool first[TASKS] = {false};
    for (uint64_t seed = 0; seed < 100; seed++) {
        record(seed, &s_history);
        first[s_history.order[0] - 'a'] = true;
    }
    for (int i = 0; i < TASKS; i++) {
        EXPECT(first[i]);
    }
}

static tmlrt_poll step_turns(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx;
    *out = 0;
    for (int i = 0; i < 8; i++) {
        *out = *out * 8 + tmlrt_turn(8);
    }
    return TMLRT_READY;
}

TEST(seeded__turns_of_a_select__come_from_the_seed) {
    int64_t turns[3];
    static const uint64_t s_seeds[] = {7, 7, 8};
    for (int i = 0; i < 3; i++) {
        tmlrt_runtime* runtime = seeded(s_seeds[i]);
        REQUIRE(runtime != NULL);
        turns[i] = run(runtime, step_turns, NULL, 0);
        tmlrt_runtime_free(runtime);
    }
    EXPECT_EQ(turns[0], turns[1]);
    EXPECT(turns[0] != turns[2]);
}

// ---- time ---------------------------------------------------------------------------------------

#define HOUR_NS (3600ull * 1000000000)
#define MS_NS   1000000

static tmlrt_poll step_spin(test_future* self, tmlrt_context* cx, int64_t* out) {
    self->left = tmlrt_now_ns() < 1000000000 + 5 * MS_NS;
    return test_step_yield(self, cx, out);
}

TEST(seeded__task_that_spins_until_a_time__sees_it_come) {
    tmlrt_runtime* runtime = seeded(1);
    REQUIRE(runtime != NULL);
    EXPECT_EQ(run(runtime, step_spin, NULL, 1), 1);
    tmlrt_runtime_free(runtime);
}

static tmlrt_poll step_hour(test_future* self, tmlrt_context* cx, int64_t* out) {
    uint64_t* began_ns = self->user;
    if (*began_ns == 0) {
        *began_ns = tmlrt_now_ns();
    }
    if (test_step_sleep(self, cx, out) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *out = (int64_t)(tmlrt_now_ns() - *began_ns);
    return TMLRT_READY;
}

TEST(seeded__sleep_of_an_hour__takes_an_hour_of_its_clock) {
    uint64_t began_ns = 0;
    tmlrt_runtime* runtime = seeded(1);
    REQUIRE(runtime != NULL);
    int64_t took_ns = run(runtime, step_hour, &began_ns, HOUR_NS);
    EXPECT(took_ns >= (int64_t)HOUR_NS && took_ns < (int64_t)HOUR_NS + 2 * MS_NS);
    tmlrt_runtime_free(runtime);
}

static void double_it(void* arg) {
    *(int64_t*)arg *= 2;
}

// Waits for a job of the pool beside a task that sleeps for an hour: time does not jump past it.
static tmlrt_poll step_job(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (self->leaf_desc == NULL) {
        static test_probe s_sleeper;
        static uint64_t s_began_ns;
        s_began_ns = 0;
        test_future sleeper = {
            .step = step_hour, .probe = &s_sleeper, .user = &s_began_ns, .left = HOUR_NS};
        tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &sleeper, sizeof(sleeper)));
        tmlrt_join_init(self->leaf, tmlrt_spawn_blocking(double_it, &self->left, 8), &self->left);
        self->leaf_desc = &tmlrt_join_desc;
    }
    tmlrt_status status;
    if (tmlrt_join_desc.poll(self->leaf, cx, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    EXPECT_EQ(self->left, 42);
    *out = (int64_t)tmlrt_now_ns();
    return TMLRT_READY;
}

TEST(seeded__job_of_the_pool_runs__time_waits_for_it) {
    for (uint64_t seed = 0; seed < 50; seed++) {
        tmlrt_runtime* runtime = seeded(seed);
        REQUIRE(runtime != NULL);
        EXPECT(run(runtime, step_job, NULL, 21) < 1000000000 + MS_NS);
        tmlrt_runtime_free(runtime);
    }
}

// ---- the queue, configuration -------------------------------------------------------------------

TEST(runq_take__each_place__the_others_stay_in_order) {
    enum { NUM = 4 };
    static tmlrt_task s_tasks[NUM];
    for (uint64_t at = 0; at < NUM; at++) {
        trt_runq queue = {NULL, NULL, 0};
        for (int i = 0; i < NUM; i++) {
            trt_runq_push(&queue, &s_tasks[i]);
        }
        EXPECT(trt_runq_take(&queue, at) == &s_tasks[at]);
        EXPECT_EQ(queue.len, NUM - 1);
        trt_runq_push(&queue, &s_tasks[at]);
        for (uint64_t i = 0; i < NUM; i++) {
            if (i != at) {
                EXPECT(trt_runq_pop(&queue) == &s_tasks[i]);
            }
        }
        EXPECT(trt_runq_pop(&queue) == &s_tasks[at]);
        EXPECT(trt_runq_pop(&queue) == NULL);
    }
}

TEST(seed_configure__option_variable_and_nonsense__seed_or_an_error) {
    static const struct {
        const char* text;
        tmlrt_runtime_options options;
        tmlrt_status status;
        bool is_set;
        uint64_t value;
    } s_rows[] = {
        {"17", {.workers = 0}, TMLRT_OK, true, 17},
        {"0", {.workers = 0}, TMLRT_OK, true, 0},
        {"17", {.workers = 2}, TMLRT_OK, false, 0}, // threads were asked for
        {"17", {.flags = TMLRT_RUNTIME_SEEDED, .seed = 3}, TMLRT_OK, true, 3},
        {"", {.workers = 0}, TMLRT_OK, false, 0},
        {"", {.workers = 1, .seed = 3}, TMLRT_OK, false, 0},
        {"x", {.workers = 0}, TMLRT_E_INVAL, false, 0},
        {"-1", {.workers = 0}, TMLRT_E_INVAL, false, 0},
        {"", {.workers = 2, .flags = TMLRT_RUNTIME_SEEDED}, TMLRT_E_INVAL, false, 0},
    };
    for (size_t i = 0; i < sizeof(s_rows) / sizeof(s_rows[0]); i++) {
        trt_runtime_config config;
        setenv("TMLRT_SEED", s_rows[i].text, 1);
        EXPECT_EQ(trt_runtime_configure(&config, &s_rows[i].options), s_rows[i].status);
        if (s_rows[i].status == TMLRT_OK) {
            EXPECT_EQ(config.seed.is_set, s_rows[i].is_set);
            EXPECT_EQ(config.seed.value, s_rows[i].value);
            EXPECT(!config.seed.is_set || config.num_workers == 1);
        }
    }
    unsetenv("TMLRT_SEED");
}
