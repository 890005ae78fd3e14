// SPDX-License-Identifier: Apache-2.0
// Upstream's short form: one node {function | null, owner, member, decorator, argument...} per
// decorator, in !tmlrt.route.
//
// What the form does not say is taken from where upstream puts it: the class from %class.<owner>,
// its table from @vtable.<owner>, its constructor from @tml_<owner>_new, parameters from the IR
// signature. A compiler that can write the full form should: names are spelling, and spelling
// moves.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

#include <ctype.h>
#include <llvm-c/DebugInfo.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *decorator, *method;
    bool has_body;
} s_verbs[] = {
    {"Get", "GET", false},         {"Post", "POST", true},   {"Put", "PUT", true},
    {"Delete", "DELETE", false},   {"Patch", "PATCH", true}, {"Head", "HEAD", false},
    {"Options", "OPTIONS", false}, {"Sse", "GET", false},
};

/// One node, opened.
typedef struct {
    tcg_meta_node node;
    LLVMValueRef fn;
    const char *owner, *member, *decorator;
    bool is_short, good;
    uint32_t index;
} short_node;

typedef struct {
    short_node* items;
    uint32_t num, at; ///< at: the node being read
    uint32_t verb;
} short_nodes;

bool tcg_meta_is_short(const tcg_meta_node* node) {
    return node->num >= 4 && (node->ops[0] == NULL || LLVMIsAFunction(node->ops[0])) &&
           tcg_meta_is_string(node->ops[1]) && tcg_meta_is_string(node->ops[2]) &&
           tcg_meta_is_string(node->ops[3]);
}

static void set_name(tcg_meta* m, const short_node* node) {
    snprintf(m->name, sizeof m->name, "%s%s%s", node->owner, node->member[0] == '\0' ? "" : ".",
             node->member);
}

static void open_one(tcg_meta* m, void* arg) {
    short_node* node = arg;
    node->owner = tcg_meta_string(m, node->node.ops[1], "owner");
    node->member = tcg_meta_string(m, node->node.ops[2], "member");
    node->decorator = tcg_meta_string(m, node->node.ops[3], "decorator");
    set_name(m, node);
    if (node->fn == NULL && node->member[0] != '\0') {
        tcg_meta_fail(m, "handler is null: the function was deleted before lowering; lower before "
                         "any pass");
    }
    node->good = true;
}

static LLVMValueRef function_loc(tcg_meta* m, LLVMValueRef fn) {
    LLVMMetadataRef subprogram = fn == NULL ? NULL : LLVMGetSubprogram(fn);
    return tcg_meta_loc_at(m, m->unit_name,
                           subprogram == NULL ? 0 : LLVMDISubprogramGetLine(subprogram));
}

/// The decorators of one owner and member, in the order of the nodes.
static LLVMValueRef decorators(tcg_meta* m, const short_nodes* all, const short_node* of) {
    LLVMValueRef* rows = tcg_alloc(m->ctx, (all->num + 1) * sizeof *rows);
    uint32_t num = 0;
    for (uint32_t i = 0; i < all->num; i++) {
        const short_node* node = &all->items[i];
        if (!node->good || node->fn != of->fn || strcmp(node->owner, of->owner) != 0 ||
            strcmp(node->member, of->member) != 0) {
            continue;
        }
        LLVMValueRef* args = tcg_alloc(m->ctx, node->node.num * sizeof *args);
        for (uint32_t k = 4; k < node->node.num; k++) {
            uint32_t kind;
            args[k - 4] = tcg_meta_value(m, node->node.ops[k], &kind);
        }
        rows[num++] =
            tcg_meta_deco(m, node->decorator, args, node->node.num - 4, function_loc(m, node->fn));
    }
    return tcg_meta_table_of(m, m->rows.deco, rows, num);
}

static LLVMValueRef constructor(tcg_meta* m, const char* owner) {
    LLVMValueRef fn = LLVMGetNamedFunction(m->ctx->module, tcg_format(m->ctx, "tml_%s_new", owner));
    if (fn == NULL || LLVMIsDeclaration(fn) || LLVMCountParams(fn) != 0 ||
        LLVMGetReturnType(LLVMGlobalGetValueType(fn)) != m->ctx->ptr) {
        return tcg_null(m->ctx);
    }
    tcg_meta_thunk_spec spec = {.name = tcg_format(m->ctx, "%s.make.thunk", owner), .fn = fn};
    return tcg_meta_thunk(m, &spec);
}

static void read_class(tcg_meta* m, void* arg) {
    const short_nodes* all = arg;
    const char* owner = all->items[all->at].owner;
    short_node own = {.owner = owner, .member = ""};
    snprintf(m->name, sizeof m->name, "%s", owner);
    LLVMTypeRef type = LLVMGetTypeByName2(m->ctx->context, tcg_format(m->ctx, "class.%s", owner));
    if (type == NULL || !tcg_meta_fixed_size(type)) {
        tcg_meta_fail(m, "the module has no type %%class.%s of known size", owner);
    }
    LLVMValueRef null = tcg_null(m->ctx);
    LLVMValueRef vtable =
        LLVMGetNamedGlobal(m->ctx->module, tcg_format(m->ctx, "vtable.%s", owner));
    LLVMValueRef fields[] = {tcg_meta_text(m, owner),
                             null,
                             vtable == NULL ? null : vtable,
                             constructor(m, owner),
                             null,
                             tcg_meta_table_of(m, m->rows.slot, NULL, 0),
                             decorators(m, all, &own),
                             tcg_i32(m->ctx, (uint32_t)tcg_type_size(m->ctx, type)),
                             tcg_i32(m->ctx, tcg_type_align(m->ctx, type)),
                             function_loc(m, NULL)};
    tcg_values_push(m->ctx, &m->table[TMLRT_KIND_CLASS],
                    tcg_meta_row(m->rows.kind[TMLRT_KIND_CLASS], fields, 10));
}

static bool path_has(const char* path, const char* name) {
    size_t len = strlen(name);
    for (const char* at = strchr(path, ':'); at != NULL; at = strchr(at + 1, ':')) {
        if (strncmp(at + 1, name, len) == 0 && !isalnum((unsigned char)at[1 + len]) &&
            at[1 + len] != '_') {
            return true;
        }
    }
    return false;
}

static void read_param(tcg_meta* m, tcg_meta_route_parts* route, unsigned index, bool has_body) {
    LLVMValueRef param = LLVMGetParam(route->fn, index + 1);
    const char* name = tcg_name(param);
    size_t mark = tcg_meta_enter(m, "param %u", index);
    if (name[0] == '\0') {
        tcg_meta_fail(m, "the IR parameter has no name: write the full form");
    }
    tcg_meta_slot_info* slot = &route->params.items[index];
    slot->type = tcg_meta_type_of_ir(m, LLVMTypeOf(param));
    slot->offset = tcg_meta_args_add(&route->args, slot->type);
    slot->where = path_has(route->path, name)             ? TMLRT_WHERE_PATH
                  : has_body && strcmp(name, "body") == 0 ? TMLRT_WHERE_BODY
                                                          : TMLRT_WHERE_QUERY;
    slot->record = tcg_meta_slot_row(m, slot, name, name, tcg_null(m->ctx),
                                     tcg_meta_table_of(m, m->rows.deco, NULL, 0), route->loc);
    tcg_meta_leave(m, mark);
}

static void read_route(tcg_meta* m, void* arg) {
    const short_nodes* all = arg;
    const short_node* node = &all->items[all->at];
    set_name(m, node);
    if (LLVMIsDeclaration(node->fn)) {
        tcg_meta_skip(m);
    }
    tcg_meta_check_callable(m, node->fn, "function", true, LLVMCountParams(node->fn));
    tcg_meta_route_parts route = {
        .cls = node->owner,
        .name = node->member,
        .method = s_verbs[all->verb].method,
        .path = node->node.num > 4 ? tcg_meta_string(m, node->node.ops[4], "path") : "",
        .fn = node->fn,
        .loc = function_loc(m, node->fn),
        .args = tcg_meta_args_begin(m, true),
    };
    route.params.count = LLVMCountParams(node->fn) - 1;
    route.params.items = tcg_alloc(m->ctx, (route.params.count + 1) * sizeof *route.params.items);
    for (uint32_t i = 0; i < route.params.count; i++) {
        read_param(m, &route, i, s_verbs[all->verb].has_body);
    }
    size_t mark = tcg_meta_enter(m, "answer");
    route.answer = tcg_meta_type_of_ir(m, LLVMGetReturnType(LLVMGlobalGetValueType(node->fn)));
    tcg_meta_leave(m, mark);
    route.decos = decorators(m, all, node);
    tcg_meta_add_route(m, &route);
}

static bool is_first_of_owner(const tcg_meta* m, const short_nodes* all) {
    const char* owner = all->items[all->at].owner;
    for (uint32_t i = 0; i < all->at; i++) {
        if (all->items[i].good && strcmp(all->items[i].owner, owner) == 0) {
            return false;
        }
    }
    for (uint32_t i = 0; i < m->num_classes; i++) {
        if (strcmp(m->classes[i].name, owner) == 0) {
            return false; // the full form has it
        }
    }
    return true;
}

static void read_node(tcg_meta* m, short_nodes* all) {
    const short_node* node = &all->items[all->at];
    if (is_first_of_owner(m, all)) {
        tcg_meta_try(m, "route", node->index, read_class, all);
    }
    if (node->fn == NULL) {
        return;
    }
    for (all->verb = 0; all->verb < sizeof s_verbs / sizeof s_verbs[0]; all->verb++) {
        if (strcmp(s_verbs[all->verb].decorator, node->decorator) == 0) {
            tcg_meta_try(m, "route", node->index, read_route, all);
        }
    }
}

void tcg_meta_read_short(tcg_meta* m) {
    const tcg_meta_todo* todo = &m->todo[TMLRT_KIND_ROUTE];
    short_nodes all = {.items = tcg_alloc(m->ctx, (todo->num + 1) * sizeof *all.items),
                       .num = todo->num};
    for (uint32_t i = 0; i < todo->num; i++) {
        short_node* node = &all.items[i];
        node->node = tcg_meta_open(m, todo->nodes[i]);
        node->index = todo->index[i];
        if (tcg_meta_is_short(&node->node)) {
            node->fn = node->node.ops[0];
            tcg_meta_try(m, "route", node->index, open_one, node);
        }
    }
    for (all.at = 0; all.at < all.num; all.at++) {
        if (all.items[all.at].good) {
            read_node(m, &all);
        }
    }
}
