// SPDX-License-Identifier: Apache-2.0
// Calendar arithmetic without libc (no locale, no time zone, no lock). The server formats once a
// second and shares the bytes among the answers of one worker.
#include "std/http/core/date.h"

#include <string.h>

static void put2(char* out, int value) {
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
}

void trt_http_date_format(char out[TRT_HTTP_DATE_LEN], int64_t unix_s) {
    static const char days[] = "ThuFriSatSunMonTueWed"; // 1970-01-01 was a Thursday
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const int64_t last = 253402300799; // 9999-12-31 23:59:59
    unix_s = unix_s < 0 ? 0 : unix_s > last ? last : unix_s;
    int64_t day = unix_s / 86400;
    int second = (int)(unix_s % 86400);

    // Years that begin in March put the leap day last; 719468 days lie before 1970 in era 0.
    int64_t shifted = day + 719468;
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (int)((5 * day_of_year + 2) / 153);
    int month_day = (int)(day_of_year - (153 * march_month + 2) / 5) + 1;
    int month = march_month < 10 ? march_month + 2 : march_month - 10; // 0 is January
    int year = (int)(era * 400 + year_of_era) + (month <= 1);

    memcpy(out, "DDD, dd MMM yyyy HH:MM:SS GMT", TRT_HTTP_DATE_LEN);
    memcpy(out, days + day % 7 * 3, 3);
    put2(out + 5, month_day);
    memcpy(out + 8, months + (size_t)month * 3, 3);
    put2(out + 12, year / 100);
    put2(out + 14, year % 100);
    put2(out + 17, second / 3600);
    put2(out + 20, second / 60 % 60);
    put2(out + 23, second % 60);
}
