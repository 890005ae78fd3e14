// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_certs.h"

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static EVP_PKEY* make_key(const test_cert_ask* ask) {
    static EVP_PKEY* s_rsa;
    if (!ask->rsa) {
        return EVP_EC_gen("P-256");
    }
    if (ask->rsa_bits != 0) {
        return EVP_RSA_gen((unsigned)ask->rsa_bits);
    }
    if (s_rsa == NULL) {
        s_rsa = EVP_RSA_gen(2048);
    }
    if (s_rsa != NULL) {
        EVP_PKEY_up_ref(s_rsa);
    }
    return s_rsa;
}

static X509* read_cert(const char* pem) {
    BIO* bio = BIO_new_mem_buf(pem, -1);
    X509* cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return cert;
}

static EVP_PKEY* read_key(const char* pem) {
    BIO* bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

// `issuer`: NULL: the certificate itself.
static bool extend(X509* cert, X509* issuer, int nid, const char* value) {
    X509V3_CTX about;
    X509V3_set_ctx(&about, issuer != NULL ? issuer : cert, cert, NULL, NULL, 0);
    X509_EXTENSION* one = X509V3_EXT_conf_nid(NULL, &about, nid, value);
    bool well = one != NULL && X509_add_ext(cert, one, -1) == 1;
    X509_EXTENSION_free(one);
    return well;
}

// What strict clients want to see in a chain (RFC 5280 4.2.1.1 to 4.2.1.3).
static bool identify(X509* cert, X509* issuer, bool ca) {
    return extend(cert, issuer, NID_subject_key_identifier, "hash") &&
           extend(cert, issuer, NID_authority_key_identifier, "keyid:always") &&
           (!ca ||
            extend(cert, issuer, NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"));
}

static bool fill(X509* cert, EVP_PKEY* key, X509* issuer, const test_cert_ask* ask) {
    static long s_serial = 1000;
    const char* subject = ask->subject != NULL ? ask->subject : "test";
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++s_serial);
    X509_gmtime_adj(X509_getm_notBefore(cert), 3600L * ask->from_hours - 60);
    X509_gmtime_adj(X509_getm_notAfter(cert),
                    3600L * (ask->until_hours != 0 ? ask->until_hours : 24));
    X509_NAME* name = X509_get_subject_name(cert);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char*)subject, -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(cert, X509_get_subject_name(issuer != NULL ? issuer : cert)) == 1 &&
           X509_set_pubkey(cert, key) == 1 && (!ask->strict || identify(cert, issuer, ask->ca)) &&
           (!ask->ca || extend(cert, issuer, NID_basic_constraints, "critical,CA:TRUE")) &&
           (ask->names == NULL || extend(cert, issuer, NID_subject_alt_name, ask->names));
}

static bool write_pem(char* out, size_t cap, X509* cert, EVP_PKEY* key) {
    BIO* bio = BIO_new(BIO_s_mem());
    char* text = NULL;
    bool well = cert != NULL ? PEM_write_bio_X509(bio, cert) == 1
                             : PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    long len = BIO_get_mem_data(bio, &text);
    well = well && len > 0 && (size_t)len < cap;
    if (well) {
        memcpy(out, text, (size_t)len);
        out[len] = '\0';
    }
    BIO_free(bio);
    return well;
}

bool test_cert_make(test_cert* out, const test_cert_ask* ask) {
    X509* cert = X509_new();
    X509* issuer = ask->issuer != NULL ? read_cert(ask->issuer->chain) : NULL;
    EVP_PKEY* key = make_key(ask);
    EVP_PKEY* signer = ask->issuer != NULL ? read_key(ask->issuer->key) : key;
    bool well = cert != NULL && key != NULL && signer != NULL && fill(cert, key, issuer, ask) &&
                X509_sign(cert, signer, EVP_sha256()) > 0 &&
                write_pem(out->chain, sizeof(out->chain), cert, NULL) &&
                write_pem(out->key, sizeof(out->key), NULL, key);
    if (signer != key) {
        EVP_PKEY_free(signer);
    }
    EVP_PKEY_free(key);
    X509_free(issuer);
    X509_free(cert);
    return well;
}

bool test_cert_ocsp(const char* path, const test_cert* leaf, const test_cert* issuer, bool good) {
    X509 *cert = read_cert(leaf->chain), *ca = read_cert(issuer->chain);
    EVP_PKEY* key = read_key(issuer->key);
    OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
    OCSP_CERTID* id = OCSP_cert_to_id(EVP_sha1(), cert, ca);
    ASN1_TIME *now = X509_gmtime_adj(NULL, 0), *next = X509_gmtime_adj(NULL, 3600);
    bool well =
        OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, now, next) != NULL &&
        OCSP_basic_sign(basic, ca, key, EVP_sha256(), NULL, 0) == 1;
    OCSP_RESPONSE* answer =
        OCSP_response_create(good ? OCSP_RESPONSE_STATUS_SUCCESSFUL : OCSP_RESPONSE_STATUS_TRYLATER,
                             good ? basic : NULL);
    BIO* file = BIO_new_file(path, "wb");
    well = well && answer != NULL && file != NULL && i2d_OCSP_RESPONSE_bio(file, answer) > 0;
    BIO_free(file);
    OCSP_RESPONSE_free(answer);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    OCSP_CERTID_free(id);
    OCSP_BASICRESP_free(basic);
    EVP_PKEY_free(key);
    X509_free(cert);
    X509_free(ca);
    return well;
}

bool test_cert_write(const char* path, const char* text) {
    FILE* file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    bool well = fputs(text, file) >= 0;
    return fclose(file) == 0 && well;
}
