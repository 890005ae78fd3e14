// SPDX-License-Identifier: Apache-2.0
// The peer of a service over HTTP/2, in the clear and over TLS: a client of nghttp2's on a socket,
// beside a real server on loopback.
#include "tests/support/harness.h"
#include "tests/support/http_server.h"
#include "tests/support/service_rig.h"
#include "tests/support/service_wire.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct peer {
    rig* r;
    const rig_case* c;
    test_server* ts;
    nghttp2_session* session;
    rig_wire wire;
    int32_t id;
    size_t sent;       // of the body
    uint64_t got;      // of the answer's
    bool may_send;     // the body: 100 came, or is not waited for
    bool head, whole;  // the final head is there; the answer is
    bool at_end, over; // of the connection; of the conversation
    int status;
    int num_kept;     // fields of the head that the handler keeps
    bool took, ended; // another protocol: with the handler's field; its side has ended
    char trailer[64];
} peer;

#define NV(name, value)                                                                            \
    {(uint8_t*)(name), (uint8_t*)(value), strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE}

// ---- the request --------------------------------------------------------------------------------

static bool has_switched(const peer* p) {
    return p->c->upgrade != NULL && p->head && p->status / 100 == 2;
}

// Whether the peer of another protocol has its turn.
static bool may_speak(const peer* p) {
    return has_switched(p) && rig_sends(p->c) && (p->c->peer != RIG_PEER_ANSWERS || p->ended);
}

static ssize_t read_body(nghttp2_session* session, int32_t id, uint8_t* out, size_t cap,
                         uint32_t* flags, nghttp2_data_source* source, void* user) {
    peer* p = user;
    size_t left = p->c->body - p->sent, len = left < cap ? left : cap;
    (void)source;
    if (!p->may_send || (p->c->upgrade != NULL && !p->c->early && !may_speak(p))) {
        return NGHTTP2_ERR_DEFERRED;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)rig_byte(p->sent + i);
    }
    p->sent += len;
    if (p->sent == p->c->body && p->c->upgrade != NULL && !may_speak(p)) {
        return len != 0 ? (ssize_t)len : NGHTTP2_ERR_DEFERRED; // all came early
    }
    if (p->sent == p->c->body) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (p->c->trailer) {
            nghttp2_nv trailer = NV("x-sum", "7");
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            nghttp2_submit_trailer(session, id, &trailer, 1);
        }
    }
    return (ssize_t)len;
}

static void submit(peer* p) {
    const rig_case* c = p->c;
    char path[256], length[32];
    snprintf(path, sizeof path, "/x?%s", c->script);
    snprintf(length, sizeof length, "%zu", c->body);
    nghttp2_nv fields[8] = {NV(":method", c->upgrade != NULL ? "CONNECT" : c->method),
                            NV(":scheme", p->wire.tls != NULL ? "https" : "http"),
                            NV(":authority", "a.test"), NV(":path", path)};
    size_t num = 4;
    if (c->upgrade != NULL) {
        fields[num++] = (nghttp2_nv)NV(":protocol", c->upgrade);
    }
    if (c->expects) {
        fields[num++] = (nghttp2_nv)NV("expect", "100-continue");
    }
    if (c->body != 0 && !c->chunked && c->upgrade == NULL) {
        fields[num++] = (nghttp2_nv)NV("content-length", length);
    }
    nghttp2_data_provider provider = {.read_callback = read_body};
    p->may_send = !c->expects;
    bool both = c->body != 0 || c->upgrade != NULL;
    p->id = nghttp2_submit_request(p->session, NULL, fields, num, both ? &provider : NULL, NULL);
}

// ---- the answer ---------------------------------------------------------------------------------

static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                     size_t name_len, const uint8_t* value, size_t value_len, uint8_t flags,
                     void* user) {
    peer* p = user;
    (void)session, (void)frame, (void)flags;
    if (name_len == 7 && memcmp(name, ":status", 7) == 0) {
        p->status = atoi((const char*)value);
    } else if (name_len == 6 && memcmp(name, "x-took", 6) == 0) {
        p->took = true;
    } else if (!p->head && ((name_len == 6 && memcmp(name, "x-kept", 6) == 0) ||
                            (name_len == 4 && memcmp(name, "vary", 4) == 0))) {
        p->num_kept++;
    } else if (p->head) { // as HTTP/1.1 writes it
        EXPECT(name_len == 5 && memcmp(name, "x-sum", 5) == 0);
        snprintf(p->trailer, sizeof p->trailer, " X-Sum=%.*s", (int)value_len, (const char*)value);
    }
    return 0;
}

static void take_head(peer* p) {
    if (p->head) {
        return; // trailers
    }
    if (p->c->upgrade != NULL && p->status / 100 == 2) {
        EXPECT(p->took);
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "switch");
    } else {
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "%d", p->status);
    }
    if (p->num_kept != 0) {
        EXPECT_EQ(p->num_kept, 2);
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "kept");
    }
    if (p->status == 100) {
        p->may_send = true;
        nghttp2_session_resume_data(p->session, p->id);
    }
    p->head = p->status >= 200;
    if (!p->head) {
        return;
    }
    if (p->c->peer == RIG_PEER_STOPS) {
        trt_http_server_stop(p->ts->server, TRT_HTTP_STOP_NOW);
    }
    p->over |= p->c->peer == RIG_PEER_LEAVES || p->c->peer == RIG_PEER_DEAF;
}

static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    peer* p = user;
    if (p->id == 0 && frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK)) {
        EXPECT_EQ(
            nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL),
            1);
        submit(p);
    }
    if (frame->hd.stream_id != p->id || p->id == 0) {
        return 0;
    }
    if (frame->hd.type == NGHTTP2_HEADERS) {
        take_head(p);
    }
    p->ended |= (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
                (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA);
    p->whole |= p->ended;
    if (may_speak(p)) {
        nghttp2_session_resume_data(p->session, p->id);
    }
    return 0;
}

static int on_data(nghttp2_session* session, uint8_t flags, int32_t id, const uint8_t* data,
                   size_t len, void* user) {
    peer* p = user;
    (void)session, (void)flags, (void)id;
    for (size_t i = 0; i < len && p->status < 400; i++) {
        if (strchr(p->c->script, 'v') == NULL && data[i] != (uint8_t)rig_byte(p->got + i)) {
            test_fail(__FILE__, __LINE__, "%s: byte %zu differs", p->c->name, i);
            break;
        }
    }
    p->got += len;
    return 0;
}

static int on_close(nghttp2_session* session, int32_t id, uint32_t code, void* user) {
    peer* p = user;
    (void)session;
    if (id == p->id) {
        p->over = true;
        p->whole &= code == NGHTTP2_NO_ERROR;
    }
    return 0;
}

// ---- the conversation ---------------------------------------------------------------------------

static void receive(peer* p) {
    uint8_t data[16384];
    ssize_t got = rig_wire_read(&p->wire, data, sizeof data);
    if (got == 0 || got == RIG_WIRE_BROKEN) {
        p->at_end = true;
    } else if (got > 0) {
        EXPECT_EQ(nghttp2_session_mem_recv(p->session, data, (size_t)got), got);
    }
}

// Sends until there is nothing or the socket is full; what is left is kept.
static void give(peer* p, const uint8_t** pending, ssize_t* left) {
    for (;;) {
        if (*left <= 0) {
            *left = nghttp2_session_mem_send(p->session, pending);
        }
        ssize_t sent = *left > 0 ? rig_wire_write(&p->wire, *pending, (size_t)*left) : 0;
        if (sent <= 0) {
            p->at_end |= sent == RIG_WIRE_BROKEN;
            return;
        }
        *pending += sent;
        *left -= sent;
    }
}

static void converse(peer* p) {
    const uint8_t* pending = NULL;
    ssize_t left = 0;
    for (int i = 0; i < 1000000 && !p->at_end && !p->over; i++) {
        give(p, &pending, &left);
        if (p->over) { // with our last bytes
            break;
        }
        bool readable, writable;
        if (!rig_wire_poll(&p->wire, left > 0, &readable, &writable)) {
            test_fail(__FILE__, __LINE__, "%s: silence", p->c->name);
            break;
        }
        if (readable) {
            receive(p);
        }
    }
    if (p->c->peer == RIG_PEER_LEAVES) {
        rig_wire_close(&p->wire, true);
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "left");
        return;
    }
    if (p->c->peer == RIG_PEER_DEAF) {
        rig_wait_dropped(p->r);
        p->whole = false;
    }
    if (!p->whole) {
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "cut");
    } else if (p->status >= 400) { // the server's own
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "end");
    } else {
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "body=%llu%s end",
                (unsigned long long)p->got, p->trailer);
    }
    rig_wire_close(&p->wire, false);
}

static nghttp2_session* make_session(peer* p) {
    nghttp2_session_callbacks* callbacks;
    nghttp2_session* session = NULL;
    EXPECT_EQ(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    EXPECT_EQ(nghttp2_session_client_new(&session, callbacks, p), 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0);
    return session;
}

static void run(rig* r, const rig_case* c, const rig_keys* keys) {
    test_server ts;
    trt_http_options options = {.limits = {.write_stall_ns = 300 * TRT_MS,
                                           .linger_ns = 200 * TRT_MS,
                                           .lame_duck_ns = TRT_MS,
                                           .upgrade_idle_ns = rig_upgrade_idle_ns(c),
                                           .handler_ns = 20 * TRT_S},
                                .spoken = {.tls = keys->holder, .h2c = keys->holder == NULL}};
    if (!test_server_start_service(&ts, 1, &options, &r->service)) {
        return;
    }
    peer p = {.r = r, .c = c, .ts = &ts};
    if (rig_wire_open(&p.wire, &ts, keys, "h2")) {
        p.session = make_session(&p);
        if (r->fail_at != 0) {
            test_allocator_fail_at(r->fail_at);
        }
        converse(&p);
        rig_wait_end(r, ts.server);
        nghttp2_session_del(p.session);
    } else {
        test_fail(__FILE__, __LINE__, "%s: no connection", c->name);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
}

void rig_run_h2(rig* r, const rig_case* c) {
    run(r, c, &(rig_keys){0});
}

void rig_run_h2_tls(rig* r, const rig_case* c) {
    rig_keys keys;
    if (rig_keys_init(&keys, "h2,http/1.1")) {
        run(r, c, &keys);
    } else {
        test_fail(__FILE__, __LINE__, "no keys");
    }
    rig_keys_fini(&keys);
}
