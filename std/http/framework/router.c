// SPDX-License-Identifier: Apache-2.0
// Lookup of the router, and the two small printers over patterns. router_build.c makes the block.
//
// The tree has one node per distinct pattern prefix. Static children are found in one hash table
// keyed by (parent node, segment); a node's `:name` child and `*` child are two indices in it. A
// lookup is a depth-first walk that tries static, parameter, wildcard at every node; choices left
// open are kept on a stack. Depth is the number of segments (64 at most) and every node is entered
// at most once, since a node determines its own depth and path: so backtracking is bounded by the
// number of nodes.
//
// The router is immutable after the build: any number of threads look up at once.
#include "std/http/framework/router.h"

#include "rt/base/bytes.h"
#include "std/http/framework/router_tree.h"

#include <string.h>

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
            if (node->parent == parent && node->text_len == segment.len &&
                trt_bytes_equal(node->text, segment.data, (size_t)segment.len)) {
                return slot->node;
            }
        }
    }
}

/// The entry of a node for exactly `method` (OTHER: for ALL), or TRT_ROUTE_NONE.
static uint32_t entry_of(const trt_router* router, const trt_router_node* node, uint8_t method) {
    uint32_t i = node->first_entry;
    while (i != TRT_ROUTE_NONE && router->entries[i].method != method) {
        i = router->entries[i].next;
    }
    return i;
}

/// The entry of a node that answers `method`, or TRT_ROUTE_NONE; collects what it allows.
static uint32_t entry_for(const trt_router* router, uint32_t index, uint8_t method,
                          uint32_t* allow) {
    const trt_router_node* node = &router->nodes[index];
    uint32_t entry = entry_of(router, node, method);
    *allow |= node->methods & ~TRT_NODE_HAS_STATIC;
    if (entry == TRT_ROUTE_NONE && method == TRT_METHOD_HEAD) {
        entry = entry_of(router, node, TRT_METHOD_GET);
    }
    return entry != TRT_ROUTE_NONE ? entry : entry_of(router, node, TRT_METHOD_OTHER);
}

static void fill_match(const trt_router* router, trt_route_match* out, uint32_t index) {
    const trt_router_entry* entry = &router->entries[index];
    out->route = index;
    out->names = router->params + entry->first_param;
    out->num_params = entry->num_params;
    out->has_wildcard = entry->has_wildcard;
    memcpy(out->at, entry->at, sizeof out->at);
}

static void leave_open(walk* w, uint32_t node, uint32_t depth, bool wild_only) {
    w->choices[w->num_choices++] = (walk_choice){node, (uint8_t)depth, wild_only};
}

static uint32_t static_child(walk* w, uint32_t node, uint32_t depth) {
    tmlrt_slice segment = w->path->segments[depth];
    if ((w->hashed >> depth & 1) == 0) {
        w->hashed |= 1ull << depth;
        w->hashes[depth] = trt_router_hash(segment.data, segment.len);
    }
    return find_static(w->router, node, segment, w->hashes[depth]);
}

/// Follows the most specific children down to the last segment and returns the node there; 0 when a
/// node on the way has no child for its segment. A `*` child is left open for the way back.
static uint32_t descend(walk* w, uint32_t node, uint32_t depth) {
    for (; depth < w->path->num_segments; depth++) {
        const trt_router_node* at = &w->router->nodes[node];
        uint32_t child = 0;
        if ((at->methods & TRT_NODE_HAS_STATIC) != 0) {
            child = static_child(w, node, depth);
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
        }
        if (child == 0) {
            return 0;
        }
        node = child;
    }
    return node;
}

/// Takes the next open choice; false when there is none. *node is where to go on (0: nowhere yet).
static bool next_choice(walk* w, uint32_t* node, uint32_t* entry) {
    if (w->num_choices == 0) {
        return false;
    }
    walk_choice choice = w->choices[--w->num_choices];
    const trt_router_node* at = &w->router->nodes[choice.node];
    *node = 0;
    if (!choice.wild_only && at->param != 0) {
        if (at->wild != 0) {
            leave_open(w, choice.node, choice.depth, true);
        }
        *node = descend(w, at->param, choice.depth + 1u);
    } else if (at->wild != 0) {
        *entry = entry_for(w->router, at->wild, w->method, &w->allow);
    }
    return true;
}

void trt_router_find(const trt_router* router, trt_route_match* out, const trt_path* path,
                     uint8_t method) {
    walk w;
    uint32_t entry = TRT_ROUTE_NONE;
    *out = (trt_route_match){.route = TRT_ROUTE_NONE};
    if (router->num_nodes == 0) {
        return;
    }
    w.router = router;
    w.path = path;
    w.hashed = 0;
    w.num_choices = w.allow = 0;
    w.method = method;
    uint32_t node = descend(&w, 0, 0);
    do {
        if (node != 0 || path->num_segments == 0) {
            entry = entry_for(router, node, method, &w.allow);
        }
    } while (entry == TRT_ROUTE_NONE && next_choice(&w, &node, &entry));
    if (entry != TRT_ROUTE_NONE) {
        fill_match(router, out, entry);
    } else {
        out->allow = w.allow;
    }
}

const tmlrt_slice* trt_router_params(const trt_router* router, uint32_t index, uint32_t* out_num) {
    *out_num = router->entries[index].num_params;
    return router->params + router->entries[index].first_param;
}

size_t trt_router_pattern(char* out, size_t cap, const trt_route_spec* spec) {
    trt_pattern_reader reader;
    tmlrt_slice segment;
    size_t len = 0;
    trt_pattern_reader_init(&reader, spec);
    while (trt_pattern_next(&reader, &segment)) {
        if (len < cap) {
            out[len] = '/';
        }
        len++;
        if (len < cap) {
            size_t room = cap - len;
            memcpy(out + len, segment.data, segment.len < room ? (size_t)segment.len : room);
        }
        len += (size_t)segment.len;
    }
    if (len == 0) {
        if (cap > 0) {
            out[0] = '/';
        }
        len = 1;
    }
    if (cap > 0) {
        out[len < cap ? len : cap - 1] = '\0';
    }
    return len;
}
