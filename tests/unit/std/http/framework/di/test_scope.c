// SPDX-License-Identifier: Apache-2.0
// Objects of requests: made on first need, in order, from the request's memory; dropped in reverse,
// after a cancellation too.
#include "std/http/framework/di/scope.h"

#include "tests/support/di_rig.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

/// Api (request) -> Cart (request) -> Db (singleton), User (request), Id (transient, twice).
static void shop(di_program* p, const tmlrt_future_desc* make_cart) {
    static const tmlrt_meta_type request = {NULL, 8, 8, TMLRT_TYPE_REQUEST, 0};
    di_program_init(p, 16);
    uint32_t api = di_class(p, "Api", 1, "request");
    di_needs(p, api, "Cart", 0, 2);
    di_needs(p, api, "User", 0, 3);
    di_needs(p, api, "Id", 0, 4);
    uint32_t cart = di_class(p, "Cart", 5, "request");
    di_needs(p, cart, "Db", 0, 6);
    di_needs(p, cart, "User", 0, 7);
    di_needs(p, cart, "Id", 0, 8);
    p->classes[cart].make = make_cart;
    di_needs(p, di_class(p, "User", 9, "request"), "r", 0, 10)->type = &request;
    di_class(p, "Id", 11, "transient");
    di_class(p, "Db", 12, "");
    di_route(p, "Api", "/", 13);
    di_class(p, "Plain", 14, NULL);
    di_route(p, "Plain", "/plain", 15);
}

static di_rig* s_rig; ///< whose request the handler looks at

static tmlrt_poll look_at_api(di_object* self, tmlrt_context* cx) {
    const di_object *cart = self->slots[0], *user = self->slots[1], *id = self->slots[2];
    (void)cx;
    EXPECT_STR(cart->name, "Cart");
    EXPECT(cart->slots[0] == trt_di_get(&s_rig->app.di, "Db"));
    EXPECT(cart->slots[1] == user);
    EXPECT(cart->slots[2] != id);
    EXPECT_STR(id->name, "Id");
    EXPECT(user->slots[0] == &s_rig->exchange.request);
    return TMLRT_READY;
}

TEST(di_scope__request__one_object_each_dropped_in_reverse) {
    di_rig r = {0};
    s_rig = &r;
    shop(&r.program, NULL);
    di_rig_start(&r);
    di_on_call = look_at_api;
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(di_rig_status(&r), 200);
    EXPECT_STR(di_log, "call Api; ");
    di_rig_end(&r);
    EXPECT_STR(di_log, "call Api; drop Api; drop Id; drop Cart; drop Id; drop User; ");
    di_on_call = NULL;
    di_log[0] = '\0';
    EXPECT_EQ(di_rig_begin(&r, "/plain"), TMLRT_READY); // a singleton: no scope
    EXPECT(r.exchange.scope == NULL);
    di_rig_end(&r);
    EXPECT_STR(di_log, "call Plain; ");
    di_rig_stop(&r);
}

TEST(di_scope__request__no_allocation_beyond_the_arena) {
    di_rig r = {0};
    s_rig = &r;
    shop(&r.program, NULL);
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY); // the arena's first chunk
    di_rig_end(&r);
    uint64_t calls = test_allocator_calls();
    for (int i = 0; i < 100; i++) {
        EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
        di_rig_end(&r);
    }
    EXPECT_EQ(test_allocator_calls() - calls, 0);
    di_rig_stop(&r);
}

TEST(di_scope__make_suspends__handler_runs_after_it) {
    di_rig r = {0};
    s_rig = &r;
    shop(&r.program, &di_make_late);
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
    EXPECT_STR(di_log, "");
    EXPECT_EQ(di_rig_again(&r), TMLRT_READY);
    EXPECT_STR(di_log, "make Cart; call Api; ");
    di_rig_end(&r);
    EXPECT_STR(di_log, "make Cart; call Api; drop Api; drop Id; drop Cart; drop Id; drop User; ");
    di_rig_stop(&r);
}

TEST(di_scope__cancelled_while_making__make_then_objects_dropped) {
    di_rig r = {0};
    s_rig = &r;
    shop(&r.program, &di_make_never);
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(di_rig_again(&r), TMLRT_PENDING);
    di_rig_end(&r);
    EXPECT_STR(di_log, "drop make; drop Id; drop User; ");
    di_rig_stop(&r);
}

TEST(di_scope__make_fails__500_and_the_rest_is_dropped) {
    const tmlrt_future_desc* makes[] = {&di_make_null, &di_make_panic};
    for (int i = 0; i < 2; i++) {
        di_rig r = {0};
        s_rig = &r;
        shop(&r.program, makes[i]);
        di_rig_start(&r);
        EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
        EXPECT_EQ(di_rig_status(&r), 500);
        di_rig_end(&r);
        EXPECT_STR(di_log, "drop Id; drop User; ");
        di_rig_stop(&r);
    }
}

/// A global filter, and a route whose controller needs what cannot be made.
static void filtered_shop(di_program* p, const char* of_filter) {
    shop(p, &di_make_null);
    uint32_t everywhere = di_class(p, "Everywhere", 30, NULL);
    di_deco(p, everywhere, "Global", NULL);
    di_deco(p, everywhere, "Catch", "Last");
    di_class(p, "Last", 31, of_filter);
    di_filter(p, "Last", 32);
}

TEST(di_scope__make_fails__global_filters_are_asked) {
    di_rig r = {0};
    s_rig = &r;
    filtered_shop(&r.program, "");
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(di_rig_status(&r), 500);
    di_rig_end(&r);
    EXPECT_STR(di_log, "filter Last 500; drop Id; drop User; ");
    di_log[0] = '\0';
    EXPECT_EQ(di_rig_begin(&r, "/nowhere"), TMLRT_READY);
    di_rig_end(&r);
    EXPECT_STR(di_log, "filter Last 404; ");
    di_rig_stop(&r);
}

TEST(di_scope__make_fails_and_the_filter_is_of_the_request__is_asked_too) {
    di_rig r = {0};
    s_rig = &r;
    filtered_shop(&r.program, "request");
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(di_rig_status(&r), 500);
    di_rig_end(&r);
    EXPECT(strstr(di_log, "filter Last 500; ") != NULL && strstr(di_log, "drop Last; ") != NULL);
    di_rig_stop(&r);
}

TEST(di_scope__the_filter_cannot_be_made__500_without_it) {
    di_rig r = {0};
    s_rig = &r;
    filtered_shop(&r.program, "request");
    for (uint32_t i = 0; i < r.program.unit.kind[TMLRT_KIND_CLASS].count; i++) {
        if (strcmp(r.program.classes[i].name, "Last") == 0) {
            r.program.classes[i].make = &di_make_null;
        }
    }
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(di_rig_status(&r), 500);
    di_rig_end(&r);
    EXPECT(strstr(di_log, "filter") == NULL);
    di_rig_stop(&r);
}

TEST(di_scope__arena_full_anywhere__503) {
    di_rig r = {0};
    s_rig = &r;
    shop(&r.program, &di_make_late);
    di_rig_start(&r);
    for (uint64_t nth = 1; nth < 50; nth++) {
        trt_arena_fini(&r.arena);
        trt_arena_init(&r.arena, 600 + nth * 64);
        tmlrt_poll poll = di_rig_begin(&r, "/");
        if (poll == TMLRT_PENDING) {
            poll = di_rig_again(&r);
        }
        EXPECT_EQ(poll, TMLRT_READY);
        int status = di_rig_status(&r);
        di_rig_end(&r);
        EXPECT(status == 200 || status == 503 || status == 0); // 0: not even memory for the 503
    }
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(di_rig_again(&r), TMLRT_READY);
    EXPECT_EQ(di_rig_status(&r), 200);
    di_rig_end(&r);
    di_rig_stop(&r);
}

TEST(di_scope__transient_controller__one_per_request) {
    di_rig r = {0};
    di_program_init(&r.program, 8);
    di_needs(&r.program, di_class(&r.program, "Api", 1, "transient"), "Id", 0, 2);
    di_class(&r.program, "Id", 3, "transient");
    di_route(&r.program, "Api", "/", 4);
    di_rig_start(&r);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
        trt_di_scope* scope = trt_di_scope_get(&r.app.di, &r.exchange);
        uint32_t node = trt_di_find_class(&r.app.di, "Api");
        void *first = trt_di_ready(scope, node), *second = NULL;
        EXPECT_EQ(trt_di_scope_poll(scope, node, &r.cx.base, &second), TMLRT_READY);
        EXPECT(first != NULL && first == second);
        di_rig_end(&r);
    }
    EXPECT_STR(di_log, "call Api; drop Api; drop Id; call Api; drop Api; drop Id; ");
    di_rig_stop(&r);
}

TEST(di_scope__guard_of_request_scope__made_before_the_pipeline) {
    const char* const scopes[] = {"request", "transient"};
    for (int i = 0; i < 2; i++) {
        di_rig r = {0};
        di_program_init(&r.program, 8);
        uint32_t api = di_class(&r.program, "Api", 1, NULL);
        di_deco(&r.program, api, "Guard", "Auth");
        uint32_t auth = di_class(&r.program, "Auth", 2, scopes[i]);
        r.program.classes[auth].make = &di_make_late;
        di_needs(&r.program, auth, "User", 0, 3);
        di_class(&r.program, "User", 4, "request");
        di_guard(&r.program, "Auth", 5);
        di_route(&r.program, "Api", "/", 6);
        di_rig_start(&r);
        EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
        EXPECT_EQ(di_rig_again(&r), TMLRT_READY);
        EXPECT_EQ(di_rig_status(&r), 200);
        di_rig_end(&r);
        EXPECT_STR(di_log, "make Auth; guard Auth; call Api; drop Auth; drop User; ");
        di_log[0] = '\0';
        EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING); // the peer goes away
        di_rig_end(&r);
        EXPECT_STR(di_log, "drop make; drop User; ");
        EXPECT_EQ(di_rig_begin(&r, "/nowhere"), TMLRT_READY); // nothing global: no scope
        EXPECT(r.exchange.scope == NULL);
        di_rig_end(&r);
        di_rig_stop(&r);
    }
}

TEST(di_scope__global_guard_of_request_scope__around_every_route) {
    di_rig r = {0};
    di_program_init(&r.program, 8);
    di_class(&r.program, "Api", 1, NULL);
    uint32_t everywhere = di_class(&r.program, "Everywhere", 2, NULL);
    di_deco(&r.program, everywhere, "Global", NULL);
    di_deco(&r.program, everywhere, "Guard", "Auth");
    di_class(&r.program, "Auth", 3, "request");
    di_guard(&r.program, "Auth", 4);
    di_route(&r.program, "Api", "/", 5);
    di_rig_start(&r);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    di_rig_end(&r);
    EXPECT_STR(di_log, "guard Auth; call Api; drop Auth; ");
    EXPECT_EQ(di_rig_begin(&r, "/nowhere"), TMLRT_READY);
    EXPECT_EQ(di_rig_status(&r), 404);
    di_rig_end(&r);
    di_rig_stop(&r);
}
