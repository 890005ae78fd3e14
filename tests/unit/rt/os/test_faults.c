// SPDX-License-Identifier: Apache-2.0
// System calls that fail: a seccomp filter makes one call answer one errno, in a child process
// each.
#include "rt/os/poller.h"
#include "rt/os/socket.h"

#include "rt/base/assert.h"
#include "tests/support/harness.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_SECCOMP = 77 };

static bool inject(long number, int error) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

static trt_addr s_addr, s_bound;
static trt_handle s_listener, s_client;

static bool prepare(void) {
    static const trt_listen_options options;
    return trt_addr_parse(&s_addr, "127.0.0.1", 0) == TMLRT_OK &&
           trt_socket_listen(&s_listener, &s_bound, &s_addr, &options) == TMLRT_OK &&
           trt_socket_connect(&s_client, &s_bound) == TMLRT_OK;
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
};

static int in_child(const fault* f) {
    if (!prepare()) {
        return 1;
    }
    if (!inject(f->number, f->error)) {
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
