// SPDX-License-Identifier: Apache-2.0
// The world a random program runs in: opaque functions with a trace, objects that notice being
// moved or destroyed twice, a checking arena, and the runtime functions of the ABI, hand-made.
// One program runs at a time, on one thread; all state is in one place and reset per run.
#ifndef TESTS_FUZZ_LOWERING_WORLD_H
#define TESTS_FUZZ_LOWERING_WORLD_H

#include <tmlrt/abi/future.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORLD_MAX_EVENTS = 1 << 15 };

/// world_trace is the sequence of observable events of a run, as hashes of its prefixes.
typedef struct world_trace {
    uint32_t num_events;
    uint64_t prefix[WORLD_MAX_EVENTS];
} world_trace;

/// world_schedule decides how often leaves are pending and what the budget is.
typedef struct world_schedule {
    unsigned mode; ///< 0: always ready; 1: once each; 2: 0..3 at random
    uint64_t seed;
    uint32_t budget;
    uint32_t slab_bytes; ///< of the arena
} world_schedule;

typedef int64_t (*world_root_fn)(int64_t, int64_t);

/// world_run_sync runs the reference. Returns false and sets world_error when it fails.
bool world_run_sync(world_root_fn root, int64_t x, int64_t y, world_trace* out_trace,
                    int64_t* out_value);

/// world_run_async runs a lowered root to its end, or until it was pending `drop_at` times (0:
/// never) and then drops it, and checks everything against the reference run. `out_pendings`
/// counts.
bool world_run_async(const tmlrt_future_desc* root, int64_t x, int64_t y,
                     const world_schedule* schedule, uint32_t drop_at, const world_trace* expected,
                     int64_t expected_value, uint32_t* out_pendings);

/// world_run_panic runs a lowered root until it was pending `after` times and panics at the next
/// opaque call. Nothing may be destroyed then; the root must be poisoned, its drop must do nothing,
/// and polling it again must be diagnosed. `out_happened`: false when it ended first.
bool world_run_panic(const tmlrt_future_desc* root, int64_t x, int64_t y,
                     const world_schedule* schedule, uint32_t after, const world_trace* expected,
                     bool* out_happened);

/// world_run_unstarted drops a root that was never polled: its arguments are destroyed once.
bool world_run_unstarted(const tmlrt_future_desc* root, int64_t x, int64_t y);

/// world_dropped_output returns true when the last run destroyed an output that nobody had read.
bool world_dropped_output(void);

/// world_error returns what went wrong last, in words.
const char* world_error(void);

/// world_symbol returns the address of a function or datum programs may refer to; NULL if unknown.
void* world_symbol(const char* name);

#endif
