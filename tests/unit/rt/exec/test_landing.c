// SPDX-License-Identifier: Apache-2.0
// Landings: a panic comes back at the innermost one, with every register that its caller counts on.
#include "rt/exec/landing.h"

#include <tmlrt/abi/functions.h>

#include "rt/exec/leaf.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static tmlrt_started land(void* arg, trt_landing_fn fn) {
    trt_landed landed = trt_landing_call(NULL, NULL, arg, fn);
    return (tmlrt_started){trt_landed_status(landed), trt_landed_value(landed)};
}

static tmlrt_started call(trt_landing_fn fn, void* arg) {
    trt_guard guard = {0};
    trt_guard_scope scope;
    trt_landing_open(&scope, &guard);
    tmlrt_started started = land(arg, fn);
    EXPECT(trt_tls_guard == &scope);
    trt_guard_close(&scope);
    return started;
}

static tmlrt_started returns(void* frame, tmlrt_context* cx, void* arg) {
    (void)frame, (void)cx;
    return (tmlrt_started){TMLRT_READY, *(uint64_t*)arg};
}

TEST(landing_call__nothing_happens__both_registers_come_back) {
    uint64_t value = UINT64_C(0x1122334455667788);
    tmlrt_started started = call(returns, &value);
    EXPECT_EQ(started.status, TMLRT_READY);
    EXPECT_EQ(started.value, value);
    EXPECT(trt_tls_guard == NULL);
}

tmlrt_started panics(void* frame, tmlrt_context* cx, void* arg);
__attribute__((visibility("hidden"), used)) tmlrt_started panics(void* frame, tmlrt_context* cx,
                                                                 void* arg) {
    (void)frame, (void)cx, (void)arg;
    tmlrt_panic("as told");
}

TEST(landing_call__panic__its_status) {
    EXPECT_EQ(call(panics, NULL).status, TMLRT_E_PANIC);
    EXPECT(trt_tls_guard == NULL);
}

static tmlrt_started fails(void* frame, tmlrt_context* cx, void* arg) {
    (void)frame, (void)cx, (void)arg;
    trt_guard_fail(TMLRT_E_NOMEM);
}

TEST(landing_call__no_memory__its_status) {
    EXPECT_EQ(call(fails, NULL).status, TMLRT_E_NOMEM);
}

/// Goes down `depth` landings, with values in the registers that a callee saves, and panics at the
/// bottom; all but the innermost landing go on.
static tmlrt_started goes_down(void* frame, tmlrt_context* cx, void* arg) {
    int depth = *(int*)arg;
    if (depth == 0) {
        return panics(frame, cx, arg);
    }
    int below = depth - 1;
    uint64_t a = (uint64_t)rand(), b = a * 3, c = a * 5, d = a * 7, e = a * 11;
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e));
    tmlrt_started inner = land(&below, goes_down);
    EXPECT_EQ(inner.status, below == 0 ? TMLRT_E_PANIC : TMLRT_READY);
    EXPECT(b == a * 3 && c == a * 5 && d == a * 7 && e == a * 11);
    EXPECT_EQ(inner.value * (below != 0), (uint64_t)below * (below != 0));
    return (tmlrt_started){TMLRT_READY, (uint64_t)depth};
}

TEST(landing_call__inside_each_other__the_innermost_takes_it_and_the_others_go_on) {
    for (int depth = 1; depth < 30; depth++) {
        tmlrt_started started = call(goes_down, &depth);
        EXPECT_EQ(started.status, TMLRT_READY);
        EXPECT_EQ(started.value, (uint64_t)depth);
    }
}

static void panic_in_guard(void* arg) {
    (void)arg;
    tmlrt_panic("as told");
}

static tmlrt_started has_a_guard(void* frame, tmlrt_context* cx, void* arg) {
    (void)frame, (void)cx, (void)arg;
    EXPECT_EQ(trt_guard_call(NULL, NULL, 0, panic_in_guard, NULL), TMLRT_E_PANIC);
    return (tmlrt_started){TMLRT_READY, 7};
}

TEST(landing_call__a_guard_inside__takes_its_own) {
    tmlrt_started started = call(has_a_guard, NULL);
    EXPECT_EQ(started.status, TMLRT_READY);
    EXPECT_EQ(started.value, 7);
}

static void lands(void* arg) {
    EXPECT_EQ(call(panics, arg).status, TMLRT_E_PANIC);
    tmlrt_panic("as told"); // behind the landing: the guard's
}

TEST(landing_call__inside_a_guard__each_takes_its_own) {
    EXPECT_EQ(trt_guard_call(NULL, NULL, 0, lands, NULL), TMLRT_E_PANIC);
    EXPECT(trt_tls_guard == NULL);
}

static int compare(const void* a, const void* b) {
    (void)a, (void)b;
    tmlrt_panic("as told");
}

static tmlrt_started panics_below_libc(void* frame, tmlrt_context* cx, void* arg) {
    (void)frame, (void)cx, (void)arg;
    int items[] = {2, 1};
    qsort(items, 2, sizeof items[0], compare);
    return (tmlrt_started){TMLRT_READY, 0};
}

TEST(landing_call__panic_below_a_library__its_status) {
    EXPECT_EQ(call(panics_below_libc, NULL).status, TMLRT_E_PANIC);
}

#if TRT_LANDING_UNWINDS
// A function without an unwind table, as of a C file that was compiled to have none.
__asm__(".text\n"
        ".type no_table, @function\n"
        "no_table:\n"
        "subq $8, %rsp\n"
        "callq panics\n"
        "addq $8, %rsp\n"
        "retq\n"
        ".size no_table, .-no_table\n");
tmlrt_started no_table(void* frame, tmlrt_context* cx, void* arg);

static void panic_without_a_way(void) {
    (void)call(no_table, NULL);
}

TEST(landing_call__panic_in_what_has_no_table__the_process_ends_with_a_message) {
    char text[512];
    EXPECT_EQ(test_child(panic_without_a_way, text, sizeof text), 1000 + SIGABRT);
    EXPECT(strstr(text, "has no unwind table") != NULL);
    EXPECT(strstr(text, "-fasynchronous-unwind-tables") != NULL);
}
#endif

// ---- leaves ------------------------------------------------------------------------------------

static int s_unlinked;

static void unlink_leaf(trt_leaf* leaf) {
    (void)leaf;
    s_unlinked++;
}

static trt_leaf s_leaf;

static tmlrt_started leaves(void* frame, tmlrt_context* cx, void* arg) {
    (void)frame, (void)cx;
    trt_leaf_register(&s_leaf, unlink_leaf);
    if (arg != NULL) {
        tmlrt_panic("as told");
    }
    return (tmlrt_started){TMLRT_PENDING, 0};
}

TEST(landing_guard__leaves_register_there_and_stay_until_the_caller_unlinks) {
    static int yes;
    for (int panicked = 0; panicked < 2; panicked++) {
        trt_guard outer = {0}, inner = {0};
        trt_guard_scope scope;
        s_unlinked = 0;
        s_leaf = (trt_leaf){0};
        trt_landing_open(&scope, &outer);
        trt_landing_guard(&scope, &inner);
        tmlrt_started started = land(panicked ? &yes : NULL, leaves);
        trt_guard_close(&scope);
        EXPECT_EQ(started.status, panicked ? TMLRT_E_PANIC : TMLRT_PENDING);
        EXPECT_EQ(s_unlinked, 0);
        trt_guard_unlink_all(&outer);
        EXPECT_EQ(s_unlinked, 0);
        trt_guard_unlink_all(&inner);
        EXPECT_EQ(s_unlinked, 1);
    }
}
