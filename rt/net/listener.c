// SPDX-License-Identifier: Apache-2.0
// Listeners. Called by the accept task of a server and by the accept future; one waiter at a time.
//
// When a connection cannot be taken because handles or memory ran out, waiting would leave peers
// hanging in the backlog and the listener's readiness would spin. So each listener keeps a spare
// handle: it is closed, the connection accepted in its place and reset, and the spare opened again.
// At most SHED_BURST peers are refused like that in a row, then accepting pauses for PAUSE_NS on
// the timer driver: at most 320 refusals a second, and connections that close meanwhile are noticed
// within a pause. If the spare is lost to another thread, only the pause is left, and the next
// round tries to get it back.
#include "rt/net/tcp.h"

#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"

enum { SHED_BURST = 16 };
#define PAUSE_NS     50000000ull
#define LOG_EVERY_NS 10000000000ull

tmlrt_status trt_tcp_listener_open(trt_tcp_listener* out, trt_reactor* reactor,
                                   trt_timer_driver* timers, trt_handle owned_handle) {
    trt_tcp_listener listener = {.timers = timers, .spare = TRT_HANDLE_NONE};
    TRT_TRY(trt_handle_spare(&listener.spare));
    tmlrt_status status = trt_tcp_open(&listener.socket, reactor, owned_handle);
    if (status != TMLRT_OK) {
        trt_handle_spare_close(&listener.spare);
        return status;
    }
    *out = listener;
    return TMLRT_OK;
}

tmlrt_status trt_tcp_listen(trt_tcp_listener* out, trt_reactor* reactor, trt_timer_driver* timers,
                            const trt_addr* addr, const trt_listen_options* options) {
    static const trt_listen_options defaults;
    trt_addr bound;
    trt_handle handle;
    TRT_TRY(trt_socket_listen(&handle, &bound, addr, options ? options : &defaults));
    tmlrt_status status = trt_tcp_listener_open(out, reactor, timers, handle);
    if (status != TMLRT_OK) {
        trt_socket_close(handle, false);
        return status;
    }
    out->bound = bound;
    return TMLRT_OK;
}

void trt_tcp_listener_cancel(trt_tcp_listener* listener) {
    if (listener->socket.slot != NULL) {
        trt_io_cancel(listener->socket.slot, TRT_DIR_READ);
        trt_timer_cancel(&listener->pause);
    }
}

void trt_tcp_listener_close(trt_tcp_listener* listener) {
    if (listener->socket.slot == NULL) {
        return;
    }
    trt_timer_cancel(&listener->pause);
    trt_handle_spare_close(&listener->spare);
    trt_tcp_close(&listener->socket, false);
    listener->pausing = false;
}

static void log_shedding(trt_tcp_listener* listener, tmlrt_status status, uint64_t now_ns) {
    if (listener->logged_ns != 0 && now_ns - listener->logged_ns < LOG_EVERY_NS) {
        return;
    }
    listener->logged_ns = now_ns;
    trt_log(TMLRT_LOG_WARN, "net", "cannot take connections: %s; %llu refused so far",
            tmlrt_status_text(status), (unsigned long long)listener->num_shed);
}

// Arms the pause; the caller answers PENDING.
static void begin_pause(trt_tcp_listener* listener, tmlrt_context* cx, tmlrt_status why) {
    uint64_t now_ns = listener->timers->now_ns(listener->timers->clock);
    log_shedding(listener, why, now_ns);
    listener->pausing = true;
    trt_timer_arm(&listener->pause, listener->timers, now_ns + PAUSE_NS, cx->waker);
}

// Refuses waiting connections through the spare handle. Returns true when nobody waits any more.
static bool shed(trt_tcp_listener* listener) {
    for (int i = 0; i < SHED_BURST; i++) {
        tmlrt_status status = trt_socket_shed(listener->socket.handle, &listener->spare);
        if (status == TMLRT_E_AGAIN) {
            return true;
        }
        if (status != TMLRT_OK && status != TMLRT_E_CONNABORTED) {
            return false;
        }
        listener->num_shed += status == TMLRT_OK;
    }
    return false;
}

static bool is_exhaustion(tmlrt_status status) {
    return status == TMLRT_E_MFILE || status == TMLRT_E_NOMEM;
}

// Accepts one connection and watches it. What could not be watched is reset.
static tmlrt_status accept_one(trt_tcp_listener* listener, trt_tcp* out, trt_addr* out_peer) {
    trt_handle handle;
    TRT_TRY(trt_socket_accept(&handle, out_peer, listener->socket.handle));
    trt_reactor* reactor = listener->spreads ? trt_reactor_to_share() : listener->socket.reactor;
    tmlrt_status status = trt_tcp_open(out, reactor, handle);
    if (status != TMLRT_OK) {
        trt_socket_close(handle, true);
        listener->num_shed++;
    }
    return status;
}

tmlrt_poll trt_tcp_poll_accept(trt_tcp_listener* listener, tmlrt_context* cx, trt_tcp* out,
                               trt_addr* out_peer, tmlrt_status* out_status) {
    trt_io_slot* slot = listener->socket.slot;
    uint32_t tick;
    if (listener->pausing) {
        if (trt_timer_poll(&listener->pause, cx->waker) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        listener->pausing = false;
    }
    for (;;) {
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        if (trt_io_poll_ready(slot, TRT_DIR_READ, cx, &tick) == TMLRT_PENDING) {
            trt_coop_refund(cx);
            return TMLRT_PENDING;
        }
        tmlrt_status status = accept_one(listener, out, out_peer);
        if (is_exhaustion(status)) {
            if (!shed(listener)) {
                begin_pause(listener, cx, status);
                return TMLRT_PENDING;
            }
            status = TMLRT_E_AGAIN;
        }
        if (status == TMLRT_E_AGAIN) {
            trt_io_clear_ready(slot, TRT_DIR_READ, tick);
            trt_coop_refund(cx);
        } else if (status != TMLRT_E_CONNABORTED) {
            *out_status = status;
            return TMLRT_READY;
        }
    }
}
