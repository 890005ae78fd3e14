// SPDX-License-Identifier: Apache-2.0
// Decorators as metadata (docs/abi/metadata.md): a class per @Controller and @Injectable, a route
// per verb, a schema per struct that crosses the boundary, an example per @Example.
#include "codegen-hooks/tmlc/gen.h"

#include <string.h>

typedef TMLC_LIST(LLVMMetadataRef) nodes;

typedef struct {
    gen* g;
    ty_list schemas; ///< in the order of their first use
} meta;

static LLVMMetadataRef text_node(gen* g, const char* text) {
    return LLVMMDStringInContext2(g->context, text, strlen(text));
}

static LLVMMetadataRef int_node(gen* g, unsigned bits, uint64_t value) {
    return LLVMValueAsMetadata(gen_const(g, bits, value));
}

static LLVMMetadataRef node_of(gen* g, LLVMMetadataRef* parts, size_t num) {
    return LLVMMDNodeInContext2(g->context, parts, num);
}

static LLVMMetadataRef list_node(gen* g, const nodes* list) {
    return list->len == 0 ? NULL : node_of(g, list->items, list->len);
}

static void add_named(gen* g, const char* name, LLVMMetadataRef node) {
    LLVMAddNamedMetadataOperand(g->module, name, LLVMMetadataAsValue(g->context, node));
}

static LLVMMetadataRef loc_node(gen* g, tmlc_span span) {
    LLVMMetadataRef parts[] = {text_node(g, g->prog->files->sources.items[span.file].name),
                               int_node(g, 32, tmlc_line(g->prog->files, span, NULL))};
    return node_of(g, parts, 2);
}

// ---- types -----------------------------------------------------------------------------------

static LLVMMetadataRef word(gen* g, const char* text) {
    LLVMMetadataRef part = text_node(g, text);
    return node_of(g, &part, 1);
}

static LLVMMetadataRef type_node(meta* m, ty* type, tmlc_span span);

static LLVMMetadataRef named_type(gen* g, const char* kind, const char* name) {
    LLVMMetadataRef parts[] = {text_node(g, kind), text_node(g, name)};
    return node_of(g, parts, 2);
}

static const char* opaque_word(const ty* type) {
    const ast_decorator* opaque = ast_find_decorator(&type->decl->decorators, "opaque");
    return opaque != NULL && opaque->args.len == 1 ? opaque->args.items[0]->name : NULL;
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
    LLVMMetadataRef parts[4] = {text_node(g, maybe ? "maybe" : "outcome"),
                                type_node(m, type->args[0], span)};
    unsigned num = 2;
    if (!maybe) {
        parts[num++] = type_node(m, type->args[1], span);
    }
    parts[num++] = int_node(g, 32, offset);
    return parts[1] == NULL || (!maybe && parts[2] == NULL) ? NULL : node_of(g, parts, num);
}

static LLVMMetadataRef struct_node(meta* m, ty* type, tmlc_span span) {
    gen* g = m->g;
    if (ty_is_named(g->prog, type, "Text")) {
        return word(g, "text");
    }
    if (ty_is_named(g->prog, type, "List")) {
        LLVMMetadataRef parts[] = {text_node(g, "list"), type_node(m, type->args[0], span)};
        return parts[1] == NULL ? NULL : node_of(g, parts, 2);
    }
    for (uint32_t i = 0; i < m->schemas.len; i++) {
        if (m->schemas.items[i] == type) {
            return named_type(g, "struct", type->mangled);
        }
    }
    TMLC_PUSH(g->arena, &m->schemas, type);
    return named_type(g, "struct", type->mangled);
}

static LLVMMetadataRef type_node(meta* m, ty* type, tmlc_span span) {
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
        const char* opaque = opaque_word(type);
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

static LLVMMetadataRef value_node(gen* g, const ast_expr* e) {
    if (e->kind == AST_STR) {
        return text_node(g, e->name);
    }
    if (e->kind == AST_INT || e->kind == AST_BOOL) {
        bool wide = e->value.integer > INT32_MAX;
        return int_node(g, e->kind == AST_BOOL ? 1 : wide ? 64 : 32, e->value.integer);
    }
    if (e->kind == AST_FLOAT) {
        return LLVMValueAsMetadata(
            LLVMConstReal(LLVMDoubleTypeInContext(g->context), e->value.real));
    }
    if (e->kind == AST_PATH) {
        return named_type(g, "sym", e->path.segments.items[e->path.segments.len - 1].name);
    }
    if (e->kind == AST_LIST) {
        nodes list = {0};
        TMLC_PUSH(g->arena, &list, text_node(g, "list"));
        for (uint32_t i = 0; i < e->list.len; i++) {
            TMLC_PUSH(g->arena, &list, value_node(g, e->list.items[i]));
        }
        return list_node(g, &list);
    }
    if (e->kind != AST_NULL) {
        tmlc_error(g->prog->files, e->span, "a decorator cannot hold this")->expected =
            "a literal, a name, or a list of them";
    }
    return word(g, "null");
}

static LLVMMetadataRef decorator_nodes(gen* g, const ast_decorators* all) {
    nodes list = {0};
    for (uint32_t i = 0; i < all->len; i++) {
        const ast_decorator* decorator = &all->items[i];
        nodes args = {0};
        if (strcmp(decorator->name, "Example") == 0) {
            continue;
        }
        for (uint32_t k = 0; k < decorator->args.len; k++) {
            LLVMMetadataRef value = value_node(g, decorator->args.items[k]);
            if (decorator->names.items[k] != NULL) {
                LLVMMetadataRef parts[] = {text_node(g, "named"),
                                           text_node(g, decorator->names.items[k]), value};
                value = node_of(g, parts, 3);
            }
            TMLC_PUSH(g->arena, &args, value);
        }
        LLVMMetadataRef parts[] = {text_node(g, decorator->name), list_node(g, &args),
                                   loc_node(g, decorator->span)};
        TMLC_PUSH(g->arena, &list, node_of(g, parts, 3));
    }
    return list_node(g, &list);
}

static const char* first_string(const ast_decorator* decorator) {
    return decorator != NULL && decorator->args.len > 0 && decorator->args.items[0]->kind == AST_STR
               ? decorator->args.items[0]->name
               : NULL;
}

// ---- parameters --------------------------------------------------------------------------------

static bool path_has(const char* path, const char* name) {
    size_t len = strlen(name);
    for (const char* at = strchr(path, ':'); at != NULL; at = strchr(at + 1, ':')) {
        if (strncmp(at + 1, name, len) == 0 && (at[1 + len] == '/' || at[1 + len] == '\0')) {
            return true;
        }
    }
    return false;
}

/// Where a parameter comes from: its decorator, else its type and the path.
static const char* where_of(meta* m, const ast_param* ast, const local* param, const char* path,
                            const char** out_key) {
    static const struct {
        const char *decorator, *where;
    } rows[] = {{"Param", "path"}, {"Query", "query"}, {"Header", "header"}, {"Cookie", "cookie"},
                {"Body", "body"},  {"Ip", "ip"},       {"Host", "host"},     {"Req", "request"}};
    *out_key = ast->name;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const ast_decorator* found = ast_find_decorator(&ast->decorators, rows[i].decorator);
        if (found != NULL) {
            *out_key = first_string(found) != NULL ? first_string(found) : ast->name;
            return rows[i].where;
        }
    }
    if (ty_is_named(m->g->prog, param->type, "Request")) {
        return "request";
    }
    return path_has(path, ast->name) ? "path"
           : param->type->kind == TY_STRUCT && !ty_is_named(m->g->prog, param->type, "Text") &&
                   !ty_is_named(m->g->prog, param->type, "List")
               ? "body"
               : "query";
}

static LLVMMetadataRef param_nodes(meta* m, fn* f, const char* path) {
    gen* g = m->g;
    nodes list = {0};
    for (uint32_t i = 0; i < f->decl->params.len; i++) {
        const ast_param* ast = &f->decl->params.items[i];
        const local* param = f->params.items[f->params.len - f->decl->params.len + i];
        const char* key;
        const char* where = where_of(m, ast, param, path, &key);
        LLVMMetadataRef parts[] = {text_node(g, where),
                                   text_node(g, ast->name),
                                   text_node(g, key),
                                   type_node(m, param->type, ast->span),
                                   NULL,
                                   decorator_nodes(g, &ast->decorators),
                                   loc_node(g, ast->span)};
        TMLC_PUSH(g->arena, &list, node_of(g, parts, 7));
    }
    return list_node(g, &list);
}

// ---- records -----------------------------------------------------------------------------------

static const char* verb_of(const ast_decl* decl, const char** out_path) {
    static const char* const names[] = {"Get",    "Post", "Put",     "Patch",
                                        "Delete", "Head", "Options", "All"};
    static const char* const verbs[] = {"GET",    "POST", "PUT",     "PATCH",
                                        "DELETE", "HEAD", "OPTIONS", "ALL"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const ast_decorator* found = ast_find_decorator(&decl->decorators, names[i]);
        if (found != NULL) {
            *out_path = first_string(found) != NULL ? first_string(found) : "";
            return verbs[i];
        }
    }
    return NULL;
}

static void add_examples(gen* g, const ty* cls, const ast_decl* decl, const char* verb) {
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        const ast_decorator* d = &decl->decorators.items[i];
        const char *texts[2] = {"", NULL}, *body = NULL, *response = NULL;
        uint64_t status = strcmp(verb, "POST") == 0 ? 201 : 200;
        uint32_t num = 0;
        if (strcmp(d->name, "Example") != 0) {
            continue;
        }
        for (uint32_t k = 0; k < d->args.len; k++) {
            const ast_expr* e = d->args.items[k];
            const char* name = d->names.items[k];
            if (name == NULL && num < 2 && e->kind == AST_STR) {
                texts[num++] = e->name;
            } else if (name != NULL && strcmp(name, "body") == 0) {
                body = e->name;
            } else if (name != NULL && strcmp(name, "response") == 0) {
                response = e->name;
            } else if (name != NULL && strcmp(name, "status") == 0) {
                status = e->value.integer;
            }
        }
        if (num < 2) {
            tmlc_error(g->prog->files, d->span, "an example needs a title and a request")
                ->expected = "@Example(\"title\", \"GET /path\", response = \"...\")";
            continue;
        }
        const char* request =
            body == NULL
                ? texts[1]
                : tmlc_format(g->arena, "%s\nContent-Type: application/json\n\n%s", texts[1], body);
        LLVMMetadataRef parts[] = {text_node(g, cls->mangled),
                                   text_node(g, decl->name),
                                   text_node(g, texts[0]),
                                   text_node(g, request),
                                   response == NULL ? NULL : text_node(g, response),
                                   int_node(g, 32, status),
                                   loc_node(g, d->span)};
        add_named(g, "tmlrt.example", node_of(g, parts, 7));
    }
}

static void add_route(meta* m, fn* f) {
    gen* g = m->g;
    const char* path;
    const char* verb = verb_of(f->decl, &path);
    if (verb == NULL || f->self == NULL || f->self->kind != TY_CLASS) {
        return;
    }
    LLVMMetadataRef parts[] = {text_node(g, f->self->mangled),
                               text_node(g, f->decl->name),
                               text_node(g, verb),
                               text_node(g, path),
                               LLVMValueAsMetadata(gen_function(g, f)),
                               type_node(m, f->result, f->decl->name_span),
                               param_nodes(m, f, path),
                               decorator_nodes(g, &f->decl->decorators),
                               loc_node(g, f->decl->name_span)};
    add_named(g, "tmlrt.route", node_of(g, parts, 9));
    add_examples(g, f->self, f->decl, verb);
    g->has_routes = true;
}

static LLVMValueRef poison(LLVMTypeRef type) {
    return LLVMGetPoison(type);
}

static void add_schema(meta* m, ty* type) {
    gen* g = m->g;
    nodes fields = {0};
    ty_layout(g->prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        const char* key = first_string(ast_find_decorator(&field->ast->decorators, "Name"));
        LLVMMetadataRef default_value =
            field->ast->init != NULL ? value_node(g, field->ast->init) : NULL;
        LLVMMetadataRef parts[] = {int_node(g, 32, i),
                                   text_node(g, field->name),
                                   text_node(g, key != NULL ? key : field->name),
                                   type_node(m, field->type, field->ast->span),
                                   default_value,
                                   decorator_nodes(g, &field->ast->decorators),
                                   loc_node(g, field->ast->span)};
        TMLC_PUSH(g->arena, &fields, node_of(g, parts, 7));
    }
    LLVMMetadataRef parts[] = {text_node(g, type->mangled),
                               LLVMValueAsMetadata(poison(gen_type(g, type))), NULL,
                               list_node(g, &fields), loc_node(g, type->decl->name_span)};
    add_named(g, "tmlrt.schema", node_of(g, parts, 5));
}

static bool is_injected(const ty_field* field) {
    return field->type->kind == TY_CLASS && field->ast->init == NULL &&
           opaque_word(field->type) == NULL;
}

static LLVMMetadataRef inject_nodes(meta* m, ty* type) {
    gen* g = m->g;
    nodes list = {0};
    for (uint32_t i = 0; i < type->fields.len; i++) {
        const ty_field* field = &type->fields.items[i];
        if (is_injected(field)) {
            const char* token = first_string(ast_find_decorator(&field->ast->decorators, "Inject"));
            LLVMMetadataRef parts[] = {int_node(g, 32, i + 1 + (type->base != NULL)),
                                       text_node(g, field->name),
                                       text_node(g, token != NULL ? token : field->type->mangled),
                                       type_node(m, field->type, field->ast->span),
                                       NULL,
                                       decorator_nodes(g, &field->ast->decorators),
                                       loc_node(g, field->ast->span)};
            TMLC_PUSH(g->arena, &list, node_of(g, parts, 7));
        }
    }
    return list_node(g, &list);
}

static LLVMTypeRef pointer_function(gen* g, bool returns) {
    LLVMTypeRef ptr = gen_ptr(g);
    return LLVMFunctionType(returns ? ptr : LLVMVoidTypeInContext(g->context), &ptr, 1, false);
}

/// make(block): an object by its constructor, with what was injected into the block.
static LLVMValueRef make_function(gen* g, ty* type, fn* constructor) {
    LLVMValueRef made = LLVMAddFunction(
        g->module, tmlc_format(g->arena, "tml_%s_make", type->mangled), pointer_function(g, true));
    LLVMSetLinkage(made, LLVMInternalLinkage);
    gen_saved saved = gen_thunk(g, made);
    LLVMValueRef object = LLVMBuildCall2(g->builder, gen_function_type(g, constructor),
                                         gen_function(g, constructor), NULL, 0, "");
    for (uint32_t i = 0; i < type->fields.len; i++) {
        if (is_injected(&type->fields.items[i])) {
            unsigned index = i + 1 + (type->base != NULL);
            LLVMValueRef from = LLVMBuildStructGEP2(g->builder, gen_body(g, type),
                                                    LLVMGetParam(made, 0), index, "");
            LLVMValueRef to = LLVMBuildStructGEP2(g->builder, gen_body(g, type), object, index, "");
            gen_store(g, LLVMBuildLoad2(g->builder, gen_ptr(g), from, ""), to);
        }
    }
    LLVMBuildRet(g->builder, object);
    gen_thunk_end(g, saved);
    return made;
}

static LLVMValueRef drop_function(gen* g, ty* type) {
    bool owns = false;
    for (uint32_t i = 0; i < type->fields.len; i++) {
        owns = owns || ty_needs_drop(g->prog, type->fields.items[i].type);
    }
    if (!owns) {
        return NULL;
    }
    LLVMValueRef made =
        LLVMAddFunction(g->module, tmlc_format(g->arena, "tml_%s_destroy", type->mangled),
                        pointer_function(g, false));
    LLVMSetLinkage(made, LLVMInternalLinkage);
    gen_saved saved = gen_thunk(g, made);
    for (uint32_t i = type->fields.len; i-- > 0;) {
        unsigned index = i + 1 + (type->base != NULL);
        if (ty_needs_drop(g->prog, type->fields.items[i].type)) {
            gen_drop(g, type->fields.items[i].type,
                     LLVMBuildStructGEP2(g->builder, gen_body(g, type), LLVMGetParam(made, 0),
                                         index, ""));
        }
    }
    LLVMBuildRetVoid(g->builder);
    gen_thunk_end(g, saved);
    return made;
}

static fn* plain_constructor(const gen* g, const ty* type) {
    for (uint32_t i = 0; i < g->prog->fns.len; i++) {
        fn* f = g->prog->fns.items[i];
        if (f->self == type && f->is_constructor && !f->is_closure && f->params.len == 1) {
            return f;
        }
    }
    return NULL;
}

static LLVMMetadataRef value_or_null(LLVMValueRef value) {
    return value == NULL ? NULL : LLVMValueAsMetadata(value);
}

static void add_class(meta* m, ty* type) {
    gen* g = m->g;
    fn* constructor = plain_constructor(g, type);
    LLVMValueRef make = constructor == NULL ? NULL : make_function(g, type, constructor);
    LLVMMetadataRef parts[] = {text_node(g, type->mangled),
                               type->base == NULL ? NULL : text_node(g, type->base->mangled),
                               LLVMValueAsMetadata(poison(gen_body(g, type))),
                               LLVMValueAsMetadata(gen_vtable(g, type)),
                               value_or_null(make),
                               value_or_null(drop_function(g, type)),
                               inject_nodes(m, type),
                               decorator_nodes(g, &type->decl->decorators),
                               loc_node(g, type->decl->name_span)};
    add_named(g, "tmlrt.class", node_of(g, parts, 9));
}

void gen_meta(gen* g) {
    meta m = {.g = g};
    resolver r = {g->prog, NULL, NULL, NULL, NULL, false};
    for (uint32_t k = 1; k < g->prog->modules.len; k++) {
        r.mod = g->prog->modules.items[k];
        for (uint32_t i = 0; i < r.mod->ast->decls.len; i++) {
            const ast_decl* decl = r.mod->ast->decls.items[i];
            bool marked = ast_find_decorator(&decl->decorators, "Controller") != NULL ||
                          ast_find_decorator(&decl->decorators, "Injectable") != NULL;
            if (decl->kind == AST_CLASS && decl->tparams.len == 0 && marked) {
                add_class(&m, resolve_decl_type(&r, decl, &(ast_types){0}, decl->name_span));
            }
        }
    }
    uint32_t num = g->prog->fns.len;
    for (uint32_t i = 0; i < num; i++) {
        if (!g->prog->fns.items[i]->is_closure) {
            add_route(&m, g->prog->fns.items[i]);
        }
    }
    for (uint32_t i = 0; i < m.schemas.len; i++) { // grows meanwhile
        add_schema(&m, m.schemas.items[i]);
    }
}
