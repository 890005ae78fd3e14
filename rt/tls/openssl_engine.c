// SPDX-License-Identifier: Apache-2.0
// The engine with OpenSSL: an SSL over a BIO that is the connection's two buffers. A step empties
// the library's error queue, which belongs to the thread, before and after. Called by stream.c
// under the stream's lock, and by a job of the blocking pool when nobody else has the engine.
#include "rt/tls/openssl.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/sanitize.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>

enum { ALERT_NO_PROTOCOL = SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL };

// ---- the BIO ------------------------------------------------------------------------------------

static int bio_read(BIO* bio, char* out, size_t cap, size_t* out_len) {
    trt_openssl_engine* engine = BIO_get_data(bio);
    trt_tls_bytes* in = &engine->base.in;
    BIO_clear_retry_flags(bio);
    size_t len = in->end - in->at < cap ? in->end - in->at : cap;
    if (len == 0 || !engine->reads) { // a writing step has no business with the reader's buffer
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(out, in->data + in->at, len);
    in->at += len;
    *out_len = len;
    return 1;
}

static int bio_write(BIO* bio, const char* data, size_t data_len, size_t* out_len) {
    trt_openssl_engine* engine = BIO_get_data(bio);
    trt_tls_bytes* out = &engine->base.out;
    BIO_clear_retry_flags(bio);
    size_t room = out->cap - out->end;
    size_t len = room < data_len ? room : data_len;
    if (len == 0) {
        BIO_set_retry_write(bio);
        return 0;
    }
    memcpy(out->data + out->end, data, len);
    out->end += len;
    *out_len = len;
    return 1;
}

static long bio_ctrl(BIO* bio, int command, long number, void* pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

static int bio_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

// Made once and kept as long as the process.
static const BIO_METHOD* bio_method(void) {
    static trt_mutex s_lock;
    static BIO_METHOD* s_method;
    trt_mutex_lock(&s_lock);
    if (s_method == NULL) {
        BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "tmlrt");
        if (method != NULL && BIO_meth_set_read_ex(method, bio_read) == 1 &&
            BIO_meth_set_write_ex(method, bio_write) == 1 &&
            BIO_meth_set_ctrl(method, bio_ctrl) == 1 &&
            BIO_meth_set_create(method, bio_create) == 1) {
            s_method = method;
        } else {
            BIO_meth_free(method);
        }
    }
    const BIO_METHOD* method = s_method;
    trt_mutex_unlock(&s_lock);
    return method;
}

BIO* trt_openssl_bio(trt_openssl_engine* engine) {
    const BIO_METHOD* method = bio_method();
    BIO* bio = method != NULL ? BIO_new(method) : NULL;
    if (bio != NULL) {
        BIO_set_data(bio, engine);
    }
    return bio;
}

// ---- making and freeing -------------------------------------------------------------------------

// Whom a client wants to talk to: the name is asked for (SNI) and checked, an address only checked.
static bool set_host(trt_openssl_engine* engine) {
    SSL* ssl = engine->ssl;
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), engine->host) == 1) {
        return true;
    }
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(ssl, engine->host) == 1 &&
           SSL_set_tlsext_host_name(ssl, engine->host) == 1;
}

static size_t engine_size(size_t host_len) {
    return sizeof(trt_openssl_engine) + host_len + 1;
}

static tmlrt_status engine_init(trt_openssl_engine* engine, bool is_server) {
    trt_tls_vendor* vendor = engine->base.config->vendor;
    engine->ssl = SSL_new(vendor->ctx);
    BIO* bio = engine->ssl != NULL ? trt_openssl_bio(engine) : NULL;
    if (bio == NULL) {
        return TMLRT_E_NOMEM;
    }
    SSL_set_bio(engine->ssl, bio, bio);
    if (SSL_set_app_data(engine->ssl, engine) != 1) {
        return TMLRT_E_NOMEM;
    }
    if (is_server) {
        SSL_set_accept_state(engine->ssl);
        return TMLRT_OK;
    }
    SSL_set_connect_state(engine->ssl);
    if (!set_host(engine)) {
        return TMLRT_E_NOMEM;
    }
    trt_openssl_client_resume(vendor, engine);
    return TMLRT_OK;
}

tmlrt_status trt_tls_engine_new(trt_tls_engine** out, tmlrt_tls_config* config, const char* host) {
    bool is_server = config->options.role == TMLRT_TLS_SERVER;
    size_t host_len = host != NULL ? strnlen(host, TRT_TLS_NAME_MAX + 2) : 0;
    if (!is_server && host_len != 0 && host[host_len - 1] == '.') {
        host_len--; // of the root: neither in certificates nor in SNI
    }
    if (!is_server && (host_len == 0 || host_len > TRT_TLS_NAME_MAX)) {
        return TMLRT_E_INVAL;
    }
    host_len = is_server ? 0 : host_len;
    trt_openssl_engine* engine = trt_alloc_zero(engine_size(host_len));
    if (engine == NULL) {
        return TMLRT_E_NOMEM;
    }
    engine->base.config = tmlrt_tls_config_ref(config);
    if (host_len != 0) {
        memcpy(engine->host, host, host_len);
    }
    tmlrt_status status = engine_init(engine, is_server);
    ERR_clear_error();
    if (status != TMLRT_OK) {
        trt_tls_engine_free(&engine->base);
        return status;
    }
    *out = &engine->base;
    return TMLRT_OK;
}

// Connections share what the library counts references of (sessions, certificates). The thread
// sanitizer does not see into a library that was not built for it: there, one call at a time.
#if TRT_TSAN
static trt_mutex s_library;
#endif

// To clear the queue costs more than to look at it, and nearly always it is empty.
static void forget_errors(void) {
    if (ERR_peek_error() != 0) {
        ERR_clear_error();
    }
}

static void enter(void) {
#if TRT_TSAN
    trt_mutex_lock(&s_library);
#endif
    forget_errors();
}

static void leave(void) {
    forget_errors();
#if TRT_TSAN
    trt_mutex_unlock(&s_library);
#endif
}

void trt_tls_engine_free(trt_tls_engine* base) {
    trt_openssl_engine* engine = (trt_openssl_engine*)base;
    if (engine != NULL) {
        enter();
        SSL_free(engine->ssl);
        leave();
        trt_free(base->in.data, base->in.cap);
        trt_free(base->out.data, base->out.cap);
        tmlrt_tls_config_unref(base->config);
        trt_free(base->told, TMLRT_TLS_WHY);
        trt_free(engine, engine_size(strlen(engine->host)));
    }
}

// ---- steps --------------------------------------------------------------------------------------

trt_tls_why trt_tls_engine_why(trt_tls_engine* base) {
    if (base->told == NULL) {
        base->told = trt_alloc_zero(TMLRT_TLS_WHY);
    }
    return (trt_tls_why){base->told, TMLRT_TLS_WHY};
}

static bool out_of_memory(void) {
    unsigned long error;
    bool found = false;
    while ((error = ERR_get_error()) != 0) {
        found = found || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }
    return found;
}

// `in_handshake`: what the library says of a record may be about the handshake.
static trt_tls_step failed(trt_openssl_engine* engine, bool in_handshake) {
    trt_tls_engine* base = &engine->base;
    const trt_tls_why why = trt_tls_engine_why(base);
    unsigned long error = ERR_peek_last_error();
    int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
    const char* text = ERR_reason_error_string(error);
    const char* verdict = X509_verify_cert_error_string(SSL_get_verify_result(engine->ssl));
    text = text != NULL ? text : "no reason is known";
    if (out_of_memory()) {
        base->status = trt_tls_explain(&why, TMLRT_E_NOMEM, "out of memory");
    } else if ((reason == SSL_R_CERTIFICATE_VERIFY_FAILED ||
                reason == SSL_R_INVALID_STATUS_RESPONSE) &&
               engine->host[0] != '\0') {
        base->status =
            trt_tls_explain(&why, TMLRT_E_TLS_CERT, "the certificate of %s was not accepted: %s",
                            engine->host, verdict);
    } else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        base->status = trt_tls_explain(&why, TMLRT_E_TLS_CERT,
                                       "the client's certificate was not accepted: %s", verdict);
    } else if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        base->status = trt_tls_explain(&why, TMLRT_E_TLS_CERT, "the client sent no certificate");
    } else if (reason == SSL_R_NO_APPLICATION_PROTOCOL || reason == ALERT_NO_PROTOCOL) {
        base->status =
            trt_tls_explain(&why, TMLRT_E_TLS_ALPN, "no application protocol in common (ALPN)");
    } else if (reason >= SSL_AD_REASON_OFFSET) {
        base->status = trt_tls_explain(&why, TMLRT_E_TLS_ALERT, "the peer refused: %s", text);
    } else {
        base->status = trt_tls_explain(
            &why, in_handshake ? TMLRT_E_TLS_HANDSHAKE : TMLRT_E_TLS_RECORD, "%s", text);
    }
    ERR_clear_error(); // with the texts of those that were taken out
    return TRT_TLS_FAILED;
}

// What a call of the library that returned `code` <= 0 came to.
static trt_tls_step step_of(trt_openssl_engine* engine, int code, bool in_handshake) {
    switch (SSL_get_error(engine->ssl, code)) {
    case SSL_ERROR_WANT_READ:
        return TRT_TLS_WANTS_INPUT;
    case SSL_ERROR_WANT_WRITE:
        return TRT_TLS_WANTS_ROOM;
    case SSL_ERROR_WANT_X509_LOOKUP:
        return TRT_TLS_WANTS_BLOCKING;
    case SSL_ERROR_ZERO_RETURN:
        if (!in_handshake) {
            return TRT_TLS_ENDED;
        }
        break;
    default:
        break;
    }
    return failed(engine, in_handshake);
}

// The protocol that was agreed on; a server may not choose one that was not offered.
static trt_tls_step note_alpn(trt_openssl_engine* engine) {
    trt_tls_engine* base = &engine->base;
    const trt_tls_alpn* ours = &base->config->options.alpn;
    const unsigned char* name = NULL;
    unsigned int len = 0;
    SSL_get0_alpn_selected(engine->ssl, &name, &len);
    if (len != 0 && (len >= sizeof(base->alpn) ||
                     trt_tls_alpn_find(ours->wire, ours->len, name, len) == NULL)) {
        const trt_tls_why why = trt_tls_engine_why(base);
        base->status = trt_tls_explain(&why, TMLRT_E_TLS_ALPN,
                                       "the server chose an application protocol not offered");
        return TRT_TLS_FAILED;
    }
    memcpy(base->alpn, len != 0 ? (const char*)name : "http/1.1", len != 0 ? len : 8);
    base->alpn[len != 0 ? len : 8] = '\0';
    return TRT_TLS_DONE;
}

trt_tls_step trt_tls_engine_handshake(trt_tls_engine* base) {
    trt_openssl_engine* engine = (trt_openssl_engine*)base;
    enter();
    engine->reads = true;
    int code = SSL_do_handshake(engine->ssl);
    trt_tls_step step = code == 1 ? note_alpn(engine) : step_of(engine, code, true);
    engine->reads = false;
    if (step == TRT_TLS_DONE && engine->host[0] != '\0') {
        trt_openssl_client_keep(engine);
    }
    leave();
    return step;
}

trt_tls_step trt_tls_engine_read(trt_tls_engine* base, void* out, size_t cap, size_t* out_len) {
    trt_openssl_engine* engine = (trt_openssl_engine*)base;
    enter();
    engine->reads = true;
    int code = SSL_read_ex(engine->ssl, out, cap, out_len);
    trt_tls_step step = code == 1 ? TRT_TLS_DONE : step_of(engine, code, false);
    engine->reads = false;
    leave();
    return step;
}

trt_tls_step trt_tls_engine_write(trt_tls_engine* base, const void* data, size_t len) {
    trt_openssl_engine* engine = (trt_openssl_engine*)base;
    size_t written = 0;
    TRT_ASSERT(len != 0 && len <= TRT_TLS_RECORD);
    if (base->out.cap - base->out.end < TRT_TLS_RECORD + 1024) {
        return TRT_TLS_WANTS_ROOM;
    }
    enter();
    int code = SSL_write_ex(engine->ssl, data, len, &written);
    // With room for a record the library has nothing to wait for; what it began it would have to
    // be asked to end with the same bytes, so everything else is the end.
    trt_tls_step step = code == 1 && written == len ? TRT_TLS_DONE : failed(engine, false);
    leave();
    return step;
}

trt_tls_step trt_tls_engine_close(trt_tls_engine* base) {
    trt_openssl_engine* engine = (trt_openssl_engine*)base;
    if (engine->closed || base->status != TMLRT_OK) {
        return base->status != TMLRT_OK ? TRT_TLS_FAILED : TRT_TLS_DONE;
    }
    enter();
    int code = SSL_shutdown(engine->ssl);
    trt_tls_step step = code >= 0 ? TRT_TLS_DONE : step_of(engine, code, false);
    engine->closed = step == TRT_TLS_DONE;
    leave();
    return step;
}

bool trt_tls_engine_has_plain(const trt_tls_engine* base) {
    const trt_openssl_engine* engine = (const trt_openssl_engine*)base;
    return base->in.at != base->in.end || SSL_pending(engine->ssl) != 0;
}

// ---- what it is ---------------------------------------------------------------------------------

int32_t trt_tls_engine_version(const trt_tls_engine* base) {
    return SSL_version(((const trt_openssl_engine*)base)->ssl) == TLS1_3_VERSION ? TMLRT_TLS_1_3
                                                                                 : TMLRT_TLS_1_2;
}

bool trt_tls_engine_resumed(const trt_tls_engine* base) {
    return SSL_session_reused(((const trt_openssl_engine*)base)->ssl) == 1;
}

const char* trt_tls_engine_server_name(const trt_tls_engine* base) {
    return SSL_get_servername(((const trt_openssl_engine*)base)->ssl, TLSEXT_NAMETYPE_host_name);
}

size_t trt_tls_engine_peer_name(const trt_tls_engine* base, char* out, size_t cap) {
    SSL* ssl = ((const trt_openssl_engine*)base)->ssl;
    X509* peer = SSL_get0_peer_certificate(ssl);
    char* text = NULL;
    size_t len = 0;
    if (cap == 0) {
        return 0;
    }
    out[0] = '\0';
    BIO* bio =
        peer != NULL && SSL_get_verify_result(ssl) == X509_V_OK ? BIO_new(BIO_s_mem()) : NULL;
    if (bio != NULL && X509_NAME_print_ex(bio, X509_get_subject_name(peer), 0,
                                          XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        long all = BIO_get_mem_data(bio, &text);
        len = all <= 0 ? 0 : (size_t)all < cap ? (size_t)all : cap - 1;
        memcpy(out, text, len);
        out[len] = '\0';
    }
    BIO_free(bio);
    ERR_clear_error();
    return len;
}

size_t trt_tls_engine_peer_cert(const trt_tls_engine* base, void* out, size_t cap) {
    X509* peer = SSL_get0_peer_certificate(((const trt_openssl_engine*)base)->ssl);
    int len = peer != NULL ? i2d_X509(peer, NULL) : 0;
    unsigned char* at = out;
    if (len > 0 && (size_t)len <= cap) {
        i2d_X509(peer, &at);
    }
    return len > 0 ? (size_t)len : 0;
}
