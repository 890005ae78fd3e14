// SPDX-License-Identifier: Apache-2.0
// Short forms over the process's allocator, with checked arithmetic.
#ifndef TRT_BASE_ALLOC_H
#define TRT_BASE_ALLOC_H

#include <tmlrt/alloc.h>

#include <stdbool.h>

/// trt_alloc_is_libc tells whether the process's allocator is libc's, which frees without the size.
bool trt_alloc_is_libc(void);
/// trt_alloc returns `size` bytes at max_align_t alignment, NULL without memory.
void* trt_alloc(size_t size);
/// trt_alloc_zero returns zeroed bytes, NULL without memory.
void* trt_alloc_zero(size_t size);
/// trt_alloc_aligned returns `size` bytes at `align` (a power of two), NULL without memory.
void* trt_alloc_aligned(size_t size, size_t align);
/// trt_alloc_array returns num * size bytes, NULL without memory or when the product overflows.
void* trt_alloc_array(size_t num, size_t size);
/// trt_realloc grows or shrinks a trt_alloc block; NULL leaves the old one as it was.
void* trt_realloc(void* ptr, size_t old_size, size_t size);
/// trt_free frees a block of trt_alloc, trt_alloc_zero, trt_alloc_array or trt_realloc; takes NULL.
void trt_free(void* ptr, size_t size);
/// trt_free_aligned frees a block of trt_alloc_aligned; takes NULL.
void trt_free_aligned(void* ptr, size_t size, size_t align);

/// trt_libc_alloc, trt_libc_realloc and trt_libc_free are libc's heap whatever the process's
/// allocator is: for values that change hands with compiled code (lists, texts, class objects),
/// which frees them with libc's free.
void* trt_libc_alloc(size_t size);
void* trt_libc_realloc(void* ptr, size_t size);
void trt_libc_free(void* ptr);

#endif
