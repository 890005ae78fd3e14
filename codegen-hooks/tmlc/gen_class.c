// SPDX-License-Identifier: Apache-2.0
// Tables of classes, and calls through them.
//
// An object has a table in each of its parts: its own at its beginning, one per base where that
// begins. An entry takes `this` as the part that the table is in; where the method belongs to
// another part, it is a thunk that moves the pointer.
#include "codegen-hooks/tmlc/check.h"
#include "codegen-hooks/tmlc/gen.h"

/// Each part of a program has the tables that it uses.
void gen_own_table(const gen* g, LLVMValueRef table) {
    LLVMSetLinkage(table, g->num_parts > 1 ? LLVMInternalLinkage : LLVMExternalLinkage);
}

/// Where the part of the base `as` begins in an object of `type`.
static int64_t part_offset(gen* g, ty* type, const ty* as) {
    int64_t offset = 0;
    for (; type != as; type = type->base) {
        offset += (int64_t)LLVMOffsetOfElement(g->layout, gen_body(g, type), 1);
    }
    return offset;
}

static uint32_t num_slots(const ty* type) {
    uint32_t num = 0;
    for (; type != NULL; type = type->base) {
        for (uint32_t i = 0; i < type->decl->members.len; i++) {
            const ast_decl* member = type->decl->members.items[i];
            num += (member->is_virtual || member->is_abstract) && !member->is_override;
        }
    }
    return num;
}

/// A function like `target` whose first argument lies `offset` bytes before what it takes.
static LLVMValueRef moved(gen* g, LLVMValueRef target, const fn* f, int64_t offset) {
    LLVMTypeRef type = LLVMGlobalGetValueType(target);
    unsigned num = LLVMCountParamTypes(type);
    LLVMValueRef made = LLVMAddFunction(
        g->module, tmlc_format(g->arena, "%s.at%lld", f->symbol, (long long)offset), type);
    LLVMSetLinkage(made, LLVMInternalLinkage);
    gen_saved saved = gen_thunk(g, made);
    LLVMValueRef* args = tmlc_alloc(g->arena, (num + 1) * sizeof *args);
    LLVMGetParams(made, args);
    LLVMValueRef by = LLVMConstInt(gen_int(g, 64), (uint64_t)offset, true);
    args[0] = LLVMBuildGEP2(g->builder, gen_int(g, 8), args[0], &by, 1, "this");
    LLVMValueRef value = LLVMBuildCall2(g->builder, type, target, args, num, "");
    if (LLVMGetTypeKind(LLVMGetReturnType(type)) == LLVMVoidTypeKind) {
        LLVMBuildRetVoid(g->builder);
    } else {
        LLVMBuildRet(g->builder, value);
    }
    gen_thunk_end(g, saved);
    return made;
}

LLVMValueRef gen_vtable_as(gen* g, ty* type, ty* as) {
    const char* name = type == as
                           ? tmlc_format(g->arena, "vtable.%s", type->mangled)
                           : tmlc_format(g->arena, "vtable.%s.as.%s", type->mangled, as->mangled);
    LLVMValueRef table = LLVMGetNamedGlobal(g->module, name);
    if (table != NULL) {
        return table;
    }
    uint32_t num = type->table.len > 0 ? num_slots(as) : 0;
    LLVMValueRef* entries = tmlc_alloc(g->arena, (num + 1) * sizeof *entries);
    entries[0] = LLVMConstNull(gen_ptr(g));
    for (uint32_t i = 0; i < num && i < type->table.len; i++) {
        fn* f = type->table.items[i];
        entries[i] = LLVMConstNull(gen_ptr(g));
        if (f == NULL) {
            continue;
        }
        int64_t offset = part_offset(g, type, f->self) - part_offset(g, type, as);
        LLVMValueRef target = f->is_async ? gen_boxed(g, f) : gen_function(g, f);
        entries[i] = offset == 0 ? target : moved(g, target, f, offset);
    }
    LLVMValueRef value = LLVMConstStructInContext(g->context, entries, num == 0 ? 1 : num, false);
    table = LLVMAddGlobal(g->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(table, value);
    LLVMSetGlobalConstant(table, true);
    gen_own_table(g, table);
    return table;
}

LLVMValueRef gen_vtable(gen* g, ty* type) {
    return gen_vtable_as(g, type, type);
}

/// What the table of the object at `object` has in a slot.
static LLVMValueRef slot_of(gen* g, LLVMValueRef object, uint32_t slot) {
    LLVMValueRef table = LLVMBuildLoad2(g->builder, gen_ptr(g), object, "table");
    LLVMValueRef index = gen_const(g, 64, slot);
    LLVMValueRef at = LLVMBuildGEP2(g->builder, gen_ptr(g), table, &index, 1, "");
    return LLVMBuildLoad2(g->builder, gen_ptr(g), at, "");
}

/// The type of what a slot holds: of an async method, what makes a boxed future of a call.
static LLVMTypeRef slot_type(gen* g, fn* f) {
    LLVMTypeRef type = gen_function_type(g, f);
    if (!f->is_async) {
        return type;
    }
    unsigned num = LLVMCountParamTypes(type);
    LLVMTypeRef* params = tmlc_alloc(g->arena, (num + 1) * sizeof *params);
    LLVMTypeRef parts[] = {gen_ptr(g), gen_ptr(g)};
    LLVMGetParamTypes(type, params);
    return LLVMFunctionType(LLVMStructTypeInContext(g->context, parts, 2, false), params, num,
                            false);
}

/// A function that calls a virtual method through the table of its first argument.
static LLVMValueRef dispatcher(gen* g, fn* f) {
    const char* name = tmlc_format(g->arena, "%s.virtual", f->symbol);
    LLVMValueRef made = LLVMGetNamedFunction(g->module, name);
    if (made == NULL) {
        LLVMTypeRef type = slot_type(g, f);
        unsigned num = LLVMCountParamTypes(type);
        made = LLVMAddFunction(g->module, name, type);
        LLVMSetLinkage(made, LLVMInternalLinkage);
        gen_saved saved = gen_thunk(g, made);
        LLVMValueRef* args = tmlc_alloc(g->arena, (num + 1) * sizeof *args);
        LLVMGetParams(made, args);
        LLVMValueRef target = slot_of(g, args[0], check_slot(g->prog, f->self, f->decl->name));
        LLVMValueRef value = LLVMBuildCall2(g->builder, type, target, args, num, "");
        if (LLVMGetTypeKind(LLVMGetReturnType(type)) == LLVMVoidTypeKind) {
            LLVMBuildRetVoid(g->builder);
        } else {
            LLVMBuildRet(g->builder, value);
        }
        gen_thunk_end(g, saved);
    }
    return made;
}

LLVMValueRef gen_method_entry(gen* g, ty* type, fn* f) {
    bool is_class = type->kind == TY_CLASS && f->self != NULL && f->self->kind == TY_CLASS;
    bool in_class = is_class && f->impl != NULL && f->impl->kind == AST_CLASS;
    LLVMValueRef target = in_class && check_is_virtual(f->decl) ? dispatcher(g, f)
                          : f->is_async                         ? gen_boxed(g, f)
                                                                : gen_function(g, f);
    int64_t offset = is_class ? part_offset(g, type, f->self) : 0;
    return offset == 0 ? target : moved(g, target, f, offset);
}

LLVMValueRef gen_call_virtual(gen* g, hir* node) {
    fn* f = node->fn;
    uint32_t num = node->list.len;
    LLVMValueRef* args = tmlc_alloc(g->arena, (num + 2) * sizeof *args);
    hir** nodes = tmlc_alloc(g->arena, (num + 1) * sizeof *nodes);
    nodes[0] = node->a;
    for (uint32_t i = 0; i < num; i++) {
        nodes[i + 1] = node->list.items[i];
    }
    gen_operands(g, nodes, num + 1, args);
    for (uint32_t i = 0; i <= num; i++) {
        gen_own_str(g, nodes[i], args[i]);
        args[i] = args[i] != NULL ? args[i] : LLVMGetUndef(gen_type(g, nodes[i]->type));
    }
    LLVMTypeRef type = slot_type(g, f);
    LLVMValueRef target = slot_of(g, args[0], node->index);
    gen_location(g, node->span);
    LLVMValueRef call = LLVMBuildCall2(g->builder, type, target, args, num + 1, "");
    return gen_has_value(node->type) ? call : NULL;
}
