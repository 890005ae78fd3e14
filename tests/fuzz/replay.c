// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files of directories: what CI does with a checked-in corpus, with any
// compiler. Usage: fuzz_x DIRECTORY...   Exit 1 when nothing was there to run.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static int run_file(const char* path) {
    FILE* file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    static uint8_t buffer[1 << 20];
    size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    uint8_t* exact = malloc(size == 0 ? 1 : size); // so that a sanitizer sees the end
    for (size_t i = 0; i < size; i++) {
        exact[i] = buffer[i];
    }
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

int main(int argc, char** argv) {
    int num = 0;
    for (int i = 1; i < argc; i++) {
        DIR* directory = opendir(argv[i]);
        for (struct dirent* entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            num += entry->d_name[0] == '.' ? 0 : run_file(path);
        }
        if (directory != NULL) {
            closedir(directory);
        }
    }
    printf("%d inputs\n", num);
    return num == 0;
}
