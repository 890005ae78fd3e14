// SPDX-License-Identifier: Apache-2.0
// The walk over this process's cgroups. Inside a container the path in /proc/self/cgroup may not
// exist below the mount; going up to the root finds what does. Called when a runtime or a server is
// made. Any thread.
#include "rt/os/linux/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_CAP = 512, TEXT_CAP = 4096 };

static bool read_text(const char* path, char* out, size_t cap) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t len = read(fd, out, cap - 1);
    close(fd);
    if (len < 0) {
        return false;
    }
    out[len] = '\0';
    return true;
}

bool trt_cgroup_read(const trt_cgroup* group, const char* file, char* out, size_t cap) {
    char path[PATH_CAP + 64];
    snprintf(path, sizeof(path), "%s/%s", group->dir, file);
    return read_text(path, out, cap);
}

// The smallest limit from `group` (a path that starts with '/') up to the mount's root.
static uint64_t least_of_path(const char* mount, const char* group, bool v2,
                              uint64_t (*limit)(const trt_cgroup*)) {
    char dir[PATH_CAP];
    uint64_t least = UINT64_MAX;
    size_t mount_len = strlen(mount);
    int len = snprintf(dir, sizeof(dir), "%s%s", mount, group);
    if (len < 0 || (size_t)len >= sizeof(dir)) {
        return UINT64_MAX;
    }
    for (;;) {
        trt_cgroup one = {dir, v2};
        uint64_t found = limit(&one);
        least = found < least ? found : least;
        if (strlen(dir) <= mount_len) {
            return least;
        }
        *strrchr(dir, '/') = '\0';
    }
}

// Does the comma-separated list of controllers have this name?
static bool has_name(const char* list, const char* end, const char* name) {
    size_t len = strlen(name);
    while (list < end) {
        const char* comma = memchr(list, ',', (size_t)(end - list));
        const char* stop = comma != NULL ? comma : end;
        if ((size_t)(stop - list) == len && memcmp(list, name, len) == 0) {
            return true;
        }
        list = stop + 1;
    }
    return false;
}

uint64_t trt_cgroup_least(const char* groups, const char* mount, const char* controller,
                          uint64_t (*limit)(const trt_cgroup*)) {
    char text[TEXT_CAP], mount_v1[PATH_CAP];
    uint64_t least = UINT64_MAX;
    if (!read_text(groups, text, sizeof(text))) {
        return UINT64_MAX;
    }
    snprintf(mount_v1, sizeof(mount_v1), "%s/%s", mount, controller);
    char* save = NULL;
    for (char* line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char* controllers = strchr(line, ':'); // "hierarchy:controllers:path"
        char* group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (group == NULL) {
            continue;
        }
        uint64_t found = UINT64_MAX;
        if (group == controllers + 1) {
            found = least_of_path(mount, group + 1, true, limit);
        } else if (has_name(controllers + 1, group, controller)) {
            found = least_of_path(mount_v1, group + 1, false, limit);
        }
        least = found < least ? found : least;
    }
    return least;
}
