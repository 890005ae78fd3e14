// SPDX-License-Identifier: Apache-2.0
// Sections with SHF_ALLOC are copied to one RWX region; each undefined symbol gets a slot of a
// global offset table, and a jump stub when it is called directly. Weak and global symbols are
// found by name over all objects of one load, the first definition wins.
#include "tests/fuzz/lowering/load.h"

#include "tests/fuzz/lowering/world.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
    REGION_BYTES = 8 << 20,
    MAX_SECTIONS = 512,
    MAX_OBJECTS = 2,
    MAX_SYMBOLS = 4096,
};

typedef struct object {
    const char* data;
    const Elf64_Shdr* sections;
    size_t num_sections;
    char* address[MAX_SECTIONS];
    const Elf64_Sym* symbols;
    size_t num_symbols;
    const char* names;
    char** got[MAX_SYMBOLS];
} object;

static char *region, *cur;
static object objects[MAX_OBJECTS];
static size_t num_objects;
static char error[256];

bool load_init(void) {
    region = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cur = region;
    return region != MAP_FAILED;
}

void load_reset(void) {
    cur = region + 64; // UBSan's check of indirect calls reads the bytes in front of a function
    num_objects = 0;
}

static char* take(size_t size, size_t align) {
    uintptr_t p = ((uintptr_t)cur + align - 1) & ~(uintptr_t)(align - 1);
    if (p + size > (uintptr_t)region + REGION_BYTES) {
        return NULL;
    }
    cur = (char*)p + size;
    return (char*)p;
}

/// A copy in the region: symbols are looked up after the object's own bytes are gone.
static const void* keep(const char* data, size_t size) {
    char* copy = take(size, 16);
    return copy != NULL ? memcpy(copy, data, size) : NULL;
}

static const char* place(object* o, const char* data) {
    const Elf64_Ehdr* head = (const Elf64_Ehdr*)data;
    o->data = data;
    o->sections = (const Elf64_Shdr*)(data + head->e_shoff);
    o->num_sections = head->e_shnum;
    if (o->num_sections > MAX_SECTIONS) {
        return "too many sections";
    }
    for (size_t i = 0; i < o->num_sections; i++) {
        const Elf64_Shdr* s = &o->sections[i];
        o->address[i] = NULL;
        if (s->sh_flags & SHF_ALLOC) {
            o->address[i] = take(s->sh_size, s->sh_addralign ? s->sh_addralign : 1);
            if (o->address[i] == NULL) {
                return "the code region is full";
            }
            if (s->sh_type == SHT_NOBITS) {
                memset(o->address[i], 0, s->sh_size);
            } else {
                memcpy(o->address[i], data + s->sh_offset, s->sh_size);
            }
        } else if (s->sh_type == SHT_SYMTAB) {
            const Elf64_Shdr* names = &o->sections[s->sh_link];
            o->num_symbols = s->sh_size / sizeof(Elf64_Sym);
            o->symbols = keep(data + s->sh_offset, s->sh_size);
            o->names = keep(data + names->sh_offset, names->sh_size);
            if (o->symbols == NULL || o->names == NULL) {
                return "the code region is full";
            }
        }
    }
    if (o->num_symbols > MAX_SYMBOLS) {
        return "too many symbols";
    }
    memset(o->got, 0, o->num_symbols * sizeof *o->got);
    return NULL;
}

void* load_symbol(const char* name) {
    for (size_t k = 0; k < num_objects; k++) {
        const object* o = &objects[k];
        for (size_t i = 1; i < o->num_symbols; i++) {
            const Elf64_Sym* s = &o->symbols[i];
            if (s->st_shndx != SHN_UNDEF && s->st_shndx < SHN_LORESERVE &&
                ELF64_ST_BIND(s->st_info) != STB_LOCAL &&
                strcmp(o->names + s->st_name, name) == 0) {
                return o->address[s->st_shndx] + s->st_value;
            }
        }
    }
    return NULL;
}

static char* resolve(object* o, size_t index) {
    const Elf64_Sym* s = &o->symbols[index];
    if (s->st_shndx != SHN_UNDEF && s->st_shndx < SHN_LORESERVE) {
        if (ELF64_ST_BIND(s->st_info) != STB_WEAK) {
            return o->address[s->st_shndx] + s->st_value;
        }
    } else if (s->st_shndx == SHN_ABS) {
        return (char*)s->st_value;
    }
    const char* name = o->names + s->st_name;
    char* p = load_symbol(name);
    p = p != NULL ? p : world_symbol(name);
    if (p == NULL) {
        snprintf(error, sizeof error, "undefined symbol %s", name);
    }
    return p;
}

// The slot holds the address; behind it lies `jmp *slot(%rip)`.
static char** slot(object* o, size_t index, char* target) {
    if (o->got[index] == NULL) {
        char* p = take(16, 16);
        if (p == NULL) {
            return NULL;
        }
        memcpy(p, &target, 8);
        memcpy(p + 8, "\xFF\x25\xF2\xFF\xFF\xFF", 6);
        o->got[index] = (char**)p;
    }
    return o->got[index];
}

static const char* relocate(object* o, const Elf64_Rela* r, char* base) {
    size_t index = ELF64_R_SYM(r->r_info);
    unsigned type = ELF64_R_TYPE(r->r_info);
    char *at = base + r->r_offset, *target = resolve(o, index);
    if (target == NULL) {
        return error;
    }
    bool near = target >= region && target < region + REGION_BYTES;
    switch (type) {
    case R_X86_64_NONE:
        return NULL;
    case R_X86_64_64:
        target += r->r_addend;
        memcpy(at, &target, 8);
        return NULL;
    case R_X86_64_PC64: {
        int64_t d = target + r->r_addend - at;
        memcpy(at, &d, 8);
        return NULL;
    }
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
        target = (char*)slot(o, index, target);
        break;
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
        if (!near) {
            target = (char*)slot(o, index, target) + 8;
        }
        break;
    default:
        snprintf(error, sizeof error, "relocation type %u", type);
        return error;
    }
    int32_t d = (int32_t)(target + r->r_addend - at);
    memcpy(at, &d, 4);
    return NULL;
}

const char* load_objects(const char* const* data, const size_t* sizes, size_t n) {
    (void)sizes;
    load_reset();
    const char* bad = NULL;
    for (size_t k = 0; k < n && bad == NULL; k++) {
        bad = place(&objects[k], data[k]);
    }
    num_objects = n;
    for (size_t k = 0; k < n; k++) {
        object* o = &objects[k];
        for (size_t i = 0; i < o->num_sections && bad == NULL; i++) {
            const Elf64_Shdr* s = &o->sections[i];
            if (s->sh_type != SHT_RELA || o->address[s->sh_info] == NULL) {
                continue;
            }
            const Elf64_Rela* r = (const Elf64_Rela*)(o->data + s->sh_offset);
            for (size_t j = 0; j < s->sh_size / sizeof *r && bad == NULL; j++) {
                bad = relocate(o, &r[j], o->address[s->sh_info]);
            }
        }
    }
    return bad;
}
