// SPDX-License-Identifier: Apache-2.0
// The memory of a router: four blocks that begin at a size that fits most programs (a route brings
// two nodes and one list of parameters at most) and double when they are full. Only segments that
// had escapes and are too long for their node have a block of their own; other long ones are the
// compiler's constants. Called while the router is built, and when it ends; one thread.
#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/framework/route/router_tree.h"

enum { LINE = 64 }; ///< bytes of a cache line

tmlrt_status trt_router_grow_params(trt_router* router) {
    size_t bytes = router->cap_params * sizeof(tmlrt_slice);
    if (router->cap_params > UINT32_MAX / 4) {
        return TMLRT_E_OVERFLOW;
    }
    tmlrt_slice* more = trt_realloc(router->params, bytes, bytes * 2);
    if (more == NULL) {
        return TMLRT_E_NOMEM;
    }
    router->params = more;
    router->cap_params *= 2;
    return TMLRT_OK;
}

tmlrt_status trt_router_grow_nodes(trt_router* router) {
    size_t bytes = router->cap_nodes * sizeof(trt_router_node);
    if (router->cap_nodes > UINT32_MAX / 4) {
        return TMLRT_E_OVERFLOW;
    }
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

tmlrt_status trt_router_grow_slots(trt_router* router) {
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
            trt_router_place(more, (uint32_t)num * 2 - 1, router->slots[i]);
        }
    }
    trt_free(router->slots, num * sizeof *more);
    router->slots = more;
    router->slot_mask = (uint32_t)num * 2 - 1;
    return TMLRT_OK;
}

tmlrt_status trt_router_keep_text(trt_router* router, tmlrt_slice* text) {
    size_t size = sizeof(trt_router_text) + (size_t)text->len;
    trt_router_text* kept = trt_alloc(size);
    if (kept == NULL) {
        return TMLRT_E_NOMEM;
    }
    *kept = (trt_router_text){router->texts, size};
    memcpy(kept->data, text->data, (size_t)text->len);
    text->data = kept->data;
    router->texts = kept;
    return TMLRT_OK;
}

tmlrt_status trt_router_allocate(trt_router* router, uint32_t num) {
    if (num >= TRT_LINK_MAX) {
        return TMLRT_E_OVERFLOW;
    }
    uint32_t slots = 8;
    while (trt_router_most_static(slots - 1) < num) {
        slots *= 2;
    }
    router->cap_nodes = 2 * num + 8;
    router->cap_params = num + TRT_PATH_MAX_PARAMS;
    router->slot_mask = slots - 1;
    router->num_entries = num;
    router->nodes = trt_alloc_aligned(router->cap_nodes * sizeof(trt_router_node), LINE);
    router->params = trt_alloc_array(router->cap_params, sizeof(tmlrt_slice));
    router->slots = trt_alloc_zero(slots * sizeof(trt_router_slot));
    router->entries = trt_alloc_array((size_t)num + 1, sizeof(trt_router_entry));
    if (router->nodes == NULL || router->params == NULL || router->slots == NULL ||
        router->entries == NULL) {
        return TMLRT_E_NOMEM;
    }
    router->num_nodes = 1;
    router->nodes[0] = (trt_router_node){.seed = trt_router_seed(0), .span = 1, .only_span = 1};
    memset(router->nodes[0].lists, -1, sizeof router->nodes[0].lists);
    return TMLRT_OK;
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
    trt_free(router->entries, ((size_t)router->num_entries + 1) * sizeof(trt_router_entry));
    *router = (trt_router){0};
}
