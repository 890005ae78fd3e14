// SPDX-License-Identifier: Apache-2.0
// The encoder. Every byte of a field that is not a literal of the library passes a check on its way
// out (16 at a time): whoever built the response, CR, LF and NUL do not reach the wire inside of a
// field, so one answer is one message. Called by the server's connection task. Pure.
#include "std/http/h1/encode.h"

#include "rt/base/assert.h"
#include "rt/base/bytes.h"
#include "std/http/core/chars.h"
#include "std/http/core/header.h"
#include "std/http/core/method.h"
#include "std/http/core/number.h"
#include "std/http/core/problem.h"
#include "std/http/core/response.h"
#include "std/http/core/status.h"

#include <string.h>

enum {
    FIXED_BYTES = 192, // all that is not a field
    FIELD_BYTES = 4,   // ": " CRLF
    ERROR_BODY = 512,
};

// The caller checked that everything fits.
#define PUT(p, literal) trt_bytes_copy((p), (literal), sizeof(literal) - 1)

static char* put_status_line(char* p, int status) {
    if (TRT_LIKELY(status == 200)) {
        return PUT(p, "HTTP/1.1 200 OK\r\n");
    }
    const char* reason = trt_status_reason(status);
    p = PUT(p, "HTTP/1.1 ");
    p += trt_format_u64(p, (uint64_t)status);
    p = PUT(p, " ");
    p = trt_bytes_copy(p, reason, strlen(reason));
    return PUT(p, "\r\n");
}

static char* put_date(char* p, const trt_h1_answer_options* options) {
    p = PUT(p, "Date: ");
    p = trt_bytes_copy(p, options->date, TRT_HTTP_DATE_LEN);
    return PUT(p, "\r\n");
}

static char* put_connection(char* p, const trt_h1_answer_options* options) {
    if (options->close) {
        return PUT(p, "Connection: close\r\n");
    }
    return options->keep_alive ? PUT(p, "Connection: keep-alive\r\n") : p;
}

static bool clean(tmlrt_slice text) {
    const char* end = text.data + text.len;
    return trt_value_span(text.data, end) == end;
}

static inline __attribute__((always_inline)) bool may_be_framing(tmlrt_slice name) {
    char first = name.len != 0 ? (char)(name.data[0] | 0x20) : 0;
    return first == 'c' || first == 't' || first == 'k' || first == 'd' || first == 'u' ||
           first == 'p';
}

static char* put_field(char* p, const trt_header* field) {
    p = trt_bytes_copy(p, field->name.data, (size_t)field->name.len);
    p = PUT(p, ": ");
    p = trt_bytes_copy(p, field->value.data, (size_t)field->value.len);
    return PUT(p, "\r\n");
}

static inline __attribute__((always_inline)) tmlrt_status put_checked(char** p,
                                                                      const trt_header* field) {
    if (TRT_UNLIKELY(field->name.len == 0 || !clean(field->name) || !clean(field->value) ||
                     memchr(field->name.data, ':', field->name.len) != NULL)) {
        return TMLRT_E_HTTP_HEADER;
    }
    if (!may_be_framing(field->name) ||
        !trt_header_is_framing(field->name.data, (size_t)field->name.len)) {
        *p = put_field(*p, field);
    }
    return TMLRT_OK;
}

size_t trt_h1_head_bound(const tmlrt_response* response, const trt_h1_answer_options* options) {
    size_t bound = FIXED_BYTES;
    bound += options != NULL && options->security != NULL ? options->security->text_len : 0;
    for (uint32_t i = 0; i < response->num_headers; i++) {
        const trt_header* field = &response->headers[i];
        bound += (size_t)(field->name.len + field->value.len) + FIELD_BYTES;
    }
    return bound;
}

uint64_t trt_h1_body_len(const tmlrt_response* response, const trt_h1_answer_options* options) {
    bool sent = !options->head && response->status != 205 && trt_status_has_body(response->status);
    return sent ? response->body.len : 0;
}

static __attribute__((noinline)) char* put_framing(char* p, const tmlrt_response* response,
                                                   const trt_h1_answer_options* options) {
    if (options->framing == TRT_H1_FRAMED_CHUNKS && response->status != 205) {
        return PUT(p, "Transfer-Encoding: chunked\r\n");
    }
    if (options->framing == TRT_H1_FRAMED_CLOSE && response->status != 205) {
        return p;
    }
    p = PUT(p, "Content-Length: ");
    p += trt_format_u64(p, response->status == 205 ? 0 : options->length);
    return PUT(p, "\r\n");
}

static char* put_content_length(char* p, const tmlrt_response* response,
                                const trt_h1_answer_options* options) {
    if (!trt_status_has_body(response->status)) {
        return p;
    }
    if (TRT_UNLIKELY(options->framing != TRT_H1_FRAMED_WHOLE)) {
        return put_framing(p, response, options);
    }
    p = PUT(p, "Content-Length: ");
    p += trt_format_u64(p, response->status == 205 ? 0 : response->body.len);
    return PUT(p, "\r\n");
}

static __attribute__((noinline)) char* put_some_security(char* p, const trt_security* security,
                                                         uint32_t which) {
    for (uint32_t i = 0; i < security->num; i++) {
        if ((which >> i & 1) != 0) {
            trt_header field = {security->fields[i].name, security->fields[i].value};
            p = put_field(p, &field);
        }
    }
    return p;
}

static inline char* put_security(char* p, const tmlrt_response* response,
                                 const trt_security* security) {
    if (security == NULL) {
        return p;
    }
    uint32_t missing = trt_security_missing(security, response);
    if (TRT_UNLIKELY(missing != (1u << security->num) - 1)) {
        return put_some_security(p, security, missing);
    }
    memcpy(p, security->text, security->text_len);
    return p + security->text_len;
}

tmlrt_status trt_h1_encode_head(char* out, size_t cap, size_t* out_len,
                                const tmlrt_response* response,
                                const trt_h1_answer_options* options) {
    if (TRT_UNLIKELY(response->status < 200 || response->status > 599)) {
        return TMLRT_E_HTTP_STATUS;
    }
    if (TRT_UNLIKELY(trt_h1_head_bound(response, options) > cap)) {
        return TMLRT_E_FULL;
    }
    char* p = put_status_line(out, response->status);
    uint32_t at = 0;
    for (; at < response->num_literal; at++) {
        p = put_field(p, &response->headers[at]);
    }
    for (; at < response->num_headers; at++) {
        TRT_TRY(put_checked(&p, &response->headers[at]));
    }
    p = put_security(p, response, options->security);
    p = put_date(p, options);
    p = put_content_length(p, response, options);
    p = put_connection(p, options);
    p = PUT(p, "\r\n");
    *out_len = (size_t)(p - out);
    return TMLRT_OK;
}

size_t trt_h1_encode_error(char* out, size_t cap, size_t* out_body_len, int status, const char* why,
                           const trt_h1_answer_options* options) {
    char body[ERROR_BODY];
    trt_problem problem = {.status = status, .detail = why};
    size_t body_len = trt_problem_write(body, sizeof body, &problem);
    TRT_CHECK(body_len <= sizeof body);
    trt_header fields[2] = {{TRT_SLICE("Content-Type"), TRT_SLICE("application/problem+json")}};
    tmlrt_response response = {.status = status, .headers = fields, .num_headers = 1};
    response.body = (tmlrt_slice){body, body_len};
    if (status == 405) {
        fields[response.num_headers++] =
            (trt_header){TRT_SLICE("Allow"), TRT_SLICE(TRT_METHODS_ALLOWED)};
    } else if (status == 503) {
        fields[response.num_headers++] = (trt_header){TRT_SLICE("Retry-After"), TRT_SLICE("1")};
    }
    size_t head_len = 0;
    tmlrt_status encoded = trt_h1_encode_head(out, cap, &head_len, &response, options);
    size_t sent = (size_t)trt_h1_body_len(&response, options);
    TRT_CHECK(encoded == TMLRT_OK && head_len + sent <= cap);
    memcpy(out + head_len, body, sent);
    *out_body_len = sent;
    return head_len + sent;
}

// Fields that are all checked, then the empty line.
static __attribute__((noinline)) tmlrt_status put_section(char* p, const char* start,
                                                          const trt_header* fields, uint32_t num,
                                                          size_t* out_len) {
    for (uint32_t i = 0; i < num; i++) {
        TRT_TRY(put_checked(&p, &fields[i]));
    }
    p = PUT(p, "\r\n");
    *out_len = (size_t)(p - start);
    return TMLRT_OK;
}

tmlrt_status trt_h1_encode_interim(char* out, size_t cap, size_t* out_len,
                                   const tmlrt_response* response) {
    if (response->status < 100 || response->status > 199 || response->status == 101) {
        return TMLRT_E_HTTP_STATUS;
    }
    if (trt_h1_head_bound(response, NULL) > cap) {
        return TMLRT_E_FULL;
    }
    return put_section(put_status_line(out, response->status), out, response->headers,
                       response->num_headers, out_len);
}

tmlrt_status trt_h1_encode_switching(char* out, size_t cap, size_t* out_len,
                                     const tmlrt_response* response, tmlrt_slice protocol) {
    if (!trt_header_value_valid(protocol.data, (size_t)protocol.len) || protocol.len == 0) {
        return TMLRT_E_HTTP_HEADER;
    }
    if (trt_h1_head_bound(response, NULL) + (size_t)protocol.len > cap) {
        return TMLRT_E_FULL;
    }
    char* p = put_status_line(out, 101);
    p = PUT(p, "Connection: upgrade\r\nUpgrade: ");
    p = trt_bytes_copy(p, protocol.data, (size_t)protocol.len);
    p = PUT(p, "\r\n");
    return put_section(p, out, response->headers, response->num_headers, out_len);
}

size_t trt_h1_encode_chunk(char* out, size_t len) {
    char digits[16];
    size_t num = 0;
    for (size_t rest = len; rest != 0; rest >>= 4) {
        digits[num++] = "0123456789abcdef"[rest & 15];
    }
    TRT_ASSERT(num != 0 && num + 2 <= TRT_H1_CHUNK_HEAD);
    char* p = out;
    while (num != 0) {
        *p++ = digits[--num];
    }
    p = PUT(p, "\r\n");
    memmove(p, out + TRT_H1_CHUNK_HEAD, len);
    p = PUT(p + len, "\r\n");
    return (size_t)(p - out);
}

tmlrt_status trt_h1_encode_last_chunk(char* out, size_t cap, size_t* out_len,
                                      const trt_header* trailers, uint32_t num) {
    size_t bound = sizeof "0\r\n\r\n";
    for (uint32_t i = 0; i < num; i++) {
        bound += (size_t)(trailers[i].name.len + trailers[i].value.len) + FIELD_BYTES;
    }
    if (bound > cap) {
        return TMLRT_E_FULL;
    }
    char* p = PUT(out, "0\r\n");
    for (uint32_t i = 0; i < num; i++) {
        char* before = p;
        TRT_TRY(put_checked(&p, &trailers[i]));
        if (!trt_header_may_trail(trailers[i].name.data, (size_t)trailers[i].name.len)) {
            p = before; // checked all the same
        }
    }
    return put_section(p, out, NULL, 0, out_len);
}
