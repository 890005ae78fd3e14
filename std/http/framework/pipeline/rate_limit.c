// SPDX-License-Identifier: Apache-2.0
// The generic cell rate algorithm (ITU-T I.371): a client's whole state is one time, the moment at
// which what it has used is paid back. A request is allowed while that lies less than a window
// ahead. No timers: a time that has passed says the same as no entry, so such an entry is taken
// over.
//
// Keys are kept as a keyed 128-bit hash: nobody can aim at a chain or at another's bucket. When
// every entry is in use and none has passed, new keys share one bucket: memory stays bounded, and
// those who were there first keep theirs. One lock, held for one walk of a short chain. Called by
// the RateLimit stage through tmlrt_rate_limiter_take; any thread.
#include "std/http/framework/pipeline/rate_limit.h"

#include <tmlrt/abi/functions.h>

#include "rt/base/alloc.h"
#include "rt/base/hash.h"
#include "rt/os/random.h"
#include "rt/os/socket.h"
#include "rt/os/thread.h"

#include <string.h>

enum { MAX_KEYS = 1 << 20, MAX_NUM = 1 << 20, KEY_TEXT = 64, SWEEP = 4 };

typedef struct entry {
    uint64_t hash[2];
    uint64_t paid_ns;
    uint32_t next;  ///< index + 1 in its chain
    uint32_t chain; ///< index of its chain
} entry;

struct tmlrt_rate_limiter {
    trt_mutex lock;
    trt_hash_key key[2];
    uint64_t num, window_ns, cost_ns;
    uint64_t shared_ns; ///< the shared bucket's time
    uint32_t max_keys, num_keys, hand, chain_mask;
    uint32_t* chains; ///< index + 1 of the first entry
    entry* entries;
};

static uint64_t clamp(uint64_t value, uint64_t fallback, uint64_t least, uint64_t most) {
    value = value == 0 ? fallback : value;
    return value < least ? least : value > most ? most : value;
}

trt_rate_limiter* trt_rate_limiter_new(const trt_rate_options* options) {
    trt_rate_limiter* limiter = trt_alloc_zero(sizeof *limiter);
    if (limiter == NULL) {
        return NULL;
    }
    limiter->num = clamp(options->num, 100, 1, MAX_NUM);
    limiter->window_ns =
        clamp(options->window_ns, 60 * 1000000000ull, 1000000, 86400 * 1000000000ull);
    limiter->max_keys = (uint32_t)clamp(options->max_keys, 65536, 1, MAX_KEYS);
    limiter->cost_ns = limiter->window_ns / limiter->num;
    limiter->cost_ns += limiter->cost_ns == 0;
    uint32_t chains = 1;
    while (chains < limiter->max_keys) {
        chains *= 2;
    }
    limiter->chain_mask = chains - 1;
    trt_os_random(limiter->key, sizeof limiter->key);
    limiter->chains = trt_alloc_zero(chains * sizeof *limiter->chains);
    limiter->entries = trt_alloc_array(limiter->max_keys, sizeof *limiter->entries);
    if (limiter->chains == NULL || limiter->entries == NULL) {
        trt_rate_limiter_free(limiter);
        return NULL;
    }
    return limiter;
}

void trt_rate_limiter_free(trt_rate_limiter* limiter) {
    if (limiter != NULL) {
        trt_free(limiter->chains, (limiter->chain_mask + 1ull) * sizeof *limiter->chains);
        trt_free(limiter->entries, (size_t)limiter->max_keys * sizeof *limiter->entries);
        trt_free(limiter, sizeof *limiter);
    }
}

/// What counts of a key: 8 bytes of an IPv6 address, else the text itself.
static void hash_key(const trt_rate_limiter* limiter, uint64_t out[2], const char* key,
                     uint64_t len) {
    char text[KEY_TEXT];
    trt_addr addr;
    const void* data = key;
    size_t size = (size_t)len;
    if (len < KEY_TEXT && memchr(key, ':', (size_t)len) != NULL) {
        memcpy(text, key, (size_t)len);
        text[len] = '\0';
        if (trt_addr_parse(&addr, text, 0) == TMLRT_OK && addr.family == 6) {
            data = addr.ip;
            size = 8;
        }
    }
    out[0] = trt_hash(limiter->key[0], data, size);
    out[1] = trt_hash(limiter->key[1], data, size);
}

static void unlink_entry(trt_rate_limiter* limiter, uint32_t index) {
    uint32_t* link = &limiter->chains[limiter->entries[index].chain];
    while (*link != index + 1) {
        link = &limiter->entries[*link - 1].next;
    }
    *link = limiter->entries[index].next;
}

/// An entry that was never used, or the next of a few under the hand whose time has passed.
static entry* take_entry(trt_rate_limiter* limiter, uint64_t now_ns) {
    if (limiter->num_keys < limiter->max_keys) {
        return &limiter->entries[limiter->num_keys++];
    }
    for (uint32_t i = 0; i < SWEEP && i < limiter->max_keys; i++) {
        uint32_t index = limiter->hand;
        limiter->hand = index + 1 == limiter->max_keys ? 0 : index + 1;
        if (limiter->entries[index].paid_ns <= now_ns) {
            unlink_entry(limiter, index);
            return &limiter->entries[index];
        }
    }
    return NULL;
}

/// The time of a key, or the shared one when there is no room for it.
static uint64_t* find(trt_rate_limiter* limiter, const uint64_t hash[2], uint64_t now_ns) {
    uint32_t chain = (uint32_t)hash[0] & limiter->chain_mask;
    for (uint32_t at = limiter->chains[chain]; at != 0; at = limiter->entries[at - 1].next) {
        entry* found = &limiter->entries[at - 1];
        if (found->hash[0] == hash[0] && found->hash[1] == hash[1]) {
            return &found->paid_ns;
        }
    }
    entry* fresh = take_entry(limiter, now_ns);
    if (fresh == NULL) {
        return &limiter->shared_ns;
    }
    *fresh = (entry){{hash[0], hash[1]}, now_ns, limiter->chains[chain], chain};
    limiter->chains[chain] = (uint32_t)(fresh - limiter->entries) + 1;
    return &fresh->paid_ns;
}

trt_rate_decision trt_rate_limiter_take(trt_rate_limiter* limiter, const char* key, uint64_t len,
                                        uint64_t now_ns) {
    uint64_t hash[2];
    hash_key(limiter, hash, key, len);
    uint64_t window = limiter->cost_ns * limiter->num; // whole requests: no rounding at its end
    trt_rate_decision out = {.limit = limiter->num};
    trt_mutex_lock(&limiter->lock);
    uint64_t* paid = find(limiter, hash, now_ns);
    uint64_t used = *paid > now_ns ? *paid - now_ns : 0;
    out.shared = paid == &limiter->shared_ns;
    out.allowed = used + limiter->cost_ns <= window;
    if (out.allowed) {
        used += limiter->cost_ns;
        *paid = now_ns + used;
    } else {
        out.retry_ns = used + limiter->cost_ns - window;
    }
    trt_mutex_unlock(&limiter->lock);
    out.remaining = (window - used) / limiter->cost_ns;
    out.reset_ns = used;
    return out;
}

// ---- what compiled code calls (functions.def) ---------------------------------------------------

tmlrt_rate_limiter* tmlrt_rate_limiter_new(uint64_t num, uint64_t window_ns, uint64_t max_keys) {
    uint32_t keys = max_keys > MAX_KEYS ? MAX_KEYS : (uint32_t)max_keys;
    return trt_rate_limiter_new(&(trt_rate_options){num, window_ns, keys});
}

static uint64_t seconds_up(uint64_t ns) {
    return (ns + 999999999u) / 1000000000u;
}

int32_t tmlrt_rate_limiter_take(tmlrt_rate_limiter* limiter, const char* key, uint64_t* out) {
    trt_rate_decision decision = trt_rate_limiter_take(limiter, key, strlen(key), tmlrt_now_ns());
    out[0] = decision.limit;
    out[1] = decision.remaining;
    out[2] = seconds_up(decision.reset_ns);
    out[3] = seconds_up(decision.retry_ns);
    return decision.allowed;
}

void tmlrt_rate_limiter_free(tmlrt_rate_limiter* limiter) {
    trt_rate_limiter_free(limiter);
}
