// SPDX-License-Identifier: Apache-2.0
// Memory limits of cgroups in a made-up tree, the choice of the cap, readings.
#include "rt/os/linux/memory.h"

#include "rt/os/memory.h"
#include "tests/support/cgroup_tree.h"
#include "tests/support/harness.h"

#include <stdlib.h>

// Reads the tree and removes it.
static uint64_t read_and_end(void) {
    uint64_t value = trt_cgroup_memory(test_cgroups_file(), test_cgroups_root());
    test_cgroups_end();
    return value;
}

TEST(cgroup_memory__version_2__smallest_of_the_path) {
    test_cgroups_begin("0::/a.slice/b.service\n");
    test_cgroups_put("a.slice/memory.max", "104857600\n");
    test_cgroups_put("a.slice/b.service/memory.max", "max\n");
    EXPECT_EQ(read_and_end(), 104857600);
}

TEST(cgroup_memory__version_2_without_a_limit__none) {
    test_cgroups_begin("0::/a\n");
    test_cgroups_put("a/memory.max", "max\n");
    EXPECT_EQ(read_and_end(), UINT64_MAX);
}

TEST(cgroup_memory__version_1__the_memory_controller_counts) {
    test_cgroups_begin("4:memory:/docker/abc\n3:cpu:/docker/abc\n0::/\n");
    test_cgroups_put("memory/docker/abc/memory.limit_in_bytes", "67108864\n");
    test_cgroups_put("memory/memory.limit_in_bytes", "9223372036854771712\n");
    test_cgroups_put("cpu/docker/abc/memory.limit_in_bytes", "5\n");
    EXPECT_EQ(read_and_end(), 67108864);
}

TEST(cgroup_memory__inside_a_container__the_root_counts) {
    test_cgroups_begin("4:memory:/not/below/this/mount\n");
    test_cgroups_put("memory/memory.limit_in_bytes", "1048576\n");
    EXPECT_EQ(read_and_end(), 1048576);
}

TEST(cgroup_memory__nonsense__none) {
    test_cgroups_begin("garbage\n0:\n::\n4:memory:\n0::/a\n");
    test_cgroups_put("a/memory.max", "-7\n");
    EXPECT_EQ(read_and_end(), UINT64_MAX);
}

TEST(memory_cap__limit_below_the_machine__is_the_limit) {
    EXPECT_EQ(trt_memory_cap_of(1000, 4000), 1000);
    EXPECT_EQ(trt_memory_cap_of(4000, 4000), 3200);
    EXPECT_EQ(trt_memory_cap_of(9223372036854771712u, 1000), 800);
    EXPECT_EQ(trt_memory_cap_of(UINT64_MAX, 1000), 800);
    EXPECT(trt_os_memory_cap() > 1 << 20);
}

TEST(memory_statm__second_number__pages) {
    EXPECT_EQ(trt_statm_resident("765 426 398 5 0 123 0\n"), 426);
    EXPECT_EQ(trt_statm_resident(""), 0);
    EXPECT_EQ(trt_statm_resident("7"), 0);
}

TEST(memory_probe__pages_are_touched__the_reading_grows) {
    enum { LEN = 64 << 20 };
    trt_handle probe;
    REQUIRE(trt_memory_probe_open(&probe) == TMLRT_OK);
    uint64_t before = trt_memory_probe_read(probe);
    char* block = malloc(LEN);
    REQUIRE(block != NULL);
    memset(block, 1, LEN);
    __asm__ volatile("" : : "r"(block) : "memory");
    EXPECT(before > 0);
    EXPECT(trt_memory_probe_read(probe) >= before + LEN / 2);
    free(block);
    trt_os_memory_trim();
    trt_memory_probe_close(probe);
    EXPECT_EQ(trt_memory_probe_read(TRT_HANDLE_NONE), 0);
    trt_memory_probe_close(TRT_HANDLE_NONE);
}
