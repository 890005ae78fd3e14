// SPDX-License-Identifier: Apache-2.0
// Configurations with OpenSSL: the library's start, a context with what is allowed, roots, and the
// certificates. Called by config.c; reads files; any thread.
//
// The library's memory comes from the process's allocator. If that is libc's nothing is to be done;
// else each block has its size in front, unless somebody allocated from the library before us: then
// it stays on libc's heap.
#include "rt/tls/openssl.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdalign.h>
#include <string.h>

enum { SIZE_ROOM = alignof(max_align_t) };

_Static_assert(SIZE_ROOM >= sizeof(size_t), "the size fits in front");

// ---- the library --------------------------------------------------------------------------------

static void* memory_alloc(size_t len, const char* file, int line) {
    size_t size;
    (void)file, (void)line;
    if (__builtin_add_overflow(len, SIZE_ROOM, &size)) {
        return NULL;
    }
    char* block = trt_alloc(size);
    if (block == NULL) {
        return NULL;
    }
    *(size_t*)(void*)block = size;
    return block + SIZE_ROOM;
}

static void memory_free(void* ptr, const char* file, int line) {
    (void)file, (void)line;
    if (ptr != NULL) {
        char* block = (char*)ptr - SIZE_ROOM;
        trt_free(block, *(size_t*)(void*)block);
    }
}

static void* memory_realloc(void* ptr, size_t len, const char* file, int line) {
    size_t size;
    if (ptr == NULL) {
        return memory_alloc(len, file, line);
    }
    if (len == 0) {
        memory_free(ptr, file, line);
        return NULL;
    }
    if (__builtin_add_overflow(len, SIZE_ROOM, &size)) {
        return NULL;
    }
    char* block = (char*)ptr - SIZE_ROOM;
    block = trt_realloc(block, *(size_t*)(void*)block, size);
    if (block == NULL) {
        return NULL;
    }
    *(size_t*)(void*)block = size;
    return block + SIZE_ROOM;
}

tmlrt_status trt_openssl_init(void) {
    static trt_mutex s_lock;
    static bool s_asked, s_ready;
    trt_mutex_lock(&s_lock);
    if (!s_asked) {
        s_asked = true; // once: after the library's first allocation it would refuse
        if (!trt_alloc_is_libc()) {
            (void)CRYPTO_set_mem_functions(memory_alloc, memory_realloc, memory_free);
        }
    }
    if (!s_ready) {
        s_ready = OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL) == 1;
    }
    bool ready = s_ready;
    trt_mutex_unlock(&s_lock);
    return ready ? TMLRT_OK : TMLRT_E_NOMEM;
}

bool trt_openssl_reason(char* out, size_t cap) {
    unsigned long error, last = 0;
    int of_system = 0; // it says more than what OpenSSL makes of it
    bool no_memory = false;
    while ((error = ERR_get_error()) != 0) {
        no_memory = no_memory || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
        of_system = ERR_SYSTEM_ERROR(error) ? ERR_GET_REASON(error) : of_system;
        last = error;
    }
    const char* text = of_system != 0 ? strerror(of_system) : ERR_reason_error_string(last);
    strncpy(out, text != NULL ? text : "no reason is known", cap - 1);
    out[cap - 1] = '\0';
    return no_memory;
}

// ---- the context --------------------------------------------------------------------------------

static int version_of(int32_t version) {
    return version == TMLRT_TLS_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

// What both roles allow: docs/design/tls.md, "what is spoken".
static bool set_protocol(SSL_CTX* ctx, const tmlrt_tls_options* options) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_security_level(ctx, 2);
    if (SSL_CTX_set_min_proto_version(ctx, version_of(options->min_version)) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, version_of(options->max_version)) != 1 ||
        SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set1_sigalgs_list(ctx, "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:"
                                       "RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:"
                                       "RSA+SHA512") != 1) {
        return false;
    }
    // The hybrid group is known from 3.5 on; an older library refuses the list as a whole. A client
    // sends keys of the two with a star, so that a peer without the hybrid one need not ask again;
    // a server asks again a client that has it and sent another's (the slash).
    return SSL_CTX_set1_groups_list(ctx, "*X25519MLKEM768/*X25519:P-256:P-384") == 1 ||
           SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
}

static tmlrt_status load_trust(SSL_CTX* ctx, const trt_tls_source* from, bool is_server,
                               const trt_tls_why* why) {
    BIO* bio;
    int num = 0;
    X509* root;
    TRT_TRY(trt_openssl_source(&bio, from, "trusted roots", why));
    while ((root = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        bool added = X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root) == 1 &&
                     (!is_server || SSL_CTX_add_client_CA(ctx, root) == 1);
        X509_free(root);
        if (!added) {
            BIO_free(bio);
            return TMLRT_E_NOMEM;
        }
        num++;
    }
    BIO_free(bio);
    if (num == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        char reason[128];
        if (trt_openssl_reason(reason, sizeof(reason))) {
            return TMLRT_E_NOMEM;
        }
        return trt_tls_explain(why, TMLRT_E_TLS_CONFIG,
                               "trusted roots (%s): certificate %d is missing or malformed: %s",
                               from->is_file ? from->text : "PEM text", num + 1, reason);
    }
    ERR_clear_error();
    return TMLRT_OK;
}

static tmlrt_status set_trust(SSL_CTX* ctx, const tmlrt_tls_options* options,
                              const trt_tls_why* why) {
    bool is_server = options->role == TMLRT_TLS_SERVER;
    int mode = SSL_VERIFY_PEER;
    if (is_server ? options->client_auth == TMLRT_TLS_AUTH_NONE : options->trusts_anyone) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
        return TMLRT_OK;
    }
    if (options->client_auth == TMLRT_TLS_AUTH_REQUIRED) {
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    SSL_CTX_set_verify(ctx, mode, NULL);
    if (options->trust.text != NULL) {
        return load_trust(ctx, &options->trust, is_server, why);
    }
    return SSL_CTX_set_default_verify_paths(ctx) == 1 ? TMLRT_OK : TMLRT_E_NOMEM;
}

// The names of the leaf: its subject alternative names (RFC 9525: the common name is none).
static tmlrt_status add_names(trt_tls_vendor* vendor, uint32_t index) {
    const trt_openssl_cert* cert = &vendor->certs[index];
    GENERAL_NAMES* all = X509_get_ext_d2i(cert->leaf, NID_subject_alt_name, NULL, NULL);
    tmlrt_status status = TMLRT_OK;
    for (int i = 0; status == TMLRT_OK && i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME* one = sk_GENERAL_NAME_value(all, i);
        if (one->type == GEN_DNS) {
            status = trt_tls_names_add(
                &vendor->names, (const char*)ASN1_STRING_get0_data(one->d.dNSName),
                (size_t)ASN1_STRING_length(one->d.dNSName), (int32_t)index, cert->kind);
        }
    }
    GENERAL_NAMES_free(all);
    return status;
}

// The first certificate, and the other kind's when it shares one of its names.
static void set_fallback(trt_tls_vendor* vendor) {
    int kind = vendor->certs[0].kind;
    vendor->fallback = (trt_tls_pair){{-1, -1}};
    vendor->fallback.cert[kind] = 0;
    for (uint32_t i = 0; i < vendor->names.num; i++) {
        const trt_tls_pair* pair = &vendor->names.entries[i].pair;
        if (pair->cert[kind] == 0 && pair->cert[1 - kind] >= 0) {
            vendor->fallback = *pair;
            return;
        }
    }
}

static tmlrt_status load_certs(trt_tls_vendor* vendor, const trt_tls_why* why) {
    const tmlrt_tls_options* options = &vendor->config->options;
    if (options->num_identities == 0) {
        return TMLRT_OK;
    }
    vendor->certs = trt_alloc_array(options->num_identities, sizeof(*vendor->certs));
    if (vendor->certs == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < options->num_identities; i++) {
        vendor->num_certs++;
        TRT_TRY(trt_openssl_cert_load(&vendor->certs[i], &options->identities[i], i + 1, why));
        TRT_TRY(add_names(vendor, i));
    }
    trt_tls_names_sort(&vendor->names);
    set_fallback(vendor);
    return TMLRT_OK;
}

static tmlrt_status vendor_init(trt_tls_vendor* vendor, const trt_tls_why* why) {
    const tmlrt_tls_options* options = &vendor->config->options;
    bool is_server = options->role == TMLRT_TLS_SERVER;
    vendor->ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (vendor->ctx == NULL || !set_protocol(vendor->ctx, options) ||
        SSL_CTX_set_app_data(vendor->ctx, vendor) != 1) {
        return TMLRT_E_NOMEM;
    }
    TRT_TRY(set_trust(vendor->ctx, options, why));
    TRT_TRY(load_certs(vendor, why));
    return is_server ? trt_openssl_server_init(vendor) : trt_openssl_client_init(vendor);
}

tmlrt_status trt_tls_vendor_new(trt_tls_vendor** out, tmlrt_tls_config* config,
                                const trt_tls_why* why) {
    TRT_TRY(trt_openssl_init());
    trt_tls_vendor* vendor = trt_alloc_zero(sizeof(*vendor));
    if (vendor == NULL) {
        return TMLRT_E_NOMEM;
    }
    vendor->config = config;
    tmlrt_status status = vendor_init(vendor, why);
    ERR_clear_error();
    if (status != TMLRT_OK) {
        trt_tls_vendor_free(vendor);
        return status;
    }
    *out = vendor;
    return TMLRT_OK;
}

void trt_tls_vendor_free(trt_tls_vendor* vendor) {
    if (vendor == NULL) {
        return;
    }
    SSL_CTX_free(vendor->ctx);
    for (uint32_t i = 0; i < TRT_OPENSSL_SESSIONS; i++) {
        SSL_SESSION_free(vendor->sessions[i].session);
    }
    for (uint32_t i = 0; i < vendor->num_certs; i++) {
        trt_openssl_cert_fini(&vendor->certs[i]);
    }
    trt_free(vendor->certs, vendor->config->options.num_identities * sizeof(*vendor->certs));
    trt_tls_names_fini(&vendor->names);
    trt_free(vendor, sizeof(*vendor));
}
