// SPDX-License-Identifier: Apache-2.0
// The TCP futures in tasks: an echo server and its clients on one, two and eight workers; drops,
// failures and block_on outside of the runtime.
#include <tmlrt/net.h>
#include <tmlrt/runtime.h>

#include "rt/base/assert.h"
#include "rt/exec/runtime.h"
#include "rt/os/socket.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"

#include <stdlib.h>

enum { CLIENTS = 40, ROUNDS = 30, BLOCK = 3000 };

// What one task keeps between polls; freed at the task's end or in its drop.
typedef struct session {
    tmlrt_tcp_stream* stream;
    int place; // what is awaited
    int rounds;
    uint64_t got;
    int32_t port;
    unsigned char seed;
    union {
        tmlrt_tcp_opened opened;
        tmlrt_tcp_moved moved;
    } out;
    char data[BLOCK];
} session;

enum { START = 0, CONNECTING, READING, WRITING };

static void session_drop(test_future* self) {
    session* s = self->user;
    if (self->leaf_desc != NULL) { // the stream must outlive the leaf that waits on it
        self->leaf_desc->drop(self->leaf);
        self->leaf_desc = NULL;
    }
    tmlrt_tcp_stream_free(s->stream);
    free(s);
}

// Polls the leaf; READY ends it.
static bool leaf_ready(test_future* self, tmlrt_context* cx, void* out) {
    if (self->leaf_desc->poll(self->leaf, cx, out) == TMLRT_PENDING) {
        return false;
    }
    self->leaf_desc = NULL;
    return true;
}

static void start_read(test_future* self, session* s, uint64_t cap) {
    tmlrt_tcp_read_init(self->leaf, s->stream, s->data + s->got, cap);
    self->leaf_desc = &tmlrt_tcp_read_desc;
    s->place = READING;
}

static void start_write(test_future* self, session* s, uint64_t len) {
    tmlrt_tcp_write_init(self->leaf, s->stream, s->data, len);
    self->leaf_desc = &tmlrt_tcp_write_desc;
    s->place = WRITING;
}

// ---- server -------------------------------------------------------------------------------------

static tmlrt_poll step_echo(test_future* self, tmlrt_context* cx, int64_t* out) {
    session* s = self->user;
    if (s->place == START) {
        start_read(self, s, BLOCK);
    }
    while (leaf_ready(self, cx, &s->out)) {
        if (s->out.moved.status != TMLRT_OK || s->out.moved.len == 0) {
            *out = s->out.moved.status;
            session_drop(self);
            return TMLRT_READY;
        }
        if (s->place == READING) {
            start_write(self, s, s->out.moved.len);
        } else {
            start_read(self, s, BLOCK);
        }
    }
    return TMLRT_PENDING;
}

static test_probe s_echoes;

static tmlrt_poll step_serve(test_future* self, tmlrt_context* cx, int64_t* out) {
    tmlrt_tcp_opened opened;
    for (;;) {
        if (self->leaf_desc == NULL) {
            tmlrt_tcp_accept_init(self->leaf, self->user);
            self->leaf_desc = &tmlrt_tcp_accept_desc;
        }
        if (!leaf_ready(self, cx, &opened)) {
            return TMLRT_PENDING;
        }
        if (opened.status != TMLRT_OK) {
            *out = opened.status;
            return TMLRT_READY;
        }
        session* s = calloc(1, sizeof(*s));
        s->stream = opened.stream;
        test_future echo = {
            .step = step_echo, .probe = &s_echoes, .user = s, .on_drop = session_drop};
        tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &echo, sizeof(echo)));
        if (--self->left == 0) {
            *out = TMLRT_OK;
            return TMLRT_READY;
        }
    }
}

// ---- client -------------------------------------------------------------------------------------

static unsigned char byte_at(const session* s, size_t i) {
    return (unsigned char)(s->seed + s->rounds * 31 + (int)i);
}

static void send_round(test_future* self, session* s) {
    for (size_t i = 0; i < BLOCK; i++) {
        s->data[i] = (char)byte_at(s, i);
    }
    s->got = 0;
    start_write(self, s, BLOCK);
}

// One step after a leaf finished. Returns false at the end, with *out.
static bool client_next(test_future* self, session* s, int64_t* out) {
    *out = s->out.moved.status;
    if (s->out.moved.status != TMLRT_OK) {
        return false;
    }
    if (s->place == CONNECTING) {
        s->stream = s->out.opened.stream;
        send_round(self, s);
    } else if (s->place == WRITING) {
        memset(s->data, 0, BLOCK);
        start_read(self, s, BLOCK);
    } else {
        s->got += s->out.moved.len;
        if (s->got < BLOCK && s->out.moved.len != 0) {
            start_read(self, s, BLOCK - s->got);
            return true;
        }
        for (size_t i = 0; i < BLOCK; i++) {
            if ((unsigned char)s->data[i] != byte_at(s, i)) {
                *out = -9999;
                return false;
            }
        }
        if (++s->rounds == ROUNDS) {
            return false;
        }
        send_round(self, s);
    }
    return true;
}

static tmlrt_poll step_client(test_future* self, tmlrt_context* cx, int64_t* out) {
    session* s = self->user;
    if (s->place == START) {
        tmlrt_tcp_connect_init(self->leaf, "127.0.0.1", s->port);
        self->leaf_desc = &tmlrt_tcp_connect_desc;
        s->place = CONNECTING;
    }
    while (leaf_ready(self, cx, &s->out)) {
        if (!client_next(self, s, out)) {
            session_drop(self);
            return TMLRT_READY;
        }
    }
    return TMLRT_PENDING;
}

static test_future client_of(test_probe* probe, int32_t port, int seed) {
    session* s = calloc(1, sizeof(*s));
    s->port = port;
    s->seed = (unsigned char)seed;
    return (test_future){.step = step_client, .probe = probe, .user = s, .on_drop = session_drop};
}

// ---- both ---------------------------------------------------------------------------------------

// The main task: opens the listener on its worker, starts everybody, awaits all clients.
typedef struct world {
    test_probe probe;
    tmlrt_tcp_listener* listener;
    tmlrt_task* server;
    tmlrt_task* clients[CLIENTS];
    int started, joined;
    int64_t value;
} world;

static void start_all(world* w) {
    EXPECT_EQ(tmlrt_tcp_listen(&w->listener, "127.0.0.1", 0), TMLRT_OK);
    test_future server = {
        .step = step_serve, .probe = &w->probe, .user = w->listener, .left = CLIENTS};
    w->server = tmlrt_spawn(&test_plain_desc, &server, sizeof(server));
    for (int i = 0; i < CLIENTS; i++) {
        test_future client =
            client_of(&w->probe, tmlrt_tcp_listener_port(w->listener), w->started++);
        w->clients[i] = tmlrt_spawn(&test_plain_desc, &client, sizeof(client));
    }
}

static tmlrt_poll step_world(test_future* self, tmlrt_context* cx, int64_t* out) {
    world* w = self->user;
    if (w->started == 0) {
        start_all(w);
    }
    for (;;) {
        if (self->leaf_desc == NULL) {
            if (w->joined == CLIENTS + 1) {
                tmlrt_tcp_listener_free(w->listener);
                *out = 0;
                return TMLRT_READY;
            }
            tmlrt_task* task = w->joined < CLIENTS ? w->clients[w->joined] : w->server;
            tmlrt_join_init(self->leaf, task, &w->value);
            self->leaf_desc = &tmlrt_join_desc;
        }
        int32_t status;
        if (!leaf_ready(self, cx, &status)) {
            return TMLRT_PENDING;
        }
        EXPECT_EQ(status, TMLRT_OK);
        EXPECT_EQ(w->value, TMLRT_OK);
        w->joined++;
    }
}

static void run_world(uint32_t workers) {
    world* w = calloc(1, sizeof(*w));
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = workers};
    test_future main_task = {.step = step_world, .probe = &w->probe, .user = w};
    int64_t out = -1;
    REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
    EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &main_task, sizeof(main_task), &out), 0);
    EXPECT_EQ(out, 0);
    tmlrt_runtime_free(runtime);
    free(w);
}

TEST(tcp_futures__echo_server_and_clients__one_worker) {
    run_world(1);
}

TEST(tcp_futures__echo_server_and_clients__two_workers) {
    run_world(2);
}

TEST(tcp_futures__echo_server_and_clients__eight_workers) {
    run_world(8);
}

// Everything waits (accepts, reads of open connections) when the runtime shuts down.
static tmlrt_poll step_half_way(test_future* self, tmlrt_context* cx, int64_t* out) {
    world* w = self->user;
    (void)cx;
    EXPECT_EQ(tmlrt_tcp_listen(&w->listener, "127.0.0.1", 0), TMLRT_OK);
    test_future server = {
        .step = step_serve, .probe = &w->probe, .user = w->listener, .left = 1000000};
    w->server = tmlrt_spawn(&test_plain_desc, &server, sizeof(server));
    for (int i = 0; i < CLIENTS; i++) {
        test_future client = client_of(&w->probe, tmlrt_tcp_listener_port(w->listener), i);
        tmlrt_task_detach(tmlrt_spawn(&test_plain_desc, &client, sizeof(client)));
    }
    *out = 0;
    return TMLRT_READY;
}

TEST(tcp_futures__shutdown_in_the_middle__every_stream_is_closed) {
    for (uint32_t workers = 1; workers <= 4; workers *= 2) {
        world* w = calloc(1, sizeof(*w));
        tmlrt_runtime* runtime = NULL;
        const tmlrt_runtime_options options = {.workers = workers};
        test_future main_task = {.step = step_half_way, .probe = &w->probe, .user = w};
        int64_t out = -1;
        REQUIRE(tmlrt_runtime_new(&runtime, &options) == TMLRT_OK);
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &main_task, sizeof(main_task), &out),
                  0);
        EXPECT_EQ(tmlrt_runtime_shutdown(runtime, 1000), TMLRT_OK);
        tmlrt_tcp_listener_free(w->listener);
        EXPECT_EQ(tmlrt_task_join(w->server, NULL), TMLRT_E_CANCELLED);
        tmlrt_runtime_free(runtime); // checks that no slot is left
        free(w);
    }
}

// ---- failures -----------------------------------------------------------------------------------

// Waits in a read, then panics at the second poll: the frame is freed without a drop.
static tmlrt_poll step_panic_reading(test_future* self, tmlrt_context* cx, int64_t* out) {
    session* s = self->user;
    (void)out;
    if (s->place == START) {
        start_read(self, s, BLOCK);
        EXPECT_EQ(self->leaf_desc->poll(self->leaf, cx, &s->out), TMLRT_PENDING);
        tmlrt_coop_yield(cx);
        return TMLRT_PENDING;
    }
    tmlrt_panic("on purpose");
}

static tmlrt_poll step_open(test_future* self, tmlrt_context* cx, int64_t* out) {
    session* s = self->user;
    if (s->place == START) {
        tmlrt_tcp_connect_init(self->leaf, "127.0.0.1", s->port);
        self->leaf_desc = &tmlrt_tcp_connect_desc;
        s->place = CONNECTING;
    }
    if (!leaf_ready(self, cx, &s->out)) {
        return TMLRT_PENDING;
    }
    s->stream = s->out.opened.stream;
    s->place = START;
    *out = s->out.opened.status;
    return TMLRT_READY;
}

static tmlrt_status run_step(tmlrt_runtime* runtime, test_step step, session* s, int64_t* out) {
    test_probe probe = {0};
    test_future task = {.step = step, .probe = &probe, .user = s};
    return tmlrt_runtime_run(runtime, &test_plain_desc, &task, sizeof(task), out);
}

static tmlrt_poll step_listen(test_future* self, tmlrt_context* cx, int64_t* out) {
    (void)cx;
    *out = tmlrt_tcp_listen(self->user, "127.0.0.1", 0);
    return TMLRT_READY;
}

static tmlrt_runtime* open_runtime(tmlrt_tcp_listener** listener) {
    tmlrt_runtime* runtime = NULL;
    const tmlrt_runtime_options options = {.workers = 1};
    test_probe probe = {0};
    test_future task = {.step = step_listen, .probe = &probe, .user = listener};
    int64_t out = -1;
    bool ok = tmlrt_runtime_new(&runtime, &options) == TMLRT_OK &&
              tmlrt_runtime_run(runtime, &test_plain_desc, &task, sizeof(task), &out) == TMLRT_OK;
    EXPECT(ok && out == TMLRT_OK);
    return runtime;
}

TEST(tcp_read__its_task_panics_while_it_waits__reactor_forgets_the_task) {
    tmlrt_tcp_listener* listener = NULL;
    tmlrt_runtime* runtime = open_runtime(&listener);
    session s = {.port = tmlrt_tcp_listener_port(listener)};
    int64_t out = -1;
    EXPECT_EQ(run_step(runtime, step_open, &s, &out), TMLRT_OK);
    REQUIRE(out == TMLRT_OK);
    uint64_t live = test_allocator_live();
    EXPECT_EQ(run_step(runtime, step_panic_reading, &s, &out), TMLRT_E_PANIC);
    EXPECT_EQ(test_allocator_live(), live); // no waker in the slot keeps the task
    tmlrt_tcp_stream_free(s.stream);
    tmlrt_tcp_listener_free(listener);
    tmlrt_runtime_free(runtime);
}

TEST(tcp_connect__each_allocation_fails__nomem_and_nothing_left) {
    tmlrt_tcp_listener* listener = NULL;
    tmlrt_runtime* runtime = open_runtime(&listener);
    bool hit = true;
    for (uint64_t nth = 1; hit; nth++) {
        session s = {.port = tmlrt_tcp_listener_port(listener)};
        int64_t out = 0;
        test_allocator_fail_at(nth);
        tmlrt_status status = run_step(runtime, step_open, &s, &out);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        status = status == TMLRT_OK ? (tmlrt_status)out : status;
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        tmlrt_tcp_stream_free(s.stream);
        EXPECT(!hit || nth < 10);
    }
    tmlrt_tcp_listener_free(listener);
    tmlrt_runtime_free(runtime);
}

static tmlrt_poll step_accept(test_future* self, tmlrt_context* cx, int64_t* out) {
    tmlrt_tcp_opened opened;
    if (self->leaf_desc == NULL) {
        tmlrt_tcp_accept_init(self->leaf, self->user);
        self->leaf_desc = &tmlrt_tcp_accept_desc;
    }
    if (!leaf_ready(self, cx, &opened)) {
        return TMLRT_PENDING;
    }
    EXPECT((opened.status == TMLRT_OK) == (opened.stream != NULL));
    tmlrt_tcp_accept_desc.drop_output(&opened);
    *out = opened.status;
    return TMLRT_READY;
}

TEST(tcp_accept__each_allocation_fails__nomem_and_nothing_left) {
    tmlrt_tcp_listener* listener = NULL;
    tmlrt_runtime* runtime = open_runtime(&listener);
    trt_addr addr;
    bool hit = true;
    REQUIRE(trt_addr_parse(&addr, "127.0.0.1", (uint16_t)tmlrt_tcp_listener_port(listener)) == 0);
    for (uint64_t nth = 1; hit; nth++) {
        trt_handle client;
        test_probe probe = {0};
        test_future task = {.step = step_accept, .probe = &probe, .user = listener};
        int64_t out = 0;
        REQUIRE(trt_socket_connect(&client, &addr) == TMLRT_OK);
        test_allocator_fail_at(nth);
        tmlrt_status status =
            tmlrt_runtime_run(runtime, &test_plain_desc, &task, sizeof(task), &out);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        status = status == TMLRT_OK ? (tmlrt_status)out : status;
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        trt_socket_close(client, false);
        EXPECT(!hit || nth < 10);
    }
    tmlrt_tcp_listener_free(listener);
    tmlrt_runtime_free(runtime);
}

// ---- single futures, on the default runtime -----------------------------------------------------

TEST(tcp_listen__no_memory_at_each_step__nomem_and_nothing_left) {
    bool hit = true;
    tmlrt_status unused;
    REQUIRE(trt_runtime_get_default(&unused) != NULL);
    for (uint64_t nth = 1; hit; nth++) {
        tmlrt_tcp_listener* listener = NULL;
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_tcp_listen(&listener, "127.0.0.1", 0);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        EXPECT((listener == NULL) == hit);
        tmlrt_tcp_listener_free(listener);
    }
    trt_runtime_reset_default();
}

TEST(tcp_listen__bad_address_or_port__inval) {
    tmlrt_tcp_listener* listener = NULL;
    EXPECT_EQ(tmlrt_tcp_listen(&listener, NULL, 0), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_tcp_listen(&listener, "localhost", 0), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_tcp_listen(&listener, "127.0.0.1", 65536), TMLRT_E_INVAL);
    EXPECT_EQ(tmlrt_tcp_listen(&listener, "127.0.0.1", -1), TMLRT_E_INVAL);
    EXPECT(listener == NULL);
    tmlrt_tcp_listener_free(NULL);
    tmlrt_tcp_stream_free(NULL);
}

typedef struct leaf {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char bytes[TMLRT_LEAF_SIZE];
} leaf;

static int32_t s_port; // of a listener of the default runtime, in the child

static int connect_in_child(const char* address) {
    leaf l;
    tmlrt_tcp_opened opened = {1, NULL};
    tmlrt_tcp_connect_init(&l, address, s_port);
    if (tmlrt_block_on_future(&tmlrt_tcp_connect_desc, &l, &opened) != TMLRT_OK) {
        return -1;
    }
    tmlrt_tcp_stream_free(opened.stream);
    return -opened.status;
}

// block_on on a thread that is no worker: the default runtime's worker drives the sockets.
static void block_on_outside(void) {
    tmlrt_tcp_listener* listener = NULL;
    if (tmlrt_tcp_listen(&listener, "127.0.0.1", 0) != TMLRT_OK) {
        exit(1);
    }
    s_port = tmlrt_tcp_listener_port(listener);
    leaf l;
    tmlrt_tcp_opened client = {1, NULL}, server = {1, NULL};
    tmlrt_tcp_moved moved = {1, 0};
    char data[8] = {0};
    tmlrt_tcp_connect_init(&l, "127.0.0.1", s_port);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_connect_desc, &l, &client);
    tmlrt_tcp_accept_init(&l, listener);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_accept_desc, &l, &server);
    if (client.status != TMLRT_OK || server.status != TMLRT_OK) {
        exit(2);
    }
    tmlrt_tcp_write_init(&l, client.stream, "hello", 5);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_write_desc, &l, &moved);
    tmlrt_tcp_shutdown(client.stream);
    if (moved.status != TMLRT_OK || moved.len != 5) {
        exit(3);
    }
    tmlrt_tcp_read_init(&l, server.stream, data, 0);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_read_desc, &l, &moved);
    if (moved.status != TMLRT_E_INVAL) {
        exit(4);
    }
    tmlrt_tcp_read_init(&l, server.stream, data, sizeof(data));
    (void)!tmlrt_block_on_future(&tmlrt_tcp_read_desc, &l, &moved);
    if (moved.status != TMLRT_OK || moved.len != 5 || memcmp(data, "hello", 5) != 0) {
        exit(5);
    }
    tmlrt_tcp_read_init(&l, server.stream, data, sizeof(data));
    (void)!tmlrt_block_on_future(&tmlrt_tcp_read_desc, &l, &moved);
    if (moved.status != TMLRT_OK || moved.len != 0) {
        exit(6);
    }
    tmlrt_tcp_stream_free(client.stream);
    tmlrt_tcp_stream_free(server.stream);
    tmlrt_tcp_listener_free(listener);
    if (connect_in_child("127.0.0.1") != -TMLRT_E_CONNREFUSED) {
        exit(7);
    }
    exit(connect_in_child("no sense") == -TMLRT_E_INVAL ? 0 : 8);
}

TEST(tcp_futures__block_on_outside_of_the_runtime__works) {
    char text[512];
    EXPECT_EQ(test_child(block_on_outside, text, sizeof(text)), 0);
    EXPECT_STR(text, "");
}

TEST(tcp_futures__dropped_unstarted__nothing_happens) {
    leaf l;
    tmlrt_tcp_connect_init(&l, "127.0.0.1", 1);
    tmlrt_tcp_connect_desc.drop(&l);
    EXPECT_EQ(((tmlrt_frame*)l.bytes)->state, TMLRT_FRAME_DONE);
    tmlrt_tcp_connect_desc.drop(&l);
    tmlrt_tcp_read_init(&l, NULL, NULL, 1);
    tmlrt_tcp_read_desc.drop(&l);
    EXPECT(tmlrt_tcp_accept_desc.frame_size <= TMLRT_LEAF_SIZE);
    tmlrt_tcp_opened none = {TMLRT_E_OS, NULL};
    tmlrt_tcp_accept_desc.drop_output(&none);
}
