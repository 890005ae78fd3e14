// SPDX-License-Identifier: Apache-2.0
// Options of a server program, layer over layer: defaults, program, file, environment, command
// line. Pure: the environment and the reader of files are handed in. Every error of all of them is
// told in one run. One thread, at start.
#include "std/http/framework/app/options.h"

#include <tmlrt/log.h>

#include "rt/base/assert.h"
#include "std/http/core/number.h"
#include "std/http/framework/registry/suggest.h"

#include <string.h>

const char* trt_app_usage(void) {
    return "options:\n"
           "  --port N          listen on this port; 0 picks a free one\n"
           "                    (environment TMLRT_PORT; default 8080)\n"
           "  --address A       listen on this IPv4 or IPv6 literal; 0.0.0.0 or :: for every\n"
           "                    interface (environment TMLRT_ADDRESS; default 127.0.0.1)\n"
           "  --listen PLACES   listen on these in place of address and port, with commas:\n"
           "                    A:P, [A]:P, unix:PATH, systemd (environment TMLRT_LISTEN)\n"
           "  --limit NAME=V    set a limit of the server; more than once sets more\n"
           "                    (environment TMLRT_LIMITS: several, with commas)\n"
           "  --config FILE     read settings from a file (environment TMLRT_CONFIG)\n"
           "  --tls-cert FILE   speak TLS with this certificate and its chain, PEM, and the key "
           "of\n"
           "  --tls-key FILE    this file; SIGHUP reads both again (environment TMLRT_TLS_CERT,\n"
           "                    TMLRT_TLS_KEY; default off)\n"
           "  --tls-client-ca FILE\n"
           "                    ask clients for a certificate that leads to one of these\n"
           "                    (environment TMLRT_TLS_CLIENT_CA; default off)\n"
           "  --h2c on|only     speak HTTP/2 without TLS, too; only: and nothing else there\n"
           "                    (environment TMLRT_H2C; default off)\n"
           "  --security-headers on|off\n"
           "                    fields that keep browsers safe in every answer (environment\n"
           "                    TMLRT_SECURITY_HEADERS; default on)\n"
           "  --hsts VALUE      Strict-Transport-Security of answers over TLS (environment\n"
           "                    TMLRT_HSTS; default max-age=31536000)\n"
           "  --admin PLACE     serve /livez, /readyz, /metrics and /debug/config here: one "
           "place,\n"
           "                    as of --listen (environment TMLRT_ADMIN; default off)\n"
           "  --access-log F    log every request to this file, or - for standard output\n"
           "                    (environment TMLRT_ACCESS_LOG; default off)\n"
           "  --access-log-format F\n"
           "                    json or combined (environment TMLRT_ACCESS_LOG_FORMAT; default\n"
           "                    json)\n"
           "  --access-log-redact N\n"
           "                    parameters of the query whose values are not logged, with commas\n"
           "                    (environment TMLRT_ACCESS_LOG_REDACT; default token, password and\n"
           "                    others)\n"
           "  --threads N       workers (environment TMLRT_THREADS; default: the CPUs that the\n"
           "                    process may use)\n"
           "instead of serving:\n"
           "  --routes          print every route and what its requests pass through\n"
           "  --limits          print every limit, its value, who set it and what happens on "
           "breach\n"
           "  --print-config    print every setting and limit and who set it, as a file for "
           "--config\n"
           "  --smoke           serve, call every route as a client would, print requests and\n"
           "                    answers; exit code 0 if all went well\n"
           "  --help            print this\n"
           "The command line wins over the environment, that over the file, that over the "
           "program,\n"
           "that over the defaults.\n"
           "Exit codes: 0 served until a signal, or did what was asked; 1 could not; 2 wrong "
           "options.\n";
}

/// The value of option `name` at argv[*index] (`--name V` or `--name=V`); NULL when it is another
/// option, "" when the value is missing.
static const char* option_value(const trt_app_options_input* input, int* index, const char* name) {
    const char* arg = input->argv[*index];
    size_t len = strlen(name);
    if (arg == NULL || strncmp(arg, name, len) != 0) { // behind the last one
        return NULL;
    }
    if (arg[len] == '=') {
        return arg + len + 1;
    }
    if (arg[len] != '\0') {
        return NULL;
    }
    return *index + 1 < input->argc ? input->argv[++*index] : "";
}

/// Ends a line with the nearest name, or with how to see them all.
static void propose(trt_text* message, const char* name, const char* list) {
    if (name != NULL) {
        trt_text_printf(message, "did you mean `%s`?\n", name);
    } else {
        trt_text_printf(message, "%s\n", list);
    }
}

/// `source`: room for a name.
static const char* limit_name(void* source, uint32_t index) {
    if (index >= TRT_HTTP_NUM_LIMITS) {
        return NULL;
    }
    trt_http_limit_name(source, index);
    return source;
}

static void set_limit(trt_app_options* options, const char* text, size_t len, const char* source,
                      trt_text* message) {
    uint32_t index = 0;
    const char *why = NULL, *equals = memchr(text, '=', len);
    tmlrt_status status = trt_http_limit_set(&options->limits, &index, &why, text, len);
    if (status == TMLRT_OK) {
        options->limit_sources[index] = source;
    } else if (status != TMLRT_E_NOTFOUND) {
        trt_app_complain(message, "`%.*s` from %s: the value %s", (int)len, text, source, why);
    } else if (equals == NULL) {
        trt_app_complain(message, "`%.*s` from %s is not NAME=VALUE; --limits lists the names",
                         (int)len, text, source);
    } else {
        char room[TRT_HTTP_LIMIT_TEXT];
        uint32_t near = trt_suggest(text, (size_t)(equals - text), limit_name, room);
        trt_text_printf(message, "tmlrt: `%.*s` from %s: there is no such limit; ", (int)len, text,
                        source);
        propose(message, near != UINT32_MAX ? limit_name(room, near) : NULL, "--limits lists them");
    }
}

static void read_env_limits(trt_app_options* options, const char* text, trt_text* message) {
    text = text != NULL ? text + strspn(text, ", \t") : "";
    while (*text != '\0') {
        size_t all = strcspn(text, ","), len = all;
        while (text[len - 1] == ' ' || text[len - 1] == '\t') { // it begins with neither
            len--;
        }
        set_limit(options, text, len, "TMLRT_LIMITS", message);
        text += all + strspn(text + all, ", \t");
    }
}

static const struct {
    const char* name;
    int mode; ///< SERVE: an option with a value
} s_options[] = {
#define OPTION(name, option, environment, otherwise, none) {option, TRT_MODE_SERVE},
    TRT_SETTING_MAP(OPTION)
#undef OPTION
        {"--limit", TRT_MODE_SERVE},
    {"--config", TRT_MODE_SERVE},
    {"--routes", TRT_MODE_ROUTES},
    {"--limits", TRT_MODE_LIMITS},
    {"--print-config", TRT_MODE_CONFIG},
    {"--smoke", TRT_MODE_SMOKE},
    {"--help", TRT_MODE_HELP},
};

static const char* option_name(void* source, uint32_t index) {
    (void)source;
    return index < TRT_ARRAY_LEN(s_options) ? s_options[index].name : NULL;
}

static void unknown_option(const char* arg, trt_text* message) {
    if (arg[0] != '-') {
        trt_app_complain(message, "unexpected argument `%s`; --help lists the options", arg);
        return;
    }
    uint32_t near = trt_suggest(arg, strcspn(arg, "="), option_name, NULL);
    trt_text_printf(message, "tmlrt: unknown option `%s`; ", arg);
    propose(message, near != UINT32_MAX ? s_options[near].name : NULL, "--help lists the options");
}

/// One of the options that say what to do; --help wins, else there can be one.
static bool read_mode(const char* arg, trt_app_options* options, const char** chosen,
                      trt_text* message) {
    for (size_t k = 0; k < TRT_ARRAY_LEN(s_options); k++) {
        int mode = s_options[k].mode;
        if (mode == TRT_MODE_SERVE || strcmp(arg, s_options[k].name) != 0) {
            continue;
        }
        if (mode == TRT_MODE_HELP || options->mode == TRT_MODE_HELP) {
            options->mode = TRT_MODE_HELP;
        } else if (*chosen != NULL && options->mode != mode) {
            trt_app_complain(message, "%s and %s cannot be had together", *chosen,
                             s_options[k].name);
        } else {
            options->mode = mode;
            *chosen = s_options[k].name;
        }
        return true;
    }
    return false;
}

/// A value that says that there is nothing hides what a layer below has.
static trt_setting setting_of(uint32_t index, const char* value, const char* source) {
    bool none = strcmp(value, trt_setting_rows[index].none) == 0;
    return (trt_setting){none ? NULL : value, source};
}

static bool read_setting(const trt_app_options_input* input, trt_app_options* options, int* index) {
    for (uint32_t k = 0; k < TRT_NUM_SETTINGS; k++) {
        const char* option = trt_setting_rows[k].option;
        const char* value = option_value(input, index, option);
        if (value != NULL) {
            options->settings[k] = setting_of(k, value, option);
            return true;
        }
    }
    return false;
}

static void read_args(const trt_app_options_input* input, trt_app_options* options,
                      trt_text* message) {
    const char *value, *chosen = NULL;
    for (int i = 1; i < input->argc; i++) {
        const char* arg = input->argv[i];
        if (read_mode(arg, options, &chosen, message) || read_setting(input, options, &i)) {
            continue;
        }
        if ((value = option_value(input, &i, "--limit")) != NULL) {
            set_limit(options, value, strlen(value), "--limit", message);
        } else if (option_value(input, &i, "--config") == NULL) { // which was read before
            unknown_option(arg, message);
        }
    }
}

// ---- the file -----------------------------------------------------------------------------------

/// Which line set what, to tell one that says it again.
typedef struct lines {
    const char* settings[TRT_NUM_SETTINGS];
    const char* limits[TRT_HTTP_NUM_LIMITS];
} lines;

static void say_twice(const trt_config_entry* entry, const char* before, trt_text* message) {
    trt_app_complain(message, "`%s` from %s was set by %s already; keep one of them", entry->key,
                     entry->source, before);
}

static void file_limit(trt_app_options* options, const trt_config_entry* entry, lines* seen,
                       trt_text* message) {
    trt_text pair = {0};
    uint32_t index = 0;
    const char* why;
    trt_http_limits ignored;
    if (trt_setting_find(entry->key, strlen(entry->key)) != TRT_NUM_SETTINGS) {
        trt_app_complain(message, "`%s` from %s is no limit but a setting: put it above [limits]",
                         entry->key, entry->source);
        return;
    }
    trt_text_printf(&pair, "%s=%s", entry->key, entry->value);
    if (pair.failed) {
        message->failed = true;
    } else {
        set_limit(options, pair.data, pair.len, entry->source, message);
        if (trt_http_limit_set(&ignored, &index, &why, pair.data, pair.len) == TMLRT_OK) {
            if (seen->limits[index] != NULL) {
                say_twice(entry, seen->limits[index], message);
            }
            seen->limits[index] = entry->source;
        }
    }
    trt_text_fini(&pair);
}

static bool is_limit(const char* key) {
    char name[TRT_HTTP_LIMIT_TEXT];
    for (uint32_t i = 0; i < TRT_HTTP_NUM_LIMITS; i++) {
        trt_http_limit_name(name, i);
        if (strcmp(name, key) == 0) {
            return true;
        }
    }
    return false;
}

static void file_setting(trt_app_options* options, const trt_config_entry* entry, lines* seen,
                         trt_text* message) {
    uint32_t index = trt_setting_find(entry->key, strlen(entry->key));
    if (index == TRT_NUM_SETTINGS) {
        uint32_t near = trt_suggest(entry->key, strlen(entry->key), trt_setting_name, NULL);
        if (is_limit(entry->key)) {
            trt_app_complain(message, "`%s` from %s is a limit: put it below [limits]", entry->key,
                             entry->source);
            return;
        }
        trt_text_printf(message, "tmlrt: `%s` from %s: there is no such setting; ", entry->key,
                        entry->source);
        propose(message, near != UINT32_MAX ? trt_setting_rows[near].name : NULL,
                "--print-config prints all; limits stand below [limits]");
        return;
    }
    if (seen->settings[index] != NULL) {
        say_twice(entry, seen->settings[index], message);
    }
    seen->settings[index] = entry->source;
    options->settings[index] = setting_of(index, entry->value, entry->source);
}

static void read_entries(trt_app_options* options, trt_text* message) {
    lines seen = {0};
    for (uint32_t i = 0; i < options->file.num; i++) {
        const trt_config_entry* entry = &options->file.entries[i];
        if (strcmp(entry->section, "limits") == 0) {
            file_limit(options, entry, &seen, message);
        } else if (entry->section[0] == '\0') {
            file_setting(options, entry, &seen, message);
        } else {
            trt_app_complain(message,
                             "`%s` from %s stands in a section [%s], which there is not; the one "
                             "section is [limits]",
                             entry->key, entry->source, entry->section);
        }
    }
}

/// The last --config, else the environment's.
static const char* find_config(const trt_app_options_input* input, const char** out_source) {
    const char *path = input->env_config, *value;
    *out_source = "TMLRT_CONFIG";
    path = path != NULL && path[0] != '\0' ? path : NULL;
    for (int i = 1; i < input->argc; i++) {
        if ((value = option_value(input, &i, "--config")) != NULL) {
            path = value;
            *out_source = "--config";
        }
    }
    return path;
}

static tmlrt_status read_config(const trt_app_options_input* input, trt_app_options* options,
                                trt_text* message) {
    const char* source;
    const char* path = find_config(input, &source);
    char* text;
    size_t len, size;
    if (path == NULL) {
        return TMLRT_OK;
    }
    if (path[0] == '\0') {
        trt_app_complain(message, "the file from %s is empty: a path must follow", source);
        return TMLRT_OK;
    }
    tmlrt_status status = input->read_file(path, &text, &len, &size);
    if (status == TMLRT_E_NOMEM) {
        return status;
    }
    if (status != TMLRT_OK) {
        trt_app_complain(message, "the file `%s` from %s cannot be read: %s", path, source,
                         status == TMLRT_E_OVERFLOW ? "it has more than 256 KiB"
                                                    : tmlrt_status_text(status));
        return TMLRT_OK;
    }
    status = trt_config_file_parse(&options->file, path, text, len, size, message);
    if (status != TMLRT_E_NOMEM) {
        read_entries(options, message);
        return TMLRT_OK;
    }
    return status;
}

// ---- names of the environment -------------------------------------------------------------------

#define ENV_PREFIX "TMLRT_"

/// What a program of the runtime reads beside the settings (docs/guide/running.md).
static const char* const s_other_env[] = {"TMLRT_LIMITS",      "TMLRT_CONFIG",  "TMLRT_LOG",
                                          "TMLRT_SCHEDULER",   "TMLRT_METRICS", "TMLRT_DUMP_SIGNAL",
                                          "TMLRT_WATCHDOG_MS", "TMLRT_SEED",    "TMLRT_LIBDIR"};

/// The known names without their prefix, which would make everything look alike.
static const char* env_name(void* unused, uint32_t index) {
    (void)unused;
    if (index < TRT_NUM_SETTINGS) {
        return trt_setting_rows[index].environment + strlen(ENV_PREFIX);
    }
    index -= TRT_NUM_SETTINGS;
    return index < TRT_ARRAY_LEN(s_other_env) ? s_other_env[index] + strlen(ENV_PREFIX) : NULL;
}

static bool is_env_name(const char* text, size_t len) {
    const char* name;
    for (uint32_t i = 0; (name = env_name(NULL, i)) != NULL; i++) {
        if (strlen(name) == len && memcmp(name, text, len) == 0) {
            return true;
        }
    }
    return false;
}

/// A variable that nothing reads and that is nearly one that is read; others may be somebody's own.
static void check_environment(const char* const* environment, trt_text* message) {
    for (; environment != NULL && *environment != NULL; environment++) {
        const char* text = *environment;
        if (strncmp(text, ENV_PREFIX, strlen(ENV_PREFIX)) != 0) {
            continue;
        }
        text += strlen(ENV_PREFIX);
        size_t len = strcspn(text, "=");
        uint32_t near =
            is_env_name(text, len) ? UINT32_MAX : trt_suggest(text, len, env_name, NULL);
        if (near != UINT32_MAX) {
            trt_app_complain(message,
                             "`" ENV_PREFIX "%.*s` of the environment is read by nothing; did you "
                             "mean `" ENV_PREFIX "%s`?",
                             (int)len, text, env_name(NULL, near));
        }
    }
}

// ---- all of it ----------------------------------------------------------------------------------

static void read_defaults_and_program(const trt_app_options_input* input,
                                      trt_app_options* options) {
    for (uint32_t i = 0; i < TRT_NUM_SETTINGS; i++) {
        const char* program = input->program[i];
        options->settings[i] = program != NULL
                                   ? setting_of(i, program, "program")
                                   : (trt_setting){trt_setting_rows[i].otherwise, "default"};
    }
}

static void read_environment(const trt_app_options_input* input, trt_app_options* options,
                             trt_text* message) {
    for (uint32_t i = 0; i < TRT_NUM_SETTINGS; i++) {
        if (input->env[i] != NULL && input->env[i][0] != '\0') {
            options->settings[i] = setting_of(i, input->env[i], trt_setting_rows[i].environment);
        }
    }
    read_env_limits(options, input->env_limits, message);
    check_environment(input->environment, message);
}

tmlrt_status trt_app_options_resolve(trt_app_options* out, const trt_app_options_input* input,
                                     trt_text* message) {
    trt_app_options options = {.mode = TRT_MODE_SERVE};
    read_defaults_and_program(input, &options);
    tmlrt_status status = read_config(input, &options, message);
    read_environment(input, &options, message);
    read_args(input, &options, message);
    if (options.mode == TRT_MODE_HELP) { // whoever asks for help has not got it right yet
        trt_text_fini(message);
        *out = options;
        return TMLRT_OK;
    }
    trt_app_read_settings(&options, input, message);
    if (status == TMLRT_OK && message->len != 0) {
        status = TMLRT_E_INVAL;
    } else if (message->failed) {
        status = TMLRT_E_NOMEM;
    }
    if (status != TMLRT_OK) {
        trt_app_options_fini(&options);
        return status;
    }
    *out = options;
    return TMLRT_OK;
}

void trt_app_options_fini(trt_app_options* options) {
    trt_config_file_fini(&options->file);
    trt_listen_fini(&options->listen);
    trt_listen_fini(&options->admin);
}
