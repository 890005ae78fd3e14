// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/app/smoke.h"

#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"

TEST(smoke_report__every_outcome__as_users_see_it) {
    static const trt_smoke_case wants[] = {
        {"Users", "get", "reads a user", "users.tml", 7, 200, "GET /users/1", "{\"id\":1}"},
        {"Users", "get", "reads a user", "users.tml", 7, 200, "GET /users/1", "{\"id\":2}"},
        {"Users", "add", "adds", "users.tml", 9, 201, "POST /users\nA: b\n\n{\"a\":\n1}", NULL},
        {"Users", "all", "made up", "users.tml", 11, 0, "GET /users", NULL},
        {"Users", "all", "made up", "users.tml", 11, 0, "GET /users", NULL},
        {"Users", "del", "gone", "users.tml", 13, 404, "DELETE /users/1", "nothing"},
        {"Users", "del", "refused", "users.tml", 13, 204, "DELETE /users/1", NULL},
        {"Users", "del", "nonsense", "users.tml", 13, 204, "DELETE /users/1", NULL},
    };
    static const trt_smoke_answer gots[] = {
        {200, TMLRT_OK, {"{\"id\":1}", 8}},
        {200, TMLRT_OK, {"{\"id\":1}", 8}},
        {400, TMLRT_OK, {"two\r\nlines\n", 11}},
        {404, TMLRT_OK, {"", 0}},
        {500, TMLRT_OK, {"", 0}},
        {200, TMLRT_OK, {"something", 9}},
        {0, TMLRT_E_TIMEDOUT, {"", 0}},
        {0, TMLRT_OK, {"", 0}},
    };
    static const bool right[] = {true, false, false, true, false, false, false, false};
    trt_text text = {0};
    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        EXPECT_EQ(trt_smoke_report(&text, &wants[i], &gots[i]), right[i]);
    }
    EXPECT_GOLDEN("smoke_report", text.data, text.len);
    trt_text_fini(&text);
}

TEST(smoke_report__long_body__is_cut) {
    static char body[10000];
    static const trt_smoke_case want = {"A", "b", "long", "a.tml", 1, 200, "GET /", NULL};
    trt_text text = {0};
    memset(body, 'x', sizeof body);
    trt_smoke_answer got = {200, TMLRT_OK, {body, sizeof body}};
    EXPECT(trt_smoke_report(&text, &want, &got));
    EXPECT(text.len < 4200 && strstr(text.data, "... and 5904 bytes more\n") != NULL);
    trt_text_fini(&text);
}

static void expect_request(const char* path, const char* key, const char* want) {
    meta_program p;
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    meta_program_init(&p);
    p.controller.args.count = 0; // no prefix
    p.routes[META_GET].path = path;
    p.id.key = key;
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    trt_smoke_make_request(&app, 0, &text);
    EXPECT_STR(text.data, want);
    trt_text_fini(&text);
    trt_app_fini(&app);
}

TEST(smoke_request__paths__parameters_filled_and_bytes_escaped) {
    expect_request("/a/:id", "id", "GET /a/1");
    expect_request("/%3Aid/caf\xC3\xA9/*", "*", "GET /%3Aid/caf%C3%A9/1");
    expect_request("/a%20b/x\"y/:other/*id/", "id", "GET /a%20b/x%22y/1/1");
}

TEST(smoke_command__requests__are_lines_a_shell_runs) {
    static const char* const cases[][2] = {
        {"GET /a/1", "curl -i http://h:1/a/1\n"},
        {"GET /a?b=1&c=it's", "curl -i 'http://h:1/a?b=1&c=it'\\''s'\n"},
        {"HEAD /", "curl -I http://h:1/\n"},
        {"DELETE /a/[1]", "curl -i -X DELETE -g 'http://h:1/a/[1]'\n"},
        {"POST /a\nContent-Type: application/json\nX: y\n\n{\"a\":\n$b}",
         "curl -i -X POST http://h:1/a -H 'Content-Type: application/json' -H 'X: y' --data-raw "
         "'{\"a\":\n$b}'\n"},
        {"POST /a\n\n@file", "curl -i -X POST http://h:1/a --data-raw @file\n"},
        {"POST /a\n", "curl -i -X POST http://h:1/a\n"},
        {"M;rm", "curl -i -X 'M;rm' http://h:1\n"},
        {"", "curl -i -X '' http://h:1\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_text text = {0};
        trt_smoke_to_command(cases[i][0], "http://h:1", &text);
        EXPECT_STR(text.data, cases[i][1]);
        trt_text_fini(&text);
    }
}

TEST(smoke_commands__program__one_for_each_route) {
    meta_program p;
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    trt_addr server;
    meta_program_init(&p);
    REQUIRE(trt_addr_parse(&server, "127.0.0.1:80", 0) == TMLRT_OK);
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    trt_smoke_commands(&app, &server, false, &text);
    EXPECT_GOLDEN("smoke_commands", text.data, text.len);
    trt_text_fini(&text);
    trt_app_fini(&app);
}
