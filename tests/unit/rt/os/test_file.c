// SPDX-License-Identifier: Apache-2.0
// Files and paths in a directory of their own, and what every failure is called.
#include "rt/os/file.h"

#include "tests/support/harness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char s_dir[64];

static bool setup(void) {
    snprintf(s_dir, sizeof(s_dir), "/tmp/tmlrt-file-XXXXXX");
    return mkdtemp(s_dir) != NULL && chdir(s_dir) == 0;
}

static void teardown(void) {
    EXPECT_EQ(chdir("/"), 0);
    EXPECT_EQ(trt_path_remove(s_dir, true), TMLRT_OK);
}

static trt_handle open_ok(const char* path, uint32_t flags) {
    trt_handle handle = TRT_HANDLE_NONE;
    EXPECT_EQ(trt_file_open(&handle, path, flags, 0644), TMLRT_OK);
    return handle;
}

static tmlrt_status open_status(const char* path, uint32_t flags) {
    trt_handle handle = TRT_HANDLE_NONE;
    tmlrt_status status = trt_file_open(&handle, path, flags, 0644);
    if (status == TMLRT_OK) {
        trt_file_close(handle);
    }
    return status;
}

enum { NEW = TMLRT_FILE_READ | TMLRT_FILE_WRITE | TMLRT_FILE_CREATE };

TEST(file__cursor_and_offsets__independent) {
    char data[16] = {0};
    size_t len;
    uint64_t at;
    tmlrt_file_info info;
    REQUIRE(setup());
    trt_handle file = open_ok("f", NEW);
    EXPECT_EQ(trt_file_write(file, "0123456789", 10, TRT_FILE_CURSOR, &len), TMLRT_OK);
    EXPECT_EQ(len, 10);
    EXPECT_EQ(trt_file_write(file, "AB", 2, 4, &len), TMLRT_OK);
    EXPECT_EQ(trt_file_read(file, data, 4, 3, &len), TMLRT_OK);
    EXPECT(len == 4 && memcmp(data, "3AB6", 4) == 0);
    EXPECT_EQ(trt_file_read(file, data, 16, TRT_FILE_CURSOR, &len), TMLRT_OK);
    EXPECT_EQ(len, 0); // the position is still behind the first write
    EXPECT_EQ(trt_file_seek(file, -3, 2, &at), TMLRT_OK);
    EXPECT_EQ(at, 7);
    EXPECT_EQ(trt_file_read(file, data, 16, TRT_FILE_CURSOR, &len), TMLRT_OK);
    EXPECT(len == 3 && memcmp(data, "789", 3) == 0);
    EXPECT_EQ(trt_file_seek(file, -1, 0, &at), TMLRT_E_INVAL);
    EXPECT_EQ(trt_file_seek(file, 0, 3, &at), TMLRT_E_INVAL);
    EXPECT_EQ(trt_file_read(file, data, 16, 100, &len), TMLRT_OK);
    EXPECT_EQ(len, 0);
    EXPECT_EQ(trt_file_read(file, data, 16, (uint64_t)INT64_MAX - 3, &len), TMLRT_E_INVAL);
    EXPECT_EQ(trt_file_write(file, data, 1, UINT64_MAX - 1, &len), TMLRT_E_INVAL);
    EXPECT_EQ(trt_file_resize(file, 4), TMLRT_OK);
    EXPECT_EQ(trt_file_resize(file, UINT64_MAX), TMLRT_E_INVAL);
    EXPECT_EQ(trt_file_sync(file, true), TMLRT_OK);
    EXPECT_EQ(trt_file_sync(file, false), TMLRT_OK);
    EXPECT_EQ(trt_file_stat(file, &info), TMLRT_OK);
    EXPECT(info.len == 4 && info.kind == TMLRT_KIND_FILE && info.num_links == 1);
    EXPECT(info.modified_ns > 1500000000ll * 1000000000 && info.inode != 0);
    trt_file_close(file);
    EXPECT_EQ(trt_path_remove("f", false), TMLRT_OK);
    teardown();
}

TEST(file_open__flags__as_they_say) {
    size_t len;
    char data[8];
    REQUIRE(setup());
    EXPECT_EQ(open_status("f", 0), TMLRT_E_INVAL);
    EXPECT_EQ(open_status("f", TMLRT_FILE_READ | TMLRT_FILE_CREATE), TMLRT_E_INVAL);
    EXPECT_EQ(open_status("f", TMLRT_FILE_READ | TMLRT_FILE_TRUNCATE), TMLRT_E_INVAL);
    EXPECT_EQ(open_status("f", TMLRT_FILE_APPEND | TMLRT_FILE_TRUNCATE), TMLRT_E_INVAL);
    EXPECT_EQ(open_status("f", NEW | 512), TMLRT_E_INVAL);
    EXPECT_EQ(open_status("f", TMLRT_FILE_READ), TMLRT_E_NOTFOUND);
    EXPECT_EQ(open_status("f", TMLRT_FILE_WRITE | TMLRT_FILE_CREATE_NEW), TMLRT_OK);
    EXPECT_EQ(open_status("f", TMLRT_FILE_WRITE | TMLRT_FILE_CREATE_NEW), TMLRT_E_EXISTS);
    trt_handle one = open_ok("f", TMLRT_FILE_APPEND), two = open_ok("f", TMLRT_FILE_APPEND);
    EXPECT_EQ(trt_file_write(one, "a", 1, TRT_FILE_CURSOR, &len), TMLRT_OK);
    EXPECT_EQ(trt_file_write(two, "b", 1, TRT_FILE_CURSOR, &len), TMLRT_OK);
    EXPECT_EQ(trt_file_write(one, "c", 1, TRT_FILE_CURSOR, &len), TMLRT_OK);
    trt_file_close(one);
    trt_file_close(two);
    one = open_ok("f", TMLRT_FILE_READ);
    EXPECT_EQ(trt_file_read(one, data, 8, TRT_FILE_CURSOR, &len), TMLRT_OK);
    EXPECT(len == 3 && memcmp(data, "abc", 3) == 0);
    EXPECT_EQ(trt_file_write(one, "x", 1, 0, &len), TMLRT_E_OS); // opened for reading
    trt_file_close(one);
    trt_file_close(open_ok("f", TMLRT_FILE_WRITE | TMLRT_FILE_TRUNCATE));
    tmlrt_file_info info;
    EXPECT(trt_path_stat("f", true, &info) == TMLRT_OK && info.len == 0);
    EXPECT_EQ(trt_path_remove("f", false), TMLRT_OK);
    teardown();
}

TEST(file_open__links_fifos_directories__refused_when_asked_to) {
    REQUIRE(setup());
    EXPECT_EQ(open_status("f", NEW), TMLRT_OK);
    REQUIRE(symlink("f", "link") == 0 && symlink("loop", "loop") == 0 && mkfifo("fifo", 0600) == 0);
    EXPECT_EQ(trt_path_make_dir("d", 0700), TMLRT_OK);
    EXPECT_EQ(open_status("link", TMLRT_FILE_READ), TMLRT_OK);
    EXPECT_EQ(open_status("link", TMLRT_FILE_READ | TMLRT_FILE_NO_FOLLOW), TMLRT_E_LOOP);
    EXPECT_EQ(open_status("loop", TMLRT_FILE_READ), TMLRT_E_LOOP);
    // None of these waits for somebody at the other end.
    EXPECT_EQ(open_status("fifo", TMLRT_FILE_READ | TMLRT_FILE_REGULAR), TMLRT_E_NOTREG);
    EXPECT_EQ(open_status("fifo", TMLRT_FILE_WRITE | TMLRT_FILE_REGULAR), TMLRT_E_NOTREG);
    EXPECT_EQ(open_status("d", TMLRT_FILE_READ | TMLRT_FILE_REGULAR), TMLRT_E_ISDIR);
    EXPECT_EQ(open_status("f", TMLRT_FILE_READ | TMLRT_FILE_REGULAR), TMLRT_OK);
    EXPECT_EQ(open_status("d", TMLRT_FILE_WRITE), TMLRT_E_ISDIR);
    EXPECT_EQ(open_status("d", TMLRT_FILE_READ | TMLRT_FILE_DIRECTORY), TMLRT_OK);
    EXPECT_EQ(open_status("f", TMLRT_FILE_READ | TMLRT_FILE_DIRECTORY), TMLRT_E_NOTDIR);
    EXPECT_EQ(open_status("f/x", TMLRT_FILE_READ), TMLRT_E_NOTDIR);
    char long_name[400];
    memset(long_name, 'x', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    EXPECT_EQ(open_status(long_name, TMLRT_FILE_READ), TMLRT_E_NAMELEN);
    trt_handle dir = open_ok("d", TMLRT_FILE_READ);
    char byte;
    size_t len;
    EXPECT_EQ(trt_file_read(dir, &byte, 1, TRT_FILE_CURSOR, &len), TMLRT_E_ISDIR);
    trt_file_close(dir);
    tmlrt_file_info info;
    EXPECT(trt_path_stat("link", false, &info) == TMLRT_OK && info.kind == TMLRT_KIND_LINK);
    EXPECT(trt_path_stat("link", true, &info) == TMLRT_OK && info.kind == TMLRT_KIND_FILE);
    EXPECT(trt_path_stat("fifo", true, &info) == TMLRT_OK && info.kind == TMLRT_KIND_FIFO);
    EXPECT(trt_path_stat("/dev/null", true, &info) == TMLRT_OK && info.kind == TMLRT_KIND_DEVICE);
    const char* files[] = {"f", "link", "loop", "fifo"};
    for (int i = 0; i < 4; i++) {
        EXPECT_EQ(trt_path_remove(files[i], false), TMLRT_OK);
    }
    EXPECT_EQ(trt_path_remove("d", true), TMLRT_OK);
    teardown();
}

typedef struct seen {
    int num, dirs;
    int stop_at;
} seen;

static tmlrt_status see(void* arg, const char* name, int32_t kind) {
    seen* it = arg;
    EXPECT(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
    it->dirs += kind == TMLRT_KIND_DIRECTORY;
    return ++it->num == it->stop_at ? TMLRT_E_FULL : TMLRT_OK;
}

TEST(path__rename_remove_list__done_or_told_why_not) {
    REQUIRE(setup());
    EXPECT_EQ(trt_path_make_dir("d", 0700), TMLRT_OK);
    EXPECT_EQ(trt_path_make_dir("d", 0700), TMLRT_E_EXISTS);
    EXPECT_EQ(trt_path_make_dir("no/d", 0700), TMLRT_E_NOTFOUND);
    EXPECT_EQ(open_status("d/a", NEW), TMLRT_OK);
    EXPECT_EQ(trt_path_remove("d", true), TMLRT_E_NOTEMPTY);
    EXPECT_EQ(trt_path_remove("d", false), TMLRT_E_ISDIR);
    EXPECT_EQ(trt_path_remove("d/a", true), TMLRT_E_NOTDIR);
    EXPECT_EQ(trt_path_remove("d/b", false), TMLRT_E_NOTFOUND);
    EXPECT_EQ(trt_path_rename("d/b", "x"), TMLRT_E_NOTFOUND);
    EXPECT_EQ(trt_path_rename("d/a", "d/b"), TMLRT_OK);
    EXPECT_EQ(trt_path_make_dir("d/e", 0700), TMLRT_OK);
    EXPECT_EQ(trt_path_rename("d/b", "d/e"), TMLRT_E_ISDIR);
    EXPECT_EQ(trt_path_rename("d/e", "d/b"), TMLRT_E_NOTDIR);
    seen all = {0}, stopped = {.stop_at = 1};
    EXPECT_EQ(trt_path_list("d", see, &all), TMLRT_OK);
    EXPECT(all.num == 2 && all.dirs <= 1);
    EXPECT_EQ(trt_path_list("d", see, &stopped), TMLRT_E_FULL);
    EXPECT_EQ(stopped.num, 1);
    EXPECT_EQ(trt_path_list("no", see, &all), TMLRT_E_NOTFOUND);
    EXPECT_EQ(trt_path_list("d/b", see, &all), TMLRT_E_NOTDIR);
    EXPECT_EQ(trt_path_remove("d/b", false), TMLRT_OK);
    EXPECT_EQ(trt_path_remove("d/e", true), TMLRT_OK);
    EXPECT_EQ(trt_path_remove("d", true), TMLRT_OK);
    teardown();
}

// In a child: a timer interrupts the calls again and again while they wait for the other end.
static void on_alarm(int signal) {
    (void)signal;
}

static int interrupted(void) {
    const struct sigaction action = {.sa_handler = on_alarm}; // calls are not restarted
    const struct itimerval every = {{0, 500}, {0, 500}};
    char data[64 * 1024] = {0};
    size_t len = 0, total = 0;
    if (mkfifo("fifo", 0600) != 0) {
        return 1;
    }
    pid_t writer = fork();
    if (writer == 0) { // opens late, writes in parts, all with pauses
        usleep(20000);
        int fd = open("fifo", O_WRONLY);
        for (int i = 0; i < 3; i++) {
            usleep(5000);
            if (write(fd, "part", 4) != 4) {
                _exit(1);
            }
        }
        _exit(0);
    }
    if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &every, NULL) != 0) {
        return 2;
    }
    trt_handle file = TRT_HANDLE_NONE;
    if (trt_file_open(&file, "fifo", TMLRT_FILE_READ, 0) != TMLRT_OK) {
        return 3;
    }
    do {
        if (trt_file_read(file, data, sizeof(data), TRT_FILE_CURSOR, &len) != TMLRT_OK) {
            return 4;
        }
        total += len;
    } while (len != 0);
    return total == 12 ? 0 : 5;
}

TEST(file__signals_interrupt_every_wait__opened_and_read_to_the_end) {
    REQUIRE(setup());
    pid_t child = fork();
    if (child == 0) {
        _exit(interrupted());
    }
    int result = -1;
    EXPECT(waitpid(child, &result, 0) == child && result == 0);
    EXPECT_EQ(trt_path_remove("fifo", false), TMLRT_OK);
    teardown();
}

// In a child: no handles left, and a file that may not grow.
static int limits(void) {
    struct rlimit files = {20, 20}, size = {100, 100};
    char data[300] = {0};
    size_t len = 0;
    trt_handle file, last = 0;
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &size) != 0 || trt_file_open(&file, "f", NEW, 0600) != TMLRT_OK) {
        return 1;
    }
    if (trt_file_write(file, data, 300, TRT_FILE_CURSOR, &len) != TMLRT_E_OVERFLOW || len != 100) {
        return 2;
    }
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
        return 3;
    }
    tmlrt_status status = TMLRT_OK;
    for (int i = 0; i < 30 && status == TMLRT_OK; i++) {
        status = trt_file_open(&last, "f", TMLRT_FILE_READ, 0);
    }
    seen all = {0};
    return status == TMLRT_E_MFILE && trt_path_list(".", see, &all) == TMLRT_E_MFILE ? 0 : 4;
}

TEST(file__handles_or_size_run_out__mfile_overflow_and_what_was_written) {
    REQUIRE(setup());
    pid_t child = fork();
    if (child == 0) {
        _exit(limits());
    }
    int result = -1;
    EXPECT(waitpid(child, &result, 0) == child && result == 0);
    EXPECT_EQ(trt_path_remove("f", false), TMLRT_OK);
    teardown();
}
