// SPDX-License-Identifier: Apache-2.0
// The codec against another implementation's client: nghttp2's, in memory.
#include "std/http/h2/conn.h"

#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

#include <nghttp2/nghttp2.h>

typedef struct client {
    nghttp2_session* session;
    uint32_t num_ok, num_closed, num_bad, num_trailers;
    uint64_t body_bytes;
    uint64_t upload; ///< bytes that every request sends
    uint64_t sent[H2_STREAMS];
} client;

static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                     size_t name_len, const uint8_t* value, size_t value_len, uint8_t flags,
                     void* user) {
    (void)session, (void)frame, (void)flags;
    client* c = user;
    c->num_ok += name_len == 7 && memcmp(name, ":status", 7) == 0 && value_len == 3 &&
                 memcmp(value, "200", 3) == 0;
    c->num_trailers += name_len == 5 && memcmp(name, "x-sum", 5) == 0;
    return 0;
}

static int on_data(nghttp2_session* session, uint8_t flags, int32_t id, const uint8_t* data,
                   size_t len, void* user) {
    (void)session, (void)flags, (void)id, (void)data;
    client* c = user;
    c->body_bytes += len;
    return 0;
}

static int on_close(nghttp2_session* session, int32_t id, uint32_t code, void* user) {
    (void)session, (void)id;
    client* c = user;
    c->num_closed++;
    c->num_bad += code != 0;
    return 0;
}

static ssize_t upload(nghttp2_session* session, int32_t id, uint8_t* out, size_t cap,
                      uint32_t* flags, nghttp2_data_source* source, void* user) {
    (void)session, (void)source;
    client* c = user;
    uint64_t* sent = &c->sent[id / 2 % H2_STREAMS];
    uint64_t len = c->upload - *sent < cap ? c->upload - *sent : cap;
    memset(out, 'u', (size_t)len);
    *sent += len;
    *flags |= *sent == c->upload ? NGHTTP2_DATA_FLAG_EOF : 0;
    return (ssize_t)len;
}

static void client_start(client* c) {
    nghttp2_session_callbacks* callbacks;
    EXPECT_EQ(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    EXPECT_EQ(nghttp2_session_client_new(&c->session, callbacks, c), 0);
    nghttp2_session_callbacks_del(callbacks);
    EXPECT_EQ(nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, NULL, 0), 0);
}

static void client_request(client* c, const char* method) {
#define FIELD(n, v) {(uint8_t*)(n), (uint8_t*)(v), sizeof(n) - 1, strlen(v), NGHTTP2_NV_FLAG_NONE}
    const nghttp2_nv fields[] = {FIELD(":method", method), FIELD(":scheme", "https"),
                                 FIELD(":authority", "example.org"), FIELD(":path", "/a"),
                                 FIELD("cookie", "a=b")};
#undef FIELD
    nghttp2_data_provider provider = {.read_callback = upload};
    EXPECT(nghttp2_submit_request(c->session, NULL, fields, 5, c->upload != 0 ? &provider : NULL,
                                  NULL) > 0);
}

// Bytes to and fro until neither side has any.
static void talk(client* c, h2_rig* rig) {
    for (int turn = 0; turn < 2000; turn++) {
        const uint8_t* data;
        size_t moved = 0;
        for (ssize_t len; (len = nghttp2_session_mem_send(c->session, &data)) > 0;) {
            h2_rig_feed(rig, (const char*)data, (size_t)len, 4096);
            moved += (size_t)len;
        }
        h2_rig_take(rig);
        if (rig->out_len != 0) {
            EXPECT_EQ(nghttp2_session_mem_recv(c->session, (const uint8_t*)rig->out, rig->out_len),
                      (ssize_t)rig->out_len);
            moved += rig->out_len;
            rig->out_len = 0;
        }
        if (moved == 0) {
            return;
        }
    }
    test_fail(__FILE__, __LINE__, "the two never stop talking");
}

TEST(h2_interop__five_hundred_requests__answered_never_charged) {
    client c = {0};
    h2_rig rig = {.answer = true};
    client_start(&c);
    h2_rig_start(&rig);
    for (int i = 0; i < 500; i++) {
        client_request(&c, i % 2 == 0 ? "GET" : "DELETE");
    }
    talk(&c, &rig);
    EXPECT_EQ(c.num_ok, 500);
    EXPECT_EQ(c.num_closed, 500);
    EXPECT_EQ(c.num_bad, 0);
    EXPECT_EQ(c.body_bytes, 2500);
    EXPECT(!trt_h2_conn_finished(rig.conn));
    nghttp2_session_del(c.session);
    h2_rig_stop(&rig);
}

TEST(h2_interop__uploads_and_downloads_at_once__whole_both_ways) {
    client c = {.upload = 400000};
    h2_rig rig = {
        .answer = true, .stream_body = true, .stream_len = 300000, .most_granted = 4 << 20};
    client_start(&c);
    h2_rig_start(&rig);
    for (int i = 0; i < 40; i++) {
        client_request(&c, "POST");
    }
    talk(&c, &rig);
    EXPECT_EQ(c.num_ok, 40);
    EXPECT_EQ(c.num_bad, 0);
    EXPECT_EQ(c.num_trailers, 40);
    EXPECT_EQ(c.body_bytes, 40 * 300000);
    EXPECT_EQ(rig.body_bytes, 40 * 400000);
    EXPECT(!trt_h2_conn_abused(rig.conn));
    nghttp2_session_del(c.session);
    h2_rig_stop(&rig);
}
