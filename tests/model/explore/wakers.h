// SPDX-License-Identifier: Apache-2.0
// Wakers that count. Compiled without instrumentation; a wake is one step that releases, a wait one
// that acquires.
#ifndef TESTS_MODEL_EXPLORE_WAKERS_H
#define TESTS_MODEL_EXPLORE_WAKERS_H

#include <tmlrt/abi/waker.h>

#include <stdbool.h>

/// rig_waker is what a model hands out as a waker: it counts its clones and how often it was woken.
typedef struct rig_waker {
    int live, woken;
} rig_waker;

/// rig_waker_of is a borrowed waker over `self`.
tmlrt_waker rig_waker_of(rig_waker* self);
/// rig_wait blocks until `self` was woken and takes that.
void rig_wait(rig_waker* self);
/// rig_waker_woken tells whether `self` was woken and not yet waited for.
bool rig_waker_woken(const rig_waker* self);

#endif
