// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the values of header fields. First byte: which field; the rest: its value, an exact
// block without a NUL behind it. What decides where a message ends (Content-Length,
// Transfer-Encoding, Connection) is held against a second, naive reading; what chooses (Accept,
// Content-Type, Priority, Cookie) must not mind what the grammar says is no difference.
#include "rt/base/assert.h"
#include "std/http/core/accept.h"
#include "std/http/core/date.h"
#include "std/http/core/header.h"
#include "std/http/core/response.h"
#include "std/http/framework/bind/bind.h"
#include "std/http/h1/head.h"

#include <tmlrt/http/body.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

enum { MOST = 8192, MOST_PARTS = MOST + 1 };

static char s_text[MOST + 64]; // of the value, with a NUL behind it, and more

static bool is_token(const char* text, size_t len) {
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool is_alnum = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (!is_alnum && (c == '\0' || strchr(marks, c) == NULL)) {
            return false;
        }
    }
    return len != 0;
}

static bool is_word(tmlrt_slice part, const char* word) {
    return part.len == strlen(word) && strncasecmp(part.data, word, (size_t)part.len) == 0;
}

/// The elements between commas, without the blanks around them; there is always one.
static size_t split(tmlrt_slice value, tmlrt_slice* out) {
    size_t num = 0, begin = 0;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && value.data[i] != ',') {
            continue;
        }
        size_t from = begin, to = i;
        for (; from < to && (value.data[from] == ' ' || value.data[from] == '\t'); from++) {
        }
        for (; from < to && (value.data[to - 1] == ' ' || value.data[to - 1] == '\t'); to--) {
        }
        out[num++] = (tmlrt_slice){value.data + from, to - from};
        begin = i + 1;
    }
    return num;
}

static int judge(trt_h1_head* head, const char* name, tmlrt_slice value, uint8_t version) {
    static tmlrt_request s_request;
    s_request = (tmlrt_request){0};
    *head = (trt_h1_head){.version = version};
    trt_header field = {{name, strlen(name)}, value};
    int status = trt_h1_field_check(head, &s_request, &field);
    TRT_CHECK((status == TRT_H1_DONE) == (head->why == NULL));
    return status;
}

// ---- fields that frame --------------------------------------------------------------------------

// Zeros in front are digits, too: no more than 20 in all.
static void content_length(tmlrt_slice value) {
    trt_h1_head head;
    __extension__ unsigned __int128 length = 0;
    bool well = value.len != 0 && value.len <= 20;
    for (size_t i = 0; i < value.len && well; i++) {
        well = value.data[i] >= '0' && value.data[i] <= '9';
        length = length * 10 + (unsigned)(value.data[i] - '0');
        well = well && length <= UINT64_MAX;
    }
    int status = judge(&head, "content-Length", value, 11);
    TRT_CHECK(status == (well ? TRT_H1_DONE : 400));
    TRT_CHECK(!well ||
              (head.content_length == (uint64_t)length && head.flags == TRT_H1_HAS_LENGTH));
    if (well) { // twice is refused, whatever it says
        trt_header field = {TRT_SLICE("Content-Length"), value};
        TRT_CHECK(trt_h1_field_check(&head, &(tmlrt_request){0}, &field) == 400);
    }
}

static void transfer_encoding(tmlrt_slice value) {
    static tmlrt_slice parts[MOST_PARTS];
    trt_h1_head head;
    size_t num = split(value, parts);
    bool tokens = true, early = false, other = false;
    for (size_t i = 0; i < num; i++) {
        bool chunked = is_word(parts[i], "chunked");
        tokens = tokens && is_token(parts[i].data, (size_t)parts[i].len);
        early |= chunked && i + 1 < num;
        other |= !chunked;
    }
    int wanted = !tokens || early ? 400 : other ? 501 : TRT_H1_DONE;
    TRT_CHECK(judge(&head, "Transfer-Encoding", value, 11) == wanted);
    TRT_CHECK(head.flags == (wanted == TRT_H1_DONE ? TRT_H1_CHUNKED : 0));
    TRT_CHECK(judge(&head, "Transfer-Encoding", value, 10) == 400);
}

static void connection(tmlrt_slice value) {
    static tmlrt_slice parts[MOST_PARTS];
    trt_h1_head head;
    size_t num = split(value, parts);
    bool well = true;
    uint16_t flags = 0;
    for (size_t i = 0; i < num && well; i++) {
        flags |= is_word(parts[i], "close") ? TRT_H1_CLOSE : 0;
        flags |= is_word(parts[i], "keep-alive") ? TRT_H1_KEEP_ALIVE : 0;
        flags |= is_word(parts[i], "upgrade") ? TRT_H1_MAY_UPGRADE : 0;
        well = parts[i].len == 0 || is_token(parts[i].data, (size_t)parts[i].len);
    }
    TRT_CHECK(judge(&head, "Connection", value, 11) == (well ? TRT_H1_DONE : 400));
    TRT_CHECK(head.flags == flags);
}

static void upgrade(tmlrt_slice value) {
    static tmlrt_slice parts[MOST_PARTS];
    trt_h1_head head;
    size_t num = split(value, parts), named = 0;
    bool well = true;
    for (size_t i = 0; i < num && well; i++) {
        const char* slash = parts[i].len != 0 ? memchr(parts[i].data, '/', parts[i].len) : NULL;
        size_t len = slash != NULL ? (size_t)(slash - parts[i].data) : (size_t)parts[i].len;
        well = parts[i].len == 0 ||
               (is_token(parts[i].data, len) &&
                (slash == NULL || is_token(slash + 1, (size_t)parts[i].len - len - 1)));
        named += well && parts[i].len != 0;
    }
    TRT_CHECK(judge(&head, "Upgrade", value, 11) == (well ? TRT_H1_DONE : 400));
    TRT_CHECK(!well || head.flags == (named != 0 ? TRT_H1_HAS_UPGRADE : 0));
    TRT_CHECK(judge(&head, "Upgrade", value, 10) == (well ? TRT_H1_DONE : 400) && head.flags == 0);
}

static void expect(tmlrt_slice value) {
    trt_h1_head head;
    bool well = is_word(value, "100-continue");
    TRT_CHECK(judge(&head, "Expect", value, 11) == (well ? TRT_H1_DONE : 417));
    TRT_CHECK(head.flags == (well ? TRT_H1_EXPECT : 0));
}

static void host(tmlrt_slice value) {
    trt_h1_head head;
    tmlrt_request request = {0};
    trt_header field = {TRT_SLICE("Host"), value};
    head = (trt_h1_head){.version = 11};
    int status = trt_h1_field_check(&head, &request, &field);
    TRT_CHECK(status == TRT_H1_DONE || status == 400);
    if (status == TRT_H1_DONE) {
        TRT_CHECK(request.authority.data == value.data && request.authority.len == value.len);
        TRT_CHECK(trt_h1_head_check(&head) == TRT_H1_DONE);
        TRT_CHECK(trt_h1_field_check(&head, &request, &field) == 400);
    }
}

// ---- fields that choose -------------------------------------------------------------------------

static void swap_case(char* text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        bool is_letter = (text[i] | 32) >= 'a' && (text[i] | 32) <= 'z';
        text[i] = (char)(text[i] ^ (is_letter ? 32 : 0));
    }
}

static bool takes(tmlrt_slice value) {
    return trt_accept_takes(value, TRT_SLICE("text"), TRT_SLICE("event-stream"));
}

static bool takes_with(tmlrt_slice value, const char* behind) {
    size_t len = strlen(behind);
    memcpy(s_text + value.len, behind, len);
    return takes((tmlrt_slice){s_text, value.len + len});
}

static void accept(tmlrt_slice value) {
    bool taken = takes(value);
    TRT_CHECK(value.len != 0 || taken);
    if (value.len == 0 || memchr(value.data, '"', value.len) != NULL) {
        return; // what is behind may be inside of quotes
    }
    TRT_CHECK(takes_with(value, " , ,") == taken);
    TRT_CHECK(takes_with(value, ",*/*;q=0") == taken);
    TRT_CHECK(takes_with(value, ",image/png;a=\"b,\\\",*/*\"") == taken);
    TRT_CHECK(takes_with(value, ",text/event-stream;q=0.001"));
    TRT_CHECK(taken || !takes_with(value, ",text/event-stream;Q=0.000"));
    swap_case(s_text, value.len);
    TRT_CHECK(takes((tmlrt_slice){s_text, value.len}) == taken);
}

static void priority(tmlrt_slice value) {
    trt_header field = {TRT_SLICE("Priority"), value};
    tmlrt_request request = {.headers = &field, .num_headers = 1};
    int32_t incremental = -1, again = -1;
    int32_t urgency = tmlrt_request_priority(&request, &incremental);
    TRT_CHECK(urgency >= 0 && urgency <= 7 && (incremental == 0 || incremental == 1));
    memcpy(s_text + value.len, ",u=6, i=?0", 10); // the last counts
    field.value = (tmlrt_slice){s_text, value.len + 10};
    TRT_CHECK(tmlrt_request_priority(&request, &again) == 6 && again == 0);
    memcpy(s_text + value.len, ",u=8,ii,x;u=1", 13); // nothing of this is one
    field.value.len = value.len + 13;
    TRT_CHECK(tmlrt_request_priority(&request, &again) == urgency && again == incremental);
}

// Every name of the value is found, and what is found lies in the value behind its name.
static void cookie(tmlrt_slice value) {
    trt_arena arena;
    trt_arena_init(&arena, 1 << 20);
    trt_header fields[2] = {{TRT_SLICE("Cookie"), value}, {TRT_SLICE("cookie"), TRT_SLICE("zz=1")}};
    tmlrt_request request = {.headers = fields, .num_headers = 2, .arena = &arena};
    const char* equals = value.len != 0 ? memchr(value.data, '=', value.len) : NULL;
    size_t len = equals != NULL ? (size_t)(equals - value.data) : 0;
    char* name = s_text; // the first pair's, when there is no ';' or blank in it
    name[len] = '\0';
    if (equals != NULL && strcspn(name, "; ") == len) {
        const char* found = tmlrt_request_cookie(&request, name);
        const char* end = memchr(equals, ';', value.len - len);
        size_t most = end != NULL ? (size_t)(end - equals) - 1 : (size_t)value.len - len - 1;
        TRT_CHECK(found != NULL && strlen(found) <= most);
        TRT_CHECK(memmem(equals + 1, most, found, strlen(found)) != NULL);
    }
    TRT_CHECK(tmlrt_request_cookie(&request, "zz") != NULL);
    trt_arena_fini(&arena);
}

// ---- Content-Type -------------------------------------------------------------------------------

static const tmlrt_meta_type t_i32 = {.size = 4, .align = 4, .kind = TMLRT_TYPE_I32};
static const tmlrt_meta_slot s_params[] = {
    {.name = "body", .key = "body", .type = &t_i32, .offset = 8, .where = TMLRT_WHERE_BODY}};
static const tmlrt_meta_route s_route = {.params = {s_params, 1, sizeof s_params[0]}};

// The status of a JSON body under this type; 0: it was bound.
static uint32_t bind_under(tmlrt_slice type) {
    static const uint8_t none[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    trt_arena arena;
    trt_query query = {0};
    trt_bind_errors errors = {0};
    uint64_t place[8] = {0};
    trt_arena_init(&arena, 1 << 20);
    trt_header field = {TRT_SLICE("Content-Type"), type};
    tmlrt_request request = {
        .arena = &arena, .headers = &field, .num_headers = 1, .body = TRT_SLICE("17")};
    trt_bind_input input = {&request, &query, none, NULL, NULL};
    tmlrt_status status = trt_bind_args(&s_route, (char*)place, &input, &errors);
    TRT_CHECK(status == TMLRT_OK || (status == TMLRT_E_BIND && errors.detail != NULL));
    trt_arena_fini(&arena);
    return status == TMLRT_OK ? 0 : errors.status;
}

static void content_type(tmlrt_slice value) {
    uint32_t status = bind_under(value);
    TRT_CHECK(status == 0 || status == 415);
    memcpy(s_text + value.len, " ; charset=utf-8", 16); // the first one counts, if there was one
    TRT_CHECK(bind_under((tmlrt_slice){s_text, value.len + 16}) == status);
    memcpy(s_text + value.len, ";v=1", 4);
    TRT_CHECK(bind_under((tmlrt_slice){s_text, value.len + 4}) == status);
    swap_case(s_text, value.len);
    TRT_CHECK(bind_under((tmlrt_slice){s_text, value.len}) == status);
    const char* end = memchr(s_text, ';', value.len);
    size_t bare = end != NULL ? (size_t)(end - s_text) : (size_t)value.len;
    bool is_json = is_word((tmlrt_slice){s_text, bare}, "application/json");
    TRT_CHECK(!is_json || memmem(value.data, value.len, "=", 1) != NULL || status == 0);
}

// ---- names, values, dates -----------------------------------------------------------------------

static void name(tmlrt_slice value) {
    TRT_CHECK(trt_header_name_valid(value.data, value.len) == is_token(value.data, value.len));
    bool frames = trt_header_is_framing(value.data, value.len);
    bool trails = trt_header_may_trail(value.data, value.len);
    TRT_CHECK(!frames || !trails);
    swap_case(s_text, value.len);
    TRT_CHECK(trt_header_is_framing(s_text, value.len) == frames);
    TRT_CHECK(trt_header_may_trail(s_text, value.len) == trails);
    trt_header field = {value, TRT_SLICE("")};
    TRT_CHECK(trt_header_find(&field, 1, s_text, value.len) == &field);
    bool well = true;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = (uint8_t)value.data[i];
        bool is_end = i == 0 || i + 1 == value.len;
        well = well && c != 127 && (c > ' ' || (!is_end && (c == ' ' || c == '\t')));
    }
    TRT_CHECK(trt_header_value_valid(value.data, value.len) == well);
}

static void date(tmlrt_slice value) {
    char out[TRT_HTTP_DATE_LEN + 1] = {0}, wanted[64];
    int64_t seconds = 0;
    struct tm parts;
    memcpy(&seconds, value.data, value.len < 8 ? value.len : 8);
    trt_http_date_format(out, seconds);
    int64_t clamped = seconds < 0 ? 0 : seconds > 253402300799 ? 253402300799 : seconds;
    time_t when = (time_t)clamped;
    strftime(wanted, sizeof wanted, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&when, &parts));
    TRT_CHECK(strcmp(out, wanted) == 0);
}

// ---- the target ---------------------------------------------------------------------------------

static void (*const s_fields[])(tmlrt_slice) = {
    content_length, transfer_encoding, connection, upgrade, expect, host,
    accept,         priority,          cookie,     name,    date,   content_type,
};

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1 || size - 1 > MOST) {
        return 0;
    }
    size_t len = size - 1;
    char* exact = malloc(len != 0 ? len : 1);
    memcpy(exact, data + 1, len);
    memcpy(s_text, data + 1, len);
    memset(s_text + len, 0, sizeof s_text - len);
    s_fields[data[0] % TRT_ARRAY_LEN(s_fields)]((tmlrt_slice){exact, len});
    free(exact);
    return 0;
}
