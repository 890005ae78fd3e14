// SPDX-License-Identifier: Apache-2.0
// Stream: bytes in both directions, polled. The seam between a connection's protocol (HTTP/1.1) and
// what carries it (TCP, the in-memory duplex, later TLS).
#ifndef TRT_IO_STREAM_H
#define TRT_IO_STREAM_H

#include <tmlrt/abi/context.h>
#include <tmlrt/abi/poll.h>
#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include <stdbool.h>

/// trt_io_result is what a READY read or write did: status 0 with the bytes moved (a read of 0
/// bytes is the end of the stream), else why it failed.
typedef struct trt_io_result {
    tmlrt_status status;
    size_t len;
} trt_io_result;

/// trt_stream_vtable: every poll_ function spends one unit of the context's budget when it moves
/// something; with none left it wakes the task and answers PENDING. One reader and one writer at a
/// time; both may be the same task. `task` of the context may be NULL.
typedef struct trt_stream_vtable {
    /// poll_read reads once into out[0, cap), cap > 0.   Result errors: CONNRESET, TIMEDOUT, OS.
    tmlrt_poll (*poll_read)(void* self, tmlrt_context* cx, void* out, size_t cap,
                            trt_io_result* result);
    /// poll_readable answers READY when a read may find something, so that no buffer need be held
    /// while nothing comes. The read may answer PENDING all the same.
    tmlrt_poll (*poll_readable)(void* self, tmlrt_context* cx);
    /// poll_writev writes once from `num` slices, not all of them empty; it may write less.
    /// Result errors: PIPE, CONNRESET, TIMEDOUT, OS.
    tmlrt_poll (*poll_writev)(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                              uint32_t num, trt_io_result* result);
    /// poll_shutdown ends the writing direction after what was written; the other one stays open.
    tmlrt_poll (*poll_shutdown)(void* self, tmlrt_context* cx, tmlrt_status* out_status);
    /// hung_up tells, without a system call, that the peer is gone in both directions.
    bool (*hung_up)(const void* self);
    /// poll_hangup answers READY when the peer is gone in both directions (reset, or both sides
    /// have finished). For a task that runs a handler and reads nothing meanwhile; it is a reader,
    /// and is also woken, once, by data that comes.
    tmlrt_poll (*poll_hangup)(void* self, tmlrt_context* cx);
    /// close gives up the stream in any state and frees what it holds; `abortive`: the peer sees a
    /// reset. `self` must not be used again.
    void (*close)(void* self, bool abortive);
} trt_stream_vtable;

/// trt_stream is a borrowed or owned stream, as its holder says; two words, passed by value.
typedef struct trt_stream {
    const trt_stream_vtable* vtable;
    void* self;
} trt_stream;

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

#endif
