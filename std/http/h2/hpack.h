// SPDX-License-Identifier: Apache-2.0
// Field blocks of answers: HPACK, the encoder's side (RFC 7541). nghttp2 reads and frames; what it
// would compress is compressed here, as an answer has nearly the fields of the one before, and a
// server knows which: those of core/security.h and the date are found without being looked for.
#ifndef TRT_HTTP_H2_HPACK_H
#define TRT_HTTP_H2_HPACK_H

#include "std/http/core/message.h"
#include "std/http/core/security.h"

enum {
    TRT_HPACK_TABLE = 4096,     ///< bytes of the table at most, as RFC 7541 4.1 counts them
    TRT_HPACK_RECENT = 16,      ///< a power of two
    TRT_HPACK_FIELD_BYTES = 12, ///< of a field beside its name and value, at most
};

/// trt_hpack_code is the Huffman code of a byte: the low `bits` bits.
typedef struct trt_hpack_code {
    uint32_t code;
    uint8_t bits;
} trt_hpack_code;

extern const trt_hpack_code trt_hpack_codes[256];

typedef struct trt_hpack_entry {
    uint32_t hash;
    uint16_t start, name_len, value_len; ///< in the text: the name, and behind it the value
} trt_hpack_entry;

/// trt_hpack is what the peer's decoder has in its table, and how to find it. All-zero is empty.
typedef struct trt_hpack {
    trt_hpack_entry* entries; ///< a ring, by number
    char* text;
    uint32_t cap_entries, cap_text; ///< 0 or a power of two
    uint32_t text_end;
    uint32_t size, max;   ///< as the RFC counts; max 0: nothing is kept
    uint64_t added, gone; ///< numbers of the next entry, and of the oldest that is there
    uint64_t date;        ///< number + 1 of the entry with the last date
    uint64_t security[TRT_NUM_SECURITY]; ///< as date
    uint32_t recent[TRT_HPACK_RECENT];   ///< number + 1 of an entry, by the low bits of its hash
} trt_hpack;

/// trt_hpack_init begins with an empty table of TRT_HPACK_TABLE bytes.
void trt_hpack_init(trt_hpack* table);
/// trt_hpack_fini frees.
void trt_hpack_fini(trt_hpack* table);
/// trt_hpack_resize follows SETTINGS_HEADER_TABLE_SIZE of the peer. Who writes the block tells the
/// peer, at the beginning of the next one.
void trt_hpack_resize(trt_hpack* table, uint32_t size);
/// trt_hpack_memory returns the bytes that are held.
size_t trt_hpack_memory(const trt_hpack* table);

// Each writes at `out` and returns the end; they cannot fail: without memory nothing is kept.

/// trt_hpack_put writes a field, which is kept for the next block unless its value is likely to be
/// another one then, or a secret.   Shape: name in small letters, not empty; at most
/// TRT_HPACK_FIELD_BYTES more than name and value. Cost: about 60 instructions for what is there.
char* trt_hpack_put(trt_hpack* table, char* out, tmlrt_slice name, tmlrt_slice value);
/// trt_hpack_put_date writes `date: value`.   Cost: about 15 instructions.
char* trt_hpack_put_date(trt_hpack* table, char* out, tmlrt_slice value);
/// trt_hpack_put_length writes `content-length: digits`.
char* trt_hpack_put_length(char* out, tmlrt_slice digits);
/// trt_hpack_put_security writes the fields that are `missing` (trt_security_missing).   Shape: the
/// same `security` for as long as the table lives. Cost: about 8 instructions each.
char* trt_hpack_put_security(trt_hpack* table, char* out, const trt_security* security,
                             uint32_t missing);

#endif
