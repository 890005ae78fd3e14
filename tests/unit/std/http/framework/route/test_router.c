// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/route/router.h"

#include "rt/base/alloc.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <time.h>

typedef struct reports {
    int num, last_error;
    uint32_t route, other;
    char detail[128];
} reports;

static void collect(void* context, int error, uint32_t route, uint32_t other, const char* detail) {
    reports* r = context;
    r->num++;
    r->last_error = error;
    r->route = route;
    r->other = other;
    snprintf(r->detail, sizeof r->detail, "%s", detail != NULL ? detail : "");
}

static trt_route_spec spec_at(const void* source, uint32_t index) {
    return ((const trt_route_spec*)source)[index];
}

static tmlrt_status build(trt_router* out, const trt_route_spec* specs, uint32_t num,
                          trt_router_report_fn report, void* context) {
    return trt_router_init(out, spec_at, specs, num, report, context);
}

static trt_route_match find(const trt_router* router, const char* raw, uint8_t method) {
    static trt_path path;
    trt_route_match match;
    const char* reason = "";
    if (trt_path_parse(&path, NULL, (tmlrt_slice){raw, strlen(raw)}, &reason) != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "%s: %s", raw, reason);
    }
    trt_router_find(router, &match, &path, method);
    return match;
}

TEST(router_find__overlapping_patterns__most_specific_wins_in_any_order) {
    static const trt_route_spec specs[] = {
        {"/users", "/:id", "GET"},
        {"/users", "/me", "GET"},
        {"/users", "", "GET"},
        {"/users", "/:id/posts", "GET"},
        {"users/", "me/settings", "GET"},
        {NULL, "/*rest", "GET"},
        {NULL, "/users/*", "GET"},
        {NULL, "/", "GET"},
        {"/users", "/:id", "DELETE"},
    };
    static const struct {
        const char* path;
        uint32_t route;
    } cases[] = {
        {"/users/7", 0},       {"/users/me", 1},          {"/users", 2},          {"/users/", 2},
        {"/users/7/posts", 3}, {"/users/me/settings", 4}, {"/users/me/posts", 3}, {"/x", 5},
        {"/x/y/z", 5},         {"/users/me/other/z", 6},  {"/users/7/x", 6},      {"/", 7},
    };
    enum { NUM = sizeof specs / sizeof specs[0] };
    for (uint32_t turn = 0; turn < NUM; turn++) { // every rotation of the declaration order
        trt_route_spec turned[NUM];
        trt_router router;
        reports r = {0};
        for (uint32_t i = 0; i < NUM; i++) {
            turned[i] = specs[(i + turn) % NUM];
        }
        REQUIRE(build(&router, turned, NUM, collect, &r) == TMLRT_OK);
        EXPECT_EQ(r.num, 0);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            trt_route_match match = find(&router, cases[i].path, TRT_METHOD_GET);
            uint32_t want = (cases[i].route + NUM - turn) % NUM;
            if (match.route != want) {
                test_fail(__FILE__, __LINE__, "turn %u %s: %u, not %u", turn, cases[i].path,
                          match.route, want);
            }
        }
        trt_router_fini(&router);
    }
}

TEST(router_find__parameters__names_and_segments) {
    static const trt_route_spec specs[] = {{"/a", "/:x/b/:yy/*rest", "GET"}};
    trt_router router;
    reports r = {0};
    REQUIRE(build(&router, specs, 1, collect, &r) == TMLRT_OK);
    trt_route_match match = find(&router, "/a/1/b/2/c/d", TRT_METHOD_GET);
    REQUIRE(match.route == 0);
    EXPECT_EQ(match.num_params, 3);
    EXPECT(match.has_wildcard);
    EXPECT(match.names[0].len == 1 && match.names[0].data[0] == 'x');
    EXPECT(match.names[1].len == 2 && memcmp(match.names[1].data, "yy", 2) == 0);
    EXPECT(match.names[2].len == 4 && memcmp(match.names[2].data, "rest", 4) == 0);
    EXPECT_EQ(match.at[0], 1);
    EXPECT_EQ(match.at[1], 3);
    EXPECT_EQ(match.at[2], 4);
    EXPECT_EQ(find(&router, "/a/1/b/2", TRT_METHOD_GET).route, TRT_ROUTE_NONE);
    trt_router_fini(&router);
}

TEST(router_find__methods__head_by_get_all_last_and_allow) {
    static const trt_route_spec specs[] = {
        {"", "/a", "GET"}, {"", "/a", "POST"},  {"", "/:x", "DELETE"}, {"", "/h", "HEAD"},
        {"", "/h", "GET"}, {"", "/all", "ALL"}, {"", "/all", "GET"},
    };
    trt_router router;
    reports r = {0};
    REQUIRE(build(&router, specs, 7, collect, &r) == TMLRT_OK);
    EXPECT_EQ(find(&router, "/a", TRT_METHOD_HEAD).route, 0);
    EXPECT_EQ(find(&router, "/a", TRT_METHOD_POST).route, 1);
    EXPECT_EQ(find(&router, "/a", TRT_METHOD_DELETE).route, 2); // the next specific path that can
    EXPECT_EQ(find(&router, "/h", TRT_METHOD_HEAD).route, 3);
    EXPECT_EQ(find(&router, "/all", TRT_METHOD_GET).route, 6);
    EXPECT_EQ(find(&router, "/all", TRT_METHOD_PUT).route, 5);
    EXPECT_EQ(find(&router, "/all", TRT_METHOD_OTHER).route, 5);
    trt_route_match match = find(&router, "/a", TRT_METHOD_PUT);
    EXPECT_EQ(match.route, TRT_ROUTE_NONE);
    EXPECT_EQ(match.allow, TRT_METHOD_BIT(TRT_METHOD_GET) | TRT_METHOD_BIT(TRT_METHOD_POST) |
                               TRT_METHOD_BIT(TRT_METHOD_DELETE));
    match = find(&router, "/a/b", TRT_METHOD_GET);
    EXPECT_EQ(match.route, TRT_ROUTE_NONE);
    EXPECT_EQ(match.allow, 0);
    trt_router_fini(&router);
}

TEST(router_find__encoded_slash__stays_in_one_segment) {
    static const trt_route_spec specs[] = {{"", "/user/:name/x", "GET"},
                                           {"", "/user/a/b/x", "GET"}};
    trt_router router;
    reports r = {0};
    trt_arena arena;
    trt_path path;
    trt_route_match match;
    const char* reason;
    trt_arena_init(&arena, 0);
    REQUIRE(build(&router, specs, 2, collect, &r) == TMLRT_OK);
    REQUIRE(trt_path_parse(&path, &arena, (tmlrt_slice){"/user/a%2Fb/x", 13}, &reason) == 0);
    trt_router_find(&router, &match, &path, TRT_METHOD_GET);
    EXPECT_EQ(match.route, 0);
    EXPECT_EQ(trt_path_segment(&path, 1).len, 3);
    trt_router_fini(&router);
    trt_arena_fini(&arena);
}

TEST(router_init__wrong_routes__each_is_reported) {
    static const struct {
        trt_route_spec spec;
        int error;
        const char* detail;
    } cases[] = {
        {{"", "/a", "FETCH"}, TRT_ROUTER_BAD_METHOD, "FETCH"},
        {{"", "/a", NULL}, TRT_ROUTER_BAD_METHOD, ""},
        {{"", "/a", "get"}, TRT_ROUTER_BAD_METHOD, "get"},
        {{"", "/a", "TRACE"}, TRT_ROUTER_BAD_METHOD, "TRACE"},
        {{"", "/a//b", "GET"}, TRT_ROUTER_BAD_PATTERN, "`//`"},
        {{"//", "/b", "GET"}, TRT_ROUTER_BAD_PREFIX, "`//`"},
        {{"/a/:x/:x", "/b", "GET"}, TRT_ROUTER_BAD_PREFIX, "same name"},
        {{"/a/:x", "/:x", "GET"}, TRT_ROUTER_BAD_PATTERN, "same name"},
        {{"/a/*", "/b", "GET"}, TRT_ROUTER_BAD_PATTERN, "last segment"},
        {{"", "/a/..", "GET"}, TRT_ROUTER_BAD_PATTERN, "`..`"},
        {{"", "/a b", "GET"}, TRT_ROUTER_BAD_PATTERN, "percent-encoded"},
        {{"", "/a?x", "GET"}, TRT_ROUTER_BAD_PATTERN, "percent-encoded"},
        {{"", "/a#%41", "GET"}, TRT_ROUTER_BAD_PATTERN, "percent-encoded"},
        {{"", "/a\\b", "GET"}, TRT_ROUTER_BAD_PATTERN, "backslash"},
        {{"", "/a%5cb", "GET"}, TRT_ROUTER_BAD_PATTERN, "backslash"},
        {{"", "/%2e%2E", "GET"}, TRT_ROUTER_BAD_PATTERN, "`..`"},
        {{"", "/a%2f..%2fb", "GET"}, TRT_ROUTER_BAD_PATTERN, "`..`"},
        {{"", "/100%", "GET"}, TRT_ROUTER_BAD_PATTERN, "`%25`"},
        {{"", "/%zz", "GET"}, TRT_ROUTER_BAD_PATTERN, "`%25`"},
        {{"", "/a%00", "GET"}, TRT_ROUTER_BAD_PATTERN, "NUL"},
        {{"", "/%C0%AF", "GET"}, TRT_ROUTER_BAD_PATTERN, "UTF-8"},
        {{"", "/a:b", "GET"}, TRT_ROUTER_BAD_PATTERN, "`%3A`"},
        {{"", "/a*", "GET"}, TRT_ROUTER_BAD_PATTERN, "`%2A`"},
        {{"", "/:", "GET"}, TRT_ROUTER_BAD_PATTERN, "without a name"},
        {{"", "/:a-b", "GET"}, TRT_ROUTER_BAD_PATTERN, "letters"},
        {{"", "/*/a", "GET"}, TRT_ROUTER_BAD_PATTERN, "last segment"},
        {{"", "/:id/:id", "GET"}, TRT_ROUTER_BAD_PATTERN, "same name"},
        {{"", "/\xC0\xAF", "GET"}, TRT_ROUTER_BAD_PATTERN, "UTF-8"},
        {{"", "/:a/:b/:c/:d/:e/:f/:g/:h/:i/:j/:k/:l/:m/:n/:o/:p/:q", "GET"},
         TRT_ROUTER_BAD_PATTERN,
         "16 parameters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_router router;
        reports r = {0};
        REQUIRE(build(&router, &cases[i].spec, 1, collect, &r) == TMLRT_OK);
        EXPECT_EQ(r.num, 1);
        EXPECT_EQ(r.last_error, cases[i].error);
        if (strstr(r.detail, cases[i].detail) == NULL) {
            test_fail(__FILE__, __LINE__, "case %zu: %s", i, r.detail);
        }
        trt_router_fini(&router);
    }
}

TEST(router_init__same_shape_and_method__ambiguous_names_the_earlier) {
    static const trt_route_spec specs[] = {
        {"/users", "/:id", "GET"}, {"/users", "/:id", "POST"}, {"", "users/:name/", "GET"}};
    trt_router router;
    reports r = {0};
    REQUIRE(build(&router, specs, 3, collect, &r) == TMLRT_OK);
    EXPECT_EQ(r.num, 1);
    EXPECT_EQ(r.last_error, TRT_ROUTER_AMBIGUOUS);
    EXPECT_EQ(r.route, 2);
    EXPECT_EQ(r.other, 0);
    trt_router_fini(&router);
}

TEST(router_init__wrong_prefix__told_for_each_of_its_routes_and_for_no_other) {
    static const char wrong[] = "/a//b", right[] = "/a";
    static const trt_route_spec specs[] = {
        {wrong, "/:id", "GET"}, {wrong, "/:id", "GET"}, {right, "/x", "GET"}, {wrong, "", "POST"}};
    trt_router router;
    reports r = {0};
    REQUIRE(build(&router, specs, 4, collect, &r) == TMLRT_OK);
    EXPECT_EQ(r.num, 3);
    EXPECT_EQ(r.last_error, TRT_ROUTER_BAD_PREFIX);
    EXPECT_EQ(find(&router, "/a/x", TRT_METHOD_GET).route, 2);
    trt_router_fini(&router);
}

TEST(router_init__longer_than_a_path_may_be__is_reported) {
    static char text[71000];
    trt_route_spec spec = {"", text, "GET"};
    memset(text, 'a', sizeof text); // longer than a node could say
    text[0] = '/';
    text[sizeof text - 1] = '\0';
    for (int turn = 0; turn < 2; turn++) {
        size_t len = turn == 0 ? 70000 : 5000;
        trt_router router;
        reports r = {0};
        text[len] = '\0';
        REQUIRE(build(&router, &spec, 1, collect, &r) == TMLRT_OK);
        EXPECT_EQ(r.num, 1);
        trt_router_fini(&router);
    }
    for (size_t len = 4090; len < 4100; len++) { // one segment of this length and a parameter
        trt_router router;
        reports r = {0};
        memset(text, 'a', sizeof text);
        text[0] = '/';
        memcpy(text + len - 3, "/:x", 4);
        REQUIRE(build(&router, &spec, 1, collect, &r) == TMLRT_OK);
        EXPECT_EQ(r.num, len - 1 > 4096);
        trt_router_fini(&router);
    }
    for (uint32_t num = 64; num < 300; num += 59) { // segments
        trt_router router;
        reports r = {0};
        memset(text, 0, sizeof text);
        for (uint32_t i = 0; i < num; i++) {
            memcpy(text + i * 2, i + 1 == num ? "/*" : "/s", 2);
        }
        REQUIRE(build(&router, &spec, 1, collect, &r) == TMLRT_OK);
        EXPECT_EQ(r.num, num > 64);
        text[127] = 'x';
        text[128] = '\0';
        EXPECT_EQ(find(&router, text, TRT_METHOD_GET).route, num > 64 ? TRT_ROUTE_NONE : 0);
        trt_router_fini(&router);
    }
}

TEST(router_find__percent_encoded_pattern__is_the_decoded_segment) {
    static const trt_route_spec specs[] = {
        {"/caf%C3%A9", "/a%2Fb", "GET"}, {"/caf\xC3\xA9", "/%3Aid", "GET"},
        {"", "/caf%c3%a9/:id", "GET"},   {"", "/%61dmin", "GET"},
        {"", "/a%20b%3F/*", "GET"},      {"/caf%c3%a9", "/a%2fb", "GET"},
    };
    static const struct {
        const char* path;
        uint32_t route;
    } cases[] = {
        {"/caf%C3%A9/a%2Fb", 0},
        {"/caf%C3%A9/:id", 1},
        {"/caf%C3%A9/%3aid", 1},
        {"/caf%C3%A9/7", 2},
        {"/admin", 3},
        {"/a%20b%3f/x", 4},
        {"/caf%C3%A9/a/b", TRT_ROUTE_NONE},
    };
    trt_router router;
    trt_arena arena;
    reports r = {0};
    trt_arena_init(&arena, 0);
    REQUIRE(build(&router, specs, 6, collect, &r) == TMLRT_OK);
    EXPECT_EQ(r.num, 1); // the last is the first, spelled in another way
    EXPECT_EQ(r.last_error, TRT_ROUTER_AMBIGUOUS);
    EXPECT(r.route == 5 && r.other == 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_path path;
        trt_route_match match;
        const char* reason;
        tmlrt_slice raw = {cases[i].path, strlen(cases[i].path)};
        REQUIRE(trt_path_parse(&path, &arena, raw, &reason) == TMLRT_OK);
        trt_router_find(&router, &match, &path, TRT_METHOD_GET);
        EXPECT_EQ(match.route, cases[i].route);
    }
    trt_router_fini(&router);
    trt_arena_fini(&arena);
}

enum { NUM_DEEP = 64 };
#define LONG "which-is-longer-than-what-lies-in-a-node-of-the-tree"

/// Routes that share no segment and no parameter: every array of the router grows several times.
static void deep(trt_route_spec* specs, char (*text)[220]) {
    for (uint32_t i = 0; i < NUM_DEEP; i++) {
        snprintf(text[i], sizeof text[i],
                 "/a%u/b%u/:c%u/d%u/e%u/:f%u/g%u/h%u/:i%u/j%u/k%u/:l%u/%%6D-" LONG "%u", i, i, i, i,
                 i, i, i, i, i, i, i, i, i);
        specs[i] = (trt_route_spec){"", text[i], "GET"};
    }
}

TEST(router_find__nodes_that_only_lead_on__are_joined_and_hide_nothing) {
    static const trt_route_spec specs[] = {
        {"/api/v1", "/users", "GET"},
        {"/api/v1", "/users/:id", "GET"},
        {"/a%2Fb/c", "/d", "GET"},
        {"/:any", "/v1/x/y", "GET"},
        {"/api/v1", "/users/:id/a/b/c", "GET"},
        {"", "/*", "POST"},
    };
    static const struct {
        const char* path;
        uint32_t route, allow;
    } cases[] = {
        {"/api/v1/users", 0, 0},
        {"/api/v1/users/7", 1, 0},
        {"/api/v1/users/7/a/b/c", 4, 0},
        {"/api/v1", TRT_ROUTE_NONE, 1u << TRT_METHOD_POST},
        {"/api", TRT_ROUTE_NONE, 1u << TRT_METHOD_POST},
        {"/api/v1/users/7/a/b", TRT_ROUTE_NONE, 1u << TRT_METHOD_POST},
        {"/api/v1/users/7/a/b/c/d", TRT_ROUTE_NONE, 1u << TRT_METHOD_POST},
        {"/api/v1/x/y", 3, 0},
        {"/a%2Fb/c/d", 2, 0},
        {"/a%2Fb%2Fc/d", TRT_ROUTE_NONE, 1u << TRT_METHOD_POST},
        {"/api%2Fv1/users", TRT_ROUTE_NONE, 1u << TRT_METHOD_POST},
        {"/a/b/c/d", TRT_ROUTE_NONE, 1u << TRT_METHOD_POST},
    };
    trt_router router;
    trt_arena arena;
    reports r = {0};
    trt_arena_init(&arena, 0);
    REQUIRE(build(&router, specs, 6, collect, &r) == TMLRT_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_path path;
        trt_route_match match;
        const char* reason;
        tmlrt_slice raw = {cases[i].path, strlen(cases[i].path)};
        REQUIRE(trt_path_parse(&path, &arena, raw, &reason) == TMLRT_OK);
        trt_router_find(&router, &match, &path, TRT_METHOD_GET);
        if (match.route != cases[i].route || match.allow != cases[i].allow) {
            test_fail(__FILE__, __LINE__, "%s: %u, %x", cases[i].path, match.route, match.allow);
        }
    }
    trt_router_fini(&router);
    trt_arena_fini(&arena);
}

TEST(router_init__more_segments_than_guessed__grows_and_finds_all) {
    static trt_route_spec specs[NUM_DEEP];
    static char text[NUM_DEEP][220];
    trt_router router;
    reports r = {0};
    deep(specs, text);
    REQUIRE(build(&router, specs, NUM_DEEP, collect, &r) == TMLRT_OK);
    EXPECT_EQ(r.num, 0);
    EXPECT_EQ(router.num_nodes, 1 + NUM_DEEP * 13);
    EXPECT_EQ(router.num_params, NUM_DEEP * 4);
    for (uint32_t i = 0; i < NUM_DEEP; i++) {
        char raw[220], name[8];
        snprintf(raw, sizeof raw, "/a%u/b%u/1/d%u/e%u/2/g%u/h%u/3/j%u/k%u/4/m-" LONG "%u", i, i, i,
                 i, i, i, i, i, i);
        snprintf(name, sizeof name, "l%u", i);
        trt_route_match match = find(&router, raw, TRT_METHOD_GET);
        REQUIRE(match.route == i && match.num_params == 4);
        EXPECT_EQ(match.names[3].len, strlen(name));
        EXPECT(memcmp(match.names[3].data, name, strlen(name)) == 0);
        EXPECT_EQ(match.at[3], 11);
    }
    trt_router_fini(&router);
}

TEST(router_init__same_parameters_in_a_row__are_stored_once) {
    static const trt_route_spec specs[] = {
        {"", "/a/:id", "GET"}, {"", "/b/:id", "GET"}, {"", "/c", "GET"},
        {"", "/d/:id", "GET"}, {"", "/e/:no", "GET"}, {"", "/f/:id/:no", "GET"},
    };
    trt_router router;
    reports r = {0};
    REQUIRE(build(&router, specs, 6, collect, &r) == TMLRT_OK);
    EXPECT_EQ(router.num_params, 4);
    for (uint32_t i = 0; i < 6; i++) {
        static const struct {
            uint32_t num;
            const char* last;
        } wants[] = {{1, "id"}, {1, "id"}, {0, ""}, {1, "id"}, {1, "no"}, {2, "no"}};
        uint32_t num;
        const tmlrt_slice* names = trt_router_params(&router, i, &num);
        EXPECT_EQ(num, wants[i].num);
        EXPECT(num == 0 || memcmp(names[num - 1].data, wants[i].last, 2) == 0);
    }
    trt_router_fini(&router);
}

// A binary tree: nearly two nodes with a sibling per route.
TEST(router_init__more_siblings_than_routes__the_table_grows_or_nomem) {
    enum { NUM = 31 };
    trt_route_spec specs[NUM];
    char text[NUM][24];
    uint32_t failed = 0;
    tmlrt_status status = TMLRT_E_NOMEM;
    for (uint32_t i = 0; i < NUM; i++) {
        snprintf(text[i], sizeof text[i], "/%u/%u/%u/%u/%u", i >> 4 & 1, i >> 3 & 1, i >> 2 & 1,
                 i >> 1 & 1, i & 1);
        specs[i] = (trt_route_spec){"", text[i], "GET"};
    }
    while (status == TMLRT_E_NOMEM && failed < 100) {
        trt_router router;
        reports r = {0};
        test_allocator_fail_at(++failed);
        status = build(&router, specs, NUM, collect, &r);
        EXPECT(status == (test_allocator_hit() ? TMLRT_E_NOMEM : TMLRT_OK));
        for (uint32_t i = 0; i < NUM && status == TMLRT_OK; i++) {
            EXPECT_EQ(find(&router, text[i], TRT_METHOD_GET).route, i);
        }
        trt_router_fini(&router);
    }
    test_allocator_fail_at(0);
    EXPECT_EQ(status, TMLRT_OK);
}

TEST(router_init__no_memory__nomem_and_empty) {
    static trt_route_spec specs[NUM_DEEP];
    static char text[NUM_DEEP][220];
    deep(specs, text);
    uint32_t failed = 0;
    tmlrt_status status = TMLRT_E_NOMEM;
    while (status == TMLRT_E_NOMEM && failed < 100) {
        trt_router router;
        reports r = {0};
        test_allocator_fail_at(++failed);
        status = build(&router, specs, NUM_DEEP, collect, &r);
        if (status == TMLRT_E_NOMEM) {
            EXPECT_EQ(router.num_nodes, 0);
            EXPECT_EQ(find(&router, "/a0", TRT_METHOD_GET).route, TRT_ROUTE_NONE);
        }
        trt_router_fini(&router);
    }
    test_allocator_fail_at(0);
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT(failed > 4 + NUM_DEEP); // the four blocks, what was decoded, and as often as they grew
}

TEST(router_pattern__prefix_and_path__joined_by_one_slash) {
    static const struct {
        trt_route_spec spec;
        const char* want;
    } cases[] = {
        {{"/api/users", "/:id", ""}, "/api/users/:id"},
        {{"api/", "", ""}, "/api"},
        {{NULL, NULL, ""}, "/"},
        {{"/", "/", ""}, "/"},
        {{"", "a/b", ""}, "/a/b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[64], small[4];
        EXPECT_EQ(trt_router_pattern(out, sizeof out, &cases[i].spec), strlen(cases[i].want));
        EXPECT_STR(out, cases[i].want);
        trt_router_pattern(small, sizeof small, &cases[i].spec);
        EXPECT(strlen(small) <= 3);
    }
}

/// A thousand routes of three or four segments, as an application has them.
static uint32_t thousand(trt_route_spec* specs, char (*text)[48]) {
    for (uint32_t i = 0; i < 1000; i++) {
        static const char* const shapes[] = {"/res%u", "/res%u/:id", "/res%u/:id/items",
                                             "/res%u/:id/items/:item"};
        snprintf(text[i], sizeof text[i], shapes[i % 4], i / 4);
        specs[i] = (trt_route_spec){"/api/v1", text[i], "GET"};
    }
    return 1000;
}

TEST(router_find__thousand_routes_random_paths__right_and_fast) {
    static trt_route_spec specs[1000];
    static char text[1000][48], raws[4096][64];
    static trt_path path;
    trt_router router;
    reports r = {0};
    const char* reason;
    uint32_t seed = 1, wrong = 0;
    uint64_t calls = test_allocator_calls();
    REQUIRE(build(&router, specs, thousand(specs, text), collect, &r) == TMLRT_OK);
    EXPECT_EQ(r.num, 0);
    EXPECT_EQ(test_allocator_calls() - calls, 4);
    for (uint32_t i = 0; i < 4096; i++) {
        static const char* const shapes[] = {"/api/v1/res%u", "/api/v1/res%u/17",
                                             "/api/v1/res%u/17/items", "/api/v1/res%u/9/items/3",
                                             "/api/v1/res%u/9/nothing"};
        seed = seed * 1664525 + 1013904223;
        snprintf(raws[i], sizeof raws[i], shapes[i % 5], (seed >> 8) % 280);
    }
    calls = test_allocator_calls();
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    enum { ROUNDS = 25 };
    for (int round = 0; round < ROUNDS; round++) {
        seed = 1;
        for (uint32_t i = 0; i < 4096; i++) {
            trt_route_match match;
            seed = seed * 1664525 + 1013904223;
            uint32_t resource = (seed >> 8) % 280;
            uint32_t want = resource < 250 && i % 5 < 4 ? resource * 4 + i % 5 : TRT_ROUTE_NONE;
            tmlrt_slice raw = {raws[i], strlen(raws[i])};
            wrong += trt_path_parse(&path, NULL, raw, &reason) != TMLRT_OK;
            trt_router_find(&router, &match, &path, TRT_METHOD_GET);
            wrong += match.route != want;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(test_allocator_calls() - calls, 0);
    double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
    printf("router: %.1f ns per path parsed and found, 1000 routes, random paths and misses\n",
           ns / (ROUNDS * 4096));
    trt_router_fini(&router);
}
