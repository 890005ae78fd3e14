// SPDX-License-Identifier: Apache-2.0
// What carries the bytes of a service's peer: a socket that does not block, or a client of rt/tls
// over it. The peers of service_h1.c and service_h2.c are the same over both.
#ifndef TESTS_SUPPORT_SERVICE_WIRE_H
#define TESTS_SUPPORT_SERVICE_WIRE_H

#include "rt/tls/stream.h"
#include "tests/support/http_server.h"
#include "tests/support/waker.h"

#include <sys/types.h>

/// rig_keys is what both sides of a case know of TLS; all-zero: it runs in the clear.
typedef struct rig_keys {
    tmlrt_tls_holder* holder; ///< the server's
    tmlrt_tls_config* client;
} rig_keys;

/// rig_keys_init makes them; the server speaks both versions of HTTP, the client `alpn`.
bool rig_keys_init(rig_keys* keys, const char* alpn);
void rig_keys_fini(rig_keys* keys);

typedef struct rig_wire {
    int fd;
    tmlrt_tls_stream* tls; ///< NULL: in the clear
    test_waker waker;      ///< nobody hears it: the peer polls its socket
    bool more;             ///< the last read found something, so there may be more above the socket
} rig_wire;

enum { RIG_WIRE_WAITS = -1, RIG_WIRE_BROKEN = -2 };

/// rig_wire_open connects, agrees on TLS when there are keys, and expects `alpn` then.
bool rig_wire_open(rig_wire* wire, const test_server* ts, const rig_keys* keys, const char* alpn);
/// rig_wire_poll waits up to ten seconds for something to read or, with `writes`, room to write.
/// False: there is nothing.
bool rig_wire_poll(rig_wire* wire, bool writes, bool* out_readable, bool* out_writable);
/// rig_wire_read returns bytes, 0 at an orderly end (over TLS: one that was told), or one of the
/// two.
ssize_t rig_wire_read(rig_wire* wire, void* out, size_t cap);
/// rig_wire_write returns bytes or one of the two; what waits is written again.
ssize_t rig_wire_write(rig_wire* wire, const void* data, size_t len);
/// rig_wire_shutdown ends the peer's direction; over TLS it tells so.
void rig_wire_shutdown(rig_wire* wire);
/// rig_wire_close closes, with a reset when `abortive`.
void rig_wire_close(rig_wire* wire, bool abortive);

#endif
