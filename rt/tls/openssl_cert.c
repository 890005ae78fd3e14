// SPDX-License-Identifier: Apache-2.0
// Certificates with OpenSSL: an identity's chain, key and OCSP answer, read and checked when a
// configuration is made, so that what is wrong is said then and not by a client. Called by
// openssl_config.c; reads files; any thread.
#include "rt/tls/openssl.h"

#include "rt/base/assert.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { MAX_OCSP = 1 << 20, LEAST_RSA_BITS = 2048 };

void trt_openssl_cert_fini(trt_openssl_cert* cert) {
    X509_free(cert->leaf);
    sk_X509_pop_free(cert->chain, X509_free);
    EVP_PKEY_free(cert->key);
    OPENSSL_free(cert->ocsp);
    *cert = (trt_openssl_cert){0};
}

tmlrt_status trt_openssl_source(BIO** out, const trt_tls_source* from, const char* what,
                                const trt_tls_why* why) {
    char reason[160];
    ERR_clear_error();
    *out = from->is_file ? BIO_new_file(from->text, "rb")
                         : BIO_new_mem_buf(from->text, (int)from->len);
    if (*out != NULL) {
        return TMLRT_OK;
    }
    if (trt_openssl_reason(reason, sizeof(reason)) || !from->is_file) {
        return TMLRT_E_NOMEM;
    }
    return trt_tls_explain(why, TMLRT_E_TLS_CONFIG, "%s: cannot read %s: %s", what, from->text,
                           reason);
}

// A name for the source in messages: its path, never its text.
static const char* shown(const trt_tls_source* from) {
    return from->is_file ? from->text : "PEM text";
}

// Nobody is asked for a password: a server starts by itself.
static int no_password(char* out, int cap, int writes, void* arg) {
    (void)out, (void)cap, (void)writes, (void)arg;
    return -1;
}

// The end of a PEM source: nothing but that there are no more objects.
static bool ended_well(void) {
    unsigned long error = ERR_peek_last_error();
    bool well = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (well) {
        ERR_clear_error();
    }
    return well;
}

static tmlrt_status bad(const trt_tls_source* from, uint32_t number, const char* what,
                        const trt_tls_why* why) {
    char reason[128];
    if (trt_openssl_reason(reason, sizeof(reason))) {
        return TMLRT_E_NOMEM;
    }
    return trt_tls_explain(why, TMLRT_E_TLS_CONFIG, "identity %u (%s): %s: %s", number, shown(from),
                           what, reason);
}

static tmlrt_status load_chain(trt_openssl_cert* out, const trt_tls_source* from, uint32_t number,
                               const trt_tls_why* why) {
    BIO* bio;
    TRT_TRY(trt_openssl_source(&bio, from, "certificate chain", why));
    out->leaf = PEM_read_bio_X509(bio, NULL, no_password, NULL);
    out->chain = sk_X509_new_null();
    if (out->leaf == NULL || out->chain == NULL) {
        BIO_free(bio);
        return bad(from, number, "no certificate in PEM", why);
    }
    X509* next;
    while ((next = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
        if (sk_X509_push(out->chain, next) == 0) {
            X509_free(next);
            BIO_free(bio);
            return TMLRT_E_NOMEM;
        }
    }
    BIO_free(bio);
    return ended_well() ? TMLRT_OK
                        : bad(from, number, "a certificate of the chain is malformed", why);
}

static tmlrt_status check_chain(const trt_openssl_cert* cert, const trt_tls_source* from,
                                uint32_t number, const trt_tls_why* why) {
    X509* last = cert->leaf;
    for (int i = -1; i < sk_X509_num(cert->chain); i++) {
        X509* one = i < 0 ? cert->leaf : sk_X509_value(cert->chain, i);
        if (X509_cmp_current_time(X509_get0_notAfter(one)) <= 0) {
            return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                                   "identity %u (%s): certificate %d has expired: renew it", number,
                                   shown(from), i + 2);
        }
        if (X509_cmp_current_time(X509_get0_notBefore(one)) > 0) {
            return trt_tls_explain(
                why, TMLRT_E_TLS_CONFIG,
                "identity %u (%s): certificate %d is not valid yet: is the clock "
                "right?",
                number, shown(from), i + 2);
        }
        if (i >= 0 && X509_check_issued(one, last) != X509_V_OK) {
            return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                                   "identity %u (%s): certificate %d did not sign the one before "
                                   "it: the leaf comes first, then who signed it",
                                   number, shown(from), i + 2);
        }
        last = one;
    }
    return TMLRT_OK;
}

static tmlrt_status load_key(trt_openssl_cert* out, const trt_tls_identity* from, uint32_t number,
                             const trt_tls_why* why) {
    BIO* bio;
    TRT_TRY(trt_openssl_source(&bio, &from->key, "private key", why));
    out->key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (out->key == NULL) {
        return bad(&from->key, number, "no private key in PEM, or one under a password", why);
    }
    if (X509_check_private_key(out->leaf, out->key) != 1) {
        char reason[128];
        if (trt_openssl_reason(reason, sizeof(reason))) {
            return TMLRT_E_NOMEM;
        }
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "identity %u: the key (%s) does not match the certificate (%s)",
                               number, shown(&from->key), shown(&from->chain));
    }
    int type = EVP_PKEY_get_base_id(out->key);
    if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(out->key) < LEAST_RSA_BITS) {
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "identity %u: an RSA key of %d bits is too short: use 2048 or more",
                               number, EVP_PKEY_get_bits(out->key));
    }
    if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC) {
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "identity %u: keys are RSA or ECDSA, this one is neither", number);
    }
    out->kind = type == EVP_PKEY_RSA ? TRT_TLS_RSA : TRT_TLS_ECDSA;
    return TMLRT_OK;
}

// The file as it is, if it is a successful answer.
static tmlrt_status load_ocsp(trt_openssl_cert* out, const trt_tls_source* from, uint32_t number,
                              const trt_tls_why* why) {
    BIO* bio;
    if (from->text == NULL) {
        return TMLRT_OK;
    }
    TRT_TRY(trt_openssl_source(&bio, from, "OCSP answer", why));
    OCSP_RESPONSE* answer = d2i_OCSP_RESPONSE_bio(bio, NULL);
    BIO_free(bio);
    if (answer == NULL) {
        return bad(from, number, "no OCSP answer in DER", why);
    }
    int status = OCSP_response_status(answer);
    int len = i2d_OCSP_RESPONSE(answer, &out->ocsp);
    OCSP_RESPONSE_free(answer);
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL || len <= 0 || len > MAX_OCSP) {
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "identity %u (%s): the OCSP answer says \"%s\": fetch it again",
                               number, shown(from), OCSP_response_status_str(status));
    }
    out->ocsp_len = (size_t)len;
    return TMLRT_OK;
}

tmlrt_status trt_openssl_cert_load(trt_openssl_cert* out, const trt_tls_identity* from,
                                   uint32_t number, const trt_tls_why* why) {
    *out = (trt_openssl_cert){0};
    TRT_TRY(load_chain(out, &from->chain, number, why));
    TRT_TRY(load_key(out, from, number, why));
    TRT_TRY(check_chain(out, &from->chain, number, why));
    return load_ocsp(out, &from->ocsp, number, why);
}
