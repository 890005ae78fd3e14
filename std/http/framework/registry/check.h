// SPDX-License-Identifier: Apache-2.0
// Checks of one metadata record against what version 1 promises. Private to the registry.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_CHECK_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_CHECK_H

#include "std/http/framework/registry/registry.h"

/// trt_schema_set remembers which schemas were checked: each is reached from many types.
typedef struct trt_schema_set {
    const tmlrt_meta_schema** items; ///< open addressing, power of two
    uint32_t num, cap;
} trt_schema_set;

enum {
    TRT_CHECK_TYPES = 32,          ///< remembered; a power of two
    TRT_CHECK_MAX_ITEMS = 1 << 20, ///< of one table
};

typedef struct trt_check {
    trt_diags* diags;
    const tmlrt_meta_unit* unit;
    trt_diag_at at; ///< the record being checked
    trt_schema_set schemas;
    uint32_t depth;                                ///< of types inside types
    const tmlrt_meta_type* types[TRT_CHECK_TYPES]; ///< right ones, by address: slots share them
    bool ok, nomem;
} trt_check;

/// trt_check_fail adds META_MALFORMED about the current record.
void trt_check_fail(trt_check* check, const char* format, ...)
    __attribute__((format(printf, 2, 3)));
/// trt_check_unit checks the head of a unit; the tables of a bad one are not read.
bool trt_check_unit(trt_check* check, const tmlrt_meta_unit* unit);
/// trt_check_refuse_table says what is wrong with a table; returns false.
bool trt_check_refuse_table(trt_check* check, const tmlrt_meta_table* table, size_t size,
                            size_t align, const char* what);
/// trt_check_refuse_loc says that a position names a file the unit does not have; returns false.
bool trt_check_refuse_loc(trt_check* check, const tmlrt_meta_loc* loc, const char* owner);

/// trt_check_table checks one table's bounds. `what` names it in the message.
static inline bool trt_check_table(trt_check* check, const tmlrt_meta_table* table, size_t size,
                                   size_t align, const char* what) {
    bool right =
        table->count == 0 ||
        (table->count <= TRT_CHECK_MAX_ITEMS && table->items != NULL && table->stride >= size &&
         (((uintptr_t)table->items | table->stride) & (align - 1)) == 0);
    return right || trt_check_refuse_table(check, table, size, align, what);
}

/// trt_check_loc checks a position's file index; `owner` names the part of the record.
static inline bool trt_check_loc(trt_check* check, const tmlrt_meta_loc* loc, const char* owner) {
    bool right = loc->file < check->unit->files.count || (loc->file == 0 && loc->line == 0);
    return right || trt_check_refuse_loc(check, loc, owner);
}

/// trt_check_decos checks a table of decorators.
void trt_check_decos(trt_check* check, const tmlrt_meta_table* table);
/// trt_check_type_anew checks a type and everything it refers to; `owner` names what has it.
bool trt_check_type_anew(trt_check* check, const tmlrt_meta_type* type, const char* owner);

/// trt_check_type is trt_check_type_anew for types that were not found right a moment ago.
static inline bool trt_check_type(trt_check* check, const tmlrt_meta_type* type,
                                  const char* owner) {
    if (check->depth != 0) { // how deep a type may nest depends on where it is used
        return trt_check_type_anew(check, type, owner);
    }
    const tmlrt_meta_type** right = &check->types[(uintptr_t)type / 16 % TRT_CHECK_TYPES];
    if (type != NULL && *right == type) {
        return true;
    }
    if (!trt_check_type_anew(check, type, owner)) {
        return false;
    }
    *right = type;
    return true;
}

/// trt_check_slots checks a table of slots that lie in `size` bytes, the first `from` of them
/// taken.
void trt_check_slots(trt_check* check, const tmlrt_meta_table* table, const char* what,
                     uint32_t from, uint32_t size);
/// trt_check_schema checks a schema once; later calls with the same address do nothing.
void trt_check_schema(trt_check* check, const tmlrt_meta_schema* schema);
/// trt_check_desc checks a thunk's or a make's descriptor.
bool trt_check_desc(trt_check* check, const tmlrt_future_desc* desc, const char* what);
/// trt_check_record checks one record of `kind`; false when it was reported and is to be left out.
bool trt_check_record(trt_check* check, uint32_t kind, const void* item);
/// trt_check_fini frees the memory of a check.
void trt_check_fini(trt_check* check);

/// trt_role_word returns the word of a stage's role, NULL for an unknown one.
const char* trt_role_word(uint32_t role);
/// trt_type_equal returns whether two types hold the same values in the same bytes.
bool trt_type_equal(const tmlrt_meta_type* a, const tmlrt_meta_type* b);

/// trt_record_size and trt_record_align are version 1's.
size_t trt_record_size(uint32_t kind);
size_t trt_record_align(uint32_t kind);
/// trt_record_loc returns the position in a record of `kind`.
const tmlrt_meta_loc* trt_record_loc(uint32_t kind, const void* item);
/// trt_record_second_name returns the second of them, NULL when there is none.
const char* trt_record_second_name(uint32_t kind, const void* item);
/// trt_record_names writes the strings that name a record (NULL-padded); returns the kind's word.
const char* trt_record_names(uint32_t kind, const void* item, const char* out_names[4]);
/// trt_record_equal compares two records by content, functions by address.
bool trt_record_equal(uint32_t kind, const void* a, const void* b);

#endif
