// SPDX-License-Identifier: Apache-2.0
// Answers that wait for their peer's window: what the server holds of each, and that they arrive,
// or end, as if they had never been set aside. On a virtual clock, over a connection in memory.
#include "std/http/core/response.h"
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/memory_server.h"

#include <stdio.h>
#include <stdlib.h>

enum { NUM = 100, FRAME_HEAD = 9, HEARD_CAP = 4 << 20, HELD_MAX = 2048, SETTINGS_WINDOW = 4 };

/// What the peer does when the answers wait.
enum then { OPENS, OPENS_BIT_BY_BIT, RESETS, STAYS, CLOSES, ASKS_ONE_MORE };

typedef struct plan {
    enum then then;
    size_t len;      ///< of a body
    uint32_t window; ///< of every stream, at first
    uint32_t beyond; ///< requests that are too many, right behind the others
    bool deaf;       ///< it does not read until then
    bool missing;    ///< the service has no answer: the server's own, a 500
    uint64_t fail;   ///< this allocation fails, counted from the requests on; 0: none
} plan;

typedef struct scene {
    memory_server ms;
    plan plan;
    trt_service service;
    uint32_t served, dropped;
    int act, steps;
    bool at_end, hit;
    uint32_t num_waiting, num_exchanges; ///< when the answers wait
    uint64_t held;                       ///< bytes of the heap for each of them
    size_t heard_len;
    uint32_t num_whole, num_reset, num_refused; ///< streams of the peer, at the end
    size_t got[2 * NUM + 2];                    ///< bytes of bodies, by stream
    char bytes[H2_BYTES];
    uint8_t heard[HEARD_CAP];
} scene;

static scene s_scene;

// ---- the service: every body is its length's worth of one letter
// ---------------------------------

static tmlrt_poll answer(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    s->served++;
    tmlrt_response* response = s->plan.missing ? NULL : tmlrt_response_new(cx, 200);
    char* body = response != NULL ? trt_arena_alloc(response->arena, s->plan.len, 1) : NULL;
    if (body != NULL) {
        memset(body, 'b', s->plan.len);
        response->body = (tmlrt_slice){body, s->plan.len};
        exchange->response = response;
    }
    return TMLRT_READY;
}

static void drop(void* self, trt_exchange* exchange) {
    (void)exchange;
    ((scene*)self)->dropped++;
}

// ---- the client ---------------------------------------------------------------------------------

// GET https://a.test/, as short as can be: many come with one read.
static void put_request(h2_bytes* out, uint32_t stream) {
    static const char block[] = "\x82\x87\x84\x01\x06"
                                "a.test";
    h2_frame(out, sizeof block - 1, H2_HEADERS, H2_END_STREAM | H2_END_HEADERS, stream, block);
}

static void put_window(h2_bytes* out, uint32_t stream, uint32_t more) {
    char bytes[4];
    h2_u32(bytes, more);
    h2_frame(out, sizeof bytes, H2_WINDOW, 0, stream, bytes);
}

static void put_start(scene* s, h2_bytes* out) {
    char entry[6] = {0, SETTINGS_WINDOW};
    h2_raw(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    h2_u32(entry + 2, s->plan.window);
    h2_frame(out, sizeof entry, H2_SETTINGS, 0, 0, entry);
    put_window(out, 0, 1 << 30);
}

static void put_reset(h2_bytes* out, uint32_t stream) {
    char code[4];
    h2_u32(code, TRT_H2_CANCEL);
    h2_frame(out, sizeof code, H2_RST, 0, stream, code);
}

static void send_all(scene* s, tmlrt_context* cx, const h2_bytes* out) {
    if (!s->at_end) {
        (void)memory_server_send(&s->ms, cx, out->data, out->len);
    }
}

static void hear(scene* s, tmlrt_context* cx) {
    s->heard_len += memory_server_read(&s->ms, cx, s->heard + s->heard_len,
                                       HEARD_CAP - s->heard_len, &s->at_end);
}

static uint32_t u32_at(const uint8_t* at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void take_frame(scene* s, const uint8_t* head, uint32_t len) {
    const uint8_t* payload = head + FRAME_HEAD;
    uint32_t stream = u32_at(head + 5);
    if (head[3] == H2_DATA && stream < TRT_ARRAY_LEN(s->got)) {
        for (uint32_t i = 0; i < len && !s->plan.missing && s->plan.fail == 0; i++) {
            EXPECT_EQ(payload[i], 'b');
        }
        s->got[stream] += len;
        s->num_whole += (head[4] & H2_END_STREAM) != 0;
    }
    if (head[3] == H2_RST) {
        s->num_refused += u32_at(payload) == TRT_H2_REFUSED_STREAM;
        s->num_reset += u32_at(payload) == TRT_H2_CANCEL;
    }
}

static void count_frames(scene* s) {
    for (size_t at = 0; s->heard_len - at >= FRAME_HEAD;) {
        const uint8_t* head = s->heard + at;
        uint32_t len = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
        if (s->heard_len - at < FRAME_HEAD + len) {
            break;
        }
        take_frame(s, head, len);
        at += FRAME_HEAD + len;
    }
}

// The heap without what is pooled for whoever comes next.
static uint64_t heap(const scene* s) {
    const trt_http_shard* shard = &s->ms.server->shards[0];
    uint64_t pooled = 0;
    for (const trt_http2_exchange* ex = shard->h2_pool; ex != NULL; ex = ex->next) {
        pooled += sizeof *ex + ex->arena.held_bytes;
    }
    return test_allocator_bytes() - pooled;
}

static uint32_t length_of(const trt_list* list) {
    uint32_t num = 0;
    for (const trt_list_node* node = list->head.next; node != &list->head; node = node->next) {
        num++;
    }
    return num;
}

static void look(scene* s, uint64_t before) {
    const trt_list* conns = &s->ms.server->shards[0].conns;
    if (trt_list_empty(conns)) {
        return;
    }
    const trt_http_link* link = TRT_CONTAINER_OF(conns->head.next, trt_http_link, node);
    const trt_http2_conn* conn = TRT_CONTAINER_OF(link, trt_http2_conn, link);
    s->num_waiting = length_of(&conn->waiting);
    s->num_exchanges = length_of(&conn->exchanges);
    s->held = (heap(s) - before) / NUM;
    if (s->plan.fail == 0 && !s->plan.deaf) {
        EXPECT_EQ(conn->num_exchanges, s->num_waiting + s->num_exchanges);
        EXPECT_EQ(trt_h2_conn_running(conn->h2), NUM);
    }
}

// What it does once all answers wait. Returns  how long it listens then.
static uint64_t put_then(scene* s, h2_bytes* out) {
    size_t left = s->plan.len > s->plan.window ? s->plan.len - s->plan.window : 0;
    for (uint32_t i = 0; i < NUM; i++) {
        uint32_t stream = 2 * i + 1;
        if (s->plan.then == OPENS) {
            put_window(out, stream, 1 << 20);
        } else if (s->plan.then == RESETS) {
            put_reset(out, stream);
        } else if (s->plan.then == OPENS_BIT_BY_BIT) {
            for (size_t n = 0; n < 4; n++) {
                put_window(out, stream, (uint32_t)(n == 3 ? left - 3 * (left / 4) : left / 4));
            }
        }
    }
    if (s->plan.then == ASKS_ONE_MORE) {
        put_request(out, 2 * NUM + 1);
    }
    return s->plan.then == STAYS ? 40 * TRT_S : TRT_S;
}

static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    static uint64_t before;
    scene* s = self->user;
    h2_bytes bytes = {.data = s->bytes};
    *out = 0;
    while (memory_server_slept(self, cx)) {
        if (!s->plan.deaf || s->act == 0 || s->act > 2) {
            hear(s, cx);
        }
        switch (s->act++) {
        case 0: // the connection, and one exchange for the pools
            memory_server_connect(&s->ms, true);
            put_start(s, &bytes);
            send_all(s, cx, &bytes);
            memory_server_sleep(self, TRT_S);
            break;
        case 1:
            before = heap(s);
            for (uint32_t i = 0; i < NUM + s->plan.beyond; i++) {
                put_request(&bytes, 2 * i + 1);
            }
            test_allocator_fail_at(s->plan.fail);
            send_all(s, cx, &bytes);
            memory_server_sleep(self, 10 * TRT_MS);
            break;
        case 2: // it takes what its windows let through
            if (++s->steps < 60) {
                s->act = 2;
                memory_server_sleep(self, 10 * TRT_MS);
                break;
            }
            s->steps = 0;
            s->hit = test_allocator_hit();
            test_allocator_fail_at(0);
            look(s, before);
            if (s->plan.then == CLOSES) {
                return TMLRT_READY;
            }
            uint64_t span = put_then(s, &bytes);
            send_all(s, cx, &bytes);
            memory_server_sleep(self, span);
            break;
        default: // what did not fit the transport at once
            if (s->at_end || ++s->steps > 100) {
                count_frames(s);
                return TMLRT_READY;
            }
            memory_server_sleep(self, 10 * TRT_MS);
            break;
        }
    }
    return TMLRT_PENDING;
}

static scene* run(plan how) {
    scene* s = &s_scene;
    memset(s, 0, offsetof(scene, bytes));
    s->plan = how;
    s->service = (trt_service){.self = s, .start = answer, .poll = answer, .drop = drop};
    if (memory_server_start(&s->ms, NULL, &s->service)) {
        memory_server_run(&s->ms, step_client, s);
    }
    return s;
}

static void stop(scene* s) {
    memory_server_stop(&s->ms);
    EXPECT_EQ(s->dropped, s->served);
}

void test_before_all(void) {
    tls_rig_warm_up();
}

// ---- the cases ----------------------------------------------------------------------------------

static void expect_whole(scene* s) {
    EXPECT_EQ(s->num_whole, NUM);
    for (uint32_t i = 0; i < NUM; i++) {
        EXPECT_EQ(s->got[2 * i + 1], s->plan.len);
    }
}

TEST(h2_waiting__no_window__only_the_body_and_the_stream_are_held) {
    memory_server_begin();
    scene* s = run((plan){.then = OPENS, .len = 79});
    EXPECT_EQ(s->num_waiting, NUM);
    EXPECT_EQ(s->num_exchanges, 0);
    EXPECT(s->held < HELD_MAX);
    EXPECT_EQ(s->served, NUM);
    expect_whole(s);
    stop(s);
    memory_server_end();
}

TEST(h2_waiting__window_opens_bit_by_bit__every_byte_in_order) {
    memory_server_begin();
    for (size_t len = 4; len <= 8000; len += 1999) {
        scene* s = run((plan){.then = OPENS_BIT_BY_BIT, .len = len});
        EXPECT_EQ(s->num_waiting, NUM);
        expect_whole(s);
        stop(s);
    }
    memory_server_end();
}

// The rest of a long answer is copied once it is short.
TEST(h2_waiting__part_of_a_long_answer_is_out__its_rest_waits) {
    memory_server_begin();
    const uint32_t windows[] = {1000, 12000};
    for (int i = 0; i < 2; i++) {
        scene* s = run((plan){.then = OPENS, .len = 20000, .window = windows[i]});
        EXPECT_EQ(s->num_waiting, i == 0 ? 0 : NUM);
        EXPECT_EQ(s->num_exchanges, i == 0 ? NUM : 0);
        expect_whole(s);
        stop(s);
    }
    memory_server_end();
}

// The answers are not sent any more, and the connection stays for a while, for its last frame.
TEST(h2_waiting__sent_away_for_too_many_requests__no_exchange_is_left) {
    memory_server_begin();
    scene* s = run((plan){.then = CLOSES, .len = 79, .window = 1 << 20, .beyond = 1500});
    EXPECT_EQ(s->served, NUM);
    EXPECT_EQ(s->num_waiting, NUM);
    EXPECT_EQ(s->num_exchanges, 0);
    stop(s);
    memory_server_end();
}

// Its transport is full: nothing more is read of it, and what waits is packed.
TEST(h2_waiting__peer_does_not_read__its_answers_are_packed_and_arrive) {
    memory_server_begin();
    scene* s = run((plan){.then = OPENS, .len = 900, .window = 1 << 20, .deaf = true});
    EXPECT_EQ(s->num_exchanges + s->num_waiting, 0);
    EXPECT(s->held < 1500); // the transport's 64 KiB are of the same heap
    expect_whole(s);
    stop(s);
    memory_server_end();
}

TEST(h2_waiting__the_servers_own_answer__waits_as_any) {
    memory_server_begin();
    scene* s = run((plan){.then = OPENS, .len = 1, .missing = true});
    EXPECT_EQ(s->num_waiting, NUM);
    EXPECT_EQ(s->num_whole, NUM);
    stop(s);
    memory_server_end();
}

TEST(h2_waiting__peer_resets_them__nothing_is_held) {
    memory_server_begin();
    scene* s = run((plan){.then = RESETS, .len = 79});
    EXPECT_EQ(s->num_waiting, NUM);
    EXPECT_EQ(s->num_whole, 0);
    stop(s);
    memory_server_end();
}

TEST(h2_waiting__peer_never_opens__reset_after_the_write_stall) {
    memory_server_begin();
    scene* s = run((plan){.then = STAYS, .len = 79});
    EXPECT_EQ(s->num_reset, NUM);
    EXPECT_EQ(trt_http_server_count(s->ms.server, TRT_HTTP_COUNT_stalled), NUM);
    stop(s);
    memory_server_end();
}

TEST(h2_waiting__one_more_request__refused_as_long_as_a_hundred_wait) {
    memory_server_begin();
    scene* s = run((plan){.then = ASKS_ONE_MORE, .len = 79});
    EXPECT_EQ(s->num_refused, 1);
    EXPECT_EQ(s->served, NUM);
    stop(s);
    memory_server_end();
}

TEST(h2_waiting__peer_leaves__nothing_is_held) {
    memory_server_begin();
    scene* s = run((plan){.then = CLOSES, .len = 79});
    EXPECT_EQ(s->num_waiting, NUM);
    stop(s);
    memory_server_end();
}

// What cannot be copied keeps its exchange.
TEST(h2_waiting__every_allocation_fails_once__all_answers_or_an_end) {
    bool hit = true;
    memory_server_begin();
    for (uint64_t nth = 1; hit && nth < 2000; nth += nth < 40 ? 1 : 37) {
        scene* s = run((plan){.then = OPENS, .len = 600, .fail = nth});
        hit = s->hit;
        EXPECT(s->at_end || s->num_whole + s->num_refused >= NUM - 1);
        stop(s);
    }
    EXPECT(!hit);
    memory_server_end();
}
