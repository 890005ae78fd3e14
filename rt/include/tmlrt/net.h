// SPDX-License-Identifier: Apache-2.0
// TCP for C programs: the functions are those of compiled code (abi/functions.def, "TCP"); here are
// the C forms of their outputs. A future is awaited by polling its descriptor, or blocked on:
//     char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
//     tmlrt_tcp_connect_init(leaf, "127.0.0.1", 8080);
#ifndef TMLRT_NET_H
#define TMLRT_NET_H

#include <tmlrt/abi/functions.h>

/// tmlrt_tcp_opened is the output of the accept and connect futures.
/// Owns:    the stream is the caller's, tmlrt_tcp_stream_free; NULL unless status is 0.
typedef struct tmlrt_tcp_opened {
    tmlrt_status status;
    tmlrt_tcp_stream* stream;
} tmlrt_tcp_opened;

/// tmlrt_tcp_moved is the output of the read and write futures; `len` counts also when a write
/// failed half way.
typedef struct tmlrt_tcp_moved {
    tmlrt_status status;
    uint64_t len;
} tmlrt_tcp_moved;

#endif
