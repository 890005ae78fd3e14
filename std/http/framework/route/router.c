// SPDX-License-Identifier: Apache-2.0
// Lookup of the router. router_build.c makes the block.
//
// The tree has one node per distinct pattern prefix; one that only leads to a single static child
// is left out, and the child has both texts. A node's only static child, its `:name` child and its
// `*` child are three indices in it; several static children are found in one hash table keyed by
// (parent node, segment). A lookup is a depth-first walk that tries static, parameter, wildcard at
// every node; choices left open are kept on a stack. Depth is the number of segments (64 at most)
// and every node is entered at most once, since a node determines its own depth and path: so
// backtracking is bounded by the number of nodes.
//
// What a step costs: the node's line; the two words of the segment, masked, and their comparison
// with those of the child, whatever their length is; the slot's line where there are several. Only
// segments of more than 16 bytes are read byte by byte.
//
// Nearly every request is answered without going back, and by the first node that the walk arrives
// at. So a lookup first goes down without a stack and notes only whether it left a choice open;
// when it finds no route and did, the walk begins again with one.
//
// The router is immutable after the build: any number of threads look up at once.
#include "std/http/framework/route/router.h"

#include "rt/base/assert.h"
#include "std/http/framework/route/router_tree.h"

#include <stddef.h>
#include <string.h>

#define NO_NODE UINT32_MAX

// ---- one step -----------------------------------------------------------------------------------

/// The folds of long segments: one is read once, however many nodes it is looked up at.
typedef struct walk_folds {
    uint64_t known; ///< a bit per segment
    trt_router_words of[TRT_PATH_MAX_SEGMENTS];
} walk_folds;

/// One of several static children; NULL when it is not there. Shape: words: trt_router_take.
static const trt_router_node* probe(const trt_router* router, const trt_router_node* parent,
                                    uint32_t key, trt_router_words words, tmlrt_slice segment) {
    const trt_router_slot* slot;
    for (uint32_t at = key; (slot = &router->slots[at & router->slot_mask])->node != 0; at++) {
        const trt_router_node* node = &router->nodes[slot->node];
        if (slot->key == key && node->parent == (uint32_t)parent->seed &&
            trt_router_node_is(node, words, segment)) {
            return node;
        }
    }
    return NULL;
}

/// A static child for a segment of more than 16 bytes. Shape: folds: may be NULL.
static __attribute__((noinline)) const trt_router_node*
long_child(const trt_router* router, const trt_router_node* parent, const trt_path* path,
           size_t depth, walk_folds* folds) {
    trt_router_words words = {0, 0};
    tmlrt_slice segment = trt_path_segment(path, (uint32_t)depth);
    if (parent->only != TRT_NODE_MANY) {
        const trt_router_node* only = &router->nodes[parent->only];
        return trt_router_node_is(only, words, segment) ? only : NULL;
    }
    if (folds != NULL && (folds->known >> depth & 1) != 0) {
        words = folds->of[depth];
    } else {
        words = trt_router_fold(segment);
        if (folds != NULL) {
            folds->known |= 1ull << depth;
            folds->of[depth] = words;
        }
    }
    uint32_t key = trt_router_key(parent->seed, words);
    return probe(router, parent, key, words, segment);
}

/// One of several static children whose first slot is another's; len: at most 16.
static __attribute__((noinline)) const trt_router_node* crowded_child(const trt_router* router,
                                                                      const trt_router_node* parent,
                                                                      const char* data,
                                                                      size_t len) {
    trt_router_words words = trt_router_read(data, len);
    uint32_t key = trt_router_key(parent->seed, words);
    return probe(router, parent, key, words, (tmlrt_slice){data, len});
}

/// The static child of a node that has any, for the segments from `depth` on; NULL when it has none
/// for them. A text of several segments is of 16 bytes at most.
static inline __attribute__((always_inline)) const trt_router_node*
static_child(const trt_router* router, const trt_router_node* node, const trt_path* path,
             size_t depth, walk_folds* folds) {
    uint32_t child = node->only;
    size_t start = path->at[depth], len;
    const char* data = path->bytes + start;
    if (child != TRT_NODE_MANY) {
        const trt_router_node* only = &router->nodes[child];
        size_t to = depth + node->only_span;
        if (to > path->num_segments || (len = path->at[to] - start - 1) != only->text_len) {
            return NULL;
        }
        if (TRT_UNLIKELY(len > TRT_NODE_TEXT)) {
            return long_child(router, node, path, depth, folds);
        }
        return trt_router_node_has(only, trt_router_read(data, len), len) ? only : NULL;
    }
    len = path->at[depth + 1] - start - 1;
    if (TRT_UNLIKELY(len > TRT_NODE_TEXT)) {
        return long_child(router, node, path, depth, folds);
    }
    trt_router_words words = trt_router_read(data, len);
    uint32_t key = trt_router_key(node->seed, words);
    const trt_router_slot* slot = &router->slots[key & router->slot_mask];
    if (TRT_LIKELY(slot->key == key)) {
        const trt_router_node* is = &router->nodes[slot->node]; // of a free slot the root
        if (TRT_LIKELY(is->parent == (uint32_t)node->seed && trt_router_node_has(is, words, len))) {
            return is;
        }
    }
    return slot->node == 0 ? NULL : crowded_child(router, node, data, len);
}

/// The route of a node for exactly `method` (OTHER: for ALL), which it has.
static inline uint32_t route_of(const trt_router* router, const trt_router_node* node,
                                uint8_t method) {
    trt_router_link link = node->lists[trt_router_list(method)];
    while (trt_link_method(link) != method) {
        link = router->entries[trt_link_route(link)].next;
    }
    return trt_link_route(link);
}

/// The route of a node that answers the method, or TRT_ROUTE_NONE.
static inline uint32_t route_for(const trt_router* router, const trt_router_node* node,
                                 uint8_t method) {
    uint32_t methods = node->methods;
    if (TRT_LIKELY((methods & TRT_METHOD_BIT(method)) != 0)) {
        return route_of(router, node, method);
    }
    if (method == TRT_METHOD_HEAD && (methods & TRT_METHOD_BIT(TRT_METHOD_GET)) != 0) {
        return route_of(router, node, TRT_METHOD_GET);
    }
    return (methods & TRT_METHOD_BIT_ALL) != 0 ? route_of(router, node, TRT_METHOD_OTHER)
                                               : TRT_ROUTE_NONE;
}

static inline void fill_match(const trt_router* router, trt_route_match* out, uint32_t route,
                              uint32_t num_params, bool has_wildcard) {
    out->route = route;
    out->allow = 0;
    out->names = router->params + router->entries[route].first_param;
    out->num_params = num_params;
    out->has_wildcard = has_wildcard;
}

// ---- the walk with a stack ----------------------------------------------------------------------

/// A choice left open on the way down: at this depth the node has other children to try.
typedef struct walk_choice {
    uint32_t node;
    uint8_t depth, num_params;
    bool wild_only; ///< the parameter was tried
} walk_choice;

typedef struct walk {
    const trt_router* router;
    const trt_path* path;
    uint8_t* params; ///< the match's
    uint32_t num_params, num_choices, allow;
    uint8_t method;
    walk_choice choices[2 * TRT_PATH_MAX_SEGMENTS];
    walk_folds folds;
} walk;

static inline void leave_open(walk* w, uint32_t node, uint32_t depth, bool wild_only) {
    w->choices[w->num_choices++] =
        (walk_choice){node, (uint8_t)depth, (uint8_t)w->num_params, wild_only};
}

/// Follows the most specific children down to the last segment and returns the node there; NO_NODE
/// when a node on the way has no child for its segment. A less specific child is left open for the
/// way back.
static uint32_t descend(walk* w, uint32_t index, uint32_t depth) {
    const trt_router_node *nodes = w->router->nodes, *node = &nodes[index], *child;
    while (depth < w->path->num_segments) {
        child = node->only != 0 ? static_child(w->router, node, w->path, depth, &w->folds) : NULL;
        index = (uint32_t)(node - nodes);
        if (child != NULL) {
            if ((node->param | node->wild) != 0) {
                leave_open(w, index, depth, false);
            }
            depth += node->only_span;
            node = child;
            continue;
        }
        if (node->wild != 0) {
            leave_open(w, index, depth, true);
        }
        if (node->param == 0) {
            return NO_NODE;
        }
        w->params[w->num_params++] = (uint8_t)depth++;
        node = &nodes[node->param];
    }
    return (uint32_t)(node - nodes);
}

/// Goes back to the last open choice. Returns the node to go on from, at *depth; NO_NODE when there
/// is no choice left or a wildcard's route was found.
static uint32_t go_back(walk* w, uint32_t* depth, uint32_t* route) {
    while (w->num_choices != 0) {
        walk_choice choice = w->choices[--w->num_choices];
        const trt_router_node* at = &w->router->nodes[choice.node];
        bool to_param = !choice.wild_only && at->param != 0;
        w->num_params = choice.num_params;
        if (to_param && at->wild != 0) {
            leave_open(w, choice.node, choice.depth, true);
        }
        w->params[w->num_params++] = choice.depth;
        if (to_param) {
            *depth = choice.depth + 1u;
            return at->param;
        }
        *route = route_for(w->router, &w->router->nodes[at->wild], w->method);
        w->allow |= w->router->nodes[at->wild].methods;
        if (*route != TRT_ROUTE_NONE) {
            break;
        }
    }
    return NO_NODE;
}

/// trt_router_find for paths that have more than one way down.
static __attribute__((noinline)) void find_with_stack(const trt_router* router,
                                                      trt_route_match* out, const trt_path* path,
                                                      uint8_t method) {
    walk w;
    uint32_t route = TRT_ROUTE_NONE, node = 0, depth = 0;
    bool has_wildcard = false;
    memset(&w, 0, offsetof(walk, choices));
    w.router = router;
    w.path = path;
    w.params = out->at;
    w.method = method;
    w.folds.known = 0;
    while (node != NO_NODE) {
        node = descend(&w, node, depth);
        if (node != NO_NODE) {
            route = route_for(router, &router->nodes[node], method);
            w.allow |= router->nodes[node].methods;
            if (route != TRT_ROUTE_NONE) {
                break;
            }
        }
        node = go_back(&w, &depth, &route);
        has_wildcard = route != TRT_ROUTE_NONE;
    }
    if (route != TRT_ROUTE_NONE) {
        fill_match(router, out, route, w.num_params, has_wildcard);
    } else {
        *out = (trt_route_match){.route = TRT_ROUTE_NONE, .allow = w.allow};
    }
}

// ---- the walk without one -----------------------------------------------------------------------

void trt_router_find(const trt_router* router, trt_route_match* out, const trt_path* path,
                     uint8_t method) {
    static const trt_router_node none;
    const trt_router_node *node = router->nodes, *child;
    size_t depth = 0;
    uint32_t open = 0, num_params = 0, route;
    bool has_wildcard = false;
    if (TRT_UNLIKELY(node == NULL)) {
        *out = (trt_route_match){.route = TRT_ROUTE_NONE};
        return;
    }
    while (depth < path->num_segments) {
        child = node->only != 0 ? static_child(router, node, path, depth, NULL) : NULL;
        if (child != NULL) {
            open |= node->param | node->wild;
            depth += node->only_span;
            node = child;
            continue;
        }
        out->at[num_params++] = (uint8_t)depth++;
        if (node->param != 0) {
            open |= node->wild;
            node = &router->nodes[node->param];
            continue;
        }
        has_wildcard = true;
        node = node->wild != 0 ? &router->nodes[node->wild] : &none;
        break;
    }
    route = route_for(router, node, method);
    if (TRT_LIKELY(route != TRT_ROUTE_NONE)) {
        fill_match(router, out, route, num_params, has_wildcard);
    } else if (open != 0) {
        find_with_stack(router, out, path, method);
    } else {
        *out = (trt_route_match){.route = TRT_ROUTE_NONE, .allow = node->methods};
    }
}

const tmlrt_slice* trt_router_params(const trt_router* router, uint32_t index, uint32_t* out_num) {
    *out_num = router->entries[index].num_params;
    return router->params + router->entries[index].first_param;
}
