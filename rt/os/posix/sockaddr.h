// SPDX-License-Identifier: Apache-2.0
// trt_addr to and from the system's socket addresses. Only rt/os/posix includes this.
#ifndef TRT_OS_POSIX_SOCKADDR_H
#define TRT_OS_POSIX_SOCKADDR_H

#include "rt/os/socket.h"

#include <sys/socket.h>

/// trt_sockaddr_of writes the system's form of `addr` and its length.   Errors: INVAL - a family
/// that is neither 4 nor 6.
tmlrt_status trt_sockaddr_of(struct sockaddr_storage* out, socklen_t* out_len,
                             const trt_addr* addr);
/// trt_addr_of_sockaddr reads the system's form. An IPv4 peer of a dual-stack listener
/// (::ffff:a.b.c.d) becomes family 4, so that limits per source address see one address, not one
/// /64 for all. Another family gives an all-zero address.
void trt_addr_of_sockaddr(trt_addr* out, const struct sockaddr_storage* sockaddr);

#endif
