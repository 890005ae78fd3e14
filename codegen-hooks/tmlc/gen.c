// SPDX-License-Identifier: Apache-2.0
// Functions: declared when they are first called, then their bodies; and the small things that
// every other part of the generator uses.
#include "codegen-hooks/tmlc/gen.h"

#include <tmlcg/hooks.h>

#include <string.h>

LLVMValueRef gen_declare(gen* g, const char* name, LLVMTypeRef type) {
    LLVMValueRef found = LLVMGetNamedFunction(g->module, name);
    return found != NULL ? found : LLVMAddFunction(g->module, name, type);
}

static LLVMTypeRef letter_type(gen* g, char letter) {
    return letter == 'v'   ? LLVMVoidTypeInContext(g->context)
           : letter == 'i' ? gen_int(g, 32)
           : letter == 'l' ? gen_int(g, 64)
           : letter == 'b' ? gen_int(g, 1)
                           : gen_ptr(g);
}

static LLVMTypeRef letters_type(gen* g, const char* types) {
    LLVMTypeRef params[8];
    unsigned num = 0;
    bool varargs = false;
    for (const char* at = types + 1; *at != '\0'; at++) {
        varargs = varargs || *at == '.';
        if (*at != '.') {
            params[num++] = letter_type(g, *at);
        }
    }
    return LLVMFunctionType(letter_type(g, types[0]), params, num, varargs);
}

LLVMValueRef gen_extern(gen* g, const char* name, const char* types) {
    return gen_declare(g, name, letters_type(g, types));
}

LLVMValueRef gen_call_extern(gen* g, const char* name, const char* types, LLVMValueRef* args) {
    LLVMTypeRef type = letters_type(g, types);
    return LLVMBuildCall2(g->builder, type, gen_declare(g, name, type), args,
                          LLVMCountParamTypes(type), "");
}

LLVMValueRef gen_data(gen* g, const char* name) {
    LLVMValueRef found = LLVMGetNamedGlobal(g->module, name);
    if (found == NULL) {
        found = LLVMAddGlobal(g->module, gen_int(g, 8), name);
        LLVMSetGlobalConstant(found, true);
    }
    return found;
}

LLVMValueRef gen_str(gen* g, const char* text) {
    LLVMValueRef value = LLVMConstStringInContext(g->context, text, (unsigned)strlen(text), false);
    LLVMValueRef global = LLVMAddGlobal(g->module, LLVMTypeOf(value), ".str");
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, true);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    return global;
}

LLVMValueRef gen_alloca(gen* g, LLVMTypeRef type, const char* name) {
    LLVMBasicBlockRef block = LLVMGetInsertBlock(g->builder);
    LLVMMetadataRef location = LLVMGetCurrentDebugLocation2(g->builder);
    LLVMValueRef first = LLVMGetFirstInstruction(g->entry);
    if (first != NULL) {
        LLVMPositionBuilderBefore(g->builder, first);
    } else {
        LLVMPositionBuilderAtEnd(g->builder, g->entry);
    }
    LLVMSetCurrentDebugLocation2(g->builder, NULL);
    LLVMValueRef place = LLVMBuildAlloca(g->builder, type, name);
    LLVMPositionBuilderAtEnd(g->builder, block);
    LLVMSetCurrentDebugLocation2(g->builder, location);
    return place;
}

LLVMBasicBlockRef gen_block(gen* g, const char* name) {
    return LLVMAppendBasicBlockInContext(g->context, g->function, name);
}

void gen_at(gen* g, LLVMBasicBlockRef block) {
    LLVMPositionBuilderAtEnd(g->builder, block);
}

bool gen_is_terminated(gen* g) {
    return LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(g->builder)) != NULL;
}

void gen_jump(gen* g, LLVMBasicBlockRef to) {
    if (!gen_is_terminated(g)) {
        LLVMBuildBr(g->builder, to);
    }
}

void gen_attribute(gen* g, LLVMValueRef function, const char* name, const char* value) {
    LLVMAttributeRef attribute = LLVMCreateStringAttribute(g->context, name, (unsigned)strlen(name),
                                                           value, (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, attribute);
}

void gen_call_attribute(gen* g, LLVMValueRef call, const char* name) {
    LLVMAttributeRef attribute =
        LLVMCreateStringAttribute(g->context, name, (unsigned)strlen(name), "", 0);
    LLVMAddCallSiteAttribute(call, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, attribute);
}

void gen_location(gen* g, tmlc_span span) {
    LLVMMetadataRef scope = LLVMGetSubprogram(g->function);
    if (scope != NULL && span.file == g->fn->decl->file) {
        uint32_t column, line = tmlc_line(g->prog->files, span, &column);
        LLVMSetCurrentDebugLocation2(
            g->builder, LLVMDIBuilderCreateDebugLocation(g->context, line, column, scope, NULL));
    }
}

void gen_panic(gen* g, tmlc_span span, const char* what) {
    const char* text =
        tmlc_format(g->arena, "%s at %s:%u", what, g->prog->files->sources.items[span.file].name,
                    tmlc_line(g->prog->files, span, NULL));
    LLVMValueRef message = gen_str(g, text);
    gen_call_extern(g, "tmlrt_panic", "vp", &message);
    LLVMBuildUnreachable(g->builder);
}

gen_saved gen_thunk(gen* g, LLVMValueRef function) {
    gen_saved saved = {*g, LLVMGetInsertBlock(g->builder),
                       LLVMGetCurrentDebugLocation2(g->builder)};
    g->function = function;
    g->entry = gen_block(g, "entry");
    LLVMBasicBlockRef start = gen_block(g, "start");
    g->cleanups.len = g->cleanups.cap = 0;
    g->cleanups.items = NULL;
    g->loop_next = g->loop_end = NULL;
    LLVMSetCurrentDebugLocation2(g->builder, NULL);
    gen_at(g, start);
    return saved;
}

static void mark_reachable(LLVMBasicBlockRef* seen, unsigned* num, LLVMBasicBlockRef block) {
    for (unsigned i = 0; i < *num; i++) {
        if (seen[i] == block) {
            return;
        }
    }
    seen[(*num)++] = block;
}

/// Removes blocks that no path reaches: what was written behind a return.
static void remove_dead_blocks(gen* g, LLVMValueRef function) {
    unsigned total = LLVMCountBasicBlocks(function), num = 0;
    LLVMBasicBlockRef* seen = tmlc_alloc(g->arena, (total + 1) * sizeof(LLVMBasicBlockRef));
    mark_reachable(seen, &num, LLVMGetEntryBasicBlock(function));
    for (unsigned i = 0; i < num; i++) {
        LLVMValueRef end = LLVMGetBasicBlockTerminator(seen[i]);
        for (unsigned k = 0; k < LLVMGetNumSuccessors(end); k++) {
            mark_reachable(seen, &num, LLVMGetSuccessor(end, k));
        }
    }
    LLVMBasicBlockRef* dead = tmlc_alloc(g->arena, (total + 1) * sizeof(LLVMBasicBlockRef));
    unsigned num_dead = 0;
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b != NULL;
         b = LLVMGetNextBasicBlock(b)) {
        unsigned before = num;
        mark_reachable(seen, &num, b);
        if (num != before) {
            dead[num_dead++] = b;
        }
    }
    for (unsigned i = 0; i < num_dead; i++) { // first their contents: they may use each other's
        for (LLVMValueRef at; (at = LLVMGetLastInstruction(dead[i])) != NULL;) {
            if (LLVMGetTypeKind(LLVMTypeOf(at)) != LLVMVoidTypeKind) {
                LLVMReplaceAllUsesWith(at, LLVMGetUndef(LLVMTypeOf(at)));
            }
            LLVMInstructionEraseFromParent(at);
        }
    }
    for (unsigned i = 0; i < num_dead; i++) {
        LLVMDeleteBasicBlock(dead[i]);
    }
}

void gen_thunk_end(gen* g, gen_saved saved) {
    LLVMBasicBlockRef start = LLVMGetNextBasicBlock(g->entry);
    if (!gen_is_terminated(g)) {
        LLVMBuildUnreachable(g->builder);
    }
    gen_at(g, g->entry);
    LLVMSetCurrentDebugLocation2(g->builder, NULL);
    LLVMBuildBr(g->builder, start);
    remove_dead_blocks(g, g->function);
    bool has_routes = g->has_routes;
    *g = saved.state;
    g->has_routes = has_routes;
    if (saved.block != NULL) {
        gen_at(g, saved.block);
        LLVMSetCurrentDebugLocation2(g->builder, saved.location);
    }
}

LLVMTypeRef gen_function_type(gen* g, fn* f) {
    LLVMTypeRef* params = tmlc_alloc(g->arena, (f->params.len + 2) * sizeof *params);
    unsigned num = 0;
    if (f->traits.context || (f->is_closure && f->captures.len > 0)) {
        params[num++] = gen_ptr(g);
    }
    for (uint32_t i = f->is_constructor && !f->is_closure ? 1 : 0; i < f->params.len; i++) {
        params[num++] = gen_type(g, f->params.items[i]->type);
    }
    return LLVMFunctionType(f->is_constructor && !f->is_closure ? gen_ptr(g)
                                                                : gen_result(g, f->result),
                            params, num, false);
}

static bool is_foreign(const fn* f) {
    return f->traits.extern_name != NULL || (f->decl->is_lowlevel && f->decl->body == NULL);
}

/// Names of the program that another object may know.
static bool is_exported(const gen* g, const fn* f) {
    bool is_main = f->self == NULL && strcmp(f->decl->name, "main") == 0;
    return !f->is_closure && f->mod != g->prog->modules.items[0] &&
           (f->decl->is_pub || is_main || (f->impl != NULL && f->impl->kind == AST_CLASS));
}

/// A function of the program. In several parts all are external: the private ones hidden, and with
/// their number, since nothing else keeps two of a name apart.
static LLVMValueRef own_function(gen* g, fn* f) {
    bool exported = is_exported(g, f), alone = g->num_parts == 1 || f->is_closure;
    const char* name =
        exported || alone ? f->symbol : tmlc_format(g->arena, "%s.%u", f->symbol, f->number);
    LLVMValueRef made = LLVMAddFunction(g->module, name, gen_function_type(g, f));
    LLVMSetLinkage(made, exported || !alone ? LLVMExternalLinkage : LLVMInternalLinkage);
    LLVMSetVisibility(made, exported || alone ? LLVMDefaultVisibility : LLVMHiddenVisibility);
    if (f->is_async && !f->is_closure) {
        gen_attribute(g, made, TMLCG_ATTR_ASYNC, "");
        f->published = tmlc_format(g->arena, "@%s(", LLVMGetValueName(made));
        if (f->home != g->part && f->frame != NULL) {
            gen_attribute(g, made, TMLCG_ATTR_FRAME, f->frame);
        }
    }
    return made;
}

LLVMValueRef gen_function(gen* g, fn* f) {
    if (f->value == NULL && (f->is_closure || !is_foreign(f))) {
        f->value = own_function(g, f);
    } else if (f->value == NULL) {
        const char* name = f->traits.extern_name != NULL ? f->traits.extern_name : f->decl->name;
        f->value = gen_declare(g, name, gen_function_type(g, f));
    }
    return f->value;
}

static LLVMMetadataRef debug_file(gen* g, uint32_t file) {
    if (g->debug_files[file] == NULL) {
        const char* name = g->prog->files->sources.items[file].name;
        g->debug_files[file] = LLVMDIBuilderCreateFile(g->debug, name, strlen(name), ".", 1);
    }
    return g->debug_files[file];
}

static void add_subprogram(gen* g, fn* f) {
    tmlc_span span = f->is_closure ? f->closure->span : f->decl->name_span;
    LLVMMetadataRef file = debug_file(g, span.file);
    uint32_t line = tmlc_line(g->prog->files, span, NULL);
    LLVMMetadataRef subprogram = LLVMDIBuilderCreateFunction(
        g->debug, file, f->name, strlen(f->name), f->symbol, strlen(f->symbol), file, line,
        g->debug_type, LLVMGetLinkage(f->value) == LLVMInternalLinkage, true, line, LLVMDIFlagZero,
        false);
    LLVMSetSubprogram(f->value, subprogram);
}

static void store_params(gen* g, fn* f, unsigned first) {
    for (uint32_t i = 0; i < f->params.len; i++) {
        local* l = f->params.items[i];
        bool is_this = f->is_constructor && !f->is_closure && i == 0;
        l->slot = gen_alloca(g, gen_type(g, l->type), l->name);
        if (!is_this) {
            LLVMValueRef param = LLVMGetParam(g->function, first++);
            LLVMSetValueName2(param, l->name, strlen(l->name));
            gen_store(g, param, l->slot);
        }
        if (ty_needs_drop(g->prog, l->type)) {
            l->flag = l->is_ever_moved ? gen_alloca(g, gen_int(g, 1), "owned") : NULL;
            if (l->flag != NULL) {
                gen_store(g, gen_const(g, 1, 1), l->flag);
            }
            gen_own(g, l->type, l->slot, l->flag);
        } else if (l->owns_str) {
            if (!l->is_given) { // it gets another value: the first one is the caller's
                LLVMValueRef text = gen_load(g, l->type, l->slot);
                gen_store(g, gen_call_extern(g, "strdup", "pp", &text), l->slot);
            }
            gen_own_str_at(g, l->slot);
        }
    }
}

/// X::new(...): a zeroed object with its table, then the body with `this`.
static void begin_constructor(gen* g, fn* f) {
    gen_store(g, gen_new(g, f->blank), f->params.items[0]->slot);
}

static void gen_function_body(gen* g, fn* f) {
    gen_function(g, f);
    gen_saved saved = gen_thunk(g, f->value);
    g->fn = f;
    add_subprogram(g, f);
    bool has_env = f->is_closure && f->captures.len > 0;
    g->env = has_env ? LLVMGetParam(f->value, 0) : NULL;
    gen_location(g, f->is_closure ? f->closure->span : f->decl->name_span);
    store_params(g, f, has_env ? 1 : 0);
    if (f->is_constructor && !f->is_closure) {
        begin_constructor(g, f);
    }
    if (f->body == NULL) {
        gen_leaf(g, f);
    } else {
        hir end = {.kind = HIR_RETURN, .span = f->body->span, .a = f->body, .type = f->body->type};
        gen_return(g, &end);
    }
    gen_thunk_end(g, saved);
    if (f->is_async && !f->is_closure) {
        gen_drop_symbols(g, f, f->value);
    }
}

static void begin_debug(gen* g) {
    const tmlc_source* root = &g->prog->files->sources.items[g->prog->modules.items[1]->ast->file];
    g->debug = LLVMCreateDIBuilder(g->module);
    g->debug_files = tmlc_alloc(g->arena, g->prog->files->sources.len * sizeof(LLVMMetadataRef));
    LLVMMetadataRef file = debug_file(g, g->prog->modules.items[1]->ast->file);
    LLVMDIBuilderCreateCompileUnit(g->debug, LLVMDWARFSourceLanguageC, file, "tmlc", 4, true, "", 0,
                                   0, "", 0, LLVMDWARFEmissionFull, 0, false, false, "", 0, "", 0);
    g->debug_type = LLVMDIBuilderCreateSubroutineType(g->debug, file, NULL, 0, LLVMDIFlagZero);
    LLVMSetSourceFileName(g->module, root->name, strlen(root->name));
    LLVMValueRef version = gen_const(g, 32, 3);
    LLVMAddModuleFlag(g->module, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18,
                      LLVMValueAsMetadata(version));
}

/// Records stand beside the functions that they name: what has a decorator, or is of a class with
/// one.
static bool is_recorded(const program* prog, const fn* f) {
    bool is_method = f->impl != NULL && f->impl->kind == AST_CLASS;
    return (is_method && f->impl->decorators.len > 0) ||
           (f->mod != prog->modules.items[0] && f->decl->decorators.len > 0);
}

/// Which part defines what: main, what metadata names, and closures have no choice.
static void choose_homes(program* prog, uint32_t num_parts) {
    for (uint32_t i = 0; i < prog->fns.len; i++) {
        fn* f = prog->fns.items[i];
        bool is_main = f->mod == prog->modules.items[1] && f->self == NULL && !f->is_closure &&
                       strcmp(f->decl->name, "main") == 0;
        f->number = i;
        f->home = is_main || is_recorded(prog, f) ? 0 : i % num_parts;
    }
    for (uint32_t i = 0; i < prog->fns.len; i++) {
        const fn* around = prog->fns.items[i];
        while (around->is_closure) {
            around = around->outer;
        }
        prog->fns.items[i]->home = around->home;
    }
}

static void forget_type(ty* type) {
    type->llvm = type->body = type->drop_glue = NULL;
}

/// What an earlier part left in the tree belongs to its own LLVM context.
static void forget(program* prog) {
    for (int kind = 0; kind < TY_STRUCT; kind++) {
        forget_type(prog->scalars[kind]);
    }
    for (uint32_t i = 0; i < TMLC_BUCKETS; i++) {
        for (ty* type = prog->buckets[i]; type != NULL; type = type->next) {
            forget_type(type);
        }
    }
    for (uint32_t i = 0; i < prog->fns.len; i++) {
        fn* f = prog->fns.items[i];
        f->value = f->wrapper = f->blocking = f->boxed = NULL;
    }
}

void gen_publish(program* prog, uint32_t part, const char* interface) {
    static const char s_key[] = "\"" TMLCG_ATTR_FRAME "\"=\"";
    for (uint32_t i = 0; i < prog->fns.len; i++) {
        fn* f = prog->fns.items[i];
        if (f->home != part || f->published == NULL) {
            continue;
        }
        const char* line = strstr(interface, f->published);
        line = line == NULL ? NULL : strstr(line, s_key);
        size_t len = line == NULL ? 0 : strcspn(line += strlen(s_key), "\"");
        f->frame = line == NULL ? NULL : tmlc_format(prog->arena, "%.*s", (int)len, line);
    }
}

void tmlc_gen(program* prog, LLVMModuleRef out, const gen_options* options) {
    gen g = {.prog = prog,
             .arena = prog->arena,
             .context = LLVMGetModuleContext(out),
             .module = out,
             .layout = options->layout,
             .part = options->part,
             .num_parts = options->num_parts};
    g.builder = LLVMCreateBuilderInContext(g.context);
    choose_homes(prog, g.num_parts);
    forget(prog);
    begin_debug(&g);
    for (uint32_t i = 0; i < prog->fns.len; i++) {
        fn* f = prog->fns.items[i];
        bool has_code = f->body != NULL || f->traits.leaf != NULL;
        if (has_code && f->traits.intrinsic == NULL && f->home == g.part) {
            gen_function_body(&g, f);
        }
    }
    if (g.part == 0) {
        gen_meta(&g);
        gen_entry(&g, options->tests);
    }
    LLVMDIBuilderFinalize(g.debug);
    LLVMDisposeDIBuilder(g.debug);
    LLVMDisposeBuilder(g.builder);
}
