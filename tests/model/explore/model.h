// SPDX-License-Identifier: Apache-2.0
// What a structure's model is written with. A structure is a list of cases; a case is a set-up, up
// to four threads and a look at the end. The explorer (engine/) runs every interleaving within the
// bound, every value that a load may read, and every choice of trt_model_choose.
//
// Set-up and end run alone and in one step. Threads are fibers; code of the structure is compiled
// with TRT_MODEL and with the compiler's thread instrumentation, so that its plain memory accesses
// are checked for races and for use after free. A thread must be deterministic but for what it
// reads and chooses.
#ifndef TESTS_MODEL_EXPLORE_MODEL_H
#define TESTS_MODEL_EXPLORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_MAX_THREADS = 4, MODEL_NO_BOUND = 255 };

typedef struct model_case {
    const char* name;
    const char* shows; ///< the invariants, by id
    void (*setup)(void);
    void (*threads[MODEL_MAX_THREADS])(void);
    void (*finish)(void); ///< after the last thread, which happened before; may be NULL
    unsigned bound;       ///< preemptions; 0: the run's
    bool leaks;           ///< what is allocated need not be freed
} model_case;

/// Each structure defines these.
extern const char model_structure[];
extern const model_case* const model_cases;
extern const unsigned model_num_cases;

#define MODEL_STRUCTURE(name, cases)                                                               \
    const char model_structure[] = name;                                                           \
    const model_case* const model_cases = (cases);                                                 \
    const unsigned model_num_cases = sizeof(cases) / sizeof((cases)[0])

/// A function that stands for the kernel or another part outside of the structure: its plain
/// accesses are not looked at. What it reads must have been written by steps (model_kernel_step).
#define MODEL_UNSEEN __attribute__((no_sanitize("thread"), noinline))

/// model_fail ends this execution and the exploration: the invariant does not hold.
__attribute__((noreturn, format(printf, 1, 2))) void model_fail(const char* format, ...);
#define MODEL_CHECK(expr) ((expr) ? (void)0 : model_fail("%s (%s:%d)", #expr, __FILE__, __LINE__))

/// model_choose explores 0 .. num - 1.
unsigned model_choose(unsigned num);
/// model_thread is the number of the running thread, from 0.
unsigned model_thread(void);
/// model_name names the memory of one object in traces.
void model_name(const void* at, size_t size, const char* name);
/// model_watch asks of [at, at + size): a load of another thread whose value is used (model_used)
/// must happen before every store that replaces it. Load buffering, which the explorer does not
/// run, could otherwise give the load the later value.
void model_watch(const void* at, size_t size);
/// model_used tells that what this thread has loaded from watched memory since the last call is
/// used (or, if not, that it was thrown away, as by a compare-and-swap that fails).
void model_used(bool used);
/// model_post is a step that releases everything the thread did to those that return from
/// model_await later: for the parts of a model that stand for a lock or a kernel.
void model_post(void);
/// model_await blocks the thread until ready(arg), which is asked whenever another thread has made
/// a step, and joins what every thread has released so far by model_post.
void model_await(bool (*ready)(void* arg), void* arg);
/// model_kernel_step and model_kernel_wait are model_post and model_await for a kernel that orders
/// its own calls but gives the caller no happens-before.
void model_kernel_step(void);
void model_kernel_wait(bool (*ready)(void* arg), void* arg);
/// model_futex_wait blocks while the newest value of *word is `expected`. Returns 0 when woken, or
/// EAGAIN or (may_time_out) ETIMEDOUT. No happens-before: the word has to give it.
int model_futex_wait(const uint32_t* word, uint32_t expected, bool may_time_out);
/// model_futex_wake wakes the one that waits longest at `word`, if any.
void model_futex_wake(const uint32_t* word);
/// model_start runs fn(arg) as one more thread (trt_thread_start's stand-in); false: no room.
bool model_start(void (*fn)(void*), void* arg);
/// model_may_time_out: a park with a timeout may end by it. Off: timeouts do not come. Set by
/// set-up
void model_may_time_out(bool may);

#endif
