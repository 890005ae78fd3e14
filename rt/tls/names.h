// SPDX-License-Identifier: Apache-2.0
// Names: which certificates answer for a host name (SNI, RFC 6066 3): exactly, or as
// "*.example.com" for one label (RFC 9525 6.3). Pure.
#ifndef TRT_TLS_NAMES_H
#define TRT_TLS_NAMES_H

#include <tmlrt/abi/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRT_TLS_KINDS = 2, TRT_TLS_RSA = 0, TRT_TLS_ECDSA = 1, TRT_TLS_NAME_MAX = 253 };

/// trt_tls_pair is the certificates of one name by the kind of their key; -1: none.
typedef struct trt_tls_pair {
    int32_t cert[TRT_TLS_KINDS];
} trt_tls_pair;

typedef struct trt_tls_name {
    char text[TRT_TLS_NAME_MAX + 1]; ///< in small letters
    trt_tls_pair pair;
} trt_tls_name;

/// trt_tls_names is a table that is filled, sorted, then only read. All-zero is empty.
typedef struct trt_tls_names {
    trt_tls_name* entries;
    uint32_t num, cap;
} trt_tls_names;

/// trt_tls_names_add notes that certificate `cert`, with a key of `kind`, is for a name; the first
/// of a kind stays. What is no name, or too long for one, is passed over.   Errors: NOMEM,
/// OVERFLOW.
tmlrt_status trt_tls_names_add(trt_tls_names* names, const char* text, size_t len, int32_t cert,
                               int kind);
/// trt_tls_names_sort must be called between the last add and the first find.
void trt_tls_names_sort(trt_tls_names* names);
/// trt_tls_names_find returns the pair of a host name, NULL when no certificate is for it.
const trt_tls_pair* trt_tls_names_find(const trt_tls_names* names, const char* host);
/// trt_tls_names_fini frees the table.
void trt_tls_names_fini(trt_tls_names* names);

#endif
