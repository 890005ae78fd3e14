// SPDX-License-Identifier: Apache-2.0
// Modules: whose every class and provider is, and who sees it.
//
// A node belongs to the module that lists it (its home). A module sees its own nodes and what the
// modules it imports export; an export is an own node or an imported module, whose exports are
// passed on. The exports of a @Global module are seen everywhere. One module is imported by none,
// the root; the imports have no cycle. A stage class that no module lists belongs to all that use
// it. Without module records there is one implicit module, and nothing here has anything to do.
//
// A wrong name in a table is taken for the name that it was meant to be, when there is one: so that
// what follows from it is not reported too. One thread, at start.
#include "std/http/framework/di/graph.h"

#include "rt/base/alloc.h"
#include "std/http/framework/pipeline/pipeline.h"

#include <string.h>

typedef struct module_walk {
    trt_di* di;
    trt_diags* diags;
    uint32_t* stack;       ///< modules of a walk
    uint32_t* next_import; ///< per place of the stack
    bool any_broken;       ///< some module imports what is not there
    trt_di_index meant;    ///< imported names that are none: the module that each was meant to be
    tmlrt_status status;   ///< NOMEM
} module_walk;

static const tmlrt_meta_module* meta_of(const trt_di* di, uint32_t module) {
    return di->modules[module].record->item;
}

static const char* name_at(const tmlrt_meta_table* names, uint32_t index) {
    return *(const char* const*)trt_meta_at(names, index);
}

// ---- names in tables ----------------------------------------------------------------------------

/// Reports an unknown name and returns what it was meant to be, TRT_DI_NONE when nothing is near.
static uint32_t unknown(module_walk* w, uint32_t module, const char* table, const char* name,
                        const char* what) {
    bool is_module = strcmp(table, "imports") == 0;
    trt_diag_at at = trt_record_at(w->di->modules[module].record);
    trt_text remedy = {0};
    uint32_t near = trt_di_near(&remedy, w->di, name, is_module, w->diags);
    trt_text_printf(&remedy, "declare %s of that name, link what has it, or remove it here", what);
    trt_diags_add(w->diags, TMLRT_E_META_MISSING, &at, remedy.data != NULL ? remedy.data : "",
                  "its %s name `%s`, which is not there", table, name);
    trt_text_fini(&remedy);
    return near;
}

static void settle(module_walk* w, uint32_t module, uint32_t node, const char* what) {
    trt_di* di = w->di;
    trt_di_node* n = &di->nodes[node];
    if (n->home == TRT_DI_NONE || n->home == module) {
        n->home = module;
        return;
    }
    const trt_record* first = di->modules[n->home].record;
    trt_diag_at at = trt_record_at(di->modules[module].record);
    trt_diags_add(w->diags, TMLRT_E_META_DUPLICATE, &at,
                  "list it in one of them; what both need is exported there and its module "
                  "imported here",
                  "%s `%s` (%s:%u) is also listed by the module `%s` (%s:%u)", what,
                  trt_di_name(di, node), n->record->file, n->record->line,
                  trt_di_module_name(di, n->home), first->file, first->line);
    n->listed_twice = true;
}

static uint32_t find_member(const trt_di* di, const char* name, bool controller) {
    return controller ? trt_di_find_class(di, name) : trt_di_index_get(&di->names, name);
}

/// Settles what one table lists, or (`wrong`) reports the names that are not there.
static void read_members(module_walk* w, uint32_t module, bool controller, bool wrong) {
    trt_di* di = w->di;
    const tmlrt_meta_module* meta = meta_of(di, module);
    const tmlrt_meta_table* names = controller ? &meta->controllers : &meta->providers;
    for (uint32_t i = 0; i < names->count; i++) {
        const char* name = name_at(names, i);
        uint32_t node = find_member(di, name, controller);
        if (!wrong) {
            if (node == TRT_DI_NONE) {
                di->modules[module].lists_unknown = true;
            } else {
                settle(w, module, node, controller ? "controller" : "provider");
            }
        } else if (node == TRT_DI_NONE && wrong) {
            node = unknown(w, module, controller ? "controllers" : "providers", name,
                           controller ? "a class" : "a class or a provider");
            if (node != TRT_DI_NONE && di->nodes[node].home == TRT_DI_NONE) {
                di->nodes[node].home = module;
            }
        }
    }
}

static uint32_t find_module(const module_walk* w, const char* name) {
    uint32_t module = trt_di_index_get(&w->di->module_names, name);
    return module != TRT_DI_NONE ? module : trt_di_index_get(&w->meant, name);
}

/// Reports an unknown import and keeps what it was meant to be.
static uint32_t unknown_import(module_walk* w, uint32_t module, const char* name) {
    uint32_t num = 0, import = unknown(w, module, "imports", name, "a module");
    for (uint32_t i = 0; i < w->di->num_modules && w->meant.entries == NULL; i++) {
        num += meta_of(w->di, i)->imports.count;
    }
    if (w->meant.entries == NULL && trt_di_index_init(&w->meant, num) != TMLRT_OK) {
        w->status = TMLRT_E_NOMEM;
        return TRT_DI_NONE;
    }
    uint32_t* kept = trt_di_index_put(&w->meant, name);
    *kept = *kept != TRT_DI_NONE ? *kept : import; // the first one had more time to search
    return *kept;
}

static void check_imports(module_walk* w, uint32_t module) {
    const tmlrt_meta_module* meta = meta_of(w->di, module);
    for (uint32_t i = 0; i < meta->imports.count; i++) {
        const char* name = name_at(&meta->imports, i);
        uint32_t import = trt_di_index_get(&w->di->module_names, name);
        if (import == TRT_DI_NONE) {
            import = unknown_import(w, module, name);
        }
        if (import != TRT_DI_NONE) {
            w->di->modules[import].imported = true;
        } else {
            w->di->modules[module].broken_imports = w->any_broken = true;
        }
    }
}

static bool imports(const module_walk* w, uint32_t module, uint32_t other) {
    const tmlrt_meta_module* meta = meta_of(w->di, module);
    for (uint32_t i = 0; i < meta->imports.count; i++) {
        if (find_module(w, name_at(&meta->imports, i)) == other) {
            return true;
        }
    }
    return false;
}

/// An export that is neither the module's own nor a module it imports.
static void report_export(module_walk* w, uint32_t module, const char* name) {
    trt_di* di = w->di;
    uint32_t node = trt_di_index_get(&di->names, name);
    uint32_t other = trt_di_index_get(&di->module_names, name);
    trt_diag_at at = trt_record_at(di->modules[module].record);
    if (other != TRT_DI_NONE) {
        trt_diags_add(w->diags, TMLRT_E_DI_MODULE, &at, "import it, or remove it from the exports",
                      "it exports the module `%s` (%s:%u), which it does not import", name,
                      di->modules[other].record->file, di->modules[other].record->line);
    } else if (node != TRT_DI_NONE) {
        const trt_di_node* n = &di->nodes[node];
        trt_diags_add(w->diags, TMLRT_E_DI_MODULE, &at,
                      "add it to the providers, or export the module that provides it",
                      "it exports `%s` (%s:%u), which it does not provide", name, n->record->file,
                      n->record->line);
    } else {
        node = unknown(w, module, "exports", name, "a provider or a module");
        if (node != TRT_DI_NONE && di->nodes[node].home == module) {
            di->nodes[node].exported = true;
            return;
        }
    }
    di->modules[module].broken_exports = true;
}

static void check_exports(module_walk* w, uint32_t module) {
    trt_di* di = w->di;
    const tmlrt_meta_module* meta = meta_of(di, module);
    for (uint32_t i = 0; i < meta->exports.count; i++) {
        const char* name = name_at(&meta->exports, i);
        uint32_t node = trt_di_index_get(&di->names, name);
        if (node != TRT_DI_NONE &&
            (di->nodes[node].home == module || di->nodes[node].listed_twice)) {
            di->nodes[node].exported = true;
            continue;
        }
        uint32_t other = trt_di_index_get(&di->module_names, name);
        if (other == TRT_DI_NONE || !imports(w, module, other)) {
            report_export(w, module, name);
        }
        di->modules[module].passes_on |= other != TRT_DI_NONE;
    }
}

// ---- cycles and the root ------------------------------------------------------------------------

static void report_import_cycle(module_walk* w, uint32_t depth, uint32_t again) {
    const trt_di* di = w->di;
    trt_text text = {0};
    uint32_t from = depth;
    while (w->stack[from - 1] != again) {
        from--;
    }
    for (uint32_t i = from - 1; i < depth; i++) {
        const trt_record* record = di->modules[w->stack[i]].record;
        trt_text_printf(&text, "%s (%s:%u) -> ", trt_di_module_name(di, w->stack[i]), record->file,
                        record->line);
    }
    trt_diag_at at = trt_record_at(di->modules[w->stack[depth - 1]].record);
    trt_diags_add(w->diags, TMLRT_E_DI_CYCLE, &at,
                  "move what both need into a module of its own that both import",
                  "the imports go round: %s%s", text.data != NULL ? text.data : "",
                  trt_di_module_name(di, again));
    trt_text_fini(&text);
}

enum { WALK_NEW, WALK_OPEN, WALK_DONE };

static void walk_imports(module_walk* w, uint32_t root) {
    trt_di* di = w->di;
    uint32_t depth = 0;
    if (di->modules[root].state != WALK_NEW) {
        return;
    }
    di->modules[root].state = WALK_OPEN;
    w->stack[depth] = root;
    w->next_import[depth++] = 0;
    while (depth > 0) {
        uint32_t module = w->stack[depth - 1];
        const tmlrt_meta_module* meta = meta_of(di, module);
        if (w->next_import[depth - 1] == meta->imports.count) {
            di->modules[module].state = WALK_DONE;
            depth--;
            continue;
        }
        uint32_t import = find_module(w, name_at(&meta->imports, w->next_import[depth - 1]++));
        if (import == TRT_DI_NONE || di->modules[import].state == WALK_DONE) {
            continue;
        }
        if (di->modules[import].state == WALK_OPEN) {
            report_import_cycle(w, depth, import);
            continue;
        }
        di->modules[import].state = WALK_OPEN;
        w->stack[depth] = import;
        w->next_import[depth++] = 0;
    }
}

/// More than one module that nobody imports: which is the program?
static void check_root(module_walk* w) {
    const trt_di* di = w->di;
    uint32_t root = TRT_DI_NONE;
    for (uint32_t i = 0; i < di->num_modules && !w->any_broken; i++) {
        const trt_di_module* module = &di->modules[i];
        if (module->imported || module->global) {
            continue;
        }
        if (root == TRT_DI_NONE) {
            root = i;
            continue;
        }
        trt_diag_at at = trt_record_at(module->record);
        trt_diags_add(w->diags, TMLRT_E_DI_MODULE, &at,
                      "import it from the module that needs it, or mark its class @Global",
                      "no module imports it, as none imports `%s` (%s:%u): a program has one root",
                      trt_di_module_name(di, root), di->modules[root].record->file,
                      di->modules[root].record->line);
    }
}

// ---- stages -------------------------------------------------------------------------------------

static tmlrt_status adopt(trt_di* di, uint32_t module, const char* name) {
    uint32_t node = trt_di_find_class(di, name);
    if (node == TRT_DI_NONE) {
        return TMLRT_OK; // the pipeline reports the stage that is not there
    }
    if (module != TRT_DI_NONE || di->num_modules == 0) {
        di->nodes[node].attached = true;
    }
    if (module == TRT_DI_NONE || di->nodes[node].home != TRT_DI_NONE) {
        return TMLRT_OK;
    }
    trt_di_module* m = &di->modules[module];
    if (m->first_adopted != TRT_DI_NONE && di->adopted[m->first_adopted].node == node) {
        return TMLRT_OK; // every route of a controller uses the same
    }
    if (di->num_adopted == di->cap_adopted) {
        uint32_t cap = di->cap_adopted != 0 ? di->cap_adopted * 2 : 16;
        void* grown = trt_realloc(di->adopted, di->cap_adopted * sizeof *di->adopted,
                                  cap * sizeof *di->adopted);
        if (grown == NULL) {
            return TMLRT_E_NOMEM;
        }
        di->adopted = grown;
        di->cap_adopted = cap;
    }
    di->adopted[di->num_adopted] = (trt_di_adopted){node, m->first_adopted};
    m->first_adopted = di->num_adopted++;
    di->nodes[node].adopted = true;
    return TMLRT_OK;
}

static tmlrt_status adopt_of(trt_di* di, uint32_t module, const tmlrt_meta_table* decos) {
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        for (uint32_t k = 0; trt_attach_role(deco->name) >= 0 && k < deco->args.count; k++) {
            const tmlrt_meta_value* value = trt_meta_at(&deco->args, k);
            if (value->kind == TMLRT_VALUE_SYM) {
                TRT_TRY(adopt(di, module, value->p));
            }
        }
    }
    return TMLRT_OK;
}

tmlrt_status trt_di_adopt_stages(trt_di* di) {
    const trt_record_list* routes = &di->registry->kinds[TMLRT_KIND_ROUTE];
    const char* last = NULL;
    uint32_t home = TRT_DI_NONE;
    for (uint32_t i = 0; i < di->num_classes; i++) {
        uint32_t node = trt_di_find_class(di, trt_di_name(di, i));
        TRT_TRY(adopt_of(di, di->nodes[node].home, &di->nodes[i].class->decos));
    }
    for (uint32_t i = 0; i < routes->num; i++) {
        const tmlrt_meta_route* route = routes->items[i].item;
        if (route->cls != last) {
            uint32_t node = trt_di_find_class(di, route->cls);
            home = node != TRT_DI_NONE ? di->nodes[node].home : TRT_DI_NONE;
            last = route->cls;
        }
        TRT_TRY(adopt_of(di, home, &route->decos));
        for (uint32_t k = 0; k < route->params.count; k++) {
            const tmlrt_meta_slot* slot = trt_meta_at(&route->params, k);
            TRT_TRY(adopt_of(di, home, &slot->decos));
        }
    }
    return TMLRT_OK;
}

// ---- who sees what ------------------------------------------------------------------------------

/// Stamps `start` and every module whose exports it passes on; returns whether one of them exports
/// something unknown.
static bool spread(module_walk* w, uint32_t start, uint32_t stamp) {
    trt_di* di = w->di;
    uint32_t depth = 0;
    bool broken = false;
    if (di->modules[start].seen_by == stamp) {
        return false;
    }
    di->modules[start].seen_by = stamp;
    w->stack[depth++] = start;
    while (depth > 0) {
        uint32_t module = w->stack[--depth];
        const tmlrt_meta_module* meta = meta_of(di, module);
        broken |= di->modules[module].broken_exports;
        uint32_t num = di->modules[module].passes_on ? meta->exports.count : 0;
        for (uint32_t i = 0; i < num; i++) {
            uint32_t other = trt_di_index_get(&di->module_names, name_at(&meta->exports, i));
            if (other != TRT_DI_NONE && di->modules[other].seen_by != stamp) {
                di->modules[other].seen_by = stamp;
                w->stack[depth++] = other;
            }
        }
    }
    return broken;
}

static void hide_edges(trt_di* di, uint32_t module, uint32_t node) {
    const trt_di_node* n = &di->nodes[node];
    for (uint32_t i = 0; i < trt_di_num_edges(n); i++) {
        trt_di_edge* edge = &di->edges[n->first_edge + i];
        if (edge->target == TRT_DI_NONE || edge->hidden_in != TRT_DI_NONE) {
            continue;
        }
        const trt_di_node* target = &di->nodes[edge->target];
        if (target->home == module || target->listed_twice) {
            continue;
        }
        bool seen = target->home != TRT_DI_NONE && (di->modules[target->home].seen_by == module ||
                                                    di->modules[target->home].global);
        if (!seen || !target->exported) {
            edge->hidden_in = module;
            edge->imported = seen;
        }
    }
}

/// `first` and `next` are the nodes of each module, as lists.
static void look_around(module_walk* w, uint32_t module, const uint32_t* first,
                        const uint32_t* next) {
    trt_di* di = w->di;
    const tmlrt_meta_module* meta = meta_of(di, module);
    trt_di_module* m = &di->modules[module];
    for (uint32_t i = 0; i < meta->imports.count; i++) {
        uint32_t import = find_module(w, name_at(&meta->imports, i));
        if (import != TRT_DI_NONE) {
            m->broken_imports |= spread(w, import, module);
        }
    }
    if (m->broken_imports) {
        return; // what it does not see follows from what was reported
    }
    for (uint32_t node = first[module]; node != TRT_DI_NONE; node = next[node]) {
        hide_edges(di, module, node);
    }
    for (uint32_t i = m->first_adopted; i != TRT_DI_NONE; i = di->adopted[i].next) {
        hide_edges(di, module, di->adopted[i].node);
    }
}

/// What a @Global module passes on is global too.
static void spread_global(module_walk* w) {
    trt_di* di = w->di;
    const uint32_t stamp = TRT_DI_NONE - 1; // no module's
    for (uint32_t i = 0; i < di->num_modules; i++) {
        if (di->modules[i].global) {
            (void)spread(w, i, stamp);
        }
    }
    for (uint32_t i = 0; i < di->num_modules; i++) {
        di->modules[i].global = di->modules[i].seen_by == stamp;
    }
}

static void check_controllers(module_walk* w) {
    trt_di* di = w->di;
    const trt_record_list* routes = &di->registry->kinds[TMLRT_KIND_ROUTE];
    const char* last = NULL;
    for (uint32_t i = 0; i < routes->num; i++) {
        const tmlrt_meta_route* route = routes->items[i].item;
        if (last != NULL && strcmp(route->cls, last) == 0) {
            continue;
        }
        last = route->cls;
        uint32_t node = trt_di_find_class(di, last);
        if (node != TRT_DI_NONE && di->nodes[node].home == TRT_DI_NONE && !di->nodes[node].told) {
            di->nodes[node].told = true;
            trt_diag_at at = trt_record_at(di->nodes[node].record);
            trt_diags_add(w->diags, TMLRT_E_DI_MODULE, &at, "add it to the controllers of a module",
                          "it has routes (%s:%u) and is in no module", routes->items[i].file,
                          routes->items[i].line);
        }
    }
}

// ---- all of it ----------------------------------------------------------------------------------

static tmlrt_status add_modules(trt_di* di) {
    const trt_record_list* records = &di->registry->kinds[TMLRT_KIND_MODULE];
    di->num_modules = records->num;
    TRT_TRY(trt_di_index_init(&di->module_names, records->num));
    di->modules = trt_alloc_array(records->num, sizeof *di->modules);
    if (di->modules == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < records->num; i++) {
        const char* name = *(const char* const*)records->items[i].item;
        uint32_t node = trt_di_find_record(di, name);
        bool global =
            node != TRT_DI_NONE && trt_di_deco(&di->nodes[node].class->decos, "Global") != NULL;
        di->modules[i] = (trt_di_module){.record = &records->items[i],
                                         .class_node = node,
                                         .first_adopted = TRT_DI_NONE,
                                         .seen_by = TRT_DI_NONE,
                                         .global = global};
        *trt_di_index_put(&di->module_names, name) = i;
    }
    return TMLRT_OK;
}

static tmlrt_status prove(module_walk* w, uint32_t* first, uint32_t* next) {
    trt_di* di = w->di;
    for (uint32_t i = 0; i < di->num_modules; i++) {
        read_members(w, i, true, false);
        read_members(w, i, false, false);
        first[i] = TRT_DI_NONE;
    }
    for (uint32_t i = 0; i < di->num_modules; i++) { // when all that is right has its home
        if (di->modules[i].lists_unknown) {
            read_members(w, i, true, true);
            read_members(w, i, false, true);
        }
        check_imports(w, i);
    }
    for (uint32_t i = 0; i < di->num_modules; i++) {
        check_exports(w, i);
        walk_imports(w, i);
        uint32_t node = di->modules[i].class_node;
        if (node != TRT_DI_NONE && di->nodes[node].home == TRT_DI_NONE) {
            di->nodes[node].home = i;
        }
    }
    check_root(w);
    check_controllers(w);
    TRT_TRY(trt_di_adopt_stages(di));
    for (uint32_t i = di->num_nodes; i-- > 0;) {
        uint32_t home = di->nodes[i].home;
        if (home != TRT_DI_NONE) {
            next[i] = first[home];
            first[home] = i;
        }
    }
    spread_global(w);
    for (uint32_t i = 0; i < di->num_modules; i++) {
        look_around(w, i, first, next);
    }
    return w->status;
}

tmlrt_status trt_di_modules_prove(trt_di* di, trt_diags* diags) {
    if (di->registry->kinds[TMLRT_KIND_MODULE].num == 0) {
        return trt_di_adopt_stages(di);
    }
    TRT_TRY(add_modules(di));
    size_t num = (size_t)di->num_modules * 3 + di->num_nodes;
    uint32_t* memory = trt_alloc_array(num, sizeof *memory);
    if (memory == NULL) {
        return TMLRT_E_NOMEM;
    }
    module_walk w = {.di = di, .diags = diags, .stack = memory};
    w.next_import = memory + di->num_modules;
    uint32_t* first = memory + (size_t)di->num_modules * 2;
    tmlrt_status status = prove(&w, first, first + di->num_modules);
    trt_di_index_fini(&w.meant);
    trt_free(memory, num * sizeof *memory);
    return status;
}
