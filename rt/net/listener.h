// SPDX-License-Identifier: Apache-2.0
// Listeners as compiled code holds them, TCP or Unix. Private to rt/net.
#ifndef TRT_NET_LISTENER_H
#define TRT_NET_LISTENER_H

#include "rt/net/tcp.h"
#include "rt/os/unix.h"

/// tmlrt_tcp_listener is a listener on the heap; of a Unix one also its file, removed with it.
struct tmlrt_tcp_listener {
    trt_tcp_listener listener;
    trt_unix_addr path;
    trt_unix_file file;
};

#endif
