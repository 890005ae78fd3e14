// SPDX-License-Identifier: Apache-2.0
// One program per structure: runs its cases and prints a line for each; explore.py reads them.
//
// usage: STRUCTURE [--case NAME] [--bound N] [--max EXECUTIONS] [--weaken ACCESS HOW] [--sites]
#include "tests/model/explore/engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned s_bound = 2;
static uint64_t s_max = 50000000;
static const char* s_only;
static bool s_sites;

static int usage(const char* problem) {
    fprintf(stderr,
            "%s: %s\nusage: %s [--case NAME] [--bound N] [--max EXECUTIONS]"
            " [--weaken ACCESS HOW] [--sites]\n",
            model_structure, problem, model_structure);
    return 2;
}

static int parse(int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--sites") == 0) {
            s_sites = true;
        } else if (strcmp(argv[i], "--weaken") == 0 && i + 2 < argc) {
            site_weaken(argv[i + 1], argv[i + 2]);
            i += 2;
        } else if (strcmp(argv[i], "--case") == 0 && i + 1 < argc) {
            s_only = argv[++i];
        } else if (strcmp(argv[i], "--bound") == 0 && i + 1 < argc) {
            s_bound = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--max") == 0 && i + 1 < argc) {
            s_max = strtoull(argv[++i], NULL, 10);
        } else {
            return usage(argv[i]);
        }
    }
    return s_bound > 14 ? usage("--bound is 1 to 14, 0 for none") : 0;
}

static bool run_case(const model_case* test) {
    unsigned bound = test->bound != 0 ? test->bound : s_bound == 0 ? MODEL_NO_BOUND : s_bound;
    bool holds = explore(test, bound, s_max);
    char bound_text[16] = "none";
    if (bound != MODEL_NO_BOUND) {
        snprintf(bound_text, sizeof(bound_text), "%u", bound);
    }
    printf("structure=%s case=%s shows=%s threads=%u preemptions=%s states=%llu executions=%llu "
           "complete=%llu steps=%u result=%s\n",
           model_structure, test->name, test->shows, g_engine.max_threads, bound_text,
           (unsigned long long)g_engine.states, (unsigned long long)g_engine.executions,
           (unsigned long long)g_engine.complete, g_engine.max_steps, holds ? "holds" : "FAILS");
    if (!holds) {
        printf("failure: %s\n", g_engine.failure);
        trace_print();
    } else if (s_sites) {
        sites_print(test->name);
    }
    return holds;
}

int main(int argc, char** argv) {
    int bad = parse(argc, argv);
    if (bad != 0) {
        return bad;
    }
    bool found = false;
    for (unsigned i = 0; i < model_num_cases; i++) {
        if (s_only == NULL || strcmp(s_only, model_cases[i].name) == 0) {
            found = true;
            if (!run_case(&model_cases[i])) {
                return 1;
            }
        }
    }
    return found ? 0 : usage("no such case");
}
