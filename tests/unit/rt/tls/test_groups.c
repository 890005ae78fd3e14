// SPDX-License-Identifier: Apache-2.0
// Which group a key is agreed on with: the hybrid one (X25519MLKEM768) where the library has it,
// from OpenSSL 3.5 on, and no round trip more for a peer that has not.
#include "rt/tls/openssl.h"

#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <strings.h>

enum { HYBRID_SINCE = 0x30500000 };

static int s_num_hellos;

void test_before_all(void) {
    tls_rig_warm_up();
}

static SSL* ssl_of(tmlrt_tls_stream* stream) {
    return ((trt_openssl_engine*)stream->engine)->ssl;
}

static void count_hellos(int sent, int version, int type, const void* data, size_t len, SSL* ssl,
                         void* arg) {
    (void)version, (void)ssl, (void)arg;
    if (sent == 0 && type == SSL3_RT_HANDSHAKE && len != 0 &&
        ((const unsigned char*)data)[0] == SSL3_MT_CLIENT_HELLO) {
        s_num_hellos++;
    }
}

/// Both ends of ours, but for the groups of one; NULL: as they are. Returns the group's name.
static const char* agree(tls_rig* rig, const char* clients, const char* servers) {
    tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                     *server = tls_rig_config(tls_rig_server());
    s_num_hellos = 0;
    bool well = tls_rig_open(rig, client, server, "a.test", NULL);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
    if (!well || (clients != NULL && SSL_set1_groups_list(ssl_of(rig->client), clients) != 1) ||
        (servers != NULL && SSL_set1_groups_list(ssl_of(rig->server), servers) != 1)) {
        return "";
    }
    SSL_set_msg_callback(ssl_of(rig->server), count_hellos);
    if (!tls_rig_shake(rig) || rig->client_status != TMLRT_OK || rig->server_status != TMLRT_OK) {
        return "";
    }
    SSL* ssl = ssl_of(rig->client);
    return SSL_group_to_name(ssl, (int)SSL_get_negotiated_group(ssl));
}

TEST(tls_groups__both_ours__the_hybrid_one_where_the_library_has_it) {
    tls_rig rig = {0};
    const char* wanted = OpenSSL_version_num() >= HYBRID_SINCE ? "X25519MLKEM768" : "x25519";
    EXPECT_EQ(strcasecmp(agree(&rig, NULL, NULL), wanted), 0);
    EXPECT_EQ(s_num_hellos, 1);
    tls_rig_close(&rig);
}

TEST(tls_groups__client_has_the_hybrid_and_shares_another__asked_again) {
    tls_rig rig = {0};
    if (OpenSSL_version_num() < HYBRID_SINCE) {
        test_skip("OpenSSL before 3.5 has no hybrid group");
        return;
    }
    EXPECT_STR(agree(&rig, "X25519:X25519MLKEM768", NULL), "X25519MLKEM768");
    EXPECT_EQ(s_num_hellos, 2);
    tls_rig_close(&rig);
}

TEST(tls_groups__peer_without_the_hybrid__one_hello_is_enough) {
    tls_rig rig = {0};
    EXPECT_EQ(strcasecmp(agree(&rig, NULL, "X25519"), "x25519"), 0);
    EXPECT_EQ(s_num_hellos, 1);
    tls_rig_close(&rig);
    rig = (tls_rig){0};
    EXPECT_EQ(strcasecmp(agree(&rig, "X25519", NULL), "x25519"), 0);
    EXPECT_EQ(s_num_hellos, 1);
    tls_rig_close(&rig);
}
