// SPDX-License-Identifier: Apache-2.0
// Files on POSIX systems: one call each, repeated after EINTR, errno translated on the line. Called
// by rt/io on threads of the blocking pool; any thread.
#include "rt/os/file.h"

#include "rt/base/assert.h"
#include "rt/os/posix/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_STEP = 1 << 30 }; // Linux moves at most 2 GiB - 4 KiB in one call

static tmlrt_status file_status(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return TMLRT_E_NOSPACE;
    case ESPIPE:
        return TMLRT_E_UNSUPPORTED;
    default:
        return trt_status_of_errno(error);
    }
}

// ---- opening ------------------------------------------------------------------------------------

static tmlrt_status open_flags(uint32_t flags, int* out) {
    bool reads = (flags & TMLRT_FILE_READ) != 0;
    bool writes = (flags & (TMLRT_FILE_WRITE | TMLRT_FILE_APPEND)) != 0;
    uint32_t makes = flags & (TMLRT_FILE_CREATE | TMLRT_FILE_CREATE_NEW | TMLRT_FILE_TRUNCATE);
    if ((!reads && !writes) || (makes != 0 && !writes) ||
        ((flags & TMLRT_FILE_APPEND) && (flags & TMLRT_FILE_TRUNCATE)) || flags >= 512) {
        return TMLRT_E_INVAL;
    }
    // Non-blocking, so that a FIFO or a device without a peer holds no thread of the pool.
    int how = O_CLOEXEC | O_NOCTTY | (flags & TMLRT_FILE_REGULAR ? O_NONBLOCK : 0);
    how |= reads && writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY;
    how |= flags & TMLRT_FILE_APPEND ? O_APPEND : 0;
    how |= flags & TMLRT_FILE_CREATE ? O_CREAT : 0;
    how |= flags & TMLRT_FILE_CREATE_NEW ? O_CREAT | O_EXCL : 0;
    how |= flags & TMLRT_FILE_TRUNCATE ? O_TRUNC : 0;
    how |= flags & TMLRT_FILE_NO_FOLLOW ? O_NOFOLLOW : 0;
    how |= flags & TMLRT_FILE_DIRECTORY ? O_DIRECTORY : 0;
    *out = how;
    return TMLRT_OK;
}

// What may be opened as REGULAR, and is then used without O_NONBLOCK.
static tmlrt_status require_regular(int fd) {
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return file_status(errno);
    }
    if (S_ISDIR(info.st_mode)) {
        return TMLRT_E_ISDIR;
    }
    if (!S_ISREG(info.st_mode)) {
        return TMLRT_E_NOTREG;
    }
    int how = fcntl(fd, F_GETFL);
    return how < 0 || fcntl(fd, F_SETFL, how & ~O_NONBLOCK) != 0 ? file_status(errno) : TMLRT_OK;
}

tmlrt_status trt_file_open(trt_handle* out, const char* path, uint32_t flags, uint32_t mode) {
    int how = 0, fd;
    TRT_TRY(open_flags(flags, &how));
    do {
        fd = open(path, how, (mode_t)(mode & 07777));
    } while (fd < 0 && errno == EINTR);
    if (fd < 0 && errno == ENXIO && (flags & TMLRT_FILE_REGULAR)) {
        return TMLRT_E_NOTREG; // a FIFO without a reader, a socket
    }
    if (fd < 0) {
        return file_status(errno);
    }
    tmlrt_status status = flags & TMLRT_FILE_REGULAR ? require_regular(fd) : TMLRT_OK;
    if (status != TMLRT_OK) {
        close(fd);
        return status;
    }
    *out = fd;
    return TMLRT_OK;
}

void trt_file_close(trt_handle handle) {
    close((int)handle); // not retried: the descriptor is gone whatever it answers
}

// ---- bytes --------------------------------------------------------------------------------------

static bool fits_offset(uint64_t offset, size_t len) {
    return offset == TRT_FILE_CURSOR ||
           (offset <= INT64_MAX && (uint64_t)len <= INT64_MAX - offset);
}

tmlrt_status trt_file_read(trt_handle handle, void* out, size_t cap, uint64_t offset,
                           size_t* out_len) {
    size_t total = 0;
    *out_len = 0;
    if (!fits_offset(offset, cap)) {
        return TMLRT_E_INVAL;
    }
    while (total < cap) {
        size_t step = cap - total < MAX_STEP ? cap - total : MAX_STEP;
        ssize_t got = offset == TRT_FILE_CURSOR
                          ? read((int)handle, (char*)out + total, step)
                          : pread((int)handle, (char*)out + total, step, (off_t)(offset + total));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            *out_len = total;
            return file_status(errno);
        }
        total += (size_t)got;
        // A pipe or a terminal gives what there is; only the end of a file is waited for.
        if (got == 0 || (offset == TRT_FILE_CURSOR && (size_t)got < step)) {
            break;
        }
    }
    *out_len = total;
    return TMLRT_OK;
}

tmlrt_status trt_file_write(trt_handle handle, const void* data, size_t len, uint64_t offset,
                            size_t* out_len) {
    size_t total = 0;
    *out_len = 0;
    if (!fits_offset(offset, len)) {
        return TMLRT_E_INVAL;
    }
    while (total < len) {
        size_t step = len - total < MAX_STEP ? len - total : MAX_STEP;
        const char* from = (const char*)data + total;
        ssize_t put = offset == TRT_FILE_CURSOR
                          ? write((int)handle, from, step)
                          : pwrite((int)handle, from, step, (off_t)(offset + total));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            *out_len = total;
            return file_status(errno);
        }
        total += (size_t)put;
    }
    *out_len = total;
    return TMLRT_OK;
}

tmlrt_status trt_file_seek(trt_handle handle, int64_t offset, int32_t whence, uint64_t* out) {
    static const int s_whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    if (whence < 0 || whence > 2) {
        return TMLRT_E_INVAL;
    }
    off_t at = lseek((int)handle, (off_t)offset, s_whence[whence]);
    if (at < 0) {
        return file_status(errno);
    }
    *out = (uint64_t)at;
    return TMLRT_OK;
}

tmlrt_status trt_file_sync(trt_handle handle, bool all) {
    int result;
    do {
        result = all ? fsync((int)handle) : fdatasync((int)handle);
    } while (result != 0 && errno == EINTR);
    return result != 0 ? file_status(errno) : TMLRT_OK;
}

tmlrt_status trt_file_resize(trt_handle handle, uint64_t len) {
    int result;
    if (len > INT64_MAX) {
        return TMLRT_E_INVAL;
    }
    do {
        result = ftruncate((int)handle, (off_t)len);
    } while (result != 0 && errno == EINTR);
    return result != 0 ? file_status(errno) : TMLRT_OK;
}

// ---- what is known ------------------------------------------------------------------------------

static int32_t kind_of_mode(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG:
        return TMLRT_KIND_FILE;
    case S_IFDIR:
        return TMLRT_KIND_DIRECTORY;
    case S_IFLNK:
        return TMLRT_KIND_LINK;
    case S_IFIFO:
        return TMLRT_KIND_FIFO;
    case S_IFSOCK:
        return TMLRT_KIND_SOCKET;
    case S_IFCHR:
    case S_IFBLK:
        return TMLRT_KIND_DEVICE;
    default:
        return TMLRT_KIND_OTHER;
    }
}

static int64_t nanos_of(struct timespec time) {
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fill_info(tmlrt_file_info* out, const struct stat* info) {
    *out = (tmlrt_file_info){
        .len = info->st_size,
        .modified_ns = nanos_of(info->st_mtim),
        .accessed_ns = nanos_of(info->st_atim),
        .changed_ns = nanos_of(info->st_ctim),
        .device = (int64_t)info->st_dev,
        .inode = (int64_t)info->st_ino,
        .kind = kind_of_mode(info->st_mode),
        .mode = (int32_t)(info->st_mode & 07777),
        .num_links = (int32_t)info->st_nlink,
        .uid = (int32_t)info->st_uid,
        .gid = (int32_t)info->st_gid,
    };
}

tmlrt_status trt_file_stat(trt_handle handle, tmlrt_file_info* out) {
    struct stat info;
    if (fstat((int)handle, &info) != 0) {
        return file_status(errno);
    }
    fill_info(out, &info);
    return TMLRT_OK;
}

tmlrt_status trt_path_stat(const char* path, bool follow, tmlrt_file_info* out) {
    struct stat info;
    if ((follow ? stat(path, &info) : lstat(path, &info)) != 0) {
        return file_status(errno);
    }
    fill_info(out, &info);
    return TMLRT_OK;
}

// ---- names --------------------------------------------------------------------------------------

tmlrt_status trt_path_rename(const char* from, const char* to) {
    return rename(from, to) != 0 ? file_status(errno) : TMLRT_OK;
}

tmlrt_status trt_path_remove(const char* path, bool directory) {
    if (directory) {
        // POSIX lets a directory that is not empty be told as EEXIST.
        if (rmdir(path) != 0) {
            return errno == EEXIST ? TMLRT_E_NOTEMPTY : file_status(errno);
        }
        return TMLRT_OK;
    }
    struct stat info;
    if (unlink(path) == 0) {
        return TMLRT_OK;
    }
    tmlrt_status status = file_status(errno);
    // For a directory POSIX says EPERM, Linux EISDIR.
    bool is_dir = lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
    return status == TMLRT_E_PERM && is_dir ? TMLRT_E_ISDIR : status;
}

tmlrt_status trt_path_make_dir(const char* path, uint32_t mode) {
    return mkdir(path, (mode_t)(mode & 07777)) != 0 ? file_status(errno) : TMLRT_OK;
}

static int32_t kind_of_entry(const struct dirent* entry) {
#ifdef DTTOIF
    return kind_of_mode((mode_t)DTTOIF(entry->d_type));
#else
    (void)entry;
    return TMLRT_KIND_OTHER;
#endif
}

tmlrt_status trt_path_list(const char* path,
                           tmlrt_status (*fn)(void* arg, const char* name, int32_t kind),
                           void* arg) {
    DIR* dir = opendir(path);
    if (dir == NULL) {
        return file_status(errno);
    }
    tmlrt_status status = TMLRT_OK;
    while (status == TMLRT_OK) {
        errno = 0;
        const struct dirent* entry = readdir(dir);
        if (entry == NULL) {
            status = errno != 0 ? file_status(errno) : TMLRT_OK;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            status = fn(arg, entry->d_name, kind_of_entry(entry));
        }
    }
    closedir(dir);
    return status;
}
