// SPDX-License-Identifier: Apache-2.0
// Decorators against the table: does it exist, may it stand here, has it the arguments it takes.
//
// What a decorator means together with its surroundings is checked in check_deco_route.c,
// check_deco_stage.c and check_deco_di.c. Called by check.c once every signature is known.
#include "codegen-hooks/tmlc/deco.h"

#include <string.h>

typedef struct {
    program* prog;
    module* mod;
    unsigned place;
    const ast_decorator* d;
    const deco_row* row;
} site;

static const char* place_name(unsigned place) {
    switch (place) {
    case DECO_ON_CLASS:
        return "a class";
    case DECO_ON_METHOD:
        return "a method of a class";
    case DECO_ON_PARAM:
        return "a parameter of a method";
    case DECO_ON_FIELD:
        return "a field of a class";
    case DECO_ON_FUNC:
        return "a function";
    case DECO_ON_FUNC_PARAM:
        return "a parameter of a function";
    case DECO_ON_CONST:
        return "a constant";
    case DECO_ON_TYPE:
        return "a type";
    case DECO_ON_TYPE_FIELD:
        return "a field of a type";
    default:
        return "an impl or behavior";
    }
}

static const char* all_places(program* prog, unsigned places) {
    const char* text = "";
    for (unsigned bit = 1; bit < DECO_ON_OTHER; bit <<= 1) {
        if ((places & bit) != 0) {
            const char* between = text[0] == '\0' ? "" : (places >> 1) / bit == 0 ? " or " : ", ";
            text = tmlc_format(prog->arena, "%s%s%s", text, between, place_name(bit));
        }
    }
    return text;
}

// ---- arguments ---------------------------------------------------------------------------------

static const char* kind_name(char letter) {
    switch (letter) {
    case 's':
        return "a string";
    case 'i':
        return "a whole number";
    case 'n':
        return "the name of a class";
    case 't':
        return "a string or the name of a class";
    case 'e':
        return "a status or the name of an error type";
    case 'w':
        return "\"singleton\", \"request\" or \"transient\"";
    default:
        return "a list of names: [A, B]";
    }
}

static bool is_scope(const char* word) {
    return word != NULL && (strcmp(word, "singleton") == 0 || strcmp(word, "request") == 0 ||
                            strcmp(word, "transient") == 0);
}

static bool is_whole(const ast_expr* e) {
    return e->kind == AST_INT ||
           (e->kind == AST_UNARY && e->op == TOK_MINUS && e->a->kind == AST_INT);
}

static bool is_scope_expr(const ast_expr* e, const ast_expr* literal) {
    return literal->kind == AST_STR ? is_scope(literal->name)
           : e->kind == AST_PATH && e->path.segments.len == 1
               ? is_scope(e->path.segments.items[0].name)
               : false;
}

static bool fits(const site* s, const ast_expr* e, char letter) {
    const ast_expr* literal = deco_literal(s->prog, s->mod, e);
    switch (letter) {
    case 's':
        return literal->kind == AST_STR;
    case 'i':
        return is_whole(literal);
    case 'n':
        return e->kind == AST_PATH;
    case 't':
        return literal->kind == AST_STR || e->kind == AST_PATH;
    case 'e':
        return is_whole(literal) || literal->kind == AST_STR || e->kind == AST_PATH;
    case 'w':
        return is_scope_expr(e, literal);
    default:
        return e->kind == AST_LIST;
    }
}

static void wrong_kind(const site* s, const ast_expr* e, const char* what, char letter) {
    tmlc_error(s->prog->files, e->span, "%s of @%s must be %s", what, s->d->name, kind_name(letter))
        ->expected = s->row->usage;
}

/// The letter of a named argument, 0 when there is none of that name.
static char named_letter(const char* named, const char* name) {
    size_t len = strlen(name);
    for (const char* at = named; at != NULL && *at != '\0';) {
        if (strncmp(at, name, len) == 0 && at[len] == '=') {
            return at[len + 1];
        }
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    return '\0';
}

static const char* suggest_named(const site* s, const char* name) {
    const char* best = NULL;
    for (const char* at = s->row->named; *at != '\0';) {
        const char* end = strchr(at, '=');
        best = tmlc_closest(name, best, tmlc_format(s->prog->arena, "%.*s", (int)(end - at), at));
        at = end[2] == ',' ? end + 3 : end + 2;
    }
    return best;
}

static void check_named(const site* s, uint32_t index) {
    const char* name = s->d->names.items[index];
    const ast_expr* e = s->d->args.items[index];
    char letter = named_letter(s->row->named, name);
    if (letter == '\0') {
        tmlc_diag* diag =
            tmlc_error(s->prog->files, e->span, "@%s has no argument '%s'", s->d->name, name);
        const char* best = suggest_named(s, name);
        diag->expected = s->row->usage;
        diag->help = best != NULL ? tmlc_format(s->prog->arena, "did you mean '%s'?", best) : NULL;
        return;
    }
    for (uint32_t i = 0; i < index; i++) {
        if (s->d->names.items[i] == name) {
            tmlc_error(s->prog->files, e->span, "'%s' of @%s is given twice", name, s->d->name)
                ->help = "remove one of them";
            return;
        }
    }
    if (!fits(s, e, letter)) {
        wrong_kind(s, e, tmlc_format(s->prog->arena, "'%s'", name), letter);
    }
}

static void check_count(const site* s, uint32_t num, size_t max, bool many) {
    const char* name = s->d->name;
    if (num < s->row->min_args) {
        tmlc_error(s->prog->files, s->d->span, "@%s needs %u argument%s", name, s->row->min_args,
                   s->row->min_args == 1 ? "" : "s")
            ->expected = s->row->usage;
    } else if (num > max && !many && max == 0) {
        tmlc_error(s->prog->files, s->d->span, "@%s takes no argument", name)->expected =
            s->row->usage;
    } else if (num > max && !many) {
        tmlc_error(s->prog->files, s->d->span, "@%s takes %zu argument%s, not %u", name, max,
                   max == 1 ? "" : "s", num)
            ->expected = s->row->usage;
    }
}

static void check_args(const site* s) {
    const char* kinds = s->row->kinds;
    size_t len = strlen(kinds);
    bool many = len > 0 && kinds[len - 1] == '+';
    size_t max = many ? len - 1 : len;
    uint32_t num = 0;
    for (uint32_t i = 0; i < s->d->args.len; i++) {
        if (s->d->names.items[i] != NULL) {
            check_named(s, i);
            continue;
        }
        char letter = num < max ? kinds[num] : many ? kinds[max - 1] : '\0';
        if (letter != '\0' && !fits(s, s->d->args.items[i], letter)) {
            wrong_kind(s, s->d->args.items[i],
                       max == 1 ? "the argument"
                                : tmlc_format(s->prog->arena, "argument %u", num + 1),
                       letter);
        }
        num++;
    }
    check_count(s, num, max, many);
}

/// The program's own: anything that can be kept in a record.
static bool is_keepable(const site* s, const ast_expr* e) {
    const ast_expr* literal = deco_literal(s->prog, s->mod, e);
    for (uint32_t i = 0; literal->kind == AST_LIST && i < literal->list.len; i++) {
        if (!is_keepable(s, literal->list.items[i])) {
            return false;
        }
    }
    return literal->kind == AST_STR || is_whole(literal) || literal->kind == AST_BOOL ||
           literal->kind == AST_FLOAT || literal->kind == AST_PATH || literal->kind == AST_NULL ||
           literal->kind == AST_LIST;
}

/// What does what a decorator of the program's own seems to promise there; NULL where a stage can
/// read it.
static const char* instead_of_own(unsigned place) {
    switch (place) {
    case DECO_ON_TYPE_FIELD:
        return "the type of a field is what is checked; what it cannot say is for a @Pipe";
    case DECO_ON_PARAM:
        return "what a stage keeps with request.set(\"key\", value) the handler has from "
               "request.get(\"key\")";
    case DECO_ON_FIELD:
        return "a field is injected by its type, or with @Inject(\"TOKEN\")";
    case DECO_ON_FUNC_PARAM:
        return "a parameter of a provider is injected by its type, or with @Inject(\"TOKEN\")";
    default:
        return NULL;
    }
}

static void check_own(const site* s) {
    const char* known = deco_suggest(s->d->name, s->place);
    if (known != NULL) {
        tmlc_diag* diag =
            tmlc_error(s->prog->files, s->d->span, "there is no decorator @%s", s->d->name);
        diag->expected = deco_find_row(known)->usage;
        diag->help =
            tmlc_format(s->prog->arena,
                        "did you mean @%s? A decorator of your own needs a name less alike", known);
        return;
    }
    const char* instead = instead_of_own(s->place);
    if (instead != NULL) {
        tmlc_error(s->prog->files, s->d->span, "@%s does nothing before %s", s->d->name,
                   place_name(s->place))
            ->help = instead;
        return;
    }
    for (uint32_t i = 0; i < s->d->args.len; i++) {
        if (!is_keepable(s, s->d->args.items[i])) {
            tmlc_error(s->prog->files, s->d->args.items[i]->span, "a decorator cannot hold this")
                ->expected = "a literal, a name, or a list of them";
        }
    }
}

// ---- every place -------------------------------------------------------------------------------

static void check_twice(const site* s, const ast_decorators* all, uint32_t index) {
    for (uint32_t i = 0; !s->row->repeats && i < index; i++) {
        if (strcmp(all->items[i].name, s->d->name) == 0) {
            tmlc_diag* diag =
                tmlc_error(s->prog->files, s->d->span, "@%s is here twice", s->d->name);
            diag->note_span = all->items[i].span;
            diag->note = "the first one";
            diag->help = "remove one of them";
            return;
        }
    }
}

/// `@field Decorator: Type`: the two have changed places.
static bool is_swapped(const site* s, const char* name) {
    const deco_row* row = name != NULL && s->row == NULL ? deco_find_row(name) : NULL;
    if (row == NULL || (row->places & s->place) == 0) {
        return false;
    }
    tmlc_error(s->prog->files, s->d->span, "there is no decorator @%s", s->d->name)->help =
        tmlc_format(s->prog->arena, "did you mean '@%s %s'?", name, s->d->name);
    return true;
}

/// `name`: of what they stand before.
static void check_all(program* prog, module* mod, const ast_decorators* all, unsigned place,
                      const char* name) {
    for (uint32_t i = 0; i < all->len; i++) {
        site s = {prog, mod, place, &all->items[i], deco_find_row(all->items[i].name)};
        if (s.d->name[0] == '\0') {
            continue; // the parser has said it
        }
        if (is_swapped(&s, name)) {
            continue;
        }
        if (s.row == NULL) {
            check_own(&s);
        } else if ((s.row->places & place) == 0) {
            tmlc_error(prog->files, s.d->span, "@%s cannot stand before %s", s.d->name,
                       place_name(place))
                ->help = tmlc_format(prog->arena, "it belongs before %s: %s",
                                     all_places(prog, s.row->places), s.row->usage);
        } else {
            check_args(&s);
            check_twice(&s, all, i);
        }
    }
}

/// Only the framework calls with something left out.
static void check_defaults(program* prog, const ast_decl* decl, bool may_be_route) {
    const ast_decorator* d;
    for (uint32_t i = 0; i < decl->params.len; i++) {
        const ast_param* param = &decl->params.items[i];
        if (param->init != NULL && (!may_be_route || deco_verb(decl, &d) == NULL)) {
            tmlc_error(prog->files, param->init->span,
                       "a default is for a parameter of a route: '%s' is called with all arguments",
                       decl->name)
                ->help = "leave it out, or take a Maybe";
        }
    }
}

static void check_members(program* prog, module* mod, const ast_decl* decl) {
    bool is_class = decl->kind == AST_CLASS;
    for (uint32_t i = 0; i < decl->fields.len; i++) {
        check_all(prog, mod, &decl->fields.items[i].decorators,
                  is_class ? DECO_ON_FIELD : DECO_ON_TYPE_FIELD, decl->fields.items[i].name);
    }
    for (uint32_t i = 0; i < decl->members.len; i++) {
        const ast_decl* member = decl->members.items[i];
        check_all(prog, mod, &member->decorators, is_class ? DECO_ON_METHOD : DECO_ON_OTHER,
                  member->name);
        check_defaults(prog, member, is_class);
        for (uint32_t k = 0; k < member->params.len; k++) {
            check_all(prog, mod, &member->params.items[k].decorators,
                      is_class ? DECO_ON_PARAM : DECO_ON_OTHER, member->params.items[k].name);
        }
    }
}

/// A test is called with nothing, and what it returned would be looked at by nobody.
static void check_test(program* prog, const ast_decl* decl) {
    const ast_decorator* d = ast_find_decorator(&decl->decorators, "test");
    if (d == NULL || decl->kind != AST_FUNC) {
        return;
    }
    if (decl->params.len > 0 || decl->tparams.len > 0) {
        tmlc_error(prog->files, decl->name_span,
                   "a test is called with nothing, so '%s' cannot have %sparameters", decl->name,
                   decl->params.len > 0 ? "" : "type ")
            ->help = "make what it needs in it, or call it from a test";
    }
    bool is_unit = decl->result == NULL || decl->result->kind == AST_TYPE_UNIT;
    if (!is_unit) {
        tmlc_error(prog->files, decl->result->span,
                   "nobody looks at what the test '%s' returns: it fails by a panic", decl->name)
            ->help =
            "return nothing; end it with assert(condition, \"why\"), or .unwrap() an Outcome";
    }
}

static void check_decl(program* prog, module* mod, const ast_decl* decl) {
    unsigned place = decl->kind == AST_CLASS                                   ? DECO_ON_CLASS
                     : decl->kind == AST_FUNC                                  ? DECO_ON_FUNC
                     : decl->kind == AST_CONST                                 ? DECO_ON_CONST
                     : decl->kind == AST_STRUCT_DECL || decl->kind == AST_ENUM ? DECO_ON_TYPE
                                                                               : DECO_ON_OTHER;
    check_all(prog, mod, &decl->decorators, place, decl->name);
    check_members(prog, mod, decl);
    check_defaults(prog, decl, false);
    check_test(prog, decl);
    for (uint32_t k = 0; k < decl->params.len; k++) {
        check_all(prog, mod, &decl->params.items[k].decorators, DECO_ON_FUNC_PARAM,
                  decl->params.items[k].name);
    }
}

void tmlc_check_decorators(program* prog) {
    for (uint32_t m = 1; m < prog->modules.len; m++) {
        module* mod = prog->modules.items[m];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            check_decl(prog, mod, mod->ast->decls.items[i]);
        }
    }
    for (uint32_t m = 1; m < prog->modules.len; m++) {
        module* mod = prog->modules.items[m];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            const ast_decl* decl = mod->ast->decls.items[i];
            if (decl->kind == AST_CLASS) {
                check_deco_class(prog, mod, decl);
            } else if (ast_find_decorator(&decl->decorators, "Provider") != NULL) {
                check_deco_provider(prog, mod, decl);
            }
        }
    }
    check_deco_tokens(prog);
    check_deco_same_routes(prog);
}
