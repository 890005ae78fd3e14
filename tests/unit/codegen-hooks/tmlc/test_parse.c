// SPDX-License-Identifier: Apache-2.0
// The parser: trees of operators, and how much is said about one mistake.
#include "codegen-hooks/tmlc/ast.h"
#include "tests/support/harness.h"

#include <stdlib.h>

typedef struct {
    tmlc_arena arena;
    tmlc_files files;
    tmlc_names names;
    char* tree;
} parsed;

static parsed* parse(const char* text) {
    parsed* p = calloc(1, sizeof *p);
    p->files.arena = p->names.arena = &p->arena;
    uint32_t file = tmlc_files_add(&p->files, "t.tml", "t.tml", text, (uint32_t)strlen(text));
    size_t len;
    FILE* out = open_memstream(&p->tree, &len);
    tmlc_print_ast(tmlc_parse(&p->files, &p->names, file), out);
    fclose(out);
    return p;
}

static void done(parsed* p) {
    free(p->tree);
    tmlc_arena_fini(&p->arena);
    free(p);
}

/// Expects the tree of the value of a constant.
static void expect_tree(const char* source, const char* tree) {
    char text[4096], wanted[4096];
    snprintf(text, sizeof text, "const C: I64 = %s\n", source);
    snprintf(wanted, sizeof wanted, "(const C () -> I64 %s)\n", tree);
    parsed* p = parse(text);
    EXPECT_STR(p->tree, wanted);
    EXPECT_EQ(p->files.num_errors, 0);
    done(p);
}

TEST(parse__operators__bind_as_documented) {
    expect_tree("a + b * c - d", "(- (+ a (* b c)) d)");
    expect_tree("not a == b and c", "(and (not (== a b)) c)");
    expect_tree("a or b and c", "(or a (and b c))");
    expect_tree("-a.b(c) as I64 + 1", "(+ (as (neg (.b a c)) I64) 1)");
    expect_tree("a | b ^ c & d << e", "(| a (^ b (& c (<< d e))))");
    expect_tree("(a + b) * c", "(* (+ a b) c)");
}

TEST(parse__await__prefix_binds_like_unary_and_postfix_like_a_field) {
    expect_tree("await f()!", "(await (try (call f)))");
    expect_tree("f().await!", "(try (await (call f)))");
    expect_tree("await f() + 1", "(+ (await (call f)) 1)");
}

TEST(parse__interpolation__is_a_list_of_parts) {
    expect_tree("\"a{b + 1}c{\"x{y}\"}\"", "(interp \"a\" (+ b 1) \"c\" (interp \"x\" y))");
    expect_tree("\"\\{a\\}\\u{e9}\"", "\"{a}\xc3\xa9\"");
}

TEST(parse__line__ends_an_expression_unless_it_goes_on) {
    parsed* p = parse("func f() {\n a\n -b\n c\n  .d()\n  .e\n g(1,\n 2)\n x\n  and y\n}\n");
    EXPECT_STR(p->tree, "(func f () (block\n    a\n    (neg b)\n    (.e (.d c))\n    (call g 1 2)\n"
                        "    (and x y)))\n");
    EXPECT_EQ(p->files.num_errors, 0);
    done(p);
}

TEST(parse__condition__brace_begins_the_block) {
    parsed* p = parse("func f() { if a == B { c } when B { _ => 1 } }");
    EXPECT_EQ(p->files.num_errors, 0);
    done(p);
}

TEST(parse__one_mistake__few_errors_and_the_rest_is_read) {
    static const char* const sources[] = {
        "func f( { a }\nfunc g() { }\n",          "func f() { let = 1\n b }\nfunc g() { }\n",
        "type T { a: }\nfunc g() { }\n",          "func f() { a(1 }\nfunc g() { }\n",
        "func f() {\n if x {\n}\nfunc g() { }\n", "class C { @ }\nfunc g() { }\n",
        "func f() { \"abc }\nfunc g() { }\n",     "%% $ func g() { }\nfunc g() { }\n",
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        parsed* p = parse(sources[i]);
        if (p->files.num_errors < 1 || p->files.num_errors > 3) {
            test_fail(__FILE__, __LINE__, "%s: %u errors", sources[i], p->files.num_errors);
        }
        if (strstr(p->tree, "(func g ()") == NULL) {
            test_fail(__FILE__, __LINE__, "%s: g is lost: %s", sources[i], p->tree);
        }
        done(p);
    }
}

TEST(parse__deep_nesting__is_an_error) {
    enum { DEPTH = 100000 };
    static const char* const openers[] = {"(",     "[",  "-",     "{",  "not ",
                                          "if a ", "f(", "do() ", "\"{"};
    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
        size_t len = strlen(openers[i]);
        char* text = malloc(len * DEPTH + 32);
        size_t at = (size_t)sprintf(text, "func f() { ");
        for (int k = 0; k < DEPTH; k++, at += len) {
            memcpy(text + at, openers[i], len + 1);
        }
        parsed* p = parse(text);
        EXPECT(p->files.num_errors > 0);
        done(p);
        free(text);
    }
}

TEST(diag__closest__suggests_only_what_is_near) {
    EXPECT_STR(tmlc_closest("lenght", NULL, "length"), "length");
    EXPECT_STR(tmlc_closest("lenght", "length", "light"), "length");
    EXPECT(tmlc_closest("foo", NULL, "quux") == NULL);
    EXPECT(tmlc_closest("foo", NULL, "foo") == NULL);
}

TEST(lex__text_behind_unicode_escapes__is_kept_whole) {
    char source[2048] = "\"\\u{41}", tree[2048] = "\"A";
    for (int i = 0; i < 200; i++) {
        strcat(source, "\\u{e9}x");
        strcat(tree, "\xc3\xa9x");
    }
    expect_tree(strcat(source, "\""), strcat(tree, "\""));
}
