// SPDX-License-Identifier: Apache-2.0
// Lifecycle hooks: in which order, for how long, and what happens when one fails.
//
// On the way up (init, bootstrap) an object's hooks run after those of what it depends on, on the
// way down (destroy, before_shutdown, shutdown) before them: hooks are sorted by the depth of their
// class in the graph, then by their `order`, then by place. The order and the memory for the
// largest frame are there since the start: running hooks at the end allocates nothing.
//
// A hook is an async function with a deadline. It is polled in a panic boundary on this thread; a
// timer wakes it when its time is over, then it is dropped. On the way up a hook that fails (result
// other than 0, panic, deadline) ends the start; on the way down it is logged by name and the next
// one runs. One thread, never a worker.
#include <tmlrt/abi/functions.h>

#include "rt/base/alloc.h"
#include "rt/base/log.h"
#include "rt/exec/drivers.h"
#include "rt/exec/guard.h"
#include "rt/fut/deadline.h"
#include "std/http/framework/di/graph.h"
#include "std/http/framework/registry/check.h"

#include <inttypes.h>
#include <stdalign.h>
#include <string.h>

static const tmlrt_meta_hook* hook_at(const trt_di* di, uint32_t index) {
    return di->registry->kinds[TMLRT_KIND_HOOK].items[index].item;
}

// ---- order --------------------------------------------------------------------------------------

static bool is_up(uint32_t event) {
    return event <= TMLRT_HOOK_BOOTSTRAP;
}

/// Whether hook `a` comes before or with `b`.
static bool in_order(const trt_di* di, uint32_t a, uint32_t b) {
    const tmlrt_meta_hook *left = hook_at(di, a), *right = hook_at(di, b);
    if (left->event != right->event) {
        return left->event < right->event;
    }
    uint32_t node_a = di->hook_nodes[a], node_b = di->hook_nodes[b];
    uint32_t depth_a = node_a != TRT_DI_NONE ? di->nodes[node_a].depth : 0;
    uint32_t depth_b = node_b != TRT_DI_NONE ? di->nodes[node_b].depth : 0;
    if (depth_a != depth_b) {
        return is_up(left->event) ? depth_a < depth_b : depth_a > depth_b;
    }
    if (left->order != right->order) {
        return left->order < right->order;
    }
    return is_up(left->event) ? a <= b : a >= b;
}

/// Bottom-up merge sort; the result is in `from` or `to`.
static uint32_t* sort(const trt_di* di, uint32_t* from, uint32_t* to) {
    for (uint32_t width = 1; width < di->num_hooks; width *= 2) {
        for (uint32_t low = 0; low < di->num_hooks; low += 2 * width) {
            uint32_t mid = low + width < di->num_hooks ? low + width : di->num_hooks;
            uint32_t high = mid + width < di->num_hooks ? mid + width : di->num_hooks;
            uint32_t a = low, b = mid;
            for (uint32_t k = low; k < high; k++) {
                bool left = a < mid && (b >= high || in_order(di, from[a], from[b]));
                to[k] = left ? from[a++] : from[b++];
            }
        }
        uint32_t* swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static void check_owner(trt_di* di, uint32_t index, trt_diags* diags) {
    const trt_record* record = &di->registry->kinds[TMLRT_KIND_HOOK].items[index];
    uint32_t node = trt_di_find_class(di, hook_at(di, index)->cls);
    di->hook_nodes[index] = node;
    if (node == TRT_DI_NONE || !trt_di_is_scoped(di, node)) {
        return; // the walk reported a class that is not there
    }
    trt_diag_at at = trt_record_at(record);
    trt_diags_add(diags, TMLRT_E_DI_SCOPE, &at,
                  "make the class a singleton, or move the hook to one that it is given",
                  "`%s` (%s:%u) is made per request: hooks run when the program starts and ends",
                  trt_di_name(di, node), di->nodes[node].record->file,
                  di->nodes[node].record->line);
}

tmlrt_status trt_di_hooks_prove(trt_di* di, trt_diags* diags) {
    uint32_t num = di->registry->kinds[TMLRT_KIND_HOOK].num;
    if (num == 0) {
        return TMLRT_OK;
    }
    di->num_hooks = num;
    di->hook_nodes = trt_alloc_array(num, sizeof *di->hook_nodes);
    di->hook_order = trt_alloc_array(num, sizeof *di->hook_order);
    uint32_t* spare = trt_alloc_array(num, sizeof *spare);
    size_t bytes = sizeof(tmlrt_frame) + sizeof(void*), align = alignof(max_align_t);
    if (di->hook_nodes == NULL || di->hook_order == NULL || spare == NULL) {
        trt_free(spare, num * sizeof *spare);
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < num; i++) {
        const tmlrt_future_desc* thunk = hook_at(di, i)->thunk;
        check_owner(di, i, diags);
        di->hook_order[i] = i;
        bytes = thunk->frame_size > bytes ? (size_t)thunk->frame_size : bytes;
        align = thunk->frame_align > align ? (size_t)thunk->frame_align : align;
    }
    if (sort(di, di->hook_order, spare) == spare) {
        memcpy(di->hook_order, spare, num * sizeof *spare);
    }
    trt_free(spare, num * sizeof *spare);
    di->hook_frame_bytes = bytes;
    di->hook_frame_align = align;
    di->hook_frame = trt_alloc_aligned(bytes, align);
    return di->hook_frame != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
}

// ---- one hook -----------------------------------------------------------------------------------

/// A hook being run, as a future for block_on; its output is the status.
typedef struct hook_run {
    const trt_di* di;
    const tmlrt_future_desc* thunk;
    trt_guard guard;
    trt_timer timer;
    uint64_t began_ns;
    bool armed;
    int64_t out; ///< what the hook returned
} hook_run;

static tmlrt_poll finish(hook_run* run, tmlrt_status status, void* out) {
    if (run->armed) {
        trt_timer_cancel(&run->timer);
    }
    *(tmlrt_status*)out = status;
    return TMLRT_READY;
}

static void drop_frame(void* arg) {
    const hook_run* run = arg;
    run->thunk->drop(run->di->hook_frame);
}

static tmlrt_poll poll_hook(void* frame, tmlrt_context* cx, void* out) {
    hook_run* run = frame;
    tmlrt_status status =
        trt_guard_poll(&run->guard, "hook", 0, run->thunk, run->di->hook_frame, cx, &run->out);
    if (status != TMLRT_PENDING) {
        return finish(run, status, out);
    }
    if (run->di->now_ns() - run->began_ns >= run->di->hook_ns) {
        (void)!trt_guard_call(&run->guard, "hook", 0, drop_frame, run);
        return finish(run, TMLRT_E_TIMEDOUT, out);
    }
    if (!run->armed) {
        trt_timer_driver* timers = trt_current_timers();
        trt_timer_arm(&run->timer, timers, trt_deadline_after(timers, run->di->hook_ns), cx->waker);
        run->armed = true;
    } else {
        (void)trt_timer_poll(&run->timer, cx->waker);
    }
    return TMLRT_PENDING;
}

static const tmlrt_future_desc s_run = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = poll_hook,
    .frame_size = sizeof(hook_run),
    .frame_align = alignof(hook_run),
    .out_size = sizeof(tmlrt_status),
    .out_align = alignof(tmlrt_status),
    .name = "hook",
    .num_states = 2,
};

/// Runs a hook to its end; *out_result is what it returned, 0 of one that returns nothing.
static tmlrt_status run_hook(trt_di* di, const tmlrt_meta_hook* hook, void* object,
                             int32_t* out_result, uint64_t* out_ns) {
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker, .budget = TMLRT_BUDGET};
    hook_run run = {.di = di, .thunk = hook->thunk, .began_ns = di->now_ns()};
    tmlrt_status status = TMLRT_OK;
    void *args = &object, *args_at = di->hook_frame + sizeof(tmlrt_frame);
    memset(di->hook_frame, 0, di->hook_frame_bytes);
    memcpy(args_at, &args, sizeof args);
    if (poll_hook(&run, &cx, &status) == TMLRT_PENDING) {
        tmlrt_block_on(&s_run, &run, &cx, &status);
    }
    tmlrt_arena_fini(&arena);
    memcpy(out_result, &run.out, hook->thunk->out_size >= 4 ? 4 : 0);
    *out_ns = di->now_ns() - run.began_ns;
    return status;
}

// ---- all hooks of an event ----------------------------------------------------------------------

/// Ends the start because of a hook.
static tmlrt_status refuse(const trt_record* record, tmlrt_status status, int32_t result,
                           trt_diags* diags) {
    trt_diag_at at = trt_record_at(record);
    if (status == TMLRT_OK) {
        trt_diags_add(diags, TMLRT_E_INVAL, &at, "look at what the hook found",
                      "it returned %d, so the program does not start", result);
        return TMLRT_E_INVAL;
    }
    if (status == TMLRT_E_TIMEDOUT) {
        trt_diags_add(diags, status, &at,
                      "look at what it waits for (a database, another service), or let it begin a "
                      "task and return",
                      "it has not ended after %" PRIu64 " s, so the program does not start",
                      TRT_DI_HOOK_NS / UINT64_C(1000000000));
    } else {
        trt_diags_add(diags, status, &at, "look at its message above",
                      "it %s, so the program does not start",
                      status == TMLRT_E_PANIC ? "panicked" : "had no memory");
    }
    return status;
}

static void log_hook(const trt_di* di, const trt_record* record, tmlrt_status status,
                     uint64_t took_ns) {
    const tmlrt_meta_hook* hook = record->item;
    const char* event = trt_record_second_name(TMLRT_KIND_HOOK, hook);
    if (status == TMLRT_E_TIMEDOUT) {
        trt_log(TMLRT_LOG_ERROR, "hooks",
                "%s.%s (%s:%u) has not ended after %" PRIu64 " s and was given up", hook->cls,
                event, record->file, record->line, TRT_DI_HOOK_NS / UINT64_C(1000000000));
    } else if (status != TMLRT_OK) {
        trt_log(TMLRT_LOG_ERROR, "hooks", "%s.%s (%s:%u): %s", hook->cls, event, record->file,
                record->line, status == TMLRT_E_PANIC ? "panicked" : tmlrt_status_text(status));
    } else if (took_ns > di->hook_ns) { // it did not suspend, so it could not be given up
        trt_log(TMLRT_LOG_WARN, "hooks",
                "%s.%s (%s:%u) took %" PRIu64 " ms, its deadline is %" PRIu64 " s", hook->cls,
                event, record->file, record->line, took_ns / UINT64_C(1000000),
                TRT_DI_HOOK_NS / UINT64_C(1000000000));
    }
}

tmlrt_status trt_di_hooks(trt_di* di, uint32_t event, trt_diags* diags) {
    for (uint32_t i = 0; i < di->num_hooks; i++) {
        uint32_t index = di->hook_order[i], node = di->hook_nodes[index];
        const trt_record* record = &di->registry->kinds[TMLRT_KIND_HOOK].items[index];
        const tmlrt_meta_hook* hook = record->item;
        void* object = node != TRT_DI_NONE ? trt_di_object(di, node) : NULL;
        int32_t result = 0;
        uint64_t took_ns = 0;
        if (hook->event != event || object == NULL) {
            continue; // its class is in no module: not part of the program
        }
        tmlrt_status status = run_hook(di, hook, object, &result, &took_ns);
        log_hook(di, record, status, took_ns);
        if (is_up(event) && (status != TMLRT_OK || result != 0)) {
            return refuse(record, status, result, diags);
        }
    }
    return TMLRT_OK;
}
