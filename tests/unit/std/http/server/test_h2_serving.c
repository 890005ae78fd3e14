// SPDX-License-Identifier: Apache-2.0
// What a connection of HTTP/2 says of the handlers that wait, for dumps: in whatever order they
// began to wait and ended, one of them and how many others. On a virtual clock, over a connection
// in memory.
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/memory_server.h"

enum { ACTS = 5 };

typedef struct scene {
    memory_server ms;
    trt_service service;
    int act;
    const tmlrt_meta_route* said[ACTS]; ///< before each act
    uint32_t more[ACTS];
    char bytes[H2_BYTES];
} scene;

static scene s_scene;
static const tmlrt_meta_route s_put, s_get;

static tmlrt_poll wait(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    (void)self, (void)exchange, (void)cx;
    return TMLRT_PENDING; // until its stream is reset
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}

static const tmlrt_meta_route* record_of(void* self, const tmlrt_request* request) {
    (void)self;
    return request->path.data[1] == 'p' ? &s_put : &s_get;
}

static void put_request(h2_bytes* out, uint32_t stream, uint8_t flags, const char* path) {
    static char data[256];
    h2_bytes block = {.data = data};
    h2_raw(&block, "\x82\x87", 2); // GET, https
    h2_literal(&block, ":path", path);
    h2_literal(&block, ":authority", "a.test");
    h2_headers(out, stream, flags, &block);
}

static void put_reset(h2_bytes* out, uint32_t stream) {
    char code[4];
    h2_u32(code, TRT_H2_CANCEL);
    h2_frame(out, sizeof code, H2_RST, 0, stream, code);
}

static void look(scene* s) {
    const trt_list* conns = &s->ms.server->shards[0].conns;
    const trt_http_link* link = TRT_CONTAINER_OF(conns->head.next, trt_http_link, node);
    trt_http2_conn* conn = TRT_CONTAINER_OF(link, trt_http2_conn, link);
    if (s->act != 0) {
        s->said[s->act] = trt_atomic_load(&conn->serving.oldest, TRT_RELAXED);
        s->more[s->act] = trt_atomic_load(&conn->serving.num_more, TRT_RELAXED);
    }
}

// The body of the first request comes when the second one waits already.
static void put_act(const scene* s, h2_bytes* out) {
    switch (s->act) {
    case 0:
        h2_start(out);
        put_request(out, 1, 0, "/put");
        put_request(out, 3, H2_END_STREAM, "/get");
        break;
    case 1:
        h2_frame(out, 1, H2_DATA, H2_END_STREAM, 1, "x");
        break;
    case 2:
        put_reset(out, 3);
        break;
    case 3:
        put_reset(out, 1);
        break;
    default:
        break;
    }
}

static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    *out = 0;
    while (memory_server_slept(self, cx)) {
        h2_bytes bytes = {.data = s->bytes};
        if (s->act == 0) {
            memory_server_connect(&s->ms, true);
        }
        look(s);
        put_act(s, &bytes);
        if (++s->act == ACTS) {
            return TMLRT_READY;
        }
        EXPECT_EQ(memory_server_send(&s->ms, cx, bytes.data, bytes.len), bytes.len);
        memory_server_sleep(self, 10 * TRT_MS);
    }
    return TMLRT_PENDING;
}

void test_before_all(void) {
    tls_rig_warm_up();
}

TEST(h2_serving__who_waited_first_ends_first__the_other_is_named) {
    scene* s = &s_scene;
    memory_server_begin();
    s->service =
        (trt_service){.self = s, .start = wait, .poll = wait, .drop = drop, .record_of = record_of};
    REQUIRE(memory_server_start(&s->ms, NULL, &s->service));
    memory_server_run(&s->ms, step_client, s);
    EXPECT(s->said[1] == &s_get && s->more[1] == 0);
    EXPECT(s->said[2] == &s_get && s->more[2] == 1);
    EXPECT(s->said[3] == &s_put && s->more[3] == 0);
    EXPECT(s->said[4] == NULL);
    memory_server_stop(&s->ms);
    memory_server_end();
}
