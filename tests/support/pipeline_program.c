// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pipeline_program.h"

#include "std/http/core/method.h"
#include "std/http/core/response.h"
#include "tests/support/harness.h"
#include "tests/support/pipeline_inside.h"

#include <stdio.h>
#include <stdlib.h>

pp_program* pp_current;

static const char s_levels[] = "gmchp", s_roles[] = "MGIPF";

int pp_role_of(int id) {
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
    int role = pp_role_of(id), level = id / PP_ROLES;
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
    pp_current = p;
    p->cap_bytes = 1 << 20;
    init_types(p);
    init_slots(p);
    p->injectable = (tmlrt_meta_deco){.name = "Injectable", .loc = {.line = 1}};
    for (int id = 0; id < PP_NUM; id++) {
        p->descs[id] = pp_stage_desc(id);
        p->names[id][0] = s_levels[id / PP_ROLES];
        p->names[id][1] = s_roles[pp_role_of(id)];
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
    pp_current = p;
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
        {&p->frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE},
        &p->exchange,
        &p->doing};
    return p->service.start(p->service.self, &p->exchange, &p->cx.base);
}

uint32_t pp_panics(const pp_program* p) {
    return p->exchange.num_panics;
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
