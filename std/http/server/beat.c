// SPDX-License-Identifier: Apache-2.0
// The heartbeat of a stream of events, its end by a server that stops, and what @Sse asks of an
// exchange. The writer of a stream is its body: events are put whole (body.c), so a comment of the
// beat is never inside of one.
//
// Invariants: the timer's waker counts as a reference to the body, so a body that is freed has none
// armed; detaching a body (the exchange ends) stops its beat before the worker's timers can go;
// a beat that was stopped is never armed again. `last_ns` moves on with every event, the timer does
// not: it finds out when it fires, so an event costs a look at the clock and no more.
//
// Called by the framework, by body.c and by the timers of a worker. Thread: any.
#include "std/http/server/beat.h"

#include "rt/base/alloc.h"
#include "rt/exec/drivers.h"
#include "rt/fut/deadline.h"
#include "std/http/core/response.h"
#include "std/http/server/body.h"
#include "std/http/server/service.h"

// ---- the timer's waker: a reference to the body -------------------------------------------------

static const tmlrt_waker_vtable s_vtable;

static void beat_clone(const tmlrt_waker* waker, tmlrt_waker* out_waker) {
    trt_body_ref(waker->data);
    *out_waker = *waker;
}

static void arm(tmlrt_body* body, uint64_t deadline_ns) {
    trt_beat* beat = body->beat;
    tmlrt_waker waker = {&s_vtable, body};
    trt_mutex_lock(&beat->lock);
    if (!beat->stopped) {
        trt_timer_arm(&beat->timer, beat->driver, deadline_ns, &waker);
    }
    trt_mutex_unlock(&beat->lock);
}

static uint64_t after(uint64_t ns, uint64_t more_ns) {
    return ns > UINT64_MAX - more_ns ? UINT64_MAX : ns + more_ns;
}

static void beat_wake_by_ref(void* data) {
    tmlrt_body* body = data;
    trt_beat* beat = body->beat;
    uint64_t now_ns = trt_timers_now(beat->driver);
    trt_mutex_lock(&body->lock);
    bool open = body->state == TRT_BODY_OPEN;
    // What waits to be sent does what a comment would.
    bool quiet = body->len == 0 && now_ns >= after(beat->last_ns, beat->every_ns);
    uint64_t next_ns = after(quiet || body->len != 0 ? now_ns : beat->last_ns, beat->every_ns);
    trt_mutex_unlock(&body->lock);
    if (!open) {
        return;
    }
    if (quiet) {
        bool waits;
        trt_sse_event comment = {.comment = TRT_SLICE(""), .retry_ms = TRT_SSE_NO_RETRY};
        // Without memory the next one may be sent.
        (void)!trt_body_put_event(body, &comment, &waits);
    }
    arm(body, next_ns);
}

static void beat_wake(void* data) {
    beat_wake_by_ref(data);
    trt_body_unref(data);
}

static void beat_drop(void* data) {
    trt_body_unref(data);
}

static const tmlrt_waker_vtable s_vtable = {beat_clone, beat_wake, beat_wake_by_ref, beat_drop};

// ---- the beat -----------------------------------------------------------------------------------

tmlrt_status trt_beat_start(tmlrt_body* body, uint64_t every_ns) {
    trt_beat* beat = trt_alloc_zero(sizeof(trt_beat));
    if (beat == NULL) {
        return TMLRT_E_NOMEM;
    }
    beat->driver = trt_current_timers();
    beat->every_ns = every_ns;
    beat->last_ns = trt_timers_now(beat->driver);
    body->beat = beat;
    arm(body, after(beat->last_ns, every_ns));
    return TMLRT_OK;
}

void trt_beat_note(trt_beat* beat) {
    if (beat != NULL) {
        beat->last_ns = trt_timers_now(beat->driver);
    }
}

void trt_beat_stop(trt_beat* beat) {
    if (beat == NULL) {
        return;
    }
    trt_mutex_lock(&beat->lock);
    if (!beat->stopped) {
        beat->stopped = true;
        trt_timer_cancel(&beat->timer);
    }
    trt_mutex_unlock(&beat->lock);
}

void trt_beat_free(trt_beat* beat) {
    if (beat != NULL) {
        trt_free(beat, sizeof(trt_beat));
    }
}

// ---- a stream of events -------------------------------------------------------------------------

tmlrt_status trt_exchange_begin_events(trt_exchange* exchange, tmlrt_context* cx,
                                       uint64_t heartbeat_ns) {
    tmlrt_response* response = trt_response_new_typed(
        exchange->request.arena, 200, TRT_SLICE("text/event-stream; charset=utf-8"));
    if (response == NULL) {
        return TMLRT_E_NOMEM;
    }
    // A proxy that keeps, changes or gathers events makes them late.
    TRT_TRY(trt_response_add_static(response, TRT_SLICE("Cache-Control"),
                                    TRT_SLICE("no-cache, no-transform")));
    TRT_TRY(trt_response_add_static(response, TRT_SLICE("X-Accel-Buffering"), TRT_SLICE("no")));
    tmlrt_body* body = tmlrt_response_stream(cx, response, TRT_BODY_UNKNOWN);
    if (body == NULL) {
        return TMLRT_E_NOMEM;
    }
    tmlrt_status status = trt_beat_start(body, heartbeat_ns);
    if (status == TMLRT_OK) {
        exchange->events = response;
        trt_body_begin(body);
    } else {
        trt_body_fail(body, status);
    }
    trt_body_unref(body); // the exchange has one, and the writer its own
    return status;
}

void trt_exchange_end_events(trt_exchange* exchange) {
    (void)!trt_body_end(exchange->events->stream);
}

void trt_events_stop(tmlrt_body* body) {
    // From 1 to 5 s, so that not all of them come back at once.
    uint64_t retry_ms = 1000 + ((uintptr_t)body >> 6) % 4000;
    trt_sse_event last = {.retry_ms = retry_ms};
    bool waits;
    (void)!trt_body_put_event(body, &last, &waits); // without room it comes back as it likes
    (void)!trt_body_end(body);
}

tmlrt_body* tmlrt_request_events(tmlrt_context* cx) {
    trt_exchange* exchange =
        (cx->flags & TMLRT_CX_EXCHANGE) != 0 ? ((trt_exchange_context*)cx)->exchange : NULL;
    if (exchange == NULL || exchange->events == NULL || exchange->events_taken) {
        return NULL;
    }
    exchange->events_taken = true;
    trt_body_ref(exchange->events->stream);
    return exchange->events->stream;
}

void tmlrt_events_free(tmlrt_body* body) {
    if (body != NULL) {
        (void)!trt_body_end(body); // an end that is there already, or cannot be
        trt_body_unref(body);
    }
}
