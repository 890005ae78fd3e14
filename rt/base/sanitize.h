// SPDX-License-Identifier: Apache-2.0
// Whether this is a build with an address, thread or memory sanitizer: they follow the C library's
// functions, not what goes around it. TRT_TSAN: the thread sanitizer's alone.
#ifndef TRT_BASE_SANITIZE_H
#define TRT_BASE_SANITIZE_H

#define TRT_SANITIZED 0
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#undef TRT_SANITIZED
#define TRT_SANITIZED 1
#endif
#if __has_feature(thread_sanitizer)
#define TRT_TSAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef TRT_SANITIZED
#define TRT_SANITIZED 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(TRT_TSAN)
#define TRT_TSAN 1
#elif !defined(TRT_TSAN)
#define TRT_TSAN 0
#endif

#endif
