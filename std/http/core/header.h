// SPDX-License-Identifier: Apache-2.0
// Header fields: lookup by name and the rules of RFC 9110 5 for names and values.
#ifndef TRT_HTTP_CORE_HEADER_H
#define TRT_HTTP_CORE_HEADER_H

#include "std/http/core/message.h"

/// trt_header_find returns the first field of that name (any case), NULL when there is none.
/// Cost:    O(num), names of another length are passed over without a comparison.
const trt_header* trt_header_find(const trt_header* headers, uint32_t num, const char* name,
                                  size_t name_len);
/// trt_header_name_valid tells whether the bytes are a token of at least one byte.
bool trt_header_name_valid(const char* name, size_t len);
/// trt_header_value_valid tells whether the bytes may stand in a field: no CR, LF, NUL or other
/// control, no space or tab at either end.
bool trt_header_value_valid(const char* value, size_t len);
/// trt_header_is_framing tells whether the server alone writes this field: Content-Length,
/// Transfer-Encoding, TE, Connection, Proxy-Connection, Keep-Alive, Trailer, Upgrade, Date.
bool trt_header_is_framing(const char* name, size_t len);
/// trt_header_may_trail tells whether a field of that name may stand in a trailer section: it is
/// not one that frames, routes, authenticates, modifies the request, or says how to read the body.
/// Source:  RFC 9110 6.5.1.
bool trt_header_may_trail(const char* name, size_t len);

#endif
