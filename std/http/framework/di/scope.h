// SPDX-License-Identifier: Apache-2.0
// A scope: the objects of one request (or, while the program starts, the singletons), made on first
// need and dropped in reverse. The pipeline uses the first part.
#ifndef TRT_HTTP_FRAMEWORK_DI_SCOPE_H
#define TRT_HTTP_FRAMEWORK_DI_SCOPE_H

#include "rt/exec/guard.h"
#include "std/http/framework/di/di.h"

/// trt_di_scope_get returns the exchange's scope, made in its arena when there is none; NULL
/// without memory.   Thread: who polls the exchange.
trt_di_scope* trt_di_scope_get(const trt_di* di, trt_exchange* exchange);
/// trt_di_scope_poll gets the object of a node for the pipeline: a singleton's or this request's;
/// of a transient controller or stage one per request. `*out` is borrowed until the scope ends.
/// Returns TMLRT_READY, TMLRT_PENDING (poll again with the same node), or a failure: NOMEM, PANIC
/// (reported already), META_MISSING - a make returned null (logged).   Cost: a few instructions
/// when the object is there.
tmlrt_status trt_di_scope_poll(trt_di_scope* scope, uint32_t node, tmlrt_context* cx, void** out);
/// trt_di_ready returns what trt_di_scope_poll would when it is there already, else NULL.
void* trt_di_ready(const trt_di_scope* scope, uint32_t node);
/// trt_di_scope_end drops what is half made and every object, latest first; the memory is the
/// arena's. Call it when handler, stages and their outputs are gone.
void trt_di_scope_end(trt_di_scope* scope);
/// trt_di_exchange_end ends the scope of an exchange, if it has one.
static inline void trt_di_exchange_end(trt_exchange* exchange) {
    if (exchange->scope != NULL) {
        trt_di_scope_end(exchange->scope);
        exchange->scope = NULL;
    }
}

// ---- for di_*.c ---------------------------------------------------------------------------------

typedef struct trt_di_made trt_di_made;

/// trt_di_job is one object being got, with all that it needs first: a chain of objects being made,
/// each for the one below it. Lives in the scope's arena.
typedef struct trt_di_job {
    trt_di_scope* scope;
    trt_di_made* top;   ///< what is being made now; NULL: not begun or done
    trt_di_made* outer; ///< the make that was running when the job began, NULL outside of makes
    void* object;       ///< the result
    uint32_t node;
    uint32_t failed; ///< the node that failed
    bool begun, ended;
    tmlrt_waker waiting;     ///< for an object that another job is making; all-zero: not
    struct trt_di_job* next; ///< of the scope
} trt_di_job;

struct trt_di_scope {
    const trt_di* di;
    trt_arena* arena;
    tmlrt_request* request; ///< NULL: the root scope
    trt_di_made* newest;    ///< made objects, latest first
    trt_di_made** places;   ///< per slot: made or being made; a transient's: the pipeline's own
    trt_di_made* running;   ///< whose make is being polled
    trt_di_job* jobs;       ///< begun and not ended
    trt_di_job* main;       ///< of trt_di_scope_poll
};

/// trt_di_job_new begins a job of `scope`; NULL without memory.
trt_di_job* trt_di_job_new(trt_di_scope* scope, uint32_t node);
/// trt_di_job_poll is trt_di_scope_poll for a job; after anything but PENDING the job has ended.
tmlrt_status trt_di_job_poll(trt_di_job* job, tmlrt_context* cx);
/// trt_di_job_cancel drops what the job was making; what is done stays. Nothing for one that ended.
void trt_di_job_cancel(trt_di_job* job);
/// trt_di_job_failure says why a job failed, for a log or a panic: "X: its make returned null".
void trt_di_job_failure(const trt_di_job* job, tmlrt_status status, char* out, size_t cap);

#endif
