// SPDX-License-Identifier: Apache-2.0
// Building an answer in an arena, for the framework and for servers. Compiled code uses the
// tmlrt_response_* functions, which end here.
#ifndef TRT_HTTP_CORE_RESPONSE_H
#define TRT_HTTP_CORE_RESPONSE_H

#include "std/http/core/message.h"

/// trt_response_new returns an empty answer in `arena`; NULL without memory. Any status is kept:
/// one outside 200..599 is answered with 500 by the encoder.
tmlrt_response* trt_response_new(trt_arena* arena, int32_t status);
/// trt_response_new_typed is trt_response_new with a Content-Type, a literal as in
/// trt_response_add_static.
tmlrt_response* trt_response_new_typed(trt_arena* arena, int32_t status, tmlrt_slice type);
/// trt_response_add adds a field; name and value are copied.
/// Errors:  HTTP_HEADER - a forbidden byte, or a field the server writes itself (framing, Date);
///          NOMEM; FULL - more than 100 fields. Nothing is added then.
tmlrt_status trt_response_add(tmlrt_response* response, tmlrt_slice name, tmlrt_slice value);
/// trt_response_add_static adds literals: both live as long as the answer, and are not checked
/// again (a debug build asserts that they are good; the encoder checks every other field once
/// more).
/// Errors:  NOMEM; FULL. Nothing is added then.
tmlrt_status trt_response_add_static(tmlrt_response* response, tmlrt_slice name, tmlrt_slice value);
/// trt_response_set replaces the first field of that name, or adds it. Errors as trt_response_add.
tmlrt_status trt_response_set(tmlrt_response* response, tmlrt_slice name, tmlrt_slice value);

/// trt_response_check tells whether a program may write this field.
/// Errors:  HTTP_HEADER - as trt_response_add.
TMLRT_NODISCARD tmlrt_status trt_response_check(tmlrt_slice name, tmlrt_slice value);
/// trt_response_reserve makes room for `num` more fields, however many there are.
/// Errors:  NOMEM - the response is as it was.
TMLRT_NODISCARD tmlrt_status trt_response_reserve(tmlrt_response* response, uint32_t num);

/// trt_response_new_detached returns an answer with an arena of its own, made where no exchange is
/// at hand (a spawned task); NULL without memory.   Owns: the caller's, freed by trt_response_free.
tmlrt_response* trt_response_new_detached(int32_t status);
/// trt_response_free frees a detached answer, leaves one of an exchange alone; takes NULL.
void trt_response_free(tmlrt_response* response);
/// trt_response_keep notes a detached answer in a list, once; others are left alone. So answers
/// that are replaced on their way out are freed with the exchange.
void trt_response_keep(tmlrt_response* response, tmlrt_response** list);
/// trt_response_free_kept frees the answers of such a list but `except`, which may be NULL.
void trt_response_free_kept(tmlrt_response* list, const tmlrt_response* except);

/// TRT_SLICE makes a slice of a string literal.
#define TRT_SLICE(literal) ((tmlrt_slice){(literal), sizeof(literal) - 1})

#endif
