// SPDX-License-Identifier: Apache-2.0
// Every allocation of a lowering fails once: the error says so, nothing of ours is left, and the
// next lowering works.
#include "codegen-hooks/src/memory.h"

#include <tmlcg/hooks.h>

#include "tests/support/harness.h"

#include <llvm-c/IRReader.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_ALLOCATIONS = 20000 };

#define LAYOUT                                                                                     \
    "target datalayout = "                                                                         \
    "\"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128\"\n"

// Static, arena, opaque and dyn awaits, future values, boxes, tasks, block_on, cleanups, debug
// info, drop functions, a struct return, and records of two kinds with a thunk.
static const char s_rich[] = LAYOUT
    "%three = type { i64, i64, i64 }\n"
    "%class.Greeter = type { ptr }\n"
    "%struct.Greeting = type { ptr, i64 }\n"
    "@vtable.Greeter = constant {} zeroinitializer\n"
    "declare void @tmlrt.suspend()\n"
    "declare i1 @tmlrt.dropped()\n"
    "declare void @tmlrt.coop()\n"
    "declare ptr @tmlrt.context()\n"
    "declare ptr @tmlrt.future(ptr, ...)\n"
    "declare void @tmlrt.await.future(ptr, ptr, ptr)\n"
    "declare void @tmlrt.drop.future(ptr, ptr)\n"
    "declare ptr @tmlrt.box(ptr, ...)\n"
    "declare ptr @tmlrt.desc(ptr)\n"
    "declare void @tmlrt.await.dyn(ptr, ptr, ptr)\n"
    "declare void @tmlrt.drop.box(ptr, ptr)\n"
    "declare ptr @tmlrt.spawn(ptr, ...)\n"
    "declare void @use(ptr)\n"
    "declare void @panic(ptr)\n"
    "declare i64 @far(i64) \"tmlrt.async\"\n"
    "define internal void @into(ptr sret(%three) %to, ptr byval(%three) %from) \"tmlrt.async\" {\n"
    " %v = load %three, ptr %from\n store %three %v, ptr %to\n call void @tmlrt.suspend()\n"
    " ret void\n}\n"
    "define i64 @leaf(i64 %x) \"tmlrt.async\" \"tmlrt.drop.args\"=\"leaf_args\" !dbg !5 {\n"
    " call void @tmlrt.suspend(), !dbg !7\n ret i64 %x, !dbg !7\n}\n"
    "define i64 @self(i64 %n) \"tmlrt.async\" {\n"
    "entry:\n %c = icmp eq i64 %n, 0\n br i1 %c, label %no, label %yes\n"
    "yes:\n %m = sub i64 %n, 1\n %r = call i64 @self(i64 %m) \"tmlrt.await\"\n ret i64 %r\n"
    "no:\n call void @panic(ptr null)\n unreachable\n}\n"
    "define i64 @all(i64 %x) \"tmlrt.async\" {\n"
    "entry:\n %cell = alloca i64\n %out = alloca i64\n %a = alloca %three\n %b = alloca %three\n"
    " store i64 %x, ptr %cell\n call void @use(ptr %cell)\n"
    " %cx = call ptr @tmlrt.context()\n"
    " %v = call i64 @leaf(i64 %x) \"tmlrt.await\"\n"
    " %d = call i1 @tmlrt.dropped()\n br i1 %d, label %gone, label %on\n"
    "gone:\n call void @use(ptr %cell)\n ret i64 undef\n"
    "on:\n %w = call i64 @far(i64 %v) \"tmlrt.await\"\n call void @tmlrt.coop()\n"
    " call void @into(ptr sret(%three) %a, ptr byval(%three) %b) \"tmlrt.await\"\n"
    " %f = call ptr (ptr, ...) @tmlrt.future(ptr @leaf, i64 %w)\n"
    " call void @tmlrt.await.future(ptr %f, ptr @leaf, ptr %out)\n"
    " call void @tmlrt.drop.future(ptr %f, ptr @leaf)\n"
    " %box = call ptr (ptr, ...) @tmlrt.box(ptr @leaf, i64 %v)\n"
    " %desc = call ptr @tmlrt.desc(ptr @leaf)\n"
    " call void @tmlrt.await.dyn(ptr %box, ptr %desc, ptr %out)\n"
    " call void @tmlrt.drop.box(ptr %box, ptr %desc)\n"
    " %task = call ptr (ptr, ...) @tmlrt.spawn(ptr @leaf, i64 %v)\n call void @use(ptr %task)\n"
    " %s = call i64 @self(i64 %v) \"tmlrt.await\"\n %o = load i64, ptr %out\n"
    " %sum = add i64 %o, %s\n ret i64 %sum\n}\n"
    "define i64 @wait(i64 %x) {\n %v = call i64 @all(i64 %x) \"tmlrt.block_on\"\n ret i64 %v\n}\n"
    "define i32 @program() \"tmlrt.async\" \"tmlrt.main\" {\n ret i32 0\n}\n"
    "define %struct.Greeting @greet(ptr %this, ptr %name) \"tmlrt.async\" {\n"
    " %g = insertvalue %struct.Greeting undef, ptr %name, 0\n ret %struct.Greeting %g\n}\n"
    "!tmlrt.unit = !{!20}\n!tmlrt.class = !{!21}\n!tmlrt.route = !{!22}\n!tmlrt.schema = !{!23}\n"
    "!20 = !{i32 1, !\"greet\"}\n"
    "!21 = !{!\"Greeter\", null, %class.Greeter poison, ptr @vtable.Greeter, null, null, null, "
    "!{!{!\"Controller\", !{!\"/greet\"}, !25}}, !25}\n"
    "!22 = !{!\"Greeter\", !\"greet\", !\"GET\", !\"/:name\", ptr @greet, !{!\"struct\", "
    "!\"Greeting\"}, !{!{!\"path\", !\"name\", !\"name\", !26, null, null, !25}}, "
    "!{!{!\"Get\", !{!\"/:name\"}, !25}}, !25}\n"
    "!23 = !{!\"Greeting\", %struct.Greeting poison, null, !{!{i32 0, !\"text\", !\"text\", !26, "
    "null, "
    "null, !25}, !{i32 1, !\"count\", !\"count\", !{!\"i64\"}, null, null, !25}}, !25}\n"
    "!25 = !{!\"greet.tml\", i32 2}\n!26 = !{!\"str\"}\n"
    "!llvm.dbg.cu = !{!0}\n!llvm.module.flags = !{!2}\n"
    "!0 = distinct !DICompileUnit(language: DW_LANG_C99, file: !1, emissionKind: FullDebug)\n"
    "!1 = !DIFile(filename: \"leaf.tml\", directory: \".\")\n"
    "!2 = !{i32 2, !\"Debug Info Version\", i32 3}\n"
    "!5 = distinct !DISubprogram(name: \"leaf\", file: !1, line: 1, type: !6, unit: !0, spFlags: "
    "DISPFlagDefinition)\n"
    "!6 = !DISubroutineType(types: !{null})\n!7 = !DILocation(line: 2, scope: !5)\n";

// Bad nodes and a bad marker: the messages are allocated too.
static const char s_bad[] = LAYOUT
    "%struct.A = type { i64 }\n"
    "!tmlrt.schema = !{!1, !2}\n"
    "!1 = !{!\"A\", %struct.A poison, null, !{!{i32 0, !\"a\", !\"a\", !{!\"str\"}, null, null, "
    "null}}, null}\n"
    "!2 = !{!\"B\", null}\n";

typedef struct {
    long calls, fail_at, blocks;
} counter;

// Fails the call number `fail_at` (from 1); counts blocks that are not given back.
static void* counted(void* state, void* old, size_t size) {
    counter* c = state;
    if (size == 0) {
        c->blocks--;
        free(old);
        return NULL;
    }
    if (++c->calls == c->fail_at) {
        return NULL;
    }
    c->blocks += old == NULL;
    return realloc(old, size);
}

static LLVMModuleRef parse(LLVMContextRef context, const char* text) {
    LLVMMemoryBufferRef buffer =
        LLVMCreateMemoryBufferWithMemoryRangeCopy(text, strlen(text), "test");
    LLVMModuleRef module = NULL;
    char* message = NULL;
    if (LLVMParseIRInContext(context, buffer, &module, &message)) {
        test_fail(__FILE__, __LINE__, "%s", message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    return module;
}

typedef bool (*step)(LLVMModuleRef module, char** out_error);

static bool lower(LLVMModuleRef module, char** out_error) {
    return tmlcg_lower_module(module, NULL, out_error);
}

static bool print(LLVMModuleRef module, char** out_error) {
    char* text = NULL;
    bool ok = tmlcg_print_interface(module, NULL, &text, out_error);
    EXPECT(ok == (text != NULL));
    tmlcg_message_free(text);
    return ok;
}

// sweep_one fails one allocation; returns true when the step has so many.
static bool sweep_one(const char* text, step run, long fail_at, bool ends_well) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = parse(context, text);
    counter c = {.fail_at = fail_at};
    char* error = NULL;
    tcg_memory_set(counted, &c);
    bool ok = run(module, &error);
    bool has_failed = c.calls >= c.fail_at && c.fail_at != 0;
    EXPECT(ok == (ends_well && !has_failed));
    EXPECT(ok == (error == NULL));
    if (error != NULL && (has_failed || ends_well)) {
        EXPECT_STR(error, "out of memory");
    }
    tmlcg_message_free(error);
    tcg_memory_set(NULL, NULL);
    EXPECT_EQ(c.blocks, 0);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
    return has_failed;
}

static void sweep(const char* text, step run, bool ends_well) {
    long at = 1;
    while (at < MAX_ALLOCATIONS && sweep_one(text, run, at, ends_well)) {
        at++;
    }
    EXPECT(at > 10);
    EXPECT(at < MAX_ALLOCATIONS);
    printf("%ld allocations, each failed once\n", at - 1);
    sweep_one(text, run, 0, ends_well);
}

TEST(lower__nth_allocation_fails__out_of_memory_and_nothing_left) {
    sweep(s_rich, lower, true);
}

TEST(lower__nth_allocation_of_an_error_fails__out_of_memory_and_nothing_left) {
    sweep(s_bad, lower, false);
}

TEST(print_interface__nth_allocation_fails__out_of_memory_and_nothing_left) {
    sweep(s_rich, print, true);
}
