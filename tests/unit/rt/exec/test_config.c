// SPDX-License-Identifier: Apache-2.0
// The runtime's options: what is refused and how it is said, defaults, the outcome as text, and
// what threads do of it.
#include <tmlrt/runtime.h>
#include <tmlrt/task.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/os/thread.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

// Children first: they fork before this process has started threads.

// ---- what is refused ----------------------------------------------------------------------------

static tmlrt_runtime_options s_options;

static void start_with_options(void) {
    tmlrt_runtime* runtime = NULL;
    tmlrt_status status = tmlrt_runtime_new(&runtime, &s_options);
    exit(status == TMLRT_OK ? 0 : -status);
}

// Starts a runtime with s_options in a child: what it wrote to stderr; "" is a start that went
// well.
static void expect_refused(const char* first, const char* second) {
    char text[1024];
    EXPECT_EQ(test_child(start_with_options, text, sizeof(text)), -TMLRT_E_INVAL);
    EXPECT(strstr(text, first) != NULL);
    EXPECT(strstr(text, second) != NULL);
}

TEST(runtime_new__each_bad_option__named_with_its_value_and_what_may_be_set) {
    s_options = (tmlrt_runtime_options){.workers = 1025};
    expect_refused("`workers` is 1025", "from 1 to 1024");
    s_options = (tmlrt_runtime_options){.workers = 1, .max_blocking_threads = 513};
    expect_refused("`max_blocking_threads` is 513", "from 1 to 512");
    s_options = (tmlrt_runtime_options){.workers = 1, .stack_bytes = 65535};
    expect_refused("`stack_bytes` is 65535", "from 65536 to 1073741824");
    s_options = (tmlrt_runtime_options){.workers = 1, .stack_bytes = UINT64_MAX};
    expect_refused("`stack_bytes` is 18446744073709551615", "or 0 for the default");
    s_options = (tmlrt_runtime_options){.workers = 1, .event_interval = 10001};
    expect_refused("`event_interval` is 10001", "from 1 to 10000");
    s_options = (tmlrt_runtime_options){.workers = 1, .watchdog_ms = 9};
    expect_refused("`watchdog_ms` is 9", "from 10 to 600000");
    s_options = (tmlrt_runtime_options){.workers = 1, .flags = 0x81};
    expect_refused("`flags` is 0x81: 0x80 is not known", "TMLRT_RUNTIME_PER_CORE");
    s_options = (tmlrt_runtime_options){.workers = 1, .thread_name = ""};
    expect_refused("`thread_name` is empty", "NULL for the default");
    s_options = (tmlrt_runtime_options){.workers = 1, .thread_name = "a\n"};
    expect_refused("`thread_name`", "no visible ASCII");
    s_options = (tmlrt_runtime_options){.workers = 2000, .event_interval = 20000};
    expect_refused("`workers` is 2000", "`event_interval` is 20000"); // both at once
}

TEST(runtime_new__the_environments_scheduler__taken_or_refused) {
    char text[1024];
    setenv("TMLRT_SCHEDULER", "pre-core", 1);
    s_options = (tmlrt_runtime_options){.workers = 2, .max_blocking_threads = 1};
    expect_refused("TMLRT_SCHEDULER is 'pre-core'", "set 'stealing' or 'per-core'");
    static const char* const known[] = {"per-core", "stealing", ""};
    static const char* const flavours[] = {"a task stays on its worker (TMLRT_SCHEDULER)\n",
                                           "threads that share the work\n",
                                           "threads that share the work\n"};
    for (int i = 0; i < 3; i++) {
        trt_runtime_config config;
        setenv("TMLRT_SCHEDULER", known[i], 1);
        EXPECT_EQ(trt_runtime_configure(&config, &s_options), TMLRT_OK);
        EXPECT_EQ(config.per_core, i == 0);
        (void)trt_runtime_config_print(&config, "\n", text, sizeof(text));
        EXPECT(strstr(text, flavours[i]) != NULL);
    }
    unsetenv("TMLRT_SCHEDULER");
}

TEST(runtime_new__largest_options__start) {
    s_options = (tmlrt_runtime_options){.workers = 2,
                                        .max_blocking_threads = 512,
                                        .stack_bytes = 65536,
                                        .event_interval = 10000,
                                        .flags = TMLRT_RUNTIME_PER_CORE | TMLRT_RUNTIME_BACKGROUND,
                                        .thread_name = "a-name-of-many-words"};
    char text[256];
    EXPECT_EQ(test_child(start_with_options, text, sizeof(text)), 0);
    EXPECT_STR(text, "");
}

TEST(runtime_new__log_level_info__options_logged) {
    char text[512];
    s_options = (tmlrt_runtime_options){.workers = 1, .max_blocking_threads = 3};
    setenv("TMLRT_LOG", "info", 1);
    EXPECT_EQ(test_child(start_with_options, text, sizeof(text)), 0);
    unsetenv("TMLRT_LOG");
    EXPECT(strstr(text, "started: workers 1 (option); flavour current-thread") != NULL);
    EXPECT(strstr(text, "max_blocking_threads 3 (option)") != NULL);
    EXPECT(strstr(text, "thread_name tmlrt (default)") != NULL);
}

static tmlrt_poll step_stack(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)self, (void)cx;
    pthread_attr_t attr;
    size_t len = 0;
    EXPECT_EQ(pthread_getattr_np(pthread_self(), &attr), 0);
    EXPECT_EQ(pthread_attr_getstacksize(&attr, &len), 0);
    pthread_attr_destroy(&attr);
    *out = (int64_t)len;
    return TMLRT_READY;
}

static void check_stack(void) {
    const tmlrt_runtime_options options = {.workers = 2, .stack_bytes = 3 << 20};
    test_probe probe = {0};
    test_future frame = {.step = step_stack, .probe = &probe};
    tmlrt_runtime* runtime = NULL;
    int64_t out = 0;
    bool ok = tmlrt_runtime_new(&runtime, &options) == TMLRT_OK &&
              tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), &out) == 0;
    exit(ok && out == 3 << 20 ? 0 : 1);
}

// In a child: the C library gives threads the larger stacks of earlier ones.
TEST(runtime__stack_bytes__of_the_workers) {
    char text[256];
    EXPECT_EQ(test_child(check_stack, text, sizeof(text)), 0);
    EXPECT_STR(text, "");
}

// ---- defaults and the outcome as text -----------------------------------------------------------

TEST(configure__nothing_set__every_default) {
    trt_runtime_config config;
    EXPECT_EQ(trt_runtime_configure(&config, NULL), TMLRT_OK);
    const char* threads = getenv("TMLRT_THREADS");
    EXPECT_EQ(config.num_workers, threads == NULL ? trt_os_num_cpus() : strtoul(threads, NULL, 10));
    EXPECT_EQ(config.max_blocking_threads, 4 * trt_os_num_cpus());
    EXPECT_EQ(config.max_blocking_len, 16384);
    EXPECT_EQ(config.keep_alive_ms, 10000);
    EXPECT_EQ(config.beat, TRT_BEAT);
    EXPECT(!config.per_core);
}

TEST(runtime_describe__some_set__value_and_source_of_each) {
    const tmlrt_runtime_options options = {
        .workers = 3,
        .max_blocking_threads = 7,
        .max_blocking_jobs = 100,
        .blocking_keep_alive_ms = 5,
        .event_interval = 31,
        .stack_bytes = 1 << 20,
        .thread_name = "crew",
        .flags = TMLRT_RUNTIME_PER_CORE,
        .hooks = {.on_park = free, .on_stop = NULL},
    };
    trt_runtime_config config;
    char text[1024], cut[12];
    REQUIRE(trt_runtime_configure(&config, &options) == TMLRT_OK);
    uint64_t len = trt_runtime_config_print(&config, "\n", text, sizeof(text));
    EXPECT_STR(text, "workers 3 (option)\n"
                     "flavour threads, a task stays on its worker (option)\n"
                     "max_blocking_threads 7 (option)\n"
                     "max_blocking_jobs 100 (option)\n"
                     "blocking_keep_alive_ms 5 (option)\n"
                     "event_interval 31 (option)\n"
                     "shutdown_ms 10000 (default)\n"
                     "stack_bytes 1048576 (option)\n"
                     "watchdog_ms 100 (default)\n"
                     "thread_name crew (option)\n"
                     "hooks park\n");
    EXPECT_EQ(len, strlen(text));
    EXPECT_EQ(trt_runtime_config_print(&config, "\n", cut, sizeof(cut)), len);
    EXPECT_STR(cut, "workers 3 (");
    EXPECT_EQ(trt_runtime_config_print(&config, "\n", NULL, 0), len);
}

TEST(runtime_describe__workers_of_the_environment__says_so) {
    const char* before = getenv("TMLRT_THREADS");
    char kept[32], text[512];
    snprintf(kept, sizeof(kept), "%s", before == NULL ? "" : before);
    setenv("TMLRT_THREADS", "5", 1);
    const tmlrt_runtime_options options = {.max_blocking_threads = 1};
    trt_runtime_config config;
    EXPECT_EQ(trt_runtime_configure(&config, &options), TMLRT_OK);
    (void)trt_runtime_config_print(&config, "\n", text, sizeof(text));
    EXPECT(strstr(text, "workers 5 (TMLRT_THREADS)\nflavour threads that share the work\n") ==
           text);
    setenv("TMLRT_THREADS", kept, 1);
}

// ---- threads ------------------------------------------------------------------------------------

static uint32_t threads_named(const char* wanted) {
    char path[300], name[32];
    uint32_t num = 0;
    DIR* dir = opendir("/proc/self/task");
    for (struct dirent* entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
        FILE* file = fopen(path, "r");
        if (file != NULL) {
            num += fgets(name, sizeof(name), file) != NULL && strcmp(name, wanted) == 0;
            fclose(file);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return num;
}

typedef struct counts {
    trt_atomic_u32 start, stop, park, unpark;
} counts;

static void count_start(void* user) {
    trt_atomic_add(&((counts*)user)->start, 1, TRT_ACQ_REL);
}
static void count_stop(void* user) {
    trt_atomic_add(&((counts*)user)->stop, 1, TRT_ACQ_REL);
}
static void count_park(void* user) {
    trt_atomic_add(&((counts*)user)->park, 1, TRT_ACQ_REL);
}
static void count_unpark(void* user) {
    trt_atomic_add(&((counts*)user)->unpark, 1, TRT_ACQ_REL);
}

static uint32_t read32(trt_atomic_u32* word) {
    return trt_atomic_load(word, TRT_ACQUIRE_ORDER);
}

static tmlrt_runtime* make(const tmlrt_runtime_options* options) {
    tmlrt_runtime* runtime = NULL;
    EXPECT_EQ(tmlrt_runtime_new(&runtime, options), TMLRT_OK);
    return runtime;
}

static tmlrt_status run(tmlrt_runtime* runtime, test_step step, void* user, int64_t* out) {
    test_probe probe = {0};
    test_future frame = {.step = step, .probe = &probe, .user = user, .left = 100};
    return tmlrt_runtime_run(runtime, &test_plain_desc, &frame, sizeof(frame), out);
}

static void nothing(void* arg) {
    (void)arg;
}

TEST(runtime__hooks_and_a_name__told_of_every_thread_which_are_called_so) {
    for (uint32_t workers = 1; workers <= 3; workers++) {
        counts told = {0};
        const tmlrt_runtime_options options = {
            .workers = workers,
            .flags = TMLRT_RUNTIME_BACKGROUND,
            .thread_name = "a-crew-of-mine",
            .hooks = {count_start, count_stop, count_park, count_unpark, &told},
        };
        tmlrt_runtime* runtime = make(&options);
        int64_t out;
        EXPECT_EQ(run(runtime, test_step_sleep, NULL, &out), TMLRT_OK);
        EXPECT_EQ(tmlrt_task_join(trt_blocking_submit(runtime->blocking, nothing, NULL, 0), NULL),
                  TMLRT_OK);
        EXPECT_EQ(threads_named("a-crew-of-block\n"), 1);
        tmlrt_runtime_free(runtime);
        EXPECT_EQ(read32(&told.start), workers + 1);
        EXPECT_EQ(read32(&told.stop), workers + 1);
        EXPECT(read32(&told.park) >= 1);
        EXPECT_EQ(read32(&told.park), read32(&told.unpark));
    }
}

TEST(runtime__short_name__workers_are_numbered) {
    const tmlrt_runtime_options options = {.workers = 3, .thread_name = "crew"};
    tmlrt_runtime* runtime = make(&options);
    int64_t out;
    // A thread names itself when it starts, which may be after the runtime was made; until then it
    // has the name of the one that started it (the watchdog: a worker).
    for (int i = 0; i < 5000; i++) {
        if (threads_named("crew-2\n") == 1 && threads_named("crew-0\n") == 1) {
            break;
        }
        EXPECT_EQ(run(runtime, test_step_yield, NULL, &out), TMLRT_OK);
    }
    EXPECT_EQ(threads_named("crew-0\n"), 1);
    EXPECT_EQ(threads_named("crew-2\n"), 1);
    tmlrt_runtime_free(runtime);
}

// A hook may queue tasks although the worker is about to sleep.
typedef struct spawning_hook {
    tmlrt_runtime* runtime;
    trt_atomic_u32 ran, left;
} spawning_hook;

static tmlrt_poll step_ran(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    trt_atomic_add(&((spawning_hook*)self->user)->ran, 1, TRT_ACQ_REL);
    *out = 0;
    return TMLRT_READY;
}

static void spawn_once(void* user) {
    spawning_hook* self = user;
    if (trt_atomic_xchg(&self->left, 0, TRT_ACQ_REL) != 0) {
        static test_probe s_probe;
        test_future frame = {.step = step_ran, .probe = &s_probe, .user = self};
        tmlrt_task_detach(tmlrt_spawn_local(&test_plain_desc, &frame, sizeof(frame)));
    }
}

TEST(runtime__park_hook_spawns__runs_before_the_worker_sleeps) {
    spawning_hook hook = {.left = {1}};
    const tmlrt_runtime_options options = {.workers = 1,
                                           .hooks = {.on_park = spawn_once, .user = &hook}};
    tmlrt_runtime* runtime = make(&options);
    int64_t out;
    EXPECT_EQ(run(runtime, test_step_sleep, NULL, &out), TMLRT_OK);
    EXPECT_EQ(read32(&hook.ran), 1);
    tmlrt_runtime_free(runtime);
}

// ---- per core -----------------------------------------------------------------------------------

typedef struct crowd {
    trt_atomic_u64 thread;
    trt_atomic_u32 moved, ended;
} crowd;

static tmlrt_poll step_stays(test_future* self, tmlrt_context* cx, int64_t* out) {
    crowd* c = self->user;
    uint64_t me = trt_thread_id(), seen = 0;
    if (!trt_atomic_cas(&c->thread, &seen, me, TRT_ACQ_REL, TRT_ACQUIRE_ORDER) && seen != me) {
        trt_atomic_add(&c->moved, 1, TRT_RELAXED);
    }
    if (self->left-- > 0) {
        tmlrt_coop_yield(cx);
        return TMLRT_PENDING;
    }
    trt_atomic_add(&c->ended, 1, TRT_ACQ_REL);
    *out = 0;
    return TMLRT_READY;
}

enum { NUM_CROWD = 300 };

static tmlrt_poll step_crowd(test_future* self, tmlrt_context* cx, int64_t* out) {
    static test_probe s_probe;
    crowd* c = self->user;
    if (trt_atomic_load(&self->probe->polls, TRT_RELAXED) == 1) {
        for (int i = 0; i < NUM_CROWD; i++) {
            test_future child = {.step = step_stays, .probe = &s_probe, .user = c, .left = i % 20};
            tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &child, sizeof(child)));
        }
    }
    if (read32(&c->ended) < NUM_CROWD) {
        tmlrt_coop_yield(cx);
        return TMLRT_PENDING;
    }
    *out = 0;
    return TMLRT_READY;
}

TEST(per_core__many_children_of_one_task__all_stay_on_its_worker) {
    const tmlrt_runtime_options options = {.workers = 4, .flags = TMLRT_RUNTIME_PER_CORE};
    tmlrt_runtime* runtime = make(&options);
    crowd c = {0};
    int64_t out;
    EXPECT_EQ(run(runtime, step_crowd, &c, &out), TMLRT_OK);
    EXPECT_EQ(read32(&c.ended), NUM_CROWD);
    EXPECT_EQ(read32(&c.moved), 0);
    tmlrt_runtime_free(runtime);
}

TEST(per_core__spawned_from_outside__workers_take_turns) {
    enum { NUM = 4 };
    const tmlrt_runtime_options options = {.workers = NUM, .flags = TMLRT_RUNTIME_PER_CORE};
    tmlrt_runtime* runtime = make(&options);
    crowd crowds[NUM] = {0};
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < NUM; i++) {
            int64_t out;
            EXPECT_EQ(run(runtime, step_stays, &crowds[i], &out), TMLRT_OK);
        }
    }
    for (int i = 0; i < NUM; i++) {
        EXPECT_EQ(read32(&crowds[i].moved), 0);
        for (int j = 0; j < i; j++) {
            EXPECT(trt_atomic_load(&crowds[i].thread, TRT_RELAXED) !=
                   trt_atomic_load(&crowds[j].thread, TRT_RELAXED));
        }
    }
    tmlrt_runtime_free(runtime);
}
