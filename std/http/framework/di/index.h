// SPDX-License-Identifier: Apache-2.0
// A hash table from names to indices.
#ifndef TRT_HTTP_FRAMEWORK_DI_INDEX_H
#define TRT_HTTP_FRAMEWORK_DI_INDEX_H

#include <tmlrt/abi/status.h>

#include <stddef.h>

/// trt_di_entry is one name, borrowed; NULL: a free place.
typedef struct trt_di_entry {
    const char* name;
    uint32_t value;
    uint32_t hash; ///< of the name: most others are told apart without reading it
} trt_di_entry;

/// trt_di_index is open addressing, at most half full; all-zero is empty.
typedef struct trt_di_index {
    trt_di_entry* entries;
    uint32_t mask, num;
} trt_di_index;

/// trt_di_index_init makes room for `num` names.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_di_index_init(trt_di_index* out, uint32_t num);
/// trt_di_index_put returns where the value of `name` lies, UINT32_MAX when the name is new.
uint32_t* trt_di_index_put(trt_di_index* index, const char* name);
/// trt_di_index_get returns the value of `name`, UINT32_MAX when it is not there.
uint32_t trt_di_index_get(const trt_di_index* index, const char* name);
/// trt_di_index_fini frees the table, not the names.
void trt_di_index_fini(trt_di_index* index);

#endif
