// SPDX-License-Identifier: Apache-2.0
// A runtime's configuration: options, TMLRT_THREADS and TMLRT_SCHEDULER checked, defaults filled
// in, and the outcome as text.
//
// All-zero options are every default. What cannot be used is told on stderr, every option of it at
// once, and nothing starts: no value is bent in silence. An option wins over the environment, the
// environment over the default. Called when a runtime is made. Any thread.
#include "rt/exec/runtime.h"
#include "rt/os/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_SHUTDOWN_MS = 10000,
    DEFAULT_KEEP_ALIVE_MS = 10000,
    DEFAULT_BLOCKING_JOBS = 16384,
    BLOCKING_PER_CPU = 4,
};
#define LEAST_STACK (64ull << 10)
#define MOST_STACK  (1ull << 30)

static uint64_t os_now_ns(void* self) {
    (void)self;
    return trt_os_now_ns();
}

// ---- checks -------------------------------------------------------------------------------------

// Tells of an option that is out of range; 0, the default, is always allowed.
static bool in_range(const char* name, uint64_t value, uint64_t least, uint64_t most) {
    if (value == 0 || (value >= least && value <= most)) {
        return true;
    }
    fprintf(stderr,
            "tmlrt: the runtime's option `%s` is %" PRIu64 ": set a number from %" PRIu64
            " to %" PRIu64 ", or 0 for the default\n",
            name, value, least, most);
    return false;
}

static bool check_flags(uint32_t flags) {
    const uint32_t known = TMLRT_RUNTIME_BACKGROUND | TMLRT_RUNTIME_PER_CORE |
                           TMLRT_RUNTIME_DUMP_ON_QUIT | TMLRT_RUNTIME_SEEDED;
    if ((flags & ~known) == 0) {
        return true;
    }
    fprintf(stderr,
            "tmlrt: the runtime's option `flags` is 0x%x: 0x%x is not known to this version; use "
            "TMLRT_RUNTIME_BACKGROUND, TMLRT_RUNTIME_PER_CORE, TMLRT_RUNTIME_DUMP_ON_QUIT and "
            "TMLRT_RUNTIME_SEEDED, and options that are all zero but for what is set\n",
            flags, flags & ~known);
    return false;
}

static bool check_seed(const tmlrt_runtime_options* options) {
    if ((options->flags & TMLRT_RUNTIME_SEEDED) == 0 || options->workers <= 1) {
        return true;
    }
    fprintf(stderr,
            "tmlrt: the runtime's option `workers` is %u with TMLRT_RUNTIME_SEEDED: a seeded "
            "runtime has one worker; set 1, or 0\n",
            options->workers);
    return false;
}

static bool check_name(const char* name) {
    bool ok = name == NULL || *name != 0;
    for (const char* at = name; at != NULL && *at != 0; at++) {
        ok = ok && *at > ' ' && *at <= '~';
    }
    if (!ok) {
        fprintf(stderr, "tmlrt: the runtime's option `thread_name` is empty or has a byte that is "
                        "no visible ASCII: set a word, or NULL for the default\n");
    }
    return ok;
}

static bool check(const tmlrt_runtime_options* options) {
    bool ok = in_range("workers", options->workers, 1, TMLRT_MAX_WORKERS);
    ok &= in_range("max_blocking_threads", options->max_blocking_threads, 1, TMLRT_MAX_BLOCKING);
    ok &= in_range("stack_bytes", options->stack_bytes, LEAST_STACK, MOST_STACK);
    ok &= in_range("event_interval", options->event_interval, 1, TMLRT_MAX_EVENT_INTERVAL);
    ok &=
        options->watchdog_ms == TMLRT_WATCHDOG_OFF ||
        in_range("watchdog_ms", options->watchdog_ms, TRT_WATCHDOG_LEAST_MS, TRT_WATCHDOG_MOST_MS);
    ok &= check_flags(options->flags);
    ok &= check_seed(options);
    ok &= check_name(options->thread_name);
    return ok;
}

// ---- resolving ----------------------------------------------------------------------------------

static tmlrt_status workers_from_environment(trt_runtime_config* config, uint32_t num_cpus) {
    const char* text = getenv("TMLRT_THREADS");
    if (text == NULL || *text == 0) {
        config->num_workers = num_cpus > TMLRT_MAX_WORKERS ? TMLRT_MAX_WORKERS : num_cpus;
        config->workers_source = "the CPUs of this process";
        return TMLRT_OK;
    }
    char* end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || value == 0 || value > TMLRT_MAX_WORKERS) {
        fprintf(stderr, "tmlrt: TMLRT_THREADS is '%s': set a number from 1 to %d, or unset it\n",
                text, TMLRT_MAX_WORKERS);
        return TMLRT_E_INVAL;
    }
    config->num_workers = (uint32_t)value;
    config->workers_source = "TMLRT_THREADS";
    return TMLRT_OK;
}

// An option can only ask for per-core; without it the environment decides.
static tmlrt_status scheduler_from_environment(trt_runtime_config* config) {
    const char* text = getenv("TMLRT_SCHEDULER");
    if (text == NULL || *text == 0 || strcmp(text, "stealing") == 0) {
        return TMLRT_OK;
    }
    if (strcmp(text, "per-core") != 0) {
        fprintf(stderr,
                "tmlrt: TMLRT_SCHEDULER is '%.32s': set 'stealing' or 'per-core', or unset it\n",
                text);
        return TMLRT_E_INVAL;
    }
    config->per_core = true;
    config->scheduler_source = "TMLRT_SCHEDULER";
    return TMLRT_OK;
}

static uint32_t or_default(uint32_t value, uint32_t otherwise) {
    return value != 0 ? value : otherwise;
}

static uint32_t set_bits(const tmlrt_runtime_options* options) {
    return (options->max_blocking_threads != 0 ? TRT_SET_THREADS : 0) |
           (options->max_blocking_jobs != 0 ? TRT_SET_JOBS : 0) |
           (options->blocking_keep_alive_ms != 0 ? TRT_SET_KEEP_ALIVE : 0) |
           (options->shutdown_ms != 0 ? TRT_SET_SHUTDOWN : 0) |
           (options->event_interval != 0 ? TRT_SET_BEAT : 0) |
           (options->stack_bytes != 0 ? TRT_SET_STACK : 0) |
           (options->thread_name != NULL ? TRT_SET_NAME : 0);
}

static uint32_t default_blocking(uint32_t num_cpus) {
    return num_cpus > TMLRT_MAX_BLOCKING / BLOCKING_PER_CPU ? TMLRT_MAX_BLOCKING
                                                            : num_cpus * BLOCKING_PER_CPU;
}

static void resolve(trt_runtime_config* config, const tmlrt_runtime_options* options) {
    config->shutdown_ms = or_default(options->shutdown_ms, DEFAULT_SHUTDOWN_MS);
    config->keep_alive_ms = or_default(options->blocking_keep_alive_ms, DEFAULT_KEEP_ALIVE_MS);
    config->max_blocking_len = or_default(options->max_blocking_jobs, DEFAULT_BLOCKING_JOBS);
    config->beat = or_default(options->event_interval, TRT_BEAT);
    config->stack_bytes = options->stack_bytes;
    config->hooks = options->hooks;
    config->has_threads =
        config->num_workers > 1 || (options->flags & TMLRT_RUNTIME_BACKGROUND) != 0;
    config->clock = (trt_clock){.now_ns = os_now_ns};
    config->set = set_bits(options);
    snprintf(config->thread_name, sizeof(config->thread_name), "%s",
             options->thread_name == NULL ? "tmlrt" : options->thread_name);
}

tmlrt_status trt_runtime_configure(trt_runtime_config* out, const tmlrt_runtime_options* options) {
    static const tmlrt_runtime_options s_defaults;
    options = options == NULL ? &s_defaults : options;
    if (!check(options)) {
        return TMLRT_E_INVAL;
    }
    trt_runtime_config config = {
        .num_workers = options->workers,
        .max_blocking_threads = options->max_blocking_threads,
        .per_core = (options->flags & TMLRT_RUNTIME_PER_CORE) != 0,
        .workers_source = "option",
        .scheduler_source = "option",
    };
    TRT_TRY(trt_seed_configure(&config.seed, options));
    if (config.seed.is_set) {
        config.num_workers = 1;
        config.workers_source = config.seed.source;
    }
    uint32_t num_cpus = 0; // asked once: it reads a dozen small files
    if (options->workers == 0 || options->max_blocking_threads == 0) {
        num_cpus = trt_os_num_cpus();
    }
    if (config.num_workers == 0) {
        TRT_TRY(workers_from_environment(&config, num_cpus));
    }
    if (!config.per_core) {
        TRT_TRY(scheduler_from_environment(&config));
    }
    if (options->max_blocking_threads == 0) {
        config.max_blocking_threads = default_blocking(num_cpus);
    }
    resolve(&config, options);
    TRT_TRY(trt_observe_configure(&config.observe, options));
    *out = config;
    return TMLRT_OK;
}

// ---- as text ------------------------------------------------------------------------------------

typedef struct text {
    char* out;
    uint64_t cap, len;
    const char* end;
} text;

__attribute__((format(printf, 2, 3))) static void add(text* self, const char* format, ...) {
    va_list args;
    va_start(args, format);
    char* at = self->len < self->cap ? self->out + self->len : NULL;
    int len = vsnprintf(at, at == NULL ? 0 : self->cap - self->len, format, args);
    va_end(args);
    self->len += len > 0 ? (uint64_t)len : 0;
}

static void add_number(text* self, const trt_runtime_config* config, const char* name,
                       uint64_t value, uint32_t set) {
    add(self, "%s %" PRIu64 " (%s)%s", name, value, (config->set & set) != 0 ? "option" : "default",
        self->end);
}

static const char* flavour(const trt_runtime_config* config) {
    if (!config->has_threads) {
        return "current-thread, driven by tmlrt_runtime_run";
    }
    if (config->starts_late) {
        return "one thread, that which waits for the runtime while one does";
    }
    if (config->num_workers == 1) {
        return "one thread";
    }
    return config->per_core ? "threads, a task stays on its worker" : "threads that share the work";
}

static void add_flavour(text* self, const trt_runtime_config* config) {
    bool told = config->per_core && config->num_workers > 1;
    add(self, "flavour %s%s%s%s%s", flavour(config), told ? " (" : "",
        told ? config->scheduler_source : "", told ? ")" : "", self->end);
}

static void add_hooks(text* self, const tmlrt_thread_hooks* hooks) {
    add(self, "hooks%s%s%s%s%s", hooks->on_start != NULL ? " start" : "",
        hooks->on_stop != NULL ? " stop" : "", hooks->on_park != NULL ? " park" : "",
        hooks->on_unpark != NULL ? " unpark" : "", self->end);
}

uint64_t trt_runtime_config_print(const trt_runtime_config* config, const char* end, char* out,
                                  uint64_t cap) {
    text self = {.out = out, .cap = cap, .end = end};
    add(&self, "workers %u (%s)%s", config->num_workers, config->workers_source, end);
    add_flavour(&self, config);
    add_number(&self, config, "max_blocking_threads", config->max_blocking_threads,
               TRT_SET_THREADS);
    add_number(&self, config, "max_blocking_jobs", config->max_blocking_len, TRT_SET_JOBS);
    add_number(&self, config, "blocking_keep_alive_ms", config->keep_alive_ms, TRT_SET_KEEP_ALIVE);
    add_number(&self, config, "event_interval", config->beat, TRT_SET_BEAT);
    add_number(&self, config, "shutdown_ms", config->shutdown_ms, TRT_SET_SHUTDOWN);
    if (config->seed.is_set) {
        add(&self, "seed %" PRIu64 " (%s)%s", config->seed.value, config->seed.source, end);
    }
    if (config->stack_bytes != 0) {
        add_number(&self, config, "stack_bytes", config->stack_bytes, TRT_SET_STACK);
    } else {
        add(&self, "stack_bytes the platform's (default)%s", end);
    }
    add(&self, "watchdog_ms %u (%s)%s", config->observe.watchdog_ms,
        config->observe.watchdog_source, end);
    add(&self, "thread_name %s (%s)%s", config->thread_name,
        (config->set & TRT_SET_NAME) != 0 ? "option" : "default", end);
    const tmlrt_thread_hooks* hooks = &config->hooks;
    if (hooks->on_start != NULL || hooks->on_stop != NULL || hooks->on_park != NULL ||
        hooks->on_unpark != NULL) {
        add_hooks(&self, hooks);
    }
    return self.len;
}

uint64_t tmlrt_runtime_describe(const tmlrt_runtime* runtime, char* out, uint64_t cap) {
    if (cap != 0) {
        out[0] = 0;
    }
    return trt_runtime_config_print(&runtime->config, "\n", out, cap);
}
