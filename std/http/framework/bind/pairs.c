// SPDX-License-Identifier: Apache-2.0
// Queries and forms: `name=value` pairs, decoded once, then into parameters or into the fields of a
// struct.
//
// A struct is filled in one pass over the pairs, by its shape: a List takes every pair of its name,
// anything else one. What no field takes is refused, like an unknown field of a JSON body; for a
// query that is decided when all parameters are bound (trt_bind_query_rest), since other parameters
// may take it. Pairs and strings lie in the request's arena.
#include "std/http/framework/bind/binder.h"

#include "std/http/core/uri.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/framework/value/value.h"

#include <stdalign.h>
#include <stdio.h>

static const char s_twice[] = "is given more than once";

/// What is said about pairs that cannot be read.
typedef struct pairs_words {
    const char *what, *items, *bad_escape, *not_utf8;
} pairs_words;

static const pairs_words s_query = {
    "query", "parameters",
    "a `%` of the query is not followed by two hexadecimal digits, or encodes a NUL",
    "the query is not valid UTF-8"};
static const pairs_words s_form = {
    "form", "fields",
    "a `%` of the form is not followed by two hexadecimal digits, or encodes a NUL",
    "the form is not valid UTF-8"};

static tmlrt_status decode(trt_arena* arena, tmlrt_slice raw, tmlrt_slice* out,
                           const pairs_words* words, const char** out_reason) {
    size_t len;
    char* text = trt_arena_alloc(arena, (size_t)raw.len + 1, 1);
    if (text == NULL) {
        return TMLRT_E_NOMEM;
    }
    if (trt_percent_decode(text, &len, raw, true) != TMLRT_OK ||
        memchr(text, '\0', len) != NULL) { // a form may hold a NUL as it is
        *out_reason = words->bad_escape;
        return TMLRT_E_HTTP_PARSE;
    }
    if (!trt_utf8_valid(text, len)) {
        *out_reason = words->not_utf8;
        return TMLRT_E_HTTP_PARSE;
    }
    text[len] = '\0';
    *out = (tmlrt_slice){text, len};
    return TMLRT_OK;
}

static tmlrt_status too_many(trt_arena* arena, const pairs_words* words, uint32_t max,
                             const char** out_reason) {
    char text[96];
    int len = snprintf(text, sizeof text, "the %s has more than %u %s", words->what, (unsigned)max,
                       words->items);
    *out_reason = trt_arena_dup(arena, text, (size_t)len);
    return *out_reason != NULL ? TMLRT_E_HTTP_LIMIT : TMLRT_E_NOMEM;
}

static tmlrt_status parse(trt_query* out, trt_arena* arena, tmlrt_slice raw, uint32_t max,
                          const pairs_words* words, const char** out_reason) {
    tmlrt_slice rest = raw, name, value;
    uint32_t num = 0;
    *out = (trt_query){0};
    while (trt_query_next(&rest, &name, &value)) {
        num++;
    }
    if (num == 0) {
        return TMLRT_OK;
    }
    if (num > max) {
        return too_many(arena, words, max, out_reason);
    }
    out->items = trt_arena_alloc(arena, num * sizeof *out->items, alignof(trt_path_param));
    if (out->items == NULL) {
        return TMLRT_E_NOMEM;
    }
    rest = raw;
    while (trt_query_next(&rest, &name, &value)) {
        trt_path_param* pair = &out->items[out->num];
        TRT_TRY(decode(arena, name, &pair->name, words, out_reason));
        TRT_TRY(decode(arena, value, &pair->value, words, out_reason));
        out->num++;
    }
    return TMLRT_OK;
}

tmlrt_status trt_query_parse(trt_query* out, trt_arena* arena, tmlrt_slice raw,
                             const trt_bind_limits* limits, const char** out_reason) {
    uint32_t max = limits != NULL ? limits->query_params : 0;
    max = max == 0 || max > TRT_QUERY_MAX ? TRT_QUERY_MAX : max;
    return parse(out, arena, raw, max, &s_query, out_reason);
}

// ---- structs ---------------------------------------------------------------------------------

/// A struct being filled from pairs.
typedef struct record {
    const trt_json_shape* shape;
    char* place;
    uint64_t* seen;    ///< a bit per field
    const char* where; ///< for errors
} record;

static tmlrt_status get_shape(trt_binder* b, const tmlrt_meta_schema* schema,
                              const trt_json_shape** out) {
    *out = trt_json_keys_find(b->input->keys, schema);
    if (*out != NULL) {
        return TMLRT_OK;
    }
    trt_json_shape* made = trt_arena_alloc(b->arena, sizeof *made, alignof(trt_json_shape));
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    *out = made;
    return trt_json_shape_make(made, b->arena, schema);
}

static tmlrt_status pair_error(trt_binder* b, const char* where, const char* name,
                               const char* detail) {
    trt_problem_error error = {.name = name, .where = where, .detail = detail};
    if (detail == NULL) {
        return TMLRT_E_NOMEM;
    }
    trt_bind_add_error(b, &error);
    return TMLRT_OK;
}

static tmlrt_status unknown_pair(trt_binder* b, const trt_json_shape* shape, const char* where,
                                 tmlrt_slice name) {
    const char* detail = "is not a known field";
    if (b->errors->num < TRT_BIND_MAX_ERRORS) { // who is only counted needs no hint
        detail = trt_value_unknown(shape, name.data, (size_t)name.len, b->arena);
    }
    return pair_error(b, where, name.data, detail);
}

static tmlrt_status take_pair(trt_binder* b, record* r, uint32_t index, tmlrt_slice value) {
    const trt_json_field* field = &r->shape->fields[index];
    const tmlrt_meta_type *list = trt_bind_list_of(field->type), *type = field->type;
    uint64_t bit = 1ull << (index & 63), *word = &r->seen[index / 64];
    char* place = r->place + field->offset;
    const char* detail = NULL;
    if (list != NULL) {
        type = list->ref;
        place = trt_bind_push(field->type, place);
        if (place == NULL) {
            return TMLRT_E_NOMEM;
        }
    } else if ((*word & bit) != 0) {
        return pair_error(b, r->where, field->key, s_twice);
    }
    *word |= bit;
    tmlrt_status status = trt_value_parse(type, place, value, b->arena, &detail);
    return status == TMLRT_E_BIND ? pair_error(b, r->where, field->key, detail) : status;
}

static tmlrt_status fill_absent(trt_binder* b, record* r) {
    for (uint32_t i = 0; i < r->shape->num; i++) {
        const trt_json_field* field = &r->shape->fields[i];
        if ((r->seen[i / 64] >> (i & 63) & 1) != 0) {
            continue;
        }
        if (trt_value_may_be_absent(field->slot)) {
            TRT_TRY(trt_value_default(field->slot, r->place + field->offset, b->arena));
        } else {
            TRT_TRY(pair_error(b, r->where, field->key, "is required"));
        }
    }
    return TMLRT_OK;
}

/// Fills a struct from a form, or (`pairs` is the query) notes what it took.
static tmlrt_status fill(trt_binder* b, const tmlrt_meta_schema* schema, char* place,
                         const trt_query* pairs) {
    bool closed = pairs != b->input->query;
    record r = {.place = place, .where = closed ? "body" : "query"};
    TRT_TRY(get_shape(b, schema, &r.shape));
    size_t size = (r.shape->num + 63) / 64 * sizeof(uint64_t);
    r.seen = trt_arena_alloc(b->arena, size, alignof(uint64_t));
    if (r.seen == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(r.seen, 0, size);
    if (!closed && b->query_shape == NULL) {
        b->query_shape = r.shape;
    }
    for (uint32_t i = 0; i < pairs->num; i++) {
        const trt_path_param* pair = &pairs->items[i];
        size_t len = (size_t)pair->name.len;
        uint32_t index = trt_json_shape_find(r.shape, pair->name.data, len);
        if (index != TRT_JSON_NO_FIELD) {
            if (!closed) {
                b->query_taken[i / 64] |= 1ull << (i & 63);
            }
            TRT_TRY(take_pair(b, &r, index, pair->value));
        } else if (closed) {
            TRT_TRY(unknown_pair(b, r.shape, r.where, pair->name));
        }
    }
    return fill_absent(b, &r);
}

const char* trt_bind_pairs_check(const tmlrt_meta_schema* schema) {
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        const tmlrt_meta_type *type = field->type, *list = trt_bind_list_of(type);
        type = list != NULL ? list->ref : type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
        if (!trt_bind_is_scalar(type)) {
            return "every field must be a scalar, Str, or a Maybe or List of those";
        }
    }
    return NULL;
}

// ---- the query -------------------------------------------------------------------------------

static bool name_is(tmlrt_slice name, const char* key) {
    return strncmp(key, name.data, (size_t)name.len) == 0 && key[name.len] == '\0';
}

tmlrt_status trt_bind_query(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    const trt_query* query = b->input->query;
    const tmlrt_meta_type *type = slot->type, *list = trt_bind_list_of(type);
    const trt_path_param* found = NULL;
    uint32_t num = 0;
    if (type->kind == TMLRT_TYPE_STRUCT) {
        return fill(b, type->ref, place, query);
    }
    for (uint32_t i = 0; i < query->num; i++) {
        if (!name_is(query->items[i].name, slot->key)) {
            continue;
        }
        b->query_taken[i / 64] |= 1ull << (i & 63);
        found = &query->items[i];
        num++;
        if (list != NULL) {
            char* to = trt_bind_push(type, place);
            if (to == NULL) {
                return TMLRT_E_NOMEM;
            }
            TRT_TRY(trt_bind_text(b, slot, list->ref, to, found->value, true));
        }
    }
    if (num == 0) {
        return trt_bind_absent(b, slot, place);
    }
    if (list != NULL) {
        return TMLRT_OK;
    }
    return num > 1 ? trt_bind_slot_error(b, slot, s_twice)
                   : trt_bind_text(b, slot, type, place, found->value, true);
}

tmlrt_status trt_bind_query_rest(trt_binder* b) {
    const trt_query* query = b->input->query;
    for (uint32_t i = 0; b->query_shape != NULL && i < query->num; i++) {
        if ((b->query_taken[i / 64] >> (i & 63) & 1) == 0) {
            TRT_TRY(unknown_pair(b, b->query_shape, "query", query->items[i].name));
        }
    }
    return TMLRT_OK;
}

// ---- a form ----------------------------------------------------------------------------------

tmlrt_status trt_bind_form(trt_binder* b, const tmlrt_meta_schema* schema, char* place,
                           tmlrt_slice form) {
    trt_query fields;
    const char* reason = NULL;
    const trt_bind_limits* limits = b->input->limits;
    uint32_t max = limits != NULL && limits->form_fields != 0 ? limits->form_fields : TRT_FORM_MAX;
    tmlrt_status status = parse(&fields, b->arena, form, max, &s_form, &reason);
    if (status == TMLRT_E_HTTP_PARSE || status == TMLRT_E_HTTP_LIMIT) {
        b->errors->detail = reason;
        return TMLRT_E_BIND;
    }
    return status == TMLRT_OK ? fill(b, schema, place, &fields) : status;
}
