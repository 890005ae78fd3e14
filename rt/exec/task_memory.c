// SPDX-License-Identifier: Apache-2.0
// A task's memory: one block of header, frame and output, and the blocks a worker keeps.
//
// A worker keeps a few blocks of each small size that were freed on its thread, and gives them to
// the tasks spawned there next: most tasks are short, and this is a third of what the heap asks
// for. Bounded by TRT_CACHE_MAX per size; given back to the heap when the worker is freed. With a
// sanitizer nothing is kept, so that it sees every use after the end.
// Threads: any; the kept blocks are the worker's.
#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/sanitize.h"
#include "rt/exec/task.h"
#include "rt/exec/worker.h"

#include <stdalign.h>
#include <string.h>

enum { ID_BLOCK = 1024 };
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

// ---- blocks -------------------------------------------------------------------------------------

// The class of a size that is a multiple of TRT_CACHE_STEP; TRT_CACHE_CLASSES: not kept.
static uint32_t class_of(uint64_t size, uint64_t align) {
    bool kept = !TRT_SANITIZED && size <= TRT_CACHE_CLASSES * TRT_CACHE_STEP &&
                align <= alignof(max_align_t);
    return kept ? (uint32_t)(size / TRT_CACHE_STEP - 1) : TRT_CACHE_CLASSES;
}

static tmlrt_task* block_alloc(trt_worker* me, uint64_t size, uint64_t align) {
    uint32_t class = class_of(size, align);
    if (me != NULL && class < TRT_CACHE_CLASSES && me->cached[class] != NULL) {
        tmlrt_task* block = me->cached[class];
        me->cached[class] = block->queue_next;
        me->num_cached[class]--;
        return block;
    }
    return trt_alloc_aligned(size, align);
}

static void block_free(trt_worker* me, tmlrt_task* block) {
    uint32_t class = class_of(block->alloc_size, block->align);
    if (me != NULL && class < TRT_CACHE_CLASSES && me->num_cached[class] < TRT_CACHE_MAX) {
        block->queue_next = me->cached[class];
        me->cached[class] = block;
        me->num_cached[class]++;
        return;
    }
    trt_free_aligned(block, block->alloc_size, block->align);
}

void trt_task_cache_clear(trt_worker* worker) {
    for (uint32_t i = 0; i < TRT_CACHE_CLASSES; i++) {
        for (tmlrt_task* block; (block = worker->cached[i]) != NULL;) {
            worker->cached[i] = block->queue_next;
            trt_free_aligned(block, block->alloc_size, block->align);
        }
        worker->num_cached[i] = 0;
    }
}

// ---- layout -------------------------------------------------------------------------------------

typedef struct layout {
    uint64_t frame_offset, out_offset, size, align;
} layout;

static bool align_up(uint64_t* size, uint64_t align) {
    uint64_t padded;
    if (__builtin_add_overflow(*size, align - 1, &padded)) {
        return false;
    }
    *size = padded & ~(align - 1);
    return true;
}

static __attribute__((noinline)) bool lay_out_any(layout* out, const tmlrt_future_desc* desc,
                                                  uint64_t out_size, uint64_t out_align) {
    uint64_t align = alignof(max_align_t);
    align = desc->frame_align > align ? desc->frame_align : align;
    align = out_align > align ? out_align : align;
    uint64_t frame_offset = sizeof(tmlrt_task), out_offset, size;
    if (align > UINT32_MAX / 2 || !align_up(&frame_offset, desc->frame_align) ||
        __builtin_add_overflow(frame_offset, desc->frame_size, &out_offset) ||
        !align_up(&out_offset, out_align) || __builtin_add_overflow(out_offset, out_size, &size) ||
        !align_up(&size, TRT_CACHE_STEP) || size > SIZE_MAX / 2) {
        return false;
    }
    *out = (layout){frame_offset, out_offset, size, align};
    return true;
}

// What almost every task is: sizes that cannot overflow, alignments of the heap.
static inline bool lay_out(layout* out, const tmlrt_future_desc* desc, uint64_t out_size,
                           uint64_t out_align) {
    _Static_assert(sizeof(tmlrt_task) % alignof(max_align_t) == 0, "a frame follows the header");
    if (TRT_UNLIKELY((desc->frame_size | out_size) >= 1u << 30 ||
                     (desc->frame_align | out_align) >= 2 * alignof(max_align_t))) {
        return lay_out_any(out, desc, out_size, out_align);
    }
    uint64_t out_offset = sizeof(tmlrt_task) + desc->frame_size;
    out_offset = (out_offset + out_align - 1) & -out_align;
    uint64_t size = (out_offset + out_size + TRT_CACHE_STEP - 1) & -(uint64_t)TRT_CACHE_STEP;
    *out = (layout){sizeof(tmlrt_task), out_offset, size, alignof(max_align_t)};
    return true;
}

// ---- tasks --------------------------------------------------------------------------------------

tmlrt_task* trt_task_new(const tmlrt_future_desc* desc, const void* frame, uint64_t frame_len,
                         uint64_t out_size, uint64_t out_align, uint64_t refs) {
    trt_worker* me = trt_current_worker();
    layout at;
    TRT_CHECK(frame_len <= desc->frame_size);
    if (!lay_out(&at, desc, out_size, out_align)) {
        return NULL;
    }
    tmlrt_task* task = block_alloc(me, at.size, at.align);
    if (task == NULL) {
        return NULL;
    }
    // Field by field: a zeroed struct of this size costs more than the rest of this function.
    trt_state_init(&task->state, refs);
    task->queue_next = NULL;
    task->shard = NULL;
    task->desc = desc;
    task->owned = (trt_list_node){NULL, NULL};
    task->join_waker = (tmlrt_waker){NULL, NULL};
    task->status = TMLRT_OK;
    task->home = TRT_HOME_NONE;
    task->frame_offset = (uint32_t)at.frame_offset;
    task->align = (uint32_t)at.align;
    task->awaited = 0;
    task->out_offset = at.out_offset;
    task->out_size = out_size;
    task->alloc_size = at.size;
    task->guard = (trt_guard){{{NULL, NULL}}};
    task->arena = (tmlrt_arena){NULL, NULL, NULL, NULL, NULL};
    task->id = next_id(me);
    if (frame_len != 0) {
        memcpy(trt_task_frame(task), frame, frame_len);
    }
    return task;
}

void trt_task_free(tmlrt_task* task) {
    trt_worker* shard = task->shard;
    block_free(trt_current_worker(), task);
    if (shard != NULL) {
        trt_worker_release(shard);
    }
}

void trt_task_unref(tmlrt_task* task, uint64_t num) {
    if (trt_state_unref(&task->state, num)) {
        trt_task_free(task);
    }
}
