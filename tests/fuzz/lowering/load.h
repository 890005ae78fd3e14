// SPDX-License-Identifier: Apache-2.0
// A loader of x86-64 ELF objects into this process: a few microseconds per object, where a linker
// takes milliseconds. Position-independent objects only; undefined symbols come from the objects
// loaded before and from world_symbol.
#ifndef TESTS_FUZZ_LOWERING_LOAD_H
#define TESTS_FUZZ_LOWERING_LOAD_H

#include <stdbool.h>
#include <stddef.h>

/// load_init reserves the code memory, once per process. Returns false without memory.
bool load_init(void);
/// load_reset forgets all loaded objects.
void load_reset(void);
/// load_objects places and relocates `n` objects that may refer to each other. Returns NULL, or
/// what is wrong (static or until the next call).
const char* load_objects(const char* const* objects, const size_t* sizes, size_t n);
/// load_symbol returns the address of a global of the objects of the last load_objects; NULL if
/// none.
void* load_symbol(const char* name);

#endif
