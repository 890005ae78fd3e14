// SPDX-License-Identifier: Apache-2.0
// Decorators as metadata (docs/abi/metadata.md): the nodes of types, values and decorators, and the
// order of all records.
#include "codegen-hooks/tmlc/gen_meta.h"

#include <string.h>

enum { LOC_LAZY = 4 }; ///< of an injection: a Provider[T], docs/abi/metadata.md section 11

LLVMMetadataRef meta_text(gen* g, const char* text) {
    return LLVMMDStringInContext2(g->context, text, strlen(text));
}

LLVMMetadataRef meta_text_or_null(gen* g, const char* text) {
    return text == NULL ? NULL : meta_text(g, text);
}

LLVMMetadataRef meta_int(gen* g, unsigned bits, uint64_t value) {
    return LLVMValueAsMetadata(gen_const(g, bits, value));
}

LLVMMetadataRef meta_node(gen* g, LLVMMetadataRef* parts, size_t num) {
    return LLVMMDNodeInContext2(g->context, parts, num);
}

LLVMMetadataRef meta_list(gen* g, const meta_nodes* list) {
    return list->len == 0 ? NULL : meta_node(g, list->items, list->len);
}

LLVMMetadataRef meta_value_or_null(LLVMValueRef value) {
    return value == NULL ? NULL : LLVMValueAsMetadata(value);
}

void meta_add(gen* g, const char* name, LLVMMetadataRef* parts, size_t num) {
    LLVMAddNamedMetadataOperand(g->module, name,
                                LLVMMetadataAsValue(g->context, meta_node(g, parts, num)));
}

LLVMMetadataRef meta_loc(gen* g, tmlc_span span, uint32_t flags) {
    LLVMMetadataRef parts[] = {meta_text(g, g->prog->files->sources.items[span.file].name),
                               meta_int(g, 32, tmlc_line(g->prog->files, span, NULL)),
                               meta_int(g, 32, flags)};
    return meta_node(g, parts, flags == 0 ? 2 : 3);
}

// ---- types -----------------------------------------------------------------------------------

static LLVMMetadataRef word(gen* g, const char* text) {
    LLVMMetadataRef part = meta_text(g, text);
    return meta_node(g, &part, 1);
}

static LLVMMetadataRef named_type(gen* g, const char* kind, const char* name) {
    LLVMMetadataRef parts[] = {meta_text(g, kind), meta_text(g, name)};
    return meta_node(g, parts, 2);
}

static LLVMMetadataRef enum_node(meta* m, ty* type, tmlc_span span) {
    gen* g = m->g;
    bool maybe = ty_is_named(g->prog, type, "Maybe");
    if (!maybe && !ty_is_named(g->prog, type, "Outcome")) {
        return NULL;
    }
    LLVMTypeRef llvm = gen_type(g, type);
    uint64_t offset = 255;
    if (!gen_is_nullable(g, type)) {
        offset =
            LLVMCountStructElementTypes(llvm) > 1 ? LLVMOffsetOfElement(g->layout, llvm, 1) : 4;
    }
    LLVMMetadataRef parts[4] = {meta_text(g, maybe ? "maybe" : "outcome"),
                                meta_type(m, type->args[0], span)};
    unsigned num = 2;
    if (!maybe) {
        parts[num++] = meta_type(m, type->args[1], span);
    }
    parts[num++] = meta_int(g, 32, offset);
    return parts[1] == NULL || (!maybe && parts[2] == NULL) ? NULL : meta_node(g, parts, num);
}

static LLVMMetadataRef struct_node(meta* m, ty* type, tmlc_span span) {
    gen* g = m->g;
    if (ty_is_named(g->prog, type, "Text")) {
        return word(g, "text");
    }
    if (ty_is_named(g->prog, type, "List")) {
        LLVMMetadataRef parts[] = {meta_text(g, "list"), meta_type(m, type->args[0], span)};
        return parts[1] == NULL ? NULL : meta_node(g, parts, 2);
    }
    return named_type(g, "struct", meta_schema_name(m, type));
}

const char* meta_schema_name(meta* m, ty* type) {
    const char* name = type->mangled;
    for (uint32_t i = 0; i < m->schemas.len; i++) {
        if (m->schemas.items[i] == type) {
            return m->names.items[i];
        }
        if (strcmp(m->names.items[i], name) == 0) { // another file's
            const module* mod = ty_decl_module(m->g->prog, type->decl);
            name = tmlc_format(m->g->arena, "%s_%s", mod->name[0] != '\0' ? mod->name : "main",
                               type->mangled);
        }
    }
    TMLC_PUSH(m->g->arena, &m->schemas, type);
    TMLC_PUSH(m->g->arena, &m->names, name);
    return name;
}

LLVMMetadataRef meta_type(meta* m, ty* type, tmlc_span span) {
    gen* g = m->g;
    LLVMMetadataRef made = NULL;
    char lower[8] = "";
    if (type->kind < TY_STRUCT && type->kind != TY_NEVER) {
        for (size_t i = 0; i + 1 < sizeof lower && type->name[i] != '\0'; i++) {
            char c = type->name[i];
            lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        return word(g, lower);
    }
    if (type->kind == TY_STRUCT) {
        made = struct_node(m, type, span);
    } else if (type->kind == TY_ENUM) {
        made = enum_node(m, type, span);
    } else if (type->kind == TY_CLASS) {
        const char* opaque = deco_opaque(type);
        made = opaque != NULL ? word(g, opaque) : named_type(g, "class", type->mangled);
    }
    if (made == NULL) {
        tmlc_error(g->prog->files, span, "%s cannot cross the boundary of a handler", type->name)
            ->expected =
            "a number, Bool, Str, Text, struct, List, Maybe, Outcome, Request or Response";
    }
    return made;
}

// ---- values and decorators ---------------------------------------------------------------------

static LLVMMetadataRef int_literal(gen* g, const ast_expr* e) {
    bool minus = e->kind == AST_UNARY;
    uint64_t value = minus ? 0 - e->a->value.integer : e->value.integer;
    bool wide = minus ? (int64_t)value < INT32_MIN : value > INT32_MAX;
    return meta_int(g, wide ? 64 : 32, value);
}

LLVMMetadataRef meta_literal(gen* g, const module* mod, const ast_expr* e) {
    e = deco_literal(g->prog, mod, e);
    bool minus = e->kind == AST_UNARY && e->op == TOK_MINUS;
    const ast_expr* number = minus ? e->a : e;
    if (e->kind == AST_STR) {
        return meta_text(g, e->name);
    }
    if (number->kind == AST_INT) {
        return int_literal(g, e);
    }
    if (e->kind == AST_BOOL) {
        return meta_int(g, 1, e->value.integer);
    }
    if (number->kind == AST_FLOAT) {
        return LLVMValueAsMetadata(LLVMConstReal(LLVMDoubleTypeInContext(g->context),
                                                 minus ? -number->value.real : number->value.real));
    }
    if (e->kind == AST_PATH) {
        return named_type(g, "sym", e->path.segments.items[e->path.segments.len - 1].name);
    }
    if (e->kind == AST_LIST) {
        meta_nodes list = {0};
        TMLC_PUSH(g->arena, &list, meta_text(g, "list"));
        for (uint32_t i = 0; i < e->list.len; i++) {
            TMLC_PUSH(g->arena, &list, meta_literal(g, mod, e->list.items[i]));
        }
        return meta_list(g, &list);
    }
    if (e->kind != AST_NULL) {
        tmlc_error(g->prog->files, e->span, "a record cannot hold this")->expected =
            "a literal, a name, or a list of them";
    }
    return word(g, "null");
}

LLVMMetadataRef meta_default(gen* g, const module* mod, const ty* type, const ast_expr* e) {
    e = deco_literal(g->prog, mod, e);
    const ast_expr* number = e->kind == AST_UNARY ? e->a : e;
    if (ty_is_named(g->prog, type, "Maybe")) {
        return meta_default(g, mod, type->args[0], e);
    }
    if (e->kind == AST_LIST && ty_is_named(g->prog, type, "List")) {
        meta_nodes list = {0};
        TMLC_PUSH(g->arena, &list, meta_text(g, "list"));
        for (uint32_t i = 0; i < e->list.len; i++) {
            TMLC_PUSH(g->arena, &list, meta_default(g, mod, type->args[0], e->list.items[i]));
        }
        return meta_list(g, &list);
    }
    if (e->kind == AST_CHAR) {
        return meta_int(g, 32, e->value.integer);
    }
    if (ty_is_float(type) && number->kind == AST_INT) {
        double value = (double)number->value.integer;
        return LLVMValueAsMetadata(
            LLVMConstReal(LLVMDoubleTypeInContext(g->context), number == e ? value : -value));
    }
    return meta_literal(g, mod, e);
}

static LLVMMetadataRef decorator_node(gen* g, const module* mod, const ast_decorator* decorator) {
    meta_nodes args = {0};
    for (uint32_t k = 0; k < decorator->args.len; k++) {
        LLVMMetadataRef value = meta_literal(g, mod, decorator->args.items[k]);
        if (decorator->names.items[k] != NULL) {
            LLVMMetadataRef parts[] = {meta_text(g, "named"),
                                       meta_text(g, decorator->names.items[k]), value};
            value = meta_node(g, parts, 3);
        }
        TMLC_PUSH(g->arena, &args, value);
    }
    LLVMMetadataRef parts[] = {meta_text(g, decorator->name), meta_list(g, &args),
                               meta_loc(g, decorator->span, 0)};
    return meta_node(g, parts, 3);
}

LLVMMetadataRef meta_decorators(gen* g, const module* mod, const ast_decorators* all) {
    meta_nodes list = {0};
    for (uint32_t i = 0; i < all->len; i++) {
        if (strcmp(all->items[i].name, "Example") != 0) {
            TMLC_PUSH(g->arena, &list, decorator_node(g, mod, &all->items[i]));
        }
    }
    return meta_list(g, &list);
}

/// Those of the outermost base first: its stages are around the others. What stands on a class that
/// is only a base is for the routes of what extends it.
static void add_class_decorators(gen* g, const ty* cls, const ty* owner, meta_nodes* list) {
    bool is_managed = deco_is_managed(cls->decl);
    if (owner->base != NULL) {
        add_class_decorators(g, cls, owner->base, list);
    }
    const module* mod = ty_decl_module(g->prog, owner->decl);
    for (uint32_t i = 0; i < owner->decl->decorators.len; i++) {
        const ast_decorator* d = &owner->decl->decorators.items[i];
        bool is_own = owner == cls && (is_managed || deco_find_row(d->name) == NULL);
        if (is_own || (is_managed && deco_passes_on(d) && !deco_overrides(cls, d, owner))) {
            TMLC_PUSH(g->arena, list, decorator_node(g, mod, d));
        }
    }
}

LLVMMetadataRef meta_class_decorators(gen* g, const ty* cls) {
    meta_nodes list = {0};
    add_class_decorators(g, cls, cls, &list);
    return meta_list(g, &list);
}

// ---- slots -------------------------------------------------------------------------------------

LLVMMetadataRef meta_slot_node(meta* m, const module* mod, const meta_slot* slot) {
    gen* g = m->g;
    LLVMMetadataRef parts[] = {slot->first,
                               meta_text(g, slot->name),
                               meta_text(g, slot->key),
                               meta_type(m, slot->type, slot->span),
                               slot->dflt,
                               meta_decorators(g, mod, slot->decorators),
                               meta_loc(g, slot->span, slot->flags)};
    return meta_node(g, parts, 7);
}

LLVMMetadataRef meta_inject_node(meta* m, const module* mod, LLVMMetadataRef first,
                                 const char* name, ty* type, const ast_decorators* decorators,
                                 tmlc_span span) {
    program* prog = m->g->prog;
    const char* token = deco_inject_token(prog, mod, decorators, type);
    bool lazy = ty_is_named(prog, type, "Provider");
    meta_slot slot = {.first = first,
                      .name = name,
                      .key = token,
                      .type = lazy ? type->args[0] : type,
                      .decorators = decorators,
                      .span = span};
    slot.flags =
        (lazy ? LOC_LAZY : 0) | (deco_is_optional(prog, decorators, type) ? TMLRT_LOC_OPTIONAL : 0);
    return meta_slot_node(m, mod, &slot);
}

// ---- all records -------------------------------------------------------------------------------

static void add_class(meta* m, module* mod, const ast_decl* decl) {
    if (deco_is_managed(decl)) {
        ty* cls = deco_type(m->g->prog, decl);
        meta_add_class(m, cls);
        meta_add_hooks(m, cls);
        meta_add_stages(m, cls);
        meta_add_routes(m, cls);
        meta_add_module(m, mod, decl);
    }
}

void gen_meta(gen* g) {
    meta m = {.g = g};
    for (uint32_t k = 0; k < g->prog->modules.len; k++) {
        module* mod = g->prog->modules.items[k];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            const ast_decl* decl = mod->ast->decls.items[i];
            if (k > 0 || deco_is_used(g->prog, decl)) {
                add_class(&m, mod, decl);
                meta_add_providers(&m, mod, decl);
            }
        }
    }
    for (uint32_t i = 0; i < m.made.len; i++) {
        meta_add_class(&m, m.made.items[i]);
    }
    for (uint32_t i = 0; i < m.schemas.len; i++) { // grows meanwhile
        meta_add_schema(&m, m.schemas.items[i]);
    }
}
