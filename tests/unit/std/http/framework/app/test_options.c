// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/app/options.h"

#include <stdio.h>

#include "rt/base/alloc.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"

enum { MAX_MESSAGE = 2000 };

typedef struct sources {
    const char *program_address, *env_address, *env_port, *env_limits, *file;
    const char *program_listen, *env_listen;
    int32_t program_port;
    const char* args[8];
} sources;

static const char* s_file; // NULL: there is none

static tmlrt_status read_file(const char* path, char** out_text, size_t* out_len,
                              size_t* out_size) {
    size_t len = s_file != NULL ? strlen(s_file) : 0;
    if (s_file == NULL || strcmp(path, "app.conf") != 0) {
        return TMLRT_E_NOTFOUND;
    }
    *out_text = trt_alloc(len + 1);
    if (*out_text == NULL) {
        return TMLRT_E_NOMEM;
    }
    memcpy(*out_text, s_file, len);
    *out_len = len;
    *out_size = len + 1;
    return TMLRT_OK;
}

static tmlrt_status resolve(const sources* s, trt_app_options* out, char* message) {
    char* argv[10] = {"program"};
    trt_text text = {0};
    int argc = 1;
    while (argc < 9 && s->args[argc - 1] != NULL) {
        argv[argc] = (char*)(uintptr_t)s->args[argc - 1];
        argc++;
    }
    static char port[12]; // the last case's lives on
    snprintf(port, sizeof port, "%d", s->program_port);
    trt_app_options_input input = {.argc = argc,
                                   .argv = argv,
                                   .env_limits = s->env_limits,
                                   .env_config = s->file != NULL ? "app.conf" : NULL,
                                   .read_file = read_file};
    input.env[TRT_SETTING_address] = s->env_address;
    input.env[TRT_SETTING_port] = s->env_port;
    input.env[TRT_SETTING_listen] = s->env_listen;
    input.program[TRT_SETTING_address] = s->program_address;
    input.program[TRT_SETTING_listen] = s->program_listen;
    input.program[TRT_SETTING_port] = s->program_port >= 0 ? port : NULL;
    s_file = s->file;
    tmlrt_status status = trt_app_options_resolve(out, &input, &text);
    strcpy(message, "");
    strncat(message, text.data != NULL ? text.data : "", MAX_MESSAGE - 1);
    trt_text_fini(&text);
    return status;
}

TEST(options__precedence__command_line_environment_program_default) {
    static const struct {
        sources s;
        const char* want;
    } cases[] = {
        {{.program_port = -1}, "127.0.0.1:8080 default default"},
        {{.program_port = 9000}, "127.0.0.1:9000 program default"},
        {{.program_port = 9000, .env_port = "9001"}, "127.0.0.1:9001 TMLRT_PORT default"},
        {{.program_port = 9000, .env_port = "9001", .args = {"--port", "9002"}},
         "127.0.0.1:9002 --port default"},
        {{.program_port = 0, .env_port = "", .program_address = "::1"}, "[::1]:0 program program"},
        {{.program_port = -1, .program_address = "::1", .env_address = "0.0.0.0"},
         "0.0.0.0:8080 default TMLRT_ADDRESS"},
        {{.program_port = -1, .env_address = "10.0.0.1", .args = {"--address=::", "--port=0"}},
         "[::]:0 --port --address"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_app_options options;
        char message[MAX_MESSAGE];
        trt_text got = {0};
        char addr[64];
        REQUIRE(resolve(&cases[i].s, &options, message) == TMLRT_OK);
        addr[trt_addr_format(&options.addr, addr, sizeof addr)] = '\0';
        trt_text_printf(&got, "%s %s %s", addr, options.settings[TRT_SETTING_port].source,
                        options.settings[TRT_SETTING_address].source);
        trt_app_options_fini(&options);
        EXPECT_STR(got.data, cases[i].want);
        trt_text_fini(&got);
    }
}

TEST(options__modes__help_wins) {
    static const struct {
        const char* args[8];
        int mode;
    } cases[] = {
        {{NULL}, TRT_MODE_SERVE},
        {{"--routes"}, TRT_MODE_ROUTES},
        {{"--smoke", "--port", "0"}, TRT_MODE_SMOKE},
        {{"--limits", "--limit", "num_conns=7"}, TRT_MODE_LIMITS},
        {{"--help", "--smoke"}, TRT_MODE_HELP},
        {{"--smoke", "--wrong", "--help", "--port"}, TRT_MODE_HELP},
        {{"--smoke", "--smoke"}, TRT_MODE_SMOKE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_app_options options;
        char message[MAX_MESSAGE];
        sources s = {.program_port = -1};
        memcpy(s.args, cases[i].args, sizeof s.args);
        REQUIRE(resolve(&s, &options, message) == TMLRT_OK);
        EXPECT_EQ(options.mode, cases[i].mode);
    }
}

TEST(options__wrong_values__message_names_the_source) {
    static const struct {
        sources s;
        const char* want;
    } cases[] = {
        {{.program_port = 70000}, "the port from program must be"},
        {{.program_port = -1, .env_port = "http"},
         "the port from TMLRT_PORT must be a number from 0 to 65535, not `http`"},
        {{.program_port = -1, .args = {"--port", "-1"}}, "not `-1`"},
        {{.program_port = -1, .args = {"--port"}}, "the port from --port is empty"},
        {{.program_port = -1, .args = {"--port", "off"}}, "the port from --port cannot be off"},
        {{.program_port = -1, .args = {"--threads=2000"}},
         "the number of threads from --threads must be from 1 to 1024, not `2000`"},
        {{.program_port = -1, .args = {"--security-headers", "no"}},
         "the fields for browsers from --security-headers must be on or off, not `no`"},
        {{.program_port = -1, .args = {"--hsts", "365d"}},
         "Strict-Transport-Security from --hsts must be like `max-age=31536000; "
         "includeSubDomains`, of at most 96 bytes, or off, not `365d`"},
        {{.program_port = -1, .args = {"--hsts"}},
         "the Strict-Transport-Security from --hsts is empty"},
        {{.program_port = -1, .args = {"--admin=127.0.0.1:1,unix:/a"}},
         "admin from --admin names 2 places; there can be one"},
        {{.program_port = -1, .args = {"--admin"}}, "admin from --admin is empty"},
        {{.program_port = 1, .args = {"--address="}}, "the address from --address is empty"},
        {{.program_port = -1, .args = {"--port=65536"}}, "not `65536`"},
        {{.program_port = -1, .args = {"--address", "localhost"}},
         "the address from --address must be"},
        {{.program_port = -1, .args = {"--address", "127.0.0.1:80"}}, "without a port"},
        {{.program_port = -1, .args = {"--prot", "1"}},
         "unknown option `--prot`; did you mean `--port`?"},
        {{.program_port = -1, .args = {"serve"}}, "unexpected argument `serve`"},
        {{.program_port = -1, .args = {"--limit", "handler=0s"}},
         "`handler=0s` from --limit: the value must be a whole number above 0 with ms, s, m or h"},
        {{.program_port = -1, .args = {"--limit=handlers=1s"}},
         "`handlers=1s` from --limit: there is no such limit; did you mean `handler`?"},
        {{.program_port = -1, .args = {"--limit"}}, "`` from --limit is not NAME=VALUE"},
        {{.program_port = -1, .args = {"--limit", "speed=7"}}, "there is no such limit; --limits"},
        {{.program_port = -1, .args = {"--smoke", "--routes"}},
         "--smoke and --routes cannot be had together"},
        {{.program_port = -1, .env_limits = "num_conns=5,body_bytes=1MB"},
         "`body_bytes=1MB` from TMLRT_LIMITS: the value must be"},
        {{.program_port = -1, .args = {"--limit=num_fields=500"}},
         "`num_fields=500` from --limit: the value must be at most 100"},
        {{.program_port = -1, .env_limits = "input_bytes=1"},
         "`input_bytes=1` from TMLRT_LIMITS: the value must be at least 1KiB"},
        {{.program_port = -1, .args = {"--limit=request_line_bytes=64KiB"}},
         "`request_line_bytes=64KiB` from --limit: the value must be at most 16KiB"},
        {{.program_port = -1, .args = {"--limit=body_rate=1000000001"}}, "at most 1000000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_app_options options;
        char message[MAX_MESSAGE];
        EXPECT_EQ(resolve(&cases[i].s, &options, message), TMLRT_E_INVAL);
        if (strstr(message, cases[i].want) == NULL) {
            test_fail(__FILE__, __LINE__, "case %zu: %s", i, message);
        }
    }
}

TEST(options__limits__command_line_over_environment_and_each_has_its_source) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    trt_text text = {0};
    sources s = {.program_port = -1,
                 .env_limits = " handler=2m\t,, num_conns=500, ",
                 .args = {"--limit", "handler=1500ms", "--limit=body_bytes=3MiB"}};
    REQUIRE(resolve(&s, &options, message) == TMLRT_OK);
    EXPECT_EQ(options.limits.handler_ns, 1500 * TRT_MS);
    EXPECT_EQ(options.limits.num_conns, 500);
    EXPECT_EQ(options.limits.body_bytes, 3 << 20);
    EXPECT_EQ(options.limits.body_idle_ns, 0);
    trt_http_limits limits = options.limits;
    trt_http_limits_resolve(&limits);
    trt_app_print_limits(&options, &limits, false, &text);
    EXPECT_STR(text.data, "body_bytes               3MiB            --limit\n"
                          "handler                  1500ms          --limit\n"
                          "num_conns                500             TMLRT_LIMITS\n");
    trt_text_fini(&text);
    trt_app_print_limits(&options, &limits, true, &text);
    EXPECT(text.data != NULL && strstr(text.data, "head_timeout             10s             default"
                                                  "       408, from accept or the first byte\n"));
    trt_text_fini(&text);
}

TEST(options__several_errors__all_in_one_run) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    sources s = {.program_port = -1,
                 .env_limits = "num_con=5,,body_bytes=1MB,nonsense",
                 .env_address = "example.org",
                 .args = {"--prot=1", "--port", "99999", "--route", "here", "--limit=handler=0s",
                          "--smoke", "--limits"}};
    EXPECT_EQ(resolve(&s, &options, message), TMLRT_E_INVAL);
    EXPECT_GOLDEN("options_errors", message, strlen(message));
}

TEST(options__help_and_limits__as_users_see_them) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    trt_text text = {0};
    sources s = {.program_port = -1, .env_limits = "handler=2m", .args = {"--limit=num_conns=500"}};
    EXPECT_GOLDEN("options_help", trt_app_usage(), strlen(trt_app_usage()));
    REQUIRE(resolve(&s, &options, message) == TMLRT_OK);
    trt_http_limits limits = options.limits;
    trt_http_limits_resolve(&limits);
    trt_app_print_limits(&options, &limits, true, &text);
    EXPECT_GOLDEN("options_limits", text.data, text.len);
    trt_text_fini(&text);
}

TEST(server_new__no_memory__null) {
    test_allocator_fail_at(1);
    EXPECT(tmlrt_server_new() == NULL);
    test_allocator_fail_at(0);
}

TEST(options__no_memory__nomem_not_a_wrong_option) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    sources s = {.program_port = -1, .args = {"--prot"}};
    test_allocator_fail_at(1);
    EXPECT_EQ(resolve(&s, &options, message), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
}

// ---- the file -----------------------------------------------------------------------------------

static void expect_setting(const trt_app_options* options, enum trt_setting_id id,
                           const char* value, const char* source) {
    EXPECT_STR(options->settings[id].value, value);
    EXPECT_STR(options->settings[id].source, source);
}

TEST(options__file__between_program_and_environment_each_with_its_line) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    sources s = {.program_port = 9000,
                 .program_address = "::1",
                 .env_limits = "handler=2m",
                 .env_address = "0.0.0.0",
                 .file = "# what this is\n"
                         "port=9001 # why\n"
                         "\taddress = ::\r\n"
                         "access_log = /var/log/a#b.log\n"
                         "access_log_format = combined\n"
                         "admin = 127.0.0.1:9090\n"
                         "threads = 3\n"
                         "\n"
                         "[limits]\n"
                         "handler = 1m\n"
                         "body_bytes = 2MiB",
                 .args = {"--admin", "off", "--access-log-redact=pin"}};
    if (resolve(&s, &options, message) != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "%s", message);
        return;
    }
    expect_setting(&options, TRT_SETTING_port, "9001", "app.conf:2");
    expect_setting(&options, TRT_SETTING_address, "0.0.0.0", "TMLRT_ADDRESS");
    expect_setting(&options, TRT_SETTING_access_log, "/var/log/a#b.log", "app.conf:4");
    EXPECT(options.settings[TRT_SETTING_admin].value == NULL);
    EXPECT_STR(options.settings[TRT_SETTING_admin].source, "--admin");
    EXPECT_EQ(options.addr.port, 9001);
    EXPECT_EQ(options.admin.num, 0);
    EXPECT_EQ(options.access.format, TRT_ACCESS_COMBINED);
    EXPECT_STR(options.access.path, "/var/log/a#b.log");
    EXPECT_STR(options.access.redacted, "pin");
    EXPECT_EQ(options.threads, 3);
    EXPECT_EQ(options.limits.handler_ns, 120 * TRT_S);
    EXPECT_EQ(options.limits.body_bytes, 2 << 20);
    EXPECT_STR(options.limit_sources[TRT_HTTP_LIMIT_body_bytes], "app.conf:11");
    trt_app_options_fini(&options);
}

TEST(options__file_with_mistakes__all_told_with_their_lines) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    sources s = {.program_port = -1,
                 .file = "\xEF\xBB\xBFprot = 80\n"
                         "head_timeout = 5s\n"
                         "port = 80\n"
                         "port = 81\n"
                         "just words\n"
                         " = 5\n"
                         "[limits\n"
                         "admin = here\n"
                         "access_log_format = xml\n"
                         "access_log =\n"
                         "threads = 0\n"
                         "[limits]\n"
                         "handlr = 1s\n"
                         "handler = 1\n"
                         "num_conns = 5\n"
                         "num_conns = 6\n"
                         "access_log = -\n"
                         "[tls]\n"
                         "cert = x\n"
                         "[ ]\n"
                         "address = ::1\n"};
    EXPECT_EQ(resolve(&s, &options, message), TMLRT_E_INVAL);
    EXPECT_GOLDEN("options_file_errors", message, strlen(message));
}

TEST(options__file_that_is_not_there__named_with_its_source) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    sources s = {.program_port = -1, .args = {"--config", "other.conf"}};
    EXPECT_EQ(resolve(&s, &options, message), TMLRT_E_INVAL);
    EXPECT_STR(message, "tmlrt: the file `other.conf` from --config cannot be read: not found\n");
    s = (sources){.program_port = -1, .args = {"--config="}};
    EXPECT_EQ(resolve(&s, &options, message), TMLRT_E_INVAL);
    EXPECT_STR(message, "tmlrt: the file from --config is empty: a path must follow\n");
}

TEST(options__print_config__sources_and_a_file_that_says_the_same) {
    trt_app_options options, again;
    char message[MAX_MESSAGE];
    trt_text text = {0};
    sources s = {.program_port = 9000,
                 .file = "access_log = -\n[limits]\nhandler = 1m\n",
                 .args = {"--limit=num_conns=500", "--limit=memory_bytes=1GiB"}};
    REQUIRE(resolve(&s, &options, message) == TMLRT_OK);
    trt_http_limits limits = options.limits;
    trt_http_limits_resolve(&limits);
    trt_http_limits_resolve_system(&limits, 1000, 1);
    trt_app_print_config(&options, &limits, &text);
    EXPECT_GOLDEN("options_config", text.data, text.len);
    s = (sources){.program_port = -1, .file = text.data};
    if (resolve(&s, &again, message) != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "%s", message);
    } else {
        EXPECT_EQ(again.addr.port, 9000);
        EXPECT(again.settings[TRT_SETTING_admin].value == NULL);
        EXPECT_STR(again.access.path, "-");
        EXPECT_EQ(again.limits.num_conns, 500);
        EXPECT_EQ(again.limits.handler_ns, 60 * TRT_S);
        trt_app_options_fini(&again);
    }
    trt_app_options_fini(&options);
    trt_text_fini(&text);
}

TEST(options__file__every_allocation_fails_once__nothing_is_left) {
    sources s = {.program_port = -1, .file = "port = 1\n[limits]\nhandler = 1m\n"};
    bool hit = true;
    for (uint64_t nth = 1; hit && nth < 50; nth++) {
        trt_app_options options;
        char message[MAX_MESSAGE];
        test_allocator_fail_at(nth);
        tmlrt_status status = resolve(&s, &options, message);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        if (status == TMLRT_OK) {
            trt_app_options_fini(&options);
        }
    }
    EXPECT(!hit);
}

// ---- listen -------------------------------------------------------------------------------------

TEST(options__listen__a_stronger_place_replaces_port_and_address) {
    trt_app_options options;
    char message[MAX_MESSAGE];
    trt_text text = {0};
    sources s = {.program_port = 9000,
                 .file = "port = 9001\naddress = ::1\n",
                 .args = {"--listen", "127.0.0.1:1,unix:/run/x"}};
    if (resolve(&s, &options, message) != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "%s", message);
        return;
    }
    EXPECT_EQ(options.listen.num, 2);
    trt_app_print_config(&options, &options.limits, &text);
    EXPECT(strncmp(text.data, "listen = 127.0.0.1:1,unix:/run/x", 32) == 0);
    trt_text_fini(&text);
    trt_app_options_fini(&options);
}

TEST(options__certificates_of_places__those_of_the_strongest_place) {
    static const struct {
        sources s;
        const char *cert, *source;
    } rows[] = {
        {{.program_port = -1, .program_listen = "127.0.0.1:1 cert=program.pem key=k"},
         "program.pem",
         "program"},
        {{.program_port = -1,
          .program_listen = "127.0.0.1:1 cert=program.pem key=k",
          .file = "listen = 127.0.0.1:1 cert=file.pem key=k # one\n"},
         "file.pem",
         "app.conf:1"},
        {{.program_port = -1,
          .file = "listen = 127.0.0.1:1 cert=file.pem key=k\n",
          .env_listen = "127.0.0.1:1 cert=env.pem key=k"},
         "env.pem",
         "TMLRT_LISTEN"},
        {{.program_port = -1,
          .env_listen = "127.0.0.1:1 cert=env.pem key=k",
          .args = {"--listen", "127.0.0.1:1 cert=args.pem key=k"}},
         "args.pem",
         "--listen"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trt_app_options options;
        char message[MAX_MESSAGE];
        REQUIRE(resolve(&rows[i].s, &options, message) == TMLRT_OK);
        EXPECT_STR(options.listen.own[0].cert[0], rows[i].cert);
        EXPECT_STR(options.settings[TRT_SETTING_listen].source, rows[i].source);
        trt_app_options_fini(&options);
    }
}

TEST(options__certificates_of_places__printed_as_a_file_that_says_the_same) {
    trt_app_options options, again;
    char message[MAX_MESSAGE];
    trt_text text = {0};
    sources s = {.program_port = -1,
                 .file = "listen = 0.0.0.0:443 cert=a.pem key=a.key client_ca=ca.pem, [::1]:8443\n"
                         "tls_cert = b.pem\ntls_key = b.key\n"};
    REQUIRE(resolve(&s, &options, message) == TMLRT_OK);
    trt_app_print_config(&options, &options.limits, &text);
    char* limits = text.data != NULL ? strstr(text.data, "[limits]") : NULL;
    REQUIRE(limits != NULL);
    *limits = '\0';
    EXPECT_GOLDEN("options_config_places", text.data, strlen(text.data));
    s = (sources){.program_port = -1, .file = text.data};
    if (resolve(&s, &again, message) != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "%s", message);
        return;
    }
    EXPECT_EQ(again.listen.num, 2);
    EXPECT_STR(again.listen.own[0].client_ca, "ca.pem");
    EXPECT_EQ(again.listen.own[1].num, 0);
    trt_app_options_fini(&again);
    trt_app_options_fini(&options);
    trt_text_fini(&text);
}

TEST(options__certificates_that_cannot_be__told) {
    static const struct {
        sources s;
        const char* want;
    } rows[] = {
        {{.program_port = -1, .args = {"--listen=127.0.0.1:1 client_ca=a.pem,127.0.0.1:2"}},
         "`client_ca=a.pem` of 127.0.0.1:1 in listen from --listen needs TLS: cert= and key=, or "
         "--tls-cert and --tls-key"},
        {{.program_port = -1, .args = {"--listen=127.0.0.1:1", "--tls-client-ca=a.pem"}},
         "client authorities from --tls-client-ca need TLS"},
        {{.program_port = -1, .args = {"--admin=127.0.0.1:1 cert=a key=b"}},
         "admin from --admin speaks in the clear: leave out cert=, key= and client_ca="},
        {{.program_port = -1, .args = {"--admin=127.0.0.1:1 client_ca=a"}},
         "admin from --admin speaks in the clear"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trt_app_options options;
        char message[MAX_MESSAGE];
        EXPECT_EQ(resolve(&rows[i].s, &options, message), TMLRT_E_INVAL);
        if (strstr(message, rows[i].want) == NULL) {
            test_fail(__FILE__, __LINE__, "case %zu: %s", i, message);
        }
    }
    trt_app_options options;
    char message[MAX_MESSAGE];
    sources s = {.program_port = -1,
                 .args = {"--listen=127.0.0.1:1 cert=a key=b", "--tls-client-ca=a.pem"}};
    REQUIRE(resolve(&s, &options, message) == TMLRT_OK);
    trt_app_options_fini(&options);
}

TEST(options__listen_and_a_port_that_is_as_strong__refused) {
    static const struct {
        sources s;
        const char* want;
    } rows[] = {
        {{.program_port = -1, .args = {"--listen=127.0.0.1:1", "--port=80"}},
         "port from --port and listen from --listen cannot be had together"},
        {{.program_port = -1, .file = "listen = 127.0.0.1:1", .env_address = "::1"},
         "address from TMLRT_ADDRESS and listen from app.conf:1 cannot be had together"},
        {{.program_port = -1, .file = "listen = here", .env_port = ""},
         "`here` in listen from app.conf:1 is no place to listen on"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trt_app_options options;
        char message[MAX_MESSAGE];
        EXPECT_EQ(resolve(&rows[i].s, &options, message), TMLRT_E_INVAL);
        if (strstr(message, rows[i].want) == NULL) {
            test_fail(__FILE__, __LINE__, "case %zu: %s", i, message);
        }
    }
}
