// SPDX-License-Identifier: Apache-2.0
// Our TLS as a program, for tools of others: what ./dev conformance tls starts.
//
//   peer connect PORT HOST ROOTS   a client: takes the certificate of HOST from 127.0.0.1:PORT or
//   not; prints "ok VERSION"
//                                  or "refused STATUS: why"
//   peer serve CHAIN KEY           a server: prints its port, answers each connection's first bytes
//   with a short page,
//                                  until it is killed
//
// The server has a thread per connection and no runtime; RSA keys sign on that thread.
#include <tmlrt/io.h>
#include <tmlrt/net.h>
#include <tmlrt/task.h>
#include <tmlrt/tls.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char s_page[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
    "Strict-Transport-Security: max-age=31536000\r\nConnection: close\r\n\r\nok\n";

typedef struct leaf {
    _Alignas(TMLRT_LEAF_ALIGN) unsigned char bytes[TMLRT_LEAF_SIZE];
} leaf;

typedef struct visit {
    tmlrt_tls_config* config;
    tmlrt_tcp_stream* tcp;
} visit;

static tmlrt_tls_config* config_of(tmlrt_tls_options* options, tmlrt_status filled) {
    char why[TMLRT_TLS_WHY] = "";
    tmlrt_tls_config* config = NULL;
    if (options == NULL || filled != TMLRT_OK ||
        tmlrt_tls_config_new(&config, options, why, sizeof(why)) != TMLRT_OK) {
        fprintf(stderr, "peer: no configuration: %s\n", why);
        exit(2);
    }
    tmlrt_tls_options_free(options);
    return config;
}

static int connect_to(int port, const char* host, const char* roots) {
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_CLIENT);
    tmlrt_tls_config* config = config_of(options, tmlrt_tls_options_trust(options, roots));
    leaf l;
    tmlrt_tcp_opened tcp = {1, NULL};
    tmlrt_tls_opened tls = {1, NULL, NULL};
    tmlrt_tcp_connect_init(&l, "127.0.0.1", port);
    (void)!tmlrt_block_on_future(&tmlrt_tcp_connect_desc, &l, &tcp);
    if (tcp.status != TMLRT_OK) {
        fprintf(stderr, "peer: no connection to port %d: %d\n", port, tcp.status);
        exit(2);
    }
    tmlrt_tls_connect_init(&l, config, tmlrt_tcp_as_stream(tcp.stream), host, 0);
    (void)!tmlrt_block_on_future(&tmlrt_tls_connect_desc, &l, &tls);
    if (tls.status == TMLRT_OK) {
        printf("ok %d\n", tmlrt_tls_version(tls.stream));
        tmlrt_tls_stream_free(tls.stream);
    } else {
        printf("refused %d: %s\n", tls.status, tls.told != NULL ? tls.told : "");
    }
    free(tls.told);
    tmlrt_tls_config_unref(config);
    return 0;
}

static void* answer(void* arg) {
    visit* self = arg;
    leaf l;
    char bytes[4096];
    tmlrt_tls_opened tls = {1, NULL, NULL};
    tmlrt_io_moved moved = {1, 0};
    tmlrt_tls_accept_init(&l, self->config, tmlrt_tcp_as_stream(self->tcp), 0);
    (void)!tmlrt_block_on_future(&tmlrt_tls_accept_desc, &l, &tls);
    free(tls.told);
    if (tls.stream != NULL) {
        tmlrt_stream* stream = tmlrt_tls_as_stream(tls.stream);
        tmlrt_stream_read_init(&l, stream, bytes, sizeof(bytes));
        (void)!tmlrt_block_on_future(&tmlrt_stream_read_desc, &l, &moved);
        if (moved.status == TMLRT_OK && moved.len != 0) {
            tmlrt_stream_write_init(&l, stream, s_page, sizeof(s_page) - 1);
            (void)!tmlrt_block_on_future(&tmlrt_stream_write_desc, &l, &moved);
        }
        tmlrt_tls_stream_free(tls.stream);
    }
    free(self);
    return NULL;
}

static int serve(const char* chain, const char* key) {
    tmlrt_tls_options* options = tmlrt_tls_options_new(TMLRT_TLS_SERVER);
    tmlrt_tls_config* config =
        config_of(options, tmlrt_tls_options_identity(options, chain, key, NULL));
    tmlrt_tcp_listener* listener;
    if (tmlrt_tcp_listen(&listener, "127.0.0.1", 0) != TMLRT_OK) {
        fputs("peer: no port to listen on\n", stderr);
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
        visit* self = tcp.status == TMLRT_OK ? malloc(sizeof *self) : NULL;
        if (self == NULL) {
            return 2;
        }
        *self = (visit){config, tcp.stream};
        if (pthread_create(&thread, NULL, answer, self) != 0) {
            return 2;
        }
        pthread_detach(thread);
    }
}

int main(int argc, char** argv) {
    if (argc == 5 && strcmp(argv[1], "connect") == 0) {
        return connect_to(atoi(argv[2]), argv[3], argv[4]);
    }
    if (argc == 4 && strcmp(argv[1], "serve") == 0) {
        return serve(argv[2], argv[3]);
    }
    fputs("usage: peer connect PORT HOST ROOTS | peer serve CHAIN KEY\n", stderr);
    return 2;
}
