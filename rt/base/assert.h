// SPDX-License-Identifier: Apache-2.0
// Assertions: TRT_ASSERT for debug builds, TRT_CHECK always (memory safety, ABI misuse).
// Never for what a peer, a user or the operating system can cause: that is a status.
#ifndef TRT_BASE_ASSERT_H
#define TRT_BASE_ASSERT_H

#include <tmlrt/abi/base.h>

/// trt_check_failed prints what failed and where, then aborts. Thread: any.
TMLRT_NORETURN void trt_check_failed(const char* expr, const char* file, int line);

#define TRT_CHECK(expr)                                                                            \
    (__builtin_expect(!!(expr), 1) ? (void)0 : trt_check_failed(#expr, __FILE__, __LINE__))

#ifdef NDEBUG
#define TRT_ASSERT(expr) ((void)sizeof(!!(expr)))
#else
#define TRT_ASSERT(expr) TRT_CHECK(expr)
#endif

/// TRT_TRY returns the status of `expr` from the calling function unless it is 0.
#define TRT_TRY(expr)                                                                              \
    do {                                                                                           \
        tmlrt_status try_status_ = (expr);                                                         \
        if (try_status_ != TMLRT_OK) {                                                             \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

#define TRT_LIKELY(x)   __builtin_expect(!!(x), 1)
#define TRT_UNLIKELY(x) __builtin_expect(!!(x), 0)

/// TRT_CONTAINER_OF gives the struct that holds `member` at `ptr`.
#define TRT_CONTAINER_OF(ptr, type, member) ((type*)((char*)(ptr) - offsetof(type, member)))
#define TRT_ARRAY_LEN(a)                    (sizeof(a) / sizeof((a)[0]))

#endif
