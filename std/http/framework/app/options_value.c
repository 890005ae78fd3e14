// SPDX-License-Identifier: Apache-2.0
// What the texts of the settings mean. Pure; at start, one thread.
#include "std/http/framework/app/options.h"

#include <tmlrt/runtime.h>

#include "std/http/core/number.h"

void trt_app_complain(trt_text* message, const char* format, ...) {
    va_list args;
    trt_text_puts(message, "tmlrt: ");
    va_start(args, format);
    trt_text_vprintf(message, format, args);
    va_end(args);
    trt_text_puts(message, "\n");
}

/// The value of a setting; NULL with a complaint when it is empty, NULL when it is off.
static const char* value_of(const trt_app_options* options, enum trt_setting_id id,
                            const char* what, trt_text* message) {
    const trt_setting* setting = &options->settings[id];
    if (setting->value != NULL && setting->value[0] == '\0') {
        trt_app_complain(message, "the %s from %s is empty: a value must follow", what,
                         setting->source);
        return NULL;
    }
    return setting->value;
}

/// value_of for what there must be.
static const char* needed(const trt_app_options* options, enum trt_setting_id id, const char* what,
                          trt_text* message) {
    const trt_setting* setting = &options->settings[id];
    if (setting->value == NULL) {
        trt_app_complain(message, "the %s from %s cannot be %s", what, setting->source,
                         trt_setting_rows[id].none);
    }
    return value_of(options, id, what, message);
}

static void read_port(trt_app_options* options, trt_text* message) {
    const trt_setting* setting = &options->settings[TRT_SETTING_port];
    const char* text = needed(options, TRT_SETTING_port, "port", message);
    uint64_t number = 0;
    if (text != NULL &&
        (trt_parse_u64(&number, text, strlen(text)) != TMLRT_OK || number > UINT16_MAX)) {
        trt_app_complain(message, "the port from %s must be a number from 0 to 65535, not `%s`",
                         setting->source, text);
    }
    options->addr.port = (uint16_t)number;
}

static void read_address(trt_app_options* options, trt_text* message) {
    const trt_setting* setting = &options->settings[TRT_SETTING_address];
    const char* text = needed(options, TRT_SETTING_address, "address", message);
    if (text != NULL &&
        (trt_addr_parse(&options->addr, text, 0) != TMLRT_OK || options->addr.port != 0)) {
        trt_app_complain(
            message, "the address from %s must be an IPv4 or IPv6 literal without a port, not `%s`",
            setting->source, text);
    }
}

/// How strong the place is that a value comes from.
static int rank_of(const char* source) {
    return strcmp(source, "default") == 0      ? 0
           : strcmp(source, "program") == 0    ? 1
           : strncmp(source, "--", 2) == 0     ? 4
           : strncmp(source, "TMLRT_", 6) == 0 ? 3
                                               : 2; // a line of a file
}

/// `listen` says everything that address and port say: a weaker place's do not count, one that is
/// as strong contradicts it.
static void read_listen(trt_app_options* options, const trt_app_options_input* input,
                        trt_text* message) {
    static const enum trt_setting_id others[] = {TRT_SETTING_port, TRT_SETTING_address};
    const trt_setting* listen = &options->settings[TRT_SETTING_listen];
    if (listen->value == NULL) {
        read_address(options, message);
        read_port(options, message);
        return;
    }
    for (int i = 0; i < 2; i++) {
        const trt_setting* other = &options->settings[others[i]];
        if (rank_of(other->source) >= rank_of(listen->source)) {
            trt_app_complain(message,
                             "%s from %s and listen from %s cannot be had together; put it into "
                             "listen",
                             trt_setting_rows[others[i]].name, other->source, listen->source);
        }
    }
    if (trt_listen_parse(&options->listen, "listen", listen->value, listen->source, input->sockets,
                         input->num_sockets, message) == TMLRT_E_NOMEM) {
        message->failed = true;
    }
}

static void read_admin(trt_app_options* options, const trt_app_options_input* input,
                       trt_text* message) {
    const trt_setting* admin = &options->settings[TRT_SETTING_admin];
    if (admin->value == NULL) {
        return;
    }
    tmlrt_status status = trt_listen_parse(&options->admin, "admin", admin->value, admin->source,
                                           input->sockets, input->num_sockets, message);
    if (status == TMLRT_E_NOMEM) {
        message->failed = true;
    } else if (options->admin.num > 1) {
        trt_app_complain(message, "admin from %s names %u places; there can be one", admin->source,
                         options->admin.num);
    } else if (options->admin.num == 1 &&
               (options->admin.own[0].num != 0 || options->admin.own[0].client_ca != NULL)) {
        trt_app_complain(message,
                         "admin from %s speaks in the clear: leave out cert=, key= and client_ca=",
                         admin->source);
    }
}

static void read_access_log(trt_app_options* options, trt_text* message) {
    const trt_setting* format = &options->settings[TRT_SETTING_access_log_format];
    const char* text = needed(options, TRT_SETTING_access_log_format, "log format", message);
    options->access.path = value_of(options, TRT_SETTING_access_log, "access log", message);
    options->access.redacted = options->settings[TRT_SETTING_access_log_redact].value;
    if (options->access.redacted == NULL) {
        options->access.redacted = ""; // nothing is
    }
    if (text != NULL && strcmp(text, "combined") == 0) {
        options->access.format = TRT_ACCESS_COMBINED;
    } else if (text != NULL && strcmp(text, "json") != 0) {
        trt_app_complain(message, "the log format from %s must be json or combined, not `%s`",
                         format->source, text);
    }
}

/// Places that ask clients for a certificate speak TLS.
static void check_client_ca(const trt_app_options* options, trt_text* message) {
    const trt_setting* cert = &options->settings[TRT_SETTING_tls_cert];
    const trt_setting* client = &options->settings[TRT_SETTING_tls_client_ca];
    const trt_listen_list* listen = &options->listen;
    if (client->value != NULL && cert->value == NULL && !trt_listen_has_certs(listen)) {
        trt_app_complain(message, "client authorities from %s need TLS: --tls-cert and --tls-key",
                         client->source);
    }
    for (uint32_t i = 0; i < listen->num; i++) {
        const trt_listen_tls* own = &listen->own[i];
        if (own->client_ca != NULL && own->num == 0 && cert->value == NULL && own->first == i) {
            trt_app_complain(message,
                             "`client_ca=%s` of %s in listen from %s needs TLS: cert= and key=, or "
                             "--tls-cert and --tls-key",
                             own->client_ca, own->place,
                             options->settings[TRT_SETTING_listen].source);
        }
    }
}

static void read_tls(trt_app_options* options, trt_text* message) {
    const trt_setting* cert = &options->settings[TRT_SETTING_tls_cert];
    const trt_setting* key = &options->settings[TRT_SETTING_tls_key];
    (void)value_of(options, TRT_SETTING_tls_cert, "certificate file", message);
    (void)value_of(options, TRT_SETTING_tls_key, "key file", message);
    (void)value_of(options, TRT_SETTING_tls_client_ca, "file of client authorities", message);
    if ((cert->value == NULL) != (key->value == NULL)) {
        trt_app_complain(message, "the %s from %s needs the %s as well",
                         cert->value != NULL ? "certificate" : "key",
                         cert->value != NULL ? cert->source : key->source,
                         cert->value != NULL ? "key (--tls-key)" : "certificate (--tls-cert)");
    }
    check_client_ca(options, message);
}

static void read_h2c(trt_app_options* options, trt_text* message) {
    const char* text = value_of(options, TRT_SETTING_h2c, "choice of HTTP/2", message);
    options->h2c = text != NULL;
    options->only_h2 = text != NULL && strcmp(text, "only") == 0;
    if (text != NULL && strcmp(text, "on") != 0 && !options->only_h2) {
        trt_app_complain(message, "HTTP/2 without TLS from %s must be on, only or off, not `%s`",
                         options->settings[TRT_SETTING_h2c].source, text);
    }
}

static void read_security(trt_app_options* options, trt_text* message) {
    const trt_setting* fields = &options->settings[TRT_SETTING_security_headers];
    const char* on = value_of(options, TRT_SETTING_security_headers, "choice of fields", message);
    const char* hsts = value_of(options, TRT_SETTING_hsts, "Strict-Transport-Security", message);
    options->plain_answers = fields->value == NULL;
    options->hsts = hsts;
    if (on != NULL && strcmp(on, "on") != 0) {
        trt_app_complain(message, "the fields for browsers from %s must be on or off, not `%s`",
                         fields->source, on);
    }
    if (hsts != NULL && !trt_security_hsts_valid((tmlrt_slice){hsts, strlen(hsts)})) {
        trt_app_complain(message,
                         "Strict-Transport-Security from %s must be like `max-age=31536000; "
                         "includeSubDomains`, of at most %d bytes, or off, not `%s`",
                         options->settings[TRT_SETTING_hsts].source, TRT_SECURITY_HSTS_MAX, hsts);
    }
}

static void read_threads(trt_app_options* options, trt_text* message) {
    const trt_setting* setting = &options->settings[TRT_SETTING_threads];
    const char* text = value_of(options, TRT_SETTING_threads, "number of threads", message);
    uint64_t number = 0;
    if (text == NULL) {
        return;
    }
    if (trt_parse_u64(&number, text, strlen(text)) != TMLRT_OK || number == 0 ||
        number > TMLRT_MAX_WORKERS) {
        trt_app_complain(message, "the number of threads from %s must be from 1 to %d, not `%s`",
                         setting->source, TMLRT_MAX_WORKERS, text);
    }
    options->threads = (uint32_t)number;
}

/// What was asked for is what the server uses, or an error: nothing is clamped in silence.
static void check_limits(const trt_app_options* options, trt_text* message) {
    char name[TRT_HTTP_LIMIT_TEXT], set[TRT_HTTP_LIMIT_TEXT], used[TRT_HTTP_LIMIT_TEXT];
    trt_http_limits resolved = options->limits;
    trt_http_limits_resolve(&resolved);
    for (uint32_t i = 0; i < TRT_HTTP_NUM_LIMITS; i++) {
        uint64_t asked = trt_http_limit_get(&options->limits, i);
        uint64_t left = trt_http_limit_get(&resolved, i);
        if (options->limit_sources[i] == NULL || asked == left) {
            continue;
        }
        trt_http_limit_name(name, i);
        trt_http_limit_value(set, &options->limits, i);
        trt_http_limit_value(used, &resolved, i);
        trt_app_complain(
            message, "`%s=%s` from %s: the value must be at %s %s, the others being as they are",
            name, set, options->limit_sources[i], asked > left ? "most" : "least", used);
    }
}

void trt_app_read_settings(trt_app_options* options, const trt_app_options_input* input,
                           trt_text* message) {
    check_limits(options, message);
    read_listen(options, input, message);
    read_tls(options, message);
    read_h2c(options, message);
    read_security(options, message);
    read_admin(options, input, message);
    read_access_log(options, message);
    read_threads(options, message);
}
