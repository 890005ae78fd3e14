// SPDX-License-Identifier: Apache-2.0
// Unix sockets. Called by rt/net. Any thread, but one direction of a socket by one thread at a
// time.
//
// Files: a bound path leaves a file behind when its process dies, and the next bind meets it. It is
// removed only when it is a socket and a connection to it is refused, that is, nobody has it bound;
// a live socket, another kind of file, or one that cannot be asked stays (ADDRINUSE). At the end of
// a socket its own file is removed, recognised by device and inode, so that a successor's is not:
// before the socket is closed, since a bound socket keeps its inode's number from being used again.
// Two processes that find the same stale file at once may race; whoever binds last has the name.
#include "rt/os/unix.h"

#include "rt/base/assert.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEFAULT_BACKLOG = 4096 };

// ---- names --------------------------------------------------------------------------------------

tmlrt_status trt_unix_addr_parse(trt_unix_addr* out, const char* text) {
    size_t len = strlen(text), room = sizeof(((struct sockaddr_un*)NULL)->sun_path);
    bool abstract = text[0] == '@';
    if (len == 0 || (abstract && len == 1)) {
        return TMLRT_E_INVAL;
    }
    if (len >= room) {
        return TMLRT_E_NAMELEN;
    }
    *out = (trt_unix_addr){.len = (uint8_t)len};
    memcpy(out->name, text, len);
    if (abstract) {
        out->name[0] = '\0';
    }
    return TMLRT_OK;
}

size_t trt_unix_addr_format(const trt_unix_addr* addr, char* out, size_t cap) {
    size_t len = 0;
    for (; cap != 0 && len < addr->len && len + 1 < cap; len++) {
        char c = addr->name[len];
        bool is_mark = len == 0 && c == '\0';
        out[len] = is_mark ? '@' : (unsigned char)c < 32 ? '?' : c;
    }
    if (cap != 0) {
        out[len] = '\0';
    }
    return len;
}

static bool is_path(const trt_unix_addr* addr) {
    return addr->len != 0 && addr->name[0] != '\0';
}

static socklen_t name_of(struct sockaddr_un* out, const trt_unix_addr* addr) {
    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, addr->name, addr->len);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + addr->len +
                       (is_path(addr) ? 1 : 0));
}

static void read_name(trt_unix_addr* out, const struct sockaddr_un* name, socklen_t name_len) {
    *out = (trt_unix_addr){0};
    size_t head = offsetof(struct sockaddr_un, sun_path);
    if (name_len <= head || name->sun_family != AF_UNIX) {
        return;
    }
    size_t len = name_len - head;
    if (name->sun_path[0] != '\0') {
        len = strnlen(name->sun_path, len);
    }
    len = len < TRT_UNIX_NAME_CAP ? len : TRT_UNIX_NAME_CAP;
    memcpy(out->name, name->sun_path, len);
    out->len = (uint8_t)len;
}

// ---- opening ------------------------------------------------------------------------------------

// -1: errno says why not.
static int open_socket(int type) {
    return socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

// A socket file that nobody has bound any more. Asked with a datagram socket, whatever is bound
// there: a listener answers that it is of another kind (EPROTOTYPE) and sees no connection.
static bool is_stale(const trt_unix_addr* addr) {
    struct sockaddr_un name;
    struct stat info;
    if (!is_path(addr) || lstat(addr->name, &info) != 0 || !S_ISSOCK(info.st_mode)) {
        return false;
    }
    int probe = open_socket(SOCK_DGRAM);
    if (probe < 0) {
        return false;
    }
    socklen_t len = name_of(&name, addr);
    bool refused = connect(probe, (struct sockaddr*)&name, len) != 0 && errno == ECONNREFUSED;
    close(probe);
    return refused;
}

static tmlrt_status bind_name(int fd, const trt_unix_addr* addr, trt_unix_file* out) {
    struct sockaddr_un name;
    struct stat info;
    socklen_t len = name_of(&name, addr);
    int error = bind(fd, (struct sockaddr*)&name, len) != 0 ? errno : 0;
    if (error == EADDRINUSE && is_stale(addr)) {
        unlink(addr->name);
        error = bind(fd, (struct sockaddr*)&name, len) != 0 ? errno : 0;
    }
    if (error != 0) {
        return trt_status_of_errno(error);
    }
    *out = (trt_unix_file){0};
    if (is_path(addr) && lstat(addr->name, &info) == 0) {
        *out = (trt_unix_file){(uint64_t)info.st_dev, (uint64_t)info.st_ino, true};
    }
    return TMLRT_OK;
}

static tmlrt_status open_bound(int* out, int type, trt_unix_file* out_file,
                               const trt_unix_addr* addr) {
    int fd = open_socket(type);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    tmlrt_status status = bind_name(fd, addr, out_file);
    if (status != TMLRT_OK) {
        close(fd);
        return status;
    }
    *out = fd;
    return TMLRT_OK;
}

tmlrt_status trt_unix_listen(trt_handle* out, trt_unix_file* out_file, const trt_unix_addr* addr,
                             uint32_t backlog) {
    return trt_unix_listen_mode(out, out_file, addr, backlog, 0);
}

tmlrt_status trt_unix_listen_mode(trt_handle* out, trt_unix_file* out_file,
                                  const trt_unix_addr* addr, uint32_t backlog, uint32_t mode) {
    int fd = -1, len = backlog == 0 || backlog > INT32_MAX ? DEFAULT_BACKLOG : (int)backlog;
    trt_unix_file file = {0};
    TRT_TRY(open_bound(&fd, SOCK_STREAM, &file, addr));
    TRT_ASSERT(fd >= 0);
    bool fails = mode != 0 && is_path(addr) && chmod(addr->name, (mode_t)mode) != 0;
    if (fails || listen(fd, len) != 0) { // nobody could connect before this
        tmlrt_status status = trt_status_of_errno(errno);
        trt_unix_unlink(addr, &file);
        close(fd);
        return status;
    }
    *out = fd;
    *out_file = file;
    return TMLRT_OK;
}

tmlrt_status trt_unix_bind(trt_handle* out, trt_unix_file* out_file, const trt_unix_addr* addr) {
    int fd = -1;
    trt_unix_file file = {0};
    if (addr != NULL) {
        TRT_TRY(open_bound(&fd, SOCK_DGRAM, &file, addr));
    } else {
        fd = open_socket(SOCK_DGRAM);
        if (fd < 0) {
            return trt_status_of_errno(errno);
        }
    }
    *out = fd;
    *out_file = file;
    return TMLRT_OK;
}

void trt_unix_unlink(const trt_unix_addr* addr, const trt_unix_file* file) {
    struct stat info;
    if (file->is_bound && lstat(addr->name, &info) == 0 && (uint64_t)info.st_dev == file->device &&
        (uint64_t)info.st_ino == file->inode) {
        unlink(addr->name);
    }
}

// ---- peers --------------------------------------------------------------------------------------

tmlrt_status trt_unix_set_peer(trt_handle handle, const trt_unix_addr* peer) {
    struct sockaddr_un name;
    socklen_t len = name_of(&name, peer);
    int result;
    do {
        result = connect((int)handle, (struct sockaddr*)&name, len);
    } while (result != 0 && errno == EINTR);
    if (result == 0) {
        return TMLRT_OK;
    }
    return errno == EPROTOTYPE ? TMLRT_E_UNSUPPORTED : trt_status_of_errno(errno);
}

tmlrt_status trt_unix_connect(trt_handle* out, const trt_unix_addr* addr) {
    int fd = open_socket(SOCK_STREAM);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    tmlrt_status status = trt_unix_set_peer(fd, addr);
    if (status != TMLRT_OK) {
        close(fd);
        return status;
    }
    *out = fd;
    return TMLRT_OK;
}

tmlrt_status trt_unix_pair(trt_handle* out_two, bool datagrams) {
    int fds[2], type = datagrams ? SOCK_DGRAM : SOCK_STREAM;
    if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
        return trt_status_of_errno(errno);
    }
    out_two[0] = fds[0];
    out_two[1] = fds[1];
    return TMLRT_OK;
}

tmlrt_status trt_unix_peer(trt_handle handle, tmlrt_unix_peer* out) {
#ifdef SO_PEERCRED
    struct ucred who;
    socklen_t len = sizeof(who);
    if (getsockopt((int)handle, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0) {
        return errno == ENOPROTOOPT ? TMLRT_E_UNSUPPORTED : trt_status_of_errno(errno);
    }
    if (who.pid == 0 && who.uid == (uid_t)-1) { // what Linux tells of other kinds of sockets
        return TMLRT_E_NOTCONN;
    }
    *out = (tmlrt_unix_peer){who.pid, who.uid, who.gid};
    return TMLRT_OK;
#else
    uid_t uid;
    gid_t gid;
    if (getpeereid((int)handle, &uid, &gid) != 0) {
        return trt_status_of_errno(errno);
    }
    *out = (tmlrt_unix_peer){-1, uid, gid};
    return TMLRT_OK;
#endif
}

// ---- datagrams ----------------------------------------------------------------------------------

tmlrt_status trt_unix_send(trt_handle handle, const void* data, size_t len, const trt_unix_addr* to,
                           size_t* out_len) {
    struct sockaddr_un name;
    socklen_t name_len = to != NULL ? name_of(&name, to) : 0;
    ssize_t sent;
    do {
        sent = sendto((int)handle, data, len, MSG_NOSIGNAL,
                      to != NULL ? (struct sockaddr*)&name : NULL, name_len);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return errno == EDESTADDRREQ ? TMLRT_E_NOTCONN : trt_status_of_errno(errno);
    }
    *out_len = (size_t)sent;
    return TMLRT_OK;
}

tmlrt_status trt_unix_recv(trt_handle handle, void* out, size_t cap, trt_unix_addr* out_from,
                           size_t* out_len, bool* out_truncated) {
    struct sockaddr_un name;
    struct iovec bytes = {out, cap};
    struct msghdr message = {
        .msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = &bytes, .msg_iovlen = 1};
    ssize_t got;
    do {
        message.msg_namelen = sizeof(name);
        got = recvmsg((int)handle, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    read_name(out_from, &name, message.msg_namelen);
    *out_len = (size_t)got;
    *out_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    return TMLRT_OK;
}

// ---- handles ------------------------------------------------------------------------------------

enum { MOST_HANDLES = 16 };

static tmlrt_status give_failed(int error) {
    switch (error) {
    case EBADF: // the socket is open, so it is one of the handles
        return TMLRT_E_INVAL;
    case ETOOMANYREFS:
        return TMLRT_E_MFILE;
    default:
        return trt_status_of_errno(error);
    }
}

static bool is_unix(int fd) {
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof(name);
    return getsockname(fd, (struct sockaddr*)&name, &len) == 0 && name.ss_family == AF_UNIX;
}

tmlrt_status trt_unix_give(trt_handle handle, const void* data, size_t len, const int32_t* handles,
                           uint32_t num, size_t* out_len) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(MOST_HANDLES * sizeof(int))];
    } control;
    TRT_ASSERT(num >= 1 && num <= MOST_HANDLES);
    if (!is_unix((int)handle)) { // another socket would send the bytes and leave the handles out
        return TMLRT_E_UNSUPPORTED;
    }
    struct iovec bytes = {(void*)data, len};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(num * sizeof(int))};
    memset(&control, 0, sizeof(control));
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(num * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), handles, num * sizeof(int));
    ssize_t sent;
    do {
        sent = sendmsg((int)handle, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return give_failed(errno);
    }
    *out_len = (size_t)sent;
    return TMLRT_OK;
}

// Keeps what there is room for, closes the rest.
static void sort_out(struct msghdr* message, int32_t* out_handles, int32_t* out_num,
                     int32_t* out_lost) {
    *out_num = 0;
    *out_lost = (message->msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr* head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t num = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < num; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            if (*out_num < MOST_HANDLES) {
                out_handles[(*out_num)++] = fd;
            } else {
                *out_lost = 1;
                close(fd);
            }
        }
    }
}

tmlrt_status trt_unix_take(trt_handle handle, void* out, size_t cap, int32_t* out_handles,
                           int32_t* out_num, int32_t* out_lost, size_t* out_len) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(MOST_HANDLES * sizeof(int))];
    } control;
    struct iovec bytes = {out, cap};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control};
    ssize_t got;
    do {
        message.msg_controllen = sizeof(control);
        got = recvmsg((int)handle, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    sort_out(&message, out_handles, out_num, out_lost);
    *out_len = (size_t)got;
    return TMLRT_OK;
}
