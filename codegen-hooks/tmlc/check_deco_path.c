// SPDX-License-Identifier: Apache-2.0
// Paths of routes: whether one can match at all, how prefix and path join, which two are the same.
#include "codegen-hooks/tmlc/deco.h"

#include <stdio.h>
#include <string.h>

bool deco_is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/// The byte at text[*io_at], decoded; *io_at steps over it. -1: a bad '%'.
static int next_byte(const char* text, size_t len, size_t* io_at) {
    size_t at = (*io_at)++;
    if (text[at] != '%') {
        return (unsigned char)text[at];
    }
    if (at + 2 >= len || hex_digit(text[at + 1]) < 0 || hex_digit(text[at + 2]) < 0) {
        return -1;
    }
    *io_at = at + 3;
    return hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]);
}

/// A segment as it is compared: `text` is not a parameter.
static const char* text_fault(const char* text, size_t len) {
    size_t num = 0, num_dots = 0;
    for (size_t at = 0; at < len; num++) {
        char raw = text[at];
        int c = next_byte(text, len, &at);
        if (raw == ':' || raw == '*') {
            return "':' and '*' may be at the start of a segment only";
        }
        if ((unsigned char)raw <= ' ' || raw == 0x7F || raw == '?' || raw == '#') {
            return "a blank, a control character, '?' and '#' are written percent-encoded";
        }
        if (c <= 0) {
            return "a '%' stands before two hexadecimal digits, which are not 00";
        }
        if (c == '\\') {
            return "a path has no backslash";
        }
        num_dots += c == '.';
    }
    return num_dots == num && num <= 2 ? "a '.' or '..' segment never matches" : NULL;
}

static const char* segment_fault(const char* text, size_t len, bool is_last) {
    if (text[0] != ':' && text[0] != '*') {
        return text_fault(text, len);
    }
    if (text[0] == ':' && len == 1) {
        return "':' has no name";
    }
    if (text[0] == '*' && !is_last) {
        return "'*' may be the last segment only";
    }
    for (size_t i = 1; i < len; i++) {
        if (!deco_is_name_byte(text[i])) {
            return "the name of a parameter has letters, digits and '_' only";
        }
    }
    return NULL;
}

const char* deco_path_fault(const char* path) {
    const char* at = path[0] == '/' ? path + 1 : path;
    while (*at != '\0') {
        size_t len = strcspn(at, "/");
        const char* fault =
            len == 0 ? "an empty segment ('//') never matches"
                     : segment_fault(at, len, at[len] == '\0' || strcmp(at + len, "/") == 0);
        if (fault != NULL) {
            return fault;
        }
        at += len + (at[len] == '/');
    }
    return NULL;
}

const char* deco_join(program* prog, const char* prefix, const char* path) {
    size_t len = strlen(prefix);
    while (len > 0 && prefix[len - 1] == '/') {
        len--;
    }
    const char* all =
        tmlc_format(prog->arena, "%s%.*s%s%s", len > 0 && prefix[0] != '/' ? "/" : "", (int)len,
                    prefix, path[0] == '/' || path[0] == '\0' ? "" : "/", path);
    len = strlen(all);
    return len > 1 && all[len - 1] == '/' ? tmlc_format(prog->arena, "%.*s", (int)len - 1, all)
           : len == 0                     ? "/"
                                          : all;
}

tmlc_span deco_path_span(const ast_decorator* d) {
    return d->args.len > 0 ? d->args.items[0]->span : d->span;
}

// ---- all routes --------------------------------------------------------------------------------

/// A path with nameless parameters: what makes two routes the same.
static const char* shape_of(program* prog, const char* verb, const char* path) {
    char* text = tmlc_format(prog->arena, "%s %s", verb, path);
    size_t to = strlen(verb) + 1;
    for (size_t at = 0, len = strlen(path); at < len;) {
        char raw = path[at];
        int c = next_byte(path, len, &at);
        bool has_meaning = c == '/' || c == ':' || c == '*'; // as text it stays escaped
        if (raw == '%' && has_meaning) {
            to += (size_t)snprintf(text + to, 4, "%%%02X", (unsigned)c);
        } else {
            text[to++] = (char)c;
        }
        if (raw == '/' && (path[at] == ':' || path[at] == '*')) {
            text[to++] = path[at];
            at += strcspn(path + at, "/");
        }
    }
    return tmlc_intern(prog->names, text, to);
}

typedef struct {
    const char *shape, *name;
    tmlc_span span;
} known_route;
typedef TMLC_LIST(known_route) known_routes;

static void add_known(program* prog, known_routes* all, known_route one) {
    for (uint32_t i = 0; i < all->len; i++) {
        if (all->items[i].shape == one.shape) {
            tmlc_diag* diag =
                tmlc_error(prog->files, one.span, "%s answers the same requests as %s", one.name,
                           all->items[i].name);
            diag->note_span = all->items[i].span;
            diag->note = "it is declared here";
            diag->help = "change one of the two paths or methods";
            return;
        }
    }
    TMLC_PUSH(prog->arena, all, one);
}

static void add_routes(program* prog, known_routes* all, const module* mod, const ast_decl* cls) {
    const ast_decorator* controller = ast_find_decorator(&cls->decorators, "Controller");
    const char* prefix = deco_text(prog, mod, controller, 0);
    deco_members members = deco_inherited(prog, deco_type(prog, cls), deco_is_route);
    for (uint32_t k = 0; k < members.len; k++) {
        const ast_decl* decl = members.items[k].decl;
        const ast_decl* owner = members.items[k].owner->decl;
        const ast_decorator* d;
        const char* verb = deco_verb(decl, &d);
        const char* path = deco_text(prog, ty_decl_module(prog, owner), d, 0);
        if (path == NULL || deco_path_fault(path) == NULL) {
            path = deco_join(prog, prefix == NULL ? "" : prefix, path == NULL ? "" : path);
            known_route one = {shape_of(prog, verb, path),
                               tmlc_format(prog->arena, "%s.%s", cls->name, decl->name),
                               owner == cls ? deco_path_span(d) : deco_path_span(controller)};
            add_known(prog, all, one);
        }
    }
}

void check_deco_same_routes(program* prog) {
    known_routes all = {0};
    for (uint32_t m = 1; m < prog->modules.len; m++) {
        const module* mod = prog->modules.items[m];
        for (uint32_t i = 0; i < mod->ast->decls.len; i++) {
            if (deco_is_controller(mod->ast->decls.items[i])) {
                add_routes(prog, &all, mod, mod->ast->decls.items[i]);
            }
        }
    }
}
