// SPDX-License-Identifier: Apache-2.0
// What is a server's alone with OpenSSL: which certificate answers a client, the application
// protocol, session tickets and stapled OCSP answers. The library calls these during a handshake,
// on the thread that makes the step; they read the configuration, which does not change.
#include "rt/tls/openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include <string.h>

enum { TICKET_LIFE_S = 12 * 3600, NUM_TICKETS = 2, IV_LEN = 16 };

// ---- certificates -------------------------------------------------------------------------------

// Whether the client can check ECDSA at all; which curve does not matter for what this is for.
static bool client_takes_ecdsa(SSL* ssl) {
    int num = SSL_get_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
    bool signs = false;
    for (int i = 0; i < num && !signs; i++) {
        int sign = NID_undef;
        SSL_get_sigalgs(ssl, i, &sign, NULL, NULL, NULL, NULL);
        signs = sign == EVP_PKEY_EC;
    }
    if (!signs || SSL_version(ssl) != TLS1_2_VERSION) {
        return signs;
    }
    const STACK_OF(SSL_CIPHER)* ciphers = SSL_get_client_ciphers(ssl);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        if (SSL_CIPHER_get_auth_nid(sk_SSL_CIPHER_value(ciphers, i)) == NID_auth_ecdsa) {
            return true;
        }
    }
    return false;
}

static bool use(SSL* ssl, const trt_openssl_cert* cert) {
    return SSL_use_cert_and_key(ssl, cert->leaf, cert->key, cert->chain, 1) == 1;
}

// Called with the client's hello read and the version known, not when a session is resumed. The
// first time it may stop the handshake (-1), to go on where an RSA signature holds up nobody.
static int choose_cert(SSL* ssl, void* arg) {
    const trt_tls_vendor* vendor = arg;
    trt_openssl_engine* engine = SSL_get_app_data(ssl);
    if (engine->chose) {
        return 1;
    }
    const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const trt_tls_pair* pair = host != NULL ? trt_tls_names_find(&vendor->names, host) : NULL;
    pair = pair != NULL ? pair : &vendor->fallback;
    for (int kind = 0; kind < TRT_TLS_KINDS; kind++) {
        if (pair->cert[kind] >= 0 && !use(ssl, &vendor->certs[pair->cert[kind]])) {
            return 0;
        }
    }
    engine->chose = true;
    bool signs_rsa =
        pair->cert[TRT_TLS_RSA] >= 0 && (pair->cert[TRT_TLS_ECDSA] < 0 || !client_takes_ecdsa(ssl));
    return signs_rsa && !engine->base.may_block ? -1 : 1;
}

bool trt_tls_engine_answers_for(const trt_tls_engine* base, const char* host) {
    SSL* ssl = ((const trt_openssl_engine*)base)->ssl;
    const trt_tls_vendor* vendor = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (asked == NULL || vendor == NULL || OPENSSL_strcasecmp(asked, host) == 0) {
        return true;
    }
    const trt_tls_pair* got = trt_tls_names_find(&vendor->names, asked);
    const trt_tls_pair* wanted = trt_tls_names_find(&vendor->names, host);
    got = got != NULL ? got : &vendor->fallback;
    return wanted != NULL && memcmp(got, wanted, sizeof *got) == 0;
}

// The answer of the certificate that was chosen, if it has one.
static int staple(SSL* ssl, void* arg) {
    const trt_tls_vendor* vendor = arg;
    const X509* leaf = SSL_get_certificate(ssl);
    for (uint32_t i = 0; i < vendor->num_certs; i++) {
        const trt_openssl_cert* cert = &vendor->certs[i];
        if (cert->leaf == leaf && cert->ocsp != NULL) {
            unsigned char* copy = OPENSSL_memdup(cert->ocsp, cert->ocsp_len);
            if (copy == NULL) {
                return SSL_TLSEXT_ERR_NOACK; // without memory the client gets none
            }
            SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)cert->ocsp_len);
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

// ---- the application protocol -------------------------------------------------------------------

static int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_len,
                       const unsigned char* theirs, unsigned int theirs_len, void* arg) {
    const trt_tls_vendor* vendor = arg;
    const trt_tls_alpn* ours = &vendor->config->options.alpn;
    (void)ssl;
    if (ours->len == 0) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    return trt_tls_alpn_select(out, out_len, ours, theirs, theirs_len) == TMLRT_OK
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// ---- tickets ------------------------------------------------------------------------------------

static int set_keys(const trt_tls_ticket_key* key, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                    EVP_MAC_CTX* mac, int encrypts) {
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void*)(uintptr_t)key->mac,
                                          sizeof(key->mac)),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char*)(uintptr_t)"sha256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv, encrypts) == 1 &&
           EVP_MAC_CTX_set_params(mac, params) == 1;
}

// RFC 5077 4: name, iv, encrypted session, MAC. 1: go on; 2: and make a new one; 0: no ticket of
// ours, a full handshake; -1: failed.
static int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, int encrypts) {
    const trt_tls_vendor* vendor = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    trt_tls_ticket_key key;
    bool is_old = false;
    int answer;
    if (encrypts) {
        trt_tls_tickets_current(vendor->config->tickets, &key);
        memcpy(name, key.name, sizeof(key.name));
        answer = RAND_bytes(iv, IV_LEN) == 1 && set_keys(&key, iv, cipher, mac, 1) ? 1 : -1;
    } else if (!trt_tls_tickets_find(vendor->config->tickets, name, &key, &is_old)) {
        return 0;
    } else {
        answer = set_keys(&key, iv, cipher, mac, 0) ? (is_old ? 2 : 1) : -1;
    }
    OPENSSL_cleanse(&key, sizeof(key));
    return answer;
}

// A session whose client's certificate has expired since is not gone on with. Under TLS 1.3 each
// connection gets a ticket of its own, as clients use one once.
static SSL_TICKET_RETURN ticket_read(SSL* ssl, SSL_SESSION* session, const unsigned char* name,
                                     size_t name_len, SSL_TICKET_STATUS status, void* arg) {
    (void)name, (void)name_len, (void)arg;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    X509* peer = SSL_SESSION_get0_peer(session);
    if (peer != NULL && X509_cmp_current_time(X509_get0_notAfter(peer)) <= 0) {
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
    bool keeps = status == SSL_TICKET_SUCCESS && SSL_version(ssl) == TLS1_2_VERSION;
    return keeps ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

// Sessions go on only where the same is asked of clients: the same roots, the same mode.
static bool set_context(trt_tls_vendor* vendor) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    STACK_OF(X509_OBJECT)* roots = X509_STORE_get0_objects(SSL_CTX_get_cert_store(vendor->ctx));
    const int32_t mode = vendor->config->options.client_auth;
    EVP_MD_CTX* hash = EVP_MD_CTX_new();
    bool well = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(hash, &mode, sizeof(mode)) == 1;
    for (int i = 0; well && i < sk_X509_OBJECT_num(roots); i++) {
        X509* root = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(roots, i));
        well = root == NULL || (X509_digest(root, EVP_sha256(), digest, &len) == 1 &&
                                EVP_DigestUpdate(hash, digest, len) == 1);
    }
    well = well && EVP_DigestFinal_ex(hash, digest, &len) == 1 &&
           SSL_CTX_set_session_id_context(vendor->ctx, digest, len) == 1;
    EVP_MD_CTX_free(hash);
    return well;
}

tmlrt_status trt_openssl_server_init(trt_tls_vendor* vendor) {
    SSL_CTX* ctx = vendor->ctx;
    SSL_CTX_set_app_data(vendor->ctx, vendor);
    SSL_CTX_set_cert_cb(ctx, choose_cert, vendor);
    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, vendor);
    SSL_CTX_set_tlsext_status_cb(ctx, staple);
    SSL_CTX_set_tlsext_status_arg(ctx, vendor);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(ctx, TICKET_LIFE_S);
    SSL_CTX_set_num_tickets(ctx, NUM_TICKETS);
    if (SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket_key) != 1 ||
        SSL_CTX_set_session_ticket_cb(ctx, NULL, ticket_read, NULL) != 1 || !set_context(vendor)) {
        return TMLRT_E_NOMEM;
    }
    return TMLRT_OK;
}
