// SPDX-License-Identifier: Apache-2.0
// tmlc: the command line of the reference front end.
//
// Source errors go to stderr as the compiler's diagnostics, exit code 1; wrong usage is exit
// code 2. `run` and `test` build into a folder of their own, and their exit code is the program's.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/gen.h"
#include "codegen-hooks/tmlc/load.h"
#include "codegen-hooks/tool/tool.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum { EMIT_PROGRAM, EMIT_AST, EMIT_IR, EMIT_LOWERED, EMIT_OBJECT } emit_kind;

typedef struct {
    const char *command, *input, *opt;
    emit_kind emit;
    tool_link_options link;
    char** program_args; ///< behind "--"
    int num_program_args;
} options;

int tool_error(const char* format, ...) {
    va_list args;
    fputs("tmlc: error: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return 1;
}

static void print_usage(FILE* out) {
    fputs("usage: tmlc run PROG.tml [OPTIONS] [-- ARGUMENTS]   compile and run\n"
          "       tmlc build PROG.tml -o OUT [OPTIONS]         compile to an executable\n"
          "       tmlc test PROG.tml [OPTIONS]                 run its @test functions\n"
          "       tmlc check PROG.tml                          only report errors\n"
          "       tmlc --emit-ast|--emit-ir|--emit-ir-lowered PROG.tml [-o OUT]\n"
          "       tmlc --emit-obj PROG.tml -o OUT\n"
          "options: -O0 -O1 -O2 (default) -O3, --no-passes, --shared, --static, -L DIR (libtmlrt), "
          "--target TRIPLE\n"
          "\n"
          "tmlc is the reference front end of tmlrt: it compiles a subset of TML to LLVM IR with "
          "the markers\n"
          "and metadata of codegen-hooks, so that real TML source exercises them. It is not the "
          "TML compiler.\n",
          out);
}

// ---- stages ------------------------------------------------------------------------------------

typedef struct {
    tmlc_arena arena;
    tmlc_files files;
    tmlc_names names;
    program prog;
} compilation;

static bool front(compilation* c, const options* o) {
    const char* reason;
    c->files.arena = c->names.arena = c->prog.arena = &c->arena;
    c->prog.files = &c->files;
    c->prog.names = &c->names;
    if (!tmlc_load(&c->prog, o->input, &reason)) {
        tool_error("cannot read %s: %s", o->input, reason);
        return false;
    }
    if (o->emit == EMIT_AST) {
        tmlc_print_ast(c->prog.modules.items[1]->ast, stdout);
    } else if (c->files.num_errors == 0) {
        tmlc_check(&c->prog);
    }
    return c->files.num_errors == 0;
}

static bool has_entry(const options* o, const tool_module* m) {
    bool needs = o->emit == EMIT_PROGRAM && strcmp(o->command, "test") != 0;
    LLVMValueRef function = LLVMGetNamedFunction(m->module, "main");
    LLVMValueRef own = LLVMGetNamedFunction(m->module, "tml_main");
    if (needs && function == NULL && own == NULL) {
        tool_error("%s has no 'func main' and no routes: there is nothing to run", o->input);
        return false;
    }
    return true;
}

static bool back(compilation* c, const options* o, const char* path) {
    tool_module m;
    bool ok = tool_module_new(&m, o->input, o->link.target, o->opt);
    if (ok) {
        tmlc_gen(&c->prog, m.module, LLVMGetModuleDataLayout(m.module),
                 strcmp(o->command, "test") == 0);
        ok = c->files.num_errors == 0 && has_entry(o, &m);
    }
    if (ok && o->emit != EMIT_IR) {
        ok = tool_module_lower(&m, o->input) &&
             (o->emit == EMIT_LOWERED || tool_module_optimise(&m, o->opt));
    }
    ok = ok && tool_module_emit(&m, path,
                                o->emit == EMIT_IR || o->emit == EMIT_LOWERED ? TOOL_EMIT_LL
                                                                              : TOOL_EMIT_OBJ);
    tool_module_fini(&m);
    return ok;
}

static int run_program(const options* o, const char* path) {
    char** argv = calloc((size_t)o->num_program_args + 2, sizeof *argv);
    int start_error = 0;
    if (argv == NULL) {
        return tool_error("out of memory");
    }
    argv[0] = (char*)path;
    for (int i = 0; i < o->num_program_args; i++) {
        argv[i + 1] = o->program_args[i];
    }
    fflush(stdout);
    int code = tool_run(argv, &start_error);
    free(argv);
    return start_error != 0 ? tool_error("cannot start %s: %s", path, strerror(start_error)) : code;
}

static int make_program(compilation* c, options* o) {
    char libdir[PATH_MAX], folder[PATH_MAX], object[PATH_MAX + 16], binary[PATH_MAX + 16];
    bool run = strcmp(o->command, "build") != 0;
    if (!tool_find_runtime(libdir, &o->link) || !tool_make_folder(folder)) {
        return 1;
    }
    snprintf(object, sizeof object, "%s/program.o", folder);
    snprintf(binary, sizeof binary, "%s/program", folder);
    o->link.out = run ? binary : o->link.out;
    const char* objects[] = {object};
    int code = back(c, o, object) ? tool_link(&o->link, objects, 1, libdir) : 1;
    if (code == 0 && run) {
        code = run_program(o, binary);
    }
    unlink(object);
    unlink(binary);
    rmdir(folder);
    return code;
}

static int compile(options* o) {
    compilation c = {0};
    int code = front(&c, o) ? 0 : 1;
    if (code == 0 && o->emit == EMIT_PROGRAM && strcmp(o->command, "check") != 0) {
        code = make_program(&c, o);
    } else if (code == 0 && o->emit != EMIT_AST && o->emit != EMIT_PROGRAM) {
        code = back(&c, o, o->link.out == NULL ? "-" : o->link.out) ? 0 : 1;
    }
    if (c.files.num_errors > 0) {
        tmlc_diags_print(&c.files, stderr);
        code = 1;
    }
    tmlc_arena_fini(&c.arena);
    return code;
}

// ---- arguments ---------------------------------------------------------------------------------

static int take_emit(options* o, const char* arg) {
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

/// Returns the words used, 0: not understood.
static int take(options* o, const char* arg, const char* value) {
    if (strcmp(arg, "-o") == 0 || strcmp(arg, "-L") == 0 || strcmp(arg, "--target") == 0) {
        const char** to = arg[1] == 'o'   ? &o->link.out
                          : arg[1] == 'L' ? &o->link.runtime
                                          : &o->link.target;
        *to = value;
        return value == NULL ? 0 : 2;
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
    } else {
        return take_emit(o, arg);
    }
    return 1;
}

static int read_options(options* o, int argc, char** argv) {
    for (int i = 0; i < argc;) {
        if (strcmp(argv[i], "--") == 0) {
            o->program_args = argv + i + 1;
            o->num_program_args = argc - i - 1;
            break;
        }
        int used = take(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (used == 0) {
            tool_error("'%s' is not understood; see tmlc --help", argv[i]);
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
    return 0;
}

int main(int argc, char** argv) {
    static const char* const commands[] = {"run", "build", "test", "check"};
    options o = {.command = "", .opt = "-O2"};
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
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
        code = compile(&o);
    }
    free(o.link.extra);
    return code;
}
