// SPDX-License-Identifier: Apache-2.0
// Calls through libffi. The only file that knows it.
//
// A signature has one letter for the answer, the controller and each parameter: v i l d p. A letter
// fits a type when the C ABI passes it in that class: i takes every integer up to 32 bits (extended
// here by its signedness, as C callers do), l the 64-bit ones, d a double, p every pointer. A TML
// aggregate does not follow the C ABI and never gets here.
//
// The prepared interface is immutable: any number of threads call at once.
#include "std/http/framework/call/ffi_call.h"

#include "rt/base/alloc.h"
#include "std/http/framework/value/value.h"

#include <ffi.h>
#include <string.h>

enum { MAX_ARGS = 64 };

struct trt_ffi_call {
    ffi_cif cif;
    const tmlrt_meta_route* route;
    ffi_type* types[MAX_ARGS];
};

static char letter_of(const tmlrt_meta_type* type) {
    switch (type->kind) {
    case TMLRT_TYPE_UNIT:
        return 'v';
    case TMLRT_TYPE_I64:
    case TMLRT_TYPE_U64:
        return 'l';
    case TMLRT_TYPE_F64:
        return 'd';
    case TMLRT_TYPE_F32:
    case TMLRT_TYPE_STRUCT:
    case TMLRT_TYPE_OUTCOME:
        return '?';
    case TMLRT_TYPE_MAYBE:
        return type->payload_off == TMLRT_MAYBE_NULLABLE ? 'p' : '?';
    default:
        return type->size == sizeof(void*) ? 'p' : 'i';
    }
}

const char* trt_ffi_check(const tmlrt_meta_route* route) {
    if (route->params.count + 1 > MAX_ARGS) {
        return "a handler called through libffi has at most 63 parameters";
    }
    if (route->ffi_sig[0] != letter_of(route->ret)) {
        return "the ffi signature does not fit the type of the answer";
    }
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        if (route->ffi_sig[i + 2] != letter_of(slot->type)) {
            return "the ffi signature does not fit the type of a parameter";
        }
    }
    return NULL;
}

static ffi_type* ffi_type_of(char letter) {
    switch (letter) {
    case 'v':
        return &ffi_type_void;
    case 'i':
        return &ffi_type_sint32;
    case 'l':
        return &ffi_type_sint64;
    case 'd':
        return &ffi_type_double;
    default:
        return &ffi_type_pointer;
    }
}

trt_ffi_call* trt_ffi_new(const tmlrt_meta_route* route) {
    trt_ffi_call* call = trt_alloc_zero(sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    uint32_t num = route->params.count + 1;
    call->route = route;
    for (uint32_t i = 0; i < num; i++) {
        call->types[i] = ffi_type_of(route->ffi_sig[i + 1]);
    }
    if (ffi_prep_cif(&call->cif, FFI_DEFAULT_ABI, num, ffi_type_of(route->ffi_sig[0]),
                     call->types) != FFI_OK) {
        trt_free(call, sizeof *call);
        return NULL;
    }
    return call;
}

void trt_ffi_free(trt_ffi_call* call) {
    trt_free(call, sizeof *call);
}

void trt_ffi_run(const trt_ffi_call* call, char* args, void* out) {
    const tmlrt_meta_route* route = call->route;
    int32_t narrow[MAX_ARGS];
    void* values[MAX_ARGS];
    union {
        ffi_arg word;
        int64_t i64;
        double f64;
        void* pointer;
    } result = {.i64 = 0};
    values[0] = args; // the controller
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        values[i + 1] = args + slot->offset;
        if (route->ffi_sig[i + 2] == 'i') {
            narrow[i] = (int32_t)trt_value_load_int(slot->type->kind, args + slot->offset);
            values[i + 1] = &narrow[i];
        }
    }
    ffi_call((ffi_cif*)(uintptr_t)&call->cif, route->fn, &result, values);
    if (route->ffi_sig[0] == 'i') {
        trt_value_store_int(route->ret->kind, out, (uint64_t)result.word);
    } else if (route->ffi_sig[0] != 'v') {
        memcpy(out, &result, 8);
    }
}

void trt_ffi_drop_args(const trt_ffi_call* call, char* args) {
    const tmlrt_meta_table* params = &call->route->params;
    for (uint32_t i = 0; i < params->count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(params, i);
        trt_value_free(slot->type, args + slot->offset);
    }
}

void trt_ffi_drop_output(const trt_ffi_call* call, void* out) {
    const tmlrt_meta_route* route = call->route;
    trt_value_free_answer(route->ret, out, (route->loc.flags & TMLRT_LOC_OWNED) != 0);
}
