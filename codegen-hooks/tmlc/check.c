// SPDX-License-Identifier: Apache-2.0
// The checker's frame: which functions are checked, and what every part of it uses.
//
// All functions of the root and its modules that have no type parameters are checked, used or not;
// a generic one once per set of arguments, the prelude's when they are used. program.fns is the
// queue: checking a body may add to it.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

hir* check_new(checker* ck, hir_kind kind, tmlc_span span, ty* type) {
    hir* node = TMLC_NEW(ck->arena, hir);
    node->kind = kind;
    node->span = span;
    node->type = type;
    return node;
}

ty* check_scalar(const checker* ck, ty_kind kind) {
    return ty_scalar(ck->prog, kind);
}

hir* check_error(checker* ck, tmlc_span span) {
    return check_new(ck, HIR_ERROR, span, check_scalar(ck, TY_ERROR));
}

local* check_declare(checker* ck, const char* name, ty* type, tmlc_span span, bool is_mut) {
    local* l = TMLC_NEW(ck->arena, local);
    *l = (local){.name = name, .type = type, .span = span, .owner = ck->fn, .is_mut = is_mut};
    TMLC_PUSH(ck->arena, &ck->scope, l);
    return l;
}

local* check_find_local(checker* ck, const char* name) {
    for (uint32_t i = ck->scope.len; i-- > 0;) {
        if (strcmp(ck->scope.items[i]->name, name) == 0) {
            return ck->scope.items[i];
        }
    }
    return NULL;
}

/// The number of an outer local among a closure's captures; the closures between capture it too.
static uint32_t capture(checker* ck, fn* f, local* found, tmlc_span span) {
    for (uint32_t i = 0; i < f->captures.len; i++) {
        if (f->captures.items[i]->local == found) {
            return i;
        }
    }
    hir* from = check_new(ck, HIR_LOCAL, span, found->type);
    from->local = found;
    if (found->owner != f->outer) {
        from->kind = HIR_CAPTURE;
        from->index = capture(ck, f->outer, found, span);
    }
    TMLC_PUSH(ck->arena, &f->captures, from);
    return f->captures.len - 1;
}

hir* check_local(checker* ck, local* found, tmlc_span span) {
    hir* node = check_new(ck, HIR_LOCAL, span, found->type);
    node->local = found;
    found->is_used = true;
    if (found->is_moved) {
        tmlc_diag* diag = tmlc_error(ck->files, span, "'%s' was moved before", found->name);
        diag->note_span = found->moved_at;
        diag->note = "it was moved here";
        diag->help = "pass a ref, or a copy with .duplicate()";
        found->is_moved = false; // once is enough
    }
    if (found->owner != ck->fn) {
        node->kind = HIR_CAPTURE;
        node->index = capture(ck, ck->fn, found, span);
    }
    return node;
}

void check_say(checker* ck, const ast_decl* decl, const char* what, tmlc_diag* diag,
               const char* message) {
    said_error one = {decl, what, message, diag};
    TMLC_PUSH(ck->arena, &ck->prog->said, one);
}

bool check_said(checker* ck, const ast_decl* decl, const char* what, tmlc_span span) {
    for (uint32_t i = 0; i < ck->prog->said.len; i++) {
        said_error* one = &ck->prog->said.items[i];
        if (one->decl != decl || strcmp(one->what, what) != 0) {
            continue;
        }
        if (one->message != NULL && decl->name_span.end > 0 &&
            (span.start != one->diag->span.start || span.file != one->diag->span.file)) {
            one->diag->note_span = one->diag->span;
            one->diag->note = "it is used here, and elsewhere";
            one->diag->span = decl->name_span;
            one->diag->message = one->message;
            one->message = NULL;
        }
        return true;
    }
    return false;
}

bool* check_moves_save(checker* ck, uint32_t* out_num) {
    *out_num = ck->scope.len;
    bool* saved = tmlc_alloc(ck->arena, ck->scope.len + 1);
    for (uint32_t i = 0; i < ck->scope.len; i++) {
        saved[i] = ck->scope.items[i]->is_moved;
    }
    return saved;
}

bool* check_moves_restore(checker* ck, const bool* saved, uint32_t num) {
    uint32_t now_num;
    bool* now = check_moves_save(ck, &now_num);
    for (uint32_t i = 0; i < num; i++) {
        ck->scope.items[i]->is_moved = saved[i];
    }
    return now;
}

void check_moves_merge(checker* ck, const bool* other, uint32_t num) {
    for (uint32_t i = 0; i < num; i++) {
        ck->scope.items[i]->is_moved = ck->scope.items[i]->is_moved || other[i];
    }
}

hir* check_const(checker* ck, const ast_decl* decl, tmlc_span span) {
    module* mod = ty_decl_module(ck->prog, decl);
    checker inner = *ck;
    inner.scope = (locals){0};
    inner.num_loops = inner.loop_scope = 0;
    inner.r = (resolver){ck->prog, mod, NULL, NULL, NULL, false};
    if (ck->depth > TMLC_MAX_DEPTH || decl->body == NULL || decl->result == NULL) {
        tmlc_error(ck->files, span, "the constant '%s' has no value, or is its own", decl->name)
            ->help =
            "write 'const NAME: Type = value' with a value that does not use the constant itself";
        return check_error(ck, span);
    }
    inner.depth++;
    return check_value(&inner, decl->body, resolve_type(&inner.r, decl->result));
}

static checker checker_of(program* prog, fn* f) {
    return (checker){.prog = prog,
                     .files = prog->files,
                     .arena = prog->arena,
                     .fn = f,
                     .r = {prog, f->mod, f->env, f->self, f->impl, false}};
}

void check_closure_body(checker* ck, fn* f, const ast_expr* body, ty* result) {
    checker inner = *ck;
    inner.fn = f;
    inner.num_loops = 0;
    inner.loop_scope = 0;
    for (uint32_t i = 0; i < f->params.len; i++) {
        TMLC_PUSH(ck->arena, &inner.scope, f->params.items[i]);
    }
    f->result = result != NULL ? result : check_scalar(ck, TY_INFER);
    f->body = check_value(&inner, body, result);
    if (result == NULL) {
        f->result = f->body->type;
    }
}

static void check_function(program* prog, fn* f) {
    checker ck = checker_of(prog, f);
    f->is_checked = true;
    if (f->decl == NULL || f->decl->body == NULL) {
        return;
    }
    if (f->is_constructor) {
        f->blank = check_blank(&ck, f->self, f->decl->name_span);
    }
    for (uint32_t i = 0; i < f->params.len; i++) {
        TMLC_PUSH(prog->arena, &ck.scope, f->params.items[i]);
    }
    f->body = check_block(&ck, f->decl->body, f->result);
    if (f->body->type->kind == TY_UNIT && f->result->kind != TY_UNIT &&
        f->result->kind != TY_ERROR) {
        tmlc_span end = {f->decl->body->span.end - 1, f->decl->body->span.end, f->decl->file};
        tmlc_error(prog->files, end, "'%s' can end without a result", f->decl->name)->help =
            tmlc_format(prog->arena, "return a value of type %s on every path", f->result->name);
    } else {
        f->body = check_coerce(&ck, f->body, f->result);
        check_future_stays(&ck, f->body, false);
    }
    if (f->is_constructor) {
        check_constructor(&ck, f);
    }
}

static void add_function(program* prog, module* mod, const ast_decl* decl, const ast_decl* impl,
                         ty* self) {
    if (decl->kind != AST_FUNC || decl->tparams.len > 0) {
        return;
    }
    const ast_decorator* foreign = ast_find_decorator(&decl->decorators, "extern");
    bool is_foreign = foreign != NULL || decl->is_lowlevel;
    if (foreign != NULL && (foreign->args.len != 1 || foreign->args.items[0]->kind != AST_STR)) {
        tmlc_error(prog->files, foreign->span, "'extern' wants the name of a C function")->help =
            tmlc_format(prog->arena, "write @extern(\"%s\")", decl->name);
        return;
    }
    if (decl->body == NULL && !is_foreign && !decl->is_abstract) {
        tmlc_error(prog->files, decl->name_span, "'%s' has no body", decl->name)->expected = "'{'";
        return;
    }
    method found = {decl, impl, mod, NULL, self};
    resolve_instance(prog, &found, NULL, decl->name_span);
}

/// Whether a function of an impl has the parameters and the result that the behavior gives it.
static bool same_signature(program* prog, module* mod, const ast_decl* impl, ty* self,
                           const ast_decl* wanted, const ast_decl* got) {
    if (wanted->params.len != got->params.len || wanted->is_async != got->is_async ||
        (wanted->has_this == AST_NO_THIS) != (got->has_this == AST_NO_THIS)) {
        return false;
    }
    if (wanted->tparams.len > 0 || got->tparams.len > 0 || impl->tparams.len > 0) {
        return wanted->tparams.len == got->tparams.len; // their types: where they are instantiated
    }
    module* from = ty_decl_module(prog, wanted);
    resolver theirs = {prog, from, NULL, self, impl, false};
    resolver ours = {prog, mod, NULL, self, impl, false};
    ty* unit = ty_scalar(prog, TY_UNIT);
    for (uint32_t i = 0; i < got->params.len; i++) {
        ty* want = resolve_type(&theirs, wanted->params.items[i].type);
        ty* have = resolve_type(&ours, got->params.items[i].type);
        if (want != have && want->kind != TY_ERROR && have->kind != TY_ERROR) {
            return false;
        }
    }
    ty* want = wanted->result == NULL ? unit : resolve_type(&theirs, wanted->result);
    ty* have = got->result == NULL ? unit : resolve_type(&ours, got->result);
    return want == have || want->kind == TY_ERROR || have->kind == TY_ERROR;
}

static void check_member(program* prog, module* mod, const ast_decl* impl, ty* self,
                         const ast_decl* behavior, const ast_decl* wanted) {
    const ast_decl* got = NULL;
    for (uint32_t k = 0; k < impl->members.len && got == NULL; k++) {
        got = impl->members.items[k]->name == wanted->name ? impl->members.items[k] : NULL;
    }
    if (got == NULL && wanted->body == NULL) {
        tmlc_error(prog->files, impl->target->span, "%s lacks '%s' of %s", self->name, wanted->name,
                   behavior->name)
            ->help = tmlc_format(prog->arena,
                                 "add 'func %s' to the impl, with the parameters that %s gives it",
                                 wanted->name, behavior->name);
    } else if (got != NULL && !same_signature(prog, mod, impl, self, wanted, got)) {
        tmlc_diag* diag = tmlc_error(prog->files, got->name_span, "'%s' is not declared as in %s",
                                     got->name, behavior->name);
        diag->note_span = wanted->name_span;
        diag->note = "it is declared here";
        diag->help = "give it the same parameters, result and 'async'";
    }
}

static void add_impl(program* prog, module* mod, const ast_decl* decl) {
    resolver r = {prog, mod, NULL, NULL, NULL, false};
    ty* self = resolve_type(&r, decl->target);
    for (uint32_t i = 0; i < decl->members.len && self->kind != TY_ERROR; i++) {
        add_function(prog, mod, decl->members.items[i], decl, self);
    }
    if (decl->behavior == NULL || decl->behavior->kind != AST_TYPE_PATH) {
        return;
    }
    const ast_decl* behavior =
        resolve_path_decl(mod, &decl->behavior->path, decl->behavior->path.segments.len);
    if (behavior == NULL || behavior->kind != AST_BEHAVIOR) {
        resolve_no_behavior(mod, &decl->behavior->path);
        return;
    }
    for (uint32_t i = 0; i < behavior->members.len; i++) {
        if (self->kind != TY_ERROR) {
            check_member(prog, mod, decl, self, behavior, behavior->members.items[i]);
        }
    }
}

/// True for a field that the framework must find a value in when it makes the object.
static bool wants_constructor(const program* prog, const module* mod, const ast_decl* cls,
                              const ast_field* field) {
    if (field->is_static || field->init != NULL) {
        return field->init != NULL && !field->is_static;
    }
    return deco_is_managed(cls) && ast_find_decorator(&field->decorators, "Inject") == NULL &&
           check_wants_value(prog, mod, field->type, 0);
}

/// A class with initialised fields and no `new` gets one: new() { }.
static void add_constructor(program* prog, const module* mod, ast_decl* decl) {
    bool has_init = decl->kind == AST_CLASS && decl->path.segments.len > 0; // a table of its base
    const char* name = tmlc_intern(prog->names, "new", 3);
    for (uint32_t i = 0; i < decl->fields.len; i++) {
        has_init = has_init || wants_constructor(prog, mod, decl, &decl->fields.items[i]);
    }
    for (uint32_t i = 0; i < decl->members.len; i++) {
        has_init = has_init || check_is_virtual(decl->members.items[i]);
    }
    for (uint32_t i = 0; i < decl->members.len; i++) {
        has_init = has_init && decl->members.items[i]->name != name;
    }
    if (decl->kind == AST_CLASS && has_init) {
        ast_decl* made = TMLC_NEW(prog->arena, ast_decl);
        made->kind = AST_FUNC;
        made->name = name;
        made->span = made->name_span = decl->name_span;
        made->file = decl->file;
        made->body = TMLC_NEW(prog->arena, ast_expr);
        made->body->kind = AST_BLOCK;
        made->body->span = decl->name_span;
        TMLC_PUSH(prog->arena, &decl->members, made);
    }
}

/// The types that a generic declaration writes exist, whatever it will be used with.
static void check_written_types(program* prog, module* mod, const ast_decl* decl, env* scope,
                                ty* self, const ast_decl* impl) {
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        scope = resolve_bind(prog, scope, decl->tparams.items[i].name, NULL);
    }
    resolver r = {prog, mod, scope, self, impl, true};
    if (decl->kind == AST_IMPL) {
        r.self = self = resolve_type(&r, decl->target);
        impl = decl;
    }
    for (uint32_t i = 0; i < decl->params.len; i++) {
        resolve_type(&r, decl->params.items[i].type);
    }
    for (uint32_t i = 0; i < decl->fields.len; i++) {
        resolve_type(&r, decl->fields.items[i].type);
    }
    if (decl->result != NULL) {
        resolve_type(&r, decl->result);
    }
    for (uint32_t i = 0; i < decl->members.len && (self == NULL || self->kind != TY_ERROR); i++) {
        check_written_types(prog, mod, decl->members.items[i], scope, self, impl);
    }
}

static void add_decl(program* prog, module* mod, const ast_decl* decl) {
    resolver r = {prog, mod, NULL, NULL, NULL, false};
    if (decl->tparams.len > 0) {
        if (decl->kind == AST_FUNC || decl->kind == AST_IMPL || decl->kind == AST_STRUCT_DECL) {
            check_written_types(prog, mod, decl, NULL, NULL, NULL);
        }
        return;
    }
    if (decl->kind == AST_FUNC) {
        add_function(prog, mod, decl, NULL, NULL);
    } else if (decl->kind == AST_IMPL) {
        add_impl(prog, mod, decl);
    } else if (decl->kind == AST_CLASS || decl->kind == AST_STRUCT_DECL || decl->kind == AST_ENUM) {
        ty* self = resolve_decl_type(&r, decl, &(ast_types){0}, decl->name_span);
        ty_layout(prog, self);
        if (self->kind == TY_CLASS) {
            check_class(prog, self);
        }
        for (uint32_t i = 0; i < decl->members.len; i++) {
            add_function(prog, mod, decl->members.items[i], decl, self);
        }
    }
}

static void check_duplicates(program* prog, const module* mod) {
    for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
        const ast_decl* decl = mod->ast->decls.items[i];
        const ast_decl* first = decl->name == NULL ? decl : resolve_decl(mod, decl->name);
        if (decl->kind != AST_USE && first != NULL && first != decl && first->file == decl->file) {
            tmlc_diag* diag =
                tmlc_error(prog->files, decl->name_span, "'%s' is declared twice", decl->name);
            diag->note_span = first->name_span;
            diag->note = "it is declared here";
        }
    }
}

/// A type that holds itself by value has no size. `layout` serves as the mark of a visit.
static bool is_endless(program* prog, ty* type, uint32_t depth) {
    if (type->kind != TY_STRUCT && type->kind != TY_ENUM) {
        return false;
    }
    if (depth > 64) {
        return true;
    }
    ty_layout(prog, type);
    for (uint32_t i = 0; i < type->fields.len; i++) {
        if (is_endless(prog, type->fields.items[i].type, depth + 1)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < type->variants.len; i++) {
        for (uint32_t k = 0; k < type->variants.items[i].types.len; k++) {
            if (is_endless(prog, type->variants.items[i].types.items[k], depth + 1)) {
                return true;
            }
        }
    }
    return false;
}

static void check_bound_names(program* prog, const module* mod, const ast_decl* decl) {
    for (uint32_t i = 0; i < decl->tparams.len; i++) {
        for (uint32_t k = 0; k < decl->tparams.items[i].bounds.len; k++) {
            const ast_path* bound = &decl->tparams.items[i].bounds.items[k];
            const ast_decl* behavior = resolve_path_decl(mod, bound, bound->segments.len);
            if (behavior == NULL || behavior->kind != AST_BEHAVIOR) {
                resolve_no_behavior(mod, bound);
            }
        }
    }
    for (uint32_t i = 0; i < decl->members.len; i++) {
        check_bound_names(prog, mod, decl->members.items[i]);
    }
}

static void check_sizes(program* prog) {
    for (uint32_t i = 0; i < TMLC_BUCKETS; i++) {
        for (ty* type = prog->buckets[i]; type != NULL; type = type->next) {
            bool is_ours =
                type->decl != NULL && type->decl->file == prog->modules.items[0]->ast->file;
            if (!is_ours && !ty_has_infer(type) && is_endless(prog, type, 0)) {
                tmlc_error(prog->files, type->decl->name_span, "%s holds itself, so it has no size",
                           type->name)
                    ->help = "hold it in a List, or make it a class";
            }
        }
    }
}

/// Whatever type there is may have to be dropped: its Drop.drop is checked like any function.
static void find_drops(program* prog) {
    for (uint32_t i = 0; i < TMLC_BUCKETS; i++) {
        for (ty* type = prog->buckets[i]; type != NULL; type = type->next) {
            if (!ty_has_infer(type)) {
                ty_layout(prog, type);
                ty_needs_drop(prog, type);
            }
        }
    }
}

void tmlc_check(program* prog) {
    const ast_module* prelude = prog->modules.items[0]->ast;
    for (uint32_t i = 0; i < prelude->decls.len; i++) {
        if (ast_find_decorator(&prelude->decls.items[i]->decorators, "Injectable") != NULL) {
            add_constructor(prog, prog->modules.items[0], prelude->decls.items[i]);
        }
    }
    for (uint32_t m = 1; m < prog->modules.len; m++) {
        module* mod = prog->modules.items[m];
        check_duplicates(prog, mod);
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            check_bound_names(prog, mod, mod->ast->decls.items[i]);
            add_constructor(prog, mod, mod->ast->decls.items[i]);
            add_decl(prog, mod, mod->ast->decls.items[i]);
        }
    }
    check_sizes(prog);
    uint32_t num_errors = prog->files->num_errors;
    tmlc_check_decorators(prog);
    if (num_errors > 0) {
        return; // what follows would speak about the same
    }
    uint32_t done = 0;
    do {
        for (; done < prog->fns.len; done++) {
            if (!prog->fns.items[done]->is_checked) {
                check_function(prog, prog->fns.items[done]);
            }
        }
        find_drops(prog);
    } while (done < prog->fns.len && prog->files->num_errors == 0);
    check_sizes(prog);
    if (prog->files->num_errors == 0) {
        check_escapes(prog);
        check_str_owners(prog);
    }
    for (; done < prog->fns.len; done++) { // what the copies call
        if (!prog->fns.items[done]->is_checked) {
            check_function(prog, prog->fns.items[done]);
        }
    }
}
