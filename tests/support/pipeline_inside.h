// SPDX-License-Identifier: Apache-2.0
// What pipeline_program.c and pipeline_stages.c share: the program, and which one is running.
#ifndef TESTS_SUPPORT_PIPELINE_INSIDE_H
#define TESTS_SUPPORT_PIPELINE_INSIDE_H

#include "tests/support/pipeline_program.h"

/// What guards, pipes and the handler give: an Outcome.
typedef struct pipe_output {
    int32_t tag;
    int32_t pad;
    union {
        const char* value;
        pp_error error;
        uint8_t yes;
    };
} pipe_output;

enum { MAX_DECOS = PP_ROLES + 2 };

struct pp_program {
    pp_stage stages[PP_NUM];
    bool attached[PP_NUM];
    tmlrt_future_desc descs[PP_NUM];
    char names[PP_NUM][4];
    tmlrt_meta_type t_str, t_request, t_next, t_error, t_response, t_bool, t_pp_error, t_answers[3];
    tmlrt_meta_type t_inner[3][2];
    tmlrt_meta_slot fields[2];
    tmlrt_meta_schema schema;
    tmlrt_meta_slot slots[PP_ROLES][2];
    tmlrt_meta_value args[PP_NUM];
    tmlrt_meta_deco decos[PP_LEVELS + 1][MAX_DECOS], injectable;
    tmlrt_meta_class classes[PP_NUM + 3];
    tmlrt_meta_stage records[PP_NUM];
    tmlrt_meta_slot params[2];
    tmlrt_meta_route route;
    tmlrt_meta_module modules[2];
    const char *files[1], *controllers[1], *imports[1];
    tmlrt_meta_unit unit;
    const tmlrt_meta_unit* units[1];
    tmlrt_image image;
    uint32_t num_records, num_classes;

    trt_app app;
    trt_service service;
    trt_arena arena;
    tmlrt_arena frames, branch;
    trt_exchange exchange;
    trt_exchange_context cx;
    trt_atomic_ptr doing;
    char target[512], trace[1024], text[2048];
    size_t cap_bytes;
};

extern pp_program* pp_current; ///< of the running test: thunks have no other way to it

/// pp_role_of returns the TMLRT_ROLE_* of a stage.
int pp_role_of(int id);
/// pp_stage_desc is the thunk of a stage, or of the handler.
tmlrt_future_desc pp_stage_desc(int id);

#endif
