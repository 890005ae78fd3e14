// SPDX-License-Identifier: Apache-2.0
// What may cross the boundary of a handler: types that a request can be read into, types that can
// be answered. The runtime's rules (docs/guide/running.md), said before the program is linked.
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

static bool is_scalar(const program* prog, const ty* type) {
    return (type->kind >= TY_BOOL && type->kind <= TY_STR) || type->kind == TY_ERROR ||
           ty_is_named(prog, type, "Text");
}

static const ty* without_maybe(const program* prog, const ty* type) {
    return ty_is_named(prog, type, "Maybe") ? type->args[0] : type;
}

/// Why JSON cannot be read into, or written from, a type. `depth` ends recursive types.
static const char* json_fault(program* prog, ty* type, uint32_t depth) {
    if (is_scalar(prog, type) || type->kind == TY_UNIT || depth > 16) {
        return NULL;
    }
    if (ty_is_named(prog, type, "List") || ty_is_named(prog, type, "Maybe")) {
        return json_fault(prog, type->args[0], depth + 1);
    }
    if (type->kind == TY_CLASS) {
        return deco_opaque(type) != NULL
                   ? tmlc_format(prog->arena, "a %s is no part of JSON", type->name)
                   : tmlc_format(prog->arena, "objects of class %s stay in the program",
                                 type->name);
    }
    if (type->kind != TY_STRUCT) {
        return tmlc_format(prog->arena, "%s has no form in JSON", type->name);
    }
    ty_layout(prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const char* fault = json_fault(prog, type->fields.items[i].type, depth + 1);
        if (fault != NULL) {
            return depth > 0 ? fault
                             : tmlc_format(prog->arena, "of its field '%s': %s",
                                           type->fields.items[i].name, fault);
        }
    }
    return NULL;
}

const char* check_deco_answer(program* prog, ty* type) {
    if (ty_is_named(prog, type, "Outcome")) {
        const char* fault = json_fault(prog, type->args[1], 0);
        return fault != NULL ? fault : check_deco_answer(prog, type->args[0]);
    }
    if (ty_is_named(prog, type, "Maybe")) {
        return check_deco_answer(prog, type->args[0]);
    }
    return ty_is_named(prog, type, "Response") ? NULL : json_fault(prog, type, 0);
}

const char* check_deco_bind(program* prog, ty* type, const char* where) {
    const ty* inner = without_maybe(prog, type);
    if (type->kind == TY_ERROR) {
        return NULL;
    }
    switch (where[0]) {
    case 'q':
        if (ty_is_named(prog, type, "List") && is_scalar(prog, type->args[0])) {
            return NULL;
        }
        return is_scalar(prog, inner) ? NULL
                                      : "it gives a number, Bool, Char, Str or Text, or a List or "
                                        "Maybe of one";
    case 'b':
        return json_fault(prog, type, 0);
    case 'i':
        return inner->kind == TY_STR ? NULL : "it gives a Str";
    case 'r':
        return ty_is_named(prog, type, "Request") ? NULL : "it gives a Request";
    case 'h':
        if (strcmp(where, "host") == 0) {
            return inner->kind == TY_STR ? NULL : "it gives a Str";
        }
        break;
    default:
        break;
    }
    return is_scalar(prog, inner) ? NULL
                                  : "it gives a number, Bool, Char, Str or Text, or a Maybe of one";
}
