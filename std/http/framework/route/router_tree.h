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
/// Segments up to this length lie in their node, as two words; longer ones begin there.
#define TRT_NODE_TEXT 16
/// Lists of routes per node; the methods that are used most lie in four of their own.
#define TRT_NODE_LISTS 4

/// Two words of text, zero behind its end.
typedef struct trt_router_words {
    uint64_t lo, hi;
} trt_router_words;

/// A route's index and its method (enum trt_method; OTHER is ALL).
typedef uint32_t trt_router_link;
#define TRT_LINK_NONE         UINT32_MAX
#define TRT_LINK_MAX          (UINT32_MAX >> 4)
#define TRT_LINK(route, meth) ((route) << 4 | (meth))

static inline uint8_t trt_link_method(trt_router_link link) {
    return link & 15;
}
static inline uint32_t trt_link_route(trt_router_link link) {
    return link >> 4;
}

/// One distinct pattern prefix, one cache line. Node 0 is the root, so 0 also says "none" for a
/// child.
typedef struct trt_router_node {
    union { ///< the last segment, decoded
        trt_router_words text;
        const char* far; ///< a longer one
    };
    uint64_t seed;        ///< trt_router_seed of this node: places its children in the table
    uint32_t parent;      ///< the parent's seed, shortened: no two have the same
    uint32_t only;        ///< its static child if there is just one; it is not in the table
    uint32_t param, wild; ///< children
    trt_router_link lists[TRT_NODE_LISTS]; ///< by trt_router_list: the first route, TRT_LINK_NONE
    uint16_t methods;                      ///< TRT_METHOD_BIT of the routes
    uint16_t text_len;
    uint16_t span;      ///< segments of the text: 1, more where join_nodes left some out
    uint16_t only_span; ///< of the only child; 1 when there are several
} trt_router_node;

_Static_assert(sizeof(trt_router_node) == 64, "a node is a cache line");

/// trt_router_seed is different in its lower half for every node.
static inline uint64_t trt_router_seed(uint32_t index) {
    return ((uint64_t)index + 1) * 0x9E3779B97F4A7C15u;
}

static inline uint32_t trt_router_list(uint8_t method) {
    return method % TRT_NODE_LISTS;
}

/// trt_router_read takes the words of text behind whose start 16 bytes can be read; len <= 16.
static inline trt_router_words trt_router_read(const char* data, size_t len) {
    static const char masks[2 * TRT_NODE_TEXT] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                  -1, -1, -1, -1, -1, -1, -1, -1};
    const char* mask = masks + TRT_NODE_TEXT - len;
    return (trt_router_words){trt_bytes_load8(data) & trt_bytes_load8(mask),
                              trt_bytes_load8(data + 8) & trt_bytes_load8(mask + 8)};
}

/// trt_router_node_has tells whether a node's text is `len` bytes, at most 16, with these words.
static inline bool trt_router_node_has(const trt_router_node* node, trt_router_words words,
                                       size_t len) {
    return ((node->text.lo ^ words.lo) | (node->text.hi ^ words.hi) | (node->text_len ^ len)) == 0;
}

typedef struct trt_router_slot {
    uint32_t key;  ///< trt_router_key of the child
    uint32_t node; ///< 0: free
} trt_router_slot;

/// One route, at its index.
typedef struct trt_router_entry {
    trt_router_link next; ///< in the list of its node
    uint32_t first_param;
    uint8_t num_params;
    bool has_wildcard;
} trt_router_entry;

/// A decoded segment that nodes point to.
typedef struct trt_router_text {
    struct trt_router_text* next;
    size_t size; ///< of this block
    char data[];
} trt_router_text;

/// trt_router_fold makes two words of more than 16 bytes, from all of them.
static inline trt_router_words trt_router_fold(tmlrt_slice text) {
    trt_router_words words = {text.len, 0};
    const char *at = text.data, *last = text.data + text.len - 16;
    for (; at < last; at += 16) {
        words.lo = trt_bytes_mix(trt_bytes_load8(at) ^ words.lo ^ 0xA0761D6478BD642Fu,
                                 trt_bytes_load8(at + 8) ^ 0xE7037ED1A0B428DBu);
    }
    words.lo ^= trt_bytes_load8(last);
    words.hi = trt_bytes_load8(last + 8);
    return words;
}

/// trt_router_take makes the words of any text: the text itself, or the fold of a longer one.
static inline trt_router_words trt_router_take(tmlrt_slice text) {
    if (text.len > TRT_NODE_TEXT) {
        return trt_router_fold(text);
    }
    char bytes[TRT_NODE_TEXT] = {0};
    trt_bytes_copy(bytes, text.data, (size_t)text.len);
    return (trt_router_words){trt_bytes_load8(bytes), trt_bytes_load8(bytes + 8)};
}

/// trt_router_node_is tells whether a node's text is this one; words: of it.
static inline bool trt_router_node_is(const trt_router_node* node, trt_router_words words,
                                      tmlrt_slice text) {
    return text.len <= TRT_NODE_TEXT
               ? trt_router_node_has(node, words, (size_t)text.len)
               : node->text_len == text.len && memcmp(node->far, text.data, (size_t)text.len) == 0;
}

/// trt_router_key places a child in the table.   Shape: seed: the parent's. words: trt_router_take.
static inline uint32_t trt_router_key(uint64_t seed, trt_router_words words) {
    return (uint32_t)(trt_bytes_mix(words.lo, words.hi ^ seed) >> 32);
}

/// trt_router_place puts a child into a table that has room for it.
static inline void trt_router_place(trt_router_slot* slots, uint32_t mask, trt_router_slot slot) {
    uint32_t i = slot.key & mask;
    while (slots[i].node != 0) {
        i = (i + 1) & mask;
    }
    slots[i] = slot;
}

/// trt_router_most_static returns how many children the table takes before it grows: a quarter, so
/// that nearly all are found at their first slot, and a miss ends at once.
static inline uint32_t trt_router_most_static(uint32_t slot_mask) {
    return slot_mask / 4;
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
