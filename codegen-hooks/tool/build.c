// SPDX-License-Identifier: Apache-2.0
// tmlcg build: modules in, a program out: lower, optimise, object, link with libtmlrt.
//
// Objects go to a directory of their own under TMPDIR, removed at the end. Linking is left to the C
// compiler driver (CC, else cc, clang, gcc), which knows the start files and the dynamic linker.
// The runtime is looked for where the options say, then in TMLRT_LIBDIR, then beside this program:
// in its build tree or the lib folder of its install prefix.
#include "codegen-hooks/tool/tool.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef TMLCG_LIBDIR
#define TMLCG_LIBDIR "/lib"
#endif

extern char** environ;

typedef struct {
    const char *out, *opt, *target, *runtime;
    bool shared, debug;
    const char** inputs;
    int num_inputs;
    const char** link; ///< handed to the driver as they are
    int num_link;
} build_args;

static bool has_suffix(const char* text, const char* suffix) {
    size_t text_len = strlen(text), suffix_len = strlen(suffix);
    return text_len >= suffix_len && strcmp(text + text_len - suffix_len, suffix) == 0;
}

static bool is_module(const char* path) {
    return has_suffix(path, ".ll") || has_suffix(path, ".bc");
}

// ---- the runtime ----------------------------------------------------------------------------

static bool has_runtime(const char* dir, bool shared) {
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/libtmlrt.%s", dir, shared ? "so" : "a");
    return len < (int)sizeof path && access(path, R_OK) == 0;
}

/// Looks in `base` and its library folders; writes the folder that has the runtime.
static bool look_in(char* out, const char* base, bool shared) {
    static const char* const folders[] = {"", TMLCG_LIBDIR, "/lib"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        int len = snprintf(out, PATH_MAX, "%s%s", base, folders[i]);
        if (len < PATH_MAX && has_runtime(out, shared)) {
            return true;
        }
    }
    return false;
}

static bool find_runtime(char* out, const build_args* args) {
    const char* env = getenv("TMLRT_LIBDIR");
    char self[PATH_MAX];
    if (args->runtime != NULL) {
        if (look_in(out, args->runtime, args->shared)) {
            return true;
        }
        tool_error("build: no libtmlrt.%s in %s or its lib folder", args->shared ? "so" : "a",
                   args->runtime);
        return false;
    }
    if (env != NULL && env[0] != '\0' && look_in(out, env, args->shared)) {
        return true;
    }
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 4);
    if (len > 0) {
        self[len] = '\0';
        char* slash = strrchr(self, '/');
        strcpy(slash == NULL ? self : slash, "/..");
        if (look_in(out, self, args->shared)) {
            return true;
        }
    }
    tool_error("build: libtmlrt.%s not found: name its folder with -L DIR or TMLRT_LIBDIR",
               args->shared ? "so" : "a");
    return false;
}

// ---- objects --------------------------------------------------------------------------------

static bool compile(const build_args* args, const char* in, const char* object) {
    tool_module m;
    bool ok = tool_module_read(&m, in, args->target, args->opt) && tool_module_lower(&m, in) &&
              tool_module_optimise(&m, args->opt) && tool_module_emit(&m, object, TOOL_EMIT_OBJ);
    tool_module_fini(&m);
    return ok;
}

// ---- the driver -----------------------------------------------------------------------------

/// Runs argv[0]; writes errno of a failed start, 0 when it ran. Returns its exit code.
static int run(char* const* argv, int* out_start_error) {
    pid_t child;
    *out_start_error = posix_spawnp(&child, argv[0], NULL, NULL, argv, environ);
    if (*out_start_error != 0) {
        return 1;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return 1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int run_driver(const char** argv) {
    const char* env = getenv("CC");
    const char* candidates[] = {env != NULL && env[0] != '\0' ? env : "cc", "clang", "gcc"};
    int start_error = ENOENT;
    for (size_t i = 0; i < 3 && start_error == ENOENT; i++) {
        argv[0] = candidates[i];
        int code = run((char* const*)argv, &start_error);
        if (start_error == 0) {
            return code == 0 ? 0 : tool_error("build: %s failed with code %d", argv[0], code);
        }
    }
    return tool_error("build: cannot start a C compiler (%s): set CC", strerror(start_error));
}

/// Records are mostly pointers, which PIE relocates at start: packed (DT_RELR) they take a 70th of
/// the file and none of the reading. glibc loads that from 2.36 on and refuses it by name before;
/// other loaders may ignore it and run wild. So only where the program's loader is the one this
/// tool runs on and the linker is the system's: no --target, no CC, no -fuse-ld. AArch64 and others
/// wait for a GNU ld that knows the option there.
static bool packs_relocations(const build_args* args) {
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) &&                             \
    (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 36)
    const char* env = getenv("CC");
    bool is_own = args->target == NULL && (env == NULL || env[0] == '\0');
    for (int i = 0; i < args->num_link; i++) {
        is_own = is_own && strncmp(args->link[i], "-fuse-ld=", 9) != 0;
    }
    return is_own;
#else
    (void)args;
    return false;
#endif
}

static int link_all(const build_args* args, char* const* objects, const char* libdir) {
    char rpath[PATH_MAX + 32], search[PATH_MAX + 8], archive[PATH_MAX + 16];
    const char** argv = calloc((size_t)(args->num_inputs + args->num_link) + 16, sizeof *argv);
    if (argv == NULL) {
        return tool_error("build: out of memory");
    }
    int num = 1;
    for (int i = 0; i < args->num_inputs; i++) {
        argv[num++] = objects[i] != NULL ? objects[i] : args->inputs[i];
    }
    if (args->debug) {
        argv[num++] = "-g";
    }
    argv[num++] = "-o";
    argv[num++] = args->out;
    if (args->shared) {
        snprintf(search, sizeof search, "-L%s", libdir);
        snprintf(rpath, sizeof rpath, "-Wl,-rpath,%s", libdir);
        argv[num++] = search;
        argv[num++] = rpath;
        argv[num++] = "-ltmlrt";
    } else {
        snprintf(archive, sizeof archive, "%s/libtmlrt.a", libdir);
        argv[num++] = archive;
        argv[num++] = "-lffi";
    }
    argv[num++] = "-lpthread";
    if (packs_relocations(args)) {
        argv[num++] = "-Wl,-z,pack-relative-relocs";
    }
    for (int i = 0; i < args->num_link; i++) {
        argv[num++] = args->link[i];
    }
    int code = run_driver(argv);
    free(argv);
    return code;
}

static int build(const build_args* args) {
    char libdir[PATH_MAX];
    char folder[PATH_MAX];
    const char* tmp = getenv("TMPDIR");
    int len = snprintf(folder, sizeof folder, "%s/tmlcg-XXXXXX",
                       tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
    if (!find_runtime(libdir, args)) {
        return 1;
    }
    if (len >= (int)sizeof folder - 32 || mkdtemp(folder) == NULL) {
        return tool_error("build: cannot make a folder %s: %s", folder, strerror(errno));
    }
    char** objects = calloc((size_t)args->num_inputs, sizeof *objects);
    bool ok = objects != NULL;
    for (int i = 0; i < args->num_inputs && ok; i++) {
        if (is_module(args->inputs[i])) {
            objects[i] = malloc(PATH_MAX);
            ok = objects[i] != NULL;
            if (ok) {
                snprintf(objects[i], PATH_MAX, "%.*s/%d.o", len, folder, i);
                ok = compile(args, args->inputs[i], objects[i]);
            }
        }
    }
    int code = ok ? link_all(args, objects, libdir) : 1;
    for (int i = 0; objects != NULL && i < args->num_inputs; i++) {
        if (objects[i] != NULL) {
            unlink(objects[i]);
            free(objects[i]);
        }
    }
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
    } options[] = {{"-o", &args->out},
                   {"-L", &args->runtime},
                   {"--runtime", &args->runtime},
                   {"--target", &args->target}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(arg, options[i].name) == 0 && value != NULL) {
            *options[i].to = value;
            return 2;
        }
    }
    if (strncmp(arg, "-L", 2) == 0 && arg[2] != '\0') {
        args->runtime = arg + 2;
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
        args->shared = arg[3] == 'h';
    } else if (strcmp(arg, "-g") == 0) {
        args->debug = true;
    } else if (is_for_driver(arg)) {
        args->link[args->num_link++] = arg;
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
    args.link = calloc((size_t)argc, sizeof *args.link);
    int code = args.inputs == NULL || args.link == NULL ? 1 : 0;
    for (int i = 1; i < argc && code == 0;) {
        if (strcmp(argv[i], "--") == 0) {
            while (++i < argc) {
                args.link[args.num_link++] = argv[i];
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
    if (code == 0 && (args.num_inputs == 0 || args.out == NULL)) {
        tool_error("build: %s", args.num_inputs == 0 ? "no input file" : "no output: -o OUT");
        code = 2;
    }
    if (code == 0) {
        code = build(&args);
    }
    free(args.inputs);
    free(args.link);
    return code;
}
