// SPDX-License-Identifier: Apache-2.0
// Fuzz target: whole requests into parameters of every place. The first byte says what the rest is:
// a query, a form, a JSON body, a header field, a cookie, a Content-Type. What is refused must have
// a reason; what is bound is freed once.
#include "std/http/framework/bind/bind.h"
#include "std/http/framework/registry/registry.h"
#include "std/http/framework/value/value.h"

#include <stddef.h>
#include <stdlib.h>

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}

static const tmlrt_meta_type t_i32 = SCALAR(I32, 4), t_str = SCALAR(STR, 8), t_f32 = SCALAR(F32, 4),
                             t_text = SCALAR(TEXT, 8), t_char = SCALAR(CHAR, 4),
                             t_ints = {&t_i32, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_texts = {&t_text, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_maybe_texts = {&t_texts, 8, 8, TMLRT_TYPE_MAYBE, 255},
                             t_maybe_i32 = {&t_i32, 8, 4, TMLRT_TYPE_MAYBE, 4};

#define OPTIONAL .loc = {.flags = TMLRT_LOC_OPTIONAL}
#define SLOT(name_, type_, offset_, ...)                                                           \
    {.name = (name_), .key = (name_), .type = &(type_), .offset = (offset_), __VA_ARGS__}
#define TABLE(array) {(array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0])}

static const tmlrt_meta_slot s_fields[] = {
    SLOT("a", t_i32, 0, OPTIONAL),   SLOT("b", t_maybe_i32, 4),
    SLOT("c", t_ints, 16, OPTIONAL), SLOT("dd", t_maybe_texts, 24),
    SLOT("e", t_str, 32, OPTIONAL),  SLOT("f", t_f32, 40, OPTIONAL),
    SLOT("g", t_text, 48, OPTIONAL), SLOT("h", t_char, 56, OPTIONAL),
};
static const tmlrt_meta_schema s_schema = {
    .name = "Flat", .fields = TABLE(s_fields), .size = 64, .align = 8};
static const tmlrt_meta_type t_flat = {&s_schema, 64, 8, TMLRT_TYPE_STRUCT, 0};
static const tmlrt_meta_slot s_params[] = {
    SLOT("query", t_flat, 8, .where = TMLRT_WHERE_QUERY),
    SLOT("x", t_ints, 72, .where = TMLRT_WHERE_QUERY, OPTIONAL),
    SLOT("list", t_maybe_texts, 80, .where = TMLRT_WHERE_HEADER),
    SLOT("one", t_str, 88, .where = TMLRT_WHERE_HEADER, OPTIONAL),
    SLOT("id", t_ints, 96, .where = TMLRT_WHERE_COOKIE, OPTIONAL),
    SLOT("sid", t_maybe_i32, 104, .where = TMLRT_WHERE_COOKIE),
    SLOT("body", t_flat, 112, .where = TMLRT_WHERE_BODY, OPTIONAL),
};
static const tmlrt_meta_route s_route = {.params = TABLE(s_params)};

static void bind(trt_arena* arena, int kind, tmlrt_slice text) {
    static const char* const types[] = {"application/x-www-form-urlencoded", "application/json"};
    static const uint8_t none[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    static const char* const names[] = {"list", "one", "cookie"};
    const char* type = types[kind % 2];
    uint64_t place[32] = {0};
    trt_query query = {0};
    trt_bind_errors errors;
    trt_header headers[2] = {{{"content-type", 12}, {type, strlen(type)}}};
    tmlrt_request request = {.arena = arena, .headers = headers, .num_headers = 1};
    const char* reason = NULL;
    if (kind == 0 && trt_query_parse(&query, arena, text, NULL, &reason) != TMLRT_OK) {
        if (reason == NULL) {
            abort();
        }
        return;
    }
    if (kind == 1 || kind == 2) {
        headers[0].value = (tmlrt_slice){types[kind - 1], strlen(types[kind - 1])};
        request.body = text;
    } else if (kind >= 3 && kind <= 5) {
        headers[1] = (trt_header){{names[kind - 3], strlen(names[kind - 3])}, text};
        request.num_headers = 2;
    } else if (kind == 6) {
        headers[0].value = text;
        request.body = (tmlrt_slice){"{}", 2};
    }
    trt_bind_input input = {&request, &query, none, NULL, NULL};
    tmlrt_status status = trt_bind_args(&s_route, (char*)place, &input, &errors);
    if (status == TMLRT_E_BIND && errors.num == 0 && errors.detail == NULL) {
        abort();
    }
    for (uint32_t i = 0; status == TMLRT_OK && i < s_route.params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&s_route.params, i);
        trt_value_free(slot->type, (char*)place + slot->offset);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    trt_arena arena;
    if (size == 0) {
        return 0;
    }
    char* copy = malloc(size); // exact, so that a read beyond is seen
    memcpy(copy, data + 1, size - 1);
    trt_arena_init(&arena, 16 << 20);
    bind(&arena, data[0] % 7, (tmlrt_slice){copy, size - 1});
    trt_arena_fini(&arena);
    free(copy);
    return 0;
}
