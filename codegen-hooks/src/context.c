// SPDX-License-Identifier: Apache-2.0
// The state of one lowering: arena, error exit, growing arrays and the pointer map.
//
// Invariants: everything allocated here dies with the context, in one sweep; nothing but ctx->error
// survives it. tcg_fail may be called from any depth: it frees nothing and jumps. Called by every
// file of codegen-hooks; one thread.
#include "codegen-hooks/src/context.h"

#include "codegen-hooks/src/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, MAX_QUOTE = 200 };

struct tcg_block {
    tcg_block* next;
    size_t used, cap;
    max_align_t data[];
};

static LLVMTypeRef desc_type(tcg_ctx* ctx) {
    LLVMTypeRef fields[] = {ctx->i32, ctx->i32, ctx->ptr, ctx->ptr, ctx->ptr,
                            ctx->i64, ctx->i64, ctx->i64, ctx->i64, ctx->ptr,
                            ctx->ptr, ctx->i32, ctx->i32, ctx->ptr, ctx->ptr};
    return LLVMStructTypeInContext(ctx->context, fields, sizeof(fields) / sizeof(fields[0]), 0);
}

bool tcg_ctx_init(tcg_ctx* ctx, LLVMModuleRef module, const tmlcg_options* options) {
    memset(ctx, 0, sizeof(*ctx));
    ctx->module = module;
    ctx->context = LLVMGetModuleContext(module);
    if (options != NULL) {
        ctx->options = *options;
    }
    if (ctx->options.max_inline_body == 0) {
        ctx->options.max_inline_body = 400;
    }
    ctx->target_data = ctx->options.target_data;
    if (ctx->target_data == NULL) {
        ctx->target_data = LLVMCreateTargetData(LLVMGetDataLayoutStr(module));
        ctx->owns_target_data = true;
    }
    ctx->void_type = LLVMVoidTypeInContext(ctx->context);
    ctx->i1 = LLVMInt1TypeInContext(ctx->context);
    ctx->i8 = LLVMInt8TypeInContext(ctx->context);
    ctx->i32 = LLVMInt32TypeInContext(ctx->context);
    ctx->i64 = LLVMInt64TypeInContext(ctx->context);
    ctx->f64 = LLVMDoubleTypeInContext(ctx->context);
    ctx->ptr = LLVMPointerTypeInContext(ctx->context, 0);
    ctx->desc_type = desc_type(ctx);
    ctx->builder = LLVMCreateBuilderInContext(ctx->context);
    return ctx->builder != NULL && ctx->target_data != NULL;
}

void tcg_ctx_fini(tcg_ctx* ctx) {
    for (tcg_block* block = ctx->blocks; block != NULL;) {
        tcg_block* next = block->next;
        tcg_release(block);
        block = next;
    }
    ctx->blocks = NULL;
    if (ctx->builder != NULL) {
        LLVMDisposeBuilder(ctx->builder);
    }
    if (ctx->owns_target_data && ctx->target_data != NULL) {
        LLVMDisposeTargetData(ctx->target_data);
    }
}

// put appends to `out` what fits.
__attribute__((format(printf, 3, 4))) static void put(char* out, size_t out_cap, const char* format,
                                                      ...) {
    size_t used = strlen(out);
    va_list args;
    va_start(args, format);
    vsnprintf(out + used, out_cap - used, format, args);
    va_end(args);
}

static void put_line(char* out, size_t out_cap, LLVMValueRef where) {
    bool has_line =
        LLVMIsAInstruction(where) || LLVMIsAFunction(where) || LLVMIsAGlobalVariable(where);
    unsigned line = has_line ? LLVMGetDebugLocLine(where) : 0;
    unsigned len = 0;
    const char* file = line != 0 ? LLVMGetDebugLocFilename(where, &len) : NULL;
    if (file != NULL) {
        put(out, out_cap, " at %.*s:%u", len > MAX_QUOTE ? MAX_QUOTE : (int)len, file, line);
    }
}

// place writes "function @f: instruction `...` at file:line: ", cut to a readable length.
static void place(const tcg_ctx* ctx, char* out, size_t out_cap, LLVMValueRef where) {
    out[0] = '\0';
    if (where == NULL) {
        return;
    }
    LLVMValueRef function = where;
    if (LLVMIsAInstruction(where)) {
        LLVMBasicBlockRef block = LLVMGetInstructionParent(where);
        function = block != NULL ? LLVMGetBasicBlockParent(block) : NULL;
    } else if (LLVMValueIsBasicBlock(where)) {
        function = LLVMGetBasicBlockParent(LLVMValueAsBasicBlock(where));
    }
    uint32_t made = function != NULL ? tcg_map_get(&ctx->made, function) : TCG_ABSENT;
    function = made != TCG_ABSENT ? ctx->made_from.items[made] : function;
    size_t name_len = 0;
    const char* name = function != NULL ? LLVMGetValueName2(function, &name_len) : "";
    const char* noun = function != NULL && LLVMIsAFunction(function) ? "function" : "global";
    put(out, out_cap, "%s @%.*s", noun, MAX_QUOTE, name);
    if (LLVMIsAInstruction(where)) {
        char* text = LLVMPrintValueToString(where);
        const char* begin = text + strspn(text, " ");
        int len = (int)strcspn(begin, "\n");
        put(out, out_cap, ": instruction `%.*s%s`", len > MAX_QUOTE ? MAX_QUOTE : len, begin,
            len > MAX_QUOTE ? "..." : "");
        LLVMDisposeMessage(text);
    }
    put_line(out, out_cap, where);
    put(out, out_cap, ": ");
}

void tcg_name_as(tcg_ctx* ctx, LLVMValueRef function, LLVMValueRef original) {
    tcg_map_put(ctx, &ctx->made, function, ctx->made_from.count);
    tcg_values_push(ctx, &ctx->made_from, original);
}

void tcg_fail(tcg_ctx* ctx, LLVMValueRef where, const char* format, ...) {
    char prefix[4 * MAX_QUOTE];
    place(ctx, prefix, sizeof(prefix), where);
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int text_len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t prefix_len = strlen(prefix);
    tcg_release(ctx->error); // what the metadata has reported so far
    ctx->error = tcg_resize(NULL, prefix_len + (size_t)text_len + 1);
    if (ctx->error != NULL) {
        memcpy(ctx->error, prefix, prefix_len);
        vsnprintf(ctx->error + prefix_len, (size_t)text_len + 1, format, again);
    }
    va_end(again);
    longjmp(ctx->on_error, 1);
}

void tcg_fail_memory(tcg_ctx* ctx) {
    tcg_release(ctx->error);
    ctx->error = NULL;
    longjmp(ctx->on_error, 1);
}

void* tcg_alloc(tcg_ctx* ctx, size_t size) {
    void* memory = tcg_try_alloc(ctx, size);
    if (memory == NULL) {
        tcg_fail_memory(ctx);
    }
    return memory;
}

void* tcg_try_alloc(tcg_ctx* ctx, size_t size) {
    size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    tcg_block* block = ctx->blocks;
    if (block == NULL || block->cap - block->used < size) {
        size_t cap = size > BLOCK_SIZE / 4 || tcg_memory_is_set() ? size : BLOCK_SIZE;
        block = size < SIZE_MAX / 2 ? tcg_resize(NULL, sizeof(*block) + cap) : NULL;
        if (block == NULL) {
            return NULL;
        }
        memset(block, 0, sizeof(*block) + cap);
        block->cap = cap;
        if (ctx->blocks != NULL && cap != BLOCK_SIZE) {
            block->next = ctx->blocks->next; // keep filling the current chunk
            ctx->blocks->next = block;
        } else {
            block->next = ctx->blocks;
            ctx->blocks = block;
        }
    }
    void* memory = (char*)block->data + block->used;
    block->used += size;
    return memory;
}

const char* tcg_format(tcg_ctx* ctx, const char* format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char* text = tcg_alloc(ctx, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

void tcg_values_push(tcg_ctx* ctx, tcg_values* values, LLVMValueRef value) {
    if (values->count == values->cap) {
        uint32_t cap = values->cap == 0 ? 8 : values->cap * 2;
        LLVMValueRef* items = tcg_alloc(ctx, cap * sizeof(*items));
        if (values->count != 0) {
            memcpy(items, values->items, values->count * sizeof(*items));
        }
        values->items = items;
        values->cap = cap;
    }
    values->items[values->count++] = value;
}

static uint32_t map_slot(const tcg_map* map, const void* key) {
    uint64_t hash = ((uint64_t)(uintptr_t)key >> 4) * 0x9E3779B97F4A7C15u;
    uint32_t at = (uint32_t)(hash >> 32) & (map->cap - 1);
    while (map->keys[at] != NULL && map->keys[at] != key) {
        at = (at + 1) & (map->cap - 1);
    }
    return at;
}

void tcg_map_put(tcg_ctx* ctx, tcg_map* map, const void* key, uint32_t value) {
    if (map->count * 2 >= map->cap) {
        tcg_map bigger = {.cap = map->cap == 0 ? 32 : map->cap * 2};
        bigger.keys = tcg_alloc(ctx, bigger.cap * sizeof(*bigger.keys));
        bigger.values = tcg_alloc(ctx, bigger.cap * sizeof(*bigger.values));
        for (uint32_t i = 0; i < map->cap; i++) {
            if (map->keys[i] != NULL) {
                uint32_t at = map_slot(&bigger, map->keys[i]);
                bigger.keys[at] = map->keys[i];
                bigger.values[at] = map->values[i];
            }
        }
        bigger.count = map->count;
        *map = bigger;
    }
    uint32_t at = map_slot(map, key);
    map->count += map->keys[at] == NULL;
    map->keys[at] = key;
    map->values[at] = value;
}

uint32_t tcg_map_get(const tcg_map* map, const void* key) {
    if (map->cap == 0) {
        return TCG_ABSENT;
    }
    uint32_t at = map_slot(map, key);
    return map->keys[at] == NULL ? TCG_ABSENT : map->values[at];
}
