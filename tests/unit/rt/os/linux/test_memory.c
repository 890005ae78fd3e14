// SPDX-License-Identifier: Apache-2.0
// Memory limits of cgroups in a made-up tree, the choice of the cap, readings.
#include "rt/os/linux/memory.h"

#include "rt/os/memory.h"
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
    snprintf(s_root, sizeof(s_root), "/tmp/test_memory_XXXXXX");
    REQUIRE(mkdtemp(s_root) != NULL);
    put("groups", groups);
    snprintf(s_groups, sizeof(s_groups), "%s/groups", s_root);
}

static int remove_one(const char* path, const struct stat* info, int type, struct FTW* place) {
    (void)info, (void)type, (void)place;
    return remove(path);
}

static uint64_t teardown(void) {
    uint64_t bytes = trt_cgroup_memory(s_groups, s_root);
    nftw(s_root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return bytes;
}

TEST(cgroup_memory__version_2__smallest_of_the_path) {
    setup("0::/a.slice/b.service\n");
    put("a.slice/memory.max", "104857600\n");
    put("a.slice/b.service/memory.max", "max\n");
    EXPECT_EQ(teardown(), 104857600);
}

TEST(cgroup_memory__version_2_without_a_limit__none) {
    setup("0::/a\n");
    put("a/memory.max", "max\n");
    EXPECT_EQ(teardown(), UINT64_MAX);
}

TEST(cgroup_memory__version_1__the_memory_controller_counts) {
    setup("4:memory:/docker/abc\n3:cpu:/docker/abc\n0::/\n");
    put("memory/docker/abc/memory.limit_in_bytes", "67108864\n");
    put("memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("cpu/docker/abc/memory.limit_in_bytes", "5\n");
    EXPECT_EQ(teardown(), 67108864);
}

TEST(cgroup_memory__inside_a_container__the_root_counts) {
    setup("4:memory:/not/below/this/mount\n");
    put("memory/memory.limit_in_bytes", "1048576\n");
    EXPECT_EQ(teardown(), 1048576);
}

TEST(cgroup_memory__nonsense__none) {
    setup("garbage\n0:\n::\n4:memory:\n0::/a\n");
    put("a/memory.max", "-7\n");
    EXPECT_EQ(teardown(), UINT64_MAX);
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
