// SPDX-License-Identifier: Apache-2.0
// Random values of a record that has every kind of field, made from bytes: for what must survive
// being written as JSON and read again.
#ifndef TESTS_SUPPORT_DTO_VALUE_H
#define TESTS_SUPPORT_DTO_VALUE_H

#include "std/http/framework/value/value.h"

/// dto_bytes is where the randomness comes from; behind its end everything is 0.
typedef struct dto_bytes {
    const uint8_t *at, *end;
} dto_bytes;

enum { DTO_SIZE = 512 }; ///< room for a value of dto_type

/// dto_type is a struct with every kind of field, itself among them.
extern const tmlrt_meta_type dto_type;
/// dto_schemas are the schemas it is made of.
extern const tmlrt_meta_schema* const dto_schemas[2];

/// dto_make fills `place` (zeroed): strings in the arena, lists and texts libc's.
void dto_make(dto_bytes* bytes, trt_arena* arena, void* place);
/// dto_equal compares two values of a type, floats bit by bit.
bool dto_equal(const tmlrt_meta_type* type, const void* a, const void* b);
/// dto_survives writes a value, reads it, and compares values and a second writing; NULL when it
/// survives, else what happened.
const char* dto_survives(const trt_json_keys* keys, const void* value);

#endif
