// SPDX-License-Identifier: Apache-2.0
// What the proof of the graph says: one golden file per kind of error; and what it does not say.
#include "std/http/framework/app/app.h"

#include "tests/support/di_program.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"

#include <stdio.h>
#include <stdlib.h>

static void expect_errors(di_program* p, const char* golden) {
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    EXPECT_EQ(trt_app_init(&app, &p->image, &diags), TMLRT_E_META_MALFORMED);
    trt_diags_format(&diags, &text);
    EXPECT_GOLDEN(golden, text.data, text.len);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    di_program_fini(p);
}

static void expect_right(di_program* p) {
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    if (trt_app_init(&app, &p->image, &diags) != TMLRT_OK) {
        trt_diags_format(&diags, &text);
        test_fail(__FILE__, __LINE__, "%s", text.data);
    }
    trt_text_fini(&text);
    trt_diags_fini(&diags);
    trt_app_fini(&app);
    di_program_fini(p);
}

// ---- missing ------------------------------------------------------------------------------------

TEST(di__missing__chain_and_nearest_spelling) {
    di_program p;
    di_program_init(&p, 16);
    di_route(&p, "Shop", "/", 3);
    di_needs(&p, di_class(&p, "Shop", 1, NULL), "Cart", 0, 2);
    uint32_t cart = di_class(&p, "Cart", 10, "");
    di_needs(&p, cart, "Databse", 0, 11); // near
    di_needs(&p, cart, "Clock", 0, 12);   // a factory needs what is not there
    di_needs(&p, cart, "Gone", DI_OPTIONAL, 13);
    di_class(&p, "Database", 20, "");
    di_depends(&p, di_provider(&p, "Clock", NULL, TMLRT_PROVIDE_FACTORY, 0, 30), "zone", 31);
    di_provider(&p, "mailer", "Smtp", TMLRT_PROVIDE_ALIAS, 0, 40);   // leads nowhere
    di_provider(&p, "logger", "Looger", TMLRT_PROVIDE_CLASS, 0, 41); // no such class
    di_class(&p, "Logger", 50, "");
    expect_errors(&p, "di_missing");
}

TEST(di__class_shared_by_two_providers__its_slots_are_told_once) {
    di_program p;
    di_program_init(&p, 16);
    di_needs(&p, di_class(&p, "Repo", 1, ""), "Db", 0, 2);
    di_provider(&p, "a", "Repo", TMLRT_PROVIDE_CLASS, 0, 3);
    di_provider(&p, "b", "Repo", TMLRT_PROVIDE_CLASS, 0, 4);
    expect_errors(&p, "di_shared");
}

TEST(di__owner_of_several_members_missing__told_once) {
    di_program p;
    di_program_init(&p, 16);
    di_class(&p, "Shop", 1, "");
    di_route(&p, "Nobody", "/a", 3);
    di_route(&p, "Shop", "/b", 4);
    di_route(&p, "Nobody", "/c", 5);
    p.routes[2].name = "other";
    di_hook(&p, "Nobody", TMLRT_HOOK_INIT, 0, 6, &di_hook_ok);
    di_hook(&p, "Never", TMLRT_HOOK_INIT, 0, 7, &di_hook_ok);
    di_guard(&p, "Nobody", 8);
    di_guard(&p, "Fence", 9);
    expect_errors(&p, "di_owners");
}

TEST(di__bases_that_go_round__each_circle_once) {
    di_program p;
    di_program_init(&p, 16);
    static const char* const names[] = {"B", "A", "C", "Self", "Leaf", "Right", "Root"};
    static const char* const bases[] = {"C", "B", "A", "Self", "A", "Root", NULL};
    for (uint32_t i = 0; i < 7; i++) {
        p.classes[di_class(&p, names[i], (int32_t)i + 1, "")].base = bases[i];
    }
    expect_errors(&p, "di_bases");
}

TEST(di__base_without_record__told_with_the_nearest) {
    di_program p;
    di_program_init(&p, 16);
    p.classes[di_class(&p, "Clock", 1, "")].base = NULL;
    p.classes[di_class(&p, "FakeClock", 2, "")].base = "Clok";
    p.classes[di_class(&p, "Leaf", 3, "")].base = "FakeClock";
    p.classes[di_class(&p, "Odd", 4, "")].base = "SomethingElse";
    static const tmlrt_meta_type as_clock = {"Clock", 8, 8, TMLRT_TYPE_CLASS, 0};
    di_needs(&p, di_class(&p, "A", 5, ""), "clock", 0, 6)->type = &as_clock;
    di_provider(&p, "clock", "Odd", TMLRT_PROVIDE_CLASS, 0, 7); // is it a Clock?
    expect_errors(&p, "di_no_base");
}

TEST(di__empty_names__told_by_the_record) {
    di_program p;
    di_program_init(&p, 16);
    di_needs(&p, di_class(&p, "A", 1, ""), "", 0, 2);
    di_provider(&p, "", "A", TMLRT_PROVIDE_CLASS, 0, 3);
    di_provider(&p, "alias", "", TMLRT_PROVIDE_ALIAS, 0, 4);
    di_provider(&p, "", NULL, TMLRT_PROVIDE_VALUE, 0, 5);
    di_depends(&p, di_provider(&p, "f", NULL, TMLRT_PROVIDE_FACTORY, 0, 6), "", 7);
    expect_errors(&p, "di_empty");
}

// ---- cycles -------------------------------------------------------------------------------------

TEST(di__cycles__each_whole_and_once) {
    di_program p;
    di_program_init(&p, 16);
    di_needs(&p, di_class(&p, "A", 1, ""), "B", 0, 2);
    uint32_t b = di_class(&p, "B", 3, "");
    static const tmlrt_meta_type c = {"C", 8, 8, TMLRT_TYPE_CLASS, 0};
    di_needs(&p, b, "c", 0, 4)->type = &c;
    di_needs(&p, b, "A", 0, 5); // a second, shorter one
    di_provider(&p, "c", "C", TMLRT_PROVIDE_ALIAS, 0, 6);
    di_needs(&p, di_class(&p, "C", 7, ""), "A", 0, 8);
    di_needs(&p, di_class(&p, "Self", 9, ""), "Self", 0, 10);
    di_provider(&p, "x", "y", TMLRT_PROVIDE_ALIAS, 0, 11);
    di_provider(&p, "y", "z", TMLRT_PROVIDE_ALIAS, 0, 12);
    di_provider(&p, "z", "x", TMLRT_PROVIDE_ALIAS, 0, 13);
    di_depends(&p, di_provider(&p, "f", NULL, TMLRT_PROVIDE_FACTORY, 0, 14), "g", 15);
    di_depends(&p, di_provider(&p, "g", NULL, TMLRT_PROVIDE_FACTORY, 0, 16), "f", 17);
    expect_errors(&p, "di_cycles");
}

TEST(di__cycle_through_a_provider__is_none) {
    di_program p;
    di_program_init(&p, 8);
    di_needs(&p, di_class(&p, "A", 1, ""), "B", 0, 2);
    di_needs(&p, di_class(&p, "B", 3, ""), "A", DI_LAZY, 4);
    expect_right(&p);
}

// ---- scopes -------------------------------------------------------------------------------------

TEST(di__singleton_needs_request_scope__chain_and_remedy) {
    static const tmlrt_meta_type user = {"User", 8, 8, TMLRT_TYPE_CLASS, 0};
    static const tmlrt_meta_type request = {NULL, 8, 8, TMLRT_TYPE_REQUEST, 0};
    di_program p;
    di_program_init(&p, 24);
    di_class(&p, "User", 1, "request");
    di_needs(&p, di_class(&p, "Direct", 3, ""), "User", 0, 4);
    uint32_t shop = di_class(&p, "Shop", 5, "singleton");
    di_needs(&p, shop, "Cart", 0, 6); // through a transient and an alias
    di_needs(&p, shop, "User", DI_LAZY, 7);
    di_needs(&p, di_class(&p, "Cart", 8, "Transient"), "current", 0, 9)->type = &user;
    di_provider(&p, "current", "User", TMLRT_PROVIDE_ALIAS, 0, 10);
    di_needs(&p, di_class(&p, "Audit", 11, ""), "r", 0, 12)->type = &request;
    di_needs(&p, di_class(&p, "Trace", 13, "request"), "r", 0, 14)->type = &request;
    di_needs(&p, di_class(&p, "Parent", 15, ""), "Direct", 0, 16); // not wrong by itself
    di_class(&p, "Odd", 17, "per-request");
    di_class(&p, "Near", 18, "requets");
    di_hook(&p, "User", TMLRT_HOOK_INIT, 0, 19, &di_hook_ok);
    di_provider(&p, "conn", NULL, TMLRT_PROVIDE_FACTORY, TMLRT_SCOPE_REQUEST, 20);
    di_depends(&p, di_provider(&p, "pool", NULL, TMLRT_PROVIDE_FACTORY, 0, 21), "User", 22);
    uint32_t api = di_class(&p, "Api", 23, NULL);
    di_deco(&p, api, "Controller", "request");
    p.values[(size_t)api * 4].name = "scope"; // @Controller(scope = request)
    di_needs(&p, api, "User", 0, 24);         // right
    expect_errors(&p, "di_scopes");
}

TEST(di__types__checked_where_both_are_known) {
    di_program p;
    di_program_init(&p, 16);
    uint32_t user = di_class(&p, "User", 1, "");
    uint32_t admin = di_class(&p, "Admin", 2, "");
    p.classes[admin].base = "User";
    di_class(&p, "Order", 3, "");
    uint32_t shop = di_class(&p, "Shop", 4, "");
    static tmlrt_meta_type as_user = {"User", 8, 8, TMLRT_TYPE_CLASS, 0};
    static tmlrt_meta_type behavior = {"Store", 8, 8, TMLRT_TYPE_CLASS, 0};
    static tmlrt_meta_type maybe = {&as_user, 8, 8, TMLRT_TYPE_MAYBE, TMLRT_MAYBE_NULLABLE};
    di_needs(&p, shop, "Admin", 0, 5)->type = &as_user;    // derives
    di_needs(&p, shop, "Order", 0, 6)->type = &behavior;   // no class
    di_needs(&p, shop, "order", 0, 7)->type = &as_user;    // wrong, through an alias
    di_needs(&p, shop, "Order", 0, 8)->type = &maybe;      // wrong
    di_needs(&p, shop, "anything", 0, 9)->type = &as_user; // not known
    di_provider(&p, "order", "Order", TMLRT_PROVIDE_ALIAS, 0, 10);
    di_provider(&p, "anything", NULL, TMLRT_PROVIDE_VALUE, 0, 11);
    (void)user;
    expect_errors(&p, "di_types");
}

// ---- modules ------------------------------------------------------------------------------------

/// App imports Users and Orders; Users provides Repo (exported) and Hash; Orders provides Bill.
static void shop_modules(di_program* p) {
    di_program_init(p, 24);
    uint32_t app = di_module(p, "App", 1), users = di_module(p, "Users", 2),
             orders = di_module(p, "Orders", 3);
    di_list(p, app, DI_IMPORTS, "Users");
    di_list(p, app, DI_IMPORTS, "Orders");
    di_list(p, users, DI_PROVIDERS, "Repo");
    di_list(p, users, DI_PROVIDERS, "Hash");
    di_list(p, users, DI_EXPORTS, "Repo");
    di_list(p, orders, DI_PROVIDERS, "Bill");
    di_needs(p, di_class(p, "Repo", 10, ""), "Hash", 0, 11);
    di_class(p, "Hash", 12, "");
    di_class(p, "Bill", 13, "");
    di_class(p, "Loose", 14, ""); // in no module: not part of the program
}

TEST(di__modules__see_own_imported_passed_on_and_global) {
    di_program p;
    shop_modules(&p);
    uint32_t core = di_module(&p, "Core", 4), config = di_module(&p, "Config", 5);
    di_needs(&p, 0, "Clock", 0, 20); // Repo: Config is passed on by Core, which is global
    di_list(&p, core, DI_IMPORTS, "Config");
    di_list(&p, core, DI_EXPORTS, "Config");
    di_list(&p, config, DI_PROVIDERS, "Clock");
    di_list(&p, config, DI_EXPORTS, "Clock");
    di_class(&p, "Clock", 21, "");
    di_deco(&p, di_class(&p, "Core", 22, NULL), "Global", NULL);
    uint32_t app = di_class(&p, "App", 23, NULL); // a module's class is injected too
    di_needs(&p, app, "Repo", 0, 24);
    di_needs(&p, app, "Bill", DI_OPTIONAL, 25); // not exported: null
    expect_right(&p);
}

TEST(di__out_of_module__which_one_and_why) {
    di_program p;
    shop_modules(&p);
    di_list(&p, 0, DI_CONTROLLERS, "Api");
    uint32_t api = di_class(&p, "Api", 20, NULL);
    di_route(&p, "Api", "/", 21);
    di_needs(&p, api, "Repo", 0, 22);
    di_needs(&p, api, "Hash", 0, 23);  // not exported
    di_needs(&p, api, "Loose", 0, 24); // in no module
    di_needs(&p, 2, "Repo", 0, 25);    // Bill: Orders does not import Users
    di_needs(&p, 2, "Hash", 0, 26);    // nor is it exported
    di_class(&p, "Lost", 27, NULL);
    di_route(&p, "Lost", "/lost", 28);
    expect_errors(&p, "di_hidden");
}

TEST(di__module_tables__wrong_names_and_cycles) {
    di_program p;
    shop_modules(&p);
    uint32_t users = 1, orders = 2;
    di_list(&p, users, DI_PROVIDERS, "Hsah"); // near Hash, which it has
    di_list(&p, users, DI_CONTROLLERS, "Ghost");
    di_list(&p, users, DI_EXPORTS, "Bill");   // not its own
    di_list(&p, users, DI_EXPORTS, "Orders"); // not imported
    di_list(&p, users, DI_EXPORTS, "Nowhere");
    di_list(&p, orders, DI_IMPORTS, "Usres"); // near: no follow-up
    di_list(&p, orders, DI_IMPORTS, "Payments");
    uint32_t a = di_module(&p, "Left", 30), b = di_module(&p, "Right", 31);
    di_list(&p, a, DI_IMPORTS, "Right");
    di_list(&p, b, DI_IMPORTS, "Left");
    di_needs(&p, 2, "Repo", 0, 32); // through the import that was misspelled
    expect_errors(&p, "di_tables");
}

TEST(di__listed_twice_or_two_roots__both_places) {
    di_program p;
    shop_modules(&p);
    di_list(&p, 1, DI_CONTROLLERS, "Api");
    di_list(&p, 2, DI_CONTROLLERS, "Api");
    di_list(&p, 2, DI_PROVIDERS, "Hash");
    di_class(&p, "Api", 20, NULL);
    di_needs(&p, 2, "Hash", 0, 21); // Bill sees it: the duplicate was told
    di_module(&p, "Island", 30);
    expect_errors(&p, "di_twice");
}

TEST(di__stages_in_no_module__belong_to_who_uses_them) {
    di_program p;
    shop_modules(&p);
    uint32_t api = di_class(&p, "Api", 20, NULL);
    di_list(&p, 0, DI_CONTROLLERS, "Api");
    di_deco(&p, api, "Guard", "Auth");
    di_route(&p, "Api", "/", 24);
    di_guard(&p, "Auth", 25);
    uint32_t auth = di_class(&p, "Auth", 21, "");
    di_needs(&p, auth, "Repo", 0, 22); // App sees it
    di_needs(&p, auth, "Hash", 0, 23); // but not this
    expect_errors(&p, "di_stage");
}

TEST(di__duplicate_token__reported_beside_the_graph) {
    di_program p;
    di_program_init(&p, 8);
    di_class(&p, "A", 1, "");
    di_class(&p, "B", 2, "");
    di_provider(&p, "store", "A", TMLRT_PROVIDE_CLASS, 0, 3);
    di_provider(&p, "store", "B", TMLRT_PROVIDE_CLASS, 0, 4);
    di_needs(&p, 0, "Gone", 0, 5);
    expect_errors(&p, "di_duplicate");
}

TEST(di__memory_fails_while_proving__clean_failure) {
    for (uint64_t nth = 1; nth < 200; nth++) {
        di_program p;
        trt_app app;
        trt_diags diags = {0};
        shop_modules(&p);
        di_list(&p, 0, DI_CONTROLLERS, "Api");
        di_deco(&p, di_class(&p, "Api", 20, NULL), "Guard", "Auth");
        di_class(&p, "Auth", 21, "");
        di_route(&p, "Api", "/", 24);
        di_guard(&p, "Auth", 25);
        di_needs(&p, 0, "Bill", DI_LAZY | DI_OPTIONAL, 22);
        di_hook(&p, "Repo", TMLRT_HOOK_INIT, 0, 23, &di_hook_ok);
        test_allocator_fail_at(nth);
        tmlrt_status status = trt_app_init(&app, &p.image, &diags);
        bool hit = test_allocator_hit();
        test_allocator_fail_at(0);
        EXPECT_EQ(status, hit ? TMLRT_E_NOMEM : TMLRT_OK);
        trt_app_fini(&app);
        trt_diags_fini(&diags);
        di_program_fini(&p);
        if (!hit) {
            return;
        }
    }
    test_fail(__FILE__, __LINE__, "never without a failure");
}

TEST(di__thousand_providers_and_routes__ready_to_serve) {
    enum { NUM = 1000 };
    static char names[NUM][16], tokens[NUM][16], paths[NUM][24];
    di_program p;
    trt_app app;
    trt_diags diags = {0};
    di_program_init(&p, 2 * NUM);
    for (uint32_t i = 0; i < NUM; i++) {
        snprintf(names[i], sizeof names[i], "Service%u", i);
        snprintf(tokens[i], sizeof tokens[i], "token%u", i);
        snprintf(paths[i], sizeof paths[i], "/group%u/r%u", i / 10, i % 10);
        uint32_t cls = di_class(&p, names[i], 10 * i + 1, "");
        for (uint32_t k = 1; k <= 3 && k <= i; k++) {
            di_needs(&p, cls, k == 1 ? tokens[i - k] : names[i - k], 0, 10 * i + 1 + k);
        }
        di_provider(&p, tokens[i], names[i], TMLRT_PROVIDE_ALIAS, 0, 10 * i + 8);
        di_route(&p, names[i], paths[i], 10 * i + 9);
    }
    EXPECT_EQ(trt_app_init(&app, &p.image, &diags), TMLRT_OK);
    EXPECT_EQ(trt_app_start(&app, &diags), TMLRT_OK);
    EXPECT_EQ(app.di.num_made, NUM);
    trt_app_fini(&app);
    di_program_fini(&p);
}
