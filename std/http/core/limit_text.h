// SPDX-License-Identifier: Apache-2.0
// Limits as text: names, values with units.
#ifndef TRT_HTTP_CORE_LIMIT_TEXT_H
#define TRT_HTTP_CORE_LIMIT_TEXT_H

#include <tmlrt/abi/status.h>

#include <stddef.h>

#include "std/http/core/limits.h"

enum {
#define TRT_HTTP_LIMIT_ENUM(name, value, breach) TRT_HTTP_LIMIT_##name,
    TRT_HTTP_LIMIT_MAP(TRT_HTTP_LIMIT_ENUM)
#undef TRT_HTTP_LIMIT_ENUM
        TRT_HTTP_NUM_LIMITS
};

/// TRT_HTTP_LIMIT_TEXT bytes are enough for a name or a value.
enum { TRT_HTTP_LIMIT_TEXT = 40 };

/// trt_http_limit_name writes the name a person uses (a time's is without "_ns"), NUL-terminated.
void trt_http_limit_name(char* out, uint32_t index);
/// trt_http_limit_value writes the value with its unit, NUL-terminated.
void trt_http_limit_value(char* out, const trt_http_limits* limits, uint32_t index);
/// trt_http_limit_get returns the value.   Units: those of its name.
uint64_t trt_http_limit_get(const trt_http_limits* limits, uint32_t index);
/// trt_http_limit_breach returns what happens on breach; "" when nothing is to be said.
const char* trt_http_limit_breach(uint32_t index);

/// trt_http_limit_set reads "name=value": a number above 0 (h2_pushes: or 0); a time ends in ms, s,
/// m or h, a number of bytes may end in KiB, MiB or GiB. Shape:   *out_index: which limit it was.
/// Errors:  NOTFOUND - there is no limit of this name. INVAL - *out_why is what would be right.
TMLRT_NODISCARD tmlrt_status trt_http_limit_set(trt_http_limits* limits, uint32_t* out_index,
                                                const char** out_why, const char* text, size_t len);

#endif
