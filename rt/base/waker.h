// SPDX-License-Identifier: Apache-2.0
// Short forms over a waker. All-zero means none; every function copes with it.
#ifndef TRT_BASE_WAKER_H
#define TRT_BASE_WAKER_H

#include <tmlrt/abi/waker.h>

#include <stdbool.h>

/// trt_waker_clone writes a counted copy; *out_waker is overwritten, not dropped.
static inline void trt_waker_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    if (waker->vtable != NULL) {
        waker->vtable->clone(waker, out_waker);
    } else {
        *out_waker = *waker;
    }
}
/// trt_waker_same tells whether waking `a` wakes what `b` wakes (false negatives are possible).
static inline bool trt_waker_same(const tmlrt_waker* a, const tmlrt_waker* b) {
    return a->vtable == b->vtable && a->data == b->data;
}
/// trt_waker_wake_ref wakes and keeps the reference.
static inline void trt_waker_wake_ref(const tmlrt_waker* waker) {
    if (waker->vtable != NULL) {
        waker->vtable->wake_by_ref(waker->data);
    }
}
/// trt_waker_wake wakes, consumes the reference and leaves *waker empty.
static inline void trt_waker_wake(tmlrt_waker* waker) {
    tmlrt_waker taken = *waker;
    *waker = (tmlrt_waker){NULL, NULL};
    if (taken.vtable != NULL) {
        taken.vtable->wake(taken.data);
    }
}
/// trt_waker_drop gives the reference back and leaves *waker empty.
static inline void trt_waker_drop(tmlrt_waker* waker) {
    tmlrt_waker taken = *waker;
    *waker = (tmlrt_waker){NULL, NULL};
    if (taken.vtable != NULL) {
        taken.vtable->drop(taken.data);
    }
}

#endif
