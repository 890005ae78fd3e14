// SPDX-License-Identifier: Apache-2.0
// Answers that their peer does not take: while they wait no workspace is held, and what is sent
// afterwards is what would have been. On a virtual clock, over a connection in memory.
#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/memory_server.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 4000, REQUEST_CAP = 64, ANSWER_CAP = 400, READ_TURNS = 100 };

/// What the client does.
typedef struct plan {
    size_t num;    ///< requests
    bool closes;   ///< the last one says so
    bool deaf;     ///< it never reads
    size_t cut;    ///< bytes of the requests that it keeps back until it reads
    size_t digits; ///< of an answer's number, zeros in front; 0: as many as it has
    bool late;     ///< it reads after 20 s, and sends those bytes 5 s after it has read the rest
    uint64_t fail; ///< this allocation fails, counted from the first request on; 0: none
} plan;

/// How a connection was parked at the stall.
enum parked { PARKED_NOT, PARKED_IDLE, PARKED_HEAD, PARKED_LAST, NUM_PARKED };

typedef struct scene {
    memory_server ms;
    plan plan;
    trt_service service;
    uint32_t served; ///< requests that the service has seen
    int act, turns;
    size_t sent, len; ///< of `requests`
    size_t got;       ///< of `answers`
    bool at_end, hit;
    enum parked parked;
    char requests[MOST * REQUEST_CAP], answers[MOST * ANSWER_CAP];
} scene;

static scene s_scene;

// ---- the service: /?N is answered with N --------------------------------------------------------

static tmlrt_poll answer(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    tmlrt_slice query = exchange->request.query;
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    s->served++;
    if (response != NULL && s->plan.digits > query.len) {
        char* text = trt_arena_alloc(response->arena, s->plan.digits, 1);
        if (text == NULL) {
            return TMLRT_READY;
        }
        memset(text, '0', s->plan.digits);
        memcpy(text + s->plan.digits - query.len, query.data, query.len);
        query = (tmlrt_slice){text, s->plan.digits};
    }
    if (response != NULL &&
        tmlrt_response_body(response, "text/plain", query.data, query.len) == TMLRT_OK) {
        exchange->response = response;
    }
    return TMLRT_READY;
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}

// ---- the client ---------------------------------------------------------------------------------

static void make_requests(scene* s) {
    for (size_t i = 0; i < s->plan.num; i++) {
        bool last = s->plan.closes && i + 1 == s->plan.num;
        s->len +=
            (size_t)sprintf(s->requests + s->len, "GET /?%zu HTTP/1.1\r\nHost: a.test\r\n%s\r\n", i,
                            last ? "Connection: close\r\n" : "");
    }
}

static void send_some(scene* s, tmlrt_context* cx, size_t until) {
    if (s->sent < until) {
        s->sent += memory_server_send(&s->ms, cx, s->requests + s->sent, until - s->sent);
    }
}

static void read_some(scene* s, tmlrt_context* cx) {
    s->got += memory_server_read(&s->ms, cx, s->answers + s->got, sizeof s->answers - 1 - s->got,
                                 &s->at_end);
}

// How many answers came whole; the text must be theirs and nothing else.
static size_t check_answers(scene* s) {
    size_t num = 0;
    char* at = s->answers;
    s->answers[s->got] = '\0';
    for (char* end;
         strncmp(at, "HTTP/1.1 200 OK\r\n", 17) == 0 && (end = strstr(at, "\r\n\r\n")) != NULL;
         num++) {
        char *length = strstr(at, "Content-Length: "), *after;
        size_t len = length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0;
        if (end + 4 + len > s->answers + s->got) {
            break; // its end has not come
        }
        if (len == 0 || strtoul(end + 4, &after, 10) != num || after != end + 4 + len) {
            test_fail(__FILE__, __LINE__, "answer %zu: %.200s", num, at);
            break;
        }
        at = after;
    }
    return num;
}

// What the server holds of the connection; NOT as well when it is over, or nothing waits.
static enum parked look(const scene* s) {
    const trt_list* conns = &s->ms.server->shards[0].conns;
    if (trt_list_empty(conns)) {
        return PARKED_NOT;
    }
    const trt_http_link* link = TRT_CONTAINER_OF(conns->head.next, trt_http_link, node);
    const trt_http_conn* conn = TRT_CONTAINER_OF(link, trt_http_conn, link);
    if (conn->phase != TRT_CONN_WRITE) {
        return PARKED_NOT;
    }
    EXPECT(s->plan.fail != 0 || (conn->ws == NULL && conn->parked != NULL));
    return conn->parked == NULL             ? PARKED_NOT
           : conn->after == TRT_CONN_LINGER ? PARKED_LAST
           : conn->h1.state == TRT_H1_HEAD  ? PARKED_HEAD
                                            : PARKED_IDLE;
}

static bool is_done(scene* s) {
    bool answered = s->sent == s->len && !s->plan.closes && check_answers(s) == s->plan.num;
    return s->at_end || answered || s->turns++ > 1000;
}

// Asks until nothing more is taken, comes back a second later, then reads while it sends the rest.
static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    *out = 0;
    while (memory_server_slept(self, cx)) {
        switch (s->act) {
        case 0:
            make_requests(s);
            memory_server_connect(&s->ms, false);
            test_allocator_fail_at(s->plan.fail);
            send_some(s, cx, s->len - s->plan.cut);
            memory_server_sleep(self, s->plan.deaf   ? 100 * TRT_S
                                      : s->plan.late ? 20 * TRT_S
                                                     : TRT_S);
            s->act = 1;
            break;
        case 1:
            s->hit = test_allocator_hit();
            test_allocator_fail_at(0);
            s->parked = look(s);
            s->act = s->plan.deaf ? 3 : 2;
            break;
        case 2:
            if (!s->plan.late || s->turns > READ_TURNS) {
                send_some(s, cx, s->len);
            }
            read_some(s, cx);
            if (is_done(s)) {
                return TMLRT_READY;
            }
            memory_server_sleep(self,
                                s->plan.late && s->turns == READ_TURNS ? 5 * TRT_S : 10 * TRT_MS);
            break;
        default:
            return TMLRT_READY;
        }
    }
    return TMLRT_PENDING;
}

static scene* run(plan how) {
    scene* s = &s_scene;
    memset(s, 0, offsetof(scene, requests));
    s->plan = how;
    s->service = (trt_service){.self = s, .start = answer, .poll = answer, .drop = drop};
    if (memory_server_start(&s->ms, NULL, &s->service)) {
        memory_server_run(&s->ms, step_client, s);
    }
    return s;
}

static void stop(scene* s) {
    memory_server_stop(&s->ms);
}

void test_before_all(void) {
    tls_rig_warm_up();
}

// ---- the cases ----------------------------------------------------------------------------------

TEST(park_output__peer_does_not_read__no_workspace_and_then_every_answer) {
    memory_server_begin();
    scene* s = run((plan){.num = MOST});
    EXPECT_EQ(s->parked, PARKED_IDLE);
    EXPECT_EQ(check_answers(s), MOST);
    EXPECT_EQ(s->served, MOST);
    stop(s);
    memory_server_end();
}

// So many answers that the last of them just fit the transport, or just not.
TEST(park_output__wherever_it_stalls__the_same_answers) {
    uint32_t seen[NUM_PARKED] = {0};
    memory_server_begin();
    for (size_t num = 500; num < 900; num += 8) {
        const plan plans[] = {{.num = num}, {.num = num, .cut = 20}, {.num = num, .closes = true}};
        for (size_t i = 0; i < 3; i++) {
            scene* s = run(plans[i]);
            seen[s->parked]++;
            EXPECT_EQ(check_answers(s), num);
            EXPECT_EQ(s->at_end, plans[i].closes);
            stop(s);
        }
    }
    for (int i = 0; i < NUM_PARKED; i++) {
        EXPECT(seen[i] != 0);
    }
    memory_server_end();
}

// Nothing is read of a peer while its answers wait: that is not its time for the next head.
TEST(park_output__head_that_was_begun_before__its_time_stands_still) {
    uint32_t num_heads = 0;
    memory_server_begin();
    for (size_t num = 600; num < 900; num += 8) {
        scene* s = run((plan){.num = num, .cut = 20, .late = true});
        bool is_head = s->parked == PARKED_HEAD; // else its time is up, or it waits for more
        num_heads += is_head;
        EXPECT(!is_head || (check_answers(s) == num && !s->at_end));
        stop(s);
    }
    EXPECT(num_heads != 0);
    memory_server_end();
}

// A long answer is not copied to the output: its rest is, and its exchange is over.
TEST(park_output__long_answers__no_workspace_and_then_every_answer) {
    memory_server_begin();
    const size_t digits[] = {9000, 20000, 50000};
    for (size_t i = 0; i < 3; i++) {
        for (int closes = 0; closes < 2; closes++) {
            scene* s = run((plan){.num = 30, .digits = digits[i], .closes = closes != 0});
            EXPECT(s->parked == PARKED_IDLE || s->parked == PARKED_LAST);
            EXPECT_EQ(check_answers(s), 30);
            stop(s);
        }
    }
    memory_server_end();
}

// One that is longer than what is copied keeps the workspace until its rest is not.
TEST(park_output__very_long_answers__every_answer) {
    memory_server_begin();
    scene* s = run((plan){.num = 5, .digits = 300000, .fail = UINT64_MAX});
    EXPECT_EQ(check_answers(s), 5);
    stop(s);
    memory_server_end();
}

TEST(park_output__peer_never_reads__given_up_after_the_write_stall) {
    memory_server_begin();
    scene* s = run((plan){.num = MOST, .deaf = true});
    EXPECT_EQ(trt_http_server_num_conns(s->ms.server), 0);
    EXPECT_EQ(trt_http_server_count(s->ms.server, TRT_HTTP_COUNT_stalled), 1);
    stop(s);
    memory_server_end();
}

TEST(park_output__every_allocation_fails_once__right_answers_or_an_end) {
    bool hit = true;
    memory_server_begin();
    for (uint64_t nth = 1; hit && nth < 200; nth++) {
        scene* s = run((plan){.num = 1500, .fail = nth});
        hit = s->hit;
        EXPECT(s->at_end || check_answers(s) == 1500);
        stop(s);
    }
    EXPECT(!hit);
    memory_server_end();
}
