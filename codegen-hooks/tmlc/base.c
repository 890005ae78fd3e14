// SPDX-License-Identifier: Apache-2.0
// The arena and the table of names. Chunks double; a large request gets a chunk of its own size.
// Names are found by open addressing over a power of two, at most half full.
#include "codegen-hooks/tmlc/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tmlc_chunk {
    tmlc_chunk* next;
    size_t used, size;
    _Alignas(16) unsigned char bytes[];
};

static void* need(void* memory) {
    if (memory == NULL) {
        fputs("tmlc: error: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void* tmlc_alloc(tmlc_arena* arena, size_t size) {
    size = (size + 15) & ~(size_t)15;
    tmlc_chunk* chunk = arena->chunk;
    if (chunk == NULL || chunk->size - chunk->used < size) {
        size_t room = chunk == NULL ? 16384 : chunk->size < (8U << 20) ? chunk->size * 2 : 8U << 20;
        room = room < size ? size : room;
        tmlc_chunk* next = need(malloc(sizeof *next + room));
        next->next = chunk;
        next->used = 0;
        next->size = room;
        arena->chunk = chunk = next;
    }
    void* memory = chunk->bytes + chunk->used;
    chunk->used += size;
    return memset(memory, 0, size);
}

void tmlc_arena_fini(tmlc_arena* arena) {
    while (arena->chunk != NULL) {
        tmlc_chunk* next = arena->chunk->next;
        free(arena->chunk);
        arena->chunk = next;
    }
}

char* tmlc_format(tmlc_arena* arena, const char* format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char* text = tmlc_alloc(arena, (size_t)(len < 0 ? 0 : len) + 1);
    vsnprintf(text, (size_t)(len < 0 ? 0 : len) + 1, format, again);
    va_end(args);
    va_end(again);
    return text;
}

void* tmlc_grow(tmlc_arena* arena, void* items, uint32_t len, uint32_t* cap, size_t size) {
    *cap = *cap == 0 ? 4 : *cap * 2;
    void* grown = tmlc_alloc(arena, *cap * size);
    if (len > 0) {
        memcpy(grown, items, len * size);
    }
    return grown;
}

static uint32_t hash(const char* text, size_t len) {
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ (unsigned char)text[i]) * 16777619U;
    }
    return h;
}

/// The slot of a name, or the empty one where it belongs.
static uint32_t find(const tmlc_names* names, const char* text, size_t len) {
    uint32_t at = hash(text, len) & (names->cap - 1);
    while (names->slots[at] != NULL &&
           (strncmp(names->slots[at], text, len) != 0 || names->slots[at][len] != '\0')) {
        at = (at + 1) & (names->cap - 1);
    }
    return at;
}

static void rehash(tmlc_names* names) {
    tmlc_names grown = {names->arena, NULL, names->num, names->cap == 0 ? 256 : names->cap * 2};
    grown.slots = tmlc_alloc(names->arena, grown.cap * sizeof *grown.slots);
    for (uint32_t i = 0; i < names->cap; i++) {
        if (names->slots[i] != NULL) {
            grown.slots[find(&grown, names->slots[i], strlen(names->slots[i]))] = names->slots[i];
        }
    }
    *names = grown;
}

const char* tmlc_intern(tmlc_names* names, const char* text, size_t len) {
    if (names->num * 2 >= names->cap) {
        rehash(names);
    }
    uint32_t at = find(names, text, len);
    if (names->slots[at] == NULL) {
        char* copy = tmlc_alloc(names->arena, len + 1);
        memcpy(copy, text, len);
        names->slots[at] = copy;
        names->num++;
    }
    return names->slots[at];
}
