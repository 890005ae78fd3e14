// SPDX-License-Identifier: Apache-2.0
// Every value of a body together with where it goes. check_str.c calls it: once and again to find
// out who owns what, and a last time to copy.
#include "codegen-hooks/tmlc/check_str.h"

#include <string.h>

typedef struct {
    strs* s;
    fn* f;
    check_use_fn visit;
} walk;

static void value(walk* w, hir** place, use how);

static const use s_read = {USE_READ, NULL, NULL}, s_kept = {USE_KEPT, NULL, NULL},
                 s_lent = {USE_VALUE, NULL, NULL}, s_leaf = {USE_LEAF, NULL, NULL};

static void values(walk* w, hir_list* list, use how) {
    for (uint32_t i = 0; i < list->len; i++) {
        value(w, &list->items[i], how);
    }
}

/// Functions without a body here, and those that say so, keep none of their Strs or all of them.
static bool is_opaque(const fn* f) {
    return f->body == NULL || f->traits.borrows;
}

static use opaque_use(const fn* f, local* param, bool is_task) {
    const char* name = f->traits.intrinsic;
    if (is_task && name == NULL && f->traits.borrows) {
        return (use){USE_TASK, param, f};
    }
    bool keeps = name != NULL ? strcmp(name, "ptr_write") == 0 : !f->traits.borrows;
    return keeps || is_task ? s_kept : s_read;
}

/// The arguments of a call; `first` of the parameters get theirs elsewhere.
static void arguments(walk* w, const fn* f, hir_list* list, bool is_task) {
    uint32_t first = f->params.len - list->len;
    for (uint32_t i = 0; i < list->len; i++) {
        local* param = f->params.items[first + i];
        use how = {is_task ? USE_TASK : USE_PARAM, param, f};
        value(w, &list->items[i], is_opaque(f) ? opaque_use(f, param, is_task) : how);
    }
}

static void block(walk* w, hir* node, use leaf) {
    for (uint32_t i = 0; i < node->list.len; i++) {
        bool is_value = node->has_value && i + 1 == node->list.len;
        value(w, &node->list.items[i], is_value ? leaf : s_read);
    }
}

static void lend_binds(strs* s, pat* p) {
    if (p->kind == PAT_BIND && p->type->kind == TY_STR && !p->local->is_loan) {
        p->local->is_loan = s->changed = true;
    }
    for (uint32_t i = 0; p->kind == PAT_OR && i < p->parts.len; i++) {
        lend_binds(s, p->parts.items[i]);
    }
}

static void match(walk* w, hir* node, use leaf) {
    bool lends = check_str_owner(w->s, node->a) != STR_STATIC;
    value(w, &node->a, s_read);
    for (uint32_t i = 0; i < node->arms.len; i++) {
        if (lends) {
            lend_binds(w->s, node->arms.items[i].pattern);
        }
        value(w, &node->arms.items[i].body, leaf);
    }
}

/// The futures of a select are kept ones. An arm owns the text that its future made for it.
static void select_first(walk* w, hir* node, use leaf) {
    values(w, &node->list, s_read);
    for (uint32_t i = 0; i < node->arms.len; i++) {
        const pat* p = node->arms.items[i].pattern;
        const ty* future = 2 * i < node->list.len ? node->list.items[2 * i]->type : NULL;
        bool makes = future != NULL && future->kind == TY_FUTURE && future->fn->traits.allocates;
        if (makes && p->kind == PAT_BIND && p->type->kind == TY_STR) {
            w->s->changed = w->s->changed || !p->local->owns_str;
            p->local->owns_str = true;
        }
        value(w, &node->arms.items[i].body, leaf);
    }
}

static void assign(walk* w, hir* node) {
    bool is_local = node->a->kind == HIR_LOCAL || node->a->kind == HIR_CAPTURE;
    if (!is_local) {
        value(w, &node->a, s_read);
    }
    value(w, &node->b, is_local ? (use){USE_LOCAL, node->a->local, NULL} : s_kept);
}

static void reference(walk* w, hir* node) {
    local* l = node->a->kind == HIR_LOCAL || node->a->kind == HIR_CAPTURE ? node->a->local : NULL;
    if (l == NULL || l->type->kind != TY_STR) {
        value(w, &node->a, s_read);
    } else if (node->type->is_mut) {
        l->is_pinned = true;
    } else if (l->owns_str || l->is_loan) {
        w->s->changed = w->s->changed || !w->s->refs_loan;
        w->s->refs_loan = true;
    }
}

/// A call that becomes a task, a box or a future outlives the statement.
static void outliving(walk* w, hir* node) {
    if (node->a->kind == HIR_CALL) {
        arguments(w, node->a->fn, &node->a->list, true);
    } else {
        value(w, &node->a, s_read);
    }
}

static void call_dyn(walk* w, hir* node) {
    value(w, &node->a, s_read);
    fn* f = check_str_named(w->s, node->text);
    if (f != NULL && f->params.len == node->list.len + 1) {
        arguments(w, f, &node->list, f->is_async);
    } else {
        values(w, &node->list, s_kept);
    }
}

static void children(walk* w, hir* node, use leaf) {
    switch (node->kind) {
    case HIR_LET:
        value(w, &node->a, (use){USE_LOCAL, node->local, NULL});
        return;
    case HIR_ASSIGN:
        assign(w, node);
        return;
    case HIR_RETURN:
        value(w, &node->a, (use){USE_RESULT, NULL, w->f});
        return;
    case HIR_CALL:
        arguments(w, node->fn, &node->list, false);
        return;
    case HIR_SPAWN:
    case HIR_SPAWN_BLOCKING:
    case HIR_BOX:
    case HIR_FUTURE:
        outliving(w, node);
        return;
    case HIR_CALL_VIRTUAL:
        value(w, &node->a, s_read);
        arguments(w, node->fn, &node->list, node->fn->is_async);
        return;
    case HIR_CALL_DYN:
        call_dyn(w, node);
        return;
    case HIR_CALL_VALUE:
        value(w, &node->a, s_read);
        values(w, &node->list, s_lent);
        return;
    case HIR_STRUCT:
    case HIR_VARIANT:
    case HIR_NEW:
        value(w, &node->a, s_read);
        values(w, &node->list, s_kept);
        return;
    case HIR_CAST: // an address of it may be kept
        value(w, &node->a, s_kept);
        return;
    case HIR_REF:
        reference(w, node);
        return;
    case HIR_BLOCK:
        block(w, node, leaf);
        return;
    case HIR_IF:
        value(w, &node->a, s_read);
        value(w, &node->b, leaf);
        value(w, &node->c, leaf);
        return;
    case HIR_MATCH:
        match(w, node, leaf);
        return;
    case HIR_SELECT:
        select_first(w, node, leaf);
        return;
    case HIR_DYN:
        value(w, &node->a, s_read);
        return;
    default:
        value(w, &node->a, s_read);
        value(w, &node->b, s_read);
        value(w, &node->c, s_read);
        values(w, &node->list, s_read);
        return;
    }
}

static void value(walk* w, hir** place, use how) {
    hir* node = *place;
    if (node == NULL) {
        return;
    }
    bool makes = check_str_owner(w->s, node) == STR_MADE;
    children(w, node, makes ? s_leaf : s_read);
    w->visit(w->s, place, how);
}

void check_str_each(strs* s, fn* f, check_use_fn visit) {
    walk w = {s, f, visit};
    if (f->blank != NULL) {
        value(&w, &f->blank, s_read);
    }
    if (f->body != NULL) {
        bool is_result = f->body->type == f->result;
        value(&w, &f->body, is_result ? (use){USE_RESULT, NULL, f} : s_read);
    }
}
