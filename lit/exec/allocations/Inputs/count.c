// SPDX-License-Identifier: Apache-2.0
// Counts every heap allocation of the process, of all threads: these definitions take the place of
// the C library's for the program, the runtime and the libraries alike.
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t n, size_t size);
void* __libc_realloc(void* p, size_t size);
void* __libc_memalign(size_t align, size_t size);

static atomic_uint_fast64_t count;

void* malloc(size_t size) {
    atomic_fetch_add(&count, 1);
    return __libc_malloc(size);
}

void* calloc(size_t n, size_t size) {
    atomic_fetch_add(&count, 1);
    return __libc_calloc(n, size);
}

void* realloc(void* p, size_t size) {
    atomic_fetch_add(&count, 1);
    return __libc_realloc(p, size);
}

void* aligned_alloc(size_t align, size_t size) {
    atomic_fetch_add(&count, 1);
    return __libc_memalign(align, size);
}

int posix_memalign(void** out, size_t align, size_t size) {
    atomic_fetch_add(&count, 1);
    *out = __libc_memalign(align, size);
    return *out == NULL ? ENOMEM : 0;
}

int64_t run_static(int64_t n);
int64_t run_far(int64_t n);
int64_t run_unknown(int64_t n);
int64_t run_dyn(int64_t n);
int64_t run_recursive(int64_t n);
int64_t run_suspending(int64_t n);
int64_t run_spawn(int64_t n);

static uint64_t allocations(int64_t (*run)(int64_t), int64_t n) {
    uint64_t before = atomic_load(&count);
    if (run(n) != n) {
        puts("wrong result");
        exit(1);
    }
    return atomic_load(&count) - before;
}

static void awaits(const char* name, int64_t (*run)(int64_t)) {
    run(8);
    uint64_t few = allocations(run, 1000), many = allocations(run, 1000000);
    printf("%s: 1000000 awaits, %" PRId64 " allocations more than 1000 awaits (%" PRIu64
           ", arena slabs)\n",
           name, (int64_t)(many - few), few);
    fflush(stdout);
}

int main(void) {
    awaits("static", run_static);
    awaits("cross-module", run_far);
    awaits("unknown frame", run_unknown);
    awaits("dyn", run_dyn);
    awaits("recursive", run_recursive);
    awaits("suspending", run_suspending);
    run_spawn(1000);
    enum { TASKS = 20000 };
    uint64_t spawned = allocations(run_spawn, TASKS);
    int64_t rest = (int64_t)spawned - TASKS; // an arena slab, a thread that starts late
    printf("spawn: %s per task (%" PRIu64 " for %d tasks)\n",
           rest >= 0 && rest <= 4 ? "1 allocation" : "WRONG number of allocations", spawned, TASKS);
    return 0;
}
