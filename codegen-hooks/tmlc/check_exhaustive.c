// SPDX-License-Identifier: Apache-2.0
// What the arms of a `when` leave out.
//
// The arms are a matrix of patterns, one column per part of the value. The first column is split by
// what its patterns tell apart (variants, fields, pieces of a range of numbers) and each piece is
// looked at with the rest; a piece that no row fits is the answer, written as a pattern. The search
// is bounded: where it would take too long an arm '_' is asked for, never assumed.
// Source: Maranget, Warnings for pattern matching, 2007.
#include "codegen-hooks/tmlc/check.h"

#include <inttypes.h>
#include <stdlib.h>

typedef TMLC_LIST(const pat*) row;
typedef TMLC_LIST(row) rows;
typedef TMLC_LIST(const char*) texts;

typedef struct {
    checker* ck;
    uint32_t fuel;
} search;

static bool is_any(const pat* p) {
    return p->kind == PAT_WILD || p->kind == PAT_BIND;
}

/// The row with its first column replaced by `parts` (NULL: `num` times anything).
static void push_row(search* s, rows* out, const row* from, const pat* with, uint32_t num) {
    static const pat s_wild;
    row to = {0};
    for (uint32_t k = 0; k < num; k++) {
        TMLC_PUSH(s->ck->arena, &to,
                  with == NULL || k >= with->parts.len ? &s_wild : with->parts.items[k]);
    }
    for (uint32_t k = 1; k < from->len; k++) {
        TMLC_PUSH(s->ck->arena, &to, from->items[k]);
    }
    TMLC_PUSH(s->ck->arena, out, to);
}

/// Rows whose first column is an alternative become one row per alternative.
static void push_alternatives(search* s, rows* out, const row* from) {
    const pat* head = from->items[0];
    if (head->kind != PAT_OR) {
        TMLC_PUSH(s->ck->arena, out, *from);
        return;
    }
    for (uint32_t i = 0; i < head->parts.len; i++) {
        row to = {0};
        TMLC_PUSH(s->ck->arena, &to, head->parts.items[i]);
        for (uint32_t k = 1; k < from->len; k++) {
            TMLC_PUSH(s->ck->arena, &to, from->items[k]);
        }
        push_alternatives(s, out, &to);
    }
}

static ty_list with_tail(search* s, const ty_list* first, const ty_list* types) {
    ty_list out = {0};
    for (uint32_t i = 0; i < first->len; i++) {
        TMLC_PUSH(s->ck->arena, &out, first->items[i]);
    }
    for (uint32_t i = 1; i < types->len; i++) {
        TMLC_PUSH(s->ck->arena, &out, types->items[i]);
    }
    return out;
}

static bool uncovered(search* s, const rows* all, const ty_list* types, texts* out);

/// "head(a, b)": the first `num` texts become one.
static void join_texts(search* s, texts* out, const char* head, uint32_t num) {
    texts joined = {0};
    const char* text = head;
    for (uint32_t i = 0; i < num; i++) {
        text = tmlc_format(s->ck->arena, "%s%s%s", text, i == 0 ? "(" : ", ", out->items[i]);
    }
    text = num > 0 ? tmlc_format(s->ck->arena, "%s)", text) : text;
    TMLC_PUSH(s->ck->arena, &joined, text);
    for (uint32_t i = num; i < out->len; i++) {
        TMLC_PUSH(s->ck->arena, &joined, out->items[i]);
    }
    *out = joined;
}

static bool uncovered_enum(search* s, const rows* all, const ty_list* types, texts* out) {
    const ty* type = types->items[0];
    for (uint32_t i = 0; i < type->variants.len; i++) {
        const ty_variant* variant = &type->variants.items[i];
        rows rest = {0};
        for (uint32_t k = 0; k < all->len; k++) {
            const pat* head = all->items[k].items[0];
            if (is_any(head) || (head->kind == PAT_VARIANT && head->index == i)) {
                push_row(s, &rest, &all->items[k], is_any(head) ? NULL : head, variant->types.len);
            }
        }
        ty_list tail = with_tail(s, &variant->types, types);
        if (uncovered(s, &rest, &tail, out)) {
            join_texts(s, out, variant->name, variant->types.len);
            return true;
        }
    }
    return false;
}

/// A struct has one shape, and so has what a ref points to.
static bool uncovered_parts(search* s, const rows* all, const ty_list* types, const ty_list* parts,
                            texts* out) {
    rows rest = {0};
    for (uint32_t k = 0; k < all->len; k++) {
        const pat* head = all->items[k].items[0];
        push_row(s, &rest, &all->items[k], is_any(head) ? NULL : head, parts->len);
    }
    ty_list tail = with_tail(s, parts, types);
    if (!uncovered(s, &rest, &tail, out)) {
        return false;
    }
    const ty* type = types->items[0];
    if (type->kind == TY_STRUCT) {
        const char* text = tmlc_format(s->ck->arena, "%s {", type->decl->name);
        for (uint32_t i = 0; i < parts->len; i++) {
            text = tmlc_format(s->ck->arena, "%s%s%s: %s", text, i == 0 ? " " : ", ",
                               type->fields.items[i].name, out->items[i]);
        }
        join_texts(s, out, "", parts->len);
        out->items[0] = tmlc_format(s->ck->arena, "%s }", text);
    }
    return true;
}

// ---- numbers: compared as unsigned, signed ones with the sign bit turned -----------------------

static uint64_t key_of(const ty* type, uint64_t value) {
    return ty_is_signed(type) ? value ^ (uint64_t)1 << 63 : value;
}

static uint64_t last_key(const ty* type) {
    if (type->kind == TY_CHAR) {
        return 0x10FFFF;
    }
    uint32_t bits = ty_bits(type);
    uint64_t max = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    return ty_is_signed(type) ? key_of(type, max >> 1) : max;
}

static uint64_t first_key(const ty* type) {
    return ty_is_signed(type) ? ~last_key(type) : 0;
}

static const char* number_text(search* s, const ty* type, uint64_t key) {
    if (type->kind == TY_BOOL) {
        return key != 0 ? "true" : "false";
    }
    if (type->kind == TY_CHAR) {
        return key > ' ' && key < 127 && key != '\'' && key != '\\'
                   ? tmlc_format(s->ck->arena, "'%c'", (char)key)
                   : tmlc_format(s->ck->arena, "'\\u{%" PRIx64 "}'", key);
    }
    uint64_t value = key_of(type, key);
    return ty_is_signed(type) ? tmlc_format(s->ck->arena, "%" PRId64, (int64_t)value)
                              : tmlc_format(s->ck->arena, "%" PRIu64, value);
}

static bool fits_number(const ty* type, const pat* p, uint64_t key) {
    return is_any(p) || ((p->kind == PAT_INT || p->kind == PAT_RANGE) &&
                         key_of(type, p->integer) <= key && key <= key_of(type, p->last));
}

static int compare_keys(const void* a, const void* b) {
    uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
    return x < y ? -1 : x > y;
}

/// Where a piece begins: the least number, each pattern's first, and behind each pattern's last.
static uint32_t pieces(search* s, const rows* all, const ty* type, uint64_t** out) {
    uint64_t* starts = tmlc_alloc(s->ck->arena, (2 * (size_t)all->len + 1) * sizeof *starts);
    uint32_t num = 0, unique = 0;
    starts[num++] = first_key(type);
    for (uint32_t i = 0; i < all->len; i++) {
        const pat* head = all->items[i].items[0];
        if (!is_any(head)) {
            starts[num++] = key_of(type, head->integer);
            if (key_of(type, head->last) < last_key(type)) {
                starts[num++] = key_of(type, head->last) + 1;
            }
        }
    }
    qsort(starts, num, sizeof *starts, compare_keys);
    for (uint32_t i = 0; i < num; i++) {
        if (unique == 0 || starts[i] != starts[unique - 1]) {
            starts[unique++] = starts[i];
        }
    }
    *out = starts;
    return unique;
}

static bool uncovered_number(search* s, const rows* all, const ty_list* types, texts* out) {
    const ty* type = types->items[0];
    uint64_t* starts;
    uint32_t num = pieces(s, all, type, &starts);
    for (uint32_t i = 0; i < num; i++) {
        rows rest = {0};
        for (uint32_t k = 0; k < all->len; k++) {
            if (fits_number(type, all->items[k].items[0], starts[i])) {
                push_row(s, &rest, &all->items[k], NULL, 0);
            }
        }
        ty_list tail = with_tail(s, &(ty_list){0}, types);
        if (!uncovered(s, &rest, &tail, out)) {
            continue;
        }
        uint64_t last = i + 1 < num ? starts[i + 1] - 1 : last_key(type);
        const char* text = number_text(s, type, starts[i]);
        if (num == 1) {
            text = "_";
        } else if (last != starts[i]) {
            text = tmlc_format(s->ck->arena, "%s through %s", text, number_text(s, type, last));
        }
        texts joined = {0};
        TMLC_PUSH(s->ck->arena, &joined, text);
        for (uint32_t k = 0; k < out->len; k++) {
            TMLC_PUSH(s->ck->arena, &joined, out->items[k]);
        }
        *out = joined;
        return true;
    }
    return false;
}

/// Strings and what has no patterns: only arms that take anything count.
static bool uncovered_other(search* s, const rows* all, const ty_list* types, texts* out) {
    rows rest = {0};
    for (uint32_t k = 0; k < all->len; k++) {
        if (is_any(all->items[k].items[0])) {
            push_row(s, &rest, &all->items[k], NULL, 0);
        }
    }
    ty_list tail = with_tail(s, &(ty_list){0}, types);
    if (!uncovered(s, &rest, &tail, out)) {
        return false;
    }
    texts joined = {0};
    TMLC_PUSH(s->ck->arena, &joined, "_");
    for (uint32_t k = 0; k < out->len; k++) {
        TMLC_PUSH(s->ck->arena, &joined, out->items[k]);
    }
    *out = joined;
    return true;
}

static bool uses(const rows* all, pat_kind kind) {
    for (uint32_t i = 0; i < all->len; i++) {
        if (all->items[i].items[0]->kind == kind) {
            return true;
        }
    }
    return false;
}

/// Finds values that no row fits, and writes one text per column.
static bool uncovered(search* s, const rows* all, const ty_list* types, texts* out) {
    *out = (texts){0};
    if (types->len == 0 || s->fuel == 0) {
        return all->len == 0 && s->fuel > 0;
    }
    s->fuel--;
    ty* type = types->items[0];
    ty_layout(s->ck->prog, type);
    rows flat = {0};
    for (uint32_t i = 0; i < all->len; i++) {
        push_alternatives(s, &flat, &all->items[i]);
    }
    if (type->kind == TY_ENUM && uses(&flat, PAT_VARIANT)) {
        return uncovered_enum(s, &flat, types, out);
    }
    if (uses(&flat, PAT_STRUCT) || uses(&flat, PAT_DEREF)) {
        ty_list parts = {0};
        for (uint32_t i = 0; type->kind == TY_STRUCT && i < type->fields.len; i++) {
            TMLC_PUSH(s->ck->arena, &parts, type->fields.items[i].type);
        }
        if (type->kind == TY_REF) {
            TMLC_PUSH(s->ck->arena, &parts, type->args[0]);
        }
        return uncovered_parts(s, &flat, types, &parts, out);
    }
    if (ty_is_int(type) || type->kind == TY_BOOL || type->kind == TY_CHAR) {
        return uncovered_number(s, &flat, types, out);
    }
    return uncovered_other(s, &flat, types, out);
}

void check_exhaustive(checker* ck, const hir* match, tmlc_span span) {
    rows all = {0};
    ty_list types = {0};
    texts found = {0};
    search s = {ck, 20000};
    for (uint32_t i = 0; i < match->arms.len; i++) {
        row one = {0};
        TMLC_PUSH(ck->arena, &one, match->arms.items[i].pattern);
        TMLC_PUSH(ck->arena, &all, one);
        if (match->arms.items[i].pattern->type->kind == TY_ERROR) {
            return; // said already
        }
    }
    if (match->arms.len == 0 || match->a->type->kind == TY_ERROR) {
        return;
    }
    TMLC_PUSH(ck->arena, &types, match->a->type);
    bool is_missing = uncovered(&s, &all, &types, &found);
    if (s.fuel == 0) {
        tmlc_error(ck->files, span, "this 'when' tells apart too many combinations to check")
            ->help = "add an arm for the rest: _ => ...";
    } else if (is_missing) {
        const char* missing = found.items[0];
        tmlc_error(ck->files, span, "this 'when' does not say what to do with %s",
                   missing[0] == '_' ? "other values" : missing)
            ->help = tmlc_format(ck->arena, "add an arm: %s => ...", missing);
    }
}
