// SPDX-License-Identifier: Apache-2.0
// Who frees a Str.
//
// A Str is a bare pointer, so its type does not say; the whole program does. One that is made on
// the way (an interpolation, a +, what a function made) has one owner at any time:
//   - a temporary ends with its statement, behind an await in it too;
//   - a local that is given a made one, ever, owns whatever it holds: the others are copied;
//   - a parameter is lent. What a function keeps of it (a local, a result, a field) is a copy;
//   - what outlives the statement (a task, a box, a future that is kept) gets its arguments for
//   good,
//     copies where they are not made, and frees them whatever becomes of it;
//   - a function that returns a made one anywhere returns only such, and so do those that are
//   called
//     through the same table, as function values, or as dyn Futures;
//   - what lies in a field or an element, or was given to C that may keep it, is freed by nobody.
// A program that makes none is left as it is: a literal, or a text of the request, is not copied.
//
// The owners are found by a fixpoint over all bodies (everything only ever becomes owned), then the
// copies are put in (check_str_use.c has the places). Beside it, a Maybe[Str] or an Outcome with a
// Str that a handler or a stage returns, and a struct that a handler writes out: its record says
// that the runtime frees the texts (check_str_wrapped.c).
#include "codegen-hooks/tmlc/check_str.h"
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

static bool has_made(const strs* s, const hir* await) {
    const hir* node = await->a;
    if (node->type->kind == TY_FUTURE) {
        return node->type->fn->traits.allocates;
    }
    return s->boxes_make && ty_is_dyn_future(s->prog, node->type);
}

static str_owner joined(const strs* s, const hir* node) {
    bool any = false;
    if (node->kind == HIR_BLOCK) {
        any = node->has_value &&
              check_str_owner(s, node->list.items[node->list.len - 1]) != STR_STATIC;
    } else if (node->kind == HIR_IF) {
        any = node->c != NULL && (check_str_owner(s, node->b) != STR_STATIC ||
                                  check_str_owner(s, node->c) != STR_STATIC);
    }
    bool has_arms = node->kind == HIR_MATCH || node->kind == HIR_SELECT;
    for (uint32_t i = 0; has_arms && i < node->arms.len && !any; i++) {
        any = check_str_owner(s, node->arms.items[i].body) != STR_STATIC;
    }
    return any ? STR_MADE : STR_STATIC;
}

str_owner check_str_owner(const strs* s, const hir* node) {
    if (node->type->kind != TY_STR) {
        return STR_STATIC;
    }
    bool made = false;
    switch (node->kind) {
    case HIR_LOCAL:
    case HIR_CAPTURE:
        return node->local->owns_str || node->local->is_loan ? STR_LOAN : STR_STATIC;
    case HIR_DEREF:
        return s->refs_loan ? STR_LOAN : STR_STATIC;
    case HIR_BLOCK:
    case HIR_IF:
    case HIR_MATCH:
    case HIR_SELECT:
        return joined(s, node);
    case HIR_INTERP:
    case HIR_BINARY: // +
        made = true;
        break;
    case HIR_CALL:
    case HIR_CALL_VIRTUAL:
        made = node->fn->traits.allocates;
        break;
    case HIR_CALL_DYN: {
        const fn* f = check_str_named(s, node->text);
        made = f != NULL && f->traits.allocates;
        break;
    }
    case HIR_CALL_VALUE:
        made = s->values_make;
        break;
    case HIR_AWAIT:
    case HIR_BLOCK_ON:
        made = has_made(s, node);
        break;
    default:
        break;
    }
    return made ? STR_MADE : STR_STATIC;
}

fn* check_str_named(const strs* s, const char* name) {
    for (uint32_t i = 0; i < s->tables.len; i++) {
        if (s->tables.items[i]->decl->name == name) {
            return s->tables.items[i];
        }
    }
    return NULL;
}

// ---- what the runtime calls ---------------------------------------------------------------------

/// A handler, or what overrides one.
static bool is_route(const fn* f) {
    const ast_decorator* d;
    bool is_method = f->self != NULL && f->self->kind == TY_CLASS && !f->is_closure;
    for (const ty* t = is_method ? f->self : NULL; t != NULL; t = t->base) {
        for (uint32_t i = 0; i < t->decl->members.len; i++) {
            if (t->decl->members.items[i]->name == f->decl->name &&
                deco_verb(t->decl->members.items[i], &d) != NULL) {
                return true;
            }
        }
    }
    return false;
}

static bool is_called_by_runtime(program* prog, const fn* f) {
    if (f->self == NULL || f->self->kind != TY_CLASS) {
        return false;
    }
    for (int role = 0; role < DECO_NUM_ROLES; role++) {
        if (strcmp(deco_roles[role].method, f->decl->name) == 0 &&
            deco_stage_fault(prog, f, role) == NULL) {
            return true;
        }
    }
    return is_route(f);
}

bool check_str_may_give(const strs* s, const fn* f) {
    if (f->is_closure || is_called_by_runtime(s->prog, f)) {
        return false;
    }
    bool in_table = false;
    for (uint32_t i = 0; i < s->tables.len; i++) {
        in_table = in_table || s->tables.items[i] == f;
    }
    for (uint32_t i = 0; in_table && i < s->tables.len; i++) {
        const fn* other = s->tables.items[i];
        if (other->decl->name == f->decl->name &&
            (other->body == NULL || is_called_by_runtime(s->prog, other))) {
            return false;
        }
    }
    return true;
}

static bool may_own(program* prog, const fn* f) {
    bool wraps =
        !f->is_closure && is_called_by_runtime(prog, f) && check_str_wraps(prog, f, is_route(f));
    return f->body != NULL && (f->result->kind == TY_STR || wraps);
}

// ---- the fixpoint -------------------------------------------------------------------------------

static void set(strs* s, bool* what, bool to) {
    s->changed = s->changed || (to && !*what);
    *what = *what || to;
}

static void add(strs* s, fn_list* list, fn* f) {
    bool is_there = f == NULL;
    for (uint32_t i = 0; i < list->len && !is_there; i++) {
        is_there = list->items[i] == f;
    }
    if (!is_there) {
        TMLC_PUSH(s->prog->arena, list, f);
    }
}

static void note_function(strs* s, const hir* node) {
    if (node->kind == HIR_FN_VALUE || node->kind == HIR_CLOSURE) {
        add(s, &s->values, node->fn);
        bool is_foreign = node->fn->body == NULL && !node->fn->traits.allocates;
        s->foreign = is_foreign && node->fn->result->kind == TY_STR ? node->fn : s->foreign;
    }
    if (node->kind == HIR_CALL_VIRTUAL) {
        add(s, &s->tables, node->fn);
    }
    for (uint32_t i = 0; node->kind == HIR_DYN && i < node->list.len; i++) {
        add(s, &s->tables, node->list.items[i]->fn);
    }
    if (node->kind == HIR_BOX && node->a->kind == HIR_CALL && node->a->fn->result->kind == TY_STR) {
        add(s, &s->boxes, node->a->fn);
    }
}

static void learn(strs* s, hir** place, use how) {
    if (check_str_owner(s, *place) == STR_STATIC) {
        return;
    }
    switch (how.kind) {
    case USE_LOCAL:
        set(s, &how.to->owns_str, !how.to->is_pinned);
        return;
    case USE_PARAM:
        set(s, &how.to->is_loan, true);
        return;
    case USE_TASK:
        if (how.f->body == NULL) {
            set(s, &how.to->is_packed, true);
        } else if (check_str_may_give(s, how.f)) {
            set(s, &how.to->is_given, true);
            set(s, &how.to->owns_str, true);
        }
        return;
    case USE_VALUE:
        set(s, &s->values_loan, true);
        return;
    case USE_RESULT: {
        fn* f = s->prog->fns.items[how.f->number];
        set(s, &f->traits.allocates, f->result->kind == TY_STR && may_own(s->prog, f));
        return;
    }
    default:
        return;
    }
}

static void collect(strs* s, hir** place, use how) {
    (void)how;
    note_function(s, *place);
}

/// All methods of a name that are called through a table are alike.
static void level_tables(strs* s) {
    for (uint32_t i = 0; i < s->tables.len; i++) {
        fn* a = check_str_named(s, s->tables.items[i]->decl->name);
        fn* b = s->tables.items[i];
        if (a == b || a->params.len != b->params.len) {
            continue;
        }
        bool makes = a->result->kind == TY_STR && a->result == b->result &&
                     (a->traits.allocates || b->traits.allocates);
        set(s, &a->traits.allocates, makes);
        set(s, &b->traits.allocates, makes);
        for (uint32_t k = 1; k < a->params.len; k++) {
            local *x = a->params.items[k], *y = b->params.items[k];
            set(s, &x->is_loan, y->is_loan);
            set(s, &y->is_loan, x->is_loan);
            bool given = x->is_given || y->is_given;
            set(s, &x->is_given, given);
            set(s, &y->is_given, given);
            set(s, &x->owns_str, given);
            set(s, &y->owns_str, given);
        }
    }
}

static void level_values(strs* s) {
    for (uint32_t i = 0; i < s->values.len; i++) {
        fn* f = s->values.items[i];
        if (f->result->kind == TY_STR) {
            set(s, &s->values_make, f->traits.allocates);
            set(s, &f->traits.allocates, s->values_make && f->body != NULL);
        }
        for (uint32_t k = 0; s->values_loan && k < f->params.len; k++) {
            set(s, &f->params.items[k]->is_loan, f->params.items[k]->type->kind == TY_STR);
        }
    }
}

static void level_boxes(strs* s) {
    for (uint32_t i = 0; i < s->boxes.len; i++) {
        set(s, &s->boxes_make, s->boxes.items[i]->traits.allocates);
        set(s, &s->boxes.items[i]->traits.allocates, s->boxes_make);
    }
    for (uint32_t i = 0; i < s->tables.len; i++) {
        fn* f = s->tables.items[i];
        if (f->is_async && f->result->kind == TY_STR) {
            set(s, &s->boxes_make, f->traits.allocates);
            set(s, &f->traits.allocates, s->boxes_make && f->body != NULL);
        }
    }
}

static void collect_all(strs* s) {
    for (uint32_t i = 0; i < TMLC_BUCKETS; i++) {
        for (ty* type = s->prog->buckets[i]; type != NULL; type = type->next) {
            for (uint32_t k = 0; type->kind == TY_CLASS && k < type->table.len; k++) {
                add(s, &s->tables, type->table.items[k]);
            }
        }
    }
    for (uint32_t i = 0; i < s->prog->fns.len; i++) {
        s->prog->fns.items[i]->number = i;
        check_str_each(s, s->prog->fns.items[i], collect);
    }
}

static void find_owners(strs* s) {
    do {
        s->changed = false;
        for (uint32_t i = 0; i < s->prog->fns.len; i++) {
            fn* f = s->prog->fns.items[i];
            check_str_each(s, f, learn);
            if (f->body != NULL && f->result->kind != TY_STR && may_own(s->prog, f)) {
                set(s, &f->traits.allocates, check_str_wrapped_made(s, f));
            }
        }
        level_tables(s);
        level_values(s);
        level_boxes(s);
    } while (s->changed);
}

// ---- the copies ---------------------------------------------------------------------------------

/// Whether what the value goes to frees it.
static bool gets_owner(use how) {
    switch (how.kind) {
    case USE_LOCAL:
        return how.to->owns_str;
    case USE_PARAM:
        return how.to->is_given;
    case USE_TASK:
        return how.to->is_given || how.to->is_packed;
    case USE_RESULT:
        return how.f->result->kind == TY_STR && how.f->traits.allocates;
    case USE_LEAF:
        return true;
    default:
        return false;
    }
}

static void settle(strs* s, hir** place, use how) {
    str_owner owner = check_str_owner(s, *place);
    bool is_kept = how.kind == USE_KEPT || how.kind == USE_LOCAL || how.kind == USE_RESULT ||
                   how.kind == USE_TASK;
    bool owned = (*place)->type->kind == TY_STR && gets_owner(how);
    if ((owned && owner != STR_MADE) || (is_kept && owner == STR_LOAN)) {
        check_str_copy(s->prog, place);
        owner = STR_MADE;
    }
    (*place)->is_made = owner == STR_MADE;
    (*place)->is_given = owned || is_kept;
}

/// A C function as a value, where function values return what they made: its copy.
static void wrap_foreign(strs* s, hir** place, use how) {
    (void)how;
    hir* node = *place;
    if (node->kind != HIR_FN_VALUE || node->fn->body != NULL || node->fn->traits.allocates ||
        node->fn->result->kind != TY_STR) {
        return;
    }
    fn *from = node->fn, *made = TMLC_NEW(s->prog->arena, fn);
    *made = *from;
    made->traits = (fn_traits){0};
    made->symbol = tmlc_format(s->prog->arena, "%s.value.%u", from->symbol, s->prog->fns.len);
    made->is_checked = true;
    made->params = (locals){0};
    made->value = NULL;
    ast_decl* decl = TMLC_NEW(s->prog->arena, ast_decl);
    *decl = *from->decl;
    decl->is_lowlevel = false;
    made->decl = decl;
    hir* call = TMLC_NEW(s->prog->arena, hir);
    *call = (hir){.kind = HIR_CALL, .span = node->span, .type = from->result, .fn = from};
    for (uint32_t i = 0; i < from->params.len; i++) {
        local* param = TMLC_NEW(s->prog->arena, local);
        *param = (local){.name = from->params.items[i]->name,
                         .type = from->params.items[i]->type,
                         .span = from->params.items[i]->span,
                         .owner = made,
                         .is_param = true};
        hir* read = TMLC_NEW(s->prog->arena, hir);
        *read = (hir){.kind = HIR_LOCAL, .span = node->span, .type = param->type, .local = param};
        TMLC_PUSH(s->prog->arena, &made->params, param);
        TMLC_PUSH(s->prog->arena, &call->list, read);
    }
    made->body = call;
    node->fn = made;
    TMLC_PUSH(s->prog->arena, &s->prog->fns, made);
}

void check_str_owners(program* prog) {
    strs s = {.prog = prog};
    if (resolve_prelude(prog, "strdup") == NULL) {
        return;
    }
    collect_all(&s);
    find_owners(&s);
    for (uint32_t i = 0, num = prog->fns.len; s.foreign != NULL && s.values_make && i < num; i++) {
        check_str_each(&s, prog->fns.items[i], wrap_foreign);
    }
    if (s.foreign != NULL && s.values_make) { // the copies are functions of the program
        strs again = {.prog = prog};
        s = again;
        collect_all(&s);
        find_owners(&s);
    }
    for (uint32_t i = 0, num = prog->fns.len; i < num; i++) {
        fn* f = prog->fns.items[i];
        if (f->body != NULL && f->result->kind != TY_STR && may_own(prog, f) &&
            f->traits.allocates) {
            check_str_wrapped_copy(&s, f);
        }
        check_str_each(&s, f, settle);
    }
}
