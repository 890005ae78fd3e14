// SPDX-License-Identifier: Apache-2.0
// One line of the access log as text. Pure.
#ifndef TRT_HTTP_SERVER_ACCESS_FORMAT_H
#define TRT_HTTP_SERVER_ACCESS_FORMAT_H

#include <tmlrt/abi/slice.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "std/http/server/access_options.h"

/// TRT_ACCESS_LINE bytes are enough for every line, its newline included.
enum { TRT_ACCESS_LINE = 4608 };

/// trt_access_entry is what one line says. Empty texts are left out, or "-" in COMBINED.
typedef struct trt_access_entry {
    uint64_t wall_ms; ///< since 1970-01-01 UTC, when the exchange ended
    uint64_t duration_ns;
    uint64_t bytes_in, bytes_out; ///< of the bodies
    uint32_t status;              ///< 0: no answer went out
    uint8_t version_major, version_minor;
    bool cut; ///< the answer did not reach its end
    bool tls; ///< it came over TLS
    tmlrt_slice peer, method, path, query, route, user_agent, referer, request_id;
} trt_access_entry;

/// trt_access_line writes `entry` and a newline to `out` and returns how many bytes.
/// Shape:   out has TRT_ACCESS_LINE bytes; redacted: names, separated by commas, compared without
///          regard to case and behind percent-decoding. A long text is cut and ends in "...".
///          Whatever the peer sent, the line is one line: control characters, quotes and
///          backslashes are escaped, and in JSON everything that is not UTF-8.
size_t trt_access_line(char* out, enum trt_access_format format, const char* redacted,
                       const trt_access_entry* entry);

#endif
