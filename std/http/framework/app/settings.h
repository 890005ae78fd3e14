// SPDX-License-Identifier: Apache-2.0
// Settings: what a server program has besides its limits, one row each. The same name is used in
// the file, the same value everywhere. docs/guide/configuration.md tells users.
#ifndef TRT_HTTP_FRAMEWORK_APP_SETTINGS_H
#define TRT_HTTP_FRAMEWORK_APP_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "std/http/core/security.h"
#include "std/http/server/access_options.h"

/// TRT_SETTING_MAP expands X(name, option, environment, default, none): `none` is the value that
/// says that there is nothing; a default of NULL is that.
#define TRT_SETTING_MAP(X)                                                                         \
    X(port, "--port", "TMLRT_PORT", "8080", "off")                                                 \
    X(address, "--address", "TMLRT_ADDRESS", "127.0.0.1", "off")                                   \
    X(listen, "--listen", "TMLRT_LISTEN", NULL, "off")                                             \
    X(tls_cert, "--tls-cert", "TMLRT_TLS_CERT", NULL, "off")                                       \
    X(tls_key, "--tls-key", "TMLRT_TLS_KEY", NULL, "off")                                          \
    X(tls_client_ca, "--tls-client-ca", "TMLRT_TLS_CLIENT_CA", NULL, "off")                        \
    X(h2c, "--h2c", "TMLRT_H2C", NULL, "off")                                                      \
    X(security_headers, "--security-headers", "TMLRT_SECURITY_HEADERS", "on", "off")               \
    X(hsts, "--hsts", "TMLRT_HSTS", TRT_HSTS_DEFAULT, "off")                                       \
    X(admin, "--admin", "TMLRT_ADMIN", NULL, "off")                                                \
    X(access_log, "--access-log", "TMLRT_ACCESS_LOG", NULL, "off")                                 \
    X(access_log_format, "--access-log-format", "TMLRT_ACCESS_LOG_FORMAT", "json", "off")          \
    X(access_log_redact, "--access-log-redact", "TMLRT_ACCESS_LOG_REDACT", TRT_ACCESS_REDACTED,    \
      "off")                                                                                       \
    X(threads, "--threads", "TMLRT_THREADS", NULL, "auto")

enum trt_setting_id {
#define TRT_SETTING_ENUM(name, option, environment, otherwise, none) TRT_SETTING_##name,
    TRT_SETTING_MAP(TRT_SETTING_ENUM)
#undef TRT_SETTING_ENUM
        TRT_NUM_SETTINGS
};

typedef struct trt_setting_row {
    const char *name, *option, *environment, *otherwise, *none;
} trt_setting_row;

extern const trt_setting_row trt_setting_rows[TRT_NUM_SETTINGS];

/// trt_setting is a value and who set it: "--port", "TMLRT_PORT", "app.conf:3", "program",
/// "default".
typedef struct trt_setting {
    const char* value; ///< NULL: none
    const char* source;
} trt_setting;

/// trt_setting_find returns the row of a name, TRT_NUM_SETTINGS: there is none.
uint32_t trt_setting_find(const char* name, size_t len);
/// trt_setting_name is a trt_suggest_name.
const char* trt_setting_name(void* unused, uint32_t index);

#endif
