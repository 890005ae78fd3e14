// SPDX-License-Identifier: Apache-2.0
// The records of a file, as text that is the same for every build of the same module.
//
// Rows are copied out of the file by the table's stride into the row types of meta.h: what a
// shorter stride lacks reads as 0. Names of places come from the symbol tables; a stripped file
// shows "?". An error says where, and the walk goes on behind it.
#include "codegen-hooks/tool/dump.h"

#include "codegen-hooks/tool/dump_walk.h"

#include <inttypes.h>
#include <string.h>

// ---- rows -----------------------------------------------------------------------------------

static void print_deco(dump* d, row r, const char* indent, const char* word) {
    tmlrt_meta_deco deco;
    elf_place at;
    (void)word;
    if (!dump_copy(d, r, &deco, sizeof deco)) {
        return;
    }
    fprintf(d->out, "%s@", indent);
    dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_deco, name), "decorator name", true));
    if (dump_table(d, r, offsetof(tmlrt_meta_deco, args), &deco.args, "arguments", &at)) {
        fputc('(', d->out);
        for (uint32_t i = 0; i < deco.args.count && dump_spend(d); i++) {
            fputs(i == 0 ? "" : ", ", d->out);
            dump_put_value(d,
                           (row){dump_plus(at, (uint64_t)i * deco.args.stride), deco.args.stride});
        }
        fputc(')', d->out);
    }
    dump_put_loc(d, &deco.loc);
    fputc('\n', d->out);
}

static void print_slot(dump* d, row r, const char* indent, const char* word) {
    static const char* const wheres[] = {
#define WORD(name, value, ir) [value] = ir,
        TMLRT_META_WHERE_MAP(WORD)
#undef WORD
    };
    tmlrt_meta_slot slot;
    elf_place at;
    const char* symbol;
    if (!dump_copy(d, r, &slot, sizeof slot)) {
        return;
    }
    fprintf(d->out, "%s%s ", indent, word);
    dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_slot, name), "name", true));
    fputs(": ", d->out);
    dump_put_type(d, r, offsetof(tmlrt_meta_slot, type));
    if (slot.where >= sizeof wheres / sizeof wheres[0]) {
        dump_fail(d, "where %u", slot.where);
    } else if (slot.where != TMLRT_WHERE_NONE) {
        fprintf(d->out, " %s", wheres[slot.where]);
    }
    fputc(' ', d->out);
    dump_put_text(d, dump_text(d, r, offsetof(tmlrt_meta_slot, key), "key", false));
    fprintf(d->out, " at %u", slot.offset);
    if (dump_follow(d, r, offsetof(tmlrt_meta_slot, dflt), &at, &symbol) == ELF_PLACE) {
        fputs(" default ", d->out);
        dump_put_value(d, (row){at, sizeof(tmlrt_meta_value)});
    }
    dump_put_loc(d, &slot.loc);
    fputc('\n', d->out);
    dump_each(d, r, offsetof(tmlrt_meta_slot, decos), &slot.decos, "decorators", print_deco,
              "      ");
}

/// "  <word> <name>" and, for errors, where we are.
static void begin(dump* d, row r, const char* word) {
    const char* name = dump_text(d, r, 0, "name", true);
    snprintf(d->where, sizeof d->where, "%s %.100s", word, name == NULL ? "?" : name);
    fprintf(d->out, "  %s ", word);
    dump_put_word(d, name == NULL ? "?" : name);
}

static void print_class(dump* d, row r, const char* indent, const char* word) {
    tmlrt_meta_class c;
    (void)indent;
    if (!dump_copy(d, r, &c, sizeof c)) {
        return;
    }
    begin(d, r, word);
    const char* base = dump_text(d, r, offsetof(tmlrt_meta_class, base), "base", false);
    if (base != NULL) {
        fputs(" extends ", d->out);
        dump_put_word(d, base);
    }
    fprintf(d->out, " size %u align %u", c.size, c.align);
    dump_put_name(d, r, offsetof(tmlrt_meta_class, vtable), "vtable");
    dump_put_name(d, r, offsetof(tmlrt_meta_class, make), "make");
    dump_put_name(d, r, offsetof(tmlrt_meta_class, drop), "drop");
    dump_put_loc(d, &c.loc);
    fputc('\n', d->out);
    dump_each(d, r, offsetof(tmlrt_meta_class, decos), &c.decos, "decorators", print_deco, "    ");
    dump_each(d, r, offsetof(tmlrt_meta_class, injects), &c.injects, "inject", print_slot, "    ");
}

/// " frame N out N" of a descriptor that lies in the file with its sizes.
static void put_desc(dump* d, row r, size_t offset) {
    elf_place at;
    const char* symbol;
    tmlrt_future_desc desc;
    if (dump_follow(d, r, offset, &at, &symbol) != ELF_PLACE) {
        return;
    }
    const uint8_t* bytes = elf_bytes(&d->file, at, sizeof desc);
    if (bytes != NULL) {
        memcpy(&desc, bytes, sizeof desc);
        fprintf(d->out, " frame %" PRIu64 "/%" PRIu64 " out %" PRIu64 "/%" PRIu64, desc.frame_size,
                desc.frame_align, desc.out_size, desc.out_align);
    }
}

static void print_route(dump* d, row r, const char* indent, const char* word) {
    tmlrt_meta_route route;
    (void)indent;
    if (!dump_copy(d, r, &route, sizeof route)) {
        return;
    }
    begin(d, r, word);
    fputc('.', d->out);
    dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_route, name), "member", true));
    fputc(' ', d->out);
    dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_route, method), "method", true));
    fputc(' ', d->out);
    dump_put_text(d, dump_text(d, r, offsetof(tmlrt_meta_route, path), "path", true));
    fputs(" -> ", d->out);
    dump_put_type(d, r, offsetof(tmlrt_meta_route, ret));
    fprintf(d->out, " args %u/%u", route.args_size, route.args_align);
    dump_put_name(d, r, offsetof(tmlrt_meta_route, thunk), "thunk");
    put_desc(d, r, offsetof(tmlrt_meta_route, thunk));
    dump_put_name(d, r, offsetof(tmlrt_meta_route, fn), "fn");
    if (dump_text(d, r, offsetof(tmlrt_meta_route, ffi_sig), "ffi_sig", false) != NULL) {
        fputs(" ffi ", d->out);
        dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_route, ffi_sig), "ffi_sig", true));
    }
    dump_put_loc(d, &route.loc);
    fputc('\n', d->out);
    dump_each(d, r, offsetof(tmlrt_meta_route, decos), &route.decos, "decorators", print_deco,
              "    ");
    dump_each(d, r, offsetof(tmlrt_meta_route, params), &route.params, "param", print_slot, "    ");
}

static void print_provider(dump* d, row r, const char* indent, const char* word) {
    static const char* const hows[] = {"class", "value", "factory", "alias"};
    static const char* const scopes[] = {"singleton", "request", "transient"};
    tmlrt_meta_provider p;
    (void)indent;
    if (!dump_copy(d, r, &p, sizeof p)) {
        return;
    }
    begin(d, r, word);
    if (p.how >= 4 || p.scope >= 3) {
        dump_fail(d, "how %u, scope %u", p.how, p.scope);
    } else {
        fprintf(d->out, " %s %s", hows[p.how], scopes[p.scope]);
    }
    const char* target = dump_text(d, r, offsetof(tmlrt_meta_provider, target), "target", false);
    if (target != NULL) {
        fputs(" target ", d->out);
        dump_put_word(d, target);
    }
    dump_put_name(d, r, offsetof(tmlrt_meta_provider, make), "make");
    dump_put_loc(d, &p.loc);
    fputc('\n', d->out);
    dump_each(d, r, offsetof(tmlrt_meta_provider, deps), &p.deps, "dep", print_slot, "    ");
}

static void print_schema(dump* d, row r, const char* indent, const char* word) {
    tmlrt_meta_schema s;
    (void)indent;
    if (!dump_copy(d, r, &s, sizeof s)) {
        return;
    }
    begin(d, r, word);
    fprintf(d->out, " size %u align %u", s.size, s.align);
    dump_put_name(d, r, offsetof(tmlrt_meta_schema, drop), "drop");
    dump_put_loc(d, &s.loc);
    fputc('\n', d->out);
    dump_each(d, r, offsetof(tmlrt_meta_schema, fields), &s.fields, "field", print_slot, "    ");
}

static void print_token(dump* d, row r, const char* indent, const char* word) {
    (void)indent;
    (void)word;
    fputc(' ', d->out);
    dump_put_word(d, dump_text(d, r, 0, "name", true));
}

static void print_module(dump* d, row r, const char* indent, const char* word) {
    tmlrt_meta_module m;
    (void)indent;
    if (!dump_copy(d, r, &m, sizeof m)) {
        return;
    }
    begin(d, r, word);
    dump_put_loc(d, &m.loc);
    const struct {
        const char* word;
        size_t offset;
        const tmlrt_meta_table* table;
    } tables[] = {{"controllers", offsetof(tmlrt_meta_module, controllers), &m.controllers},
                  {"providers", offsetof(tmlrt_meta_module, providers), &m.providers},
                  {"imports", offsetof(tmlrt_meta_module, imports), &m.imports},
                  {"exports", offsetof(tmlrt_meta_module, exports), &m.exports}};
    for (size_t i = 0; i < 4; i++) {
        if (tables[i].table->count > 0) {
            fprintf(d->out, "\n    %s", tables[i].word);
            dump_each(d, r, tables[i].offset, tables[i].table, tables[i].word, print_token, "");
        }
    }
    fputc('\n', d->out);
}

static void print_hook(dump* d, row r, const char* indent, const char* word) {
    static const char* const events[] = {"init", "bootstrap", "destroy", "before_shutdown",
                                         "shutdown"};
    tmlrt_meta_hook h;
    (void)indent;
    if (!dump_copy(d, r, &h, sizeof h)) {
        return;
    }
    begin(d, r, word);
    if (h.event >= 5) {
        dump_fail(d, "event %u", h.event);
    } else {
        fprintf(d->out, " %s", events[h.event]);
    }
    fprintf(d->out, " order %d", h.order);
    dump_put_name(d, r, offsetof(tmlrt_meta_hook, thunk), "thunk");
    dump_put_loc(d, &h.loc);
    fputc('\n', d->out);
}

static void print_example(dump* d, row r, const char* indent, const char* word) {
    tmlrt_meta_example e;
    (void)indent;
    if (!dump_copy(d, r, &e, sizeof e)) {
        return;
    }
    begin(d, r, word);
    fputc('.', d->out);
    dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_example, name), "member", true));
    fputc(' ', d->out);
    dump_put_text(d, dump_text(d, r, offsetof(tmlrt_meta_example, title), "title", true));
    dump_put_loc(d, &e.loc);
    fputs("\n    ", d->out);
    dump_put_text(d, dump_text(d, r, offsetof(tmlrt_meta_example, request), "request", true));
    fprintf(d->out, " -> %u ", e.status);
    dump_put_text(d, dump_text(d, r, offsetof(tmlrt_meta_example, response), "response", false));
    fputc('\n', d->out);
}

static void print_stage(dump* d, row r, const char* indent, const char* word) {
    static const char* const roles[] = {
#define WORD(name, value, ir) [value] = ir,
        TMLRT_META_ROLE_MAP(WORD)
#undef WORD
    };
    tmlrt_meta_stage s;
    (void)indent;
    if (!dump_copy(d, r, &s, sizeof s)) {
        return;
    }
    begin(d, r, word);
    fputc('.', d->out);
    dump_put_word(d, dump_text(d, r, offsetof(tmlrt_meta_stage, name), "method", true));
    if (s.role >= TMLRT_NUM_ROLES) {
        dump_fail(d, "role %u", s.role);
    } else {
        fprintf(d->out, " %s", roles[s.role]);
    }
    fputs(" -> ", d->out);
    dump_put_type(d, r, offsetof(tmlrt_meta_stage, ret));
    fprintf(d->out, " args %u/%u", s.args_size, s.args_align);
    dump_put_name(d, r, offsetof(tmlrt_meta_stage, thunk), "thunk");
    put_desc(d, r, offsetof(tmlrt_meta_stage, thunk));
    dump_put_loc(d, &s.loc);
    fputc('\n', d->out);
    dump_each(d, r, offsetof(tmlrt_meta_stage, params), &s.params, "param", print_slot, "    ");
}

// ---- units ----------------------------------------------------------------------------------

static void print_kinds(dump* d, row r, const tmlrt_meta_unit* unit) {
    static const struct {
        const char* word;
        dump_row_fn* print;
    } kinds[TMLRT_NUM_KINDS] = {
        [TMLRT_KIND_CLASS] = {"class", print_class},
        [TMLRT_KIND_ROUTE] = {"route", print_route},
        [TMLRT_KIND_PROVIDER] = {"provider", print_provider},
        [TMLRT_KIND_SCHEMA] = {"schema", print_schema},
        [TMLRT_KIND_MODULE] = {"module", print_module},
        [TMLRT_KIND_HOOK] = {"hook", print_hook},
        [TMLRT_KIND_EXAMPLE] = {"example", print_example},
        [TMLRT_KIND_STAGE] = {"stage", print_stage},
    };
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        size_t offset = offsetof(tmlrt_meta_unit, kind) + kind * sizeof(tmlrt_meta_table);
        d->where[0] = '\0';
        dump_each(d, r, offset, &unit->kind[kind], kinds[kind].word, kinds[kind].print, "");
    }
    d->where[0] = '\0';
}

static void print_unit(dump* d, elf_place at) {
    tmlrt_meta_unit unit;
    row r = {at, sizeof unit};
    if (!dump_copy(d, r, &unit, sizeof unit)) {
        return;
    }
    if (unit.magic != TMLRT_META_MAGIC || unit.major != TMLRT_META_MAJOR) {
        dump_fail(d, "a unit of magic %08x, version %u.%u: expected %08x, version %u", unit.magic,
                  unit.major, unit.minor, TMLRT_META_MAGIC, TMLRT_META_MAJOR);
        return;
    }
    fputs("unit ", d->out);
    dump_put_text(d, dump_text(d, r, offsetof(tmlrt_meta_unit, name), "unit name", true));
    fprintf(d->out, " version %u.%u", unit.major, unit.minor);
    dump_put_name(d, r, offsetof(tmlrt_meta_unit, runtime), "runtime");
    fputc('\n', d->out);
    d->files = unit.files;
    if (!dump_table(d, r, offsetof(tmlrt_meta_unit, files), &unit.files, "files", &d->files_at)) {
        d->files.count = 0;
    }
    print_kinds(d, r, &unit);
}

static void print_section(dump* d, uint32_t index) {
    const elf_section* section = &d->file.sections[index];
    bool object = d->file.type == 1; // ET_REL
    elf_place start = {object ? index : 0, object ? 0 : section->addr};
    for (uint64_t i = 0; i + 8 <= section->size; i += 8) {
        elf_place at;
        const char* symbol;
        elf_target target = elf_pointer(&d->file, dump_plus(start, i), &at, &symbol);
        if (target == ELF_PLACE) {
            print_unit(d, at);
        } else if (target != ELF_NULL) {
            dump_fail(d, "entry %" PRIu64 " of section %s is no pointer into the file", i / 8,
                      TMLRT_META_SECTION_ELF);
        }
        if (!dump_spend(d)) {
            return;
        }
    }
}

uint32_t dump_records(const uint8_t* bytes, size_t len, const char* path, FILE* out, FILE* err) {
    dump d = {.path = path, .out = out, .err = err, .max_rows = len / 4 + 64};
    const char* error = elf_open(&d.file, bytes, len);
    bool any = false;
    if (error != NULL) {
        dump_fail(&d, "%s", error);
    }
    for (uint32_t i = 0; error == NULL && i < d.file.num_sections; i++) {
        if (strcmp(d.file.sections[i].name, TMLRT_META_SECTION_ELF) == 0) {
            any = true;
            print_section(&d, i);
        }
    }
    if (error == NULL && !any) {
        fputs("no records\n", out);
    }
    elf_close(&d.file);
    return d.errors;
}
