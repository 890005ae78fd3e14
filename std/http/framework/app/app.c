// SPDX-License-Identifier: Apache-2.0
// The life of a program: check, start, end. (app_routes.c prints the route table.)
//
// Checking runs no user code and reports everything that is wrong in one go: records first; the
// graph and the routes only when no malformed record was left out, since they would report what
// follows from it a second time (of two records with one name the first stays). One thread, before
// and after the server runs.
#include "std/http/framework/app/app.h"

#include "rt/base/assert.h"

#include <string.h>

static void check_example(const trt_app* app, const trt_record* record, trt_diags* diags) {
    const tmlrt_meta_example* example = record->item;
    for (uint32_t i = 0; i < app->handlers.num; i++) {
        const tmlrt_meta_route* route = app->handlers.items[i].route;
        if (strcmp(route->cls, example->cls) == 0 && strcmp(route->name, example->name) == 0) {
            return;
        }
    }
    trt_diag_at at = trt_record_at(record);
    trt_diags_add(diags, TMLRT_E_META_MISSING, &at, "name a handler of the program",
                  "it is an example of a route that is not there");
}

tmlrt_status trt_app_init(trt_app* out, const tmlrt_image* images, trt_diags* diags) {
    *out = (trt_app){0};
    tmlrt_status status = trt_registry_init(&out->registry, images, diags);
    if (status == TMLRT_OK && !out->registry.incomplete) {
        const trt_record_list* examples = &out->registry.kinds[TMLRT_KIND_EXAMPLE];
        status = trt_di_init(&out->di, &out->registry, diags);
        if (status == TMLRT_OK) {
            status = trt_handlers_init(&out->handlers, &out->registry, &out->di, diags);
        }
        for (uint32_t i = 0; status == TMLRT_OK && i < examples->num; i++) {
            check_example(out, &examples->items[i], diags);
        }
    }
    if (status == TMLRT_OK && diags->num_all != 0) {
        status = TMLRT_E_META_MALFORMED;
    }
    if (status != TMLRT_OK) {
        trt_app_fini(out);
    }
    return status;
}

tmlrt_status trt_app_start(trt_app* app, trt_diags* diags) {
    TRT_TRY(trt_di_make(&app->di, diags));
    trt_handlers_bind_objects(&app->handlers, &app->di);
    TRT_TRY(trt_di_hooks(&app->di, TMLRT_HOOK_INIT, diags));
    TRT_TRY(trt_di_hooks(&app->di, TMLRT_HOOK_BOOTSTRAP, diags));
    app->objects_made = true;
    return TMLRT_OK;
}

void trt_app_fini(trt_app* app) {
    if (app->objects_made) {
        for (uint32_t event = TMLRT_HOOK_DESTROY; event <= TMLRT_HOOK_SHUTDOWN; event++) {
            (void)!trt_di_hooks(&app->di, event, NULL); // one that fails is in the log
        }
    }
    trt_di_fini(&app->di);
    trt_handlers_fini(&app->handlers);
    trt_registry_fini(&app->registry);
    *app = (trt_app){0};
}
