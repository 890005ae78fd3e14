// SPDX-License-Identifier: Apache-2.0
// What an operator sees of a server: a line of the access log for every request however it ended,
// figures that agree with them, and the admin listener until the very end.
#include "rt/os/unix.h"
#include "std/http/server/admin.h"
#include "std/http/server/shard.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char s_path[64], s_text[1 << 20];

static trt_http_options options_with_log(enum trt_access_format format) {
    snprintf(s_path, sizeof s_path, "/tmp/http-observe-XXXXXX");
    int fd = mkstemp(s_path);
    EXPECT(fd >= 0);
    close(fd);
    return (trt_http_options){.access = {.path = s_path, .format = format}, .metrics = true};
}

static const char* log_text(void) {
    FILE* file = fopen(s_path, "rb");
    size_t len = file != NULL ? fread(s_text, 1, sizeof s_text - 1, file) : 0;
    s_text[len] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    (void)unlink(s_path);
    return s_text;
}

static void expect_line(const char* text, const char* part) {
    if (strstr(text, part) == NULL) {
        test_fail(__FILE__, __LINE__, "no line with %s in\n%s", part, text);
    }
}

static int ask(int fd, const char* request, bool head) {
    EXPECT(client_send_text(fd, request));
    return client_status(client_read(fd, head));
}

// ---- the log ------------------------------------------------------------------------------------

TEST(http_observe__requests_that_end_in_every_way__a_line_each) {
    test_server ts;
    trt_http_options options = options_with_log(TRT_ACCESS_JSON);
    options.limits = (trt_http_limits){.handler_ns = 1000000, .body_bytes = 100};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    int fd = client_connect(&ts);
    EXPECT_EQ(ask(fd,
                  "GET /?a=1&token=secret-1 HTTP/1.1\r\nHost: a\r\nUser-Agent: me\r\n"
                  "Authorization: Bearer secret-2\r\nCookie: sid=secret-3\r\n"
                  "Referer: http://b/?password=secret-4\r\nX-Request-Id: id-7\r\n\r\n",
                  false),
              200);
    EXPECT_EQ(ask(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", false),
              200);
    EXPECT_EQ(ask(fd, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", true), 200);
    EXPECT_EQ(ask(fd, "GET /missing HTTP/1.1\r\nHost: a\r\n\r\n", false), 404);
    EXPECT_EQ(ask(fd, "GET /null HTTP/1.1\r\nHost: a\r\n\r\n", false), 500);
    EXPECT_EQ(ask(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n", false), 503);
    EXPECT_EQ(ask(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", false), 413);
    client_close(fd);
    fd = client_connect(&ts);
    EXPECT_EQ(ask(fd, "GET /x HTTP/1.1\r\nHost: a\r\nUser-Agent: \"e\\vil\r\n\r\n", false), 404);
    EXPECT_EQ(ask(fd, "BAD\r\n\r\n", false), 400);
    client_close(fd);
    fd = client_connect(&ts);
    EXPECT_EQ(ask(fd, "GET / HTTP/1.0\r\n\r\n", false), 200);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    const char* text = log_text();
    expect_line(text, "\"peer\":\"127.0.0.1\",\"method\":\"GET\",\"path\":\"/\",\"query\":"
                      "\"a=1&token=[redacted]\",\"route\":\"/\",\"protocol\":\"HTTP/1.1\","
                      "\"status\":200,\"bytes_in\":0,\"bytes_out\":5,\"duration_us\":");
    expect_line(text, "\"user_agent\":\"me\",\"referer\":\"http://b/?password=[redacted]\","
                      "\"request_id\":\"id-7\"}\n");
    expect_line(text, "\"method\":\"POST\",\"path\":\"/echo\",\"route\":\"/echo\",\"protocol\":"
                      "\"HTTP/1.1\",\"status\":200,\"bytes_in\":3,\"bytes_out\":3,");
    expect_line(text,
                "\"method\":\"HEAD\",\"path\":\"/\",\"route\":\"/\",\"protocol\":\"HTTP/1.1\","
                "\"status\":200,\"bytes_in\":0,\"bytes_out\":0,");
    expect_line(text, "\"path\":\"/missing\",\"protocol\":\"HTTP/1.1\",\"status\":404,");
    expect_line(text, "\"path\":\"/null\",\"protocol\":\"HTTP/1.1\",\"status\":500,");
    expect_line(text, "\"path\":\"/never\",\"protocol\":\"HTTP/1.1\",\"status\":503,");
    expect_line(text, "\"peer\":\"127.0.0.1\",\"status\":413,");
    expect_line(text, "\"peer\":\"127.0.0.1\",\"status\":400,");
    expect_line(text, "\"protocol\":\"HTTP/1.0\",\"status\":200,");
    expect_line(text, "\"user_agent\":\"\\\"e\\\\vil\"");
    EXPECT(strstr(text, "secret") == NULL && strstr(text, "Bearer") == NULL);
}

TEST(http_observe__client_leaves_before_the_answer__a_line_without_a_status) {
    test_server ts;
    trt_http_options options = options_with_log(TRT_ACCESS_COMBINED);
    REQUIRE(test_server_start_options(&ts, 1, &options));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "GET /never HTTP/1.1\r\nHost: a\r\n\r\n"));
    for (int i = 0; i < 1 << 24 && trt_atomic_load(&ts.started, TRT_SEQ_CST) == 0; i++) {
        sched_yield();
    }
    client_reset(fd);
    for (int i = 0; i < 1 << 24 && trt_http_server_num_conns(ts.server) != 0; i++) {
        sched_yield();
    }
    EXPECT_EQ(trt_http_num_running(&ts.server->shards[0]), 0);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    expect_line(log_text(), "\"GET /never HTTP/1.1\" 0 0 ");
}

TEST(http_observe__slow_body__counts_as_running_when_it_goes_on) {
    test_server ts;
    trt_http_options options = options_with_log(TRT_ACCESS_JSON);
    REQUIRE(test_server_start_options(&ts, 1, &options));
    int fd = client_connect(&ts);
    EXPECT(client_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na"));
    trt_http_shard* shard = &ts.server->shards[0];
    for (int i = 0; i < 1 << 24 && trt_atomic_load(&shard->num_accepted, TRT_SEQ_CST) == 0; i++) {
        sched_yield();
    }
    EXPECT_EQ(ask(fd, "bc", false), 200);
    EXPECT_EQ(trt_http_num_running(shard), 0);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    expect_line(log_text(), "\"path\":\"/echo\",\"route\":\"/echo\",\"protocol\":\"HTTP/1.1\","
                            "\"status\":200,\"bytes_in\":3,\"bytes_out\":3,");
}

TEST(http_observe__sighup__the_log_is_opened_anew) {
    test_server ts;
    char moved[80];
    trt_http_options options = options_with_log(TRT_ACCESS_JSON);
    options.signals = true;
    REQUIRE(test_server_start_options(&ts, 1, &options));
    snprintf(moved, sizeof moved, "%s.1", s_path);
    REQUIRE(rename(s_path, moved) == 0);
    REQUIRE(kill(getpid(), SIGHUP) == 0);
    for (int i = 0; i < 1 << 24 && access(s_path, F_OK) != 0; i++) {
        sched_yield();
    }
    int fd = client_connect(&ts);
    EXPECT_EQ(client_get(fd, "/"), 200);
    client_close(fd);
    REQUIRE(!test_server_stopping(&ts)); // it went on
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    expect_line(log_text(), "\"status\":200");
    (void)unlink(moved);
}

// ---- the admin listener -------------------------------------------------------------------------

static int admin_connect(const test_server* ts) {
    test_server at = {.port = trt_http_admin_bound(ts->admin).port};
    return client_connect(&at);
}

static const char* admin_get(int fd, const char* path) {
    char request[200];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    return client_send_text(fd, request) ? client_read(fd, false) : NULL;
}

static bool admin_start(test_server* ts) {
    trt_http_listener place = {0};
    return trt_addr_parse(&place.addr, "127.0.0.1", 0) == TMLRT_OK &&
           trt_http_admin_start(&ts->admin, ts->server, &place, "port 0 (default)\n") == TMLRT_OK;
}

TEST(http_admin__pages__get_head_and_what_there_is_not) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 2, NULL) && admin_start(&ts));
    int fd = admin_connect(&ts);
    EXPECT_EQ(client_status(admin_get(fd, "/livez")), 200);
    const char* ready = admin_get(fd, "/readyz");
    EXPECT_EQ(client_status(ready), 200);
    EXPECT_STR(client_body(ready), "ready\n");
    EXPECT(ready != NULL && strstr(ready, "Cache-Control: no-store\r\n") != NULL);
    EXPECT_EQ(ask(fd, "HEAD /readyz HTTP/1.1\r\nHost: a\r\n\r\n", true), 200);
    EXPECT_EQ(client_status(admin_get(fd, "/")), 404);
    EXPECT_EQ(client_status(admin_get(fd, "/livez/")), 404);
    EXPECT(client_send_text(fd, "PUT /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
    const char* refused = client_read(fd, false);
    EXPECT_EQ(client_status(refused), 405);
    EXPECT(refused != NULL && strstr(refused, "Allow: GET, HEAD\r\n") != NULL);
    const char* config = admin_get(fd, "/debug/config");
    EXPECT_EQ(client_status(config), 200);
    EXPECT(strstr(config, "port 0 (default)\n# runtime\n") != NULL);
    EXPECT(strstr(config, "workers 2") != NULL);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

static void expect_page(const char* page, const char* line) {
    if (page == NULL || strstr(page, line) == NULL) {
        test_fail(__FILE__, __LINE__, "no %s in\n%s", line, page != NULL ? page : "(none)");
    }
}

TEST(http_metrics__after_some_requests__sums_by_route_and_status) {
    test_server ts;
    trt_http_options options = {.metrics = true};
    REQUIRE(test_server_start_options(&ts, 2, &options) && admin_start(&ts));
    int fd = client_connect(&ts);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(client_get(fd, "/"), 200);
    }
    EXPECT_EQ(client_get(fd, "/other"), 404);
    EXPECT_EQ(ask(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd", false),
              200);
    int to = admin_connect(&ts);
    const char* page = admin_get(to, "/metrics");
    EXPECT_EQ(client_status(page), 200);
    expect_page(page, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    expect_page(page, "# TYPE tmlrt_http_requests_total counter\n");
    expect_page(page, "tmlrt_http_requests_total{http_request_method=\"GET\",http_route=\"/\","
                      "status=\"2xx\"} 3\n");
    expect_page(page, "tmlrt_http_requests_total{http_request_method=\"POST\",http_route="
                      "\"/echo\",status=\"2xx\"} 1\n");
    expect_page(page, "tmlrt_http_requests_total{http_request_method=\"_OTHER\",http_route=\"\","
                      "status=\"4xx\"} 1\n");
    expect_page(page, "http_server_request_duration_seconds_bucket{http_request_method=\"GET\","
                      "http_route=\"/\",le=\"+Inf\"} 3\n");
    expect_page(page, "http_server_request_duration_seconds_count{http_request_method=\"GET\","
                      "http_route=\"/\"} 3\n");
    expect_page(page, "{network_protocol_version=\"1.1\"} 5\n");
    expect_page(page, "tmlrt_http_connections_by_protocol_total{network_protocol_version=\"1.1\","
                      "tls=\"false\"} 1\n");
    expect_page(page, "tmlrt_http_request_body_bytes_total 4\n");
    expect_page(page, "tmlrt_http_response_body_bytes_total 21\n"); // hello 3 times, no, abcd
    expect_page(page, "http_server_active_requests 0\n");
    expect_page(page, "tmlrt_http_connections_accepted_total 1\n");
    expect_page(page, "tmlrt_http_connections_open 1\n");
    expect_page(page, "tmlrt_http_limit_breaches_total{limit=\"late\"} 0\n");
    expect_page(page, "tmlrt_workers 2\n");
    expect_page(page, "process_resident_memory_bytes ");
    client_close(to);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(http_admin__server_drains__not_ready_until_the_end_then_gone) {
    test_server ts;
    REQUIRE(test_server_start(&ts, 1, NULL) && admin_start(&ts));
    int fd = client_connect(&ts), to = admin_connect(&ts);
    EXPECT(client_send_text(fd, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n"));
    for (int i = 0; i < 1 << 24 && trt_atomic_load(&ts.started, TRT_SEQ_CST) == 0; i++) {
        sched_yield();
    }
    EXPECT_EQ(client_status(admin_get(to, "/readyz")), 200);
    trt_http_server_stop(ts.server, TRT_HTTP_STOP_NOW);
    const char* page = admin_get(to, "/readyz");
    EXPECT_EQ(client_status(page), 503);
    EXPECT_STR(client_body(page), "shutting down\n");
    EXPECT_EQ(client_status(admin_get(to, "/livez")), 200);
    expect_page(admin_get(to, "/metrics"), "http_server_active_requests 1\n");
    test_server_open_gate(&ts);
    EXPECT_EQ(client_status(client_read(fd, false)), 200);
    client_close(fd);
    test_server_join(&ts);
    client_close(to);
}

// ---- the service manager ------------------------------------------------------------------------

typedef struct manager {
    trt_manager told;
    trt_handle hears;
    char text[4096]; ///< every datagram, a line each (several lines of one: separated by blanks)
} manager;

static bool manager_begin(manager* m, const char* watchdog_usec) {
    char name[60];
    trt_unix_addr addr;
    trt_unix_file file;
    snprintf(name, sizeof name, "@http-observe-%d", getpid());
    trt_manager_env env = {.notify_socket = name, .watchdog_usec = watchdog_usec};
    m->text[0] = '\0';
    return trt_unix_addr_parse(&addr, name) == TMLRT_OK &&
           trt_unix_bind(&m->hears, &file, &addr) == TMLRT_OK &&
           trt_manager_open(&m->told, &env) == TMLRT_OK;
}

// Takes what has come; true when `text` is among all that has.
static bool manager_heard(manager* m, const char* text) {
    trt_unix_addr from;
    bool truncated;
    size_t at = strlen(m->text), len;
    while (at + 200 < sizeof m->text &&
           trt_unix_recv(m->hears, m->text + at, 198, &from, &len, &truncated) == TMLRT_OK) {
        for (size_t i = 0; i < len; i++) {
            m->text[at + i] = m->text[at + i] == '\n' ? ' ' : m->text[at + i];
        }
        m->text[at + len] = '\n';
        m->text[at + len + 1] = '\0';
        at += len + 1;
    }
    return strstr(m->text, text) != NULL;
}

static void await_heard(manager* m, const char* text) {
    for (int i = 0; i < 1 << 22 && !manager_heard(m, text); i++) {
        sched_yield();
    }
    if (!manager_heard(m, text)) {
        test_fail(__FILE__, __LINE__, "the manager was not told %s but %s", text, m->text);
    }
}

static void manager_end(manager* m) {
    trt_manager_close(&m->told);
    trt_socket_close(m->hears, false);
}

TEST(http_manager__ready_reload_stop__told_in_this_order) {
    test_server ts;
    manager m;
    REQUIRE(manager_begin(&m, NULL));
    trt_http_options options = {.manager = &m.told, .signals = true};
    REQUIRE(test_server_start_options(&ts, 2, &options));
    await_heard(&m, "READY=1\n");
    REQUIRE(kill(getpid(), SIGHUP) == 0);
    await_heard(&m, "RELOADING=1 MONOTONIC_USEC=");
    EXPECT(!manager_heard(&m, "STOPPING=1") && !test_server_stopping(&ts));
    trt_http_server_stop(ts.server, TRT_HTTP_STOP_NOW);
    await_heard(&m, "STOPPING=1\n");
    const char* reload = strstr(m.text, "RELOADING=1");
    EXPECT(strncmp(m.text, "READY=1\n", 8) == 0 && strstr(reload, "\nREADY=1\nSTOPPING=1\n"));
    EXPECT(strstr(m.text, "WATCHDOG") == NULL);
    test_server_join(&ts);
    manager_end(&m);
}

TEST(http_manager__watchdog__told_again_and_again_without_a_connection) {
    test_server ts;
    manager m;
    REQUIRE(manager_begin(&m, "2000"));
    trt_http_options options = {.manager = &m.told};
    REQUIRE(test_server_start_options(&ts, 1, &options));
    await_heard(&m, "READY=1\nWATCHDOG=1\nWATCHDOG=1\nWATCHDOG=1\n");
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    EXPECT(manager_heard(&m, "STOPPING=1\n"));
    manager_end(&m);
}
