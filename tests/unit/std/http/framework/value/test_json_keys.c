// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/value/json_keys.h"

#include "std/http/framework/value/json_write.h"
#include "tests/support/harness.h"

static const tmlrt_meta_type t_bool = {.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};

enum { NUM_SCHEMAS = 40 };

typedef struct many {
    tmlrt_meta_slot fields[2];
    tmlrt_meta_schema schemas[NUM_SCHEMAS];
} many;

static void many_init(many* m) {
    *m = (many){.fields = {{.name = "a", .type = &t_bool},
                           {.name = "b", .key = "the \"b\"", .type = &t_bool, .offset = 1}}};
    for (uint32_t i = 0; i < NUM_SCHEMAS; i++) {
        m->schemas[i].fields = (tmlrt_meta_table){m->fields, i % 3, sizeof m->fields[0]};
    }
}

static tmlrt_status add_all(trt_json_keys* keys, const many* m) {
    tmlrt_status status = trt_json_keys_init(keys, 3); // grows
    for (uint32_t i = 0; status == TMLRT_OK && i < NUM_SCHEMAS; i++) {
        status = trt_json_keys_add(keys, &m->schemas[i]);
    }
    return status;
}

TEST(json_keys__many_schemas__found_and_written_as_without) {
    many m;
    trt_json_keys keys;
    many_init(&m);
    REQUIRE(add_all(&keys, &m) == TMLRT_OK);
    static const char* const want[] = {"{}", "{\"a\":true}",
                                       "{\"a\":true,\"the \\\"b\\\"\":false}"};
    static const uint8_t value[2] = {1, 0};
    for (uint32_t i = 0; i < NUM_SCHEMAS; i++) {
        const tmlrt_meta_type type = {&m.schemas[i], 2, 1, TMLRT_TYPE_STRUCT, 0};
        trt_arena arena = {0};
        for (int with = 0; with < 2; with++) {
            trt_json_writer writer = {.arena = &arena, .keys = with ? &keys : NULL};
            tmlrt_slice out = {0};
            trt_json_put_value(&writer, &type, value);
            REQUIRE(trt_json_finish(&writer, &out) == TMLRT_OK);
            EXPECT_EQ(out.len, strlen(want[i % 3]));
            EXPECT(memcmp(out.data, want[i % 3], out.len) == 0);
        }
        trt_arena_fini(&arena);
        EXPECT(trt_json_keys_find(&keys, &m.schemas[i]) != NULL);
    }
    tmlrt_meta_schema other = m.schemas[1];
    EXPECT(trt_json_keys_find(&keys, &other) == NULL);
    EXPECT(trt_json_keys_find(NULL, &other) == NULL);
    trt_json_keys_fini(&keys);
    trt_json_keys_fini(&keys);
}

TEST(json_keys__structs_of_a_type__all_added_once) {
    many m;
    trt_json_keys keys;
    many_init(&m);
    const tmlrt_meta_type inner = {&m.schemas[2], 2, 1, TMLRT_TYPE_STRUCT, 0},
                          list = {&inner, 8, 8, TMLRT_TYPE_LIST, 0};
    tmlrt_meta_type outer = {&m.schemas[3], 16, 8, TMLRT_TYPE_STRUCT, 0};
    const tmlrt_meta_type again = {&outer, 24, 8, TMLRT_TYPE_MAYBE, 8};
    const tmlrt_meta_slot fields[] = {{.name = "list", .type = &list},
                                      {.name = "self", .type = &again}};
    m.schemas[3].fields = (tmlrt_meta_table){fields, 2, sizeof fields[0]};
    const tmlrt_meta_type both[2] = {outer, {&m.schemas[4], 2, 1, TMLRT_TYPE_STRUCT, 0}};
    const tmlrt_meta_type outcome = {both, 24, 8, TMLRT_TYPE_OUTCOME, 8};
    REQUIRE(trt_json_keys_init(&keys, 0) == TMLRT_OK);
    for (int i = 0; i < 2; i++) {
        REQUIRE(trt_json_keys_add_types(&keys, &outcome) == TMLRT_OK);
        EXPECT_EQ(keys.num, 3);
        for (int k = 2; k <= 4; k++) {
            EXPECT(trt_json_keys_find(&keys, &m.schemas[k]) != NULL);
        }
    }
    trt_json_keys_fini(&keys);
}

TEST(json_keys__allocation_fails_anywhere__status_and_no_leak) {
    many m;
    many_init(&m);
    for (uint64_t nth = 1;; nth++) {
        trt_json_keys keys;
        test_allocator_fail_at(nth);
        tmlrt_status status = add_all(&keys, &m);
        EXPECT_EQ(status, test_allocator_hit() ? TMLRT_E_NOMEM : TMLRT_OK);
        trt_json_keys_fini(&keys);
        if (!test_allocator_hit()) {
            break;
        }
        REQUIRE(nth < 100);
    }
}
