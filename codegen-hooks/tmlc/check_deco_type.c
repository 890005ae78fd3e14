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

static const char* key_of(program* prog, const ty* type, uint32_t field) {
    const ast_field* ast = type->fields.items[field].ast;
    const char* said = deco_text(prog, ty_decl_module(prog, type->decl),
                                 ast_find_decorator(&ast->decorators, "Name"), 0);
    return said != NULL ? said : ast->name;
}

/// Two fields with one name.
static const char* key_fault(program* prog, const ty* type) {
    for (uint32_t i = 0; i < type->fields.len; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(key_of(prog, type, i), key_of(prog, type, k)) == 0) {
                return tmlc_format(prog->arena, "two fields of %s have the name '%s'", type->name,
                                   key_of(prog, type, i));
            }
        }
    }
    return NULL;
}

static bool fits_int(const ty* type, const ast_expr* e) {
    bool minus = e->kind == AST_UNARY && e->op == TOK_MINUS;
    const ast_expr* number = minus ? e->a : e;
    uint32_t bits = ty_bits(type) - ty_is_signed(type);
    uint64_t max = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    return number->kind == AST_INT &&
           number->value.integer <= max + (minus && ty_is_signed(type)) &&
           (!minus || ty_is_signed(type) || number->value.integer == 0);
}

static bool fits_default(program* prog, const module* mod, const ty* type, const ast_expr* e) {
    e = deco_literal(prog, mod, e);
    const ast_expr* number = e->kind == AST_UNARY && e->op == TOK_MINUS ? e->a : e;
    if (ty_is_named(prog, type, "Maybe")) {
        return fits_default(prog, mod, type->args[0], e);
    }
    if (ty_is_named(prog, type, "List")) {
        bool fits = e->kind == AST_LIST;
        for (uint32_t i = 0; fits && i < e->list.len; i++) {
            fits = fits_default(prog, mod, type->args[0], e->list.items[i]);
        }
        return fits;
    }
    return ty_is_int(type)         ? fits_int(type, e)
           : ty_is_float(type)     ? number->kind == AST_INT || number->kind == AST_FLOAT
           : type->kind == TY_BOOL ? e->kind == AST_BOOL
           : type->kind == TY_CHAR ? e->kind == AST_CHAR
           : is_scalar(prog, type) ? e->kind == AST_STR
                                   : false;
}

const char* check_deco_default(program* prog, const module* mod, const ty* type,
                               const ast_expr* e) {
    return type->kind == TY_ERROR || fits_default(prog, mod, type, e)
               ? NULL
               : tmlc_format(prog->arena, "the default is no literal of %s", type->name);
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
    if (key_fault(prog, type) != NULL) {
        return key_fault(prog, type);
    }
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        const char* fault = json_fault(prog, field->type, depth + 1);
        if (fault == NULL && field->ast->init != NULL) {
            fault = check_deco_default(prog, ty_decl_module(prog, type->decl), field->type,
                                       field->ast->init);
        }
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

/// One text, or with `many` several in a List.
static bool is_flat(const program* prog, const ty* type, bool many) {
    type = without_maybe(prog, type);
    type = many && ty_is_named(prog, type, "List") ? type->args[0] : type;
    return is_scalar(prog, type);
}

static const char* query_fault(program* prog, ty* type) {
    bool is_struct = type->kind == TY_STRUCT && !ty_is_named(prog, type, "List") &&
                     !ty_is_named(prog, type, "Text");
    if (!is_struct) {
        return is_flat(prog, type, true) ? NULL
                                         : "it gives a number, Bool, Char, Str or Text, a List or "
                                           "Maybe of one, or a struct of those";
    }
    ty_layout(prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        if (!is_flat(prog, type->fields.items[i].type, true)) {
            return tmlc_format(prog->arena, "its field '%s' is more than one text",
                               type->fields.items[i].name);
        }
    }
    return key_fault(prog, type);
}

const char* check_deco_bind(program* prog, ty* type, const char* where) {
    bool many = strcmp(where, "header") == 0 || strcmp(where, "cookie") == 0;
    if (type->kind == TY_ERROR) {
        return NULL;
    }
    if (strcmp(where, "query") == 0) {
        return query_fault(prog, type);
    }
    if (strcmp(where, "body") == 0) {
        return json_fault(prog, type, 0);
    }
    if (strcmp(where, "request") == 0) {
        return ty_is_named(prog, type, "Request") ? NULL : "it gives a Request";
    }
    if (strcmp(where, "ip") == 0 || strcmp(where, "host") == 0) {
        return without_maybe(prog, type)->kind == TY_STR ? NULL : "it gives a Str";
    }
    return is_flat(prog, type, many)
               ? NULL
               : tmlc_format(prog->arena,
                             "it gives a number, Bool, Char, Str or Text, or a %sMaybe "
                             "of one",
                             many ? "List or " : "");
}
