// SPDX-License-Identifier: Apache-2.0
// The hub's queue, and the waker of a port.
//
// Invariants: a port is in the queue at most once, and the queue has a reference to it; `gone` is
// set once, and from then on the port is not queued again and wakes nobody; no waker is called
// under the lock. A wake between take and poll queues the port again: none is lost. A port has a
// reference to the hub only once its owner has left and others have not: one that nobody kept a
// waker of costs no atomic operation but a load.
//
// Called by h2_conn.c and whoever holds a waker. Thread: any, but for what the header says.
#include "std/http/server/wake_hub.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/waker.h"

trt_wake_hub* trt_wake_hub_new(const tmlrt_waker* task) {
    trt_wake_hub* hub = trt_alloc_zero(sizeof(trt_wake_hub));
    if (hub != NULL) {
        trt_atomic_init(&hub->refs, 1);
        trt_waker_clone(task, &hub->task);
    }
    return hub;
}

static void hub_unref(trt_wake_hub* hub) {
    // Release what this holder did, acquire what the others did, before the last one frees.
    if (trt_atomic_sub(&hub->refs, 1, TRT_ACQ_REL) == 1) {
        trt_free(hub, sizeof(trt_wake_hub));
    }
}

static void port_unref(trt_wake_port* port) {
    if (trt_atomic_sub(&port->refs, 1, TRT_ACQ_REL) == 1) { // as hub_unref
        trt_wake_hub* hub = port->hub;
        port->free(port);
        hub_unref(hub);
    }
}

static trt_wake_port* pop(trt_wake_hub* hub) {
    trt_mutex_lock(&hub->lock);
    trt_wake_port* port = hub->first;
    if (port != NULL) {
        hub->first = port->next;
        hub->last = hub->first == NULL ? NULL : hub->last;
        port->queued = false;
        port->next = NULL;
    }
    trt_mutex_unlock(&hub->lock);
    return port;
}

trt_wake_port* trt_wake_hub_next(trt_wake_hub* hub) {
    trt_wake_port* port;
    while ((port = pop(hub)) != NULL) {
        bool gone = port->gone; // set by this thread
        port_unref(port);       // the queue's
        if (!gone) {
            return port;
        }
    }
    return NULL;
}

void trt_wake_hub_close(trt_wake_hub* hub) {
    trt_wake_port* port;
    trt_mutex_lock(&hub->lock);
    tmlrt_waker task = hub->task;
    hub->task = (tmlrt_waker){NULL, NULL};
    trt_mutex_unlock(&hub->lock);
    trt_waker_drop(&task);
    while ((port = pop(hub)) != NULL) {
        port_unref(port);
    }
    hub_unref(hub);
}

// ---- the waker ----------------------------------------------------------------------------------

static void port_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    trt_wake_port* port = waker->data;
    trt_atomic_add(&port->refs, 1, TRT_RELAXED); // the caller has one
    *out_waker = *waker;
}

static void port_wake_by_ref(void* data) {
    trt_wake_port* port = data;
    trt_wake_hub* hub = port->hub;
    tmlrt_waker task = {NULL, NULL};
    trt_mutex_lock(&hub->lock);
    if (!port->queued && !port->gone && hub->task.vtable != NULL) {
        trt_atomic_add(&port->refs, 1, TRT_RELAXED);
        port->queued = true;
        *(hub->last != NULL ? &hub->last->next : &hub->first) = port;
        hub->last = port;
        trt_waker_clone(&hub->task, &task);
    }
    trt_mutex_unlock(&hub->lock);
    trt_waker_wake(&task);
}

static void port_wake(void* data) {
    port_wake_by_ref(data);
    port_unref(data);
}

static void port_drop(void* data) {
    port_unref(data);
}

static const tmlrt_waker_vtable s_vtable = {
    .clone = port_clone,
    .wake = port_wake,
    .wake_by_ref = port_wake_by_ref,
    .drop = port_drop,
};

// ---- ports --------------------------------------------------------------------------------------

void trt_wake_port_init(trt_wake_port* port, trt_wake_hub* hub, void (*free)(trt_wake_port* port)) {
    *port = (trt_wake_port){.hub = hub, .free = free};
    trt_atomic_init(&port->refs, 1);
}

tmlrt_waker trt_wake_port_waker(trt_wake_port* port) {
    return (tmlrt_waker){&s_vtable, port};
}

bool trt_wake_port_end(trt_wake_port* port) {
    // Acquire: who was the last but one has done with it. Nobody can take another reference then.
    if (TRT_LIKELY(trt_atomic_load(&port->refs, TRT_ACQUIRE_ORDER) == 1)) {
        return true;
    }
    trt_mutex_lock(&port->hub->lock);
    port->gone = true;
    trt_mutex_unlock(&port->hub->lock);
    trt_atomic_add(&port->hub->refs, 1, TRT_RELAXED); // the caller's task has one
    port_unref(port);
    return false;
}
