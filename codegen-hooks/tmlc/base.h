// SPDX-License-Identifier: Apache-2.0
// tmlc, the reference front end: what every stage stands on: an arena, growable lists in it,
// interned names, and spans of source text.
//
// One compilation is one tmlc_arena: nothing is freed alone, all of it at the end. A name is
// interned: equal names are the same pointer. Threading: one thread per compilation.
#ifndef TMLC_BASE_H
#define TMLC_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tmlc_chunk tmlc_chunk;

/// tmlc_arena is all memory of one compilation. All-zero is empty.
typedef struct tmlc_arena {
    tmlc_chunk* chunk;
} tmlc_arena;

/// tmlc_alloc returns `size` zeroed bytes aligned for anything. Without memory the process ends
/// with a message: a compiler has nothing better to do. Ends: with tmlc_arena_fini.
void* tmlc_alloc(tmlc_arena* arena, size_t size);

/// tmlc_arena_fini frees everything.
void tmlc_arena_fini(tmlc_arena* arena);

/// tmlc_format is printf into the arena.
char* tmlc_format(tmlc_arena* arena, const char* format, ...) __attribute__((format(printf, 2, 3)));

/// tmlc_grow is what TMLC_PUSH calls: a copy of the items with room for one more at least.
void* tmlc_grow(tmlc_arena* arena, void* items, uint32_t len, uint32_t* cap, size_t size);

#define TMLC_NEW(arena, type) ((type*)tmlc_alloc((arena), sizeof(type)))

/// TMLC_LIST(T) is a growable array of T in an arena; all-zero is empty.
#define TMLC_LIST(T)                                                                               \
    struct {                                                                                       \
        T* items;                                                                                  \
        uint32_t len, cap;                                                                         \
    }
#define TMLC_PUSH(arena, list, value)                                                              \
    do {                                                                                           \
        if ((list)->len == (list)->cap) {                                                          \
            (list)->items = tmlc_grow((arena), (list)->items, (list)->len, &(list)->cap,           \
                                      sizeof(list)->items[0]);                                     \
        }                                                                                          \
        (list)->items[(list)->len++] = (value);                                                    \
    } while (0)

/// tmlc_names is the table of interned names. All-zero is empty.
typedef struct tmlc_names {
    tmlc_arena* arena;
    const char** slots;
    uint32_t num, cap;
} tmlc_names;

/// tmlc_intern returns the one pointer of the name `text[0..len)`, NUL-terminated.
const char* tmlc_intern(tmlc_names* names, const char* text, size_t len);

/// tmlc_span is a piece of a source file: bytes [start, end) of file number `file`.
typedef struct tmlc_span {
    uint32_t start, end;
    uint32_t file;
} tmlc_span;

/// tmlc_span_join returns the span from the start of `a` to the end of `b`.
static inline tmlc_span tmlc_span_join(tmlc_span a, tmlc_span b) {
    return (tmlc_span){a.start, b.end > a.end ? b.end : a.end, a.file};
}

#endif
