// SPDX-License-Identifier: Apache-2.0
// Path: the one canonical form of a request path. Router, handlers and guards all see this
// and nothing else, so that they cannot disagree about which resource a request names.
#ifndef TRT_HTTP_FRAMEWORK_ROUTE_PATH_H
#define TRT_HTTP_FRAMEWORK_ROUTE_PATH_H

#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include "rt/base/arena.h"

#include <stdbool.h>

enum {
    TRT_PATH_MAX_BYTES = 4096,
    TRT_PATH_MAX_SEGMENTS = 64,
    TRT_PATH_MAX_PARAMS = 16,
};

/// trt_path is a parsed path: percent-decoded segments, and the canonical text.
typedef struct trt_path {
    tmlrt_slice text; ///< "/a/b": no trailing slash; escapes only where the byte needs one
    uint32_t num_segments;
    bool is_plain;                          ///< the text is the segments: nothing is escaped in it
    uint16_t at[TRT_PATH_MAX_SEGMENTS + 1]; ///< segment i is bytes[at[i]..at[i + 1] - 1)
    /// The segments, decoded, a slash before each; 16 bytes can be read from every at[i] on.
    char bytes[TRT_PATH_MAX_BYTES + 16];
} trt_path;

/// trt_path_parse reads a raw origin-form path. One trailing slash is ignored; everything else that
/// two readers could read differently is an error: bad or NUL escapes, invalid UTF-8, dot segments
/// (also encoded), empty segments, backslashes (also encoded), raw bytes outside of printable
/// ASCII. `%2F` stays inside its segment.
/// Shape:   out_reason: a constant sentence for the answer, set on HTTP_PARSE and HTTP_LIMIT.
/// Errors:  HTTP_PARSE. HTTP_LIMIT - over 4 KiB or 64 segments. NOMEM - the arena is full.
/// Owns:    the text points into `raw`, or into the arena where something was decoded.
/// Thread:  any.   Cost: one pass; no allocation when there is no escape.
TMLRT_NODISCARD tmlrt_status trt_path_parse(trt_path* out, trt_arena* arena, tmlrt_slice raw,
                                            const char** out_reason);

/// trt_path_segment returns segment `index`: decoded, valid UTF-8, no NUL, not "." or "..".
/// Owns:    it lies in `path`.   Thread: any.
static inline tmlrt_slice trt_path_segment(const trt_path* path, uint32_t index) {
    uint32_t at = path->at[index];
    return (tmlrt_slice){path->bytes + at, path->at[index + 1] - at - 1u};
}

/// trt_path_rest returns the canonical text from segment `index` on, without the slash before it.
/// Owns:    as `text`.   Thread: any.
tmlrt_slice trt_path_rest(const trt_path* path, uint32_t index);

/// trt_path_check_segment says why decoded text can never be a segment of a path, or NULL: the rule
/// for requests and for the static segments of routes.
/// Shape:   text: not empty, no NUL.   Thread: any.
const char* trt_path_check_segment(tmlrt_slice text);

#endif
