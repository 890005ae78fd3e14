// SPDX-License-Identifier: Apache-2.0
// How many CPUs this process may use: the affinity mask, reduced by the cgroup quota (v2 cpu.max,
// v1 cpu.cfs_quota_us) of its group and of every parent. A quota of 1.5 CPUs counts as 2. Inside a
// container the path in /proc/self/cgroup may not exist below the mount; going up to the root finds
// what does. Called once when a runtime is made. Any thread.
#include "rt/os/linux/cpus.h"

#include "rt/os/thread.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_CAP = 512, TEXT_CAP = 4096 };

// Reads a small file as text; false when it is not there.
static bool read_text(const char* path, char* out, size_t cap) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t len = read(fd, out, cap - 1);
    close(fd);
    if (len < 0) {
        return false;
    }
    out[len] = '\0';
    return true;
}

static uint32_t cpus_of(long long quota, long long period) {
    if (quota <= 0 || period <= 0) {
        return UINT32_MAX;
    }
    long long cpus = (quota + period - 1) / period;
    return cpus > INT32_MAX ? UINT32_MAX : (uint32_t)cpus;
}

// The quota of one group: `dir` is its folder. UINT32_MAX: none.
static uint32_t group_quota(const char* dir, bool v2) {
    char path[PATH_CAP + 32], text[64], period[64];
    if (v2) {
        snprintf(path, sizeof(path), "%s/cpu.max", dir);
        if (!read_text(path, text, sizeof(text)) || strncmp(text, "max", 3) == 0) {
            return UINT32_MAX;
        }
        char* rest = NULL;
        long long quota = strtoll(text, &rest, 10);
        return cpus_of(quota, strtoll(rest, NULL, 10));
    }
    snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", dir);
    if (!read_text(path, text, sizeof(text))) {
        return UINT32_MAX;
    }
    snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", dir);
    if (!read_text(path, period, sizeof(period))) {
        return UINT32_MAX;
    }
    return cpus_of(strtoll(text, NULL, 10), strtoll(period, NULL, 10));
}

// The smallest quota from `group` (a path that starts with '/') up to the mount's root.
static uint32_t hierarchy_quota(const char* mount, const char* group, bool v2) {
    char dir[PATH_CAP];
    uint32_t least = UINT32_MAX;
    size_t mount_len = strlen(mount);
    int len = snprintf(dir, sizeof(dir), "%s%s", mount, group);
    if (len < 0 || (size_t)len >= sizeof(dir)) {
        return UINT32_MAX;
    }
    for (;;) {
        uint32_t cpus = group_quota(dir, v2);
        least = cpus < least ? cpus : least;
        if (strlen(dir) <= mount_len) {
            return least;
        }
        *strrchr(dir, '/') = '\0';
    }
}

// Does the comma-separated list of controllers name "cpu"?
static bool names_cpu(const char* list, const char* end) {
    while (list < end) {
        const char* comma = memchr(list, ',', (size_t)(end - list));
        const char* stop = comma != NULL ? comma : end;
        if (stop - list == 3 && memcmp(list, "cpu", 3) == 0) {
            return true;
        }
        list = stop + 1;
    }
    return false;
}

uint32_t trt_cgroup_cpus(const char* groups, const char* mount) {
    char text[TEXT_CAP], mount_v1[PATH_CAP];
    uint32_t least = UINT32_MAX;
    if (!read_text(groups, text, sizeof(text))) {
        return UINT32_MAX;
    }
    snprintf(mount_v1, sizeof(mount_v1), "%s/cpu", mount);
    char* save = NULL;
    for (char* line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char* controllers = strchr(line, ':'); // "hierarchy:controllers:path"
        char* group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL) {
            continue;
        }
        uint32_t cpus = UINT32_MAX;
        if (group == controllers + 1) {
            cpus = hierarchy_quota(mount, group + 1, true);
        } else if (names_cpu(controllers + 1, group)) {
            cpus = hierarchy_quota(mount_v1, group + 1, false);
        }
        least = cpus < least ? cpus : least;
    }
    return least;
}

uint32_t trt_os_num_cpus(void) {
    cpu_set_t set;
    uint32_t cpus = 1;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        cpus = (uint32_t)CPU_COUNT(&set);
    } else {
        long online = sysconf(_SC_NPROCESSORS_ONLN); // more CPUs than a cpu_set_t holds
        cpus = online > 0 ? (uint32_t)online : 1;
    }
    uint32_t quota = trt_cgroup_cpus("/proc/self/cgroup", "/sys/fs/cgroup");
    cpus = quota < cpus ? quota : cpus;
    return cpus == 0 ? 1 : cpus;
}
