// SPDX-License-Identifier: Apache-2.0
// Handlers without a thunk, called through libffi.
#include "std/http/framework/call/ffi_call.h"

#include "std/http/framework/value/value.h"
#include "tests/support/call_rig.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

static const tmlrt_meta_type t_bool = {.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
static const tmlrt_meta_type t_str = {.size = 8, .align = 8, .kind = TMLRT_TYPE_STR};
static const tmlrt_meta_type t_u64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_U64};
static const tmlrt_meta_type t_maybe_bool = {&t_bool, 8, 4, TMLRT_TYPE_MAYBE, 4};
static const tmlrt_meta_type t_maybe_str = {&t_str, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
static const tmlrt_meta_type t_strs = {&t_str, 8, 8, TMLRT_TYPE_LIST, 0};

static int8_t ffi_handler(user_controller* self, int64_t a, uint8_t b, double c, const char* d) {
    return (int8_t)(self->users != NULL && a == -5 && b == 200 && c == 1.5 && strcmp(d, "s") == 0
                        ? -7
                        : 0);
}

typedef struct ffi_args {
    void* self;
    int64_t a;
    uint8_t b;
    double c;
    const char* d;
} ffi_args;

TEST(call__handler_without_a_thunk__called_through_libffi) {
    static const tmlrt_meta_type t_i64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_I64};
    static const tmlrt_meta_type t_u8 = {.size = 1, .align = 1, .kind = TMLRT_TYPE_U8};
    static const tmlrt_meta_type t_i8 = {.size = 1, .align = 1, .kind = TMLRT_TYPE_I8};
    static const tmlrt_meta_type t_f64 = {.size = 8, .align = 8, .kind = TMLRT_TYPE_F64};
#define FFI_SLOT(name_, type_)                                                                     \
    {.name = #name_,                                                                               \
     .key = #name_,                                                                                \
     .type = &(type_),                                                                             \
     .offset = offsetof(ffi_args, name_),                                                          \
     .where = TMLRT_WHERE_QUERY}
    static const tmlrt_meta_slot params[] = {FFI_SLOT(a, t_i64), FFI_SLOT(b, t_u8),
                                             FFI_SLOT(c, t_f64), FFI_SLOT(d, t_str)};
    static call_rig r;
    meta_program_init(&r.program);
    tmlrt_meta_route* route = &r.program.routes[META_GET];
    route->thunk = NULL;
    route->fn = (void (*)(void))ffi_handler;
    route->ffi_sig = "iplidp";
    route->ret = &t_i8;
    route->params = META_TABLE(params);
    route->args_size = sizeof(ffi_args);
    call_rig_start(&r);
    EXPECT_STR(call_rig_get(&r, "/api/users/1?a=-5&b=200&c=1.5&d=s"), "200|-7");
    EXPECT_STR(call_rig_get(&r, "/api/users/1?a=-4&b=200&c=1.5&d=s"), "200|0");
    call_rig_stop(&r);
}

/// A List and a Str that are the caller's, by pointer.
static trt_tml_list* ffi_list(user_controller* self, const trt_tml_list* in) {
    trt_tml_list* list = malloc(sizeof *list);
    (void)self;
    *list = (trt_tml_list){malloc(32), in != NULL ? in->len : 0, 4, 8};
    for (int64_t i = 0; i < list->len; i++) {
        ((char**)list->data)[i] = strdup(((char**)in->data)[i]);
    }
    if (in != NULL) {
        free(in->data); // moved in
        free((void*)(uintptr_t)in);
    }
    return list;
}

static char* ffi_text(user_controller* self, int32_t letter) {
    char text[2] = {(char)letter, '\0'};
    (void)self;
    return letter == '-' ? NULL : strdup(text);
}

static void ffi_nothing(user_controller* self) {
    (void)self;
}

TEST(call__ffi_answers_by_pointer__written_and_freed) {
    static const tmlrt_meta_type t_char = {.size = 4, .align = 4, .kind = TMLRT_TYPE_CHAR};
    static const tmlrt_meta_type t_unit = {.align = 1, .kind = TMLRT_TYPE_UNIT};
    static const tmlrt_meta_slot list[] = {{.name = "a",
                                            .key = "a",
                                            .type = &t_strs,
                                            .offset = 8,
                                            .where = TMLRT_WHERE_QUERY,
                                            .loc = {.flags = TMLRT_LOC_OPTIONAL}}};
    static const tmlrt_meta_slot letter[] = {
        {.name = "c", .key = "c", .type = &t_char, .offset = 8, .where = TMLRT_WHERE_QUERY}};
    const struct {
        void (*fn)(void);
        const char* signature;
        const tmlrt_meta_type* ret;
        tmlrt_meta_table params;
        const char *query, *want;
    } rows[] = {
        {(void (*)(void))ffi_list, "ppp", &t_strs, META_TABLE(list), "?a=x&a=y",
         "200|[\"x\",\"y\"]"},
        {(void (*)(void))ffi_list, "ppp", &t_strs, META_TABLE(list), "", "200|[]"},
        {(void (*)(void))ffi_text, "ppi", &t_maybe_str, META_TABLE(letter), "?c=z", "200|z"},
        {(void (*)(void))ffi_text, "ppi", &t_maybe_str, META_TABLE(letter), "?c=-", "404|"},
        {(void (*)(void))ffi_nothing, "vp", &t_unit, {0}, "", "204|"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static call_rig r;
        char target[64];
        meta_program_init(&r.program);
        tmlrt_meta_route* route = &r.program.routes[META_GET];
        route->thunk = NULL;
        route->fn = rows[i].fn;
        route->ffi_sig = rows[i].signature;
        route->ret = rows[i].ret;
        route->params = rows[i].params;
        route->params.stride = sizeof(tmlrt_meta_slot);
        route->args_size = 16;
        route->loc.flags = TMLRT_LOC_OWNED;
        call_rig_start(&r);
        snprintf(target, sizeof target, "/api/users/1%s", rows[i].query);
        const char* text = call_rig_get(&r, target);
        if (strncmp(text, rows[i].want, strlen(rows[i].want)) != 0) {
            test_fail(__FILE__, __LINE__, "row %zu: %s", i, text);
        }
        call_rig_stop(&r);
    }
}

TEST(ffi_new__no_memory__null) {
    const tmlrt_meta_route route = {.ffi_sig = "vp"};
    test_allocator_fail_at(1);
    EXPECT(trt_ffi_new(&route) == NULL);
    test_allocator_fail_at(0);
    trt_ffi_free(trt_ffi_new(&route));
    trt_ffi_free(NULL);
}

TEST(call__ffi_signature_that_does_not_fit__said_at_start) {
    static const tmlrt_meta_type t_f32 = {.size = 4, .align = 4, .kind = TMLRT_TYPE_F32};
    static const tmlrt_meta_type t_dto = {.size = 16, .align = 8, .kind = TMLRT_TYPE_STRUCT};
    const struct {
        const char* signature;
        const tmlrt_meta_type* ret;
        const char* wrong;
    } rows[] = {
        {"lpl", &t_u64, NULL},
        {"ipl", &t_u64, "the ffi signature does not fit the type of the answer"},
        {"dpl", &t_f32, "the ffi signature does not fit the type of the answer"},
        {"ppl", &t_dto, "the ffi signature does not fit the type of the answer"},
        {"ipl", &t_maybe_bool, "the ffi signature does not fit the type of the answer"},
        {"lpd", &t_u64, "the ffi signature does not fit the type of a parameter"},
    };
    meta_program p;
    meta_program_init(&p);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tmlrt_meta_route route = p.routes[META_GET];
        route.ffi_sig = rows[i].signature;
        route.ret = rows[i].ret;
        const char* wrong = trt_ffi_check(&route);
        EXPECT((wrong == NULL) == (rows[i].wrong == NULL));
        EXPECT(wrong == NULL || strcmp(wrong, rows[i].wrong) == 0);
    }
}
