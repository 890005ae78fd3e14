// SPDX-License-Identifier: Apache-2.0
// The messages of the dependency graph.
//
// A chain is written from its root: `Shop.cart (shop.tml:4) -> Cart.db (cart.tml:9) -> Db
// (db.tml:1)`, each link with the place of the injection that is followed. The place of the message
// is the last link's. One thread, at start.
#include "std/http/framework/di/graph.h"
#include "std/http/framework/registry/suggest.h"

#include <string.h>

/// The place of an edge: its slot's line when it has one, else its record's.
static trt_diag_at edge_at(const trt_di* di, uint32_t node, uint32_t edge) {
    const trt_di_node* n = &di->nodes[node];
    const tmlrt_meta_slot* slot = trt_di_slot(n, edge);
    trt_diag_at at = trt_record_at(n->record);
    if (slot == NULL || slot->loc.line == 0) {
        return at;
    }
    // A provider of how class has the injections of a class that may be of another unit.
    const tmlrt_meta_unit* unit = n->record->unit;
    if (n->how == TRT_DI_CLASS && n->class != n->record->item) {
        unit = di->nodes[trt_di_find_record(di, n->class->name)].record->unit;
    }
    if (slot->loc.file < unit->files.count) {
        at.file = *(const char* const*)trt_meta_at(&unit->files, slot->loc.file);
        at.line = slot->loc.line;
    }
    return at;
}

static void put_link(trt_text* text, const trt_di* di, uint32_t node, uint32_t edge) {
    const tmlrt_meta_slot* slot = trt_di_slot(&di->nodes[node], edge);
    trt_diag_at at = edge_at(di, node, edge);
    trt_text_puts(text, trt_di_name(di, node));
    if (slot != NULL) {
        trt_text_printf(text, ".%s", slot->name);
    }
    trt_text_printf(text, " (%s:%u) -> ", at.file, at.line);
}

static void put_chain(trt_text* text, const trt_di_chain* chain) {
    for (uint32_t i = 0; i < chain->num; i++) {
        put_link(text, chain->di, chain->steps[i].node, chain->steps[i].next - 1);
    }
}

/// Where a chain ends: the record with its place.
static void put_end(trt_text* text, const trt_di* di, uint32_t node) {
    const trt_record* record = di->nodes[node].record;
    trt_text_printf(text, "%s (%s:%u)", trt_di_name(di, node), record->file, record->line);
}

/// The last link of a chain.
static const trt_di_step* last_of(const trt_di_chain* chain) {
    return &chain->steps[chain->num - 1];
}

static const char* text_of(const trt_text* text) {
    return text->data != NULL ? text->data : "";
}

/// "`dep` needs" of an injection, "it leads to" of an alias.
static void put_subject(trt_text* text, const tmlrt_meta_slot* slot) {
    if (slot != NULL) {
        trt_text_printf(text, "`%s` needs", slot->name);
    } else {
        trt_text_puts(text, "it leads to");
    }
}

static const char* node_name(void* source, uint32_t index) {
    const trt_di* di = source;
    return index < di->num_nodes ? trt_di_name(di, index) : NULL;
}

static const char* module_name(void* source, uint32_t index) {
    const trt_di* di = source;
    return index < di->num_modules ? trt_di_module_name(di, index) : NULL;
}

uint32_t trt_di_nearest(const trt_di* di, const char* name, bool module, trt_diags* diags) {
    void* source = (void*)(uintptr_t)di; // only read
    uint32_t near = module ? trt_suggest_for(diags, name, module_name, source, di->num_modules)
                           : trt_suggest_for(diags, name, node_name, source, di->num_nodes);
    return near == UINT32_MAX || module
               ? near
               : trt_di_index_get(&di->names, trt_di_name(di, near)); // who answers to the name
}

uint32_t trt_di_near(trt_text* out, const trt_di* di, const char* name, bool module,
                     trt_diags* diags) {
    uint32_t near = trt_di_nearest(di, name, module, diags);
    if (near == TRT_DI_NONE) {
        return near;
    }
    const trt_record* record = module ? di->modules[near].record : di->nodes[near].record;
    trt_text_printf(out, "did you mean `%s` (%s:%u)? else ", *(const char* const*)record->item,
                    record->file, record->line);
    return near;
}

void trt_di_report_missing(const trt_di_chain* chain, trt_diags* diags) {
    const trt_di* di = chain->di;
    const trt_di_step* last = last_of(chain);
    if (trt_diags_full(diags)) {
        return;
    }
    const tmlrt_meta_slot* slot = trt_di_slot(&di->nodes[last->node], last->next - 1);
    const char* token = trt_di_token(di, last->node, last->next - 1);
    trt_diag_at at = edge_at(di, last->node, last->next - 1);
    trt_text text = {0}, remedy = {0}, subject = {0};
    put_chain(&text, chain);
    put_subject(&subject, slot);
    trt_di_near(&remedy, di, token, false, diags);
    trt_text_printf(&remedy,
                    "declare a class or a provider of that name, %sor link the module "
                    "that has it",
                    slot != NULL ? "mark the injection @Optional, " : "");
    trt_diags_add(diags, TMLRT_E_META_MISSING, &at, text_of(&remedy),
                  "%s `%s`, which nothing provides: %s%s", text_of(&subject), token, text_of(&text),
                  token);
    trt_text_fini(&text);
    trt_text_fini(&remedy);
    trt_text_fini(&subject);
}

/// Why the module of an edge does not see its target, and what to do about it.
static void explain_hidden(trt_text* why, trt_text* remedy, const trt_di* di,
                           const trt_di_edge* edge) {
    const trt_di_node* node = &di->nodes[edge->target];
    const trt_record* here = di->modules[edge->hidden_in].record;
    const char* name = trt_di_name(di, edge->target);
    const char* here_name = trt_di_module_name(di, edge->hidden_in);
    if (node->home == TRT_DI_NONE) {
        trt_text_puts(why, "which is in no module");
        trt_text_printf(remedy, "add `%s` to the providers of `%s` (%s:%u)", name, here_name,
                        here->file, here->line);
        return;
    }
    const trt_record* home = di->modules[node->home].record;
    const char* home_name = trt_di_module_name(di, node->home);
    trt_text_printf(why, "which is of the module `%s` (%s:%u)", home_name, home->file, home->line);
    if (!node->exported) {
        trt_text_puts(why, " and not exported by it");
        trt_text_printf(remedy, "add `%s` to the exports of `%s` (%s:%u)", name, home_name,
                        home->file, home->line);
    }
    if (!edge->imported) {
        trt_text_printf(why, " and `%s` does not import `%s`", here_name, home_name);
        trt_text_printf(remedy, "%sadd `%s` to the imports of `%s` (%s:%u)",
                        node->exported ? "" : ", and ", home_name, here_name, here->file,
                        here->line);
    }
}

void trt_di_report_hidden(const trt_di_chain* chain, trt_diags* diags) {
    const trt_di* di = chain->di;
    const trt_di_step* last = last_of(chain);
    if (trt_diags_full(diags)) {
        return;
    }
    const trt_di_node* node = &di->nodes[last->node];
    const trt_di_edge* edge = &di->edges[node->first_edge + last->next - 1];
    const tmlrt_meta_slot* slot = trt_di_slot(node, last->next - 1);
    const char* token = trt_di_token(di, last->node, last->next - 1);
    trt_diag_at at = edge_at(di, last->node, last->next - 1);
    trt_text text = {0}, why = {0}, remedy = {0}, subject = {0};
    put_chain(&text, chain);
    put_end(&text, di, edge->target);
    put_subject(&subject, slot);
    explain_hidden(&why, &remedy, di, edge);
    trt_diags_add(diags, TMLRT_E_DI_MODULE, &at, text_of(&remedy), "%s `%s`, %s: %s",
                  text_of(&subject), token, text_of(&why), text_of(&text));
    trt_text_fini(&text);
    trt_text_fini(&why);
    trt_text_fini(&remedy);
    trt_text_fini(&subject);
}

void trt_di_report_type(const trt_di_chain* chain, trt_diags* diags) {
    const trt_di* di = chain->di;
    const trt_di_step* last = last_of(chain);
    const trt_di_node* node = &di->nodes[last->node];
    const tmlrt_meta_slot* slot = trt_di_slot(node, last->next - 1);
    uint32_t target = di->edges[node->first_edge + last->next - 1].target;
    const tmlrt_meta_type* type = slot->type;
    trt_diag_at at = edge_at(di, last->node, last->next - 1);
    trt_text text = {0};
    type = type->kind == TMLRT_TYPE_MAYBE ? type->ref : type;
    put_chain(&text, chain);
    put_end(&text, di, target);
    while (di->nodes[target].how == TRT_DI_ALIAS) {
        target = di->edges[di->nodes[target].first_edge].target;
    }
    trt_diags_add(diags, TMLRT_E_DI_TYPE, &at,
                  "change the type of the injection, its token, or what the token provides",
                  "`%s` is a `%s`, but `%s` gives a `%s`: %s", slot->name, (const char*)type->ref,
                  slot->key, di->nodes[target].class->name, text_of(&text));
    trt_text_fini(&text);
}

void trt_di_report_cycle(const trt_di_chain* chain, trt_diags* diags) {
    const trt_di* di = chain->di;
    const trt_di_step* last = last_of(chain);
    bool aliases = true;
    trt_diag_at at = edge_at(di, last->node, last->next - 1);
    trt_text text = {0};
    put_chain(&text, chain);
    for (uint32_t i = 0; i < chain->num; i++) {
        aliases &= di->nodes[chain->steps[i].node].how == TRT_DI_ALIAS;
    }
    if (aliases) {
        trt_diags_add(diags, TMLRT_E_DI_CYCLE, &at, "let one of them name a class or a factory",
                      "the aliases lead back to themselves: %s%s", text_of(&text),
                      trt_di_name(di, chain->steps[0].node));
    } else {
        trt_diags_add(diags, TMLRT_E_DI_CYCLE, &at,
                      "break the cycle: inject a `Provider[T]` at one of the places and get the "
                      "object when it is needed, or take it as a method argument",
                      "the dependencies go round: %s%s", text_of(&text),
                      trt_di_name(di, chain->steps[0].node));
    }
    trt_text_fini(&text);
}

/// The links from an edge to what is of request scope.
static void put_way_to_request(trt_text* text, const trt_di* di, uint32_t node, uint32_t edge) {
    for (;;) {
        const trt_di_node* from = &di->nodes[node];
        put_link(text, di, node, edge);
        if (trt_di_wants_request(trt_di_slot(from, edge))) {
            trt_text_puts(text, "the Request");
            return;
        }
        node = di->edges[from->first_edge + edge].target;
        if (di->nodes[node].scope == TMLRT_SCOPE_REQUEST) {
            put_end(text, di, node);
            return;
        }
        edge = di->nodes[node].via - di->nodes[node].first_edge; // an alias or a transient
    }
}

static void put_scope_remedy(trt_text* text, const trt_di* di, uint32_t node,
                             const tmlrt_meta_slot* slot) {
    const trt_di_node* n = &di->nodes[node];
    trt_text_printf(text, "make `%s` request-scoped", trt_di_name(di, node));
    if (node < di->num_classes) {
        bool controller = trt_di_deco(&n->class->decos, "Controller") != NULL;
        trt_text_puts(text, controller ? " (@Controller(..., scope = \"request\"))"
                                       : " (@Injectable(\"request\"))");
    }
    if (trt_di_wants_request(slot)) {
        trt_text_puts(text, ", or take the Request as an argument");
    } else {
        trt_text_printf(text, ", or inject `Provider[%s]` and get it in the request",
                        slot->type->kind == TMLRT_TYPE_CLASS ? (const char*)slot->type->ref
                                                             : slot->key);
    }
}

void trt_di_report_scope(const trt_di_chain* chain, uint32_t edge, trt_diags* diags) {
    const trt_di* di = chain->di;
    const trt_di_chain before = {di, chain->steps, chain->num - 1};
    uint32_t node = last_of(chain)->node;
    const tmlrt_meta_slot* slot = trt_di_slot(&di->nodes[node], edge);
    trt_diag_at at = edge_at(di, node, edge);
    trt_text text = {0}, remedy = {0};
    put_chain(&text, &before);
    put_way_to_request(&text, di, node, edge);
    put_scope_remedy(&remedy, di, node, slot);
    trt_diags_add(diags, TMLRT_E_DI_SCOPE, &at, text_of(&remedy),
                  "`%s` of a singleton needs `%s`, which exists only in a request: %s", slot->name,
                  trt_di_wants_request(slot) ? "Request" : slot->key, text_of(&text));
    trt_text_fini(&text);
    trt_text_fini(&remedy);
}

void trt_di_report_class(const trt_di* di, uint32_t node, trt_diags* diags) {
    const tmlrt_meta_provider* provider = di->nodes[node].record->item;
    trt_diag_at at = trt_record_at(di->nodes[node].record);
    trt_text remedy = {0};
    if (di->nodes[node].how == TRT_DI_FACTORY) {
        trt_diags_add(diags, TMLRT_E_DI_SCOPE, &at,
                      "name the class that it makes as the provider's target, or make it a "
                      "singleton",
                      "what this factory makes in a request could not be dropped, since its class "
                      "is not known");
        return;
    }
    trt_di_near(&remedy, di, provider->target, false, diags);
    trt_text_puts(&remedy, "declare a class of that name, or link the module that has it");
    trt_diags_add(diags, TMLRT_E_META_MISSING, &at, text_of(&remedy),
                  "it leads to the class `%s`, which is not there", provider->target);
    trt_text_fini(&remedy);
}
