// SPDX-License-Identifier: Apache-2.0
// The codec's rules for fields beside nghttp2's own, which it has turned off: whatever those refuse
// of random heads, bodies and trailers, ours refuse, too.
#include "std/http/h2/conn.h"

#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 20000, PROTOCOL = 1 };

static char s_data[H2_BYTES], s_block[65536], s_seen[H2_BYTES], s_words[4096];
static uint64_t s_random;

static const char* s_names[] = {
    ":method",
    ":scheme",
    ":authority",
    ":path",
    ":protocol",
    ":status",
    ":x",
    ":",
    ":Method",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "te",
    "priority",
    "cookie",
    "expect",
    "x",
    "X",
    "x y",
    "x:y",
    "",
    "accept",
    "Accept",
    "te ",
    "\x80z",
    "x\x7f",
    "a/b",
};
static const char* s_values[] = {
    "GET",
    "POST",
    "OPTIONS",
    "CONNECT",
    "HEAD",
    "BREW",
    "F O",
    "",
    "http",
    "HTTPS",
    "1a",
    "a+b",
    "a_b",
    "/",
    "*",
    "/a?b",
    "/ ",
    "/\x7f",
    "/\x80",
    "x",
    "a:80",
    "[::1]",
    "a b",
    "trailers",
    "gzip",
    "Trailers",
    "0",
    "3",
    "5",
    "-1",
    "+3",
    "9223372036854775808",
    "u=1",
    "u=9,,",
    " x",
    "x\t",
    "a\nb",
    "a\rb",
    "a\tb",
    "a\1z",
    "\xff",
    "close",
    "100-continue",
};
#define PICK(list) ((list)[pick(sizeof(list) / sizeof(list)[0])])

static uint32_t pick(size_t num) {
    s_random ^= s_random << 13;
    s_random ^= s_random >> 7;
    s_random ^= s_random << 17;
    return (uint32_t)((s_random >> 11) % num);
}

static void put(h2_bytes* block, const char* name, const char* value) {
    size_t len = strlen(s_words);
    h2_literal(block, name, value);
    snprintf(s_words + len, sizeof s_words - len, " [%s: %s]", name, value);
}

// A request as it should be, with up to three changes.
static void put_head(h2_bytes* block) {
    const char* fields[8][2] = {
        {":method", "POST"}, {":scheme", "https"}, {":authority", "example.org"}, {":path", "/"}};
    uint32_t num = 4;
    for (uint32_t changes = pick(4); changes > 0; changes--) {
        uint32_t at = pick(num), last = num - 1;
        switch (pick(4)) {
        case 0:
            fields[at][1] = PICK(s_values);
            break;
        case 1: // in another order
            fields[num][0] = fields[at][0], fields[num][1] = fields[at][1];
            fields[at][0] = fields[last][0], fields[at][1] = fields[last][1];
            fields[last][0] = fields[num][0], fields[last][1] = fields[num][1];
            break;
        case 2: // one less
            fields[at][0] = fields[last][0], fields[at][1] = fields[last][1];
            num = last;
            break;
        default:
            fields[num][0] = PICK(s_names), fields[num][1] = PICK(s_values);
            num++;
            break;
        }
    }
    for (uint32_t i = 0; i < num; i++) {
        put(block, fields[i][0], fields[i][1]);
    }
}

static h2_bytes input(void) {
    h2_bytes b = {s_data, 0}, block = {s_block, 0};
    bool has_body = pick(3) != 0, has_trailers = has_body && pick(3) == 0;
    s_words[0] = '\0';
    h2_start(&b);
    put_head(&block);
    h2_headers(&b, 1, has_body ? 0 : H2_END_STREAM, &block);
    if (has_body) {
        h2_frame(&b, pick(6), H2_DATA, has_trailers ? 0 : H2_END_STREAM, 1, "12345");
    }
    if (has_trailers) {
        const char* name = PICK(s_names);
        block.len = 0;
        // Its length cannot be told behind a body, and is passed over.
        put(&block, strcmp(name, "content-length") == 0 ? "x" : name, PICK(s_values));
        h2_headers(&b, 1, pick(8) != 0 ? H2_END_STREAM : 0, &block);
    }
    return b;
}

static int on_invalid(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_len, const uint8_t* value, size_t value_len, uint8_t flags,
                      void* user) {
    (void)session, (void)frame, (void)name, (void)name_len, (void)value, (void)value_len;
    (void)flags, (void)user;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// How nghttp2 by itself resets the request, UINT32_MAX: not at all.
static uint32_t oracle(const h2_bytes* b, bool connects) {
    h2_rig seen = {.out = s_seen};
    nghttp2_session_callbacks* callbacks;
    nghttp2_session* session;
    const nghttp2_settings_entry setting = {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
    const uint8_t* piece;
    ssize_t len;
    TRT_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid);
    TRT_CHECK(nghttp2_session_server_new(&session, callbacks, NULL) == 0);
    nghttp2_session_callbacks_del(callbacks);
    TRT_CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &setting, connects) == 0);
    TRT_CHECK(nghttp2_session_mem_recv(session, (const uint8_t*)b->data, b->len) >= 0);
    while ((len = nghttp2_session_mem_send(session, &piece)) > 0) {
        memcpy(s_seen + seen.out_len, piece, (size_t)len);
        seen.out_len += (size_t)len;
    }
    nghttp2_session_del(session);
    return h2_reset(&seen, 1);
}

TEST(h2_oracle__random_requests__what_nghttp2_refuses_is_refused) {
    uint32_t refused = 0;
    s_random = 88172645463325252u;
    for (int i = 0; i < ROUNDS; i++) {
        h2_bytes b = input();
        h2_rig rig = {.options.connect_protocol = pick(4) == 0};
        bool bad = oracle(&b, rig.options.connect_protocol) == PROTOCOL;
        refused += bad;
        h2_rig_start(&rig);
        h2_rig_feed(&rig, b.data, b.len, pick(2) == 0 ? b.len : 7);
        // A status is an answer of the codec's own, to a head that nobody is told of.
        if (bad && h2_reset(&rig, 1) != PROTOCOL && h2_status(&rig, 1) < 400) {
            test_fail(__FILE__, __LINE__, "nghttp2 refuses, we do not:%s; %s", s_words, rig.log);
        }
        h2_rig_stop(&rig);
    }
    EXPECT(refused > ROUNDS / 4 && refused < ROUNDS / 4 * 3);
}
