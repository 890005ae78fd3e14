// SPDX-License-Identifier: Apache-2.0
// What is a client's alone with OpenSSL: its certificate, and the last session of each host, so
// that the next connection goes on with it. A TLS 1.3 session is used once (RFC 8446 C.4). The
// sessions are under the configuration's lock, which is held for a search of 32 names.
#include "rt/tls/openssl.h"

#include <openssl/err.h>

#include <string.h>

// As a server's: stops once before an RSA signature.
static int choose_cert(SSL* ssl, void* arg) {
    const trt_tls_vendor* vendor = arg;
    trt_openssl_engine* engine = SSL_get_app_data(ssl);
    if (engine->chose || vendor->num_certs == 0) {
        return 1;
    }
    const trt_openssl_cert* cert = &vendor->certs[0];
    if (SSL_use_cert_and_key(ssl, cert->leaf, cert->key, cert->chain, 1) != 1) {
        return 0;
    }
    engine->chose = true;
    return cert->kind == TRT_TLS_RSA && !engine->base.may_block ? -1 : 1;
}

// Under the lock.
static trt_openssl_session* find(trt_tls_vendor* vendor, const char* host) {
    for (uint32_t i = 0; i < TRT_OPENSSL_SESSIONS; i++) {
        trt_openssl_session* at = &vendor->sessions[i];
        if (at->session != NULL && strcmp(at->host, host) == 0) {
            return at;
        }
    }
    return NULL;
}

// Keeps a session that the server gave.   Owns: moves it in when it returns 1.
static int keep(SSL* ssl, SSL_SESSION* session) {
    trt_openssl_engine* engine = SSL_get_app_data(ssl);
    trt_tls_vendor* vendor = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    trt_mutex_lock(&vendor->lock);
    trt_openssl_session* at = find(vendor, engine->host);
    if (at == NULL) {
        at = &vendor->sessions[vendor->next_session++ % TRT_OPENSSL_SESSIONS];
        memcpy(at->host, engine->host, strlen(engine->host) + 1);
    }
    SSL_SESSION* old = at->session;
    at->session = session;
    trt_mutex_unlock(&vendor->lock);
    SSL_SESSION_free(old);
    return 1;
}

void trt_openssl_client_resume(trt_tls_vendor* vendor, trt_openssl_engine* engine) {
    SSL_SESSION* session = NULL;
    trt_mutex_lock(&vendor->lock);
    trt_openssl_session* at = find(vendor, engine->host);
    if (at != NULL) {
        session = at->session;
        if (SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION) {
            at->session = NULL;
        } else {
            SSL_SESSION_up_ref(session);
        }
    }
    trt_mutex_unlock(&vendor->lock);
    if (session != NULL) {
        (void)SSL_set_session(engine->ssl, session); // on failure a full handshake
        SSL_SESSION_free(session);
    }
}

void trt_openssl_client_keep(trt_openssl_engine* engine) {
    if (SSL_session_reused(engine->ssl) == 1 && SSL_version(engine->ssl) == TLS1_2_VERSION) {
        (void)keep(engine->ssl, SSL_get1_session(engine->ssl));
    }
}

tmlrt_status trt_openssl_client_init(trt_tls_vendor* vendor) {
    const trt_tls_alpn* alpn = &vendor->config->options.alpn;
    SSL_CTX_set_cert_cb(vendor->ctx, choose_cert, vendor);
    SSL_CTX_set_session_cache_mode(vendor->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(vendor->ctx, keep);
    // 0 is success here.
    if (alpn->len != 0 &&
        SSL_CTX_set_alpn_protos(vendor->ctx, alpn->wire, (unsigned int)alpn->len) != 0) {
        return TMLRT_E_NOMEM;
    }
    return trt_openssl_client_status(vendor) ? TMLRT_OK : TMLRT_E_NOMEM;
}
