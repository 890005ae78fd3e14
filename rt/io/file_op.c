// SPDX-License-Identifier: Apache-2.0
// What all file leaves share: the operation's block and the leaf's life around it.
//
// An operation works on its own copy of everything: of the path, of the bytes to write, into bytes
// of its own when it reads. So a leaf that is dropped while its operation runs takes nothing away
// from it; what the operation made meanwhile (an open file, a listing) goes with its block. The
// operation counts the file, so the number of a closed handle is not used under it.
#include "rt/base/alloc.h"
#include "rt/io/file.h"

#include <string.h>

tmlrt_file* trt_file_wrap(trt_handle owned_handle) {
    tmlrt_file* file = trt_alloc(sizeof(*file));
    if (file != NULL) {
        trt_atomic_init(&file->refs, 1);
        file->handle = owned_handle;
    }
    return file;
}

void trt_file_unref(tmlrt_file* file) {
    // Release orders an operation's use of the handle before the close of whoever comes last.
    if (file != NULL && trt_atomic_sub(&file->refs, 1, TRT_ACQ_REL) == 1) {
        trt_file_close(file->handle);
        trt_free(file, sizeof(*file));
    }
}

void tmlrt_file_free(tmlrt_file* file) {
    trt_file_unref(file);
}

// ---- operations ---------------------------------------------------------------------------------

static void op_run(trt_offload* base) {
    trt_file_op* op = TRT_CONTAINER_OF(base, trt_file_op, base);
    op->call(op);
}

static void op_fini(trt_offload* base) {
    trt_file_op* op = TRT_CONTAINER_OF(base, trt_file_op, base);
    if (op->release != NULL) {
        op->release(op);
    }
    trt_file_unref(op->file);
    trt_free(op, op->size);
}

trt_file_op* trt_file_op_new(void (*call)(trt_file_op*), tmlrt_file* file, size_t tail_len) {
    size_t size;
    if (__builtin_add_overflow(sizeof(trt_file_op), tail_len, &size)) {
        return NULL;
    }
    trt_file_op* op = trt_alloc(size);
    if (op == NULL) {
        return NULL;
    }
    *op = (trt_file_op){
        .base = {.run = op_run, .fini = op_fini}, .call = call, .size = size, .file = file};
    if (file != NULL) {
        trt_atomic_add(&file->refs, 1, TRT_RELAXED);
    }
    return op;
}

trt_file_op* trt_file_op_on_paths(void (*call)(trt_file_op*), const char* path, const char* path2) {
    size_t len = strlen(path) + 1, len2 = path2 != NULL ? strlen(path2) + 1 : 0;
    trt_file_op* op = trt_file_op_new(call, NULL, len + len2);
    if (op != NULL) {
        op->path = memcpy(op->tail, path, len);
        op->path2 = path2 != NULL ? memcpy(op->tail + len, path2, len2) : NULL;
    }
    return op;
}

// ---- leaves -------------------------------------------------------------------------------------

trt_file_leaf* trt_file_leaf_init(void* leaf, trt_file_op* owned_op) {
    trt_file_leaf* self = leaf;
    *self = (trt_file_leaf){.op = owned_op, .status = owned_op == NULL ? TMLRT_E_NOMEM : TMLRT_OK};
    return self;
}

static void give_up(trt_file_leaf* self) {
    if (self->op != NULL) {
        trt_offload_leave(&self->op->base);
        self->op = NULL;
    }
}

static void file_unlink(trt_leaf* leaf) {
    give_up(TRT_CONTAINER_OF(leaf, trt_file_leaf, base.leaf));
}

void trt_file_leaf_drop(void* frame) {
    trt_io_leaf_drop_held(frame, file_unlink);
}

tmlrt_poll trt_file_leaf_poll(trt_file_leaf* self, tmlrt_context* cx,
                              const tmlrt_future_desc* desc) {
    trt_io_leaf_begin(&self->base, desc);
    if (self->op == NULL) {
        return TMLRT_READY;
    }
    if (self->op->base.task == NULL) {
        trt_offload_start(&self->op->base);
    }
    tmlrt_status status = TMLRT_OK;
    if (trt_offload_poll(&self->op->base, cx, &status) == TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, file_unlink);
    }
    if (status != TMLRT_OK) {
        self->status = status;
        give_up(self);
    }
    return TMLRT_READY;
}

tmlrt_poll trt_file_leaf_end(trt_file_leaf* self) {
    give_up(self);
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

tmlrt_poll trt_file_leaf_poll_status(void* frame, tmlrt_context* cx, void* out,
                                     const tmlrt_future_desc* desc) {
    trt_file_leaf* self = frame;
    if (trt_file_leaf_poll(self, cx, desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *(tmlrt_status*)out = self->op != NULL ? self->op->status : self->status;
    return trt_file_leaf_end(self);
}
