// SPDX-License-Identifier: Apache-2.0
// The field Priority; what else rules.c knows is in the table of test_malformed.c.
#include "std/http/h2/session.h"

#include "tests/support/harness.h"

typedef struct priority_row {
    const char* value;
    bool good;
    uint8_t urgency;
    bool incremental;
} priority_row;

static const priority_row s_rows[] = {
    {"u=0", true, 0, false},      {"u=7", true, 7, false},
    {"i", true, 3, true},         {"i=?1", true, 3, true},
    {"i=?0", true, 3, false},     {"u=1, i", true, 1, true},
    {"i ,\tu=5", true, 5, true},  {"u=1;x=y, i;z", true, 1, true},
    {"u=1, u=2", true, 2, false}, {"x=1, abc, u=4", true, 4, false},
    {"ux=1", true, 3, false},     {"", false, 0, false},
    {"u=8", false, 0, false},     {"u=-1", false, 0, false},
    {"u=10", false, 0, false},    {"u", false, 0, false},
    {"u=", false, 0, false},      {"i=1", false, 0, false},
    {"u=1,", false, 0, false},    {",u=1", false, 0, false},
    {"u=1,,i", false, 0, false},  {" ;x", false, 0, false},
};

TEST(h2_priority__values__of_the_table) {
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        const priority_row* row = &s_rows[i];
        trt_h2_priority priority = {3, false};
        bool good = trt_h2_priority_parse(&priority, (tmlrt_slice){row->value, strlen(row->value)});
        if (good != row->good ||
            (good &&
             (priority.urgency != row->urgency || priority.incremental != row->incremental)) ||
            (!good && (priority.urgency != 3 || priority.incremental))) {
            test_fail(__FILE__, __LINE__, "\"%s\": %d u=%d i=%d", row->value, good,
                      priority.urgency, priority.incremental);
        }
    }
}

TEST(h2_priority__two_lines__as_if_they_were_one) {
    trt_h2_priority priority = {3, false};
    EXPECT(trt_h2_priority_parse(&priority, (tmlrt_slice){"u=1", 3}));
    EXPECT(trt_h2_priority_parse(&priority, (tmlrt_slice){"i", 1}));
    EXPECT_EQ(priority.urgency, 1);
    EXPECT(priority.incremental);
}
