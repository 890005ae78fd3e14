// SPDX-License-Identifier: Apache-2.0
// Options of a server program. Pure: the environment is handed in. One thread, at start.
#include "std/http/framework/options.h"

#include "rt/base/assert.h"
#include "std/http/core/number.h"

#include <string.h>

const char* trt_app_usage(void) {
    return "options:\n"
           "  --port N         listen on this port, 0 picks a free one (TMLRT_PORT; default 8080)\n"
           "  --address A      listen on this address (TMLRT_ADDRESS; default 127.0.0.1;\n"
           "                   0.0.0.0 or :: for every interface)\n"
           "  --limit NAME=V   set a limit; more than once sets more (TMLRT_LIMITS: with commas)\n"
           "  --limits         print every limit, its value and who set it, and exit\n"
           "  --routes         print the routes and exit\n"
           "  --smoke          serve, call every route as a client would, exit 0 if all went well\n"
           "  --help           this text\n"
           "The command line wins over the environment, that over the program, that over "
           "defaults.\n";
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

static tmlrt_status set_limit(trt_app_options* options, const char* text, size_t len,
                              const char* source, trt_text* message) {
    uint32_t index = 0;
    const char* why = NULL;
    tmlrt_status status = trt_http_limit_set(&options->limits, &index, &why, text, len);
    if (status == TMLRT_E_NOTFOUND) {
        trt_text_printf(message,
                        "`%.*s` from %s is not NAME=VALUE of a limit; --limits lists them\n",
                        (int)len, text, source);
    } else if (status != TMLRT_OK) {
        trt_text_printf(message, "`%.*s` from %s: the value %s\n", (int)len, text, source, why);
    } else {
        options->limit_sources[index] = source;
    }
    return status == TMLRT_OK ? TMLRT_OK : TMLRT_E_INVAL;
}

static tmlrt_status read_env_limits(trt_app_options* options, const char* text, trt_text* message) {
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, ",");
        TRT_TRY(set_limit(options, text, len, "TMLRT_LIMITS", message));
        text += text[len] == ',' ? len + 1 : len;
    }
    return TMLRT_OK;
}

static tmlrt_status read_args(const trt_app_options_input* input, trt_app_options* options,
                              choice* port, choice* address, trt_text* message) {
    static const struct {
        const char* name;
        int mode;
    } modes[] = {{"--routes", TRT_MODE_ROUTES},
                 {"--limits", TRT_MODE_LIMITS},
                 {"--smoke", TRT_MODE_SMOKE},
                 {"--help", TRT_MODE_HELP}};
    for (int i = 1; i < input->argc; i++) {
        const char *value, *arg = input->argv[i];
        bool known = false;
        for (size_t k = 0; k < TRT_ARRAY_LEN(modes); k++) {
            if (strcmp(arg, modes[k].name) == 0) {
                known = true;
                options->mode = options->mode == TRT_MODE_HELP ? TRT_MODE_HELP : modes[k].mode;
            }
        }
        if ((value = option_value(input, &i, "--port")) != NULL) {
            *port = (choice){value, "--port"};
        } else if ((value = option_value(input, &i, "--address")) != NULL) {
            *address = (choice){value, "--address"};
        } else if (!known && (value = option_value(input, &i, "--limit")) != NULL) {
            TRT_TRY(set_limit(options, value, strlen(value), "--limit", message));
        } else if (!known) {
            trt_text_printf(message, "unknown option `%s`\n%s", arg, trt_app_usage());
            return TMLRT_E_INVAL;
        }
    }
    return TMLRT_OK;
}

void trt_app_print_limits(const trt_app_options* options, const trt_http_limits* limits, bool all,
                          trt_text* out) {
    char text[TRT_HTTP_LIMIT_TEXT];
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
    TRT_TRY(read_env_limits(&options, input->env_limits, message));
    TRT_TRY(read_args(input, &options, &port, &address, message));
    const choice* empty = port.value != NULL && port.value[0] == '\0' ? &port
                          : address.value[0] == '\0'                  ? &address
                                                                      : NULL;
    if (empty != NULL) {
        trt_text_printf(message, "the %s from %s is empty: a value must follow\n",
                        empty == &port ? "port" : "address", empty->source);
        return TMLRT_E_INVAL;
    }
    if ((port.value != NULL &&
         trt_parse_u64(&number, port.value, strlen(port.value)) != TMLRT_OK) ||
        number > UINT16_MAX) {
        trt_text_printf(message, "the port from %s must be a number from 0 to 65535%s%s%s\n",
                        port.source, port.value != NULL ? ", not `" : "",
                        port.value != NULL ? port.value : "", port.value != NULL ? "`" : "");
        return TMLRT_E_INVAL;
    }
    if (trt_addr_parse(&options.addr, address.value, 0) != TMLRT_OK || options.addr.port != 0) {
        trt_text_printf(message,
                        "the address from %s must be an IPv4 or IPv6 literal without a port, not "
                        "`%s`\n",
                        address.source, address.value);
        return TMLRT_E_INVAL;
    }
    options.addr.port = (uint16_t)number;
    options.port_source = port.source;
    options.address_source = address.source;
    *out = options;
    return TMLRT_OK;
}
