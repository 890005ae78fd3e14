// SPDX-License-Identifier: Apache-2.0
// JSON out of memory form, directed by the field records: what is not declared cannot leave.
#ifndef TRT_HTTP_FRAMEWORK_VALUE_JSON_WRITE_H
#define TRT_HTTP_FRAMEWORK_VALUE_JSON_WRITE_H

#include <tmlrt/abi/meta.h>
#include <tmlrt/abi/slice.h>
#include <tmlrt/abi/status.h>

#include "std/http/framework/value/json_keys.h"

/// trt_json_writer writes into one growing piece of an arena; all-zero but `arena` and `keys` is
/// empty. After
/// a failure appends do nothing.
typedef struct trt_json_writer {
    trt_arena* arena;
    const trt_json_keys* keys; ///< NULL: every key is made anew
    char *data, *at, *end;     ///< text so far is [data, at)
    tmlrt_status status;       ///< NOMEM, or OVERFLOW: nested deeper than 64
} trt_json_writer;

enum { TRT_JSON_FIRST = 512 }; ///< room of a text that has just begun; what is left is given back

/// trt_json_begin makes an empty writer with room of its own; all-zero but `arena` and `keys` would
/// do as well.
static inline void trt_json_begin(trt_json_writer* writer, trt_arena* arena,
                                  const trt_json_keys* keys) {
    char* data = trt_arena_fit(arena, TRT_JSON_FIRST, 1);
    char* end = data != NULL ? data + TRT_JSON_FIRST : NULL;
    *writer = (trt_json_writer){arena, keys, data, data, end, TMLRT_OK};
}
/// trt_json_put_key adds `before`, the quoted key of a field, and a colon.
void trt_json_put_key(trt_json_writer* writer, char before, const tmlrt_meta_slot* field);
/// trt_json_put_value adds a value of `type`: structs as objects of their declared fields, Maybe as
/// the value or null, a null Str as null.
void trt_json_put_value(trt_json_writer* writer, const tmlrt_meta_type* type, const void* place);
/// trt_json_finish gives back the unused tail and hands out the text (in the arena, no NUL).
/// Errors:  NOMEM, OVERFLOW.
TMLRT_NODISCARD tmlrt_status trt_json_finish(trt_json_writer* writer, tmlrt_slice* out);

#endif
