// SPDX-License-Identifier: Apache-2.0
#include "rt/tls/config.h"

#include <tmlrt/log.h>

#include "rt/tls/names.h"
#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t s_now_ns;
static char s_why[TMLRT_TLS_WHY];

void test_before_all(void) {
    tls_rig_warm_up();
}

static uint64_t now(void) {
    return s_now_ns;
}

// ---- what is pure -------------------------------------------------------------------------------

TEST(tls_alpn_parse__lists__as_on_the_wire_or_refused) {
    trt_tls_alpn list = {.len = 99};
    char longest[300];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    EXPECT_EQ(trt_tls_alpn_parse(&list, "h2,http/1.1"), TMLRT_OK);
    EXPECT(list.len == 12 && memcmp(list.wire, "\2h2\10http/1.1", 12) == 0);
    EXPECT_EQ(trt_tls_alpn_parse(&list, ""), TMLRT_OK);
    EXPECT_EQ(list.len, 0);
    EXPECT_EQ(trt_tls_alpn_parse(&list, ",h2"), TMLRT_E_INVAL);
    EXPECT_EQ(trt_tls_alpn_parse(&list, "h2,"), TMLRT_E_INVAL);
    EXPECT_EQ(trt_tls_alpn_parse(&list, "h2,,h3"), TMLRT_E_INVAL);
    EXPECT_EQ(trt_tls_alpn_parse(&list, longest), TMLRT_E_INVAL);
    EXPECT_EQ(trt_tls_alpn_parse(&list, longest + 150), TMLRT_E_OVERFLOW);
}

TEST(tls_alpn_select__malformed_list_of_the_peer__what_is_before_the_fault) {
    trt_tls_alpn ours;
    const uint8_t* name;
    uint8_t len;
    REQUIRE(trt_tls_alpn_parse(&ours, "h2,http/1.1") == TMLRT_OK);
    EXPECT_EQ(trt_tls_alpn_select(&name, &len, &ours, (const uint8_t*)"\2h2\377x", 5), TMLRT_OK);
    EXPECT(len == 2 && memcmp(name, "h2", 2) == 0);
    EXPECT_EQ(trt_tls_alpn_select(&name, &len, &ours, (const uint8_t*)"\3h2", 3), TMLRT_E_NOTFOUND);
    EXPECT_EQ(trt_tls_alpn_select(&name, &len, &ours, (const uint8_t*)"", 0), TMLRT_E_NOTFOUND);
}

TEST(tls_names__exact_and_wildcard__found_by_any_case) {
    trt_tls_names names = {0};
    EXPECT_EQ(trt_tls_names_add(&names, "B.test", 6, 0, TRT_TLS_RSA), TMLRT_OK);
    EXPECT_EQ(trt_tls_names_add(&names, "*.wild.test", 11, 1, TRT_TLS_ECDSA), TMLRT_OK);
    EXPECT_EQ(trt_tls_names_add(&names, "b.test", 6, 2, TRT_TLS_ECDSA), TMLRT_OK);
    EXPECT_EQ(trt_tls_names_add(&names, "b.test", 6, 3, TRT_TLS_ECDSA), TMLRT_OK);
    EXPECT_EQ(trt_tls_names_add(&names, "bad\0name", 8, 4, TRT_TLS_RSA), TMLRT_OK);
    trt_tls_names_sort(&names);
    EXPECT_EQ(names.num, 2);
    const trt_tls_pair* pair = trt_tls_names_find(&names, "b.TEST.");
    REQUIRE(pair != NULL);
    EXPECT(pair->cert[TRT_TLS_RSA] == 0 && pair->cert[TRT_TLS_ECDSA] == 2);
    EXPECT(trt_tls_names_find(&names, "x.wild.test") != NULL);
    EXPECT(trt_tls_names_find(&names, "x.y.wild.test") == NULL);
    EXPECT(trt_tls_names_find(&names, "*.wild.test") == NULL);
    EXPECT(trt_tls_names_find(&names, ".wild.test") == NULL);
    EXPECT(trt_tls_names_find(&names, "") == NULL);
    trt_tls_names_fini(&names);
}

TEST(tls_tickets__hours_go_by__rotated_and_the_old_key_reads_on) {
    trt_tls_ticket_key first, second, third, found;
    bool is_old = true;
    s_now_ns = 5;
    trt_tls_tickets* tickets = trt_tls_tickets_new(now);
    REQUIRE(tickets != NULL);
    trt_tls_tickets_current(tickets, &first);
    s_now_ns += TRT_TLS_TICKET_ROTATE_NS - 1;
    EXPECT(trt_tls_tickets_find(tickets, first.name, &found, &is_old) && !is_old);
    s_now_ns += 1;
    trt_tls_tickets_current(tickets, &second);
    EXPECT(memcmp(first.name, second.name, sizeof(first.name)) != 0);
    EXPECT(trt_tls_tickets_find(tickets, first.name, &found, &is_old) && is_old);
    EXPECT(memcmp(&found, &first, sizeof(found)) == 0);
    s_now_ns += TRT_TLS_TICKET_ROTATE_NS;
    EXPECT(!trt_tls_tickets_find(tickets, first.name, &found, &is_old));
    trt_tls_tickets_current(tickets, &third);
    s_now_ns += 2 * TRT_TLS_TICKET_ROTATE_NS; // nobody came for a day
    EXPECT(!trt_tls_tickets_find(tickets, third.name, &found, &is_old));
    trt_tls_tickets_unref(tickets);
}

// ---- what is refused ----------------------------------------------------------------------------

static void expect_refused(const test_cert* chain, const test_cert* key, const char* word) {
    tmlrt_tls_config* config = NULL;
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    EXPECT_EQ(tmlrt_tls_options_identity(options, chain->chain, key->key, NULL), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, s_why, sizeof(s_why)), TMLRT_E_TLS_CONFIG);
    if (strstr(s_why, word) == NULL) {
        EXPECT_STR(s_why, word);
    }
    EXPECT(config == NULL);
    tmlrt_tls_options_free(options);
}

TEST(tls_config__bad_pairs__refused_with_the_reason) {
    test_cert made, none = {"no PEM at all", "no PEM at all"};
    const tls_rig_certs* certs = tls_rig_get();
    const test_cert_ask old = {.from_hours = -48, .until_hours = -24};
    const test_cert_ask early = {.from_hours = 24, .until_hours = 48};
    const test_cert_ask weak = {.rsa = true, .rsa_bits = 1024};
    expect_refused(&certs->ec, &certs->rsa, "does not match");
    expect_refused(&certs->ec, &certs->b, "does not match");
    REQUIRE(test_cert_make(&made, &old));
    expect_refused(&made, &made, "has expired");
    REQUIRE(test_cert_make(&made, &early));
    expect_refused(&made, &made, "not valid yet");
    REQUIRE(test_cert_make(&made, &weak));
    expect_refused(&made, &made, "2048");
    expect_refused(&none, &made, "cannot read no PEM at all");
    expect_refused(&certs->ec, &none, "cannot read no PEM at all: No such file");
    snprintf(none.key, sizeof(none.key), "/dev/null/key"); // what the system says, not "system lib"
    expect_refused(&certs->ec, &none, "cannot read /dev/null/key: Not a directory");
    snprintf(made.chain, sizeof(made.chain), "%.2000s%.2000s", certs->ec.chain, certs->b.chain);
    expect_refused(&made, &certs->ec, "did not sign");
    snprintf(made.chain, sizeof(made.chain), "-----BEGIN CERTIFICATE-----\nAAAA\n");
    expect_refused(&made, &certs->ec, "no certificate in PEM");
}

TEST(tls_config__chain_with_its_authority__taken) {
    test_cert made;
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    snprintf(made.chain, sizeof(made.chain), "%.2000s%.2000s", tls_rig_get()->ec.chain,
             tls_rig_get()->ca.chain);
    EXPECT_EQ(tmlrt_tls_options_identity(options, made.chain, tls_rig_get()->ec.key, NULL),
              TMLRT_OK);
    tmlrt_tls_config* config = tls_rig_config(options);
    EXPECT(config != NULL);
    tmlrt_tls_config_unref(config);
}

TEST(tls_config__options_that_contradict__refused_with_the_reason) {
    tmlrt_tls_config* config = NULL;
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, s_why, sizeof(s_why)), TMLRT_E_TLS_CONFIG);
    EXPECT(strstr(s_why, "needs a certificate") != NULL);
    EXPECT_EQ(tmlrt_tls_options_client_auth(options, 3), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_tls_options_versions(options, 11, 13), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_tls_options_versions(options, 13, 12), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_tls_options_identity(options, "", "x", NULL), TMLRT_E_INVAL);
    tmlrt_tls_options_free(options);
    options = tls_rig_server();
    EXPECT_EQ(tmlrt_tls_options_client_auth(options, TMLRT_TLS_AUTH_REQUIRED), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, s_why, sizeof(s_why)), TMLRT_E_TLS_CONFIG);
    EXPECT(strstr(s_why, "name the roots") != NULL);
    EXPECT_EQ(tmlrt_tls_options_trust(options, "/nowhere/roots.pem"), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, s_why, sizeof(s_why)), TMLRT_E_TLS_CONFIG);
    EXPECT(strstr(s_why, "/nowhere/roots.pem") != NULL);
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, NULL, 0), TMLRT_E_TLS_CONFIG);
    tmlrt_tls_options_free(options);
}

// ---- sessions -----------------------------------------------------------------------------------

static tmlrt_tls_config* asking_server(const test_cert* roots, trt_tls_clock_fn clock) {
    tmlrt_tls_config* config = NULL;
    tmlrt_tls_options* options = tls_rig_server();
    EXPECT_EQ(tmlrt_tls_options_client_auth(options, TMLRT_TLS_AUTH_OPTIONAL), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_options_trust(options, roots->chain), TMLRT_OK);
    EXPECT_EQ(trt_tls_config_make(&config, options, clock, NULL), TMLRT_OK);
    tmlrt_tls_options_free(options);
    return config;
}

static tmlrt_tls_config* known_client(int version) {
    tmlrt_tls_options* options = tls_rig_client();
    const test_cert* cert = &tls_rig_get()->client;
    EXPECT_EQ(tmlrt_tls_options_identity(options, cert->chain, cert->key, NULL), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_options_versions(options, version, version), TMLRT_OK);
    return tls_rig_config(options);
}

// One connection; whether it went on with a session of before. The identity is there either way.
static bool visit(tmlrt_tls_config* client, tmlrt_tls_config* server, const char* host) {
    tls_rig rig;
    char out[2], name[32] = "";
    bool resumed = false;
    if (!tls_rig_connect(&rig, client, server, host)) {
        EXPECT(false);
        return false;
    }
    EXPECT_EQ(rig.client_status, TMLRT_OK);
    EXPECT_EQ(rig.server_status, TMLRT_OK);
    if (rig.client_status == TMLRT_OK && rig.server_status == TMLRT_OK) {
        EXPECT_EQ(tls_rig_send(&rig, false, "x", 1, out, 1), TMLRT_OK); // takes the tickets along
        resumed = tmlrt_tls_resumed(rig.server) != 0;
        EXPECT_EQ(tmlrt_tls_resumed(rig.client), resumed);
        tmlrt_tls_peer_name(rig.server, name, sizeof(name));
        EXPECT_STR(name, "CN=client");
    }
    tls_rig_close(&rig);
    return resumed;
}

TEST(tls_sessions__second_visit__resumed_with_the_clients_identity) {
    for (int version = TMLRT_TLS_1_2; version <= TMLRT_TLS_1_3; version++) {
        tmlrt_tls_config *client = known_client(version),
                         *server = asking_server(&tls_rig_get()->ca, NULL);
        EXPECT(!visit(client, server, "a.test"));
        EXPECT(visit(client, server, "a.test"));
        EXPECT(visit(client, server, "a.test"));
        EXPECT(!visit(client, server, "x.wild.test")); // by host
        tmlrt_tls_config_unref(client);
        tmlrt_tls_config_unref(server);
    }
}

TEST(tls_sessions__key_rotated__read_for_twelve_hours_more) {
    for (int version = TMLRT_TLS_1_2; version <= TMLRT_TLS_1_3; version++) {
        s_now_ns = 1;
        tmlrt_tls_config *client = known_client(version),
                         *server = asking_server(&tls_rig_get()->ca, now);
        EXPECT(!visit(client, server, "a.test"));
        s_now_ns += TRT_TLS_TICKET_ROTATE_NS;
        EXPECT(visit(client, server, "a.test")); // by the old key, and a ticket by the new one
        s_now_ns += TRT_TLS_TICKET_ROTATE_NS;
        EXPECT(visit(client, server, "a.test"));
        s_now_ns += 2 * TRT_TLS_TICKET_ROTATE_NS;
        EXPECT(!visit(client, server, "a.test"));
        tmlrt_tls_config_unref(client);
        tmlrt_tls_config_unref(server);
    }
}

TEST(tls_sessions__after_a_reload__resumed_but_not_under_other_roots) {
    tmlrt_tls_config *client = known_client(TMLRT_TLS_1_3), *fresh = NULL,
                     *server = asking_server(&tls_rig_get()->ca, NULL);
    EXPECT(!visit(client, server, "a.test"));
    REQUIRE(tmlrt_tls_config_reload(&fresh, server, s_why, sizeof(s_why)) == TMLRT_OK);
    EXPECT(visit(client, fresh, "a.test"));
    tmlrt_tls_config_unref(fresh);
    char path[] = "/tmp/tmlrt_tls_roots_XXXXXX";
    int handle = mkstemp(path);
    char both[8192];
    snprintf(both, sizeof(both), "%s%s", tls_rig_get()->ca.chain, tls_rig_get()->other_ca.chain);
    REQUIRE(handle >= 0 && test_cert_write(path, tls_rig_get()->ca.chain));
    tmlrt_tls_options* options = tls_rig_server();
    EXPECT_EQ(tmlrt_tls_options_client_auth(options, TMLRT_TLS_AUTH_REQUIRED), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_options_trust(options, path), TMLRT_OK);
    tmlrt_tls_config* by_file = tls_rig_config(options);
    REQUIRE(by_file != NULL);
    EXPECT(!visit(client, by_file, "a.test"));
    EXPECT(visit(client, by_file, "a.test"));
    REQUIRE(test_cert_write(path, both));
    REQUIRE(tmlrt_tls_config_reload(&fresh, by_file, s_why, sizeof(s_why)) == TMLRT_OK);
    EXPECT(!visit(client, fresh, "a.test"));
    unlink(path);
    close(handle);
    tmlrt_tls_config_unref(fresh);
    tmlrt_tls_config_unref(by_file);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_config_unref(server);
}

// ---- reload -------------------------------------------------------------------------------------

static void ignore_log(void* arg, int32_t level, const char* module, const char* message) {
    (void)arg, (void)level, (void)module, (void)message;
}

static void peer_of(tmlrt_tls_config* client, tmlrt_tls_holder* holder, char* name, size_t cap) {
    tls_rig rig;
    tmlrt_tls_config* server = tmlrt_tls_holder_get(holder);
    name[0] = '\0';
    if (tls_rig_connect(&rig, client, server, "a.test") && rig.client_status == TMLRT_OK) {
        tmlrt_tls_peer_name(rig.client, name, cap);
    }
    tls_rig_close(&rig);
    tmlrt_tls_config_unref(server);
}

TEST(tls_holder_reload__under_use_good_and_bad__swapped_or_kept) {
    char chain[] = "/tmp/tmlrt_tls_chain_XXXXXX", key[] = "/tmp/tmlrt_tls_key_XXXXXX", name[32];
    test_cert next;
    tls_rig old;
    tmlrt_tls_holder* holder = NULL;
    const test_cert_ask ask = {
        .subject = "next", .names = "DNS:a.test", .issuer = &tls_rig_get()->ca};
    int handles[] = {mkstemp(chain), mkstemp(key)};
    REQUIRE(handles[0] >= 0 && handles[1] >= 0 && test_cert_make(&next, &ask));
    REQUIRE(test_cert_write(chain, tls_rig_get()->ec.chain) &&
            test_cert_write(key, tls_rig_get()->ec.key));
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    EXPECT_EQ(tmlrt_tls_options_identity(options, chain, key, NULL), TMLRT_OK);
    REQUIRE(tmlrt_tls_holder_new(&holder, tls_rig_config(options)) == TMLRT_OK);
    tmlrt_tls_config *client = tls_rig_config(tls_rig_client()),
                     *server = tmlrt_tls_holder_get(holder);
    REQUIRE(tls_rig_connect(&old, client, server, "a.test"));
    tmlrt_tls_config_unref(server);
    REQUIRE(test_cert_write(chain, next.chain)); // half of the pair: the moment between two files
    tmlrt_log_set(ignore_log, NULL);
    EXPECT_EQ(tmlrt_tls_holder_reload(holder, s_why, sizeof(s_why)), TMLRT_E_TLS_CONFIG);
    tmlrt_log_set(NULL, NULL);
    EXPECT(strstr(s_why, "does not match") != NULL && strstr(s_why, chain) != NULL);
    peer_of(client, holder, name, sizeof(name));
    EXPECT_STR(name, "CN=ec");
    REQUIRE(test_cert_write(key, next.key));
    EXPECT_EQ(tmlrt_tls_holder_reload(holder, s_why, sizeof(s_why)), TMLRT_OK);
    tmlrt_tls_config_unref(client);
    client = tls_rig_config(tls_rig_client()); // without a session of before
    peer_of(client, holder, name, sizeof(name));
    EXPECT_STR(name, "CN=next");
    EXPECT_EQ(tls_rig_send(&old, true, "on", 2, name, 2), TMLRT_OK); // on the old configuration
    tls_rig_close(&old);
    tmlrt_tls_config_unref(client);
    tmlrt_tls_holder_free(holder);
    unlink(chain);
    unlink(key);
    close(handles[0]);
    close(handles[1]);
}

// ---- OCSP ---------------------------------------------------------------------------------------

TEST(tls_ocsp__answer_in_a_file__checked_when_loaded) {
    char path[] = "/tmp/tmlrt_tls_ocsp_XXXXXX";
    const tls_rig_certs* certs = tls_rig_get();
    tmlrt_tls_config* config = NULL;
    int handle = mkstemp(path);
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    REQUIRE(handle >= 0);
    EXPECT_EQ(tmlrt_tls_options_identity(options, certs->ec.chain, certs->ec.key, path), TMLRT_OK);
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, s_why, sizeof(s_why)), TMLRT_E_TLS_CONFIG);
    EXPECT(strstr(s_why, "no OCSP answer") != NULL && strstr(s_why, path) != NULL);
    REQUIRE(test_cert_ocsp(path, &certs->ec, &certs->ca, false));
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, s_why, sizeof(s_why)), TMLRT_E_TLS_CONFIG);
    EXPECT(strstr(s_why, "trylater") != NULL);
    REQUIRE(test_cert_ocsp(path, &certs->ec, &certs->ca, true));
    EXPECT_EQ(tmlrt_tls_config_new(&config, options, s_why, sizeof(s_why)), TMLRT_OK);
    tmlrt_tls_config_unref(config);
    tmlrt_tls_options_free(options);
    unlink(path);
    close(handle);
}
