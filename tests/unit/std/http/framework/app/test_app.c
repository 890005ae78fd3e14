// SPDX-License-Identifier: Apache-2.0
// The checks that need the whole program: graph, routes, answers; and the order of making.
#include "std/http/framework/app/app.h"

#include "std/http/framework/app/smoke.h"
#include "std/http/framework/value/value.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void expect_errors(meta_program* p, const char* golden) {
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    EXPECT_EQ(trt_app_init(&app, &p->image, &diags), TMLRT_E_META_MALFORMED);
    trt_diags_format(&diags, &text);
    EXPECT_GOLDEN(golden, text.data, text.len);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
}

/// A class without make whose only injection is `needs` (NULL: none).
static tmlrt_meta_class service(const char* name, uint32_t line, tmlrt_meta_slot* slot,
                                const char* needs, const tmlrt_meta_type* type) {
    tmlrt_meta_class class = {.name = name, .size = 16, .align = 8, .loc = META_LOC(line)};
    if (needs != NULL) {
        *slot = (tmlrt_meta_slot){.name = "dep", .key = needs, .type = type, .offset = 8};
        slot->loc = META_LOC(line + 1);
        class.injects = META_ONE(*slot);
    }
    return class;
}

TEST(app_init__correct_program__routes_are_printed) {
    meta_program p;
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    meta_program_init(&p);
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    trt_app_print_routes(&app, 100, true, &text);
    EXPECT_STR(text.data, "GET     /api/users/:id  UserController.get     users.tml:6\n"
                          "POST    /api/users      UserController.create  users.tml:10\n");
    trt_text_fini(&text);
    trt_app_print_routes(&app, 1, false, &text);
    EXPECT_STR(text.data, "GET     /api/users/:id  UserController.get  users.tml:6\n"
                          "and 1 more; --routes prints all\n");
    trt_text_fini(&text);
    trt_app_fini(&app);
}

TEST(app_init__graph_errors__whole_chains_together) {
    static meta_program p;
    static tmlrt_meta_slot slots[8];
    static tmlrt_meta_class classes[9];
    static tmlrt_meta_provider providers[5];
    static tmlrt_meta_type types[9];
    static const char* const names[] = {"Repo", "Db", "Missing", "B", "C", "A", "Self", "A", "A"};
    meta_program_init(&p);
    for (int i = 0; i < 9; i++) {
        types[i] = (tmlrt_meta_type){names[i], 8, 8, TMLRT_TYPE_CLASS, 0};
    }
    p.inject.type = &types[0];
    p.inject.key = "Repo"; // UserController -> Repo -> Db -> Missing
    classes[0] = p.classes[META_CONTROLLER];
    classes[1] = p.classes[META_SERVICE];
    classes[2] = service("Repo", 60, &slots[0], "Db", &types[1]);
    classes[3] = service("Db", 70, &slots[1], "Missing", &types[2]);
    classes[4] = service("A", 80, &slots[2], "B", &types[3]); // A -> B -> C -> A
    classes[5] = service("B", 82, &slots[3], "C", &types[4]);
    classes[6] = service("C", 84, &slots[4], "A", &types[5]);
    classes[7] = service("Self", 86, &slots[5], "Self", &types[6]);
    classes[8] = service("Round", 88, &slots[6], "ping", &types[7]);
    providers[0] = (tmlrt_meta_provider){.token = "ping", .target = "pong", .loc = META_LOC(90)};
    providers[0].how = TMLRT_PROVIDE_ALIAS;
    providers[1] = (tmlrt_meta_provider){.token = "pong", .target = "ping", .loc = META_LOC(91)};
    providers[1].how = TMLRT_PROVIDE_ALIAS;
    providers[2] = (tmlrt_meta_provider){.token = "per", .target = "A", .loc = META_LOC(92)};
    providers[2].scope = TMLRT_SCOPE_REQUEST;
    providers[3] = (tmlrt_meta_provider){.token = "self", .target = "Self", .loc = META_LOC(93)};
    providers[4] = (tmlrt_meta_provider){.token = "nope", .target = "Nowhere", .loc = META_LOC(94)};
    p.unit.kind[TMLRT_KIND_CLASS] = META_TABLE(classes);
    p.unit.kind[TMLRT_KIND_PROVIDER] = META_TABLE(providers);
    expect_errors(&p, "app_graph");
}

TEST(app_init__route_errors__each_with_both_places) {
    static meta_program p;
    static tmlrt_meta_route routes[11];
    static tmlrt_meta_slot other, body_query, second[2], custom;
    static tmlrt_meta_value status = {.kind = TMLRT_VALUE_INT, .i = 99};
    static tmlrt_meta_deco decos[1];
    static tmlrt_meta_type maybe_class;
    meta_program_init(&p);
    for (int i = 0; i < 11; i++) {
        static const char* const names[] = {"r0", "r1", "r2", "r3", "r4", "r5",
                                            "r6", "r7", "r8", "r9", "r10"};
        static const char* const paths[] = {"/r0/:id", "/r1/:id", "/r2/:id", "/r3/:id",
                                            "/r4/:id", "/r5/:id", "/r6/:id", "/r7/:id",
                                            "/r8/:id", "/r9/:id", "/r10/:id"};
        routes[i] = p.routes[META_GET];
        routes[i].name = names[i];
        routes[i].path = paths[i];
        routes[i].loc.line = 100 + (uint32_t)i;
    }
    routes[1].path = "r0/:name/"; // the shape of r0
    routes[1].params.count = 0;
    routes[2].method = "FETCH";
    routes[3].path = "/r3/:id/..";
    other = p.id;
    other.key = "uid";
    routes[4].params = META_ONE(other);
    routes[5].cls = "Nobody";
    body_query = p.body;
    body_query.where = TMLRT_WHERE_QUERY;
    routes[6].params = META_ONE(body_query);
    routes[6].args_size = sizeof(create_args);
    second[0] = second[1] = p.id;
    second[0].where = second[1].where = TMLRT_WHERE_BODY;
    second[1].name = "again";
    routes[7].params = META_TABLE(second);
    maybe_class = (tmlrt_meta_type){&p.t_service, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
    routes[8].ret = &maybe_class;
    decos[0] = (tmlrt_meta_deco){"Status", META_ONE(status), META_LOC(108)};
    routes[9].decos = META_TABLE(decos);
    custom = p.id;
    custom.where = TMLRT_WHERE_CUSTOM;
    routes[10].params = META_ONE(custom);
    p.unit.kind[TMLRT_KIND_ROUTE] = META_TABLE(routes);
    expect_errors(&p, "app_routes"); // the example names a route that is gone, too
}

// ---- making -------------------------------------------------------------------------------------

static char s_log[512];
static tmlrt_poll make_config(void* frame, tmlrt_context* cx, void* out) {
    static int turns;
    if (++turns % 2 == 1) { // suspend once
        cx->waker->vtable->wake_by_ref(cx->waker->data);
        return TMLRT_PENDING;
    }
    user_service* made = calloc(1, sizeof *made);
    (void)frame;
    strcat(s_log, "make Config; ");
    memcpy(out, &made, sizeof made);
    return TMLRT_READY;
}
static tmlrt_poll make_null(void* frame, tmlrt_context* cx, void* out) {
    (void)frame, (void)cx;
    memset(out, 0, sizeof(void*));
    return TMLRT_READY;
}
static tmlrt_poll make_repo(void* frame, tmlrt_context* cx, void* out) {
    user_controller* block = meta_args(frame); // vtable, injected
    user_controller* made = calloc(1, sizeof *made);
    (void)cx;
    *made = *block;
    strcat(s_log, block->users != NULL && block->vtable != NULL ? "make Repo; " : "wrong block; ");
    memcpy(out, &made, sizeof made);
    return TMLRT_READY;
}
static tmlrt_poll run_hook(void* frame, tmlrt_context* cx, void* out) {
    (void)cx;
    strcat(s_log, *(void**)meta_args(frame) != NULL ? "hook; " : "hook of null; ");
    memset(out, 0, sizeof(int32_t));
    return TMLRT_READY;
}
static tmlrt_poll fail_hook(void* frame, tmlrt_context* cx, void* out) {
    int32_t result = 3;
    (void)frame, (void)cx;
    memcpy(out, &result, sizeof result);
    return TMLRT_READY;
}
static void drop_frame(void* frame) {
    (void)frame;
}
static void drop_config(void* object) {
    (void)object;
    strcat(s_log, "drop Config; ");
}
static void drop_repo(void* object) {
    (void)object;
    strcat(s_log, "drop Repo; ");
}
static void drop_controller(void* object) {
    (void)object;
    strcat(s_log, "drop UserController; ");
}

#define DESC(poll_, size_)                                                                         \
    {.abi = TMLRT_ABI_MAJOR << 16,                                                                 \
     .poll = (poll_),                                                                              \
     .drop = drop_frame,                                                                           \
     .frame_size = 16,                                                                             \
     .frame_align = 8,                                                                             \
     .out_size = (size_),                                                                          \
     .out_align = 8,                                                                               \
     .name = #poll_,                                                                               \
     .num_states = 1}
static const tmlrt_future_desc s_config = DESC(make_config, 8), s_null = DESC(make_null, 8),
                               s_repo = DESC(make_repo, 8), s_hook = DESC(run_hook, 4),
                               s_failing = DESC(fail_hook, 4);

static tmlrt_meta_class s_classes[4];
static tmlrt_meta_slot s_repo_slot;
static tmlrt_meta_provider s_providers[2];
static tmlrt_meta_hook s_hooks[3];

/// UserController -> (alias) storage -> Repo (made) -> Config (async factory).
static void graph_program(meta_program* p) {
    meta_program_init(p);
    p->inject.key = "storage";
    s_classes[0] = p->classes[META_CONTROLLER];
    s_classes[0].drop = drop_controller;
    s_classes[1] = p->classes[META_SERVICE];
    static const tmlrt_meta_type repo = {"Repo", 8, 8, TMLRT_TYPE_CLASS, 0};
    static const tmlrt_meta_type config = {"ConfigImpl", 8, 8, TMLRT_TYPE_CLASS, 0};
    p->inject.type = &repo;
    s_repo_slot = (tmlrt_meta_slot){.name = "config", .key = "Config", .type = &config};
    s_repo_slot.offset = 8;
    s_classes[2] = (tmlrt_meta_class){.name = "Repo",
                                      .vtable = "vt",
                                      .make = &s_repo,
                                      .drop = drop_repo,
                                      .injects = META_ONE(s_repo_slot),
                                      .size = 16,
                                      .align = 8,
                                      .loc = META_LOC(60)};
    s_classes[3] = (tmlrt_meta_class){
        .name = "ConfigImpl", .drop = drop_config, .size = 16, .align = 8, .loc = META_LOC(70)};
    s_providers[0] =
        (tmlrt_meta_provider){.token = "storage", .target = "Repo", .loc = META_LOC(80)};
    s_providers[0].how = TMLRT_PROVIDE_ALIAS;
    s_providers[1] = (tmlrt_meta_provider){
        .token = "Config", .target = "ConfigImpl", .make = &s_config, .loc = META_LOC(81)};
    s_providers[1].how = TMLRT_PROVIDE_FACTORY;
    p->unit.kind[TMLRT_KIND_CLASS] = META_TABLE(s_classes);
    p->unit.kind[TMLRT_KIND_PROVIDER] = META_TABLE(s_providers);
}

TEST(app_start__graph__made_in_order_destroyed_in_reverse) {
    meta_program p;
    trt_app app;
    trt_diags diags = {0};
    graph_program(&p);
    s_hooks[0] = (tmlrt_meta_hook){"Repo", &s_hook, TMLRT_HOOK_INIT, 5, META_LOC(61)};
    s_hooks[1] = (tmlrt_meta_hook){"UserController", &s_hook, TMLRT_HOOK_INIT, -5, META_LOC(62)};
    s_hooks[2] = (tmlrt_meta_hook){"Repo", &s_hook, TMLRT_HOOK_SHUTDOWN, 0, META_LOC(63)};
    p.unit.kind[TMLRT_KIND_HOOK] = META_TABLE(s_hooks);
    s_log[0] = '\0';
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    REQUIRE(trt_app_start(&app, &diags) == TMLRT_OK);
    EXPECT_STR(s_log, "make Config; make Repo; hook; hook; ");
    user_controller* controller = trt_di_get(&app.di, "UserController");
    REQUIRE(controller != NULL);
    EXPECT((void*)controller->users == trt_di_get(&app.di, "Repo"));
    EXPECT(controller->vtable == p.classes[META_CONTROLLER].vtable);
    EXPECT(app.handlers.items[0].object == controller);
    s_log[0] = '\0';
    trt_app_fini(&app);
    EXPECT_STR(s_log, "hook; drop UserController; drop Repo; drop Config; ");
}

TEST(app_start__make_returns_null_or_hook_fails__error_and_clean_end) {
    meta_program p;
    trt_app app;
    trt_diags diags = {0}, more = {0};
    trt_text text = {0};
    graph_program(&p);
    s_providers[1].make = &s_null;
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    EXPECT_EQ(trt_app_start(&app, &diags), TMLRT_E_META_MISSING);
    trt_app_fini(&app);
    graph_program(&p);
    s_hooks[0] = (tmlrt_meta_hook){"Repo", &s_failing, TMLRT_HOOK_INIT, 0, META_LOC(61)};
    p.unit.kind[TMLRT_KIND_HOOK] = (tmlrt_meta_table){s_hooks, 1, sizeof s_hooks[0]};
    REQUIRE(trt_app_init(&app, &p.image, &more) == TMLRT_OK);
    EXPECT_EQ(trt_app_start(&app, &more), TMLRT_E_INVAL);
    trt_app_fini(&app);
    trt_diags_format(&diags, &text);
    trt_diags_format(&more, &text);
    trt_diags_fini(&more);
    EXPECT_GOLDEN("app_start", text.data, text.len);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
}

TEST(app_init__optional_injection__null_when_missing) {
    meta_program p;
    trt_app app;
    trt_diags diags = {0};
    meta_program_init(&p);
    p.inject.key = "Nobody";
    p.inject.loc.flags = TMLRT_LOC_OPTIONAL;
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    REQUIRE(trt_app_start(&app, &diags) == TMLRT_OK);
    user_controller* controller = trt_di_get(&app.di, "UserController");
    EXPECT(controller != NULL && controller->users == NULL);
    trt_app_fini(&app);
}

TEST(app__memory_fails_at_every_allocation__clean_failure) {
    for (uint64_t nth = 1; nth < 1000; nth++) {
        meta_program p;
        trt_app app;
        trt_diags diags = {0};
        graph_program(&p);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_app_init(&app, &p.image, &diags);
        if (status == TMLRT_OK) {
            status = trt_app_start(&app, &diags);
        }
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        if (hit && status == TMLRT_OK) { // block_on waits without its own parker then
            EXPECT(app.objects_made);
        } else if (status != (hit ? TMLRT_E_NOMEM : TMLRT_OK)) {
            test_fail(__FILE__, __LINE__, "allocation %d: status %d", (int)nth, status);
        }
        trt_app_fini(&app);
        trt_diags_fini(&diags);
        if (!hit) {
            return;
        }
    }
}

// ---- many ---------------------------------------------------------------------------------------

TEST(app_init__chain_of_20000_classes__no_recursion) {
    enum { NUM = 20000 };
    static meta_program p;
    trt_app app;
    trt_diags diags = {0};
    meta_program_init(&p);
    tmlrt_meta_class* classes = calloc(NUM, sizeof *classes);
    tmlrt_meta_slot* slots = calloc(NUM, sizeof *slots);
    char(*names)[16] = calloc(NUM, sizeof *names);
    for (uint32_t i = 0; i < NUM; i++) {
        snprintf(names[i], sizeof names[i], "C%u", i);
    }
    for (uint32_t i = 0; i < NUM; i++) {
        classes[i] =
            service(names[i], i + 1, &slots[i], i + 1 < NUM ? names[i + 1] : NULL, &p.t_service);
    }
    for (uint32_t i = 0; i < META_NUM_ROUTES; i++) {
        p.routes[i].cls = "C0";
    }
    p.unit.kind[TMLRT_KIND_CLASS] = (tmlrt_meta_table){classes, NUM, sizeof *classes};
    p.unit.kind[TMLRT_KIND_EXAMPLE].count = 0;
    EXPECT_EQ(trt_app_init(&app, &p.image, &diags), TMLRT_OK);
    EXPECT_EQ(trt_app_start(&app, &diags), TMLRT_OK);
    EXPECT_EQ(app.di.num_made, NUM);
    trt_app_fini(&app);
    free(classes);
    free(slots);
    free(names);
}

TEST(app_init__thousand_routes__time_is_told) {
    enum { NUM = 1000 };
    static meta_program p;
    static tmlrt_meta_route routes[NUM];
    static char paths[NUM][32], names[NUM][16];
    struct timespec from, to;
    double best = 1e12;
    meta_program_init(&p);
    for (uint32_t i = 0; i < NUM; i++) {
        snprintf(paths[i], sizeof paths[i], "/group%u/r%u/:id", i / 10, i % 10);
        snprintf(names[i], sizeof names[i], "r%u", i);
        routes[i] = p.routes[META_GET];
        routes[i].path = paths[i];
        routes[i].name = names[i];
        routes[i].loc.line = i + 1;
    }
    p.unit.kind[TMLRT_KIND_ROUTE] = META_TABLE(routes);
    p.unit.kind[TMLRT_KIND_EXAMPLE].count = 0;
    for (int turn = 0; turn < 20; turn++) {
        trt_app app;
        trt_diags diags = {0};
        trt_text text = {0};
        clock_gettime(CLOCK_MONOTONIC, &from);
        REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
        trt_app_print_routes(&app, 100, true, &text);
        clock_gettime(CLOCK_MONOTONIC, &to);
        trt_app_fini(&app);
        trt_text_fini(&text);
        double us =
            (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
        best = us < best ? us : best;
    }
    printf("app: %.0f us to check, route and print 1000 routes (best of 20)\n", best);
}

TEST(smoke_request__made_up__small_values_of_every_kind) {
    meta_program p;
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    meta_program_init(&p);
    REQUIRE(trt_app_init(&app, &p.image, &diags) == TMLRT_OK);
    trt_smoke_make_request(&app, 0, &text);
    EXPECT_STR(text.data, "GET /api/users/1");
    trt_text_fini(&text);
    trt_smoke_make_request(&app, 1, &text);
    EXPECT_STR(text.data, "POST /api/users\nContent-Type: application/json\n\n"
                          "{\"name\":\"text\",\"age\":1}");
    trt_text wire = {0};
    trt_smoke_to_wire(text.data, "h:1", &wire);
    EXPECT_STR(wire.data, "POST /api/users HTTP/1.1\r\nHost: h:1\r\nConnection: close\r\n"
                          "Content-Type: application/json\r\nContent-Length: 23\r\n\r\n"
                          "{\"name\":\"text\",\"age\":1}");
    trt_text_fini(&text);
    trt_text_fini(&wire);
    trt_smoke_to_wire("GET /x", "h", &wire);
    EXPECT_STR(wire.data, "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    trt_text_fini(&wire);
    trt_app_fini(&app);
}
