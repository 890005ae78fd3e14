// SPDX-License-Identifier: Apache-2.0
// Reading and writing limits as a person does. Called at start; pure.
#include "std/http/core/limit_text.h"

#include "rt/base/assert.h"
#include "std/http/core/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_NS (8760ull * 3600 * TRT_S) ///< a year: sums of times never overflow

enum kind { KIND_COUNT, KIND_BYTES, KIND_TIME };

typedef struct unit {
    const char* name;
    uint64_t factor;
} unit;

typedef struct row {
    const char* name;
    const char* breach;
} row;

static const row s_rows[] = {
#define ROW(name, value, breach) {#name, breach},
    TRT_HTTP_LIMIT_MAP(ROW)
#undef ROW
};

// Largest first; the end has no name.
static const unit s_times[] = {
    {"h", 3600 * TRT_S}, {"m", 60 * TRT_S}, {"s", TRT_S}, {"ms", TRT_MS}, {NULL, 1}};
static const unit s_sizes[] = {
    {"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"", 1}, {NULL, 1}};
static const unit s_counts[] = {{"", 1}, {NULL, 1}};

static const unit* const s_units[] = {s_counts, s_sizes, s_times};

static const char* const s_wanted[] = {
    "must be a whole number above 0",
    "must be a whole number above 0, in bytes or with KiB, MiB or GiB",
    "must be a whole number above 0 with ms, s, m or h, at most 8760h",
};

static uint64_t* place(trt_http_limits* limits, uint32_t index) {
    return (uint64_t*)limits + index;
}

_Static_assert(sizeof(trt_http_limits) == TRT_HTTP_NUM_LIMITS * sizeof(uint64_t), "one by one");

static bool ends_with(const char* name, const char* end) {
    size_t len = strlen(name), end_len = strlen(end);
    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

static enum kind kind_of(uint32_t index) {
    return ends_with(s_rows[index].name, "_ns")      ? KIND_TIME
           : ends_with(s_rows[index].name, "_bytes") ? KIND_BYTES
                                                     : KIND_COUNT;
}

void trt_http_limit_name(char* out, uint32_t index) {
    size_t len = strlen(s_rows[index].name) - (kind_of(index) == KIND_TIME ? 3 : 0);
    memcpy(out, s_rows[index].name, len);
    out[len] = '\0';
}

const char* trt_http_limit_breach(uint32_t index) {
    return s_rows[index].breach;
}

uint64_t trt_http_limit_get(const trt_http_limits* limits, uint32_t index) {
    return *place((trt_http_limits*)(uintptr_t)limits, index);
}

void trt_http_limit_value(char* out, const trt_http_limits* limits, uint32_t index) {
    uint64_t value = trt_http_limit_get(limits, index);
    const unit* u = s_units[kind_of(index)];
    while (u[1].name != NULL && value % u->factor != 0) {
        u++;
    }
    snprintf(out, TRT_HTTP_LIMIT_TEXT, "%" PRIu64 "%s", value / u->factor, u->name);
}

// What is off unless somebody says how many.
static bool may_be_off(uint32_t index) {
    return index == TRT_HTTP_LIMIT_h2_pushes;
}

static tmlrt_status read_value(uint64_t* out, const unit* units, const char* text, size_t len) {
    size_t digits = 0;
    uint64_t number;
    while (digits < len && text[digits] >= '0' && text[digits] <= '9') {
        digits++;
    }
    TRT_TRY(trt_parse_u64(&number, text, digits));
    for (const unit* u = units; u->name != NULL; u++) {
        if (strlen(u->name) == len - digits && memcmp(u->name, text + digits, len - digits) == 0) {
            bool fits = !__builtin_mul_overflow(number, u->factor, out) &&
                        (units != s_times || *out <= LONGEST_NS);
            return fits ? TMLRT_OK : TMLRT_E_INVAL;
        }
    }
    return TMLRT_E_INVAL;
}

tmlrt_status trt_http_limit_set(trt_http_limits* limits, uint32_t* out_index, const char** out_why,
                                const char* text, size_t len) {
    char name[TRT_HTTP_LIMIT_TEXT];
    const char* equals = memchr(text, '=', len);
    size_t name_len = equals != NULL ? (size_t)(equals - text) : len;
    for (uint32_t i = 0; i < TRT_HTTP_NUM_LIMITS; i++) {
        trt_http_limit_name(name, i);
        if (strlen(name) != name_len || memcmp(name, text, name_len) != 0) {
            continue;
        }
        uint64_t value;
        *out_index = i;
        *out_why = may_be_off(i) ? "must be a whole number" : s_wanted[kind_of(i)];
        if (equals == NULL ||
            read_value(&value, s_units[kind_of(i)], equals + 1, len - name_len - 1) != TMLRT_OK ||
            (value == 0 && !may_be_off(i))) {
            return TMLRT_E_INVAL;
        }
        *place(limits, i) = value;
        return TMLRT_OK;
    }
    return TMLRT_E_NOTFOUND;
}
