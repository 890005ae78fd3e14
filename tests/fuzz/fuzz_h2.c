// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the HTTP/2 codec. Any bytes behind a preface, cut in any way, end in requests,
// resets or a GOAWAY; every stream that was opened is closed once, nothing leaks, memory stays
// bounded, and the heads that it sends can be read. First byte: how the server behaves; second:
// size of the pieces; the rest: frames.
#include "rt/base/assert.h"
#include "tests/support/h2_peer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static h2_rig s_rig;
static trt_security s_security;

// Every handler that goes on promises something.
static void push_all(void) {
    static const trt_header field = {{"Accept", 6}, {"*/*", 3}};
    static const trt_promise promise = {
        .method = {"GET", 3}, .target = {"/p", 2}, .headers = &field, .num_headers = 1};
    for (int i = 0; i < H2_STREAMS; i++) {
        h2_exchange* exchange = s_rig.exchanges[i];
        if (exchange != NULL && exchange->stream != NULL) {
            (void)!trt_h2_stream_push(exchange->stream, &promise); // as the peer has it
        }
    }
    h2_rig_take(&s_rig);
}

// What the handlers say, once whole and once in pieces: without answers as many requests.
static void run(uint8_t how, const char* input, size_t size, size_t step) {
    s_rig = (h2_rig){.answer = how & 1,
                     .early = how & 2,
                     .stream_body = how & 4,
                     .keep = how & 8,
                     .hold_body = how & 16,
                     .wait = how & 32,
                     .stream_len = 30000,
                     .most_granted = 300000};
    s_rig.options.connect_protocol = how & 64;
    s_rig.options.pushes = how & 8 ? 3 : 0;
    s_rig.options.security = how & 2 ? &s_security : NULL;
    s_rig.hints = how & 32;
    h2_rig_start(&s_rig);
    TRT_CHECK(s_rig.status == TMLRT_OK);
    if ((how & 128) == 0) {
        h2_rig_feed(&s_rig, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33, 33);
    }
    h2_rig_feed(&s_rig, input, size / 2, step);
    push_all();
    h2_rig_feed(&s_rig, input + size / 2, size - size / 2, step);
    TRT_CHECK(s_rig.status == TMLRT_OK);
    TRT_CHECK(trt_h2_conn_memory(s_rig.conn) < 1 << 20);
    TRT_CHECK(trt_h2_conn_running(s_rig.conn) <= 100);
    TRT_CHECK(h2_heads_readable(&s_rig));
    h2_rig_stop(&s_rig);
    TRT_CHECK(s_rig.num_closed == s_rig.num_opened && s_rig.granted == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 3 || size > 100000) {
        return 0;
    }
    const char* input = (const char*)data + 2;
    trt_security_init(&s_security, (tmlrt_slice){NULL, 0});
    run(data[0], input, size - 2, size - 2);
    uint32_t heads = s_rig.num_heads;
    run(data[0], input, size - 2, data[1] + 1u);
    TRT_CHECK((data[0] & 7) != 0 || heads == s_rig.num_heads);
    return 0;
}
