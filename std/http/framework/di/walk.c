// SPDX-License-Identifier: Apache-2.0
// The walk over the graph: depth first with an explicit stack (a chain may be as long as the
// program has classes), from every root.
//
// Roots: what the modules list (without modules: every provider record, every @Injectable and
// @Controller class), the classes of routes, hooks and modules, the stages that are attached. Those
// count whether or not somebody needs them; any other class only when it is reached. A node on the
// stack that is met again closes a cycle: one message per such edge, so that breaking the edges
// that were told leaves no cycle. A wrong edge is reported where it is followed first, with the
// chain from its root; each edge is followed once. An edge that the module does not see is still
// followed: what lies behind it may be wrong for itself.
//
// A `Provider[T]` is no dependency: T is walked later, as a root. Nodes are finished children
// first: then their depth and scope are known, and singletons take their place in the order of
// making. One thread, at start.
#include "std/http/framework/di/graph.h"

#include "rt/base/alloc.h"

#include <string.h>

enum { WALK_NEW, WALK_OPEN, WALK_DONE };
enum { MAX_BASES = 64 }; ///< as many are followed

typedef struct walk {
    trt_di* di;
    trt_diags* diags;
    trt_di_step* stack;
    uint32_t* later; ///< nodes behind a Provider
    uint32_t depth, num_later;
    trt_di_index told;   ///< classes without a record that were reported
    tmlrt_status status; ///< NOMEM
} walk;

static trt_di_chain chain_from(const walk* w, uint32_t from) {
    return (trt_di_chain){w->di, w->stack + from, w->depth - from};
}

static void push(walk* w, uint32_t node) {
    w->di->nodes[node].state = WALK_OPEN;
    w->stack[w->depth++] = (trt_di_step){node, 0};
}

// ---- one edge -----------------------------------------------------------------------------------

/// Whether a class is `name` or derives from it; true when a base is not known.
static bool derives(const trt_di* di, const tmlrt_meta_class* class, const char* name) {
    for (uint32_t hops = 0; hops < MAX_BASES; hops++) {
        if (strcmp(class->name, name) == 0) {
            return true;
        }
        if (class->base == NULL) {
            return false;
        }
        class = trt_di_class(di, class->base);
        if (class == NULL) {
            return true;
        }
    }
    return true;
}

/// What the aliases from `node` on lead to, TRT_DI_NONE when they lead nowhere.
static uint32_t behind_aliases(const trt_di* di, uint32_t node) {
    for (uint32_t hops = 0; node != TRT_DI_NONE && hops < di->num_nodes; hops++) {
        if (di->nodes[node].how != TRT_DI_ALIAS) {
            return node;
        }
        node = di->edges[di->nodes[node].first_edge].target;
    }
    return TRT_DI_NONE;
}

static bool fits(const trt_di* di, const tmlrt_meta_slot* slot, uint32_t target) {
    const tmlrt_meta_type* type = slot->type;
    type = type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
    target = behind_aliases(di, target);
    if (type->kind != TMLRT_TYPE_CLASS || target == TRT_DI_NONE) {
        return true;
    }
    const tmlrt_meta_class* class = di->nodes[target].class;
    return class == NULL || class->name == type->ref || trt_di_class(di, type->ref) == NULL ||
           derives(di, class, type->ref);
}

static bool was_told(const trt_di* di, const trt_di_node* node) {
    return node->home != TRT_DI_NONE && di->modules[node->home].broken_imports;
}

/// The node that tells what is wrong with the slots of this one: those of a class are shared by the
/// providers that make objects of it. The first that has something to tell.
static const trt_di_node* reporter_of(trt_di* di, uint32_t index) {
    if (di->nodes[index].how != TRT_DI_CLASS) {
        return &di->nodes[index];
    }
    trt_di_node* class = &di->nodes[trt_di_find_record(di, di->nodes[index].class->name)];
    class->reporter = class->reporter != TRT_DI_NONE ? class->reporter : index;
    return &di->nodes[class->reporter];
}

static bool tells_hidden(trt_di* di, uint32_t index) {
    const trt_di_node *node = &di->nodes[index], *first = reporter_of(di, index);
    return first == node || first->home != node->home;
}

static bool tells_scope(trt_di* di, uint32_t index) {
    const trt_di_node *node = &di->nodes[index], *first = reporter_of(di, index);
    return first == node || first->scope != node->scope;
}

/// Checks an edge that is followed for the first time; false when there is nothing behind it.
static bool check_edge(walk* w, uint32_t index, trt_di_edge* edge, const tmlrt_meta_slot* slot) {
    const trt_di_node* node = &w->di->nodes[index];
    trt_di_chain chain = chain_from(w, 0);
    if (trt_di_wants_request(slot)) {
        return false;
    }
    if (trt_di_is_optional(slot) && edge->hidden_in != TRT_DI_NONE) {
        edge->target = TRT_DI_NONE;
    }
    if (edge->target == TRT_DI_NONE) {
        if (!trt_di_is_optional(slot) && !was_told(w->di, node) &&
            reporter_of(w->di, index) == node) {
            trt_di_report_missing(&chain, w->diags);
        }
        return false;
    }
    if (edge->hidden_in != TRT_DI_NONE && tells_hidden(w->di, index)) {
        trt_di_report_hidden(&chain, w->diags);
    }
    if (slot != NULL && !fits(w->di, slot, edge->target) && reporter_of(w->di, index) == node) {
        trt_di_report_type(&chain, w->diags);
    }
    return true;
}

static void follow(walk* w, uint32_t index, uint32_t k) {
    trt_di* di = w->di;
    const trt_di_node* node = &di->nodes[index];
    const tmlrt_meta_slot* slot = trt_di_slot(node, k);
    trt_di_edge* edge = &di->edges[node->first_edge + k];
    if (!check_edge(w, index, edge, slot)) {
        return;
    }
    trt_di_node* target = &di->nodes[edge->target];
    if (trt_di_is_lazy(slot)) {
        if (target->state == WALK_NEW) {
            w->later[w->num_later++] = edge->target;
        }
    } else if (target->state == WALK_NEW) {
        push(w, edge->target);
    } else if (target->state == WALK_OPEN) {
        uint32_t from = w->depth - 1;
        while (w->stack[from].node != edge->target) {
            from--;
        }
        trt_di_chain cycle = chain_from(w, from);
        trt_di_report_cycle(&cycle, w->diags);
    }
}

// ---- a node whose dependencies are known --------------------------------------------------------

/// Whether something of request scope is behind the edge; an edge that closes a cycle is not asked.
static bool leads_to_request(const trt_di* di, const trt_di_node* node, uint32_t k) {
    const tmlrt_meta_slot* slot = trt_di_slot(node, k);
    uint32_t target = di->edges[node->first_edge + k].target;
    if (trt_di_wants_request(slot)) {
        return true;
    }
    return target != TRT_DI_NONE && !trt_di_is_lazy(slot) && di->nodes[target].state == WALK_DONE &&
           di->nodes[target].needs_request;
}

static void finish(walk* w, uint32_t index) {
    trt_di* di = w->di;
    trt_di_node* node = &di->nodes[index];
    node->needs_request = node->scope == TMLRT_SCOPE_REQUEST;
    if (node->class == NULL &&
        (node->how == TRT_DI_CLASS ||
         (node->how == TRT_DI_FACTORY && node->scope != TMLRT_SCOPE_SINGLETON))) {
        trt_di_report_class(di, index, w->diags);
    }
    for (uint32_t k = 0; k < trt_di_num_edges(node); k++) {
        uint32_t target = di->edges[node->first_edge + k].target;
        if (target != TRT_DI_NONE && !trt_di_is_lazy(trt_di_slot(node, k)) &&
            di->nodes[target].depth >= node->depth) {
            node->depth = di->nodes[target].depth + 1;
        }
        if (!leads_to_request(di, node, k)) {
            continue;
        }
        if (node->how == TRT_DI_ALIAS || node->scope == TMLRT_SCOPE_TRANSIENT) {
            node->via = node->needs_request ? node->via : node->first_edge + k;
            node->needs_request = true;
        } else if (node->scope == TMLRT_SCOPE_SINGLETON && tells_scope(di, index)) {
            trt_di_chain chain = chain_from(w, 0);
            trt_di_report_scope(&chain, k, w->diags);
        }
    }
    node->state = WALK_DONE;
    if (node->how == TRT_DI_ALIAS) {
        uint32_t target = di->edges[node->first_edge].target;
        node->target = target != TRT_DI_NONE ? di->nodes[target].target : index;
    } else if (node->scope == TMLRT_SCOPE_SINGLETON) {
        node->slot = index;
        di->order[di->num_order++] = index;
    } else {
        node->slot = di->num_places++;
    }
}

static void walk_from(walk* w, uint32_t root) {
    if (root == TRT_DI_NONE || w->di->nodes[root].state != WALK_NEW) {
        return;
    }
    push(w, root);
    while (w->depth > 0) {
        trt_di_step* top = &w->stack[w->depth - 1];
        if (top->next == trt_di_num_edges(&w->di->nodes[top->node])) {
            finish(w, top->node);
            w->depth--;
        } else {
            uint32_t k = top->next++;
            follow(w, top->node, k);
        }
    }
}

// ---- roots --------------------------------------------------------------------------------------

/// Whether a provider has the name of this class: whoever asks for it gets the provider's object.
static bool is_replaced(const trt_di* di, uint32_t index) {
    return index < di->num_classes && trt_di_index_get(&di->names, trt_di_name(di, index)) != index;
}

/// Whether no record before this one named the class, which has none.
static bool is_news(walk* w, const char* cls) {
    const trt_record_list* kinds = w->di->registry->kinds;
    uint32_t num =
        kinds[TMLRT_KIND_ROUTE].num + kinds[TMLRT_KIND_HOOK].num + kinds[TMLRT_KIND_STAGE].num;
    if (w->told.entries == NULL && trt_di_index_init(&w->told, num) != TMLRT_OK) {
        w->status = TMLRT_E_NOMEM;
        return false;
    }
    uint32_t* told = trt_di_index_put(&w->told, cls);
    bool is_new = *told == TRT_DI_NONE;
    *told = 0;
    return is_new;
}

static void tell_no_class(walk* w, const trt_record* record, const char* cls) {
    trt_diag_at at = trt_record_at(record);
    if (is_news(w, cls)) {
        trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at,
                      "emit the class record beside its members, or link the module that has it",
                      "class `%s` has no record", cls);
    }
}

/// Walks from the class that a route or hook belongs to.
static void walk_owner(walk* w, const trt_record* record, const char* cls) {
    const trt_di* di = w->di;
    uint32_t index = trt_di_find_class(di, cls);
    if (index != TRT_DI_NONE) {
        const trt_di_node* node = &di->nodes[index];
        bool is_hook = record->kind == TMLRT_KIND_HOOK;
        if ((di->num_modules == 0 || node->home != TRT_DI_NONE || node->adopted) &&
            !(is_hook && is_replaced(di, index))) {
            walk_from(w, index);
        }
        return;
    }
    tell_no_class(w, record, cls);
}

/// Whether the bases of class `index` lead back to it, and no other of them comes before it by
/// name. `bases` has every class's base, TRT_DI_NONE without one.
static bool is_first_of_circle(const trt_di* di, const uint32_t* bases, uint32_t index) {
    uint32_t at = bases[index];
    for (uint32_t hops = 1; at != TRT_DI_NONE && at != index && hops < MAX_BASES; hops++) {
        at = bases[at];
    }
    bool is_first = at == index;
    for (at = bases[index]; is_first && at != index; at = bases[at]) {
        is_first = strcmp(trt_di_name(di, index), trt_di_name(di, at)) <= 0;
    }
    return is_first;
}

/// Without the base's record it cannot be told what the class may be given as.
static void report_no_base(const walk* w, const trt_record* class, const char* base) {
    trt_diag_at at = trt_record_at(class);
    trt_text remedy = {0};
    if (trt_diags_full(w->diags)) {
        return;
    }
    trt_di_near(&remedy, w->di, base, false, w->diags);
    trt_text_puts(&remedy, "emit the record of every base, or link the module that has it");
    trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at, remedy.data != NULL ? remedy.data : "",
                  "its base `%s` has no record", base);
    trt_text_fini(&remedy);
}

/// Reports bases without a record, and bases that lead back to their class, once: at the first of
/// them by name. `bases` has room for every class.
static void check_bases(const walk* w, uint32_t* bases) {
    const trt_di* di = w->di;
    const trt_record_list* classes = &di->registry->kinds[TMLRT_KIND_CLASS];
    for (uint32_t i = 0; i < classes->num; i++) {
        const char* base = ((const tmlrt_meta_class*)classes->items[i].item)->base;
        bases[i] = base != NULL ? trt_di_find_record(di, base) : TRT_DI_NONE;
        if (base != NULL && bases[i] == TRT_DI_NONE) {
            report_no_base(w, &classes->items[i], base);
        }
    }
    for (uint32_t i = 0; i < classes->num; i++) {
        if (is_first_of_circle(di, bases, i)) {
            trt_diag_at at = trt_record_at(&classes->items[i]);
            trt_diags_add(w->diags, TMLRT_E_META_MALFORMED, &at,
                          "let one of them extend no class that extends it",
                          "its bases lead back to itself, through `%s`",
                          ((const tmlrt_meta_class*)classes->items[i].item)->base);
        }
    }
}

static void walk_owners(walk* w) {
    const trt_record_list* routes = &w->di->registry->kinds[TMLRT_KIND_ROUTE];
    const trt_record_list* hooks = &w->di->registry->kinds[TMLRT_KIND_HOOK];
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
    const trt_record_list* stages = &w->di->registry->kinds[TMLRT_KIND_STAGE];
    for (uint32_t i = 0; i < stages->num; i++) {
        const char* cls = ((const tmlrt_meta_stage*)stages->items[i].item)->cls;
        if (trt_di_find_class(w->di, cls) == TRT_DI_NONE) {
            tell_no_class(w, &stages->items[i], cls);
        }
    }
}

static void walk_all(walk* w) {
    trt_di* di = w->di;
    check_bases(w, w->later); // it has room for every node, and is empty yet
    walk_owners(w);
    for (uint32_t i = 0; i < di->num_nodes; i++) {
        const trt_di_node* node = &di->nodes[i];
        bool counts = di->num_modules == 0 ? node->is_root : node->home != TRT_DI_NONE;
        if (node->attached || (counts && node->how != TRT_DI_SHADOW && !is_replaced(di, i))) {
            walk_from(w, i);
        }
    }
    for (uint32_t i = 0; i < w->num_later; i++) {
        walk_from(w, w->later[i]);
    }
}

tmlrt_status trt_di_walk(trt_di* di, trt_diags* diags) {
    size_t num = (size_t)di->num_nodes + 1, num_later = (size_t)di->num_edges + num;
    walk w = {.di = di, .diags = diags};
    w.stack = trt_alloc_array(num, sizeof *w.stack);
    w.later = trt_alloc_array(num_later, sizeof *w.later);
    tmlrt_status status = TMLRT_E_NOMEM;
    if (w.stack != NULL && w.later != NULL) {
        walk_all(&w);
        status = w.status;
    }
    trt_di_index_fini(&w.told);
    trt_free(w.stack, num * sizeof *w.stack);
    trt_free(w.later, num_later * sizeof *w.later);
    return status;
}
