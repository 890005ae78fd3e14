// SPDX-License-Identifier: Apache-2.0
// From attached stages to pipelines: which stages a route has, in which order, and where their
// frames lie.
//
// A route's list is collected from its places, from the outside in; pipelines are shared by the
// routes whose lists are equal. In a request's block the run and its segments come first, then a
// place for every stage that wraps, then the shared place, then the handler: so a pipeline's
// offsets are the same for every handler in it. Tables lie in one arena; one thread, at start;
// immutable afterwards.
#include "std/http/framework/pipeline/pipeline.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/framework/call/pipeline_run.h"
#include "std/http/framework/registry/check.h"

#include <stdalign.h>
#include <string.h>

// ---- collecting --------------------------------------------------------------------------------

typedef struct collector {
    trt_pipeline_list* out;
    const trt_pipelines* pipelines;
    const tmlrt_meta_slot* slot; ///< pipes: of the parameter that is looked at
    tmlrt_status status;
} collector;

static void add(collector* c, const trt_pipeline_origin* origin) {
    trt_pipeline_list* list = c->out;
    if (list->num == list->cap) {
        uint32_t cap = list->cap == 0 ? 16 : list->cap * 2;
        trt_pipeline_origin* items = trt_alloc_array(cap, sizeof *items);
        if (items == NULL) {
            c->status = TMLRT_E_NOMEM;
            return;
        }
        if (list->num != 0) {
            memcpy(items, list->items, list->num * sizeof *items);
        }
        trt_free(list->items, list->cap * sizeof *items);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->num++] = *origin;
}

/// Adds what the decorators of one place attach in a role.
static void add_place(collector* c, const trt_record* record, const tmlrt_meta_table* decos,
                      uint32_t role, uint32_t level) {
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        if (trt_attach_role(deco->name) != (int)role) {
            continue;
        }
        bool has_loc = deco->loc.line != 0;
        trt_pipeline_origin origin = {
            .slot = c->slot,
            .file = has_loc ? *(const char* const*)trt_meta_at(&record->unit->files, deco->loc.file)
                            : record->file,
            .line = has_loc ? deco->loc.line : record->line,
            .level = level};
        for (uint32_t k = 0; k < deco->args.count; k++) {
            const tmlrt_meta_value* value = trt_meta_at(&deco->args, k);
            origin.stage =
                value->kind == TMLRT_VALUE_SYM
                    ? trt_name_map_get(&c->pipelines->names, value->p, TRT_NAME_STAGE + role)
                    : NULL;
            bool fits = origin.stage != NULL &&
                        (c->slot == NULL || trt_type_equal(origin.stage->value, c->slot->type));
            if (fits) {
                add(c, &origin);
            }
        }
    }
}

/// The places around a handler, from the outside in; what is not there has a NULL record.
typedef struct places {
    const trt_record *module, *controller, *route;
} places;

static void add_class(collector* c, const trt_record* record, uint32_t role, uint32_t level) {
    if (record != NULL) {
        const tmlrt_meta_class* class = record->item;
        add_place(c, record, &class->decos, role, level);
    }
}

static void add_global(collector* c, uint32_t role) {
    for (uint32_t i = 0; i < c->pipelines->num_global; i++) {
        add_class(c, c->pipelines->global[i], role, TRT_LEVEL_GLOBAL);
    }
}

static void add_route(collector* c, const places* p, uint32_t role) {
    if (p->route != NULL) {
        const tmlrt_meta_route* route = p->route->item;
        add_place(c, p->route, &route->decos, role, TRT_LEVEL_HANDLER);
    }
}

static void add_inward(collector* c, const places* p, uint32_t role) {
    add_global(c, role);
    add_class(c, p->module, role, TRT_LEVEL_MODULE);
    add_class(c, p->controller, role, TRT_LEVEL_CONTROLLER);
    add_route(c, p, role);
}

static void add_pipes(collector* c, const places* p) {
    const tmlrt_meta_route* route = p->route->item;
    for (uint32_t i = 0; i < route->params.count; i++) {
        c->slot = trt_meta_at(&route->params, i);
        if (c->slot->where != TMLRT_WHERE_REQUEST) {
            add_inward(c, p, TMLRT_ROLE_PIPE);
            add_place(c, p->route, &c->slot->decos, TMLRT_ROLE_PIPE, TRT_LEVEL_PARAM);
        }
    }
    c->slot = NULL;
}

static void add_filters(collector* c, const places* p) {
    add_route(c, p, TMLRT_ROLE_FILTER);
    add_class(c, p->controller, TMLRT_ROLE_FILTER, TRT_LEVEL_CONTROLLER);
    add_class(c, p->module, TMLRT_ROLE_FILTER, TRT_LEVEL_MODULE);
    add_global(c, TMLRT_ROLE_FILTER);
}

static const trt_record* class_record(const trt_pipelines* pipelines, const char* name) {
    return trt_name_map_get(&pipelines->names, name, TRT_NAME_CLASS);
}

static bool is_global(const trt_pipelines* pipelines, const trt_record* record) {
    for (uint32_t i = 0; i < pipelines->num_global; i++) {
        if (pipelines->global[i] == record) {
            return true;
        }
    }
    return false;
}

static places find_places(const trt_pipelines* pipelines, const trt_record* route) {
    places p = {NULL, NULL, route};
    if (route == NULL) {
        return p;
    }
    const char* cls = ((const tmlrt_meta_route*)route->item)->cls;
    const tmlrt_meta_module* module = trt_name_map_get(&pipelines->names, cls, TRT_NAME_MODULE_OF);
    p.controller = class_record(pipelines, cls);
    p.module = module != NULL ? class_record(pipelines, module->name) : NULL;
    p.module = p.module != NULL && is_global(pipelines, p.module) ? NULL : p.module;
    p.controller = p.controller != NULL && is_global(pipelines, p.controller) ? NULL : p.controller;
    return p;
}

tmlrt_status trt_pipeline_collect(trt_pipeline_list* out, const trt_pipelines* pipelines,
                                  const trt_record* route) {
    collector c = {out, pipelines, NULL, TMLRT_OK};
    out->num = 0;
    if (pipelines->stages == NULL) {
        return TMLRT_OK;
    }
    places p = find_places(pipelines, route);
    add_inward(&c, &p, TMLRT_ROLE_MIDDLEWARE);
    if (route != NULL) {
        add_inward(&c, &p, TMLRT_ROLE_GUARD);
        add_inward(&c, &p, TMLRT_ROLE_INTERCEPTOR);
        add_pipes(&c, &p);
    }
    add_filters(&c, &p);
    return c.status;
}

void trt_pipeline_places(const trt_pipelines* pipelines, const trt_record* route,
                         void (*visit)(void* context, const tmlrt_meta_table* decos),
                         void* context) {
    places p = find_places(pipelines, route);
    for (uint32_t i = 0; i < pipelines->num_global; i++) {
        visit(context, &((const tmlrt_meta_class*)pipelines->global[i]->item)->decos);
    }
    const trt_record* classes[] = {p.module, p.controller};
    for (int i = 0; i < 2; i++) {
        if (classes[i] != NULL) {
            visit(context, &((const tmlrt_meta_class*)classes[i]->item)->decos);
        }
    }
    visit(context, &((const tmlrt_meta_route*)route->item)->decos);
}

void trt_pipeline_list_fini(trt_pipeline_list* list) {
    trt_free(list->items, list->cap * sizeof *list->items);
    *list = (trt_pipeline_list){0};
}

// ---- sharing -----------------------------------------------------------------------------------

/// What a list holds but its pipes.
typedef struct counts {
    uint32_t role[TMLRT_NUM_ROLES], num_global_filters, num, hash;
    uint32_t align; ///< of the largest place, pipes included
} counts;

static counts count(const trt_pipeline_list* list) {
    counts n = {.hash = 2166136261u, .align = alignof(max_align_t)};
    n.align = alignof(trt_run) > n.align ? alignof(trt_run) : n.align;
    for (uint32_t i = 0; i < list->num; i++) {
        const trt_pipeline_origin* origin = &list->items[i];
        uint32_t role = origin->stage->record->role;
        n.role[role]++;
        n.align = origin->stage->align > n.align ? origin->stage->align : n.align;
        if (role == TMLRT_ROLE_PIPE) {
            continue;
        }
        n.num++;
        n.num_global_filters += role == TMLRT_ROLE_FILTER && origin->level == TRT_LEVEL_GLOBAL;
        n.hash = (n.hash ^ (uint32_t)((uintptr_t)origin->stage >> 4)) * 16777619u;
    }
    n.hash ^= n.num_global_filters;
    return n;
}

static const trt_stage* stage_at(const trt_pipeline* p, uint32_t i) {
    if (i < p->num_middleware) {
        return p->wraps[i].stage;
    }
    i -= p->num_middleware;
    if (i < p->num_guards) {
        return p->guards[i];
    }
    i -= p->num_guards;
    uint32_t num_interceptors = (uint32_t)p->num_wraps - p->num_middleware;
    return i < num_interceptors ? p->wraps[p->num_middleware + i].stage
                                : p->filters[i - num_interceptors];
}

static bool same(const trt_pipeline* p, const trt_pipeline_list* list, const counts* n) {
    if (p->hash != n->hash || p->shared_align != n->align ||
        p->num_middleware != n->role[TMLRT_ROLE_MIDDLEWARE] ||
        p->num_guards != n->role[TMLRT_ROLE_GUARD] ||
        p->num_filters != n->role[TMLRT_ROLE_FILTER] ||
        p->num_wraps != p->num_middleware + n->role[TMLRT_ROLE_INTERCEPTOR] ||
        p->num_global_filters != n->num_global_filters) {
        return false;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < list->num; i++) {
        const trt_stage* stage = list->items[i].stage;
        if (stage->record->role != TMLRT_ROLE_PIPE && stage_at(p, at++) != stage) {
            return false;
        }
    }
    return true;
}

static uint32_t align_up(uint32_t at, uint32_t align) {
    return (at + align - 1) & ~(align - 1);
}

static trt_wrap segment_of(const trt_pipeline* p, uint32_t index, const trt_stage* stage,
                           uint32_t at) {
    bool first_behind = index == p->num_middleware;
    trt_wrap wrap = {.stage = stage,
                     .place = at,
                     .guarded = first_behind && p->num_guards != 0,
                     .begin = trt_segment_begin,
                     .asks = first_behind                ? TRT_ASKS_ALL
                             : index < p->num_middleware ? TRT_ASKS_GLOBAL
                                                         : TRT_ASKS_NONE};
    wrap.start = wrap.guarded ? trt_segment_last_guarded : trt_segment_last;
    if (stage != NULL) {
        wrap.request_at = stage->request_at;
        wrap.next_at = stage->wanted_at;
        wrap.frame_at = at + stage->frame_at;
        wrap.out_at = at + stage->out_at;
        wrap.direct = stage->record->ret->kind == TMLRT_TYPE_RESPONSE;
    }
    return wrap;
}

/// Gives every stage its place; the list is in the order of the pipeline.
static void lay_out(trt_pipeline* p, trt_wrap* wraps, const trt_stage** guards,
                    const trt_stage** filters, const trt_pipeline_list* list) {
    uint32_t index = 0;
    uint32_t end = (uint32_t)(sizeof(trt_run) + (p->num_wraps + 1u) * sizeof(trt_segment));
    for (uint32_t i = 0; i < list->num; i++) {
        const trt_stage* stage = list->items[i].stage;
        uint32_t role = stage->record->role;
        if (role == TMLRT_ROLE_PIPE) {
            continue;
        }
        if (role == TMLRT_ROLE_GUARD || role == TMLRT_ROLE_FILTER) {
            *(role == TMLRT_ROLE_GUARD ? guards++ : filters++) = stage;
            p->shared_size = stage->size > p->shared_size ? stage->size : p->shared_size;
            continue;
        }
        end = align_up(end, stage->align);
        *wraps++ = segment_of(p, index++, stage, end);
        end += stage->size;
    }
    *wraps = segment_of(p, index, NULL, 0);
    p->shared_at = align_up(end, p->shared_align);
}

tmlrt_status trt_pipeline_share(trt_pipelines* pipelines, const trt_pipeline_list* list,
                                const trt_pipeline** out) {
    counts n = count(list);
    *out = NULL;
    if (list->num == 0) {
        return TMLRT_OK;
    }
    if (n.num > TRT_PIPELINE_MAX_STAGES) {
        return TMLRT_E_FULL;
    }
    for (const trt_pipeline* p = pipelines->first; p != NULL; p = p->next) {
        if (same(p, list, &n)) {
            *out = p;
            return TMLRT_OK;
        }
    }
    uint32_t num_wraps = n.role[TMLRT_ROLE_MIDDLEWARE] + n.role[TMLRT_ROLE_INTERCEPTOR];
    size_t head = sizeof(trt_pipeline) + (num_wraps + 1) * sizeof(trt_wrap);
    size_t tail = (n.role[TMLRT_ROLE_GUARD] + 1 + n.role[TMLRT_ROLE_FILTER]) * sizeof(void*);
    char* block = trt_arena_alloc(&pipelines->arena, head + tail, alignof(trt_pipeline));
    if (block == NULL) {
        return TMLRT_E_NOMEM;
    }
    trt_pipeline* p = (trt_pipeline*)(void*)block;
    trt_wrap* wraps = (trt_wrap*)(void*)(block + sizeof(trt_pipeline));
    const trt_stage** guards = (const trt_stage**)(void*)(block + head);
    const trt_stage** filters = guards + n.role[TMLRT_ROLE_GUARD] + 1;
    *p = (trt_pipeline){.wraps = wraps,
                        .guards = guards,
                        .filters = filters,
                        .num_wraps = (uint16_t)num_wraps,
                        .num_middleware = (uint16_t)n.role[TMLRT_ROLE_MIDDLEWARE],
                        .num_guards = (uint16_t)n.role[TMLRT_ROLE_GUARD],
                        .num_filters = (uint16_t)n.role[TMLRT_ROLE_FILTER],
                        .num_global_filters = (uint16_t)n.num_global_filters,
                        .shared_align = n.align,
                        .next = pipelines->first,
                        .hash = n.hash};
    lay_out(p, wraps, guards, filters, list);
    guards[n.role[TMLRT_ROLE_GUARD]] = NULL;
    pipelines->first = p;
    *out = p;
    return TMLRT_OK;
}

tmlrt_status trt_pipeline_pipes(trt_pipelines* pipelines, const trt_pipeline_list* list,
                                trt_pipe_step** out, uint16_t* out_num) {
    uint32_t num = 0;
    for (uint32_t i = 0; i < list->num; i++) {
        num += list->items[i].slot != NULL;
    }
    if (num == 0) {
        return TMLRT_OK;
    }
    if (num > UINT16_MAX) {
        return TMLRT_E_FULL;
    }
    trt_pipe_step* steps =
        trt_arena_alloc(&pipelines->arena, (num + 1) * sizeof *steps, alignof(trt_pipe_step));
    if (steps == NULL) {
        return TMLRT_E_NOMEM;
    }
    *out = steps;
    *out_num = (uint16_t)num;
    for (uint32_t i = 0; i < list->num; i++) {
        if (list->items[i].slot != NULL) {
            const tmlrt_meta_slot* slot = list->items[i].slot;
            *steps++ =
                (trt_pipe_step){list->items[i].stage, slot, slot->offset, slot->type->size, false};
        }
    }
    *steps = (trt_pipe_step){0};
    return TMLRT_OK;
}

// ---- the program -------------------------------------------------------------------------------

/// The classes whose decorators are global: those of root modules, or of @Global without modules.
static tmlrt_status find_global(trt_pipelines* p, const trt_registry* registry) {
    const trt_record_list* classes = &registry->kinds[TMLRT_KIND_CLASS];
    bool has_modules = registry->kinds[TMLRT_KIND_MODULE].num != 0;
    if (classes->num == 0) {
        return TMLRT_OK;
    }
    p->global = trt_arena_alloc(&p->arena, classes->num * sizeof *p->global, alignof(void*));
    if (p->global == NULL) {
        return TMLRT_E_NOMEM;
    }
    for (uint32_t i = 0; i < classes->num; i++) {
        const tmlrt_meta_class* class = classes->items[i].item;
        bool global = has_modules &&
                      trt_name_map_get(&p->names, class->name, TRT_NAME_MODULE) != NULL &&
                      trt_name_map_get(&p->names, class->name, TRT_NAME_IMPORTED) == NULL;
        for (uint32_t k = 0; !has_modules && k < class->decos.count; k++) {
            const tmlrt_meta_deco* deco = trt_meta_at(&class->decos, k);
            global = global || strcmp(deco->name, "Global") == 0;
        }
        if (global) {
            p->global[p->num_global++] = &classes->items[i];
        }
    }
    return TMLRT_OK;
}

static tmlrt_status make_fallback(trt_pipelines* p) {
    trt_pipeline_list list = {0};
    tmlrt_status status = trt_pipeline_collect(&list, p, NULL);
    if (status == TMLRT_OK) {
        status = trt_pipeline_share(p, &list, &p->fallback);
    }
    trt_pipeline_list_fini(&list);
    return status;
}

tmlrt_status trt_pipelines_init(trt_pipelines* out, const trt_registry* registry, const trt_di* di,
                                trt_diags* diags) {
    *out = (trt_pipelines){0};
    tmlrt_status status = trt_pipelines_check(out, registry, di, diags);
    if (status == TMLRT_OK) {
        status = find_global(out, registry);
    }
    if (status == TMLRT_OK) {
        status = make_fallback(out);
        status = status == TMLRT_E_FULL ? TMLRT_OK : status; // every route reports it
    }
    if (status != TMLRT_OK) {
        trt_pipelines_fini(out);
    }
    return status;
}

void trt_pipelines_bind_objects(trt_pipelines* pipelines, const trt_di* di) {
    for (trt_stage* stage = pipelines->stages; stage != NULL; stage = stage->next) {
        stage->node = trt_di_find_class(di, stage->class->name);
        stage->object = trt_di_object(di, stage->node);
        stage->is_plain = stage->object != NULL && stage->start != NULL;
    }
    for (const trt_pipeline* p = pipelines->first; p != NULL; p = p->next) {
        for (uint32_t i = 0; i < p->num_wraps; i++) {
            trt_wrap* wrap = &p->wraps[i];
            wrap->object = wrap->stage->object;
            wrap->is_plain = wrap->direct && wrap->stage->is_plain &&
                             wrap->request_at == TRT_PLAIN_REQUEST &&
                             wrap->next_at == TRT_PLAIN_NEXT;
            bool at_once = wrap->is_plain && !wrap->guarded;
            wrap->begin = at_once ? trt_segment_begin_plain : trt_segment_begin;
            wrap->start = at_once         ? wrap->stage->start
                          : wrap->guarded ? trt_segment_first_guarded
                                          : trt_segment_first;
        }
    }
}

void trt_pipelines_fini(trt_pipelines* pipelines) {
    trt_arena_fini(&pipelines->arena);
    *pipelines = (trt_pipelines){0};
}
