// SPDX-License-Identifier: Apache-2.0
#include "tests/support/many_records.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTROLLER, FIRST, SECOND, NUM_CLASSES };

typedef struct args {
    void* self;
    uint64_t id, value;
} args;

static void drop_nothing(void* frame) {
    (void)frame;
}

static tmlrt_poll poll_id(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx;
    *(uint64_t*)out = 0;
    return TMLRT_READY;
}

static const tmlrt_future_desc s_thunk = {.abi = TMLRT_ABI_MAJOR << 16,
                                          .poll = poll_id,
                                          .drop = drop_nothing,
                                          .frame_size = 16,
                                          .frame_align = 8,
                                          .out_size = 8,
                                          .out_align = 8,
                                          .name = "many",
                                          .num_states = 1};
static const tmlrt_meta_type s_u64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64},
                             s_bad = {.size = 8, .align = 8, .kind = 99};
static const char s_vtable[8] = "vtable";
static const char* const s_files[] = {"many.tml"};

/// Everything is a function of the group's number.
typedef struct maker {
    many_records* out;
    many_shape shape;
    tmlrt_meta_class* classes;
    tmlrt_meta_route* routes;
    tmlrt_meta_provider* providers;
    tmlrt_meta_schema* schemas;
    tmlrt_meta_module* modules;
} maker;

static void* make(maker* m, size_t size) {
    void* block = trt_arena_alloc(&m->out->arena, size, alignof(max_align_t));
    if (block == NULL) {
        abort();
    }
    memset(block, 0, size);
    return block;
}

static const char* text(maker* m, const char* format, uint32_t number) {
    char line[64];
    int len = snprintf(line, sizeof line, format, number);
    return trt_arena_dup(&m->out->arena, line, (size_t)len);
}

static const char* service(maker* m, uint32_t number) {
    return text(m, "Service%u", number);
}

/// The line of record `index` of a group.
static tmlrt_meta_loc at(const maker* m, uint32_t group, uint32_t index) {
    uint32_t line = group * MANY_GROUP + index;
    if (m->shape == MANY_REVERSED) {
        line = m->out->num_groups * MANY_GROUP - line;
    }
    return (tmlrt_meta_loc){.line = m->shape == MANY_ONE_LINE ? 1 : 1 + line};
}

/// Whether a group has the planted error number `kind`, from 1 on.
static bool is_planted(const maker* m, many_shape shape, uint32_t group, uint32_t kind) {
    return m->shape == shape && group == m->out->num_groups / MANY_PLACES * kind;
}

static tmlrt_meta_table one_slot(maker* m, const char* name, const tmlrt_meta_type* type,
                                 uint32_t where, uint32_t offset, tmlrt_meta_loc loc) {
    tmlrt_meta_slot* slot = make(m, sizeof *slot);
    *slot = (tmlrt_meta_slot){.name = name, .key = name, .type = type};
    slot->where = where;
    slot->offset = offset;
    slot->loc = loc;
    return (tmlrt_meta_table){slot, 1, sizeof *slot};
}

static tmlrt_meta_table inject(maker* m, const char* key, tmlrt_meta_loc loc) {
    tmlrt_meta_type* type = make(m, sizeof *type);
    *type = (tmlrt_meta_type){key, 8, 8, TMLRT_TYPE_CLASS, 0};
    return one_slot(m, key, type, 0, 8, loc);
}

static tmlrt_meta_table one_deco(maker* m, const char* name, const char* word, bool is_name,
                                 tmlrt_meta_loc loc) {
    tmlrt_meta_value* value = make(m, sizeof *value);
    tmlrt_meta_deco* deco = make(m, sizeof *deco);
    *value = (tmlrt_meta_value){.kind = is_name ? TMLRT_VALUE_SYM : TMLRT_VALUE_STR, .p = word};
    value->len = (uint32_t)strlen(word);
    *deco = (tmlrt_meta_deco){name, {value, 1, sizeof *value}, loc};
    return (tmlrt_meta_table){deco, 1, sizeof *deco};
}

/// A service needs the one before it; the first of all needs none.
static void make_service(maker* m, tmlrt_meta_class* class, uint32_t number) {
    uint32_t group = number / 2, last = m->out->num_groups * 2 - 1;
    *class = (tmlrt_meta_class){.name = service(m, number), .vtable = s_vtable, .size = 16};
    class->align = 8;
    class->loc = at(m, group, FIRST + number % 2);
    if (m->shape == MANY_MISSING || is_planted(m, MANY_PLANTED, group, 1)) {
        class->injects = inject(m, text(m, "Nothing%u", number), class->loc);
    } else if (number != 0 || m->shape == MANY_CYCLE) {
        class->injects = inject(m, service(m, number != 0 ? number - 1 : last), class->loc);
    }
    if (m->shape == MANY_BASES && number != 0) {
        class->base = service(m, number - 1);
        class->injects = (tmlrt_meta_table){0};
    } else if (m->shape == MANY_NO_BASE) {
        class->base = text(m, "Nobase%u", number);
    }
}

static void make_classes(maker* m, uint32_t group) {
    tmlrt_meta_class* classes = &m->classes[group * NUM_CLASSES];
    classes[CONTROLLER] = (tmlrt_meta_class){.name = text(m, "Controller%u", group)};
    classes[CONTROLLER].vtable = s_vtable;
    classes[CONTROLLER].size = 16;
    classes[CONTROLLER].align = 8;
    classes[CONTROLLER].loc = at(m, group, CONTROLLER);
    classes[CONTROLLER].injects = inject(m, service(m, group * 2 + 1), at(m, group, CONTROLLER));
    classes[CONTROLLER].decos =
        one_deco(m, "Controller", text(m, m->shape == MANY_SAME_ROUTE ? "/one" : "/many%u", group),
                 false, at(m, group, CONTROLLER));
    make_service(m, &classes[FIRST], group * 2);
    make_service(m, &classes[SECOND], group * 2 + 1);
    if (m->shape == MANY_SAME_CLASS || is_planted(m, MANY_REFUSED, group, 2)) {
        const char* name = classes[FIRST].name;
        classes[SECOND].name = name;
        classes[CONTROLLER].injects = inject(m, name, at(m, group, CONTROLLER));
    }
}

static void make_routes(maker* m, uint32_t group) {
    static const char* const methods[] = {"GET", "GET", "POST"};
    static const char* const paths[] = {"", "/:id", ""};
    bool no_class = m->shape == MANY_NO_CLASS || is_planted(m, MANY_PLANTED, group, 3);
    bool no_guard = m->shape == MANY_NO_GUARD;
    const char* cls = text(m, no_class ? "Nobody%u" : "Controller%u", group);
    for (uint32_t i = 0; i < 3; i++) {
        tmlrt_meta_route* route = &m->routes[group * 3 + i];
        *route = (tmlrt_meta_route){.cls = cls, .method = methods[i], .path = paths[i]};
        route->name = text(m, "handler%u", group * 3 + i);
        route->thunk = &s_thunk;
        route->ret = &s_u64;
        route->args_size = sizeof(args);
        route->args_align = 8;
        route->loc = at(m, group, NUM_CLASSES + i);
        if (i == 1) {
            route->params = one_slot(m, "id", &s_u64, TMLRT_WHERE_PATH, 8, route->loc);
        }
        if (no_guard || (i == 0 && is_planted(m, MANY_PLANTED, group, 4))) {
            route->decos = one_deco(m, "Guard", text(m, "Noguard%u", group), true, route->loc);
        }
        if (i == 2 && is_planted(m, MANY_PLANTED, group, 5)) {
            route->method = "GET"; // the first one's
        }
    }
}

static void make_others(maker* m, uint32_t group) {
    tmlrt_meta_schema* schema = &m->schemas[group];
    tmlrt_meta_provider* provider = &m->providers[group];
    bool bad = m->shape == MANY_BAD_TYPE || is_planted(m, MANY_REFUSED, group, 6);
    *schema = (tmlrt_meta_schema){.name = text(m, "Dto%u", group), .size = 8, .align = 8};
    schema->loc = at(m, group, 6);
    schema->fields = one_slot(m, "value", bad ? &s_bad : &s_u64, 0, 0, schema->loc);
    *provider = (tmlrt_meta_provider){.token = text(m, "alias%u", group)};
    provider->how = TMLRT_PROVIDE_ALIAS;
    provider->loc = at(m, group, 7);
    provider->target = m->shape == MANY_ALIASES                ? text(m, "alias%u", group + 1)
                       : is_planted(m, MANY_PLANTED, group, 7) ? "Nowhere"
                                                               : service(m, group * 2);
}

static tmlrt_meta_table names(maker* m, uint32_t num, const char* a, const char* b, const char* c) {
    const char** list = make(m, 3 * sizeof *list);
    list[0] = a;
    list[1] = b;
    list[2] = c;
    return (tmlrt_meta_table){list, num, sizeof *list};
}

/// Each module has its group's classes, and what the one before it exports.
static void make_module(maker* m, uint32_t group) {
    tmlrt_meta_module* module = &m->modules[group];
    *module = (tmlrt_meta_module){.name = text(m, "Module%u", group)};
    module->loc = at(m, group, 7);
    module->controllers = names(m, 1, text(m, "Controller%u", group), NULL, NULL);
    module->providers =
        names(m, 3, service(m, group * 2), service(m, group * 2 + 1), text(m, "alias%u", group));
    module->exports = names(m, 1, service(m, group * 2 + 1), NULL, NULL);
    if (group != 0) {
        module->imports = names(m, 1, text(m, "Module%u", group - 1), NULL, NULL);
    }
}

/// One schema with a field, one class with an injection, per group.
static void make_wide(maker* m) {
    uint32_t num = m->out->num_groups;
    tmlrt_meta_slot *fields = make(m, num * sizeof *fields), *slots = make(m, num * sizeof *slots);
    for (uint32_t i = 0; i < num; i++) {
        tmlrt_meta_type* type = make(m, sizeof *type);
        const char* key = service(m, i * 2);
        *type = (tmlrt_meta_type){key, 8, 8, TMLRT_TYPE_CLASS, 0};
        fields[i] = (tmlrt_meta_slot){.name = text(m, "f%u", i), .type = &s_u64};
        fields[i].key = fields[i].name;
        fields[i].offset = i * 8;
        slots[i] = (tmlrt_meta_slot){.name = fields[i].name, .key = key, .type = type};
        slots[i].offset = 8 + i * 8;
    }
    tmlrt_meta_class* class = &m->classes[(num - 1) * NUM_CLASSES + CONTROLLER];
    class->injects = (tmlrt_meta_table){slots, num, sizeof *slots};
    class->size = 8 + num * 8;
    m->schemas[0].fields = (tmlrt_meta_table){fields, num, sizeof *fields};
    m->schemas[0].size = num * 8;
}

/// What trt_app_init counts.
static uint32_t num_errors(const many_records* out, many_shape shape) {
    switch (shape) {
    case MANY_PLANTED:
        return 6; // of five groups: two services need what the first one misses
    case MANY_REFUSED:
        return 2;
    case MANY_CYCLE:
    case MANY_ALIASES:
        return 1;
    case MANY_MISSING:
    case MANY_NO_BASE:
        return out->num_groups * 2;
    case MANY_SAME_ROUTE:
        return (out->num_groups - 1) * 3;
    case MANY_NO_GUARD:
        return out->num_groups * 3;
    case MANY_SAME_CLASS:
        return out->num_groups * 2 - 1; // the next group's service needs the one that is gone
    case MANY_NO_CLASS:
        return out->num_groups + (out->num_groups - 1) * 3; // without a prefix all routes are one
    case MANY_BAD_TYPE:
        return out->num_groups;
    default:
        return 0;
    }
}

void many_records_init(many_records* out, uint32_t num, many_shape shape) {
    uint32_t groups = num / MANY_GROUP != 0 ? num / MANY_GROUP : 1;
    *out = (many_records){.num_groups = groups};
    out->num_errors = num_errors(out, shape);
    trt_arena_init(&out->arena, 0);
    maker m = {out, shape, NULL, NULL, NULL, NULL, NULL};
    m.classes = make(&m, groups * NUM_CLASSES * sizeof *m.classes);
    m.routes = make(&m, groups * 3 * sizeof *m.routes);
    m.providers = make(&m, groups * sizeof *m.providers);
    m.schemas = make(&m, groups * sizeof *m.schemas);
    m.modules = make(&m, groups * sizeof *m.modules);
    for (uint32_t group = 0; group < groups; group++) {
        make_classes(&m, group);
        make_routes(&m, group);
        make_others(&m, group);
        make_module(&m, group);
    }
    if (shape == MANY_WIDE) {
        make_wide(&m);
    }
    tmlrt_meta_unit* unit = &out->unit;
    *unit = (tmlrt_meta_unit){.magic = TMLRT_META_MAGIC, .major = TMLRT_META_MAJOR};
    unit->minor = TMLRT_META_MINOR;
    unit->name = "many";
    unit->runtime = &tmlrt_abi_v1;
    unit->files = (tmlrt_meta_table){s_files, 1, sizeof s_files[0]};
    unit->kind[TMLRT_KIND_CLASS] =
        (tmlrt_meta_table){m.classes, groups * NUM_CLASSES, sizeof *m.classes};
    unit->kind[TMLRT_KIND_ROUTE] = (tmlrt_meta_table){m.routes, groups * 3, sizeof *m.routes};
    unit->kind[TMLRT_KIND_PROVIDER] = (tmlrt_meta_table){m.providers, groups, sizeof *m.providers};
    unit->kind[TMLRT_KIND_SCHEMA] = (tmlrt_meta_table){m.schemas, groups, sizeof *m.schemas};
    if (shape == MANY_MODULES) {
        unit->kind[TMLRT_KIND_MODULE] = (tmlrt_meta_table){m.modules, groups, sizeof *m.modules};
    }
    out->units[0] = unit;
    out->image =
        (tmlrt_image){TMLRT_ABI_MAJOR << 16, sizeof(tmlrt_image), out->units, out->units + 1, NULL};
}

void many_records_fini(many_records* records) {
    trt_arena_fini(&records->arena);
}

const char* many_shape_name(many_shape shape) {
    static const char* const all[] = {
#define MANY_SHAPE_NAME(name, wrong) #name,
        MANY_SHAPE_MAP(MANY_SHAPE_NAME)
#undef MANY_SHAPE_NAME
    };
    return all[shape];
}
