// SPDX-License-Identifier: Apache-2.0
// The rings and their thread: every line is written once or counted as dropped, whoever is slow.
#include "std/http/server/access_log.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "std/http/core/response.h"
#include "tests/support/harness.h"

enum { FILE_MAX = 1 << 20 };

static char s_dir[64], s_path[80], s_other[80];
static char s_text[FILE_MAX];

static bool begin(void) {
    snprintf(s_dir, sizeof s_dir, "/tmp/access-log-XXXXXX");
    if (mkdtemp(s_dir) == NULL) {
        return false;
    }
    snprintf(s_path, sizeof s_path, "%s/log", s_dir);
    snprintf(s_other, sizeof s_other, "%s/log.1", s_dir);
    return true;
}

static void end(void) {
    (void)unlink(s_path);
    (void)unlink(s_other);
    EXPECT_EQ(rmdir(s_dir), 0);
}

static const char* content(const char* path) {
    FILE* file = fopen(path, "rb");
    s_text[file != NULL ? fread(s_text, 1, sizeof s_text - 1, file) : 0] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    return s_text;
}

static size_t count_of(const char* text, const char* what) {
    size_t num = 0;
    for (const char* at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        num++;
    }
    return num;
}

static trt_access_entry entry_of(const char* path) {
    return (trt_access_entry){.method = TRT_SLICE("GET"), .path = {path, strlen(path)}};
}

static void put(trt_access_log* log, uint32_t worker, const char* path) {
    trt_access_entry entry = entry_of(path);
    trt_access_log_put(log, worker, &entry);
}

TEST(access_log__stop__everything_is_in_the_file) {
    trt_access_log* log;
    REQUIRE(begin());
    trt_access_options options = {.path = s_path};
    REQUIRE(trt_access_log_open(&log, &options, 2) == TMLRT_OK);
    put(log, 0, "/first");
    put(log, 1, "/second");
    put(log, 0, "/third");
    trt_access_log_stop(log);
    const char* text = content(s_path);
    const char *first = strstr(text, "/first"), *third = strstr(text, "/third");
    EXPECT(first != NULL && third != NULL && first < third && strstr(text, "/second") != NULL);
    EXPECT_EQ(count_of(text, "\n"), 3);
    EXPECT_EQ(trt_access_log_dropped(log), 0);
    trt_access_log_free(log);
    struct stat st;
    REQUIRE(stat(s_path, &st) == 0);
    EXPECT_EQ(st.st_mode & 0007, 0); // not everybody's
    end();
}

TEST(access_log__file_that_is_there__appended_to) {
    trt_access_log* log;
    REQUIRE(begin());
    trt_access_options options = {.path = s_path, .format = TRT_ACCESS_COMBINED};
    for (int i = 0; i < 2; i++) {
        REQUIRE(trt_access_log_open(&log, &options, 1) == TMLRT_OK);
        put(log, 0, i == 0 ? "/one" : "/two");
        trt_access_log_free(log);
    }
    const char* text = content(s_path);
    EXPECT(strstr(text, "GET /one HTTP") != NULL && strstr(text, "GET /two HTTP") != NULL);
    end();
}

TEST(access_log_reopen__file_was_renamed__new_lines_go_to_a_new_one) {
    trt_access_log* log;
    REQUIRE(begin());
    trt_access_options options = {.path = s_path};
    REQUIRE(trt_access_log_open(&log, &options, 1) == TMLRT_OK);
    put(log, 0, "/before");
    REQUIRE(rename(s_path, s_other) == 0);
    trt_access_log_reopen(log);
    for (int i = 0; i < 1 << 24 && access(s_path, F_OK) != 0; i++) {
        sched_yield();
    }
    put(log, 0, "/after");
    trt_access_log_free(log);
    EXPECT(strstr(content(s_path), "/after") != NULL && strstr(s_text, "/before") == NULL);
    EXPECT(strstr(content(s_other), "/before") != NULL && strstr(s_text, "/after") == NULL);
    end();
}

TEST(access_log_reopen__no_such_folder_any_more__the_old_file_is_kept) {
    trt_access_log* log;
    char moved[96];
    REQUIRE(begin());
    trt_access_options options = {.path = s_path};
    REQUIRE(trt_access_log_open(&log, &options, 1) == TMLRT_OK);
    snprintf(moved, sizeof moved, "%s.moved", s_dir);
    REQUIRE(rename(s_dir, moved) == 0);
    trt_access_log_reopen(log);
    put(log, 0, "/kept");
    trt_access_log_free(log);
    REQUIRE(rename(moved, s_dir) == 0);
    EXPECT(strstr(content(s_path), "/kept") != NULL);
    end();
}

// ---- a disk that is full ------------------------------------------------------------------------

static bool may_grow_to(rlim_t bytes) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = bytes;
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static bool dropped_become(const trt_access_log* log, uint64_t num) {
    for (int i = 0; i < 1 << 24 && trt_access_log_dropped(log) != num; i++) {
        sched_yield();
    }
    return trt_access_log_dropped(log) == num;
}

TEST(access_log__disk_is_full_in_the_middle_of_a_line__the_next_has_a_line_of_its_own) {
    trt_access_log* log;
    char line[TRT_ACCESS_LINE];
    trt_access_entry entry = entry_of("/whole");
    size_t len = trt_access_line(line, TRT_ACCESS_JSON, "", &entry);
    REQUIRE(begin());
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit before;
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    trt_access_options options = {.path = s_path};
    REQUIRE(trt_access_log_open(&log, &options, 1) == TMLRT_OK);
    REQUIRE(may_grow_to(len + len / 2));
    put(log, 0, "/whole");
    put(log, 0, "/cut-off");
    bool cut = dropped_become(log, 1);
    put(log, 0, "/lost");
    bool lost = dropped_become(log, 2);
    EXPECT(setrlimit(RLIMIT_FSIZE, &before) == 0);
    put(log, 0, "/after");
    trt_access_log_free(log);
    const char* text = content(s_path);
    EXPECT(cut && lost);
    EXPECT_EQ(count_of(text, "\n"), 3);
    EXPECT(memcmp(text, "{\"time\"", 7) == 0 && strstr(text, "/whole") != NULL);
    const char* after = strstr(text, "/after");
    REQUIRE(after != NULL && strstr(text, "/lost") == NULL);
    while (after != text && after[-1] != '\n') {
        after--;
    }
    EXPECT_EQ(count_of(after, "{\"time\""), 1);
    EXPECT(memcmp(after, "{\"time\"", 7) == 0);
    end();
}

// ---- somebody who takes the lines too slowly ----------------------------------------------------

enum { NUM_LINES = 4000 };

static void* read_all(void* arg) {
    FILE* pipe = arg;
    size_t* lines = malloc(sizeof *lines);
    *lines = 0;
    for (int c = getc(pipe); c != EOF; c = getc(pipe)) {
        *lines += c == '\n';
    }
    return lines;
}

TEST(access_log__pipe_is_full__lines_are_dropped_whole_and_counted) {
    trt_access_log* log;
    pthread_t thread;
    char path[200];
    void* lines;
    REQUIRE(begin() && mkfifo(s_path, 0600) == 0);
    FILE* pipe = fopen(s_path, "r+"); // open for writing too, so that nobody waits for the other
    FILE* reader = fopen(s_path, "r");
    REQUIRE(pipe != NULL && reader != NULL);
    trt_access_options options = {.path = s_path, .ring_bytes = 8192};
    REQUIRE(trt_access_log_open(&log, &options, 1) == TMLRT_OK);
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    for (int i = 0; i < NUM_LINES; i++) {
        put(log, 0, path);
    }
    uint64_t dropped = trt_access_log_dropped(log);
    EXPECT(dropped > NUM_LINES / 2 && dropped < NUM_LINES); // a pipe has room for 64 KiB
    fclose(pipe);
    REQUIRE(pthread_create(&thread, NULL, read_all, reader) == 0);
    trt_access_log_stop(log);
    dropped = trt_access_log_dropped(log);
    trt_access_log_free(log);
    pthread_join(thread, &lines);
    EXPECT_EQ(*(size_t*)lines + dropped, NUM_LINES);
    free(lines);
    fclose(reader);
    end();
}

// The thread may wait for a CPU as long as the workers take to log a megabyte.
TEST(access_log__thread_does_not_run_for_a_megabyte__no_line_is_dropped) {
    trt_access_log* log;
    pthread_t thread;
    char path[200];
    void* lines;
    REQUIRE(begin() && mkfifo(s_path, 0600) == 0);
    FILE* pipe = fopen(s_path, "r+");
    FILE* reader = fopen(s_path, "r");
    REQUIRE(pipe != NULL && reader != NULL);
    trt_access_options options = {.path = s_path};
    REQUIRE(trt_access_log_open(&log, &options, 1) == TMLRT_OK);
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    for (int i = 0; i < NUM_LINES; i++) {
        put(log, 0, path);
    }
    EXPECT_EQ(trt_access_log_dropped(log), 0);
    fclose(pipe);
    REQUIRE(pthread_create(&thread, NULL, read_all, reader) == 0);
    trt_access_log_stop(log);
    trt_access_log_free(log);
    pthread_join(thread, &lines);
    EXPECT_EQ(*(size_t*)lines, NUM_LINES);
    free(lines);
    fclose(reader);
    end();
}

TEST(access_log__device_is_full__lines_are_counted_as_dropped) {
    trt_access_log* log;
    trt_access_options options = {.path = "/dev/full"};
    REQUIRE(trt_access_log_open(&log, &options, 1) == TMLRT_OK);
    put(log, 0, "/a");
    put(log, 0, "/b");
    trt_access_log_stop(log);
    EXPECT_EQ(trt_access_log_dropped(log), 2);
    trt_access_log_free(log);
}

// ---- two workers and the thread -----------------------------------------------------------------

typedef struct producer {
    trt_access_log* log;
    uint32_t worker;
} producer;

static void* produce(void* arg) {
    producer* self = arg;
    for (int i = 0; i < NUM_LINES; i++) {
        put(self->log, self->worker, self->worker == 0 ? "/worker-zero" : "/worker-one");
    }
    return NULL;
}

TEST(access_log__two_workers_at_once__each_line_whole_once_or_dropped) {
    trt_access_log* log;
    pthread_t threads[2];
    producer producers[2];
    REQUIRE(begin());
    trt_access_options options = {
        .path = s_path, .format = TRT_ACCESS_COMBINED, .ring_bytes = 16384};
    REQUIRE(trt_access_log_open(&log, &options, 2) == TMLRT_OK);
    for (uint32_t i = 0; i < 2; i++) {
        producers[i] = (producer){log, i};
        REQUIRE(pthread_create(&threads[i], NULL, produce, &producers[i]) == 0);
    }
    for (uint32_t i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    trt_access_log_stop(log);
    const char* text = content(s_path);
    size_t zero = count_of(text, "] \"GET /worker-zero HTTP/0.0\" 0 0 \"-\" \"-\"\n");
    size_t one = count_of(text, "] \"GET /worker-one HTTP/0.0\" 0 0 \"-\" \"-\"\n");
    EXPECT_EQ(zero + one, count_of(text, "\n"));
    EXPECT_EQ(zero + one + trt_access_log_dropped(log), 2 * NUM_LINES);
    trt_access_log_free(log);
    end();
}

// ---- what cannot be had -------------------------------------------------------------------------

TEST(access_log_open__no_such_folder__refused) {
    trt_access_log* log = NULL;
    trt_access_options options = {.path = "/nowhere/at/all/log"};
    EXPECT_EQ(trt_access_log_open(&log, &options, 1), TMLRT_E_NOTFOUND);
    EXPECT(log == NULL);
    trt_access_log_free(log);
}

TEST(access_log_open__every_allocation_fails_once__nothing_is_left) {
    REQUIRE(begin());
    trt_access_options options = {.path = s_path};
    bool hit = true;
    for (uint64_t nth = 1; hit && nth < 20; nth++) {
        trt_access_log* log = NULL;
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_access_log_open(&log, &options, 2);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        trt_access_log_free(log);
    }
    EXPECT(!hit);
    end();
}
