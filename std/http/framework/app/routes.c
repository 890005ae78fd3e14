// SPDX-License-Identifier: Apache-2.0
// The route table: a line per route and, on demand, a line per stage that a request to it goes
// through, in that order, with where the stage was attached. At start, one thread.
#include "std/http/core/limits.h"
#include "std/http/core/number.h"
#include "std/http/framework/app/app.h"
#include "std/http/framework/registry/check.h"

#include <stdio.h>
#include <string.h>

static void put_stage(trt_text* out, const char* role, const char* name, const char* level,
                      const char* file, uint32_t line) {
    size_t start = out->len;
    trt_text_printf(out, "        %s", role);
    trt_text_pad(out, start, 20);
    trt_text_printf(out, "  %s", name);
    trt_text_pad(out, start, 48);
    trt_text_printf(out, "  %s", level);
    trt_text_pad(out, start, 60);
    trt_text_printf(out, "  %s:%u\n", file, line);
}

static void put_origin(trt_text* out, const trt_pipeline_origin* origin) {
    static const char* const levels[] = {"global", "module", "controller", "handler", "parameter"};
    const tmlrt_meta_stage* stage = origin->stage->record;
    char name[160];
    snprintf(name, sizeof name, "%s.%s%s%s", origin->stage->class->name, stage->name,
             origin->slot != NULL ? " of " : "", origin->slot != NULL ? origin->slot->name : "");
    put_stage(out, trt_role_word(stage->role), name, levels[origin->level], origin->file,
              origin->line);
}

static void print_rules(const trt_rules* rules, trt_text* out) {
    if (rules->timeout_ns != 0) {
        trt_text_printf(out, "        timeout       %llu ms\n",
                        (unsigned long long)(rules->timeout_ns / TRT_MS));
    }
    if (rules->body_bytes != 0) {
        trt_text_printf(out, "        body limit    %llu bytes\n",
                        (unsigned long long)rules->body_bytes);
    }
    if (rules->events) {
        trt_text_printf(out, "        events        text/event-stream\n");
    }
    if (rules->redirect != NULL) {
        trt_text_printf(out, "        redirect      %d %s\n", (int)rules->redirect_status,
                        rules->redirect);
    }
    for (uint32_t i = 0; i < rules->num_headers; i++) {
        trt_text_printf(out, "        header        %s: %s\n", rules->headers[i].name.data,
                        rules->headers[i].value.data);
    }
}

/// The stages of a handler, or of requests that have none; nothing when there are none.
static void print_stages(const trt_app* app, const trt_handler* handler, const trt_record* record,
                         trt_text* out) {
    trt_pipeline_list list = {0};
    if (trt_pipeline_collect(&list, &app->handlers.pipelines, record) != TMLRT_OK) {
        trt_text_puts(out, "        out of memory\n");
        list.num = 0;
    }
    uint32_t i = 0;
    for (; i < list.num && list.items[i].stage->record->role != TMLRT_ROLE_FILTER; i++) {
        put_origin(out, &list.items[i]);
    }
    if (list.num != 0 && handler != NULL) {
        char name[160];
        snprintf(name, sizeof name, "%s.%s", handler->route->cls, handler->route->name);
        put_stage(out, "handler", name, "", record->file, record->line);
    }
    for (; i < list.num; i++) {
        put_origin(out, &list.items[i]);
    }
    trt_pipeline_list_fini(&list);
    if (handler != NULL && handler->rules != NULL) {
        print_rules(handler->rules, out);
    }
}

void trt_app_print_routes(const trt_app* app, uint32_t max, bool stages, trt_text* out) {
    char pattern[512];
    size_t width = 0, names = 0;
    uint32_t num = app->handlers.num < max ? app->handlers.num : max;
    for (uint32_t i = 0; i < num; i++) {
        const tmlrt_meta_route* route = app->handlers.items[i].route;
        trt_route_spec spec = trt_handler_spec(&app->handlers.items[i]);
        size_t len = trt_router_pattern(pattern, sizeof pattern, &spec);
        size_t name = strlen(route->cls) + 1 + strlen(route->name);
        width = len > width ? len : width;
        names = name > names ? name : names;
    }
    width = width > 60 ? 60 : width;
    names = names > 40 ? 40 : names;
    for (uint32_t i = 0; i < num; i++) {
        const trt_handler* handler = &app->handlers.items[i];
        const trt_record* record = &app->registry.kinds[TMLRT_KIND_ROUTE].items[i];
        trt_route_spec spec = trt_handler_spec(handler);
        size_t start = out->len;
        char line[TRT_NUMBER_TEXT];
        size_t len = trt_router_pattern(pattern, sizeof pattern, &spec);
        trt_text_puts(out, handler->route->method);
        trt_text_pad(out, start, 7);
        trt_text_puts(out, " ");
        trt_text_append(out, pattern, len < sizeof pattern ? len : sizeof pattern - 1);
        trt_text_pad(out, start, 8 + width);
        trt_text_puts(out, "  ");
        trt_text_puts(out, handler->route->cls);
        trt_text_puts(out, ".");
        trt_text_puts(out, handler->route->name);
        trt_text_pad(out, start, 10 + width + names);
        trt_text_puts(out, "  ");
        trt_text_puts(out, record->file);
        trt_text_puts(out, ":");
        trt_text_append(out, line, trt_format_u64(line, record->line));
        trt_text_puts(out, "\n");
        if (stages) {
            print_stages(app, handler, record, out);
        }
    }
    if (stages && app->handlers.pipelines.fallback != NULL) {
        trt_text_puts(out, "no route: 404, 405 and OPTIONS\n");
        print_stages(app, NULL, NULL, out);
    }
    if (num < app->handlers.num) {
        trt_text_printf(out, "and %u more; --routes prints all\n", app->handlers.num - num);
    }
}
