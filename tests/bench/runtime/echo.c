// SPDX-License-Identifier: Apache-2.0
// A TCP echo server: prints its port; a task per connection reads up to 1,024 bytes and writes them
// back, until the peer ends.
#include "async.h"

typedef struct accepted {
    tmlrt_status status;
    tmlrt_tcp_stream* stream;
} accepted;
typedef struct moved {
    tmlrt_status status;
    uint64_t len;
} moved;

typedef struct connection {
    tmlrt_frame head;
    tmlrt_tcp_stream* stream;
    LEAF;
    char data[1024];
} connection;

static tmlrt_poll connection_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    connection* self = frame;
    moved result;
    BEGIN(self);
    for (;;) {
        tmlrt_tcp_read_init(self->leaf, self->stream, self->data, sizeof(self->data));
        AWAIT(self, tmlrt_tcp_read_desc, &result);
        if (result.status != TMLRT_OK || result.len == 0) {
            break;
        }
        tmlrt_tcp_write_init(self->leaf, self->stream, self->data, result.len);
        AWAIT(self, tmlrt_tcp_write_desc, &result);
        if (result.status != TMLRT_OK) {
            break;
        }
    }
    tmlrt_tcp_stream_free(self->stream);
    END(self);
}
FUTURE(connection, uint64_t)

typedef struct server {
    tmlrt_frame head;
    tmlrt_tcp_listener* listener;
    LEAF;
} server;

static tmlrt_poll server_poll(void* frame, tmlrt_context* cx, void* out) {
    (void)out;
    server* self = frame;
    accepted result;
    BEGIN(self);
    CHECK(tmlrt_tcp_listen(&self->listener, "127.0.0.1", 0) == TMLRT_OK);
    printf("%d\n", tmlrt_tcp_listener_port(self->listener));
    fflush(stdout);
    for (;;) {
        tmlrt_tcp_accept_init(self->leaf, self->listener);
        AWAIT(self, tmlrt_tcp_accept_desc, &result);
        CHECK(result.status == TMLRT_OK);
        tmlrt_task_detach(SPAWN(connection, .stream = result.stream));
    }
    END(self);
}
FUTURE(server, uint64_t)

int main(void) {
    run_row(&server_desc, &(server){.head = {0}}, 1);
    return 0;
}
