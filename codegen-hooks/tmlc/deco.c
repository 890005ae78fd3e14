// SPDX-License-Identifier: Apache-2.0
// The table of decorators, and what the checker and the generator both read out of them.
#include "codegen-hooks/tmlc/deco.h"

#include <stdlib.h>
#include <string.h>

#define STAGED  (DECO_ON_CLASS | DECO_ON_METHOD)
#define INJECTS (DECO_ON_FIELD | DECO_ON_FUNC_PARAM)

static const deco_row s_rows[] = {
    {"Controller", "s", "scope=w", "@Controller(\"/path\")", DECO_ON_CLASS, 0, false},
    {"Injectable", "w", "scope=w,token=s",
     "@Injectable, or @Injectable(scope = \"request\", token = \"NAME\")", DECO_ON_CLASS, 0, false},
    {"Module", "", "imports=l,providers=l,controllers=l,exports=l",
     "@Module(imports = [A], providers = [B], controllers = [C], exports = [B])", DECO_ON_CLASS, 0,
     false},
    {"Global", "", "", "@Global", DECO_ON_CLASS, 0, false},
    {"Use", "n+", "", "@Use(MyMiddleware)", STAGED, 1, true},
    {"Guard", "n+", "", "@Guard(MyGuard)", STAGED, 1, true},
    {"Interceptor", "n+", "", "@Interceptor(MyInterceptor)", STAGED, 1, true},
    {"Pipe", "n+", "", "@Pipe(MyPipe)", STAGED | DECO_ON_PARAM, 1, true},
    {"Catch", "n+", "", "@Catch(MyFilter)", STAGED, 1, true},
    {"Catches", "e+", "", "@Catches(404, MyError)", DECO_ON_CLASS, 1, false},
    {"Provider", "s", "scope=w,existing=n", "@Provider(\"TOKEN\")",
     DECO_ON_CLASS | DECO_ON_FUNC | DECO_ON_CONST, 0, true},
    {"Get", "s", "", "@Get(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Post", "s", "", "@Post(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Put", "s", "", "@Put(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Patch", "s", "", "@Patch(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Delete", "s", "", "@Delete(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Head", "s", "", "@Head(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Options", "s", "", "@Options(\"/path\")", DECO_ON_METHOD, 0, false},
    {"All", "s", "", "@All(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Sse", "s", "", "@Sse(\"/path\")", DECO_ON_METHOD, 0, false},
    {"Status", "i", "", "@Status(201)", DECO_ON_METHOD, 1, false},
    {"SetHeader", "ss", "", "@SetHeader(\"Name\", \"value\")", STAGED, 2, true},
    {"Redirect", "si", "", "@Redirect(\"/where\", 302)", DECO_ON_METHOD, 1, false},
    {"Timeout", "i", "", "@Timeout(MILLISECONDS)", STAGED, 1, false},
    {"BodyLimit", "i", "", "@BodyLimit(BYTES)", STAGED, 1, false},
    {"StreamBody", "", "", "@StreamBody", DECO_ON_METHOD, 0, false},
    {"Example", "ss", "body=s,response=s,status=i",
     "@Example(\"title\", \"GET /path\", response = \"...\")", DECO_ON_METHOD, 2, true},
    {"Param", "s", "", "@Param(\"name\")", DECO_ON_PARAM, 0, false},
    {"Query", "s", "", "@Query(\"name\")", DECO_ON_PARAM, 0, false},
    {"Header", "s", "", "@Header(\"Name\")", DECO_ON_PARAM, 0, false},
    {"Cookie", "s", "", "@Cookie(\"name\")", DECO_ON_PARAM, 0, false},
    {"Body", "", "", "@Body", DECO_ON_PARAM, 0, false},
    {"Ip", "", "", "@Ip", DECO_ON_PARAM, 0, false},
    {"Host", "", "", "@Host", DECO_ON_PARAM, 0, false},
    {"Req", "", "", "@Req", DECO_ON_PARAM, 0, false},
    {"Inject", "t", "", "@Inject(\"TOKEN\")", INJECTS, 1, false},
    {"Optional", "", "", "@Optional", INJECTS, 0, false},
    {"OnInit", "i", "", "@OnInit", DECO_ON_METHOD, 0, false},
    {"OnBootstrap", "i", "", "@OnBootstrap", DECO_ON_METHOD, 0, false},
    {"OnDestroy", "i", "", "@OnDestroy", DECO_ON_METHOD, 0, false},
    {"BeforeShutdown", "i", "", "@BeforeShutdown", DECO_ON_METHOD, 0, false},
    {"OnShutdown", "i", "", "@OnShutdown", DECO_ON_METHOD, 0, false},
    {"Name", "s", "", "@Name(\"name\")", DECO_ON_TYPE_FIELD, 1, false},
    {"Exclude", "", "", "@Exclude", DECO_ON_TYPE_FIELD, 0, false},
    {"test", "", "", "@test", DECO_ON_FUNC, 0, false},
    {"extern", "s", "", "@extern(\"symbol\")", DECO_ANYWHERE, 1, false},
};
enum { NUM_ROWS = sizeof s_rows / sizeof s_rows[0] };

const deco_role deco_roles[DECO_NUM_ROLES] = {
    {"Use", "middleware", "handle",
     "async func handle(this, request: Request, next: Next) -> Response"},
    {"Guard", "guard", "can_activate", "func can_activate(this, request: Request) -> Bool"},
    {"Interceptor", "interceptor", "intercept",
     "async func intercept(this, request: Request, next: Next) -> Response"},
    {"Pipe", "pipe", "transform", "func transform(this, value: T) -> T"},
    {"Catch", "filter", "catch",
     "async func catch(this, error: HttpError, request: Request) -> Maybe[Response]"},
};

const deco_row* deco_find_row(const char* name) {
    for (size_t i = 0; i < NUM_ROWS; i++) {
        if (strcmp(s_rows[i].name, name) == 0) {
            return &s_rows[i];
        }
    }
    return NULL;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

/// Letters to insert, leave out, replace or swap between two names, upper and lower case alike.
static unsigned distance(const char* a, const char* b) {
    enum { MAX = 32 };
    unsigned rows[3][MAX + 1], *before = rows[0], *above = rows[1], *row = rows[2];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > MAX || b_len > MAX) {
        return MAX;
    }
    for (unsigned j = 0; j <= b_len; j++) {
        above[j] = before[j] = j;
    }
    for (unsigned i = 1; i <= a_len; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        unsigned* spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[b_len];
}

const char* deco_suggest(const char* name, unsigned place) {
    unsigned best_distance = strlen(name) >= 6 ? 3 : 2;
    const char* best = NULL;
    for (size_t i = 0; i < NUM_ROWS; i++) {
        unsigned near = distance(name, s_rows[i].name);
        if ((s_rows[i].places & place) != 0 && near < best_distance) {
            best_distance = near;
            best = s_rows[i].name;
        }
    }
    return best;
}

// ---- arguments ---------------------------------------------------------------------------------

const ast_decl* deco_named_decl(const module* mod, const ast_expr* e) {
    return e->kind == AST_PATH ? resolve_path_decl(mod, &e->path, e->path.segments.len) : NULL;
}

const ast_expr* deco_literal(program* prog, const module* mod, const ast_expr* e) {
    for (unsigned hops = 0; hops < 16; hops++) {
        const ast_decl* decl = deco_named_decl(mod, e);
        if (decl == NULL || decl->kind != AST_CONST || decl->body == NULL) {
            break;
        }
        e = decl->body;
        mod = ty_decl_module(prog, decl);
    }
    return e;
}

/// A positional argument, or NULL.
static const ast_expr* positional(const ast_decorator* d, uint32_t index) {
    for (uint32_t i = 0; d != NULL && i < d->args.len; i++) {
        if (d->names.items[i] == NULL && index-- == 0) {
            return d->args.items[i];
        }
    }
    return NULL;
}

const char* deco_text(program* prog, const module* mod, const ast_decorator* d, uint32_t index) {
    const ast_expr* e = positional(d, index);
    e = e != NULL ? deco_literal(prog, mod, e) : NULL;
    return e != NULL && e->kind == AST_STR ? e->name : NULL;
}

bool deco_int(program* prog, const module* mod, const ast_decorator* d, uint32_t index,
              int64_t* out) {
    const ast_expr* e = positional(d, index);
    e = e != NULL ? deco_literal(prog, mod, e) : NULL;
    bool minus = e != NULL && e->kind == AST_UNARY && e->op == TOK_MINUS;
    e = minus ? e->a : e;
    if (e == NULL || e->kind != AST_INT) {
        return false;
    }
    uint64_t value = e->value.integer > INT64_MAX ? INT64_MAX : e->value.integer;
    *out = minus ? -(int64_t)value : (int64_t)value;
    return true;
}

const ast_expr* deco_named(const ast_decorator* d, const char* name) {
    for (uint32_t i = 0; d != NULL && i < d->args.len; i++) {
        if (d->names.items[i] != NULL && strcmp(d->names.items[i], name) == 0) {
            return d->args.items[i];
        }
    }
    return NULL;
}

const char* deco_word(program* prog, const module* mod, const ast_decorator* d, const char* name) {
    const ast_expr* e = deco_named(d, name);
    if (e == NULL) {
        return NULL;
    }
    const ast_expr* literal = deco_literal(prog, mod, e);
    return literal->kind == AST_STR                           ? literal->name
           : e->kind == AST_PATH && e->path.segments.len == 1 ? e->path.segments.items[0].name
                                                              : NULL;
}

// ---- routes ------------------------------------------------------------------------------------

typedef struct {
    const char *decorator, *word;
} pair;

static const char* find_pair(const pair* pairs, size_t num, const ast_decorators* all,
                             const ast_decorator** out) {
    for (size_t i = 0; i < num; i++) {
        const ast_decorator* found = ast_find_decorator(all, pairs[i].decorator);
        if (found != NULL) {
            *out = found;
            return pairs[i].word;
        }
    }
    *out = NULL;
    return NULL;
}

const char* deco_verb(const ast_decl* decl, const ast_decorator** out) {
    static const pair verbs[] = {{"Get", "GET"},         {"Post", "POST"},     {"Put", "PUT"},
                                 {"Patch", "PATCH"},     {"Delete", "DELETE"}, {"Head", "HEAD"},
                                 {"Options", "OPTIONS"}, {"All", "ALL"},       {"Sse", "GET"}};
    return find_pair(verbs, sizeof verbs / sizeof verbs[0], &decl->decorators, out);
}

const char* deco_event(const ast_decorator* decorator) {
    static const pair events[] = {{"OnInit", "init"},
                                  {"OnBootstrap", "bootstrap"},
                                  {"OnDestroy", "destroy"},
                                  {"BeforeShutdown", "before_shutdown"},
                                  {"OnShutdown", "shutdown"}};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (strcmp(decorator->name, events[i].decorator) == 0) {
            return events[i].word;
        }
    }
    return NULL;
}

bool deco_path_has(const char* path, const char* name) {
    size_t len = strlen(name);
    for (const char* at = path; *at != '\0'; at++) {
        bool starts = at == path || at[-1] == '/';
        const char* text = at[0] == '*' && name[0] == '*' ? at : at + 1; // `*` alone is its name
        if (starts && (at[0] == ':' || at[0] == '*') && strncmp(text, name, len) == 0 &&
            (text[len] == '/' || text[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool is_plain_struct(const program* prog, const ty* type) {
    return type->kind == TY_STRUCT && !ty_is_named(prog, type, "Text") &&
           !ty_is_named(prog, type, "List");
}

const char* deco_where(program* prog, const ast_param* ast, const ty* type, const char* path,
                       const char** out_key, const ast_decorator** out) {
    static const pair rows[] = {{"Param", "path"},    {"Query", "query"}, {"Header", "header"},
                                {"Cookie", "cookie"}, {"Body", "body"},   {"Ip", "ip"},
                                {"Host", "host"},     {"Req", "request"}};
    const char* where = find_pair(rows, sizeof rows / sizeof rows[0], &ast->decorators, out);
    *out_key = ast->name;
    if (where != NULL) {
        const module* mod = prog->modules.items[1];
        for (uint32_t i = 0; i < prog->modules.len; i++) {
            mod =
                prog->modules.items[i]->ast->file == ast->span.file ? prog->modules.items[i] : mod;
        }
        const char* said = deco_text(prog, mod, *out, 0);
        *out_key = said != NULL ? said : ast->name;
        return where;
    }
    return ty_is_named(prog, type, "Request") ? "request"
           : deco_path_has(path, ast->name)   ? "path"
           : is_plain_struct(prog, type)      ? "body"
                                              : "query";
}

// ---- stages ------------------------------------------------------------------------------------

int deco_role_of(const ast_decorator* decorator) {
    for (int i = 0; i < DECO_NUM_ROLES; i++) {
        if (strcmp(decorator->name, deco_roles[i].decorator) == 0) {
            return i;
        }
    }
    return -1;
}

const char* deco_stage_where(const program* prog, const ty* type) {
    return ty_is_named(prog, type, "Request")     ? "request"
           : ty_is_named(prog, type, "Next")      ? "next"
           : ty_is_named(prog, type, "HttpError") ? "error"
                                                  : "value";
}

static bool is_result(const program* prog, const ty* result, int role, const ty* value) {
    const ty* inner = ty_is_named(prog, result, "Outcome") ? result->args[0] : result;
    switch (role) {
    case DECO_GUARD:
        return inner->kind == TY_BOOL;
    case DECO_PIPE:
        return inner == value;
    case DECO_FILTER:
        return ty_is_named(prog, result, "Maybe") && ty_is_named(prog, result->args[0], "Response");
    default:
        return ty_is_named(prog, inner, "Response");
    }
}

const char* deco_stage_fault(program* prog, const fn* f, int role) {
    // What a role takes once; it may have the request beside it, and nothing else.
    static const struct {
        const char *where, *type;
    } wants[DECO_NUM_ROLES] = {
        {"next", "Next"}, {NULL, NULL}, {"next", "Next"}, {"value", ""}, {"error", "HttpError"}};
    const ast_decl* decl = f->decl;
    const ty* value = NULL;
    unsigned num_wanted = 0, num_requests = 0;
    if (decl->is_static || decl->is_abstract || decl->tparams.len > 0) {
        return "it must be an ordinary method";
    }
    for (uint32_t i = 0; i < decl->params.len; i++) {
        const ty* type = f->params.items[i + 1]->type;
        const char* where = deco_stage_where(prog, type);
        if (type->kind == TY_ERROR) {
            return NULL; // that has been said
        }
        if (strcmp(where, "request") == 0 && num_requests++ == 0) {
            continue;
        }
        if (wants[role].where == NULL || strcmp(where, wants[role].where) != 0 ||
            num_wanted++ > 0) {
            return tmlc_format(prog->arena, "it cannot take '%s: %s'", decl->params.items[i].name,
                               type->name);
        }
        value = type;
    }
    if (wants[role].where != NULL && num_wanted == 0) {
        return role == DECO_PIPE ? "it must take the value"
                                 : tmlc_format(prog->arena, "it must take a %s", wants[role].type);
    }
    if (f->result->kind != TY_ERROR && !is_result(prog, f->result, role, value)) {
        return tmlc_format(prog->arena, "it cannot return %s", f->result->name);
    }
    return NULL;
}

fn* deco_method(program* prog, ty* self, const char* name) {
    for (; self != NULL; self = self->base) {
        for (uint32_t i = 0; i < self->decl->members.len; i++) {
            const ast_decl* decl = self->decl->members.items[i];
            if (strcmp(decl->name, name) == 0 && decl->tparams.len == 0) {
                method found = {decl, self->decl, ty_decl_module(prog, self->decl), NULL, self};
                return resolve_instance(prog, &found, NULL, decl->name_span);
            }
        }
        ty_layout(prog, self);
    }
    return NULL;
}

ty* deco_type(program* prog, const ast_decl* decl) {
    resolver r = {prog, ty_decl_module(prog, decl), NULL, NULL, NULL, false};
    ty* type = resolve_decl_type(&r, decl, &(ast_types){0}, decl->name_span);
    ty_layout(prog, type);
    return type;
}

// ---- injection ---------------------------------------------------------------------------------

bool deco_is_used(const program* prog, const ast_decl* cls) {
    for (uint32_t i = 0; i < prog->fns.len; i++) {
        if (prog->fns.items[i]->self != NULL && prog->fns.items[i]->self->decl == cls) {
            return true;
        }
    }
    return false;
}

void deco_use(program* prog, const ast_decl* cls) {
    if (cls->kind != AST_CLASS || cls->file != prog->modules.items[0]->ast->file ||
        ast_find_decorator(&cls->decorators, "Injectable") == NULL || deco_is_used(prog, cls)) {
        return;
    }
    ty* self = deco_type(prog, cls);
    for (uint32_t i = 0; i < cls->members.len; i++) {
        deco_method(prog, self, cls->members.items[i]->name);
    }
    for (uint32_t i = 0; i < self->fields.len; i++) {
        const ty* injected = deco_injected_type(prog, self->fields.items[i].type);
        if (injected != NULL && injected->kind == TY_CLASS) {
            deco_use(prog, injected->decl);
        }
    }
}

bool deco_is_managed(const ast_decl* decl) {
    return decl->kind == AST_CLASS && decl->tparams.len == 0 &&
           (ast_find_decorator(&decl->decorators, "Controller") != NULL ||
            ast_find_decorator(&decl->decorators, "Injectable") != NULL ||
            ast_find_decorator(&decl->decorators, "Module") != NULL ||
            ast_find_decorator(&decl->decorators, "Global") != NULL);
}

const char* deco_opaque(const ty* type) {
    const ast_decorator* opaque =
        type->decl == NULL ? NULL : ast_find_decorator(&type->decl->decorators, "opaque");
    return opaque != NULL && opaque->args.len == 1 ? opaque->args.items[0]->name : NULL;
}

const ty* deco_injected_type(program* prog, const ty* type) {
    const ty* inner = ty_is_named(prog, type, "Maybe") ? type->args[0] : type;
    if (ty_is_named(prog, type, "Provider")) {
        inner = type->args[0];
        return inner->kind == TY_CLASS && deco_opaque(inner) == NULL ? inner : NULL;
    }
    bool is_class = inner->kind == TY_CLASS && deco_opaque(inner) == NULL;
    return is_class || inner->kind == TY_STR || ty_is_named(prog, type, "Request") ? inner : NULL;
}

const char* deco_inject_token(program* prog, const module* mod, const ast_decorators* all,
                              const ty* type) {
    const ast_decorator* inject = ast_find_decorator(all, "Inject");
    const ty* inner = deco_injected_type(prog, type);
    if (inner == NULL) {
        return NULL;
    }
    if (inject == NULL) {
        return inner->kind == TY_CLASS ? inner->mangled : NULL;
    }
    const ast_decl* named =
        inject->args.len > 0 ? deco_named_decl(mod, inject->args.items[0]) : NULL;
    return named != NULL && named->kind == AST_CLASS ? named->name
                                                     : deco_text(prog, mod, inject, 0);
}

bool deco_is_optional(program* prog, const ast_decorators* all, const ty* type) {
    return ast_find_decorator(all, "Optional") != NULL || ty_is_named(prog, type, "Maybe");
}

const char* deco_second_name(program* prog, const ast_decl* decl) {
    const ast_expr* token =
        deco_named(ast_find_decorator(&decl->decorators, "Injectable"), "token");
    token = token != NULL ? deco_literal(prog, ty_decl_module(prog, decl), token) : NULL;
    bool is_other = token != NULL && token->kind == AST_STR && strcmp(token->name, decl->name) != 0;
    return is_other ? token->name : NULL;
}

const char* deco_token(program* prog, const ast_decl* decl, const ast_decorator* provider) {
    const module* mod = ty_decl_module(prog, decl);
    const char* said = deco_text(prog, mod, provider, 0);
    if (said != NULL || decl->kind != AST_FUNC || decl->result == NULL) {
        return said;
    }
    resolver r = {prog, ty_decl_module(prog, decl), NULL, NULL, NULL, false};
    const ty* result = resolve_type(&r, decl->result);
    result = ty_is_named(prog, result, "Maybe") ? result->args[0] : result;
    return result->kind == TY_CLASS ? result->mangled : NULL;
}

const char* deco_module_item(program* prog, const module* mod, const ast_expr* e) {
    const ast_decl* decl = deco_named_decl(mod, e);
    const ast_expr* literal = deco_literal(prog, mod, e);
    const ast_decorator* provider =
        decl != NULL ? ast_find_decorator(&decl->decorators, "Provider") : NULL;
    if (decl != NULL && decl->kind == AST_CLASS) {
        return decl->name;
    }
    if (provider != NULL) {
        return deco_token(prog, decl, provider);
    }
    return literal->kind == AST_STR ? literal->name : NULL;
}
