// SPDX-License-Identifier: Apache-2.0
// Handles over Unix sockets: given and taken in every number, with too much, dropped in every
// state; streams of handles; without memory or handles.
#include <tmlrt/io.h>
#include <tmlrt/net.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/os/unix.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct fixture {
    tmlrt_tcp_stream *a, *b;
    test_waker waker, other;
    int next; ///< the number of the next handle, when nothing is left open
} fixture;

static int next_handle(void) {
    int next = dup(0);
    close(next);
    return next;
}

static bool setup(fixture* f) {
    memset(f, 0, sizeof(*f));
    bool ok = tmlrt_unix_pair(&f->a, &f->b) == TMLRT_OK;
    EXPECT(ok);
    f->next = next_handle();
    return ok;
}

static void teardown(fixture* f) {
    EXPECT_EQ(next_handle(), f->next);
    EXPECT_EQ(test_waker_refs(&f->waker), 0);
    EXPECT_EQ(test_waker_refs(&f->other), 0);
    tmlrt_tcp_stream_free(f->a);
    tmlrt_tcp_stream_free(f->b);
    trt_runtime_reset_default();
}

static tmlrt_tcp_moved give(tmlrt_tcp_stream* to, const char* data, uint64_t len,
                            const int32_t* handles, int32_t num) {
    test_leaf leaf;
    tmlrt_tcp_moved moved = {1, 0};
    tmlrt_unix_give_init(&leaf, to, data, len, handles, num);
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_give_desc, &leaf, &moved), TMLRT_OK);
    return moved;
}

static tmlrt_unix_taken take(tmlrt_tcp_stream* from, void* out, uint64_t cap) {
    test_leaf leaf;
    tmlrt_unix_taken taken = {.status = 1};
    tmlrt_unix_take_init(&leaf, from, out, cap);
    EXPECT_EQ(test_leaf_wait(&tmlrt_unix_take_desc, &leaf, &taken), TMLRT_OK);
    return taken;
}

static void close_all(const tmlrt_unix_taken* taken) {
    for (int32_t i = 0; i < taken->num; i++) {
        tmlrt_handle_close(taken->handles[i]);
    }
}

TEST(unix_give__any_number_of_handles__arrive_with_the_bytes_and_work) {
    fixture f;
    char data[8];
    int fds[2];
    int32_t handles[TMLRT_MAX_HANDLES + 1];
    REQUIRE(setup(&f) && pipe2(fds, O_CLOEXEC) == 0);
    for (int32_t num = 1; num <= TMLRT_MAX_HANDLES; num++) {
        for (int32_t i = 0; i < num; i++) {
            handles[i] = fds[1];
        }
        tmlrt_tcp_moved moved = give(f.a, "abc", 3, handles, num);
        EXPECT(moved.status == TMLRT_OK && moved.len == 3);
        tmlrt_unix_taken taken = take(f.b, data, 8);
        EXPECT(taken.status == TMLRT_OK && taken.len == 3 && memcmp(data, "abc", 3) == 0);
        EXPECT(taken.num == num && taken.lost == 0);
        for (int32_t i = 0; i < taken.num; i++) {
            EXPECT(fcntl(taken.handles[i], F_GETFD) == FD_CLOEXEC);
            EXPECT_EQ(write(taken.handles[i], "x", 1), 1);
            EXPECT_EQ(read(fds[0], data, 8), 1);
        }
        close_all(&taken);
    }
    EXPECT_EQ(give(f.a, "abc", 3, handles, 0).status, TMLRT_E_INVAL);
    EXPECT_EQ(give(f.a, "abc", 3, handles, TMLRT_MAX_HANDLES + 1).status, TMLRT_E_INVAL);
    EXPECT_EQ(give(f.a, "", 0, handles, 1).status, TMLRT_E_INVAL);
    EXPECT_EQ(take(f.b, data, 0).status, TMLRT_E_INVAL);
    handles[0] = f.next + 50;
    EXPECT_EQ(give(f.a, "abc", 3, handles, 1).status, TMLRT_E_INVAL);
    close(fds[0]);
    close(fds[1]);
    teardown(&f);
}

TEST(unix_give__bytes_around_and_a_plain_read__handles_come_once_or_are_closed) {
    fixture f;
    char data[16];
    test_leaf leaf;
    tmlrt_io_moved moved;
    const int32_t handle = 0;
    REQUIRE(setup(&f));
    tmlrt_stream_write_init(&leaf, tmlrt_tcp_as_stream(f.a), "before", 6);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_write_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(give(f.a, "with", 4, &handle, 1).status, TMLRT_OK);
    tmlrt_stream_write_init(&leaf, tmlrt_tcp_as_stream(f.a), "after", 5);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_write_desc, &leaf, &moved), TMLRT_OK);
    uint64_t num_bytes = 0;
    int32_t num_handles = 0;
    for (int i = 0; i < 16 && num_bytes < 15; i++) {
        tmlrt_unix_taken taken = take(f.b, data, 16);
        EXPECT_EQ(taken.status, TMLRT_OK);
        num_bytes += taken.len;
        num_handles += taken.num;
        close_all(&taken);
    }
    EXPECT(num_bytes == 15 && num_handles == 1);
    EXPECT_EQ(give(f.a, "lost", 4, &handle, 1).status, TMLRT_OK);
    tmlrt_stream_read_init(&leaf, tmlrt_tcp_as_stream(f.b), data, 16);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.len, 4);
    tmlrt_tcp_shutdown(f.a);
    tmlrt_unix_taken taken = take(f.b, data, 16);
    EXPECT(taken.status == TMLRT_OK && taken.len == 0 && taken.num == 0);
    teardown(&f);
}

TEST(unix_take__more_than_it_takes_or_no_number_free__lost_is_told_and_nothing_stays_open) {
    enum { MANY = 40 };
    fixture f;
    char data[4], room[CMSG_SPACE(MANY * sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec bytes = {"x", 1};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    struct rlimit former, few;
    int two[2];
    REQUIRE(setup(&f) && getrlimit(RLIMIT_NOFILE, &former) == 0);
    *CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_len = CMSG_LEN(MANY * sizeof(int)),
                                                .cmsg_level = SOL_SOCKET,
                                                .cmsg_type = SCM_RIGHTS};
    EXPECT_EQ(sendmsg(tmlrt_stream_handle(tmlrt_tcp_as_stream(f.a)), &message, 0), 1);
    tmlrt_unix_taken taken = take(f.b, data, 4);
    EXPECT(taken.status == TMLRT_OK && taken.len == 1 && taken.lost == 1);
    EXPECT(taken.num > 0 && taken.num <= TMLRT_MAX_HANDLES);
    close_all(&taken);
    two[0] = two[1] = 0;
    EXPECT_EQ(give(f.a, "y", 1, two, 2).status, TMLRT_OK);
    few = (struct rlimit){(rlim_t)f.next + 1, former.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
    taken = take(f.b, data, 4);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &former), 0);
    EXPECT(taken.status == TMLRT_OK && taken.len == 1 && taken.num == 1 && taken.lost == 1);
    close_all(&taken);
    teardown(&f);
}

TEST(unix_give__peer_does_not_read__waits_and_is_dropped_or_goes_on) {
    enum { LEN = 1 << 20 };
    static char s_data[LEN], s_got[LEN];
    fixture f;
    test_leaf leaf;
    tmlrt_tcp_moved moved = {1, 0};
    const int32_t handle = 0;
    uint64_t num = 0;
    int32_t handles = 0;
    REQUIRE(setup(&f));
    tmlrt_unix_give_init(&leaf, f.a, s_data, LEN, &handle, 1);
    EXPECT_EQ(test_leaf_poll(&tmlrt_unix_give_desc, &leaf, &f.waker, &moved), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&f.waker), 1);
    tmlrt_poll answer = TMLRT_PENDING;
    for (int i = 0; i < 10000000 && (num < LEN || answer == TMLRT_PENDING); i++) {
        test_leaf taking;
        tmlrt_unix_taken taken = {0};
        tmlrt_unix_take_init(&taking, f.b, s_got, LEN);
        if (test_leaf_poll(&tmlrt_unix_take_desc, &taking, &f.other, &taken) == TMLRT_PENDING) {
            tmlrt_unix_take_desc.drop(&taking);
            sched_yield(); // the runtime's thread takes the events
        }
        EXPECT_EQ(taken.status, TMLRT_OK);
        num += taken.len;
        handles += taken.num;
        close_all(&taken);
        if (answer == TMLRT_PENDING) {
            answer = test_leaf_poll(&tmlrt_unix_give_desc, &leaf, &f.waker, &moved);
        }
    }
    EXPECT(answer == TMLRT_READY && moved.status == TMLRT_OK && moved.len == LEN);
    EXPECT(num == LEN && handles == 1); // once, although it took several calls
    tmlrt_unix_give_init(&leaf, f.a, s_data, LEN, &handle, 1);
    EXPECT_EQ(test_leaf_poll(&tmlrt_unix_give_desc, &leaf, &f.waker, &moved), TMLRT_PENDING);
    tmlrt_unix_give_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&f.waker), 0);
    tmlrt_unix_taken taken = take(f.b, s_got, LEN);
    close_all(&taken);
    teardown(&f);
}

TEST(unix_take__waits_no_budget_dropped__nothing_lost) {
    fixture f;
    test_leaf leaf;
    char data[4];
    tmlrt_unix_taken taken;
    const int32_t handle = 0;
    REQUIRE(setup(&f));
    tmlrt_unix_take_init(&leaf, f.b, data, 4);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_unix_take_desc, &leaf, &f.waker, 1, &taken),
              TMLRT_PENDING);
    EXPECT(test_waker_refs(&f.waker) == 1 && f.waker.context.budget == 1);
    tmlrt_unix_take_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&f.waker), 0);
    EXPECT_EQ(give(f.a, "x", 1, &handle, 1).status, TMLRT_OK);
    taken = take(f.b, data, 4); // has waited for the event: readable from now on
    EXPECT(taken.num == 1);
    close_all(&taken);
    EXPECT_EQ(give(f.a, "yz", 2, &handle, 1).status, TMLRT_OK);
    tmlrt_unix_take_init(&leaf, f.b, data, 1);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_unix_take_desc, &leaf, &f.waker, 0, &taken),
              TMLRT_PENDING);
    tmlrt_unix_take_desc.drop(&leaf);
    taken = take(f.b, data, 4);
    EXPECT(taken.num == 1 && taken.len == 2);
    close_all(&taken);
    teardown(&f);
}

TEST(unix_take__output_dropped_unread__handles_are_closed) {
    fixture f;
    char data[4];
    const int32_t handles[2] = {0, 0};
    REQUIRE(setup(&f));
    EXPECT_EQ(give(f.a, "x", 1, handles, 2).status, TMLRT_OK);
    tmlrt_unix_taken taken = take(f.b, data, 4);
    EXPECT(taken.num == 2 && fcntl(taken.handles[1], F_GETFD) >= 0);
    tmlrt_unix_take_desc.drop_output(&taken);
    teardown(&f);
}

TEST(unix_give__not_a_unix_socket_or_peer_gone__told) {
    fixture f;
    const int32_t handle = 0;
    tmlrt_tcp_listener* listener = NULL;
    test_leaf leaf;
    tmlrt_tcp_opened opened;
    REQUIRE(setup(&f));
    REQUIRE(tmlrt_tcp_listen(&listener, "127.0.0.1", 0) == TMLRT_OK);
    tmlrt_tcp_connect_init(&leaf, "127.0.0.1", tmlrt_tcp_listener_port(listener));
    EXPECT_EQ(test_leaf_wait(&tmlrt_tcp_connect_desc, &leaf, &opened), TMLRT_OK);
    REQUIRE(opened.status == TMLRT_OK);
    EXPECT_EQ(give(opened.stream, "x", 1, &handle, 1).status, TMLRT_E_UNSUPPORTED);
    tmlrt_tcp_stream_free(opened.stream);
    tmlrt_tcp_listener_free(listener);
    EXPECT_EQ(next_handle(), f.next);
    tmlrt_tcp_stream_free(f.b);
    f.b = NULL;
    // Somebody who is looking at the peer's events keeps it open for a moment more.
    tmlrt_status status = TMLRT_OK;
    for (int i = 0; i < 100 && status == TMLRT_OK; i++) {
        status = give(f.a, "x", 1, &handle, 1).status;
    }
    EXPECT_EQ(status, TMLRT_E_PIPE);
    f.next = next_handle();
    teardown(&f);
}

TEST(stream_of_handle__pipe_socket_datagrams_closed__a_stream_or_why_not) {
    fixture f;
    char data[4];
    int fds[2];
    tmlrt_stream *stream = NULL, *reader = NULL, *writer = NULL;
    test_leaf leaf;
    tmlrt_io_moved moved;
    bool hit = true;
    REQUIRE(setup(&f) && tmlrt_pipe_new(&reader, &writer) == TMLRT_OK);
    int32_t handle = tmlrt_stream_handle(writer);
    EXPECT_EQ(give(f.a, "w", 1, &handle, 1).status, TMLRT_OK);
    tmlrt_stream_free(writer); // the one on its way keeps the pipe open
    tmlrt_unix_taken taken = take(f.b, data, 4);
    REQUIRE(taken.num == 1);
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_stream_of_handle(&stream, taken.handles[0]);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    tmlrt_stream_write_init(&leaf, stream, "hi", 2);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_write_desc, &leaf, &moved), TMLRT_OK);
    tmlrt_stream_free(stream);
    tmlrt_stream_read_init(&leaf, reader, data, 4);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.len, 2);
    tmlrt_stream_read_init(&leaf, reader, data, 4);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.len, 0); // nobody else has it
    tmlrt_stream_free(reader);
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    hit = true;
    for (uint64_t nth = 1; hit; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_stream_of_handle(&stream, fds[0]);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    EXPECT_EQ(tmlrt_stream_handle(stream), fds[0]);
    EXPECT_EQ(write(fds[1], "s", 1), 1);
    tmlrt_stream_read_init(&leaf, stream, data, 4);
    EXPECT_EQ(test_leaf_wait(&tmlrt_stream_read_desc, &leaf, &moved), TMLRT_OK);
    EXPECT_EQ(moved.len, 1);
    tmlrt_stream_free(stream);
    close(fds[1]);
    REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
    EXPECT_EQ(tmlrt_stream_of_handle(&stream, fds[0]), TMLRT_E_UNSUPPORTED);
    close(fds[0]);
    close(fds[1]);
    EXPECT_EQ(tmlrt_stream_of_handle(&stream, fds[0]), TMLRT_E_INVAL);
    tmlrt_stream *one = NULL, *two = NULL;
    REQUIRE(tmlrt_duplex_new(&one, &two, 0) == TMLRT_OK);
    EXPECT_EQ(tmlrt_stream_handle(one), -1);
    tmlrt_stream_free(one);
    tmlrt_stream_free(two);
    teardown(&f);
}
