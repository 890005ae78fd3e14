// SPDX-License-Identifier: Apache-2.0
// Counts every heap allocation of a process: preloaded before libc, so that compiled code, the
// runtime and every library are counted alike. The counter lies in a mapped file that the bench
// reads while the process runs.
//   ALLOCATION_COUNT_FILE  the file: 2 x u64, calls and bytes asked for
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct allocation_count {
    _Atomic uint64_t calls, bytes;
} allocation_count;

static allocation_count s_unmapped;
static allocation_count* s_count = &s_unmapped;

// glibc's own entries: the public names are the ones replaced here, so no look-up that might itself
// allocate.
extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t num, size_t size);
extern void* __libc_realloc(void* ptr, size_t size);
extern void* __libc_memalign(size_t align, size_t size);

__attribute__((constructor)) static void map_count(void) {
    const char* path = getenv("ALLOCATION_COUNT_FILE");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    void* map = mmap(NULL, sizeof(allocation_count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED) {
        s_count = map;
    }
}

static void count(size_t size) {
    atomic_fetch_add_explicit(&s_count->calls, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s_count->bytes, size, memory_order_relaxed);
}

void* malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}

void* calloc(size_t num, size_t size) {
    count(num * size);
    return __libc_calloc(num, size);
}

void* realloc(void* ptr, size_t size) {
    count(size);
    return __libc_realloc(ptr, size);
}

void* memalign(size_t align, size_t size) {
    count(size);
    return __libc_memalign(align, size);
}

void* aligned_alloc(size_t align, size_t size) {
    return memalign(align, size);
}

int posix_memalign(void** out, size_t align, size_t size) {
    void* ptr = memalign(align, size);
    if (ptr == NULL) {
        return 12; // ENOMEM
    }
    *out = ptr;
    return 0;
}
