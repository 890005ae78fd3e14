// SPDX-License-Identifier: Apache-2.0
// What a handler promises, on the exchange's side: what is refused, kept, and in which order.
#include "std/http/core/response.h"
#include "std/http/server/lease.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <string.h>

typedef struct bench {
    trt_exchange exchange;
    trt_exchange_context cx;
    trt_arena arena;
    test_waker waker;
} bench;

static tmlrt_context* start(bench* b, uint8_t version) {
    *b = (bench){0};
    trt_arena_init(&b->arena, 1 << 20);
    b->exchange.request = (tmlrt_request){.arena = &b->arena, .version_major = version};
    b->cx =
        (trt_exchange_context){.base = *test_waker_context(&b->waker), .exchange = &b->exchange};
    b->cx.base.flags |= TMLRT_CX_EXCHANGE;
    return &b->cx.base;
}

static void stop(bench* b) {
    trt_exchange_release(&b->exchange);
    EXPECT(b->exchange.promises == NULL);
    trt_arena_fini(&b->arena);
}

TEST(request_push__what_cannot_be_promised__a_status_and_nothing_is_kept) {
    bench b;
    tmlrt_context* cx = start(&b, 2);
    EXPECT_EQ(tmlrt_request_push(cx, "POST", "/a", NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_request_push(cx, "get", "/a", NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "", NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "a", NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "http://a/b", NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "/a b", NULL), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "/a\r\n", NULL), TMLRT_E_INVAL);
    b.exchange.sent = TRT_SENT_ALL;
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "/a", NULL), TMLRT_E_CLOSED);
    b.exchange.sent = TRT_SENT_HEAD;
    b.exchange.request.version_major = 1;
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "/a", NULL), TMLRT_E_UNSUPPORTED);
    cx->flags = 0;
    EXPECT_EQ(tmlrt_request_push(cx, "GET", "/a", NULL), TMLRT_E_CLOSED);
    EXPECT(!b.exchange.wire && trt_exchange_next_promise(&b.exchange) == NULL);
    stop(&b);
}

TEST(request_push__several__in_order_with_their_own_copies_of_the_fields) {
    bench b;
    tmlrt_context* cx = start(&b, 2);
    char target[] = "/a?b=c", value[] = "text/css";
    tmlrt_response* fields = tmlrt_response_new(cx, 200);
    REQUIRE(fields != NULL);
    EXPECT_EQ(tmlrt_response_header(fields, "Accept", value), TMLRT_OK);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", target, fields), TMLRT_OK);
    EXPECT_EQ(tmlrt_response_set_header(fields, "Accept", "image/png"), TMLRT_OK);
    target[1] = 'z';
    EXPECT_EQ(tmlrt_request_push(cx, "HEAD", target, fields), TMLRT_OK);
    EXPECT(b.exchange.wire);
    const trt_promise* first = trt_exchange_next_promise(&b.exchange);
    const trt_promise* second = trt_exchange_next_promise(&b.exchange);
    REQUIRE(first != NULL && second != NULL);
    EXPECT_STR(first->method.data, "GET");
    EXPECT_STR(first->target.data, "/a?b=c");
    EXPECT_EQ(first->num_headers, 1);
    EXPECT_STR(first->headers[0].value.data, "text/css");
    EXPECT_STR(second->method.data, "HEAD");
    EXPECT_STR(second->target.data, "/z?b=c");
    EXPECT_STR(second->headers[0].value.data, "image/png");
    EXPECT(trt_exchange_next_promise(&b.exchange) == NULL);
    stop(&b);
}

TEST(request_push__without_memory__nomem_and_nothing_is_kept) {
    bench b;
    tmlrt_context* cx = start(&b, 2);
    static char target[3000] = "/";
    memset(target + 1, 'a', sizeof target - 2);
    test_allocator_fail_at(1);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", target, NULL), TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    EXPECT(trt_exchange_next_promise(&b.exchange) == NULL);
    EXPECT_EQ(tmlrt_request_push(cx, "GET", target, NULL), TMLRT_OK);
    stop(&b);
}
