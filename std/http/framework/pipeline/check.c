// SPDX-License-Identifier: Apache-2.0
// Every decorator that is about stages, looked at once: is what it names a stage of that role, can
// it be made, does it fit here?
//
// What is wrong is told with the decorator's own line, and left out of the pipelines. A stage that
// is right is interned: one trt_stage per class and role, with its place laid out. One thread, at
// start.
#include "std/http/framework/registry/check.h"
#include "rt/base/assert.h"
#include "std/http/framework/pipeline/pipeline.h"
#include "std/http/framework/pipeline/rules.h"
#include "std/http/framework/registry/suggest.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

typedef struct checker {
    trt_pipelines* pipelines;
    const trt_registry* registry;
    const trt_di* di;
    trt_diags* diags;
    const trt_record* record; ///< whose decorators are looked at
    trt_name_map schemas;     ///< made for the first @Catches that names a type
    tmlrt_status status;      ///< NOMEM
} checker;

static const struct {
    const char *decorator, *noun, *method;
} s_roles[TMLRT_NUM_ROLES] = {
    [TMLRT_ROLE_MIDDLEWARE] = {"Use", "middleware",
                               "async func handle(this, request: Request, next: Next) -> Response"},
    [TMLRT_ROLE_GUARD] = {"Guard", "a guard", "func can_activate(this, request: Request) -> Bool"},
    [TMLRT_ROLE_INTERCEPTOR] =
        {"Interceptor", "an interceptor",
         "async func intercept(this, request: Request, next: Next) -> Response"},
    [TMLRT_ROLE_PIPE] = {"Pipe", "a pipe", "func transform(this, value: T) -> T"},
    [TMLRT_ROLE_FILTER] =
        {"Catch", "a filter",
         "func catch(this, error: HttpError, request: Request) -> Maybe[Response]"},
};

/// The role whose decorator has this first letter, or -1.
static inline int role_of_letter(char letter) {
    switch (letter) {
    case 'U':
        return TMLRT_ROLE_MIDDLEWARE;
    case 'G':
        return TMLRT_ROLE_GUARD;
    case 'I':
        return TMLRT_ROLE_INTERCEPTOR;
    case 'P':
        return TMLRT_ROLE_PIPE;
    case 'C':
        return TMLRT_ROLE_FILTER;
    default:
        return -1;
    }
}

int trt_attach_role(const char* decorator) {
    // Called for every decorator of a program: two letters tell most of them apart.
    int role = role_of_letter(decorator[0]);
    const char* name = role >= 0 ? s_roles[role].decorator : "";
    return role >= 0 && decorator[1] == name[1] && strcmp(decorator, name) == 0 ? role : -1;
}

/// The record's description, at the decorator's line.
static trt_diag_at deco_at(const checker* c, const tmlrt_meta_deco* deco) {
    trt_diag_at at = trt_record_at(c->record);
    if (deco->loc.line != 0) {
        at.file = *(const char* const*)trt_meta_at(&c->record->unit->files, deco->loc.file);
        at.line = deco->loc.line;
    }
    return at;
}

static void report(checker* c, const tmlrt_meta_deco* deco, const char* remedy, const char* format,
                   ...) __attribute__((format(printf, 4, 5)));

static void report(checker* c, const tmlrt_meta_deco* deco, const char* remedy, const char* format,
                   ...) {
    trt_diag_at at = deco_at(c, deco);
    char text[512];
    va_list args;
    if (trt_diags_full(c->diags)) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    trt_diags_add(c->diags, TMLRT_E_META_MALFORMED, &at, remedy, "%s", text);
}

static const tmlrt_meta_deco* find_deco(const tmlrt_meta_table* decos, const char* name) {
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        if (strcmp(deco->name, name) == 0) {
            return deco;
        }
    }
    return NULL;
}

// ---- names -------------------------------------------------------------------------------------

static const trt_record* stage_record(const checker* c, const char* cls, uint32_t role) {
    return trt_name_map_get(&c->pipelines->names, cls, TRT_NAME_RECORD + role);
}

/// The record of the method, the class's own or inherited.
static const trt_record* find_method(const checker* c, const tmlrt_meta_class* class,
                                     uint32_t role) {
    for (int depth = 0; class != NULL && depth < 32; depth++) {
        const trt_record* record = stage_record(c, class->name, role);
        if (record != NULL) {
            return record;
        }
        class = class->base != NULL ? trt_di_class(c->di, class->base) : NULL;
    }
    return NULL;
}

/// The classes that have a method of the role, then all others of some kind.
typedef struct near_names {
    const trt_record_list *stages, *others;
    uint32_t role;
} near_names;

static const char* near_name(void* source, uint32_t index) {
    const near_names* names = source;
    if (index < names->stages->num) {
        const tmlrt_meta_stage* stage = names->stages->items[index].item;
        return stage->role == names->role ? stage->cls : "";
    }
    index -= names->stages->num;
    return index < names->others->num ? *(const char* const*)names->others->items[index].item
                                      : NULL;
}

/// Writes what an unknown name was meant to be, or `else_`.
static void put_nearest(char* out, size_t cap, const checker* c, near_names* names,
                        const char* wanted, const char* else_) {
    uint32_t num = names->stages->num + names->others->num;
    uint32_t near = trt_suggest_for(c->diags, wanted, near_name, names, num);
    if (near != UINT32_MAX) {
        snprintf(out, cap, "did you mean `%s`?", near_name(names, near));
    } else {
        snprintf(out, cap, "%s", else_);
    }
}

static void report_unknown(checker* c, const tmlrt_meta_deco* deco, const char* name,
                           uint32_t role) {
    if (trt_diags_full(c->diags)) {
        return;
    }
    near_names names = {&c->registry->kinds[TMLRT_KIND_STAGE],
                        &c->registry->kinds[TMLRT_KIND_CLASS], role};
    char remedy[256];
    put_nearest(remedy, sizeof remedy, c, &names, name,
                "declare the class, or link the module that has it");
    report(c, deco, remedy, "@%s names `%s`, which is no class of the program", deco->name, name);
}

static void report_role(checker* c, const tmlrt_meta_deco* deco, const char* name, uint32_t role) {
    char remedy[320], other[96] = "";
    for (uint32_t r = 0; r < TMLRT_NUM_ROLES && other[0] == '\0'; r++) {
        if (stage_record(c, name, r) != NULL) {
            snprintf(other, sizeof other, "; as it is %s, @%s takes it", s_roles[r].noun,
                     s_roles[r].decorator);
        }
    }
    snprintf(remedy, sizeof remedy, "give it `%s`%s", s_roles[role].method, other);
    report(c, deco, remedy, "`%s` is not %s: it has no such method", name, s_roles[role].noun);
}

static bool is_injectable(const checker* c, const tmlrt_meta_class* class) {
    const trt_record_list* providers = &c->registry->kinds[TMLRT_KIND_PROVIDER];
    if (find_deco(&class->decos, "Injectable") != NULL ||
        find_deco(&class->decos, "Controller") != NULL) {
        return true;
    }
    for (uint32_t i = 0; i < providers->num; i++) {
        const tmlrt_meta_provider* provider = providers->items[i].item;
        if (strcmp(provider->token, class->name) == 0 ||
            (provider->target != NULL && strcmp(provider->target, class->name) == 0)) {
            return true;
        }
    }
    return false;
}

// ---- interning ---------------------------------------------------------------------------------

static uint32_t place(uint32_t* end, uint64_t size, uint64_t align) {
    uint32_t start = (uint32_t)((*end + align - 1) & ~(align - 1));
    *end = start + (uint32_t)size;
    return start;
}

static void lay_out(trt_stage* stage) {
    const tmlrt_meta_stage* record = stage->record;
    const tmlrt_future_desc* thunk = record->thunk;
    uint32_t end = record->args_size, align = record->args_align;
    uint32_t frame_align = (uint32_t)thunk->frame_align, out_align = (uint32_t)thunk->out_align;
    stage->frame_at = place(&end, thunk->frame_size, frame_align);
    // Room for a register: where a start's output is put.
    uint64_t out_size = thunk->out_size < 8 ? 8 : thunk->out_size;
    stage->out_at = place(&end, out_size, out_align < 8 ? 8 : out_align);
    stage->size = end;
    stage->request_at = stage->wanted_at = stage->frame_at + (uint32_t)sizeof(tmlrt_frame);
    for (uint32_t i = 0; i < record->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&record->params, i);
        if (slot->where == TMLRT_WHERE_REQUEST) {
            stage->request_at = slot->offset;
        } else {
            stage->wanted_at = slot->offset;
            stage->value = slot->where == TMLRT_WHERE_VALUE ? slot->type : NULL;
        }
    }
    align = align > alignof(max_align_t) ? align : alignof(max_align_t);
    align = frame_align > align ? frame_align : align;
    stage->align = out_align > align ? out_align : align;
}

static const trt_stage* intern(checker* c, const trt_record* method,
                               const tmlrt_meta_class* class) {
    trt_pipelines* p = c->pipelines;
    const tmlrt_meta_stage* record = method->item;
    const trt_stage* old = trt_name_map_get(&p->names, class->name, TRT_NAME_STAGE + record->role);
    if (old != NULL) {
        return old;
    }
    trt_stage* stage = trt_arena_alloc(&p->arena, sizeof *stage, alignof(trt_stage));
    if (stage == NULL) {
        c->status = TMLRT_E_NOMEM;
        return NULL;
    }
    *stage = (trt_stage){.next = p->stages,
                         .record = record,
                         .class = class,
                         .at = method,
                         .poll = record->thunk->poll};
    if (record->role == TMLRT_ROLE_FILTER) {
        stage->catches = find_deco(&class->decos, "Catches");
    }
    if ((record->thunk->flags & TMLRT_FUTURE_START) != 0) {
        stage->start = record->thunk->start;
    }
    stage->may_fail = record->ret->kind == TMLRT_TYPE_OUTCOME;
    stage->is_owned = (record->loc.flags & TMLRT_LOC_OWNED) != 0;
    lay_out(stage);
    p->stages = stage;
    trt_name_map_put(&p->names, class->name, TRT_NAME_STAGE + record->role, stage);
    return stage;
}

static const trt_stage* resolve(checker* c, const tmlrt_meta_deco* deco,
                                const tmlrt_meta_value* value, uint32_t role) {
    if (value->kind != TMLRT_VALUE_SYM || value->name != NULL) {
        char remedy[96];
        snprintf(remedy, sizeof remedy, "write @%s(X), X being the name of the class", deco->name);
        report(c, deco, remedy, "@%s takes the names of classes, and nothing else", deco->name);
        return NULL;
    }
    const char* name = value->p;
    const tmlrt_meta_class* class = trt_di_class(c->di, name);
    if (class == NULL) {
        report_unknown(c, deco, name, role);
        return NULL;
    }
    const trt_record* method = find_method(c, class, role);
    if (method == NULL) {
        report_role(c, deco, name, role);
        return NULL;
    }
    if (!is_injectable(c, class)) {
        report(c, deco, "write @Injectable before the class",
               "`%s` is not @Injectable, so nobody can make it", name);
        return NULL;
    }
    return intern(c, method, class);
}

// ---- places ------------------------------------------------------------------------------------

/// The type as TML writes it: Str, U64, Maybe[Str], a struct's name.
static const char* type_text(char* out, size_t cap, const tmlrt_meta_type* type) {
    static const char* const words[] = {
#define TYPE_WORD(name, value, ir, size, align) [value] = (ir),
        TMLRT_META_TYPE_MAP(TYPE_WORD)
#undef TYPE_WORD
    };
    if (type->kind == TMLRT_TYPE_STRUCT) {
        snprintf(out, cap, "%s", ((const tmlrt_meta_schema*)type->ref)->name);
    } else if (type->kind == TMLRT_TYPE_CLASS) {
        snprintf(out, cap, "%s", (const char*)type->ref);
    } else if (type->kind == TMLRT_TYPE_LIST || type->kind == TMLRT_TYPE_MAYBE) {
        char inner[64];
        snprintf(out, cap, "%s[%s]", words[type->kind], type_text(inner, sizeof inner, type->ref));
        out[0] = (char)(out[0] - 'a' + 'A');
    } else {
        snprintf(out, cap, "%s", words[type->kind]);
        out[0] = (char)(out[0] - 'a' + 'A');
    }
    return out;
}

static void check_fit(checker* c, const tmlrt_meta_deco* deco, const trt_stage* pipe,
                      const tmlrt_meta_slot* slot) {
    char has[96], takes[96];
    if (!trt_type_equal(pipe->value, slot->type)) {
        report(c, deco, "change one of the two types, or take another pipe",
               "the pipe `%s` changes %s, but parameter `%s` is %s", pipe->class->name,
               type_text(takes, sizeof takes, pipe->value), slot->name,
               type_text(has, sizeof has, slot->type));
    }
}

/// Looks at the decorators of one place; `slot` is NULL for a class or a route.
static void check_place(checker* c, const tmlrt_meta_table* decos, const tmlrt_meta_slot* slot) {
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        int role = trt_attach_role(deco->name);
        if (role < 0) {
            continue;
        }
        if (slot != NULL && role != TMLRT_ROLE_PIPE) {
            report(c, deco, "move it to the handler or to its class",
                   "@%s stands at parameter `%s`, where only @Pipe has a meaning", deco->name,
                   slot->name);
            continue;
        }
        if (deco->args.count == 0) {
            report(c, deco, "name the class, or remove the decorator", "@%s names no class",
                   deco->name);
        }
        for (uint32_t k = 0; k < deco->args.count; k++) {
            const trt_stage* stage = resolve(c, deco, trt_meta_at(&deco->args, k), (uint32_t)role);
            if (stage != NULL && slot != NULL) {
                check_fit(c, deco, stage, slot);
            }
        }
    }
}

static bool is_controller(const checker* c, const tmlrt_meta_class* class) {
    const trt_record_list* routes = &c->registry->kinds[TMLRT_KIND_ROUTE];
    if (find_deco(&class->decos, "Controller") != NULL) {
        return true;
    }
    for (uint32_t i = 0; i < routes->num; i++) {
        if (strcmp(((const tmlrt_meta_route*)routes->items[i].item)->cls, class->name) == 0) {
            return true;
        }
    }
    return false;
}

/// A decorator that attaches something to a class around which nothing runs.
static void check_effect(checker* c, const tmlrt_meta_class* class) {
    bool has_modules = c->registry->kinds[TMLRT_KIND_MODULE].num != 0;
    for (uint32_t i = 0; i < class->decos.count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(&class->decos, i);
        if (trt_attach_role(deco->name) < 0 && !trt_rules_is_decorator(deco->name)) {
            continue;
        }
        if (is_controller(c, class) ||
            trt_name_map_get(&c->pipelines->names, class->name, TRT_NAME_MODULE) != NULL ||
            (!has_modules && find_deco(&class->decos, "Global") != NULL)) {
            return;
        }
        report(c, deco,
               has_modules ? "move it to a controller, a handler or a @Module class"
                           : "move it to a controller or a handler, or write @Global before the "
                             "class to have it around every route",
               "@%s has no effect here: the class is no controller%s", deco->name,
               has_modules ? " and no module" : "");
    }
}

static bool has_schema(checker* c, const char* name) {
    const trt_record_list* list = &c->registry->kinds[TMLRT_KIND_SCHEMA];
    if (c->schemas.entries == NULL) {
        if (trt_name_map_init(&c->schemas, &c->pipelines->arena, list->num) != TMLRT_OK) {
            c->status = TMLRT_E_NOMEM;
            return true;
        }
        for (uint32_t i = 0; i < list->num; i++) {
            trt_name_map_put(&c->schemas, *(const char* const*)list->items[i].item, 0, list);
        }
    }
    return trt_name_map_get(&c->schemas, name, 0) != NULL;
}

static void check_catches(checker* c, const tmlrt_meta_class* class) {
    const tmlrt_meta_deco* deco = find_deco(&class->decos, "Catches");
    if (deco == NULL) {
        return;
    }
    if (find_method(c, class, TMLRT_ROLE_FILTER) == NULL) {
        report_role(c, deco, class->name, TMLRT_ROLE_FILTER);
    }
    if (deco->args.count == 0) {
        report(c, deco, "leave the decorator out to catch everything", "@Catches names nothing");
    }
    for (uint32_t i = 0; i < deco->args.count; i++) {
        const tmlrt_meta_value* value = trt_meta_at(&deco->args, i);
        if (value->kind == TMLRT_VALUE_INT && value->i >= 400 && value->i <= 599) {
            continue;
        }
        if (value->kind != TMLRT_VALUE_SYM && value->kind != TMLRT_VALUE_STR) {
            report(c, deco, "write @Catches(404, NotFound) or the like",
                   "@Catches takes statuses from 400 to 599 and names of error types");
            continue;
        }
        const char* name = value->p;
        if (trt_di_class(c->di, name) != NULL || has_schema(c, name)) {
            continue;
        }
        static const trt_record_list no_stages;
        near_names names = {&no_stages, &c->registry->kinds[TMLRT_KIND_SCHEMA], 0};
        char remedy[160];
        put_nearest(remedy, sizeof remedy, c, &names, name,
                    "name a type that some handler or stage returns as its Err");
        report(c, deco, remedy, "@Catches names `%s`, which is no type of the program", name);
    }
}

// ---- the whole program -------------------------------------------------------------------------

static tmlrt_status fill_names(checker* c) {
    trt_name_map* names = &c->pipelines->names;
    const trt_record_list* stages = &c->registry->kinds[TMLRT_KIND_STAGE];
    const trt_record_list* modules = &c->registry->kinds[TMLRT_KIND_MODULE];
    const trt_record_list* classes = &c->registry->kinds[TMLRT_KIND_CLASS];
    uint32_t num = stages->num + classes->num;
    num += stages->num != 0 ? TMLRT_NUM_ROLES * classes->num : 0; // interned: may be inherited
    for (uint32_t i = 0; i < modules->num; i++) {
        const tmlrt_meta_module* module = modules->items[i].item;
        num += 1 + module->controllers.count + module->imports.count;
    }
    TRT_TRY(trt_name_map_init(names, &c->pipelines->arena, num));
    for (uint32_t i = 0; i < classes->num; i++) {
        const char* name = *(const char* const*)classes->items[i].item;
        trt_name_map_put(names, name, TRT_NAME_CLASS, &classes->items[i]);
    }
    for (uint32_t i = 0; i < stages->num; i++) {
        const tmlrt_meta_stage* stage = stages->items[i].item;
        trt_name_map_put(names, stage->cls, TRT_NAME_RECORD + stage->role, &stages->items[i]);
    }
    for (uint32_t i = 0; i < modules->num; i++) {
        const tmlrt_meta_module* module = modules->items[i].item;
        trt_name_map_put(names, module->name, TRT_NAME_MODULE, module);
        for (uint32_t k = 0; k < module->controllers.count; k++) {
            const char* name = *(const char* const*)trt_meta_at(&module->controllers, k);
            trt_name_map_put(names, name, TRT_NAME_MODULE_OF, module);
        }
        for (uint32_t k = 0; k < module->imports.count; k++) {
            const char* name = *(const char* const*)trt_meta_at(&module->imports, k);
            trt_name_map_put(names, name, TRT_NAME_IMPORTED, module);
        }
    }
    return TMLRT_OK;
}

tmlrt_status trt_pipelines_check(trt_pipelines* pipelines, const trt_registry* registry,
                                 const trt_di* di, trt_diags* diags) {
    checker c = {.pipelines = pipelines, .registry = registry, .di = di, .diags = diags};
    const trt_record_list* classes = &registry->kinds[TMLRT_KIND_CLASS];
    const trt_record_list* routes = &registry->kinds[TMLRT_KIND_ROUTE];
    TRT_TRY(fill_names(&c));
    for (uint32_t i = 0; i < classes->num; i++) {
        const tmlrt_meta_class* class = classes->items[i].item;
        c.record = &classes->items[i];
        check_place(&c, &class->decos, NULL);
        pipelines->has_rules |= trt_rules_check(c.record, &class->decos, NULL, diags);
        check_effect(&c, class);
        check_catches(&c, class);
    }
    const tmlrt_meta_route* last = NULL;
    for (uint32_t i = 0; i < routes->num; i++) {
        const tmlrt_meta_route* route = routes->items[i].item;
        if (last != NULL && strcmp(last->cls, route->cls) == 0 &&
            strcmp(last->name, route->name) == 0) {
            continue; // a second verb of one handler
        }
        last = route;
        c.record = &routes->items[i];
        check_place(&c, &route->decos, NULL);
        pipelines->has_rules |= trt_rules_check(c.record, &route->decos, route->ret, diags);
        for (uint32_t k = 0; k < route->params.count; k++) {
            const tmlrt_meta_slot* slot = trt_meta_at(&route->params, k);
            check_place(&c, &slot->decos, slot);
        }
    }
    return c.status;
}
