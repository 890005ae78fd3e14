// SPDX-License-Identifier: Apache-2.0
// One body: its ring, its end, its length, and who is woken.
#include "std/http/server/body.h"

#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <pthread.h>
#include <sched.h>

static char pattern(uint64_t at) {
    return (char)('a' + at % 19);
}

static size_t put(tmlrt_body* body, uint64_t at, size_t len) {
    static char data[TRT_BODY_CAP * 2];
    size_t taken = 0;
    for (size_t i = 0; i < len; i++) {
        data[i] = pattern(at + i);
    }
    EXPECT_EQ(trt_body_put(body, data, len, &taken), TMLRT_OK);
    return taken;
}

static size_t take(tmlrt_body* body, test_waker* w, uint64_t at, size_t cap) {
    static char data[TRT_BODY_CAP * 2];
    tmlrt_status status = TMLRT_OK;
    size_t len = 0;
    if (trt_body_poll_take(body, &w->waker, data, cap, &len, &status) == TMLRT_PENDING) {
        return SIZE_MAX;
    }
    EXPECT_EQ(status, TMLRT_OK);
    for (size_t i = 0; i < len; i++) {
        if (data[i] != pattern(at + i)) {
            test_fail(__FILE__, __LINE__, "byte %zu differs", (size_t)at + i);
            break;
        }
    }
    return len;
}

TEST(body_put__any_sizes__come_out_in_order_and_never_more_than_the_cap_waits) {
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    test_waker w = {0};
    uint64_t in = 0, out = 0;
    (void)test_waker_context(&w);
    for (uint32_t i = 1; i < 3000; i++) {
        in += put(body, in, i * 7919 % 30000);
        EXPECT(in - out <= TRT_BODY_CAP);
        EXPECT_EQ(trt_body_room(body), TRT_BODY_CAP - (in - out));
        size_t len = take(body, &w, out, 1 + i * 104729 % 20000);
        out += len != SIZE_MAX ? len : 0;
    }
    EXPECT_EQ(trt_body_end(body), TMLRT_OK);
    for (size_t len = 1; len != 0;) {
        len = take(body, &w, out, 5000);
        out += len;
    }
    EXPECT_EQ(in, out);
    trt_body_unref(body);
    EXPECT_EQ(test_waker_refs(&w), 0);
}

TEST(body_wants__only_when_asked_and_while_there_is_room) {
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    test_waker w = {0};
    (void)test_waker_context(&w);
    EXPECT(!trt_body_wants(body));
    EXPECT_EQ(take(body, &w, 0, 10), SIZE_MAX);
    EXPECT(trt_body_wants(body));
    EXPECT_EQ(put(body, 0, TRT_BODY_CAP * 2), TRT_BODY_CAP);
    EXPECT_EQ(test_waker_wakes(&w), 1);
    EXPECT(!trt_body_wants(body));
    EXPECT_EQ(take(body, &w, 0, 1), 1);
    EXPECT(trt_body_wants(body));
    EXPECT_EQ(trt_body_end(body), TMLRT_OK);
    EXPECT(!trt_body_wants(body));
    trt_body_unref(body);
}

TEST(body_poll_put__full__waits_and_is_woken_by_the_taking_side) {
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    test_waker reader = {0}, writer = {0};
    tmlrt_status status;
    size_t taken;
    (void)test_waker_context(&reader);
    (void)test_waker_context(&writer);
    EXPECT_EQ(put(body, 0, TRT_BODY_CAP), TRT_BODY_CAP);
    EXPECT_EQ(trt_body_poll_put(body, &writer.waker, "x", 1, &taken, &status), TMLRT_PENDING);
    EXPECT_EQ(trt_body_poll_flush(body, &writer.waker, &status), TMLRT_PENDING);
    EXPECT_EQ(take(body, &reader, 0, TRT_BODY_CAP), TRT_BODY_CAP);
    EXPECT_EQ(test_waker_wakes(&writer), 1);
    EXPECT_EQ(trt_body_poll_flush(body, &writer.waker, &status), TMLRT_PENDING);
    trt_body_mark_sent(body); // what was taken is with the system now
    EXPECT_EQ(test_waker_wakes(&writer), 2);
    EXPECT_EQ(trt_body_poll_flush(body, &writer.waker, &status), TMLRT_READY);
    trt_body_fail(body, TMLRT_E_CONNRESET);
    EXPECT_EQ(trt_body_poll_put(body, &writer.waker, "x", 1, &taken, &status), TMLRT_READY);
    EXPECT_EQ(status, TMLRT_E_CONNRESET);
    trt_body_unref(body);
    EXPECT_EQ(test_waker_refs(&writer), 0);
    EXPECT_EQ(test_waker_refs(&reader), 0);
}

TEST(body_trailer__what_may_not_trail__is_refused) {
    static const tmlrt_slice refused[] = {
        TRT_SLICE("Content-Length"),
        TRT_SLICE("content-type"),
        TRT_SLICE("Transfer-Encoding"),
        TRT_SLICE("host"),
        TRT_SLICE("Set-Cookie"),
        TRT_SLICE("Authorization"),
        TRT_SLICE("a b"),
        TRT_SLICE(""),
    };
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        EXPECT_EQ(trt_body_trailer(body, refused[i], TRT_SLICE("x")), TMLRT_E_HTTP_HEADER);
    }
    EXPECT_EQ(trt_body_trailer(body, TRT_SLICE("X"), TRT_SLICE("a\r\nb")), TMLRT_E_HTTP_HEADER);
    for (int i = 0; i < 16; i++) {
        EXPECT_EQ(trt_body_trailer(body, TRT_SLICE("X"), TRT_SLICE("")), TMLRT_OK);
    }
    EXPECT_EQ(trt_body_trailer(body, TRT_SLICE("X"), TRT_SLICE("")), TMLRT_E_FULL);
    EXPECT_EQ(trt_body_end(body), TMLRT_OK);
    EXPECT_EQ(trt_body_trailer(body, TRT_SLICE("X"), TRT_SLICE("")), TMLRT_E_CLOSED);
    trt_body_unref(body);
}

TEST(body_budget__charged_while_it_waits__given_back_at_the_end) {
    trt_http_limits limits = {.held_bytes = 1 << 20, .memory_bytes = 1000};
    trt_budget budget;
    trt_http_limits_resolve(&limits);
    trt_http_limits_resolve_system(&limits, 100, 1);
    trt_budget_init(&budget, &limits);
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, &budget);
    EXPECT_EQ(put(body, 0, TRT_BODY_CAP), TRT_BODY_CAP);
    EXPECT_EQ(trt_atomic_load(&budget.held, TRT_SEQ_CST), TRT_BODY_CAP);
    trt_body_ref(body); // a writer that outlives the exchange, and maybe the server
    trt_body_detach(body);
    trt_body_unref(body);
    EXPECT_EQ(trt_atomic_load(&budget.held, TRT_SEQ_CST), 0);
    size_t taken;
    EXPECT_EQ(trt_body_put(body, "x", 1, &taken), TMLRT_E_CLOSED);
    trt_body_unref(body);
}

// ---- pieces that are lent -----------------------------------------------------------------------

static void expect_pattern(const tmlrt_slice pieces[2], uint64_t at) {
    for (int k = 0; k < 2; k++) {
        for (uint64_t i = 0; i < pieces[k].len; i++, at++) {
            if (pieces[k].data[i] != pattern(at)) {
                test_fail(__FILE__, __LINE__, "byte %zu differs", (size_t)at);
                return;
            }
        }
    }
}

// As take, from where it lies; half of it comes again.
static size_t take_lent(tmlrt_body* body, test_waker* w, uint64_t at) {
    tmlrt_slice pieces[2];
    tmlrt_status status = TMLRT_OK;
    size_t len = 0;
    if (trt_body_poll_lend(body, &w->waker, pieces, &len, &status) == TMLRT_PENDING) {
        return SIZE_MAX;
    }
    EXPECT_EQ(status, TMLRT_OK);
    if (len != 0) {
        expect_pattern(pieces, at);
        len = (len + 1) / 2;
        trt_body_return(body, len);
    }
    return len;
}

TEST(body_lend__any_sizes__every_byte_in_order_and_the_rest_comes_again) {
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    test_waker w = {0};
    uint64_t in = 0, out = 0;
    (void)test_waker_context(&w);
    for (uint32_t i = 1; i < 3000; i++) {
        tmlrt_slice pieces[2], room = trt_body_lend_room(body, i * 7919 % 30000);
        tmlrt_status status;
        size_t len = (size_t)room.len / (1 + i % 3);
        for (size_t k = 0; k < len; k++) {
            ((char*)(uintptr_t)room.data)[k] = pattern(in + k);
        }
        if (room.len != 0) {
            EXPECT_EQ(trt_body_commit(body, len), TMLRT_OK);
            in += len;
        }
        if (trt_body_poll_lend(body, &w.waker, pieces, &len, &status) == TMLRT_READY) {
            EXPECT(status == TMLRT_OK && len == in - out && len == pieces[0].len + pieces[1].len);
            expect_pattern(pieces, out);
            len = len < 20000 ? len : i * 104729 % 20000;
            trt_body_return(body, len);
            out += len;
        } else {
            EXPECT_EQ(in, out);
        }
    }
    EXPECT(in > TRT_BODY_CAP);
    trt_body_unref(body);
    EXPECT_EQ(test_waker_refs(&w), 0);
}

// The ring would have to move: who puts waits until the pieces are back.
TEST(body_lend__a_ring_that_would_grow__waits) {
    tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    test_waker reader = {0}, writer = {0};
    tmlrt_slice pieces[2];
    tmlrt_status status;
    size_t len, taken = put(body, 0, 4096);
    (void)test_waker_context(&reader);
    (void)test_waker_context(&writer);
    EXPECT_EQ(taken, 4096);
    EXPECT_EQ(trt_body_poll_lend(body, &reader.waker, pieces, &len, &status), TMLRT_READY);
    EXPECT_EQ(trt_body_poll_put(body, &writer.waker, "x", 1, &taken, &status), TMLRT_PENDING);
    expect_pattern(pieces, 0);
    trt_body_return(body, 1);
    EXPECT_EQ(test_waker_wakes(&writer), 1);
    EXPECT_EQ(trt_body_poll_put(body, &writer.waker, "xyz", 3, &taken, &status), TMLRT_READY);
    EXPECT_EQ(taken, 3);
    trt_body_unref(body);
}

TEST(body_lend__a_body_that_fails_or_is_thrown_away__keeps_the_pieces_until_they_are_back) {
    for (int how = 0; how < 6; how++) {
        tmlrt_body* body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
        test_waker w = {0};
        tmlrt_slice pieces[2] = {{NULL, 0}, {NULL, 0}};
        tmlrt_status status;
        size_t len;
        (void)test_waker_context(&w);
        EXPECT_EQ(put(body, 0, 3000), 3000);
        if (how < 3) {
            EXPECT_EQ(trt_body_poll_lend(body, &w.waker, pieces, &len, &status), TMLRT_READY);
        } else {
            pieces[0] = trt_body_lend_room(body, 1000);
            EXPECT_EQ(pieces[0].len, 1000);
        }
        if (how % 3 == 0) {
            trt_body_fail(body, TMLRT_E_CONNRESET);
        } else if (how % 3 == 1) {
            trt_body_discard(body);
        } else {
            trt_body_detach(body);
        }
        memset((char*)(uintptr_t)pieces[0].data, 'x', (size_t)pieces[0].len); // still there
        if (how < 3) {
            trt_body_return(body, 3000);
        } else {
            tmlrt_status expected = how == 3   ? TMLRT_E_CONNRESET
                                    : how == 4 ? TMLRT_OK
                                               : TMLRT_E_CLOSED;
            EXPECT_EQ(trt_body_commit(body, 1000), expected);
            EXPECT_EQ(trt_body_put_bytes(body), how == 4 ? 4000 : 3000);
        }
        trt_body_unref(body);
    }
}

TEST(body_lend_room__no_more_than_was_declared__nothing_of_a_body_that_is_thrown_away) {
    tmlrt_body* body = trt_body_new(5000, NULL);
    EXPECT_EQ(trt_body_lend_room(body, 32768).len, 5000);
    EXPECT_EQ(trt_body_commit(body, 4999), TMLRT_OK);
    EXPECT_EQ(trt_body_end(body), TMLRT_E_EOF);
    EXPECT_EQ(trt_body_lend_room(body, 1).len, 0);
    trt_body_unref(body);
    body = trt_body_new(TRT_BODY_UNKNOWN, NULL);
    trt_body_discard(body);
    EXPECT_EQ(trt_body_lend_room(body, 1).len, 0);
    trt_body_unref(body);
}

// ---- two threads --------------------------------------------------------------------------------

enum { TOTAL = 3000000 };

static void* write_all(void* arg) {
    tmlrt_body* body = arg;
    test_waker w = {0};
    (void)test_waker_context(&w);
    static char data[9000];
    for (uint64_t at = 0; at < TOTAL;) {
        size_t len = TOTAL - at < sizeof data ? (size_t)(TOTAL - at) : sizeof data, taken;
        tmlrt_status status;
        for (size_t i = 0; i < len; i++) {
            data[i] = pattern(at + i);
        }
        uint32_t wakes = test_waker_wakes(&w);
        if (trt_body_poll_put(body, &w.waker, data, len, &taken, &status) == TMLRT_PENDING) {
            while (test_waker_wakes(&w) == wakes) { // a wake that is lost hangs here
                sched_yield();
            }
            continue;
        }
        at += taken;
    }
    EXPECT_EQ(trt_body_end(body), TMLRT_OK);
    trt_body_unref(body);
    return NULL;
}

TEST(body__two_threads__every_byte_and_no_lost_wake) {
    tmlrt_body* body = trt_body_new(TOTAL, NULL);
    test_waker w = {0};
    pthread_t thread;
    (void)test_waker_context(&w);
    trt_body_ref(body);
    REQUIRE(pthread_create(&thread, NULL, write_all, body) == 0);
    uint64_t at = 0;
    bool lends = false;
    for (size_t len = 1; len != 0;) {
        uint32_t wakes = test_waker_wakes(&w);
        len = lends ? take_lent(body, &w, at) : take(body, &w, at, 16000);
        lends = !lends;
        if (len == SIZE_MAX) {
            while (test_waker_wakes(&w) == wakes) {
                sched_yield();
            }
            continue;
        }
        at += len;
    }
    EXPECT_EQ(at, TOTAL);
    pthread_join(thread, NULL);
    trt_body_unref(body);
}
