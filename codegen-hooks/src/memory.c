// SPDX-License-Identifier: Apache-2.0
// The one place of codegen-hooks that allocates. The seam is a function that tests set before they
// lower anything; in a compiler it is never set, so any number of threads may lower.
#include "codegen-hooks/src/memory.h"

#include <stdlib.h>
#include <string.h>

static tcg_memory* s_memory;
static void* s_state;

char* tcg_no_memory_message(void) {
    static char text[] = "out of memory";
    return text;
}

void tcg_memory_set(tcg_memory* memory, void* state) {
    s_memory = memory;
    s_state = state;
}

bool tcg_memory_is_set(void) {
    return s_memory != NULL;
}

void* tcg_resize(void* old, size_t size) {
    return s_memory != NULL ? s_memory(s_state, old, size) : realloc(old, size);
}

void tcg_release(void* block) {
    if (block == NULL) {
        return;
    }
    if (s_memory != NULL) {
        s_memory(s_state, block, 0);
    } else {
        free(block);
    }
}

char* tcg_copy_text(const char* text) {
    size_t size = strlen(text) + 1;
    char* copy = tcg_resize(NULL, size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}
