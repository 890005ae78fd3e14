// SPDX-License-Identifier: Apache-2.0
#include "tests/support/di_program.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char di_log[8192];
tmlrt_poll (*di_on_call)(di_object* self, tmlrt_context* cx);

void di_log_add(const char* format, ...) {
    size_t len = strlen(di_log);
    va_list args;
    va_start(args, format);
    vsnprintf(di_log + len, sizeof di_log - len, format, args);
    va_end(args);
}

// ---- compiled code ------------------------------------------------------------------------------

static void* args_of(void* frame) {
    return *(void**)((char*)frame + 8);
}

static void drop_object(void* object) {
    di_log_add("drop %s; ", ((const di_object*)object)->name);
}

/// State 1: suspended; a frame that is dropped there says so.
static void drop_frame(void* frame) {
    tmlrt_frame* head = frame;
    if (head->state == 1) {
        di_log_add("drop make; ");
    }
    head->state = TMLRT_FRAME_DONE;
}

static tmlrt_poll poll_make(void* frame, tmlrt_context* cx, void* out) {
    di_object* made = calloc(1, sizeof *made);
    tmlrt_frame* head = frame;
    (void)cx;
    memcpy(made, args_of(frame), sizeof *made);
    di_log_add("make %s; ", made->name);
    memcpy(out, &made, sizeof(void*));
    head->state = TMLRT_FRAME_DONE;
    return TMLRT_READY;
}

static tmlrt_poll poll_make_late(void* frame, tmlrt_context* cx, void* out) {
    tmlrt_frame* head = frame;
    if (head->state == TMLRT_FRAME_UNSTARTED) {
        head->state = 1;
        cx->waker->vtable->wake_by_ref(cx->waker->data);
        return TMLRT_PENDING;
    }
    return poll_make(frame, cx, out);
}

/// Of a provider: its block has no name, so the object gets the provider's.
static tmlrt_poll poll_provide(void* frame, tmlrt_context* cx, void* out) {
    di_object* made = calloc(1, sizeof *made);
    void* first = *(void**)args_of(frame);
    (void)cx;
    made->name = "made";
    made->slots[0] = first;
    di_log_add("provide; ");
    memcpy(out, &made, sizeof(void*));
    return TMLRT_READY;
}

static tmlrt_poll poll_make_null(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx;
    memset(out, 0, sizeof(void*));
    return TMLRT_READY;
}

static tmlrt_poll poll_make_panic(void* frame, tmlrt_context* cx, void* out) {
    (void)cx, (void)out;
    ((tmlrt_frame*)frame)->state = TMLRT_FRAME_POISONED;
    tmlrt_panic("no database");
}

static tmlrt_poll poll_make_never(void* frame, tmlrt_context* cx, void* out) {
    (void)cx, (void)out;
    ((tmlrt_frame*)frame)->state = 1;
    return TMLRT_PENDING;
}

static tmlrt_poll poll_hook(void* frame, tmlrt_context* cx, void* out) {
    const di_object* self = *(di_object**)args_of(frame);
    (void)cx;
    di_log_add("hook %s; ", self->name);
    memset(out, 0, 4);
    return TMLRT_READY;
}

static tmlrt_poll poll_handler(void* frame, tmlrt_context* cx, void* out) {
    di_object* self = *(di_object**)args_of(frame);
    tmlrt_poll poll = di_on_call != NULL ? di_on_call(self, cx) : TMLRT_READY;
    if (poll == TMLRT_READY) {
        di_log_add("call %s; ", self->name);
        memset(out, 0, 8);
    }
    return poll;
}

static tmlrt_poll poll_guard(void* frame, tmlrt_context* cx, void* out) {
    const di_object* self = *(di_object**)args_of(frame);
    (void)cx;
    di_log_add("guard %s; ", self->name);
    *(uint8_t*)out = 1;
    return TMLRT_READY;
}

static tmlrt_poll poll_filter(void* frame, tmlrt_context* cx, void* out) {
    const struct {
        const di_object* self;
        const tmlrt_error* error;
    }* args = args_of(frame);
    (void)cx;
    di_log_add("filter %s %d; ", args->self->name, tmlrt_error_status(args->error));
    *(void**)out = NULL;
    return TMLRT_READY;
}

#define DESC(poll_, size_)                                                                         \
    {.abi = TMLRT_ABI_MAJOR << 16,                                                                 \
     .poll = (poll_),                                                                              \
     .drop = drop_frame,                                                                           \
     .frame_size = 16,                                                                             \
     .frame_align = 8,                                                                             \
     .out_size = (size_),                                                                          \
     .out_align = (size_),                                                                         \
     .name = #poll_,                                                                               \
     .num_states = 2}
const tmlrt_future_desc di_make = DESC(poll_make, 8), di_make_late = DESC(poll_make_late, 8),
                        di_make_null = DESC(poll_make_null, 8),
                        di_make_panic = DESC(poll_make_panic, 8),
                        di_make_never = DESC(poll_make_never, 8), di_hook_ok = DESC(poll_hook, 4);
static const tmlrt_future_desc s_provide = DESC(poll_provide, 8), s_handler = DESC(poll_handler, 8),
                               s_guard = DESC(poll_guard, 1), s_filter = DESC(poll_filter, 8);
static const tmlrt_meta_type s_error = {.size = 8, .align = 8, .kind = TMLRT_TYPE_ERROR},
                             s_response = {.size = 8, .align = 8, .kind = TMLRT_TYPE_RESPONSE},
                             s_maybe = {&s_response, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
static const tmlrt_meta_slot s_of_error = {
    .name = "error", .key = "error", .type = &s_error, .offset = 8, .where = TMLRT_WHERE_ERROR};
static const tmlrt_meta_type s_bool = {.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
static const tmlrt_meta_type s_u64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64};

// ---- records ------------------------------------------------------------------------------------

static tmlrt_meta_table table_of(const void* items, size_t size) {
    return (tmlrt_meta_table){items, 0, (uint32_t)size};
}

void di_program_init(di_program* p, uint32_t cap) {
    di_log[0] = '\0';
    di_on_call = NULL;
    *p = (di_program){.cap = cap};
    p->classes = calloc(cap, sizeof *p->classes);
    p->providers = calloc(cap, sizeof *p->providers);
    p->modules = calloc(cap, sizeof *p->modules);
    p->hooks = calloc(cap, sizeof *p->hooks);
    p->routes = calloc(cap, sizeof *p->routes);
    p->stages = calloc(cap, sizeof *p->stages);
    p->slots = calloc((size_t)cap * 2 * DI_MAX_SLOTS, sizeof *p->slots);
    p->types = calloc((size_t)cap * 2 * DI_MAX_SLOTS, sizeof *p->types);
    p->decos = calloc((size_t)cap * 4, sizeof *p->decos);
    p->values = calloc((size_t)cap * 4, sizeof *p->values);
    p->names = calloc(cap, sizeof *p->names);
    p->files[0] = "app.tml";
    p->files[1] = "lib.tml";
    p->unit = (tmlrt_meta_unit){.magic = TMLRT_META_MAGIC, .major = TMLRT_META_MAJOR};
    p->unit.name = "app";
    p->unit.runtime = &tmlrt_abi_v1;
    p->unit.files = (tmlrt_meta_table){p->files, 2, sizeof p->files[0]};
    p->unit.kind[TMLRT_KIND_CLASS] = table_of(p->classes, sizeof *p->classes);
    p->unit.kind[TMLRT_KIND_PROVIDER] = table_of(p->providers, sizeof *p->providers);
    p->unit.kind[TMLRT_KIND_MODULE] = table_of(p->modules, sizeof *p->modules);
    p->unit.kind[TMLRT_KIND_HOOK] = table_of(p->hooks, sizeof *p->hooks);
    p->unit.minor = TMLRT_META_MINOR;
    p->unit.kind[TMLRT_KIND_STAGE] = table_of(p->stages, sizeof *p->stages);
    p->unit.kind[TMLRT_KIND_ROUTE] = table_of(p->routes, sizeof *p->routes);
    p->units[0] = &p->unit;
    p->image =
        (tmlrt_image){TMLRT_ABI_MAJOR << 16, sizeof(tmlrt_image), p->units, p->units + 1, NULL};
}

void di_program_fini(di_program* p) {
    void* blocks[] = {p->classes, p->providers, p->modules, p->hooks, p->routes, p->slots,
                      p->types,   p->decos,     p->values,  p->names, p->stages};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        free(blocks[i]);
    }
}

static uint32_t next_of(di_program* p, uint32_t kind) {
    if (p->unit.kind[kind].count == p->cap) {
        fprintf(stderr, "di_program: more than %u records of kind %u\n", p->cap, kind);
        abort();
    }
    return p->unit.kind[kind].count++;
}

static tmlrt_meta_value word(const char* text, uint32_t kind) {
    return (tmlrt_meta_value){.kind = kind, .len = (uint32_t)strlen(text), .p = text};
}

static void add_deco(di_program* p, uint32_t cls, const char* name, const tmlrt_meta_value* value) {
    tmlrt_meta_class* class = &p->classes[cls];
    uint32_t at = cls * 4 + class->decos.count++;
    p->decos[at] = (tmlrt_meta_deco){.name = name, .loc = class->loc};
    if (value != NULL) {
        p->values[at] = *value;
        p->decos[at].args = (tmlrt_meta_table){&p->values[at], 1, sizeof *value};
    }
}

void di_deco(di_program* p, uint32_t cls, const char* name, const char* symbol) {
    tmlrt_meta_value value = word(symbol != NULL ? symbol : "", TMLRT_VALUE_SYM);
    add_deco(p, cls, name, symbol != NULL ? &value : NULL);
}

uint32_t di_class(di_program* p, const char* name, uint32_t line, const char* scope) {
    uint32_t index = next_of(p, TMLRT_KIND_CLASS);
    p->classes[index] = (tmlrt_meta_class){
        .name = name,
        .vtable = name,
        .drop = drop_object,
        .injects = table_of(p->slots + (size_t)index * DI_MAX_SLOTS, sizeof *p->slots),
        .decos = table_of(p->decos + (size_t)index * 4, sizeof *p->decos),
        .size = sizeof(di_object),
        .align = 8,
        .loc = {.line = line}};
    if (scope != NULL) {
        tmlrt_meta_value value = word(scope, TMLRT_VALUE_STR);
        add_deco(p, index, "Injectable", *scope != '\0' ? &value : NULL);
    }
    return index;
}

static tmlrt_meta_slot* add_slot(di_program* p, tmlrt_meta_table* table, const char* key,
                                 uint32_t offset, uint32_t line) {
    tmlrt_meta_slot* slot = (tmlrt_meta_slot*)(uintptr_t)table->items + table->count++;
    tmlrt_meta_type* type = &p->types[slot - p->slots];
    if (table->count > DI_MAX_SLOTS) {
        fprintf(stderr, "di_program: more than %d slots\n", DI_MAX_SLOTS);
        abort();
    }
    *type = (tmlrt_meta_type){key, 8, 8, TMLRT_TYPE_CLASS, 0};
    *slot = (tmlrt_meta_slot){.name = "dep", .key = key, .type = type, .offset = offset};
    slot->loc.line = line;
    return slot;
}

tmlrt_meta_slot* di_needs(di_program* p, uint32_t cls, const char* key, uint32_t flags,
                          uint32_t line) {
    tmlrt_meta_table* table = &p->classes[cls].injects;
    uint32_t offset = (uint32_t)offsetof(di_object, slots) + table->count * 8;
    tmlrt_meta_slot* slot = add_slot(p, table, key, offset, line);
    slot->loc.flags = (uint16_t)flags;
    return slot;
}

uint32_t di_provider(di_program* p, const char* token, const char* target, uint32_t how,
                     uint32_t scope, uint32_t line) {
    uint32_t index = next_of(p, TMLRT_KIND_PROVIDER);
    bool has_make = how == TMLRT_PROVIDE_VALUE || how == TMLRT_PROVIDE_FACTORY;
    p->providers[index] = (tmlrt_meta_provider){
        .token = token,
        .target = target,
        .make = has_make ? &s_provide : NULL,
        .deps = table_of(p->slots + (size_t)(p->cap + index) * DI_MAX_SLOTS, sizeof *p->slots),
        .how = how,
        .scope = scope,
        .loc = {.line = line}};
    return index;
}

tmlrt_meta_slot* di_depends(di_program* p, uint32_t provider, const char* key, uint32_t line) {
    tmlrt_meta_table* table = &p->providers[provider].deps;
    return add_slot(p, table, key, table->count * 8, line);
}

uint32_t di_module(di_program* p, const char* name, uint32_t line) {
    uint32_t index = next_of(p, TMLRT_KIND_MODULE);
    tmlrt_meta_table tables[4];
    for (uint32_t i = 0; i < 4; i++) {
        tables[i] = table_of(p->names[index].names[i], sizeof(char*));
    }
    p->modules[index] =
        (tmlrt_meta_module){name, tables[0], tables[1], tables[2], tables[3], {.line = line}};
    return index;
}

void di_list(di_program* p, uint32_t module, uint32_t table, const char* name) {
    tmlrt_meta_module* m = &p->modules[module];
    tmlrt_meta_table* tables[] = {&m->controllers, &m->providers, &m->imports, &m->exports};
    if (tables[table]->count == DI_MAX_NAMES) {
        fprintf(stderr, "di_program: more than %d names\n", DI_MAX_NAMES);
        abort();
    }
    p->names[module].names[table][tables[table]->count++] = name;
}

void di_hook(di_program* p, const char* cls, uint32_t event, int32_t order, uint32_t line,
             const tmlrt_future_desc* thunk) {
    uint32_t index = next_of(p, TMLRT_KIND_HOOK);
    p->hooks[index] = (tmlrt_meta_hook){cls, thunk, event, order, {.line = line}};
}

void di_route(di_program* p, const char* cls, const char* path, uint32_t line) {
    uint32_t index = next_of(p, TMLRT_KIND_ROUTE);
    p->routes[index] = (tmlrt_meta_route){.cls = cls,
                                          .name = "get",
                                          .method = "GET",
                                          .path = path,
                                          .thunk = &s_handler,
                                          .ret = &s_u64,
                                          .args_size = 8,
                                          .args_align = 8,
                                          .loc = {.line = line}};
}

void di_guard(di_program* p, const char* cls, uint32_t line) {
    uint32_t index = next_of(p, TMLRT_KIND_STAGE);
    p->stages[index] = (tmlrt_meta_stage){.cls = cls,
                                          .name = "can_activate",
                                          .thunk = &s_guard,
                                          .ret = &s_bool,
                                          .role = TMLRT_ROLE_GUARD,
                                          .args_size = 8,
                                          .args_align = 8,
                                          .loc = {.line = line}};
}

void di_filter(di_program* p, const char* cls, uint32_t line) {
    uint32_t index = next_of(p, TMLRT_KIND_STAGE);
    p->stages[index] = (tmlrt_meta_stage){.cls = cls,
                                          .name = "catch",
                                          .thunk = &s_filter,
                                          .ret = &s_maybe,
                                          .params = {&s_of_error, 1, sizeof s_of_error},
                                          .role = TMLRT_ROLE_FILTER,
                                          .args_size = 16,
                                          .args_align = 8,
                                          .loc = {.line = line}};
}
