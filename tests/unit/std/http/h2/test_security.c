// SPDX-License-Identifier: Apache-2.0
// The fields of core/security.h in answers of HTTP/2: whole and streamed, with small letters.
#include "tests/support/h2_peer.h"
#include "tests/support/harness.h"

#include <stdlib.h>

static char s_data[H2_BYTES];

static void ask(h2_rig* rig) {
    h2_rig_start(rig);
    h2_bytes b = h2_fresh(s_data);
    h2_get(&b, 1);
    h2_get(&b, 3);
    h2_rig_feed(rig, b.data, b.len, b.len);
    h2_rig_take(rig);
}

TEST(h2_security__every_answer__has_the_fields) {
    trt_security security;
    trt_security_init(&security, (tmlrt_slice){"max-age=5", 9});
    for (int streams = 0; streams < 2; streams++) {
        h2_rig rig = {.options.security = &security,
                      .answer = true,
                      .stream_body = streams != 0,
                      .stream_len = 10};
        ask(&rig);
        for (uint32_t stream = 1; stream <= 3; stream += 2) {
            EXPECT_EQ(h2_status(&rig, stream), 200);
            EXPECT_STR(h2_field(&rig, stream, "x-answer"), "yes");
            for (uint32_t i = 0; i < TRT_NUM_SECURITY; i++) {
                const char* value = h2_field(&rig, stream, security.fields[i].small.data);
                EXPECT_STR(value != NULL ? value : "", security.fields[i].value.data);
            }
        }
        h2_rig_stop(&rig);
    }
}

TEST(h2_security__a_server_without_them__none) {
    const trt_security none = {.num = 0};
    const trt_security* const choices[] = {NULL, &none};
    for (int i = 0; i < 2; i++) {
        h2_rig rig = {.options.security = choices[i], .answer = true};
        ask(&rig);
        EXPECT_EQ(h2_status(&rig, 3), 200);
        EXPECT(h2_field(&rig, 1, "x-content-type-options") == NULL);
        h2_rig_stop(&rig);
    }
}
