// SPDX-License-Identifier: Apache-2.0
// The life of an HTTP/2 connection: its memory, its settings, keep-alive, drain and end.
//
// Invariants: `running` counts streams that were opened and are not done, whatever the wire says of
// them, so that a peer that resets its requests does not start more handlers than one that waits.
// After `ended` nothing is fed to nghttp2 any more. Every byte that nghttp2 allocates is counted
// and goes through the process's allocator, or the worker's kept blocks (rt/base/kept.h): what one
// request needs of nghttp2, the next one has. Called by the server, on the connection's worker.
#include "std/http/h2/session.h"

#include "rt/base/kept.h"

#include <string.h>

// In front of every block of nghttp2: it frees without telling the size.
typedef union block {
    struct {
        size_t size;
        bool reserved; ///< lies in conn->reserve
    };
    max_align_t align;
} block;

static inline block* note(trt_h2_conn* conn, block* made, size_t whole) {
    if (TRT_LIKELY(made != NULL)) {
        made->size = whole;
        made->reserved = false;
        conn->memory += whole;
    }
    return made;
}

static inline block* take(trt_h2_conn* conn, size_t size) {
    size_t whole;
    return __builtin_add_overflow(size, sizeof(block), &whole)
               ? NULL
               : note(conn, trt_kept_alloc(whole), whole);
}

// What is large comes from where zeros cost nothing.
static block* take_zero(trt_h2_conn* conn, size_t size) {
    size_t whole;
    if (__builtin_add_overflow(size, sizeof(block), &whole)) {
        return NULL;
    }
    if (whole > TRT_KEPT_SIZE) {
        return note(conn, trt_alloc_zero(whole), whole);
    }
    block* made = take(conn, size);
    if (made != NULL) {
        memset(made + 1, 0, size);
    }
    return made;
}

// The large block of the output would cut the heap's end in another place each time: pages between
// idle connections would be touched for nothing.
void* trt_h2_borrow(trt_h2_conn* conn, enum trt_h2_spare_kind kind, size_t size) {
    trt_h2_spare* spare = conn->options.spare;
    if (spare == NULL || spare->blocks[kind] == NULL) {
        return trt_h2_mem_alloc(size, conn);
    }
    block* made = spare->blocks[kind];
    spare->blocks[kind] = NULL;
    conn->memory += made->size;
    return made + 1;
}

void trt_h2_give(trt_h2_conn* conn, enum trt_h2_spare_kind kind, void* ptr) {
    trt_h2_spare* spare = conn->options.spare;
    if (TRT_SANITIZED || ptr == NULL || spare == NULL || spare->blocks[kind] != NULL) {
        trt_h2_mem_free(ptr, conn);
        return;
    }
    block* made = (block*)ptr - 1;
    spare->blocks[kind] = made;
    conn->memory -= made->size;
}

void trt_h2_spare_fini(trt_h2_spare* spare) {
    for (int kind = 0; kind < TRT_H2_SPARES; kind++) {
        block* made = spare->blocks[kind];
        trt_free(made, made != NULL ? made->size : 0);
        spare->blocks[kind] = NULL;
    }
}

bool trt_h2_ready(trt_h2_conn* conn) {
    if (conn->reserve == NULL) {
        conn->reserve = trt_h2_borrow(conn, TRT_H2_SPARE_RESERVE, TRT_H2_RESERVE_BYTES);
        conn->no_memory |= conn->reserve == NULL;
    }
    return conn->reserve != NULL;
}

// Without memory nghttp2 1.52 frees a queued answer twice (its queue cannot grow, and the stream
// keeps the freed item). So what is small still succeeds, once, and the connection ends as one that
// has no memory.
static block* take_reserve(trt_h2_conn* conn, size_t size) {
    size_t step = sizeof(max_align_t), whole = (size + sizeof(block) + step - 1) / step * step;
    conn->no_memory = true;
    if (conn->reserve == NULL || size > TRT_H2_RESERVE_BYTES ||
        whole > TRT_H2_RESERVE_BYTES - conn->reserve_used) {
        return NULL;
    }
    block* made = (block*)(conn->reserve + conn->reserve_used);
    conn->reserve_used += (uint32_t)whole;
    made->size = size + sizeof *made;
    made->reserved = true;
    return made;
}

void* trt_h2_mem_alloc(size_t size, void* user) {
    block* made = take(user, size);
    return made != NULL ? made + 1 : NULL;
}

void trt_h2_mem_free(void* ptr, void* user) {
    trt_h2_conn* conn = user;
    block* made = ptr != NULL ? (block*)ptr - 1 : NULL;
    if (made != NULL && !made->reserved) {
        conn->memory -= made->size;
        trt_kept_free(made, made->size);
    }
}

static void* mem_malloc(size_t size, void* user) {
    block* made = take(user, size);
    made = made != NULL ? made : take_reserve(user, size);
    return made != NULL ? made + 1 : NULL;
}

static void* mem_calloc(size_t num, size_t size, void* user) {
    size_t whole;
    if (__builtin_mul_overflow(num, size, &whole)) {
        return NULL;
    }
    block* made = take_zero(user, whole);
    if (made != NULL) {
        return made + 1;
    }
    made = take_reserve(user, whole);
    return made != NULL ? memset(made + 1, 0, whole) : NULL;
}

static inline __attribute__((always_inline)) void fetch(const void* from, size_t len) {
    for (size_t at = 0; at < len; at += 64) {
        __builtin_prefetch((const char*)from + at, 1);
    }
}

void trt_h2_conn_fetch(const trt_h2_conn* conn) {
    const block* session = (const block*)conn->session - 1;
    fetch(conn, sizeof *conn);
    fetch(session, session->size);
}

static void* mem_realloc(void* ptr, size_t size, void* user) {
    void* made = mem_malloc(size, user);
    if (made != NULL && ptr != NULL) {
        size_t old = ((block*)ptr - 1)->size - sizeof(block);
        memcpy(made, ptr, old < size ? old : size);
        trt_h2_mem_free(ptr, user);
    }
    return made;
}

int trt_h2_preface(const char* data, size_t len) {
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    size_t looked_at = len < TRT_H2_PREFACE_LEN ? len : TRT_H2_PREFACE_LEN;
    if (memcmp(data, preface, looked_at) != 0) {
        return -1;
    }
    return looked_at == TRT_H2_PREFACE_LEN;
}

static int submit_settings(trt_h2_conn* conn) {
    // nghttp2 is told no limit of streams: it would end the connection where a stream is to be
    // refused. What the peer reads is written into the frame (send.c).
    nghttp2_settings_entry entries[5] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, NGHTTP2_MAX_WINDOW_SIZE},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)conn->options.limits->h2_window_bytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)conn->options.limits->fields_bytes},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
    };
    size_t num = conn->options.connect_protocol ? 5 : 4;
    conn->num_asked++;
    int status = nghttp2_submit_settings(conn->session, NGHTTP2_FLAG_NONE, entries, num);
    return status != 0 ? status
                       : nghttp2_session_set_local_window_size(
                             conn->session, NGHTTP2_FLAG_NONE, 0,
                             (int32_t)conn->options.limits->h2_window_max_bytes);
}

static void set_options(nghttp2_option* option, const trt_http_limits* limits) {
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_http_messaging(option, 1); // fields.c and receive.c do
    nghttp2_option_set_max_outbound_ack(option, (size_t)limits->h2_queued_frames);
    nghttp2_option_set_max_settings(option, (size_t)limits->h2_settings);
    nghttp2_option_set_max_deflate_dynamic_table_size(option, TRT_H2_TABLE_BYTES);
    nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_PRIORITY_UPDATE);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_server_fallback_rfc7540_priorities(option, 0);
}

static int make_session(trt_h2_conn* conn) {
    nghttp2_session_callbacks* callbacks = NULL;
    nghttp2_option* option = NULL;
    int status = nghttp2_session_callbacks_new(&callbacks);
    if (status == 0) {
        status = nghttp2_option_new(&option);
    }
    if (status == 0) {
        trt_h2_set_receive(callbacks);
        trt_h2_set_send(callbacks);
        trt_h2_set_head(callbacks);
        trt_h2_set_push(callbacks);
        set_options(option, conn->options.limits);
        status = nghttp2_session_server_new3(&conn->session, callbacks, conn, option, &conn->mem);
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return status == 0 ? submit_settings(conn) : status;
}

tmlrt_status trt_h2_conn_new(trt_h2_conn** out, const trt_h2_handler* handler,
                             const trt_h2_options* options, uint64_t now_ns) {
    trt_h2_conn* conn = trt_alloc_zero(sizeof *conn);
    if (conn == NULL) {
        return TMLRT_E_NOMEM;
    }
    conn->handler = *handler;
    conn->options = *options;
    conn->mem = (nghttp2_mem){conn, mem_malloc, trt_h2_mem_free, mem_calloc, mem_realloc};
    conn->memory = sizeof *conn;
    conn->meter.preface = TRT_H2_PREFACE_LEN;
    conn->heard_ns = conn->now_ns = now_ns;
    trt_ledger_init(&conn->ledger, options->limits, now_ns);
    trt_hpack_init(&conn->hpack);
    if (!trt_h2_ready(conn) || make_session(conn) != 0 || conn->no_memory) {
        nghttp2_session_del(conn->session);
        trt_h2_mem_free(conn->reserve, conn);
        trt_free(conn, sizeof *conn);
        return TMLRT_E_NOMEM;
    }
    *out = conn;
    return TMLRT_OK;
}

void trt_h2_conn_free(trt_h2_conn* conn) {
    if (conn == NULL) {
        return;
    }
    for (trt_h2_stream *stream = conn->streams, *next; stream != NULL; stream = next) {
        next = stream->next;
        stream->done = false; // stays until it is taken out below
        trt_h2_stream_closed(stream, TRT_H2_CANCEL);
    }
    nghttp2_session_del(conn->session);
    while (conn->streams != NULL) {
        trt_h2_stream* stream = conn->streams;
        conn->streams = stream->next;
        trt_h2_mem_free(stream, conn);
    }
    trt_h2_mem_free(conn->out, conn);
    trt_h2_mem_free(conn->reserve, conn);
    if (conn->grown != 0) {
        (void)conn->handler.grow(conn->handler.self, -conn->grown);
    }
    trt_hpack_fini(&conn->hpack);
    TRT_ASSERT(conn->memory == sizeof *conn);
    trt_free(conn, sizeof *conn);
}

void trt_h2_end(trt_h2_conn* conn, uint32_t code) {
    if (!conn->ended) {
        conn->ended = true;
        conn->no_memory |= nghttp2_session_terminate_session(conn->session, code) != 0;
    }
}

void trt_h2_judge(trt_h2_conn* conn, enum trt_ledger_verdict verdict) {
    if (verdict == TRT_LEDGER_CLOSE) {
        conn->abused = true;
        trt_h2_end(conn, TRT_H2_ENHANCE_YOUR_CALM);
    } else if (verdict == TRT_LEDGER_DRAIN) {
        trt_h2_conn_drain(conn, conn->now_ns);
    }
}

bool trt_h2_conn_finished(const trt_h2_conn* conn) {
    return conn->ended || conn->no_memory ||
           (nghttp2_session_want_read(conn->session) == 0 &&
            nghttp2_session_want_write(conn->session) == 0);
}

bool trt_h2_conn_waits(const trt_h2_conn* conn) {
    return nghttp2_session_want_write(conn->session) == 0;
}

bool trt_h2_conn_abused(const trt_h2_conn* conn) {
    return conn->abused;
}

uint32_t trt_h2_conn_running(const trt_h2_conn* conn) {
    return conn->running;
}

size_t trt_h2_conn_memory(const trt_h2_conn* conn) {
    return conn->memory + trt_hpack_memory(&conn->hpack);
}

static const uint8_t s_drain_ping[8] = "drain";

void trt_h2_conn_drain(trt_h2_conn* conn, uint64_t now_ns) {
    if (conn->draining || conn->ended || !trt_h2_ready(conn)) {
        return;
    }
    conn->draining = true;
    conn->drain_ns = now_ns + TRT_H2_DRAIN_NS;
    conn->num_asked++;
    // The answer to the PING says that the peer has read the notice: nothing that it sent before is
    // refused by the second GOAWAY.
    conn->no_memory |= nghttp2_submit_shutdown_notice(conn->session) != 0 ||
                       nghttp2_submit_ping(conn->session, NGHTTP2_FLAG_NONE, s_drain_ping) != 0;
}

static void second_goaway(trt_h2_conn* conn) {
    conn->drain_ns = 0;
    if (!conn->last_goaway && !conn->ended) {
        conn->last_goaway = true;
        int32_t last = nghttp2_session_get_last_proc_stream_id(conn->session);
        conn->no_memory |= nghttp2_submit_goaway(conn->session, NGHTTP2_FLAG_NONE, last,
                                                 NGHTTP2_NO_ERROR, NULL, 0) != 0;
    }
}

void trt_h2_ponged(trt_h2_conn* conn, const uint8_t* opaque) {
    conn->ping_ns = 0;
    if (conn->draining && memcmp(opaque, s_drain_ping, sizeof s_drain_ping) == 0) {
        second_goaway(conn);
    }
}

uint64_t trt_h2_conn_deadline(const trt_h2_conn* conn) {
    uint64_t next = conn->ping_ns != 0 ? conn->ping_ns + conn->options.limits->h2_ping_wait_ns
                                       : conn->heard_ns + conn->options.limits->h2_ping_after_ns;
    return conn->drain_ns != 0 && conn->drain_ns < next ? conn->drain_ns : next;
}

bool trt_h2_conn_expire(trt_h2_conn* conn, uint64_t now_ns) {
    conn->now_ns = now_ns;
    if (!trt_h2_ready(conn)) {
        return false;
    }
    if (conn->drain_ns != 0 && now_ns >= conn->drain_ns) {
        second_goaway(conn);
    }
    if (conn->ping_ns != 0) {
        return now_ns < conn->ping_ns + conn->options.limits->h2_ping_wait_ns;
    }
    if (now_ns >= conn->heard_ns + conn->options.limits->h2_ping_after_ns) {
        conn->ping_ns = now_ns;
        conn->num_asked++;
        conn->no_memory |= nghttp2_submit_ping(conn->session, NGHTTP2_FLAG_NONE, NULL) != 0;
    }
    return !conn->no_memory;
}
