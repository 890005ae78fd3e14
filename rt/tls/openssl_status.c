// SPDX-License-Identifier: Apache-2.0
// What a client makes of a stapled OCSP answer (RFC 6066 8, RFC 6960): a certificate that its
// authority has revoked, or does not know, is refused, and so is an answer that is malformed, too
// old, about another certificate or not signed for its authority. No answer, or "try later", is no
// reason, unless the certificate says that it comes with one (RFC 7633).
//
// The library calls it during a handshake, behind the verification of the chain, on the
// connection's thread. What is wrong is left as the verification's result, so that it is told in
// the same words.
#include "rt/tls/openssl.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

enum { SKEW_S = 300, STATUS_REQUEST = 5 }; // clocks may differ; the extension's number

// The certificate says that it is only good with an answer.
static bool wants_answer(const X509* leaf) {
    TLS_FEATURE* features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
    bool wants = false;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++) {
        wants = wants || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == STATUS_REQUEST;
    }
    TLS_FEATURE_free(features);
    return wants;
}

// Whether `single` is about the leaf, by the hash that it was made with.
static bool is_about(OCSP_SINGLERESP* single, const X509* leaf, const X509* issuer) {
    OCSP_CERTID* theirs = (OCSP_CERTID*)OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT* hash = NULL;
    OCSP_id_get0_info(NULL, &hash, NULL, NULL, theirs);
    const EVP_MD* digest = EVP_get_digestbyobj(hash);
    OCSP_CERTID* ours = digest != NULL ? OCSP_cert_to_id(digest, leaf, issuer) : NULL;
    bool same = ours != NULL && OCSP_id_cmp(ours, theirs) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

// What the answer says of the leaf, as a result of the verification.
static int result_of(OCSP_BASICRESP* basic, const X509* leaf, const X509* issuer) {
    for (int i = 0; i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
        ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
        if (!is_about(single, leaf, issuer)) {
            continue;
        }
        int status = OCSP_single_get0_status(single, NULL, NULL, &from, &until);
        if (OCSP_check_validity(from, until, SKEW_S, -1) != 1) {
            return X509_V_ERR_OCSP_VERIFY_FAILED;
        }
        return status == V_OCSP_CERTSTATUS_GOOD      ? X509_V_OK
               : status == V_OCSP_CERTSTATUS_REVOKED ? X509_V_ERR_CERT_REVOKED
                                                     : X509_V_ERR_OCSP_CERT_UNKNOWN;
    }
    return X509_V_ERR_OCSP_VERIFY_FAILED;
}

static int judge_answer(SSL* ssl, OCSP_RESPONSE* answer) {
    STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
    const X509* leaf = sk_X509_value(chain, 0);
    const X509* issuer = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);
    X509_STORE* roots = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
    if (answer == NULL) {
        return X509_V_ERR_OCSP_VERIFY_FAILED;
    }
    if (OCSP_response_status(answer) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        return wants_answer(leaf) ? X509_V_ERR_OCSP_VERIFY_NEEDED : X509_V_OK;
    }
    OCSP_BASICRESP* basic = OCSP_response_get1_basic(answer);
    int result = basic != NULL && OCSP_basic_verify(basic, chain, roots, 0) == 1
                     ? result_of(basic, leaf, issuer)
                     : X509_V_ERR_OCSP_VERIFY_FAILED;
    OCSP_BASICRESP_free(basic);
    return result;
}

// 1: go on, 0: refuse.
static int check_status(SSL* ssl, void* arg) {
    const unsigned char* data = NULL;
    (void)arg;
    const STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
    if (SSL_get_verify_result(ssl) != X509_V_OK || sk_X509_num(chain) < 1) {
        return 1; // it was judged already, or goes on with a session
    }
    long len = SSL_get_tlsext_status_ocsp_resp(ssl, &data);
    int result;
    if (data == NULL || len <= 0) {
        result = wants_answer(sk_X509_value(chain, 0)) ? X509_V_ERR_OCSP_VERIFY_NEEDED : X509_V_OK;
    } else {
        OCSP_RESPONSE* answer = d2i_OCSP_RESPONSE(NULL, &data, len);
        result = judge_answer(ssl, answer);
        OCSP_RESPONSE_free(answer);
    }
    SSL_set_verify_result(ssl, result);
    return result == X509_V_OK;
}

bool trt_openssl_client_status(trt_tls_vendor* vendor) {
    return vendor->config->options.trusts_anyone ||
           (SSL_CTX_set_tlsext_status_type(vendor->ctx, TLSEXT_STATUSTYPE_ocsp) == 1 &&
            SSL_CTX_set_tlsext_status_cb(vendor->ctx, check_status) == 1);
}
