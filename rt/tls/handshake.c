// SPDX-License-Identifier: Apache-2.0
// The handshake: steps of the engine, here or as a job of the blocking pool (a private-key
// operation of a millisecond holds up no worker's other connections), with the transport between
// them. By one task, before stream.c reads or writes anything; invariants there.
#include "rt/tls/stream_io.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/log.h"
#include "rt/exec/worker.h"

static void job_run(trt_offload* op) {
    trt_tls_job* job = TRT_CONTAINER_OF(op, trt_tls_job, op);
    job->step = trt_tls_engine_handshake(job->engine);
}

static void job_fini(trt_offload* op) {
    trt_tls_job* job = TRT_CONTAINER_OF(op, trt_tls_job, op);
    if (job->owns_engine) {
        trt_tls_engine_free(job->engine);
    }
    trt_free(job, sizeof(*job));
}

// Gives the step to the pool. Where there is no worker nobody else waits for this thread, and
// without memory for a job the signature is made here.
static void begin_job(tmlrt_tls_stream* s) {
    s->engine->may_block = true;
    s->job = trt_current_worker() != NULL ? trt_alloc_zero(sizeof(*s->job)) : NULL;
    if (s->job != NULL) {
        s->job->op = (trt_offload){.run = job_run, .fini = job_fini};
        s->job->engine = s->engine;
        trt_offload_start(&s->job->op);
    }
}

static trt_tls_step run_step(tmlrt_tls_stream* s) {
    trt_mutex_lock(&s->lock);
    trt_tls_step step = trt_tls_engine_handshake(s->engine);
    trt_mutex_unlock(&s->lock);
    return step;
}

static tmlrt_poll next_step(tmlrt_tls_stream* s, tmlrt_context* cx, trt_tls_step* out) {
    tmlrt_status made;
    if (s->job == NULL) {
        *out = run_step(s);
        return TMLRT_READY;
    }
    if (trt_offload_poll(&s->job->op, cx, &made) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *out = s->job->step;
    trt_offload_leave(&s->job->op);
    s->job = NULL;
    if (made != TMLRT_OK) { // the pool has no thread or ends: here, then
        *out = run_step(s);
    }
    return TMLRT_READY;
}

// What stands in the way of another step, or its end. READY: *out_status is an error, or 0: go on.
static tmlrt_poll after_step(tmlrt_tls_stream* s, tmlrt_context* cx, trt_tls_step step,
                             tmlrt_status* out_status) {
    const trt_tls_bytes* in = &s->engine->in;
    *out_status = TMLRT_OK;
    if (step == TRT_TLS_WANTS_BLOCKING) {
        begin_job(s);
        return TMLRT_READY;
    }
    tmlrt_poll flushed = trt_tls_flush(s, cx, TMLRT_IO_WRITE, out_status);
    if (step == TRT_TLS_FAILED) {
        *out_status = s->engine->status; // its alert has had its chance
        return TMLRT_READY;
    }
    if (flushed == TMLRT_PENDING || *out_status != TMLRT_OK || step != TRT_TLS_WANTS_INPUT) {
        return flushed;
    }
    if (trt_tls_fill(s, cx, out_status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    bool is_server = s->engine->config->options.role == TMLRT_TLS_SERVER;
    if (*out_status == TMLRT_OK && is_server && !s->looked) {
        char first = in->data[0]; // a record begins with a byte below any letter
        s->looked = true;
        *out_status = first >= 'A' && first <= 'Z' ? TMLRT_E_TLS_PLAIN : TMLRT_OK;
    }
    return TMLRT_READY;
}

// The last bytes (a server's tickets) may still be on their way: whoever reads next sends them on.
static tmlrt_poll end_handshake(tmlrt_tls_stream* s, tmlrt_context* cx, tmlrt_status* out_status) {
    tmlrt_poll flushed = trt_tls_flush(s, cx, TMLRT_IO_READ, out_status);
    *out_status = flushed == TMLRT_PENDING ? TMLRT_OK : *out_status;
    s->is_open = *out_status == TMLRT_OK;
    if (!s->is_open) {
        trt_tls_fail(s, *out_status, tmlrt_status_text(*out_status));
    }
    return TMLRT_READY;
}

tmlrt_poll trt_tls_poll_handshake(tmlrt_tls_stream* s, tmlrt_context* cx,
                                  tmlrt_status* out_status) {
    if (s->engine->status != TMLRT_OK || s->is_open) {
        *out_status = s->engine->status;
        return TMLRT_READY;
    }
    trt_tls_step step = TRT_TLS_WANTS_ROOM;
    while (!s->agreed) {
        if (s->job == NULL && after_step(s, cx, step, out_status) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        if (s->job == NULL && *out_status == TMLRT_OK && !trt_tls_ensure_out(s)) {
            *out_status = TMLRT_E_NOMEM;
        }
        if (s->job == NULL && *out_status != TMLRT_OK) {
            if (s->engine->status == TMLRT_OK) {
                trt_tls_fail(s, *out_status, tmlrt_status_text(*out_status));
            }
            return TMLRT_READY;
        }
        if (next_step(s, cx, &step) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        s->agreed = step == TRT_TLS_DONE;
    }
    return end_handshake(s, cx, out_status);
}
