// SPDX-License-Identifier: Apache-2.0
// tmlc: the command line of the reference front end.
//
// Source errors go to stderr as the compiler's diagnostics, exit code 1; wrong usage is exit
// code 2; the exit code of `run` and `test` is the program's.
#include "codegen-hooks/tmlc/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char tool_name[] = "tmlc";

static void print_usage(FILE* out) {
    fputs(
        "usage: tmlc run PROG.tml [OPTIONS] [-- ARGUMENTS]   compile and run\n"
        "       tmlc build PROG.tml -o OUT [OPTIONS]         compile to an executable\n"
        "       tmlc test PROG.tml [--seeds N] [OPTIONS]     run its @test functions\n"
        "       tmlc check PROG.tml                          only report errors\n"
        "       tmlc --emit-ast|--emit-ir|--emit-ir-lowered PROG.tml [-o OUT]\n"
        "       tmlc --emit-obj PROG.tml -o OUT\n"
        "options: -O0 -O1 -O2 (default) -O3, --no-passes, --shared, --static, -L DIR (libtmlrt), "
        "--target TRIPLE,\n"
        "         --modules N (as N separately compiled LLVM modules),\n"
        "         --seeds N (test: N times, in as many orders of its tasks, on a clock that "
        "jumps),\n"
        "         -fsanitize=thread (races of compiled code are found; link a libtmlrt built so)\n"
        "\n"
        "tmlc is the reference front end of tmlrt: it compiles a subset of TML to LLVM IR with "
        "the markers\n"
        "and metadata of codegen-hooks, so that real TML source exercises them. It is not the "
        "TML compiler.\n",
        out);
}

// ---- arguments ---------------------------------------------------------------------------------

static int take_emit(tmlc_options* o, const char* arg) {
    static const struct {
        const char* name;
        emit_kind emit;
    } rows[] = {{"--emit-ast", EMIT_AST},
                {"--emit-ir", EMIT_IR},
                {"--emit-ir-lowered", EMIT_LOWERED},
                {"--emit-obj", EMIT_OBJECT}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(arg, rows[i].name) == 0) {
            o->emit = rows[i].emit;
            return 1;
        }
    }
    return 0;
}

/// A number from 1 to `most`.   Returns the words used, 0 after it told what is wrong.
static int take_number(uint32_t* out, const char* arg, const char* value, long most) {
    char* end = NULL;
    long num = value == NULL ? 0 : strtol(value, &end, 10);
    if (num < 1 || num > most || *end != '\0') {
        tool_error("%s takes a number from 1 to %ld", arg, most);
        return 0;
    }
    *out = (uint32_t)num;
    return 2;
}

/// Returns the words used, 0 after it told what is missing.
static int take_value(tmlc_options* o, const char* arg, const char* value) {
    if (strcmp(arg, "--modules") == 0) {
        return take_number(&o->num_parts, arg, value, TMLC_MAX_PARTS);
    }
    if (strcmp(arg, "--seeds") == 0) {
        return take_number(&o->num_seeds, arg, value, TMLC_MAX_SEEDS);
    }
    const char** to = arg[1] == 'o'   ? &o->link.out
                      : arg[1] == 'L' ? &o->link.runtime
                                      : &o->link.target;
    if (value == NULL) {
        tool_error("'%s' says nothing: behind it stands a %s", arg,
                   arg[1] == 'o'   ? "file"
                   : arg[1] == 'L' ? "folder"
                                   : "target triple");
        return 0;
    }
    *to = value;
    return 2;
}

static void not_understood(const tmlc_options* o, const char* arg) {
    bool runs = strcmp(o->command, "run") == 0;
    if (arg[0] != '-') {
        tool_error("'%s' is a second source: give the root file, which names the others with 'use'",
                   arg);
    } else {
        tool_error("'%s' is not understood; %s", arg,
                   runs ? "what the program is to have stands behind --" : "see tmlc --help");
    }
}

/// Returns the words used, 0 after it told what is wrong.
static int take(tmlc_options* o, const char* arg, const char* value) {
    if (strcmp(arg, "-o") == 0 || strcmp(arg, "-L") == 0 || strcmp(arg, "--target") == 0 ||
        strcmp(arg, "--modules") == 0 || strcmp(arg, "--seeds") == 0) {
        return take_value(o, arg, value);
    }
    if (tool_is_opt(arg)) {
        o->opt = arg;
    } else if (strcmp(arg, "--no-passes") == 0) {
        o->opt = NULL;
    } else if (strcmp(arg, "--shared") == 0 || strcmp(arg, "--static") == 0) {
        o->link.shared = arg[3] == 'h';
    } else if (strncmp(arg, "-f", 2) == 0 || strncmp(arg, "-l", 2) == 0 ||
               strncmp(arg, "-Wl,", 4) == 0) {
        o->link.extra[o->link.num_link++] = arg;
    } else if (arg[0] != '-' && o->input == NULL) {
        o->input = arg;
    } else if (take_emit(o, arg) == 0) {
        not_understood(o, arg);
        return 0;
    }
    return 1;
}

static int read_options(tmlc_options* o, int argc, char** argv) {
    for (int i = 0; i < argc;) {
        if (strcmp(argv[i], "--") == 0) {
            o->program_args = argv + i + 1;
            o->num_program_args = argc - i - 1;
            break;
        }
        int used = take(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (used == 0) {
            return 2;
        }
        i += used;
    }
    if (o->input == NULL) {
        tool_error("no input file; see tmlc --help");
        return 2;
    }
    if (o->emit == EMIT_PROGRAM && strcmp(o->command, "build") == 0 && o->link.out == NULL) {
        tool_error("build: no output: -o OUT");
        return 2;
    }
    if (o->num_seeds != 0 && strcmp(o->command, "test") != 0) {
        tool_error("--seeds is for tmlc test; a program that was built reads TMLRT_SEED");
        return 2;
    }
    if (o->emit != EMIT_PROGRAM && o->num_parts > 1) {
        tool_error("--modules is for programs: what is emitted is one module");
        return 2;
    }
    return 0;
}

int main(int argc, char** argv) {
    static const char* const commands[] = {"run", "build", "test", "check"};
    tmlc_options o = {.command = "", .opt = "-O2", .num_parts = 1};
    if (tool_wants_help(argc, argv)) {
        print_usage(stdout);
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof commands / sizeof commands[0]; i++) {
        o.command = strcmp(argv[1], commands[i]) == 0 ? commands[i] : o.command;
    }
    bool emits = argc >= 2 && take_emit(&o, argv[1]) != 0;
    if (o.command[0] == '\0' && !emits) {
        if (argc >= 2) {
            tool_error("unknown command '%s'", argv[1]);
        }
        print_usage(stderr);
        return 2;
    }
    o.link.extra = calloc((size_t)argc, sizeof *o.link.extra);
    int code =
        o.link.extra == NULL ? tool_error("out of memory") : read_options(&o, argc - 2, argv + 2);
    if (code == 0) {
        code = tmlc_build(&o);
    }
    free(o.link.extra);
    return code;
}
