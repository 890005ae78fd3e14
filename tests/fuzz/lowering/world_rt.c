// SPDX-License-Identifier: Apache-2.0
// The runtime functions of the ABI as the fuzzer has them: no threads, everything counted. A
// spawned task runs to its end inside spawn, so that its events have a place in the reference's
// trace.
#include "tests/fuzz/lowering/world_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void waker_clone(const tmlrt_waker* waker, tmlrt_waker* out) {
    *out = *waker;
}

static void waker_nothing(void* data) {
    (void)data;
}

static const tmlrt_waker_vtable vtable = {waker_clone, waker_nothing, waker_nothing, waker_nothing};
const tmlrt_waker world_waker = {&vtable, NULL}, world_block_waker = {&vtable, NULL};

// ---- arena -----------------------------------------------------------------------------------

typedef struct slab {
    struct slab* older;
    char *base, *end, *cur; ///< cur: while a newer slab is in use
    char* memory;
} slab;

enum { SLAB_ALIGN = 256 };

static slab* slab_new(slab* older, size_t bytes) {
    slab* s = malloc(sizeof *s);
    s->memory = aligned_alloc(SLAB_ALIGN, (bytes + 2 * SLAB_ALIGN - 1) / SLAB_ALIGN * SLAB_ALIGN);
    memset(s->memory, 0xB6, bytes);
    s->older = older;
    s->base = s->cur = s->memory;
    s->end = s->base + bytes;
    return s;
}

static void slab_use(tmlrt_arena* arena, slab* s) {
    arena->slabs = s;
    arena->base = s->base;
    arena->end = s->end;
    arena->cur = s->cur;
}

static slab* slab_free(slab* s) {
    slab* older = s->older;
    free(s->memory);
    free(s);
    return older;
}

void world_arena_init(tmlrt_arena* arena, uint32_t slab_bytes) {
    memset(arena, 0, sizeof *arena);
    if (slab_bytes > 0) {
        slab_use(arena, slab_new(NULL, slab_bytes));
    }
}

void world_arena_fini(tmlrt_arena* arena) {
    slab* s = arena->slabs;
    while (s != NULL) {
        s = slab_free(s);
    }
    memset(arena, 0, sizeof *arena);
}

bool world_arena_empty(const tmlrt_arena* arena) {
    const slab* s = arena->slabs;
    if (s == NULL) {
        return true;
    }
    bool empty = arena->cur == s->base;
    for (s = s->older; s != NULL; s = s->older) {
        empty = empty && s->cur == s->base;
    }
    return empty;
}

void world_arena_poison(tmlrt_arena* arena) {
    if (arena->cur != NULL) {
        memset(arena->cur, 0xB6, (size_t)(arena->end - arena->cur));
    }
}

static void* arena_grow(tmlrt_arena* arena, uint64_t size, uint64_t align) {
    slab* s = arena->slabs;
    if (s != NULL) {
        s->cur = arena->cur;
    }
    if (size > 1u << 20 || align > SLAB_ALIGN) {
        world_abort("arena_grow with a wild size");
    }
    slab_use(arena, slab_new(s, size + 128));
    char* p = arena->cur;
    arena->cur = p + size;
    return p;
}

static void arena_pop(tmlrt_arena* arena, void* frame) {
    slab* s = arena->slabs;
    char* p = frame;
    while (s != NULL && (p < s->base || p >= s->end)) {
        s = slab_free(s);
    }
    if (s == NULL) {
        memset(arena, 0, sizeof *arena);
        world_abort("arena_pop of a frame that is in no slab");
    }
    slab_use(arena, s);
    arena->cur = p;
}

// ---- boxes -----------------------------------------------------------------------------------

typedef struct box_head {
    uint64_t size, align, magic;
} box_head;

enum { BOX_GAP = 256 };

static void* frame_alloc(uint64_t size, uint64_t align) {
    if (align > BOX_GAP || size > 1u << 20) {
        world_abort("frame_alloc with a wild size");
    }
    char* memory = aligned_alloc(BOX_GAP, (size + 2 * BOX_GAP - 1) / BOX_GAP * BOX_GAP + BOX_GAP);
    memset(memory, 0xA5, size + BOX_GAP);
    *(box_head*)memory = (box_head){size, align, 0xB0C5};
    w.num_boxes++;
    return memory + BOX_GAP;
}

static void frame_free(void* frame, uint64_t size, uint64_t align) {
    if (frame == NULL) {
        return;
    }
    box_head* head = (box_head*)((char*)frame - BOX_GAP);
    if (head->magic != 0xB0C5) {
        world_abort("frame_free of something else");
    }
    if (head->size != size || head->align != align) {
        world_fail("frame_free with another size than frame_alloc");
    }
    memset(head, 0xDD, BOX_GAP + size);
    free(head);
    w.num_boxes--;
}

// ---- tasks -----------------------------------------------------------------------------------

typedef struct task {
    const tmlrt_future_desc* desc;
    char* out;
} task;

static void* spawn(const tmlrt_future_desc* desc, void* frame, uint64_t len) {
    if (len > desc->frame_size || --w.tasks_left == 0 || desc->frame_size > 1u << 16) {
        world_abort("spawn of a wild frame");
    }
    char* own = aligned_alloc(256, (desc->frame_size + 511) / 256 * 256);
    task* t = malloc(sizeof *t);
    t->desc = desc;
    t->out = aligned_alloc(256, (desc->out_size + 511) / 256 * 256);
    memset(own, 0xA5, desc->frame_size);
    memcpy(own, frame, len);
    memset(t->out, 0xA5, desc->out_size);
    tmlrt_arena arena;
    world_arena_init(&arena, 128);
    for (int i = 0; world_poll(desc, own, &arena, t->out) == TMLRT_PENDING; i++) {
        if (i > 5000) {
            world_abort("a task is pending for ever");
        }
    }
    if (!world_arena_empty(&arena)) {
        world_fail("a task left frames on its arena");
    }
    world_arena_fini(&arena);
    free(own);
    w.num_tasks++;
    return t;
}

static void task_free(task* t, bool read) {
    if (!read && t->desc->drop_output != NULL) {
        w.dropped_output = true;
        t->desc->drop_output(t->out);
    }
    free(t->out);
    free(t);
    w.num_tasks--;
}

static void task_detach(void* handle) {
    if (handle != NULL) {
        task_free(handle, false);
    }
}

// ---- leaves ----------------------------------------------------------------------------------

typedef struct leaf {
    uint32_t state, left;
    struct leaf* self;
    int64_t seed;
    task* t;
    void* value;
} leaf;

static void leaf_start(leaf* l, int64_t seed, task* t, void* value) {
    *l = (leaf){.left = ext_pend(), .self = l, .seed = seed, .t = t, .value = value};
    w.num_leaves++;
}

static bool leaf_pending(leaf* l, const tmlrt_context* cx) {
    if (l->self != l || l->state != 0) {
        world_abort("a leaf was moved, overwritten or polled after its end");
    }
    if (cx->waker != &world_waker && cx->waker != &world_block_waker) {
        world_abort("a leaf got a stale context");
    }
    world_maybe_panic();
    if (l->left > 0) {
        l->left--;
        return true;
    }
    l->state = TMLRT_FRAME_DONE;
    w.num_leaves--;
    return false;
}

static void leaf_drop(void* frame) {
    leaf* l = frame;
    if (l->self != l) {
        world_abort("drop of a leaf that was moved or overwritten");
    }
    if (l->state == 0) {
        l->state = TMLRT_FRAME_DONE;
        w.num_leaves--;
        if (l->t != NULL) {
            task_free(l->t, false);
        }
    }
}

static void ext_leaf_init(void* frame, int64_t seed) {
    leaf_start(frame, seed, NULL, NULL);
}

static int64_t ext_leaf_sync(int64_t seed) {
    world_event(7, (uint64_t)seed);
    return (int64_t)world_mix((uint64_t)seed + 5);
}

static tmlrt_poll ext_leaf_poll(void* frame, tmlrt_context* cx, void* out) {
    leaf* l = frame;
    if (leaf_pending(l, cx)) {
        return TMLRT_PENDING;
    }
    *(int64_t*)out = ext_leaf_sync(l->seed);
    return TMLRT_READY;
}

// ---- a quiet leaf: nothing to see, but it has a child on the arena that it is polled with
// ---------

typedef struct quiet {
    uint32_t state, left, forever;
    struct quiet* self;
    tmlrt_arena* arena;
    unsigned char* child;
} quiet;

enum { CHILD_BYTES = 40, CHILD_BYTE = 0x5C };

static void ext_quiet_init(void* frame, uint32_t forever) {
    quiet* q = frame;
    *q = (quiet){.left = ext_pend(), .forever = forever, .self = q};
    w.num_leaves++;
}

static void quiet_check(const quiet* q) {
    for (int i = 0; i < CHILD_BYTES; i++) {
        if (q->child[i] != CHILD_BYTE) {
            world_abort("the arena frame of a branch was overwritten by another one");
        }
    }
}

static void quiet_end(quiet* q) {
    if (q->child != NULL) {
        quiet_check(q);
        char* child = (char*)q->child;
        if (q->arena->base <= child && child < q->arena->end) {
            q->arena->cur = child;
        } else {
            arena_pop(q->arena, child);
        }
    }
    q->state = TMLRT_FRAME_DONE;
    w.num_leaves--;
}

static tmlrt_poll quiet_poll(void* frame, tmlrt_context* cx, void* out) {
    quiet* q = frame;
    if (q->self != q || q->state != 0) {
        world_abort("a quiet leaf was moved, overwritten or polled after its end");
    }
    if (q->child == NULL) {
        q->arena = cx->arena;
        char* p = cx->arena->cur;
        if (p != NULL && p + CHILD_BYTES <= cx->arena->end) {
            cx->arena->cur = p + CHILD_BYTES;
        } else {
            p = arena_grow(cx->arena, CHILD_BYTES, 1);
        }
        q->child = (unsigned char*)p;
        memset(p, CHILD_BYTE, CHILD_BYTES);
    }
    if (q->arena != cx->arena) {
        world_abort("a branch was polled with another arena than before");
    }
    quiet_check(q);
    if (q->forever != 0 || q->left > 0) {
        q->left -= q->left > 0;
        return TMLRT_PENDING;
    }
    quiet_end(q);
    *(int64_t*)out = 1;
    return TMLRT_READY;
}

static void quiet_drop(void* frame) {
    quiet* q = frame;
    if (q->self != q) {
        world_abort("drop of a quiet leaf that was moved or overwritten");
    }
    if (q->state == 0) {
        quiet_end(q);
    }
}

static uint32_t turn(uint32_t count) {
    return (uint32_t)(world_mix(w.pend_calls * 31 + w.next_context) % count);
}

static void join_init(void* frame, void* handle, void* value) {
    leaf_start(frame, 0, handle, value);
}

static tmlrt_poll join_poll(void* frame, tmlrt_context* cx, void* out) {
    leaf* l = frame;
    if (leaf_pending(l, cx)) {
        return TMLRT_PENDING;
    }
    *(int32_t*)out = 0;
    if (l->value != NULL) {
        memcpy(l->value, l->t->out, l->t->desc->out_size);
    }
    task_free(l->t, true);
    return TMLRT_READY;
}

static const tmlrt_future_desc leaf_desc = {.abi = TMLRT_ABI_MAJOR << 16,
                                            .flags = TMLRT_FUTURE_LEAF,
                                            .poll = ext_leaf_poll,
                                            .drop = leaf_drop,
                                            .frame_size = TMLRT_LEAF_SIZE,
                                            .frame_align = TMLRT_LEAF_ALIGN,
                                            .out_size = 8,
                                            .out_align = 8,
                                            .name = "ext_leaf"};
static const tmlrt_future_desc quiet_desc = {.abi = TMLRT_ABI_MAJOR << 16,
                                             .flags = TMLRT_FUTURE_LEAF,
                                             .poll = quiet_poll,
                                             .drop = quiet_drop,
                                             .frame_size = TMLRT_LEAF_SIZE,
                                             .frame_align = TMLRT_LEAF_ALIGN,
                                             .out_size = 8,
                                             .out_align = 8,
                                             .name = "ext_quiet"};
static const tmlrt_future_desc join_desc = {.abi = TMLRT_ABI_MAJOR << 16,
                                            .flags = TMLRT_FUTURE_LEAF,
                                            .poll = join_poll,
                                            .drop = leaf_drop,
                                            .frame_size = TMLRT_LEAF_SIZE,
                                            .frame_align = TMLRT_LEAF_ALIGN,
                                            .out_size = 4,
                                            .out_align = 4,
                                            .name = "join"};

// ---- block_on, panics, thread-locals ---------------------------------------------------------

static void block_on(const tmlrt_future_desc* desc, void* frame, tmlrt_context* cx, void* out) {
    for (int i = 0; desc->poll(frame, cx, out) == TMLRT_PENDING; i++) {
        if (i > 5000) {
            world_abort("block_on is pending for ever");
        }
        cx->budget = w.schedule.budget;
        world_arena_poison(cx->arena);
    }
}

static void block_on_nested(void) {
    world_abort("block_on_nested");
}

static void panic_called(void) {
    if (w.panic_armed) {
        world_panic();
    }
    world_abort("panic");
}

static void poll_after_done(void) {
    if (w.expects_after_done) {
        longjmp(w.out, 1);
    }
    world_abort("poll after done");
}

// A chain that yields does nothing more in this poll: world_poll compares.
static void coop_yield(tmlrt_context* cx) {
    if (cx->budget != 0) {
        world_fail("coop_yield with budget %u left", cx->budget);
    }
    w.yielded = cx;
    w.events_at_yield = w.trace.num_events;
}

// Programs are compiled with emulated thread-locals: the simulated thread decides the address.
static void* ext_tls_address(void) {
    return &w.tls_word[w.thread];
}

void* world_symbol(const char* name) {
    static const struct {
        const char* name;
        void* p;
    } table[] = {
#define ROW(name) {#name, (void*)name}
        ROW(ext_note),
        ROW(ext_get),
        ROW(ext_escape),
        ROW(ext_see),
        ROW(ext_never),
        ROW(ext_pend),
        ROW(ext_cx),
        ROW(ext_tls),
        ROW(ext_ctor),
        ROW(ext_dtor),
        ROW(ext_new),
        ROW(ext_free),
        ROW(ext_touch),
        ROW(ext_root_args),
        ROW(ext_leaf_init),
        ROW(ext_leaf_sync),
        ROW(ext_quiet_init),
        ROW(memcpy),
        ROW(memset),
        ROW(memmove),
#undef ROW
        {"ext_leaf_desc", (void*)&leaf_desc},
        {"ext_quiet_desc", (void*)&quiet_desc},
        {"tmlrt_turn", (void*)turn},
        {"tmlrt_join_desc", (void*)&join_desc},
        {"tmlrt_join_init", (void*)join_init},
        {"tmlrt_arena_grow", (void*)arena_grow},
        {"tmlrt_arena_pop", (void*)arena_pop},
        {"tmlrt_arena_fini", (void*)world_arena_fini},
        {"tmlrt_frame_alloc", (void*)frame_alloc},
        {"tmlrt_frame_free", (void*)frame_free},
        {"tmlrt_spawn", (void*)spawn},
        {"tmlrt_spawn_local", (void*)spawn},
        {"tmlrt_task_detach", (void*)task_detach},
        {"tmlrt_block_on", (void*)block_on},
        {"tmlrt_block_on_waker", (void*)&world_block_waker},
        {"tmlrt_block_on_nested", (void*)block_on_nested},
        {"tmlrt_panic", (void*)panic_called},
        {"panic", (void*)panic_called},
        {"tmlrt_poll_after_done", (void*)poll_after_done},
        {"tmlrt_coop_yield", (void*)coop_yield},
        {"ext_tls_address", (void*)ext_tls_address},
        {"tmlrt_tls_worker", &w.tls_worker},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return table[i].p;
        }
    }
    return NULL;
}
