// SPDX-License-Identifier: Apache-2.0
// Three inputs per configuration, each never pending, then pending by a schedule; then one run per
// suspension that drops the root there. The reference is the sync form at no optimisation.
#include "tests/fuzz/lowering/program.h"

#include "tests/fuzz/lowering/gen.h"
#include "tests/fuzz/lowering/load.h"
#include "tests/fuzz/lowering/world.h"

#include <tmlcg/hooks.h>

#include <llvm-c/Analysis.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIPLE "x86_64-unknown-linux-gnu"

enum { NUM_INPUTS = 3 };

static LLVMTargetMachineRef machine_fast, machine_o2;
static char* layout_text;
static const int64_t inputs[NUM_INPUTS][2] = {{1, 2}, {-77, 1234567}, {0x7123456789ABCDEF, 0}};
static program_phase s_last_phase = PHASE_O2;
static world_trace traces[NUM_INPUTS];
static int64_t values[NUM_INPUTS];

void program_only_without_passes(void) {
    s_last_phase = PHASE_NONE;
}

const char* program_phase_name(program_phase phase) {
    static const char* const names[] = {"reference", "lowering", "no passes", "O0", "O2"};
    return names[phase];
}

static LLVMTargetMachineRef machine(LLVMTargetRef target, LLVMCodeGenOptLevel level) {
    return LLVMCreateTargetMachine(target, TRIPLE, "x86-64", "", level, LLVMRelocPIC,
                                   LLVMCodeModelSmall);
}

void program_init(void) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMTargetRef target;
    char* message = NULL;
    if (LLVMGetTargetFromTriple(TRIPLE, &target, &message) || !load_init()) {
        fprintf(stderr, "fuzz_lowering: %s\n", message ? message : "no code memory");
        exit(2);
    }
    machine_fast = machine(target, LLVMCodeGenLevelNone);
    machine_o2 = machine(target, LLVMCodeGenLevelDefault);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(machine_fast);
    layout_text = LLVMCopyStringRepOfTargetData(layout);
    LLVMDisposeTargetData(layout);
}

static void generate(LLVMContextRef c, uint64_t seed, bool sync, const uint64_t* skip,
                     size_t num_skip, gen_program* out) {
    gen_options options = {.seed = seed,
                           .sync = sync,
                           .triple = TRIPLE,
                           .data_layout = layout_text,
                           .skip = skip,
                           .num_skip = num_skip};
    gen_emit(c, &options, out);
}

static bool fail(program_report* r, const char* what, const char* detail) {
    snprintf(r->message, sizeof r->message, "%s: %s", what, detail ? detail : "?");
    return false;
}

// ---- thread-locals ---------------------------------------------------------------------------

// Replaces uses of llvm.threadlocal.address by a pure function of the world: its simulated thread
// decides the address, so a thread-local address kept across polls shows without real threads.
static void emulate_thread_locals(LLVMModuleRef m) {
    LLVMValueRef intrinsic = LLVMGetNamedFunction(m, "llvm.threadlocal.address.p0");
    LLVMContextRef c = LLVMGetModuleContext(m);
    LLVMBuilderRef b = LLVMCreateBuilderInContext(c);
    LLVMTypeRef type = LLVMFunctionType(LLVMPointerTypeInContext(c, 0), NULL, 0, 0);
    LLVMUseRef use;
    while (intrinsic != NULL && (use = LLVMGetFirstUse(intrinsic)) != NULL) {
        LLVMValueRef call = LLVMGetUser(use), global = LLVMGetOperand(call, 0), address = global;
        if (strcmp(LLVMGetValueName(global), "ext_tls_word") == 0) {
            LLVMValueRef f = LLVMGetNamedFunction(m, "ext_tls_address");
            if (f == NULL) {
                unsigned memory = LLVMGetEnumAttributeKindForName("memory", 6);
                f = LLVMAddFunction(m, "ext_tls_address", type);
                LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                                        LLVMCreateEnumAttribute(c, memory, 0));
            }
            LLVMPositionBuilderBefore(b, call);
            address = LLVMBuildCall2(b, type, f, NULL, 0, "");
            LLVMInstructionSetDebugLoc(address, LLVMInstructionGetDebugLoc(call));
        }
        LLVMReplaceAllUsesWith(call, address);
        LLVMInstructionEraseFromParent(call);
    }
    for (LLVMValueRef g = LLVMGetFirstGlobal(m); g != NULL; g = LLVMGetNextGlobal(g)) {
        LLVMSetThreadLocal(g, 0);
    }
    LLVMDisposeBuilder(b);
}

// ---- compile and load ------------------------------------------------------------------------

static bool compile(LLVMModuleRef* modules, const char* passes, LLVMTargetMachineRef tm,
                    program_report* r) {
    // load_symbol reads the objects' symbol tables until the next ones are loaded.
    static LLVMMemoryBufferRef buffers[GEN_MAX_MODULES];
    for (size_t i = 0; i < GEN_MAX_MODULES; i++) {
        if (buffers[i] != NULL) {
            LLVMDisposeMemoryBuffer(buffers[i]);
            buffers[i] = NULL;
        }
    }
    const char* data[GEN_MAX_MODULES];
    size_t sizes[GEN_MAX_MODULES], n = 0;
    const char* bad = NULL;
    for (; n < GEN_MAX_MODULES && modules[n] != NULL && bad == NULL; n++) {
        char* message = NULL;
        LLVMModuleRef m = LLVMCloneModule(modules[n]);
        emulate_thread_locals(m);
        if (passes != NULL) {
            LLVMPassBuilderOptionsRef o = LLVMCreatePassBuilderOptions();
            LLVMErrorRef e = LLVMRunPasses(m, passes, tm, o);
            LLVMDisposePassBuilderOptions(o);
            bad = e ? LLVMGetErrorMessage(e) : NULL;
        }
        if (LLVMTargetMachineEmitToMemoryBuffer(tm, m, LLVMObjectFile, &message, &buffers[n])) {
            bad = message;
            break;
        }
        data[n] = LLVMGetBufferStart(buffers[n]);
        sizes[n] = LLVMGetBufferSize(buffers[n]);
        LLVMDisposeModule(m);
    }
    bad = bad ? bad : load_objects(data, sizes, n);
    return bad == NULL || fail(r, "compile", bad);
}

static void dispose(gen_program* p) {
    for (int i = 0; i < GEN_MAX_MODULES; i++) {
        if (p->modules[i] != NULL) {
            LLVMDisposeModule(p->modules[i]);
        }
    }
}

static bool verify(const gen_program* p, program_report* r) {
    for (int i = 0; i < GEN_MAX_MODULES && p->modules[i] != NULL; i++) {
        char* message = NULL;
        bool bad = LLVMVerifyModule(p->modules[i], LLVMReturnStatusAction, &message);
        if (bad) {
            fail(r, "the generated program is malformed", message);
        }
        LLVMDisposeMessage(message);
        if (bad) {
            return false;
        }
    }
    return true;
}

// ---- runs ------------------------------------------------------------------------------------

static bool reference(LLVMContextRef c, program_report* r, const uint64_t* skip, size_t num_skip) {
    gen_program p;
    generate(c, r->seed, true, skip, num_skip, &p);
    bool ok = verify(&p, r) && compile(p.modules, NULL, machine_fast, r);
    dispose(&p);
    if (!ok) {
        return false;
    }
    world_root_fn root;
    *(void**)&root = load_symbol("root");
    for (int i = 0; i < NUM_INPUTS; i++) {
        if (!world_run_sync(root, inputs[i][0], inputs[i][1], &traces[i], &values[i])) {
            return fail(r, "the reference run failed", world_error());
        }
    }
    return true;
}

static bool run_failed(program_report* r, int input, const world_schedule* s, uint32_t drop_at) {
    snprintf(r->message, sizeof r->message, "input %d, schedule %u, %s %u: %s", input, s->mode,
             drop_at ? "drop at pending" : "to the end", drop_at, world_error());
    return false;
}

static void note(program_report* r, int feature) {
    r->features |= UINT64_C(1) << feature;
}

// A panic at two of the suspensions, the last one included.
static bool run_panics(const tmlrt_future_desc* root, program_report* r, int i,
                       const world_schedule* s, uint32_t pendings) {
    uint32_t at[2] = {1 + (uint32_t)(r->seed % pendings), pendings};
    for (int k = 0; k < 2; k++) {
        bool happened;
        r->drops++;
        if (!world_run_panic(root, inputs[i][0], inputs[i][1], s, at[k], &traces[i], &happened)) {
            snprintf(r->message, sizeof r->message,
                     "input %d, schedule %u, panic after pending %u: %s", i, s->mode, at[k],
                     world_error());
            return false;
        }
        if (happened) {
            note(r, GEN_F_PANIC_SUSPENDED);
        }
    }
    return true;
}

static bool run_unstarted(const tmlrt_future_desc* root, program_report* r) {
    note(r, GEN_F_ROOT_UNSTARTED);
    r->drops++;
    return world_run_unstarted(root, inputs[1][0], inputs[1][1]) ||
           fail(r, "drop before the first poll", world_error());
}

static bool run_input(const tmlrt_future_desc* root, program_report* r, int i) {
    for (unsigned mode = 0; mode < 3; mode++) {
        world_schedule s = {.mode = mode,
                            .seed = r->seed * 31 + (uint64_t)i,
                            .budget = mode == 2 ? 2 : 128,
                            .slab_bytes = i == 0   ? 0
                                          : i == 1 ? 160
                                                   : 4096};
        uint32_t pendings = 0, at;
        r->runs++;
        if (!world_run_async(root, inputs[i][0], inputs[i][1], &s, 0, &traces[i], values[i],
                             &pendings)) {
            return run_failed(r, i, &s, 0);
        }
        if (world_dropped_output()) {
            note(r, GEN_F_OUTPUT_UNREAD);
        }
        bool drop = mode == 2 ? i < 2 || pendings < 24 : mode == 1 && i == 2;
        for (uint32_t k = 1; drop && k <= pendings; k++) {
            r->drops++;
            if (!world_run_async(root, inputs[i][0], inputs[i][1], &s, k, &traces[i], values[i],
                                 &at)) {
                return run_failed(r, i, &s, k);
            }
            if (world_dropped_output()) {
                note(r, GEN_F_OUTPUT_UNREAD);
            }
        }
        if (mode != 0 && pendings > 0 && !run_panics(root, r, i, &s, pendings)) {
            return false;
        }
    }
    return true;
}

static bool configuration(gen_program* p, program_report* r, program_phase phase) {
    static const char* const passes[] = {[PHASE_O0] = "default<O0>", [PHASE_O2] = "default<O2>"};
    r->phase = phase;
    // What the passes make of the lowering is under test, not the backend: its optimising mode,
    // half of the time of a program, gets one in eight.
    bool optimise = phase == PHASE_O2 && r->seed % 8 == 0;
    if (!compile(p->modules, phase == PHASE_NONE ? NULL : passes[phase],
                 optimise ? machine_o2 : machine_fast, r)) {
        return false;
    }
    const tmlrt_future_desc* root = load_symbol("root.future");
    if (root == NULL) {
        return fail(r, "lowering", "no descriptor @root.future");
    }
    for (int i = 0; i < NUM_INPUTS; i++) {
        if (!run_input(root, r, i)) {
            return false;
        }
    }
    return run_unstarted(root, r);
}

// ---- lowering --------------------------------------------------------------------------------

// Gives the importer's declarations the frames of the lowered module: what follows `f$start$` in
// the name of an entry, with commas.
static void import_frames(LLVMModuleRef importer, LLVMModuleRef lowered) {
    LLVMContextRef c = LLVMGetModuleContext(importer);
    for (LLVMValueRef f = LLVMGetFirstFunction(lowered); f != NULL; f = LLVMGetNextFunction(f)) {
        char name[128], *start;
        snprintf(name, sizeof name, "%s", LLVMGetValueName(f));
        if ((start = strstr(name, "$start$")) == NULL) {
            continue;
        }
        *start = 0;
        start += strlen("$start$");
        for (char* at = start; (at = strchr(at, '$')) != NULL;) {
            *at = ',';
        }
        LLVMValueRef declaration = LLVMGetNamedFunction(importer, name);
        if (declaration != NULL) {
            LLVMAttributeRef a =
                LLVMCreateStringAttribute(c, TMLCG_ATTR_FRAME, (unsigned)strlen(TMLCG_ATTR_FRAME),
                                          start, (unsigned)strlen(start));
            LLVMAddAttributeAtIndex(declaration, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, a);
        }
    }
}

static bool lower(gen_program* p, program_report* r) {
    // A quarter of the programs has its bodies called by their entries, not inlined.
    tmlcg_options options = {.max_inline_body = r->seed % 4 == 1 ? 8 : 0};
    char* message = NULL;
    bool ok = true;
    for (int i = GEN_MAX_MODULES - 1; i >= 0 && ok; i--) {
        ok = p->modules[i] == NULL || tmlcg_lower_module(p->modules[i], &options, &message);
        if (ok && i == 1 && p->split && p->known_frames) {
            import_frames(p->modules[0], p->modules[1]);
        }
    }
    if (!ok) {
        fail(r, "lowering", message);
        tmlcg_message_free(message);
    }
    return ok;
}

static bool try_in(LLVMContextRef c, bool generator_only, const uint64_t* skip, size_t num_skip,
                   program_report* r) {
    gen_program p;
    if (!reference(c, r, skip, num_skip)) {
        return false;
    }
    generate(c, r->seed, false, skip, num_skip, &p);
    r->features = p.features;
    r->num_statements = p.num_statements;
    memcpy(r->statements, p.statements, p.num_statements * sizeof *p.statements);
    bool ok = verify(&p, r);
    if (ok && !generator_only) {
        r->phase = PHASE_LOWER;
        ok = lower(&p, r);
        for (program_phase phase = PHASE_NONE; ok && phase <= s_last_phase; phase++) {
            ok = configuration(&p, r, phase);
        }
    }
    dispose(&p);
    return ok;
}

bool program_try(uint64_t seed, bool generator_only, const uint64_t* skip, size_t num_skip,
                 program_report* report) {
    report->seed = seed;
    report->phase = PHASE_REFERENCE;
    report->runs = report->drops = 0;
    report->message[0] = 0;
    LLVMContextRef c = LLVMContextCreate();
    bool ok = try_in(c, generator_only, skip, num_skip, report);
    LLVMContextDispose(c);
    return ok;
}

static void write_modules(const gen_program* p, uint64_t seed, const char* folder,
                          const char* form) {
    for (int i = 0; i < GEN_MAX_MODULES && p->modules[i] != NULL; i++) {
        char path[512], *message = NULL;
        snprintf(path, sizeof path, "%s/fuzz-%llu.%s%s.ll", folder, (unsigned long long)seed,
                 i == 0 ? "" : "other.", form);
        LLVMPrintModuleToFile(p->modules[i], path, &message);
        fprintf(stderr, "  wrote %s\n", path);
    }
}

void program_write(uint64_t seed, const uint64_t* skip, size_t num_skip, const char* folder) {
    static program_report r;
    gen_program p;
    r.seed = seed;
    LLVMContextRef c = LLVMContextCreate();
    generate(c, seed, true, skip, num_skip, &p);
    write_modules(&p, seed, folder, "sync");
    generate(c, seed, false, skip, num_skip, &p);
    write_modules(&p, seed, folder, "async");
    if (lower(&p, &r)) {
        write_modules(&p, seed, folder, "lowered");
    }
    LLVMContextDispose(c);
}
