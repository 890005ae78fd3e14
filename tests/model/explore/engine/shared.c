// SPDX-License-Identifier: Apache-2.0
// Which objects threads share: partial order reduction by what was seen so far. A step on an object
// that only one thread touches, or that nobody writes while threads run, commutes with every step
// of the others, so it needs no look at who could come first. The table is of the whole exploration
// of a case, not of one execution: when an object turns out to be shared after all, the exploration
// starts over with that knowledge. So in the exploration that counts, nothing was taken for private
// that was not.
#include "tests/model/explore/engine/engine.h"

#include <string.h>

enum { NUM_SLOTS = 4096 };

static struct {
    const void* at;
    uint8_t threads; ///< one bit each
    bool written;
} s_objects[NUM_SLOTS];
static unsigned s_used;

void shared_forget(void) {
    memset(s_objects, 0, sizeof(s_objects));
    s_used = 0;
}

bool is_shared(const void* at, bool write) {
    if (!g_engine.running) {
        return false;
    }
    uint64_t slot = ((uint64_t)(uintptr_t)at * 0x9E3779B97F4A7C15ull) >> 52;
    while (s_objects[slot].at != NULL && s_objects[slot].at != at) {
        slot = (slot + 1) % NUM_SLOTS;
    }
    if (s_objects[slot].at == NULL) {
        if (++s_used > NUM_SLOTS / 2) {
            model_fail("the model has too many objects");
        }
        s_objects[slot].at = at;
    }
    uint8_t threads = s_objects[slot].threads | (uint8_t)(1u << g_engine.me);
    bool written = s_objects[slot].written || write, more = (threads & (threads - 1)) != 0;
    bool was_shared =
        s_objects[slot].written && (s_objects[slot].threads & (s_objects[slot].threads - 1)) != 0;
    s_objects[slot].threads = threads;
    s_objects[slot].written = written;
    if (!was_shared && more && written) {
        end_execution(END_AGAIN);
    }
    return was_shared;
}

void step_on(const void* at, bool write) {
    if (is_shared(at, write)) {
        step_begin();
    }
}
