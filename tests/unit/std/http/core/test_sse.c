// SPDX-License-Identifier: Apache-2.0
// Events as bytes: the exact ones, and what a client's parser makes of them.
#include "std/http/core/sse.h"

#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/sse_parser.h"

typedef struct text {
    char data[512];
    size_t len;
} text;

static void sink(void* context, const char* data, size_t len) {
    text* t = context;
    memcpy(t->data + t->len, data, len);
    t->len += len;
    t->data[t->len] = '\0';
}

static const char* written(text* t, const trt_sse_event* event) {
    t->len = 0;
    EXPECT_EQ(trt_sse_write(event, sink, t), t->len);
    EXPECT_EQ(trt_sse_write(event, NULL, NULL), t->len);
    return t->data;
}

TEST(sse_write__each_field__one_line_and_a_blank_one_behind) {
    text t;
    trt_sse_event all = {TRT_SLICE("tick"), TRT_SLICE("7"), TRT_SLICE("now"), TRT_SLICE("x"), 250};
    EXPECT_STR(written(&t, &all), ": x\nevent: tick\nid: 7\nretry: 250\ndata: now\n\n");
    trt_sse_event zero = {.retry_ms = 0};
    EXPECT_STR(written(&t, &zero), "retry: 0\n\n");
    trt_sse_event id = {.id = TRT_SLICE(""), .retry_ms = TRT_SSE_NO_RETRY};
    EXPECT_STR(written(&t, &id), "id: \n\n");
    trt_sse_event beat = {.comment = TRT_SLICE(""), .retry_ms = TRT_SSE_NO_RETRY};
    EXPECT_STR(written(&t, &beat), ": \n\n");
}

TEST(sse_write__every_line_end__one_field_per_line) {
    static const struct {
        const char *data, *out, *seen;
    } rows[] = {
        {"", "data: \n\n", ""},
        {"a\nb", "data: a\ndata: b\n\n", "a\nb"},
        {"a\rb", "data: a\ndata: b\n\n", "a\nb"},
        {"a\r\nb", "data: a\ndata: b\n\n", "a\nb"},
        {"a\n\rb", "data: a\ndata: \ndata: b\n\n", "a\n\nb"},
        {"a\n", "data: a\ndata: \n\n", "a\n"},
        {"\r\n", "data: \ndata: \n\n", "\n"},
        {" a", "data:  a\n\n", " a"},
        {"id: 1\n\nevent: x", "data: id: 1\ndata: \ndata: event: x\n\n", "id: 1\n\nevent: x"},
    };
    static sse_parser parser;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        text t;
        trt_sse_event event = {.data = {rows[i].data, strlen(rows[i].data)},
                               .retry_ms = TRT_SSE_NO_RETRY};
        EXPECT_STR(written(&t, &event), rows[i].out);
        sse_parse(&parser, t.data, t.len);
        EXPECT_EQ(parser.num_events, 1);
        EXPECT_EQ(parser.events[0].data.len, strlen(rows[i].seen));
        EXPECT(memcmp(parser.events[0].data.at, rows[i].seen, strlen(rows[i].seen)) == 0);
        EXPECT(!parser.has_id && parser.events[0].type.len == 0);
    }
}

TEST(sse_check__line_ends_and_nul_in_a_name_or_an_id__refused) {
    static const tmlrt_slice bad[] = {TRT_SLICE("a\nb"), TRT_SLICE("\r"), TRT_SLICE("a\0b"),
                                      TRT_SLICE("a\r\nid: 5")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        trt_sse_event name = {.name = bad[i]}, id = {.id = bad[i]};
        trt_sse_event data = {.data = bad[i], .comment = bad[i]};
        EXPECT_EQ(trt_sse_check(&name), TMLRT_E_INVAL);
        EXPECT_EQ(trt_sse_check(&id), TMLRT_E_INVAL);
        EXPECT_EQ(trt_sse_check(&data), TMLRT_OK);
    }
}
