// SPDX-License-Identifier: Apache-2.0
// Pipes as streams: whole, full and empty, dropped while they wait, ends in every order, without
// budget, memory or handles; standard handles of every kind.
#include <tmlrt/io.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/io/pipe.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct pipe_pair {
    tmlrt_stream *reader, *writer;
    test_waker waker, other;
} pipe_pair;

static bool setup(pipe_pair* p) {
    memset(p, 0, sizeof(*p));
    bool ok = tmlrt_pipe_new(&p->reader, &p->writer) == TMLRT_OK;
    EXPECT(ok);
    return ok;
}

static void teardown(pipe_pair* p) {
    tmlrt_stream_free(p->reader);
    tmlrt_stream_free(p->writer);
    EXPECT_EQ(test_waker_refs(&p->waker), 0);
    EXPECT_EQ(test_waker_refs(&p->other), 0);
    trt_runtime_reset_default();
}

static tmlrt_io_moved write_all(tmlrt_stream* to, const void* data, uint64_t len) {
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 0};
    tmlrt_stream_write_init(&leaf, to, data, len);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_write_desc, &leaf, &moved), TMLRT_OK);
    return moved;
}

static tmlrt_io_moved read_some(tmlrt_stream* from, void* out, uint64_t cap) {
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 0};
    tmlrt_stream_read_init(&leaf, from, out, cap);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    return moved;
}

TEST(pipe__bytes_then_shutdown__read_and_the_end) {
    pipe_pair p;
    char data[8] = "";
    tmlrt_status status = 1;
    test_leaf leaf;
    REQUIRE(setup(&p));
    tmlrt_io_moved moved = write_all(p.writer, "hello", 5);
    EXPECT(moved.status == TMLRT_OK && moved.len == 5);
    moved = read_some(p.reader, data, 2);
    EXPECT(moved.status == TMLRT_OK && moved.len == 2 && memcmp(data, "he", 2) == 0);
    moved = read_some(p.reader, data, 8);
    EXPECT(moved.status == TMLRT_OK && moved.len == 3 && memcmp(data, "llo", 3) == 0);
    tmlrt_stream_shutdown_init(&leaf, p.reader); // its writing direction is none: nothing happens
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_shutdown_desc, &leaf, &status), TMLRT_OK);
    EXPECT_EQ(write_all(p.writer, "!", 1).status, TMLRT_OK);
    EXPECT_EQ(read_some(p.reader, data, 8).len, 1);
    tmlrt_stream_shutdown_init(&leaf, p.writer);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_shutdown_desc, &leaf, &status), TMLRT_OK);
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT_EQ(tmlrt_stream_handle(p.writer), -1);
    EXPECT_EQ(write_all(p.writer, "x", 1).status, TMLRT_E_PIPE);
    moved = read_some(p.reader, data, 8);
    EXPECT(moved.status == TMLRT_OK && moved.len == 0);
    teardown(&p);
}

TEST(pipe__more_than_it_holds__writer_waits_and_all_arrives_in_order) {
    enum { LEN = 1 << 20 };
    pipe_pair p;
    test_leaf writing;
    tmlrt_io_moved wrote = {1, 0};
    unsigned char *sent = malloc(LEN), *got = malloc(LEN);
    uint64_t num = 0;
    REQUIRE(sent != NULL && got != NULL && setup(&p));
    for (uint32_t i = 0; i < LEN; i++) {
        sent[i] = (unsigned char)(i * 2654435761u >> 24);
    }
    tmlrt_stream_write_init(&writing, p.writer, sent, LEN);
    tmlrt_poll answer = test_leaf_poll(&tmlrt_stream_write_desc, &writing, &p.waker, &wrote);
    EXPECT_EQ(answer, TMLRT_PENDING);
    for (int turn = 0; turn < 10000000 && (num < LEN || answer == TMLRT_PENDING); turn++) {
        uint64_t some = 1 + (uint64_t)turn * 977 % 70000;
        test_leaf reading;
        tmlrt_io_moved moved = {TMLRT_OK, 0};
        tmlrt_stream_read_init(&reading, p.reader, got + num, some < LEN - num ? some : LEN - num);
        if (num < LEN &&
            test_leaf_poll(&tmlrt_stream_read_desc, &reading, &p.other, &moved) == TMLRT_PENDING) {
            tmlrt_stream_read_desc.drop(&reading);
            sched_yield(); // the runtime's thread takes the events
        }
        EXPECT_EQ(moved.status, TMLRT_OK);
        num += moved.len;
        if (answer == TMLRT_PENDING) {
            answer = test_leaf_poll(&tmlrt_stream_write_desc, &writing, &p.waker, &wrote);
        }
    }
    EXPECT_EQ(answer, TMLRT_READY);
    EXPECT(wrote.status == TMLRT_OK && wrote.len == LEN);
    EXPECT(num == LEN && memcmp(sent, got, LEN) == 0);
    free(sent);
    free(got);
    teardown(&p);
}

TEST(pipe__dropped_while_it_waits__no_waker_stays) {
    pipe_pair p;
    test_leaf leaf;
    tmlrt_io_moved moved;
    char data[4];
    REQUIRE(setup(&p));
    for (int i = 0; i < 2; i++) {
        tmlrt_stream_read_init(&leaf, p.reader, data, 4);
        EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_desc, &leaf, &p.waker, &moved), TMLRT_PENDING);
        tmlrt_stream_read_desc.drop(&leaf);
        EXPECT_EQ(test_waker_refs(&p.waker), 0);
    }
    EXPECT_EQ(write_all(p.writer, "x", 1).len, 1);
    EXPECT_EQ(read_some(p.reader, data, 4).len, 1); // nothing was lost
    teardown(&p);
}

TEST(pipe__no_budget__pending_woken_and_nothing_moved) {
    pipe_pair p;
    test_leaf leaf;
    tmlrt_io_moved moved;
    char data[4];
    REQUIRE(setup(&p));
    EXPECT_EQ(write_all(p.writer, "abc", 3).len, 3);
    tmlrt_stream_read_init(&leaf, p.reader, data, 4);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_stream_read_desc, &leaf, &p.waker, 0, &moved),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&p.waker), 1);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_stream_read_desc, &leaf, &p.waker, 1, &moved),
              TMLRT_READY);
    EXPECT(moved.len == 3 && p.waker.context.budget == 0);
    tmlrt_stream_write_init(&leaf, p.writer, "d", 1);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_stream_write_desc, &leaf, &p.other, 0, &moved),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&p.other), 1);
    tmlrt_stream_write_desc.drop(&leaf);
    tmlrt_stream_read_init(&leaf, p.reader, data, 4); // a read that waits costs nothing
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_stream_read_desc, &leaf, &p.waker, 1, &moved),
              TMLRT_PENDING);
    EXPECT_EQ(p.waker.context.budget, 1);
    tmlrt_stream_read_desc.drop(&leaf);
    teardown(&p);
}

TEST(pipe__either_end_goes__the_other_learns_of_it) {
    pipe_pair p;
    char data[4];
    bool by_default = signal(SIGPIPE, SIG_DFL) != SIG_ERR;
    REQUIRE(by_default && setup(&p));
    EXPECT_EQ(write_all(p.writer, "ab", 2).len, 2);
    tmlrt_stream_free(p.writer);
    p.writer = NULL;
    EXPECT_EQ(read_some(p.reader, data, 1).len, 1); // what was written comes first
    EXPECT_EQ(read_some(p.reader, data, 4).len, 1);
    EXPECT_EQ(read_some(p.reader, data, 4).len, 0);
    EXPECT(p.reader->io.vtable->hung_up(p.reader->io.self));
    teardown(&p);
    REQUIRE(setup(&p));
    tmlrt_stream_free(p.reader);
    p.reader = NULL;
    EXPECT_EQ(write_all(p.writer, "x", 1).status, TMLRT_E_PIPE); // and no SIGPIPE
    teardown(&p);
}

TEST(pipe_new__each_allocation_fails__nothing_is_left) {
    tmlrt_stream *reader = NULL, *writer = NULL;
    tmlrt_status unused;
    bool hit = true;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    int before = dup(0);
    close(before);
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_pipe_new(&reader, &writer);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    tmlrt_stream_free(reader);
    tmlrt_stream_free(writer);
    int after = dup(0);
    EXPECT_EQ(after, before);
    close(after);
    trt_runtime_reset_default();
}

TEST(pipe_new__no_handles__mfile) {
    tmlrt_stream *reader = NULL, *writer = NULL;
    struct rlimit former, few;
    tmlrt_status unused;
    REQUIRE(trt_runtime_get_default(&unused) != NULL && getrlimit(RLIMIT_NOFILE, &former) == 0);
    int next = dup(0);
    close(next);
    few = (struct rlimit){(rlim_t)next + 1, former.rlim_max}; // room for one, a pipe has two
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    EXPECT_EQ(tmlrt_pipe_new(&reader, &writer), TMLRT_E_MFILE);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &former), 0);
    EXPECT(reader == NULL && writer == NULL);
    trt_runtime_reset_default();
}

// ---- standard handles: number 0 stands for something else in each case --------------------------

typedef struct borrowed {
    int saved;
} borrowed;

static borrowed put_in_place(int fd) {
    borrowed b = {fcntl(0, F_DUPFD_CLOEXEC, 10)};
    EXPECT(b.saved >= 0 && dup2(fd, 0) == 0);
    return b;
}

static void put_back(borrowed* b) {
    EXPECT_EQ(dup2(b->saved, 0), 0);
    close(b->saved);
}

static bool blocks(int fd) {
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

TEST(stdio__a_pipe__waits_and_stays_blocking_for_others) {
    int fds[2];
    char data[4];
    tmlrt_stream* in = NULL;
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_io_moved moved;
    REQUIRE(pipe(fds) == 0);
    borrowed b = put_in_place(fds[0]);
    EXPECT_EQ(tmlrt_stdio_open(&in, 0), TMLRT_OK);
    EXPECT(blocks(0) && tmlrt_stream_handle(in) > 2);
    tmlrt_stream_read_init(&leaf, in, data, 4);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_desc, &leaf, &waker, &moved), TMLRT_PENDING);
    EXPECT_EQ(write(fds[1], "in", 2), 2);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT(moved.status == TMLRT_OK && moved.len == 2);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    close(fds[1]);
    EXPECT_EQ(read_some(in, data, 4).len, 0);
    tmlrt_stream_free(in);
    EXPECT(fcntl(0, F_GETFD) >= 0); // the standard handle stays open
    put_back(&b);
    close(fds[0]);
    trt_runtime_reset_default();
}

TEST(stdio__a_file__read_from_where_it_is_and_position_shared) {
    char path[] = "/tmp/tmlrt-pipe-XXXXXX", data[8];
    int fd = mkstemp(path);
    tmlrt_stream* in = NULL;
    REQUIRE(fd >= 0 && unlink(path) == 0);
    REQUIRE(write(fd, "012345", 6) == 6 && lseek(fd, 2, SEEK_SET) == 2);
    borrowed b = put_in_place(fd);
    EXPECT_EQ(tmlrt_stdio_open(&in, 0), TMLRT_OK);
    tmlrt_io_moved moved = read_some(in, data, 3);
    EXPECT(moved.len == 3 && memcmp(data, "234", 3) == 0);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 5);
    EXPECT_EQ(read_some(in, data, 8).len, 1);
    EXPECT_EQ(read_some(in, data, 8).len, 0);
    EXPECT(!in->io.vtable->hung_up(in->io.self));
    EXPECT_EQ(write_all(in, "67", 2).len, 2);
    tmlrt_stream_free(in);
    put_back(&b);
    close(fd);
    trt_runtime_reset_default();
}

TEST(stdio__null_device_terminal_and_socket__as_they_are) {
    tmlrt_stream* in = NULL;
    char data[8];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), two[2];
    borrowed b = put_in_place(null);
    EXPECT_EQ(tmlrt_stdio_open(&in, 0), TMLRT_OK);
    EXPECT_EQ(read_some(in, data, 8).len, 0);
    EXPECT_EQ(write_all(in, "gone", 4).len, 4);
    tmlrt_stream_free(in);
    put_back(&b);
    close(null);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, two) == 0);
    b = put_in_place(two[0]);
    EXPECT_EQ(tmlrt_stdio_open(&in, 0), TMLRT_OK);
    EXPECT_EQ(write_all(in, "socket", 6).len, 6);
    EXPECT_EQ(read(two[1], data, 8), 6);
    tmlrt_stream_free(in);
    put_back(&b);
    close(two[0]);
    close(two[1]);
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        test_skip("no terminals here");
        return;
    }
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(terminal >= 0);
    b = put_in_place(terminal);
    EXPECT_EQ(tmlrt_stdio_open(&in, 0), TMLRT_OK);
    EXPECT(blocks(0));
    EXPECT_EQ(write(master, "a\nb\n", 4), 4);
    EXPECT_EQ(read_some(in, data, 8).len, 2); // a line at a time: a short read is not the last
    EXPECT_EQ(read_some(in, data, 8).len, 2);
    tmlrt_stream_free(in);
    put_back(&b);
    close(terminal);
    close(master);
    trt_runtime_reset_default();
}

TEST(stdio__closed_or_no_such_handle__inval) {
    tmlrt_stream* out = NULL;
    EXPECT_EQ(tmlrt_stdio_open(&out, 3), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_stdio_open(&out, -1), TMLRT_E_INVAL);
    tmlrt_status unused;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    borrowed b = {fcntl(0, F_DUPFD_CLOEXEC, 10)};
    close(0);
    EXPECT_EQ(tmlrt_stdio_open(&out, 0), TMLRT_E_INVAL);
    EXPECT_EQ(dup2(b.saved, 0), 0);
    close(b.saved);
    EXPECT(out == NULL);
    trt_runtime_reset_default();
}
