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

bool check_str_wraps(program* prog, const fn* f, bool is_route) {
    return is_wrapped(prog, f->result) ||
           (is_route && f->result->kind != TY_STR && f->result->kind != TY_CLASS &&
            holds_str(prog, f->result, 0));
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

/// A look through what a function returns.
typedef struct {
    strs* s;
    bool copies;  ///< what is not made is copied; else it is only looked at
    bool is_made; ///< some text is
    bool is_open; ///< a value whose texts cannot be told from here: nothing is given away
} look;

static void visit(look* l, hir** place);

static void visit_list(look* l, hir_list* list) {
    for (uint32_t i = 0; i < list->len; i++) {
        if (list->items[i] != NULL) {
            visit(l, &list->items[i]);
        }
    }
}

/// The places where a result comes from: through blocks, branches and arms, into what is written
/// out there.
static void visit(look* l, hir** place) {
    hir* node = *place;
    if (node->type->kind == TY_NEVER || !holds_str(l->s->prog, node->type, 0)) {
        return;
    }
    if (node->type->kind == TY_STR) {
        str_owner owner = check_str_owner(l->s, node);
        l->is_made = l->is_made || owner != STR_STATIC;
        if (l->copies && owner != STR_MADE) {
            check_str_copy(l->s->prog, place);
        }
    } else if (node->kind == HIR_BLOCK && node->has_value) {
        visit(l, &node->list.items[node->list.len - 1]);
    } else if (node->kind == HIR_IF && node->c != NULL) {
        visit(l, &node->b);
        visit(l, &node->c);
    } else if (node->kind == HIR_MATCH) {
        for (uint32_t i = 0; i < node->arms.len; i++) {
            visit(l, &node->arms.items[i].body);
        }
    } else if (node->kind == HIR_VARIANT || node->kind == HIR_STRUCT) {
        visit_list(l, &node->list);
    } else if (!is_wrapped(l->s->prog, node->type)) {
        l->is_open = true;
    } else if (l->copies) {
        wrap(l->s->prog, place, copier_of(l->s->prog, node->type));
    }
}

static bool visit_all(strs* s, fn* f, bool copies) {
    look l = {.s = s, .copies = copies};
    if (f->body->type == f->result) {
        visit(&l, &f->body);
    }
    for (uint32_t i = 0; i < f->returns.len; i++) {
        if (f->returns.items[i]->a != NULL) {
            visit(&l, &f->returns.items[i]->a);
        }
    }
    return l.is_made && !l.is_open;
}

bool check_str_wrapped_made(strs* s, fn* f) {
    return visit_all(s, f, false);
}

void check_str_wrapped_copy(strs* s, fn* f) {
    visit_all(s, f, true);
}
