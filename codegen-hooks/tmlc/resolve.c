// SPDX-License-Identifier: Apache-2.0
// Names to declarations, written types to types.
#include "codegen-hooks/tmlc/resolve.h"

#include <string.h>

enum { MAX_TYPE_DEPTH = 24 };

env* resolve_bind(program* prog, env* scope, const char* name, ty* type) {
    env* bound = TMLC_NEW(prog->arena, env);
    *bound = (env){name, type, scope};
    return bound;
}

env* resolve_lookup(env* scope, const char* name) {
    while (scope != NULL && scope->name != name) {
        scope = scope->next;
    }
    return scope;
}

/// Poll and Future belong to the language: a program may write them out, and means the prelude's.
static bool is_reserved(const module* mod, const char* name) {
    return mod != mod->prog->modules.items[0] &&
           (strcmp(name, "Poll") == 0 || strcmp(name, "Future") == 0);
}

static const ast_decl* own_decl(const module* mod, const char* name) {
    if (is_reserved(mod, name)) {
        return NULL;
    }
    for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
        if (mod->ast->decls.items[i]->name == name && mod->ast->decls.items[i]->kind != AST_USE) {
            return mod->ast->decls.items[i];
        }
    }
    return NULL;
}

const ast_decl* resolve_decl(const module* mod, const char* name) {
    const ast_decl* decl = own_decl(mod, name);
    for (uint32_t i = 0; i < mod->num_imports && decl == NULL; i++) {
        if (mod->imports[i].name == name) {
            decl = mod->imports[i].decl;
        }
    }
    const module* prelude = mod->prog->modules.items[0];
    if (decl == NULL) {
        decl = own_decl(prelude, name);
        decl = decl != NULL && resolve_sees(mod, prelude, NULL, decl) ? decl : NULL;
    }
    return decl;
}

static const module* imported_module(const module* mod, const char* name) {
    for (uint32_t i = 0; i < mod->num_imports; i++) {
        if (mod->imports[i].name == name && mod->imports[i].decl == NULL) {
            return mod->imports[i].mod;
        }
    }
    return NULL;
}

const ast_decl* resolve_path_decl(const module* mod, const ast_path* path, uint32_t num) {
    uint32_t at = 0;
    const module* from = mod;
    while (at + 1 < num && from != NULL) {
        from = imported_module(from, path->segments.items[at++].name);
    }
    return from == NULL || at >= num ? NULL
           : at == 0                 ? resolve_decl(mod, path->segments.items[0].name)
                                     : own_decl(from, path->segments.items[at].name);
}

void resolve_no_behavior(const module* mod, const ast_path* path) {
    const char* name = path->segments.items[path->segments.len - 1].name;
    const program* prog = mod->prog;
    const char* best = NULL;
    for (uint32_t m = 0; m < 2; m++) {
        const module* from = m == 0 ? mod : prog->modules.items[0];
        for (uint32_t i = 0; i < from->ast->decls.len; i++) {
            const ast_decl* decl = from->ast->decls.items[i];
            if (decl->kind == AST_BEHAVIOR && resolve_sees(mod, from, NULL, decl)) {
                best = tmlc_closest(name, best, decl->name);
            }
        }
    }
    const ast_decl* decl = resolve_path_decl(mod, path, path->segments.len);
    tmlc_diag* diag = tmlc_error(prog->files, path->span, "there is no behavior of that name");
    diag->help =
        best != NULL ? tmlc_format(prog->arena, "did you mean '%s'?", best)
        : decl != NULL
            ? tmlc_format(prog->arena, "'%s' is not a behavior: a class is extended", name)
            : tmlc_format(prog->arena, "declare it: behavior %s { func name(this) }", name);
}

bool resolve_is_private(const module* mod, const ast_path* path, const ast_decl* decl) {
    if (path->segments.len == 1 || decl->is_pub || ty_decl_module(mod->prog, decl) == mod) {
        return false;
    }
    const ast_segment* last = &path->segments.items[path->segments.len - 1];
    tmlc_diag* diag =
        tmlc_error(mod->prog->files, last->span, "'%s' is private to its file", decl->name);
    diag->note_span = decl->name_span;
    diag->note = "it is declared here";
    diag->help = "declare it 'pub'";
    return true;
}

const ast_decl* resolve_prelude(const program* prog, const char* name) {
    return own_decl(prog->modules.items[0], tmlc_intern(prog->names, name, strlen(name)));
}

const ast_decorator* ast_find_decorator(const ast_decorators* all, const char* name) {
    for (uint32_t i = 0; i < all->len; i++) {
        if (strcmp(all->items[i].name, name) == 0) {
            return &all->items[i];
        }
    }
    return NULL;
}

static ty_kind decl_kind(const ast_decl* decl) {
    return decl->kind == AST_STRUCT_DECL ? TY_STRUCT
           : decl->kind == AST_ENUM      ? TY_ENUM
           : decl->kind == AST_CLASS     ? TY_CLASS
                                         : TY_ERROR;
}

bool resolve_check_bounds(program* prog, const ast_decl* decl, ty** types, tmlc_span span) {
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        const ast_tparam* param = &decl->tparams.items[i];
        const ast_decl* unmet = resolve_unmet(prog, ty_decl_module(prog, decl), param, types[i]);
        if (unmet != NULL) {
            tmlc_diag* diag = tmlc_error(prog->files, span, "%s is no %s, which '%s' asks of %s",
                                         types[i]->name, unmet->name, decl->name, param->name);
            diag->help = tmlc_format(prog->arena, "write 'impl %s for %s { ... }'", unmet->name,
                                     types[i]->name);
            diag->note_span = param->span;
            diag->note = "it is asked here";
            return false;
        }
    }
    return true;
}

/// How a generic type is written.
static const char* type_form(const program* prog, const ast_decl* decl) {
    const char* text = decl->name;
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        text = tmlc_format(prog->arena, "%s%s%s", text, i == 0 ? "[" : ", ",
                           decl->tparams.items[i].name);
    }
    return tmlc_format(prog->arena, "write %s%s", text, decl->tparams.len > 0 ? "]" : "");
}

ty* resolve_decl_type(resolver* r, const ast_decl* decl, const ast_types* args, tmlc_span span) {
    ty_list types = {0};
    if (decl_kind(decl) == TY_ERROR) {
        tmlc_error(r->prog->files, span, "'%s' is not a type", decl->name)->help =
            "a type is a struct, an enum or a class; a behavior is written 'dyn Name'";
        return ty_scalar(r->prog, TY_ERROR);
    }
    bool is_context = decl == resolve_prelude(r->prog, "Context"); // written Context[Unit] upstream
    for (uint32_t i = 0; i < args->len && !(is_context && args->len == 1); i++) {
        TMLC_PUSH(r->prog->arena, &types, resolve_type(r, args->items[i]));
    }
    while (r->may_infer && types.len < decl->tparams.len) {
        TMLC_PUSH(r->prog->arena, &types, ty_scalar(r->prog, TY_INFER));
    }
    if (types.len != decl->tparams.len) {
        tmlc_error(r->prog->files, span, "'%s' takes %u type argument%s, not %u", decl->name,
                   decl->tparams.len, decl->tparams.len == 1 ? "" : "s", types.len)
            ->help = type_form(r->prog, decl);
        return ty_scalar(r->prog, TY_ERROR);
    }
    for (uint32_t i = 0; i < types.len; i++) {
        if (types.items[i]->kind == TY_ERROR) {
            return types.items[i];
        }
    }
    if (!resolve_check_bounds(r->prog, decl, types.items, span)) {
        return ty_scalar(r->prog, TY_ERROR);
    }
    ty* type = ty_make(r->prog, decl_kind(decl), false, decl, types.items, types.len, NULL);
    if (type->depth > MAX_TYPE_DEPTH) {
        tmlc_error(r->prog->files, span, "the type arguments of '%s' grow without an end",
                   decl->name)
            ->help = "a generic type holds itself only with the same type arguments";
        return ty_scalar(r->prog, TY_ERROR);
    }
    return type;
}

/// What a type of another language is called here, NULL when it has no namesake.
static const char* foreign_type(const char* name) {
    static const char* const s_names[][2] = {
        {"String", "write Str for a text that somebody else owns, Text for one of its own"},
        {"string", "write Str for a text that somebody else owns, Text for one of its own"},
        {"Option", "write Maybe[T]: Just(value) or Nothing"},
        {"Optional", "write Maybe[T]: Just(value) or Nothing"},
        {"Result", "write Outcome[T, E]: Ok(value) or Err(error)"},
        {"Vec", "write List[T]"},
        {"Array", "write List[T]"},
        {"Arc", "write Shared[T]"},
        {"Mutex", "write Lock, and keep what it protects beside it"},
        {"int", "write I32 or I64"},
        {"Int", "write I32 or I64"},
        {"float", "write F64"},
        {"double", "write F64"},
        {"void", "leave the result out"},
    };
    for (size_t i = 0; i < sizeof s_names / sizeof s_names[0]; i++) {
        if (strcmp(s_names[i][0], name) == 0) {
            return s_names[i][1];
        }
    }
    return NULL;
}

static ty* unknown_type(resolver* r, const ast_path* path) {
    const char* name = path->segments.items[path->segments.len - 1].name;
    const char* best = NULL;
    const char* said = tmlc_format(r->prog->arena, "there is no type '%s'", name);
    for (uint32_t i = 0; i < r->prog->files->diags.len; i++) {
        if (strcmp(r->prog->files->diags.items[i]->message, said) == 0) {
            r->prog->files->num_errors++; // once per name
            return ty_scalar(r->prog, TY_ERROR);
        }
    }
    tmlc_diag* diag = tmlc_error(r->prog->files, path->span, "%s", said);
    for (int kind = TY_BOOL; kind < TY_STRUCT; kind++) {
        best = tmlc_closest(name, best, ty_scalar(r->prog, (ty_kind)kind)->name);
    }
    for (uint32_t m = 0; m < 2; m++) {
        const module* mod = m == 0 ? r->mod : r->prog->modules.items[0];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            const ast_decl* decl = mod->ast->decls.items[i];
            if (decl_kind(decl) != TY_ERROR && decl->name != NULL &&
                resolve_sees(r->mod, mod, NULL, decl)) {
                best = tmlc_closest(name, best, decl->name);
            }
        }
    }
    diag->help = foreign_type(name);
    if (diag->help == NULL) {
        diag->help = best != NULL ? tmlc_format(r->prog->arena, "did you mean '%s'?", best)
                                  : "declare it, or name it in a 'use'";
    }
    return ty_scalar(r->prog, TY_ERROR);
}

/// One name: a parameter, This, a scalar, a declaration. NULL: none of them.
static ty* named_type(resolver* r, const ast_segment* segment) {
    const env* bound = resolve_lookup(r->env, segment->name);
    if (bound != NULL) {
        return bound->type != NULL ? bound->type : ty_scalar(r->prog, TY_INFER);
    }
    if (r->self != NULL &&
        (strcmp(segment->name, "This") == 0 || strcmp(segment->name, "Self") == 0)) {
        return r->self;
    }
    for (int kind = TY_BOOL; kind < TY_STRUCT; kind++) {
        if (ty_scalar(r->prog, (ty_kind)kind)->name == segment->name) {
            return ty_scalar(r->prog, (ty_kind)kind);
        }
    }
    const ast_decl* decl = resolve_decl(r->mod, segment->name);
    return decl == NULL ? NULL : resolve_decl_type(r, decl, &segment->args, segment->span);
}

/// This::Output in an impl (its own), F::Output (of an impl that fits).
static ty* assoc_type(resolver* r, const ast_path* path) {
    const char* name = path->segments.items[1].name;
    ty* owner = named_type(r, &path->segments.items[0]);
    if (owner == NULL || owner->kind == TY_ERROR || owner->kind == TY_INFER) {
        return owner;
    }
    for (uint32_t i = 0; owner == r->self && r->impl != NULL && i < r->impl->assocs.len; i++) {
        if (r->impl->assocs.items[i].name == name && r->impl->assocs.items[i].type != NULL) {
            resolver there = *r; // what the impl writes means what it does in its own file
            there.mod = ty_decl_module(r->prog, r->impl);
            return resolve_type(&there, r->impl->assocs.items[i].type);
        }
    }
    ty* found = resolve_assoc(r->prog, owner, name);
    if (found == NULL) {
        tmlc_error(r->prog->files, path->span, "%s has no associated type '%s'", owner->name, name)
            ->help = tmlc_format(r->prog->arena, "add 'type %s = ...' to an impl of it", name);
        return ty_scalar(r->prog, TY_ERROR);
    }
    return found;
}

static ty* path_type(resolver* r, const ast_path* path) {
    ty* type = path->segments.len == 1 ? named_type(r, &path->segments.items[0]) : NULL;
    if (path->segments.len > 1) {
        const ast_decl* decl = resolve_path_decl(r->mod, path, path->segments.len);
        if (decl != NULL && resolve_is_private(r->mod, path, decl)) {
            return ty_scalar(r->prog, TY_ERROR);
        }
        if (decl != NULL) {
            return resolve_decl_type(r, decl, &path->segments.items[path->segments.len - 1].args,
                                     path->span);
        }
        type = path->segments.len == 2 ? assoc_type(r, path) : NULL;
    }
    return type != NULL ? type : unknown_type(r, path);
}

ty* resolve_base(resolver* r, const ast_path* path) {
    ty* type = path_type(r, path);
    if (type->kind != TY_CLASS && type->kind != TY_ERROR) {
        tmlc_error(r->prog->files, path->span, "%s is not a class that can be extended", type->name)
            ->help = "only a class is extended; a behavior is implemented";
    } else if (type->kind == TY_CLASS && type->layout == TY_LAYING_OUT) {
        tmlc_error(r->prog->files, path->span, "a class cannot extend itself")->help =
            "remove 'extends', or name another class";
        return NULL;
    }
    return type->kind == TY_CLASS ? type : NULL;
}

/// dyn B; dyn Future[T] says its output, as [T] or [Output = T].
static ty* dyn_type(resolver* r, const ast_type* type) {
    const ast_decl* decl = resolve_path_decl(r->mod, &type->path, type->path.segments.len);
    ty* error = ty_scalar(r->prog, TY_ERROR);
    if (decl == NULL || decl->kind != AST_BEHAVIOR) {
        resolve_no_behavior(r->mod, &type->path);
        return error;
    }
    const ast_types* args = &type->path.segments.items[type->path.segments.len - 1].args;
    bool is_future = decl == resolve_prelude(r->prog, "Future");
    if (args->len != is_future) {
        tmlc_diag* diag = tmlc_error(r->prog->files, type->span,
                                     is_future ? "a dyn Future says what it gives"
                                               : "'dyn %s' takes no type arguments",
                                     decl->name);
        diag->help =
            is_future ? "write its output behind it: dyn Future[I64], dyn Future[()]" : NULL;
        return error;
    }
    ty* output = is_future ? resolve_type(r, args->items[0]) : NULL;
    if (output != NULL && output->kind == TY_ERROR) {
        return error;
    }
    return ty_make(r->prog, TY_DYN, false, decl, &output, is_future, NULL);
}

static ty* func_type(resolver* r, const ast_type* type) {
    ty_list args = {0};
    for (uint32_t i = 0; i < type->params.len; i++) {
        TMLC_PUSH(r->prog->arena, &args, resolve_type(r, type->params.items[i]));
    }
    TMLC_PUSH(r->prog->arena, &args,
              type->inner != NULL ? resolve_type(r, type->inner) : ty_scalar(r->prog, TY_UNIT));
    return ty_make(r->prog, TY_FUNC, false, NULL, args.items, args.len, NULL);
}

ty* resolve_type(resolver* r, const ast_type* type) {
    switch (type->kind) {
    case AST_TYPE_ERROR:
        return ty_scalar(r->prog, TY_ERROR);
    case AST_TYPE_UNIT:
        return ty_scalar(r->prog, TY_UNIT);
    case AST_TYPE_REF:
    case AST_TYPE_PTR: {
        ty* inner = resolve_type(r, type->inner);
        return inner->kind == TY_ERROR      ? inner
               : type->kind == AST_TYPE_PTR ? ty_ptr(r->prog, inner)
                                            : ty_ref(r->prog, inner, type->is_mut);
    }
    case AST_TYPE_FUNC:
        return func_type(r, type);
    case AST_TYPE_DYN:
        return dyn_type(r, type);
    case AST_TYPE_PATH:
        return path_type(r, &type->path);
    }
    return ty_scalar(r->prog, TY_ERROR);
}

static bool infer_path(resolver* r, const ast_type* pattern, ty* type, env* scope) {
    const ast_path* path = &pattern->path;
    const ast_segment* last = &path->segments.items[path->segments.len - 1];
    env* bound = path->segments.len == 1 ? resolve_lookup(scope, last->name) : NULL;
    if (bound != NULL) {
        if (bound->type == NULL || ty_has_infer(bound->type)) {
            bound->type = type;
        }
        return bound->type == type;
    }
    if (type->decl != NULL && last->args.len > 0 && type->kind != TY_DYN) {
        if (resolve_path_decl(r->mod, path, path->segments.len) != type->decl ||
            last->args.len != type->num_args) {
            return false;
        }
        for (uint32_t i = 0; i < type->num_args; i++) {
            if (!resolve_infer(r, last->args.items[i], type->args[i], scope)) {
                return false;
            }
        }
        return true;
    }
    if (path->segments.len > 1) {
        return true; // an associated type follows from the others
    }
    resolver inner = *r;
    inner.env = scope;
    inner.may_infer = true;
    return resolve_type(&inner, pattern) == type;
}

bool resolve_infer(resolver* r, const ast_type* pattern, ty* type, env* scope) {
    if (type->kind == TY_ERROR || type->kind == TY_INFER || type->kind == TY_NEVER) {
        return true;
    }
    switch (pattern->kind) {
    case AST_TYPE_PATH:
        return infer_path(r, pattern, type, scope);
    case AST_TYPE_REF:
        return type->kind == TY_REF && resolve_infer(r, pattern->inner, type->args[0], scope);
    case AST_TYPE_PTR:
        return type->kind == TY_PTR && resolve_infer(r, pattern->inner, type->args[0], scope);
    case AST_TYPE_FUNC:
        if (type->kind != TY_FUNC || type->num_args != pattern->params.len + 1) {
            return false;
        }
        for (uint32_t i = 0; i < pattern->params.len; i++) {
            if (!resolve_infer(r, pattern->params.items[i], type->args[i], scope)) {
                return false;
            }
        }
        return pattern->inner == NULL ||
               resolve_infer(r, pattern->inner, type->args[pattern->params.len], scope);
    case AST_TYPE_DYN: {
        const ast_types* args = &pattern->path.segments.items[pattern->path.segments.len - 1].args;
        ty* output = args->len == 1 ? resolve_output(r->prog, type) : NULL;
        return output != NULL ? resolve_infer(r, args->items[0], output, scope)
                              : resolve_type(r, pattern) == type;
    }
    default:
        return resolve_type(r, pattern) == type;
    }
}
