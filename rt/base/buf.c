// SPDX-License-Identifier: Apache-2.0
// Input buffers and the pool of their first blocks. Called by connections of one worker. A buffer's
// storage is a pooled block exactly when its capacity is TRT_BUF_BLOCK.
#include "rt/base/buf.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <string.h>

void trt_buf_pool_init(trt_buf_pool* pool, uint32_t max_free) {
    *pool = (trt_buf_pool){.max_free = max_free};
}

void trt_buf_pool_fini(trt_buf_pool* pool) {
    TRT_ASSERT(pool->num_used == 0);
    while (pool->free != NULL) {
        void* block = pool->free;
        memcpy(&pool->free, block, sizeof(void*));
        trt_free(block, TRT_BUF_BLOCK);
    }
    pool->num_free = 0;
}

char* trt_buf_pool_take(trt_buf_pool* pool) {
    char* block = pool->free;
    if (block != NULL) {
        memcpy(&pool->free, block, sizeof(void*));
        pool->num_free--;
    } else {
        block = trt_alloc(TRT_BUF_BLOCK);
    }
    pool->num_used += block != NULL;
    return block;
}

void trt_buf_pool_give(trt_buf_pool* pool, char* block) {
    if (block == NULL) {
        return;
    }
    pool->num_used--;
    if (pool->num_free >= pool->max_free) {
        trt_free(block, TRT_BUF_BLOCK);
        return;
    }
    memcpy(block, &pool->free, sizeof(void*));
    pool->free = block;
    pool->num_free++;
}

static void free_storage(trt_buf_pool* pool, char* data, uint32_t cap) {
    if (cap == TRT_BUF_BLOCK) {
        trt_buf_pool_give(pool, data);
    } else {
        trt_free(data, cap);
    }
}

// The next capacity that holds `need` bytes: a block, then doubled, at most `max_cap`.
static uint32_t grown(uint32_t cap, uint32_t need, uint32_t max_cap) {
    uint64_t wanted = cap < TRT_BUF_BLOCK ? TRT_BUF_BLOCK : (uint64_t)cap * 2;
    while (wanted < need) {
        wanted *= 2;
    }
    return wanted > max_cap ? max_cap : (uint32_t)wanted;
}

tmlrt_status trt_buf_reserve(trt_buf* buf, trt_buf_pool* pool, uint32_t more, uint32_t max_cap) {
    uint32_t len = buf->end - buf->start, need;
    if (more <= buf->cap - buf->end) {
        return TMLRT_OK;
    }
    if (__builtin_add_overflow(len, more, &need) || need > max_cap) {
        return TMLRT_E_OVERFLOW;
    }
    if (need <= buf->cap) {
        memmove(buf->data, buf->data + buf->start, len);
    } else {
        uint32_t cap = grown(buf->cap, need, max_cap);
        char* data = cap == TRT_BUF_BLOCK ? trt_buf_pool_take(pool) : trt_alloc(cap);
        if (data == NULL) {
            return TMLRT_E_NOMEM;
        }
        if (len != 0) {
            memcpy(data, buf->data + buf->start, len);
        }
        free_storage(pool, buf->data, buf->cap);
        buf->data = data;
        buf->cap = cap;
    }
    buf->start = 0;
    buf->end = len;
    return TMLRT_OK;
}

void trt_buf_consume(trt_buf* buf, uint32_t len) {
    TRT_CHECK(len <= buf->end - buf->start);
    buf->start += len;
    if (buf->start == buf->end) {
        buf->start = buf->end = 0;
    }
}

void trt_buf_release(trt_buf* buf, trt_buf_pool* pool) {
    free_storage(pool, buf->data, buf->cap);
    *buf = (trt_buf){0};
}
