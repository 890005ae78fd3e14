// SPDX-License-Identifier: Apache-2.0
// Memory of the process: its cap from the cgroups or the machine, its resident pages from
// /proc/self/statm. The cgroup's own usage is not asked: it counts file caches, and what other
// processes of the group have. Called by a server's supervisor. Any thread.
#include "rt/os/linux/memory.h"

#include "rt/os/linux/cgroup.h"
#include "rt/os/memory.h"
#include "rt/os/posix/status.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t limit_of(const trt_cgroup* group) {
    char text[64];
    const char* file = group->v2 ? "memory.max" : "memory.limit_in_bytes";
    if (!trt_cgroup_read(group, file, text, sizeof(text)) || text[0] < '0' || text[0] > '9') {
        return UINT64_MAX; // "max", or the root, which has no limit
    }
    return strtoull(text, NULL, 10);
}

uint64_t trt_cgroup_memory(const char* groups, const char* mount) {
    return trt_cgroup_least(groups, mount, "memory", limit_of);
}

uint64_t trt_memory_cap_of(uint64_t limit, uint64_t physical) {
    return limit < physical ? limit : physical / 10 * 8;
}

uint64_t trt_os_memory_cap(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t physical = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
    return trt_memory_cap_of(trt_cgroup_memory("/proc/self/cgroup", "/sys/fs/cgroup"), physical);
}

tmlrt_status trt_memory_probe_open(trt_handle* out) {
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return trt_status_of_errno(errno);
    }
    *out = fd;
    return TMLRT_OK;
}

uint64_t trt_statm_resident(const char* text) {
    const char* space = strchr(text, ' ');
    return space != NULL ? strtoull(space + 1, NULL, 10) : 0;
}

uint64_t trt_memory_probe_read(trt_handle probe) {
    char text[128];
    ssize_t len = probe != TRT_HANDLE_NONE ? pread((int)probe, text, sizeof(text) - 1, 0) : -1;
    if (len <= 0) {
        return 0;
    }
    text[len] = '\0';
    return trt_statm_resident(text) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void trt_memory_probe_close(trt_handle probe) {
    if (probe != TRT_HANDLE_NONE) {
        close((int)probe);
    }
}

void trt_os_memory_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
