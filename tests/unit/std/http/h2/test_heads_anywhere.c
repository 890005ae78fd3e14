// SPDX-License-Identifier: Apache-2.0
// Heads in any order among tables that change their size, resets from both sides, interim heads,
// trailers, promises and output that is taken in parts: a peer that keeps to what it has asked for
// reads every field as it was given.
#include "std/http/core/chars.h"
#include "std/http/core/date.h"
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"
#include "tests/support/load.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

enum { STREAMS = 400, STEPS = 1200, SEEDS = 30, SIZES = 2048, OPEN_MAX = 20, FIELDS = 4 };

typedef struct answered {
    uint8_t set, date;
    uint16_t status;
    bool streamed, seen;
} answered;

typedef struct scene {
    h2_rig rig;
    uint64_t seed;
    trt_security security;
    uint32_t next;              ///< the stream that is opened next
    uint32_t sizes[SIZES], num; ///< that were told; 1 << 31: the last of a frame
    answered answers[STREAMS];
    uint32_t num_read;
} scene;

static scene s_scene;
static char s_data[H2_BYTES], s_long[3000];
static const char* const s_dates[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 08:49:38 GMT"};
static const uint32_t s_last = 1u << 31;

#define TEXT(literal) {(literal), sizeof(literal) - 1}
static trt_header s_sets[][FIELDS] = {
    {{TEXT("Content-Type"), TEXT("application/json")}, {TEXT("X-A"), TEXT("one")}},
    {{TEXT("Content-Type"), TEXT("text/plain")}, {TEXT("X-A"), TEXT("two")}},
    {{TEXT("Set-Cookie"), TEXT("a=b")}, {TEXT("Set-Cookie"), TEXT("c=d")}},
    {{TEXT("ETag"), TEXT("\"7\"")}, {TEXT("X-Empty"), TEXT("")}, {TEXT("Vary"), TEXT("Origin")}},
    {{TEXT("CONTENT-SECURITY-POLICY"), TEXT("default-src 'none'")}, {TEXT("X-A"), TEXT("three")}},
    {{TEXT("X-Of-A-Kilobyte"), {s_long, 1000}}, {TEXT("Cache-Control"), TEXT("no-store")}},
    {{TEXT("X-Of-Three"), {s_long, sizeof s_long}}, {TEXT("date"), TEXT("left out")}},
};

static uint64_t below(scene* s, uint64_t end) {
    return test_random_below(&s->seed, end);
}

// ---- what the peer does -------------------------------------------------------------------------

static void feed(scene* s, const h2_bytes* b) {
    EXPECT_EQ(trt_h2_conn_feed(s->rig.conn, b->data, b->len, 0), TMLRT_OK);
}

static void begin(scene* s, uint64_t seed) {
    *s = (scene){.seed = seed, .next = 1};
    trt_security_init(&s->security, (tmlrt_slice)TEXT("max-age=5"));
    s->rig.options.security = &s->security;
    s->rig.options.pushes = 5;
    s->rig.stream_len = 20;
    s->rig.limits = (trt_http_limits){.ledger_resets = 100000, .ledger_resets_per_s = 100000};
    h2_rig_start(&s->rig);
    h2_bytes b = h2_fresh(s_data);
    feed(s, &b);
}

static uint32_t any_size(scene* s) {
    static const uint32_t sizes[] = {0, 1, 100, 300, 1000, 4095, 4096, 65536, UINT32_MAX};
    return sizes[below(s, TRT_ARRAY_LEN(sizes))];
}

// One frame or two, with a size or two in each.
static void tell_sizes(scene* s, h2_bytes* b) {
    for (uint64_t frames = 1 + below(s, 2); frames != 0; frames--) {
        char entries[12] = {0, 1, 0, 0, 0, 0, 0, 1};
        uint32_t num = 1 + (uint32_t)below(s, 2);
        for (uint32_t i = 0; i < num; i++) {
            uint32_t size = any_size(s);
            h2_u32(entries + 6 * i + 2, size);
            s->sizes[s->num++ % SIZES] = size < s_last ? size : s_last - 1;
        }
        s->sizes[(s->num - 1) % SIZES] |= s_last;
        h2_frame(b, 6 * num, H2_SETTINGS, 0, 0, entries);
    }
}

static h2_exchange* any_exchange(scene* s) {
    uint64_t at = below(s, OPEN_MAX);
    return s->rig.exchanges[at];
}

static void speak(scene* s) {
    h2_bytes b = {s_data, 0};
    for (uint64_t parts = 1 + below(s, 3); parts != 0; parts--) {
        h2_exchange* one = any_exchange(s);
        uint64_t what = below(s, 6);
        if (what == 0) {
            tell_sizes(s, &b);
        } else if (what == 1 && one != NULL && one->stream->id % 2 == 1) { // a promise may wait yet
            h2_frame(&b, 4, H2_RST, 0, (uint32_t)one->stream->id, "\0\0\0\10");
        } else if (s->next < STREAMS && trt_h2_conn_running(s->rig.conn) + parts < OPEN_MAX) {
            h2_get(&b, s->next);
            s->next += 2;
        }
    }
    feed(s, &b);
}

// ---- what the server does -----------------------------------------------------------------------

static void answer(scene* s, trt_h2_stream* stream) {
    static const uint16_t statuses[] = {200, 201, 204, 404, 418, 599};
    static trt_header hint = {TEXT("Link"), TEXT("</a.css>")};
    answered* a = &s->answers[stream->id % STREAMS];
    if (a->status != 0) {
        return;
    }
    *a = (answered){(uint8_t)below(s, TRT_ARRAY_LEN(s_sets)), (uint8_t)below(s, 2),
                    statuses[below(s, TRT_ARRAY_LEN(statuses))], below(s, 3) == 0, false};
    if (below(s, 4) == 0) {
        tmlrt_response early = {.status = 103, .headers = &hint, .num_headers = 1};
        EXPECT_EQ(trt_h2_stream_interim(stream, &early), TMLRT_OK);
    }
    tmlrt_response response = {
        .status = a->status, .headers = s_sets[a->set], .body = {"hello", 5}};
    while (response.num_headers < FIELDS && s_sets[a->set][response.num_headers].name.len != 0) {
        response.num_headers++;
    }
    const char* date = s_dates[a->date];
    EXPECT_EQ(a->streamed ? trt_h2_stream_stream(stream, &response, date, UINT64_MAX)
                          : trt_h2_stream_answer(stream, &response, date),
              TMLRT_OK);
}

static void push(h2_exchange* parent) {
    static const trt_header field = {TEXT("Accept"), TEXT("text/css")};
    static const trt_promise promise = {
        .method = TEXT("GET"), .target = TEXT("/a.css"), .headers = &field, .num_headers = 1};
    (void)!trt_h2_stream_push(parent->stream, &promise); // as there is room
}

static void take(scene* s, bool all) {
    tmlrt_slice piece;
    do {
        EXPECT_EQ(trt_h2_conn_output(s->rig.conn, &piece, 0), TMLRT_OK);
        size_t len = all ? (size_t)piece.len : (size_t)below(s, piece.len + 1);
        REQUIRE(s->rig.out_len + len <= H2_BYTES);
        memcpy(s->rig.out + s->rig.out_len, piece.data, len);
        s->rig.out_len += len;
        trt_h2_conn_sent(s->rig.conn, len);
    } while (all && piece.len != 0);
}

static void step(scene* s) {
    h2_exchange* one = any_exchange(s);
    switch (below(s, 8)) {
    case 0:
        take(s, below(s, 2) == 0);
        break;
    case 1:
        trt_h2_conn_pack(s->rig.conn);
        break;
    case 2:
        if (one != NULL && below(s, 4) == 0) {
            trt_h2_stream_reset(one->stream, TRT_H2_CANCEL);
        }
        break;
    case 3:
        if (one != NULL) {
            push(one);
        }
        break;
    case 4:
    case 5:
        if (one != NULL) {
            answer(s, one->stream);
        }
        break;
    default:
        speak(s);
        break;
    }
}

// ---- what is read -------------------------------------------------------------------------------

enum { BLOCK_FIELDS = 20, BLOCK_TEXT = 4096 };

typedef struct block {
    tmlrt_slice fields[BLOCK_FIELDS][2];
    uint32_t num, next, stream;
    char text[BLOCK_TEXT];
    size_t text_len;
} block;

static block s_block;

static tmlrt_slice keep(block* b, const uint8_t* data, size_t len) {
    TRT_CHECK(len <= BLOCK_TEXT - b->text_len);
    char* to = memcpy(b->text + b->text_len, data, len);
    b->text_len += len;
    return (tmlrt_slice){to, len};
}

static void read_block(block* b, nghttp2_hd_inflater* peer, const h2_seen* seen) {
    uint32_t skipped = seen->type == H2_PUSH ? 4 : 0; // the promised stream
    const uint8_t *p = seen->payload + skipped, *end = seen->payload + seen->len;
    int flags = 0;
    b->num = b->next = 0;
    b->text_len = 0;
    b->stream = seen->stream;
    while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
        nghttp2_nv nv = {0};
        ssize_t used = nghttp2_hd_inflate_hd2(peer, &nv, &flags, p, (size_t)(end - p), 1);
        REQUIRE(used >= 0);
        p += used;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            REQUIRE(b->num < BLOCK_FIELDS);
            b->fields[b->num][0] = keep(b, nv.name, nv.namelen);
            b->fields[b->num++][1] = keep(b, nv.value, nv.valuelen);
        }
    }
    nghttp2_hd_inflate_end_headers(peer);
}

static bool is_text(tmlrt_slice a, tmlrt_slice b) {
    return a.len == b.len && (a.len == 0 || trt_equal_nocase(a.data, b.data, (size_t)a.len));
}

static void expect_next(block* b, tmlrt_slice name, tmlrt_slice value) {
    REQUIRE(b->next < b->num);
    const tmlrt_slice* field = b->fields[b->next++];
    if (!is_text(field[0], name) || !is_text(field[1], value)) {
        test_fail(__FILE__, __LINE__, "stream %u: %.*s is %.60s, not of %s", b->stream,
                  (int)field[0].len, field[0].data, field[1].data, name.data);
    }
}

static void expect_answer(scene* s, block* b) {
    answered* a = &s->answers[b->stream % STREAMS];
    const trt_header* set = s_sets[a->set];
    char status[8];
    a->seen = true;
    snprintf(status, sizeof status, "%u", a->status);
    expect_next(b, (tmlrt_slice)TEXT(":status"), (tmlrt_slice){status, 3});
    for (uint32_t i = 0; i < FIELDS && set[i].name.len != 0; i++) {
        if (strcmp(set[i].name.data, "date") != 0) {
            expect_next(b, set[i].name, set[i].value);
        }
    }
    for (uint32_t i = 0; i < TRT_NUM_SECURITY; i++) {
        const trt_security_field* field = &s->security.fields[i];
        if (!is_text(set[0].name, field->name)) {
            expect_next(b, field->name, field->value);
        }
    }
    tmlrt_slice date = {s_dates[a->date], TRT_HTTP_DATE_LEN};
    expect_next(b, (tmlrt_slice)TEXT("date"), date);
    if (!a->streamed && a->status != 204) {
        expect_next(b, (tmlrt_slice)TEXT("content-length"), (tmlrt_slice)TEXT("5"));
    }
}

static void expect_head(scene* s, block* b) {
    if (s->answers[b->stream % STREAMS].seen) {
        expect_next(b, (tmlrt_slice)TEXT("x-sum"), (tmlrt_slice)TEXT("7"));
    } else if (b->num != 0 && is_text(b->fields[0][1], (tmlrt_slice)TEXT("103"))) {
        b->next = 1;
        expect_next(b, (tmlrt_slice)TEXT("link"), (tmlrt_slice)TEXT("</a.css>"));
    } else {
        expect_answer(s, b);
        s->num_read++;
    }
    EXPECT_EQ(b->next, b->num);
}

// What a frame of SETTINGS said holds from its acknowledgement on.
static uint32_t hold_sizes(const scene* s, nghttp2_hd_inflater* peer, uint32_t at) {
    for (bool last = false; !last && at < s->num; at++) {
        last = (s->sizes[at] & s_last) != 0;
        EXPECT_EQ(nghttp2_hd_inflate_change_table_size(peer, s->sizes[at] & ~s_last), 0);
    }
    return at;
}

static void read_all(scene* s) {
    nghttp2_hd_inflater* peer;
    h2_seen seen;
    uint32_t sizes = 0, acks = 0;
    REQUIRE(nghttp2_hd_inflate_new(&peer) == 0);
    for (size_t at = 0; at + 9 <= s->rig.out_len; at += 9 + seen.len) {
        const uint8_t* p = (const uint8_t*)s->rig.out + at;
        seen = (h2_seen){.len = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2],
                         .type = p[3],
                         .flags = p[4],
                         .stream = (uint32_t)p[7] << 8 | p[8],
                         .payload = p + 9};
        if (seen.type == H2_SETTINGS && (seen.flags & H2_ACK) != 0 && acks++ != 0) {
            sizes = hold_sizes(s, peer, sizes); // not the first, which said nothing
        } else if (seen.type == H2_HEADERS || seen.type == H2_PUSH) {
            read_block(&s_block, peer, &seen);
            if (seen.type == H2_HEADERS) {
                expect_head(s, &s_block);
            }
        }
    }
    EXPECT_EQ(sizes, s->num);
    nghttp2_hd_inflate_del(peer);
}

TEST(h2_heads__anything_in_any_order__read_as_they_were_given) {
    scene* s = &s_scene;
    uint32_t num_read = 0;
    memset(s_long, 'q', sizeof s_long);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        begin(s, seed);
        for (int i = 0; i < STEPS; i++) {
            step(s);
        }
        for (int i = 0; i < H2_STREAMS; i++) {
            if (s->rig.exchanges[i] != NULL) {
                answer(s, s->rig.exchanges[i]->stream);
            }
        }
        take(s, true);
        EXPECT_EQ(h2_goaway(&s->rig), UINT32_MAX);
        read_all(s);
        num_read += s->num_read;
        h2_rig_stop(&s->rig);
    }
    EXPECT(num_read > SEEDS * STREAMS / 4);
}
