// SPDX-License-Identifier: Apache-2.0
// Lifecycle hooks: order, deadlines on a virtual clock, failures.
#include <tmlrt/log.h>

#include "rt/exec/runtime.h"
#include "std/http/framework/app/app.h"
#include "tests/support/di_program.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"

#include <stdio.h>

static uint64_t s_now_ns;
static uint64_t now(void) {
    return s_now_ns;
}

static char s_messages[2048];
static void keep_message(void* arg, int32_t level, const char* module, const char* message) {
    (void)arg, (void)level;
    size_t len = strlen(s_messages);
    snprintf(s_messages + len, sizeof s_messages - len, "%s: %s\n", module, message);
}

static void drop_hook(void* frame) {
    (void)frame;
    di_log_add("drop hook; ");
}
static tmlrt_poll poll_never(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)out;
    s_now_ns += 3000000000; // every poll takes 3 s of the virtual clock
    cx->waker->vtable->wake_by_ref(cx->waker->data);
    return TMLRT_PENDING;
}
static tmlrt_poll poll_slow(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx;
    s_now_ns += 12345000000; // cannot be interrupted
    memset(out, 0, 4);
    return TMLRT_READY;
}
static tmlrt_poll poll_panic(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx, (void)out;
    tmlrt_panic("the hook went wrong");
}
static tmlrt_poll poll_three(void* frame, tmlrt_context* cx, void* out) {
    int32_t result = 3;
    (void)frame, (void)cx;
    memcpy(out, &result, sizeof result);
    return TMLRT_READY;
}

#define DESC(poll_)                                                                                \
    {.abi = TMLRT_ABI_MAJOR << 16,                                                                 \
     .poll = (poll_),                                                                              \
     .drop = drop_hook,                                                                            \
     .frame_size = 64,                                                                             \
     .frame_align = 32,                                                                            \
     .out_size = 4,                                                                                \
     .out_align = 4,                                                                               \
     .name = #poll_,                                                                               \
     .num_states = 2}
static const tmlrt_future_desc s_never = DESC(poll_never), s_slow = DESC(poll_slow),
                               s_panic = DESC(poll_panic), s_three = DESC(poll_three);

/// Top -> Middle -> Bottom, and Alone.
static void chain(di_program* p) {
    di_program_init(p, 32);
    di_needs(p, di_class(p, "Top", 1, ""), "Middle", 0, 2);
    di_needs(p, di_class(p, "Middle", 3, ""), "Bottom", 0, 4);
    di_class(p, "Bottom", 5, "");
    di_class(p, "Alone", 6, "");
    s_messages[0] = '\0';
    s_now_ns = 0;
    tmlrt_log_set(keep_message, NULL);
}

static void finish(di_program* p, trt_app* app, trt_diags* diags) {
    trt_app_fini(app);
    trt_diags_fini(diags);
    di_program_fini(p);
    tmlrt_log_set(NULL, NULL);
}

TEST(di_hooks__order__dependencies_then_order_then_place) {
    di_program p;
    trt_app app;
    trt_diags diags = {0};
    chain(&p);
    for (uint32_t event = TMLRT_HOOK_INIT; event <= TMLRT_HOOK_SHUTDOWN; event++) {
        di_hook(&p, "Top", event, -100, 10 + event, &di_hook_ok); // order does not go before depth
        di_hook(&p, "Alone", event, 5, 20 + event, &di_hook_ok);
        di_hook(&p, "Bottom", event, 1, 30 + event, &di_hook_ok); // lower order than Alone
        if (event == TMLRT_HOOK_BOOTSTRAP || event == TMLRT_HOOK_DESTROY) {
            di_hook(&p, "Middle", event, 0, 40 + event, &di_hook_ok);
        }
    }
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    REQUIRE(trt_app_start(&app, &diags) == TMLRT_OK);
    EXPECT_STR(di_log, "hook Bottom; hook Alone; hook Top; "
                       "hook Bottom; hook Alone; hook Middle; hook Top; ");
    di_log[0] = '\0';
    uint64_t calls = test_allocator_calls();
    for (uint32_t event = TMLRT_HOOK_DESTROY; event <= TMLRT_HOOK_SHUTDOWN; event++) {
        EXPECT_EQ(trt_di_hooks(&app.di, event, NULL), TMLRT_OK);
    }
    EXPECT_EQ(test_allocator_calls() - calls, 0); // the end allocates nothing
    EXPECT_STR(di_log, "hook Top; hook Middle; hook Bottom; hook Alone; "
                       "hook Top; hook Bottom; hook Alone; hook Top; hook Bottom; hook Alone; ");
    di_log[0] = '\0';
    finish(&p, &app, &diags);
}

static void expect_start_fails(const tmlrt_future_desc* hook, tmlrt_status expected,
                               trt_text* out) {
    di_program p;
    trt_app app;
    trt_diags diags = {0};
    chain(&p);
    di_hook(&p, "Bottom", TMLRT_HOOK_INIT, 0, 10, hook);
    di_hook(&p, "Top", TMLRT_HOOK_INIT, 0, 11, &di_hook_ok);
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    app.di.now_ns = now;
    EXPECT_EQ(trt_app_start(&app, &diags), expected);
    trt_diags_format(&diags, out);
    trt_text_puts(out, s_messages);
    EXPECT(strstr(di_log, "hook Top") == NULL);
    finish(&p, &app, &diags);
}

TEST(di_hooks__init_fails__start_ends_with_the_reason) {
    trt_text text = {0};
    expect_start_fails(&s_three, TMLRT_E_INVAL, &text);
    expect_start_fails(&s_panic, TMLRT_E_PANIC, &text);
    expect_start_fails(&s_never, TMLRT_E_TIMEDOUT, &text);
    EXPECT_GOLDEN("di_hooks", text.data, text.len);
    trt_runtime_reset_default(); // its timers woke the hook
    trt_text_fini(&text);
}

static tmlrt_poll poll_silent(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx, (void)out;
    return TMLRT_PENDING; // nobody will wake it
}
static const tmlrt_future_desc s_silent = DESC(poll_silent);

TEST(di_hooks__nobody_wakes_it__the_timer_does) {
    di_program p;
    trt_app app;
    trt_diags diags = {0};
    chain(&p);
    di_hook(&p, "Top", TMLRT_HOOK_SHUTDOWN, 0, 10, &s_silent);
    di_hook(&p, "Bottom", TMLRT_HOOK_SHUTDOWN, 0, 11, &di_hook_ok);
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    app.di.hook_ns = 1000000;
    REQUIRE(trt_app_start(&app, &diags) == TMLRT_OK);
    EXPECT_EQ(trt_di_hooks(&app.di, TMLRT_HOOK_SHUTDOWN, NULL), TMLRT_OK);
    EXPECT_STR(di_log, "drop hook; hook Bottom; ");
    EXPECT(strstr(s_messages, "Top.shutdown (app.tml:10) has not ended") != NULL);
    app.objects_made = false; // they ran
    trt_runtime_reset_default();
    finish(&p, &app, &diags);
}

TEST(di_hooks__end__the_others_run_and_the_log_names_it) {
    di_program p;
    trt_app app;
    trt_diags diags = {0};
    chain(&p);
    di_hook(&p, "Top", TMLRT_HOOK_DESTROY, 0, 10, &s_never);
    di_hook(&p, "Middle", TMLRT_HOOK_DESTROY, 0, 11, &s_panic);
    di_hook(&p, "Alone", TMLRT_HOOK_DESTROY, 0, 12, &s_slow);
    di_hook(&p, "Bottom", TMLRT_HOOK_DESTROY, 9, 13, &di_hook_ok);
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    app.di.now_ns = now;
    REQUIRE(trt_app_start(&app, &diags) == TMLRT_OK);
    EXPECT_EQ(trt_di_hooks(&app.di, TMLRT_HOOK_DESTROY, NULL), TMLRT_OK);
    EXPECT_STR(di_log, "drop hook; hook Bottom; ");
    EXPECT_STR(s_messages,
               "hooks: Top.destroy (app.tml:10) has not ended after 10 s and was given up\n"
               "hooks: Middle.destroy (app.tml:11): panicked\n"
               "hooks: Alone.destroy (app.tml:12) took 12345 ms, its deadline is 10 s\n");
    app.objects_made = false; // they ran
    trt_runtime_reset_default();
    finish(&p, &app, &diags);
}

TEST(di_hooks__class_in_no_module__is_not_run) {
    di_program p;
    trt_app app;
    trt_diags diags = {0};
    chain(&p);
    uint32_t module = di_module(&p, "App", 20);
    di_list(&p, module, DI_PROVIDERS, "Alone");
    di_hook(&p, "Alone", TMLRT_HOOK_INIT, 0, 10, &di_hook_ok);
    di_hook(&p, "Bottom", TMLRT_HOOK_INIT, 0, 11, &di_hook_ok);
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    REQUIRE(trt_app_start(&app, &diags) == TMLRT_OK);
    EXPECT_STR(di_log, "hook Alone; ");
    finish(&p, &app, &diags);
}
