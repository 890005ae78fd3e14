// SPDX-License-Identifier: Apache-2.0
// Name resolution off the event loop: host names are looked up on the blocking pool, literals are
// answered at once.
#ifndef TRT_NET_RESOLVE_H
#define TRT_NET_RESOLVE_H

#include "rt/io/offload.h"
#include "rt/os/resolve.h"

enum {
    TRT_HOST_CAP = 256,     ///< a name of 253 bytes, a dot, a NUL
    TRT_RESOLVE_ADDRS = 32, ///< most addresses of one name that are looked at
    TRT_RESOLVE_MS = 10000, ///< how long a name may take by default
};

/// trt_resolve_fn is what looks a name up; the contract is trt_os_resolve's. It may block.
typedef tmlrt_status (*trt_resolve_fn)(const char* host, uint16_t port, uint32_t family,
                                       trt_addr* out, uint32_t cap, uint32_t* out_num);
/// trt_resolve_replace makes every lookup that is made from now on use `fn`, NULL: the system's
/// resolver. The seam for tests, which must not need a network.   Thread: any.
void trt_resolve_replace(trt_resolve_fn fn);

/// trt_target is where to connect to, taken apart.
typedef struct trt_target {
    char host[TRT_HOST_CAP]; ///< "": `addr` is the literal
    trt_addr addr;
    uint16_t port;
} trt_target;

/// trt_target_parse reads a literal or a name, each with or without a port ("::1", "[::1]:80",
/// "example.com", "example.com:80"); `default_port` is used when the text has none.
/// Errors:  INVAL - neither: also a name whose last label is a number ("10.1", "0x7f.1"), which
/// some
///          resolvers would read as an address that nobody wrote.
tmlrt_status trt_target_parse(trt_target* out, const char* text, int32_t default_port);

/// trt_lookup is one lookup on the pool. What came of it is valid after a READY poll with status 0.
typedef struct trt_lookup {
    trt_offload base;
    trt_resolve_fn fn;
    trt_semaphore* permits; ///< of the pool; NULL: not polled yet
    trt_semaphore_waiter waiter;
    bool is_begun; ///< it has its permit
    tmlrt_status status;
    uint32_t family, num;
    uint16_t port;
    char host[TRT_HOST_CAP];
    trt_addr addrs[TRT_RESOLVE_ADDRS];
} trt_lookup;

/// trt_lookup_new makes a lookup that is not begun yet. NULL without memory.
trt_lookup* trt_lookup_new(const trt_target* target, uint32_t family);
/// trt_lookup_poll begins it when fewer than half of the pool's threads look names up, first come
/// first served, and answers READY when it was made: *out_status 0, or why it was not (as
/// trt_offload_poll). Thread: the leaf's.
tmlrt_poll trt_lookup_poll(trt_lookup* lookup, tmlrt_context* cx, tmlrt_status* out_status);
/// trt_lookup_leave gives it up in any state; takes NULL. One that runs cannot be stopped, goes on
/// alone and is thrown away.   Cost: never waits.
void trt_lookup_leave(trt_lookup* lookup);

#endif
