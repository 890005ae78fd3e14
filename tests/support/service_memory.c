// SPDX-License-Identifier: Apache-2.0
// A codec without bytes on a wire: the smallest one that serves service.h, for its test. It has no
// clock: where a real codec's deadline would pass, nothing moves any more.
#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "std/http/server/body.h"
#include "std/http/server/exchange_poll.h"
#include "std/http/server/lease.h"
#include "tests/support/harness.h"
#include "tests/support/service_rig.h"
#include "tests/support/waker.h"

#include <sched.h>

typedef struct codec {
    rig* r;
    const rig_case* c;
    trt_exchange exchange;
    trt_arena arena;
    test_waker waker;
    tmlrt_context* cx;
    bool started, left, cut, ended, may_send, switched, over;
    uint64_t sent;     // of the request's body
    uint64_t received; // of the answer's
} codec;

static void say_end(codec* m, const trt_wire* wire) {
    char* text = m->r->peer_saw;
    m->ended = true;
    if (m->exchange.committed != NULL && m->exchange.committed->status >= 400) {
        rig_say(text, sizeof m->r->peer_saw, "end"); // as the others read an error
        return;
    }
    rig_say(text, sizeof m->r->peer_saw, "body=%llu", (unsigned long long)m->received);
    for (uint32_t i = 0; i < wire->num_trailers; i++) {
        rig_say(text, sizeof m->r->peer_saw, "%s=%s", wire->trailers[i].name.data,
                wire->trailers[i].value.data);
    }
    rig_say(text, sizeof m->r->peer_saw, "end");
}

// Of another protocol: what the peer sends, or the end of its side.
static bool put_protocol(codec* m) {
    tmlrt_body* body = m->exchange.request.stream;
    bool may = m->switched && rig_sends(m->c) && (m->c->peer != RIG_PEER_ANSWERS || m->ended);
    bool moved = false;
    while (may && !m->over && !m->cut && trt_body_wants(body)) {
        char piece[5000];
        size_t len = m->c->body - m->sent, taken = 0;
        len = len < sizeof piece ? len : sizeof piece;
        for (size_t i = 0; i < len; i++) {
            piece[i] = rig_byte(m->sent + i);
        }
        tmlrt_status status = trt_body_put(body, piece, len, &taken);
        m->sent += taken;
        m->over = status != TMLRT_OK || m->sent == m->c->body;
        moved = true;
    }
    if (m->over && !m->cut && m->sent == m->c->body) {
        (void)!trt_body_end(body); // a second time is refused
    }
    return moved;
}

// Bytes of the protocol that come with the request.
static tmlrt_status put_early(codec* m) {
    char piece[5000];
    size_t taken;
    for (size_t i = 0; i < sizeof piece; i++) {
        piece[i] = rig_byte(i);
    }
    TRT_TRY(trt_body_put(m->exchange.offered, piece, sizeof piece, &taken));
    m->sent += taken;
    return TMLRT_OK;
}

static void cut(codec* m) {
    rig_say(m->r->peer_saw, sizeof m->r->peer_saw, "cut");
    m->cut = true;
}

static void check(codec* m, const char* data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (data[i] != rig_byte(m->received + i)) {
            test_fail(__FILE__, __LINE__, "%s: byte %zu differs", m->c->name, i);
            break;
        }
    }
    m->received += len;
}

static bool has_kept(const tmlrt_response* response) {
    const char* kept = tmlrt_response_get_header(response, "x-kept");
    const char* vary = tmlrt_response_get_header(response, "vary");
    return kept != NULL && vary != NULL && strcmp(kept, "7") == 0 && strcmp(vary, "Origin") == 0;
}

static void saw_head(codec* m, const tmlrt_response* response) {
    int status = response != NULL ? response->status : 500;
    if (status == 101) {
        rig_say(m->r->peer_saw, sizeof m->r->peer_saw, "switch");
    } else {
        rig_say(m->r->peer_saw, sizeof m->r->peer_saw, "%d", status);
    }
    if (response != NULL && has_kept(response)) {
        rig_say(m->r->peer_saw, sizeof m->r->peer_saw, "kept");
    }
    if (m->c->peer == RIG_PEER_LEAVES) {
        m->left = true;
        trt_exchange_cancel(&m->exchange, TMLRT_CANCEL_CLIENT_GONE);
    } else if (m->c->peer == RIG_PEER_STOPS) {
        trt_exchange_cancel(&m->exchange, TMLRT_CANCEL_SHUTDOWN);
    }
}

// What a codec answers in the service's place.
static void answer_own(codec* m, uint32_t status) {
    const tmlrt_response* own = trt_exchange_own_answer(&m->exchange, status, NULL);
    rig_say(m->r->peer_saw, sizeof m->r->peer_saw, "%u%s end", status,
            own != NULL && has_kept(own) ? " kept" : "");
}

static bool put_body(codec* m) {
    tmlrt_body* body = m->exchange.request.stream;
    uint64_t end = m->c->peer == RIG_PEER_HALF ? m->c->body / 2 : m->c->body;
    bool moved = false;
    while (body != NULL && !m->cut && m->may_send && m->sent < m->c->body && trt_body_wants(body)) {
        char piece[5000];
        size_t len = end - m->sent < sizeof piece ? (size_t)(end - m->sent) : sizeof piece, taken;
        if (len == 0) { // what a codec does at the end of the connection
            trt_exchange_cancel(&m->exchange, TMLRT_CANCEL_CLIENT_GONE);
            if (m->exchange.sent == TRT_SENT_NOTHING) {
                answer_own(m, 400);
                m->cut = true;
            } else {
                cut(m);
            }
            return true;
        }
        for (size_t i = 0; i < len; i++) {
            piece[i] = rig_byte(m->sent + i);
        }
        tmlrt_status status = trt_body_put(body, piece, len, &taken);
        moved = true;
        m->sent += taken;
        if (status == TMLRT_OK && m->sent == m->c->body) {
            status = m->c->trailer ? trt_body_trailer(body, TRT_SLICE("X-Sum"), TRT_SLICE("7"))
                                   : TMLRT_OK;
            status = status == TMLRT_OK ? trt_body_end(body) : status;
        }
        if (status != TMLRT_OK) { // without memory
            EXPECT_EQ(status, TMLRT_E_NOMEM);
            trt_exchange_cancel(&m->exchange, TMLRT_CANCEL_ABORT);
            cut(m);
        }
    }
    return moved;
}

// One thing to the peer; false: there is none.
static bool take_output(codec* m) {
    static char out[7000];
    bool deaf = m->c->peer == RIG_PEER_DEAF && m->exchange.sent == TRT_SENT_HEAD;
    trt_wire wire;
    if (deaf) {
        return false;
    }
    trt_exchange_next(&m->exchange, m->cx->waker, out, sizeof out, &wire);
    switch (wire.kind) {
    case TRT_WIRE_INTERIM:
        rig_say(m->r->peer_saw, sizeof m->r->peer_saw, "%d", (int)wire.response->status);
        m->may_send |= wire.response->status == 100;
        break;
    case TRT_WIRE_WHOLE:
        if (wire.response == NULL) {
            answer_own(m, 500);
            m->ended = true;
            break;
        }
        saw_head(m, wire.response);
        if (m->exchange.request.method != TRT_METHOD_HEAD) {
            check(m, wire.response->body.data, (size_t)wire.response->body.len);
        }
        say_end(m, &wire);
        break;
    case TRT_WIRE_HEAD:
        saw_head(m, wire.response);
        break;
    case TRT_WIRE_SWITCH:
        EXPECT_EQ(wire.response->status, 101);
        EXPECT_EQ(wire.response->num_headers, rig_keeps(m->c) ? 3 : 1);
        EXPECT(wire.protocol.len == 4);
        m->switched = true;
        saw_head(m, wire.response);
        break;
    case TRT_WIRE_DATA:
        check(m, out, wire.len);
        break;
    case TRT_WIRE_END:
        say_end(m, &wire);
        break;
    case TRT_WIRE_ABORT:
        trt_exchange_cancel(&m->exchange, TMLRT_CANCEL_ABORT);
        cut(m);
        break;
    default:
        trt_exchange_flushed(&m->exchange);
        return false;
    }
    return true;
}

// Nothing moves: the deadline that a real codec would meet.
static void expire(codec* m) {
    bool stalled = m->c->peer == RIG_PEER_DEAF && m->exchange.sent == TRT_SENT_HEAD;
    trt_exchange_cancel(&m->exchange, stalled ? TMLRT_CANCEL_CLIENT_GONE : TMLRT_CANCEL_DEADLINE);
    if (m->exchange.sent == TRT_SENT_NOTHING) {
        answer_own(m, 503);
        m->ended = true;
    } else if (!m->ended) {
        cut(m);
    }
}

static void run(codec* m) {
    uint32_t idle = 0;
    bool safe = trt_method_is_safe((enum trt_method)m->exchange.request.method);
    for (int i = 0; i < 100000 && !m->cut; i++) {
        uint32_t wakes = test_waker_wakes(&m->waker);
        m->cx->budget = 128;
        bool ready =
            trt_exchange_poll(&m->exchange, &m->r->service, &m->started, m->cx) == TMLRT_READY;
        m->exchange.wire = true; // everything goes through trt_exchange_next here
        bool moved = false;
        if (!m->left) {
            moved = m->c->upgrade != NULL && !m->c->content ? put_protocol(m) : put_body(m);
            while (!m->cut && !m->left && take_output(m)) {
                moved = true;
            }
            trt_exchange_flushed(&m->exchange);
        }
        if ((m->left && (ready || safe)) || (ready && m->exchange.sent == TRT_SENT_ALL)) {
            break;
        }
        idle = moved || test_waker_wakes(&m->waker) != wakes ? 0 : idle + 1;
        if (idle == 3) {
            expire(m);
            break;
        }
    }
    if (m->left) {
        rig_say(m->r->peer_saw, sizeof m->r->peer_saw, "left");
    }
}

void rig_run_memory(rig* r, const rig_case* c) {
    codec m = {.r = r, .c = c, .may_send = !c->expects};
    trt_arena_init(&m.arena, 64 << 20);
    m.cx = test_waker_context(&m.waker);
    m.exchange.request = (tmlrt_request){
        .arena = &m.arena,
        .method = (uint8_t)trt_method_lookup(c->method, strlen(c->method)),
        .version_major = 1,
        .version_minor = c->http10 ? 0 : 1,
        .query = {c->script, strlen(c->script)},
        .flags = c->expects ? TRT_REQUEST_EXPECTS : 0,
    };
    char* whole = NULL;
    if (c->upgrade != NULL && !c->content && !c->http10) {
        tmlrt_slice list = {c->upgrade, strlen(c->upgrade)};
        if (trt_exchange_asks(&m.exchange, list, c->early) != TMLRT_OK ||
            (c->early && put_early(&m) != TMLRT_OK)) {
            trt_exchange_release(&m.exchange);
            trt_arena_fini(&m.arena);
            return;
        }
    } else if (c->body != 0 && (r->service.streams_body(r, &m.exchange.request) ||
                                (c->expects && r->service.needs_no_body(r, &m.exchange.request)))) {
        if (trt_exchange_stream_body(&m.exchange, c->chunked ? UINT64_MAX : c->body) != TMLRT_OK) {
            trt_arena_fini(&m.arena); // 503
            return;
        }
    } else if (c->body != 0) {
        whole = trt_arena_alloc(&m.arena, c->body, 1);
        if (whole == NULL) {
            trt_arena_fini(&m.arena);
            return;
        }
        for (size_t i = 0; i < c->body; i++) {
            whole[i] = rig_byte(i);
        }
        m.exchange.request.body = (tmlrt_slice){whole, c->body};
    }
    run(&m);
    r->service.drop(r, &m.exchange);
    trt_exchange_settle(&m.exchange);
    trt_exchange_release(&m.exchange);
    trt_arena_fini(&m.arena);
    EXPECT_EQ(test_waker_refs(&m.waker), 0);
}
