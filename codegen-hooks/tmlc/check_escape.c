// SPDX-License-Identifier: Apache-2.0
// Closures that borrow from a frame must not outlive it.
//
// A closure that captures holds addresses of its function's locals. It may be called, given a name
// with `let`, and passed to a function that does no more than that with it. Where a function value
// goes is followed through locals and parameters of the whole program: what is returned, stored,
// assigned, handed to a task or to a function that is not known escapes, and whatever flows into
// something that escapes does too. Called when every body is checked; only closures are judged, a
// plain function may go anywhere.
#include "codegen-hooks/tmlc/check.h"

typedef struct {
    const hir* closure; ///< or NULL
    local* from;        ///< or NULL
    local* to;          ///< NULL: it escapes
    tmlc_span at;
} flow;

typedef struct {
    program* prog;
    TMLC_LIST(flow) flows;
} flows;

/// Where the value of a node goes.
typedef struct {
    bool escapes;
    local* to; ///< NULL: nowhere, when it does not escape
} sink;

static const sink s_nowhere = {false, NULL}, s_away = {true, NULL};

static void visit(flows* all, hir* node, sink to);

static void note(flows* all, const hir* closure, local* from, sink to, tmlc_span at) {
    if (to.escapes || to.to != NULL) {
        flow one = {closure, from, to.escapes ? NULL : to.to, at};
        TMLC_PUSH(all->prog->arena, &all->flows, one);
    }
}

/// Arguments: they go into the parameters of a function, or `outlives` this frame with its task.
static void visit_call(flows* all, hir* call, bool outlives) {
    const fn* f = call->fn;
    bool known = f->traits.intrinsic == NULL && f->body != NULL;
    uint32_t first = f->params.len - call->list.len;
    for (uint32_t i = 0; i < call->list.len; i++) {
        local* param = known && !f->is_constructor ? f->params.items[first + i] : NULL;
        param = known && f->is_constructor ? f->params.items[i + 1] : param;
        visit(all, call->list.items[i], outlives || param == NULL ? s_away : (sink){false, param});
    }
}

static void visit_list(flows* all, const hir_list* list, sink to) {
    for (uint32_t i = 0; i < list->len; i++) {
        if (list->items[i] != NULL) {
            visit(all, list->items[i], to);
        }
    }
}

static void visit_block(flows* all, hir* node, sink to) {
    for (uint32_t i = 0; i < node->list.len; i++) {
        bool is_value = node->has_value && i + 1 == node->list.len;
        visit(all, node->list.items[i], is_value ? to : s_nowhere);
    }
}

static void visit_match(flows* all, hir* node, sink to) {
    visit(all, node->a, s_nowhere);
    for (uint32_t i = 0; i < node->arms.len; i++) {
        visit(all, node->arms.items[i].body, to);
    }
}

static bool is_function(const hir* node) {
    return node->type->kind == TY_FUNC;
}

static void visit(flows* all, hir* node, sink to) {
    if (node == NULL) {
        return;
    }
    switch (node->kind) {
    case HIR_CLOSURE:
        if (node->fn->captures.len > 0) {
            note(all, node, NULL, to, node->span);
        }
        return;
    case HIR_LOCAL:
    case HIR_CAPTURE:
        if (is_function(node) && node->local != NULL) {
            note(all, NULL, node->local, to, node->span);
        }
        return;
    case HIR_CALL:
        visit_call(all, node, false);
        return;
    case HIR_SPAWN:
    case HIR_SPAWN_BLOCKING:
    case HIR_BOX:
        if (node->a->kind == HIR_CALL) {
            visit_call(all, node->a, true);
        } else {
            visit(all, node->a, s_away);
        }
        return;
    case HIR_CALL_VALUE:
        visit(all, node->a, s_nowhere);
        visit_list(all, &node->list, s_away);
        return;
    case HIR_CALL_DYN:
    case HIR_CALL_VIRTUAL:
    case HIR_STRUCT:
    case HIR_VARIANT:
        visit(all, node->a, s_nowhere);
        visit_list(all, &node->list, s_away);
        return;
    case HIR_NEW:
        visit(all, node->a, s_away);
        visit_list(all, &node->list, s_away);
        return;
    case HIR_LET:
        visit(all, node->a, (sink){false, node->local});
        return;
    case HIR_RETURN:
        visit(all, node->a, s_away);
        return;
    case HIR_ASSIGN:
        visit(all, node->a, s_nowhere);
        visit(all, node->b, s_away);
        return;
    case HIR_REF: // a ref to it may be kept
        visit(all, node->a, is_function(node->a) ? s_away : s_nowhere);
        return;
    case HIR_BLOCK:
        visit_block(all, node, to);
        return;
    case HIR_IF:
        visit(all, node->a, s_nowhere);
        visit(all, node->b, to);
        visit(all, node->c, to);
        return;
    case HIR_SELECT:
        visit_list(all, &node->list, s_nowhere);
        visit_match(all, node, to);
        return;
    case HIR_MATCH:
        visit_match(all, node, to);
        return;
    default:
        visit(all, node->a, s_nowhere);
        visit(all, node->b, s_nowhere);
        visit(all, node->c, s_nowhere);
        visit_list(all, &node->list, s_nowhere);
        return;
    }
}

/// What flows into something that escapes escapes itself: until nothing changes.
static void spread(flows* all) {
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < all->flows.len; i++) {
            const flow* f = &all->flows.items[i];
            if (f->from != NULL && !f->from->escapes && (f->to == NULL || f->to->escapes)) {
                f->from->escapes = changed = true;
                f->from->escapes_at = f->to == NULL ? f->at : f->to->escapes_at;
            }
        }
    }
}

static void report(const flows* all, const flow* f) {
    const hir* captured = f->closure->fn->captures.items[0];
    tmlc_diag* diag =
        tmlc_error(all->prog->files, f->closure->span,
                   "this closure borrows '%s', and may live longer", captured->local->name);
    if (f->to != NULL && f->to->escapes_at.file != all->prog->modules.items[0]->ast->file) {
        diag->note_span = f->to->escapes_at;
        diag->note = "it is kept here";
    }
    diag->help = "a closure that is kept captures nothing: pass what it needs as a parameter, or "
                 "keep it in a type with a method";
}

void check_escapes(program* prog) {
    flows all = {.prog = prog};
    for (uint32_t i = 0; i < prog->fns.len; i++) {
        fn* f = prog->fns.items[i];
        bool returns = f->result != NULL && f->result->kind == TY_FUNC;
        if (f->body != NULL) {
            visit(&all, f->body, returns ? s_away : s_nowhere);
        }
        visit(&all, f->blank, s_nowhere);
    }
    spread(&all);
    for (uint32_t i = 0; i < all.flows.len; i++) {
        const flow* f = &all.flows.items[i];
        if (f->closure != NULL && (f->to == NULL || f->to->escapes)) {
            report(&all, f);
        }
    }
}
