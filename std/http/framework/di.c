// SPDX-License-Identifier: Apache-2.0
// The dependency graph: tokens to nodes, one walk that finds what is wrong and the order of making.
//
// A token means the provider of that name, else the class of that name. A provider of kind class or
// alias is not an object of its own but leads to another node; chains of them are followed. The
// walk is depth first with an explicit stack (a chain may be as long as the program has classes),
// from every root: controllers of routes, classes of hooks, and all providers. A node on the stack
// that is met again is a cycle. Every error is told once, with the chain from the root to it.
//
// One thread, at start and at stop.
#include "std/http/framework/di.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"

#include <string.h>

enum { WALK_NEW, WALK_OPEN, WALK_DONE };
#define NODE_NONE UINT32_MAX

/// One node being walked: which of its dependencies is next.
typedef struct walk_step {
    uint32_t node, next;
} walk_step;

typedef struct walk {
    trt_di* di;
    trt_diags* diags;
    walk_step* stack;
    uint32_t depth;
} walk;

static uint32_t hash_name(const char* name) {
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return hash ^ hash >> 15;
}

static const char* node_name(const trt_di_node* node) {
    return *(const char* const*)node->record->item; // class name or token
}

static const tmlrt_meta_class* as_class(const trt_di* di, uint32_t index) {
    return index < di->num_classes ? di->nodes[index].record->item : NULL;
}

static const tmlrt_meta_provider* as_provider(const trt_di* di, uint32_t index) {
    return index < di->num_classes ? NULL : di->nodes[index].record->item;
}

static void add_name(trt_di* di, uint32_t index) {
    const char* name = node_name(&di->nodes[index]);
    uint32_t at = hash_name(name) & di->name_mask;
    while (di->names[at] != 0) {
        if (strcmp(node_name(&di->nodes[di->names[at] - 1]), name) == 0) {
            di->names[at] = index + 1; // a provider goes before a class of its name
            return;
        }
        at = (at + 1) & di->name_mask;
    }
    di->names[at] = index + 1;
}

static uint32_t find_name(const trt_di* di, const char* name) {
    if (di->names == NULL) {
        return NODE_NONE;
    }
    for (uint32_t at = hash_name(name) & di->name_mask;; at = (at + 1) & di->name_mask) {
        if (di->names[at] == 0) {
            return NODE_NONE;
        }
        if (strcmp(node_name(&di->nodes[di->names[at] - 1]), name) == 0) {
            return di->names[at] - 1;
        }
    }
}

static uint32_t find_class(const trt_di* di, const char* name) {
    uint32_t index = find_name(di, name);
    if (index == NODE_NONE || index < di->num_classes) {
        return index;
    }
    for (uint32_t i = 0; i < di->num_classes; i++) { // a provider has its name
        if (strcmp(node_name(&di->nodes[i]), name) == 0) {
            return i;
        }
    }
    return NODE_NONE;
}

/// The node whose object a token means, through classes and aliases; NODE_NONE when a name is
/// missing (*out_missing) or the aliases go round (*out_missing NULL).
static uint32_t resolve(const trt_di* di, const char* token, const char** out_missing) {
    uint32_t index = find_name(di, token);
    for (uint32_t hops = 0; hops <= di->num_nodes; hops++) {
        const tmlrt_meta_provider* provider;
        if (index == NODE_NONE) {
            *out_missing = token;
            return NODE_NONE;
        }
        provider = as_provider(di, index);
        if (provider == NULL || provider->how == TMLRT_PROVIDE_FACTORY ||
            provider->how == TMLRT_PROVIDE_VALUE) {
            return index;
        }
        token = provider->target;
        index = provider->how == TMLRT_PROVIDE_CLASS ? find_class(di, token) : find_name(di, token);
    }
    *out_missing = NULL;
    return NODE_NONE;
}

static const tmlrt_meta_table* dependencies(const trt_di* di, uint32_t index) {
    const tmlrt_meta_class* class = as_class(di, index);
    return class != NULL ? &class->injects : &as_provider(di, index)->deps;
}

static void put_step(trt_text* text, const trt_di_node* node) {
    trt_text_printf(text, "%s (%s:%u) -> ", node_name(node), node->record->file,
                    node->record->line);
}

/// The chain on the stack, from `from` on; the caller adds its end.
static void put_chain(trt_text* text, const walk* w, uint32_t from) {
    for (uint32_t i = from; i < w->depth; i++) {
        put_step(text, &w->di->nodes[w->stack[i].node]);
    }
}

/// The place of an injection: its record, at its own line when it has one.
static trt_diag_at slot_at(const trt_record* record, const tmlrt_meta_slot* slot) {
    trt_diag_at at = trt_record_at(record);
    at.line = slot->loc.line != 0 ? slot->loc.line : at.line;
    return at;
}

static void report_missing(walk* w, const tmlrt_meta_slot* slot, const char* missing) {
    const trt_record* record = w->di->nodes[w->stack[w->depth - 1].node].record;
    trt_diag_at at = slot_at(record, slot);
    trt_text chain = {0};
    put_chain(&chain, w, 0);
    if (missing == NULL) {
        trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at,
                      "let one of the aliases name a class or a factory",
                      "`%s` needs `%s`, whose aliases lead back to themselves: %s%s", slot->name,
                      slot->key, chain.data != NULL ? chain.data : "", slot->key);
    } else {
        trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at,
                      "declare a class or a provider of that name, mark the injection @Optional, "
                      "or link the module that has it",
                      "`%s` needs `%s`, which nothing provides: %s%s", slot->name, missing,
                      chain.data != NULL ? chain.data : "", missing);
    }
    trt_text_fini(&chain);
}

static void report_cycle(walk* w, const tmlrt_meta_slot* slot, uint32_t again) {
    uint32_t from = w->depth - 1;
    while (w->stack[from].node != again) {
        from--;
    }
    const trt_record* record = w->di->nodes[w->stack[w->depth - 1].node].record;
    trt_diag_at at = slot_at(record, slot);
    trt_text chain = {0};
    put_chain(&chain, w, from);
    trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at,
                  "break the cycle: let one of them take what it needs as a method argument",
                  "the dependencies go round: %s%s", chain.data != NULL ? chain.data : "",
                  node_name(&w->di->nodes[again]));
    trt_text_fini(&chain);
}

static void push(walk* w, uint32_t index) {
    w->di->nodes[index].state = WALK_OPEN;
    w->stack[w->depth++] = (walk_step){index, 0};
}

/// Takes the next dependency of the innermost node, or finishes the node.
static void step(walk* w) {
    trt_di* di = w->di;
    walk_step* top = &w->stack[w->depth - 1];
    const tmlrt_meta_table* deps = dependencies(di, top->node);
    if (top->next == deps->count) {
        di->nodes[top->node].state = WALK_DONE;
        di->order[di->num_order++] = top->node;
        w->depth--;
        return;
    }
    const tmlrt_meta_slot* slot = trt_meta_at(deps, top->next++);
    const char* missing;
    uint32_t index = resolve(di, slot->key, &missing);
    if (index == NODE_NONE) {
        if (missing == NULL || (slot->loc.flags & TMLRT_LOC_OPTIONAL) == 0) {
            report_missing(w, slot, missing);
        }
    } else if (di->nodes[index].state == WALK_OPEN) {
        report_cycle(w, slot, index);
    } else if (di->nodes[index].state == WALK_NEW) {
        push(w, index);
    }
}

static void walk_from(walk* w, uint32_t index) {
    if (w->di->nodes[index].state == WALK_NEW) {
        push(w, index);
        while (w->depth > 0) {
            step(w);
        }
    }
}

/// Walks from the class that a route or hook belongs to.
static void walk_owner(walk* w, const trt_record* record, const char* cls) {
    uint32_t index = find_class(w->di, cls);
    if (index != NODE_NONE) {
        walk_from(w, index);
        return;
    }
    trt_diag_at at = trt_record_at(record);
    trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at,
                  "emit the class record beside its handlers, or link the module that has it",
                  "class `%s` has no record", cls);
}

static void walk_provider(walk* w, uint32_t index) {
    const tmlrt_meta_provider* provider = as_provider(w->di, index);
    const trt_record* record = w->di->nodes[index].record;
    const char* missing;
    trt_diag_at at = trt_record_at(record);
    if (provider->scope != TMLRT_SCOPE_SINGLETON) {
        trt_diags_add(w->diags, TMLRT_E_UNSUPPORTED, &at, "make it a singleton",
                      "scope `%s` is not supported by this runtime",
                      provider->scope == TMLRT_SCOPE_REQUEST ? "request" : "transient");
    }
    uint32_t target = resolve(w->di, provider->token, &missing);
    if (target != NODE_NONE) {
        walk_from(w, target);
    } else if (missing == NULL) {
        trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at,
                      "let one of the aliases name a class or a factory",
                      "the aliases from `%s` lead back to themselves", provider->token);
    } else {
        trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at,
                      "declare a class or a provider of that name, or link the module that has it",
                      "it leads to `%s`, which nothing provides", missing);
    }
}

static void walk_all(walk* w) {
    const trt_registry* registry = w->di->registry;
    const trt_record_list* routes = &registry->kinds[TMLRT_KIND_ROUTE];
    const trt_record_list* hooks = &registry->kinds[TMLRT_KIND_HOOK];
    const char* last = NULL; // the routes of a class come together and share its name
    for (uint32_t i = 0; i < routes->num; i++) {
        const tmlrt_meta_route* route = routes->items[i].item;
        if (route->cls != last) {
            walk_owner(w, &routes->items[i], route->cls);
            last = route->cls;
        }
    }
    for (uint32_t i = 0; i < hooks->num; i++) {
        walk_owner(w, &hooks->items[i], ((const tmlrt_meta_hook*)hooks->items[i].item)->cls);
    }
    const trt_record_list* stages = &registry->kinds[TMLRT_KIND_STAGE];
    for (uint32_t i = 0; i < stages->num; i++) {
        walk_owner(w, &stages->items[i], ((const tmlrt_meta_stage*)stages->items[i].item)->cls);
    }
    for (uint32_t i = w->di->num_classes; i < w->di->num_nodes; i++) {
        walk_provider(w, i);
    }
}

static tmlrt_status allocate(trt_di* di, walk* w) {
    uint32_t cap = 8;
    while (cap < di->num_nodes * 2) {
        cap *= 2;
    }
    di->name_mask = cap - 1;
    di->nodes = trt_alloc_array(di->num_nodes, sizeof *di->nodes);
    di->order = trt_alloc_array(di->num_nodes, sizeof *di->order);
    di->names = trt_alloc_zero(cap * sizeof *di->names);
    w->stack = trt_alloc_array(di->num_nodes, sizeof *w->stack);
    return di->nodes != NULL && di->order != NULL && di->names != NULL && w->stack != NULL
               ? TMLRT_OK
               : TMLRT_E_NOMEM;
}

tmlrt_status trt_di_init(trt_di* out, const trt_registry* registry, trt_diags* diags) {
    const trt_record_list* classes = &registry->kinds[TMLRT_KIND_CLASS];
    const trt_record_list* providers = &registry->kinds[TMLRT_KIND_PROVIDER];
    walk w = {out, diags, NULL, 0};
    *out = (trt_di){.registry = registry,
                    .num_nodes = classes->num + providers->num,
                    .num_classes = classes->num};
    if (out->num_nodes == 0) {
        walk_all(&w); // routes without any class
        return TMLRT_OK;
    }
    tmlrt_status status = allocate(out, &w);
    if (status == TMLRT_OK) {
        for (uint32_t i = 0; i < out->num_nodes; i++) {
            out->nodes[i] =
                (trt_di_node){.record = i < classes->num ? &classes->items[i]
                                                         : &providers->items[i - classes->num]};
            add_name(out, i);
        }
        walk_all(&w);
    }
    trt_free(w.stack, out->num_nodes * sizeof *w.stack);
    if (status != TMLRT_OK) {
        trt_di_fini(out);
    }
    return status;
}

void* trt_di_get(const trt_di* di, const char* name) {
    const char* missing;
    uint32_t index = resolve(di, name, &missing);
    return index != NODE_NONE ? di->nodes[index].object : NULL;
}

const tmlrt_meta_class* trt_di_class(const trt_di* di, const char* name) {
    uint32_t index = find_class(di, name);
    return index != NODE_NONE ? as_class(di, index) : NULL;
}
