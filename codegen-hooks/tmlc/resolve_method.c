// SPDX-License-Identifier: Apache-2.0
// Impls, methods, and instances of functions.
#include "codegen-hooks/tmlc/resolve.h"

#include <string.h>

enum { MAX_INSTANCES = 20000, MAX_BOUND_DEPTH = 16 };

static env* fresh_env(program* prog, const ast_decl* decl, env* outer) {
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        outer = resolve_bind(prog, outer, decl->tparams.items[i].name, NULL);
    }
    return outer;
}

const ast_decl* resolve_unmet(program* prog, const module* mod, const ast_tparam* param, ty* type) {
    const ast_decl* unmet = NULL;
    if (type == NULL || ty_has_infer(type) || type->kind == TY_ERROR ||
        prog->bound_depth >= MAX_BOUND_DEPTH) {
        return NULL;
    }
    prog->bound_depth++; // an impl that fits may ask for bounds of its own
    for (uint32_t i = 0; i < param->bounds.len && unmet == NULL; i++) {
        const ast_path* bound = &param->bounds.items[i];
        const ast_decl* behavior = resolve_path_decl(mod, bound, bound->segments.len);
        env* ignored;
        if (behavior == NULL || behavior->kind != AST_BEHAVIOR) {
            break; // said where it is declared
        }
        bool met = behavior == resolve_prelude(prog, "Future")
                       ? resolve_output(prog, type) != NULL
                       : resolve_behavior(prog, type, behavior, &ignored) >= 0;
        unmet = met ? NULL : behavior;
    }
    prog->bound_depth--;
    return unmet;
}

static bool meets_bounds(program* prog, const module* mod, const ast_decl* decl, env* scope) {
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        const ast_tparam* param = &decl->tparams.items[i];
        if (resolve_unmet(prog, mod, param, resolve_lookup(scope, param->name)->type) != NULL) {
            return false;
        }
    }
    return true;
}

bool resolve_impl(program* prog, uint32_t impl, ty* type, env** out_env) {
    const ast_decl* decl = prog->impls.items[impl];
    env* scope = fresh_env(prog, decl, NULL);
    resolver r = {prog, prog->impl_modules.items[impl], NULL, NULL, NULL, true};
    if (decl->target->kind == AST_TYPE_PATH && type->decl != NULL &&
        decl->target->path.segments.len == 1 &&
        decl->target->path.segments.items[0].name != type->decl->name &&
        resolve_lookup(scope, decl->target->path.segments.items[0].name) == NULL) {
        return false; // the usual case, quickly
    }
    uint32_t errors = prog->files->num_errors;
    bool fits = resolve_infer(&r, decl->target, type, scope);
    *out_env = scope;
    return fits && prog->files->num_errors == errors &&
           meets_bounds(prog, prog->impl_modules.items[impl], decl, scope);
}

/// `class X implements B`, or what it extends.
static bool implements(program* prog, ty* type, const ast_decl* behavior) {
    for (; type != NULL && type->kind == TY_CLASS; type = type->base) {
        ty_layout(prog, type);
        for (uint32_t i = 0; i < type->decl->behaviors.len; i++) {
            const ast_path* path = &type->decl->behaviors.items[i];
            if (resolve_path_decl(ty_decl_module(prog, type->decl), path, path->segments.len) ==
                behavior) {
                return true;
            }
        }
    }
    return false;
}

int resolve_behavior(program* prog, ty* type, const ast_decl* behavior, env** out_env) {
    for (uint32_t i = 0; i < prog->impls.len; i++) {
        const ast_decl* impl = prog->impls.items[i];
        if (impl->behavior != NULL && impl->behavior->kind == AST_TYPE_PATH &&
            resolve_path_decl(prog->impl_modules.items[i], &impl->behavior->path,
                              impl->behavior->path.segments.len) == behavior &&
            resolve_impl(prog, i, type, out_env)) {
            return (int)i;
        }
    }
    *out_env = NULL;
    return implements(prog, type, behavior) ? (int)prog->impls.len : -1;
}

static ty* joined(program* prog, ty* value) {
    ty* args[] = {value, NULL};
    resolver r = {prog, prog->modules.items[0], NULL, NULL, NULL, false};
    args[1] =
        resolve_decl_type(&r, resolve_prelude(prog, "JoinError"), &(ast_types){0}, (tmlc_span){0});
    ty* type = ty_make(prog, TY_ENUM, false, resolve_prelude(prog, "Outcome"), args, 2, NULL);
    ty_layout(prog, type);
    return type;
}

/// The output of what is a future without an impl.
static ty* own_output(program* prog, ty* type) {
    if (type->kind == TY_FUTURE || ty_is_dyn_future(prog, type)) {
        return type->args[0];
    }
    return type->kind == TY_BLOCKING || ty_is_named(prog, type, "JoinHandle")
               ? joined(prog, type->args[0])
               : NULL;
}

ty* resolve_output(program* prog, ty* type) {
    env* scope;
    ty* output = own_output(prog, type);
    if (output == NULL &&
        resolve_behavior(prog, type, resolve_prelude(prog, "Future"), &scope) >= 0) {
        output = resolve_assoc(prog, type, tmlc_intern(prog->names, "Output", 6));
    }
    return output;
}

ty* resolve_assoc(program* prog, ty* type, const char* name) {
    ty* output = strcmp(name, "Output") == 0 ? own_output(prog, type) : NULL;
    if (output != NULL) {
        return output;
    }
    for (uint32_t i = 0; i < prog->impls.len; i++) {
        const ast_decl* impl = prog->impls.items[i];
        env* scope;
        for (uint32_t k = 0; k < impl->assocs.len; k++) {
            if (impl->assocs.items[k].name == name && impl->assocs.items[k].type != NULL &&
                resolve_impl(prog, i, type, &scope)) {
                resolver r = {prog, prog->impl_modules.items[i], scope, type, impl, false};
                return resolve_type(&r, impl->assocs.items[k].type);
            }
        }
    }
    return NULL;
}

static const ast_decl* member(const ast_decl* decl, const char* name) {
    for (uint32_t i = 0; i < decl->members.len; i++) {
        if (decl->members.items[i]->name == name) {
            return decl->members.items[i];
        }
    }
    return NULL;
}

static bool class_method(program* prog, ty* type, const char* name, method* out) {
    const ast_decl* found = member(type->decl, name);
    if (found == NULL) {
        ty_layout(prog, type);
        return type->base != NULL && class_method(prog, type->base, name, out);
    }
    env* scope = NULL;
    for (uint32_t i = 0; i < type->decl->tparams.len && i < type->num_args; i++) {
        scope = resolve_bind(prog, scope, type->decl->tparams.items[i].name, type->args[i]);
    }
    *out = (method){found, type->decl, ty_decl_module(prog, type->decl), scope, type};
    return true;
}

/// A default of a behavior that a class says it implements.
static bool default_method(program* prog, ty* type, const char* name, method* out) {
    for (ty* t = type; t != NULL && t->kind == TY_CLASS; t = t->base) {
        for (uint32_t i = 0; i < t->decl->behaviors.len; i++) {
            const ast_path* path = &t->decl->behaviors.items[i];
            module* mod = ty_decl_module(prog, t->decl);
            const ast_decl* behavior = resolve_path_decl(mod, path, path->segments.len);
            const ast_decl* found =
                behavior != NULL && behavior->kind == AST_BEHAVIOR ? member(behavior, name) : NULL;
            if (found != NULL && found->body != NULL) {
                *out = (method){found, behavior, ty_decl_module(prog, behavior), NULL, type};
                return true;
            }
        }
    }
    return false;
}

bool resolve_sees(const module* from, const module* mod, const ast_decl* impl,
                  const ast_decl* decl) {
    const module* prelude = mod->prog->modules.items[0];
    return from == NULL || from == prelude || from->is_internal || mod != prelude || decl->is_pub ||
           ast_find_decorator(&decl->decorators, "marker") != NULL ||
           (impl != NULL && (impl->kind != AST_IMPL || impl->behavior != NULL));
}

bool resolve_method(program* prog, ty* type, const char* name, method* out) {
    return resolve_method_from(prog, NULL, type, name, out);
}

bool resolve_method_from(program* prog, const module* from, ty* type, const char* name,
                         method* out) {
    if (type->kind == TY_CLASS && class_method(prog, type, name, out)) {
        return true;
    }
    for (uint32_t i = 0; i < prog->impls.len; i++) {
        const ast_decl* impl = prog->impls.items[i];
        const ast_decl* found = member(impl, name);
        module* mod = prog->impl_modules.items[i];
        env* scope;
        if (found == NULL && impl->behavior != NULL && impl->behavior->kind == AST_TYPE_PATH) {
            const ast_decl* behavior =
                resolve_path_decl(mod, &impl->behavior->path, impl->behavior->path.segments.len);
            found = behavior != NULL ? member(behavior, name) : NULL;
            found = found != NULL && found->body != NULL ? found : NULL; // a default
        }
        if (found != NULL && resolve_sees(from, mod, impl, found) &&
            resolve_impl(prog, i, type, &scope)) {
            *out = (method){found, impl, mod, scope, type};
            return true;
        }
    }
    return default_method(prog, type, name, out);
}

const char* resolve_suggest_method(program* prog, const module* from, ty* type, const char* name) {
    const char* best = NULL;
    ty_layout(prog, type);
    for (const ty* t = type; t->kind == TY_CLASS; t = t->base) {
        for (uint32_t i = 0; i < t->decl->members.len; i++) {
            best = tmlc_closest(name, best, t->decl->members.items[i]->name);
        }
        if (t->base == NULL) {
            break;
        }
    }
    for (uint32_t i = 0; i < type->fields.len; i++) {
        best = tmlc_closest(name, best, type->fields.items[i].name);
    }
    for (uint32_t i = 0; i < prog->impls.len; i++) {
        env* scope;
        const ast_decl* impl = prog->impls.items[i];
        for (uint32_t k = 0; k < impl->members.len; k++) {
            const char* candidate = impl->members.items[k]->name;
            if (resolve_sees(from, prog->impl_modules.items[i], impl, impl->members.items[k]) &&
                tmlc_closest(name, best, candidate) == candidate &&
                resolve_impl(prog, i, type, &scope)) {
                best = candidate;
            }
        }
    }
    return best;
}

static bool same_env(const env* a, const env* b) {
    for (; a != NULL && b != NULL; a = a->next, b = b->next) {
        if (a->name != b->name || a->type != b->type) {
            return false;
        }
    }
    return a == b;
}

static const char* string_arg(const ast_decorator* decorator) {
    return decorator != NULL && decorator->args.len > 0 && decorator->args.items[0]->kind == AST_STR
               ? decorator->args.items[0]->name
               : NULL;
}

static void read_traits(fn* f, const ast_decl* decl) {
    const ast_decorators* all = &decl->decorators;
    f->traits.extern_name = string_arg(ast_find_decorator(all, "extern"));
    f->traits.leaf = string_arg(ast_find_decorator(all, "leaf"));
    f->traits.intrinsic = string_arg(ast_find_decorator(all, "intrinsic"));
    f->traits.consumes = ast_find_decorator(all, "consumes") != NULL;
    f->traits.borrows = ast_find_decorator(all, "borrows") != NULL;
    f->traits.allocates = ast_find_decorator(all, "allocates") != NULL;
    f->traits.starts = ast_find_decorator(all, "starts") != NULL;
    f->traits.context = ast_find_decorator(all, "context") != NULL;
    if (f->traits.extern_name != NULL && strcmp(f->traits.extern_name, "c") == 0) {
        f->traits.extern_name = decl->name;
    }
}

static const char* symbol_of(program* prog, const fn* f, const env* scope) {
    const char* text = "tml_";
    if (f->self != NULL) {
        text = tmlc_format(prog->arena, "%s%s_", text, f->self->mangled);
    } else if (f->mod->name[0] != '\0') {
        text = tmlc_format(prog->arena, "%s%s_", text, f->mod->name);
    } else if (f->mod == prog->modules.items[0] && !f->decl->is_pub) {
        text = "tml_prelude."; // a program's own of that name keeps it
    }
    text = tmlc_format(prog->arena, "%s%s", text, f->decl->name);
    const ast_decl* decl = f->decl; // its own parameters are the innermost ones, last first
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        const env* bound = scope;
        while (bound != NULL && bound->name != decl->tparams.items[i].name) {
            bound = bound->next;
        }
        if (bound != NULL && bound->type != NULL) {
            text = tmlc_format(prog->arena, "%s__%s", text, bound->type->mangled);
        }
    }
    return text;
}

/// `this` of a struct or enum is a ref, of a class the object, of a number the number.
static void add_this(program* prog, fn* f) {
    local* self = TMLC_NEW(prog->arena, local);
    resolver r = {prog, f->mod, f->env, f->self, f->impl, false};
    bool by_value = f->traits.consumes || f->self->kind == TY_CLASS || f->self->kind < TY_STRUCT ||
                    f->self->kind == TY_REF || f->self->kind == TY_PTR;
    *self = (local){.name = "this",
                    .type = by_value ? f->self
                                     : ty_ref(prog, f->self, f->decl->has_this == AST_MUT_THIS),
                    .span = f->decl->this_span,
                    .owner = f,
                    .is_param = true};
    if (f->decl->this_type != NULL) {
        ty* written = resolve_type(&r, f->decl->this_type);
        if (ty_is_named(prog, written, "Pin") && written->args[0] == ty_ref(prog, f->self, true)) {
            self->type = written;
        } else if (written != self->type && written->kind != TY_ERROR) {
            tmlc_error(prog->files, f->decl->this_type->span, "'this' cannot be %s", written->name)
                ->expected = tmlc_format(prog->arena, "%s, or Pin[mut ref This]", self->type->name);
        }
    }
    TMLC_PUSH(prog->arena, &f->params, self);
}

static void add_signature(program* prog, fn* f) {
    resolver r = {prog, f->mod, f->env, f->self, f->impl, false};
    bool in_class = f->impl != NULL && f->impl->kind == AST_CLASS;
    bool is_new = in_class && !f->decl->is_static && strcmp(f->decl->name, "new") == 0;
    f->is_constructor = is_new && f->decl->result == NULL;
    if (f->decl->has_this != AST_NO_THIS && f->self == NULL) {
        tmlc_error(prog->files, f->decl->this_span, "'%s' belongs to no type, so it has no 'this'",
                   f->decl->name)
            ->help = "move it into a class or an impl";
    } else if (f->decl->has_this != AST_NO_THIS ||
               (in_class && !f->decl->is_static && (!is_new || f->is_constructor))) {
        add_this(prog, f);
    }
    for (uint32_t i = 0; i < f->decl->params.len; i++) {
        const ast_param* ast = &f->decl->params.items[i];
        local* param = TMLC_NEW(prog->arena, local);
        *param = (local){.name = ast->name,
                         .type = resolve_type(&r, ast->type),
                         .span = ast->span,
                         .owner = f,
                         .is_mut = ast->is_mut,
                         .is_param = true};
        TMLC_PUSH(prog->arena, &f->params, param);
    }
    f->result =
        f->decl->result != NULL ? resolve_type(&r, f->decl->result) : ty_scalar(prog, TY_UNIT);
    if (f->is_constructor) {
        f->result = ty_scalar(prog, TY_UNIT);
    }
}

fn* resolve_instance(program* prog, const method* found, env* scope, tmlc_span span) {
    fn** bucket = &prog->fn_buckets[((uintptr_t)found->decl >> 4) % TMLC_BUCKETS];
    for (fn* f = *bucket; f != NULL; f = f->next) {
        if (f->decl == found->decl && f->self == found->self && same_env(f->env, scope)) {
            return f;
        }
    }
    if (prog->num_instances++ == MAX_INSTANCES) {
        tmlc_error(prog->files, span, "the program needs more than %d instances of functions",
                   MAX_INSTANCES)
            ->help =
            "a generic function calls itself with ever new types: stop it with a type that stays";
    }
    fn* f = TMLC_NEW(prog->arena, fn);
    f->decl = found->decl;
    f->mod = found->mod;
    f->self = found->self;
    f->impl = found->impl;
    f->env = scope;
    f->is_async = found->decl->is_async;
    f->next = *bucket;
    *bucket = f;
    read_traits(f, f->decl);
    f->symbol = symbol_of(prog, f, scope);
    f->name = f->self == NULL ? f->decl->name
                              : tmlc_format(prog->arena, "%s.%s", f->self->name, f->decl->name);
    add_signature(prog, f);
    if (prog->num_instances <= MAX_INSTANCES) {
        TMLC_PUSH(prog->arena, &prog->fns, f);
    }
    return f;
}

fn* resolve_drop(program* prog, ty* type) {
    const ast_decl* behavior = resolve_prelude(prog, "Drop");
    env* scope = NULL;
    int impl = behavior == NULL ? -1 : resolve_behavior(prog, type, behavior, &scope);
    if (impl < 0) {
        return NULL;
    }
    const ast_decl* drop = member(prog->impls.items[impl], tmlc_intern(prog->names, "drop", 4));
    method found = {drop, prog->impls.items[impl], prog->impl_modules.items[impl], scope, type};
    return drop == NULL ? NULL : resolve_instance(prog, &found, scope, drop->span);
}
