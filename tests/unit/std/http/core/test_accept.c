// SPDX-License-Identifier: Apache-2.0
// The Accept field, asked about text/event-stream.
#include "std/http/core/accept.h"

#include "std/http/core/response.h"
#include "tests/support/harness.h"

#include <string.h>

TEST(accept_takes__a_table__the_most_particular_range_decides) {
    static const struct {
        const char* value;
        bool takes;
    } rows[] = {
        {"", true},
        {"text/event-stream", true},
        {"TEXT/Event-Stream", true},
        {"*/*", true},
        {"text/*", true},
        {"text/html", false},
        {"application/json, text/html", false},
        {"application/json,\t*/*;q=0.1", true},
        {"text/event-stream;q=0", false},
        {"text/event-stream; q=0.000, */*", false},
        {"*/*;q=0, text/event-stream", true},
        {"text/*;q=0, */*", false},
        {"text/event-stream;charset=\"a,b;q=0\"", true},
        {"text/html;x=\"\\\", text/event-stream\"", false},
        {"text/event-stream;q", true},
        {"*/event-stream", false},
        {"text", false},
        {"text/event-stream-x", false},
        {", ,text/event-stream,", true},
        {"text/html;\"", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tmlrt_slice value = {rows[i].value, strlen(rows[i].value)};
        bool takes = trt_accept_takes(value, TRT_SLICE("text"), TRT_SLICE("event-stream"));
        if (takes != rows[i].takes) {
            test_fail(__FILE__, __LINE__, "'%s': %d", rows[i].value, takes);
        }
    }
}
