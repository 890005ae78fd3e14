// SPDX-License-Identifier: Apache-2.0
// The weak memory: per location the stores in modification order, each with the view it publishes.
//
// A load reads any store that is not older than what its thread has seen; an acquire load joins the
// store's view. A release store publishes the thread's view, a relaxed one nothing. A
// read-modify-write reads the newest store (it is atomic) and passes on what that one published
// (the release sequence). A compare-and-swap may also fail by reading an older store with another
// value. Sequentially consistent accesses take place in the order of steps: such a load reads
// nothing older than the last store that a sequentially consistent access of the location read or
// made (coherence-ordered before, C++20). Weak forms of cas do not fail spuriously.
//
// Not modelled: stores take their place in modification order when they are made, and loads read
// only stores that were made before. So neither load buffering (but see watch.c) nor two stores
// that each come before the other thread's earlier one (2+2W) are explored; hardware and compilers
// may do both to relaxed accesses.
#include "tests/model/explore/engine/engine.h"

#include <string.h>

typedef struct store {
    uint64_t value;
    view published;
    uint8_t by;
} store;

typedef struct location {
    const char* at;
    unsigned size;
    uint16_t num_stores;
    uint16_t oldest; ///< older ones were overwritten by a plain store
    uint16_t sc;     ///< last store that a sequentially consistent access read or made
    bool stale;      ///< a plain store changed the memory
} location;

static location s_locations[MAX_LOCATIONS];
static store s_stores[MAX_LOCATIONS][MAX_STORES];
static unsigned s_num;
static uint8_t s_index[1024];                   ///< location + 1 by hashed address
static uint8_t s_again[MAX_IDS][MAX_LOCATIONS]; ///< how often a thread read the same old store
enum { MAX_AGAIN = 2 };

void memory_reset(void) {
    s_num = 0;
    memset(s_index, 0, sizeof(s_index));
    memset(s_again, 0, sizeof(s_again));
}

void view_join(view* to, const view* from) {
    for (int i = 0; i < MAX_IDS; i++) {
        to->clock[i] = from->clock[i] > to->clock[i] ? from->clock[i] : to->clock[i];
    }
    for (unsigned i = 0; i < s_num; i++) {
        to->store[i] = from->store[i] > to->store[i] ? from->store[i] : to->store[i];
    }
}

uint64_t view_hash(const view* seen) {
    uint64_t hash = 0;
    for (int i = 0; i < MAX_IDS; i++) {
        hash = mix(hash, seen->clock[i]);
    }
    for (unsigned i = 0; i < s_num; i++) {
        if (seen->store[i] != 0) { // locations are numbered in the order of their first access
            hash += mix((uint64_t)(uintptr_t)s_locations[i].at, seen->store[i]);
        }
    }
    return hash;
}

// ---- locations --------------------------------------------------------------------------------

static unsigned slot_of(const void* at) {
    uint64_t hash = (uint64_t)(uintptr_t)at / 4 * 0x9E3779B97F4A7C15ull;
    unsigned slot = (unsigned)(hash >> 54);
    while (s_index[slot] != 0 && s_locations[s_index[slot] - 1].at != at) {
        slot = (slot + 1) % 1024;
    }
    return slot;
}

static uint64_t read_memory(const void* at, unsigned size) {
    uint64_t value = 0;
    memcpy(&value, at, size);
    return value;
}

static store* append(location* where, uint64_t value) {
    if (where->num_stores == MAX_STORES) {
        model_fail("livelock: more than %d stores to one location", MAX_STORES);
    }
    store* made = &s_stores[where - s_locations][where->num_stores++];
    made->value = value;
    made->by = (uint8_t)g_engine.me;
    return made;
}

// The location of an atomic, made at its first access with what is in memory.
static location* locate(const void* at, unsigned size) {
    unsigned slot = slot_of(at);
    if (s_index[slot] == 0) {
        if (s_num == MAX_LOCATIONS) {
            model_fail("more than %d atomic locations", MAX_LOCATIONS);
        }
        location* fresh = &s_locations[s_num++];
        *fresh = (location){.at = at, .size = size, .stale = true};
        s_index[slot] = (uint8_t)s_num;
        for (int i = 0; i < MAX_IDS; i++) {
            g_engine.threads[i].seen.store[s_num - 1] = 0;
        }
    }
    location* where = &s_locations[s_index[slot] - 1];
    if (where->stale) {
        where->stale = false;
        where->oldest = where->num_stores;
        memset(&append(where, read_memory(at, size))->published, 0, sizeof(view));
    }
    return where;
}

void memory_stale(const void* at, size_t size) {
    for (unsigned i = 0; i < s_num; i++) {
        if (s_locations[i].at < (const char*)at + size &&
            (const char*)at < s_locations[i].at + s_locations[i].size) {
            s_locations[i].stale = true;
        }
    }
}

// ---- steps ------------------------------------------------------------------------------------

static bool is_acquire(int order) {
    return order == memory_order_acquire || order == memory_order_acq_rel ||
           order == memory_order_seq_cst || order == memory_order_consume;
}

static bool is_release(int order) {
    return order == memory_order_release || order == memory_order_acq_rel ||
           order == memory_order_seq_cst;
}

static location* begin(const void* at, unsigned size, bool write, const void* pc) {
    step_on(at, write);
    shadow_access(at, size, ACCESS_ATOMIC | (write ? ACCESS_WRITE : 0), pc);
    return locate(at, size);
}

static unsigned index_of(const location* where) {
    return (unsigned)(where - s_locations);
}

// The oldest store that a load of this order may read. Stores become visible in finite time: the
// same old one is read a few times, then a newer one.
static unsigned oldest_for(const location* where, int order) {
    unsigned oldest = me()->seen.store[index_of(where)];
    oldest = oldest > where->oldest ? oldest : where->oldest;
    if (order == memory_order_seq_cst && where->sc > oldest) {
        oldest = where->sc;
    }
    bool enough = s_again[g_engine.me][index_of(where)] >= MAX_AGAIN;
    return enough && oldest + 1u < where->num_stores ? oldest + 1 : oldest;
}

static void read_store(location* where, unsigned index, int order) {
    view* seen = &me()->seen;
    if (is_acquire(order)) {
        view_join(seen, &s_stores[index_of(where)][index].published);
    }
    uint8_t* again = &s_again[g_engine.me][index_of(where)];
    *again =
        seen->store[index_of(where)] == index && index + 1u < where->num_stores ? *again + 1 : 0;
    if (seen->store[index_of(where)] < index) {
        seen->store[index_of(where)] = (uint16_t)index;
    }
    if (order == memory_order_seq_cst && where->sc < index) {
        where->sc = (uint16_t)index;
    }
}

static void write_store(location* where, uint64_t value, int order, bool continues) {
    unsigned index = where->num_stores;
    store* made = append(where, value);
    view* seen = &me()->seen;
    seen->store[index_of(where)] = (uint16_t)index;
    if (is_release(order)) {
        made->published = *seen;
        step_published();
    } else {
        memset(&made->published, 0, sizeof(view));
    }
    if (continues) {
        view_join(&made->published, &s_stores[index_of(where)][index - 1].published);
    }
    if (order == memory_order_seq_cst) {
        where->sc = (uint16_t)index;
    }
    memcpy((void*)(uintptr_t)where->at, &value, where->size);
}

static uint64_t mask_of(unsigned size) {
    return size == 8 ? ~0ull : (1ull << size * 8) - 1;
}

// What a step means for its thread's history: place, location, store read or made.
static void end(const trt_model_site* site, const location* where, unsigned index, bool wrote) {
    step_end(
        mix(mix((uint64_t)(uintptr_t)site, (uint64_t)(uintptr_t)where->at), index * 2u + wrote));
}

// A load may be the first round of a compare-and-swap loop.
static void end_load(const trt_model_site* site, const location* where, unsigned index) {
    uint64_t before = me()->history;
    end(site, where, index, false);
    me()->before_load = before;
    me()->loaded = where->at;
}

// A compare-and-swap that follows a load or a failed one of the same location is a round of a loop,
// which remembers nothing of the rounds that failed but what it saw last: their reads leave the
// history, their views stay.
static void end_cas(const trt_model_site* site, const location* where, unsigned index, bool wrote) {
    thread* self = me();
    uint64_t before = self->history;
    if (self->loaded == where->at) {
        before = self->before_load;
        self->history = mix(before, view_hash(&self->seen));
    }
    end(site, where, index, wrote);
    if (!wrote) {
        self->before_load = before;
        self->loaded = where->at;
    }
}

uint64_t trt_model_load(const void* at, unsigned size, trt_model_site* site) {
    site_use(site);
    location* where = begin(at, size, false, __builtin_return_address(0));
    unsigned oldest = oldest_for(where, site->order), newest = where->num_stores - 1u;
    unsigned index = newest - choose(newest - oldest + 1);
    uint64_t value = s_stores[index_of(where)][index].value;
    read_store(where, index, site->order);
    watch_load(at, index);
    trace(site, "load", at, value, s_stores[index_of(where)][index].by, (int)index, (int)newest);
    end_load(site, where, index);
    return value;
}

void trt_model_store(void* at, unsigned size, uint64_t value, trt_model_site* site) {
    site_use(site);
    location* where = begin(at, size, true, __builtin_return_address(0));
    watch_store(at, where->num_stores);
    write_store(where, value & mask_of(size), site->order, false);
    trace(site, "store", at, value & mask_of(size), 0, -1, where->num_stores - 1);
    end(site, where, where->num_stores - 1u, true);
}

static uint64_t combine(int kind, uint64_t old, uint64_t operand) {
    switch (kind) {
    case TRT_MODEL_ADD:
        return old + operand;
    case TRT_MODEL_SUB:
        return old - operand;
    case TRT_MODEL_OR:
        return old | operand;
    case TRT_MODEL_AND:
        return old & operand;
    default:
        return operand;
    }
}

uint64_t trt_model_rmw(void* at, unsigned size, uint64_t operand, trt_model_site* site) {
    site_use(site);
    location* where = begin(at, size, true, __builtin_return_address(0));
    unsigned newest = where->num_stores - 1u;
    uint64_t old = s_stores[index_of(where)][newest].value;
    read_store(where, newest, site->order);
    uint64_t fresh = combine(site->kind, old, operand) & mask_of(size);
    write_store(where, fresh, site->order, true);
    trace(site, "rmw", at, old, fresh, (int)newest, (int)newest);
    end(site, where, newest + 1, true);
    return old;
}

// The stores by which a cas may fail, newest first; the cas itself succeeds on the newest. A round
// of a loop fails by the newest only: the load before it could have read any of the others.
static unsigned failures(const location* where, int order, uint64_t expected, uint8_t* out) {
    unsigned num = 0, oldest = oldest_for(where, order);
    if (me()->loaded == where->at) {
        oldest = where->num_stores - 1u;
    }
    for (unsigned i = where->num_stores; i-- > oldest;) {
        if (s_stores[index_of(where)][i].value != expected) {
            out[num++] = (uint8_t)i;
        }
    }
    return num;
}

bool trt_model_cas(void* at, unsigned size, void* expected, uint64_t desired,
                   trt_model_site* site) {
    site_use(site);
    location* where = begin(at, size, true, __builtin_return_address(0));
    uint64_t wanted = read_memory(expected, size);
    unsigned newest = where->num_stores - 1u;
    bool may_succeed = s_stores[index_of(where)][newest].value == wanted;
    uint8_t failing[MAX_STORES];
    unsigned num = failures(where, site->fail, wanted, failing);
    unsigned way = choose(num + may_succeed);
    if (may_succeed && way == 0) {
        read_store(where, newest, site->order);
        write_store(where, desired & mask_of(size), site->order, true);
        trace(site, "cas", at, wanted, desired & mask_of(size), (int)newest, (int)newest);
        end_cas(site, where, newest + 1, true);
        return true;
    }
    unsigned index = failing[way - may_succeed];
    uint64_t value = s_stores[index_of(where)][index].value;
    read_store(where, index, site->fail);
    model_used(false); // watched loads were for this
    trace(site, "cas failed", at, value, s_stores[index_of(where)][index].by, (int)index,
          (int)newest);
    memcpy(expected, &value, size);
    end_cas(site, where, index, false);
    return false;
}

void trt_model_init(void* at, unsigned size, uint64_t value) {
    shadow_access(at, size, ACCESS_WRITE, __builtin_return_address(0));
    memcpy(at, &value, size);
    memory_stale(at, size);
}
