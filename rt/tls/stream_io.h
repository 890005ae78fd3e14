// SPDX-License-Identifier: Apache-2.0
// What the handshake (handshake.c) and the open stream (stream.c) share: the ways between the
// engine's buffers and the transport. Private to these two.
#ifndef TRT_TLS_STREAM_IO_H
#define TRT_TLS_STREAM_IO_H

#include "rt/io/offload.h"
#include "rt/tls/stream.h"

/// trt_tls_job is a step of a handshake on the blocking pool.
struct trt_tls_job {
    trt_offload op;
    trt_tls_engine* engine;
    bool owns_engine; ///< the connection is gone
    trt_tls_step step;
};

/// trt_tls_ensure_out makes `out` as large as the engine wants it.   Returns false without memory.
bool trt_tls_ensure_out(tmlrt_tls_stream* s);
/// trt_tls_fail ends the connection for a reason that is not the library's, and returns it.
tmlrt_status trt_tls_fail(tmlrt_tls_stream* s, tmlrt_status status, const char* text);
/// trt_tls_flush gives `out` to the transport. READY: all of it is there, or *out_status says why
/// it never will be.   Thread: who reads or writes (`direction`), without the lock.
tmlrt_poll trt_tls_flush(tmlrt_tls_stream* s, tmlrt_context* cx, int32_t direction,
                         tmlrt_status* out_status);
/// trt_tls_fill reads from the transport to `in`, which is empty. READY: with 0, or *out_status.
/// Thread:  the reader, without the lock.
tmlrt_poll trt_tls_fill(tmlrt_tls_stream* s, tmlrt_context* cx, tmlrt_status* out_status);

#endif
