// SPDX-License-Identifier: Apache-2.0
// Open files as leaf futures: open, read, write, seek, sync, resize, stat. Operations on one file
// may wait at once when each names its offset; those that use the file's own position take it in
// the order in which the pool runs them, so await one before the next.
//
// A read or write of any size goes through the pool in steps of at most STEP bytes, so that an
// operation's copy is bounded. A read answers after one step; a write when everything is written.
#include "rt/io/file.h"
#include "rt/base/alloc.h"

#include <string.h>

enum { STEP = 1 << 20 };

static size_t step_of(uint64_t len) {
    return len < STEP ? (size_t)len : STEP;
}

// ---- open ---------------------------------------------------------------------------------------

static void call_open(trt_file_op* op) {
    trt_handle handle;
    op->status = trt_file_open(&handle, op->path, (uint32_t)op->number, (uint32_t)op->mode);
    if (op->status == TMLRT_OK) {
        op->made = trt_file_wrap(handle);
        if (op->made == NULL) {
            trt_file_close(handle);
            op->status = TMLRT_E_NOMEM;
        }
    }
}

static void release_file(trt_file_op* op) {
    trt_file_unref(op->made);
}

void tmlrt_file_open_init(void* leaf, const char* path, int32_t flags, int32_t mode) {
    trt_file_op* op = trt_file_op_on_paths(call_open, path, NULL);
    if (op != NULL) {
        op->number = flags;
        op->mode = mode;
        op->release = release_file;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll file_open_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    tmlrt_file_opened* opened = out;
    if (trt_file_leaf_poll(self, cx, &tmlrt_file_open_desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *opened = (tmlrt_file_opened){self->status, NULL};
    if (self->op != NULL) {
        *opened = (tmlrt_file_opened){self->op->status, self->op->made};
        self->op->made = NULL;
    }
    return trt_file_leaf_end(self);
}

static void opened_drop(void* out) {
    trt_file_unref(((tmlrt_file_opened*)out)->file);
}

// ---- read ---------------------------------------------------------------------------------------

static void call_read(trt_file_op* op) {
    size_t len = 0;
    op->status = trt_file_read(op->file->handle, op->tail, op->len, op->offset, &len);
    // What came before the failure is an answer; the next read meets the failure again.
    op->status = len != 0 ? TMLRT_OK : op->status;
    op->len = len;
}

void tmlrt_file_read_init(void* leaf, tmlrt_file* file, void* out, uint64_t cap, uint64_t offset) {
    size_t step = step_of(cap);
    trt_file_op* op = trt_file_op_new(call_read, file, step);
    if (op != NULL) {
        op->len = step;
        op->offset = offset;
    }
    trt_file_leaf_init(leaf, op)->data = out;
}

static tmlrt_poll file_read_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    tmlrt_file_moved* moved = out;
    if (trt_file_leaf_poll(self, cx, &tmlrt_file_read_desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *moved = (tmlrt_file_moved){self->status, 0};
    if (self->op != NULL) {
        *moved = (tmlrt_file_moved){self->op->status, self->op->len};
        if (self->op->len != 0) {
            memcpy(self->data, self->op->tail, self->op->len);
        }
    }
    return trt_file_leaf_end(self);
}

// ---- write --------------------------------------------------------------------------------------

static void call_write(trt_file_op* op) {
    size_t len = 0;
    op->status = trt_file_write(op->file->handle, op->tail, op->len, op->offset, &len);
    op->len = len;
}

// The operation for what is still to be written; NULL without memory.
static trt_file_op* next_write(trt_file_leaf* self) {
    size_t step = step_of(self->len - self->done);
    trt_file_op* op = trt_file_op_new(call_write, self->file, step);
    if (op != NULL) {
        memcpy(op->tail, self->data + self->done, step);
        op->len = step;
        op->offset = self->offset == TRT_FILE_CURSOR ? TRT_FILE_CURSOR : self->offset + self->done;
    }
    return op;
}

void tmlrt_file_write_init(void* leaf, tmlrt_file* file, const void* data, uint64_t len,
                           uint64_t offset) {
    trt_file_leaf* self = trt_file_leaf_init(leaf, NULL);
    *self = (trt_file_leaf){.file = file, .data = (char*)data, .len = len, .offset = offset};
}

static tmlrt_poll file_write_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_file_write_desc);
    while (self->status == TMLRT_OK && self->done < self->len) {
        if (self->op == NULL) {
            self->op = next_write(self);
            self->status = self->op == NULL ? TMLRT_E_NOMEM : TMLRT_OK;
        }
        if (trt_file_leaf_poll(self, cx, &tmlrt_file_write_desc) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        if (self->op != NULL) {
            self->status = self->op->status;
            self->done += self->op->len;
            trt_offload_leave(&self->op->base);
            self->op = NULL;
        }
    }
    *(tmlrt_file_moved*)out = (tmlrt_file_moved){self->status, self->done};
    return trt_file_leaf_end(self);
}

// ---- the rest -----------------------------------------------------------------------------------

static void call_seek(trt_file_op* op) {
    op->status = trt_file_seek(op->file->handle, (int64_t)op->offset, op->number, &op->len);
}

void tmlrt_file_seek_init(void* leaf, tmlrt_file* file, int64_t offset, int32_t whence) {
    trt_file_op* op = trt_file_op_new(call_seek, file, 0);
    if (op != NULL) {
        op->offset = (uint64_t)offset;
        op->number = whence;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll file_seek_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    if (trt_file_leaf_poll(self, cx, &tmlrt_file_seek_desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *(tmlrt_file_moved*)out = self->op != NULL ? (tmlrt_file_moved){self->op->status, self->op->len}
                                               : (tmlrt_file_moved){self->status, 0};
    return trt_file_leaf_end(self);
}

static void call_sync(trt_file_op* op) {
    op->status = trt_file_sync(op->file->handle, op->number != 0);
}

void tmlrt_file_sync_init(void* leaf, tmlrt_file* file, int32_t all) {
    trt_file_op* op = trt_file_op_new(call_sync, file, 0);
    if (op != NULL) {
        op->number = all;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll file_sync_poll(void* frame, tmlrt_context* cx, void* out) {
    return trt_file_leaf_poll_status(frame, cx, out, &tmlrt_file_sync_desc);
}

static void call_resize(trt_file_op* op) {
    op->status = trt_file_resize(op->file->handle, op->len);
}

void tmlrt_file_resize_init(void* leaf, tmlrt_file* file, uint64_t len) {
    trt_file_op* op = trt_file_op_new(call_resize, file, 0);
    if (op != NULL) {
        op->len = len;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll file_resize_poll(void* frame, tmlrt_context* cx, void* out) {
    return trt_file_leaf_poll_status(frame, cx, out, &tmlrt_file_resize_desc);
}

static void call_stat(trt_file_op* op) {
    op->status = trt_file_stat(op->file->handle, &op->info);
}

void tmlrt_file_stat_init(void* leaf, tmlrt_file* file) {
    trt_file_leaf_init(leaf, trt_file_op_new(call_stat, file, 0));
}

static tmlrt_poll file_stat_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    if (trt_file_leaf_poll(self, cx, &tmlrt_file_stat_desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *(tmlrt_file_told*)out =
        self->op != NULL ? (tmlrt_file_told){.status = self->op->status, .info = self->op->info}
                         : (tmlrt_file_told){.status = self->status};
    return trt_file_leaf_end(self);
}

#define file_open_drop   trt_file_leaf_drop
#define file_read_drop   trt_file_leaf_drop
#define file_write_drop  trt_file_leaf_drop
#define file_seek_drop   trt_file_leaf_drop
#define file_sync_drop   trt_file_leaf_drop
#define file_resize_drop trt_file_leaf_drop
#define file_stat_drop   trt_file_leaf_drop
TRT_IO_LEAF_DESC(file_open, trt_file_leaf, tmlrt_file_opened, opened_drop)
TRT_IO_LEAF_DESC(file_read, trt_file_leaf, tmlrt_file_moved, NULL)
TRT_IO_LEAF_DESC(file_write, trt_file_leaf, tmlrt_file_moved, NULL)
TRT_IO_LEAF_DESC(file_seek, trt_file_leaf, tmlrt_file_moved, NULL)
TRT_IO_LEAF_DESC(file_sync, trt_file_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(file_resize, trt_file_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(file_stat, trt_file_leaf, tmlrt_file_told, NULL)
