// SPDX-License-Identifier: Apache-2.0
// A plugin that brings its own archive of the runtime and starts a runtime: 0 or the status.
#include <tmlrt/runtime.h>

__attribute__((visibility("default"))) int plugin_start(void);
int plugin_start(void) {
    tmlrt_runtime* runtime = NULL;
    tmlrt_status status = tmlrt_runtime_new(&runtime, NULL);
    tmlrt_runtime_free(runtime);
    return status;
}
