// SPDX-License-Identifier: Apache-2.0
// Objects of requests: made on first need, in order, from the request's memory; dropped in reverse,
// after a cancellation too. And Provider[T].
#include "std/http/framework/di/scope.h"

#include "std/http/framework/app/app.h"
#include "std/http/framework/call/call.h"
#include "tests/support/di_program.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

/// A started program and one exchange at a time.
typedef struct rig {
    di_program program;
    trt_app app;
    trt_service service;
    trt_arena arena;
    tmlrt_arena frames;
    trt_exchange exchange;
    trt_exchange_context cx;
} rig;

static void start_app(rig* r) {
    trt_diags diags = {0};
    trt_text text = {0};
    tmlrt_status status = trt_app_init(&r->app, &r->program.image, &diags);
    if (status == TMLRT_OK) {
        status = trt_app_start(&r->app, &diags);
    }
    if (status != TMLRT_OK) {
        trt_diags_format(&diags, &text);
        test_fail(__FILE__, __LINE__, "%s", text.data != NULL ? text.data : "no memory");
    }
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_arena_init(&r->arena, 1 << 20);
    trt_call_service(&r->service, &r->app.handlers);
    di_log[0] = '\0';
}

static void stop_app(rig* r) {
    trt_app_fini(&r->app);
    trt_arena_fini(&r->arena);
    tmlrt_arena_fini(&r->frames);
    di_program_fini(&r->program);
}

static tmlrt_poll begin(rig* r, const char* path) {
    trt_arena_reset(&r->arena);
    r->exchange = (trt_exchange){0};
    tmlrt_request* request = &r->exchange.request;
    request->arena = &r->arena;
    request->method = TRT_METHOD_GET;
    request->method_text = (tmlrt_slice){"GET", 3};
    request->path = (tmlrt_slice){path, strlen(path)};
    request->query = (tmlrt_slice){"", 0};
    r->cx = (trt_exchange_context){
        {&r->frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE}, &r->exchange};
    return r->service.start(r->service.self, &r->exchange, &r->cx.base);
}

static tmlrt_poll again(rig* r) {
    return r->service.poll(r->service.self, &r->exchange, &r->cx.base);
}

static void end(rig* r) {
    r->service.drop(r->service.self, &r->exchange);
}

static int status_of(const rig* r) {
    return r->exchange.response != NULL ? r->exchange.response->status : 0;
}

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

static rig* s_rig; ///< whose request the handler looks at

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
    rig r = {0};
    s_rig = &r;
    shop(&r.program, NULL);
    start_app(&r);
    di_on_call = look_at_api;
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(status_of(&r), 200);
    EXPECT_STR(di_log, "call Api; ");
    end(&r);
    EXPECT_STR(di_log, "call Api; drop Api; drop Id; drop Cart; drop Id; drop User; ");
    di_on_call = NULL;
    di_log[0] = '\0';
    EXPECT_EQ(begin(&r, "/plain"), TMLRT_READY); // a singleton: no scope
    EXPECT(r.exchange.scope == NULL);
    end(&r);
    EXPECT_STR(di_log, "call Plain; ");
    stop_app(&r);
}

TEST(di_scope__request__no_allocation_beyond_the_arena) {
    rig r = {0};
    s_rig = &r;
    shop(&r.program, NULL);
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY); // the arena's first chunk
    end(&r);
    uint64_t calls = test_allocator_calls();
    for (int i = 0; i < 100; i++) {
        EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
        end(&r);
    }
    EXPECT_EQ(test_allocator_calls() - calls, 0);
    stop_app(&r);
}

TEST(di_scope__make_suspends__handler_runs_after_it) {
    rig r = {0};
    s_rig = &r;
    shop(&r.program, &di_make_late);
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
    EXPECT_STR(di_log, "");
    EXPECT_EQ(again(&r), TMLRT_READY);
    EXPECT_STR(di_log, "make Cart; call Api; ");
    end(&r);
    EXPECT_STR(di_log, "make Cart; call Api; drop Api; drop Id; drop Cart; drop Id; drop User; ");
    stop_app(&r);
}

TEST(di_scope__cancelled_while_making__make_then_objects_dropped) {
    rig r = {0};
    s_rig = &r;
    shop(&r.program, &di_make_never);
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(again(&r), TMLRT_PENDING);
    end(&r);
    EXPECT_STR(di_log, "drop make; drop Id; drop User; ");
    stop_app(&r);
}

TEST(di_scope__make_fails__500_and_the_rest_is_dropped) {
    const tmlrt_future_desc* makes[] = {&di_make_null, &di_make_panic};
    for (int i = 0; i < 2; i++) {
        rig r = {0};
        s_rig = &r;
        shop(&r.program, makes[i]);
        start_app(&r);
        EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
        EXPECT_EQ(status_of(&r), 500);
        end(&r);
        EXPECT_STR(di_log, "drop Id; drop User; ");
        stop_app(&r);
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
    rig r = {0};
    s_rig = &r;
    filtered_shop(&r.program, "");
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(status_of(&r), 500);
    end(&r);
    EXPECT_STR(di_log, "filter Last 500; drop Id; drop User; ");
    di_log[0] = '\0';
    EXPECT_EQ(begin(&r, "/nowhere"), TMLRT_READY);
    end(&r);
    EXPECT_STR(di_log, "filter Last 404; ");
    stop_app(&r);
}

TEST(di_scope__make_fails_and_the_filter_is_of_the_request__is_asked_too) {
    rig r = {0};
    s_rig = &r;
    filtered_shop(&r.program, "request");
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(status_of(&r), 500);
    end(&r);
    EXPECT(strstr(di_log, "filter Last 500; ") != NULL && strstr(di_log, "drop Last; ") != NULL);
    stop_app(&r);
}

TEST(di_scope__the_filter_cannot_be_made__500_without_it) {
    rig r = {0};
    s_rig = &r;
    filtered_shop(&r.program, "request");
    for (uint32_t i = 0; i < r.program.unit.kind[TMLRT_KIND_CLASS].count; i++) {
        if (strcmp(r.program.classes[i].name, "Last") == 0) {
            r.program.classes[i].make = &di_make_null;
        }
    }
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(status_of(&r), 500);
    end(&r);
    EXPECT(strstr(di_log, "filter") == NULL);
    stop_app(&r);
}

TEST(di_scope__arena_full_anywhere__503) {
    rig r = {0};
    s_rig = &r;
    shop(&r.program, &di_make_late);
    start_app(&r);
    for (uint64_t nth = 1; nth < 50; nth++) {
        trt_arena_fini(&r.arena);
        trt_arena_init(&r.arena, 600 + nth * 64);
        tmlrt_poll poll = begin(&r, "/");
        if (poll == TMLRT_PENDING) {
            poll = again(&r);
        }
        EXPECT_EQ(poll, TMLRT_READY);
        int status = status_of(&r);
        end(&r);
        EXPECT(status == 200 || status == 503 || status == 0); // 0: not even memory for the 503
    }
    EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(again(&r), TMLRT_READY);
    EXPECT_EQ(status_of(&r), 200);
    end(&r);
    stop_app(&r);
}

// ---- start --------------------------------------------------------------------------------------

TEST(di_make__transients_of_singletons__one_each) {
    rig r = {0};
    di_program_init(&r.program, 8);
    uint32_t a = di_class(&r.program, "A", 1, "");
    di_needs(&r.program, a, "Id", 0, 2);
    di_needs(&r.program, a, "Id", 0, 3);
    di_needs(&r.program, a, "a2", 0, 4);
    di_class(&r.program, "Id", 5, "transient");
    di_provider(&r.program, "a2", "B", TMLRT_PROVIDE_CLASS, 0, 6);
    di_class(&r.program, "B", 7, ""); // an object of its own, beside a2's
    r.program.types[2].ref = "B";
    start_app(&r);
    const di_object* object = trt_di_get(&r.app.di, "A");
    EXPECT(object->slots[0] != object->slots[1]);
    EXPECT(object->slots[2] == trt_di_get(&r.app.di, "a2"));
    EXPECT(object->slots[2] != trt_di_get(&r.app.di, "B"));
    stop_app(&r);
    EXPECT_STR(di_log, "drop B; drop A; drop Id; drop Id; drop B; ");
}

TEST(di_make__providers__aliases_share_values_stay) {
    rig r = {0};
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
    start_app(&r);
    const di_object* object = trt_di_get(&r.app.di, "A");
    EXPECT(object->slots[0] == trt_di_get(&r.app.di, "B"));
    EXPECT(((const di_object*)object->slots[1])->slots[0] == object->slots[0]);
    void* value = trt_di_get(&r.app.di, "B2");
    EXPECT(value != NULL);
    stop_app(&r);
    EXPECT_STR(di_log, "drop A; drop made; drop B; ");
    free(value);
}

TEST(di_make__provider_replaces_a_class__the_class_is_not_made) {
    rig r = {0};
    di_program_init(&r.program, 8);
    di_needs(&r.program, di_class(&r.program, "A", 1, ""), "Clock", 0, 2);
    di_class(&r.program, "Clock", 3, "");
    uint32_t fake = di_class(&r.program, "FakeClock", 4, NULL);
    r.program.classes[fake].base = "Clock";
    di_provider(&r.program, "Clock", "FakeClock", TMLRT_PROVIDE_CLASS, 0, 5);
    start_app(&r);
    const di_object* object = trt_di_get(&r.app.di, "A");
    EXPECT_STR(((const di_object*)object->slots[0])->name, "FakeClock");
    stop_app(&r);
    EXPECT_STR(di_log, "drop A; drop FakeClock; ");
}

// ---- Provider[T] --------------------------------------------------------------------------------

static _Alignas(TMLRT_LEAF_ALIGN) char s_leaf[2][TMLRT_LEAF_SIZE];
static di_object* s_got[2];

/// Gets through slot 0 twice.
static tmlrt_poll get_twice(di_object* self, tmlrt_context* cx) {
    for (int i = 0; i < 2; i++) {
        if (s_got[i] == NULL) {
            if (((tmlrt_frame*)(void*)s_leaf[i])->state == TMLRT_FRAME_DONE) {
                tmlrt_provider_get_init(s_leaf[i], self->slots[0]);
            }
            if (tmlrt_provider_get_desc.poll(s_leaf[i], cx, &s_got[i]) == TMLRT_PENDING) {
                return TMLRT_PENDING;
            }
        }
    }
    return TMLRT_READY;
}

static void no_leaves(void) {
    memset(s_got, 0, sizeof s_got);
    for (int i = 0; i < 2; i++) {
        ((tmlrt_frame*)(void*)s_leaf[i])->state = TMLRT_FRAME_DONE;
    }
}

/// A singleton Api that has a Provider of Cart, which needs User.
static void lazy_shop(rig* r, const char* scope, const tmlrt_future_desc* make) {
    di_program_init(&r->program, 16);
    di_needs(&r->program, di_class(&r->program, "Api", 1, ""), "Cart", DI_LAZY, 2);
    uint32_t cart = di_class(&r->program, "Cart", 3, scope);
    r->program.classes[cart].make = make;
    di_needs(&r->program, cart, "User", 0, 4);
    di_class(&r->program, "User", 5, scope[0] == 's' ? "singleton" : "request");
    di_route(&r->program, "Api", "/", 6);
    no_leaves();
    start_app(r);
    di_on_call = get_twice;
}

TEST(provider_get__request_scope__this_requests_object) {
    rig r = {0};
    lazy_shop(&r, "request", &di_make_late);
    EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(again(&r), TMLRT_READY);
    EXPECT(s_got[0] != NULL && s_got[0] == s_got[1]);
    EXPECT_STR(((di_object*)s_got[0]->slots[0])->name, "User");
    end(&r);
    EXPECT_STR(di_log, "make Cart; call Api; drop Cart; drop User; ");
    stop_app(&r);
}

TEST(provider_get__transient__a_new_object_each_time) {
    rig r = {0};
    lazy_shop(&r, "transient", NULL);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    EXPECT(s_got[0] != s_got[1] && s_got[0]->slots[0] == s_got[1]->slots[0]);
    end(&r);
    EXPECT_STR(di_log, "call Api; drop Cart; drop Cart; drop User; ");
    stop_app(&r);
}

TEST(provider_get__singleton__the_one) {
    rig r = {0};
    lazy_shop(&r, "singleton", NULL);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    EXPECT(s_got[0] == trt_di_get(&r.app.di, "Cart") && s_got[0] == s_got[1]);
    EXPECT(r.exchange.scope == NULL);
    end(&r);
    stop_app(&r);
}

TEST(provider_get__make_fails__handler_panics_500) {
    const tmlrt_future_desc* makes[] = {&di_make_null, &di_make_panic};
    for (int i = 0; i < 2; i++) {
        rig r = {0};
        lazy_shop(&r, "request", makes[i]);
        EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
        EXPECT_EQ(status_of(&r), 500);
        end(&r);
        EXPECT_STR(di_log, "drop User; ");
        stop_app(&r);
    }
}

static void poll_outside(void* arg) {
    di_object* out;
    (void)arg;
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker, .budget = TMLRT_BUDGET};
    (void)tmlrt_provider_get_desc.poll(s_leaf[0], &cx, &out);
}

TEST(provider_get__outside_of_a_request__panics) {
    rig r = {0};
    trt_guard guard = {0};
    lazy_shop(&r, "request", NULL);
    const di_object* api = trt_di_get(&r.app.di, "Api");
    tmlrt_provider_get_init(s_leaf[0], api->slots[0]);
    EXPECT_EQ(trt_guard_call(&guard, NULL, 0, poll_outside, NULL), TMLRT_E_PANIC);
    tmlrt_provider_get_init(s_leaf[0], NULL); // @Optional
    EXPECT_EQ(trt_guard_call(&guard, NULL, 0, poll_outside, NULL), TMLRT_E_PANIC);
    stop_app(&r);
}

/// Two branches that get at once: the second waits for the first's make.
static tmlrt_poll get_both(di_object* self, tmlrt_context* cx) {
    bool ready = true;
    for (int i = 0; i < 2; i++) {
        if (((tmlrt_frame*)(void*)s_leaf[i])->state == TMLRT_FRAME_DONE && s_got[i] == NULL) {
            tmlrt_provider_get_init(s_leaf[i], self->slots[0]);
        }
        ready &= s_got[i] != NULL ||
                 tmlrt_provider_get_desc.poll(s_leaf[i], cx, &s_got[i]) == TMLRT_READY;
    }
    return ready ? TMLRT_READY : TMLRT_PENDING;
}

TEST(provider_get__two_at_once__one_make) {
    rig r = {0};
    lazy_shop(&r, "request", &di_make_late);
    di_on_call = get_both;
    EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(again(&r), TMLRT_READY);
    EXPECT(s_got[0] == s_got[1] && s_got[0] != NULL);
    end(&r);
    EXPECT_STR(di_log, "make Cart; call Api; drop Cart; drop User; ");
    stop_app(&r);
}

/// The first branch gives up, the second makes it anew.
static tmlrt_poll get_and_give_up(di_object* self, tmlrt_context* cx) {
    tmlrt_poll poll = get_both(self, cx);
    if (poll == TMLRT_PENDING && s_got[0] == NULL) {
        tmlrt_provider_get_desc.drop(s_leaf[0]);
        s_got[0] = self; // done with
    }
    return poll;
}

TEST(provider_get__first_gives_up__second_makes_it) {
    rig r = {0};
    lazy_shop(&r, "request", &di_make_late);
    di_on_call = get_and_give_up;
    EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
    EXPECT_STR(di_log, "drop make; ");
    EXPECT_EQ(again(&r), TMLRT_PENDING);
    EXPECT_EQ(again(&r), TMLRT_READY);
    EXPECT_STR(s_got[1]->name, "Cart");
    end(&r);
    EXPECT_STR(di_log, "drop make; make Cart; call Api; drop Cart; drop User; ");
    stop_app(&r);
}

TEST(provider_get__exchange_ends_before_it__scope_ends_the_make) {
    rig r = {0};
    lazy_shop(&r, "request", &di_make_never);
    EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
    end(&r); // the handler's frame does not drop the leaf: as after a panic
    EXPECT_STR(di_log, "drop make; drop User; ");
    tmlrt_provider_get_desc.drop(s_leaf[0]); // too late, harmless
    stop_app(&r);
}

// A make that gets its Provider and returns an object of its own.
static tmlrt_poll make_that_gets(void* frame, tmlrt_context* cx, void* out) {
    di_object *self = *(di_object**)((char*)frame + 8), *got = NULL;
    tmlrt_provider_get_init(s_leaf[1], self->slots[0]);
    EXPECT_EQ(tmlrt_provider_get_desc.poll(s_leaf[1], cx, &got), TMLRT_READY);
    di_object* made = calloc(1, sizeof *made);
    *made = *self;
    memcpy(out, &made, sizeof(void*));
    return TMLRT_READY;
}

// A make that gets, through a Provider, what is being made for it.
static tmlrt_poll make_in_circle(void* frame, tmlrt_context* cx, void* out) {
    di_object* self = *(di_object**)((char*)frame + 8);
    tmlrt_provider_get_init(s_leaf[1], self->slots[0]);
    (void)tmlrt_provider_get_desc.poll(s_leaf[1], cx, out);
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
    rig r = {0};
    di_program_init(&r.program, 8);
    di_needs(&r.program, di_class(&r.program, "A", 1, "request"), "B", 0, 2);
    uint32_t b = di_class(&r.program, "B", 3, "request");
    di_needs(&r.program, b, "A", DI_LAZY, 4);
    r.program.classes[b].make = &s_circle;
    di_route(&r.program, "A", "/", 5);
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    EXPECT_EQ(status_of(&r), 500);
    end(&r);
    stop_app(&r);
}

TEST(di_scope__transient_controller__one_per_request) {
    rig r = {0};
    di_program_init(&r.program, 8);
    di_needs(&r.program, di_class(&r.program, "Api", 1, "transient"), "Id", 0, 2);
    di_class(&r.program, "Id", 3, "transient");
    di_route(&r.program, "Api", "/", 4);
    start_app(&r);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
        trt_di_scope* scope = trt_di_scope_get(&r.app.di, &r.exchange);
        uint32_t node = trt_di_find_class(&r.app.di, "Api");
        void *first = trt_di_ready(scope, node), *second = NULL;
        EXPECT_EQ(trt_di_scope_poll(scope, node, &r.cx.base, &second), TMLRT_READY);
        EXPECT(first != NULL && first == second);
        end(&r);
    }
    EXPECT_STR(di_log, "call Api; drop Api; drop Id; call Api; drop Api; drop Id; ");
    stop_app(&r);
}

TEST(di_scope__guard_of_request_scope__made_before_the_pipeline) {
    const char* const scopes[] = {"request", "transient"};
    for (int i = 0; i < 2; i++) {
        rig r = {0};
        di_program_init(&r.program, 8);
        uint32_t api = di_class(&r.program, "Api", 1, NULL);
        di_deco(&r.program, api, "Guard", "Auth");
        uint32_t auth = di_class(&r.program, "Auth", 2, scopes[i]);
        r.program.classes[auth].make = &di_make_late;
        di_needs(&r.program, auth, "User", 0, 3);
        di_class(&r.program, "User", 4, "request");
        di_guard(&r.program, "Auth", 5);
        di_route(&r.program, "Api", "/", 6);
        start_app(&r);
        EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING);
        EXPECT_EQ(again(&r), TMLRT_READY);
        EXPECT_EQ(status_of(&r), 200);
        end(&r);
        EXPECT_STR(di_log, "make Auth; guard Auth; call Api; drop Auth; drop User; ");
        di_log[0] = '\0';
        EXPECT_EQ(begin(&r, "/"), TMLRT_PENDING); // the peer goes away
        end(&r);
        EXPECT_STR(di_log, "drop make; drop User; ");
        EXPECT_EQ(begin(&r, "/nowhere"), TMLRT_READY); // nothing global: no scope
        EXPECT(r.exchange.scope == NULL);
        end(&r);
        stop_app(&r);
    }
}

TEST(di_scope__global_guard_of_request_scope__around_every_route) {
    rig r = {0};
    di_program_init(&r.program, 8);
    di_class(&r.program, "Api", 1, NULL);
    uint32_t everywhere = di_class(&r.program, "Everywhere", 2, NULL);
    di_deco(&r.program, everywhere, "Global", NULL);
    di_deco(&r.program, everywhere, "Guard", "Auth");
    di_class(&r.program, "Auth", 3, "request");
    di_guard(&r.program, "Auth", 4);
    di_route(&r.program, "Api", "/", 5);
    start_app(&r);
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    end(&r);
    EXPECT_STR(di_log, "guard Auth; call Api; drop Auth; ");
    EXPECT_EQ(begin(&r, "/nowhere"), TMLRT_READY);
    EXPECT_EQ(status_of(&r), 404);
    end(&r);
    stop_app(&r);
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
    rig r = {0};
    di_program_init(&r.program, 8);
    uint32_t b = di_class(&r.program, "B", 1, "");
    di_needs(&r.program, b, "A", DI_LAZY, 2);
    r.program.classes[b].make = &s_gets_a; // B is made first
    di_needs(&r.program, di_class(&r.program, "A", 3, ""), "C", 0, 4);
    di_class(&r.program, "C", 5, "");
    start_app(&r);
    EXPECT(trt_di_get(&r.app.di, "B") != NULL);
    EXPECT(trt_di_get(&r.app.di, "A") != NULL);
    stop_app(&r);
    EXPECT_STR(di_log, "drop B; drop A; drop C; "); // A was there before B was done
}

TEST(di_make__replaced_class__its_hook_does_not_run_a_stage_still_does) {
    rig r = {0};
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
    EXPECT_EQ(begin(&r, "/"), TMLRT_READY);
    end(&r);
    EXPECT_STR(di_log, "guard Auth; call Api; ");
    stop_app(&r);
}
