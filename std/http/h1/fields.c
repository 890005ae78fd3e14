// SPDX-License-Identifier: Apache-2.0
// What the lines of a head mean: target forms, and the fields that decide where a message ends.
//
// Everything ambiguous is refused: two lengths (even equal ones), a length and a transfer coding,
// a coding in HTTP/1.0, a list where one value belongs. So no other server on the path can see
// another message boundary than this one. Source: RFC 9112 3.2, 6.1-6.3, 9.3; RFC 9110 7.2, 8.6,
// 10.1.1. Pure; called by head.c at the LF of each line.
#include "std/http/h1/head.h"

#include "std/http/core/authority.h"
#include "std/http/core/chars.h"
#include "std/http/core/method.h"
#include "std/http/core/number.h"

#include <string.h>

static bool is_text(tmlrt_slice slice, const char* lower, size_t len) {
    return slice.len == len && trt_equal_nocase(slice.data, lower, len);
}
#define IS(slice, literal) is_text((slice), (literal), sizeof(literal) - 1)

// path and query of the text from `p` on, which begins with '/' or '?' or is empty.
static void split_path(tmlrt_request* request, char* p, char* end) {
    char* question = memchr(p, '?', (size_t)(end - p));
    char* path_end = question != NULL ? question : end;
    *end = '\0';
    *path_end = '\0';
    request->path =
        p == path_end ? (tmlrt_slice){"/", 1} : (tmlrt_slice){p, (uint64_t)(path_end - p)};
    if (question != NULL) {
        request->query = (tmlrt_slice){question + 1, (uint64_t)(end - question - 1)};
    }
}

// "http://host/path": the host replaces that of the Host field.
static int absolute_form(trt_h1_head* head, tmlrt_request* request, char* target, char* end) {
    size_t len = (size_t)(end - target);
    if (len >= 8 && trt_equal_nocase(target, "https://", 8)) {
        return trt_h1_refuse(head, 421, "an https target on a connection without TLS");
    }
    if (len < 7 || !trt_equal_nocase(target, "http://", 7)) {
        return trt_h1_refuse(head, 400, "the request target has none of the forms of RFC 9112 3.2");
    }
    char *host = target + 7, *p = host;
    while (p < end && *p != '/' && *p != '?') {
        p++;
    }
    request->authority = (tmlrt_slice){host, (uint64_t)(p - host)};
    if (!trt_authority_valid(request->authority)) {
        return trt_h1_refuse(head, 400, "the host of the request target is malformed");
    }
    bool asterisk = p == end && request->method == TRT_METHOD_OPTIONS; // RFC 9112 3.2.4
    split_path(request, p, end);
    if (asterisk) {
        request->path = (tmlrt_slice){"*", 1};
    }
    return TRT_H1_DONE;
}

int trt_h1_request_line_check(trt_h1_head* head, tmlrt_request* request, char* data) {
    char *method = data + head->line, *target = data + head->method_end + 1;
    char* end = data + head->target_end;
    if (head->version / 10 != 1) {
        return trt_h1_refuse(head, 505, "this server speaks HTTP/1.1 here");
    }
    request->version_major = 1;
    request->version_minor = head->version % 10 == 0 ? 0 : 1;
    request->method_text = (tmlrt_slice){method, (uint64_t)(target - 1 - method)};
    request->method = (uint8_t)trt_method_lookup(method, (size_t)request->method_text.len);
    if (request->method == TRT_METHOD_CONNECT) {
        return trt_h1_refuse(head, 501, "CONNECT is not served");
    }
    if (request->method == TRT_METHOD_TRACE) {
        return trt_h1_refuse(head, 405, "TRACE is not served");
    }
    target[-1] = '\0';
    if (*target == '/') {
        split_path(request, target, end);
        return TRT_H1_DONE;
    }
    if (*target == '*' && end - target == 1) {
        if (request->method != TRT_METHOD_OPTIONS) {
            return trt_h1_refuse(head, 400, "the target * belongs to OPTIONS");
        }
        *end = '\0';
        request->path = (tmlrt_slice){target, 1};
        return TRT_H1_DONE;
    }
    return absolute_form(head, request, target, end);
}

static int check_content_length(trt_h1_head* head, tmlrt_slice value) {
    if ((head->flags & (TRT_H1_HAS_LENGTH | TRT_H1_CHUNKED)) != 0) {
        return trt_h1_refuse(head, 400, "two statements of the body's length");
    }
    if (value.len == 0) {
        return trt_h1_refuse(head, 400, "Content-Length is empty");
    }
    if (trt_parse_length(&head->content_length, value.data, (size_t)value.len) != TMLRT_OK) {
        return trt_h1_refuse(head, 400, "Content-Length is not a number of 64 bits");
    }
    head->flags |= TRT_H1_HAS_LENGTH;
    return TRT_H1_DONE;
}

// Takes the next element of a comma-separated list, white space trimmed; false at the end.
static bool next_element(tmlrt_slice* list, tmlrt_slice* out) {
    if (list->data == NULL) {
        return false;
    }
    const char *p = list->data, *end = p + list->len, *comma = memchr(p, ',', list->len);
    const char* last = comma != NULL ? comma : end;
    *list = comma != NULL ? (tmlrt_slice){comma + 1, (uint64_t)(end - comma - 1)}
                          : (tmlrt_slice){NULL, 0};
    while (p < last && (*p == ' ' || *p == '\t')) {
        p++;
    }
    while (last > p && (last[-1] == ' ' || last[-1] == '\t')) {
        last--;
    }
    *out = (tmlrt_slice){p, (uint64_t)(last - p)};
    return true;
}

static bool is_token(tmlrt_slice text) {
    for (uint64_t i = 0; i < text.len; i++) {
        if (!trt_char_is(text.data[i], TRT_CHAR_TOKEN)) {
            return false;
        }
    }
    return text.len != 0;
}

static int check_transfer_encoding(trt_h1_head* head, tmlrt_slice value) {
    if (head->version == 10) {
        return trt_h1_refuse(head, 400, "Transfer-Encoding in HTTP/1.0");
    }
    if ((head->flags & (TRT_H1_HAS_LENGTH | TRT_H1_CHUNKED)) != 0) {
        return trt_h1_refuse(head, 400, "two statements of the body's length");
    }
    tmlrt_slice coding;
    bool chunked = false, unknown = false;
    while (next_element(&value, &coding)) {
        if (chunked || !is_token(coding)) {
            return trt_h1_refuse(head, 400,
                                 "Transfer-Encoding is malformed, or chunked is not last");
        }
        chunked = IS(coding, "chunked");
        unknown |= !chunked;
    }
    if (unknown) {
        return trt_h1_refuse(head, 501, "a transfer coding other than chunked");
    }
    head->flags |= TRT_H1_CHUNKED;
    return TRT_H1_DONE;
}

static int check_connection(trt_h1_head* head, tmlrt_slice value) {
    tmlrt_slice option;
    while (next_element(&value, &option)) {
        if (IS(option, "close")) {
            head->flags |= TRT_H1_CLOSE;
        } else if (IS(option, "keep-alive")) {
            head->flags |= TRT_H1_KEEP_ALIVE;
        } else if (IS(option, "upgrade")) {
            head->flags |= TRT_H1_MAY_UPGRADE;
        } else if (option.len != 0 && !is_token(option)) {
            return trt_h1_refuse(head, 400, "Connection is not a list of tokens");
        }
    }
    return TRT_H1_DONE;
}

static int check_host(trt_h1_head* head, tmlrt_request* request, tmlrt_slice value) {
    if ((head->flags & TRT_H1_HAS_HOST) != 0) {
        return trt_h1_refuse(head, 400, "two Host fields");
    }
    if (!trt_authority_valid(value)) {
        return trt_h1_refuse(head, 400, "Host is not a host and an optional port");
    }
    head->flags |= TRT_H1_HAS_HOST;
    if (request->authority.data == NULL) {
        request->authority = value;
    }
    return TRT_H1_DONE;
}

static int check_expect(trt_h1_head* head, tmlrt_slice value) {
    if (!IS(value, "100-continue")) {
        return trt_h1_refuse(head, 417, "an expectation other than 100-continue");
    }
    if (head->version != 10) {
        head->flags |= TRT_H1_EXPECT;
    }
    return TRT_H1_DONE;
}

// protocol-name [ "/" protocol-version ], a list of them; an HTTP/1.0 peer has no say (RFC
// 9110 7.8).
static int check_upgrade(trt_h1_head* head, tmlrt_slice value) {
    tmlrt_slice protocol;
    while (next_element(&value, &protocol)) {
        if (protocol.len == 0) {
            continue;
        }
        const char* slash = memchr(protocol.data, '/', protocol.len);
        uint64_t name_len = slash != NULL ? (uint64_t)(slash - protocol.data) : protocol.len;
        tmlrt_slice name = {protocol.data, name_len};
        tmlrt_slice version = {protocol.data + name_len + 1, protocol.len - name_len - 1};
        if (!is_token(name) || (slash != NULL && !is_token(version))) {
            return trt_h1_refuse(head, 400, "Upgrade is not a list of protocols");
        }
        if (head->version != 10) {
            head->flags |= TRT_H1_HAS_UPGRADE;
        }
    }
    return TRT_H1_DONE;
}

// A name is a token, so no byte but a capital becomes one of these letters.
static inline bool is_host(const char* name) {
    return (trt_bytes_load4(name) | 0x20202020u) == trt_bytes_load4("host");
}

// Fields that most requests have none of.
static __attribute__((noinline)) int check_other(trt_h1_head* head, const trt_header* field) {
    switch (field->name.len) {
    case 6:
        return IS(field->name, "expect") ? check_expect(head, field->value) : TRT_H1_DONE;
    case 7:
        return IS(field->name, "upgrade") ? check_upgrade(head, field->value) : TRT_H1_DONE;
    case 10:
        return IS(field->name, "connection") ? check_connection(head, field->value) : TRT_H1_DONE;
    case 14:
        return IS(field->name, "content-length") ? check_content_length(head, field->value)
                                                 : TRT_H1_DONE;
    case 17:
        return IS(field->name, "transfer-encoding") ? check_transfer_encoding(head, field->value)
                                                    : TRT_H1_DONE;
    default:
        return TRT_H1_DONE;
    }
}

int trt_h1_field_check(trt_h1_head* head, tmlrt_request* request, const trt_header* field) {
    if (field->name.len == 4) {
        return is_host(field->name.data) ? check_host(head, request, field->value) : TRT_H1_DONE;
    }
    return check_other(head, field);
}

int trt_h1_head_check(trt_h1_head* head) {
    if (head->version != 10 && (head->flags & TRT_H1_HAS_HOST) == 0) {
        return trt_h1_refuse(head, 400, "an HTTP/1.1 request without Host");
    }
    return TRT_H1_DONE;
}
