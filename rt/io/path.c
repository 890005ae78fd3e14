// SPDX-License-Identifier: Apache-2.0
// Paths as leaf futures: stat, rename, remove, make and list directories, and whole files in one
// operation. Everything a call makes is in its own block until the leaf takes it.
#include "rt/base/alloc.h"
#include "rt/io/file.h"

#include <string.h>

// ---- calls whose answer is a status -------------------------------------------------------------

static void call_rename(trt_file_op* op) {
    op->status = trt_path_rename(op->path, op->path2);
}

void tmlrt_path_rename_init(void* leaf, const char* from, const char* to) {
    trt_file_leaf_init(leaf, trt_file_op_on_paths(call_rename, from, to));
}

static tmlrt_poll path_rename_poll(void* frame, tmlrt_context* cx, void* out) {
    return trt_file_leaf_poll_status(frame, cx, out, &tmlrt_path_rename_desc);
}

static void call_remove(trt_file_op* op) {
    op->status = trt_path_remove(op->path, op->number != 0);
}

void tmlrt_path_remove_init(void* leaf, const char* path, int32_t directory) {
    trt_file_op* op = trt_file_op_on_paths(call_remove, path, NULL);
    if (op != NULL) {
        op->number = directory;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll path_remove_poll(void* frame, tmlrt_context* cx, void* out) {
    return trt_file_leaf_poll_status(frame, cx, out, &tmlrt_path_remove_desc);
}

static void call_make_dir(trt_file_op* op) {
    op->status = trt_path_make_dir(op->path, (uint32_t)op->mode);
}

void tmlrt_dir_make_init(void* leaf, const char* path, int32_t mode) {
    trt_file_op* op = trt_file_op_on_paths(call_make_dir, path, NULL);
    if (op != NULL) {
        op->mode = mode;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll dir_make_poll(void* frame, tmlrt_context* cx, void* out) {
    return trt_file_leaf_poll_status(frame, cx, out, &tmlrt_dir_make_desc);
}

// ---- stat ---------------------------------------------------------------------------------------

static void call_stat(trt_file_op* op) {
    op->status = trt_path_stat(op->path, op->number != 0, &op->info);
}

void tmlrt_path_stat_init(void* leaf, const char* path, int32_t follow) {
    trt_file_op* op = trt_file_op_on_paths(call_stat, path, NULL);
    if (op != NULL) {
        op->number = follow;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll path_stat_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    if (trt_file_leaf_poll(self, cx, &tmlrt_path_stat_desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *(tmlrt_file_told*)out =
        self->op != NULL ? (tmlrt_file_told){.status = self->op->status, .info = self->op->info}
                         : (tmlrt_file_told){.status = self->status};
    return trt_file_leaf_end(self);
}

// ---- whole files --------------------------------------------------------------------------------

// Reads until the end into libc's memory, which the program frees. op->len is the limit, then the
// length.
static tmlrt_status load_all(trt_handle handle, uint64_t limit, char** out, uint64_t* out_len) {
    tmlrt_file_info info = {0};
    uint64_t len = 0, cap = 4096;
    TRT_TRY(trt_file_stat(handle, &info));
    if (info.kind == TMLRT_KIND_DIRECTORY) {
        return TMLRT_E_ISDIR;
    }
    if (info.len > 0 && (uint64_t)info.len < limit) {
        cap = (uint64_t)info.len + 1; // one more, to meet the end
    } else if (limit < cap) {
        cap = limit + 1;
    }
    char* data = NULL;
    for (;;) {
        char* grown = trt_libc_realloc(data, cap + 1);
        size_t got = 0;
        if (grown == NULL) {
            trt_libc_free(data);
            return TMLRT_E_NOMEM;
        }
        data = grown;
        tmlrt_status status = trt_file_read(handle, data + len, cap - len, TRT_FILE_CURSOR, &got);
        len += got;
        if (status == TMLRT_OK && len > limit) {
            status = TMLRT_E_OVERFLOW;
        }
        if (status != TMLRT_OK) {
            trt_libc_free(data);
            return status;
        }
        if (got == 0) {
            break;
        }
        if (len == cap) {
            cap = cap > limit / 2 ? limit + 1 : cap * 2;
        }
    }
    data[len] = '\0';
    *out = data;
    *out_len = len;
    return TMLRT_OK;
}

static void call_load(trt_file_op* op) {
    trt_handle handle;
    uint64_t limit = op->len < INT64_MAX ? op->len : INT64_MAX;
    op->len = 0;
    op->status = trt_file_open(&handle, op->path, TMLRT_FILE_READ, 0);
    if (op->status == TMLRT_OK) {
        char* data = NULL;
        op->status = load_all(handle, limit, &data, &op->len);
        op->made = data;
        trt_file_close(handle);
    }
}

static void release_bytes(trt_file_op* op) {
    trt_libc_free(op->made);
}

void tmlrt_file_load_init(void* leaf, const char* path, uint64_t limit) {
    trt_file_op* op = trt_file_op_on_paths(call_load, path, NULL);
    if (op != NULL) {
        op->len = limit;
        op->release = release_bytes;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll file_load_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    tmlrt_file_content* content = out;
    if (trt_file_leaf_poll(self, cx, &tmlrt_file_load_desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *content = (tmlrt_file_content){.status = self->status};
    if (self->op != NULL) {
        *content = (tmlrt_file_content){self->op->status, self->op->made, self->op->len};
        self->op->made = NULL;
    }
    return trt_file_leaf_end(self);
}

static void content_drop(void* out) {
    trt_libc_free(((tmlrt_file_content*)out)->data);
}

static void call_store(trt_file_op* op) {
    trt_handle handle;
    size_t written;
    uint32_t flags = TMLRT_FILE_WRITE | TMLRT_FILE_CREATE | TMLRT_FILE_TRUNCATE;
    op->status = trt_file_open(&handle, op->path, flags, (uint32_t)op->mode);
    if (op->status == TMLRT_OK) {
        op->status = trt_file_write(handle, op->path2, op->len, TRT_FILE_CURSOR, &written);
        trt_file_close(handle);
    }
}

void tmlrt_file_store_init(void* leaf, const char* path, const void* data, uint64_t len,
                           int32_t mode) {
    size_t path_len = strlen(path) + 1, size;
    trt_file_op* op = NULL;
    if (!__builtin_add_overflow(path_len, len, &size)) {
        op = trt_file_op_new(call_store, NULL, size);
    }
    if (op != NULL) {
        op->path = memcpy(op->tail, path, path_len);
        op->path2 = op->tail + path_len;
        if (len != 0) {
            memcpy(op->tail + path_len, data, len);
        }
        op->len = len;
        op->mode = mode;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll file_store_poll(void* frame, tmlrt_context* cx, void* out) {
    return trt_file_leaf_poll_status(frame, cx, out, &tmlrt_file_store_desc);
}

// ---- directories --------------------------------------------------------------------------------

// Entries one behind the other in `bytes`: a byte of kind, the name, a NUL.
struct tmlrt_dir_list {
    char* bytes;
    size_t len, cap;
    uint64_t num, limit;
};

void tmlrt_dir_list_free(tmlrt_dir_list* list) {
    if (list != NULL) {
        trt_free(list->bytes, list->cap);
        trt_free(list, sizeof(*list));
    }
}

static tmlrt_status add_entry(void* arg, const char* name, int32_t kind) {
    tmlrt_dir_list* list = arg;
    size_t need = strlen(name) + 2;
    if (list->num == list->limit) {
        return TMLRT_E_OVERFLOW;
    }
    if (list->cap - list->len < need) {
        size_t cap = (list->cap + need) * 2;
        char* bytes = trt_realloc(list->bytes, list->cap, cap);
        if (bytes == NULL) {
            return TMLRT_E_NOMEM;
        }
        list->bytes = bytes;
        list->cap = cap;
    }
    list->bytes[list->len] = (char)kind;
    memcpy(list->bytes + list->len + 1, name, need - 1);
    list->len += need;
    list->num++;
    return TMLRT_OK;
}

static void call_list(trt_file_op* op) {
    tmlrt_dir_list* list = trt_alloc_zero(sizeof(*list));
    if (list == NULL) {
        op->status = TMLRT_E_NOMEM;
        return;
    }
    list->limit = op->len;
    op->status = trt_path_list(op->path, add_entry, list);
    if (op->status != TMLRT_OK) {
        tmlrt_dir_list_free(list);
        return;
    }
    op->made = list;
}

static void release_list(trt_file_op* op) {
    tmlrt_dir_list_free(op->made);
}

void tmlrt_dir_read_init(void* leaf, const char* path, uint64_t limit) {
    trt_file_op* op = trt_file_op_on_paths(call_list, path, NULL);
    if (op != NULL) {
        op->len = limit;
        op->release = release_list;
    }
    trt_file_leaf_init(leaf, op);
}

static tmlrt_poll dir_read_poll(void* frame, tmlrt_context* cx, void* out) {
    trt_file_leaf* self = frame;
    tmlrt_dir_listed* listed = out;
    if (trt_file_leaf_poll(self, cx, &tmlrt_dir_read_desc) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *listed = (tmlrt_dir_listed){self->status, NULL};
    if (self->op != NULL) {
        *listed = (tmlrt_dir_listed){self->op->status, self->op->made};
        self->op->made = NULL;
    }
    return trt_file_leaf_end(self);
}

static void listed_drop(void* out) {
    tmlrt_dir_list_free(((tmlrt_dir_listed*)out)->list);
}

const char* tmlrt_dir_list_next(const tmlrt_dir_list* list, const char* name, int32_t* out_kind) {
    const char* at = name == NULL ? list->bytes : name + strlen(name) + 1;
    if (at == NULL || at == list->bytes + list->len) {
        return NULL;
    }
    *out_kind = (unsigned char)*at;
    return at + 1;
}

#define path_rename_drop trt_file_leaf_drop
#define path_remove_drop trt_file_leaf_drop
#define path_stat_drop   trt_file_leaf_drop
#define file_load_drop   trt_file_leaf_drop
#define file_store_drop  trt_file_leaf_drop
#define dir_make_drop    trt_file_leaf_drop
#define dir_read_drop    trt_file_leaf_drop
TRT_IO_LEAF_DESC(path_rename, trt_file_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(path_remove, trt_file_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(path_stat, trt_file_leaf, tmlrt_file_told, NULL)
TRT_IO_LEAF_DESC(file_load, trt_file_leaf, tmlrt_file_content, content_drop)
TRT_IO_LEAF_DESC(file_store, trt_file_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(dir_make, trt_file_leaf, tmlrt_status, NULL)
TRT_IO_LEAF_DESC(dir_read, trt_file_leaf, tmlrt_dir_listed, listed_drop)
