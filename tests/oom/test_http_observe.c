// SPDX-License-Identifier: Apache-2.0
// Every allocation of log, figures and admin listener fails once: the start says so and leaves
// nothing, a page that has no room is answered with an error, and the next one is right.
#include "std/http/framework/app/config_file.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"

#include <stdio.h>

static tmlrt_poll service_call(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    (void)self, (void)exchange, (void)cx;
    return TMLRT_READY;
}
static void service_drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}
static uint32_t service_route_of(void* self, const tmlrt_request* request) {
    (void)self, (void)request;
    return 0;
}
static size_t service_route_name(void* self, uint32_t index, char* out, size_t cap,
                                 tmlrt_slice* out_method) {
    (void)self;
    *out_method = (tmlrt_slice){"GET", 3};
    return (size_t)snprintf(out, cap, "/%u", index);
}

static const trt_service s_service = {.start = service_call,
                                      .poll = service_call,
                                      .drop = service_drop,
                                      .num_routes = 3,
                                      .route_of = service_route_of,
                                      .route_name = service_route_name};

// A server and its admin listener, without anybody who drives the runtime. Returns the status of
// what failed.
static tmlrt_status start_both(tmlrt_runtime* runtime, trt_http_server** http,
                               trt_http_admin** admin) {
    trt_http_options options = {.access = {.path = "/dev/null"}, .metrics = true};
    EXPECT_EQ(trt_addr_parse(&options.addr, "127.0.0.1", 0), TMLRT_OK);
    tmlrt_status status = trt_http_server_start(http, runtime, &options, &s_service);
    trt_http_listener place = {.addr = options.addr};
    return status == TMLRT_OK ? trt_http_admin_start(admin, *http, &place, "text\n") : status;
}

TEST(http_observe_start__every_allocation_fails_once__refused_and_nothing_is_left) {
    bool hit = true;
    for (uint64_t nth = 1; hit && nth < 100; nth++) {
        tmlrt_runtime* runtime;
        tmlrt_runtime_options options = {.workers = 1};
        trt_http_server* http = NULL;
        trt_http_admin* admin = NULL;
        REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
        test_allocator_fail_at(nth);
        tmlrt_status status = start_both(runtime, &http, &admin);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        if (http != NULL) {
            trt_http_server_stop(http, TRT_HTTP_STOP_ABORT);
            EXPECT_EQ(trt_http_server_wait(http), TMLRT_OK);
        }
        trt_http_admin_end(admin);
        trt_http_server_free(http);
        tmlrt_runtime_free(runtime);
    }
    EXPECT(!hit);
}

static int get(int fd, const char* path) {
    char request[100];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    return client_send_text(fd, request) ? client_status(client_read(fd, false)) : 0;
}

TEST(http_admin__every_allocation_of_a_page_fails_once__the_next_is_right) {
    test_server ts;
    trt_http_listener place = {0};
    trt_http_options options = {.metrics = true};
    bool hit = true;
    REQUIRE(test_server_start_options(&ts, 1, &options));
    REQUIRE(trt_addr_parse(&place.addr, "127.0.0.1", 0) == TMLRT_OK);
    REQUIRE(trt_http_admin_start(&ts.admin, ts.server, &place, NULL) == TMLRT_OK);
    test_server at = {.port = trt_http_admin_bound(ts.admin).port};
    int fd = client_connect(&at);
    EXPECT_EQ(get(fd, "/livez"), 200);
    for (uint64_t nth = 1; hit && nth < 100; nth++) {
        test_allocator_fail_at(nth);
        int status = get(fd, "/metrics");
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT(status == 200 || (hit && (status == 500 || status == 503)));
        EXPECT_EQ(get(fd, "/metrics"), 200);
    }
    EXPECT(!hit);
    client_close(fd);
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

TEST(config_file_read__no_memory__nothing_is_open) {
    char* text;
    size_t len, size;
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_config_file_read("/dev/null", &text, &len, &size), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    EXPECT_EQ(trt_config_file_read("/nowhere", &text, &len, &size), TMLRT_E_NOTFOUND);
}
