// SPDX-License-Identifier: Apache-2.0
// Lookup of the router. router_build.c makes the block.
//
// The tree has one node per distinct pattern prefix. A node's only static child, its `:name` child
// and its `*` child are three indices in it; several static children are found in one hash table
// keyed by (parent node, segment). A
// lookup is a depth-first walk that tries static, parameter, wildcard at every node; choices left
// open are kept on a stack. Depth is the number of segments (64 at most) and every node is entered
// at most once, since a node determines its own depth and path: so backtracking is bounded by the
// number of nodes.
//
// The router is immutable after the build: any number of threads look up at once.
#include "std/http/framework/route/router.h"

#include "std/http/framework/route/router_tree.h"

#include <string.h>

#define NO_NODE UINT32_MAX

/// A choice left open on the way down: at this depth the node has other children to try.
typedef struct walk_choice {
    uint32_t node;
    uint8_t depth;
    bool wild_only; ///< the parameter was tried
} walk_choice;

typedef struct walk {
    const trt_router* router;
    const trt_path* path;
    uint64_t hashed; ///< a bit per segment whose hash is known
    uint32_t hashes[TRT_PATH_MAX_SEGMENTS];
    uint32_t num_choices, allow;
    uint8_t method;
    walk_choice choices[2 * TRT_PATH_MAX_SEGMENTS];
} walk;

/// One of several static children.
static uint32_t find_static(const trt_router* router, uint32_t parent, tmlrt_slice segment,
                            uint32_t hash) {
    uint32_t key = trt_router_key(parent, hash);
    for (uint32_t i = key & router->slot_mask;; i = (i + 1) & router->slot_mask) {
        const trt_router_slot* slot = &router->slots[i];
        if (slot->node == 0) {
            return 0;
        }
        if (slot->key == key) {
            const trt_router_node* node = &router->nodes[slot->node];
            if (node->parent == parent && trt_router_node_is(node, segment)) {
                return slot->node;
            }
        }
    }
}

/// The entry of a node for exactly `method` (OTHER: for ALL), or TRT_ROUTE_NONE.
static inline uint32_t entry_of(const trt_router* router, const trt_router_node* node,
                                uint8_t method) {
    if ((node->methods & TRT_METHOD_BIT(method)) == 0) {
        return TRT_ROUTE_NONE;
    }
    uint32_t i = node->first_route;
    while (trt_link_method(router->links[i]) != method) {
        i = trt_link_next(router->links[i]);
    }
    return i;
}

/// The entry of a node that answers `method`, or TRT_ROUTE_NONE; collects what it allows.
static uint32_t entry_for(walk* w, const trt_router_node* node) {
    uint32_t entry = entry_of(w->router, node, w->method);
    w->allow |= node->methods;
    if (entry == TRT_ROUTE_NONE && w->method == TRT_METHOD_HEAD) {
        entry = entry_of(w->router, node, TRT_METHOD_GET);
    }
    return entry != TRT_ROUTE_NONE ? entry : entry_of(w->router, node, TRT_METHOD_OTHER);
}

static void fill_match(const trt_router* router, trt_route_match* out, uint32_t index) {
    const trt_router_entry* entry = &router->entries[index];
    out->route = index;
    out->allow = 0;
    out->names = router->params + entry->first_param;
    out->num_params = entry->num_params;
    out->has_wildcard = entry->has_wildcard;
    memcpy(out->at, entry->at, sizeof out->at);
}

static inline void leave_open(walk* w, uint32_t node, uint32_t depth, bool wild_only) {
    w->choices[w->num_choices++] = (walk_choice){node, (uint8_t)depth, wild_only};
}

static inline uint32_t static_child(walk* w, const trt_router_node* at, uint32_t node,
                                    tmlrt_slice segment, uint32_t depth) {
    if (at->only != TRT_NODE_MANY) {
        return trt_router_node_is(&w->router->nodes[at->only], segment) ? at->only : 0;
    }
    if ((w->hashed >> depth & 1) == 0) {
        w->hashed |= 1ull << depth;
        w->hashes[depth] = trt_router_hash(segment.data, segment.len);
    }
    return find_static(w->router, node, segment, w->hashes[depth]);
}

/// Follows the most specific children down to the last segment and returns the node there; NO_NODE
/// when a node on the way has no child for its segment. A less specific child is left open for the
/// way back.
static inline uint32_t descend(walk* w, uint32_t node, uint32_t depth) {
    const trt_router_node* nodes = w->router->nodes;
    const trt_path* path = w->path;
    for (uint32_t num = path->num_segments; depth < num; depth++) {
        const trt_router_node* at = &nodes[node];
        uint32_t child = 0;
        if (at->only != 0) {
            child = static_child(w, at, node, path->segments[depth], depth);
        }
        if (child != 0) {
            if ((at->param | at->wild) != 0) {
                leave_open(w, node, depth, false);
            }
        } else {
            if (at->wild != 0) {
                leave_open(w, node, depth, true);
            }
            child = at->param;
            if (child == 0) {
                return NO_NODE;
            }
        }
        node = child;
    }
    return node;
}

/// Goes back to the last open choice. Returns the node to go on from, at *depth; NO_NODE when there
/// is no choice left or a wildcard's entry was found.
static uint32_t go_back(walk* w, uint32_t* depth, uint32_t* entry) {
    while (w->num_choices != 0) {
        walk_choice choice = w->choices[--w->num_choices];
        const trt_router_node* at = &w->router->nodes[choice.node];
        if (!choice.wild_only && at->param != 0) {
            if (at->wild != 0) {
                leave_open(w, choice.node, choice.depth, true);
            }
            *depth = choice.depth + 1u;
            return at->param;
        }
        *entry = entry_for(w, &w->router->nodes[at->wild]);
        if (*entry != TRT_ROUTE_NONE) {
            break;
        }
    }
    return NO_NODE;
}

void trt_router_find(const trt_router* router, trt_route_match* out, const trt_path* path,
                     uint8_t method) {
    walk w;
    uint32_t entry = TRT_ROUTE_NONE, node = 0, depth = 0;
    w.router = router;
    w.path = path;
    w.hashed = 0;
    w.num_choices = w.allow = 0;
    w.method = method;
    while (node != NO_NODE && router->num_nodes != 0) {
        node = descend(&w, node, depth);
        if (node != NO_NODE) {
            entry = entry_for(&w, &router->nodes[node]);
            if (entry != TRT_ROUTE_NONE) {
                break;
            }
        }
        node = go_back(&w, &depth, &entry);
    }
    if (entry != TRT_ROUTE_NONE) {
        fill_match(router, out, entry);
    } else {
        *out = (trt_route_match){.route = TRT_ROUTE_NONE, .allow = w.allow};
    }
}

const tmlrt_slice* trt_router_params(const trt_router* router, uint32_t index, uint32_t* out_num) {
    *out_num = router->entries[index].num_params;
    return router->params + router->entries[index].first_param;
}
