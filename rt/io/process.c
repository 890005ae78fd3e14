// SPDX-License-Identifier: Apache-2.0
// Child processes for compiled code. The end of a child is watched by a handle in the reactor; on a
// system without such handles a waiter looks by its timer, after 1 ms and twice as long each time
// up to 64 ms.
//
// Invariants: `has_end` is set once, under `lock`, by whoever took the child's end from the system;
// a signal is sent under the same lock and only while it is not set, so never to a stranger that
// got the number. A child that runs when its handle is freed becomes an orphan: the object stays,
// in a list, until a later call of this file finds that it has ended. So freeing never waits and
// allocates nothing, and at most the children that ended since the last such call are zombies.
// Lock order: s_orphans_lock, then a process's lock.
#include "rt/os/process.h"
#include "rt/base/alloc.h"
#include "rt/base/list.h"
#include "rt/exec/coop.h"
#include "rt/exec/drivers.h"
#include "rt/io/leaf.h"
#include "rt/io/pipe.h"
#include "rt/os/signal.h"

#include <string.h>

enum { MIN_LOOK_MS = 1, MAX_LOOK_MS = 64 };

struct tmlrt_process {
    int64_t id;
    trt_mutex lock; ///< guards has_end and end
    bool has_end;
    tmlrt_process_end end;
    bool kill_on_free;
    trt_reactor* reactor;
    trt_handle watch;  ///< NONE: looked at by a timer
    trt_io_slot* slot; ///< of `watch`
    tmlrt_stream* streams[3];
    trt_list_node orphan; ///< under s_orphans_lock
};

static trt_mutex s_orphans_lock;
static trt_list s_orphans; ///< all-zero until the first one

// Takes the end from the system, unless that was done.   Errors: AGAIN - it runs.
static tmlrt_status look(tmlrt_process* process) {
    trt_mutex_lock(&process->lock);
    tmlrt_status status = TMLRT_OK;
    if (!process->has_end) {
        status = trt_process_take(process->id, &process->end);
        if (status != TMLRT_E_AGAIN) {
            process->end.status = status;
            process->has_end = true;
        }
    }
    trt_mutex_unlock(&process->lock);
    return status == TMLRT_E_AGAIN ? TMLRT_E_AGAIN : TMLRT_OK;
}

static void bury_orphans(void) {
    trt_mutex_lock(&s_orphans_lock);
    trt_list_node* node = s_orphans.head.next;
    while (node != NULL && node != &s_orphans.head) {
        tmlrt_process* process = TRT_CONTAINER_OF(node, tmlrt_process, orphan);
        node = node->next;
        if (look(process) != TMLRT_E_AGAIN) {
            trt_list_remove(&process->orphan);
            trt_free(process, sizeof(*process));
        }
    }
    trt_mutex_unlock(&s_orphans_lock);
}

static void add_orphan(tmlrt_process* process) {
    trt_mutex_lock(&s_orphans_lock);
    if (s_orphans.head.next == NULL) {
        trt_list_init(&s_orphans);
    }
    trt_list_push_back(&s_orphans, &process->orphan);
    trt_mutex_unlock(&s_orphans_lock);
}

// ---- starting -----------------------------------------------------------------------------------

// The two sides of one standard handle: `theirs` goes to the child, `stream` stays here.
static tmlrt_status open_stdio(int which, int32_t kind, trt_handle* theirs, tmlrt_stream** stream) {
    trt_handle reader = TRT_HANDLE_NONE, writer = TRT_HANDLE_NONE;
    switch (kind) {
    case TMLRT_STDIO_INHERIT:
        return TMLRT_OK;
    case TMLRT_STDIO_NULL:
        return trt_null_open(theirs);
    case TMLRT_STDIO_PIPE:
        break;
    default:
        return TMLRT_E_INVAL;
    }
    TRT_TRY(trt_pipe_open(&reader, &writer));
    trt_handle ours = which == 0 ? writer : reader;
    *theirs = which == 0 ? reader : writer;
    trt_pipe_let_block(*theirs);
    tmlrt_status status =
        trt_pipe_stream_new(stream, ours, which == 0 ? TRT_KIND_PIPE_WRITER : TRT_KIND_PIPE);
    if (status != TMLRT_OK) {
        trt_handle_close(ours);
    }
    return status;
}

static bool same_name(const char* a, const char* b) {
    size_t len = strcspn(a, "=");
    return strncmp(a, b, len) == 0 && b[len] == '=';
}

static size_t count(const char* const* texts) {
    size_t num = 0;
    while (texts != NULL && texts[num] != NULL) {
        num++;
    }
    return num;
}

// The environment with what was asked for; *out_size is what to free, 0 when there is nothing to.
static tmlrt_status make_env(const tmlrt_process_options* options, const char* const** out,
                             size_t* out_size) {
    const char* const* here = options->clear_env ? NULL : trt_process_env();
    size_t num_here = count(here), num_more = count(options->env), num = 0;
    *out_size = 0;
    *out = here;
    if (num_more == 0 && !options->clear_env) {
        return TMLRT_OK;
    }
    size_t size = (num_here + num_more + 1) * sizeof(char*);
    const char** all = trt_alloc(size);
    if (all == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (size_t i = 0; i < num_here; i++) {
        bool is_set_anew = false;
        for (size_t j = 0; j < num_more && !is_set_anew; j++) {
            is_set_anew = same_name(options->env[j], here[i]);
        }
        if (!is_set_anew) {
            all[num++] = here[i];
        }
    }
    for (size_t i = 0; i < num_more; i++) {
        all[num++] = options->env[i];
    }
    all[num] = NULL;
    *out = all;
    *out_size = size;
    return TMLRT_OK;
}

// The child runs: watch for its end, or end it.
static tmlrt_status watch(tmlrt_process* process) {
    tmlrt_status status = trt_process_watch(&process->watch, process->id);
    if (status == TMLRT_OK) {
        status = trt_reactor_register(process->reactor, process->watch, &process->slot);
        if (status != TMLRT_OK) {
            trt_handle_close(process->watch);
            process->watch = TRT_HANDLE_NONE;
        }
    }
    return status == TMLRT_E_UNSUPPORTED ? TMLRT_OK : status;
}

static tmlrt_status start(tmlrt_process* process, const tmlrt_process_options* options,
                          trt_handle* theirs) {
    const char* const* env = NULL;
    size_t size = 0;
    for (int i = 0; i < 3; i++) {
        TRT_TRY(open_stdio(i, options->stdio[i], &theirs[i], &process->streams[i]));
    }
    TRT_TRY(make_env(options, &env, &size));
    tmlrt_status status = trt_process_start(&process->id, options->argv, env, options->dir, theirs);
    if (size != 0) {
        trt_free((void*)env, size);
    }
    TRT_TRY(status);
    status = watch(process);
    if (status != TMLRT_OK) { // it cannot be waited for: it shall not run
        (void)!trt_process_kill(process->id, TRT_KILL_NUMBER);
        return status;
    }
    return TMLRT_OK;
}

static void close_all(tmlrt_process* process) {
    for (int i = 0; i < 3; i++) {
        tmlrt_stream_free(process->streams[i]);
        process->streams[i] = NULL;
    }
    if (process->slot != NULL) {
        trt_reactor_deregister(process->reactor, process->slot);
        trt_handle_close(process->watch);
    }
}

// Frees it, at once or when it has ended.
static void give_up(tmlrt_process* process) {
    close_all(process);
    if (process->id == 0 || look(process) != TMLRT_E_AGAIN) {
        trt_free(process, sizeof(*process));
    } else {
        add_orphan(process);
    }
}

int32_t tmlrt_process_spawn(tmlrt_process** out, const tmlrt_process_options* options) {
    trt_handle theirs[3] = {TRT_HANDLE_NONE, TRT_HANDLE_NONE, TRT_HANDLE_NONE};
    if (options->argv == NULL || options->argv[0] == NULL || options->argv[0][0] == '\0') {
        return TMLRT_E_INVAL;
    }
    trt_reactor* reactor = trt_current_reactor();
    bury_orphans();
    tmlrt_process* made = trt_alloc_zero(sizeof(*made));
    if (made == NULL) {
        return TMLRT_E_NOMEM;
    }
    made->reactor = reactor;
    made->watch = TRT_HANDLE_NONE;
    made->kill_on_free = options->kill_on_free != 0;
    trt_signal_ignore_broken_pipes(); // a child may end without reading its input
    tmlrt_status status = start(made, options, theirs);
    for (int i = 0; i < 3; i++) {
        if (theirs[i] != TRT_HANDLE_NONE) {
            trt_handle_close(theirs[i]);
        }
    }
    if (status != TMLRT_OK) {
        give_up(made);
        return status;
    }
    *out = made;
    return TMLRT_OK;
}

// ---- the child ----------------------------------------------------------------------------------

int64_t tmlrt_process_id(const tmlrt_process* process) {
    return process->id;
}

tmlrt_stream* tmlrt_process_stream(tmlrt_process* process, int32_t which) {
    if (which < 0 || which > 2) {
        return NULL;
    }
    tmlrt_stream* stream = process->streams[which];
    process->streams[which] = NULL;
    return stream;
}

int32_t tmlrt_process_signal(tmlrt_process* process, int32_t signal) {
    trt_mutex_lock(&process->lock);
    tmlrt_status status =
        process->has_end ? TMLRT_E_NOTFOUND : trt_process_kill(process->id, signal);
    trt_mutex_unlock(&process->lock);
    return status;
}

void tmlrt_process_free(tmlrt_process* process) {
    if (process != NULL) {
        if (process->kill_on_free) {
            (void)!tmlrt_process_signal(process, TRT_KILL_NUMBER);
        }
        give_up(process);
        bury_orphans();
    }
}

// ---- waiting ------------------------------------------------------------------------------------

typedef struct wait_leaf {
    trt_io_leaf base;
    tmlrt_process* process;
    trt_timer timer; ///< armed where there is no handle to watch
    uint32_t ms;     ///< of the last wait
} wait_leaf;

void tmlrt_process_wait_init(void* leaf, tmlrt_process* process) {
    *(wait_leaf*)leaf = (wait_leaf){.process = process};
}

static void wait_unlink(trt_leaf* leaf) {
    wait_leaf* self = TRT_CONTAINER_OF(leaf, wait_leaf, base.leaf);
    trt_timer_cancel(&self->timer);
    if (self->process->slot != NULL) {
        trt_io_cancel(self->process->slot, TRT_DIR_READ);
    }
}

static void process_wait_drop(void* frame) {
    trt_io_leaf_drop(frame, wait_unlink);
}

static void arm(wait_leaf* self, tmlrt_context* cx) {
    trt_timer_driver* timers = trt_current_timers();
    self->ms = self->ms == 0 ? MIN_LOOK_MS : self->ms < MAX_LOOK_MS ? self->ms * 2 : self->ms;
    uint64_t now_ns = timers->now_ns(timers->clock);
    trt_timer_arm(&self->timer, timers, now_ns + self->ms * 1000000ull, cx->waker);
}

// PENDING: it runs, and the waker was left where its end will be told.
static tmlrt_poll look_or_wait(wait_leaf* self, tmlrt_context* cx) {
    tmlrt_process* process = self->process;
    uint32_t tick = 0;
    if (process->slot == NULL) {
        if (self->timer.driver != NULL &&
            trt_timer_poll(&self->timer, cx->waker) == TMLRT_PENDING) {
            return TMLRT_PENDING;
        }
        if (look(process) != TMLRT_E_AGAIN) {
            return TMLRT_READY;
        }
        arm(self, cx);
        return TMLRT_PENDING;
    }
    while (trt_io_poll_ready(process->slot, TRT_DIR_READ, cx, &tick) == TMLRT_READY) {
        if (look(process) != TMLRT_E_AGAIN) {
            return TMLRT_READY;
        }
        trt_io_clear_ready(process->slot, TRT_DIR_READ, tick);
    }
    return TMLRT_PENDING;
}

static tmlrt_poll process_wait_poll(void* frame, tmlrt_context* cx, void* out) {
    wait_leaf* self = frame;
    trt_io_leaf_begin(&self->base, &tmlrt_process_wait_desc);
    if (!trt_coop_spend(cx)) {
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, wait_unlink);
    }
    if (look_or_wait(self, cx) == TMLRT_PENDING) {
        trt_coop_refund(cx);
        return trt_io_leaf_end(&self->base, TMLRT_PENDING, wait_unlink);
    }
    *(tmlrt_process_end*)out = self->process->end;
    return trt_io_leaf_end(&self->base, TMLRT_READY, NULL);
}

TRT_IO_LEAF_DESC(process_wait, wait_leaf, tmlrt_process_end, NULL)
