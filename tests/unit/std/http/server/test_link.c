// SPDX-License-Identifier: Apache-2.0
#include "std/http/server/link.h"

#include "rt/base/alloc.h"
#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <string.h>

void test_before_all(void) {
    tls_rig_warm_up();
}

static tmlrt_tls_config* asking_server(void) {
    tmlrt_tls_options* options = tls_rig_server();
    EXPECT_EQ(tmlrt_tls_options_client_auth(options, TMLRT_TLS_AUTH_OPTIONAL), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_options_trust(options, tls_rig_get()->ca.chain), TMLRT_OK);
    return tls_rig_config(options);
}

static tmlrt_tls_config* client(bool known) {
    tmlrt_tls_options* options = tls_rig_client();
    const test_cert* cert = &tls_rig_get()->client;
    if (known) {
        EXPECT_EQ(tmlrt_tls_options_identity(options, cert->chain, cert->key, NULL), TMLRT_OK);
    }
    return tls_rig_config(options);
}

TEST(link_learn__with_and_without_a_certificate__told_in_every_request) {
    for (int known = 0; known < 2; known++) {
        tls_rig rig = {0};
        tmlrt_tls_config *from = client(known == 1), *to = asking_server();
        REQUIRE(tls_rig_connect(&rig, from, to, "a.test"));
        trt_http_link link = {.tls = rig.server, .peer_len = 3, .peer = "::1"};
        tmlrt_request request = {.flags = TRT_REQUEST_EXPECTS};
        test_allocator_fail_at(1);
        EXPECT_EQ(trt_http_link_learn(&link), known == 1 ? TMLRT_E_NOMEM : TMLRT_OK);
        test_allocator_fail_at(0);
        EXPECT(link.certificate == NULL);
        EXPECT_EQ(trt_http_link_learn(&link), TMLRT_OK);
        trt_http_link_tell(&link, &request);
        EXPECT_EQ(request.flags, TRT_REQUEST_SECURE); // nothing of the request before
        EXPECT_EQ(request.peer_certificate.len != 0, known == 1);
        EXPECT(known == 0 || memcmp(request.peer_certificate.data, "\x30\x82", 2) == 0); // DER
        trt_free(link.certificate, link.certificate_len);
        tls_rig_close(&rig);
        tmlrt_tls_config_unref(from);
        tmlrt_tls_config_unref(to);
    }
}

TEST(link_answers_for__other_hosts__those_of_the_same_certificates) {
    static const struct {
        const char *asked, *authority;
        bool answers;
    } rows[] = {
        {"a.test", "a.test", true},      {"a.test", "A.TEST:8443", true},
        {"a.test", "x.wild.test", true}, {"a.test", "b.test", false},
        {"a.test", "c.test", false},     {"a.test", "127.0.0.1", false},
        {"a.test", "[::1]:443", true},   {"x.wild.test", "y.wild.test:1", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tls_rig rig = {0};
        tmlrt_tls_config *from = client(false), *to = asking_server();
        REQUIRE(tls_rig_connect(&rig, from, to, rows[i].asked));
        trt_http_link link = {.tls = rig.server};
        tmlrt_slice authority = {rows[i].authority, strlen(rows[i].authority)};
        if (trt_http_link_answers_for(&link, authority) != rows[i].answers) {
            test_fail(__FILE__, __LINE__, "%s on a connection to %s", rows[i].authority,
                      rows[i].asked);
        }
        tls_rig_close(&rig);
        tmlrt_tls_config_unref(from);
        tmlrt_tls_config_unref(to);
    }
    trt_http_link plain = {0};
    EXPECT(trt_http_link_answers_for(&plain, (tmlrt_slice){"any", 3}));
}
