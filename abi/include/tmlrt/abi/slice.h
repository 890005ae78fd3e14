// SPDX-License-Identifier: Apache-2.0
// Slice: bytes with a length, borrowed unless a comment says otherwise.
#ifndef TMLRT_ABI_SLICE_H
#define TMLRT_ABI_SLICE_H

#include <tmlrt/abi/base.h>

typedef struct tmlrt_slice {
    const char* data;
    uint64_t len;
} tmlrt_slice;

#endif
