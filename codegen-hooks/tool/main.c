// SPDX-License-Identifier: Apache-2.0
// tmlcg: the hooks on the command line.
//
// One subcommand per file (lower.c ...). Every error is one line "tmlcg: error: ..." on stderr and
// exit code 1; wrong usage is exit code 2.
#include "codegen-hooks/tool/tool.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *usage;
    int (*run)(int argc, char** argv);
} s_commands[] = {
    {"lower",
     "lower IN [-o OUT] [--target TRIPLE] [-O0|-O1|-O2|-O3|--no-passes] [--emit-ll|--emit-bc|"
     "--emit-obj] [-fsanitize=thread]",
     tool_lower_command},
    {"build",
     "build IN... -o OUT [-O0|-O1|-O2|-O3|--no-passes] [--static|--shared] [-g] [-L DIR] "
     "[--target TRIPLE] [-fsanitize=thread] [-- DRIVER-ARGS...]",
     tool_build_command},
    {"interface", "interface IN [--target TRIPLE]", tool_interface_command},
    {"dump", "dump FILE", tool_dump_command},
};

const char tool_name[] = "tmlcg";

static void print_usage(FILE* out) {
    for (size_t i = 0; i < sizeof s_commands / sizeof s_commands[0]; i++) {
        fprintf(out, "%s tmlcg %s\n", i == 0 ? "usage:" : "      ", s_commands[i].usage);
    }
}

int main(int argc, char** argv) {
    if (tool_wants_help(argc, argv)) {
        print_usage(stdout);
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof s_commands / sizeof s_commands[0]; i++) {
        if (strcmp(argv[1], s_commands[i].name) == 0) {
            return s_commands[i].run(argc - 1, argv + 1);
        }
    }
    if (argc >= 2) {
        tool_error("unknown command '%s'", argv[1]);
    }
    print_usage(stderr);
    return 2;
}
