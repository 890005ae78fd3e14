// SPDX-License-Identifier: Apache-2.0
// From the settings tls_cert, tls_key and tls_client_ca, and from what places say for themselves,
// to the holders that the server takes its configurations from; SIGHUP makes the server read the
// files again. At start, one thread.
#include "std/http/framework/app/tls.h"

#include <tmlrt/log.h>
#include <tmlrt/tls.h>

#include "rt/base/assert.h"

#include <stdio.h>
#include <string.h>

/// One identity, or a place's several; what a place does not say is as the settings have it.
static tmlrt_status add_identities(tmlrt_tls_options* tls, const trt_app_options* options,
                                   const trt_listen_tls* own) {
    if (own == NULL || own->num == 0) {
        return tmlrt_tls_options_identity(tls, options->settings[TRT_SETTING_tls_cert].value,
                                          options->settings[TRT_SETTING_tls_key].value, NULL);
    }
    for (uint32_t i = 0; i < own->num; i++) {
        TRT_TRY(tmlrt_tls_options_identity(tls, own->cert[i], own->key[i], NULL));
    }
    return TMLRT_OK;
}

static const char* client_ca_of(const trt_app_options* options, const trt_listen_tls* own) {
    if (own == NULL || own->client_ca == NULL) {
        return options->settings[TRT_SETTING_tls_client_ca].value;
    }
    bool off = strcmp(own->client_ca, trt_setting_rows[TRT_SETTING_tls_client_ca].none) == 0;
    return off ? NULL : own->client_ca;
}

static tmlrt_status fill(tmlrt_tls_options* tls, const trt_app_options* options,
                         const trt_listen_tls* own) {
    const char* client_ca = client_ca_of(options, own);
    TRT_TRY(add_identities(tls, options, own));
    TRT_TRY(tmlrt_tls_options_alpn(tls, "h2,http/1.1"));
    if (client_ca != NULL) {
        TRT_TRY(tmlrt_tls_options_trust(tls, client_ca));
        TRT_TRY(tmlrt_tls_options_client_auth(tls, TMLRT_TLS_AUTH_REQUIRED));
    }
    return TMLRT_OK;
}

static void complain(const trt_app_options* options, const trt_listen_tls* own, const char* why) {
    if (own == NULL) {
        fprintf(stderr, "tmlrt: no TLS with the certificate from %s: %s\n",
                options->settings[TRT_SETTING_tls_cert].source, why);
    } else {
        fprintf(stderr, "tmlrt: no TLS on %s (listen from %s): %s\n", own->place,
                options->settings[TRT_SETTING_listen].source, why);
    }
}

/// `own`: of a place; NULL: the settings alone.
static tmlrt_status holder_new(tmlrt_tls_holder** out, const trt_app_options* options,
                               const trt_listen_tls* own) {
    char why[TMLRT_TLS_WHY] = "";
    tmlrt_tls_config* config = NULL;
    tmlrt_tls_options* tls = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    tmlrt_status status = tls != NULL ? fill(tls, options, own) : TMLRT_E_NOMEM;
    if (status == TMLRT_OK) {
        status = tmlrt_tls_config_new(&config, tls, why, sizeof why);
    }
    tmlrt_tls_options_free(tls);
    if (status == TMLRT_OK) {
        status = tmlrt_tls_holder_new(out, config);
        if (status != TMLRT_OK) {
            tmlrt_tls_config_unref(config);
        }
    }
    if (status != TMLRT_OK) {
        complain(options, own, why[0] != '\0' ? why : tmlrt_status_text(status));
    }
    return status;
}

/// A place with a certificate of its own, or with other clients than the settings' certificate.
static bool has_own(const trt_listen_list* listen, uint32_t i) {
    const trt_listen_tls* own = &listen->own[i];
    return own->first == i && (own->num != 0 || own->client_ca != NULL);
}

tmlrt_status trt_app_tls_init(trt_app_tls* out, const trt_app_options* options) {
    trt_app_tls tls = {0};
    const trt_listen_list* listen = &options->listen;
    tmlrt_status status = TMLRT_OK;
    if (options->settings[TRT_SETTING_tls_cert].value != NULL) {
        status = holder_new(&tls.all, options, NULL);
    }
    for (uint32_t i = 0; status == TMLRT_OK && i < listen->num; i++) {
        status = has_own(listen, i) ? holder_new(&tls.own[i], options, &listen->own[i]) : TMLRT_OK;
    }
    if (status != TMLRT_OK) {
        trt_app_tls_fini(&tls);
        return status;
    }
    *out = tls;
    return TMLRT_OK;
}

void trt_app_tls_fini(trt_app_tls* tls) {
    for (uint32_t i = 0; i < TRT_LISTEN_MAX; i++) {
        tmlrt_tls_holder_free(tls->own[i]);
    }
    tmlrt_tls_holder_free(tls->all);
    *tls = (trt_app_tls){0};
}

tmlrt_tls_holder* trt_app_tls_of(const trt_app_tls* tls, const trt_listen_list* listen,
                                 uint32_t i) {
    tmlrt_tls_holder* own = tls->own[listen->own[i].first];
    return listen->plain[i] ? NULL : own != NULL ? own : tls->all;
}
