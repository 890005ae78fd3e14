// SPDX-License-Identifier: Apache-2.0
// Checks shared by all kinds of records: units, tables, positions, decorators, types, slots.
//
// Records are written by a compiler, possibly of another version, possibly a broken one. A check
// never follows a pointer that it has not tested for NULL and alignment, and never indexes past a
// count; that a non-NULL aligned pointer points to real memory is beyond any check from inside the
// process (`tmlcg dump` reads an object file as hostile bytes instead).
//
// Every failure is a message with the record's kind, name, file and line. The current record is
// `check->at`. One thread, at start.
#include "std/http/framework/registry/check.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_ITEMS = TRT_CHECK_MAX_ITEMS,
    MAX_NESTING = 32, ///< of types
};

static const char s_remedy[] = "rebuild the module with the tmlcg of this runtime; if it persists, "
                               "the compiler wrote a wrong record";

void trt_check_fail(trt_check* check, const char* format, ...) {
    char what[384];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    trt_diags_add(check->diags, TMLRT_E_META_MALFORMED, &check->at, s_remedy, "%s", what);
    check->ok = false;
}

static bool aligned(const void* ptr, size_t align) {
    return ((uintptr_t)ptr & (align - 1)) == 0;
}

static bool power_of_two(uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

bool trt_check_refuse_table(trt_check* check, const tmlrt_meta_table* table, size_t size,
                            size_t align, const char* what) {
    if (table->count > MAX_ITEMS) {
        trt_check_fail(check, "the table of %s counts %u items, more than %u", what, table->count,
                       (unsigned)MAX_ITEMS);
        return false;
    }
    if (table->items == NULL) {
        trt_check_fail(check, "the table of %s counts %u items at NULL", what, table->count);
        return false;
    }
    if (table->stride < size) {
        trt_check_fail(check, "the table of %s is truncated: %u bytes per item, version 1 has %zu",
                       what, table->stride, size);
        return false;
    }
    trt_check_fail(check, "the table of %s is not aligned to %zu bytes", what, align);
    return false;
}

/// The remedies of a unit differ from a record's: the whole module is of another version.
static bool check_unit_version(trt_check* check, const tmlrt_meta_unit* unit) {
    if (unit->magic != TMLRT_META_MAGIC) {
        trt_check_fail(check, "the magic number is 0x%08x, not 0x%08x", unit->magic,
                       TMLRT_META_MAGIC);
        return false;
    }
    if (unit->name != NULL) {
        check->at.name = check->at.file = unit->name;
    }
    if (unit->major != TMLRT_META_MAJOR) {
        trt_diags_add(check->diags, TMLRT_E_META_VERSION, &check->at,
                      "rebuild the module with the tmlcg of this runtime",
                      "written for version %u.%u, this runtime reads %d.x", unit->major,
                      unit->minor, TMLRT_META_MAJOR);
        return false;
    }
    if (unit->runtime != &tmlrt_abi_v1) {
        trt_diags_add(check->diags, TMLRT_E_META_VERSION, &check->at,
                      "link the runtime once: everything static, or everything against the shared "
                      "library",
                      "linked with another copy of the runtime than the one that serves");
        return false;
    }
    return true;
}

bool trt_check_unit(trt_check* check, const tmlrt_meta_unit* unit) {
    check->unit = unit;
    check->ok = true;
    check->at = (trt_diag_at){.kind = "unit", .file = "?", .line = 1};
    if (!aligned(unit, alignof(tmlrt_meta_unit))) {
        trt_check_fail(check, "the unit is not aligned to %zu bytes", alignof(tmlrt_meta_unit));
        return false;
    }
    if (!check_unit_version(check, unit)) {
        return false;
    }
    if (unit->name == NULL) {
        trt_check_fail(check, "the name is NULL");
        return false;
    }
    if (!trt_check_table(check, &unit->files, sizeof(char*), alignof(char*), "files")) {
        return false;
    }
    for (uint32_t i = 0; i < unit->files.count; i++) {
        if (*(const char* const*)trt_meta_at(&unit->files, i) == NULL) {
            trt_check_fail(check, "the name of file %u is NULL", i);
            return false;
        }
    }
    return true;
}

bool trt_check_refuse_loc(trt_check* check, const tmlrt_meta_loc* loc, const char* owner) {
    trt_check_fail(check, "the position of %s names file %u of %u", owner, loc->file,
                   check->unit->files.count);
    return false;
}

static bool check_value(trt_check* check, const tmlrt_meta_value* value, const char* owner,
                        uint32_t depth) {
    if (!aligned(value, alignof(tmlrt_meta_value)) || value->kind > TMLRT_VALUE_LIST) {
        trt_check_fail(check, "a value of %s is not aligned or of unknown kind", owner);
        return false;
    }
    if (value->kind < TMLRT_VALUE_STR) {
        return true;
    }
    if (value->p == NULL && (value->kind != TMLRT_VALUE_LIST || value->len != 0)) {
        trt_check_fail(check, "a value of %s points to NULL", owner);
        return false;
    }
    if (value->kind == TMLRT_VALUE_LIST) {
        if (depth == MAX_NESTING || value->len > MAX_ITEMS) {
            trt_check_fail(check, "a list value of %s is too deep or too long", owner);
            return false;
        }
        for (uint32_t i = 0; i < value->len; i++) {
            if (!check_value(check, (const tmlrt_meta_value*)value->p + i, owner, depth + 1)) {
                return false;
            }
        }
    }
    return true;
}

void trt_check_decos(trt_check* check, const tmlrt_meta_table* table) {
    if (table->count == 0 || !trt_check_table(check, table, sizeof(tmlrt_meta_deco),
                                              alignof(tmlrt_meta_deco), "decorators")) {
        return;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(table, i);
        if (deco->name == NULL) {
            trt_check_fail(check, "the name of decorator %u is NULL", i);
            return;
        }
        if (!trt_check_loc(check, &deco->loc, deco->name) ||
            !trt_check_table(check, &deco->args, sizeof(tmlrt_meta_value),
                             alignof(tmlrt_meta_value), "decorator arguments")) {
            return;
        }
        for (uint32_t k = 0; k < deco->args.count; k++) {
            if (!check_value(check, trt_meta_at(&deco->args, k), deco->name, 0)) {
                return;
            }
        }
    }
}

static const struct {
    uint32_t size, align;
} s_types[] = {
#define TYPE_SIZE(name, value, ir, size, align) [value] = {(uint32_t)(size), (uint32_t)(align)},
    TMLRT_META_TYPE_MAP(TYPE_SIZE)
#undef TYPE_SIZE
};

static const char* type_name(uint32_t kind) {
    static const char* const names[] = {
#define TYPE_NAME(name, value, ir, size, align) [value] = (ir),
        TMLRT_META_TYPE_MAP(TYPE_NAME)
#undef TYPE_NAME
    };
    return names[kind];
}

static bool check_maybe(trt_check* check, const tmlrt_meta_type* type, const char* owner) {
    const tmlrt_meta_type* inner = type->ref;
    if (!trt_check_type(check, inner, owner)) {
        return false;
    }
    if (type->payload_off == TMLRT_MAYBE_NULLABLE) {
        if (s_types[inner->kind].size != sizeof(void*) || type->size != sizeof(void*) ||
            inner->kind == TMLRT_TYPE_I64 || inner->kind == TMLRT_TYPE_U64 ||
            inner->kind == TMLRT_TYPE_F64) {
            trt_check_fail(check, "%s is a nullable Maybe of `%s`, which is not a pointer", owner,
                           type_name(inner->kind));
            return false;
        }
        return true;
    }
    if (type->payload_off < 4 || (uint64_t)type->payload_off + inner->size > type->size) {
        trt_check_fail(check, "the payload of the Maybe %s ends after its %u bytes", owner,
                       type->size);
        return false;
    }
    return true;
}

static bool check_outcome(trt_check* check, const tmlrt_meta_type* type, const char* owner) {
    const tmlrt_meta_type* inner = type->ref;
    for (int i = 0; i < 2; i++) {
        if (!trt_check_type(check, &inner[i], owner)) {
            return false;
        }
        if (type->payload_off < 4 || (uint64_t)type->payload_off + inner[i].size > type->size) {
            trt_check_fail(check, "a payload of the Outcome %s ends after its %u bytes", owner,
                           type->size);
            return false;
        }
    }
    return true;
}

static bool check_struct(trt_check* check, const tmlrt_meta_type* type, const char* owner) {
    const tmlrt_meta_schema* schema = type->ref;
    if (!aligned(schema, alignof(tmlrt_meta_schema))) {
        trt_check_fail(check, "the schema of %s is not aligned", owner);
        return false;
    }
    if (schema->size != type->size || schema->align != type->align) {
        trt_check_fail(check, "%s has %u bytes at %u, its schema says %u at %u", owner, type->size,
                       type->align, schema->size, schema->align);
        return false;
    }
    trt_check_schema(check, schema);
    return true;
}

static bool check_type_ref(trt_check* check, const tmlrt_meta_type* type, const char* owner) {
    if (type->kind < TMLRT_TYPE_STRUCT || type->kind > TMLRT_TYPE_CLASS) {
        return true;
    }
    if (type->ref == NULL) {
        trt_check_fail(check, "the type of %s is `%s` of NULL", owner, type_name(type->kind));
        return false;
    }
    if (check->depth == MAX_NESTING) {
        trt_check_fail(check, "the type of %s is nested more than %d deep", owner, MAX_NESTING);
        return false;
    }
    check->depth++;
    bool ok = true;
    if (type->kind == TMLRT_TYPE_STRUCT) {
        ok = check_struct(check, type, owner);
    } else if (type->kind == TMLRT_TYPE_LIST) {
        ok = trt_check_type(check, type->ref, owner);
    } else if (type->kind == TMLRT_TYPE_MAYBE) {
        ok = check_maybe(check, type, owner);
    } else if (type->kind == TMLRT_TYPE_OUTCOME) {
        ok = check_outcome(check, type, owner);
    }
    check->depth--;
    return ok;
}

bool trt_check_type_anew(trt_check* check, const tmlrt_meta_type* type, const char* owner) {
    if (type == NULL || !aligned(type, alignof(tmlrt_meta_type))) {
        trt_check_fail(check, "the type of %s is NULL or not aligned", owner);
        return false;
    }
    if (type->kind >= TRT_ARRAY_LEN(s_types)) {
        trt_check_fail(check, "the type of %s is of unknown kind %u", owner, type->kind);
        return false;
    }
    uint32_t size = s_types[type->kind].size;
    if ((size != 0 && type->size != size) || !power_of_two(type->align)) {
        trt_check_fail(check, "the type of %s (`%s`) has %u bytes at %u", owner,
                       type_name(type->kind), type->size, type->align);
        return false;
    }
    return check_type_ref(check, type, owner);
}

static void check_slot(trt_check* check, const tmlrt_meta_slot* slot, uint32_t from,
                       uint32_t size) {
    if (slot->name == NULL) {
        trt_check_fail(check, "the name of a slot is NULL");
        return;
    }
    if (!trt_check_loc(check, &slot->loc, slot->name) ||
        !trt_check_type(check, slot->type, slot->name)) {
        return;
    }
    if (slot->where > TMLRT_WHERE_VALUE) {
        trt_check_fail(check, "`%s` comes from unknown place %u", slot->name, slot->where);
        return;
    }
    if (slot->offset < from || (uint64_t)slot->offset + slot->type->size > size) {
        trt_check_fail(check, "`%s` (%u bytes at offset %u) does not lie within bytes %u to %u",
                       slot->name, slot->type->size, slot->offset, from, size);
        return;
    }
    if (slot->key == NULL && slot->where >= TMLRT_WHERE_PATH && slot->where <= TMLRT_WHERE_COOKIE) {
        trt_check_fail(check, "the key of `%s` is NULL", slot->name);
        return;
    }
    if (slot->dflt != NULL && !check_value(check, slot->dflt, slot->name, 0)) {
        return;
    }
    trt_check_decos(check, &slot->decos);
}

void trt_check_slots(trt_check* check, const tmlrt_meta_table* table, const char* what,
                     uint32_t from, uint32_t size) {
    if (!trt_check_table(check, table, sizeof(tmlrt_meta_slot), alignof(tmlrt_meta_slot), what)) {
        return;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        check_slot(check, trt_meta_at(table, i), from, size);
    }
}

static bool grow_set(trt_schema_set* set) {
    uint32_t cap = set->cap == 0 ? 64 : set->cap * 2;
    const tmlrt_meta_schema** items = trt_alloc_zero(cap * sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < set->cap; i++) {
        if (set->items[i] != NULL) {
            uint32_t at = (uint32_t)((uintptr_t)set->items[i] >> 4) & (cap - 1);
            while (items[at] != NULL) {
                at = (at + 1) & (cap - 1);
            }
            items[at] = set->items[i];
        }
    }
    trt_free(set->items, set->cap * sizeof *items);
    set->items = items;
    set->cap = cap;
    return true;
}

/// Adds a schema; false when it was there (or memory ran out, which is noted).
static bool first_visit(trt_check* check, const tmlrt_meta_schema* schema) {
    trt_schema_set* set = &check->schemas;
    if (set->num * 2 >= set->cap && !grow_set(set)) {
        check->nomem = true;
        return false;
    }
    uint32_t at = (uint32_t)((uintptr_t)schema >> 4) & (set->cap - 1);
    while (set->items[at] != NULL) {
        if (set->items[at] == schema) {
            return false;
        }
        at = (at + 1) & (set->cap - 1);
    }
    set->items[at] = schema;
    set->num++;
    return true;
}

/// Whether a value of `type` holds a value of `outer` in place (a List holds its elements outside).
static bool holds(const tmlrt_meta_type* type, const tmlrt_meta_schema* outer, uint32_t depth) {
    if (depth == MAX_NESTING) {
        return true;
    }
    const tmlrt_meta_type* inner = type->ref;
    if (type->kind == TMLRT_TYPE_MAYBE) {
        return holds(inner, outer, depth + 1);
    }
    if (type->kind == TMLRT_TYPE_OUTCOME) {
        return holds(&inner[0], outer, depth + 1) || holds(&inner[1], outer, depth + 1);
    }
    return type->kind == TMLRT_TYPE_STRUCT && (const tmlrt_meta_schema*)type->ref == outer;
}

/// A struct's fields, checked as part of the record that reached it first; a struct may hold itself
/// only through a List.
void trt_check_schema(trt_check* check, const tmlrt_meta_schema* schema) {
    if (!first_visit(check, schema)) {
        return;
    }
    trt_diag_at outer = check->at;
    check->at = (trt_diag_at){.kind = "schema", .name = schema->name, .file = check->unit->name};
    if (schema->loc.line != 0 && schema->loc.file < check->unit->files.count) {
        check->at.file = *(const char* const*)trt_meta_at(&check->unit->files, schema->loc.file);
        check->at.line = schema->loc.line;
    }
    if (schema->name == NULL) {
        trt_check_fail(check, "the name is NULL");
    } else if (!power_of_two(schema->align) || schema->align > UINT16_MAX) {
        trt_check_fail(check, "the alignment %u is not a power of two up to 32768", schema->align);
    } else if (trt_check_loc(check, &schema->loc, schema->name)) {
        bool ok = check->ok;
        check->ok = true;
        trt_check_slots(check, &schema->fields, "fields", 0, schema->size);
        for (uint32_t i = 0; check->ok && i < schema->fields.count; i++) {
            const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
            if (holds(field->type, schema, 0)) {
                trt_check_fail(check, "field `%s` holds the struct itself; use a List",
                               field->name);
            }
        }
        check->ok = check->ok && ok;
    }
    check->at = outer;
}

bool trt_check_desc(trt_check* check, const tmlrt_future_desc* desc, const char* what) {
    if (!aligned(desc, alignof(tmlrt_future_desc))) {
        trt_check_fail(check, "the %s descriptor is not aligned", what);
        return false;
    }
    if (desc->abi >> 16 != TMLRT_ABI_MAJOR) {
        trt_check_fail(check, "the %s descriptor is of ABI %u, this runtime has %d", what,
                       desc->abi >> 16, TMLRT_ABI_MAJOR);
        return false;
    }
    if (desc->poll == NULL || desc->drop == NULL || desc->name == NULL) {
        trt_check_fail(check, "the %s descriptor has no poll, drop or name", what);
        return false;
    }
    if (desc->frame_size < 8 + sizeof(void*) || desc->frame_size > 1u << 30 ||
        !power_of_two(desc->frame_align) || desc->frame_align > 4096 || desc->out_size > 1u << 30 ||
        !power_of_two(desc->out_align) || desc->out_align > 4096) {
        trt_check_fail(check, "the %s descriptor has impossible sizes", what);
        return false;
    }
    return true;
}

void trt_check_fini(trt_check* check) {
    trt_free(check->schemas.items, check->schemas.cap * sizeof(void*));
    check->schemas = (trt_schema_set){0};
}
