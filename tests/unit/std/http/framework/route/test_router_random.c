// SPDX-License-Identifier: Apache-2.0
// 200 random sets of routes with planted errors: exactly those are reported, and what is left
// routes random paths as the naive oracle does, with every method.
#include "std/http/core/uri.h"
#include "std/http/framework/route/router.h"
#include "tests/support/harness.h"
#include "tests/support/route_oracle.h"

#include <stdio.h>

enum { NUM_SETS = 200, MAX_ROUTES = 96, NUM_PATHS = 300, MAX_PLANTED = 12 };

static uint32_t s_seed;

static uint32_t random_below(uint32_t limit) {
    s_seed = s_seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(s_seed >> 8) * limit) >> 24);
}

typedef struct route {
    char prefix[400], path[400];
    int error;        ///< expected: TRT_ROUTER_*, -1: none
    uint32_t other;   ///< AMBIGUOUS: with this one
    const char* says; ///< part of the detail
} route;

typedef struct set {
    route routes[MAX_ROUTES];
    trt_route_spec specs[MAX_ROUTES];
    bool skip[MAX_ROUTES], reported[MAX_ROUTES];
    char shapes[MAX_ROUTES][512];
    uint32_t num;
} set;

static const char* const s_methods[] = {"GET",  "POST",    "PUT", "PATCH", "DELETE",
                                        "HEAD", "OPTIONS", "ALL", "GET",   "GET"};
/// Static segments; some are one text in two spellings.
static const char* const s_texts[] = {
    "a",           "b",
    "c",           "ab",
    "%61",         "users-of-the-service",
    "caf\xC3\xA9", "me",
    "x%2Fy",       ".w",
    "a-b",         "@me",
    "%3Ax",        "caf%C3%A9",
    "A",           "a-segment-that-is-too-long-to-lie-in-a-node-of-the-tree"};

static void put_segments(char* out, size_t cap, uint32_t num, uint32_t first_name, bool wild) {
    size_t len = strlen(out);
    for (uint32_t i = 0; i < num && len < cap; i++) {
        if (random_below(3) == 0) {
            len += (size_t)snprintf(out + len, cap - len, "/:p%u", first_name + i);
        } else {
            const char* text = s_texts[random_below(sizeof s_texts / sizeof s_texts[0])];
            len += (size_t)snprintf(out + len, cap - len, "/%s", text);
        }
    }
    if (wild && len < cap) {
        snprintf(out + len, cap - len, random_below(2) == 0 ? "/*" : "/*rest");
    }
}

/// A correct route, at the end of the set.
static uint32_t add_route(set* s) {
    uint32_t index = s->num++;
    route* r = &s->routes[index];
    *r = (route){.error = -1};
    uint32_t in_prefix = random_below(3), in_path = random_below(4);
    put_segments(r->prefix, sizeof r->prefix, in_prefix, 0, false);
    put_segments(r->path, sizeof r->path, in_path, 10, random_below(6) == 0);
    if (random_below(4) == 0) {
        strcat(random_below(2) == 0 ? r->prefix : r->path, "/"); // one slash at an end is nothing
    }
    s->specs[index] = (trt_route_spec){r->prefix, r->path, s_methods[random_below(10)]};
    if (r->prefix[0] == '/' && random_below(5) == 0) {
        s->specs[index].prefix++; // nor is the one at the start
    }
    return index;
}

// ---- planted errors -----------------------------------------------------------------------------

static void cut_slash(char* text) {
    size_t len = strlen(text);
    if (len != 0 && text[len - 1] == '/') {
        text[len - 1] = '\0';
    }
}

static void plant_bad_pattern(set* s) {
    static const struct {
        const char *text, *says;
    } kinds[] = {
        {"/a//b", "`//`"},        {"/..", "`..`"},          {"/a:b", "`%3A`"},
        {"/a*", "`%3A`"},         {"/:", "without a name"}, {"/:a-b", "letters"},
        {"/*/a", "last segment"}, {"/a b", "encoded"},      {"/a?", "encoded"},
        {"/%zz", "`%25`"},        {"/a%00", "NUL"},         {"/%2e%2E", "`..`"},
        {"/\xC0\xAF", "UTF-8"},   {"/%5c", "backslash"},    {"/*a.b", "letters"},
    };
    uint32_t kind = random_below(sizeof kinds / sizeof kinds[0]), index = add_route(s);
    route* r = &s->routes[index];
    bool in_prefix = random_below(3) == 0;
    r->path[strcspn(r->path, "*")] = '\0'; // nothing may follow a wildcard: that comes first
    char* to = in_prefix ? r->prefix : r->path;
    cut_slash(to);
    strcat(to, kinds[kind].text);
    r->error = in_prefix ? TRT_ROUTER_BAD_PREFIX : TRT_ROUTER_BAD_PATTERN;
    r->says = kinds[kind].says;
}

static void plant_duplicate_parameter(set* s) {
    route* r = &s->routes[add_route(s)];
    bool in_prefix = random_below(2) == 0;
    r->path[0] = '\0';
    cut_slash(r->prefix);
    strcat(r->prefix, in_prefix ? "/:same/:same" : "/:same");
    strcat(r->path, in_prefix ? "/x" : random_below(2) == 0 ? "/y/:same" : "/*same");
    r->error = in_prefix ? TRT_ROUTER_BAD_PREFIX : TRT_ROUTER_BAD_PATTERN;
    r->says = "same name";
}

static void plant_bad_method(set* s) {
    static const char* const wrong[] = {"FETCH", "get", "TRACE", "", "ALLL", "CONNECT"};
    uint32_t index = add_route(s);
    s->specs[index].method = wrong[random_below(6)];
    s->routes[index].error = TRT_ROUTER_BAD_METHOD;
    s->routes[index].says = s->specs[index].method;
}

/// A route once more: other names, the whole path in the prefix or in the path, one more slash.
static void plant_ambiguity(set* s) {
    uint32_t of = random_below(s->num), index = s->num++;
    const trt_route_spec* spec = &s->specs[of];
    route* r = &s->routes[index];
    char pattern[400];
    *r = (route){.error = s->routes[of].error};
    if (r->error != -1) {
        s->num--;
        return;
    }
    trt_router_pattern(pattern, sizeof pattern, spec);
    char* to = random_below(2) == 0 ? r->path : r->prefix;
    for (const char* p = pattern; *p != '\0'; p++) {
        strncat(to, p, 1);
        if (*p == ':') {
            strcat(to, "q");
        }
    }
    s->specs[index] = (trt_route_spec){r->prefix, r->path, spec->method};
}

static void shuffle(set* s) {
    for (uint32_t i = s->num; i > 1; i--) {
        uint32_t k = random_below(i);
        route swap = s->routes[i - 1];
        trt_route_spec spec = s->specs[i - 1], other = s->specs[k];
        size_t skip_i = spec.prefix != s->routes[i - 1].prefix;
        size_t skip_k = other.prefix != s->routes[k].prefix;
        s->routes[i - 1] = s->routes[k];
        s->routes[k] = swap;
        s->specs[i - 1] =
            (trt_route_spec){s->routes[i - 1].prefix + skip_k, s->routes[i - 1].path, other.method};
        s->specs[k] =
            (trt_route_spec){s->routes[k].prefix + skip_i, s->routes[k].path, spec.method};
    }
}

/// The first correct route of the same shape and method, as ambiguity names it.
static void expect_ambiguities(set* s) {
    for (uint32_t i = 0; i < s->num; i++) {
        s->skip[i] = s->routes[i].error != -1;
        if (s->skip[i]) {
            continue;
        }
        oracle_shape(s->shapes[i], &s->specs[i]);
        for (uint32_t k = 0; k < i && !s->skip[i]; k++) {
            if (!s->skip[k] && strcmp(s->shapes[i], s->shapes[k]) == 0) {
                s->routes[i].error = TRT_ROUTER_AMBIGUOUS;
                s->routes[i].other = k;
                s->skip[i] = true;
            }
        }
    }
}

static void make_set(set* s, uint32_t number) {
    static void (*const plant[])(set*) = {plant_bad_pattern, plant_duplicate_parameter,
                                          plant_bad_method, plant_ambiguity, plant_ambiguity};
    memset(s, 0, sizeof *s);
    s_seed = number;
    uint32_t num = 1 + random_below(MAX_ROUTES - MAX_PLANTED - 1);
    while (s->num < num) {
        add_route(s);
    }
    for (uint32_t left = random_below(MAX_PLANTED + 1); left != 0; left--) {
        plant[random_below(5)](s);
    }
    shuffle(s);
    expect_ambiguities(s);
}

static trt_route_spec spec_at(const void* source, uint32_t index) {
    return ((const trt_route_spec*)source)[index];
}

static void check_report(void* context, int error, uint32_t index, uint32_t other,
                         const char* detail) {
    set* s = context;
    const route* r = &s->routes[index];
    const char* said = detail != NULL ? detail : "";
    bool right =
        error == r->error && !s->reported[index] &&
        (error == TRT_ROUTER_AMBIGUOUS ? other == r->other : strstr(said, r->says) != NULL);
    if (!right) {
        test_fail(__FILE__, __LINE__, "%s + %s: error %d (%s) with %u, not %d (%s) with %u",
                  s->specs[index].prefix, s->specs[index].path, error, said, other, r->error,
                  r->says != NULL ? r->says : "", r->other);
    }
    s->reported[index] = true;
}

// ---- matching -----------------------------------------------------------------------------------

/// Appends a segment given as a pattern has it; every byte may come escaped, some must.
static size_t put_encoded(char* out, size_t len, const char* text) {
    char decoded[300];
    size_t num;
    if (trt_percent_decode(decoded, &num, (tmlrt_slice){text, strlen(text)}, false) != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "%s is not well escaped", text);
        return len;
    }
    out[len++] = '/';
    for (size_t i = 0; i < num; i++) {
        unsigned char c = (unsigned char)decoded[i];
        bool escape = c >= 0x80 || c == '/' || random_below(20) == 0;
        len += (size_t)sprintf(out + len, escape ? "%%%02x" : "%c", c);
    }
    return len;
}

/// A request's path: one of a route, changed here and there.
static void make_path(const set* s, char* out) {
    char pattern[400], *rest = pattern, *part;
    size_t len = 0;
    uint32_t of;
    do {
        of = random_below(s->num);
    } while (s->routes[of].error != -1);
    trt_router_pattern(pattern, sizeof pattern, &s->specs[of]);
    while ((part = strsep(&rest, "/")) != NULL) {
        bool open = part[0] == ':' || part[0] == '*' || random_below(8) == 0;
        uint32_t num = part[0] == '*' ? random_below(4) : random_below(25) != 0;
        for (; *part != '\0' && num != 0; num--) {
            len = put_encoded(out, len, open ? s_texts[random_below(16)] : part);
        }
    }
    if (random_below(12) == 0) {
        len = put_encoded(out, len, s_texts[random_below(16)]);
    }
    strcpy(out + len, len == 0 || random_below(10) == 0 ? "/" : "");
}

static void check_match(const set* s, const trt_route_match* match, uint32_t want, uint32_t allow,
                        const char* raw, uint8_t method) {
    if (match->route != want || (want == TRT_ROUTE_NONE && match->allow != allow)) {
        test_fail(__FILE__, __LINE__, "%u %s: route %u allow %x, not %u %x", method, raw,
                  match->route, match->allow, want, allow);
    }
    if (match->route == TRT_ROUTE_NONE) {
        return;
    }
    char pattern[400], *rest = pattern, *part;
    uint32_t num = 0, at = 0;
    trt_router_pattern(pattern, sizeof pattern, &s->specs[match->route]);
    while ((part = strsep(&rest, "/")) != NULL) {
        if (part[0] == ':' || part[0] == '*') {
            const char* name = part[1] != '\0' ? part + 1 : part;
            const tmlrt_slice* is = &match->names[num];
            EXPECT(num < match->num_params && match->at[num] == at && is->len == strlen(name) &&
                   memcmp(is->data, name, is->len) == 0);
            EXPECT_EQ(match->has_wildcard && num + 1 == match->num_params, part[0] == '*');
            num++;
        }
        at += *part != '\0';
    }
    EXPECT_EQ(num, match->num_params);
}

static uint32_t check_paths(const set* s, const trt_router* router) {
    uint32_t num_found = 0;
    trt_arena arena;
    trt_arena_init(&arena, 0);
    for (uint32_t i = 0; i < NUM_PATHS; i++) {
        static trt_path path;
        static char raw[4096];
        const char* reason = "";
        make_path(s, raw);
        if (trt_path_parse(&path, &arena, (tmlrt_slice){raw, strlen(raw)}, &reason) != TMLRT_OK) {
            test_fail(__FILE__, __LINE__, "%s: %s", raw, reason);
            continue;
        }
        oracle_answer want;
        oracle_routes(&want, s->specs, s->skip, s->num, &path);
        for (uint8_t method = TRT_METHOD_OTHER; method < TRT_NUM_METHODS; method++) {
            trt_route_match match;
            trt_router_find(router, &match, &path, method);
            check_match(s, &match, want.route[method], want.allow, raw, method);
            num_found += want.route[method] != TRT_ROUTE_NONE;
        }
    }
    trt_arena_fini(&arena);
    return num_found;
}

TEST(router__200_random_sets__planted_errors_and_no_others_and_routes_as_the_oracle) {
    static set s;
    uint32_t num_found = 0, num_errors[4] = {0};
    for (uint32_t number = 1; number <= NUM_SETS; number++) {
        trt_router router;
        make_set(&s, number);
        REQUIRE(trt_router_init(&router, spec_at, s.specs, s.num, check_report, &s) == TMLRT_OK);
        for (uint32_t i = 0; i < s.num; i++) {
            if (s.routes[i].error != -1) {
                num_errors[s.routes[i].error]++;
            }
            if (s.reported[i] != (s.routes[i].error != -1)) {
                test_fail(__FILE__, __LINE__, "set %u: %s + %s was not reported", number,
                          s.specs[i].prefix, s.specs[i].path);
            }
        }
        num_found += check_paths(&s, &router);
        trt_router_fini(&router);
    }
    uint32_t num = NUM_SETS * NUM_PATHS * TRT_NUM_METHODS;
    printf("router: errors %u method, %u pattern, %u prefix, %u ambiguous; %u of %u found\n",
           num_errors[TRT_ROUTER_BAD_METHOD], num_errors[TRT_ROUTER_BAD_PATTERN],
           num_errors[TRT_ROUTER_BAD_PREFIX], num_errors[TRT_ROUTER_AMBIGUOUS], num_found, num);
    for (int i = 0; i < 4; i++) {
        EXPECT(num_errors[i] > 50);
    }
    EXPECT(num_found > num / 5 && num_found < num / 5 * 4);
}
