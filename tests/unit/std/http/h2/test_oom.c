// SPDX-License-Identifier: Apache-2.0
// Memory that gives out at every allocation in turn: a status or a refused stream, no leak.
#include <tmlrt/alloc.h>

#include "rt/base/kept.h"
#include "std/http/h2/conn.h"

#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static char s_data[H2_BYTES], s_block[65536];
static int64_t s_left, s_live;

static void* failing_alloc(void* self, size_t size, size_t align) {
    (void)self;
    if (s_left-- <= 0) {
        return NULL;
    }
    s_live++;
    return align > _Alignof(max_align_t) ? aligned_alloc(align, (size + align - 1) & -align)
                                         : malloc(size);
}

static void* failing_realloc(void* self, void* ptr, size_t old_size, size_t size, size_t align) {
    (void)self, (void)old_size, (void)align;
    if (s_left-- <= 0) {
        return NULL;
    }
    s_live += ptr == NULL;
    return realloc(ptr, size);
}

static void failing_free(void* self, void* ptr, size_t size, size_t align) {
    (void)self, (void)size, (void)align;
    s_live -= ptr != NULL;
    free(ptr);
}

static const tmlrt_allocator s_failing = {failing_alloc, failing_realloc, failing_free, NULL};

static h2_bytes input(void) {
    h2_bytes b = {s_data, 0}, block = {s_block, 0};
    h2_start(&b);
    h2_request(&block, "POST", "/x?y=z");
    h2_literal(&block, "cookie", "a=b");
    h2_literal(&block, "cookie", "c=d");
    h2_headers(&b, 1, 0, &block);
    h2_frame(&b, 20, H2_DATA, 0, 1, "01234567890123456789");
    block.len = 0;
    h2_literal(&block, "x-sum", "7");
    h2_headers(&b, 1, H2_END_STREAM, &block);
    h2_get(&b, 3);
    h2_frame(&b, 8, H2_PING, 0, 0, "01234567");
    h2_frame(&b, 7, H2_PRIORITY_UPDATE, 0, 0, "\0\0\0\5u=1");
    return b;
}

// One connection from start to end; what it looks like when nothing was refused.
static void run(bool stream_body, bool (*was_refused)(void)) {
    h2_rig rig = {.answer = true, .stream_body = stream_body, .stream_len = 20000};
    h2_bytes b = input();
    h2_rig_start(&rig);
    if (rig.status == TMLRT_OK) {
        h2_rig_feed(&rig, b.data, b.len, 50);
        trt_h2_conn_drain(rig.conn, 0);
        h2_rig_take(&rig);
    }
    if (rig.status == TMLRT_OK) {
        (void)trt_h2_conn_expire(rig.conn, TRT_H2_DRAIN_NS);
        h2_rig_take(&rig);
    }
    EXPECT(rig.status == TMLRT_OK || rig.status == TMLRT_E_NOMEM);
    if (!was_refused()) {
        EXPECT_EQ(rig.status, TMLRT_OK);
        EXPECT_EQ(rig.num_heads, 2);
        EXPECT_EQ(h2_status(&rig, 1), 200);
        EXPECT_EQ(h2_status(&rig, 3), 200);
    }
    h2_rig_stop(&rig);
}

static void fail_in_turn(trt_kept* kept) {
    trt_tls_kept = kept;
    for (int stream_body = 0; stream_body < 2; stream_body++) {
        uint64_t nth = 0;
        do {
            test_allocator_fail_at(++nth);
            run(stream_body, test_allocator_hit);
            if (kept != NULL) {
                trt_kept_clear(kept);
            }
        } while (test_allocator_hit() && nth < 2000);
        EXPECT(nth > 20 && nth < 2000);
    }
    test_allocator_fail_at(0);
    trt_tls_kept = NULL;
}

TEST(h2_oom__one_allocation_in_turn__status_or_refusal_and_no_leak) {
    fail_in_turn(NULL);
}

TEST(h2_oom__one_allocation_in_turn_of_a_worker__what_is_left_is_kept) {
    trt_kept kept = {0};
    fail_in_turn(&kept);
}

static bool ran_out(void) {
    return s_left < 0;
}

TEST(h2_oom__every_allocation_from_one_on__status_and_no_leak) {
    tmlrt_allocator before = *tmlrt_allocator_default();
    tmlrt_allocator_set(&s_failing);
    for (int stream_body = 0; stream_body < 2; stream_body++) {
        int64_t left = -1;
        do {
            s_left = ++left;
            run(stream_body, ran_out);
            EXPECT_EQ(s_live, 0);
        } while (ran_out() && left < 2000);
        EXPECT(left > 20 && left < 2000);
    }
    tmlrt_allocator_set(&before);
}
