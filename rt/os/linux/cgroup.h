// SPDX-License-Identifier: Apache-2.0
// Reading the limits of this process's cgroups, both versions. Private to rt/os/linux.
#ifndef TRT_OS_LINUX_CGROUP_H
#define TRT_OS_LINUX_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// trt_cgroup is one group on the way from the process's own up to the root.
typedef struct trt_cgroup {
    const char* dir; ///< its folder
    bool v2;
} trt_cgroup;

/// trt_cgroup_read reads a file of a group as text; false when it is not there.
bool trt_cgroup_read(const trt_cgroup* group, const char* file, char* out, size_t cap);
/// trt_cgroup_least returns the smallest limit(group) of the groups that `groups` (the file
/// /proc/self/cgroup) names and of their parents below `mount` (/sys/fs/cgroup; version 1 in its
/// folder `controller`). UINT64_MAX: none.   Thread: any.
uint64_t trt_cgroup_least(const char* groups, const char* mount, const char* controller,
                          uint64_t (*limit)(const trt_cgroup* group));

#endif
