// SPDX-License-Identifier: Apache-2.0
// The search: depth first over every choice, by running the case again with one choice changed.
//
// A choice is who steps next, which store a load reads, or what the model asks. Executions are
// bounded in preemptions only (switching away from a thread that could go on). A state that was
// explored before with no more preemptions spent is not explored again: what a thread did is a
// function of what it read, so the hashes of the threads' histories, each step with the store it
// read or made, determine the state. Two interleavings that differ in the order of independent
// steps meet in the same state (partial order reduction by merging). The table keeps 60-bit hashes.
#include "tests/model/explore/engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

engine g_engine;

enum { MAX_CHOICES = 4096 };
static struct {
    uint8_t num, at;
} s_path[MAX_CHOICES];
static unsigned s_len, s_pos;
static bool s_again;         ///< the exploration was started over
static bool s_setup_chooses; ///< the set-up of the case is not the same every time

unsigned choose(unsigned num) {
    if (num <= 1) {
        return 0;
    }
    s_setup_chooses = s_setup_chooses || !g_engine.running;
    if (s_pos < s_len) {
        if (s_path[s_pos].num != num) {
            model_fail("the model is not deterministic: %u ways where there were %u", num,
                       s_path[s_pos].num);
        }
        return s_path[s_pos++].at;
    }
    if (s_len == MAX_CHOICES || num > 255) {
        model_fail("too many choices");
    }
    s_path[s_len].num = (uint8_t)num;
    s_path[s_len++].at = 0;
    g_engine.choices++;
    s_pos = s_len;
    return 0;
}

static bool next_path(void) {
    if (s_again) {
        s_again = false;
        s_len = 0;
        return true;
    }
    while (s_len > 0 && s_path[s_len - 1].at + 1 >= s_path[s_len - 1].num) {
        s_len--;
    }
    if (s_len == 0) {
        return false;
    }
    s_path[s_len - 1].at++;
    return true;
}

// ---- states seen ------------------------------------------------------------------------------

static uint64_t* s_seen; ///< hash with the preemptions spent in its low bits; 0 is empty
static uint64_t s_cap, s_used;
enum { SPENT_BITS = 4, SPENT_MASK = (1 << SPENT_BITS) - 1 };

static uint64_t* seen_slot(uint64_t hash) {
    uint64_t at = hash >> SPENT_BITS & (s_cap - 1);
    while (s_seen[at] != 0 && (s_seen[at] & ~(uint64_t)SPENT_MASK) != hash) {
        at = (at + 1) & (s_cap - 1);
    }
    return &s_seen[at];
}

static void seen_grow(void) {
    uint64_t* old = s_seen;
    uint64_t old_cap = s_cap;
    s_cap = old_cap == 0 ? 1 << 16 : old_cap * 2;
    s_seen = calloc(s_cap, sizeof(*s_seen));
    if (s_seen == NULL) {
        fprintf(stderr, "no memory for %llu states\n", (unsigned long long)s_cap);
        exit(2);
    }
    for (uint64_t i = 0; i < old_cap; i++) {
        if (old[i] != 0) {
            *seen_slot(old[i] & ~(uint64_t)SPENT_MASK) = old[i];
        }
    }
    free(old);
}

static void seen_reset(void) {
    free(s_seen);
    s_seen = NULL;
    s_cap = s_used = 0;
    seen_grow();
}

bool visit_state(void) {
    if (s_pos < s_len) {
        return true; // still on the way to the choice that is new
    }
    uint64_t hash = g_engine.me;
    for (unsigned i = 0; i < g_engine.num_threads; i++) {
        hash = mix(hash, g_engine.threads[i].history);
    }
    hash = (hash | 1ull << 63) & ~(uint64_t)SPENT_MASK;
    unsigned spent = g_engine.bound == MODEL_NO_BOUND ? 0 : g_engine.preemptions;
    uint64_t* slot = seen_slot(hash);
    if (*slot != 0) {
        if ((*slot & SPENT_MASK) <= spent) {
            return false;
        }
        *slot = hash | spent;
        return true;
    }
    *slot = hash | spent;
    g_engine.states++;
    if (++s_used * 2 > s_cap) {
        seen_grow();
    }
    return true;
}

// ---- one case ---------------------------------------------------------------------------------

static void begin_execution(const model_case* test) {
    s_pos = 0;
    memory_reset();
    shadow_reset();
    heap_reset();
    block_reset();
    watch_reset();
    trace_reset();
    names_reset();
    memset(g_engine.threads, 0, sizeof(g_engine.threads));
    g_engine.num_threads = 0;
    while (g_engine.num_threads < MODEL_MAX_THREADS && test->threads[g_engine.num_threads]) {
        g_engine.num_threads++;
    }
    g_engine.me = SETUP_ID;
    g_engine.preemptions = g_engine.num_steps = 0;
    g_engine.may_time_out = false;
    g_engine.running = false;
    g_engine.is_known_setup = g_engine.executions > 0 && !s_setup_chooses;
    g_engine.failure[0] = '\0';
}

static void begin_exploration(void) {
    g_engine.executions = g_engine.complete = g_engine.states = g_engine.choices = 0;
    g_engine.max_steps = g_engine.max_threads = 0;
    s_len = 0;
    seen_reset();
}

bool explore(const model_case* test, unsigned bound, uint64_t max_executions) {
    g_engine.test = test;
    g_engine.bound = bound;
    s_setup_chooses = false;
    shared_forget();
    begin_exploration();
    do {
        begin_execution(test);
        ending how = run_threads();
        if (how == END_AGAIN) {
            begin_exploration();
            s_again = true; // next_path goes on, from the beginning
            continue;
        }
        g_engine.executions++;
        g_engine.complete += how == END_COMPLETE;
        if (g_engine.num_steps > g_engine.max_steps) {
            g_engine.max_steps = g_engine.num_steps;
        }
        if (g_engine.num_threads > g_engine.max_threads) {
            g_engine.max_threads = g_engine.num_threads;
        }
        if (how == END_FAILED) {
            return false;
        }
        if (g_engine.executions >= max_executions) {
            snprintf(g_engine.failure, sizeof(g_engine.failure),
                     "not exhaustive: stopped after %llu executions",
                     (unsigned long long)g_engine.executions);
            return false;
        }
    } while (next_path());
    return true;
}
