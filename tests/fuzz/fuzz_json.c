// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the JSON reader over a recursive record, and the writer over what it read. A value
// that was accepted must be written, be read again, and be written to the same bytes.
#include "std/http/framework/value/json_read.h"
#include "std/http/framework/value/json_write.h"
#include "std/http/framework/value/value.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct item {
    uint64_t id;
    const char* name;
    double ratio;
    struct {
        int32_t tag, payload;
    } at;
    trt_tml_list* items;
    trt_tml_text* text;
    uint32_t letter;
    int8_t small;
    uint8_t yes;
} item;

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}

static const tmlrt_meta_schema s_schema;
static const tmlrt_meta_type t_item = {&s_schema, sizeof(item), 8, TMLRT_TYPE_STRUCT, 0};
static const tmlrt_meta_type t_items = {&t_item, 8, 8, TMLRT_TYPE_LIST, 0};
static const tmlrt_meta_type t_u64 = SCALAR(U64, 8), t_str = SCALAR(STR, 8), t_f64 = SCALAR(F64, 8),
                             t_i32 = SCALAR(I32, 4), t_text = SCALAR(TEXT, 8),
                             t_char = SCALAR(CHAR, 4), t_i8 = SCALAR(I8, 1),
                             t_bool = SCALAR(BOOL, 1);
static const tmlrt_meta_type t_maybe = {&t_i32, 8, 4, TMLRT_TYPE_MAYBE, 4};

#define FIELD(name_, type_, ...)                                                                   \
    {.name = #name_, .key = #name_, .type = &(type_), .offset = offsetof(item, name_), __VA_ARGS__}
#define OPTIONAL .loc = {.flags = TMLRT_LOC_OPTIONAL}

static const tmlrt_meta_slot s_fields[] = {
    FIELD(id, t_u64),
    FIELD(name, t_str, OPTIONAL),
    FIELD(ratio, t_f64, OPTIONAL),
    FIELD(at, t_maybe),
    FIELD(items, t_items, OPTIONAL),
    FIELD(text, t_text, OPTIONAL),
    FIELD(letter, t_char, OPTIONAL),
    FIELD(small, t_i8, OPTIONAL),
    FIELD(yes, t_bool, OPTIONAL),
};
static const tmlrt_meta_schema s_schema = {
    .name = "item",
    .fields = {s_fields, sizeof s_fields / sizeof s_fields[0], sizeof s_fields[0]},
    .size = sizeof(item),
    .align = 8,
};

static tmlrt_slice write_back(trt_arena* arena, const tmlrt_meta_type* type, const void* value) {
    tmlrt_slice out;
    trt_json_writer writer = {.arena = arena};
    trt_json_put_value(&writer, type, value);
    if (trt_json_finish(&writer, &out) != TMLRT_OK) {
        abort();
    }
    return out;
}

/// Reads with null names left out: a null Str is written as null, which a Str does not take.
static int has_null(const item* value) {
    if (value->name == NULL || value->text == NULL) {
        return 1;
    }
    for (int64_t i = 0; value->items != NULL && i < value->items->len; i++) {
        if (has_null((const item*)value->items->data + i)) {
            return 1;
        }
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    trt_arena arena;
    trt_json_report report;
    item value, again;
    char* copy = malloc(size == 0 ? 1 : size); // exact: a read beyond is seen
    memcpy(copy, data, size);
    trt_arena_init(&arena, 64 << 20);
    tmlrt_status status =
        trt_json_read(&value, &t_item, NULL, &arena, (tmlrt_slice){copy, size}, &report);
    if (status == TMLRT_OK) {
        tmlrt_slice first = write_back(&arena, &t_item, &value);
        if (!has_null(&value)) {
            if (trt_json_read(&again, &t_item, NULL, &arena, first, &report) != TMLRT_OK) {
                abort();
            }
            tmlrt_slice second = write_back(&arena, &t_item, &again);
            if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0) {
                abort();
            }
            trt_value_free(&t_item, &again);
        }
        trt_value_free(&t_item, &value);
    } else if ((status == TMLRT_E_JSON || status == TMLRT_E_BIND) && report.num == 0) {
        abort(); // an error without a message
    }
    trt_arena_fini(&arena);
    free(copy);
    return 0;
}
