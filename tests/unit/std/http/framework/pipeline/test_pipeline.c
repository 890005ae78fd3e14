// SPDX-License-Identifier: Apache-2.0
// Stages resolved at start: the printed pipeline, what is shared, and a message for everything that
// can be wrong.
#include "std/http/framework/pipeline/pipeline.h"

#include "std/http/framework/app/app.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"
#include "tests/support/pipeline_program.h"

TEST(print_routes__every_stage__in_the_order_in_which_they_run) {
    pp_program* p = pp_new(NULL);
    trt_text text = {0};
    pp_start(p);
    trt_app_print_routes(pp_app(p), 100, true, &text);
    EXPECT_GOLDEN("pipeline_routes", text.data, text.len);
    trt_text_fini(&text);
    trt_app_print_routes(pp_app(p), 100, false, &text);
    EXPECT_STR(text.data, "GET     /things/:id  ThingController.get  things.tml:30\n");
    trt_text_fini(&text);
    pp_free(p);
}

TEST(pipelines_init__no_memory_at_any_allocation__nothing_left) {
    uint64_t live = test_allocator_live();
    pp_program* p = pp_new(NULL);
    bool hit = true;
    for (uint64_t nth = 1; hit; nth++) {
        trt_app app;
        trt_diags diags = {0};
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_app_init(&app, pp_image(p), &diags);
        hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        if (status == TMLRT_OK) {
            trt_app_fini(&app);
        }
        trt_diags_fini(&diags);
    }
    pp_free(p);
    EXPECT_EQ(test_allocator_live(), live);
}

// ---- one program per message -------------------------------------------------------------------

static tmlrt_poll poll_none(void* frame, tmlrt_context* cx, void* out) {
    (void)frame;
    (void)cx;
    *(void**)out = NULL;
    return TMLRT_READY;
}

static void drop_none(void* frame) {
    (void)frame;
}

static const tmlrt_future_desc s_thunk = {.abi = TMLRT_ABI_MAJOR << 16,
                                          .poll = poll_none,
                                          .drop = drop_none,
                                          .frame_size = 16,
                                          .frame_align = 8,
                                          .out_size = 8,
                                          .out_align = 8,
                                          .name = "stage",
                                          .num_states = 1};

#define VALUES(...)                                                                                \
    (tmlrt_meta_value[]){__VA_ARGS__},                                                             \
        sizeof((tmlrt_meta_value[]){__VA_ARGS__}) / sizeof(tmlrt_meta_value)
#define SYM(name_) {.kind = TMLRT_VALUE_SYM, .len = sizeof(name_) - 1, .p = (name_)}
#define STR(text_) {.kind = TMLRT_VALUE_STR, .len = sizeof(text_) - 1, .p = (text_)}
#define INT(value) {.kind = TMLRT_VALUE_INT, .i = (value)}

/// The UserController program with `AuthGuard` (a guard), `Trim` (a pipe of Str), `Problems` (a
/// filter), `Logger` (middleware) and `Plain` (no stage, injectable), and `Bare` (a guard that is
/// not injectable).
typedef struct wrong {
    meta_program program;
    tmlrt_meta_type t_bool, t_next, t_error, t_answer;
    tmlrt_meta_slot value, next, error;
    tmlrt_meta_stage stages[5];
    tmlrt_meta_class classes[8];
    tmlrt_meta_deco injectable, controller[3], route[2], param[2], catches[2];
} wrong;

static tmlrt_meta_stage stage(const char* cls, uint32_t role, tmlrt_meta_slot* slot,
                              const tmlrt_meta_type* ret, uint32_t line) {
    tmlrt_meta_stage s = {.cls = cls,
                          .name = "run",
                          .thunk = &s_thunk,
                          .ret = ret,
                          .role = role,
                          .args_size = 16,
                          .args_align = 8,
                          .loc = META_LOC(line)};
    if (slot != NULL) {
        s.params = META_ONE(*slot);
    }
    return s;
}

static void wrong_init(wrong* w) {
    static const char* const names[] = {"AuthGuard", "Trim", "Problems", "Logger", "Plain", "Bare"};
    *w = (wrong){0};
    meta_program_init(&w->program);
    meta_program* p = &w->program;
    w->t_bool = (tmlrt_meta_type){.size = 1, .align = 1, .kind = TMLRT_TYPE_BOOL};
    w->t_next = (tmlrt_meta_type){.size = 8, .align = 8, .kind = TMLRT_TYPE_NEXT};
    w->t_error = (tmlrt_meta_type){.size = 8, .align = 8, .kind = TMLRT_TYPE_ERROR};
    w->t_answer = (tmlrt_meta_type){&p->t_response, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
    w->value = (tmlrt_meta_slot){.name = "value", .key = "value", .type = &p->t_str, .offset = 8};
    w->value.where = TMLRT_WHERE_VALUE;
    w->next = (tmlrt_meta_slot){.name = "next", .key = "next", .type = &w->t_next, .offset = 8};
    w->next.where = TMLRT_WHERE_NEXT;
    w->error = (tmlrt_meta_slot){.name = "error", .key = "error", .type = &w->t_error, .offset = 8};
    w->error.where = TMLRT_WHERE_ERROR;
    w->stages[0] = stage("AuthGuard", TMLRT_ROLE_GUARD, NULL, &w->t_bool, 60);
    w->stages[1] = stage("Trim", TMLRT_ROLE_PIPE, &w->value, &p->t_str, 61);
    w->stages[2] = stage("Problems", TMLRT_ROLE_FILTER, &w->error, &w->t_answer, 62);
    w->stages[3] = stage("Logger", TMLRT_ROLE_MIDDLEWARE, &w->next, &p->t_response, 63);
    w->stages[4] = stage("Bare", TMLRT_ROLE_GUARD, NULL, &w->t_bool, 65);
    w->injectable = (tmlrt_meta_deco){.name = "Injectable", .loc = META_LOC(59)};
    w->classes[0] = p->classes[0];
    w->classes[1] = p->classes[1];
    for (uint32_t i = 0; i < 6; i++) {
        w->classes[2 + i] = (tmlrt_meta_class){
            .name = names[i], .decos = META_ONE(w->injectable), .size = 8, .align = 8};
        w->classes[2 + i].loc = META_LOC(60 + i);
    }
    w->classes[7].decos = (tmlrt_meta_table){0};
    p->unit.kind[TMLRT_KIND_CLASS] = META_TABLE(w->classes);
    p->unit.kind[TMLRT_KIND_STAGE] = META_TABLE(w->stages);
}

static tmlrt_meta_deco deco(const char* name, uint32_t line, const tmlrt_meta_value* args,
                            size_t num) {
    return (tmlrt_meta_deco){name, {args, (uint32_t)num, sizeof(tmlrt_meta_value)}, META_LOC(line)};
}

static void expect_errors(wrong* w, const char* golden) {
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    EXPECT_EQ(trt_app_init(&app, &w->program.image, &diags), TMLRT_E_META_MALFORMED);
    trt_diags_format(&diags, &text);
    EXPECT_GOLDEN(golden, text.data, text.len);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
}

/// One decorator on the handler `get`.
static void expect_route_error(const char* golden, const char* name, const tmlrt_meta_value* args,
                               size_t num) {
    static wrong w;
    wrong_init(&w);
    w.route[0] = deco(name, 6, args, num);
    w.program.routes[META_GET].decos = META_ONE(w.route[0]);
    expect_errors(&w, golden);
}

/// One decorator on its parameter.
static void expect_param_error(const char* golden, const char* name, const tmlrt_meta_value* args,
                               size_t num) {
    static wrong w;
    wrong_init(&w);
    w.param[0] = deco(name, 6, args, num);
    w.program.id.decos = META_ONE(w.param[0]);
    expect_errors(&w, golden);
}

/// One decorator on a class.
static void expect_class_error(const char* golden, int cls, const char* name,
                               const tmlrt_meta_value* args, size_t num) {
    static wrong w;
    wrong_init(&w);
    w.catches[0] = w.injectable;
    w.catches[1] = deco(name, 58, args, num);
    w.classes[cls].decos = META_TABLE(w.catches);
    expect_errors(&w, golden);
}

TEST(attach__name_is_misspelt__nearest_class) {
    expect_route_error("attach_unknown_near", "Guard", VALUES(SYM("AuthGaurd")));
}

TEST(attach__name_is_nothing_like_a_class__declare_it) {
    expect_route_error("attach_unknown", "Use", VALUES(SYM("CompressionMiddleware")));
}

TEST(attach__class_without_the_role__what_method_it_needs) {
    expect_route_error("attach_no_role", "Guard", VALUES(SYM("Plain")));
}

TEST(attach__class_of_another_role__which_decorator_takes_it) {
    expect_route_error("attach_other_role", "Guard", VALUES(SYM("Logger")));
}

TEST(attach__argument_is_a_string__the_name_without_quotes) {
    expect_route_error("attach_string", "Guard", VALUES(STR("AuthGuard")));
}

TEST(attach__argument_is_named__refused) {
    expect_route_error(
        "attach_named", "Catch",
        VALUES({.kind = TMLRT_VALUE_SYM, .len = 8, .p = "Problems", .name = "filter"}));
}

TEST(attach__no_argument__name_the_class) {
    expect_route_error("attach_empty", "Interceptor", NULL, 0);
}

TEST(attach__class_that_is_not_injectable__write_it) {
    expect_route_error("attach_not_injectable", "Guard", VALUES(SYM("Bare")));
}

TEST(attach__several_wrong_in_one_decorator__each_told) {
    expect_route_error("attach_several", "Guard",
                       VALUES(SYM("Nobody"), SYM("AuthGuard"), SYM("Plain"), INT(7)));
}

TEST(attach__pipe_of_another_type__both_types) {
    expect_param_error("attach_pipe_type", "Pipe", VALUES(SYM("Trim")));
}

TEST(attach__guard_at_a_parameter__only_pipes) {
    expect_param_error("attach_param", "Guard", VALUES(SYM("AuthGuard")));
}

TEST(attach__class_that_is_no_controller__no_effect) {
    expect_class_error("attach_no_effect", 1, "Guard", VALUES(SYM("AuthGuard")));
}

TEST(attach__no_controller_in_a_program_with_modules__no_effect) {
    static wrong w;
    wrong_init(&w);
    w.catches[0] = (tmlrt_meta_deco){.name = "Global", .loc = META_LOC(57)};
    w.catches[1] = deco("Guard", 58, VALUES(SYM("AuthGuard")));
    w.classes[1].decos = META_TABLE(w.catches);
    static const char* const controllers[] = {"UserController"};
    static const char* const providers[] = {"UserService"};
    w.program.module.controllers = META_TABLE(controllers);
    w.program.module.providers = META_TABLE(providers);
    w.program.unit.kind[TMLRT_KIND_MODULE] = META_ONE(w.program.module);
    expect_errors(&w, "attach_no_effect_module");
}

TEST(catches__status_out_of_range__what_it_takes) {
    expect_class_error("catches_status", 4, "Catches", VALUES(INT(200), INT(404)));
}

TEST(catches__unknown_type__nearest_spelling) {
    expect_class_error("catches_unknown", 4, "Catches", VALUES(SYM("CreateUserDTOs")));
}

TEST(catches__nothing__leave_it_out) {
    expect_class_error("catches_empty", 4, "Catches", NULL, 0);
}

TEST(catches__class_that_is_no_filter__what_method_it_needs) {
    expect_class_error("catches_no_filter", 2, "Catches", VALUES(INT(404)));
}

TEST(attach__more_stages_than_fit__limit_and_remedy) {
    static tmlrt_meta_value many[TRT_PIPELINE_MAX_STAGES + 1];
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
        many[i] = (tmlrt_meta_value)SYM("AuthGuard");
    }
    expect_route_error("attach_too_many", "Guard", many, sizeof many / sizeof many[0]);
}

TEST(attach__verbs_of_one_handler__told_once) {
    static wrong w;
    wrong_init(&w);
    w.route[0] = deco("Guard", 6, VALUES(SYM("AuthGaurd")));
    w.program.routes[META_GET].decos = META_ONE(w.route[0]);
    w.program.routes[META_CREATE] = w.program.routes[META_GET];
    w.program.routes[META_CREATE].method = "POST";
    expect_errors(&w, "attach_verbs");
}

// ---- rules -------------------------------------------------------------------------------------

TEST(rules__wrong_arguments__each_told) {
    static wrong w;
    static tmlrt_meta_deco decos[12];
    wrong_init(&w);
    decos[0] = deco("Timeout", 6, VALUES(INT(0)));
    decos[1] = deco("Timeout", 7, VALUES(STR("5s")));
    decos[2] = deco("BodyLimit", 8, VALUES(INT(-1)));
    decos[3] = deco("SetHeader", 9, VALUES(STR("X-A")));
    decos[4] = deco("SetHeader", 10, VALUES(STR("X A"), STR("b")));
    decos[5] = deco("SetHeader", 11, VALUES(STR("X-A"), STR("b\r\nSet-Cookie: c")));
    decos[6] = deco("SetHeader", 12, VALUES(STR("Content-Length"), STR("1")));
    decos[7] = deco("Redirect", 13, VALUES(STR("/a b")));
    decos[8] = deco("Status", 14, VALUES(INT(201)));
    w.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 9, sizeof decos[0]};
    decos[9] = deco("Redirect", 15, VALUES(STR("/new"), INT(200)));
    w.program.routes[META_CREATE].decos = (tmlrt_meta_table){decos + 9, 1, sizeof decos[0]};
    expect_errors(&w, "rules_wrong");
}

TEST(rules__redirect_that_cannot_be__said_why) {
    static wrong w;
    static tmlrt_meta_deco decos[3];
    wrong_init(&w);
    decos[0] = deco("Status", 6, VALUES(INT(201)));
    decos[1] = deco("Redirect", 7, VALUES(STR("/new")));
    w.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 2, sizeof decos[0]};
    w.program.routes[META_CREATE].decos = (tmlrt_meta_table){decos + 1, 1, sizeof decos[0]};
    w.program.routes[META_CREATE].ret = &w.program.t_response;
    decos[2] = deco("Redirect", 8, VALUES(STR("/new")));
    w.controller[0] = w.program.controller;
    w.controller[1] = decos[2];
    w.controller[2] = deco("Timeout", 9, VALUES(INT(100)));
    w.classes[0].decos = META_TABLE(w.controller);
    w.catches[0] = w.injectable;
    w.catches[1] = deco("BodyLimit", 20, VALUES(INT(100)));
    w.classes[1].decos = META_TABLE(w.catches);
    expect_errors(&w, "rules_redirect");
}

TEST(rules__stream_that_cannot_be__said_why) {
    static wrong w;
    static tmlrt_meta_deco decos[3];
    wrong_init(&w);
    decos[0] = deco("StreamBody", 6, VALUES(INT(1)));
    decos[1] = deco("StreamBody", 7, NULL, 0);
    w.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 1, sizeof decos[0]};
    w.program.routes[META_CREATE].decos = (tmlrt_meta_table){decos + 1, 1, sizeof decos[0]};
    w.controller[0] = w.program.controller;
    w.controller[1] = deco("StreamBody", 9, NULL, 0);
    w.controller[2] = deco("Timeout", 10, VALUES(INT(100)));
    w.classes[0].decos = META_TABLE(w.controller);
    expect_errors(&w, "rules_stream");
}

TEST(rules__events_that_cannot_be__said_why) {
    static wrong w;
    static tmlrt_meta_deco decos[5];
    wrong_init(&w);
    decos[0] = deco("Sse", 6, VALUES(INT(1)));
    decos[1] = deco("Sse", 7, VALUES(STR("/x")));
    w.program.routes[META_GET].decos = (tmlrt_meta_table){decos, 1, sizeof decos[0]};
    w.program.routes[META_CREATE].decos = (tmlrt_meta_table){decos + 1, 1, sizeof decos[0]};
    w.program.routes[META_CREATE].ret = &w.program.t_response;
    w.controller[0] = w.program.controller;
    w.controller[1] = deco("Sse", 9, VALUES(STR("/x")));
    w.controller[2] = deco("Timeout", 10, VALUES(INT(100)));
    w.classes[0].decos = META_TABLE(w.controller);
    expect_errors(&w, "rules_events");
}

// ---- what is right -----------------------------------------------------------------------------

static void start(trt_app* app, wrong* w) {
    trt_diags diags = {0};
    trt_text text = {0};
    if (trt_app_init(app, &w->program.image, &diags) != TMLRT_OK) {
        trt_diags_format(&diags, &text);
        test_fail(__FILE__, __LINE__, "%s", text.data);
        trt_text_fini(&text);
    }
    trt_diags_fini(&diags);
}

TEST(pipelines__routes_with_equal_stages__share_one) {
    static wrong w;
    trt_app app;
    wrong_init(&w);
    w.route[0] = deco("Guard", 6, VALUES(SYM("AuthGuard")));
    w.route[1] = deco("Guard", 10, VALUES(SYM("AuthGuard")));
    w.program.routes[META_GET].decos = META_ONE(w.route[0]);
    w.program.routes[META_CREATE].decos = META_ONE(w.route[1]);
    start(&app, &w);
    EXPECT(app.handlers.items[0].pipeline != NULL);
    EXPECT(app.handlers.items[0].pipeline == app.handlers.items[1].pipeline);
    trt_app_fini(&app);
    w.route[1] = deco("Use", 10, VALUES(SYM("Logger")));
    start(&app, &w);
    EXPECT(app.handlers.items[0].pipeline != app.handlers.items[1].pipeline);
    trt_app_fini(&app);
    w.program.routes[META_CREATE].decos = (tmlrt_meta_table){0};
    start(&app, &w);
    EXPECT(app.handlers.items[1].pipeline == NULL);
    EXPECT(app.handlers.pipelines.fallback == NULL);
    trt_app_fini(&app);
}

TEST(pipelines__global_class_without_modules__around_every_route) {
    static wrong w;
    trt_app app;
    trt_text text = {0};
    wrong_init(&w);
    w.catches[0] = (tmlrt_meta_deco){.name = "Global", .loc = META_LOC(57)};
    w.catches[1] = deco("Use", 58, VALUES(SYM("Logger")));
    w.classes[1].decos = META_TABLE(w.catches);
    start(&app, &w);
    trt_app_print_routes(&app, 1, true, &text);
    EXPECT(strstr(text.data,
                  "middleware    Logger.run                  global      users.tml:58\n") != NULL);
    EXPECT(app.handlers.pipelines.fallback != NULL);
    trt_text_fini(&text);
    trt_app_fini(&app);
}

TEST(pipelines__method_of_a_base_class__the_class_has_the_role) {
    static wrong w;
    trt_app app;
    wrong_init(&w);
    w.classes[6].base = "AuthGuard"; // Plain
    w.route[0] = deco("Guard", 6, VALUES(SYM("Plain")));
    w.program.routes[META_GET].decos = META_ONE(w.route[0]);
    start(&app, &w);
    EXPECT_STR(app.handlers.items[0].pipeline->guards[0]->class->name, "Plain");
    EXPECT_STR(app.handlers.items[0].pipeline->guards[0]->record->cls, "AuthGuard");
    trt_app_fini(&app);
}

TEST(rules__of_handler_controller_and_global__the_nearest_counts) {
    static wrong w;
    static tmlrt_meta_deco outer[4], inner[3];
    trt_app app;
    trt_text text = {0};
    wrong_init(&w);
    outer[0] = (tmlrt_meta_deco){.name = "Global", .loc = META_LOC(1)};
    outer[1] = deco("Timeout", 2, VALUES(INT(1000)));
    outer[2] = deco("BodyLimit", 3, VALUES(INT(64)));
    outer[3] = deco("SetHeader", 4, VALUES(STR("X-Frame-Options"), STR("DENY")));
    w.classes[1].decos = META_TABLE(outer);
    w.controller[0] = w.program.controller;
    w.controller[1] = deco("Timeout", 5, VALUES(INT(500)));
    w.controller[2] = deco("SetHeader", 5, VALUES(STR("Cache-Control"), STR("no-store")));
    w.classes[0].decos = META_TABLE(w.controller);
    inner[0] = deco("BodyLimit", 6, VALUES(INT(4096)));
    inner[1] = deco("SetHeader", 6, VALUES(STR("cache-control"), STR("max-age=60")));
    inner[2] = deco("Redirect", 6, VALUES(STR("/new"), INT(308)));
    w.program.routes[META_GET].decos = META_TABLE(inner);
    start(&app, &w);
    trt_app_print_routes(&app, 10, true, &text);
    EXPECT_GOLDEN("rules_routes", text.data, text.len);
    trt_text_fini(&text);
    trt_app_fini(&app);
}

// ---- what stages may ask about the handler -----------------------------------------------------

TEST(request_metadata__of_handler_and_class__as_text_and_the_handlers_first) {
    static wrong w;
    static tmlrt_meta_value list[2] = {STR("x"), SYM("Y")};
    static tmlrt_meta_deco inner[2], outer[3];
    trt_app app;
    trt_arena arena;
    double half = 0.5;
    int64_t half_bits;
    memcpy(&half_bits, &half, sizeof half);
    wrong_init(&w);
    inner[0] = deco("Roles", 6,
                    VALUES(STR("admin"), INT(-7), {.kind = TMLRT_VALUE_BOOL, .i = 1},
                           {.kind = TMLRT_VALUE_F64, .i = half_bits}, {.kind = TMLRT_VALUE_NULL},
                           {.kind = TMLRT_VALUE_LIST, .len = 2, .p = list}));
    inner[1] = deco("Roles", 6, VALUES(STR("again")));
    outer[0] = w.program.controller;
    outer[1] = deco("Roles", 2, VALUES(STR("hidden")));
    outer[2] = deco("Public", 2, NULL, 0);
    w.program.routes[META_GET].decos = META_TABLE(inner);
    w.classes[0].decos = META_TABLE(outer);
    start(&app, &w);
    trt_arena_init(&arena, 0);
    tmlrt_request request = {.arena = &arena};
    EXPECT_EQ(tmlrt_request_metadata_count(&request, "Roles"), -1); // not routed
    EXPECT(tmlrt_request_handler(&request) == NULL);
    EXPECT(tmlrt_request_controller(&request) == NULL);
    request.handler = &app.handlers.items[0];
    EXPECT_STR(tmlrt_request_handler(&request), "get");
    EXPECT_STR(tmlrt_request_controller(&request), "UserController");
    static const char* const expected[] = {"admin", "-7", "true", "0.5", NULL, "x", "Y", "again"};
    EXPECT_EQ(tmlrt_request_metadata_count(&request, "Roles"), 8);
    for (int32_t i = 0; i < 8; i++) {
        const char* text = tmlrt_request_metadata(&request, "Roles", i);
        if (expected[i] == NULL) {
            EXPECT(text == NULL);
        } else {
            EXPECT_STR(text, expected[i]);
        }
    }
    EXPECT(tmlrt_request_metadata(&request, "Roles", 8) == NULL);
    EXPECT(tmlrt_request_metadata(&request, "Roles", -1) == NULL);
    EXPECT_EQ(tmlrt_request_metadata_count(&request, "Public"), 0);
    EXPECT_EQ(tmlrt_request_metadata_count(&request, "Nothing"), -1);
    request.handler = &app.handlers.items[1];
    EXPECT_STR(tmlrt_request_metadata(&request, "Roles", 0), "hidden");
    trt_arena_fini(&arena);
    trt_app_fini(&app);
}
