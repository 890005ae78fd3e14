// SPDX-License-Identifier: Apache-2.0
// The order of lowering: awaited functions before those that await them, because a frame contains
// its children's frames.
//
// Tarjan's algorithm over static awaits and future values, with an explicit stack: programs have
// long chains. Components come out callees first. Inside a component (a cycle) awaits use the
// arena, so only future values, whose frames are embedded, order its members; a cycle of those
// alone would be a frame without end. Source: Tarjan, "Depth-first search and linear graph
// algorithms", 1972.
#include "codegen-hooks/src/lower/async.h"

#include "codegen-hooks/src/ir.h"

typedef struct {
    uint32_t index, low;
    bool is_visited, is_on_stack;
    uint32_t next; ///< edge to look at next
} node;

typedef struct {
    tcg_ctx* ctx;
    node* nodes;
    uint32_t *path, *stack;
    uint32_t path_len, stack_len, num_visited, num_components;
    tcg_async** order;
    uint32_t num_ordered;
    bool* is_ordered;
} graph;

static LLVMValueRef edge(const tcg_async* async, uint32_t index) {
    if (index < async->awaits.count) {
        return async->awaits.items[index];
    }
    index -= async->awaits.count;
    return index < async->embeds.count ? async->embeds.items[index] : NULL;
}

static bool embeds_are_ordered(graph* g, const tcg_async* async) {
    for (uint32_t i = 0; i < async->embeds.count; i++) {
        const tcg_async* child = tcg_async_of(g->ctx, async->embeds.items[i]);
        if (child->is_defined && !g->is_ordered[child->index]) {
            return false;
        }
    }
    return true;
}

// emit appends one component, members with embedded frames after those they embed.
static void emit(graph* g, const uint32_t* members, uint32_t count) {
    uint32_t left = count;
    while (left != 0) {
        uint32_t before = left;
        for (uint32_t i = 0; i < count; i++) {
            tcg_async* async = &g->ctx->asyncs[members[i]];
            if (!g->is_ordered[members[i]] && embeds_are_ordered(g, async)) {
                g->is_ordered[members[i]] = true;
                g->order[g->num_ordered++] = async;
                left--;
            }
        }
        if (left == before) {
            tcg_fail(g->ctx, g->ctx->asyncs[members[0]].fn,
                     "its future values contain each other's frames without end: "
                     "use tmlrt.box for one of them");
        }
    }
}

static void enter(graph* g, uint32_t v) {
    g->nodes[v].index = g->nodes[v].low = g->num_visited++;
    g->nodes[v].is_visited = g->nodes[v].is_on_stack = true;
    g->path[g->path_len++] = v;
    g->stack[g->stack_len++] = v;
}

static void leave(graph* g, uint32_t v) {
    if (g->nodes[v].low == g->nodes[v].index) {
        uint32_t begin = g->stack_len;
        uint32_t member;
        do {
            member = g->stack[--begin];
            g->nodes[member].is_on_stack = false;
            g->ctx->asyncs[member].scc = g->num_components;
        } while (member != v);
        g->num_components++;
        emit(g, g->stack + begin, g->stack_len - begin);
        g->stack_len = begin;
    }
    g->path_len--;
    if (g->path_len != 0) {
        node* parent = &g->nodes[g->path[g->path_len - 1]];
        parent->low = parent->low < g->nodes[v].low ? parent->low : g->nodes[v].low;
    }
}

static void visit(graph* g, uint32_t root) {
    enter(g, root);
    while (g->path_len != 0) {
        uint32_t v = g->path[g->path_len - 1];
        LLVMValueRef target = edge(&g->ctx->asyncs[v], g->nodes[v].next++);
        if (target == NULL) {
            leave(g, v);
            continue;
        }
        const tcg_async* child = tcg_async_of(g->ctx, target);
        if (!child->is_defined) {
            continue;
        }
        node* other = &g->nodes[child->index];
        if (!other->is_visited) {
            enter(g, child->index);
        } else if (other->is_on_stack && other->index < g->nodes[v].low) {
            g->nodes[v].low = other->index;
        }
    }
}

tcg_async** tcg_graph_order(tcg_ctx* ctx, uint32_t* out_count) {
    uint32_t count = ctx->num_asyncs + 1;
    graph g = {.ctx = ctx};
    g.nodes = tcg_alloc(ctx, count * sizeof(*g.nodes));
    g.path = tcg_alloc(ctx, count * sizeof(*g.path));
    g.stack = tcg_alloc(ctx, count * sizeof(*g.stack));
    g.order = tcg_alloc(ctx, count * sizeof(*g.order));
    g.is_ordered = tcg_alloc(ctx, count * sizeof(*g.is_ordered));
    for (uint32_t i = 0; i < ctx->num_asyncs; i++) {
        ctx->asyncs[i].scc = TCG_ABSENT;
    }
    for (uint32_t i = 0; i < ctx->num_asyncs; i++) {
        if (ctx->asyncs[i].is_defined && !g.nodes[i].is_visited) {
            visit(&g, i);
        }
    }
    *out_count = g.num_ordered;
    return g.order;
}
