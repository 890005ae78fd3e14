// SPDX-License-Identifier: Apache-2.0
// Building the router: one pass that counts, one allocation, one pass that inserts.
//
// Upper bounds come from counting segments and parameters, so nothing grows while inserting, and no
// segment text is copied: nodes point into the compiler's constants. Insertion order is the order
// of the specs (source order), but the result does not depend on it, except for which of two
// ambiguous routes is called "the other": the earlier one.
//
// Called once at start, on one thread.
#include "rt/base/alloc.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/router.h"
#include "std/http/framework/router_tree.h"

#include <string.h>

/// Where the segments of the last prefix led: the routes of a controller share it.
typedef struct prefix_memo {
    const char* prefix; ///< NULL: none
    uint32_t node, depth;
} prefix_memo;

typedef struct builder {
    trt_router* router;
    trt_router_report_fn report;
    void* context;
    prefix_memo memo;
    const char* method; ///< the last one parsed: the compiler keeps one copy of "GET"
    uint8_t method_value;
} builder;

typedef struct bounds {
    size_t nodes, params, slots;
} bounds;

/// How many segments begin in `text`, at most, and how many of them are parameters.
typedef struct segments {
    size_t num, params;
} segments;

/// 0x80 in every byte of `word` that is `byte`.
static uint64_t bytes_equal(uint64_t word, unsigned char byte) {
    const uint64_t low = 0x7F7F7F7F7F7F7F7Fu;
    uint64_t diff = word ^ byte * 0x0101010101010101u;
    return ~(((diff & low) + low) | diff | low);
}

/// How many bytes of `marks` are 0x80; the others are 0.
static size_t count_marks(uint64_t marks) {
    return (size_t)((marks >> 7) * 0x0101010101010101u >> 56);
}

static segments count_segments(const char* text) {
    segments s = {0, 0};
    size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0) {
        return s;
    }
    s.num = text[0] != '/';
    uint64_t first = 0x80; // the bytes that begin a segment: those behind a slash
    for (size_t at = 0; at < len; at += 8) {
        uint64_t word = 0;
        if (len - at >= 8) {
            memcpy(&word, text + at, 8);
        } else {
            memcpy(&word, text + at, len - at);
        }
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        uint64_t slashes = bytes_equal(word, '/');
        // `:` is 0x3A and `*` 0x2A: without the bit that differs they are one.
        uint64_t params = bytes_equal(word & ~0x1010101010101010u, '*');
        s.num += count_marks(slashes);
        s.params += count_marks(params & (slashes << 8 | first));
        first = slashes >> 56;
    }
    return s;
}

static bounds count_all(const trt_route_spec* specs, uint32_t num) {
    bounds b = {.nodes = 1};
    const char* last = NULL;
    segments prefix = {0, 0};
    size_t statics = 0;
    for (uint32_t i = 0; i < num; i++) {
        segments path = count_segments(specs[i].path);
        if (specs[i].prefix != last) { // a shared prefix makes its nodes once
            last = specs[i].prefix;
            prefix = count_segments(last);
            b.nodes += prefix.num;
            statics += prefix.num - prefix.params;
        }
        b.params += prefix.params + path.params;
        b.nodes += path.num;
        statics += path.num - path.params;
    }
    b.slots = 8;
    while (b.slots < statics + statics / 2) { // only static children are in the table
        b.slots *= 2;
    }
    return b;
}

static tmlrt_status allocate(trt_router* router, const bounds* b, uint32_t num) {
    size_t nodes = b->nodes * sizeof(trt_router_node), slots = b->slots * sizeof(trt_router_slot);
    size_t params = b->params * sizeof(tmlrt_slice), entries = num * sizeof(trt_router_entry);
    if (b->slots > UINT32_MAX / 2) {
        return TMLRT_E_OVERFLOW;
    }
    char* block = trt_alloc(nodes + slots + params + entries);
    if (block == NULL) {
        return TMLRT_E_NOMEM;
    }
    router->block_bytes = nodes + slots + params + entries;
    router->nodes = (trt_router_node*)(void*)block;
    router->params = (tmlrt_slice*)(void*)(block + nodes);
    router->slots = (trt_router_slot*)(void*)(block + nodes + params);
    router->entries = (trt_router_entry*)(void*)(block + nodes + params + slots);
    memset(router->slots, 0, slots);
    router->slot_mask = (uint32_t)b->slots - 1;
    router->num_entries = num;
    router->num_nodes = 1;
    router->nodes[0] = (trt_router_node){.text = "", .first_entry = TRT_ROUTE_NONE};
    return TMLRT_OK;
}

static uint32_t add_node(trt_router* router, uint32_t parent, tmlrt_slice text) {
    uint32_t index = router->num_nodes++;
    router->nodes[index] = (trt_router_node){
        .text = text.data,
        .text_len = (uint32_t)text.len,
        .parent = parent,
        .first_entry = TRT_ROUTE_NONE,
    };
    return index;
}

// Rows of 32, from NUL on; everything from 0x80 on is TRT_PATTERN_OTHER.
// clang-format off
const uint8_t trt_pattern_bytes[256] = {
    4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2,
    2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 0,
    2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
};
// clang-format on

/// Says why a static segment with other bytes than those of names, `-` and `.`, or of dots alone,
/// can never match, or NULL.
static const char* check_unusual(tmlrt_slice text) {
    bool high = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (trt_pattern_bytes[c] <= TRT_PATTERN_MARK) {
            continue;
        }
        if (c == ':' || c == '*') {
            return "`:` and `*` are allowed at the start of a segment only";
        }
        if (c <= ' ' || c == 0x7F || c == '?' || c == '#' || c == '\\' || c == '%') {
            return "write static segments as decoded text: no `%`, `?`, `#`, `\\`, space or "
                   "control character";
        }
        high = high || c >= 0x80;
    }
    if (text.data[0] == '.' && (text.len == 1 || (text.len == 2 && text.data[1] == '.'))) {
        return "`.` and `..` segments never match: a request with one is refused";
    }
    return !high || trt_utf8_valid(text.data, text.len) ? NULL : "the text is not valid UTF-8";
}

/// Says why a static segment can never match, or NULL. `bytes`: see trt_pattern_reader.
static const char* check_static(tmlrt_slice text, uint8_t bytes) {
    bool usual = (bytes & TRT_PATTERN_OTHER) == 0 && text.data[0] != '.';
    return usual ? NULL : check_unusual(text);
}

/// Finds or makes the child; what is wrong with a new one's text is left in *wrong.
static uint32_t static_child(trt_router* router, uint32_t parent, tmlrt_slice text, uint8_t bytes,
                             const char** wrong) {
    uint32_t key = trt_router_key(parent, trt_router_hash(text.data, text.len));
    uint32_t i = key & router->slot_mask;
    for (; router->slots[i].node != 0; i = (i + 1) & router->slot_mask) {
        const trt_router_node* node = &router->nodes[router->slots[i].node];
        if (router->slots[i].key == key && node->parent == parent && node->text_len == text.len &&
            memcmp(node->text, text.data, text.len) == 0) {
            return router->slots[i].node;
        }
    }
    *wrong = check_static(text, bytes);
    if (*wrong != NULL) {
        return parent;
    }
    uint32_t index = add_node(router, parent, text);
    router->slots[i] = (trt_router_slot){key, index};
    router->nodes[parent].methods |= TRT_NODE_HAS_STATIC;
    return index;
}

static const char* check_param(const trt_router* router, const trt_router_entry* entry,
                               tmlrt_slice name, uint8_t bytes) {
    if (bytes != 0) {
        return "a parameter name has letters, digits and `_` only";
    }
    if (entry->num_params == TRT_PATH_MAX_PARAMS) {
        return "a route has at most 16 parameters";
    }
    for (uint32_t i = 0; i < entry->num_params; i++) {
        const tmlrt_slice* other = &router->params[entry->first_param + i];
        if (other->len == name.len && other->data[0] == name.data[0] &&
            memcmp(other->data, name.data, name.len) == 0) {
            return "two parameters have the same name";
        }
    }
    return NULL;
}

/// Adds one segment below *node. Returns what is wrong with it, or NULL.
static const char* add_segment(trt_router* router, trt_router_entry* entry, uint32_t* node,
                               tmlrt_slice text, uint8_t bytes, uint32_t depth) {
    if (text.len == 0) {
        return "`//` never matches: a request with an empty segment is refused";
    }
    if (depth == TRT_PATH_MAX_SEGMENTS) {
        return "a route has at most 64 segments";
    }
    if (entry->has_wildcard) {
        return "`*` is allowed as the last segment only";
    }
    if (text.data[0] != ':' && text.data[0] != '*') {
        const char* wrong = NULL;
        *node = static_child(router, *node, text, bytes, &wrong);
        return wrong;
    }
    bool wild = text.data[0] == '*';
    tmlrt_slice name = {text.data + 1, text.len - 1};
    if (wild && name.len == 0) {
        name = (tmlrt_slice){text.data, 1}; // read as parameter "*"
    } else {
        if (name.len == 0) {
            return "`:` without a name";
        }
        const char* wrong = check_param(router, entry, name, bytes);
        if (wrong != NULL) {
            return wrong;
        }
    }
    if (entry->num_params == TRT_PATH_MAX_PARAMS) {
        return "a route has at most 16 parameters";
    }
    uint32_t* child = wild ? &router->nodes[*node].wild : &router->nodes[*node].param;
    if (*child == 0) {
        *child = add_node(router, *node, text);
    }
    entry->has_wildcard = wild;
    entry->at[entry->num_params] = (uint8_t)depth;
    router->params[entry->first_param + entry->num_params++] = name;
    *node = *child;
    return NULL;
}

static bool parse_method(const char* text, uint8_t* out) {
    static const struct {
        const char* name;
        uint8_t value;
    } methods[] = {
        {"GET", TRT_METHOD_GET},         {"POST", TRT_METHOD_POST},     {"PUT", TRT_METHOD_PUT},
        {"PATCH", TRT_METHOD_PATCH},     {"DELETE", TRT_METHOD_DELETE}, {"HEAD", TRT_METHOD_HEAD},
        {"OPTIONS", TRT_METHOD_OPTIONS}, {"ALL", TRT_METHOD_OTHER},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (text[0] == methods[i].name[0] && strcmp(text, methods[i].name) == 0) {
            *out = methods[i].value;
            return true;
        }
    }
    return false;
}

static void insert(builder* b, uint32_t index, const trt_route_spec* spec) {
    trt_router* router = b->router;
    trt_router_entry* entry = &router->entries[index];
    *entry = (trt_router_entry){.next = TRT_ROUTE_NONE, .first_param = router->num_params};
    if (spec->method == NULL || spec->method != b->method) {
        if (spec->method == NULL || !parse_method(spec->method, &b->method_value)) {
            b->report(b->context, TRT_ROUTER_BAD_METHOD, index, TRT_ROUTE_NONE, spec->method);
            return;
        }
        b->method = spec->method;
    }
    entry->method = b->method_value;
    trt_pattern_reader reader;
    tmlrt_slice text;
    uint32_t node = 0, depth = 0;
    trt_pattern_reader_init(&reader, spec);
    if (spec->prefix != NULL && spec->prefix == b->memo.prefix) {
        node = b->memo.node;
        depth = b->memo.depth;
        reader.at = "";
    }
    while (trt_pattern_next(&reader, &text)) {
        const char* wrong = add_segment(router, entry, &node, text, reader.bytes, depth++);
        if (wrong != NULL) {
            b->report(b->context, TRT_ROUTER_BAD_PATTERN, index, TRT_ROUTE_NONE, wrong);
            return;
        }
        if (reader.after != NULL && reader.at[0] == '\0' && entry->num_params == 0) {
            b->memo = (prefix_memo){spec->prefix, node, depth};
        }
    }
    router->num_params += entry->num_params;
    for (uint32_t i = router->nodes[node].first_entry; i != TRT_ROUTE_NONE;
         i = router->entries[i].next) {
        if (router->entries[i].method == entry->method) {
            b->report(b->context, TRT_ROUTER_AMBIGUOUS, index, i, NULL);
            return;
        }
    }
    entry->next = router->nodes[node].first_entry;
    router->nodes[node].first_entry = index;
    router->nodes[node].methods |= TRT_METHOD_BIT(entry->method);
}

tmlrt_status trt_router_init(trt_router* out, const trt_route_spec* specs, uint32_t num,
                             trt_router_report_fn report, void* context) {
    bounds b = count_all(specs, num);
    builder state = {.router = out, .report = report, .context = context};
    *out = (trt_router){0};
    tmlrt_status status = allocate(out, &b, num);
    if (status != TMLRT_OK) {
        return status;
    }
    for (uint32_t i = 0; i < num; i++) {
        insert(&state, i, &specs[i]);
    }
    return TMLRT_OK;
}

void trt_router_fini(trt_router* router) {
    trt_free(router->nodes, router->block_bytes);
    *router = (trt_router){0};
}
