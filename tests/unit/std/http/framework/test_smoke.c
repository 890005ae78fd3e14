// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/smoke.h"

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
