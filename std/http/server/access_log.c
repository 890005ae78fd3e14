// SPDX-License-Identifier: Apache-2.0
// Rings of bytes, one per worker, and the thread that writes them to a file.
//
// A ring has one writer (its worker moves `head`) and one reader (the thread moves `tail`); both
// only grow, what lies between is whole lines. The worker's release of `head` gives the bytes to
// the thread, the thread's release of `tail` gives the room back.
//
// Waking. `pending` says that the thread knows that there is something. The first line that comes
// while it is 0 sets it and unparks; the thread then lets lines gather for GATHER_NS, clears
// `pending` and takes what is there. The worker publishes before it looks at `pending`, the thread
// clears it before it looks at the rings, all sequentially consistent: one of the two sees the
// other. A ring that becomes more than half full unparks as well, which ends the gathering. So a
// busy server wakes the thread a few times a second, an idle one never.
//
// A write that cannot be completed loses its lines, counted; when it has left the beginning of one
// in the file, the next line that is written begins on a line of its own. A write that blocks (a
// pipe) blocks the thread only: rings fill up and lines are dropped. Whoever stops such a log waits
// STOP_NS and then leaves the memory to the thread.
#include "std/http/server/access_log.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/atomic.h"
#include "rt/base/log.h"
#include "rt/os/clock.h"
#include "rt/os/file.h"
#include "rt/os/thread.h"

#include <stdalign.h>
#include <string.h>

enum { RING_BYTES = 2 * 1024 * 1024, RING_MIN = 8192 };
#define GATHER_NS     100000000ull
#define STOP_NS       5000000000ull
#define TOLD_EVERY_NS 10000000000ull
#define STDOUT        ((trt_handle)1)

typedef struct ring {
    alignas(64) trt_atomic_u64 head; ///< bytes ever put; by the worker
    trt_atomic_u64 dropped;          ///< lines; by the worker
    uint64_t seen_tail;              ///< `tail` as the worker saw it last
    alignas(64) trt_atomic_u64 tail; ///< bytes ever written out; by the thread
    char* bytes;                     ///< constant
} ring;

struct trt_access_log {
    enum trt_access_format format;
    uint32_t num_rings;
    uint64_t ring_bytes; ///< a power of two
    char *path, *redacted, *bytes;
    size_t path_size, redacted_size;
    trt_handle file; ///< the thread's
    trt_thread thread;
    trt_parker parker;   ///< of the thread
    trt_parker ended;    ///< of whoever stops
    bool stopped;        ///< by trt_access_log_stop
    uint64_t told_ns;    ///< the thread's: when drops were last logged
    uint64_t told;       ///< the thread's: how many
    bool open_line;      ///< the thread's: what it wrote last was no line's end
    bool torn;           ///< the thread's: nor will that end be written
    trt_atomic_u64 lost; ///< lines; by the thread
    trt_atomic_u32 pending, reopen, stop;
    trt_atomic_u32 left; ///< one of thread and owner has left the log to the other
    ring rings[];
};

// ---- the worker's side --------------------------------------------------------------------------

static void put_bytes(const trt_access_log* log, ring* r, uint64_t head, const char* text,
                      size_t len) {
    size_t at = (size_t)(head & (log->ring_bytes - 1));
    size_t first = (size_t)log->ring_bytes - at;
    first = first < len ? first : len;
    memcpy(r->bytes + at, text, first);
    memcpy(r->bytes, text + first, len - first);
}

static uint64_t used_of(ring* r, uint64_t head) {
    // Acquire: what the thread read of the bytes lies before they are overwritten.
    r->seen_tail = trt_atomic_load(&r->tail, TRT_ACQUIRE_ORDER);
    return head - r->seen_tail;
}

void trt_access_log_put(trt_access_log* log, uint32_t worker, const trt_access_entry* entry) {
    char line[TRT_ACCESS_LINE];
    size_t len = trt_access_line(line, log->format, log->redacted, entry);
    ring* r = &log->rings[worker];
    uint64_t head = trt_atomic_load(&r->head, TRT_RELAXED), half = log->ring_bytes / 2;
    uint64_t used = head - r->seen_tail;
    if (used + len > half) {
        used = used_of(r, head);
    }
    if (used + len > log->ring_bytes) {
        uint64_t dropped = trt_atomic_load(&r->dropped, TRT_RELAXED);
        trt_atomic_store(&r->dropped, dropped + 1, TRT_RELAXED);
        return;
    }
    put_bytes(log, r, head, line, len);
    trt_atomic_store(&r->head, head + len, TRT_SEQ_CST); // before `pending` is looked at
    bool crosses = used <= half && used + len > half;
    if (crosses || (trt_atomic_load(&log->pending, TRT_SEQ_CST) == 0 &&
                    trt_atomic_xchg(&log->pending, 1, TRT_SEQ_CST) == 0)) {
        trt_parker_unpark(&log->parker);
    }
}

// ---- the thread ---------------------------------------------------------------------------------

static uint64_t count_lines(const char* text, size_t len) {
    uint64_t num = 0;
    const char* newline;
    while ((newline = memchr(text, '\n', len)) != NULL) {
        num++;
        len -= (size_t)(newline + 1 - text);
        text = newline + 1;
    }
    return num;
}

static void count_lost(trt_access_log* log, uint64_t num) {
    trt_atomic_store(&log->lost, trt_atomic_load(&log->lost, TRT_RELAXED) + num, TRT_RELAXED);
}

static void lose(trt_access_log* log, const char* text, size_t len, tmlrt_status why) {
    count_lost(log, count_lines(text, len));
    uint64_t now_ns = trt_os_now_ns();
    if (log->told_ns == 0 || now_ns - log->told_ns >= TOLD_EVERY_NS) {
        log->told_ns = now_ns;
        trt_log(TMLRT_LOG_WARN, "http", "the access log %s cannot be written: %s", log->path,
                tmlrt_status_text(why));
    }
}

static tmlrt_status put_out(trt_access_log* log, const char* text, size_t len, size_t* written) {
    tmlrt_status status = trt_file_write(log->file, text, len, TRT_FILE_CURSOR, written);
    if (*written != 0) {
        log->open_line = text[*written - 1] != '\n';
    }
    return status;
}

/// *rest: the line that `text` begins in the middle of is lost, as it was before, or is afterwards.
static void write_span(trt_access_log* log, const char* text, size_t len, bool* rest) {
    tmlrt_status status = TMLRT_OK;
    size_t written = 0;
    if (*rest && len != 0) {
        const char* newline = memchr(text, '\n', len);
        *rest = newline == NULL;
        count_lost(log, newline != NULL);
        len = newline != NULL ? (size_t)(text + len - (newline + 1)) : 0;
        text = newline != NULL ? newline + 1 : text;
    }
    if (len == 0) {
        return;
    }
    if (log->torn) {
        status = put_out(log, "\n", 1, &written);
        log->torn = status != TMLRT_OK;
        written = 0;
    }
    if (status == TMLRT_OK) {
        status = put_out(log, text, len, &written);
    }
    if (status != TMLRT_OK) {
        lose(log, text + written, len - written, status);
        log->torn = log->open_line;
        *rest = text[len - 1] != '\n';
    }
}

static void drain(trt_access_log* log, ring* r) {
    uint64_t tail = trt_atomic_load(&r->tail, TRT_RELAXED);
    uint64_t head = trt_atomic_load(&r->head, TRT_SEQ_CST); // behind the clearing of `pending`
    size_t at = (size_t)(tail & (log->ring_bytes - 1)), len = (size_t)(head - tail);
    size_t first = (size_t)log->ring_bytes - at;
    first = first < len ? first : len;
    bool rest = false; // what is in a ring begins with a line and ends with one
    write_span(log, r->bytes + at, first, &rest);
    write_span(log, r->bytes, len - first, &rest);
    trt_atomic_store(&r->tail, head, TRT_RELEASE_ORDER);
}

static tmlrt_status open_file(const trt_access_log* log, trt_handle* out) {
    if (strcmp(log->path, "-") == 0) {
        *out = STDOUT;
        return TMLRT_OK;
    }
    return trt_file_open(out, log->path, TMLRT_FILE_WRITE | TMLRT_FILE_APPEND | TMLRT_FILE_CREATE,
                         0640);
}

static void close_file(trt_access_log* log) {
    if (log->file != STDOUT && log->file != TRT_HANDLE_NONE) {
        trt_file_close(log->file);
    }
    log->file = TRT_HANDLE_NONE;
}

static void open_anew(trt_access_log* log) {
    trt_handle fresh;
    tmlrt_status status = open_file(log, &fresh);
    if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "http",
                "the access log %s cannot be opened anew: %s; the old file is written on",
                log->path, tmlrt_status_text(status));
        return;
    }
    close_file(log);
    log->file = fresh;
    log->open_line = log->torn = false;
}

static bool is_half_full(trt_access_log* log) {
    for (uint32_t i = 0; i < log->num_rings; i++) {
        ring* r = &log->rings[i];
        uint64_t tail = trt_atomic_load(&r->tail, TRT_RELAXED);
        if (trt_atomic_load(&r->head, TRT_RELAXED) - tail > log->ring_bytes / 2) {
            return true;
        }
    }
    return false;
}

static void tell_drops(trt_access_log* log) {
    uint64_t dropped = trt_access_log_dropped(log), now_ns = trt_os_now_ns();
    if (dropped != log->told && (log->told_ns == 0 || now_ns - log->told_ns >= TOLD_EVERY_NS)) {
        log->told_ns = now_ns;
        log->told = dropped;
        trt_log(TMLRT_LOG_WARN, "http",
                "%llu lines of the access log were dropped so far: %s takes them too slowly",
                (unsigned long long)dropped, log->path);
    }
}

static void free_log(trt_access_log* log) {
    close_file(log);
    trt_free(log->path, log->path_size);
    trt_free(log->redacted, log->redacted_size);
    trt_free(log->bytes, (size_t)log->ring_bytes * log->num_rings);
    trt_free_aligned(log, sizeof *log + log->num_rings * sizeof(ring), alignof(trt_access_log));
}

/// The second of thread and owner to leave frees.
static void leave(trt_access_log* log) {
    if (trt_atomic_xchg(&log->left, 1, TRT_ACQ_REL) != 0) {
        free_log(log);
    }
}

static bool is_told(trt_access_log* log) {
    return trt_atomic_load(&log->stop, TRT_ACQUIRE_ORDER) != 0 ||
           trt_atomic_load(&log->reopen, TRT_RELAXED) != 0;
}

static void run(void* arg) {
    trt_access_log* log = arg;
    bool stop = false;
    while (!stop) {
        (void)trt_parker_park(&log->parker, UINT64_MAX);
        if (!is_told(log) && !is_half_full(log)) {
            (void)trt_parker_park(&log->parker, GATHER_NS);
        }
        stop = trt_atomic_load(&log->stop, TRT_ACQUIRE_ORDER) != 0; // then what was put is seen
        bool reopen = trt_atomic_xchg(&log->reopen, 0, TRT_ACQ_REL) != 0;
        trt_atomic_store(&log->pending, 0, TRT_SEQ_CST);
        for (uint32_t i = 0; i < log->num_rings; i++) {
            drain(log, &log->rings[i]);
        }
        if (reopen) {
            open_anew(log);
        }
        tell_drops(log);
    }
    trt_parker_unpark(&log->ended);
    leave(log);
}

// ---- making and ending --------------------------------------------------------------------------

static char* copy_text(const char* text, size_t* out_size) {
    size_t size = strlen(text) + 1;
    char* copy = trt_alloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
        *out_size = size;
    }
    return copy;
}

static tmlrt_status fill(trt_access_log* log, const trt_access_options* options) {
    const char* redacted = options->redacted != NULL ? options->redacted : TRT_ACCESS_REDACTED;
    log->path = copy_text(options->path, &log->path_size);
    log->redacted = copy_text(redacted, &log->redacted_size);
    log->bytes = trt_alloc_array(log->num_rings, (size_t)log->ring_bytes);
    if (log->path == NULL || log->redacted == NULL || log->bytes == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < log->num_rings; i++) {
        log->rings[i].bytes = log->bytes + i * log->ring_bytes;
    }
    TRT_TRY(open_file(log, &log->file));
    return trt_thread_start(&log->thread, "access-log", 0, run, log);
}

tmlrt_status trt_access_log_open(trt_access_log** out, const trt_access_options* options,
                                 uint32_t num_workers) {
    size_t size = sizeof(trt_access_log) + num_workers * sizeof(ring);
    trt_access_log* log = trt_alloc_aligned(size, alignof(trt_access_log));
    if (log == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(log, 0, size);
    log->format = options->format;
    log->num_rings = num_workers;
    log->file = TRT_HANDLE_NONE;
    log->ring_bytes = RING_MIN;
    while (log->ring_bytes < (options->ring_bytes != 0 ? options->ring_bytes : RING_BYTES)) {
        log->ring_bytes *= 2;
    }
    tmlrt_status status = fill(log, options);
    if (status != TMLRT_OK) {
        free_log(log);
        return status;
    }
    *out = log;
    return TMLRT_OK;
}

void trt_access_log_reopen(trt_access_log* log) {
    trt_atomic_store(&log->reopen, 1, TRT_RELEASE_ORDER);
    trt_parker_unpark(&log->parker);
}

uint64_t trt_access_log_dropped(const trt_access_log* log) {
    trt_access_log* all = (trt_access_log*)(uintptr_t)log;
    uint64_t sum = trt_atomic_load(&all->lost, TRT_RELAXED);
    for (uint32_t i = 0; i < all->num_rings; i++) {
        sum += trt_atomic_load(&all->rings[i].dropped, TRT_RELAXED);
    }
    return sum;
}

void trt_access_log_stop(trt_access_log* log) {
    if (log->stopped) {
        return;
    }
    log->stopped = true;
    trt_atomic_store(&log->stop, 1, TRT_RELEASE_ORDER);
    trt_parker_unpark(&log->parker);
    if (trt_parker_park(&log->ended, STOP_NS)) {
        trt_thread_join(&log->thread);
        return;
    }
    trt_log(TMLRT_LOG_WARN, "http", "nobody takes the access log %s: its last lines are lost",
            log->path);
    trt_thread_detach(&log->thread);
}

void trt_access_log_free(trt_access_log* log) {
    if (log != NULL) {
        trt_access_log_stop(log);
        leave(log);
    }
}
