// SPDX-License-Identifier: Apache-2.0
// The allocator every part of the runtime uses; embedders may replace it, tests make it fail.
#ifndef TMLRT_ALLOC_H
#define TMLRT_ALLOC_H

#include <tmlrt/abi/base.h>

/// tmlrt_allocator is a vtable of three functions. Sizes are given back on free.
/// Errors: alloc and realloc return NULL without memory; realloc then leaves the old block.
/// Thread: any, for all three.
typedef struct tmlrt_allocator {
    void* (*alloc)(void* self, size_t size, size_t align);
    void* (*realloc)(void* self, void* ptr, size_t old_size, size_t size, size_t align);
    void (*free)(void* self, void* ptr, size_t size, size_t align);
    void* self;
} tmlrt_allocator;

/// tmlrt_allocator_default returns the process's allocator: libc's, until tmlrt_allocator_set.
TMLRT_EXPORT const tmlrt_allocator* tmlrt_allocator_default(void);

/// tmlrt_allocator_set replaces the process's allocator. Thread: init, before anything was
/// allocated.
TMLRT_EXPORT void tmlrt_allocator_set(const tmlrt_allocator* allocator);

/// tmlrt_oom_abort ends the process with a message. Only a compiled frame's allocation outside of a
/// task may end here; everything else returns TMLRT_E_NOMEM.
TMLRT_EXPORT TMLRT_NORETURN void tmlrt_oom_abort(size_t size);

#endif
