// SPDX-License-Identifier: Apache-2.0
// Encoding answers as HTTP/1.1. Bytes only: who sends them, and when, is the server's.
#ifndef TRT_HTTP_H1_ENCODE_H
#define TRT_HTTP_H1_ENCODE_H

#include "std/http/core/date.h"
#include "std/http/core/message.h"
#include "std/http/core/security.h"

/// trt_h1_answer_options says what the connection adds to an answer.
typedef struct trt_h1_answer_options {
    const char* date;             ///< TRT_HTTP_DATE_LEN bytes
    const trt_security* security; ///< fields for answers that say nothing else; NULL: none
    bool close;                   ///< Connection: close
    bool keep_alive;              ///< Connection: keep-alive, for an HTTP/1.0 peer
    bool head;                    ///< the request was HEAD: no body on the wire, its length is told
    uint8_t framing;              ///< enum trt_h1_framing
    uint64_t length;              ///< TRT_H1_FRAMED_LENGTH
} trt_h1_answer_options;

/// How the body's end is told.
enum trt_h1_framing {
    TRT_H1_FRAMED_WHOLE,  ///< it is the response's body
    TRT_H1_FRAMED_LENGTH, ///< a stream of `length` bytes
    TRT_H1_FRAMED_CHUNKS, ///< a stream, chunked
    TRT_H1_FRAMED_CLOSE,  ///< a stream that ends with the connection, for an HTTP/1.0 peer
};

/// trt_h1_encode_head writes status line, fields, those for safety, Date, Content-Length and the
/// empty line.
/// Shape:   *out_len: bytes written. The body follows unless trt_h1_body_len says 0. Framing fields
///          in the response are left out: this function writes them.
/// Errors:  FULL - `cap` is too small, nothing useful was written; HTTP_HEADER - a field has a byte
///          that must not be on the wire; HTTP_STATUS - outside 200..599.
/// Cost:    one pass over the fields, no allocation.   Source: RFC 9112 4, RFC 9110 6.6.1, 8.6.
tmlrt_status trt_h1_encode_head(char* out, size_t cap, size_t* out_len,
                                const tmlrt_response* response,
                                const trt_h1_answer_options* options);
/// trt_h1_head_bound returns a `cap` that is enough for the head of this answer; options NULL: for
/// one of trt_h1_encode_interim or trt_h1_encode_switching.
size_t trt_h1_head_bound(const tmlrt_response* response, const trt_h1_answer_options* options);
/// trt_h1_body_len returns how many bytes of the body go on the wire.
uint64_t trt_h1_body_len(const tmlrt_response* response, const trt_h1_answer_options* options);

/// trt_h1_encode_error writes a whole answer with a problem body (RFC 9457), for what no service
/// was asked about.   Shape: `why` is the detail; `cap` of TRT_H1_ERROR_CAP is always enough.
/// *out_body_len is how much of it is body. Returns the length.
size_t trt_h1_encode_error(char* out, size_t cap, size_t* out_body_len, int status, const char* why,
                           const trt_h1_answer_options* options);
enum { TRT_H1_ERROR_CAP = 1024 + TRT_SECURITY_TEXT };

/// trt_h1_encode_interim writes a 1xx head: status line and fields.
/// Errors:  FULL, HTTP_HEADER; HTTP_STATUS - not 100..199, or 101.
tmlrt_status trt_h1_encode_interim(char* out, size_t cap, size_t* out_len,
                                   const tmlrt_response* response);
/// trt_h1_encode_switching writes the head of a 101 answer: status line, `Connection: upgrade`,
/// `Upgrade` with the protocol chosen, and the fields of the response.
/// Errors:  FULL; HTTP_HEADER - `protocol` is empty or has a byte that must not be on the wire, or
///          a field has.   Source: RFC 9110 7.8, 15.2.2.
tmlrt_status trt_h1_encode_switching(char* out, size_t cap, size_t* out_len,
                                     const tmlrt_response* response, tmlrt_slice protocol);
enum {
    TRT_H1_CHUNK_HEAD = 10, ///< room that trt_h1_encode_chunk wants before the data
    TRT_H1_CHUNK_TAIL = 2,  ///< and behind it
};
/// trt_h1_encode_chunk frames `len` bytes that lie at out + TRT_H1_CHUNK_HEAD, 1..2^32-1 of them,
/// as one chunk that begins at `out`. Returns its length.
size_t trt_h1_encode_chunk(char* out, size_t len);
/// trt_h1_encode_last_chunk writes the end of a chunked body with trailer fields. Those that may
/// not stand there (trt_header_may_trail) are left out.
/// Errors:  FULL, HTTP_HEADER.
tmlrt_status trt_h1_encode_last_chunk(char* out, size_t cap, size_t* out_len,
                                      const trt_header* trailers, uint32_t num);

/// TRT_H1_CONTINUE is the interim answer to `Expect: 100-continue`.
#define TRT_H1_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

#endif
