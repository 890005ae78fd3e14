// SPDX-License-Identifier: Apache-2.0
// tmlcg interface: the `declare` lines, with frame sizes, that importers of a module paste.
#include <tmlcg/hooks.h>

#include "codegen-hooks/tool/tool.h"

#include <stdio.h>
#include <string.h>

int tool_interface_command(int argc, char** argv) {
    const char *in = NULL, *target = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--target") == 0 && i + 1 < argc) {
            target = argv[++i];
        } else if (in == NULL && (argv[i][0] != '-' || argv[i][1] == '\0')) {
            in = argv[i];
        } else {
            tool_error("interface: '%s' is not understood here; see tmlcg --help", argv[i]);
            return 2;
        }
    }
    if (in == NULL) {
        tool_error("interface: no input file");
        return 2;
    }
    tool_module m;
    char *text = NULL, *error = NULL;
    bool ok = tool_module_read(&m, in, target, NULL);
    if (ok) {
        ok = tmlcg_print_interface(m.module, NULL, &text, &error);
        if (ok) {
            fputs(text, stdout);
            ok = fflush(stdout) == 0;
        } else {
            tool_error("%s: %s", in, error == NULL ? "no interface" : error);
        }
    }
    tmlcg_message_free(text);
    tmlcg_message_free(error);
    tool_module_fini(&m);
    return ok ? 0 : 1;
}
