// SPDX-License-Identifier: Apache-2.0
#include "tests/support/di_rig.h"

#include "tests/support/harness.h"

void di_rig_start(di_rig* r) {
    trt_diags diags = {0};
    trt_text text = {0};
    tmlrt_status status = trt_app_init(&r->app, &r->program.image, &diags);
    if (status == TMLRT_OK) {
        status = trt_app_start(&r->app, &diags);
    }
    if (status != TMLRT_OK) {
        trt_diags_format(&diags, &text);
        test_fail(__FILE__, __LINE__, "%s", text.data != NULL ? text.data : "no memory");
    }
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_arena_init(&r->arena, 1 << 20);
    trt_call_service(&r->service, &r->app.handlers);
    di_log[0] = '\0';
}

void di_rig_stop(di_rig* r) {
    trt_app_fini(&r->app);
    trt_arena_fini(&r->arena);
    tmlrt_arena_fini(&r->frames);
    di_program_fini(&r->program);
}

tmlrt_poll di_rig_begin(di_rig* r, const char* path) {
    trt_arena_reset(&r->arena);
    r->exchange = (trt_exchange){0};
    tmlrt_request* request = &r->exchange.request;
    request->arena = &r->arena;
    request->method = TRT_METHOD_GET;
    request->method_text = (tmlrt_slice){"GET", 3};
    request->path = (tmlrt_slice){path, strlen(path)};
    request->query = (tmlrt_slice){"", 0};
    r->cx = (trt_exchange_context){
        {&r->frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE},
        &r->exchange,
        &r->doing};
    return r->service.start(r->service.self, &r->exchange, &r->cx.base);
}

tmlrt_poll di_rig_again(di_rig* r) {
    return r->service.poll(r->service.self, &r->exchange, &r->cx.base);
}

void di_rig_end(di_rig* r) {
    r->service.drop(r->service.self, &r->exchange);
}

int di_rig_status(const di_rig* r) {
    return r->exchange.response != NULL ? r->exchange.response->status : 0;
}
