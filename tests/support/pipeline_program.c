// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pipeline_program.h"

#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "tests/support/harness.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct stage_frame {
    tmlrt_frame head;
    char* args;
    uint32_t step, waits;
    alignas(16) char leaf[TMLRT_LEAF_SIZE];
    tmlrt_response* got;
} stage_frame;

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
    char target[512], trace[1024], text[2048];
    size_t cap_bytes;
};

static pp_program* s_program; ///< of the running test: thunks have no other way to it

static const char s_levels[] = "gmchp", s_roles[] = "MGIPF";

static int role_of(int id) {
    return id == PP_PARAM_PIPE ? TMLRT_ROLE_PIPE : id % PP_ROLES;
}

int pp_id(const char* name) {
    if (name[0] == 'x') {
        return PP_HANDLER;
    }
    if (name[0] == 'p') {
        return PP_PARAM_PIPE;
    }
    int level = (int)(strchr(s_levels, name[0]) - s_levels);
    return level * PP_ROLES + (int)(strchr(s_roles, name[1]) - s_roles);
}

static void trace(const char* format, ...) __attribute__((format(printf, 1, 2)));
static void trace(const char* format, ...) {
    size_t len = strlen(s_program->trace);
    va_list args;
    va_start(args, format);
    vsnprintf(s_program->trace + len, sizeof s_program->trace - len, format, args);
    va_end(args);
}

// ---- stages ------------------------------------------------------------------------------------

static tmlrt_response* answer(tmlrt_context* cx, int32_t status) {
    tmlrt_response* response = tmlrt_response_new(cx, status);
    if (response != NULL) {
        (void)!tmlrt_response_body(response, "text/plain", "own", 3);
    }
    return response;
}

static void set_err(pipe_output* out) {
    *out = (pipe_output){.tag = 1};
    out->error = (pp_error){409, "taken"};
}

/// PENDING as often as the table says; false when it is enough.
static bool wait(stage_frame* f, const pp_stage* s) {
    if (f->waits < s->suspends) {
        f->waits++;
        return true;
    }
    f->waits = 0;
    return false;
}

static void panic(pp_stage* s) {
    s->live--; // nobody drops it
    tmlrt_panic("as told");
}

static tmlrt_poll finish(stage_frame* f, pp_stage* s) {
    f->head.state = TMLRT_FRAME_DONE;
    s->live--;
    return TMLRT_READY;
}

static void* arg_at(const stage_frame* f, size_t offset) {
    void* pointer;
    memcpy(&pointer, f->args + offset, sizeof pointer);
    return pointer;
}

/// Every other stage that wraps is like one of tmlcg, begun by its start and beginning what is
/// behind it by tmlrt_next_start; the others have a poll alone, as stages written in C.
static bool has_start(int id) {
    int role = role_of(id);
    return id != PP_HANDLER && id / PP_ROLES % 2 == 0 &&
           (role == TMLRT_ROLE_MIDDLEWARE || role == TMLRT_ROLE_INTERCEPTOR);
}

/// Answers without waiting for what is behind.
static tmlrt_poll leave(stage_frame* f, pp_stage* s, tmlrt_context* cx, void* out) {
    tmlrt_response* response = answer(cx, 297);
    memcpy(out, &response, sizeof response);
    return finish(f, s);
}

/// The first poll of what is behind a stage.
static tmlrt_poll begin_next(int id, stage_frame* f, const pp_stage* s, tmlrt_context* cx) {
    if (has_start(id) && s->what != PP_BRANCH) {
        f->got = tmlrt_next_start(f->leaf, cx, arg_at(f, 16));
        return f->got != NULL ? TMLRT_READY : TMLRT_PENDING;
    }
    tmlrt_next_init(f->leaf, arg_at(f, 16));
    return TMLRT_READY;
}

static tmlrt_poll poll_wrap(int id, stage_frame* f, pp_stage* s, tmlrt_context* cx, void* out) {
    tmlrt_response* response = NULL;
    if (f->step == 0) {
        if (wait(f, s)) {
            return TMLRT_PENDING;
        }
        trace("%s( ", s_program->names[id]);
        if (s->what == PP_PANIC) {
            panic(s);
        }
        if (s->what == PP_NO) {
            response = answer(cx, 299);
            memcpy(out, &response, sizeof response);
            return finish(f, s);
        }
        f->step = 1;
        if (begin_next(id, f, s, cx) == TMLRT_PENDING) {
            return s->what == PP_LEAVE ? leave(f, s, cx, out) : TMLRT_PENDING;
        }
        f->step = f->got != NULL ? 2 : 1;
    }
    if (f->step == 1) {
        tmlrt_context branch = *cx;
        if (s->what == PP_BRANCH) {
            branch.arena = &s_program->branch;
            cx = &branch;
        }
        if (tmlrt_next_desc.poll(f->leaf, cx, &f->got) == TMLRT_PENDING) {
            return s->what == PP_LEAVE ? leave(f, s, cx, out) : TMLRT_PENDING;
        }
        f->step = 2;
    }
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace(")%s%d ", s_program->names[id], (int)tmlrt_response_status(f->got));
    if (s->what == PP_PANIC_AFTER) {
        panic(s);
    }
    if (s->what == PP_TWICE) {
        s->live--;
        tmlrt_next_init(f->leaf, arg_at(f, 16));
        s->live++;
    }
    response = s->what == PP_NULL ? NULL : f->got;
    if (s->what == PP_DETACHED) {
        tmlrt_context nowhere = *cx;
        nowhere.flags = 0;
        response = answer(&nowhere, 296);
    }
    memcpy(out, &response, sizeof response);
    return finish(f, s);
}

static tmlrt_poll poll_guard(int id, stage_frame* f, pp_stage* s, void* out) {
    pipe_output* o = out;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("%s ", s_program->names[id]);
    if (s->what == PP_PANIC) {
        panic(s);
    }
    *o = (pipe_output){.yes = s->what != PP_NO};
    if (s->what == PP_ERR) {
        set_err(o);
    }
    return finish(f, s);
}

static tmlrt_poll poll_pipe(int id, stage_frame* f, pp_stage* s, void* out) {
    pipe_output* o = out;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("%s ", s_program->names[id]);
    if (s->what == PP_PANIC) {
        panic(s);
    }
    const char* value = arg_at(f, 8);
    char* made = malloc(strlen(value) + 2); // the record says that its strings are owned
    sprintf(made, "%s%c", value, s_program->names[id][0]);
    *o = (pipe_output){.value = made};
    if (s->what == PP_ERR) {
        free(made);
        set_err(o);
    }
    return finish(f, s);
}

static tmlrt_poll poll_filter(int id, stage_frame* f, pp_stage* s, tmlrt_context* cx, void* out) {
    const tmlrt_error* error = arg_at(f, 8);
    tmlrt_response* response = NULL;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("%s%d%s ", s_program->names[id], (int)tmlrt_error_status(error), tmlrt_error_name(error));
    if (s->what == PP_PANIC) {
        panic(s);
    }
    if (s->what == PP_NO) {
        response = answer(cx, 298);
    }
    memcpy(out, &response, sizeof response);
    return finish(f, s);
}

static tmlrt_poll poll_handler(stage_frame* f, pp_stage* s, void* out) {
    pipe_output* o = out;
    if (wait(f, s)) {
        return TMLRT_PENDING;
    }
    trace("x ");
    if (s->what == PP_PANIC) {
        panic(s);
    }
    *o = (pipe_output){.value = arg_at(f, 8)};
    if (s->what == PP_ERR) {
        set_err(o);
    }
    return finish(f, s);
}

static tmlrt_poll poll_any(int id, void* frame, tmlrt_context* cx, void* out) {
    stage_frame* f = frame;
    pp_stage* s = &s_program->stages[id];
    if (f->head.state == TMLRT_FRAME_UNSTARTED) {
        f->head.state = 1;
        f->step = f->waits = 0;
        f->got = NULL;
        s->live++;
    }
    if (id == PP_HANDLER) {
        return poll_handler(f, s, out);
    }
    switch (role_of(id)) {
    case TMLRT_ROLE_GUARD:
        return poll_guard(id, f, s, out);
    case TMLRT_ROLE_PIPE:
        return poll_pipe(id, f, s, out);
    case TMLRT_ROLE_FILTER:
        return poll_filter(id, f, s, cx, out);
    default:
        return poll_wrap(id, f, s, cx, out);
    }
}

static tmlrt_started start_any(int id, void* frame, tmlrt_context* cx, void* args) {
    stage_frame* f = frame;
    tmlrt_started started = {0};
    f->head.state = TMLRT_FRAME_UNSTARTED;
    f->args = args;
    started.status = poll_any(id, frame, cx, &started.value);
    return started;
}

static void drop_any(int id, void* frame) {
    stage_frame* f = frame;
    pp_stage* s = &s_program->stages[id];
    if (f->head.state == TMLRT_FRAME_UNSTARTED) {
        s->unstarted++;
    } else if (f->head.state != TMLRT_FRAME_DONE) {
        if (f->step == 1) {
            tmlrt_next_desc.drop(f->leaf);
        }
        s->live--;
        s->dropped++;
    }
    f->head.state = TMLRT_FRAME_DONE;
}

// clang-format off
#define IDS(X) \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) \
    X(17) X(18) X(19) X(20) X(21)
// clang-format on
#define FUNCTIONS(id)                                                                              \
    static tmlrt_poll poll_##id(void* frame, tmlrt_context* cx, void* out) {                       \
        return poll_any(id, frame, cx, out);                                                       \
    }                                                                                              \
    static tmlrt_started start_##id(void* frame, tmlrt_context* cx, void* args) {                  \
        return start_any(id, frame, cx, args);                                                     \
    }                                                                                              \
    static void drop_##id(void* frame) {                                                           \
        drop_any(id, frame);                                                                       \
    }
IDS(FUNCTIONS)
#define POLL(id)  poll_##id,
#define START(id) start_##id,
#define DROP(id)  drop_##id,
static tmlrt_poll (*const s_polls[])(void*, tmlrt_context*, void*) = {IDS(POLL)};
static tmlrt_started (*const s_starts[])(void*, tmlrt_context*, void*) = {IDS(START)};
static void (*const s_drops[])(void*) = {IDS(DROP)};
_Static_assert(sizeof s_polls / sizeof s_polls[0] == PP_NUM, "a poll for every stage");

// ---- records -----------------------------------------------------------------------------------

#define POINTER_TYPE(kind_) ((tmlrt_meta_type){.size = 8, .align = 8, .kind = (kind_)})
#define TABLE(items_, num)  ((tmlrt_meta_table){(items_), (num), sizeof *(items_)})

static void init_types(pp_program* p) {
    p->t_str = POINTER_TYPE(TMLRT_TYPE_STR);
    p->t_request = POINTER_TYPE(TMLRT_TYPE_REQUEST);
    p->t_next = POINTER_TYPE(TMLRT_TYPE_NEXT);
    p->t_error = POINTER_TYPE(TMLRT_TYPE_ERROR);
    p->t_response = POINTER_TYPE(TMLRT_TYPE_RESPONSE);
    p->t_bool = (tmlrt_meta_type){.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
    static const tmlrt_meta_type t_i32 = {.size = 4, .align = 4, .kind = TMLRT_TYPE_I32};
    p->fields[0] = (tmlrt_meta_slot){.name = "status", .key = "status", .type = &t_i32};
    p->fields[1] = (tmlrt_meta_slot){.name = "detail", .key = "detail", .type = &p->t_str};
    p->fields[1].offset = offsetof(pp_error, detail);
    p->schema = (tmlrt_meta_schema){.name = "Taken",
                                    .fields = TABLE(p->fields, 2),
                                    .size = sizeof(pp_error),
                                    .align = 8,
                                    .loc = {.line = 90}};
    p->t_pp_error = (tmlrt_meta_type){&p->schema, sizeof(pp_error), 8, TMLRT_TYPE_STRUCT, 0};
    const tmlrt_meta_type* oks[] = {&p->t_bool, &p->t_str};
    for (int i = 0; i < 2; i++) { // outcome of a guard, of a pipe and the handler
        p->t_inner[i][0] = *oks[i];
        p->t_inner[i][1] = p->t_pp_error;
        p->t_answers[i] =
            (tmlrt_meta_type){p->t_inner[i], sizeof(pipe_output), 8, TMLRT_TYPE_OUTCOME, 8};
    }
    p->t_answers[2] =
        (tmlrt_meta_type){&p->t_response, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
}

static tmlrt_meta_slot slot(const char* name, uint32_t where, const tmlrt_meta_type* type,
                            uint32_t offset) {
    return (tmlrt_meta_slot){
        .name = name, .key = name, .type = type, .offset = offset, .where = where};
}

static void init_slots(pp_program* p) {
    for (int role = 0; role < PP_ROLES; role++) {
        p->slots[role][0] = slot("request", TMLRT_WHERE_REQUEST, &p->t_request, 8);
        p->slots[role][1] = slot("next", TMLRT_WHERE_NEXT, &p->t_next, 16);
    }
    p->slots[TMLRT_ROLE_PIPE][0] = slot("value", TMLRT_WHERE_VALUE, &p->t_str, 8);
    p->slots[TMLRT_ROLE_FILTER][0] = slot("error", TMLRT_WHERE_ERROR, &p->t_error, 8);
    p->slots[TMLRT_ROLE_FILTER][1] = slot("request", TMLRT_WHERE_REQUEST, &p->t_request, 16);
}

static void add_stage(pp_program* p, int id) {
    static const uint8_t num_slots[] = {2, 1, 2, 1, 2};
    static const char* const methods[] = {"handle", "can_activate", "intercept", "transform",
                                          "catch"};
    int role = role_of(id), level = id / PP_ROLES;
    const tmlrt_meta_type* answers[] = {&p->t_response, &p->t_answers[0], &p->t_response,
                                        &p->t_answers[1], &p->t_answers[2]};
    uint32_t line = (uint32_t)(level * 10 + role + 1);
    p->descs[id].out_size = answers[role]->size;
    p->records[p->num_records++] =
        (tmlrt_meta_stage){.cls = p->names[id],
                           .name = methods[role],
                           .thunk = &p->descs[id],
                           .ret = answers[role],
                           .params = TABLE(p->slots[role], num_slots[role]),
                           .role = (uint32_t)role,
                           .args_size = 24,
                           .args_align = 8,
                           .loc = {.line = 100 + line, .flags = TMLRT_LOC_OWNED}};
    p->classes[p->num_classes++] = (tmlrt_meta_class){.name = p->names[id],
                                                      .decos = TABLE(&p->injectable, 1),
                                                      .size = 8,
                                                      .align = 8,
                                                      .loc = {.line = 100 + line}};
    static const char* const attach[] = {"Use", "Guard", "Interceptor", "Pipe", "Catch"};
    p->args[id] = (tmlrt_meta_value){
        .kind = TMLRT_VALUE_SYM, .len = (uint32_t)strlen(p->names[id]), .p = p->names[id]};
    tmlrt_meta_deco* deco = p->decos[level];
    while (deco->name != NULL) {
        deco++;
    }
    *deco = (tmlrt_meta_deco){attach[role], TABLE(&p->args[id], 1), {.line = line}};
}

static uint32_t num_decos(const tmlrt_meta_deco* decos) {
    uint32_t num = 0;
    while (decos[num].name != NULL) {
        num++;
    }
    return num;
}

static void add_places(pp_program* p) {
    static const char* const names[] = {"AppModule", "ThingModule", "ThingController"};
    static tmlrt_meta_value prefix = {.kind = TMLRT_VALUE_STR, .len = 7, .p = "/things"};
    p->decos[2][num_decos(p->decos[2])] =
        (tmlrt_meta_deco){"Controller", TABLE(&prefix, 1), {.line = 20}};
    for (int i = 0; i < 3; i++) {
        p->classes[p->num_classes++] =
            (tmlrt_meta_class){.name = names[i],
                               .decos = TABLE(p->decos[i], num_decos(p->decos[i])),
                               .size = 8,
                               .align = 8,
                               .loc = {.line = (uint32_t)(i * 10)}};
    }
    p->controllers[0] = "ThingController";
    p->imports[0] = "ThingModule";
    p->modules[0] =
        (tmlrt_meta_module){.name = "AppModule", .imports = TABLE(p->imports, 1), .loc.line = 1};
    p->modules[1] = (tmlrt_meta_module){
        .name = "ThingModule", .controllers = TABLE(p->controllers, 1), .loc.line = 10};
    p->params[0] = slot("id", TMLRT_WHERE_PATH, &p->t_str, 8);
    p->params[0].decos = TABLE(p->decos[4], num_decos(p->decos[4]));
    p->descs[PP_HANDLER].out_size = sizeof(pipe_output);
    p->route = (tmlrt_meta_route){.cls = "ThingController",
                                  .name = "get",
                                  .method = "GET",
                                  .path = "/:id",
                                  .thunk = &p->descs[PP_HANDLER],
                                  .ret = &p->t_answers[1],
                                  .params = TABLE(p->params, 1),
                                  .decos = TABLE(p->decos[3], num_decos(p->decos[3])),
                                  .args_size = 16,
                                  .args_align = 8,
                                  .loc = {.line = 30}};
}

static void init_unit(pp_program* p) {
    p->files[0] = "things.tml";
    p->unit = (tmlrt_meta_unit){.magic = TMLRT_META_MAGIC,
                                .major = TMLRT_META_MAJOR,
                                .minor = TMLRT_META_MINOR,
                                .name = "things",
                                .runtime = &tmlrt_abi_v1,
                                .files = TABLE(p->files, 1)};
    p->unit.kind[TMLRT_KIND_CLASS] = TABLE(p->classes, p->num_classes);
    p->unit.kind[TMLRT_KIND_ROUTE] = TABLE(&p->route, 1);
    p->unit.kind[TMLRT_KIND_SCHEMA] = TABLE(&p->schema, 1);
    p->unit.kind[TMLRT_KIND_MODULE] = TABLE(p->modules, 2);
    p->unit.kind[TMLRT_KIND_STAGE] = TABLE(p->records, p->num_records);
    p->units[0] = &p->unit;
    p->image = (tmlrt_image){TMLRT_ABI_MAJOR << 16, sizeof(tmlrt_image), p->units, p->units + 1, 0};
}

static bool is_named(const char* with, const char* name) {
    const char* found = with == NULL ? name : strstr(with, name);
    return found != NULL;
}

pp_program* pp_new(const char* with) {
    pp_program* p = calloc(1, sizeof *p);
    s_program = p;
    p->cap_bytes = 1 << 20;
    init_types(p);
    init_slots(p);
    p->injectable = (tmlrt_meta_deco){.name = "Injectable", .loc = {.line = 1}};
    for (int id = 0; id < PP_NUM; id++) {
        p->descs[id] = (tmlrt_future_desc){.abi = TMLRT_ABI_MAJOR << 16,
                                           .flags = has_start(id) ? TMLRT_FUTURE_START : 0,
                                           .start = s_starts[id],
                                           .poll = s_polls[id],
                                           .drop = s_drops[id],
                                           .frame_size = sizeof(stage_frame),
                                           .frame_align = alignof(stage_frame),
                                           .out_size = 8,
                                           .out_align = 8,
                                           .name = "stage",
                                           .num_states = 1};
        p->names[id][0] = s_levels[id / PP_ROLES];
        p->names[id][1] = s_roles[role_of(id)];
        if (id != PP_HANDLER && is_named(with, p->names[id])) {
            add_stage(p, id);
        }
    }
    add_places(p);
    init_unit(p);
    return p;
}

// ---- running -----------------------------------------------------------------------------------

void pp_start(pp_program* p) {
    trt_diags diags = {0};
    trt_text text = {0};
    tmlrt_status status = trt_app_init(&p->app, &p->image, &diags);
    if (status == TMLRT_OK) {
        status = trt_app_start(&p->app, &diags);
    }
    if (status != TMLRT_OK) {
        trt_diags_format(&diags, &text);
        test_fail(__FILE__, __LINE__, "%s", text.data != NULL ? text.data : "?");
    }
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_arena_init(&p->arena, p->cap_bytes);
    trt_call_service(&p->service, &p->app.handlers);
}

void pp_free(pp_program* p) {
    trt_app_fini(&p->app);
    trt_arena_fini(&p->arena);
    tmlrt_arena_fini(&p->frames);
    tmlrt_arena_fini(&p->branch);
    free(p);
}

pp_stage* pp_at(pp_program* p, const char* name) {
    return &p->stages[pp_id(name)];
}

const tmlrt_image* pp_image(pp_program* p) {
    return &p->image;
}

trt_app* pp_app(pp_program* p) {
    return &p->app;
}

void pp_arena_cap(pp_program* p, size_t cap_bytes) {
    p->cap_bytes = cap_bytes;
    trt_arena_fini(&p->arena);
    trt_arena_init(&p->arena, cap_bytes);
}

tmlrt_poll pp_begin(pp_program* p, const char* method, const char* raw) {
    s_program = p;
    strcpy(p->target, raw);
    char* query = strchr(p->target, '?');
    size_t path_len = query != NULL ? (size_t)(query - p->target) : strlen(p->target);
    p->target[path_len] = '\0';
    p->trace[0] = '\0';
    trt_arena_reset(&p->arena);
    p->exchange = (trt_exchange){0};
    tmlrt_request* request = &p->exchange.request;
    request->arena = &p->arena;
    request->method = (uint8_t)trt_method_lookup(method, strlen(method));
    request->method_text = (tmlrt_slice){method, strlen(method)};
    request->path = (tmlrt_slice){p->target, path_len};
    request->query = query != NULL ? (tmlrt_slice){query + 1, strlen(query + 1)} : TRT_SLICE("");
    p->cx = (trt_exchange_context){
        {&p->frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE}, &p->exchange};
    return p->service.start(p->service.self, &p->exchange, &p->cx.base);
}

tmlrt_poll pp_poll(pp_program* p) {
    return p->service.poll(p->service.self, &p->exchange, &p->cx.base);
}

const char* pp_end(pp_program* p) {
    const tmlrt_response* response = p->exchange.response;
    if (response == NULL) {
        snprintf(p->text, sizeof p->text, "%s=> dropped", p->trace);
    } else {
        const char* type = tmlrt_response_get_header(response, "Content-Type");
        bool problem = type != NULL && strcmp(type, "application/problem+json") == 0;
        snprintf(p->text, sizeof p->text, "%s=> %d%s%.*s", p->trace, (int)response->status,
                 problem ? " problem" : "|", problem ? 0 : (int)response->body.len,
                 response->body.len != 0 ? response->body.data : "");
    }
    p->service.drop(p->service.self, &p->exchange);
    trt_response_free(p->exchange.response);
    return p->text;
}

const char* pp_run(pp_program* p, const char* method, const char* target) {
    tmlrt_poll poll = pp_begin(p, method, target);
    for (int i = 0; poll == TMLRT_PENDING && i < 1000; i++) {
        poll = pp_poll(p);
    }
    EXPECT_EQ(poll, TMLRT_READY);
    return pp_end(p);
}

const char* pp_header(const pp_program* p, const char* name) {
    return tmlrt_response_get_header(p->exchange.response, name);
}

uint32_t pp_live(const pp_program* p) {
    uint32_t live = 0;
    for (int id = 0; id < PP_NUM; id++) {
        live += p->stages[id].live;
    }
    return live;
}
