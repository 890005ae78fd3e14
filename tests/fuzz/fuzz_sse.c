// SPDX-License-Identifier: Apache-2.0
// Fuzz target: an event of any texts, between two that are known. A client's parser finds the three
// as they were, whatever line ends the data and the comment have; a name or an id with one is
// refused and nothing is written.
// Input: flags, then name, id, comment and data, each with its length in one byte, data the rest.
#include "std/http/core/sse.h"
#include "tests/support/sse_parser.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static char s_out[SSE_TEXT_CAP];
static size_t s_len;
static sse_parser s_parser;

static void require(bool condition, const char* what) {
    if (!condition) {
        fprintf(stderr, "fuzz_sse: %s\n", what);
        abort();
    }
}

static void sink(void* context, const char* data, size_t len) {
    (void)context;
    require(len <= sizeof s_out - s_len, "fits");
    memcpy(s_out + s_len, data, len);
    s_len += len;
}

static bool same(sse_text a, const char* text, size_t len) {
    return a.len == len && (len == 0 || memcmp(a.at, text, len) == 0);
}

/// What a client is to see of data: every line end as LF.
static size_t with_line_feeds(char* out, tmlrt_slice text) {
    size_t len = 0;
    for (uint64_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n' && i > 0 && text.data[i - 1] == '\r') {
            continue;
        }
        out[len++] = text.data[i] == '\r' ? '\n' : text.data[i];
    }
    return len;
}

static tmlrt_slice take(const uint8_t** at, size_t* left, bool there) {
    size_t len = *left != 0 ? **at : 0;
    *at += *left != 0;
    *left -= *left != 0;
    len = len < *left ? len : *left;
    tmlrt_slice text = {there ? (const char*)*at : NULL, there ? len : 0};
    *at += len;
    *left -= len;
    return text;
}

static bool has_line_end(tmlrt_slice text) {
    for (uint64_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] == '\0') {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t len) {
    static char wanted[SSE_TEXT_CAP];
    if (len == 0 || len > 20000) {
        return 0;
    }
    uint8_t flags = *data++;
    size_t left = len - 1;
    trt_sse_event event = {.name = take(&data, &left, flags & 1),
                           .id = take(&data, &left, flags & 2),
                           .comment = take(&data, &left, flags & 4),
                           .retry_ms = flags & 16 ? (uint64_t)left * 1000 : TRT_SSE_NO_RETRY};
    event.data = (tmlrt_slice){flags & 8 ? (const char*)data : NULL, flags & 8 ? left : 0};
    bool refused = trt_sse_check(&event) != TMLRT_OK;
    require(refused == (has_line_end(event.name) || has_line_end(event.id)), "what is refused");
    if (refused) {
        return 0;
    }
    trt_sse_event known = {.data = {"known", 5}, .retry_ms = TRT_SSE_NO_RETRY};
    s_len = 0;
    trt_sse_write(&known, sink, NULL);
    size_t before = s_len;
    uint64_t told = trt_sse_write(&event, sink, NULL);
    require(told == s_len - before && told == trt_sse_write(&event, NULL, NULL), "its length");
    trt_sse_write(&known, sink, NULL);
    sse_parse(&s_parser, s_out, s_len);
    bool dispatched = event.data.data != NULL;
    require(s_parser.num_events == 2u + dispatched, "as many events");
    require(same(s_parser.events[0].data, "known", 5), "the first");
    require(same(s_parser.events[1u + dispatched].data, "known", 5), "the last");
    require(s_parser.events[1u + dispatched].type.len == 0, "the last one's name");
    require(s_parser.retry == (flags & 16 ? (long long)event.retry_ms : -1), "the retry time");
    require(s_parser.has_id == (event.id.data != NULL) &&
                same(s_parser.id, event.id.data, event.id.len),
            "the id");
    if (dispatched) {
        require(same(s_parser.events[1].data, wanted, with_line_feeds(wanted, event.data)), "data");
        require(same(s_parser.events[1].type, event.name.data, event.name.len), "name");
    }
    return 0;
}
