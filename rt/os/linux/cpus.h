// SPDX-License-Identifier: Apache-2.0
// The cgroup part of trt_os_num_cpus, with its places as parameters. Private to rt/os/linux.
#ifndef TRT_OS_LINUX_CPUS_H
#define TRT_OS_LINUX_CPUS_H

#include <stdint.h>

/// trt_cgroup_cpus returns the smallest CPU quota, rounded up, of the groups that `groups` (the
/// file /proc/self/cgroup) names and of their parents below `mount` (/sys/fs/cgroup; version 1 in
/// its folder "cpu"). UINT32_MAX: no quota.   Thread: any.
uint32_t trt_cgroup_cpus(const char* groups, const char* mount);

#endif
