// SPDX-License-Identifier: Apache-2.0
// Requests through the service of a hand-made program, without a server.
#include "std/http/framework/call/call.h"

#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "std/http/framework/app/app.h"
#include "std/http/framework/call/ffi_call.h"
#include "std/http/framework/value/value.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/// A program that was checked and started, and one exchange at a time.
typedef struct rig {
    meta_program program;
    trt_app app;
    trt_service service;
    trt_arena arena;
    tmlrt_arena frames;
    trt_exchange exchange;
    trt_exchange_context cx;
    char text[2048]; ///< the answer: status, fields, body
} rig;

static void rig_start(rig* r) {
    trt_diags diags = {0};
    trt_text text = {0};
    tmlrt_status status = trt_app_init(&r->app, &r->program.image, &diags);
    if (status == TMLRT_OK) {
        status = trt_app_start(&r->app, &diags);
    }
    if (status != TMLRT_OK) {
        trt_diags_format(&diags, &text);
        test_fail(__FILE__, __LINE__, "%s", text.data);
    }
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_arena_init(&r->arena, 1 << 20);
    trt_call_service(&r->service, &r->app.handlers);
}

static void rig_stop(rig* r) {
    trt_app_fini(&r->app);
    trt_arena_fini(&r->arena);
    tmlrt_arena_fini(&r->frames);
}

static void rig_request(rig* r, const char* method, const char* raw) {
    static char target[4096]; // a codec puts a NUL behind the path and the query
    strcpy(target, raw);
    char* query = strchr(target, '?');
    size_t path_len = query != NULL ? (size_t)(query - target) : strlen(target);
    target[path_len] = '\0';
    trt_arena_reset(&r->arena);
    r->exchange = (trt_exchange){0};
    tmlrt_request* request = &r->exchange.request;
    request->arena = &r->arena;
    request->method = (uint8_t)trt_method_lookup(method, strlen(method));
    request->method_text = (tmlrt_slice){method, strlen(method)};
    request->path = (tmlrt_slice){target, path_len};
    request->query =
        query != NULL ? (tmlrt_slice){query + 1, strlen(query + 1)} : (tmlrt_slice){"", 0};
    request->authority = (tmlrt_slice){"example.com", 11};
    request->peer_ip = (tmlrt_slice){"127.0.0.1", 9};
    r->cx = (trt_exchange_context){
        {&r->frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE}, &r->exchange};
}

/// Writes "status|Field: value|body" of the answer and ends the exchange.
static const char* rig_finish(rig* r) {
    const tmlrt_response* response = r->exchange.response;
    size_t len = 0;
    if (response == NULL) {
        snprintf(r->text, sizeof r->text, "none");
    } else {
        len = (size_t)snprintf(r->text, sizeof r->text, "%d|", response->status);
        for (uint32_t i = 0; i < response->num_headers; i++) {
            const trt_header* h = &response->headers[i];
            if (h->name.len == 12) { // Content-Type is checked by the tests of answers
                continue;
            }
            len +=
                (size_t)snprintf(r->text + len, sizeof r->text - len, "%.*s: %.*s|",
                                 (int)h->name.len, h->name.data, (int)h->value.len, h->value.data);
        }
        snprintf(r->text + len, sizeof r->text - len, "%.*s", (int)response->body.len,
                 response->body.data);
    }
    r->service.drop(r->service.self, &r->exchange);
    return r->text;
}

static const char* rig_run(rig* r) {
    tmlrt_poll poll = r->service.start(r->service.self, &r->exchange, &r->cx.base);
    EXPECT_EQ(poll, TMLRT_READY);
    return rig_finish(r);
}

static const char* get(rig* r, const char* target) {
    rig_request(r, "GET", target);
    return rig_run(r);
}

static const char* send_body(rig* r, const char* method, const char* target, const char* type,
                             const char* body) {
    static trt_header header;
    rig_request(r, method, target);
    header = (trt_header){{"content-type", 12}, {type, strlen(type)}};
    r->exchange.request.headers = &header;
    r->exchange.request.num_headers = type[0] != '\0';
    r->exchange.request.body = (tmlrt_slice){body, strlen(body)};
    return rig_run(r);
}

#define JSON "application/json"

TEST(call__get_by_id__bound_and_answered) {
    static rig r;
    meta_program_init(&r.program);
    rig_start(&r);
    EXPECT_STR(get(&r, "/api/users/21"), "200|42");
    EXPECT_STR(get(&r, "/api/users/21/"), "200|42");
    EXPECT_STR(get(&r, "/api/%75sers/21"), "200|42");
    EXPECT_STR(get(&r, "/api/users/9223372036854775807"), "200|18446744073709551614");
    EXPECT_STR(send_body(&r, "POST", "/api/users", JSON, "{\"name\":\"Ann\",\"age\":7}"),
               "201|{\"name\":\"Ann\",\"age\":7}");
    EXPECT_STR(send_body(&r, "POST", "/api/users", "Application/JSON; charset=utf-8",
                         "{\"age\":7,\"name\":\"\\u0041\"}"),
               "201|{\"name\":\"A\",\"age\":7}");
    rig_stop(&r);
}

TEST(call__id_that_is_no_u64__400_names_the_parameter) {
    static const char* const ids[] = {
        "18446744073709551616", "-1", "+1", "%201", "1e3", "0x10", "00", "1.0", "abc", "%EF%BC%91"};
    static rig r;
    meta_program_init(&r.program);
    rig_start(&r);
    uint64_t calls = ((user_service*)trt_di_get(&r.app.di, "UserService"))->calls;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char target[64];
        snprintf(target, sizeof target, "/api/users/%s", ids[i]);
        EXPECT_STR(get(&r, target),
                   "400|{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
                   "\"detail\":\"the request does not fit what the route takes\",\"errors\":[{"
                   "\"name\":\"id\",\"in\":\"path\",\"detail\":\"must be a whole number from 0 to "
                   "18446744073709551615\"}]}");
    }
    EXPECT_EQ(((user_service*)trt_di_get(&r.app.di, "UserService"))->calls, calls); // not called
    rig_stop(&r);
}

TEST(call__paths_that_can_be_read_in_two_ways__400) {
    static const char* const targets[] = {
        "/api/users/%00",     "/api/users/%zz",      "/api/users/%c0%af", "/api/users/%",
        "/api/../users/1",    "/api/%2e%2e/users/1", "/api/.%2E/users/1", "/./api/users/1",
        "//api/users/1",      "/api//users/1",       "/api/users/a\\b",   "/api/users/a%5cb",
        "/api/users/1?a=%00", "/api/users/1?a=%zz",  "/api/users/1?a=%",  "/api/users/1?%c0%af",
        "/api/users/1?a=%c3",
    };
    static rig r;
    meta_program_init(&r.program);
    rig_start(&r);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (strncmp(get(&r, targets[i]), "400|", 4) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %s", targets[i], r.text);
        }
    }
    rig_stop(&r);
}

TEST(call__methods__404_405_head_options) {
    static rig r;
    meta_program_init(&r.program);
    rig_start(&r);
    EXPECT(strncmp(get(&r, "/nowhere"), "404|{\"type\":\"about:blank\",\"title\":\"Not Found\"",
                   40) == 0);
    rig_request(&r, "PUT", "/api/users/1");
    EXPECT(strncmp(rig_run(&r), "405|Allow: GET, HEAD, OPTIONS|", 30) == 0);
    rig_request(&r, "BREW", "/api/users");
    EXPECT(strncmp(rig_run(&r), "405|Allow: POST, OPTIONS|", 25) == 0);
    rig_request(&r, "OPTIONS", "/api/users/1");
    EXPECT_STR(rig_run(&r), "204|Allow: GET, HEAD, OPTIONS|");
    rig_request(&r, "OPTIONS", "*");
    EXPECT_STR(rig_run(&r), "204|Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS|");
    rig_request(&r, "OPTIONS", "/nowhere");
    EXPECT(strncmp(rig_run(&r), "404|", 4) == 0);
    rig_request(&r, "HEAD", "/api/users/4");
    EXPECT_STR(rig_run(&r), "200|8"); // the server leaves the body out
    rig_stop(&r);
}

TEST(call__bodies__415_and_every_error_with_its_pointer) {
    static rig r;
    meta_program_init(&r.program);
    rig_start(&r);
    const char* good = "{\"name\":\"\",\"age\":1}";
    EXPECT(strncmp(send_body(&r, "POST", "/api/users", "text/plain", good), "415|Accept: ", 12) ==
           0);
    EXPECT(strncmp(send_body(&r, "POST", "/api/users", "", good), "415|", 4) == 0);
    EXPECT(strncmp(send_body(&r, "POST", "/api/users", "application/jsonx", good), "415|", 4) == 0);
    EXPECT(strstr(send_body(&r, "POST", "/api/users", JSON, ""),
                  "{\"name\":\"dto\",\"in\":\"body\",\"detail\":\"is required\"}") != NULL);
    EXPECT(strstr(send_body(&r, "POST", "/api/users", JSON, "{\"age\":-1,\"x\":[]}"),
                  "\"errors\":[{\"pointer\":\"/age\",\"in\":\"body\",\"detail\":\"must be a whole "
                  "number from 0 to 18446744073709551615\"},{\"pointer\":\"/x\",\"in\":\"body\","
                  "\"detail\":\"is not a known field\"},{\"pointer\":\"/name\",\"in\":\"body\","
                  "\"detail\":\"is required\"}]") != NULL);
    EXPECT(strstr(send_body(&r, "POST", "/api/users", JSON, "{\"age\":1"),
                  "{\"pointer\":\"\",\"in\":\"body\",\"detail\":\"malformed JSON at byte 8: the "
                  "object is not closed\"}") != NULL);
    rig_stop(&r);
}

// ---- a route with every kind of parameter ------------------------------------------------------

typedef struct many_args {
    void* self;
    const char* name;
    uint64_t page;
    struct {
        int32_t tag;
        uint8_t yes;
    } loud;
    trt_tml_list* tags;
    const char *agent, *session, *ip, *host, *rest;
    const tmlrt_request* request;
} many_args;

static tmlrt_poll poll_many(void* frame, tmlrt_context* cx, void* out) {
    const many_args* a = meta_args(frame);
    static char text[512];
    (void)cx;
    snprintf(text, sizeof text,
             "name=%s page=%d loud=%d/%d tags=%d:%s agent=%s session=%s %s %s "
             "rest=%s path=%s",
             a->name, (int)a->page, a->loud.tag, a->loud.yes, a->tags ? (int)a->tags->len : -1,
             a->tags && a->tags->len ? ((const char**)a->tags->data)[a->tags->len - 1] : "",
             a->agent ? a->agent : "-", a->session ? a->session : "-", a->ip, a->host, a->rest,
             tmlrt_request_path(a->request));
    if (a->tags != NULL) {
        free(a->tags->data);
        free(a->tags);
    }
    *(const char**)out = text;
    return TMLRT_READY;
}

static void drop_many(void* frame) {
    (void)frame;
}

static const tmlrt_future_desc s_many = {.abi = TMLRT_ABI_MAJOR << 16,
                                         .poll = poll_many,
                                         .drop = drop_many,
                                         .frame_size = 16,
                                         .frame_align = 8,
                                         .out_size = 8,
                                         .out_align = 8,
                                         .name = "many",
                                         .num_states = 1};

static const tmlrt_meta_type t_bool = {.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
static const tmlrt_meta_type t_str = {.size = 8, .align = 8, .kind = TMLRT_TYPE_STR};
static const tmlrt_meta_type t_u64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64};
static const tmlrt_meta_type t_request = {.size = 8, .align = 8, .kind = TMLRT_TYPE_REQUEST};
static const tmlrt_meta_type t_maybe_bool = {&t_bool, 8, 4, TMLRT_TYPE_MAYBE, 4};
static const tmlrt_meta_type t_maybe_str = {&t_str, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
static const tmlrt_meta_type t_strs = {&t_str, 8, 8, TMLRT_TYPE_LIST, 0};
static const tmlrt_meta_value s_one = {.kind = TMLRT_VALUE_INT, .i = 1};

#define SLOT(where_, name_, type_, ...)                                                            \
    {.name = #name_,                                                                               \
     .key = #name_,                                                                                \
     .type = &(type_),                                                                             \
     .offset = offsetof(many_args, name_),                                                         \
     .where = TMLRT_WHERE_##where_,                                                                \
     __VA_ARGS__}

static const tmlrt_meta_slot s_many_params[] = {
    SLOT(PATH, name, t_str),
    SLOT(QUERY, page, t_u64, .dflt = &s_one),
    SLOT(QUERY, loud, t_maybe_bool),
    SLOT(QUERY, tags, t_strs, .loc = {.flags = TMLRT_LOC_OPTIONAL}),
    {.name = "agent",
     .key = "User-Agent",
     .type = &t_maybe_str,
     .offset = offsetof(many_args, agent),
     .where = TMLRT_WHERE_HEADER},
    SLOT(COOKIE, session, t_maybe_str),
    SLOT(IP, ip, t_str),
    SLOT(HOST, host, t_str),
    SLOT(PATH, rest, t_str),
    SLOT(REQUEST, request, t_request),
};

static void add_many(meta_program* p) {
    p->routes[META_GET] = (tmlrt_meta_route){.cls = "UserController",
                                             .name = "many",
                                             .method = "GET",
                                             .path = "/:name/*rest",
                                             .thunk = &s_many,
                                             .ret = &t_str,
                                             .params = META_TABLE(s_many_params),
                                             .args_size = sizeof(many_args),
                                             .args_align = 8,
                                             .loc = META_LOC(6)};
    p->unit.kind[TMLRT_KIND_EXAMPLE].count = 0;
}

TEST(call__every_place_a_parameter_comes_from__bound) {
    static rig r;
    trt_header headers[] = {
        {{"user-agent", 10}, {"curl/8", 6}},
        {{"Cookie", 6}, {"a=b; session=abc ; c", 20}},
        {{"USER-AGENT", 10}, {"more", 4}},
    };
    meta_program_init(&r.program);
    add_many(&r.program);
    rig_start(&r);
    EXPECT_STR(get(&r, "/api/users/a%2Fb/x/y%2Fz/"),
               "200|name=a/b page=1 loud=1/0 tags=-1: agent=- session=- 127.0.0.1 example.com "
               "rest=x/y%2Fz path=/api/users/a%2Fb/x/y%2Fz");
    rig_request(&r, "GET", "/api/users/n/r?page=7&loud=true&tags=a+b&tags=%C3%A9&&other=1");
    r.exchange.request.headers = headers;
    r.exchange.request.num_headers = 3;
    EXPECT_STR(rig_run(&r), "200|name=n page=7 loud=0/1 tags=2:\xC3\xA9 agent=curl/8, more "
                            "session=abc 127.0.0.1 example.com rest=r path=/api/users/n/r");
    EXPECT(strstr(get(&r, "/api/users/n/r?page=1&page=2&loud=maybe&tags=x"),
                  "[{\"name\":\"page\",\"in\":\"query\",\"detail\":\"is given more than once\"},"
                  "{\"name\":\"loud\",\"in\":\"query\",\"detail\":\"must be true or false\"}]") !=
           NULL);
    EXPECT(strstr(get(&r, "/api/users/n/r?page="), "must be a whole number") != NULL);
    rig_stop(&r);
}

TEST(call__query_of_257_parameters__400) {
    static rig r;
    static char target[2000] = "/api/users/1?";
    meta_program_init(&r.program);
    rig_start(&r);
    for (int i = 0; i < 256; i++) {
        strcat(target, "a=1&");
    }
    EXPECT_STR(get(&r, target), "200|2");
    strcat(target, "a=1");
    EXPECT(strncmp(get(&r, target), "400|", 4) == 0);
    rig_stop(&r);
}

// ---- answers of other shapes -------------------------------------------------------------------

typedef union any_answer {
    struct {
        int32_t tag, pad;
        uint64_t payload;
    } sum;
    struct {
        int32_t tag, pad;
        struct {
            int32_t status, pad;
            const char* detail;
        } payload;
    } failure;
    const char* text;
    uint64_t number;
    void* pointer;
} any_answer;

static any_answer s_answer;
static int s_outputs_dropped, s_frames_dropped, s_pending;

static tmlrt_poll poll_any(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx;
    if (s_pending > 0) {
        s_pending--;
        return TMLRT_PENDING;
    }
    memcpy(out, &s_answer, sizeof s_answer);
    return TMLRT_READY;
}
static tmlrt_poll poll_panic(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)out;
    (void)tmlrt_arena_grow(cx->arena, 5000, 16); // a child frame that nobody pops
    tmlrt_panic("the handler went wrong");
}
static void drop_any(void* frame) {
    (void)frame;
    s_frames_dropped++;
}
static void drop_any_output(void* out) {
    (void)out;
    s_outputs_dropped++;
}

static const tmlrt_future_desc s_any = {.abi = TMLRT_ABI_MAJOR << 16,
                                        .poll = poll_any,
                                        .drop = drop_any,
                                        .drop_output = drop_any_output,
                                        .frame_size = 64,
                                        .frame_align = 16,
                                        .out_size = sizeof(any_answer),
                                        .out_align = 8,
                                        .name = "any",
                                        .num_states = 1};
static const tmlrt_future_desc s_panic = {.abi = TMLRT_ABI_MAJOR << 16,
                                          .poll = poll_panic,
                                          .drop = drop_any,
                                          .drop_output = drop_any_output,
                                          .frame_size = 64,
                                          .frame_align = 16,
                                          .out_size = sizeof(any_answer),
                                          .out_align = 8,
                                          .name = "panic",
                                          .num_states = 1};

static void rig_any(rig* r, const tmlrt_meta_type* ret, const tmlrt_future_desc* thunk) {
    meta_program_init(&r->program);
    r->program.routes[META_GET].thunk = thunk;
    r->program.routes[META_GET].ret = ret;
    rig_start(r);
    s_outputs_dropped = s_frames_dropped = s_pending = 0;
    memset(&s_answer, 0, sizeof s_answer);
}

TEST(call__maybe__nothing_is_404) {
    static const tmlrt_meta_type maybe = {&t_u64, 16, 8, TMLRT_TYPE_MAYBE, 8};
    static rig r;
    rig_any(&r, &maybe, &s_any);
    s_answer.sum.payload = 5;
    EXPECT_STR(get(&r, "/api/users/1"), "200|5");
    s_answer.sum.tag = 1;
    EXPECT(strncmp(get(&r, "/api/users/1"), "404|", 4) == 0);
    EXPECT_EQ(s_outputs_dropped, 2);
    EXPECT_EQ(s_frames_dropped, 0);
    rig_stop(&r);
}

TEST(call__outcome__err_by_its_type) {
    static const tmlrt_meta_type t_i32 = {.size = 4, .align = 4, .kind = TMLRT_TYPE_I32};
    static const tmlrt_meta_slot fields[] = {
        {.name = "status", .key = "status", .type = &t_i32, .offset = 0},
        {.name = "detail", .key = "detail", .type = &t_str, .offset = 8},
    };
    static const tmlrt_meta_schema schema = {
        .name = "AppError", .fields = META_TABLE(fields), .size = 16, .align = 8};
    static const tmlrt_meta_type both[2] = {
        {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64},
        {&schema, 16, 8, TMLRT_TYPE_STRUCT, 0},
    };
    static const tmlrt_meta_type outcome = {both, 24, 8, TMLRT_TYPE_OUTCOME, 8};
    static rig r;
    rig_any(&r, &outcome, &s_any);
    s_answer.sum.payload = 9;
    EXPECT_STR(get(&r, "/api/users/1"), "200|9");
    s_answer.failure.tag = 1;
    s_answer.failure.payload.status = 409;
    s_answer.failure.payload.detail = "taken";
    EXPECT_STR(get(&r, "/api/users/1"), "409|{\"type\":\"urn:problem-type:app-error\",\"title\":"
                                        "\"App error\",\"status\":409,\"detail\":\"taken\"}");
    s_answer.failure.payload.status = 503; // texts of a 5xx stay inside
    EXPECT(strstr(get(&r, "/api/users/1"), "taken") == NULL);
    s_answer.failure.payload.status = 200;
    EXPECT(strncmp(get(&r, "/api/users/1"), "500|", 4) == 0);
    rig_stop(&r);
}

TEST(call__text_unit_and_response__their_forms) {
    static const tmlrt_meta_type unit = {.align = 1, .kind = TMLRT_TYPE_UNIT};
    static const tmlrt_meta_type response = {.size = 8, .align = 8, .kind = TMLRT_TYPE_RESPONSE};
    static rig r;
    rig_any(&r, &t_str, &s_any);
    s_answer.text = "plain <text>";
    EXPECT_STR(get(&r, "/api/users/1"), "200|plain <text>");
    s_answer.text = NULL;
    EXPECT_STR(get(&r, "/api/users/1"), "200|");
    rig_stop(&r);
    rig_any(&r, &unit, &s_any);
    EXPECT_STR(get(&r, "/api/users/1"), "204|");
    rig_stop(&r);
    rig_any(&r, &response, &s_any);
    EXPECT_STR(get(&r, "/api/users/1"), "none"); // NULL: the server's 500
    rig_request(&r, "GET", "/api/users/1");
    s_answer.pointer = trt_response_new(&r.arena, 418);
    EXPECT_STR(rig_run(&r), "418|");
    rig_stop(&r);
}

TEST(call__pending__polled_on_and_dropped_once) {
    static rig r;
    rig_any(&r, &t_u64, &s_any);
    s_answer.number = 3;
    s_pending = 2;
    rig_request(&r, "GET", "/api/users/1");
    EXPECT_EQ(r.service.start(r.service.self, &r.exchange, &r.cx.base), TMLRT_PENDING);
    EXPECT_EQ(r.service.poll(r.service.self, &r.exchange, &r.cx.base), TMLRT_PENDING);
    EXPECT_EQ(r.service.poll(r.service.self, &r.exchange, &r.cx.base), TMLRT_READY);
    EXPECT_STR(rig_finish(&r), "200|3");
    r.service.drop(r.service.self, &r.exchange);
    EXPECT_EQ(s_outputs_dropped, 1);
    s_pending = 1;
    rig_request(&r, "GET", "/api/users/1");
    EXPECT_EQ(r.service.start(r.service.self, &r.exchange, &r.cx.base), TMLRT_PENDING);
    r.service.drop(r.service.self, &r.exchange); // the client went away
    r.service.drop(r.service.self, &r.exchange);
    EXPECT_EQ(s_frames_dropped, 1);
    EXPECT_EQ(s_outputs_dropped, 1);
    rig_stop(&r);
}

TEST(call__panic__500_and_the_next_request_works) {
    static rig r;
    rig_any(&r, &t_u64, &s_panic);
    for (int i = 0; i < 3; i++) {
        EXPECT(strncmp(get(&r, "/api/users/1"), "500|", 4) == 0);
        EXPECT(r.frames.slabs == NULL || r.frames.cur == r.frames.base); // child frames are gone
    }
    EXPECT_EQ(s_frames_dropped, 0); // a poisoned frame is not touched
    EXPECT_EQ(s_outputs_dropped, 0);
    EXPECT_STR(send_body(&r, "POST", "/api/users", JSON, "{\"name\":\"\",\"age\":1}"),
               "201|{\"name\":\"\",\"age\":1}");
    rig_stop(&r);
}

// ---- libffi ------------------------------------------------------------------------------------

static int8_t ffi_handler(user_controller* self, int64_t a, uint8_t b, double c, const char* d) {
    return (int8_t)(self->users != NULL && a == -5 && b == 200 && c == 1.5 && strcmp(d, "s") == 0
                        ? -7
                        : 0);
}

typedef struct ffi_args {
    void* self;
    int64_t a;
    uint8_t b;
    double c;
    const char* d;
} ffi_args;

TEST(call__handler_without_a_thunk__called_through_libffi) {
    static const tmlrt_meta_type t_i64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_I64};
    static const tmlrt_meta_type t_u8 = {.size = 1, .align = 1, .kind = TMLRT_TYPE_U8};
    static const tmlrt_meta_type t_i8 = {.size = 1, .align = 1, .kind = TMLRT_TYPE_I8};
    static const tmlrt_meta_type t_f64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_F64};
#define FFI_SLOT(name_, type_)                                                                     \
    {.name = #name_,                                                                               \
     .key = #name_,                                                                                \
     .type = &(type_),                                                                             \
     .offset = offsetof(ffi_args, name_),                                                          \
     .where = TMLRT_WHERE_QUERY}
    static const tmlrt_meta_slot params[] = {FFI_SLOT(a, t_i64), FFI_SLOT(b, t_u8),
                                             FFI_SLOT(c, t_f64), FFI_SLOT(d, t_str)};
    static rig r;
    meta_program_init(&r.program);
    tmlrt_meta_route* route = &r.program.routes[META_GET];
    route->thunk = NULL;
    route->fn = (void (*)(void))ffi_handler;
    route->ffi_sig = "iplidp";
    route->ret = &t_i8;
    route->params = META_TABLE(params);
    route->args_size = sizeof(ffi_args);
    rig_start(&r);
    EXPECT_STR(get(&r, "/api/users/1?a=-5&b=200&c=1.5&d=s"), "200|-7");
    EXPECT_STR(get(&r, "/api/users/1?a=-4&b=200&c=1.5&d=s"), "200|0");
    rig_stop(&r);
}

/// A List and a Str that are the caller's, by pointer.
static trt_tml_list* ffi_list(user_controller* self, const trt_tml_list* in) {
    trt_tml_list* list = malloc(sizeof *list);
    (void)self;
    *list = (trt_tml_list){malloc(32), in != NULL ? in->len : 0, 4, 8};
    for (int64_t i = 0; i < list->len; i++) {
        ((char**)list->data)[i] = strdup(((char**)in->data)[i]);
    }
    if (in != NULL) {
        free(in->data); // moved in
        free((void*)(uintptr_t)in);
    }
    return list;
}

static char* ffi_text(user_controller* self, int32_t letter) {
    char text[2] = {(char)letter, '\0'};
    (void)self;
    return letter == '-' ? NULL : strdup(text);
}

static void ffi_nothing(user_controller* self) {
    (void)self;
}

TEST(call__ffi_answers_by_pointer__written_and_freed) {
    static const tmlrt_meta_type t_char = {.size = 4, .align = 4, .kind = TMLRT_TYPE_CHAR};
    static const tmlrt_meta_type t_unit = {.align = 1, .kind = TMLRT_TYPE_UNIT};
    static const tmlrt_meta_slot list[] = {{.name = "a",
                                            .key = "a",
                                            .type = &t_strs,
                                            .offset = 8,
                                            .where = TMLRT_WHERE_QUERY,
                                            .loc = {.flags = TMLRT_LOC_OPTIONAL}}};
    static const tmlrt_meta_slot letter[] = {
        {.name = "c", .key = "c", .type = &t_char, .offset = 8, .where = TMLRT_WHERE_QUERY}};
    const struct {
        void (*fn)(void);
        const char* signature;
        const tmlrt_meta_type* ret;
        tmlrt_meta_table params;
        const char *query, *want;
    } rows[] = {
        {(void (*)(void))ffi_list, "ppp", &t_strs, META_TABLE(list), "?a=x&a=y",
         "200|[\"x\",\"y\"]"},
        {(void (*)(void))ffi_list, "ppp", &t_strs, META_TABLE(list), "", "200|[]"},
        {(void (*)(void))ffi_text, "ppi", &t_maybe_str, META_TABLE(letter), "?c=z", "200|z"},
        {(void (*)(void))ffi_text, "ppi", &t_maybe_str, META_TABLE(letter), "?c=-", "404|"},
        {(void (*)(void))ffi_nothing, "vp", &t_unit, {0}, "", "204|"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static rig r;
        char target[64];
        meta_program_init(&r.program);
        tmlrt_meta_route* route = &r.program.routes[META_GET];
        route->thunk = NULL;
        route->fn = rows[i].fn;
        route->ffi_sig = rows[i].signature;
        route->ret = rows[i].ret;
        route->params = rows[i].params;
        route->params.stride = sizeof(tmlrt_meta_slot);
        route->args_size = 16;
        route->loc.flags = TMLRT_LOC_OWNED;
        rig_start(&r);
        snprintf(target, sizeof target, "/api/users/1%s", rows[i].query);
        const char* text = get(&r, target);
        if (strncmp(text, rows[i].want, strlen(rows[i].want)) != 0) {
            test_fail(__FILE__, __LINE__, "row %zu: %s", i, text);
        }
        rig_stop(&r);
    }
}

TEST(ffi_new__no_memory__null) {
    const tmlrt_meta_route route = {.ffi_sig = "vp"};
    test_allocator_fail_at(1);
    EXPECT(trt_ffi_new(&route) == NULL);
    test_allocator_fail_at(0);
    trt_ffi_free(trt_ffi_new(&route));
    trt_ffi_free(NULL);
}

TEST(call__ffi_signature_that_does_not_fit__said_at_start) {
    static const tmlrt_meta_type t_f32 = {.size = 4, .align = 4, .kind = TMLRT_TYPE_F32};
    static const tmlrt_meta_type t_dto = {.size = 16, .align = 8, .kind = TMLRT_TYPE_STRUCT};
    const struct {
        const char* signature;
        const tmlrt_meta_type* ret;
        const char* wrong;
    } rows[] = {
        {"lpl", &t_u64, NULL},
        {"ipl", &t_u64, "the ffi signature does not fit the type of the answer"},
        {"dpl", &t_f32, "the ffi signature does not fit the type of the answer"},
        {"ppl", &t_dto, "the ffi signature does not fit the type of the answer"},
        {"ipl", &t_maybe_bool, "the ffi signature does not fit the type of the answer"},
        {"lpd", &t_u64, "the ffi signature does not fit the type of a parameter"},
    };
    meta_program p;
    meta_program_init(&p);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tmlrt_meta_route route = p.routes[META_GET];
        route.ffi_sig = rows[i].signature;
        route.ret = rows[i].ret;
        const char* wrong = trt_ffi_check(&route);
        EXPECT((wrong == NULL) == (rows[i].wrong == NULL));
        EXPECT(wrong == NULL || strcmp(wrong, rows[i].wrong) == 0);
    }
}

// ---- memory ------------------------------------------------------------------------------------

TEST(call__steady_state__no_allocation) {
    static rig r;
    meta_program_init(&r.program);
    rig_start(&r);
    EXPECT_STR(get(&r, "/api/users/21"), "200|42");
    uint64_t calls = test_allocator_calls();
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    enum { NUM = 100000 };
    for (int i = 0; i < NUM; i++) {
        rig_request(&r, "GET", "/api/users/21");
        (void)!r.service.start(r.service.self, &r.exchange, &r.cx.base);
        r.service.drop(r.service.self, &r.exchange);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    EXPECT_EQ(test_allocator_calls() - calls, 0);
    printf("call: %.0f ns per GET /api/users/:id\n",
           ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / NUM);
    rig_stop(&r);
}

TEST(call__memory_fails_at_every_allocation__answered_or_none_and_no_leak) {
    static rig r;
    meta_program_init(&r.program);
    rig_start(&r);
    for (uint64_t nth = 1;; nth++) {
        trt_arena_fini(&r.arena); // so that every request allocates
        trt_arena_init(&r.arena, 1 << 20);
        test_allocator_fail_at(nth);
        const char* text =
            send_body(&r, "POST", "/api/users?x=%31", JSON, "{\"name\":\"n\",\"age\":1}");
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
    EXPECT(strncmp(get(&r, "/api/users/%31?aaaaaaaaaaaaaaaa=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
                   "2", 1) != 0 ||
           r.arena.held_bytes <= 600);
    rig_stop(&r);
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
    static rig r;
    meta_program_init(&r.program);
    r.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 2, sizeof decos[0]};
    rig_start(&r);
    EXPECT_STR(get(&r, "/api/users/21"), "200|X-A: b|42");
    EXPECT(strncmp(get(&r, "/api/users/x"), "400|{", 5) == 0); // an error has none
    rig_request(&r, "GET", "/api/users/1");
    EXPECT_EQ(r.service.start(r.service.self, &r.exchange, &r.cx.base), TMLRT_READY);
    EXPECT_EQ(r.exchange.timeout_ns, 250000000);
    rig_finish(&r);
    EXPECT(r.service.body_limit == NULL);
    rig_stop(&r);
    meta_program_init(&r.program);
    r.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 3, sizeof decos[0]};
    rig_start(&r);
    EXPECT_STR(get(&r, "/api/users/21"), "301|Location: /new|X-A: b|");
    rig_stop(&r);
}

TEST(call__body_limit_of_a_route__told_when_asked) {
    static tmlrt_meta_value bytes[1] = {{.kind = TMLRT_VALUE_INT, .i = 77}};
    static tmlrt_meta_deco decos[] = {RULE("BodyLimit", bytes)};
    static rig r;
    meta_program_init(&r.program);
    r.program.routes[META_CREATE].decos = META_TABLE(decos);
    rig_start(&r);
    REQUIRE(r.service.body_limit != NULL);
    rig_request(&r, "POST", "/api/users");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 77);
    rig_request(&r, "POST", "/api/%75sers");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 77);
    rig_request(&r, "PUT", "/api/users/1");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 0);
    rig_request(&r, "POST", "/api//users");
    EXPECT_EQ(r.service.body_limit(r.service.self, &r.exchange.request), 0);
    rig_stop(&r);
}
