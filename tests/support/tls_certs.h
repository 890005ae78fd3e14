// SPDX-License-Identifier: Apache-2.0
// Certificates for tests, made at run time with the library: nothing in the repository expires.
#ifndef TESTS_SUPPORT_TLS_CERTS_H
#define TESTS_SUPPORT_TLS_CERTS_H

#include <stdbool.h>

/// test_cert is a certificate and its key in PEM. A process has one RSA key, made when first asked
/// for; ECDSA keys are fresh.
typedef struct test_cert {
    char chain[4096], key[4096];
} test_cert;

/// test_cert_ask says what to make; all-zero is an ECDSA leaf without names, good for a day.
typedef struct test_cert_ask {
    const char* subject;     ///< common name; NULL: "test"
    const char* names;       ///< "DNS:a.test,IP:127.0.0.1"; NULL: none
    const test_cert* issuer; ///< NULL: signed by itself
    bool rsa, ca;
    bool strict;                 ///< with what a strict client wants to see in a chain
    int rsa_bits;                ///< 0: 2048
    int from_hours, until_hours; ///< from now; until 0: 24
} test_cert_ask;

/// test_cert_make returns false when the library refuses.
bool test_cert_make(test_cert* out, const test_cert_ask* ask);
/// test_cert_ocsp writes an OCSP answer in DER to a file: a good one, or "try later".
bool test_cert_ocsp(const char* path, const test_cert* leaf, const test_cert* issuer, bool good);
/// test_cert_write writes a text to a file.
bool test_cert_write(const char* path, const char* text);

#endif
