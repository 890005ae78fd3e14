// SPDX-License-Identifier: Apache-2.0
#include "std/http/framework/route/path.h"
#include "std/http/framework/route/scan.h"

#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char* raw;
    const char* segments; ///< joined by '|', NULL: refused
    const char* text;     ///< NULL: as raw
} s_cases[] = {
    {"/", "", NULL},
    {"/a", "a", NULL},
    {"/a/", "a", "/a"},
    {"/api/users/42", "api|users|42", NULL},
    {"/a%20b", "a b", "/a%20b"},
    {"/%61dmin", "admin", "/admin"},
    {"/user/a%2Fb/x", "user|a/b|x", "/user/a%2Fb/x"},
    {"/user/a%2fb/x", "user|a/b|x", "/user/a%2Fb/x"},
    {"/caf%c3%a9", "caf\xC3\xA9", "/caf%C3%A9"},
    {"/100%25", "100%", "/100%25"},
    {"/a%3Fb%23", "a?b#", "/a%3Fb%23"},
    {"/...", "...", NULL},
    {"/a.b/.well-known", "a.b|.well-known", NULL},
    {"/a%2F", "a/", "/a%2F"},
    {"/x;v=1", "x;v=1", NULL},
    {"/a+b", "a+b", NULL},
    // refused
    {"", NULL, NULL},
    {"a", NULL, NULL},
    {"*", NULL, NULL},
    {"//", NULL, NULL},
    {"//admin", NULL, NULL},
    {"/a//b", NULL, NULL},
    {"/a//", NULL, NULL},
    {"/.", NULL, NULL},
    {"/..", NULL, NULL},
    {"/./admin", NULL, NULL},
    {"/a/../admin", NULL, NULL},
    {"/a/..", NULL, NULL},
    {"/a/../", NULL, NULL},
    {"/a/%2e%2e/admin", NULL, NULL},
    {"/a/%2E%2E/admin", NULL, NULL},
    {"/a/.%2E/admin", NULL, NULL},
    {"/a/%2e/admin", NULL, NULL},
    {"/a/%2e%2e%2fadmin", NULL, NULL},
    {"/a/b%2f..%2fc", NULL, NULL},
    {"/a/b%2f.", NULL, NULL},
    {"/%00", NULL, NULL},
    {"/a%00b", NULL, NULL},
    {"/%zz", NULL, NULL},
    {"/%", NULL, NULL},
    {"/%4", NULL, NULL},
    {"/a%", NULL, NULL},
    {"/%c0%af", NULL, NULL},
    {"/%c3", NULL, NULL},
    {"/%ed%a0%80", NULL, NULL},
    {"/a\\b", NULL, NULL},
    {"/a%5cb", NULL, NULL},
    {"/a%5Cb", NULL, NULL},
    {"/..%5cx", NULL, NULL},
    {"/a b", NULL, NULL},
    {"/a?b", NULL, NULL},
    {"/a#b", NULL, NULL},
    {"/a\tb", NULL, NULL},
    {"/caf\xC3\xA9", NULL, NULL},
    {"/\x7F", NULL, NULL},
};

static void join(char* out, const trt_path* path) {
    *out = '\0';
    for (uint32_t i = 0; i < path->num_segments; i++) {
        strcat(out, i == 0 ? "" : "|");
        tmlrt_slice segment = trt_path_segment(path, i);
        strncat(out, segment.data, segment.len);
    }
}

TEST(path_parse__table__segments_text_or_refusal) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof s_cases / sizeof s_cases[0]; i++) {
        trt_path path;
        char joined[256];
        const char *raw = s_cases[i].raw, *reason = NULL;
        tmlrt_status status =
            trt_path_parse(&path, &arena, (tmlrt_slice){raw, strlen(raw)}, &reason);
        if (s_cases[i].segments == NULL) {
            if (status != TMLRT_E_HTTP_PARSE || reason == NULL) {
                test_fail(__FILE__, __LINE__, "%s was not refused (%d)", raw, status);
            }
            continue;
        }
        if (status != TMLRT_OK) {
            test_fail(__FILE__, __LINE__, "%s was refused: %s", raw, reason);
            continue;
        }
        join(joined, &path);
        EXPECT_STR(joined, s_cases[i].segments);
        const char* text = s_cases[i].text != NULL ? s_cases[i].text : raw;
        if (path.text.len != strlen(text) || memcmp(path.text.data, text, path.text.len) != 0) {
            test_fail(__FILE__, __LINE__, "%s became %.*s", raw, (int)path.text.len,
                      path.text.data);
        }
    }
    trt_arena_fini(&arena);
}

TEST(path_parse__canonical_text__parses_to_itself) {
    trt_arena arena;
    trt_arena_init(&arena, 0);
    for (int byte = 1; byte < 256; byte++) {
        char raw[32];
        trt_path path, again;
        const char* reason;
        snprintf(raw, sizeof raw, "/a%%%02x%%C3%%A9/x", byte);
        if (trt_path_parse(&path, &arena, (tmlrt_slice){raw, strlen(raw)}, &reason) != TMLRT_OK) {
            EXPECT(byte == '\\' || byte >= 0x80);
            continue;
        }
        REQUIRE(trt_path_parse(&again, &arena, path.text, &reason) == TMLRT_OK);
        EXPECT_EQ(again.text.len, path.text.len);
        EXPECT(memcmp(again.text.data, path.text.data, path.text.len) == 0);
        EXPECT_EQ(trt_path_segment(&again, 0).len, trt_path_segment(&path, 0).len);
    }
    trt_arena_fini(&arena);
}

TEST(path_parse__limits__64_segments_and_4096_bytes) {
    static char raw[5000];
    trt_path path;
    const char* reason;
    for (int i = 0; i < 65; i++) {
        memcpy(raw + i * 2, "/s", 2);
    }
    EXPECT_EQ(trt_path_parse(&path, NULL, (tmlrt_slice){raw, 128}, &reason), TMLRT_OK);
    EXPECT_EQ(path.num_segments, 64);
    EXPECT_EQ(trt_path_parse(&path, NULL, (tmlrt_slice){raw, 130}, &reason), TMLRT_E_HTTP_LIMIT);
    memset(raw, 'a', sizeof raw);
    raw[0] = '/';
    EXPECT_EQ(trt_path_parse(&path, NULL, (tmlrt_slice){raw, 4096}, &reason), TMLRT_OK);
    EXPECT_EQ(trt_path_parse(&path, NULL, (tmlrt_slice){raw, 4097}, &reason), TMLRT_E_HTTP_LIMIT);
}

TEST(path_parse__no_memory__nomem_only_when_something_is_decoded) {
    trt_arena arena;
    trt_path path;
    const char* reason;
    trt_arena_init(&arena, 0);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_path_parse(&path, &arena, (tmlrt_slice){"/a/b", 4}, &reason), TMLRT_OK);
    EXPECT_EQ(trt_path_parse(&path, &arena, (tmlrt_slice){"/%61", 4}, &reason), TMLRT_E_NOMEM);
    trt_arena_fini(&arena);
}

/// What a path without escapes is, byte by byte: the number of segments, -1 when it is refused.
static int count_segments(const char* raw, size_t len) {
    int num = 0;
    size_t start = 1;
    for (size_t i = 1; i <= len; i++) {
        if (i < len && raw[i] != '/') {
            if (raw[i] <= ' ' || raw[i] == 0x7F || strchr("#?\\", raw[i]) != NULL) {
                return -1;
            }
            continue;
        }
        size_t part = i - start;
        if (part == 0 && i == len) {
            break; // "/", or one trailing slash
        }
        if (part == 0 ||
            (raw[start] == '.' && (part == 1 || (part == 2 && raw[start + 1] == '.')))) {
            return -1;
        }
        num++;
        start = i + 1;
    }
    return num;
}

TEST(path_parse__two_bytes_at_every_offset__as_byte_by_byte) {
    static const char bytes[] = {'/', '.', '\\', ' ', '#', '?', 0x7F, (char)0x80, '~', '\n'};
    uint32_t seen[2] = {0};
    for (size_t len = 1; len < 68; len++) { // up to four blocks of sixteen, each part of one, over
        for (size_t i = 1; i < len; i++) {
            for (size_t k = 0; k < sizeof bytes * sizeof bytes; k++) {
                char* raw = malloc(len); // exactly: a sanitizer sees the end
                trt_path path;
                const char* reason = NULL;
                memset(raw, 'a', len);
                raw[0] = '/';
                raw[i] = bytes[k % sizeof bytes];
                raw[(i * 7 + 3) % len] = bytes[k / sizeof bytes];
                raw[0] = '/';
                int want = count_segments(raw, len);
                tmlrt_slice slice = {raw, len};
                tmlrt_status status = trt_path_parse(&path, NULL, slice, &reason);
                int got = status == TMLRT_OK ? (int)path.num_segments : -1;
                seen[want >= 0]++;
                if (got != want) {
                    test_fail(__FILE__, __LINE__, "%.*s: %d, not %d", (int)len, raw, got, want);
                }
                free(raw);
            }
        }
    }
    EXPECT(seen[0] > 10000 && seen[1] > 10000);
}

TEST(scan__both_forms__say_the_same) {
    static const char bytes[] = "//..%#?\\ !'&~\x7F\x80\x01\xFF-09AZaz";
    uint32_t seed = 7, plain = 0;
    for (int turn = 0; turn < 200000; turn++) {
        size_t len = TRT_SCAN_MIN + (size_t)turn % (TRT_SCAN_MAX - TRT_SCAN_MIN + 1);
        char *raw = malloc(len), out[2][TRT_SCAN_MAX];
        uint64_t slashes[2];
        memset(raw, 'a', len);
        for (int i = 0; i < 4; i++) {
            seed = seed * 1664525u + 1013904223u;
            raw[(seed >> 8) % len] = bytes[(seed >> 20) % (sizeof bytes - 1)];
        }
        bool is = trt_scan_plain(out[0], &slashes[0], raw, len);
        bool want = trt_scan_portable(out[1], &slashes[1], raw, len);
        plain += want;
        if (is != want || slashes[0] != slashes[1] || memcmp(out[0], raw, len) != 0 ||
            memcmp(out[1], raw, len) != 0) {
            test_fail(__FILE__, __LINE__, "%.*s: %d, not %d", (int)len, raw, is, want);
        }
        free(raw);
    }
    EXPECT(plain > 1000);
}

TEST(path_rest__plain_and_escaped__the_canonical_text_from_a_segment_on) {
    static const char* const cases[][3] = {
        {"/f/a/b", "a/b", "b"},
        {"/f/a%2Fb/c%20d/", "a%2Fb/c%20d", "c%20d"},
        {"/%66/%61/b", "a/b", "b"},
        {"/a-longer-prefix-of-a-path/and-one-more/and-the-last-one-of-it-all",
         "and-one-more/and-the-last-one-of-it-all", "and-the-last-one-of-it-all"},
    };
    trt_arena arena;
    trt_arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trt_path path;
        const char *reason, *raw = cases[i][0];
        REQUIRE(trt_path_parse(&path, &arena, (tmlrt_slice){raw, strlen(raw)}, &reason) == 0);
        REQUIRE(path.num_segments == 3);
        for (uint32_t from = 1; from < 3; from++) {
            tmlrt_slice rest = trt_path_rest(&path, from);
            EXPECT_EQ(rest.len, strlen(cases[i][from]));
            EXPECT(memcmp(rest.data, cases[i][from], (size_t)rest.len) == 0);
        }
    }
    trt_arena_fini(&arena);
}
