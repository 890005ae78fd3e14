// SPDX-License-Identifier: Apache-2.0
// The TLS configuration of a server program, from its settings.
#ifndef TRT_HTTP_FRAMEWORK_APP_TLS_H
#define TRT_HTTP_FRAMEWORK_APP_TLS_H

#include "std/http/framework/app/options.h"

/// trt_app_tls_new reads the certificate and the key; *out stays NULL when none are set.
/// Errors:  TLS_CONFIG - printed to stderr, with what is wrong in which file. NOMEM.
/// Owns:    the caller, tmlrt_tls_holder_free.
TMLRT_NODISCARD tmlrt_status trt_app_tls_new(tmlrt_tls_holder** out,
                                             const trt_app_options* options);

#endif
