// SPDX-License-Identifier: Apache-2.0
// ALPN (RFC 7301): a list of protocol names, and which of two lists' names both know. Pure.
#ifndef TRT_TLS_ALPN_H
#define TRT_TLS_ALPN_H

#include <tmlrt/abi/status.h>

#include <stddef.h>
#include <stdint.h>

enum { TRT_TLS_ALPN_MAX = 128 }; ///< bytes of a list of ours on the wire

/// trt_tls_alpn is a list as the wire has it: each name behind a byte that is its length.
typedef struct trt_tls_alpn {
    uint8_t wire[TRT_TLS_ALPN_MAX];
    size_t len; ///< 0: no ALPN
} trt_tls_alpn;

/// trt_tls_alpn_parse reads "h2,http/1.1", the most wanted first; "" is no ALPN.
/// Errors:  INVAL - an empty name, or one over 255 bytes. OVERFLOW - over TRT_TLS_ALPN_MAX in all.
tmlrt_status trt_tls_alpn_parse(trt_tls_alpn* out, const char* text);
/// trt_tls_alpn_select finds the first name of `ours` that is in a peer's list, which may be
/// malformed: what is behind the fault is not there.
/// Shape:   *out points into ours->wire, at the name.   Errors: NOTFOUND - nothing in common.
tmlrt_status trt_tls_alpn_select(const uint8_t** out, uint8_t* out_len, const trt_tls_alpn* ours,
                                 const uint8_t* theirs, size_t theirs_len);
/// trt_tls_alpn_find returns where a name stands in the list, NULL when it is not there.
const uint8_t* trt_tls_alpn_find(const uint8_t* wire, size_t wire_len, const void* name,
                                 size_t name_len);

#endif
