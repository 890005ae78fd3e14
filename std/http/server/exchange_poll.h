// SPDX-License-Identifier: Apache-2.0
// How a codec calls the service: inline, since every request passes here.
#ifndef TRT_HTTP_SERVER_EXCHANGE_POLL_H
#define TRT_HTTP_SERVER_EXCHANGE_POLL_H

#include "rt/exec/worker.h"
#include "std/http/server/service.h"

/// trt_exchange_record returns the record of the exchange's route, NULL: there is none.
static inline const tmlrt_meta_route* trt_exchange_record(const trt_exchange* exchange,
                                                          const trt_service* service) {
    return service->record_of != NULL ? service->record_of(service->self, &exchange->request)
                                      : NULL;
}
/// trt_exchange_call starts or polls the service, which has not answered yet.
/// Shape:   `*started`: the codec's note that start was called; `cx`: that of its task.
static inline tmlrt_poll trt_exchange_call(trt_exchange* exchange, const trt_service* service,
                                           bool* started, tmlrt_context* cx) {
    trt_worker* worker = trt_current_worker();
    trt_atomic_ptr unseen;
    trt_exchange_context ecx = {.base = *cx, .exchange = exchange, .doing = &unseen};
    ecx.base.flags |= TMLRT_CX_EXCHANGE;
    tmlrt_poll answer;
    if (worker != NULL) {
        worker->owner_id = &exchange->owner_id;
        ecx.doing = &worker->figures.doing;
    }
    if (*started) {
        trt_atomic_store(ecx.doing, (void*)(uintptr_t)trt_exchange_record(exchange, service),
                         TRT_RELAXED);
        answer = service->poll(service->self, exchange, &ecx.base);
    } else {
        *started = true;
        answer = service->start(service->self, exchange, &ecx.base);
    }
    if (worker != NULL) {
        worker->owner_id = NULL;
        trt_atomic_store(&worker->figures.doing, NULL, TRT_RELAXED);
    }
    cx->budget = ecx.base.budget;
    if (TRT_UNLIKELY((exchange->request.flags & TRT_REQUEST_KEEPS) != 0) && answer == TMLRT_READY &&
        !exchange->wire && exchange->response != NULL) {
        (void)trt_exchange_add_fields(exchange, exchange->response); // it has no stream
    }
    return answer;
}

/// trt_exchange_poll is trt_exchange_call for an exchange whose `wire` is set: it remembers READY.
static inline tmlrt_poll trt_exchange_poll(trt_exchange* exchange, const trt_service* service,
                                           bool* started, tmlrt_context* cx) {
    if (!exchange->done) {
        exchange->done = trt_exchange_call(exchange, service, started, cx) == TMLRT_READY;
    }
    return exchange->done ? TMLRT_READY : TMLRT_PENDING;
}

#endif
