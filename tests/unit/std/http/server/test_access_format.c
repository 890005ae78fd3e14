// SPDX-License-Identifier: Apache-2.0
// Lines of the access log: what they look like, what is left out of them, and that nothing a peer
// sends makes two of one.
#include "std/http/server/access_format.h"

#include <stdio.h>

#include "std/http/core/response.h"
#include "std/http/core/utf8.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"

static const trt_access_entry s_plain = {
    .wall_ms = 1764278542123,
    .duration_ns = 1234567,
    .bytes_in = 12,
    .bytes_out = 345,
    .status = 200,
    .version_major = 1,
    .version_minor = 1,
    .peer = TRT_SLICE("192.0.2.7"),
    .method = TRT_SLICE("GET"),
    .path = TRT_SLICE("/api/users/3"),
    .query = TRT_SLICE("a=1&token=abc&b=2"),
    .route = TRT_SLICE("/api/users/:id"),
    .user_agent = TRT_SLICE("curl/8.0 (\"x\")"),
    .referer = TRT_SLICE("https://me:pw@example.org/p?Password=1;q=2#frag"),
    .request_id = TRT_SLICE("r-1"),
};

typedef struct page {
    char text[32 * 1024];
    size_t len;
} page;

static void add(page* p, const trt_access_entry* entry) {
    p->len += trt_access_line(p->text + p->len, TRT_ACCESS_JSON, TRT_ACCESS_REDACTED, entry);
    p->len += trt_access_line(p->text + p->len, TRT_ACCESS_COMBINED, TRT_ACCESS_REDACTED, entry);
}

TEST(access_line__both_formats__golden) {
    static page p;
    p.len = 0;
    add(&p, &s_plain);
    trt_access_entry entry = {.peer = TRT_SLICE("::1"), .status = 400};
    add(&p, &entry); // refused before its head was complete
    entry = (trt_access_entry){.version_major = 2,
                               .method = TRT_SLICE("GET"),
                               .path = TRT_SLICE("/"),
                               .tls = true,
                               .cut = true};
    add(&p, &entry);
    EXPECT_GOLDEN("access_line", p.text, p.len);
}

static bool has(const char* line, size_t len, const char* text) {
    return memmem(line, len, text, strlen(text)) != NULL;
}

TEST(access_line__query__values_of_secret_names_are_left_out) {
    static const struct {
        const char *query, *want;
    } rows[] = {
        {"token=abc", "\"token=[redacted]\""},
        {"x=1&ToKeN=abc&y=2", "\"x=1&ToKeN=[redacted]&y=2\""},
        {"%74oken=abc", "\"%74oken=[redacted]\""},
        {"t%6Fken=abc;z=1", "\"t%6Fken=[redacted];z=1\""},
        {"tokens=abc", "\"tokens=abc\""},
        {"token", "\"token\""},
        {"token=", "\"token=[redacted]\""},
        {"=abc&&", "\"=abc&&\""},
        {"%7", "\"%7\""},
        {"password=a=b", "\"password=[redacted]\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[TRT_ACCESS_LINE];
        trt_access_entry entry = {.query = {rows[i].query, strlen(rows[i].query)}};
        size_t len = trt_access_line(line, TRT_ACCESS_JSON, TRT_ACCESS_REDACTED, &entry);
        if (!has(line, len, rows[i].want)) {
            test_fail(__FILE__, __LINE__, "%s: %.*s", rows[i].query, (int)len, line);
        }
    }
}

TEST(access_line__names_of_ones_own__replace_the_defaults) {
    char line[TRT_ACCESS_LINE];
    trt_access_entry entry = {.query = TRT_SLICE("token=1&pin=2&x=3")};
    size_t len = trt_access_line(line, TRT_ACCESS_JSON, "pin,,x", &entry);
    EXPECT(has(line, len, "token=1&pin=[redacted]&x=[redacted]"));
    len = trt_access_line(line, TRT_ACCESS_JSON, "", &entry);
    EXPECT(has(line, len, "token=1&pin=2&x=3"));
}

// A JSON string as RFC 8259 has it, and no control character in either format.
static void expect_one_line(const char* line, size_t len, bool json) {
    EXPECT(len != 0 && len <= TRT_ACCESS_LINE && line[len - 1] == '\n');
    for (size_t i = 0; i + 1 < len; i++) {
        unsigned char byte = (unsigned char)line[i];
        EXPECT(byte >= 0x20 && byte != 0x7f && (json || byte < 0x80));
    }
    EXPECT(!json || trt_utf8_valid(line, len));
    size_t quotes = 0;
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\\') {
            i++;
            EXPECT(strchr(json ? "\"\\u" : "\"\\x", line[i]) != NULL);
        } else {
            quotes += line[i] == '"';
        }
    }
    EXPECT_EQ(quotes % 2, 0);
}

TEST(access_line__every_byte_in_every_text__one_line_that_can_be_read) {
    char line[TRT_ACCESS_LINE];
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second += 5) {
            char text[] = {'a', (char)first, (char)second, 'b'};
            tmlrt_slice slice = {text, sizeof text};
            trt_access_entry entry = s_plain;
            entry.method = entry.path = entry.query = entry.user_agent = entry.referer =
                entry.request_id = entry.route = slice;
            expect_one_line(line, trt_access_line(line, TRT_ACCESS_JSON, "a", &entry), true);
            expect_one_line(line, trt_access_line(line, TRT_ACCESS_COMBINED, "a", &entry), false);
        }
    }
}

TEST(access_line__control_characters_of_unicode__escaped) {
    char line[TRT_ACCESS_LINE];
    trt_access_entry entry = {.user_agent = TRT_SLICE("\xc2\x9b[2J \xe2\x80\xa8 \xc3\xa9 \x1b")};
    size_t len = trt_access_line(line, TRT_ACCESS_JSON, "", &entry);
    EXPECT(has(line, len, "\"\\u009b[2J \\u2028 \xc3\xa9 \\u001b\""));
}

TEST(access_line__texts_of_64_kilobytes__cut) {
    static char text[65536];
    static const char fill[] = {'a', '"', '\n', '\xff', '?', '='};
    char line[TRT_ACCESS_LINE];
    for (size_t k = 0; k < sizeof fill; k++) {
        memset(text, fill[k], sizeof text);
        tmlrt_slice slice = {text, sizeof text};
        trt_access_entry entry = {.wall_ms = UINT64_MAX,
                                  .duration_ns = UINT64_MAX,
                                  .bytes_in = UINT64_MAX,
                                  .bytes_out = UINT64_MAX,
                                  .status = UINT32_MAX,
                                  .version_major = 255,
                                  .version_minor = 255,
                                  .cut = true,
                                  .peer = slice,
                                  .method = slice,
                                  .path = slice,
                                  .query = slice,
                                  .route = slice,
                                  .user_agent = slice,
                                  .referer = slice,
                                  .request_id = slice};
        expect_one_line(line, trt_access_line(line, TRT_ACCESS_JSON, "", &entry), true);
        EXPECT(has(line, sizeof line, "..."));
        expect_one_line(line, trt_access_line(line, TRT_ACCESS_COMBINED, "", &entry), false);
    }
}
