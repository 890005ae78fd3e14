// SPDX-License-Identifier: Apache-2.0
// Requests of the smoke client: from the text of an example to bytes, and made up from the records.
// Pure.
#include "std/http/framework/app/smoke.h"

#include <string.h>

void trt_smoke_to_wire(const char* request, const char* host, trt_text* out) {
    const char* line_end = strchr(request, '\n');
    size_t line = line_end != NULL ? (size_t)(line_end - request) : strlen(request);
    trt_text_append(out, request, line);
    trt_text_printf(out, " HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", host);
    const char* p = request + line + (line_end != NULL);
    while (*p != '\0' && *p != '\n') {
        const char* end = strchr(p, '\n');
        size_t len = end != NULL ? (size_t)(end - p) : strlen(p);
        trt_text_append(out, p, len);
        trt_text_puts(out, "\r\n");
        p += len + (end != NULL);
    }
    const char* body = *p == '\n' ? p + 1 : p;
    bool has_body = strncmp(request, "GET ", 4) != 0 && strncmp(request, "HEAD ", 5) != 0;
    if (*body != '\0' || has_body) {
        trt_text_printf(out, "Content-Length: %zu\r\n", strlen(body));
    }
    trt_text_printf(out, "\r\n%s", body);
}

static bool is_optional(const tmlrt_meta_slot* field) {
    return field->dflt != NULL || (field->loc.flags & TMLRT_LOC_OPTIONAL) != 0 ||
           field->type->kind == TMLRT_TYPE_MAYBE;
}

static const char* key_of(const tmlrt_meta_slot* field) {
    return field->key != NULL ? field->key : field->name;
}

/// A small value of a type: as JSON, or bare for a path or a query.
static void put_sample(trt_text* out, const tmlrt_meta_type* type, bool json, uint32_t depth) {
    const tmlrt_meta_schema* schema = type->ref;
    const char* quote = json ? "\"" : "";
    switch (type->kind) {
    case TMLRT_TYPE_BOOL:
        trt_text_puts(out, "true");
        return;
    case TMLRT_TYPE_CHAR:
        trt_text_printf(out, "%sx%s", quote, quote);
        return;
    case TMLRT_TYPE_STR:
    case TMLRT_TYPE_TEXT:
        trt_text_printf(out, "%stext%s", quote, quote);
        return;
    case TMLRT_TYPE_LIST:
        trt_text_puts(out, json ? "[]" : "1");
        return;
    case TMLRT_TYPE_MAYBE:
        put_sample(out, type->ref, json, depth);
        return;
    case TMLRT_TYPE_UNIT:
        trt_text_puts(out, "null");
        return;
    case TMLRT_TYPE_STRUCT:
        break;
    default:
        trt_text_puts(out, "1");
        return;
    }
    trt_text_puts(out, "{");
    bool first = true;
    for (uint32_t i = 0; depth < 16 && i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        if (!is_optional(field)) {
            trt_text_printf(out, "%s\"%s\":", first ? "" : ",", key_of(field));
            put_sample(out, field->type, true, depth + 1);
            first = false;
        }
    }
    trt_text_puts(out, "}");
}

static const tmlrt_meta_slot* path_slot(const tmlrt_meta_route* route, const char* name,
                                        size_t len) {
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        if (slot->where == TMLRT_WHERE_PATH && strlen(slot->key) == len &&
            memcmp(slot->key, name, len) == 0) {
            return slot;
        }
    }
    return NULL;
}

/// A byte of a static segment, escaped where a path must not have it as it is.
static void put_static(trt_text* out, char c) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 (c != '\0' && strchr("/-._~!$&'()*+,;=:@%", c) != NULL);
    if (plain) {
        trt_text_append(out, &c, 1);
    } else {
        trt_text_printf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static void put_path(trt_text* out, const tmlrt_meta_route* route, const char* pattern) {
    for (const char* p = pattern; *p != '\0'; p++) {
        bool starts = p != pattern && p[-1] == '/';
        if (!starts || (*p != ':' && *p != '*')) {
            put_static(out, *p);
            continue;
        }
        size_t len = strcspn(p + 1, "/");
        const tmlrt_meta_slot* slot =
            len != 0 ? path_slot(route, p + 1, len) : path_slot(route, p, 1); // `*` alone
        if (slot != NULL) {
            put_sample(out, slot->type, false, 0);
        } else {
            trt_text_puts(out, "1");
        }
        p += len;
    }
}

static void put_pair(trt_text* out, const char* key, const tmlrt_meta_type* type, char* separator) {
    trt_text_append(out, separator, 1);
    for (const char* p = key; *p != '\0'; p++) {
        if (strchr("&=+%", *p) == NULL) {
            put_static(out, *p);
        } else {
            trt_text_printf(out, "%%%02X", (unsigned)(unsigned char)*p);
        }
    }
    trt_text_puts(out, "=");
    put_sample(out, type, false, 0);
    *separator = '&';
}

/// A struct takes the whole query: a pair for each field that must be there.
static void put_query(trt_text* out, const tmlrt_meta_slot* slot, char* separator) {
    const tmlrt_meta_type* type = slot->type;
    while (type->kind == TMLRT_TYPE_MAYBE) {
        type = type->ref;
    }
    if (type->kind != TMLRT_TYPE_STRUCT) {
        put_pair(out, slot->key, slot->type, separator);
        return;
    }
    const tmlrt_meta_schema* schema = type->ref;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const tmlrt_meta_slot* field = trt_meta_at(&schema->fields, i);
        if (!is_optional(field)) {
            put_pair(out, key_of(field), field->type, separator);
        }
    }
}

void trt_smoke_make_request(const trt_app* app, uint32_t index, trt_text* out) {
    const tmlrt_meta_route* route = app->handlers.items[index].route;
    const tmlrt_meta_slot* body = NULL;
    char pattern[512];
    char separator = '?';
    trt_route_spec spec = trt_handler_spec(&app->handlers.items[index]);
    trt_router_pattern(pattern, sizeof pattern, &spec);
    trt_text_printf(out, "%s ", strcmp(route->method, "ALL") == 0 ? "GET" : route->method);
    put_path(out, route, pattern);
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        if (slot->where == TMLRT_WHERE_QUERY) {
            put_query(out, slot, &separator);
        }
    }
    for (uint32_t i = 0; i < route->params.count; i++) {
        const tmlrt_meta_slot* slot = trt_meta_at(&route->params, i);
        if (slot->where == TMLRT_WHERE_HEADER || slot->where == TMLRT_WHERE_COOKIE) {
            bool cookie = slot->where == TMLRT_WHERE_COOKIE;
            trt_text_printf(out, "\n%s%s%s", cookie ? "Cookie: " : "", slot->key,
                            cookie ? "=" : ": ");
            put_sample(out, slot->type, false, 0);
        }
        body = slot->where == TMLRT_WHERE_BODY ? slot : body;
    }
    if (body != NULL) {
        bool text = body->type->kind == TMLRT_TYPE_STR || body->type->kind == TMLRT_TYPE_TEXT;
        trt_text_printf(out, "\nContent-Type: %s\n\n", text ? "text/plain" : "application/json");
        put_sample(out, body->type, !text, 0);
    }
}
