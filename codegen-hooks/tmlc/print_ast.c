// SPDX-License-Identifier: Apache-2.0
// The tree as text, for --emit-ast and the tests: nested lists, a declaration, member or statement
// a line. Everything that was understood is in it, and nothing of how it was laid out.
#include "codegen-hooks/tmlc/ast.h"

#include <inttypes.h>

static void print_expr(FILE* out, const ast_expr* e, int indent);
static void print_type(FILE* out, const ast_type* type);

static void new_line(FILE* out, int indent) {
    fprintf(out, "\n%*s", indent * 2, "");
}

static void print_types(FILE* out, const ast_types* types) {
    for (uint32_t i = 0; i < types->len; i++) {
        fputs(i == 0 ? "[" : ", ", out);
        print_type(out, types->items[i]);
    }
    fputs(types->len > 0 ? "]" : "", out);
}

static void print_path(FILE* out, const ast_path* path) {
    for (uint32_t i = 0; i < path->segments.len; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : "::", path->segments.items[i].name);
        print_types(out, &path->segments.items[i].args);
    }
}

static void print_type(FILE* out, const ast_type* type) {
    switch (type->kind) {
    case AST_TYPE_PATH:
        print_path(out, &type->path);
        break;
    case AST_TYPE_DYN:
        fputs("dyn ", out);
        print_path(out, &type->path);
        break;
    case AST_TYPE_REF:
    case AST_TYPE_PTR:
        fputs(type->kind == AST_TYPE_PTR ? "*" : type->is_mut ? "mut ref " : "ref ", out);
        print_type(out, type->inner);
        break;
    case AST_TYPE_UNIT:
        fputs("()", out);
        break;
    case AST_TYPE_FUNC:
        fputs("func(", out);
        for (uint32_t i = 0; i < type->params.len; i++) {
            fputs(i == 0 ? "" : ", ", out);
            print_type(out, type->params.items[i]);
        }
        fputs(")", out);
        if (type->inner != NULL) {
            fputs(" -> ", out);
            print_type(out, type->inner);
        }
        break;
    case AST_TYPE_ERROR:
        fputs("<error>", out);
    }
}

static void print_text(FILE* out, const char* text) {
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            fputs("\\n", out);
        } else if (*text == '"' || *text == '\\') {
            fprintf(out, "\\%c", *text);
        } else {
            fputc(*text, out);
        }
    }
    fputc('"', out);
}

static void print_pattern(FILE* out, const ast_pattern* pattern) {
    switch (pattern->kind) {
    case AST_PATTERN_WILD:
        fputc('_', out);
        break;
    case AST_PATTERN_LITERAL:
        print_expr(out, pattern->literal, 0);
        break;
    case AST_PATTERN_ERROR:
        fputs("<error>", out);
        break;
    case AST_PATTERN_RANGE:
        print_expr(out, pattern->literal, 0);
        fputs(pattern->through ? " through " : " to ", out);
        print_expr(out, pattern->last, 0);
        break;
    case AST_PATTERN_OR:
        for (uint32_t i = 0; i < pattern->parts.len; i++) {
            fputs(i == 0 ? "" : " | ", out);
            print_pattern(out, pattern->parts.items[i]);
        }
        break;
    case AST_PATTERN_STRUCT:
        print_path(out, &pattern->path);
        for (uint32_t i = 0; i < pattern->parts.len; i++) {
            fprintf(out, "%s%s: ", i == 0 ? " { " : ", ", pattern->names.items[i].name);
            print_pattern(out, pattern->parts.items[i]);
        }
        fputs(pattern->has_rest ? " .. }" : " }", out);
        break;
    case AST_PATTERN_NAME:
    case AST_PATTERN_VARIANT:
    case AST_PATTERN_TUPLE: // no path
        print_path(out, &pattern->path);
        for (uint32_t i = 0; i < pattern->parts.len; i++) {
            fputs(i == 0 ? "(" : ", ", out);
            print_pattern(out, pattern->parts.items[i]);
        }
        fputs(pattern->parts.len > 0 ? ")" : "", out);
    }
}

static void print_params(FILE* out, const ast_params* params);

static const char* op_text(uint8_t op) {
    static char text[8];
    snprintf(text, sizeof text, "%s", tmlc_token_text(op) + 1);
    for (char* c = text; *c != '\0'; c++) {
        *c = *c == '\'' ? '\0' : *c;
    }
    return text;
}

/// The head of a node: what stands behind its '('.
static void print_head(FILE* out, const ast_expr* e) {
    static const char* const names[] = {
        [AST_LIST] = "list",     [AST_CALL] = "call",     [AST_INDEX] = "index",
        [AST_AWAIT] = "await",   [AST_TRY] = "try",       [AST_DEREF] = "deref",
        [AST_CAST] = "as",       [AST_IF] = "if",         [AST_WHEN] = "when",
        [AST_BLOCK] = "block",   [AST_LOOP] = "loop",     [AST_RETURN] = "return",
        [AST_INTERP] = "interp", [AST_BREAK] = "break",   [AST_CONTINUE] = "continue",
        [AST_NULL] = "null",     [AST_ERROR] = "<error>", [AST_THIS] = "this",
        [AST_UNIT] = "unit",     [AST_SELECT] = "select"};
    switch (e->kind) {
    case AST_UNARY:
        fputs(e->op == TOK_MINUS ? "neg" : op_text(e->op), out);
        break;
    case AST_BINARY:
        fputs(op_text(e->op), out);
        break;
    case AST_ASSIGN:
        fprintf(out, "%s%s", op_text(e->op), e->op == TOK_ASSIGN ? "" : "=");
        break;
    case AST_REF:
        fputs(e->flag ? "mut-ref" : "ref", out);
        break;
    case AST_RANGE:
        fputs(e->flag ? "through" : "to", out);
        break;
    case AST_STRUCT:
        fputs("struct ", out);
        print_path(out, &e->path);
        break;
    case AST_METHOD:
    case AST_FIELD:
        fprintf(out, ".%s", e->name);
        print_types(out, &e->types);
        break;
    case AST_LET:
        fputs(e->flag ? "var " : "let ", out);
        if (e->pattern != NULL) {
            print_pattern(out, e->pattern);
        } else {
            fputs(e->name, out);
        }
        break;
    case AST_FOR:
        fprintf(out, "for %s", e->name);
        break;
    case AST_CLOSURE:
        fputs("do", out);
        print_params(out, &e->params);
        break;
    default:
        fputs(names[e->kind], out);
    }
}

static bool print_leaf(FILE* out, const ast_expr* e) {
    switch (e->kind) {
    case AST_INT:
        fprintf(out, "%" PRIu64 "%s", e->value.integer, e->suffix != NULL ? e->suffix : "");
        return true;
    case AST_FLOAT:
        fprintf(out, "%g%s", e->value.real, e->suffix != NULL ? e->suffix : "");
        return true;
    case AST_CHAR:
        fprintf(out, "'U+%04" PRIX64 "'", e->value.integer);
        return true;
    case AST_BOOL:
        fputs(e->value.integer != 0 ? "true" : "false", out);
        return true;
    case AST_STR:
        print_text(out, e->name);
        return true;
    case AST_PATH:
        print_path(out, &e->path);
        return true;
    case AST_NULL:
    case AST_THIS:
    case AST_ERROR:
    case AST_BREAK:
    case AST_CONTINUE:
    case AST_UNIT:
        print_head(out, e);
        return true;
    default:
        return false;
    }
}

static void print_arm_head(FILE* out, const ast_arm* arm, int indent) {
    if (arm->pattern == NULL) {
        fputs("else", out);
    } else {
        print_pattern(out, arm->pattern);
    }
    if (arm->future != NULL) {
        fputs(" = ", out);
        print_expr(out, arm->future, indent);
    }
    if (arm->guard != NULL) {
        fputs(" if ", out);
        print_expr(out, arm->guard, indent);
    }
}

static void print_parts(FILE* out, const ast_expr* e, int indent) {
    bool lines = e->kind == AST_BLOCK;
    for (uint32_t i = 0; i < e->list.len; i++) {
        if (lines) {
            new_line(out, indent + 1);
        } else {
            fputc(' ', out);
        }
        print_expr(out, e->list.items[i], indent + 1);
    }
    if (lines && e->list.len > 0 && !e->has_value) {
        fputs(" ;", out);
    }
    for (uint32_t i = 0; i < e->fields.len; i++) {
        fprintf(out, " (%s ", e->fields.items[i].name);
        print_expr(out, e->fields.items[i].value, indent + 1);
        fputc(')', out);
    }
    for (uint32_t i = 0; i < e->arms.len; i++) {
        new_line(out, indent + 1);
        fputc('(', out);
        print_arm_head(out, &e->arms.items[i], indent + 1);
        fputs(" => ", out);
        print_expr(out, e->arms.items[i].body, indent + 1);
        fputc(')', out);
    }
}

static void print_expr(FILE* out, const ast_expr* e, int indent) {
    const ast_expr* operands[] = {e->a, e->b, e->c};
    if (print_leaf(out, e)) {
        return;
    }
    fputc('(', out);
    print_head(out, e);
    if (e->pattern != NULL && e->kind != AST_LET) {
        fputs(" let ", out);
        print_pattern(out, e->pattern);
    }
    if (e->type != NULL && e->kind != AST_CAST) {
        fputs(e->kind == AST_CLOSURE ? " -> " : ": ", out);
        print_type(out, e->type);
    }
    for (size_t i = 0; i < 3; i++) {
        if (operands[i] != NULL) {
            fputc(' ', out);
            print_expr(out, operands[i], indent);
        }
    }
    if (e->type != NULL && e->kind == AST_CAST) {
        fputc(' ', out);
        print_type(out, e->type);
    }
    print_parts(out, e, indent);
    fputc(')', out);
}

static void print_decorators(FILE* out, const ast_decorators* all) {
    for (uint32_t i = 0; i < all->len; i++) {
        const ast_decorator* decorator = &all->items[i];
        fprintf(out, "@%s", decorator->name);
        for (uint32_t k = 0; k < decorator->args.len; k++) {
            fputs(k == 0 ? "(" : ", ", out);
            if (decorator->names.items[k] != NULL) {
                fprintf(out, "%s = ", decorator->names.items[k]);
            }
            print_expr(out, decorator->args.items[k], 0);
        }
        fputs(decorator->args.len > 0 ? ") " : " ", out);
    }
}

static void print_params(FILE* out, const ast_params* params) {
    fputs(" (", out);
    for (uint32_t i = 0; i < params->len; i++) {
        fputs(i == 0 ? "" : ", ", out);
        print_decorators(out, &params->items[i].decorators);
        fprintf(out, "%s%s", params->items[i].is_mut ? "mut " : "", params->items[i].name);
        if (params->items[i].type != NULL) {
            fputs(": ", out);
            print_type(out, params->items[i].type);
        }
    }
    fputc(')', out);
}

static void print_tparams(FILE* out, const ast_decl* decl) {
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        fprintf(out, "%s%s", i == 0 ? "[" : ", ", decl->tparams.items[i].name);
        for (uint32_t k = 0; k < decl->tparams.items[i].bounds.len; k++) {
            fputs(k == 0 ? ": " : " + ", out);
            print_path(out, &decl->tparams.items[i].bounds.items[k]);
        }
    }
    fputs(decl->tparams.len > 0 ? "]" : "", out);
}

static void print_func(FILE* out, const ast_decl* decl, int indent) {
    if (decl->has_this != AST_NO_THIS) {
        fputs(decl->has_this == AST_MUT_THIS ? " mut-this" : " this", out);
    }
    print_params(out, &decl->params);
    if (decl->result != NULL) {
        fputs(" -> ", out);
        print_type(out, decl->result);
    }
    if (decl->body != NULL) {
        fputc(' ', out);
        print_expr(out, decl->body, indent + 1);
    }
}

static void print_decl(FILE* out, const ast_decl* decl, int indent);

static void print_body(FILE* out, const ast_decl* decl, int indent) {
    for (uint32_t i = 0; i < decl->assocs.len; i++) {
        new_line(out, indent + 1);
        fprintf(out, "(type %s", decl->assocs.items[i].name);
        if (decl->assocs.items[i].type != NULL) {
            fputs(" = ", out);
            print_type(out, decl->assocs.items[i].type);
        }
        fputc(')', out);
    }
    for (uint32_t i = 0; i < decl->fields.len; i++) {
        const ast_field* field = &decl->fields.items[i];
        new_line(out, indent + 1);
        print_decorators(out, &field->decorators);
        fprintf(out, "(%s: ", field->name);
        print_type(out, field->type);
        if (field->init != NULL) {
            fputs(" = ", out);
            print_expr(out, field->init, indent + 1);
        }
        fputc(')', out);
    }
    for (uint32_t i = 0; i < decl->variants.len; i++) {
        new_line(out, indent + 1);
        fprintf(out, "(%s ", decl->variants.items[i].name);
        print_types(out, &decl->variants.items[i].types);
        fputc(')', out);
    }
    for (uint32_t i = 0; i < decl->members.len; i++) {
        new_line(out, indent + 1);
        print_decl(out, decl->members.items[i], indent + 1);
    }
}

static void print_use(FILE* out, const ast_decl* decl) {
    print_path(out, &decl->path);
    fputs(decl->use_all ? "::*" : "", out);
    for (uint32_t i = 0; i < decl->use_names.len; i++) {
        fprintf(out, " %s", decl->use_names.items[i].name);
    }
}

static void print_decl(FILE* out, const ast_decl* decl, int indent) {
    static const char* const kinds[] = {"use",  "struct", "enum",     "class",
                                        "func", "impl",   "behavior", "const"};
    const struct {
        bool set;
        const char* word;
    } flags[] = {{decl->is_pub, "pub "},           {decl->is_sealed, "sealed "},
                 {decl->is_abstract, "abstract "}, {decl->is_static, "static "},
                 {decl->is_virtual, "virtual "},   {decl->is_override, "override "},
                 {decl->is_async, "async "},       {decl->is_lowlevel, "lowlevel "}};
    print_decorators(out, &decl->decorators);
    fputc('(', out);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        fputs(flags[i].set ? flags[i].word : "", out);
    }
    fprintf(out, "%s %s", kinds[decl->kind], decl->name != NULL ? decl->name : "");
    print_tparams(out, decl);
    if (decl->kind == AST_USE) {
        print_use(out, decl);
    } else if (decl->path.segments.len > 0) {
        fputs(" extends ", out);
        print_path(out, &decl->path);
    }
    for (uint32_t i = 0; i < decl->behaviors.len; i++) {
        fputs(i == 0 ? " : " : ", ", out);
        print_path(out, &decl->behaviors.items[i]);
    }
    if (decl->behavior != NULL) {
        print_type(out, decl->behavior);
        fputs(" for ", out);
    }
    if (decl->target != NULL) {
        print_type(out, decl->target);
    }
    if (decl->kind == AST_FUNC || decl->kind == AST_CONST) {
        print_func(out, decl, indent);
    } else {
        print_body(out, decl, indent);
    }
    fputc(')', out);
}

void tmlc_print_ast(const ast_module* module, FILE* out) {
    for (uint32_t i = 0; i < module->decls.len; i++) {
        print_decl(out, module->decls.items[i], 0);
        fputc('\n', out);
    }
}
