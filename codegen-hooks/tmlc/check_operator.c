// SPDX-License-Identifier: Apache-2.0
// Literals, operators and conversions.
#include "codegen-hooks/tmlc/check.h"

#include <string.h>

static ty* number_type(checker* ck, const ast_expr* e, ty* expected, ty_kind otherwise) {
    if (e->suffix != NULL) {
        for (int kind = TY_I8; kind <= TY_F64; kind++) {
            if (check_scalar(ck, (ty_kind)kind)->name == e->suffix) {
                return check_scalar(ck, (ty_kind)kind);
            }
        }
    }
    ty* wanted = expected != NULL ? ty_deref(expected) : NULL;
    bool fits =
        wanted != NULL && (ty_is_float(wanted) || (e->kind == AST_INT && ty_is_int(wanted)));
    return fits ? wanted : check_scalar(ck, otherwise);
}

/// `limit` is one more for a negated literal.
static void check_range(checker* ck, const ast_expr* e, const ty* type, bool negated) {
    uint32_t bits = ty_bits(type) - ty_is_signed(type);
    uint64_t max = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    if (e->value.integer > max + (negated && max != UINT64_MAX)) {
        tmlc_error(ck->files, e->span, "this number does not fit into %s", type->name)->help =
            tmlc_format(ck->arena, "%s holds at most %llu", type->name, (unsigned long long)max);
    }
}

static hir* check_int(checker* ck, const ast_expr* e, ty* expected, bool negated) {
    ty* type = number_type(ck, e, expected, TY_I32);
    hir* node = check_new(ck, ty_is_float(type) ? HIR_FLOAT : HIR_INT, e->span, type);
    if (ty_is_float(type)) {
        node->value.real = (double)e->value.integer;
    } else {
        if (e->suffix == NULL && !negated && type->kind == TY_I32 && e->value.integer > INT32_MAX &&
            (expected == NULL || ty_deref(expected)->kind != TY_I32)) {
            node->type = type = check_scalar(ck, TY_I64);
        }
        check_range(ck, e, type, negated);
        node->value.integer = negated ? 0 - e->value.integer : e->value.integer;
    }
    if (negated && ty_is_float(type)) {
        node->value.real = -node->value.real;
    }
    return node;
}

hir* check_literal(checker* ck, const ast_expr* e, ty* expected) {
    hir* node;
    switch (e->kind) {
    case AST_INT:
        return check_int(ck, e, expected, false);
    case AST_FLOAT:
        node = check_new(ck, HIR_FLOAT, e->span, number_type(ck, e, expected, TY_F64));
        node->value.real = e->value.real;
        return node;
    case AST_STR:
        node = check_new(ck, HIR_STR, e->span, check_scalar(ck, TY_STR));
        node->text = e->name;
        return node;
    case AST_NULL:
        return check_new(ck, HIR_NULL, e->span, ty_ptr(ck->prog, check_scalar(ck, TY_UNIT)));
    default:
        node = check_new(ck, HIR_INT, e->span,
                         check_scalar(ck, e->kind == AST_BOOL ? TY_BOOL : TY_CHAR));
        node->value.integer = e->value.integer;
        return node;
    }
}

hir* check_unary(checker* ck, const ast_expr* e, ty* expected) {
    if (e->op == TOK_MINUS && e->a->kind == AST_INT) {
        return check_int(ck, e->a, expected, true);
    }
    hir* a = check_auto_deref(ck, check_expr(ck, e->a, expected));
    bool fits = e->op == TOK_NOT     ? a->type->kind == TY_BOOL
                : e->op == TOK_TILDE ? ty_is_int(a->type)
                                     : ty_is_float(a->type) || ty_is_signed(a->type);
    if (!fits) {
        if (a->type->kind != TY_ERROR) {
            tmlc_error(ck->files, e->span, "%s does not apply to %s", tmlc_token_text(e->op),
                       a->type->name)
                ->expected = e->op == TOK_NOT ? "Bool" : "a number that can be negative";
        }
        return check_error(ck, e->span);
    }
    hir* node = check_new(ck, HIR_UNARY, e->span, a->type);
    node->op = e->op;
    node->a = a;
    return node;
}

static bool is_comparison(tmlc_token_kind op) {
    return op == TOK_EQ || op == TOK_NE || op == TOK_LT || op == TOK_LE || op == TOK_GT ||
           op == TOK_GE;
}

static bool is_plain_enum(checker* ck, ty* type) {
    ty_layout(ck->prog, type);
    for (uint32_t i = 0; i < type->variants.len; i++) {
        if (type->variants.items[i].types.len > 0) {
            return false;
        }
    }
    return type->kind == TY_ENUM;
}

/// Which types an operator takes, both sides being the same.
static bool applies(checker* ck, tmlc_token_kind op, ty* type) {
    bool number = ty_is_int(type) || ty_is_float(type);
    switch (op) {
    case TOK_PLUS:
        return number || type->kind == TY_STR;
    case TOK_MINUS:
    case TOK_STAR:
    case TOK_SLASH:
        return number;
    case TOK_PERCENT:
    case TOK_SHL:
    case TOK_SHR:
        return ty_is_int(type);
    case TOK_AMP:
    case TOK_PIPE:
    case TOK_CARET:
        return ty_is_int(type) || type->kind == TY_BOOL;
    case TOK_EQ:
    case TOK_NE:
        return number || type->kind == TY_STR || type->kind == TY_BOOL || type->kind == TY_CHAR ||
               type->kind == TY_PTR || type->kind == TY_CLASS || is_plain_enum(ck, type);
    default:
        return number || type->kind == TY_STR || type->kind == TY_CHAR;
    }
}

hir* check_operator(checker* ck, tmlc_token_kind op, hir* a, hir* b, tmlc_span span) {
    a = check_auto_deref(ck, a);
    b = check_auto_deref(ck, b);
    if (a->type->kind == TY_ERROR || b->type->kind == TY_ERROR) {
        return check_error(ck, span);
    }
    if (b->kind == HIR_NULL && a->type->kind == TY_PTR) {
        b->type = a->type;
    }
    if (a->type != b->type) {
        tmlc_diag* diag = tmlc_error(ck->files, span, "%s stands between %s and %s",
                                     tmlc_token_text(op), a->type->name, b->type->name);
        diag->expected = "the same type on both sides";
        diag->help = tmlc_format(ck->arena, "convert one: ... as %s", a->type->name);
        diag->help = ty_bits(a->type) > 1 && ty_bits(b->type) > 1 ? diag->help : NULL;
        return check_error(ck, span);
    }
    if (!applies(ck, op, a->type)) {
        tmlc_error(ck->files, span, "%s does not apply to %s", tmlc_token_text(op), a->type->name)
            ->help = a->type->kind == TY_ENUM ? "take it apart with 'when'" : NULL;
        return check_error(ck, span);
    }
    hir* node =
        check_new(ck, HIR_BINARY, span, is_comparison(op) ? check_scalar(ck, TY_BOOL) : a->type);
    node->op = (uint8_t)op;
    node->a = a;
    node->b = b;
    return node;
}

/// x == Nothing, x != Red: whether the value is that variant, whatever it holds.
static hir* check_is_variant(checker* ck, const ast_expr* e, hir* a, hir* b) {
    hir* node = check_new(ck, HIR_BINARY, e->span, check_scalar(ck, TY_BOOL));
    node->op = e->op;
    node->a = a;
    node->b = b;
    return node;
}

hir* check_binary(checker* ck, const ast_expr* e, ty* expected) {
    if (e->op == TOK_AND || e->op == TOK_OR) {
        ty* boolean = check_scalar(ck, TY_BOOL);
        hir* node = check_new(ck, HIR_LOGIC, e->span, boolean);
        uint32_t num;
        node->op = e->op;
        node->a = check_value(ck, e->a, boolean);
        bool* before = check_moves_save(ck, &num);
        node->b = check_value(ck, e->b, boolean);
        check_moves_merge(ck, before, num);
        return node;
    }
    ty* hint = is_comparison(e->op) ? NULL : expected;
    bool is_literal = e->a->kind == AST_INT || e->a->kind == AST_FLOAT;
    hir *a, *b;
    if (is_literal && e->b->kind != AST_INT && e->b->kind != AST_FLOAT) {
        b = check_auto_deref(ck, check_expr(ck, e->b, hint));
        a = check_expr(ck, e->a, b->type);
    } else {
        a = check_auto_deref(ck, check_expr(ck, e->a, hint));
        b = check_expr(ck, e->b, a->type);
    }
    if ((e->op == TOK_EQ || e->op == TOK_NE) && b->kind == HIR_VARIANT && b->list.len == 0 &&
        a->type == b->type) {
        return check_is_variant(ck, e, a, b);
    }
    return check_operator(ck, e->op, a, b, e->span);
}

hir* check_cast(checker* ck, const ast_expr* e) {
    ty* to = resolve_type(&ck->r, e->type);
    hir* a = check_expr(ck, e->a, ty_is_int(to) && e->a->kind == AST_INT ? to : NULL);
    if (to->kind != TY_PTR || a->type->kind != TY_REF) {
        a = check_auto_deref(ck, a);
    }
    bool from_number = ty_bits(a->type) > 0, to_number = ty_bits(to) > 0;
    bool pointers = (a->type->kind == TY_PTR || a->type->kind == TY_REF ||
                     a->type->kind == TY_STR || a->type->kind == TY_CLASS) &&
                    (to->kind == TY_PTR || to->kind == TY_STR || to->kind == TY_CLASS);
    bool address = (a->type->kind == TY_PTR && to->kind == TY_I64) ||
                   (a->type->kind == TY_I64 && to->kind == TY_PTR);
    bool to_bool = to->kind == TY_BOOL && a->type->kind != TY_BOOL;
    if (a->type->kind == TY_ERROR || to->kind == TY_ERROR) {
        return check_error(ck, e->span);
    }
    if ((!(from_number && to_number) && !pointers && !address) || to_bool) {
        tmlc_error(ck->files, e->span, "%s cannot become %s", a->type->name, to->name)->help =
            to_bool ? "compare it with something" : "'as' converts between numbers";
        return check_error(ck, e->span);
    }
    hir* node = check_new(ck, HIR_CAST, e->span, to);
    node->a = a;
    return node;
}
