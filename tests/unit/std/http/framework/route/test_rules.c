// SPDX-License-Identifier: Apache-2.0
// Every error that a path of a route can have, as its author sees it: each at its line, a wrong
// prefix once, at its controller.
#include "std/http/framework/app/app.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/meta_program.h"

#include <stdio.h>

static const char* const s_paths[] = {
    "/ok/:id",
    "ok/:other/",
    "/ok/%3Aid",
    "/ok/%3aid",
    "/a//b",
    "/a/..",
    "/%2e",
    "/a%2F..%2Fb",
    "/a:b",
    "/a*",
    "/:",
    "/:a-b",
    "/*rest/more",
    "/:id/:id",
    "/x/:a/*a",
    "/a b",
    "/a?b=c",
    "/100%",
    "/a%00",
    "/a\\b",
    "/\xC0\xAF",
    "/:a/:b/:c/:d/:e/:f/:g/:h/:i/:j/:k/:l/:m/:n/:o/:p/:q",
    "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32/33/34/"
    "35/36/37/38/39/40/41/42/43/44/45/46/47/48/49/50/51/52/53/54/55/56/57/58/59/60/61/62/63/64",
};

enum { NUM_PATHS = sizeof s_paths / sizeof s_paths[0], NUM = NUM_PATHS + 4 };

TEST(app_init__every_wrong_path__told_at_its_line) {
    static meta_program p;
    static tmlrt_meta_route routes[NUM];
    static tmlrt_meta_class classes[4];
    static tmlrt_meta_value prefixes[2] = {{.kind = TMLRT_VALUE_STR, .p = "/api//v1"},
                                           {.kind = TMLRT_VALUE_STR, .p = "/api//v1"}};
    static tmlrt_meta_deco decos[2];
    static char names[NUM][8];
    trt_app app;
    trt_diags diags = {0};
    trt_text text = {0};
    meta_program_init(&p);
    for (uint32_t i = 0; i < NUM; i++) {
        snprintf(names[i], sizeof names[i], "r%u", i);
        routes[i] = p.routes[META_GET];
        routes[i].params.count = 0;
        routes[i].name = names[i];
        routes[i].path = i < NUM_PATHS ? s_paths[i] : "/x";
        routes[i].loc.line = 100 + i;
    }
    classes[0] = p.classes[META_CONTROLLER];
    classes[1] = p.classes[META_SERVICE];
    for (uint32_t i = 0; i < 2; i++) { // two controllers with one wrong prefix, two routes each
        decos[i] = (tmlrt_meta_deco){"Controller", META_ONE(prefixes[i]), META_LOC(200 + i * 10)};
        classes[2 + i] = p.classes[META_CONTROLLER];
        classes[2 + i].name = i == 0 ? "WrongPrefix" : "WrongAsWell";
        classes[2 + i].decos = META_ONE(decos[i]);
        classes[2 + i].loc.line = 201 + i * 10;
        routes[NUM_PATHS + 2 * i].cls = routes[NUM_PATHS + 2 * i + 1].cls = classes[2 + i].name;
    }
    p.unit.kind[TMLRT_KIND_CLASS] = META_TABLE(classes);
    p.unit.kind[TMLRT_KIND_ROUTE] = META_TABLE(routes);
    p.unit.kind[TMLRT_KIND_EXAMPLE].count = 0;
    EXPECT_EQ(trt_app_init(&app, &p.image, &diags), TMLRT_E_META_MALFORMED);
    trt_diags_format(&diags, &text);
    EXPECT_GOLDEN("route_errors", text.data, text.len);
    trt_text_fini(&text);
    trt_diags_fini(&diags);
}
