// SPDX-License-Identifier: Apache-2.0
// The router's tree: what router_build.c writes into the memory of router_block.c and router.c
// reads; and the segments of patterns (router_pattern.c). Private to those four.
#ifndef TRT_HTTP_FRAMEWORK_ROUTE_ROUTER_TREE_H
#define TRT_HTTP_FRAMEWORK_ROUTE_ROUTER_TREE_H

#include "rt/base/bytes.h"
#include "std/http/framework/route/router.h"

#include <string.h>

/// In `only`: the node has several static children, which are in the table.
#define TRT_NODE_MANY UINT32_MAX
/// Segments up to this length lie in their node.
#define TRT_NODE_TEXT 40

/// One distinct pattern prefix, one cache line. Node 0 is the root, so 0 also says "none" for a
/// child.
typedef struct trt_router_node {
    uint32_t parent;
    uint32_t only;        ///< its static child if there is just one; it is not in the table
    uint32_t param, wild; ///< children
    uint32_t first_route; ///< TRT_ROUTE_NONE: no route ends here
    uint16_t methods;     ///< TRT_METHOD_BIT of the routes
    uint16_t text_len;    ///< of the last segment, decoded; not NUL-terminated
    union {
        char text[TRT_NODE_TEXT];
        const char* far; ///< of a longer one
    };
} trt_router_node;

_Static_assert(sizeof(trt_router_node) == 64, "a node is a cache line");

/// trt_router_node_is tells whether a node's last segment is `text`.
static inline bool trt_router_node_is(const trt_router_node* node, tmlrt_slice text) {
    const char* own = node->text_len <= TRT_NODE_TEXT ? node->text : node->far;
    return node->text_len == text.len && trt_bytes_equal(own, text.data, (size_t)text.len);
}

typedef struct trt_router_slot {
    uint32_t key;  ///< trt_router_key of the child
    uint32_t node; ///< 0: free
} trt_router_slot;

/// One route, at its index.
typedef struct trt_router_entry {
    uint32_t first_param;
    uint8_t num_params;
    bool has_wildcard;
    uint8_t at[TRT_PATH_MAX_PARAMS];
    uint8_t unused[10]; ///< so that no entry lies in two cache lines
} trt_router_entry;

_Static_assert(sizeof(trt_router_entry) == 32, "two entries are a cache line");

/// A route's method (enum trt_method; OTHER is ALL) and the next route of its node, in one word:
/// the list is gone through without its entries.
typedef uint32_t trt_router_link;
#define TRT_LINK_LAST        (UINT32_MAX >> 4)
#define TRT_LINK(next, meth) ((next) << 4 | (meth))

static inline uint8_t trt_link_method(trt_router_link link) {
    return link & 15;
}
static inline uint32_t trt_link_next(trt_router_link link) {
    return link >> 4;
}

/// A decoded segment that nodes point to.
typedef struct trt_router_text {
    struct trt_router_text* next;
    size_t size; ///< of this block
    char data[];
} trt_router_text;

static inline uint64_t trt_router_mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    return hash ^ hash >> 32;
}

/// trt_router_hash mixes a segment, eight bytes at a time; the last two reads may overlap.
static inline uint32_t trt_router_hash(const char* data, uint64_t len) {
    uint64_t hash = len * 0x9E3779B97F4A7C15u, word = 0;
    if (len >= 8) {
        const char* last = data + len - 8;
        for (; data < last; data += 8) {
            hash = trt_router_mix(hash, trt_bytes_load8(data));
        }
        word = trt_bytes_load8(last);
    } else if (len >= 4) {
        word = (uint64_t)trt_bytes_load4(data + len - 4) << 32 | trt_bytes_load4(data);
    } else if (len > 0) {
        word = (uint64_t)(unsigned char)data[0] << 16 |
               (uint64_t)(unsigned char)data[len >> 1] << 8 | (unsigned char)data[len - 1];
    }
    return (uint32_t)trt_router_mix(hash, word);
}

/// trt_router_key places a child in the table.
static inline uint32_t trt_router_key(uint32_t parent, uint32_t hash) {
    uint32_t key = (hash ^ parent * 0x9E3779B1u) * 0x85EBCA6Bu;
    return key ^ key >> 15;
}

/// trt_router_place puts a child into a table that has room for it.
static inline void trt_router_place(trt_router_slot* slots, uint32_t mask, trt_router_slot slot) {
    uint32_t i = slot.key & mask;
    while (slots[i].node != 0) {
        i = (i + 1) & mask;
    }
    slots[i] = slot;
}

/// trt_router_most_static returns how many children the table takes before it grows: two thirds.
static inline uint32_t trt_router_most_static(uint32_t slot_mask) {
    return slot_mask / 3 * 2;
}

/// trt_router_allocate makes the blocks for `num` routes, with the root.
/// Errors:  NOMEM, OVERFLOW - fini.
TMLRT_NODISCARD tmlrt_status trt_router_allocate(trt_router* router, uint32_t num);
/// trt_router_grow_nodes doubles the nodes.   Errors: NOMEM, OVERFLOW - as it was.
TMLRT_NODISCARD tmlrt_status trt_router_grow_nodes(trt_router* router);
/// trt_router_grow_params doubles the parameters.   Errors: NOMEM, OVERFLOW - as it was.
TMLRT_NODISCARD tmlrt_status trt_router_grow_params(trt_router* router);
/// trt_router_grow_slots doubles the table.   Errors: NOMEM, OVERFLOW - as it was.
TMLRT_NODISCARD tmlrt_status trt_router_grow_slots(trt_router* router);
/// trt_router_keep_text copies a segment for as long as the router lives.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_router_keep_text(trt_router* router, tmlrt_slice* text);

/// trt_router_reserve_node makes room for one more node.   Errors: NOMEM, OVERFLOW - as it was.
TMLRT_NODISCARD static inline tmlrt_status trt_router_reserve_node(trt_router* router) {
    return router->num_nodes != router->cap_nodes ? TMLRT_OK : trt_router_grow_nodes(router);
}
/// trt_router_reserve_params makes room for a route's parameters.   Errors: as reserve_node.
TMLRT_NODISCARD static inline tmlrt_status trt_router_reserve_params(trt_router* router) {
    bool room = router->cap_params - router->num_params >= TRT_PATH_MAX_PARAMS;
    return room ? TMLRT_OK : trt_router_grow_params(router);
}

/// What trt_pattern_bytes says of a byte of a pattern; a name byte is 0.
enum {
    TRT_PATTERN_MARK = 1,    ///< `-` and `.`: not in names
    TRT_PATTERN_OTHER = 2,   ///< neither in names nor `-` or `.`
    TRT_PATTERN_END = 4,     ///< `/` and NUL
    TRT_PATTERN_PERCENT = 8, ///< `%`, which is OTHER as well
};

/// trt_pattern_bytes has the TRT_PATTERN_* of every byte.
extern const uint8_t trt_pattern_bytes[256];

/// trt_pattern_decode checks and decodes a static segment that has a `%`, into `out` (room for
/// TRT_PATH_MAX_BYTES). Returns what is wrong, or NULL and the decoded *text.
const char* trt_pattern_decode(char* out, tmlrt_slice* text);
/// trt_pattern_check_unusual says why a static segment with bytes outside of names, `-` and `.`, or
/// with a `.` at its start, can never match, or NULL.
/// Shape:   text: decoded when it had a `%`. bytes: see trt_pattern_reader.
const char* trt_pattern_check_unusual(tmlrt_slice text, uint8_t bytes);
/// trt_pattern_check_static is the same for any static segment.
static inline const char* trt_pattern_check_static(tmlrt_slice text, uint8_t bytes) {
    bool usual = (bytes & TRT_PATTERN_OTHER) == 0 && text.data[0] != '.';
    return usual ? NULL : trt_pattern_check_unusual(text, bytes);
}

/// trt_pattern_reader walks the segments of a spec's prefix, then of its path.
typedef struct trt_pattern_reader {
    const char *at, *after;
    uint8_t bytes; ///< TRT_PATTERN_* of the last segment behind its `:` or `*`, together
} trt_pattern_reader;

static inline void trt_pattern_reader_init(trt_pattern_reader* reader, const trt_route_spec* spec) {
    reader->at = spec->prefix != NULL ? spec->prefix : "";
    reader->after = spec->path != NULL ? spec->path : "";
    if (reader->at[0] == '/') {
        reader->at++;
    }
    if (reader->after[0] == '/') {
        reader->after++;
    }
}

/// trt_pattern_next gives the next segment; an empty one is a `//` of the pattern (an error there).
static inline bool trt_pattern_next(trt_pattern_reader* reader, tmlrt_slice* out) {
    while (reader->at[0] == '\0') { // a trailing slash ends here too
        if (reader->after == NULL) {
            return false;
        }
        reader->at = reader->after;
        reader->after = NULL;
    }
    const char *start = reader->at, *end = start;
    uint8_t bytes = 0, next;
    end += *end == ':' || *end == '*';
    while ((next = trt_pattern_bytes[(unsigned char)*end]) != TRT_PATTERN_END) {
        bytes |= next;
        end++;
    }
    reader->bytes = bytes;
    *out = (tmlrt_slice){start, (uint64_t)(end - start)};
    reader->at = end + (*end == '/');
    return true;
}

#endif
