// SPDX-License-Identifier: Apache-2.0
// The other kinds: class, schema, provider, module, hook, example. (route.c and stage.c have
// theirs)
//
// Names of schemas and classes are noted first, quietly, so that any node may refer to any other;
// what is wrong with them is said when the node itself is read.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

#include <string.h>

static void add_row(tcg_meta* m, uint32_t kind, LLVMValueRef* fields, uint32_t num) {
    tcg_values_push(m->ctx, &m->table[kind], tcg_meta_row(m->rows.kind[kind], fields, num));
}

static const char* quiet_name(tcg_meta* m, const tcg_meta_node* node) {
    unsigned len = 0;
    if (node->num == 0 || !tcg_meta_is_string(node->ops[0])) {
        return NULL;
    }
    const char* text = LLVMGetMDString(node->ops[0], &len);
    return tcg_format(m->ctx, "%.*s", (int)len, len > 0 ? text : "");
}

static void register_schema(tcg_meta* m, tcg_meta_schema* schema, const tcg_meta_node* node,
                            uint32_t index) {
    schema->name = quiet_name(m, node);
    if (node->num != 5 || node->ops[1] == NULL || !LLVMIsAConstant(node->ops[1])) {
        return;
    }
    LLVMTypeRef type = LLVMTypeOf(node->ops[1]);
    if (LLVMGetTypeKind(type) == LLVMStructTypeKind && tcg_meta_fixed_size(type)) {
        schema->type = type;
        schema->size = tcg_type_size(m->ctx, type);
        schema->align = tcg_type_align(m->ctx, type);
        LLVMValueRef at[] = {tcg_i32(m->ctx, 0), tcg_i32(m->ctx, index)};
        schema->ref =
            LLVMConstInBoundsGEP2(LLVMGlobalGetValueType(m->schema_array), m->schema_array, at, 2);
    }
}

void tcg_meta_register(tcg_meta* m) {
    const tcg_meta_todo* todo = &m->todo[TMLRT_KIND_SCHEMA];
    m->schemas = tcg_alloc(m->ctx, (todo->num + 1) * sizeof *m->schemas);
    m->num_schemas = todo->num;
    if (todo->num > 0) {
        LLVMTypeRef rows = LLVMArrayType2(m->rows.kind[TMLRT_KIND_SCHEMA], todo->num);
        m->schema_array = LLVMAddGlobal(m->ctx->module, rows, "tmlrt.meta.schemas");
    }
    for (uint32_t i = 0; i < todo->num; i++) {
        tcg_meta_node node = tcg_meta_open(m, todo->nodes[i]);
        register_schema(m, &m->schemas[i], &node, i);
    }
    todo = &m->todo[TMLRT_KIND_CLASS];
    m->classes = tcg_alloc(m->ctx, (todo->num + 1) * sizeof *m->classes);
    for (uint32_t i = 0; i < todo->num; i++) {
        tcg_meta_node node = tcg_meta_open(m, todo->nodes[i]);
        const char* name = quiet_name(m, &node);
        if (name != NULL && node.num == 9) {
            LLVMValueRef drop = node.ops[5];
            bool good = drop != NULL && LLVMIsAFunction(drop);
            m->classes[m->num_classes++] = (tcg_meta_class_drop){name, good ? drop : NULL};
        }
    }
}

void tcg_meta_read_schema(tcg_meta* m, const tcg_meta_node* node) {
    tcg_meta_schema* schema = &m->schemas[m->at];
    LLVMTypeRef type = tcg_meta_struct_operand(m, node->ops[1]);
    schema->drop = tcg_meta_drop_operand(m, node->ops[2]);
    schema->fields = tcg_meta_fields(m, node->ops[3], type, TCG_ROLE_FIELD);
}

void tcg_meta_read_schema_row(tcg_meta* m, const tcg_meta_node* node) {
    tcg_meta_schema* schema = &m->schemas[m->at];
    LLVMValueRef drop = tcg_meta_schema_drop_fn(m, schema, TCG_DROP_PLAIN);
    LLVMValueRef fields[] = {
        tcg_meta_text(m, schema->name),          drop == NULL ? tcg_null(m->ctx) : drop,
        tcg_meta_slot_table(m, &schema->fields), tcg_i32(m->ctx, (uint32_t)schema->size),
        tcg_i32(m->ctx, schema->align),          tcg_meta_loc(m, node->ops[4], 0, 0, NULL)};
    add_row(m, TMLRT_KIND_SCHEMA, fields, 6);
}

/// make: calls or awaits `fn`, which must return ptr.
static LLVMValueRef make_thunk(tcg_meta* m, const char* owner, LLVMValueRef fn,
                               const tcg_meta_slots* slots) {
    if (fn == NULL || LLVMIsDeclaration(fn)) {
        return tcg_null(m->ctx);
    }
    if (slots == NULL) {
        tcg_meta_check_callable(m, fn, "make", false, 1);
        if (LLVMTypeOf(LLVMGetParam(fn, 0)) != m->ctx->ptr) {
            tcg_meta_fail(m, "make: @%s must take ptr, the argument block", tcg_name(fn));
        }
    }
    if (LLVMGetReturnType(LLVMGlobalGetValueType(fn)) != m->ctx->ptr) {
        tcg_meta_fail(m, "make: @%s must return ptr, the object", tcg_name(fn));
    }
    tcg_meta_thunk_spec spec = {
        .name = tcg_format(m->ctx, "%s.make.thunk", owner), .fn = fn, .whole = slots == NULL};
    if (slots != NULL) {
        spec.slots = *slots;
    }
    return tcg_meta_thunk(m, &spec);
}

void tcg_meta_read_class(tcg_meta* m, const tcg_meta_node* node) {
    LLVMValueRef null = tcg_null(m->ctx);
    const char* name = tcg_meta_string(m, node->ops[0], "name");
    const char* base = tcg_meta_string_or_null(m, node->ops[1], "base");
    LLVMTypeRef type = tcg_meta_struct_operand(m, node->ops[2]);
    LLVMValueRef vtable = node->ops[3];
    if (vtable != NULL && (!LLVMIsAConstant(vtable) || LLVMTypeOf(vtable) != m->ctx->ptr)) {
        tcg_meta_fail(m, "vtable: expected a global or null");
    }
    LLVMValueRef make = tcg_meta_function(m, node->ops[4], "make");
    LLVMValueRef drop = tcg_meta_drop_operand(m, node->ops[5]);
    tcg_meta_slots injects = tcg_meta_fields(m, node->ops[6], type, TCG_ROLE_INJECTION);
    LLVMValueRef fields[] = {tcg_meta_text(m, name),
                             tcg_meta_text(m, base),
                             vtable == NULL ? null : vtable,
                             make_thunk(m, name, make, NULL),
                             drop == NULL ? null : drop,
                             tcg_meta_slot_table(m, &injects),
                             tcg_meta_decos(m, node->ops[7]),
                             tcg_i32(m->ctx, (uint32_t)tcg_type_size(m->ctx, type)),
                             tcg_i32(m->ctx, tcg_type_align(m->ctx, type)),
                             tcg_meta_loc(m, node->ops[8], 0, 0, NULL)};
    add_row(m, TMLRT_KIND_CLASS, fields, 10);
}

void tcg_meta_read_provider(tcg_meta* m, const tcg_meta_node* node) {
    static const char* const hows[] = {"class", "value", "factory", "alias"};
    static const char* const scopes[] = {"singleton", "request", "transient"};
    const char* token = tcg_meta_string(m, node->ops[0], "token");
    const char* target = tcg_meta_string_or_null(m, node->ops[1], "target");
    LLVMValueRef make = tcg_meta_function(m, node->ops[2], "make");
    uint32_t how = tcg_meta_word(m, node->ops[4], "how", hows, 4);
    uint32_t scope = tcg_meta_word(m, node->ops[5], "scope", scopes, 3);
    bool wants_make = how == TMLRT_PROVIDE_VALUE || how == TMLRT_PROVIDE_FACTORY;
    if (wants_make && make == NULL) {
        tcg_meta_fail(m, "make is null: a %s is what make returns", hows[how]);
    }
    if (!wants_make && target == NULL) {
        tcg_meta_fail(m, "target is null: a %s names its target", hows[how]);
    }
    if (how == TMLRT_PROVIDE_ALIAS && make != NULL) {
        tcg_meta_fail(m, "make of an alias must be null");
    }
    if (make != NULL && LLVMIsDeclaration(make)) {
        tcg_meta_skip(m);
    }
    tcg_meta_slots deps = {0};
    if (make != NULL) {
        tcg_meta_args args = tcg_meta_args_begin(m, false);
        deps = tcg_meta_params(m, node->ops[3], make, false, TCG_WHERES_OTHER, &args);
    } else if (tcg_meta_list(m, node->ops[3], "dependencies").num > 0) {
        tcg_meta_fail(m, "dependencies without make");
    }
    LLVMValueRef fields[] = {tcg_meta_text(m, token),
                             tcg_meta_text(m, target),
                             make_thunk(m, token, make, &deps),
                             tcg_meta_slot_table(m, &deps),
                             tcg_i32(m->ctx, how),
                             tcg_i32(m->ctx, scope),
                             tcg_meta_loc(m, node->ops[6], 0, 0, NULL)};
    add_row(m, TMLRT_KIND_PROVIDER, fields, 7);
}

static LLVMValueRef names(tcg_meta* m, LLVMValueRef v, const char* what) {
    tcg_meta_node list = tcg_meta_list(m, v, what);
    LLVMValueRef* rows = tcg_alloc(m->ctx, (list.num + 1) * sizeof *rows);
    for (uint32_t i = 0; i < list.num; i++) {
        rows[i] = tcg_meta_text(m, tcg_meta_string(m, list.ops[i], what));
    }
    return tcg_meta_table_of(m, m->ctx->ptr, rows, list.num);
}

void tcg_meta_read_module(tcg_meta* m, const tcg_meta_node* node) {
    LLVMValueRef fields[] = {tcg_meta_text(m, tcg_meta_string(m, node->ops[0], "name")),
                             names(m, node->ops[1], "controllers"),
                             names(m, node->ops[2], "providers"),
                             names(m, node->ops[3], "imports"),
                             names(m, node->ops[4], "exports"),
                             tcg_meta_loc(m, node->ops[5], 0, 0, NULL)};
    add_row(m, TMLRT_KIND_MODULE, fields, 6);
}

void tcg_meta_read_hook(tcg_meta* m, const tcg_meta_node* node) {
    static const char* const events[] = {"init", "bootstrap", "destroy", "before_shutdown",
                                         "shutdown"};
    const char* cls = tcg_meta_string(m, node->ops[0], "class");
    LLVMValueRef fn = tcg_meta_function(m, node->ops[1], "function");
    uint32_t event = tcg_meta_word(m, node->ops[2], "event", events, 5);
    if (fn == NULL) {
        tcg_meta_fail(m, "function is null: it was deleted before lowering; lower before any pass");
    }
    if (LLVMIsDeclaration(fn)) {
        tcg_meta_skip(m);
    }
    tcg_meta_check_callable(m, fn, "function", true, 1);
    LLVMTypeRef ret = LLVMGetReturnType(LLVMGlobalGetValueType(fn));
    if (ret != m->ctx->void_type && ret != m->ctx->i32) {
        tcg_meta_fail(m, "function: @%s must return void or i32", tcg_name(fn));
    }
    int64_t order = tcg_meta_int(m, node->ops[3], "order", INT32_MIN, INT32_MAX);
    tcg_meta_thunk_spec spec = {
        .name = tcg_format(m->ctx, "%s.%s.thunk", cls, events[event]), .fn = fn, .has_this = true};
    LLVMValueRef fields[] = {tcg_meta_text(m, cls), tcg_meta_thunk(m, &spec),
                             tcg_i32(m->ctx, event), tcg_i32(m->ctx, (uint32_t)order),
                             tcg_meta_loc(m, node->ops[4], 0, 0, NULL)};
    add_row(m, TMLRT_KIND_HOOK, fields, 5);
}

void tcg_meta_read_example(tcg_meta* m, const tcg_meta_node* node) {
    const char* response = tcg_meta_string_or_null(m, node->ops[4], "response");
    uint32_t status = (uint32_t)tcg_meta_int(m, node->ops[5], "status", 100, 599);
    LLVMValueRef fields[] = {tcg_meta_text(m, tcg_meta_string(m, node->ops[0], "class")),
                             tcg_meta_text(m, tcg_meta_string(m, node->ops[1], "member")),
                             tcg_meta_text(m, tcg_meta_string(m, node->ops[2], "title")),
                             tcg_meta_text(m, tcg_meta_string(m, node->ops[3], "request")),
                             tcg_meta_text(m, response),
                             tcg_i32(m->ctx, status),
                             tcg_i32(m->ctx, 0),
                             tcg_meta_loc(m, node->ops[6], 0, 0, NULL)};
    add_row(m, TMLRT_KIND_EXAMPLE, fields, 8);
}
