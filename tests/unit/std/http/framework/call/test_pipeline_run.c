// SPDX-License-Identifier: Apache-2.0
// A request through every stage: order, errors, filters, suspension, panics and drops.
#include "tests/support/harness.h"
#include "tests/support/pipeline_program.h"

#include <stdio.h>

#define GET(p) pp_run((p), "GET", "/things/7")

TEST(run__every_stage_at_every_level__order_of_the_design) {
    pp_program* p = pp_new(NULL);
    pp_start(p);
    EXPECT_STR(GET(p), "gM( mM( cM( hM( gG mG cG hG gI( mI( cI( hI( gP mP cP hP pP x "
                       ")hI200 )cI200 )mI200 )gI200 )hM200 )cM200 )mM200 )gM200 => 200|7gmchp");
    EXPECT_EQ(pp_live(p), 0);
    pp_free(p);
}

TEST(run__any_choice_of_stages__the_same_order) {
    static const struct {
        const char *with, *expected;
    } rows[] = {
        {"", "x => 200|7"},
        {"cG", "cG x => 200|7"},
        {"gM", "gM( x )gM200 => 200|7"},
        {"hI", "hI( x )hI200 => 200|7"},
        {"pP", "pP x => 200|7p"},
        {"cF", "x => 200|7"},
        {"cG mI", "cG mI( x )mI200 => 200|7"},
        {"hG cP", "hG cP x => 200|7c"},
        {"gM hM gP pP", "gM( hM( gP pP x )hM200 )gM200 => 200|7gp"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pp_program* p = pp_new(rows[i].with);
        pp_start(p);
        EXPECT_STR(GET(p), rows[i].expected);
        EXPECT_EQ(pp_live(p), 0);
        pp_free(p);
    }
}

// ---- errors ------------------------------------------------------------------------------------

TEST(run__guard_says_no__403_before_interceptors_and_filters_outward) {
    pp_program* p = pp_new("cM gG cG cI gF mF cF hF");
    pp_start(p);
    pp_at(p, "gG")->what = PP_NO;
    EXPECT_STR(GET(p), "cM( gG hF403 cF403 mF403 gF403 )cM403 => 403 problem");
    pp_at(p, "mF")->what = PP_NO; // answers
    EXPECT_STR(GET(p), "cM( gG hF403 cF403 mF403 )cM298 => 298|own");
    pp_at(p, "gG")->what = PP_PASS;
    pp_at(p, "cG")->what = PP_ERR;
    EXPECT_STR(GET(p), "cM( gG cG hF409Taken cF409Taken mF409Taken )cM298 => 298|own");
    EXPECT_EQ(pp_live(p), 0);
    pp_free(p);
}

TEST(run__err_of_handler_or_pipe__seen_by_interceptors_then_filters) {
    pp_program* p = pp_new("gM gI hI pP cF");
    pp_start(p);
    pp_at(p, "x")->what = PP_ERR;
    EXPECT_STR(GET(p), "gM( gI( hI( pP x )hI409 )gI409 cF409Taken )gM409 => 409 problem");
    pp_at(p, "cF")->what = PP_NO;
    EXPECT_STR(GET(p), "gM( gI( hI( pP x )hI409 )gI409 cF409Taken )gM298 => 298|own");
    pp_at(p, "pP")->what = PP_ERR;
    EXPECT_STR(GET(p), "gM( gI( hI( pP )hI409 )gI409 cF409Taken )gM298 => 298|own");
    EXPECT_EQ(pp_live(p), 0);
    EXPECT_EQ(pp_at(p, "x")->unstarted, 1); // its arguments were there
    pp_free(p);
}

TEST(run__interceptor_answers_by_itself__the_error_is_forgotten) {
    pp_program* p = pp_new("gI hI cF");
    pp_start(p);
    pp_at(p, "gI")->what = PP_NO;
    EXPECT_STR(GET(p), "gI( => 299|own");
    pp_at(p, "gI")->what = PP_NULL;
    EXPECT_STR(GET(p), "gI( hI( x )hI200 )gI200 cF500 => 500 problem");
    pp_free(p);
}

TEST(run__request_that_cannot_be_bound__an_error_of_the_innermost_segment) {
    pp_program* p = pp_new("gM gG gI pP gF");
    pp_start(p);
    EXPECT_STR(pp_run(p, "GET", "/things/7?a=%zz"),
               "gM( gG gI( )gI400 gF400 )gM400 => 400 problem");
    pp_at(p, "gF")->what = PP_NO;
    EXPECT_STR(pp_run(p, "GET", "/things/7?a=%zz"), "gM( gG gI( )gI400 gF400 )gM298 => 298|own");
    pp_free(p);
}

TEST(run__no_route__global_middleware_and_filters_only) {
    pp_program* p = pp_new(NULL);
    pp_start(p);
    EXPECT_STR(pp_run(p, "GET", "/nowhere"), "gM( gF404 )gM404 => 404 problem");
    EXPECT_STR(pp_run(p, "PUT", "/things/7"), "gM( gF405 )gM405 => 405 problem");
    EXPECT_STR(pp_run(p, "OPTIONS", "/things/7"), "gM( )gM204 => 204|");
    EXPECT_STR(pp_run(p, "OPTIONS", "*"), "gM( )gM204 => 204|");
    EXPECT_STR(pp_run(p, "GET", "/things//7"), "gM( gF400 )gM400 => 400 problem");
    EXPECT_EQ(pp_begin(p, "PUT", "/things/7"), TMLRT_READY);
    EXPECT_STR(pp_header(p, "allow"), "GET, HEAD, OPTIONS");
    pp_end(p);
    EXPECT_EQ(pp_begin(p, "OPTIONS", "/things/7"), TMLRT_READY);
    EXPECT_STR(pp_header(p, "allow"), "GET, HEAD, OPTIONS");
    pp_end(p);
    pp_at(p, "gF")->what = PP_NO;
    EXPECT_STR(pp_run(p, "GET", "/nowhere"), "gM( gF404 )gM298 => 298|own");
    EXPECT_EQ(pp_live(p), 0);
    pp_free(p);
}

TEST(run__next_twice__a_panic_of_that_stage) {
    pp_program* p = pp_new("gM cI gF cF");
    pp_start(p);
    pp_at(p, "cI")->what = PP_TWICE;
    EXPECT_STR(GET(p), "gM( cI( x )cI200 cF500 gF500 )gM500 => 500 problem");
    pp_at(p, "cI")->what = PP_PASS;
    pp_at(p, "gM")->what = PP_TWICE;
    EXPECT_STR(GET(p), "gM( cI( x )cI200 )gM200 gF500 => 500 problem");
    EXPECT_EQ(pp_live(p), 0);
    pp_free(p);
}

// ---- panics ------------------------------------------------------------------------------------

TEST(run__panic_in_any_stage__500_and_the_stages_around_go_on) {
    static const struct {
        const char* name;
        pp_what what;
        const char* expected;
    } rows[] = {
        {"mM", PP_PANIC, "gM( mM( gF500 )gM500 => 500 problem"},
        {"mM", PP_PANIC_AFTER,
         "gM( mM( hG cI( hI( pP x )hI200 )cI200 )mM200 gF500 )gM500 => 500 problem"},
        {"hG", PP_PANIC, "gM( mM( hG cF500 gF500 )mM500 )gM500 => 500 problem"},
        {"cI", PP_PANIC, "gM( mM( hG cI( cF500 gF500 )mM500 )gM500 => 500 problem"},
        {"cI", PP_PANIC_AFTER,
         "gM( mM( hG cI( hI( pP x )hI200 )cI200 cF500 gF500 )mM500 )gM500 => 500 problem"},
        {"hI", PP_PANIC, "gM( mM( hG cI( hI( )cI500 cF500 gF500 )mM500 )gM500 => 500 problem"},
        {"pP", PP_PANIC,
         "gM( mM( hG cI( hI( pP )hI500 )cI500 cF500 gF500 )mM500 )gM500 => 500 problem"},
        {"x", PP_PANIC,
         "gM( mM( hG cI( hI( pP x )hI500 )cI500 cF500 gF500 )mM500 )gM500 => 500 problem"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (uint32_t suspends = 0; suspends < 2; suspends++) {
            pp_program* p = pp_new("gM mM hG cI hI pP cF gF");
            pp_start(p);
            pp_at(p, rows[i].name)->what = rows[i].what;
            pp_at(p, rows[i].name)->suspends = suspends;
            EXPECT_STR(GET(p), rows[i].expected);
            EXPECT_EQ(pp_panics(p), 1);
            EXPECT_EQ(pp_live(p), 0);
            pp_free(p);
        }
    }
}

TEST(run__panic_in_a_filter__the_next_one_is_asked) {
    pp_program* p = pp_new("cF gF");
    pp_start(p);
    pp_at(p, "x")->what = PP_ERR;
    pp_at(p, "cF")->what = PP_PANIC;
    EXPECT_STR(GET(p), "x cF409Taken gF409Taken => 409 problem");
    EXPECT_EQ(pp_panics(p), 1);
    pp_at(p, "gF")->what = PP_NO;
    EXPECT_STR(GET(p), "x cF409Taken gF409Taken => 298|own");
    pp_free(p);
}

// ---- suspension and drops ----------------------------------------------------------------------

TEST(run__every_stage_suspends__same_trace) {
    pp_program* p = pp_new(NULL);
    pp_start(p);
    char expected[1024];
    snprintf(expected, sizeof expected, "%s", GET(p));
    for (int id = 0; id < PP_NUM; id++) {
        pp_at(p, "x")[id - PP_HANDLER].suspends = 1 + (uint32_t)id % 3;
    }
    EXPECT_STR(GET(p), expected);
    pp_at(p, "x")->what = PP_ERR;
    EXPECT(strstr(GET(p), "x )hI409 )cI409 )mI409 )gI409 hF409Taken cF409Taken mF409Taken "
                          "gF409Taken )hM409 )cM409 )mM409 )gM409 => 409 problem") != NULL);
    EXPECT_EQ(pp_live(p), 0);
    pp_free(p);
}

/// Drops the exchange after `polls` polls; false when it was answered before.
static bool drop_after(pp_program* p, int polls) {
    tmlrt_poll poll = pp_begin(p, "GET", "/things/7");
    for (int i = 0; poll == TMLRT_PENDING && i < polls; i++) {
        poll = pp_poll(p);
    }
    uint32_t live = pp_live(p), dropped = 0;
    for (int id = 0; id < PP_NUM; id++) {
        pp_at(p, "x")[id - PP_HANDLER].dropped = 0;
    }
    pp_end(p);
    for (int id = 0; id < PP_NUM; id++) {
        dropped += pp_at(p, "x")[id - PP_HANDLER].dropped;
    }
    EXPECT_EQ(dropped, live);
    EXPECT_EQ(pp_live(p), 0);
    return poll == TMLRT_PENDING;
}

TEST(run__dropped_at_every_suspension_point__every_frame_once) {
    for (int err = 0; err < 2; err++) {
        pp_program* p = pp_new(NULL);
        pp_start(p);
        for (int id = 0; id < PP_NUM; id++) {
            pp_at(p, "x")[id - PP_HANDLER].suspends = 1;
        }
        pp_at(p, "x")->what = err != 0 ? PP_ERR : PP_PASS;
        int polls = 0;
        while (drop_after(p, polls)) {
            polls++;
        }
        EXPECT_EQ(polls, err != 0 ? 30 : 26); // 8 that wrap twice, 4 guards, 5 pipes, x; 4 filters
        pp_free(p);
    }
}

TEST(run__stage_leaves_its_next_behind__the_rest_is_dropped) {
    pp_program* p = pp_new("gM cI gG pP");
    pp_start(p);
    pp_at(p, "gM")->what = PP_LEAVE;
    static const char* const names[] = {"gG", "cI", "pP", "x"};
    for (size_t i = 0; i < 4; i++) {
        pp_at(p, names[i])->suspends = 1;
        EXPECT(strstr(GET(p), "=> 297|own") != NULL);
        EXPECT_EQ(pp_live(p), 0);
        pp_at(p, names[i])->suspends = 0;
    }
    pp_free(p);
}

TEST(run__next_in_a_branch_of_its_own__finds_the_exchange) {
    pp_program* p = pp_new("gM mM cI gF");
    pp_start(p);
    pp_at(p, "gM")->what = PP_BRANCH;
    pp_at(p, "cI")->what = PP_BRANCH;
    pp_at(p, "x")->what = PP_ERR;
    pp_at(p, "gF")->what = PP_NO; // makes a response
    for (uint32_t suspends = 0; suspends < 3; suspends++) {
        pp_at(p, "mM")->suspends = pp_at(p, "x")->suspends = pp_at(p, "gF")->suspends = suspends;
        EXPECT_STR(GET(p), "gM( mM( cI( x )cI409 gF409Taken )mM298 )gM298 => 298|own");
    }
    EXPECT_EQ(pp_live(p), 0);
    pp_free(p);
}

TEST(run__panic_behind_a_branch__500_and_the_stages_around_go_on) {
    static const struct {
        const char* name;
        pp_what what;
        const char* expected;
    } rows[] = {
        {"mM", PP_PANIC, "gM( mM( gF500 )gM500 => 500 problem"},
        {"hG", PP_PANIC, "gM( mM( hG gF500 )mM500 )gM500 => 500 problem"},
        {"cI", PP_PANIC_AFTER, "gM( mM( hG cI( x )cI200 gF500 )mM500 )gM500 => 500 problem"},
        {"x", PP_PANIC, "gM( mM( hG cI( x )cI500 gF500 )mM500 )gM500 => 500 problem"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (uint32_t suspends = 0; suspends < 2; suspends++) {
            pp_program* p = pp_new("gM mM hG cI gF");
            pp_start(p);
            pp_at(p, "gM")->what = PP_BRANCH;
            pp_at(p, rows[i].name)->what = rows[i].what;
            pp_at(p, rows[i].name)->suspends = suspends;
            EXPECT_STR(GET(p), rows[i].expected);
            EXPECT_EQ(pp_live(p), 0);
            pp_free(p);
        }
    }
}

TEST(run__answers_made_elsewhere_and_replaced__freed_with_the_exchange) {
    uint64_t live = test_allocator_live();
    pp_program* p = pp_new("gM mM cI hI");
    pp_start(p);
    static const char* const names[] = {"gM", "mM", "cI", "hI"};
    for (uint32_t set = 1; set < 16; set++) {
        for (size_t i = 0; i < 4; i++) {
            pp_at(p, names[i])->what = (set >> i & 1) != 0 ? PP_DETACHED : PP_PASS;
        }
        EXPECT(strstr(GET(p), "=> 296|own") != NULL);
        pp_at(p, "gM")->suspends = 1; // dropped while some are there
        EXPECT_EQ(pp_begin(p, "GET", "/things/7"), TMLRT_PENDING);
        EXPECT_EQ(pp_poll(p), TMLRT_PENDING);
        pp_end(p);
        pp_at(p, "gM")->suspends = 0;
    }
    pp_free(p);
    EXPECT_EQ(test_allocator_live(), live);
}

TEST(run__no_memory_at_any_allocation__answered_and_nothing_left) {
    uint64_t live = test_allocator_live();
    pp_program* p = pp_new(NULL);
    pp_start(p);
    for (int err = 0; err < 2; err++) {
        pp_at(p, "x")->what = err != 0 ? PP_ERR : PP_PASS;
        bool hit = true;
        for (uint64_t nth = 1; hit; nth++) {
            pp_arena_cap(p, 1 << 20);
            test_allocator_fail_at(nth);
            pp_run(p, "GET", "/things/7");
            hit = test_allocator_hit();
            test_allocator_fail_at(0);
            EXPECT_EQ(pp_live(p), 0);
        }
        for (size_t cap = 64; cap < 16384; cap += 64) { // the arena's own limit
            pp_arena_cap(p, cap);
            pp_run(p, "GET", "/things/7");
            EXPECT_EQ(pp_live(p), 0);
        }
    }
    pp_free(p);
    EXPECT_EQ(test_allocator_live(), live);
}
