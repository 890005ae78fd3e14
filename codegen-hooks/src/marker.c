// SPDX-License-Identifier: Apache-2.0
// The table of markers. check.c holds calls against it; every other part asks only for the kind.
#include "codegen-hooks/src/marker.h"

#include "codegen-hooks/src/ir.h"
#include "codegen-hooks/src/spelling.h"

#include <string.h>

static const tcg_marker s_markers[] = {
    {TMLCG_FN_DROPPED, "", TCG_MARKER_DROPPED, 'b', 'a'},
    {TMLCG_FN_SUSPEND, "", TCG_MARKER_SUSPEND, 'v', 'a'},
    {TMLCG_FN_CONTEXT, "", TCG_MARKER_CONTEXT, 'p', 'a'},
    {TMLCG_FN_COOP, "", TCG_MARKER_COOP, 'v', 'a'},
    {TMLCG_FN_FUTURE, "f*", TCG_MARKER_FUTURE, 'p', 'x'},
    {TMLCG_FN_AWAIT_FUTURE, "pfp", TCG_MARKER_AWAIT_FUTURE, 'v', 'a'},
    {TMLCG_FN_DROP_FUTURE, "pf", TCG_MARKER_DROP_FUTURE, 'v', 'x'},
    {TMLCG_FN_DESC, "f", TCG_MARKER_DESC, 'p', 'x'},
    {TMLCG_FN_BOX, "f*", TCG_MARKER_BOX, 'p', 'x'},
    {TMLCG_FN_AWAIT_DYN, "ppp", TCG_MARKER_AWAIT_DYN, 'v', 'a'},
    {TMLCG_FN_DROP_DYN, "pp", TCG_MARKER_DROP_DYN, 'v', 'x'},
    {TMLCG_FN_DROP_BOX, "pp", TCG_MARKER_DROP_BOX, 'v', 'x'},
    {TMLCG_FN_BLOCK_ON_DYN, "ppp", TCG_MARKER_BLOCK_ON_DYN, 'v', 's'},
    {TMLCG_FN_SPAWN, "f*", TCG_MARKER_SPAWN, 'p', 'x'},
    {TMLCG_FN_SPAWN_LOCAL, "f*", TCG_MARKER_SPAWN_LOCAL, 'p', 'x'},
    {TMLCG_FN_SPAWN_FUTURE, "pf", TCG_MARKER_SPAWN_FUTURE, 'p', 'x'},
    {TMLCG_FN_JOIN, "(pdp", TCG_MARKER_JOIN, 'v', 'a'},
    {TMLCG_FN_TRY_JOIN, "(pdpq", TCG_MARKER_TRY_JOIN, 'i', 'a'},
    {TMLCG_FN_RACE, "(pdp", TCG_MARKER_RACE, 'i', 'a'},
    {TMLCG_FN_SELECT, "(pdpb", TCG_MARKER_SELECT, 'i', 'a'},
};

const tcg_marker* tcg_marker_named(const char* name) {
    for (size_t i = 0; i < sizeof(s_markers) / sizeof(s_markers[0]); i++) {
        if (strcmp(s_markers[i].name, name) == 0) {
            return &s_markers[i];
        }
    }
    return NULL;
}

const char* tcg_marker_nearest(const char* name) {
    const char* found = s_markers[0].name;
    for (size_t i = 1; i < sizeof(s_markers) / sizeof(s_markers[0]); i++) {
        const char* other = s_markers[i].name;
        found = tcg_distance(name, other) < tcg_distance(name, found) ? other : found;
    }
    return found;
}

tcg_marker_kind tcg_marker_of(LLVMValueRef instruction) {
    bool is_call = LLVMIsACallInst(instruction) != NULL;
    if (!is_call && !LLVMIsAInvokeInst(instruction) && !LLVMIsACallBrInst(instruction)) {
        return TCG_MARKER_NONE;
    }
    if (tcg_has_call_attr(instruction, TMLCG_ATTR_AWAIT)) {
        return TCG_MARKER_AWAIT;
    }
    if (tcg_has_call_attr(instruction, TMLCG_ATTR_BLOCK_ON)) {
        return TCG_MARKER_BLOCK_ON;
    }
    LLVMValueRef callee = LLVMGetCalledValue(instruction);
    if (callee == NULL || !LLVMIsAFunction(callee)) {
        return TCG_MARKER_NONE;
    }
    const char* name = tcg_name(callee);
    if (strncmp(name, "tmlrt.", 6) != 0) {
        return TCG_MARKER_NONE;
    }
    const tcg_marker* marker = tcg_marker_named(name);
    return marker != NULL ? marker->kind : TCG_MARKER_UNKNOWN;
}

bool tcg_marker_suspends(tcg_marker_kind kind) {
    return kind == TCG_MARKER_AWAIT || kind == TCG_MARKER_AWAIT_FUTURE ||
           kind == TCG_MARKER_AWAIT_DYN || kind == TCG_MARKER_SUSPEND || kind == TCG_MARKER_COOP ||
           tcg_marker_is_many(kind);
}

bool tcg_marker_is_many(tcg_marker_kind kind) {
    return kind == TCG_MARKER_JOIN || kind == TCG_MARKER_TRY_JOIN || kind == TCG_MARKER_RACE ||
           kind == TCG_MARKER_SELECT;
}

uint32_t tcg_marker_stride(const tcg_marker* marker) {
    return (uint32_t)strlen(marker->params) - 1;
}

bool tcg_marker_names(const tcg_marker* marker, uint32_t index) {
    if (marker->params[0] == '(') {
        return marker->params[1 + index % tcg_marker_stride(marker)] == 'd';
    }
    const char* at = strchr(marker->params, 'f');
    return at != NULL && (uint32_t)(at - marker->params) == index;
}
