// SPDX-License-Identifier: Apache-2.0
// How a connection ends when the peer sends no more. What has to come of every input is in
// tests/conformance/http1/rows.txt, which runs as conformance/http1.
#include "std/http/h1/conn.h"

#include "tests/support/h1_transcript.h"
#include "tests/support/harness.h"

#include <string.h>

static char s_text[H1_TRANSCRIPT_CAP];

static h1_transcript run_to_the_end(const char* input) {
    trt_http_limits limits = {0};
    trt_http_limits_resolve(&limits);
    h1_transcript seen = {.text = s_text};
    h1_transcript_run(&seen, &limits, input, strlen(input), 0, 9, true, true);
    return seen;
}

TEST(h1_conn__end_of_stream_inside_a_message__is_400) {
    h1_transcript seen = run_to_the_end("GET / HTTP/1.1\r\nHost: a\r\n");
    EXPECT_EQ(seen.status, 400);
    EXPECT_EQ(seen.num_answered, 0);
}

TEST(h1_conn__end_of_stream_between_messages__closes_silently) {
    h1_transcript seen = run_to_the_end("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(seen.status, 0);
    EXPECT_EQ(seen.num_answered, 1);
    EXPECT(strstr(seen.text, "CLOSE") != NULL);
}
