// SPDX-License-Identifier: Apache-2.0
// The chunked transfer coding, decoding side. Private to the codec.
#ifndef TRT_HTTP_H1_CHUNKED_H
#define TRT_HTTP_H1_CHUNKED_H

#include "std/http/core/limits.h"
#include "std/http/core/message.h"

/// trt_h1_chunked is the decoder's place; all-zero is before the first chunk.
typedef struct trt_h1_chunked {
    const char* why;     ///< what a refusing status is about
    uint64_t size;       ///< of this chunk; while its data runs: what is left
    uint64_t data;       ///< decoded so far
    uint64_t data_limit; ///< of this body; 0: limits->body_bytes
    uint64_t overhead;
    char* text; ///< where trailer lines are kept, trt_h1_trailer_room bytes; NULL: dropped
    uint32_t text_len;
    uint32_t body_ext, trailer; ///< counts: trt_http_limits_resolve has what they may reach
    uint16_t ext;
    uint8_t num_digits, num_trailers, state;
} trt_h1_chunked;

/// trt_h1_chunked_feed decodes until data comes out, the body ends or the bytes do.
/// Shape:   *out_consumed: bytes taken; *out_data: a slice of them that is body, or empty.
/// Returns  TRT_H1_DONE - the body and its trailer section ended; TRT_H1_MORE - call again with
/// what
///          follows (at once, when *out_consumed < len); or the status to refuse with.
/// Source:  RFC 9112 7.1; stricter: no white space around a chunk extension. Trailer fields are
///          checked; they are kept as "name:value\n" when there is room for them (text).
int trt_h1_chunked_feed(trt_h1_chunked* chunked, size_t* out_consumed, tmlrt_slice* out_data,
                        const trt_http_limits* limits, const char* data, size_t len);

/// trt_h1_trailer_room returns how many bytes the trailer lines of a message take at most.
static inline size_t trt_h1_trailer_room(const trt_http_limits* limits) {
    return (size_t)(limits->trailer_bytes + limits->num_trailers);
}
/// trt_h1_trailer_next takes the next kept field that may stand in a trailer section.
/// Shape:   *at: 0 the first time.   Owns: the slices point into `text`.
/// Returns  false when there is no more.   Source: RFC 9110 6.5.1.
bool trt_h1_trailer_next(const trt_h1_chunked* chunked, uint32_t* at, trt_header* out);

#endif
