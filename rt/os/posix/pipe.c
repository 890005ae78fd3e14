// SPDX-License-Identifier: Apache-2.0
// Pipes and inherited handles of POSIX systems. Called by rt/io and rt/net. Any thread, but one
// direction of a handle by one thread at a time.
//
// O_NONBLOCK belongs to the open file, which a shell and its other children share: a shell whose
// terminal became non-blocking behaves oddly. So a standard handle is opened anew through
// /proc/self/fd where it is a pipe or a terminal. A regular file is not: its position is shared on
// purpose (`{ a; b; } > log`), and it never waits.
#include "rt/os/pipe.h"

#include "rt/os/posix/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_SLICES = 64 };

tmlrt_status trt_pipe_open(trt_handle* out_reader, trt_handle* out_writer) {
    int fds[2];
    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) {
        return trt_status_of_errno(errno);
    }
    *out_reader = fds[0];
    *out_writer = fds[1];
    return TMLRT_OK;
}

void trt_pipe_let_block(trt_handle handle) {
    int flags = fcntl((int)handle, F_GETFL);
    (void)fcntl((int)handle, F_SETFL, flags & ~O_NONBLOCK); // cannot fail: it is open and ours
}

tmlrt_status trt_null_open(trt_handle* out) {
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    *out = fd;
    return TMLRT_OK;
}

tmlrt_status trt_pipe_read(trt_handle handle, void* out, size_t cap, size_t* out_len) {
    ssize_t got;
    do {
        got = read((int)handle, out, cap);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EIO) { // a terminal whose other side is gone
        got = 0;
    }
    if (got < 0) {
        return trt_status_of_errno(errno);
    }
    *out_len = (size_t)got;
    return TMLRT_OK;
}

tmlrt_status trt_pipe_writev(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                             size_t* out_len) {
    ssize_t sent;
    do {
        sent = writev((int)handle, (const struct iovec*)slices,
                      (int)(num < MAX_SLICES ? num : MAX_SLICES));
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return trt_status_of_errno(errno);
    }
    *out_len = (size_t)sent;
    return TMLRT_OK;
}

static trt_handle_kind kind_of(int fd, int flags, const struct stat* info) {
    if (S_ISSOCK(info->st_mode)) {
        int type = 0;
        socklen_t len = sizeof(type);
        bool is_stream =
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
        return is_stream ? TRT_KIND_STREAM_SOCKET : TRT_KIND_OTHER_SOCKET;
    }
    if (!S_ISFIFO(info->st_mode)) {
        return TRT_KIND_OTHER;
    }
    return (flags & O_ACCMODE) == O_WRONLY ? TRT_KIND_PIPE_WRITER : TRT_KIND_PIPE;
}

static tmlrt_status failed(int error) {
    return error == EBADF ? TMLRT_E_INVAL : trt_status_of_errno(error);
}

tmlrt_status trt_handle_adopt(trt_handle handle, trt_handle_kind* out_kind) {
    int fd = (int)handle, flags = fcntl(fd, F_GETFL);
    struct stat info;
    if (flags < 0 || fstat(fd, &info) != 0 ||
        (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)) {
        return failed(errno);
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); // cannot fail: it is open
    *out_kind = kind_of(fd, flags, &info);
    return TMLRT_OK;
}

// -1: it cannot be opened anew.
static int open_anew(int fd, int flags) {
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, (flags & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

tmlrt_status trt_handle_of_stdio(trt_handle* out, int which, trt_handle_kind* out_kind) {
    struct stat info;
    int flags;
    if (which < 0 || which > 2) {
        return TMLRT_E_INVAL;
    }
    if ((flags = fcntl(which, F_GETFL)) < 0 || fstat(which, &info) != 0) {
        return failed(errno);
    }
    bool waits = S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode);
    int fd = waits ? open_anew(which, flags) : -1;
    if (fd < 0) {
        fd = fcntl(which, F_DUPFD_CLOEXEC, 3);
        if (fd < 0) {
            return failed(errno);
        }
        if (!S_ISREG(info.st_mode) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
            tmlrt_status status = failed(errno);
            close(fd);
            return status;
        }
    }
    *out = fd;
    *out_kind = kind_of(fd, flags, &info);
    return TMLRT_OK;
}

void trt_handle_close(trt_handle handle) {
    close((int)handle); // not retried after EINTR: Linux has freed the descriptor already
}
