// SPDX-License-Identifier: Apache-2.0
// Making and destroying the objects of the dependency graph, and running lifecycle hooks.
//
// An object of a class without `make` is libc malloc, zeroed, vtable at offset 0, injections
// stored: compiled code may free it. Makes and hooks are async functions; each is polled here and,
// when it suspends, waited for on this thread (block_on), so start-up is sequential and
// deterministic. Objects are destroyed in the reverse of the order they were made in. A `value`
// object stays: it may be static; so does what a factory made when its class is not known.
//
// One thread, at start and at stop, never a worker.
#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/framework/di.h"

#include <string.h>

tmlrt_status trt_run_to_end(const tmlrt_future_desc* desc, void* args, void* out) {
    tmlrt_arena arena = {0};
    tmlrt_context cx = {.arena = &arena, .waker = &tmlrt_block_on_waker, .budget = TMLRT_BUDGET};
    size_t size = (size_t)desc->frame_size, align = (size_t)desc->frame_align;
    align = align < sizeof(void*) ? sizeof(void*) : align;
    char* frame = trt_alloc_aligned(size, align);
    if (frame == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(frame, 0, size);
    memcpy(frame + 8, &args, sizeof args);
    if (desc->poll(frame, &cx, out) == TMLRT_PENDING) {
        tmlrt_block_on(desc, frame, &cx, out);
    }
    tmlrt_arena_fini(&arena);
    trt_free_aligned(frame, size, align);
    return TMLRT_OK;
}

static void inject(const trt_di* di, char* block, const tmlrt_meta_table* slots) {
    for (uint32_t i = 0; i < slots->count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(slots, i);
        void* object = trt_di_get(di, slot->key); // NULL: optional and missing
        memcpy(block + slot->offset, &object, sizeof object);
    }
}

static tmlrt_status make_class(const trt_di* di, const tmlrt_meta_class* class, void** out) {
    size_t size = class->size != 0 ? class->size : 1;
    char* block = class->make == NULL ? trt_libc_alloc(size) : trt_alloc(size);
    if (block == NULL) {
        return TMLRT_E_NOMEM;
    }
    memset(block, 0, size);
    if (class->vtable != NULL) {
        memcpy(block, &class->vtable, sizeof class->vtable);
    }
    inject(di, block, &class->injects);
    if (class->make == NULL) {
        *out = block;
        return TMLRT_OK;
    }
    tmlrt_status status = trt_run_to_end(class->make, block, out);
    trt_free(block, size);
    return status;
}

static tmlrt_status make_provider(const trt_di* di, const tmlrt_meta_provider* provider,
                                  void** out) {
    size_t size = sizeof(void*);
    for (uint32_t i = 0; i < provider->deps.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&provider->deps, i);
        size = slot->offset + sizeof(void*) > size ? slot->offset + sizeof(void*) : size;
    }
    char* block = trt_alloc_zero(size);
    if (block == NULL) {
        return TMLRT_E_NOMEM;
    }
    inject(di, block, &provider->deps);
    tmlrt_status status = trt_run_to_end(provider->make, block, out);
    trt_free(block, size);
    return status;
}

tmlrt_status trt_di_make(trt_di* di, trt_diags* diags) {
    for (; di->num_made < di->num_order; di->num_made++) {
        uint32_t index = di->order[di->num_made];
        trt_di_node* node = &di->nodes[index];
        void* object = NULL;
        tmlrt_status status = index < di->num_classes
                                  ? make_class(di, node->record->item, &object)
                                  : make_provider(di, node->record->item, &object);
        if (status != TMLRT_OK) {
            return status;
        }
        if (object == NULL) {
            trt_diag_at at = trt_record_at(node->record);
            trt_diags_add(diags, TMLRT_E_META_MISSING, &at,
                          "look at what the function needs (a file, a database) and at its log",
                          "its make returned null");
            return TMLRT_E_META_MISSING;
        }
        node->object = object;
    }
    return TMLRT_OK;
}

static void destroy(const trt_di* di, uint32_t index) {
    void* object = di->nodes[index].object;
    const tmlrt_meta_class* class = NULL;
    if (index < di->num_classes) {
        class = di->nodes[index].record->item;
    } else {
        const tmlrt_meta_provider* provider = di->nodes[index].record->item;
        if (provider->how == TMLRT_PROVIDE_FACTORY && provider->target != NULL) {
            class = trt_di_class(di, provider->target);
        }
    }
    if (class != NULL && object != NULL) {
        if (class->drop != NULL) {
            class->drop(object);
        }
        trt_libc_free(object);
    }
}

void trt_di_fini(trt_di* di) {
    uint32_t cap = di->name_mask + 1;
    while (di->num_made > 0) {
        destroy(di, di->order[--di->num_made]);
    }
    trt_free(di->nodes, di->num_nodes * sizeof *di->nodes);
    trt_free(di->order, di->num_nodes * sizeof *di->order);
    trt_free(di->names, cap * sizeof *di->names);
    *di = (trt_di){0};
}

/// The hook of this event that comes next after (order, index), by order, then by (file, line).
static const trt_record* next_hook(const trt_record_list* hooks, uint32_t event, int64_t* order,
                                   int64_t* index) {
    const trt_record* best = NULL;
    int64_t best_order = 0, best_index = 0;
    for (uint32_t i = 0; i < hooks->num; i++) {
        const tmlrt_meta_hook* hook = hooks->items[i].item;
        bool after = hook->order > *order || (hook->order == *order && (int64_t)i > *index);
        if (hook->event == event && after && (best == NULL || hook->order < best_order)) {
            best = &hooks->items[i];
            best_order = hook->order;
            best_index = i;
        }
    }
    *order = best_order;
    *index = best_index;
    return best;
}

tmlrt_status trt_di_hooks(trt_di* di, uint32_t event, trt_diags* diags) {
    const trt_record_list* hooks = &di->registry->kinds[TMLRT_KIND_HOOK];
    const trt_record* record;
    int64_t order = INT64_MIN, index = -1;
    while ((record = next_hook(hooks, event, &order, &index)) != NULL) {
        const tmlrt_meta_hook* hook = record->item;
        void* object = trt_di_get(di, hook->cls);
        int64_t out = 0;
        tmlrt_status status = trt_run_to_end(hook->thunk, &object, &out);
        if (status != TMLRT_OK) {
            return status;
        }
        int32_t result = 0;
        memcpy(&result, &out, hook->thunk->out_size >= 4 ? 4 : 0);
        if (result != 0 && event <= TMLRT_HOOK_BOOTSTRAP) {
            trt_diag_at at = trt_record_at(record);
            trt_diags_add(diags, TMLRT_E_INVAL, &at, "look at what the hook found",
                          "it returned %d, so the program does not start", result);
            return TMLRT_E_INVAL;
        }
    }
    return TMLRT_OK;
}
