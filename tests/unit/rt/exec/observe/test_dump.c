// SPDX-License-Identifier: Apache-2.0
#include "rt/exec/observe/dump_signal.h"

#include <tmlrt/task.h>

#include "rt/exec/observe/serving.h"
#include "rt/exec/runtime.h"
#include "rt/exec/worker.h"
#include "rt/os/signal.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT = 1 << 16 };

typedef struct text {
    char bytes[TEXT];
    uint64_t len, num_lines;
} text;

static void take(void* arg, const char* bytes, uint64_t len) {
    text* out = arg;
    for (uint64_t i = 0; i < len; i++) {
        out->num_lines += bytes[i] == '\n';
        if (out->len + 1 < TEXT) {
            out->bytes[out->len++] = bytes[i];
        }
    }
    out->bytes[out->len] = '\0';
}

static text s_text;
static test_probe s_probe;
static tmlrt_runtime* s_runtime;

static void dump(void) {
    s_text.len = s_text.num_lines = 0;
    EXPECT_EQ(tmlrt_runtime_dump(s_runtime, take, &s_text), TMLRT_OK);
}

static bool has(const char* format, uint64_t id) {
    char line[256];
    snprintf(line, sizeof(line), format, id);
    bool found = strstr(s_text.bytes, line) != NULL;
    if (!found) {
        test_fail(__FILE__, __LINE__, "no line \"%s\" in\n%s", line, s_text.bytes);
    }
    return found;
}

static tmlrt_task* spawn(const tmlrt_future_desc* desc, test_step step) {
    test_future frame = {.step = step, .probe = &s_probe};
    return tmlrt_runtime_spawn(s_runtime, desc, &frame, sizeof(frame));
}

static void end_all(tmlrt_task** tasks, size_t num) {
    for (size_t i = 0; i < num; i++) {
        tmlrt_task_detach(tasks[i]);
    }
    tmlrt_runtime_free(s_runtime);
}

// A future as a compiler describes it, with debug info.
static tmlrt_poll described_poll(void* frame, tmlrt_context* cx, void* out) {
    return test_plain_desc.poll(frame, cx, out);
}
static void described_drop(void* frame) {
    test_plain_desc.drop(frame);
}
static const uint32_t s_lines[] = {10, 17};
static const tmlrt_future_desc s_described = {
    .poll = described_poll,
    .drop = described_drop,
    .frame_size = sizeof(test_future),
    .frame_align = _Alignof(test_future),
    .out_size = sizeof(int64_t),
    .out_align = _Alignof(int64_t),
    .name = "fetch",
    .file = "shop.tml",
    .line = 10,
    .num_states = 2,
    .state_lines = s_lines,
};

// Looks at the others from within a task, after they had their turn.
static tmlrt_poll step_look(test_future* self, tmlrt_context* cx, int64_t* out) {
    if (test_step_yield(self, cx, out) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    dump();
    return TMLRT_READY;
}

TEST(dump__tasks_in_every_state__a_line_each_with_name_and_place) {
    test_clock clock;
    s_runtime = test_clock_runtime(&clock);
    REQUIRE(s_runtime != NULL);
    tmlrt_task* tasks[] = {spawn(&s_described, test_step_never),
                           spawn(&test_plain_desc, test_step_never)};
    test_future frame = {.step = step_look, .probe = &s_probe, .left = 300};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(s_runtime, &test_plain_desc, &frame, sizeof(frame), &out), 0);
    uint64_t first = tmlrt_task_id(tasks[0]);
    has("worker 0 runs test\n", 0);
    has("task %" PRIu64 " waiting fetch at shop.tml:17\n", first);
    has("task %" PRIu64 " waiting test\n", first + 1);
    has("task %" PRIu64 " running test on worker 0, bound to worker 0\n", first + 2);
    EXPECT_EQ(s_text.num_lines, 4);
    tmlrt_task* queued = spawn(&s_described, test_step_never);
    tmlrt_task_abort(tasks[1]);
    dump();
    has("worker 0 sleeps\n", 0);
    has("task %" PRIu64 " cancelled test\n", first + 1);
    has("task %" PRIu64 " queued fetch at shop.tml:10\n", tmlrt_task_id(queued));
    tmlrt_task_detach(queued);
    end_all(tasks, 2);
}

// Answers requests: its own frame says what waits, the worker what runs.
typedef struct server_frame {
    tmlrt_frame head;
    trt_serving serving;
    const tmlrt_meta_route* runs; ///< NULL: waits for ever
} server_frame;

static const tmlrt_meta_route s_find = {.cls = "Users", .name = "find", .method = "GET"};
static const tmlrt_meta_route s_make = {.cls = "Users", .name = "make", .method = "POST"};

static tmlrt_poll server_poll(void* frame, tmlrt_context* cx, void* out) {
    server_frame* self = frame;
    (void)cx, (void)out;
    if (self->runs == NULL) {
        return TMLRT_PENDING;
    }
    trt_atomic_ptr* doing = &trt_current_worker()->figures.doing;
    trt_atomic_store(doing, (void*)(uintptr_t)self->runs, TRT_RELAXED);
    dump();
    trt_atomic_store(doing, NULL, TRT_RELAXED);
    return TMLRT_READY;
}
static void server_drop(void* frame) {
    (void)frame;
}
static const tmlrt_future_desc s_server = {
    .flags = TMLRT_FUTURE_LEAF | TRT_FUTURE_SERVES,
    .poll = server_poll,
    .drop = server_drop,
    .frame_size = sizeof(server_frame),
    .frame_align = _Alignof(server_frame),
    .out_align = 1,
    .name = "connection",
    .num_states = 2,
};

TEST(dump__tasks_that_answer_requests__the_routes_with_them) {
    test_clock clock;
    s_runtime = test_clock_runtime(&clock);
    REQUIRE(s_runtime != NULL);
    tmlrt_task* tasks[3];
    for (uint32_t i = 0; i < 3; i++) {
        server_frame frame = {.runs = NULL};
        trt_serving_set(&frame.serving, i == 0 ? NULL : &s_find, i == 2 ? 4 : 0);
        tasks[i] = tmlrt_runtime_spawn(s_runtime, &s_server, &frame, sizeof frame);
    }
    test_future yields = {.step = test_step_yield, .probe = &s_probe, .left = 300};
    int64_t out;
    EXPECT_EQ(tmlrt_runtime_run(s_runtime, &test_plain_desc, &yields, sizeof yields, &out), 0);
    server_frame frame = {.runs = &s_make};
    EXPECT_EQ(tmlrt_runtime_run(s_runtime, &s_server, &frame, sizeof frame, NULL), 0);
    uint64_t first = tmlrt_task_id(tasks[0]);
    has("worker 0 runs connection for POST Users.make\n", 0);
    has("task %" PRIu64 " waiting connection\n", first);
    has("task %" PRIu64 " waiting connection for GET Users.find\n", first + 1);
    has("task %" PRIu64 " waiting connection for GET Users.find and 4 more\n", first + 2);
    has(" running connection for POST Users.make on worker 0", 0);
    end_all(tasks, 3);
}

TEST(serving_text__long_names_and_little_room__cut) {
    char name[200], line[160];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    tmlrt_meta_route route = {.cls = name, .name = name, .method = name};
    EXPECT_EQ(trt_serving_text(line, sizeof line, &route, UINT32_MAX), 159);
    EXPECT_EQ(strlen(line), 159);
    EXPECT_EQ(trt_serving_text(line, 8, &s_find, 0), 7);
    EXPECT_STR(line, " for GE");
    EXPECT_EQ(trt_serving_text(line, sizeof line, NULL, 3), 0);
    EXPECT_STR(line, "");
}

TEST(dump__a_hundred_thousand_tasks__all_of_them_in_whole_lines) {
    enum { NUM = 100000 };
    test_clock clock;
    s_runtime = test_clock_runtime(&clock);
    REQUIRE(s_runtime != NULL);
    for (int i = 0; i < NUM; i++) {
        tmlrt_task_detach(spawn(&test_plain_desc, test_step_never));
    }
    dump();
    EXPECT_EQ(s_text.num_lines, NUM + 1);
    end_all(NULL, 0);
}

TEST(dump__each_allocation_fails__nomem) {
    test_clock clock;
    s_runtime = test_clock_runtime(&clock);
    REQUIRE(s_runtime != NULL);
    tmlrt_task* task = spawn(&test_plain_desc, test_step_never);
    uint64_t nth = 1;
    for (bool hit = true; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_runtime_dump(s_runtime, take, &s_text);
        hit = test_allocator_hit();
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    test_allocator_fail_at(0);
    EXPECT_EQ(nth, 4);
    end_all(&task, 1);
}

// ---- the signal ---------------------------------------------------------------------------------

static void dump_at_quit(void) {
    const tmlrt_runtime_options options = {.workers = 1, .flags = TMLRT_RUNTIME_DUMP_ON_QUIT};
    if (tmlrt_runtime_new(&s_runtime, &options) != TMLRT_OK) {
        _exit(2);
    }
    tmlrt_task* task = spawn(&s_described, test_step_never);
    kill(getpid(), SIGQUIT);
    while (trt_dump_signal_count(s_runtime->observe.dumper) == 0) {
        sched_yield();
    }
    end_all(&task, 1);
    _exit(0);
}

TEST(dump_signal__quit__dump_on_stderr_and_the_process_lives) {
    char written[512];
    EXPECT_EQ(test_child(dump_at_quit, written, sizeof(written)), 0);
    EXPECT(strstr(written, "worker 0 sleeps\ntask ") != NULL);
    EXPECT(strstr(written, " queued fetch at shop.tml:10\n") != NULL);
}

TEST(dump_signal_start__each_allocation_fails__nomem_and_nothing_left) {
    bool hit = true;
    for (uint64_t nth = 1; hit; nth++) {
        trt_dump_signal* dumper = NULL;
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_dump_signal_start(&dumper, NULL, TRT_SIGNAL_USR2);
        hit = test_allocator_hit();
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        test_allocator_fail_at(0);
        trt_dump_signal_stop(dumper);
    }
}

TEST(observe_configure__dump_signal__a_known_one_or_an_error) {
    static const struct {
        const char* text;
        tmlrt_status status;
        uint32_t signal;
    } s_rows[] = {{"quit", TMLRT_OK, TRT_SIGNAL_QUIT}, {"usr1", TMLRT_OK, TRT_SIGNAL_USR1},
                  {"usr2", TMLRT_OK, TRT_SIGNAL_USR2}, {"", TMLRT_OK, 0},
                  {"kill", TMLRT_E_INVAL, 0},          {"QUIT", TMLRT_E_INVAL, 0}};
    for (size_t i = 0; i < sizeof(s_rows) / sizeof(s_rows[0]); i++) {
        trt_runtime_config config;
        setenv("TMLRT_DUMP_SIGNAL", s_rows[i].text, 1);
        tmlrt_status status = trt_runtime_configure(&config, NULL);
        EXPECT_EQ(status, s_rows[i].status);
        EXPECT_EQ(status == TMLRT_OK ? config.observe.dump_signal : 0, s_rows[i].signal);
    }
    unsetenv("TMLRT_DUMP_SIGNAL");
}
