// SPDX-License-Identifier: Apache-2.0
// Status codes and their reason phrases (RFC 9110 15 and the IANA registry).
#ifndef TRT_HTTP_CORE_STATUS_H
#define TRT_HTTP_CORE_STATUS_H

#include <stdbool.h>

/// trt_status_reason returns the reason phrase, "" for a code without one. Static.
const char* trt_status_reason(int status);
/// trt_status_has_body tells whether an answer with this status may carry a body.
static inline bool trt_status_has_body(int status) {
    return status == 200 || (status > 200 && status != 204 && status != 304);
}

#endif
