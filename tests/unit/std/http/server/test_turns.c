// SPDX-License-Identifier: Apache-2.0
// How much a connection does in one poll: others run between the pieces of a body, however small
// its chunks are.
#include "tests/support/body_reader.h"
#include "tests/support/harness.h"
#include "tests/support/memory_server.h"

#include <stdio.h>

enum { NUM_CHUNKS = 2500, MOST_PER_POLL = 150 };

typedef struct scene {
    memory_server ms;
    bool streams; ///< the handler reads its body in pieces
    bool asked, served;
    uint32_t turns; ///< of another task, from the request to the end of its body
    char request[NUM_CHUNKS * 6 + 200], piece[64];
    test_body_reader reader;
    uint64_t got;
} scene;

static scene s_scene;

static tmlrt_poll read_on(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    for (;;) {
        tmlrt_body_moved moved;
        if (test_body_read(&s->reader, &exchange->request, cx, s->piece, sizeof s->piece, &moved) ==
            TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        s->got += moved.len;
        if (moved.status != TMLRT_OK || moved.len == 0) {
            s->served = true;
            return TMLRT_READY;
        }
    }
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}

static bool streams_body(void* self, tmlrt_request* request) {
    (void)request;
    return ((scene*)self)->streams;
}

static void ask(scene* s, tmlrt_context* cx) {
    size_t len = (size_t)sprintf(s->request, "POST / HTTP/1.1\r\nHost: a.test\r\n"
                                             "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < NUM_CHUNKS; i++) {
        len += (size_t)sprintf(s->request + len, "1\r\nx\r\n");
    }
    len += (size_t)sprintf(s->request + len, "0\r\n\r\n");
    EXPECT_EQ(memory_server_send(&s->ms, cx, s->request, len), len);
}

// Asks, and is always ready to run.
static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    *out = 0;
    if (!s->asked) {
        s->asked = true;
        memory_server_connect(&s->ms, false);
        ask(s, cx);
    }
    s->turns++;
    if (s->served || s->turns == 1000000) {
        return TMLRT_READY;
    }
    cx->waker->vtable->wake_by_ref(cx->waker->data);
    return TMLRT_PENDING;
}

void test_before_all(void) {
    tls_rig_warm_up();
}

TEST(conn_turns__body_of_one_byte_chunks__others_run_in_between) {
    memory_server_begin();
    for (int streams = 0; streams < 2; streams++) {
        scene* s = &s_scene;
        memset(s, 0, sizeof *s);
        s->streams = streams == 1;
        const trt_service service = {.self = s,
                                     .start = read_on,
                                     .poll = read_on,
                                     .drop = drop,
                                     .streams_body = streams_body};
        REQUIRE(memory_server_start(&s->ms, NULL, &service));
        memory_server_run(&s->ms, step_client, s);
        EXPECT(s->served);
        EXPECT_EQ(s->got, NUM_CHUNKS);
        EXPECT(s->turns > NUM_CHUNKS / MOST_PER_POLL);
        memory_server_stop(&s->ms);
    }
    memory_server_end();
}
