// SPDX-License-Identifier: Apache-2.0
// main: of the program, of a program that is only routes, of its tests.
#include "codegen-hooks/tmlc/gen.h"

#include <tmlrt/abi/future.h>

#include <tmlcg/hooks.h>

#include <string.h>

static LLVMValueRef add_main(gen* g) {
    LLVMTypeRef params[] = {gen_int(g, 32), gen_ptr(g)};
    return LLVMAddFunction(g->module, "main", LLVMFunctionType(gen_int(g, 32), params, 2, false));
}

static fn* find_main(const gen* g) {
    for (uint32_t i = 0; i < g->prog->fns.len; i++) {
        fn* f = g->prog->fns.items[i];
        if (f->mod == g->prog->modules.items[1] && f->self == NULL && !f->is_closure &&
            strcmp(f->decl->name, "main") == 0) {
            return f;
        }
    }
    return NULL;
}

static void main_calls(gen* g, fn* f) {
    if (f->is_async) {
        gen_attribute(g, gen_function(g, f), TMLCG_ATTR_MAIN, "");
        return;
    }
    LLVMValueRef function = add_main(g);
    gen_saved saved = gen_thunk(g, function);
    LLVMValueRef args[1];
    if (f->params.len > 0) {
        LLVMValueRef value = LLVMGetUndef(gen_type(g, f->params.items[0]->type));
        value = LLVMBuildInsertValue(g->builder, value, LLVMGetParam(function, 0), 0, "");
        args[0] = LLVMBuildInsertValue(g->builder, value, LLVMGetParam(function, 1), 1, "args");
    }
    LLVMValueRef code = LLVMBuildCall2(g->builder, gen_function_type(g, f), gen_function(g, f),
                                       args, f->params.len, "");
    LLVMBuildRet(g->builder, gen_has_value(f->result) ? code : gen_const(g, 32, 0));
    gen_thunk_end(g, saved);
}

static void main_serves(gen* g) {
    LLVMValueRef function = add_main(g);
    gen_saved saved = gen_thunk(g, function);
    LLVMValueRef args[] = {gen_call_extern(g, "tmlrt_server_new", "p", NULL),
                           LLVMGetParam(function, 0), LLVMGetParam(function, 1)};
    LLVMBasicBlockRef none = gen_block(g, "oom"), serve = gen_block(g, "serve");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, args[0], ""), none, serve);
    gen_at(g, none);
    LLVMBuildRet(g->builder, gen_const(g, 32, 1));
    gen_at(g, serve);
    LLVMBuildRet(g->builder, gen_call_extern(g, "tmlrt_server_run", "ipip", args));
    gen_thunk_end(g, saved);
}

/// A test as a task of its own: a panic ends the task, not the run.
static LLVMValueRef test_task(gen* g, fn* f) {
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(g->context), NULL, 0, false);
    if (f->is_async && !gen_has_value(f->result)) {
        return gen_function(g, f);
    }
    LLVMValueRef made =
        LLVMAddFunction(g->module, tmlc_format(g->arena, "%s.test", f->symbol), type);
    LLVMSetLinkage(made, LLVMInternalLinkage);
    gen_attribute(g, made, TMLCG_ATTR_ASYNC, "");
    gen_saved saved = gen_thunk(g, made);
    LLVMValueRef call =
        LLVMBuildCall2(g->builder, gen_function_type(g, f), gen_function(g, f), NULL, 0, "");
    if (f->is_async) {
        gen_call_attribute(g, call, TMLCG_ATTR_AWAIT);
    }
    LLVMBuildRetVoid(g->builder);
    gen_thunk_end(g, saved);
    return made;
}

static void print_line(gen* g, LLVMValueRef text) {
    gen_call_extern(g, "puts", "ip", &text);
}

static void run_test(gen* g, fn* f, LLVMValueRef failures) {
    LLVMTypeRef param = gen_ptr(g), spawn_type = LLVMFunctionType(gen_ptr(g), &param, 1, true);
    LLVMValueRef task_fn = test_task(g, f);
    LLVMValueRef task = LLVMBuildCall2(g->builder, spawn_type,
                                       gen_declare(g, TMLCG_FN_SPAWN, spawn_type), &task_fn, 1, "");
    LLVMValueRef leaf = gen_alloca(g, LLVMArrayType2(gen_int(g, 8), TMLRT_LEAF_SIZE), "leaf");
    LLVMSetAlignment(leaf, TMLRT_LEAF_ALIGN);
    LLVMValueRef status = gen_alloca(g, gen_int(g, 32), "status");
    LLVMValueRef join[] = {leaf, task, LLVMConstNull(gen_ptr(g))};
    gen_call_extern(g, "tmlrt_join_init", "vppp", join);
    LLVMValueRef wait[] = {leaf, gen_data(g, "tmlrt_join_desc"), status};
    gen_call_extern(g, TMLCG_FN_BLOCK_ON_DYN, "vppp", wait);
    LLVMValueRef code = LLVMBuildLoad2(g->builder, gen_int(g, 32), status, "");
    LLVMValueRef failed = LLVMBuildICmp(g->builder, LLVMIntNE, code, gen_const(g, 32, 0), "");
    print_line(g, LLVMBuildSelect(g->builder, failed,
                                  gen_str(g, tmlc_format(g->arena, "FAILED %s", f->name)),
                                  gen_str(g, tmlc_format(g->arena, "ok     %s", f->name)), ""));
    LLVMValueRef sum = LLVMBuildLoad2(g->builder, gen_int(g, 32), failures, "");
    sum = LLVMBuildAdd(g->builder, sum, LLVMBuildZExt(g->builder, failed, gen_int(g, 32), ""), "");
    gen_store(g, sum, failures);
}

static void main_tests(gen* g) {
    LLVMValueRef function = add_main(g);
    gen_saved saved = gen_thunk(g, function);
    LLVMValueRef failures = gen_alloca(g, gen_int(g, 32), "failures");
    uint32_t num = 0;
    gen_store(g, gen_const(g, 32, 0), failures);
    for (uint32_t i = 0; i < g->prog->fns.len; i++) {
        fn* f = g->prog->fns.items[i];
        if (!f->is_closure && ast_find_decorator(&f->decl->decorators, "test") != NULL &&
            f->params.len == 0) {
            run_test(g, f, failures);
            num++;
        }
    }
    LLVMValueRef failed = LLVMBuildLoad2(g->builder, gen_int(g, 32), failures, "");
    LLVMTypeRef param = gen_ptr(g), type = LLVMFunctionType(gen_int(g, 32), &param, 1, true);
    LLVMValueRef args[] = {gen_str(g, "%d passed, %d failed\n"),
                           LLVMBuildSub(g->builder, gen_const(g, 32, num), failed, ""), failed};
    LLVMBuildCall2(g->builder, type, gen_declare(g, "printf", type), args, 3, "");
    LLVMValueRef bad = LLVMBuildICmp(g->builder, LLVMIntNE, failed, gen_const(g, 32, 0), "");
    LLVMBuildRet(g->builder, LLVMBuildZExt(g->builder, bad, gen_int(g, 32), ""));
    gen_thunk_end(g, saved);
}

void gen_entry(gen* g, bool tests) {
    fn* entry = find_main(g);
    if (tests) {
        main_tests(g);
    } else if (entry != NULL) {
        main_calls(g, entry);
    } else if (g->has_routes) {
        main_serves(g);
    }
}
