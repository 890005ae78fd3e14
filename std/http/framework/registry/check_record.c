// SPDX-License-Identifier: Apache-2.0
// Checks of one record, a function per kind, and the table of what the kinds have in common.
//
// What only the whole program knows (tokens, controllers of routes, path names of parameters) is
// checked later by di.c and app_routes.c; here a record is looked at alone. One thread, at start.
#include "std/http/framework/registry/check.h"

#include <stdalign.h>
#include <string.h>

static const struct {
    size_t size, align, loc;
    const char* word;
} s_kinds[TMLRT_NUM_KINDS] = {
#define KIND(kind, type, word)                                                                     \
    [TMLRT_KIND_##kind] = {sizeof(type), alignof(type), offsetof(type, loc), word}
    KIND(CLASS, tmlrt_meta_class, "class"),          KIND(ROUTE, tmlrt_meta_route, "route"),
    KIND(PROVIDER, tmlrt_meta_provider, "provider"), KIND(SCHEMA, tmlrt_meta_schema, "schema"),
    KIND(MODULE, tmlrt_meta_module, "module"),       KIND(HOOK, tmlrt_meta_hook, "hook"),
    KIND(EXAMPLE, tmlrt_meta_example, "example"),    KIND(STAGE, tmlrt_meta_stage, "stage"),
#undef KIND
};

size_t trt_record_size(uint32_t kind) {
    return s_kinds[kind].size;
}

size_t trt_record_align(uint32_t kind) {
    return s_kinds[kind].align;
}

const tmlrt_meta_loc* trt_record_loc(uint32_t kind, const void* item) {
    return (const tmlrt_meta_loc*)((const char*)item + s_kinds[kind].loc);
}

const char* trt_role_word(uint32_t role) {
    static const char* const words[] = {
#define ROLE_WORD(name, value, ir) [value] = ir,
        TMLRT_META_ROLE_MAP(ROLE_WORD)
#undef ROLE_WORD
    };
    return role < TMLRT_NUM_ROLES ? words[role] : NULL;
}

const char* trt_record_second_name(uint32_t kind, const void* item) {
    static const char* const events[] = {"init", "bootstrap", "destroy", "before_shutdown",
                                         "shutdown"};
    if (kind == TMLRT_KIND_ROUTE) {
        return ((const tmlrt_meta_route*)item)->name;
    }
    if (kind == TMLRT_KIND_EXAMPLE) {
        return ((const tmlrt_meta_example*)item)->name;
    }
    if (kind == TMLRT_KIND_STAGE) {
        return trt_role_word(((const tmlrt_meta_stage*)item)->role);
    }
    if (kind == TMLRT_KIND_HOOK) {
        uint32_t event = ((const tmlrt_meta_hook*)item)->event;
        return event <= TMLRT_HOOK_SHUTDOWN ? events[event] : NULL;
    }
    return NULL;
}

const char* trt_record_names(uint32_t kind, const void* item, const char* out_names[4]) {
    out_names[0] = *(const char* const*)item; // every record begins with a name
    out_names[1] = trt_record_second_name(kind, item);
    out_names[2] = out_names[3] = NULL;
    if (kind == TMLRT_KIND_ROUTE) {
        const tmlrt_meta_route* route = item;
        out_names[2] = route->method;
        out_names[3] = route->path;
    } else if (kind == TMLRT_KIND_EXAMPLE) {
        out_names[2] = ((const tmlrt_meta_example*)item)->title;
    }
    return s_kinds[kind].word;
}

static bool need(trt_check* check, const void* ptr, const char* what) {
    if (ptr == NULL) {
        trt_check_fail(check, "the %s is NULL", what);
        return false;
    }
    return true;
}

/// A name that something is found by.
static bool need_text(trt_check* check, const char* text, const char* what) {
    if (need(check, text, what) && text[0] == '\0') {
        trt_diags_add(check->diags, TMLRT_E_META_MALFORMED, &check->at,
                      "write the name that it is found by", "the %s is empty", what);
        check->ok = false;
    }
    return check->ok;
}

static bool power_of_two(uint32_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

static void check_class(trt_check* check, const tmlrt_meta_class* class) {
    if (!need_text(check, class->name, "name")) {
        return;
    }
    if (!power_of_two(class->align) || class->align > alignof(max_align_t)) {
        trt_check_fail(check, "the alignment %u is not a power of two up to %zu", class->align,
                       alignof(max_align_t));
        return;
    }
    if (class->make != NULL && trt_check_desc(check, class->make, "make") &&
        class->make->out_size != sizeof(void*)) {
        trt_check_fail(check, "make returns %zu bytes, not one pointer",
                       (size_t)class->make->out_size);
    }
    uint32_t from = class->vtable != NULL ? sizeof(void*) : 0;
    if (class->size < from) {
        trt_check_fail(check, "%u bytes have no room for the vtable", class->size);
    }
    trt_check_slots(check, &class->injects, "injections", from, class->size);
    for (uint32_t i = 0; check->ok && i < class->injects.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&class->injects, i);
        if (slot->key == NULL || slot->type->size != sizeof(void*)) {
            trt_check_fail(check, "injection `%s` has no token or is not a pointer", slot->name);
        } else {
            need_text(check, slot->key, "token of an injection");
        }
    }
    trt_check_decos(check, &class->decos);
}

/// Handlers without a thunk are called through libffi: the signature says all that is known.
static void check_ffi(trt_check* check, const tmlrt_meta_route* route) {
    if (route->fn == NULL || route->ffi_sig == NULL) {
        trt_diags_add(check->diags, TMLRT_E_META_MALFORMED, &check->at,
                      "lower the module with tmlcg, which makes a thunk for every handler",
                      "there is neither a thunk nor a function with an ffi signature");
        check->ok = false;
        return;
    }
    size_t len = strlen(route->ffi_sig);
    if (strspn(route->ffi_sig, "vildp") != len || len != (size_t)route->params.count + 2) {
        trt_check_fail(check,
                       "the ffi signature \"%s\" must have one of v i l d p for the answer, "
                       "the controller and each of %u parameters",
                       route->ffi_sig, route->params.count);
    } else if (route->ffi_sig[1] != 'p' || strchr(route->ffi_sig + 1, 'v') != NULL) {
        trt_check_fail(check, "the ffi signature \"%s\" does not take the controller as `p`",
                       route->ffi_sig);
    }
}

static void check_route(trt_check* check, const tmlrt_meta_route* route) {
    if (!need(check, route->cls, "class name") || !need(check, route->name, "name") ||
        !need(check, route->method, "method") || !need(check, route->path, "path") ||
        !trt_check_type(check, route->ret, "the answer")) {
        return;
    }
    if (route->args_size < sizeof(void*) || !power_of_two(route->args_align) ||
        route->args_align > 4096) {
        trt_check_fail(check, "the args struct has %u bytes at %u; it begins with a pointer",
                       route->args_size, route->args_align);
        return;
    }
    trt_check_slots(check, &route->params, "parameters", sizeof(void*), route->args_size);
    trt_check_decos(check, &route->decos);
    if (route->thunk == NULL) {
        check_ffi(check, route);
    } else if (trt_check_desc(check, route->thunk, "thunk") &&
               route->thunk->out_size < route->ret->size) {
        trt_check_fail(check, "the thunk writes %zu bytes, the answer has %u",
                       (size_t)route->thunk->out_size, route->ret->size);
    }
}

static void check_provider(trt_check* check, const tmlrt_meta_provider* provider) {
    if (!need_text(check, provider->token, "token")) {
        return;
    }
    if (provider->how > TMLRT_PROVIDE_ALIAS || provider->scope > TMLRT_SCOPE_TRANSIENT) {
        trt_check_fail(check, "how (%u) or scope (%u) is unknown", provider->how, provider->scope);
        return;
    }
    if (provider->how == TMLRT_PROVIDE_CLASS || provider->how == TMLRT_PROVIDE_ALIAS) {
        need_text(check, provider->target, "target");
        return;
    }
    if (!need(check, provider->make, "make") || !trt_check_desc(check, provider->make, "make")) {
        return;
    }
    if (provider->make->out_size != sizeof(void*)) {
        trt_check_fail(check, "make returns %zu bytes, not one pointer",
                       (size_t)provider->make->out_size);
    }
    trt_check_slots(check, &provider->deps, "dependencies", 0, UINT32_MAX);
    for (uint32_t i = 0; check->ok && i < provider->deps.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&provider->deps, i);
        if (slot->key == NULL || slot->type->size != sizeof(void*) || slot->offset > 1u << 20) {
            trt_check_fail(check, "dependency `%s` has no token or is not a pointer", slot->name);
        } else {
            need_text(check, slot->key, "token of a dependency");
        }
    }
}

static void check_name_table(trt_check* check, const tmlrt_meta_table* table, const char* what) {
    if (!trt_check_table(check, table, sizeof(char*), alignof(char*), what)) {
        return;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        if (!need(check, *(const char* const*)trt_meta_at(table, i), what)) {
            return;
        }
    }
}

static void check_module(trt_check* check, const tmlrt_meta_module* module) {
    if (!need(check, module->name, "name")) {
        return;
    }
    check_name_table(check, &module->controllers, "controllers");
    check_name_table(check, &module->providers, "providers");
    check_name_table(check, &module->imports, "imports");
    check_name_table(check, &module->exports, "exports");
}

static void check_hook(trt_check* check, const tmlrt_meta_hook* hook) {
    if (!need(check, hook->cls, "class name") || !need(check, hook->thunk, "thunk")) {
        return;
    }
    if (hook->event > TMLRT_HOOK_SHUTDOWN) {
        trt_check_fail(check, "event %u is unknown", hook->event);
        return;
    }
    if (trt_check_desc(check, hook->thunk, "hook") && hook->thunk->out_size > 8) {
        trt_check_fail(check, "a hook returns nothing or an i32");
    }
}

static void check_example(trt_check* check, const tmlrt_meta_example* example) {
    if (need(check, example->cls, "class name") && need(check, example->name, "name") &&
        need(check, example->title, "title")) {
        need(check, example->request, "request");
    }
}

static bool check_stage_params(trt_check* check, const tmlrt_meta_stage* stage) {
    static const uint8_t wanted[TMLRT_NUM_ROLES] = {
        [TMLRT_ROLE_MIDDLEWARE] = TMLRT_WHERE_NEXT, [TMLRT_ROLE_INTERCEPTOR] = TMLRT_WHERE_NEXT,
        [TMLRT_ROLE_PIPE] = TMLRT_WHERE_VALUE,      [TMLRT_ROLE_FILTER] = TMLRT_WHERE_ERROR,
        [TMLRT_ROLE_GUARD] = TMLRT_WHERE_NONE,
    };
    uint32_t num_wanted = 0, num_requests = 0;
    for (uint32_t i = 0; i < stage->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&stage->params, i);
        bool pointer = slot->where == TMLRT_WHERE_VALUE || slot->type->size == sizeof(void*);
        num_wanted += slot->where == wanted[stage->role] && slot->where != TMLRT_WHERE_NONE;
        num_requests += slot->where == TMLRT_WHERE_REQUEST;
        if (!pointer) {
            trt_check_fail(check, "`%s` is not a pointer", slot->name);
            return false;
        }
    }
    if (num_wanted != (wanted[stage->role] != TMLRT_WHERE_NONE) || num_requests > 1 ||
        stage->params.count != num_wanted + num_requests) {
        trt_check_fail(check, "a %s does not take these parameters", trt_role_word(stage->role));
        return false;
    }
    return true;
}

/// The type a stage's answer must have, behind an outcome.
static bool check_stage_answer(const tmlrt_meta_stage* stage) {
    const tmlrt_meta_type* ret = stage->ret;
    const tmlrt_meta_type* inner = ret->ref;
    if (stage->role == TMLRT_ROLE_FILTER) {
        return ret->kind == TMLRT_TYPE_MAYBE && inner->kind == TMLRT_TYPE_RESPONSE;
    }
    ret = ret->kind == TMLRT_TYPE_OUTCOME ? inner : ret;
    if (stage->role != TMLRT_ROLE_PIPE) {
        return ret->kind ==
               (stage->role == TMLRT_ROLE_GUARD ? TMLRT_TYPE_BOOL : TMLRT_TYPE_RESPONSE);
    }
    for (uint32_t i = 0; i < stage->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&stage->params, i);
        if (slot->where == TMLRT_WHERE_VALUE) {
            return trt_type_equal(slot->type, ret);
        }
    }
    return false;
}

static void check_stage(trt_check* check, const tmlrt_meta_stage* stage) {
    if (!need(check, stage->cls, "class name") || !need(check, stage->name, "method name") ||
        !need(check, stage->thunk, "thunk") || !trt_check_type(check, stage->ret, "the answer")) {
        return;
    }
    if (stage->role >= TMLRT_NUM_ROLES) {
        trt_check_fail(check, "role %u is unknown", stage->role);
        return;
    }
    if (stage->args_size < sizeof(void*) || !power_of_two(stage->args_align) ||
        stage->args_align > 4096) {
        trt_check_fail(check, "the args struct has %u bytes at %u; it begins with a pointer",
                       stage->args_size, stage->args_align);
        return;
    }
    trt_check_slots(check, &stage->params, "parameters", sizeof(void*), stage->args_size);
    if (!check->ok || !check_stage_params(check, stage)) {
        return;
    }
    if (!check_stage_answer(stage)) {
        trt_check_fail(check, "a %s does not return this type", trt_role_word(stage->role));
    } else if (trt_check_desc(check, stage->thunk, "thunk") &&
               stage->thunk->out_size < stage->ret->size) {
        trt_check_fail(check, "the thunk writes %zu bytes, the answer has %u",
                       (size_t)stage->thunk->out_size, stage->ret->size);
    }
}

/// Fills check->at from what can be read of the record.
static void describe(trt_check* check, uint32_t kind, const void* item) {
    const tmlrt_meta_loc* loc = trt_record_loc(kind, item);
    const char* first = *(const char* const*)item; // every record begins with a name
    check->at = (trt_diag_at){.kind = s_kinds[kind].word};
    if (kind == TMLRT_KIND_ROUTE || kind == TMLRT_KIND_HOOK || kind == TMLRT_KIND_EXAMPLE ||
        kind == TMLRT_KIND_STAGE) {
        check->at.cls = first;
        check->at.name = trt_record_second_name(kind, item);
    } else {
        check->at.name = first;
    }
    check->at.file = check->unit->name;
    if (loc->line != 0 && loc->file < check->unit->files.count) {
        check->at.file = *(const char* const*)trt_meta_at(&check->unit->files, loc->file);
        check->at.line = loc->line;
    }
}

bool trt_check_record(trt_check* check, uint32_t kind, const void* item) {
    check->ok = true;
    describe(check, kind, item);
    if (!trt_check_loc(check, trt_record_loc(kind, item), "the record")) {
        return false;
    }
    switch (kind) {
    case TMLRT_KIND_CLASS:
        check_class(check, item);
        break;
    case TMLRT_KIND_ROUTE:
        check_route(check, item);
        break;
    case TMLRT_KIND_PROVIDER:
        check_provider(check, item);
        break;
    case TMLRT_KIND_SCHEMA:
        trt_check_schema(check, item);
        break;
    case TMLRT_KIND_MODULE:
        check_module(check, item);
        break;
    case TMLRT_KIND_HOOK:
        check_hook(check, item);
        break;
    case TMLRT_KIND_EXAMPLE:
        check_example(check, item);
        break;
    case TMLRT_KIND_STAGE:
        check_stage(check, item);
        break;
    default:
        break;
    }
    return check->ok;
}
