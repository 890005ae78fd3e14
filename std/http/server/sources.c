// SPDX-License-Identifier: Apache-2.0
// The count per source. One entry per address with a connection open, so the table is as large as
// the number of connections allows and no larger; one lock, taken at accept and at close.
#include "std/http/server/sources.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <string.h>

struct trt_source {
    trt_source* next;
    trt_source_key key;
    uint64_t count;
};

trt_source_key trt_source_key_of(const trt_addr* addr) {
    trt_source_key key = {.family = addr->family};
    memcpy(&key.bits, addr->ip, addr->family == 4 ? 4 : 8);
    return key;
}

static bool same(trt_source_key a, trt_source_key b) {
    return a.bits == b.bits && a.family == b.family;
}

// Multiply and fold: enough to spread, seeded so that it cannot be aimed at.
static trt_source** find(trt_sources* sources, trt_source_key key) {
    uint64_t hash = (key.bits ^ sources->seed ^ key.family) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32 ^ sources->seed >> 7) * 0xd6e8feb86659fd93u;
    trt_source** link = &sources->buckets[(hash >> 40) % TRT_SOURCE_BUCKETS];
    while (*link != NULL && !same((*link)->key, key)) {
        link = &(*link)->next;
    }
    return link;
}

static tmlrt_status enter(trt_sources* sources, trt_source_key key, uint64_t limit) {
    trt_source** link = find(sources, key);
    if (*link == NULL) {
        *link = trt_alloc(sizeof(trt_source));
        if (*link == NULL) {
            return TMLRT_E_NOMEM;
        }
        **link = (trt_source){.key = key};
    }
    if ((*link)->count >= limit) {
        return TMLRT_E_FULL;
    }
    (*link)->count++;
    return TMLRT_OK;
}

tmlrt_status trt_sources_enter(trt_sources* sources, trt_source_key key, uint64_t limit) {
    trt_mutex_lock(&sources->lock);
    tmlrt_status status = enter(sources, key, limit);
    trt_mutex_unlock(&sources->lock);
    return status;
}

void trt_sources_leave(trt_sources* sources, trt_source_key key) {
    trt_mutex_lock(&sources->lock);
    trt_source** link = find(sources, key);
    trt_source* source = *link;
    TRT_CHECK(source != NULL && source->count != 0);
    if (--source->count == 0) {
        *link = source->next;
    } else {
        source = NULL;
    }
    trt_mutex_unlock(&sources->lock);
    trt_free(source, sizeof(trt_source));
}

void trt_sources_fini(trt_sources* sources) {
    for (uint32_t i = 0; i < TRT_SOURCE_BUCKETS; i++) {
        while (sources->buckets[i] != NULL) {
            trt_source* source = sources->buckets[i];
            sources->buckets[i] = source->next;
            trt_free(source, sizeof(trt_source));
        }
    }
}
