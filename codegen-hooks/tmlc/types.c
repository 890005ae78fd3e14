// SPDX-License-Identifier: Apache-2.0
// Types, interned in a hash table by their parts.
#include "codegen-hooks/tmlc/types.h"
#include "codegen-hooks/tmlc/resolve.h"

#include <string.h>

static const struct {
    const char* name;
    uint8_t bits, is_signed;
} s_scalars[] = {
#define X(name, text, bits, is_signed) [TY_##name] = {text, bits, is_signed},
    TMLC_SCALARS(X)
#undef X
};

void ty_init(program* prog) {
    for (int kind = 0; kind < TY_STRUCT; kind++) {
        ty* type = TMLC_NEW(prog->arena, ty);
        const char* name = kind == TY_ERROR   ? "<error>"
                           : kind == TY_INFER ? "_"
                                              : s_scalars[kind].name;
        type->kind = (ty_kind)kind;
        type->name = type->mangled = tmlc_intern(prog->names, name, strlen(name));
        prog->scalars[kind] = type;
    }
}

bool ty_is_int(const ty* type) {
    return type->kind >= TY_I8 && type->kind <= TY_U64;
}

bool ty_is_float(const ty* type) {
    return type->kind == TY_F32 || type->kind == TY_F64;
}

bool ty_is_signed(const ty* type) {
    return type->kind < TY_STRUCT && s_scalars[type->kind].is_signed;
}

uint32_t ty_bits(const ty* type) {
    return type->kind < TY_STRUCT ? s_scalars[type->kind].bits : 0;
}

static const char* list_name(program* prog, const char* head, ty** args, uint32_t num,
                             const char* tail) {
    const char* text = head;
    for (uint32_t i = 0; i < num; i++) {
        text = tmlc_format(prog->arena, "%s%s%s", text, i == 0 ? "" : ", ", args[i]->name);
    }
    return tmlc_format(prog->arena, "%s%s", text, tail);
}

static const char* type_name(program* prog, const ty* type) {
    const char* inner = type->num_args > 0 ? type->args[0]->name : "";
    switch (type->kind) {
    case TY_REF:
        return tmlc_format(prog->arena, "%sref %s", type->is_mut ? "mut " : "", inner);
    case TY_PTR:
        return tmlc_format(prog->arena, "*%s", inner);
    case TY_FUNC:
        return tmlc_format(prog->arena, "%s%s",
                           list_name(prog, "func(", type->args, type->num_args - 1, ") -> "),
                           type->args[type->num_args - 1]->name);
    case TY_DYN:
        return type->num_args == 0
                   ? tmlc_format(prog->arena, "dyn %s", type->decl->name)
                   : tmlc_format(prog->arena, "dyn %s[%s]", type->decl->name, inner);
    case TY_FUTURE:
        return tmlc_format(prog->arena, "a future of %s", inner);
    case TY_BLOCKING:
        return tmlc_format(prog->arena, "the handle of a blocking call with %s", inner);
    default:
        return type->num_args == 0
                   ? type->decl->name
                   : list_name(prog, tmlc_format(prog->arena, "%s[", type->decl->name), type->args,
                               type->num_args, "]");
    }
}

static const char* mangled_name(program* prog, const ty* type) {
    static const char* const heads[] = {
        [TY_REF] = "ref", [TY_PTR] = "ptr",       [TY_FUNC] = "func",
        [TY_DYN] = "dyn", [TY_FUTURE] = "future", [TY_BLOCKING] = "blocking"};
    const char* text =
        type->decl != NULL && type->kind != TY_DYN ? type->decl->name : heads[type->kind];
    if (type->kind == TY_DYN) {
        text = tmlc_format(prog->arena, "dyn_%s", type->decl->name);
    }
    if (type->fn != NULL) {
        return tmlc_format(prog->arena, "%s__%s", text, type->fn->symbol);
    }
    for (uint32_t i = 0; i < type->num_args; i++) {
        text = tmlc_format(prog->arena, "%s__%s", text, type->args[i]->mangled);
    }
    return text;
}

static uint32_t type_hash(ty_kind kind, bool is_mut, const void* decl, ty** args, uint32_t num,
                          const void* function) {
    uintptr_t h =
        (uintptr_t)kind * 31 + is_mut + ((uintptr_t)decl >> 4) + ((uintptr_t)function >> 4);
    for (uint32_t i = 0; i < num; i++) {
        h = h * 1000003 + ((uintptr_t)args[i] >> 4);
    }
    return (uint32_t)(h ^ h >> 16) % TMLC_BUCKETS;
}

ty* ty_make(program* prog, ty_kind kind, bool is_mut, const ast_decl* decl, ty** args,
            uint32_t num_args, fn* function) {
    ty** bucket = &prog->buckets[type_hash(kind, is_mut, decl, args, num_args, function)];
    for (ty* type = *bucket; type != NULL; type = type->next) {
        if (type->kind == kind && type->is_mut == is_mut && type->decl == decl &&
            type->num_args == num_args && type->fn == function &&
            (num_args == 0 || memcmp(type->args, args, num_args * sizeof *args) == 0)) {
            return type;
        }
    }
    ty* type = TMLC_NEW(prog->arena, ty);
    type->kind = kind;
    type->is_mut = is_mut;
    type->decl = decl;
    type->fn = function;
    type->num_args = num_args;
    type->args = tmlc_alloc(prog->arena, (num_args + 1) * sizeof *args);
    for (uint32_t i = 0; i < num_args; i++) {
        type->args[i] = args[i];
        type->depth = args[i]->depth >= type->depth ? args[i]->depth + 1 : type->depth;
    }
    type->name = type_name(prog, type);
    type->mangled = mangled_name(prog, type);
    type->next = *bucket;
    return *bucket = type;
}

ty* ty_ref(program* prog, ty* inner, bool is_mut) {
    return ty_make(prog, TY_REF, is_mut, NULL, &inner, 1, NULL);
}

ty* ty_ptr(program* prog, ty* inner) {
    return ty_make(prog, TY_PTR, false, NULL, &inner, 1, NULL);
}

ty* ty_deref(ty* type) {
    while (type->kind == TY_REF || type->kind == TY_PTR) {
        type = type->args[0];
    }
    return type;
}

module* ty_decl_module(const program* prog, const ast_decl* decl) {
    for (uint32_t i = 0; i < prog->modules.len; i++) {
        if (prog->modules.items[i]->ast->file == decl->file) {
            return prog->modules.items[i];
        }
    }
    return prog->modules.items[0];
}

bool ty_is_named(const program* prog, const ty* type, const char* name) {
    return type->decl != NULL && type->decl->file == prog->modules.items[0]->ast->file &&
           strcmp(type->decl->name, name) == 0;
}

bool ty_is_tuple(const program* prog, const ty* type) {
    return type->kind == TY_STRUCT && type->decl->file == prog->modules.items[0]->ast->file &&
           strncmp(type->decl->name, "Tuple", 5) == 0;
}

bool ty_is_dyn_future(const program* prog, const ty* type) {
    return type->kind == TY_DYN && type->num_args == 1 && ty_is_named(prog, type, "Future");
}

bool ty_has_infer(const ty* type) {
    if (type->kind == TY_INFER) {
        return true;
    }
    for (uint32_t i = 0; i < type->num_args; i++) {
        if (ty_has_infer(type->args[i])) {
            return true;
        }
    }
    return false;
}

bool ty_has_future(const ty* type) {
    for (uint32_t i = 0; i < type->num_args && type->kind != TY_FUNC; i++) {
        if (ty_has_future(type->args[i])) {
            return true;
        }
    }
    return type->kind == TY_FUTURE;
}

static env* decl_env(program* prog, const ty* type) {
    env* scope = NULL;
    for (uint32_t i = 0; i < type->decl->tparams.len && i < type->num_args; i++) {
        scope = resolve_bind(prog, scope, type->decl->tparams.items[i].name, type->args[i]);
    }
    return scope;
}

void ty_layout(program* prog, ty* type) {
    if (type->decl == NULL || type->kind == TY_DYN || type->layout != TY_NOT_LAID_OUT) {
        return;
    }
    type->layout = TY_LAYING_OUT;
    resolver r = {prog, ty_decl_module(prog, type->decl), decl_env(prog, type), type, NULL, false};
    if (type->kind == TY_CLASS && type->decl->path.segments.len > 0) {
        type->base = resolve_base(&r, &type->decl->path);
    }
    for (uint32_t i = 0; i < type->decl->fields.len; i++) {
        const ast_field* ast = &type->decl->fields.items[i];
        if (!ast->is_static) {
            ty_field field = {ast->name, resolve_type(&r, ast->type), ast};
            TMLC_PUSH(prog->arena, &type->fields, field);
        }
    }
    for (uint32_t i = 0; i < type->decl->variants.len; i++) {
        const ast_variant* ast = &type->decl->variants.items[i];
        ty_variant variant = {.name = ast->name};
        for (uint32_t k = 0; k < ast->types.len; k++) {
            TMLC_PUSH(prog->arena, &variant.types, resolve_type(&r, ast->types.items[k]));
        }
        TMLC_PUSH(prog->arena, &type->variants, variant);
    }
    type->layout = TY_LAID_OUT;
}

static bool any_part_needs_drop(program* prog, ty* type) {
    ty_layout(prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        if (ty_needs_drop(prog, type->fields.items[i].type)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < type->variants.len; i++) {
        for (uint32_t k = 0; k < type->variants.items[i].types.len; k++) {
            if (ty_needs_drop(prog, type->variants.items[i].types.items[k])) {
                return true;
            }
        }
    }
    return false;
}

bool ty_needs_drop(program* prog, ty* type) {
    if (type->needs_drop == 0) {
        type->needs_drop = 3; // by way of itself: only through something that has a Drop
        bool needs =
            type->kind == TY_FUTURE || type->kind == TY_BLOCKING || ty_is_dyn_future(prog, type);
        if (type->kind == TY_STRUCT || type->kind == TY_ENUM) {
            type->drop = resolve_drop(prog, type);
            needs = type->drop != NULL || any_part_needs_drop(prog, type);
        }
        type->needs_drop = needs ? 2 : 1;
    }
    return type->needs_drop == 2;
}
