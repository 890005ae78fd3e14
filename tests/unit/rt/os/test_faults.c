// SPDX-License-Identifier: Apache-2.0
// System calls that fail: a seccomp filter makes one call answer one errno, in a child process
// each.
#include <tmlrt/task.h>

#include "rt/exec/blocking.h"
#include "rt/exec/runtime.h"
#include "rt/os/file.h"
#include "rt/os/poller.h"
#include "rt/os/udp.h"
#include "rt/os/unix.h"

#include "rt/base/assert.h"
#include "tests/support/fault.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_SECCOMP = 77 };

static trt_addr s_addr, s_bound, s_udp_addr;
static trt_handle s_listener, s_client, s_udp;

static bool prepare(void) {
    static const trt_listen_options options;
    static const tmlrt_udp_options udp_options;
    return trt_addr_parse(&s_addr, "127.0.0.1", 0) == TMLRT_OK &&
           trt_socket_listen(&s_listener, &s_bound, &s_addr, &options) == TMLRT_OK &&
           trt_socket_connect(&s_client, &s_bound) == TMLRT_OK &&
           trt_udp_open(&s_udp, &s_udp_addr, &s_addr, &udp_options) == TMLRT_OK;
}

static tmlrt_status do_accept(void) {
    trt_handle handle;
    trt_addr peer;
    return trt_socket_accept(&handle, &peer, s_listener);
}
static tmlrt_status do_listen(void) {
    static const trt_listen_options options;
    trt_handle handle;
    trt_addr bound;
    return trt_socket_listen(&handle, &bound, &s_addr, &options);
}
static tmlrt_status do_connect(void) {
    trt_handle handle;
    return trt_socket_connect(&handle, &s_bound);
}
static tmlrt_status do_recv(void) {
    char byte;
    size_t len;
    return trt_socket_recv(s_client, &byte, 1, &len);
}
static tmlrt_status do_send(void) {
    tmlrt_slice slice = {"x", 1};
    size_t len;
    return trt_socket_sendv(s_client, &slice, 1, &len);
}
static tmlrt_status do_sendv(void) {
    tmlrt_slice slices[2] = {{"x", 1}, {"y", 1}};
    size_t len;
    return trt_socket_sendv(s_client, slices, 2, &len);
}
static tmlrt_status do_poller(void) {
    trt_poller* poller;
    return trt_poller_new(&poller);
}
static tmlrt_status do_add(void) {
    trt_poller* poller;
    tmlrt_status status = trt_poller_new(&poller);
    return status == TMLRT_OK ? trt_poller_add(poller, s_client, 1) : status;
}

static tmlrt_status do_option(void) {
    return trt_socket_set_option(s_client, TMLRT_SOCK_NODELAY, 1);
}
static tmlrt_status do_peek(void) {
    char byte;
    size_t len;
    return trt_socket_peek(s_client, &byte, 1, &len);
}
static tmlrt_status do_recvv(void) {
    char byte;
    tmlrt_slice slice = {&byte, 1};
    size_t len;
    return trt_socket_recvv(s_client, &slice, 1, &len);
}
static tmlrt_status do_udp(void) {
    static const tmlrt_udp_options options;
    trt_handle handle;
    trt_addr bound;
    return trt_udp_open(&handle, &bound, &s_addr, &options);
}

static tmlrt_status do_udp_send(void) {
    tmlrt_slice slice = {"x", 1};
    size_t len;
    return trt_udp_send(s_udp, &slice, 1, &s_udp_addr, &len);
}
static tmlrt_status do_udp_recv(void) {
    char byte;
    size_t len;
    bool truncated;
    trt_addr from;
    return trt_udp_recv(s_udp, &byte, 1, &from, &len, &truncated);
}
// Three datagrams to ourselves in one batch each way: also where the system has no such calls.
static tmlrt_status do_batches(void) {
    char rooms[3][2];
    tmlrt_datagram out[3] = {0}, in[3] = {0};
    uint32_t sent = 0, got = 0;
    for (int i = 0; i < 3; i++) {
        out[i] = (tmlrt_datagram){.data = "ab", .len = (uint64_t)i, .addr = s_udp_addr};
        in[i] = (tmlrt_datagram){.data = rooms[i], .cap = 2};
    }
    TRT_TRY(trt_udp_send_batch(s_udp, out, 3, &sent));
    TRT_TRY(trt_udp_recv_batch(s_udp, in, 3, &got));
    bool same = sent == 3 && got == 3;
    for (uint64_t i = 0; i < 3; i++) {
        same = same && in[i].len == i && in[i].addr.port == s_udp_addr.port;
    }
    return same ? trt_udp_recv_batch(s_udp, in, 3, &got) : TMLRT_E_EXISTS; // AGAIN
}
static tmlrt_status do_unix(void) {
    trt_unix_addr addr;
    trt_unix_file file;
    trt_handle handle;
    TRT_TRY(trt_unix_addr_parse(&addr, "@tmlrt-test-faults"));
    return trt_unix_listen(&handle, &file, &addr, 1);
}
static tmlrt_status do_pair(void) {
    trt_handle two[2];
    return trt_unix_pair(two, false);
}
static tmlrt_status do_open(void) {
    trt_handle handle;
    return trt_file_open(&handle, "/dev/null", TMLRT_FILE_READ | TMLRT_FILE_WRITE, 0);
}
static tmlrt_status do_write(void) {
    size_t len;
    return trt_file_write(s_client, "x", 1, TRT_FILE_CURSOR, &len);
}
static tmlrt_status do_sync(void) {
    return trt_file_sync(s_client, true);
}
static tmlrt_status do_rename(void) {
    return trt_path_rename("/a", "/b");
}

static void nothing(void* arg) {
    (void)arg;
}
static tmlrt_status do_thread(void) {
    trt_thread thread;
    return trt_thread_start(&thread, "refused", 0, nothing, NULL);
}
static tmlrt_status do_runtime(void) {
    const tmlrt_runtime_options options = {.workers = 2};
    tmlrt_runtime* runtime = NULL;
    return tmlrt_runtime_new(&runtime, &options);
}
// A job that no thread can be started for ends at once, and the runtime goes on.
static tmlrt_status do_blocking(void) {
    const tmlrt_runtime_options options = {.workers = 1};
    tmlrt_runtime* runtime = NULL;
    TRT_TRY(tmlrt_runtime_new(&runtime, &options));
    tmlrt_task* task = trt_blocking_submit(runtime->blocking, nothing, NULL, 0);
    tmlrt_status status = tmlrt_task_join(task, NULL);
    tmlrt_runtime_free(runtime);
    return status;
}
// Three datagrams in one piece, and whether they came as three.
static tmlrt_status do_segments(void) {
    char room[16];
    size_t len = 0, sent = 0;
    for (; sent < 5; sent += len) {
        TRT_TRY(trt_udp_send_segments(s_udp, &"abcde"[sent], 5 - sent, 2, &s_udp_addr, &len));
    }
    for (int i = 0; i < 3; i++) {
        tmlrt_udp_segments got = {0};
        TRT_TRY(trt_udp_recv_segments(s_udp, room, sizeof(room), &got));
        if (got.len != (i < 2 ? 2 : 1) || got.segment != got.len) {
            return TMLRT_E_OS;
        }
    }
    return TMLRT_OK;
}

typedef struct fault {
    const char* name;
    tmlrt_status (*call)(void);
    long number;
    int error;
    tmlrt_status expected;
} fault;

#define FAULT(call, number, error, expected) {#call " " #error, call, number, error, expected}

static const fault s_faults[] = {
    FAULT(do_accept, SYS_accept4, EMFILE, TMLRT_E_MFILE),
    FAULT(do_accept, SYS_accept4, ENFILE, TMLRT_E_MFILE),
    FAULT(do_accept, SYS_accept4, ENOBUFS, TMLRT_E_NOMEM),
    FAULT(do_accept, SYS_accept4, ENOMEM, TMLRT_E_NOMEM),
    FAULT(do_accept, SYS_accept4, ECONNABORTED, TMLRT_E_CONNABORTED),
    FAULT(do_accept, SYS_accept4, EPROTO, TMLRT_E_CONNABORTED),
    FAULT(do_accept, SYS_accept4, ENETUNREACH, TMLRT_E_CONNABORTED),
    FAULT(do_accept, SYS_accept4, EPERM, TMLRT_E_CONNABORTED),
    FAULT(do_accept, SYS_accept4, EAGAIN, TMLRT_E_AGAIN),
    FAULT(do_accept, SYS_accept4, EBADF, TMLRT_E_OS),
    FAULT(do_listen, SYS_socket, EMFILE, TMLRT_E_MFILE),
    FAULT(do_listen, SYS_socket, EAFNOSUPPORT, TMLRT_E_UNSUPPORTED),
    FAULT(do_listen, SYS_bind, EACCES, TMLRT_E_PERM),
    FAULT(do_listen, SYS_bind, EADDRINUSE, TMLRT_E_ADDRINUSE),
    FAULT(do_listen, SYS_listen, EADDRINUSE, TMLRT_E_ADDRINUSE),
    FAULT(do_connect, SYS_connect, ENETUNREACH, TMLRT_E_HOSTUNREACH),
    FAULT(do_connect, SYS_connect, ECONNREFUSED, TMLRT_E_CONNREFUSED),
    FAULT(do_connect, SYS_connect, EADDRNOTAVAIL, TMLRT_E_ADDRNOTAVAIL),
    FAULT(do_connect, SYS_connect, EINTR, TMLRT_OK),
    FAULT(do_connect, SYS_connect, EINPROGRESS, TMLRT_OK),
    FAULT(do_recv, SYS_recvfrom, ETIMEDOUT, TMLRT_E_TIMEDOUT),
    FAULT(do_recv, SYS_recvfrom, ECONNRESET, TMLRT_E_CONNRESET),
    FAULT(do_recv, SYS_recvfrom, EIO, TMLRT_E_OS),
    FAULT(do_send, SYS_sendto, EPIPE, TMLRT_E_PIPE),
    FAULT(do_send, SYS_sendto, ENOBUFS, TMLRT_E_NOMEM),
    FAULT(do_sendv, SYS_sendmsg, EAGAIN, TMLRT_E_AGAIN),
    FAULT(do_sendv, SYS_sendmsg, EHOSTUNREACH, TMLRT_E_HOSTUNREACH),
    FAULT(do_poller, SYS_epoll_create1, EMFILE, TMLRT_E_MFILE),
    FAULT(do_poller, SYS_eventfd2, ENFILE, TMLRT_E_MFILE),
    FAULT(do_poller, SYS_epoll_ctl, ENOSPC, TMLRT_E_NOMEM),
    FAULT(do_add, SYS_eventfd2, ENODEV, TMLRT_E_OS),
    FAULT(do_option, SYS_setsockopt, ENOPROTOOPT, TMLRT_E_UNSUPPORTED),
    FAULT(do_option, SYS_setsockopt, EPERM, TMLRT_E_PERM),
    FAULT(do_option, SYS_getsockopt, ENOTSOCK, TMLRT_E_OS),
    FAULT(do_peek, SYS_recvfrom, ECONNRESET, TMLRT_E_CONNRESET),
    FAULT(do_recvv, SYS_recvmsg, ECONNRESET, TMLRT_E_CONNRESET),
    FAULT(do_udp, SYS_socket, EMFILE, TMLRT_E_MFILE),
    FAULT(do_udp, SYS_bind, EACCES, TMLRT_E_PERM),
    FAULT(do_udp, SYS_getsockname, ENOBUFS, TMLRT_E_NOMEM),
    FAULT(do_udp_send, SYS_sendmsg, EDESTADDRREQ, TMLRT_E_NOTCONN),
    FAULT(do_udp_send, SYS_sendmsg, EMSGSIZE, TMLRT_E_MSGSIZE),
    FAULT(do_udp_send, SYS_sendmsg, ENETUNREACH, TMLRT_E_HOSTUNREACH),
    FAULT(do_udp_recv, SYS_recvmsg, ECONNREFUSED, TMLRT_E_CONNREFUSED),
    FAULT(do_batches, SYS_getpid, EPERM, TMLRT_E_AGAIN),
    FAULT(do_batches, SYS_sendmmsg, ENOSYS, TMLRT_E_AGAIN),
    FAULT(do_batches, SYS_recvmmsg, ENOSYS, TMLRT_E_AGAIN),
    FAULT(do_batches, SYS_sendmmsg, ENOBUFS, TMLRT_E_NOMEM),
    FAULT(do_batches, SYS_recvmmsg, ECONNREFUSED, TMLRT_E_CONNREFUSED),
    FAULT(do_segments, SYS_getpid, EPERM, TMLRT_OK),
    FAULT(do_segments, SYS_sendmsg, EIO, TMLRT_OK),
    FAULT(do_segments, SYS_sendmsg, EINVAL, TMLRT_OK),
    FAULT(do_segments, SYS_sendmsg, ENETUNREACH, TMLRT_E_HOSTUNREACH),
    FAULT(do_segments, SYS_sendmsg, EDESTADDRREQ, TMLRT_E_NOTCONN),
    FAULT(do_segments, SYS_recvmsg, ECONNREFUSED, TMLRT_E_CONNREFUSED),
    FAULT(do_unix, SYS_socket, ENFILE, TMLRT_E_MFILE),
    FAULT(do_unix, SYS_bind, EROFS, TMLRT_E_READONLY),
    FAULT(do_unix, SYS_listen, EADDRINUSE, TMLRT_E_ADDRINUSE),
    FAULT(do_pair, SYS_socketpair, EMFILE, TMLRT_E_MFILE),
    FAULT(do_open, SYS_openat, ENOSPC, TMLRT_E_NOSPACE),
    FAULT(do_open, SYS_openat, EMFILE, TMLRT_E_MFILE),
    FAULT(do_open, SYS_openat, EACCES, TMLRT_E_PERM),
    FAULT(do_open, SYS_openat, EROFS, TMLRT_E_READONLY),
    FAULT(do_write, SYS_write, ENOSPC, TMLRT_E_NOSPACE),
    FAULT(do_write, SYS_write, EDQUOT, TMLRT_E_NOSPACE),
    FAULT(do_write, SYS_write, EFBIG, TMLRT_E_OVERFLOW),
    FAULT(do_write, SYS_write, EIO, TMLRT_E_OS),
    FAULT(do_sync, SYS_fsync, EIO, TMLRT_E_OS),
    FAULT(do_rename, SYS_rename, EXDEV, TMLRT_E_XDEV),
    FAULT(do_thread, SYS_clone3, EAGAIN, TMLRT_E_AGAIN),
    FAULT(do_runtime, SYS_clone3, EAGAIN, TMLRT_E_AGAIN),
    FAULT(do_runtime, SYS_epoll_create1, EMFILE, TMLRT_E_MFILE),
    FAULT(do_blocking, SYS_clone3, EAGAIN, TMLRT_E_AGAIN),
};

static int in_child(const fault* f) {
    if (!prepare()) {
        return 1;
    }
    if (!test_fault_inject(f->number, f->error)) {
        return NO_SECCOMP;
    }
    return f->call() == f->expected ? 0 : 2;
}

TEST(os__a_system_call_fails__its_status) {
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_faults); i++) {
        int state = -1;
        pid_t child = fork();
        if (child == 0) {
            _exit(in_child(&s_faults[i]));
        }
        REQUIRE(child > 0 && waitpid(child, &state, 0) == child);
        int code = WIFEXITED(state) ? WEXITSTATUS(state) : 1000;
        if (code == NO_SECCOMP) {
            test_skip("no seccomp here");
            return;
        }
        if (code != 0) {
            test_fail(__FILE__, __LINE__, "%s: child ended with %d", s_faults[i].name, code);
        }
    }
}
