// SPDX-License-Identifier: Apache-2.0
// tmlcg, the command line of codegen-hooks: what its subcommands share, and tmlc with them.
#ifndef TMLCG_TOOL_TOOL_H
#define TMLCG_TOOL_TOOL_H

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include <stdbool.h>

/// tool_name is what the program is called in its errors; each program defines it.
extern const char tool_name[];

/// tool_wants_help returns true when the first word is --help or -h.
bool tool_wants_help(int argc, char** argv);

/// tool_error prints "<program>: error: ..." and a newline to stderr. Returns 1, the exit code.
int tool_error(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// What tool_module_emit writes.
typedef enum { TOOL_EMIT_LL, TOOL_EMIT_BC, TOOL_EMIT_OBJ } tool_emit;

/// tool_module is a parsed module with the target machine it is compiled for.
typedef struct tool_module {
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMTargetMachineRef machine;
} tool_module;

/// tool_module_read parses a .ll or .bc file ("-": stdin) and gives it the triple and the data
/// layout of `target` (NULL: the host), whatever the file says.
/// Errors:  prints and returns false.   Owns: `out` is ended with tool_module_fini, always.
bool tool_module_read(tool_module* out, const char* path, const char* target, const char* opt);

/// tool_module_new makes an empty module for the target, as tool_module_read does from a file.
bool tool_module_new(tool_module* out, const char* name, const char* target, const char* opt);

/// tool_module_lower runs tmlcg_lower_module. Errors: prints and returns false.
bool tool_module_lower(tool_module* m, const char* path);

/// tool_module_optimise runs the pass pipeline of `opt` ("-O0", "-O1", "-O2", "-O3"; NULL: none)
/// and then, with `threads`, ThreadSanitizer's instrumentation. Errors:  prints and returns false.
bool tool_module_optimise(tool_module* m, const char* opt, bool threads);

/// tool_module_emit writes the module to `path` ("-": stdout). Errors: prints and returns false.
bool tool_module_emit(tool_module* m, const char* path, tool_emit what);

/// tool_module_fini frees what tool_module_read made.
void tool_module_fini(tool_module* m);

/// tool_is_opt returns true for -O0, -O1, -O2 and -O3.
bool tool_is_opt(const char* arg);

/// tool_link_options says what to make of objects.
typedef struct tool_link_options {
    const char *out, *runtime; ///< runtime: a folder, NULL: looked for
    const char* target;        ///< what the objects are for, NULL: this machine
    bool shared, debug;
    const char** extra; ///< handed to the driver as they are
    int num_link;
} tool_link_options;

/// tool_wants_thread_sanitizer returns true when the driver's options have -fsanitize=thread.
bool tool_wants_thread_sanitizer(const tool_link_options* options);

/// tool_module_mark_threads gives every function of the module the attribute sanitize_thread,
/// before passes run; tool_module_instrument_threads runs the instrumentation after them. Errors:
/// prints and returns false.
void tool_module_mark_threads(tool_module* m);
bool tool_module_instrument_threads(tool_module* m);

/// tool_find_runtime writes the folder of libtmlrt (PATH_MAX bytes). Errors: prints, returns false.
bool tool_find_runtime(char* out, const tool_link_options* options);

/// tool_link runs the C compiler driver. Returns the exit code, an error was printed.
int tool_link(const tool_link_options* args, const char* const* objects, int num_objects,
              const char* libdir);

/// tool_run runs argv[0] and waits; writes errno of a failed start, 0 when it ran. Returns its exit
/// code; when a signal ended it, that is told and 128 more than its number is returned, as shells
/// do.
int tool_run(char* const* argv, int* out_start_error);

/// tool_spares returns false when writing `out` would overwrite `source`; an error was printed.
bool tool_spares(const char* out, const char* source);

/// tool_make_folder makes a folder of its own under TMPDIR (PATH_MAX bytes). Errors: prints, false.
bool tool_make_folder(char* out);

/// tool_*_command runs one subcommand; argv[0] is its name. Returns the exit code.
int tool_lower_command(int argc, char** argv);
int tool_build_command(int argc, char** argv);
int tool_interface_command(int argc, char** argv);
int tool_dump_command(int argc, char** argv);

#endif
