// SPDX-License-Identifier: Apache-2.0
#include "rt/tls/stream.h"

#include <tmlrt/log.h>

#include "rt/tls/openssl.h"

#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <stdio.h>

void test_before_all(void) {
    tls_rig_warm_up();
}

// A connection of configurations that the rig then owns alone.
static bool connect(tls_rig* rig, tmlrt_tls_options* client, tmlrt_tls_options* server,
                    const char* host) {
    tmlrt_tls_config *a = tls_rig_config(client), *b = tls_rig_config(server);
    bool well = tls_rig_connect(rig, a, b, host);
    tmlrt_tls_config_unref(a);
    tmlrt_tls_config_unref(b);
    return well;
}

static void expect_hello(tls_rig* rig) {
    char out[8] = "";
    EXPECT_EQ(tls_rig_send(rig, true, "hello", 5, out, 5), TMLRT_OK);
    EXPECT_STR(out, "hello");
    EXPECT_EQ(tls_rig_send(rig, false, "world", 5, out, 5), TMLRT_OK);
    EXPECT_STR(out, "world");
}

static int key_kind(tmlrt_tls_stream* client) {
    char name[64];
    tmlrt_tls_peer_name(client, name, sizeof(name));
    return strcmp(name, "CN=rsa") == 0 ? TRT_TLS_RSA : TRT_TLS_ECDSA;
}

TEST(tls_handshake__every_version_and_key__bytes_both_ways) {
    for (int version = TMLRT_TLS_1_2; version <= TMLRT_TLS_1_3; version++) {
        for (int kind = 0; kind < 2; kind++) {
            tls_rig rig;
            const test_cert* cert = kind == TRT_TLS_RSA ? &tls_rig_get()->rsa : &tls_rig_get()->ec;
            tmlrt_tls_options *client = tls_rig_client(),
                              *server = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
            EXPECT_EQ(tmlrt_tls_options_identity(server, cert->chain, cert->key, ""), TMLRT_OK);
            EXPECT_EQ(tmlrt_tls_options_versions(client, version, version), TMLRT_OK);
            REQUIRE(connect(&rig, client, server, "a.test"));
            EXPECT_EQ(rig.client_status, TMLRT_OK);
            EXPECT_EQ(rig.server_status, TMLRT_OK);
            EXPECT_EQ(tmlrt_tls_version(rig.client), version);
            EXPECT_EQ(tmlrt_tls_version(rig.server), version);
            EXPECT_EQ(key_kind(rig.client), kind);
            EXPECT_STR(tmlrt_tls_alpn(rig.server), "http/1.1");
            expect_hello(&rig);
            tls_rig_close(&rig);
        }
    }
}

TEST(tls_handshake__byte_by_byte_in_both_versions__arrives) {
    for (int version = TMLRT_TLS_1_2; version <= TMLRT_TLS_1_3; version++) {
        tls_rig rig;
        const trt_duplex_options bytes = {.cap_bytes = 7, .max_step = 1};
        tmlrt_tls_options* options = tls_rig_client();
        EXPECT_EQ(tmlrt_tls_options_versions(options, version, version), TMLRT_OK);
        tmlrt_tls_config *client = tls_rig_config(options),
                         *server = tls_rig_config(tls_rig_server());
        REQUIRE(tls_rig_open(&rig, client, server, "a.test", &bytes) && tls_rig_shake(&rig));
        EXPECT_EQ(rig.client_status, TMLRT_OK);
        expect_hello(&rig);
        tls_rig_close(&rig);
        tmlrt_tls_config_unref(client);
        tmlrt_tls_config_unref(server);
    }
}

TEST(tls_stream__more_than_the_buffers_hold__arrives_in_order) {
    static char sent[300000], got[300000];
    const size_t caps[] = {100, 5000, 65536, 400000};
    for (size_t i = 0; i < sizeof(sent); i++) {
        sent[i] = (char)(i * 31 + i / 251);
    }
    for (int i = 0; i < 4; i++) {
        tls_rig rig;
        const trt_duplex_options options = {.cap_bytes = caps[i]};
        tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                         *server = tls_rig_config(tls_rig_server());
        REQUIRE(tls_rig_open(&rig, client, server, "a.test", &options) && tls_rig_shake(&rig));
        memset(got, 0, sizeof(got));
        EXPECT_EQ(tls_rig_send(&rig, i % 2 == 0, sent, sizeof(sent), got, 7000), TMLRT_OK);
        EXPECT(memcmp(sent, got, sizeof(sent)) == 0);
        tls_rig_close(&rig);
        tmlrt_tls_config_unref(client);
        tmlrt_tls_config_unref(server);
    }
}

TEST(tls_read__several_records_are_there__a_wide_buffer_while_they_are) {
    static char data[8 * TRT_TLS_RECORD], out[TRT_TLS_RECORD];
    tls_rig rig;
    trt_io_result result = {0};
    const trt_duplex_options options = {.cap_bytes = 200000};
    tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                     *server = tls_rig_config(tls_rig_server());
    REQUIRE(tls_rig_open(&rig, client, server, "a.test", &options) && tls_rig_shake(&rig));
    for (size_t sent = 0; sent < sizeof data; sent += result.len) {
        tmlrt_slice slice = {data + sent, sizeof data - sent};
        REQUIRE(trt_stream_poll_writev(rig.client->base.io, test_waker_context(&rig.client_waker),
                                       &slice, 1, &result) == TMLRT_READY &&
                result.status == TMLRT_OK);
    }
    const trt_tls_bytes* in = &rig.server->engine->in;
    size_t widest = 0;
    for (size_t got = 0; got < sizeof data; got += result.len) {
        REQUIRE(trt_stream_poll_read(rig.server->base.io, test_waker_context(&rig.server_waker),
                                     out, sizeof out, &result) == TMLRT_READY &&
                result.status == TMLRT_OK);
        widest = in->cap > widest ? in->cap : widest;
    }
    EXPECT_EQ(widest, TRT_TLS_IN_WIDE);
    EXPECT(in->cap <=
           TRT_TLS_IN_CAP); // the last read was a short one: whoever answers holds no more
    EXPECT_EQ(trt_stream_poll_read(rig.server->base.io, test_waker_context(&rig.server_waker), out,
                                   sizeof out, &result),
              TMLRT_PENDING);
    EXPECT(in->cap <= TRT_TLS_IN_CAP); // a peer that pauses holds no more than another
    tls_rig_close(&rig);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
}

TEST(tls_poll_writev__peer_reads_nothing__waits_with_a_bounded_buffer) {
    static char data[65536];
    tls_rig rig;
    trt_io_result result;
    const trt_duplex_options options = {.cap_bytes = 4096};
    tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                     *server = tls_rig_config(tls_rig_server());
    REQUIRE(tls_rig_open(&rig, client, server, "a.test", &options) && tls_rig_shake(&rig));
    tmlrt_slice slice = {data, sizeof(data)};
    uint64_t before = test_allocator_bytes();
    for (int i = 0; i < 100; i++) {
        EXPECT_EQ(trt_stream_poll_writev(rig.client->base.io, test_waker_context(&rig.client_waker),
                                         &slice, 1, &result),
                  TMLRT_PENDING);
    }
    EXPECT(test_allocator_bytes() - before < TRT_TLS_OUT_CAP + TRT_TLS_RECORD + 4096);
    EXPECT_EQ(rig.client_waker.context.budget, TMLRT_BUDGET);
    trt_stream_cancel(rig.client->base.io, TMLRT_IO_WRITE);
    EXPECT_EQ(test_waker_refs(&rig.client_waker), 0);
    tls_rig_close(&rig);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
}

// Writes more than the transport takes, an allocation failing; false: the write has failed.
static bool stall(tls_rig* rig, const tmlrt_slice* slice, uint64_t fail, bool* out_hit) {
    trt_io_result result = {0};
    test_allocator_fail_at(fail);
    tmlrt_poll polled = trt_stream_poll_writev(
        rig->client->base.io, test_waker_context(&rig->client_waker), slice, 1, &result);
    *out_hit = test_allocator_hit();
    test_allocator_fail_at(0);
    EXPECT(polled == TMLRT_PENDING || (*out_hit && result.status == TMLRT_E_NOMEM));
    return polled == TMLRT_PENDING;
}

TEST(tls_poll_writev__peer_reads_nothing__what_waits_is_kept_in_a_block_of_its_size) {
    static char data[7000], out[sizeof data];
    const trt_duplex_options options = {.cap_bytes = 4096};
    tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                     *server = tls_rig_config(tls_rig_server());
    uint32_t num_cut = 0, num_whole = 0;
    bool hit = true;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (char)(i * 31);
    }
    for (uint64_t fail = 1; hit && fail < 50; fail++) {
        tls_rig rig;
        REQUIRE(tls_rig_open(&rig, client, server, "a.test", &options) && tls_rig_shake(&rig));
        const tmlrt_slice slice = {data, sizeof data};
        if (stall(&rig, &slice, fail, &hit)) {
            bool is_cut = rig.client->engine->out.cap < 4096;
            num_cut += is_cut;
            num_whole += !is_cut;
            // The same bytes again, then as many behind them.
            for (size_t by = sizeof out; by != 0; by = by == sizeof out ? 100 : 0) {
                memset(out, 0, sizeof out);
                EXPECT_EQ(tls_rig_send(&rig, true, data, sizeof data, out, by), TMLRT_OK);
                EXPECT(memcmp(out, data, sizeof data) == 0);
            }
        }
        tls_rig_close(&rig);
    }
    EXPECT(!hit && num_cut != 0);
    EXPECT_EQ(num_whole, 1); // when that block could not be had
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
}

TEST(tls_poll_writev__head_and_body__one_record) {
    tls_rig rig;
    trt_io_result result;
    char out[64] = "";
    REQUIRE(connect(&rig, tls_rig_client(), tls_rig_server(), "a.test"));
    tmlrt_slice slices[] = {{"head", 4}, {"", 0}, {"body", 4}, {"!", 1}};
    EXPECT_EQ(trt_stream_poll_writev(rig.server->base.io, test_waker_context(&rig.server_waker),
                                     slices, 4, &result),
              TMLRT_READY);
    EXPECT_EQ(result.len, 9);
    EXPECT_EQ(trt_stream_poll_read(rig.client->base.io, test_waker_context(&rig.client_waker), out,
                                   sizeof(out), &result),
              TMLRT_READY);
    EXPECT_STR(out, "headbody!");
    tls_rig_close(&rig);
}

// ---- ALPN, names --------------------------------------------------------------------------------

static void expect_alpn(const char* ours, const char* theirs, tmlrt_status status,
                        const char* chosen) {
    for (int version = TMLRT_TLS_1_2; version <= TMLRT_TLS_1_3; version++) {
        tls_rig rig;
        tmlrt_tls_options *client = tls_rig_client(), *server = tls_rig_server();
        EXPECT_EQ(tmlrt_tls_options_alpn(server, ours), TMLRT_OK);
        EXPECT_EQ(tmlrt_tls_options_alpn(client, theirs), TMLRT_OK);
        EXPECT_EQ(tmlrt_tls_options_versions(client, version, version), TMLRT_OK);
        REQUIRE(connect(&rig, client, server, "a.test"));
        EXPECT_EQ(rig.client_status, status);
        EXPECT_EQ(rig.server_status, status);
        if (status == TMLRT_OK) {
            EXPECT_STR(tmlrt_tls_alpn(rig.client), chosen);
            EXPECT_STR(tmlrt_tls_alpn(rig.server), chosen);
        }
        tls_rig_close(&rig);
    }
}

TEST(tls_alpn__in_common__the_servers_first) {
    expect_alpn("h2,http/1.1", "http/1.1,h2", TMLRT_OK, "h2");
    expect_alpn("http/1.1", "h2,http/1.1", TMLRT_OK, "http/1.1");
}

TEST(tls_alpn__one_side_has_none__http_1_1) {
    expect_alpn("h2,http/1.1", "", TMLRT_OK, "http/1.1");
    expect_alpn("", "h2,http/1.1", TMLRT_OK, "http/1.1");
}

TEST(tls_alpn__nothing_in_common__both_are_told) {
    expect_alpn("h2", "http/1.1", TMLRT_E_TLS_ALPN, "");
}

static void expect_name(const char* host, const char* subject) {
    tls_rig rig;
    char name[64] = "", asked[64] = "";
    const test_cert* b = &tls_rig_get()->b;
    tmlrt_tls_options *client = tls_rig_client(), *server = tls_rig_server();
    EXPECT_EQ(tmlrt_tls_options_identity(server, b->chain, b->key, NULL), TMLRT_OK);
    REQUIRE(connect(&rig, client, server, host));
    EXPECT_EQ(rig.client_status, subject != NULL ? TMLRT_OK : TMLRT_E_TLS_CERT);
    if (subject != NULL) {
        tmlrt_tls_peer_name(rig.client, name, sizeof(name));
        EXPECT_STR(name, subject);
        tmlrt_tls_server_name(rig.server, asked, sizeof(asked));
        EXPECT_STR(asked, host[0] == '1' ? "" : host);
    }
    tls_rig_close(&rig);
}

TEST(tls_sni__several_certificates__the_one_of_the_name) {
    expect_name("a.test", "CN=ec");
    expect_name("b.test", "CN=b");
    expect_name("x.wild.test", "CN=ec");
    expect_name("127.0.0.1", "CN=ec");
}

TEST(tls_sni__unknown_name__the_first_certificate_which_the_client_refuses) {
    expect_name("unknown.test", NULL);
    expect_name("x.y.wild.test", NULL);
    expect_name("wild.test", NULL);
}

// ---- trust --------------------------------------------------------------------------------------

static tmlrt_tls_options* strangers_server(void) {
    const test_cert* cert = &tls_rig_get()->stranger;
    tmlrt_tls_options* server = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    EXPECT_EQ(tmlrt_tls_options_identity(server, cert->chain, cert->key, NULL), TMLRT_OK);
    return server;
}

TEST(tls_client__unknown_authority__refused_with_a_reason) {
    tls_rig rig;
    tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                     *server = tls_rig_config(strangers_server());
    tmlrt_status status;
    REQUIRE(tls_rig_open(&rig, client, server, "a.test", NULL));
    for (int i = 0; i < 10; i++) {
        (void)trt_tls_poll_handshake(rig.server, test_waker_context(&rig.server_waker), &status);
        if (trt_tls_poll_handshake(rig.client, test_waker_context(&rig.client_waker),
                                   &rig.client_status) == TMLRT_READY) {
            break;
        }
    }
    EXPECT_EQ(rig.client_status, TMLRT_E_TLS_CERT);
    EXPECT(strstr(trt_tls_told(rig.client), "a.test") != NULL);
    EXPECT(strstr(trt_tls_told(rig.client), "issuer") != NULL);
    tls_rig_close(&rig);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
}

TEST(tls_client__no_trust_named__the_systems_roots_refuse_ours) {
    tls_rig rig;
    REQUIRE(connect(&rig, tmlrt_tls_options_new(TMLRT_TLS_CLIENT), tls_rig_server(), "a.test"));
    EXPECT_EQ(rig.client_status, TMLRT_E_TLS_CERT);
    EXPECT_EQ(rig.server_status, TMLRT_E_TLS_ALERT);
    tls_rig_close(&rig);
}

static void count_warning(void* arg, int32_t level, const char* module, const char* message) {
    (void)module;
    *(int*)arg += level == TMLRT_LOG_WARN && strstr(message, "NOT verified") != NULL;
}

TEST(tls_client__dangerously_trusting_anyone__connects_and_logs) {
    tls_rig rig;
    int warnings = 0;
    char name[64];
    tmlrt_tls_options* client = tmlrt_tls_options_new(TMLRT_TLS_CLIENT);
    tmlrt_log_set(count_warning, &warnings);
    tmlrt_tls_options_dangerously_trust_anyone(client);
    tmlrt_log_set(NULL, NULL);
    EXPECT_EQ(warnings, 1);
    REQUIRE(connect(&rig, client, strangers_server(), "elsewhere.test"));
    EXPECT_EQ(rig.client_status, TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_peer_name(rig.client, name, sizeof(name)), 0); // not verified: no identity
    tls_rig_close(&rig);
}

static tmlrt_tls_options* asking_server(int32_t mode) {
    tmlrt_tls_options* server = tls_rig_server();
    EXPECT_EQ(tmlrt_tls_options_client_auth(server, mode), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_options_trust(server, tls_rig_get()->ca.chain), TMLRT_OK);
    return server;
}

static tmlrt_tls_options* client_with(const test_cert* cert, int version) {
    tmlrt_tls_options* client = tls_rig_client();
    if (cert != NULL) {
        EXPECT_EQ(tmlrt_tls_options_identity(client, cert->chain, cert->key, NULL), TMLRT_OK);
    }
    EXPECT_EQ(tmlrt_tls_options_versions(client, version, version), TMLRT_OK);
    return client;
}

TEST(tls_client_auth__every_mode_and_client__let_in_or_refused) {
    const struct {
        const test_cert* cert;
        const char* name;
        int32_t mode;
        tmlrt_status status;
    } rows[] = {
        {&tls_rig_get()->client, "CN=client", TMLRT_TLS_AUTH_REQUIRED, TMLRT_OK},
        {&tls_rig_get()->rsa, "CN=rsa", TMLRT_TLS_AUTH_REQUIRED, TMLRT_OK},
        {NULL, "", TMLRT_TLS_AUTH_REQUIRED, TMLRT_E_TLS_CERT},
        {&tls_rig_get()->stranger, "", TMLRT_TLS_AUTH_REQUIRED, TMLRT_E_TLS_CERT},
        {&tls_rig_get()->client, "CN=client", TMLRT_TLS_AUTH_OPTIONAL, TMLRT_OK},
        {NULL, "", TMLRT_TLS_AUTH_OPTIONAL, TMLRT_OK},
        {&tls_rig_get()->stranger, "", TMLRT_TLS_AUTH_OPTIONAL, TMLRT_E_TLS_CERT},
    };
    for (int version = TMLRT_TLS_1_2; version <= TMLRT_TLS_1_3; version++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
            tls_rig rig;
            char name[64] = "";
            REQUIRE(connect(&rig, client_with(rows[i].cert, version), asking_server(rows[i].mode),
                            "a.test"));
            EXPECT_EQ(rig.server_status, rows[i].status);
            if (rig.server_status == TMLRT_OK) {
                tmlrt_tls_peer_name(rig.server, name, sizeof(name));
                EXPECT_STR(name, rows[i].name);
                expect_hello(&rig);
            }
            tls_rig_close(&rig);
        }
    }
}

// ---- ends and faults ----------------------------------------------------------------------------

static tmlrt_poll read_end(tls_rig* rig, trt_io_result* result) {
    char out[16];
    return trt_stream_poll_read(rig->server->base.io, test_waker_context(&rig->server_waker), out,
                                sizeof(out), result);
}

TEST(tls_shutdown__of_the_client__an_end_and_the_server_still_writes) {
    tls_rig rig;
    trt_io_result result;
    tmlrt_status status;
    char out[8] = "";
    REQUIRE(connect(&rig, tls_rig_client(), tls_rig_server(), "a.test"));
    EXPECT_EQ(trt_stream_poll_shutdown(rig.client->base.io, test_waker_context(&rig.client_waker),
                                       &status),
              TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT_EQ(read_end(&rig, &result), TMLRT_READY);
    EXPECT(result.status == TMLRT_OK && result.len == 0);
    EXPECT_EQ(tls_rig_send(&rig, false, "after", 5, out, 5), TMLRT_OK);
    EXPECT_STR(out, "after");
    tmlrt_slice slice = {"x", 1};
    EXPECT_EQ(trt_stream_poll_writev(rig.client->base.io, test_waker_context(&rig.client_waker),
                                     &slice, 1, &result),
              TMLRT_READY);
    EXPECT_EQ(result.status, TMLRT_E_PIPE);
    tls_rig_close(&rig);
}

TEST(tls_close__of_the_client__sends_the_end) {
    tls_rig rig;
    trt_io_result result;
    REQUIRE(connect(&rig, tls_rig_client(), tls_rig_server(), "a.test"));
    trt_stream_close(rig.client->base.io, false);
    rig.client = NULL;
    EXPECT_EQ(read_end(&rig, &result), TMLRT_READY);
    EXPECT(result.status == TMLRT_OK && result.len == 0);
    tls_rig_close(&rig);
}

TEST(tls_read__transport_ends_without_close_notify__truncated) {
    tls_rig rig;
    trt_io_result result;
    tmlrt_status status;
    REQUIRE(connect(&rig, tls_rig_client(), tls_rig_server(), "a.test"));
    EXPECT_EQ(
        trt_stream_poll_shutdown(rig.client->inner, test_waker_context(&rig.client_waker), &status),
        TMLRT_READY);
    EXPECT_EQ(read_end(&rig, &result), TMLRT_READY);
    EXPECT_EQ(result.status, TMLRT_E_TLS_TRUNCATED);
    tls_rig_close(&rig);
}

TEST(tls_read__bytes_that_are_no_record__fails_for_good) {
    tls_rig rig;
    trt_io_result result;
    REQUIRE(connect(&rig, tls_rig_client(), tls_rig_server(), "a.test"));
    tmlrt_slice slice = {"\x17\x03\x03\x00\x20garbage garbage garbage garbage", 37};
    EXPECT_EQ(trt_stream_poll_writev(rig.client->inner, test_waker_context(&rig.client_waker),
                                     &slice, 1, &result),
              TMLRT_READY);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(read_end(&rig, &result), TMLRT_READY);
        EXPECT_EQ(result.status, TMLRT_E_TLS_RECORD);
    }
    tls_rig_close(&rig);
}

TEST(tls_read__peer_wants_to_renegotiate__refused_and_the_connection_goes_on) {
    tls_rig rig;
    trt_io_result result;
    tmlrt_status status;
    char out[8] = "";
    tmlrt_tls_options* options = tls_rig_client();
    EXPECT_EQ(tmlrt_tls_options_versions(options, TMLRT_TLS_1_2, TMLRT_TLS_1_2), TMLRT_OK);
    REQUIRE(connect(&rig, options, tls_rig_server(), "a.test"));
    expect_hello(&rig);
    SSL* ssl = ((trt_openssl_engine*)rig.client->engine)->ssl;
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    EXPECT_EQ(SSL_renegotiate(ssl), 1);
    EXPECT(trt_tls_engine_handshake(rig.client->engine) == TRT_TLS_WANTS_INPUT);
    EXPECT_EQ(
        trt_stream_poll_flush(rig.client->base.io, test_waker_context(&rig.client_waker), &status),
        TMLRT_READY);
    EXPECT_EQ(read_end(&rig, &result), TMLRT_PENDING); // answers with a warning
    EXPECT_EQ(trt_stream_poll_read(rig.client->base.io, test_waker_context(&rig.client_waker), out,
                                   sizeof(out), &result),
              TMLRT_READY);
    EXPECT(result.status == TMLRT_E_TLS_RECORD || result.status == TMLRT_E_TLS_ALERT);
    EXPECT(strstr(trt_tls_told(rig.client), "no renegotiation") != NULL);
    tls_rig_close(&rig);
}

TEST(tls_handshake__plain_http__told_apart_and_the_transport_comes_back) {
    trt_stream ends[2];
    tmlrt_tls_stream* server;
    test_waker waker = {0};
    trt_io_result result;
    tmlrt_status status;
    char out[8] = "";
    tmlrt_tls_config* config = tls_rig_config(tls_rig_server());
    REQUIRE(config != NULL && trt_duplex_new(ends, NULL) == TMLRT_OK);
    REQUIRE(trt_tls_new(&server, config, ends[1], NULL) == TMLRT_OK);
    tmlrt_slice request = {"GET / HTTP/1.1\r\n\r\n", 18}, answer = {"400", 3};
    (void)trt_stream_poll_writev(ends[0], test_waker_context(&waker), &request, 1, &result);
    EXPECT_EQ(trt_tls_poll_handshake(server, test_waker_context(&waker), &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_E_TLS_PLAIN);
    EXPECT(strstr(trt_tls_told(server), "https") != NULL);
    trt_stream inner = trt_tls_take_inner(server);
    trt_stream_close(server->base.io, false);
    (void)trt_stream_poll_writev(inner, test_waker_context(&waker), &answer, 1, &result);
    trt_stream_close(inner, false);
    (void)trt_stream_poll_read(ends[0], test_waker_context(&waker), out, 8, &result);
    EXPECT_STR(out, "400");
    trt_stream_close(ends[0], false);
    tmlrt_tls_config_unref(config);
}

TEST(tls_handshake__peer_goes_away__truncated) {
    trt_stream ends[2];
    tmlrt_tls_stream* client;
    test_waker waker = {0};
    tmlrt_status status;
    tmlrt_tls_config* config = tls_rig_config(tls_rig_client());
    REQUIRE(config != NULL && trt_duplex_new(ends, NULL) == TMLRT_OK);
    REQUIRE(trt_tls_new(&client, config, ends[1], "a.test") == TMLRT_OK);
    EXPECT_EQ(trt_tls_poll_handshake(client, test_waker_context(&waker), &status), TMLRT_PENDING);
    trt_stream_close(ends[0], false);
    EXPECT_EQ(trt_tls_poll_handshake(client, test_waker_context(&waker), &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_E_TLS_TRUNCATED);
    EXPECT_EQ(trt_tls_poll_handshake(client, test_waker_context(&waker), &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_E_TLS_TRUNCATED);
    trt_stream_close(client->base.io, false);
    EXPECT_EQ(test_waker_refs(&waker), 0);
    tmlrt_tls_config_unref(config);
}

TEST(tls_new__client_without_a_host__refused) {
    tmlrt_tls_stream* client = NULL;
    tmlrt_tls_config* config = tls_rig_config(tls_rig_client());
    char longest[300];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    REQUIRE(config != NULL);
    EXPECT_EQ(trt_tls_new(&client, config, (trt_stream){0}, NULL), TMLRT_E_INVAL);
    EXPECT_EQ(trt_tls_new(&client, config, (trt_stream){0}, ""), TMLRT_E_INVAL);
    EXPECT_EQ(trt_tls_new(&client, config, (trt_stream){0}, longest), TMLRT_E_INVAL);
    tmlrt_tls_config_unref(config);
}

TEST(tls_poll_readable__idle__gives_the_buffers_back) {
    tls_rig rig;
    trt_io_result result;
    REQUIRE(connect(&rig, tls_rig_client(), tls_rig_server(), "a.test"));
    expect_hello(&rig);
    EXPECT_EQ(trt_stream_poll_readable(rig.server->base.io, test_waker_context(&rig.server_waker)),
              TMLRT_PENDING);
    EXPECT(rig.server->engine->in.data == NULL && rig.server->engine->out.data == NULL);
    tmlrt_slice slice = {"again", 5};
    (void)trt_stream_poll_writev(rig.client->base.io, test_waker_context(&rig.client_waker), &slice,
                                 1, &result);
    EXPECT_EQ(test_waker_wakes(&rig.server_waker) > 0, 1);
    EXPECT_EQ(trt_stream_poll_readable(rig.server->base.io, test_waker_context(&rig.server_waker)),
              TMLRT_READY);
    EXPECT_EQ(read_end(&rig, &result), TMLRT_READY);
    EXPECT_EQ(result.len, 5);
    tls_rig_close(&rig);
}
