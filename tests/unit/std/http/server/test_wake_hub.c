// SPDX-License-Identifier: Apache-2.0
#include "std/http/server/wake_hub.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "tests/support/harness.h"
#include "tests/support/waker.h"

#include <stddef.h>

typedef struct thing {
    trt_wake_port port;
    int number;
} thing;

static trt_atomic_u32 s_freed;

static void free_thing(trt_wake_port* port) {
    trt_atomic_add(&s_freed, 1, TRT_RELAXED);
    trt_free(TRT_CONTAINER_OF(port, thing, port), sizeof(thing));
}

static thing* new_thing(trt_wake_hub* hub, int number) {
    thing* t = trt_alloc_zero(sizeof(thing));
    trt_wake_port_init(&t->port, hub, free_thing);
    t->number = number;
    return t;
}

static void end_thing(thing* t) {
    if (trt_wake_port_end(&t->port)) {
        trt_free(t, sizeof(thing));
    }
}

static int next_number(trt_wake_hub* hub) {
    trt_wake_port* port = trt_wake_hub_next(hub);
    return port != NULL ? TRT_CONTAINER_OF(port, thing, port)->number : -1;
}

TEST(wake_hub__several_woken__each_once_in_their_order_and_the_task_is_woken) {
    test_waker task = {0};
    tmlrt_context* cx = test_waker_context(&task);
    trt_wake_hub* hub = trt_wake_hub_new(cx->waker);
    thing *a = new_thing(hub, 1), *b = new_thing(hub, 2);
    tmlrt_waker of_a = trt_wake_port_waker(&a->port), of_b = trt_wake_port_waker(&b->port);
    EXPECT_EQ(next_number(hub), -1);
    trt_waker_wake_ref(&of_b);
    trt_waker_wake_ref(&of_a);
    trt_waker_wake_ref(&of_b);
    EXPECT_EQ(test_waker_wakes(&task), 2);
    EXPECT_EQ(next_number(hub), 2);
    trt_waker_wake_ref(&of_b); // between take and poll: once more
    EXPECT_EQ(next_number(hub), 1);
    EXPECT_EQ(next_number(hub), 2);
    EXPECT_EQ(next_number(hub), -1);
    end_thing(a);
    end_thing(b);
    trt_wake_hub_close(hub);
    EXPECT_EQ(test_waker_refs(&task), 0);
}

TEST(wake_hub__waker_outlives_its_owner__wakes_nobody_and_frees) {
    test_waker task = {0};
    tmlrt_context* cx = test_waker_context(&task);
    trt_wake_hub* hub = trt_wake_hub_new(cx->waker);
    thing* a = new_thing(hub, 1);
    tmlrt_waker lent = trt_wake_port_waker(&a->port), kept;
    trt_waker_clone(&lent, &kept);
    trt_waker_wake_ref(&kept); // in the queue when the owner leaves
    EXPECT(!trt_wake_port_end(&a->port));
    trt_atomic_store(&s_freed, 0, TRT_RELAXED);
    EXPECT_EQ(next_number(hub), -1);
    EXPECT_EQ(trt_atomic_load(&s_freed, TRT_RELAXED), 0);
    trt_waker_wake_ref(&kept);
    EXPECT_EQ(test_waker_wakes(&task), 1);
    trt_wake_hub_close(hub);
    trt_waker_wake(&kept);
    EXPECT_EQ(trt_atomic_load(&s_freed, TRT_RELAXED), 1);
    EXPECT_EQ(test_waker_wakes(&task), 1);
    EXPECT_EQ(test_waker_refs(&task), 0);
}

TEST(wake_hub__no_memory__null) {
    test_waker task = {0};
    tmlrt_context* cx = test_waker_context(&task);
    test_allocator_fail_at(1);
    EXPECT(trt_wake_hub_new(cx->waker) == NULL);
    test_allocator_fail_at(0);
    EXPECT_EQ(test_waker_refs(&task), 0);
}

// ---- several threads ----------------------------------------------------------------------------

enum { NUM_THINGS = 8, NUM_THREADS = 2, ROUNDS = 5000 };

typedef struct crowd {
    thing* things[NUM_THINGS];
    trt_atomic_u32 num_woken, num_ended;
} crowd;

static void wake_all(void* arg) {
    crowd* c = arg;
    for (int i = 0; i < ROUNDS; i++) {
        tmlrt_waker lent = trt_wake_port_waker(&c->things[i % NUM_THINGS]->port), kept;
        trt_waker_clone(&lent, &kept);
        trt_atomic_add(&c->num_woken, 1, TRT_SEQ_CST);
        if (i % 3 == 0) {
            trt_waker_wake(&kept);
        } else {
            trt_waker_wake_ref(&kept);
            trt_waker_drop(&kept);
        }
    }
    trt_atomic_add(&c->num_ended, 1, TRT_SEQ_CST);
}

TEST(wake_hub__woken_from_two_threads__none_is_lost_and_all_references_come_back) {
    test_waker task = {0};
    trt_wake_hub* hub = trt_wake_hub_new(test_waker_context(&task)->waker);
    crowd c = {0};
    trt_thread threads[NUM_THREADS];
    uint32_t last[NUM_THINGS] = {0};
    for (int i = 0; i < NUM_THINGS; i++) {
        c.things[i] = new_thing(hub, i);
    }
    for (int i = 0; i < NUM_THREADS; i++) {
        REQUIRE(trt_thread_start(&threads[i], "wakes", 0, wake_all, &c) == TMLRT_OK);
    }
    bool more = true;
    while (more) {
        more = trt_atomic_load(&c.num_ended, TRT_SEQ_CST) != NUM_THREADS;
        for (int at; (at = next_number(hub)) >= 0;) {
            last[at] = trt_atomic_load(&c.num_woken, TRT_SEQ_CST);
        }
    }
    for (int i = 0; i < NUM_THREADS; i++) {
        trt_thread_join(&threads[i]);
    }
    EXPECT_EQ(next_number(hub), -1); // the last look was behind the last wake
    for (int i = 0; i < NUM_THINGS; i++) {
        EXPECT(last[i] != 0);
        EXPECT(trt_wake_port_end(&c.things[i]->port));
        trt_free(c.things[i], sizeof(thing));
    }
    trt_wake_hub_close(hub);
    EXPECT_EQ(test_waker_refs(&task), 0);
}
