// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known name that is nearest to what somebody typed.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_SUGGEST_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_SUGGEST_H

#include "std/http/framework/registry/diag.h"

/// trt_suggest_name returns name `index`, NULL behind the last one. It may be overwritten by the
/// next call.
typedef const char* (*trt_suggest_name)(void* source, uint32_t index);

/// trt_suggest returns the index of the name nearest to `text`, UINT32_MAX when none is near: at
/// most one edit (a byte more, less or other, or two swapped) per three bytes.
/// Thread:  any.   Cost: the length, per name; texts over 40 bytes have none.
uint32_t trt_suggest(const char* text, size_t len, trt_suggest_name names, void* source);

/// trt_suggest_for is trt_suggest for an error of a start: UINT32_MAX also when that would not be
/// printed, or when the searches of all errors together have compared so many letters that the
/// start of a large program would take long.   Shape: num: of the names.   Thread: init.
uint32_t trt_suggest_for(trt_diags* diags, const char* text, trt_suggest_name names, void* source,
                         uint32_t num);

#endif
