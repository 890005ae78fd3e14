// SPDX-License-Identifier: Apache-2.0
// Reactor: waits in its poller and hands each event to the slot its token names. One turn is one
// system call and allocates nothing. Owned by one worker, which turns it; others may help while
// that one is busy. Registering, waiting on a slot, deregistering and helping go on on any thread
// meanwhile, also during a turn: the events of a turn are delivered one by one, each compared with
// the slot's generation at that moment (see slot.c), so a handle that was closed, and its number
// reused, between the wait and the delivery gets nothing of the old one's.
#include "rt/reactor/reactor.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/reactor/slot.h"

enum { TURN_EVENTS = 256, AHEAD = 8 }; // AHEAD: events whose slots are fetched in advance

struct trt_reactor {
    trt_poller* poller;
    uint32_t batch; ///< constant once it turns: events of a turn, at most TURN_EVENTS
    trt_slot_table table;
};

tmlrt_status trt_reactor_new(trt_reactor** out) {
    trt_reactor* reactor = trt_alloc_zero(sizeof(*reactor));
    if (reactor == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = trt_poller_new(&reactor->poller);
    if (status != TMLRT_OK) {
        trt_free(reactor, sizeof(*reactor));
        return status;
    }
    reactor->batch = TURN_EVENTS;
    *out = reactor;
    return TMLRT_OK;
}

void trt_reactor_set_batch(trt_reactor* reactor, uint32_t events) {
    TRT_ASSERT(events != 0);
    reactor->batch = events < TURN_EVENTS ? events : TURN_EVENTS;
}

void trt_reactor_free(trt_reactor* reactor) {
    if (reactor == NULL) {
        return;
    }
    uint32_t in_use = trt_slot_table_in_use(&reactor->table);
    if (in_use != 0) {
        trt_log(TMLRT_LOG_WARN, "reactor", "%u handles were never closed; their memory stays",
                in_use);
        return;
    }
    trt_slot_table_fini(&reactor->table);
    trt_poller_free(reactor->poller);
    trt_free(reactor, sizeof(*reactor));
}

// Returns how many wakers were called.
static __attribute__((noinline)) uint32_t deliver(trt_reactor* reactor, const trt_event* events,
                                                  uint32_t num) {
    tmlrt_waker wakers[2 * TURN_EVENTS];
    uint32_t woken = 0;
    for (uint32_t i = 0; i < num; i++) {
        if (i + AHEAD < num) {
            __builtin_prefetch(trt_slot_table_at(&reactor->table, events[i + AHEAD].token), 1);
        }
        trt_io_slot* slot = trt_slot_table_at(&reactor->table, events[i].token);
        uint32_t before = woken;
        woken += trt_slot_deliver(slot, events[i].token, events[i].bits, wakers + woken);
        if (woken != before) {
            __builtin_prefetch(wakers[before].data, 1);
        }
    }
    trt_wakers_call(wakers, woken);
    return woken;
}

tmlrt_status trt_reactor_turn(trt_reactor* reactor, uint64_t timeout_ns, uint32_t* out_woken) {
    trt_event events[TURN_EVENTS];
    uint32_t num = 0;
    TRT_TRY(trt_poller_wait(reactor->poller, events, reactor->batch, timeout_ns, &num));
    *out_woken = deliver(reactor, events, num);
    return TMLRT_OK;
}

tmlrt_status trt_reactor_help(trt_reactor* reactor, uint32_t* out_woken) {
    trt_event events[TURN_EVENTS];
    uint32_t num = 0;
    TRT_TRY(trt_poller_help(reactor->poller, events, reactor->batch, &num));
    *out_woken = deliver(reactor, events, num);
    return TMLRT_OK;
}

uint32_t trt_reactor_num_handles(trt_reactor* reactor) {
    return trt_slot_table_in_use(&reactor->table);
}

void trt_reactor_wake(trt_reactor* reactor) {
    trt_poller_wake(reactor->poller);
}

tmlrt_status trt_reactor_register(trt_reactor* reactor, trt_handle handle, trt_io_slot** out) {
    trt_io_slot* slot;
    TRT_TRY(trt_slot_table_take(&reactor->table, handle, &slot));
    tmlrt_status status = trt_poller_add(reactor->poller, handle, trt_slot_token(slot));
    if (status != TMLRT_OK) {
        trt_slot_table_give_back(&reactor->table, slot);
        return status;
    }
    *out = slot;
    return TMLRT_OK;
}

void trt_reactor_deregister(trt_reactor* reactor, trt_io_slot* slot) {
    trt_poller_remove(reactor->poller, slot->handle);
    trt_slot_table_give_back(&reactor->table, slot);
}

void trt_reactor_forget(trt_reactor* reactor, trt_io_slot* slot) {
    trt_poller_forget(reactor->poller);
    trt_slot_table_give_back(&reactor->table, slot);
}
