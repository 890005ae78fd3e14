// SPDX-License-Identifier: Apache-2.0
// Datagram sockets. Batches use sendmmsg and recvmmsg where the system has them, else (also where a
// sandbox refuses them with ENOSYS) a loop of single calls with the same meaning. Called by rt/net.
// Any thread, but one direction of a socket by one thread at a time.
#include "rt/os/udp.h"

#include "rt/base/assert.h"
#include "rt/os/posix/sockaddr.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_SLICES = 64 };

static tmlrt_status apply(trt_handle handle, const trt_addr* addr,
                          const tmlrt_udp_options* options) {
    int on = 1, v6_only = options->v6_only != 0;
    if (options->reuse_addr &&
        setsockopt((int)handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) {
        return trt_status_of_errno(errno);
    }
    if (addr->family == 6 &&
        setsockopt((int)handle, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only)) != 0) {
        return trt_status_of_errno(errno);
    }
    const struct {
        int32_t option, value;
    } wanted[] = {
        {TMLRT_SOCK_REUSE_PORT, options->reuse_port},
        {TMLRT_SOCK_BROADCAST, options->broadcast},
        {TMLRT_SOCK_RECV_BUFFER, options->recv_buffer},
        {TMLRT_SOCK_SEND_BUFFER, options->send_buffer},
    };
    for (size_t i = 0; i < TRT_ARRAY_LEN(wanted); i++) {
        if (wanted[i].value != 0) {
            TRT_TRY(trt_socket_set_option(handle, wanted[i].option, wanted[i].value));
        }
    }
    return TMLRT_OK;
}

tmlrt_status trt_udp_open(trt_handle* out, trt_addr* out_bound, const trt_addr* addr,
                          const tmlrt_udp_options* options) {
    struct sockaddr_storage name;
    socklen_t len;
    trt_addr bound;
    TRT_TRY(trt_sockaddr_of(&name, &len, addr));
    int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    tmlrt_status status = apply(fd, addr, options);
    if (status == TMLRT_OK && bind(fd, (struct sockaddr*)&name, len) != 0) {
        status = trt_status_of_errno(errno);
    }
    if (status == TMLRT_OK) {
        status = trt_socket_local(fd, &bound);
    }
    if (status != TMLRT_OK) {
        close(fd);
        return status;
    }
    *out = fd;
    *out_bound = bound;
    return TMLRT_OK;
}

tmlrt_status trt_udp_connect(trt_handle handle, const trt_addr* peer) {
    struct sockaddr_storage name;
    socklen_t len;
    TRT_TRY(trt_sockaddr_of(&name, &len, peer));
    int result;
    do {
        result = connect((int)handle, (struct sockaddr*)&name, len);
    } while (result != 0 && errno == EINTR);
    return result != 0 ? trt_status_of_errno(errno) : TMLRT_OK;
}

// A datagram socket without a peer says so in its own way.
static tmlrt_status send_status(int error) {
    return error == EDESTADDRREQ ? TMLRT_E_NOTCONN : trt_status_of_errno(error);
}

tmlrt_status trt_udp_send(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                          const trt_addr* to, size_t* out_len) {
    struct sockaddr_storage name;
    socklen_t len = 0;
    if (num > MAX_SLICES) { // a datagram cannot be sent in parts
        return TMLRT_E_INVAL;
    }
    if (to != NULL) {
        TRT_TRY(trt_sockaddr_of(&name, &len, to));
    }
    struct msghdr message = {
        .msg_name = to != NULL ? &name : NULL,
        .msg_namelen = len,
        .msg_iov = (struct iovec*)slices,
        .msg_iovlen = num,
    };
    ssize_t sent;
    do {
        sent = sendmsg((int)handle, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return send_status(errno);
    }
    *out_len = (size_t)sent;
    return TMLRT_OK;
}

tmlrt_status trt_udp_recv(trt_handle handle, void* out, size_t cap, trt_addr* out_from,
                          size_t* out_len, bool* out_truncated) {
    struct sockaddr_storage name = {0};
    struct iovec bytes = {out, cap};
    struct msghdr message = {
        .msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = &bytes, .msg_iovlen = 1};
    ssize_t got;
    do {
        got = recvmsg((int)handle, &message, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    trt_addr_of_sockaddr(out_from, &name);
    *out_len = (size_t)got;
    *out_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    return TMLRT_OK;
}

// ---- batches, one by one ------------------------------------------------------------------------

static tmlrt_status send_each(trt_handle handle, const tmlrt_datagram* batch, uint32_t num,
                              uint32_t* out_num) {
    uint32_t done = 0;
    for (; done < num; done++) {
        tmlrt_slice bytes = {batch[done].data, batch[done].len};
        size_t len;
        tmlrt_status status = trt_udp_send(
            handle, &bytes, 1, batch[done].addr.family != 0 ? &batch[done].addr : NULL, &len);
        if (status != TMLRT_OK && done == 0) {
            return status;
        }
        if (status != TMLRT_OK) {
            break;
        }
    }
    *out_num = done;
    return TMLRT_OK;
}

static tmlrt_status recv_each(trt_handle handle, tmlrt_datagram* batch, uint32_t num,
                              uint32_t* out_num) {
    uint32_t done = 0;
    for (; done < num; done++) {
        tmlrt_datagram* one = &batch[done];
        size_t len = 0;
        bool truncated = false;
        tmlrt_status status =
            trt_udp_recv(handle, one->data, one->cap, &one->addr, &len, &truncated);
        if (status != TMLRT_OK && done == 0) {
            return status;
        }
        if (status != TMLRT_OK) {
            break;
        }
        one->len = len;
        one->truncated = truncated;
    }
    *out_num = done;
    return TMLRT_OK;
}

// ---- batches in one call ------------------------------------------------------------------------

#if defined(SYS_sendmmsg) && defined(SYS_recvmmsg)

typedef struct batch_call {
    struct mmsghdr headers[TRT_UDP_BATCH];
    struct sockaddr_storage names[TRT_UDP_BATCH];
    struct iovec bytes[TRT_UDP_BATCH];
} batch_call;

static void set_bytes(batch_call* call, uint32_t i, void* data, size_t len) {
    call->bytes[i] = (struct iovec){data, len};
    call->headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &call->bytes[i], .msg_iovlen = 1}};
}

tmlrt_status trt_udp_send_batch(trt_handle handle, const tmlrt_datagram* batch, uint32_t num,
                                uint32_t* out_num) {
    batch_call call;
    num = num < TRT_UDP_BATCH ? num : TRT_UDP_BATCH;
    for (uint32_t i = 0; i < num; i++) {
        set_bytes(&call, i, batch[i].data, batch[i].len);
        if (batch[i].addr.family != 0) {
            struct msghdr* header = &call.headers[i].msg_hdr;
            tmlrt_status status =
                trt_sockaddr_of(&call.names[i], &header->msg_namelen, &batch[i].addr);
            if (status != TMLRT_OK && i == 0) {
                return status;
            }
            if (status != TMLRT_OK) {
                num = i; // told when it is the first one
                break;
            }
            header->msg_name = &call.names[i];
        }
    }
    int sent;
    do {
        sent = sendmmsg((int)handle, call.headers, num, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return errno == ENOSYS ? send_each(handle, batch, num, out_num) : send_status(errno);
    }
    *out_num = (uint32_t)sent;
    return TMLRT_OK;
}

tmlrt_status trt_udp_recv_batch(trt_handle handle, tmlrt_datagram* batch, uint32_t num,
                                uint32_t* out_num) {
    batch_call call;
    num = num < TRT_UDP_BATCH ? num : TRT_UDP_BATCH;
    for (uint32_t i = 0; i < num; i++) {
        set_bytes(&call, i, batch[i].data, batch[i].cap);
        call.names[i].ss_family = AF_UNSPEC;
        call.headers[i].msg_hdr.msg_name = &call.names[i];
        call.headers[i].msg_hdr.msg_namelen = sizeof(call.names[i]);
    }
    int got;
    do {
        got = recvmmsg((int)handle, call.headers, num, MSG_DONTWAIT, NULL);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return errno == ENOSYS ? recv_each(handle, batch, num, out_num)
                               : trt_status_of_errno(errno);
    }
    for (int i = 0; i < got; i++) {
        batch[i].len = call.headers[i].msg_len;
        batch[i].truncated = (call.headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        trt_addr_of_sockaddr(&batch[i].addr, &call.names[i]);
    }
    *out_num = (uint32_t)got;
    return TMLRT_OK;
}

#else

tmlrt_status trt_udp_send_batch(trt_handle handle, const tmlrt_datagram* batch, uint32_t num,
                                uint32_t* out_num) {
    return send_each(handle, batch, num < TRT_UDP_BATCH ? num : TRT_UDP_BATCH, out_num);
}

tmlrt_status trt_udp_recv_batch(trt_handle handle, tmlrt_datagram* batch, uint32_t num,
                                uint32_t* out_num) {
    return recv_each(handle, batch, num < TRT_UDP_BATCH ? num : TRT_UDP_BATCH, out_num);
}

#endif

// ---- multicast ----------------------------------------------------------------------------------

static bool is_multicast(const trt_addr* addr) {
    return addr->family == 4 ? (addr->ip[0] & 0xf0) == 0xe0
                             : addr->family == 6 && addr->ip[0] == 0xff;
}

static tmlrt_status member_status(int error) {
    switch (error) {
    case ENODEV:
        return TMLRT_E_NOTFOUND;
    case EADDRNOTAVAIL: // leaving a group that it is not in
        return TMLRT_E_INVAL;
    default:
        return trt_status_of_errno(error);
    }
}

tmlrt_status trt_udp_member(trt_handle handle, const trt_addr* group, uint32_t interface,
                            bool join) {
    int result;
    if (!is_multicast(group) || interface > INT32_MAX) {
        return TMLRT_E_INVAL;
    }
    if (group->family == 4) {
        struct ip_mreqn request = {.imr_ifindex = (int)interface};
        memcpy(&request.imr_multiaddr, group->ip, 4);
        result = setsockopt((int)handle, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                            &request, sizeof(request));
    } else {
        struct ipv6_mreq request = {.ipv6mr_interface = interface};
        memcpy(&request.ipv6mr_multiaddr, group->ip, 16);
        result =
            setsockopt((int)handle, IPPROTO_IPV6, join ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP,
                       &request, sizeof(request));
    }
    return result != 0 ? member_status(errno) : TMLRT_OK;
}
