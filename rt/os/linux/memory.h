// SPDX-License-Identifier: Apache-2.0
// The parts of trt_os_memory_cap and of a reading, with their sources as parameters. Private to
// rt/os/linux.
#ifndef TRT_OS_LINUX_MEMORY_H
#define TRT_OS_LINUX_MEMORY_H

#include <stdint.h>

/// trt_cgroup_memory returns the smallest memory limit in bytes (v2 memory.max, v1
/// memory.limit_in_bytes) of the groups that `groups` names below `mount`: see trt_cgroup_least.
uint64_t trt_cgroup_memory(const char* groups, const char* mount);
/// trt_memory_cap_of picks: `limit` of the cgroups when it is below `physical`, else 80 % of that.
uint64_t trt_memory_cap_of(uint64_t limit, uint64_t physical);
/// trt_statm_resident reads the second number of /proc/self/statm, in pages; 0 when it is not
/// there.
uint64_t trt_statm_resident(const char* text);

#endif
