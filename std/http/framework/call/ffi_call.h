// SPDX-License-Identifier: Apache-2.0
// Handlers without a thunk: synchronous functions of scalars and pointers, called through libffi.
#ifndef TRT_HTTP_FRAMEWORK_CALL_FFI_CALL_H
#define TRT_HTTP_FRAMEWORK_CALL_FFI_CALL_H

#include "std/http/framework/call/handler.h"

/// trt_ffi_check tells why a signature does not fit the route's types, NULL when it does.
const char* trt_ffi_check(const tmlrt_meta_route* route);
/// trt_ffi_new prepares the call of a checked route; NULL without memory.
trt_ffi_call* trt_ffi_new(const tmlrt_meta_route* route);
/// trt_ffi_free takes NULL.
void trt_ffi_free(trt_ffi_call* call);
/// trt_ffi_run calls the handler with `args` (the args struct) and writes its value to `out` (at
/// least 8 bytes) in memory form.
void trt_ffi_run(const trt_ffi_call* call, char* args, void* out);
/// trt_ffi_drop_args frees the lists and texts in the args struct of a call that never ran.
void trt_ffi_drop_args(const trt_ffi_call* call, char* args);
/// trt_ffi_drop_output frees what the handler returned, after the answer was made of it: what it
/// moved out, and with TMLRT_LOC_OWNED its strings. A thunk has a drop_output for that.
void trt_ffi_drop_output(const trt_ffi_call* call, void* out);

#endif
