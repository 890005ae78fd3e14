// SPDX-License-Identifier: Apache-2.0
// The lock and the parker of rt/os/linux/futex.c, over a model of the futex system call. The other
// structures use them as single steps (engine/block.c); this shows that they may.
#include "rt/os/clock.h"
#include "rt/os/thread.h"
#include "tests/model/explore/model.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>

static trt_mutex s_lock;
static trt_parker s_parker;
static trt_atomic_u32 s_flag;
static unsigned s_inside, s_count, s_data;
static bool s_got_token;

long model_syscall(long number, ...);
long model_syscall(long number, ...) {
    (void)number;
    va_list args;
    va_start(args, number);
    uint32_t* word = va_arg(args, uint32_t*);
    int op = va_arg(args, int) & FUTEX_CMD_MASK;
    uint32_t value = va_arg(args, uint32_t);
    int error = 0;
    if (op == FUTEX_WAIT_BITSET) {
        error = model_futex_wait(word, value, va_arg(args, void*) != NULL);
    } else {
        model_futex_wake(word);
    }
    va_end(args);
    errno = error;
    return error == 0 ? 0 : -1;
}

uint64_t trt_os_now_ns(void) {
    return 1;
}

static void setup(void) {
    s_lock = (trt_mutex){{0}};
    s_parker = (trt_parker){{0}};
    trt_atomic_init(&s_flag, 0);
    s_inside = s_count = s_data = 0;
    s_got_token = false;
    model_name(&s_lock, sizeof(s_lock), "lock");
    model_name(&s_parker, sizeof(s_parker), "parker");
}

// ---- the lock ---------------------------------------------------------------------------------

static void lock_once(void) {
    trt_mutex_lock(&s_lock);
    MODEL_CHECK(s_inside == 0 && "one holder");
    s_inside = 1;
    s_count++;
    s_inside = 0;
    trt_mutex_unlock(&s_lock);
}
static void lock_twice(void) {
    lock_once();
    lock_once();
}
static void finish_three(void) {
    MODEL_CHECK(s_count == 3);
}
static void finish_four(void) {
    MODEL_CHECK(s_count == 4);
}

// ---- the parker -------------------------------------------------------------------------------

static void park(void) {
    MODEL_CHECK(trt_parker_park(&s_parker, UINT64_MAX));
    MODEL_CHECK(s_data == 1 && "what came before the unpark is seen");
}
static void park_for_flag(void) {
    while (trt_atomic_load(&s_flag, TRT_RELAXED) != 2) {
        MODEL_CHECK(trt_parker_park(&s_parker, UINT64_MAX));
    }
}
static void park_with_timeout(void) {
    s_got_token = trt_parker_park(&s_parker, 5);
    if (s_got_token) {
        MODEL_CHECK(s_data == 1);
    }
}
static void unpark(void) {
    s_data = 1;
    trt_parker_unpark(&s_parker);
}
static void count_and_unpark(void) {
    trt_atomic_add(&s_flag, 1, TRT_RELAXED);
    trt_parker_unpark(&s_parker);
}
static void finish_timeout(void) {
    if (!s_got_token) { // then the token is still there, or it was lost
        MODEL_CHECK(trt_parker_park(&s_parker, UINT64_MAX));
    }
}

static const model_case s_cases[] = {
    {"lock_two", "mutual exclusion", setup, {lock_twice, lock_twice}, finish_four, 0, false},
    {"lock_three",
     "mutual exclusion",
     setup,
     {lock_once, lock_once, lock_once},
     finish_three,
     0,
     false},
    {"park", "P3", setup, {park, unpark}, NULL, 0, false},
    {"park_two_wakers",
     "P3",
     setup,
     {park_for_flag, count_and_unpark, count_and_unpark},
     NULL,
     0,
     false},
    {"park_timeout", "P3", setup, {park_with_timeout, unpark}, finish_timeout, 0, false},
};
MODEL_STRUCTURE("futex", s_cases);
