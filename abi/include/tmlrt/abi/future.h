// SPDX-License-Identifier: Apache-2.0
// Frames and future descriptors: what an async function looks like to whoever polls it.
//
// An async function @f becomes a frame layout and these symbols (docs/abi/lowering.md tells the
// whole):
//   f.future                        the descriptor below
//   f$start$<size>$<align>$<hash>   state 0 with arguments in registers
//   f.resume  f.poll  f.drop        the other three entries
#ifndef TMLRT_ABI_FUTURE_H
#define TMLRT_ABI_FUTURE_H

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>

/// States of a frame; 1 .. num_states-1 are suspended at that await.
enum {
    TMLRT_FRAME_UNSTARTED = 0,
};
#define TMLRT_FRAME_POISONED 0xFFFFFFFEu ///< a poll is running, or ended in a panic
#define TMLRT_FRAME_DONE     0xFFFFFFFFu ///< completed, dropped or moved away

/// tmlrt_frame is the head of every frame. Arguments of an unstarted future follow at offset 8,
/// each at its natural alignment in the target's data layout; slots overlay them once it has
/// started. A started frame never moves; an unstarted one may be copied.
typedef struct tmlrt_frame {
    uint32_t state;
    uint32_t reserved;
} tmlrt_frame;

/// Flags of a descriptor.
enum {
    TMLRT_FUTURE_LEAF = 1u << 0,  ///< written in C: has poll and drop, no start or resume
    TMLRT_FUTURE_START = 1u << 1, ///< `start` is there, since minor version 1
};

/// tmlrt_started is what a start in registers returns, `{i32, T}` in IR. The low bytes of `value`
/// are the output when the status is READY, as many as it has.
typedef struct tmlrt_started {
    tmlrt_poll status;
    uint64_t value;
} tmlrt_started;

/// tmlrt_future_desc describes one async function or C leaf. Static, constant, never freed.
typedef struct tmlrt_future_desc {
    uint32_t abi;   ///< TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR
    uint32_t flags; ///< TMLRT_FUTURE_*
    /// poll runs one step; `out` (out_size bytes) is written only when READY is returned.
    /// Polling a DONE or POISONED frame is a diagnosed abort.
    tmlrt_poll (*poll)(void* frame, tmlrt_context* cx, void* out);
    /// drop may be called in any state: unstarted (drops the arguments), suspended (drops the
    /// awaited child, then runs the compiler's cleanup), done or poisoned (nothing). Leaves the
    /// frame DONE.
    void (*drop)(void* frame);
    /// drop_output destroys an output nobody read; NULL when there is nothing to do.
    void (*drop_output)(void* out);
    uint64_t frame_size, frame_align; ///< bytes; frame_align is a power of two
    uint64_t out_size, out_align;     ///< bytes; out_align is 1 when out_size is 0
    const char* name;                 ///< source name, never NULL
    const char* file;                 ///< NULL without debug info
    uint32_t line;
    uint32_t num_states;         ///< suspension points + 1
    const uint32_t* state_lines; ///< num_states lines, [0] the function's; NULL without debug info
    /// start, of thunks whose output is one integer or pointer of at most 8 bytes: state 0, the
    /// argument and the output in registers. The frame is not looked at before, and written only
    /// when PENDING is returned: from then on it is poll's. With TMLRT_FUTURE_START.
    tmlrt_started (*start)(void* frame, tmlrt_context* cx, void* arg);
} tmlrt_future_desc;

/// tmlrt_future is a future as a pair, the data half of `dyn Future`.
typedef struct tmlrt_future {
    void* frame;
    const tmlrt_future_desc* desc;
} tmlrt_future;

/// TMLRT_LEAF_SIZE and TMLRT_LEAF_ALIGN are the storage a compiled frame reserves for a leaf future
/// written in C (`[TMLRT_LEAF_SIZE x i8]`, aligned): every leaf of the runtime fits, now and later.
#define TMLRT_LEAF_SIZE  192
#define TMLRT_LEAF_ALIGN 16

#endif
