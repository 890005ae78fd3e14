// SPDX-License-Identifier: Apache-2.0
// Binding of one request: a loop over the slots, a function per place a value comes from.
//
// Every slot is tried, so that one answer names every wrong parameter and every wrong field of the
// body. Nothing is guessed: numbers are strict decimal, a parameter given twice for one value is an
// error, a Bool is 0, 1, true or false. The args struct was zeroed, so after an error the lists and
// texts made so far can be freed by type.
//
// Called on the connection's worker, once per request; allocates from the request's arena, and
// (only for List and Text) libc's heap.
#include "std/http/framework/bind/bind.h"

#include "rt/base/assert.h"
#include "std/http/framework/bind/binder.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/framework/value/value.h"

#include <string.h>

static const char* const s_places[] = {
#define PLACE(name, value, ir) [value] = (ir),
    TMLRT_META_WHERE_MAP(PLACE)
#undef PLACE
};

// ---- what every place needs ------------------------------------------------------------------

void trt_bind_add_error(trt_binder* b, const trt_problem_error* error) {
    trt_bind_errors* errors = b->errors;
    errors->num_all++;
    if (errors->num < TRT_BIND_MAX_ERRORS) {
        errors->items[errors->num++] = *error;
    }
}

tmlrt_status trt_bind_slot_error(trt_binder* b, const tmlrt_meta_slot* slot, const char* detail) {
    trt_problem_error error = {.name = slot->key != NULL ? slot->key : slot->name,
                               .where = s_places[slot->where],
                               .detail = detail};
    if (detail == NULL) {
        return TMLRT_E_NOMEM;
    }
    trt_bind_add_error(b, &error);
    return TMLRT_OK;
}

tmlrt_status trt_bind_absent(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    if (trt_value_may_be_absent(slot)) {
        return trt_value_default(slot, place, b->arena);
    }
    return trt_bind_slot_error(b, slot, "is required");
}

tmlrt_status trt_bind_text(trt_binder* b, const tmlrt_meta_slot* slot, const tmlrt_meta_type* type,
                           char* place, tmlrt_slice text, bool kept) {
    const char* detail = NULL;
    if (kept && type->kind == TMLRT_TYPE_STR) {
        memcpy(place, &text.data, sizeof text.data);
        return TMLRT_OK;
    }
    tmlrt_status status = trt_value_parse(type, place, text, b->arena, &detail);
    return status == TMLRT_E_BIND ? trt_bind_slot_error(b, slot, detail) : status;
}

const tmlrt_meta_type* trt_bind_list_of(const tmlrt_meta_type* type) {
    type = type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
    return type->kind == TMLRT_TYPE_LIST ? type : NULL;
}

char* trt_bind_push(const tmlrt_meta_type* type, char* place) {
    trt_tml_list* list;
    if (type->kind == TMLRT_TYPE_MAYBE) {
        place = trt_value_set_just(type, place);
        type = type->ref;
    }
    memcpy(&list, place, sizeof(void*));
    if (list == NULL) {
        if (trt_value_new_list(place, type->ref) != TMLRT_OK) {
            return NULL;
        }
        memcpy(&list, place, sizeof(void*));
    }
    return trt_value_push(list);
}

// ---- one request -----------------------------------------------------------------------------

static tmlrt_status bind_slot(trt_binder* b, const tmlrt_meta_slot* slot, char* place,
                              uint32_t index) {
    tmlrt_request* request = b->input->request;
    switch (slot->where) {
    case TMLRT_WHERE_PATH:
        return trt_bind_path(b, slot, place, index);
    case TMLRT_WHERE_QUERY:
        return trt_bind_query(b, slot, place);
    case TMLRT_WHERE_HEADER:
        return trt_bind_header(b, slot, place);
    case TMLRT_WHERE_COOKIE:
        return trt_bind_cookie(b, slot, place);
    case TMLRT_WHERE_BODY:
        return trt_bind_body(b, slot, place);
    case TMLRT_WHERE_IP:
        return trt_bind_text(b, slot, slot->type, place, request->peer_ip, false);
    case TMLRT_WHERE_HOST:
        return trt_bind_text(b, slot, slot->type, place, request->authority, false);
    default: // REQUEST; the rest is refused at start
        memcpy(place, &request, sizeof(void*));
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
    trt_binder b = {route, input, errors, input->request->arena, NULL, {0}};
    tmlrt_status status = TMLRT_OK;
    errors->num = errors->num_all = 0;
    errors->status = 400;
    errors->detail = "the request does not fit what the route takes";
    errors->hint = (trt_header){0};
    for (uint32_t i = 0; i < route->params.count && status == TMLRT_OK; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        status = bind_slot(&b, slot, args + slot->offset, i);
    }
    if (status == TMLRT_OK && input->query->num != 0) {
        status = trt_bind_query_rest(&b);
    }
    if (status == TMLRT_OK && errors->num_all != 0) {
        status = TMLRT_E_BIND;
    }
    if (status != TMLRT_OK) {
        free_slots(route, args);
    }
    return status;
}

bool trt_bind_numbers(const tmlrt_meta_route* route, char* args, const tmlrt_request* request,
                      const uint8_t* path_index) {
    uint32_t num = route->params.count;
    for (uint32_t i = 0; i < num; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        if (slot->where != TMLRT_WHERE_PATH || path_index[i] >= request->num_params ||
            !trt_value_parse_plain(slot->type, args + slot->offset,
                                   request->params[path_index[i]].value)) {
            return false;
        }
    }
    return true; // nobody takes the query, so nothing of it is unknown
}

// ---- at start --------------------------------------------------------------------------------

static const char* check_keys(const tmlrt_meta_schema* schema) {
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const char* key = trt_slot_key(trt_meta_at(&schema->fields, i));
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(key, trt_slot_key(trt_meta_at(&schema->fields, j))) == 0) {
                return "two fields of its struct have one name in JSON; change a @Name";
            }
        }
    }
    return NULL;
}

/// Whether JSON can be read as this type; fields of structs are checked with the schema's own
/// slots.
static const char* check_json(const tmlrt_meta_type* type, uint32_t depth) {
    if (depth > 32 || trt_bind_is_scalar(type) || type->kind == TMLRT_TYPE_UNIT) {
        return NULL; // a recursive type has been seen by then
    }
    if (type->kind == TMLRT_TYPE_LIST || type->kind == TMLRT_TYPE_MAYBE) {
        return check_json(type->ref, depth + 1);
    }
    if (type->kind != TMLRT_TYPE_STRUCT) {
        return "JSON can be read into scalars, Str, Text, structs, List and Maybe only";
    }
    const tmlrt_meta_schema* schema = type->ref;
    const char* wrong = depth < 4 ? check_keys(schema) : NULL;
    for (uint32_t i = 0; wrong == NULL && depth < 4 && i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        wrong = check_json(field->type, depth + 1);
    }
    return wrong;
}

const char* trt_bind_check_json(const tmlrt_meta_type* type) {
    return check_json(type, 0);
}

/// A parameter of the head: a scalar, or several in a List.
static bool is_flat(const tmlrt_meta_type* type, bool with_list) {
    const tmlrt_meta_type* list = with_list ? trt_bind_list_of(type) : NULL;
    type = list != NULL ? list->ref : type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
    return trt_bind_is_scalar(type);
}

static const char* check_query(const tmlrt_meta_type* type) {
    if (type->kind != TMLRT_TYPE_STRUCT) {
        return is_flat(type, true) ? NULL
                                   : "a query parameter is a scalar, Str, a Maybe or List of "
                                     "those, or a struct of such fields";
    }
    const char* wrong = trt_bind_pairs_check(type->ref);
    return wrong != NULL ? wrong : check_keys(type->ref);
}

const char* trt_bind_check(const tmlrt_meta_slot* slot) {
    const tmlrt_meta_type* type = slot->type;
    const tmlrt_meta_type* inner = type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
    switch (slot->where) {
    case TMLRT_WHERE_QUERY:
        return check_query(type);
    case TMLRT_WHERE_PATH:
        return is_flat(type, false) ? NULL : "it must be a scalar or Str";
    case TMLRT_WHERE_HEADER:
    case TMLRT_WHERE_COOKIE:
        return is_flat(type, true) ? NULL : "it must be a scalar, Str, or a Maybe or List of those";
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
