// SPDX-License-Identifier: Apache-2.0
// Results that hold a Str beside something else: Maybe[Str], and an Outcome each side of which is a
// Str or holds none. A handler or a stage that makes one returns only made ones, and its record
// says that the runtime frees the text. check_str.c calls it.
#include "codegen-hooks/tmlc/check_str.h"

static bool holds_str(program* prog, ty* type, uint32_t depth) {
    if (type->kind == TY_STR || depth > 16) {
        return true;
    }
    for (uint32_t i = 0; i < type->num_args; i++) {
        if (holds_str(prog, type->args[i], depth + 1)) {
            return true;
        }
    }
    ty_layout(prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        if (type->kind == TY_STRUCT && !ty_is_named(prog, type, "Text") &&
            !ty_is_named(prog, type, "List") &&
            holds_str(prog, type->fields.items[i].type, depth + 1)) {
            return true;
        }
    }
    return false;
}

static bool is_wrapped(program* prog, const ty* type) {
    if (ty_is_named(prog, type, "Maybe")) {
        return type->args[0]->kind == TY_STR;
    }
    if (!ty_is_named(prog, type, "Outcome")) {
        return false;
    }
    bool ok_is = type->args[0]->kind == TY_STR, err_is = type->args[1]->kind == TY_STR;
    return (ok_is || err_is) && (ok_is || !holds_str(prog, type->args[0], 0)) &&
           (err_is || !holds_str(prog, type->args[1], 0));
}

bool check_str_wraps(program* prog, const fn* f) {
    return is_wrapped(prog, f->result);
}

static void wrap(program* prog, hir** place, fn* copy) {
    hir* call = TMLC_NEW(prog->arena, hir);
    *call = (hir){.kind = HIR_CALL, .span = (*place)->span, .type = (*place)->type, .fn = copy};
    TMLC_PUSH(prog->arena, &call->list, *place);
    *place = call;
}

static fn* prelude_function(program* prog, const char* name, ty* error) {
    method found = {resolve_prelude(prog, name), NULL, prog->modules.items[0], NULL, NULL};
    env* scope =
        error == NULL ? NULL : resolve_bind(prog, NULL, found.decl->tparams.items[0].name, error);
    return resolve_instance(prog, &found, scope, found.decl->name_span);
}

void check_str_copy(program* prog, hir** place) {
    wrap(prog, place, prelude_function(prog, "strdup", NULL));
}

static fn* copier_of(program* prog, const ty* type) {
    if (ty_is_named(prog, type, "Maybe")) {
        return prelude_function(prog, "maybe_strdup", NULL);
    }
    bool ok_is = type->args[0]->kind == TY_STR, err_is = type->args[1]->kind == TY_STR;
    return ok_is && err_is ? prelude_function(prog, "texts_strdup", NULL)
           : ok_is         ? prelude_function(prog, "outcome_strdup", type->args[1])
                           : prelude_function(prog, "error_strdup", type->args[0]);
}

/// The places where a result comes from: through blocks, branches and arms. Returns whether any
/// text in it is made; with `copy` each that is not becomes a copy.
static bool visit(strs* s, hir** place, fn* copy) {
    hir* node = *place;
    bool made = false;
    if (node->type->kind == TY_NEVER) {
        return false;
    }
    if (node->kind == HIR_BLOCK && node->has_value) {
        return visit(s, &node->list.items[node->list.len - 1], copy);
    }
    if (node->kind == HIR_IF && node->c != NULL) {
        made = visit(s, &node->b, copy);
        return visit(s, &node->c, copy) || made;
    }
    for (uint32_t i = 0; node->kind == HIR_MATCH && i < node->arms.len; i++) {
        made = visit(s, &node->arms.items[i].body, copy) || made;
    }
    if (node->kind == HIR_MATCH) {
        return made;
    }
    if (node->kind != HIR_VARIANT) {
        if (copy != NULL) {
            wrap(s->prog, place, copy);
        }
        return false;
    }
    if (node->list.len == 0 || node->list.items[0]->type->kind != TY_STR) {
        return false;
    }
    str_owner owner = check_str_owner(s, node->list.items[0]);
    if (copy != NULL && owner != STR_MADE) {
        check_str_copy(s->prog, &node->list.items[0]);
    }
    return owner != STR_STATIC;
}

static bool visit_all(strs* s, fn* f, fn* copy) {
    bool made = f->body->type == f->result && visit(s, &f->body, copy);
    for (uint32_t i = 0; i < f->returns.len; i++) {
        hir* node = f->returns.items[i];
        made = (node->a != NULL && visit(s, &node->a, copy)) || made;
    }
    return made;
}

bool check_str_wrapped_made(strs* s, fn* f) {
    return visit_all(s, f, NULL);
}

void check_str_wrapped_copy(strs* s, fn* f) {
    visit_all(s, f, copier_of(s->prog, f->result));
}
