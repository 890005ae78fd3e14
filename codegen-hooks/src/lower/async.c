// SPDX-License-Identifier: Apache-2.0
// Records of the module's async functions: output, argument layout, entry functions, hash.
//
// A record is made for every function with "tmlrt.async", defined or declared. Arguments of an
// unstarted frame lie from offset 8 at their natural alignment; that layout needs only the types,
// so it is the same for a caller that does not know the frame. Called by lower.c; one thread.
#include "codegen-hooks/src/lower/async.h"

#include <tmlrt/abi/base.h>

#include "codegen-hooks/src/desc.h"
#include "codegen-hooks/src/ir.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REGISTER_BYTES = 16, MAX_REGISTER_SCALARS = 2, HEAD_SIZE = 8 };

// count_scalars adds the scalars of a flattened type, UINT32_MAX / 2 for one that must not travel
// in registers. Large arrays stop counting early.
static uint32_t count_scalars(LLVMTypeRef type) {
    const uint32_t many = UINT32_MAX / 2;
    switch (LLVMGetTypeKind(type)) {
    case LLVMStructTypeKind: {
        uint32_t total = 0;
        for (unsigned i = 0; i < LLVMCountStructElementTypes(type) && total < many; i++) {
            total += count_scalars(LLVMStructGetTypeAtIndex(type, i));
        }
        return total < many ? total : many;
    }
    case LLVMArrayTypeKind: {
        uint64_t length = LLVMGetArrayLength2(type);
        uint64_t each = length == 0 ? 0 : count_scalars(LLVMGetElementType(type));
        return each != 0 && length > MAX_REGISTER_SCALARS ? many : (uint32_t)(each * length);
    }
    case LLVMVectorTypeKind:
    case LLVMScalableVectorTypeKind:
        return many;
    default:
        return 1;
    }
}

static bool fits_registers(tcg_ctx* ctx, LLVMTypeRef output) {
    return output != ctx->void_type && count_scalars(output) <= MAX_REGISTER_SCALARS &&
           tcg_type_size(ctx, output) <= MAX_REGISTER_BYTES;
}

static uint64_t align_up(uint64_t value, uint64_t align) {
    return (value + align - 1) & ~(align - 1);
}

static void check_argument(tcg_ctx* ctx, const tcg_async* async, const tcg_arg* arg) {
    uint32_t i = arg->param;
    if (!tcg_is_fixed_type(arg->memory)) {
        tcg_fail(ctx, async->fn, "argument %u has a type without a fixed size: pass a pointer", i);
    }
    if (!tcg_fits_memory(ctx, arg->memory) || tcg_type_align(ctx, arg->memory) > TCG_MAX_ALIGN) {
        tcg_fail(ctx, async->fn, "argument %u has over %d bytes (or alignment %d): pass a pointer",
                 i, TCG_MAX_BYTES, TCG_MAX_ALIGN);
    }
    if (!arg->by_value && !tcg_fits_value(arg->memory)) {
        tcg_fail(ctx, async->fn, "argument %u has over %d elements by value: pass a pointer", i,
                 TCG_MAX_SCALARS);
    }
}

static void check_output(tcg_ctx* ctx, const tcg_async* async) {
    if (async->output == ctx->void_type) {
        return;
    }
    if (!tcg_is_fixed_type(async->output)) {
        tcg_fail(ctx, async->fn, "the output's type has no fixed size: return a pointer");
    }
    if (!tcg_fits_memory(ctx, async->output) ||
        tcg_type_align(ctx, async->output) > TCG_MAX_ALIGN) {
        tcg_fail(ctx, async->fn, "the output has over %d bytes (or alignment %d): return a pointer",
                 TCG_MAX_BYTES, TCG_MAX_ALIGN);
    }
    if (async->sret == TCG_ABSENT && !tcg_fits_value(async->output)) {
        tcg_fail(ctx, async->fn,
                 "the output has over %d elements by value: return it through an sret parameter",
                 TCG_MAX_SCALARS);
    }
}

static void collect_args(tcg_ctx* ctx, tcg_async* async) {
    LLVMTypeRef type = LLVMGlobalGetValueType(async->fn);
    uint32_t num_params = LLVMCountParamTypes(type);
    LLVMTypeRef* params = tcg_alloc(ctx, (num_params + 1) * sizeof(*params));
    LLVMGetParamTypes(type, params);
    async->args = tcg_alloc(ctx, (num_params + 1) * sizeof(*async->args));
    async->sret = TCG_ABSENT;
    async->output = LLVMGetReturnType(type);
    uint64_t end = HEAD_SIZE;
    for (uint32_t i = 0; i < num_params; i++) {
        LLVMTypeRef sret = tcg_param_type_attr(async->fn, i, "sret");
        if (sret != NULL) {
            async->sret = i;
            async->output = sret;
            continue;
        }
        tcg_arg* arg = &async->args[async->num_args++];
        LLVMTypeRef by_value = tcg_param_type_attr(async->fn, i, "byval");
        arg->type = params[i];
        arg->memory = by_value != NULL ? by_value : params[i];
        arg->by_value = by_value != NULL;
        arg->param = i;
        check_argument(ctx, async, arg);
        arg->align = tcg_type_align(ctx, arg->memory);
        arg->offset = align_up(end, arg->align);
        end = arg->offset + tcg_type_size(ctx, arg->memory);
        async->align = arg->align > async->align ? arg->align : async->align;
    }
    async->args_len = end;
    if (align_up(end, async->align) > TCG_MAX_BYTES) {
        tcg_fail(ctx, async->fn, "its arguments have %" PRIu64 " bytes, over %d: pass pointers",
                 end, TCG_MAX_BYTES);
    }
}

// parse_frame reads "size,align,hash" of a declaration.
static void parse_frame(tcg_ctx* ctx, tcg_async* async) {
    const char* text = tcg_attr_value(ctx, async->fn, TMLCG_ATTR_FRAME);
    if (text == NULL) {
        return;
    }
    char* end = NULL;
    const char* remedy = "paste the declaration printed by `tmlcg interface` again";
    uint64_t size = strtoull(text, &end, 10);
    if (end == text || *end != ',' || text[0] == '-') {
        tcg_fail(ctx, async->fn, "\"tmlrt.frame\"=\"%s\" has no size: %s", text, remedy);
    }
    const char* align_text = end + 1;
    uint64_t align = strtoull(align_text, &end, 10);
    bool is_power = align != 0 && (align & (align - 1)) == 0 && align <= UINT32_MAX / 2;
    if (end == align_text || !is_power) {
        tcg_fail(ctx, async->fn, "\"tmlrt.frame\"=\"%s\" has no alignment: %s", text, remedy);
    }
    const char* hash = end + (*end == ',');
    if (*end != ',' || strspn(hash, "0123456789abcdef") != 16 || hash[16] != '\0') {
        tcg_fail(ctx, async->fn, "\"tmlrt.frame\"=\"%s\" has no hash: %s", text, remedy);
    }
    if (size > TCG_MAX_BYTES || align > TCG_MAX_ALIGN) {
        tcg_fail(ctx, async->fn, "\"tmlrt.frame\"=\"%s\" is over %d bytes or alignment %d: %s",
                 text, TCG_MAX_BYTES, TCG_MAX_ALIGN, remedy);
    }
    if (size < async->args_len || size % align != 0 || align < async->align) {
        tcg_fail(ctx, async->fn, "\"tmlrt.frame\"=\"%s\" does not hold the arguments: %s", text,
                 remedy);
    }
    async->size = size;
    async->align = align;
    async->hash = hash;
    async->is_sized = true;
}

void tcg_async_collect(tcg_ctx* ctx) {
    uint32_t count = 0;
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f; f = LLVMGetNextFunction(f)) {
        count += tcg_has_attr(f, TMLCG_ATTR_ASYNC);
    }
    ctx->asyncs = tcg_alloc(ctx, (count + 1) * sizeof(*ctx->asyncs));
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f; f = LLVMGetNextFunction(f)) {
        if (tcg_has_attr(f, TMLCG_ATTR_ASYNC)) {
            tcg_async* async = &ctx->asyncs[ctx->num_asyncs];
            async->fn = f;
            if (tcg_name(f)[0] == '\0') { // its entries are named after it
                LLVMSetValueName2(f, "unnamed", strlen("unnamed"));
            }
            async->name = tcg_format(ctx, "%s", tcg_name(f));
            async->index = ctx->num_asyncs++;
            async->is_defined = LLVMCountBasicBlocks(f) != 0;
            async->align = HEAD_SIZE;
            tcg_map_put(ctx, &ctx->async_index, f, async->index);
        }
    }
}

// entry_function returns the declaration of an entry of @f, reusing one the module already has.
static LLVMValueRef entry_function(tcg_ctx* ctx, const tcg_async* async, const char* name,
                                   LLVMTypeRef type) {
    LLVMValueRef function = LLVMGetNamedFunction(ctx->module, name);
    if (function != NULL &&
        (LLVMCountBasicBlocks(function) != 0 || LLVMGlobalGetValueType(function) != type)) {
        tcg_fail(ctx, function, "async function @%s needs this name for an entry: rename it",
                 async->name);
    }
    if (function == NULL && LLVMGetNamedGlobal(ctx->module, name) != NULL) {
        tcg_fail(ctx, LLVMGetNamedGlobal(ctx->module, name),
                 "async function @%s needs this name for an entry: rename it", async->name);
    }
    if (function != NULL) {
        return function;
    }
    tcg_refuse_alias(ctx, async->fn, name);
    return LLVMAddFunction(ctx->module, name, type);
}

static void declare_entries(tcg_ctx* ctx, tcg_async* async) {
    LLVMTypeRef* params = tcg_alloc(ctx, (async->num_args + 5) * sizeof(*params));
    LLVMTypeRef step[] = {ctx->ptr, ctx->ptr, ctx->ptr};
    LLVMTypeRef step_type = LLVMFunctionType(ctx->i32, step, 3, 0);
    LLVMTypeRef drop_type = LLVMFunctionType(ctx->void_type, step, 1, 0);

    uint32_t count = 0;
    bool has_out = async->output != ctx->void_type && !async->in_registers;
    params[count++] = ctx->ptr;
    params[count++] = ctx->ptr;
    if (has_out) {
        params[count++] = ctx->ptr;
    }
    for (uint32_t i = 0; i < async->num_args; i++) {
        params[count++] = async->args[i].type;
    }
    LLVMTypeRef pair[] = {ctx->i32, async->output};
    LLVMTypeRef ret =
        async->in_registers ? LLVMStructTypeInContext(ctx->context, pair, 2, 0) : ctx->i32;
    async->start_type = LLVMFunctionType(ret, params, count, 0);

    const char* name = async->name;
    if (async->is_sized || async->is_defined) {
        const char* start =
            async->is_sized ? tcg_async_start_name(ctx, async) : tcg_format(ctx, "%s.start", name);
        async->start = entry_function(ctx, async, start, async->start_type);
        async->resume = entry_function(ctx, async, tcg_format(ctx, "%s.resume", name), step_type);
        async->poll = entry_function(ctx, async, tcg_format(ctx, "%s.poll", name), step_type);
        async->drop = entry_function(ctx, async, tcg_format(ctx, "%s.drop", name), drop_type);
    }
    async->desc = tcg_desc_global(ctx, async->fn);
}

void tcg_async_declare(tcg_ctx* ctx) {
    for (uint32_t i = 0; i < ctx->num_asyncs; i++) {
        tcg_async* async = &ctx->asyncs[i];
        collect_args(ctx, async);
        check_output(ctx, async);
        async->in_registers = async->sret == TCG_ABSENT && fits_registers(ctx, async->output);
        if (!async->is_defined) {
            parse_frame(ctx, async);
        }
        declare_entries(ctx, async);
    }
}

tcg_async* tcg_async_of(tcg_ctx* ctx, LLVMValueRef function) {
    uint32_t index = tcg_map_get(&ctx->async_index, function);
    return index == TCG_ABSENT ? NULL : &ctx->asyncs[index];
}

static uint64_t hash_bytes(uint64_t hash, const void* data, size_t len) {
    const unsigned char* bytes = data;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001B3u; // FNV-1a
    }
    return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    return hash_bytes(hash, bytes, sizeof(bytes));
}

// hash_type hashes a type by its structure: names differ between modules of one context. Opaque
// pointers end every recursion.
static uint64_t hash_type(uint64_t hash, LLVMTypeRef type) {
    // Our own numbering of kinds: LLVM's enumerators are not ours to freeze.
    static const unsigned char letters[] = {
        [LLVMVoidTypeKind] = 'v',      [LLVMHalfTypeKind] = 'h',    [LLVMBFloatTypeKind] = 'b',
        [LLVMFloatTypeKind] = 'f',     [LLVMDoubleTypeKind] = 'd',  [LLVMX86_FP80TypeKind] = 'x',
        [LLVMFP128TypeKind] = 'q',     [LLVMIntegerTypeKind] = 'i', [LLVMStructTypeKind] = 's',
        [LLVMPPC_FP128TypeKind] = 'c', [LLVMArrayTypeKind] = 'a',   [LLVMPointerTypeKind] = 'p',
        [LLVMVectorTypeKind] = 'w',
    };
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    unsigned char letter = (size_t)kind < sizeof(letters) ? letters[kind] : 0;
    hash = hash_bytes(hash, &letter, 1);
    switch (kind) {
    case LLVMIntegerTypeKind:
        return hash_number(hash, LLVMGetIntTypeWidth(type));
    case LLVMPointerTypeKind:
        return hash_number(hash, LLVMGetPointerAddressSpace(type));
    case LLVMArrayTypeKind:
        return hash_type(hash_number(hash, LLVMGetArrayLength2(type)), LLVMGetElementType(type));
    case LLVMVectorTypeKind:
        return hash_type(hash_number(hash, LLVMGetVectorSize(type)), LLVMGetElementType(type));
    case LLVMStructTypeKind: {
        unsigned count = LLVMCountStructElementTypes(type);
        hash = hash_number(hash, (uint64_t)count * 2 + (LLVMIsPackedStruct(type) ? 1 : 0));
        for (unsigned i = 0; i < count; i++) {
            hash = hash_type(hash, LLVMStructGetTypeAtIndex(type, i));
        }
        return hash;
    }
    default:
        return hash;
    }
}

const char* tcg_async_hash(tcg_ctx* ctx, const tcg_async* async) {
    char* layout = LLVMCopyStringRepOfTargetData(ctx->target_data);
    uint64_t hash = hash_bytes(0xCBF29CE484222325u, layout, strlen(layout));
    LLVMDisposeMessage(layout);
    hash = hash_number(hash, TMLRT_ABI_MAJOR);
    hash = hash_type(hash, async->output);
    hash = hash_number(hash, async->sret != TCG_ABSENT);
    for (uint32_t i = 0; i < async->num_args; i++) {
        hash = hash_type(hash_number(hash, async->args[i].by_value), async->args[i].memory);
    }
    hash = hash_number(hash_number(hash, async->size), async->align);
    return tcg_format(ctx, "%016" PRIx64, hash);
}

const char* tcg_async_start_name(tcg_ctx* ctx, const tcg_async* async) {
    return tcg_format(ctx, "%s$start$%" PRIu64 "$%" PRIu64 "$%s", async->name, async->size,
                      async->align, async->hash);
}

void tcg_store_args(tcg_ctx* ctx, const tcg_async* async, LLVMValueRef frame, LLVMValueRef* args) {
    LLVMBuildStore(ctx->builder, tcg_i64(ctx, 0), frame); // state UNSTARTED, reserved
    for (uint32_t i = 0; i < async->num_args; i++) {
        const tcg_arg* arg = &async->args[i];
        if (arg->by_value) {
            tcg_copy(ctx, arg->memory, tcg_at(ctx, frame, arg->offset), arg->align, args[i], 1);
        } else {
            tcg_store_at(ctx, args[i], frame, arg->offset);
        }
    }
}

void tcg_call_args(const tcg_async* async, LLVMValueRef call, uint32_t skip, LLVMValueRef* out) {
    for (uint32_t i = 0; i < async->num_args; i++) {
        uint32_t at = skip != 0 ? skip + i : async->args[i].param;
        out[i] = LLVMGetOperand(call, at);
    }
}
