// SPDX-License-Identifier: Apache-2.0
// What the person who starts the program may choose: command line over environment over program
// over default. docs/guide/running.md tells users.
#ifndef TRT_HTTP_FRAMEWORK_APP_OPTIONS_H
#define TRT_HTTP_FRAMEWORK_APP_OPTIONS_H

#include <tmlrt/abi/status.h>

#include "rt/os/socket.h"
#include "std/http/core/limit_text.h"
#include "std/http/framework/registry/text.h"

enum { TRT_DEFAULT_PORT = 8080 };
#define TRT_DEFAULT_ADDRESS "127.0.0.1"

/// What to do.
enum { TRT_MODE_SERVE, TRT_MODE_ROUTES, TRT_MODE_LIMITS, TRT_MODE_SMOKE, TRT_MODE_HELP };

typedef struct trt_app_options {
    int mode;                                 ///< TRT_MODE_*
    trt_addr addr;                            ///< address and port, resolved
    const char *address_source, *port_source; ///< "--port", "TMLRT_PORT", "program", "default"
    trt_http_limits limits;                   ///< 0: not set
    const char* limit_sources[TRT_HTTP_NUM_LIMITS]; ///< NULL: not set
} trt_app_options;

/// trt_app_options_input is where values come from; tests fill it by hand.
typedef struct trt_app_options_input {
    int argc;
    char** argv;
    const char *env_address, *env_port, *env_limits; ///< NULL or "": not set
    const char* program_address;                     ///< NULL: not set
    int32_t program_port;                            ///< negative: not set
} trt_app_options_input;

/// trt_app_options_resolve fills `out`.
/// Errors:  INVAL - `message` says what is wrong, where, and what would be right: a line per error,
///          every one that there is. With --help there are none. NOMEM.
TMLRT_NODISCARD tmlrt_status trt_app_options_resolve(trt_app_options* out,
                                                     const trt_app_options_input* input,
                                                     trt_text* message);
/// trt_app_print_limits writes the limits, one a line: name, value, who set it, what happens on
/// breach. `all`: those that nobody set as well.   Shape: limits: the effective ones.
void trt_app_print_limits(const trt_app_options* options, const trt_http_limits* limits, bool all,
                          trt_text* out);
/// trt_app_usage returns the text of --help.
const char* trt_app_usage(void);

#endif
