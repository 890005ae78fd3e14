// SPDX-License-Identifier: Apache-2.0
// Copies of what is mostly a few words: arguments, outputs, values of channels.
#ifndef TRT_BASE_COPY_H
#define TRT_BASE_COPY_H

#include <stdint.h>
#include <string.h>

/// trt_copy_word copies the word at `at`.
static inline void trt_copy_word(void* to, const void* from, uint64_t at) {
    uint64_t word;
    memcpy(&word, (const char*)from + at, sizeof(word));
    memcpy((char*)to + at, &word, sizeof(word));
}

/// trt_copy_more is trt_copy_short of what is neither 0 nor one to four words.
void trt_copy_more(void* to, const void* from, uint64_t len);

/// trt_copy_short is memcpy for up to five words. It copies word by word: what is copied was mostly
/// written word by word just before, and a wider load would wait until all of those stores have
/// reached the cache.
static inline void trt_copy_short(void* to, const void* from, uint64_t len) {
    if (len == 8) {
        trt_copy_word(to, from, 0);
        return;
    }
    __asm__ volatile("" ::: "memory"); // one word is not made a case of a jump table
    if (len == 16) {
        trt_copy_word(to, from, 8);
        trt_copy_word(to, from, 0);
    } else if (len == 24 || len == 32) {
        trt_copy_word(to, from, len - 8);
        trt_copy_word(to, from, 8);
        trt_copy_word(to, from, len - 16);
        trt_copy_word(to, from, 0);
    } else if (len != 0) {
        trt_copy_more(to, from, len);
    }
}

/// trt_copy_tagged is trt_copy_short of a value that was written just before and is read later. The
/// first of two words is mostly a tag, of which only half was written: it is copied as two halves,
/// for the same reason. The compiler is kept from making one of them.
static inline void trt_copy_tagged(void* to, const void* from, uint64_t len) {
    if (len != 16) {
        trt_copy_short(to, from, len);
        return;
    }
    uint32_t half;
    trt_copy_word(to, from, 8);
    memcpy(&half, from, sizeof(half));
    memcpy(to, &half, sizeof(half));
    __asm__ volatile("" ::: "memory");
    memcpy(&half, (const char*)from + sizeof(half), sizeof(half));
    memcpy((char*)to + sizeof(half), &half, sizeof(half));
}

#endif
