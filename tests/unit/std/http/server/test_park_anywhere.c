// SPDX-License-Identifier: Apache-2.0
// Requests of every shape, cut anywhere, from a peer that reads when it likes, while workspaces
// become short and are there again: whatever is packed and unpacked in between, every request is
// seen as it was sent, and its answer is what it would have been. On a virtual clock, over a
// connection in memory.
#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/load.h"
#include "tests/support/memory_server.h"

#include <stdio.h>
#include <stdlib.h>

enum { NUM = 60, SEND_CAP = 4 << 20, HEARD_CAP = 8 << 20, STEPS_MAX = 200000, SEEDS = 24 };

/// How the client leaves.
enum leaves { AT_END, HALF_CLOSES, NEVER_READS, NUM_LEAVES };

typedef struct scene {
    memory_server ms;
    trt_service service;
    uint64_t seed;
    uint64_t fail; ///< this allocation fails, counted from the first request on; 0: none
    enum leaves leaves;
    size_t leaves_at; ///< so many bytes are sent
    int steps;
    uint32_t served, dropped, num_parked, num_held;
    bool begun, at_end, has_left;
    size_t sent, len, got;
    size_t ends[NUM]; ///< of the requests
    size_t sizes[NUM];
    uint64_t hashes[NUM]; ///< of what the service is to see
    bool heads[NUM];
    char to_send[SEND_CAP], heard[HEARD_CAP + 1];
} scene;

static scene s_scene;

static uint64_t mixed(uint64_t hash, const char* data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (uint8_t)data[i]) * 1099511628211u;
    }
    return (hash ^ len) * 1099511628211u;
}

static uint64_t below(scene* s, uint64_t end) {
    return test_random_below(&s->seed, end);
}

// ---- the service: /N?SIZE is answered with "N HASH " and x up to SIZE bytes ---------------------

static tmlrt_poll finish(trt_exchange* exchange, tmlrt_context* cx) {
    const tmlrt_request* request = &exchange->request;
    uint64_t hash = mixed(7, request->path.data, request->path.len);
    hash = mixed(hash, request->authority.data, request->authority.len);
    for (uint32_t i = 0; i < request->num_headers; i++) {
        if (strncmp(request->headers[i].name.data, "X-", 2) == 0) {
            hash = mixed(hash, request->headers[i].name.data, request->headers[i].name.len);
            hash = mixed(hash, request->headers[i].value.data, request->headers[i].value.len);
        }
    }
    hash = mixed(hash, request->body.data, request->body.len);
    size_t size = strtoul(request->query.data, NULL, 10);
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    char* text = response != NULL ? trt_arena_alloc(response->arena, size + 64, 1) : NULL;
    if (text == NULL) {
        return TMLRT_READY;
    }
    size_t len = (size_t)sprintf(text, "%.*s %016llx ", (int)request->path.len - 1,
                                 request->path.data + 1, (unsigned long long)hash);
    if (len < size) {
        memset(text + len, 'x', size - len);
        len = size;
    }
    response->body = (tmlrt_slice){text, len};
    exchange->response = response;
    return TMLRT_READY;
}

static tmlrt_poll start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    s->served++;
    if (below(s, 4) == 0) { // one turn later
        tmlrt_coop_yield(cx);
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

// ---- the requests -------------------------------------------------------------------------------

static void put(scene* s, const char* data, size_t len) {
    TRT_CHECK(s->len + len <= SEND_CAP);
    memcpy(s->to_send + s->len, data, len);
    s->len += len;
}

static void put_text(scene* s, const char* text) {
    put(s, text, strlen(text));
}

static uint64_t put_fields(scene* s, uint64_t hash, bool long_ones) {
    static char value[6001];
    size_t num = long_ones ? 1 + below(s, 4) : below(s, 3);
    for (size_t i = 0; i < num; i++) {
        char name[16];
        int name_len = snprintf(name, sizeof name, "X-%zu", i);
        size_t len = 1 + below(s, long_ones ? 6000 : 40);
        for (size_t at = 0; at < len; at++) {
            value[at] = (char)('a' + test_random(&s->seed) % 26);
        }
        put(s, name, (size_t)name_len);
        put_text(s, below(s, 4) == 0 ? ": \t" : ": ");
        put(s, value, len);
        put_text(s, below(s, 4) == 0 ? " \t\r\n" : "\r\n");
        hash = mixed(hash, name, (size_t)name_len);
        hash = mixed(hash, value, len);
    }
    return hash;
}

static void put_chunks(scene* s, const char* body, size_t len, size_t most) {
    char head[32];
    for (size_t at = 0; at < len;) {
        size_t piece = 1 + below(s, most);
        piece = piece < len - at ? piece : len - at;
        snprintf(head, sizeof head, "%zx\r\n", piece);
        put_text(s, head);
        put(s, body + at, piece);
        put_text(s, "\r\n");
        at += piece;
    }
    put_text(s, "0\r\n\r\n");
}

static void put_request(scene* s, size_t i) {
    static const size_t sizes[] = {0, 0, 0, 0, 200, 3000, 9000, 30000, 90000};
    static char body[60000];
    char line[160];
    size_t kind = below(s, 8), len = 0;
    bool chunks = kind == 3 || kind == 4;
    s->sizes[i] = sizes[below(s, TRT_ARRAY_LEN(sizes))];
    s->heads[i] = kind == 6;
    snprintf(line, sizeof line, "%s /%zu?%zu HTTP/1.1\r\nHost: a.test\r\n",
             kind == 6               ? "HEAD"
             : kind >= 1 && kind < 6 ? "POST"
                                     : "GET",
             i, s->sizes[i]);
    put_text(s, line);
    snprintf(line, sizeof line, "/%zu", i);
    uint64_t hash = mixed(mixed(7, line, strlen(line)), "a.test", 6);
    hash = put_fields(s, hash, kind == 5 || kind == 7);
    if (kind >= 1 && kind < 6) {
        len = kind == 1 ? below(s, 50) : kind == 3 ? below(s, 3000) : below(s, sizeof body);
    }
    for (size_t at = 0; at < len; at++) {
        body[at] = (char)test_random(&s->seed);
    }
    if (chunks) {
        put_text(s, "Transfer-Encoding: chunked\r\n");
    } else if (kind >= 1 && kind < 6) {
        snprintf(line, sizeof line, "Content-Length: %zu\r\n", len);
        put_text(s, line);
    }
    if (kind == 2 && below(s, 2) == 0) {
        put_text(s, "Expect: 100-continue\r\n");
    }
    put_text(s, "\r\n");
    if (chunks) {
        put_chunks(s, body, len, kind == 3 ? 3 : 9000);
    } else {
        put(s, body, len);
    }
    s->hashes[i] = mixed(hash, body, len);
    s->ends[i] = s->len;
}

// ---- the client ---------------------------------------------------------------------------------

static void send_some(scene* s, tmlrt_context* cx) {
    static const size_t most[] = {1, 20, 300, 3000, 30000, 200000};
    size_t until = s->sent + 1 + below(s, most[below(s, TRT_ARRAY_LEN(most))]);
    size_t end = s->leaves == AT_END ? s->len : s->leaves_at;
    until = until < end ? until : end;
    s->sent += memory_server_send(&s->ms, cx, s->to_send + s->sent, until - s->sent);
}

static void read_some(scene* s, tmlrt_context* cx) {
    size_t left = below(s, 3) == 0 ? HEARD_CAP : below(s, 20000), room = HEARD_CAP - s->got;
    s->got +=
        memory_server_read(&s->ms, cx, s->heard + s->got, room < left ? room : left, &s->at_end);
}

// How many answers came whole; what they say must be right.
static size_t check_answers(scene* s) {
    static const char s_continue[] = "HTTP/1.1 100 Continue\r\n\r\n",
                      s_ok[] = "HTTP/1.1 200 OK\r\n";
    size_t num = 0;
    char *at = s->heard, *end;
    s->heard[s->got] = '\0';
    while (num < NUM) {
        if (strncmp(at, s_continue, sizeof s_continue - 1) == 0) {
            at += sizeof s_continue - 1;
            continue;
        }
        if (strncmp(at, s_ok, sizeof s_ok - 1) != 0 || (end = strstr(at, "\r\n\r\n")) == NULL) {
            break;
        }
        char *length = strstr(at, "Content-Length: "), want[64];
        size_t len = length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0;
        size_t want_len = (size_t)snprintf(want, sizeof want, "%zu %016llx ", num,
                                           (unsigned long long)s->hashes[num]);
        at = end + 4;
        if (len != (s->sizes[num] > want_len ? s->sizes[num] : want_len)) {
            test_fail(__FILE__, __LINE__, "answer %zu has %zu bytes", num, len);
            break;
        }
        if (!s->heads[num]) {
            if (at + len > s->heard + s->got) {
                break;
            }
            if (memcmp(at, want, want_len) != 0) {
                test_fail(__FILE__, __LINE__, "answer %zu: %.60s, not %s", num, at, want);
                break;
            }
            at += len;
        }
        num++;
    }
    return num;
}

// What is held is what is counted.
static void look(scene* s) {
    trt_http_shard* shard = &s->ms.server->shards[0];
    const trt_http_conn* conn = NULL;
    if (!trt_list_empty(&shard->conns)) {
        const trt_http_link* link = TRT_CONTAINER_OF(shard->conns.head.next, trt_http_link, node);
        conn = TRT_CONTAINER_OF(link, trt_http_conn, link);
        s->num_parked += conn->parked != NULL;
        s->num_held += conn->ws != NULL;
        EXPECT(conn->ws == NULL || conn->parked == NULL);
    }
    EXPECT_EQ(shard->num_workspaces, shard->num_pooled + (conn != NULL && conn->ws != NULL));
    EXPECT((conn != NULL && conn->parked != NULL) == (shard->parked_bytes != 0));
    if (conn == NULL) {
        EXPECT_EQ(trt_atomic_load(&s->ms.server->budget.held, TRT_RELAXED), 0);
        EXPECT_EQ(trt_http_num_running(shard), 0);
        EXPECT_EQ(s->served, s->dropped);
    }
}

static void leave(scene* s, tmlrt_context* cx) {
    tmlrt_status ignored;
    if (s->leaves == HALF_CLOSES && s->sent == s->leaves_at && !s->has_left) {
        s->has_left =
            trt_stream_poll_shutdown(s->ms.rig.client->base.io, cx, &ignored) == TMLRT_READY;
    }
}

static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    trt_http_shard* shard = &s->ms.server->shards[0];
    *out = 0;
    while (memory_server_slept(self, cx)) {
        if (!s->begun) {
            s->begun = true;
            memory_server_connect(&s->ms, false);
            test_allocator_fail_at(s->fail);
        }
        look(s);
        if (below(s, 20) == 0) {
            shard->crowd_bytes = below(s, 2) == 0 ? 0 : TRT_WS_CROWD_BYTES;
            trt_workspace_crowd(shard);
        }
        if (below(s, 4) != 0) {
            send_some(s, cx);
        }
        leave(s, cx);
        if (s->leaves != NEVER_READS && below(s, 4) != 0) {
            read_some(s, cx);
        }
        bool stops = s->leaves == NEVER_READS && s->steps > 2000;
        if (s->at_end || stops || s->steps++ > STEPS_MAX ||
            (s->sent == s->len && s->steps % 64 == 0 && check_answers(s) == NUM)) {
            test_allocator_fail_at(0);
            return TMLRT_READY;
        }
        if (below(s, 3) != 0) {
            tmlrt_coop_yield(cx);
            return TMLRT_PENDING;
        }
        memory_server_sleep(self, below(s, 50) == 0 ? 20 * TRT_MS : 100000);
    }
    return TMLRT_PENDING;
}

static scene* run(uint64_t seed, enum leaves leaves, uint64_t fail) {
    scene* s = &s_scene;
    memset(s, 0, offsetof(scene, to_send));
    s->seed = seed * 0x9e3779b97f4a7c15u + 1;
    s->leaves = leaves;
    s->fail = fail;
    s->service = (trt_service){.self = s, .start = start, .poll = poll_on, .drop = drop};
    for (size_t i = 0; i < NUM; i++) {
        put_request(s, i);
    }
    s->leaves_at = below(s, s->len);
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

TEST(park_anywhere__requests_of_every_shape__each_seen_as_it_was_sent) {
    uint32_t num_parked = 0, num_held = 0;
    memory_server_begin();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        scene* s = run(seed, AT_END, 0);
        if (check_answers(s) != NUM) {
            test_fail(__FILE__, __LINE__, "seed %llu: %zu answers; then %.300s",
                      (unsigned long long)seed, check_answers(s),
                      s->heard + (s->got < 300 ? 0 : s->got - 300));
        }
        num_parked += s->num_parked;
        num_held += s->num_held;
        stop(s);
    }
    EXPECT(num_parked != 0 && num_held != 0);
    memory_server_end();
}

TEST(park_anywhere__peer_ends_in_the_middle__every_request_before_that_is_answered) {
    memory_server_begin();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        scene* s = run(seed, HALF_CLOSES, 0);
        size_t num = 0;
        while (num < NUM && s->ends[num] <= s->leaves_at) {
            num++;
        }
        if (check_answers(s) != num) {
            test_fail(__FILE__, __LINE__, "seed %llu: %zu answers, not %zu; then %.300s",
                      (unsigned long long)seed, check_answers(s), num,
                      s->heard + (s->got < 300 ? 0 : s->got - 300));
        }
        stop(s);
    }
    memory_server_end();
}

TEST(park_anywhere__peer_that_does_not_read_is_stopped__nothing_is_left) {
    memory_server_begin();
    for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
        stop(run(seed, NEVER_READS, 0));
    }
    memory_server_end();
}

TEST(park_anywhere__allocations_fail__right_answers_or_an_end) {
    memory_server_begin();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        scene* s = run(seed, AT_END, 1 + seed * 7);
        EXPECT(s->at_end || check_answers(s) == NUM);
        stop(s);
    }
    memory_server_end();
}
