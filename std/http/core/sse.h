// SPDX-License-Identifier: Apache-2.0
// Events: what a text/event-stream is made of, as bytes. Pure, no state: who sends them keeps one
// event whole (body.h).
#ifndef TRT_HTTP_CORE_SSE_H
#define TRT_HTTP_CORE_SSE_H

#include <tmlrt/abi/functions.h>

#include <stddef.h>

#define TRT_SSE_NO_RETRY UINT64_MAX

/// trt_sse_event is one block of a stream. A slice whose data is NULL is left out; an event without
/// data is not dispatched by a client, but sets what it says.
typedef struct trt_sse_event {
    tmlrt_slice name;    ///< "message" when it is left out or empty
    tmlrt_slice id;      ///< what a client that comes back sends as Last-Event-ID
    tmlrt_slice data;    ///< any number of lines
    tmlrt_slice comment; ///< any number of lines, which no program sees
    uint64_t retry_ms;   ///< how long a client waits before it comes back; NO_RETRY: left out
} trt_sse_event;

typedef void (*trt_sse_sink)(void* context, const char* data, size_t len);

/// trt_sse_check tells whether name and id can be sent.
/// Errors:  INVAL - a NUL or a line break in one of them: it would be another field.
/// Source:  HTML, server-sent events, 9.2.6.
TMLRT_NODISCARD tmlrt_status trt_sse_check(const trt_sse_event* event);
/// trt_sse_write gives the bytes of an event that was checked to `sink`, in pieces, its blank
/// line behind them; NULL counts them. Returns how many there are. Shape:   lines end with LF, CR
/// LF or CR in what is given and with LF in what is sent.
uint64_t trt_sse_write(const trt_sse_event* event, trt_sse_sink sink, void* context);

#endif
