// SPDX-License-Identifier: Apache-2.0
// tmlrt_server_*: what a compiled program calls to serve (functions.def).
//
// Steps of tmlrt_server_run: options (all errors printed, exit 2); records, graph and routes
// checked (all errors printed, exit 1); route table; --routes ends here; limits that somebody set
// printed; objects made and hooks run; listen; until a signal; hooks of the end; objects destroyed.
// Exit codes: 0 served (or smoke passed), 1 could not, 2 wrong options.
//
// The calling thread runs the server; in --smoke a second thread is the client and stops it.
#include <tmlrt/abi/functions.h>
#include <tmlrt/log.h>

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/runtime.h"
#include "rt/os/process.h"
#include "rt/os/signal.h"
#include "rt/os/thread.h"
#include "std/http/framework/app/app.h"
#include "std/http/framework/app/options.h"
#include "std/http/framework/app/smoke.h"
#include "std/http/framework/app/tls.h"
#include "std/http/framework/call/call.h"
#include "std/http/framework/registry/image.h"
#include "std/http/server/admin.h"
#include "std/http/server/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_SERVED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };
enum { MAX_ROUTES_AT_START = 50 }; ///< --routes prints all

struct tmlrt_server {
    const char* settings[TRT_NUM_SETTINGS]; ///< NULL: not set
    const char* unknown;                    ///< a setting that there is not; NULL: none
    char port[12];
};

tmlrt_server* tmlrt_server_new(void) {
    return trt_alloc_zero(sizeof(tmlrt_server));
}

void tmlrt_server_port(tmlrt_server* server, int32_t port) {
    snprintf(server->port, sizeof server->port, "%d", port);
    server->settings[TRT_SETTING_port] = port >= 0 ? server->port : NULL;
}

void tmlrt_server_address(tmlrt_server* server, const char* address) {
    server->settings[TRT_SETTING_address] = address;
}

void tmlrt_server_set(tmlrt_server* server, const char* name, const char* value) {
    uint32_t index = trt_setting_find(name, strlen(name));
    if (index < TRT_NUM_SETTINGS) {
        server->settings[index] = value;
    } else {
        server->unknown = name;
    }
}

typedef struct serving {
    trt_app* app;
    trt_app_options* options;
    trt_http_server* http;
    trt_http_admin* admin;
    trt_app_tls tls;
    trt_addr bound; ///< for who wants to try; family 0: none
    bool is_tls;    ///< what it speaks
    trt_thread thread;
    bool has_thread;
    bool admin_failed; ///< that was told
    bool log_failed;   ///< the access log is why nothing is served
    uint32_t num_failed;
} serving;

static void run_smoke(void* arg) {
    serving* s = arg;
    s->num_failed = trt_smoke_run(s->app, &s->bound);
    trt_http_server_stop(s->http, TRT_HTTP_STOP_NOW);
}

static const char* scheme_of(bool tls) {
    return tls ? "https" : "http";
}

/// The loopback address of a server that listens on every interface.
static trt_addr reachable(const trt_addr* bound) {
    trt_addr addr = *bound;
    uint8_t any = 0;
    size_t len = addr.family == 4 ? 4 : 16;
    for (size_t i = 0; i < len; i++) {
        any |= addr.ip[i];
    }
    if (any == 0) {
        addr.ip[0] = addr.family == 4 ? 127 : 0;
        addr.ip[len - 1] = 1;
    }
    return addr;
}

/// One line per place, and the first address among them for who wants to try.
static void announce_places(serving* s) {
    const trt_app_options* options = s->options;
    const char* source = options->settings[TRT_SETTING_listen].source;
    char text[128];
    for (uint32_t i = 0; i < options->listen.num; i++) {
        trt_addr bound = trt_http_server_bound_at(s->http, i);
        const char* path = options->listen.items[i].path;
        if (bound.family == 0) {
            printf("listening on %s%s (listen from %s)\n", path != NULL ? "unix:" : "a Unix socket",
                   path != NULL ? path : "", source);
            continue;
        }
        if (s->bound.family == 0) {
            s->bound = reachable(&bound);
            s->is_tls = options->listen.items[i].spoken.tls != NULL;
        }
        text[trt_addr_format(&bound, text, sizeof text)] = '\0';
        printf("listening on %s://%s (listen from %s)\n",
               scheme_of(options->listen.items[i].spoken.tls != NULL), text, source);
    }
}

static void announce_address(serving* s) {
    char text[64];
    s->is_tls = s->tls.all != NULL;
    trt_addr bound = trt_http_server_bound(s->http);
    s->bound = reachable(&bound);
    text[trt_addr_format(&bound, text, sizeof text)] = '\0';
    printf("listening on %s://%s (port from %s, address from %s)\n", scheme_of(s->is_tls), text,
           s->options->settings[TRT_SETTING_port].source,
           s->options->settings[TRT_SETTING_address].source);
}

static void announce_admin(const serving* s) {
    char text[128];
    trt_addr bound = trt_http_admin_bound(s->admin);
    const char* source = s->options->settings[TRT_SETTING_admin].source;
    if (bound.family == 0) {
        printf("admin on %s (from %s)\n", s->options->settings[TRT_SETTING_admin].value, source);
        return;
    }
    text[trt_addr_format(&bound, text, sizeof text)] = '\0';
    printf("admin on http://%s (from %s)\n", text, source);
}

static void start_smoke(serving* s) {
    const char* why = "no thread for the smoke client";
    if (s->bound.family == 0) {
        why = "the smoke client needs an address to connect to; listen has none";
    } else if (trt_thread_start(&s->thread, "smoke", 0, run_smoke, s) == TMLRT_OK) {
        s->has_thread = true;
        return;
    }
    fprintf(stderr, "tmlrt: %s\n", why);
    s->num_failed = 1;
    trt_http_server_stop(s->http, TRT_HTTP_STOP_NOW);
}

/// Says where the server listens and, in --smoke, starts the client.
static void announce(serving* s) {
    if (s->options->listen.num != 0) {
        announce_places(s);
    } else {
        announce_address(s);
    }
    if (s->admin != NULL) {
        announce_admin(s);
    }
    if (s->options->mode == TRT_MODE_SMOKE) {
        fflush(stdout);
        start_smoke(s);
        return;
    }
    trt_text commands = {0};
    if (s->bound.family != 0) {
        trt_smoke_commands(s->app, &s->bound, s->is_tls, &commands);
    }
    fwrite(commands.data != NULL ? commands.data : "", 1, commands.len, stdout);
    fflush(stdout);
    trt_text_fini(&commands);
}

static int fail(tmlrt_status status, trt_diags* diags) {
    trt_text text = {0};
    if (diags->num_all != 0) {
        trt_diags_format(diags, &text);
        fputs(text.data != NULL ? text.data : "tmlrt: out of memory\n", stderr);
    } else {
        fprintf(stderr, "tmlrt: the server did not start: %s\n", tmlrt_status_text(status));
    }
    trt_text_fini(&text);
    return EXIT_FAILED;
}

/// What of the server's limits is the framework's to keep.
static trt_bind_limits bind_limits(const trt_http_limits* set) {
    trt_http_limits limits = *set;
    trt_http_limits_resolve(&limits);
    return (trt_bind_limits){(uint32_t)limits.query_params,
                             (uint32_t)limits.form_fields,
                             {(uint32_t)limits.json_depth, (uint32_t)limits.json_keys},
                             limits.sse_heartbeat_ns};
}

/// Makes the default runtime if somebody but the environment, which every runtime reads itself, has
/// said how many workers it has.
static tmlrt_status make_runtime(const trt_app_options* options) {
    tmlrt_runtime_options wanted = {.workers = options->threads};
    tmlrt_runtime* runtime;
    if (options->threads == 0 || trt_current_worker() != NULL || // there is one already
        strcmp(options->settings[TRT_SETTING_threads].source, "TMLRT_THREADS") == 0) {
        return TMLRT_OK;
    }
    TRT_TRY(trt_runtime_new_late(&runtime, &wanted));
    tmlrt_status status = trt_runtime_install_default(runtime);
    if (status != TMLRT_OK) {
        tmlrt_runtime_free(runtime);
        trt_log(TMLRT_LOG_WARN, "http",
                "the program has started its runtime before the server: threads from %s does not "
                "count, TMLRT_THREADS would",
                options->settings[TRT_SETTING_threads].source);
    }
    return TMLRT_OK;
}

/// What is in the way of the one place, as somebody who chose a path would have it told.
static const char* why_of_place(const trt_listen_list* listen, tmlrt_status status) {
    if (listen->num > 1 && status == TMLRT_E_ADDRINUSE) {
        return "one of these is in use, as was told above";
    }
    bool is_path = listen->num == 1 && listen->items[0].path != NULL;
    return is_path && status == TMLRT_E_ADDRINUSE
               ? "it is in use, or is no socket; stop the other process or choose another path"
               : tmlrt_status_text(status);
}

/// The admin listener, if one is wanted.
static tmlrt_status start_admin(serving* s) {
    trt_text config = {0};
    trt_http_limits limits = s->options->limits;
    if (s->options->admin.num == 0) {
        return TMLRT_OK;
    }
    trt_http_server_limits(&limits);
    trt_app_print_config(s->options, &limits, &config);
    tmlrt_status status =
        config.failed
            ? TMLRT_E_NOMEM
            : trt_http_admin_start(&s->admin, s->http, s->options->admin.items, config.data);
    trt_text_fini(&config);
    if (status != TMLRT_OK) {
        fprintf(stderr, "tmlrt: cannot serve the admin pages on %s (from %s): %s\n",
                s->options->settings[TRT_SETTING_admin].value,
                s->options->settings[TRT_SETTING_admin].source,
                why_of_place(&s->options->admin, status));
    }
    return status;
}

/// The service manager that started this process; one that cannot be told is told nothing.
static void open_manager(trt_manager* out) {
    trt_manager_env env = {.notify_socket = getenv("NOTIFY_SOCKET"),
                           .watchdog_usec = getenv("WATCHDOG_USEC"),
                           .watchdog_pid = getenv("WATCHDOG_PID")};
    tmlrt_status status = trt_manager_open(out, &env);
    if (status != TMLRT_OK) {
        trt_log(
            TMLRT_LOG_WARN, "http",
            "NOTIFY_SOCKET is `%s`, which cannot be told anything: %s; a service manager sets a "
            "path or an abstract name (@)",
            env.notify_socket, tmlrt_status_text(status));
    }
}

static trt_http_spoken spoken_with(const trt_app_options* options, tmlrt_tls_holder* tls) {
    return (trt_http_spoken){
        .tls = tls, .h2c = options->h2c && tls == NULL, .only_h2 = options->only_h2};
}

/// Every place speaks the same, but for what it says itself.
static void speak(serving* s, trt_http_options* options) {
    trt_listen_list* listen = &s->options->listen;
    options->spoken = spoken_with(s->options, s->tls.all);
    for (uint32_t i = 0; i < listen->num; i++) {
        listen->items[i].spoken = spoken_with(s->options, trt_app_tls_of(&s->tls, listen, i));
    }
}

static tmlrt_slice hsts_of(const trt_app_options* options) {
    const char* value = options->hsts;
    return (tmlrt_slice){value, value != NULL ? strlen(value) : 0};
}

static tmlrt_status run_http(serving* s) {
    trt_service service;
    tmlrt_status status = TMLRT_OK;
    trt_http_options options = {.addr = s->options->addr,
                                .listeners = s->options->listen.items,
                                .num_listeners = s->options->listen.num,
                                .limits = s->options->limits,
                                .access = s->options->access,
                                .metrics = s->options->admin.num != 0,
                                .plain_answers = s->options->plain_answers,
                                .hsts = hsts_of(s->options),
                                .signals = true,
                                .out_log_failed = &s->log_failed};
    speak(s, &options);
    trt_manager manager;
    tmlrt_runtime* runtime = trt_runtime_get_default_late(&status);
    if (runtime == NULL) {
        return status;
    }
    open_manager(&manager);
    options.manager = manager.handle != TRT_HANDLE_NONE ? &manager : NULL;
    s->app->handlers.limits = bind_limits(&options.limits);
    trt_call_service(&service, &s->app->handlers);
    status = trt_http_server_start(&s->http, runtime, &options, &service);
    if (status != TMLRT_OK) {
        trt_manager_close(&manager);
        return status;
    }
    s->admin_failed = start_admin(s) != TMLRT_OK;
    if (s->admin_failed) {
        trt_http_server_stop(s->http, TRT_HTTP_STOP_NOW);
    } else {
        announce(s);
    }
    status = trt_http_server_wait(s->http);
    if (s->has_thread) {
        trt_thread_join(&s->thread);
    }
    trt_http_admin_end(s->admin);
    trt_http_server_free(s->http);
    trt_manager_close(&manager);
    return status;
}

static void tell_failure(const serving* s, tmlrt_status status) {
    const trt_setting* settings = s->options->settings;
    const trt_addr* addr = &s->options->addr;
    char text[64];
    if (s->log_failed) {
        fprintf(stderr, "tmlrt: cannot open the access log %s (from %s): %s%s\n",
                settings[TRT_SETTING_access_log].value, settings[TRT_SETTING_access_log].source,
                tmlrt_status_text(status),
                status == TMLRT_E_NOTFOUND ? "; make its folder first" : "");
        return;
    }
    if (s->options->listen.num != 0) {
        fprintf(stderr, "tmlrt: cannot serve on %s (listen from %s): %s\n",
                settings[TRT_SETTING_listen].value, settings[TRT_SETTING_listen].source,
                why_of_place(&s->options->listen, status));
        return;
    }
    text[trt_addr_format(addr, text, sizeof text)] = '\0';
    fprintf(stderr, "tmlrt: cannot serve on %s (port from %s, address from %s): %s\n", text,
            settings[TRT_SETTING_port].source, settings[TRT_SETTING_address].source,
            tmlrt_status_text(status));
    if (status == TMLRT_E_PERM && addr->port != 0 && addr->port < 1024) {
        fprintf(stderr, "tmlrt: a port below 1024 needs a privilege; choose one above\n");
    }
}

static int listen_and_serve(serving* s) {
    tmlrt_status status = run_http(s);
    if (status != TMLRT_OK) {
        tell_failure(s, status);
        return EXIT_FAILED;
    }
    return s->num_failed == 0 && !s->admin_failed ? EXIT_SERVED : EXIT_FAILED;
}

static int serve_with_tls(serving* s) {
    bool smoke = s->options->mode == TRT_MODE_SMOKE; // its client speaks in the clear
    if (!smoke && trt_app_tls_init(&s->tls, s->options) != TMLRT_OK) {
        return EXIT_FAILED;
    }
    int code = listen_and_serve(s);
    trt_app_tls_fini(&s->tls);
    return code;
}

static void print_routes(const trt_app* app, bool all) {
    trt_text text = {0};
    trt_app_print_routes(app, all ? UINT32_MAX : MAX_ROUTES_AT_START, all, &text);
    if (app->handlers.num == 0) {
        trt_text_puts(&text, "no routes: no method has @Get, @Post or the like\n");
    }
    if (text.data != NULL) {
        fwrite(text.data, 1, text.len, stdout);
    }
    fflush(stdout);
    trt_text_fini(&text);
}

static void print_limits(const trt_app_options* options, bool all) {
    trt_text text = {0};
    trt_http_limits limits = options->limits;
    trt_http_server_limits(&limits);
    trt_app_print_limits(options, &limits, all, &text);
    if (text.data != NULL) {
        fwrite(text.data, 1, text.len, stdout);
    }
    fflush(stdout);
    trt_text_fini(&text);
}

static void print_config(const trt_app_options* options) {
    trt_text text = {0};
    trt_http_limits limits = options->limits;
    trt_http_server_limits(&limits);
    trt_app_print_config(options, &limits, &text);
    fputs(text.data != NULL ? text.data : "", stdout);
    fflush(stdout);
    trt_text_fini(&text);
}

static int serve(trt_app_options* options) {
    trt_app app;
    trt_diags diags = {0};
    serving s = {.app = &app, .options = options};
    int code = EXIT_SERVED;
    tmlrt_status status = trt_app_init(&app, trt_image_first(), &diags);
    if (status == TMLRT_OK) {
        print_routes(&app, options->mode == TRT_MODE_ROUTES);
        if (options->mode != TRT_MODE_ROUTES) {
            print_limits(options, false);
            status = make_runtime(options);
            status = status == TMLRT_OK ? trt_app_start(&app, &diags) : status;
            code = status == TMLRT_OK ? serve_with_tls(&s) : EXIT_FAILED;
        }
    }
    if (status != TMLRT_OK) {
        code = fail(status, &diags);
    }
    trt_app_fini(&app);
    trt_diags_fini(&diags);
    return code;
}

static void fill_input(trt_app_options_input* input, const tmlrt_server* server) {
    for (uint32_t i = 0; i < TRT_NUM_SETTINGS; i++) {
        input->env[i] = getenv(trt_setting_rows[i].environment);
        input->program[i] = server->settings[i];
    }
    input->env_limits = getenv("TMLRT_LIMITS");
    input->env_config = getenv("TMLRT_CONFIG");
    input->environment = trt_process_env();
    input->read_file = trt_config_file_read;
}

static int run(trt_app_options* options) {
    switch (options->mode) {
    case TRT_MODE_HELP:
        fputs(trt_app_usage(), stdout);
        return EXIT_SERVED;
    case TRT_MODE_LIMITS:
        print_limits(options, true);
        return EXIT_SERVED;
    case TRT_MODE_CONFIG:
        print_config(options);
        return EXIT_SERVED;
    default:
        trt_signal_ignore_broken_pipes(); // a server outlives the reader of its log
        return serve(options);
    }
}

/// The sockets that a service manager handed over; wrong ones are an error of the environment.
static void take_sockets(trt_activated* out, uint32_t* out_num, trt_text* message) {
    trt_activation_env env = {getenv("LISTEN_FDS"), getenv("LISTEN_PID"), getenv("LISTEN_FDNAMES")};
    tmlrt_status status = trt_activation_take(out, out_num, &env);
    if (status == TMLRT_E_INVAL) {
        trt_app_complain(message, "LISTEN_FDS is `%s`: it must be a number up to %d", env.fds,
                         TRT_ACTIVATED_MAX);
    } else if (status != TMLRT_OK) {
        trt_app_complain(message, "socket %u of LISTEN_FDS is no stream socket that listens: %s",
                         *out_num + 1, tmlrt_status_text(status));
    }
    *out_num = status == TMLRT_OK ? *out_num : 0;
}

int32_t tmlrt_server_run(tmlrt_server* server, int32_t argc, char** argv) {
    trt_activated sockets[TRT_ACTIVATED_MAX];
    trt_app_options options;
    trt_text message = {0};
    trt_app_options_input input = {.argc = argc, .argv = argv};
    int32_t code = EXIT_USAGE;
    fill_input(&input, server);
    take_sockets(sockets, &input.num_sockets, &message);
    input.sockets = sockets;
    if (server->unknown != NULL) {
        trt_app_complain(&message,
                         "`%s` from program: there is no such setting; --print-config "
                         "prints all",
                         server->unknown);
    }
    if (trt_app_options_resolve(&options, &input, &message) != TMLRT_OK) {
        fputs(message.data != NULL ? message.data : "tmlrt: out of memory\n", stderr);
    } else {
        code = run(&options);
        trt_app_options_fini(&options);
    }
    trt_text_fini(&message);
    trt_free(server, sizeof *server);
    return code;
}
