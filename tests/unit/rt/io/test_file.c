// SPDX-License-Identifier: Apache-2.0
// File futures: large transfers in steps, dropped in every state of their call (not begun, queued
// behind another, running), no memory, no handle left open.
#include <tmlrt/file.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/io/file.h"
#include "rt/os/file.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char s_dir[64], s_path[96];

static bool setup(void) {
    snprintf(s_dir, sizeof(s_dir), "/tmp/tmlrt-files-XXXXXX");
    bool ok = mkdtemp(s_dir) != NULL;
    snprintf(s_path, sizeof(s_path), "%s/f", s_dir);
    return ok;
}

static void teardown(void) {
    trt_runtime_reset_default();
    unlink(s_path);
    EXPECT_EQ(rmdir(s_dir), 0);
}

static int open_handles(void) {
    int num = 0;
    for (int fd = 0; fd < 256; fd++) {
        struct stat info;
        num += fstat(fd, &info) == 0;
    }
    return num;
}

static tmlrt_file* open_file(int32_t flags) {
    test_leaf leaf;
    tmlrt_file_opened opened = {1, NULL};
    tmlrt_file_open_init(&leaf, s_path, flags, 0600);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_open_desc, &leaf, &opened), TMLRT_OK);
    EXPECT_EQ(opened.status, TMLRT_OK);
    return opened.file;
}

enum { NEW = TMLRT_FILE_READ | TMLRT_FILE_WRITE | TMLRT_FILE_CREATE };
#define CURSOR UINT64_MAX

TEST(file__more_than_a_step__written_whole_read_step_by_step) {
    enum { LEN = 2500000 };
    test_leaf leaf;
    tmlrt_file_moved moved = {1, 0};
    char *data = malloc(LEN), *back = calloc(1, LEN);
    REQUIRE(setup());
    for (int i = 0; i < LEN; i++) {
        data[i] = (char)(i * 7 + i / 1000);
    }
    tmlrt_file* file = open_file(NEW);
    tmlrt_file_write_init(&leaf, file, data, LEN, CURSOR);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_write_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.status == TMLRT_OK && moved.len == LEN);
    uint64_t got = 0;
    for (int i = 0; i < 10; i++) {
        tmlrt_file_read_init(&leaf, file, back + got, LEN - got, got);
        EXPECT_EQ(test_leaf_wait(&tmlrt_file_read_desc, &leaf, &moved), TMLRT_OK);
        EXPECT(moved.status == TMLRT_OK && moved.len <= 1 << 20);
        got += moved.len;
        if (moved.len == 0) {
            break;
        }
    }
    EXPECT(got == LEN && memcmp(data, back, LEN) == 0);
    tmlrt_file_seek_init(&leaf, file, -1, 2);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_seek_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.len, LEN - 1);
    tmlrt_file_write_init(&leaf, file, data, 0, 0); // nothing to write
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_write_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.status == TMLRT_OK && moved.len == 0);
    tmlrt_file_read_init(&leaf, file, NULL, 0, 0); // no room
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.status == TMLRT_OK && moved.len == 0);
    tmlrt_status status = 1;
    tmlrt_file_sync_init(&leaf, file, 0);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_sync_desc, &leaf, &status), TMLRT_OK);
    EXPECT_EQ(status, TMLRT_OK);
    tmlrt_file_resize_init(&leaf, file, 3);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_resize_desc, &leaf, &status), TMLRT_OK);
    tmlrt_file_told told = {.status = 1};
    tmlrt_file_stat_init(&leaf, file);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_stat_desc, &leaf, &told), TMLRT_OK);
    EXPECT(told.status == TMLRT_OK && told.info.len == 3 && told.info.kind == TMLRT_KIND_FILE);
    tmlrt_file_free(file);
    tmlrt_file_free(NULL);
    teardown();
    free(data);
    free(back);
}

// ---- giving up ----------------------------------------------------------------------------------

// Jobs that hold the threads of the pool until told otherwise.
static trt_atomic_u32 s_held, s_release;

static void hold(void* arg) {
    (void)arg;
    trt_atomic_add(&s_held, 1, TRT_ACQ_REL);
    while (trt_atomic_load(&s_release, TRT_ACQUIRE_ORDER) == 0) {
        usleep(100);
    }
}

// A default runtime whose pool has one thread, held.
static void hold_pool(void) {
    const tmlrt_runtime_options options = {
        .workers = 1, .max_blocking_threads = 1, .flags = TMLRT_RUNTIME_BACKGROUND};
    tmlrt_runtime* runtime = NULL;
    trt_atomic_store(&s_held, 0, TRT_RELEASE_ORDER);
    trt_atomic_store(&s_release, 0, TRT_RELEASE_ORDER);
    EXPECT_EQ(tmlrt_runtime_new(&runtime, &options), TMLRT_OK);
    EXPECT_EQ(trt_runtime_install_default(runtime), TMLRT_OK);
    tmlrt_task_detach(tmlrt_spawn_blocking(hold, NULL, 0));
    while (trt_atomic_load(&s_held, TRT_ACQUIRE_ORDER) == 0) {
        usleep(100);
    }
}

TEST(file_open__dropped_unstarted_queued_and_done__not_made_or_closed) {
    for (int state = 0; state < 3; state++) {
        test_leaf leaf;
        test_waker waker = {0};
        tmlrt_file_opened opened;
        REQUIRE(setup());
        int before = open_handles();
        hold_pool();
        tmlrt_file_open_init(&leaf, s_path, NEW, 0600);
        if (state >= 1) {
            EXPECT_EQ(test_leaf_poll(&tmlrt_file_open_desc, &leaf, &waker, &opened), TMLRT_PENDING);
        }
        if (state == 2) { // the call is made, its answer never asked for
            trt_atomic_store(&s_release, 1, TRT_RELEASE_ORDER);
            for (int i = 0; i < 50000 && test_waker_wakes(&waker) == 0; i++) {
                usleep(100);
            }
            EXPECT(test_waker_wakes(&waker) != 0);
        }
        tmlrt_file_open_desc.drop(&leaf);
        tmlrt_file_open_desc.drop(&leaf);
        trt_atomic_store(&s_release, 1, TRT_RELEASE_ORDER);
        trt_runtime_reset_default();
        EXPECT_EQ(test_waker_refs(&waker), 0);
        struct stat info;
        EXPECT_EQ(stat(s_path, &info) == 0, state == 2); // a call that had not begun is not made
        EXPECT_EQ(open_handles(), before);
        teardown();
    }
}

// A read of a FIFO runs until somebody writes: its leaf is dropped meanwhile, the file freed, its
// buffer too. What comes later goes into the call's own memory, and the handle is closed then.
TEST(file_read__dropped_while_it_runs__the_handle_lives_as_long_as_the_call) {
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_file_moved moved;
    REQUIRE(setup());
    int before = open_handles();
    REQUIRE(mkfifo(s_path, 0600) == 0);
    tmlrt_file* file = open_file(TMLRT_FILE_READ | TMLRT_FILE_WRITE); // read-write never waits
    char* out = malloc(16);
    tmlrt_file_read_init(&leaf, file, out, 16, CURSOR);
    EXPECT_EQ(test_leaf_poll(&tmlrt_file_read_desc, &leaf, &waker, &moved), TMLRT_PENDING);
    trt_handle writer = TRT_HANDLE_NONE;
    EXPECT_EQ(trt_file_open(&writer, s_path, TMLRT_FILE_WRITE | TMLRT_FILE_READ, 0), TMLRT_OK);
    // The pool has taken the call when a second one can be answered behind it or beside it; enough
    // here is that whichever of drop and begin comes first, nothing of ours is touched.
    usleep(2000);
    tmlrt_file_read_desc.drop(&leaf);
    tmlrt_file_free(file);
    free(out);
    size_t len;
    EXPECT_EQ(trt_file_write(writer, "late", 4, TRT_FILE_CURSOR, &len), TMLRT_OK);
    trt_runtime_reset_default();
    trt_file_close(writer);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    EXPECT_EQ(open_handles(), before);
    teardown();
}

TEST(file__shutdown_with_a_queued_call__dropped_with_its_memory) {
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_file_content content;
    REQUIRE(setup());
    hold_pool();
    tmlrt_file_load_init(&leaf, s_path, 100);
    EXPECT_EQ(test_leaf_poll(&tmlrt_file_load_desc, &leaf, &waker, &content), TMLRT_PENDING);
    tmlrt_file_load_desc.drop(&leaf);
    trt_atomic_store(&s_release, 1, TRT_RELEASE_ORDER);
    trt_runtime_reset_default();
    EXPECT_EQ(test_waker_refs(&waker), 0);
    teardown();
}

// ---- whole files, paths, memory -----------------------------------------------------------------

static tmlrt_status store(const char* path, const char* text, int32_t mode) {
    test_leaf leaf;
    tmlrt_status status = 1;
    tmlrt_file_store_init(&leaf, path, text, strlen(text), mode);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_store_desc, &leaf, &status), TMLRT_OK);
    return status;
}

static tmlrt_file_content load(const char* path, uint64_t limit) {
    test_leaf leaf;
    tmlrt_file_content content = {1, NULL, 0};
    tmlrt_file_load_init(&leaf, path, limit);
    EXPECT_EQ(test_leaf_wait(&tmlrt_file_load_desc, &leaf, &content), TMLRT_OK);
    EXPECT((content.status == TMLRT_OK) == (content.data != NULL));
    return content;
}

TEST(file_load__any_length_and_limit__all_or_overflow) {
    static const uint64_t lens[] = {0, 1, 4095, 4096, 4097, 20000};
    REQUIRE(setup());
    char* text = malloc(20001);
    for (size_t i = 0; i < TRT_ARRAY_LEN(lens); i++) {
        memset(text, 'x', lens[i]);
        text[lens[i]] = '\0';
        EXPECT_EQ(store(s_path, text, 0600), TMLRT_OK);
        tmlrt_file_content content = load(s_path, lens[i]);
        EXPECT(content.status == TMLRT_OK && content.len == lens[i]);
        EXPECT_STR(content.data, text); // a NUL behind it
        free(content.data);
        content = load(s_path, UINT64_MAX);
        EXPECT(content.status == TMLRT_OK && content.len == lens[i]);
        free(content.data);
        if (lens[i] != 0) {
            EXPECT_EQ(load(s_path, lens[i] - 1).status, TMLRT_E_OVERFLOW);
        }
    }
    free(text);
    EXPECT_EQ(load(s_dir, 100).status, TMLRT_E_ISDIR);
    EXPECT_EQ(load("/no/such", 100).status, TMLRT_E_NOTFOUND);
    EXPECT_EQ(store("/no/such", "x", 0600), TMLRT_E_NOTFOUND);
    tmlrt_file_content null = load("/proc/self/cmdline", 65536); // says that it has no length
    EXPECT(null.status == TMLRT_OK && null.len > 0);
    free(null.data);
    teardown();
}

TEST(path_futures__rename_list_remove__done_or_told) {
    test_leaf leaf;
    tmlrt_status status = 1;
    tmlrt_dir_listed listed = {1, NULL};
    char other[96];
    int32_t kind = -1;
    REQUIRE(setup());
    snprintf(other, sizeof(other), "%s/g", s_dir);
    EXPECT_EQ(store(s_path, "x", 0600), TMLRT_OK);
    tmlrt_path_rename_init(&leaf, s_path, other);
    EXPECT_EQ(test_leaf_wait(&tmlrt_path_rename_desc, &leaf, &status), TMLRT_OK);
    EXPECT_EQ(status, TMLRT_OK);
    tmlrt_dir_make_init(&leaf, s_path, 0700);
    EXPECT_EQ(test_leaf_wait(&tmlrt_dir_make_desc, &leaf, &status), TMLRT_OK);
    EXPECT_EQ(status, TMLRT_OK);
    tmlrt_dir_read_init(&leaf, s_dir, 1);
    EXPECT_EQ(test_leaf_wait(&tmlrt_dir_read_desc, &leaf, &listed), TMLRT_OK);
    EXPECT(listed.status == TMLRT_E_OVERFLOW && listed.list == NULL);
    tmlrt_dir_read_init(&leaf, s_dir, 2);
    EXPECT_EQ(test_leaf_wait(&tmlrt_dir_read_desc, &leaf, &listed), TMLRT_OK);
    REQUIRE(listed.status == TMLRT_OK);
    int num = 0;
    for (const char* name = NULL; (name = tmlrt_dir_list_next(listed.list, name, &kind)) != NULL;
         num++) {
        EXPECT(strcmp(name, "f") == 0 || strcmp(name, "g") == 0);
    }
    EXPECT_EQ(num, 2);
    tmlrt_dir_read_desc.drop_output(&listed);
    tmlrt_dir_read_init(&leaf, s_path, 2); // empty
    EXPECT_EQ(test_leaf_wait(&tmlrt_dir_read_desc, &leaf, &listed), TMLRT_OK);
    EXPECT(tmlrt_dir_list_next(listed.list, NULL, &kind) == NULL);
    tmlrt_dir_list_free(listed.list);
    tmlrt_dir_list_free(NULL);
    tmlrt_file_told told = {.status = 1};
    tmlrt_path_stat_init(&leaf, s_path, 1);
    EXPECT_EQ(test_leaf_wait(&tmlrt_path_stat_desc, &leaf, &told), TMLRT_OK);
    EXPECT(told.status == TMLRT_OK && told.info.kind == TMLRT_KIND_DIRECTORY);
    for (int32_t directory = 1; directory >= 0; directory--) {
        tmlrt_path_remove_init(&leaf, directory ? s_path : other, directory);
        EXPECT_EQ(test_leaf_wait(&tmlrt_path_remove_desc, &leaf, &status), TMLRT_OK);
        EXPECT_EQ(status, TMLRT_OK);
    }
    teardown();
}

// With one thread in its pool: no job brings another while the first is on its way back, so that
// allocations come in the same order every time.
static bool start_runtime(void) {
    const tmlrt_runtime_options options = {.max_blocking_threads = 1};
    tmlrt_runtime* runtime = NULL;
    return tmlrt_runtime_new(&runtime, &options) == TMLRT_OK &&
           trt_runtime_install_default(runtime) == TMLRT_OK;
}

// Of the directory alone, with everything else there: what the list allocates is soon reached.
static void fail_each_allocation_of_a_list(void) {
    bool hit = true;
    REQUIRE(start_runtime());
    for (uint64_t nth = 0; hit && nth < 20; nth++) {
        test_leaf leaf;
        tmlrt_dir_listed listed = {TMLRT_E_NOMEM, NULL};
        tmlrt_dir_read_init(&leaf, s_dir, 100);
        test_allocator_fail_at(nth); // 0: none, the first call brings a thread
        EXPECT_EQ(test_leaf_wait(&tmlrt_dir_read_desc, &leaf, &listed), TMLRT_OK);
        hit = nth == 0 || test_allocator_hit();
        test_allocator_fail_at(0);
        tmlrt_dir_list_free(listed.list);
    }
    EXPECT(!hit);
    trt_runtime_reset_default();
}

// `warm`: the thread of the pool is there.
static void fail_each_allocation(bool warm) {
    bool hit = true;
    int before = open_handles();
    for (uint64_t nth = 1; hit && nth < 100; nth++) {
        test_leaf leaf;
        tmlrt_file_opened opened = {TMLRT_E_NOMEM, NULL};
        tmlrt_file_moved moved = {TMLRT_E_NOMEM, 0};
        tmlrt_dir_listed listed = {TMLRT_E_NOMEM, NULL};
        REQUIRE(start_runtime());
        if (warm) {
            tmlrt_dir_read_init(&leaf, s_dir, 100);
            EXPECT_EQ(test_leaf_wait(&tmlrt_dir_read_desc, &leaf, &listed), TMLRT_OK);
            tmlrt_dir_list_free(listed.list);
            listed = (tmlrt_dir_listed){TMLRT_E_NOMEM, NULL};
        }
        test_allocator_fail_at(nth);
        tmlrt_file_open_init(&leaf, s_path, NEW, 0600);
        EXPECT_EQ(test_leaf_wait(&tmlrt_file_open_desc, &leaf, &opened), TMLRT_OK);
        if (opened.status == TMLRT_OK) {
            tmlrt_file_write_init(&leaf, opened.file, "abc", 3, 0);
            EXPECT_EQ(test_leaf_wait(&tmlrt_file_write_desc, &leaf, &moved), TMLRT_OK);
        }
        if (moved.status == TMLRT_OK) {
            tmlrt_dir_read_init(&leaf, s_dir, 100);
            EXPECT_EQ(test_leaf_wait(&tmlrt_dir_read_desc, &leaf, &listed), TMLRT_OK);
        }
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT(hit || listed.status == TMLRT_OK);
        EXPECT(listed.status == TMLRT_OK || hit);
        tmlrt_dir_list_free(listed.list);
        tmlrt_file_free(opened.file);
        trt_runtime_reset_default();
    }
    EXPECT(!hit);
    EXPECT_EQ(open_handles(), before);
}

// Without a thread beside it, which may allocate first.
TEST(file_wrap__without_memory__none_and_the_handle_stays) {
    trt_handle handle;
    REQUIRE(trt_file_open(&handle, "/dev/null", TMLRT_FILE_READ, 0) == TMLRT_OK);
    test_allocator_fail_at(1);
    EXPECT(trt_file_wrap(handle) == NULL);
    test_allocator_fail_at(0);
    tmlrt_file* file = trt_file_wrap(handle);
    EXPECT(file != NULL);
    tmlrt_file_free(file);
}

TEST(file_futures__each_allocation_fails__told_and_nothing_left) {
    REQUIRE(setup());
    fail_each_allocation(false);
    fail_each_allocation_of_a_list();
    fail_each_allocation(true);
    teardown();
}
