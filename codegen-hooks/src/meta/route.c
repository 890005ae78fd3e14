// SPDX-License-Identifier: Apache-2.0
// Routes: one record and one thunk per handler and path.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

void tcg_meta_add_route(tcg_meta* m, const tcg_meta_route_parts* route) {
    tcg_meta_thunk_spec spec = {
        .name = tcg_format(m->ctx, "%s.%s.thunk", route->cls, route->name),
        .fn = route->fn,
        .has_this = true,
        .slots = route->params,
        .answer = route->answer,
        .owned_str = route->owned_str,
    };
    if (route->args.size > UINT32_MAX) {
        tcg_meta_fail(m, "the parameters are larger than a record can say");
    }
    uint64_t align = route->args.align;
    uint64_t size = (route->args.size + align - 1) / align * align;
    LLVMValueRef null = tcg_null(m->ctx);
    LLVMValueRef fields[] = {tcg_meta_text(m, route->cls),
                             tcg_meta_text(m, route->name),
                             tcg_meta_text(m, route->method),
                             tcg_meta_text(m, route->path),
                             tcg_meta_thunk(m, &spec),
                             null,
                             null,
                             tcg_meta_type_record(m, route->answer),
                             tcg_meta_slot_table(m, &route->params),
                             route->decos,
                             tcg_i32(m->ctx, (uint32_t)size),
                             tcg_i32(m->ctx, (uint32_t)align),
                             route->loc};
    tcg_values_push(m->ctx, &m->table[TMLRT_KIND_ROUTE],
                    tcg_meta_row(m->rows.kind[TMLRT_KIND_ROUTE], fields, 13));
}

static void check_method(tcg_meta* m, const char* method) {
    for (const char* p = method; *p != '\0'; p++) {
        if (*p < 'A' || *p > 'Z') {
            tcg_meta_fail(m, "method: \"%s\" is not in capital letters", method);
        }
    }
    if (*method == '\0') {
        tcg_meta_fail(m, "method: the string is empty");
    }
}

void tcg_meta_read_route(tcg_meta* m, const tcg_meta_node* node) {
    uint32_t flags = 0;
    tcg_meta_route_parts route = {
        .cls = tcg_meta_string(m, node->ops[0], "class"),
        .name = tcg_meta_string(m, node->ops[1], "member"),
        .method = tcg_meta_string(m, node->ops[2], "method"),
        .path = tcg_meta_string(m, node->ops[3], "path"),
    };
    check_method(m, route.method);
    if (node->ops[4] == NULL) {
        tcg_meta_fail(m, "handler is null: the function was deleted before lowering; lower before "
                         "any pass");
    }
    route.fn = tcg_meta_function(m, node->ops[4], "handler");
    if (LLVMIsDeclaration(route.fn)) {
        tcg_meta_skip(m); // the module that defines it has the record
    }
    route.args = tcg_meta_args_begin(m, true);
    route.params = tcg_meta_params(m, node->ops[6], route.fn, true, TCG_WHERES_OTHER, &route.args);
    size_t mark = tcg_meta_enter(m, "answer");
    route.answer = tcg_meta_type(
        m, node->ops[5], LLVMGetReturnType(LLVMGlobalGetValueType(route.fn)), TCG_ROLE_ANSWER);
    tcg_meta_leave(m, mark);
    route.decos = tcg_meta_decos(m, node->ops[7]);
    route.loc = tcg_meta_loc(m, node->ops[8], 0, TMLRT_LOC_OWNED, &flags);
    route.owned_str = (flags & TMLRT_LOC_OWNED) != 0;
    tcg_meta_add_route(m, &route);
}
