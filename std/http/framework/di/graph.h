// SPDX-License-Identifier: Apache-2.0
// What the parts of the proof share; private to di_*.c.
#ifndef TRT_HTTP_FRAMEWORK_DI_GRAPH_H
#define TRT_HTTP_FRAMEWORK_DI_GRAPH_H

#include "std/http/framework/di/di.h"

/// trt_di_name returns a node's class name or token.
static inline const char* trt_di_name(const trt_di* di, uint32_t node) {
    return *(const char* const*)di->nodes[node].record->item; // every record begins with its name
}
static inline const char* trt_di_module_name(const trt_di* di, uint32_t module) {
    return *(const char* const*)di->modules[module].record->item;
}
/// trt_di_slot returns the slot of an edge, NULL for the edge of an alias.
static inline const tmlrt_meta_slot* trt_di_slot(const trt_di_node* node, uint32_t index) {
    return node->deps != NULL ? trt_meta_at(node->deps, index) : NULL;
}
static inline uint32_t trt_di_num_edges(const trt_di_node* node) {
    return node->deps != NULL ? node->deps->count : node->how == TRT_DI_ALIAS;
}
static inline bool trt_di_is_optional(const tmlrt_meta_slot* slot) {
    return slot != NULL &&
           ((slot->loc.flags & TMLRT_LOC_OPTIONAL) != 0 || slot->type->kind == TMLRT_TYPE_MAYBE);
}
static inline bool trt_di_is_lazy(const tmlrt_meta_slot* slot) {
    return slot != NULL && (slot->loc.flags & TMLRT_LOC_LAZY) != 0;
}
/// trt_di_wants_request tells whether the slot takes the Request that is being answered.
static inline bool trt_di_wants_request(const tmlrt_meta_slot* slot) {
    return slot != NULL && slot->type->kind == TMLRT_TYPE_REQUEST;
}

/// trt_di_token returns what an edge asks for: the slot's key, or what the alias names.
const char* trt_di_token(const trt_di* di, uint32_t node, uint32_t index);
/// trt_di_find_record returns the node of a class record, whether or not a provider has its name.
uint32_t trt_di_find_record(const trt_di* di, const char* name);
/// trt_di_deco returns the decorator of that name, NULL when there is none.
const tmlrt_meta_deco* trt_di_deco(const tmlrt_meta_table* decos, const char* name);
/// trt_di_word returns the argument as a word: a string or a symbol, else NULL.
const char* trt_di_word(const tmlrt_meta_value* value);

// ---- di_module.c --------------------------------------------------------------------------------

/// trt_di_modules_prove checks the tables of every module, gives every node its home and marks
/// every edge that its module does not see.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_di_modules_prove(trt_di* di, trt_diags* diags);
/// trt_di_adopt_stages finds the stage classes that decorators attach: each becomes a root, and one
/// that is in no module belongs to those that use it.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_di_adopt_stages(trt_di* di);

// ---- di_walk.c ----------------------------------------------------------------------------------

/// trt_di_walk goes through everything the program reaches, reports missing, hidden, cyclic and
/// scope-violating dependencies, and writes the order of making.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_di_walk(trt_di* di, trt_diags* diags);

// ---- di_hooks.c ---------------------------------------------------------------------------------

/// trt_di_hooks_prove finds the owners of hooks and sorts them.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_di_hooks_prove(trt_di* di, trt_diags* diags);

// ---- di_report.c --------------------------------------------------------------------------------

/// trt_di_step is one link of a chain: an edge of a node.
typedef struct trt_di_step {
    uint32_t node, next; ///< next: the edge after the one that is being followed
} trt_di_step;

/// trt_di_chain is the links from a root to where something is wrong.
typedef struct trt_di_chain {
    const trt_di* di;
    const trt_di_step* steps;
    uint32_t num;
} trt_di_chain;

/// trt_di_report_missing: nothing has the token that the chain's last link asks for.
void trt_di_report_missing(const trt_di_chain* chain, trt_diags* diags);
/// trt_di_report_hidden: the module of the last link does not see what it leads to.
void trt_di_report_hidden(const trt_di_chain* chain, trt_diags* diags);
/// trt_di_report_type: what the last link leads to is of another class than its slot.
void trt_di_report_type(const trt_di_chain* chain, trt_diags* diags);
/// trt_di_report_cycle: the chain is the cycle, from the node that is met again.
void trt_di_report_cycle(const trt_di_chain* chain, trt_diags* diags);
/// trt_di_report_scope: edge `edge` of the singleton at the chain's end leads to something of
/// request scope.
void trt_di_report_scope(const trt_di_chain* chain, uint32_t edge, trt_diags* diags);
/// trt_di_report_class: the class of what a provider makes must be known and is not.
void trt_di_report_class(const trt_di* di, uint32_t node, trt_diags* diags);
/// trt_di_nearest returns the node (or module) whose name is spelled most like `name`, TRT_DI_NONE
/// when none is near.   Cost: one comparison per name of the program; see trt_suggest_for.
uint32_t trt_di_nearest(const trt_di* di, const char* name, bool module, trt_diags* diags);
/// trt_di_near writes "did you mean `X` (file:line)? else " for the record of the nearest name, and
/// returns it as trt_di_nearest does.
uint32_t trt_di_near(trt_text* out, const trt_di* di, const char* name, bool module,
                     trt_diags* diags);

#endif
