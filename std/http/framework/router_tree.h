// SPDX-License-Identifier: Apache-2.0
// The router's block: what router_build.c writes and router.c reads. Private to those two.
#ifndef TRT_HTTP_FRAMEWORK_ROUTER_TREE_H
#define TRT_HTTP_FRAMEWORK_ROUTER_TREE_H

#include "std/http/framework/router.h"

#include <string.h>

/// A node with static children; the table is not asked for others.
#define TRT_NODE_HAS_STATIC (1u << 31)

/// One distinct pattern prefix. Node 0 is the root, so 0 also says "none" for a child.
typedef struct trt_router_node {
    const char* text; ///< the last segment, not NUL-terminated
    uint32_t text_len, parent;
    uint32_t param, wild; ///< children
    uint32_t first_entry; ///< TRT_ROUTE_NONE: no route ends here
    uint32_t methods;     ///< TRT_METHOD_BIT of the entries, and TRT_NODE_HAS_STATIC
} trt_router_node;

typedef struct trt_router_slot {
    uint32_t key;  ///< trt_router_key of the child
    uint32_t node; ///< 0: free
} trt_router_slot;

/// One route, at its index.
typedef struct trt_router_entry {
    uint32_t next, first_param;
    uint8_t method; ///< enum trt_method; OTHER is ALL
    uint8_t num_params;
    bool has_wildcard;
    uint8_t at[TRT_PATH_MAX_PARAMS];
} trt_router_entry;

/// trt_router_hash mixes a segment, eight bytes at a time.
static inline uint32_t trt_router_hash(const char* data, uint64_t len) {
    uint64_t hash = len * 0x9E3779B97F4A7C15u, word;
    while (len >= 8) {
        memcpy(&word, data, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
        data += 8;
        len -= 8;
    }
    word = 0;
    if (len >= 4) { // two overlapping reads cover 4..7 bytes
        uint32_t low, high;
        memcpy(&low, data, 4);
        memcpy(&high, data + len - 4, 4);
        word = (uint64_t)high << 32 | low;
    } else if (len > 0) {
        word = (uint64_t)(unsigned char)data[0] << 16 |
               (uint64_t)(unsigned char)data[len >> 1] << 8 | (unsigned char)data[len - 1];
    }
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    return (uint32_t)(hash ^ hash >> 32);
}

/// trt_router_key places a child in the table.
static inline uint32_t trt_router_key(uint32_t parent, uint32_t hash) {
    uint32_t key = (hash ^ parent * 0x9E3779B1u) * 0x85EBCA6Bu;
    return key ^ key >> 15;
}

/// What trt_pattern_bytes says of a byte of a pattern; a name byte is 0.
enum {
    TRT_PATTERN_MARK = 1,  ///< `-` and `.`: not in names
    TRT_PATTERN_OTHER = 2, ///< neither in names nor `-` or `.`
    TRT_PATTERN_END = 4,   ///< `/` and NUL
};

/// trt_pattern_bytes has the TRT_PATTERN_* of every byte.
extern const uint8_t trt_pattern_bytes[256];

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
