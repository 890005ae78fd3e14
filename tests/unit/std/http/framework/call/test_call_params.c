// SPDX-License-Identifier: Apache-2.0
// A route with every kind of parameter.
#include "std/http/framework/value/value.h"
#include "tests/support/call_rig.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

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
    static call_rig r;
    trt_header headers[] = {
        {{"user-agent", 10}, {"curl/8", 6}},
        {{"Cookie", 6}, {"a=b; session=abc ; c", 20}},
        {{"USER-AGENT", 10}, {"more", 4}},
    };
    meta_program_init(&r.program);
    add_many(&r.program);
    call_rig_start(&r);
    EXPECT_STR(call_rig_get(&r, "/api/users/a%2Fb/x/y%2Fz/"),
               "200|name=a/b page=1 loud=1/0 tags=-1: agent=- session=- 127.0.0.1 example.com "
               "rest=x/y%2Fz path=/api/users/a%2Fb/x/y%2Fz");
    call_rig_request(&r, "GET", "/api/users/n/r?page=7&loud=true&tags=a+b&tags=%C3%A9&&other=1");
    r.exchange.request.headers = headers;
    r.exchange.request.num_headers = 3;
    EXPECT_STR(call_rig_run(&r), "200|name=n page=7 loud=0/1 tags=2:\xC3\xA9 agent=curl/8, more "
                                 "session=abc 127.0.0.1 example.com rest=r path=/api/users/n/r");
    EXPECT(strstr(call_rig_get(&r, "/api/users/n/r?page=1&page=2&loud=maybe&tags=x"),
                  "[{\"name\":\"page\",\"in\":\"query\",\"detail\":\"is given more than once\"},"
                  "{\"name\":\"loud\",\"in\":\"query\",\"detail\":\"must be true or false\"}]") !=
           NULL);
    EXPECT(strstr(call_rig_get(&r, "/api/users/n/r?page="), "must be a whole number") != NULL);
    call_rig_stop(&r);
}

TEST(call__query_of_257_parameters__400) {
    static call_rig r;
    static char target[2000] = "/api/users/1?";
    meta_program_init(&r.program);
    call_rig_start(&r);
    for (int i = 0; i < 256; i++) {
        strcat(target, "a=1&");
    }
    EXPECT_STR(call_rig_get(&r, target), "200|2");
    strcat(target, "a=1");
    EXPECT(strncmp(call_rig_get(&r, target), "400|", 4) == 0);
    call_rig_stop(&r);
}
