// SPDX-License-Identifier: Apache-2.0
// TCP sockets of POSIX systems that have accept4 and SOCK_NONBLOCK. Every socket is non-blocking,
// close-on-exec and without Nagle's delay. One call here is one system call, except where a comment
// says otherwise; errno is translated where it arises. Called by rt/net. Any thread, but one
// direction of a socket by one thread at a time.
#include "rt/os/socket.h"

#include "rt/base/assert.h"
#include "rt/base/sanitize.h"
#include "rt/os/posix/sockaddr.h"
#include "rt/os/posix/status.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_SLICES = 64, DEFAULT_BACKLOG = 4096 };

// A tmlrt_slice is passed to the kernel as an iovec.
static_assert(sizeof(tmlrt_slice) == sizeof(struct iovec), "slice is an iovec");
static_assert(offsetof(tmlrt_slice, data) == offsetof(struct iovec, iov_base), "slice is an iovec");
static_assert(offsetof(tmlrt_slice, len) == offsetof(struct iovec, iov_len), "slice is an iovec");

static void set_flag(int fd, int level, int option, int value) {
    // Cannot fail for the options used here; without them the socket still works.
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

tmlrt_status trt_socket_local(trt_handle handle, trt_addr* out) {
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);
    if (getsockname((int)handle, (struct sockaddr*)&name, &len) != 0) {
        return trt_status_of_errno(errno);
    }
    trt_addr_of_sockaddr(out, &name);
    return TMLRT_OK;
}

tmlrt_status trt_socket_peer(trt_handle handle, trt_addr* out) {
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);
    if (getpeername((int)handle, (struct sockaddr*)&name, &len) != 0) {
        return trt_status_of_errno(errno);
    }
    trt_addr_of_sockaddr(out, &name);
    return TMLRT_OK;
}

// What a listener was asked for beyond the defaults; before bind, so that it is inherited.
static tmlrt_status apply_options(trt_handle handle, const trt_listen_options* options) {
    const struct {
        int32_t option, value;
    } wanted[] = {
        {TMLRT_SOCK_RECV_BUFFER, options->recv_buffer},
        {TMLRT_SOCK_SEND_BUFFER, options->send_buffer},
        {TMLRT_SOCK_DEFER_ACCEPT, options->defer_accept_s},
        {TMLRT_SOCK_FASTOPEN, options->fastopen},
        {TMLRT_SOCK_KEEPALIVE, options->keepalive_s != 0},
        {TMLRT_SOCK_KEEPALIVE_IDLE, options->keepalive_s},
    };
    for (size_t i = 0; i < TRT_ARRAY_LEN(wanted); i++) {
        if (wanted[i].value != 0) {
            TRT_TRY(trt_socket_set_option(handle, wanted[i].option, wanted[i].value));
        }
    }
    return TMLRT_OK;
}

// A TCP socket bound to `addr`, not listening yet.
static tmlrt_status open_bound(int* out, const trt_addr* addr, const trt_listen_options* options) {
    struct sockaddr_storage name;
    socklen_t len;
    tmlrt_status status = trt_sockaddr_of(&name, &len, addr);
    if (status != TMLRT_OK) {
        return status;
    }
    int fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set_flag(fd, SOL_SOCKET, SO_REUSEPORT, options->reuse_port);
    set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1); // accepted sockets inherit it
    if (addr->family == 6) {
        // Without it "::" is both, whatever the sysctl says.
        set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, options->v6_only);
    }
    status = apply_options(fd, options);
    if (status == TMLRT_OK && bind(fd, (struct sockaddr*)&name, len) != 0) {
        status = trt_status_of_errno(errno);
    }
    if (status != TMLRT_OK) {
        close(fd);
        return status;
    }
    *out = fd;
    return TMLRT_OK;
}

tmlrt_status trt_socket_addr_free(const trt_addr* addr) {
    static const trt_listen_options s_plain;
    int fd = -1;
    tmlrt_status status = open_bound(&fd, addr, &s_plain);
    if (status == TMLRT_OK) {
        TRT_ASSERT(fd >= 0);
        close(fd);
    }
    return status;
}

tmlrt_status trt_socket_listen(trt_handle* out, trt_addr* out_bound, const trt_addr* addr,
                               const trt_listen_options* options) {
    int fd = -1;
    trt_addr bound;
    tmlrt_status status = open_bound(&fd, addr, options);
    if (status != TMLRT_OK) {
        return status;
    }
    TRT_ASSERT(fd >= 0);
    int backlog = options->backlog == 0 || options->backlog > INT32_MAX ? DEFAULT_BACKLOG
                                                                        : (int)options->backlog;
    status = listen(fd, backlog) != 0 ? trt_status_of_errno(errno) : trt_socket_local(fd, &bound);
    if (status != TMLRT_OK) {
        close(fd);
        return status;
    }
    *out = fd;
    *out_bound = bound;
    return TMLRT_OK;
}

// accept also reports errors of the connection it was about to return, and firewall refusals: the
// listener is fine, the caller goes on with the next one.
static tmlrt_status accept_status(int error) {
    switch (error) {
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT:
    case ECONNRESET:
    case EPERM:
        return TMLRT_E_CONNABORTED;
    default:
        return trt_status_of_errno(error);
    }
}

tmlrt_status trt_socket_accept(trt_handle* out, trt_addr* out_peer, trt_handle listener) {
    struct sockaddr_storage name;
    int fd = -1;
    do {
        socklen_t len = sizeof(name);
        fd = accept4((int)listener, (struct sockaddr*)&name, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return accept_status(errno);
    }
    *out = fd;
    trt_addr_of_sockaddr(out_peer, &name);
    return TMLRT_OK;
}

tmlrt_status trt_socket_connect(trt_handle* out, const trt_addr* addr) {
    return trt_socket_connect_from(out, addr, NULL, false);
}

static tmlrt_status bind_local(int fd, const trt_addr* from, const trt_addr* addr) {
    struct sockaddr_storage name;
    socklen_t len;
    if (from->family != addr->family) {
        return TMLRT_E_INVAL;
    }
    TRT_TRY(trt_sockaddr_of(&name, &len, from));
    set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    return bind(fd, (struct sockaddr*)&name, len) != 0 ? trt_status_of_errno(errno) : TMLRT_OK;
}

tmlrt_status trt_socket_connect_from(trt_handle* out, const trt_addr* addr, const trt_addr* from,
                                     bool fastopen) {
    struct sockaddr_storage name;
    socklen_t len;
    tmlrt_status status = trt_sockaddr_of(&name, &len, addr);
    if (status != TMLRT_OK) {
        return status;
    }
    int fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (fastopen) { // only an offer: a system without it connects as ever
        (void)trt_socket_set_option(fd, TMLRT_SOCK_FASTOPEN_CONNECT, 1);
    }
    status = from != NULL && from->family != 0 ? bind_local(fd, from, addr) : TMLRT_OK;
    // An interrupted connect goes on by itself, like one in progress.
    if (status == TMLRT_OK && connect(fd, (struct sockaddr*)&name, len) != 0 &&
        errno != EINPROGRESS && errno != EINTR) {
        status = trt_status_of_errno(errno);
    }
    if (status != TMLRT_OK) {
        close(fd);
        return status;
    }
    *out = fd;
    return TMLRT_OK;
}

tmlrt_status trt_socket_error(trt_handle handle) {
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt((int)handle, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        return trt_status_of_errno(errno);
    }
    return trt_status_of_errno(error);
}

// The C library's recv and send are cancellation points: in a process with threads each call sets
// and clears a flag with two locked instructions. No thread of ours is cancelled, so the kernel is
// asked directly where it has these calls.
static ssize_t recv_bytes(int fd, void* out, size_t cap) {
#if defined(SYS_recvfrom) && !TRT_SANITIZED
    return syscall(SYS_recvfrom, fd, out, cap, 0, NULL, NULL);
#else
    return recv(fd, out, cap, 0);
#endif
}

static ssize_t send_bytes(int fd, const void* data, size_t len) {
#if defined(SYS_sendto) && !TRT_SANITIZED
    return syscall(SYS_sendto, fd, data, len, MSG_NOSIGNAL, NULL, 0);
#else
    return send(fd, data, len, MSG_NOSIGNAL);
#endif
}

tmlrt_status trt_socket_recv(trt_handle handle, void* out, size_t cap, size_t* out_len) {
    ssize_t got;
    do {
        got = recv_bytes((int)handle, out, cap);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    *out_len = (size_t)got;
    return TMLRT_OK;
}

tmlrt_status trt_socket_peek(trt_handle handle, void* out, size_t cap, size_t* out_len) {
    ssize_t got;
    do {
        got = recv((int)handle, out, cap, MSG_PEEK);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    *out_len = (size_t)got;
    return TMLRT_OK;
}

tmlrt_status trt_socket_recvv(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                              size_t* out_len) {
    struct msghdr message = {.msg_iov = (struct iovec*)slices,
                             .msg_iovlen = num < MAX_SLICES ? num : MAX_SLICES};
    ssize_t got;
    do {
        got = recvmsg((int)handle, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    *out_len = (size_t)got;
    return TMLRT_OK;
}

tmlrt_status trt_socket_sendv(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                              size_t* out_len) {
    ssize_t sent;
    do {
        if (num == 1) {
            sent = send_bytes((int)handle, slices->data, slices->len);
        } else {
            struct msghdr message = {.msg_iov = (struct iovec*)slices,
                                     .msg_iovlen = num < MAX_SLICES ? num : MAX_SLICES};
            sent = sendmsg((int)handle, &message, MSG_NOSIGNAL);
        }
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return trt_status_of_errno(errno);
    }
    *out_len = (size_t)sent;
    return TMLRT_OK;
}

uint64_t trt_socket_unsent(trt_handle handle) {
    int num = 0;
    return ioctl((int)handle, TIOCOUTQ, &num) == 0 && num > 0 ? (uint64_t)num : 0;
}

// Linux heeds it in poll and epoll from 4.18 on, with the edge.
bool trt_socket_wake_at(trt_handle handle, uint32_t len) {
    int value = (int)len;
    return setsockopt((int)handle, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value)) == 0;
}

void trt_socket_shutdown_write(trt_handle handle) {
    shutdown((int)handle, SHUT_WR);
}

void trt_socket_close(trt_handle handle, bool abortive) {
    if (abortive) {
        struct linger linger = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt((int)handle, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    // Not retried after EINTR: Linux has freed the descriptor already.
    close((int)handle);
}

tmlrt_status trt_socket_dup(trt_handle* out, trt_handle handle) {
    int fd = fcntl((int)handle, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    *out = fd;
    return TMLRT_OK;
}

tmlrt_status trt_handle_spare(trt_handle* out) {
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    *out = fd;
    return TMLRT_OK;
}

void trt_handle_spare_close(trt_handle* spare) {
    if (*spare != TRT_HANDLE_NONE) {
        close((int)*spare);
        *spare = TRT_HANDLE_NONE;
    }
}

tmlrt_status trt_socket_shed(trt_handle listener, trt_handle* spare) {
    trt_handle victim = TRT_HANDLE_NONE;
    trt_addr peer;
    trt_handle_spare_close(spare);
    tmlrt_status status = trt_socket_accept(&victim, &peer, listener);
    if (status == TMLRT_OK) {
        trt_socket_close(victim, true);
    }
    (void)trt_handle_spare(spare); // when another thread took the descriptor: at the next shed
    return status;
}
