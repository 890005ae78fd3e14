// SPDX-License-Identifier: Apache-2.0
// Streams for compiled code: reading a request's body, writing an answer's, as leaf futures over
// body.h. A leaf leaves nothing behind but its waker, which the body drops. Every piece that moves
// spends one unit of the budget, so that a fast peer does not keep a worker.
#include <tmlrt/http/body.h>

#include "rt/base/assert.h"
#include "rt/exec/coop.h"
#include "rt/io/leaf.h"
#include "std/http/core/header.h"
#include "std/http/server/body.h"

#include <string.h>

typedef struct read_leaf {
    tmlrt_frame head;
    tmlrt_request* request;
    char* out;
    uint64_t cap;
} read_leaf;

typedef struct write_leaf {
    tmlrt_frame head;
    tmlrt_body* body;
    const char* data;
    uint64_t len, written;
} write_leaf;

typedef struct event_leaf {
    tmlrt_frame head;
    tmlrt_body* body;
    trt_sse_event event;
} event_leaf;

static void begin(const tmlrt_frame* head, const tmlrt_future_desc* desc, void* frame) {
    if (TRT_UNLIKELY(head->state == TMLRT_FRAME_DONE)) {
        tmlrt_poll_after_done(desc, frame);
    }
}

static tmlrt_poll finish(tmlrt_frame* head, void* out, tmlrt_status status, uint64_t len) {
    head->state = TMLRT_FRAME_DONE;
    *(tmlrt_body_moved*)out = (tmlrt_body_moved){status, len};
    return TMLRT_READY;
}

// ---- reading ------------------------------------------------------------------------------------

void tmlrt_request_body_read_init(void* leaf, tmlrt_request* request, void* out, uint64_t cap) {
    *(read_leaf*)leaf = (read_leaf){.request = request, .out = out, .cap = cap};
}

static uint64_t read_buffered(tmlrt_request* request, char* out, uint64_t cap) {
    uint64_t left = request->body.len - request->body_at;
    uint64_t len = left < cap ? left : cap;
    if (len != 0) {
        memcpy(out, request->body.data + request->body_at, (size_t)len);
        request->body_at += len;
    }
    return len;
}

static tmlrt_poll request_body_read_poll(void* frame, tmlrt_context* cx, void* out) {
    read_leaf* self = frame;
    tmlrt_request* request = self->request;
    begin(&self->head, &tmlrt_request_body_read_desc, self);
    if (self->cap == 0) {
        return finish(&self->head, out, TMLRT_E_INVAL, 0);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    if (request->stream == NULL) {
        return finish(&self->head, out, TMLRT_OK, read_buffered(request, self->out, self->cap));
    }
    tmlrt_status status;
    size_t len;
    if (trt_body_poll_take(request->stream, cx->waker, self->out, (size_t)self->cap, &len,
                           &status) == TMLRT_PENDING) {
        trt_coop_refund(cx);
        return TMLRT_PENDING;
    }
    return finish(&self->head, out, status, len);
}

static void request_body_read_drop(void* frame) {
    ((read_leaf*)frame)->head.state = TMLRT_FRAME_DONE;
}

const char* tmlrt_request_trailer(const tmlrt_request* request, const char* name) {
    tmlrt_body* body = request->stream;
    const trt_header* found = NULL;
    if (body != NULL) {
        trt_mutex_lock(&body->lock);
        if (body->state == TRT_BODY_ENDED && body->len == 0) {
            found = trt_header_find(body->trailers, body->num_trailers, name, strlen(name));
        }
        trt_mutex_unlock(&body->lock);
    }
    return found != NULL ? found->value.data : NULL;
}

// ---- writing ------------------------------------------------------------------------------------

void tmlrt_body_write_init(void* leaf, tmlrt_body* body, const void* data, uint64_t len) {
    *(write_leaf*)leaf = (write_leaf){.body = body, .data = data, .len = len};
}

static tmlrt_poll body_write_poll(void* frame, tmlrt_context* cx, void* out) {
    write_leaf* self = frame;
    tmlrt_status status = TMLRT_OK;
    begin(&self->head, &tmlrt_body_write_desc, self);
    do {
        size_t taken;
        if (!trt_coop_spend(cx)) {
            return TMLRT_PENDING;
        }
        if (trt_body_poll_put(self->body, cx->waker, self->data + self->written,
                              (size_t)(self->len - self->written), &taken,
                              &status) == TMLRT_PENDING) {
            trt_coop_refund(cx);
            return TMLRT_PENDING;
        }
        self->written += taken;
    } while (status == TMLRT_OK && self->written < self->len);
    return finish(&self->head, out, status, self->written);
}

static void body_write_drop(void* frame) {
    ((write_leaf*)frame)->head.state = TMLRT_FRAME_DONE;
}

void tmlrt_body_flush_init(void* leaf, tmlrt_body* body) {
    *(write_leaf*)leaf = (write_leaf){.body = body};
}

static tmlrt_poll body_flush_poll(void* frame, tmlrt_context* cx, void* out) {
    write_leaf* self = frame;
    tmlrt_status status;
    begin(&self->head, &tmlrt_body_flush_desc, self);
    if (trt_body_poll_flush(self->body, cx->waker, &status) == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    return finish(&self->head, out, status, 0);
}

#define body_flush_drop body_write_drop

static tmlrt_slice text_or_none(const char* text) {
    return text != NULL ? (tmlrt_slice){text, strlen(text)} : (tmlrt_slice){NULL, 0};
}

void tmlrt_event_send_init(void* leaf, tmlrt_body* body, const char* name, const char* id,
                           const char* data, const char* comment, uint64_t retry_ms) {
    *(event_leaf*)leaf = (event_leaf){.body = body,
                                      .event = {.name = text_or_none(name),
                                                .id = text_or_none(id),
                                                .data = text_or_none(data),
                                                .comment = text_or_none(comment),
                                                .retry_ms = retry_ms}};
}

static tmlrt_poll event_send_poll(void* frame, tmlrt_context* cx, void* out) {
    event_leaf* self = frame;
    begin(&self->head, &tmlrt_event_send_desc, self);
    tmlrt_status status = trt_sse_check(&self->event);
    if (status != TMLRT_OK) {
        return finish(&self->head, out, status, 0);
    }
    if (!trt_coop_spend(cx)) {
        return TMLRT_PENDING;
    }
    if (trt_body_poll_put_event(self->body, cx->waker, &self->event, &status) == TMLRT_PENDING) {
        trt_coop_refund(cx);
        return TMLRT_PENDING;
    }
    return finish(&self->head, out, status, 0);
}

static void event_send_drop(void* frame) {
    ((event_leaf*)frame)->head.state = TMLRT_FRAME_DONE;
}

TRT_IO_LEAF_DESC(request_body_read, read_leaf, tmlrt_body_moved, NULL)
TRT_IO_LEAF_DESC(body_write, write_leaf, tmlrt_body_moved, NULL)
TRT_IO_LEAF_DESC(event_send, event_leaf, tmlrt_body_moved, NULL)
TRT_IO_LEAF_DESC(body_flush, write_leaf, tmlrt_body_moved, NULL)

int32_t tmlrt_body_trailer(tmlrt_body* body, const char* name, const char* value) {
    return trt_body_trailer(body, (tmlrt_slice){name, strlen(name)},
                            (tmlrt_slice){value, strlen(value)});
}

int32_t tmlrt_body_end(tmlrt_body* body) {
    return trt_body_end(body);
}

void tmlrt_body_abort(tmlrt_body* body) {
    trt_body_fail(body, TMLRT_E_CANCELLED);
}

void tmlrt_body_free(tmlrt_body* body) {
    if (body != NULL) {
        trt_body_give_up(body);
        trt_body_unref(body);
    }
}
