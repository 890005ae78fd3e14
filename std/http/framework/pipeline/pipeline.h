// SPDX-License-Identifier: Apache-2.0
// Pipelines: the stages around every handler, resolved and proven at start. docs/design/pipeline.md
// tells the order and the meaning; pipeline_run.c goes through them.
#ifndef TRT_HTTP_FRAMEWORK_PIPELINE_PIPELINE_H
#define TRT_HTTP_FRAMEWORK_PIPELINE_PIPELINE_H

#include "rt/base/arena.h"
#include "std/http/framework/di/di.h"
#include "std/http/framework/registry/names.h"

enum { TRT_PIPELINE_MAX_STAGES = 64 }; ///< around one handler, pipes aside

/// Where a stage was attached, from the outside in.
enum {
    TRT_LEVEL_GLOBAL,
    TRT_LEVEL_MODULE,
    TRT_LEVEL_CONTROLLER,
    TRT_LEVEL_HANDLER,
    TRT_LEVEL_PARAM
};

/// trt_stage is one class in one role that something attaches. It runs in a place of the request's
/// block: the args struct at its start, then the frame and the output.
typedef struct trt_stage {
    struct trt_stage* next;
    const tmlrt_meta_stage* record;
    const tmlrt_meta_class* class;  ///< whose object runs it; it or a base of it has the method
    void* object;                   ///< of that class; set by trt_pipelines_bind_objects; NULL:
                                    ///< made per request
    uint32_t node;                  ///< of that class in the graph
    const trt_record* at;           ///< of the method
    const tmlrt_meta_type* value;   ///< pipe: what it changes
    const tmlrt_meta_deco* catches; ///< filter: @Catches of its class, NULL: everything
    tmlrt_poll (*poll)(void* frame, tmlrt_context* cx, void* out); ///< of the thunk
    /// Of the thunk, when its output goes in a register; else NULL.
    tmlrt_started (*start)(void* frame, tmlrt_context* cx, void* args);
    /// In the place: where the request goes, and next, error or value. What the method does not
    /// take goes to where the frame's argument is stored afterwards.
    uint32_t request_at, wanted_at;
    uint32_t frame_at, out_at, size, align; ///< of its place
    bool may_fail;                          ///< it returns an Outcome
    bool is_owned;                          ///< pipe: every Str of its answer is libc malloc
    bool is_plain;                          ///< it has a start, and its object is there
} trt_stage;

typedef struct trt_run trt_run;
typedef struct trt_segment trt_segment;
typedef struct trt_next_leaf trt_next_leaf;
typedef struct trt_wrap trt_wrap;
typedef tmlrt_response* (*trt_segment_begin_fn)(trt_next_leaf* leaf, tmlrt_context* cx,
                                                trt_segment* segment, trt_run* run,
                                                const trt_wrap* wrap);

/// Which filters are asked where a segment ends.
enum { TRT_ASKS_NONE, TRT_ASKS_GLOBAL, TRT_ASKS_ALL };

/// trt_wrap is one segment of a pipeline: a middleware or interceptor with the place that it has
/// for itself, or the handler.
struct trt_wrap {
    const trt_stage* stage; ///< NULL: the handler
    const void* object;     ///< of the stage; NULL: made per request
    /// How its segment begins (pipeline_run.h), and what that calls inside of its landing: the
    /// stage's own start, or a function of the segment.
    trt_segment_begin_fn begin;
    tmlrt_started (*start)(void* frame, tmlrt_context* cx, void* args);
    uint32_t place, frame_at, out_at; ///< in the request's block; the place begins with the args
    uint32_t request_at, next_at;     ///< in the args
    bool guarded;                     ///< the guards are before it
    bool direct;                      ///< a stage that returns a Response
    bool is_plain; ///< such a stage with a start, its object there, and the usual arguments
    uint8_t asks;  ///< TRT_ASKS_*
};

/// trt_pipe_step is one pipe applied to one parameter.
typedef struct trt_pipe_step {
    const trt_stage* stage; ///< NULL: behind the last
    const tmlrt_meta_slot* slot;
    uint32_t at, size; ///< of the parameter in the handler's args
    bool is_plain;     ///< the stage is, the value is 8 bytes, and nothing of it is libc malloc
} trt_pipe_step;

/// trt_pipeline is what is around a handler, shared by all handlers that have the same. Offsets are
/// those of the request's block.
typedef struct trt_pipeline {
    trt_wrap* wraps;                 ///< middleware, interceptors, the handler: from the outside in
    const trt_stage* const* guards;  ///< and NULL behind them
    const trt_stage* const* filters; ///< handler, controller, module, global
    uint16_t num_wraps, num_middleware, num_guards, num_filters, num_global_filters;
    uint32_t shared_at;    ///< the place of guards, pipes and filters
    uint32_t shared_size;  ///< for the largest of guards and filters
    uint32_t shared_align; ///< of all places
    struct trt_pipeline* next;
    uint32_t hash;
} trt_pipeline;

/// What the tag of a name in trt_pipelines.names says; roles come after.
enum {
    TRT_NAME_MODULE_OF,  ///< controller -> module
    TRT_NAME_CLASS,      ///< class -> its record
    TRT_NAME_IMPORTED,   ///< module -> one that imports it
    TRT_NAME_MODULE,     ///< module -> itself
    TRT_NAME_RECORD,     ///< + role: class -> record of the method
    TRT_NAME_STAGE = 16, ///< + role: class -> trt_stage
};

/// trt_pipelines owns every table of the program's pipelines; all-zero is empty.
typedef struct trt_pipelines {
    trt_arena arena;
    trt_name_map names;           ///< TRT_NAME_* -> what it is
    trt_stage* stages;            ///< every attached one
    trt_pipeline* first;          ///< all of them
    const trt_pipeline* fallback; ///< of requests without a route; NULL: no global stage
    const trt_record** global;    ///< classes whose decorators are global, by (file, line)
    uint32_t num_global;
    bool has_rules; ///< some class or route has a decorator of rules.h
} trt_pipelines;

/// trt_pipeline_origin is one attached stage with where that is written, for tables and tests.
typedef struct trt_pipeline_origin {
    const trt_stage* stage;
    const tmlrt_meta_slot* slot; ///< pipe: of that parameter
    const char* file;            ///< of the decorator
    uint32_t line, level;        ///< TRT_LEVEL_*
} trt_pipeline_origin;

/// trt_pipeline_list is a growing list of them; all-zero is empty.
typedef struct trt_pipeline_list {
    trt_pipeline_origin* items;
    uint32_t num, cap;
} trt_pipeline_list;

/// trt_pipelines_init resolves and checks every decorator that attaches a stage: names, roles,
/// places, classes. Everything that is wrong is added to `diags`, and left out.
/// Errors:  NOMEM - `out` is all-zero.   Thread: init.   Cost: linear in the decorators.
TMLRT_NODISCARD tmlrt_status trt_pipelines_init(trt_pipelines* out, const trt_registry* registry,
                                                const trt_di* di, trt_diags* diags);
/// trt_pipelines_fini frees; all-zero is fine.
void trt_pipelines_fini(trt_pipelines* pipelines);
/// trt_pipelines_bind_objects stores the objects, which are made after the checks.
void trt_pipelines_bind_objects(trt_pipelines* pipelines, const trt_di* di);

/// trt_pipeline_collect lists the stages of one route in the order in which they run: middleware,
/// guards, interceptors, pipes, then filters in the order in which they are asked. `route` NULL:
/// what is global.
/// Errors:  NOMEM.   Owns: the list is the caller's; its old items are replaced.
TMLRT_NODISCARD tmlrt_status trt_pipeline_collect(trt_pipeline_list* out,
                                                  const trt_pipelines* pipelines,
                                                  const trt_record* route);
/// trt_pipeline_places visits the decorators of a route's places, from the outside in: what is
/// global, its module's, its controller's, its own.
void trt_pipeline_places(const trt_pipelines* pipelines, const trt_record* route,
                         void (*visit)(void* context, const tmlrt_meta_table* decos),
                         void* context);
/// trt_pipeline_list_fini frees; all-zero is fine.
void trt_pipeline_list_fini(trt_pipeline_list* list);

/// trt_pipeline_share returns the pipeline of a list (its pipes aside), made on first use.
/// Shape:   out: NULL when the list is empty.
/// Errors:  NOMEM. FULL - more than TRT_PIPELINE_MAX_STAGES.
TMLRT_NODISCARD tmlrt_status trt_pipeline_share(trt_pipelines* pipelines,
                                                const trt_pipeline_list* list,
                                                const trt_pipeline** out);

/// trt_pipeline_pipes writes the pipes of a list in the order in which they run.
/// Shape:   *out and *out_num are left alone when there is none.
/// Errors:  NOMEM. FULL - more than 65535.
TMLRT_NODISCARD tmlrt_status trt_pipeline_pipes(trt_pipelines* pipelines,
                                                const trt_pipeline_list* list, trt_pipe_step** out,
                                                uint16_t* out_num);

// ---- check.c -------------------------------------------------------------------------

/// trt_attach_role returns the role that a decorator attaches, -1 when it attaches none.
int trt_attach_role(const char* decorator);
/// trt_pipelines_check looks at every decorator of the program that is about stages, and interns
/// the stages they attach.
/// Errors:  NOMEM.
TMLRT_NODISCARD tmlrt_status trt_pipelines_check(trt_pipelines* pipelines,
                                                 const trt_registry* registry, const trt_di* di,
                                                 trt_diags* diags);

#endif
