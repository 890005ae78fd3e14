// SPDX-License-Identifier: Apache-2.0
// Plain accesses: the compiler's thread instrumentation calls the __tsan functions, which this file
// defines (its own runtime is not linked). Two accesses to the same byte by different threads, one
// of them a write and not both atomic, must be ordered by happens-before; else it is a race,
// whatever the interleaving was.
//
// Per 8 bytes a few records {thread, its clock then, bytes, kind}; a record is replaced by a later
// one of the same thread that covers it.
#include "tests/model/explore/engine/engine.h"

#include <errno.h>
#include <string.h>

enum { NUM_GRANULES = 1 << 15, MAX_RECORDS = 14 };

typedef struct record {
    uint16_t clock;
    uint8_t thread, bytes, flags;
    uint32_t pc;
} record;

typedef struct granule {
    uintptr_t key;
    uint32_t execution;
    uint32_t num;
    record records[MAX_RECORDS];
} granule;

static granule s_granules[NUM_GRANULES];
static uint32_t s_execution, s_used;
extern char __start_model_tls[], __stop_model_tls[];

void shadow_reset(void) {
    s_execution++;
    s_used = 0;
}

static granule* granule_of(uintptr_t key) {
    uint64_t at = (key * 0x9E3779B97F4A7C15ull) >> 49;
    while (s_granules[at].execution == s_execution && s_granules[at].key != key) {
        at = (at + 1) % NUM_GRANULES;
    }
    granule* found = &s_granules[at];
    if (found->execution != s_execution) {
        if (++s_used > NUM_GRANULES / 2) {
            model_fail("the model touches too much memory");
        }
        found->execution = s_execution;
        found->key = key;
        found->num = 0;
    }
    return found;
}

static const char* kind_of(unsigned flags) {
    if (flags & ACCESS_FREE) {
        return "free";
    }
    if (flags & ACCESS_ATOMIC) {
        return flags & ACCESS_WRITE ? "atomic write" : "atomic read";
    }
    return flags & ACCESS_WRITE ? "write" : "read";
}

static bool conflict(unsigned a, unsigned b) {
    return ((a | b) & ACCESS_WRITE) && !(a & b & ACCESS_ATOMIC);
}

static void check_record(const record* old, const record* fresh, uintptr_t key) {
    if (old->thread == fresh->thread || (old->bytes & fresh->bytes) == 0 ||
        !conflict(old->flags, fresh->flags) || old->clock <= me()->seen.clock[old->thread]) {
        return;
    }
    trace(NULL, kind_of(fresh->flags), (const void*)(key << 3), 0, 0, -1, -1);
    model_fail("race: T%u %s at pc 0x%x, T%u %s at pc 0x%x, not ordered", old->thread,
               kind_of(old->flags), old->pc, fresh->thread, kind_of(fresh->flags), fresh->pc);
}

static bool covers(const record* fresh, const record* old) {
    return old->thread == fresh->thread && (old->bytes & ~fresh->bytes) == 0 &&
           (fresh->flags & ACCESS_WRITE) >= (old->flags & ACCESS_WRITE) &&
           (fresh->flags & ACCESS_ATOMIC) <= (old->flags & ACCESS_ATOMIC);
}

static void access_granule(uintptr_t key, record fresh) {
    granule* at = granule_of(key);
    bool placed = false;
    for (unsigned i = 0; i < at->num; i++) {
        check_record(&at->records[i], &fresh, key);
        if (!placed && covers(&fresh, &at->records[i])) {
            at->records[i] = fresh;
            placed = true;
        }
    }
    if (!placed) {
        if (at->num == MAX_RECORDS) {
            memmove(at->records, at->records + 1, sizeof(record) * (MAX_RECORDS - 1));
            at->num--;
        }
        at->records[at->num++] = fresh;
    }
}

// Of the structure, or errno.
static bool is_thread_local(uintptr_t at) {
    return (at >= (uintptr_t)__start_model_tls && at < (uintptr_t)__stop_model_tls) ||
           at == (uintptr_t)&errno;
}

void shadow_access(const void* ptr, size_t size, unsigned flags, const void* pc) {
    uintptr_t at = (uintptr_t)ptr;
    const char* problem = heap_problem(ptr, size);
    if (problem != NULL) {
        trace(NULL, kind_of(flags), ptr, 0, 0, -1, -1);
        model_fail("%s: %s at pc 0x%x", problem, kind_of(flags), (unsigned)(uintptr_t)pc);
    }
    if (!g_engine.running || is_thread_local(at)) {
        return;
    }
    record fresh = {.clock = me()->seen.clock[g_engine.me],
                    .thread = (uint8_t)g_engine.me,
                    .flags = (uint8_t)flags,
                    .pc = (uint32_t)(uintptr_t)pc};
    while (size > 0) {
        size_t first = at & 7, num = 8 - first < size ? 8 - first : size;
        fresh.bytes = (uint8_t)(((1u << num) - 1) << first);
        access_granule(at >> 3, fresh);
        at += num;
        size -= num;
    }
}

// ---- what the instrumentation calls -----------------------------------------------------------

static inline void plain(const void* at, size_t size, unsigned flags, const void* pc) {
    if (!g_engine.is_known_setup) {
        shadow_access(at, size, flags, pc);
    }
    if (flags & ACCESS_WRITE) {
        memory_stale(at, size);
    }
}

#define PC __builtin_return_address(0)
#define TSAN_PAIR(name, size)                                                                      \
    void __tsan_read##name(void* at);                                                              \
    void __tsan_write##name(void* at);                                                             \
    void __tsan_read##name(void* at) {                                                             \
        plain(at, size, 0, PC);                                                                    \
    }                                                                                              \
    void __tsan_write##name(void* at) {                                                            \
        plain(at, size, ACCESS_WRITE, PC);                                                         \
    }
#define TSAN_SIZE(size)                                                                            \
    void __tsan_unaligned_read##size(void* at);                                                    \
    void __tsan_unaligned_write##size(void* at);                                                   \
    TSAN_PAIR(size, size)                                                                          \
    void __tsan_unaligned_read##size(void* at) {                                                   \
        plain(at, size, 0, PC);                                                                    \
    }                                                                                              \
    void __tsan_unaligned_write##size(void* at) {                                                  \
        plain(at, size, ACCESS_WRITE, PC);                                                         \
    }

TSAN_SIZE(1)
TSAN_SIZE(2)
TSAN_SIZE(4)
TSAN_SIZE(8)
TSAN_SIZE(16)

void __tsan_read_range(void* at, size_t size);
void __tsan_write_range(void* at, size_t size);
void __tsan_init(void);
void __tsan_func_entry(void* pc);
void __tsan_func_exit(void);
void* model_memcpy(void* to, const void* from, size_t size);
void* __tsan_memcpy(void* to, const void* from, size_t size);
void* __tsan_memset(void* to, int byte, size_t size);

void __tsan_read_range(void* at, size_t size) {
    plain(at, size, 0, PC);
}
void __tsan_write_range(void* at, size_t size) {
    plain(at, size, ACCESS_WRITE, PC);
}
void __tsan_init(void) {
}
void __tsan_func_entry(void* pc) {
    (void)pc;
}
void __tsan_func_exit(void) {
}
void* model_memcpy(void* to, const void* from, size_t size) {
    plain(from, size, 0, PC);
    plain(to, size, ACCESS_WRITE, PC);
    return memcpy(to, from, size);
}
void* __tsan_memcpy(void* to, const void* from, size_t size) {
    return model_memcpy(to, from, size);
}
void* __tsan_memset(void* to, int byte, size_t size) {
    plain(to, size, ACCESS_WRITE, PC);
    return memset(to, byte, size);
}
