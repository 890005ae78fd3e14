// SPDX-License-Identifier: Apache-2.0
// Dial: from a host name or literal to one connected socket, by RFC 8305 (happy eyeballs).
#ifndef TRT_NET_DIAL_H
#define TRT_NET_DIAL_H

#include "rt/net/resolve.h"
#include "rt/net/tcp.h"

enum {
    TRT_DIAL_ADDRS = 16,       ///< most addresses that are tried
    TRT_DIAL_STAGGER_MS = 250, ///< RFC 8305 section 5
    TRT_DIAL_CONNECT_MS = 30000,
};

typedef struct trt_dial trt_dial;

/// trt_dial_new prepares to connect to `target` on the calling worker's timers and a reactor that
/// it may share; nothing is begun. `options` NULL: every default. NULL without memory.
trt_dial* trt_dial_new(const trt_target* target, const tmlrt_dial_options* options);
/// trt_dial_poll answers READY with a connection or with why there is none: the failure of the name
/// (NOHOST, RESOLVE, TIMEDOUT, as trt_lookup_poll), of the first address that was tried, or
/// TIMEDOUT when the time for connecting is over. The first connection wins, the others are closed
/// before the answer. Not polled again after READY. Thread: one at a time.
tmlrt_poll trt_dial_poll(trt_dial* dial, tmlrt_context* cx, trt_tcp* out, tmlrt_status* out_status);
/// trt_dial_tell writes after a failure what happened to every address, in the order in which they
/// were tried: "[::1]:80: connection refused; 127.0.0.1:80: ...". Returns the whole length, of
/// which `out` has the first cap - 1 bytes and a NUL.
size_t trt_dial_tell(const trt_dial* dial, char* out, size_t cap);
/// trt_dial_free gives up in any state: closes attempts, leaves the lookup; takes NULL. Calls no
/// compiled code.
void trt_dial_free(trt_dial* dial);

/// trt_dial_interleave puts addresses into the order in which they are tried: families alternate,
/// beginning with the first address's, each family in its own order (RFC 8305 section 4). Writes up
/// to `cap` and returns how many.
uint32_t trt_dial_interleave(trt_addr* out, uint32_t cap, const trt_addr* addrs, uint32_t num);

#endif
