// SPDX-License-Identifier: Apache-2.0
// Requests into args structs, by hand-made records: queries, forms, headers, cookies, media types.
#include "std/http/framework/bind/bind.h"

#include "std/http/framework/registry/registry.h"
#include "std/http/framework/value/value.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}

static const tmlrt_meta_type t_bool = SCALAR(BOOL, 1), t_i32 = SCALAR(I32, 4),
                             t_u64 = SCALAR(U64, 8), t_str = SCALAR(STR, 8),
                             t_text = SCALAR(TEXT, 8);
static const tmlrt_meta_type t_strs = {&t_str, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_texts = {&t_text, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_i32s = {&t_i32, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_maybe_i32s = {&t_i32s, 8, 8, TMLRT_TYPE_MAYBE, 255},
                             t_maybe_str = {&t_str, 8, 8, TMLRT_TYPE_MAYBE, 255},
                             t_maybe_bool = {&t_bool, 8, 4, TMLRT_TYPE_MAYBE, 4};
static const tmlrt_meta_value s_one = {.kind = TMLRT_VALUE_INT, .i = 1},
                              s_sort_by = {.kind = TMLRT_VALUE_STR, .len = 7, .p = "sort-by"};
static const tmlrt_meta_deco s_key = {.name = "Name", .args = {&s_sort_by, 1, sizeof s_sort_by}};

#define OPTIONAL     .loc = {.flags = TMLRT_LOC_OPTIONAL}
#define TABLE(array) {(array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0])}

typedef struct filter {
    const char* q;
    uint64_t page;
    trt_tml_list* tags;
    struct {
        int32_t tag;
        uint8_t yes;
    } loud;
    trt_tml_list* ids;
    const char* sort;
    trt_tml_text* note;
} filter;

#define FIELD(name_, type_, ...)                                                                   \
    {.name = #name_,                                                                               \
     .key = #name_,                                                                                \
     .type = &(type_),                                                                             \
     .offset = offsetof(filter, name_),                                                            \
     __VA_ARGS__}
static const tmlrt_meta_slot s_fields[] = {
    FIELD(q, t_str),
    FIELD(page, t_u64, .dflt = &s_one),
    FIELD(tags, t_texts, OPTIONAL),
    FIELD(loud, t_maybe_bool),
    FIELD(ids, t_maybe_i32s),
    FIELD(sort, t_maybe_str, .decos = {&s_key, 1, sizeof s_key}),
    FIELD(note, t_text, OPTIONAL),
};
static const tmlrt_meta_schema s_filter = {
    .name = "Filter", .fields = TABLE(s_fields), .size = sizeof(filter), .align = 8};
static const tmlrt_meta_type t_filter = {&s_filter, sizeof(filter), 8, TMLRT_TYPE_STRUCT, 0};

typedef struct args {
    void* self;
    filter dto;
    const char* extra;
    trt_tml_list* list;
} args;

#define PARAM(where_, name_, key_, type_, ...)                                                     \
    {.name = #name_,                                                                               \
     .key = (key_),                                                                                \
     .type = &(type_),                                                                             \
     .offset = offsetof(args, name_),                                                              \
     .where = TMLRT_WHERE_##where_,                                                                \
     __VA_ARGS__}

static const tmlrt_meta_slot s_query_params[] = {
    PARAM(QUERY, dto, "dto", t_filter),
    PARAM(QUERY, extra, "extra", t_maybe_str),
};
static const tmlrt_meta_slot s_body_params[] = {PARAM(BODY, dto, "dto", t_filter)};
static const tmlrt_meta_slot s_head_params[] = {
    PARAM(HEADER, list, "X-Tag", t_strs, OPTIONAL),
    PARAM(COOKIE, extra, "sid", t_maybe_str),
};
static const tmlrt_meta_slot s_cookie_params[] = {PARAM(COOKIE, list, "id", t_maybe_i32s)};
static const tmlrt_meta_slot s_text_params[] = {PARAM(BODY, extra, "extra", t_str)};

static const tmlrt_meta_route s_by_query = {.params = TABLE(s_query_params)},
                              s_by_body = {.params = TABLE(s_body_params)},
                              s_by_head = {.params = TABLE(s_head_params)},
                              s_by_cookie = {.params = TABLE(s_cookie_params)},
                              s_by_text = {.params = TABLE(s_text_params)};

/// One request at a time: what is bound, and what is wrong with it.
typedef struct rig {
    trt_arena arena;
    tmlrt_request request;
    trt_header headers[4];
    args args;
    const tmlrt_meta_route* route;
    trt_bind_errors errors;
    const trt_bind_limits* limits;
    char text[4096]; ///< "" when bound, else the status, then a line per error
} rig;

static tmlrt_status run(rig* r, const tmlrt_meta_route* route, const trt_query* query) {
    static const uint8_t none[4] = {255, 255, 255, 255};
    trt_bind_input input = {&r->request, query, none, NULL, r->limits};
    r->request.arena = &r->arena;
    r->request.headers = r->headers;
    r->route = route;
    memset(&r->args, 0, sizeof r->args);
    tmlrt_status status = trt_bind_args(route, (char*)&r->args, &input, &r->errors);
    size_t len = 0;
    r->text[0] = '\0';
    if (status == TMLRT_E_BIND) {
        len = (size_t)snprintf(r->text, sizeof r->text, "%d\n", r->errors.status);
        if (r->errors.num == 0) {
            len += (size_t)snprintf(r->text + len, sizeof r->text - len, "%s\n", r->errors.detail);
        }
        for (uint32_t i = 0; i < r->errors.num; i++) {
            const trt_problem_error* error = &r->errors.items[i];
            len += (size_t)snprintf(
                r->text + len, sizeof r->text - len, "%s %s: %s\n", error->where,
                error->pointer != NULL ? error->pointer : error->name, error->detail);
        }
    }
    return status;
}

/// Frees what a handler would.
static void finish(rig* r) {
    for (uint32_t i = 0; r->route != NULL && i < r->route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&r->route->params, i);
        trt_value_free(slot->type, (char*)&r->args + slot->offset);
    }
    r->route = NULL;
    trt_arena_fini(&r->arena);
}

static const char* query(rig* r, const char* raw) {
    trt_query pairs;
    const char* reason = "no memory";
    finish(r);
    r->request = (tmlrt_request){0};
    if (trt_query_parse(&pairs, &r->arena, (tmlrt_slice){raw, strlen(raw)}, r->limits, &reason) !=
        TMLRT_OK) {
        return reason;
    }
    (void)!run(r, &s_by_query, &pairs);
    return r->text;
}

static const char* body(rig* r, const tmlrt_meta_route* route, const char* type, const char* text) {
    static const trt_query none;
    finish(r);
    r->headers[0] = (trt_header){{"Content-Type", 12}, {type, strlen(type)}};
    r->request = (tmlrt_request){.num_headers = type[0] != '\0', .body = {text, strlen(text)}};
    (void)!run(r, route, &none);
    return r->text;
}

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

// ---- structs from queries and forms ----------------------------------------------------------

TEST(bind__struct_from_the_query__fields_defaults_and_lists) {
    static rig r;
    EXPECT_STR(query(&r, "q=a+b%26c&tags=x&ids=-1&tags=%C3%A9&ids=2&sort-by=age&note=n&loud=true"),
               "");
    const filter* dto = &r.args.dto;
    EXPECT_STR(dto->q, "a b&c");
    EXPECT_EQ(dto->page, 1);
    REQUIRE(dto->tags != NULL && dto->tags->len == 2);
    EXPECT_STR(((trt_tml_text**)dto->tags->data)[1]->data, "\xC3\xA9");
    REQUIRE(dto->ids != NULL && dto->ids->len == 2);
    EXPECT_EQ(*(int32_t*)dto->ids->data, -1);
    EXPECT_STR(dto->sort, "age");
    EXPECT_STR(dto->note->data, "n");
    EXPECT(dto->loud.tag == 0 && dto->loud.yes == 1);
    EXPECT_STR(query(&r, "q="), "");
    EXPECT_STR(dto->q, "");
    EXPECT(dto->loud.tag == 1 && dto->ids == NULL && dto->tags == NULL && dto->sort == NULL);
    finish(&r);
}

TEST(bind__struct_from_the_query__other_parameters_may_be_there_too) {
    static rig r;
    EXPECT_STR(query(&r, "q=1&extra=e"), "");
    EXPECT_STR(r.args.extra, "e");
    EXPECT_STR(query(&r, "q=1&extr=e"), "400\nquery extr: is not a known field\n");
    EXPECT_STR(query(&r, "q=1&pgae=2"),
               "400\nquery pgae: is not a known field; did you mean `page`?\n");
    finish(&r);
}

TEST(bind__struct_from_a_form__every_error_is_listed) {
    static rig r;
    EXPECT_STR(body(&r, &s_by_body, FORM, "q=x&page=18446744073709551615"), "");
    EXPECT(r.args.dto.page == UINT64_MAX);
    EXPECT_STR(body(&r, &s_by_body, FORM,
                    "page=-1&ids=1&ids=x&ids=2147483648&loud=yes&tags=a&page=2&sort=x"),
               "400\n"
               "body page: must be a whole number from 0 to 18446744073709551615\n"
               "body ids: must be a whole number from -2147483648 to 2147483647\n"
               "body ids: must be a whole number from -2147483648 to 2147483647\n"
               "body loud: must be true or false\n"
               "body page: is given more than once\n"
               "body sort: is not a known field\n"
               "body q: is required\n");
    EXPECT(r.args.dto.tags == NULL && r.args.dto.ids == NULL); // freed, once
    EXPECT_STR(body(&r, &s_by_body, FORM, "q=%zz"),
               "400\na `%` of the form is not followed by two hexadecimal digits, or encodes a "
               "NUL\n");
    EXPECT_STR(body(&r, &s_by_body, FORM, "q=%00"),
               "400\na `%` of the form is not followed by two hexadecimal digits, or encodes a "
               "NUL\n");
    EXPECT_STR(body(&r, &s_by_body, FORM, "q=\xC3"), "400\nthe form is not valid UTF-8\n");
    finish(&r);
}

TEST(bind__many_pairs__limits_of_query_and_form) {
    static rig r;
    static char text[8192];
    size_t len = (size_t)snprintf(text, sizeof text, "q=x");
    for (int i = 1; i < 256; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "&tags=%d", i);
    }
    EXPECT_STR(query(&r, text), "");
    EXPECT_EQ(r.args.dto.tags->len, 255);
    len += (size_t)snprintf(text + len, sizeof text - len, "&tags=x");
    EXPECT_STR(query(&r, text), "the query has more than 256 parameters");
    EXPECT_STR(body(&r, &s_by_body, FORM, text), "");
    for (int i = 257; i < 1000; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "&ids=1");
    }
    EXPECT_STR(body(&r, &s_by_body, FORM, text), "");
    EXPECT_EQ(r.args.dto.ids->len, 743);
    (void)snprintf(text + len, sizeof text - len, "&ids=1");
    EXPECT_STR(body(&r, &s_by_body, FORM, text), "400\nthe form has more than 1000 fields\n");
    finish(&r);
}

TEST(bind__limits_of_a_server__instead_of_the_defaults) {
    static const trt_query none;
    static const trt_bind_limits limits = {
        .query_params = 2, .form_fields = 3, .json = {.depth = 2, .keys = 2}};
    static const struct {
        const char *type, *text, *want;
    } rows[] = {
        {FORM, "q=x&page=1&sort-by=a", ""},
        {FORM, "q=x&page=1&ids=1&ids=2", "400\nthe form has more than 3 fields\n"},
        {JSON, "{\"q\":\"x\",\"tags\":[\"a\"]}", ""},
        {JSON, "{\"q\":[[1]]}", "400\nbody : malformed JSON at byte 6: nested more than 2 deep\n"},
        {JSON, "{\"q\":\"x\",\"page\":1,\"note\":\"\"}",
         "400\nbody : malformed JSON at byte 18: an object has more than 2 keys\n"},
    };
    static rig r;
    r.limits = &limits;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT_STR(body(&r, &s_by_body, rows[i].type, rows[i].text), rows[i].want);
    }
    EXPECT_STR(query(&r, "q=1&page=1"), "");
    EXPECT_STR(query(&r, "q=1&page=1&x=1"), "the query has more than 2 parameters");
    EXPECT_EQ(run(&r, &s_by_query, &none), TMLRT_E_BIND);
    finish(&r);
}

TEST(bind__hundred_wrong_pairs__thirty_two_are_told) {
    static rig r;
    static char text[2048];
    size_t len = (size_t)snprintf(text, sizeof text, "q=x");
    for (int i = 0; i < 100; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "&zzzzzz%d=1", i);
    }
    (void)query(&r, text);
    EXPECT_EQ(r.errors.num, 32);
    EXPECT_EQ(r.errors.num_all, 100);
    finish(&r);
}

// ---- media types -----------------------------------------------------------------------------

TEST(bind__content_type__decides_between_json_and_form) {
    static const char* const json[] = {JSON,
                                       "Application/JSON;charset=UTF-8",
                                       "application/json ; charset=\"utf-8\" ; x=y",
                                       "application/merge-patch+json",
                                       "application/vnd.api+JSON; charset=us-ascii",
                                       "application/json; charset",
                                       "image/x+json"};
    static const char* const neither[] = {"",
                                          "text/plain",
                                          "text/json",
                                          "application/jsonx",
                                          "application/json+",
                                          "+json",
                                          "application/+json",
                                          "application",
                                          "json",
                                          "multipart/form-data; boundary=x",
                                          "application/x-www-form-urlencodedx"};
    static rig r;
    for (size_t i = 0; i < sizeof json / sizeof json[0]; i++) {
        EXPECT_STR(body(&r, &s_by_body, json[i], "{\"q\":\"x\",\"sort-by\":\"a\"}"), "");
        EXPECT_STR(r.args.dto.sort, "a");
    }
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++) {
        EXPECT_STR(body(&r, &s_by_body, neither[i], "{\"q\":\"x\"}"),
                   "415\nthe body must be sent with Content-Type: application/json or "
                   "application/x-www-form-urlencoded\n");
        EXPECT_STR(r.errors.hint.value.data, "application/json, application/x-www-form-urlencoded");
    }
    EXPECT_STR(body(&r, &s_by_body, FORM "; charset=utf-8", "q=x"), "");
    EXPECT_STR(body(&r, &s_by_body, FORM ";charset=latin1", "q=x"),
               "415\nthe body must be UTF-8\n");
    EXPECT_STR(body(&r, &s_by_body, JSON "; charset=utf-16", "{}"),
               "415\nthe body must be UTF-8\n");
    EXPECT_STR(body(&r, &s_by_body, JSON, ""), "400\nbody dto: is required\n");
    finish(&r);
}

TEST(bind__text_body__as_it_is_whatever_its_type) {
    static rig r;
    EXPECT_STR(body(&r, &s_by_text, "", "{\"a\": 1"), "");
    EXPECT_STR(r.args.extra, "{\"a\": 1");
    EXPECT_STR(body(&r, &s_by_text, "text/plain", "\xC3"),
               "400\nbody extra: must be valid UTF-8\n");
    finish(&r);
}

TEST(bind__two_content_types__400_when_they_differ) {
    static const trt_query none;
    static rig r;
    for (int i = 0; i < 2; i++) {
        const char* other = i == 0 ? FORM : JSON;
        finish(&r);
        r.headers[0] = (trt_header){{"Content-Type", 12}, {JSON, 16}};
        r.headers[1] = (trt_header){{"content-type", 12}, {other, strlen(other)}};
        r.request = (tmlrt_request){.num_headers = 2, .body = {"{\"q\":\"\"}", 8}};
        (void)!run(&r, &s_by_body, &none);
        EXPECT_STR(r.text, i == 0 ? "400\nheader Content-Type: is given more than once\n" : "");
    }
    finish(&r);
}

TEST(bind__encoded_body__415) {
    static const trt_query none;
    static rig r;
    for (int i = 0; i < 2; i++) {
        const char* encoding = i == 0 ? "gzip" : "Identity";
        finish(&r);
        r.headers[0] = (trt_header){{"Content-Type", 12}, {JSON, 16}};
        r.headers[1] = (trt_header){{"Content-Encoding", 16}, {encoding, strlen(encoding)}};
        r.request = (tmlrt_request){.num_headers = 2, .body = {"{\"q\":\"\"}", 8}};
        EXPECT_EQ(run(&r, &s_by_body, &none), i == 0 ? TMLRT_E_BIND : TMLRT_OK);
        EXPECT_EQ(r.errors.status, i == 0 ? 415 : 400);
        if (i == 0) { // which codings are taken, and not which types
            EXPECT_STR(r.errors.hint.name.data, "Accept-Encoding");
            EXPECT_STR(r.errors.hint.value.data, "identity");
        }
    }
    finish(&r);
}

// ---- header fields and cookies ---------------------------------------------------------------

static const char* head(rig* r, const tmlrt_meta_route* route, const char* const (*fields)[2],
                        uint32_t num) {
    static const trt_query none;
    finish(r);
    for (uint32_t i = 0; i < num; i++) {
        r->headers[i] = (trt_header){{fields[i][0], strlen(fields[i][0])},
                                     {fields[i][1], strlen(fields[i][1])}};
    }
    r->request = (tmlrt_request){.num_headers = num};
    (void)!run(r, route, &none);
    return r->text;
}

TEST(bind__list_from_header_fields__elements_of_every_field) {
    static const char* const fields[][2] = {
        {"x-tag", "a, \"b,\\\"c\" ,,"}, {"X-TAG", "d"}, {"X-Other", "e"}, {"cookie", "sid=1"}};
    static const char* const want[] = {"a", "\"b,\\\"c\"", "d"};
    static rig r;
    EXPECT_STR(head(&r, &s_by_head, fields, 4), "");
    REQUIRE(r.args.list != NULL && r.args.list->len == 3);
    for (int i = 0; i < 3; i++) {
        EXPECT_STR(((const char**)r.args.list->data)[i], want[i]);
    }
    EXPECT_STR(r.args.extra, "1");
    EXPECT_STR(head(&r, &s_by_head, fields + 2, 1), "");
    EXPECT(r.args.list == NULL);
    finish(&r);
}

TEST(bind__cookies__quotes_around_a_value__are_no_part_of_it) {
    static const struct {
        const char *sent, *want;
    } rows[] = {
        {"sid=\"a b\"", "a b"},   {"sid=\"\" ; x=1", ""}, {"x=\"; sid=\"1\"", "1"},
        {"sid=\"1", "\"1"},       {"sid=1\"", "1\""},     {"sid=\"", "\""},
        {"sid=\"a\"b\"", "a\"b"},
    };
    static rig r;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char* const field[][2] = {{"Cookie", rows[i].sent}};
        EXPECT_STR(head(&r, &s_by_head, field, 1), "");
        EXPECT_STR(r.args.extra, rows[i].want);
    }
    static const char* const ids[][2] = {{"Cookie", "id=\"1\"; id=2"}};
    EXPECT_STR(head(&r, &s_by_cookie, ids, 1), "");
    EXPECT_EQ(r.args.list->len, 2);
    EXPECT_EQ(((const int32_t*)r.args.list->data)[0], 1);
    finish(&r);
}

TEST(bind__cookies__twice_is_an_error_but_for_a_list) {
    static const char* const twice[][2] = {{"Cookie", "sid=1; sid=2; sid=3"}};
    static const char* const ids[][2] = {{"Cookie", "id=1; x=y"}, {"cookie", "id=2"}};
    static const char* const wrong[][2] = {{"Cookie", "id=1; id=z"}};
    static rig r;
    EXPECT_STR(head(&r, &s_by_head, twice, 1), "400\ncookie sid: is given more than once\n");
    EXPECT_STR(head(&r, &s_by_cookie, ids, 2), "");
    EXPECT_EQ(r.args.list->len, 2);
    EXPECT_STR(head(&r, &s_by_cookie, wrong, 1),
               "400\ncookie id: must be a whole number from -2147483648 to 2147483647\n");
    EXPECT(r.args.list == NULL);
    EXPECT_STR(head(&r, &s_by_cookie, NULL, 0), "");
    EXPECT(r.args.list == NULL);
    finish(&r);
}

// ---- at start, and without memory ------------------------------------------------------------

TEST(bind_check__types_that_cannot_be_bound__say_why) {
    static const tmlrt_meta_type nested = {&t_strs, 8, 8, TMLRT_TYPE_LIST, 0};
    static const tmlrt_meta_slot inner[] = {{.name = "f", .key = "f", .type = &t_filter}},
                                 same[] = {{.name = "a", .key = "x", .type = &t_str},
                                           {.name = "b", .key = "x", .type = &t_str}};
    static const tmlrt_meta_schema deep = {.name = "Deep", .fields = TABLE(inner)},
                                   twins = {.name = "Twins", .fields = TABLE(same)};
    static const tmlrt_meta_type t_deep = {&deep, 56, 8, TMLRT_TYPE_STRUCT, 0},
                                 t_twins = {&twins, 16, 8, TMLRT_TYPE_STRUCT, 0};
    const struct {
        uint32_t where;
        const tmlrt_meta_type* type;
        const char* wrong;
    } rows[] = {
        {TMLRT_WHERE_QUERY, &t_filter, NULL},
        {TMLRT_WHERE_QUERY, &t_maybe_i32s, NULL},
        {TMLRT_WHERE_HEADER, &t_strs, NULL},
        {TMLRT_WHERE_COOKIE, &t_maybe_i32s, NULL},
        {TMLRT_WHERE_BODY, &t_deep, NULL},
        {TMLRT_WHERE_BODY, &nested, NULL},
        {TMLRT_WHERE_QUERY, &t_deep, "every field must be a scalar"},
        {TMLRT_WHERE_QUERY, &nested, "a query parameter is"},
        {TMLRT_WHERE_PATH, &t_strs, "it must be a scalar or Str"},
        {TMLRT_WHERE_HEADER, &t_filter, "it must be a scalar, Str"},
        {TMLRT_WHERE_IP, &t_u64, "it must be Str"},
        {TMLRT_WHERE_BODY, &t_twins, "two fields of its struct have one name"},
        {TMLRT_WHERE_QUERY, &t_twins, "two fields of its struct have one name"},
        {TMLRT_WHERE_CUSTOM, &t_str, "custom parameters"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tmlrt_meta_slot slot = {
            .name = "p", .key = "p", .type = rows[i].type, .where = rows[i].where};
        const char* wrong = trt_bind_check(&slot);
        if ((wrong == NULL) != (rows[i].wrong == NULL) ||
            (wrong != NULL && strstr(wrong, rows[i].wrong) == NULL)) {
            test_fail(__FILE__, __LINE__, "row %zu: %s", i, wrong);
        }
    }
}

TEST(bind__memory_fails_at_every_allocation__nomem_and_nothing_kept) {
    static const char* const texts[] = {"q=x&tags=a&tags=b&ids=1&note=n&typo=1",
                                        "{\"q\":\"x\",\"tags\":[\"a\",\"b\"],\"pag\":1}"};
    static rig r;
    for (int i = 0; i < 2; i++) {
        for (uint64_t nth = 1;; nth++) {
            finish(&r);
            test_allocator_fail_at(nth);
            const char* text = body(&r, &s_by_body, i == 0 ? FORM : JSON, texts[i]);
            bool hit = test_allocator_hit();
            test_allocator_fail_at(0);
            EXPECT(r.args.dto.tags == NULL && r.args.dto.note == NULL);
            EXPECT(hit == (text[0] == '\0'));
            if (!hit) {
                break;
            }
            REQUIRE(nth < 100);
        }
    }
    finish(&r);
}

// ---- hostile input ---------------------------------------------------------------------------

/// A text of `head`, so many times `piece`, and `tail`.
static char* many(const char* head, const char* piece, int num, const char* tail) {
    size_t head_len = strlen(head), piece_len = strlen(piece), tail_len = strlen(tail);
    char *text = malloc(head_len + piece_len * (size_t)num + tail_len + 1), *to = text;
    memcpy(to, head, head_len);
    to += head_len;
    for (int i = 0; i < num; i++, to += piece_len) {
        memcpy(to, piece, piece_len);
    }
    memcpy(to, tail, tail_len + 1);
    return text;
}

TEST(bind__hostile_json__400_with_one_reason) {
    static rig r;
    const struct {
        const char *head, *piece;
        int num;
        const char *tail, *want;
    } rows[] = {
        {"", "[", 100000, "", "body : malformed JSON at byte 64: nested more than 64 deep"},
        {"{\"x\":", "[", 64, "", "body : malformed JSON at byte 68: nested more than 64 deep"},
        {"", "{\"q\":", 100000, "", "body : malformed JSON at byte 320: nested more than 64 deep"},
        {"{\"q\":\"\"", ",\"q\":\"\"", 1, "}", "body /q: is given twice"},
        {"{\"q\":\"\"", ",\"z\":1", 100000, "}",
         "body : malformed JSON at byte 6002: an object has more than 1000 keys"},
        {"{\"page\":1e9999,\"q\":\"\"}", "", 0, "",
         "body /page: must be a whole number from 0 to 18446744073709551615"},
        {"{\"q\":\"\\ud800\"}", "", 0, "",
         "body : malformed JSON at byte 6: bad escape, or a surrogate without its other half"},
        {"{\"q\":\"a\xC0\xAF\"}", "", 0, "",
         "body : malformed JSON at byte 6: the string is not valid UTF-8"},
        {"{\"q\":\"\"}", "x", 1, "",
         "body : malformed JSON at byte 8: there is more after the value"},
        {"{\"q\":\"a\\u0000b\"}", "", 0, "", "body /q: must not contain a NUL character"},
        {"{\"q\":null}", "", 0, "", "body /q: must be a string"},
        {"[]", "", 0, "", "body : must be an object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = many(rows[i].head, rows[i].piece, rows[i].num, rows[i].tail), want[128];
        snprintf(want, sizeof want, "400\n%s\n", rows[i].want);
        EXPECT_STR(body(&r, &s_by_body, JSON, text), want);
        free(text);
    }
    finish(&r);
}

TEST(bind__hostile_queries__400_at_the_limit) {
    static rig r;
    static const char* const wrong[] = {"q=%00", "q=%zz", "q=%c0%af", "q=%",
                                        "q=%4",  "%=1",   "q=\xFF"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char* text = query(&r, wrong[i]);
        EXPECT(strstr(text, "two hexadecimal digits") != NULL ||
               strcmp(text, "the query is not valid UTF-8") == 0);
    }
    char* text = many("q=", "a;", 100000, "");
    EXPECT_STR(query(&r, text), "");
    EXPECT_EQ(strlen(r.args.dto.q), 200000);
    free(text);
    text = many("q=x", "&ids=1", 100000, "");
    EXPECT_STR(query(&r, text), "the query has more than 256 parameters");
    free(text);
    finish(&r);
}

TEST(bind__partial_values__freed_once_whatever_is_wrong) {
    static const char* const texts[] = {
        "{\"q\":\"x\",\"tags\":[\"a\",\"b\"],\"note\":\"n\",\"ids\":[1,2],\"page\":-1}",
        "{\"q\":\"x\",\"tags\":[\"a\",1],\"note\":\"n\",\"ids\":[1,2]}",
        "{\"q\":\"x\",\"tags\":[\"a\"],\"tags\":[\"b\"],\"note\":\"n\",\"note\":\"m\"}",
        "{\"q\":\"x\",\"tags\":[\"a\"],\"note\":\"n\",\"ids\":[1",
        "{\"q\":\"x\",\"tags\":[\"a\"],\"note\":\"n\",\"ids\":[1]}]",
        "{\"q\":\"x\",\"tags\":[\"a\",\"\\u0000\"],\"note\":7}",
    };
    static rig r;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        EXPECT(body(&r, &s_by_body, JSON, texts[i])[0] == '4');
        EXPECT(r.args.dto.tags == NULL && r.args.dto.note == NULL && r.args.dto.ids == NULL);
    }
    finish(&r);
}
