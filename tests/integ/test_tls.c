// SPDX-License-Identifier: Apache-2.0
// TLS over loopback on a runtime of several workers: clients that are threads which block on their
// futures, servers that are tasks; handshakes with RSA, whose signatures go to the blocking pool.
#include <tmlrt/io.h>
#include <tmlrt/net.h>
#include <tmlrt/task.h>
#include <tmlrt/tls.h>

#include "rt/exec/blocking.h"
#include "rt/exec/runtime.h"
#include "tests/support/clock.h"
#include "tests/support/future.h"
#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 4, ROUNDS = 6, BYTES = 100000 };

typedef struct leaf {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char bytes[TMLRT_LEAF_SIZE];
} leaf;

typedef struct party {
    pthread_t thread;
    tmlrt_tls_config* config;
    int port;
    bool ok;
} party;

// ---- the server: a task that accepts, shakes hands and echoes -----------------------------------

typedef struct serve_frame {
    tmlrt_frame head;
    tmlrt_stream* transport;
    tmlrt_tls_config* config;
    int step;
    tmlrt_tls_stream* tls;
    leaf leaf;
} serve_frame;

static tmlrt_poll serve_poll(void* frame, tmlrt_context* cx, void* out) {
    serve_frame* self = frame;
    (void)out;
    if (self->step == 0) {
        tmlrt_tls_accept_init(&self->leaf, self->config, self->transport, 0);
        self->step = 1;
    }
    if (self->step == 1) {
        tmlrt_tls_opened opened;
        if (tmlrt_tls_accept_desc.poll(&self->leaf, cx, &opened) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        free(opened.told);
        self->tls = opened.stream;
        if (self->tls == NULL) {
            self->head.state = TMLRT_FRAME_DONE;
            return TMLRT_READY;
        }
        tmlrt_stream* stream = tmlrt_tls_as_stream(self->tls);
        tmlrt_copy_init(&self->leaf, stream, stream);
        self->step = 2;
    }
    tmlrt_io_moved moved;
    if (tmlrt_copy_desc.poll(&self->leaf, cx, &moved) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    tmlrt_tls_stream_free(self->tls);
    self->head.state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}

static void serve_drop(void* frame) {
    serve_frame* self = frame;
    if (self->head.state != TMLRT_FRAME_DONE && self->step == 0) {
        tmlrt_stream_free(self->transport);
    } else if (self->head.state != TMLRT_FRAME_DONE && self->step == 1) {
        tmlrt_tls_accept_desc.drop(&self->leaf);
    } else if (self->head.state != TMLRT_FRAME_DONE && self->step == 2) {
        tmlrt_copy_desc.drop(&self->leaf);
        tmlrt_tls_stream_free(self->tls);
    }
    self->head.state = TMLRT_FRAME_DONE;
}

static const tmlrt_future_desc s_serve = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = serve_poll,
    .drop = serve_drop,
    .frame_size = sizeof(serve_frame),
    .frame_align = _Alignof(serve_frame),
    .out_align = 1,
    .name = "serve",
    .num_states = 1,
};

static tmlrt_task* serve(tmlrt_stream* owned_transport, tmlrt_tls_config* config) {
    serve_frame frame = {.transport = owned_transport, .config = config};
    return tmlrt_spawn(&s_serve, &frame, sizeof(frame));
}

static tmlrt_task* serve_next(tmlrt_tcp_listener* listener, tmlrt_tls_config* config) {
    leaf l;
    tmlrt_tcp_opened opened = {1, NULL};
    tmlrt_tcp_accept_init(&l, listener);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_accept_desc, &l, &opened);
    return opened.status == TMLRT_OK ? serve(tmlrt_tcp_as_stream(opened.stream), config) : NULL;
}

static void join(tmlrt_task* task) {
    leaf l;
    tmlrt_status status = 1;
    tmlrt_join_init(&l, task, NULL);
    (void)!tmlrt_block_on_future(&tmlrt_join_desc, &l, &status);
}

// ---- the clients --------------------------------------------------------------------------------

static tmlrt_tls_stream* dial(const party* self, tmlrt_status* out_status) {
    leaf l;
    tmlrt_tcp_opened tcp = {1, NULL};
    tmlrt_tls_opened tls = {1, NULL, NULL};
    tmlrt_tcp_connect_init(&l, "127.0.0.1", self->port);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_connect_desc, &l, &tcp);
    if (tcp.status != TMLRT_OK) {
        return NULL;
    }
    tmlrt_tls_connect_init(&l, self->config, tmlrt_tcp_as_stream(tcp.stream), "a.test", 0);
    (void)!tmlrt_block_on_future(&tmlrt_tls_connect_desc, &l, &tls);
    free(tls.told);
    *out_status = tls.status;
    return tls.stream;
}

static bool echo(tmlrt_tls_stream* tls) {
    static char s_data[BYTES];
    leaf l;
    tmlrt_io_moved moved = {1, 0};
    char* back = calloc(1, BYTES);
    tmlrt_stream* stream = tmlrt_tls_as_stream(tls);
    bool well = back != NULL;
    for (size_t at = 0; well && at < BYTES; at += 20000) {
        tmlrt_stream_write_init(&l, stream, s_data + at, 20000);
        (void)!tmlrt_block_on_future(&tmlrt_stream_write_desc, &l, &moved);
        well = moved.status == TMLRT_OK;
        tmlrt_stream_read_exact_init(&l, stream, back, 20000);
        (void)!tmlrt_block_on_future(&tmlrt_stream_read_exact_desc, &l, &moved);
        well = well && moved.status == TMLRT_OK && memcmp(back, s_data + at, 20000) == 0;
    }
    free(back);
    return well;
}

static void* ask(void* arg) {
    party* self = arg;
    self->ok = true;
    for (int i = 0; i < ROUNDS; i++) {
        tmlrt_status status = 1;
        tmlrt_tls_stream* tls = dial(self, &status);
        self->ok = self->ok && tls != NULL && echo(tls);
        tmlrt_tls_stream_free(tls);
    }
    return NULL;
}

static tmlrt_tls_config* server_with(const test_cert* cert) {
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    (void)!tmlrt_tls_options_identity(options, cert->chain, cert->key, NULL);
    return tls_rig_config(options);
}

static void run(const test_cert* cert) {
    tmlrt_tcp_listener* listener = NULL;
    party clients[CLIENTS] = {0};
    tmlrt_tls_config *server = server_with(cert), *client = tls_rig_config(tls_rig_client());
    REQUIRE(server != NULL && client != NULL);
    REQUIRE(tmlrt_tcp_listen(&listener, "127.0.0.1", 0) == TMLRT_OK);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (party){.config = client, .port = tmlrt_tcp_listener_port(listener)};
        REQUIRE(pthread_create(&clients[i].thread, NULL, ask, &clients[i]) == 0);
    }
    tmlrt_task* tasks[CLIENTS * ROUNDS];
    for (int i = 0; i < CLIENTS * ROUNDS; i++) {
        tasks[i] = serve_next(listener, server);
        REQUIRE(tasks[i] != NULL);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        EXPECT(clients[i].ok);
    }
    for (int i = 0; i < CLIENTS * ROUNDS; i++) {
        join(tasks[i]);
    }
    tmlrt_tcp_listener_free(listener);
    tmlrt_tls_config_unref(server);
    tmlrt_tls_config_unref(client);
}

// The program has used OpenSSL before us: its memory stays on libc's heap, and the cases count
// ours.
void test_before_all(void) {
    setenv("TMLRT_THREADS", "3", 1);
    OPENSSL_free(OPENSSL_malloc(1));
    tls_rig_warm_up();
    run(&tls_rig_get()->rsa);
    run(&tls_rig_get()->ec);
}

static uint64_t jobs(void) {
    tmlrt_status status;
    tmlrt_runtime* runtime = trt_runtime_get_default(&status);
    trt_blocking_stats stats = {0};
    if (runtime != NULL) {
        trt_blocking_get_stats(runtime->blocking, &stats);
    }
    return stats.num_jobs;
}

TEST(tls_loopback__ecdsa__signed_on_the_workers) {
    test_allocator_shared();
    uint64_t before = jobs();
    run(&tls_rig_get()->ec);
    EXPECT_EQ(jobs() - before, 0);
}

TEST(tls_loopback__rsa__signed_on_the_blocking_pool) {
    test_allocator_shared();
    uint64_t before = jobs();
    run(&tls_rig_get()->rsa);
    EXPECT(jobs() - before >= 1);
}

/// Both ends on one worker, so that allocations come in the same order every time.
typedef struct both_ends {
    uint64_t nth;
    tmlrt_stream *served, *dialled;
    tmlrt_tls_config *server, *client;
    tmlrt_task* task;
    tmlrt_tls_opened opened;
    bool hit;
} both_ends;

static tmlrt_poll step_both(test_future* self, tmlrt_context* cx, int64_t* out) {
    both_ends* both = self->user;
    *out = 0;
    if (self->leaf_desc == NULL) {
        test_allocator_fail_at(both->nth);
        both->task = serve(both->served, both->server);
        tmlrt_tls_connect_init(self->leaf, both->client, both->dialled, "a.test", 0);
        self->leaf_desc = &tmlrt_tls_connect_desc;
    }
    if (tmlrt_tls_connect_desc.poll(self->leaf, cx, &both->opened) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    self->leaf_desc = NULL;
    both->hit = test_allocator_hit();
    test_allocator_fail_at(0);
    return TMLRT_READY;
}

TEST(tls_oom__rsa_on_a_worker__ends_with_a_status) {
    test_allocator_shared();
    both_ends both = {.server = server_with(&tls_rig_get()->rsa),
                      .client = tls_rig_config(tls_rig_client()),
                      .hit = true};
    REQUIRE(both.server != NULL && both.client != NULL);
    for (both.nth = 1; both.hit && both.nth < 500; both.nth++) {
        test_clock clock;
        test_probe probe = {0};
        int64_t out;
        test_future root = {.step = step_both, .probe = &probe, .user = &both};
        tmlrt_runtime* runtime = test_clock_runtime(&clock);
        REQUIRE(runtime != NULL);
        REQUIRE(tmlrt_duplex_new(&both.served, &both.dialled, 0) == TMLRT_OK);
        both.opened = (tmlrt_tls_opened){1, NULL, NULL};
        EXPECT_EQ(tmlrt_runtime_run(runtime, &test_plain_desc, &root, sizeof root, &out), TMLRT_OK);
        EXPECT(both.opened.status == TMLRT_OK || both.hit);
        free(both.opened.told);
        tmlrt_tls_stream_free(both.opened.stream);
        tmlrt_task_detach(both.task);
        tmlrt_runtime_free(runtime);
    }
    EXPECT(!both.hit);
    tmlrt_tls_config_unref(both.server);
    tmlrt_tls_config_unref(both.client);
}

TEST(tls_oom__configuration__each_of_our_allocations_once) {
    char why[TMLRT_TLS_WHY];
    tmlrt_tls_config* config = NULL;
    tmlrt_tls_options* options = tls_rig_server();
    REQUIRE(options != NULL);
    test_allocator_shared();
    bool hit = true;
    for (uint64_t nth = 1; hit && nth < 500; nth++) {
        test_allocator_fail_at(nth);
        tmlrt_status status = tmlrt_tls_config_new(&config, options, why, sizeof(why));
        hit = test_allocator_hit();
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
    }
    test_allocator_fail_at(0);
    tmlrt_tls_config_unref(config);
    tmlrt_tls_options_free(options);
}

TEST(tls_accept__peer_says_nothing__the_deadline_ends_it) {
    test_allocator_shared(); // the workers of the cases before are there still
    leaf l;
    tmlrt_stream *a = NULL, *b = NULL;
    tmlrt_tls_opened opened = {1, NULL, NULL};
    tmlrt_tls_config* server = server_with(&tls_rig_get()->ec);
    REQUIRE(server != NULL && tmlrt_duplex_new(&a, &b, 0) == TMLRT_OK);
    tmlrt_tls_accept_init(&l, server, a, 1);
    (void)!tmlrt_block_on_future(&tmlrt_tls_accept_desc, &l, &opened);
    EXPECT_EQ(opened.status, TMLRT_E_TIMEDOUT);
    EXPECT_STR(opened.told, "the deadline passed");
    EXPECT(opened.stream == NULL);
    free(opened.told);
    tmlrt_stream_free(b);
    tmlrt_tls_config_unref(server);
}

TEST(tls_connect__server_configuration__refused_and_the_stream_closed) {
    test_allocator_shared(); // the workers of the cases before are there still
    leaf l;
    tmlrt_stream *a = NULL, *b = NULL;
    tmlrt_tls_opened opened = {1, NULL, NULL};
    tmlrt_tls_config* server = server_with(&tls_rig_get()->ec);
    REQUIRE(server != NULL && tmlrt_duplex_new(&a, &b, 0) == TMLRT_OK);
    tmlrt_tls_connect_init(&l, server, a, "a.test", 0);
    (void)!tmlrt_block_on_future(&tmlrt_tls_connect_desc, &l, &opened);
    EXPECT_EQ(opened.status, TMLRT_E_INVAL);
    free(opened.told);
    tmlrt_stream_free(b);
    tmlrt_tls_config_unref(server);
}
