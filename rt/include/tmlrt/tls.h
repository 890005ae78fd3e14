// SPDX-License-Identifier: Apache-2.0
// TLS for C programs: the functions are those of compiled code (abi/functions.def, "TLS"); here are
// the numbers they take and the C form of the output of the accept and connect futures.
//     tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
//     tmlrt_tls_options_identity(options, "chain.pem", "key.pem", NULL);
//     tmlrt_tls_config_new(&config, options, why, sizeof(why));
#ifndef TMLRT_TLS_H
#define TMLRT_TLS_H

#include <tmlrt/abi/functions.h>

enum { TMLRT_TLS_SERVER = 0, TMLRT_TLS_CLIENT = 1 }; ///< roles

/// What a server does about certificates of clients.
enum {
    TMLRT_TLS_AUTH_NONE = 0,     ///< does not ask
    TMLRT_TLS_AUTH_OPTIONAL = 1, ///< asks; one that is given must be good
    TMLRT_TLS_AUTH_REQUIRED = 2, ///< refuses a client without one
};

enum { TMLRT_TLS_1_2 = 12, TMLRT_TLS_1_3 = 13 }; ///< versions

enum { TMLRT_TLS_WHY = 256 };               ///< bytes that hold any reason in words
enum { TMLRT_TLS_DEADLINE_MS = 10 * 1000 }; ///< a handshake's, unless asked for otherwise

/// tmlrt_tls_opened is the output of the TLS accept and connect futures.
/// Owns:    the stream is the caller's, tmlrt_tls_stream_free; NULL unless status is 0. `told` is
///          the caller's, NUL-terminated, libc's free: why it failed; NULL when status is 0 or
///          without memory.
typedef struct tmlrt_tls_opened {
    tmlrt_status status;
    tmlrt_tls_stream* stream;
    char* told;
} tmlrt_tls_opened;

#endif
