// SPDX-License-Identifier: Apache-2.0
// JSON tokens: strings and white space over bytes a peer sent. Sans-I/O; RFC 8259, strictly.
#ifndef TRT_HTTP_CORE_JSON_LEX_H
#define TRT_HTTP_CORE_JSON_LEX_H

#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include <stdbool.h>

/// trt_json_cursor is a position in a text; `start` is kept for messages.
typedef struct trt_json_cursor {
    const char *p, *end, *start;
    const char* wrong; ///< after TMLRT_E_JSON: a constant sentence; `p` is where
} trt_json_cursor;

/// trt_json_string is a scanned string: raw bytes between the quotes, known to be well-formed.
typedef struct trt_json_string {
    tmlrt_slice raw;
    bool escaped; ///< must be unescaped to be read
    bool has_nul; ///< has a \u0000
} trt_json_string;

/// trt_json_skip_space moves over white space; returns false at the end of the text.
bool trt_json_skip_space(trt_json_cursor* cursor);

/// trt_json_scan_string reads a string whose opening quote is at the cursor and moves behind it.
/// Errors:  JSON - no closing quote, a control character, a bad escape, a lone surrogate, bad
/// UTF-8.
TMLRT_NODISCARD tmlrt_status trt_json_scan_string(trt_json_cursor* cursor, trt_json_string* out);

/// trt_json_copy_plain copies to `to` the bytes of [p, end) before the first quote, backslash or
/// control character, and returns their number. *out_high: some are not ASCII. It stops early, at a
/// byte that is none of these, when `room` could become too small; 64 bytes behind the copy may be
/// overwritten, within `room`.
/// Cost:    64 and 16 bytes a step where SSE2 is there, else 8.
size_t trt_json_copy_plain(char* to, size_t room, const char* p, const char* end, bool* out_high);

/// trt_json_unescape writes the string's text to `out` (room for raw.len bytes) and returns its
/// length, which is never more than raw.len.
size_t trt_json_unescape(char* out, const trt_json_string* string);

/// trt_json_word moves behind `word` when it is at the cursor, whole.
bool trt_json_word(trt_json_cursor* cursor, const char* word, size_t len);

#endif
