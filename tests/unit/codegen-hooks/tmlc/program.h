// SPDX-License-Identifier: Apache-2.0
// What the unit tests of tmlc share: a program from text, loaded or checked as well.
#ifndef TESTS_UNIT_TMLC_PROGRAM_H
#define TESTS_UNIT_TMLC_PROGRAM_H

#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/load.h"
#include "tests/support/harness.h"

#include <stdlib.h>

typedef struct {
    tmlc_arena arena;
    tmlc_files files;
    tmlc_names names;
    program prog;
} source;

static inline source* source_load(const char* text) {
    source* s = calloc(1, sizeof *s);
    s->files.arena = s->names.arena = s->prog.arena = &s->arena;
    s->prog.files = &s->files;
    s->prog.names = &s->names;
    tmlc_load_text(&s->prog, "t.tml", text, (uint32_t)strlen(text));
    return s;
}

static inline source* source_check(const char* text) {
    source* s = source_load(text);
    if (s->files.num_errors == 0) {
        tmlc_check(&s->prog);
    }
    return s;
}

static inline void source_free(source* s) {
    tmlc_arena_fini(&s->arena);
    free(s);
}

/// A type as it would be written in the program's root module.
static inline ty* source_type(source* s, const char* text) {
    ast_type type = {.kind = AST_TYPE_PATH};
    ast_segment segment = {.name = tmlc_intern(&s->names, text, strlen(text))};
    TMLC_PUSH(&s->arena, &type.path.segments, segment);
    resolver r = {&s->prog, s->prog.modules.items[1], NULL, NULL, NULL, true};
    return resolve_type(&r, &type);
}

static inline fn* source_fn(source* s, const char* name) {
    for (uint32_t i = 0; i < s->prog.fns.len; i++) {
        if (!s->prog.fns.items[i]->is_closure && strcmp(s->prog.fns.items[i]->name, name) == 0) {
            return s->prog.fns.items[i];
        }
    }
    return NULL;
}

/// Expects exactly these messages, in the order in which they were found; NULL ends them.
static inline void expect_errors(const char* text, const char* const* messages) {
    source* s = source_check(text);
    uint32_t num = 0;
    for (; messages[num] != NULL; num++) {
        if (num < s->files.diags.len) {
            EXPECT_STR(s->files.diags.items[num]->message, messages[num]);
        }
    }
    EXPECT_EQ(s->files.diags.len, num);
    source_free(s);
}

#define EXPECT_ERRORS(text, ...) expect_errors((text), (const char* const[]){__VA_ARGS__, NULL})
#define EXPECT_GOOD(text)        expect_errors((text), (const char* const[]){NULL})

#endif
