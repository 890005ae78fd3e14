// SPDX-License-Identifier: Apache-2.0
// From the source to what was asked for: an AST, IR, an object, a program that is linked and run.
//
// `run` and `test` build into a folder of their own. A program of several modules is generated one
// after the other from the same typed tree; the frames of a finished one are known to the next
// (docs/guide/tmlc.md).
#include "codegen-hooks/tmlc/build.h"

#include <tmlcg/hooks.h>

#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/gen.h"
#include "codegen-hooks/tmlc/load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    tmlc_arena arena;
    tmlc_files files;
    tmlc_names names;
    program prog;
} compilation;

static bool front(compilation* c, const tmlc_options* o) {
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

static bool has_entry(const tmlc_options* o, const tool_module* m) {
    bool needs = o->emit == EMIT_PROGRAM && strcmp(o->command, "test") != 0;
    LLVMValueRef function = LLVMGetNamedFunction(m->module, "main");
    LLVMValueRef own = LLVMGetNamedFunction(m->module, "tml_main");
    if (needs && function == NULL && own == NULL) {
        tool_error("%s has no 'func main' and no routes: there is nothing to run", o->input);
        return false;
    }
    return true;
}

/// The frames of this part's async functions, for the parts that are compiled after it.
static bool publish_frames(compilation* c, const tool_module* m, uint32_t part) {
    char *text, *error;
    if (!tmlcg_print_interface(m->module, NULL, &text, &error)) {
        tool_error("%s", error);
        tmlcg_message_free(error);
        return false;
    }
    gen_publish(&c->prog, part, text);
    tmlcg_message_free(text);
    return true;
}

static bool back(compilation* c, const tmlc_options* o, const char* path, uint32_t part) {
    tool_module m;
    bool ok = tool_module_new(&m, o->input, o->link.target, o->opt);
    if (ok) {
        gen_options options = {LLVMGetModuleDataLayout(m.module), strcmp(o->command, "test") == 0,
                               part, o->num_parts};
        tmlc_gen(&c->prog, m.module, &options);
        ok = c->files.num_errors == 0 && (part > 0 || has_entry(o, &m));
    }
    if (ok && o->emit != EMIT_IR) {
        ok = tool_module_lower(&m, o->input) &&
             (o->num_parts == 1 || publish_frames(c, &m, part)) &&
             (o->emit == EMIT_LOWERED ||
              tool_module_optimise(&m, o->opt, tool_wants_thread_sanitizer(&o->link)));
    }
    ok = ok && tool_module_emit(&m, path,
                                o->emit == EMIT_IR || o->emit == EMIT_LOWERED ? TOOL_EMIT_LL
                                                                              : TOOL_EMIT_OBJ);
    tool_module_fini(&m);
    return ok;
}

static int run_program(const tmlc_options* o, const char* path) {
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

/// Runs the program with its stdout in the file at `output`.
static int run_quietly(const tmlc_options* o, const char* path, const char* output) {
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (kept < 0 || file < 0 || dup2(file, STDOUT_FILENO) < 0) {
        return tool_error("cannot write %s: %s", output, strerror(errno));
    }
    close(file);
    int code = run_program(o, path);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    return code;
}

static void show(const char* output) {
    char text[4096];
    size_t len;
    FILE* file = fopen(output, "r");
    if (file == NULL) {
        return;
    }
    do {
        len = fread(text, 1, sizeof text, file);
        fwrite(text, 1, len, stdout);
    } while (len == sizeof text);
    fclose(file);
}

/// Runs the tests under the seeds 1 to N, up to the first that fails; shows what the last run said.
static int run_seeds(const tmlc_options* o, const char* path, const char* folder) {
    char output[PATH_MAX + 16], seed[16];
    int code = 0;
    uint32_t number = 0;
    snprintf(output, sizeof output, "%s/output", folder);
    while (code == 0 && number < o->num_seeds) {
        snprintf(seed, sizeof seed, "%" PRIu32, ++number);
        setenv("TMLRT_SEED", seed, 1);
        code = run_quietly(o, path, output);
    }
    show(output);
    unlink(output);
    if (code == 0) {
        printf("each of %" PRIu32 " seeds\n", o->num_seeds);
    } else {
        printf("with seed %s; again: TMLRT_SEED=%s tmlc test %s\n", seed, seed, o->input);
    }
    return code;
}

/// The objects of a program, the part with `main` last: it knows the frames of all others.
static bool make_objects(compilation* c, const tmlc_options* o, const char* folder,
                         const char** objects) {
    bool ok = true;
    for (uint32_t i = 0; i < o->num_parts; i++) {
        objects[i] = tmlc_format(&c->arena, "%s/program%u.o", folder, i);
    }
    for (uint32_t i = o->num_parts; i-- > 0 && ok;) {
        ok = back(c, o, objects[i], i);
    }
    return ok;
}

static int make_program(compilation* c, tmlc_options* o) {
    char libdir[PATH_MAX], folder[PATH_MAX], binary[PATH_MAX + 16];
    const char* objects[TMLC_MAX_PARTS];
    bool run = strcmp(o->command, "build") != 0;
    if (!tool_find_runtime(libdir, &o->link) || !tool_make_folder(folder)) {
        return 1;
    }
    snprintf(binary, sizeof binary, "%s/program", folder);
    o->link.out = run ? binary : o->link.out;
    int code = 1;
    if (make_objects(c, o, folder, objects)) {
        code = tool_link(&o->link, objects, (int)o->num_parts, libdir);
    }
    if (code == 0 && run) {
        code = o->num_seeds != 0 ? run_seeds(o, binary, folder) : run_program(o, binary);
    }
    for (uint32_t i = 0; i < o->num_parts; i++) {
        unlink(objects[i]);
    }
    unlink(binary);
    rmdir(folder);
    return code;
}

/// A source is not what is written, whichever of them -o names.
static bool spares_sources(const compilation* c, const tmlc_options* o) {
    bool ok = true;
    for (uint32_t i = 0; o->link.out != NULL && i < c->files.sources.len; i++) {
        ok = ok && tool_spares(o->link.out, c->files.sources.items[i].path);
    }
    return ok;
}

int tmlc_build(tmlc_options* o) {
    compilation c = {0};
    int code = front(&c, o) && spares_sources(&c, o) ? 0 : 1;
    if (code == 0) {
        tmlc_diags_print(&c.files, stderr); // the warnings, before a program says anything
    }
    if (code == 0 && o->emit == EMIT_PROGRAM && strcmp(o->command, "check") != 0) {
        code = make_program(&c, o);
    } else if (code == 0 && o->emit != EMIT_AST && o->emit != EMIT_PROGRAM) {
        code = back(&c, o, o->link.out == NULL ? "-" : o->link.out, 0) ? 0 : 1;
    }
    if (c.files.num_errors > 0) {
        tmlc_diags_print(&c.files, stderr);
        code = 1;
    }
    tmlc_arena_fini(&c.arena);
    return code;
}
