// SPDX-License-Identifier: Apache-2.0
// One failed allocation is one stack, written by a single call so that threads do not mix theirs.
#include "tests/support/oom_sites.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FRAMES = 12 };

void test_oom_note(void) {
    const char* path = getenv("TMLRT_OOM_SITES");
    void* frames[MAX_FRAMES];
    char text[4096];
    if (path == NULL) {
        return;
    }
    int before = errno;
    int num = backtrace(frames, MAX_FRAMES), fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    char** names = backtrace_symbols(frames, num);
    size_t len = 0;
    for (int i = 0; names != NULL && i < num; i++) {
        int added = snprintf(text + len, sizeof text - len, "%s\n", names[i]);
        len += added > 0 && (size_t)added < sizeof text - len ? (size_t)added : 0;
    }
    if (fd >= 0 && len + 1 < sizeof text) {
        text[len++] = '\n';
        if (write(fd, text, len) < 0) {
            perror(path);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    free(names);
    errno = before;
}
