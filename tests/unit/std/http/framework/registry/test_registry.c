// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/registry/registry.h"

#include "std/http/framework/registry/image.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"

#include <stdio.h>

/// Loads the program and compares every message with a golden file.
static void expect_errors(meta_program* p, const char* golden) {
    trt_registry registry;
    trt_diags diags = {0};
    trt_text text = {0};
    REQUIRE(trt_registry_init(&registry, &p->image, &diags) == TMLRT_OK);
    if (diags.num_all == 0) {
        test_fail(__FILE__, __LINE__, "%s: no error", golden);
    }
    trt_diags_format(&diags, &text);
    EXPECT_GOLDEN(golden, text.data, text.len);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_registry_fini(&registry);
}

TEST(registry_init__correct_program__records_in_source_order) {
    meta_program p;
    trt_registry registry;
    trt_diags diags = {0};
    meta_program_init(&p);
    p.routes[META_GET].loc.line = 12; // now after create, at 10
    uint64_t calls = test_allocator_calls();
    REQUIRE(trt_registry_init(&registry, &p.image, &diags) == TMLRT_OK);
    EXPECT(test_allocator_calls() - calls <= 3);
    EXPECT_EQ(diags.num_all, 0);
    const trt_record_list* routes = &registry.kinds[TMLRT_KIND_ROUTE];
    REQUIRE(routes->num == 2);
    EXPECT(routes->items[0].item == &p.routes[META_CREATE]);
    EXPECT(routes->items[1].item == &p.routes[META_GET]);
    EXPECT_STR(routes->items[1].file, "users.tml");
    EXPECT_EQ(routes->items[1].line, 12);
    const trt_record* found = trt_registry_find(&registry, TMLRT_KIND_CLASS, "UserService");
    EXPECT(found != NULL && found->item == &p.classes[META_SERVICE]);
    EXPECT(trt_registry_find(&registry, TMLRT_KIND_CLASS, "Nobody") == NULL);
    trt_registry_fini(&registry);
}

TEST(registry_init__no_image__empty) {
    trt_registry registry;
    trt_diags diags = {0};
    REQUIRE(trt_registry_init(&registry, NULL, &diags) == TMLRT_OK);
    EXPECT_EQ(diags.num_all, 0);
    EXPECT_EQ(registry.kinds[TMLRT_KIND_ROUTE].num, 0);
    trt_registry_fini(&registry);
}

TEST(registry_init__longer_stride__newer_minor_is_read) {
    meta_program p;
    trt_registry registry;
    trt_diags diags = {0};
    struct {
        tmlrt_meta_class v1;
        uint64_t appended;
    } classes[2] = {0};
    meta_program_init(&p);
    classes[0].v1 = p.classes[0];
    classes[1].v1 = p.classes[1];
    classes[0].appended = classes[1].appended = UINT64_MAX;
    p.unit.minor = 7;
    p.unit.kind[TMLRT_KIND_CLASS] = META_TABLE(classes);
    REQUIRE(trt_registry_init(&registry, &p.image, &diags) == TMLRT_OK);
    EXPECT_EQ(diags.num_all, 0);
    EXPECT_EQ(registry.kinds[TMLRT_KIND_CLASS].num, 2);
    EXPECT(registry.kinds[TMLRT_KIND_CLASS].items[1].item == &classes[1]);
    trt_registry_fini(&registry);
}

TEST(registry_init__same_record_or_content_twice__is_one) {
    meta_program p, q;
    trt_registry registry;
    trt_diags diags = {0};
    meta_program_init(&p);
    meta_program_init(&q); // the same content at other addresses, all of it
    p.units[3] = &q.unit;
    q.unit.kind[TMLRT_KIND_EXAMPLE] = p.unit.kind[TMLRT_KIND_EXAMPLE]; // the same addresses
    REQUIRE(trt_registry_init(&registry, &p.image, &diags) == TMLRT_OK);
    EXPECT_EQ(diags.num_all, 0);
    EXPECT_EQ(registry.kinds[TMLRT_KIND_SCHEMA].num, 1);
    EXPECT_EQ(registry.kinds[TMLRT_KIND_CLASS].num, 2);
    EXPECT_EQ(registry.kinds[TMLRT_KIND_ROUTE].num, 2);
    EXPECT_EQ(registry.kinds[TMLRT_KIND_EXAMPLE].num, 1);
    trt_registry_fini(&registry);
}

TEST(registry_init__same_name_different_content__error_names_both) {
    meta_program p, q;
    meta_program_init(&p);
    meta_program_init(&q);
    p.units[3] = &q.unit;
    q.fields[1].key = "years"; // another JSON name
    q.schema.loc = META_LOC(5, .file = 1);
    q.classes[META_SERVICE].size = 64;
    q.classes[META_SERVICE].loc = META_LOC(2, .file = 1);
    expect_errors(&p, "registry_duplicates");
}

TEST(registry_init__truncated_unaligned_and_wrong_version__each_named) {
    static meta_program p, old, odd, foreign, noise;
    static char unaligned[sizeof(tmlrt_meta_class) * 2 + 16];
    const tmlrt_meta_unit* units[6];
    meta_program_init(&p);
    p.unit.kind[TMLRT_KIND_ROUTE].stride = 40; // truncated records
    meta_program_init(&old);
    old.unit.major = 2;
    old.unit.name = "built_by_another_version";
    meta_program_init(&odd);
    odd.unit.name = "unaligned_tables";
    odd.unit.kind[TMLRT_KIND_CLASS].items = unaligned + 1;
    odd.unit.kind[TMLRT_KIND_ROUTE] = (tmlrt_meta_table){NULL, 3, sizeof(tmlrt_meta_route)};
    odd.unit.kind[TMLRT_KIND_SCHEMA].count = 1u << 30;
    meta_program_init(&foreign);
    foreign.unit.runtime = "another runtime";
    foreign.unit.name = "static_copy";
    meta_program_init(&noise);
    noise.unit.magic = 0x464c457f;
    units[0] = &p.unit;
    units[1] = &old.unit;
    units[2] = NULL;
    units[3] = &odd.unit;
    units[4] = &foreign.unit;
    units[5] = &noise.unit;
    p.image.start = units;
    p.image.stop = units + 6;
    expect_errors(&p, "registry_units");
}

TEST(registry_init__wrong_images__each_named) {
    static meta_program p, other;
    meta_program_init(&p);
    meta_program_init(&other);
    p.image.abi = 9 << 16;
    other.image.stop = other.image.start - 1;
    p.image.next = &other.image;
    expect_errors(&p, "registry_images");
}

TEST(registry_init__every_kind_of_wrong_record__all_in_one_run) {
    static meta_program p;
    static tmlrt_meta_route routes[10];
    static tmlrt_meta_class classes[4];
    static tmlrt_meta_slot id[6];
    static tmlrt_meta_type bad_type, self;
    static tmlrt_future_desc desc;
    meta_program_init(&p);
    for (int i = 0; i < 10; i++) {
        static const char* const names[] = {"r0", "r1", "r2", "r3", "r4",
                                            "r5", "r6", "r7", "r8", "r9"};
        routes[i] = p.routes[META_GET];
        routes[i].name = names[i];
        routes[i].loc.line = 100 + (uint32_t)i;
    }
    for (int i = 0; i < 6; i++) {
        id[i] = p.id;
    }
    routes[0].method = NULL;
    routes[1].args_size = 4;
    id[0].offset = 12; // ends after the args struct
    routes[2].params = META_ONE(id[0]);
    bad_type = (tmlrt_meta_type){.size = 8, .align = 8, .kind = 99};
    id[1].type = &bad_type;
    routes[3].params = META_ONE(id[1]);
    id[2].where = 77;
    routes[4].params = META_ONE(id[2]);
    id[3].key = NULL;
    routes[5].params = META_ONE(id[3]);
    routes[6].thunk = NULL;
    desc = *p.routes[META_GET].thunk;
    desc.frame_size = 3;
    routes[7].thunk = &desc;
    self = (tmlrt_meta_type){&self, 8, 8, TMLRT_TYPE_LIST, 0}; // refers to itself for ever
    id[4].type = &self;
    routes[8].params = META_ONE(id[4]);
    routes[9].loc.file = 9;
    for (int i = 0; i < 4; i++) {
        static const char* const names[] = {"C0", "C1", "C2", "C3"};
        classes[i] = p.classes[META_SERVICE];
        classes[i].name = names[i];
        classes[i].loc.line = 200 + (uint32_t)i;
    }
    classes[0].align = 3;
    classes[1].size = 2;
    id[5] = p.inject;
    id[5].offset = 0; // over the vtable
    classes[2].injects = META_ONE(id[5]);
    classes[3].name = NULL;
    p.fields[0].offset = 16; // the schema of the DTO
    p.example.request = NULL;
    p.hook.event = 12;
    p.provider.target = NULL;
    p.module.name = NULL;
    p.unit.kind[TMLRT_KIND_ROUTE] = META_TABLE(routes);
    p.unit.kind[TMLRT_KIND_CLASS] = META_TABLE(classes);
    p.unit.kind[TMLRT_KIND_HOOK] = META_ONE(p.hook);
    p.unit.kind[TMLRT_KIND_PROVIDER] = META_ONE(p.provider);
    p.unit.kind[TMLRT_KIND_MODULE] = META_ONE(p.module);
    expect_errors(&p, "registry_records");
}

TEST(registry_init__five_hundred_errors__hundred_are_printed) {
    static meta_program p;
    static tmlrt_meta_class classes[500];
    trt_registry registry;
    trt_diags diags = {0};
    trt_text text = {0};
    meta_program_init(&p);
    for (int i = 0; i < 500; i++) {
        classes[i].loc.line = 1 + (uint32_t)i;
    }
    p.unit.kind[TMLRT_KIND_CLASS] = META_TABLE(classes);
    REQUIRE(trt_registry_init(&registry, &p.image, &diags) == TMLRT_OK);
    trt_diags_format(&diags, &text);
    EXPECT_EQ(diags.num, 100);
    EXPECT(strstr(text.data, "\nand 400 more\ntmlrt: 500 errors at start") != NULL);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_registry_fini(&registry);
}

TEST(registry_init__memory_fails_at_every_allocation__nomem_no_leak) {
    for (uint64_t nth = 1;; nth++) {
        meta_program p;
        trt_registry registry;
        trt_diags diags = {0};
        meta_program_init(&p);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_registry_init(&registry, &p.image, &diags);
        if (!test_allocator_hit()) {
            EXPECT_EQ(status, TMLRT_OK);
            trt_registry_fini(&registry);
            break;
        }
        EXPECT_EQ(status, TMLRT_E_NOMEM);
        EXPECT(registry.records == NULL);
        trt_diags_fini(&diags);
    }
}

TEST(image_register__twice_and_several__each_once) {
    static meta_program p, q;
    meta_program_init(&p);
    meta_program_init(&q);
    tmlrt_image_register(&p.image);
    tmlrt_image_register(&q.image);
    tmlrt_image_register(&p.image);
    tmlrt_image_register(NULL);
    EXPECT(trt_image_first() == &q.image);
    EXPECT(trt_image_first()->next == &p.image);
    EXPECT(trt_image_first()->next->next == NULL);
}
