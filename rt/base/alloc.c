// SPDX-License-Identifier: Apache-2.0
// The process's allocator: libc's by default, replaceable once before anything was allocated.
// Called by every layer; nothing else in the runtime calls malloc. Any thread.
#include "rt/base/alloc.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_ALIGN alignof(max_align_t)

static void* libc_alloc(void* self, size_t size, size_t align) {
    (void)self;
    if (align <= DEFAULT_ALIGN) {
        return malloc(size);
    }
    void* ptr = NULL;
    return posix_memalign(&ptr, align, size) == 0 ? ptr : NULL;
}

static void* libc_realloc(void* self, void* ptr, size_t old_size, size_t size, size_t align) {
    if (align <= DEFAULT_ALIGN) {
        return realloc(ptr, size);
    }
    void* fresh = libc_alloc(self, size, align);
    if (fresh != NULL && ptr != NULL) {
        memcpy(fresh, ptr, old_size < size ? old_size : size);
        free(ptr);
    }
    return fresh;
}

static void libc_free(void* self, void* ptr, size_t size, size_t align) {
    (void)self, (void)size, (void)align;
    free(ptr);
}

static tmlrt_allocator s_allocator = {libc_alloc, libc_realloc, libc_free, NULL};

const tmlrt_allocator* tmlrt_allocator_default(void) {
    return &s_allocator;
}

void tmlrt_allocator_set(const tmlrt_allocator* allocator) {
    s_allocator = *allocator;
}

bool trt_alloc_is_libc(void) {
    return s_allocator.alloc == libc_alloc;
}

void tmlrt_oom_abort(size_t size) {
    fprintf(stderr, "tmlrt: out of memory (%zu bytes for a frame outside of a task)\n", size);
    abort();
}

void* trt_alloc_aligned(size_t size, size_t align) {
    return s_allocator.alloc(s_allocator.self, size, align);
}

void* trt_alloc(size_t size) {
    return trt_alloc_aligned(size, DEFAULT_ALIGN);
}

void* trt_alloc_zero(size_t size) {
    if (trt_alloc_is_libc()) {
        return calloc(1, size); // which knows what is zero already, and does not touch it
    }
    void* ptr = trt_alloc(size);
    if (ptr != NULL) {
        memset(ptr, 0, size);
    }
    return ptr;
}

void* trt_alloc_array(size_t num, size_t size) {
    size_t total;
    return __builtin_mul_overflow(num, size, &total) ? NULL : trt_alloc(total);
}

void* trt_realloc(void* ptr, size_t old_size, size_t size) {
    return s_allocator.realloc(s_allocator.self, ptr, old_size, size, DEFAULT_ALIGN);
}

void trt_free_aligned(void* ptr, size_t size, size_t align) {
    if (ptr != NULL) {
        s_allocator.free(s_allocator.self, ptr, size, align);
    }
}

void trt_free(void* ptr, size_t size) {
    trt_free_aligned(ptr, size, DEFAULT_ALIGN);
}

void* trt_libc_alloc(size_t size) {
    return malloc(size);
}

void* trt_libc_realloc(void* ptr, size_t size) {
    return realloc(ptr, size);
}

void trt_libc_free(void* ptr) {
    free(ptr);
}
