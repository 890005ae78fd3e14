// SPDX-License-Identifier: Apache-2.0
// The dump: every task of a runtime as a line of text, from any thread, whatever the workers do.
//
// A shard's list is copied under its owned_lock, in small records; text is made and written after
// it. So a worker may wait for the lock for as long as the walk takes, and nobody else notices. A
// task is listed when it has to wait (or was spawned from outside): what has not been polled yet,
// is not shown, and what is in its first poll only with its worker. States are of the moment of the
// walk.
//
// Where a task waits is the state in its frame's head, which its runner writes without order. It is
// read only of frames with a table of lines, and shown only when the task's own word was the same
// before and after and says that nobody ran it.
#include <tmlrt/runtime.h>

#include "rt/base/alloc.h"
#include "rt/exec/observe/serving.h"
#include "rt/exec/runtime.h"
#include "rt/exec/worker.h"

#include <stdio.h>
#include <string.h>

enum { BUFFER = 16384, LINE_MAX = 512, NO_STATE = UINT32_MAX };

typedef struct record {
    uint64_t id, word;
    const tmlrt_future_desc* desc;
    uint32_t home, runner;
    uint32_t frame_state;          ///< NO_STATE: not known
    uint32_t num_more;             ///< requests that wait besides that of `route`
    const tmlrt_meta_route* route; ///< of a task that answers requests; NULL: none
} record;

/// Lines on their way to the caller's function.
typedef struct sink {
    tmlrt_write_fn fn;
    void* arg;
    uint64_t len;
    char bytes[BUFFER];
} sink;

// ---- text ---------------------------------------------------------------------------------------

static void flush(sink* out) {
    if (out->len != 0) {
        out->fn(out->arg, out->bytes, out->len);
        out->len = 0;
    }
}

static void put_bytes(sink* out, const char* text, uint64_t len) {
    memcpy(out->bytes + out->len, text, len);
    out->len += len;
}

// At most 80 bytes, so that the parts of a line fit LINE_MAX.
static void put(sink* out, const char* text) {
    for (uint32_t i = 0; i < 80 && text[i] != '\0'; i++) {
        out->bytes[out->len++] = text[i];
    }
}

static void put_number(sink* out, uint64_t number) {
    char digits[20], *at = digits + sizeof(digits);
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put_bytes(out, at, (uint64_t)(digits + sizeof(digits) - at));
}

static void begin_line(sink* out) {
    if (out->len + LINE_MAX > BUFFER) {
        flush(out);
    }
}

// The claim goes from the queue to the runner: only the workers know which of the two has it.
static const char* state_name(const record* task) {
    if (task->word & TRT_TASK_COMPLETE) {
        return "ended";
    }
    if (task->runner != TRT_HOME_NONE) {
        return "running";
    }
    if (task->word & TRT_TASK_CANCELLED) {
        return "cancelled";
    }
    return task->word & TRT_TASK_CLAIMED ? "queued" : "waiting";
}

static void put_serving(sink* out, const tmlrt_meta_route* route, uint32_t num_more) {
    char text[192];
    put_bytes(out, text, trt_serving_text(text, sizeof text, route, num_more));
}

static void put_task(sink* out, const record* task) {
    begin_line(out);
    put(out, "task ");
    put_number(out, task->id);
    put(out, " ");
    put(out, state_name(task));
    put(out, " ");
    put(out, task->desc->name);
    put_serving(out, task->route, task->num_more);
    if (task->desc->file != NULL) {
        bool at_await = task->frame_state < task->desc->num_states;
        put(out, at_await ? " at " : " of ");
        put(out, task->desc->file);
        put(out, ":");
        put_number(out, at_await ? task->desc->state_lines[task->frame_state] : task->desc->line);
    }
    if (task->runner != TRT_HOME_NONE) {
        put(out, " on worker ");
        put_number(out, task->runner);
    }
    if (task->home != TRT_HOME_NONE) {
        put(out, ", bound to worker ");
        put_number(out, task->home);
    }
    put(out, "\n");
}

static void put_workers(sink* out, tmlrt_runtime* core) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        const trt_worker* worker = &core->workers[i];
        bool sleeps = trt_atomic_load(&worker->figures.parked_since_ns, TRT_RELAXED) != 0;
        begin_line(out);
        put(out, "worker ");
        put_number(out, i);
        if (trt_atomic_load(&worker->running, TRT_RELAXED) != NULL) {
            const tmlrt_future_desc* desc = trt_atomic_load(&worker->polled, TRT_RELAXED);
            put(out, " runs ");
            put(out, desc->name);
            put_serving(out, trt_atomic_load(&worker->figures.doing, TRT_RELAXED), 0);
        } else {
            put(out, sleeps ? " sleeps" : " looks for tasks");
        }
        put(out, "\n");
    }
}

// ---- the walk -----------------------------------------------------------------------------------

// Races with the runner by design (see above).
__attribute__((no_sanitize("thread"))) static uint32_t read_state(const tmlrt_task* task) {
    return *(const volatile uint32_t*)((const char*)task + task->frame_offset);
}

// What the task says itself is of those that wait; the one that runs is its worker's to name.
static void look_at_serving(tmlrt_runtime* core, const tmlrt_task* task, record* found) {
    trt_serving* serving =
        &((trt_serving_frame*)((char*)(uintptr_t)task + task->frame_offset))->serving;
    found->route = trt_atomic_load(&serving->oldest, TRT_RELAXED);
    found->num_more = trt_atomic_load(&serving->num_more, TRT_RELAXED);
    if (found->runner != TRT_HOME_NONE) {
        const trt_worker* runner = &core->workers[found->runner];
        const tmlrt_meta_route* runs = trt_atomic_load(&runner->figures.doing, TRT_RELAXED);
        found->route = runs != NULL ? runs : found->route;
    }
}

static uint32_t runner_of(tmlrt_runtime* core, const tmlrt_task* task) {
    for (uint32_t i = 0; i < core->num_workers; i++) {
        if (trt_atomic_load(&core->workers[i].running, TRT_RELAXED) == task) {
            return i;
        }
    }
    return TRT_HOME_NONE;
}

// A listed task, so it is not freed.   Under owned_lock.
static record look_at(tmlrt_runtime* core, const tmlrt_task* task) {
    record found = {
        .id = task->id,
        .word = trt_state_load(&task->state),
        .desc = task->desc,
        .home = task->home,
        .runner = TRT_HOME_NONE,
        .frame_state = NO_STATE,
    };
    if (found.word & TRT_TASK_CLAIMED) {
        found.runner = runner_of(core, task);
    }
    if (found.runner == TRT_HOME_NONE && found.desc->state_lines != NULL) {
        uint32_t state = read_state(task);
        bool same =
            trt_state_load(&task->state) == found.word && runner_of(core, task) == TRT_HOME_NONE;
        found.frame_state = same ? state : NO_STATE;
    }
    if ((found.desc->flags & TRT_FUTURE_SERVES) != 0) {
        look_at_serving(core, task, &found);
    }
    return found;
}

static uint64_t count_listed(trt_worker* shard) {
    uint64_t num = 0;
    trt_mutex_lock(&shard->owned_lock);
    for (trt_list_node* node = shard->owned.head.next; node != &shard->owned.head;
         node = node->next) {
        num++;
    }
    trt_mutex_unlock(&shard->owned_lock);
    return num;
}

// Copies at most `cap` tasks of the shard; returns how many there were.
static uint64_t copy_listed(trt_worker* shard, record* out, uint64_t cap) {
    uint64_t num = 0;
    trt_mutex_lock(&shard->owned_lock);
    for (trt_list_node* node = shard->owned.head.next; node != &shard->owned.head;
         node = node->next, num++) {
        if (num < cap) {
            out[num] = look_at(shard->core, TRT_CONTAINER_OF(node, tmlrt_task, owned));
        }
    }
    trt_mutex_unlock(&shard->owned_lock);
    return num;
}

static tmlrt_status dump_shard(sink* out, trt_worker* shard) {
    uint64_t listed = count_listed(shard),
             cap = listed + listed / 8 + 64; // some may come meanwhile
    record* records = trt_alloc(cap * sizeof(record));
    if (records == NULL) {
        return TMLRT_E_NOMEM;
    }
    uint64_t num = copy_listed(shard, records, cap);
    for (uint64_t i = 0; i < num && i < cap; i++) {
        put_task(out, &records[i]);
    }
    if (num > cap) {
        begin_line(out);
        put_number(out, num - cap);
        put(out, " more tasks came meanwhile\n");
    }
    trt_free(records, cap * sizeof(record));
    return TMLRT_OK;
}

tmlrt_status tmlrt_runtime_dump(tmlrt_runtime* core, tmlrt_write_fn fn, void* arg) {
    sink* out = trt_alloc(sizeof(*out));
    if (out == NULL) {
        return TMLRT_E_NOMEM;
    }
    out->fn = fn;
    out->arg = arg;
    out->len = 0;
    put_workers(out, core);
    tmlrt_status status = TMLRT_OK;
    for (uint32_t i = 0; status == TMLRT_OK && i < core->num_workers; i++) {
        status = dump_shard(out, &core->workers[i]);
    }
    flush(out);
    trt_free(out, sizeof(*out));
    return status;
}
