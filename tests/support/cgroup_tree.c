// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cgroup_tree.h"

#include "tests/support/harness.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char s_root[64], s_groups[128];

void test_cgroups_put(const char* path, const char* text) {
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

void test_cgroups_begin(const char* groups) {
    snprintf(s_root, sizeof(s_root), "/tmp/test_cgroups_XXXXXX");
    REQUIRE(mkdtemp(s_root) != NULL);
    test_cgroups_put("groups", groups);
    snprintf(s_groups, sizeof(s_groups), "%s/groups", s_root);
}

const char* test_cgroups_file(void) {
    return s_groups;
}

const char* test_cgroups_root(void) {
    return s_root;
}

static int remove_one(const char* path, const struct stat* info, int type, struct FTW* place) {
    (void)info, (void)type, (void)place;
    return remove(path);
}

void test_cgroups_end(void) {
    nftw(s_root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
