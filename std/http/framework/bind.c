// SPDX-License-Identifier: Apache-2.0
// Binding of one request: a loop over the slots, a small function per place a value comes from.
//
// Every slot is tried, so that one answer names every wrong parameter and every wrong field of the
// body. Nothing is guessed: numbers are strict decimal, a parameter given twice for one value is an
// error, a Bool is 0, 1, true or false. The args struct was zeroed, so after an error the lists and
// texts made so far can be freed by type.
//
// Called on the connection's worker, once per request; allocates from the request's arena, and
// (only for List and Text) libc's heap.
#include "std/http/framework/bind.h"

#include "rt/base/assert.h"
#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/core/uri.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/json_read.h"
#include "std/http/framework/registry.h"
#include "std/http/framework/value.h"

#include <stdalign.h>
#include <string.h>

static const char s_required[] = "is required";
static const char s_twice[] = "is given more than once";

static const char* const s_places[] = {
#define PLACE(name, value, ir) [value] = (ir),
    TMLRT_META_WHERE_MAP(PLACE)
#undef PLACE
};

// ---- query -----------------------------------------------------------------------------------

static tmlrt_status decode(trt_arena* arena, tmlrt_slice raw, tmlrt_slice* out,
                           const char** out_reason) {
    size_t len;
    char* text = trt_arena_alloc(arena, (size_t)raw.len + 1, 1);
    if (text == NULL) {
        return TMLRT_E_NOMEM;
    }
    if (trt_percent_decode(text, &len, raw, true) != TMLRT_OK) {
        *out_reason =
            "a `%` of the query is not followed by two hexadecimal digits, or encodes a NUL";
        return TMLRT_E_HTTP_PARSE;
    }
    if (!trt_utf8_valid(text, len)) {
        *out_reason = "the query is not valid UTF-8";
        return TMLRT_E_HTTP_PARSE;
    }
    text[len] = '\0';
    *out = (tmlrt_slice){text, len};
    return TMLRT_OK;
}

tmlrt_status trt_query_parse(trt_query* out, trt_arena* arena, tmlrt_slice raw,
                             const char** out_reason) {
    tmlrt_slice rest = raw, name, value;
    uint32_t num = 0;
    *out = (trt_query){0};
    while (trt_query_next(&rest, &name, &value)) {
        num++;
    }
    if (num == 0) {
        return TMLRT_OK;
    }
    if (num > TRT_QUERY_MAX) {
        *out_reason = "the query has more than 256 parameters";
        return TMLRT_E_HTTP_LIMIT;
    }
    out->items = trt_arena_alloc(arena, num * sizeof *out->items, alignof(trt_path_param));
    if (out->items == NULL) {
        return TMLRT_E_NOMEM;
    }
    rest = raw;
    while (trt_query_next(&rest, &name, &value)) {
        trt_path_param* pair = &out->items[out->num];
        tmlrt_status status = decode(arena, name, &pair->name, out_reason);
        if (status == TMLRT_OK) {
            status = decode(arena, value, &pair->value, out_reason);
        }
        if (status != TMLRT_OK) {
            return status;
        }
        out->num++;
    }
    return TMLRT_OK;
}

// ---- one slot --------------------------------------------------------------------------------

typedef struct binder {
    const trt_bind_input* input;
    trt_bind_errors* errors;
    trt_arena* arena;
} binder;

static void add_error(trt_bind_errors* errors, const trt_problem_error* error) {
    errors->num_all++;
    if (errors->num < TRT_BIND_MAX_ERRORS) {
        errors->items[errors->num++] = *error;
    }
}

static tmlrt_status slot_error(binder* b, const tmlrt_meta_slot* slot, const char* detail) {
    trt_problem_error error = {.name = slot->key != NULL ? slot->key : slot->name,
                               .where = s_places[slot->where],
                               .detail = detail};
    add_error(b->errors, &error);
    return TMLRT_OK;
}

static tmlrt_status bind_absent(binder* b, const tmlrt_meta_slot* slot, char* place) {
    if (trt_value_may_be_absent(slot)) {
        return trt_value_default(slot, place, b->arena);
    }
    return slot_error(b, slot, s_required);
}

static tmlrt_status bind_text(binder* b, const tmlrt_meta_slot* slot, const tmlrt_meta_type* type,
                              char* place, tmlrt_slice text) {
    const char* detail = NULL;
    tmlrt_status status = trt_value_parse(type, place, text, b->arena, &detail);
    return status == TMLRT_E_BIND ? slot_error(b, slot, detail) : status;
}

/// A Str whose bytes already lie in the arena with a NUL behind them is not copied again.
static tmlrt_status bind_kept(binder* b, const tmlrt_meta_slot* slot, const tmlrt_meta_type* type,
                              char* place, tmlrt_slice text) {
    if (type->kind == TMLRT_TYPE_STR) {
        memcpy(place, &text.data, sizeof text.data);
        return TMLRT_OK;
    }
    return bind_text(b, slot, type, place, text);
}

static tmlrt_status bind_path(binder* b, const tmlrt_meta_slot* slot, char* place, uint32_t index) {
    const tmlrt_request* request = b->input->request;
    uint8_t param = b->input->path_index[index];
    if (param >= request->num_params) {
        return bind_absent(b, slot, place);
    }
    return bind_kept(b, slot, slot->type, place, request->params[param].value);
}

static bool name_is(tmlrt_slice name, const char* key) {
    return strncmp(key, name.data, (size_t)name.len) == 0 && key[name.len] == '\0';
}

static tmlrt_status bind_query_list(binder* b, const tmlrt_meta_slot* slot, char* place) {
    const trt_query* query = b->input->query;
    trt_tml_list* list;
    TRT_TRY(trt_value_new_list(place, slot->type->ref));
    memcpy(&list, place, sizeof list);
    for (uint32_t i = 0; i < query->num; i++) {
        if (!name_is(query->items[i].name, slot->key)) {
            continue;
        }
        char* element = trt_value_push(list);
        if (element == NULL) {
            return TMLRT_E_NOMEM;
        }
        TRT_TRY(bind_kept(b, slot, slot->type->ref, element, query->items[i].value));
    }
    return TMLRT_OK;
}

static tmlrt_status bind_query(binder* b, const tmlrt_meta_slot* slot, char* place) {
    const trt_query* query = b->input->query;
    const trt_path_param* found = NULL;
    uint32_t num = 0;
    for (uint32_t i = 0; i < query->num; i++) {
        if (name_is(query->items[i].name, slot->key)) {
            found = &query->items[i];
            num++;
        }
    }
    if (found == NULL) {
        return bind_absent(b, slot, place);
    }
    if (slot->type->kind == TMLRT_TYPE_LIST) {
        return bind_query_list(b, slot, place);
    }
    if (num > 1) {
        return slot_error(b, slot, s_twice);
    }
    return bind_kept(b, slot, slot->type, place, found->value);
}

/// Several fields of one name are one list for a Str (RFC 9110 5.3), too many for anything else.
static tmlrt_status bind_header(binder* b, const tmlrt_meta_slot* slot, char* place) {
    const tmlrt_request* request = b->input->request;
    size_t key_len = strlen(slot->key), len = 0;
    const trt_header* found = NULL;
    uint32_t num = 0;
    for (uint32_t i = 0; i < request->num_headers; i++) {
        const trt_header* header = &request->headers[i];
        if (header->name.len == key_len &&
            trt_equal_nocase(header->name.data, slot->key, key_len)) {
            found = header;
            len += (size_t)header->value.len + 2;
            num++;
        }
    }
    if (num == 0) {
        return bind_absent(b, slot, place);
    }
    const tmlrt_meta_type* type = slot->type;
    type = type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
    if (num == 1) {
        tmlrt_slice value = found->value;
        if ((type->kind == TMLRT_TYPE_STR || type->kind == TMLRT_TYPE_TEXT) &&
            !trt_utf8_valid(value.data, (size_t)value.len)) {
            return slot_error(b, slot, "must be valid UTF-8");
        }
        return bind_text(b, slot, slot->type, place, value);
    }
    if (type->kind != TMLRT_TYPE_STR) {
        return slot_error(b, slot, s_twice);
    }
    uint32_t total = num;
    char *joined = trt_arena_alloc(b->arena, len, 1), *to = joined;
    if (joined == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < request->num_headers; i++) {
        const trt_header* header = &request->headers[i];
        if (header->name.len == key_len &&
            trt_equal_nocase(header->name.data, slot->key, key_len)) {
            if (num-- != total) {
                memcpy(to, ", ", 2);
                to += 2;
            }
            memcpy(to, header->value.data, (size_t)header->value.len);
            to += header->value.len;
        }
    }
    return bind_text(b, slot, slot->type, place, (tmlrt_slice){joined, (uint64_t)(to - joined)});
}

/// The next `name=value` of a Cookie field (RFC 6265 5.4); false at its end.
static bool next_cookie(tmlrt_slice* rest, tmlrt_slice* name, tmlrt_slice* value) {
    while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == ';')) {
        rest->data++;
        rest->len--;
    }
    if (rest->len == 0) {
        return false;
    }
    const char* end = memchr(rest->data, ';', (size_t)rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->data) : (size_t)rest->len;
    const char* equals = memchr(rest->data, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - rest->data) : 0;
    *name = (tmlrt_slice){rest->data, name_len};
    *value =
        (tmlrt_slice){rest->data + name_len + (equals != NULL), len - name_len - (equals != NULL)};
    while (value->len > 0 && value->data[value->len - 1] == ' ') {
        value->len--;
    }
    rest->data += len;
    rest->len -= len;
    return true;
}

static tmlrt_status bind_cookie(binder* b, const tmlrt_meta_slot* slot, char* place) {
    const tmlrt_request* request = b->input->request;
    tmlrt_slice found = {NULL, 0}, name, value;
    uint32_t num = 0;
    for (uint32_t i = 0; i < request->num_headers; i++) {
        tmlrt_slice rest = request->headers[i].value;
        if (request->headers[i].name.len != 6 ||
            !trt_equal_nocase(request->headers[i].name.data, "cookie", 6)) {
            continue;
        }
        while (next_cookie(&rest, &name, &value)) {
            if (name_is(name, slot->key)) {
                found = value;
                num++;
            }
        }
    }
    if (num == 0) {
        return bind_absent(b, slot, place);
    }
    if (num > 1) {
        return slot_error(b, slot, s_twice);
    }
    if (!trt_utf8_valid(found.data, (size_t)found.len)) {
        return slot_error(b, slot, "must be valid UTF-8");
    }
    return bind_text(b, slot, slot->type, place, found);
}

// ---- body ------------------------------------------------------------------------------------

static const trt_header* find_header(const tmlrt_request* request, const char* name) {
    return trt_header_find(request->headers, request->num_headers, name, strlen(name));
}

/// Whether Content-Type is application/json or a +json type, whatever its parameters.
static bool is_json(tmlrt_slice type) {
    size_t len = 0;
    while (len < type.len && type.data[len] != ';' && type.data[len] != ' ') {
        len++;
    }
    if (len == 16 && trt_equal_nocase(type.data, "application/json", 16)) {
        return true;
    }
    return len > 17 && trt_equal_nocase(type.data, "application/", 12) &&
           trt_equal_nocase(type.data + len - 5, "+json", 5);
}

static tmlrt_status unsupported(binder* b, const char* detail) {
    b->errors->status = 415;
    b->errors->detail = detail;
    return TMLRT_E_BIND;
}

static tmlrt_status bind_json(binder* b, const tmlrt_meta_slot* slot, char* place) {
    trt_json_report report;
    tmlrt_status status = trt_json_read(place, slot->type, b->input->keys, b->arena,
                                        b->input->request->body, &report);
    if (status == TMLRT_E_HTTP_LIMIT) {
        b->errors->status = 413;
        b->errors->detail = "the lists of the body take more than 8 MiB";
        return TMLRT_E_BIND;
    }
    if (status != TMLRT_E_JSON && status != TMLRT_E_BIND) {
        return status;
    }
    for (uint32_t i = 0; i < report.num; i++) {
        trt_problem_error error = {
            .where = "body", .detail = report.items[i].detail, .pointer = report.items[i].pointer};
        add_error(b->errors, &error);
    }
    b->errors->num_all += report.num_all - report.num;
    return TMLRT_OK;
}

static tmlrt_status bind_body(binder* b, const tmlrt_meta_slot* slot, char* place) {
    const tmlrt_request* request = b->input->request;
    const trt_header* encoding = find_header(request, "content-encoding");
    const trt_header* type = find_header(request, "content-type");
    const tmlrt_meta_type* inner = slot->type;
    inner = inner->kind == TMLRT_TYPE_MAYBE ? inner->ref : inner;
    if (encoding != NULL &&
        !(encoding->value.len == 8 && trt_equal_nocase(encoding->value.data, "identity", 8))) {
        return unsupported(b, "Content-Encoding is not supported; send the body as it is");
    }
    if (request->body.len == 0) {
        return bind_absent(b, slot, place);
    }
    if (inner->kind == TMLRT_TYPE_STR || inner->kind == TMLRT_TYPE_TEXT) {
        if (!trt_utf8_valid(request->body.data, (size_t)request->body.len)) {
            return slot_error(b, slot, "must be valid UTF-8");
        }
        return bind_text(b, slot, slot->type, place, request->body);
    }
    if (type == NULL || !is_json(type->value)) {
        return unsupported(b, "the body must be sent with Content-Type: application/json");
    }
    return bind_json(b, slot, place);
}

static tmlrt_status bind_slot(binder* b, const tmlrt_meta_slot* slot, char* place, uint32_t index) {
    tmlrt_request* request = b->input->request;
    switch (slot->where) {
    case TMLRT_WHERE_PATH:
        return bind_path(b, slot, place, index);
    case TMLRT_WHERE_QUERY:
        return bind_query(b, slot, place);
    case TMLRT_WHERE_HEADER:
        return bind_header(b, slot, place);
    case TMLRT_WHERE_COOKIE:
        return bind_cookie(b, slot, place);
    case TMLRT_WHERE_BODY:
        return bind_body(b, slot, place);
    case TMLRT_WHERE_IP:
        return bind_text(b, slot, slot->type, place, request->peer_ip);
    case TMLRT_WHERE_HOST:
        return bind_text(b, slot, slot->type, place, request->authority);
    default: // REQUEST; the rest is refused at start
        memcpy(place, &request, sizeof request);
        return TMLRT_OK;
    }
}

static void free_slots(const tmlrt_meta_route* route, char* args) {
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        trt_value_free(slot->type, args + slot->offset);
    }
}

tmlrt_status trt_bind_args(const tmlrt_meta_route* route, char* args, const trt_bind_input* input,
                           trt_bind_errors* errors) {
    binder b = {input, errors, input->request->arena};
    tmlrt_status status = TMLRT_OK;
    errors->num = errors->num_all = 0;
    errors->status = 400;
    errors->detail = "the request does not fit what the route takes";
    for (uint32_t i = 0; i < route->params.count && status == TMLRT_OK; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        status = bind_slot(&b, slot, args + slot->offset, i);
    }
    if (status == TMLRT_OK && errors->num_all != 0) {
        status = TMLRT_E_BIND;
    }
    if (status != TMLRT_OK) {
        free_slots(route, args);
    }
    return status;
}

// ---- at start --------------------------------------------------------------------------------

static bool is_scalar(const tmlrt_meta_type* type) {
    return type->kind >= TMLRT_TYPE_BOOL && type->kind <= TMLRT_TYPE_TEXT;
}

/// Whether JSON can be read as this type; fields of structs are checked with the schema's own
/// slots.
static const char* check_json(const tmlrt_meta_type* type, uint32_t depth) {
    if (depth > 32 || is_scalar(type) || type->kind == TMLRT_TYPE_UNIT) {
        return NULL; // a recursive type has been seen by then
    }
    if (type->kind == TMLRT_TYPE_LIST || type->kind == TMLRT_TYPE_MAYBE) {
        return check_json(type->ref, depth + 1);
    }
    if (type->kind != TMLRT_TYPE_STRUCT) {
        return "JSON can be read into scalars, Str, Text, structs, List and Maybe only";
    }
    const tmlrt_meta_schema* schema = type->ref;
    for (uint32_t i = 0; depth < 4 && i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        const char* wrong = check_json(field->type, depth + 1);
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

const char* trt_bind_check(const tmlrt_meta_slot* slot) {
    const tmlrt_meta_type* type = slot->type;
    const tmlrt_meta_type* inner = type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
    switch (slot->where) {
    case TMLRT_WHERE_QUERY:
        if (inner->kind == TMLRT_TYPE_LIST && type == inner) {
            return is_scalar(inner->ref) ? NULL : "a list in the query holds scalars or Str only";
        }
        return is_scalar(inner) ? NULL : "a query parameter is a scalar, Str, or a List of those";
    case TMLRT_WHERE_PATH:
    case TMLRT_WHERE_HEADER:
    case TMLRT_WHERE_COOKIE:
        return is_scalar(inner) ? NULL : "it must be a scalar or Str";
    case TMLRT_WHERE_IP:
    case TMLRT_WHERE_HOST:
        return inner->kind == TMLRT_TYPE_STR ? NULL : "it must be Str";
    case TMLRT_WHERE_REQUEST:
        return type->kind == TMLRT_TYPE_REQUEST ? NULL : "it must be Request";
    case TMLRT_WHERE_BODY:
        return check_json(type, 0);
    default:
        return "custom parameters are not supported by this runtime";
    }
}
