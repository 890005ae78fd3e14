// SPDX-License-Identifier: Apache-2.0
// Errors and operands of metadata nodes.
//
// Every reader takes the operand and a word that names it in errors. Strings are copied with a NUL,
// because records hold C strings; a NUL inside would cut them, so it is an error. Nothing is cached
// here but the table of file names.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/memory.h"
#include "codegen-hooks/src/meta/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void tcg_meta_skip(tcg_meta* m) {
    longjmp(m->on_node, 1);
}

void tcg_meta_fail(tcg_meta* m, const char* format, ...) {
    va_list args;
    va_start(args, format);
    char text[512];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (m->num_errors++ < TCG_META_MAX_ERRORS) {
        const char* line = tcg_format(
            m->ctx, "%s%s%s%s %u%s%s%s: %s%s", m->errors_len > 0 ? "\n" : "", m->place,
            m->place[0] != '\0' ? ": " : "", m->kind, m->index, m->name[0] != '\0' ? " (" : "",
            m->name, m->name[0] != '\0' ? ")" : "", m->path, text);
        size_t len = strlen(line);
        char* grown = tcg_resize(m->ctx->error, m->errors_len + len + 1);
        if (grown == NULL) {
            tcg_fail_memory(m->ctx);
        }
        memcpy(grown + m->errors_len, line, len + 1);
        m->ctx->error = grown;
        m->errors_len += len;
    }
    tcg_meta_skip(m);
}

void tcg_meta_try(tcg_meta* m, const char* kind, uint32_t index, void (*read)(tcg_meta*, void*),
                  void* arg) {
    m->kind = kind;
    m->index = index;
    m->depth = 0;
    m->name[0] = m->place[0] = m->path[0] = '\0';
    if (setjmp(m->on_node) == 0) {
        read(m, arg);
    }
}

size_t tcg_meta_enter(tcg_meta* m, const char* format, ...) {
    size_t mark = strlen(m->path);
    va_list args;
    va_start(args, format);
    vsnprintf(m->path + mark, sizeof m->path - mark, format, args);
    va_end(args);
    size_t len = strlen(m->path);
    snprintf(m->path + len, sizeof m->path - len, ": ");
    return mark;
}

void tcg_meta_leave(tcg_meta* m, size_t mark) {
    m->path[mark] = '\0';
}

bool tcg_meta_is_string(LLVMValueRef v) {
    return v != NULL && LLVMIsAMDString(v) != NULL;
}

// LLVM shows a node with one constant, !{i32 1}, as that constant wrapped in metadata, and counts
// one operand in it; a constant operand itself comes unwrapped. So the two can be told apart. A
// node with one null, !{null}, is shown as the empty node: that one is lost.
bool tcg_meta_is_node(LLVMValueRef v) {
    return v != NULL && LLVMIsAMDNode(v) != NULL;
}

tcg_meta_node tcg_meta_open(tcg_meta* m, LLVMValueRef v) {
    tcg_meta_node node = {.num = LLVMGetMDNodeNumOperands(v)};
    node.ops = tcg_alloc(m->ctx, (node.num + 1) * sizeof *node.ops);
    LLVMGetMDNodeOperands(v, node.ops);
    return node;
}

tcg_meta_node tcg_meta_list(tcg_meta* m, LLVMValueRef v, const char* what) {
    if (v == NULL) {
        return (tcg_meta_node){0};
    }
    if (!tcg_meta_is_node(v)) {
        tcg_meta_fail(m, "%s: expected a list !{...} or null", what);
    }
    return tcg_meta_open(m, v);
}

const char* tcg_meta_string(tcg_meta* m, LLVMValueRef v, const char* what) {
    if (!tcg_meta_is_string(v)) {
        tcg_meta_fail(m, "%s: expected a string", what);
    }
    unsigned len = 0;
    const char* text = LLVMGetMDString(v, &len);
    if (len > 0 && memchr(text, '\0', len) != NULL) {
        tcg_meta_fail(m, "%s: a NUL byte in the string", what);
    }
    return tcg_format(m->ctx, "%.*s", (int)len, len > 0 ? text : "");
}

const char* tcg_meta_string_or_null(tcg_meta* m, LLVMValueRef v, const char* what) {
    if (v != NULL && !tcg_meta_is_string(v)) {
        tcg_meta_fail(m, "%s: expected a string or null", what);
    }
    return v == NULL ? NULL : tcg_meta_string(m, v, what);
}

int64_t tcg_meta_int(tcg_meta* m, LLVMValueRef v, const char* what, int64_t min, int64_t max) {
    if (v == NULL || !LLVMIsAConstantInt(v) || LLVMGetIntTypeWidth(LLVMTypeOf(v)) > 64) {
        tcg_meta_fail(m, "%s: expected an integer constant", what);
    }
    int64_t value = LLVMConstIntGetSExtValue(v);
    if (value < min || value > max) {
        tcg_meta_fail(m, "%s: %lld is not between %lld and %lld", what, (long long)value,
                      (long long)min, (long long)max);
    }
    return value;
}

uint32_t tcg_meta_word(tcg_meta* m, LLVMValueRef v, const char* what, const char* const* words,
                       uint32_t num_words) {
    const char* text = tcg_meta_string(m, v, what);
    for (uint32_t i = 0; i < num_words; i++) {
        if (words[i] != NULL && strcmp(words[i], text) == 0) {
            return i;
        }
    }
    char list[256] = "";
    for (uint32_t i = 0; i < num_words; i++) {
        size_t len = strlen(list);
        snprintf(list + len, sizeof list - len, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    tcg_meta_fail(m, "%s: \"%s\" is not one of %s", what, text, list);
}

LLVMValueRef tcg_meta_function(tcg_meta* m, LLVMValueRef v, const char* what) {
    if (v == NULL) {
        return NULL;
    }
    while (LLVMIsAGlobalAlias(v)) {
        v = LLVMAliasGetAliasee(v);
    }
    if (!LLVMIsAFunction(v)) {
        tcg_meta_fail(m, "%s: expected a function or null", what);
    }
    return v;
}

LLVMValueRef tcg_meta_drop_operand(tcg_meta* m, LLVMValueRef v) {
    LLVMValueRef drop = tcg_meta_function(m, v, "drop");
    if (drop != NULL) {
        LLVMTypeRef type = LLVMGlobalGetValueType(drop);
        LLVMTypeRef param = NULL;
        if (LLVMCountParamTypes(type) == 1) {
            LLVMGetParamTypes(type, &param);
        }
        if (param != m->ctx->ptr || LLVMGetReturnType(type) != m->ctx->void_type ||
            tcg_has_attr(drop, TMLCG_ATTR_ASYNC)) {
            tcg_meta_fail(m, "drop: @%s must be `void (ptr)` and not async", tcg_name(drop));
        }
    }
    return drop;
}

bool tcg_meta_fixed_size(LLVMTypeRef type) {
    switch (LLVMGetTypeKind(type)) {
    case LLVMStructTypeKind:
        if (LLVMIsOpaqueStruct(type)) {
            return false;
        }
        for (unsigned i = 0; i < LLVMCountStructElementTypes(type); i++) {
            if (!tcg_meta_fixed_size(LLVMStructGetTypeAtIndex(type, i))) {
                return false;
            }
        }
        return true;
    case LLVMArrayTypeKind:
        return tcg_meta_fixed_size(LLVMGetElementType(type));
    case LLVMScalableVectorTypeKind:
    case LLVMTargetExtTypeKind:
        return false;
    default:
        return LLVMTypeIsSized(type);
    }
}

LLVMTypeRef tcg_meta_struct_operand(tcg_meta* m, LLVMValueRef v) {
    LLVMTypeRef type = v != NULL && LLVMIsAConstant(v) ? LLVMTypeOf(v) : NULL;
    if (type == NULL || LLVMGetTypeKind(type) != LLVMStructTypeKind) {
        tcg_meta_fail(m,
                      "type: expected a constant of the struct type, such as `%%struct.T poison`");
    }
    if (!tcg_meta_fixed_size(type) || tcg_type_size(m->ctx, type) > UINT32_MAX) {
        tcg_meta_fail(m, "type: the struct has no size that is known when compiling");
    }
    return type;
}

static uint32_t file_index(tcg_meta* m, const char* name) {
    for (uint32_t i = 0; i < m->num_files; i++) {
        if (strcmp(m->file_names[i], name) == 0) {
            return i;
        }
    }
    if (m->num_files == UINT16_MAX) {
        tcg_meta_fail(m, "loc: more than %u file names in one module", UINT16_MAX);
    }
    if (m->num_files == m->cap_files) {
        uint32_t cap = m->cap_files == 0 ? 8 : m->cap_files * 2;
        const char** names = tcg_alloc(m->ctx, cap * sizeof *names);
        if (m->num_files > 0) {
            memcpy(names, m->file_names, m->num_files * sizeof *names);
        }
        m->file_names = names;
        m->cap_files = cap;
    }
    m->file_names[m->num_files] = name;
    return m->num_files++;
}

static LLVMValueRef loc_row(tcg_meta* m, uint32_t line, uint32_t file, uint32_t flags) {
    LLVMValueRef fields[] = {tcg_i32(m->ctx, line), LLVMConstInt(m->rows.i16, file, 0),
                             LLVMConstInt(m->rows.i16, flags, 0)};
    return tcg_meta_row(m->rows.loc, fields, 3);
}

LLVMValueRef tcg_meta_loc_at(tcg_meta* m, const char* file, uint32_t line) {
    return loc_row(m, line, file_index(m, file), 0);
}

LLVMValueRef tcg_meta_loc(tcg_meta* m, LLVMValueRef v, uint32_t add, uint32_t clear,
                          uint32_t* out_flags) {
    uint32_t flags = 0;
    tcg_meta_node node = tcg_meta_list(m, v, "loc");
    if (out_flags != NULL) {
        *out_flags = 0;
    }
    if (v == NULL) {
        return loc_row(m, 0, file_index(m, m->unit_name), add);
    }
    if (node.num != 2 && node.num != 3) {
        tcg_meta_fail(m,
                      "loc: expected !{!\"file\", i32 line} or !{!\"file\", i32 line, i32 flags}");
    }
    const char* file = tcg_meta_string(m, node.ops[0], "loc: file");
    uint32_t line = (uint32_t)tcg_meta_int(m, node.ops[1], "loc: line", 0, INT32_MAX);
    if (node.num == 3) {
        flags = (uint32_t)tcg_meta_int(m, node.ops[2], "loc: flags", 0,
                                       TMLRT_LOC_OPTIONAL | TMLRT_LOC_OWNED | TMLRT_LOC_LAZY);
    }
    if (out_flags != NULL) {
        *out_flags = flags;
    }
    return loc_row(m, line, file_index(m, file), (flags | add) & ~clear);
}

void tcg_meta_set_place(tcg_meta* m, LLVMValueRef v) {
    m->place[0] = '\0';
    if (!tcg_meta_is_node(v)) {
        return;
    }
    tcg_meta_node node = tcg_meta_open(m, v);
    if (node.num < 2 || !tcg_meta_is_string(node.ops[0]) || node.ops[1] == NULL ||
        !LLVMIsAConstantInt(node.ops[1])) {
        return;
    }
    unsigned len = 0;
    const char* file = LLVMGetMDString(node.ops[0], &len);
    snprintf(m->place, sizeof m->place, "%.*s:%lld", (int)len, len > 0 ? file : "",
             (long long)LLVMConstIntGetSExtValue(node.ops[1]));
}
