// SPDX-License-Identifier: Apache-2.0
// IMF-fixdate, the one date format HTTP sends (RFC 9110 5.6.7).
#ifndef TRT_HTTP_CORE_DATE_H
#define TRT_HTTP_CORE_DATE_H

#include <stdint.h>

enum { TRT_HTTP_DATE_LEN = 29 }; ///< "Sun, 06 Nov 1994 08:49:37 GMT"

/// trt_http_date_format writes TRT_HTTP_DATE_LEN bytes, no NUL.
/// Units:   unix_s: seconds since 1970-01-01 UTC, clamped to years 1970..9999.
/// Source:  RFC 9110 5.6.7; calendar: days to civil by 400-year eras of March-based years.
void trt_http_date_format(char out[TRT_HTTP_DATE_LEN], int64_t unix_s);

#endif
