// SPDX-License-Identifier: Apache-2.0
// Percent-encoding and query strings, strict: a bad escape or an encoded NUL is an error.
#ifndef TRT_HTTP_CORE_URI_H
#define TRT_HTTP_CORE_URI_H

#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include <stdbool.h>

/// trt_percent_decode writes the decoded bytes of `text` to `out` (room for text.len) and their
/// number to *out_len.
/// Shape:   plus_is_space: '+' becomes ' ' (queries and forms, not paths).
/// Errors:  INVAL - '%' without two hex digits, or %00.      Source: RFC 3986 2.1.
tmlrt_status trt_percent_decode(char* out, size_t* out_len, tmlrt_slice text, bool plus_is_space);

/// trt_query_next takes the next `name=value` off *query (raw, still encoded; value empty without
/// '='). Empty parts between '&' are passed over. Returns false at the end.
bool trt_query_next(tmlrt_slice* query, tmlrt_slice* out_name, tmlrt_slice* out_value);

#endif
