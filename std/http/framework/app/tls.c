// SPDX-License-Identifier: Apache-2.0
// From the settings tls_cert, tls_key and tls_client_ca to the holder that the server takes its
// configuration from; SIGHUP makes the server read the files again. At start, one thread.
#include "std/http/framework/app/tls.h"

#include <tmlrt/log.h>
#include <tmlrt/tls.h>

#include "rt/base/assert.h"

#include <stdio.h>

static tmlrt_status fill(tmlrt_tls_options* tls, const trt_app_options* options) {
    const char* client_ca = options->settings[TRT_SETTING_tls_client_ca].value;
    TRT_TRY(tmlrt_tls_options_identity(tls, options->settings[TRT_SETTING_tls_cert].value,
                                       options->settings[TRT_SETTING_tls_key].value, NULL));
    TRT_TRY(tmlrt_tls_options_alpn(tls, "h2,http/1.1"));
    if (client_ca != NULL) {
        TRT_TRY(tmlrt_tls_options_trust(tls, client_ca));
        TRT_TRY(tmlrt_tls_options_client_auth(tls, TMLRT_TLS_AUTH_REQUIRED));
    }
    return TMLRT_OK;
}

tmlrt_status trt_app_tls_new(tmlrt_tls_holder** out, const trt_app_options* options) {
    char why[TMLRT_TLS_WHY] = "";
    tmlrt_tls_config* config = NULL;
    *out = NULL;
    if (options->settings[TRT_SETTING_tls_cert].value == NULL) {
        return TMLRT_OK;
    }
    tmlrt_tls_options* tls = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    tmlrt_status status = tls != NULL ? fill(tls, options) : TMLRT_E_NOMEM;
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
        fprintf(stderr, "tmlrt: no TLS with the certificate from %s: %s\n",
                options->settings[TRT_SETTING_tls_cert].source,
                why[0] != '\0' ? why : tmlrt_status_text(status));
    }
    return status;
}
