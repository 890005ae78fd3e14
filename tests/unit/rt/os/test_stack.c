// SPDX-License-Identifier: Apache-2.0
#include "rt/os/stack.h"

#include "rt/base/sanitize.h"
#include "rt/os/thread.h"
#include "tests/support/harness.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

typedef struct spinner {
    trt_atomic_u64 os_id;
    trt_atomic_u32 ends;
} spinner;

static __attribute__((noinline)) void spin_here(spinner* self) {
    while (trt_atomic_load(&self->ends, TRT_RELAXED) == 0) {
    }
}

static void spin_main(void* arg) {
    spinner* self = arg;
    trt_atomic_store(&self->os_id, trt_thread_os_id(), TRT_RELEASE_ORDER);
    spin_here(self);
}

static uint64_t begin(spinner* self, trt_thread* thread) {
    uint64_t os_id = 0;
    if (trt_thread_start(thread, "spin", 0, spin_main, self) == TMLRT_OK) {
        while ((os_id = trt_atomic_load(&self->os_id, TRT_ACQUIRE_ORDER)) == 0) {
            sched_yield();
        }
    }
    return os_id;
}

static void end(spinner* self, trt_thread* thread) {
    trt_atomic_store(&self->ends, 1, TRT_RELAXED);
    trt_thread_join(thread);
}

TEST(os_stack__thread_that_spins__where_it_spins) {
    if (TRT_SANITIZED) {
        test_skip("a sanitizer follows signals in its own way");
        return;
    }
    spinner self = {0};
    trt_thread thread;
    uint64_t os_id = begin(&self, &thread);
    REQUIRE(os_id != 0);
    for (int round = 0; round < 100; round++) {
        uintptr_t stack[16];
        uint32_t num = trt_os_stack(os_id, stack, 16);
        EXPECT(num >= 2 && num <= 16);
        bool found = false;
        for (uint32_t i = 0; i < num; i++) {
            found |= stack[i] - (uintptr_t)spin_here < 256 || stack[i] - (uintptr_t)spin_main < 256;
        }
        EXPECT(found);
        EXPECT_EQ(trt_os_stack(os_id, stack, 1), 1);
    }
    end(&self, &thread);
}

static void on_urg(int signal) {
    (void)signal;
}

TEST(os_stack__no_thread_or_a_handler_of_the_program__nothing) {
    uintptr_t stack[4];
    EXPECT_EQ(trt_os_stack(0x7FFFFFFF, stack, 4), 0);
    struct sigaction own = {.sa_handler = on_urg}, after;
    REQUIRE(sigaction(SIGURG, &own, NULL) == 0);
    spinner self = {0};
    trt_thread thread;
    uint64_t os_id = begin(&self, &thread);
    EXPECT_EQ(trt_os_stack(os_id, stack, 4), 0);
    end(&self, &thread);
    REQUIRE(sigaction(SIGURG, NULL, &after) == 0);
    EXPECT(after.sa_handler == on_urg);
    signal(SIGURG, SIG_DFL);
}

TEST(os_code_name__function_of_a_library_and_nonsense__text) {
    char text[128];
    trt_os_code_name((uintptr_t)strlen + 1, text, sizeof(text));
    EXPECT(strstr(text, "libc.so") != NULL || strstr(text, "strlen") != NULL);
    trt_os_code_name(16, text, sizeof(text));
    EXPECT_STR(text, "0x10");
    trt_os_code_name((uintptr_t)spin_here + 1, text, 8);
    EXPECT(strlen(text) < 8);
}
