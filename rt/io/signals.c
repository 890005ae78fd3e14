// SPDX-License-Identifier: Apache-2.0
// Signals of the process for compiled code: a subscription is a handle in the reactor of the worker
// that made it, readable while a signal is pending (rt/os/signal.h). Signals that come while nobody
// waits are kept, each once, for the next wait. One waits at a time.
#include <tmlrt/process.h>

#include "rt/base/alloc.h"
#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/io/leaf.h"
#include "rt/os/signal.h"

struct tmlrt_signals {
    trt_signal signal;
    trt_reactor* reactor;
    trt_io_slot* slot;
};

// The numbers of the ABI are those of rt/os.
#define SAME(name) ((int)TMLRT_SIGNAL_##name == (int)TRT_SIGNAL_##name)
_Static_assert(SAME(TERM) && SAME(INT) && SAME(HUP) && SAME(QUIT) && SAME(USR1) && SAME(USR2),
               "signals by number");
enum {
    ALL = TRT_SIGNAL_TERM | TRT_SIGNAL_INT | TRT_SIGNAL_HUP | TRT_SIGNAL_QUIT | TRT_SIGNAL_USR1 |
          TRT_SIGNAL_USR2,
};

int32_t tmlrt_signals_open(tmlrt_signals** out, int32_t mask) {
    if (mask <= 0 || (mask & ~ALL) != 0) {
        return TMLRT_E_INVAL;
    }
    trt_reactor* reactor = trt_current_reactor();
    tmlrt_signals* made = trt_alloc_zero(sizeof(*made));
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    made->reactor = reactor;
    tmlrt_status status = trt_signal_open(&made->signal, (uint32_t)mask);
    if (status == TMLRT_OK) {
        status = trt_reactor_register(reactor, made->signal.handle, &made->slot);
        if (status != TMLRT_OK) {
            trt_signal_close(&made->signal);
        }
    }
    if (status != TMLRT_OK) {
        trt_free(made, sizeof(*made));
        return status;
    }
    *out = made;
    return TMLRT_OK;
}

void tmlrt_signals_free(tmlrt_signals* signals) {
    if (signals != NULL) {
        trt_reactor_deregister(signals->reactor, signals->slot);
        trt_signal_close(&signals->signal);
        trt_free(signals, sizeof(*signals));
    }
}

typedef struct next_leaf {
    trt_io_leaf base;
    tmlrt_signals* signals;
} next_leaf;

void tmlrt_signals_next_init(void* leaf, tmlrt_signals* signals) {
    *(next_leaf*)leaf = (next_leaf){.signals = signals};
}

static void next_unlink(trt_leaf* leaf) {
    trt_io_cancel(TRT_CONTAINER_OF(leaf, next_leaf, base.leaf)->signals->slot, TRT_DIR_READ);
}

static void signals_next_drop(void* frame) {
    trt_io_leaf_drop(frame, next_unlink);
}

static tmlrt_poll signals_next_poll(void* frame, tmlrt_context* cx, void* out) {
    next_leaf* self = frame;
    tmlrt_signals* signals = self->signals;
    uint32_t tick;
    trt_io_leaf_begin(&self->base, &tmlrt_signals_next_desc);
    while (trt_io_poll_ready(signals->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (!trt_coop_spend(cx)) {
            break;
        }
        // One that comes after this look makes an event of its own, which moves the tick.
        uint32_t arrived = trt_signal_take(&signals->signal);
        if (arrived != 0) {
            *(int32_t*)out = (int32_t)arrived;
            return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
        }
        trt_io_clear_ready(signals->slot, TRT_DIR_READ, tick);
        trt_coop_refund(cx);
    }
    return trt_io_leaf_end(&self->base, TMLRT_PENDING, next_unlink);
}

TRT_IO_LEAF_DESC(signals_next, next_leaf, int32_t, NULL)
