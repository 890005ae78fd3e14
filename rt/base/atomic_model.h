// SPDX-License-Identifier: Apache-2.0
// The atomics of the model build (-DTRT_MODEL): every access calls the weak-memory explorer, with
// the place and the orders that the source wrote. Included by rt/base/atomic.h only; what stands
// behind these functions is tests/model/explore (docs/design/model.md).
#ifndef TRT_BASE_ATOMIC_MODEL_H
#define TRT_BASE_ATOMIC_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t v;
} trt_atomic_u32;
typedef struct {
    uint64_t v;
} trt_atomic_u64;
typedef struct {
    void* v;
} trt_atomic_ptr;

enum {
    TRT_MODEL_LOAD,
    TRT_MODEL_STORE,
    TRT_MODEL_XCHG,
    TRT_MODEL_ADD,
    TRT_MODEL_SUB,
    TRT_MODEL_OR,
    TRT_MODEL_AND,
    TRT_MODEL_CAS,
};

/// trt_model_site is one access as the source has it; the explorer may weaken `order` and `fail`.
typedef struct trt_model_site {
    const char* file;
    const char* object; ///< the expression that names the location
    int line, kind;
    int order, fail;
    bool known; ///< the explorer has seen it
} trt_model_site;

/// trt_model_load, trt_model_store, trt_model_rmw and trt_model_cas are one step of the calling
/// model thread each. `loc` has `size` bytes; values are zero-extended.
uint64_t trt_model_load(const void* loc, unsigned size, trt_model_site* site);
void trt_model_store(void* loc, unsigned size, uint64_t value, trt_model_site* site);
uint64_t trt_model_rmw(void* loc, unsigned size, uint64_t operand, trt_model_site* site);
bool trt_model_cas(void* loc, unsigned size, void* expected, uint64_t desired,
                   trt_model_site* site);
/// trt_model_init is the plain store that makes a location.
void trt_model_init(void* loc, unsigned size, uint64_t value);

#define TRT_MODEL_SITE(a, kind_, order_, fail_)                                                    \
    ({                                                                                             \
        static trt_model_site site_ = {__FILE__, #a, __LINE__, (kind_), (order_), (fail_), false}; \
        &site_;                                                                                    \
    })
#define TRT_MODEL_BITS(x) ((uint64_t)(uintptr_t)(x))
#define TRT_MODEL_RMW(a, x, kind, order)                                                           \
    ((__typeof__((a)->v))trt_model_rmw(&(a)->v, sizeof((a)->v), TRT_MODEL_BITS(x),                 \
                                       TRT_MODEL_SITE(a, kind, order, order)))

#define trt_atomic_init(a, x) trt_model_init(&(a)->v, sizeof((a)->v), TRT_MODEL_BITS(x))
#define trt_atomic_load(a, order)                                                                  \
    ((__typeof__((a)->v))trt_model_load(&(a)->v, sizeof((a)->v),                                   \
                                        TRT_MODEL_SITE(a, TRT_MODEL_LOAD, order, order)))
#define trt_atomic_store(a, x, order)                                                              \
    trt_model_store(&(a)->v, sizeof((a)->v), TRT_MODEL_BITS(x),                                    \
                    TRT_MODEL_SITE(a, TRT_MODEL_STORE, order, order))
#define trt_atomic_xchg(a, x, order) TRT_MODEL_RMW(a, x, TRT_MODEL_XCHG, order)
#define trt_atomic_add(a, x, order)  TRT_MODEL_RMW(a, x, TRT_MODEL_ADD, order)
#define trt_atomic_sub(a, x, order)  TRT_MODEL_RMW(a, x, TRT_MODEL_SUB, order)
#define trt_atomic_or(a, x, order)   TRT_MODEL_RMW(a, x, TRT_MODEL_OR, order)
#define trt_atomic_and(a, x, order)  TRT_MODEL_RMW(a, x, TRT_MODEL_AND, order)
#define trt_atomic_cas(a, expected, desired, ok, fail)                                             \
    trt_model_cas(&(a)->v, sizeof((a)->v), (expected), TRT_MODEL_BITS(desired),                    \
                  TRT_MODEL_SITE(a, TRT_MODEL_CAS, ok, fail))
#define trt_atomic_cas_weak trt_atomic_cas

#endif
