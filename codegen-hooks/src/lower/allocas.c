// SPDX-License-Identifier: Apache-2.0
// Which allocas live in the frame, and how.
//
// All fixed-size allocas move to the dispatch block, wherever they stood: one in a loop becomes one
// slot. An alloca whose address only ever reaches plain loads and stores is a variable: it stays an
// alloca and is saved and restored around the suspensions where it is live. Any other use (a call,
// a store of the address, an atomic or volatile access, a cast to an integer) lets the address
// escape; if that can happen before a suspension, the alloca is pinned: its address is in the frame
// for good. Touched-before is a forward data flow over blocks; suspensions are block boundaries by
// now.
#include "codegen-hooks/src/lower/body.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

typedef struct {
    LLVMValueRef value;
    bool escapes;
    bool is_scalar;               ///< every access is one whole scalar of the allocated type
    LLVMBasicBlockRef only_block; ///< the one block with uses, NULL when there are several
    bool has_block;
    tcg_values lifetimes;
} slot;

typedef struct {
    tcg_body* body;
    slot* slots;
    uint32_t count, words;
    uint64_t *gen, *out;
} scan;

// alloca_size returns the bytes of a fixed alloca that refuse_large has let pass.
static uint64_t alloca_size(tcg_ctx* ctx, LLVMValueRef value) {
    uint64_t count = LLVMConstIntGetZExtValue(LLVMGetOperand(value, 0));
    return count * tcg_type_size(ctx, LLVMGetAllocatedType(value));
}

static void refuse_large(tcg_ctx* ctx, LLVMValueRef value) {
    LLVMValueRef count = LLVMGetOperand(value, 0);
    LLVMTypeRef type = LLVMGetAllocatedType(value);
    bool fits = tcg_fits_memory(ctx, type) && LLVMGetIntTypeWidth(LLVMTypeOf(count)) <= 64;
    uint64_t each = fits ? tcg_type_size(ctx, type) : 0;
    if (!fits || (each != 0 && LLVMConstIntGetZExtValue(count) > TCG_MAX_BYTES / each)) {
        tcg_fail(ctx, value, "has over %d bytes: keep it on the heap", TCG_MAX_BYTES);
    }
    uint32_t align = LLVMGetAlignment(value); // 0: 2^32
    if (align == 0 || align > TCG_MAX_ALIGN) {
        tcg_fail(ctx, value, "has an alignment over %d: keep it on the heap", TCG_MAX_ALIGN);
    }
}

static void touch(scan* sc, uint32_t index, LLVMValueRef user) {
    uint32_t block = tcg_map_get(&sc->body->block_index, LLVMGetInstructionParent(user));
    if (block != TCG_ABSENT) {
        sc->gen[(size_t)block * sc->words + index / 64] |= (uint64_t)1 << (index % 64);
    }
}

static void note_block(slot* s, LLVMValueRef user) {
    LLVMBasicBlockRef block = LLVMGetInstructionParent(user);
    s->only_block = !s->has_block || s->only_block == block ? block : NULL;
    s->has_block = true;
}

static bool is_plain_access(LLVMValueRef access) {
    return !LLVMGetVolatile(access) && LLVMGetOrdering(access) == LLVMAtomicOrderingNotAtomic;
}

static bool is_scalar_type(LLVMTypeRef type) {
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    return kind != LLVMStructTypeKind && kind != LLVMArrayTypeKind;
}

// constant_length returns the length of a memory intrinsic, UINT64_MAX when it is not constant.
static uint64_t constant_length(LLVMValueRef call) {
    LLVMValueRef length = LLVMGetOperand(call, 2);
    return LLVMIsAConstantInt(length) ? LLVMConstIntGetZExtValue(length) : UINT64_MAX;
}

// note_memory_call handles memcpy, memmove and memset; returns false for any other use.
static bool note_memory_call(scan* sc, uint32_t index, LLVMValueRef address, LLVMValueRef call) {
    slot* s = &sc->slots[index];
    if (!LLVMIsAMemIntrinsic(call)) {
        return false;
    }
    LLVMValueRef is_volatile = LLVMGetOperand(call, 3);
    if (!LLVMIsAConstantInt(is_volatile) || LLVMConstIntGetZExtValue(is_volatile) != 0) {
        return false;
    }
    s->is_scalar = false;
    bool is_set = LLVMIsAMemSetInst(call) != NULL;
    bool is_lost = TCG_MUTANT(SRET_LOST) && LLVMGetOperand(call, 0) == sc->body->out;
    if (!is_set && LLVMGetOperand(call, 1) == address && !is_lost) {
        tcg_map_put(sc->body->ctx, &sc->body->reads, call, index);
    }
    if (LLVMGetOperand(call, 0) == address) {
        touch(sc, index, call);
        uint64_t length = constant_length(call);
        if (address == s->value && length != UINT64_MAX &&
            length >= alloca_size(sc->body->ctx, s->value)) {
            tcg_map_put(sc->body->ctx, &sc->body->kills, call, index);
        }
    }
    return true;
}

static bool note_store(scan* sc, uint32_t index, LLVMValueRef address, LLVMValueRef store) {
    tcg_ctx* ctx = sc->body->ctx;
    slot* s = &sc->slots[index];
    LLVMValueRef value = LLVMGetOperand(store, 0);
    if (value == address || !is_plain_access(store) || !tcg_fits_memory(ctx, LLVMTypeOf(value))) {
        return false;
    }
    touch(sc, index, store);
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMTypeRef allocated = LLVMGetAllocatedType(s->value);
    s->is_scalar = s->is_scalar && address == s->value && type == allocated;
    bool is_whole = LLVMStoreSizeOfType(ctx->target_data, type) >= alloca_size(ctx, s->value) &&
                    (is_scalar_type(type) || type == allocated);
    if (address == s->value && is_whole) {
        tcg_map_put(ctx, &sc->body->kills, store, index);
    }
    return true;
}

static bool note_load(scan* sc, uint32_t index, LLVMValueRef address, LLVMValueRef load) {
    slot* s = &sc->slots[index];
    if (!is_plain_access(load)) {
        return false;
    }
    bool is_exact = address == s->value && LLVMTypeOf(load) == LLVMGetAllocatedType(s->value);
    s->is_scalar = s->is_scalar && is_exact;
    tcg_map_put(sc->body->ctx, &sc->body->reads, load, index);
    return true;
}

static void note_uses(scan* sc, uint32_t index, LLVMValueRef address, uint32_t depth);

// note_use returns false when the use lets the address escape.
static bool note_use(scan* sc, uint32_t index, LLVMValueRef address, LLVMValueRef user,
                     uint32_t depth) {
    slot* s = &sc->slots[index];
    if (LLVMIsALoadInst(user)) {
        return note_load(sc, index, address, user);
    }
    if (LLVMIsAStoreInst(user)) {
        return note_store(sc, index, address, user);
    }
    if (tcg_intrinsic_is(user, "llvm.lifetime.")) {
        tcg_values_push(sc->body->ctx, &s->lifetimes, user);
        return true;
    }
    if (LLVMIsAGetElementPtrInst(user) && LLVMTypeOf(user) == sc->body->ctx->ptr && depth != 0) {
        note_uses(sc, index, user, depth - 1);
        return true;
    }
    return LLVMIsACallInst(user) && note_memory_call(sc, index, address, user);
}

static void note_uses(scan* sc, uint32_t index, LLVMValueRef address, uint32_t depth) {
    for (LLVMUseRef use = LLVMGetFirstUse(address); use != NULL; use = LLVMGetNextUse(use)) {
        LLVMValueRef user = LLVMGetUser(use);
        note_block(&sc->slots[index], user);
        if (!note_use(sc, index, address, user, depth)) {
            sc->slots[index].escapes = !TCG_MUTANT(ESCAPE_IGNORED);
            sc->slots[index].is_scalar = false;
            touch(sc, index, user);
        }
    }
}

// hoist moves the fixed-size allocas to the dispatch block and remembers the others as unstable.
static void hoist(tcg_body* body, tcg_values* out_allocas) {
    tcg_ctx* ctx = body->ctx;
    tcg_values declares = {0};
    for (uint32_t b = 0; b < body->num_blocks; b++) {
        LLVMValueRef next = NULL;
        for (LLVMValueRef i = LLVMGetFirstInstruction(body->blocks[b]); i != NULL; i = next) {
            next = LLVMGetNextInstruction(i);
            if (!LLVMIsAAllocaInst(i)) {
                if (tcg_is_stack_address(i)) {
                    tcg_values_push(ctx, &body->unstable_roots, i);
                } else if (tcg_intrinsic_is(i, "llvm.dbg.declare")) {
                    tcg_values_push(ctx, &declares, i);
                }
                continue;
            }
            bool is_fixed = LLVMIsAConstantInt(LLVMGetOperand(i, 0)) != NULL &&
                            LLVMTypeOf(i) == ctx->ptr && tcg_is_fixed_type(LLVMGetAllocatedType(i));
            if (!is_fixed) {
                tcg_values_push(ctx, &body->unstable_roots, i);
                continue;
            }
            refuse_large(ctx, i);
            tcg_at_end(ctx, body->dispatch, NULL);
            tcg_move(ctx, i);
            tcg_values_push(ctx, out_allocas, i);
        }
    }
    // A debugger finds variables after a resumption too when every entry passes their declaration.
    for (uint32_t i = 0; i < declares.count; i++) {
        LLVMMetadataRef location = LLVMInstructionGetDebugLoc(declares.items[i]);
        tcg_at_end(ctx, body->dispatch, location);
        tcg_move(ctx, declares.items[i]);
    }
}

// flow carries touched bits along the edges until nothing changes.
static void flow(scan* sc) {
    tcg_body* body = sc->body;
    size_t total = (size_t)body->num_blocks * sc->words;
    sc->out = tcg_alloc(body->ctx, total * sizeof(*sc->out));
    memcpy(sc->out, sc->gen, total * sizeof(*sc->out));
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t b = 0; b < body->num_blocks; b++) {
            LLVMValueRef terminator = LLVMGetBasicBlockTerminator(body->blocks[b]);
            const uint64_t* from = sc->out + (size_t)b * sc->words;
            unsigned count = LLVMGetNumSuccessors(terminator);
            for (unsigned i = 0; i < count; i++) {
                uint32_t to = tcg_map_get(&body->block_index, LLVMGetSuccessor(terminator, i));
                uint64_t* into = sc->out + (size_t)to * sc->words;
                for (uint32_t w = 0; w < sc->words; w++) {
                    changed = changed || (from[w] & ~into[w]) != 0;
                    into[w] |= from[w];
                }
            }
        }
    }
}

static bool is_touched_before_suspend(const scan* sc, uint32_t index) {
    const tcg_body* body = sc->body;
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        uint32_t block = tcg_map_get(&body->block_index, body->suspends[k].head);
        uint64_t word = sc->out[(size_t)block * sc->words + index / 64];
        if ((word >> (index % 64) & 1) != 0) {
            return true;
        }
    }
    return false;
}

void tcg_body_pin(tcg_body* body, LLVMValueRef value) {
    tcg_ctx* ctx = body->ctx;
    if (body->num_pins == body->cap_pins) {
        uint32_t cap = body->cap_pins == 0 ? 16 : body->cap_pins * 2;
        tcg_pin* pins = tcg_alloc(ctx, cap * sizeof(*pins));
        if (body->num_pins != 0) {
            memcpy(pins, body->pins, body->num_pins * sizeof(*pins));
        }
        body->pins = pins;
        body->cap_pins = cap;
    }
    tcg_pin* pin = &body->pins[body->num_pins++];
    pin->size = alloca_size(ctx, value);
    pin->align = LLVMGetAlignment(value);
    LLVMPositionBuilderBefore(ctx->builder, value);
    LLVMSetCurrentDebugLocation2(ctx->builder, NULL);
    LLVMValueRef zero = tcg_i64(ctx, 0);
    pin->address = LLVMBuildInBoundsGEP2(ctx->builder, ctx->i8, body->frame, &zero, 1, "");
    const char* name = tcg_format(ctx, "%s", tcg_name(value));
    LLVMReplaceAllUsesWith(value, pin->address);
    LLVMInstructionEraseFromParent(value);
    LLVMSetValueName2(pin->address, name, strlen(name));
}

static void erase_lifetimes(slot* s) {
    for (uint32_t i = 0; i < s->lifetimes.count; i++) {
        LLVMInstructionEraseFromParent(s->lifetimes.items[i]);
    }
    s->lifetimes.count = 0;
}

// settle decides one alloca: pinned, variable, or left alone.
static void settle(scan* sc, uint32_t index) {
    tcg_body* body = sc->body;
    slot* s = &sc->slots[index];
    if (s->only_block == NULL) {
        erase_lifetimes(s); // a suspension may lie inside the marked range
    }
    if (!is_touched_before_suspend(sc, index)) {
        return;
    }
    erase_lifetimes(s);
    if (s->escapes) {
        tcg_body_pin(body, s->value);
        return;
    }
    uint32_t at = tcg_var_add(body, TCG_VAR_MEMORY, s->value, LLVMGetAllocatedType(s->value));
    tcg_var* var = &body->vars[at];
    var->home = s->value;
    var->size = alloca_size(body->ctx, s->value);
    var->align = LLVMGetAlignment(s->value);
    var->by_copy = !s->is_scalar || !is_scalar_type(var->type);
    var->slot = index;
    body->slot_vars[index] = at;
}

void tcg_body_allocas(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    tcg_values allocas = {0};
    hoist(body, &allocas);
    scan sc = {.body = body, .count = allocas.count, .words = allocas.count / 64 + 1};
    sc.slots = tcg_alloc(ctx, (sc.count + 1) * sizeof(*sc.slots));
    sc.gen = tcg_alloc(ctx, (size_t)body->num_blocks * sc.words * sizeof(*sc.gen));
    body->slot_vars = tcg_alloc(ctx, (sc.count + 1) * sizeof(*body->slot_vars));
    for (uint32_t i = 0; i < sc.count; i++) {
        sc.slots[i].value = allocas.items[i];
        sc.slots[i].is_scalar = LLVMConstIntGetZExtValue(LLVMGetOperand(allocas.items[i], 0)) == 1;
        note_uses(&sc, i, allocas.items[i], TCG_REMATERIAL_DEPTH - 1);
    }
    flow(&sc);
    body->touched = sc.out;
    body->touched_words = sc.words;
    for (uint32_t i = 0; i < sc.count; i++) {
        body->slot_vars[i] = TCG_ABSENT;
        settle(&sc, i);
    }
}
