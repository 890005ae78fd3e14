// SPDX-License-Identifier: Apache-2.0
// tmlcg lower: a module in, the lowered module out, as text, bitcode or object.
//
// Without an option no pass runs, which is what a test of the lowering wants to see; -O0 runs the
// pipeline of that level, as a compiler would.
#include "codegen-hooks/tool/tool.h"

#include <string.h>

typedef struct {
    const char *in, *out, *target, *opt;
    tool_emit emit;
    bool threads; ///< -fsanitize=thread
} lower_args;

/// Takes one argument; `value` is the next one or NULL. Returns how many it used, 0: none.
static int take_arg(lower_args* args, const char* arg, const char* value) {
    if ((strcmp(arg, "-o") == 0 || strcmp(arg, "--target") == 0) && value != NULL) {
        *(arg[1] == 'o' ? &args->out : &args->target) = value;
        return 2;
    }
    if (tool_is_opt(arg)) {
        args->opt = arg;
    } else if (strcmp(arg, "--no-passes") == 0) {
        args->opt = NULL;
    } else if (strcmp(arg, "-fsanitize=thread") == 0) {
        args->threads = true;
    } else if (strcmp(arg, "--emit-ll") == 0) {
        args->emit = TOOL_EMIT_LL;
    } else if (strcmp(arg, "--emit-bc") == 0) {
        args->emit = TOOL_EMIT_BC;
    } else if (strcmp(arg, "--emit-obj") == 0) {
        args->emit = TOOL_EMIT_OBJ;
    } else if (args->in == NULL && (arg[0] != '-' || arg[1] == '\0')) {
        args->in = arg;
    } else {
        return 0;
    }
    return 1;
}

int tool_lower_command(int argc, char** argv) {
    lower_args args = {.out = "-", .emit = TOOL_EMIT_LL};
    for (int i = 1; i < argc;) {
        int used = take_arg(&args, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (used == 0) {
            tool_error("lower: '%s' is not understood here; see tmlcg --help", argv[i]);
            return 2;
        }
        i += used;
    }
    if (args.in == NULL) {
        tool_error("lower: no input file");
        return 2;
    }
    tool_module m;
    bool ok = tool_module_read(&m, args.in, args.target, args.opt) &&
              tool_module_lower(&m, args.in) && tool_module_optimise(&m, args.opt, args.threads) &&
              tool_module_emit(&m, args.out, args.emit);
    tool_module_fini(&m);
    return ok ? 0 : 1;
}
