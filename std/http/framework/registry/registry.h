// SPDX-License-Identifier: Apache-2.0
// Registry: the records of all units of all images, checked, without duplicates, in order of
// (file, line); what has the same place keeps the order in which its unit lists it.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_REGISTRY_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_REGISTRY_H

#include <tmlrt/abi/functions.h>

#include "std/http/framework/registry/diag.h"

/// trt_record is one checked record with where it was declared.
typedef struct trt_record {
    const void* item; ///< tmlrt_meta_class, tmlrt_meta_route, ... by kind
    const char* file;
    const tmlrt_meta_unit* unit;
    uint32_t line, kind;
} trt_record;

/// trt_record_list is one kind's records.
typedef struct trt_record_list {
    trt_record* items;
    uint32_t num;
} trt_record_list;

typedef struct trt_registry {
    trt_record_list kinds[TMLRT_NUM_KINDS]; ///< into `records`
    trt_record* records;
    uint32_t cap_records;
    bool incomplete; ///< a record or unit was refused: what needs it would be reported again
} trt_registry;

/// trt_registry_init reads every image of the list. Wrong records are added to `diags` and left
/// out, so that one run finds the errors of the whole program.
/// Errors:  NOMEM - `out` is all-zero.
/// Owns:    the records stay the images'.   Thread: init.
/// Cost:    linear in the records (one sort when they are not in order); three allocations.
TMLRT_NODISCARD tmlrt_status trt_registry_init(trt_registry* out, const tmlrt_image* images,
                                               trt_diags* diags);
/// trt_registry_fini frees the list, not the records; all-zero is fine.
void trt_registry_fini(trt_registry* registry);

/// trt_registry_find returns the record of that kind and name (class, provider token, schema,
/// module), NULL when there is none.   Cost: linear; the dependency graph keeps its own index.
const trt_record* trt_registry_find(const trt_registry* registry, uint32_t kind, const char* name);

/// trt_record_at describes a record for an error message.
trt_diag_at trt_record_at(const trt_record* record);

/// trt_meta_at returns item `index` of a table (checked against `count` by the caller).
static inline const void* trt_meta_at(const tmlrt_meta_table* table, uint32_t index) {
    return (const char*)table->items + (size_t)index * table->stride;
}

#endif
