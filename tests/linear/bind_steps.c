// SPDX-License-Identifier: Apache-2.0
// Inputs of four sizes, each twice the one before, through the code that reads them. Run under
// callgrind by run_linear.py, which counts the instructions of every call of `measured`; alone it
// only prints the names of the inputs. usage: bind_steps
#include "std/http/framework/bind/bind.h"
#include "std/http/framework/value/json_read.h"
#include "std/http/framework/value/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 1000, NUM_SIZES = 4, TEXT_CAP = 4 << 20 };

#define SCALAR(kind_, size_) {.size = (size_), .align = (size_), .kind = TMLRT_TYPE_##kind_}

static const tmlrt_meta_type t_i64 = SCALAR(I64, 8), t_f64 = SCALAR(F64, 8), t_str = SCALAR(STR, 8),
                             t_ints = {&t_i64, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_floats = {&t_f64, 8, 8, TMLRT_TYPE_LIST, 0},
                             t_strs = {&t_str, 8, 8, TMLRT_TYPE_LIST, 0};

/// A struct of k0: I64, k1: I64, ...: as many fields as the input has keys.
static char s_names[MAX_FIELDS][8];
static tmlrt_meta_slot s_fields[MAX_FIELDS];
static tmlrt_meta_schema s_schema = {.name = "Wide", .align = 8};
static tmlrt_meta_type t_wide = {&s_schema, 0, 8, TMLRT_TYPE_STRUCT, 0};
static const tmlrt_meta_type t_wides = {&t_wide, 8, 8, TMLRT_TYPE_LIST, 0};

static void set_fields(int num) {
    for (int i = 0; i < num; i++) {
        snprintf(s_names[i], sizeof s_names[i], "k%d", i);
        s_fields[i] = (tmlrt_meta_slot){.name = s_names[i],
                                        .type = &t_i64,
                                        .offset = (uint32_t)i * 8,
                                        .loc = {.flags = TMLRT_LOC_OPTIONAL}};
    }
    s_schema.fields = (tmlrt_meta_table){s_fields, (uint32_t)num, sizeof s_fields[0]};
    s_schema.size = t_wide.size = (uint32_t)num * 8;
}

static char* s_text;
static size_t s_len;

static void add(const char* text) {
    while (*text != '\0') {
        s_text[s_len++] = *text++;
    }
}

static void repeat(const char* text, int num) {
    for (int i = 0; i < num; i++) {
        add(text);
    }
}

/// `{"k0":1,...}` or k0=1&..., numbered from `first` by `step`.
static void add_keys(int first, int step, int num, const char* format) {
    char piece[64];
    for (int i = 0; i < num; i++) {
        snprintf(piece, sizeof piece, format, first + step * i);
        add(piece);
        s_len -= i + 1 == num; // the last one's separator
    }
}

typedef struct input {
    const char* name;
    int first_size;
    int where;                   ///< TMLRT_WHERE_*; 0: a JSON text as it is
    const tmlrt_meta_type* type; ///< NULL: only checked
    void (*make)(int size);
} input;

static void make_depth(int n) {
    repeat("[", n);
    repeat("]", n);
}
static void make_open(int n) {
    repeat("[", n);
}
static void make_keys(int n) {
    add("{");
    add_keys(0, 1, n, "\"k%d\":1,");
    add("}");
}
static void make_own_keys(int n) {
    set_fields(n);
    make_keys(n);
}
static void make_reversed_keys(int n) {
    set_fields(n);
    add("{");
    add_keys(n - 1, -1, n, "\"k%d\":1,");
    add("}");
}
static void make_unknown_keys(int n) {
    set_fields(10);
    add("{");
    add_keys(100000, 1, n, "\"z%d\":1,");
    add("}");
}
static void make_typos(int n) {
    set_fields(200);
    add("{");
    add_keys(0, 1, n, "\"kk%d\":1,");
    add("}");
}
static void make_same_key(int n) {
    set_fields(10);
    add("{\"k0\":1");
    repeat(",\"k0\":1", n - 1);
    add("}");
}
static void make_long_string(int n) {
    add("[\"");
    repeat("abcdefghij klmn\xC3\xA9", n);
    add("\"]");
}
static void make_escapes(int n) {
    add("[\"");
    repeat("\\n\\u00e9\\ud83d\\ude00\\\\", n);
    add("\"]");
}
static void make_strings(int n) {
    add("[\"");
    repeat("abc\",\"", n);
    add("\"]");
}
static void make_numbers(int n) {
    add("[0");
    repeat(",1234567890,-1", n);
    add("]");
}
static void make_floats(int n) {
    add("[0");
    repeat(",1.5,-3.14159265358979e-7,0.1234567890123456789", n);
    add("]");
}
static void make_long_number(int n) {
    add("[0.");
    repeat("1234567890", n);
    add("]");
}
static void make_errors(int n) {
    add("[0");
    repeat(",true,\"x\",1.5,{\"a\":[null]}", n);
    add("]");
}
static void make_space(int n) {
    add("[");
    repeat(" \n\t  \r    ", n);
    add("]");
}
static void make_structs(int n) {
    set_fields(4);
    add("[{}");
    repeat(",{\"k3\":1, \"k0\" : 2}", n);
    add("]");
}
static void make_query(int n) {
    set_fields(n);
    add_keys(n - 1, -1, n, "k%d=1&");
}
static void make_unknown_query(int n) {
    set_fields(10);
    add_keys(10, 1, n, "zzz%d=1&");
}
static void make_unknown_fields(int n) {
    set_fields(200);
    add_keys(0, 1, n, "kk%d=1&");
}
static void make_semicolons(int n) {
    set_fields(1);
    add("k0=1");
    repeat(";a", n);
}
static void make_header_list(int n) {
    add("a");
    repeat(" , \"b,c\",,d", n);
}

static const input s_inputs[] = {
    {"depth to the limit", 8, 0, NULL, make_depth},
    {"depth far over the limit", 25000, 0, NULL, make_open},
    {"keys passed over", 125, 0, NULL, make_keys},
    {"keys of as many fields", 125, 0, &t_wide, make_own_keys},
    {"keys from last to first", 125, 0, &t_wide, make_reversed_keys},
    {"unknown keys", 125, 0, &t_wide, make_unknown_keys},
    {"misspelt keys", 125, 0, &t_wide, make_typos},
    {"one key many times", 125, 0, &t_wide, make_same_key},
    {"long string", 2000, 0, &t_strs, make_long_string},
    {"escapes", 2000, 0, &t_strs, make_escapes},
    {"many strings", 2000, 0, &t_strs, make_strings},
    {"whole numbers", 2000, 0, &t_ints, make_numbers},
    {"floats", 500, 0, &t_floats, make_floats},
    {"digits of one number", 500, 0, &t_floats, make_long_number},
    {"errors", 2000, 0, &t_ints, make_errors},
    {"white space", 5000, 0, &t_ints, make_space},
    {"list of structs", 1000, 0, &t_wides, make_structs},
    {"query into a struct", 32, TMLRT_WHERE_QUERY, &t_wide, make_query},
    {"unknown parameters", 32, TMLRT_WHERE_QUERY, &t_wide, make_unknown_query},
    {"semicolons in a query", 5000, TMLRT_WHERE_QUERY, &t_wide, make_semicolons},
    {"form into a struct", 125, TMLRT_WHERE_BODY, &t_wide, make_query},
    {"unknown form fields", 125, TMLRT_WHERE_BODY, &t_wide, make_unknown_query},
    {"misspelt form fields", 125, TMLRT_WHERE_BODY, &t_wide, make_unknown_fields},
    {"list from a header", 500, TMLRT_WHERE_HEADER, &t_strs, make_header_list},
};

static void read_request(const input* in, trt_arena* arena, void* place) {
    static const uint8_t none = 255;
    tmlrt_slice text = {s_text, s_len};
    trt_header headers[] = {{{"content-type", 12}, {"application/x-www-form-urlencoded", 33}},
                            {{"x-list", 6}, text}};
    tmlrt_request request = {.arena = arena, .headers = headers, .num_headers = 2, .body = text};
    tmlrt_meta_slot slot = {
        .name = "p", .key = "x-list", .type = in->type, .where = (uint32_t)in->where};
    tmlrt_meta_route route = {.params = {&slot, 1, sizeof slot}};
    trt_query query = {0};
    trt_bind_errors errors;
    const char* reason;
    if (in->where == TMLRT_WHERE_QUERY &&
        trt_query_parse(&query, arena, text, NULL, &reason) != TMLRT_OK) {
        return;
    }
    trt_bind_input from = {&request, &query, &none, NULL, NULL};
    if (trt_bind_args(&route, place, &from, &errors) == TMLRT_OK) {
        trt_value_free(in->type, place);
    }
}

void measured(const input* in, trt_arena* arena, void* place);

/// Everything that one reading costs; counted by its name.
__attribute__((noinline)) void measured(const input* in, trt_arena* arena, void* place) {
    trt_json_report report;
    if (in->where != 0) {
        read_request(in, arena, place);
    } else if (trt_json_read(place, in->type, NULL, arena, (tmlrt_slice){s_text, s_len}, &report) ==
                   TMLRT_OK &&
               in->type != NULL) {
        trt_value_free(in->type, place);
    }
}

int main(void) {
    static uint64_t place[MAX_FIELDS];
    s_text = malloc(TEXT_CAP);
    for (size_t i = 0; s_text != NULL && i < sizeof s_inputs / sizeof s_inputs[0]; i++) {
        const input* in = &s_inputs[i];
        for (int k = 0; k < NUM_SIZES; k++) {
            trt_arena arena;
            s_len = 0;
            in->make(in->first_size << k);
            trt_arena_init(&arena, 0);
            memset(place, 0, sizeof place);
            measured(in, &arena, place);
            trt_arena_fini(&arena);
        }
        printf("%s\n", in->name);
    }
    free(s_text);
    return 0;
}
