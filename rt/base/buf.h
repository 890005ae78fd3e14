// SPDX-License-Identifier: Apache-2.0
// Input buffers of connections: contiguous bytes that are appended at the end and consumed at the
// front. The first storage is a pooled 16 KiB block, so an idle connection holds none; longer
// messages move to a block of their own. Not thread-safe: one pool per worker, one owner per
// buffer.
#ifndef TRT_BASE_BUF_H
#define TRT_BASE_BUF_H

#include <tmlrt/abi/status.h>

/// TRT_BUF_BLOCK is the size of a pooled block.
enum { TRT_BUF_BLOCK = 16384 };

/// trt_buf_pool keeps free blocks of one worker; all-zero keeps none.
typedef struct trt_buf_pool {
    void* free; ///< linked through their first word
    uint32_t num_free, max_free;
    uint32_t num_used; ///< blocks handed out
} trt_buf_pool;

/// trt_buf_pool_init keeps at most `max_free` blocks that are not in use.
void trt_buf_pool_init(trt_buf_pool* pool, uint32_t max_free);
/// trt_buf_pool_fini frees the kept blocks; every buffer must have been released.
void trt_buf_pool_fini(trt_buf_pool* pool);
/// trt_buf_pool_take returns TRT_BUF_BLOCK bytes, NULL without memory.   Cost: a list pop.
char* trt_buf_pool_take(trt_buf_pool* pool);
/// trt_buf_pool_give takes a block back; NULL is left alone.
void trt_buf_pool_give(trt_buf_pool* pool, char* block);

/// trt_buf holds data[start, end); all-zero is empty and holds no storage.
typedef struct trt_buf {
    char* data;
    uint32_t start, end, cap;
} trt_buf;

/// trt_buf_reserve makes room for at least `more` bytes behind the end: takes a block, moves the
/// bytes to the front, or grows by doubling, never beyond `max_cap` bytes in all. Pointers into the
/// buffer move.
/// Errors:  NOMEM; OVERFLOW - it would pass max_cap. The buffer is unchanged.
tmlrt_status trt_buf_reserve(trt_buf* buf, trt_buf_pool* pool, uint32_t more, uint32_t max_cap);
/// trt_buf_consume drops `len` bytes at the front; an emptied buffer starts again at its beginning.
void trt_buf_consume(trt_buf* buf, uint32_t len);
/// trt_buf_release drops everything and gives the storage back; all-zero is fine.
void trt_buf_release(trt_buf* buf, trt_buf_pool* pool);

#endif
