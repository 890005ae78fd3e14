// SPDX-License-Identifier: Apache-2.0
// The peer of a service over HTTP/1.1, in the clear and over TLS: a raw client that sends and reads
// at the same time, beside a real server on loopback.
#include "rt/base/atomic.h"
#include "tests/support/harness.h"
#include "tests/support/http_server.h"
#include "tests/support/service_rig.h"
#include "tests/support/service_wire.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct peer {
    rig* r;
    const rig_case* c;
    test_server* ts;
    rig_wire wire;
    char* request;
    size_t request_len, head_len, sent;
    char* answer; // all of it
    size_t len, cap;
    bool at_end, reset, closed;
} peer;

// ---- the request --------------------------------------------------------------------------------

static size_t put_body(char* out, const rig_case* c, size_t body) {
    size_t len = 0;
    for (size_t at = 0; at < body;) {
        size_t part = body - at < 7000 ? body - at : 7000;
        len += c->chunked ? (size_t)sprintf(out + len, "%zx\r\n", part) : 0;
        for (size_t i = 0; i < part; i++) {
            out[len++] = rig_byte(at + i);
        }
        len += c->chunked ? (size_t)sprintf(out + len, "\r\n") : 0;
        at += part;
    }
    return len;
}

static void make_request(peer* p) {
    const rig_case* c = p->c;
    char* out = p->request = malloc(c->body * 2 + 4096);
    size_t len = (size_t)sprintf(out, "%s /x?%s HTTP/1.%d\r\nHost: a.test\r\n", c->method,
                                 c->script, c->http10 ? 0 : 1);
    if (c->expects) {
        len += (size_t)sprintf(out + len, "Expect: 100-continue\r\n");
    }
    if (c->upgrade != NULL) {
        len += (size_t)sprintf(out + len, "Connection: Upgrade\r\nUpgrade: %s\r\n", c->upgrade);
    }
    if (c->body != 0 && (c->upgrade == NULL || c->content)) {
        len += c->chunked ? (size_t)sprintf(out + len, "Transfer-Encoding: chunked\r\n")
                          : (size_t)sprintf(out + len, "Content-Length: %zu\r\n", c->body);
    }
    len += (size_t)sprintf(out + len, "\r\n");
    p->head_len = len;
    len += put_body(out + len, c, c->peer == RIG_PEER_HALF ? c->body / 2 : c->body);
    if (c->chunked && c->peer != RIG_PEER_HALF) {
        len += (size_t)sprintf(out + len, "0\r\n%s\r\n", c->trailer ? "X-Sum: 7\r\n" : "");
    }
    p->request_len = len;
}

// ---- the answer ---------------------------------------------------------------------------------

static const char* end_of_head(const char* head) {
    const char* end = strstr(head, "\r\n\r\n");
    return end != NULL ? end + 4 : NULL;
}

// Where the final head begins; NULL: it is not there yet.
static const char* final_head(const peer* p) {
    const char* at = p->answer;
    while (at != NULL && strncmp(at, "HTTP/1.1 1", 10) == 0 &&
           strncmp(at, "HTTP/1.1 101", 12) != 0 && end_of_head(at) != NULL) {
        at = end_of_head(at);
    }
    return at != NULL && *at == 'H' && end_of_head(at) != NULL ? at : NULL;
}

static bool has_switched(const peer* p) {
    const char* head = final_head(p);
    return head != NULL && strncmp(head, "HTTP/1.1 101", 12) == 0;
}

// Reads a chunked body; returns what is behind its last chunk's line, NULL when it is not whole.
static const char* read_chunks(const peer* p, const char* at, uint64_t* out_len) {
    const char* end = p->answer + p->len;
    for (;;) {
        char* after;
        const char* line = memchr(at, '\n', (size_t)(end - at));
        size_t size = line != NULL ? strtoul(at, &after, 16) : 0;
        if (line == NULL || (size != 0 && (size_t)(end - line) < size + 3)) {
            return NULL;
        }
        if (size == 0) {
            return line + 1;
        }
        for (size_t i = 0; i < size; i++) {
            bool events = strchr(p->c->script, 'v') != NULL; // what the server says itself
            if (!events && line[1 + i] != rig_byte(*out_len + i)) {
                test_fail(__FILE__, __LINE__, "%s: byte %zu differs", p->c->name, i);
                return NULL;
            }
        }
        *out_len += size;
        at = line + 1 + size + 2;
    }
}

// The answer took the protocol: all that follows is it.
static bool is_protocol_over(const peer* p, const char* at, char* text, size_t cap) {
    size_t len = (size_t)(p->answer + p->len - at);
    if (!p->at_end || p->reset) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (at[i] != rig_byte(i)) {
            test_fail(__FILE__, __LINE__, "%s: byte %zu differs", p->c->name, i);
            break;
        }
    }
    rig_say(text, cap, "body=%zu end", len);
    return true;
}

// Whether the final answer is whole; its text then.
static bool is_whole(const peer* p, char* text, size_t cap) {
    const char* head = final_head(p);
    if (head == NULL) {
        return false;
    }
    const char* body = end_of_head(head);
    if (has_switched(p)) {
        return is_protocol_over(p, body, text, cap);
    }
    const char* length = strstr(head, "\r\nContent-Length: ");
    const char* chunked = strstr(head, "\r\nTransfer-Encoding: chunked");
    int status = atoi(head + 9);
    bool none = strcmp(p->c->method, "HEAD") == 0 || status == 204 || status == 304;
    uint64_t len = 0;
    const char* trailers = "\r\n";
    if (!none && chunked != NULL && chunked < body) {
        trailers = read_chunks(p, body, &len);
        if (trailers == NULL || (trailers[0] != '\r' && strstr(trailers, "\r\n\r\n") == NULL)) {
            return false;
        }
    } else if (!none && length != NULL && length < body) {
        len = strtoul(length + 18, NULL, 10);
        if ((uint64_t)(p->answer + p->len - body) < len) {
            return false;
        }
    } else if (!none) {
        len = (uint64_t)(p->answer + p->len - body);
        if (!p->at_end || p->reset) {
            return false;
        }
    }
    if (status >= 400) { // the server's own
        rig_say(text, cap, "end");
        return true;
    }
    rig_say(text, cap, "body=%llu", (unsigned long long)len);
    if (trailers[0] != '\r') {
        rig_say(text, cap, "%.*s=%.*s", (int)strcspn(trailers, ":"), trailers,
                (int)strcspn(strchr(trailers, ':') + 2, "\r"), strchr(trailers, ':') + 2);
    }
    rig_say(text, cap, "end");
    return true;
}

// The fields that the handler keeps, each once.
static bool has_kept(const char* head, const char* end) {
    const char* kept = strstr(head, "\r\nX-Kept: 7\r\n");
    const char* vary = strstr(head, "\r\nVary: Origin\r\n");
    bool there = kept != NULL && kept < end && vary != NULL && vary < end;
    const char* again = there ? strstr(vary + 1, "\r\nVary: ") : NULL;
    EXPECT(again == NULL || again >= end);
    return there;
}

static void say_heads(peer* p) {
    const char* at = p->answer;
    for (;;) {
        const char* end = at != NULL && *at == 'H' ? end_of_head(at) : NULL;
        if (end == NULL) {
            return;
        }
        int status = atoi(at + 9);
        if (status == 101) {
            const char* took = strstr(at, "\r\nX-Took: yes\r\n");
            const char* name = strcasestr(at, "\r\nUpgrade: echo\r\n");
            EXPECT(took != NULL && took < end && name != NULL && name < end);
            rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "switch");
        } else {
            rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "%d", status);
        }
        if (has_kept(at, end)) {
            rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "kept");
        }
        if (status >= 200 || status == 101) {
            return;
        }
        at = end;
    }
}

// ---- the conversation ---------------------------------------------------------------------------

static void receive(peer* p) {
    if (p->cap - p->len < 65536) {
        p->cap = p->cap * 2 + 131072;
        p->answer = realloc(p->answer, p->cap);
    }
    ssize_t got = rig_wire_read(&p->wire, p->answer + p->len, 65535);
    if (got == 0 || got == RIG_WIRE_BROKEN) {
        p->at_end = true;
        p->reset = got != 0;
    } else if (got > 0) {
        p->len += (size_t)got;
    }
    p->answer[p->len] = '\0';
}

static void send_some(peer* p) {
    size_t end = p->sent < p->head_len && !p->c->early ? p->head_len : p->request_len;
    ssize_t sent = rig_wire_write(&p->wire, p->request + p->sent, end - p->sent);
    if (sent > 0) {
        p->sent += (size_t)sent;
    } else if (sent == RIG_WIRE_BROKEN) {
        p->sent = p->request_len; // the server has had enough; it may still be heard
    }
    if (p->sent == p->request_len && p->c->peer == RIG_PEER_HALF) {
        rig_wire_shutdown(&p->wire);
    }
}

// What the peer does when it has the final head. True: it is done with the answer.
static bool act(peer* p, bool* acted) {
    if (*acted || final_head(p) == NULL) {
        return false;
    }
    *acted = true;
    if (p->c->peer == RIG_PEER_STOPS) {
        trt_http_server_stop(p->ts->server, TRT_HTTP_STOP_NOW);
    }
    if (p->c->peer == RIG_PEER_CLOSES) {
        rig_wire_shutdown(&p->wire);
    }
    return p->c->peer == RIG_PEER_LEAVES || p->c->peer == RIG_PEER_DEAF;
}

// How much of the request may be sent by now.
static size_t may_send(const peer* p) {
    const rig_case* c = p->c;
    bool all = !c->expects || strncmp(p->answer, "HTTP/1.1 100", 12) == 0;
    if (c->upgrade != NULL && !c->content && !c->early) {
        all = has_switched(p) && (c->peer != RIG_PEER_ANSWERS || p->at_end);
    }
    return all ? p->request_len : p->head_len;
}

// Another protocol's side ends behind its bytes.
static void close_side(peer* p) {
    if (p->c->upgrade != NULL && rig_sends(p->c) && !p->closed && has_switched(p) &&
        p->sent == p->request_len && may_send(p) == p->request_len) {
        p->closed = true;
        rig_wire_shutdown(&p->wire);
    }
}

static void converse(peer* p) {
    char text[128] = "";
    bool acted = false;
    for (int i = 0; i < 1000000 && (!p->at_end || p->sent < may_send(p)); i++) {
        bool writes = p->sent < may_send(p), readable, writable;
        if (!rig_wire_poll(&p->wire, writes, &readable, &writable)) {
            test_fail(__FILE__, __LINE__, "%s: silence", p->c->name);
            break;
        }
        if (readable && !p->at_end) {
            receive(p);
        }
        if (writable) {
            send_some(p);
        }
        close_side(p);
        if (p->at_end && p->sent < may_send(p)) {
            continue;
        }
        if (act(p, &acted) || is_whole(p, text, sizeof text)) {
            break;
        }
    }
    say_heads(p);
    text[0] = '\0';
    if (p->c->peer == RIG_PEER_LEAVES) {
        rig_wire_close(&p->wire, true);
        rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "left");
        return;
    }
    bool whole = p->c->peer != RIG_PEER_DEAF && is_whole(p, text, sizeof text);
    if (p->c->peer == RIG_PEER_DEAF || (has_switched(p) && p->c->peer != RIG_PEER_READS)) {
        rig_wait_dropped(p->r);
    }
    rig_say(p->r->peer_saw, sizeof p->r->peer_saw, "%s", whole ? text : "cut");
    rig_wire_close(&p->wire, false);
}

static void run(rig* r, const rig_case* c, const rig_keys* keys) {
    test_server ts;
    trt_http_options options = {.limits = {.write_stall_ns = 300 * TRT_MS,
                                           .linger_ns = 200 * TRT_MS,
                                           .lame_duck_ns = TRT_MS,
                                           .upgrade_idle_ns = rig_upgrade_idle_ns(c),
                                           .handler_ns = 20 * TRT_S},
                                .spoken = {.tls = keys->holder}};
    if (!test_server_start_service(&ts, 1, &options, &r->service)) {
        return;
    }
    peer p = {.r = r, .c = c, .ts = &ts, .cap = 131072};
    if (rig_wire_open(&p.wire, &ts, keys, "http/1.1")) {
        p.answer = calloc(1, p.cap);
        make_request(&p);
        if (r->fail_at != 0) {
            test_allocator_fail_at(r->fail_at);
        }
        converse(&p);
        rig_wait_end(r, ts.server);
    } else {
        test_fail(__FILE__, __LINE__, "%s: no connection", c->name);
    }
    test_server_stop(&ts, TRT_HTTP_STOP_NOW);
    free(p.request);
    free(p.answer);
}

void rig_run_h1(rig* r, const rig_case* c) {
    run(r, c, &(rig_keys){0});
}

void rig_run_h1_tls(rig* r, const rig_case* c) {
    rig_keys keys;
    if (rig_keys_init(&keys, "http/1.1")) {
        run(r, c, &keys);
    } else {
        test_fail(__FILE__, __LINE__, "no keys");
    }
    rig_keys_fini(&keys);
}
