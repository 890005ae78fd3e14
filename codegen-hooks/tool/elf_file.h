// SPDX-License-Identifier: Apache-2.0
// Reading 64-bit little-endian ELF files as hostile bytes: sections, pointers behind relocations,
// names of addresses. Nothing is trusted: every offset and count is checked against the file.
#ifndef TMLCG_TOOL_ELF_FILE_H
#define TMLCG_TOOL_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A place in the program: in an object file an offset into a section, in an executable or shared
/// library a virtual address (section 0).
typedef struct elf_place {
    uint32_t section;
    uint64_t offset;
} elf_place;

typedef struct elf_section {
    const char* name; ///< NUL-terminated inside the file
    uint32_t type;
    uint64_t flags, addr, offset, size, entsize;
    uint32_t link, info;
} elf_section;

typedef struct elf_reloc {
    elf_place at;
    elf_place target;
    const char* symbol; ///< of an undefined symbol, else NULL
} elf_reloc;

typedef struct elf_symbol {
    elf_place at;
    const char* name;
} elf_symbol;

typedef struct elf_file {
    const uint8_t* bytes;
    size_t len;
    uint16_t type, machine;
    elf_section* sections;
    uint32_t num_sections;
    elf_reloc* relocs; ///< by place
    size_t num_relocs;
    elf_symbol* symbols; ///< by place
    size_t num_symbols;
} elf_file;

/// elf_open reads the tables of a file. Returns NULL or what is wrong, a constant string.
/// Owns: `bytes` are borrowed until elf_close, which must be called in any case.
const char* elf_open(elf_file* out, const uint8_t* bytes, size_t len);
/// elf_close frees what elf_open made.
void elf_close(elf_file* f);
/// elf_bytes returns `size` bytes at a place, NULL when they are not in the file.
const uint8_t* elf_bytes(const elf_file* f, elf_place at, uint64_t size);
/// elf_left returns how many bytes there are from a place to the end of its section or segment.
uint64_t elf_left(const elf_file* f, elf_place at);

/// What a pointer in the file points to.
typedef enum { ELF_NULL, ELF_PLACE, ELF_SYMBOL, ELF_BAD } elf_target;
/// elf_pointer reads the pointer at a place, through its relocation if it has one. ELF_PLACE:
/// `*out`; ELF_SYMBOL: the name of an undefined symbol in `*out_symbol`.
elf_target elf_pointer(const elf_file* f, elf_place at, elf_place* out, const char** out_symbol);
/// elf_name returns the name of the symbol at a place, NULL when there is none.
const char* elf_name(const elf_file* f, elf_place at);

#endif
