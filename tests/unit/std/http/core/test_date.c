// SPDX-License-Identifier: Apache-2.0
#include "std/http/core/date.h"

#include "tests/support/harness.h"

#include <stdio.h>
#include <time.h>

static const char* format(int64_t unix_s) {
    static char text[TRT_HTTP_DATE_LEN + 1];
    trt_http_date_format(text, unix_s);
    return text;
}

TEST(date_format__known_instants__match_the_rfc) {
    EXPECT_STR(format(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_STR(format(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_STR(format(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
    EXPECT_STR(format(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_STR(format(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(date_format__outside_the_calendar__is_clamped) {
    EXPECT_STR(format(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_STR(format(INT64_MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(date_format__every_day_of_two_eras__equals_gmtime) {
    for (int64_t day = 0; day < 2 * 146097; day += 1) {
        time_t at = (time_t)(day * 86400 + day % 86400);
        struct tm tm;
        char expected[64];
        gmtime_r(&at, &tm);
        strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        if (strcmp(format(at), expected) != 0) {
            EXPECT_STR(format(at), expected);
            return;
        }
    }
}
