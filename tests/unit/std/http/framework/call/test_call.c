// SPDX-License-Identifier: Apache-2.0
// Requests through the service of a hand-made program: routes, methods, bodies, memory, rules of a
// route.
#include "tests/support/call_rig.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <time.h>

#define JSON "application/json"

TEST(call__get_by_id__bound_and_answered) {
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    EXPECT_STR(call_rig_get(&r, "/api/users/21"), "200|42");
    EXPECT_STR(call_rig_get(&r, "/api/users/21/"), "200|42");
    EXPECT_STR(call_rig_get(&r, "/api/%75sers/21"), "200|42");
    EXPECT_STR(call_rig_get(&r, "/api/users/9223372036854775807"), "200|18446744073709551614");
    EXPECT_STR(call_rig_send(&r, "POST", "/api/users", JSON, "{\"name\":\"Ann\",\"age\":7}"),
               "201|{\"name\":\"Ann\",\"age\":7}");
    EXPECT_STR(call_rig_send(&r, "POST", "/api/users", "Application/JSON; charset=utf-8",
                             "{\"age\":7,\"name\":\"\\u0041\"}"),
               "201|{\"name\":\"A\",\"age\":7}");
    call_rig_stop(&r);
}

TEST(call__id_that_is_no_u64__400_names_the_parameter) {
    static const char* const ids[] = {
        "18446744073709551616", "-1", "+1", "%201", "1e3", "0x10", "00", "1.0", "abc", "%EF%BC%91"};
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    uint64_t calls = ((user_service*)trt_di_get(&r.app.di, "UserService"))->calls;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char target[64];
        snprintf(target, sizeof target, "/api/users/%s", ids[i]);
        EXPECT_STR(call_rig_get(&r, target),
                   "400|{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
                   "\"detail\":\"the request does not fit what the route takes\",\"errors\":[{"
                   "\"name\":\"id\",\"in\":\"path\",\"detail\":\"must be a whole number from 0 to "
                   "18446744073709551615\"}]}");
    }
    EXPECT_EQ(((user_service*)trt_di_get(&r.app.di, "UserService"))->calls, calls); // not called
    call_rig_stop(&r);
}

TEST(call__paths_that_can_be_read_in_two_ways__400) {
    static const char* const targets[] = {
        "/api/users/%00",     "/api/users/%zz",      "/api/users/%c0%af", "/api/users/%",
        "/api/../users/1",    "/api/%2e%2e/users/1", "/api/.%2E/users/1", "/./api/users/1",
        "//api/users/1",      "/api//users/1",       "/api/users/a\\b",   "/api/users/a%5cb",
        "/api/users/1?a=%00", "/api/users/1?a=%zz",  "/api/users/1?a=%",  "/api/users/1?%c0%af",
        "/api/users/1?a=%c3",
    };
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (strncmp(call_rig_get(&r, targets[i]), "400|", 4) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %s", targets[i], r.text);
        }
    }
    call_rig_stop(&r);
}

TEST(call__path_over_4096_bytes__414) {
    static call_rig r;
    static char target[4200] = "/nowhere/";
    meta_program_init(&r.program);
    call_rig_start(&r);
    memset(target + 9, 'a', 4096 - 9);
    EXPECT(strncmp(call_rig_get(&r, target), "404|", 4) == 0);
    target[4096] = '?'; // what is behind it does not count
    target[4097] = 'a';
    EXPECT(strncmp(call_rig_get(&r, target), "404|", 4) == 0);
    target[4096] = 'a';
    EXPECT_STR(call_rig_get(&r, target),
               "414|{\"type\":\"about:blank\",\"title\":\"URI Too Long\",\"status\":414,"
               "\"detail\":\"the path is longer than 4096 bytes\"}");
    call_rig_stop(&r);
}

TEST(call__needs_no_body__where_no_route_takes_it) {
    static const struct {
        const char *method, *target;
        bool want;
    } rows[] = {
        {"POST", "/api/users", false},   {"POST", "/api/users?a=%zz", false},
        {"PATCH", "/api/users", true},   {"POST", "/nowhere", true},
        {"POST", "/api/../users", true}, {"OPTIONS", "*", true},
    };
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        call_rig_request(&r, rows[i].method, rows[i].target);
        if (r.service.needs_no_body(r.service.self, &r.exchange.request) != rows[i].want ||
            r.service.needs_no_body(r.service.self, &r.exchange.request) != rows[i].want) {
            test_fail(__FILE__, __LINE__, "%s %s", rows[i].method, rows[i].target);
        }
        (void)call_rig_run(&r);
    }
    call_rig_stop(&r);
}

TEST(call__methods__404_405_head_options) {
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    EXPECT(strncmp(call_rig_get(&r, "/nowhere"),
                   "404|{\"type\":\"about:blank\",\"title\":\"Not Found\"", 40) == 0);
    call_rig_request(&r, "PUT", "/api/users/1");
    EXPECT(strncmp(call_rig_run(&r), "405|Allow: GET, HEAD, OPTIONS|", 30) == 0);
    call_rig_request(&r, "BREW", "/api/users");
    EXPECT(strncmp(call_rig_run(&r), "405|Allow: POST, OPTIONS|", 25) == 0);
    call_rig_request(&r, "OPTIONS", "/api/users/1");
    EXPECT_STR(call_rig_run(&r), "204|Allow: GET, HEAD, OPTIONS|");
    call_rig_request(&r, "OPTIONS", "*");
    EXPECT_STR(call_rig_run(&r), "204|Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS|");
    call_rig_request(&r, "OPTIONS", "/nowhere");
    EXPECT(strncmp(call_rig_run(&r), "404|", 4) == 0);
    call_rig_request(&r, "HEAD", "/api/users/4");
    EXPECT_STR(call_rig_run(&r), "200|8"); // the server leaves the body out
    call_rig_stop(&r);
}

TEST(call__bodies__415_and_every_error_with_its_pointer) {
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    const char* good = "{\"name\":\"\",\"age\":1}";
    EXPECT(strncmp(call_rig_send(&r, "POST", "/api/users", "text/plain", good),
                   "415|Accept: ", 12) == 0);
    EXPECT(strncmp(call_rig_send(&r, "POST", "/api/users", "", good), "415|", 4) == 0);
    EXPECT(strncmp(call_rig_send(&r, "POST", "/api/users", "application/jsonx", good), "415|", 4) ==
           0);
    EXPECT(strstr(call_rig_send(&r, "POST", "/api/users", JSON, ""),
                  "{\"name\":\"dto\",\"in\":\"body\",\"detail\":\"is required\"}") != NULL);
    EXPECT(strstr(call_rig_send(&r, "POST", "/api/users", JSON, "{\"age\":-1,\"x\":[]}"),
                  "\"errors\":[{\"pointer\":\"/age\",\"in\":\"body\",\"detail\":\"must be a whole "
                  "number from 0 to 18446744073709551615\"},{\"pointer\":\"/x\",\"in\":\"body\","
                  "\"detail\":\"is not a known field\"},{\"pointer\":\"/name\",\"in\":\"body\","
                  "\"detail\":\"is required\"}]") != NULL);
    EXPECT(strstr(call_rig_send(&r, "POST", "/api/users", JSON, "{\"age\":1"),
                  "{\"pointer\":\"\",\"in\":\"body\",\"detail\":\"malformed JSON at byte 8: the "
                  "object is not closed\"}") != NULL);
    call_rig_stop(&r);
}

// ---- memory ------------------------------------------------------------------------------------

TEST(call__steady_state__no_allocation) {
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    EXPECT_STR(call_rig_get(&r, "/api/users/21"), "200|42");
    uint64_t calls = test_allocator_calls();
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    enum { NUM = 100000 };
    for (int i = 0; i < NUM; i++) {
        call_rig_request(&r, "GET", "/api/users/21");
        (void)!r.service.start(r.service.self, &r.exchange, &r.cx.base);
        r.service.drop(r.service.self, &r.exchange);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    EXPECT_EQ(test_allocator_calls() - calls, 0);
    printf("call: %.0f ns per GET /api/users/:id\n",
           ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / NUM);
    call_rig_stop(&r);
}

TEST(call__memory_fails_at_every_allocation__answered_or_none_and_no_leak) {
    static call_rig r;
    meta_program_init(&r.program);
    call_rig_start(&r);
    for (uint64_t nth = 1;; nth++) {
        trt_arena_fini(&r.arena); // so that every request allocates
        trt_arena_init(&r.arena, 1 << 20);
        test_allocator_fail_at(nth);
        const char* text =
            call_rig_send(&r, "POST", "/api/users?x=%31", JSON, "{\"name\":\"n\",\"age\":1}");
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        if (!hit) {
            EXPECT(strncmp(text, "201|", 4) == 0);
            break;
        }
        EXPECT(strcmp(text, "none") == 0 || strncmp(text, "503|", 4) == 0);
    }
    trt_arena_fini(&r.arena);
    trt_arena_init(&r.arena, 600); // a cap instead of a failing allocator
    EXPECT(strncmp(call_rig_get(
                       &r, "/api/users/%31?aaaaaaaaaaaaaaaa=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
                   "2", 1) != 0 ||
           r.arena.held_bytes <= 600);
    call_rig_stop(&r);
}

// ---- @SetHeader, @Redirect, @Timeout ------------------------------------------------------------

#define RULE(name_, args_) {name_, META_TABLE(args_), META_LOC(6)}

TEST(call__rules_of_a_route__fields_redirect_and_time) {
    static tmlrt_meta_value header[2] = {{.kind = TMLRT_VALUE_STR, .len = 3, .p = "X-A"},
                                         {.kind = TMLRT_VALUE_STR, .len = 1, .p = "b"}};
    static tmlrt_meta_value time_ms[1] = {{.kind = TMLRT_VALUE_INT, .i = 250}};
    static tmlrt_meta_value url[2] = {{.kind = TMLRT_VALUE_STR, .len = 4, .p = "/new"},
                                      {.kind = TMLRT_VALUE_INT, .i = 301}};
    static tmlrt_meta_deco decos[] = {RULE("SetHeader", header), RULE("Timeout", time_ms),
                                      RULE("Redirect", url)};
    static call_rig r;
    meta_program_init(&r.program);
    r.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 2, sizeof decos[0]};
    call_rig_start(&r);
    EXPECT_STR(call_rig_get(&r, "/api/users/21"), "200|X-A: b|42");
    EXPECT(strncmp(call_rig_get(&r, "/api/users/x"), "400|{", 5) == 0); // an error has none
    call_rig_request(&r, "GET", "/api/users/1");
    EXPECT_EQ(r.service.start(r.service.self, &r.exchange, &r.cx.base), TMLRT_READY);
    EXPECT_EQ(r.exchange.timeout_ns, 250000000);
    call_rig_finish(&r);
    EXPECT(r.service.body_limit == NULL);
    call_rig_stop(&r);
    meta_program_init(&r.program);
    r.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 3, sizeof decos[0]};
    call_rig_start(&r);
    EXPECT_STR(call_rig_get(&r, "/api/users/21"), "301|Location: /new|X-A: b|");
    call_rig_stop(&r);
}

TEST(call__body_limit_of_a_route__told_when_asked) {
    static tmlrt_meta_value bytes[1] = {{.kind = TMLRT_VALUE_INT, .i = 77}};
    static tmlrt_meta_deco decos[] = {RULE("BodyLimit", bytes)};
    static call_rig r;
    meta_program_init(&r.program);
    r.program.routes[META_CREATE].decos = META_TABLE(decos);
    call_rig_start(&r);
    REQUIRE(r.service.body_limit != NULL);
    call_rig_request(&r, "POST", "/api/users");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 77);
    call_rig_request(&r, "POST", "/api/%75sers");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 77);
    call_rig_request(&r, "PUT", "/api/users/1");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 0);
    call_rig_request(&r, "POST", "/api//users");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 0);
    call_rig_stop(&r);
}

// Where it is not known which route takes it, the body is not given up, and who asks again knows.
TEST(call__no_memory_ahead_of_the_body__the_route_is_looked_for_again) {
    static tmlrt_meta_value bytes[1] = {{.kind = TMLRT_VALUE_INT, .i = 77}};
    static tmlrt_meta_deco decos[] = {RULE("BodyLimit", bytes)};
    static call_rig r;
    trt_arena full;
    meta_program_init(&r.program);
    r.program.routes[META_CREATE].decos = META_TABLE(decos);
    call_rig_start(&r);
    call_rig_request(&r, "POST", "/api/%75sers");
    trt_arena* arena = r.exchange.request.arena;
    trt_arena_init(&full, 1);
    r.exchange.request.arena = &full;
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 0);
    EXPECT(!r.service.needs_no_body(r.service.self, &r.exchange.request));
    r.exchange.request.arena = arena;
    EXPECT(!r.service.needs_no_body(r.service.self, &r.exchange.request));
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 77);
    trt_arena_fini(&full);
    call_rig_stop(&r);
}
