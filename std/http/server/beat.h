// SPDX-License-Identifier: Apache-2.0
// Beat: the heartbeat of one stream of events. A timer of the worker that began it, no task: what
// it calls puts a comment into the body, which wakes whoever sends it.
#ifndef TRT_HTTP_SERVER_BEAT_H
#define TRT_HTTP_SERVER_BEAT_H

#include "rt/os/thread.h"
#include "rt/time/driver.h"
#include "std/http/core/message.h"

/// trt_beat belongs to its body, which ends it. The armed timer holds a reference to the body.
typedef struct trt_beat {
    trt_mutex lock; ///< the timer's: armed and stopped by one thread at a time. Before a body's
    trt_timer timer;
    trt_timer_driver* driver; ///< constant
    uint64_t every_ns;        ///< constant
    uint64_t last_ns;         ///< when the last event was put; under the body's lock
    bool stopped;             ///< under lock
} trt_beat;

/// trt_beat_start gives the body, which nobody else knows yet, a beat on this worker's timers.
/// Errors:  NOMEM.   Thread: a worker.
TMLRT_NODISCARD tmlrt_status trt_beat_start(tmlrt_body* body, uint64_t every_ns);
/// trt_beat_note says that an event was put, under the body's lock; takes NULL.
void trt_beat_note(trt_beat* beat);
/// trt_beat_stop ends it: the timer is not touched afterwards. Takes NULL, and a stopped one.
/// Thread: any, without the body's lock and with a reference to the body.
void trt_beat_stop(trt_beat* beat);
/// trt_beat_free is for the body's end; takes NULL.
void trt_beat_free(trt_beat* beat);

/// trt_events_stop ends a stream of events that a stopping server cannot let run on: its client is
/// told to come back, each stream after another time. What was put before is sent.
/// Thread: any.
void trt_events_stop(tmlrt_body* body);

#endif
