// SPDX-License-Identifier: Apache-2.0
// What a field of an object has when nobody gives it a value.
//
// A number, a Bool and a Char are 0, a Str is "", a Maybe is Nothing, a Text, a List and Bytes are
// empty, an enum is its first variant when that holds nothing, a struct has all that in each of its
// fields, or what is written behind their types. Nothing else can be made up (a class, a ref, a
// function, a Sender ...): the literal, the declaration or `new` says what it is, or injection
// does.
//
// check_build.c asks for the fields that a literal leaves out, check.c for those of a constructor.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

enum { DEPTH_MAX = 32 }; ///< structs in structs: a deeper one holds itself, and is an error already

typedef enum {
    BLANK_ZERO, ///< zero bytes are it
    BLANK_MADE, ///< blank_value makes it
    BLANK_NONE, ///< there is none
} blank_kind;

/// Types of the prelude that are empty where their memory is zero, though they have pointers.
static bool is_empty_when_zero(const program* prog, const ty* type) {
    return ty_is_named(prog, type, "Text") || ty_is_named(prog, type, "List") ||
           ty_is_named(prog, type, "Bytes");
}

static blank_kind blank_of(program* prog, ty* type, unsigned depth);

static blank_kind blank_of_struct(program* prog, ty* type, unsigned depth) {
    blank_kind most = BLANK_ZERO;
    if (depth == DEPTH_MAX || is_empty_when_zero(prog, type)) {
        return BLANK_ZERO;
    }
    bool is_prelude = ty_decl_module(prog, type->decl) == prog->modules.items[0];
    ty_layout(prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        blank_kind kind = field->ast->init != NULL ? BLANK_MADE
                          : is_prelude && field->type->kind == TY_PTR
                              ? BLANK_NONE // a handle
                              : blank_of(prog, field->type, depth + 1);
        most = kind > most ? kind : most;
    }
    return most;
}

static blank_kind blank_of(program* prog, ty* type, unsigned depth) {
    switch (type->kind) {
    case TY_STR:
        return BLANK_MADE;
    case TY_STRUCT:
        return blank_of_struct(prog, type, depth);
    case TY_ENUM:
        ty_layout(prog, type);
        return ty_is_named(prog, type, "Maybe")         ? BLANK_MADE
               : type->variants.len == 0                ? BLANK_ZERO
               : type->variants.items[0].types.len == 0 ? BLANK_ZERO
                                                        : BLANK_NONE;
    case TY_CLASS:
    case TY_REF:
    case TY_FUNC:
    case TY_DYN:
    case TY_FUTURE:
    case TY_BLOCKING:
        return BLANK_NONE;
    default:
        return BLANK_ZERO;
    }
}

hir* check_default(checker* ck, const ty* owner, const ty_field* field) {
    checker inner = *ck;
    env* scope = NULL;
    for (uint32_t i = 0; i < owner->decl->tparams.len && i < owner->num_args; i++) {
        scope = resolve_bind(ck->prog, scope, owner->decl->tparams.items[i].name, owner->args[i]);
    }
    inner.r = (resolver){ck->prog, ty_decl_module(ck->prog, owner->decl), scope, NULL, NULL, false};
    inner.scope = (locals){0};
    inner.num_loops = inner.loop_scope = 0;
    return check_value(&inner, field->ast->init, field->type);
}

/// The value of a type that has one (blank_of).
static hir* blank_value(checker* ck, ty* type, tmlc_span span) {
    hir_kind kind = type->kind == TY_STR      ? HIR_STR
                    : type->kind == TY_STRUCT ? HIR_STRUCT
                    : type->kind == TY_ENUM   ? HIR_VARIANT
                    : type->kind == TY_PTR    ? HIR_NULL
                    : type->kind == TY_UNIT   ? HIR_UNIT
                    : ty_is_float(type)       ? HIR_FLOAT
                                              : HIR_INT;
    hir* node = check_new(ck, kind, span, type);
    if (kind == HIR_STR) {
        node->text = "";
    } else if (kind == HIR_VARIANT) { // a Maybe's second one is Nothing
        node->index = ty_is_named(ck->prog, type, "Maybe") ? 1 : 0;
    }
    for (uint32_t i = 0; kind == HIR_STRUCT && i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        TMLC_PUSH(ck->arena, &node->list,
                  field->ast->init != NULL ? check_default(ck, type, field)
                                           : blank_value(ck, field->type, span));
    }
    return node;
}

static bool is_injected(checker* ck, const ty* owner, const ty_field* field) {
    return deco_inject_token(ck->prog, ty_decl_module(ck->prog, owner->decl),
                             &field->ast->decorators, field->type) != NULL;
}

hir* check_left_out(checker* ck, const ty_field* field, tmlc_span span) {
    return blank_of(ck->prog, field->type, 0) == BLANK_MADE ? blank_value(ck, field->type, span)
                                                            : NULL;
}

bool check_can_leave_out(checker* ck, const ty_field* field) {
    return field->type->kind == TY_ERROR || blank_of(ck->prog, field->type, 0) != BLANK_NONE;
}

// ---- constructors ------------------------------------------------------------------------------

static bool is_assigned(const fn* f, const ast_field* field) {
    for (uint32_t i = 0; i < f->assigned.len; i++) {
        if (f->assigned.items[i] == field) {
            return true;
        }
    }
    return false;
}

static bool is_unset(checker* ck, const fn* f, const ty* owner, const ty_field* field) {
    bool is_set = field->ast->init != NULL || is_assigned(f, field->ast) ||
                  (deco_is_managed(f->self->decl) && is_injected(ck, owner, field));
    return !is_set && !check_can_leave_out(ck, field);
}

/// The constructor that a class got because it has none stands where its name does.
static bool is_given(const fn* f) {
    return f->decl->span.start == f->self->decl->name_span.start;
}

/// Reports each field of a class and its bases that has no value; at `span` unless that is NULL.
static bool check_unset(checker* ck, const fn* f, const tmlc_span* span) {
    bool any = false;
    for (const ty* owner = f->self; owner != NULL; owner = owner->base) {
        for (uint32_t i = 0; i < owner->fields.len; i++) {
            const ty_field* field = &owner->fields.items[i];
            if (!is_unset(ck, f, owner, field)) {
                continue;
            }
            tmlc_diag* diag = tmlc_error(ck->files, span != NULL ? *span : field->ast->span,
                                         "'%s: %s' of %s has no value", field->name,
                                         field->type->name, f->self->name);
            diag->help = "write one behind its type, or assign it in 'new'";
            diag->note = span != NULL ? "it is declared here" : NULL;
            diag->note_span = field->ast->span;
            any = true;
        }
    }
    return any;
}

void check_constructor(checker* ck, const fn* f) {
    // a literal may give what a constructor that nobody wrote cannot
    if (!is_given(f) || deco_is_managed(f->self->decl)) {
        check_unset(ck, f, NULL);
    }
}

bool check_may_construct(checker* ck, const fn* f, tmlc_span span) {
    return !is_given(f) || deco_is_managed(f->self->decl) || !check_unset(ck, f, &span);
}

// ---- before types are known --------------------------------------------------------------------

static bool wants_any(const program* prog, const module* mod, const ast_types* types,
                      unsigned depth) {
    for (uint32_t i = 0; i < types->len; i++) {
        if (check_wants_value(prog, mod, types->items[i], depth)) {
            return true;
        }
    }
    return false;
}

bool check_wants_value(const program* prog, const module* mod, const ast_type* type,
                       unsigned depth) {
    if (type->kind != AST_TYPE_PATH || type->path.segments.len == 0) {
        return type->kind != AST_TYPE_PTR;
    }
    const ast_segment* last = &type->path.segments.items[type->path.segments.len - 1];
    const ast_decl* decl = resolve_path_decl(mod, &type->path, type->path.segments.len);
    if (decl == NULL || depth == DEPTH_MAX) {
        return decl == NULL && strcmp(last->name, "Str") == 0;
    }
    bool is_maybe = decl == resolve_prelude(prog, "Maybe") && last->args.len == 1;
    if (is_maybe && last->args.items[0]->kind == AST_TYPE_PATH) {
        const ast_path* inner = &last->args.items[0]->path;
        const ast_decl* of = resolve_path_decl(mod, inner, inner->segments.len);
        return of == NULL || of->kind != AST_CLASS; // else it is injected
    }
    if (decl == resolve_prelude(prog, "List")) {
        return false;
    }
    bool wants = decl->kind == AST_ENUM && decl->variants.len > 0 &&
                 (is_maybe || decl->variants.items[0].types.len > 0);
    for (uint32_t i = 0; decl->kind == AST_STRUCT_DECL && i < decl->fields.len; i++) {
        const ast_field* field = &decl->fields.items[i];
        wants = wants || field->init != NULL ||
                check_wants_value(prog, ty_decl_module(prog, decl), field->type, depth + 1);
    }
    return wants || (decl->kind == AST_STRUCT_DECL && wants_any(prog, mod, &last->args, depth + 1));
}
