// SPDX-License-Identifier: Apache-2.0
// Fuzz target: lines of the access log. The input is cut at its NULs into method, path, query, user
// agent, referrer and request id. A line is one line that fits, has no control character, in JSON
// only balanced quotes and UTF-8; and what stands behind `secret=` in the query is not in it.
#include "std/http/core/utf8.h"
#include "std/http/server/access_format.h"

#include <stdlib.h>
#include <string.h>

static tmlrt_slice next(const char** at, const char* end) {
    const char* start = *at;
    const char* nul = memchr(start, '\0', (size_t)(end - start));
    const char* stop = nul != NULL ? nul : end;
    *at = nul != NULL ? nul + 1 : end;
    return (tmlrt_slice){start, (uint64_t)(stop - start)};
}

static void check_line(const char* line, size_t len, bool json) {
    size_t quotes = 0;
    if (len == 0 || len > TRT_ACCESS_LINE || line[len - 1] != '\n' ||
        (json && (line[0] != '{' || line[len - 2] != '}' || !trt_utf8_valid(line, len)))) {
        abort();
    }
    for (size_t i = 0; i + 1 < len; i++) {
        unsigned char byte = (unsigned char)line[i];
        if (byte < 0x20 || byte == 0x7f || (!json && byte > 0x7f)) {
            abort();
        }
        if (byte == '\\') {
            if (strchr(json ? "\"\\u" : "\"\\x", line[++i]) == NULL) {
                abort();
            }
        } else {
            quotes += byte == '"';
        }
    }
    if (quotes % 2 != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    char* copy = malloc(size + 1); // exactly as long as the input: a byte too far is seen
    char line[TRT_ACCESS_LINE];
    memcpy(copy, data, size);
    const char *at = copy, *end = copy + size;
    trt_access_entry entry = {.status = 200, .version_major = 1, .version_minor = 1};
    entry.method = next(&at, end);
    entry.path = next(&at, end);
    entry.query = next(&at, end);
    entry.user_agent = next(&at, end);
    entry.referer = next(&at, end);
    entry.request_id = next(&at, end);
    for (int format = TRT_ACCESS_JSON; format <= TRT_ACCESS_COMBINED; format++) {
        size_t len = trt_access_line(line, (enum trt_access_format)format, "secret", &entry);
        check_line(line, len, format == TRT_ACCESS_JSON);
    }
    // One with a secret of its own: nothing of it may be left.
    char query[300] = "x=1&secret=";
    size_t rest = entry.query.len < 200 ? (size_t)entry.query.len : 200;
    memcpy(query + 11, "QWERTZ", 6);
    memcpy(query + 17, entry.query.data, rest);
    trt_access_entry other = {.query = {query, 17 + rest}};
    size_t len = trt_access_line(line, TRT_ACCESS_JSON, "secret", &other);
    check_line(line, len, true);
    if (memmem(line, len, "QWERTZ", 6) != NULL && memmem(query + 17, rest, "QWERTZ", 6) == NULL) {
        abort();
    }
    free(copy);
    return 0;
}
