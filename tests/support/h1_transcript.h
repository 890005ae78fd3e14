// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to an HTTP/1.1 connection, cut in any way, and writes down what came out, so that two
// ways of cutting can be compared as strings. Used by the unit tests and the fuzz target.
#ifndef TESTS_SUPPORT_H1_TRANSCRIPT_H
#define TESTS_SUPPORT_H1_TRANSCRIPT_H

#include "std/http/h1/conn.h"

enum { H1_TRANSCRIPT_CAP = 1 << 20 };

typedef struct h1_transcript {
    char* text; ///< H1_TRANSCRIPT_CAP bytes of the caller
    size_t len;
    uint32_t num_answered; ///< messages that were complete
    uint32_t status;       ///< of the refusal, 0 when there was none
    const char* why;
    size_t fed;        ///< bytes that had been handed over when the refusal came
    bool closed;       ///< takes no more messages
    bool continues;    ///< a 100 Continue was asked for
    bool unterminated; ///< a slice of a request had no NUL behind it
} h1_transcript;

/// h1_transcript_run feeds data[0, len) in pieces of `step` bytes, the first one of `first` (0: of
/// `step`). Every answer is given at once. With `eof`, the end of the stream follows.
/// Shape:   `relocate`: every call gets the bytes at a fresh address with nothing readable behind.
void h1_transcript_run(h1_transcript* out, const trt_http_limits* limits, const char* data,
                       size_t len, size_t first, size_t step, bool relocate, bool eof);

#endif
