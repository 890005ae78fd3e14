// SPDX-License-Identifier: Apache-2.0
// Waker: how a leaf future tells the executor that its task can make progress.
#ifndef TMLRT_ABI_WAKER_H
#define TMLRT_ABI_WAKER_H

#include <tmlrt/abi/base.h>

typedef struct tmlrt_waker tmlrt_waker;

/// tmlrt_waker_vtable holds the four operations of a waker.
/// Thread: any, for all four; never from a signal handler. After the task completed they are
/// no-ops.
typedef struct tmlrt_waker_vtable {
    void (*clone)(const tmlrt_waker* waker,
                  tmlrt_waker* out_waker); ///< *out_waker owns a reference
    void (*wake)(void* data);              ///< wakes and consumes
    void (*wake_by_ref)(void* data);       ///< wakes, keeps the reference
    void (*drop)(void* data);              ///< gives the reference back
} tmlrt_waker_vtable;

/// tmlrt_waker is a counted reference to something that can be woken; all-zero means none.
/// The one in a tmlrt_context is borrowed for that poll: clone it to keep it.
struct tmlrt_waker {
    const tmlrt_waker_vtable* vtable;
    void* data;
};

#endif
