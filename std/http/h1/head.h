// SPDX-License-Identifier: Apache-2.0
// The head of a request: request line and fields, scanned in one pass that can stop after any byte.
// Private to the codec; conn.h is what others use.
#ifndef TRT_HTTP_H1_HEAD_H
#define TRT_HTTP_H1_HEAD_H

#include "std/http/core/limits.h"
#include "std/http/core/message.h"

/// What a step of the codec answers besides a status (400 and above) to refuse the message with.
enum { TRT_H1_DONE = 0, TRT_H1_MORE = 1 };

enum trt_h1_head_flag {
    TRT_H1_HAS_HOST = 1u << 0,
    TRT_H1_HAS_LENGTH = 1u << 1,
    TRT_H1_CHUNKED = 1u << 2,
    TRT_H1_CLOSE = 1u << 3,      ///< Connection: close
    TRT_H1_KEEP_ALIVE = 1u << 4, ///< Connection: keep-alive
    TRT_H1_EXPECT = 1u << 5,     ///< Expect: 100-continue
    TRT_H1_SKIPPED_LINE = 1u << 6,
    TRT_H1_MAY_UPGRADE = 1u << 7, ///< Connection: upgrade
    TRT_H1_HAS_UPGRADE = 1u << 8, ///< Upgrade names a protocol
};

/// trt_h1_head is the scan's place. Offsets count from the first byte of the message. All-zero is
/// before the first byte.
typedef struct trt_h1_head {
    const char* base; ///< where the message lay at the last call: field slices move with it
    const char* why;  ///< what a refusing status is about
    uint64_t content_length;
    uint32_t line, scan; ///< start of the current line; the first byte not looked at
    uint32_t mark;       ///< end of the field name, then start of the value
    uint32_t value_end;
    uint32_t method_end, target_end;
    uint32_t charged; ///< bytes of the fields so far, with the charge for each
    uint16_t flags;   ///< enum trt_h1_head_flag
    uint8_t part;
    uint8_t version; ///< major * 10 + minor
} trt_h1_head;

/// trt_h1_head_scan looks at data[head->scan, len) and fills `request` as it goes.
/// Shape:   data: the message's first byte on, whole each time; it may have moved, and has
///          TRT_CHARS_SPARE bytes behind `len` that can be read. request->headers
///          has room for limits->num_fields. On DONE head->scan is the length of the head and every
///          slice of the request has its NUL.
/// Returns  TRT_H1_DONE, TRT_H1_MORE, or the status to refuse with (head->why says the reason).
/// Cost:    each byte is looked at once, however it is cut.   Source: RFC 9112 2-5.
int trt_h1_head_scan(trt_h1_head* head, tmlrt_request* request, const trt_http_limits* limits,
                     char* data, size_t len);

/// trt_h1_head_move says that the message's first byte lies at `data` now; trt_h1_head_scan does it
/// by itself.   Shape: what was scanned has been copied; where it lay need not exist any more.
void trt_h1_head_move(trt_h1_head* head, tmlrt_request* request, char* data);

/// trt_h1_request_line_check judges a complete request line: version, target form, method.
int trt_h1_request_line_check(trt_h1_head* head, tmlrt_request* request, char* data);
/// trt_h1_field_check judges a complete field that the framing depends on, and notes what it says.
int trt_h1_field_check(trt_h1_head* head, tmlrt_request* request, const trt_header* field);
/// trt_h1_name_matters tells for most names that the check has nothing to say of the field: by
/// their length and first letter.
static inline bool trt_h1_name_matters(const char* name, size_t len) {
    static const char first[] = {[4] = 'h',  [6] = 'e',  [7] = 'u',
                                 [10] = 'c', [14] = 'c', [17] = 't'}; // host .. transfer-encoding
    return len < sizeof first && (*name | 0x20) == first[len];
}
/// trt_h1_head_check judges what only the whole head shows.
int trt_h1_head_check(trt_h1_head* head);

/// trt_h1_refuse notes the reason and returns the status.
static inline int trt_h1_refuse(trt_h1_head* head, int status, const char* why) {
    head->why = why;
    return status;
}

#endif
