// SPDX-License-Identifier: Apache-2.0
// Equality of two records by content: what decides whether a name that occurs twice is one record
// (a DTO that two modules use) or an error.
//
// Strings, types and tables are compared by what they say, functions and vtables by address.
// Positions are not compared: the same source file may be listed at another index. A struct type is
// compared by the name of its schema, since schemas are records of their own and compared as such;
// so the comparison ends for recursive types too. Only records that passed the checks get here.
#include "std/http/framework/registry/check.h"

#include <string.h>

typedef bool (*equal_fn)(const void* a, const void* b);

static bool equal_text(const char* a, const char* b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool equal_tables(const tmlrt_meta_table* a, const tmlrt_meta_table* b, equal_fn equal) {
    if (a->count != b->count) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (!equal(trt_meta_at(a, i), trt_meta_at(b, i))) {
            return false;
        }
    }
    return true;
}

static bool equal_name(const void* a, const void* b) {
    return equal_text(*(const char* const*)a, *(const char* const*)b);
}

static bool equal_value(const void* left, const void* right) {
    const tmlrt_meta_value *a = left, *b = right;
    if (a->kind != b->kind || !equal_text(a->name, b->name)) {
        return false;
    }
    if (a->kind < TMLRT_VALUE_STR) {
        return a->i == b->i;
    }
    if (a->len != b->len) {
        return false;
    }
    if (a->kind != TMLRT_VALUE_LIST) {
        return memcmp(a->p, b->p, a->len) == 0;
    }
    for (uint32_t i = 0; i < a->len; i++) {
        if (!equal_value((const tmlrt_meta_value*)a->p + i, (const tmlrt_meta_value*)b->p + i)) {
            return false;
        }
    }
    return true;
}

static bool equal_deco(const void* left, const void* right) {
    const tmlrt_meta_deco *a = left, *b = right;
    return equal_text(a->name, b->name) && equal_tables(&a->args, &b->args, equal_value);
}

bool trt_type_equal(const tmlrt_meta_type* a, const tmlrt_meta_type* b) {
    if (a == b) {
        return true;
    }
    if (a->kind != b->kind || a->size != b->size || a->align != b->align ||
        a->payload_off != b->payload_off) {
        return false;
    }
    const tmlrt_meta_type *inner_a = a->ref, *inner_b = b->ref;
    switch (a->kind) {
    case TMLRT_TYPE_STRUCT:
        return equal_text(((const tmlrt_meta_schema*)a->ref)->name,
                          ((const tmlrt_meta_schema*)b->ref)->name);
    case TMLRT_TYPE_CLASS:
        return equal_text(a->ref, b->ref);
    case TMLRT_TYPE_LIST:
    case TMLRT_TYPE_MAYBE:
        return trt_type_equal(inner_a, inner_b);
    case TMLRT_TYPE_OUTCOME:
        return trt_type_equal(&inner_a[0], &inner_b[0]) && trt_type_equal(&inner_a[1], &inner_b[1]);
    default:
        return true;
    }
}

static bool equal_slot(const void* left, const void* right) {
    const tmlrt_meta_slot *a = left, *b = right;
    return equal_text(a->name, b->name) && equal_text(a->key, b->key) && a->offset == b->offset &&
           a->where == b->where && a->loc.flags == b->loc.flags &&
           trt_type_equal(a->type, b->type) && (a->dflt == NULL) == (b->dflt == NULL) &&
           (a->dflt == NULL || equal_value(a->dflt, b->dflt)) &&
           equal_tables(&a->decos, &b->decos, equal_deco);
}

static bool equal_class(const tmlrt_meta_class* a, const tmlrt_meta_class* b) {
    return equal_text(a->base, b->base) && a->vtable == b->vtable && a->make == b->make &&
           a->drop == b->drop && a->size == b->size && a->align == b->align &&
           equal_tables(&a->injects, &b->injects, equal_slot) &&
           equal_tables(&a->decos, &b->decos, equal_deco);
}

static bool equal_route(const tmlrt_meta_route* a, const tmlrt_meta_route* b) {
    return a->thunk == b->thunk && a->fn == b->fn && equal_text(a->ffi_sig, b->ffi_sig) &&
           a->args_size == b->args_size && a->args_align == b->args_align &&
           a->loc.flags == b->loc.flags && trt_type_equal(a->ret, b->ret) &&
           equal_tables(&a->params, &b->params, equal_slot) &&
           equal_tables(&a->decos, &b->decos, equal_deco);
}

static bool equal_provider(const tmlrt_meta_provider* a, const tmlrt_meta_provider* b) {
    return equal_text(a->target, b->target) && a->make == b->make && a->how == b->how &&
           a->scope == b->scope && equal_tables(&a->deps, &b->deps, equal_slot);
}

/// A schema's drop may be a private copy in every module that names the struct: it counts only
/// whether there is one.
static bool equal_schema(const tmlrt_meta_schema* a, const tmlrt_meta_schema* b) {
    return (a->drop == NULL) == (b->drop == NULL) && a->size == b->size && a->align == b->align &&
           equal_tables(&a->fields, &b->fields, equal_slot);
}

static bool equal_module(const tmlrt_meta_module* a, const tmlrt_meta_module* b) {
    return equal_tables(&a->controllers, &b->controllers, equal_name) &&
           equal_tables(&a->providers, &b->providers, equal_name) &&
           equal_tables(&a->imports, &b->imports, equal_name) &&
           equal_tables(&a->exports, &b->exports, equal_name);
}

static bool equal_hook(const tmlrt_meta_hook* a, const tmlrt_meta_hook* b) {
    return a->thunk == b->thunk && a->event == b->event && a->order == b->order;
}

static bool equal_example(const tmlrt_meta_example* a, const tmlrt_meta_example* b) {
    return equal_text(a->request, b->request) && equal_text(a->response, b->response) &&
           a->status == b->status;
}

static bool equal_stage(const tmlrt_meta_stage* a, const tmlrt_meta_stage* b) {
    return equal_text(a->name, b->name) && a->thunk == b->thunk && a->role == b->role &&
           a->args_size == b->args_size && a->args_align == b->args_align &&
           trt_type_equal(a->ret, b->ret) && equal_tables(&a->params, &b->params, equal_slot);
}

bool trt_record_equal(uint32_t kind, const void* a, const void* b) {
    switch (kind) {
    case TMLRT_KIND_CLASS:
        return equal_class(a, b);
    case TMLRT_KIND_ROUTE:
        return equal_route(a, b);
    case TMLRT_KIND_PROVIDER:
        return equal_provider(a, b);
    case TMLRT_KIND_SCHEMA:
        return equal_schema(a, b);
    case TMLRT_KIND_MODULE:
        return equal_module(a, b);
    case TMLRT_KIND_HOOK:
        return equal_hook(a, b);
    case TMLRT_KIND_EXAMPLE:
        return equal_example(a, b);
    case TMLRT_KIND_STAGE:
        return equal_stage(a, b);
    default:
        return true;
    }
}
