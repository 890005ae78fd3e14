// SPDX-License-Identifier: Apache-2.0
// The authority of a request, as Host and :authority carry it: a host and an optional port.
#ifndef TRT_HTTP_CORE_AUTHORITY_H
#define TRT_HTTP_CORE_AUTHORITY_H

#include <tmlrt/abi/slice.h>

#include <stdbool.h>

/// trt_authority_valid tells whether the text is a host and an optional port up to 65535: no
/// userinfo, no white space, IPv6 in brackets.   Source: RFC 9110 7.2, RFC 3986 3.2.
bool trt_authority_valid(tmlrt_slice text);

#endif
