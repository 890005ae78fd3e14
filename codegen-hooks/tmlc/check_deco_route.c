// SPDX-License-Identifier: Apache-2.0
// A route: its verb and path, where each parameter comes from, what it answers.
//
// The rules are those of docs/guide/running.md, which the runtime proves once more at start: here
// they are said with the line of source.
#include "codegen-hooks/tmlc/deco.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    program* prog;
    module* mod;
    const ast_decl *cls, *decl;
    fn* f;
    const char *verb, *path, *prefix;
    const ast_decorator* d; ///< the verb's
} route;

static tmlc_diag* fail(const route* r, tmlc_span span, const char* message) {
    return tmlc_error(r->prog->files, span, "%s", message);
}

// ---- the path ----------------------------------------------------------------------------------

/// Each `:name` of the route's own path is taken by a parameter, or by the handler out of its
/// Request.
static void check_path_taken(const route* r, const char* const* keys, uint32_t num_keys) {
    const char* all = deco_join(r->prog, r->prefix, r->path);
    for (const char* at = strchr(r->path, ':'); at != NULL; at = strchr(at + 1, ':')) {
        const char* name = tmlc_format(r->prog->arena, "%.*s", (int)strcspn(at + 1, "/"), at + 1);
        bool taken = false;
        for (uint32_t i = 0; i < num_keys; i++) {
            taken = taken || strcmp(keys[i], name) == 0;
        }
        if (!taken) {
            tmlc_error(r->prog->files, deco_path_span(r->d), "':%s' of the path has no parameter",
                       name)
                ->help =
                tmlc_format(r->prog->arena,
                            "add @Param(\"%s\") %s: Str, or take the request: Request", name, name);
        }
        const char* first = strstr(all, tmlc_format(r->prog->arena, "/:%s", name));
        const char* next =
            first == NULL ? NULL : strstr(first + 1, tmlc_format(r->prog->arena, "/:%s", name));
        size_t len = strlen(name) + 2;
        if (next != NULL && (next[len] == '/' || next[len] == '\0') &&
            (first[len] == '/' || first[len] == '\0')) {
            tmlc_error(r->prog->files, deco_path_span(r->d), "the path has ':%s' twice", name)
                ->help = "give one of them another name";
        }
    }
}

// ---- parameters --------------------------------------------------------------------------------

static const char* nearest_in_path(const route* r, const char* key) {
    const char* best = NULL;
    const char* path = deco_join(r->prog, r->prefix, r->path);
    for (const char* at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        if (at[1] == ':' || at[1] == '*') {
            best = tmlc_closest(
                key, best, tmlc_format(r->prog->arena, "%.*s", (int)strcspn(at + 2, "/"), at + 2));
        }
    }
    return best;
}

static void check_in_path(const route* r, const ast_decorator* d, const ast_param* ast,
                          const ty* type, const char* key) {
    const char* all = deco_join(r->prog, r->prefix, r->path);
    if (deco_path_has(all, key) || ty_is_named(r->prog, type, "Maybe")) {
        return;
    }
    const char* best = nearest_in_path(r, key);
    tmlc_span span = d != NULL ? d->span : ast->span;
    tmlc_diag* diag = tmlc_error(r->prog->files, r->d->args.len == 0 ? r->d->span : span,
                                 "the path \"%s\" has no ':%s'", all, key);
    if (r->d->args.len == 0) { // the verb has no path at all
        diag->note_span = span;
        diag->note = "it is taken here";
    }
    diag->help = best != NULL
                     ? tmlc_format(r->prog->arena, "did you mean @Param(\"%s\")?", best)
                     : tmlc_format(r->prog->arena,
                                   "write @%s(\"%s/:%s\"), or take it from the query: "
                                   "@Query",
                                   r->d->name, strcmp(r->path, "/") == 0 ? "" : r->path, key);
}

static void check_one_source(const route* r, const ast_param* ast) {
    static const char* const names[] = {"Param", "Query", "Header", "Cookie",
                                        "Body",  "Ip",    "Host",   "Req"};
    const ast_decorator* first = NULL;
    for (uint32_t i = 0; i < ast->decorators.len; i++) {
        const ast_decorator* d = &ast->decorators.items[i];
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            if (strcmp(d->name, names[k]) == 0) {
                if (first != NULL && strcmp(first->name, d->name) != 0) {
                    tmlc_diag* diag =
                        tmlc_error(r->prog->files, d->span, "'%s' is taken from @%s already",
                                   ast->name, first->name);
                    diag->note_span = first->span;
                    diag->note = "the first one";
                    diag->help = "keep one of them";
                }
                first = first == NULL ? d : first;
            }
        }
    }
}

static const char* source_name(const char* where) {
    return strcmp(where, "ip") == 0        ? "@Ip"
           : strcmp(where, "host") == 0    ? "@Host"
           : strcmp(where, "request") == 0 ? "@Req"
           : strcmp(where, "header") == 0  ? "a header"
           : strcmp(where, "cookie") == 0  ? "a cookie"
           : strcmp(where, "path") == 0    ? "the path"
           : strcmp(where, "body") == 0    ? "the body"
                                           : "the query";
}

static const char* bind_help(program* prog, const ty* type, const char* where) {
    const ty* inner = ty_is_named(prog, type, "Maybe") ? type->args[0] : type;
    if (inner->kind == TY_CLASS && deco_opaque(inner) == NULL) {
        return "a service is a field of the controller, not a parameter of a handler";
    }
    if (inner->kind == TY_STRUCT && where[0] != 'b' && where[0] != 'q' &&
        !ty_is_named(prog, inner, "List") && !ty_is_named(prog, inner, "Text")) {
        return "a struct is read from the body: @Body";
    }
    return "change the type, or where it comes from";
}

typedef struct {
    const char *where, *key;
    const ast_param* ast;
} source;
typedef TMLC_LIST(source) sources;

static void check_same_source(const route* r, const sources* all, const source* s) {
    bool is_body = strcmp(s->where, "body") == 0;
    for (uint32_t i = 0; i < all->len; i++) {
        const source* other = &all->items[i];
        if (strcmp(other->where, s->where) != 0 ||
            (!is_body && (strcmp(other->key, s->key) != 0 || s->where[0] == 'i' ||
                          s->where[0] == 'r' || strcmp(s->where, "host") == 0))) {
            continue;
        }
        tmlc_diag* diag =
            is_body
                ? tmlc_error(r->prog->files, s->ast->span, "'%s' is a second body", s->ast->name)
                : tmlc_error(r->prog->files, s->ast->span, "'%s' takes %s '%s' once more",
                             s->ast->name, s->where, s->key);
        diag->note_span = other->ast->span;
        diag->note = is_body ? "the first body" : "the first one";
        diag->help = is_body ? "take both from one struct" : "give it another name, or remove it";
        return;
    }
}

static void check_default(const route* r, const ast_param* ast, const ty* type, const char* where) {
    bool may_miss =
        strcmp(where, "query") == 0 || strcmp(where, "header") == 0 || strcmp(where, "cookie") == 0;
    bool is_struct = type->kind == TY_STRUCT && !ty_is_named(r->prog, type, "Text") &&
                     !ty_is_named(r->prog, type, "List");
    const char* fault = check_deco_default(r->prog, r->mod, type, ast->init);
    if (!may_miss || is_struct) {
        tmlc_error(r->prog->files, ast->init->span, "'%s' has no use for a default: %s", ast->name,
                   is_struct
                       ? "the fields of a struct have their own"
                       : tmlc_format(r->prog->arena, "%s is always there", source_name(where)))
            ->help = "leave it out";
    } else if (fault != NULL) {
        tmlc_error(r->prog->files, ast->init->span, "'%s: %s' cannot begin with this: %s",
                   ast->name, type->name, fault)
            ->help =
            tmlc_format(r->prog->arena, "write a literal of %s, or take a Maybe", type->name);
    }
}

static void check_param(const route* r, uint32_t index, sources* all) {
    const ast_param* ast = &r->decl->params.items[index];
    ty* type = r->f->params.items[r->f->params.len - r->decl->params.len + index]->type;
    const ast_decorator* d;
    source s = {.ast = ast};
    s.where = deco_where(r->prog, ast, type, deco_join(r->prog, r->prefix, r->path), &s.key, &d);
    check_one_source(r, ast);
    check_same_source(r, all, &s);
    TMLC_PUSH(r->prog->arena, all, s);
    check_deco_stages(r->prog, r->mod, &ast->decorators, type);
    const char* fault = check_deco_bind(r->prog, type, s.where);
    if (fault != NULL) {
        tmlc_error(r->prog->files, ast->span, "'%s: %s' cannot be taken from %s: %s", ast->name,
                   type->name, source_name(s.where), fault)
            ->help = bind_help(r->prog, type, s.where);
    }
    if (ast->init != NULL) {
        check_default(r, ast, type, s.where);
    }
    if (strcmp(s.where, "path") == 0) {
        check_in_path(r, d, ast, type, s.key);
    }
    if (s.where[0] == 'b' && (strcmp(r->verb, "GET") == 0 || strcmp(r->verb, "HEAD") == 0)) {
        tmlc_error(r->prog->files, ast->span, "'%s' is a body, but a %s request has none",
                   ast->name, r->verb)
            ->help = "make it a @Post or @Put, or take single values with @Query";
    }
}

static void check_params(const route* r) {
    sources all = {0};
    TMLC_LIST(const char*) keys = {0};
    bool has_request = false;
    for (uint32_t i = 0; i < r->decl->params.len; i++) {
        check_param(r, i, &all);
        if (strcmp(all.items[i].where, "path") == 0) {
            TMLC_PUSH(r->prog->arena, &keys, all.items[i].key);
        }
        has_request = has_request || strcmp(all.items[i].where, "request") == 0;
    }
    if (!has_request && deco_path_fault(r->path) == NULL) {
        check_path_taken(r, keys.items, keys.len);
    }
}

// ---- the answer --------------------------------------------------------------------------------

static void check_range(const route* r, const ast_decorator* d, uint32_t index, int64_t from,
                        int64_t to, const char* what) {
    int64_t value;
    if (deco_int(r->prog, r->mod, d, index, &value) && (value < from || value > to)) {
        tmlc_error(r->prog->files, d->span, "%s is from %lld to %lld", what, (long long)from,
                   (long long)to)
            ->expected = deco_find_row(d->name)->usage;
    }
}

/// `lower` is in lower case; the case of `name` does not count.
static bool is_field(const char* lower, const char* name) {
    for (; *lower != '\0'; lower++, name++) {
        char c = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
        if (c != *lower) {
            return false;
        }
    }
    return *name == '\0';
}

/// Fields that only the server writes.
static bool is_framing(const char* name) {
    static const char* const names[] = {"connection", "content-length",    "date",   "keep-alive",
                                        "trailer",    "transfer-encoding", "upgrade"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_field(names[i], name)) {
            return true;
        }
    }
    return false;
}

static const char* header_name_fault(const char* name) {
    bool ok = name[0] != '\0';
    for (const char* at = name; *at != '\0'; at++) {
        ok = ok && (deco_is_name_byte(*at) || strchr("!#$%&'*+-.^`|~", *at) != NULL);
    }
    return !ok                ? "this cannot be the name of a header"
           : is_framing(name) ? "the server alone writes this header"
                              : NULL;
}

static const char* header_value_fault(const char* value) {
    size_t len = strlen(value);
    for (const char* at = value; *at != '\0'; at++) {
        if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7F) {
            return "the value of a header has no line break or control character";
        }
    }
    bool padded =
        len > 0 && (strchr(" \t", value[0]) != NULL || strchr(" \t", value[len - 1]) != NULL);
    return padded ? "the value of a header has no blank at its ends" : NULL;
}

static void check_header(const route* r, const ast_decorator* d) {
    const char* name = deco_text(r->prog, r->mod, d, 0);
    const char* value = deco_text(r->prog, r->mod, d, 1);
    const char* fault = name != NULL ? header_name_fault(name) : NULL;
    fault = fault == NULL && value != NULL ? header_value_fault(value) : fault;
    if (fault != NULL) {
        fail(r, d->span, fault)->expected = deco_find_row(d->name)->usage;
    }
}

static void check_redirect(const route* r, const ast_decorator* d) {
    int64_t status;
    const char* where = deco_text(r->prog, r->mod, d, 0);
    const ast_decorator* other = ast_find_decorator(&r->decl->decorators, "Status");
    if (where != NULL &&
        (where[0] == '\0' || strchr(where, ' ') != NULL || header_value_fault(where) != NULL)) {
        fail(r, d->span, "this leads nowhere: a url is not empty and has no blanks")->expected =
            deco_find_row("Redirect")->usage;
    }
    if (deco_int(r->prog, r->mod, d, 1, &status) && status != 301 && status != 302 &&
        status != 303 && status != 307 && status != 308) {
        fail(r, d->span, "this status does not redirect")->expected = "301, 302, 303, 307 or 308";
    }
    if (other != NULL) {
        tmlc_diag* diag = fail(r, d->span, "@Redirect and @Status both say the status");
        diag->note_span = other->span;
        diag->note = "the other one";
        diag->help = "write the status as the second argument of @Redirect";
    }
}

static void check_title(const route* r, const ast_decorator* d) {
    const char* title = deco_text(r->prog, r->mod, d, 0);
    for (uint32_t i = 0; &r->decl->decorators.items[i] != d; i++) {
        const ast_decorator* other = &r->decl->decorators.items[i];
        const char* said = deco_text(r->prog, r->mod, other, 0);
        if (strcmp(other->name, "Example") == 0 && said != NULL && title != NULL &&
            strcmp(said, title) == 0) {
            tmlc_diag* diag =
                tmlc_error(r->prog->files, d->span, "'%s' has an example \"%s\" already",
                           r->decl->name, title);
            diag->note_span = other->span;
            diag->note = "the first one";
            diag->help = "give it another title";
            return;
        }
    }
}

static void check_example(const route* r, const ast_decorator* d) {
    check_title(r, d);
    const char* request = deco_text(r->prog, r->mod, d, 1);
    const ast_expr* status = deco_named(d, "status");
    size_t len = request == NULL ? 0 : strcspn(request, " ");
    if (request != NULL && (len == 0 || request[len] != ' ' || request[len + 1] != '/')) {
        fail(r, d->span, "the request of an example is a method and a path")->expected =
            "\"GET /path\"";
    } else if (request != NULL && strcmp(r->verb, "ALL") != 0 &&
               (strlen(r->verb) != len || strncmp(r->verb, request, len) != 0)) {
        tmlc_error(r->prog->files, d->span, "this example calls %.*s, but the route is %s",
                   (int)len, request, r->verb)
            ->help = tmlc_format(r->prog->arena, "write \"%s%s\"", r->verb, request + len);
    }
    status = status != NULL ? deco_literal(r->prog, r->mod, status) : NULL;
    if (status != NULL && status->kind == AST_INT &&
        (status->value.integer < 200 || status->value.integer > 599)) {
        fail(r, d->span, "a status is from 200 to 599")->help =
            "write the status that is expected, or leave it out";
    }
}

/// The answer of an @Sse handler is what it sends.
static void check_events(const route* r) {
    const ty* result = r->f->result;
    const ty* value = ty_is_named(r->prog, result, "Outcome") ? result->args[0] : result;
    if (value->kind != TY_UNIT && value->kind != TY_ERROR) {
        tmlc_span span = r->decl->result != NULL ? r->decl->result->span : r->decl->name_span;
        tmlc_error(r->prog->files, span,
                   "'%s' returns %s, but the answer of @Sse is the events that it sends",
                   r->decl->name, result->name)
            ->help = "return nothing, or an Outcome of nothing, and send with request.events()";
    }
    static const char* const others[] = {"Status", "Redirect"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const ast_decorator* other = ast_find_decorator(&r->decl->decorators, others[i]);
        if (other != NULL) {
            tmlc_error(r->prog->files, other->span, "a stream of events has the status 200")->help =
                tmlc_format(r->prog->arena, "leave @%s out", other->name);
        }
    }
}

static void check_result(const route* r) {
    if (strcmp(r->d->name, "Sse") == 0) {
        check_events(r);
        return;
    }
    const ast_decorator* redirect = ast_find_decorator(&r->decl->decorators, "Redirect");
    if (redirect != NULL && ty_is_named(r->prog, r->f->result, "Response")) {
        fail(r, redirect->span, "the handler's Response says by itself where to go")->help =
            "return nothing, or leave @Redirect out and write "
            "Response::new(302).redirect(\"/where\")";
    }
    const char* fault =
        r->f->result->kind == TY_ERROR ? NULL : check_deco_answer(r->prog, r->f->result);
    if (fault != NULL) {
        tmlc_span span = r->decl->result != NULL ? r->decl->result->span : r->decl->name_span;
        tmlc_error(r->prog->files, span, "%s cannot be answered: %s", r->f->result->name, fault)
            ->help =
            "answer a Response, a number, Bool, Char, Str, Text or struct, or a List, Maybe or "
            "Outcome of one";
    }
}

static void check_decorators(const route* r) {
    for (uint32_t i = 0; i < r->decl->decorators.len; i++) {
        const ast_decorator* d = &r->decl->decorators.items[i];
        if (strcmp(d->name, "Status") == 0) {
            check_range(r, d, 0, 200, 599, "a status");
        } else if (strcmp(d->name, "Redirect") == 0) {
            check_redirect(r, d);
        } else if (strcmp(d->name, "Example") == 0) {
            check_example(r, d);
        }
    }
    check_deco_common(r->prog, r->mod, &r->decl->decorators);
    check_deco_stages(r->prog, r->mod, &r->decl->decorators, NULL);
}

void check_deco_common(program* prog, module* mod, const ast_decorators* all) {
    route r = {.prog = prog, .mod = mod};
    for (uint32_t i = 0; i < all->len; i++) {
        if (strcmp(all->items[i].name, "Timeout") == 0) {
            check_range(&r, &all->items[i], 0, 1, 86400000, "a timeout in milliseconds");
        } else if (strcmp(all->items[i].name, "BodyLimit") == 0) {
            check_range(&r, &all->items[i], 0, 1, 1073741824, "a limit in bytes");
        } else if (strcmp(all->items[i].name, "SetHeader") == 0) {
            check_header(&r, &all->items[i]);
        }
    }
}

// ---- the handler -------------------------------------------------------------------------------

static void check_second_verb(const route* r) {
    for (uint32_t i = 0; i < r->decl->decorators.len; i++) {
        const ast_decorator* d = &r->decl->decorators.items[i];
        ast_decl only = {.decorators = {(ast_decorator*)d, 1, 1}};
        const ast_decorator* found;
        if (d != r->d && deco_verb(&only, &found) != NULL && strcmp(d->name, r->d->name) != 0) {
            tmlc_diag* diag = tmlc_error(r->prog->files, d->span, "'%s' answers @%s already",
                                         r->decl->name, r->d->name);
            diag->note_span = r->d->span;
            diag->note = "the first one";
            diag->help = "write a method for each, or @All";
        }
    }
}

static bool check_handler(const route* r) {
    const ast_decl* decl = r->decl;
    if (decl->is_static) {
        fail(r, decl->name_span,
             "a handler belongs to an object of its controller, it cannot be "
             "static")
            ->help = tmlc_format(r->prog->arena, "write 'func %s(this ...)'", decl->name);
    } else if (decl->tparams.len > 0) {
        fail(r, decl->name_span, "a handler has no type parameters: nobody would choose them")
            ->help = "write the types out; a generic function can be called from it";
    } else if (decl->is_abstract && (r->f == NULL || r->f->decl->body == NULL)) {
        fail(r, decl->name_span, "a handler needs a body")->expected = "'{'";
    }
    return !decl->is_static && decl->tparams.len == 0 && r->f != NULL && r->f->decl->body != NULL;
}

static void check_verb_path(const route* r) {
    const char* fault = deco_path_fault(r->path);
    if (fault == NULL && deco_path_fault(r->prefix) == NULL) {
        fault = deco_path_fault(deco_join(r->prog, r->prefix, r->path));
    }
    if (fault != NULL) {
        tmlc_error(r->prog->files, deco_path_span(r->d), "this path can never match: %s", fault)
            ->help = "a path is \"/fixed/:parameter\", and may end in \"/*rest\"";
    }
    if (ast_find_decorator(&r->cls->decorators, "Controller") == NULL) {
        tmlc_diag* diag = tmlc_error(r->prog->files, r->d->span,
                                     "%s is not a controller, so '%s' "
                                     "is never called",
                                     r->cls->name, r->decl->name);
        diag->note_span = r->cls->name_span;
        diag->note = "it is declared here";
        diag->help = tmlc_format(r->prog->arena, "write @Controller(\"/path\") before 'class %s'",
                                 r->cls->name);
    }
}

void check_deco_route(program* prog, module* mod, const ast_decl* cls, const ast_decl* decl) {
    const ast_decorator* d;
    const char* verb = deco_verb(decl, &d);
    const char* path = deco_text(prog, mod, d, 0);
    const char* prefix =
        deco_text(prog, mod, ast_find_decorator(&cls->decorators, "Controller"), 0);
    route r = {.prog = prog,
               .mod = mod,
               .cls = cls,
               .decl = decl,
               .verb = verb,
               .path = path == NULL ? "" : path,
               .prefix = prefix == NULL ? "" : prefix,
               .d = d};
    check_second_verb(&r);
    check_verb_path(&r);
    check_decorators(&r);
    r.f = deco_method(prog, deco_type(prog, cls), decl->name);
    bool is_own = r.f != NULL && r.f->self->decl == cls && r.f->decl != decl;
    for (uint32_t i = 0; is_own && i < cls->members.len; i++) {
        is_own = cls->members.items[i] != decl; // of two of a name the first one
    }
    if (check_handler(&r) && r.f != NULL && (r.f->decl == decl || is_own) &&
        r.f->decl->params.len == decl->params.len) {
        check_params(&r);
        check_result(&r);
    }
}

void check_deco_needs_route(program* prog, const ast_decl* decl) {
    static const char* const names[] = {"Status",    "SetHeader",   "Redirect", "Timeout",
                                        "BodyLimit", "StreamBody",  "Example",  "Use",
                                        "Guard",     "Interceptor", "Pipe",     "Catch"};
    for (uint32_t i = 0; i < decl->decorators.len; i++) {
        const char* name = decl->decorators.items[i].name;
        if (deco_find_row(name) == NULL && deco_suggest(name, DECO_ON_METHOD) != NULL) {
            return; // its verb may be misspelt, which has been said
        }
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const ast_decorator* d = ast_find_decorator(&decl->decorators, names[i]);
        if (d != NULL) {
            tmlc_error(prog->files, d->span, "@%s is for a route, but '%s' has no path", d->name,
                       decl->name)
                ->help = "add @Get(\"/path\") or another method to it";
            return;
        }
    }
    for (uint32_t i = 0; i < decl->params.len; i++) {
        const ast_decorators* all = &decl->params.items[i].decorators;
        for (uint32_t k = 0; k < all->len; k++) {
            const deco_row* row = deco_find_row(all->items[k].name);
            if (row != NULL && row->places == DECO_ON_PARAM) {
                tmlc_error(prog->files, all->items[k].span,
                           "@%s is for a route, but '%s' has no path", row->name, decl->name)
                    ->help = "add @Get(\"/path\") or another method to it";
                return;
            }
        }
    }
}
