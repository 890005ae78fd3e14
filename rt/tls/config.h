// SPDX-License-Identifier: Apache-2.0
// TLS configuration: options that a program fills, and what is made of them: checked, immutable,
// counted. The functions for programs are described in functions.def ("TLS"); here is what the
// library's files (openssl_*.c) see of both.
#ifndef TRT_TLS_CONFIG_H
#define TRT_TLS_CONFIG_H

#include <tmlrt/tls.h>

#include "rt/base/atomic.h"
#include "rt/tls/alpn.h"
#include "rt/tls/tickets.h"

#include <stdbool.h>
#include <stddef.h>

/// trt_tls_source is PEM text, or the path of a file with it; `text` NULL: none.
typedef struct trt_tls_source {
    char* text; ///< NUL-terminated, len + 1 bytes
    size_t len;
    bool is_file;
} trt_tls_source;

/// trt_tls_identity is where one certificate comes from.
typedef struct trt_tls_identity {
    trt_tls_source chain, key, ocsp; ///< ocsp: a file in DER, or none
} trt_tls_identity;

/// tmlrt_tls_options is what a program asks for; a configuration keeps its own for reloads.
struct tmlrt_tls_options {
    int32_t role;        ///< TMLRT_TLS_SERVER or _CLIENT
    int32_t client_auth; ///< TMLRT_TLS_AUTH_*; of a server
    int32_t min_version, max_version;
    bool trusts_anyone; ///< of a client: certificates are not verified
    trt_tls_alpn alpn;
    trt_tls_source trust; ///< roots; none: the system's
    trt_tls_identity* identities;
    uint32_t num_identities, cap_identities;
};

/// trt_tls_vendor is what the TLS library makes of options.
typedef struct trt_tls_vendor trt_tls_vendor;

/// tmlrt_tls_config is immutable after its making, but for what has a lock of its own.
struct tmlrt_tls_config {
    trt_atomic_u32 refs;
    tmlrt_tls_options options;
    trt_tls_tickets* tickets; ///< of a server
    trt_tls_vendor* vendor;
};

/// trt_tls_why is where a reason in words goes; `text` NULL: nowhere.
typedef struct trt_tls_why {
    char* text;
    size_t cap;
} trt_tls_why;

/// trt_tls_explain writes a reason, cut to the room that there is, and returns `status`.
tmlrt_status trt_tls_explain(const trt_tls_why* why, tmlrt_status status, const char* format, ...)
    __attribute__((format(printf, 3, 4)));
/// trt_tls_config_make is tmlrt_tls_config_new with a clock for the ticket keys, NULL: the
/// system's.
tmlrt_status trt_tls_config_make(tmlrt_tls_config** out, const tmlrt_tls_options* options,
                                 trt_tls_clock_fn clock, const trt_tls_why* why);

/// trt_tls_vendor_new loads and checks what the options of `config` name.
/// Errors:  TLS_CONFIG - with the reason in `why`. NOMEM.   Owns: borrows `config`, which owns it.
/// Thread:  any; reads files.
tmlrt_status trt_tls_vendor_new(trt_tls_vendor** out, tmlrt_tls_config* config,
                                const trt_tls_why* why);
/// trt_tls_vendor_free takes NULL.   Thread: any.
void trt_tls_vendor_free(trt_tls_vendor* vendor);

#endif
