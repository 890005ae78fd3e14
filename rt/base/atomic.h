// SPDX-License-Identifier: Apache-2.0
// The one atomics header: every atomic access of rt/ goes through here, with its order written out,
// so that a model build (TRT_MODEL, docs/design/model.md) can put an explorer behind it. No bare
// fences (TSan does not model them).
#ifndef TRT_BASE_ATOMIC_H
#define TRT_BASE_ATOMIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TRT_RELAXED       memory_order_relaxed
#define TRT_ACQUIRE_ORDER memory_order_acquire
#define TRT_RELEASE_ORDER memory_order_release
#define TRT_ACQ_REL       memory_order_acq_rel
#define TRT_SEQ_CST       memory_order_seq_cst

#ifdef TRT_MODEL
#include "rt/base/atomic_model.h"
#else

typedef struct {
    _Atomic uint32_t v;
} trt_atomic_u32;
typedef struct {
    _Atomic uint64_t v;
} trt_atomic_u64;
typedef struct {
    _Atomic(void*) v;
} trt_atomic_ptr;

#define trt_atomic_init(a, x)         atomic_init(&(a)->v, (x))
#define trt_atomic_load(a, order)     atomic_load_explicit(&(a)->v, (order))
#define trt_atomic_store(a, x, order) atomic_store_explicit(&(a)->v, (x), (order))
#define trt_atomic_xchg(a, x, order)  atomic_exchange_explicit(&(a)->v, (x), (order))
#define trt_atomic_add(a, x, order)   atomic_fetch_add_explicit(&(a)->v, (x), (order))
#define trt_atomic_sub(a, x, order)   atomic_fetch_sub_explicit(&(a)->v, (x), (order))
#define trt_atomic_or(a, x, order)    atomic_fetch_or_explicit(&(a)->v, (x), (order))
#define trt_atomic_and(a, x, order)   atomic_fetch_and_explicit(&(a)->v, (x), (order))
/// trt_atomic_cas replaces *expected by desired; on failure writes what it saw to *expected.
#define trt_atomic_cas(a, expected, desired, ok, fail)                                             \
    atomic_compare_exchange_strong_explicit(&(a)->v, (expected), (desired), (ok), (fail))
#define trt_atomic_cas_weak(a, expected, desired, ok, fail)                                        \
    atomic_compare_exchange_weak_explicit(&(a)->v, (expected), (desired), (ok), (fail))

#endif
#endif
