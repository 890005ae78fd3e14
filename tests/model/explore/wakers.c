// SPDX-License-Identifier: Apache-2.0
// wakers.h: counted wakers over a model's own memory.
#include "tests/model/explore/wakers.h"

#include "tests/model/explore/model.h"

static void waker_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    ((rig_waker*)waker->data)->live++;
    *out_waker = *waker;
}

static void waker_wake_by_ref(void* data) {
    model_post();
    ((rig_waker*)data)->woken++;
}

static void waker_drop(void* data) {
    if (--((rig_waker*)data)->live < 0) {
        model_fail("a waker was given back twice");
    }
}

static void waker_wake(void* data) {
    waker_wake_by_ref(data);
    waker_drop(data);
}

static const tmlrt_waker_vtable s_waker_vtable = {
    .clone = waker_clone,
    .wake = waker_wake,
    .wake_by_ref = waker_wake_by_ref,
    .drop = waker_drop,
};

tmlrt_waker rig_waker_of(rig_waker* self) {
    return (tmlrt_waker){&s_waker_vtable, self};
}

static bool was_woken(void* arg) {
    return ((const rig_waker*)arg)->woken > 0;
}

void rig_wait(rig_waker* self) {
    model_await(was_woken, self);
    self->woken = 0;
}

bool rig_waker_woken(const rig_waker* self) {
    return self->woken > 0;
}
