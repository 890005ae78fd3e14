// SPDX-License-Identifier: Apache-2.0
// Files inside the runtime: the counted handle, and one operation on the blocking pool. Private to
// rt/io.
#ifndef TRT_IO_FILE_H
#define TRT_IO_FILE_H

#include <tmlrt/file.h>

#include "rt/io/leaf.h"
#include "rt/io/offload.h"
#include "rt/os/file.h"

/// tmlrt_file is an open file. Counted: its owner and every operation that may still run, so that
/// the handle's number is not reused under one.
struct tmlrt_file {
    trt_atomic_u32 refs;
    trt_handle handle;
};

/// trt_file_op is the block of one operation: what to do, what came of it, and behind it the bytes
/// or paths it needs.
typedef struct trt_file_op {
    trt_offload base;
    void (*call)(struct trt_file_op* op);
    void (*release)(struct trt_file_op* op); ///< what nobody took; may be NULL
    size_t size;                             ///< of the block
    tmlrt_file* file;                        ///< counted; NULL: the operation is on paths
    uint64_t offset, len;
    int32_t number, mode; ///< flags, whence, a switch; permissions
    tmlrt_status status;
    const char *path, *path2; ///< in `tail`
    void* made;               ///< a tmlrt_file, bytes or a tmlrt_dir_list, until it is taken
    tmlrt_file_info info;
    char tail[];
} trt_file_op;

/// trt_file_leaf is the frame of every leaf here.
typedef struct trt_file_leaf {
    trt_io_leaf base;
    trt_file_op* op;     ///< NULL: there was no memory, or it has ended
    tmlrt_status status; ///< why there is no op
    tmlrt_file* file;
    char* data; ///< the caller's: where a read goes, what a write writes
    uint64_t len, done, offset;
} trt_file_leaf;

/// trt_file_op_new makes an operation with `tail_len` bytes behind it; takes a reference to `file`
/// (may be NULL). NULL without memory.
trt_file_op* trt_file_op_new(void (*call)(trt_file_op*), tmlrt_file* file, size_t tail_len);
/// trt_file_op_on_paths makes an operation on one or two paths (`path2` may be NULL), copied. NULL
/// without memory.
trt_file_op* trt_file_op_on_paths(void (*call)(trt_file_op*), const char* path, const char* path2);
/// trt_file_leaf_init prepares a leaf around an op (NULL: the leaf answers NOMEM).
/// Owns:    the op moves in.
trt_file_leaf* trt_file_leaf_init(void* leaf, trt_file_op* owned_op);
/// trt_file_leaf_poll runs the leaf's operation. READY: it was made, self->op has what came of it;
/// or self->op is NULL and self->status says why not.
tmlrt_poll trt_file_leaf_poll(trt_file_leaf* self, tmlrt_context* cx,
                              const tmlrt_future_desc* desc);
/// trt_file_leaf_end gives the op up and finishes the leaf.
tmlrt_poll trt_file_leaf_end(trt_file_leaf* self);
/// trt_file_leaf_drop is the drop of every leaf here.
void trt_file_leaf_drop(void* frame);
/// trt_file_leaf_poll_status is the whole poll of a leaf whose output is the operation's status.
tmlrt_poll trt_file_leaf_poll_status(void* frame, tmlrt_context* cx, void* out,
                                     const tmlrt_future_desc* desc);
/// trt_file_unref gives a reference back; the last one closes.   Thread: any.
void trt_file_unref(tmlrt_file* file);
/// trt_file_wrap makes a file of an open handle. NULL without memory, the handle stays the
/// caller's.
tmlrt_file* trt_file_wrap(trt_handle owned_handle);

#endif
