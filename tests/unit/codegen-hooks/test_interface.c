// SPDX-License-Identifier: Apache-2.0
// tmlcg_print_interface: the same lines before and after the lowering, and an importer that uses
// them.
#include <tmlcg/hooks.h>

#include "tests/support/harness.h"

#include <llvm-c/IRReader.h>
#include <stdio.h>

static const char s_callee[] =
    "target datalayout = \"e-m:e-i64:64-f80:128-n8:16:32:64-S128\"\n"
    "%pair = type { i64, ptr }\n"
    "%big = type { i64, i64, i64 }\n"
    "declare void @tmlrt.suspend()\n"
    "define internal i64 @hidden(i64 %x) \"tmlrt.async\" {\n ret i64 %x\n}\n"
    "define %pair @\"a name\"(i64 %x, ptr byval(%big) %b) \"tmlrt.async\" {\n"
    " call void @tmlrt.suspend()\n %v = insertvalue %pair undef, i64 %x, 0\n ret %pair %v\n}\n"
    "define void @into(ptr sret(%big) %to) \"tmlrt.async\" {\n ret void\n}\n";

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

TEST(interface__unlowered_and_lowered__same_lines) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = parse(context, s_callee);
    REQUIRE(module != NULL);
    char *before = NULL, *after = NULL, *error = NULL;
    EXPECT(tmlcg_print_interface(module, NULL, &before, &error));
    EXPECT(LLVMGetNamedFunction(module, "into") != NULL); // not changed
    EXPECT(tmlcg_lower_module(module, NULL, &error));
    EXPECT(tmlcg_print_interface(module, NULL, &after, &error));
    EXPECT_STR(before, after);
    EXPECT(strstr(before, "declare %pair @\"a name\"(i64, ptr byval(%big)) \"tmlrt.async\" "
                          "\"tmlrt.frame\"=\"") != NULL);
    EXPECT(strstr(before, "declare void @into(ptr sret(%big)) \"tmlrt.async\"") != NULL);
    EXPECT(strstr(before, "hidden") == NULL);
    tmlcg_message_free(before);
    tmlcg_message_free(after);
    tmlcg_message_free(error);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
}

// The line is pasted into another module; its start call names the symbol that the callee defines.
TEST(interface__pasted__caller_and_callee_agree_on_the_start_symbol) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef callee = parse(context, s_callee);
    REQUIRE(callee != NULL);
    char *lines = NULL, *error = NULL, text[4096];
    EXPECT(tmlcg_print_interface(callee, NULL, &lines, &error));
    snprintf(text, sizeof(text),
             "target datalayout = \"e-m:e-i64:64-f80:128-n8:16:32:64-S128\"\n"
             "%%pair = type { i64, ptr }\n%%big = type { i64, i64, i64 }\n%s"
             "define i64 @caller(ptr %%b) \"tmlrt.async\" {\n"
             " %%v = call %%pair @\"a name\"(i64 1, ptr byval(%%big) %%b) \"tmlrt.await\"\n"
             " %%r = extractvalue %%pair %%v, 0\n ret i64 %%r\n}\n",
             lines);
    LLVMModuleRef caller = parse(context, text);
    REQUIRE(caller != NULL);
    EXPECT(tmlcg_lower_module(callee, NULL, &error));
    EXPECT(tmlcg_lower_module(caller, NULL, &error));
    int found = 0;
    for (LLVMValueRef f = LLVMGetFirstFunction(caller); f != NULL; f = LLVMGetNextFunction(f)) {
        size_t len = 0;
        const char* name = LLVMGetValueName2(f, &len);
        if (strncmp(name, "a name$start$", 13) == 0) {
            found++;
            LLVMValueRef other = LLVMGetNamedFunction(callee, name);
            EXPECT(other != NULL && LLVMCountBasicBlocks(other) != 0);
        }
    }
    EXPECT_EQ(found, 1);
    tmlcg_message_free(lines);
    tmlcg_message_free(error);
    LLVMDisposeModule(callee);
    LLVMDisposeModule(caller);
    LLVMContextDispose(context);
}

TEST(lower__options__target_data_and_inline_limit) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = parse(context, s_callee);
    REQUIRE(module != NULL);
    LLVMTargetDataRef data = LLVMCreateTargetData("e-m:e-i64:64-i128:128-f80:128-n8:16:32:64-S128");
    tmlcg_options options = {.target_data = data, .max_inline_body = 1};
    char* error = NULL;
    EXPECT(tmlcg_lower_module(module, &options, &error));
    LLVMValueRef body = LLVMGetNamedFunction(module, "a name.body");
    unsigned kind = LLVMGetEnumAttributeKindForName("alwaysinline", 12);
    REQUIRE(body != NULL);
    EXPECT(LLVMGetEnumAttributeAtIndex(body, LLVMAttributeFunctionIndex, kind) == NULL);
    EXPECT(LLVMGetNamedFunction(module, "a name.run") == NULL);
    tmlcg_message_free(error);
    LLVMDisposeTargetData(data);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
}

// The tool takes the layout from the target; a compiler may bring any.
TEST(lower__functions_in_another_address_space__refused) {
    LLVMContextRef context = LLVMContextCreate();
    LLVMModuleRef module = parse(context, "target datalayout = \"e-i64:64-P1\"\n"
                                          "define i64 @f(i64 %x) addrspace(1) \"tmlrt.async\" {\n"
                                          " ret i64 %x\n}\n");
    REQUIRE(module != NULL);
    char* error = NULL;
    EXPECT(!tmlcg_lower_module(module, NULL, &error));
    EXPECT(error != NULL && strstr(error, "`P1`") != NULL);
    tmlcg_message_free(error);
    LLVMDisposeModule(module);
    LLVMContextDispose(context);
}
