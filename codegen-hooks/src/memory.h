// SPDX-License-Identifier: Apache-2.0
// Where the hooks' own memory comes from: libc's heap, or what a test puts in its place. LLVM's
// memory is LLVM's: it ends the process when there is none.
#ifndef TCG_MEMORY_H
#define TCG_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/// tcg_resize returns `old` (or nothing, for NULL) with `size` bytes, not zeroed; NULL without
/// memory, `old` is as it was then.
void* tcg_resize(void* old, size_t size);
/// tcg_release frees a block of tcg_resize; takes NULL.
void tcg_release(void* block);
/// tcg_copy_text returns a copy of a text as a block, NULL without memory.
char* tcg_copy_text(const char* text);

/// tcg_memory is what tcg_resize (with size 0: tcg_release) asks instead of libc's heap.
typedef void* tcg_memory(void* state, void* old, size_t size);
/// tcg_memory_set puts `memory` in the place of libc's heap, NULL: libc's again. For tests; nothing
/// may be allocated at that time, and no other thread may be lowering.
void tcg_memory_set(tcg_memory* memory, void* state);
/// tcg_memory_is_set returns true while a test's memory is in place: the arena then makes every
/// allocation a block of its own, so that each can fail.
bool tcg_memory_is_set(void);

/// tcg_no_memory_message returns the message of a lowering that ran out of memory: always the same
/// one, not a block, because there is no memory for one.
char* tcg_no_memory_message(void);

#endif
