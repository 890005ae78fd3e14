// SPDX-License-Identifier: Apache-2.0
// A C program on the runtime's I/O: clients that dial a name and speak through buffers, a server
// that echoes by copying each connection to itself, over TCP and Unix sockets; every party is a
// thread that blocks on its futures while the runtime's workers drive the sockets.
#include <tmlrt/io.h>
#include <tmlrt/net.h>
#include <tmlrt/task.h>

#include "rt/exec/runtime.h"
#include "tests/support/harness.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS = 8, LINES = 300 };

typedef struct leaf {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char bytes[TMLRT_LEAF_SIZE];
} leaf;

typedef struct party {
    pthread_t thread;
    tmlrt_tcp_listener* listener;
    tmlrt_tcp_stream* stream;
    const char* path; // of a Unix socket; NULL: TCP
    int port, number;
    bool ok;
} party;

// Echoes until the client has ended, then ends too.
static void* echo(void* arg) {
    party* self = arg;
    tmlrt_stream* stream = tmlrt_tcp_as_stream(self->stream);
    leaf l;
    tmlrt_io_moved moved = {1, 0};
    tmlrt_status status = 1;
    tmlrt_copy_init(&l, stream, stream);
    (void)!tmlrt_block_on_future(&tmlrt_copy_desc, &l, &moved);
    tmlrt_stream_shutdown_init(&l, stream);
    (void)!tmlrt_block_on_future(&tmlrt_stream_shutdown_desc, &l, &status);
    self->ok = moved.status == TMLRT_OK && status == TMLRT_OK;
    tmlrt_stream_free(stream);
    return NULL;
}

static void* serve(void* arg) {
    party* self = arg;
    party echoes[CLIENTS] = {0};
    self->ok = true;
    for (int i = 0; i < CLIENTS; i++) {
        leaf l;
        tmlrt_tcp_opened opened = {1, NULL};
        tmlrt_tcp_accept_init(&l, self->listener);
        (void)!tmlrt_block_on_future(&tmlrt_tcp_accept_desc, &l, &opened);
        if (opened.status != TMLRT_OK) {
            self->ok = false;
            return NULL;
        }
        echoes[i].stream = opened.stream;
        pthread_create(&echoes[i].thread, NULL, echo, &echoes[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(echoes[i].thread, NULL);
        self->ok = self->ok && echoes[i].ok;
    }
    return NULL;
}

static tmlrt_tcp_stream* open_connection(const party* self) {
    leaf l;
    tmlrt_tcp_opened opened = {1, NULL};
    if (self->path != NULL) {
        tmlrt_unix_connect_init(&l, self->path);
        (void)!tmlrt_block_on_future(&tmlrt_unix_connect_desc, &l, &opened);
    } else {
        tmlrt_tcp_connect_init(&l, "localhost", self->port);
        (void)!tmlrt_block_on_future(&tmlrt_tcp_connect_desc, &l, &opened);
    }
    return opened.stream;
}

static bool write_lines(tmlrt_writer* writer, int number) {
    leaf l;
    for (int i = 0; i < LINES; i++) {
        char line[64];
        tmlrt_io_moved moved = {1, 0};
        int len = snprintf(line, sizeof(line), "client %d line %d\n", number, i);
        tmlrt_writer_write_init(&l, writer, line, (uint64_t)len);
        (void)!tmlrt_block_on_future(&tmlrt_writer_write_desc, &l, &moved);
        if (moved.status != TMLRT_OK) {
            return false;
        }
    }
    tmlrt_status status = 1;
    tmlrt_writer_shutdown_init(&l, writer);
    (void)!tmlrt_block_on_future(&tmlrt_writer_shutdown_desc, &l, &status);
    return status == TMLRT_OK;
}

static bool read_lines(tmlrt_reader* reader, int number) {
    for (int i = 0; i <= LINES; i++) {
        char line[64];
        leaf l;
        tmlrt_io_found found = {1, NULL, 0};
        int len = i == LINES ? 0 : snprintf(line, sizeof(line), "client %d line %d\n", number, i);
        tmlrt_reader_until_init(&l, reader, '\n', 100);
        (void)!tmlrt_block_on_future(&tmlrt_reader_until_desc, &l, &found);
        if (found.status != TMLRT_OK || found.len != (uint64_t)len ||
            memcmp(found.data, line, found.len) != 0) {
            return false;
        }
    }
    return true;
}

static void* ask(void* arg) {
    party* self = arg;
    self->stream = open_connection(self);
    if (self->stream == NULL) {
        return NULL;
    }
    tmlrt_stream* stream = tmlrt_tcp_as_stream(self->stream);
    tmlrt_writer* writer = tmlrt_writer_new(stream, 100);
    tmlrt_reader* reader = tmlrt_reader_new(stream, 64);
    self->ok = write_lines(writer, self->number) && read_lines(reader, self->number);
    tmlrt_writer_free(writer);
    tmlrt_reader_free(reader);
    tmlrt_tcp_stream_free(self->stream);
    return NULL;
}

static void run(const char* path) {
    setenv("TMLRT_THREADS", "4", 1);
    party server = {.path = path}, clients[CLIENTS];
    if (path != NULL) {
        REQUIRE(tmlrt_unix_listen(&server.listener, path, 0) == TMLRT_OK);
    } else {
        REQUIRE(tmlrt_tcp_listen(&server.listener, "127.0.0.1", 0) == TMLRT_OK);
        server.port = tmlrt_tcp_listener_port(server.listener);
    }
    pthread_create(&server.thread, NULL, serve, &server);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (party){.path = path, .port = server.port, .number = i};
        pthread_create(&clients[i].thread, NULL, ask, &clients[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        EXPECT(clients[i].ok);
    }
    pthread_join(server.thread, NULL);
    EXPECT(server.ok);
    tmlrt_tcp_listener_free(server.listener);
    trt_runtime_reset_default();
}

TEST(io__eight_clients_of_an_echo__tcp_by_name) {
    run(NULL);
}

TEST(io__eight_clients_of_an_echo__unix) {
    run("@tmlrt-integ-io");
}
