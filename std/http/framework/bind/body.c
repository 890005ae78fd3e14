// SPDX-License-Identifier: Apache-2.0
// The body of a request, by its Content-Type: JSON, an urlencoded form, or text as it is.
//
// Str and Text take the body as it is, whatever its type. Everything else is JSON
// (application/json, or any type with the suffix +json); a struct of scalars may be an urlencoded
// form as well. Another type, none, or another charset than UTF-8 is 415: the type is never guessed
// from the bytes, since a browser sends some types across origins without asking.
#include "std/http/framework/bind/binder.h"

#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/core/response.h"
#include "std/http/core/utf8.h"
#include "std/http/framework/value/json_read.h"
#include "std/http/framework/value/value.h"

static const char s_json_only[] = "application/json";
static const char s_json_or_form[] = "application/json, application/x-www-form-urlencoded";

static tmlrt_status unsupported(trt_binder* b, const char* detail) {
    b->errors->status = 415;
    b->errors->detail = detail;
    return TMLRT_E_BIND;
}

// ---- Content-Type ----------------------------------------------------------------------------

static bool equals(tmlrt_slice text, const char* word) {
    size_t len = strlen(word);
    return text.len == len && trt_equal_nocase(text.data, word, len);
}

/// Takes the part before the next ';' off *rest, trimmed.
static tmlrt_slice next_part(tmlrt_slice* rest) {
    const char* end = rest->len != 0 ? memchr(rest->data, ';', (size_t)rest->len) : NULL;
    uint64_t len = end != NULL ? (uint64_t)(end - rest->data) : rest->len;
    tmlrt_slice part = {rest->data, len};
    rest->data += len + (end != NULL);
    rest->len -= len + (end != NULL);
    return trt_trim(part);
}

static bool is_json(tmlrt_slice media) {
    if (equals(media, s_json_only)) {
        return true;
    }
    const char* slash = memchr(media.data, '/', (size_t)media.len);
    return slash != NULL && slash != media.data && media.len > 6 &&
           media.data + media.len - 6 > slash &&
           trt_equal_nocase(media.data + media.len - 5, "+json", 5);
}

/// Whether the parameters of a type name another charset than UTF-8 (or its subset ASCII).
static bool other_charset(tmlrt_slice params) {
    while (params.len != 0) {
        tmlrt_slice param = next_part(&params);
        if (param.len < 8 || !trt_equal_nocase(param.data, "charset=", 8)) {
            continue;
        }
        tmlrt_slice value = {param.data + 8, param.len - 8};
        if (value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"') {
            value = (tmlrt_slice){value.data + 1, value.len - 2};
        }
        return !equals(value, "utf-8") && !equals(value, "utf8") && !equals(value, "us-ascii");
    }
    return false;
}

// ---- the kinds of body -----------------------------------------------------------------------

static tmlrt_status bind_json(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    trt_json_report report;
    const trt_bind_limits* own = b->input->limits;
    trt_json_limits limits = own != NULL ? own->json : (trt_json_limits){0, 0};
    tmlrt_status status = trt_json_read_within(place, slot->type, b->input->keys, b->arena,
                                               b->input->request->body, limits, &report);
    if (status == TMLRT_E_HTTP_LIMIT) {
        b->errors->status = 413;
        b->errors->detail = "the lists of the body take more than 8 MiB";
        return TMLRT_E_BIND;
    }
    if (status != TMLRT_E_JSON && status != TMLRT_E_BIND) {
        return status;
    }
    for (uint32_t i = 0; i < report.num; i++) {
        trt_problem_error error = {
            .where = "body", .detail = report.items[i].detail, .pointer = report.items[i].pointer};
        trt_bind_add_error(b, &error);
    }
    b->errors->num_all += report.num_all - report.num;
    return TMLRT_OK;
}

static tmlrt_status bind_form(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    const tmlrt_meta_type* type = slot->type;
    if (type->kind == TMLRT_TYPE_MAYBE) {
        place = trt_value_set_just(type, place);
        type = type->ref;
    }
    return trt_bind_form(b, type->ref, place, b->input->request->body);
}

static tmlrt_status bind_raw(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    tmlrt_slice body = b->input->request->body;
    if (!trt_utf8_valid(body.data, (size_t)body.len)) {
        return trt_bind_slot_error(b, slot, "must be valid UTF-8");
    }
    return trt_bind_text(b, slot, slot->type, place, body, false);
}

/// What the head says of the body: the first Content-Encoding and Content-Type, and whether there
/// is another type, which someone else may have believed.
typedef struct told {
    const trt_header *encoding, *type;
    bool contradicts;
} told;

static told look(const tmlrt_request* request) {
    told t = {NULL, NULL, false};
    for (uint32_t i = 0; i < request->num_headers; i++) {
        const trt_header* header = &request->headers[i];
        if (header->name.len == 12 && trt_equal_nocase(header->name.data, "content-type", 12)) {
            t.contradicts |= t.type != NULL && (header->value.len != t.type->value.len ||
                                                memcmp(header->value.data, t.type->value.data,
                                                       (size_t)header->value.len) != 0);
            t.type = t.type != NULL ? t.type : header;
        } else if (t.encoding == NULL && header->name.len == 16 &&
                   trt_equal_nocase(header->name.data, "content-encoding", 16)) {
            t.encoding = header;
        }
    }
    return t;
}

/// Nearly every body that is no text.
static bool is_plain_json(const told* t) {
    enum { LEN = sizeof s_json_only - 1 };
    return t->encoding == NULL && t->type != NULL && !t->contradicts && t->type->value.len == LEN &&
           memcmp(t->type->value.data, s_json_only, LEN) == 0;
}

tmlrt_status trt_bind_body(trt_binder* b, const tmlrt_meta_slot* slot, char* place) {
    const tmlrt_request* request = b->input->request;
    const tmlrt_meta_type* inner = slot->type;
    told t = look(request);
    inner = inner->kind == TMLRT_TYPE_MAYBE ? inner->ref : inner;
    bool as_text = inner->kind == TMLRT_TYPE_STR || inner->kind == TMLRT_TYPE_TEXT;
    if (TRT_LIKELY(is_plain_json(&t) && request->body.len != 0 && !as_text)) {
        return bind_json(b, slot, place);
    }
    bool as_form = inner->kind == TMLRT_TYPE_STRUCT && trt_bind_pairs_check(inner->ref) == NULL;
    const char* accept = as_form ? s_json_or_form : s_json_only;
    b->errors->hint = (trt_header){TRT_SLICE("Accept"), {accept, strlen(accept)}};
    if (t.encoding != NULL && !equals(t.encoding->value, "identity")) { // RFC 9110 15.5.16
        b->errors->hint = (trt_header){TRT_SLICE("Accept-Encoding"), TRT_SLICE("identity")};
        return unsupported(b, "Content-Encoding is not supported; send the body as it is");
    }
    if (request->body.len == 0) {
        return trt_bind_absent(b, slot, place);
    }
    if (as_text) {
        return bind_raw(b, slot, place);
    }
    if (t.contradicts) {
        trt_problem_error error = {
            .name = "Content-Type", .where = "header", .detail = "is given more than once"};
        trt_bind_add_error(b, &error);
        return TMLRT_OK;
    }
    tmlrt_slice rest = t.type != NULL ? t.type->value : (tmlrt_slice){"", 0};
    tmlrt_slice media = next_part(&rest);
    bool form = as_form && equals(media, "application/x-www-form-urlencoded");
    if (!form && !is_json(media)) {
        return unsupported(b, as_form ? "the body must be sent with Content-Type: application/json "
                                        "or application/x-www-form-urlencoded"
                                      : "the body must be sent with Content-Type: "
                                        "application/json");
    }
    if (other_charset(rest)) {
        return unsupported(b, "the body must be UTF-8");
    }
    return form ? bind_form(b, slot, place) : bind_json(b, slot, place);
}
