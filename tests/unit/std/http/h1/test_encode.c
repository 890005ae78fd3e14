// SPDX-License-Identifier: Apache-2.0
#include "std/http/h1/encode.h"

#include "rt/base/assert.h"
#include "std/http/core/response.h"
#include "tests/support/harness.h"

#include <stdio.h>

static const char s_date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static const char* encode(const tmlrt_response* response, trt_h1_answer_options options) {
    static char out[4096];
    size_t len = 0;
    options.date = s_date;
    tmlrt_status status = trt_h1_encode_head(out, sizeof out - 1, &len, response, &options);
    EXPECT_EQ(status, TMLRT_OK);
    out[len] = '\0';
    EXPECT(len <= trt_h1_head_bound(response, &options));
    return out;
}

TEST(h1_encode__plain_answer__status_fields_date_length) {
    trt_header fields[] = {{TRT_SLICE("Content-Type"), TRT_SLICE("text/plain")},
                           {TRT_SLICE("X-Empty"), TRT_SLICE("")}};
    tmlrt_response response = {
        .status = 200, .headers = fields, .num_headers = 2, .body = TRT_SLICE("hello")};
    EXPECT_STR(encode(&response, (trt_h1_answer_options){0}),
               "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Empty: \r\n" DATE
               "Content-Length: 5\r\n\r\n");
    EXPECT_STR(encode(&response, (trt_h1_answer_options){.close = true, .head = true}),
               "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Empty: \r\n" DATE
               "Content-Length: 5\r\nConnection: close\r\n\r\n");
    trt_h1_answer_options head = {.head = true}, plain = {.head = false};
    EXPECT_EQ(trt_h1_body_len(&response, &head), 0);
    EXPECT_EQ(trt_h1_body_len(&response, &plain), 5);
}

TEST(h1_encode__statuses_without_a_body__send_none) { // SQ14-15
    tmlrt_response response = {.status = 204, .body = TRT_SLICE("hello")};
    trt_h1_answer_options plain = {.head = false};
    EXPECT_STR(encode(&response, plain), "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
    EXPECT_EQ(trt_h1_body_len(&response, &plain), 0);
    response.status = 304;
    EXPECT_STR(encode(&response, plain), "HTTP/1.1 304 Not Modified\r\n" DATE "\r\n");
    EXPECT_EQ(trt_h1_body_len(&response, &plain), 0);
    response.status = 205;
    EXPECT_STR(encode(&response, plain),
               "HTTP/1.1 205 Reset Content\r\n" DATE "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(trt_h1_body_len(&response, &plain), 0);
    response.status = 599;
    EXPECT_STR(encode(&response, (trt_h1_answer_options){.keep_alive = true}),
               "HTTP/1.1 599 \r\n" DATE "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
}

TEST(h1_encode__framing_fields_of_the_response__are_left_out) {
    trt_header fields[] = {{TRT_SLICE("content-length"), TRT_SLICE("99")},
                           {TRT_SLICE("Transfer-Encoding"), TRT_SLICE("chunked")},
                           {TRT_SLICE("Connection"), TRT_SLICE("upgrade")},
                           {TRT_SLICE("Date"), TRT_SLICE("never")},
                           {TRT_SLICE("Cookie-x"), TRT_SLICE("1")}};
    tmlrt_response response = {.status = 200, .headers = fields, .num_headers = 5};
    EXPECT_STR(encode(&response, (trt_h1_answer_options){0}),
               "HTTP/1.1 200 OK\r\nCookie-x: 1\r\n" DATE "Content-Length: 0\r\n\r\n");
}

TEST(h1_encode__literal_fields__as_checked_ones) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    tmlrt_response* response = trt_response_new_typed(&arena, 200, TRT_SLICE("text/plain"));
    REQUIRE(response != NULL);
    EXPECT_EQ(trt_response_add_static(response, TRT_SLICE("B"), TRT_SLICE("2")), TMLRT_OK);
    EXPECT_EQ(response->num_literal, 2);
    EXPECT_EQ(trt_response_add(response, TRT_SLICE("C"), TRT_SLICE("3")), TMLRT_OK);
    EXPECT_EQ(trt_response_add_static(response, TRT_SLICE("D"), TRT_SLICE("4")), TMLRT_OK);
    EXPECT_EQ(response->num_literal, 2); // only those in front
    const char* want =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nB: 2\r\nC: 3\r\nD: 4\r\n" DATE
        "Content-Length: 0\r\n\r\n";
    EXPECT_STR(encode(response, (trt_h1_answer_options){0}), want);
    EXPECT_EQ(trt_response_set(response, TRT_SLICE("B"), TRT_SLICE("x")), TMLRT_OK);
    EXPECT_EQ(response->num_literal, 1); // the value is no longer ours
    response->headers[1].value = TRT_SLICE("a\r\nb");
    char out[256];
    size_t len;
    trt_h1_answer_options options = {.date = s_date};
    EXPECT_EQ(trt_h1_encode_head(out, sizeof out, &len, response, &options), TMLRT_E_HTTP_HEADER);
    trt_arena_fini(&arena);
}

TEST(h1_encode__fields_for_safety__behind_those_of_the_answer_that_has_none_of_them) {
    trt_security security;
    trt_security_init(&security, TRT_SLICE("max-age=5"));
    trt_header fields[] = {{TRT_SLICE("Content-Type"), TRT_SLICE("text/html")},
                           {TRT_SLICE("referrer-policy"), TRT_SLICE("origin")}};
    tmlrt_response response = {.status = 200, .headers = fields, .num_headers = 1};
    const trt_h1_answer_options options = {.security = &security};
    char want[1024];
    snprintf(want, sizeof want,
             "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n%.*s" DATE "Content-Length: 0\r\n\r\n",
             (int)security.text_len, security.text);
    EXPECT_STR(encode(&response, options), want);
    response.num_headers = 2;
    response.left_out = 1u << TRT_SECURITY_content | 1u << TRT_SECURITY_hsts;
    EXPECT_STR(encode(&response, options),
               "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nreferrer-policy: origin\r\n"
               "X-Content-Type-Options: nosniff\r\nCross-Origin-Opener-Policy: same-origin\r\n"
               "Cross-Origin-Resource-Policy: same-origin\r\n" DATE "Content-Length: 0\r\n\r\n");
    size_t len, bound = trt_h1_head_bound(&response, &options);
    EXPECT_EQ(trt_h1_encode_head(want, bound - 1, &len, &response, &options), TMLRT_E_FULL);
}

TEST(h1_encode__upgrade_is_required__both_fields_whatever_was_added) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    tmlrt_response* response = trt_response_new_typed(&arena, 200, TRT_SLICE("text/plain"));
    REQUIRE(response != NULL);
    EXPECT_EQ(trt_response_add(response, TRT_SLICE("A"), TRT_SLICE("1")), TMLRT_OK);
    EXPECT_EQ(tmlrt_response_require_upgrade(response, "a, b/2"), TMLRT_OK);
    EXPECT_EQ(trt_response_set(response, TRT_SLICE("Content-Type"), TRT_SLICE("x/y")), TMLRT_OK);
    EXPECT_STR(encode(response, (trt_h1_answer_options){.close = true}),
               "HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade\r\nUpgrade: a, b/2\r\n"
               "Content-Type: x/y\r\nA: 1\r\n" DATE
               "Content-Length: 0\r\nConnection: close\r\n\r\n");
    trt_arena_fini(&arena);
}

TEST(h1_encode__forbidden_bytes_and_statuses__are_errors) {
    static const trt_header bad[] = {
        {TRT_SLICE("X"), TRT_SLICE("a\r\nB: c")}, {TRT_SLICE("X"), TRT_SLICE("a\nb")},
        {TRT_SLICE("X"), TRT_SLICE("a\0b")},      {TRT_SLICE("X\r\nY"), TRT_SLICE("a")},
        {TRT_SLICE("X: y"), TRT_SLICE("a")},      {TRT_SLICE(""), TRT_SLICE("a")},
        {TRT_SLICE("X"), TRT_SLICE("\x7f")}};
    trt_h1_answer_options options = {.date = s_date};
    char out[1024];
    size_t len;
    for (size_t i = 0; i < TRT_ARRAY_LEN(bad); i++) {
        trt_header field = bad[i];
        tmlrt_response response = {.status = 200, .headers = &field, .num_headers = 1};
        EXPECT_EQ(trt_h1_encode_head(out, sizeof out, &len, &response, &options),
                  TMLRT_E_HTTP_HEADER);
    }
    static const int statuses[] = {-1, 0, 99, 100, 101, 199, 600, 999, 1000};
    for (size_t i = 0; i < TRT_ARRAY_LEN(statuses); i++) {
        tmlrt_response response = {.status = statuses[i]};
        EXPECT_EQ(trt_h1_encode_head(out, sizeof out, &len, &response, &options),
                  TMLRT_E_HTTP_STATUS);
    }
    tmlrt_response response = {.status = 200};
    EXPECT_EQ(trt_h1_encode_head(out, 100, &len, &response, &options), TMLRT_E_FULL);
}

TEST(h1_encode__errors__are_problem_bodies_that_fit) {
    trt_security security;
    char longest[TRT_SECURITY_HSTS_MAX], out[TRT_H1_ERROR_CAP + 1];
    memset(longest, 'x', sizeof longest);
    trt_security_init(&security, (tmlrt_slice){longest, sizeof longest});
    trt_h1_answer_options options = {.date = s_date, .close = true, .security = &security};
    for (int status = 400; status < 600; status++) {
        size_t body_len = 0;
        size_t len =
            trt_h1_encode_error(out, TRT_H1_ERROR_CAP, &body_len, status,
                                "a header field, or all of them together, are too long", &options);
        out[len] = '\0';
        const char* body = strstr(out, "\r\n\r\n");
        char expected[64];
        REQUIRE(body != NULL);
        EXPECT_EQ(body_len, strlen(body + 4));
        snprintf(expected, sizeof expected, "Content-Length: %zu\r\n", strlen(body + 4));
        EXPECT(strstr(out, expected) != NULL);
        EXPECT(strstr(out, "application/problem+json") != NULL);
        EXPECT(strstr(out, "\r\nX-Content-Type-Options: nosniff\r\n") != NULL);
        EXPECT(strstr(out, "Connection: close\r\n") != NULL);
        EXPECT_EQ(strstr(out, "\r\nAllow: ") != NULL, status == 405);
        EXPECT_EQ(strstr(out, "\r\nRetry-After: ") != NULL, status == 503);
    }
    options.head = true;
    size_t body_len = 1,
           len = trt_h1_encode_error(out, TRT_H1_ERROR_CAP, &body_len, 500, NULL, &options);
    EXPECT_EQ(body_len, 0);
    EXPECT(memcmp(out + len - 4, "\r\n\r\n", 4) == 0);
}

TEST(h1_encode__switching_protocols__names_the_protocol_once) {
    char out[512];
    size_t len = 0;
    trt_header fields[] = {{TRT_SLICE("Upgrade"), TRT_SLICE("evil")},
                           {TRT_SLICE("Sec-WebSocket-Accept"), TRT_SLICE("k=")}};
    tmlrt_response response = {.headers = fields, .num_headers = 2};
    EXPECT_EQ(trt_h1_encode_switching(out, sizeof out - 1, &len, &response, TRT_SLICE("websocket")),
              TMLRT_OK);
    out[len] = '\0';
    EXPECT_STR(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                    "Upgrade: websocket\r\nSec-WebSocket-Accept: k=\r\n\r\n");
    EXPECT_EQ(trt_h1_encode_switching(out, sizeof out, &len, &response, TRT_SLICE("a\r\nb")),
              TMLRT_E_HTTP_HEADER);
    EXPECT_EQ(trt_h1_encode_switching(out, sizeof out, &len, &response, TRT_SLICE("")),
              TMLRT_E_HTTP_HEADER);
    EXPECT_EQ(trt_h1_encode_switching(out, 64, &len, &response, TRT_SLICE("x")), TMLRT_E_FULL);
}

TEST(h1_encode__trailers_that_may_not_trail__are_left_out) {
    char out[256];
    size_t len = 0;
    trt_header fields[] = {{TRT_SLICE("Set-Cookie"), TRT_SLICE("a=b")},
                           {TRT_SLICE("X-Sum"), TRT_SLICE("1")},
                           {TRT_SLICE("content-type"), TRT_SLICE("x")}};
    EXPECT_EQ(trt_h1_encode_last_chunk(out, sizeof out - 1, &len, fields, 3), TMLRT_OK);
    out[len] = '\0';
    EXPECT_STR(out, "0\r\nX-Sum: 1\r\n\r\n");
    fields[0].value = TRT_SLICE("a\r\nb");
    EXPECT_EQ(trt_h1_encode_last_chunk(out, sizeof out, &len, fields, 3), TMLRT_E_HTTP_HEADER);
}
