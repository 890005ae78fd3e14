// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/cookie.h"

#include "tests/support/harness.h"

#include <stdio.h>
#include <string.h>

// "name=value|name=value|"
static const char* pairs_of(const char* field) {
    static char text[256];
    tmlrt_slice rest = {field, strlen(field)}, name, value;
    size_t len = 0;
    text[0] = '\0';
    while (trt_cookie_next(&rest, &name, &value)) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s=%.*s|", (int)name.len,
                                name.data, (int)value.len, value.data);
    }
    return text;
}

TEST(cookie_next__fields__their_pairs) {
    static const char* const rows[][2] = {
        {"", ""},
        {"a=1", "a=1|"},
        {"a=1; b=2;c=3", "a=1|b=2|c=3|"},
        {" a = 1 ;\tb\t=\t2", "a=1|b=2|"},
        {"a", ""},
        {"a; b=2; ; =3;", "b=2|=3|"},
        {"a=\"1 2\"; b=\"; c=\"\"", "a=1 2|b=\"|c=|"},
        {"a==1=", "a==1=|"},
        {";;;", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT_STR(pairs_of(rows[i][0]), rows[i][1]);
    }
}
