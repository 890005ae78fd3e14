// SPDX-License-Identifier: Apache-2.0
// Provider[T]: objects that are got while a request runs.
#include "std/http/framework/di/scope.h"

#include "tests/support/di_rig.h"
#include "tests/support/harness.h"

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
static void lazy_shop(di_rig* r, const char* scope, const tmlrt_future_desc* make) {
    di_program_init(&r->program, 16);
    di_needs(&r->program, di_class(&r->program, "Api", 1, ""), "Cart", DI_LAZY, 2);
    uint32_t cart = di_class(&r->program, "Cart", 3, scope);
    r->program.classes[cart].make = make;
    di_needs(&r->program, cart, "User", 0, 4);
    di_class(&r->program, "User", 5, scope[0] == 's' ? "singleton" : "request");
    di_route(&r->program, "Api", "/", 6);
    no_leaves();
    di_rig_start(r);
    di_on_call = get_twice;
}

TEST(provider_get__request_scope__this_requests_object) {
    di_rig r = {0};
    lazy_shop(&r, "request", &di_make_late);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(di_rig_again(&r), TMLRT_READY);
    EXPECT(s_got[0] != NULL && s_got[0] == s_got[1]);
    EXPECT_STR(((di_object*)s_got[0]->slots[0])->name, "User");
    di_rig_end(&r);
    EXPECT_STR(di_log, "make Cart; call Api; drop Cart; drop User; ");
    di_rig_stop(&r);
}

TEST(provider_get__transient__a_new_object_each_time) {
    di_rig r = {0};
    lazy_shop(&r, "transient", NULL);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    EXPECT(s_got[0] != s_got[1] && s_got[0]->slots[0] == s_got[1]->slots[0]);
    di_rig_end(&r);
    EXPECT_STR(di_log, "call Api; drop Cart; drop Cart; drop User; ");
    di_rig_stop(&r);
}

TEST(provider_get__singleton__the_one) {
    di_rig r = {0};
    lazy_shop(&r, "singleton", NULL);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
    EXPECT(s_got[0] == trt_di_get(&r.app.di, "Cart") && s_got[0] == s_got[1]);
    EXPECT(r.exchange.scope == NULL);
    di_rig_end(&r);
    di_rig_stop(&r);
}

TEST(provider_get__make_fails__handler_panics_500) {
    const tmlrt_future_desc* makes[] = {&di_make_null, &di_make_panic};
    for (int i = 0; i < 2; i++) {
        di_rig r = {0};
        lazy_shop(&r, "request", makes[i]);
        EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_READY);
        EXPECT_EQ(di_rig_status(&r), 500);
        di_rig_end(&r);
        EXPECT_STR(di_log, "drop User; ");
        di_rig_stop(&r);
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
    di_rig r = {0};
    trt_guard guard = {0};
    lazy_shop(&r, "request", NULL);
    const di_object* api = trt_di_get(&r.app.di, "Api");
    tmlrt_provider_get_init(s_leaf[0], api->slots[0]);
    EXPECT_EQ(trt_guard_call(&guard, NULL, 0, poll_outside, NULL), TMLRT_E_PANIC);
    tmlrt_provider_get_init(s_leaf[0], NULL); // @Optional
    EXPECT_EQ(trt_guard_call(&guard, NULL, 0, poll_outside, NULL), TMLRT_E_PANIC);
    di_rig_stop(&r);
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
    di_rig r = {0};
    lazy_shop(&r, "request", &di_make_late);
    di_on_call = get_both;
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
    EXPECT_EQ(di_rig_again(&r), TMLRT_READY);
    EXPECT(s_got[0] == s_got[1] && s_got[0] != NULL);
    di_rig_end(&r);
    EXPECT_STR(di_log, "make Cart; call Api; drop Cart; drop User; ");
    di_rig_stop(&r);
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
    di_rig r = {0};
    lazy_shop(&r, "request", &di_make_late);
    di_on_call = get_and_give_up;
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
    EXPECT_STR(di_log, "drop make; ");
    EXPECT_EQ(di_rig_again(&r), TMLRT_PENDING);
    EXPECT_EQ(di_rig_again(&r), TMLRT_READY);
    EXPECT_STR(s_got[1]->name, "Cart");
    di_rig_end(&r);
    EXPECT_STR(di_log, "drop make; make Cart; call Api; drop Cart; drop User; ");
    di_rig_stop(&r);
}

TEST(provider_get__exchange_ends_before_it__scope_ends_the_make) {
    di_rig r = {0};
    lazy_shop(&r, "request", &di_make_never);
    EXPECT_EQ(di_rig_begin(&r, "/"), TMLRT_PENDING);
    di_rig_end(&r); // the handler's frame does not drop the leaf: as after a panic
    EXPECT_STR(di_log, "drop make; drop User; ");
    tmlrt_provider_get_desc.drop(s_leaf[0]); // too late, harmless
    di_rig_stop(&r);
}
