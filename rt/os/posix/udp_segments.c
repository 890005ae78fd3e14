// SPDX-License-Identifier: Apache-2.0
// Datagrams of one length in one piece: the kernel (or the card) cuts what is sent and joins what
// is received, so that a packet costs a part of a system call and of the way through the stack
// (UDP_SEGMENT and UDP_GRO of Linux). Where the system does not know it, refuses it for this path,
// or has no such card, datagrams are sent as a batch and received one by one: the same meaning.
// Called by rt/net. Any thread, but one direction of a socket by one thread at a time.
#include "rt/os/udp.h"

#include "rt/base/assert.h"
#include "rt/os/posix/sockaddr.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/uio.h>

// What the kernel takes at most: 64 datagrams, and as many bytes as one of IPv4 may have.
enum { MOST_SEGMENTS = 64, MOST_BYTES = 65507 };

// ---- sending ------------------------------------------------------------------------------------

static tmlrt_status send_as_batch(trt_handle handle, const char* data, size_t len, size_t segment,
                                  const trt_addr* to, size_t* out_len) {
    tmlrt_datagram batch[TRT_UDP_BATCH];
    uint32_t num = 0, sent = 0;
    for (size_t at = 0; at < len && num < TRT_UDP_BATCH; num++) {
        size_t part = len - at < segment ? len - at : segment;
        batch[num] = (tmlrt_datagram){.data = (char*)data + at, .len = part};
        if (to != NULL) {
            batch[num].addr = *to;
        }
        at += part;
    }
    TRT_TRY(trt_udp_send_batch(handle, batch, num, &sent));
    *out_len = 0;
    for (uint32_t i = 0; i < sent; i++) {
        *out_len += batch[i].len;
    }
    return TMLRT_OK;
}

#ifdef UDP_SEGMENT
// 0, or errno.
static int send_in_one(int fd, const char* data, size_t len, size_t segment,
                       struct sockaddr_storage* name, socklen_t name_len) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(uint16_t))];
    } control = {.room = {0}};
    uint16_t size = (uint16_t)segment;
    struct iovec bytes = {(void*)data, len};
    struct msghdr message = {.msg_name = name_len != 0 ? name : NULL,
                             .msg_namelen = name_len,
                             .msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control.room)};
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(size)), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
    memcpy(CMSG_DATA(&control.head), &size, sizeof(size));
    ssize_t sent;
    do {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

// What may be said of the one piece alone: an old system, a path whose packets are smaller, a card
// that makes no checksums. Whether the datagrams themselves can be sent, the batch tells.
static bool is_refusal(int error) {
    return error == EINVAL || error == EIO || error == EMSGSIZE || error == ENOPROTOOPT ||
           error == EOPNOTSUPP;
}
#endif

tmlrt_status trt_udp_send_segments(trt_handle handle, const void* data, size_t len, size_t segment,
                                   const trt_addr* to, size_t* out_len) {
    struct sockaddr_storage name = {0};
    socklen_t name_len = 0;
    TRT_ASSERT(len != 0 && segment != 0);
    if (len <= segment) {
        const tmlrt_slice one = {data, len};
        return trt_udp_send(handle, &one, 1, to, out_len);
    }
    if (to != NULL) {
        TRT_TRY(trt_sockaddr_of(&name, &name_len, to));
    }
#ifdef UDP_SEGMENT
    size_t num = MOST_BYTES / segment < MOST_SEGMENTS ? MOST_BYTES / segment : MOST_SEGMENTS;
    size_t part = num * segment < len ? num * segment : len;
    if (num > 1) {
        int error = send_in_one((int)handle, data, part, segment, &name, name_len);
        if (error == 0) {
            *out_len = part;
            return TMLRT_OK;
        }
        if (!is_refusal(error)) {
            return error == EDESTADDRREQ ? TMLRT_E_NOTCONN : trt_status_of_errno(error);
        }
    }
#endif
    return send_as_batch(handle, data, len, segment, to, out_len);
}

// ---- receiving ----------------------------------------------------------------------------------

// The length of the datagrams that came joined; `len` when there was one.
static size_t segment_in(struct msghdr* message, size_t len) {
#ifdef UDP_GRO
    for (struct cmsghdr* head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head)) {
        int size = 0;
        if (head->cmsg_level == IPPROTO_UDP && head->cmsg_type == UDP_GRO) {
            memcpy(&size, CMSG_DATA(head), sizeof(size));
            return size > 0 && (size_t)size < len ? (size_t)size : len;
        }
    }
#else
    (void)message;
#endif
    return len;
}

tmlrt_status trt_udp_recv_segments(trt_handle handle, void* out, size_t cap,
                                   tmlrt_udp_segments* result) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct sockaddr_storage name = {0};
    struct iovec bytes = {out, cap};
    struct msghdr message = {
        .msg_name = &name, .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control};
    ssize_t got;
    do {
        message.msg_namelen = sizeof(name);
        message.msg_controllen = sizeof(control.room);
        got = recvmsg((int)handle, &message, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    result->len = (uint64_t)got;
    result->segment = segment_in(&message, (size_t)got);
    result->truncated = (message.msg_flags & MSG_TRUNC) != 0;
    trt_addr_of_sockaddr(&result->from, &name);
    return TMLRT_OK;
}
