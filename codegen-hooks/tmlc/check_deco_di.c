// SPDX-License-Identifier: Apache-2.0
// Classes of which the framework makes the objects, and providers: what is injected, by which
// token; lifecycle hooks.
//
// That every token has a provider, that there is no cycle and that the scopes fit is proven by the
// runtime at start, over all linked modules; here is what one program can be told with its source.
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

static bool has(const ast_decorators* all, const char* name) {
    return ast_find_decorator(all, name) != NULL;
}

// ---- tokens ------------------------------------------------------------------------------------

typedef struct {
    const char* token;
    tmlc_span span;
} known_token;
typedef TMLC_LIST(known_token) known_tokens;

static void add_token(program* prog, known_tokens* all, const char* token, tmlc_span span) {
    if (token != NULL) {
        known_token one = {token, span};
        TMLC_PUSH(prog->arena, all, one);
    }
}

static void decl_tokens(program* prog, const ast_decl* decl, known_tokens* all) {
    const ast_decorator* injectable = ast_find_decorator(&decl->decorators, "Injectable");
    if (injectable != NULL || has(&decl->decorators, "Controller")) {
        add_token(prog, all, decl->name, decl->name_span);
    }
    if (injectable != NULL) {
        add_token(prog, all, deco_second_name(prog, decl), injectable->span);
    }
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        const ast_decorator* d = &decl->decorators.items[i];
        if (strcmp(d->name, "Provider") == 0) {
            add_token(prog, all, deco_token(prog, decl, d), d->span);
        }
    }
}

static known_tokens all_tokens(program* prog) {
    known_tokens all = {0};
    for (uint32_t m = 1; m < prog->modules.len; m++) {
        const ast_module* ast = prog->modules.items[m]->ast;
        for (uint32_t i = 0; i < ast->decls.len; i++) {
            decl_tokens(prog, ast->decls.items[i], &all);
        }
    }
    return all;
}

bool deco_is_provided(program* prog, const char* token) {
    known_tokens all = all_tokens(prog);
    for (uint32_t i = 0; token != NULL && i < all.len; i++) {
        if (strcmp(all.items[i].token, token) == 0) {
            return true;
        }
    }
    return false;
}

void check_deco_tokens(program* prog) {
    known_tokens all = all_tokens(prog);
    for (uint32_t i = 0; i < all.len; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(all.items[i].token, all.items[k].token) == 0) {
                tmlc_diag* diag = tmlc_error(prog->files, all.items[i].span,
                                             "'%s' is provided twice", all.items[i].token);
                diag->note_span = all.items[k].span;
                diag->note = "it is provided here";
                diag->help = "give one of them another name";
                break;
            }
        }
    }
}

// ---- what is injected --------------------------------------------------------------------------

typedef struct {
    program* prog;
    const module* mod;
    const ast_decorators* decorators;
    const ty* type;
    const char *name, *what; ///< what: "field" or "parameter"
    tmlc_span span;
} slot;

/// Reports an injection that cannot be; `must` when only injections may be here.
static void check_slot(const slot* s, bool must) {
    const ast_decorator* inject = ast_find_decorator(s->decorators, "Inject");
    const char* token = deco_inject_token(s->prog, s->mod, s->decorators, s->type);
    const ty* inner = deco_injected_type(s->prog, s->type);
    if (s->type->kind == TY_ERROR || (inject != NULL && inject->args.len == 0)) {
        return;
    }
    if (token == NULL && (must || inject != NULL || has(s->decorators, "Optional"))) {
        tmlc_diag* diag = tmlc_error(s->prog->files, s->span, "'%s: %s' cannot be injected",
                                     s->name, s->type->name);
        diag->expected = "a class T, Maybe[T] or Provider[T], or a Str with @Inject(\"TOKEN\")";
        diag->help = inner != NULL && inner->kind == TY_STR
                         ? "write @Inject(\"TOKEN\") before it"
                         : "make its type a class, or wrap the value in one";
        return;
    }
    if (inner != NULL && inner->kind == TY_CLASS) {
        deco_use(s->prog, inner->decl);
    }
    if (token == NULL || inner == NULL || inject != NULL) {
        return;
    }
    bool is_ours = inner->decl->file != s->prog->modules.items[0]->ast->file;
    if (is_ours && !deco_is_managed(inner->decl) && !deco_is_provided(s->prog, token) &&
        !deco_is_optional(s->prog, s->decorators, s->type)) {
        tmlc_diag* diag = tmlc_error(s->prog->files, s->span,
                                     "'%s' needs a %s, which nothing provides", s->name, token);
        diag->note_span = inner->decl->name_span;
        diag->note = "it is declared here, without @Injectable";
        diag->help =
            tmlc_format(s->prog->arena,
                        strcmp(s->what, "field") == 0
                            ? "write @Injectable before 'class %s', or initialise the field"
                            : "write @Injectable before 'class %s', or a @Provider of it",
                        token);
    }
}

/// True when the framework makes objects of a class that extends this one.
static bool has_managed_heir(program* prog, const ty* self) {
    for (uint32_t m = 1; m < prog->modules.len; m++) {
        const ast_module* ast = prog->modules.items[m]->ast;
        for (uint32_t i = 0; i < ast->decls.len; i++) {
            const ast_decl* decl = ast->decls.items[i];
            if (!deco_is_managed(decl)) {
                continue;
            }
            ty* heir = deco_type(prog, decl);
            for (ty_layout(prog, heir); heir != NULL && heir != self; heir = heir->base) {
                ty_layout(prog, heir);
            }
            if (heir == self) {
                return true;
            }
        }
    }
    return false;
}

static void check_fields(program* prog, const module* mod, ty* self, bool is_managed) {
    for (uint32_t i = 0; i < self->decl->fields.len; i++) {
        const ast_field* ast = &self->decl->fields.items[i];
        const ast_decorator* inject = ast_find_decorator(&ast->decorators, "Inject");
        inject = inject != NULL ? inject : ast_find_decorator(&ast->decorators, "Optional");
        const char* fault = inject == NULL      ? NULL
                            : ast->is_static    ? "a static field belongs to no object"
                            : ast->init != NULL ? "the field is initialised already"
                            : is_managed || has_managed_heir(prog, self)
                                ? NULL
                                : "the framework does not make objects of this class";
        if (fault != NULL) {
            tmlc_diag* diag = tmlc_error(prog->files, inject->span,
                                         "@%s has nothing to do here: %s", inject->name, fault);
            diag->help = is_managed
                             ? "remove it, or the value"
                             : tmlc_format(prog->arena, "write @Injectable before 'class %s'",
                                           self->decl->name);
        }
    }
    for (uint32_t i = 0; is_managed && i < self->fields.len; i++) {
        const ty_field* field = &self->fields.items[i];
        slot s = {prog,        mod,     &field->ast->decorators, field->type,
                  field->name, "field", field->ast->span};
        if (field->ast->init == NULL) {
            check_slot(&s, false);
        }
    }
}

// ---- providers ---------------------------------------------------------------------------------

static void check_factory(program* prog, module* mod, const ast_decl* decl) {
    method found = {decl, NULL, mod, NULL, NULL};
    if (decl->tparams.len > 0 || decl->body == NULL) {
        tmlc_error(prog->files, decl->name_span, "a provider is an ordinary function with a body")
            ->help =
            "write 'func name(dependencies) -> Class { ... }', not generic and not @extern";
        return;
    }
    fn* f = resolve_instance(prog, &found, NULL, decl->name_span);
    const ty* result = ty_is_named(prog, f->result, "Maybe") ? f->result->args[0] : f->result;
    bool is_class = result->kind == TY_CLASS && deco_opaque(result) == NULL;
    for (uint32_t i = 0; i < decl->params.len; i++) {
        const ast_param* ast = &decl->params.items[i];
        slot s = {prog,      mod,         &ast->decorators, f->params.items[i]->type,
                  ast->name, "parameter", ast->span};
        check_slot(&s, true);
    }
    if (!is_class && result->kind != TY_STR && result->kind != TY_ERROR) {
        tmlc_diag* diag =
            tmlc_error(prog->files, decl->result != NULL ? decl->result->span : decl->name_span,
                       "a provider cannot give %s", f->result->name);
        diag->expected = "a class or Str";
        diag->help = "wrap the value in a class";
    } else if (result->kind == TY_STR &&
               deco_token(prog, decl, ast_find_decorator(&decl->decorators, "Provider")) == NULL) {
        tmlc_error(prog->files, decl->name_span, "a Str is known by a token only")->help =
            "write @Provider(\"TOKEN\")";
    }
}

static void check_value(program* prog, module* mod, const ast_decl* decl) {
    resolver r = {prog, mod, NULL, NULL, NULL, false};
    const ast_decorator* d = ast_find_decorator(&decl->decorators, "Provider");
    const ty* type = decl->result != NULL ? resolve_type(&r, decl->result) : NULL;
    if (type != NULL && type->kind != TY_STR && type->kind != TY_ERROR) {
        tmlc_error(prog->files, decl->result->span, "a provided constant is a Str, not %s",
                   type->name)
            ->help = "give its text, or write a provider function that returns a class";
    } else if (deco_token(prog, decl, d) == NULL) {
        tmlc_error(prog->files, d->span, "a constant is known by a token only")->expected =
            "@Provider(\"TOKEN\")";
    }
}

void check_deco_provider(program* prog, module* mod, const ast_decl* decl) {
    const ast_decorator* first = ast_find_decorator(&decl->decorators, "Provider");
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        const ast_decorator* d = &decl->decorators.items[i];
        if (strcmp(d->name, "Provider") == 0 && deco_named(d, "existing") != NULL) {
            tmlc_error(prog->files, d->span,
                       "'existing' is for a @Module class: this provides '%s'", decl->name)
                ->help = "leave it out";
        } else if (strcmp(d->name, "Provider") == 0 && d != first) {
            tmlc_error(prog->files, d->span, "'%s' is provided already", decl->name)->help =
                "an alias is written on a @Module class: @Provider(\"TOKEN\", existing = NAME)";
        }
    }
    if (decl->kind == AST_FUNC) {
        check_factory(prog, mod, decl);
    } else if (decl->kind == AST_CONST) {
        check_value(prog, mod, decl);
    }
}

// ---- hooks -------------------------------------------------------------------------------------

static void check_hook(program* prog, const ast_decl* cls, const ast_decl* decl,
                       const ast_decorator* d) {
    fn* f = decl->is_static || decl->tparams.len > 0
                ? NULL
                : deco_method(prog, deco_type(prog, cls), decl->name);
    if (!deco_is_managed(cls) && deco_heir(prog, cls, deco_is_managed) == NULL) {
        tmlc_error(prog->files, d->span,
                   "@%s is never called: the framework makes no objects of %s", d->name, cls->name)
            ->help = tmlc_format(prog->arena, "write @Injectable before 'class %s'", cls->name);
    } else if (f == NULL || decl->params.len > 0 || decl->body == NULL ||
               (f->result->kind != TY_UNIT && f->result->kind != TY_I32 &&
                f->result->kind != TY_ERROR)) {
        tmlc_diag* diag = tmlc_error(prog->files, decl->name_span, "'%s' cannot be called for @%s",
                                     decl->name, d->name);
        diag->expected = "a method without parameters that returns nothing, or I32 (0 is success)";
        diag->help = tmlc_format(prog->arena, "write 'func %s(this)' or 'async func %s(this)'",
                                 decl->name, decl->name);
    }
    for (uint32_t i = 0; i < cls->members.len && cls->members.items[i] != decl; i++) {
        const ast_decorator* other =
            ast_find_decorator(&cls->members.items[i]->decorators, d->name);
        if (other != NULL) {
            tmlc_diag* diag = tmlc_error(prog->files, d->span, "%s has a method for @%s already",
                                         cls->name, d->name);
            diag->note_span = other->span;
            diag->note = "the first one";
            diag->help = "call one method from the other";
        }
    }
}

// ---- classes -----------------------------------------------------------------------------------

static void check_makeable(program* prog, const ast_decl* decl) {
    const ast_decorator* d = ast_find_decorator(&decl->decorators, "Controller");
    const ast_decorator* injectable = ast_find_decorator(&decl->decorators, "Injectable");
    if (d != NULL && injectable != NULL) {
        tmlc_error(prog->files, injectable->span, "a @Controller is injectable already")->help =
            "remove @Injectable; the scope is an argument of @Controller too";
    }
    d = d != NULL ? d : injectable;
    if (d == NULL) {
        return;
    }
    if (decl->tparams.len > 0 || decl->is_abstract) {
        tmlc_error(prog->files, decl->name_span,
                   "the framework cannot make objects of %s: it is %s", decl->name,
                   decl->is_abstract ? "abstract" : "generic")
            ->help = tmlc_format(prog->arena, "move @%s to a class that %s", d->name,
                                 decl->is_abstract ? "extends it" : "has no type parameters");
    }
    for (uint32_t i = 0; i < decl->members.len; i++) {
        const ast_decl* member = decl->members.items[i];
        if (strcmp(member->name, "new") == 0 && member->result == NULL && !member->is_static &&
            member->params.len > 0) {
            tmlc_error(prog->files, member->name_span,
                       "the framework calls 'new' of %s without arguments", decl->name)
                ->help = "declare a field for each dependency: it is injected by its type";
        }
    }
}

static void check_class_stages(program* prog, module* mod, const ast_decl* decl) {
    bool attaches = has(&decl->decorators, "Controller") || has(&decl->decorators, "Module") ||
                    has(&decl->decorators, "Global");
    bool has_stage = false;
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        const ast_decorator* d = &decl->decorators.items[i];
        has_stage = has_stage || deco_role_of(d) >= 0;
        const deco_row* row = deco_find_row(d->name);
        bool is_for_routes =
            row != NULL &&
            (row->places & (DECO_ON_CLASS | DECO_ON_METHOD)) == (DECO_ON_CLASS | DECO_ON_METHOD) &&
            row->places != DECO_ANYWHERE;
        if (!attaches && is_for_routes && deco_heir(prog, decl, deco_is_controller) == NULL) {
            tmlc_error(prog->files, d->span, "@%s applies to no route here: %s is not a controller",
                       d->name, decl->name)
                ->help = "put it on a @Controller, a @Module, or for every route on a class with "
                         "@Global";
        }
    }
    const ast_decorator* global = ast_find_decorator(&decl->decorators, "Global");
    if (global != NULL && !has_stage && !has(&decl->decorators, "Module")) {
        tmlc_error(prog->files, global->span, "@Global has nothing to make global here")->help =
            "add stages beside it (@Use, @Guard, @Interceptor, @Pipe, @Catch), or @Module";
    }
    const ast_decorator* catches = ast_find_decorator(&decl->decorators, "Catches");
    if (catches != NULL && deco_method(prog, deco_type(prog, decl), "catch") == NULL) {
        tmlc_error(prog->files, catches->span, "%s has no method 'catch', so it catches nothing",
                   decl->name)
            ->help = tmlc_format(prog->arena, "add to it: %s", deco_roles[DECO_FILTER].signature);
    }
    check_deco_stages(prog, mod, &decl->decorators, NULL);
    check_deco_common(prog, mod, &decl->decorators);
}

/// Routes of bases that are no controllers themselves are checked with the first one that has them.
static uint32_t check_inherited(program* prog, const ast_decl* decl) {
    uint32_t num = 0;
    deco_members all = deco_inherited(prog, deco_type(prog, decl), deco_is_route);
    for (uint32_t i = 0; deco_is_controller(decl) && i < all.len; i++) {
        const ast_decl* base = all.items[i].owner->decl;
        num += base != decl;
        if (base != decl && !deco_is_controller(base) &&
            deco_heir(prog, base, deco_is_controller) == decl) {
            check_deco_route(prog, ty_decl_module(prog, base), decl, all.items[i].decl);
        }
        deco_method(prog, deco_type(prog, decl), all.items[i].decl->name); // it will be called
    }
    return num;
}

static uint32_t check_methods(program* prog, module* mod, const ast_decl* decl) {
    uint32_t num_routes = check_inherited(prog, decl);
    bool is_base = !deco_is_controller(decl) && deco_heir(prog, decl, deco_is_controller) != NULL;
    for (uint32_t i = 0; i < decl->members.len; i++) {
        const ast_decl* member = decl->members.items[i];
        const ast_decorator* d;
        if (deco_verb(member, &d) != NULL) {
            if (!is_base) {
                check_deco_route(prog, mod, decl, member);
            }
            num_routes++;
        } else {
            check_deco_needs_route(prog, member);
        }
        for (uint32_t k = 0; k < member->decorators.len; k++) {
            if (deco_event(&member->decorators.items[k]) != NULL) {
                check_hook(prog, decl, member, &member->decorators.items[k]);
            }
        }
    }
    return num_routes;
}

void check_deco_class(program* prog, module* mod, const ast_decl* decl) {
    check_makeable(prog, decl);
    if (decl->tparams.len > 0) {
        return;
    }
    check_fields(prog, mod, deco_type(prog, decl), deco_is_managed(decl));
    check_class_stages(prog, mod, decl);
    check_deco_module(prog, mod, decl);
    const ast_decorator* controller = ast_find_decorator(&decl->decorators, "Controller");
    const char* prefix = deco_text(prog, mod, controller, 0);
    if (prefix != NULL && deco_path_fault(prefix) != NULL) {
        tmlc_error(prog->files, deco_path_span(controller), "this path can never match: %s",
                   deco_path_fault(prefix))
            ->help = "a path is \"/fixed/:parameter\", and may end in \"/*rest\"";
    }
    if (check_methods(prog, mod, decl) == 0 && controller != NULL) {
        tmlc_diag* diag =
            tmlc_warning(prog->files, controller->span, "%s has no route", decl->name);
        diag->help = "give it a method with @Get(\"/path\") or the like, or make it @Injectable";
    }
}
