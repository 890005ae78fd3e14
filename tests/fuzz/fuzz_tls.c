// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a TLS peer. First byte: bit 0 who we are, bit 1 whether a handshake comes first,
// bits 2 on the size of the pieces; the rest: what the peer sends. Every input ends in a status.
#include "rt/base/assert.h"
#include "tests/support/tls_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static tmlrt_tls_config *s_client, *s_server;

// Sends the bytes as the peer of `self` while that reads them to its end.
static void feed(trt_stream peer, tmlrt_tls_stream* self, const char* data, size_t size,
                 size_t by) {
    static test_waker waker, peers; // the transport keeps clones until it is closed
    tmlrt_status status = TMLRT_OK;
    char out[512];
    trt_io_result result = {.status = TMLRT_OK, .len = 1};
    bool shaken = self->is_open, over = false;
    for (size_t at = 0, turns = 0; !over && turns < 2 * size + 100; turns++) {
        trt_io_result moved = {0};
        tmlrt_slice slice = {data + at, by < size - at ? by : size - at};
        if (slice.len != 0 && trt_stream_poll_writev(peer, test_waker_context(&peers), &slice, 1,
                                                     &moved) == TMLRT_READY) {
            at += moved.len;
        } else if (slice.len == 0) {
            (void)trt_stream_poll_shutdown(peer, test_waker_context(&peers), &status);
        }
        (void)trt_stream_poll_read(peer, test_waker_context(&peers), out, sizeof(out), &moved);
        if (!shaken) {
            shaken =
                trt_tls_poll_handshake(self, test_waker_context(&waker), &status) == TMLRT_READY;
            over = shaken && status != TMLRT_OK;
        } else if (trt_stream_poll_read(self->base.io, test_waker_context(&waker), out, sizeof(out),
                                        &result) == TMLRT_READY) {
            over = result.status != TMLRT_OK || result.len == 0;
        }
    }
    TRT_CHECK(over);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    tls_rig rig;
    if (size < 1 || size > 40000) {
        return 0;
    }
    if (s_server == NULL) {
        TRT_CHECK(tls_rig_init());
        s_client = tls_rig_config(tls_rig_client());
        s_server = tls_rig_config(tls_rig_server());
    }
    TRT_CHECK(tls_rig_open(&rig, s_client, s_server, "a.test", NULL));
    if ((data[0] & 2) != 0) {
        TRT_CHECK(tls_rig_shake(&rig));
    }
    bool is_server = (data[0] & 1) != 0;
    tmlrt_tls_stream* self = is_server ? rig.server : rig.client;
    feed((is_server ? rig.client : rig.server)->inner, self, (const char*)data + 1, size - 1,
         1 + (data[0] >> 2));
    tls_rig_close(&rig);
    return 0;
}
