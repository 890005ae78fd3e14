// SPDX-License-Identifier: Apache-2.0
// Building the router: one pass over the patterns, which inserts.
//
// There is room in the block (router_block.c) for the next segment before it is added, so indices
// and pointers hold while it is. Insertion order is the order of the specs (source order), but the
// result does not depend on it, except for which of two ambiguous routes is called "the other": the
// earlier one.
//
// Called once at start, on one thread.
#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/framework/route/router.h"
#include "std/http/framework/route/router_tree.h"

#include <stddef.h>
#include <string.h>

/// Where the segments of the last prefix led: the routes of a controller share it.
typedef struct prefix_memo {
    const char* prefix; ///< NULL: none
    uint32_t node, depth;
    uint32_t len; ///< bytes of the shortest path that leads there: a parameter is one at least
} prefix_memo;

/// The last prefix that cannot be routed.
typedef struct bad_prefix {
    const char* prefix; ///< NULL: none
    const char* wrong;
} bad_prefix;

typedef struct builder {
    trt_router* router;
    trt_router_report_fn report;
    void* context;
    prefix_memo memo;
    bad_prefix bad;
    const char* method; ///< the last one parsed: the compiler keeps one copy of "GET"
    uint8_t method_value;
    uint32_t num_static;              ///< nodes in the hash table
    uint32_t last_first, last_count;  ///< the list of parameters that was stored last
    char decoded[TRT_PATH_MAX_BYTES]; ///< a static segment with escapes
} builder;

// ---- segments -----------------------------------------------------------------------------------

static uint32_t add_node(trt_router* router, uint32_t parent, trt_router_words words,
                         tmlrt_slice text) {
    uint32_t index = router->num_nodes++;
    trt_router_node* node = &router->nodes[index];
    if (text.len > TRT_NODE_TEXT) {
        node->far = text.data;
    } else {
        node->text = words;
    }
    node->seed = trt_router_seed(index);
    node->parent = (uint32_t)router->nodes[parent].seed;
    node->only = node->param = node->wild = 0;
    memset(node->lists, -1, sizeof node->lists);
    node->methods = 0;
    node->text_len = (uint16_t)text.len;
    node->span = node->only_span = 1;
    return index;
}

static void put_in_table(builder* b, uint32_t parent, uint32_t index) {
    const trt_router_node *nodes = b->router->nodes, *node = &nodes[index];
    bool is_long = node->text_len > TRT_NODE_TEXT;
    trt_router_words words =
        is_long ? trt_router_fold((tmlrt_slice){node->far, node->text_len}) : node->text;
    uint32_t key = trt_router_key(nodes[parent].seed, words);
    trt_router_place(b->router->slots, b->router->slot_mask, (trt_router_slot){key, index});
    b->num_static++;
}

/// Returns the slot of a child among several, or the free one where it would be; its key is set.
static trt_router_slot* find_in_table(const trt_router* router, const trt_router_node* parent,
                                      trt_router_words words, tmlrt_slice text) {
    uint32_t key = trt_router_key(parent->seed, words);
    for (uint32_t i = key & router->slot_mask;; i = (i + 1) & router->slot_mask) {
        trt_router_slot* slot = &router->slots[i];
        if (slot->node == 0) {
            slot->key = key;
            return slot;
        }
        const trt_router_node* node = &router->nodes[slot->node];
        if (slot->key == key && node->parent == (uint32_t)parent->seed &&
            trt_router_node_is(node, words, text)) {
            return slot;
        }
    }
}

/// Finds or makes a static child and moves *node there. *out_wrong: what is wrong with its text.
static tmlrt_status static_child(builder* b, uint32_t* node, tmlrt_slice text, uint8_t bytes,
                                 const char** out_wrong) {
    trt_router* router = b->router;
    uint32_t parent = *node, only = router->nodes[parent].only, found = 0;
    trt_router_slot* slot = NULL;
    if ((bytes & TRT_PATTERN_PERCENT) != 0) {
        if ((*out_wrong = trt_pattern_decode(b->decoded, &text)) != NULL) {
            return TMLRT_OK;
        }
    }
    trt_router_words words = trt_router_take(text);
    if (only != 0 && b->num_static + 1 >= trt_router_most_static(router->slot_mask)) {
        TRT_TRY(trt_router_grow_slots(router)); // room for it and for its sibling
    }
    if (only == TRT_NODE_MANY) {
        slot = find_in_table(router, &router->nodes[parent], words, text);
        found = slot->node;
    } else if (only != 0 && trt_router_node_is(&router->nodes[only], words, text)) {
        found = only;
    }
    if (found != 0) {
        *node = found;
        return TMLRT_OK;
    }
    if (text.len > TRT_PATH_MAX_BYTES) {
        *out_wrong = "a path has at most 4096 bytes";
        return TMLRT_OK;
    }
    if ((*out_wrong = trt_pattern_check_static(text, bytes)) != NULL) {
        return TMLRT_OK;
    }
    if ((bytes & TRT_PATTERN_PERCENT) != 0 && text.len > TRT_NODE_TEXT) {
        TRT_TRY(trt_router_keep_text(router, &text));
    }
    *node = add_node(router, parent, words, text);
    if (only == 0) {
        router->nodes[parent].only = *node;
        return TMLRT_OK;
    }
    if (slot != NULL) {
        slot->node = *node;
        b->num_static++;
        return TMLRT_OK;
    }
    put_in_table(b, parent, only);
    put_in_table(b, parent, *node);
    router->nodes[parent].only = TRT_NODE_MANY;
    return TMLRT_OK;
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

/// Moves *node to the child of a parameter or wildcard. Returns what is wrong with it, or NULL.
static const char* param_child(builder* b, trt_router_entry* entry, uint32_t* node,
                               tmlrt_slice text, uint8_t bytes) {
    trt_router* router = b->router;
    bool wild = text.data[0] == '*';
    tmlrt_slice name = {text.data + 1, text.len - 1};
    if (wild && name.len == 0) {
        name = (tmlrt_slice){text.data, 1}; // read as parameter "*"
    } else if (name.len == 0) {
        return "`:` without a name";
    }
    const char* wrong = check_param(router, entry, name, bytes);
    if (wrong != NULL) {
        return wrong;
    }
    uint32_t child = wild ? router->nodes[*node].wild : router->nodes[*node].param;
    if (child == 0) {
        child = add_node(router, *node, (trt_router_words){0, 0}, (tmlrt_slice){NULL, 0});
        *(wild ? &router->nodes[*node].wild : &router->nodes[*node].param) = child;
    }
    entry->has_wildcard = wild;
    router->params[entry->first_param + entry->num_params++] = name;
    *node = child;
    return NULL;
}

/// Adds one segment below *node. *out_wrong: what is wrong with it, or NULL.
static tmlrt_status add_segment(builder* b, trt_router_entry* entry, uint32_t* node,
                                tmlrt_slice text, uint8_t bytes, uint32_t depth,
                                const char** out_wrong) {
    if (text.len == 0) {
        *out_wrong = "`//` never matches: a request with an empty segment is refused";
    } else if (depth == TRT_PATH_MAX_SEGMENTS) {
        *out_wrong = "a route has at most 64 segments";
    } else if (entry->has_wildcard) {
        *out_wrong = "`*` is allowed as the last segment only";
    } else if (text.data[0] != ':' && text.data[0] != '*') {
        return static_child(b, node, text, bytes, out_wrong);
    } else {
        *out_wrong = param_child(b, entry, node, text, bytes);
    }
    return TMLRT_OK;
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

/// Keeps the parameters of a route, or shares those stored last: `/:id` follows `/:id`.
static void store_params(builder* b, trt_router_entry* entry) {
    const tmlrt_slice *own = &b->router->params[entry->first_param],
                      *last = &b->router->params[b->last_first];
    bool same = entry->num_params == b->last_count;
    for (uint32_t i = 0; same && i < entry->num_params; i++) {
        same = own[i].len == last[i].len &&
               trt_bytes_equal(own[i].data, last[i].data, (size_t)own[i].len);
    }
    if (same) {
        entry->first_param = b->last_first;
    } else if (entry->num_params != 0) {
        b->last_first = entry->first_param;
        b->last_count = entry->num_params;
        b->router->num_params += entry->num_params;
    }
}

/// Adds a route to its node, unless another one answers the same method there.
static void add_route(builder* b, uint32_t index, uint32_t at, uint8_t method) {
    trt_router_node* node = &b->router->nodes[at];
    trt_router_entry* entries = b->router->entries;
    trt_router_link* list = &node->lists[trt_router_list(method)];
    if ((node->methods & TRT_METHOD_BIT(method)) != 0) {
        trt_router_link other = *list;
        while (trt_link_method(other) != method) {
            other = entries[trt_link_route(other)].next;
        }
        b->report(b->context, TRT_ROUTER_AMBIGUOUS, index, trt_link_route(other), NULL);
        return;
    }
    entries[index].next = *list;
    *list = TRT_LINK(index, method);
    node->methods |= (uint16_t)TRT_METHOD_BIT(method);
}

/// Reports a pattern that cannot be routed; one that is wrong in its prefix once for the prefix.
static void report_pattern(builder* b, uint32_t index, const trt_route_spec* spec, bool in_prefix,
                           const char* wrong) {
    if (in_prefix) {
        b->bad = (bad_prefix){spec->prefix, wrong};
    }
    b->report(b->context, in_prefix ? TRT_ROUTER_BAD_PREFIX : TRT_ROUTER_BAD_PATTERN, index,
              TRT_ROUTE_NONE, wrong);
}

/// Reads the method; false when it is none.
static bool read_method(builder* b, uint32_t index, const trt_route_spec* spec) {
    if (spec->method != NULL && spec->method == b->method) {
        return true;
    }
    if (spec->method == NULL || !parse_method(spec->method, &b->method_value)) {
        b->report(b->context, TRT_ROUTER_BAD_METHOD, index, TRT_ROUTE_NONE, spec->method);
        return false;
    }
    b->method = spec->method;
    return true;
}

static tmlrt_status insert(builder* b, uint32_t index, const trt_route_spec* spec) {
    trt_router* router = b->router;
    trt_router_entry* entry = &router->entries[index];
    *entry = (trt_router_entry){.next = TRT_LINK_NONE, .first_param = router->num_params};
    if (spec->prefix != NULL && spec->prefix == b->bad.prefix) {
        b->report(b->context, TRT_ROUTER_BAD_PREFIX, index, TRT_ROUTE_NONE, b->bad.wrong);
        return TMLRT_OK;
    }
    if (!read_method(b, index, spec)) {
        return TMLRT_OK;
    }
    TRT_TRY(trt_router_reserve_params(router));
    trt_pattern_reader reader;
    tmlrt_slice text;
    prefix_memo at = {0};
    trt_pattern_reader_init(&reader, spec);
    if (spec->prefix != NULL && spec->prefix == b->memo.prefix) {
        at = b->memo;
        reader.at = "";
    }
    while (trt_pattern_next(&reader, &text)) {
        const char* wrong = NULL;
        bool in_prefix = reader.after != NULL;
        TRT_TRY(trt_router_reserve_node(router));
        TRT_TRY(add_segment(b, entry, &at.node, text, reader.bytes, at.depth++, &wrong));
        bool is_open = text.len != 0 && (text.data[0] == ':' || text.data[0] == '*');
        at.len += 1 + (is_open ? 1 : router->nodes[at.node].text_len);
        if (at.len > TRT_PATH_MAX_BYTES && wrong == NULL) {
            wrong = "a path has at most 4096 bytes";
        }
        if (wrong != NULL) {
            report_pattern(b, index, spec, in_prefix, wrong);
            return TMLRT_OK;
        }
        if (in_prefix && reader.at[0] == '\0' && entry->num_params == 0) {
            b->memo = at;
            b->memo.prefix = spec->prefix;
        }
    }
    store_params(b, entry);
    add_route(b, index, at.node, b->method_value);
    return TMLRT_OK;
}

// ---- joining ------------------------------------------------------------------------------------

/// Whether a node only leads from its parent to one static child, which could have both texts.
static bool is_between(const trt_router_node* nodes, const trt_router_node* node) {
    if (node->methods != 0 || (node->param | node->wild) != 0 || node->only == 0 ||
        node->only == TRT_NODE_MANY) {
        return false;
    }
    const trt_router_node* child = &nodes[node->only];
    return node->text_len + 1u + child->text_len <= TRT_NODE_TEXT &&
           (node->span > 1 || memchr(&node->text, '/', node->text_len) == NULL) &&
           memchr(&child->text, '/', child->text_len) == NULL;
}

/// Leaves out the nodes that only lead on, so that `/api/v1` is one comparison. A decoded slash is
/// not joined: between the segments of a path it would be taken for theirs.
static void join_nodes(trt_router* router) {
    trt_router_node* nodes = router->nodes;
    for (uint32_t i = 0; i < router->num_nodes; i++) {
        uint32_t only = nodes[i].only;
        while (only != 0 && only != TRT_NODE_MANY && is_between(nodes, &nodes[only])) {
            trt_router_node *between = &nodes[only], *child = &nodes[between->only];
            char text[2 * TRT_NODE_TEXT + 1] = {0};
            memcpy(text, &between->text, sizeof between->text);
            text[between->text_len] = '/';
            memcpy(text + between->text_len + 1, &child->text, sizeof child->text);
            memcpy(&child->text, text, sizeof child->text);
            child->text_len = (uint16_t)(between->text_len + 1 + child->text_len);
            child->span = nodes[i].only_span = (uint16_t)(between->span + 1);
            child->parent = (uint32_t)nodes[i].seed;
            only = nodes[i].only = between->only;
            between->only = 0; // nothing leads to it
        }
    }
}

tmlrt_status trt_router_init(trt_router* out, trt_route_spec_fn spec, const void* source,
                             uint32_t num, trt_router_report_fn report, void* context) {
    builder b;
    memset(&b, 0, offsetof(builder, decoded));
    b.router = out;
    b.report = report;
    b.context = context;
    *out = (trt_router){0};
    tmlrt_status status = trt_router_allocate(out, num);
    for (uint32_t i = 0; status == TMLRT_OK && i < num; i++) {
        trt_route_spec route = spec(source, i);
        status = insert(&b, i, &route);
    }
    if (status != TMLRT_OK) {
        trt_router_fini(out);
        return status;
    }
    join_nodes(out);
    return TMLRT_OK;
}
