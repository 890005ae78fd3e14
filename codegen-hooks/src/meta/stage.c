// SPDX-License-Identifier: Apache-2.0
// Stages: one record and one thunk per method that a pipeline can run.
//
// A role decides what the method takes and returns; the table below is the whole rule. A pipe's
// answer replaces the parameter's value byte by byte, so the two types must be one.
#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/meta/internal.h"

static const char* const s_roles[TMLRT_NUM_ROLES] = {
#define WORD(name, value, ir) [value] = ir,
    TMLRT_META_ROLE_MAP(WORD)
#undef WORD
};

/// What a role needs once; it may have the request beside it, and nothing else.
static const struct {
    uint32_t where; ///< NONE: nothing
    const char *takes, *returns;
} s_signatures[TMLRT_NUM_ROLES] = {
    [TMLRT_ROLE_MIDDLEWARE] = {TMLRT_WHERE_NEXT, "next once and request at most once",
                               "response, or an outcome of it"},
    [TMLRT_ROLE_GUARD] = {TMLRT_WHERE_NONE, "request at most once", "bool, or an outcome of it"},
    [TMLRT_ROLE_INTERCEPTOR] = {TMLRT_WHERE_NEXT, "next once and request at most once",
                                "response, or an outcome of it"},
    [TMLRT_ROLE_PIPE] = {TMLRT_WHERE_VALUE, "value once and request at most once",
                         "the type of its value, or an outcome of it"},
    [TMLRT_ROLE_FILTER] = {TMLRT_WHERE_ERROR, "error once and request at most once",
                           "a maybe of response"},
};

static const tcg_meta_typ* find_value(const tcg_meta_slots* params) {
    for (uint32_t i = 0; i < params->count; i++) {
        if (params->items[i].where == TMLRT_WHERE_VALUE) {
            return params->items[i].type;
        }
    }
    return NULL;
}

static void check_params(tcg_meta* m, uint32_t role, const tcg_meta_slots* params) {
    uint32_t wanted = 0, requests = 0;
    for (uint32_t i = 0; i < params->count; i++) {
        wanted += params->items[i].where == s_signatures[role].where;
        requests += params->items[i].where == TMLRT_WHERE_REQUEST;
    }
    bool needs_one = s_signatures[role].where != TMLRT_WHERE_NONE;
    if (wanted != needs_one || requests > 1 || params->count != wanted + requests) {
        tcg_meta_fail(m, "a %s takes %s", s_roles[role], s_signatures[role].takes);
    }
}

static void check_answer(tcg_meta* m, uint32_t role, const tcg_meta_slots* params,
                         const tcg_meta_typ* answer) {
    const tcg_meta_typ* inner =
        answer->kind == TMLRT_TYPE_OUTCOME && role != TMLRT_ROLE_FILTER ? answer->inner[0] : answer;
    bool good = false;
    switch (role) {
    case TMLRT_ROLE_GUARD:
        good = inner->kind == TMLRT_TYPE_BOOL;
        break;
    case TMLRT_ROLE_PIPE:
        good = tcg_meta_same_type(inner, find_value(params));
        break;
    case TMLRT_ROLE_FILTER:
        good = answer->kind == TMLRT_TYPE_MAYBE && answer->inner[0]->kind == TMLRT_TYPE_RESPONSE;
        break;
    default:
        good = inner->kind == TMLRT_TYPE_RESPONSE;
    }
    if (!good) {
        tcg_meta_fail(m, "answer: a %s returns %s", s_roles[role], s_signatures[role].returns);
    }
}

static LLVMValueRef read_function(tcg_meta* m, LLVMValueRef v) {
    LLVMValueRef fn = tcg_meta_function(m, v, "function");
    if (fn == NULL) {
        tcg_meta_fail(m, "function is null: it was deleted before lowering; lower before any pass");
    }
    if (LLVMIsDeclaration(fn)) {
        tcg_meta_skip(m); // the module that defines it has the record
    }
    return fn;
}

void tcg_meta_read_stage(tcg_meta* m, const tcg_meta_node* node) {
    const char* cls = tcg_meta_string(m, node->ops[0], "class");
    uint32_t role = tcg_meta_word(m, node->ops[1], "role", s_roles, TMLRT_NUM_ROLES);
    const char* name = tcg_meta_string(m, node->ops[2], "method");
    LLVMValueRef fn = read_function(m, node->ops[3]);
    tcg_meta_args args = tcg_meta_args_begin(m, true);
    tcg_meta_slots params = tcg_meta_params(m, node->ops[5], fn, true, TCG_WHERES_STAGE, &args);
    check_params(m, role, &params);
    size_t mark = tcg_meta_enter(m, "answer");
    tcg_meta_typ* answer = tcg_meta_type(
        m, node->ops[4], LLVMGetReturnType(LLVMGlobalGetValueType(fn)), TCG_ROLE_ANSWER);
    tcg_meta_leave(m, mark);
    check_answer(m, role, &params, answer);
    uint32_t flags = 0;
    // A pipe's answer goes on to the handler: the runtime has to know whose its strings are.
    uint32_t clear = role == TMLRT_ROLE_PIPE ? 0 : TMLRT_LOC_OWNED;
    LLVMValueRef loc = tcg_meta_loc(m, node->ops[6], 0, clear, &flags);
    uint64_t size = (args.size + args.align - 1) / args.align * args.align;
    if (size > UINT32_MAX) {
        tcg_meta_fail(m, "the parameters are larger than a record can say");
    }
    tcg_meta_thunk_spec spec = {.name = tcg_format(m->ctx, "%s.%s.thunk", cls, name),
                                .fn = fn,
                                .has_this = true,
                                .slots = params,
                                .answer = answer,
                                .owned_str = (flags & TMLRT_LOC_OWNED) != 0};
    LLVMValueRef fields[] = {tcg_meta_text(m, cls),
                             tcg_meta_text(m, name),
                             tcg_meta_thunk(m, &spec),
                             tcg_meta_type_record(m, answer),
                             tcg_meta_slot_table(m, &params),
                             tcg_i32(m->ctx, role),
                             tcg_i32(m->ctx, (uint32_t)size),
                             tcg_i32(m->ctx, args.align),
                             tcg_i32(m->ctx, 0),
                             loc};
    tcg_values_push(m->ctx, &m->table[TMLRT_KIND_STAGE],
                    tcg_meta_row(m->rows.kind[TMLRT_KIND_STAGE], fields, 10));
}
