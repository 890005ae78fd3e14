// SPDX-License-Identifier: Apache-2.0
// The allocator of one execution: each thread takes from its own region and nothing is used twice,
// so addresses depend only on what the thread did, and a use after free is seen. A free counts as a
// write to the whole block: it must come after every other use.
#include "rt/base/alloc.h"
#include "tests/model/explore/engine/engine.h"

#include <stdlib.h>
#include <string.h>

enum { REGION_LEN = 96 * 1024, MAX_BLOCKS = 64, GAP = 64 };

typedef struct block {
    char* at;
    size_t size;
    bool freed;
} block;

static struct {
    char* memory;
    size_t used;
    block blocks[MAX_BLOCKS];
    unsigned num;
} s_regions[MAX_IDS];
static char* s_memory; ///< of all regions, one after the other

void heap_reset(void) {
    if (s_memory == NULL) {
        s_memory = aligned_alloc(4096, (size_t)MAX_IDS * REGION_LEN);
    }
    for (size_t i = 0; i < MAX_IDS; i++) {
        s_regions[i].memory = s_memory + i * REGION_LEN;
        s_regions[i].used = s_regions[i].num = 0;
    }
}

static block* find(const void* ptr, unsigned* out_region) {
    size_t offset = (size_t)((uintptr_t)ptr - (uintptr_t)s_memory);
    if (offset >= (size_t)MAX_IDS * REGION_LEN) {
        *out_region = MAX_IDS;
        return NULL;
    }
    *out_region = (unsigned)(offset / REGION_LEN);
    block* blocks = s_regions[*out_region].blocks;
    for (unsigned i = s_regions[*out_region].num; i-- > 0;) {
        if ((const char*)ptr >= blocks[i].at) {
            return &blocks[i];
        }
    }
    return NULL;
}

const char* heap_problem(const void* at, size_t size) {
    unsigned region;
    const block* block = find(at, &region);
    if (region == MAX_IDS) {
        return (uintptr_t)at < 4096 ? "null pointer" : NULL;
    }
    if (block == NULL || (const char*)at + size > block->at + block->size) {
        return "outside of its block";
    }
    return block->freed ? "use after free" : NULL;
}

unsigned heap_leaks(void) {
    unsigned num = 0;
    for (int i = 0; i < MAX_IDS; i++) {
        for (unsigned j = 0; j < s_regions[i].num; j++) {
            num += !s_regions[i].blocks[j].freed;
        }
    }
    return num;
}

bool heap_block_of(const void* at, unsigned* out_owner, unsigned* out_number, size_t* out_offset) {
    const block* block = find(at, out_owner);
    if (block == NULL) {
        return false;
    }
    *out_number = (unsigned)(block - s_regions[*out_owner].blocks);
    *out_offset = (size_t)((const char*)at - block->at);
    return true;
}

void* trt_alloc_aligned(size_t size, size_t align) {
    unsigned owner = g_engine.me;
    size_t at = (s_regions[owner].used + align - 1) / align * align;
    if (s_regions[owner].num == MAX_BLOCKS || at + size > REGION_LEN) {
        model_fail("the model's heap is full");
    }
    block* fresh = &s_regions[owner].blocks[s_regions[owner].num++];
    *fresh = (block){s_regions[owner].memory + at, size, false};
    s_regions[owner].used = at + size + GAP;
    memset(fresh->at, 0xA5, size);
    return fresh->at;
}

void trt_free_aligned(void* ptr, size_t size, size_t align) {
    (void)align;
    if (ptr == NULL) {
        return;
    }
    unsigned region;
    block* block = find(ptr, &region);
    if (block == NULL || block->at != ptr) {
        model_fail("free of what was not allocated");
    }
    if (block->freed) {
        model_fail("freed twice");
    }
    if (block->size != size) {
        model_fail("freed with size %zu, allocated with %zu", size, block->size);
    }
    shadow_access(ptr, size, ACCESS_WRITE | ACCESS_FREE, __builtin_return_address(0));
    trace(NULL, "free", ptr, size, 0, -1, -1);
    block->freed = true;
}

void* trt_alloc(size_t size) {
    return trt_alloc_aligned(size, 16);
}

void* trt_alloc_zero(size_t size) {
    return memset(trt_alloc(size), 0, size);
}

void* trt_alloc_array(size_t num, size_t size) {
    return trt_alloc(num * size);
}

void trt_free(void* ptr, size_t size) {
    trt_free_aligned(ptr, size, 16);
}

// A check of the structure that fails is found by the exploration like any other.
void trt_check_failed(const char* expr, const char* file, int line) {
    model_fail("check failed: %s (%s:%d)", expr, file, line);
}
