// SPDX-License-Identifier: Apache-2.0
// Inbox and injector (rt/exec/runq.c): D3, first in first out per producer, nothing lost or twice.
#include "rt/exec/runq.h"
#include "tests/model/explore/model.h"

enum { MAX_ITEMS = 4 };

static trt_inbox s_inbox;
static tmlrt_task s_items[MAX_ITEMS];
static tmlrt_task* s_taken[2][MAX_ITEMS]; ///< per consumer
static unsigned s_num_taken[2];

static void setup(void) {
    s_inbox = (trt_inbox){{{0}}, {NULL, NULL}, {0}};
    for (int i = 0; i < MAX_ITEMS; i++) {
        s_items[i] = (tmlrt_task){.id = 100};
        s_taken[0][i] = s_taken[1][i] = NULL;
    }
    s_num_taken[0] = s_num_taken[1] = 0;
    model_name(&s_inbox, sizeof(s_inbox), "inbox");
}

static void push(unsigned item) {
    s_items[item].id = item; // plain: the consumer reads it
    trt_inbox_push(&s_inbox, &s_items[item]);
}
static void push_0_1(void) {
    push(0);
    push(1);
}
static void push_2_3(void) {
    push(2);
    push(3);
}
static void push_2(void) {
    push(2);
}

static tmlrt_task* pop_one(void) {
    trt_runq one = {NULL, NULL};
    trt_inbox_take_share(&s_inbox, &one, UINT64_MAX, 1);
    return trt_runq_pop(&one);
}
static void note(unsigned consumer, tmlrt_task* task) {
    MODEL_CHECK(task->id == (uint64_t)(task - s_items) && "what the producer wrote is seen");
    s_taken[consumer][s_num_taken[consumer]++] = task;
}
static void pop_twice(unsigned consumer) {
    for (int i = 0; i < 2; i++) {
        tmlrt_task* task = pop_one();
        if (task != NULL) {
            note(consumer, task);
        }
    }
}
static void pop_first(void) {
    pop_twice(0);
}
static void pop_second(void) {
    pop_twice(1);
}
static void take_all(void) {
    trt_runq out = {NULL, NULL};
    trt_inbox_take(&s_inbox, &out);
    for (tmlrt_task* task; (task = trt_runq_pop(&out)) != NULL;) {
        note(1, task);
    }
}
static void take_half(void) {
    trt_runq out = {NULL, NULL};
    trt_inbox_take_share(&s_inbox, &out, 2, UINT64_MAX);
    for (tmlrt_task* task; (task = trt_runq_pop(&out)) != NULL;) {
        note(1, task);
    }
}
static void append_0_1(void) {
    trt_runq batch = {NULL, NULL};
    s_items[0].id = 0;
    s_items[1].id = 1;
    trt_runq_push(&batch, &s_items[0]);
    trt_runq_push(&batch, &s_items[1]);
    trt_inbox_append(&s_inbox, &batch, 2);
    MODEL_CHECK(batch.head == NULL);
}

// ---- a flag beside: empty() sees a push that happened before it --------------------------------

static trt_atomic_u32 s_told;
static void setup_told(void) {
    setup();
    trt_atomic_init(&s_told, 0);
}
static void push_and_tell(void) {
    push(0);
    trt_atomic_store(&s_told, 1, TRT_RELEASE_ORDER);
}
static void look(void) {
    if (trt_atomic_load(&s_told, TRT_ACQUIRE_ORDER) != 0) {
        MODEL_CHECK(!trt_inbox_empty(&s_inbox) && "D3: a push that happened before is seen");
        tmlrt_task* task = pop_one();
        MODEL_CHECK(task == &s_items[0]);
        note(0, task);
    }
}

static void check_fifo(unsigned earlier, unsigned later) {
    for (unsigned consumer = 0; consumer < 2; consumer++) {
        int at_earlier = -1, at_later = -1;
        for (unsigned i = 0; i < s_num_taken[consumer]; i++) {
            at_earlier = s_taken[consumer][i] == &s_items[earlier] ? (int)i : at_earlier;
            at_later = s_taken[consumer][i] == &s_items[later] ? (int)i : at_later;
        }
        MODEL_CHECK((at_later < 0 || at_earlier < at_later) && "D3: first in, first out");
    }
}

static void finish_items(unsigned num_items) {
    unsigned seen[MAX_ITEMS] = {0}, left = 0;
    for (unsigned consumer = 0; consumer < 2; consumer++) {
        for (unsigned i = 0; i < s_num_taken[consumer]; i++) {
            seen[s_taken[consumer][i] - s_items]++;
        }
    }
    for (tmlrt_task* task; (task = pop_one()) != NULL; left++) {
        seen[task - s_items]++;
    }
    MODEL_CHECK(trt_inbox_empty(&s_inbox));
    for (unsigned i = 0; i < num_items; i++) {
        MODEL_CHECK(seen[i] == 1 && "D1: each item once");
    }
}
static void finish_three(void) {
    check_fifo(0, 1);
    finish_items(3);
}
static void finish_two_consumers(void) {
    check_fifo(0, 1);
    finish_items(2);
}
static void finish_told(void) {
    finish_items(1);
}
static void finish_four(void) {
    check_fifo(0, 1);
    check_fifo(2, 3);
    finish_items(4);
}

static const model_case s_cases[] = {
    {"two_producers", "D1,D3", setup, {pop_first, push_0_1, push_2}, finish_three, 0, false},
    {"two_consumers",
     "D1,D3",
     setup,
     {pop_first, pop_second, push_0_1},
     finish_two_consumers,
     0,
     false},
    {"take_all", "D3", setup, {take_all, push_0_1, push_2_3}, finish_four, 0, false},
    {"take_share", "D3", setup, {take_half, append_0_1, push_2_3}, finish_four, 0, false},
    {"append", "D3", setup, {pop_first, take_all, append_0_1}, finish_two_consumers, 0, false},
    {"told", "D3", setup_told, {look, push_and_tell}, finish_told, 0, false},
};
MODEL_STRUCTURE("inbox", s_cases);
