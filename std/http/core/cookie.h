// SPDX-License-Identifier: Apache-2.0
// Cookie: the pairs of one Cookie field, read in one way for every reader.
#ifndef TRT_HTTP_CORE_COOKIE_H
#define TRT_HTTP_CORE_COOKIE_H

#include <tmlrt/abi/slice.h>

#include <stdbool.h>

/// trt_cookie_next takes the next `name=value` off *rest; false: there is none left. White space
/// around both is no part of them, nor are quotes around the value; what has no `=` is passed over.
/// Owns:    the slices lie in the field.   Thread: any.   Source: RFC 6265 4.2.1, 5.4.
bool trt_cookie_next(tmlrt_slice* rest, tmlrt_slice* out_name, tmlrt_slice* out_value);

#endif
