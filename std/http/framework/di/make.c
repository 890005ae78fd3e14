// SPDX-License-Identifier: Apache-2.0
// Making the singletons at start and destroying them at the end.
//
// They live in a root scope, made in the order of the walk, so that what one needs is there. Makes
// are async functions; one that suspends is waited for on this thread (block_on), so start-up is
// sequential and deterministic. A panic of a make ends the start with its name.
//
// One thread, at start and at stop, never a worker.
#include <tmlrt/abi/functions.h>

#include "rt/base/alloc.h"
#include "std/http/framework/di/graph.h"
#include "std/http/framework/di/scope.h"

#include <stdalign.h>
#include <string.h>

/// A job as a future, for block_on.
static tmlrt_poll poll_job(void* frame, tmlrt_context* cx, void* out) {
    tmlrt_status status = trt_di_job_poll(*(trt_di_job**)frame, cx);
    if (status == TMLRT_PENDING) {
        return TMLRT_PENDING;
    }
    *(tmlrt_status*)out = status;
    return TMLRT_READY;
}

static const tmlrt_future_desc s_job = {
    .abi = TMLRT_ABI_MAJOR << 16 | TMLRT_ABI_MINOR,
    .flags = TMLRT_FUTURE_LEAF,
    .poll = poll_job,
    .frame_size = sizeof(trt_di_job*),
    .frame_align = alignof(trt_di_job*),
    .out_size = sizeof(tmlrt_status),
    .out_align = alignof(tmlrt_status),
    .name = "start",
    .num_states = 2,
};

static void report(const trt_di* di, const trt_di_job* job, tmlrt_status status, trt_diags* diags) {
    uint32_t node = job->failed != TRT_DI_NONE ? job->failed : job->node;
    trt_diag_at at = trt_record_at(di->nodes[node].record);
    if (status == TMLRT_E_META_MISSING) {
        trt_diags_add(diags, status, &at,
                      "look at what the function needs (a file, a database) and at its log",
                      "its make returned null");
    } else if (status == TMLRT_E_META_MALFORMED) {
        trt_diags_add(diags, status, &at, "return an object from libc's heap, a copy of the block",
                      "its make returned the block that it was given");
    } else if (status == TMLRT_E_DI_CYCLE) {
        trt_diags_add(diags, status, &at, "get it later, when the program has started",
                      "its make needs, through a Provider, what is being made for it");
    } else {
        trt_diags_add(diags, status, &at, "look at its message above", "its make panicked");
    }
}

static tmlrt_status make_one(trt_di* di, uint32_t node, trt_diags* diags) {
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker, .budget = TMLRT_BUDGET};
    tmlrt_status status = TMLRT_OK;
    if (di->nodes[node].object != NULL) {
        return TMLRT_OK; // an earlier make got it through a Provider
    }
    trt_di_job* job = trt_di_job_new(di->root, node);
    if (job == NULL) {
        return TMLRT_E_NOMEM;
    }
    if (poll_job(&job, &cx, &status) == TMLRT_PENDING) {
        tmlrt_block_on(&s_job, &job, &cx, &status);
    }
    tmlrt_arena_fini(&arena);
    if (status != TMLRT_OK && status != TMLRT_E_NOMEM) {
        report(di, job, status, diags);
    }
    return status;
}

static tmlrt_status new_root(trt_di* di) {
    di->root = trt_arena_alloc(&di->arena, sizeof *di->root, alignof(trt_di_scope));
    void* places = trt_arena_alloc(&di->arena, (di->num_nodes + 1) * sizeof(trt_di_made*),
                                   alignof(trt_di_made*));
    if (di->root == NULL || places == NULL) {
        di->root = NULL;
        return TMLRT_E_NOMEM;
    }
    memset(places, 0, (di->num_nodes + 1) * sizeof(trt_di_made*));
    *di->root = (trt_di_scope){.di = di, .arena = &di->arena, .places = places};
    return TMLRT_OK;
}

tmlrt_status trt_di_make(trt_di* di, trt_diags* diags) {
    TRT_TRY(new_root(di));
    for (; di->num_made < di->num_order; di->num_made++) {
        TRT_TRY(make_one(di, di->order[di->num_made], diags));
    }
    return TMLRT_OK;
}

void trt_di_fini(trt_di* di) {
    if (di->root != NULL) {
        trt_di_scope_end(di->root);
    }
    trt_arena_fini(&di->arena);
    trt_free(di->nodes, (di->num_nodes != 0 ? di->num_nodes : 1) * sizeof *di->nodes);
    trt_free(di->order, (di->num_nodes != 0 ? di->num_nodes : 1) * sizeof *di->order);
    trt_free(di->edges, ((size_t)di->num_edges + 1) * sizeof *di->edges);
    trt_free(di->handles, di->num_nodes * sizeof *di->handles);
    trt_free(di->modules, di->num_modules * sizeof *di->modules);
    trt_free(di->adopted, di->cap_adopted * sizeof *di->adopted);
    trt_free(di->hook_nodes, di->num_hooks * sizeof *di->hook_nodes);
    trt_free(di->hook_order, di->num_hooks * sizeof *di->hook_order);
    trt_free_aligned(di->hook_frame, di->hook_frame_bytes, di->hook_frame_align);
    trt_di_index_fini(&di->names);
    trt_di_index_fini(&di->module_names);
    *di = (trt_di){0};
}
