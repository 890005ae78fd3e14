// SPDX-License-Identifier: Apache-2.0
// Programs of up to 100,000 records: what is wrong is found, all of it and nothing else, with its
// code and its name. That the time is linear is counted by tests/linear.
#include "std/http/framework/app/app.h"

#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/many_records.h"

enum { LARGE = 100000, SMALL = 4000 };

/// Starts a program; returns what it says. num: of its errors.
static tmlrt_status start(many_shape shape, uint32_t num, trt_diags* diags, uint32_t* want) {
    static many_records records;
    trt_app app;
    many_records_init(&records, num, shape);
    *want = records.num_errors;
    tmlrt_status status = trt_app_init(&app, &records.image, diags);
    if (status == TMLRT_OK) {
        EXPECT_EQ(app.handlers.num, records.num_groups * 3);
        trt_app_fini(&app);
    }
    many_records_fini(&records);
    return status;
}

static void expect_errors(many_shape shape, const char* golden) {
    trt_diags diags = {0};
    trt_text text = {0};
    uint32_t want;
    EXPECT_EQ(start(shape, LARGE, &diags, &want), TMLRT_E_META_MALFORMED);
    EXPECT_EQ(diags.num_all, want);
    trt_diags_format(&diags, &text);
    EXPECT_GOLDEN(golden, text.data, text.len);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
}

TEST(app_init__hundred_thousand_records__planted_errors_are_told) {
    expect_errors(MANY_PLANTED, "many_planted");
}

TEST(app_init__hundred_thousand_records__refused_ones_are_told) {
    expect_errors(MANY_REFUSED, "many_refused");
}

TEST(app_init__hundred_thousand_records__start) {
    trt_diags diags = {0};
    uint32_t want;
    EXPECT_EQ(start(MANY_CORRECT, LARGE, &diags, &want), TMLRT_OK);
    EXPECT_EQ(diags.num_all, 0);
    trt_diags_fini(&diags);
}

TEST(app_init__every_shape__as_many_errors_as_it_has) {
    for (many_shape shape = 0; shape < MANY_NUM_SHAPES; shape++) {
        trt_diags diags = {0};
        uint32_t want;
        tmlrt_status status = start(shape, SMALL, &diags, &want);
        if (diags.num_all != want || (status == TMLRT_OK) != (want == 0)) {
            test_fail(__FILE__, __LINE__, "%s: status %d, %u errors, not %u",
                      many_shape_name(shape), status, diags.num_all, want);
        }
        trt_diags_fini(&diags);
    }
}
