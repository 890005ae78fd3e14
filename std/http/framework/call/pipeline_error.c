// SPDX-License-Identifier: Apache-2.0
// Errors of a run, from whatever they come: a status, an Err, what cannot be bound, no route.
//
// An error and its default answer are made at once, in the request's arena; without memory they are
// the two that lie in the run itself, so that `next.run()` always answers something. Called by
// pipeline_run.c on the connection's worker.
#include "rt/base/alloc.h"
#include "std/http/core/response.h"
#include "std/http/framework/call/answer.h"
#include "std/http/framework/call/events.h"
#include "std/http/framework/call/pipeline_run.h"
#include "std/http/framework/value/value.h"

#include <stdalign.h>
#include <string.h>

void trt_run_fail(trt_run* run, const trt_problem* problem, const char* name, trt_header extra) {
    trt_arena* arena = run->exchange->request.arena;
    tmlrt_error* error = trt_arena_alloc(arena, sizeof *error, alignof(tmlrt_error));
    if (error == NULL || trt_error_init(error, arena, problem, name, extra) != TMLRT_OK) {
        error = &run->spare_error;
        run->spare_response = (tmlrt_response){.arena = arena, .status = 503};
        *error = (tmlrt_error){
            .arena = arena, .problem = {.status = 503}, .response = &run->spare_response};
    }
    run->error = error;
    run->response = error->response;
    run->pass = trt_run_no_pass(run);
}

void trt_run_fail_status(trt_run* run, int32_t status) {
    trt_problem problem = {.status = status};
    trt_run_fail(run, &problem, NULL, (trt_header){0});
}

/// The name by which @Catches knows an error of this type, NULL when it has none.
static const char* name_of(const tmlrt_meta_type* type) {
    if (type->kind == TMLRT_TYPE_STRUCT) {
        return ((const tmlrt_meta_schema*)type->ref)->name;
    }
    return type->kind == TMLRT_TYPE_CLASS ? type->ref : NULL;
}

void trt_run_fail_value(trt_run* run, const tmlrt_meta_type* type, const char* value) {
    trt_problem problem;
    tmlrt_response* response;
    tmlrt_status status = trt_answer_read_error(&problem, &response, run->exchange->request.arena,
                                                &run->handlers->keys, type, value);
    if (status == TMLRT_OK && response != NULL) {
        run->response = response;
        return;
    }
    if (status != TMLRT_OK) {
        problem = (trt_problem){.status = 503};
    }
    trt_run_fail(run, &problem, name_of(type), (trt_header){0});
}

void trt_run_fail_bind(trt_run* run, const trt_bind_errors* errors) {
    trt_problem problem = trt_answer_bind_problem(run->exchange->request.arena, errors);
    trt_run_fail(run, &problem, NULL, errors->status == 415 ? errors->hint : (trt_header){0});
}

void trt_run_fail_no_handler(trt_run* run) {
    const trt_no_handler* no = &run->no_handler;
    char text[64];
    if (no->status == 204) {
        run->response = trt_answer_allow(run->exchange->request.arena, 204, no->allow);
        if (run->response == NULL) {
            trt_run_fail_status(run, 503);
        }
        return;
    }
    trt_problem problem = {.status = no->status, .detail = no->detail};
    trt_header extra = {0};
    if (no->status == 405) {
        extra.name = TRT_SLICE("Allow");
        extra.value = (tmlrt_slice){text, trt_answer_allowed(text, no->allow)};
    }
    trt_run_fail(run, &problem, NULL, extra);
}

/// Follows Ok and Just. False after an Err or a Nothing became the run's error.
static bool take_errors(trt_run* run, const tmlrt_meta_type* type, const char* value) {
    while (type->kind == TMLRT_TYPE_MAYBE || type->kind == TMLRT_TYPE_OUTCOME) {
        const tmlrt_meta_type* inner = type->ref;
        if (type->kind == TMLRT_TYPE_MAYBE) {
            value = trt_value_payload(type, value);
            if (value == NULL) {
                trt_run_fail_status(run, 404);
                return false;
            }
        } else {
            int32_t tag;
            memcpy(&tag, value, sizeof tag);
            value += type->payload_off;
            if (tag != 0) {
                trt_run_fail_value(run, &inner[1], value);
                return false;
            }
        }
        type = inner;
    }
    return true;
}

void trt_run_answer(trt_run* run) {
    const trt_handler* handler = run->handler;
    const tmlrt_meta_type* ret = handler->route->ret;
    if (handler->may_fail && !take_errors(run, ret, run->call.out)) {
        return;
    }
    run->response = trt_answer_value(run->exchange->request.arena, &run->handlers->keys, handler,
                                     run->call.out);
    if (handler->rules != NULL) {
        run->response =
            trt_rules_answer(handler->rules, run->response, ret->kind == TMLRT_TYPE_RESPONSE);
        run->response = trt_events_answer(run->exchange, run->response);
    }
    if (run->response == NULL) { // a null Response, or no memory
        trt_run_fail_status(run, 500);
        return;
    }
    trt_run_may_pass(run);
}

bool trt_filter_takes(const trt_stage* filter, const tmlrt_error* error) {
    if (filter->catches == NULL) {
        return true;
    }
    const tmlrt_meta_table* args = &filter->catches->args;
    for (uint32_t i = 0; i < args->count; i++) {
        const tmlrt_meta_value* value = trt_meta_at(args, i);
        bool number = value->kind == TMLRT_VALUE_INT;
        if (number ? value->i == error->problem.status
                   : error->name != NULL && strcmp(value->p, error->name) == 0) {
            return true;
        }
    }
    return false;
}

// ---- strings of pipes --------------------------------------------------------------------------

static tmlrt_status adopt_list(trt_arena* arena, const tmlrt_meta_type* element,
                               const char* place) {
    const trt_tml_list* list;
    memcpy(&list, place, sizeof(void*));
    tmlrt_status status = TMLRT_OK;
    for (int64_t i = 0; list != NULL && i < list->len; i++) {
        tmlrt_status one = trt_adopt_strings(arena, element, (char*)list->data + i * list->stride);
        status = one != TMLRT_OK ? one : status;
    }
    return status;
}

static tmlrt_status adopt_string(trt_arena* arena, char* place) {
    char* text;
    memcpy(&text, place, sizeof text);
    if (text != NULL) {
        const char* copy = trt_arena_dup(arena, text, strlen(text));
        trt_libc_free(text);
        memcpy(place, &copy, sizeof copy);
        return copy != NULL ? TMLRT_OK : TMLRT_E_NOMEM;
    }
    return TMLRT_OK;
}

tmlrt_status trt_adopt_strings(trt_arena* arena, const tmlrt_meta_type* type, char* place) {
    switch (type->kind) {
    case TMLRT_TYPE_STR:
        return adopt_string(arena, place);
    case TMLRT_TYPE_LIST:
        return adopt_list(arena, type->ref, place);
    case TMLRT_TYPE_MAYBE: {
        const char* just = trt_value_payload(type, place);
        return just != NULL ? trt_adopt_strings(arena, type->ref, place + (just - place))
                            : TMLRT_OK;
    }
    case TMLRT_TYPE_STRUCT: {
        const tmlrt_meta_schema* schema = type->ref;
        tmlrt_status status = TMLRT_OK;
        for (uint32_t i = 0; i < schema->fields.count; i++) {
            const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
            tmlrt_status one = trt_adopt_strings(arena, field->type, place + field->offset);
            status = one != TMLRT_OK ? one : status;
        }
        return status;
    }
    default:
        return TMLRT_OK;
    }
}
