// SPDX-License-Identifier: Apache-2.0
// A client and a server under TLS over the in-memory duplex, driven by turns without a runtime.
#ifndef TESTS_SUPPORT_TLS_RIG_H
#define TESTS_SUPPORT_TLS_RIG_H

#include "rt/io/duplex.h"
#include "rt/tls/stream.h"
#include "tests/support/tls_certs.h"
#include "tests/support/waker.h"

/// tls_rig is one connection. All-zero is empty.
typedef struct tls_rig {
    tmlrt_tls_stream *client, *server;
    tmlrt_status client_status, server_status; ///< of the handshakes
    test_waker client_waker, server_waker;
} tls_rig;

/// tls_rig_certs has a CA and what it signed; made once a process. The names: a.test and
/// *.wild.test (ECDSA and RSA), b.test (ECDSA only), client (ECDSA).
typedef struct tls_rig_certs {
    test_cert ca, other_ca, ec, rsa, b, client, stranger;
} tls_rig_certs;

/// tls_rig_init readies the library and the certificates. False: refused.
bool tls_rig_init(void);
/// tls_rig_warm_up does that and makes connections of every kind, so that what the library keeps
/// for good is there before a case counts blocks.
void tls_rig_warm_up(void);
/// tls_rig_get returns the certificates.
const tls_rig_certs* tls_rig_get(void);
/// tls_rig_server makes options of a server with both a.test certificates, tls_rig_client those of
/// a client that trusts the CA. Both NULL without memory.
tmlrt_tls_options* tls_rig_server(void);
tmlrt_tls_options* tls_rig_client(void);
/// tls_rig_config makes a configuration and frees the options; NULL, and why on stderr, when it
/// cannot.
tmlrt_tls_config* tls_rig_config(tmlrt_tls_options* owned_options);

/// tls_rig_open makes both ends, tls_rig_shake drives the handshakes to their ends; tls_rig_connect
/// does both. `options` of the duplex: NULL is every default. False: no memory, or no end.
bool tls_rig_open(tls_rig* rig, tmlrt_tls_config* client, tmlrt_tls_config* server,
                  const char* host, const trt_duplex_options* options);
bool tls_rig_shake(tls_rig* rig);
bool tls_rig_connect(tls_rig* rig, tmlrt_tls_config* client, tmlrt_tls_config* server,
                     const char* host);
/// tls_rig_close closes what is open.
void tls_rig_close(tls_rig* rig);

/// tls_rig_send writes all of the bytes while the other end reads them to `out`, `by` at a time;
/// returns why it failed, or 0. Bounded.
tmlrt_status tls_rig_send(tls_rig* rig, bool from_client, const char* data, size_t len, char* out,
                          size_t by);

#endif
