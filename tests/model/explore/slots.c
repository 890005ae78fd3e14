// SPDX-License-Identifier: Apache-2.0
// Reactor slots (rt/reactor/slot.c): a kernel with one byte count per handle, a turn that delivers
// its events, and readers. An edge that is lost leaves the reader waiting: a deadlock.
#include "rt/reactor/slot.h"

#include "tests/model/explore/model.h"
#include "tests/model/explore/wakers.h"

static trt_slot_table s_table;
static trt_io_slot *s_slot, *s_next_slot;
static uint64_t s_token;
static rig_waker s_reader, s_writer;
static trt_atomic_u32 s_bytes, s_space; ///< in the kernel's buffers
static unsigned s_read;

static void setup(void) {
    s_table = (trt_slot_table){.num_slots = 0};
    s_reader = s_writer = (rig_waker){0, 0};
    s_read = 0;
    s_next_slot = NULL;
    trt_atomic_init(&s_bytes, 0);
    trt_atomic_init(&s_space, 0);
    if (trt_slot_table_take(&s_table, 5, &s_slot) != TMLRT_OK) {
        model_fail("no slot");
    }
    s_token = trt_slot_token(s_slot);
    model_name(s_slot, sizeof(*s_slot), "slot");
    model_name(&s_bytes, sizeof(s_bytes), "kernel buffer");
}

// ---- the kernel -------------------------------------------------------------------------------

// A call that finds nothing may have been ordered before what its thread has not seen happen: a
// call of the kernel is no fence. So the look is a relaxed load, which happens-before must help.
static uint32_t take_from(trt_atomic_u32* buffer) {
    return trt_atomic_load(buffer, TRT_RELAXED) == 0 ? 0 : trt_atomic_xchg(buffer, 0, TRT_RELAXED);
}

static void deliver_to(trt_io_slot* slot, uint64_t token, uint32_t bits) {
    tmlrt_waker wakers[2];
    trt_wakers_call(wakers, trt_slot_deliver(slot, token, bits, wakers));
}
static void deliver(uint32_t bits) {
    deliver_to(s_slot, s_token, bits);
}

static void arrive(void) {
    trt_atomic_add(&s_bytes, 1, TRT_RELAXED);
    deliver(TRT_EV_READ);
}
static void arrive_twice(void) {
    arrive();
    arrive();
}
static void become_writable(void) {
    trt_atomic_add(&s_space, 1, TRT_RELAXED);
    deliver(TRT_EV_WRITE);
}
static void arrive_and_become_writable(void) {
    trt_atomic_add(&s_bytes, 1, TRT_RELAXED);
    trt_atomic_add(&s_space, 1, TRT_RELAXED);
    deliver(TRT_EV_READ | TRT_EV_WRITE);
}
static void hang_up(void) {
    trt_atomic_add(&s_bytes, 100, TRT_RELAXED);
    deliver(TRT_EV_HUP);
}

// ---- readers ----------------------------------------------------------------------------------

static tmlrt_context context_of(const tmlrt_waker* waker) {
    return (tmlrt_context){.waker = waker};
}

static void read_bytes(unsigned wanted) {
    const tmlrt_waker waker = rig_waker_of(&s_reader);
    const tmlrt_context cx = context_of(&waker);
    while (s_read < wanted) {
        uint32_t tick;
        if (trt_io_poll_ready(s_slot, TRT_DIR_READ, &cx, &tick) == TMLRT_PENDING) {
            rig_wait(&s_reader);
            continue;
        }
        uint32_t got = take_from(&s_bytes);
        s_read += got;
        if (got == 0) {
            trt_io_clear_ready(s_slot, TRT_DIR_READ, tick);
        }
    }
}
static void read_one(void) {
    read_bytes(1);
}
static void read_two(void) {
    read_bytes(2);
}
static void read_to_the_end(void) {
    read_bytes(100);
}
// A short read tells that the buffer is drained (trt_io_drained), one call less per read.
static void read_two_drained(void) {
    const tmlrt_waker waker = rig_waker_of(&s_reader);
    const tmlrt_context cx = context_of(&waker);
    while (s_read < 2) {
        uint32_t tick;
        if (trt_io_poll_ready(s_slot, TRT_DIR_READ, &cx, &tick) == TMLRT_PENDING) {
            rig_wait(&s_reader);
            continue;
        }
        s_read += take_from(&s_bytes);
        trt_io_drained(s_slot, TRT_DIR_READ, tick);
    }
}
static void write_one(void) {
    const tmlrt_waker waker = rig_waker_of(&s_writer);
    const tmlrt_context cx = context_of(&waker);
    uint32_t space = 0, tick;
    while (space == 0) {
        if (trt_io_poll_ready(s_slot, TRT_DIR_WRITE, &cx, &tick) == TMLRT_PENDING) {
            rig_wait(&s_writer);
            continue;
        }
        space = take_from(&s_space);
        if (space == 0) {
            trt_io_clear_ready(s_slot, TRT_DIR_WRITE, tick);
        }
    }
}
static void wait_for_hangup(void) {
    const tmlrt_waker waker = rig_waker_of(&s_reader);
    const tmlrt_context cx = context_of(&waker);
    while (trt_io_poll_hangup(s_slot, &cx) == TMLRT_PENDING) {
        rig_wait(&s_reader);
    }
    MODEL_CHECK(take_from(&s_bytes) == 100 && "R4: the end is there to be read");
}
static void poll_and_cancel(void) {
    const tmlrt_waker waker = rig_waker_of(&s_reader);
    const tmlrt_context cx = context_of(&waker);
    uint32_t tick;
    if (trt_io_poll_ready(s_slot, TRT_DIR_READ, &cx, &tick) == TMLRT_READY) {
        trt_io_clear_ready(s_slot, TRT_DIR_READ, tick);
        (void)trt_io_poll_ready(s_slot, TRT_DIR_READ, &cx, &tick);
    }
    trt_io_cancel(s_slot, TRT_DIR_READ);
}
static void finish_slot(void) {
    trt_slot_table_give_back(&s_table, s_slot);
    trt_slot_table_fini(&s_table);
    MODEL_CHECK(s_reader.live == 0 && s_writer.live == 0 && "wakers are given back");
}

// ---- generations ------------------------------------------------------------------------------

// The handle is closed and its slot taken by the next one, which clears its readiness: an event of
// the old one that is still in the turn's array must not make it ready.
static void close_and_reuse(void) {
    trt_slot_table_give_back(&s_table, s_slot);
    MODEL_CHECK(trt_slot_table_take(&s_table, 6, &s_next_slot) == TMLRT_OK);
    MODEL_CHECK(s_next_slot == s_slot && "the storage is used again");
    const tmlrt_waker waker = rig_waker_of(&s_reader);
    const tmlrt_context cx = context_of(&waker);
    uint32_t tick;
    MODEL_CHECK(trt_io_poll_ready(s_next_slot, TRT_DIR_READ, &cx, &tick) == TMLRT_READY);
    trt_io_clear_ready(s_next_slot, TRT_DIR_READ, tick);
    MODEL_CHECK(trt_io_poll_ready(s_next_slot, TRT_DIR_READ, &cx, &tick) == TMLRT_PENDING &&
                "R1: no event of the old generation");
}
static void deliver_old(void) {
    deliver_to(trt_slot_table_at(&s_table, s_token), s_token, TRT_EV_READ);
}
static void finish_reuse(void) {
    MODEL_CHECK(s_reader.woken == 0 && "R1: nothing after deregister");
    trt_slot_table_give_back(&s_table, s_next_slot);
    trt_slot_table_fini(&s_table);
    MODEL_CHECK(s_reader.live == 0);
}

// ---- the table --------------------------------------------------------------------------------

static trt_io_slot* s_others[2];
static void take_0(void) {
    MODEL_CHECK(trt_slot_table_take(&s_table, 7, &s_others[0]) == TMLRT_OK);
    deliver_to(s_others[0], trt_slot_token(s_others[0]), TRT_EV_READ);
}
static void take_1(void) {
    MODEL_CHECK(trt_slot_table_take(&s_table, 8, &s_others[1]) == TMLRT_OK);
}
static void finish_table(void) {
    MODEL_CHECK(s_others[0] != s_others[1] && s_others[0] != s_slot && s_others[1] != s_slot);
    MODEL_CHECK(trt_slot_table_in_use(&s_table) == 3);
    trt_slot_table_give_back(&s_table, s_others[0]);
    trt_slot_table_give_back(&s_table, s_others[1]);
    finish_slot();
}

// The first chunk is made by one thread and reached by another through a token.
static trt_atomic_u64 s_published;
static void setup_empty(void) {
    setup();
    trt_slot_table_give_back(&s_table, s_slot);
    trt_slot_table_fini(&s_table);
    s_table = (trt_slot_table){.num_slots = 0};
    s_slot = NULL;
    trt_atomic_init(&s_published, 0);
}
static void take_and_publish(void) {
    MODEL_CHECK(trt_slot_table_take(&s_table, 7, &s_slot) == TMLRT_OK);
    // As the kernel hands a token from epoll_ctl to epoll_wait; it gives no happens-before here.
    trt_atomic_store(&s_published, trt_slot_token(s_slot) + 1, TRT_RELAXED);
}
static void deliver_published(void) {
    uint64_t token = trt_atomic_load(&s_published, TRT_RELAXED);
    if (token != 0 && trt_atomic_load(&s_table.chunks[0], TRT_RELAXED) != NULL) {
        deliver_to(trt_slot_table_at(&s_table, token - 1), token - 1, TRT_EV_READ);
    }
}

static const model_case s_cases[] = {
    {"read", "R2", setup, {read_one, arrive}, finish_slot, 0, false},
    {"read_two", "R2", setup, {read_two, arrive, arrive}, finish_slot, 0, false},
    {"read_edges", "R2", setup, {read_two, arrive_twice}, finish_slot, 0, false},
    {"drained", "R2", setup, {read_two_drained, arrive, arrive}, finish_slot, 0, false},
    {"both_directions",
     "R2",
     setup,
     {read_one, write_one, arrive_and_become_writable},
     finish_slot,
     0,
     false},
    {"hangup", "R2,R4", setup, {read_to_the_end, hang_up, become_writable}, finish_slot, 0, false},
    {"wait_hangup", "R4", setup, {wait_for_hangup, hang_up}, finish_slot, 0, false},
    {"cancel", "R1", setup, {poll_and_cancel, arrive}, finish_slot, 0, false},
    {"reuse", "R1", setup, {close_and_reuse, deliver_old}, finish_reuse, 0, false},
    {"take", "R1", setup, {take_0, take_1, arrive}, finish_table, 0, false},
    {"first_chunk",
     "R1",
     setup_empty,
     {take_and_publish, deliver_published},
     finish_slot,
     0,
     false},
};
MODEL_STRUCTURE("slots", s_cases);
