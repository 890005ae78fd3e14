// SPDX-License-Identifier: Apache-2.0
// The ELF reader of `tmlcg dump`.
//
// All tables are bounded by the file: relocations and symbols together cannot be more than the file
// has room for, even when section headers overlap. Pointers of an object file exist only as
// relocations; those of an executable or shared library are relative relocations with the address
// in the addend, or plain addresses (no PIE, or packed relative relocations, which keep it in
// place).
#include "codegen-hooks/tool/elf_file.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static bool inside(const elf_file* f, uint64_t offset, uint64_t size) {
    return offset <= f->len && size <= f->len - offset;
}

/// A string in the file: the offset of a string table and an index into it. "" when there is none.
static const char* string_at(const elf_file* f, const elf_section* table, uint64_t index) {
    if (!inside(f, table->offset, table->size) || index >= table->size) {
        return "";
    }
    const char* text = (const char*)f->bytes + table->offset + index;
    return memchr(text, '\0', table->size - index) != NULL ? text : "";
}

static const char* read_sections(elf_file* f, const Elf64_Ehdr* head) {
    if (head->e_shnum == 0) {
        return "no section headers";
    }
    if (head->e_shentsize != sizeof(Elf64_Shdr) ||
        !inside(f, head->e_shoff, (uint64_t)head->e_shnum * sizeof(Elf64_Shdr))) {
        return "section headers outside of the file";
    }
    f->sections = calloc(head->e_shnum, sizeof *f->sections);
    if (f->sections == NULL) {
        return "out of memory";
    }
    f->num_sections = head->e_shnum;
    for (uint32_t i = 0; i < f->num_sections; i++) {
        Elf64_Shdr raw;
        memcpy(&raw, f->bytes + head->e_shoff + i * sizeof raw, sizeof raw);
        f->sections[i] = (elf_section){.name = "",
                                       .type = raw.sh_type,
                                       .flags = raw.sh_flags,
                                       .addr = raw.sh_addr,
                                       .offset = raw.sh_offset,
                                       .size = raw.sh_type == SHT_NOBITS ? 0 : raw.sh_size,
                                       .entsize = raw.sh_entsize,
                                       .link = raw.sh_link,
                                       .info = raw.sh_info};
        if (!inside(f, f->sections[i].offset, f->sections[i].size)) {
            f->sections[i].size = 0;
        }
    }
    if (head->e_shstrndx < f->num_sections) {
        const elf_section* names = &f->sections[head->e_shstrndx];
        for (uint32_t i = 0; i < f->num_sections; i++) {
            uint32_t index;
            memcpy(&index, f->bytes + head->e_shoff + i * sizeof(Elf64_Shdr), sizeof index);
            f->sections[i].name = string_at(f, names, index);
        }
    }
    return NULL;
}

static int compare_places(const elf_place* a, const elf_place* b) {
    if (a->section != b->section) {
        return a->section < b->section ? -1 : 1;
    }
    return a->offset == b->offset ? 0 : a->offset < b->offset ? -1 : 1;
}

static int compare_relocs(const void* a, const void* b) {
    return compare_places(&((const elf_reloc*)a)->at, &((const elf_reloc*)b)->at);
}

static int compare_symbols(const void* a, const void* b) {
    const elf_symbol *x = a, *y = b;
    int order = compare_places(&x->at, &y->at);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static bool read_symbol(const elf_file* f, const elf_section* table, uint64_t index,
                        Elf64_Sym* out) {
    if (index >= table->size / sizeof *out) {
        return false;
    }
    memcpy(out, f->bytes + table->offset + index * sizeof *out, sizeof *out);
    return true;
}

static const elf_section* section_at(const elf_file* f, uint32_t index) {
    static const elf_section none = {.name = ""};
    return index < f->num_sections ? &f->sections[index] : &none;
}

/// Fixes one relocation; false for one that is no 64-bit pointer.
static bool read_reloc(const elf_file* f, const elf_section* section, const Elf64_Rela* raw,
                       elf_reloc* out) {
    uint32_t type = ELF64_R_TYPE(raw->r_info);
    bool x86 = f->machine == EM_X86_64;
    bool object = f->type == ET_REL;
    out->at = (elf_place){object ? section->info : 0, raw->r_offset};
    out->symbol = NULL;
    if (!object && type == (x86 ? R_X86_64_RELATIVE : R_AARCH64_RELATIVE)) {
        out->target = (elf_place){0, (uint64_t)raw->r_addend};
        return true;
    }
    if (type != (x86 ? R_X86_64_64 : R_AARCH64_ABS64) &&
        type != (x86 ? R_X86_64_GLOB_DAT : R_AARCH64_GLOB_DAT)) {
        return false;
    }
    const elf_section* symbols = section_at(f, section->link);
    Elf64_Sym symbol;
    if (!read_symbol(f, symbols, ELF64_R_SYM(raw->r_info), &symbol)) {
        return false;
    }
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE) {
        out->symbol = string_at(f, section_at(f, symbols->link), symbol.st_name);
        return true;
    }
    out->target =
        (elf_place){object ? symbol.st_shndx : 0, symbol.st_value + (uint64_t)raw->r_addend};
    return true;
}

static const char* read_relocs(elf_file* f) {
    size_t cap = f->len / sizeof(Elf64_Rela) + 1, seen = 0;
    f->relocs = calloc(cap, sizeof *f->relocs);
    if (f->relocs == NULL) {
        return "out of memory";
    }
    for (uint32_t i = 0; i < f->num_sections; i++) {
        const elf_section* section = &f->sections[i];
        if (section->type != SHT_RELA) {
            continue;
        }
        for (uint64_t k = 0; k < section->size / sizeof(Elf64_Rela); k++) {
            Elf64_Rela raw;
            if (++seen > cap) {
                return "relocation sections overlap";
            }
            memcpy(&raw, f->bytes + section->offset + k * sizeof raw, sizeof raw);
            f->num_relocs += read_reloc(f, section, &raw, &f->relocs[f->num_relocs]);
        }
    }
    qsort(f->relocs, f->num_relocs, sizeof *f->relocs, compare_relocs);
    return NULL;
}

static const char* read_symbols(elf_file* f) {
    size_t cap = f->len / sizeof(Elf64_Sym) + 1, seen = 0;
    f->symbols = calloc(cap, sizeof *f->symbols);
    if (f->symbols == NULL) {
        return "out of memory";
    }
    for (uint32_t i = 0; i < f->num_sections; i++) {
        const elf_section* section = &f->sections[i];
        if (section->type != SHT_SYMTAB && section->type != SHT_DYNSYM) {
            continue;
        }
        Elf64_Sym raw;
        for (uint64_t k = 0; read_symbol(f, section, k, &raw); k++) {
            if (++seen > cap) {
                return "symbol tables overlap";
            }
            uint8_t type = ELF64_ST_TYPE(raw.st_info);
            const char* name = string_at(f, section_at(f, section->link), raw.st_name);
            if (raw.st_shndx == SHN_UNDEF || raw.st_shndx >= SHN_LORESERVE || name[0] == '\0' ||
                (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE)) {
                continue;
            }
            f->symbols[f->num_symbols++] =
                (elf_symbol){{f->type == ET_REL ? raw.st_shndx : 0, raw.st_value}, name};
        }
    }
    qsort(f->symbols, f->num_symbols, sizeof *f->symbols, compare_symbols);
    return NULL;
}

const char* elf_open(elf_file* f, const uint8_t* bytes, size_t len) {
    Elf64_Ehdr head;
    memset(f, 0, sizeof *f);
    f->bytes = bytes;
    f->len = len;
    if (len < sizeof head || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
        return "not an ELF file";
    }
    memcpy(&head, bytes, sizeof head);
    if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_ident[EI_DATA] != ELFDATA2LSB) {
        return "not a 64-bit little-endian ELF file";
    }
    if (head.e_machine != EM_X86_64 && head.e_machine != EM_AARCH64) {
        return "of a machine other than x86-64 and AArch64";
    }
    if (head.e_type != ET_REL && head.e_type != ET_EXEC && head.e_type != ET_DYN) {
        return "neither an object, nor an executable, nor a shared library";
    }
    f->type = head.e_type;
    f->machine = head.e_machine;
    const char* error = read_sections(f, &head);
    error = error == NULL ? read_relocs(f) : error;
    return error == NULL ? read_symbols(f) : error;
}

void elf_close(elf_file* f) {
    free(f->sections);
    free(f->relocs);
    free(f->symbols);
    memset(f, 0, sizeof *f);
}

/// The section a place lies in and the offset into it; NULL when it lies in none.
static const elf_section* find_section(const elf_file* f, elf_place at, uint64_t* out_offset) {
    if (f->type == ET_REL) {
        const elf_section* section = section_at(f, at.section);
        *out_offset = at.offset;
        return at.section != 0 && at.offset <= section->size ? section : NULL;
    }
    for (uint32_t i = 0; i < f->num_sections; i++) {
        const elf_section* section = &f->sections[i];
        if ((section->flags & SHF_ALLOC) != 0 && section->type != SHT_NOBITS &&
            (section->flags & SHF_TLS) == 0 && at.offset >= section->addr &&
            at.offset - section->addr < section->size) {
            *out_offset = at.offset - section->addr;
            return section;
        }
    }
    return NULL;
}

uint64_t elf_left(const elf_file* f, elf_place at) {
    uint64_t offset;
    const elf_section* section = find_section(f, at, &offset);
    return section == NULL ? 0 : section->size - offset;
}

const uint8_t* elf_bytes(const elf_file* f, elf_place at, uint64_t size) {
    uint64_t offset;
    const elf_section* section = find_section(f, at, &offset);
    return section == NULL || size > section->size - offset ? NULL
                                                            : f->bytes + section->offset + offset;
}

elf_target elf_pointer(const elf_file* f, elf_place at, elf_place* out, const char** out_symbol) {
    const uint8_t* bytes = elf_bytes(f, at, 8);
    if (bytes == NULL) {
        return ELF_BAD;
    }
    elf_reloc key = {.at = at};
    const elf_reloc* reloc =
        bsearch(&key, f->relocs, f->num_relocs, sizeof *f->relocs, compare_relocs);
    if (reloc != NULL && reloc->symbol != NULL) {
        *out_symbol = reloc->symbol;
        return ELF_SYMBOL;
    }
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    if (reloc != NULL) {
        *out = reloc->target;
        return ELF_PLACE;
    }
    if (value == 0) {
        return ELF_NULL;
    }
    *out = (elf_place){0, value};
    return f->type == ET_REL ? ELF_BAD : ELF_PLACE;
}

const char* elf_name(const elf_file* f, elf_place at) {
    size_t low = 0, high = f->num_symbols;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_places(&f->symbols[mid].at, &at) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < f->num_symbols && compare_places(&f->symbols[low].at, &at) == 0
               ? f->symbols[low].name
               : NULL;
}
