// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/answer_fields.h"

#include "std/http/core/response.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <string.h>

typedef struct fixture {
    trt_arena arena;
    tmlrt_request request;
    tmlrt_response* response;
} fixture;

static void init(fixture* f, size_t cap) {
    trt_arena_init(&f->arena, cap);
    f->request = (tmlrt_request){.arena = &f->arena, .answer_fields = (trt_answer_field*)(void*)f};
    f->response = trt_response_new(&f->arena, 200);
    EXPECT(f->response != NULL);
}

static void fini(fixture* f) {
    trt_arena_fini(&f->arena);
}

// "Name=value,Name=value"
static const char* fields_of(const tmlrt_response* response) {
    static char text[512];
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < response->num_headers; i++) {
        const trt_header* header = &response->headers[i];
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s=%.*s", i != 0 ? "," : "",
                                (int)header->name.len, header->name.data, (int)header->value.len,
                                header->value.data);
    }
    return text;
}

static void set(fixture* f, const char* name, const char* value) {
    EXPECT_EQ(tmlrt_request_set_answer_header(&f->request, name, value), TMLRT_OK);
}

static void add(fixture* f, const char* name, const char* value) {
    EXPECT_EQ(tmlrt_request_answer_header(&f->request, name, value), TMLRT_OK);
}

static void put(fixture* f) {
    EXPECT_EQ(trt_answer_fields_put(&f->request, f->response), TMLRT_OK);
}

TEST(answer_fields_put__nothing_is_kept__the_response_is_as_it_was) {
    fixture f;
    init(&f, 0);
    put(&f);
    EXPECT_EQ(tmlrt_request_remove_answer_header(&f.request, "X"), 0);
    put(&f);
    EXPECT_STR(fields_of(f.response), "");
    EXPECT_EQ(f.request.flags, 0);
    fini(&f);
}

TEST(answer_fields_put__fields_that_are_set__where_the_answer_has_none_of_that_name) {
    fixture f;
    init(&f, 0);
    char name[] = "X-A", value[] = "1";
    set(&f, name, value);
    name[0] = value[0] = '?';
    set(&f, "X-B", "2");
    EXPECT_EQ(tmlrt_response_header(f.response, "x-b", "own"), TMLRT_OK);
    put(&f);
    EXPECT_STR(fields_of(f.response), "x-b=own,X-A=1");
    put(&f);
    EXPECT_STR(fields_of(f.response), "x-b=own,X-A=1");
    fini(&f);
}

TEST(answer_fields_put__fields_that_are_added__beside_others_once) {
    fixture f;
    init(&f, 0);
    add(&f, "Vary", "Origin");
    add(&f, "vary", "Origin");
    add(&f, "Vary", "Accept");
    EXPECT_EQ(tmlrt_response_header(f.response, "Vary", "Accept"), TMLRT_OK);
    put(&f);
    EXPECT_STR(fields_of(f.response), "Vary=Accept,Vary=Origin");
    put(&f);
    EXPECT_STR(fields_of(f.response), "Vary=Accept,Vary=Origin");
    fini(&f);
}

TEST(set_answer_header__again__the_last_counts_and_what_was_added_goes) {
    fixture f;
    init(&f, 0);
    add(&f, "X-A", "1");
    add(&f, "X-A", "2");
    add(&f, "X-B", "1");
    set(&f, "x-a", "3");
    set(&f, "X-A", "4");
    add(&f, "X-A", "5");
    put(&f);
    EXPECT_STR(fields_of(f.response), "X-B=1,X-A=4,X-A=5");
    put(&f);
    EXPECT_STR(fields_of(f.response), "X-B=1,X-A=4,X-A=5");
    fini(&f);
}

TEST(remove_answer_header__of_that_name_in_any_case__the_others_stay) {
    fixture f;
    init(&f, 0);
    add(&f, "X-A", "1");
    set(&f, "X-B", "2");
    add(&f, "x-a", "3");
    EXPECT_EQ(tmlrt_request_remove_answer_header(&f.request, "X-a"), 2);
    EXPECT_EQ(tmlrt_request_remove_answer_header(&f.request, "X-a"), 0);
    put(&f);
    EXPECT_STR(fields_of(f.response), "X-B=2");
    fini(&f);
}

TEST(answer_header__what_cannot_be_kept__a_status_and_nothing_changes) {
    fixture f;
    init(&f, 0);
    tmlrt_request* request = &f.request;
    EXPECT_EQ(tmlrt_request_answer_header(request, "X-A", "a\r\nB: c"), TMLRT_E_HTTP_HEADER);
    EXPECT_EQ(tmlrt_request_answer_header(request, "X A", "1"), TMLRT_E_HTTP_HEADER);
    EXPECT_EQ(tmlrt_request_set_answer_header(request, "Content-Length", "1"), TMLRT_E_HTTP_HEADER);
    EXPECT_EQ(request->flags, 0);
    for (int i = 0; i < 99; i++) {
        char name[16];
        snprintf(name, sizeof name, "X-%d", i);
        set(&f, name, "1");
    }
    add(&f, "X-98", "2");
    EXPECT_EQ(tmlrt_request_answer_header(request, "X-99", "1"), TMLRT_E_FULL);
    EXPECT_EQ(tmlrt_request_set_answer_header(request, "X-99", "1"), TMLRT_E_FULL);
    set(&f, "X-98", "3"); // in place of two
    set(&f, "X-99", "1");
    request->flags |= TRT_REQUEST_HEAD_OUT;
    EXPECT_EQ(tmlrt_request_set_answer_header(request, "X-98", "4"), TMLRT_E_CLOSED);
    EXPECT_EQ(tmlrt_request_answer_header(request, "X-98", "4"), TMLRT_E_CLOSED);
    put(&f); // on top of what a program may add to a response
    EXPECT_EQ(f.response->num_headers, 100);
    EXPECT_STR(tmlrt_response_get_header(f.response, "x-98"), "3");
    fini(&f);
}

TEST(answer_fields__without_memory__nomem_and_nothing_changes) {
    fixture f;
    init(&f, 16384);
    for (int i = 0; i < 9; i++) { // one more than a response has room for
        char name[16];
        snprintf(name, sizeof name, "X-%d", i);
        set(&f, name, "1");
    }
    while (trt_arena_alloc(&f.arena, 1, 1) != NULL) {
    }
    EXPECT_EQ(tmlrt_request_set_answer_header(&f.request, "X-0", "2"), TMLRT_E_NOMEM);
    EXPECT_EQ(tmlrt_request_answer_header(&f.request, "X-9", "2"), TMLRT_E_NOMEM);
    EXPECT_EQ(trt_answer_fields_put(&f.request, f.response), TMLRT_E_NOMEM);
    EXPECT_STR(fields_of(f.response), "");
    EXPECT_EQ(tmlrt_request_remove_answer_header(&f.request, "X-8"), 1);
    put(&f);
    EXPECT_STR(fields_of(f.response), "X-0=1,X-1=1,X-2=1,X-3=1,X-4=1,X-5=1,X-6=1,X-7=1");
    fini(&f);
}
