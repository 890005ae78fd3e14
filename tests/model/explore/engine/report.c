// SPDX-License-Identifier: Apache-2.0
// What is printed: the steps of the execution that failed, and the accesses that were reached with
// the ways to weaken each.
#include "tests/model/explore/engine/engine.h"

#include <stdio.h>
#include <string.h>

enum { MAX_NAMES = 32, MAX_SITES = 256 };

typedef struct line {
    const trt_model_site* site;
    const char* what;
    const void* at;
    uint64_t value, operand;
    int index, newest;
    unsigned thread;
} line;

static line s_lines[2 * MAX_STEPS + 64];
static unsigned s_num_lines;

static struct {
    const char* at;
    size_t size;
    const char* name;
} s_names[MAX_NAMES];
static unsigned s_num_names;

static trt_model_site* s_sites[MAX_SITES];
static unsigned s_num_sites;
static const char *s_weaken_key, *s_weaken_how;
static bool s_weakened;

// ---- the trace --------------------------------------------------------------------------------

void trace_reset(void) {
    s_num_lines = 0;
}

void trace(const trt_model_site* site, const char* what, const void* at, uint64_t value,
           uint64_t operand, int index, int newest) {
    if (g_engine.running && s_num_lines < sizeof(s_lines) / sizeof(s_lines[0])) {
        s_lines[s_num_lines++] = (line){site, what, at, value, operand, index, newest, g_engine.me};
    }
}

void names_reset(void) {
    s_num_names = 0;
}

void model_name(const void* at, size_t size, const char* name) {
    if (s_num_names < MAX_NAMES) {
        s_names[s_num_names].at = at;
        s_names[s_num_names].size = size;
        s_names[s_num_names++].name = name;
    }
}

static const char* name_of(const void* at, char* out, size_t cap) {
    for (unsigned i = 0; i < s_num_names; i++) {
        if ((const char*)at >= s_names[i].at && (const char*)at < s_names[i].at + s_names[i].size) {
            snprintf(out, cap, "%s+%zu", s_names[i].name,
                     (size_t)((const char*)at - s_names[i].at));
            return out;
        }
    }
    unsigned owner, number;
    size_t offset;
    if (heap_block_of(at, &owner, &number, &offset)) {
        snprintf(out, cap, "block %u of %s%c+%zu", number, owner == SETUP_ID ? "set-up" : "T",
                 owner == SETUP_ID ? ' ' : (char)('0' + owner), offset);
    } else {
        snprintf(out, cap, "%p", at);
    }
    return out;
}

static const char* order_name(int order) {
    static const char* const s_order_names[] = {"relaxed", "consume", "acquire",
                                                "release", "acq_rel", "seq_cst"};
    return s_order_names[order];
}

static void print_line(unsigned number, const line* l) {
    char name[128], place[256] = "";
    if (l->site != NULL) {
        snprintf(place, sizeof(place), "%s:%d", l->site->file, l->site->line);
    }
    printf("  %3u T%u %-34s %-10s %s", number, l->thread, place, l->what,
           l->at == NULL ? "" : name_of(l->at, name, sizeof(name)));
    if (l->site == NULL) {
        printf("\n");
        return;
    }
    printf(" %s", order_name(strcmp(l->what, "cas failed") == 0 ? l->site->fail : l->site->order));
    if (l->index < 0) {
        printf(" := 0x%llx\n", (unsigned long long)l->value);
    } else if (strcmp(l->what, "rmw") == 0 || strcmp(l->what, "cas") == 0) {
        printf(" 0x%llx -> 0x%llx\n", (unsigned long long)l->value, (unsigned long long)l->operand);
    } else {
        printf(" reads 0x%llx, store %d by %s%u", (unsigned long long)l->value, l->index,
               l->operand == SETUP_ID ? "set-up/" : "T", (unsigned)l->operand);
        printf(l->index < l->newest ? " (%d newer not seen)\n" : "\n", l->newest - l->index);
    }
}

void trace_print(void) {
    for (unsigned i = 0; i < s_num_lines; i++) {
        print_line(i + 1, &s_lines[i]);
    }
}

// ---- sites ------------------------------------------------------------------------------------

static const char* kind_name(int kind) {
    static const char* const s_kind_names[] = {"load", "store", "xchg", "add",
                                               "sub",  "or",    "and",  "cas"};
    return s_kind_names[kind];
}

static void key_of(const trt_model_site* site, char* out, size_t cap) {
    const char* file = strncmp(site->file, "./", 2) == 0 ? site->file + 2 : site->file;
    snprintf(out, cap, "%s:%d %s(%s)", file, site->line, kind_name(site->kind), site->object);
}

// The ways to weaken an order by one step; the last name is NULL.
static const char* weakening(int order, int kind, unsigned number, int* out_order) {
    bool loads = kind == TRT_MODEL_LOAD, stores = kind == TRT_MODEL_STORE;
    if (order == memory_order_acq_rel && number < 2) {
        *out_order = number == 0 ? memory_order_release : memory_order_acquire;
        return number == 0 ? "no-acquire" : "no-release";
    }
    if (number > 0) {
        return NULL;
    }
    if (order == memory_order_seq_cst) {
        *out_order = loads    ? memory_order_acquire
                     : stores ? memory_order_release
                              : memory_order_acq_rel;
        return "no-seq_cst";
    }
    if (order == memory_order_acquire || order == memory_order_release) {
        *out_order = memory_order_relaxed;
        return "relaxed";
    }
    return NULL;
}

static const char* fail_weakening(const trt_model_site* site, int* out_order) {
    if (site->kind != TRT_MODEL_CAS) {
        return NULL;
    }
    return weakening(site->fail, TRT_MODEL_LOAD, 0, out_order) == NULL ? NULL
           : site->fail == memory_order_seq_cst                        ? "fail-no-seq_cst"
                                                                       : "fail-relaxed";
}

void site_weaken(const char* key, const char* how) {
    s_weaken_key = key;
    s_weaken_how = how;
}

bool site_was_weakened(void) {
    return s_weakened;
}

static void apply(trt_model_site* site) {
    char key[256];
    key_of(site, key, sizeof(key));
    if (s_weaken_key == NULL || strcmp(key, s_weaken_key) != 0) {
        return;
    }
    int order;
    const char* name;
    for (unsigned i = 0; (name = weakening(site->order, site->kind, i, &order)) != NULL; i++) {
        if (strcmp(name, s_weaken_how) == 0) {
            site->order = order;
            s_weakened = true;
            return;
        }
    }
    if ((name = fail_weakening(site, &order)) != NULL && strcmp(name, s_weaken_how) == 0) {
        site->fail = order;
        s_weakened = true;
    }
}

void site_learn(trt_model_site* site) {
    site->known = true;
    if (s_num_sites < MAX_SITES) {
        s_sites[s_num_sites++] = site;
    }
    apply(site);
}

void sites_print(const char* test) {
    for (unsigned i = 0; i < s_num_sites; i++) {
        char key[256];
        int order;
        const char* name;
        trt_model_site* site = s_sites[i];
        site->known = false; // the next case tells of its own
        key_of(site, key, sizeof(key));
        for (unsigned j = 0; (name = weakening(site->order, site->kind, j, &order)) != NULL; j++) {
            printf("site\t%s\t%s\t%s\n", test, key, name);
        }
        if ((name = fail_weakening(site, &order)) != NULL) {
            printf("site\t%s\t%s\t%s\n", test, key, name);
        }
    }
    s_num_sites = 0;
}
