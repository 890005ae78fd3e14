// SPDX-License-Identifier: Apache-2.0
// Accept: whether a client takes a media type.
#ifndef TRT_HTTP_CORE_ACCEPT_H
#define TRT_HTTP_CORE_ACCEPT_H

#include <tmlrt/abi/functions.h>

#include <stdbool.h>

/// trt_accept_takes tells whether the value of an Accept field takes `type`/`subtype`: the most
/// particular range that fits decides, by whether its q is above 0. An empty value takes all; what
/// is malformed in a list is passed over.
/// Source:  RFC 9110 12.5.1.
bool trt_accept_takes(tmlrt_slice value, tmlrt_slice type, tmlrt_slice subtype);

#endif
