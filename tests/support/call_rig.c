// SPDX-License-Identifier: Apache-2.0
#include "tests/support/call_rig.h"

#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "tests/support/harness.h"

#include <stdio.h>

void call_rig_start(call_rig* r) {
    trt_diags diags = {0};
    trt_text text = {0};
    tmlrt_status status = trt_app_init(&r->app, &r->program.image, &diags);
    if (status == TMLRT_OK) {
        status = trt_app_start(&r->app, &diags);
    }
    if (status != TMLRT_OK) {
        trt_diags_format(&diags, &text);
        test_fail(__FILE__, __LINE__, "%s", text.data);
    }
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_arena_init(&r->arena, 1 << 20);
    trt_call_service(&r->service, &r->app.handlers);
}

void call_rig_stop(call_rig* r) {
    trt_app_fini(&r->app);
    trt_arena_fini(&r->arena);
    tmlrt_arena_fini(&r->frames);
}

void call_rig_request(call_rig* r, const char* method, const char* raw) {
    static char target[8192]; // a codec puts a NUL behind the path and the query
    strcpy(target, raw);
    char* query = strchr(target, '?');
    size_t path_len = query != NULL ? (size_t)(query - target) : strlen(target);
    target[path_len] = '\0';
    trt_arena_reset(&r->arena);
    r->exchange = (trt_exchange){0};
    tmlrt_request* request = &r->exchange.request;
    request->arena = &r->arena;
    request->method = (uint8_t)trt_method_lookup(method, strlen(method));
    request->method_text = (tmlrt_slice){method, strlen(method)};
    request->path = (tmlrt_slice){target, path_len};
    request->query =
        query != NULL ? (tmlrt_slice){query + 1, strlen(query + 1)} : (tmlrt_slice){"", 0};
    request->authority = (tmlrt_slice){"example.com", 11};
    request->peer_ip = (tmlrt_slice){"127.0.0.1", 9};
    r->cx = (trt_exchange_context){
        {&r->frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE},
        &r->exchange,
        &r->doing};
}

const char* call_rig_finish(call_rig* r) {
    const tmlrt_response* response = r->exchange.response;
    size_t len = 0;
    if (response == NULL) {
        snprintf(r->text, sizeof r->text, "none");
    } else {
        len = (size_t)snprintf(r->text, sizeof r->text, "%d|", response->status);
        for (uint32_t i = 0; i < response->num_headers; i++) {
            const trt_header* h = &response->headers[i];
            if (h->name.len == 12) { // Content-Type is checked by the tests of answers
                continue;
            }
            len +=
                (size_t)snprintf(r->text + len, sizeof r->text - len, "%.*s: %.*s|",
                                 (int)h->name.len, h->name.data, (int)h->value.len, h->value.data);
        }
        snprintf(r->text + len, sizeof r->text - len, "%.*s", (int)response->body.len,
                 response->body.data);
    }
    r->service.drop(r->service.self, &r->exchange);
    return r->text;
}

const char* call_rig_run(call_rig* r) {
    tmlrt_poll poll = r->service.start(r->service.self, &r->exchange, &r->cx.base);
    EXPECT_EQ(poll, TMLRT_READY);
    return call_rig_finish(r);
}

const char* call_rig_get(call_rig* r, const char* target) {
    call_rig_request(r, "GET", target);
    return call_rig_run(r);
}

const char* call_rig_send(call_rig* r, const char* method, const char* target, const char* type,
                          const char* body) {
    static trt_header header;
    call_rig_request(r, method, target);
    header = (trt_header){{"content-type", 12}, {type, strlen(type)}};
    r->exchange.request.headers = &header;
    r->exchange.request.num_headers = type[0] != '\0';
    r->exchange.request.body = (tmlrt_slice){body, strlen(body)};
    return call_rig_run(r);
}
