// SPDX-License-Identifier: Apache-2.0
// What the fields of a request mean: pseudo-fields, Host, cookie crumbs, limits, trailers.
//
// nghttp2 has checked the order and number of pseudo-fields, names, bytes of values, fields of a
// connection, and holds DATA against Content-Length; here is what it does not do. A request leaves
// in the same shape as one of HTTP/1.1, with a NUL behind every slice. Over a limit, fields are
// still taken off the compressor's state, and forgotten. Source: RFC 9113 8, 6585 5. Called by
// receive.c.
#include "std/http/h2/session.h"

#include "std/http/core/authority.h"
#include "std/http/core/chars.h"
#include "std/http/core/method.h"
#include "std/http/core/number.h"

#include <stdalign.h>
#include <string.h>

#define IS(slice, literal)                                                                         \
    ((slice).len == sizeof(literal) - 1 && memcmp((slice).data, literal, sizeof(literal) - 1) == 0)

enum { TRAILER_LIMIT = 16, BOMB_TIMES = 16 };

static bool no_memory(trt_h2_stream* stream) {
    stream->refuse = 503;
    return true;
}

static tmlrt_slice copy(trt_h2_stream* stream, tmlrt_slice text) {
    const char* made = trt_arena_dup(stream->request->arena, text.data, (size_t)text.len);
    if (made == NULL) {
        (void)no_memory(stream);
        return (tmlrt_slice){"", 0};
    }
    return (tmlrt_slice){made, text.len};
}

// The path is written to: a NUL where the query begins.
static bool set_path(trt_h2_stream* stream, tmlrt_slice value) {
    tmlrt_request* request = stream->request;
    const char* end = value.data + value.len;
    if (value.len == 0 || trt_target_span(value.data, end) != end) {
        return false;
    }
    char* text = trt_arena_dup(request->arena, value.data, (size_t)value.len);
    if (text == NULL) {
        return no_memory(stream);
    }
    char* question = memchr(text, '?', (size_t)value.len);
    request->path = (tmlrt_slice){text, value.len};
    if (question != NULL) {
        *question = '\0';
        request->path.len = (uint64_t)(question - text);
        request->query = (tmlrt_slice){question + 1, value.len - request->path.len - 1};
    }
    return text[0] == '/' || (text[0] == '*' && value.len == 1);
}

static bool pseudo(trt_h2_stream* stream, tmlrt_slice name, tmlrt_slice value) {
    tmlrt_request* request = stream->request;
    if (IS(name, ":method")) {
        request->method_text = copy(stream, value);
        request->method = (uint8_t)trt_method_lookup(value.data, (size_t)value.len);
        return true;
    }
    if (IS(name, ":path")) {
        if (value.len > stream->conn->options.limits->request_line_bytes) {
            stream->refuse = 414;
            return true;
        }
        return set_path(stream, value);
    }
    if (IS(name, ":authority")) {
        request->authority = copy(stream, value);
        return trt_authority_valid(value) || stream->refuse != 0;
    }
    if (IS(name, ":scheme")) {
        stream->plain = IS(value, "http");
    }
    if (IS(name, ":protocol")) {
        stream->protocol = copy(stream, value);
    }
    return true;
}

static void add(trt_h2_stream* stream, trt_header field) {
    tmlrt_request* request = stream->request;
    if (request->num_headers >= stream->conn->options.limits->num_fields) {
        stream->refuse = 431;
    } else if (stream->refuse == 0) {
        request->headers[request->num_headers++] = field;
    }
}

// Room for `more` bytes behind the joined crumbs: twice as much each time, so that all copies
// together are a small multiple of what came.
static char* cookie_room(trt_h2_stream* stream, size_t more) {
    tmlrt_slice old = stream->cookie->value;
    size_t need = (size_t)old.len + more + 1;
    if (need <= stream->cookie_cap) {
        return (char*)old.data;
    }
    char* made = trt_arena_alloc(stream->request->arena, 2 * need, 1);
    if (made != NULL) {
        memcpy(made, old.data, (size_t)old.len);
        stream->cookie_cap = (uint32_t)(2 * need);
    }
    return made;
}

// Crumbs become one field with "; " between them (RFC 9113 8.2.3).
static bool cookie(trt_h2_stream* stream, tmlrt_slice value) {
    tmlrt_request* request = stream->request;
    if (stream->cookie == NULL) {
        stream->cookie = request->headers + request->num_headers;
        add(stream, (trt_header){{"cookie", 6}, copy(stream, value)});
        return true;
    }
    uint64_t len = stream->cookie->value.len;
    char* joined = cookie_room(stream, (size_t)value.len + 2);
    if (joined == NULL) {
        return no_memory(stream);
    }
    memcpy(joined + len, "; ", 2);
    memcpy(joined + len + 2, value.data, (size_t)value.len);
    joined[len + 2 + value.len] = '\0';
    stream->cookie->value = (tmlrt_slice){joined, len + value.len + 2};
    return true;
}

static bool host(trt_h2_stream* stream, tmlrt_slice value) {
    tmlrt_request* request = stream->request;
    if (stream->has_host || !trt_authority_valid(value)) {
        return false;
    }
    stream->has_host = true;
    if (request->authority.len == 0) {
        request->authority = copy(stream, value);
    } else if (request->authority.len != value.len ||
               !trt_equal_nocase(request->authority.data, value.data, (size_t)value.len)) {
        return false; // two answers to where the request goes (RFC 9113 8.3.1)
    }
    add(stream, (trt_header){{"host", 4}, request->authority});
    return true;
}

static bool trailer(trt_h2_stream* stream, tmlrt_slice name, tmlrt_slice value) {
    trt_arena* arena = stream->request->arena;
    if (stream->trailers == NULL) {
        stream->trailers =
            trt_arena_alloc(arena, TRAILER_LIMIT * sizeof(trt_header), alignof(trt_header));
        if (stream->trailers == NULL) {
            return no_memory(stream);
        }
    }
    if (stream->num_trailers >= TRAILER_LIMIT ||
        stream->num_trailers >= stream->conn->options.limits->num_trailers) {
        stream->refuse = 431;
        return true;
    }
    trt_header field = {copy(stream, name), copy(stream, value)};
    stream->trailers[stream->num_trailers++] = field;
    return true;
}

bool trt_h2_field(trt_h2_stream* stream, tmlrt_slice name, tmlrt_slice value) {
    const trt_http_limits* limits = stream->conn->options.limits;
    uint64_t most = stream->in_trailers ? limits->trailer_bytes : limits->fields_bytes;
    bool is_pseudo = name.len != 0 && name.data[0] == ':';
    uint64_t size = name.len + value.len;
    stream->charged += size + limits->field_charge_bytes < UINT32_MAX / 2
                           ? (uint32_t)(size + limits->field_charge_bytes)
                           : UINT32_MAX / 2;
    stream->num_fields += !is_pseudo;
    if (stream->charged / BOMB_TIMES > most) {
        trt_h2_judge(stream->conn, TRT_LEDGER_CLOSE); // no mistake: what is left is not expanded
    }
    if (stream->refuse != 0) {
        return true;
    }
    if (stream->charged > most || (!is_pseudo && size > limits->field_bytes) ||
        stream->num_fields > limits->num_fields) {
        stream->refuse = 431;
        return true;
    }
    if (stream->in_trailers) {
        return trailer(stream, name, value);
    }
    if (is_pseudo) {
        return pseudo(stream, name, value);
    }
    if (IS(name, "cookie")) {
        return cookie(stream, value);
    }
    if (IS(name, "host")) {
        return host(stream, value);
    }
    if (IS(name, "content-length") &&
        trt_parse_u64(&stream->content_length, value.data, (size_t)value.len) != TMLRT_OK) {
        return false;
    }
    if (IS(name, "expect")) {
        stream->expects_continue =
            value.len == 12 && trt_equal_nocase(value.data, "100-continue", 12);
        stream->refuse = stream->expects_continue ? 0 : 417;
    }
    trt_header field = {copy(stream, name), copy(stream, value)};
    add(stream, field);
    return true;
}

// An extended CONNECT is the GET with Upgrade of HTTP/1.1 (RFC 8441 5), and is told as that.
static bool as_get(trt_h2_stream* stream) {
    tmlrt_request* request = stream->request;
    for (uint64_t i = 0; i < stream->protocol.len; i++) {
        char c = stream->protocol.data[i];
        if (c != '/' && !trt_char_is(c, TRT_CHAR_TOKEN)) {
            return false;
        }
    }
    request->method = TRT_METHOD_GET;
    request->method_text = (tmlrt_slice){"GET", 3};
    request->flags |= TRT_REQUEST_CONNECT;
    return true;
}

bool trt_h2_head_complete(trt_h2_stream* stream) {
    tmlrt_request* request = stream->request;
    request->version_major = 2;
    request->version_minor = 0;
    if (request->method == TRT_METHOD_TRACE) {
        stream->refuse = 405;
    } else if (request->method == TRT_METHOD_CONNECT && stream->protocol.len == 0) {
        stream->refuse = 501; // a tunnel
    } else if (request->authority.len == 0) {
        return false;
    } else if (!stream->has_host) {
        add(stream, (trt_header){{"host", 4}, request->authority});
    }
    if (request->method == TRT_METHOD_CONNECT && stream->refuse == 0 && !as_get(stream)) {
        return false;
    }
    return !IS(request->path, "*") || request->method == TRT_METHOD_OPTIONS;
}
