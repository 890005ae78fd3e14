// SPDX-License-Identifier: Apache-2.0
// A program with a running runtime that loads a plugin (argument 1) and prints what the plugin's
// start answered.
#include <tmlrt/runtime.h>

#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
    tmlrt_runtime* runtime = NULL;
    if (argc != 2 || tmlrt_runtime_new(&runtime, NULL) != TMLRT_OK) {
        return 1;
    }
    void* plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    int (*start)(void) = plugin == NULL ? NULL : (int (*)(void))dlsym(plugin, "plugin_start");
    if (start == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    printf("%d\n", start());
    tmlrt_runtime_free(runtime);
    return 0;
}
