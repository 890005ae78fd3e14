// SPDX-License-Identifier: Apache-2.0
// Answers of other shapes: Maybe, Outcome, text, nothing, a handler that waits, one that panics.
#include "std/http/core/response.h"
#include "tests/support/call_rig.h"
#include "tests/support/harness.h"

static const tmlrt_meta_type t_str = {.size = 8, .align = 8, .kind = TMLRT_TYPE_STR};
static const tmlrt_meta_type t_u64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64};

typedef union any_answer {
    struct {
        int32_t tag, pad;
        uint64_t payload;
    } sum;
    struct {
        int32_t tag, pad;
        struct {
            int32_t status, pad;
            const char* detail;
        } payload;
    } failure;
    const char* text;
    uint64_t number;
    void* pointer;
} any_answer;

static any_answer s_answer;
static int s_outputs_dropped, s_frames_dropped, s_pending;

static tmlrt_poll poll_any(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx;
    if (s_pending > 0) {
        s_pending--;
        return TMLRT_PENDING;
    }
    memcpy(out, &s_answer, sizeof s_answer);
    return TMLRT_READY;
}
static tmlrt_poll poll_panic(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)out;
    (void)tmlrt_arena_grow(cx->arena, 5000, 16); // a child frame that nobody pops
    tmlrt_panic("the handler went wrong");
}
static void drop_any(void* frame) {
    (void)frame;
    s_frames_dropped++;
}
static void drop_any_output(void* out) {
    (void)out;
    s_outputs_dropped++;
}

static const tmlrt_future_desc s_any = {.abi = TMLRT_ABI_MAJOR << 16,
                                        .poll = poll_any,
                                        .drop = drop_any,
                                        .drop_output = drop_any_output,
                                        .frame_size = 64,
                                        .frame_align = 16,
                                        .out_size = sizeof(any_answer),
                                        .out_align = 8,
                                        .name = "any",
                                        .num_states = 1};
static const tmlrt_future_desc s_panic = {.abi = TMLRT_ABI_MAJOR << 16,
                                          .poll = poll_panic,
                                          .drop = drop_any,
                                          .drop_output = drop_any_output,
                                          .frame_size = 64,
                                          .frame_align = 16,
                                          .out_size = sizeof(any_answer),
                                          .out_align = 8,
                                          .name = "panic",
                                          .num_states = 1};

static void rig_any(call_rig* r, const tmlrt_meta_type* ret, const tmlrt_future_desc* thunk) {
    meta_program_init(&r->program);
    r->program.routes[META_GET].thunk = thunk;
    r->program.routes[META_GET].ret = ret;
    call_rig_start(r);
    s_outputs_dropped = s_frames_dropped = s_pending = 0;
    memset(&s_answer, 0, sizeof s_answer);
}

TEST(call__maybe__nothing_is_404) {
    static const tmlrt_meta_type maybe = {&t_u64, 16, 8, TMLRT_TYPE_MAYBE, 8};
    static call_rig r;
    rig_any(&r, &maybe, &s_any);
    s_answer.sum.payload = 5;
    EXPECT_STR(call_rig_get(&r, "/api/users/1"), "200|5");
    s_answer.sum.tag = 1;
    EXPECT(strncmp(call_rig_get(&r, "/api/users/1"), "404|", 4) == 0);
    EXPECT_EQ(s_outputs_dropped, 2);
    EXPECT_EQ(s_frames_dropped, 0);
    call_rig_stop(&r);
}

TEST(call__outcome__err_by_its_type) {
    static const tmlrt_meta_type t_i32 = {.size = 4, .align = 4, .kind = TMLRT_TYPE_I32};
    static const tmlrt_meta_slot fields[] = {
        {.name = "status", .key = "status", .type = &t_i32, .offset = 0},
        {.name = "detail", .key = "detail", .type = &t_str, .offset = 8},
    };
    static const tmlrt_meta_schema schema = {
        .name = "AppError", .fields = META_TABLE(fields), .size = 16, .align = 8};
    static const tmlrt_meta_type both[2] = {
        {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64},
        {&schema, 16, 8, TMLRT_TYPE_STRUCT, 0},
    };
    static const tmlrt_meta_type outcome = {both, 24, 8, TMLRT_TYPE_OUTCOME, 8};
    static call_rig r;
    rig_any(&r, &outcome, &s_any);
    s_answer.sum.payload = 9;
    EXPECT_STR(call_rig_get(&r, "/api/users/1"), "200|9");
    s_answer.failure.tag = 1;
    s_answer.failure.payload.status = 409;
    s_answer.failure.payload.detail = "taken";
    EXPECT_STR(call_rig_get(&r, "/api/users/1"),
               "409|{\"type\":\"urn:problem-type:app-error\",\"title\":"
               "\"App error\",\"status\":409,\"detail\":\"taken\"}");
    s_answer.failure.payload.status = 503; // texts of a 5xx stay inside
    EXPECT(strstr(call_rig_get(&r, "/api/users/1"), "taken") == NULL);
    s_answer.failure.payload.status = 200;
    EXPECT(strncmp(call_rig_get(&r, "/api/users/1"), "500|", 4) == 0);
    call_rig_stop(&r);
}

TEST(call__text_unit_and_response__their_forms) {
    static const tmlrt_meta_type unit = {.align = 1, .kind = TMLRT_TYPE_UNIT};
    static const tmlrt_meta_type response = {.size = 8, .align = 8, .kind = TMLRT_TYPE_RESPONSE};
    static call_rig r;
    rig_any(&r, &t_str, &s_any);
    s_answer.text = "plain <text>";
    EXPECT_STR(call_rig_get(&r, "/api/users/1"), "200|plain <text>");
    s_answer.text = NULL;
    EXPECT_STR(call_rig_get(&r, "/api/users/1"), "200|");
    call_rig_stop(&r);
    rig_any(&r, &unit, &s_any);
    EXPECT_STR(call_rig_get(&r, "/api/users/1"), "204|");
    call_rig_stop(&r);
    rig_any(&r, &response, &s_any);
    EXPECT_STR(call_rig_get(&r, "/api/users/1"), "none"); // NULL: the server's 500
    call_rig_request(&r, "GET", "/api/users/1");
    s_answer.pointer = trt_response_new(&r.arena, 418);
    EXPECT_STR(call_rig_run(&r), "418|");
    call_rig_stop(&r);
}

TEST(call__pending__polled_on_and_dropped_once) {
    static call_rig r;
    rig_any(&r, &t_u64, &s_any);
    s_answer.number = 3;
    s_pending = 2;
    call_rig_request(&r, "GET", "/api/users/1");
    EXPECT_EQ(r.service.start(r.service.self, &r.exchange, &r.cx.base), TMLRT_PENDING);
    EXPECT_EQ(r.service.poll(r.service.self, &r.exchange, &r.cx.base), TMLRT_PENDING);
    EXPECT_EQ(r.service.poll(r.service.self, &r.exchange, &r.cx.base), TMLRT_READY);
    EXPECT_STR(call_rig_finish(&r), "200|3");
    r.service.drop(r.service.self, &r.exchange);
    EXPECT_EQ(s_outputs_dropped, 1);
    s_pending = 1;
    call_rig_request(&r, "GET", "/api/users/1");
    EXPECT_EQ(r.service.start(r.service.self, &r.exchange, &r.cx.base), TMLRT_PENDING);
    r.service.drop(r.service.self, &r.exchange); // the client went away
    r.service.drop(r.service.self, &r.exchange);
    EXPECT_EQ(s_frames_dropped, 1);
    EXPECT_EQ(s_outputs_dropped, 1);
    call_rig_stop(&r);
}

TEST(call__panic__500_and_the_next_request_works) {
    static call_rig r;
    rig_any(&r, &t_u64, &s_panic);
    for (int i = 0; i < 3; i++) {
        EXPECT(strncmp(call_rig_get(&r, "/api/users/1"), "500|", 4) == 0);
        EXPECT_EQ(r.exchange.num_panics, 1);
        const tmlrt_meta_route* route = &r.program.routes[META_GET];
        EXPECT(trt_atomic_load(&r.doing, TRT_RELAXED) == route);
        EXPECT(r.service.record_of(r.service.self, &r.exchange.request) == route);
        EXPECT(r.frames.slabs == NULL || r.frames.cur == r.frames.base); // child frames are gone
    }
    EXPECT_EQ(s_frames_dropped, 0); // a poisoned frame is not touched
    EXPECT_EQ(s_outputs_dropped, 0);
    EXPECT_STR(
        call_rig_send(&r, "POST", "/api/users", "application/json", "{\"name\":\"\",\"age\":1}"),
        "201|{\"name\":\"\",\"age\":1}");
    call_rig_stop(&r);
}
