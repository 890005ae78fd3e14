// SPDX-License-Identifier: Apache-2.0
// Dependency injection: the graph of controllers, stages and providers is proven before anything
// runs; singletons are made at start, the rest when a request needs it. docs/design/injection.md.
#ifndef TRT_HTTP_FRAMEWORK_DI_DI_H
#define TRT_HTTP_FRAMEWORK_DI_DI_H

#include "rt/base/arena.h"
#include "std/http/framework/di/index.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/server/service.h"

#define TRT_DI_NONE UINT32_MAX ///< no node, no module

typedef struct trt_di_scope trt_di_scope;

/// What a node is. ALIAS and SHADOW have no object of their own.
enum {
    TRT_DI_CLASS,   ///< a class record, or a provider of how class
    TRT_DI_VALUE,   ///< made once; never destroyed
    TRT_DI_FACTORY, ///< what its make returns
    TRT_DI_ALIAS,   ///< another token's object
    TRT_DI_SHADOW,  ///< a provider that only gives a class its scope
};

/// trt_di_node is one class or provider record; its index is stable.
typedef struct trt_di_node {
    const trt_record* record;
    const tmlrt_meta_class* class; ///< of the object; NULL: not known
    const tmlrt_meta_table* deps;  ///< tmlrt_meta_slot; NULL of an alias
    void* object;                  ///< of a singleton, NULL until made
    uint32_t first_edge;           ///< one per dependency; an alias has one
    uint32_t target;        ///< the node whose object it means: itself, or what an alias means
    uint32_t home;          ///< its module
    uint32_t slot;          ///< of its object among those of its scope
    uint32_t depth;         ///< longest chain of dependencies under it
    uint32_t shadowed;      ///< provider: the class of the same name
    uint32_t reporter;      ///< class: the node that told what is wrong with its slots
    uint32_t via;           ///< edge through which a transient needs the request
    uint8_t how, scope;     ///< TRT_DI_*, TMLRT_SCOPE_*
    uint8_t state;          ///< of the walk
    bool exported, adopted; ///< by its module; a stage in no module that one uses
    bool listed_twice;      ///< in two modules: reported, visible to both
    bool is_root;           ///< @Injectable, @Controller or a provider: counts without modules
    bool attached;          ///< a stage that something of the program attaches
    bool told;              ///< that a controller is in no module
    bool needs_request;     ///< it or something under it is of request scope
} trt_di_node;

/// trt_di_edge is one dependency, beside its slot.
typedef struct trt_di_edge {
    uint32_t target;    ///< node; TRT_DI_NONE: the slot stays null
    uint32_t hidden_in; ///< the module that does not see the target
    bool imported;      ///< though it imports the target's module
} trt_di_edge;

/// trt_di_module is one module record while the graph is proven.
typedef struct trt_di_module {
    const trt_record* record;
    uint32_t class_node;    ///< of the class with its name
    uint32_t first_adopted; ///< into trt_di.adopted
    uint32_t seen_by;       ///< stamp of the module that sees its exports
    uint8_t state;          ///< of the walk over imports
    bool global, imported;
    bool lists_unknown;                  ///< a controller or provider that is not there
    bool passes_on;                      ///< it exports modules too
    bool broken_imports, broken_exports; ///< unknown ones: what is not seen for it was told
} trt_di_module;

/// trt_di_adopted is a stage class in no module, used in one.
typedef struct trt_di_adopted {
    uint32_t node, next;
} trt_di_adopted;

/// tmlrt_provider is the handle of an injected Provider[T].
struct tmlrt_provider {
    const struct trt_di* di;
    uint32_t node;
};

/// trt_di is immutable after trt_di_make and shared by all workers.
typedef struct trt_di {
    const trt_registry* registry;
    trt_di_node* nodes; ///< classes, then providers
    trt_di_edge* edges;
    tmlrt_provider* handles; ///< of every node, when somebody has a Provider
    uint32_t* order;         ///< singletons in the order of making
    trt_di_index names;      ///< token -> node
    trt_di_index module_names;
    trt_di_module* modules;
    trt_di_adopted* adopted;
    uint32_t* hook_nodes; ///< per hook record: the node of its class
    uint32_t* hook_order; ///< hook records in the order of running
    char* hook_frame;     ///< for the largest
    size_t hook_frame_bytes, hook_frame_align;
    trt_di_scope* root; ///< of singletons, from make to fini
    trt_arena arena;    ///< of the root scope
    uint32_t num_nodes, num_classes, num_edges, num_order, num_made, num_modules, num_adopted,
        cap_adopted;
    uint32_t num_places;      ///< nodes whose objects are made per request
    uint32_t num_hooks;       ///< in hook_order
    bool has_lazy;            ///< some slot is a Provider
    uint64_t (*now_ns)(void); ///< what hooks are timed with: tmlrt_now_ns, or a test's
    uint64_t hook_ns;         ///< what a hook has: TRT_DI_HOOK_NS, or a test's
} trt_di;

/// trt_di_init proves the graph: every token that the program reaches, every module table, every
/// scope. What is wrong is added to `diags`, each once, with its whole chain.
/// Errors:  NOMEM - `out` is all-zero.   Thread: init.
/// Cost:    linear in nodes, injections and, per module, the modules it sees.
TMLRT_NODISCARD tmlrt_status trt_di_init(trt_di* out, const trt_registry* registry,
                                         trt_diags* diags);
/// trt_di_make makes every singleton, running async makes to their end on this thread. The graph
/// must be without errors, and `di` stays where it is.
/// Errors:  META_MISSING - a make returned null, PANIC (both in `diags`). NOMEM. What was made
/// stays; fini.   Thread: one that is not a worker.
TMLRT_NODISCARD tmlrt_status trt_di_make(trt_di* di, trt_diags* diags);
/// trt_di_hooks runs the hooks of one event: on the way up dependencies first, on the way down
/// last; within one depth lower `order` first. Each has TRT_DI_HOOK_NS; one that is over time or
/// panics is named in the log and, on the way up, ends the start.
/// Errors:  INVAL, TIMEDOUT, PANIC - of an INIT or BOOTSTRAP hook (in `diags`, which may be NULL
/// for the other events).   Thread: one that is not a worker.
TMLRT_NODISCARD tmlrt_status trt_di_hooks(trt_di* di, uint32_t event, trt_diags* diags);
#define TRT_DI_HOOK_NS UINT64_C(10000000000)
/// trt_di_fini destroys the singletons in reverse order and frees the graph; all-zero is fine.
void trt_di_fini(trt_di* di);

/// trt_di_get returns the singleton of a token or class, NULL when there is none.
void* trt_di_get(const trt_di* di, const char* name);
/// trt_di_class returns the record of a class, NULL when there is none.
const tmlrt_meta_class* trt_di_class(const trt_di* di, const char* name);
/// trt_di_find_class returns the node whose object is used as that class (a controller, a stage,
/// the owner of a hook), TRT_DI_NONE when there is no such class.   Thread: init.
uint32_t trt_di_find_class(const trt_di* di, const char* name);
/// trt_di_object returns a singleton's object, NULL for every other scope.
static inline void* trt_di_object(const trt_di* di, uint32_t node) {
    return di->nodes[di->nodes[node].target].object;
}
/// trt_di_is_scoped tells whether the object of a node is made per request.
static inline bool trt_di_is_scoped(const trt_di* di, uint32_t node) {
    return di->nodes[di->nodes[node].target].scope != TMLRT_SCOPE_SINGLETON;
}

#endif
