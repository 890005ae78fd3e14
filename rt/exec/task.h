// SPDX-License-Identifier: Apache-2.0
// A task: one allocation of header, frame and output, driven by its state word (task_state.h).
#ifndef TRT_EXEC_TASK_H
#define TRT_EXEC_TASK_H

#include <tmlrt/abi/functions.h>

#include "rt/base/assert.h"
#include "rt/base/copy.h"
#include "rt/base/list.h"
#include "rt/exec/guard.h"
#include "rt/exec/task_state.h"

typedef struct trt_worker trt_worker;

/// TRT_HOME_NONE: any worker may run the task; else the index of the only one that may.
#define TRT_HOME_NONE UINT32_MAX

/// tmlrt_task is the header. Who may touch what:
///   shard                            as the next row; tagged: its local set (local_set.h)
///   desc, id, home, offsets          written before the task is shared, then read by anybody
///   queue_next                       the queue that holds the task; COMPLETE: its join set
///   owned                            under the shard's lock
///   is_owned                         the spawner, then the runner
///   status, output                   the runner until COMPLETE, then the handle
///   join_waker                       JOIN_WAKER says (task_state.h)
///   awaited, sibling                 the handle (sibling: of a join set)
///   arena, guard, frame, spare       the claim's holder (CLAIMED)
struct tmlrt_task {
    // What a wake and a run look at: one cache line (where the block is aligned to them).
    trt_task_state state;
    tmlrt_task* queue_next;
    trt_worker* shard; ///< whose owned list has it; NULL: a job of the blocking pool, or static
    const tmlrt_future_desc* desc;
    trt_guard guard;
    uint32_t home;
    uint32_t frame_offset, out_offset;
    bool is_owned;   ///< in the owned list
    bool has_scopes; ///< the runner's: it has made scopes, which end with it
    uint8_t spare;   ///< unused references of the claim; TRT_TASK_SPARE while there is none

    tmlrt_arena arena;
    uint64_t id;
    trt_list_node owned;

    tmlrt_waker join_waker;
    trt_list_node sibling; ///< only in a join set: not initialised
    tmlrt_status status;
    uint32_t awaited; ///< the handle was moved into a join future
    uint32_t align;
    uint64_t out_size, alloc_size;
} __attribute__((aligned(16)));

/// trt_task_waker_vtable is the waker of every task; its data is the task.
extern const tmlrt_waker_vtable trt_task_waker_vtable;

/// trt_task_new allocates a task of `desc`, its frame a copy of the first `frame_len` bytes at
/// `frame`, with `refs` references and CLAIMED. Returns NULL without memory.
/// Shape:   out_size, out_align: of the output (the descriptor's, but for blocking jobs).
tmlrt_task* trt_task_new(const tmlrt_future_desc* desc, const void* frame, uint64_t frame_len,
                         uint64_t out_size, uint64_t out_align, uint64_t refs);
/// trt_task_free frees the memory of a task that nobody refers to any more.   Thread: any.
void trt_task_free(tmlrt_task* task);
/// trt_task_unref gives `num` references back and frees the task with the last.   Thread: any.
void trt_task_unref(tmlrt_task* task, uint64_t num);
/// trt_task_finish completes a claimed task with `status`: publishes, drops what nobody will read,
/// calls the join waker.   Owns: `owned_refs` references, unless it answers false: then the caller
/// still has them to give back.   Thread: the runner.
bool trt_task_finish(tmlrt_task* task, tmlrt_status status, uint64_t owned_refs);
/// trt_task_run polls (or, when cancelled, drops) a task popped by this worker, and requeues or
/// completes it. Owns: takes the queue's reference.   Thread: a worker.
void trt_task_run(trt_worker* worker, tmlrt_task* task);
/// trt_task_recover ends the task whose poll was left by a jump to the worker's boundary.
/// Thread: a worker.
void trt_task_recover(trt_worker* worker);
/// trt_task_cache_clear gives the blocks that a worker kept back to the heap.
void trt_task_cache_clear(trt_worker* worker);
/// trt_task_drop_output destroys an unread output inside a boundary; returns its failure or 0.
tmlrt_status trt_task_drop_output(tmlrt_task* task);
/// trt_task_failed returns the static handle that is finished with `status`; allocates nothing.
tmlrt_task* trt_task_failed(tmlrt_status status);
/// trt_task_next_id returns a number unique in the process, never 0; a worker takes them in blocks.
/// Thread: any.
uint64_t trt_task_next_id(void);

/// TRT_PREFETCH_FROM: as many tasks in a queue push each other's lines out of the cache.
enum {
    TRT_PREFETCH_LINES = 7,
    TRT_PREFETCH_FROM = 8,
    TRT_TASK_LINE = 64,
    TRT_NEAR_BEFORE = 16,
    TRT_NEAR_SIZE = 20
};

/// trt_task_fetch_frame asks for the beginning of the frame, with what it awaits.
/// Always inline, like the next: GCC takes a function that only prefetches for one without an
/// effect, and leaves the call out.
static inline __attribute__((always_inline)) void trt_task_fetch_frame(const tmlrt_task* task) {
    for (size_t line = 0; line < TRT_PREFETCH_LINES; line++) {
        __builtin_prefetch((const char*)(task + 1) + TRT_TASK_LINE * line, 1);
    }
}
/// trt_task_fetch asks for the lines of a task that runs soon: its header's first and the frame's.
/// Shape: task: may be NULL.
static inline __attribute__((always_inline)) void trt_task_fetch(const tmlrt_task* task) {
    if (task != NULL) {
        __builtin_prefetch(task, 1);
        trt_task_fetch_frame(task);
    }
}
/// trt_near_fetch asks for what a task looks at first (trt_leaf_near), and for what leads there,
/// which is in front of it.   Shape: near: NULL and what is there no more are allowed.
static inline __attribute__((always_inline)) void trt_near_fetch(const void* near) {
    __builtin_prefetch((const void*)((uintptr_t)near - TRT_NEAR_BEFORE));
    __builtin_prefetch((const void*)((uintptr_t)near + TRT_NEAR_SIZE));
}

static inline void* trt_task_frame(tmlrt_task* task) {
    return (char*)task + task->frame_offset;
}
static inline void* trt_task_output(tmlrt_task* task) {
    return (char*)task + task->out_offset;
}

#endif
