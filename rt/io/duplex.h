// SPDX-License-Identifier: Apache-2.0
// Duplex: two streams in memory, each end's writes are the other end's reads. For tests of protocol
// code without sockets, and for programs that connect two tasks by bytes.
#ifndef TRT_IO_DUPLEX_H
#define TRT_IO_DUPLEX_H

#include "rt/io/stream.h"

/// trt_duplex_options: all-zero is every default.
typedef struct trt_duplex_options {
    size_t cap_bytes; ///< bytes on their way per direction before a writer waits; 0: 65,536
    size_t max_step;  ///< most bytes one read or write moves; 0: any number
} trt_duplex_options;

/// trt_duplex_new makes a connected pair, with one allocation.
/// Shape:   out_ends[2]; options: NULL is every default. Behaves as TCP does: a shutdown is read as
///          the end after what was written, an abortive close as CONNRESET at once, a write to an
///          end that was closed is PIPE.
/// Errors:  NOMEM, OVERFLOW.   Owns: each end is freed by its close.   Thread: any, per end.
tmlrt_status trt_duplex_new(trt_stream* out_ends, const trt_duplex_options* options);

#endif
