// SPDX-License-Identifier: Apache-2.0
// What the files of the binder share: bind.c has the loop and the check at start, bind_head.c path,
// headers and cookies, bind_pairs.c queries and forms, bind_body.c bodies.
#ifndef TRT_HTTP_FRAMEWORK_BIND_BINDER_H
#define TRT_HTTP_FRAMEWORK_BIND_BINDER_H

#include "std/http/framework/bind/bind.h"

/// trt_binder is one request being bound.
typedef struct trt_binder {
    const tmlrt_meta_route* route;
    const trt_bind_input* input;
    trt_bind_errors* errors;
    trt_arena* arena;
    const trt_json_shape* query_shape;        ///< the first struct taken from the query, or NULL
    uint64_t query_taken[TRT_QUERY_MAX / 64]; ///< a bit per pair that a parameter took
} trt_binder;

/// trt_bind_add_error adds an error, or counts it when there are enough.
void trt_bind_add_error(trt_binder* b, const trt_problem_error* error);
/// trt_bind_slot_error adds an error of a parameter; `detail` NULL is no memory.   Errors: NOMEM.
TMLRT_NODISCARD tmlrt_status trt_bind_slot_error(trt_binder* b, const tmlrt_meta_slot* slot,
                                                 const char* detail);
/// trt_bind_absent writes what stands for a parameter that is not there, or adds an error.
TMLRT_NODISCARD tmlrt_status trt_bind_absent(trt_binder* b, const tmlrt_meta_slot* slot,
                                             char* place);
/// trt_bind_text reads one value of `type` from text, or adds an error of the slot.
/// Shape:   kept: the text lies in the arena with a NUL behind it, a Str need not copy it.
TMLRT_NODISCARD tmlrt_status trt_bind_text(trt_binder* b, const tmlrt_meta_slot* slot,
                                           const tmlrt_meta_type* type, char* place,
                                           tmlrt_slice text, bool kept);
/// trt_bind_push adds an element to the List at `place` (made when there is none; a Maybe of a List
/// becomes Just) and returns where it goes, NULL without memory.
char* trt_bind_push(const tmlrt_meta_type* type, char* place);
/// trt_bind_list_of returns the List type of a List or a Maybe of one, NULL for anything else.
const tmlrt_meta_type* trt_bind_list_of(const tmlrt_meta_type* type);
/// trt_bind_is_scalar tells whether one text can be read as this type.
static inline bool trt_bind_is_scalar(const tmlrt_meta_type* type) {
    return type->kind >= TMLRT_TYPE_BOOL && type->kind <= TMLRT_TYPE_TEXT;
}

/// trt_bind_path, trt_bind_header and trt_bind_cookie fill a parameter from the request's head;
/// `index` is the parameter's.
TMLRT_NODISCARD tmlrt_status trt_bind_path(trt_binder* b, const tmlrt_meta_slot* slot, char* place,
                                           uint32_t index);
TMLRT_NODISCARD tmlrt_status trt_bind_header(trt_binder* b, const tmlrt_meta_slot* slot,
                                             char* place);
TMLRT_NODISCARD tmlrt_status trt_bind_cookie(trt_binder* b, const tmlrt_meta_slot* slot,
                                             char* place);

/// trt_bind_query fills a parameter, or the struct of one, from the query.
TMLRT_NODISCARD tmlrt_status trt_bind_query(trt_binder* b, const tmlrt_meta_slot* slot,
                                            char* place);
/// trt_bind_query_rest adds an error for every name in the query that no parameter takes, when a
/// parameter takes a struct from it.
TMLRT_NODISCARD tmlrt_status trt_bind_query_rest(trt_binder* b);
/// trt_bind_form fills the struct of the body's parameter from an urlencoded form.
TMLRT_NODISCARD tmlrt_status trt_bind_form(trt_binder* b, const tmlrt_meta_schema* schema,
                                           char* place, tmlrt_slice form);
/// trt_bind_pairs_check tells why a struct cannot be filled from a query or a form, NULL when it
/// can.
const char* trt_bind_pairs_check(const tmlrt_meta_schema* schema);

/// trt_bind_body fills a parameter from the body, by its Content-Type.
TMLRT_NODISCARD tmlrt_status trt_bind_body(trt_binder* b, const tmlrt_meta_slot* slot, char* place);

#endif
