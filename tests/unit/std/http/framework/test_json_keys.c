// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/json_keys.h"

#include "std/http/framework/json_write.h"
#include "tests/support/harness.h"

#include <string.h>

static const tmlrt_meta_type t_bool = {.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
static const tmlrt_meta_slot s_fields[] = {
    {.name = "id", .type = &t_bool, .offset = 0},
    {.name = "x", .key = "a \"quoted\"\nkey", .type = &t_bool, .offset = 1},
    {.name = "z", .key = "", .type = &t_bool, .offset = 2},
};
static const tmlrt_meta_schema s_three = {
    .name = "Three", .fields = {s_fields, 3, sizeof(tmlrt_meta_slot)}, .size = 3, .align = 1};
static const tmlrt_meta_schema s_copy = {
    .name = "Three", .fields = {s_fields, 3, sizeof(tmlrt_meta_slot)}, .size = 3, .align = 1};
static const tmlrt_meta_schema s_none = {.name = "None", .size = 1, .align = 1};

static void registry_of(trt_registry* out, trt_record* records, uint32_t num) {
    *out = (trt_registry){0};
    out->kinds[TMLRT_KIND_SCHEMA] = (trt_record_list){records, num};
}

static void write(char* out, const trt_json_keys* keys, const tmlrt_meta_schema* schema) {
    static const uint8_t values[3] = {1, 0, 1};
    const tmlrt_meta_type type = {schema, 3, 1, TMLRT_TYPE_STRUCT, 0};
    trt_arena arena;
    trt_arena_init(&arena, 0);
    trt_json_writer writer = {.arena = &arena, .keys = keys};
    tmlrt_slice text = {0};
    trt_json_put_value(&writer, &type, values);
    EXPECT_EQ(trt_json_finish(&writer, &text), TMLRT_OK);
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    trt_arena_fini(&arena);
}

TEST(json_keys__every_schema__writes_what_the_writer_alone_writes) {
    trt_record records[] = {{.item = &s_none}, {.item = &s_three}};
    trt_registry registry;
    trt_json_keys keys;
    registry_of(&registry, records, 2);
    EXPECT_EQ(trt_json_keys_init(&keys, &registry), TMLRT_OK);
    EXPECT(trt_json_keys_find(&keys, &s_three) != NULL);
    EXPECT(trt_json_keys_find(&keys, &s_copy) == NULL); // not the record the registry kept
    EXPECT(trt_json_keys_find(&keys, &s_none) == NULL);
    const tmlrt_meta_schema* all[] = {&s_none, &s_three, &s_copy};
    for (int i = 0; i < 3; i++) {
        char with[128], without[128];
        write(with, &keys, all[i]);
        write(without, NULL, all[i]);
        EXPECT(strcmp(with, without) == 0);
    }
    char text[128];
    write(text, &keys, &s_three);
    EXPECT(strcmp(text, "{\"id\":true,\"a \\\"quoted\\\"\\nkey\":false,\"\":true}") == 0);
    trt_json_keys_fini(&keys);
}

TEST(json_keys__many_schemas__each_is_found) {
    enum { NUM = 300 };
    static tmlrt_meta_schema schemas[NUM];
    static trt_record records[NUM];
    trt_registry registry;
    trt_json_keys keys;
    for (int i = 0; i < NUM; i++) {
        schemas[i] = s_three;
        records[i] = (trt_record){.item = &schemas[i]};
    }
    registry_of(&registry, records, NUM);
    EXPECT_EQ(trt_json_keys_init(&keys, &registry), TMLRT_OK);
    for (int i = 0; i < NUM; i++) {
        EXPECT(trt_json_keys_find(&keys, &schemas[i]) != NULL);
    }
    trt_json_keys_fini(&keys);
}

TEST(json_keys__no_schema__empty) {
    trt_registry registry = {0};
    trt_json_keys keys;
    EXPECT_EQ(trt_json_keys_init(&keys, &registry), TMLRT_OK);
    EXPECT(trt_json_keys_find(&keys, &s_three) == NULL);
    trt_json_keys_fini(&keys);
}

TEST(json_keys__no_memory__error_and_nothing_left) {
    trt_record records[] = {{.item = &s_three}};
    trt_registry registry;
    trt_json_keys keys;
    registry_of(&registry, records, 1);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_json_keys_init(&keys, &registry), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    EXPECT(keys.entries == NULL);
}
