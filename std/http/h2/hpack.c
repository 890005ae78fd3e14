// SPDX-License-Identifier: Apache-2.0
// HPACK's encoder: a field that the peer's table has is its index, another is written out and, if
// it may come again, added to the table. The table is a ring of entries over a text that is moved
// together when its end is reached.
//
// Invariants: what is in the table is what the peer's decoder has, in its order: every block that
// is written goes out, in the order of the writing, and nobody else adds to the table (nghttp2 is
// given fields that it does not index). size <= max. The text of entries lies in their order.
// Source: RFC 7541; what is not indexed: RFC 7541 7.1.3 (Set-Cookie), values that seldom come
// twice. Called by head.c. Thread: the connection's.
#include "std/http/h2/hpack.h"

#include "rt/base/alloc.h"
#include "rt/base/assert.h"
#include "rt/base/bytes.h"
#include "std/http/core/response.h"

#include <string.h>

enum {
    ENTRY_COST = 32, // RFC 7541 4.1
    FIRST_DYNAMIC = 62,
    NAME_DATE = 33,
    NAME_LENGTH = 28,
    FIRST_NAME = 15, // those before are pseudo-fields
    SAME_NAME = 4,   // so many values of a name are kept at once
    MIN_ENTRIES = 8,
    MIN_TEXT = 256,
};

// How a field is written that is not in the table (RFC 7541 6.2): the first bits, and how many of
// its first byte are the name's index.
typedef enum how { ADDED = 0x40, NOT_ADDED = 0x00, NEVER = 0x10 } how;

#define NAME(literal) {(literal), sizeof(literal) - 1}
static const tmlrt_slice s_names[] = {
    NAME("accept-charset"),
    NAME("accept-encoding"),
    NAME("accept-language"),
    NAME("accept-ranges"),
    NAME("accept"),
    NAME("access-control-allow-origin"),
    NAME("age"),
    NAME("allow"),
    NAME("authorization"),
    NAME("cache-control"),
    NAME("content-disposition"),
    NAME("content-encoding"),
    NAME("content-language"),
    NAME("content-length"),
    NAME("content-location"),
    NAME("content-range"),
    NAME("content-type"),
    NAME("cookie"),
    NAME("date"),
    NAME("etag"),
    NAME("expect"),
    NAME("expires"),
    NAME("from"),
    NAME("host"),
    NAME("if-match"),
    NAME("if-modified-since"),
    NAME("if-none-match"),
    NAME("if-range"),
    NAME("if-unmodified-since"),
    NAME("last-modified"),
    NAME("link"),
    NAME("location"),
    NAME("max-forwards"),
    NAME("proxy-authenticate"),
    NAME("proxy-authorization"),
    NAME("range"),
    NAME("referer"),
    NAME("refresh"),
    NAME("retry-after"),
    NAME("server"),
    NAME("set-cookie"),
    NAME("strict-transport-security"),
    NAME("transfer-encoding"),
    NAME("user-agent"),
    NAME("vary"),
    NAME("via"),
    NAME("www-authenticate"),
};

// ---- what is written ----------------------------------------------------------------------------

static char* put_int(char* out, uint32_t first, uint32_t bits, uint32_t value) {
    uint32_t most = (1u << bits) - 1;
    if (value < most) {
        *out++ = (char)(first | value);
        return out;
    }
    *out++ = (char)(first | most);
    for (value -= most; value >= 128; value >>= 7) {
        *out++ = (char)(value | 128);
    }
    *out++ = (char)value;
    return out;
}

static size_t coded_len(tmlrt_slice text) {
    size_t bits = 0;
    for (uint64_t i = 0; i < text.len; i++) {
        bits += trt_hpack_codes[(uint8_t)text.data[i]].bits;
    }
    return (bits + 7) / 8;
}

static char* put_coded(char* out, tmlrt_slice text) {
    uint64_t word = 0;
    uint32_t have = 0; // bits of it, fewer than 8 between two bytes
    for (uint64_t i = 0; i < text.len; i++) {
        trt_hpack_code code = trt_hpack_codes[(uint8_t)text.data[i]];
        word = word << code.bits | code.code;
        for (have += code.bits; have >= 8; have -= 8) {
            *out++ = (char)(word >> (have - 8));
        }
    }
    if (have != 0) { // filled up with ones, as the code of the end begins
        *out++ = (char)(word << (8 - have) | 0xffu >> have);
    }
    return out;
}

static char* put_text(char* out, tmlrt_slice text) {
    size_t coded = coded_len(text);
    if (coded < text.len) {
        return put_coded(put_int(out, 0x80, 7, (uint32_t)coded), text);
    }
    out = put_int(out, 0, 7, (uint32_t)text.len);
    return trt_bytes_copy(out, text.data, (size_t)text.len);
}

static char* put_literal(char* out, how form, uint32_t name_index, tmlrt_slice name,
                         tmlrt_slice value) {
    out = put_int(out, form, form == ADDED ? 6 : 4, name_index);
    return put_text(name_index != 0 ? out : put_text(out, name), value);
}

// ---- the table ----------------------------------------------------------------------------------

void trt_hpack_init(trt_hpack* table) {
    *table = (trt_hpack){.max = TRT_HPACK_TABLE};
}

void trt_hpack_fini(trt_hpack* table) {
    trt_free(table->entries, table->cap_entries * sizeof(trt_hpack_entry));
    trt_free(table->text, table->cap_text);
    *table = (trt_hpack){0};
}

size_t trt_hpack_memory(const trt_hpack* table) {
    return table->cap_entries * sizeof(trt_hpack_entry) + table->cap_text;
}

static trt_hpack_entry* entry_at(const trt_hpack* table, uint64_t number) {
    return &table->entries[number & (table->cap_entries - 1)];
}

static bool is_there(const trt_hpack* table, uint64_t number) {
    return number - table->gone < table->added - table->gone;
}

static char* put_index(const trt_hpack* table, char* out, uint64_t number) {
    return put_int(out, 0x80, 7, (uint32_t)(table->added - 1 - number) + FIRST_DYNAMIC);
}

static void evict(trt_hpack* table, uint32_t size) {
    while (table->size > size) {
        const trt_hpack_entry* oldest = entry_at(table, table->gone++);
        table->size -= (uint32_t)(oldest->name_len + oldest->value_len + ENTRY_COST);
    }
}

void trt_hpack_resize(trt_hpack* table, uint32_t size) {
    table->max = size < TRT_HPACK_TABLE ? size : TRT_HPACK_TABLE;
    evict(table, table->max);
}

static bool grow_entries(trt_hpack* table) {
    uint32_t cap = table->cap_entries == 0 ? MIN_ENTRIES : 2 * table->cap_entries;
    trt_hpack_entry* made = trt_alloc(cap * sizeof(trt_hpack_entry));
    if (made == NULL) {
        return false;
    }
    for (uint64_t number = table->gone; number != table->added; number++) {
        made[number & (cap - 1)] = *entry_at(table, number);
    }
    trt_free(table->entries, table->cap_entries * sizeof(trt_hpack_entry));
    table->entries = made;
    table->cap_entries = cap;
    return true;
}

// The text of what is there moves to the front, of a larger block where it would leave little.
static bool make_text(trt_hpack* table, uint32_t more) {
    uint32_t begin =
        table->added == table->gone ? table->text_end : entry_at(table, table->gone)->start;
    uint32_t live = table->text_end - begin,
             cap = table->cap_text == 0 ? MIN_TEXT : table->cap_text;
    while (cap < live + more + (live + more) / 2 && cap < 2 * TRT_HPACK_TABLE) {
        cap *= 2;
    }
    char* made = cap == table->cap_text ? table->text : trt_alloc(cap);
    if (made == NULL) {
        return false;
    }
    if (live != 0) {
        memmove(made, table->text + begin, live);
    }
    if (made != table->text) {
        trt_free(table->text, table->cap_text);
    }
    for (uint64_t number = table->gone; number != table->added; number++) {
        entry_at(table, number)->start -= (uint16_t)begin;
    }
    table->text = made;
    table->cap_text = cap;
    table->text_end = live;
    TRT_ASSERT(live + more <= cap);
    return true;
}

static bool has_room(trt_hpack* table, uint32_t bytes) {
    return (table->added - table->gone < table->cap_entries || grow_entries(table)) &&
           (table->cap_text - table->text_end >= bytes || make_text(table, bytes));
}

// False: it does not fit, or there is no memory; the table is as it was. The number is added - 1.
static bool add(trt_hpack* table, tmlrt_slice name, tmlrt_slice value, uint32_t hash) {
    uint64_t cost = name.len + value.len + ENTRY_COST;
    if (cost > table->max - table->max / 4 || !has_room(table, (uint32_t)(name.len + value.len))) {
        return false;
    }
    evict(table, table->max - (uint32_t)cost);
    *entry_at(table, table->added) =
        (trt_hpack_entry){hash, (uint16_t)table->text_end, (uint16_t)name.len, (uint16_t)value.len};
    memcpy(table->text + table->text_end, name.data, (size_t)name.len);
    memcpy(table->text + table->text_end + name.len, value.data, (size_t)value.len);
    table->text_end += (uint32_t)(name.len + value.len);
    table->size += (uint32_t)cost;
    table->added++;
    table->recent[hash & (TRT_HPACK_RECENT - 1)] = (uint32_t)table->added;
    return true;
}

static bool is_name(const trt_hpack* table, const trt_hpack_entry* entry, tmlrt_slice name) {
    return entry->name_len == name.len &&
           trt_bytes_equal(table->text + entry->start, name.data, (size_t)name.len);
}

static bool is_value(const trt_hpack* table, const trt_hpack_entry* entry, tmlrt_slice value) {
    return entry->value_len == value.len &&
           trt_bytes_equal(table->text + entry->start + entry->name_len, value.data,
                           (size_t)value.len);
}

static bool is_field(const trt_hpack* table, const trt_hpack_entry* entry, tmlrt_slice name,
                     tmlrt_slice value, uint32_t hash) {
    return entry->hash == hash && is_name(table, entry, name) && is_value(table, entry, value);
}

// ---- what is looked for -------------------------------------------------------------------------

static uint64_t fold(uint64_t hash, const char* p, size_t len) {
    static const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t last = 0;
    hash ^= len;
    if (len >= 8) {
        last = trt_bytes_load8(p + len - 8);
        for (; len > 8; p += 8, len -= 8) {
            hash = trt_bytes_mix(hash ^ trt_bytes_load8(p), odd);
        }
    } else if (len >= 4) {
        last = (uint64_t)trt_bytes_load4(p) << 32 | trt_bytes_load4(p + len - 4);
    } else if (len != 0) {
        last = (uint64_t)(uint8_t)p[0] << 16 | (uint8_t)p[len / 2] << 8 | (uint8_t)p[len - 1];
    }
    return trt_bytes_mix(hash ^ last, odd);
}

static uint32_t hash_of(tmlrt_slice name, tmlrt_slice value) {
    uint64_t hash = fold(0, name.data, (size_t)name.len);
    return (uint32_t)(fold(hash, value.data, (size_t)value.len) >> 32);
}

// added + 1 (never there): the table has no such field.
static uint64_t find(trt_hpack* table, tmlrt_slice name, tmlrt_slice value, uint32_t hash) {
    uint32_t* recent = &table->recent[hash & (TRT_HPACK_RECENT - 1)];
    uint64_t number = table->added - (uint32_t)((uint32_t)table->added + 1 - *recent);
    if (*recent != 0 && is_there(table, number) &&
        is_field(table, entry_at(table, number), name, value, hash)) {
        return number;
    }
    for (number = table->added; number-- != table->gone;) {
        if (is_field(table, entry_at(table, number), name, value, hash)) {
            *recent = (uint32_t)number + 1;
            return number;
        }
    }
    return table->added;
}

// 0: the name is to be written.
static uint32_t index_of_name(const trt_hpack* table, tmlrt_slice name, uint32_t* out_num) {
    uint32_t index = 0;
    for (uint32_t i = 0; i < TRT_ARRAY_LEN(s_names) && index == 0; i++) {
        bool same =
            s_names[i].len == name.len && memcmp(s_names[i].data, name.data, (size_t)name.len) == 0;
        index = same ? i + FIRST_NAME : 0;
    }
    *out_num = 0;
    for (uint64_t number = table->added; number-- != table->gone;) {
        if (is_name(table, entry_at(table, number), name)) {
            index = index != 0 ? index : (uint32_t)(table->added - 1 - number) + FIRST_DYNAMIC;
            ++*out_num;
        }
    }
    return index;
}

#define IS(name, literal)                                                                          \
    ((name).len == sizeof(literal) - 1 && memcmp((name).data, literal, sizeof(literal) - 1) == 0)

static how form_of(tmlrt_slice name) {
    if (IS(name, "set-cookie")) {
        return NEVER;
    }
    return IS(name, "etag") || IS(name, "location") || IS(name, "age") ? NOT_ADDED : ADDED;
}

// ---- fields -------------------------------------------------------------------------------------

static __attribute__((noinline)) char* put_new(trt_hpack* table, char* out, tmlrt_slice name,
                                               tmlrt_slice value, uint32_t hash, how form,
                                               uint32_t most) {
    uint32_t num, index = index_of_name(table, name, &num); // before it moves on
    if (form == ADDED && (num >= most || !add(table, name, value, hash))) {
        form = NOT_ADDED;
    }
    return put_literal(out, form, index, name, value);
}

char* trt_hpack_put(trt_hpack* table, char* out, tmlrt_slice name, tmlrt_slice value) {
    how form = form_of(name);
    if (form != ADDED) {
        return put_new(table, out, name, value, 0, form, 0);
    }
    uint32_t hash = hash_of(name, value);
    uint64_t found = find(table, name, value, hash);
    return is_there(table, found) ? put_index(table, out, found)
                                  : put_new(table, out, name, value, hash, ADDED, SAME_NAME);
}

char* trt_hpack_put_date(trt_hpack* table, char* out, tmlrt_slice value) {
    uint64_t number = table->date - 1;
    if (TRT_LIKELY(is_there(table, number) && is_value(table, entry_at(table, number), value))) {
        return put_index(table, out, number);
    }
    bool kept = add(table, TRT_SLICE("date"), value, 0);
    table->date = kept ? table->added : 0;
    return put_literal(out, kept ? ADDED : NOT_ADDED, NAME_DATE, TRT_SLICE("date"), value);
}

char* trt_hpack_put_length(char* out, tmlrt_slice digits) {
    return put_literal(out, NOT_ADDED, NAME_LENGTH, TRT_SLICE("content-length"), digits);
}

char* trt_hpack_put_security(trt_hpack* table, char* out, const trt_security* security,
                             uint32_t missing) {
    for (; missing != 0; missing &= missing - 1) {
        uint32_t id = (uint32_t)__builtin_ctz(missing);
        const trt_security_field* field = &security->fields[id];
        if (TRT_LIKELY(is_there(table, table->security[id] - 1))) {
            out = put_index(table, out, table->security[id] - 1);
            continue;
        }
        uint64_t before = table->added;
        out = put_new(table, out, field->small, field->value, 0, ADDED, UINT32_MAX);
        table->security[id] = table->added != before ? table->added : 0;
    }
    return out;
}
