// SPDX-License-Identifier: Apache-2.0
// Files for C programs: the functions are those of compiled code (abi/functions.def, "files"); here
// are the C forms of their outputs. Every call runs on the blocking pool, on memory of its own: a
// future that is dropped while its call runs leaves nothing that the call could still touch. A call
// that has not begun by then does not run; one that runs goes on to its end.
#ifndef TMLRT_FILE_H
#define TMLRT_FILE_H

#include <tmlrt/abi/functions.h>

/// How a file is opened; values are never renumbered.
enum {
    TMLRT_FILE_READ = 1,
    TMLRT_FILE_WRITE = 2,
    TMLRT_FILE_APPEND = 4,      ///< every write goes to the end
    TMLRT_FILE_CREATE = 8,      ///< made when it is not there
    TMLRT_FILE_CREATE_NEW = 16, ///< made, or EXISTS
    TMLRT_FILE_TRUNCATE = 32,   ///< emptied
    TMLRT_FILE_NO_FOLLOW = 64,  ///< LOOP when the last part of the path is a symbolic link
    TMLRT_FILE_REGULAR = 128,   ///< NOTREG when it is not a regular file; never waits for a FIFO
    TMLRT_FILE_DIRECTORY = 256, ///< NOTDIR when it is not a directory
};

/// What a path is.
enum {
    TMLRT_KIND_OTHER = 0,
    TMLRT_KIND_FILE = 1,
    TMLRT_KIND_DIRECTORY = 2,
    TMLRT_KIND_LINK = 3,
    TMLRT_KIND_FIFO = 4,
    TMLRT_KIND_SOCKET = 5,
    TMLRT_KIND_DEVICE = 6,
};

/// tmlrt_file_info is what the system knows about a file. Times: nanoseconds since 1970.
struct tmlrt_file_info {
    int64_t len;
    int64_t modified_ns, accessed_ns, changed_ns;
    int64_t device, inode;
    int32_t kind; ///< TMLRT_KIND_*
    int32_t mode; ///< permission bits, 0 to 07777
    int32_t num_links, uid, gid;
    int32_t reserved;
};

/// tmlrt_file_opened is the output of tmlrt_file_open.   Owns: `file` is the caller's,
/// tmlrt_file_free; NULL unless status is 0.
typedef struct tmlrt_file_opened {
    tmlrt_status status;
    tmlrt_file* file;
} tmlrt_file_opened;

/// tmlrt_file_moved is the output of reads, writes (`len` bytes moved, also when it failed half
/// way) and of seek (`len` is the new position).
typedef struct tmlrt_file_moved {
    tmlrt_status status;
    uint64_t len;
} tmlrt_file_moved;

/// tmlrt_file_content is the output of tmlrt_file_load.   Owns: `data` is the caller's, len bytes
/// and a NUL, libc's free; NULL unless status is 0.
typedef struct tmlrt_file_content {
    tmlrt_status status;
    char* data;
    uint64_t len;
} tmlrt_file_content;

/// tmlrt_file_told is the output of the two stat futures.
typedef struct tmlrt_file_told {
    tmlrt_status status;
    int32_t reserved;
    tmlrt_file_info info;
} tmlrt_file_told;

/// tmlrt_dir_listed is the output of tmlrt_dir_read.   Owns: `list` is the caller's,
/// tmlrt_dir_list_free; NULL unless status is 0.
typedef struct tmlrt_dir_listed {
    tmlrt_status status;
    tmlrt_dir_list* list;
} tmlrt_dir_listed;

#endif
