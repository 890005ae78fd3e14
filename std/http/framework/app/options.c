// SPDX-License-Identifier: Apache-2.0
// Options of a server program. Pure: the environment is handed in. Every error of the command line
// and the environment is told in one run. One thread, at start.
#include "std/http/framework/app/options.h"

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
           "  --limit NAME=V    set a limit of the server; more than once sets more\n"
           "                    (environment TMLRT_LIMITS: several, with commas)\n"
           "instead of serving:\n"
           "  --routes          print every route and what its requests pass through\n"
           "  --limits          print every limit, its value, who set it and what happens on "
           "breach\n"
           "  --smoke           serve, call every route as a client would, print requests and\n"
           "                    answers; exit code 0 if all went well\n"
           "  --help            print this\n"
           "The command line wins over the environment, that over the program, that over the "
           "defaults.\n"
           "Exit codes: 0 served until a signal, or did what was asked; 1 could not; 2 wrong "
           "options.\n";
}

/// Adds one error to the message, a line.
static void complain(trt_text* message, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(trt_text* message, const char* format, ...) {
    va_list args;
    trt_text_puts(message, "tmlrt: ");
    va_start(args, format);
    trt_text_vprintf(message, format, args);
    va_end(args);
    trt_text_puts(message, "\n");
}

typedef struct choice {
    const char *value, *source;
} choice;

/// The value of option `name` at argv[*index] (`--name V` or `--name=V`); NULL when it is another
/// option, "" when the value is missing.
static const char* option_value(const trt_app_options_input* input, int* index, const char* name) {
    const char* arg = input->argv[*index];
    size_t len = strlen(name);
    if (strncmp(arg, name, len) != 0) {
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
        complain(message, "`%.*s` from %s: the value %s", (int)len, text, source, why);
    } else if (equals == NULL) {
        complain(message, "`%.*s` from %s is not NAME=VALUE; --limits lists the names", (int)len,
                 text, source);
    } else {
        char room[TRT_HTTP_LIMIT_TEXT];
        uint32_t near = trt_suggest(text, (size_t)(equals - text), limit_name, room);
        trt_text_printf(message, "tmlrt: `%.*s` from %s: there is no such limit; ", (int)len, text,
                        source);
        propose(message, near != UINT32_MAX ? limit_name(room, near) : NULL, "--limits lists them");
    }
}

static void read_env_limits(trt_app_options* options, const char* text, trt_text* message) {
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, ",");
        if (len != 0) {
            set_limit(options, text, len, "TMLRT_LIMITS", message);
        }
        text += text[len] == ',' ? len + 1 : len;
    }
}

static const struct {
    const char* name;
    int mode; ///< SERVE: an option with a value
} s_options[] = {
    {"--port", TRT_MODE_SERVE},    {"--address", TRT_MODE_SERVE}, {"--limit", TRT_MODE_SERVE},
    {"--routes", TRT_MODE_ROUTES}, {"--limits", TRT_MODE_LIMITS}, {"--smoke", TRT_MODE_SMOKE},
    {"--help", TRT_MODE_HELP},
};

static const char* option_name(void* source, uint32_t index) {
    (void)source;
    return index < TRT_ARRAY_LEN(s_options) ? s_options[index].name : NULL;
}

static void unknown_option(const char* arg, trt_text* message) {
    if (arg[0] != '-') {
        complain(message, "unexpected argument `%s`; --help lists the options", arg);
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
            complain(message, "%s and %s cannot be had together", *chosen, s_options[k].name);
        } else {
            options->mode = mode;
            *chosen = s_options[k].name;
        }
        return true;
    }
    return false;
}

static void read_args(const trt_app_options_input* input, trt_app_options* options, choice* port,
                      choice* address, trt_text* message) {
    const char *value, *chosen = NULL;
    for (int i = 1; i < input->argc; i++) {
        const char* arg = input->argv[i];
        if (read_mode(arg, options, &chosen, message)) {
            continue;
        }
        if ((value = option_value(input, &i, "--port")) != NULL) {
            *port = (choice){value, "--port"};
        } else if ((value = option_value(input, &i, "--address")) != NULL) {
            *address = (choice){value, "--address"};
        } else if ((value = option_value(input, &i, "--limit")) != NULL) {
            set_limit(options, value, strlen(value), "--limit", message);
        } else {
            unknown_option(arg, message);
        }
    }
}

void trt_app_print_limits(const trt_app_options* options, const trt_http_limits* limits, bool all,
                          trt_text* out) {
    char text[TRT_HTTP_LIMIT_TEXT];
    if (all) {
        trt_text_printf(out, "%-24s %-15s %-13s %s\n", "limit", "value", "set by", "on breach");
    }
    for (uint32_t i = 0; i < TRT_HTTP_NUM_LIMITS; i++) {
        const char* source = options->limit_sources[i];
        const char* breach = trt_http_limit_breach(i);
        size_t start = out->len;
        if (source == NULL && !all) {
            continue;
        }
        trt_http_limit_name(text, i);
        trt_text_puts(out, text);
        trt_text_pad(out, start, 24);
        trt_http_limit_value(text, limits, i);
        trt_text_printf(out, " %s", text);
        trt_text_pad(out, start, 40);
        trt_text_printf(out, " %s", source != NULL ? source : "default");
        trt_text_pad(out, start, all && breach[0] != '\0' ? 54 : 0);
        trt_text_printf(out, "%s%s\n", all && breach[0] != '\0' ? " " : "", all ? breach : "");
    }
}

/// Sets the port: `number` when no text says another one.
static void resolve_port(trt_app_options* options, const choice* port, uint64_t number,
                         trt_text* message) {
    const char* text = port->value;
    bool read = text == NULL || trt_parse_u64(&number, text, strlen(text)) == TMLRT_OK;
    if (text != NULL && *text == '\0') {
        complain(message, "the port from %s is empty: a value must follow", port->source);
    } else if (!read || number > UINT16_MAX) {
        complain(message, "the port from %s must be a number from 0 to 65535%s%s%s", port->source,
                 text != NULL ? ", not `" : "", text != NULL ? text : "", text != NULL ? "`" : "");
    } else {
        options->addr.port = (uint16_t)number;
    }
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
        complain(message,
                 "`%s=%s` from %s: the value must be at %s %s, the others being as they are", name,
                 set, options->limit_sources[i], asked > left ? "most" : "least", used);
    }
}

static void resolve_address(trt_app_options* options, const choice* address, trt_text* message) {
    if (address->value[0] == '\0') {
        complain(message, "the address from %s is empty: a value must follow", address->source);
    } else if (trt_addr_parse(&options->addr, address->value, 0) != TMLRT_OK ||
               options->addr.port != 0) {
        complain(message,
                 "the address from %s must be an IPv4 or IPv6 literal without a port, not `%s`",
                 address->source, address->value);
    }
}

tmlrt_status trt_app_options_resolve(trt_app_options* out, const trt_app_options_input* input,
                                     trt_text* message) {
    trt_app_options options = {.mode = TRT_MODE_SERVE};
    choice port = {NULL, "default"}, address = {TRT_DEFAULT_ADDRESS, "default"};
    uint64_t number = TRT_DEFAULT_PORT;
    if (input->program_port >= 0) {
        number = (uint64_t)input->program_port;
        port.source = "program";
    }
    if (input->program_address != NULL) {
        address = (choice){input->program_address, "program"};
    }
    if (input->env_port != NULL && input->env_port[0] != '\0') {
        port = (choice){input->env_port, "TMLRT_PORT"};
    }
    if (input->env_address != NULL && input->env_address[0] != '\0') {
        address = (choice){input->env_address, "TMLRT_ADDRESS"};
    }
    read_env_limits(&options, input->env_limits, message);
    read_args(input, &options, &port, &address, message);
    if (options.mode == TRT_MODE_HELP) { // whoever asks for help has not got it right yet
        trt_text_fini(message);
        *out = options;
        return TMLRT_OK;
    }
    check_limits(&options, message);
    resolve_address(&options, &address, message);
    resolve_port(&options, &port, number, message);
    if (message->len != 0) {
        return TMLRT_E_INVAL;
    }
    if (message->failed) {
        return TMLRT_E_NOMEM;
    }
    options.port_source = port.source;
    options.address_source = address.source;
    *out = options;
    return TMLRT_OK;
}
