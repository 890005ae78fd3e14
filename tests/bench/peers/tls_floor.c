// SPDX-License-Identifier: Apache-2.0
// The floor of TLS: what the library alone holds of an idle connection when a program is as frugal
// as it lets one be. One SSL per connection and nothing else, the socket's own BIO, buffers given
// back by the library while nothing moves (SSL_MODE_RELEASE_BUFFERS), no session cache; tickets,
// groups and ciphers as ours. A canned answer for whatever looks like the end of a request head.
//   usage: tls_floor PORT FILE CERT KEY     FILE has the whole answer, head and body
#include "floor.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

enum { INPUT_CAP = 16384, ANSWER_CAP = 4096 };

static char s_answer[ANSWER_CAP], s_input[INPUT_CAP];
static size_t s_answer_len;
static SSL_CTX* s_ctx;

static void* open_tls(int fd) {
    SSL* ssl = SSL_new(s_ctx);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return ssl;
}

static void close_tls(void* self) {
    SSL* ssl = self;
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(fd);
}

static bool waits(SSL* ssl, int code) {
    bool wants = SSL_get_error(ssl, code) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return wants;
}

/// Reads until nothing is there; the handshake is made on the way.
static bool serve_tls(void* self) {
    SSL* ssl = self;
    for (;;) {
        int len = SSL_read(ssl, s_input, INPUT_CAP);
        if (len <= 0) {
            return waits(ssl, len);
        }
        if (memmem(s_input, (size_t)len, "\r\n\r\n", 4) != NULL &&
            SSL_write(ssl, s_answer, (int)s_answer_len) <= 0) {
            return false;
        }
    }
}

static SSL_CTX* make_context(const char* cert, const char* key) {
    SSL_CTX* ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        (SSL_CTX_set1_groups_list(ctx, "*X25519MLKEM768/*X25519:P-256:P-384") != 1 &&
         SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1)) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    return ctx;
}

int main(int argc, char** argv) {
    const floor_calls calls = {open_tls, serve_tls, close_tls};
    if (argc != 5) {
        fprintf(stderr, "usage: tls_floor PORT FILE CERT KEY\n");
        return 2;
    }
    s_answer_len = floor_load(argv[2], s_answer, ANSWER_CAP);
    s_ctx = make_context(argv[3], argv[4]);
    floor_run(argv[1], &calls);
}
