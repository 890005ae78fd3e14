// SPDX-License-Identifier: Apache-2.0
// Gathering: when the mark comes and goes, with made-up time; then bodies over a real socket on a
// virtual clock, where time passes only while the client sleeps. So a body is as fast as can be,
// and what a mark holds back shows.
#include "std/http/server/gather.h"

#include "rt/net/tcp.h"
#include "std/http/core/response.h"
#include "std/http/server/shard.h"
#include "tests/support/body_reader.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <tmlrt/time.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PLENTY = 1 << 30, RECORD = 16384, BODY = 8 << 20, TURNS = 2000, MOST_TURNS = 2000000 };

// ---- the mark -----------------------------------------------------------------------------------

// Reads records, `step_ns` between them, until the mark changes; how many bytes that took.
static size_t until_change(trt_gather* gather, uint64_t* now_ns, uint64_t step_ns) {
    size_t len = 0;
    for (int i = 0; i < 10000; i++) {
        *now_ns += step_ns;
        len += RECORD;
        if (trt_gather_took(gather, RECORD, PLENTY, *now_ns)) {
            return len;
        }
    }
    return 0;
}

TEST(gather__fast_body__mark_behind_the_first_bytes) {
    trt_gather gather;
    uint64_t now_ns = 5 * TRT_S;
    trt_gather_clear(&gather);
    EXPECT(!trt_gather_has_mark(&gather));
    EXPECT_EQ(until_change(&gather, &now_ns, 10000), TRT_GATHER_FAST);
    EXPECT(trt_gather_has_mark(&gather));
    EXPECT_EQ(gather.until_ns, now_ns + TRT_GATHER_WAIT_NS);
    now_ns += TRT_MS;
    EXPECT(!trt_gather_took(&gather, RECORD, PLENTY, now_ns));
    EXPECT_EQ(gather.until_ns, now_ns + TRT_GATHER_WAIT_NS);
}

TEST(gather__slow_body__no_mark_until_it_is_fast) {
    trt_gather gather;
    uint64_t now_ns = 5 * TRT_S;
    trt_gather_clear(&gather);
    EXPECT_EQ(until_change(&gather, &now_ns, TRT_MS), 0); // 16 MB/s
    EXPECT(until_change(&gather, &now_ns, 10000) <= 2 * TRT_GATHER_FAST);
}

TEST(gather__little_is_left__the_mark_goes_and_none_comes) {
    trt_gather gather;
    uint64_t now_ns = 5 * TRT_S;
    trt_gather_clear(&gather);
    EXPECT(until_change(&gather, &now_ns, 0) != 0);
    EXPECT(!trt_gather_took(&gather, RECORD, TRT_GATHER_LEFT_MIN, now_ns));
    EXPECT(trt_gather_took(&gather, RECORD, TRT_GATHER_LEFT_MIN - 1, now_ns));
    EXPECT(!trt_gather_has_mark(&gather));
    for (int i = 0; i < 100; i++) {
        EXPECT(!trt_gather_took(&gather, RECORD, TRT_GATHER_LEFT_MIN - 1, now_ns));
    }
}

// ---- over a socket ------------------------------------------------------------------------------

// What the client does, in this order.
enum act {
    ASK,  // bytes of the body that follows; the first one is asked for by itself
    SEND, // bytes
    WAIT, // until the server has done all that it will without time
    MARKED,
    UNMARKED,
    SLEEP, // ns: nothing else lets time pass
    GOT_ALL,
    HALF, // no more from this side
    RESET,
    FAILED, // the handler's read, with a status
    ANSWER, // a status
    END,    // of the connection
    DONE,
};

typedef struct script {
    enum act act;
    uint64_t arg;
} script;

typedef struct scene {
    test_clock clock;
    trt_http_server* server;
    tmlrt_runtime* runtime;
    const script* next;
    uint64_t enough;  ///< the handler answers behind so many bytes; 0: at the end
    uint64_t rest_at; ///< and sleeps a second there; 0: nowhere
    int fd;
    int turns; ///< of WAIT
    uint64_t sent, left, got;
    tmlrt_status status; ///< of the handler's last read
    bool asked;
    char piece[RECORD];
    bool sleeping, rested;
    test_body_reader reader;
    char sleep[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
} scene;

static scene s_scene;

static bool rests(scene* s, tmlrt_context* cx) {
    if (s->rest_at == 0 || s->rested || s->got < s->rest_at) {
        return false;
    }
    if (!s->sleeping) {
        tmlrt_sleep_init(s->sleep, TRT_S);
        s->sleeping = true;
    }
    s->rested = tmlrt_sleep_desc.poll(s->sleep, cx, NULL) == TMLRT_READY;
    return !s->rested;
}

static tmlrt_poll read_on(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    for (;;) {
        tmlrt_body_moved moved;
        if (!s->reader.waits && rests(s, cx)) {
            return TMLRT_PENDING;
        }
        if (test_body_read(&s->reader, &exchange->request, cx, s->piece, sizeof s->piece, &moved) ==
            TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        s->got += moved.len;
        s->status = moved.status;
        if (moved.status != TMLRT_OK || moved.len == 0 || (s->enough != 0 && s->got >= s->enough)) {
            exchange->response = tmlrt_response_new(cx, 200);
            return TMLRT_READY;
        }
    }
}

static tmlrt_poll start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    scene* s = self;
    s->reader.waits = false;
    return read_on(self, exchange, cx);
}

static void drop(void* self, trt_exchange* exchange) {
    (void)self, (void)exchange;
}

static bool streams_body(void* self, tmlrt_request* request) {
    (void)self, (void)request;
    return true;
}

// The one connection; NULL: there is none any more.
static trt_http_conn* conn_of(scene* s) {
    trt_list* conns = &s->server->shards[0].conns;
    if (trt_list_empty(conns)) {
        return NULL;
    }
    trt_http_link* link = TRT_CONTAINER_OF(conns->head.next, trt_http_link, node);
    return TRT_CONTAINER_OF(link, trt_http_conn, link);
}

static int mark_of(const trt_http_conn* conn) {
    int mark = 0;
    socklen_t len = sizeof mark;
    EXPECT_EQ(getsockopt((int)conn->link.handle, SOL_SOCKET, SO_RCVLOWAT, &mark, &len), 0);
    return mark;
}

// A request with a body of `len` bytes, of which none is sent.
static bool ask(scene* s, uint64_t len) {
    char head[100];
    int head_len = sprintf(head, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %llu\r\n\r\n",
                           (unsigned long long)len);
    s->sent = s->got = 0;
    return send(s->fd, head, (size_t)head_len, MSG_NOSIGNAL) == head_len;
}

static bool open_client(scene* s) {
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(trt_http_server_bound(s->server).port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is = connect(s->fd, (const struct sockaddr*)&to, sizeof to) == 0 &&
              fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0;
    EXPECT(is);
    return is;
}

// Sends on; true: all of it is sent.
static bool sends(scene* s, uint64_t len) {
    static const char data[65536];
    s->left = s->left == 0 ? len : s->left;
    while (s->left != 0) {
        ssize_t took =
            send(s->fd, data, s->left < sizeof data ? s->left : sizeof data, MSG_NOSIGNAL);
        if (took <= 0) {
            EXPECT(errno == EAGAIN);
            return false;
        }
        s->left -= (uint64_t)took;
        s->sent += (uint64_t)took;
    }
    return true;
}

// Has the system of the server acknowledged all of it? What is on its way, in real time, would come
// later than it was sent.
static bool is_delivered(const scene* s) {
    int unacked = 0;
    EXPECT_EQ(ioctl(s->fd, TIOCOUTQ, &unacked), 0);
    return unacked == 0;
}

static bool answered(scene* s, uint64_t status) {
    char answer[1000];
    ssize_t got = recv(s->fd, answer, sizeof answer - 1, 0);
    if (got < 0) {
        EXPECT(errno == EAGAIN);
        return false;
    }
    answer[got] = '\0';
    EXPECT_EQ((uint64_t)(got > 12 ? atoi(answer + 9) : 0), status);
    return true;
}

static bool at_end(scene* s) {
    char byte;
    ssize_t got = recv(s->fd, &byte, 1, 0);
    EXPECT(got <= 0);
    return got == 0 || errno != EAGAIN;
}

static void leave(scene* s, bool reset) {
    const struct linger at_once = {.l_onoff = 1};
    if (!reset) {
        shutdown(s->fd, SHUT_WR);
        return;
    }
    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(s->fd);
    s->fd = -1;
}

// Whether the act is over. Time passes in SLEEP alone.
static bool does(scene* s, test_future* self, tmlrt_context* cx) {
    switch (s->next->act) {
    case ASK:
        EXPECT(ask(s, s->next->arg));
        return true;
    case SEND:
        return sends(s, s->next->arg);
    case WAIT:
        s->turns = is_delivered(s) ? (s->turns + 1) % TURNS : 1;
        return s->turns == 0;
    case MARKED:
        EXPECT(trt_gather_has_mark(&conn_of(s)->gather));
        EXPECT_EQ(mark_of(conn_of(s)), TRT_GATHER_MARK);
        return true;
    case UNMARKED:
        EXPECT(!trt_gather_has_mark(&conn_of(s)->gather));
        EXPECT_EQ(mark_of(conn_of(s)), 1);
        return true;
    case SLEEP:
        if (self->leaf_desc == NULL) {
            tmlrt_sleep_init(self->leaf, s->next->arg);
            self->leaf_desc = &tmlrt_sleep_desc;
        }
        if (tmlrt_sleep_desc.poll(self->leaf, cx, NULL) == TMLRT_PENDING) {
            return false;
        }
        self->leaf_desc = NULL;
        return true;
    case GOT_ALL:
        EXPECT_EQ(s->got, s->sent);
        return true;
    case HALF:
    case RESET:
        leave(s, s->next->act == RESET);
        return true;
    case FAILED:
        return s->status == (tmlrt_status)s->next->arg;
    case ANSWER:
        return answered(s, s->next->arg);
    case END:
        return at_end(s);
    default:
        return true;
    }
}

static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    scene* s = self->user;
    *out = 0;
    if (!s->asked) {
        s->asked = true;
        if (!open_client(s) || !ask(s, BODY)) {
            return TMLRT_READY;
        }
    }
    while (s->next->act != DONE && does(s, self, cx)) {
        s->next++;
    }
    if (s->next->act == DONE || ++self->left == MOST_TURNS) {
        EXPECT_EQ(s->next->act, DONE); // else where it is stuck
        return TMLRT_READY;
    }
    if (self->leaf_desc == NULL) { // else the timer wakes it
        cx->waker->vtable->wake_by_ref(cx->waker->data);
    }
    return TMLRT_PENDING;
}

// How much time passed.
static uint64_t play(const script* acts, uint64_t enough, uint64_t rest_at) {
    scene* s = &s_scene;
    const trt_service service = {
        .self = s, .start = start, .poll = read_on, .drop = drop, .streams_body = streams_body};
    trt_http_options options = {.limits.body_bytes = BODY, .plain_answers = true};
    test_probe probe = {0};
    int64_t out;
    memset(s, 0, sizeof *s);
    s->next = acts;
    s->enough = enough;
    s->rest_at = rest_at;
    (void)trt_addr_parse(&options.addr, "127.0.0.1", 0);
    s->runtime = test_clock_runtime(&s->clock);
    bool started = s->runtime != NULL &&
                   trt_http_server_start(&s->server, s->runtime, &options, &service) == TMLRT_OK;
    EXPECT(started);
    if (!started) {
        return 0;
    }
    uint64_t began_ns = s->clock.now_ns;
    test_future client = {.step = step_client, .probe = &probe, .user = s};
    EXPECT_EQ(tmlrt_runtime_run(s->runtime, &test_plain_desc, &client, sizeof client, &out),
              TMLRT_OK);
    uint64_t took_ns = s->clock.now_ns - began_ns;
    if (s->fd >= 0) {
        close(s->fd);
    }
    trt_http_server_stop(s->server, TRT_HTTP_STOP_NOW);
    EXPECT_EQ(trt_http_server_wait(s->server), TMLRT_OK);
    trt_http_server_free(s->server);
    tmlrt_runtime_free(s->runtime);
    return took_ns;
}

TEST(gather_socket__fast_body__marked_until_its_last_part_which_needs_no_time) {
    const script acts[] = {{SEND, 2 << 20}, {WAIT, 0},       {MARKED, 0},   {SEND, (6 << 20) - 9},
                           {WAIT, 0},       {UNMARKED, 0},   {GOT_ALL, 0},  {SEND, 9},
                           {ANSWER, 200},   {ASK, 1000},     {SEND, 1000},  {ANSWER, 200},
                           {ASK, BODY},     {SEND, 2 << 20}, {WAIT, 0},     {MARKED, 0},
                           {SEND, 6 << 20}, {ANSWER, 200},   {UNMARKED, 0}, {DONE, 0}};
    EXPECT_EQ(play(acts, 0, 0), 0);
}

TEST(gather_socket__client_pauses_below_the_mark__its_bytes_come_all_the_same) {
    const script acts[] = {{SEND, 2 << 20}, {WAIT, 0},     {SEND, 70000},
                           {WAIT, 0},       {MARKED, 0},   {SLEEP, TRT_GATHER_WAIT_NS + TRT_MS},
                           {WAIT, 0},       {GOT_ALL, 0},  {UNMARKED, 0},
                           {SEND, 1},       {WAIT, 0},     {GOT_ALL, 0}, // and need no time now
                           {SEND, 1000},    {WAIT, 0},     {GOT_ALL, 0},
                           {SLEEP, TRT_S},  {SEND, 70000}, {WAIT, 0},
                           {GOT_ALL, 0},    {DONE, 0}};
    EXPECT(play(acts, 0, 0) < 2 * TRT_S);
}

TEST(gather_socket__client_leaves_below_the_mark__is_seen_at_once) {
    const script half[] = {{SEND, 2 << 20}, {WAIT, 0},     {SEND, 70000}, {WAIT, 0}, {MARKED, 0},
                           {HALF, 0},       {ANSWER, 400}, {END, 0},      {DONE, 0}};
    EXPECT_EQ(play(half, 0, 0), 0);
    const script reset[] = {
        {SEND, 2 << 20}, {WAIT, 0}, {MARKED, 0}, {RESET, 0}, {FAILED, (uint64_t)TMLRT_E_CONNRESET},
        {DONE, 0}};
    EXPECT_EQ(play(reset, 0, 0), 0);
}

TEST(gather_socket__client_says_no_more__408_when_its_time_is_over) {
    const script acts[] = {{SEND, 2 << 20}, {WAIT, 0},          {MARKED, 0},   {SLEEP, 29 * TRT_S},
                           {UNMARKED, 0},   {SLEEP, 2 * TRT_S}, {ANSWER, 408}, {DONE, 0}};
    EXPECT(play(acts, 0, 0) < 32 * TRT_S);
}

// Sends more than the handler wants by the mark, which is all that may be held back.
TEST(gather_socket__answer_before_the_end__comes_and_the_end_is_seen_below_the_mark) {
    const script acts[] = {{SEND, (1 << 20) + TRT_GATHER_MARK},
                           {ANSWER, 200},
                           {MARKED, 0},
                           {WAIT, 0},
                           {HALF, 0},
                           {END, 0},
                           {DONE, 0}};
    EXPECT_EQ(play(acts, 1 << 20, 0), 0);
    const script later[] = {{SEND, (1 << 20) + TRT_GATHER_MARK},
                            {ANSWER, 200},
                            {SLEEP, TRT_GATHER_WAIT_NS + TRT_MS},
                            {UNMARKED, 0},
                            {HALF, 0},
                            {END, 0},
                            {DONE, 0}};
    EXPECT(play(later, 1 << 20, 0) < 10 * TRT_MS);
}

TEST(gather_socket__handler_rests__reads_on_without_waiting_for_the_mark) {
    const script acts[] = {
        {SEND, (1 << 20) + 70000},
        {WAIT, 0},
        {SLEEP, TRT_S + TRT_MS},
        {WAIT, 0},
        {SLEEP, TRT_GATHER_WAIT_NS + TRT_MS}, // it may be fast again, with a mark
        {WAIT, 0},
        {GOT_ALL, 0},
        {DONE, 0}};
    EXPECT(play(acts, 0, 1 << 20) < 2 * TRT_S);
}
