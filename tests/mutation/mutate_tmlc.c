// SPDX-License-Identifier: Apache-2.0
// mutate_tmlc --seed N --count N [--tmlc PROGRAM] [--show] FILE.tml...: deletes a token or swaps
// two neighbours in a file, one at a time, and looks at what the front end says about it: at least
// one error within a line of the place and at most three in all, or none. A program without errors
// is compiled by PROGRAM. Prints every mistake that is not answered so; exit code 1 when there is
// one.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/load.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ERRORS = 3 };

typedef struct {
    const char* path;
    char* text;
    uint32_t len;
    tmlc_arena arena;
    tmlc_tokens tokens; ///< without the last, which is the end
} source;

typedef struct {
    uint64_t random;
    const char* tmlc;
    bool show;
    uint32_t done, diagnosed, compiled, far, many, failed;
} run;

typedef struct {
    const source* of;
    uint32_t token; ///< deleted, or swapped with the next one
    bool swap;
    char* text;
    uint32_t len, first_line, last_line;
} mutant;

static uint32_t next_random(run* r, uint32_t below) {
    r->random ^= r->random << 13;
    r->random ^= r->random >> 7;
    r->random ^= r->random << 17;
    return (uint32_t)(r->random >> 11) % below;
}

static bool read_source(source* out, const char* path) {
    FILE* in = fopen(path, "rb");
    tmlc_names names = {.arena = &out->arena};
    tmlc_files files = {.arena = &out->arena};
    uint32_t cap = 1U << 20;
    if (in == NULL) {
        fprintf(stderr, "mutate_tmlc: error: cannot read %s\n", path);
        return false;
    }
    out->path = path;
    out->text = tmlc_alloc(&out->arena, cap);
    out->len = (uint32_t)fread(out->text, 1, cap - 1, in);
    fclose(in);
    tmlc_lex(&files, &names, tmlc_files_add(&files, path, path, out->text, out->len), &out->tokens);
    out->tokens.len--;
    return files.num_errors == 0 && out->tokens.len > 1;
}

static uint32_t line_at(const source* s, uint32_t at) {
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++) {
        line += s->text[i] == '\n';
    }
    return line;
}

static uint32_t copy_piece(char* to, const source* s, uint32_t from, uint32_t end) {
    memcpy(to, s->text + from, end - from);
    return end - from;
}

static mutant make_mutant(const source* s, uint32_t token, bool swap) {
    tmlc_span a = s->tokens.items[token].span, b = s->tokens.items[token + swap].span;
    mutant m = {s, token, swap, malloc(s->len + 4), 0, line_at(s, a.start), line_at(s, b.end)};
    m.len = copy_piece(m.text, s, 0, a.start);
    if (swap) {
        m.text[m.len++] = ' '; // tokens stay apart
        m.len += copy_piece(m.text + m.len, s, b.start, b.end);
        m.text[m.len++] = ' ';
        m.len += copy_piece(m.text + m.len, s, a.end, b.start);
        m.len += copy_piece(m.text + m.len, s, a.start, a.end);
    }
    m.text[m.len++] = ' ';
    m.len += copy_piece(m.text + m.len, s, b.end, s->len);
    return m;
}

static void print_mutant(const mutant* m, const char* why, const tmlc_files* files) {
    tmlc_span span = m->of->tokens.items[m->token].span;
    printf("%s:%u: %s '%.*s'%s: %s\n", m->of->path, m->first_line, m->swap ? "swap" : "delete",
           (int)(span.end - span.start), m->of->text + span.start, m->swap ? " and the next" : "",
           why);
    tmlc_diags_print(files, stdout);
}

/// A folder with the files around the program as they are, and the program as it is now.
static bool make_folder(const mutant* m, char* folder, char* path) {
    const char* slash = strrchr(m->of->path, '/');
    const char* name = slash == NULL ? m->of->path : slash + 1;
    char from[PATH_MAX], real[PATH_MAX], to[PATH_MAX];
    snprintf(from, sizeof from, "%.*s", slash == NULL ? 1 : (int)(slash - m->of->path),
             slash == NULL ? "." : m->of->path);
    DIR* around = realpath(from, real) == NULL || mkdtemp(folder) == NULL ? NULL : opendir(real);
    if (around == NULL) {
        return false;
    }
    for (const struct dirent* entry; (entry = readdir(around)) != NULL;) {
        const char* end = strrchr(entry->d_name, '.');
        if (end != NULL && strcmp(end, ".tml") == 0 && strcmp(entry->d_name, name) != 0) {
            snprintf(from, sizeof from, "%.2000s/%.250s", real, entry->d_name);
            snprintf(to, sizeof to, "%.2000s/%.250s", folder, entry->d_name);
            (void)!symlink(from, to);
        }
    }
    closedir(around);
    snprintf(path, PATH_MAX, "%.2000s/%.250s", folder, name);
    FILE* out = fopen(path, "wb");
    bool ok = out != NULL && fwrite(m->text, 1, m->len, out) == m->len;
    return out != NULL && fclose(out) == 0 && ok;
}

static void remove_folder(const char* folder) {
    char path[PATH_MAX];
    DIR* all = opendir(folder);
    for (const struct dirent* entry; all != NULL && (entry = readdir(all)) != NULL;) {
        snprintf(path, sizeof path, "%.2000s/%.250s", folder, entry->d_name);
        unlink(path);
    }
    if (all != NULL) {
        closedir(all);
    }
    rmdir(folder);
}

/// Compiles it as far as an object. Returns false when tmlc does not.
static bool compiles(const run* r, const mutant* m) {
    char folder[] = "/tmp/mutant-XXXXXX", path[PATH_MAX], object[PATH_MAX];
    int status = 1;
    if (make_folder(m, folder, path)) {
        snprintf(object, sizeof object, "%s/mutant.o", folder);
        pid_t child = fork();
        if (child == 0) {
            execl(r->tmlc, r->tmlc, "--emit-obj", path, "-o", object, "--no-passes", (char*)NULL);
            _exit(127);
        }
        waitpid(child, &status, 0);
    }
    remove_folder(folder);
    return status == 0;
}

static bool is_near(const mutant* m, const tmlc_files* files) {
    uint32_t root = 1;
    for (uint32_t i = 0; i < files->diags.len; i++) {
        const tmlc_diag* diag = files->diags.items[i];
        uint32_t line = tmlc_line(files, diag->span, NULL);
        if (!diag->is_warning && diag->span.file == root && line + 1 >= m->first_line &&
            line <= m->last_line + 1) {
            return true;
        }
    }
    return false;
}

static uint32_t count_errors(const tmlc_files* files) {
    uint32_t num = 0;
    for (uint32_t i = 0; i < files->diags.len; i++) {
        num += !files->diags.items[i]->is_warning;
    }
    return num;
}

static void judge(run* r, const mutant* m, const tmlc_files* files) {
    uint32_t errors = count_errors(files);
    if (errors == 0) {
        bool ok = r->tmlc == NULL || compiles(r, m);
        r->compiled += ok;
        r->failed += !ok;
        if (!ok) {
            print_mutant(m, "no error, and it does not compile", files);
        } else if (r->show) {
            print_mutant(m, "is a program", files);
        }
        return;
    }
    bool near = is_near(m, files), few = errors <= MAX_ERRORS;
    r->diagnosed += near && few;
    r->far += !near;
    r->many += !few;
    if (!near || !few) {
        print_mutant(m, near ? "more than 3 errors" : "no error near it", files);
    }
}

static void check_mutant(run* r, const mutant* m) {
    tmlc_arena arena = {0};
    tmlc_files files = {.arena = &arena};
    tmlc_names names = {.arena = &arena};
    program prog = {.arena = &arena, .files = &files, .names = &names};
    tmlc_load_edited(&prog, m->of->path, m->text, m->len);
    if (files.num_errors == 0) {
        tmlc_check(&prog);
    }
    r->done++;
    judge(r, m, &files);
    tmlc_arena_fini(&arena);
}

int main(int argc, char** argv) {
    run r = {.random = 1};
    source* sources = calloc((size_t)argc, sizeof *sources);
    uint32_t num = 0, count = 500;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--seed") == 0 && more) {
            r.random = strtoull(argv[++i], NULL, 10) * 0x9E3779B97F4A7C15U + 1;
        } else if (strcmp(argv[i], "--count") == 0 && more) {
            count = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--tmlc") == 0 && more) {
            r.tmlc = argv[++i];
        } else if (strcmp(argv[i], "--show") == 0) {
            r.show = true;
        } else if (!read_source(&sources[num++], argv[i])) {
            return 2;
        }
    }
    if (num == 0) {
        fputs("usage: mutate_tmlc --seed N --count N [--tmlc PROGRAM] [--show] FILE.tml...\n",
              stderr);
        return 2;
    }
    for (uint32_t i = 0; i < count; i++) {
        const source* s = &sources[next_random(&r, num)];
        bool swap = next_random(&r, 2) == 1;
        mutant m = make_mutant(s, next_random(&r, s->tokens.len - 1), swap);
        check_mutant(&r, &m);
        free(m.text);
    }
    printf("%u mistakes: %u diagnosed, %u programs, %u off by more than a line, %u with more than "
           "%d errors, %u that do not compile\n",
           r.done, r.diagnosed, r.compiled, r.far, r.many, MAX_ERRORS, r.failed);
    for (uint32_t i = 0; i < num; i++) {
        tmlc_arena_fini(&sources[i].arena);
    }
    free(sources);
    return r.far + r.many + r.failed > 0;
}
