// SPDX-License-Identifier: Apache-2.0
// The dependency graph: records become nodes, tokens become edges.
//
// A token means the provider of that name, else the class of that name. Nodes are the class
// records, then the provider records; a provider of how `class` is an object of its own, an alias
// has one edge, to the token whose object it shares. A provider whose token is its target only says
// the scope of that class. Names are program-wide (the registry refused two of one name), so an
// edge's target does not depend on modules; whether the module sees it does (di_module.c).
//
// Stages of the proof, each reporting what only it can know: nodes and scopes here, modules
// (di_module.c), chains (di_walk.c), owners of hooks (di_hooks.c). One thread, at start.
#include "std/http/framework/di/graph.h"

#include <tmlrt/time.h>

#include "rt/base/alloc.h"
#include "std/http/framework/registry/suggest.h"

#include <string.h>

static const char* const s_scopes[] = {"singleton", "request", "transient"};

const char* trt_di_token(const trt_di* di, uint32_t node, uint32_t index) {
    const tmlrt_meta_slot* slot = trt_di_slot(&di->nodes[node], index);
    if (slot != NULL) {
        return slot->key;
    }
    return ((const tmlrt_meta_provider*)di->nodes[node].record->item)->target;
}

const tmlrt_meta_deco* trt_di_deco(const tmlrt_meta_table* decos, const char* name) {
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        if (deco->name[0] == name[0] && strcmp(deco->name, name) == 0) {
            return deco;
        }
    }
    return NULL;
}

const char* trt_di_word(const tmlrt_meta_value* value) {
    return value->kind == TMLRT_VALUE_STR || value->kind == TMLRT_VALUE_SYM ? value->p : NULL;
}

// ---- scopes of classes --------------------------------------------------------------------------

/// The argument that says the scope: named `scope`, or the first of @Injectable. NULL: none.
static const tmlrt_meta_value* scope_argument(const tmlrt_meta_deco* deco, bool first) {
    for (uint32_t i = 0; deco != NULL && i < deco->args.count; i++) {
        const tmlrt_meta_value* value = trt_meta_at(&deco->args, i);
        if (value->name != NULL ? strcmp(value->name, "scope") == 0 : first && i == 0) {
            return value;
        }
    }
    return NULL;
}

static const char* scope_name(void* source, uint32_t index) {
    (void)source;
    return index < 3 ? s_scopes[index] : NULL;
}

/// Whether two words are the same but for case; the second is in lower case.
static bool same_word(const char* word, const char* lower) {
    for (; *word != '\0' && *lower != '\0'; word++, lower++) {
        if (*word != *lower && (*word < 'A' || *word > 'Z' || *word - 'A' + 'a' != *lower)) {
            return false;
        }
    }
    return *word == *lower;
}

static void report_scope_word(const trt_record* record, const char* word, trt_diags* diags) {
    trt_diag_at at = trt_record_at(record);
    uint32_t near = word != NULL ? trt_suggest(word, strlen(word), scope_name, NULL) : UINT32_MAX;
    trt_text remedy = {0};
    if (near != UINT32_MAX) {
        trt_text_printf(&remedy, "did you mean \"%s\"? ", s_scopes[near]);
    }
    trt_text_puts(&remedy, "write \"singleton\", \"request\" or \"transient\"");
    trt_diags_add(diags, TMLRT_E_DI_SCOPE, &at, remedy.data != NULL ? remedy.data : "",
                  "`%s` is not a scope", word != NULL ? word : "the argument");
    trt_text_fini(&remedy);
}

static void read_decorators(trt_di_node* node, trt_diags* diags) {
    const tmlrt_meta_table* decos = &node->class->decos;
    const tmlrt_meta_deco* injectable = trt_di_deco(decos, "Injectable");
    const tmlrt_meta_deco* controller = trt_di_deco(decos, "Controller");
    node->is_root = injectable != NULL || controller != NULL;
    const tmlrt_meta_value* value = scope_argument(injectable, true);
    value = value != NULL ? value : scope_argument(controller, false);
    if (value == NULL) {
        return;
    }
    const char* word = trt_di_word(value);
    for (uint8_t i = 0; i < 3 && word != NULL; i++) {
        if (same_word(word, s_scopes[i])) {
            node->scope = i;
            return;
        }
    }
    report_scope_word(node->record, word, diags);
}

// ---- nodes --------------------------------------------------------------------------------------

static void add_classes(trt_di* di, const trt_record_list* classes, trt_diags* diags) {
    for (uint32_t i = 0; i < classes->num; i++) {
        const tmlrt_meta_class* class = classes->items[i].item;
        di->nodes[i] = (trt_di_node){.record = &classes->items[i],
                                     .class = class,
                                     .deps = &class->injects,
                                     .how = TRT_DI_CLASS,
                                     .target = i,
                                     .home = TRT_DI_NONE,
                                     .shadowed = TRT_DI_NONE,
                                     .reporter = TRT_DI_NONE};
        read_decorators(&di->nodes[i], diags);
        *trt_di_index_put(&di->names, class->name) = i;
    }
}

/// First the names of all providers, so that targets may come later than who names them.
static void add_provider_name(trt_di* di, uint32_t index, const trt_record* record) {
    const tmlrt_meta_provider* provider = record->item;
    static const uint8_t hows[] = {TRT_DI_CLASS, TRT_DI_VALUE, TRT_DI_FACTORY, TRT_DI_ALIAS};
    trt_di_node* node = &di->nodes[index];
    *node = (trt_di_node){.record = record,
                          .how = hows[provider->how],
                          .scope = (uint8_t)provider->scope,
                          .target = index,
                          .home = TRT_DI_NONE,
                          .shadowed = TRT_DI_NONE,
                          .reporter = TRT_DI_NONE,
                          .is_root = true};
    if (node->how == TRT_DI_VALUE || node->how == TRT_DI_ALIAS) {
        node->scope = TMLRT_SCOPE_SINGLETON;
    }
    uint32_t* place = trt_di_index_put(&di->names, provider->token);
    if (*place != TRT_DI_NONE && provider->how == TMLRT_PROVIDE_CLASS &&
        strcmp(provider->target, provider->token) == 0) {
        node->how = TRT_DI_SHADOW;
        node->is_root = false;
        di->nodes[*place].scope = node->scope;
        di->nodes[*place].is_root = true;
        return;
    }
    node->shadowed = *place;
    *place = index;
}

uint32_t trt_di_find_record(const trt_di* di, const char* name) {
    uint32_t index = trt_di_index_get(&di->names, name);
    return index == TRT_DI_NONE || index < di->num_classes ? index : di->nodes[index].shadowed;
}

static void finish_provider(trt_di* di, uint32_t index) {
    trt_di_node* node = &di->nodes[index];
    const tmlrt_meta_provider* provider = node->record->item;
    if (node->how == TRT_DI_ALIAS || node->how == TRT_DI_SHADOW) {
        return;
    }
    uint32_t target =
        provider->target != NULL ? trt_di_find_record(di, provider->target) : TRT_DI_NONE;
    node->class = target != TRT_DI_NONE ? di->nodes[target].record->item : NULL;
    if (node->how != TRT_DI_CLASS) {
        node->deps = &provider->deps;
    } else if (node->class != NULL) {
        node->deps = &node->class->injects;
    }
}

static void add_edges(trt_di* di) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < di->num_nodes; i++) {
        trt_di_node* node = &di->nodes[i];
        node->first_edge = at;
        for (uint32_t k = 0; k < trt_di_num_edges(node); k++, at++) {
            const tmlrt_meta_slot* slot = trt_di_slot(node, k);
            uint32_t target = TRT_DI_NONE;
            if (!trt_di_wants_request(slot)) {
                target = trt_di_index_get(&di->names, trt_di_token(di, i, k));
            }
            di->has_lazy |= trt_di_is_lazy(slot);
            di->edges[at] = (trt_di_edge){target, TRT_DI_NONE, false};
        }
    }
}

// ---- all of it ----------------------------------------------------------------------------------

static tmlrt_status add_nodes(trt_di* di, trt_diags* diags) {
    const trt_record_list* classes = &di->registry->kinds[TMLRT_KIND_CLASS];
    const trt_record_list* providers = &di->registry->kinds[TMLRT_KIND_PROVIDER];
    di->num_classes = classes->num;
    di->num_nodes = classes->num + providers->num;
    TRT_TRY(trt_di_index_init(&di->names, di->num_nodes));
    uint32_t num = di->num_nodes != 0 ? di->num_nodes : 1;
    di->nodes = trt_alloc_array(num, sizeof *di->nodes);
    di->order = trt_alloc_array(num, sizeof *di->order);
    if (di->nodes == NULL || di->order == NULL) {
        return TMLRT_E_NOMEM;
    }
    add_classes(di, classes, diags);
    for (uint32_t i = 0; i < providers->num; i++) {
        add_provider_name(di, classes->num + i, &providers->items[i]);
    }
    for (uint32_t i = classes->num; i < di->num_nodes; i++) {
        finish_provider(di, i);
    }
    for (uint32_t i = 0; i < di->num_nodes; i++) {
        di->num_edges += trt_di_num_edges(&di->nodes[i]);
    }
    di->edges = trt_alloc_array(di->num_edges + 1, sizeof *di->edges);
    if (di->edges == NULL) {
        return TMLRT_E_NOMEM;
    }
    add_edges(di);
    return TMLRT_OK;
}

static tmlrt_status add_handles(trt_di* di) {
    if (!di->has_lazy) {
        return TMLRT_OK;
    }
    di->handles = trt_alloc_array(di->num_nodes, sizeof *di->handles);
    if (di->handles == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < di->num_nodes; i++) {
        di->handles[i] = (tmlrt_provider){di, i};
    }
    return TMLRT_OK;
}

static tmlrt_status prove(trt_di* di, trt_diags* diags) {
    TRT_TRY(add_nodes(di, diags));
    TRT_TRY(add_handles(di));
    TRT_TRY(trt_di_modules_prove(di, diags));
    TRT_TRY(trt_di_walk(di, diags));
    return trt_di_hooks_prove(di, diags);
}

tmlrt_status trt_di_init(trt_di* out, const trt_registry* registry, trt_diags* diags) {
    *out = (trt_di){.registry = registry, .now_ns = tmlrt_now_ns, .hook_ns = TRT_DI_HOOK_NS};
    tmlrt_status status = prove(out, diags);
    if (status != TMLRT_OK) {
        trt_di_fini(out);
    }
    return status;
}

uint32_t trt_di_find_class(const trt_di* di, const char* name) {
    uint32_t index = trt_di_index_get(&di->names, name);
    if (index == TRT_DI_NONE || index < di->num_classes) {
        return index;
    }
    const trt_di_node* node = &di->nodes[index];
    bool same = node->class != NULL && strcmp(node->class->name, name) == 0;
    return same ? index : node->shadowed;
}

void* trt_di_get(const trt_di* di, const char* name) {
    uint32_t index = trt_di_index_get(&di->names, name);
    return index != TRT_DI_NONE ? trt_di_object(di, index) : NULL;
}

const tmlrt_meta_class* trt_di_class(const trt_di* di, const char* name) {
    uint32_t index = trt_di_find_record(di, name);
    return index != TRT_DI_NONE ? di->nodes[index].record->item : NULL;
}
