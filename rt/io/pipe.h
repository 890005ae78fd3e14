// SPDX-License-Identifier: Apache-2.0
// Pipes, and other handles that are no sockets, as streams.
#ifndef TRT_IO_PIPE_H
#define TRT_IO_PIPE_H

#include "rt/io/stream.h"
#include "rt/os/pipe.h"

/// trt_pipe_stream_new makes a stream of a handle that is no socket, non-blocking unless it is a
/// regular file. It belongs to the calling worker's reactor; what cannot be watched (a file, the
/// null device) never waits.   Errors: NOMEM, MFILE, OS - nothing made.
/// Owns:    moves the handle in, on success only.
tmlrt_status trt_pipe_stream_new(tmlrt_stream** out, trt_handle owned_handle, trt_handle_kind kind);
/// trt_pipe_stream_handle returns the handle of such a stream, TRT_HANDLE_NONE of any other and
/// after a shutdown that closed it.
trt_handle trt_pipe_stream_handle(const tmlrt_stream* stream);

#endif
