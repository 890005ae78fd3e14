// SPDX-License-Identifier: Apache-2.0
// The state of one reading, shared by the files of the JSON reader (json_read.c has the whole).
#ifndef TRT_HTTP_FRAMEWORK_VALUE_JSON_READER_H
#define TRT_HTTP_FRAMEWORK_VALUE_JSON_READER_H

#include "std/http/core/json_lex.h"
#include "std/http/framework/value/json_keys.h"
#include "std/http/framework/value/json_read.h"

/// trt_json_level is an open object or array.
typedef struct trt_json_level {
    bool array;
    const trt_json_shape* shape;    ///< object: NULL passes over
    const tmlrt_meta_type* element; ///< array: NULL passes over
    void* target;                   ///< struct, or the list's header
    uint64_t* seen;                 ///< a bit per field; inline_seen for up to 64
    uint64_t inline_seen;
    uint32_t num;      ///< keys or elements so far
    uint32_t num_seen; ///< bits that are set
    uint32_t next;     ///< the field to guess
    tmlrt_slice key;   ///< of the value being read
} trt_json_level;

/// trt_json_local is the shape of a schema that the program's table does not have.
typedef struct trt_json_local {
    trt_json_shape shape;
    struct trt_json_local* next;
} trt_json_local;

typedef struct trt_json_reader {
    trt_json_cursor cursor;
    trt_arena* arena;
    const trt_json_keys* keys;
    trt_json_local* locals;
    trt_json_report* report;
    size_t list_bytes;
    uint32_t depth;
    trt_json_limits limits; ///< none is 0
    bool nomem;
    trt_json_level levels[TRT_JSON_MAX_DEPTH];
} trt_json_reader;

/// trt_json_goal is where a value goes; type NULL passes it over.
typedef struct trt_json_goal {
    const tmlrt_meta_type* type;
    void* place;
} trt_json_goal;

/// trt_json_unwrap steps through Maybes to the type a value must have; marks them Just.
trt_json_goal trt_json_unwrap(trt_json_goal goal);

/// trt_json_malformed reports a syntax error and nothing else.   Errors: JSON, always.
TMLRT_NODISCARD tmlrt_status trt_json_malformed(trt_json_reader* r, const char* what);
/// trt_json_value_error adds an error of the value being read; `detail` is constant or the arena's.
void trt_json_value_error(trt_json_reader* r, const char* detail);
/// trt_json_wrong_type adds that a value does not fit its type.
void trt_json_wrong_type(trt_json_reader* r, trt_json_goal goal);
/// trt_json_unknown_field adds that the key being read is no field, and the nearest one that is.
void trt_json_unknown_field(trt_json_reader* r, const trt_json_shape* shape);
/// trt_json_missing_field adds that the innermost object lacks a field.
void trt_json_missing_field(trt_json_reader* r, const char* key);

/// trt_json_read_plain reads a scalar in its usual spelling at `p` and returns where it ends. NULL:
/// it is something else, for trt_json_read_scalar to read or to refuse.
const char* trt_json_read_plain(trt_json_reader* r, const char* p, const tmlrt_meta_type* type,
                                void* place);
/// trt_json_read_scalar reads any string, number or word at the cursor.
/// Errors:  JSON. NOMEM. A value that does not fit is added to the report, and OK.
TMLRT_NODISCARD tmlrt_status trt_json_read_scalar(trt_json_reader* r, trt_json_goal goal);

#endif
