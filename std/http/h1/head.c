// SPDX-License-Identifier: Apache-2.0
// The scan of a request head.
//
// A head is lines, a line is parts: method, target, version | name, white space, value; each ends
// with CR, then LF. A part is one tight loop over a byte class. `part` and `scan` are all that a
// stop has to remember, so a head that arrives whole and one that arrives byte by byte run the same
// code over the same bytes and get the same verdict, as early as the offending byte. A byte that no
// valid head has there refuses at once; what a complete line means is judged at its LF (fields.c).
//
// Limits are positions too: a line may have `limit` bytes before its CR, so scanning stops at
// line + limit + 1 and refuses there, unless a bad byte came first.
//
// Most lines arrive whole and are nothing special: take_request_line and take_fields have them in
// one go, without a note of the parts between. What they do not take the parts look at again, and
// judge.
//
// Called by conn.c, on any thread that owns the connection.
#include "std/http/h1/head.h"

#include "rt/base/assert.h"
#include "std/http/core/chars.h"
#include "std/http/core/method.h"

#include <string.h>

enum part {
    PART_START,
    PART_START_LF,
    PART_METHOD,
    PART_TARGET,
    PART_VERSION,
    PART_LINE_CR,
    PART_LINE_LF,
    PART_FIELD,
    PART_NAME,
    PART_SPACE,
    PART_VALUE,
    PART_FIELD_LF,
    PART_END_LF,
};

/// One call's view: `p` runs from head->scan to `end`; `stop` is where this line's limit ends it.
typedef struct scan {
    trt_h1_head* head;
    tmlrt_request* request;
    const trt_http_limits* limits;
    char *data, *p, *stop, *end;
    size_t line_limit;
} scan;

static void set_line_limit(scan* s, size_t limit) {
    char* line = s->data + s->head->line;
    size_t left = (size_t)(s->end - line);
    s->line_limit = limit;
    s->stop = line + (left <= limit ? left : limit + 1);
}

// The part ran to `stop`: either the bytes end there, or the line is longer than it may be.
static int at_stop(scan* s, int status, const char* why) {
    size_t line_len = (size_t)(s->stop - (s->data + s->head->line));
    return line_len > s->line_limit ? trt_h1_refuse(s->head, status, why) : TRT_H1_MORE;
}

static int line_at_stop(scan* s) {
    return at_stop(s, 414, "the request line is too long");
}

static int field_at_stop(scan* s) {
    return at_stop(s, 431, "a header field, or all of them together, are too long");
}

static inline bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static int expect_byte(scan* s, char byte, const char* why) {
    if (s->p == s->end) {
        return TRT_H1_MORE;
    }
    return *s->p++ == byte ? TRT_H1_DONE : trt_h1_refuse(s->head, 400, why);
}

// One empty line before the request line is passed over (RFC 9112 2.2).
static int scan_start(scan* s) {
    if (s->p == s->end) {
        return TRT_H1_MORE;
    }
    if (*s->p != '\r' || (s->head->flags & TRT_H1_SKIPPED_LINE) != 0) {
        s->head->part = PART_METHOD;
        return TRT_H1_DONE;
    }
    s->p++;
    s->head->flags |= TRT_H1_SKIPPED_LINE;
    s->head->part = PART_START_LF;
    return TRT_H1_DONE;
}

static int scan_start_lf(scan* s) {
    int step = expect_byte(s, '\n', "CR without LF before the request line");
    if (step == TRT_H1_DONE) {
        s->head->line = (uint32_t)(s->p - s->data);
        s->head->part = PART_METHOD;
    }
    return step;
}

static inline char* token_end(char* p, const char* end) {
    return p + (trt_token_end(p, end) - p);
}

static inline char* value_end(char* p, const char* end) {
    return p + (trt_value_end(p, end) - p);
}

static int scan_method(scan* s) {
    char *p = token_end(s->p, s->stop), *start = s->data + s->head->line;
    s->p = p;
    if ((size_t)(p - start) > s->limits->method_bytes) {
        return trt_h1_refuse(s->head, 501, "the method is too long");
    }
    if (p == s->stop) {
        return line_at_stop(s);
    }
    if (*p != ' ' || p == start) {
        return trt_h1_refuse(s->head, 400, "the request does not begin with a method and a space");
    }
    s->head->method_end = (uint32_t)(p - s->data);
    s->p = p + 1;
    s->head->part = PART_TARGET;
    return TRT_H1_DONE;
}

static int scan_target(scan* s) {
    char* p = s->p + (trt_target_span(s->p, s->stop) - s->p);
    s->p = p;
    if (p == s->stop) {
        return line_at_stop(s);
    }
    if (*p != ' ' || p == s->data + s->head->method_end + 1) {
        return trt_h1_refuse(s->head, 400, "the request target is empty or has a forbidden byte");
    }
    s->head->target_end = (uint32_t)(p - s->data);
    s->p = p + 1;
    s->head->part = PART_VERSION;
    return TRT_H1_DONE;
}

static int scan_version(scan* s) {
    static const char form[] = "HTTP/0.0"; // 0 stands for a digit
    char *p = s->p, *start = s->data + s->head->target_end + 1;
    if (p == start && s->stop - p >= 8 && memcmp(p, "HTTP/1.1", 8) == 0) {
        p += 8;
    }
    for (; p < start + 8; p++) {
        char want = form[p - start];
        if (p == s->stop) {
            s->p = p;
            return line_at_stop(s);
        }
        if (want == '0' ? !trt_char_is(*p, TRT_CHAR_DIGIT) : *p != want) {
            return trt_h1_refuse(s->head, 400, "the request line does not end with HTTP/1.1");
        }
    }
    s->p = p;
    s->head->version = (uint8_t)((start[5] - '0') * 10 + (start[7] - '0'));
    s->head->part = PART_LINE_CR;
    return TRT_H1_DONE;
}

static int scan_line_cr(scan* s) {
    if (s->p == s->stop) {
        return line_at_stop(s);
    }
    s->head->part = PART_LINE_LF;
    return expect_byte(s, '\r', "the request line does not end with HTTP/1.1 and CRLF");
}

static int scan_line_lf(scan* s) {
    int step = expect_byte(s, '\n', "the request line does not end with CRLF");
    if (step == TRT_H1_DONE) {
        s->head->part = PART_FIELD;
        step = trt_h1_request_line_check(s->head, s->request, s->data);
    }
    return step;
}

#define STEP(call)                                                                                 \
    do {                                                                                           \
        int step_ = (call);                                                                        \
        if (TRT_UNLIKELY(step_ != TRT_H1_DONE)) {                                                  \
            return step_;                                                                          \
        }                                                                                          \
    } while (0)

// A request line that is all there and asks for a path, as most do. False: nothing was taken.
static inline bool take_request_line(scan* s) {
    static const char rest[] = " HTTP/1.1\r\n";
    enum { REST = sizeof rest - 1 };
    tmlrt_request* request = s->request;
    const char *question, *line_end;
    char *line = s->p, *target = line + 4;
    uint8_t method = TRT_METHOD_GET;
    if (TRT_UNLIKELY(memcmp(line, "GET ", 4) != 0)) {
        char* method_end = token_end(line, s->end);
        method = (uint8_t)trt_method_lookup(line, (size_t)(method_end - line));
        target = method_end + 1;
        if (*method_end != ' ' || method_end == line || method == TRT_METHOD_CONNECT ||
            method == TRT_METHOD_TRACE || (size_t)(method_end - line) > s->limits->method_bytes) {
            return false;
        }
    }
    line_end = trt_target_end(target, s->end, &question);
    char *target_end = target + (line_end - target), *path_end = target + (question - target);
    if (s->end - target_end < REST || memcmp(target_end, rest, REST) != 0 || *target != '/' ||
        (size_t)(target_end - line) + REST - 2 > s->limits->request_line_bytes) {
        return false;
    }
    request->version_major = request->version_minor = 1;
    request->method = method;
    request->method_text = (tmlrt_slice){line, (uint64_t)(target - 1 - line)};
    request->path = (tmlrt_slice){target, (uint64_t)(path_end - target)};
    if (path_end != target_end) {
        request->query = (tmlrt_slice){path_end + 1, (uint64_t)(target_end - path_end - 1)};
    }
    target[-1] = *path_end = *target_end = '\0';
    s->head->version = 11;
    s->head->part = PART_FIELD;
    s->p = target_end + REST;
    return true;
}

static int scan_request_line(scan* s) {
    if (s->head->part == PART_START) {
        STEP(scan_start(s));
        if (s->head->part == PART_METHOD && TRT_LIKELY(take_request_line(s))) {
            return TRT_H1_DONE;
        }
    }
    if (s->head->part == PART_START_LF) {
        STEP(scan_start_lf(s));
    }
    set_line_limit(s, s->limits->request_line_bytes);
    switch (s->head->part) {
    case PART_METHOD:
        STEP(scan_method(s));
        // fall through
    case PART_TARGET:
        STEP(scan_target(s));
        // fall through
    case PART_VERSION:
        STEP(scan_version(s));
        // fall through
    case PART_LINE_CR:
        STEP(scan_line_cr(s));
        // fall through
    default:
        return scan_line_lf(s);
    }
}

// The bytes one field line may have: its own limit, or what is left for all of them.
static size_t field_limit(const scan* s) {
    uint64_t left = s->limits->fields_bytes - s->head->charged - s->limits->field_charge_bytes;
    return left < s->limits->field_bytes ? left : s->limits->field_bytes;
}

static inline int scan_field_start(scan* s) {
    trt_h1_head* head = s->head;
    if (s->p == s->end) {
        return TRT_H1_MORE;
    }
    if (*s->p == '\r') {
        s->p++;
        head->part = PART_END_LF;
        return TRT_H1_DONE;
    }
    if (is_blank(*s->p)) {
        return trt_h1_refuse(head, 400, "a header line begins with white space");
    }
    if (s->request->num_headers >= s->limits->num_fields) {
        return trt_h1_refuse(head, 431, "too many header fields");
    }
    if (head->charged + s->limits->field_charge_bytes > s->limits->fields_bytes) {
        return trt_h1_refuse(head, 431, "the header fields are too long together");
    }
    head->line = (uint32_t)(s->p - s->data);
    head->part = PART_NAME;
    return TRT_H1_DONE;
}

static inline int scan_name(scan* s) {
    char* p = token_end(s->p, s->stop);
    s->p = p;
    if (p == s->stop) {
        return field_at_stop(s);
    }
    if (*p != ':' || p == s->data + s->head->line) {
        return trt_h1_refuse(s->head, 400, "a header line does not begin with a name and a colon");
    }
    s->head->mark = (uint32_t)(p - s->data);
    s->p = p + 1;
    s->head->part = PART_SPACE;
    return TRT_H1_DONE;
}

static inline int scan_space(scan* s) {
    while (s->p < s->stop && is_blank(*s->p)) {
        s->p++;
    }
    if (s->p == s->stop) {
        return field_at_stop(s);
    }
    trt_header* field = &s->request->headers[s->request->num_headers];
    char* line = s->data + s->head->line;
    field->name = (tmlrt_slice){line, (uint64_t)(s->data + s->head->mark - line)};
    s->head->mark = (uint32_t)(s->p - s->data);
    s->head->part = PART_VALUE;
    return TRT_H1_DONE;
}

static inline int scan_value(scan* s) {
    s->p = value_end(s->p, s->stop);
    if (s->p == s->stop) {
        return field_at_stop(s);
    }
    if (*s->p != '\r') {
        return trt_h1_refuse(s->head, 400, "a header value has a control byte");
    }
    s->head->value_end = (uint32_t)(s->p - s->data);
    s->p++;
    s->head->part = PART_FIELD_LF;
    return TRT_H1_DONE;
}

// Ends a value before the blanks at its end, with a NUL, and returns its length.
static inline uint64_t trimmed(char* value, char* last) {
    while (last > value && is_blank(last[-1])) {
        last--;
    }
    *last = '\0';
    return (uint64_t)(last - value);
}

static inline int scan_field_lf(scan* s) {
    trt_h1_head* head = s->head;
    STEP(expect_byte(s, '\n', "CR without LF in a header line"));
    char *value = s->data + head->mark, *last = s->data + head->value_end;
    head->charged += head->value_end - head->line + (uint32_t)s->limits->field_charge_bytes;
    trt_header* field = &s->request->headers[s->request->num_headers++];
    field->value = (tmlrt_slice){value, trimmed(value, last)};
    head->part = PART_FIELD;
    return trt_h1_name_matters(field->name.data, (size_t)field->name.len)
               ? trt_h1_field_check(head, s->request, field)
               : TRT_H1_DONE;
}

// The end of a name that most likely is followed by a colon, and of a value that most likely ends
// before `end`: both may lie behind that.
static inline char* usual_name_end(char* p, const char* end) {
#if defined(__SSE2__)
    char* usual = p + __builtin_ctz(~trt_usual_16(p));
    if (TRT_LIKELY(*usual == ':')) {
        return usual;
    }
#endif
    return token_end(p, end);
}

static inline char* usual_value_end(char* p, const char* end) {
#if defined(__SSE2__)
    unsigned bad = trt_value_bad_of_16(p);
    if (TRT_LIKELY(bad != 0)) {
        return p + __builtin_ctz(bad);
    }
    p += 16;
#endif
    return value_end(p, end);
}

// Fields that are all there, as long as they have nothing that the parts would have to judge. What
// lies behind the input may look like a field: it has its line end there too, and is not taken.
static inline int take_fields(scan* s) {
    trt_h1_head* head = s->head;
    const trt_http_limits* limits = s->limits;
    trt_header *fields = s->request->headers, *field = fields + s->request->num_headers;
    const trt_header* most = fields + limits->num_fields;
    const char* end = s->end;
    uint64_t charged = head->charged;
    char* line = s->p;
    int step = TRT_H1_DONE;
    while (field < most && *line != '\r') {
        char *name_end = usual_name_end(line, end), *value = name_end + 1;
        size_t name_len = (size_t)(name_end - line);
        if (name_len == 0 || *name_end != ':') {
            break;
        }
        value += *value == ' '; // nearly always just that
        char *last = usual_value_end(value, end), *next = last + 2;
        uint64_t line_len = (uint64_t)(last - line);
        // Not a blank, which would be one too many, nor a value that is empty.
        if (next > end || memcmp(last, "\r\n", 2) != 0 || (unsigned char)*value <= ' ' ||
            line_len > limits->field_bytes ||
            charged + line_len + limits->field_charge_bytes > limits->fields_bytes) {
            break;
        }
        charged += line_len + limits->field_charge_bytes;
        while ((unsigned char)last[-1] <= ' ') { // blanks, of bytes that a value has; it has others
            last--;
        }
        *last = '\0';
        field->name = (tmlrt_slice){line, name_len};
        field->value = (tmlrt_slice){value, (uint64_t)(last - value)};
        field++;
        if (trt_h1_name_matters(line, name_len) &&
            (step = trt_h1_field_check(head, s->request, field - 1)) != TRT_H1_DONE) {
            line = next;
            break;
        }
        line = next;
    }
    s->request->num_headers = (uint32_t)(field - fields);
    head->charged = (uint32_t)charged;
    s->p = line;
    return step;
}

static int scan_field_line(scan* s) {
    if (s->head->part == PART_FIELD) {
        STEP(take_fields(s));
        STEP(scan_field_start(s));
        if (s->head->part == PART_END_LF) {
            return TRT_H1_DONE;
        }
    }
    set_line_limit(s, field_limit(s));
    switch (s->head->part) {
    case PART_NAME:
        STEP(scan_name(s));
        // fall through
    case PART_SPACE:
        STEP(scan_space(s));
        // fall through
    case PART_VALUE:
        STEP(scan_value(s));
        // fall through
    default:
        return scan_field_lf(s);
    }
}

static int scan_lines(scan* s) {
    if (s->head->part < PART_FIELD) {
        STEP(scan_request_line(s));
    }
    while (s->head->part != PART_END_LF) {
        STEP(scan_field_line(s));
    }
    STEP(expect_byte(s, '\n', "CR without LF after the header fields"));
    return trt_h1_head_check(s->head);
}

// The window moved: so do the slices that already point into it.
static void rebase(trt_h1_head* head, tmlrt_request* request, char* data) {
    tmlrt_slice* const parts[] = {&request->method_text, &request->path, &request->query,
                                  &request->authority};
    const char *from = head->base, *to = from + head->scan;
    for (size_t i = 0; i < TRT_ARRAY_LEN(parts); i++) {
        if (parts[i]->data >= from && parts[i]->data < to) {
            parts[i]->data = data + (parts[i]->data - from);
        }
    }
    // One more than is complete: the name of the field whose value is being scanned.
    uint32_t num = request->num_headers + (head->part > PART_SPACE && head->part < PART_END_LF);
    for (uint32_t i = 0; i < num; i++) {
        trt_header* field = &request->headers[i];
        field->name.data = data + (field->name.data - from);
        field->value.data = i == request->num_headers ? NULL : data + (field->value.data - from);
    }
}

static inline void move_to(trt_h1_head* head, tmlrt_request* request, char* data) {
    if (head->base != data) {
        if (head->base != NULL) {
            rebase(head, request, data);
        }
        head->base = data;
    }
}

void trt_h1_head_move(trt_h1_head* head, tmlrt_request* request, char* data) {
    move_to(head, request, data);
}

int trt_h1_head_scan(trt_h1_head* head, tmlrt_request* request, const trt_http_limits* limits,
                     char* data, size_t len) {
    move_to(head, request, data);
    scan s = {.head = head,
              .request = request,
              .limits = limits,
              .data = data,
              .p = data + head->scan,
              .end = data + len};
    int step = scan_lines(&s);
    head->scan = (uint32_t)(s.p - data);
    return step;
}
