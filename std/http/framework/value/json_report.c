// SPDX-License-Identifier: Apache-2.0
// What a JSON reading says about a text that it refuses: JSON pointers and reasons.
//
// At most TRT_JSON_MAX_ERRORS are kept, the rest is only counted, so that a text full of errors
// costs no more than a good one. A pointer is made from the open levels' keys and is cut at 1 KiB.
#include "rt/base/bytes.h"
#include "std/http/core/number.h"
#include "std/http/framework/value/json_reader.h"
#include "std/http/framework/value/value.h"

#include <stdio.h>
#include <string.h>

/// Appends `text` as a reference token of a JSON pointer, escaped; returns the new length.
static size_t put_token(char* out, size_t cap, size_t len, const char* text, size_t text_len) {
    if (len < cap) {
        out[len++] = '/';
    }
    for (size_t i = 0; i < text_len && len + 3 < cap; i++) {
        char c = text[i];
        if (c == '\0') { // a key may have one, a C string not: told as U+FFFD
            memcpy(out + len, "\xEF\xBF\xBD", 3);
            len += 3;
            continue;
        }
        if (c == '~' || c == '/') {
            out[len++] = '~';
            c = c == '~' ? '0' : '1';
        }
        out[len++] = c;
    }
    return len;
}

/// The pointer to the value being read at the innermost level; `extra` names a field that is not
/// there.
static const char* pointer_to(trt_json_reader* r, const char* extra) {
    char text[1024];
    size_t len = 0;
    for (uint32_t i = 0; i < r->depth; i++) {
        const trt_json_level* level = &r->levels[i];
        bool last = i + 1 == r->depth;
        char digits[TRT_NUMBER_TEXT];
        if (level->array) {
            size_t num = trt_format_u64(digits, level->num == 0 ? 0 : level->num - 1);
            len = put_token(text, sizeof text, len, digits, num);
        } else if (!last || extra == NULL) {
            len = put_token(text, sizeof text, len, level->key.data, (size_t)level->key.len);
        }
    }
    if (extra != NULL) {
        len = put_token(text, sizeof text, len, extra, strlen(extra));
    }
    // A long key may have been cut inside a character: step back to a boundary.
    while (len >= sizeof text - 3 && ((unsigned char)text[len - 1] & 0xC0) == 0x80) {
        len--;
    }
    return trt_arena_dup(r->arena, text, len);
}

static void add_error(trt_json_reader* r, const char* pointer, const char* detail) {
    trt_json_report* report = r->report;
    report->num_all++;
    if (report->items == NULL) {
        report->items = trt_arena_alloc(r->arena, TRT_JSON_MAX_ERRORS * sizeof *report->items,
                                        _Alignof(trt_json_error));
    }
    if (report->items == NULL || pointer == NULL || detail == NULL) {
        r->nomem = true;
        return;
    }
    report->items[report->num++] = (trt_json_error){pointer, detail};
}

/// Whether there is room for one more; if not it is counted.
static bool room(trt_json_reader* r) {
    if (r->report->num < TRT_JSON_MAX_ERRORS) {
        return true;
    }
    r->report->num_all++;
    return false;
}

void trt_json_value_error(trt_json_reader* r, const char* detail) {
    if (room(r)) {
        add_error(r, pointer_to(r, NULL), detail);
    }
}

void trt_json_wrong_type(trt_json_reader* r, trt_json_goal goal) {
    if (goal.type != NULL && room(r)) {
        uint32_t kind = trt_json_unwrap(goal).type->kind;
        add_error(r, pointer_to(r, NULL), trt_value_expected(kind));
    }
}

void trt_json_unknown_field(trt_json_reader* r, const trt_json_shape* shape) {
    if (room(r)) {
        tmlrt_slice key = r->levels[r->depth - 1].key;
        add_error(r, pointer_to(r, NULL),
                  trt_value_unknown(shape, key.data, (size_t)key.len, r->arena));
    }
}

void trt_json_missing_field(trt_json_reader* r, const char* key) {
    if (room(r)) {
        add_error(r, pointer_to(r, key), "is required");
    }
}

tmlrt_status trt_json_malformed(trt_json_reader* r, const char* what) {
    char text[160];
    int len = snprintf(text, sizeof text, "malformed JSON at byte %zu: %s",
                       (size_t)(r->cursor.p - r->cursor.start), what);
    r->report->num = r->report->num_all = 0;
    add_error(r, "", trt_arena_dup(r->arena, text, (size_t)len));
    return TMLRT_E_JSON;
}
