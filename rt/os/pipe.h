// SPDX-License-Identifier: Apache-2.0
// Pipes, and handles that were made elsewhere: inherited (standard input), or received from another
// process.
#ifndef TRT_OS_PIPE_H
#define TRT_OS_PIPE_H

#include "rt/os/poller.h"
#include "rt/os/socket.h"

/// trt_handle_kind is what a handle can be used as.
typedef enum trt_handle_kind {
    TRT_KIND_STREAM_SOCKET,
    TRT_KIND_OTHER_SOCKET,
    TRT_KIND_PIPE,        ///< a pipe or FIFO to read from: a short read has emptied it
    TRT_KIND_PIPE_WRITER, ///< one that can only be written
    TRT_KIND_OTHER,       ///< a terminal or device, where a read may leave something; or a file
} trt_handle_kind;

/// trt_pipe_open makes a pipe; both ends are non-blocking and close-on-exec.   Errors: MFILE, OS.
tmlrt_status trt_pipe_open(trt_handle* out_reader, trt_handle* out_writer);
/// trt_pipe_let_block makes one end blocking, as other programs expect theirs.
void trt_pipe_let_block(trt_handle handle);
/// trt_null_open opens the null device for reading and writing.   Errors: NOTFOUND, MFILE, OS.
tmlrt_status trt_null_open(trt_handle* out);
/// trt_pipe_read reads once. *out_len 0 is the end.   Errors: AGAIN, ISDIR, OS.
tmlrt_status trt_pipe_read(trt_handle handle, void* out, size_t cap, size_t* out_len);
/// trt_pipe_writev writes once from up to 64 slices. The caller sees to it that SIGPIPE is ignored.
/// Errors:  AGAIN, PIPE - nobody reads any more. NOMEM - no space. OVERFLOW, OS.
tmlrt_status trt_pipe_writev(trt_handle handle, const tmlrt_slice* slices, uint32_t num,
                             size_t* out_len);
/// trt_handle_adopt makes a handle from elsewhere non-blocking (with it, everybody else who has the
/// same open file) and close-on-exec.   Errors: INVAL - not open. OS - unchanged.
tmlrt_status trt_handle_adopt(trt_handle handle, trt_handle_kind* out_kind);
/// trt_handle_of_stdio opens standard input, output or error (0, 1, 2) once more, non-blocking. A
/// pipe or terminal gets an open file of its own, so that other processes which have it notice
/// nothing; where that is not to be had it is adopted.   Errors: INVAL - no such, or not open.
/// MFILE, OS.
tmlrt_status trt_handle_of_stdio(trt_handle* out, int which, trt_handle_kind* out_kind);
/// trt_handle_close closes any handle.
void trt_handle_close(trt_handle handle);

#endif
