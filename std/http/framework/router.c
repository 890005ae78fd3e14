// SPDX-License-Identifier: Apache-2.0
// Lookup of the router, and the two small printers over patterns. router_build.c makes the block.
//
// The tree has one node per distinct pattern prefix. Static children are found in one hash table
// keyed by (parent node, segment); a node's `:name` child and `*` child are two indices in it. A
// lookup is a depth-first walk that tries static, parameter, wildcard at every node. Depth is the
// number of segments (64 at most) and every node is entered at most once, since a node determines
// its own depth and path: so backtracking is bounded by the number of nodes.
//
// The router is immutable after the build: any number of threads look up at once.
#include "std/http/framework/router.h"

#include "std/http/framework/router_tree.h"

#include <string.h>

/// One open decision of the walk: the node at this depth and what to try next.
typedef struct walk_level {
    uint32_t node;
    uint8_t next; ///< 0 static, 1 parameter, 2 wildcard, 3 exhausted
} walk_level;

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
                memcmp(node->text, segment.data, segment.len) == 0) {
                return slot->node;
            }
        }
    }
}

/// The entry of a node that answers `method`, or TRT_ROUTE_NONE; collects what it allows.
static uint32_t entry_for(const trt_router* router, uint32_t index, uint8_t method,
                          uint32_t* allow) {
    const trt_router_node* node = &router->nodes[index];
    uint32_t wanted = TRT_METHOD_BIT(method) | TRT_METHOD_BIT_ALL;
    *allow |= node->methods;
    if (method == TRT_METHOD_HEAD) {
        wanted |= TRT_METHOD_BIT(TRT_METHOD_GET);
    }
    if ((node->methods & wanted) == 0) {
        return TRT_ROUTE_NONE;
    }
    uint32_t by_get = TRT_ROUTE_NONE, by_all = TRT_ROUTE_NONE;
    for (uint32_t i = node->first_entry; i != TRT_ROUTE_NONE; i = router->entries[i].next) {
        uint8_t entry_method = router->entries[i].method;
        if (entry_method == TRT_METHOD_OTHER) {
            by_all = i;
        } else if (entry_method == method) {
            return i;
        } else if (entry_method == TRT_METHOD_GET && method == TRT_METHOD_HEAD) {
            by_get = i;
        }
    }
    return by_get != TRT_ROUTE_NONE ? by_get : by_all;
}

static void fill_match(const trt_router* router, trt_route_match* out, uint32_t index) {
    const trt_router_entry* entry = &router->entries[index];
    out->route = index;
    out->names = router->params + entry->first_param;
    out->num_params = entry->num_params;
    out->has_wildcard = entry->has_wildcard;
    memcpy(out->at, entry->at, sizeof out->at);
}

void trt_router_find(const trt_router* router, trt_route_match* out, const trt_path* path,
                     uint8_t method) {
    walk_level levels[TRT_PATH_MAX_SEGMENTS + 1];
    uint32_t hashes[TRT_PATH_MAX_SEGMENTS], num_hashed = 0, depth = 0, allow = 0;
    *out = (trt_route_match){.route = TRT_ROUTE_NONE};
    if (router->num_nodes == 0) {
        return;
    }
    levels[0] = (walk_level){0, 0};
    for (;;) {
        walk_level* level = &levels[depth];
        uint32_t child = 0;
        if (depth == path->num_segments) {
            uint32_t entry = entry_for(router, level->node, method, &allow);
            if (entry != TRT_ROUTE_NONE) {
                fill_match(router, out, entry);
                return;
            }
            level->next = 3;
        } else if (level->next == 0) {
            if (num_hashed == depth) {
                tmlrt_slice segment = path->segments[depth];
                hashes[num_hashed++] = trt_router_hash(segment.data, segment.len);
            }
            level->next = 1;
            child = find_static(router, level->node, path->segments[depth], hashes[depth]);
        } else if (level->next == 1) {
            level->next = 2;
            child = router->nodes[level->node].param;
        } else if (level->next == 2) {
            level->next = 3;
            uint32_t wild = router->nodes[level->node].wild;
            uint32_t entry = wild == 0 ? TRT_ROUTE_NONE : entry_for(router, wild, method, &allow);
            if (entry != TRT_ROUTE_NONE) {
                fill_match(router, out, entry);
                return;
            }
        }
        if (child != 0) {
            levels[++depth] = (walk_level){child, 0};
        } else if (level->next == 3) {
            if (depth == 0) {
                out->allow = allow;
                return;
            }
            depth--;
        }
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
        for (size_t i = 0; i < segment.len; i++, len++) {
            if (len < cap) {
                out[len] = segment.data[i];
            }
        }
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
