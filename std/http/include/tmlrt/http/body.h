// SPDX-License-Identifier: Apache-2.0
// Streamed bodies for C programs: what the leaves of tmlrt_request_body_read, tmlrt_body_write and
// tmlrt_body_flush answer, and what a request says about how it came. The functions that compiled
// code calls too are in <tmlrt/abi/functions.h>.
#ifndef TMLRT_HTTP_BODY_H
#define TMLRT_HTTP_BODY_H

#include <tmlrt/abi/functions.h>

/// TMLRT_BODY_LEN_UNKNOWN is the length of an answer's stream that is not known beforehand.
#define TMLRT_BODY_LEN_UNKNOWN UINT64_MAX

/// tmlrt_body_moved is the output of the leaves: status 0 with the bytes moved, else why there are
/// no more.
typedef struct tmlrt_body_moved {
    int32_t status;
    uint64_t len;
} tmlrt_body_moved;

/// tmlrt_request_is_early_data tells whether the request came before the TLS handshake was over, so
/// that somebody may send it again (RFC 8470).   Thread: the exchange's.
int32_t tmlrt_request_is_early_data(const tmlrt_request* request);
/// tmlrt_request_peer_certificate writes the certificate (DER) that the peer showed, empty when it
/// showed none.   Owns: borrowed until the answer is sent.   Thread: the exchange's.
void tmlrt_request_peer_certificate(const tmlrt_request* request, tmlrt_slice* out);
/// tmlrt_request_priority tells how urgent the answer is, 0 (first) to 7, 3 when nobody said, and
/// whether it is of use in pieces (*out_incremental 0 or 1).
/// Source:  RFC 9218 4: the Priority field; what is not understood is ignored.
/// Thread:  the exchange's.
int32_t tmlrt_request_priority(const tmlrt_request* request, int32_t* out_incremental);

#endif
