// SPDX-License-Identifier: Apache-2.0
// 200 random programs with planted faults: exactly the planted errors are reported, no others.
//
// A program is made right first: classes, aliases, factories and class providers that depend on
// earlier ones, of scopes and in modules that allow it (told by a reference that is as simple as it
// can be). Then faults are planted, each on a slot, a record or a table of its own line. What is
// compared is (line, code) of every message. Without faults the program is started and called:
// every slot must hold the object that its token and scope say.
#include "std/http/framework/app/app.h"
#include "std/http/framework/call/call.h"
#include "tests/support/di_program.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

enum { CAP = 128, MAX_MODULES = 6, MAX_EXPECTED = 64 };
enum { KIND_CLASS, KIND_ALIAS, KIND_FACTORY, KIND_OWN };

typedef struct node {
    char name[16];
    uint32_t kind, record, module, line, num_slots, scope, alias_of;
    bool exported, needs_request, is_singleton;
} node;

typedef struct graph {
    di_program p;
    uint64_t seed;
    node nodes[CAP];
    uint32_t num_nodes, num_modules; ///< num_modules 0: without modules
    bool sees[MAX_MODULES][MAX_MODULES];
    char module_names[CAP][16], spare[CAP][16];
    uint32_t num_spare, num_planted;
    char expected[MAX_EXPECTED][64];
    uint32_t num_expected;
} graph;

static uint32_t roll(graph* g, uint32_t below) {
    g->seed = g->seed * 6364136223846793005u + 1442695040888963407u;
    return below != 0 ? (uint32_t)(g->seed >> 33) % below : 0;
}

static void expect(graph* g, uint32_t line, const char* code) {
    snprintf(g->expected[g->num_expected++], sizeof g->expected[0], "app.tml:%u: error %s", line,
             code);
}

static const char* spare_name(graph* g, const char* prefix) {
    char* name = g->spare[g->num_spare];
    snprintf(name, sizeof g->spare[0], "%s%u", prefix, g->num_spare++);
    return name;
}

// ---- a right program ----------------------------------------------------------------------------

static void join_reach(bool reach[MAX_MODULES][MAX_MODULES], bool* out, uint32_t from) {
    for (uint32_t i = 0; i < MAX_MODULES; i++) {
        out[i] |= reach[from][i];
    }
}

/// Modules import earlier ones; the last is the root; some pass an import on; one may be global.
static void add_modules(graph* g) {
    bool reach[MAX_MODULES][MAX_MODULES] = {0}; // what importing a module shows
    bool imported[MAX_MODULES] = {0};
    uint32_t global = roll(g, 2) == 0 ? 0 : CAP;
    for (uint32_t m = 0; m < g->num_modules; m++) {
        snprintf(g->module_names[m], sizeof g->module_names[m], "Mod%u", m);
        di_module(&g->p, g->module_names[m], 10 + m);
        reach[m][m] = true;
        for (uint32_t i = 0; i < m; i++) {
            bool last = m + 1 == g->num_modules;
            if (roll(g, 3) != 0 && !(last && !imported[i])) {
                continue;
            }
            di_list(&g->p, m, DI_IMPORTS, g->module_names[i]);
            imported[i] = true;
            join_reach(reach, g->sees[m], i);
            if (roll(g, 3) == 0) {
                di_list(&g->p, m, DI_EXPORTS, g->module_names[i]);
                join_reach(reach, reach[m], i);
            }
        }
        g->sees[m][m] = true;
    }
    if (global == 0 && g->num_modules > 0) {
        di_deco(&g->p, di_class(&g->p, g->module_names[0], 30, NULL), "Global", NULL);
        for (uint32_t m = 0; m < g->num_modules; m++) {
            join_reach(reach, g->sees[m], 0);
        }
    }
}

static bool visible(const graph* g, const node* from, const node* to) {
    return g->num_modules == 0 || from->module == to->module ||
           (to->exported && g->sees[from->module][to->module]);
}

static void list_node(graph* g, const node* n) {
    if (g->num_modules == 0) {
        return;
    }
    di_list(&g->p, n->module, DI_PROVIDERS, n->name);
    if (n->exported) {
        di_list(&g->p, n->module, DI_EXPORTS, n->name);
    }
}

/// Adds a dependency on a line of its own; returns the line.
static uint32_t depend(graph* g, node* from, const char* key, uint32_t flags) {
    uint32_t line = from->line + ++from->num_slots;
    if (from->kind == KIND_FACTORY) {
        di_depends(&g->p, from->record, key, line)->loc.flags = (uint16_t)flags;
    } else {
        di_needs(&g->p, from->record, key, flags, line);
    }
    return line;
}

static void add_dependencies(graph* g, node* n) {
    for (uint32_t k = roll(g, 4); k > 0; k--) {
        const node* to = &g->nodes[roll(g, g->num_nodes)];
        bool wrong = (n->is_singleton && to->needs_request) || !visible(g, n, to);
        if (to == n || wrong) {
            continue;
        }
        depend(g, n, to->name, 0);
        n->needs_request |= to->needs_request;
    }
}

static node* add_node(graph* g) {
    static const char* const scopes[] = {"", "request", "transient"};
    node* n = &g->nodes[g->num_nodes];
    uint32_t scope = roll(g, 5) < 3 ? 0 : 1 + roll(g, 2);
    uint32_t kind = roll(g, 10);
    *n = (node){.line = 1000 + 20 * g->num_nodes, .exported = roll(g, 2) == 0};
    n->module = g->num_modules != 0 ? roll(g, g->num_modules) : 0;
    n->kind = kind < 6 ? KIND_CLASS : kind < 8 ? KIND_ALIAS : kind < 9 ? KIND_FACTORY : KIND_OWN;
    const node* to = g->num_nodes > 0 ? &g->nodes[roll(g, g->num_nodes)] : NULL;
    if (n->kind == KIND_ALIAS && (to == NULL || !visible(g, n, to))) {
        n->kind = KIND_CLASS;
    }
    n->scope = scope;
    n->is_singleton = n->kind != KIND_ALIAS && scope == TMLRT_SCOPE_SINGLETON;
    n->needs_request = scope == TMLRT_SCOPE_REQUEST;
    snprintf(n->name, sizeof n->name, "%s%u", n->kind == KIND_CLASS ? "Class" : "token",
             g->num_nodes);
    if (n->kind == KIND_CLASS) {
        n->record = di_class(&g->p, n->name, n->line, scopes[scope]);
    } else if (n->kind == KIND_ALIAS && to != NULL) {
        n->needs_request = to->needs_request;
        n->alias_of = (uint32_t)(to - g->nodes);
        n->record = di_provider(&g->p, n->name, to->name, TMLRT_PROVIDE_ALIAS, scope, n->line);
    } else {
        const char* made = spare_name(g, "Made");
        uint32_t cls = di_class(&g->p, made, n->line, NULL); // in no module: nobody asks for it
        uint32_t how = n->kind == KIND_OWN ? TMLRT_PROVIDE_CLASS : TMLRT_PROVIDE_FACTORY;
        n->record = di_provider(&g->p, n->name, made, how, scope, n->line);
        n->record = n->kind == KIND_OWN ? cls : n->record; // a class provider has its class's slots
    }
    if (n->kind != KIND_ALIAS && g->num_nodes > 0) {
        add_dependencies(g, n);
    }
    list_node(g, n);
    g->num_nodes++;
    return n;
}

// ---- faults -------------------------------------------------------------------------------------

/// A class with room for a slot, NULL when the dice find none.
static node* pick_class(graph* g, bool singleton) {
    for (int i = 0; i < 50; i++) {
        node* n = &g->nodes[roll(g, g->num_nodes)];
        if (n->kind == KIND_CLASS && n->num_slots < DI_MAX_SLOTS - 1 &&
            (!singleton || n->is_singleton)) {
            return n;
        }
    }
    return NULL;
}

static void plant_missing(graph* g) {
    node* n = pick_class(g, false);
    if (n != NULL) {
        expect(g, depend(g, n, spare_name(g, "Nothing"), 0), "META_MISSING");
    }
}

static void plant_optional(graph* g) {
    node* n = pick_class(g, false);
    if (n != NULL) {
        depend(g, n, spare_name(g, "Nothing"), DI_OPTIONAL);
    }
}

static void plant_lazy(graph* g) { // may lead anywhere the module sees: no fault
    node *n = pick_class(g, false), *to = &g->nodes[roll(g, g->num_nodes)];
    if (n != NULL && visible(g, n, to)) {
        depend(g, n, to->name, DI_LAZY);
    }
}

/// A ring of new classes on one line, entered from an old one.
static void plant_cycle(graph* g) {
    node* n = pick_class(g, false);
    uint32_t num = 1 + roll(g, 4), line = 100 + g->num_planted;
    const char* names[4] = {NULL};
    if (n == NULL) {
        return;
    }
    for (uint32_t i = 0; i < num; i++) {
        names[i] = spare_name(g, "Ring");
    }
    for (uint32_t i = 0; i < num; i++) {
        di_needs(&g->p, di_class(&g->p, names[i], line, ""), names[(i + 1) % num], 0, line);
        if (g->num_modules != 0) {
            di_list(&g->p, n->module, DI_PROVIDERS, names[i]);
        }
    }
    depend(g, n, names[roll(g, num)], 0);
    expect(g, line, "DI_CYCLE");
}

static void plant_alias_cycle(graph* g) {
    uint32_t num = 1 + roll(g, 3), line = 100 + g->num_planted;
    const char* names[3] = {NULL};
    for (uint32_t i = 0; i < num; i++) {
        names[i] = spare_name(g, "round");
    }
    for (uint32_t i = 0; i < num; i++) {
        di_provider(&g->p, names[i], names[(i + 1) % num], TMLRT_PROVIDE_ALIAS, 0, line);
        if (g->num_modules != 0) {
            di_list(&g->p, 0, DI_PROVIDERS, names[i]);
        }
    }
    expect(g, line, "DI_CYCLE");
}

static void plant_duplicate(graph* g) {
    const char* token = spare_name(g, "twice");
    uint32_t line = 100 + g->num_planted;
    di_provider(&g->p, token, NULL, TMLRT_PROVIDE_VALUE, 0, 99);
    di_provider(&g->p, token, g->nodes[0].name, TMLRT_PROVIDE_VALUE, 0, line);
    expect(g, line, "META_DUPLICATE");
}

static void plant_scope(graph* g) {
    node* n = pick_class(g, true);
    for (int i = 0; n != NULL && i < 50; i++) {
        const node* to = &g->nodes[roll(g, g->num_nodes)];
        if (to < n && to->needs_request && visible(g, n, to)) {
            expect(g, depend(g, n, to->name, 0), "DI_SCOPE");
            return;
        }
    }
}

static void plant_hidden(graph* g) {
    node* n = pick_class(g, false);
    for (int i = 0; n != NULL && i < 50; i++) {
        const node* to = &g->nodes[roll(g, g->num_nodes)];
        if (to < n && !to->needs_request && !visible(g, n, to)) {
            expect(g, depend(g, n, to->name, 0), "DI_MODULE");
            return;
        }
    }
}

static void plant_loose(graph* g) {
    node* n = pick_class(g, false);
    uint32_t line = 100 + g->num_planted;
    if (n == NULL || g->num_modules == 0) {
        return;
    }
    const char* name = spare_name(g, "Loose");
    di_class(&g->p, name, line, "");
    expect(g, depend(g, n, name, 0), "DI_MODULE");
    const char* unused = spare_name(g, "Unused"); // in no module and wrong: not of the program
    di_needs(&g->p, di_class(&g->p, unused, line, ""), spare_name(g, "Nothing"), 0, line);
}

static void plant_type(graph* g) {
    static tmlrt_meta_type types[CAP];
    node* n = pick_class(g, false);
    for (int i = 0; n != NULL && i < 50; i++) {
        const node *to = &g->nodes[roll(g, g->num_nodes)], *as = &g->nodes[roll(g, g->num_nodes)];
        bool classes = to->kind == KIND_CLASS && as->kind == KIND_CLASS && to != as;
        if (classes && to < n && !to->needs_request && visible(g, n, to)) {
            uint32_t line = n->line + ++n->num_slots;
            types[g->num_planted] = (tmlrt_meta_type){as->name, 8, 8, TMLRT_TYPE_CLASS, 0};
            di_needs(&g->p, n->record, to->name, 0, line)->type = &types[g->num_planted];
            expect(g, line, "DI_TYPE");
            return;
        }
    }
}

static void plant_hook(graph* g) {
    const node* n = pick_class(g, false);
    uint32_t line = 100 + g->num_planted;
    if (n != NULL) {
        di_hook(&g->p, n->name, TMLRT_HOOK_INIT, 0, line, &di_hook_ok);
        if (!n->is_singleton) {
            expect(g, line, "DI_SCOPE");
        }
    }
}

static void plant_table(graph* g) {
    uint32_t m, line;
    if (g->num_modules < 2) {
        return;
    }
    m = roll(g, g->num_modules);
    line = 10 + m;
    switch (roll(g, 4)) {
    case 0:
        di_list(&g->p, m, DI_PROVIDERS, spare_name(g, "Nothing"));
        expect(g, line, "META_MISSING");
        break;
    case 1:
        di_list(&g->p, m, DI_CONTROLLERS, spare_name(g, "Nothing"));
        expect(g, line, "META_MISSING");
        break;
    case 2: { // one more module, which two import round
        const char *a = spare_name(g, "Around"), *b = spare_name(g, "Back");
        line = 100 + g->num_planted;
        uint32_t first = di_module(&g->p, a, line), second = di_module(&g->p, b, line);
        di_list(&g->p, first, DI_IMPORTS, b);
        di_list(&g->p, second, DI_IMPORTS, a);
        expect(g, line, "DI_CYCLE");
        break;
    }
    default: { // a class in two modules
        node* n = pick_class(g, false);
        uint32_t other = n != NULL ? (n->module + 1) % g->num_modules : 0;
        if (n != NULL && !n->needs_request && !n->exported) {
            const char* name = spare_name(g, "Both");
            di_class(&g->p, name, 100 + g->num_planted, "");
            di_list(&g->p, n->module, DI_PROVIDERS, name);
            di_list(&g->p, other, DI_PROVIDERS, name);
            depend(g, n, name, 0);
            expect(g, 10 + (other > n->module ? other : n->module), "META_DUPLICATE");
        }
        break;
    }
    }
}

static void plant(graph* g) {
    static void (*const plants[])(graph*) = {
        plant_missing, plant_optional, plant_lazy,  plant_cycle, plant_alias_cycle, plant_duplicate,
        plant_scope,   plant_hidden,   plant_loose, plant_type,  plant_hook,        plant_table};
    plants[roll(g, sizeof plants / sizeof plants[0])](g);
    g->num_planted++;
}

// ---- compared -----------------------------------------------------------------------------------

static int compare(const void* a, const void* b) {
    return strcmp(a, b);
}

static void check(graph* g, uint64_t seed) {
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    char found[MAX_EXPECTED][64];
    uint32_t num = 0;
    tmlrt_status status = trt_app_init(&app, &g->p.image, &diags);
    EXPECT_EQ(status, g->num_expected == 0 ? TMLRT_OK : TMLRT_E_META_MALFORMED);
    if (status != TMLRT_OK) {
        trt_diags_format(&diags, &text);
    }
    for (const char* at = text.data; at != NULL && num < MAX_EXPECTED;) {
        const char* code = strstr(at, ": error ");
        if (code != NULL && strncmp(at, "app.tml:", 8) == 0) {
            const char* stop = strchr(code + 2, ':');
            snprintf(found[num++], sizeof found[0], "%.*s", (int)(stop - at), at);
        }
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    qsort(found, num, sizeof found[0], compare);
    qsort(g->expected, g->num_expected, sizeof g->expected[0], compare);
    bool same = num == g->num_expected;
    for (uint32_t i = 0; same && i < num; i++) {
        same = strcmp(found[i], g->expected[i]) == 0;
    }
    if (!same) {
        for (uint32_t i = 0; i < g->num_expected; i++) {
            printf("expected %s\n", g->expected[i]);
        }
        test_fail(__FILE__, __LINE__, "seed %d: %u errors, %u planted:\n%s", (int)seed, num,
                  g->num_expected, text.data != NULL ? text.data : "");
    }
    if (status == TMLRT_OK) {
        trt_app_fini(&app);
    }
    trt_text_fini(&text);
    trt_diags_fini(&diags);
}

TEST(di__200_random_graphs__exactly_the_planted_errors) {
    static graph g;
    static const char* const codes[] = {"META_MISSING", "META_DUPLICATE", "DI_CYCLE",
                                        "DI_SCOPE",     "DI_MODULE",      "DI_TYPE"};
    uint32_t planted = 0, wrong = 0, with_modules = 0, per_code[6] = {0};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        g = (graph){.seed = seed * 0x9E3779B97F4A7C15u};
        di_program_init(&g.p, CAP);
        g.num_modules = roll(&g, 3) == 0 ? 0 : 1 + roll(&g, MAX_MODULES - 1);
        add_modules(&g);
        for (uint32_t i = 6 + roll(&g, 40); i > 0; i--) {
            add_node(&g);
        }
        for (uint32_t i = roll(&g, 8); i > 0; i--) {
            plant(&g);
        }
        check(&g, seed);
        for (uint32_t i = 0; i < g.num_expected * 6; i++) {
            per_code[i % 6] += strstr(g.expected[i / 6], codes[i % 6]) != NULL;
        }
        planted += g.num_expected;
        wrong += g.num_expected != 0;
        with_modules += g.num_modules != 0;
        di_program_fini(&g.p);
    }
    printf("di: 200 graphs (%u with modules), %u of them with %u planted errors\n", with_modules,
           wrong, planted);
    for (int i = 0; i < 6; i++) {
        printf("  %u %s\n", per_code[i], codes[i]);
        EXPECT(per_code[i] > 10);
    }
}

// ---- right programs, run ------------------------------------------------------------------------

enum { MAX_SEEN = 4096 };

/// What one request (and the program) has been seen to hold.
typedef struct seen {
    graph* g;
    const trt_di* di;
    const void* objects[MAX_SEEN]; ///< every one that was looked at
    uint32_t num_objects;
    const void* of_request[CAP]; ///< per node
} seen;

static seen s_seen;

static bool was_seen(const void* object) {
    for (uint32_t i = 0; i < s_seen.num_objects; i++) {
        if (s_seen.objects[i] == object) {
            return true;
        }
    }
    if (s_seen.num_objects < MAX_SEEN) {
        s_seen.objects[s_seen.num_objects++] = object;
    }
    return false;
}

static const node* find_node(const graph* g, const char* name) {
    for (uint32_t i = 0; i < g->num_nodes; i++) {
        if (strcmp(g->nodes[i].name, name) == 0) {
            const node* n = &g->nodes[i];
            while (n->kind == KIND_ALIAS) {
                n = &g->nodes[n->alias_of];
            }
            return n;
        }
    }
    return NULL;
}

/// Whether `object` is what a token means here; and so on for what it needs.
static void look(const node* n, const di_object* object) {
    const tmlrt_meta_class* class = &s_seen.g->p.classes[n->record];
    const void** of_request = &s_seen.of_request[n - s_seen.g->nodes];
    bool before = was_seen(object);
    REQUIRE(object != NULL);
    if (n->scope == TMLRT_SCOPE_SINGLETON) {
        EXPECT(object == trt_di_get(s_seen.di, n->name));
    } else if (n->scope == TMLRT_SCOPE_TRANSIENT) {
        EXPECT(!before);
    } else {
        EXPECT(*of_request == NULL || *of_request == object);
        *of_request = object;
    }
    if (before || n->kind == KIND_FACTORY) {
        return;
    }
    EXPECT_STR(object->name, class->name);
    for (uint32_t k = 0; k < class->injects.count; k++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&class->injects, k);
        const node* to = find_node(s_seen.g, slot->key);
        if (to == NULL) {
            EXPECT(object->slots[k] == NULL); // @Optional
        } else if ((slot->loc.flags & TMLRT_LOC_LAZY) == 0) {
            look(to, object->slots[k]);
        } else {
            EXPECT(object->slots[k] != NULL);
        }
    }
}

static tmlrt_poll look_at_controller(di_object* self, tmlrt_context* cx) {
    (void)cx;
    look(find_node(s_seen.g, self->name), self);
    return TMLRT_READY;
}

static void request(trt_service* service, trt_arena* arena, const char* path) {
    tmlrt_arena frames = {0};
    trt_exchange exchange = {.request = {.arena = arena, .method = TRT_METHOD_GET}};
    exchange.request.method_text = (tmlrt_slice){"GET", 3};
    exchange.request.path = (tmlrt_slice){path, strlen(path)};
    exchange.request.query = (tmlrt_slice){"", 0};
    trt_atomic_ptr doing;
    trt_exchange_context cx = {
        {&frames, &tmlrt_block_on_waker, NULL, TMLRT_BUDGET, TMLRT_CX_EXCHANGE}, &exchange, &doing};
    tmlrt_poll poll = service->start(service->self, &exchange, &cx.base);
    for (int i = 0; i < 1000 && poll == TMLRT_PENDING; i++) {
        poll = service->poll(service->self, &exchange, &cx.base);
    }
    EXPECT_EQ(poll, TMLRT_READY);
    EXPECT(exchange.response != NULL && exchange.response->status == 200);
    service->drop(service->self, &exchange);
    tmlrt_arena_fini(&frames);
    trt_arena_reset(arena);
}

static void run(graph* g) {
    trt_app app;
    trt_diags diags = {0};
    trt_service service;
    trt_arena arena = {0};
    REQUIRE(trt_app_init(&app, &g->p.image, &diags) == TMLRT_OK);
    REQUIRE(trt_app_start(&app, &diags) == TMLRT_OK);
    trt_call_service(&service, &app.handlers);
    s_seen = (seen){.g = g, .di = &app.di};
    for (uint32_t i = 0; i < g->num_nodes; i++) {
        const node* n = &g->nodes[i];
        char path[24];
        if (n->kind == KIND_CLASS) {
            snprintf(path, sizeof path, "/%s", n->name);
            memset(s_seen.of_request, 0, sizeof s_seen.of_request);
            s_seen.num_objects = 0; // the request's memory is used again
            di_log[0] = '\0';
            request(&service, &arena, path);
        }
    }
    trt_app_fini(&app);
    trt_arena_fini(&arena);
}

TEST(di__200_random_programs__every_slot_holds_what_it_should) {
    static graph g;
    static char paths[CAP][24];
    uint32_t num_routes = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        g = (graph){.seed = seed * 0xD1342543DE82EF95u};
        di_program_init(&g.p, CAP);
        di_on_call = look_at_controller;
        g.num_modules = roll(&g, 3) == 0 ? 0 : 1 + roll(&g, MAX_MODULES - 1);
        add_modules(&g);
        for (uint32_t i = 6 + roll(&g, 30); i > 0; i--) {
            const node* n = add_node(&g);
            if (n->kind == KIND_CLASS) {
                uint32_t at = g.num_nodes - 1;
                snprintf(paths[at], sizeof paths[at], "/%s", n->name);
                di_route(&g.p, n->name, paths[at], n->line + 15);
                g.p.classes[n->record].make = roll(&g, 3) == 0 ? &di_make_late : NULL;
                num_routes++;
            }
        }
        for (uint32_t i = roll(&g, 6); i > 0; i--) {
            (roll(&g, 2) == 0 ? plant_lazy : plant_optional)(&g);
        }
        run(&g);
        di_program_fini(&g.p);
    }
    printf("di: 200 programs, %u controllers called\n", num_routes);
}
