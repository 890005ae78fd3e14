// SPDX-License-Identifier: Apache-2.0
#include "tests/support/service_rig.h"

#include "std/http/core/response.h"
#include "std/http/server/body.h"
#include "tests/support/harness.h"

#include <tmlrt/http/body.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE = 32768 };

// The handler's state; in the request's arena.
typedef struct actor {
    rig* r;
    const char* at; // the step that runs
    tmlrt_response* response;
    tmlrt_body* out;
    bool waiting; // the leaf is live
    bool failed;  // without memory: it answers nothing
    bool writing; // E: a piece is being written
    uint64_t declared, done, total;
    const tmlrt_future_desc* desc;
    char leaf[TMLRT_LEAF_SIZE] __attribute__((aligned(TMLRT_LEAF_ALIGN)));
    char piece[PIECE];
} actor;

void rig_say(char* text, size_t cap, const char* format, ...) {
    size_t len = strlen(text);
    va_list args;
    va_start(args, format);
    if (len != 0 && len + 1 < cap) {
        text[len++] = ' ';
    }
    (void)vsnprintf(text + len, cap - len, format, args);
    va_end(args);
}

static void note(actor* a, char step, int64_t value) {
    char text[64];
    snprintf(text, sizeof text, "%c=%lld", step, (long long)value);
    pthread_mutex_lock(&a->r->lock);
    rig_say(a->r->handler_saw, sizeof a->r->handler_saw, "%s", text);
    pthread_mutex_unlock(&a->r->lock);
}

static void note_moved(actor* a, char step, uint64_t len, int32_t status) {
    char text[64];
    snprintf(text, sizeof text, "%c=%llu:%d", step, (unsigned long long)len, status);
    pthread_mutex_lock(&a->r->lock);
    rig_say(a->r->handler_saw, sizeof a->r->handler_saw, "%s", text);
    pthread_mutex_unlock(&a->r->lock);
}

// Polls the leaf that `begin` made; false: PENDING.
static bool finish_leaf(actor* a, tmlrt_context* cx, void* out) {
    a->waiting = a->desc->poll(a->leaf, cx, out) == TMLRT_PENDING;
    return !a->waiting;
}

static void begin_read(actor* a, trt_exchange* exchange) {
    if (!a->waiting) {
        tmlrt_request_body_read_init(a->leaf, &exchange->request, a->piece, sizeof a->piece);
        a->desc = &tmlrt_request_body_read_desc;
    }
}

static void check_piece(actor* a, uint64_t len) {
    for (uint64_t i = 0; i < len; i++) {
        if (a->piece[i] != rig_byte(a->done + i)) {
            note(a, '!', (int64_t)(a->done + i));
            return;
        }
    }
}

static void end_reading(actor* a, trt_exchange* exchange, char step, int32_t status) {
    const char* trailer = tmlrt_request_trailer(&exchange->request, "x-sum");
    note_moved(a, step, a->done, status);
    if (trailer != NULL) {
        note(a, 'T', atoi(trailer));
    }
    a->done = 0;
}

static bool step_read(actor* a, trt_exchange* exchange, tmlrt_context* cx, bool once) {
    for (;;) {
        tmlrt_body_moved moved;
        begin_read(a, exchange);
        if (!finish_leaf(a, cx, &moved)) {
            return false;
        }
        check_piece(a, moved.len);
        a->done += moved.len;
        if (moved.status != TMLRT_OK || moved.len == 0) {
            end_reading(a, exchange, once ? 'r' : 'R', moved.status);
            return true;
        }
        if (once) {
            a->done = 0;
            note(a, 'r', moved.len != 0);
            return true;
        }
    }
}

static bool step_echo(actor* a, trt_exchange* exchange, tmlrt_context* cx) {
    for (;;) {
        tmlrt_body_moved moved;
        if (!a->writing) {
            begin_read(a, exchange);
            if (!finish_leaf(a, cx, &moved)) {
                return false;
            }
            check_piece(a, moved.len);
            if (moved.status != TMLRT_OK || moved.len == 0) {
                end_reading(a, exchange, 'E', moved.status);
                return true;
            }
            a->writing = true;
            a->done += moved.len;
            tmlrt_body_write_init(a->leaf, a->out, a->piece, moved.len);
            a->desc = &tmlrt_body_write_desc;
        }
        if (!finish_leaf(a, cx, &moved)) {
            return false;
        }
        a->writing = false;
        if (moved.status != TMLRT_OK) {
            end_reading(a, exchange, 'E', moved.status);
            return true;
        }
    }
}

static bool step_write(actor* a, tmlrt_context* cx, uint64_t len) {
    tmlrt_body_moved moved = {TMLRT_OK, 0};
    while (a->done < len) {
        uint64_t part = len - a->done < PIECE ? len - a->done : PIECE;
        if (!a->waiting) {
            for (uint64_t i = 0; i < part; i++) {
                a->piece[i] = rig_byte(a->total + i);
            }
            tmlrt_body_write_init(a->leaf, a->out, a->piece, part);
            a->desc = &tmlrt_body_write_desc;
        }
        if (!finish_leaf(a, cx, &moved)) {
            return false;
        }
        a->done += moved.len;
        a->total += moved.len;
        if (moved.status != TMLRT_OK) {
            break;
        }
    }
    note_moved(a, 'w', a->done, moved.status);
    a->done = 0;
    return true;
}

static bool step_flush(actor* a, tmlrt_context* cx) {
    tmlrt_body_moved moved;
    if (!a->waiting) {
        tmlrt_body_flush_init(a->leaf, a->out);
        a->desc = &tmlrt_body_flush_desc;
    }
    if (!finish_leaf(a, cx, &moved)) {
        return false;
    }
    note(a, 'f', moved.status);
    return true;
}

static bool step_cancelled(actor* a, trt_exchange* exchange, tmlrt_context* cx) {
    int32_t reason;
    if (!a->waiting) {
        tmlrt_cancel_token_cancelled_init(a->leaf, tmlrt_request_cancel_token(&exchange->request));
        a->desc = &tmlrt_cancel_token_cancelled_desc;
    }
    if (!finish_leaf(a, cx, &reason)) {
        return false;
    }
    note(a, 'k', reason);
    return true;
}

static void make_buffered(actor* a, tmlrt_context* cx, uint64_t len) {
    char* data =
        trt_arena_alloc(a->response != NULL ? a->response->arena
                                            : ((trt_exchange_context*)cx)->exchange->request.arena,
                        (size_t)len + 1, 1);
    a->response = tmlrt_response_new(cx, 200);
    if (a->response == NULL || data == NULL) {
        return;
    }
    for (uint64_t i = 0; i < len; i++) {
        data[i] = rig_byte(i);
    }
    a->response->body = (tmlrt_slice){data, len};
}

static void make_hints(actor* a, tmlrt_context* cx) {
    tmlrt_response* hints = tmlrt_response_new(cx, 200);
    if (hints != NULL &&
        tmlrt_response_header(hints, "Link", "</a.css>; rel=preload") == TMLRT_OK) {
        note(a, 'H', tmlrt_response_early_hints(cx, hints));
    }
}

static void keep_fields(actor* a, trt_exchange* exchange) {
    tmlrt_request* request = &exchange->request;
    int32_t status = tmlrt_request_set_answer_header(request, "X-Kept", "7");
    status = status == TMLRT_OK ? tmlrt_request_answer_header(request, "Vary", "Origin") : status;
    note(a, 'K', status);
    a->failed |= status == TMLRT_E_NOMEM;
}

static void keep_too_much(actor* a, trt_exchange* exchange) {
    tmlrt_request* request = &exchange->request;
    for (char name[] = "X-A"; name[2] <= 'L'; name[2]++) {
        a->failed |= tmlrt_request_answer_header(request, name, "1") != TMLRT_OK;
    }
    for (size_t size = 1 << 20; size != 0; size /= 2) {
        while (trt_arena_alloc(request->arena, size, 1) != NULL) {
        }
    }
    note(a, 'M', tmlrt_request_answer_header(request, "X-Z", "1"));
}

static void take_protocol(actor* a, tmlrt_context* cx) {
    a->response = tmlrt_response_new(cx, 200);
    a->failed = a->response == NULL ||
                tmlrt_response_header(a->response, "X-Took", "yes") != TMLRT_OK ||
                (a->out = tmlrt_response_upgrade(cx, a->response, "echo")) == NULL;
    note(a, 'U', !a->failed);
}

// One step; false: PENDING.
static bool step(actor* a, trt_exchange* exchange, tmlrt_context* cx, uint64_t number) {
    switch (*a->at) {
    case 'R':
        return step_read(a, exchange, cx, false);
    case 'r':
        return step_read(a, exchange, cx, true);
    case 'E':
        return step_echo(a, exchange, cx);
    case 'w':
        return step_write(a, cx, number);
    case 'f':
        return step_flush(a, cx);
    case 'k':
        return step_cancelled(a, exchange, cx);
    case 'z':
        return false;
    case 's':
        tmlrt_body_free(a->out);
        a->response = tmlrt_response_new(cx, (int32_t)number);
        a->out = a->response != NULL ? tmlrt_response_stream(cx, a->response, a->declared) : NULL;
        a->failed = a->out == NULL;
        break;
    case 'v':
        a->failed = trt_exchange_begin_events(exchange, cx, 15 * TRT_S) != TMLRT_OK;
        a->out = tmlrt_request_events(cx);
        a->response = exchange->events;
        break;
    case 'K':
        keep_fields(a, exchange);
        break;
    case 'M':
        keep_too_much(a, exchange);
        break;
    case 'U':
        take_protocol(a, cx);
        break;
    case 'N':
        a->response = tmlrt_response_new(cx, 200);
        a->failed = a->response == NULL;
        note(a, 'N', !a->failed && tmlrt_response_upgrade(cx, a->response, "echo") != NULL);
        break;
    case 'd':
        a->declared = number;
        break;
    case 't':
        note(a, 't', tmlrt_body_trailer(a->out, "X-Sum", "7"));
        break;
    case 'e':
        note(a, 'e', tmlrt_body_end(a->out));
        break;
    case 'a':
        tmlrt_body_abort(a->out);
        break;
    case 'b':
        make_buffered(a, cx, number);
        break;
    case 'o':
        a->response = tmlrt_response_new(cx, 500);
        break;
    case 'H':
        make_hints(a, cx);
        break;
    default:
        break;
    }
    return true;
}

static tmlrt_poll rig_poll(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    actor* a = exchange->call;
    (void)self;
    for (;;) {
        char* end;
        if (*a->at == '\0' || a->failed) {
            break;
        }
        uint64_t number = strtoull(a->at + 1, &end, 10);
        if (!step(a, exchange, cx, number)) {
            uint64_t bytes = test_allocator_bytes();
            a->r->peak_bytes = bytes > a->r->peak_bytes ? bytes : a->r->peak_bytes;
            return TMLRT_PENDING;
        }
        a->at = end;
    }
    tmlrt_body_free(a->out);
    a->out = NULL;
    exchange->response = a->failed ? NULL : a->response;
    return TMLRT_READY;
}

static tmlrt_poll rig_start(void* self, trt_exchange* exchange, tmlrt_context* cx) {
    actor* a = trt_arena_alloc(exchange->request.arena, sizeof *a, _Alignof(actor));
    if (a == NULL) {
        return TMLRT_READY;
    }
    memset(a, 0, offsetof(actor, leaf));
    a->r = self;
    a->declared = TMLRT_BODY_LEN_UNKNOWN;
    a->at = exchange->request.query.len != 0 ? exchange->request.query.data : "";
    a->at += *a->at == 'S';
    if (*a->at == 'T') {
        exchange->timeout_ns = 100 * TRT_MS;
        a->at++;
    }
    exchange->call = a;
    return rig_poll(self, exchange, cx);
}

static void rig_drop(void* self, trt_exchange* exchange) {
    rig* r = self;
    actor* a = exchange->call;
    if (a != NULL) {
        if (a->waiting) {
            a->desc->drop(a->leaf);
        }
        tmlrt_body_free(a->out);
        if (exchange->request.cancelled != TMLRT_CANCEL_NONE && *a->at != '\0') {
            note(a, 'x', exchange->request.cancelled); // it was not allowed to finish
        }
    }
    exchange->call = NULL;
    pthread_mutex_lock(&r->lock);
    r->dropped = true;
    pthread_mutex_unlock(&r->lock);
}

static bool rig_streams(void* self, tmlrt_request* request) {
    (void)self;
    return request->query.len != 0 && request->query.data[0] == 'S';
}

static bool rig_needs_no_body(void* self, tmlrt_request* request) {
    (void)self;
    return request->query.len != 0 && request->query.data[0] == 'X';
}

static uint64_t rig_limit(void* self, tmlrt_request* request) {
    return rig_streams(self, request) ? 16 << 20 : 0;
}

void rig_init(rig* r) {
    memset(r, 0, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    r->service = (trt_service){.self = r,
                               .start = rig_start,
                               .poll = rig_poll,
                               .drop = rig_drop,
                               .body_limit = rig_limit,
                               .streams_body = rig_streams,
                               .needs_no_body = rig_needs_no_body};
}

void rig_wait_dropped(rig* r) {
    for (;;) {
        pthread_mutex_lock(&r->lock);
        bool dropped = r->dropped;
        pthread_mutex_unlock(&r->lock);
        if (dropped) {
            return;
        }
        sched_yield();
    }
}

void rig_wait_end(rig* r, const trt_http_server* server) {
    if (r->fail_at == 0) {
        rig_wait_dropped(r);
        return;
    }
    while (trt_http_server_num_conns(server) != 0) {
        sched_yield();
    }
    r->hit = test_allocator_hit();
    test_allocator_fail_at(0);
}

void rig_fini(rig* r) {
    pthread_mutex_destroy(&r->lock);
}
