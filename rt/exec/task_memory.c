// SPDX-License-Identifier: Apache-2.0
// A task's memory: one block of header, frame and output, and the blocks a worker keeps.
//
// A worker keeps some blocks that were freed on its thread, and gives them to the next tasks of the
// same future: most tasks are short and of few kinds, and their layout is then known already. Each
// of TRT_CACHE_KINDS places holds blocks of one descriptor; another one that wants the place
// empties it block by block. At most TRT_CACHE_BYTES per place, which go back to the heap with the
// worker. With a sanitizer nothing is kept, so that it sees every use after the end. Threads: any;
// the kept blocks are the worker's.
#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/sanitize.h"
#include "rt/exec/task.h"
#include "rt/exec/worker.h"

#include <stdalign.h>

enum {
    ID_BLOCK = 1024,
    LARGE = 448, ///< such blocks begin at a cache line: their tasks live long, and wait for I/O
};
static trt_atomic_u64 s_last_id;

static uint64_t next_id(trt_worker* me) {
    if (TRT_UNLIKELY(me == NULL)) {
        return trt_atomic_add(&s_last_id, 1, TRT_RELAXED) + 1;
    }
    if (TRT_UNLIKELY(me->last_id == me->end_id)) {
        me->last_id = trt_atomic_add(&s_last_id, ID_BLOCK, TRT_RELAXED);
        me->end_id = me->last_id + ID_BLOCK;
    }
    return ++me->last_id;
}

uint64_t trt_task_next_id(void) {
    return next_id(trt_current_worker());
}

// ---- kept blocks --------------------------------------------------------------------------------

static inline trt_task_cache* place_of(trt_worker* me, const tmlrt_future_desc* desc) {
    return &me->cache[(uintptr_t)desc / alignof(tmlrt_future_desc) % TRT_CACHE_KINDS];
}

static inline tmlrt_task* take_kept(trt_worker* me, const tmlrt_future_desc* desc,
                                    uint64_t out_size) {
    if (TRT_SANITIZED || me == NULL) {
        return NULL;
    }
    trt_task_cache* place = place_of(me, desc);
    tmlrt_task* block = place->head;
    if (block == NULL || block->desc != desc || block->out_size != out_size) {
        return NULL;
    }
    place->head = block->queue_next;
    place->bytes -= block->alloc_size;
    return block;
}

static void release_block(tmlrt_task* block) {
    trt_free_aligned(block, block->alloc_size, block->align);
}

static void drop_kept(trt_task_cache* place) {
    tmlrt_task* block = place->head;
    place->head = block->queue_next;
    place->bytes -= block->alloc_size;
    release_block(block);
}

static inline bool keep(trt_worker* me, tmlrt_task* block) {
    if (TRT_SANITIZED || me == NULL) {
        return false;
    }
    trt_task_cache* place = place_of(me, block->desc);
    if (place->head != NULL && place->head->desc != block->desc) {
        drop_kept(place);
        return false;
    }
    if (place->bytes + block->alloc_size > TRT_CACHE_BYTES) {
        return false;
    }
    block->queue_next = place->head;
    place->head = block;
    place->bytes += block->alloc_size;
    return true;
}

void trt_task_cache_clear(trt_worker* worker) {
    for (uint32_t i = 0; i < TRT_CACHE_KINDS; i++) {
        while (worker->cache[i].head != NULL) {
            drop_kept(&worker->cache[i]);
        }
    }
}

// ---- layout -------------------------------------------------------------------------------------

static bool align_up(uint64_t* size, uint64_t align) {
    uint64_t padded;
    if (__builtin_add_overflow(*size, align - 1, &padded)) {
        return false;
    }
    *size = padded & ~(align - 1);
    return true;
}

// A new block of `desc` with what stays as it is in a kept one.
static __attribute__((noinline)) tmlrt_task* make_block(const tmlrt_future_desc* desc,
                                                        uint64_t out_size, uint64_t out_align) {
    uint64_t align = alignof(max_align_t);
    align = desc->frame_align > align ? desc->frame_align : align;
    align = out_align > align ? out_align : align;
    uint64_t frame_offset = sizeof(tmlrt_task), out_offset, size;
    if (align > UINT32_MAX / 2 || !align_up(&frame_offset, desc->frame_align) ||
        __builtin_add_overflow(frame_offset, desc->frame_size, &out_offset) ||
        !align_up(&out_offset, out_align) || __builtin_add_overflow(out_offset, out_size, &size) ||
        size > UINT32_MAX / 2) {
        return NULL;
    }
    if (size >= LARGE && align < TRT_TASK_LINE) {
        align = TRT_TASK_LINE;
    }
    tmlrt_task* task = trt_alloc_aligned(size, align);
    if (task != NULL) {
        task->desc = desc;
        task->frame_offset = (uint32_t)frame_offset;
        task->align = (uint32_t)align;
        task->out_offset = (uint32_t)out_offset;
        task->out_size = out_size;
        task->alloc_size = size;
    }
    return task;
}

// ---- tasks --------------------------------------------------------------------------------------

tmlrt_task* trt_task_new(const tmlrt_future_desc* desc, const void* frame, uint64_t frame_len,
                         uint64_t out_size, uint64_t out_align, uint64_t refs) {
    trt_worker* me = trt_current_worker();
    TRT_CHECK(frame_len <= desc->frame_size);
    tmlrt_task* task = take_kept(me, desc, out_size);
    if (TRT_UNLIKELY(task == NULL)) {
        task = make_block(desc, out_size, out_align);
        if (task == NULL) {
            return NULL;
        }
    }
    // Field by field: a zeroed struct of this size costs more than the rest of this function.
    trt_state_init(&task->state, refs);
    task->queue_next = NULL;
    task->shard = NULL;
    task->join_waker = (tmlrt_waker){NULL, NULL};
    task->status = TMLRT_OK;
    task->home = TRT_HOME_NONE;
    task->awaited = 0;
    task->is_owned = false;
    task->has_scopes = false;
    task->spare = TRT_TASK_SPARE;
    task->guard = (trt_guard){NULL, NULL};
    task->arena = (tmlrt_arena){NULL, NULL, NULL, NULL, NULL};
    task->id = next_id(me);
    trt_copy_short(trt_task_frame(task), frame, frame_len);
    return task;
}

void trt_task_free(tmlrt_task* task) {
    trt_worker* shard = task->shard;
    if (!keep(trt_current_worker(), task)) {
        release_block(task);
    }
    if (shard != NULL) {
        trt_worker_release(shard);
    }
}

void trt_task_unref(tmlrt_task* task, uint64_t num) {
    if (trt_state_unref(&task->state, num)) {
        trt_task_free(task);
    }
}
