// SPDX-License-Identifier: Apache-2.0
// Streams for C programs: what a stream of your own implements, and the C forms of the outputs of
// the stream, reader, writer and copy futures (abi/functions.def, "streams").
#ifndef TMLRT_IO_H
#define TMLRT_IO_H

#include <stdbool.h>

#include <tmlrt/abi/functions.h>

/// tmlrt_io_moved is what a read or write did: status 0 with the bytes moved (a read of 0 bytes is
/// the end of the stream), else why it failed; `len` counts also when it failed half way.
typedef struct tmlrt_io_moved {
    tmlrt_status status;
    uint64_t len;
} tmlrt_io_moved;

/// tmlrt_io_found is the output of the reader futures that lend the reader's buffer.
/// Owns:    `data` is the reader's, valid until the next use of it.
typedef struct tmlrt_io_found {
    tmlrt_status status;
    const char* data;
    uint64_t len;
} tmlrt_io_found;

/// tmlrt_io_copied is the output of tmlrt_copy_both: bytes moved, also when it failed half way.
typedef struct tmlrt_io_copied {
    tmlrt_status status;
    uint64_t a_to_b, b_to_a;
} tmlrt_io_copied;

enum { TMLRT_IO_READ = 0, TMLRT_IO_WRITE = 1 }; ///< directions

/// tmlrt_stream_vtable is what carries bytes in both directions, polled. Every poll_ function
/// spends one unit of the context's budget when it moves something; with none left it wakes the
/// task and answers PENDING. One reader and one writer at a time; both may be the same task, or two
/// tasks on two threads. `task` of the context may be NULL. What is marked optional may be NULL.
typedef struct tmlrt_stream_vtable {
    /// poll_read reads once into out[0, cap), cap > 0.   Result errors: CONNRESET, TIMEDOUT, OS.
    tmlrt_poll (*poll_read)(void* self, tmlrt_context* cx, void* out, size_t cap,
                            tmlrt_io_moved* result);
    /// poll_readable answers READY when a read may find something, so that no buffer need be held
    /// while nothing comes. The read may answer PENDING all the same.
    tmlrt_poll (*poll_readable)(void* self, tmlrt_context* cx);
    /// poll_writev writes once from `num` slices, not all of them empty; it may write less.
    /// Result errors: PIPE, CONNRESET, TIMEDOUT, OS.
    tmlrt_poll (*poll_writev)(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                              uint32_t num, tmlrt_io_moved* result);
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
    /// cancel forgets the waker of one direction (TMLRT_IO_*): its poll will not be repeated. One
    /// that is being woken may still be called. Optional: then a waker is kept until it is woken.
    void (*cancel)(void* self, int32_t direction);
    /// poll_readv is poll_read into `num` slices, not all of them empty, in order. Optional: then
    /// the first that is not empty is read into.
    tmlrt_poll (*poll_readv)(void* self, tmlrt_context* cx, const tmlrt_slice* slices, uint32_t num,
                             tmlrt_io_moved* result);
    /// poll_flush waits until what was written is on its way, not kept back. Optional: nothing is
    /// ever kept back.
    tmlrt_poll (*poll_flush)(void* self, tmlrt_context* cx, tmlrt_status* out_status);
} tmlrt_stream_vtable;

TMLRT_EXTERN_C_BEGIN

/// tmlrt_stream_new makes a stream of your own usable by every future over streams.
/// Shape:   *out is freed by tmlrt_stream_free, which calls close(self, false).
/// Errors:  NOMEM - nothing made, close not called.   Owns: `vtable` is borrowed as long as the
///          stream is there; `self` moves in, on success only.   Thread: any.
TMLRT_EXPORT TMLRT_NODISCARD tmlrt_status tmlrt_stream_new(tmlrt_stream** out,
                                                           const tmlrt_stream_vtable* vtable,
                                                           void* owned_self);

TMLRT_EXTERN_C_END

#endif
