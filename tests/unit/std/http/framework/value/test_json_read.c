// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/value/json_read.h"

#include "std/http/framework/value/value.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"

#include <stdio.h>
#include <stdlib.h>

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}

static const tmlrt_meta_type t_unit = {.align = 1, .kind = TMLRT_TYPE_UNIT};
static const tmlrt_meta_type t_bool = SCALAR(BOOL, 1), t_i8 = SCALAR(I8, 1), t_u16 = SCALAR(U16, 2),
                             t_i32 = SCALAR(I32, 4), t_i64 = SCALAR(I64, 8), t_u64 = SCALAR(U64, 8),
                             t_f64 = SCALAR(F64, 8), t_f32 = SCALAR(F32, 4),
                             t_char = SCALAR(CHAR, 4), t_str = SCALAR(STR, 8),
                             t_text = SCALAR(TEXT, 8);

// A recursive DTO: struct node { id: U64, name: Str, note: Maybe[Str], at: Maybe[I32],
//                                tags: List[Str], children: List[node], point: point }
typedef struct point {
    double x, y;
} point;
typedef struct node {
    uint64_t id;
    const char* name;
    const char* note;
    struct {
        int32_t tag, payload;
    } at;
    trt_tml_list* tags;
    trt_tml_list* children;
    point p;
} node;

static const tmlrt_meta_slot s_point_fields[] = {
    {.name = "x", .key = "x", .type = &t_f64, .offset = offsetof(point, x)},
    {.name = "y", .key = "y", .type = &t_f64, .offset = offsetof(point, y)},
};
static const tmlrt_meta_schema s_point = {
    .name = "point",
    .fields = {s_point_fields, 2, sizeof(tmlrt_meta_slot)},
    .size = sizeof(point),
    .align = 8,
};
static const tmlrt_meta_schema s_node;
static const tmlrt_meta_type t_point = {&s_point, sizeof(point), 8, TMLRT_TYPE_STRUCT, 0};
static const tmlrt_meta_type t_node = {&s_node, sizeof(node), 8, TMLRT_TYPE_STRUCT, 0};
static const tmlrt_meta_type t_nodes = {&t_node, 8, 8, TMLRT_TYPE_LIST, 0};
static const tmlrt_meta_type t_strs = {&t_str, 8, 8, TMLRT_TYPE_LIST, 0};
static const tmlrt_meta_type t_maybe_str = {&t_str, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
static const tmlrt_meta_type t_maybe_i32 = {&t_i32, 8, 4, TMLRT_TYPE_MAYBE, 4};
static const tmlrt_meta_value s_forty_two = {.kind = TMLRT_VALUE_INT, .i = 42};
static const tmlrt_meta_slot s_node_fields[] = {
    {.name = "id", .key = "id", .type = &t_u64, .offset = offsetof(node, id)},
    {.name = "name", .key = "name", .type = &t_str, .offset = offsetof(node, name)},
    {.name = "note", .key = "note", .type = &t_maybe_str, .offset = offsetof(node, note)},
    {.name = "at", .key = "at", .type = &t_maybe_i32, .offset = offsetof(node, at)},
    {.name = "tags",
     .key = "tags",
     .type = &t_strs,
     .offset = offsetof(node, tags),
     .loc = {.flags = TMLRT_LOC_OPTIONAL}},
    {.name = "children",
     .key = "children",
     .type = &t_nodes,
     .offset = offsetof(node, children),
     .loc = {.flags = TMLRT_LOC_OPTIONAL}},
    {.name = "p",
     .key = "p/q~",
     .type = &t_point,
     .offset = offsetof(node, p),
     .loc = {.flags = TMLRT_LOC_OPTIONAL}},
};
static const tmlrt_meta_schema s_node = {
    .name = "node",
    .fields = {s_node_fields, 7, sizeof(tmlrt_meta_slot)},
    .size = sizeof(node),
    .align = 8,
};

static trt_arena s_arena;

static tmlrt_status read(void* place, const tmlrt_meta_type* type, const char* text,
                         trt_json_report* report) {
    trt_arena_reset(&s_arena);
    return trt_json_read(place, type, NULL, &s_arena, (tmlrt_slice){text, strlen(text)}, report);
}

static void list_errors(char* out, size_t cap, const trt_json_report* report) {
    size_t len = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < report->num; i++) {
        len += (size_t)snprintf(out + len, cap - len, "%s: %s\n", report->items[i].pointer,
                                report->items[i].detail);
    }
}

// ---- syntax ----------------------------------------------------------------------------------

// Every kind of text that must be refused is in test_json_suite.c; these are more of ours.
static const char* const s_rejected[] = {
    "{\"\x01\":1}",  "nulll", "truefalse", "01",  "-",         "+1",
    "1 2",           "\v1",   "NaN",       "[1}", "{\"a\":1]", "\"\x1F\"",
    "[\"\\u12G4\"]", "1.",    "[1]\f",     "{,}", "[\"a\"b]",  "{\"a\":1 \"b\":2}",
    "{\"a\":1,}",
};

TEST(json_read__rejected_texts__are_malformed_with_the_byte) {
    for (size_t i = 0; i < sizeof s_rejected / sizeof s_rejected[0]; i++) {
        trt_json_report report;
        char none;
        tmlrt_status status = read(&none, &t_unit, s_rejected[i], &report);
        if (status != TMLRT_E_JSON || report.num != 1 ||
            strncmp(report.items[0].detail, "malformed JSON at byte ", 23) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %d", s_rejected[i], status);
        }
    }
    trt_arena_fini(&s_arena);
}

TEST(json_read__every_prefix_of_a_good_text__malformed_and_in_bounds) {
    static const char text[] = "{\"id\":1,\"name\":\"a\\u00e9\\ud83d\\ude39\xC3\xA9\",\"children\":"
                               "[{\"id\":2,\"name\":\"\",\"tags\":[\"x\",\"y\"]}],\"at\":null}";
    for (size_t len = 0; len <= sizeof text - 1; len++) {
        trt_json_report report;
        node n;
        char* copy = malloc(len == 0 ? 1 : len); // exact, so that the sanitizer sees a read beyond
        memcpy(copy, text, len);
        trt_arena_reset(&s_arena);
        tmlrt_status status =
            trt_json_read(&n, &t_node, NULL, &s_arena, (tmlrt_slice){copy, len}, &report);
        EXPECT_EQ(status, len == sizeof text - 1 ? TMLRT_OK : TMLRT_E_JSON);
        trt_value_free(&t_node, &n);
        free(copy);
    }
    trt_arena_fini(&s_arena);
}

TEST(json_read__depth__64_levels_but_not_65) {
    static char text[200001];
    trt_json_report report;
    char none;
    for (int depth = 63; depth <= 66; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        EXPECT_EQ(read(&none, &t_unit, text, &report), depth <= 64 ? TMLRT_E_BIND : TMLRT_E_JSON);
    }
    memset(text, '[', 100000);
    text[100000] = '\0';
    EXPECT_EQ(read(&none, &t_unit, text, &report), TMLRT_E_JSON);
    EXPECT(strstr(report.items[0].detail, "64 deep") != NULL);
    for (int i = 0; i < 100; i++) {
        memcpy(text + i * 5, "{\"a\":", 5);
    }
    text[500] = '\0';
    EXPECT_EQ(read(&none, &t_unit, text, &report), TMLRT_E_JSON);
    EXPECT(strstr(report.items[0].detail, "64 deep") != NULL);
    trt_arena_fini(&s_arena);
}

TEST(json_read__keys__1000_but_not_1001) {
    static char text[20000];
    trt_json_report report;
    char none;
    for (int num = 1000; num <= 1001; num++) {
        size_t len = 0;
        for (int i = 0; i < num; i++) {
            len += (size_t)snprintf(text + len, sizeof text - len, "%c\"k%d\":1",
                                    i == 0 ? '{' : ',', i);
        }
        strcpy(text + len, "}");
        EXPECT_EQ(read(&none, &t_unit, text, &report), num == 1000 ? TMLRT_E_BIND : TMLRT_E_JSON);
    }
    trt_arena_fini(&s_arena);
}

// ---- binding ---------------------------------------------------------------------------------

TEST(json_read__flat_dto__fields_are_bound) {
    create_user_dto dto;
    trt_json_report report;
    meta_program p;
    meta_program_init(&p);
    EXPECT_EQ(
        read(&dto, &p.t_dto, " { \"age\" : 18446744073709551615 , \"name\":\"A\\nB\" } ", &report),
        0);
    EXPECT_STR(dto.name, "A\nB");
    EXPECT(dto.age == UINT64_MAX);
    trt_arena_fini(&s_arena);
}

TEST(json_read__nested_dto__structs_lists_and_maybes) {
    node n;
    trt_json_report report;
    const char* text = "{\"id\":1,\"name\":\"root\",\"note\":\"hi\",\"at\":-5,\"tags\":[\"a\","
                       "\"b\",\"c\",\"d\",\"e\"],"
                       "\"children\":[{\"id\":2,\"name\":\"x\",\"note\":null,\"children\":[{\"id\":"
                       "3,\"name\":\"y\"}]},"
                       "{\"id\":4,\"name\":\"z\"}],\"p/q~\":{\"y\":2.5,\"x\":1e2}}";
    REQUIRE(read(&n, &t_node, text, &report) == TMLRT_OK);
    EXPECT_EQ(n.id, 1);
    EXPECT_STR(n.note, "hi");
    EXPECT_EQ(n.at.tag, 0);
    EXPECT_EQ(n.at.payload, -5);
    REQUIRE(n.tags != NULL && n.tags->len == 5);
    EXPECT_EQ(n.tags->stride, 8);
    EXPECT_STR(((const char**)n.tags->data)[4], "e");
    REQUIRE(n.children != NULL && n.children->len == 2);
    EXPECT_EQ(n.children->stride, sizeof(node));
    node* child = n.children->data;
    EXPECT(child[0].note == NULL);
    EXPECT_EQ(child[0].at.tag, 1); // absent is Nothing
    EXPECT(child[1].children == NULL);
    EXPECT_EQ(((node*)child[0].children->data)->id, 3);
    EXPECT(n.p.x == 100 && n.p.y == 2.5);
    trt_value_free(&t_node, &n);
    EXPECT(n.tags == NULL);
    trt_arena_fini(&s_arena);
}

TEST(json_read__many_errors__all_listed_with_pointers) {
    node n;
    trt_json_report report;
    char errors[2048];
    const char* text = "{\"name\":7,\"ex\\u0000tra\":{\"a\":[1,{\"b\":2}]},\"at\":2147483648,"
                       "\"tags\":[\"a\",null,3],"
                       "\"children\":[{\"id\":-1,\"name\":\"x\\u0000\"},5],\"p/"
                       "q~\":{\"x\":\"1\"},\"at\":1,\"note\":[]}";
    EXPECT_EQ(read(&n, &t_node, text, &report), TMLRT_E_BIND);
    list_errors(errors, sizeof errors, &report);
    EXPECT_STR(errors, "/name: must be a string\n"
                       "/ex\xEF\xBF\xBDtra: is not a known field\n"
                       "/at: must be a whole number from -2147483648 to 2147483647\n"
                       "/tags/1: must be a string\n"
                       "/tags/2: must be a string\n"
                       "/children/0/id: must be a whole number from 0 to 18446744073709551615\n"
                       "/children/0/name: must not contain a NUL character\n"
                       "/children/1: must be an object\n"
                       "/p~1q~0/x: must be a number\n"
                       "/p~1q~0/y: is required\n"
                       "/at: is given twice\n"
                       "/note: must be a string\n"
                       "/id: is required\n");
    EXPECT_EQ(report.num_all, 13);
    EXPECT(n.tags == NULL && n.children == NULL); // nothing is kept
    trt_arena_fini(&s_arena);
}

TEST(json_read__megabyte_of_errors__counted_within_the_memory_of_a_request) {
    enum { NUM = 250000 };
    static const tmlrt_meta_type t_u8 = SCALAR(U8, 1), t_u8s = {&t_u8, 8, 8, TMLRT_TYPE_LIST, 0};
    char* text = malloc(NUM * 4 + 2);
    trt_arena arena;
    trt_json_report report;
    trt_tml_list* list;
    for (size_t i = 0; i < NUM; i++) {
        memcpy(text + i * 4, i % 2 == 0 ? ",256" : ",1.5", 4);
    }
    text[0] = '[';
    text[(size_t)NUM * 4] = ']';
    trt_arena_init(&arena, 64 << 10);
    EXPECT_EQ(trt_json_read(&list, &t_u8s, NULL, &arena, (tmlrt_slice){text, (size_t)NUM * 4 + 1},
                            &report),
              TMLRT_E_BIND);
    EXPECT_EQ(report.num, 32);
    EXPECT_EQ(report.num_all, NUM);
    trt_arena_fini(&arena);
    free(text);
}

TEST(json_read__hundred_errors__thirty_two_are_told) {
    static char text[4000] = "{\"id\":1,\"name\":\"\"";
    node n;
    trt_json_report report;
    size_t len = strlen(text);
    for (int i = 0; i < 100; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, ",\"u%d\":1", i);
    }
    strcpy(text + len, "}");
    EXPECT_EQ(read(&n, &t_node, text, &report), TMLRT_E_BIND);
    EXPECT_EQ(report.num, 32);
    EXPECT_EQ(report.num_all, 100);
    trt_arena_fini(&s_arena);
}

static void expect_scalar(int line, const tmlrt_meta_type* type, const char* text, bool good,
                          uint64_t bits) {
    uint64_t place[32] = {0}; // room for a node
    trt_json_report report;
    tmlrt_status status = read(place, type, text, &report);
    if (status != (good ? TMLRT_OK : TMLRT_E_BIND) || (good && place[0] != bits)) {
        test_fail(__FILE__, line, "%s: status %d, %" PRIx64, text, status, place[0]);
    }
}
#define SCALAR_IS(type, text, bits) expect_scalar(__LINE__, &(type), text, true, bits)
#define SCALAR_NOT(type, text)      expect_scalar(__LINE__, &(type), text, false, 0)

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

TEST(json_read__scalars__exact_or_refused) {
    SCALAR_IS(t_u64, "0", 0);
    SCALAR_IS(t_u64, "-0", 0);
    SCALAR_IS(t_u64, "18446744073709551615", UINT64_MAX);
    SCALAR_NOT(t_u64, "18446744073709551616");
    SCALAR_NOT(t_u64, "-1");
    SCALAR_NOT(t_u64, "1.0");
    SCALAR_NOT(t_u64, "1e3");
    SCALAR_NOT(t_u64, "\"1\"");
    SCALAR_NOT(t_u64, "null");
    SCALAR_NOT(t_u64, "true");
    SCALAR_IS(t_i64, "-9223372036854775808", 1ull << 63);
    SCALAR_NOT(t_i64, "9223372036854775808");
    SCALAR_IS(t_i8, "-128", 0x80);
    SCALAR_NOT(t_i8, "128");
    SCALAR_IS(t_u16, "65535", 65535);
    SCALAR_NOT(t_u16, "65536");
    SCALAR_IS(t_f64, "0.1", bits_of(0.1));
    SCALAR_IS(t_f64, "-0", bits_of(-0.0));
    SCALAR_IS(t_f64, "1e308", bits_of(1e308));
    SCALAR_NOT(t_f64, "1e9999");
    SCALAR_NOT(t_f64, "\"0.1\"");
    SCALAR_NOT(t_f32, "1e39");
    SCALAR_IS(t_bool, "true", 1);
    SCALAR_IS(t_bool, "false", 0);
    SCALAR_NOT(t_bool, "1");
    SCALAR_NOT(t_bool, "\"true\"");
    SCALAR_IS(t_char, "\"\xF0\x9F\x98\xB9\"", 0x1F639);
    SCALAR_IS(t_char, "\"\\ud83d\\ude39\"", 0x1F639);
    SCALAR_NOT(t_char, "\"ab\"");
    SCALAR_NOT(t_char, "\"\"");
    SCALAR_NOT(t_str, "1");
    SCALAR_NOT(t_str, "{}");
    SCALAR_NOT(t_nodes, "{}");
    SCALAR_NOT(t_node, "[]");
    trt_arena_fini(&s_arena);
}

TEST(json_read__text_and_empty_list__libc_handles_with_room) {
    trt_tml_text* text;
    trt_tml_list* list;
    trt_json_report report;
    REQUIRE(read(&text, &t_text, "\"caf\\u00e9\"", &report) == TMLRT_OK);
    EXPECT_EQ(text->len, 5);
    EXPECT_STR(text->data, "caf\xC3\xA9");
    trt_value_free(&t_text, &text);
    REQUIRE(read(&list, &t_strs, "[]", &report) == TMLRT_OK);
    EXPECT(list->len == 0 && list->cap > 0 && list->data != NULL);
    trt_value_free(&t_strs, &list);
    trt_arena_fini(&s_arena);
}

TEST(json_read__absent_fields__defaults) {
    struct {
        uint64_t a;
        const char* b;
    } dto;
    static const tmlrt_meta_value text = {.kind = TMLRT_VALUE_STR, .len = 3, .p = "abc"};
    static const tmlrt_meta_slot fields[] = {
        {.name = "a", .key = "a", .type = &t_u64, .dflt = &s_forty_two, .offset = 0},
        {.name = "b", .key = "b", .type = &t_str, .dflt = &text, .offset = 8},
    };
    static const tmlrt_meta_schema schema = {
        .name = "D", .fields = {fields, 2, sizeof fields[0]}, .size = 16, .align = 8};
    static const tmlrt_meta_type type = {&schema, 16, 8, TMLRT_TYPE_STRUCT, 0};
    trt_json_report report;
    REQUIRE(read(&dto, &type, "{}", &report) == TMLRT_OK);
    EXPECT_EQ(dto.a, 42);
    EXPECT_STR(dto.b, "abc");
    trt_arena_fini(&s_arena);
}

TEST(json_read__list_of_empty_objects__small_text_cannot_take_a_large_heap) {
    enum { NUM = 250000 };
    char* text = malloc(NUM * 3 + 2);
    trt_tml_list* list;
    trt_json_report report;
    char* to = text;
    *to++ = '[';
    for (int i = 0; i < NUM; i++) {
        memcpy(to, i + 1 < NUM ? "{}," : "{}]", 3);
        to += 3;
    }
    *to = '\0';
    EXPECT_EQ(read(&list, &t_nodes, text, &report), TMLRT_E_HTTP_LIMIT);
    EXPECT(list == NULL);
    free(text);
    trt_arena_fini(&s_arena);
}

TEST(json_read__memory_fails_at_every_allocation__nomem_no_leak) {
    char text[2200] = "{\"id\":1,\"extra\":1,\"name\":\"";
    memset(text + strlen(text), 'n', 2000);
    strcat(text, "\",\"children\":[{\"id\":2}]}");
    for (uint64_t nth = 1;; nth++) {
        node n;
        trt_json_report report;
        trt_arena arena;
        trt_arena_init(&arena, 0);
        test_allocator_fail_at(nth);
        tmlrt_status status =
            trt_json_read(&n, &t_node, NULL, &arena, (tmlrt_slice){text, strlen(text)}, &report);
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        trt_arena_fini(&arena);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_E_BIND);
        if (!hit) {
            break;
        }
    }
}

// struct link { next: Maybe[List[link]], end: Maybe[I32] }: three kinds of level for two of JSON.
typedef struct link {
    trt_tml_list* next;
    struct {
        int32_t tag, payload;
    } end;
} link;
static const tmlrt_meta_schema s_link;
static const tmlrt_meta_type t_link = {&s_link, sizeof(link), 8, TMLRT_TYPE_STRUCT, 0},
                             t_links = {&t_link, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_maybe_links = {&t_links, 8, 8, TMLRT_TYPE_MAYBE, 255};
static const tmlrt_meta_slot s_link_fields[] = {
    {.name = "next", .type = &t_maybe_links, .offset = offsetof(link, next)},
    {.name = "end", .type = &t_maybe_i32, .offset = offsetof(link, end)},
};
static const tmlrt_meta_schema s_link = {
    .name = "link", .fields = {s_link_fields, 2, sizeof s_link_fields[0]}, .size = sizeof(link)};

TEST(json_read__error_at_the_deepest_level__everything_made_is_freed) {
    char text[1024];
    for (int wrong = 0; wrong < 2; wrong++) {
        link value;
        trt_json_report report;
        size_t len = 0;
        for (int i = 0; i < 31; i++) {
            len += (size_t)snprintf(text + len, sizeof text - len, "{\"next\":[");
        }
        len += (size_t)snprintf(text + len, sizeof text - len, "{\"end\":%s}", wrong ? "{}" : "1");
        for (int i = 0; i < 31; i++) {
            len += (size_t)snprintf(text + len, sizeof text - len, "]}");
        }
        EXPECT_EQ(read(&value, &t_link, text, &report), wrong ? TMLRT_E_BIND : TMLRT_OK);
        EXPECT((value.next == NULL) == (wrong != 0));
        trt_value_free(&t_link, &value); // the sanitizer sees what is left
        EXPECT(value.next == NULL);
    }
    trt_arena_fini(&s_arena);
}

/// One string of `len` letters with `piece` at `at`, in exactly so many bytes; behind it a list's
/// end.
static tmlrt_status read_piece(size_t len, size_t at, const char* piece, size_t spare,
                               const char** out) {
    size_t piece_len = strlen(piece), text_len = len + piece_len + 4;
    char *text = malloc(text_len + spare), *to = text;
    trt_tml_list* list;
    trt_json_report report;
    *to++ = '[';
    *to++ = '"';
    memset(to, 'x', len + piece_len);
    memcpy(to + at, piece, piece_len);
    to += len + piece_len;
    *to++ = '"';
    *to++ = ']';
    memset(to, ' ', spare);
    trt_arena_reset(&s_arena);
    tmlrt_status status = trt_json_read(&list, &t_strs, NULL, &s_arena,
                                        (tmlrt_slice){text, text_len + spare}, &report);
    if (status == TMLRT_OK) {
        *out = *(const char**)list->data; // in the arena, which outlives the list
        trt_value_free(&t_strs, &list);
    }
    free(text);
    return status;
}

TEST(json_read__strings_of_every_length__special_bytes_at_every_place) {
    static const struct {
        const char *piece, *means; ///< NULL: malformed
    } rows[] = {
        {"", ""},
        {"\\\"", "\""},
        {"\\u00e9", "\xC3\xA9"},
        {"\xC3\xA9", "\xC3\xA9"},
        {"\xF0\x9F\x98\xB9", "\xF0\x9F\x98\xB9"},
        {"/", "/"},
        {"\x7F", "\x7F"},
        {"\x01", NULL},
        {"\x1F", NULL},
        {"\xC3", NULL},
        {"\xA9", NULL},
        {"\xED\xA0\x80", NULL},
        {"\\x", NULL},
        {"\"", NULL},
        {"\\ud800", NULL},
    };
    char want[128];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t len = 0; len <= 50; len++) {
            for (size_t at = 0; at <= len; at++) {
                const char* got = NULL;
                tmlrt_status status = read_piece(len, at, rows[i].piece, len % 20, &got);
                EXPECT_EQ(status, rows[i].means != NULL ? TMLRT_OK : TMLRT_E_JSON);
                if (rows[i].means != NULL && status == TMLRT_OK) {
                    snprintf(want, sizeof want, "%.*s%s%.*s", (int)at,
                             "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", rows[i].means,
                             (int)(len - at), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
                    EXPECT_STR(got, want);
                }
            }
        }
    }
    trt_arena_fini(&s_arena);
}

TEST(json_read__strings_around_the_end_of_a_chunk__whole) {
    // Strings of one length until several chunks of the arena are full.
    for (size_t len = 1; len < 100; len += 7) {
        trt_arena arena = {0};
        trt_tml_list* list;
        trt_json_report report;
        static char text[64000];
        size_t used = 0, num = 60000 / (len + 8);
        for (size_t i = 0; i < num; i++) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%c\"%0*zu\"",
                                     i == 0 ? '[' : ',', (int)len, i);
        }
        text[used++] = ']';
        REQUIRE(trt_json_read(&list, &t_strs, NULL, &arena, (tmlrt_slice){text, used}, &report) ==
                TMLRT_OK);
        for (size_t i = 0; i < num; i++) {
            char want[128];
            snprintf(want, sizeof want, "%0*zu", (int)len, i);
            EXPECT_STR(((const char**)list->data)[i], want);
        }
        trt_value_free(&t_strs, &list);
        trt_arena_fini(&arena);
    }
}

TEST(json_read__numbers_of_every_length__their_value_or_out_of_range) {
    // 1, 12, 123, ...: as U64, as I64 with a sign, as F64 with a point at every place.
    const char* digits = "1234567890123456789012345";
    for (int num = 1; num <= 25; num++) {
        uint64_t u64 = 0;
        int64_t i64 = 0;
        double f64 = 0;
        char text[64];
        trt_json_report report;
        snprintf(text, sizeof text, "%.*s", num, digits);
        EXPECT_EQ(read(&u64, &t_u64, text, &report), num <= 20 ? TMLRT_OK : TMLRT_E_BIND);
        EXPECT(num > 20 || u64 == strtoull(text, NULL, 10));
        snprintf(text, sizeof text, " -%.*s ", num, digits);
        EXPECT_EQ(read(&i64, &t_i64, text, &report), num <= 19 ? TMLRT_OK : TMLRT_E_BIND);
        EXPECT(num > 19 || i64 == strtoll(text, NULL, 10));
        for (int cut = 1; cut < num; cut++) {
            snprintf(text, sizeof text, "-%.*s.%.*s ", cut, digits, num - cut, digits + cut);
            EXPECT_EQ(read(&f64, &t_f64, text, &report), TMLRT_OK);
            EXPECT(f64 == strtod(text, NULL));
        }
    }
    trt_arena_fini(&s_arena);
}
