// SPDX-License-Identifier: Apache-2.0
// A program whose one route has a stage of every role at every level, made by hand: what each does
// is a table that tests change, and what happened is a trace.
//
// A stage is named by its level (g m c h p: global, module, controller, handler, parameter) and its
// role (M G I P F): `cG` is the controller's guard. The handler is `x`. The trace has `cM(` and
// `)cM200` for a stage that wraps (with the status that it saw), `cG`, `cP`, `cF404` and `x`.
#ifndef TESTS_SUPPORT_PIPELINE_PROGRAM_H
#define TESTS_SUPPORT_PIPELINE_PROGRAM_H

#include <tmlrt/abi/functions.h>

#include "std/http/framework/app/app.h"
#include "std/http/framework/call/call.h"

enum { PP_LEVELS = 4, PP_ROLES = 5, PP_PARAM_PIPE = PP_LEVELS * PP_ROLES, PP_HANDLER, PP_NUM };

/// pp_id returns the number of a stage by its name.
int pp_id(const char* name);

/// What a stage (or the handler) does.
typedef enum {
    PP_PASS,        ///< next, yes, the value with the stage's letter, Nothing, 200
    PP_NO,          ///< guard: false. wrapping: answers 299 by itself. filter: answers 298
    PP_ERR,         ///< an Err of pp_error, status 409; of the handler, a guard or a pipe
    PP_PANIC,       ///< before next
    PP_PANIC_AFTER, ///< wrapping: after next
    PP_TWICE,       ///< wrapping: next.run() a second time
    PP_NULL,        ///< wrapping: a null Response
    PP_LEAVE,       ///< wrapping: polls next once, then answers 297 without it
    PP_BRANCH,      ///< wrapping: polls next under a context and an arena of its own
    PP_DETACHED,    ///< wrapping: answers 296, made where no exchange is at hand
} pp_what;

typedef struct pp_stage {
    pp_what what;
    uint32_t suspends;                 ///< times it is PENDING, before and after next each
    uint32_t live, dropped, unstarted; ///< frames now; frames dropped started and unstarted
} pp_stage;

typedef struct pp_error {
    int32_t status;
    const char* detail;
} pp_error;

typedef struct pp_program pp_program;

/// pp_new makes the program with every stage attached, passing. `with` is the names of those that
/// are attached, separated by spaces; NULL: all.
/// Owns: the caller's, pp_free.
pp_program* pp_new(const char* with);
/// pp_start checks it and makes its objects.
void pp_start(pp_program* p);
void pp_free(pp_program* p);
/// pp_at returns what is known about a stage or handler.
pp_stage* pp_at(pp_program* p, const char* name);
const tmlrt_image* pp_image(pp_program* p);
trt_app* pp_app(pp_program* p);

/// pp_begin starts a request; pp_poll goes on. READY: pp_answer tells "status|body".
tmlrt_poll pp_begin(pp_program* p, const char* method, const char* target);
tmlrt_poll pp_poll(pp_program* p);
/// pp_panics returns how many panics the exchange has counted.
uint32_t pp_panics(const pp_program* p);
/// pp_end drops the exchange and returns "trace => status|body" ("dropped" when there is no
/// answer).
const char* pp_end(pp_program* p);
/// pp_run begins, polls to the end and ends.
const char* pp_run(pp_program* p, const char* method, const char* target);
/// pp_header returns a field of the answer that is there, NULL when it has none.
const char* pp_header(const pp_program* p, const char* name);
/// pp_live returns how many frames are live.
uint32_t pp_live(const pp_program* p);
/// pp_arena_cap makes the request's arena that small.
void pp_arena_cap(pp_program* p, size_t cap_bytes);

#endif
