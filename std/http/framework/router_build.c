// SPDX-License-Identifier: Apache-2.0
// Building the router: one pass over the patterns, which inserts.
//
// The arrays begin at a size that fits most programs (a route brings two nodes and one list of
// parameters at most) and double when they are full; there is room for the next segment before it
// is added, so indices and pointers hold while it is. Segment text is copied only where it has
// escapes: other nodes point into the compiler's constants. Insertion order is the order of the
// specs (source order), but the result does not depend on it, except for which of two ambiguous
// routes is called "the other": the earlier one.
//
// Called once at start, on one thread.
#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/framework/router.h"
#include "std/http/framework/router_tree.h"

#include <stddef.h>
#include <string.h>

/// Where the segments of the last prefix led: the routes of a controller share it.
typedef struct prefix_memo {
    const char* prefix; ///< NULL: none
    uint32_t node, depth, len;
} prefix_memo;

/// The last prefix that cannot be routed.
typedef struct bad_prefix {
    const char* prefix; ///< NULL: none
    const char* wrong;
} bad_prefix;

enum { LINE = 64 }; ///< bytes of a cache line

typedef struct builder {
    trt_router* router;
    trt_router_report_fn report;
    void* context;
    prefix_memo memo;
    bad_prefix bad;
    const char* method; ///< the last one parsed: the compiler keeps one copy of "GET"
    uint8_t method_value;
    uint32_t num_static, max_static;  ///< nodes in the hash table; when it grows
    uint32_t last_first, last_count;  ///< the list of parameters that was stored last
    char decoded[TRT_PATH_MAX_BYTES]; ///< a static segment with escapes
} builder;

// ---- memory
// ----------------------------------------------------------------------------------

/// Doubles an array of `*cap` elements. It stays as it was without memory.
static tmlrt_status grow(void** items, uint32_t* cap, size_t size) {
    size_t bytes;
    if (*cap > UINT32_MAX / 4 || __builtin_mul_overflow((size_t)*cap * 2, size, &bytes)) {
        return TMLRT_E_OVERFLOW;
    }
    void* more = trt_realloc(*items, bytes / 2, bytes);
    if (more == NULL) {
        return TMLRT_E_NOMEM;
    }
    *items = more;
    *cap *= 2;
    return TMLRT_OK;
}

/// The same for the nodes, each of which is a cache line.
static tmlrt_status grow_nodes(trt_router* router) {
    if (router->cap_nodes > UINT32_MAX / 4) {
        return TMLRT_E_OVERFLOW;
    }
    size_t bytes = router->cap_nodes * sizeof(trt_router_node);
    trt_router_node* more = trt_alloc_aligned(bytes * 2, LINE);
    if (more == NULL) {
        return TMLRT_E_NOMEM;
    }
    memcpy(more, router->nodes, bytes);
    trt_free_aligned(router->nodes, bytes, LINE);
    router->nodes = more;
    router->cap_nodes *= 2;
    return TMLRT_OK;
}

/// How many children the table takes before it grows: two thirds.
static uint32_t most_static(uint32_t slot_mask) {
    return slot_mask / 3 * 2;
}

static void place(trt_router_slot* slots, uint32_t mask, trt_router_slot slot) {
    uint32_t i = slot.key & mask;
    while (slots[i].node != 0) {
        i = (i + 1) & mask;
    }
    slots[i] = slot;
}

static tmlrt_status grow_slots(builder* b) {
    trt_router* router = b->router;
    size_t num = (size_t)router->slot_mask + 1;
    if (num > UINT32_MAX / 4) {
        return TMLRT_E_OVERFLOW;
    }
    trt_router_slot* more = trt_alloc_zero(num * 2 * sizeof *more);
    if (more == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (size_t i = 0; i < num; i++) {
        if (router->slots[i].node != 0) {
            place(more, (uint32_t)num * 2 - 1, router->slots[i]);
        }
    }
    trt_free(router->slots, num * sizeof *more);
    router->slots = more;
    router->slot_mask = (uint32_t)num * 2 - 1;
    b->max_static = most_static(router->slot_mask);
    return TMLRT_OK;
}

/// Room for one more node.
static inline tmlrt_status reserve_node(trt_router* router) {
    return router->num_nodes != router->cap_nodes ? TMLRT_OK : grow_nodes(router);
}

/// Room for a route's parameters.
static inline tmlrt_status reserve_params(trt_router* router) {
    if (router->cap_params - router->num_params >= TRT_PATH_MAX_PARAMS) {
        return TMLRT_OK;
    }
    void* params = router->params;
    TRT_TRY(grow(&params, &router->cap_params, sizeof *router->params));
    router->params = params;
    return TMLRT_OK;
}

/// Entries and links lie in one block.
static size_t entries_bytes(uint32_t num) {
    return ((size_t)num + 1) * (sizeof(trt_router_entry) + sizeof(trt_router_link));
}

static tmlrt_status allocate(builder* b, uint32_t num) {
    trt_router* router = b->router;
    if (num >= TRT_LINK_LAST) {
        return TMLRT_E_OVERFLOW;
    }
    uint32_t slots = 8;
    while (most_static(slots - 1) < num) {
        slots *= 2;
    }
    b->max_static = most_static(slots - 1);
    router->cap_nodes = 2 * num + 8;
    router->cap_params = num + TRT_PATH_MAX_PARAMS;
    router->slot_mask = slots - 1;
    router->num_entries = num;
    router->nodes = trt_alloc_aligned(router->cap_nodes * sizeof(trt_router_node), LINE);
    router->params = trt_alloc_array(router->cap_params, sizeof(tmlrt_slice));
    router->slots = trt_alloc_zero(slots * sizeof(trt_router_slot));
    router->entries = trt_alloc_aligned(entries_bytes(num), LINE);
    if (router->nodes == NULL || router->params == NULL || router->slots == NULL ||
        router->entries == NULL) {
        return TMLRT_E_NOMEM;
    }
    router->num_nodes = 1;
    router->nodes[0] = (trt_router_node){.first_route = TRT_ROUTE_NONE};
    router->links = (trt_router_link*)(void*)(router->entries + num + 1);
    return TMLRT_OK;
}

// ---- segments
// --------------------------------------------------------------------------------

static uint32_t add_node(trt_router* router, uint32_t parent, tmlrt_slice text) {
    uint32_t index = router->num_nodes++;
    trt_router_node* node = &router->nodes[index];
    node->parent = parent;
    node->only = node->param = node->wild = 0;
    node->first_route = TRT_ROUTE_NONE;
    node->methods = 0;
    node->text_len = (uint16_t)text.len;
    if (text.len <= TRT_NODE_TEXT) {
        trt_bytes_copy(node->text, text.data, (size_t)text.len);
    } else {
        node->far = text.data;
    }
    return index;
}

static void put_in_table(builder* b, uint32_t parent, uint32_t node) {
    const trt_router_node* child = &b->router->nodes[node];
    const char* text = child->text_len <= TRT_NODE_TEXT ? child->text : child->far;
    uint32_t key = trt_router_key(parent, trt_router_hash(text, child->text_len));
    place(b->router->slots, b->router->slot_mask, (trt_router_slot){key, node});
    b->num_static++;
}

/// Returns the slot of a child among several, or the free one where it would be; its key is set.
static trt_router_slot* find_in_table(const trt_router* router, uint32_t parent, tmlrt_slice text) {
    uint32_t key = trt_router_key(parent, trt_router_hash(text.data, text.len));
    for (uint32_t i = key & router->slot_mask;; i = (i + 1) & router->slot_mask) {
        trt_router_slot* slot = &router->slots[i];
        if (slot->node == 0) {
            slot->key = key;
            return slot;
        }
        const trt_router_node* node = &router->nodes[slot->node];
        if (slot->key == key && node->parent == parent && trt_router_node_is(node, text)) {
            return slot;
        }
    }
}

/// Keeps a decoded segment as long as the router lives.
static tmlrt_status keep_text(builder* b, tmlrt_slice* text) {
    size_t size = sizeof(trt_router_text) + (size_t)text->len;
    trt_router_text* kept = trt_alloc(size);
    if (kept == NULL) {
        return TMLRT_E_NOMEM;
    }
    *kept = (trt_router_text){b->router->texts, size};
    memcpy(kept->data, text->data, (size_t)text->len);
    text->data = kept->data;
    b->router->texts = kept;
    return TMLRT_OK;
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
    if (only != 0 && b->num_static + 1 >= b->max_static) { // room for it and for its sibling
        TRT_TRY(grow_slots(b));
    }
    if (only == TRT_NODE_MANY) {
        slot = find_in_table(router, parent, text);
        found = slot->node;
    } else if (only != 0 && trt_router_node_is(&router->nodes[only], text)) {
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
        TRT_TRY(keep_text(b, &text));
    }
    *node = add_node(router, parent, text);
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
                               tmlrt_slice text, uint8_t bytes, uint32_t depth) {
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
        child = add_node(router, *node, (tmlrt_slice){NULL, 0});
        *(wild ? &router->nodes[*node].wild : &router->nodes[*node].param) = child;
    }
    entry->has_wildcard = wild;
    entry->at[entry->num_params] = (uint8_t)depth;
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
        *out_wrong = param_child(b, entry, node, text, bytes, depth);
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
    trt_router_link* links = b->router->links;
    if ((node->methods & TRT_METHOD_BIT(method)) != 0) {
        uint32_t other = node->first_route;
        while (trt_link_method(links[other]) != method) {
            other = trt_link_next(links[other]);
        }
        b->report(b->context, TRT_ROUTER_AMBIGUOUS, index, other, NULL);
        return;
    }
    links[index] = TRT_LINK(node->first_route & TRT_LINK_LAST, method);
    node->first_route = index;
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

/// Bytes of the shortest path that leads to a node: a parameter is at least one.
static uint32_t shortest(const trt_router* router, uint32_t node) {
    uint32_t len = 0;
    for (; node != 0; node = router->nodes[node].parent) {
        uint32_t parent = router->nodes[node].parent;
        bool open = router->nodes[parent].param == node || router->nodes[parent].wild == node;
        len += 1 + (open ? 1 : router->nodes[node].text_len);
    }
    return len;
}

static tmlrt_status insert(builder* b, uint32_t index, const trt_route_spec* spec) {
    trt_router* router = b->router;
    trt_router_entry* entry = &router->entries[index];
    *entry = (trt_router_entry){.first_param = router->num_params};
    if (spec->prefix != NULL && spec->prefix == b->bad.prefix) {
        b->report(b->context, TRT_ROUTER_BAD_PREFIX, index, TRT_ROUTE_NONE, b->bad.wrong);
        return TMLRT_OK;
    }
    if (!read_method(b, index, spec)) {
        return TMLRT_OK;
    }
    TRT_TRY(reserve_params(router));
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
        TRT_TRY(reserve_node(router));
        TRT_TRY(add_segment(b, entry, &at.node, text, reader.bytes, at.depth++, &wrong));
        at.len += (uint32_t)text.len + 1;
        if (at.len > TRT_PATH_MAX_BYTES && wrong == NULL &&
            shortest(router, at.node) > TRT_PATH_MAX_BYTES) {
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

tmlrt_status trt_router_init(trt_router* out, trt_route_spec_fn spec, const void* source,
                             uint32_t num, trt_router_report_fn report, void* context) {
    builder b;
    memset(&b, 0, offsetof(builder, decoded));
    b.router = out;
    b.report = report;
    b.context = context;
    *out = (trt_router){0};
    tmlrt_status status = allocate(&b, num);
    for (uint32_t i = 0; status == TMLRT_OK && i < num; i++) {
        trt_route_spec route = spec(source, i);
        status = insert(&b, i, &route);
    }
    if (status != TMLRT_OK) {
        trt_router_fini(out);
    }
    return status;
}

void trt_router_fini(trt_router* router) {
    for (trt_router_text* text = router->texts; text != NULL;) {
        trt_router_text* next = text->next;
        trt_free(text, text->size);
        text = next;
    }
    trt_free_aligned(router->nodes, router->cap_nodes * sizeof(trt_router_node), LINE);
    trt_free(router->params, router->cap_params * sizeof(tmlrt_slice));
    trt_free(router->slots, ((size_t)router->slot_mask + 1) * sizeof(trt_router_slot));
    trt_free_aligned(router->entries, entries_bytes(router->num_entries), LINE);
    *router = (trt_router){0};
}
