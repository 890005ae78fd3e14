// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/value/json_write.h"

#include "std/http/framework/value/json_read.h"
#include "std/http/framework/value/value.h"
#include "tests/support/dto_value.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"

#include <math.h>
#include <stdio.h>

static const tmlrt_meta_type t_u64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64};
static const tmlrt_meta_type t_i8 = {.size = 1, .align = 1, .kind = TMLRT_TYPE_I8};
static const tmlrt_meta_type t_bool = {.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
static const tmlrt_meta_type t_f64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_F64};
static const tmlrt_meta_type t_char = {.size = 4, .align = 4, .kind = TMLRT_TYPE_CHAR};
static const tmlrt_meta_type t_str = {.size = 8, .align = 8, .kind = TMLRT_TYPE_STR};
static const tmlrt_meta_type t_maybe = {&t_u64, 16, 8, TMLRT_TYPE_MAYBE, 8};
static const tmlrt_meta_type t_list = {&t_maybe, 8, 8, TMLRT_TYPE_LIST, 0};

static void expect(int line, const tmlrt_meta_type* type, const void* place, const char* want) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    trt_json_writer writer = {.arena = &arena};
    tmlrt_slice out = {0};
    trt_json_put_value(&writer, type, place);
    if (trt_json_finish(&writer, &out) != TMLRT_OK || out.len != strlen(want) ||
        memcmp(out.data, want, out.len) != 0) {
        test_fail(__FILE__, line, "%.*s, not %s", (int)out.len, out.data, want);
    }
    trt_arena_fini(&arena);
}
#define WRITES(type, place, want) expect(__LINE__, type, place, want)

TEST(json_put_value__scalars__exact) {
    uint64_t u64 = UINT64_MAX;
    int8_t i8 = -128;
    uint8_t yes = 1;
    double f64 = 0.1, inf = INFINITY;
    uint32_t smile = 0x1F639, surrogate = 0xD800;
    const char *text = "a\"b\\c\n\t\x01/\xC3\xA9", *bad = "x\xC0\xAFy", *null = NULL;
    WRITES(&t_u64, &u64, "18446744073709551615");
    WRITES(&t_i8, &i8, "-128");
    WRITES(&t_bool, &yes, "true");
    WRITES(&t_f64, &f64, "0.1");
    WRITES(&t_f64, &inf, "null");
    WRITES(&t_char, &smile, "\"\xF0\x9F\x98\xB9\"");
    WRITES(&t_char, &surrogate, "\"\xEF\xBF\xBD\"");
    WRITES(&t_str, &text, "\"a\\\"b\\\\c\\n\\t\\u0001/\xC3\xA9\"");
    WRITES(&t_str, &bad, "\"x\\ufffd\\ufffdy\"");
    WRITES(&t_str, &null, "null");
}

TEST(json_put_value__struct__declared_fields_only) {
    meta_program p;
    create_user_dto dto = {"Ann", 7};
    meta_program_init(&p);
    WRITES(&p.t_dto, &dto, "{\"name\":\"Ann\",\"age\":7}");
    p.schema.fields.count = 1; // `age` is in the struct, but not in the record
    WRITES(&p.t_dto, &dto, "{\"name\":\"Ann\"}");
}

TEST(json_put_value__list_of_maybe__null_for_nothing) {
    struct {
        int32_t tag, pad;
        uint64_t payload;
    } items[3] = {{0, 0, 1}, {1, 0, 9}, {0, 0, 2}};
    trt_tml_list list = {items, 3, 3, 16}, *handle = &list, *null = NULL;
    WRITES(&t_list, &handle, "[1,null,2]");
    WRITES(&t_list, &null, "[]");
}

TEST(json_put_value__large_list__grows_and_reads_back) {
    trt_tml_list *list, *again;
    trt_arena arena;
    trt_json_report report;
    static const tmlrt_meta_type numbers = {&t_u64, 8, 8, TMLRT_TYPE_LIST, 0};
    tmlrt_slice out;
    trt_arena_init(&arena, 0);
    trt_json_writer writer = {.arena = &arena};
    REQUIRE(trt_value_new_list(&list, &t_u64) == TMLRT_OK);
    for (uint64_t i = 0; i < 5000; i++) {
        *(uint64_t*)trt_value_push(list) = i * 0x0123456789ABCDEFu;
    }
    trt_json_put_value(&writer, &numbers, &list);
    REQUIRE(trt_json_finish(&writer, &out) == TMLRT_OK);
    REQUIRE(trt_json_read(&again, &numbers, NULL, &arena, out, &report) == TMLRT_OK);
    EXPECT_EQ(again->len, 5000);
    EXPECT(memcmp(again->data, list->data, 5000 * 8) == 0);
    trt_value_free(&numbers, &list);
    trt_value_free(&numbers, &again);
    trt_arena_fini(&arena);
}

TEST(json_put_value__recursive_value__ends_at_64) {
    static tmlrt_meta_type self = {&self, 8, 8, TMLRT_TYPE_LIST, 0}; // List of itself
    trt_tml_list list = {NULL, 1, 1, 8}, *handle = &list;
    trt_arena arena;
    tmlrt_slice out;
    list.data = &handle; // and a value that holds itself
    trt_arena_init(&arena, 0);
    trt_json_writer writer = {.arena = &arena};
    trt_json_put_value(&writer, &self, &handle);
    EXPECT_EQ(trt_json_finish(&writer, &out), TMLRT_E_OVERFLOW);
    trt_arena_fini(&arena);
}

TEST(json_put_value__no_memory__nomem) {
    const char* text = "abc";
    trt_arena arena;
    tmlrt_slice out;
    trt_arena_init(&arena, 0);
    trt_json_writer writer = {.arena = &arena};
    test_allocator_fail_at(1);
    trt_json_put_value(&writer, &t_str, &text);
    EXPECT_EQ(trt_json_finish(&writer, &out), TMLRT_E_NOMEM);
    trt_arena_fini(&arena);
}

// What the writer should have made of a text of ASCII and 0x80 (which is no UTF-8).
static size_t escape_slowly(char* out, const char* text) {
    size_t len = 0;
    out[len++] = '"';
    for (const char* p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            out[len++] = '\\';
            out[len++] = *p;
        } else if (*p == 0x1f) {
            len += (size_t)sprintf(out + len, "\\u001f");
        } else if ((unsigned char)*p == 0x80) {
            len += (size_t)sprintf(out + len, "\\ufffd");
        } else {
            out[len++] = *p;
        }
    }
    out[len++] = '"';
    out[len] = '\0';
    return len;
}

TEST(json_put_value__one_special_byte_at_every_place__escaped) {
    static const char specials[] = {'"', '\\', 0x1f, (char)0x80, ' ', '!', '#', '[', ']', 0x7f};
    char text[40], want[80];
    const char* place = text;
    for (size_t len = 0; len < sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            for (size_t i = 0; i < sizeof specials; i++) {
                memset(text, 'a', len);
                text[len] = '\0';
                text[at] = specials[i];
                escape_slowly(want, text);
                WRITES(&t_str, &place, want);
            }
        }
    }
}

TEST(json_put_value__key_with_special_bytes__escaped) {
    meta_program p;
    create_user_dto dto = {"Ann", 7};
    meta_program_init(&p);
    tmlrt_meta_slot fields[2] = {*(const tmlrt_meta_slot*)p.schema.fields.items,
                                 ((const tmlrt_meta_slot*)p.schema.fields.items)[1]};
    p.schema.fields.items = fields;
    fields[0].key = "na\"me";
    fields[1].key = "";
    WRITES(&p.t_dto, &dto, "{\"na\\\"me\":\"Ann\",\"\":7}");
    p.schema.fields.count = 0;
    WRITES(&p.t_dto, &dto, "{}");
}

TEST(json_write__random_values__read_back_the_same_and_written_the_same) {
    static uint8_t bytes[1500];
    trt_json_keys keys;
    uint64_t state = 88172645463325252u;
    REQUIRE(trt_json_keys_init(&keys, 2) == TMLRT_OK);
    REQUIRE(trt_json_keys_add(&keys, dto_schemas[0]) == TMLRT_OK);
    REQUIRE(trt_json_keys_add(&keys, dto_schemas[1]) == TMLRT_OK);
    for (int round = 0; round < 3000; round++) {
        uint64_t value[DTO_SIZE / 8] = {0};
        trt_arena arena = {0};
        for (size_t i = 0; i < sizeof bytes; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes[i] = (uint8_t)(state >> 32);
        }
        dto_bytes source = {bytes, bytes + (state >> 40) % sizeof bytes};
        dto_make(&source, &arena, value);
        const char* wrong = dto_survives(round % 2 == 0 ? &keys : NULL, value);
        if (wrong != NULL) {
            test_fail(__FILE__, __LINE__, "round %d: %s", round, wrong);
        }
        trt_value_free(&dto_type, value);
        trt_arena_fini(&arena);
    }
    trt_json_keys_fini(&keys);
}
