// SPDX-License-Identifier: Apache-2.0
// Source addresses whose connections were closed by their ledger: three in a minute, and the
// address is refused for ten seconds. Bounded memory: one table of fixed size for a server.
// Clock-free.
#ifndef TRT_HTTP_CORE_OFFENDERS_H
#define TRT_HTTP_CORE_OFFENDERS_H

#include "rt/base/hash.h"

#include <stdbool.h>

#define TRT_OFFENDER_WINDOW_NS  60000000000ull ///< closings within this belong together
#define TRT_OFFENDER_REFUSED_NS 10000000000ull ///< how long the address is refused

enum {
    TRT_OFFENDER_CLOSINGS = 3,
    TRT_OFFENDER_SETS = 512,
    TRT_OFFENDER_WAYS = 8, ///< of one set: the one that was quiet for longest makes room
};

/// trt_offender is one address, what counts of it: 4 bytes of IPv4, the first 8 of IPv6.
typedef struct trt_offender {
    uint64_t bits;
    uint64_t closed_ns[TRT_OFFENDER_CLOSINGS]; ///< the last closings, the newest first
    uint64_t refused_until_ns;
    uint8_t family;
    uint8_t num_closed; ///< 0: the place is free
} trt_offender;

/// trt_offenders is 4096 places; all-zero but for the key is empty. Nothing to free.
typedef struct trt_offenders {
    trt_hash_key key; ///< secret, so that a peer cannot aim at one set
    trt_offender places[TRT_OFFENDER_SETS][TRT_OFFENDER_WAYS];
} trt_offenders;

/// trt_offenders_closed notes that the ledger closed a connection from this address.
/// Thread:  any, under the owner's lock. Cost: a hash and one set.
void trt_offenders_closed(trt_offenders* offenders, uint8_t family, uint64_t bits, uint64_t now_ns);
/// trt_offenders_refused tells whether a new connection from this address is refused.
/// Thread:  as trt_offenders_closed.
bool trt_offenders_refused(const trt_offenders* offenders, uint8_t family, uint64_t bits,
                           uint64_t now_ns);

#endif
