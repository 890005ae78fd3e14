// SPDX-License-Identifier: Apache-2.0
// The two ways to take many items at once; deque.h has the protocol and the pairs by letter.
#include "rt/exec/deque.h"

#include "rt/base/assert.h"

_Static_assert((TRT_DEQUE_CAP & (TRT_DEQUE_CAP - 1)) == 0 && TRT_DEQUE_CAP >= 2, "power of two");

bool trt_deque_take_half(trt_deque* deque, void** out_items) {
    uint64_t tail = trt_atomic_load(&deque->tail, TRT_RELAXED);
    uint64_t head = tail - TRT_DEQUE_CAP; // what it must still be
    for (uint64_t i = 0; i < TRT_DEQUE_HALF; i++) {
        out_items[i] = trt_atomic_load(trt_deque_slot(deque, head + i), TRT_RELAXED);
    }
    return trt_atomic_cas(&deque->head, &head, head + TRT_DEQUE_HALF, TRT_RELAXED, TRT_RELAXED);
}

// Copies items first..first+num-1 of `from` behind the tail of `own`, where nobody looks yet.
static void copy(trt_deque* from, uint64_t first, uint64_t num, trt_deque* own, uint64_t own_tail) {
    for (uint64_t i = 0; i < num; i++) {
        void* item = trt_atomic_load(trt_deque_slot(from, first + i), TRT_RELAXED);
        trt_atomic_store(trt_deque_slot(own, own_tail + i), item, TRT_RELAXED);
    }
}

void* trt_deque_steal(trt_deque* from, trt_deque* own) {
    uint64_t own_tail = trt_atomic_load(&own->tail, TRT_RELAXED);
    uint64_t own_head = trt_atomic_load(&own->head, TRT_ACQUIRE_ORDER); // S: its thieves are done
    TRT_CHECK(own_tail - own_head <= TRT_DEQUE_HALF);
    uint64_t head = trt_atomic_load(&from->head, TRT_RELAXED);
    for (;;) {
        uint64_t tail = trt_atomic_load(&from->tail, TRT_ACQUIRE_ORDER); // P
        uint64_t len = tail - head;
        if (len == 0) {
            return NULL;
        }
        if (len > TRT_DEQUE_CAP) { // the two are not of one moment
            head = trt_atomic_load(&from->head, TRT_RELAXED);
            continue;
        }
        uint64_t num = len - len / 2;
        void* oldest = trt_atomic_load(trt_deque_slot(from, head), TRT_RELAXED);
        copy(from, head + 1, num - 1, own, own_tail);
        if (!trt_atomic_cas(&from->head, &head, head + num, TRT_RELEASE_ORDER, TRT_RELAXED)) { // S
            continue;
        }
        if (num > 1) {
            trt_atomic_store(&own->tail, own_tail + num - 1, TRT_RELEASE_ORDER); // P
        }
        return oldest;
    }
}
