// SPDX-License-Identifier: Apache-2.0
// Statements: blocks, let, assignment, if, loops, return.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

/// let (a, b) = value: its parts become locals of this block.
static hir* check_let_parts(checker* ck, const ast_expr* e, hir* node) {
    check_matching m = {.ck = ck, .value = node->a, .first = ck->scope.len};
    hir_arm arm = {.body = check_new(ck, HIR_UNIT, e->span, check_scalar(ck, TY_UNIT))};
    arm.pattern = check_pattern(&m, e->pattern, node->a->type);
    for (uint32_t i = m.first; i < ck->scope.len; i++) {
        ck->scope.items[i]->is_mut = e->flag;
    }
    TMLC_PUSH(ck->arena, &node->arms, arm);
    return node;
}

hir* check_let(checker* ck, const ast_expr* e) {
    ty* type = e->type != NULL ? resolve_type(&ck->r, e->type) : NULL;
    hir* node = check_new(ck, HIR_LET, e->span, check_scalar(ck, TY_UNIT));
    node->a = check_value(ck, e->a, type);
    if (node->a->kind == HIR_NULL && type == NULL) {
        tmlc_error(ck->files, e->a->span, "the type of 'null' is not known here")->help =
            "write its type: let x: *T = null";
    }
    if ((e->a->kind == AST_FOR || e->a->kind == AST_LOOP) && node->a->type->kind == TY_UNIT) {
        tmlc_error(ck->files, e->a->span, "a loop has no value")->help =
            "give the local a value, and let the loop change it";
        type = check_scalar(ck, TY_ERROR);
    }
    if (e->pattern != NULL) {
        return check_let_parts(ck, e, node);
    }
    type = type == NULL ? node->a->type : type;
    if (type->kind == TY_NEVER) {
        type = check_scalar(ck, TY_UNIT);
    }
    node->local = check_declare(ck, e->name, type, e->name_span, e->flag);
    if (node->a->type->kind == TY_NEVER) {
        node->type = node->a->type;
    }
    return node;
}

static bool check_assignable(checker* ck, const hir* place, const ast_expr* e) {
    const local* l = place->local;
    if (place->kind == HIR_LOCAL && !l->is_mut) {
        tmlc_diag* diag = tmlc_error(ck->files, e->span, "'%s' cannot be changed", l->name);
        diag->note_span = l->span;
        diag->note = l->is_param ? "it is a parameter" : "it is declared with 'let'";
        diag->help =
            tmlc_format(ck->arena, "declare it with '%s %s'", l->is_param ? "mut" : "var", l->name);
        return false;
    }
    if (place->kind == HIR_CAPTURE || check_is_place(place)) {
        return true;
    }
    if (place->type->kind != TY_ERROR) {
        tmlc_error(ck->files, e->span, "this is no place that can be assigned to")->expected =
            "a local or a field";
    }
    return false;
}

/// A constructor gives a field of `this`, or of a base, its value.
static void note_assigned(checker* ck, const hir* place) {
    const hir* object = place->kind == HIR_FIELD ? place->a : NULL;
    while (object != NULL && object->kind == HIR_UPCAST) {
        object = object->a;
    }
    if (ck->fn->is_constructor && object != NULL && object->kind == HIR_LOCAL &&
        object->local == ck->fn->params.items[0]) {
        TMLC_PUSH(ck->arena, &ck->fn->assigned, place->a->type->fields.items[place->index].ast);
    }
}

hir* check_assign(checker* ck, const ast_expr* e) {
    bool is_local = e->a->kind == AST_PATH && e->a->path.segments.len == 1;
    local* target = is_local ? check_find_local(ck, e->a->path.segments.items[0].name) : NULL;
    if (target != NULL && e->op == TOK_ASSIGN && target->owner == ck->fn) {
        target->is_moved = false; // it gets a new value
    }
    hir* place = check_expr(ck, e->a, NULL);
    bool is_var = place->kind == HIR_LOCAL && (place->local->is_mut || !place->type->is_mut);
    if (place->type->kind == TY_REF && e->op == TOK_ASSIGN && !is_var) {
        place = check_auto_deref(ck, place);
    }
    hir* node = check_new(ck, HIR_ASSIGN, e->span, check_scalar(ck, TY_UNIT));
    node->a = place;
    node->is_init = ck->fn->is_constructor && place->kind == HIR_FIELD &&
                    place->a->kind == HIR_LOCAL && place->a->local->is_param;
    note_assigned(ck, place);
    if (e->op == TOK_ASSIGN) {
        node->b = check_value(ck, e->b, place->type);
        check_future_stays(ck, node->b, true);
    } else {
        node->b =
            check_operator(ck, e->op, place, check_expr(ck, e->b, ty_deref(place->type)), e->span);
    }
    if (target != NULL && target->owner == ck->fn && ty_needs_drop(ck->prog, target->type)) {
        target->is_ever_moved = true;
        target->is_moved = false;
    }
    return check_assignable(ck, place, e->a) ? node : check_error(ck, e->span);
}

/// A statement whose value nobody wants; branches may differ in type then.
static hir* check_statement(checker* ck, const ast_expr* e) {
    bool branches =
        e->kind == AST_IF || e->kind == AST_WHEN || e->kind == AST_BLOCK || e->kind == AST_SELECT;
    hir* node = check_expr(ck, e, branches ? check_scalar(ck, TY_UNIT) : NULL);
    if (node->type->kind == TY_FUTURE && node->kind == HIR_CALL) {
        tmlc_error(ck->files, node->span, "this future is never awaited, so nothing runs")->help =
            "write .await behind it, or spawn(...) around it";
    }
    return node;
}

hir* check_block(checker* ck, const ast_expr* e, ty* expected) {
    hir* block = check_new(ck, HIR_BLOCK, e->span, check_scalar(ck, TY_UNIT));
    uint32_t scope = ck->scope.len;
    bool diverges = false;
    for (uint32_t i = 0; i < e->list.len; i++) {
        const ast_expr* item = e->list.items[i];
        bool has_none = (item->kind == AST_IF && item->c == NULL) || item->kind == AST_LOOP ||
                        item->kind == AST_FOR;
        bool is_value = e->has_value && i + 1 == e->list.len && !has_none &&
                        (expected == NULL || expected->kind != TY_UNIT);
        hir* node = is_value ? check_value(ck, item, expected) : check_statement(ck, item);
        TMLC_PUSH(ck->arena, &block->list, node);
        diverges = diverges || node->type->kind == TY_NEVER;
        if (is_value && !diverges) {
            block->has_value = node->type->kind != TY_UNIT;
            block->type = node->type;
        }
    }
    if (diverges) {
        block->type = check_scalar(ck, TY_NEVER);
    }
    ck->scope.len = scope;
    return block;
}

/// The type of two branches that come together.
static ty* join_types(checker* ck, hir** a, hir** b, ty* expected, tmlc_span span) {
    if ((*a)->type->kind == TY_NEVER) {
        return (*b)->type;
    }
    if ((*b)->type->kind == TY_NEVER || (*a)->type == (*b)->type) {
        return (*a)->type;
    }
    if (expected != NULL && !ty_has_infer(expected)) {
        return expected;
    }
    if ((*a)->type->kind != TY_ERROR && (*b)->type->kind != TY_ERROR) {
        tmlc_diag* diag = tmlc_error(ck->files, (*b)->span, "this branch is %s", (*b)->type->name);
        diag->expected = (*a)->type->name;
        diag->note_span = (*a)->span;
        diag->note = tmlc_format(ck->arena, "as this one is");
        (void)span;
    }
    return check_scalar(ck, TY_ERROR);
}

static hir* check_if_let(checker* ck, const ast_expr* e, ty* expected) {
    ast_expr when = {.kind = AST_WHEN, .span = e->span, .a = e->a};
    ast_pattern wild = {.kind = AST_PATTERN_WILD, .span = e->span};
    ast_expr nothing = {.kind = AST_BLOCK, .span = e->span};
    ast_arm then = {.pattern = e->pattern, .body = e->b},
            otherwise = {.pattern = &wild, .body = e->c != NULL ? e->c : &nothing};
    TMLC_PUSH(ck->arena, &when.arms, then);
    TMLC_PUSH(ck->arena, &when.arms, otherwise);
    return check_when(ck, &when, e->c != NULL ? expected : check_scalar(ck, TY_UNIT));
}

hir* check_if(checker* ck, const ast_expr* e, ty* expected) {
    if (e->pattern != NULL) {
        return check_if_let(ck, e, expected);
    }
    ty* unit = check_scalar(ck, TY_UNIT);
    ty* wanted = e->c == NULL ? unit : expected;
    hir* node = check_new(ck, HIR_IF, e->span, unit);
    uint32_t num;
    node->a = check_value(ck, e->a, check_scalar(ck, TY_BOOL));
    bool* before = check_moves_save(ck, &num);
    node->b = check_value(ck, e->b, wanted);
    bool* then = check_moves_restore(ck, before, num);
    if (e->c != NULL) {
        ty* known = node->b->type->kind == TY_NEVER || node->b->type->kind == TY_ERROR
                        ? NULL
                        : node->b->type;
        node->c = check_value(ck, e->c, wanted != NULL ? wanted : known);
    }
    if (node->c != NULL && node->c->type->kind == TY_NEVER) {
        check_moves_restore(ck, before, num);
    }
    if (node->b->type->kind != TY_NEVER) {
        check_moves_merge(ck, then, num);
    }
    if (node->c != NULL) {
        node->type = join_types(ck, &node->b, &node->c, expected, e->span);
    }
    return node;
}

/// What one pass moves is gone when the next one begins, unless it got a new value.
static void check_passes(checker* ck, const bool* before) {
    for (uint32_t i = 0; i < ck->loop_scope; i++) {
        const local* l = ck->scope.items[i];
        if (ck->loop_next[i] && !before[i]) {
            tmlc_error(ck->files, l->moved_at, "'%s' would be moved by every pass of the loop",
                       l->name)
                ->help = "pass a ref, or a copy with .duplicate()";
            ck->loop_next[i] = false;
        }
    }
}

static hir* enter_loop(checker* ck, const ast_expr* e, hir* node) {
    checker outer = *ck;
    uint32_t num;
    bool* before = check_moves_save(ck, &num);
    ck->num_loops++;
    ck->loop_scope = num;
    ck->loop_has_break = false;
    ck->loop_next = tmlc_alloc(ck->arena, num + 1);
    ck->loop_end = tmlc_alloc(ck->arena, num + 1);
    if (e->a != NULL) {
        node->a = check_value(ck, e->a, check_scalar(ck, TY_BOOL));
        check_moves_merge(ck, before, num); // it may be all that runs
    }
    bool* first = check_moves_save(ck, &num);
    node->b = check_value(ck, e->b, check_scalar(ck, TY_UNIT));
    for (uint32_t i = 0; i < num && node->b->type->kind != TY_NEVER; i++) {
        ck->loop_next[i] = ck->loop_next[i] || ck->scope.items[i]->is_moved;
    }
    check_passes(ck, before);
    check_moves_restore(ck, e->a != NULL ? first : ck->loop_end, num);
    check_moves_merge(ck, ck->loop_end, num);
    if (e->a != NULL) {
        check_moves_merge(ck, ck->loop_next, num);
    }
    if (e->a == NULL && !ck->loop_has_break) {
        node->type = check_scalar(ck, TY_NEVER);
    }
    ck->num_loops = outer.num_loops;
    ck->loop_scope = outer.loop_scope;
    ck->loop_next = outer.loop_next;
    ck->loop_end = outer.loop_end;
    ck->loop_has_break = outer.loop_has_break;
    return node;
}

hir* check_loop(checker* ck, const ast_expr* e) {
    return enter_loop(ck, e, check_new(ck, HIR_LOOP, e->span, check_scalar(ck, TY_UNIT)));
}

static ast_expr* synthetic(checker* ck, ast_kind kind, const ast_expr* at) {
    ast_expr* e = TMLC_NEW(ck->arena, ast_expr);
    e->kind = kind;
    e->span = e->name_span = at->span;
    return e;
}

static ast_expr* synthetic_name(checker* ck, const char* name, const ast_expr* at) {
    ast_expr* e = synthetic(ck, AST_PATH, at);
    ast_segment segment = {tmlc_intern(ck->prog->names, name, strlen(name)), at->span, {0}};
    TMLC_PUSH(ck->arena, &e->path.segments, segment);
    e->path.span = at->span;
    return e;
}

static ast_expr* synthetic_let(checker* ck, const char* name, ast_expr* value, bool is_var) {
    ast_expr* e = synthetic(ck, AST_LET, value);
    e->name = tmlc_intern(ck->prog->names, name, strlen(name));
    e->a = value;
    e->flag = is_var;
    return e;
}

/// A whole number without a type of its own: it takes the other bound's.
static bool is_open_literal(const ast_expr* e) {
    return e->kind == AST_INT && e->suffix == NULL;
}

static hir* range_bound(checker* ck, const ast_expr* e, ty* expected) {
    return check_coerce(ck, check_auto_deref(ck, check_expr(ck, e, expected)), expected);
}

/// for x in a to b { body }: the counter is advanced before the body, so that continue works.
static hir* check_range_loop(checker* ck, const ast_expr* e) {
    ast_expr* range = e->a;
    uint32_t scope = ck->scope.len;
    hir* block = check_new(ck, HIR_BLOCK, e->span, check_scalar(ck, TY_UNIT));
    bool open_first = is_open_literal(range->a), open_last = is_open_literal(range->b);
    hir* start = open_first && !open_last ? NULL : range_bound(ck, range->a, NULL);
    hir* end = range_bound(ck, range->b, start != NULL && open_last ? start->type : NULL);
    start = start != NULL ? start : range_bound(ck, range->a, end->type);
    if (start->type != end->type || !ty_is_int(start->type)) {
        if (start->type->kind != TY_ERROR && end->type->kind != TY_ERROR) {
            tmlc_error(ck->files, range->span, "a range from %s to %s", start->type->name,
                       end->type->name)
                ->expected = "two whole numbers of one type";
        }
        return check_error(ck, e->span);
    }
    hir *let_start = check_new(ck, HIR_LET, e->span, block->type),
        *let_end = check_new(ck, HIR_LET, e->span, block->type);
    let_start->a = start;
    let_start->local = check_declare(ck, "<next>", start->type, e->span, true);
    let_end->a = end;
    let_end->local = check_declare(ck, "<end>", end->type, e->span, false);
    TMLC_PUSH(ck->arena, &block->list, let_start);
    TMLC_PUSH(ck->arena, &block->list, let_end);
    ast_expr loop = {.kind = AST_LOOP, .span = e->span};
    ast_expr* condition = synthetic(ck, AST_BINARY, e);
    condition->op = range->flag ? TOK_LE : TOK_LT;
    condition->a = synthetic_name(ck, "<next>", e);
    condition->b = synthetic_name(ck, "<end>", e);
    ast_expr* body = synthetic(ck, AST_BLOCK, e);
    ast_expr* one = synthetic(ck, AST_INT, e);
    one->value.integer = 1;
    ast_expr* advance = synthetic(ck, AST_ASSIGN, e);
    advance->op = TOK_PLUS;
    advance->a = synthetic_name(ck, "<next>", e);
    advance->b = one;
    TMLC_PUSH(ck->arena, &body->list,
              synthetic_let(ck, e->name, synthetic_name(ck, "<next>", e), false));
    TMLC_PUSH(ck->arena, &body->list, advance);
    TMLC_PUSH(ck->arena, &body->list, e->b);
    loop.a = condition;
    loop.b = body;
    TMLC_PUSH(ck->arena, &block->list, check_loop(ck, &loop));
    ck->scope.len = scope;
    return block;
}

static bool has_method(checker* ck, ty* type, const char* name) {
    method found;
    return resolve_method(ck->prog, ty_deref(type),
                          tmlc_intern(ck->prog->names, name, strlen(name)), &found);
}

/// for x in e { body }: { var it = e.iter(); loop { when it.next() { Just(x) => body, Nothing =>
/// break } } }
hir* check_for(checker* ck, const ast_expr* e) {
    if (e->a->kind == AST_RANGE) {
        return check_range_loop(ck, e);
    }
    uint32_t scope = ck->scope.len;
    hir* over = check_expr(ck, e->a, NULL);
    if (over->type->kind == TY_ERROR) {
        return over;
    }
    bool has_iter = has_method(ck, over->type, "iter");
    if (!has_iter && !has_method(ck, over->type, "next")) {
        tmlc_error(ck->files, e->a->span, "%s cannot be gone through", over->type->name)->expected =
            "a List, a range a to b, or a type with next(mut this) -> Maybe[T]";
        return check_error(ck, e->span);
    }
    hir* block = check_new(ck, HIR_BLOCK, e->span, check_scalar(ck, TY_UNIT));
    hir* let = check_new(ck, HIR_LET, e->span, block->type);
    bool keep = has_iter && !check_is_place(over); // the list lives as long as the loop
    let->a = has_iter && !keep ? NULL : check_use(ck, over);
    if (let->a != NULL) {
        let->local = check_declare(ck, has_iter ? "<list>" : "<iter>", over->type, e->span, true);
        TMLC_PUSH(ck->arena, &block->list, let);
        over = check_local(ck, let->local, e->span);
    }
    if (has_iter) {
        method found;
        resolve_method(ck->prog, ty_deref(over->type), tmlc_intern(ck->prog->names, "iter", 4),
                       &found);
        let = check_new(ck, HIR_LET, e->span, block->type);
        let->a = check_use(ck, check_call_decl(ck, &found, over, &(ast_exprs){0}, &(ast_types){0},
                                               NULL, e->a->span));
        let->local = check_declare(ck, "<iter>", let->a->type, e->span, true);
        TMLC_PUSH(ck->arena, &block->list, let);
    }
    ast_expr loop = {.kind = AST_LOOP, .span = e->span};
    ast_expr *when = synthetic(ck, AST_WHEN, e), *next = synthetic(ck, AST_METHOD, e->a);
    next->name = tmlc_intern(ck->prog->names, "next", 4);
    next->a = synthetic_name(ck, "<iter>", e->a);
    when->a = next;
    ast_pattern *just = TMLC_NEW(ck->arena, ast_pattern), *name = TMLC_NEW(ck->arena, ast_pattern),
                *rest = TMLC_NEW(ck->arena, ast_pattern);
    *just = (ast_pattern){
        .kind = AST_PATTERN_VARIANT, .span = e->span, .path = synthetic_name(ck, "Just", e)->path};
    *name = (ast_pattern){.kind = AST_PATTERN_NAME,
                          .span = e->name_span,
                          .path = synthetic_name(ck, e->name, e)->path};
    *rest = (ast_pattern){.kind = AST_PATTERN_WILD, .span = e->span};
    TMLC_PUSH(ck->arena, &just->parts, name);
    ast_arm first = {.pattern = just, .body = e->b},
            last = {.pattern = rest, .body = synthetic(ck, AST_BREAK, e)};
    TMLC_PUSH(ck->arena, &when->arms, first);
    TMLC_PUSH(ck->arena, &when->arms, last);
    ast_expr* body = synthetic(ck, AST_BLOCK, e);
    TMLC_PUSH(ck->arena, &body->list, when);
    loop.b = body;
    hir* node = check_loop(ck, &loop);
    node->type = block->type; // it ends by its own break
    TMLC_PUSH(ck->arena, &block->list, node);
    ck->scope.len = scope;
    return block;
}

hir* check_return(checker* ck, const ast_expr* e) {
    hir* node = check_new(ck, HIR_RETURN, e->span, check_scalar(ck, TY_NEVER));
    ty* result = ck->fn->result;
    if (ck->fn->is_closure && result->kind == TY_INFER) {
        tmlc_error(ck->files, e->span, "the result type of this closure is not known")->help =
            "write it: do(x) -> Type { ... }";
        result = check_scalar(ck, TY_ERROR);
    }
    if (e->a != NULL) {
        node->a = check_value(ck, e->a, result);
        check_future_stays(ck, node->a, false);
        TMLC_PUSH(ck->arena, &ck->fn->returns, node);
    } else if (result->kind != TY_UNIT && result->kind != TY_ERROR) {
        tmlc_error(ck->files, e->span, "'return' without a value")->expected = result->name;
    }
    return node;
}
