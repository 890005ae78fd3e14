// SPDX-License-Identifier: Apache-2.0
// JSON into memory form, directed by the field records: parse, check and bind in one pass.
#ifndef TRT_HTTP_FRAMEWORK_VALUE_JSON_READ_H
#define TRT_HTTP_FRAMEWORK_VALUE_JSON_READ_H

#include <tmlrt/abi/meta.h>
#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include "rt/base/arena.h"
#include "std/http/framework/value/json_keys.h"

enum {
    TRT_JSON_MAX_DEPTH = 64,          ///< also the most that a limit can be
    TRT_JSON_MAX_KEYS = 1000,         ///< of one object, when no limit says otherwise
    TRT_JSON_MAX_ERRORS = 32,         ///< told; the rest is counted
    TRT_JSON_MAX_LIST_BYTES = 8 << 20 ///< of all lists of one value: `[{},{},...]` must not grow
                                      ///< a small text into a large heap
};

/// trt_json_error is one thing wrong with the value at `pointer` (RFC 6901; "" is the whole).
typedef struct trt_json_error {
    const char *pointer, *detail; ///< NUL-terminated, in the arena or constant
} trt_json_error;

typedef struct trt_json_report {
    trt_json_error* items;
    uint32_t num, num_all;
} trt_json_report;

/// trt_json_limits are smaller or larger limits; 0 is the default.
typedef struct trt_json_limits {
    uint32_t depth; ///< at most TRT_JSON_MAX_DEPTH
    uint32_t keys;  ///< of one object
} trt_json_limits;

/// trt_json_read reads `text` as one value of `type` into `place` (type->size bytes, any content).
/// Strings are copied to the arena, NUL-terminated; lists and texts are libc malloc.
/// Shape:   type: anything but outcome, class, request and response (checked at start); NULL only
///          checks that the text is well-formed.
///          keys: the program's shapes, made before; NULL, or a schema that is not there: its shape
///          is made in the arena, once per call.
/// Errors:  JSON - malformed, too deep, too many keys: one item in the report, with the byte.
///          BIND - well-formed but not of the type: every error, with pointers.
///          HTTP_LIMIT - the lists would take more than TRT_JSON_MAX_LIST_BYTES. NOMEM.
///          `place` is all-zero then, and nothing is kept.
/// Cost:    one pass, no recursion; linear in the text.
TMLRT_NODISCARD tmlrt_status trt_json_read(void* place, const tmlrt_meta_type* type,
                                           const trt_json_keys* keys, trt_arena* arena,
                                           tmlrt_slice text, trt_json_report* out_report);
/// trt_json_read_within is trt_json_read with limits of its own.
TMLRT_NODISCARD tmlrt_status trt_json_read_within(void* place, const tmlrt_meta_type* type,
                                                  const trt_json_keys* keys, trt_arena* arena,
                                                  tmlrt_slice text, trt_json_limits limits,
                                                  trt_json_report* out_report);

#endif
