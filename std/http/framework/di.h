// SPDX-License-Identifier: Apache-2.0
// Dependency injection: the graph of controllers and providers is proven first, then every object
// is made once, in the order of its dependencies.
#ifndef TRT_HTTP_FRAMEWORK_DI_H
#define TRT_HTTP_FRAMEWORK_DI_H

#include "std/http/framework/registry.h"

/// trt_di_node is one class or provider record; its index is stable.
typedef struct trt_di_node {
    const trt_record* record;
    void* object;  ///< NULL until made
    uint8_t state; ///< of the walk
} trt_di_node;

typedef struct trt_di {
    const trt_registry* registry;
    trt_di_node* nodes; ///< classes, then providers
    uint32_t* order;    ///< indices in the order of making
    uint32_t* names;    ///< hash table: index + 1 of the node a token means
    uint32_t num_nodes, num_classes, num_order, num_made, name_mask;
} trt_di;

/// trt_di_init resolves every token that routes, hooks and providers reach. Missing, cyclic and
/// unsupported dependencies are added to `diags`, each with its whole chain.
/// Errors:  NOMEM - `out` is all-zero.   Thread: init.   Cost: linear in nodes and injections.
TMLRT_NODISCARD tmlrt_status trt_di_init(trt_di* out, const trt_registry* registry,
                                         trt_diags* diags);
/// trt_di_make makes every object, running async makes to their end on this thread. The graph must
/// be without errors.
/// Errors:  META_MISSING - a make returned null (in `diags`). NOMEM. What was made stays; fini.
/// Thread:  one that is not a worker.
TMLRT_NODISCARD tmlrt_status trt_di_make(trt_di* di, trt_diags* diags);
/// trt_di_get returns the object of a class or token, NULL when there is none.
void* trt_di_get(const trt_di* di, const char* name);
/// trt_di_class returns the record of a class, NULL when there is none.
const tmlrt_meta_class* trt_di_class(const trt_di* di, const char* name);
/// trt_di_hooks runs the hooks of one event (lower order first) to their end.
/// Errors:  INVAL - a hook of INIT or BOOTSTRAP returned something other than 0 (in `diags`).
/// NOMEM. Thread:  one that is not a worker.
TMLRT_NODISCARD tmlrt_status trt_di_hooks(trt_di* di, uint32_t event, trt_diags* diags);
/// trt_di_fini destroys the objects in reverse order and frees the graph; all-zero is fine.
void trt_di_fini(trt_di* di);

/// trt_run_to_end runs an async function of one pointer on this thread and writes its output.
/// Errors:  NOMEM - nothing ran.   Thread: one that is not a worker.
TMLRT_NODISCARD tmlrt_status trt_run_to_end(const tmlrt_future_desc* desc, void* args, void* out);

#endif
