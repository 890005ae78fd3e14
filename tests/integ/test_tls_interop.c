// SPDX-License-Identifier: Apache-2.0
// The openssl program as the other side, in both roles and versions, where it is installed: what a
// stock client and server say to ours, seen in their own words.
#include <tmlrt/io.h>
#include <tmlrt/net.h>
#include <tmlrt/task.h>
#include <tmlrt/tls.h>

#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct leaf {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char bytes[TMLRT_LEAF_SIZE];
} leaf;

typedef struct party {
    pthread_t thread;
    tmlrt_tcp_listener* listener;
    tmlrt_tls_config* config;
    tmlrt_status status;
    int version;
    char alpn[32];
} party;

static char s_folder[] = "/tmp/tmlrt_interop_XXXXXX";

void test_before_all(void) {
    OPENSSL_free(OPENSSL_malloc(1));
    tls_rig_warm_up();
}

static bool has_openssl(void) {
    if (system("openssl version >/dev/null 2>&1") == 0) {
        return true;
    }
    test_skip("there is no openssl program");
    return false;
}

// Accepts one connection and answers whatever comes first with "pong".
static void* serve(void* arg) {
    party* self = arg;
    leaf l;
    char byte;
    tmlrt_tcp_opened tcp = {1, NULL};
    tmlrt_tls_opened tls = {1, NULL, NULL};
    tmlrt_io_moved moved = {1, 0};
    tmlrt_tcp_accept_init(&l, self->listener);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_accept_desc, &l, &tcp);
    if (tcp.status != TMLRT_OK) {
        self->status = tcp.status;
        return NULL;
    }
    tmlrt_tls_accept_init(&l, self->config, tmlrt_tcp_as_stream(tcp.stream), 0);
    (void)!tmlrt_block_on_future(&tmlrt_tls_accept_desc, &l, &tls);
    self->status = tls.status;
    free(tls.told);
    if (tls.stream != NULL) {
        self->version = tmlrt_tls_version(tls.stream);
        snprintf(self->alpn, sizeof(self->alpn), "%s", tmlrt_tls_alpn(tls.stream));
        tmlrt_stream* stream = tmlrt_tls_as_stream(tls.stream);
        tmlrt_stream_read_init(&l, stream, &byte, 1);
        (void)!tmlrt_block_on_future(&tmlrt_stream_read_desc, &l, &moved);
        tmlrt_stream_write_init(&l, stream, "pong\n", 5);
        (void)!tmlrt_block_on_future(&tmlrt_stream_write_desc, &l, &moved);
        tmlrt_tls_stream_free(tls.stream);
    }
    return NULL;
}

// What the openssl client with these options printed.
static party ask(tmlrt_tls_options* owned_options, const char* options, char* out, size_t cap) {
    char command[512];
    party self = {.config = tls_rig_config(owned_options)};
    out[0] = '\0';
    if (tmlrt_tcp_listen(&self.listener, "127.0.0.1", 0) != TMLRT_OK) {
        return self;
    }
    pthread_create(&self.thread, NULL, serve, &self);
    snprintf(command, sizeof(command),
             "echo ping | timeout 20 openssl s_client -ign_eof -connect 127.0.0.1:%d "
             "-servername a.test -CAfile %s/ca.pem -verify_return_error %s 2>&1",
             tmlrt_tcp_listener_port(self.listener), s_folder, options);
    FILE* pipe = popen(command, "r");
    size_t len = pipe != NULL ? fread(out, 1, cap - 1, pipe) : 0;
    out[len] = '\0';
    if (pipe != NULL) {
        pclose(pipe);
    }
    pthread_join(self.thread, NULL);
    tmlrt_tcp_listener_free(self.listener);
    tmlrt_tls_config_unref(self.config);
    return self;
}

static bool write_roots(void) {
    char path[64];
    static bool s_made;
    if (!s_made) {
        s_made = mkdtemp(s_folder) != NULL;
    }
    snprintf(path, sizeof(path), "%s/ca.pem", s_folder);
    return s_made && test_cert_write(path, tls_rig_get()->ca.chain);
}

static tmlrt_tls_options* speaking(const char* alpn) {
    tmlrt_tls_options* options = tls_rig_server();
    EXPECT_EQ(tmlrt_tls_options_alpn(options, alpn), TMLRT_OK);
    return options;
}

TEST(tls_interop__openssl_client__both_versions_and_alpn) {
    static char out[65536];
    test_allocator_shared();
    if (!has_openssl()) {
        return;
    }
    REQUIRE(write_roots());
    party self = ask(speaking("h2,http/1.1"), "-tls1_3 -alpn http/1.1,h2", out, sizeof(out));
    EXPECT_EQ(self.status, TMLRT_OK);
    EXPECT_EQ(self.version, TMLRT_TLS_1_3);
    EXPECT_STR(self.alpn, "h2");
    EXPECT(strstr(out, "pong") != NULL && strstr(out, "Verify return code: 0 (ok)") != NULL);
    self = ask(speaking("h2,http/1.1"), "-tls1_2", out, sizeof(out));
    EXPECT_EQ(self.status, TMLRT_OK);
    EXPECT_EQ(self.version, TMLRT_TLS_1_2);
    EXPECT_STR(self.alpn, "http/1.1");
    EXPECT(strstr(out, "pong") != NULL && strstr(out, "ECDHE-ECDSA-AES256-GCM") != NULL);
    EXPECT(strstr(out, "Secure Renegotiation IS supported") != NULL);
    EXPECT(strstr(out, "Compression: NONE") != NULL);
}

TEST(tls_interop__what_is_not_spoken__refused) {
    static char out[65536];
    test_allocator_shared();
    if (!has_openssl()) {
        return;
    }
    REQUIRE(write_roots());
    party self = ask(speaking("h2"), "-alpn spdy/1", out, sizeof(out));
    EXPECT_EQ(self.status, TMLRT_E_TLS_ALPN);
    EXPECT(strstr(out, "no application protocol") != NULL);
    self = ask(speaking("h2"), "-tls1_1 -cipher DEFAULT@SECLEVEL=0", out, sizeof(out));
    EXPECT_EQ(self.status, TMLRT_E_TLS_HANDSHAKE);
    EXPECT(strstr(out, "alert protocol version") != NULL);
    self = ask(speaking("h2"), "-tls1_2 -cipher AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA", out,
               sizeof(out));
    EXPECT_EQ(self.status, TMLRT_E_TLS_HANDSHAKE);
    EXPECT(strstr(out, "handshake failure") != NULL);
}

TEST(tls_interop__stapled_answer_and_rsa__seen_by_the_openssl_client) {
    static char out[65536];
    char path[64];
    test_allocator_shared();
    if (!has_openssl()) {
        return;
    }
    REQUIRE(write_roots());
    snprintf(path, sizeof(path), "%s/ocsp.der", s_folder);
    const tls_rig_certs* certs = tls_rig_get();
    REQUIRE(test_cert_ocsp(path, &certs->rsa, &certs->ca, true));
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    EXPECT_EQ(tmlrt_tls_options_identity(options, certs->ec.chain, certs->ec.key, NULL), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_options_identity(options, certs->rsa.chain, certs->rsa.key, path),
              TMLRT_OK);
    party self = ask(options, "-status -sigalgs RSA-PSS+SHA256", out, sizeof(out));
    EXPECT_EQ(self.status, TMLRT_OK);
    EXPECT(strstr(out, "OCSP Response Status: successful") != NULL);
    EXPECT(strstr(out, "CN = rsa") != NULL || strstr(out, "CN=rsa") != NULL);
}
