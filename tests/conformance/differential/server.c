// SPDX-License-Identifier: Apache-2.0
// Our side of the differential test: the server over a service that answers every request that
// reaches it with 200 and says in X-Seen what it was: method and length of the body. So a 400 is
// the codec's verdict and never an application's. Prints its port, serves until SIGTERM. run.py
// starts it.
#include "std/http/server/server.h"
#include <tmlrt/log.h>

#include "std/http/core/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tmlrt_poll start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    const tmlrt_request* request = &exchange->request;
    char seen[128];
    (void)self;
    snprintf(seen, sizeof seen, "%.64s %zu", request->method_text.data, request->body.len);
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    if (response != NULL && tmlrt_response_header(response, "X-Seen", seen) == TMLRT_OK) {
        exchange->response = response;
    }
    return TMLRT_READY;
}

static tmlrt_poll poll(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    (void)self, (void)exchange, (void)cx;
    return TMLRT_PENDING; // start is always ready
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}

int main(void) {
    trt_service service = {.start = start, .poll = poll, .drop = drop};
    trt_http_options options = {.signals = true};
    tmlrt_runtime_options workers = {.workers = 1};
    tmlrt_runtime* runtime = NULL;
    trt_http_server* server = NULL;
    (void)trt_addr_parse(&options.addr, "127.0.0.1", 0);
    tmlrt_status status = tmlrt_runtime_new(&runtime, &workers);
    if (status == TMLRT_OK) {
        status = trt_http_server_start(&server, runtime, &options, &service);
    }
    if (status != TMLRT_OK) {
        fprintf(stderr, "server: %s\n", tmlrt_status_text(status));
        return 1;
    }
    printf("%d\n", trt_http_server_bound(server).port);
    fflush(stdout);
    status = trt_http_server_wait(server);
    trt_http_server_free(server);
    tmlrt_runtime_free(runtime);
    return status == TMLRT_OK ? 0 : 1;
}
