// SPDX-License-Identifier: Apache-2.0
// Returned values as answers, by hand-made records.
#include "std/http/framework/call/answer.h"

#include "std/http/framework/value/value.h"
#include "tests/support/harness.h"

#include <stdio.h>

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}

static const tmlrt_meta_type t_unit = {.align = 1, .kind = TMLRT_TYPE_UNIT};
static const tmlrt_meta_type t_bool = SCALAR(BOOL, 1), t_i32 = SCALAR(I32, 4),
                             t_u64 = SCALAR(U64, 8), t_str = SCALAR(STR, 8),
                             t_text = SCALAR(TEXT, 8);
static const tmlrt_meta_type t_i32s = {&t_i32, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_maybe_str = {&t_str, 8, 8, TMLRT_TYPE_MAYBE, 255},
                             t_maybe_i32 = {&t_i32, 8, 4, TMLRT_TYPE_MAYBE, 4};
static const tmlrt_meta_deco s_exclude = {.name = "Exclude"};
static const tmlrt_meta_value s_wire = {.kind = TMLRT_VALUE_STR, .len = 9, .p = "wire-name"};
static const tmlrt_meta_deco s_key = {.name = "Name", .args = {&s_wire, 1, sizeof s_wire}};

#define TABLE(array) {(array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0])}
#define ONE(record)  {&(record), 1, sizeof(record)}

static trt_arena s_arena;
static char s_text[1024];

/// "status type body", "none" for no answer.
static const char* show(const tmlrt_response* response) {
    if (response == NULL) {
        return "none";
    }
    tmlrt_slice type = {"-", 1};
    for (uint32_t i = 0; i < response->num_headers; i++) {
        if (response->headers[i].name.len == 12) {
            type = response->headers[i].value;
        }
    }
    snprintf(s_text, sizeof s_text, "%d %.*s %.*s", response->status, (int)type.len, type.data,
             (int)response->body.len, response->body.data);
    return s_text;
}

static const char* answer(const tmlrt_meta_type* type, int16_t success, const void* value) {
    tmlrt_meta_route route = {.ret = type};
    trt_handler handler = {.route = &route, .success = success};
    trt_arena_reset(&s_arena);
    return show(trt_answer_value(&s_arena, NULL, &handler, value));
}

static const char* failure(const tmlrt_meta_type* type, const void* value) {
    trt_arena_reset(&s_arena);
    return show(trt_answer_error(&s_arena, NULL, type, value));
}

TEST(answer__values__status_type_and_body) {
    const char* str = "caf\xC3\xA9";
    const char* null = NULL;
    uint8_t yes = 1;
    uint64_t most = UINT64_MAX;
    int32_t numbers[3] = {1, -2, 3};
    char cells[3][8] = {{0}};
    for (int i = 0; i < 3; i++) {
        memcpy(cells[i], &numbers[i], 4);
    }
    trt_tml_list list = {cells, 3, 4, 8}, *lists = &list;
    struct {
        int32_t tag, payload;
    } maybe = {0, 7};
    EXPECT_STR(answer(&t_unit, 200, ""), "204 - ");
    EXPECT_STR(answer(&t_unit, 201, ""), "201 - ");
    EXPECT_STR(answer(&t_str, 200, &str), "200 text/plain; charset=utf-8 caf\xC3\xA9");
    EXPECT_STR(answer(&t_bool, 200, &yes), "200 application/json true");
    EXPECT_STR(answer(&t_u64, 201, &most), "201 application/json 18446744073709551615");
    EXPECT_STR(answer(&t_i32s, 200, &lists), "200 application/json [1,-2,3]");
    EXPECT_STR(answer(&t_maybe_i32, 200, &maybe), "200 application/json 7");
    maybe.tag = 1;
    EXPECT_STR(answer(&t_maybe_i32, 200, &maybe),
               "404 application/problem+json "
               "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404}");
    EXPECT(strncmp(answer(&t_maybe_str, 200, &null), "404 ", 4) == 0);
    trt_arena_fini(&s_arena);
}

typedef struct secret {
    const char* password;
    int32_t id;
    const char* name;
} secret;

TEST(answer__field_decorators__excluded_and_renamed) {
    static const tmlrt_meta_slot fields[] = {
        {.name = "password",
         .key = "password",
         .type = &t_str,
         .offset = offsetof(secret, password),
         .decos = ONE(s_exclude)},
        {.name = "id", .key = "id", .type = &t_i32, .offset = offsetof(secret, id)},
        {.name = "name",
         .key = "name",
         .type = &t_str,
         .offset = offsetof(secret, name),
         .decos = ONE(s_key)},
    };
    static const tmlrt_meta_schema schema = {
        .name = "Secret", .fields = TABLE(fields), .size = sizeof(secret), .align = 8};
    static const tmlrt_meta_schema nothing = {
        .name = "Nothing", .fields = {fields, 1, sizeof fields[0]}, .size = 8, .align = 8};
    static const tmlrt_meta_type type = {&schema, sizeof(secret), 8, TMLRT_TYPE_STRUCT, 0},
                                 empty = {&nothing, 8, 8, TMLRT_TYPE_STRUCT, 0};
    secret value = {"hunter2", 1, "n"};
    trt_json_keys keys;
    REQUIRE(trt_json_keys_init(&keys, 2) == TMLRT_OK);
    REQUIRE(trt_json_keys_add(&keys, &schema) == TMLRT_OK);
    REQUIRE(trt_json_keys_add(&keys, &nothing) == TMLRT_OK);
    for (int with = 0; with < 2; with++) {
        tmlrt_meta_route route = {.ret = &type};
        trt_handler handler = {.route = &route, .success = 200};
        const trt_json_keys* used = with ? &keys : NULL;
        EXPECT_STR(show(trt_answer_value(&s_arena, used, &handler, &value)),
                   "200 application/json {\"id\":1,\"wire-name\":\"n\"}");
        route.ret = &empty;
        EXPECT_STR(show(trt_answer_value(&s_arena, used, &handler, &value)),
                   "200 application/json {}");
    }
    trt_json_keys_fini(&keys);
    trt_arena_fini(&s_arena);
}

// ---- errors ----------------------------------------------------------------------------------

typedef struct app_error {
    int32_t status;
    const char* detail;
    int32_t id;
    trt_tml_list* missing;
    const char* password;
    const char* title;
} app_error;

static const tmlrt_meta_slot s_error_fields[] = {
    {.name = "status", .type = &t_i32, .offset = offsetof(app_error, status)},
    {.name = "detail", .type = &t_maybe_str, .offset = offsetof(app_error, detail)},
    {.name = "id", .type = &t_i32, .offset = offsetof(app_error, id)},
    {.name = "missing", .type = &t_i32s, .offset = offsetof(app_error, missing)},
    {.name = "password",
     .type = &t_str,
     .offset = offsetof(app_error, password),
     .decos = ONE(s_exclude)},
    {.name = "title", .type = &t_maybe_str, .offset = offsetof(app_error, title)},
};
static const tmlrt_meta_schema s_app_error = {
    .name = "UserLimitReached", .fields = TABLE(s_error_fields), .size = sizeof(app_error)};
static const tmlrt_meta_type t_app_error = {&s_app_error, sizeof(app_error), 8, TMLRT_TYPE_STRUCT,
                                            0};

TEST(answer__err_struct__members_and_extensions_but_no_text_of_a_5xx) {
    char cell[8] = {5};
    trt_tml_list list = {cell, 1, 4, 8};
    app_error value = {429, "too \"many\"", 7, &list, "hunter2", NULL};
    EXPECT_STR(failure(&t_app_error, &value),
               "429 application/problem+json {\"type\":\"urn:problem-type:user-limit-reached\","
               "\"title\":\"User limit reached\",\"status\":429,\"detail\":\"too \\\"many\\\"\","
               "\"id\":7,\"missing\":[5]}");
    value.title = "Slow down";
    value.detail = NULL;
    EXPECT_STR(failure(&t_app_error, &value),
               "429 application/problem+json {\"type\":\"urn:problem-type:user-limit-reached\","
               "\"title\":\"Slow down\",\"status\":429,\"id\":7,\"missing\":[5]}");
    static const int32_t server_side[] = {500, 503, 599, 600, 399, 200, 0, -1};
    for (size_t i = 0; i < sizeof server_side / sizeof server_side[0]; i++) {
        value.status = server_side[i];
        value.detail = "secret";
        const char* text = failure(&t_app_error, &value);
        bool kept = value.status >= 500 && value.status <= 599;
        char want[16];
        snprintf(want, sizeof want, "%d ", kept ? value.status : 500);
        EXPECT(strncmp(text, want, 4) == 0);
        EXPECT(strstr(text, "secret") == NULL && strstr(text, "Slow") == NULL &&
               strstr(text, "\"id\"") == NULL && strstr(text, "about:blank") != NULL);
    }
    trt_arena_fini(&s_arena);
}

typedef struct auth_problem {
    int32_t status;
    const char *detail, *challenge;
} auth_problem;

TEST(answer__auth_problem__its_challenge_is_a_field) {
    static const tmlrt_meta_slot fields[] = {
        {.name = "status", .type = &t_i32, .offset = offsetof(auth_problem, status)},
        {.name = "detail", .type = &t_str, .offset = offsetof(auth_problem, detail)},
        {.name = "challenge", .type = &t_str, .offset = offsetof(auth_problem, challenge)},
    };
    static const tmlrt_meta_schema schema = {
        .name = "AuthProblem", .fields = TABLE(fields), .size = sizeof(auth_problem)};
    static const tmlrt_meta_type type = {&schema, sizeof(auth_problem), 8, TMLRT_TYPE_STRUCT, 0};
    auth_problem value = {401, "who?", "Basic realm=\"shop\""};
    EXPECT_STR(failure(&type, &value),
               "401 application/problem+json {\"type\":\"about:blank\",\"title\":\"Unauthorized\","
               "\"status\":401,\"detail\":\"who?\"}");
    trt_json_keys keys = {0};
    tmlrt_response* response = trt_answer_error(&s_arena, &keys, &type, &value);
    const char* field =
        response != NULL ? tmlrt_response_get_header(response, "www-authenticate") : NULL;
    EXPECT_STR(field != NULL ? field : "", value.challenge);
    value.challenge = "Basic\r\nX: y"; // no field: an error of the program
    EXPECT_STR(failure(&type, &value), "500 application/problem+json {\"type\":\"about:blank\","
                                       "\"title\":\"Internal Server Error\",\"status\":500}");
    trt_arena_fini(&s_arena);
}

TEST(answer__err_struct_without_a_status__its_name_decides) {
    static const struct {
        const char* name;
        const char* want;
    } rows[] = {
        {"NotFound",
         "404 application/problem+json {\"type\":\"urn:problem-type:not-found\",\"title\":"
         "\"Not found\",\"status\":404}"},
        {"HTTPNotFoundError",
         "404 application/problem+json {\"type\":\"urn:problem-type:http-not-found-error\","
         "\"title\":\"Http not found error\",\"status\":404}"},
        {"EmailConflict", "409 application/problem+json {\"type\":\"urn:problem-type:email-"
                          "conflict\",\"title\":\"Email conflict\",\"status\":409}"},
        {"UnauthorizedException", "401 "},
        {"BadRequest", "400 "},
        {"TooManyRequests", "429 "},
        {"Bygone", "500 "},
        {"Notfound", "404 "},
        {"Error", "500 "},
        {"E", "500 "},
        {"", "500 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tmlrt_meta_schema schema = {.name = rows[i].name};
        tmlrt_meta_type type = {&schema, 0, 1, TMLRT_TYPE_STRUCT, 0};
        const char* text = failure(&type, "");
        if (strncmp(text, rows[i].want, strlen(rows[i].want)) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %s", rows[i].name, text);
        }
    }
    trt_arena_fini(&s_arena);
}

TEST(answer__err_of_other_types__text_is_400_a_number_its_status) {
    const char *str = "no such \xFF", *null = NULL;
    char data[] = "text";
    trt_tml_text text = {data, 4, 5}, *handle = &text;
    int32_t status = 403;
    uint8_t yes = 1;
    EXPECT_STR(failure(&t_str, &str),
               "400 application/problem+json {\"type\":\"about:blank\",\"title\":\"Bad Request\","
               "\"status\":400,\"detail\":\"no such \\ufffd\"}");
    EXPECT(strstr(failure(&t_text, &handle), "\"detail\":\"text\"}") != NULL);
    EXPECT(strstr(failure(&t_str, &null), "\"status\":400}") != NULL);
    EXPECT(strncmp(failure(&t_i32, &status), "403 ", 4) == 0);
    status = 302;
    EXPECT(strncmp(failure(&t_i32, &status), "500 ", 4) == 0);
    EXPECT(strncmp(failure(&t_bool, &yes), "500 ", 4) == 0);
    EXPECT(strncmp(failure(&t_unit, &yes), "500 ", 4) == 0);
    trt_arena_fini(&s_arena);
}

TEST(answer__many_binding_errors__the_detail_says_how_many) {
    static trt_bind_errors errors = {.num = 1, .num_all = 40, .status = 400, .detail = "d"};
    errors.items[0] = (trt_problem_error){.name = "a", .where = "query", .detail = "is required"};
    EXPECT(strstr(show(trt_answer_bind_errors(&s_arena, &errors)),
                  "\"detail\":\"d: 40 errors, the first 1 are listed\",\"errors\":[{\"name\":\"a\","
                  "\"in\":\"query\",\"detail\":\"is required\"}]}") != NULL);
    trt_arena_fini(&s_arena);
}

TEST(answer__memory_fails_at_every_allocation__no_answer_and_no_leak) {
    char cell[8] = {5};
    trt_tml_list list = {cell, 1, 4, 8};
    app_error value = {429, "many", 7, &list, "p", NULL};
    for (uint64_t nth = 1;; nth++) {
        trt_arena_fini(&s_arena);
        trt_arena_init(&s_arena, 0);
        test_allocator_fail_at(nth);
        const char* text = failure(&t_app_error, &value);
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT((strcmp(text, "none") == 0) == hit);
        if (!hit) {
            break;
        }
        REQUIRE(nth < 100);
    }
    trt_arena_fini(&s_arena);
}
