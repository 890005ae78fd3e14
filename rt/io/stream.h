// SPDX-License-Identifier: Apache-2.0
// Stream: bytes in both directions, polled. The seam between a connection's protocol (HTTP/1.1) and
// what carries it (TCP, Unix sockets, the in-memory duplex, later TLS). The functions are described
// where C programs find them, in <tmlrt/io.h>.
#ifndef TRT_IO_STREAM_H
#define TRT_IO_STREAM_H

#include <tmlrt/io.h>

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>

/// trt_io_result is what a READY read or write did: status 0 with the bytes moved (a read of 0
/// bytes is the end of the stream), else why it failed.
typedef tmlrt_io_moved trt_io_result;
typedef tmlrt_stream_vtable trt_stream_vtable;

/// trt_stream is a borrowed or owned stream, as its holder says; two words, passed by value.
typedef struct trt_stream {
    const trt_stream_vtable* vtable;
    void* self;
} trt_stream;

/// tmlrt_stream is a stream on the heap, as compiled code holds one: the head of whatever carries
/// it. Closing `io` frees it.
struct tmlrt_stream {
    trt_stream io;
};

static inline tmlrt_poll trt_stream_poll_read(trt_stream stream, tmlrt_context* cx, void* out,
                                              size_t cap, trt_io_result* result) {
    return stream.vtable->poll_read(stream.self, cx, out, cap, result);
}
static inline tmlrt_poll trt_stream_poll_readable(trt_stream stream, tmlrt_context* cx) {
    return stream.vtable->poll_readable(stream.self, cx);
}
static inline tmlrt_poll trt_stream_poll_writev(trt_stream stream, tmlrt_context* cx,
                                                const tmlrt_slice* slices, uint32_t num,
                                                trt_io_result* result) {
    return stream.vtable->poll_writev(stream.self, cx, slices, num, result);
}
static inline tmlrt_poll trt_stream_poll_shutdown(trt_stream stream, tmlrt_context* cx,
                                                  tmlrt_status* out_status) {
    return stream.vtable->poll_shutdown(stream.self, cx, out_status);
}
static inline bool trt_stream_hung_up(trt_stream stream) {
    return stream.vtable->hung_up(stream.self);
}
static inline tmlrt_poll trt_stream_poll_hangup(trt_stream stream, tmlrt_context* cx) {
    return stream.vtable->poll_hangup(stream.self, cx);
}
static inline void trt_stream_close(trt_stream stream, bool abortive) {
    stream.vtable->close(stream.self, abortive);
}
static inline void trt_stream_cancel(trt_stream stream, int32_t direction) {
    if (stream.vtable->cancel != NULL) {
        stream.vtable->cancel(stream.self, direction);
    }
}
static inline tmlrt_poll trt_stream_poll_flush(trt_stream stream, tmlrt_context* cx,
                                               tmlrt_status* out_status) {
    if (stream.vtable->poll_flush != NULL) {
        return stream.vtable->poll_flush(stream.self, cx, out_status);
    }
    *out_status = TMLRT_OK;
    return TMLRT_READY;
}
/// trt_stream_poll_readv is poll_readv of the stream, or poll_read into the first slice that is not
/// empty. Nothing but empty slices is INVAL.
tmlrt_poll trt_stream_poll_readv(trt_stream stream, tmlrt_context* cx, const tmlrt_slice* slices,
                                 uint32_t num, trt_io_result* result);

#endif
