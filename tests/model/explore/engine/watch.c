// SPDX-License-Identifier: Apache-2.0
// Watched memory: what load buffering could do there. A relaxed load that its thread uses later may
// take place after the thread's later steps, unless those are ordered behind it for whoever sees
// them. So a store that another thread makes because of such a step, without having acquired it,
// might be what the load reads. The explorer runs loads in program order and would not see that;
// here it is asked of every (load that is used, later store) pair that the load happens before the
// store.
#include "tests/model/explore/engine/engine.h"

#include <string.h>

enum { MAX_LOADS = 64, MAX_OVERWRITES = 64 };

typedef struct watched_load {
    const void* at;
    unsigned thread, index; ///< the store it read
    uint16_t clock;
    bool used;
} watched_load;

typedef struct watched_store {
    const void* at;
    unsigned thread, index;
    uint16_t seen[MAX_IDS]; ///< the writer's view of every thread's clock
} watched_store;

static const char* s_at;
static size_t s_size;
static watched_load s_loads[MAX_LOADS];
static watched_store s_stores[MAX_OVERWRITES];
static unsigned s_num_loads, s_num_stores;

void watch_reset(void) {
    s_size = 0;
    s_num_loads = s_num_stores = 0;
}

void model_watch(const void* at, size_t size) {
    s_at = at;
    s_size = size;
}

static bool is_watched(const void* at) {
    return g_engine.running && (const char*)at >= s_at && (const char*)at < s_at + s_size;
}

static void check(const watched_load* load, const watched_store* store) {
    if (load->used && load->at == store->at && load->thread != store->thread &&
        store->index > load->index && store->seen[load->thread] < load->clock) {
        model_fail("load buffering: T%u may read what T%u wrote later, nothing orders them",
                   load->thread, store->thread);
    }
}

void watch_load(const void* at, unsigned index) {
    if (!is_watched(at)) {
        return;
    }
    if (s_num_loads == MAX_LOADS) {
        model_fail("more than %d loads of watched memory", MAX_LOADS);
    }
    s_loads[s_num_loads++] =
        (watched_load){at, g_engine.me, index, me()->seen.clock[g_engine.me], false};
}

void watch_store(const void* at, unsigned index) {
    if (!is_watched(at)) {
        return;
    }
    if (s_num_stores == MAX_OVERWRITES) {
        model_fail("more than %d stores to watched memory", MAX_OVERWRITES);
    }
    watched_store* made = &s_stores[s_num_stores++];
    *made = (watched_store){.at = at, .thread = g_engine.me, .index = index};
    memcpy(made->seen, me()->seen.clock, sizeof(made->seen));
    for (unsigned i = 0; i < s_num_loads; i++) {
        check(&s_loads[i], made);
    }
}

void model_used(bool used) {
    unsigned kept = 0;
    for (unsigned i = 0; i < s_num_loads; i++) {
        watched_load* load = &s_loads[i];
        bool mine = load->thread == g_engine.me && !load->used;
        if (mine && !used) {
            continue;
        }
        load->used = load->used || mine;
        for (unsigned j = 0; mine && j < s_num_stores; j++) {
            check(load, &s_stores[j]);
        }
        s_loads[kept++] = *load;
    }
    s_num_loads = kept;
}
