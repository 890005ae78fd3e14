// SPDX-License-Identifier: Apache-2.0
// The unit-test harness: cases register themselves, each runs in the same process, failures print
// file:line and both values. Usage: test_x [--list] [case...]. Prints "N passed, N failed, N
// skipped".
#ifndef TESTS_SUPPORT_HARNESS_H
#define TESTS_SUPPORT_HARNESS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct test_case {
    const char* name;
    void (*fn)(void);
    struct test_case* next;
} test_case;

void test_register(test_case* tc);
void test_fail(const char* file, int line, const char* format, ...)
    __attribute__((format(printf, 3, 4)));
void test_skip(const char* reason); ///< marks the running case as skipped, by name and reason

/// test_before_all is called before the first case when the program has it: what it allocates is no
/// case's leak.
void test_before_all(void) __attribute__((weak));

/// TEST(unit__condition__result) { ... } defines and registers a case.
#define TEST(name)                                                                                 \
    static void test_##name(void);                                                                 \
    __attribute__((constructor)) static void register_##name(void) {                               \
        static test_case tc = {#name, test_##name, NULL};                                          \
        test_register(&tc);                                                                        \
    }                                                                                              \
    static void test_##name(void)

#define EXPECT(cond)                                                                               \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            test_fail(__FILE__, __LINE__, "%s is false", #cond);                                   \
        }                                                                                          \
    } while (0)
/// REQUIRE is EXPECT that leaves the case.
#define REQUIRE(cond)                                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            test_fail(__FILE__, __LINE__, "%s is false", #cond);                                   \
            return;                                                                                \
        }                                                                                          \
    } while (0)
#define EXPECT_EQ(a, b)                                                                            \
    do {                                                                                           \
        int64_t eq_a_ = (int64_t)(a), eq_b_ = (int64_t)(b);                                        \
        if (eq_a_ != eq_b_) {                                                                      \
            test_fail(__FILE__, __LINE__, "%s == %s: %" PRId64 " vs %" PRId64, #a, #b, eq_a_,      \
                      eq_b_);                                                                      \
        }                                                                                          \
    } while (0)
#define EXPECT_STR(a, b)                                                                           \
    do {                                                                                           \
        const char *str_a_ = (a), *str_b_ = (b);                                                   \
        if (str_a_ == NULL || str_b_ == NULL || strcmp(str_a_, str_b_) != 0) {                     \
            test_fail(__FILE__, __LINE__, "%s == %s: \"%s\" vs \"%s\"", #a, #b,                    \
                      str_a_ ? str_a_ : "(null)", str_b_ ? str_b_ : "(null)");                     \
        }                                                                                          \
    } while (0)

/// test_allocator_fail_at makes the Nth allocation from now fail (0: none); test_allocator_live
/// counts blocks, test_allocator_bytes their bytes as told by alloc and free, and
/// test_allocator_calls allocations since the start. The counting allocator is always on; a case
/// that ends with more live blocks than it began with fails.
void test_allocator_fail_at(uint64_t nth);
uint64_t test_allocator_live(void);
uint64_t test_allocator_bytes(void);
uint64_t test_allocator_calls(void);
/// test_allocator_shared says that threads which outlive the running case allocate beside it
/// (workers of the default runtime, with what they keep): its blocks are not counted. The leak
/// sanitizer is.
void test_allocator_shared(void);
/// test_allocator_hit returns true when the failure asked for happened.
bool test_allocator_hit(void);

#endif
