// SPDX-License-Identifier: Apache-2.0
// Copies of plain text, of every length and with every kind of end at every place: the steps of 64,
// 16, 8 and one byte agree with a byte by byte copy.
#include "std/http/core/json_lex.h"

#include "tests/support/harness.h"

#include <string.h>

enum { MOST = 220, BEHIND = 70 };

typedef struct row {
    char text[MOST], to[MOST + BEHIND];
    size_t len, room;
} row;

static size_t plain_len(const row* r, bool* out_high) {
    size_t most = r->len < r->room ? r->len : r->room, i = 0;
    *out_high = false;
    for (; i < most; i++) {
        unsigned char c = (unsigned char)r->text[i];
        if (c < 0x20 || c == '"' || c == '\\') {
            break;
        }
        *out_high = *out_high || c >= 0x80;
    }
    return i;
}

static void check(row* r) {
    bool high, want_high;
    size_t want = plain_len(r, &want_high);
    memset(r->to, '#', sizeof r->to);
    size_t len = trt_json_copy_plain(r->to, r->room, r->text, r->text + r->len, &high);
    bool good = len == want && high == want_high && memcmp(r->to, r->text, len) == 0;
    for (size_t i = r->room; i < sizeof r->to; i++) {
        good = good && r->to[i] == '#';
    }
    if (!good) {
        test_fail(__FILE__, __LINE__, "%zu of %zu with room for %zu: %zu, %s", want, r->len,
                  r->room, len, high ? "high" : "ASCII");
    }
}

TEST(json_copy_plain__every_length_and_end__as_byte_by_byte) {
    static const char ends[] = {'"', '\\', '\n', '\0', '\x1f', '\x7f', (char)0x80, (char)0xff};
    static row r;
    for (r.len = 0; r.len < MOST; r.len += r.len < 100 ? 1 : 13) {
        for (size_t at = 0; at <= r.len; at++) {
            for (size_t i = 0; i < sizeof ends; i++) {
                memset(r.text, 'a', r.len);
                if (at < r.len) {
                    r.text[at] = ends[i];
                }
                r.room = MOST;
                check(&r);
            }
            r.room = at; // less than the text
            check(&r);
        }
    }
}

TEST(json_copy_plain__high_bytes_behind_the_end__do_not_count) {
    static row r = {.len = 200, .room = MOST};
    for (size_t at = 0; at < r.len; at++) {
        memset(r.text, 'a', r.len);
        r.text[at] = '"';
        memset(r.text + at + 1, 0xc3, r.len - at - 1);
        check(&r);
    }
}
