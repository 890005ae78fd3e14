// SPDX-License-Identifier: Apache-2.0
// From route records to callable handlers: the checks that need the whole program, and what a
// request then finds ready.
//
// Two allocations for any number of routes (plus one per handler without a thunk). Everything is
// immutable after start, so workers share it without locks. One thread, at start.
#include "std/http/framework/call/handler.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "std/http/framework/bind/bind.h"
#include "std/http/framework/call/call.h"
#include "std/http/framework/call/ffi_call.h"
#include "std/http/framework/value/value.h"

#include <string.h>

enum { PARAM_NONE = 255 };

typedef struct builder {
    trt_handlers* handlers;
    const trt_record_list* records;
    trt_diags* diags;
    const trt_registry* registry;
    trt_pipeline_list list;
    const char* wrong_prefix_of;   ///< the class whose prefix was reported last
    const tmlrt_meta_type* answer; ///< the last that can be answered: routes share their DTOs
} builder;

static void report(builder* b, uint32_t index, const char* remedy, const char* format, ...)
    __attribute__((format(printf, 4, 5)));

static void report(builder* b, uint32_t index, const char* remedy, const char* format, ...) {
    trt_diag_at at = trt_record_at(&b->records->items[index]);
    trt_text text = {0};
    va_list args;
    va_start(args, format);
    trt_text_vprintf(&text, format, args);
    va_end(args);
    trt_diags_add(b->diags, TMLRT_E_META_MALFORMED, &at, remedy, "%s",
                  text.data != NULL ? text.data : "out of memory");
    trt_text_fini(&text);
}

static const tmlrt_meta_deco* find_deco(const tmlrt_meta_table* decos, const char* name);

#define PATTERN_REMEDY "write a path of static segments, `:name`, and `*name` at the end"

/// A prefix is wrong once, where the controller says it, however many routes have it. The routes of
/// a class follow each other.
static void prefix_error(builder* b, uint32_t route, const char* wrong) {
    const trt_handler* handler = &b->handlers->items[route];
    if (b->wrong_prefix_of != NULL && strcmp(b->wrong_prefix_of, handler->route->cls) == 0) {
        return;
    }
    b->wrong_prefix_of = handler->route->cls;
    trt_diag_at at = trt_record_at(&b->records->items[route]);
    const trt_record* record =
        trt_registry_find(b->registry, TMLRT_KIND_CLASS, handler->route->cls);
    if (record != NULL) {
        const tmlrt_meta_class* class = record->item;
        const tmlrt_meta_deco* deco = find_deco(&class->decos, "Controller");
        at = trt_record_at(record);
        at.line = deco != NULL && deco->loc.line != 0 ? deco->loc.line : at.line;
    }
    trt_diags_add(b->diags, TMLRT_E_META_MALFORMED, &at, PATTERN_REMEDY,
                  "the prefix `%s` cannot be routed: %s", handler->prefix, wrong);
}

static void router_error(void* context, int error, uint32_t route, uint32_t other,
                         const char* detail) {
    builder* b = context;
    char pattern[256];
    b->handlers->items[route].broken = error != TRT_ROUTER_AMBIGUOUS;
    trt_route_spec spec = trt_handler_spec(&b->handlers->items[route]);
    trt_router_pattern(pattern, sizeof pattern, &spec);
    if (error == TRT_ROUTER_BAD_METHOD) {
        report(b, route, "use GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or ALL",
               "method `%s` cannot be routed", detail);
        return;
    }
    if (error == TRT_ROUTER_BAD_PATTERN) {
        report(b, route, PATTERN_REMEDY, "the path `%s` cannot be routed: %s", pattern, detail);
        return;
    }
    if (error == TRT_ROUTER_BAD_PREFIX) {
        prefix_error(b, route, detail);
        return;
    }
    const trt_record* first = &b->records->items[other];
    trt_diag_at at = trt_record_at(&b->records->items[route]);
    trt_diags_add(b->diags, TMLRT_E_META_DUPLICATE, &at, "change one of the two paths or methods",
                  "%s %s answers the same requests as %s.%s at %s:%u", spec.method, pattern,
                  b->handlers->items[other].route->cls, b->handlers->items[other].route->name,
                  first->file, first->line);
}

// ---- decorators ---------------------------------------------------------------------------------

/// Equality that calls strcmp only when the first bytes agree: most comparisons end there.
static bool equal(const char* a, const char* b) {
    return a[0] == b[0] && strcmp(a, b) == 0;
}

static const tmlrt_meta_deco* find_deco(const tmlrt_meta_table* decos, const char* name) {
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        if (equal(deco->name, name)) {
            return deco;
        }
    }
    return NULL;
}

/// The first argument of a decorator when it is of `kind`, else NULL.
static const tmlrt_meta_value* first_arg(const tmlrt_meta_deco* deco, uint32_t kind) {
    if (deco == NULL || deco->args.count == 0) {
        return NULL;
    }
    const tmlrt_meta_value* value = trt_meta_at(&deco->args, 0);
    return value->kind == kind ? value : NULL;
}

static const char* prefix_of(const tmlrt_meta_class* class) {
    if (class == NULL) {
        return NULL;
    }
    const tmlrt_meta_value* value =
        first_arg(find_deco(&class->decos, "Controller"), TMLRT_VALUE_STR);
    return value != NULL ? value->p : NULL;
}

static int16_t success_of(builder* b, uint32_t index, const tmlrt_meta_route* route) {
    const tmlrt_meta_deco* deco = find_deco(&route->decos, "Status");
    const tmlrt_meta_value* value = first_arg(deco, TMLRT_VALUE_INT);
    if (deco != NULL && (value == NULL || value->i < 200 || value->i > 599)) {
        report(b, index, "write @Status(201) or the like", "@Status takes a code from 200 to 599");
    } else if (deco != NULL) {
        return (int16_t)value->i;
    }
    return equal(route->method, "POST") ? 201 : 200;
}

// ---- checks -------------------------------------------------------------------------------------

/// Whether a value of this type can be answered; `depth` 0 is the answer itself.
static const char* check_answer(const tmlrt_meta_type* type, uint32_t depth, bool inside) {
    const tmlrt_meta_type* inner = type->ref;
    if (depth > 8) {
        return NULL; // a recursive type: its fields were seen
    }
    switch (type->kind) {
    case TMLRT_TYPE_CLASS:
        return "a class object cannot be answered; return a struct of what may be seen";
    case TMLRT_TYPE_REQUEST:
        return "a Request cannot be answered";
    case TMLRT_TYPE_RESPONSE:
        return inside ? "a Response cannot be part of a JSON answer" : NULL;
    case TMLRT_TYPE_OUTCOME:
        if (inside) {
            return "an Outcome cannot be part of a JSON answer";
        }
        return check_answer(&inner[0], depth + 1, false);
    case TMLRT_TYPE_MAYBE:
        return check_answer(inner, depth + 1, inside);
    case TMLRT_TYPE_LIST:
        return check_answer(inner, depth + 1, true);
    default:
        break;
    }
    if (type->kind != TMLRT_TYPE_STRUCT) {
        return NULL;
    }
    const tmlrt_meta_schema* schema = type->ref;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        const char* wrong = check_answer(field->type, depth + 1, true);
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

static uint8_t path_param(const tmlrt_slice* names, uint32_t num, const char* key) {
    for (uint32_t i = 0; i < num; i++) {
        uint64_t at = 0;
        while (at < names[i].len && names[i].data[at] == key[at]) { // names have no NUL
            at++;
        }
        if (at == names[i].len && key[at] == '\0') {
            return (uint8_t)i;
        }
    }
    return PARAM_NONE;
}

static void check_slots(builder* b, uint32_t index, const tmlrt_meta_route* route, uint8_t* out) {
    uint32_t num_bodies = 0, num_names;
    const tmlrt_slice* names = trt_router_params(&b->handlers->router, index, &num_names);
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        const char* wrong = trt_bind_check(slot);
        out[i] = PARAM_NONE;
        if (wrong != NULL) {
            report(b, index, "change the type of the parameter, or where it comes from",
                   "parameter `%s` cannot be bound: %s", slot->name, wrong);
        }
        if (slot->where == TMLRT_WHERE_BODY && ++num_bodies == 2) {
            report(b, index, "take both from one struct", "parameter `%s` is a second body",
                   slot->name);
        }
        if (slot->where != TMLRT_WHERE_PATH) {
            continue;
        }
        out[i] = path_param(names, num_names, slot->key);
        if (out[i] == PARAM_NONE && !b->handlers->items[index].broken &&
            !trt_value_may_be_absent(slot)) {
            char pattern[256];
            trt_route_spec spec = trt_handler_spec(&b->handlers->items[index]);
            trt_router_pattern(pattern, sizeof pattern, &spec);
            trt_diag_at at = trt_record_at(&b->records->items[index]);
            trt_diags_add(b->diags, TMLRT_E_META_MISSING, &at,
                          "add `:name` to the path, or take the parameter from elsewhere",
                          "parameter `%s` is taken from `:%s`, which the path `%s` does not have",
                          slot->name, slot->key, pattern);
        }
    }
}

static uint32_t place(uint32_t* at, uint64_t size, uint64_t align) {
    uint32_t start = (uint32_t)((*at + align - 1) & ~(align - 1));
    *at = start + (uint32_t)size;
    return start;
}

/// Where the handler's own part of the block begins, and what it is aligned to so far.
static uint32_t begin_layout(const trt_handler* handler, uint32_t* align) {
    const trt_pipeline* pipeline = handler->pipeline;
    if (pipeline == NULL) {
        *align = _Alignof(trt_call);
        return sizeof(trt_call);
    }
    uint32_t size = pipeline->shared_size;
    *align = pipeline->shared_align;
    for (uint32_t i = 0; i < handler->num_pipes; i++) {
        const trt_stage* pipe = handler->pipes[i].stage;
        size = pipe->size > size ? pipe->size : size;
    }
    return pipeline->shared_at + size;
}

static void lay_out(trt_handler* handler) {
    const tmlrt_meta_route* route = handler->route;
    const tmlrt_future_desc* thunk = route->thunk;
    uint32_t align, at = begin_layout(handler, &align);
    uint32_t frame_align = thunk != NULL ? (uint32_t)thunk->frame_align : 1;
    uint32_t out_align = thunk != NULL ? (uint32_t)thunk->out_align : 8;
    out_align = out_align < 8 ? 8 : out_align;
    align = route->args_align > align ? route->args_align : align;
    align = frame_align > align ? frame_align : align;
    handler->align = out_align > align ? out_align : align;
    handler->args_offset = place(&at, route->args_size, route->args_align);
    handler->frame_offset = place(&at, thunk != NULL ? thunk->frame_size : 0, frame_align);
    // Room for a register at least: where a start's output is put.
    uint64_t out_size = thunk == NULL || thunk->out_size < 8 ? 8 : thunk->out_size;
    handler->out_offset = place(&at, out_size, out_align);
    if (thunk != NULL && (thunk->flags & TMLRT_FUTURE_START) != 0) {
        handler->start = thunk->start;
    }
    handler->size = at;
}

/// Collects the stages around a handler and gives it the pipeline that it shares.
static tmlrt_status make_pipeline(builder* b, uint32_t index) {
    trt_handler* handler = &b->handlers->items[index];
    trt_pipelines* pipelines = &b->handlers->pipelines;
    trt_pipeline_list* list = &b->list;
    TRT_TRY(trt_pipeline_collect(list, pipelines, &b->records->items[index]));
    tmlrt_status status = trt_pipeline_share(pipelines, list, &handler->pipeline);
    if (status == TMLRT_OK) {
        status = trt_pipeline_pipes(pipelines, list, &handler->pipes, &handler->num_pipes);
    }
    if (status == TMLRT_E_FULL) {
        report(b, index, "let one stage do the work of several",
               "there are more than %d stages around it", TRT_PIPELINE_MAX_STAGES);
        return TMLRT_OK;
    }
    return status;
}

/// A body that comes in pieces is not there when arguments are bound.
static void check_stream(builder* b, uint32_t index, const tmlrt_meta_route* route) {
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        if (slot->where == TMLRT_WHERE_BODY) {
            report(b, index, "take the Request and read it with request.read_body",
                   "@StreamBody: parameter `%s` needs the whole body", slot->name);
        }
    }
}

static tmlrt_status finish(builder* b, uint32_t index, uint8_t* path_index) {
    trt_handler* handler = &b->handlers->items[index];
    const tmlrt_meta_route* route = handler->route;
    const char* wrong = route->ret == b->answer ? NULL : check_answer(route->ret, 0, false);
    b->answer = wrong == NULL ? route->ret : b->answer;
    handler->path_index = path_index;
    handler->may_fail =
        route->ret->kind == TMLRT_TYPE_OUTCOME || route->ret->kind == TMLRT_TYPE_MAYBE;
    handler->success = success_of(b, index, route);
    check_slots(b, index, route, path_index);
    if (wrong != NULL) {
        report(b, index, "return a struct, a List, a Maybe, an Outcome, a scalar, Str or Response",
               "the answer cannot be written: %s", wrong);
    }
    TRT_TRY(make_pipeline(b, index));
    TRT_TRY(trt_rules_make(&handler->rules, &b->handlers->pipelines, &b->records->items[index]));
    handler->passes = route->ret->kind == TMLRT_TYPE_RESPONSE && handler->rules == NULL;
    b->handlers->has_body_limits |= handler->rules != NULL && handler->rules->body_bytes != 0;
    if (handler->rules != NULL && handler->rules->streams_body) {
        b->handlers->has_streams = true;
        check_stream(b, index, route);
    }
    lay_out(handler);
    if (route->thunk != NULL) {
        return TMLRT_OK;
    }
    wrong = trt_ffi_check(route);
    if (wrong != NULL) {
        report(b, index, "lower the module with tmlcg, which makes a thunk for every handler", "%s",
               wrong);
        return TMLRT_OK;
    }
    handler->ffi = trt_ffi_new(route);
    return handler->ffi != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
}

static trt_route_spec spec_at(const void* source, uint32_t index) {
    return trt_handler_spec((const trt_handler*)source + index);
}

static tmlrt_status build(builder* b, const trt_di* di) {
    trt_handlers* handlers = b->handlers;
    const char *last = NULL, *prefix = NULL;
    const tmlrt_meta_class* class = NULL;
    for (uint32_t i = 0; i < handlers->num; i++) {
        const tmlrt_meta_route* route = b->records->items[i].item;
        if (route->cls != last) {
            last = route->cls;
            class = trt_di_class(di, last);
            prefix = prefix_of(class);
        }
        handlers->items[i] = (trt_handler){.route = route, .prefix = prefix, .class = class};
    }
    TRT_TRY(trt_router_init(&handlers->router, spec_at, handlers->items, handlers->num,
                            router_error, b));
    uint8_t* path_index = handlers->path_indices;
    for (uint32_t i = 0; i < handlers->num; i++) {
        TRT_TRY(finish(b, i, path_index));
        path_index += handlers->items[i].route->params.count;
    }
    return TMLRT_OK;
}

static tmlrt_status make_keys(trt_json_keys* out, const trt_record_list* schemas,
                              const trt_record_list* routes) {
    TRT_TRY(trt_json_keys_init(out, schemas->num));
    for (uint32_t i = 0; i < schemas->num; i++) {
        TRT_TRY(trt_json_keys_add(out, schemas->items[i].item));
    }
    for (uint32_t i = 0; i < routes->num; i++) {
        const tmlrt_meta_route* route = routes->items[i].item;
        TRT_TRY(trt_json_keys_add_types(out, route->ret));
        for (uint32_t k = 0; k < route->params.count; k++) {
            const tmlrt_meta_slot* slot = trt_meta_at(&route->params, k);
            TRT_TRY(trt_json_keys_add_types(out, slot->type));
        }
    }
    return TMLRT_OK;
}

tmlrt_status trt_handlers_init(trt_handlers* out, const trt_registry* registry, const trt_di* di,
                               trt_diags* diags) {
    const trt_record_list* records = &registry->kinds[TMLRT_KIND_ROUTE];
    builder b = {.handlers = out, .records = records, .diags = diags, .registry = registry};
    *out = (trt_handlers){.num = records->num};
    for (uint32_t i = 0; i < records->num; i++) {
        out->num_path_indices += ((const tmlrt_meta_route*)records->items[i].item)->params.count;
    }
    uint32_t num = records->num != 0 ? records->num : 1;
    out->num_path_indices += out->num_path_indices == 0;
    size_t items = num * sizeof *out->items;
    // Not zeroed: build writes every element before it can fail.
    char* block = NULL;
    tmlrt_status status = trt_pipelines_init(&out->pipelines, registry, di, diags);
    if (status == TMLRT_OK) {
        block = trt_alloc(items + out->num_path_indices);
        status = TMLRT_E_NOMEM;
    }
    if (block != NULL) {
        out->block_bytes = items + out->num_path_indices;
        out->items = (trt_handler*)(void*)block;
        out->path_indices = (uint8_t*)block + items;
        status = build(&b, di);
    }
    trt_pipeline_list_fini(&b.list);
    if (status == TMLRT_OK) {
        status = make_keys(&out->keys, &registry->kinds[TMLRT_KIND_SCHEMA], records);
    }
    if (status != TMLRT_OK) {
        trt_handlers_fini(out);
    }
    return status;
}

void trt_handlers_bind_objects(trt_handlers* handlers, const trt_di* di) {
    handlers->di = di;
    for (uint32_t i = 0; i < handlers->num; i++) {
        trt_handler* handler = &handlers->items[i];
        const char* cls = handler->route->cls;
        bool same = i > 0 && cls == handlers->items[i - 1].route->cls;
        handler->node = same ? handlers->items[i - 1].node : trt_di_find_class(di, cls);
        handler->object = trt_di_object(di, handler->node);
    }
    trt_pipelines_bind_objects(&handlers->pipelines, di);
    for (uint32_t i = 0; i < handlers->num; i++) {
        trt_handler* handler = &handlers->items[i];
        for (uint16_t k = 0; k < handler->num_pipes; k++) {
            trt_pipe_step* step = &handler->pipes[k];
            step->is_plain = step->stage->is_plain && step->size == 8 && !step->stage->is_owned;
        }
        handler->is_scoped = trt_call_is_scoped(handlers, handler);
        handler->is_special =
            handler->is_scoped || handler->pipeline != NULL || handler->rules != NULL;
        handler->is_piped =
            !handler->is_scoped && handler->pipeline != NULL && handler->rules == NULL;
    }
    handlers->fallback_is_scoped = trt_call_is_scoped(handlers, NULL);
}

void trt_handlers_fini(trt_handlers* handlers) {
    for (uint32_t i = 0; handlers->items != NULL && i < handlers->num; i++) {
        if (handlers->items[i].ffi != NULL) {
            trt_ffi_free(handlers->items[i].ffi);
        }
    }
    trt_router_fini(&handlers->router);
    trt_json_keys_fini(&handlers->keys);
    trt_pipelines_fini(&handlers->pipelines);
    trt_free(handlers->items, handlers->block_bytes);
    *handlers = (trt_handlers){0};
}
