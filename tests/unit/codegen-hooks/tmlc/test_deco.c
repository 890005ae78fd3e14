// SPDX-License-Identifier: Apache-2.0
// Decorators by name: which are known, which a name seems to misspell, paths of routes.
#include "codegen-hooks/tmlc/deco.h"
#include "tests/support/harness.h"

static void expect_suggestion(const char* name, unsigned place, const char* wanted) {
    const char* said = deco_suggest(name, place);
    EXPECT_STR(said == NULL ? "" : said, wanted);
}

TEST(deco_suggest__near_a_known_name__names_it) {
    expect_suggestion("get", DECO_ON_METHOD, "Get");
    expect_suggestion("Gte", DECO_ON_METHOD, "Get");
    expect_suggestion("Gt", DECO_ON_METHOD, "Get");
    expect_suggestion("Pacth", DECO_ON_METHOD, "Patch");
    expect_suggestion("Guards", DECO_ON_CLASS, "Guard");
    expect_suggestion("CONTROLLER", DECO_ON_CLASS, "Controller");
    expect_suggestion("Contoler", DECO_ON_CLASS, "Controller");
    expect_suggestion("Qeury", DECO_ON_PARAM, "Query");
}

TEST(deco_suggest__name_of_the_programs_own__is_left_alone) {
    expect_suggestion("Roles", DECO_ON_METHOD, "");
    expect_suggestion("Public", DECO_ON_METHOD, "");
    expect_suggestion("Cache", DECO_ON_METHOD, "");
    expect_suggestion("User", DECO_ON_PARAM, ""); // @Use is no decorator of a parameter
    expect_suggestion("Throttle", DECO_ON_CLASS, "");
}

TEST(deco_find_row__every_usage__begins_with_its_name) {
    static const char* const names[] = {"Controller", "Get", "Query", "OnInit", "Module"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const deco_row* row = deco_find_row(names[i]);
        EXPECT(row != NULL);
        EXPECT(strncmp(row->usage + 1, names[i], strlen(names[i])) == 0);
    }
    EXPECT(deco_find_row("Roles") == NULL);
}

TEST(deco_path_has__segments__are_whole) {
    EXPECT(deco_path_has("/a/:id", "id"));
    EXPECT(deco_path_has("/:id/b", "id"));
    EXPECT(deco_path_has("/a/*rest", "rest"));
    EXPECT(deco_path_has("/a/*", "*"));
    EXPECT(!deco_path_has("/a/:ident", "id"));
    EXPECT(!deco_path_has("/a/:id", "ident"));
    EXPECT(!deco_path_has("/id", "id"));
    EXPECT(!deco_path_has("/a:id", "id"));
    EXPECT(!deco_path_has("", "id"));
}

TEST(deco_path_fault__what_the_router_refuses__is_refused) {
    static const char* const good[] = {"",          "/",         "a",      "/a/",
                                       "/:a_1/b",   "/*",        "/*x",    "/a.b/-",
                                       "/%20a%3Ab", "/\xc3\xa9", "/a/:b/", "/..a"};
    static const char* const bad[] = {"//",    "/a//b",  "/:",   "/a:b", "/a*",  "/*a/b", "/*/b",
                                      "/:a-b", "/a b",   "/a%2", "/%00", "/%2e", "/%2E.", "/a%5cb",
                                      "/100%", "/a?b=c", "/a#b", "/\\",  "/.",   "/..",   "/a\tb"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        EXPECT_STR(deco_path_fault(good[i]) == NULL ? good[i] : deco_path_fault(good[i]), good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT(deco_path_fault(bad[i]) != NULL);
    }
}

static void expect_join(const char* prefix, const char* path, const char* wanted) {
    tmlc_arena arena = {0};
    program prog = {.arena = &arena};
    EXPECT_STR(deco_join(&prog, prefix, path), wanted);
    tmlc_arena_fini(&arena);
}

TEST(deco_join__slashes__are_one_between_and_none_at_the_end) {
    expect_join("/a", "/b", "/a/b");
    expect_join("/a/", "/b/", "/a/b");
    expect_join("a", "b", "/a/b");
    expect_join("", "", "/");
    expect_join("/", "/", "/");
    expect_join("/a", "", "/a");
    expect_join("", "b", "/b");
    expect_join("/a", "/", "/a");
}
