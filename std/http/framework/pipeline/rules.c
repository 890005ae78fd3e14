// SPDX-License-Identifier: Apache-2.0
// The decorators of a handler that are not stages: read and checked at start, honoured by call.c
// and pipeline_run.c (fields, redirects) and through the service's seam (time, size of the body).
#include "std/http/framework/pipeline/rules.h"

#include "rt/base/assert.h"
#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/core/limits.h"
#include "std/http/core/response.h"

#include <stdalign.h>
#include <string.h>

#define MAX_TIMEOUT_MS INT64_C(86400000)   // a day
#define MAX_BODY_BYTES INT64_C(1073741824) // lists and texts of a request are far smaller

enum {
    RULE_TIMEOUT,
    RULE_BODY_LIMIT,
    RULE_SET_HEADER,
    RULE_REDIRECT,
    RULE_STREAM_BODY,
    RULE_SSE,
    NUM_RULES
};

static int rule_of(const char* name) {
    static const char* const names[NUM_RULES] = {"Timeout",  "BodyLimit",  "SetHeader",
                                                 "Redirect", "StreamBody", "Sse"};
    for (int rule = 0; rule < NUM_RULES; rule++) {
        if (names[rule][0] == name[0] && strcmp(names[rule], name) == 0) {
            return rule;
        }
    }
    return -1;
}

bool trt_rules_is_decorator(const char* name) {
    return rule_of(name) >= 0;
}

// ---- checks ------------------------------------------------------------------------------------

static const tmlrt_meta_value* arg_at(const tmlrt_meta_deco* deco, uint32_t index, uint32_t kind) {
    const tmlrt_meta_value* value =
        index < deco->args.count ? trt_meta_at(&deco->args, index) : NULL;
    return value != NULL && value->kind == kind ? value : NULL;
}

static bool is_number(const tmlrt_meta_deco* deco, int64_t max) {
    const tmlrt_meta_value* value = arg_at(deco, 0, TMLRT_VALUE_INT);
    return deco->args.count == 1 && value != NULL && value->i >= 1 && value->i <= max;
}

static const char* wrong_header(const tmlrt_meta_deco* deco) {
    const tmlrt_meta_value* name = arg_at(deco, 0, TMLRT_VALUE_STR);
    const tmlrt_meta_value* value = arg_at(deco, 1, TMLRT_VALUE_STR);
    if (deco->args.count != 2 || name == NULL || value == NULL) {
        return "@SetHeader takes the name and the value of a field";
    }
    if (!trt_header_name_valid(name->p, name->len)) {
        return "@SetHeader: the name is not that of a field: letters, digits and !#$%&'*+-.^_`|~";
    }
    if (!trt_header_value_valid(value->p, value->len)) {
        return "@SetHeader: the value has a byte that no field may have, or a space at an end";
    }
    if (trt_header_is_framing(name->p, name->len)) {
        return "@SetHeader: the server alone writes this field";
    }
    return NULL;
}

static const char* wrong_redirect(const tmlrt_meta_deco* deco, const tmlrt_meta_table* decos,
                                  const tmlrt_meta_type* ret) {
    const tmlrt_meta_value* url = arg_at(deco, 0, TMLRT_VALUE_STR);
    const tmlrt_meta_value* status = arg_at(deco, 1, TMLRT_VALUE_INT);
    bool is_redirect = status != NULL && (status->i == 301 || status->i == 302 ||
                                          status->i == 303 || status->i == 307 || status->i == 308);
    if (ret == NULL) {
        return "@Redirect belongs to a handler, not to a class";
    }
    if (deco->args.count == 0 || deco->args.count > 2 || url == NULL || url->len == 0 ||
        !trt_header_value_valid(url->p, url->len) || memchr(url->p, ' ', url->len) != NULL) {
        return "@Redirect takes a url without spaces, then a status if it is not 302";
    }
    if (deco->args.count == 2 && !is_redirect) {
        return "@Redirect: the status is not 301, 302, 303, 307 or 308";
    }
    if (ret->kind == TMLRT_TYPE_RESPONSE) {
        return "@Redirect: the handler returns a Response, which says by itself where to go";
    }
    for (uint32_t i = 0; i < decos->count; i++) {
        if (strcmp(((const tmlrt_meta_deco*)trt_meta_at(decos, i))->name, "Status") == 0) {
            return "@Redirect and @Status both say the status";
        }
    }
    return NULL;
}

static const char* wrong_events(const tmlrt_meta_deco* deco, const tmlrt_meta_table* decos,
                                const tmlrt_meta_type* ret) {
    if (ret == NULL) {
        return "@Sse belongs to a handler, not to a class";
    }
    if (deco->args.count > 1 ||
        (deco->args.count == 1 && arg_at(deco, 0, TMLRT_VALUE_STR) == NULL)) {
        return "@Sse takes a path";
    }
    const tmlrt_meta_type* value = ret->kind == TMLRT_TYPE_OUTCOME ? ret->ref : ret;
    if (value->kind != TMLRT_TYPE_UNIT) {
        return "@Sse: the handler returns a value, but its answer is the events that it sends";
    }
    for (uint32_t i = 0; i < decos->count; i++) {
        const char* name = ((const tmlrt_meta_deco*)trt_meta_at(decos, i))->name;
        if (strcmp(name, "Status") == 0 || strcmp(name, "Redirect") == 0) {
            return "@Sse: a stream of events has the status 200, neither @Status nor @Redirect";
        }
    }
    return NULL;
}

static void check_rule(int rule, const trt_diag_at* at, const tmlrt_meta_deco* deco,
                       const tmlrt_meta_table* decos, const tmlrt_meta_type* ret,
                       trt_diags* diags) {
    static const char* const remedies[NUM_RULES] = {
        "write @Timeout(5000) for five seconds",
        "write @BodyLimit(65536) for 64 KiB",
        "write @SetHeader(\"Cache-Control\", \"no-store\") or the like",
        "write @Redirect(\"/new\", 301) before a handler that does not return a Response",
        "write @StreamBody before a handler that reads its body with request.read_body",
        "write @Sse(\"/path\") before a handler that returns nothing, or an Outcome of nothing"};
    const char* wrong = NULL;
    switch (rule) {
    case RULE_TIMEOUT:
        wrong = is_number(deco, MAX_TIMEOUT_MS)
                    ? NULL
                    : "@Timeout takes milliseconds, from 1 to 86400000 (a day)";
        break;
    case RULE_BODY_LIMIT:
        wrong =
            is_number(deco, MAX_BODY_BYTES) ? NULL : "@BodyLimit takes bytes, from 1 to 1073741824";
        break;
    case RULE_SET_HEADER:
        wrong = wrong_header(deco);
        break;
    case RULE_STREAM_BODY:
        wrong = ret == NULL             ? "@StreamBody belongs to a handler, not to a class"
                : deco->args.count != 0 ? "@StreamBody takes nothing"
                                        : NULL;
        break;
    case RULE_SSE:
        wrong = wrong_events(deco, decos, ret);
        break;
    default:
        wrong = wrong_redirect(deco, decos, ret);
    }
    if (wrong != NULL) {
        trt_diags_add(diags, TMLRT_E_META_MALFORMED, at, remedies[rule], "%s", wrong);
    }
}

bool trt_rules_check(const trt_record* record, const tmlrt_meta_table* decos,
                     const tmlrt_meta_type* ret, trt_diags* diags) {
    uint32_t seen = 0;
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        int rule = rule_of(deco->name);
        if (rule < 0) {
            continue;
        }
        trt_diag_at at = trt_record_at(record);
        if (deco->loc.line != 0) {
            at.file = *(const char* const*)trt_meta_at(&record->unit->files, deco->loc.file);
            at.line = deco->loc.line;
        }
        if (rule != RULE_SET_HEADER && (seen >> rule & 1) != 0) {
            trt_diags_add(diags, TMLRT_E_META_MALFORMED, &at, "remove one of them",
                          "@%s is there twice", deco->name);
        }
        seen |= 1u << rule;
        check_rule(rule, &at, deco, decos, ret, diags);
    }
    return seen != 0;
}

// ---- reading -----------------------------------------------------------------------------------

typedef struct reader {
    trt_rules rules;
    trt_header* headers; ///< NULL while they are counted
} reader;

/// A field replaces one of its name from further out.
static void read_header(reader* r, trt_header header) {
    uint32_t at = 0;
    while (
        r->headers != NULL && at < r->rules.num_headers &&
        (r->headers[at].name.len != header.name.len ||
         !trt_equal_nocase(r->headers[at].name.data, header.name.data, (size_t)header.name.len))) {
        at++;
    }
    at = r->headers != NULL ? at : r->rules.num_headers;
    if (r->headers != NULL) {
        r->headers[at] = header;
    }
    r->rules.num_headers += at == r->rules.num_headers;
}

/// Places come from the outside in: what is nearer replaces what was there.
static void read_place(void* context, const tmlrt_meta_table* decos) {
    reader* r = context;
    for (uint32_t i = 0; i < decos->count; i++) {
        const tmlrt_meta_deco* deco = trt_meta_at(decos, i);
        int rule = rule_of(deco->name);
        const tmlrt_meta_value* number = arg_at(deco, 0, TMLRT_VALUE_INT);
        const tmlrt_meta_value* text = arg_at(deco, 0, TMLRT_VALUE_STR);
        const tmlrt_meta_value* value = arg_at(deco, 1, TMLRT_VALUE_STR);
        if (rule == RULE_TIMEOUT && number != NULL) {
            r->rules.timeout_ns = (uint64_t)number->i * TRT_MS;
        } else if (rule == RULE_BODY_LIMIT && number != NULL) {
            r->rules.body_bytes = (uint64_t)number->i;
        } else if (rule == RULE_STREAM_BODY) {
            r->rules.streams_body = true;
        } else if (rule == RULE_SSE) {
            r->rules.events = true;
        } else if (rule == RULE_REDIRECT && text != NULL) {
            const tmlrt_meta_value* status = arg_at(deco, 1, TMLRT_VALUE_INT);
            r->rules.redirect = text->p;
            r->rules.redirect_status = status != NULL ? (int32_t)status->i : 302;
        } else if (rule == RULE_SET_HEADER && text != NULL && value != NULL) {
            read_header(r, (trt_header){{text->p, text->len}, {value->p, value->len}});
        }
    }
}

tmlrt_status trt_rules_make(const trt_rules** out, trt_pipelines* pipelines,
                            const trt_record* route) {
    reader r = {{0}, NULL};
    *out = NULL;
    if (!pipelines->has_rules) {
        return TMLRT_OK; // most programs: no route's places are looked for
    }
    trt_pipeline_places(pipelines, route, read_place, &r);
    if (r.rules.timeout_ns == 0 && r.rules.body_bytes == 0 && r.rules.redirect == NULL &&
        r.rules.num_headers == 0 && !r.rules.streams_body && !r.rules.events) {
        return TMLRT_OK;
    }
    size_t bytes = sizeof(trt_rules) + r.rules.num_headers * sizeof(trt_header);
    trt_rules* rules = trt_arena_alloc(&pipelines->arena, bytes, alignof(trt_rules));
    if (rules == NULL) {
        return TMLRT_E_NOMEM;
    }
    r = (reader){{0}, (trt_header*)(void*)(rules + 1)};
    trt_pipeline_places(pipelines, route, read_place, &r);
    *rules = r.rules;
    rules->headers = r.headers;
    *out = rules;
    return TMLRT_OK;
}

// ---- answering ---------------------------------------------------------------------------------

static tmlrt_response* redirect(const trt_rules* rules, const tmlrt_response* from) {
    tmlrt_response* response = trt_response_new(from->arena, rules->redirect_status);
    tmlrt_slice url = {rules->redirect, strlen(rules->redirect)};
    const char* type = tmlrt_response_get_header(from, "Content-Type");
    if (from->body.len != 0 && type != NULL && strncmp(type, "text/plain", 10) == 0 &&
        trt_header_value_valid(from->body.data, (size_t)from->body.len)) {
        url = from->body; // a Str: where to, this time
    }
    return response != NULL && trt_response_add(response, TRT_SLICE("Location"), url) == TMLRT_OK
               ? response
               : NULL;
}

tmlrt_response* trt_rules_answer(const trt_rules* rules, tmlrt_response* response, bool own) {
    if (response == NULL || response->status >= 400) {
        return response;
    }
    if (rules->redirect != NULL) {
        response = redirect(rules, response);
    }
    for (uint32_t i = 0; response != NULL && i < rules->num_headers; i++) {
        const trt_header* header = &rules->headers[i];
        bool there = trt_header_find(response->headers, response->num_headers, header->name.data,
                                     (size_t)header->name.len) != NULL;
        if (!(own && there) &&
            trt_response_set(response, header->name, header->value) != TMLRT_OK) {
            response = NULL;
        }
    }
    return response;
}
