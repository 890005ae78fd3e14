// SPDX-License-Identifier: Apache-2.0
// A made-up tree of cgroups: what /proc/self/cgroup and /sys/fs/cgroup would say.
#ifndef TESTS_SUPPORT_CGROUP_TREE_H
#define TESTS_SUPPORT_CGROUP_TREE_H

/// test_cgroups_begin makes an empty tree in a folder of its own; `groups` is the text of
/// /proc/self/cgroup. One tree at a time. Fails the case when it cannot.
void test_cgroups_begin(const char* groups);
/// test_cgroups_put writes a file of the tree, its folders included.
void test_cgroups_put(const char* path, const char* text);
/// test_cgroups_file is the path of the file `groups`, test_cgroups_root that of the mount.
const char* test_cgroups_file(void);
const char* test_cgroups_root(void);
/// test_cgroups_end removes the tree.
void test_cgroups_end(void);

#endif
