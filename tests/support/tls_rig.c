// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_rig.h"

#include <tmlrt/tls.h>

#include "rt/tls/openssl.h"

#include <stdio.h>
#include <string.h>

static tls_rig_certs s_certs;

static bool make_all(void) {
    const char* names = "DNS:a.test,DNS:*.wild.test,IP:127.0.0.1";
    const test_cert_ask asks[] = {
        {.subject = "ca", .ca = true},
        {.subject = "other ca", .ca = true},
        {.subject = "ec", .names = names, .issuer = &s_certs.ca},
        {.subject = "rsa", .names = names, .issuer = &s_certs.ca, .rsa = true},
        {.subject = "b", .names = "DNS:b.test", .issuer = &s_certs.ca},
        {.subject = "client", .issuer = &s_certs.ca},
        {.subject = "stranger", .names = names, .issuer = &s_certs.other_ca},
    };
    test_cert* out[] = {&s_certs.ca, &s_certs.other_ca, &s_certs.ec,      &s_certs.rsa,
                        &s_certs.b,  &s_certs.client,   &s_certs.stranger};
    bool well = true;
    for (int i = 0; i < 7 && well; i++) {
        well = test_cert_make(out[i], &asks[i]);
    }
    return well;
}

bool tls_rig_init(void) {
    static bool s_made;
    s_made = s_made || (trt_openssl_init() == TMLRT_OK && make_all());
    return s_made;
}

const tls_rig_certs* tls_rig_get(void) {
    return &s_certs;
}

tmlrt_tls_options* tls_rig_server(void) {
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    if (options != NULL &&
        (tmlrt_tls_options_identity(options, s_certs.ec.chain, s_certs.ec.key, NULL) != TMLRT_OK ||
         tmlrt_tls_options_identity(options, s_certs.rsa.chain, s_certs.rsa.key, NULL) !=
             TMLRT_OK)) {
        tmlrt_tls_options_free(options);
        return NULL;
    }
    return options;
}

tmlrt_tls_options* tls_rig_client(void) {
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_CLIENT);
    if (options != NULL && tmlrt_tls_options_trust(options, s_certs.ca.chain) != TMLRT_OK) {
        tmlrt_tls_options_free(options);
        return NULL;
    }
    return options;
}

tmlrt_tls_config* tls_rig_config(tmlrt_tls_options* owned_options) {
    char why[TMLRT_TLS_WHY] = "no options";
    tmlrt_tls_config* config = NULL;
    if (owned_options == NULL ||
        tmlrt_tls_config_new(&config, owned_options, why, sizeof(why)) != TMLRT_OK) {
        fprintf(stderr, "tls_rig_config: %s\n", why);
    }
    tmlrt_tls_options_free(owned_options);
    return config;
}

bool tls_rig_open(tls_rig* rig, tmlrt_tls_config* client, tmlrt_tls_config* server,
                  const char* host, const trt_duplex_options* options) {
    trt_stream ends[2];
    memset(rig, 0, sizeof(*rig));
    if (client == NULL || server == NULL || trt_duplex_new(ends, options) != TMLRT_OK) {
        return false;
    }
    if (trt_tls_new(&rig->client, client, ends[0], host) != TMLRT_OK) {
        trt_stream_close(ends[0], true);
    }
    if (trt_tls_new(&rig->server, server, ends[1], NULL) != TMLRT_OK) {
        trt_stream_close(ends[1], true);
    }
    if (rig->client == NULL || rig->server == NULL) {
        tls_rig_close(rig);
        return false;
    }
    return true;
}

// One that is done reads on, as a program's would: its last bytes go on their way with that.
static void read_on(tmlrt_tls_stream* stream, test_waker* waker) {
    if (stream != NULL && stream->is_open) {
        (void)trt_stream_poll_readable(stream->base.io, test_waker_context(waker));
    }
}

bool tls_rig_shake(tls_rig* rig) {
    bool client = false, server = false;
    for (int i = 0; i < 100000 && !(client && server); i++) {
        client =
            client || trt_tls_poll_handshake(rig->client, test_waker_context(&rig->client_waker),
                                             &rig->client_status) == TMLRT_READY;
        if (client && rig->client_status != TMLRT_OK && rig->client != NULL) {
            trt_stream_close(rig->client->base.io, false); // the server sees the end
            rig->client = NULL;
        }
        server =
            server || trt_tls_poll_handshake(rig->server, test_waker_context(&rig->server_waker),
                                             &rig->server_status) == TMLRT_READY;
        if (server && rig->server_status != TMLRT_OK && rig->server != NULL && !client) {
            trt_stream_close(rig->server->base.io, false);
            rig->server = NULL;
        }
        read_on(rig->client, &rig->client_waker);
        read_on(rig->server, &rig->server_waker);
    }
    return client && server;
}

bool tls_rig_connect(tls_rig* rig, tmlrt_tls_config* client, tmlrt_tls_config* server,
                     const char* host) {
    return tls_rig_open(rig, client, server, host, NULL) && tls_rig_shake(rig);
}

void tls_rig_close(tls_rig* rig) {
    if (rig->client != NULL) {
        trt_stream_close(rig->client->base.io, false);
    }
    if (rig->server != NULL) {
        trt_stream_close(rig->server->base.io, false);
    }
    rig->client = rig->server = NULL;
}

tmlrt_status tls_rig_send(tls_rig* rig, bool from_client, const char* data, size_t len, char* out,
                          size_t by) {
    tmlrt_tls_stream* from = from_client ? rig->client : rig->server;
    tmlrt_tls_stream* to = from_client ? rig->server : rig->client;
    size_t sent = 0, got = 0;
    for (int i = 0; i < 1000000 && got < len; i++) {
        trt_io_result result;
        tmlrt_slice slice = {data + sent, len - sent};
        if (sent < len &&
            trt_stream_poll_writev(from->base.io, test_waker_context(&rig->client_waker), &slice, 1,
                                   &result) == TMLRT_READY) {
            if (result.status != TMLRT_OK) {
                return result.status;
            }
            sent += result.len;
        }
        size_t cap = by < len - got ? by : len - got;
        if (trt_stream_poll_read(to->base.io, test_waker_context(&rig->server_waker), out + got,
                                 cap, &result) == TMLRT_READY) {
            if (result.status != TMLRT_OK || result.len == 0) {
                return result.status != TMLRT_OK ? result.status : TMLRT_E_EOF;
            }
            got += result.len;
        }
    }
    return got == len ? TMLRT_OK : TMLRT_E_TIMEDOUT;
}

static void warm_up_one(int version, const test_cert* cert, bool with_roots) {
    tls_rig rig = {0};
    tmlrt_tls_options *client = tls_rig_client(), *server = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    if (!with_roots) {
        tmlrt_tls_options_free(client);
        client = tmlrt_tls_options_new(TMLRT_TLS_CLIENT); // the system's
    }
    if (tmlrt_tls_options_versions(client, version, version) != TMLRT_OK ||
        tmlrt_tls_options_identity(server, cert->chain, cert->key, NULL) != TMLRT_OK ||
        tmlrt_tls_options_identity(client, cert->chain, cert->key, NULL) != TMLRT_OK ||
        tmlrt_tls_options_client_auth(server, TMLRT_TLS_AUTH_REQUIRED) != TMLRT_OK ||
        tmlrt_tls_options_trust(server, s_certs.ca.chain) != TMLRT_OK) {
        fprintf(stderr, "tls_rig_warm_up: no options\n");
    }
    tmlrt_tls_config *a = tls_rig_config(client), *b = tls_rig_config(server);
    for (int i = 0; i < 2; i++) { // and the resumption
        char out[2];
        if (tls_rig_connect(&rig, a, b, "a.test") && rig.client_status == TMLRT_OK &&
            rig.server_status == TMLRT_OK) {
            (void)tls_rig_send(&rig, false, "x", 1, out, 1);
        }
        tls_rig_close(&rig);
    }
    tmlrt_tls_config_unref(a);
    tmlrt_tls_config_unref(b);
}

void tls_rig_warm_up(void) {
    if (!tls_rig_init()) {
        fprintf(stderr, "tls_rig_warm_up: no certificates\n");
        return;
    }
    for (int version = TMLRT_TLS_1_2; version <= TMLRT_TLS_1_3; version++) {
        warm_up_one(version, &s_certs.rsa, true);
        warm_up_one(version, &s_certs.ec, true);
        warm_up_one(version, &s_certs.ec, false);
    }
}
