// SPDX-License-Identifier: Apache-2.0
// What a program makes when it starts: classes, providers, makes that get what they need
// themselves.
#include "std/http/framework/di/scope.h"

#include "tests/support/di_rig.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static _Alignas(TMLRT_LEAF_ALIGN) char s_leaf[TMLRT_LEAF_SIZE];

TEST(di_make__transients_of_singletons__one_each) {
    di_rig r = {0};
    di_program_init(&r.program, 8);
    uint32_t a = di_class(&r.program, "A", 1, "");
    di_needs(&r.program, a, "Id", 0, 2);
    di_needs(&r.program, a, "Id", 0, 3);
    di_needs(&r.program, a, "a2", 0, 4);
    di_class(&r.program, "Id", 5, "transient");
    di_provider(&r.program, "a2", "B", TMLRT_PROVIDE_CLASS, 0, 6);
    di_class(&r.program, "B", 7, ""); // an object of its own, beside a2's
    r.program.types[2].ref = "B";
    di_rig_start(&r);
    const di_object* object = trt_di_get(&r.app.di, "A");
    EXPECT(object->slots[0] != object->slots[1]);
    EXPECT(object->slots[2] == trt_di_get(&r.app.di, "a2"));
    EXPECT(object->slots[2] != trt_di_get(&r.app.di, "B"));
    di_rig_stop(&r);
    EXPECT_STR(di_log, "drop B; drop A; drop Id; drop Id; drop B; ");
}

TEST(di_make__providers__aliases_share_values_stay) {
    di_rig r = {0};
    di_program_init(&r.program, 8);
    uint32_t a = di_class(&r.program, "A", 1, "");
    di_needs(&r.program, a, "alias2", 0, 2);
    di_needs(&r.program, a, "made", 0, 3);
    di_class(&r.program, "B", 4, "");
    di_provider(&r.program, "alias", "B", TMLRT_PROVIDE_ALIAS, TMLRT_SCOPE_REQUEST, 5);
    di_provider(&r.program, "alias2", "alias", TMLRT_PROVIDE_ALIAS, 0, 6);
    uint32_t made = di_provider(&r.program, "made", "B", TMLRT_PROVIDE_FACTORY, 0, 7);
    di_depends(&r.program, made, "alias2", 8);
    di_provider(&r.program, "B2", NULL, TMLRT_PROVIDE_VALUE, TMLRT_SCOPE_REQUEST, 9);
    di_rig_start(&r);
    const di_object* object = trt_di_get(&r.app.di, "A");
    EXPECT(object->slots[0] == trt_di_get(&r.app.di, "B"));
    EXPECT(((const di_object*)object->slots[1])->slots[0] == object->slots[0]);
    void* value = trt_di_get(&r.app.di, "B2");
    EXPECT(value != NULL);
    di_rig_stop(&r);
    EXPECT_STR(di_log, "drop A; drop made; drop B; ");
    free(value);
}

TEST(di_make__provider_replaces_a_class__the_class_is_not_made) {
    di_rig r = {0};
    di_program_init(&r.program, 8);
    di_needs(&r.program, di_class(&r.program, "A", 1, ""), "Clock", 0, 2);
    di_class(&r.program, "Clock", 3, "");
    uint32_t fake = di_class(&r.program, "FakeClock", 4, NULL);
    r.program.classes[fake].base = "Clock";
    di_provider(&r.program, "Clock", "FakeClock", TMLRT_PROVIDE_CLASS, 0, 5);
    di_rig_start(&r);
    const di_object* object = trt_di_get(&r.app.di, "A");
    EXPECT_STR(((const di_object*)object->slots[0])->name, "FakeClock");
    di_rig_stop(&r);
    EXPECT_STR(di_log, "drop A; drop FakeClock; ");
}

// A make that gets its Provider and returns an object of its own.
static tmlrt_poll make_that_gets(void* frame, tmlrt_context* cx, void* out) {
    di_object *self = *(di_object**)((char*)frame + 8), *got = NULL;
    tmlrt_provider_get_init(s_leaf, self->slots[0]);
    EXPECT_EQ(tmlrt_provider_get_desc.poll(s_leaf, cx, &got), TMLRT_READY);
    di_object* made = calloc(1, sizeof *made);
    *made = *self;
    memcpy(out, &made, sizeof(void*));
    return TMLRT_READY;
}

// A make that gets, through a Provider, what is being made for it.
static tmlrt_poll make_in_circle(void* frame, tmlrt_context* cx, void* out) {
    di_object* self = *(di_object**)((char*)frame + 8);
    tmlrt_provider_get_init(s_leaf, self->slots[0]);
    (void)tmlrt_provider_get_desc.poll(s_leaf, cx, out);
    return TMLRT_READY;
}
static void drop_nothing(void* frame) {
    (void)frame;
}
static const tmlrt_future_desc s_circle = {.abi = TMLRT_ABI_MAJOR << 16,
                                           .poll = make_in_circle,
                                           .drop = drop_nothing,
                                           .frame_size = 16,
                                           .frame_align = 8,
                                           .out_size = 8,
                                           .out_align = 8,
                                           .name = "circle",
                                           .num_states = 1};

static const tmlrt_future_desc s_gets_a = {.abi = TMLRT_ABI_MAJOR << 16,
                                           .poll = make_that_gets,
                                           .drop = drop_nothing,
                                           .frame_size = 16,
                                           .frame_align = 8,
                                           .out_size = 8,
                                           .out_align = 8,
                                           .name = "gets_a",
                                           .num_states = 1};

TEST(provider_get__in_the_make_of_what_it_needs__fails_by_name) {
    di_rig r = {0};
    di_program_init(&r.program, 8);
    di_needs(&r.program, di_class(&r.program, "A", 1, "request"), "B", 0, 2);
    uint32_t b = di_class(&r.program, "B", 3, "request");
    di_needs(&r.program, b, "A", DI_LAZY, 4);
    r.program.classes[b].make = &s_circle;
    di_route(&r.program, "A", "/", 5);
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(di_rig_status(&r), 500);
    di_rig_end(&r);
    di_rig_stop(&r);
}

static tmlrt_poll make_block(void* frame, tmlrt_context* cx, void* out) {
    (void)cx;
    memcpy(out, (char*)frame + 8, sizeof(void*)); // what it was given
    return TMLRT_READY;
}
static const tmlrt_future_desc s_block = {.abi = TMLRT_ABI_MAJOR << 16,
                                          .poll = make_block,
                                          .drop = drop_nothing,
                                          .frame_size = 16,
                                          .frame_align = 8,
                                          .out_size = 8,
                                          .out_align = 8,
                                          .name = "block",
                                          .num_states = 1};

static void add_start_error(di_program* p, tmlrt_status expected, trt_text* out) {
    trt_app app;
    trt_diags diags = {0};
    REQUIRE(trt_app_init(&app, &p->image, &diags) == TMLRT_OK);
    EXPECT_EQ(trt_app_start(&app, &diags), expected);
    trt_app_fini(&app);
    trt_diags_format(&diags, out);
    trt_diags_fini(&diags);
    di_program_fini(p);
}

TEST(di_make__fails_at_start__named_and_what_was_made_is_dropped) {
    const tmlrt_future_desc* makes[] = {&di_make_null, &di_make_panic, &s_block};
    const tmlrt_status expected[] = {TMLRT_E_META_MISSING, TMLRT_E_PANIC, TMLRT_E_META_MALFORMED};
    trt_text text = {0};
    di_program p;
    for (int i = 0; i < 3; i++) {
        di_program_init(&p, 8);
        di_needs(&p, di_class(&p, "Shop", 1, ""), "Db", 0, 2);
        uint32_t db = di_class(&p, "Db", 3, "");
        di_needs(&p, db, "Config", 0, 4);
        di_class(&p, "Config", 5, "");
        p.classes[db].make = makes[i];
        add_start_error(&p, expected[i], &text);
        EXPECT_STR(di_log, "drop Config; ");
    }
    di_program_init(&p, 8);
    di_needs(&p, di_class(&p, "A", 1, ""), "B", 0, 2);
    uint32_t b = di_class(&p, "B", 3, "");
    di_needs(&p, b, "A", DI_LAZY, 4);
    p.classes[b].make = &s_gets_a;
    add_start_error(&p, TMLRT_E_PANIC, &text);
    EXPECT_GOLDEN("di_start", text.data, text.len);
    trt_text_fini(&text);
}

TEST(di_make__make_gets_a_singleton__made_on_demand) {
    di_rig r = {0};
    di_program_init(&r.program, 8);
    uint32_t b = di_class(&r.program, "B", 1, "");
    di_needs(&r.program, b, "A", DI_LAZY, 2);
    r.program.classes[b].make = &s_gets_a; // B is made first
    di_needs(&r.program, di_class(&r.program, "A", 3, ""), "C", 0, 4);
    di_class(&r.program, "C", 5, "");
    di_rig_start(&r);
    EXPECT(trt_di_get(&r.app.di, "B") != NULL);
    EXPECT(trt_di_get(&r.app.di, "A") != NULL);
    di_rig_stop(&r);
    EXPECT_STR(di_log, "drop B; drop A; drop C; "); // A was there before B was done
}

TEST(di_make__replaced_class__its_hook_does_not_run_a_stage_still_does) {
    di_rig r = {0};
    di_program_init(&r.program, 16);
    uint32_t api = di_class(&r.program, "Api", 1, NULL);
    di_deco(&r.program, api, "Guard", "Auth");
    di_needs(&r.program, api, "Clock", 0, 2);
    di_class(&r.program, "Clock", 3, "");
    di_hook(&r.program, "Clock", TMLRT_HOOK_INIT, 0, 4, &di_hook_ok);
    di_class(&r.program, "Auth", 5, ""); // by itself a guard, as a dependency somebody else
    di_guard(&r.program, "Auth", 6);
    di_route(&r.program, "Api", "/", 7);
    const char* const fakes[] = {"FakeClock", "FakeAuth"};
    const char* const names[] = {"Clock", "Auth"};
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t fake = di_class(&r.program, fakes[i], 8 + i, NULL);
        r.program.classes[fake].base = names[i];
        di_provider(&r.program, names[i], fakes[i], TMLRT_PROVIDE_CLASS, 0, 10 + i);
    }
    trt_diags diags = {0};
    REQUIRE(trt_app_init(&r.app, &r.program.image, &diags) == TMLRT_OK);
    di_log[0] = '\0';
    REQUIRE(trt_app_start(&r.app, &diags) == TMLRT_OK);
    EXPECT_STR(di_log, "");
    trt_arena_init(&r.arena, 1 << 20);
    trt_call_service(&r.service, &r.app.handlers);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    di_rig_end(&r);
    EXPECT_STR(di_log, "guard Auth; call Api; ");
    di_rig_stop(&r);
}
