// SPDX-License-Identifier: Apache-2.0
// Fuzz target: random values of a record with every kind of field, written as JSON and read again.
// The value must be the same, and be written to the same bytes.
#include "tests/support/dto_value.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    uint64_t value[DTO_SIZE / 8] = {0};
    trt_arena arena = {0};
    dto_bytes bytes = {data, data + size};
    dto_make(&bytes, &arena, value);
    const char* wrong = dto_survives(NULL, value);
    if (wrong != NULL) {
        fprintf(stderr, "%s\n", wrong);
        abort();
    }
    trt_value_free(&dto_type, value);
    trt_arena_fini(&arena);
    return 0;
}
