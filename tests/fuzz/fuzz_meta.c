// SPDX-License-Identifier: Apache-2.0
// Fuzz target: decorator metadata. A good module's nodes are changed operand by operand as the
// input says; the lowering must give an error with a text or a module that verifies, and nothing
// else.
//
// Input: 4 bytes per change: which list and node, how deep, which operand, what to put there.
#include "rt/base/assert.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/IRReader.h>
#include <stdlib.h>
#include <string.h>
#include <tmlcg/hooks.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static const char s_ir[] =
    "target datalayout = "
    "\"e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-"
    "S128\"\n"
    "target triple = \"x86_64-pc-linux-gnu\"\n"
    "%class.C = type { ptr, i64 }\n"
    "%struct.D = type { i8, i64, ptr, { i32, i64 } }\n"
    "%opaque = type opaque\n"
    "@vt = constant [1 x ptr] zeroinitializer\n"
    "@llvm.used = appending global [1 x ptr] [ptr @vt], section \"llvm.metadata\"\n"
    "define %struct.D @f(ptr %this, i64 %id, %struct.D %d, ptr %l) \"tmlrt.async\" { ret %struct.D "
    "%d "
    "}\n"
    "define { i32, i64 } @g(ptr %this, i1 %b) { ret { i32, i64 } zeroinitializer }\n"
    "define void @drop(ptr %p) { ret void }\n"
    "define ptr @make(ptr %p) { ret ptr %p }\n"
    "define ptr @stage(ptr %this, ptr %a) \"tmlrt.async\" { ret ptr %a }\n"
    "declare ptr @elsewhere(ptr)\n"
    "!tmlrt.unit = !{!0}\n!tmlrt.class = !{!1}\n!tmlrt.schema = !{!2}\n"
    "!tmlrt.route = !{!3, !4, !5, !6}\n!tmlrt.provider = !{!7}\n!tmlrt.module = !{!8}\n"
    "!tmlrt.hook = !{!9}\n!tmlrt.example = !{!10}\n!tmlrt.stage = !{!11, !12, !13}\n"
    "!0 = !{i32 1, !\"u\"}\n"
    "!1 = !{!\"C\", null, %class.C poison, ptr @vt, ptr @make, ptr @drop, !{!{i32 1, !\"n\", "
    "!\"n\", "
    "!20, i64 3, null, !30}}, !{!31, !32}, !30}\n"
    "!2 = !{!\"D\", %struct.D poison, null, !{!{i32 0, !\"a\", !\"a\", !{!\"bool\"}, i1 true, "
    "null, "
    "!30}, !{i32 2, !\"l\", !\"l\", !21, null, null, !30}, !{!{i32 3, i32 1}, !\"x\", !\"x\", !20, "
    "null, null, !30}}, !30}\n"
    "!3 = !{!\"C\", !\"f\", !\"GET\", !\"/:id\", ptr @f, !22, !{!33, !{!\"body\", !\"d\", !\"d\", "
    "!22, "
    "null, null, !30}, !{!\"query\", !\"l\", !\"l\", !21, null, null, !30}}, !{!31, !32}, !30}\n"
    "!4 = !{!\"C\", !\"g\", !\"GET\", !\"/\", ptr @g, !23, !{!{!\"query\", !\"b\", !\"b\", "
    "!{!\"bool\"}, null, null, !30}}, null, !{!\"a.tml\", i32 2, i32 2}}\n"
    "!5 = !{null, !\"C\", !\"\", !\"Controller\", !\"/c\"}\n"
    "!6 = !{ptr @make, !\"C\", !\"m\", !\"Get\", !\"/m\"}\n"
    "!7 = !{!\"T\", !\"C\", ptr @make, !{!{!\"none\", !\"c\", !\"C\", !{!\"class\", !\"C\"}, null, "
    "null, !30}}, !\"factory\", !\"singleton\", !30}\n"
    "!8 = !{!\"M\", !{!\"C\"}, !{!\"T\"}, null, null, !30}\n"
    "!9 = !{!\"C\", ptr @drop, !\"init\", i32 1, !30}\n"
    "!10 = !{!\"C\", !\"f\", !\"t\", !\"GET /\", null, i32 200, !30}\n"
    "!11 = !{!\"C\", !\"middleware\", !\"m\", ptr @stage, !{!\"response\"}, !{!{!\"next\", !\"n\", "
    "!\"n\", !{!\"next\"}, null, null, !30}}, !30}\n"
    "!12 = !{!\"C\", !\"pipe\", !\"m\", ptr @stage, !{!\"str\"}, !{!{!\"value\", !\"v\", !\"v\", "
    "!{!\"str\"}, null, null, !30}}, !{!\"a.tml\", i32 2, i32 2}}\n"
    "!13 = !{!\"C\", !\"filter\", !\"m\", ptr @stage, !{!\"maybe\", !{!\"response\"}, i32 255}, "
    "!{!{"
    "!\"error\", !\"e\", !\"e\", !{!\"error\"}, null, null, !30}}, !30}\n"
    "!20 = !{!\"i64\"}\n!21 = !{!\"list\", !{!\"maybe\", !{!\"str\"}, i32 255}}\n"
    "!22 = !{!\"struct\", !\"D\"}\n!23 = !{!\"maybe\", !20, i32 8}\n!30 = !{!\"a.tml\", i32 1}\n"
    "!31 = !{!\"Get\", !{!\"/:id\", i32 1, double 0.5, !{!\"list\", !\"x\"}}, !30}\n"
    "!32 = !{!\"Named\", !{!{!\"named\", !\"k\", !{!\"sym\", !\"S\"}}}, !30}\n"
    "!33 = !{!\"path\", !\"id\", !\"id\", !20, i64 1, !{!31}, !30}\n";

static const char* const s_lists[] = {"tmlrt.unit",  "tmlrt.class",    "tmlrt.schema",
                                      "tmlrt.route", "tmlrt.provider", "tmlrt.module",
                                      "tmlrt.hook",  "tmlrt.example",  "tmlrt.stage"};
static const char* const s_words[] = {
    "",        "u64",   "str",   "list",       "maybe",      "outcome",     "poll",     "struct",
    "class",   "D",     "C",     "unit",       "request",    "body",        "query",    "none",
    "factory", "alias", "init",  "tmlrt.done", "Get",        "i32",         "response", "sym",
    "next",    "error", "value", "guard",      "middleware", "interceptor", "pipe",     "filter"};

static LLVMValueRef operand(LLVMValueRef node, unsigned i) {
    LLVMValueRef ops[64];
    unsigned num = LLVMGetMDNodeNumOperands(node);
    if (num == 0 || num > 64) {
        return NULL;
    }
    LLVMGetMDNodeOperands(node, ops);
    return ops[i % num];
}

/// What a change puts in place of an operand.
static LLVMMetadataRef new_operand(LLVMModuleRef module, LLVMValueRef parent, uint8_t what) {
    LLVMContextRef context = LLVMGetModuleContext(module);
    const char* word = s_words[what % (sizeof s_words / sizeof s_words[0])];
    LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
    static const char* const names[] = {"f", "g", "drop", "make", "elsewhere", "stage"};
    switch (what >> 5) {
    case 0:
        return NULL;
    case 1:
    case 2:
        return LLVMMDStringInContext2(context, word, strlen(word));
    case 3:
        return LLVMValueAsMetadata(LLVMConstInt(i32, (uint64_t)(int64_t)(int8_t)(what << 3), 1));
    case 4:
        return LLVMValueAsMetadata(LLVMGetNamedFunction(module, names[what % 6]));
    case 5:
        return LLVMValueAsMetadata(
            LLVMGetPoison(LLVMGetTypeByName2(context, what & 1 ? "struct.D" : "class.C")));
    case 6: {
        LLVMMetadataRef one = LLVMMDStringInContext2(context, word, strlen(word));
        return LLVMMDNodeInContext2(context, &one, what & 1);
    }
    default: { // another operand of the same node
        LLVMValueRef other = operand(parent, what);
        return other == NULL ? NULL : LLVMValueAsMetadata(other);
    }
    }
}

static void change(LLVMModuleRef module, const uint8_t* bytes) {
    const char* list = s_lists[bytes[0] % (sizeof s_lists / sizeof s_lists[0])];
    LLVMValueRef nodes[8];
    unsigned num = LLVMGetNamedMetadataNumOperands(module, list);
    LLVMGetNamedMetadataOperands(module, list, nodes);
    LLVMValueRef node = nodes[(bytes[0] >> 3) % num];
    for (unsigned depth = bytes[1] & 3, path = bytes[1] >> 2; depth > 0; depth--, path /= 3) {
        LLVMValueRef child = operand(node, path);
        if (child == NULL || LLVMIsAMDNode(child) == NULL ||
            LLVMIsAValueAsMetadata(child) != NULL) {
            break;
        }
        node = child;
    }
    unsigned count = LLVMGetMDNodeNumOperands(node);
    if (count > 0) {
        LLVMReplaceMDNodeOperandWith(node, bytes[2] % count, new_operand(module, node, bytes[3]));
    }
}

static void ignore(LLVMDiagnosticInfoRef info, void* context) {
    (void)info;
    (void)context;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(context, ignore, NULL);
    LLVMMemoryBufferRef text =
        LLVMCreateMemoryBufferWithMemoryRange(s_ir, sizeof s_ir - 1, "fuzz", 1);
    LLVMModuleRef module;
    char *message = NULL, *error = NULL;
    TRT_CHECK(!LLVMParseIRInContext(context, text, &module, &message));
    for (size_t i = 0; i + 4 <= size && i < 64; i += 4) {
        change(module, data + i);
    }
    bool ok = tmlcg_lower_module(module, NULL, &error);
    TRT_CHECK(ok == (error == NULL));
    TRT_CHECK(size >= 4 || ok);
    TRT_CHECK(ok || strlen(error) > 10);
    TRT_CHECK(!ok || !LLVMVerifyModule(module, LLVMReturnStatusAction, NULL));
    tmlcg_message_free(error);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
    return 0;
}
