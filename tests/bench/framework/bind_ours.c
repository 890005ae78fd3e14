// SPDX-License-Identifier: Apache-2.0
// The bind bench: reads one order from a file into structs, by records such as a compiler emits, as
// the framework does for a request's body. usage: bind_ours FILE COUNT; prints the nanoseconds per
// read. peers/serde does the same with serde_json.
#include "std/http/framework/value/json_read.h"
#include "std/http/framework/value/value.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct address {
    const char *street, *city, *zip;
    double lat, lon;
} address;
typedef struct customer {
    uint64_t id;
    const char *name, *email, *phone;
    address address;
} customer;
typedef struct item {
    const char *sku, *title;
    uint32_t quantity;
    double price;
    uint8_t gift;
    trt_tml_list* tags;
} item;
typedef struct order {
    uint64_t id;
    customer customer;
    trt_tml_list* items;
    const char* notes;
    trt_tml_list *coupons, *scores;
    uint8_t express;
    double total;
} order;

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}
#define STRUCT(name_)        {&s_##name_, sizeof(name_), _Alignof(name_), TMLRT_TYPE_STRUCT, 0}
#define LIST(type_)          {&(type_), 8, 8, TMLRT_TYPE_LIST, 0}
#define FIELD(struct_, name_, type_)                                                               \
    {.name = #name_, .key = #name_, .type = &(type_), .offset = offsetof(struct_, name_)}
#define SCHEMA(name_)                                                                              \
    {.name = #name_,                                                                               \
     .fields = {s_##name_##_fields, sizeof s_##name_##_fields / sizeof s_##name_##_fields[0],      \
                sizeof s_##name_##_fields[0]},                                                     \
     .size = sizeof(name_),                                                                        \
     .align = _Alignof(name_)}

static const tmlrt_meta_type t_bool = SCALAR(BOOL, 1), t_i32 = SCALAR(I32, 4),
                             t_u32 = SCALAR(U32, 4), t_u64 = SCALAR(U64, 8), t_f64 = SCALAR(F64, 8),
                             t_str = SCALAR(STR, 8), t_strs = LIST(t_str), t_ints = LIST(t_i32),
                             t_maybe = {&t_str, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};

static const tmlrt_meta_slot s_address_fields[] = {
    FIELD(address, street, t_str), FIELD(address, city, t_str), FIELD(address, zip, t_str),
    FIELD(address, lat, t_f64),    FIELD(address, lon, t_f64),
};
static const tmlrt_meta_schema s_address = SCHEMA(address);
static const tmlrt_meta_type t_address = STRUCT(address);
static const tmlrt_meta_slot s_customer_fields[] = {
    FIELD(customer, id, t_u64),          FIELD(customer, name, t_str),
    FIELD(customer, email, t_str),       FIELD(customer, phone, t_maybe),
    FIELD(customer, address, t_address),
};
static const tmlrt_meta_schema s_customer = SCHEMA(customer);
static const tmlrt_meta_type t_customer = STRUCT(customer);
static const tmlrt_meta_slot s_item_fields[] = {
    FIELD(item, sku, t_str),   FIELD(item, title, t_str), FIELD(item, quantity, t_u32),
    FIELD(item, price, t_f64), FIELD(item, gift, t_bool), FIELD(item, tags, t_strs),
};
static const tmlrt_meta_schema s_item = SCHEMA(item);
static const tmlrt_meta_type t_item = STRUCT(item), t_items = LIST(t_item);
static const tmlrt_meta_slot s_order_fields[] = {
    FIELD(order, id, t_u64),       FIELD(order, customer, t_customer), FIELD(order, items, t_items),
    FIELD(order, notes, t_maybe),  FIELD(order, coupons, t_strs),      FIELD(order, scores, t_ints),
    FIELD(order, express, t_bool), FIELD(order, total, t_f64),
};
static const tmlrt_meta_schema s_order = SCHEMA(order);
static const tmlrt_meta_type t_order = STRUCT(order);

void bind_round(const trt_json_keys* keys, trt_arena* arena, tmlrt_slice text);

/// One request's worth: read, and free what a handler would. Not inlined: a profile counts inside.
__attribute__((noinline)) void bind_round(const trt_json_keys* keys, trt_arena* arena,
                                          tmlrt_slice text) {
    order value;
    trt_json_report report;
    if (trt_json_read(&value, &t_order, keys, arena, text, &report) != TMLRT_OK) {
        fprintf(stderr, "%s: %s\n", report.num != 0 ? report.items[0].pointer : "",
                report.num != 0 ? report.items[0].detail : "no memory");
        exit(1);
    }
    trt_value_free(&t_order, &value);
    trt_arena_reset(arena);
}

static uint64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

int main(int argc, char** argv) {
    static char text[1 << 20];
    trt_json_keys keys;
    trt_arena arena;
    FILE* file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL || trt_json_keys_init(&keys, 4) != TMLRT_OK) {
        fprintf(stderr, "usage: bind_ours FILE COUNT\n");
        return 2;
    }
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    const tmlrt_meta_schema* const schemas[] = {&s_address, &s_customer, &s_item, &s_order};
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        if (trt_json_keys_add(&keys, schemas[i]) != TMLRT_OK) {
            return 1;
        }
    }
    trt_arena_init(&arena, 1 << 20);
    uint64_t count = strtoull(argv[2], NULL, 10);
    bind_round(&keys, &arena, (tmlrt_slice){text, len});
    uint64_t start = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        bind_round(&keys, &arena, (tmlrt_slice){text, len});
    }
    printf("%f\n", (double)(now_ns() - start) / (double)(count == 0 ? 1 : count));
    trt_arena_fini(&arena);
    trt_json_keys_fini(&keys);
    return 0;
}
