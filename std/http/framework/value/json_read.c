// SPDX-License-Identifier: Apache-2.0
// The JSON reader: loops over members and elements with an explicit stack of open levels.
//
// Every level knows the record it fills (shape and struct, or element type and list) or that its
// content is only checked, not kept (`shape`/`element` NULL): that is how an unknown field or a
// value of the wrong type is passed over while the rest of the text still is read, so that one
// answer lists every error. A syntax error ends the reading: nothing after it can be trusted.
//
// A key is first compared with the field after the last one (documents mostly follow the record),
// then looked up in the shape. `seen` bits find duplicates and what is missing. A list's storage
// may move when it grows, but only between elements, when no level points into it.
//
// json_scalar.c reads scalars, json_report.c says what is wrong. One call, one thread; nothing is
// kept between calls.
#include "std/http/framework/value/json_read.h"

#include "rt/base/assert.h"
#include "rt/base/bytes.h"
#include "std/http/framework/value/json_reader.h"
#include "std/http/framework/value/value.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

// ---- levels ----------------------------------------------------------------------------------

/// The next level, empty; the caller counts it in `depth`. NULL: it would be too deep.
static trt_json_level* new_level(trt_json_reader* r, bool array) {
    if (r->depth >= r->limits.depth) {
        return NULL;
    }
    trt_json_level* level = &r->levels[r->depth];
    level->array = array;
    level->shape = NULL;
    level->element = NULL;
    level->seen = &level->inline_seen;
    level->inline_seen = 0;
    level->num = level->num_seen = level->next = 0;
    return level;
}

static tmlrt_status too_deep(trt_json_reader* r) {
    char text[64];
    snprintf(text, sizeof text, "nested more than %u deep", (unsigned)r->limits.depth);
    return trt_json_malformed(r, text);
}

static __attribute__((noinline)) tmlrt_status too_many_keys(trt_json_reader* r) {
    char text[64];
    snprintf(text, sizeof text, "an object has more than %u keys", (unsigned)r->limits.keys);
    return trt_json_malformed(r, text);
}

/// The shape of a schema: the program's, or one made for this reading.
static const trt_json_shape* shape_of(trt_json_reader* r, const tmlrt_meta_schema* schema) {
    const trt_json_shape* shape = trt_json_keys_find(r->keys, schema);
    for (trt_json_local* local = r->locals; shape == NULL && local != NULL; local = local->next) {
        shape = local->shape.schema == schema ? &local->shape : NULL;
    }
    if (shape != NULL) {
        return shape;
    }
    trt_json_local* local = trt_arena_alloc(r->arena, sizeof *local, alignof(trt_json_local));
    if (local == NULL || trt_json_shape_make(&local->shape, r->arena, schema) != TMLRT_OK) {
        return NULL;
    }
    local->next = r->locals;
    r->locals = local;
    return &local->shape;
}

static tmlrt_status make_seen(trt_json_reader* r, trt_json_level* level, uint32_t num_fields) {
    size_t size = (num_fields + 63) / 64 * sizeof(uint64_t);
    level->seen = trt_arena_alloc(r->arena, size, sizeof(uint64_t));
    if (level->seen == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(level->seen, 0, size);
    return TMLRT_OK;
}

static tmlrt_status begin_object(trt_json_reader* r, trt_json_goal goal) {
    trt_json_level* level = new_level(r, false);
    if (level == NULL) {
        return too_deep(r);
    }
    trt_json_goal inner = trt_json_unwrap(goal);
    if (inner.type != NULL && inner.type->kind == TMLRT_TYPE_STRUCT) {
        level->shape = shape_of(r, inner.type->ref);
        level->target = inner.place;
        if (level->shape == NULL) {
            return TMLRT_E_NOMEM;
        }
        if (level->shape->num > 64) {
            TRT_TRY(make_seen(r, level, level->shape->num));
        }
    } else {
        trt_json_wrong_type(r, goal);
    }
    r->depth++;
    r->cursor.p++;
    return TMLRT_OK;
}

static tmlrt_status begin_array(trt_json_reader* r, trt_json_goal goal) {
    trt_json_level* level = new_level(r, true);
    if (level == NULL) {
        return too_deep(r);
    }
    trt_json_goal inner = trt_json_unwrap(goal);
    if (inner.type != NULL && inner.type->kind == TMLRT_TYPE_LIST) {
        level->element = inner.type->ref;
        TRT_TRY(trt_value_new_list(inner.place, level->element));
        memcpy(&level->target, inner.place, sizeof level->target);
    } else {
        trt_json_wrong_type(r, goal);
    }
    r->depth++;
    r->cursor.p++;
    return TMLRT_OK;
}

/// Fills what an object left out, or reports it.
static tmlrt_status end_object(trt_json_reader* r, const trt_json_level* level) {
    const trt_json_shape* shape = level->shape;
    if (shape == NULL || level->num_seen == shape->num) {
        return TMLRT_OK;
    }
    for (uint32_t i = 0; i < shape->num; i++) {
        if ((level->seen[i / 64] >> (i & 63) & 1) != 0) {
            continue;
        }
        const trt_json_field* field = &shape->fields[i];
        if (trt_value_may_be_absent(field->slot)) {
            void* place = (char*)level->target + field->offset;
            TRT_TRY(trt_value_default(field->slot, place, r->arena));
        } else {
            trt_json_missing_field(r, field->key);
        }
    }
    return TMLRT_OK;
}

/// Reads a value that is not a plain scalar, or opens it.
static tmlrt_status read_value(trt_json_reader* r, trt_json_goal goal) {
    bool at_value = r->cursor.p < r->cursor.end && *r->cursor.p > ' ';
    if (!at_value && !trt_json_skip_space(&r->cursor)) {
        return trt_json_malformed(r, "the text ends where a value is expected");
    }
    if (*r->cursor.p == '{') {
        return begin_object(r, goal);
    }
    return *r->cursor.p == '[' ? begin_array(r, goal) : trt_json_read_scalar(r, goal);
}

/// next_in when there is white space, or something that does not belong there.
static __attribute__((noinline)) tmlrt_status next_slowly(trt_json_reader* r,
                                                          const trt_json_level* level, char close,
                                                          bool* out_closed) {
    trt_json_cursor* cursor = &r->cursor;
    if (!trt_json_skip_space(cursor)) {
        return trt_json_malformed(r, level->array ? "the list is not closed"
                                                  : "the object is not closed");
    }
    *out_closed = *cursor->p == close;
    if (*out_closed) {
        cursor->p++;
    } else if (level->num != 0) {
        if (*cursor->p != ',') {
            return trt_json_malformed(r,
                                      level->array ? "expected `,` or `]`" : "expected `,` or `}`");
        }
        cursor->p++;
    }
    return TMLRT_OK;
}

/// Moves to the next member or element of a level, or behind its end.
static inline tmlrt_status next_in(trt_json_reader* r, const trt_json_level* level, char close,
                                   bool* out_closed) {
    const char* p = r->cursor.p;
    if (TRT_LIKELY(p < r->cursor.end)) {
        *out_closed = *p == close;
        if (*p == close || (*p == ',' && level->num != 0)) {
            r->cursor.p = p + 1;
            return TMLRT_OK;
        }
    }
    return next_slowly(r, level, close, out_closed);
}

// ---- objects ---------------------------------------------------------------------------------

/// The goal of a field that was named; an error when it was before.
static inline trt_json_goal take_field(trt_json_reader* r, trt_json_level* level, uint32_t index) {
    const trt_json_field* field = &level->shape->fields[index];
    uint64_t bit = 1ull << (index & 63), *word = &level->seen[index / 64];
    level->key = (tmlrt_slice){field->key, field->key_len};
    if ((*word & bit) != 0) {
        trt_json_value_error(r, "is given twice");
        return (trt_json_goal){NULL, NULL};
    }
    *word |= bit;
    level->num_seen++;
    level->next = index + 1;
    return (trt_json_goal){field->type, (char*)level->target + field->offset};
}

static trt_json_goal find_field(trt_json_reader* r, trt_json_level* level, bool has_nul) {
    if (level->shape == NULL) {
        return (trt_json_goal){NULL, NULL};
    }
    uint32_t index = TRT_JSON_NO_FIELD;
    if (!has_nul) {
        index = trt_json_shape_find(level->shape, level->key.data, (size_t)level->key.len);
    }
    if (index == TRT_JSON_NO_FIELD) {
        trt_json_unknown_field(r, level->shape);
        return (trt_json_goal){NULL, NULL};
    }
    return take_field(r, level, index);
}

/// Whether `c` is next, behind white space if there is some.
static inline bool is_at(trt_json_cursor* cursor, char c) {
    if (TRT_LIKELY(cursor->p < cursor->end && *cursor->p == c)) {
        return true;
    }
    return trt_json_skip_space(cursor) && *cursor->p == c;
}

/// Reads any key and its colon.
static tmlrt_status read_any_key(trt_json_reader* r, trt_json_level* level, trt_json_goal* out) {
    trt_json_string string;
    if (!is_at(&r->cursor, '"')) {
        return trt_json_malformed(r, "expected a key in quotes");
    }
    if (trt_json_scan_string(&r->cursor, &string) != TMLRT_OK) {
        return trt_json_malformed(r, r->cursor.wrong);
    }
    level->key = string.raw;
    if (string.escaped) {
        char* text = trt_arena_alloc(r->arena, (size_t)string.raw.len + 1, 1);
        if (text == NULL) {
            return TMLRT_E_NOMEM;
        }
        level->key = (tmlrt_slice){text, trt_json_unescape(text, &string)};
    }
    if (!is_at(&r->cursor, ':')) {
        return trt_json_malformed(r, "expected `:` after a key");
    }
    r->cursor.p++;
    *out = find_field(r, level, string.has_nul);
    return TMLRT_OK;
}

/// Reads a key and its colon; says where the value goes.
static inline tmlrt_status read_key(trt_json_reader* r, trt_json_level* level, trt_json_goal* out) {
    if (++level->num > r->limits.keys) {
        return too_many_keys(r);
    }
    if (level->shape != NULL && level->next < level->shape->num) {
        const trt_json_field* guess = &level->shape->fields[level->next];
        size_t len = (size_t)guess->text.len - 1;                          // without the comma
        r->cursor.p += r->cursor.p < r->cursor.end && *r->cursor.p == ' '; // the usual one
        if (TRT_UNLIKELY(r->cursor.p < r->cursor.end && *r->cursor.p != '"')) {
            (void)trt_json_skip_space(&r->cursor);
        }
        if ((size_t)(r->cursor.end - r->cursor.p) >= len &&
            trt_bytes_equal(r->cursor.p, guess->text.data + 1, len)) {
            r->cursor.p += len;
            *out = take_field(r, level, level->next);
            return TMLRT_OK;
        }
    }
    return read_any_key(r, level, out);
}

/// Where the value begins in the usual texts: at once, or after one space.
static const char* value_start(const trt_json_cursor* cursor) {
    return cursor->p + (cursor->p < cursor->end && *cursor->p == ' ');
}

/// Reads members until the object ends or a member opens a level.
static tmlrt_status read_members(trt_json_reader* r) {
    uint32_t depth = r->depth;
    trt_json_level* level = &r->levels[depth - 1];
    while (r->depth == depth) {
        trt_json_goal goal = {NULL, NULL};
        bool closed = false;
        TRT_TRY(next_in(r, level, '}', &closed));
        if (closed) {
            TRT_TRY(end_object(r, level));
            r->depth--;
            return TMLRT_OK;
        }
        TRT_TRY(read_key(r, level, &goal));
        const char* next = NULL;
        if (goal.type != NULL) {
            next = trt_json_read_plain(r, value_start(&r->cursor), goal.type, goal.place);
        }
        if (next != NULL) {
            r->cursor.p = next;
        } else {
            TRT_TRY(read_value(r, goal));
        }
    }
    return TMLRT_OK;
}

// ---- arrays ----------------------------------------------------------------------------------

/// Adds an element to the list being read; type NULL when it is passed over.
static tmlrt_status add_element(trt_json_reader* r, trt_json_level* level, trt_json_goal* out) {
    *out = (trt_json_goal){NULL, NULL};
    level->num++;
    if (level->element == NULL) {
        return TMLRT_OK;
    }
    trt_tml_list* list = level->target;
    r->list_bytes += (size_t)list->stride;
    if (r->list_bytes > TRT_JSON_MAX_LIST_BYTES) {
        return TMLRT_E_HTTP_LIMIT;
    }
    void* place = trt_value_push(list);
    if (place == NULL) {
        return TMLRT_E_NOMEM;
    }
    *out = (trt_json_goal){level->element, place};
    return TMLRT_OK;
}

/// Reads elements until the array ends or an element opens a level.
static tmlrt_status read_elements(trt_json_reader* r) {
    uint32_t depth = r->depth;
    trt_json_level* level = &r->levels[depth - 1];
    while (r->depth == depth) {
        trt_json_goal goal = {NULL, NULL};
        bool closed = false;
        TRT_TRY(next_in(r, level, ']', &closed));
        if (closed) {
            r->depth--;
            return TMLRT_OK;
        }
        TRT_TRY(add_element(r, level, &goal));
        const char* next = NULL;
        if (goal.type != NULL) {
            next = trt_json_read_plain(r, value_start(&r->cursor), goal.type, goal.place);
        }
        if (next != NULL) {
            r->cursor.p = next;
        } else {
            TRT_TRY(read_value(r, goal));
        }
    }
    return TMLRT_OK;
}

static tmlrt_status read_text(trt_json_reader* r, trt_json_goal goal) {
    TRT_TRY(read_value(r, goal));
    while (r->depth > 0) {
        TRT_TRY(r->levels[r->depth - 1].array ? read_elements(r) : read_members(r));
    }
    if (trt_json_skip_space(&r->cursor)) {
        return trt_json_malformed(r, "there is more after the value");
    }
    if (r->nomem) {
        return TMLRT_E_NOMEM;
    }
    return r->report->num_all == 0 ? TMLRT_OK : TMLRT_E_BIND;
}

tmlrt_status trt_json_read(void* place, const tmlrt_meta_type* type, const trt_json_keys* keys,
                           trt_arena* arena, tmlrt_slice text, trt_json_report* out_report) {
    return trt_json_read_within(place, type, keys, arena, text, (trt_json_limits){0, 0},
                                out_report);
}

tmlrt_status trt_json_read_within(void* place, const tmlrt_meta_type* type,
                                  const trt_json_keys* keys, trt_arena* arena, tmlrt_slice text,
                                  trt_json_limits limits, trt_json_report* out_report) {
    trt_json_reader reader; // its levels are written when they are opened
    *out_report = (trt_json_report){0};
    reader.cursor = (trt_json_cursor){text.data, text.data + text.len, text.data, NULL};
    reader.arena = arena;
    reader.keys = keys;
    reader.locals = NULL;
    reader.report = out_report;
    reader.list_bytes = 0;
    reader.depth = 0;
    reader.limits.depth =
        limits.depth != 0 && limits.depth < TRT_JSON_MAX_DEPTH ? limits.depth : TRT_JSON_MAX_DEPTH;
    reader.limits.keys = limits.keys != 0 ? limits.keys : TRT_JSON_MAX_KEYS;
    reader.nomem = false;
    if (type == NULL) {
        return read_text(&reader, (trt_json_goal){NULL, NULL});
    }
    memset(place, 0, type->size);
    tmlrt_status status = read_text(&reader, (trt_json_goal){type, place});
    if (status != TMLRT_OK) {
        trt_value_free(type, place);
        memset(place, 0, type->size);
    }
    return status == TMLRT_E_JSON && reader.nomem ? TMLRT_E_NOMEM : status;
}
