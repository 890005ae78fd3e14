// SPDX-License-Identifier: Apache-2.0
// Context and arena: what compiled code is handed at every poll.
#ifndef TMLRT_ABI_CONTEXT_H
#define TMLRT_ABI_CONTEXT_H

#include <tmlrt/abi/waker.h>

/// tmlrt_arena is a stack of child frames for one await chain (recursion, unknown frame sizes).
/// The three leading fields are frozen: compiled code pushes inline,
///     p = align_up(cur, align); if (p + size <= end) cur = p + size; else p =
///     tmlrt_arena_grow(...)
/// and pops inline: if (base <= p && p < end) cur = p; else tmlrt_arena_pop(arena, p).
/// An all-zero arena is valid and empty. A chain is polled by one thread at a time; join, select
/// and race give every branch an arena of its own (a LIFO cannot serve two suspended children).
typedef struct tmlrt_arena {
    char* cur;
    char* end;
    char* base;
    void* slabs;    ///< the runtime's: newest slab first
    void* reserved; ///< the runtime's
} tmlrt_arena;

/// tmlrt_context is valid during one poll, on one thread. Leading fields are frozen, more may
/// follow. In block_on outside the runtime `task` is NULL; arena and waker are always set.
typedef struct tmlrt_context {
    tmlrt_arena* arena;
    const tmlrt_waker* waker; ///< borrowed for this poll
    void* task;               ///< opaque to compiled code
    uint32_t budget;          ///< operations left before the chain should yield
    uint32_t flags;           ///< TMLRT_CX_*
} tmlrt_context;

/// TMLRT_BUDGET is what a task's context starts a poll with: leaf operations and loop checks spend
/// it.
#define TMLRT_BUDGET 128u

#endif
