// SPDX-License-Identifier: Apache-2.0
// Answers of every length under windows that open, and shrink, in any order, to a peer that reads
// when it likes and resets what it likes: each byte arrives once and in its place, whatever was set
// aside in between. On a virtual clock, over a connection in memory.
#include "std/http/core/response.h"
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/load.h"
#include "tests/support/memory_server.h"

#include <stdio.h>
#include <stdlib.h>

enum { NUM = 150, FRAME_HEAD = 9, HEARD_CAP = 4 << 20, SETTINGS_WINDOW = 4, SEEDS = 24 };
enum { STEPS_MAX = 20000, OPEN_MAX = 60 };

/// A request, as the peer sees it.
typedef struct asked {
    size_t size, got;
    bool begun, ended, was_reset;
} asked;

typedef struct scene {
    memory_server ms;
    trt_service service;
    uint64_t seed, fail;
    uint32_t served, dropped, num_begun, num_open, num_set_aside;
    int steps;
    bool leaves; ///< in the middle
    bool begun, at_end, opens_all;
    size_t heard_len, looked_at, unsent, unsent_at;
    asked asked[NUM];
    char bytes[H2_BYTES];
    uint8_t heard[HEARD_CAP];
} scene;

static scene s_scene;

static uint64_t below(scene* s, uint64_t end) {
    return test_random_below(&s->seed, end);
}

static char byte_of(size_t request, size_t at) {
    return (char)(request * 31 + at * 7 + at / 251);
}

// ---- the service: /N-SIZE -----------------------------------------------------------------------

static tmlrt_poll finish(trt_exchange* exchange, tmlrt_context* cx) {
    char* rest;
    size_t request = strtoul(exchange->request.path.data + 1, &rest, 10);
    size_t size = strtoul(rest + 1, NULL, 10);
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    char* body = response != NULL ? trt_arena_alloc(response->arena, size + 1, 1) : NULL;
    for (size_t i = 0; body != NULL && i < size; i++) {
        body[i] = byte_of(request, i);
    }
    if (body != NULL) {
        response->body = (tmlrt_slice){body, size};
        exchange->response = response;
    }
    return TMLRT_READY;
}

static tmlrt_poll start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    s->served++;
    if (below(s, 4) == 0) { // one turn later
        cx->waker->vtable->wake_by_ref(cx->waker->data);
        return TMLRT_PENDING;
    }
    return finish(exchange, cx);
}

static tmlrt_poll poll_on(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    (void)self;
    return finish(exchange, cx);
}

static void drop(void* self, trt_exchange* exchange) {
    (void)exchange;
    ((scene*)self)->dropped++;
}

// ---- what the peer says -------------------------------------------------------------------------

static void put_request(scene* s, h2_bytes* out) {
    static const size_t sizes[] = {0, 1, 79, 1000, 8191, 8192, 8193, 20000, 60000};
    static char data[1 << 16];
    h2_bytes block = {.data = data};
    char path[64];
    uint32_t i = s->num_begun++;
    s->asked[i].size = below(s, 2) == 0 ? sizes[below(s, TRT_ARRAY_LEN(sizes))] : below(s, 3000);
    s->asked[i].begun = true;
    s->num_open++;
    snprintf(path, sizeof path, "/%u-%zu", i, s->asked[i].size);
    h2_raw(&block, "\x82\x87", 2); // GET, https
    h2_literal(&block, ":path", path);
    h2_literal(&block, ":authority", "a.test");
    h2_headers(out, 2 * i + 1, H2_END_STREAM, &block);
}

static void put_window(h2_bytes* out, uint32_t stream, uint32_t more) {
    char bytes[4];
    h2_u32(bytes, more);
    h2_frame(out, sizeof bytes, H2_WINDOW, 0, stream, bytes);
}

static void put_settings(h2_bytes* out, uint32_t window) {
    char entry[6] = {0, SETTINGS_WINDOW};
    h2_u32(entry + 2, window);
    h2_frame(out, sizeof entry, H2_SETTINGS, 0, 0, entry);
}

static void put_reset(scene* s, h2_bytes* out, uint32_t i) {
    char code[4];
    h2_u32(code, TRT_H2_CANCEL);
    h2_frame(out, sizeof code, H2_RST, 0, 2 * i + 1, code);
    s->asked[i].was_reset = true;
    s->num_open--;
}

// One of those that are open; NUM: none was found.
static uint32_t any_open(scene* s) {
    uint32_t from = s->num_begun == 0 ? 0 : (uint32_t)below(s, s->num_begun);
    for (uint32_t n = 0; n < s->num_begun; n++) {
        uint32_t i = (from + n) % s->num_begun;
        if (!s->asked[i].ended && !s->asked[i].was_reset) {
            return i;
        }
    }
    return NUM;
}

static void put_something(scene* s, h2_bytes* out) {
    uint32_t i = any_open(s);
    uint64_t what = below(s, 12);
    if (what < 4 && s->num_begun < NUM && s->num_open < OPEN_MAX) {
        put_request(s, out);
    } else if (what == 4) {
        put_settings(out, (uint32_t)below(s, below(s, 2) == 0 ? 200 : 9000));
    } else if (what == 5) {
        put_window(out, 0, 1 + (uint32_t)below(s, 30000));
    } else if (what == 6 && i != NUM && below(s, 8) == 0) {
        put_reset(s, out, i);
    } else if (what == 7) {
        h2_frame(out, 8, H2_PING, 0, 0, "pingping");
    } else if (i != NUM) {
        put_window(out, 2 * i + 1, 1 + (uint32_t)below(s, below(s, 2) == 0 ? 40 : 9000));
    }
}

// All that is left may come.
static void put_all_windows(scene* s, h2_bytes* out) {
    s->opens_all = true;
    put_settings(out, 1 << 20);
    put_window(out, 0, 1 << 30);
}

// ---- what it hears ------------------------------------------------------------------------------

static uint32_t u32_at(const uint8_t* at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void take_frame(scene* s, const uint8_t* head, uint32_t len) {
    uint32_t stream = u32_at(head + 5), i = stream / 2;
    asked* of = i < NUM && stream != 0 ? &s->asked[i] : NULL;
    if (of != NULL && (head[3] == H2_DATA || head[3] == H2_HEADERS)) {
        EXPECT(!of->ended);
        for (uint32_t at = 0; head[3] == H2_DATA && at < len; at++, of->got++) {
            if ((char)head[FRAME_HEAD + at] != byte_of(i, of->got) && s->fail == 0) {
                test_fail(__FILE__, __LINE__, "byte %zu of answer %u: %.*s", of->got, i,
                          (int)(len < 60 ? len : 60), (const char*)head + FRAME_HEAD);
                break;
            }
        }
        if ((head[4] & H2_END_STREAM) != 0) {
            of->ended = true;
            s->num_open -= !of->was_reset;
            EXPECT(of->got == of->size || s->fail != 0);
        }
    } else if (of != NULL && head[3] == H2_RST) {
        EXPECT(of->was_reset || s->fail != 0);
        of->ended = true;
        s->num_open -= !of->was_reset;
    }
}

static void hear(scene* s, tmlrt_context* cx) {
    size_t left = below(s, 3) == 0 ? HEARD_CAP : below(s, 20000), room = HEARD_CAP - s->heard_len;
    s->heard_len += memory_server_read(&s->ms, cx, s->heard + s->heard_len,
                                       room < left ? room : left, &s->at_end);
    for (;;) {
        const uint8_t* head = s->heard + s->looked_at;
        size_t have = s->heard_len - s->looked_at;
        uint32_t len =
            have >= FRAME_HEAD ? (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2] : 0;
        if (have < FRAME_HEAD + len) {
            return;
        }
        take_frame(s, head, len);
        s->looked_at += FRAME_HEAD + len;
    }
}

// What was begun to be sent is sent first.
static bool send_rest(scene* s, tmlrt_context* cx) {
    if (!s->at_end) {
        s->unsent_at +=
            memory_server_send(&s->ms, cx, s->bytes + s->unsent_at, s->unsent - s->unsent_at);
    }
    return s->at_end || s->unsent_at == s->unsent;
}

static void look(scene* s) {
    const trt_list* conns = &s->ms.server->shards[0].conns;
    if (trt_list_empty(conns)) {
        EXPECT_EQ(trt_atomic_load(&s->ms.server->budget.held, TRT_RELAXED), 0);
        EXPECT_EQ(trt_http_num_running(&s->ms.server->shards[0]), 0);
        EXPECT_EQ(s->served, s->dropped);
        return;
    }
    const trt_http_link* link = TRT_CONTAINER_OF(conns->head.next, trt_http_link, node);
    const trt_http2_conn* conn = TRT_CONTAINER_OF(link, trt_http2_conn, link);
    uint32_t num = 0;
    for (const trt_list_node* node = conn->waiting.head.next;
         node != NULL && node != &conn->waiting.head; node = node->next) {
        num++;
    }
    s->num_set_aside += num;
    if (conn->h2 != NULL && conn->exchanges.head.next != NULL) {
        uint32_t all = num;
        for (const trt_list_node* node = conn->exchanges.head.next; node != &conn->exchanges.head;
             node = node->next) {
            all++;
        }
        EXPECT_EQ(conn->num_exchanges, all);
        EXPECT_EQ(trt_h2_conn_running(conn->h2), all);
    }
}

static bool is_done(const scene* s) {
    return s->num_begun == NUM && s->num_open == 0;
}

static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    *out = 0;
    while (memory_server_slept(self, cx)) {
        h2_bytes bytes = {.data = s->bytes};
        if (!s->begun) {
            s->begun = true;
            memory_server_connect(&s->ms, true);
            test_allocator_fail_at(s->fail);
            h2_raw(&bytes, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
            put_settings(&bytes, (uint32_t)below(s, 2000));
            s->unsent = bytes.len;
        }
        look(s);
        if (send_rest(s, cx)) {
            bytes.len = 0;
            for (uint64_t n = below(s, 6); n != 0 && !s->opens_all; n--) {
                put_something(s, &bytes);
            }
            if (s->num_begun == NUM && !s->opens_all && below(s, 40) == 0) {
                put_all_windows(s, &bytes);
            }
            s->unsent_at = 0;
            s->unsent = bytes.len;
            (void)send_rest(s, cx);
        }
        if (below(s, 4) != 0) {
            hear(s, cx);
        }
        bool leaves = s->leaves && s->num_begun > NUM / 2 && below(s, 50) == 0;
        if (s->at_end || leaves || s->steps++ > STEPS_MAX || is_done(s)) {
            test_allocator_fail_at(0);
            return TMLRT_READY;
        }
        if (below(s, 3) != 0) {
            tmlrt_coop_yield(cx);
            return TMLRT_PENDING;
        }
        memory_server_sleep(self, 100000);
    }
    return TMLRT_PENDING;
}

static scene* run(uint64_t seed, bool leaves, uint64_t fail) {
    scene* s = &s_scene;
    memset(s, 0, offsetof(scene, bytes));
    s->seed = seed * 0x9e3779b97f4a7c15u + 1;
    s->leaves = leaves;
    s->fail = fail;
    s->service = (trt_service){.self = s, .start = start, .poll = poll_on, .drop = drop};
    if (memory_server_start(&s->ms, NULL, &s->service)) {
        memory_server_run(&s->ms, step_client, s);
    }
    return s;
}

static void stop(scene* s) {
    memory_server_stop(&s->ms);
    EXPECT_EQ(s->served, s->dropped);
}

void test_before_all(void) {
    tls_rig_warm_up();
}

// ---- the cases ----------------------------------------------------------------------------------

TEST(h2_waiting_anywhere__windows_in_any_order__every_byte_once) {
    uint32_t num_set_aside = 0;
    memory_server_begin();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        scene* s = run(seed, false, 0);
        if (!is_done(s)) {
            test_fail(__FILE__, __LINE__, "seed %llu: %u begun, %u open, at end %d, %d steps",
                      (unsigned long long)seed, s->num_begun, s->num_open, s->at_end, s->steps);
        }
        num_set_aside += s->num_set_aside;
        stop(s);
    }
    EXPECT(num_set_aside != 0);
    memory_server_end();
}

TEST(h2_waiting_anywhere__peer_leaves_in_the_middle__nothing_is_left) {
    memory_server_begin();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        stop(run(seed, true, 0));
    }
    memory_server_end();
}

TEST(h2_waiting_anywhere__allocations_fail__right_bytes_or_an_end) {
    memory_server_begin();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        stop(run(seed, false, 1 + seed * 7));
    }
    memory_server_end();
}
