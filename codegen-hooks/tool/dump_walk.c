// SPDX-License-Identifier: Apache-2.0
// Checked reads and text of `tmlcg dump`.
//
// Every read goes through the ELF reader, which answers only with bytes inside of the file. Tables
// may point anywhere, also at one another, so rows, nesting, string bytes and errors are all
// bounded.
#include "codegen-hooks/tool/dump_walk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

_Static_assert(sizeof(void*) == 8, "the rows of a 64-bit file are read into the host's row types");

enum { MAX_DEPTH = 16, MAX_ERRORS = 100, MAX_STRING = 64 << 10, MAX_TEXT = 64 << 20 };

void dump_fail(dump* d, const char* format, ...) {
    if (d->errors++ >= MAX_ERRORS) {
        return;
    }
    va_list args;
    va_start(args, format);
    fprintf(d->err, "tmlcg: error: %s: %s%s", d->path, d->where, d->where[0] == '\0' ? "" : ": ");
    vfprintf(d->err, format, args);
    fputc('\n', d->err);
    va_end(args);
}

bool dump_spend(dump* d) {
    if (d->rows++ == d->max_rows) {
        dump_fail(d, "more records than a file of this size can have");
    }
    return d->rows <= d->max_rows && d->errors <= MAX_ERRORS;
}

elf_place dump_plus(elf_place at, uint64_t offset) {
    return (elf_place){at.section, at.offset + offset};
}

/// Copies what a row has of `size` bytes, the rest is 0. False when the file is shorter.
bool dump_copy(dump* d, row r, void* out, size_t size) {
    size_t have = r.len < size ? (size_t)r.len : size;
    memset(out, 0, size);
    const uint8_t* bytes = elf_bytes(&d->file, r.at, have);
    if (bytes == NULL) {
        dump_fail(d, "a record lies outside of the file");
        return false;
    }
    memcpy(out, bytes, have);
    return true;
}

/// The pointer at `offset` of a row; ELF_NULL when the row is too short to have it.
elf_target dump_follow(dump* d, row r, size_t offset, elf_place* out, const char** out_symbol) {
    if (offset + 8 > r.len) {
        return ELF_NULL;
    }
    return elf_pointer(&d->file, dump_plus(r.at, offset), out, out_symbol);
}

/// The string behind a pointer field, NULL when there is none; a bad one is an error.
const char* dump_text(dump* d, row r, size_t offset, const char* what, bool required) {
    elf_place at;
    const char* symbol;
    elf_target target = dump_follow(d, r, offset, &at, &symbol);
    if (target == ELF_NULL) {
        if (required) {
            dump_fail(d, "%s is null", what);
        }
        return NULL;
    }
    uint64_t left = target == ELF_PLACE ? elf_left(&d->file, at) : 0;
    left = left > MAX_STRING ? MAX_STRING : left;
    const char* bytes = left == 0 ? NULL : (const char*)elf_bytes(&d->file, at, left);
    if (bytes == NULL || memchr(bytes, '\0', left) == NULL) {
        dump_fail(d, "%s points to no string in the file", what);
        return NULL;
    }
    d->text_len += strlen(bytes);
    if (d->text_len > MAX_TEXT) {
        dump_fail(d, "%s: more than %d bytes of strings in all", what, MAX_TEXT);
        return NULL;
    }
    return bytes;
}

void dump_put_text(dump* d, const char* bytes) {
    if (bytes == NULL) {
        fputs("null", d->out);
        return;
    }
    fputc('"', d->out);
    for (; *bytes != '\0'; bytes++) {
        unsigned char c = (unsigned char)*bytes;
        if (c == '"' || c == '\\') {
            fprintf(d->out, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            fprintf(d->out, "\\%02x", c);
        } else {
            fputc(c, d->out);
        }
    }
    fputc('"', d->out);
}

/// A word that is printed without quotes: names of classes, members, methods.
void dump_put_word(dump* d, const char* bytes) {
    for (; bytes != NULL && *bytes != '\0'; bytes++) {
        fputc(*bytes > 0x20 && *bytes < 0x7f ? *bytes : '?', d->out);
    }
}

/// " label name" of the place a pointer field has; nothing when it is null.
void dump_put_name(dump* d, row r, size_t offset, const char* label) {
    elf_place at;
    const char* name = NULL;
    elf_target target = dump_follow(d, r, offset, &at, &name);
    if (target == ELF_NULL) {
        return;
    }
    if (target == ELF_BAD) {
        dump_fail(d, "%s is no pointer", label);
        return;
    }
    name = target == ELF_SYMBOL ? name : elf_name(&d->file, at);
    fprintf(d->out, " %s ", label);
    dump_put_word(d, name == NULL ? "?" : name);
}

// ---- tables ---------------------------------------------------------------------------------

/// Checks a table and writes where its rows begin. False when it is empty or bad.
bool dump_table(dump* d, row r, size_t offset, const tmlrt_meta_table* table, const char* what,
                elf_place* out) {
    const char* symbol;
    if (table->count == 0) {
        return false;
    }
    if (table->stride == 0 || table->stride % 8 != 0) {
        dump_fail(d, "%s: stride %u", what, table->stride);
        return false;
    }
    if (dump_follow(d, r, offset, out, &symbol) != ELF_PLACE ||
        elf_bytes(&d->file, *out, (uint64_t)table->count * table->stride) == NULL) {
        dump_fail(d, "%s: %u rows of %u bytes are not in the file", what, table->count,
                  table->stride);
        return false;
    }
    return true;
}

void dump_each(dump* d, row r, size_t offset, const tmlrt_meta_table* table, const char* what,
               dump_row_fn* print, const char* indent) {
    elf_place at;
    if (!dump_table(d, r, offset, table, what, &at)) {
        return;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        if (!dump_spend(d)) {
            return;
        }
        print(d, (row){dump_plus(at, (uint64_t)i * table->stride), table->stride}, indent, what);
    }
}

void dump_put_loc(dump* d, const tmlrt_meta_loc* loc) {
    const char* file = NULL;
    if (loc->file < d->files.count) {
        row r = {dump_plus(d->files_at, (uint64_t)loc->file * d->files.stride), d->files.stride};
        file = dump_text(d, r, 0, "file name", true);
    } else if (d->files.count != 0 || loc->line != 0) {
        dump_fail(d, "loc: file %u of %u", loc->file, d->files.count);
    }
    fputc(' ', d->out);
    dump_put_word(d, file == NULL ? "?" : file);
    fprintf(d->out, ":%u", loc->line);
    if ((loc->flags & TMLRT_LOC_OPTIONAL) != 0) {
        fputs(" optional", d->out);
    }
    if ((loc->flags & TMLRT_LOC_OWNED) != 0) {
        fputs(" owned", d->out);
    }
    if ((loc->flags & TMLRT_LOC_LAZY) != 0) {
        fputs(" lazy", d->out);
    }
}

// ---- types and values -----------------------------------------------------------------------

static void put_type(dump* d, row r);

/// The type a pointer field has.
void dump_put_type(dump* d, row r, size_t offset) {
    elf_place at;
    const char* symbol;
    if (dump_follow(d, r, offset, &at, &symbol) != ELF_PLACE) {
        dump_fail(d, "type is not in the file");
        fputc('?', d->out);
        return;
    }
    put_type(d, (row){at, sizeof(tmlrt_meta_type)});
}

static void put_inner(dump* d, row r, uint8_t kind) {
    elf_place at;
    const char* symbol;
    if (kind == TMLRT_TYPE_STRUCT || kind == TMLRT_TYPE_CLASS) {
        if (kind == TMLRT_TYPE_CLASS) {
            fputc(' ', d->out);
            dump_put_word(d, dump_text(d, r, 0, "class name", true));
        } else if (dump_follow(d, r, 0, &at, &symbol) == ELF_PLACE) {
            fputc(' ', d->out);
            dump_put_word(
                d, dump_text(d, (row){at, sizeof(tmlrt_meta_schema)}, 0, "struct name", true));
        } else {
            dump_fail(d, "a struct type has no schema");
        }
        return;
    }
    fputc('[', d->out);
    dump_put_type(d, r, 0);
    if (kind == TMLRT_TYPE_OUTCOME && dump_follow(d, r, 0, &at, &symbol) == ELF_PLACE) {
        fputs(", ", d->out);
        put_type(d, (row){dump_plus(at, sizeof(tmlrt_meta_type)), sizeof(tmlrt_meta_type)});
    }
    fputc(']', d->out);
}

static void put_type(dump* d, row r) {
    static const char* const words[] = {
#define WORD(name, value, ir, size, align) [value] = ir,
        TMLRT_META_TYPE_MAP(WORD)
#undef WORD
    };
    tmlrt_meta_type type;
    if (!dump_copy(d, r, &type, sizeof type)) {
        return;
    }
    if (type.kind >= sizeof words / sizeof words[0]) {
        dump_fail(d, "type: kind %u", type.kind);
        fputc('?', d->out);
        return;
    }
    if (d->depth >= MAX_DEPTH) {
        dump_fail(d, "types nest more than %d deep", MAX_DEPTH);
        return;
    }
    if (!dump_spend(d)) {
        return;
    }
    d->depth++;
    fputs(words[type.kind], d->out);
    bool has_inner = type.kind >= TMLRT_TYPE_STRUCT && type.kind <= TMLRT_TYPE_CLASS;
    if (has_inner) {
        put_inner(d, r, type.kind);
    }
    if (type.kind == TMLRT_TYPE_MAYBE && type.payload_off == TMLRT_MAYBE_NULLABLE) {
        fputs("/null", d->out);
    } else if (type.kind == TMLRT_TYPE_MAYBE || type.kind == TMLRT_TYPE_OUTCOME) {
        fprintf(d->out, "+%u", type.payload_off);
    }
    d->depth--;
}

static void put_list(dump* d, row r, const tmlrt_meta_value* value) {
    tmlrt_meta_table table = {NULL, value->len, sizeof(tmlrt_meta_value)};
    elf_place at;
    fputc('[', d->out);
    if (dump_table(d, r, offsetof(tmlrt_meta_value, p), &table, "list", &at)) {
        for (uint32_t i = 0; i < value->len && dump_spend(d); i++) {
            fputs(i == 0 ? "" : ", ", d->out);
            dump_put_value(d, (row){dump_plus(at, (uint64_t)i * table.stride), table.stride});
        }
    }
    fputc(']', d->out);
}

void dump_put_value(dump* d, row r) {
    tmlrt_meta_value value;
    double number;
    if (!dump_copy(d, r, &value, sizeof value)) {
        return;
    }
    if (d->depth >= MAX_DEPTH) {
        dump_fail(d, "values nest more than %d deep", MAX_DEPTH);
        return;
    }
    d->depth++;
    const char* name = dump_text(d, r, offsetof(tmlrt_meta_value, name), "argument name", false);
    if (name != NULL) {
        dump_put_word(d, name);
        fputs(" = ", d->out);
    }
    switch (value.kind) {
    case TMLRT_VALUE_NULL:
        fputs("null", d->out);
        break;
    case TMLRT_VALUE_BOOL:
        fputs(value.i != 0 ? "true" : "false", d->out);
        break;
    case TMLRT_VALUE_INT:
        fprintf(d->out, "%" PRId64, value.i);
        break;
    case TMLRT_VALUE_F64:
        memcpy(&number, &value.i, sizeof number);
        fprintf(d->out, "%.17g", number);
        break;
    case TMLRT_VALUE_STR:
        dump_put_text(d, dump_text(d, r, offsetof(tmlrt_meta_value, p), "string", true));
        break;
    case TMLRT_VALUE_SYM:
        dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_value, p), "symbol", true));
        break;
    case TMLRT_VALUE_LIST:
        put_list(d, r, &value);
        break;
    default:
        dump_fail(d, "value: kind %u", value.kind);
    }
    d->depth--;
}
