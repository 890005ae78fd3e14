// SPDX-License-Identifier: Apache-2.0
// CPU quotas of cgroups, in a made-up tree.
#include "rt/os/linux/cpus.h"

#include "tests/support/harness.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char s_root[64], s_groups[128];

static void put(const char* path, const char* text) {
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", s_root, path);
    for (char* slash = full + strlen(s_root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE* file = fopen(full, "w");
    REQUIRE(file != NULL);
    fputs(text, file);
    fclose(file);
}

static void setup(const char* groups) {
    snprintf(s_root, sizeof(s_root), "/tmp/test_cpus_XXXXXX");
    REQUIRE(mkdtemp(s_root) != NULL);
    put("groups", groups);
    snprintf(s_groups, sizeof(s_groups), "%s/groups", s_root);
}

static int remove_one(const char* path, const struct stat* info, int type, struct FTW* place) {
    (void)info, (void)type, (void)place;
    return remove(path);
}

static uint32_t teardown(void) {
    uint32_t cpus = trt_cgroup_cpus(s_groups, s_root);
    nftw(s_root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return cpus;
}

TEST(cgroup_cpus__version_2__smallest_of_the_path_rounded_up) {
    setup("0::/a.slice/b.service\n");
    put("a.slice/cpu.max", "250000 100000\n");
    put("a.slice/b.service/cpu.max", "400000 100000\n");
    EXPECT_EQ(teardown(), 3);
}

TEST(cgroup_cpus__version_2_without_a_quota__none) {
    setup("0::/a\n");
    put("a/cpu.max", "max 100000\n");
    EXPECT_EQ(teardown(), UINT32_MAX);
}

TEST(cgroup_cpus__inside_a_container__the_root_counts) {
    setup("0::/not/below/this/mount\n");
    put("cpu.max", "50000 100000\n");
    EXPECT_EQ(teardown(), 1);
}

TEST(cgroup_cpus__version_1__the_cpu_controller_counts) {
    setup("12:cpuset:/x\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/y\n");
    put("cpu/docker/abc/cpu.cfs_quota_us", "150000\n");
    put("cpu/docker/abc/cpu.cfs_period_us", "100000\n");
    put("cpu/cpu.cfs_quota_us", "-1\n");
    put("cpu/cpu.cfs_period_us", "100000\n");
    EXPECT_EQ(teardown(), 2);
}

TEST(cgroup_cpus__nonsense__none) {
    setup("garbage\n0:\n::\n3:cpu:\n0::/a\n");
    put("a/cpu.max", "-5 0\n");
    EXPECT_EQ(teardown(), UINT32_MAX);
    EXPECT_EQ(trt_cgroup_cpus("/nonexistent", "/nonexistent"), UINT32_MAX);
}
