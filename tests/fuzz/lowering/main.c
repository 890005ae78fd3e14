// SPDX-License-Identifier: Apache-2.0
// fuzz_lowering: differential fuzzing of tmlcg_lower_module.
//
//   fuzz_lowering [--quick | --long] [--seed N] [--count N]    programs from seed N on
//   fuzz_lowering --one N [--write FOLDER]                     one program, IR written
//   fuzz_lowering --generator                                  only the reference and the verifier
//   fuzz_lowering --mutants                                    seeded bugs of the splitter are
//   found
//
// Programs run in a forked child, many per child: a crash costs one program and is reported with
// its seed. A failing program is reduced by leaving out statements while it still fails.
#include "tests/fuzz/lowering/gen.h"
#include "tests/fuzz/lowering/mutants.h"
#include "tests/fuzz/lowering/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    PER_CHILD = 200,
    SECONDS_PER_PROGRAM = 30,
    QUICK_COUNT = 80,
    LONG_COUNT = 10000,
    LONG_MINIMUM = 500,
    MUTANT_PROGRAMS = 1000,
    MAX_SKIP = 2048,
    MAX_REPORTED = 5,
};

typedef struct shared {
    program_report report;
    uint64_t next; ///< seed the child is working on
    uint64_t done, runs, drops;
    uint64_t histogram[GEN_F_COUNT];
    bool failed;
    double seconds; ///< in programs
} shared;

static shared* s;
static bool s_generator_only;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void count(const program_report* r) {
    s->done++;
    s->runs += r->runs;
    s->drops += r->drops;
    for (int f = 0; f < GEN_F_COUNT; f++) {
        s->histogram[f] += (r->features >> f) & 1;
    }
}

// A program that loops ends by its own CPU time: on a loaded or stopped machine the wall clock says
// nothing. One that sleeps, which none should, ends by the wall clock in the end.
static void limit_time(void) {
    struct itimerval limit = {.it_value = {.tv_sec = SECONDS_PER_PROGRAM}};
    setitimer(ITIMER_PROF, &limit, NULL);
    alarm(SECONDS_PER_PROGRAM * 20);
}

static void child(uint64_t end) {
    for (; s->next < end; s->next++) {
        limit_time();
        if (!program_try(s->next, s_generator_only, NULL, 0, &s->report)) {
            s->failed = true;
            _exit(1);
        }
        count(&s->report);
    }
    _exit(0);
}

// Runs `end - s->next` programs; returns false when the one at s->next failed.
static bool batch(uint64_t end) {
    s->failed = false;
    s->report.phase = PHASE_REFERENCE;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        child(end);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) {
        snprintf(s->report.message, sizeof s->report.message, "killed by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
        return false;
    }
    return !s->failed;
}

// ---- failures --------------------------------------------------------------------------------

static bool still_fails(uint64_t seed, const uint64_t* skip, size_t n, program_phase phase) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        limit_time();
        freopen("/dev/null", "w", stderr);
        bool ok = program_try(seed, false, skip, n, &s->report);
        _exit(ok || (s->report.phase == PHASE_REFERENCE && phase != PHASE_REFERENCE) ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? s->report.phase == phase : WEXITSTATUS(status) != 0;
}

// Leaves out statements, in shrinking chunks, as long as the program keeps failing.
static size_t reduce(uint64_t seed, uint64_t* skip, program_phase phase) {
    static uint64_t all[MAX_SKIP];
    size_t n = 0, num = s->report.num_statements;
    memcpy(all, s->report.statements, num * sizeof *all);
    for (size_t chunk = num / 2 + 1; chunk > 0; chunk /= 2) {
        for (size_t at = 0; at < num; at += chunk) {
            size_t take = num - at < chunk ? num - at : chunk;
            memcpy(skip + n, all + at, take * sizeof *skip);
            if (n + take < MAX_SKIP && still_fails(seed, skip, n + take, phase)) {
                n += take;
                memmove(all + at, all + at + take, (num - at - take) * sizeof *all);
                num -= take;
                at -= chunk;
            }
        }
    }
    return n;
}

static void report_failure(uint64_t seed, const char* folder) {
    static uint64_t skip[MAX_SKIP];
    program_phase phase = s->report.phase;
    printf("FAIL seed %llu, %s: %s\n", (unsigned long long)seed, program_phase_name(phase),
           s->report.message);
    if (phase == PHASE_REFERENCE) {
        return;
    }
    size_t n = reduce(seed, skip, phase);
    bool fails = still_fails(seed, skip, n, phase);
    printf("  reduced by %zu statements%s: %s: %s\n", n, fails ? "" : " (unstable)",
           program_phase_name(s->report.phase), s->report.message);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        program_write(seed, skip, n, folder);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

// ---- modes -----------------------------------------------------------------------------------

static int histogram(uint64_t minimum) {
    int missing = 0;
    for (int f = 0; f < GEN_F_COUNT; f++) {
        bool low = s->histogram[f] < minimum;
        missing += low;
        printf("  %-42s %8llu%s\n", gen_feature_name(f), (unsigned long long)s->histogram[f],
               low ? "  LOW" : "");
    }
    return missing;
}

static int run(uint64_t seed, uint64_t programs, uint64_t minimum, const char* folder) {
    uint64_t end = seed + programs;
    int failures = 0;
    double start = now();
    s->next = seed;
    while (s->next < end) {
        if (s->next != seed && (s->next - seed) % 1000 == 0) {
            fprintf(stderr, "fuzz_lowering: %llu programs, %d mismatches, %.0f s\n",
                    (unsigned long long)(s->next - seed), failures, now() - start);
        }
        uint64_t stop = s->next + PER_CHILD < end ? s->next + PER_CHILD : end;
        if (!batch(stop)) {
            failures++;
            if (failures <= MAX_REPORTED) {
                report_failure(s->next, folder);
            } else {
                printf("FAIL seed %llu, %s: %s\n", (unsigned long long)s->next,
                       program_phase_name(s->report.phase), s->report.message);
            }
            s->next++;
        }
    }
    double seconds = now() - start;
    int low = histogram(minimum);
    printf("fuzz_lowering: %llu programs, %llu runs, %llu drops, no passes + O0 + O2, %.1f "
           "programs/s\n",
           (unsigned long long)s->done, (unsigned long long)s->runs, (unsigned long long)s->drops,
           (double)s->done / seconds);
    printf("fuzz_lowering: %d mismatches, %d features under %llu programs\n", failures, low,
           (unsigned long long)minimum);
    return failures > 0 || low > 0;
}

static int one(uint64_t seed, const char* folder) {
    if (folder != NULL) {
        program_write(seed, NULL, 0, folder);
    }
    bool ok = program_try(seed, false, NULL, 0, &s->report);
    printf("seed %llu: %s %s (%u runs, %u drops)\n", (unsigned long long)seed, ok ? "ok" : "FAIL",
           s->report.message, s->report.runs, s->report.drops);
    return !ok;
}

static int mutants(void) {
    int found = 0, n = mutants_count();
    program_only_without_passes();
    for (int i = 0; i < n; i++) {
        mutants_select(i);
        bool hit = false;
        s->next = 1;
        while (s->next < MUTANT_PROGRAMS && !hit) {
            hit = !batch(s->next + PER_CHILD);
        }
        found += hit;
        printf("mutant %s: %s after %llu programs: %s: %s\n", mutants_name(i),
               hit ? "found" : "NOT FOUND", (unsigned long long)s->next,
               program_phase_name(s->report.phase), hit ? s->report.message : "");
        fflush(stdout);
    }
    printf("mutants %d/%d\n", found, n);
    return n == 0 || found != n;
}

int main(int argc, char** argv) {
    uint64_t seed = 1, programs = QUICK_COUNT, minimum = 0;
    const char* folder = NULL;
    bool single = false, want_mutants = false;
    for (int i = 1; i < argc; i++) {
        const char* next = i + 1 < argc ? argv[i + 1] : "0";
        if (strcmp(argv[i], "--long") == 0) {
            programs = LONG_COUNT;
            minimum = LONG_MINIMUM;
        } else if (strcmp(argv[i], "--generator") == 0) {
            s_generator_only = true;
        } else if (strcmp(argv[i], "--mutants") == 0) {
            want_mutants = true;
        } else if (strcmp(argv[i], "--seed") == 0 && ++i) {
            seed = strtoull(next, NULL, 10);
        } else if (strcmp(argv[i], "--count") == 0 && ++i) {
            programs = strtoull(next, NULL, 10);
        } else if (strcmp(argv[i], "--one") == 0 && ++i) {
            seed = strtoull(next, NULL, 10);
            single = true;
        } else if (strcmp(argv[i], "--write") == 0 && ++i) {
            folder = next;
        } else if (strcmp(argv[i], "--quick") != 0) {
            fprintf(stderr, "usage: fuzz_lowering [--quick|--long|--generator|--mutants] [--seed "
                            "N] [--count N] [--one N] "
                            "[--write FOLDER]\n");
            return 2;
        }
    }
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED) {
        return 2;
    }
    program_init();
    if (want_mutants) {
        return mutants();
    }
    const char* scratch = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    return single ? one(seed, folder) : run(seed, programs, minimum, folder ? folder : scratch);
}
