// SPDX-License-Identifier: Apache-2.0
// Names of the program: a hash table of records by name and tag, and how far two spellings are
// apart.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_NAMES_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_NAMES_H

#include <tmlrt/abi/status.h>

#include "rt/base/arena.h"

/// trt_name_map finds records by a name and a tag; open addressing, all-zero is empty.
typedef struct trt_name_map {
    struct trt_name_entry* entries;
    uint32_t mask;
} trt_name_map;

/// trt_name_map_init makes room for `num` names in `arena`.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_name_map_init(trt_name_map* out, trt_arena* arena, uint32_t num);
/// trt_name_map_put keeps the first value of a name and tag; there must be room.
void trt_name_map_put(trt_name_map* map, const char* name, uint32_t tag, const void* value);
/// trt_name_map_get returns the value, NULL when there is none.
const void* trt_name_map_get(const trt_name_map* map, const char* name, uint32_t tag);
/// trt_name_distance returns how many letters differ, case apart; more than 64 for long names.
uint32_t trt_name_distance(const char* a, const char* b);

#endif
