// SPDX-License-Identifier: Apache-2.0
#include "tests/support/waker.h"

static void counting_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    trt_atomic_add(&((test_waker*)waker->data)->refs, 1, TRT_RELAXED);
    *out = *waker;
}

static void counting_drop(void* data) {
    trt_atomic_sub(&((test_waker*)data)->refs, 1, TRT_ACQ_REL);
}

static void counting_wake_by_ref(void* data) {
    trt_atomic_add(&((test_waker*)data)->wakes, 1, TRT_ACQ_REL);
}

static void counting_wake(void* data) {
    counting_wake_by_ref(data);
    counting_drop(data);
}

static const tmlrt_waker_vtable s_vtable = {counting_clone, counting_wake, counting_wake_by_ref,
                                            counting_drop};

tmlrt_context* test_waker_context(test_waker* w) {
    w->waker = (tmlrt_waker){&s_vtable, w};
    w->context = (tmlrt_context){.waker = &w->waker, .budget = TMLRT_BUDGET};
    return &w->context;
}

uint32_t test_waker_wakes(test_waker* w) {
    return trt_atomic_load(&w->wakes, TRT_ACQUIRE_ORDER);
}

uint32_t test_waker_refs(test_waker* w) {
    return trt_atomic_load(&w->refs, TRT_ACQUIRE_ORDER);
}
