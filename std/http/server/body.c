// SPDX-License-Identifier: Apache-2.0
// A bounded ring of bytes with an end, between two sides that may be on two threads.
//
//   OPEN -> ENDED               by the putting side, once, when it has kept what it declared
//   OPEN, ENDED -> FAILED       by either side; never back
//
// Invariants: len <= cap <= TRT_BODY_CAP; put <= declared; ENDED implies put == declared when it
// was declared; nothing is put after ENDED; after FAILED the ring is gone and both sides get `why`.
// Each side has one waker, which is taken out under the lock and called without it. The budget is
// charged for the ring as it grows: a body overshoots by at most TRT_BODY_CAP, and no new request
// is begun while the budget is full.
//
// Called by codecs through exchange_output.c and by the leaves of body_leaf.c. Thread: any.
#include "std/http/server/body.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/waker.h"
#include "std/http/server/beat.h"

#include <string.h>

enum { FIRST_CAP = 4096 };

tmlrt_body* trt_body_new(uint64_t declared, trt_budget* budget) {
    tmlrt_body* body = trt_alloc_zero(sizeof(tmlrt_body));
    if (body != NULL) {
        body->refs = 1;
        body->cap_max = TRT_BODY_CAP;
        body->declared = declared;
        body->budget = budget;
    }
    return body;
}

// ---- under the lock -----------------------------------------------------------------------------

static void free_ring(tmlrt_body* body) {
    if (body->ring != NULL) {
        if (body->budget != NULL && !body->detached) {
            trt_budget_give_quietly(body->budget, body->cap);
        }
        if (body->lent) {
            body->left = body->ring;
            body->left_cap = body->cap;
        } else {
            trt_free(body->ring, body->cap);
        }
        body->ring = NULL;
        body->cap = body->at = body->len = 0;
    }
}

// What was lent is back.
static void take_back(tmlrt_body* body) {
    body->lent = false;
    trt_free(body->left, body->left_cap);
    body->left = NULL;
    body->left_cap = 0;
}

static void fail(tmlrt_body* body, tmlrt_status why) {
    if (body->state != TRT_BODY_FAILED) {
        body->state = TRT_BODY_FAILED;
        body->why = why;
        body->begun = true;
        free_ring(body);
    }
}

// Grows the ring, if it can; without memory, or while it is lent, it stays as it is.
static void grow(tmlrt_body* body, size_t len) {
    uint32_t cap = body->cap == 0 ? FIRST_CAP : body->cap;
    while (cap < body->cap_max && cap < body->len + len) {
        cap *= 2;
    }
    if (cap == body->cap || body->lent) {
        return;
    }
    char* grown = trt_alloc(cap);
    if (grown == NULL) {
        return;
    }
    uint32_t first = body->cap - body->at < body->len ? body->cap - body->at : body->len;
    if (body->ring != NULL) {
        memcpy(grown, body->ring + body->at, first);
        memcpy(grown + first, body->ring, body->len - first);
        trt_free(body->ring, body->cap);
    }
    if (body->budget != NULL && !body->detached) {
        trt_budget_charge(body->budget, cap - body->cap);
    }
    body->ring = grown;
    body->cap = cap;
    body->at = 0;
}

static size_t store(tmlrt_body* body, const char* data, size_t len) {
    size_t room = body->cap - body->len;
    len = len < room ? len : room;
    if (len == 0) {
        return 0;
    }
    uint32_t at = (body->at + body->len) & (body->cap - 1); // cap is a power of two
    size_t first = body->cap - at < len ? body->cap - at : len;
    memcpy(body->ring + at, data, first);
    memcpy(body->ring, data + first, len - first);
    body->len += (uint32_t)len;
    return len;
}

static size_t load(tmlrt_body* body, char* out, size_t cap) {
    size_t len = body->len < cap ? body->len : cap;
    if (len == 0) {
        return 0;
    }
    size_t first = body->cap - body->at < len ? body->cap - body->at : len;
    memcpy(out, body->ring + body->at, first);
    memcpy(out + first, body->ring, len - first);
    body->at = (body->at + (uint32_t)len) & (body->cap - 1);
    body->len -= (uint32_t)len;
    return len;
}

// The bytes of the ring from `at` on.
static void pieces(const tmlrt_body* body, uint32_t at, uint32_t len, tmlrt_slice out[2]) {
    uint32_t first = body->cap - at < len ? body->cap - at : len;
    out[0] = (tmlrt_slice){body->ring + at, first};
    out[1] = (tmlrt_slice){body->ring, len - first};
}

static tmlrt_waker take_waker(tmlrt_waker* waker) {
    tmlrt_waker taken = *waker;
    *waker = (tmlrt_waker){NULL, NULL};
    return taken;
}

// Keeps a clone of `waker`; returns what it replaced, to be dropped without the lock.
static tmlrt_waker keep_waker(tmlrt_waker* kept, const tmlrt_waker* waker) {
    tmlrt_waker former = {NULL, NULL};
    if (!trt_waker_same(kept, waker)) {
        former = *kept;
        trt_waker_clone(waker, kept);
    }
    return former;
}

static tmlrt_status put(tmlrt_body* body, const char* data, size_t len, size_t* out_taken) {
    *out_taken = 0;
    if (body->state != TRT_BODY_OPEN) {
        return body->state == TRT_BODY_FAILED ? body->why : TMLRT_E_CLOSED;
    }
    if (body->declared != TRT_BODY_UNKNOWN && len > body->declared - body->put) {
        fail(body, TMLRT_E_OVERFLOW);
        return TMLRT_E_OVERFLOW;
    }
    body->begun = true;
    if (body->discards) {
        *out_taken = len;
        body->sent += len;
    } else if (len != 0) {
        if (len > body->cap - body->len) {
            grow(body, len);
        }
        if (body->ring == NULL) {
            fail(body, TMLRT_E_NOMEM);
            return TMLRT_E_NOMEM;
        }
        *out_taken = store(body, data, len);
    }
    body->put += *out_taken;
    return TMLRT_OK;
}

// ---- references ---------------------------------------------------------------------------------

void trt_body_ref(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    body->refs++;
    trt_mutex_unlock(&body->lock);
}

void trt_body_unref(tmlrt_body* body) {
    if (body == NULL) {
        return;
    }
    trt_mutex_lock(&body->lock);
    bool last = --body->refs == 0;
    trt_mutex_unlock(&body->lock);
    if (!last) {
        return;
    }
    TRT_ASSERT(!body->lent);
    free_ring(body);
    trt_waker_drop(&body->writer);
    trt_waker_drop(&body->reader);
    trt_free(body->trailers, body->trailer_bytes);
    trt_beat_free(body->beat);
    trt_free(body, sizeof(tmlrt_body));
}

void trt_body_detach(tmlrt_body* body) {
    trt_beat_stop(body->beat);
    trt_mutex_lock(&body->lock);
    if (body->state == TRT_BODY_OPEN) {
        fail(body, TMLRT_E_CLOSED);
    }
    free_ring(body);
    body->detached = true;
    tmlrt_waker writer = take_waker(&body->writer), reader = take_waker(&body->reader);
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&writer);
    trt_waker_drop(&reader);
    if (body->budget != NULL) {
        trt_budget_give(body->budget, 0); // wakes those who wait for what the ring gave back
    }
}

// ---- putting ------------------------------------------------------------------------------------

size_t trt_body_room(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    bool full = body->state == TRT_BODY_FAILED || !body->discards;
    size_t room = full ? (size_t)body->cap_max - body->len : (size_t)body->cap_max;
    // A ring that could not grow is as large as a body gets.
    trt_mutex_unlock(&body->lock);
    return room;
}

bool trt_body_wants(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    bool wants = body->asked && body->state == TRT_BODY_OPEN &&
                 (body->discards || body->len < body->cap_max);
    trt_mutex_unlock(&body->lock);
    return wants;
}

uint64_t trt_body_watch_taken(tmlrt_body* body, const tmlrt_waker* waker) {
    trt_mutex_lock(&body->lock);
    tmlrt_waker former = keep_waker(&body->writer, waker);
    uint64_t taken = body->put - body->len;
    trt_mutex_unlock(&body->lock);
    trt_waker_drop(&former);
    return taken;
}

tmlrt_status trt_body_put(tmlrt_body* body, const char* data, size_t len, size_t* out_taken) {
    trt_mutex_lock(&body->lock);
    tmlrt_status status = put(body, data, len, out_taken);
    tmlrt_waker reader = take_waker(&body->reader);
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&reader);
    return status;
}

tmlrt_slice trt_body_lend_room(tmlrt_body* body, size_t wanted) {
    tmlrt_slice room = {NULL, 0};
    trt_mutex_lock(&body->lock);
    TRT_ASSERT(!body->lent);
    if (body->state == TRT_BODY_OPEN && !body->discards) {
        uint64_t left = body->declared - body->put; // also when it is not known
        wanted = left < wanted ? (size_t)left : wanted;
        if (wanted > body->cap - body->len) {
            grow(body, wanted);
        }
        if (body->cap != body->len) {
            tmlrt_slice free_pieces[2];
            uint32_t free_len = body->cap - body->len;
            pieces(body, (body->at + body->len) & (body->cap - 1),
                   wanted < free_len ? (uint32_t)wanted : free_len, free_pieces);
            room = free_pieces[0];
        }
        body->lent = room.len != 0;
    }
    trt_mutex_unlock(&body->lock);
    return room;
}

tmlrt_status trt_body_commit(tmlrt_body* body, size_t len) {
    tmlrt_status status = TMLRT_OK;
    tmlrt_waker reader = {NULL, NULL};
    trt_mutex_lock(&body->lock);
    take_back(body);
    if (body->state != TRT_BODY_OPEN) {
        status = body->state == TRT_BODY_FAILED ? body->why : TMLRT_E_CLOSED;
    } else if (len != 0) {
        body->begun = true;
        body->put += len;
        if (body->ring != NULL) { // else it is thrown away since
            body->len += (uint32_t)len;
        } else {
            body->sent += len;
        }
        reader = take_waker(&body->reader);
    }
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&reader);
    return status;
}

// Behind a put, under the lock, which it gives up: whoever reads is woken, `waker` kept if it
// waits.
static tmlrt_poll end_put(tmlrt_body* body, const tmlrt_waker* waker, bool waits) {
    tmlrt_waker former = {NULL, NULL};
    if (waits) {
        former = keep_waker(&body->writer, waker);
    }
    tmlrt_waker reader = take_waker(&body->reader);
    trt_mutex_unlock(&body->lock);
    trt_waker_drop(&former);
    trt_waker_wake(&reader);
    return waits ? TMLRT_PENDING : TMLRT_READY;
}

tmlrt_poll trt_body_poll_put(tmlrt_body* body, const tmlrt_waker* waker, const char* data,
                             size_t len, size_t* out_taken, tmlrt_status* out_status) {
    trt_mutex_lock(&body->lock);
    *out_status = put(body, data, len, out_taken);
    return end_put(body, waker, *out_status == TMLRT_OK && *out_taken == 0 && len != 0);
}

static void store_piece(void* context, const char* data, size_t len) {
    size_t stored = store(context, data, len);
    TRT_ASSERT(stored == len);
    (void)stored;
}

// Without room *out_waits, or NOMEM when nothing is there that would make room once it is taken.
static tmlrt_status put_event(tmlrt_body* body, const trt_sse_event* event, bool* out_waits) {
    uint64_t len = trt_sse_write(event, NULL, NULL);
    *out_waits = false;
    if (body->state != TRT_BODY_OPEN) {
        return body->state == TRT_BODY_FAILED ? body->why : TMLRT_E_CLOSED;
    }
    if (len > TRT_BODY_CAP) {
        return TMLRT_E_OVERFLOW;
    }
    TRT_ASSERT(body->declared == TRT_BODY_UNKNOWN);
    body->begun = true;
    trt_beat_note(body->beat);
    if (body->discards) {
        body->sent += len;
        body->put += len;
        return TMLRT_OK;
    }
    if (len > body->cap - body->len) {
        grow(body, (size_t)len);
    }
    if (len > body->cap - body->len) {
        *out_waits = body->len != 0;
        return *out_waits ? TMLRT_OK : TMLRT_E_NOMEM;
    }
    trt_sse_write(event, store_piece, body);
    body->put += len;
    return TMLRT_OK;
}

tmlrt_status trt_body_put_event(tmlrt_body* body, const trt_sse_event* event, bool* out_waits) {
    trt_mutex_lock(&body->lock);
    tmlrt_status status = put_event(body, event, out_waits);
    tmlrt_waker reader = take_waker(&body->reader);
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&reader);
    return status;
}

tmlrt_poll trt_body_poll_put_event(tmlrt_body* body, const tmlrt_waker* waker,
                                   const trt_sse_event* event, tmlrt_status* out_status) {
    bool waits;
    trt_mutex_lock(&body->lock);
    *out_status = put_event(body, event, &waits);
    return end_put(body, waker, waits);
}

void trt_body_begin(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    body->begun = true;
    tmlrt_waker reader = take_waker(&body->reader);
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&reader);
}

tmlrt_poll trt_body_poll_flush(tmlrt_body* body, const tmlrt_waker* waker,
                               tmlrt_status* out_status) {
    tmlrt_waker former = {NULL, NULL}, reader = {NULL, NULL};
    trt_mutex_lock(&body->lock);
    bool first = !body->begun;
    body->begun = true;
    bool waits = body->state != TRT_BODY_FAILED && (body->sent != body->put || first);
    *out_status = body->state == TRT_BODY_FAILED ? body->why : TMLRT_OK;
    if (waits) {
        former = keep_waker(&body->writer, waker);
        reader = take_waker(&body->reader);
    }
    trt_mutex_unlock(&body->lock);
    trt_waker_drop(&former);
    trt_waker_wake(&reader);
    return waits ? TMLRT_PENDING : TMLRT_READY;
}

tmlrt_status trt_body_end(tmlrt_body* body) {
    tmlrt_status status = TMLRT_OK;
    trt_mutex_lock(&body->lock);
    if (body->state != TRT_BODY_OPEN) {
        status = body->state == TRT_BODY_FAILED ? body->why : TMLRT_E_CLOSED;
    } else if (body->declared != TRT_BODY_UNKNOWN && body->put != body->declared &&
               !body->discards) {
        fail(body, TMLRT_E_EOF);
        status = TMLRT_E_EOF;
    } else {
        body->state = TRT_BODY_ENDED;
        body->begun = true;
    }
    tmlrt_waker reader = take_waker(&body->reader);
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&reader);
    return status;
}

void trt_body_fail(tmlrt_body* body, tmlrt_status why) {
    trt_mutex_lock(&body->lock);
    fail(body, why);
    tmlrt_waker writer = take_waker(&body->writer), reader = take_waker(&body->reader);
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&writer);
    trt_waker_wake(&reader);
}

void trt_body_give_up(tmlrt_body* body) {
    tmlrt_waker reader = {NULL, NULL};
    trt_mutex_lock(&body->lock);
    if (body->state == TRT_BODY_OPEN) {
        fail(body, TMLRT_E_CANCELLED);
        reader = take_waker(&body->reader);
    }
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&reader);
}

// ---- taking -------------------------------------------------------------------------------------

tmlrt_poll trt_body_poll_take(tmlrt_body* body, const tmlrt_waker* waker, char* out, size_t cap,
                              size_t* out_len, tmlrt_status* out_status) {
    tmlrt_waker former = {NULL, NULL}, writer = {NULL, NULL};
    trt_mutex_lock(&body->lock);
    size_t len = load(body, out, cap);
    bool waits = len == 0 && cap != 0 && body->state == TRT_BODY_OPEN;
    if (waits) {
        former = keep_waker(&body->reader, waker);
    }
    if (len != 0 || !body->asked) {
        writer = take_waker(&body->writer);
    }
    body->asked = true;
    *out_len = len;
    *out_status = body->state == TRT_BODY_FAILED ? body->why : TMLRT_OK;
    trt_mutex_unlock(&body->lock);
    trt_waker_drop(&former);
    trt_waker_wake(&writer);
    return waits ? TMLRT_PENDING : TMLRT_READY;
}

tmlrt_poll trt_body_poll_lend(tmlrt_body* body, const tmlrt_waker* waker, tmlrt_slice out[2],
                              size_t* out_len, tmlrt_status* out_status) {
    tmlrt_waker former = {NULL, NULL}, writer = {NULL, NULL};
    trt_mutex_lock(&body->lock);
    TRT_ASSERT(!body->lent);
    bool waits = body->len == 0 && body->state == TRT_BODY_OPEN;
    if (waits) {
        former = keep_waker(&body->reader, waker);
    }
    if (!body->asked) {
        writer = take_waker(&body->writer);
    }
    body->asked = true;
    if (body->len != 0) {
        body->lent = true;
        pieces(body, body->at, body->len, out);
    }
    *out_len = body->len;
    *out_status = body->state == TRT_BODY_FAILED ? body->why : TMLRT_OK;
    trt_mutex_unlock(&body->lock);
    trt_waker_drop(&former);
    trt_waker_wake(&writer);
    return waits ? TMLRT_PENDING : TMLRT_READY;
}

void trt_body_return(tmlrt_body* body, size_t taken) {
    tmlrt_waker writer = {NULL, NULL};
    trt_mutex_lock(&body->lock);
    take_back(body);
    if (body->ring != NULL && taken != 0) {
        body->at = (body->at + (uint32_t)taken) & (body->cap - 1);
        body->len -= (uint32_t)taken;
        writer = take_waker(&body->writer);
    }
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&writer);
}

void trt_body_mark_sent(tmlrt_body* body) {
    tmlrt_waker writer = {NULL, NULL};
    trt_mutex_lock(&body->lock);
    body->sent = body->put - body->len;
    if (body->len == 0) {
        writer = take_waker(&body->writer);
    }
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&writer);
}

void trt_body_discard(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    body->discards = true;
    body->sent = body->put;
    free_ring(body);
    tmlrt_waker writer = take_waker(&body->writer);
    trt_mutex_unlock(&body->lock);
    trt_waker_wake(&writer);
}

bool trt_body_watch(tmlrt_body* body, const tmlrt_waker* waker) {
    trt_mutex_lock(&body->lock);
    tmlrt_waker former = keep_waker(&body->reader, waker);
    bool begun = body->begun;
    trt_mutex_unlock(&body->lock);
    trt_waker_drop(&former);
    return begun;
}

uint64_t trt_body_length(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    bool known = body->declared == TRT_BODY_UNKNOWN && body->state == TRT_BODY_ENDED &&
                 body->num_trailers == 0 && !body->discards;
    uint64_t length = known ? body->put : body->declared;
    trt_mutex_unlock(&body->lock);
    return length;
}

uint64_t trt_body_put_bytes(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    uint64_t put = body->put;
    trt_mutex_unlock(&body->lock);
    return put;
}

uint64_t trt_body_sent(tmlrt_body* body) {
    trt_mutex_lock(&body->lock);
    uint64_t sent = body->discards ? 0 : body->sent;
    trt_mutex_unlock(&body->lock);
    return sent;
}
