// SPDX-License-Identifier: Apache-2.0
// Gathering: a body that comes fast is read in larger pieces. Its socket wakes the connection when
// a mark of bytes has gathered instead of at each packet or record. Pure: time is handed in, and
// the caller tells the socket.
//
// A mark is raised behind FAST bytes in FAST_NS, and goes when no byte was read for WAIT_NS, or
// when less than LEFT_MIN is still to come: down to that, more than the mark certainly comes, also
// when a stream between has read ahead of us. A peer that is slow or waits for an answer has none,
// one that pauses only for the first WAIT_NS.
#ifndef TRT_HTTP_SERVER_GATHER_H
#define TRT_HTTP_SERVER_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TRT_GATHER_MARK = 131072, // bytes: 8 records of TLS
    TRT_GATHER_LEFT_MIN = 262144,
    TRT_GATHER_FAST = 524288,     // bytes, in
    TRT_GATHER_FAST_NS = 4000000, // this time: 128 MB/s
    TRT_GATHER_WAIT_NS = 2000000,
};

/// trt_gather watches the bodies of one connection, one after the other.
typedef struct trt_gather {
    uint64_t until_ns; ///< UINT64_MAX: no mark; else when it goes unless bytes are read
    uint64_t since_ns; ///< when the first of `len` bytes came
    uint64_t len;      ///< without a mark: read since then
} trt_gather;

/// trt_gather_clear says that the socket has no mark.
static inline void trt_gather_clear(trt_gather* gather) {
    *gather = (trt_gather){.until_ns = UINT64_MAX};
}
/// trt_gather_has_mark tells whether the socket has one.
static inline bool trt_gather_has_mark(const trt_gather* gather) {
    return gather->until_ns != UINT64_MAX;
}
/// trt_gather_took says that `len` bytes of a body were read and `left` are still to come.
/// Returns  true when there is a mark now and was none before, or the reverse.
bool trt_gather_took(trt_gather* gather, size_t len, uint64_t left, uint64_t now_ns);

#endif
