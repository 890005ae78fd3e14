// SPDX-License-Identifier: Apache-2.0
// Inside of the explorer. explore.c has the search, fiber.c the threads, memory.c the weak memory,
// shadow.c races of plain accesses, heap.c the allocator, block.c locks and parkers, report.c what
// is printed.
//
// Everything here is single-threaded: model threads are fibers, one step at a time.
#ifndef TESTS_MODEL_EXPLORE_ENGINE_H
#define TESTS_MODEL_EXPLORE_ENGINE_H

#include "rt/base/atomic_model.h"
#include "tests/model/explore/model.h"

enum {
    MAX_IDS = MODEL_MAX_THREADS + 1, ///< threads and, last, the set-up
    SETUP_ID = MODEL_MAX_THREADS,
    MAX_LOCATIONS = 64,
    MAX_STORES = 96,
    MAX_STEPS = 1500,
};

/// A view is what a thread (or a message) has seen: of each location the newest store, of each
/// thread how far it was. Happens-before is the order of views.
typedef struct view {
    uint16_t clock[MAX_IDS];
    uint16_t store[MAX_LOCATIONS];
} view;

typedef struct thread {
    view seen;
    uint64_t history;     ///< hash of everything it did and read: determines its state
    uint64_t before_load; ///< history before the last step, if that was a load or a failed cas
    const void* loaded;   ///< ... of this location; else NULL
    uint64_t last_point;  ///< history + 1 at its last look at who comes first
    bool started, done;
    bool (*ready)(void*); ///< not NULL: blocked until it answers true
    void* ready_arg;
    void (*fn)(void*);
    void* arg;
} thread;

typedef struct engine {
    thread threads[MAX_IDS];
    unsigned me, num_threads;
    unsigned preemptions, bound;
    bool running; ///< threads run: steps interleave and are recorded
    /// The set-up runs, and did the same in an earlier execution that looked at its plain accesses.
    bool is_known_setup;
    bool may_time_out;
    const model_case* test;
    unsigned num_steps, max_steps, max_threads;
    uint64_t executions, complete, states, choices;
    char failure[512];
} engine;

extern engine g_engine;

static inline thread* me(void) {
    return &g_engine.threads[g_engine.me];
}
static inline uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
    return hash ^ hash >> 29;
}

// ---- explore.c: the search
/// choose returns the next of `num` ways, all of which are explored.
unsigned choose(unsigned num);
/// visit_state returns false when this state was explored before: the execution is over.
bool visit_state(void);
/// explore runs a case to the end; false: it failed (g_engine.failure, the trace).
bool explore(const model_case* test, unsigned bound, uint64_t max_executions);

// ---- fiber.c: threads
/// END_AGAIN: something turned out to be shared; the exploration starts over.
typedef enum ending { END_COMPLETE, END_PRUNED, END_FAILED, END_AGAIN } ending;
/// run_threads runs one execution of the threads.
ending run_threads(void);
/// end_execution leaves run_threads from anywhere.
__attribute__((noreturn)) void end_execution(ending how);
/// step_begin is the point before a step where other threads may come first.
void step_begin(void);
/// step_end advances the thread's history by what the step saw.
void step_end(uint64_t observed);
/// step_published advances the thread's clock: what it does next is not in the view just given.
static inline void step_published(void) {
    me()->seen.clock[g_engine.me]++;
}
/// block_until waits (other threads run) until ready(arg); a step begins. It must not follow
/// another beginning without a step_end between them: the two would look like one state.
void block_until(bool (*ready)(void*), void* arg);

// ---- shared.c: what threads share
/// step_on begins a step on an object, unless the object is known to be one thread's or only read:
/// then nobody can tell when the step took place, and no other thread need come first.
void step_on(const void* at, bool write);
/// is_shared tells whether a step on the object must begin with a look at who comes first.
bool is_shared(const void* at, bool write);
/// shared_forget forgets what is known, for the next case.
void shared_forget(void);

// ---- memory.c: atomics
void memory_reset(void);
/// memory_stale tells memory.c that [at, at + size) was written by a plain store or freed.
void memory_stale(const void* at, size_t size);
/// view_hash is a hash of a view.
uint64_t view_hash(const view* seen);
/// view_join adds what `from` has seen.
void view_join(view* to, const view* from);

// ---- watch.c: what load buffering could do
void watch_reset(void);
void watch_load(const void* at, unsigned index);
void watch_store(const void* at, unsigned index);

// ---- shadow.c: plain accesses
enum { ACCESS_WRITE = 1, ACCESS_ATOMIC = 2, ACCESS_FREE = 4 };
void shadow_reset(void);
/// shadow_access fails the execution if the access races with an earlier one or its memory is gone.
void shadow_access(const void* at, size_t size, unsigned flags, const void* pc);

// ---- heap.c: memory of one execution
void heap_reset(void);
/// heap_problem returns why [at, at + size) may not be touched, NULL when it may.
const char* heap_problem(const void* at, size_t size);
/// heap_leaks returns how many blocks are still there.
unsigned heap_leaks(void);
/// heap_base finds the block of an address; false: not in the heap.
bool heap_block_of(const void* at, unsigned* out_owner, unsigned* out_number, size_t* out_offset);

// ---- block.c: locks and parkers
void block_reset(void);

// ---- report.c: the trace
void trace_reset(void);
/// trace adds a line; its text is made only when it is printed.
void trace(const trt_model_site* site, const char* what, const void* at, uint64_t value,
           uint64_t operand, int read_index, int newest);
void trace_print(void);
void names_reset(void);
/// site_learn is called at the first use of an access; it may be weakened then.
void site_learn(trt_model_site* site);
static inline void site_use(trt_model_site* site) {
    if (!site->known) {
        site_learn(site);
    }
}
/// site_weaken makes one access weaker: `key` and `how` as sites_print prints them.
void site_weaken(const char* key, const char* how);
bool site_was_weakened(void);
/// sites_print lists the accesses that the case reached and forgets them.
void sites_print(const char* test);

#endif
