// SPDX-License-Identifier: Apache-2.0
// Errors in the request's arena, what filters may read of them (functions.def), and their default
// answer. The texts of a 5xx are for filters and logs: the default answer leaves them out. Called
// on the connection's worker.
#include "std/http/core/error.h"

#include "std/http/core/response.h"
#include "std/http/core/status.h"

#include <stdalign.h>
#include <string.h>

static tmlrt_status copy_text(trt_arena* arena, const char** text) {
    if (*text != NULL) {
        *text = trt_arena_dup(arena, *text, strlen(*text));
        return *text != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
    }
    return TMLRT_OK;
}

static tmlrt_status copy_errors(trt_arena* arena, trt_problem* problem) {
    if (problem->num_errors == 0) {
        return TMLRT_OK;
    }
    size_t bytes = problem->num_errors * sizeof(trt_problem_error);
    trt_problem_error* copy = trt_arena_alloc(arena, bytes, alignof(trt_problem_error));
    if (copy == NULL) {
        return TMLRT_E_NOMEM;
    }
    memcpy(copy, problem->errors, bytes); // their texts are constants or in the arena
    problem->errors = copy;
    return TMLRT_OK;
}

tmlrt_response* tmlrt_error_response(const tmlrt_error* error) {
    trt_problem told = error->problem;
    if (told.status >= 500) {
        told = (trt_problem){.status = told.status};
    }
    tmlrt_response* response = trt_problem_response(error->arena, &told);
    if (response != NULL && error->extra.name.len != 0 &&
        trt_response_add_static(response, error->extra.name, error->extra.value) != TMLRT_OK) {
        return NULL;
    }
    return response;
}

tmlrt_status trt_error_init(tmlrt_error* out, trt_arena* arena, const trt_problem* problem,
                            const char* name, trt_header extra) {
    *out = (tmlrt_error){.arena = arena, .problem = *problem, .name = name, .extra = extra};
    trt_problem* own = &out->problem;
    own->status = own->status >= 400 && own->status <= 599 ? own->status : 500;
    TRT_TRY(copy_text(arena, &own->type));
    TRT_TRY(copy_text(arena, &own->title));
    TRT_TRY(copy_text(arena, &own->detail));
    TRT_TRY(copy_text(arena, &own->instance));
    TRT_TRY(copy_text(arena, &own->challenge));
    TRT_TRY(copy_text(arena, &out->name));
    TRT_TRY(copy_errors(arena, own));
    if (extra.name.len != 0) {
        out->extra.value.data = trt_arena_dup(arena, extra.value.data, (size_t)extra.value.len);
        if (out->extra.value.data == NULL) {
            return TMLRT_E_NOMEM;
        }
    }
    out->response = tmlrt_error_response(out);
    return out->response != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
}

int32_t tmlrt_error_status(const tmlrt_error* error) {
    return error->problem.status;
}

const char* tmlrt_error_title(const tmlrt_error* error) {
    return error->problem.title != NULL ? error->problem.title
                                        : trt_status_reason(error->problem.status);
}

const char* tmlrt_error_detail(const tmlrt_error* error) {
    return error->problem.detail != NULL ? error->problem.detail : "";
}

const char* tmlrt_error_type(const tmlrt_error* error) {
    return error->problem.type != NULL ? error->problem.type : "about:blank";
}

const char* tmlrt_error_name(const tmlrt_error* error) {
    return error->name != NULL ? error->name : "";
}
