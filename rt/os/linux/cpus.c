// SPDX-License-Identifier: Apache-2.0
// How many CPUs this process may use: the affinity mask, reduced by the cgroup quota (v2 cpu.max,
// v1 cpu.cfs_quota_us) of its group and of every parent. A quota of 1.5 CPUs counts as 2. Called
// once when a runtime is made. Any thread.
#include "rt/os/linux/cpus.h"

#include "rt/os/linux/cgroup.h"
#include "rt/os/thread.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t cpus_of(long long quota, long long period) {
    if (quota <= 0 || period <= 0) {
        return UINT64_MAX;
    }
    return (uint64_t)((quota + period - 1) / period);
}

static uint64_t quota_of(const trt_cgroup* group) {
    char text[64], period[64];
    if (group->v2) {
        if (!trt_cgroup_read(group, "cpu.max", text, sizeof(text)) ||
            strncmp(text, "max", 3) == 0) {
            return UINT64_MAX;
        }
        char* rest = NULL;
        long long quota = strtoll(text, &rest, 10);
        return cpus_of(quota, strtoll(rest, NULL, 10));
    }
    if (!trt_cgroup_read(group, "cpu.cfs_quota_us", text, sizeof(text)) ||
        !trt_cgroup_read(group, "cpu.cfs_period_us", period, sizeof(period))) {
        return UINT64_MAX;
    }
    return cpus_of(strtoll(text, NULL, 10), strtoll(period, NULL, 10));
}

uint32_t trt_cgroup_cpus(const char* groups, const char* mount) {
    uint64_t cpus = trt_cgroup_least(groups, mount, "cpu", quota_of);
    return cpus > INT32_MAX ? UINT32_MAX : (uint32_t)cpus;
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
