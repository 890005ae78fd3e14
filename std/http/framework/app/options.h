// SPDX-License-Identifier: Apache-2.0
// What the person who starts the program may choose: command line over environment over file over
// program over default. docs/guide/configuration.md tells users.
#ifndef TRT_HTTP_FRAMEWORK_APP_OPTIONS_H
#define TRT_HTTP_FRAMEWORK_APP_OPTIONS_H

#include <tmlrt/abi/status.h>

#include "rt/os/socket.h"
#include "std/http/core/limit_text.h"
#include "std/http/framework/app/config_file.h"
#include "std/http/framework/app/listen.h"
#include "std/http/framework/app/settings.h"
#include "std/http/server/access_options.h"

/// What to do.
enum {
    TRT_MODE_SERVE,
    TRT_MODE_ROUTES,
    TRT_MODE_LIMITS,
    TRT_MODE_CONFIG,
    TRT_MODE_SMOKE,
    TRT_MODE_HELP
};

typedef struct trt_app_options {
    int mode; ///< TRT_MODE_*
    trt_setting settings[TRT_NUM_SETTINGS];
    trt_http_limits limits;                         ///< 0: not set
    const char* limit_sources[TRT_HTTP_NUM_LIMITS]; ///< NULL: not set
    // What the settings say.
    trt_addr addr;             ///< address and port; without `listen`
    trt_listen_list listen;    ///< num 0: address and port say where
    trt_listen_list admin;     ///< one place; num 0: no admin listener
    trt_access_options access; ///< path NULL: no log
    bool h2c;                  ///< HTTP/2 in the clear as well
    bool only_h2;              ///< and nothing else
    bool plain_answers;        ///< without the fields of core/security.h
    const char* hsts;          ///< value of Strict-Transport-Security; NULL: it is not sent
    uint32_t threads;          ///< 0: as the environment says
    trt_config_file file;      ///< what the texts above may point into
} trt_app_options;

/// trt_app_options_input is where values come from; tests fill it by hand.
typedef struct trt_app_options_input {
    int argc;
    char** argv;
    const char* env[TRT_NUM_SETTINGS]; ///< NULL or "": not set, as are these two
    const char *env_limits, *env_config;
    const char* const*
        environment; ///< all of it, "NAME=VALUE", for names that are misspelled; or NULL
    const char* program[TRT_NUM_SETTINGS]; ///< NULL: not set
    const trt_activated* sockets;          ///< that a service manager handed over
    uint32_t num_sockets;
    /// As trt_config_file_read.
    tmlrt_status (*read_file)(const char* path, char** out_text, size_t* out_len, size_t* out_size);
} trt_app_options_input;

/// trt_app_options_resolve fills `out`.
/// Errors:  INVAL - `message` says what is wrong, where, and what would be right: a line per error,
///          every one that there is. With --help there are none. NOMEM. Nothing is to be freed
///          then.
/// Owns:    the caller ends it with trt_app_options_fini.
TMLRT_NODISCARD tmlrt_status trt_app_options_resolve(trt_app_options* out,
                                                     const trt_app_options_input* input,
                                                     trt_text* message);
/// trt_app_options_fini frees.
void trt_app_options_fini(trt_app_options* options);
/// trt_app_usage returns the text of --help.
const char* trt_app_usage(void);

// ---- options_value.c ----------------------------------------------------------------------------

/// trt_app_complain adds one error to a message, a line.
void trt_app_complain(trt_text* message, const char* format, ...)
    __attribute__((format(printf, 2, 3)));
/// trt_app_read_settings reads the values of all settings.   Errors: lines in `message`.
void trt_app_read_settings(trt_app_options* options, const trt_app_options_input* input,
                           trt_text* message);

// ---- options_print.c ----------------------------------------------------------------------------

/// trt_app_print_limits writes the limits, one a line: name, value, who set it, what happens on
/// breach. `all`: those that nobody set as well.   Shape: limits: the effective ones.
void trt_app_print_limits(const trt_app_options* options, const trt_http_limits* limits, bool all,
                          trt_text* out);
/// trt_app_print_config writes every setting and every limit with who set it, as a file that would
/// set the same.   Shape: limits: the effective ones.
void trt_app_print_config(const trt_app_options* options, const trt_http_limits* limits,
                          trt_text* out);

#endif
