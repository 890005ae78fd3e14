// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_server.h"

#include "rt/base/waker.h"
#include "std/http/core/response.h"
#include "std/http/server/shard.h"
#include "tests/support/harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// ---- the service --------------------------------------------------------------------------------

static bool path_is(const tmlrt_request* request, const char* path) {
    return strcmp(tmlrt_request_path(request), path) == 0;
}

static void answer(trt_exchange* exchange, tmlrt_context* cx, int32_t status, const void* body,
                   size_t len) {
    tmlrt_response* response = tmlrt_response_new(cx, status);
    if (response != NULL && tmlrt_response_body(response, "text/plain", body, len) == TMLRT_OK) {
        exchange->response = response;
    } else {
        trt_response_free(response);
    }
}

static void answer_big(trt_exchange* exchange, tmlrt_context* cx, size_t len) {
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    char* body = trt_arena_alloc(exchange->request.arena, len, 1);
    if (response != NULL && body != NULL) {
        memset(body, 'b', len);
        response->body = (tmlrt_slice){body, len};
        exchange->response = response;
    }
}

static void answer_fields(trt_exchange* exchange, tmlrt_context* cx, size_t num) {
    static const char value[] = "0123456789012345678901234567890123456789012345678901234567890123"
                                "45678901234567890123456789012345";
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    for (size_t i = 0; response != NULL && i < num; i++) {
        if (tmlrt_response_header(response, "X-F", value) != TMLRT_OK) {
            return;
        }
    }
    exchange->response = response;
}

static void answer_inject(trt_exchange* exchange, tmlrt_context* cx) {
    static trt_header bad[] = {{TRT_SLICE("X"), TRT_SLICE("a\r\nSet-Cookie: b")}};
    tmlrt_response* response = tmlrt_response_new(cx, 200);
    if (response != NULL) {
        response->headers = bad;
        response->num_headers = 1;
    }
    exchange->response = response;
}

static void enter(test_server* ts) {
    uint32_t running = trt_atomic_add(&ts->running, 1, TRT_SEQ_CST) + 1;
    uint32_t max = trt_atomic_load(&ts->max_running, TRT_SEQ_CST);
    while (running > max &&
           !trt_atomic_cas(&ts->max_running, &max, running, TRT_SEQ_CST, TRT_SEQ_CST)) {
    }
}

static tmlrt_poll gate(test_server* ts, trt_exchange* exchange, tmlrt_context* cx) {
    pthread_mutex_lock(&ts->lock);
    bool open = trt_atomic_load(&ts->gate, TRT_SEQ_CST) != 0;
    if (!open && ts->num_waiting < 64) {
        trt_waker_clone(cx->waker, &ts->waiting[ts->num_waiting++]);
    }
    pthread_mutex_unlock(&ts->lock);
    if (!open) {
        return TMLRT_PENDING;
    }
    answer(exchange, cx, 200, "gate", 4);
    return TMLRT_READY;
}

// ---- leases -------------------------------------------------------------------------------------

// What /told keeps as its call; in the request's arena.
typedef struct told {
    tmlrt_cancel_token* token; // a reference
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
} told;

static tmlrt_poll poll_told(trt_exchange* exchange, tmlrt_context* cx) {
    told* self = exchange->call;
    int32_t reason = 0;
    if (tmlrt_cancel_token_cancelled_desc.poll(self->leaf, cx, &reason) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    const char digit = (char)('0' + reason);
    answer(exchange, cx, 200, &digit, 1);
    return TMLRT_READY;
}

static tmlrt_poll start_told(trt_exchange* exchange, tmlrt_context* cx) {
    told* self = trt_arena_alloc(exchange->request.arena, sizeof *self, _Alignof(told));
    self->token = tmlrt_request_cancel_token(&exchange->request);
    EXPECT(self->token == tmlrt_request_cancel_token(&exchange->request));
    tmlrt_cancel_token_ref(self->token);
    tmlrt_cancel_token_cancelled_init(self->leaf, self->token);
    exchange->call = self;
    return poll_told(exchange, cx);
}

static void drop_told(test_server* ts, trt_exchange* exchange) {
    told* self = exchange->call;
    trt_atomic_or(&ts->reasons, 1u << tmlrt_cancel_token_reason(self->token), TRT_SEQ_CST);
    tmlrt_cancel_token_cancelled_desc.drop(self->leaf);
    tmlrt_cancel_token_free(self->token);
    exchange->call = NULL;
}

typedef struct child {
    tmlrt_frame head;
    test_server* ts;
} child;

static tmlrt_poll child_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx, (void)out;
    return TMLRT_PENDING;
}
static void child_drop(void* frame) {
    child* self = frame;
    self->head.state = TMLRT_FRAME_DONE;
    trt_atomic_sub(&self->ts->live, 1, TRT_SEQ_CST);
}
static const tmlrt_future_desc s_child_desc = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .poll = child_poll,
    .drop = child_drop,
    .frame_size = sizeof(child),
    .frame_align = _Alignof(child),
    .out_align = 1,
    .name = "child",
    .num_states = 2,
};

static void start_children(test_server* ts, tmlrt_scope* scope, size_t num) {
    for (size_t i = 0; i < num; i++) {
        child frame = {.ts = ts};
        trt_atomic_add(&ts->live, 1, TRT_SEQ_CST);
        trt_atomic_add(&ts->num_children, 1, TRT_SEQ_CST);
        EXPECT_EQ(tmlrt_scope_add(scope, tmlrt_spawn(&s_child_desc, &frame, sizeof frame)),
                  TMLRT_OK);
    }
}

static tmlrt_poll service_poll(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    test_server* ts = self;
    trt_atomic_add(&ts->polled, 1, TRT_SEQ_CST);
    if (path_is(&exchange->request, "/told")) {
        return poll_told(exchange, cx);
    }
    return path_is(&exchange->request, "/gate") ? gate(ts, exchange, cx) : TMLRT_PENDING;
}

static tmlrt_poll service_start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    test_server* ts = self;
    tmlrt_request* request = &exchange->request;
    size_t number = request->query.len != 0 ? strtoul(request->query.data, NULL, 10) : 0;
    trt_atomic_add(&ts->started, 1, TRT_SEQ_CST);
    enter(ts);
    if (path_is(request, "/")) {
        answer(exchange, cx, 200, "hello", 5);
    } else if (path_is(request, "/echo")) {
        answer(exchange, cx, 200, request->body.data, request->body.len);
    } else if (path_is(request, "/big")) {
        answer_big(exchange, cx, number);
    } else if (path_is(request, "/fields")) {
        answer_fields(exchange, cx, number);
    } else if (path_is(request, "/status99")) {
        answer(exchange, cx, 99, "x", 1);
    } else if (path_is(request, "/204")) {
        answer(exchange, cx, 204, "body", 4);
    } else if (path_is(request, "/inject")) {
        answer_inject(exchange, cx);
    } else if (path_is(request, "/detached")) {
        tmlrt_context plain = *cx;
        plain.flags = 0;
        answer(exchange, &plain, 200, "detached", 8);
    } else if (path_is(request, "/never") || path_is(request, "/gate")) {
        exchange->timeout_ns = number * 1000000;
        return service_poll(self, exchange, cx);
    } else if (path_is(request, "/told")) {
        exchange->timeout_ns = number * 1000000;
        return start_told(exchange, cx);
    } else if (path_is(request, "/children")) {
        start_children(ts, tmlrt_request_scope(request), number);
        answer(exchange, cx, 200, "", 0);
    } else if (path_is(request, "/own")) {
        tmlrt_scope* scope = tmlrt_scope_new(0, NULL, 0, NULL);
        start_children(ts, scope, number);
        ts->own = scope; // it is not given up: as after a panic
        answer(exchange, cx, 200, "", 0);
    } else if (!path_is(request, "/null")) {
        answer(exchange, cx, 404, "no", 2);
    }
    return TMLRT_READY;
}

static uint64_t service_body_limit(void* self, tmlrt_request* request) {
    (void)self;
    bool echo = path_is(request, "/echo") && request->query.len != 0;
    return echo ? strtoul(request->query.data, NULL, 10) : 0;
}

static void service_drop(void* self, trt_exchange* exchange) {
    test_server* ts = self;
    if (exchange->call != NULL) {
        drop_told(ts, exchange);
    }
    trt_atomic_add(&ts->dropped, 1, TRT_SEQ_CST);
    trt_atomic_sub(&ts->running, 1, TRT_SEQ_CST);
}

void test_server_open_gate(test_server* ts) {
    tmlrt_waker woken[64];
    pthread_mutex_lock(&ts->lock);
    trt_atomic_store(&ts->gate, 1, TRT_SEQ_CST);
    int num = ts->num_waiting;
    memcpy(woken, ts->waiting, sizeof woken);
    ts->num_waiting = 0;
    pthread_mutex_unlock(&ts->lock);
    for (int i = 0; i < num; i++) {
        trt_waker_wake(&woken[i]);
    }
}

// ---- the server ---------------------------------------------------------------------------------

// The supervisor's task is made, on the other thread: from here on every allocation is the
// server's.
static bool supervised(trt_http_server* server) {
    trt_mutex_lock(&server->lock);
    bool yes = server->supervisor.vtable != NULL;
    trt_mutex_unlock(&server->lock);
    return yes;
}

static uint64_t read_memory(void* context) {
    test_server* ts = context;
    trt_atomic_add(&ts->num_memory_reads, 1, TRT_RELAXED);
    return trt_atomic_load(&ts->memory, TRT_SEQ_CST);
}

static void* wait_thread(void* arg) {
    test_server* ts = arg;
    ts->status = trt_http_server_wait(ts->server);
    return NULL;
}

static uint32_t service_route_of(void* self, const tmlrt_request* request) {
    (void)self;
    return path_is(request, "/") ? 0 : path_is(request, "/echo") ? 1 : 2;
}

static size_t service_route_name(void* self, uint32_t index, char* out, size_t cap,
                                 tmlrt_slice* out_method) {
    (void)self;
    *out_method = index == 0 ? TRT_SLICE("GET") : TRT_SLICE("POST");
    return (size_t)snprintf(out, cap, "%s", index == 0 ? "/" : "/echo");
}

static bool start(test_server* ts, uint32_t workers, const trt_http_options* base,
                  const trt_service* service) {
    memset(ts, 0, sizeof *ts);
    pthread_mutex_init(&ts->lock, NULL);
    tmlrt_runtime_options runtime = {.workers = workers};
    if (tmlrt_runtime_new(&ts->runtime, &runtime) != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "no runtime");
        return false;
    }
    trt_http_options options = *base;
    options.memory_used = read_memory;
    options.memory_context = ts;
    (void)trt_addr_parse(&options.addr, "127.0.0.1", 0);
    ts->service = (trt_service){.self = ts,
                                .start = service_start,
                                .poll = service_poll,
                                .drop = service_drop,
                                .body_limit = service_body_limit,
                                .num_routes = 2,
                                .route_of = service_route_of,
                                .route_name = service_route_name};
    if (service != NULL) {
        ts->service = *service;
    }
    tmlrt_status status = trt_http_server_start(&ts->server, ts->runtime, &options, &ts->service);
    if (status != TMLRT_OK || pthread_create(&ts->thread, NULL, wait_thread, ts) != 0) {
        test_fail(__FILE__, __LINE__, "no server: %d", status);
        tmlrt_runtime_free(ts->runtime);
        return false;
    }
    ts->port = trt_http_server_bound(ts->server).port;
    while (!supervised(ts->server)) {
    }
    return true;
}

static trt_http_options with_limits(const trt_http_limits* limits) {
    return (trt_http_options){.limits = limits != NULL ? *limits : (trt_http_limits){0}};
}

bool test_server_start(test_server* ts, uint32_t workers, const trt_http_limits* limits) {
    trt_http_options options = with_limits(limits);
    return start(ts, workers, &options, NULL);
}

bool test_server_start_signals(test_server* ts, uint32_t workers, const trt_http_limits* limits) {
    trt_http_options options = with_limits(limits);
    options.signals = true;
    return start(ts, workers, &options, NULL);
}

bool test_server_start_with(test_server* ts, uint32_t workers, const trt_http_limits* limits,
                            const trt_service* service) {
    trt_http_options options = with_limits(limits);
    return start(ts, workers, &options, service);
}

bool test_server_start_options(test_server* ts, uint32_t workers, const trt_http_options* options) {
    return start(ts, workers, options, NULL);
}

bool test_server_start_service(test_server* ts, uint32_t workers, const trt_http_options* options,
                               const trt_service* service) {
    return start(ts, workers, options, service);
}

bool test_server_stopping(const test_server* ts) {
    return trt_http_server_phase(ts->server) != TRT_HTTP_RUNNING;
}

void test_server_stop(test_server* ts, enum trt_http_stop how) {
    trt_http_server_stop(ts->server, how);
    test_server_join(ts);
}

void test_server_join(test_server* ts) {
    pthread_join(ts->thread, NULL);
    EXPECT_EQ(ts->status, TMLRT_OK);
    EXPECT_EQ(trt_http_server_num_conns(ts->server), 0);
    EXPECT_EQ(trt_atomic_load(&ts->started, TRT_SEQ_CST),
              trt_atomic_load(&ts->dropped, TRT_SEQ_CST));
    trt_http_admin_end(ts->admin);
    trt_http_server_free(ts->server);
    tmlrt_runtime_free(ts->runtime);
    for (int i = 0; i < ts->num_waiting; i++) {
        trt_waker_drop(&ts->waiting[i]);
    }
    pthread_mutex_destroy(&ts->lock);
}

// ---- the client ---------------------------------------------------------------------------------

int client_connect(const test_server* ts) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)ts->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = 5};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(fd, (struct sockaddr*)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void client_close(int fd) {
    close(fd);
}

void client_reset(int fd) {
    struct linger linger = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

bool client_send(int fd, const void* data, size_t len) {
    for (size_t at = 0; at < len;) {
        ssize_t sent = send(fd, (const char*)data + at, len - at, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        at += (size_t)sent;
    }
    return true;
}

bool client_send_text(int fd, const char* text) {
    return client_send(fd, text, strlen(text));
}

static char s_answer[4 << 20];

// Byte by byte up to the empty line, so that nothing of the next answer is taken.
static size_t read_head(int fd) {
    size_t len = 0;
    while (len < sizeof s_answer - 1 && recv(fd, s_answer + len, 1, 0) == 1) {
        len++;
        if (len >= 4 && memcmp(s_answer + len - 4, "\r\n\r\n", 4) == 0) {
            return len;
        }
    }
    return 0;
}

const char* client_read(int fd, bool head) {
    size_t len = read_head(fd);
    s_answer[len] = '\0';
    if (len == 0) {
        return NULL;
    }
    const char* field = strstr(s_answer, "\r\nContent-Length: ");
    size_t body = field != NULL && !head ? strtoul(field + 18, NULL, 10) : 0;
    for (size_t end = len + body; len < end;) {
        ssize_t got = recv(fd, s_answer + len, end - len, 0);
        if (got <= 0) {
            return NULL;
        }
        len += (size_t)got;
    }
    s_answer[len] = '\0';
    return s_answer;
}

int client_status(const char* answer) {
    return answer != NULL && strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

const char* client_body(const char* answer) {
    const char* end = answer != NULL ? strstr(answer, "\r\n\r\n") : NULL;
    return end != NULL ? end + 4 : "(none)";
}

bool client_at_end(int fd) {
    char byte;
    ssize_t got = recv(fd, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

int client_get(int fd, const char* path) {
    char text[512];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    return client_send_text(fd, text) ? client_status(client_read(fd, false)) : 0;
}
