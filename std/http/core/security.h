// SPDX-License-Identifier: Apache-2.0
// Fields that keep browsers safe, in every answer that says nothing else: what a page may load, who
// may frame it, what it tells other sites, and over TLS that the site is to be asked over TLS from
// now on. On unless a server is told otherwise. The codecs put them, each in its own form.
#ifndef TRT_HTTP_CORE_SECURITY_H
#define TRT_HTTP_CORE_SECURITY_H

#include "std/http/core/message.h"

/// TRT_SECURITY_MAP expands X(id, name, name in small letters, value). That of hsts is the
/// server's. Sources: HTML 7.1, Fetch 3, CSP 3, RFC 6797, Referrer Policy.
#define TRT_SECURITY_MAP(X)                                                                        \
    X(sniff, "X-Content-Type-Options", "x-content-type-options", "nosniff")                        \
    X(referrer, "Referrer-Policy", "referrer-policy", "same-origin")                               \
    X(content, "Content-Security-Policy", "content-security-policy",                               \
      "default-src 'self'; frame-ancestors 'self'")                                                \
    X(opener, "Cross-Origin-Opener-Policy", "cross-origin-opener-policy", "same-origin")           \
    X(resource, "Cross-Origin-Resource-Policy", "cross-origin-resource-policy", "same-origin")     \
    X(hsts, "Strict-Transport-Security", "strict-transport-security", "")

enum trt_security_id {
#define TRT_SECURITY_ENUM(id, name, small, value) TRT_SECURITY_##id,
    TRT_SECURITY_MAP(TRT_SECURITY_ENUM)
#undef TRT_SECURITY_ENUM
        TRT_NUM_SECURITY
};

enum {
    TRT_SECURITY_TEXT = 512,   ///< bytes of all of them as HTTP/1.1 has them, at most
    TRT_SECURITY_HSTS_MAX = 96 ///< bytes of the value of Strict-Transport-Security, at most
};
/// TRT_HSTS_DEFAULT is a year, of this name and no other.
#define TRT_HSTS_DEFAULT "max-age=31536000"

/// trt_security_field is one of them, its name in both forms.
typedef struct trt_security_field {
    tmlrt_slice name, small, value;
} trt_security_field;

/// trt_security is what the answers of one kind of connection get. All-zero is nothing.
typedef struct trt_security {
    trt_security_field fields[TRT_NUM_SECURITY];
    uint32_t num;
    uint32_t text_len;
    char text[TRT_SECURITY_TEXT]; ///< all of them, ready for a head of HTTP/1.1
} trt_security;

/// trt_security_init makes it.   Shape: hsts: the value of Strict-Transport-Security, which lives
/// as long as `out`, at most TRT_SECURITY_HSTS_MAX bytes (asserted); empty: none is sent.
void trt_security_init(trt_security* out, tmlrt_slice hsts);
/// trt_security_hsts_valid tells whether a value says what RFC 6797 6.1 wants, and fits.
bool trt_security_hsts_valid(tmlrt_slice value);

/// trt_security_bit returns 1 << id of the field of that name, in any case; 0: it is none of these.
uint32_t trt_security_bit(const char* name, size_t len);
/// trt_security_own is trt_security_missing for a response of which some field may be one of these.
uint32_t trt_security_own(const trt_security* security, const tmlrt_response* response);

/// Lengths of the names, as bits: few other fields have one of them.
#define TRT_SECURITY_LENGTH(id, name, small, value) | 1ull << (sizeof(name) - 1)
#define TRT_SECURITY_LENGTHS                        (0 TRT_SECURITY_MAP(TRT_SECURITY_LENGTH))

/// trt_security_missing returns which of security->fields the answer is to get, as bits by index:
/// those it has not itself, and is not to go without.   Cost: a few instructions a field.
static inline uint32_t trt_security_missing(const trt_security* security,
                                            const tmlrt_response* response) {
    uint64_t may_be = response->left_out;
    for (uint32_t i = 0; i < response->num_headers; i++) {
        uint64_t len = response->headers[i].name.len;
        may_be |= len < 64 ? TRT_SECURITY_LENGTHS >> len & 1 : 0;
    }
    return may_be == 0 ? (1u << security->num) - 1 : trt_security_own(security, response);
}

#endif
