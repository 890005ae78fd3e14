// SPDX-License-Identifier: Apache-2.0
// State shared by the world's two files.
#ifndef TESTS_FUZZ_LOWERING_WORLD_INT_H
#define TESTS_FUZZ_LOWERING_WORLD_INT_H

#include "tests/fuzz/lowering/world.h"

#include <setjmp.h>

enum {
    WORLD_MAX_OBJECTS = 512,
    WORLD_CONTEXTS = 61,
};

typedef struct world_object {
    void* p;
    int64_t tag;
} world_object;

typedef struct world {
    bool failed, dropping;
    char error[256];
    jmp_buf out;
    uint64_t hash;
    world_trace trace;
    world_schedule schedule;
    uint64_t pend_calls;
    world_object objects[WORLD_MAX_OBJECTS];
    int num_objects, num_boxes, num_tasks, num_leaves;
    int tasks_left;
    uint32_t calls; ///< of opaque functions, also while dropping
    bool panic_armed, panicked, expects_after_done, dropped_output;
    uint32_t root_args_dropped;
    int64_t root_args[2];
    void* seen;
    tmlrt_context* cx;
    const tmlrt_context* yielded; ///< the context coop_yield was last called with
    uint32_t events_at_yield;
    tmlrt_context contexts[WORLD_CONTEXTS];
    unsigned next_context;
    unsigned thread;
    uint64_t tls_word[2];
    void* tls_worker;
} world;

extern world w;
extern const tmlrt_waker world_waker, world_block_waker;

void world_fail(const char* format, ...) __attribute__((format(printf, 1, 2)));
__attribute__((noreturn)) void world_abort(const char* what);
uint64_t world_mix(uint64_t z);
void world_event(unsigned kind, uint64_t value);
tmlrt_poll world_poll(const tmlrt_future_desc* desc, void* frame, tmlrt_arena* arena, void* out);

void world_arena_init(tmlrt_arena* arena, uint32_t slab_bytes);
void world_arena_fini(tmlrt_arena* arena);
bool world_arena_empty(const tmlrt_arena* arena);
void world_arena_poison(tmlrt_arena* arena);

void world_maybe_panic(void);
__attribute__((noreturn)) void world_panic(void);

void ext_note(int64_t v);
int64_t ext_get(int64_t tag);
void ext_escape(int64_t* cell);
void ext_see(void* p);
bool ext_never(void);
uint32_t ext_pend(void);
void ext_cx(tmlrt_context* cx);
void ext_tls(uint64_t* p);
void ext_ctor(int64_t* p, int64_t tag);
void ext_dtor(int64_t* p, int64_t tag);
int64_t* ext_new(int64_t tag);
void ext_free(int64_t* p);
int64_t ext_touch(int64_t* p);
void ext_root_args(int64_t x, int64_t y);

#endif
