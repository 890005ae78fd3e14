// SPDX-License-Identifier: Apache-2.0
// What is live across each suspension: SSA values, arguments, and allocas that behave as variables.
//
// Bit sets over variables, backward, to a fixed point. Only values used outside their own block are
// variables, because suspensions are block boundaries. An address computed from something that
// every entry recomputes (the frame, the context, a local's storage, a thread-local) is not saved:
// a use of it is a use of the values it is computed from, and spill.c computes it again. That is a
// rule for correctness where the address would be stale, and a saving elsewhere. In SSA form the
// operands of such a computation dominate every use of it, unchanged, so computing it again gives
// the same address.
#include "codegen-hooks/src/lower/body.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/mutants.h"

#include <string.h>

uint32_t tcg_var_add(tcg_body* body, tcg_var_kind kind, LLVMValueRef value, LLVMTypeRef type) {
    uint32_t index = tcg_map_get(&body->var_index, value);
    if (index != TCG_ABSENT) {
        return index;
    }
    if (body->num_vars == body->cap_vars) {
        uint32_t cap = body->cap_vars == 0 ? 32 : body->cap_vars * 2;
        tcg_var* vars = tcg_alloc(body->ctx, cap * sizeof(*vars));
        if (body->num_vars != 0) {
            memcpy(vars, body->vars, body->num_vars * sizeof(*vars));
        }
        body->vars = vars;
        body->cap_vars = cap;
    }
    index = body->num_vars++;
    tcg_var* var = &body->vars[index];
    memset(var, 0, sizeof(*var));
    var->kind = kind;
    var->value = value;
    var->type = type;
    var->block = LLVMIsAInstruction(value) ? LLVMGetInstructionParent(value) : body->entry;
    tcg_map_put(body->ctx, &body->var_index, value, index);
    return index;
}

bool tcg_is_available(const tcg_body* body, LLVMValueRef value) {
    if (LLVMIsAInstruction(value)) {
        return LLVMGetInstructionParent(value) == body->dispatch;
    }
    if (LLVMIsAArgument(value)) {
        return value == body->frame || value == body->cx || value == body->out ||
               value == body->state || value == body->is_drop;
    }
    return true;
}

static bool is_address_step(LLVMValueRef value) {
    return LLVMIsAGetElementPtrInst(value) || LLVMIsABitCastInst(value) ||
           LLVMIsAAddrSpaceCastInst(value);
}

// is_pure returns true for instructions that may be computed again from the same operands.
static bool is_pure(LLVMValueRef value) {
    return is_address_step(value) || LLVMIsACastInst(value) || LLVMIsABinaryOperator(value) ||
           LLVMIsASelectInst(value) || LLVMIsAFreezeInst(value) || LLVMIsACmpInst(value) ||
           LLVMIsAExtractValueInst(value) || LLVMIsAInsertValueInst(value);
}

bool tcg_is_rematerial(const tcg_body* body, LLVMValueRef value, uint32_t depth) {
    if (!LLVMIsAInstruction(value) || LLVMGetInstructionParent(value) == body->dispatch) {
        return false;
    }
    if (tcg_intrinsic_is(value, "llvm.threadlocal.address")) {
        return true;
    }
    if (depth == 0) {
        return false;
    }
    if (is_address_step(value)) {
        LLVMValueRef base = LLVMGetOperand(value, 0);
        bool is_local = tcg_is_available(body, base) && !LLVMIsAConstant(base);
        if (is_local || tcg_is_rematerial(body, base, depth - 1)) {
            return true;
        }
    }
    if (tcg_map_get(&body->tainted, value) == TCG_ABSENT || !is_pure(value)) {
        return false;
    }
    int count = LLVMGetNumOperands(value);
    for (int i = 0; i < count; i++) {
        LLVMValueRef operand = LLVMGetOperand(value, (unsigned)i);
        if (tcg_map_get(&body->tainted, operand) != TCG_ABSENT &&
            !tcg_is_rematerial(body, operand, depth - 1)) {
            return false;
        }
    }
    return true;
}

// spread marks everything computed from a root, until memory, calls and comparisons.
static void spread(tcg_body* body, tcg_map* map, LLVMValueRef root) {
    tcg_values todo = {0};
    tcg_map_put(body->ctx, map, root, 1);
    tcg_values_push(body->ctx, &todo, root);
    while (todo.count != 0) {
        LLVMValueRef value = todo.items[--todo.count];
        for (LLVMUseRef use = LLVMGetFirstUse(value); use != NULL; use = LLVMGetNextUse(use)) {
            LLVMValueRef user = LLVMGetUser(use);
            bool carries = (is_pure(user) && !LLVMIsACmpInst(user)) || LLVMIsAPHINode(user);
            if (carries && tcg_map_get(map, user) == TCG_ABSENT) {
                tcg_map_put(body->ctx, map, user, 1);
                tcg_values_push(body->ctx, &todo, user);
            }
        }
    }
}

static bool names_thread_local(LLVMValueRef instruction) {
    int count = LLVMGetNumOperands(instruction);
    for (int i = 0; i < count; i++) {
        LLVMValueRef operand = LLVMGetOperand(instruction, (unsigned)i);
        if (operand != NULL && LLVMIsAGlobalVariable(operand) && LLVMIsThreadLocal(operand)) {
            return true;
        }
    }
    return false;
}

static void find_tainted(tcg_body* body) {
    for (uint32_t b = 0; b < body->num_blocks; b++) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(body->blocks[b]); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            bool is_root = tcg_intrinsic_is(i, "llvm.threadlocal.address") ||
                           ((is_pure(i) || LLVMIsAPHINode(i)) && names_thread_local(i));
            if (is_root) {
                spread(body, &body->tainted, i);
            }
        }
    }
    for (LLVMUseRef use = LLVMGetFirstUse(body->cx); use != NULL; use = LLVMGetNextUse(use)) {
        LLVMValueRef user = LLVMGetUser(use);
        if (is_pure(user) || LLVMIsAPHINode(user)) {
            spread(body, &body->tainted, user);
        }
    }
    for (uint32_t i = 0; i < body->unstable_roots.count; i++) {
        spread(body, &body->unstable, body->unstable_roots.items[i]);
    }
}

typedef struct {
    tcg_body* body;
    LLVMBasicBlockRef block; ///< of the use; NULL for a resume
    uint64_t* set;           ///< NULL: only make variables
} use_site;

// note_use visits a used value: itself, and through what it is recomputed from.
static void note_use(const use_site* site, LLVMValueRef value, uint32_t depth) {
    tcg_body* body = site->body;
    bool is_value = LLVMIsAInstruction(value) || LLVMIsAArgument(value);
    if (!is_value || tcg_is_available(body, value)) {
        return;
    }
    LLVMBasicBlockRef defined =
        LLVMIsAInstruction(value) ? LLVMGetInstructionParent(value) : body->entry;
    if (site->set == NULL && defined != site->block) {
        tcg_var_add(body, TCG_VAR_VALUE, value, LLVMTypeOf(value));
    }
    uint32_t index = site->set != NULL ? tcg_map_get(&body->var_index, value) : TCG_ABSENT;
    if (index != TCG_ABSENT) {
        site->set[index / 64] |= (uint64_t)1 << (index % 64);
    }
    if (depth != 0 && tcg_is_rematerial(body, value, depth)) {
        int count = LLVMGetNumOperands(value);
        for (int i = 0; i < count; i++) {
            note_use(site, LLVMGetOperand(value, (unsigned)i), depth - 1);
        }
    }
}

static void note_operands(const use_site* site, LLVMValueRef instruction) {
    if (tcg_is_debug(instruction) || LLVMIsAPHINode(instruction)) {
        return;
    }
    int count = LLVMGetNumOperands(instruction);
    for (int i = 0; i < count; i++) {
        LLVMValueRef operand = LLVMGetOperand(instruction, (unsigned)i);
        if (operand != NULL) {
            note_use(site, operand, TCG_REMATERIAL_DEPTH);
        }
    }
}

// note_phi_edges visits the values that the phis of a block's successors take from it.
static void note_phi_edges(const use_site* site, LLVMBasicBlockRef from) {
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(from);
    unsigned count = LLVMGetNumSuccessors(terminator);
    for (unsigned i = 0; i < count; i++) {
        for (LLVMValueRef phi = LLVMGetFirstInstruction(LLVMGetSuccessor(terminator, i));
             phi != NULL && LLVMIsAPHINode(phi); phi = LLVMGetNextInstruction(phi)) {
            unsigned incoming = LLVMCountIncoming(phi);
            for (unsigned k = 0; k < incoming; k++) {
                if (LLVMGetIncomingBlock(phi, k) == from) {
                    note_use(site, LLVMGetIncomingValue(phi, k), TCG_REMATERIAL_DEPTH);
                    break;
                }
            }
        }
    }
}

static void find_variables(tcg_body* body) {
    for (uint32_t b = 0; b < body->num_blocks; b++) {
        use_site site = {body, body->blocks[b], NULL};
        for (LLVMValueRef i = LLVMGetFirstInstruction(body->blocks[b]); i != NULL;
             i = LLVMGetNextInstruction(i)) {
            note_operands(&site, i);
        }
        note_phi_edges(&site, body->blocks[b]);
    }
    use_site later = {body, NULL, NULL};
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        for (uint32_t i = 0; i < body->suspends[k].num_operands; i++) {
            note_use(&later, body->suspends[k].operands[i], TCG_REMATERIAL_DEPTH);
        }
    }
}

static void set_bit(uint64_t* set, uint32_t index, bool value) {
    uint64_t bit = (uint64_t)1 << (index % 64);
    set[index / 64] = value ? set[index / 64] | bit : set[index / 64] & ~bit;
}

// memory_var returns the variable behind an access recorded by allocas.c.
static uint32_t memory_var(const tcg_body* body, const tcg_map* map, LLVMValueRef access) {
    uint32_t slot = tcg_map_get(map, access);
    return slot == TCG_ABSENT ? TCG_ABSENT : body->slot_vars[slot];
}

// transfer walks a block backward and makes `set` what is live at its top; with `kill`, also notes
// what the block defines.
static void transfer(tcg_body* body, LLVMBasicBlockRef block, uint64_t* set, uint64_t* kill) {
    use_site site = {body, block, set};
    for (LLVMValueRef i = LLVMGetLastInstruction(block); i != NULL;
         i = LLVMGetPreviousInstruction(i)) {
        uint32_t defined[2] = {tcg_map_get(&body->var_index, i), memory_var(body, &body->kills, i)};
        for (int k = 0; k < 2; k++) {
            if (defined[k] != TCG_ABSENT) {
                set_bit(set, defined[k], false);
                set_bit(kill, defined[k], true);
            }
        }
        uint32_t read = memory_var(body, &body->reads, i);
        if (read != TCG_ABSENT) {
            set_bit(set, read, true);
        }
        note_operands(&site, i);
    }
}

typedef struct {
    uint64_t *gen, *kill, *phi_uses, *in;
} sets;

static void solve(tcg_body* body, sets* s) {
    uint32_t words = body->words;
    uint64_t* out = tcg_alloc(body->ctx, words * sizeof(*out));
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t b = body->num_blocks; b-- != 0;) {
            size_t at = (size_t)b * words;
            memcpy(out, s->phi_uses + at, words * sizeof(*out));
            LLVMValueRef terminator = LLVMGetBasicBlockTerminator(body->blocks[b]);
            unsigned count = LLVMGetNumSuccessors(terminator);
            for (unsigned i = 0; i < count; i++) {
                uint32_t to = tcg_map_get(&body->block_index, LLVMGetSuccessor(terminator, i));
                if (TCG_MUTANT(NO_BACK_EDGE) && to <= b) {
                    continue;
                }
                for (uint32_t w = 0; w < words; w++) {
                    out[w] |= s->in[(size_t)to * words + w];
                }
            }
            for (uint32_t w = 0; w < words; w++) {
                uint64_t in = s->gen[at + w] | (out[w] & ~s->kill[at + w]);
                changed = changed || in != s->in[at + w];
                s->in[at + w] = in;
            }
        }
    }
}

// refuse names the values that must not cross a suspension.
static void refuse(tcg_body* body, const tcg_suspend* s, const tcg_var* var) {
    tcg_ctx* ctx = body->ctx;
    LLVMTypeKind kind = LLVMGetTypeKind(var->type);
    if (kind == LLVMTokenTypeKind || kind == LLVMScalableVectorTypeKind ||
        kind == LLVMX86_AMXTypeKind || kind == LLVMTargetExtTypeKind ||
        !tcg_is_fixed_type(var->type)) {
        tcg_fail(ctx, var->value,
                 "a value of this type (token, scalable vector, target type) "
                 "cannot live across a suspension: compute it again behind the "
                 "await");
    }
    if (tcg_map_get(&body->unstable, var->value) != TCG_ABSENT) {
        tcg_fail(ctx, var->value,
                 "a dynamic alloca (or another address of the stack) is live across the "
                 "suspension in state %u: use a fixed size, or the heap",
                 s->state);
    }
    if (tcg_map_get(&body->tainted, var->value) != TCG_ABSENT &&
        !tcg_is_rematerial(body, var->value, TCG_REMATERIAL_DEPTH)) {
        tcg_fail(ctx, var->value,
                 "an address that depends on the thread or the context is live "
                 "across the suspension in state %u: take it again behind the "
                 "await",
                 s->state);
    }
}

// is_touched returns false for a variable in memory that nothing has written yet.
static bool is_touched(const tcg_body* body, const tcg_suspend* s, const tcg_var* var) {
    if (var->kind != TCG_VAR_MEMORY) {
        return true;
    }
    uint32_t block = tcg_map_get(&body->block_index, s->head);
    uint64_t word = body->touched[(size_t)block * body->touched_words + var->slot / 64];
    return (word >> (var->slot % 64) & 1) != 0;
}

static void settle_suspend(tcg_body* body, tcg_suspend* s, const sets* flow) {
    uint32_t words = body->words;
    uint32_t cont = tcg_map_get(&body->block_index, s->cont);
    s->live = tcg_alloc(body->ctx, words * sizeof(*s->live));
    memcpy(s->live, flow->in + (size_t)cont * words, words * sizeof(*s->live));
    use_site later = {body, NULL, s->live};
    for (uint32_t i = 0; i < s->num_operands; i++) {
        note_use(&later, s->operands[i], TCG_REMATERIAL_DEPTH);
    }
    for (uint32_t v = 0; v < body->num_vars; v++) {
        if ((s->live[v / 64] >> (v % 64) & 1) == 0) {
            continue;
        }
        tcg_var* var = &body->vars[v];
        if (!is_touched(body, s, var)) {
            set_bit(s->live, v, false);
            continue;
        }
        refuse(body, s, var);
        if (var->kind == TCG_VAR_VALUE && !TCG_MUTANT(KEEPS_THREAD_LOCAL) &&
            tcg_is_rematerial(body, var->value, TCG_REMATERIAL_DEPTH)) {
            var->is_recomputed = true;
        } else {
            var->is_saved = true;
        }
    }
}

void tcg_body_liveness(tcg_body* body) {
    tcg_ctx* ctx = body->ctx;
    find_tainted(body);
    tcg_body_refuse_stack(body);
    find_variables(body);
    body->words = body->num_vars / 64 + 1;
    size_t total = (size_t)body->num_blocks * body->words;
    sets s = {tcg_alloc(ctx, total * 8), tcg_alloc(ctx, total * 8), tcg_alloc(ctx, total * 8),
              tcg_alloc(ctx, total * 8)};
    for (uint32_t b = 0; b < body->num_blocks; b++) {
        size_t at = (size_t)b * body->words;
        transfer(body, body->blocks[b], s.gen + at, s.kill + at);
        use_site site = {body, body->blocks[b], s.phi_uses + at};
        if (!TCG_MUTANT(NO_PHI_USE)) {
            note_phi_edges(&site, body->blocks[b]);
        }
    }
    solve(body, &s);
    for (uint32_t k = 0; k < body->num_suspends; k++) {
        settle_suspend(body, &body->suspends[k], &s);
    }
}
