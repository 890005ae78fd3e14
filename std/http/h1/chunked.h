// SPDX-License-Identifier: Apache-2.0
// The chunked transfer coding, decoding side. Private to the codec.
#ifndef TRT_HTTP_H1_CHUNKED_H
#define TRT_HTTP_H1_CHUNKED_H

#include <tmlrt/abi/slice.h>

#include "std/http/core/limits.h"

/// trt_h1_chunked is the decoder's place; all-zero is before the first chunk.
typedef struct trt_h1_chunked {
    const char* why;     ///< what a refusing status is about
    uint64_t size;       ///< of this chunk; while its data runs: what is left
    uint64_t data;       ///< decoded so far
    uint64_t data_limit; ///< of this body; 0: limits->body_bytes
    uint64_t overhead;
    uint32_t body_ext, trailer;
    uint16_t ext;
    uint8_t num_digits, num_trailers, state;
} trt_h1_chunked;

/// trt_h1_chunked_feed decodes until data comes out, the body ends or the bytes do.
/// Shape:   *out_consumed: bytes taken; *out_data: a slice of them that is body, or empty.
/// Returns  TRT_H1_DONE - the body and its trailer section ended; TRT_H1_MORE - call again with
/// what
///          follows (at once, when *out_consumed < len); or the status to refuse with.
/// Source:  RFC 9112 7.1; stricter: no white space around a chunk extension, trailer fields are
///          checked and dropped.
int trt_h1_chunked_feed(trt_h1_chunked* chunked, size_t* out_consumed, tmlrt_slice* out_data,
                        const trt_http_limits* limits, const char* data, size_t len);

#endif
