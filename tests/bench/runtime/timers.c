// SPDX-License-Identifier: Apache-2.0
// The timer rows of docs/bench/runtime.md: `timers ROW COUNT`. A sleep is armed by its first poll.
#include "async.h"

#include "rt/exec/drivers.h"

#include <unistd.h>

typedef struct timer {
    tmlrt_frame head;
    uint64_t n;
    LEAF;
} timer;

static void arm(void* leaf, tmlrt_context* cx, uint64_t duration_ns) {
    cx->budget = TMLRT_BUDGET; // a poll loop of its own has no budget to spend
    tmlrt_sleep_init(leaf, duration_ns);
    CHECK(tmlrt_sleep_desc.poll(leaf, cx, NULL) == TMLRT_PENDING);
}

// Arms a sleep of 30 s and drops it.
static tmlrt_poll timer_poll(void* frame, tmlrt_context* cx, void* out) {
    timer* self = frame;
    for (uint64_t i = 0; i < self->n; i++) {
        arm(self->leaf, cx, 30000000000u);
        tmlrt_sleep_desc.drop(self->leaf);
    }
    *(uint64_t*)out = self->n;
    self->head.state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}
FUTURE(timer, uint64_t)

// The same without the leaf and its look at the clock: insert into the wheel and cancel.
typedef struct insert_cancel {
    tmlrt_frame head;
    uint64_t n;
    LEAF;
} insert_cancel;

static tmlrt_poll insert_cancel_poll(void* frame, tmlrt_context* cx, void* out) {
    insert_cancel* self = frame;
    trt_timer_driver* timers = trt_current_timers();
    trt_timer timer = {0};
    uint64_t deadline_ns = now_ns() + 30000000000u;
    for (uint64_t i = 0; i < self->n; i++) {
        trt_timer_arm(&timer, timers, deadline_ns + i, cx->waker);
        CHECK(trt_timer_cancel(&timer));
    }
    *(uint64_t*)out = self->n;
    self->head.state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}
FUTURE(insert_cancel, uint64_t)

static uint64_t cpu_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t resident(void) {
    unsigned long size = 0, pages = 0;
    FILE* file = fopen("/proc/self/statm", "re");
    CHECK(file != NULL && fscanf(file, "%lu %lu", &size, &pages) == 2);
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

// Arms `n` sleeps of 100 to 700 s, each in memory of its own, is idle for two seconds, drops them.
// Prints ns to arm and to drop one, bytes of one, CPU time while idle in microseconds per second.
typedef struct million {
    tmlrt_frame head;
    uint64_t n, from_ns, armed_ns, cpu_ns, bytes;
    void** sleeps;
    LEAF;
} million;

static tmlrt_poll million_poll(void* frame, tmlrt_context* cx, void* out) {
    million* self = frame;
    BEGIN(self);
    self->sleeps = calloc(self->n, sizeof(void*));
    CHECK(self->sleeps != NULL);
    self->bytes = resident();
    self->from_ns = now_ns();
    for (uint64_t i = 0; i < self->n; i++) {
        self->sleeps[i] = malloc(tmlrt_sleep_desc.frame_size);
        CHECK(self->sleeps[i] != NULL);
        arm(self->sleeps[i], cx, (100000 + i * 7 % 600000) * 1000000);
    }
    self->armed_ns = now_ns() - self->from_ns;
    self->bytes = resident() - self->bytes;
    self->cpu_ns = cpu_ns();
    tmlrt_sleep_init(self->leaf, 2000000000u);
    AWAIT(self, tmlrt_sleep_desc, NULL);
    self->cpu_ns = cpu_ns() - self->cpu_ns;
    self->from_ns = now_ns();
    for (uint64_t i = 0; i < self->n; i++) {
        tmlrt_sleep_desc.drop(self->sleeps[i]);
        free(self->sleeps[i]);
    }
    double n = (double)self->n, dropped_ns = (double)(now_ns() - self->from_ns);
    printf("%.2f %.2f %.1f %.1f\n", (double)self->armed_ns / n, dropped_ns / n,
           (double)self->bytes / n, (double)self->cpu_ns / 2e3);
    free(self->sleeps);
    *(uint64_t*)out = self->n;
    END(self);
}
FUTURE(million, uint64_t)

int main(int argc, char** argv) {
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    const char* row = argc > 1 ? argv[1] : "";
    if (strcmp(row, "timer") == 0) {
        run_row(&timer_desc, &(timer){.n = n}, n);
    } else if (strcmp(row, "insert_cancel") == 0) {
        run_row(&insert_cancel_desc, &(insert_cancel){.n = n}, n);
    } else if (strcmp(row, "million") == 0) {
        run_row(&million_desc, &(million){.n = n}, n);
    } else {
        fprintf(stderr, "no row %s\n", row);
        return 1;
    }
    return 0;
}
