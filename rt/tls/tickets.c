// SPDX-License-Identifier: Apache-2.0
// Ticket keys: the current one and the one before, under a lock that is held for a copy. A key
// makes tickets for 12 hours from its making and reads them for 24; whoever comes first behind
// that time rotates, so that there is no timer and an idle server does nothing. Called by the
// library's ticket callback, on any thread.
#include "rt/tls/tickets.h"

#include "rt/base/alloc.h"
#include "rt/base/atomic.h"
#include "rt/os/clock.h"
#include "rt/os/random.h"
#include "rt/os/thread.h"

#include <string.h>

struct trt_tls_tickets {
    trt_atomic_u32 refs;
    trt_tls_clock_fn clock;
    trt_mutex lock; ///< guards what follows
    uint64_t made_ns;
    bool has_old;
    trt_tls_ticket_key current, old;
};

// A store that the compiler may not leave out because nobody reads it.
static void wipe(void* memory, size_t len) {
    volatile uint8_t* bytes = memory;
    for (size_t i = 0; i < len; i++) {
        bytes[i] = 0;
    }
}

trt_tls_tickets* trt_tls_tickets_new(trt_tls_clock_fn clock) {
    trt_tls_tickets* tickets = trt_alloc_zero(sizeof(*tickets));
    if (tickets == NULL) {
        return NULL;
    }
    trt_atomic_init(&tickets->refs, 1);
    tickets->clock = clock != NULL ? clock : trt_os_now_ns;
    tickets->made_ns = tickets->clock();
    trt_os_random(&tickets->current, sizeof(tickets->current));
    return tickets;
}

trt_tls_tickets* trt_tls_tickets_ref(trt_tls_tickets* tickets) {
    // Relaxed: whoever gives a reference has one.
    trt_atomic_add(&tickets->refs, 1, TRT_RELAXED);
    return tickets;
}

void trt_tls_tickets_unref(trt_tls_tickets* tickets) {
    // Release orders our use before the last one's wipe, acquire the others' before ours.
    if (tickets != NULL && trt_atomic_sub(&tickets->refs, 1, TRT_ACQ_REL) == 1) {
        wipe(tickets, sizeof(*tickets));
        trt_free(tickets, sizeof(*tickets));
    }
}

// Under the lock.
static void rotate(trt_tls_tickets* tickets) {
    uint64_t age_ns = tickets->clock() - tickets->made_ns;
    if (age_ns < TRT_TLS_TICKET_ROTATE_NS) {
        return;
    }
    // The current key may read for as long again; one that nobody replaced in time may not.
    tickets->has_old = age_ns < 2 * TRT_TLS_TICKET_ROTATE_NS;
    tickets->old = tickets->current;
    if (!tickets->has_old) {
        wipe(&tickets->old, sizeof(tickets->old));
    }
    // The new key's time begins when the old one's ended, so that the old one goes after 24 hours.
    tickets->made_ns += age_ns / TRT_TLS_TICKET_ROTATE_NS * TRT_TLS_TICKET_ROTATE_NS;
    trt_os_random(&tickets->current, sizeof(tickets->current));
}

void trt_tls_tickets_current(trt_tls_tickets* tickets, trt_tls_ticket_key* out) {
    trt_mutex_lock(&tickets->lock);
    rotate(tickets);
    *out = tickets->current;
    trt_mutex_unlock(&tickets->lock);
}

bool trt_tls_tickets_find(trt_tls_tickets* tickets, const uint8_t* name, trt_tls_ticket_key* out,
                          bool* out_is_old) {
    bool found = true;
    trt_mutex_lock(&tickets->lock);
    rotate(tickets);
    if (memcmp(tickets->current.name, name, TRT_TLS_TICKET_NAME) == 0) {
        *out = tickets->current;
        *out_is_old = false;
    } else if (tickets->has_old && memcmp(tickets->old.name, name, TRT_TLS_TICKET_NAME) == 0) {
        *out = tickets->old;
        *out_is_old = true;
    } else {
        found = false;
    }
    trt_mutex_unlock(&tickets->lock);
    return found;
}
