// SPDX-License-Identifier: Apache-2.0
#include "rt/io/duplex.h"

#include "tests/support/harness.h"
#include "tests/support/waker.h"

static trt_stream s_ends[2];
static test_waker s_reader, s_writer;

static bool setup(size_t cap, size_t step) {
    trt_duplex_options options = {cap, step};
    memset(&s_reader, 0, sizeof(s_reader));
    memset(&s_writer, 0, sizeof(s_writer));
    return trt_duplex_new(s_ends, &options) == TMLRT_OK;
}

static void teardown(void) {
    trt_stream_close(s_ends[0], false);
    trt_stream_close(s_ends[1], false);
    EXPECT_EQ(test_waker_refs(&s_reader), 0);
    EXPECT_EQ(test_waker_refs(&s_writer), 0);
}

static tmlrt_poll write_to(int end, const char* text, trt_io_result* result) {
    tmlrt_slice slices[2] = {{text, 1}, {text + 1, strlen(text) - 1}};
    return trt_stream_poll_writev(s_ends[end], test_waker_context(&s_writer), slices, 2, result);
}

static tmlrt_poll read_from(int end, char* out, size_t cap, trt_io_result* result) {
    return trt_stream_poll_read(s_ends[end], test_waker_context(&s_reader), out, cap, result);
}

TEST(duplex__bytes_wrap_in_a_small_ring__arrive_in_order) {
    unsigned char in[3], out[8], sent = 0, seen = 0;
    trt_io_result result;
    REQUIRE(setup(5, 0));
    for (int i = 0; i < 2000; i++) {
        for (int j = 0; j < 3; j++) {
            in[j] = (unsigned char)(sent + j);
        }
        tmlrt_slice slice = {(char*)in, 3};
        if (trt_stream_poll_writev(s_ends[0], test_waker_context(&s_writer), &slice, 1, &result) ==
            TMLRT_READY) {
            sent = (unsigned char)(sent + result.len);
        }
        if (read_from(1, (char*)out, 1 + (size_t)i % 4, &result) == TMLRT_READY) {
            for (size_t j = 0; j < result.len; j++) {
                EXPECT_EQ(out[j], seen);
                seen++;
            }
        }
    }
    teardown();
}

TEST(duplex_poll_read__empty__woken_by_the_write) {
    char out[8];
    trt_io_result result;
    REQUIRE(setup(0, 0));
    EXPECT_EQ(read_from(1, out, 8, &result), TMLRT_PENDING);
    EXPECT_EQ(s_reader.context.budget, TMLRT_BUDGET);
    EXPECT_EQ(write_to(0, "hello", &result), TMLRT_READY);
    EXPECT_EQ(result.len, 5);
    EXPECT_EQ(test_waker_wakes(&s_reader), 1);
    EXPECT_EQ(read_from(1, out, 8, &result), TMLRT_READY);
    EXPECT(result.len == 5 && memcmp(out, "hello", 5) == 0);
    EXPECT_EQ(trt_stream_poll_readable(s_ends[1], test_waker_context(&s_reader)), TMLRT_PENDING);
    teardown();
}

TEST(duplex_poll_writev__full__woken_by_the_read) {
    char out[8];
    trt_io_result result;
    REQUIRE(setup(4, 0));
    EXPECT_EQ(write_to(0, "abcdef", &result), TMLRT_READY);
    EXPECT_EQ(result.len, 4);
    EXPECT_EQ(write_to(0, "ef", &result), TMLRT_PENDING);
    EXPECT_EQ(read_from(1, out, 1, &result), TMLRT_READY);
    EXPECT_EQ(test_waker_wakes(&s_writer), 1);
    EXPECT_EQ(write_to(0, "ef", &result), TMLRT_READY);
    EXPECT_EQ(result.len, 1);
    teardown();
}

TEST(duplex__max_step__moves_one_byte_at_a_time) {
    char out[8];
    trt_io_result result;
    REQUIRE(setup(0, 1));
    EXPECT_EQ(write_to(0, "ab", &result), TMLRT_READY);
    EXPECT_EQ(result.len, 1);
    EXPECT_EQ(write_to(0, "bc", &result), TMLRT_READY);
    EXPECT_EQ(read_from(1, out, 8, &result), TMLRT_READY);
    EXPECT(result.len == 1 && out[0] == 'a');
    teardown();
}

TEST(duplex__shutdown_close_reset__as_tcp_would) {
    char out[8];
    trt_io_result result;
    tmlrt_status status;
    REQUIRE(setup(0, 0));
    EXPECT_EQ(write_to(0, "ab", &result), TMLRT_READY);
    EXPECT_EQ(trt_stream_poll_shutdown(s_ends[0], test_waker_context(&s_writer), &status),
              TMLRT_READY);
    EXPECT_EQ(read_from(1, out, 8, &result), TMLRT_READY);
    EXPECT_EQ(result.len, 2);
    EXPECT_EQ(read_from(1, out, 8, &result), TMLRT_READY);
    EXPECT(result.status == TMLRT_OK && result.len == 0);
    EXPECT(!trt_stream_hung_up(s_ends[1]));
    EXPECT_EQ(trt_stream_poll_hangup(s_ends[1], test_waker_context(&s_reader)), TMLRT_PENDING);
    EXPECT_EQ(write_to(1, "ok", &result), TMLRT_READY); // the answer to a half-close
    EXPECT_EQ(result.status, TMLRT_OK);
    trt_stream_close(s_ends[0], true);
    EXPECT_EQ(test_waker_wakes(&s_reader), 1);
    EXPECT_EQ(trt_stream_poll_hangup(s_ends[1], test_waker_context(&s_reader)), TMLRT_READY);
    EXPECT_EQ(read_from(1, out, 8, &result), TMLRT_READY);
    EXPECT_EQ(result.status, TMLRT_E_CONNRESET);
    trt_stream_close(s_ends[1], false);
    REQUIRE(setup(0, 0));
    trt_stream_close(s_ends[0], false);
    EXPECT_EQ(write_to(1, "late", &result), TMLRT_READY);
    EXPECT_EQ(result.status, TMLRT_E_PIPE);
    trt_stream_close(s_ends[1], false);
}

TEST(duplex__budget_spent__pending_and_woken) {
    char out[8];
    trt_io_result result;
    REQUIRE(setup(0, 0));
    EXPECT_EQ(write_to(0, "ab", &result), TMLRT_READY);
    tmlrt_context* cx = test_waker_context(&s_reader);
    cx->budget = 0;
    EXPECT_EQ(trt_stream_poll_read(s_ends[1], cx, out, 8, &result), TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&s_reader), 1);
    teardown();
}

TEST(duplex_new__no_memory_or_too_large__status) {
    trt_duplex_options huge = {.cap_bytes = SIZE_MAX};
    EXPECT_EQ(trt_duplex_new(s_ends, &huge), TMLRT_E_OVERFLOW);
    test_allocator_fail_at(1);
    EXPECT_EQ(trt_duplex_new(s_ends, NULL), TMLRT_E_NOMEM);
}
