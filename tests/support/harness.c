// SPDX-License-Identifier: Apache-2.0
#include "tests/support/harness.h"

#include <tmlrt/alloc.h>

#include "rt/exec/block_on.h"
#include "tests/support/oom_sites.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

// An allocation beyond the sanitizer's own limit fails like any other here, it does not end the
// process.
const char* __asan_default_options(void);
const char* __asan_default_options(void) {
    return "allocator_may_return_null=1:detect_stack_use_after_return=1:strict_string_checks=1";
}
const char* __tsan_default_options(void);
const char* __tsan_default_options(void) {
    return "allocator_may_return_null=1:halt_on_error=1:second_deadlock_stack=1";
}

static test_case* s_cases;
static test_case** s_tail = &s_cases;
static int s_failures;
static const char* s_skipped;
static bool s_shared;

static _Atomic uint64_t s_live, s_bytes, s_calls, s_fail_at;
static _Atomic bool s_hit;

static bool should_fail(void) {
    uint64_t call = atomic_fetch_add(&s_calls, 1) + 1;
    if (call == atomic_load(&s_fail_at)) {
        atomic_store(&s_hit, true);
        test_oom_note();
        return true;
    }
    return false;
}

static void* counting_alloc(void* self, size_t size, size_t align) {
    (void)self;
    if (should_fail()) {
        return NULL;
    }
    void* ptr = NULL;
    if (posix_memalign(&ptr, align < sizeof(void*) ? sizeof(void*) : align, size ? size : 1) != 0) {
        return NULL;
    }
    atomic_fetch_add(&s_live, 1);
    atomic_fetch_add(&s_bytes, size);
    return ptr;
}

static void* counting_realloc(void* self, void* ptr, size_t old_size, size_t size, size_t align) {
    void* fresh = counting_alloc(self, size, align);
    if (fresh == NULL) {
        return NULL;
    }
    if (ptr != NULL) {
        memcpy(fresh, ptr, old_size < size ? old_size : size);
        atomic_fetch_sub(&s_live, 1);
        atomic_fetch_sub(&s_bytes, old_size);
        free(ptr);
    }
    return fresh;
}

static void counting_free(void* self, void* ptr, size_t size, size_t align) {
    (void)self, (void)align;
    if (ptr != NULL) {
        atomic_fetch_sub(&s_live, 1);
        atomic_fetch_sub(&s_bytes, size);
        free(ptr);
    }
}

static const tmlrt_allocator s_allocator = {counting_alloc, counting_realloc, counting_free, NULL};

void test_allocator_fail_at(uint64_t nth) {
    atomic_store(&s_hit, false);
    atomic_store(&s_fail_at, nth == 0 ? 0 : atomic_load(&s_calls) + nth);
}

bool test_allocator_hit(void) {
    return atomic_load(&s_hit);
}

void test_allocator_shared(void) {
    s_shared = true;
}

uint64_t test_allocator_live(void) {
    return atomic_load(&s_live);
}

uint64_t test_allocator_bytes(void) {
    return atomic_load(&s_bytes);
}

uint64_t test_allocator_calls(void) {
    return atomic_load(&s_calls);
}

void test_register(test_case* tc) {
    *s_tail = tc;
    s_tail = &tc->next;
}

void test_fail(const char* file, int line, const char* format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "  %s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    s_failures++;
}

void test_skip(const char* reason) {
    s_skipped = reason;
}

static bool wanted(const test_case* tc, int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], tc->name) == 0) {
            return true;
        }
    }
    return argc <= 1;
}

static void run_case(test_case* tc) {
    uint64_t live = test_allocator_live();
    s_failures = 0;
    s_skipped = NULL;
    s_shared = false;
    tc->fn();
    test_allocator_fail_at(0);
    trt_block_on_forget();
    if (!s_shared && test_allocator_live() != live) {
        test_fail(tc->name, 0, "leaks %" PRId64 " blocks", (int64_t)(test_allocator_live() - live));
    }
}

int main(int argc, char** argv) {
    int passed = 0, failed = 0, skipped = 0;
    tmlrt_allocator_set(&s_allocator);
    if (test_before_all != NULL) {
        test_before_all();
    }
    for (test_case* tc = s_cases; tc != NULL; tc = tc->next) {
        if (argc == 2 && strcmp(argv[1], "--list") == 0) {
            puts(tc->name);
            continue;
        }
        if (!wanted(tc, argc, argv)) {
            continue;
        }
        run_case(tc);
        if (s_failures != 0) {
            fprintf(stderr, "FAILED %s\n", tc->name);
            failed++;
        } else if (s_skipped != NULL) {
            printf("skipped %s: %s\n", tc->name, s_skipped);
            skipped++;
        } else {
            passed++;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed != 0;
}
