// SPDX-License-Identifier: Apache-2.0
// Requests as commands for a shell: what a person can try. Pure.
#include "std/http/framework/app/smoke.h"

#include <string.h>

enum { MAX_COMMANDS = 10 };

/// In single quotes unless every byte is harmless; a quote inside ends them for a moment.
static void put_word(trt_text* out, const char* word, size_t len) {
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_./:@%+,";
    bool plain = len != 0;
    for (size_t i = 0; i < len && plain; i++) {
        plain = word[i] != '\0' && strchr(harmless, word[i]) != NULL;
    }
    trt_text_puts(out, plain ? "" : "'");
    for (size_t i = 0; i < len; i++) {
        if (word[i] == '\'') {
            trt_text_puts(out, "'\\''");
        } else {
            trt_text_append(out, &word[i], 1);
        }
    }
    trt_text_puts(out, plain ? "" : "'");
}

static void put_url(trt_text* out, const char* path, size_t len, const char* origin) {
    trt_text url = {0};
    trt_text_printf(&url, "%s%.*s", origin, (int)len, path);
    put_word(out, url.data != NULL ? url.data : "", url.len);
    out->failed = out->failed || url.failed;
    trt_text_fini(&url);
}

static bool has_any(const char* text, size_t len, const char* bytes) {
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\0' && strchr(bytes, text[i]) != NULL) {
            return true;
        }
    }
    return false;
}

void trt_smoke_to_command(const char* request, const char* origin, trt_text* out) {
    size_t method = strcspn(request, " \n"), line = strcspn(request, "\n");
    const char *path = request + method + (method < line), *p = request + line;
    size_t path_len = (size_t)(p - path);
    bool get = method == 3 && memcmp(request, "GET", 3) == 0;
    bool head = method == 4 && memcmp(request, "HEAD", 4) == 0;
    trt_text_puts(out, head ? "curl -I" : "curl -i");
    // The certificate is seldom for the address that is printed.
    trt_text_puts(out, strncmp(origin, "https:", 6) == 0 ? " -k" : "");
    if (!get && !head) {
        trt_text_puts(out, " -X ");
        put_word(out, request, method);
    }
    if (has_any(path, path_len, "[]{}")) {
        trt_text_puts(out, " -g"); // these are patterns to curl
    }
    trt_text_puts(out, " ");
    put_url(out, path, path_len, origin);
    p += *p == '\n';
    while (*p != '\0' && *p != '\n') {
        size_t len = strcspn(p, "\n");
        trt_text_puts(out, " -H ");
        put_word(out, p, len);
        p += len + (p[len] == '\n');
    }
    if (*p == '\n' && p[1] != '\0') {
        trt_text_puts(out, " --data-raw ");
        put_word(out, p + 1, strlen(p + 1));
    }
    trt_text_puts(out, "\n");
}

/// The example of a route that shows most: one that succeeds, else any; NULL when it has none.
static const char* best_example(const trt_app* app, const tmlrt_meta_route* route) {
    const trt_record_list* examples = &app->registry.kinds[TMLRT_KIND_EXAMPLE];
    const char* any = NULL;
    for (uint32_t i = 0; i < examples->num; i++) {
        const tmlrt_meta_example* example = examples->items[i].item;
        if (strcmp(example->cls, route->cls) == 0 && strcmp(example->name, route->name) == 0) {
            if (example->status < 400) {
                return example->request;
            }
            any = any != NULL ? any : example->request;
        }
    }
    return any;
}

void trt_smoke_commands(const trt_app* app, const trt_addr* server, bool tls, trt_text* out) {
    char origin[80];
    const char* scheme = tls ? "https://" : "http://";
    size_t len = strlen(scheme);
    uint32_t num = app->handlers.num < MAX_COMMANDS ? app->handlers.num : MAX_COMMANDS;
    memcpy(origin, scheme, len);
    origin[len + trt_addr_format(server, origin + len, sizeof origin - len)] = '\0';
    trt_text_puts(out, num != 0 ? "try:\n" : "");
    for (uint32_t i = 0; i < num; i++) {
        const char* request = best_example(app, app->handlers.items[i].route);
        trt_text made = {0};
        if (request == NULL) {
            trt_smoke_make_request(app, i, &made);
            request = made.data != NULL ? made.data : "GET /";
        }
        trt_text_puts(out, "  ");
        trt_smoke_to_command(request, origin, out);
        trt_text_fini(&made);
    }
}
