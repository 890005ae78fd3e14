// SPDX-License-Identifier: Apache-2.0
// What the OpenSSL files share. OpenSSL 3.0 (Debian 12) to 3.5 (Debian 13).
#ifndef TRT_TLS_OPENSSL_H
#define TRT_TLS_OPENSSL_H

#include "rt/os/thread.h"
#include "rt/tls/engine.h"
#include "rt/tls/names.h"

#include <openssl/ssl.h>

enum { TRT_OPENSSL_SESSIONS = 32 }; ///< hosts whose last session a client configuration keeps

/// trt_openssl_cert is one certificate with its chain and key. All-zero is empty.
typedef struct trt_openssl_cert {
    X509* leaf;
    STACK_OF(X509) * chain; ///< without the leaf
    EVP_PKEY* key;
    unsigned char* ocsp; ///< NULL: nothing is stapled
    size_t ocsp_len;
    int kind; ///< TRT_TLS_RSA or TRT_TLS_ECDSA
} trt_openssl_cert;

/// trt_openssl_session is a client's last session with a host.
typedef struct trt_openssl_session {
    char host[TRT_TLS_NAME_MAX + 1];
    SSL_SESSION* session; ///< NULL: none
} trt_openssl_session;

struct trt_tls_vendor {
    SSL_CTX* ctx;
    const tmlrt_tls_config* config;
    trt_openssl_cert* certs;
    uint32_t num_certs;
    trt_tls_names names;
    trt_tls_pair fallback; ///< for unknown names
    trt_mutex lock;        ///< guards what follows
    uint32_t next_session; ///< whose turn it is to be replaced
    trt_openssl_session sessions[TRT_OPENSSL_SESSIONS];
};

/// trt_openssl_engine is a connection's object behind trt_tls_engine.
typedef struct trt_openssl_engine {
    trt_tls_engine base;
    SSL* ssl;
    bool reads;  ///< under way is a step that may take input
    bool closed; ///< close_notify was sent
    bool chose;  ///< the certificate callback has told what it has to
    char host[]; ///< a client's; "" of a server
} trt_openssl_engine;

/// trt_openssl_init readies the library once: its memory from the process's allocator, unless
/// somebody used it before.   Errors: NOMEM.   Thread: any.
tmlrt_status trt_openssl_init(void);
/// trt_openssl_bio makes the BIO over an engine's two buffers; NULL without memory.
BIO* trt_openssl_bio(trt_openssl_engine* engine);
/// trt_openssl_reason writes the newest error of the library in words and empties its queue.
/// Returns whether one of them was that there is no memory.
bool trt_openssl_reason(char* out, size_t cap);

/// trt_openssl_cert_load reads and checks one identity.
/// Errors:  TLS_CONFIG, with the reason. NOMEM.   Owns: *out, also after an error: cert_fini.
tmlrt_status trt_openssl_cert_load(trt_openssl_cert* out, const trt_tls_identity* from,
                                   uint32_t number, const trt_tls_why* why);
/// trt_openssl_cert_fini releases what is there.
void trt_openssl_cert_fini(trt_openssl_cert* cert);
/// trt_openssl_source opens a source for reading.   Errors: TLS_CONFIG, NOMEM.
tmlrt_status trt_openssl_source(BIO** out, const trt_tls_source* from, const char* what,
                                const trt_tls_why* why);
/// trt_openssl_server_init puts certificates, tickets, ALPN and stapling of a server into the
/// context.   Errors: NOMEM.
tmlrt_status trt_openssl_server_init(trt_tls_vendor* vendor);
/// trt_openssl_client_init does the same for a client: its certificate and its sessions.
tmlrt_status trt_openssl_client_init(trt_tls_vendor* vendor);
/// trt_openssl_client_status makes a client ask for an OCSP answer with the certificate and heed
/// it. Returns false without memory.
bool trt_openssl_client_status(trt_tls_vendor* vendor);
/// trt_openssl_client_resume lets a connection go on with the last session of its host, once.
void trt_openssl_client_resume(trt_tls_vendor* vendor, trt_openssl_engine* engine);
/// trt_openssl_client_keep keeps the session of a handshake that resumed one under TLS 1.2, whose
/// ticket may be new: the library tells of new sessions only.
void trt_openssl_client_keep(trt_openssl_engine* engine);

#endif
