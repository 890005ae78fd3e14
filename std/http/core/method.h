// SPDX-License-Identifier: Apache-2.0
// Methods by name and by number (enum trt_method is in message.h).
#ifndef TRT_HTTP_CORE_METHOD_H
#define TRT_HTTP_CORE_METHOD_H

#include "std/http/core/message.h"

/// What a server says of the methods that it may answer, where it was not looked for a route.
#define TRT_METHODS_ALLOWED "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

/// trt_method_lookup returns the number of a method, TRT_METHOD_OTHER for every other token.
/// Methods are case-sensitive (RFC 9110 9.1).   Cost: one switch and one comparison.
enum trt_method trt_method_lookup(const char* name, size_t len);
/// trt_method_name returns the name of a known method, NULL for TRT_METHOD_OTHER.
const char* trt_method_name(enum trt_method method);
/// trt_method_is_safe tells whether a handler of this method may be dropped when its client is
/// gone.
bool trt_method_is_safe(enum trt_method method);

#endif
