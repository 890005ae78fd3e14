// SPDX-License-Identifier: Apache-2.0
// Opaque functions, objects and the runs themselves. world_rt.c has the runtime functions.
//
// What a run checks: the trace equals the reference's (a prefix of it when dropped), every object
// is destroyed once and at the address it was made at, boxes, tasks and leaves are given back, the
// arena is empty, the root's frame keeps its redzones. Between polls the dead stack, the dead part
// of the arena and the old context are overwritten and the simulated thread changes, so that a
// saved stack, context or thread-local address shows.
#include "tests/fuzz/lowering/world_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

world w;

// ---- errors and the trace --------------------------------------------------------------------

void world_fail(const char* format, ...) {
    if (w.failed) {
        return;
    }
    w.failed = true;
    va_list list;
    va_start(list, format);
    vsnprintf(w.error, sizeof w.error, format, list);
    va_end(list);
}

void world_abort(const char* what) {
    world_fail("%s", what);
    longjmp(w.out, 1);
}

const char* world_error(void) {
    return w.error;
}

uint64_t world_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/// world_panic leaves a chain as the runtime does: nothing on the way is unwound.
void world_panic(void) {
    w.panicked = true;
    w.panic_armed = false;
    longjmp(w.out, 1);
}

/// world_maybe_panic panics in an opaque function when this run is to.
void world_maybe_panic(void) {
    if (w.panic_armed) {
        world_panic();
    }
}

void world_event(unsigned kind, uint64_t value) {
    w.calls++;
    if (w.dropping) {
        return;
    }
    if (w.trace.num_events == WORLD_MAX_EVENTS) {
        world_abort("the trace is too long");
    }
    w.hash = world_mix(w.hash ^ world_mix(value * 8 + kind));
    w.trace.prefix[w.trace.num_events++] = w.hash;
}

// ---- opaque functions ------------------------------------------------------------------------

void ext_note(int64_t v) {
    world_maybe_panic();
    world_event(0, (uint64_t)v);
}

int64_t ext_get(int64_t tag) {
    world_maybe_panic();
    world_event(1, (uint64_t)tag);
    return (int64_t)world_mix(w.hash);
}

void ext_escape(int64_t* cell) {
    *cell = (int64_t)world_mix((uint64_t)*cell + 1);
    world_event(2, (uint64_t)*cell);
}

void ext_see(void* p) {
    w.seen = p;
}

// Never in the reference; a run that is to panic takes the program's own path to @panic.
bool ext_never(void) {
    return w.panic_armed;
}

void ext_root_args(int64_t x, int64_t y) {
    w.root_args_dropped++;
    w.root_args[0] = x;
    w.root_args[1] = y;
}

uint32_t ext_pend(void) {
    world_maybe_panic();
    uint64_t n = w.pend_calls++;
    switch (w.schedule.mode) {
    case 0:
        return 0;
    case 1:
        return 1;
    default:
        return (uint32_t)(world_mix(w.schedule.seed ^ (n * 0x51ED27)) & 3);
    }
}

void ext_cx(tmlrt_context* cx) {
    bool ours = cx == w.cx && cx->waker == &world_waker;
    if (!ours && cx->waker != &world_block_waker) {
        world_fail("context() is not the context of this poll");
    }
}

void ext_tls(uint64_t* p) {
    if (p != &w.tls_word[w.thread]) {
        world_fail("a thread-local address of another thread");
    }
}

// ---- objects ---------------------------------------------------------------------------------

static void object_add(void* p, int64_t tag) {
    for (int i = 0; i < w.num_objects; i++) {
        if (w.objects[i].p == p) {
            world_fail("an object is constructed over a live one");
        }
    }
    if (w.num_objects == WORLD_MAX_OBJECTS) {
        world_abort("too many live objects");
    }
    w.objects[w.num_objects++] = (world_object){p, tag};
}

static bool object_remove(const void* p, int64_t tag, bool check_tag) {
    for (int i = w.num_objects - 1; i >= 0; i--) {
        if (w.objects[i].p == p) {
            if (check_tag && w.objects[i].tag != tag) {
                world_fail("a destructor gets another value than the constructor got");
            }
            w.objects[i] = w.objects[--w.num_objects];
            return true;
        }
    }
    world_fail("an object is destroyed twice, or was moved");
    return false;
}

void ext_ctor(int64_t* p, int64_t tag) {
    p[0] = tag;
    p[1] = (int64_t)(intptr_t)p;
    object_add(p, tag);
    world_event(3, (uint64_t)tag);
}

void ext_dtor(int64_t* p, int64_t tag) {
    if (object_remove(p, tag, true)) {
        if (p[1] != (int64_t)(intptr_t)p) {
            world_fail("an object was overwritten");
        }
        p[0] = p[1] = -1;
    }
    world_event(4, (uint64_t)tag);
}

int64_t* ext_new(int64_t tag) {
    int64_t* p = malloc(2 * sizeof *p);
    p[0] = tag;
    p[1] = (int64_t)(intptr_t)p;
    object_add(p, tag);
    world_event(5, (uint64_t)tag);
    return p;
}

void ext_free(int64_t* p) {
    int64_t tag = -1;
    if (object_remove(p, 0, false)) {
        tag = p[0];
        free(p);
    }
    world_event(6, (uint64_t)tag);
}

int64_t ext_touch(int64_t* p) {
    if (p[1] != (int64_t)(intptr_t)p) {
        world_fail("an object was overwritten or moved");
    }
    p[0] = (int64_t)world_mix((uint64_t)p[0]);
    return p[0];
}

// ---- runs ------------------------------------------------------------------------------------

static void reset(const world_schedule* schedule) {
    w.failed = w.dropping = false;
    w.error[0] = 0;
    w.hash = 0x1234;
    w.trace.num_events = 0;
    w.pend_calls = 0;
    w.num_objects = w.num_boxes = w.num_tasks = w.num_leaves = 0;
    w.schedule = *schedule;
    w.thread = 0;
    w.cx = NULL;
    w.yielded = NULL;
    w.tasks_left = 4096;
    w.calls = w.root_args_dropped = 0;
    w.panic_armed = w.panicked = w.expects_after_done = w.dropped_output = false;
}

bool world_run_sync(world_root_fn root, int64_t x, int64_t y, world_trace* out_trace,
                    int64_t* out_value) {
    static const world_schedule none;
    reset(&none);
    if (setjmp(w.out) == 0) {
        *out_value = root(x, y);
        if (w.num_objects != 0) {
            world_fail("the reference leaks %d objects", w.num_objects);
        }
    }
    out_trace->num_events = w.trace.num_events;
    memcpy(out_trace->prefix, w.trace.prefix, w.trace.num_events * sizeof *w.trace.prefix);
    return !w.failed;
}

__attribute__((noinline)) static void poison_stack(void) {
    volatile char dead[6144];
    memset((char*)dead, 0xD5, sizeof dead);
    __asm__ volatile("" : : "r"(dead) : "memory");
}

/// world_poll runs one step of a chain with a context at a new address.
tmlrt_poll world_poll(const tmlrt_future_desc* desc, void* frame, tmlrt_arena* arena, void* out) {
    tmlrt_context* old = w.cx;
    tmlrt_context* cx = &w.contexts[w.next_context++ % WORLD_CONTEXTS];
    *cx = (tmlrt_context){.arena = arena, .waker = &world_waker, .budget = w.schedule.budget};
    w.cx = cx;
    w.thread ^= old == NULL; // a nested poll stays on its thread
    poison_stack();
    tmlrt_poll p = desc->poll(frame, cx, out);
    if (w.yielded == cx && (p != TMLRT_PENDING || w.trace.num_events != w.events_at_yield)) {
        world_fail("a chain went on after it yielded");
    }
    w.yielded = NULL;
    memset(cx, 0xE7, sizeof *cx);
    w.cx = old;
    if (p == TMLRT_PENDING) {
        w.tls_word[w.thread] = 0;
    }
    world_arena_poison(arena);
    return p;
}

enum { REDZONE = 64 };

static void check_end(tmlrt_arena* arena, const unsigned char* zone, const unsigned char* zone2) {
    for (int i = 0; i < REDZONE; i++) {
        if (zone[i] != 0xC3 || zone2[i] != 0xC3) {
            world_fail("the frame's redzone was written");
            break;
        }
    }
    if (w.num_objects != 0) {
        world_fail("%d objects were not destroyed", w.num_objects);
    }
    if (w.root_args_dropped != 0) {
        world_fail("arguments of a started root were destroyed");
    }
    if (w.num_boxes != 0 || w.num_tasks != 0 || w.num_leaves != 0) {
        world_fail("left over: %d boxes, %d task handles, %d leaves", w.num_boxes, w.num_tasks,
                   w.num_leaves);
    }
    if (!world_arena_empty(arena)) {
        world_fail("frames are left on the arena");
    }
}

static void check_prefix(const world_trace* expected) {
    uint32_t n = w.trace.num_events;
    if (n > expected->num_events || (n > 0 && expected->prefix[n - 1] != w.trace.prefix[n - 1])) {
        world_fail("the trace differs from the reference within its first %u events (of %u)", n,
                   expected->num_events);
    }
}

static void drive(const tmlrt_future_desc* root, unsigned char* frame, tmlrt_arena* arena,
                  uint32_t drop_at, const world_trace* expected, int64_t expected_value,
                  uint32_t* out_pendings) {
    int64_t value = 0;
    uint32_t pendings = 0;
    while (world_poll(root, frame, arena, &value) == TMLRT_PENDING && !w.failed) {
        if (++pendings == drop_at) {
            check_prefix(expected);
            w.dropping = true;
            root->drop(frame);
            break;
        }
        if (pendings > 20000) {
            world_abort("pending for ever");
        }
    }
    *out_pendings = pendings;
    if (w.failed) {
        return;
    }
    if (((tmlrt_frame*)frame)->state != TMLRT_FRAME_DONE) {
        world_fail("the frame is not DONE after %s", w.dropping ? "drop" : "completion");
    }
    if (!w.dropping) {
        check_prefix(expected);
        if (w.trace.num_events != expected->num_events) {
            world_fail("the trace has %u events, the reference %u", w.trace.num_events,
                       expected->num_events);
        } else if (value != expected_value) {
            world_fail("the result differs");
        }
        w.dropping = true;
    }
    root->drop(frame); // done: nothing may happen
}

// new_frame returns an unstarted frame of the root between redzones, NULL when it is too large.
static unsigned char* new_frame(const tmlrt_future_desc* root, int64_t x, int64_t y) {
    static unsigned char storage[1 << 16] __attribute__((aligned(4096)));
    size_t size = root->frame_size, at = 256;
    if (size + 1024 > sizeof storage || root->frame_align > 256) {
        world_fail("a frame of %zu bytes at %zu", size, (size_t)root->frame_align);
        return NULL;
    }
    memset(storage, 0xA5, at + size + REDZONE);
    memset(storage + at - REDZONE, 0xC3, REDZONE);
    memset(storage + at + size, 0xC3, REDZONE);
    unsigned char* frame = storage + at;
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_UNSTARTED;
    memcpy(frame + 8, &x, 8);
    memcpy(frame + 16, &y, 8);
    return frame;
}

bool world_run_async(const tmlrt_future_desc* root, int64_t x, int64_t y,
                     const world_schedule* schedule, uint32_t drop_at, const world_trace* expected,
                     int64_t expected_value, uint32_t* out_pendings) {
    tmlrt_arena arena;
    reset(schedule);
    unsigned char* frame = new_frame(root, x, y);
    if (frame == NULL) {
        return false;
    }
    world_arena_init(&arena, schedule->slab_bytes);
    if (setjmp(w.out) == 0) {
        drive(root, frame, &arena, drop_at, expected, expected_value, out_pendings);
        if (!w.failed) {
            check_end(&arena, frame - REDZONE, frame + root->frame_size);
        }
    }
    if (!w.failed) {
        world_arena_fini(&arena);
    }
    return !w.failed;
}

bool world_run_unstarted(const tmlrt_future_desc* root, int64_t x, int64_t y) {
    static const world_schedule none;
    reset(&none);
    unsigned char* frame = new_frame(root, x, y);
    if (frame == NULL) {
        return false;
    }
    if (setjmp(w.out) == 0) {
        root->drop(frame);
        root->drop(frame);
    }
    if (w.root_args_dropped != 1 || w.root_args[0] != x || w.root_args[1] != y) {
        world_fail("the arguments of an unstarted root were destroyed %u times, or were others",
                   w.root_args_dropped);
    }
    if (((tmlrt_frame*)frame)->state != TMLRT_FRAME_DONE || w.calls != 0) {
        world_fail("dropping an unstarted root ran code, or left it not DONE");
    }
    return !w.failed;
}

// after_panic checks a poisoned root: dropping it does nothing, polling it is diagnosed.
static void after_panic(const tmlrt_future_desc* root, unsigned char* frame, tmlrt_arena* arena,
                        const world_trace* expected) {
    int64_t value = 0;
    check_prefix(expected);
    if (((tmlrt_frame*)frame)->state != TMLRT_FRAME_POISONED) {
        world_fail("the frame of a root that panicked is not POISONED");
    }
    uint32_t calls = w.calls;
    int left = w.num_objects + w.num_boxes + w.num_tasks + w.num_leaves;
    w.dropping = true;
    if (setjmp(w.out) == 0) {
        root->drop(frame);
    }
    if (w.calls != calls || left != w.num_objects + w.num_boxes + w.num_tasks + w.num_leaves ||
        w.root_args_dropped != 0) {
        world_fail("dropping a root that panicked ran destructors");
    }
    // The runtime frees the frame instead; a second poll of one that it kept must not run.
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_POISONED;
    w.expects_after_done = true;
    if (!w.failed && setjmp(w.out) == 0) {
        world_poll(root, frame, arena, &value);
        world_fail("a poisoned root was polled");
    }
}

bool world_run_panic(const tmlrt_future_desc* root, int64_t x, int64_t y,
                     const world_schedule* schedule, uint32_t after, const world_trace* expected,
                     bool* out_happened) {
    static tmlrt_arena arena; // kept by longjmp
    static unsigned char* frame;
    static uint32_t pendings;
    int64_t value = 0;
    reset(schedule);
    frame = new_frame(root, x, y);
    *out_happened = false;
    if (frame == NULL) {
        return false;
    }
    world_arena_init(&arena, schedule->slab_bytes);
    pendings = 0;
    if (setjmp(w.out) == 0) {
        while (world_poll(root, frame, &arena, &value) == TMLRT_PENDING && pendings < 20000) {
            w.panic_armed = ++pendings >= after;
        }
    }
    if (w.panicked) {
        *out_happened = true;
        after_panic(root, frame, &arena, expected);
    }
    return !w.failed;
}

bool world_dropped_output(void) {
    return w.dropped_output;
}
