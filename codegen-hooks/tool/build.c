// SPDX-License-Identifier: Apache-2.0
// tmlcg build: modules in, a program out: lower, optimise, object, link with libtmlrt.
//
// Objects go to a directory of their own under TMPDIR, removed at the end. How they are linked is
// in link.c.
#include "codegen-hooks/tool/tool.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char* opt;
    tool_link_options link;
    const char** inputs;
    int num_inputs;
} build_args;

static bool has_suffix(const char* text, const char* suffix) {
    size_t text_len = strlen(text), suffix_len = strlen(suffix);
    return text_len >= suffix_len && strcmp(text + text_len - suffix_len, suffix) == 0;
}

static bool is_module(const char* path) {
    return has_suffix(path, ".ll") || has_suffix(path, ".bc");
}

// ---- objects --------------------------------------------------------------------------------

static bool compile(const build_args* args, const char* in, const char* object) {
    tool_module m;
    bool ok = tool_module_read(&m, in, args->link.target, args->opt) && tool_module_lower(&m, in) &&
              tool_module_optimise(&m, args->opt, tool_wants_thread_sanitizer(&args->link)) &&
              tool_module_emit(&m, object, TOOL_EMIT_OBJ);
    tool_module_fini(&m);
    return ok;
}

static bool spares_inputs(const build_args* args) {
    for (int i = 0; i < args->num_inputs; i++) {
        if (!tool_spares(args->link.out, args->inputs[i])) {
            return false;
        }
    }
    return true;
}

static int build(const build_args* args) {
    char libdir[PATH_MAX], folder[PATH_MAX];
    if (!spares_inputs(args) || !tool_find_runtime(libdir, &args->link) ||
        !tool_make_folder(folder)) {
        return 1;
    }
    char** made = calloc((size_t)args->num_inputs, sizeof *made);
    const char** objects = calloc((size_t)args->num_inputs, sizeof *objects);
    bool ok = made != NULL && objects != NULL;
    for (int i = 0; i < args->num_inputs && ok; i++) {
        objects[i] = args->inputs[i];
        if (is_module(args->inputs[i])) {
            objects[i] = made[i] = malloc(PATH_MAX + 16);
            ok = made[i] != NULL;
            if (ok) {
                snprintf(made[i], PATH_MAX + 16, "%s/%d.o", folder, i);
                ok = compile(args, args->inputs[i], made[i]);
            }
        }
    }
    int code = ok ? tool_link(&args->link, objects, args->num_inputs, libdir) : 1;
    for (int i = 0; made != NULL && i < args->num_inputs; i++) {
        if (made[i] != NULL) {
            unlink(made[i]);
            free(made[i]);
        }
    }
    free(made);
    free(objects);
    rmdir(folder);
    return code;
}

// ---- arguments ------------------------------------------------------------------------------

/// Takes an option with a value, also written as one word (-Ldir). Returns words used, 0: not one.
static int take_valued(build_args* args, const char* arg, const char* value) {
    const struct {
        const char* name;
        const char** to;
    } options[] = {{"-o", &args->link.out},
                   {"-L", &args->link.runtime},
                   {"--runtime", &args->link.runtime},
                   {"--target", &args->link.target}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(arg, options[i].name) == 0 && value != NULL) {
            *options[i].to = value;
            return 2;
        }
    }
    if (strncmp(arg, "-L", 2) == 0 && arg[2] != '\0') {
        args->link.runtime = arg + 2;
        return 1;
    }
    return 0;
}

static bool is_for_driver(const char* arg) {
    static const char* const prefixes[] = {"-l", "-Wl,", "-f", "-I", "-D", "-pthread"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(arg, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

static int take_arg(build_args* args, const char* arg, const char* value) {
    int used = take_valued(args, arg, value);
    if (used > 0) {
        return used;
    }
    if (tool_is_opt(arg)) {
        args->opt = arg;
    } else if (strcmp(arg, "--no-passes") == 0) {
        args->opt = NULL;
    } else if (strcmp(arg, "--shared") == 0 || strcmp(arg, "--static") == 0) {
        args->link.shared = arg[3] == 'h';
    } else if (strcmp(arg, "-g") == 0) {
        args->link.debug = true;
    } else if (is_for_driver(arg)) {
        args->link.extra[args->link.num_link++] = arg;
    } else if (arg[0] != '-') {
        args->inputs[args->num_inputs++] = arg;
    } else {
        return 0;
    }
    return 1;
}

int tool_build_command(int argc, char** argv) {
    build_args args = {.opt = "-O2"};
    args.inputs = calloc((size_t)argc, sizeof *args.inputs);
    args.link.extra = calloc((size_t)argc, sizeof *args.link.extra);
    int code = args.inputs == NULL || args.link.extra == NULL ? 1 : 0;
    for (int i = 1; i < argc && code == 0;) {
        if (strcmp(argv[i], "--") == 0) {
            while (++i < argc) {
                args.link.extra[args.link.num_link++] = argv[i];
            }
            break;
        }
        int used = take_arg(&args, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (used == 0) {
            tool_error("build: '%s' is not understood here; see tmlcg --help", argv[i]);
            code = 2;
        }
        i += used;
    }
    if (code == 0 && (args.num_inputs == 0 || args.link.out == NULL)) {
        tool_error("build: %s", args.num_inputs == 0 ? "no input file" : "no output: -o OUT");
        code = 2;
    }
    if (code == 0) {
        code = build(&args);
    }
    free(args.inputs);
    free(args.link.extra);
    return code;
}
