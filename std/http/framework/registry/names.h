// SPDX-License-Identifier: Apache-2.0
// Names of the program: a hash table of records by name and tag.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_NAMES_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_NAMES_H

#include <tmlrt/abi/status.h>

#include "rt/base/arena.h"
#include "rt/base/bytes.h"

/// trt_name_hash mixes a name, eight bytes at a time; the last two reads may overlap. For tables
/// whose names the program chose.   Thread: any.
static inline uint32_t trt_name_hash(const char* name, uint32_t seed) {
    size_t len = strlen(name);
    uint64_t hash = seed ^ len, word = 0;
    if (len >= 8) {
        const char* last = name + len - 8;
        for (; name < last; name += 8) {
            hash = trt_bytes_mix(trt_bytes_load8(name) ^ hash, 0xA0761D6478BD642Fu);
        }
        word = trt_bytes_load8(last);
    } else if (len >= 4) {
        word = (uint64_t)trt_bytes_load4(name + len - 4) << 32 | trt_bytes_load4(name);
    } else if (len > 0) {
        word = (uint64_t)(unsigned char)name[0] << 16 |
               (uint64_t)(unsigned char)name[len >> 1] << 8 | (unsigned char)name[len - 1];
    }
    return (uint32_t)(trt_bytes_mix(word ^ 0x8EBC6AF09C88C6E3u, hash ^ 0x589965CC75374CC3u) >> 32);
}

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

#endif
