// SPDX-License-Identifier: Apache-2.0
// Fuzz target: percent-encoding, queries, authorities. Each is held against a second, naive
// reading; what was decoded and encoded again decodes to itself. Input and output are exact blocks,
// so that a byte read or written beyond is seen. First byte: bit 0 whether '+' is a space; the
// rest: the text.
#include "rt/base/assert.h"
#include "std/http/core/authority.h"
#include "std/http/core/chars.h"
#include "std/http/core/message.h"
#include "std/http/core/uri.h"

#include <tmlrt/abi/functions.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// ---- percent-encoding ---------------------------------------------------------------------------

static bool is_hex(char c) {
    return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

// The decoded length, -1 when the text is malformed.
static ptrdiff_t decode_naively(char* out, tmlrt_slice text, bool plus) {
    ptrdiff_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '%') {
            char digits[3] = {i + 1 < text.len ? text.data[i + 1] : '\0',
                              i + 2 < text.len ? text.data[i + 2] : '\0'};
            if (!is_hex(digits[0]) || !is_hex(digits[1]) || strcmp(digits, "00") == 0) {
                return -1;
            }
            c = (char)strtoul(digits, NULL, 16);
            i += 2;
        }
        out[len++] = text.data[i] == '+' && plus ? ' ' : c;
    }
    return len;
}

// Encodes every byte and decodes that: the same again.
static void check_round_trip(const char* data, size_t len, bool plus) {
    char *encoded = malloc(3 * len + 1), *again = malloc(3 * len + 1);
    size_t again_len = 0;
    for (size_t i = 0; i < len; i++) {
        static const char digits[] = "0123456789aBcDeF";
        encoded[3 * i] = '%';
        encoded[3 * i + 1] = digits[(uint8_t)data[i] >> 4];
        encoded[3 * i + 2] = digits[(uint8_t)data[i] & 15];
    }
    tmlrt_status status =
        trt_percent_decode(again, &again_len, (tmlrt_slice){encoded, 3 * len}, plus);
    if (len == 0 || memchr(data, '\0', len) == NULL) {
        TRT_CHECK(status == TMLRT_OK && again_len == len && memcmp(again, data, len) == 0);
    } else {
        TRT_CHECK(status == TMLRT_E_INVAL);
    }
    free(encoded);
    free(again);
}

static void check_decoding(tmlrt_slice text, bool plus) {
    char *out = malloc(text.len + 1), *naive = malloc(text.len + 1);
    char* exact = realloc(out, text.len != 0 ? text.len : 1);
    size_t len = 0;
    tmlrt_status status = trt_percent_decode(exact, &len, text, plus);
    ptrdiff_t wanted = decode_naively(naive, text, plus);
    TRT_CHECK(status == (wanted < 0 ? TMLRT_E_INVAL : TMLRT_OK));
    if (status == TMLRT_OK) {
        TRT_CHECK((ptrdiff_t)len == wanted && memcmp(exact, naive, len) == 0);
        check_round_trip(exact, len, plus);
        bool plain = len == 0 || (memchr(exact, '%', len) == NULL &&
                                  (!plus || memchr(exact, '+', len) == NULL));
        size_t again = 0;
        TRT_CHECK(!plain ||
                  (trt_percent_decode(naive, &again, (tmlrt_slice){exact, len}, plus) == TMLRT_OK &&
                   again == len && memcmp(naive, exact, len) == 0));
    }
    free(exact);
    free(naive);
}

// ---- queries ------------------------------------------------------------------------------------

// The parts lie in the text one behind the other, and between them is nothing but '&'.
static void check_query(tmlrt_slice text) {
    tmlrt_slice rest = text, name, value;
    const char* at = text.data;
    while (trt_query_next(&rest, &name, &value)) {
        TRT_CHECK(name.data >= at && name.len + value.len != UINT64_MAX);
        for (; at < name.data; at++) {
            TRT_CHECK(*at == '&');
        }
        bool has_equals = value.data != name.data + name.len;
        TRT_CHECK(value.data == name.data + name.len + has_equals);
        TRT_CHECK(!has_equals || value.data[-1] == '=');
        TRT_CHECK(name.len == 0 || (memchr(name.data, '=', name.len) == NULL &&
                                    memchr(name.data, '&', name.len) == NULL));
        TRT_CHECK(value.len == 0 || memchr(value.data, '&', value.len) == NULL);
        TRT_CHECK(has_equals || value.len == 0);
        at = value.data + value.len;
        TRT_CHECK(rest.data + rest.len == text.data + text.len && rest.data >= at);
    }
    TRT_CHECK(rest.len == 0);
    for (; at < text.data + text.len; at++) {
        TRT_CHECK(*at == '&');
    }
}

// A handler asks for the first name of the query and gets the value of the first that decodes so.
static void check_lookup(tmlrt_slice text) {
    trt_arena arena;
    trt_arena_init(&arena, 1 << 20);
    tmlrt_request request = {.query = text, .arena = &arena};
    tmlrt_slice rest = text, name, value;
    char *wanted = malloc(text.len + 1), *decoded = malloc(text.len + 1);
    while (trt_query_next(&rest, &name, &value)) {
        ptrdiff_t name_len = decode_naively(wanted, name, true);
        if (name_len < 0 || memchr(wanted, '\0', (size_t)name_len) != NULL) {
            continue;
        }
        wanted[name_len] = '\0';
        const char* found = tmlrt_request_query(&request, wanted);
        ptrdiff_t len = decode_naively(decoded, value, true);
        TRT_CHECK((found == NULL) == (len < 0));
        TRT_CHECK(found == NULL || memcmp(found, decoded, (size_t)len) == 0);
        TRT_CHECK(found == NULL || found[len] == '\0');
        break; // what comes behind may have the same name
    }
    free(wanted);
    free(decoded);
    trt_arena_fini(&arena);
}

// ---- authorities --------------------------------------------------------------------------------

static bool port_is_valid(const char* text) {
    size_t digits = strspn(text + (*text == ':'), "0123456789");
    return *text == '\0' ||
           (*text == ':' && text[1 + digits] == '\0' && digits <= 5 && atoi(text + 1) <= 65535);
}

static bool name_is_valid(const char* text, size_t len) {
    static const char marks[] = "-._~!$&'()*+;=";
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool is_alnum = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (c == '%' && len - i >= 3 && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
            i += 2;
        } else if (!is_alnum && strchr(marks, c) == NULL) {
            return false;
        }
    }
    return len != 0;
}

static void check_authority(tmlrt_slice text) {
    char* copy = malloc(text.len + 1);
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    bool wanted = strlen(copy) == text.len;
    char* end = copy[0] == '[' ? strchr(copy, ']') : copy + strcspn(copy, ":");
    if (wanted && copy[0] == '[') {
        struct in6_addr addr;
        wanted = end != NULL;
        if (wanted) {
            *end = '\0';
            wanted = inet_pton(AF_INET6, copy + 1, &addr) == 1 && port_is_valid(end + 1);
        }
    } else if (wanted) {
        wanted = name_is_valid(copy, (size_t)(end - copy)) && port_is_valid(end);
    }
    TRT_CHECK(trt_authority_valid(text) == wanted);
    free(copy);
}

// ---- spans --------------------------------------------------------------------------------------

static void check_spans(tmlrt_slice text) {
    const char *end = text.data + text.len, *target = text.data, *value = text.data;
    while (target < end && *target > ' ' && *target < 127 && strchr("\"#<>\\", *target) == NULL) {
        target++;
    }
    while (value < end && (*value == '\t' || ((uint8_t)*value >= ' ' && *value != 127))) {
        value++;
    }
    TRT_CHECK(trt_target_span(text.data, end) == target);
    TRT_CHECK(trt_value_span(text.data, end) == value);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1 || size > 20000) {
        return 0;
    }
    char* exact = malloc(size);
    memcpy(exact, data + 1, size - 1);
    char* text = realloc(exact, size != 1 ? size - 1 : 1);
    tmlrt_slice slice = {text, size - 1};
    check_decoding(slice, (data[0] & 1) != 0);
    check_query(slice);
    check_lookup(slice);
    check_authority(slice);
    check_spans(slice);
    free(text);
    return 0;
}
