// SPDX-License-Identifier: Apache-2.0
// The TLS configurations of a server program, from its settings: one for all places, and one for
// each that has certificates or client authorities of its own.
#ifndef TRT_HTTP_FRAMEWORK_APP_TLS_H
#define TRT_HTTP_FRAMEWORK_APP_TLS_H

#include "std/http/framework/app/options.h"

/// trt_app_tls is what places take their configuration from; all-zero: nothing speaks TLS.
typedef struct trt_app_tls {
    tmlrt_tls_holder* all;                 ///< of the settings; NULL: no certificate there
    tmlrt_tls_holder* own[TRT_LISTEN_MAX]; ///< of a place's first listener; NULL: as the settings
} trt_app_tls;

/// trt_app_tls_init reads all certificates and keys.
/// Errors:  TLS_CONFIG - printed to stderr, with what is wrong in which file. NOMEM. Nothing is to
///          be freed then.
/// Owns:    the caller, trt_app_tls_fini.
TMLRT_NODISCARD tmlrt_status trt_app_tls_init(trt_app_tls* out, const trt_app_options* options);
/// trt_app_tls_fini frees; nothing uses them any more.
void trt_app_tls_fini(trt_app_tls* tls);
/// trt_app_tls_of lends the configuration of a listener of `listen`; NULL: in the clear.
tmlrt_tls_holder* trt_app_tls_of(const trt_app_tls* tls, const trt_listen_list* listen, uint32_t i);

#endif
