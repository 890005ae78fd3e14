// SPDX-License-Identifier: Apache-2.0
// The metadata lowering: reads every !tmlrt.* node in an order in which what is referred to comes
// first, collects the errors of all nodes, and writes the unit when there are none.
//
// LLVM-C cannot remove a named node, so a lowered node gets "tmlrt.done" as its first operand and
// is passed over from then on. A node that two linked modules have in common is uniqued to one and
// read once. Runs first in tmlcg_lower_module, one thread.
#include "codegen-hooks/src/meta/meta.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/memory.h"
#include "codegen-hooks/src/meta/internal.h"
#include "codegen-hooks/src/spelling.h"

#include <stdio.h>
#include <string.h>

#define DONE "tmlrt.done"

typedef void read_fn(tcg_meta* m, const tcg_meta_node* node);

/// One kind of node: its list, how many operands, which one is the loc, and who reads it.
typedef struct {
    uint32_t kind;
    const char* word;
    uint32_t num_ops, num_names; ///< leading operands that name the record in errors
    read_fn* read;
    bool is_last; ///< the node is done afterwards
} reader;

// Fields of all schemas before any row or thunk, whose destructors need them.
static const reader s_readers[] = {
    {TMLRT_KIND_SCHEMA, "schema", 5, 1, tcg_meta_read_schema, false},
    {TMLRT_KIND_SCHEMA, "schema", 5, 1, tcg_meta_read_schema_row, true},
    {TMLRT_KIND_CLASS, "class", 9, 1, tcg_meta_read_class, true},
    {TMLRT_KIND_ROUTE, "route", 9, 2, tcg_meta_read_route, true},
    {TMLRT_KIND_PROVIDER, "provider", 7, 1, tcg_meta_read_provider, true},
    {TMLRT_KIND_MODULE, "module", 6, 1, tcg_meta_read_module, true},
    {TMLRT_KIND_HOOK, "hook", 5, 1, tcg_meta_read_hook, true},
    {TMLRT_KIND_EXAMPLE, "example", 7, 2, tcg_meta_read_example, true},
    {TMLRT_KIND_STAGE, "stage", 7, 3, tcg_meta_read_stage, true},
};

static bool is_done(tcg_ctx* ctx, LLVMValueRef v) {
    if (LLVMGetMDNodeNumOperands(v) == 0) {
        return false;
    }
    LLVMValueRef* ops = tcg_alloc(ctx, LLVMGetMDNodeNumOperands(v) * sizeof *ops);
    LLVMGetMDNodeOperands(v, ops);
    unsigned len = 0;
    const char* text = tcg_meta_is_string(ops[0]) ? LLVMGetMDString(ops[0], &len) : NULL;
    return text != NULL && len == strlen(DONE) && memcmp(text, DONE, len) == 0;
}

static void mark_done(tcg_meta* m, LLVMValueRef v) {
    if (LLVMGetMDNodeNumOperands(v) > 0) {
        LLVMMetadataRef done = LLVMMDStringInContext2(m->ctx->context, DONE, strlen(DONE));
        LLVMReplaceMDNodeOperandWith(v, 0, done);
    }
}

static tcg_meta_todo list_nodes(tcg_meta* m, const char* word) {
    const char* name = tcg_format(m->ctx, "tmlrt.%s", word);
    uint32_t num = LLVMGetNamedMetadataNumOperands(m->ctx->module, name);
    tcg_meta_todo todo = {tcg_alloc(m->ctx, (num + 1) * sizeof *todo.nodes),
                          tcg_alloc(m->ctx, (num + 1) * sizeof *todo.index), 0};
    LLVMValueRef* all = tcg_alloc(m->ctx, (num + 1) * sizeof *all);
    LLVMGetNamedMetadataOperands(m->ctx->module, name, all);
    tcg_map seen = {0};
    for (uint32_t i = 0; i < num; i++) {
        if (tcg_map_get(&seen, all[i]) == TCG_ABSENT && !is_done(m->ctx, all[i])) {
            tcg_map_put(m->ctx, &seen, all[i], i);
            todo.nodes[todo.num] = all[i];
            todo.index[todo.num++] = i;
        }
    }
    return todo;
}

/// What errors of a node begin with: its place and its name, as far as they can be read.
static void set_name(tcg_meta* m, const tcg_meta_node* node, uint32_t num_names) {
    if (node->num > 0) {
        tcg_meta_set_place(m, node->ops[node->num - 1]);
    }
    for (uint32_t i = 0; i < num_names && i < node->num && tcg_meta_is_string(node->ops[i]); i++) {
        unsigned len = 0;
        const char* text = LLVMGetMDString(node->ops[i], &len);
        size_t used = strlen(m->name);
        snprintf(m->name + used, sizeof m->name - used, "%s%.*s", i == 0 ? "" : ".", (int)len,
                 len > 0 ? text : "");
    }
}

typedef struct {
    const reader* by;
    LLVMValueRef value;
} one_node;

static void read_one(tcg_meta* m, void* arg) {
    const one_node* one = arg;
    tcg_meta_node node = tcg_meta_open(m, one->value);
    if (one->by->kind == TMLRT_KIND_ROUTE && tcg_meta_is_short(&node)) {
        return;
    }
    set_name(m, &node, one->by->num_names);
    if (node.num != one->by->num_ops) {
        tcg_meta_fail(m, "%u operands, expected %u", node.num, one->by->num_ops);
    }
    one->by->read(m, &node);
}

static void read_all(tcg_meta* m) {
    for (size_t r = 0; r < sizeof s_readers / sizeof s_readers[0]; r++) {
        const reader* by = &s_readers[r];
        if (r == 1 && m->num_errors > 0) {
            continue; // rows of schemas without fields would be wrong, and are not needed
        }
        const tcg_meta_todo* todo = &m->todo[by->kind];
        for (m->at = 0; m->at < todo->num; m->at++) {
            one_node one = {by, todo->nodes[m->at]};
            tcg_meta_try(m, by->word, todo->index[m->at], read_one, &one);
        }
    }
    tcg_meta_read_short(m);
}

static void mark_all(tcg_meta* m) {
    for (uint32_t kind = 0; kind < TMLRT_NUM_KINDS; kind++) {
        for (uint32_t i = 0; i < m->todo[kind].num; i++) {
            mark_done(m, m->todo[kind].nodes[i]);
        }
    }
}

static void read_unit(tcg_meta* m, void* arg) {
    tcg_meta_node node = tcg_meta_open(m, *(LLVMValueRef*)arg);
    if (node.num != 2) {
        tcg_meta_fail(m, "%u operands, expected !{i32 abi, !\"name\"}", node.num);
    }
    int64_t abi = tcg_meta_int(m, node.ops[0], "abi", 0, INT32_MAX);
    if (abi != TMLRT_META_MAJOR) {
        tcg_meta_fail(m, "abi %lld, these hooks write %d", (long long)abi, TMLRT_META_MAJOR);
    }
    const char* name = tcg_meta_string(m, node.ops[1], "name");
    m->unit_name = m->unit_name == NULL ? name : m->unit_name;
}

static void read_units(tcg_meta* m) {
    uint32_t num = LLVMGetNamedMetadataNumOperands(m->ctx->module, "tmlrt.unit");
    LLVMValueRef* units = tcg_alloc(m->ctx, (num + 1) * sizeof *units);
    LLVMGetNamedMetadataOperands(m->ctx->module, "tmlrt.unit", units);
    for (uint32_t i = 0; i < num; i++) {
        tcg_meta_try(m, "unit", i, read_unit, &units[i]);
    }
    if (m->unit_name == NULL) {
        size_t len = 0;
        const char* name = LLVMGetSourceFileName(m->ctx->module, &len);
        m->unit_name = tcg_format(m->ctx, "%.*s", (int)len, len > 0 ? name : "");
    }
}

/// A list !tmlrt.<word> that this version does not know would be lost in silence.
static void refuse_unknown_lists(tcg_meta* m) {
    for (LLVMNamedMDNodeRef list = LLVMGetFirstNamedMetadata(m->ctx->module); list != NULL;
         list = LLVMGetNextNamedMetadata(list)) {
        size_t len = 0;
        const char* raw = LLVMGetNamedMetadataName(list, &len);
        const char* name = tcg_format(m->ctx, "%.*s", (int)len, raw);
        bool known = !tcg_is_reserved(name) || strcmp(name, "tmlrt.unit") == 0;
        const char* nearest = "tmlrt.unit";
        for (size_t r = 0; r < sizeof s_readers / sizeof s_readers[0]; r++) {
            const char* other = tcg_format(m->ctx, "tmlrt.%s", s_readers[r].word);
            known = known || strcmp(name, other) == 0;
            nearest = tcg_distance(name, other) < tcg_distance(name, nearest) ? other : nearest;
        }
        if (!known) {
            tcg_fail(m->ctx, NULL,
                     "metadata !%s: not a kind of decorator record this version knows: did you "
                     "mean !%s?",
                     name, nearest);
        }
    }
}

static void take_errors(tcg_meta* m) {
    if (m->num_errors > TCG_META_MAX_ERRORS) {
        const char* more = tcg_format(m->ctx, "%s\nand %u more bad nodes", m->ctx->error,
                                      m->num_errors - TCG_META_MAX_ERRORS);
        tcg_release(m->ctx->error);
        m->ctx->error = tcg_copy_text(more);
    }
}

bool tcg_meta_lower(tcg_ctx* ctx) {
    tcg_meta* m = tcg_alloc(ctx, sizeof *m);
    m->ctx = ctx;
    refuse_unknown_lists(m);
    uint32_t num = 0;
    for (size_t r = 1; r < sizeof s_readers / sizeof s_readers[0]; r++) {
        m->todo[s_readers[r].kind] = list_nodes(m, s_readers[r].word);
        num += m->todo[s_readers[r].kind].num;
    }
    if (num == 0) {
        return true;
    }
    tcg_meta_rows_init(m);
    read_units(m);
    tcg_meta_register(m);
    read_all(m);
    if (m->num_errors > 0) {
        take_errors(m);
        return false;
    }
    mark_all(m);
    tcg_meta_image(m);
    return true;
}
