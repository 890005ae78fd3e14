// SPDX-License-Identifier: Apache-2.0
// A socket as a stream of rt/io, polled by its peer's own poll(2) in place of a reactor: whatever
// would block answers PENDING, and whoever asked asks again when the socket is ready.
#include "tests/support/service_wire.h"

#include "tests/support/harness.h"
#include "tests/support/tls_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

// ---- the socket as a stream ---------------------------------------------------------------------

static tmlrt_poll moved(ssize_t len, trt_io_result* result) {
    if (len < 0 && errno == EAGAIN) {
        return TMLRT_PENDING;
    }
    *result = (trt_io_result){.status = len < 0 ? TMLRT_E_CONNRESET : TMLRT_OK,
                              .len = len < 0 ? 0 : (size_t)len};
    return TMLRT_READY;
}

static tmlrt_poll fd_poll_read(void* self, tmlrt_context* cx, void* out, size_t cap,
                               trt_io_result* result) {
    (void)cx;
    return moved(recv(((rig_wire*)self)->fd, out, cap, 0), result);
}

static tmlrt_poll fd_poll_readable(void* self, tmlrt_context* cx) {
    struct pollfd pollfd = {.fd = ((rig_wire*)self)->fd, .events = POLLIN};
    (void)cx;
    return poll(&pollfd, 1, 0) > 0 ? TMLRT_READY : TMLRT_PENDING;
}

static tmlrt_poll fd_poll_writev(void* self, tmlrt_context* cx, const tmlrt_slice* slices,
                                 uint32_t num, trt_io_result* result) {
    (void)cx, (void)num; // the first alone is an answer, too
    return moved(send(((rig_wire*)self)->fd, slices->data, slices->len, MSG_NOSIGNAL), result);
}

static tmlrt_poll fd_poll_shutdown(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    (void)cx;
    shutdown(((rig_wire*)self)->fd, SHUT_WR);
    *out_status = TMLRT_OK;
    return TMLRT_READY;
}

static bool fd_hung_up(const void* self) {
    (void)self;
    return false;
}

static tmlrt_poll fd_poll_hangup(void* self, tmlrt_context* cx) {
    (void)self, (void)cx;
    return TMLRT_PENDING;
}

static void fd_close(void* self, bool abortive) {
    rig_wire* wire = self;
    if (abortive) {
        client_reset(wire->fd);
    } else {
        client_close(wire->fd);
    }
}

static const trt_stream_vtable s_fd_vtable = {
    .poll_read = fd_poll_read,
    .poll_readable = fd_poll_readable,
    .poll_writev = fd_poll_writev,
    .poll_shutdown = fd_poll_shutdown,
    .hung_up = fd_hung_up,
    .poll_hangup = fd_poll_hangup,
    .close = fd_close,
};

static trt_stream stream_of(rig_wire* wire) {
    return wire->tls != NULL ? wire->tls->base.io : (trt_stream){&s_fd_vtable, wire};
}

// ---- keys ---------------------------------------------------------------------------------------

bool rig_keys_init(rig_keys* keys, const char* alpn) {
    tmlrt_tls_options *server = tls_rig_server(), *client = tls_rig_client();
    *keys = (rig_keys){0};
    if (server == NULL || client == NULL ||
        tmlrt_tls_options_alpn(server, "h2,http/1.1") != TMLRT_OK ||
        tmlrt_tls_options_alpn(client, alpn) != TMLRT_OK) {
        tmlrt_tls_options_free(server);
        tmlrt_tls_options_free(client);
        return false;
    }
    tmlrt_tls_config* config = tls_rig_config(server);
    keys->client = tls_rig_config(client);
    if (config == NULL || tmlrt_tls_holder_new(&keys->holder, config) != TMLRT_OK) {
        tmlrt_tls_config_unref(config);
    }
    return keys->holder != NULL && keys->client != NULL;
}

void rig_keys_fini(rig_keys* keys) {
    tmlrt_tls_holder_free(keys->holder);
    tmlrt_tls_config_unref(keys->client);
    *keys = (rig_keys){0};
}

// ---- the wire -----------------------------------------------------------------------------------

static bool shake(rig_wire* wire, const char* alpn) {
    tmlrt_status status = TMLRT_OK;
    while (trt_tls_poll_handshake(wire->tls, test_waker_context(&wire->waker), &status) ==
           TMLRT_PENDING) {
        bool readable, writable; // a hello is smaller than any socket's buffer
        if (!rig_wire_poll(wire, false, &readable, &writable)) {
            return false;
        }
    }
    if (status != TMLRT_OK) {
        test_fail(__FILE__, __LINE__, "no TLS: %s", trt_tls_told(wire->tls));
        return false;
    }
    EXPECT_STR(tmlrt_tls_alpn(wire->tls), alpn);
    wire->more = true;
    return true;
}

bool rig_wire_open(rig_wire* wire, const test_server* ts, const rig_keys* keys, const char* alpn) {
    *wire = (rig_wire){.fd = client_connect(ts)};
    if (wire->fd < 0) {
        return false;
    }
    fcntl(wire->fd, F_SETFL, O_NONBLOCK);
    if (keys->client == NULL) {
        return true;
    }
    tmlrt_tls_stream* tls = NULL;
    if (trt_tls_new(&tls, keys->client, stream_of(wire), "a.test") != TMLRT_OK) {
        client_close(wire->fd);
        return false;
    }
    wire->tls = tls;
    if (!shake(wire, alpn)) {
        rig_wire_close(wire, true);
        return false;
    }
    return true;
}

bool rig_wire_poll(rig_wire* wire, bool writes, bool* out_readable, bool* out_writable) {
    struct pollfd pollfd = {.fd = wire->fd, .events = (short)(POLLIN | (writes ? POLLOUT : 0))};
    int num = poll(&pollfd, 1, wire->more ? 0 : 10000);
    *out_readable = wire->more || (pollfd.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
    *out_writable = (pollfd.revents & POLLOUT) != 0;
    return num > 0 || wire->more;
}

ssize_t rig_wire_read(rig_wire* wire, void* out, size_t cap) {
    trt_io_result result;
    wire->more = false;
    if (trt_stream_poll_read(stream_of(wire), test_waker_context(&wire->waker), out, cap,
                             &result) == TMLRT_PENDING) {
        return RIG_WIRE_WAITS;
    }
    if (result.status != TMLRT_OK) {
        return RIG_WIRE_BROKEN;
    }
    wire->more = wire->tls != NULL && result.len != 0;
    return (ssize_t)result.len;
}

ssize_t rig_wire_write(rig_wire* wire, const void* data, size_t len) {
    const tmlrt_slice slice = {data, len};
    trt_io_result result;
    if (trt_stream_poll_writev(stream_of(wire), test_waker_context(&wire->waker), &slice, 1,
                               &result) == TMLRT_PENDING) {
        return RIG_WIRE_WAITS;
    }
    return result.status == TMLRT_OK ? (ssize_t)result.len : RIG_WIRE_BROKEN;
}

void rig_wire_shutdown(rig_wire* wire) {
    tmlrt_status status;
    while (trt_stream_poll_shutdown(stream_of(wire), test_waker_context(&wire->waker), &status) ==
           TMLRT_PENDING) {
        struct pollfd pollfd = {.fd = wire->fd, .events = POLLOUT};
        if (poll(&pollfd, 1, 10000) <= 0) {
            test_fail(__FILE__, __LINE__, "the end of TLS is not taken");
            return;
        }
    }
}

void rig_wire_close(rig_wire* wire, bool abortive) {
    trt_stream_close(stream_of(wire), abortive);
}
