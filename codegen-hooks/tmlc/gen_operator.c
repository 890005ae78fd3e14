// SPDX-License-Identifier: Apache-2.0
// Operators, conversions, strings. Integer arithmetic panics when it overflows, and at a division
// by zero, naming the line.
#include "codegen-hooks/tmlc/gen.h"

#include <string.h>

static LLVMValueRef intrinsic(gen* g, const char* name, LLVMTypeRef type, LLVMValueRef* args,
                              unsigned num) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(g->module, id, &type, 1);
    return LLVMBuildCall2(g->builder, LLVMIntrinsicGetType(g->context, id, &type, 1), function,
                          args, num, "");
}

/// Goes on when `bad` is false, else panics.
static void check(gen* g, LLVMValueRef bad, tmlc_span span, const char* what) {
    LLVMBasicBlockRef fail = gen_block(g, "fail"), ok = gen_block(g, "ok");
    LLVMBuildCondBr(g->builder, bad, fail, ok);
    gen_at(g, fail);
    gen_panic(g, span, what);
    gen_at(g, ok);
}

static LLVMValueRef checked(gen* g, hir* node, LLVMValueRef a, LLVMValueRef b, const char* op,
                            const char* word) {
    LLVMValueRef args[] = {a, b};
    const char* name =
        tmlc_format(g->arena, "llvm.%c%s.with.overflow", ty_is_signed(node->type) ? 's' : 'u', op);
    LLVMValueRef both = intrinsic(g, name, LLVMTypeOf(a), args, 2);
    check(g, LLVMBuildExtractValue(g->builder, both, 1, ""), node->span,
          tmlc_format(g->arena, "integer overflow on %s", word));
    return LLVMBuildExtractValue(g->builder, both, 0, "");
}

static LLVMValueRef divide(gen* g, hir* node, LLVMValueRef a, LLVMValueRef b) {
    bool is_signed = ty_is_signed(node->type), rest = node->op == TOK_PERCENT;
    LLVMTypeRef type = LLVMTypeOf(a);
    LLVMValueRef zero = LLVMConstNull(type);
    check(g, LLVMBuildICmp(g->builder, LLVMIntEQ, b, zero, ""), node->span, "division by zero");
    if (is_signed) {
        LLVMValueRef least = LLVMConstInt(type, (uint64_t)1 << (ty_bits(node->type) - 1), false);
        LLVMValueRef is_least = LLVMBuildICmp(g->builder, LLVMIntEQ, a, least, "");
        LLVMValueRef is_minus = LLVMBuildICmp(g->builder, LLVMIntEQ, b, LLVMConstAllOnes(type), "");
        check(g, LLVMBuildAnd(g->builder, is_least, is_minus, ""), node->span,
              "integer overflow on division");
    }
    return is_signed
               ? (rest ? LLVMBuildSRem(g->builder, a, b, "") : LLVMBuildSDiv(g->builder, a, b, ""))
               : (rest ? LLVMBuildURem(g->builder, a, b, "") : LLVMBuildUDiv(g->builder, a, b, ""));
}

static LLVMValueRef integer(gen* g, hir* node, LLVMValueRef a, LLVMValueRef b) {
    switch (node->op) {
    case TOK_PLUS:
        return checked(g, node, a, b, "add", "addition");
    case TOK_MINUS:
        return checked(g, node, a, b, "sub", "subtraction");
    case TOK_STAR:
        return checked(g, node, a, b, "mul", "multiplication");
    case TOK_SLASH:
    case TOK_PERCENT:
        return divide(g, node, a, b);
    case TOK_AMP:
        return LLVMBuildAnd(g->builder, a, b, "");
    case TOK_PIPE:
        return LLVMBuildOr(g->builder, a, b, "");
    case TOK_CARET:
        return LLVMBuildXor(g->builder, a, b, "");
    default: {
        LLVMValueRef width = LLVMConstInt(LLVMTypeOf(a), ty_bits(node->type), false);
        check(g, LLVMBuildICmp(g->builder, LLVMIntUGE, b, width, ""), node->span,
              "shift by more bits than there are");
        return node->op == TOK_SHL        ? LLVMBuildShl(g->builder, a, b, "")
               : ty_is_signed(node->type) ? LLVMBuildAShr(g->builder, a, b, "")
                                          : LLVMBuildLShr(g->builder, a, b, "");
    }
    }
}

static LLVMValueRef real(gen* g, uint8_t op, LLVMValueRef a, LLVMValueRef b) {
    switch (op) {
    case TOK_PLUS:
        return LLVMBuildFAdd(g->builder, a, b, "");
    case TOK_MINUS:
        return LLVMBuildFSub(g->builder, a, b, "");
    case TOK_STAR:
        return LLVMBuildFMul(g->builder, a, b, "");
    default:
        return LLVMBuildFDiv(g->builder, a, b, "");
    }
}

static LLVMValueRef compare(gen* g, hir* node, LLVMValueRef a, LLVMValueRef b) {
    static const struct {
        uint8_t op;
        LLVMIntPredicate is_signed, is_unsigned;
        LLVMRealPredicate real;
    } rows[] = {{TOK_EQ, LLVMIntEQ, LLVMIntEQ, LLVMRealOEQ},
                {TOK_NE, LLVMIntNE, LLVMIntNE, LLVMRealUNE},
                {TOK_LT, LLVMIntSLT, LLVMIntULT, LLVMRealOLT},
                {TOK_LE, LLVMIntSLE, LLVMIntULE, LLVMRealOLE},
                {TOK_GT, LLVMIntSGT, LLVMIntUGT, LLVMRealOGT},
                {TOK_GE, LLVMIntSGE, LLVMIntUGE, LLVMRealOGE}};
    const ty* type = node->a->type;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].op != node->op) {
            continue;
        }
        if (ty_is_float(type)) {
            return LLVMBuildFCmp(g->builder, rows[i].real, a, b, "");
        }
        bool is_signed = ty_is_signed(type) || type->kind == TY_STR;
        return LLVMBuildICmp(g->builder, is_signed ? rows[i].is_signed : rows[i].is_unsigned, a, b,
                             "");
    }
    return NULL;
}

/// An operand that is only read: a fresh Str ends with the statement.
static LLVMValueRef operand(gen* g, hir* node) {
    LLVMValueRef value = gen_value(g, node);
    gen_own_str(g, node, value);
    return value;
}

static LLVMValueRef format(gen* g, const char* text, LLVMValueRef* args, unsigned num) {
    LLVMValueRef out = gen_alloca(g, gen_ptr(g), "text");
    LLVMValueRef all[66] = {out, gen_str(g, text)};
    memcpy(all + 2, args, num * sizeof *args);
    LLVMTypeRef params[] = {gen_ptr(g), gen_ptr(g)};
    LLVMTypeRef type = LLVMFunctionType(gen_int(g, 32), params, 2, true);
    LLVMValueRef len =
        LLVMBuildCall2(g->builder, type, gen_declare(g, "asprintf", type), all, num + 2, "");
    check(g, LLVMBuildICmp(g->builder, LLVMIntSLT, len, gen_const(g, 32, 0), ""), (tmlc_span){0},
          "out of memory");
    return LLVMBuildLoad2(g->builder, gen_ptr(g), out, "");
}

static LLVMValueRef is_variant(gen* g, hir* node) {
    LLVMValueRef tag = gen_tag(g, node->a->type, gen_place(g, node->a));
    return LLVMBuildICmp(g->builder, node->op == TOK_EQ ? LLVMIntEQ : LLVMIntNE, tag,
                         gen_const(g, 32, node->b->index), "");
}

LLVMValueRef gen_binary(gen* g, hir* node) {
    ty* type = node->a->type;
    if (type->kind == TY_ENUM && node->b->kind == HIR_VARIANT) {
        return is_variant(g, node);
    }
    if (type->kind == TY_ENUM) {
        LLVMValueRef first = gen_tag(g, type, gen_place(g, node->a));
        return compare(g, node, first, gen_tag(g, type, gen_place(g, node->b)));
    }
    LLVMValueRef args[] = {operand(g, node->a), NULL};
    args[1] = operand(g, node->b);
    if (type->kind == TY_STR) {
        if (node->op == TOK_PLUS) {
            return format(g, "%s%s", args, 2);
        }
        return compare(g, node, gen_call_extern(g, "strcmp", "ipp", args), gen_const(g, 32, 0));
    }
    if (node->type->kind == TY_BOOL && node->op >= TOK_EQ && node->op != TOK_AMP &&
        node->op != TOK_PIPE && node->op != TOK_CARET) {
        return compare(g, node, args[0], args[1]);
    }
    return ty_is_float(type) ? real(g, node->op, args[0], args[1])
                             : integer(g, node, args[0], args[1]);
}

LLVMValueRef gen_unary(gen* g, hir* node) {
    LLVMValueRef a = gen_value(g, node->a);
    if (node->op != TOK_MINUS) {
        return LLVMBuildNot(g->builder, a, "");
    }
    return ty_is_float(node->type)
               ? LLVMBuildFNeg(g->builder, a, "")
               : checked(g, node, LLVMConstNull(LLVMTypeOf(a)), a, "sub", "negation");
}

LLVMValueRef gen_cast(gen* g, hir* node) {
    LLVMValueRef a = gen_value(g, node->a);
    ty *from = node->a->type, *to = node->type;
    LLVMTypeRef type = gen_type(g, to);
    if (ty_bits(from) == 0 || ty_bits(to) == 0) {
        bool from_address = ty_is_int(from), to_address = ty_is_int(to);
        return from_address ? LLVMBuildIntToPtr(g->builder, a, type, "")
               : to_address ? LLVMBuildPtrToInt(g->builder, a, type, "")
                            : a;
    }
    if (ty_is_float(from) && ty_is_float(to)) {
        return LLVMBuildFPCast(g->builder, a, type, "");
    }
    if (ty_is_float(from)) { // out of range: the nearest
        const char* name = ty_is_signed(to) ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
        LLVMTypeRef types[] = {type, LLVMTypeOf(a)};
        unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
        return LLVMBuildCall2(g->builder, LLVMIntrinsicGetType(g->context, id, types, 2),
                              LLVMGetIntrinsicDeclaration(g->module, id, types, 2), &a, 1, "");
    }
    if (ty_is_float(to)) {
        return ty_is_signed(from) ? LLVMBuildSIToFP(g->builder, a, type, "")
                                  : LLVMBuildUIToFP(g->builder, a, type, "");
    }
    return LLVMBuildIntCast2(g->builder, a, type, ty_is_signed(from), "");
}

// ---- interpolation ---------------------------------------------------------------------------

static LLVMValueRef bool_text(gen* g, LLVMValueRef value) {
    return LLVMBuildSelect(g->builder, value, gen_str(g, "true"), gen_str(g, "false"), "");
}

/// A Char as UTF-8 in a buffer of this frame, by the C library's %lc rules for every locale: by
/// hand.
static LLVMValueRef char_text(gen* g, LLVMValueRef value) {
    LLVMValueRef buffer = gen_alloca(g, LLVMArrayType2(gen_int(g, 8), 8), "char");
    LLVMBasicBlockRef done = gen_block(g, "done");
    gen_store(g, LLVMConstNull(LLVMArrayType2(gen_int(g, 8), 8)), buffer);
    static const uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000},
                          heads[] = {0, 0xc0, 0xe0, 0xf0};
    for (unsigned len = 1; len <= 4; len++) {
        LLVMBasicBlockRef fits = gen_block(g, "fits"), longer = gen_block(g, "longer");
        LLVMValueRef is =
            LLVMBuildICmp(g->builder, LLVMIntULT, value, gen_const(g, 32, limits[len - 1]), "");
        LLVMBuildCondBr(g->builder, is, fits, longer);
        gen_at(g, fits);
        for (unsigned i = 0; i < len; i++) {
            LLVMValueRef bits =
                LLVMBuildLShr(g->builder, value, gen_const(g, 32, (uint64_t)6 * (len - 1 - i)), "");
            if (i > 0) {
                bits = LLVMBuildAnd(g->builder, bits, gen_const(g, 32, 0x3f), "");
            }
            bits =
                LLVMBuildOr(g->builder, bits, gen_const(g, 32, i == 0 ? heads[len - 1] : 0x80), "");
            LLVMValueRef index = gen_const(g, 64, i);
            gen_store(g, LLVMBuildTrunc(g->builder, bits, gen_int(g, 8), ""),
                      LLVMBuildGEP2(g->builder, gen_int(g, 8), buffer, &index, 1, ""));
        }
        LLVMBuildBr(g->builder, done);
        gen_at(g, longer);
    }
    LLVMBuildBr(g->builder, done);
    gen_at(g, done);
    return buffer;
}

/// One part: its printf conversion, and its value as the argument of it.
static const char* part_format(gen* g, hir* part, LLVMValueRef* out) {
    ty* type = part->type;
    if (ty_is_named(g->prog, type, "Text")) {
        LLVMValueRef head = LLVMBuildLoad2(g->builder, gen_ptr(g), gen_place(g, part), "");
        LLVMBasicBlockRef has = gen_block(g, "has"), end = gen_block(g, "end");
        LLVMValueRef slot = gen_alloca(g, gen_ptr(g), "text");
        gen_store(g, gen_str(g, ""), slot);
        LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, head, ""), end, has);
        gen_at(g, has);
        gen_store(g, LLVMBuildLoad2(g->builder, gen_ptr(g), head, ""), slot);
        LLVMBuildBr(g->builder, end);
        gen_at(g, end);
        *out = LLVMBuildLoad2(g->builder, gen_ptr(g), slot, "");
        return "%s";
    }
    LLVMValueRef value = operand(g, part);
    if (ty_is_int(type)) {
        *out = LLVMBuildIntCast2(g->builder, value, gen_int(g, 64), ty_is_signed(type), "");
        return ty_is_signed(type) ? "%lld" : "%llu";
    }
    if (ty_is_float(type)) {
        *out = LLVMBuildFPCast(g->builder, value, LLVMDoubleTypeInContext(g->context), "");
        return "%.15g";
    }
    *out = type->kind == TY_BOOL   ? bool_text(g, value)
           : type->kind == TY_CHAR ? char_text(g, value)
                                   : value;
    return "%s";
}

LLVMValueRef gen_interp(gen* g, hir* node) {
    enum { MAX = 64 };
    LLVMValueRef args[MAX], whole = NULL;
    unsigned num = 0;
    const char* text = "";
    for (uint32_t i = 0; i < node->list.len; i++) {
        text = tmlc_format(g->arena, "%s%s", text, part_format(g, node->list.items[i], &args[num]));
        num++;
        if (num == MAX &&
            i + 1 < node->list.len) { // so many parts: what there is becomes the first
            whole = format(g, text, args, num);
            gen_free_later(g, whole);
            args[0] = whole;
            num = 1;
            text = "%s";
        }
    }
    return format(g, text, args, num);
}
