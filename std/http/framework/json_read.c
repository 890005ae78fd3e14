// SPDX-License-Identifier: Apache-2.0
// The JSON reader: a loop over tokens with an explicit stack of open objects and arrays.
//
// Every level knows the record it fills (schema and struct, or element type and list) or that its
// content is only checked, not kept (`schema`/`element` NULL): that is how an unknown field or a
// value of the wrong type is passed over while the rest of the text still is read, so that one
// answer lists every error. A syntax error ends the reading: nothing after it can be trusted.
//
// Fields are looked up by guessing the one after the last (documents mostly follow the record),
// then by a scan. `seen` bits find duplicates and what is missing. A list's storage may move when
// it grows, but only between elements, when no level points into it.
//
// One call, one thread; nothing is kept between calls.
#include "std/http/framework/json_read.h"

#include "rt/base/assert.h"
#include "std/http/core/json_lex.h"
#include "std/http/core/number.h"
#include "std/http/framework/registry.h"
#include "std/http/framework/value.h"

#include <stdio.h>
#include <string.h>

typedef struct json_level {
    bool array;
    const tmlrt_meta_schema* schema; ///< object: NULL passes over
    const tmlrt_meta_type* element;  ///< array: NULL passes over
    void* target;                    ///< struct, or the list's header
    uint64_t* seen;                  ///< a bit per field; inline_seen for up to 64
    uint64_t inline_seen;
    uint32_t num;    ///< keys or elements so far
    uint32_t next;   ///< the field to guess
    tmlrt_slice key; ///< of the value being read
} json_level;

typedef struct json_reader {
    trt_json_cursor cursor;
    trt_arena* arena;
    trt_json_report* report;
    size_t list_bytes;
    uint32_t depth;
    bool nomem;
    json_level levels[TRT_JSON_MAX_DEPTH];
} json_reader;

/// Where a value goes; type NULL passes it over.
typedef struct json_goal {
    const tmlrt_meta_type* type;
    void* place;
} json_goal;

// ---- errors ----------------------------------------------------------------------------------

/// Appends `text` as a reference token of a JSON pointer, escaped; returns the new length.
static size_t put_token(char* out, size_t cap, size_t len, const char* text, size_t text_len) {
    if (len < cap) {
        out[len++] = '/';
    }
    for (size_t i = 0; i < text_len && len + 2 < cap; i++) {
        char c = text[i];
        if (c == '~' || c == '/') {
            out[len++] = '~';
            c = c == '~' ? '0' : '1';
        }
        out[len++] = c;
    }
    return len;
}

/// The pointer to the value being read at the innermost `depth` levels; `extra` names a field that
/// is not there.
static const char* pointer_to(json_reader* r, const char* extra) {
    char text[1024];
    size_t len = 0;
    for (uint32_t i = 0; i < r->depth; i++) {
        const json_level* level = &r->levels[i];
        bool last = i + 1 == r->depth;
        char digits[TRT_NUMBER_TEXT];
        if (level->array) {
            size_t num = trt_format_u64(digits, level->num == 0 ? 0 : level->num - 1);
            len = put_token(text, sizeof text, len, digits, num);
        } else if (!last || extra == NULL) {
            len = put_token(text, sizeof text, len, level->key.data, (size_t)level->key.len);
        }
    }
    if (extra != NULL) {
        len = put_token(text, sizeof text, len, extra, strlen(extra));
    }
    // A long key may have been cut inside a character: step back to a boundary.
    while (len == sizeof text - 1 && len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80) {
        len--;
    }
    return trt_arena_dup(r->arena, text, len);
}

static void add_error(json_reader* r, const char* pointer, const char* detail) {
    trt_json_report* report = r->report;
    report->num_all++;
    if (report->num == TRT_JSON_MAX_ERRORS) {
        return;
    }
    if (report->items == NULL) {
        report->items = trt_arena_alloc(r->arena, TRT_JSON_MAX_ERRORS * sizeof *report->items,
                                        _Alignof(trt_json_error));
    }
    if (report->items == NULL || pointer == NULL) {
        r->nomem = true;
        return;
    }
    report->items[report->num++] = (trt_json_error){pointer, detail};
}

static void value_error(json_reader* r, const char* detail) {
    if (r->report->num < TRT_JSON_MAX_ERRORS) {
        add_error(r, pointer_to(r, NULL), detail);
    } else {
        r->report->num_all++;
    }
}

/// A syntax error: the report says this and nothing else.
static tmlrt_status malformed(json_reader* r, const char* what) {
    char text[160];
    int len = snprintf(text, sizeof text, "malformed JSON at byte %zu: %s",
                       (size_t)(r->cursor.p - r->cursor.start), what);
    const char* copy = trt_arena_dup(r->arena, text, (size_t)len);
    r->report->num = r->report->num_all = 0;
    add_error(r, "", copy != NULL ? copy : "malformed JSON");
    return TMLRT_E_JSON;
}

// ---- scalars ---------------------------------------------------------------------------------

/// Steps through Maybes to the type a value must have; marks them Just.
static json_goal unwrap(json_goal goal) {
    while (goal.type != NULL && goal.type->kind == TMLRT_TYPE_MAYBE) {
        goal.place = trt_value_set_just(goal.type, goal.place);
        goal.type = goal.type->ref;
    }
    return goal;
}

static void wrong_type(json_reader* r, json_goal goal) {
    if (goal.type != NULL) {
        value_error(r, trt_value_expected(unwrap(goal).type->kind, r->arena));
    }
}

static tmlrt_status read_string(json_reader* r, json_goal goal) {
    trt_json_string string;
    if (trt_json_scan_string(&r->cursor, &string) != TMLRT_OK) {
        return malformed(r, r->cursor.wrong);
    }
    if (goal.type == NULL) {
        return TMLRT_OK;
    }
    json_goal inner = unwrap(goal);
    uint32_t kind = inner.type->kind;
    if (kind != TMLRT_TYPE_STR && kind != TMLRT_TYPE_TEXT && kind != TMLRT_TYPE_CHAR) {
        wrong_type(r, goal);
        return TMLRT_OK;
    }
    if (string.has_nul && kind != TMLRT_TYPE_CHAR) {
        value_error(r, "must not contain a NUL character");
        return TMLRT_OK;
    }
    char* text = trt_arena_alloc(r->arena, (size_t)string.raw.len + 1, 1);
    if (text == NULL) {
        return TMLRT_E_NOMEM;
    }
    size_t len = (size_t)string.raw.len;
    if (string.escaped) {
        len = trt_json_unescape(text, &string);
    } else {
        memcpy(text, string.raw.data, len);
    }
    text[len] = '\0';
    if (kind == TMLRT_TYPE_STR) {
        memcpy(inner.place, &text, sizeof text);
        return TMLRT_OK;
    }
    const char* detail = NULL;
    tmlrt_status status =
        trt_value_parse(inner.type, inner.place, (tmlrt_slice){text, len}, r->arena, &detail);
    if (status == TMLRT_E_BIND) {
        value_error(r, detail);
        return TMLRT_OK;
    }
    return status;
}

static tmlrt_status read_number(json_reader* r, json_goal goal) {
    bool integer;
    const char* text = r->cursor.p;
    size_t len = trt_number_span(text, (size_t)(r->cursor.end - text), &integer);
    if (len == 0) {
        return malformed(r, "not a number");
    }
    r->cursor.p += len;
    if (goal.type == NULL) {
        return TMLRT_OK;
    }
    json_goal inner = unwrap(goal);
    bool is_float = inner.type->kind == TMLRT_TYPE_F32 || inner.type->kind == TMLRT_TYPE_F64;
    bool is_int = inner.type->kind >= TMLRT_TYPE_I8 && inner.type->kind <= TMLRT_TYPE_U64;
    const char* detail;
    if (is_int && len == 2 && text[0] == '-' && text[1] == '0') {
        text++; // "-0" is 0 for unsigned types too
        len--;
    }
    if ((!is_float && !(is_int && integer)) ||
        trt_value_parse(inner.type, inner.place, (tmlrt_slice){text, len}, r->arena, &detail) !=
            TMLRT_OK) {
        wrong_type(r, goal);
    }
    return TMLRT_OK;
}

static tmlrt_status read_word(json_reader* r, json_goal goal) {
    bool yes = trt_json_word(&r->cursor, "true", 4);
    if (yes || trt_json_word(&r->cursor, "false", 5)) {
        json_goal inner = unwrap(goal);
        if (inner.type != NULL && inner.type->kind == TMLRT_TYPE_BOOL) {
            trt_value_store_int(TMLRT_TYPE_BOOL, inner.place, yes);
        } else {
            wrong_type(r, goal);
        }
        return TMLRT_OK;
    }
    if (!trt_json_word(&r->cursor, "null", 4)) {
        return malformed(r, "expected a value");
    }
    if (goal.type != NULL && goal.type->kind == TMLRT_TYPE_MAYBE) {
        trt_value_set_nothing(goal.type, goal.place);
    } else if (goal.type != NULL && goal.type->kind != TMLRT_TYPE_UNIT) {
        wrong_type(r, goal);
    }
    return TMLRT_OK;
}

// ---- objects and arrays ----------------------------------------------------------------------

static json_level* push(json_reader* r, bool array) {
    if (r->depth == TRT_JSON_MAX_DEPTH) {
        return NULL;
    }
    json_level* level = &r->levels[r->depth];
    *level = (json_level){.array = array};
    level->seen = &level->inline_seen;
    return level;
}

static tmlrt_status begin_object(json_reader* r, json_goal goal) {
    json_level* level = push(r, false);
    if (level == NULL) {
        return malformed(r, "nested more than 64 deep");
    }
    json_goal inner = unwrap(goal);
    if (inner.type != NULL && inner.type->kind == TMLRT_TYPE_STRUCT) {
        level->schema = inner.type->ref;
        level->target = inner.place;
        uint32_t words = (level->schema->fields.count + 63) / 64;
        if (words > 1) {
            level->seen = trt_arena_alloc(r->arena, words * sizeof(uint64_t), sizeof(uint64_t));
            if (level->seen == NULL) {
                return TMLRT_E_NOMEM;
            }
            memset(level->seen, 0, words * sizeof(uint64_t));
        }
    } else {
        wrong_type(r, goal);
    }
    r->depth++;
    r->cursor.p++;
    return TMLRT_OK;
}

static tmlrt_status begin_array(json_reader* r, json_goal goal) {
    json_level* level = push(r, true);
    if (level == NULL) {
        return malformed(r, "nested more than 64 deep");
    }
    json_goal inner = unwrap(goal);
    if (inner.type != NULL && inner.type->kind == TMLRT_TYPE_LIST) {
        level->element = inner.type->ref;
        TRT_TRY(trt_value_new_list(inner.place, level->element));
        memcpy(&level->target, inner.place, sizeof level->target);
    } else {
        wrong_type(r, goal);
    }
    r->depth++;
    r->cursor.p++;
    return TMLRT_OK;
}

static const tmlrt_meta_slot* field_at(const tmlrt_meta_schema* schema, uint32_t index) {
    return trt_meta_at(&schema->fields, index);
}

static bool key_is(const tmlrt_meta_slot* field, tmlrt_slice key) {
    const char* name = field->key != NULL ? field->key : field->name;
    return strncmp(name, key.data, (size_t)key.len) == 0 && name[key.len] == '\0';
}

/// The field of that key, the guess first; UINT32_MAX when the record has none.
static uint32_t find_field(json_level* level, tmlrt_slice key) {
    uint32_t num = level->schema->fields.count;
    for (uint32_t i = 0; i < num; i++) {
        uint32_t index = level->next + i < num ? level->next + i : level->next + i - num;
        if (key_is(field_at(level->schema, index), key)) {
            level->next = index + 1 < num ? index + 1 : 0;
            return index;
        }
    }
    return UINT32_MAX;
}

static json_goal field_goal(json_reader* r, json_level* level, bool has_nul) {
    if (level->schema == NULL) {
        return (json_goal){NULL, NULL};
    }
    uint32_t index = has_nul ? UINT32_MAX : find_field(level, level->key);
    if (index == UINT32_MAX) {
        value_error(r, "is not a known field");
        return (json_goal){NULL, NULL};
    }
    uint64_t bit = 1ull << (index & 63);
    if ((level->seen[index / 64] & bit) != 0) {
        value_error(r, "is given twice");
        return (json_goal){NULL, NULL};
    }
    level->seen[index / 64] |= bit;
    const tmlrt_meta_slot* field = field_at(level->schema, index);
    return (json_goal){field->type, (char*)level->target + field->offset};
}

/// Reads `"key" :` and says where its value goes.
static tmlrt_status read_key(json_reader* r, json_goal* out_goal) {
    json_level* level = &r->levels[r->depth - 1];
    trt_json_string string;
    if (!trt_json_skip_space(&r->cursor) || *r->cursor.p != '"') {
        return malformed(r, "expected a key in quotes");
    }
    if (++level->num > TRT_JSON_MAX_KEYS) {
        return malformed(r, "an object has more than 1000 keys");
    }
    if (trt_json_scan_string(&r->cursor, &string) != TMLRT_OK) {
        return malformed(r, r->cursor.wrong);
    }
    level->key = string.raw;
    if (string.escaped) {
        char* text = trt_arena_alloc(r->arena, (size_t)string.raw.len + 1, 1);
        if (text == NULL) {
            return TMLRT_E_NOMEM;
        }
        level->key = (tmlrt_slice){text, trt_json_unescape(text, &string)};
    }
    if (!trt_json_skip_space(&r->cursor) || *r->cursor.p != ':') {
        return malformed(r, "expected `:` after a key");
    }
    r->cursor.p++;
    *out_goal = field_goal(r, level, string.has_nul);
    return TMLRT_OK;
}

static tmlrt_status next_element(json_reader* r, json_goal* out_goal) {
    json_level* level = &r->levels[r->depth - 1];
    *out_goal = (json_goal){NULL, NULL};
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
    *out_goal = (json_goal){level->element, place};
    return TMLRT_OK;
}

/// Fills what an object left out, or reports it.
static tmlrt_status end_object(json_reader* r) {
    json_level* level = &r->levels[r->depth - 1];
    if (level->schema == NULL) {
        return TMLRT_OK;
    }
    for (uint32_t i = 0; i < level->schema->fields.count; i++) {
        if ((level->seen[i / 64] >> (i & 63) & 1) != 0) {
            continue;
        }
        const tmlrt_meta_slot* field = field_at(level->schema, i);
        if (trt_value_may_be_absent(field)) {
            TRT_TRY(trt_value_default(field, (char*)level->target + field->offset, r->arena));
        } else if (r->report->num < TRT_JSON_MAX_ERRORS) {
            const char* key = field->key != NULL ? field->key : field->name;
            add_error(r, pointer_to(r, key), "is required");
        } else {
            r->report->num_all++;
        }
    }
    return TMLRT_OK;
}

/// Reads one value, or opens it. A level that was opened is read by the loop.
static tmlrt_status read_value(json_reader* r, json_goal goal) {
    if (!trt_json_skip_space(&r->cursor)) {
        return malformed(r, "the text ends where a value is expected");
    }
    switch (*r->cursor.p) {
    case '{':
        return begin_object(r, goal);
    case '[':
        return begin_array(r, goal);
    case '"':
        return read_string(r, goal);
    case 't':
    case 'f':
    case 'n':
        return read_word(r, goal);
    default:
        return read_number(r, goal);
    }
}

/// Goes on in the innermost level: its next value, or its end.
static tmlrt_status step(json_reader* r) {
    json_level* level = &r->levels[r->depth - 1];
    char close = level->array ? ']' : '}';
    json_goal goal;
    if (!trt_json_skip_space(&r->cursor)) {
        return malformed(r, level->array ? "the list is not closed" : "the object is not closed");
    }
    if (*r->cursor.p == close) {
        r->cursor.p++;
        tmlrt_status status = level->array ? TMLRT_OK : end_object(r);
        r->depth--;
        return status;
    }
    if (level->num != 0) {
        if (*r->cursor.p != ',') {
            return malformed(r, level->array ? "expected `,` or `]`" : "expected `,` or `}`");
        }
        r->cursor.p++;
    }
    tmlrt_status status = level->array ? next_element(r, &goal) : read_key(r, &goal);
    return status == TMLRT_OK ? read_value(r, goal) : status;
}

static tmlrt_status read_text(json_reader* r, json_goal goal) {
    TRT_TRY(read_value(r, goal));
    while (r->depth > 0) {
        TRT_TRY(step(r));
    }
    if (trt_json_skip_space(&r->cursor)) {
        return malformed(r, "there is more after the value");
    }
    if (r->nomem) {
        return TMLRT_E_NOMEM;
    }
    return r->report->num_all == 0 ? TMLRT_OK : TMLRT_E_BIND;
}

tmlrt_status trt_json_read(void* place, const tmlrt_meta_type* type, trt_arena* arena,
                           tmlrt_slice text, trt_json_report* out_report) {
    json_reader reader;
    *out_report = (trt_json_report){0};
    reader.cursor = (trt_json_cursor){text.data, text.data + text.len, text.data, NULL};
    reader.arena = arena;
    reader.report = out_report;
    reader.list_bytes = 0;
    reader.depth = 0;
    reader.nomem = false;
    memset(place, 0, type->size);
    tmlrt_status status = read_text(&reader, (json_goal){type, place});
    if (status != TMLRT_OK) {
        trt_value_free(type, place);
        memset(place, 0, type->size);
    }
    return status == TMLRT_E_JSON && reader.nomem ? TMLRT_E_NOMEM : status;
}
