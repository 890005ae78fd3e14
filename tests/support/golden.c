// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_GOLDEN = 64 * 1024 };

void test_golden(const char* test_file, int line, const char* name, const char* text, size_t len) {
    static char path[1024], want[MAX_GOLDEN];
    const char* slash = strrchr(test_file, '/');
    int folder = slash != NULL ? (int)(slash - test_file) : 0;
    const char* update = getenv("TMLRT_GOLDEN_UPDATE");
    snprintf(path, sizeof path, "%.*s/golden/%s.txt", folder, test_file, name);
    FILE* file = fopen(path, update != NULL ? "wb" : "rb");
    if (file == NULL) {
        test_fail(test_file, line, "cannot open %s", path);
        return;
    }
    if (update != NULL) {
        fwrite(text, 1, len, file);
    } else {
        size_t want_len = fread(want, 1, sizeof want, file);
        if (want_len != len || memcmp(want, text, len) != 0) {
            test_fail(test_file, line, "differs from golden/%s.txt:\n%.*s", name, (int)len, text);
        }
    }
    fclose(file);
}
