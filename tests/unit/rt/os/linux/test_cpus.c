// SPDX-License-Identifier: Apache-2.0
// CPU quotas of cgroups, in a made-up tree.
#include "rt/os/linux/cpus.h"

#include "tests/support/cgroup_tree.h"
#include "tests/support/harness.h"

// Reads the tree and removes it.
static uint32_t read_and_end(void) {
    uint32_t value = trt_cgroup_cpus(test_cgroups_file(), test_cgroups_root());
    test_cgroups_end();
    return value;
}

TEST(cgroup_cpus__version_2__smallest_of_the_path_rounded_up) {
    test_cgroups_begin("0::/a.slice/b.service\n");
    test_cgroups_put("a.slice/cpu.max", "250000 100000\n");
    test_cgroups_put("a.slice/b.service/cpu.max", "400000 100000\n");
    EXPECT_EQ(read_and_end(), 3);
}

TEST(cgroup_cpus__version_2_without_a_quota__none) {
    test_cgroups_begin("0::/a\n");
    test_cgroups_put("a/cpu.max", "max 100000\n");
    EXPECT_EQ(read_and_end(), UINT32_MAX);
}

TEST(cgroup_cpus__inside_a_container__the_root_counts) {
    test_cgroups_begin("0::/not/below/this/mount\n");
    test_cgroups_put("cpu.max", "50000 100000\n");
    EXPECT_EQ(read_and_end(), 1);
}

TEST(cgroup_cpus__version_1__the_cpu_controller_counts) {
    test_cgroups_begin("12:cpuset:/x\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/y\n");
    test_cgroups_put("cpu/docker/abc/cpu.cfs_quota_us", "150000\n");
    test_cgroups_put("cpu/docker/abc/cpu.cfs_period_us", "100000\n");
    test_cgroups_put("cpu/cpu.cfs_quota_us", "-1\n");
    test_cgroups_put("cpu/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(read_and_end(), 2);
}

TEST(cgroup_cpus__nonsense__none) {
    test_cgroups_begin("garbage\n0:\n::\n3:cpu:\n0::/a\n");
    test_cgroups_put("a/cpu.max", "-5 0\n");
    EXPECT_EQ(read_and_end(), UINT32_MAX);
    EXPECT_EQ(trt_cgroup_cpus("/nonexistent", "/nonexistent"), UINT32_MAX);
}
