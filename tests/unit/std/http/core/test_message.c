// SPDX-License-Identifier: Apache-2.0
// Status phrases, limits, header rules, request accessors, the response builder and problem bodies.
#include "std/http/core/error.h"
#include "std/http/core/header.h"
#include "std/http/core/limits.h"
#include "std/http/core/problem.h"
#include "std/http/core/response.h"
#include "std/http/core/status.h"
#include "std/http/core/uri.h"

#include "tests/support/harness.h"

#include <tmlrt/http/body.h>

TEST(status_reason__registered_and_unknown__phrase_or_empty) {
    EXPECT_STR(trt_status_reason(200), "OK");
    EXPECT_STR(trt_status_reason(226), "IM Used");
    EXPECT_STR(trt_status_reason(431), "Request Header Fields Too Large");
    EXPECT_STR(trt_status_reason(511), "Network Authentication Required");
    static const int unknown[] = {-1, 0, 99, 104, 199, 306, 418, 430, 452, 512, 600, 999, 100000};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        EXPECT_STR(trt_status_reason(unknown[i]), "");
    }
}

TEST(limits_resolve__all_zero__is_every_default) {
    trt_http_limits limits = {.field_bytes = 100};
    trt_http_limits_resolve(&limits);
    EXPECT_EQ(limits.field_bytes, 100);
    EXPECT_EQ(limits.request_line_bytes, 8192);
    EXPECT_EQ(limits.fields_bytes, 32768);
    EXPECT_EQ(limits.num_fields, 100);
    EXPECT_EQ(limits.body_bytes, 1 << 20);
    EXPECT_EQ(limits.head_timeout_ns, 10000000000);
    limits.num_fields = 5000;
    trt_http_limits_resolve(&limits);
    EXPECT_EQ(limits.num_fields, 100);
}

TEST(header_rules__names_and_values__are_those_of_the_rfc) {
    EXPECT(trt_header_name_valid("X-Y", 3));
    EXPECT(!trt_header_name_valid("", 0));
    EXPECT(!trt_header_name_valid("x y", 3));
    EXPECT(!trt_header_name_valid("x:", 2));
    EXPECT(trt_header_value_valid("a b\tc", 5));
    EXPECT(trt_header_value_valid("", 0));
    EXPECT(!trt_header_value_valid("a\r\nb", 4));
    EXPECT(!trt_header_value_valid("a\0b", 3));
    EXPECT(!trt_header_value_valid(" a", 2));
    EXPECT(!trt_header_value_valid("a\t", 2));
    EXPECT(trt_header_is_framing("CONTENT-length", 14));
    EXPECT(trt_header_is_framing("Te", 2) && trt_header_is_framing("Proxy-Connection", 16));
    EXPECT(!trt_header_is_framing("Content-Type", 12));
    EXPECT(!trt_header_may_trail("Content-Type", 12) && !trt_header_may_trail("CONNECTION", 10));
    EXPECT(!trt_header_may_trail("set-Cookie", 10) && !trt_header_may_trail("Host", 4));
    EXPECT(trt_header_may_trail("Server-Timing", 13) && trt_header_may_trail("ETag", 4));
}

TEST(percent_decode__good_and_bad_escapes__decoded_or_refused) {
    char out[32];
    size_t len;
    EXPECT_EQ(trt_percent_decode(out, &len, TRT_SLICE("a%20b+%2Fc"), false), TMLRT_OK);
    EXPECT(len == 6 && memcmp(out, "a b+/c", 6) == 0);
    EXPECT_EQ(trt_percent_decode(out, &len, TRT_SLICE("a+b"), true), TMLRT_OK);
    EXPECT(len == 3 && memcmp(out, "a b", 3) == 0);
    EXPECT_EQ(trt_percent_decode(out, &len, TRT_SLICE("%00"), false), TMLRT_E_INVAL);
    EXPECT_EQ(trt_percent_decode(out, &len, TRT_SLICE("%zz"), false), TMLRT_E_INVAL);
    EXPECT_EQ(trt_percent_decode(out, &len, TRT_SLICE("ab%"), false), TMLRT_E_INVAL);
    EXPECT_EQ(trt_percent_decode(out, &len, TRT_SLICE("ab%4"), false), TMLRT_E_INVAL);
}

TEST(query_next__empty_parts_and_missing_values__are_handled) {
    tmlrt_slice query = TRT_SLICE("&a=1&&b&=x&c=d=e"), name, value;
    static const struct {
        const char *name, *value;
    } expected[] = {{"a", "1"}, {"b", ""}, {"", "x"}, {"c", "d=e"}};
    for (size_t i = 0; i < 4; i++) {
        REQUIRE(trt_query_next(&query, &name, &value));
        EXPECT(name.len == strlen(expected[i].name) &&
               memcmp(name.data, expected[i].name, name.len) == 0);
        EXPECT(value.len == strlen(expected[i].value) &&
               memcmp(value.data, expected[i].value, value.len) == 0);
    }
    EXPECT(!trt_query_next(&query, &name, &value));
}

TEST(request_accessors__present_and_absent__string_or_null) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    trt_header headers[] = {{TRT_SLICE("Host"), TRT_SLICE("a")},
                            {TRT_SLICE("X-Two"), TRT_SLICE("first")},
                            {TRT_SLICE("x-two"), TRT_SLICE("second")}};
    trt_path_param params[] = {{TRT_SLICE("id"), TRT_SLICE("42")}};
    tmlrt_request request = {.arena = &arena,
                             .method_text = TRT_SLICE("GET"),
                             .path = TRT_SLICE("/u/42"),
                             .query = TRT_SLICE("na%6De=J%C3%BC+x&bad=%zz&n"),
                             .headers = headers,
                             .num_headers = 3,
                             .body = TRT_SLICE("hello"),
                             .params = params,
                             .num_params = 1};
    EXPECT_STR(tmlrt_request_method(&request), "GET");
    EXPECT_STR(tmlrt_request_path(&request), "/u/42");
    EXPECT_STR(tmlrt_request_header(&request, "X-TWO"), "first");
    EXPECT(tmlrt_request_header(&request, "X-Three") == NULL);
    EXPECT_STR(tmlrt_request_param(&request, "id"), "42");
    EXPECT(tmlrt_request_param(&request, "ID") == NULL);
    EXPECT_STR(tmlrt_request_query(&request, "name"), "J\xc3\xbc x");
    EXPECT_STR(tmlrt_request_query(&request, "n"), "");
    EXPECT(tmlrt_request_query(&request, "bad") == NULL);
    EXPECT(tmlrt_request_query(&request, "none") == NULL);
    tmlrt_slice body;
    tmlrt_request_body(&request, &body);
    EXPECT_EQ(body.len, 5);
    trt_arena_fini(&arena);
}

TEST(request_accessors__fields_cookies_and_values__in_order_or_null) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    trt_header headers[] = {
        {TRT_SLICE("Cookie"), TRT_SLICE("a=1; b=\"two\" ;c; =d; a=9")},
        {{"cookie: e==; f=", 6}, TRT_SLICE("e==; f=")}, // as it lies in the head
    };
    tmlrt_request request = {.arena = &arena,
                             .authority = {"example.com:80!", 14},
                             .peer_ip = {"::1x", 3},
                             .headers = headers,
                             .num_headers = 2};
    EXPECT_EQ(tmlrt_request_num_headers(&request), 2);
    EXPECT_STR(tmlrt_request_header_name(&request, 1), "cookie");
    EXPECT_STR(tmlrt_request_header_value(&request, 1), "e==; f=");
    EXPECT(tmlrt_request_header_name(&request, 2) == NULL);
    EXPECT(tmlrt_request_header_value(&request, -1) == NULL);
    EXPECT_STR(tmlrt_request_cookie(&request, "a"), "1");
    EXPECT_STR(tmlrt_request_cookie(&request, "b"), "two");
    EXPECT(tmlrt_request_cookie(&request, "c") == NULL); // it has no '='
    EXPECT_STR(tmlrt_request_cookie(&request, "e"), "=");
    EXPECT_STR(tmlrt_request_cookie(&request, "f"), "");
    EXPECT(tmlrt_request_cookie(&request, "A") == NULL);
    EXPECT_STR(tmlrt_request_ip(&request), "::1");
    EXPECT_STR(tmlrt_request_host(&request), "example.com:80");
    EXPECT_EQ(tmlrt_request_is_secure(&request), 0);
    request.flags |= TRT_REQUEST_SECURE;
    EXPECT_EQ(tmlrt_request_is_secure(&request), 1);
    char key[] = "user", value[] = "ann";
    EXPECT(tmlrt_request_get(&request, "user") == NULL);
    EXPECT_EQ(tmlrt_request_set(&request, key, value), TMLRT_OK);
    EXPECT_EQ(tmlrt_request_set(&request, "role", "admin"), TMLRT_OK);
    key[0] = value[0] = '?';
    EXPECT_STR(tmlrt_request_get(&request, "user"), "ann");
    EXPECT_EQ(tmlrt_request_set(&request, "user", "bob"), TMLRT_OK);
    EXPECT_STR(tmlrt_request_get(&request, "user"), "bob");
    EXPECT_STR(tmlrt_request_get(&request, "role"), "admin");
    trt_arena_fini(&arena);
}

TEST(request_priority__field_or_none__what_is_not_understood_is_passed_over) {
    static const struct {
        const char* field;
        int urgency, incremental;
    } rows[] = {
        {"u=0", 0, 0},
        {"u=7, i", 7, 1},
        {"i", 3, 1},
        {"i=?0", 3, 0},
        {"i=?1,u=5", 5, 1},
        {"u=8", 3, 0},
        {"u=-1", 3, 0},
        {"u=12", 3, 0},
        {"u", 3, 0},
        {"u=2;x=\"y\"", 2, 0},
        {"i;x=1", 3, 1},
        {"u=1, u=4", 4, 0},
        {"", 3, 0},
        {",,=,;,i=1", 3, 0},
        {"urgency=1, in", 3, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        trt_header field = {TRT_SLICE("Priority"), {rows[i].field, strlen(rows[i].field)}};
        tmlrt_request request = {.headers = &field, .num_headers = 1};
        int32_t incremental = -1;
        EXPECT_EQ(tmlrt_request_priority(&request, &incremental), rows[i].urgency);
        EXPECT_EQ(incremental, rows[i].incremental);
    }
    tmlrt_request none = {.flags = TRT_REQUEST_EARLY_DATA, .peer_certificate = TRT_SLICE("der")};
    tmlrt_slice certificate;
    int32_t incremental = -1;
    EXPECT_EQ(tmlrt_request_priority(&none, &incremental), 3);
    EXPECT_EQ(incremental, 0);
    EXPECT_EQ(tmlrt_request_is_early_data(&none), 1);
    tmlrt_request_peer_certificate(&none, &certificate);
    EXPECT_EQ(certificate.len, 3);
}

TEST(response_accessors__status_fields_and_body__read_replaced_removed) {
    tmlrt_response* response = trt_response_new_detached(200);
    REQUIRE(response != NULL);
    tmlrt_slice body;
    EXPECT_EQ(trt_response_add_static(response, TRT_SLICE("A"), TRT_SLICE("1")), TMLRT_OK);
    EXPECT_EQ(trt_response_add_static(response, TRT_SLICE("a"), TRT_SLICE("2")), TMLRT_OK);
    EXPECT_EQ(trt_response_add_static(response, TRT_SLICE("B"), TRT_SLICE("3")), TMLRT_OK);
    EXPECT_EQ(tmlrt_response_header(response, "A", "4"), TMLRT_OK);
    EXPECT_EQ(response->num_literal, 3);
    EXPECT_STR(tmlrt_response_get_header(response, "a"), "1");
    EXPECT_EQ(tmlrt_response_set_header(response, "a", "5"), TMLRT_OK);
    EXPECT_EQ(response->num_headers, 2);
    EXPECT_EQ(response->num_literal, 0); // the first is a copy now
    EXPECT_STR(tmlrt_response_get_header(response, "A"), "5");
    EXPECT_EQ(tmlrt_response_set_header(response, "a", "x\ny"), TMLRT_E_HTTP_HEADER);
    EXPECT_EQ(tmlrt_response_remove_header(response, "A"), 1);
    EXPECT_EQ(tmlrt_response_remove_header(response, "A"), 0);
    EXPECT(tmlrt_response_get_header(response, "A") == NULL);
    EXPECT_STR(tmlrt_response_get_header(response, "b"), "3");
    tmlrt_response_set_status(response, 404);
    EXPECT_EQ(tmlrt_response_status(response), 404);
    EXPECT_EQ(tmlrt_response_body(response, NULL, "hi", 2), TMLRT_OK);
    tmlrt_response_body_slice(response, &body);
    EXPECT(body.len == 2 && memcmp(body.data, "hi", 2) == 0);
    trt_response_free(response);
}

TEST(response_remove__all_literals__none_is_counted) {
    tmlrt_response* response = trt_response_new_detached(200);
    REQUIRE(response != NULL);
    EXPECT_EQ(trt_response_add_static(response, TRT_SLICE("A"), TRT_SLICE("1")), TMLRT_OK);
    EXPECT_EQ(trt_response_add_static(response, TRT_SLICE("A"), TRT_SLICE("2")), TMLRT_OK);
    EXPECT_EQ(tmlrt_response_remove_header(response, "a"), 2);
    EXPECT_EQ(response->num_literal, 0);
    trt_response_free(response);
}

TEST(error__texts_and_default_answer__a_5xx_tells_nothing) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    tmlrt_error error;
    char detail[] = "taken";
    trt_problem problem = {.status = 409, .detail = detail};
    trt_header extra = {TRT_SLICE("Allow"), TRT_SLICE("GET")};
    EXPECT_EQ(trt_error_init(&error, &arena, &problem, "Taken", extra), TMLRT_OK);
    detail[0] = '?';
    EXPECT_EQ(tmlrt_error_status(&error), 409);
    EXPECT_STR(tmlrt_error_title(&error), "Conflict");
    EXPECT_STR(tmlrt_error_detail(&error), "taken");
    EXPECT_STR(tmlrt_error_type(&error), "about:blank");
    EXPECT_STR(tmlrt_error_name(&error), "Taken");
    tmlrt_response* response = tmlrt_error_response(&error);
    REQUIRE(response != NULL);
    EXPECT_STR(tmlrt_response_get_header(response, "allow"), "GET");
    problem = (trt_problem){.status = 99, .title = "secret", .detail = "secret"};
    EXPECT_EQ(trt_error_init(&error, &arena, &problem, NULL, (trt_header){0}), TMLRT_OK);
    EXPECT_EQ(tmlrt_error_status(&error), 500);
    EXPECT_STR(tmlrt_error_detail(&error), "secret");
    EXPECT_STR(tmlrt_error_name(&error), "");
    EXPECT(memmem(error.response->body.data, error.response->body.len, "secret", 6) == NULL);
    trt_arena_fini(&arena);
}

TEST(response_builder__fields_and_body__are_copied_and_replaced) {
    tmlrt_response* response = trt_response_new_detached(201);
    REQUIRE(response != NULL);
    char name[] = "X-A", value[] = "1";
    EXPECT_EQ(tmlrt_response_header(response, name, value), TMLRT_OK);
    name[0] = value[0] = '?';
    EXPECT_EQ(tmlrt_response_body(response, "text/plain", "hi", 2), TMLRT_OK);
    EXPECT_EQ(tmlrt_response_body(response, "text/html", "ho!", 3), TMLRT_OK);
    EXPECT_EQ(tmlrt_response_body(response, NULL, NULL, 0), TMLRT_OK);
    REQUIRE(response->num_headers == 2);
    EXPECT(memcmp(response->headers[0].name.data, "X-A", 4) == 0);
    EXPECT(memcmp(response->headers[0].value.data, "1", 2) == 0);
    EXPECT(memcmp(response->headers[1].value.data, "text/html", 10) == 0);
    EXPECT_EQ(response->body.len, 0);
    trt_response_free(response);
    trt_response_free(NULL);
}

TEST(response_builder__forbidden_fields__are_refused_and_not_added) {
    tmlrt_response* response = trt_response_new_detached(200);
    REQUIRE(response != NULL);
    static const char* const bad[][2] = {{"X", "a\r\nSet-Cookie: b"},
                                         {"X Y", "a"},
                                         {"X:", "a"},
                                         {"", "a"},
                                         {"X", "a\n"},
                                         {"X", " a"},
                                         {"X\r\nY", "a"},
                                         {"Content-Length", "5"},
                                         {"Connection", "close"},
                                         {"X", "\x7f"},
                                         {"transfer-encoding", "chunked"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT_EQ(tmlrt_response_header(response, bad[i][0], bad[i][1]), TMLRT_E_HTTP_HEADER);
    }
    EXPECT_EQ(tmlrt_response_body(response, "text/plain\r\nX: y", "a", 1), TMLRT_E_HTTP_HEADER);
    EXPECT_EQ(response->num_headers, 0);
    for (int i = 0; i < 100; i++) {
        EXPECT_EQ(tmlrt_response_header(response, "X", "y"), TMLRT_OK);
    }
    EXPECT_EQ(tmlrt_response_header(response, "X", "y"), TMLRT_E_FULL);
    trt_response_free(response);
}

TEST(response_require_upgrade__no_list_or_no_room__refused_and_nothing_is_changed) {
    static const char* const bad[] = {"", " a", "a ", "a\r\nX: y", "a;b", "a\"b", "\x7f"};
    tmlrt_response* response = trt_response_new_detached(200);
    REQUIRE(response != NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT_EQ(tmlrt_response_require_upgrade(response, bad[i]), TMLRT_E_HTTP_HEADER);
    }
    for (int i = 0; i < 99; i++) {
        EXPECT_EQ(tmlrt_response_header(response, "X", "y"), TMLRT_OK);
    }
    EXPECT_EQ(tmlrt_response_require_upgrade(response, "echo"), TMLRT_E_FULL);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->num_headers, 99);
    EXPECT_EQ(response->num_literal, 0);
    trt_response_free(response);
}

TEST(response_builder__allocation_fails_anywhere__status_and_no_leak) {
    for (uint64_t nth = 1;; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_response* response = trt_response_new_detached(200);
        if (response != NULL) {
            static char big[8000];
            for (int i = 0; i < 20; i++) {
                int32_t status = tmlrt_response_header(response, "X-Name", "value");
                EXPECT(status == TMLRT_OK || status == TMLRT_E_NOMEM);
            }
            int32_t status = tmlrt_response_body(response, "text/plain", big, sizeof big);
            EXPECT(status == TMLRT_OK || status == TMLRT_E_NOMEM);
            status = tmlrt_response_require_upgrade(response, "echo");
            EXPECT(status == TMLRT_OK || status == TMLRT_E_NOMEM);
            EXPECT_EQ(response->status, status == TMLRT_OK ? 426 : 200);
            trt_response_free(response);
        }
        if (!test_allocator_hit()) {
            break;
        }
        REQUIRE(nth < 100);
    }
}

static const char* problem_text(const trt_problem* problem) {
    static char text[1024];
    size_t len = trt_problem_write(text, sizeof text - 1, problem);
    text[len < sizeof text ? len : sizeof text - 1] = '\0';
    return text;
}

TEST(problem_write__members__as_rfc_9457_names_them) {
    trt_problem plain = {.status = 404};
    EXPECT_STR(problem_text(&plain),
               "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404}");
    trt_problem_error errors[] = {{"id", "path", "not a \"number\"", NULL},
                                  {"name", NULL, "too\nlong", NULL}};
    trt_problem full = {.status = 400,
                        .type = "urn:x",
                        .title = "T",
                        .detail = "\xff",
                        .instance = "/u/\xc3\xbc",
                        .errors = errors,
                        .num_errors = 2};
    EXPECT_STR(
        problem_text(&full),
        "{\"type\":\"urn:x\",\"title\":\"T\",\"status\":400,\"detail\":\"\\ufffd\","
        "\"instance\":\"/u/\xc3\xbc\",\"errors\":[{\"name\":\"id\",\"in\":\"path\","
        "\"detail\":\"not a \\\"number\\\"\"},{\"name\":\"name\",\"detail\":\"too\\u000along\"}"
        "]}");
}

TEST(problem_write__small_buffer__writes_a_prefix_and_returns_the_whole_length) {
    trt_problem problem = {.status = 500};
    char text[8] = "zzzzzzz";
    size_t len = trt_problem_write(text, 4, &problem);
    EXPECT(len > 4 && memcmp(text, "{\"tyzzz", 8) == 0);
}

TEST(problem_response__in_an_arena__has_type_and_body) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    trt_problem problem = {.status = 400, .detail = "no"};
    tmlrt_response* response = trt_problem_response(&arena, &problem);
    REQUIRE(response != NULL);
    EXPECT_EQ(response->status, 400);
    const trt_header* type =
        trt_header_find(response->headers, response->num_headers, "content-type", 12);
    EXPECT(type != NULL && memcmp(type->value.data, "application/problem+json", 25) == 0);
    EXPECT_EQ(response->body.len, trt_problem_write(NULL, 0, &problem));
    trt_arena_fini(&arena);
}
