// SPDX-License-Identifier: Apache-2.0
// The encoder of field blocks against nghttp2's decoder: whatever is written is read as it was, and
// both tables stay the same, also where the peer changes its size and memory runs out.
#include "std/http/h2/hpack.h"

#include "std/http/core/date.h"
#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/load.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIELDS = 64, TEXT = 4000 };

typedef struct rig {
    trt_hpack table;
    nghttp2_hd_inflater* peer;
    char block[2 * FIELDS * TEXT];
    char* end;
    tmlrt_slice want[FIELDS][2];
    uint32_t num;
    bool is_secret[FIELDS];
} rig;

static rig s_rig;
static trt_security s_security;
static char s_texts[FIELDS][TEXT];

static tmlrt_slice slice_of(const char* text) {
    return (tmlrt_slice){text, strlen(text)};
}

static void start(rig* r) {
    trt_hpack_init(&r->table);
    trt_security_init(&s_security, slice_of("max-age=5"));
    EXPECT_EQ(nghttp2_hd_inflate_new(&r->peer), 0);
    r->num = 0;
    r->end = r->block;
}

static void stop(rig* r) {
    nghttp2_hd_inflate_del(r->peer);
    trt_hpack_fini(&r->table);
}

static void want(rig* r, tmlrt_slice name, tmlrt_slice value) {
    r->want[r->num][0] = name;
    r->want[r->num++][1] = value;
}

static void put(rig* r, const char* name, const char* value) {
    tmlrt_slice both[2] = {slice_of(name), slice_of(value)};
    char* begin = r->end;
    want(r, both[0], both[1]);
    r->end = trt_hpack_put(&r->table, begin, both[0], both[1]);
    EXPECT((size_t)(r->end - begin) <= both[0].len + both[1].len + TRT_HPACK_FIELD_BYTES);
}

static void put_security(rig* r, uint32_t missing) {
    for (uint32_t left = missing; left != 0; left &= left - 1) {
        const trt_security_field* field = &s_security.fields[__builtin_ctz(left)];
        want(r, field->small, field->value);
    }
    r->end = trt_hpack_put_security(&r->table, r->end, &s_security, missing);
}

static void put_date(rig* r, const char* date) {
    want(r, slice_of("date"), slice_of(date));
    r->end = trt_hpack_put_date(&r->table, r->end, slice_of(date));
}

static bool is_text(const uint8_t* data, size_t len, tmlrt_slice text) {
    return len == text.len && memcmp(data, text.data, len) == 0;
}

// Reads the block; returns how many fields were told to be kept secret.
static uint32_t read_block(rig* r) {
    const uint8_t *p = (const uint8_t*)r->block, *end = (const uint8_t*)r->end;
    uint32_t num = 0, secrets = 0;
    int flags = 0;
    while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
        nghttp2_nv nv;
        ssize_t used = nghttp2_hd_inflate_hd2(r->peer, &nv, &flags, p, (size_t)(end - p), 1);
        if (used < 0) {
            test_fail(__FILE__, __LINE__, "field %u: %s", num, nghttp2_strerror((int)used));
            break;
        }
        p += used;
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) {
            continue;
        }
        if (num >= r->num || !is_text(nv.name, nv.namelen, r->want[num][0]) ||
            !is_text(nv.value, nv.valuelen, r->want[num][1])) {
            test_fail(__FILE__, __LINE__, "field %u is %.*s: %.60s", num, (int)nv.namelen, nv.name,
                      nv.value);
            break;
        }
        secrets += (nv.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0;
        num++;
    }
    EXPECT_EQ(num, r->num);
    nghttp2_hd_inflate_end_headers(r->peer);
    EXPECT_EQ(nghttp2_hd_inflate_get_dynamic_table_size(r->peer), r->table.size);
    EXPECT_EQ(nghttp2_hd_inflate_get_num_table_entries(r->peer) - 61,
              r->table.added - r->table.gone);
    EXPECT(r->table.size <= r->table.max);
    r->num = 0;
    r->end = r->block;
    return secrets;
}

TEST(hpack__the_same_answer_again__a_byte_for_each_field_that_may_come_again) {
    rig* r = &s_rig;
    start(r);
    for (int round = 0; round < 3; round++) {
        put(r, "content-type", "application/json");
        put(r, "x-rare", "yes");
        put_security(r, (1u << TRT_NUM_SECURITY) - 1);
        put_date(r, "Sun, 06 Nov 1994 08:49:37 GMT");
        want(r, slice_of("content-length"), slice_of("23"));
        r->end = trt_hpack_put_length(r->end, slice_of("23"));
        size_t len = (size_t)(r->end - r->block);
        EXPECT(round == 0 ? len > 150 : len == 2 + TRT_NUM_SECURITY + 1 + 5);
        EXPECT_EQ(read_block(r), 0);
    }
    stop(r);
}

TEST(hpack__secrets_and_values_that_seldom_come_twice__are_not_kept) {
    rig* r = &s_rig;
    start(r);
    put(r, "set-cookie", "sid=1");
    put(r, "etag", "\"abc\"");
    put(r, "location", "/a/1");
    put(r, "age", "17");
    EXPECT_EQ(read_block(r), 1);
    EXPECT_EQ(r->table.size, 0);
    char value[16];
    for (int i = 0; i < 100; i++) { // of a name whose values are all others, a few are kept
        snprintf(value, sizeof value, "%d", i);
        put(r, "x-request-id", value);
        EXPECT_EQ(read_block(r), 0);
    }
    EXPECT(r->table.added <= 4);
    stop(r);
}

TEST(hpack__every_byte__is_read_as_it_was) {
    rig* r = &s_rig;
    start(r);
    for (int byte = 0; byte < 256; byte++) {
        for (uint64_t len = 1; len < 12; len++) {
            char* text = s_texts[len];
            memset(text, len % 2 != 0 ? 'e' : '0', (size_t)len); // short codes around it
            text[len / 2] = (char)byte;
            want(r, slice_of("etag"), (tmlrt_slice){text, len});
            r->end = trt_hpack_put(&r->table, r->end, slice_of("etag"), (tmlrt_slice){text, len});
        }
        (void)read_block(r);
    }
    stop(r);
}

TEST(hpack__long_fields__written_and_not_kept) {
    rig* r = &s_rig;
    start(r);
    char* text = s_texts[0];
    for (size_t len = 0; len < TEXT - 1; len += len < 400 ? 1 : 333) {
        memset(text, 'a', len);
        text[len] = '\0';
        put(r, "x-long", text);
        text[len / 2] = '\0';
        put(r, text[0] != '\0' ? text : "x", "y");
        text[len / 2] = 'a';
        r->want[0][1].len = len;
        (void)read_block(r);
    }
    stop(r);
}

// What nghttp2 writes in front of a block.
static void put_size(rig* r, uint32_t size) {
    char* out = r->end;
    *out = (char)(0x20 | (size < 31 ? size : 31));
    out++;
    if (size >= 31) {
        for (size -= 31; size >= 128; size >>= 7) {
            *out++ = (char)(size | 128);
        }
        *out++ = (char)size;
    }
    r->end = out;
}

static const char* const s_names[] = {"content-type",  "x-a",  "x-b",
                                      "cache-control", "vary", "set-cookie",
                                      "server",        "etag", "x-longer-name-of-a-field"};

static void random_field(rig* r, uint64_t* seed, uint64_t value) {
    char* text = s_texts[r->num];
    uint64_t len = test_random(seed) % 8 == 0 ? test_random(seed) % 900 : test_random(seed) % 20;
    snprintf(text, TEXT, "%llu-", (unsigned long long)value);
    for (size_t at = strlen(text); at < len; at++) {
        text[at] = (char)(' ' + value * at % 90);
        text[at + 1] = '\0';
    }
    put(r, s_names[test_random(seed) % TRT_ARRAY_LEN(s_names)], text);
}

static void random_block(rig* r, uint64_t* seed, uint64_t round) {
    static char dates[FIELDS][TRT_HTTP_DATE_LEN + 1];
    if (test_random(seed) % 32 == 0) {
        uint32_t low = (uint32_t)(test_random(seed) % 5000),
                 last = (uint32_t)(test_random(seed) % 9000);
        trt_hpack_resize(&r->table, low); // twice before a block: the lower one is told as well
        trt_hpack_resize(&r->table, last);
        last = last < TRT_HPACK_TABLE ? last : TRT_HPACK_TABLE;
        if (low < last) {
            put_size(r, low);
        }
        put_size(r, last);
    }
    for (uint64_t num = test_random(seed) % 12; num != 0; num--) {
        random_field(r, seed, test_random(seed) % (test_random(seed) % 2 != 0 ? 4 : 1000));
    }
    put_security(r, (uint32_t)(test_random(seed) % (1u << TRT_NUM_SECURITY)));
    trt_http_date_format(dates[round % FIELDS], (int64_t)(784111777 + round / 3));
    put_date(r, dates[round % FIELDS]);
    (void)read_block(r);
}

TEST(hpack__random_blocks_and_sizes__both_tables_stay_the_same) {
    rig* r = &s_rig;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t state = seed;
        start(r);
        for (uint64_t round = 0; round < 1000; round++) {
            random_block(r, &state, round);
        }
        EXPECT(trt_hpack_memory(&r->table) <= 128 * sizeof(trt_hpack_entry) + 2 * TRT_HPACK_TABLE);
        stop(r);
    }
}

TEST(hpack__every_allocation_fails__written_all_the_same) {
    rig* r = &s_rig;
    bool hit = true;
    for (uint64_t nth = 1; hit && nth < 50; nth++) {
        uint64_t state = 7;
        start(r);
        test_allocator_fail_at(nth);
        for (uint64_t round = 0; round < 60; round++) {
            random_block(r, &state, round);
        }
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        stop(r);
    }
    EXPECT(!hit);
}
