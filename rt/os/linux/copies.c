// SPDX-License-Identifier: Apache-2.0
// Finding other running copies of the runtime in this process.
//
// Every image that contains the runtime carries an ELF note, "tmlrt" type 1, whose 8 bytes are the
// distance from there to that copy's own `trt_copy_runs`. The loader keeps the notes of every image
// mapped and lists the images, so copies find each other without a symbol in common, an environment
// variable or a file. A copy that is mapped but never used (its symbols lost to another one's) has
// its word at 0 and is no error.
//
// Both words are written before either copy looks, so of two that start at once at least one
// refuses. Called by trt_runtime_new. Any thread.
#include "rt/os/copies.h"

#include "rt/base/atomic.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

enum { NOTE_TYPE = 1 };
static const char s_owner[] = "tmlrt";

// Not static: the note below names it. Hidden, so each image has its own.
extern trt_atomic_u32 trt_copy_runs;
__attribute__((used)) trt_atomic_u32 trt_copy_runs;

__asm__(".pushsection .note.tmlrt, \"a\", %note\n"
        "    .balign 4\n"
        "    .long 6, 8, 1\n"
        "    .asciz \"tmlrt\"\n"
        "    .balign 4\n"
        "    .long trt_copy_runs - .\n"
        "    .long 0\n"
        ".popsection\n");

// The word of the copy that a descriptor belongs to.
static const trt_atomic_u32* word_at(const unsigned char* descriptor) {
    int32_t distance;
    memcpy(&distance, descriptor, sizeof(distance));
    return (const trt_atomic_u32*)(const void*)(descriptor + distance);
}

static size_t padded(size_t len, size_t align) {
    return (len + align - 1) & ~(align - 1);
}

// Looks through one segment of notes for a running copy that is not this one.
static bool another_in(const unsigned char* notes, size_t len, size_t align) {
    align = align == 8 ? 8 : 4;
    while (len > sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) head;
        memcpy(&head, notes, sizeof(head));
        size_t descriptor = padded(sizeof(head) + head.n_namesz, align);
        size_t size = padded(descriptor + head.n_descsz, align);
        if (size > len) {
            return false;
        }
        if (head.n_type == NOTE_TYPE && head.n_namesz == sizeof(s_owner) && head.n_descsz == 8 &&
            memcmp(notes + sizeof(head), s_owner, sizeof(s_owner)) == 0) {
            const trt_atomic_u32* word = word_at(notes + descriptor);
            if (word != &trt_copy_runs && trt_atomic_load(word, TRT_SEQ_CST) != 0) {
                return true;
            }
        }
        notes += size;
        len -= size;
    }
    return false;
}

typedef struct search {
    char* name;
    size_t cap;
} search;

static int look_at(struct dl_phdr_info* image, size_t size, void* arg) {
    (void)size;
    search* self = arg;
    for (int i = 0; i < image->dlpi_phnum; i++) {
        const ElfW(Phdr)* segment = &image->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE &&
            another_in((const unsigned char*)(image->dlpi_addr + segment->p_vaddr),
                       segment->p_memsz, segment->p_align)) {
            snprintf(self->name, self->cap, "%s",
                     image->dlpi_name[0] != 0 ? image->dlpi_name : "the program itself");
            return 1;
        }
    }
    return 0;
}

tmlrt_status trt_os_claim_process(char* out_name, size_t cap) {
    search other = {.name = out_name, .cap = cap};
    trt_atomic_store(&trt_copy_runs, 1, TRT_SEQ_CST);
    return dl_iterate_phdr(look_at, &other) != 0 ? TMLRT_E_COPIES : TMLRT_OK;
}
