// SPDX-License-Identifier: Apache-2.0
// Opening all places or none. A place with an address gets a socket per worker (SO_REUSEPORT), so
// that the kernel spreads connections and none crosses a thread. Of a Unix socket, and of one that
// was open before, there is only one: each worker has a handle of its own on it, all are woken by a
// connection, and one that has time takes it. Made and ended by the thread that makes and ends the
// server; in between a worker touches its own sockets only.
#include "std/http/server/listeners.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/runtime.h"

#include <stdio.h>
#include <string.h>

enum { BACKLOG = 4096, TEXT_MAX = 128 };

size_t trt_http_listener_text(const trt_http_listener* listener, char* out, size_t cap) {
    if (listener->path != NULL) {
        int len = snprintf(out, cap, "unix:%s", listener->path);
        return len < 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - 1;
    }
    if (listener->addr.family == 0) {
        int len = snprintf(out, cap, "handle %d", (int)listener->handle);
        return len < 0 ? 0 : (size_t)len;
    }
    size_t len = trt_addr_format(&listener->addr, out, cap);
    out[len < cap ? len : cap - 1] = '\0';
    return len;
}

// ---- one place ----------------------------------------------------------------------------------

typedef struct opening {
    trt_http_places* places;
    tmlrt_runtime* runtime;
    uint32_t at; ///< which place
} opening;

static trt_tcp_listener* socket_of(const opening* o, uint32_t worker) {
    return &trt_http_places_of(o->places, worker)[o->at];
}

static tmlrt_status open_addr(opening* o, const trt_http_listener* wanted) {
    trt_listen_options options = {.reuse_port = o->places->num_workers > 1,
                                  .v6_only = wanted->v6_only};
    trt_addr addr = wanted->addr;
    // SO_REUSEPORT would share the port with another process of this user without a word.
    if (options.reuse_port && addr.port != 0) {
        TRT_TRY(trt_socket_addr_free(&addr));
    }
    for (uint32_t i = 0; i < o->places->num_workers; i++) {
        trt_worker* worker = &o->runtime->workers[i];
        TRT_TRY(trt_tcp_listen(socket_of(o, i), worker->reactor, &worker->timers, &addr, &options));
        addr = socket_of(o, i)->bound;
    }
    o->places->items[o->at].bound = addr;
    return TMLRT_OK;
}

/// A handle for each worker on one socket that listens. `handle` stays the caller's.
static tmlrt_status open_shared(opening* o, trt_handle handle) {
    for (uint32_t i = 0; i < o->places->num_workers; i++) {
        trt_worker* worker = &o->runtime->workers[i];
        trt_handle own;
        TRT_TRY(trt_socket_dup(&own, handle));
        tmlrt_status status =
            trt_tcp_listener_open(socket_of(o, i), worker->reactor, &worker->timers, own);
        if (status != TMLRT_OK) {
            trt_socket_close(own, false);
            return status;
        }
    }
    return TMLRT_OK;
}

static tmlrt_status open_unix(opening* o, const trt_http_listener* wanted) {
    trt_http_place* place = &o->places->items[o->at];
    trt_handle handle;
    TRT_TRY(trt_unix_addr_parse(&place->name, wanted->path));
    TRT_TRY(trt_unix_listen_mode(&handle, &place->file, &place->name, BACKLOG, wanted->mode));
    tmlrt_status status = open_shared(o, handle);
    trt_socket_close(handle, false);
    return status;
}

static tmlrt_status open_open(opening* o, const trt_http_listener* wanted) {
    trt_addr bound = {0};
    TRT_TRY(trt_socket_local(wanted->handle, &bound));
    if (bound.family != 0) { // what is accepted inherits it
        (void)!trt_socket_set_option(wanted->handle, TMLRT_SOCK_NODELAY, 1);
    }
    o->places->items[o->at].bound = bound;
    return open_shared(o, wanted->handle);
}

static bool is_address(const trt_http_listener* listener) {
    return !listener->is_open && listener->path == NULL;
}

static bool takes_both_families(const trt_http_listener* listener) {
    static const uint8_t every[16] = {0};
    return is_address(listener) && listener->addr.family == 6 && !listener->v6_only &&
           memcmp(listener->addr.ip, every, sizeof every) == 0;
}

// The place before this one that has its port in the other family as well; NULL: none has.
static const trt_http_listener* find_rival(const trt_http_listener* all, uint32_t at) {
    const trt_http_listener* wanted = &all[at];
    for (uint32_t i = 0; is_address(wanted) && i < at; i++) {
        const trt_http_listener* other = &all[i];
        bool meet = (takes_both_families(other) && wanted->addr.family == 4) ||
                    (takes_both_families(wanted) && is_address(other) && other->addr.family == 4);
        if (meet && other->addr.port == wanted->addr.port) {
            return other;
        }
    }
    return NULL;
}

static void tell_failure(const trt_http_listener* all, uint32_t at, tmlrt_status status) {
    char text[TEXT_MAX], both[TEXT_MAX];
    const trt_http_listener* rival = status == TMLRT_E_ADDRINUSE ? find_rival(all, at) : NULL;
    trt_http_listener_text(&all[at], text, sizeof text);
    if (rival == NULL) {
        trt_log(TMLRT_LOG_ERROR, "http", "cannot listen on %s: %s", text,
                tmlrt_status_text(status));
        return;
    }
    trt_http_listener_text(takes_both_families(rival) ? rival : &all[at], both, sizeof both);
    trt_log(TMLRT_LOG_ERROR, "http",
            "cannot listen on %s: %s takes IPv4 as well; write `v6only` behind it, or leave the "
            "IPv4 place out",
            text, both);
}

static tmlrt_status open_place(opening* o, const trt_http_listener* all) {
    const trt_http_listener* wanted = &all[o->at];
    o->places->items[o->at].spoken = wanted->spoken;
    tmlrt_status status = wanted->is_open        ? open_open(o, wanted)
                          : wanted->path != NULL ? open_unix(o, wanted)
                                                 : open_addr(o, wanted);
    if (status != TMLRT_OK && o->places->num > 1) { // of one the caller knows which
        tell_failure(all, o->at, status);
    }
    return status;
}

// ---- all of them --------------------------------------------------------------------------------

static void close_all(trt_http_places* places) {
    trt_http_places_unlink(places);
    for (uint32_t i = 0; i < places->num_workers; i++) {
        trt_http_places_close_worker(places, i);
    }
}

tmlrt_status trt_http_places_open(trt_http_places* out, tmlrt_runtime* runtime,
                                  const trt_http_listener* listeners, uint32_t num,
                                  uint32_t num_workers) {
    trt_http_places places = {.num = num, .num_workers = num_workers};
    tmlrt_status status = TMLRT_OK;
    places.items = trt_alloc_zero(num * sizeof(trt_http_place));
    places.sockets = trt_alloc_zero((size_t)num * num_workers * sizeof(trt_tcp_listener));
    if (places.items == NULL || places.sockets == NULL) {
        trt_http_places_fini(&places);
        return TMLRT_E_NOMEM;
    }
    for (opening o = {&places, runtime, 0}; status == TMLRT_OK && o.at < num; o.at++) {
        status = open_place(&o, listeners);
    }
    if (status != TMLRT_OK) {
        close_all(&places);
        trt_http_places_fini(&places);
        return status;
    }
    *out = places;
    return TMLRT_OK;
}

void trt_http_places_close_worker(trt_http_places* places, uint32_t worker) {
    trt_tcp_listener* sockets = trt_http_places_of(places, worker);
    for (uint32_t i = 0; i < places->num; i++) {
        trt_tcp_listener_cancel(&sockets[i]);
        trt_tcp_listener_close(&sockets[i]);
    }
}

void trt_http_places_unlink(trt_http_places* places) {
    for (uint32_t i = 0; i < places->num; i++) {
        trt_http_place* place = &places->items[i];
        trt_unix_unlink(&place->name, &place->file);
        place->file = (trt_unix_file){0};
    }
}

void trt_http_places_fini(trt_http_places* places) {
    trt_free(places->items, places->num * sizeof(trt_http_place));
    trt_free(places->sockets, (size_t)places->num * places->num_workers * sizeof(trt_tcp_listener));
    *places = (trt_http_places){0};
}
