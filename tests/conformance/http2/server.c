// SPDX-License-Identifier: Apache-2.0
// The HTTP/2 codec on sockets, for clients of others: a thread per connection that reads, feeds,
// and writes what the codec has, in the clear or under TLS. Every request is answered with 200 and
// "hello". Prints its port, until it is killed.
//
//   server [CHAIN KEY]    with both: TLS, ALPN h2
#include <tmlrt/io.h>
#include <tmlrt/net.h>
#include <tmlrt/task.h>
#include <tmlrt/tls.h>

#include "rt/os/clock.h"
#include "tests/support/h2_peer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 1 << 16 };

typedef struct leaf {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char bytes[TMLRT_LEAF_SIZE];
} leaf;

typedef struct visit {
    tmlrt_tls_config* config; // NULL: in the clear
    tmlrt_tcp_stream* tcp;
    h2_rig rig;
    char bytes[READ_BYTES];
} visit;

static bool write_all(tmlrt_stream* stream, h2_rig* rig) {
    for (size_t at = 0; at < rig->out_len;) {
        leaf l;
        tmlrt_io_moved moved = {1, 0};
        tmlrt_stream_write_init(&l, stream, rig->out + at, rig->out_len - at);
        (void)!tmlrt_block_on_future(&tmlrt_stream_write_desc, &l, &moved);
        if (moved.status != TMLRT_OK) {
            return false;
        }
        at += (size_t)moved.len;
    }
    rig->out_len = 0;
    return true;
}

// Says that no more comes, then reads and throws away, so that the last bytes are not lost to a
// reset.
static void part(visit* self, tmlrt_stream* stream) {
    leaf l;
    tmlrt_status status = 1;
    tmlrt_stream_shutdown_init(&l, stream);
    (void)!tmlrt_block_on_future(&tmlrt_stream_shutdown_desc, &l, &status);
    for (int i = 0; i < 64; i++) {
        tmlrt_io_moved moved = {1, 0};
        tmlrt_stream_read_init(&l, stream, self->bytes, sizeof(self->bytes));
        (void)!tmlrt_block_on_future(&tmlrt_stream_read_desc, &l, &moved);
        if (moved.status != TMLRT_OK || moved.len == 0) {
            return;
        }
    }
}

static void converse(visit* self, tmlrt_stream* stream) {
    h2_rig* rig = &self->rig;
    rig->answer = true;
    rig->now_ns = trt_os_now_ns();
    h2_rig_start(rig);
    h2_rig_take(rig);
    while (rig->status == TMLRT_OK && write_all(stream, rig) && !trt_h2_conn_finished(rig->conn)) {
        leaf l;
        tmlrt_io_moved moved = {1, 0};
        tmlrt_stream_read_init(&l, stream, self->bytes, sizeof(self->bytes));
        (void)!tmlrt_block_on_future(&tmlrt_stream_read_desc, &l, &moved);
        if (moved.status != TMLRT_OK || moved.len == 0) {
            break;
        }
        rig->now_ns = trt_os_now_ns();
        h2_rig_feed(rig, self->bytes, (size_t)moved.len, (size_t)moved.len);
    }
    h2_rig_stop(rig);
    part(self, stream);
}

static void* answer(void* arg) {
    visit* self = arg;
    if (self->config == NULL) {
        converse(self, tmlrt_tcp_as_stream(self->tcp));
        tmlrt_tcp_stream_free(self->tcp);
        free(self);
        return NULL;
    }
    leaf l;
    tmlrt_tls_opened tls = {1, NULL, NULL};
    tmlrt_tls_accept_init(&l, self->config, tmlrt_tcp_as_stream(self->tcp), 0);
    (void)!tmlrt_block_on_future(&tmlrt_tls_accept_desc, &l, &tls);
    free(tls.told);
    if (tls.stream != NULL) {
        converse(self, tmlrt_tls_as_stream(tls.stream));
        tmlrt_tls_stream_free(tls.stream);
    }
    free(self);
    return NULL;
}

static tmlrt_tls_config* config_of(const char* chain, const char* key) {
    char why[TMLRT_TLS_WHY] = "";
    tmlrt_tls_config* config = NULL;
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    if (options == NULL || tmlrt_tls_options_identity(options, chain, key, NULL) != TMLRT_OK ||
        tmlrt_tls_options_alpn(options, "h2") != TMLRT_OK ||
        tmlrt_tls_config_new(&config, options, why, sizeof(why)) != TMLRT_OK) {
        fprintf(stderr, "server: no configuration: %s\n", why);
        exit(2);
    }
    tmlrt_tls_options_free(options);
    return config;
}

int main(int argc, char** argv) {
    tmlrt_tls_config* config = argc == 3 ? config_of(argv[1], argv[2]) : NULL;
    tmlrt_tcp_listener* listener;
    if (tmlrt_tcp_listen(&listener, "127.0.0.1", 0) != TMLRT_OK) {
        fputs("server: no port to listen on\n", stderr);
        return 2;
    }
    printf("%d\n", tmlrt_tcp_listener_port(listener));
    fflush(stdout);
    for (;;) {
        leaf l;
        pthread_t thread;
        tmlrt_tcp_opened tcp = {1, NULL};
        tmlrt_tcp_accept_init(&l, listener);
        (void)!tmlrt_block_on_future(&tmlrt_tcp_accept_desc, &l, &tcp);
        visit* self = tcp.status == TMLRT_OK ? calloc(1, sizeof *self) : NULL;
        if (self == NULL) {
            return 2;
        }
        self->config = config;
        self->tcp = tcp.stream;
        if (pthread_create(&thread, NULL, answer, self) != 0) {
            return 2;
        }
        pthread_detach(thread);
    }
}
