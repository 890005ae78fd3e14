// SPDX-License-Identifier: Apache-2.0
// A main for a module without one.
#include <tmlrt/abi/functions.h>

int main(int argc, char** argv) {
    tmlrt_server* server = tmlrt_server_new();
    return server == NULL ? 1 : tmlrt_server_run(server, argc, argv);
}
