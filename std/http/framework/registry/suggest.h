// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known name that is nearest to what somebody typed.
#ifndef TRT_HTTP_FRAMEWORK_REGISTRY_SUGGEST_H
#define TRT_HTTP_FRAMEWORK_REGISTRY_SUGGEST_H

#include <stddef.h>
#include <stdint.h>

/// trt_suggest_name returns name `index`, NULL behind the last one. It may be overwritten by the
/// next call.
typedef const char* (*trt_suggest_name)(void* source, uint32_t index);

/// trt_suggest returns the index of the name nearest to `text`, UINT32_MAX when none is near: at
/// most one edit (a byte more, less or other, or two swapped) per three bytes.
/// Thread:  any.   Cost: the product of the lengths, per name; texts over 40 bytes have none.
uint32_t trt_suggest(const char* text, size_t len, trt_suggest_name names, void* source);

#endif
