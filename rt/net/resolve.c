// SPDX-License-Identifier: Apache-2.0
// Targets (text to host and port) and lookups, and the resolve future.
//
// Rule of waiting: a lookup has a time (10 s by default); when it is over, or the leaf is dropped,
// the leaf leaves and the call goes on by itself on its thread of the pool until the system's
// resolver gives up; its block goes with it. A lookup that waits in the pool's queue is not begun
// any more then. A literal never comes near the pool. Not more than half of the pool's threads look
// names up at a time: servers that do not answer must not keep files from being read.
#include "rt/net/resolve.h"

#include "rt/base/alloc.h"
#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/io/leaf.h"

#include <string.h>

static trt_atomic_ptr s_fn;

void trt_resolve_replace(trt_resolve_fn fn) {
    // Release pairs with the acquire load of trt_lookup_new: what fn needs was written before.
    trt_atomic_store(&s_fn, (void*)fn, TRT_RELEASE_ORDER);
}

// ---- targets ------------------------------------------------------------------------------------

// "host" or "host:port". Returns the host's length; *out_port is -1 without one, -2: malformed.
static size_t split_port(const char* text, int32_t* out_port) {
    const char* colon = strchr(text, ':');
    *out_port = -1;
    if (colon == NULL) {
        return strlen(text);
    }
    int32_t port = 0;
    const char* digit = colon + 1;
    for (; *digit >= '0' && *digit <= '9' && port <= UINT16_MAX; digit++) {
        port = port * 10 + (*digit - '0');
    }
    bool is_number = *digit == '\0' && digit != colon + 1 && port <= UINT16_MAX;
    *out_port = is_number ? port : -2;
    return (size_t)(colon - text);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A last label of digits, or of 0x and digits: an address by the rules of some resolvers.
static bool ends_in_number(const char* host, size_t len) {
    len -= host[len - 1] == '.';
    size_t from = len;
    while (from > 0 && host[from - 1] != '.') {
        from--;
    }
    const char* label = host + from;
    size_t label_len = len - from;
    if (label_len >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X')) {
        return true;
    }
    for (size_t i = 0; i < label_len; i++) {
        if (!is_digit(label[i])) {
            return false;
        }
    }
    return true; // an empty last label is no name either
}

static bool is_host(const char* host, size_t len) {
    if (len == 0 || len > 254 || (len == 254 && host[253] != '.') || host[0] == '.' ||
        host[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)host[i];
        bool is_word = is_digit((char)c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c >= 128;
        if (!is_word && (c != '.' || host[i + 1] == '.')) {
            return false;
        }
    }
    return !ends_in_number(host, len);
}

tmlrt_status trt_target_parse(trt_target* out, const char* text, int32_t default_port) {
    trt_target target = {.host = ""};
    int32_t port;
    if (text == NULL || default_port < 0 || default_port > UINT16_MAX) {
        return TMLRT_E_INVAL;
    }
    if (trt_addr_parse(&target.addr, text, (uint16_t)default_port) == TMLRT_OK) {
        target.port = target.addr.port;
        *out = target;
        return TMLRT_OK;
    }
    size_t len = split_port(text, &port);
    if (port == -2 || !is_host(text, len)) {
        return TMLRT_E_INVAL;
    }
    memcpy(target.host, text, len);
    target.port = port >= 0 ? (uint16_t)port : (uint16_t)default_port;
    *out = target;
    return TMLRT_OK;
}

// ---- lookups ------------------------------------------------------------------------------------

static void lookup_run(trt_offload* base) {
    trt_lookup* self = TRT_CONTAINER_OF(base, trt_lookup, base);
    self->status =
        self->fn(self->host, self->port, self->family, self->addrs, TRT_RESOLVE_ADDRS, &self->num);
}

static void lookup_fini(trt_offload* base) {
    trt_free(TRT_CONTAINER_OF(base, trt_lookup, base), sizeof(trt_lookup));
}

// A pool thread still counts the pool here; who refuses jobs is its owner.
static void lookup_ended(trt_offload* base) {
    trt_lookup* self = TRT_CONTAINER_OF(base, trt_lookup, base);
    TRT_CHECK(trt_semaphore_release(self->permits, 1) == TMLRT_OK);
}

trt_lookup* trt_lookup_new(const trt_target* target, uint32_t family) {
    trt_lookup* self = trt_alloc_zero(sizeof(*self));
    if (self != NULL) {
        void* fn = trt_atomic_load(&s_fn, TRT_ACQUIRE_ORDER);
        self->base.run = lookup_run;
        self->base.fini = lookup_fini;
        self->base.ended = lookup_ended;
        self->fn = fn != NULL ? (trt_resolve_fn)fn : trt_os_resolve;
        self->family = family;
        self->port = target->port;
        memcpy(self->host, target->host, sizeof(self->host));
    }
    return self;
}

tmlrt_poll trt_lookup_poll(trt_lookup* lookup, tmlrt_context* cx, tmlrt_status* out_status) {
    if (!lookup->is_begun) {
        trt_blocking* pool = trt_offload_pool(out_status);
        if (pool == NULL) {
            return TMLRT_READY;
        }
        lookup->permits = trt_blocking_slow(pool);
        if (trt_semaphore_poll(lookup->permits, &lookup->waiter, 1, cx->waker, out_status) ==
            TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        lookup->is_begun = true;
        trt_offload_start_on(&lookup->base, pool);
    }
    return trt_offload_poll(&lookup->base, cx, out_status);
}

void trt_lookup_leave(trt_lookup* lookup) {
    if (lookup == NULL) {
        return;
    }
    if (lookup->permits != NULL && !lookup->is_begun) {
        trt_semaphore_cancel(lookup->permits, &lookup->waiter);
    }
    trt_offload_leave(&lookup->base);
}

// ---- the future ---------------------------------------------------------------------------------

struct tmlrt_addr_list {
    uint32_t num;
    trt_addr addrs[];
};

typedef struct resolve_leaf {
    trt_io_leaf base;
    trt_lookup* lookup;    ///< a name
    tmlrt_addr_list* list; ///< a literal's
    trt_timer timer;
    tmlrt_status status;
    uint32_t timeout_ms;
    bool is_begun;
} resolve_leaf;

static tmlrt_addr_list* list_of(const trt_addr* addrs, uint32_t num) {
    tmlrt_addr_list* list = trt_alloc(sizeof(*list) + num * sizeof(trt_addr));
    if (list != NULL) {
        list->num = num;
        memcpy(list->addrs, addrs, num * sizeof(trt_addr));
    }
    return list;
}

static size_t list_size(const tmlrt_addr_list* list) {
    return sizeof(*list) + list->num * sizeof(trt_addr);
}

void tmlrt_addr_list_free(tmlrt_addr_list* list) {
    if (list != NULL) {
        trt_free(list, list_size(list));
    }
}

int32_t tmlrt_addr_list_len(const tmlrt_addr_list* list) {
    return (int32_t)list->num;
}

int32_t tmlrt_addr_list_at(const tmlrt_addr_list* list, int32_t index, tmlrt_addr* out) {
    if (index < 0 || (uint32_t)index >= list->num) {
        return TMLRT_E_NOTFOUND;
    }
    *out = list->addrs[index];
    return TMLRT_OK;
}

void tmlrt_resolve_init(void* leaf, const char* host, int32_t port, int32_t family,
                        int32_t timeout_ms) {
    resolve_leaf* self = leaf;
    trt_target target;
    *self = (resolve_leaf){.timeout_ms = timeout_ms > 0 ? (uint32_t)timeout_ms : TRT_RESOLVE_MS};
    self->status = family == 0 || family == 4 || family == 6 ? trt_target_parse(&target, host, port)
                                                             : TMLRT_E_INVAL;
    if (self->status != TMLRT_OK) {
        return;
    }
    if (target.host[0] == '\0') {
        if (family != 0 && target.addr.family != family) {
            self->status = TMLRT_E_NOHOST;
            return;
        }
        self->list = list_of(&target.addr, 1);
    } else {
        self->lookup = trt_lookup_new(&target, (uint32_t)family);
    }
    if (self->list == NULL && self->lookup == NULL) {
        self->status = TMLRT_E_NOMEM;
    }
}

static void resolve_unlink(trt_leaf* leaf) {
    resolve_leaf* self = TRT_CONTAINER_OF(leaf, resolve_leaf, base.leaf);
    if (self->is_begun) {
        trt_timer_cancel(&self->timer);
    }
    trt_lookup_leave(self->lookup);
    self->lookup = NULL;
    tmlrt_addr_list_free(self->list);
    self->list = NULL;
}

static void resolve_drop(void* frame) {
    trt_io_leaf_drop_held(frame, resolve_unlink);
}

static void begin(resolve_leaf* self, tmlrt_context* cx) {
    trt_timer_driver* timers = trt_current_timers();
    uint64_t now_ns = timers->now_ns(timers->clock);
    trt_timer_arm(&self->timer, timers, now_ns + self->timeout_ms * 1000000ull, cx->waker);
    self->is_begun = true;
}

// Waits for the lookup or its time. READY: self->list or self->status.
static tmlrt_poll poll_lookup(resolve_leaf* self, tmlrt_context* cx) {
    if (!self->is_begun) {
        begin(self, cx);
    }
    if (trt_lookup_poll(self->lookup, cx, &self->status) == TMLRT_READY) {
        trt_lookup* found = self->lookup;
        self->status = self->status == TMLRT_OK ? found->status : self->status;
        if (self->status == TMLRT_OK) {
            self->list = list_of(found->addrs, found->num);
            self->status = self->list == NULL ? TMLRT_E_NOMEM : TMLRT_OK;
        }
        return TMLRT_READY;
    }
    if (trt_timer_poll(&self->timer, cx->waker) == TMLRT_READY) {
        self->status = TMLRT_E_TIMEDOUT;
        return TMLRT_READY;
    }
    return TMLRT_PENDING;
}

static tmlrt_poll resolve_poll(void* frame, tmlrt_context* cx, void* out) {
    resolve_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_resolve_desc);
    if (self->lookup != NULL && poll_lookup(self, cx) == TMLRT_PENDING) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, resolve_unlink);
    }
    *(tmlrt_resolved*)out = (tmlrt_resolved){self->status, self->list};
    self->list = NULL;
    resolve_unlink(&self->base.leaf);
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

static void resolved_drop(void* out) {
    tmlrt_addr_list_free(((tmlrt_resolved*)out)->list);
}

TRT_IO_LEAF_DESC(resolve, resolve_leaf, tmlrt_resolved, resolved_drop)
