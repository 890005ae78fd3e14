// SPDX-License-Identifier: Apache-2.0
// Options of observability, from the builder and from the environment. An option that is set wins
// over the variable; an empty variable counts as not set; a value that cannot be used is an error
// that names the variable, whatever the option says. Called by the configuration of a runtime and
// by its end. Any thread.
#include "rt/exec/observe/observe.h"

#include "rt/base/log.h"
#include "rt/exec/observe/metrics.h"
#include "rt/exec/runtime.h"
#include "rt/os/signal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_WATCHDOG_MS = 100 };

static const char* variable(const char* name) {
    const char* text = getenv(name);
    return text != NULL && *text != '\0' ? text : NULL;
}

static tmlrt_status read_switch(bool* out, const char* name) {
    const char* text = variable(name);
    *out = text != NULL && strcmp(text, "1") == 0;
    if (text == NULL || *out || strcmp(text, "0") == 0) {
        return TMLRT_OK;
    }
    fprintf(stderr, "tmlrt: %s is '%.32s': set 1 or 0, or unset it\n", name, text);
    return TMLRT_E_INVAL;
}

static tmlrt_status read_signal(uint32_t* out, const char* name) {
    static const struct {
        const char* name;
        uint32_t signal;
    } s_signals[] = {
        {"quit", TRT_SIGNAL_QUIT}, {"usr1", TRT_SIGNAL_USR1}, {"usr2", TRT_SIGNAL_USR2}};
    const char* text = variable(name);
    *out = 0;
    for (size_t i = 0; text != NULL && i < TRT_ARRAY_LEN(s_signals); i++) {
        if (strcmp(text, s_signals[i].name) == 0) {
            *out = s_signals[i].signal;
        }
    }
    if (text == NULL || *out != 0) {
        return TMLRT_OK;
    }
    fprintf(stderr, "tmlrt: %s is '%.32s': set quit, usr1 or usr2, or unset it\n", name, text);
    return TMLRT_E_INVAL;
}

static tmlrt_status read_watchdog(trt_observe_config* out, const char* name) {
    const char* text = variable(name);
    out->watchdog_ms = DEFAULT_WATCHDOG_MS;
    out->watchdog_source = "default";
    if (text == NULL) {
        return TMLRT_OK;
    }
    char* end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    bool known = *text >= '0' && *text <= '9' && *end == '\0';
    if (!known || (value != 0 && (value < TRT_WATCHDOG_LEAST_MS || value > TRT_WATCHDOG_MOST_MS))) {
        fprintf(stderr,
                "tmlrt: %s is '%.32s': set a number from %d to %d, 0 for none, or unset it\n", name,
                text, TRT_WATCHDOG_LEAST_MS, TRT_WATCHDOG_MOST_MS);
        return TMLRT_E_INVAL;
    }
    out->watchdog_ms = (uint32_t)value;
    out->watchdog_source = name;
    return TMLRT_OK;
}

tmlrt_status trt_observe_configure(trt_observe_config* out, const tmlrt_runtime_options* options) {
    trt_observe_config config = {.prints_metrics = false};
    TRT_TRY(read_switch(&config.prints_metrics, "TMLRT_METRICS"));
    TRT_TRY(read_signal(&config.dump_signal, "TMLRT_DUMP_SIGNAL"));
    TRT_TRY(read_watchdog(&config, "TMLRT_WATCHDOG_MS"));
    config.logs_to_stderr = trt_log_is_stderr();
    if (options->watchdog_ms != 0) {
        config.watchdog_ms = options->watchdog_ms == TMLRT_WATCHDOG_OFF ? 0 : options->watchdog_ms;
        config.watchdog_source = "option";
    }
    if ((options->flags & TMLRT_RUNTIME_DUMP_ON_QUIT) != 0) {
        config.dump_signal = TRT_SIGNAL_QUIT;
    }
    *out = config;
    return TMLRT_OK;
}

tmlrt_status trt_observe_begin(tmlrt_runtime* core) {
    // On a virtual clock no poll takes time.
    uint32_t limit_ms = core->clock.advance_to == NULL ? core->config.observe.watchdog_ms : 0;
    TRT_TRY(trt_watchdog_init(&core->observe.watchdog, core, limit_ms));
    if (core->config.observe.dump_signal != 0) {
        TRT_TRY(
            trt_dump_signal_start(&core->observe.dumper, core, core->config.observe.dump_signal));
    }
    core->observe.began = true;
    return TMLRT_OK;
}

void trt_observe_end(tmlrt_runtime* core) {
    trt_watchdog_fini(&core->observe.watchdog);
    if (!core->observe.began) {
        return;
    }
    trt_dump_signal_stop(core->observe.dumper);
    core->observe.dumper = NULL;
    if (core->config.observe.prints_metrics) {
        trt_metrics_print(core, stderr);
    }
}
