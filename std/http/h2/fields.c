// SPDX-License-Identifier: Apache-2.0
// What the fields of a request mean: pseudo-fields and their order, Host, cookie crumbs, limits,
// trailers.
//
// nghttp2 checks nothing of it (it is told not to: what it would look at twice is looked at once
// here, with the tables of HTTP/1.1). A request leaves in the same shape as one of HTTP/1.1, with a
// NUL behind every slice. Over a limit, fields are still taken off the compressor's state, and
// forgotten. Source: RFC 9113 8, 6585 5. rules.c has what a field may be. Called by receive.c.
#include "std/http/h2/session.h"

#include "std/http/core/authority.h"
#include "std/http/core/chars.h"
#include "std/http/core/header.h"
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

// For as long as the request, with a NUL behind it.
static tmlrt_slice keep(trt_h2_stream* stream, tmlrt_slice text, bool lasts) {
    if (lasts) {
        return text;
    }
    const char* made = trt_arena_dup(stream->request->arena, text.data, (size_t)text.len);
    if (TRT_UNLIKELY(made == NULL)) {
        (void)no_memory(stream);
        return (tmlrt_slice){"", 0};
    }
    return (tmlrt_slice){made, text.len};
}

static tmlrt_slice keep_value(trt_h2_stream* stream, const trt_h2_input* field) {
    return keep(stream, field->value, field->value_lasts);
}

static trt_header keep_field(trt_h2_stream* stream, const trt_h2_input* field) {
    return (trt_header){keep(stream, field->name, field->name_lasts), keep_value(stream, field)};
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

static bool method(trt_h2_stream* stream, const trt_h2_input* field) {
    tmlrt_request* request = stream->request;
    tmlrt_slice value = field->value;
    enum trt_method known = trt_method_lookup(value.data, (size_t)value.len);
    request->method_text = keep_value(stream, field);
    request->method = (uint8_t)known;
    return known != TRT_METHOD_OTHER || trt_header_name_valid(value.data, (size_t)value.len);
}

static bool path(trt_h2_stream* stream, tmlrt_slice value) {
    if (value.len > stream->conn->options.limits->request_line_bytes) {
        stream->refuse = 414;
        return true;
    }
    return set_path(stream, value);
}

// Nearly always that of the request before.
static bool authority_good(trt_h2_conn* conn, tmlrt_slice value) {
    if (value.len == conn->known_len &&
        trt_bytes_equal(conn->known, value.data, (size_t)value.len)) {
        return true;
    }
    if (!trt_authority_valid(value)) {
        return false;
    }
    if (value.len <= sizeof conn->known) {
        conn->known_len = (uint8_t)value.len;
        memcpy(conn->known, value.data, (size_t)value.len);
    }
    return true;
}

// Each once, with something in it, and ahead of the fields.
static bool pseudo(trt_h2_stream* stream, const trt_h2_input* field) {
    tmlrt_slice value = field->value;
    enum trt_h2_pseudo which = trt_h2_pseudo_of(field->name);
    if ((stream->seen & which) != 0 || stream->regular || value.len == 0) {
        return false;
    }
    stream->seen |= (uint8_t)which;
    switch (which) {
    case TRT_H2_METHOD:
        return method(stream, field);
    case TRT_H2_SCHEME:
        stream->plain = IS(value, "http");
        return stream->plain || IS(value, "https") || trt_h2_scheme_good(value);
    case TRT_H2_PATH:
        return path(stream, value);
    case TRT_H2_AUTHORITY:
        stream->request->authority = keep_value(stream, field);
        return authority_good(stream->conn, value);
    case TRT_H2_PROTOCOL:
        stream->protocol = keep_value(stream, field);
        return stream->conn->options.connect_protocol &&
               trt_header_value_valid(value.data, (size_t)value.len);
    default:
        return false;
    }
}

// The fields move to the arena, with room for as many again.
static __attribute__((noinline)) bool grow_fields(trt_h2_stream* stream) {
    tmlrt_request* request = stream->request;
    size_t size = request->num_headers * sizeof(trt_header);
    trt_header* made = trt_arena_alloc(request->arena, 2 * size, alignof(trt_header));
    if (made == NULL) {
        (void)no_memory(stream);
        return false;
    }
    memcpy(made, request->headers, size);
    if (stream->cookie != NULL) {
        stream->cookie = made + (stream->cookie - request->headers);
    }
    request->headers = made;
    return true;
}

// Whether there is room for another: none is left where their number is a power of two.
static inline bool has_room(trt_h2_stream* stream) {
    uint32_t num = stream->request->num_headers;
    return TRT_LIKELY(num < TRT_H2_FIRST_FIELDS) || (num & (num - 1)) != 0 || grow_fields(stream);
}

static void add(trt_h2_stream* stream, trt_header field) {
    tmlrt_request* request = stream->request;
    if (request->num_headers >= stream->conn->options.limits->num_fields) {
        stream->refuse = 431;
    } else if (stream->refuse == 0 && has_room(stream)) {
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
static bool cookie(trt_h2_stream* stream, const trt_h2_input* field) {
    tmlrt_request* request = stream->request;
    tmlrt_slice value = field->value;
    if (stream->cookie == NULL) {
        add(stream, (trt_header){{"cookie", 6}, keep_value(stream, field)});
        if (stream->refuse == 0) { // else no other is looked at
            stream->cookie = request->headers + request->num_headers - 1;
        }
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

static bool host(trt_h2_stream* stream, const trt_h2_input* field) {
    tmlrt_request* request = stream->request;
    tmlrt_slice value = field->value;
    if (stream->has_host || !trt_authority_valid(value)) {
        return false;
    }
    stream->has_host = true;
    if (request->authority.len == 0) {
        request->authority = keep_value(stream, field);
    } else if (request->authority.len != value.len ||
               !trt_equal_nocase(request->authority.data, value.data, (size_t)value.len)) {
        return false; // two answers to where the request goes (RFC 9113 8.3.1)
    }
    add(stream, (trt_header){{"host", 4}, request->authority});
    return true;
}

static bool trailer(trt_h2_stream* stream, const trt_h2_input* field) {
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
    stream->trailers[stream->num_trailers++] = keep_field(stream, field);
    return true;
}

// Counts the field, whatever becomes of it; false: it is over a limit and forgotten.
static bool charge(trt_h2_stream* stream, uint64_t size, bool is_pseudo) {
    const trt_http_limits* limits = stream->conn->options.limits;
    uint64_t most = stream->in_trailers ? limits->trailer_bytes : limits->fields_bytes;
    uint64_t charged = stream->charged + size + limits->field_charge_bytes;
    stream->charged = charged < UINT32_MAX ? (uint32_t)charged : UINT32_MAX;
    stream->num_fields += !is_pseudo;
    if (TRT_LIKELY(stream->refuse == 0 && charged <= most &&
                   (is_pseudo || size <= limits->field_bytes) &&
                   stream->num_fields <= limits->num_fields)) {
        return true;
    }
    if (charged / BOMB_TIMES > most) {
        trt_h2_judge(stream->conn, TRT_LEDGER_CLOSE); // no mistake: what is left is not expanded
    }
    stream->refuse = stream->refuse == 0 ? 431 : stream->refuse;
    return false;
}

static bool length(trt_h2_stream* stream, tmlrt_slice value) {
    return stream->content_length == UINT64_MAX &&
           trt_parse_length(&stream->content_length, value.data, (size_t)value.len) == TMLRT_OK &&
           stream->content_length <= INT64_MAX;
}

static void expect(trt_h2_stream* stream, tmlrt_slice value) {
    bool known = value.len == 12 && trt_equal_nocase(value.data, "100-continue", 12);
    stream->expects_continue = known;
    stream->expects_more = !known;
}

static void set_priority(trt_h2_stream* stream, tmlrt_slice value) {
    if (stream->id % 2 == 1 && trt_h2_priority_parse(&stream->priority, value)) {
        nghttp2_extpri extpri = {.urgency = stream->priority.urgency,
                                 .inc = stream->priority.incremental};
        (void)nghttp2_session_change_extpri_stream_priority(stream->conn->session, stream->id,
                                                            &extpri, 0);
    }
}

bool trt_h2_field(trt_h2_stream* stream, const trt_h2_input* field, bool is_pseudo) {
    if (!charge(stream, field->name.len + field->value.len, is_pseudo)) {
        return true;
    }
    if (is_pseudo) {
        return pseudo(stream, field);
    }
    enum trt_h2_kind kind = trt_h2_kind_of(field);
    stream->regular = true;
    if (TRT_UNLIKELY(kind == TRT_H2_FIELD_BAD)) {
        return false;
    }
    if (TRT_UNLIKELY(stream->in_trailers)) {
        return trailer(stream, field);
    }
    switch (kind) {
    case TRT_H2_FIELD_COOKIE:
        return cookie(stream, field);
    case TRT_H2_FIELD_HOST:
        return host(stream, field);
    case TRT_H2_FIELD_LENGTH:
        if (!length(stream, field->value)) {
            return false;
        }
        break;
    case TRT_H2_FIELD_EXPECT:
        expect(stream, field->value);
        break;
    case TRT_H2_FIELD_PRIORITY:
        set_priority(stream, field->value);
        break;
    default:
        break;
    }
    add(stream, keep_field(stream, field));
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

// Which pseudo-fields a request has to have, and may not have.
static bool pseudos_good(const trt_h2_stream* stream) {
    bool connects = stream->request->method == TRT_METHOD_CONNECT;
    if (connects && (stream->seen & TRT_H2_PROTOCOL) == 0) { // a tunnel
        return stream->seen == (TRT_H2_METHOD | TRT_H2_AUTHORITY);
    }
    enum { ALL = TRT_H2_METHOD | TRT_H2_SCHEME | TRT_H2_PATH };
    return (stream->seen & ALL) == ALL && ((stream->seen & TRT_H2_PROTOCOL) == 0 ||
                                           (connects && (stream->seen & TRT_H2_AUTHORITY) != 0));
}

bool trt_h2_head_complete(trt_h2_stream* stream) {
    tmlrt_request* request = stream->request;
    request->version_major = 2;
    request->version_minor = 0;
    if (!pseudos_good(stream) || request->authority.len == 0) {
        return false;
    }
    if (request->method == TRT_METHOD_TRACE) {
        stream->refuse = 405;
    } else if (request->method == TRT_METHOD_CONNECT && stream->protocol.len == 0) {
        stream->refuse = 501; // a tunnel
    } else if (stream->expects_more) {
        stream->refuse = 417;
    } else if (!stream->has_host) {
        add(stream, (trt_header){{"host", 4}, request->authority});
    }
    if (request->method == TRT_METHOD_CONNECT && stream->refuse == 0 && !as_get(stream)) {
        return false;
    }
    return !IS(request->path, "*") || request->method == TRT_METHOD_OPTIONS;
}
