// SPDX-License-Identifier: Apache-2.0
// A peer that sends requests without end, where workspaces are short: between two turns of its
// task none is held, what is packed is little, and the answers are those of any other peer. Over a
// connection in memory.
#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/memory_server.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 3000, REQUEST_CAP = 64, ANSWER_CAP = 400, TURNS_MAX = 100000, PARKED_MAX = 6000 };

/// What the client does.
typedef struct plan {
    bool roomy;    ///< there is no crowd
    bool slow;     ///< it sends 1,000 bytes a turn, so that heads and bodies are cut anywhere
    bool posts;    ///< every request has a body
    uint64_t fail; ///< this allocation fails, counted from the first request on; 0: none
} plan;

typedef struct scene {
    memory_server ms;
    plan plan;
    trt_service service;
    int turns;
    bool begun, at_end, hit;
    uint32_t num_held, num_between, num_inside; ///< turns after which the server held what
    size_t most_parked;
    size_t sent, len; ///< of `requests`
    size_t got;       ///< of `answers`
    char requests[MOST * REQUEST_CAP * 2], answers[MOST * ANSWER_CAP];
} scene;

static scene s_scene;

// ---- the service: /?N is answered with N, a body with itself
// --------------------------------------

static tmlrt_poll answer(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    (void)self;
    const tmlrt_request* request = &exchange->request;
    tmlrt_slice text = request->body.len != 0 ? request->body : request->query;
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    if (response != NULL &&
        tmlrt_response_body(response, "text/plain", text.data, text.len) == TMLRT_OK) {
        exchange->response = response;
    }
    return TMLRT_READY;
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}

// ---- the client ---------------------------------------------------------------------------------

static void make_requests(scene* s) {
    for (size_t i = 0; i < MOST; i++) {
        char number[8];
        int digits = snprintf(number, sizeof number, "%zu", i);
        s->len +=
            (size_t)(s->plan.posts ? sprintf(s->requests + s->len,
                                             "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: "
                                             "%d\r\n\r\n%s",
                                             digits, number)
                                   : sprintf(s->requests + s->len,
                                             "GET /?%s HTTP/1.1\r\nHost: a.test\r\n\r\n", number));
    }
}

static void send_some(scene* s, tmlrt_context* cx) {
    size_t until = s->plan.slow && s->sent + 1000 < s->len ? s->sent + 1000 : s->len;
    s->sent += memory_server_send(&s->ms, cx, s->requests + s->sent, until - s->sent);
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
        if (len == 0 || end + 4 + len > s->answers + s->got) {
            break;
        }
        if (strtoul(end + 4, &after, 10) != num || after != end + 4 + len) {
            test_fail(__FILE__, __LINE__, "answer %zu: %.200s", num, at);
            break;
        }
        at = after;
    }
    return num;
}

// What the server holds of the connection, which is not in the middle of a turn.
static void look(scene* s) {
    trt_http_shard* shard = &s->ms.server->shards[0];
    if (trt_list_empty(&shard->conns)) {
        return;
    }
    const trt_http_link* link = TRT_CONTAINER_OF(shard->conns.head.next, trt_http_link, node);
    const trt_http_conn* conn = TRT_CONTAINER_OF(link, trt_http_conn, link);
    bool stalled = conn->phase == TRT_CONN_WRITE && conn->stall.deadline_ns != UINT64_MAX;
    s->num_held += conn->ws != NULL;
    s->num_between += conn->parked != NULL && conn->h1.state == TRT_H1_IDLE && !stalled;
    s->num_inside += conn->parked != NULL && conn->h1.state != TRT_H1_IDLE;
    s->most_parked = s->most_parked < shard->parked_bytes ? shard->parked_bytes : s->most_parked;
    EXPECT_EQ(shard->num_workspaces, shard->num_pooled + (conn->ws != NULL));
    EXPECT(conn->parked != NULL || shard->parked_bytes == 0);
}

static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    *out = 0;
    if (!s->begun) {
        s->begun = true;
        make_requests(s);
        s->ms.server->shards[0].crowd_bytes = s->plan.roomy ? TRT_WS_CROWD_BYTES : 0;
        memory_server_connect(&s->ms, false);
        test_allocator_fail_at(s->plan.fail);
    }
    look(s);
    send_some(s, cx);
    read_some(s, cx);
    if (s->at_end || s->turns++ > TURNS_MAX ||
        (s->sent == s->len && s->turns % 64 == 0 && check_answers(s) == MOST)) {
        s->hit = test_allocator_hit();
        test_allocator_fail_at(0);
        return TMLRT_READY;
    }
    tmlrt_coop_yield(cx);
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

void test_before_all(void) {
    tls_rig_warm_up();
}

// ---- the cases ----------------------------------------------------------------------------------

TEST(crowd__requests_without_end__no_workspace_between_two_turns) {
    memory_server_begin();
    scene* s = run((plan){0});
    EXPECT_EQ(check_answers(s), MOST);
    EXPECT_EQ(s->num_held, 0);
    EXPECT(s->num_between != 0);
    EXPECT(s->most_parked != 0 && s->most_parked < PARKED_MAX);
    memory_server_stop(&s->ms);
    memory_server_end();
}

// Nothing is packed where there is room: a turn costs no copy.
TEST(crowd__room_for_all__workspace_is_kept_between_two_turns) {
    memory_server_begin();
    scene* s = run((plan){.roomy = true});
    EXPECT_EQ(check_answers(s), MOST);
    EXPECT(s->num_held != 0);
    EXPECT_EQ(s->num_between, 0);
    memory_server_stop(&s->ms);
    memory_server_end();
}

TEST(crowd__requests_cut_anywhere__the_same_answers) {
    uint32_t num_inside = 0;
    memory_server_begin();
    for (int posts = 0; posts < 2; posts++) {
        scene* s = run((plan){.slow = true, .posts = posts != 0});
        EXPECT_EQ(check_answers(s), MOST);
        EXPECT_EQ(s->num_held, 0);
        num_inside += s->num_inside;
        memory_server_stop(&s->ms);
    }
    EXPECT(num_inside != 0);
    memory_server_end();
}

// Without memory for the block the workspace is kept.
TEST(crowd__every_allocation_fails_once__right_answers_or_an_end) {
    bool hit = true;
    memory_server_begin();
    for (uint64_t nth = 1; hit && nth < 200; nth++) {
        scene* s = run((plan){.fail = nth});
        hit = s->hit;
        EXPECT(s->at_end || check_answers(s) == MOST);
        memory_server_stop(&s->ms);
    }
    memory_server_end();
}
