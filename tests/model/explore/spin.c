// SPDX-License-Identifier: Apache-2.0
// The spin lock of rt/os (thread.h and linux/futex.c): mutual exclusion, and what a holder wrote is
// seen by the next. The other structures use it as a single step (engine/block.c); this shows that
// they may. A nap ends when the lock is free: naps in which nothing has changed add nothing.
#include "rt/os/clock.h"
#include "rt/os/thread.h"
#include "tests/model/explore/model.h"

#include <errno.h>

static trt_spin s_lock;
static unsigned s_inside, s_count;

static MODEL_UNSEEN bool is_free(void* unused) {
    (void)unused;
    return *(volatile uint32_t*)&s_lock.held.v == 0;
}

long model_syscall(long number, ...);
long model_syscall(long number, ...) {
    (void)number;
    model_kernel_wait(is_free, NULL);
    errno = ETIMEDOUT;
    return -1;
}

uint64_t trt_os_now_ns(void) {
    return 1;
}

static void setup(void) {
    s_lock = (trt_spin){{0}};
    s_inside = s_count = 0;
    model_name(&s_lock, sizeof(s_lock), "lock");
}

static void lock_once(void) {
    trt_spin_lock(&s_lock);
    MODEL_CHECK(s_inside == 0 && "one holder");
    s_inside = 1;
    s_count++;
    s_inside = 0;
    trt_spin_unlock(&s_lock);
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

static const model_case s_cases[] = {
    {"two", "mutual exclusion", setup, {lock_twice, lock_twice}, finish_four, 0, false},
    {"three", "mutual exclusion", setup, {lock_once, lock_once, lock_once}, finish_three, 0, false},
};
MODEL_STRUCTURE("spin", s_cases);
