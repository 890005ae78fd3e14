// SPDX-License-Identifier: Apache-2.0
// LLVM accepts any string attribute, so a misspelt marker would be lost in silence: an await that
// is a plain call, a frame that nobody destroys. Every attribute and every declared function with
// our prefix is therefore held against the tables before anything else looks at the module. Names
// of metadata are checked where they are read (meta/meta.c).
//
// Called by lower_module.c first; errors leave by tcg_fail; one thread.
#include "codegen-hooks/src/spelling.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/marker.h"

#include <string.h>

enum { ON_DEFINITION = 1, ON_DECLARATION = 2, ON_FUNCTION = 3, ON_CALL = 4, ON_VALUE = 0 };
enum { MAX_LETTERS = 64 };

typedef struct {
    const char* name;
    uint8_t places;
    bool is_bare;     ///< it has no value
    bool needs_async; ///< says something about an async function
} attribute;

static const attribute s_attributes[] = {
    {TMLCG_ATTR_ASYNC, ON_FUNCTION, false, false},
    {TMLCG_ATTR_FRAME, ON_DECLARATION, false, true},
    {TMLCG_ATTR_DROP_ARGS, ON_FUNCTION, false, true},
    {TMLCG_ATTR_DROP_OUTPUT, ON_FUNCTION, false, true},
    {TMLCG_ATTR_MAIN, ON_DEFINITION, true, true},
    {TMLCG_ATTR_AWAIT, ON_CALL, true, false},
    {TMLCG_ATTR_BLOCK_ON, ON_CALL, true, false},
};
enum { NUM_ATTRIBUTES = sizeof(s_attributes) / sizeof(s_attributes[0]) };

/// Where the attributes being looked at stand.
typedef struct {
    tcg_ctx* ctx;
    LLVMValueRef where; ///< a function or a call
    uint8_t place;
    const char* part; ///< "", or the words for a parameter or result
} site;

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool tcg_is_reserved(const char* name) {
    static const char prefix[] = "tmlrt";
    for (size_t i = 0; i < sizeof(prefix) - 1; i++) {
        if (lower(name[i]) != prefix[i]) {
            return false;
        }
    }
    return true;
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

uint32_t tcg_distance(const char* a, const char* b) {
    uint32_t row[3][MAX_LETTERS];
    size_t a_len = strnlen(a, MAX_LETTERS - 1);
    size_t b_len = strnlen(b, MAX_LETTERS - 1);
    size_t shorter = a_len < b_len ? a_len : b_len;
    if (a_len != b_len && shorter > sizeof("tmlrt.") - 1 && strncmp(a, b, shorter) == 0) {
        return 1;
    }
    for (size_t k = 0; k <= b_len; k++) {
        row[0][k] = (uint32_t)k;
    }
    for (size_t i = 1; i <= a_len; i++) {
        uint32_t* now = row[i % 3];
        const uint32_t* before = row[(i + 2) % 3];
        now[0] = (uint32_t)i;
        for (size_t k = 1; k <= b_len; k++) {
            uint32_t change = before[k - 1] + (a[i - 1] != b[k - 1]);
            now[k] = least(change, least(before[k], now[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                now[k] = least(now[k], row[(i + 1) % 3][k - 2] + 1);
            }
        }
    }
    return row[a_len % 3][b_len];
}

static const attribute* find_attribute(const char* name) {
    for (size_t i = 0; i < NUM_ATTRIBUTES; i++) {
        if (strcmp(s_attributes[i].name, name) == 0) {
            return &s_attributes[i];
        }
    }
    return NULL;
}

static const char* nearest_attribute(const char* name) {
    const char* found = s_attributes[0].name;
    for (size_t i = 1; i < NUM_ATTRIBUTES; i++) {
        const char* other = s_attributes[i].name;
        found = tcg_distance(name, other) < tcg_distance(name, found) ? other : found;
    }
    return found;
}

static const char* words_for(uint8_t places) {
    switch (places) {
    case ON_CALL:
        return "the call";
    case ON_DECLARATION:
        return "a declaration, as `tmlcg interface` prints it";
    case ON_DEFINITION:
        return "a definition";
    default:
        return "the function";
    }
}

static void check_attribute(const site* at, const char* name, const char* value) {
    const attribute* known = find_attribute(name);
    if (known == NULL) {
        tcg_fail(at->ctx, at->where,
                 "\"%s\"%s is not an attribute of the hooks: did you mean \"%s\"?", name, at->part,
                 nearest_attribute(name));
    }
    if ((known->places & at->place) == 0) {
        tcg_fail(at->ctx, at->where, "\"%s\"%s has no meaning here: it belongs on %s", name,
                 at->part, words_for(known->places));
    }
    if (known->is_bare && value[0] != '\0') {
        tcg_fail(at->ctx, at->where, "\"%s\"=\"%s\": this attribute has no value", name, value);
    }
    if (known->needs_async && !tcg_has_attr(at->where, TMLCG_ATTR_ASYNC)) {
        tcg_fail(at->ctx, at->where,
                 "\"%s\" is for an async function: give it \"" TMLCG_ATTR_ASYNC "\"", name);
    }
}

// check_list looks at the string attributes among `count`.
static void check_list(const site* at, LLVMAttributeRef* list, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (!LLVMIsStringAttribute(list[i])) {
            continue;
        }
        unsigned name_len = 0;
        unsigned value_len = 0;
        const char* name = LLVMGetStringAttributeKind(list[i], &name_len);
        const char* value = LLVMGetStringAttributeValue(list[i], &value_len);
        if (name_len < 5 || !tcg_is_reserved(name)) {
            continue;
        }
        check_attribute(at, tcg_format(at->ctx, "%.*s", (int)name_len, name),
                        tcg_format(at->ctx, "%.*s", (int)value_len, value != NULL ? value : ""));
    }
}

// part_of names an attribute index: the whole function or call, its result, a parameter.
static const char* part_of(tcg_ctx* ctx, unsigned index) {
    if (index == (unsigned)LLVMAttributeFunctionIndex) {
        return "";
    }
    return index == 0 ? " on the result" : tcg_format(ctx, " on parameter %u", index - 1);
}

static void check_index(tcg_ctx* ctx, LLVMValueRef where, uint8_t place, unsigned index) {
    bool is_call = (place & ON_CALL) != 0;
    unsigned count = is_call ? LLVMGetCallSiteAttributeCount(where, index)
                             : LLVMGetAttributeCountAtIndex(where, index);
    if (count == 0) {
        return;
    }
    LLVMAttributeRef* list = tcg_alloc(ctx, count * sizeof(LLVMAttributeRef));
    if (is_call) {
        LLVMGetCallSiteAttributes(where, index, list);
    } else {
        LLVMGetAttributesAtIndex(where, index, list);
    }
    bool is_whole = index == (unsigned)LLVMAttributeFunctionIndex;
    site at = {ctx, where, is_whole ? place : ON_VALUE, part_of(ctx, index)};
    check_list(&at, list, count);
}

static void check_call(tcg_ctx* ctx, LLVMValueRef call) {
    uint32_t num_args = LLVMGetNumArgOperands(call);
    check_index(ctx, call, ON_CALL, (unsigned)LLVMAttributeFunctionIndex);
    for (unsigned i = 0; i <= num_args; i++) {
        check_index(ctx, call, ON_CALL, i);
    }
    if (tcg_has_call_attr(call, TMLCG_ATTR_AWAIT) && tcg_has_call_attr(call, TMLCG_ATTR_BLOCK_ON)) {
        tcg_fail(ctx, call,
                 "\"" TMLCG_ATTR_AWAIT "\" and \"" TMLCG_ATTR_BLOCK_ON
                 "\" on one call: keep await in an async function, block_on in others");
    }
}

static void check_function(tcg_ctx* ctx, LLVMValueRef function) {
    const char* name = tcg_name(function);
    if (strncmp(name, "tmlrt.", 6) == 0 && LLVMCountBasicBlocks(function) == 0 &&
        tcg_marker_named(name) == NULL) {
        LLVMUseRef use = LLVMGetFirstUse(function);
        bool is_called = use != NULL && LLVMIsAInstruction(LLVMGetUser(use));
        tcg_fail(ctx, is_called ? LLVMGetUser(use) : function,
                 "@%s is not a marker: did you mean @%s?", name, tcg_marker_nearest(name));
    }
    uint8_t place = LLVMCountBasicBlocks(function) != 0 ? ON_DEFINITION : ON_DECLARATION;
    uint32_t num_params = LLVMCountParams(function);
    check_index(ctx, function, place, (unsigned)LLVMAttributeFunctionIndex);
    for (unsigned i = 0; i <= num_params; i++) {
        check_index(ctx, function, place, i);
    }
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b)) {
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
            if (LLVMIsACallInst(i) || LLVMIsAInvokeInst(i) || LLVMIsACallBrInst(i)) {
                check_call(ctx, i);
            }
        }
    }
}

void tcg_check_spelling(tcg_ctx* ctx) {
    for (LLVMValueRef f = LLVMGetFirstFunction(ctx->module); f; f = LLVMGetNextFunction(f)) {
        check_function(ctx, f);
    }
}
