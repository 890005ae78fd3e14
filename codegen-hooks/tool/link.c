// SPDX-License-Identifier: Apache-2.0
// Objects to a program: what tmlcg build and tmlc share.
//
// Linking is left to the C compiler driver (CC, else cc, clang, gcc), which knows the start files
// and the dynamic linker. The runtime is looked for where the options say, then in TMLRT_LIBDIR,
// then beside this program: in its build tree or the lib folder of its install prefix.
#include "codegen-hooks/tool/tool.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef TMLCG_LIBDIR
#define TMLCG_LIBDIR "/lib"
#endif

#ifdef __APPLE__
#define GC_SECTIONS "-Wl,-dead_strip"
#else
#define GC_SECTIONS "-Wl,--gc-sections"
#endif

extern char** environ;

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

bool tool_find_runtime(char* out, const tool_link_options* args) {
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
    if (env != NULL && env[0] != '\0') {
        if (look_in(out, env, args->shared)) {
            return true;
        }
        tool_error("build: no libtmlrt.%s in %s (from TMLRT_LIBDIR) or its lib folder",
                   args->shared ? "so" : "a", env);
        return false;
    }
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 4);
    if (len > 0) {
        self[len] = '\0';
        char* slash = strrchr(self, '/');
        memcpy(slash == NULL ? self : slash, "/..", sizeof("/.."));
        if (look_in(out, self, args->shared)) {
            return true;
        }
    }
    tool_error("build: libtmlrt.%s not found: name its folder with -L DIR or TMLRT_LIBDIR",
               args->shared ? "so" : "a");
    return false;
}

bool tool_spares(const char* out, const char* source) {
    struct stat to, from;
    if (stat(out, &to) == 0 && stat(source, &from) == 0 && to.st_dev == from.st_dev &&
        to.st_ino == from.st_ino && S_ISREG(to.st_mode)) {
        tool_error("'-o %s' would overwrite the source %s: name another file", out, source);
        return false;
    }
    return true;
}

// ---- the driver -----------------------------------------------------------------------------

int tool_run(char* const* argv, int* out_start_error) {
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
    if (WIFSIGNALED(status)) {
        int signal = WTERMSIG(status);
        tool_error("%s was ended by signal %d (%s)", argv[0], signal, strsignal(signal));
        return 128 + signal;
    }
    return WEXITSTATUS(status);
}

static int run_driver(const char** argv) {
    const char* env = getenv("CC");
    bool chosen = env != NULL && env[0] != '\0';
    const char* candidates[] = {chosen ? env : "cc", "clang", "gcc"};
    int start_error = ENOENT;
    for (size_t i = 0; i < (chosen ? 1 : 3) && start_error == ENOENT; i++) {
        argv[0] = candidates[i];
        int code = tool_run((char* const*)argv, &start_error);
        if (start_error == 0) {
            return code == 0 ? 0 : tool_error("build: %s failed with code %d", argv[0], code);
        }
    }
    if (chosen) {
        return tool_error(
            "build: cannot start the C compiler '%s' (%s): CC must be the name of one "
            "program, options go behind --",
            env, strerror(start_error));
    }
    return tool_error("build: cannot start a C compiler (%s): set CC", strerror(start_error));
}

/// Records are mostly pointers, which PIE relocates at start: packed (DT_RELR) they take a 70th of
/// the file and none of the reading. glibc loads that from 2.36 on and refuses it by name before;
/// other loaders may ignore it and run wild. So only where the program's loader is the one this
/// tool runs on and the linker is the system's: no --target, no CC, no -fuse-ld. AArch64 and others
/// wait for a GNU ld that knows the option there.
static bool packs_relocations(const tool_link_options* args) {
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) &&                             \
    (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 36)
    const char* env = getenv("CC");
    bool is_own = args->target == NULL && (env == NULL || env[0] == '\0');
    for (int i = 0; i < args->num_link; i++) {
        is_own = is_own && strncmp(args->extra[i], "-fuse-ld=", 9) != 0;
    }
    return is_own;
#else
    (void)args;
    return false;
#endif
}

int tool_link(const tool_link_options* args, const char* const* objects, int num_objects,
              const char* libdir) {
    char rpath[PATH_MAX + 32], search[PATH_MAX + 8], archive[PATH_MAX + 16];
    const char** argv = calloc((size_t)(num_objects + args->num_link) + 20, sizeof *argv);
    if (argv == NULL) {
        return tool_error("build: out of memory");
    }
    int num = 1;
    for (int i = 0; i < num_objects; i++) {
        argv[num++] = objects[i];
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
        argv[num++] = "-Wl,--as-needed"; // a program without TLS does not load it
        argv[num++] = "-lssl";
        argv[num++] = "-lcrypto";
        argv[num++] = "-lnghttp2";
    }
    argv[num++] = "-lpthread";
    if (args->target == NULL) {
        argv[num++] = GC_SECTIONS; // descriptors that nobody polls through
    }
    if (packs_relocations(args)) {
        argv[num++] = "-Wl,-z,pack-relative-relocs";
    }
    for (int i = 0; i < args->num_link; i++) {
        argv[num++] = args->extra[i];
    }
    int code = run_driver(argv);
    free(argv);
    return code;
}

// ---- temporary files -------------------------------------------------------------------------

bool tool_make_folder(char* out) {
    const char* tmp = getenv("TMPDIR");
    int len =
        snprintf(out, PATH_MAX, "%s/tmlcg-XXXXXX", tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
    if (len >= PATH_MAX - 32 || mkdtemp(out) == NULL) {
        tool_error("build: cannot make a folder %s: %s", out, strerror(errno));
        return false;
    }
    return true;
}
