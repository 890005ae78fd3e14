// SPDX-License-Identifier: Apache-2.0
// Stream, reader and writer futures over the duplex, polled by hand: whole and one byte at a time,
// dropped while they wait, without budget, without memory.
#include <tmlrt/io.h>

#include "rt/base/assert.h"
#include "rt/io/duplex.h"
#include "rt/io/stream.h"
#include "tests/support/harness.h"
#include "tests/support/leaf.h"

#include <stdlib.h>

typedef struct pair {
    tmlrt_stream *a, *b;
    test_waker waker, other;
} pair;

static bool open_pair(pair* p, size_t cap, size_t max_step) {
    const trt_duplex_options options = {cap, max_step};
    trt_stream ends[2];
    memset(p, 0, sizeof(*p));
    bool ok = trt_duplex_new(ends, &options) == TMLRT_OK &&
              tmlrt_stream_new(&p->a, ends[0].vtable, ends[0].self) == TMLRT_OK &&
              tmlrt_stream_new(&p->b, ends[1].vtable, ends[1].self) == TMLRT_OK;
    EXPECT(ok);
    return ok;
}

static void close_pair(pair* p) {
    tmlrt_stream_free(p->a);
    tmlrt_stream_free(p->b);
    EXPECT_EQ(test_waker_refs(&p->waker), 0);
    EXPECT_EQ(test_waker_refs(&p->other), 0);
}

// Writes everything; the other side must have room.
static void put(pair* p, tmlrt_stream* to, const char* text) {
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 0};
    tmlrt_stream_write_init(&leaf, to, text, strlen(text));
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_write_desc, &leaf, &p->other, &moved), TMLRT_READY);
    EXPECT(moved.status == TMLRT_OK && moved.len == strlen(text));
}

static void finish(pair* p, tmlrt_stream* stream) {
    test_leaf leaf;
    tmlrt_status status = 1;
    tmlrt_stream_shutdown_init(&leaf, stream);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_shutdown_desc, &leaf, &p->other, &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
}

static const size_t s_steps[] = {1, 3, 1000};

// ---- streams ------------------------------------------------------------------------------------

TEST(stream_read_exact__any_steps__all_bytes_or_eof_with_what_came) {
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_steps); i++) {
        pair p;
        test_leaf leaf;
        tmlrt_io_moved moved = {1, 0};
        char data[16] = {0};
        REQUIRE(open_pair(&p, 100, s_steps[i]));
        put(&p, p.a, "0123456789ab");
        tmlrt_stream_read_exact_init(&leaf, p.b, data, 10);
        EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_exact_desc, &leaf, &p.waker, &moved),
                  TMLRT_READY);
        EXPECT(moved.status == TMLRT_OK && moved.len == 10 && memcmp(data, "0123456789", 10) == 0);
        tmlrt_stream_read_exact_init(&leaf, p.b, data, 5);
        EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_exact_desc, &leaf, &p.waker, &moved),
                  TMLRT_PENDING);
        finish(&p, p.a);
        EXPECT(test_waker_wakes(&p.waker) != 0);
        EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_exact_desc, &leaf, &p.waker, &moved),
                  TMLRT_READY);
        EXPECT(moved.status == TMLRT_E_EOF && moved.len == 2 && memcmp(data, "ab", 2) == 0);
        tmlrt_stream_read_exact_init(&leaf, p.b, data, 0);
        EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_exact_desc, &leaf, &p.waker, &moved),
                  TMLRT_READY);
        EXPECT(moved.status == TMLRT_OK && moved.len == 0);
        close_pair(&p);
    }
}

TEST(stream_futures__dropped_while_they_wait__no_waker_left_and_nothing_lost) {
    pair p;
    test_leaf leaf;
    tmlrt_io_moved moved;
    tmlrt_status status;
    char data[8];
    REQUIRE(open_pair(&p, 4, 0));
    tmlrt_stream_read_init(&leaf, p.b, data, sizeof(data));
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_desc, &leaf, &p.waker, &moved), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&p.waker), 1);
    tmlrt_stream_read_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&p.waker), 0);
    tmlrt_stream_read_desc.drop(&leaf); // a second drop of a finished leaf does nothing
    tmlrt_stream_readable_init(&leaf, p.b);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_readable_desc, &leaf, &p.waker, NULL), TMLRT_PENDING);
    tmlrt_stream_readable_desc.drop(&leaf);
    tmlrt_stream_write_init(&leaf, p.a, "abcdefgh", 8);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_write_desc, &leaf, &p.waker, &moved), TMLRT_PENDING);
    tmlrt_stream_write_desc.drop(&leaf);
    EXPECT_EQ(test_waker_refs(&p.waker), 0);
    tmlrt_stream_read_init(&leaf, p.b, data, sizeof(data));
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_desc, &leaf, &p.waker, &moved), TMLRT_READY);
    EXPECT(moved.len == 4 && memcmp(data, "abcd", 4) == 0); // what had been written is there
    tmlrt_stream_flush_init(&leaf, p.a);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_flush_desc, &leaf, &p.waker, &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
    close_pair(&p);
}

TEST(stream_read__without_capacity_or_slices__inval) {
    pair p;
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 1};
    char data[4];
    const tmlrt_slice empty[] = {{data, 0}, {data, 0}};
    REQUIRE(open_pair(&p, 4, 0));
    tmlrt_stream_read_init(&leaf, p.b, data, 0);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_desc, &leaf, &p.waker, &moved), TMLRT_READY);
    EXPECT(moved.status == TMLRT_E_INVAL && moved.len == 0);
    for (int num = -1; num <= 2; num++) {
        tmlrt_stream_readv_init(&leaf, p.b, empty, num);
        EXPECT_EQ(test_leaf_poll(&tmlrt_stream_readv_desc, &leaf, &p.waker, &moved), TMLRT_READY);
        EXPECT_EQ(moved.status, TMLRT_E_INVAL);
        tmlrt_stream_writev_init(&leaf, p.b, empty, num);
        EXPECT_EQ(test_leaf_poll(&tmlrt_stream_writev_desc, &leaf, &p.waker, &moved), TMLRT_READY);
        EXPECT(moved.status == TMLRT_OK && moved.len == 0); // nothing to write is written
    }
    close_pair(&p);
}

TEST(stream_vectors__slices_with_empty_ones__in_order) {
    pair p;
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 1};
    char data[8] = {0};
    const tmlrt_slice out[] = {{"ab", 2}, {NULL, 0}, {"cde", 3}};
    const tmlrt_slice in[] = {{NULL, 0}, {data, 8}};
    REQUIRE(open_pair(&p, 100, 0));
    tmlrt_stream_writev_init(&leaf, p.a, out, 3);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_writev_desc, &leaf, &p.waker, &moved), TMLRT_READY);
    EXPECT(moved.status == TMLRT_OK && moved.len == 5);
    tmlrt_stream_readv_init(&leaf, p.b, in, 2);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_readv_desc, &leaf, &p.waker, &moved), TMLRT_READY);
    EXPECT(moved.len == 5 && memcmp(data, "abcde", 5) == 0);
    close_pair(&p);
}

TEST(stream_futures__no_budget__pending_woken_and_done_with_one_unit) {
    pair p;
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 0};
    char data[8];
    REQUIRE(open_pair(&p, 100, 0));
    put(&p, p.a, "xyz");
    tmlrt_stream_read_init(&leaf, p.b, data, sizeof(data));
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_stream_read_desc, &leaf, &p.waker, 0, &moved),
              TMLRT_PENDING);
    EXPECT_EQ(test_waker_wakes(&p.waker), 1);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_stream_read_desc, &leaf, &p.waker, 1, &moved),
              TMLRT_READY);
    EXPECT_EQ(p.waker.context.budget, 0);
    EXPECT(moved.len == 3 && memcmp(data, "xyz", 3) == 0);
    static const tmlrt_future_desc* const others[] = {
        &tmlrt_stream_flush_desc, &tmlrt_stream_shutdown_desc, &tmlrt_stream_readable_desc};
    for (size_t i = 0; i < TRT_ARRAY_LEN(others); i++) {
        tmlrt_status status = 1;
        uint32_t wakes = test_waker_wakes(&p.waker);
        tmlrt_stream_flush_init(&leaf, others[i] == &tmlrt_stream_readable_desc ? p.b : p.a);
        EXPECT_EQ(test_leaf_poll_broke(others[i], &leaf, &p.waker, 0, &status), TMLRT_PENDING);
        EXPECT(test_waker_wakes(&p.waker) == wakes + 1 && status == 1);
        EXPECT_EQ(test_leaf_poll_broke(others[i], &leaf, &p.waker, 1, &status), TMLRT_READY);
        EXPECT_EQ(p.waker.context.budget, 0);
    }
    close_pair(&p);
}

// A stream that has only what it must, takes no byte, and counts its end.
static int s_closed;
static tmlrt_poll own_read(void* self, tmlrt_context* cx, void* out, size_t cap,
                           tmlrt_io_moved* result) {
    (void)cx, (void)cap;
    *(char*)out = *(char*)self;
    *result = (tmlrt_io_moved){TMLRT_OK, 1};
    return TMLRT_READY;
}
static tmlrt_poll own_readable(void* self, tmlrt_context* cx) {
    (void)self, (void)cx;
    return TMLRT_READY;
}
static tmlrt_poll own_writev(void* self, tmlrt_context* cx, const tmlrt_slice* slices, uint32_t num,
                             tmlrt_io_moved* result) {
    (void)self, (void)cx, (void)slices, (void)num;
    *result = (tmlrt_io_moved){TMLRT_OK, 0};
    return TMLRT_READY;
}
static tmlrt_poll own_shutdown(void* self, tmlrt_context* cx, tmlrt_status* out_status) {
    (void)self, (void)cx;
    *out_status = TMLRT_OK;
    return TMLRT_READY;
}
static bool own_hung_up(const void* self) {
    (void)self;
    return false;
}
static void own_close(void* self, bool abortive) {
    (void)self, (void)abortive;
    s_closed++;
}
static const tmlrt_stream_vtable s_own = {
    .poll_read = own_read,
    .poll_readable = own_readable,
    .poll_writev = own_writev,
    .poll_shutdown = own_shutdown,
    .hung_up = own_hung_up,
    .poll_hangup = own_readable,
    .close = own_close,
};

TEST(stream_new__a_stream_of_the_program__every_future_works) {
    tmlrt_stream* stream = NULL;
    test_leaf leaf;
    test_waker waker = {0};
    tmlrt_io_moved moved;
    tmlrt_status status = 1;
    char letter = 'x', data[4] = {0};
    const tmlrt_slice in[] = {{data, 4}};
    s_closed = 0;
    REQUIRE(tmlrt_stream_new(&stream, &s_own, &letter) == TMLRT_OK);
    tmlrt_stream_read_exact_init(&leaf, stream, data, 3);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_read_exact_desc, &leaf, &waker, &moved), TMLRT_READY);
    EXPECT(moved.len == 3 && strcmp(data, "xxx") == 0);
    tmlrt_stream_readv_init(&leaf, stream, in, 1);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_readv_desc, &leaf, &waker, &moved), TMLRT_READY);
    EXPECT_EQ(moved.len, 1);
    tmlrt_stream_write_init(&leaf, stream, "abc", 3); // takes nothing: an end, not a loop
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_write_desc, &leaf, &waker, &moved), TMLRT_READY);
    EXPECT_EQ(moved.status, TMLRT_E_PIPE);
    tmlrt_stream_flush_init(&leaf, stream);
    EXPECT_EQ(test_leaf_poll(&tmlrt_stream_flush_desc, &leaf, &waker, &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_OK);
    tmlrt_stream_free(stream);
    tmlrt_stream_free(NULL);
    EXPECT_EQ(s_closed, 1);
}

// ---- the reader ---------------------------------------------------------------------------------

static tmlrt_io_found until(tmlrt_reader* reader, test_waker* waker, int32_t byte, uint64_t limit) {
    test_leaf leaf;
    tmlrt_io_found found = {1, NULL, 0};
    tmlrt_reader_until_init(&leaf, reader, byte, limit);
    if (test_leaf_poll(&tmlrt_reader_until_desc, &leaf, waker, &found) == TMLRT_PENDING) {
        tmlrt_reader_until_desc.drop(&leaf);
        found.status = 2; // waits
    }
    return found;
}

static bool is(tmlrt_io_found found, const char* text) {
    return found.status == TMLRT_OK && found.len == strlen(text) &&
           memcmp(found.data, text, found.len) == 0;
}

TEST(reader_until__any_steps_and_buffer__the_same_lines) {
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_steps); i++) {
        for (uint64_t cap = 1; cap < 12; cap += 5) {
            pair p;
            REQUIRE(open_pair(&p, 100, s_steps[i]));
            tmlrt_reader* reader = tmlrt_reader_new(p.b, cap);
            put(&p, p.a, "one\n\nthree thr");
            EXPECT(is(until(reader, &p.waker, '\n', 100), "one\n"));
            EXPECT(is(until(reader, &p.waker, '\n', 100), "\n"));
            EXPECT_EQ(until(reader, &p.waker, '\n', 100).status, 2); // given up: nothing is lost
            put(&p, p.a, "ee\nlast");
            EXPECT(is(until(reader, &p.waker, '\n', 100), "three three\n"));
            finish(&p, p.a);
            EXPECT(is(until(reader, &p.waker, '\n', 100), "last"));
            EXPECT(is(until(reader, &p.waker, '\n', 100), ""));
            EXPECT(is(until(reader, &p.waker, -1, 100), ""));
            tmlrt_reader_free(reader);
            close_pair(&p);
        }
    }
}

TEST(reader_until__at_and_over_the_limit__exact) {
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_steps); i++) {
        pair p;
        REQUIRE(open_pair(&p, 100, s_steps[i]));
        tmlrt_reader* reader = tmlrt_reader_new(p.b, 2);
        put(&p, p.a, "abcd\nefgh\nij");
        EXPECT_EQ(until(reader, &p.waker, '\n', 0).status, TMLRT_E_OVERFLOW);
        EXPECT_EQ(until(reader, &p.waker, '\n', 4).status, TMLRT_E_OVERFLOW);
        EXPECT(is(until(reader, &p.waker, '\n', 5), "abcd\n"));
        EXPECT_EQ(until(reader, &p.waker, '\n', 3).status, TMLRT_E_OVERFLOW); // stays buffered
        EXPECT(is(until(reader, &p.waker, '\n', 5), "efgh\n"));
        finish(&p, p.a);
        EXPECT_EQ(until(reader, &p.waker, -1, 1).status, TMLRT_E_OVERFLOW);
        EXPECT(is(until(reader, &p.waker, -1, 2), "ij"));
        tmlrt_reader_free(reader);
        close_pair(&p);
    }
}

TEST(reader__fill_consume_read_exact__share_the_buffer) {
    pair p;
    test_leaf leaf;
    tmlrt_io_found found;
    tmlrt_io_moved moved;
    char data[32] = {0};
    REQUIRE(open_pair(&p, 100, 0));
    tmlrt_reader* reader = tmlrt_reader_new(p.b, 8);
    put(&p, p.a, "0123456789abcdefghij");
    tmlrt_reader_fill_init(&leaf, reader);
    EXPECT_EQ(test_leaf_poll(&tmlrt_reader_fill_desc, &leaf, &p.waker, &found), TMLRT_READY);
    EXPECT(is(found, "01234567"));
    tmlrt_reader_consume(reader, 3);
    EXPECT_EQ(tmlrt_reader_buffered(reader), 5);
    tmlrt_reader_fill_init(&leaf, reader);
    EXPECT_EQ(test_leaf_poll_broke(&tmlrt_reader_fill_desc, &leaf, &p.waker, 0, &found),
              TMLRT_PENDING);
    EXPECT_EQ(test_leaf_poll(&tmlrt_reader_fill_desc, &leaf, &p.waker, &found), TMLRT_READY);
    EXPECT(is(found, "34567"));
    tmlrt_reader_read_init(&leaf, reader, data, 2);
    EXPECT_EQ(test_leaf_poll(&tmlrt_reader_read_desc, &leaf, &p.waker, &moved), TMLRT_READY);
    EXPECT(moved.len == 2 && memcmp(data, "34", 2) == 0);
    tmlrt_reader_exact_init(&leaf, reader, data, 14); // buffered, then past the buffer
    EXPECT_EQ(test_leaf_poll(&tmlrt_reader_exact_desc, &leaf, &p.waker, &moved), TMLRT_READY);
    EXPECT(moved.len == 14 && memcmp(data, "56789abcdefghi", 14) == 0);
    tmlrt_reader_exact_init(&leaf, reader, data, 5);
    EXPECT_EQ(test_leaf_poll(&tmlrt_reader_exact_desc, &leaf, &p.waker, &moved), TMLRT_PENDING);
    finish(&p, p.a);
    EXPECT_EQ(test_leaf_poll(&tmlrt_reader_exact_desc, &leaf, &p.waker, &moved), TMLRT_READY);
    EXPECT(moved.status == TMLRT_E_EOF && moved.len == 1);
    tmlrt_reader_consume(reader, 1000); // no more than there is
    tmlrt_reader_free(reader);
    close_pair(&p);
}

TEST(reader__peer_resets__the_status_and_what_came_before) {
    pair p;
    REQUIRE(open_pair(&p, 100, 0));
    tmlrt_reader* reader = tmlrt_reader_new(p.b, 0);
    put(&p, p.a, "a\nb");
    EXPECT(is(until(reader, &p.waker, '\n', 9), "a\n"));
    trt_stream_close(p.a->io, true);
    p.a = NULL;
    EXPECT_EQ(until(reader, &p.waker, '\n', 9).status, TMLRT_E_CONNRESET);
    EXPECT_EQ(tmlrt_reader_buffered(reader), 1);
    tmlrt_reader_free(reader);
    close_pair(&p);
}

TEST(reader__no_memory__nomem_and_goes_on) {
    pair p;
    REQUIRE(open_pair(&p, 100, 0));
    for (uint64_t nth = 1; nth <= 2; nth++) {
        test_allocator_fail_at(nth);
        EXPECT(tmlrt_reader_new(p.b, 4) == NULL);
        test_allocator_fail_at(nth);
        EXPECT(tmlrt_writer_new(p.b, 4) == NULL);
    }
    test_allocator_fail_at(0);
    tmlrt_reader* reader = tmlrt_reader_new(p.b, 4);
    put(&p, p.a, "0123456789\n");
    test_allocator_fail_at(1);
    EXPECT_EQ(until(reader, &p.waker, '\n', 100).status, TMLRT_E_NOMEM);
    test_allocator_fail_at(0);
    EXPECT(is(until(reader, &p.waker, '\n', 100), "0123456789\n"));
    tmlrt_reader_free(reader);
    tmlrt_reader_free(NULL);
    tmlrt_writer_free(NULL);
    close_pair(&p);
}

// ---- the writer ---------------------------------------------------------------------------------

static tmlrt_poll write_text(tmlrt_writer* writer, test_leaf* leaf, test_waker* waker,
                             const char* text, tmlrt_io_moved* moved) {
    tmlrt_writer_write_init(leaf, writer, text, strlen(text));
    return test_leaf_poll(&tmlrt_writer_write_desc, leaf, waker, moved);
}

TEST(writer__small_and_large_writes__one_order_and_kept_until_flushed) {
    for (size_t i = 0; i < TRT_ARRAY_LEN(s_steps); i++) {
        pair p;
        test_leaf leaf;
        tmlrt_io_moved moved = {1, 0};
        tmlrt_status status = 1;
        REQUIRE(open_pair(&p, 100, s_steps[i]));
        tmlrt_writer* writer = tmlrt_writer_new(p.a, 6);
        tmlrt_reader* reader = tmlrt_reader_new(p.b, 0);
        EXPECT_EQ(write_text(writer, &leaf, &p.waker, "abc", &moved), TMLRT_READY);
        EXPECT_EQ(write_text(writer, &leaf, &p.waker, "def", &moved), TMLRT_READY);
        EXPECT_EQ(tmlrt_writer_buffered(writer), 6);
        EXPECT_EQ(until(reader, &p.other, '\n', 99).status, 2); // nothing was sent
        EXPECT_EQ(write_text(writer, &leaf, &p.waker, "0123456789\n", &moved), TMLRT_READY);
        EXPECT(moved.status == TMLRT_OK && moved.len == 11);
        tmlrt_writer_flush_init(&leaf, writer);
        EXPECT_EQ(test_leaf_poll(&tmlrt_writer_flush_desc, &leaf, &p.waker, &status), TMLRT_READY);
        EXPECT_EQ(status, TMLRT_OK);
        EXPECT(is(until(reader, &p.other, '\n', 99), "abcdef0123456789\n"));
        EXPECT_EQ(write_text(writer, &leaf, &p.waker, "end", &moved), TMLRT_READY);
        tmlrt_writer_shutdown_init(&leaf, writer);
        EXPECT_EQ(test_leaf_poll(&tmlrt_writer_shutdown_desc, &leaf, &p.waker, &status),
                  TMLRT_READY);
        EXPECT(is(until(reader, &p.other, -1, 99), "end"));
        tmlrt_writer_free(writer);
        tmlrt_reader_free(reader);
        close_pair(&p);
    }
}

TEST(writer__peer_takes_nothing__waits_then_goes_on_where_it_was) {
    pair p;
    test_leaf leaf;
    tmlrt_io_moved moved = {1, 0};
    tmlrt_status status = 1;
    char data[64] = {0};
    REQUIRE(open_pair(&p, 5, 0));
    tmlrt_writer* writer = tmlrt_writer_new(p.a, 4);
    EXPECT_EQ(write_text(writer, &leaf, &p.waker, "0123456789abcd", &moved), TMLRT_PENDING);
    EXPECT_EQ(test_waker_refs(&p.waker), 1);
    test_leaf reading;
    size_t got = 0;
    for (int i = 0; i < 100 && got < 14; i++) {
        tmlrt_io_moved part = {1, 0};
        tmlrt_stream_read_init(&reading, p.b, data + got, 3);
        if (test_leaf_poll(&tmlrt_stream_read_desc, &reading, &p.other, &part) == TMLRT_READY) {
            got += part.len;
        } else {
            tmlrt_stream_read_desc.drop(&reading);
        }
        if (moved.status == 1 &&
            test_leaf_poll(&tmlrt_writer_write_desc, &leaf, &p.waker, &moved) == TMLRT_READY) {
            tmlrt_writer_flush_init(&leaf, writer);
        }
        if (moved.status != 1 && status == 1) {
            (void)test_leaf_poll(&tmlrt_writer_flush_desc, &leaf, &p.waker, &status);
        }
    }
    EXPECT_EQ(moved.status, TMLRT_OK);
    EXPECT_EQ(status, TMLRT_OK);
    EXPECT_STR(data, "0123456789abcd");
    EXPECT(got == 14 && memcmp(data, "0123456789abcd", 14) == 0);
    EXPECT_EQ(write_text(writer, &leaf, &p.waker, "nev", &moved), TMLRT_READY);
    tmlrt_writer_flush_init(&leaf, writer);
    trt_stream_close(p.b->io, true);
    p.b = NULL;
    EXPECT_EQ(test_leaf_poll(&tmlrt_writer_flush_desc, &leaf, &p.waker, &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_E_CONNRESET);
    tmlrt_writer_free(writer);
    close_pair(&p);
}
